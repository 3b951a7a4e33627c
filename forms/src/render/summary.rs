//! What is wrong, on top of the sheet, with links to the places; and which place shows which error.

use maud::{Markup, html};
use serde_json::{Map, Value};

use super::{Drawing, Sheet};
use crate::field::{Field, Kind};
use crate::fill;
use crate::flaw::number;
use crate::json;

impl Drawing<'_, '_> {
    pub(super) fn summary(&self) -> Markup {
        let sheet = self.sheet;
        let count = vec![("count", number(sheet.errors.len()))];
        let title = format!("{}-summary-title", sheet.id);
        html! {
            @if !sheet.errors.is_empty() {
                div id={(sheet.id) "-summary"} class="summary" role="alert" tabindex="-1"
                    aria-labelledby=(title) autofocus[sheet.focus.is_none()] {
                    h2 id=(title) { (sheet.say("sheet.errors", count)) }
                    ul {
                        @for error in sheet.errors { li { (self.entry(error)) } }
                    }
                }
            }
        }
    }

    fn entry(&self, error: &crate::FieldError) -> Markup {
        let message = error.message.get(self.sheet.lang);
        let place = place(self.sheet, &error.pointer);
        html! {
            @if place.is_empty() { (message) }
            @else { a href={ "#" (self.sheet.id_of(&place)) } { (message) } }
        }
    }
}

/// The pointer of the drawn field or row that shows an error; empty where none does.
pub(super) fn place(sheet: &Sheet, pointer: &str) -> String {
    let mut at = String::new();
    let mut fields = sheet.form.fields();
    let mut value = sheet.input;
    let mut row = false; // the next token is the number of a row
    for token in json::tokens(pointer) {
        let next = match row {
            true => row_of(value, &token),
            false => field_of(sheet, fields, value, &token),
        };
        let Some((inner, is_row, inside)) = next else {
            break;
        };
        fields = inner.unwrap_or(fields);
        (row, value) = (is_row, inside);
        at = json::join(&at, &token);
    }
    at
}

/// The fields inside a place, whether a row comes next, and the value there.
type Inside<'s> = (Option<&'s [Field]>, bool, &'s Value);

static NOTHING: Value = Value::Null;

fn row_of<'s>(rows: &'s Value, token: &str) -> Option<Inside<'s>> {
    let row = rows.get(token.parse::<usize>().ok()?)?;
    Some((None, false, row))
}

fn field_of<'s>(
    sheet: &Sheet,
    fields: &'s [Field],
    object: &'s Value,
    name: &str,
) -> Option<Inside<'s>> {
    let empty = Map::new();
    let map = object.as_object().unwrap_or(&empty);
    let (asked, _) = fill::asked(fields, map, sheet.today);
    let field = asked.into_iter().find(|field| field.name == name)?;
    let value = object.get(name).unwrap_or(&NOTHING);
    let is_rows = matches!(field.kind, Kind::Rows { .. });
    Some((Some(field.kind.inner()), is_rows, value))
}
