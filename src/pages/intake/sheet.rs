//! The form of an application: who applies and what the matter asks besides, as one sheet.

use crate::pages::brought::Brought;
use crate::pages::clock::time_of_day;
use crate::pages::facts;
use crate::pages::session::Visitor;
use crate::web::App;
use crate::web::mask::person;
use crate::web::problem::Problem;
use crate::web::work::{Desk, Draft};
use engine::matter::Revision;
use engine::text::Text;
use forms::render::Sheet;
use forms::{FieldError, Form, posted};
use jiff::civil::Date;
use maud::{Markup, html};
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
    /// What the applicant brings.
    pub brought: Brought,
    /// Version of the draft, which is when it was kept.
    pub draft: Option<i64>,
    focus: Option<String>,
}

/// Where a draft holds the way it came, beside the parts of the sheet.
const CHANNEL: &str = "channel";
/// Where it holds what is done with certificates.
const CERTIFICATES: &str = "certificates";

impl Application {
    /// An empty one.
    pub fn new(visitor: &Visitor, revision: &Revision) -> Result<Application, Problem> {
        let own = revision
            .form
            .as_ref()
            .and_then(|name| revision.form(&name.value));
        // Both languages say what the reader's does: the heading is drawn for him alone.
        let heading = |key: &str| Text::from(visitor.words.word("facts", key).as_str());
        let person = person().map(|form| ("applicant", heading("applicant"), form));
        let own = own.map(|form| ("form", heading("form"), form));
        let parts: Vec<(&str, Text, &Form)> = person.into_iter().chain(own).collect();
        let form = Form::joined(&parts);
        let form = form.ok_or_else(|| Problem::internal(&"forms that cannot be joined"))?;
        Ok(Application {
            form,
            input: Value::Object(Default::default()),
            errors: Vec::new(),
            channel: "window".to_owned(),
            brought: Brought::new(visitor, revision),
            draft: None,
            focus: None,
        })
    }

    /// Takes over the draft that was left.
    pub async fn recall(
        &mut self,
        app: &App,
        visitor: &Visitor,
        matter: &str,
    ) -> Result<(), Problem> {
        let desk = Desk::Intake(matter.to_owned());
        let Some(draft) = Draft::of(app, &visitor.caller, &desk).await? else {
            return Ok(());
        };
        self.draft = Some(draft.version);
        self.input = draft.data;
        if let Some(Value::String(channel)) = self.input.get(CHANNEL) {
            self.channel = channel.clone();
        }
        self.brought
            .recall(app, &visitor.caller, draft.materials)
            .await?;
        if let Some(chosen) = self.input.get(CERTIFICATES) {
            let chosen = serde_json::from_value(chosen.clone());
            self.brought.certified.chosen = chosen.unwrap_or_default();
        }
        let library = app.runtime.library();
        match library.matters.get(matter) {
            Some(revision) => self.look_for(app, visitor, revision).await,
            None => Ok(()),
        }
    }

    /// Keeps it as a draft in place of the one that was seen, or of whatever is there.
    pub async fn keep(
        &mut self,
        app: &App,
        visitor: &Visitor,
        matter: &str,
        overwrites: bool,
    ) -> Result<(), Problem> {
        let desk = Desk::Intake(matter.to_owned());
        let mut data = self.input.clone();
        data[CHANNEL] = Value::from(self.channel.as_str());
        let chosen = serde_json::to_value(&self.brought.certified.chosen);
        data[CERTIFICATES] = chosen.unwrap_or_default();
        let seen = (!overwrites).then_some(self.draft.unwrap_or(0));
        let files = self.brought.named();
        let kept = app.keep_draft(&visitor.caller, &desk, &data, &files, seen);
        self.draft = Some(kept.await?);
        Ok(())
    }

    /// Looks for files of earlier cases of whoever applies, and for certificates.
    pub async fn look_for(
        &mut self,
        app: &App,
        visitor: &Visitor,
        revision: &Revision,
    ) -> Result<(), Problem> {
        let id_number = self.input.pointer("/applicant/id_number");
        let id_number = id_number.and_then(Value::as_str);
        let whole = id_number.filter(|number| number.trim().len() == 18);
        let brought = &mut self.brought;
        brought
            .look_for_certificates(app, visitor, (revision, None), whole)
            .await?;
        brought
            .look_for(app, &visitor.caller, id_number, None)
            .await
    }

    /// The line that says when the draft was kept, with the version the next one states.
    pub fn saved(&self, visitor: &Visitor, oob: bool) -> Markup {
        let said = self.draft.map(|at| {
            let at = [("at", time_of_day(at))];
            visitor.words.say("task.saved", &at)
        });
        html! {
            span id="saved" class="hint" role="status" hx-swap-oob=[oob.then_some("true")] {
                (said.unwrap_or_default())
                input type="hidden" name="draft" value=(self.draft.map(|d| d.to_string()).unwrap_or_default());
            }
        }
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
