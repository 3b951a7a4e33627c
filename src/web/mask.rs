//! Hides numbers, accounts and the like in what is shown: the value of one field is another call, on record (G60).

use forms::{Field, Form, Fragments, Kind, mask};
use serde_json::{Map, Value as Json};
use std::sync::LazyLock;

static PERSON: LazyLock<Option<Form>> = LazyLock::new(|| {
    let text = Fragments::source("person")?;
    Form::read("person", text, &Fragments::shipped()).ok()
});

/// The form of an applicant, the same in every matter.
pub fn person() -> Option<&'static Form> {
    PERSON.as_ref()
}

/// The values with what is private starred. Without a form nothing is shown, for nobody could say what is private.
pub fn masked(form: Option<&Form>, value: &Json) -> Json {
    match (form, value) {
        (Some(form), Json::Object(map)) => Json::Object(object(form.fields(), map)),
        _ => Json::Null,
    }
}

/// What a letter shares, by path: a value that goes by the name of a private field of a person is starred wherever it stands.
pub fn shared(values: &Json) -> Json {
    let Json::Object(map) = values else {
        return values.clone();
    };
    let one = |(path, value): (&String, &Json)| {
        let name = path.rsplit('.').next().unwrap_or(path);
        let private = person().and_then(|form| form.field(name)?.private);
        let shown = match (private, value) {
            (Some(private), Json::String(text)) => mask(private, text).into(),
            _ => shared(value),
        };
        (path.clone(), shown)
    };
    Json::Object(map.iter().map(one).collect())
}

fn object(fields: &[Field], map: &Map<String, Json>) -> Map<String, Json> {
    let known = |name: &String| fields.iter().find(|f| f.name == *name);
    let shown = map.iter().filter_map(|(name, value)| {
        let field = known(name)?;
        Some((name.clone(), one(field, value)))
    });
    shown.collect()
}

fn one(field: &Field, value: &Json) -> Json {
    match (&field.kind, value) {
        (Kind::Group(fields), Json::Object(map)) => Json::Object(object(fields, map)),
        (Kind::Rows { fields, .. }, Json::Array(rows)) => {
            let rows = rows.iter().filter_map(Json::as_object);
            rows.map(|row| Json::Object(object(fields, row))).collect()
        }
        (_, Json::String(text)) => match field.private {
            Some(private) => mask(private, text).into(),
            None => value.clone(),
        },
        (_, value) if field.private.is_none() => value.clone(),
        _ => Json::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_a_letter_shares_shows_no_number() {
        let given = json!({ "applicant.name": "李四", "applicant.id_number": "110101198001010010",
            "agent": { "phone": "13800138000", "city": "520300" }, "issue.letter_no": "L-1", "verify.amount": "43969.11" });
        let expected = json!({ "applicant.name": "李四", "applicant.id_number": "110101********0010",
            "agent": { "phone": "138****8000", "city": "520300" }, "issue.letter_no": "L-1", "verify.amount": "43969.11" });
        assert_eq!(shared(&given), expected);
    }

    #[test]
    fn an_applicant_shows_no_number() {
        let applicant = json!({
            "name": "李四", "id_number": "110101198001010010", "phone": "13800138000", "ss_card_no": "A12345678",
            "unknown": "6228480000000000000",
        });
        let shown = masked(person(), &applicant);
        let expected = json!({
            "name": "李四", "id_number": "110101********0010", "phone": "138****8000", "ss_card_no": "*****5678",
        });
        assert_eq!(shown, expected);
        assert_eq!(masked(None, &applicant), Json::Null);
    }
}
