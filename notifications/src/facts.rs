//! What a notice may know about a case: its number, dates and link, and of forms only the fields marked safe (`x-safe`).
//! Nothing else can be reached, so no template can leak an ID number, an account or an amount.

use crate::template::Template;
use forms::{Field, Form, Kind, Lang};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::{Offset, TimeZone};
use serde_json::{Map, Value as Json, json};

/// The values a notice is filled with. Always complete for what it has been given: a field without a value is an empty text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts(Map<String, Json>);

/// About the case.
#[derive(Clone, Debug, Default)]
pub struct CaseFacts<'a> {
    /// Its id in the API.
    pub id: &'a str,
    /// 办件编号
    pub number: &'a str,
    /// Id of its matter.
    pub matter: &'a str,
    /// What people call its matter.
    pub matter_title: &'a str,
    /// Revision of the matter.
    pub revision: &'a str,
    /// When it came in.
    pub received: Option<Timestamp>,
    /// When its promise ends.
    pub due: Option<Timestamp>,
}

/// About the task a message is about.
#[derive(Clone, Debug, Default)]
pub struct TaskFacts<'a> {
    /// Its id in the API.
    pub id: &'a str,
    /// Address of its step.
    pub step: &'a str,
    /// What people call the step.
    pub title: &'a str,
    /// When its limit ends.
    pub due: Option<Timestamp>,
    /// What is left, in words: `剩1天`.
    pub left: &'a str,
}

impl Facts {
    /// The facts of a case, worded in a language. `link` is where the reader sees more.
    pub fn new(case: &CaseFacts<'_>, link: &str, lang: Lang) -> Facts {
        let day = |at: Option<Timestamp>| at.map(|at| day(local(at), lang)).unwrap_or_default();
        let date = |at: Option<Timestamp>| at.map(|at| date(local(at), lang)).unwrap_or_default();
        let mut facts = Map::new();
        let told = json!({
            "id": case.id, "number": case.number, "tail": tail(case.number),
            "matter": case.matter, "matter_title": case.matter_title, "revision": case.revision,
            "received_date": date(case.received), "received_day": day(case.received),
            "due_date": date(case.due), "due_day": day(case.due),
        });
        facts.insert("case".into(), told);
        facts.insert("link".into(), link.into());
        facts.insert("office".into(), json!({ "name": "", "phone": "" }));
        Facts(facts).task(&TaskFacts::default(), lang)
    }

    /// Adds the task the message is about.
    #[must_use]
    pub fn task(mut self, task: &TaskFacts<'_>, lang: Lang) -> Facts {
        let due = task.due.map(local);
        let told = json!({
            "id": task.id, "step": task.step, "title": task.title, "left": task.left,
            "due": task.due.map(in_beijing).unwrap_or_default(),
            "due_date": due.map(|d| date(d, lang)).unwrap_or_default(),
            "due_day": due.map(|d| day(d, lang)).unwrap_or_default(),
        });
        self.0.insert("task".into(), told);
        self
    }

    /// Adds what a form holds under a name, safe fields only.
    #[must_use]
    pub fn form(self, name: &str, form: &Form, values: &Json) -> Facts {
        self.fields(name, form.fields(), values)
    }

    /// Adds what an object with these fields holds under a name, safe fields only.
    #[must_use]
    pub fn fields(mut self, name: &str, fields: &[Field], values: &Json) -> Facts {
        self.0.insert(name.to_owned(), safe(fields, values));
        self
    }

    /// The office a reader may turn to.
    #[must_use]
    pub fn office(self, name: &str, phone: &str) -> Facts {
        self.words("office", json!({ "name": name, "phone": phone }))
    }

    /// Adds words of the program itself: the numbers of a digest, the state of a delivery. Never data of a person.
    #[must_use]
    pub fn words(mut self, name: &str, words: Json) -> Facts {
        self.0.insert(name.to_owned(), words);
        self
    }

    /// Puts an empty text for each field of a template that is not there; none that is there is shown the more.
    pub(crate) fn complete(&mut self, template: &Template) {
        let mut values = Json::Object(std::mem::take(&mut self.0));
        template.complete(&mut values);
        if let Json::Object(values) = values {
            self.0 = values;
        }
    }

    /// The values as a template reads them.
    pub fn values(&self) -> Json {
        Json::Object(self.0.clone())
    }

    /// The same facts with another value of `case.matter_title`: a long title gives way where room is short.
    pub(crate) fn with_title(&self, title: &str) -> Json {
        let mut values = self.values();
        if let Some(place) = values.pointer_mut("/case/matter_title") {
            *place = title.into();
        }
        values
    }

