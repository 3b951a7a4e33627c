//! The form of an application: who applies and what the matter asks besides, as one sheet.

use crate::pages::facts;
use crate::pages::session::{Guest, Visitor};
use crate::web::mask::person;
use crate::web::problem::Problem;
use engine::matter::Revision;
use engine::text::Text;
use forms::render::Sheet;
use forms::{FieldError, Form, posted};
use jiff::civil::Date;
use maud::Markup;
use serde_json::Value;

/// An application being typed.
pub struct Application {
    /// Both forms as one.
    pub form: Form,
    /// What was typed.
    pub input: Value,
    /// What is wrong with it.
    pub errors: Vec<FieldError>,
    /// The way it came.
    pub channel: String,
    focus: Option<String>,
}

impl Application {
    /// An empty one.
    pub fn new(guest: &Guest, revision: &Revision) -> Result<Application, Problem> {
        let own = revision
            .form
            .as_ref()
            .and_then(|name| revision.form(&name.value));
        // Both languages say what the reader's does: the heading is drawn for him alone.
        let heading = |key: &str| Text::from(guest.words.word("facts", key).as_str());
        let person = person().map(|form| ("applicant", heading("applicant"), form));
        let own = own.map(|form| ("form", heading("form"), form));
        let parts: Vec<(&str, Text, &Form)> = person.into_iter().chain(own).collect();
        let form = Form::joined(&parts);
        let form = form.ok_or_else(|| Problem::internal(&"forms that cannot be joined"))?;
        Ok(Application {
            form,
            input: Value::Null,
            errors: Vec::new(),
            channel: "window".to_owned(),
            focus: None,
        })
    }

    /// Takes over what was sent; true if only the sheet was changed.
    pub fn read(&mut self, fields: &[(String, String)]) -> bool {
        let read = posted::read(&self.form, fields);
        self.input = read.input;
        self.focus = read.changed;
        self.focus.is_some()
    }

    /// The sheet; `live` is asked for it again when fields come or go.
    pub fn draw(&self, visitor: &Visitor, today: Date, live: &str) -> Markup {
        let regions = facts::regions(&visitor.network);
        let sheet = Sheet {
            errors: &self.errors,
            lang: visitor.words.0,
            regions: &regions,
            live: Some(live),
            focus: self.focus.as_deref(),
            ..Sheet::new(&self.form, &self.input, today)
        };
        sheet.draw()
    }
}
