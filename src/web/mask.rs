//! Hides numbers, accounts and the like in what is shown: the value of one field is another call, on record (G60).

use engine::matter::Revision;
use forms::{Field, Form, Kind, Private, mask, person};
use serde_json::{Map, Value as Json};

/// The values with what is private starred. Without a form nothing is shown, for nobody could say what is private.
pub fn masked(form: Option<&Form>, value: &Json) -> Json {
    match (form, value) {
        (Some(form), Json::Object(map)) => Json::Object(object(form.fields(), map)),
        _ => Json::Null,
    }
}

/// What a letter shares or a table worked out, by path: what goes by the name of a private field of a person or of the matter is starred
/// wherever it stands.
pub fn shared(matter: &Revision, values: &Json) -> Json {
    starred(matter, "", values)
}

fn starred(matter: &Revision, path: &str, value: &Json) -> Json {
    match value {
        Json::Object(map) => {
            let inside = map.iter();
            let inside = inside.map(|(path, value)| (path.clone(), starred(matter, path, value)));
            Json::Object(inside.collect())
        }
        Json::Array(items) => items.iter().map(|v| starred(matter, path, v)).collect(),
        Json::Null | Json::Bool(_) => value.clone(),
        Json::String(text) => match private(matter, path) {
            Some((_, private)) => mask(private, text).into(),
            None => value.clone(),
        },
        Json::Number(number) => match private(matter, path) {
            Some((_, private)) => mask(private, &number.to_string()).into(),
            None => value.clone(),
        },
    }
}

/// What [`shared`] stars: JSON pointer and field. Each can be seen by itself, on record.
pub fn stars<'m>(matter: &'m Revision, values: &Json) -> Vec<(String, &'m Field)> {
    let mut found = Vec::new();
    star(matter, ("", String::new()), values, &mut found);
    found
}

fn star<'m>(
    matter: &'m Revision,
    (path, at): (&str, String),
    value: &Json,
    found: &mut Vec<(String, &'m Field)>,
) {
    match value {
        Json::Object(map) => {
            for (path, value) in map {
                star(matter, (path, format!("{at}/{path}")), value, found);
            }
        }
        Json::Array(items) => {
            for (nth, value) in items.iter().enumerate() {
                star(matter, (path, format!("{at}/{nth}")), value, found);
            }
        }
        Json::Null | Json::Bool(_) => {}
        Json::String(_) | Json::Number(_) => {
            found.extend(private(matter, path).map(|(field, _)| (at, field)));
        }
    }
}

/// The private field that goes by the last name of a path, of a person or of the matter.
fn private<'m>(matter: &'m Revision, path: &str) -> Option<(&'m Field, Private)> {
    let name = path.rsplit('.').next().unwrap_or(path);
    let mut forms = person().into_iter().chain(matter.forms());
    forms.find_map(|form| within(form.fields(), name))
}

fn within<'f>(fields: &'f [Field], name: &str) -> Option<(&'f Field, Private)> {
    fields.iter().find_map(|field| match field.private {
        Some(private) if field.name == name => Some((field, private)),
        _ => within(field.kind.inner(), name),
    })
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
        let library = crate::shipped::library(&mut engine::source::Sources::default());
        let matter = &library.matters["personal-info-change"];
        let given = json!({ "applicant.name": "李四", "applicant.id_number": "110101198001010010",
            "agent": { "phone": "13800138000", "city": "520300" }, "issue.letter_no": "L-1", "verify.amount": "43969.11",
            "form.bank_account": "6228480000000012345", "rows": [{ "phone": 13_800_138_000_u64 }] });
        let expected = json!({ "applicant.name": "李四", "applicant.id_number": "110101********0010",
            "agent": { "phone": "138****8000", "city": "520300" }, "issue.letter_no": "L-1", "verify.amount": "43969.11",
            "form.bank_account": "***************2345", "rows": [{ "phone": "138****8000" }] });
        assert_eq!(shared(matter, &given), expected);
        let stars = stars(matter, &given);
        let at: Vec<&str> = stars.iter().map(|(at, _)| at.as_str()).collect();
        let hidden = [
            "/applicant.id_number",
            "/agent/phone",
            "/form.bank_account",
            "/rows/0/phone",
        ];
        assert_eq!(at, hidden);
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
