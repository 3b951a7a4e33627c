//! What is wrong with a single value, seen by its kind: type, format, choice, and bounds of money.

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde_json::Value;

use crate::field::{Choice, Field, Format, Kind};
use crate::nearest::nearest;
use crate::text::{Args, Text};
use crate::{credit_code, id_number, normalise};

/// A code with what fills the places of its sentence.
#[derive(Debug)]
pub(crate) struct Flaw {
    pub code: &'static str,
    pub args: Args,
}

impl Flaw {
    pub(crate) fn new(code: &'static str, args: Args) -> Self {
        Self { code, args }
    }

    fn counted(code: &'static str, text: &str) -> Self {
        Self::new(code, vec![("count", number(text.chars().count()))])
    }
}

/// A number as a part of a sentence.
pub(crate) fn number(value: impl ToString) -> Text {
    value.to_string().into()
}

/// The formats a text may have.
pub(crate) const FORMATS: [&str; 9] = [
    "date",
    "month",
    "money",
    "id-number",
    "credit-code",
    "phone",
    "bank-card",
    "region",
    "file",
];

/// Whether a normalised text follows a format, whatever the day; a birthday to come is found later.
pub(crate) fn format_holds(name: &str, text: &str) -> bool {
    let follows = |format| format_flaw(format, text, Date::MAX).is_none();
    match name {
        "date" => normalise::date(text).as_deref() == Some(text),
        "month" => normalise::month(text).as_deref() == Some(text),
        "money" => normalise::money(text).as_deref() == Ok(text),
        "id-number" => follows(Format::IdNumber),
        "credit-code" => follows(Format::CreditCode),
        "phone" => follows(Format::Phone),
        "bank-card" => follows(Format::BankCard),
        "region" => follows(Format::Region),
        "file" => is_file(text),
        _ => true,
    }
}

/// What is wrong with a normalised value, whatever the day.
pub(crate) fn of(field: &Field, value: &Value) -> Option<Flaw> {
    on(field, value, Date::MAX)
}

/// What is wrong with a normalised value on a day.
pub(crate) fn on(field: &Field, value: &Value, today: Date) -> Option<Flaw> {
    match (&field.kind, value) {
        (Kind::Text { format, .. }, Value::String(text)) => format_flaw(*format, text, today),
        (Kind::Date, Value::String(text)) => shape("date.invalid", format_holds("date", text)),
        (Kind::Month, Value::String(text)) => shape("month.invalid", format_holds("month", text)),
        (Kind::Amount { min, max }, value) => amount(*min, *max, value),
        (Kind::Choice(choices), Value::String(text)) => choice(choices, text),
        (Kind::Choices(_) | Kind::Texts, Value::Array(_)) => None,
        (Kind::File, Value::String(text)) => shape("file.invalid", is_file(text)),
        (Kind::Integer { .. }, value) => shape("type.integer", value.is_i64()),
        (Kind::Boolean, Value::Bool(_)) => None,
        (Kind::Group(_), Value::Object(_)) | (Kind::Rows { .. }, Value::Array(_)) => None,
        (kind, _) => Some(Flaw::new(type_code(kind), vec![])),
    }
}

/// What is wrong with one of several choices or texts.
pub(crate) fn of_item(kind: &Kind, item: &Value) -> Option<Flaw> {
    match (kind, item) {
        (Kind::Choices(choices), Value::String(text)) => choice(choices, text),
        (_, Value::String(_)) => None,
        _ => Some(Flaw::new("type.text", vec![])),
    }
}

/// The number of another document, such as a passport: 5 to 20 letters and digits.
pub(crate) fn other_document(text: &str) -> Option<Flaw> {
    let plain = text.bytes().all(|b| b.is_ascii_alphanumeric());
    shape("document.invalid", plain && (5..=20).contains(&text.len()))
}

fn shape(code: &'static str, good: bool) -> Option<Flaw> {
    (!good).then(|| Flaw::new(code, vec![]))
}

