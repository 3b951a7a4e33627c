//! Values as people read them on papers: cities and choices by name, not by code, days and months as letters write them.

use engine::network::Network;
use forms::{Field, Format, Kind};
use jiff::civil::Date;
use serde_json::Value as Json;

/// The values of an object with these fields; what no field knows stays as it is.
pub(super) fn spoken(fields: &[Field], values: &Json, network: &Network) -> Json {
    let Json::Object(map) = values else {
        return values.clone();
    };
    let one = |(name, value): (&String, &Json)| {
        let field = fields.iter().find(|f| f.name == *name);
        let value = field.map_or_else(|| value.clone(), |f| said(&f.kind, value, network));
        (name.clone(), value)
    };
    Json::Object(map.iter().map(one).collect())
}

fn said(kind: &Kind, value: &Json, network: &Network) -> Json {
    let text = value.as_str();
    match (kind, text) {
        (Kind::Group(fields), _) => spoken(fields, value, network),
        (Kind::Rows { fields, .. }, _) => {
            let rows = value.as_array().into_iter().flatten();
            rows.map(|row| spoken(fields, row, network)).collect()
        }
        (
            Kind::Text {
                format: Format::Region,
                ..
            },
            Some(code),
        ) => network
            .city(code)
            .map_or(code, |city| city.name.as_str())
            .into(),
        (Kind::Choice(all), Some(chosen)) => {
            let known = all.iter().find(|c| c.value == chosen);
            known.map_or(chosen, |c| c.title.zh.as_str()).into()
        }
        (Kind::Date | Kind::Month, Some(text)) => worded(text).into(),
        _ => value.clone(),
    }
}

/// The values of what has no form: of tables and computed values, of a letter or a sub-case. A day or month is known by how it is written.
pub(super) fn plain(value: &Json) -> Json {
    match value {
        Json::String(text) => worded(text).into(),
        Json::Array(items) => items.iter().map(plain).collect(),
        Json::Object(map) => map.iter().map(|(n, v)| (n.clone(), plain(v))).collect(),
        _ => value.clone(),
    }
}

/// `2026年10月12日`, `2026年10月`; any other text as it is.
fn worded(text: &str) -> String {
    let day = |text: &str, wide| (text.len() == wide).then(|| text.parse::<Date>().ok())?;
    let month = || day(&format!("{text}-01"), "2026-10-01".len());
    match (day(text, "2026-10-12".len()), month()) {
        (Some(day), _) => format!("{}年{}月{}日", day.year(), day.month(), day.day()),
        (None, Some(month)) => format!("{}年{}月", month.year(), month.month()),
        (None, None) => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn days_and_months_are_written_as_letters_write_them() {
        let values = json!({ "from": "2026-10", "on": "2026-09-05", "no": "2026-10-1", "sum": "12.00", "rows": [{ "to": "2027-01" }] });
        let said = json!({ "from": "2026年10月", "on": "2026年9月5日", "no": "2026-10-1", "sum": "12.00", "rows": [{ "to": "2027年1月" }] });
        assert_eq!(plain(&values), said);
        let form = r#"{ "type": "object", "properties": {
            "month": { "type": "string", "format": "month", "title": "月" },
            "name": { "type": "string", "title": "名" } } }"#;
        let form = forms::Form::read("f", form, &forms::Fragments::shipped()).unwrap();
        let values = json!({ "month": "2026-10", "name": "2026-10" });
        let said = json!({ "month": "2026年10月", "name": "2026-10" });
        assert_eq!(spoken(form.fields(), &values, &Network::default()), said);
    }
}
