//! What people type in a scenario, read as the form wants it: a scalar is a number only where a number is asked for.

use crate::network::Network;
use crate::yaml::{Node, Value};
use forms::{Field, Form, Format, Kind};
use serde_json::{Map, Value as Json};

/// The values of `node` for a form; without one, plain words that look like whole numbers, `true` and `false` are taken for such.
pub(super) fn typed(node: Option<&Node>, form: Option<&Form>, network: &Network) -> Json {
    match (node, form) {
        (None, _) => Json::Null,
        (Some(node), Some(form)) => object(node, form.fields(), network),
        (Some(node), None) => guessed(node),
    }
}

fn object(node: &Node, fields: &[Field], network: &Network) -> Json {
    let Value::Map(entries) = &node.value else {
        return guessed(node);
    };
    let one = |name: &str, value: &Node| match fields.iter().find(|f| f.name == name) {
        Some(field) => of_kind(value, &field.kind, network),
        None => guessed(value),
    };
    Json::Object(
        entries
            .iter()
            .map(|e| (e.key.clone(), one(&e.key, &e.value)))
            .collect(),
    )
}

fn of_kind(node: &Node, kind: &Kind, network: &Network) -> Json {
    match (kind, &node.value) {
        (Kind::Group(fields), _) => object(node, fields, network),
        (Kind::Rows { fields, .. }, Value::Seq(rows)) => {
            rows.iter().map(|r| object(r, fields, network)).collect()
        }
        (Kind::Integer { .. } | Kind::Boolean, Value::Scalar { .. }) => guessed(node),
        // A city by its name is as good as by its code.
        (
            Kind::Text {
                format: Format::Region,
                ..
            },
            Value::Scalar { .. },
        ) => {
            let city = node.text().and_then(|t| network.city(t));
            city.map_or_else(|| text(node), |c| c.code.as_str().into())
        }
        (_, Value::Scalar { .. }) => text(node),
        (_, Value::Seq(items)) => items.iter().map(text).collect(),
        (_, Value::Map(_)) => guessed(node),
    }
}

fn text(node: &Node) -> Json {
    node.text().map_or(Json::Null, Json::from)
}

/// The value of a node nobody has described.
pub(super) fn guessed(node: &Node) -> Json {
    match &node.value {
        Value::Seq(items) => items.iter().map(guessed).collect(),
        Value::Map(entries) => {
            let fields = entries.iter().map(|e| (e.key.clone(), guessed(&e.value)));
            Json::Object(fields.collect::<Map<_, _>>())
        }
        Value::Scalar { plain: false, .. } => text(node),
        Value::Scalar { .. } => match node.text() {
            Some("true") => Json::Bool(true),
            Some("false") => Json::Bool(false),
            Some(word) => whole(word).map_or_else(|| text(node), Json::from),
            None => Json::Null,
        },
    }
}

/// A whole number as people write it: `012` and `1e3` are texts.
fn whole(word: &str) -> Option<i64> {
    let number = word.parse::<i64>().ok()?;
    (number.to_string() == word).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_number_is_one_only_where_a_number_is_asked_for() {
        let schema = r#"{ "title": "甲", "type": "object", "properties": {
            "account": { "title": "账号", "type": "string" }, "months": { "title": "月数", "type": "integer" } } }"#;
        let form = Form::read("f", schema, &forms::Fragments::shipped()).unwrap();
        let node = crate::yaml::parse(0, "account: 62220\nmonths: 12\nother: 012\n").unwrap();
        let read = typed(Some(&node), Some(&form), &Network::default());
        assert_eq!(
            read,
            json!({ "account": "62220", "months": 12, "other": "012" })
        );
    }
}