fn type_code(kind: &Kind) -> &'static str {
    match kind {
        Kind::Integer { .. } => "type.integer",
        Kind::Boolean => "type.boolean",
        Kind::Group(_) => "type.group",
        Kind::Rows { .. } => "type.rows",
        Kind::Choices(_) | Kind::Texts => "type.list",
        Kind::Date => "date.invalid",
        Kind::Month => "month.invalid",
        Kind::Amount { .. } => "amount.invalid",
        Kind::Text { .. } | Kind::Choice(_) | Kind::File => "type.text",
    }
}

fn format_flaw(format: Format, text: &str, today: Date) -> Option<Flaw> {
    match format {
        Format::Plain => None,
        Format::IdNumber => {
            let reason = id_number::check(text, today).reason?;
            Some(Flaw::counted(reason.code(), text))
        }
        Format::CreditCode => {
            let reason = credit_code::check(text).reason?;
            Some(Flaw::counted(reason.code(), text))
        }
        Format::Phone => (!is_phone(text)).then(|| Flaw::counted("phone.invalid", text)),
        Format::BankCard => (!is_card(text)).then(|| Flaw::counted("bank_card.invalid", text)),
        Format::Region => shape("region.invalid", id_number::is_division(text)),
    }
}

/// `^1[3-9]\d{9}$`
fn is_phone(text: &str) -> bool {
    let mut bytes = text.bytes();
    let head = bytes.next() == Some(b'1') && matches!(bytes.next(), Some(b'3'..=b'9'));
    head && text.len() == 11 && bytes.all(|b| b.is_ascii_digit())
}

fn is_card(text: &str) -> bool {
    (16..=19).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}

/// The id an upload was given: up to 64 letters, digits, `-` and `_`.
fn is_file(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    (1..=64).contains(&text.len()) && text.bytes().all(plain)
}

fn amount(min: Option<Decimal>, max: Option<Decimal>, value: &Value) -> Option<Flaw> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return Some(Flaw::new("amount.invalid", vec![])),
    };
    let exact = match normalise::money_of(value) {
        Ok(_) if !value.is_string() => return Some(Flaw::new("amount.invalid", vec![])),
        Ok(_) => text.parse::<Decimal>().ok()?,
        Err(code) => return Some(Flaw::new(code, vec![])),
    };
    match (min, max) {
        (Some(min), _) if exact < min => Some(Flaw::new("too_small", vec![("min", number(min))])),
        (_, Some(max)) if exact > max => Some(Flaw::new("too_large", vec![("max", number(max))])),
        _ => None,
    }
}

fn choice(choices: &[Choice], text: &str) -> Option<Flaw> {
    if choices.iter().any(|choice| choice.value == text) {
        return None;
    }
    let titled = choices
        .iter()
        .find(|choice| choice.title.zh == text || choice.title.en == text);
    let values = choices.iter().map(|choice| choice.value.as_str());
    if let Some(near) = titled
        .map(|c| c.value.as_str())
        .or_else(|| nearest(text, values))
    {
        return Some(Flaw::new("choice.near", vec![("near", near.into())]));
    }
    Some(Flaw::new(
        "choice.unknown",
        vec![("values", listed(choices))],
    ))
}

/// The first choices with their labels, in both languages.
fn listed(choices: &[Choice]) -> Text {
    let mut text = Text::default();
    for choice in choices.iter().take(8) {
        let gap = if text.zh.is_empty() {
            ("", "")
        } else {
            ("、", ", ")
        };
        let english = choice.title.get(crate::Lang::En);
        text.zh += &format!("{}{}（{}）", gap.0, choice.value, choice.title.zh);
        text.en += &format!("{}{} ({english})", gap.1, choice.value);
    }
    if choices.len() > 8 {
        text.zh += "等";
        text.en += ", …";
    }
    text
}
