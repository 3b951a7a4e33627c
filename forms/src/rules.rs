//! What must hold between the fields of an object: the author's `x-checks`, and derived fields that were filled in.

use std::cmp::Ordering;

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde_json::{Map, Value};

use crate::field::{Check, Derive, Field, Kind, Part, Rule};
use crate::fill::told;
use crate::flaw::{Flaw, number};
use crate::json::join;
use crate::schema::Form;
use crate::text::Text;
use crate::validate::FieldError;

type Object = Map<String, Value>;

/// Every rule that does not hold, at the field that should be looked at.
pub(crate) fn broken(form: &Form, value: &Object, today: Date) -> Vec<FieldError> {
    let mut errors = Vec::new();
    for check in form.checks() {
        let mut places = Vec::new();
        objects(value, &check.at, String::new(), &mut places);
        for (at, object) in places {
            errors.extend(run(form, check, object, &at, today));
        }
    }
    errors
}

/// A derived field that was filled in and says something else than the ID number.
pub(crate) fn disagrees(
    field: &Field,
    value: &Value,
    beside: &Object,
    today: Date,
) -> Option<Flaw> {
    let derive = field.derive.as_ref()?;
    let told = told(derive, beside.get(&derive.from)?, today)?;
    (told != *value).then(|| Flaw::new(Rule::AgreesWithIdNumber.code(), vec![]))
}

/// The objects at the end of a path of names, with their pointers; every row counts.
fn objects<'v>(
    value: &'v Object,
    path: &[String],
    at: String,
    found: &mut Vec<(String, &'v Object)>,
) {
    let Some((name, rest)) = path.split_first() else {
        found.push((at, value));
        return;
    };
    let here = join(&at, name);
    match value.get(name) {
        Some(Value::Object(inner)) => objects(inner, rest, here, found),
        Some(Value::Array(rows)) => {
            for (i, row) in rows.iter().enumerate() {
                if let Value::Object(row) = row {
                    objects(row, rest, join(&here, &i.to_string()), found);
                }
            }
        }
        _ => {}
    }
}

fn run(form: &Form, check: &Check, object: &Object, at: &str, today: Date) -> Vec<FieldError> {
    let paths = Paths {
        form,
        check,
        object,
        at,
    };
    match &check.rule {
        Rule::Equal => paths.pair(|a, b| a == b),
        Rule::NotEqual => paths.pair(|a, b| a != b),
        Rule::Before => paths.pair(|a, b| order(a, b) == Some(Ordering::Less)),
        Rule::NotAfter => paths.pair(|a, b| order(a, b) != Some(Ordering::Greater)),
        Rule::NotBefore => paths.pair(|a, b| order(a, b) != Some(Ordering::Less)),
        Rule::NotInFuture => paths.not_in_future(today),
        Rule::AgreesWithIdNumber => paths.agrees(today),
        Rule::SumEquals(sum) => paths.sum(*sum),
        Rule::UniqueBy => paths.unique(),
        Rule::NoOverlap { unless } => paths.no_overlap(unless.as_deref()),
    }
}

/// A check at work on one object.
struct Paths<'a> {
    form: &'a Form,
    check: &'a Check,
    object: &'a Object,
    at: &'a str,
}

