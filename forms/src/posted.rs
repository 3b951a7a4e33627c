//! Turns what a page posts back into the input that was typed, by the kinds of the form; the inverse of
//! [`crate::render`].
//!
//! Every name is a JSON pointer. A control left empty is an absent field; `/rows/0` says that there is a row and
//! `/rows/-` that there is a list, even an empty one. Texts stay as they were typed; what is a number or yes-or-no
//! by its kind becomes one only if nothing of the typing is lost by it. Names the form does not know are left out.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde_json::{Map, Value};

use crate::field::{Field, Format, Kind, named};
use crate::fill;
use crate::json::{self, join};
use crate::render::list_mark;
use crate::schema::Form;

/// What a page posted.
#[derive(Clone, Debug, PartialEq)]
pub struct Posted {
    /// Everything typed, also into fields that are not asked for any more.
    pub input: Value,
    /// Only the sheet was changed: a row came or went, or fields are to be shown anew. It is drawn again with the
    /// focus here, and nothing is sent on.
    pub changed: Option<String>,
}

/// Reads the pairs of a posted form.
pub fn read(form: &Form, pairs: &[(String, String)]) -> Posted {
    let mut reader = Reader::default();
    let mut change = None;
    for (name, value) in pairs {
        match name.as_str() {
            "sheet.add" | "sheet.remove" | "sheet.refresh" => change = Some((name, value)),
            _ => reader.take(name, value),
        }
    }
    let mut input = Value::Object(reader.object(form.fields(), ""));
    let changed = change.map(|(name, at)| match name.as_str() {
        "sheet.add" => add(form, &mut input, at),
        "sheet.remove" => remove(form, &mut input, at),
        _ => at.clone(),
    });
    Posted { input, changed }
}

/// Puts the code in the place of each division that was typed by a name that `code` knows.
pub fn place(form: &Form, input: &mut Value, code: &dyn Fn(&str) -> Option<String>) {
    placed(form.fields(), input, code);
}

fn placed(fields: &[Field], object: &mut Value, code: &dyn Fn(&str) -> Option<String>) {
    for field in fields {
        let Some(value) = object.get_mut(&field.name) else {
            continue;
        };
        match (&field.kind, value) {
            (Kind::Text { format, .. }, Value::String(text)) if *format == Format::Region => {
                if let Some(code) = code(text.trim()) {
                    *text = code;
                }
            }
            (Kind::Group(inner), value) => placed(inner, value, code),
            (Kind::Rows { fields, .. }, Value::Array(rows)) => {
                for row in rows {
                    placed(fields, row, code);
                }
            }
            _ => {}
        }
    }
}

/// The input without what was typed into fields that are not asked for with it; this is what is validated.
pub fn asked(form: &Form, input: &Value, today: Date) -> Value {
    pruned(form.fields(), input, today)
}

fn pruned(fields: &[Field], object: &Value, today: Date) -> Value {
    let Value::Object(map) = object else {
        return object.clone();
    };
    let (asked, _) = fill::asked(fields, map, today);
    let is_asked =
        |name: &str| named(fields, name).is_none() || asked.iter().any(|field| field.name == name);
    let mut out = Map::new();
    for (name, value) in map.iter().filter(|(name, _)| is_asked(name)) {
        let value = match (named(fields, name).map(|field| &field.kind), value) {
            (Some(Kind::Group(inner)), value) => pruned(inner, value, today),
            (Some(Kind::Rows { fields, .. }), Value::Array(rows)) => {
                rows.iter().map(|row| pruned(fields, row, today)).collect()
            }
            _ => value.clone(),
        };
        out.insert(name.clone(), value);
    }
    Value::Object(out)
}

/// A row more at the end of the rows at this pointer; the pointer of that row.
fn add(form: &Form, input: &mut Value, at: &str) -> String {
    let is_rows = form.field(at).is_some_and(|field| is_rows(&field.kind));
    let Some(rows) = is_rows.then(|| rows_at(input, at)).flatten() else {
        return at.to_owned();
    };
    rows.push(Value::Object(Map::new()));
    join(at, &(rows.len() - 1).to_string())
}