    pub(crate) fn title(&self) -> &str {
        self.0
            .get("case")
            .and_then(|c| c.get("matter_title")?.as_str())
            .unwrap_or_default()
    }
}

/// The safe fields of an object; one that is not filled is an empty text.
fn safe(fields: &[Field], values: &Json) -> Json {
    let mut out = Map::new();
    for field in fields {
        let value = values.get(&field.name);
        match &field.kind {
            Kind::Group(inner) => {
                let inside = safe(inner, value.unwrap_or(&Json::Null));
                if inside.as_object().is_some_and(|o| !o.is_empty()) {
                    out.insert(field.name.clone(), inside);
                }
            }
            Kind::Rows { fields: inner, .. } => {
                let rows = value
                    .and_then(Json::as_array)
                    .map(Vec::as_slice)
                    .unwrap_or_default();
                let rows: Vec<Json> = rows.iter().map(|row| safe(inner, row)).collect();
                if inner.iter().any(|f| f.safe) {
                    out.insert(field.name.clone(), rows.into());
                }
            }
            _ if field.safe => {
                out.insert(
                    field.name.clone(),
                    value.cloned().unwrap_or_else(|| "".into()),
                );
            }
            _ => {}
        }
    }
    Json::Object(out)
}

/// The serial's last four digits, by which people tell their cases apart: `0017` of `450400-YCXDY-20261123-00017-L`.
pub fn tail(number: &str) -> String {
    let serial = number.split('-').nth(3).unwrap_or_default();
    let from = serial.char_indices().rev().nth(3).map_or(0, |(at, _)| at);
    serial.get(from..).unwrap_or(serial).to_owned()
}

fn local(at: Timestamp) -> Date {
    TimeZone::fixed(Offset::constant(8)).to_datetime(at).date() // Beijing time, without summer time since 1992
}

/// As other systems read it: `2026-11-25T17:00:00+08:00`.
pub fn in_beijing(at: Timestamp) -> String {
    at.display_with_offset(Offset::constant(8)).to_string()
}

/// `11月25日`, `25 Nov`.
fn day(date: Date, lang: Lang) -> String {
    match lang {
        Lang::Zh => format!("{}月{}日", date.month(), date.day()),
        Lang::En => date.strftime("%-d %b").to_string(),
    }
}

/// `2026年11月25日`, `2026-11-25`.
fn date(date: Date, lang: Lang) -> String {
    match lang {
        Lang::Zh => format!("{}年{}", date.year(), day(date, lang)),
        Lang::En => date.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use forms::Fragments;

    #[test]
    fn only_safe_fields_come_through() {
        let schema = r#"{ "type": "object", "title": "表", "properties": {
            "city": { "title": "城市", "type": "string", "format": "region", "x-safe": true },
            "account": { "title": "账号", "type": "string", "format": "bank-card", "x-private": "account" },
            "legs": { "title": "关系", "type": "array", "items": { "type": "object", "properties": {
                "city": { "title": "城市", "type": "string", "format": "region", "x-safe": true },
                "money": { "title": "金额", "type": "string", "format": "money" } } } } } }"#;
        let form = Form::read("apply", schema, &Fragments::shipped()).unwrap();
        let values = json!({ "city": "442000", "account": "6222020000000000000", "legs": [{ "city": "520300", "money": "1.00" }] });
        let facts = Facts::new(&CaseFacts::default(), "", Lang::Zh).form("form", &form, &values);
        assert_eq!(
            facts.values()["form"],
            json!({ "city": "442000", "legs": [{ "city": "520300" }] })
        );
    }

    #[test]
    fn dates_are_those_of_beijing() {
        let due = "2026-11-24T16:30:00Z".parse().ok(); // half past midnight in Beijing
        let case = CaseFacts {
            number: "450400-YCXDY-20261123-00017-L",
            due,
            ..CaseFacts::default()
        };
        let zh = Facts::new(&case, "", Lang::Zh).values();
        assert_eq!(zh["case"]["due_day"], "11月25日");
        assert_eq!(zh["case"]["due_date"], "2026年11月25日");
        assert_eq!(zh["case"]["tail"], "0017");
        let en = Facts::new(&case, "", Lang::En).values();
        assert_eq!(
            (&en["case"]["due_day"], &en["case"]["due_date"]),
            (&json!("25 Nov"), &json!("2026-11-25"))
        );
    }
}