impl Paths<'_> {
    fn path(&self, which: usize) -> &[String] {
        self.check.fields.get(which).map_or(&[], Vec::as_slice)
    }

    fn value(&self, which: usize) -> Option<&Value> {
        let (first, rest) = self.path(which).split_first()?;
        rest.iter()
            .try_fold(self.object.get(first)?, |value, name| value.get(name))
    }

    fn pointer(&self, which: usize) -> String {
        self.path(which)
            .iter()
            .fold(self.at.to_owned(), |at, name| join(&at, name))
    }

    fn error(&self, which: usize, args: Vec<(&'static str, Text)>) -> FieldError {
        self.error_at(self.pointer(which), args)
    }

    /// The author's message, or ours with the titles of the fields.
    fn error_at(&self, pointer: String, mut args: Vec<(&'static str, Text)>) -> FieldError {
        args.push(("first", self.title(&self.pointer(0))));
        args.push(("second", self.title(&self.pointer(1))));
        args.push(("title", self.title(&pointer)));
        let mut error = FieldError::plain(pointer, Flaw::new(self.check.rule.code(), args));
        if let Some(message) = &self.check.message {
            error.message = message.clone();
        }
        error
    }

    fn title(&self, pointer: &str) -> Text {
        let field = self.form.field(pointer);
        field.map(|field| field.title.clone()).unwrap_or_default()
    }

    fn pair(&self, holds: impl Fn(&Value, &Value) -> bool) -> Vec<FieldError> {
        match (self.value(0), self.value(1)) {
            (Some(a), Some(b)) if !holds(a, b) => vec![self.error(1, vec![])],
            _ => Vec::new(),
        }
    }

    fn not_in_future(&self, today: Date) -> Vec<FieldError> {
        let Some(text) = self.value(0).and_then(Value::as_str) else {
            return Vec::new();
        };
        // A month is over only with its last day; the current one is not in the future.
        let latest: String = today.to_string().chars().take(text.len()).collect();
        match text > latest.as_str() {
            true => vec![self.error(0, vec![("today", latest.into())])],
            false => Vec::new(),
        }
    }

    fn agrees(&self, today: Date) -> Vec<FieldError> {
        let Some(id) = self.value(0) else {
            return Vec::new();
        };
        let filled = (1..self.check.fields.len()).filter_map(|i| Some((i, self.value(i)?)));
        let differs = filled.filter(|(i, value)| {
            let kind = self.form.field(&self.pointer(*i)).map(|field| &field.kind);
            let part = match kind {
                Some(Kind::Date) => Part::BirthDate,
                _ => Part::Sex,
            };
            let derive = Derive {
                from: String::new(),
                part,
            };
            told(&derive, id, today).is_some_and(|told| told != **value)
        });
        differs.map(|(i, _)| self.error(i, vec![])).collect()
    }

    fn rows(&self) -> Vec<&Object> {
        let rows = self.value(0).and_then(Value::as_array);
        rows.into_iter()
            .flatten()
            .filter_map(Value::as_object)
            .collect()
    }

    fn cell<'r>(&self, row: &'r Object, which: usize) -> Option<&'r Value> {
        let (first, rest) = self.path(which).split_first()?;
        rest.iter()
            .try_fold(row.get(first)?, |value, name| value.get(name))
    }

    fn row_error(&self, row: usize, other: usize) -> FieldError {
        let start = join(&self.pointer(0), &row.to_string());
        let pointer = self.path(1).iter().fold(start, |at, name| join(&at, name));
        let args = vec![("row", number(row + 1)), ("other", number(other + 1))];
        self.error_at(pointer, args)
    }

    fn sum(&self, expected: Decimal) -> Vec<FieldError> {
        let rows = self.rows();
        let values: Vec<Decimal> = rows
            .iter()
            .filter_map(|row| decimal(self.cell(row, 1)?))
            .collect();
        // Too large a sum cannot be the expected one.
        let sum = values
            .iter()
            .try_fold(Decimal::ZERO, |sum, value| sum.checked_add(*value));
        if rows.is_empty() || values.len() < rows.len() || sum == Some(expected) {
            return Vec::new();
        }
        let sum = sum.map_or_else(String::new, |sum| sum.normalize().to_string());
        vec![self.error(0, vec![("expected", number(expected)), ("sum", sum.into())])]
    }

    fn unique(&self) -> Vec<FieldError> {
        let rows = self.rows();
        let mut seen = std::collections::BTreeMap::new();
        let mut errors = Vec::new();
        for (i, row) in rows.iter().enumerate() {
            let cells = (1..self.check.fields.len()).map(|which| self.cell(row, which));
            let key: Option<Vec<String>> = cells.map(|cell| cell.map(Value::to_string)).collect();
            let Some(key) = key else { continue };
            match seen.get(&key) {
                Some(before) => errors.push(self.row_error(i, *before)),
                None => {
                    seen.insert(key, i);
                }
            }
        }
        errors
    }

    /// Periods in order of their start; one that starts before the latest end so far overlaps.
    fn no_overlap(&self, unless: Option<&str>) -> Vec<FieldError> {
        let rows = self.rows();
        let flagged =
            |row: &Object| unless.is_some_and(|name| row.get(name) == Some(&Value::Bool(true)));
        let numbered = rows.iter().enumerate().filter(|(_, row)| !flagged(row));
        let whole =
            numbered.filter_map(|(i, row)| Some((i, self.cell(row, 1)?, self.cell(row, 2)?)));
        let mut periods: Vec<_> = whole.collect();
        periods.sort_by(|a, b| {
            order(a.1, b.1)
                .unwrap_or(Ordering::Equal)
                .then(a.0.cmp(&b.0))
        });
        let mut latest: Option<(usize, &Value)> = None;
        let mut errors = Vec::new();
        for (i, from, to) in periods {
            if let Some((before, end)) = latest
                && order(from, end).is_some_and(|order| order != Ordering::Greater)
            {
                errors.push(self.row_error(i.max(before), i.min(before)));
            }
            if latest.is_none_or(|(_, end)| order(to, end) == Some(Ordering::Greater)) {
                latest = Some((i, to));
            }
        }
        errors
    }
}

/// Numbers and money by value, dates and months by their text, which sorts like time.
fn order(a: &Value, b: &Value) -> Option<Ordering> {
    if let (Some(a), Some(b)) = (decimal(a), decimal(b)) {
        return Some(a.cmp(&b));
    }
    match (a, b) {
        (Value::String(a), Value::String(b)) => Some(a.cmp(b)),
        _ => None,
    }
}

fn decimal(value: &Value) -> Option<Decimal> {
    match value {
        Value::Number(number) => number.to_string().parse().ok(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}
