//! Values of the expression language: read from JSON by their type, written to JSON in one canonical way.

use super::Type;
use jiff::{Timestamp, civil::Date};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// A value an expression works with.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// nothing
    Null,
    /// true or false
    Bool(bool),
    /// an exact decimal
    Number(Decimal),
    /// a text
    Text(String),
    /// a calendar day
    Date(Date),
    /// a month, as year × 12 + (month − 1)
    Month(i32),
    /// a moment
    Instant(Timestamp),
    /// calendar months and days
    Duration {
        /// months
        months: i64,
        /// days
        days: i64,
    },
    /// a list
    List(Vec<Value>),
    /// named values
    Record(BTreeMap<String, Value>),
}

/// Reads `YYYY-MM`.
pub fn parse_month(text: &str) -> Option<i32> {
    let (y, m) = text.split_once('-')?;
    let digits = |s: &str, n: usize| s.len() == n && s.bytes().all(|b| b.is_ascii_digit());
    if !digits(y, 4) || !digits(m, 2) {
        return None;
    }
    let (y, m): (i32, i32) = (y.parse().ok()?, m.parse().ok()?);
    ((1..=12).contains(&m) && y > 0).then_some(y * 12 + m - 1)
}

/// Writes `YYYY-MM`.
pub fn month_text(month: i32) -> String {
    format!(
        "{:04}-{:02}",
        month.div_euclid(12),
        month.rem_euclid(12) + 1
    )
}

impl Value {
    /// About how many bytes it has as JSON.
    pub(super) fn size(&self) -> usize {
        match self {
            Value::Text(text) => text.len() + 2,
            Value::List(items) => items.iter().map(|item| item.size() + 1).sum::<usize>() + 2,
            Value::Record(fields) => {
                let fields = fields.iter().map(|(k, v)| k.len() + v.size() + 4);
                fields.sum::<usize>() + 2
            }
            _ => 32,
        }
    }

    /// Canonical JSON: whole numbers as numbers, other decimals as texts with their digits, months as `YYYY-MM`.
    pub fn to_json(&self) -> Json {
        match self {
            Value::Null => Json::Null,
            Value::Bool(b) => (*b).into(),
            Value::Number(n) => match n.to_i64() {
                Some(i) if n.scale() == 0 => i.into(),
                _ => n.to_string().into(),
            },
            Value::Text(t) => t.as_str().into(),
            Value::Date(d) => d.to_string().into(),
            Value::Month(m) => month_text(*m).into(),
            Value::Instant(t) => t.to_string().into(),
            Value::Duration { months, days } => match (months, days) {
                (0, d) => format!("P{d}D").into(),
                (m, 0) => format!("P{m}M").into(),
                (m, d) => format!("P{m}M{d}D").into(),
            },
            Value::List(items) => items.iter().map(Value::to_json).collect(),
            Value::Record(fields) => {
                let fields = fields.iter().map(|(k, v)| (k.clone(), v.to_json()));
                Json::Object(fields.collect())
            }
        }
    }
}

/// Reads JSON as a value of a type; `None` if it does not fit. JSON null is always [`Value::Null`].
pub fn read(json: &Json, ty: &Type) -> Option<Value> {
    if json.is_null() {
        return Some(Value::Null);
    }
    Some(match ty {
        Type::Bool => Value::Bool(json.as_bool()?),
        Type::Number => Value::Number(decimal(json)?),
        Type::Integer => Value::Number(decimal(json).filter(Decimal::is_integer)?.normalize()),
        Type::Text => Value::Text(json.as_str()?.to_owned()),
        Type::OneOf(choices) => {
            let text = json.as_str()?;
            choices
                .iter()
                .any(|c| c == text)
                .then(|| Value::Text(text.to_owned()))?
        }
        Type::Date => Value::Date(date(json.as_str()?)?),
        Type::Month => Value::Month(parse_month(json.as_str()?)?),
        Type::Instant => Value::Instant(json.as_str()?.parse().ok()?),
        Type::Duration => duration(json.as_str()?)?,
        Type::List(item) => {
            let items = json.as_array()?.iter().map(|j| read(j, item));
            Value::List(items.collect::<Option<_>>()?)
        }
        Type::Record(fields) => {
            let object = json.as_object()?;
            let one = |(name, named): (&String, &super::Named)| {
                let value = read(object.get(name).unwrap_or(&Json::Null), &named.ty)?;
                let fits = named.may_be_missing || value != Value::Null;
                fits.then(|| (name.clone(), value))
            };
            Value::Record(fields.iter().map(one).collect::<Option<_>>()?)
        }
        Type::Any => return None,
    })
}

/// `YYYY-MM-DD` and nothing else.
pub(super) fn date(text: &str) -> Option<Date> {
    (text.len() == 10).then(|| text.parse().ok()).flatten()
}

fn decimal(json: &Json) -> Option<Decimal> {
    match json {
        Json::Number(n) => Decimal::from_str_exact(&n.to_string()).ok(),
        Json::String(s) => Decimal::from_str_exact(s).ok(),
        _ => None,
    }
}

fn duration(text: &str) -> Option<Value> {
    let body = text.strip_prefix('P')?;
    let (months, rest) = match body.split_once('M') {
        Some((m, rest)) => (m.parse().ok()?, rest),
        None => (0, body),
    };
    let days = match rest.strip_suffix('D') {
        Some(d) => d.parse().ok()?,
        None if rest.is_empty() && rest.len() < body.len() => 0,
        None => return None,
    };
    Some(Value::Duration { months, days })
}
