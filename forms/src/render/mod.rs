//! A form with what somebody typed and what is wrong with it, as accessible HTML; and answers as facts to read.
//!
//! A [`Sheet`] draws the inside of a `<form>`; the form itself, its token and the buttons that act belong to the page.
//! Everything works without scripts. Names of controls are JSON pointers into the input, so that [`crate::posted`]
//! turns back what the page posts; names that do not begin with `/` are buttons that change the sheet:
//! `sheet.add`, `sheet.remove` (rows), `sheet.refresh` (fields that depend on others).
//!
//! - Nothing typed is lost: controls show it as it was typed, good or bad, and what is not asked for any more is
//!   carried along hidden and comes back when it is asked for again.
//! - Enter in a field does nothing: the first submit button is one that is disabled, so that neither a word picked
//!   in an input method nor a scanner acts or removes a row.
//! - Dates and numbers are text controls: the browser's own would drop what they cannot read. Only single lines have
//!   a `maxlength`; a long text that was pasted is not cut, its limit stands beside it and is told.
//!
//! | class | is |
//! |---|---|
//! | `sheet` | the whole; `id` is the sheet's |
//! | `summary` | the list of what is wrong, on top |
//! | `field`, `field wrong` | one field: label or legend, `hint`, `error`, control |
//! | `must`, `unseen` | the mark of what must be filled; words for those who listen |
//! | `options`, `option` | what to choose from; one of it with its label |
//! | `group`, `rows`, `row` | fields that belong together; a table; one row of it |
//! | `short`, `middle` | a control for few characters, for about twenty |
//! | `facts`, `fact` | answers to read: `dl`, and one pair in it |

mod control;
mod group;
mod summary;
mod told;

use std::collections::BTreeMap;

use jiff::civil::Date;
use maud::{Markup, html};
use serde_json::Value;

use crate::field::Field;
use crate::json;
use crate::schema::Form;
use crate::text::{Args, Lang, Text, say};
use crate::validate::FieldError;

/// A form about to be drawn.
#[derive(Clone, Copy)]
pub struct Sheet<'a> {
    /// The form.
    pub form: &'a Form,
    /// What was typed, good or bad; `null` for an empty sheet.
    pub input: &'a Value,
    /// The day that facts taken from an ID number are seen on.
    pub today: Date,
    /// Values of the fields that are only shown, in the shape of the input.
    pub facts: &'a Value,
    /// What is wrong with the input.
    pub errors: &'a [FieldError],
    /// The language of labels and sentences.
    pub lang: Lang,
    /// Begins every `id`; two sheets on one page need two.
    pub id: &'a str,
    /// Divisions to choose from, by whose names their codes are shown.
    pub regions: &'a [Region],
    /// The person types about himself: the browser may offer his own name, phone and address. Never at a counter.
    pub own: bool,
    /// Where a change that shows or hides fields is posted to; the answer is the sheet drawn again.
    pub live: Option<&'a str>,
    /// Pointer of a field that is looked up as soon as it is filled in, and the selector of what is drawn anew by the answer.
    pub looked_up: Option<(&'a str, &'a str)>,
    /// Fields of the top that the page draws itself, elsewhere.
    pub elsewhere: &'a [&'a str],
    /// Pointer of the row or field that gets the focus; without it the summary does.
    pub focus: Option<&'a str>,
    /// What stands in the place of a file.
    pub file: &'a dyn Fn(&Slot) -> Markup,
}

/// A division that may be chosen by its name.
#[derive(Clone, Debug)]
pub struct Region {
    /// Its code, which is what a form holds.
    pub code: String,
    /// Its name.
    pub title: Text,
    /// The first letters of its name as it is read, by which it is found too.
    pub letters: String,
}

/// A place for a file. The sheet itself carries the id along.
pub struct Slot<'a> {
    /// The field.
    pub field: &'a Field,
    /// Its pointer, which is the name under which the id of an upload is posted.
    pub pointer: &'a str,
    /// The `id` the label points to.
    pub id: &'a str,
    /// The ids of hint and error, for `aria-describedby`.
    pub described_by: Option<&'a str>,
    /// The id of the upload; empty where there is none yet.
    pub upload: &'a str,
    /// The language of the sheet.
    pub lang: Lang,
}

static NOTHING: Value = Value::Null;

impl<'a> Sheet<'a> {
    /// A sheet without facts and errors, in Chinese, for somebody at a counter.
    pub fn new(form: &'a Form, input: &'a Value, today: Date) -> Sheet<'a> {
        Sheet {
            form,
            input,
            today,
            facts: &NOTHING,
            errors: &[],
            lang: Lang::Zh,
            id: "sheet",
            regions: &[],
            own: false,
            live: None,
            looked_up: None,
            elsewhere: &[],
            focus: None,
            file: &control::plain_slot,
        }
    }

    /// The sheet to be filled in.
    pub fn draw(&self) -> Markup {
        let drawing = Drawing::of(self);
        let fields = drawing.fields(self.form.fields(), self.input, "");
        html! {
            div id=(self.id) class="sheet" {
                button type="submit" disabled hidden {}
                (drawing.summary())
                (fields)
                (drawing.regions())
            }
        }
    }

    /// The input as facts to read: what was asked for and answered, personal values masked.
    pub fn told(&self) -> Markup {
        told::facts(self, self.form.fields(), self.input)
    }

    /// The `id` of a control by its pointer. Names have no hyphen, so no two pointers share one.
    fn id_of(&self, pointer: &str) -> String {
        format!("{}{}", self.id, pointer.replace('/', "-"))
    }

    fn say(&self, key: &str, args: Args) -> String {
        say(key, &args).get(self.lang).to_owned()
    }

    /// The name of a division; a code nobody knows stands for itself.
    fn region(&self, code: String) -> String {
        let found = self.regions.iter().find(|region| region.code == code);
        found.map_or(code, |region| region.title.get(self.lang).to_owned())
    }

    fn title<'f>(&self, field: &'f Field) -> &'f str {
        field.title.get(self.lang)
    }
}

/// A sheet being drawn, with the errors at the places where they are shown.
struct Drawing<'s, 'a> {
    sheet: &'s Sheet<'a>,
    errors: BTreeMap<String, Vec<&'a FieldError>>,
}

impl<'s, 'a> Drawing<'s, 'a> {
    fn of(sheet: &'s Sheet<'a>) -> Drawing<'s, 'a> {
        let mut errors: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for error in sheet.errors {
            let place = summary::place(sheet, &error.pointer);
            errors.entry(place).or_default().push(error);
        }
        Drawing { sheet, errors }
    }

    fn errors_at(&self, pointer: &str) -> &[&'a FieldError] {
        self.errors.get(pointer).map_or(&[], Vec::as_slice)
    }

    fn has_focus(&self, pointer: &str) -> bool {
        self.sheet.focus == Some(pointer)
    }
}

/// A value as it was typed.
fn typed(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

/// The texts of a list as they were typed.
fn items(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::Array(items)) => items.iter().map(|item| typed(Some(item))).collect(),
        None | Some(Value::Null) => Vec::new(),
        other => vec![typed(other)],
    }
}

/// The pointer whose value being there says that a list is there, even an empty one.
pub(crate) fn list_mark(pointer: &str) -> String {
    json::join(pointer, "-")
}
