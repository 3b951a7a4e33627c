//! Answers as facts to read: labels and values in people's words, personal values masked.

use maud::{Markup, html};
use serde_json::{Map, Value};

use super::control::{is_given, yes_or_no};
use super::{Drawing, Sheet, items, typed};
use crate::field::{Choice, Field, Format, Kind};
use crate::fill;
use crate::mask::mask;

impl Drawing<'_, '_> {
    /// A field that is only shown; the value is among the facts, or was in the input.
    pub(super) fn fact(&self, field: &Field, pointer: &str) -> Markup {
        let sheet = self.sheet;
        let value = sheet
            .facts
            .pointer(pointer)
            .or_else(|| sheet.input.pointer(pointer));
        html! { dl class="facts" { (pair(sheet, field, value)) } }
    }
}

/// What was asked for and answered.
pub(super) fn facts(sheet: &Sheet, fields: &[Field], object: &Value) -> Markup {
    let empty = Map::new();
    let map = object.as_object().unwrap_or(&empty);
    let (asked, _) = fill::asked(fields, map, sheet.today);
    html! {
        dl class="facts" {
            @for field in asked {
                @let value = map.get(&field.name);
                @if is_given(value) { (pair(sheet, field, value)) }
            }
        }
    }
}

fn pair(sheet: &Sheet, field: &Field, value: Option<&Value>) -> Markup {
    html! {
        div class="fact" {
            dt { (sheet.title(field)) }
            dd { (told(sheet, field, value)) }
        }
    }
}

fn told(sheet: &Sheet, field: &Field, value: Option<&Value>) -> Markup {
    match (&field.kind, value) {
        (_, value) if !is_given(value) => html! { (sheet.say("sheet.nothing", vec![])) },
        (Kind::Group(fields), Some(group)) => facts(sheet, fields, group),
        (Kind::Rows { fields, .. }, Some(Value::Array(rows))) => table(sheet, field, fields, rows),
        (Kind::Text { long: true, .. }, value) => html! { span class="long" { (typed(value)) } },
        (Kind::File, Some(_)) => html! { (sheet.say("sheet.file", vec![])) },
        (_, value) => html! { (words(sheet, field, value)) },
    }
}

/// A single value in words.
fn words(sheet: &Sheet, field: &Field, value: Option<&Value>) -> String {
    let text = typed(value);
    if let Some(private) = field.private {
        return mask(private, &text);
    }
    match &field.kind {
        Kind::Boolean => titled(sheet, &yes_or_no(), text),
        Kind::Choice(choices) => titled(sheet, choices, text),
        Kind::Text { format, .. } if *format == Format::Region => sheet.region(text),
        Kind::Choices(choices) => {
            let all = items(value).into_iter();
            listed(
                sheet,
                all.map(|item| titled(sheet, choices, item)).collect(),
            )
        }
        Kind::Texts => listed(sheet, items(value)),
        Kind::Amount { .. } => format!("¥{}", grouped(&text)),
        _ => text,
    }
}

fn titled(sheet: &Sheet, choices: &[Choice], value: String) -> String {
    let found = choices.iter().find(|choice| choice.value == value);
    found.map_or(value, |choice| choice.title.get(sheet.lang).to_owned())
}

fn listed(sheet: &Sheet, items: Vec<String>) -> String {
    items.join(match sheet.lang {
        crate::Lang::Zh => "、",
        crate::Lang::En => ", ",
    })
}

/// `28640.55` as `28,640.55`.
fn grouped(amount: &str) -> String {
    let (whole, cents) = amount.split_once('.').unwrap_or((amount, "00"));
    let digits = whole.trim_start_matches('-');
    let mut out = whole[..whole.len() - digits.len()].to_owned();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.chars().count() - i) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    format!("{out}.{cents}")
}

/// Rows with a column for each field that any of them answers.
fn table(sheet: &Sheet, field: &Field, fields: &[Field], rows: &[Value]) -> Markup {
    let answered = |column: &&Field| rows.iter().any(|row| is_given(row.get(&column.name)));
    let columns: Vec<&Field> = fields.iter().filter(answered).collect();
    html! {
        @if rows.is_empty() { (sheet.say("sheet.none", vec![])) } @else {
            table {
                caption class="unseen" { (sheet.title(field)) }
                thead { tr { @for column in &columns { th scope="col" { (sheet.title(column)) } } } }
                tbody {
                    @for row in rows {
                        tr { @for column in &columns { td { (told(sheet, column, row.get(&column.name))) } } }
                    }
                }
            }
        }
    }
}