/// The rows without the one at this pointer; the pointer of the rows.
fn remove(form: &Form, input: &mut Value, at: &str) -> String {
    let Some((rows, row)) = at.rsplit_once('/') else {
        return at.to_owned();
    };
    let is_rows = form.field(rows).is_some_and(|field| is_rows(&field.kind));
    let list = is_rows.then(|| rows_at(input, rows)).flatten();
    if let (Some(list), Ok(row)) = (list, row.parse::<usize>())
        && row < list.len()
    {
        list.remove(row);
    }
    rows.to_owned()
}

fn is_rows(kind: &Kind) -> bool {
    matches!(kind, Kind::Rows { .. })
}

/// The rows at a pointer; groups around them and the rows themselves are made where they are missing.
fn rows_at<'v>(input: &'v mut Value, at: &str) -> Option<&'v mut Vec<Value>> {
    let mut here = input;
    for token in json::tokens(at) {
        here = match here {
            Value::Object(map) => map.entry(token).or_insert(Value::Null),
            Value::Array(rows) => rows.get_mut(token.parse::<usize>().ok()?)?,
            _ => return None,
        };
        if here.is_null() {
            *here = Value::Object(Map::new());
        }
    }
    if here.as_object().is_some_and(Map::is_empty) {
        *here = Value::Array(Vec::new());
    }
    here.as_array_mut()
}

/// The pairs by their names.
#[derive(Default)]
struct Reader<'p> {
    pairs: BTreeMap<&'p str, Vec<&'p str>>,
}

impl<'p> Reader<'p> {
    fn take(&mut self, name: &'p str, value: &'p str) {
        if name.starts_with('/') {
            self.pairs.entry(name).or_default().push(value);
        }
    }

    fn object(&self, fields: &[Field], at: &str) -> Map<String, Value> {
        let mut out = Map::new();
        for field in fields {
            let value = self.value(&field.kind, &join(at, &field.name));
            out.extend(value.map(|value| (field.name.clone(), value)));
        }
        out
    }

    fn value(&self, kind: &Kind, at: &str) -> Option<Value> {
        match kind {
            Kind::Group(fields) => {
                let inside = self.object(fields, at);
                (!inside.is_empty()).then_some(Value::Object(inside))
            }
            Kind::Rows { fields, .. } => {
                let rows = self.rows(at).into_iter();
                let rows = rows.map(|i| self.object(fields, &join(at, &i.to_string())).into());
                self.list(at, rows.collect())
            }
            Kind::Choices(_) => {
                let chosen = self.typed(at).filter(|text| !text.is_empty());
                self.list(at, chosen.map(Value::from).collect())
            }
            Kind::Texts => {
                let lines = self.typed(at).flat_map(str::lines);
                let texts = lines.filter(|line| !line.trim().is_empty());
                self.list(at, texts.map(Value::from).collect())
            }
            _ => leaf(kind, self.typed(at).last()?),
        }
    }

    fn typed(&self, at: &str) -> impl DoubleEndedIterator<Item = &'p str> {
        self.pairs.get(at).into_iter().flatten().copied()
    }

    fn list(&self, at: &str, items: Vec<Value>) -> Option<Value> {
        let there = !items.is_empty() || self.pairs.contains_key(list_mark(at).as_str());
        there.then_some(Value::Array(items))
    }

    /// The numbers of the rows; a page may leave some out.
    fn rows(&self, at: &str) -> BTreeSet<u32> {
        let inside = format!("{at}/");
        let names = self.pairs.range(inside.as_str()..).map(|(name, _)| *name);
        let under = names.map_while(|name| name.strip_prefix(inside.as_str()));
        let rows = under.filter_map(|rest| rest.split('/').next()?.parse().ok());
        rows.collect()
    }
}

/// A single value; nothing where nothing was typed.
fn leaf(kind: &Kind, text: &str) -> Option<Value> {
    if text.is_empty() {
        return None;
    }
    Some(match kind {
        Kind::Boolean if text == "true" => true.into(),
        Kind::Boolean if text == "false" => false.into(),
        Kind::Integer { .. } => match text.parse::<i64>() {
            Ok(number) if number.to_string() == text => number.into(),
            _ => text.into(),
        },
        // Browsers send every line end as two characters.
        Kind::Text { long: true, .. } => text.replace("\r\n", "\n").into(),
        _ => text.into(),
    })
}
