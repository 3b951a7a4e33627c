//! The form of an application: who applies and what the matter asks besides, as one sheet.

use crate::pages::brought::Brought;
use crate::pages::clock::time_of_day;
use crate::pages::facts;
use crate::pages::session::Visitor;
use crate::store::CaseRow;
use crate::web::App;
use crate::web::problem::Problem;
use crate::web::work::{Desk, Draft};
use engine::case::Status;
use engine::matter::Revision;
use engine::text::Text;
use forms::render::{Sheet, Slot};
use forms::{Field, FieldError, Form, person};
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
    /// Open cases of the person that are of the same matter.
    pub same: Vec<CaseRow>,
    /// One of them keeps every other away.
    pub only_one: bool,
    /// He was to be taken in all the same.
    pub asks: bool,
    /// His name, as it was not typed and is known from an earlier case.
    pub name: Option<String>,
    focus: Option<String>,
}

/// How the result reaches the applicant.
const DELIVERY: [&str; 2] = ["delivery", "post_address"];

/// The field by which a person is known.
const ID_NUMBER: &str = "/applicant/id_number";

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
        // How the result reaches him is not asked twice where the matter asks it itself.
        let asks = |field: &Field| {
            let name = field.name.as_str();
            DELIVERY.contains(&name) && own.is_some_and(|own| own.field(DELIVERY[0]).is_some())
        };
        let person = person().map(|form| form.without(&asks));
        let person = person
            .as_ref()
            .map(|form| ("applicant", heading("applicant"), form));
        let own = own.map(|form| ("form", heading("form"), form));
        let parts: Vec<(&str, Text, &Form)> = person.into_iter().chain(own).collect();
        let form = Form::joined(&parts);
        let form = form.ok_or_else(|| Problem::internal(&"forms that cannot be joined"))?;
        let input = Value::Object(Default::default());
        let mut brought = Brought::new(visitor, revision);
        brought.suit(revision, &input);
        Ok(Application {
            form,
            input,
            errors: Vec::new(),
            channel: "window".to_owned(),
            brought,
            draft: None,
            same: Vec::new(),
            only_one: false,
            asks: false,
            name: None,
            focus: None,
        })
    }

    /// Takes over the draft that was left.
    pub async fn recall(
        &mut self,
        app: &App,
        visitor: &Visitor,
        revision: &Revision,
    ) -> Result<(), Problem> {
        let desk = Desk::Intake(revision.id.value.to_string());
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
        self.look_for(app, visitor, revision).await
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

    /// Looks whoever applies up by the number typed: whether it can be right, his open cases of the matter, files of earlier ones and certificates, and his
    /// name, if that has not been typed.
    pub async fn look_for(
        &mut self,
        app: &App,
        visitor: &Visitor,
        revision: &Revision,
    ) -> Result<(), Problem> {
        self.brought.suit(revision, &self.input);
        let id_number = self.input.pointer(ID_NUMBER).and_then(Value::as_str);
        let Some(id_number) = id_number.map(str::to_owned) else {
            return Ok(());
        };
        let caller = &visitor.caller;
        let whole = (id_number.trim().len() == 18).then_some(id_number.as_str());
        self.brought
            .look_for_certificates(app, visitor, (revision, None), whole)
            .await?;
        self.brought
            .look_for(app, caller, Some(&id_number), None)
            .await?;
        let matter = &revision.id.value;
        let mut same = app.open_cases_of(caller, &id_number, matter).await?;
        same.retain(|row| !Status::named(&row.status).is_some_and(|s| s.is_final()));
        // A case that another one opened keeps nobody away.
        self.only_one = revision.one_per_applicant() && same.iter().any(|row| row.parent.is_none());
        self.same = same;
        if self.input.pointer("/applicant/name").is_none() {
            let earlier = app.earlier_cases(caller, &id_number).await?;
            let mut names = earlier
                .iter()
                .filter_map(|seen| seen.case.applicant().get("name"));
            if let Some(name) = names.next() {
                self.input["applicant"]["name"] = name.clone();
                self.name = name.as_str().map(str::to_owned);
            }
        }
        Ok(())
    }

    /// Whether the sheet was sent to look the person up.
    pub fn looks_up(&self) -> bool {
        self.focus.as_deref() == Some(ID_NUMBER)
    }

    /// Whether nothing else than the number is wrong, as far as is known.
    pub fn only_id(&self) -> bool {
        self.errors.iter().all(|error| error.pointer == ID_NUMBER)
    }

    /// What is wrong with the number by which somebody is looked up, told before all else is typed.
    pub fn check_id(&mut self, today: Date) {
        if self.input.pointer(ID_NUMBER).is_none() {
            return;
        }
        let typed = self.input.get("applicant").cloned().unwrap_or_default();
        let wrong = person().and_then(|form| forms::validate(form, &typed, today).err());
        let wrong = wrong.into_iter().flatten();
        self.errors = wrong
            .map(|error| FieldError {
                pointer: format!("/applicant{}", error.pointer),
                ..error
            })
            .filter(|error| error.pointer == ID_NUMBER)
            .collect();
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
    pub fn read(&mut self, visitor: &Visitor, fields: &[(String, String)]) -> bool {
        let read = facts::read(&visitor.network, &self.form, fields);
        self.input = read.input;
        self.focus = read.changed;
        self.focus.is_some()
    }

    /// The sheet; `live` is asked for it again when fields come or go.
    pub fn draw(&self, visitor: &Visitor, today: Date, live: &str) -> Markup {
        let regions = facts::regions(&visitor.network);
        let file = |slot: &Slot| {
            let place = format!("#file-{}", slot.field.name);
            html! { output id=(slot.id) { a href=(place) { (visitor.words.t("materials.below")) } } }
        };
        let sheet = Sheet {
            errors: &self.errors,
            lang: visitor.words.0,
            regions: &regions,
            live: Some(live),
            looked_up: Some((ID_NUMBER, "#same")),
            file: &file,
            focus: self.focus.as_deref(),
            ..Sheet::new(&self.form, &self.input, today)
        };
        sheet.draw()
    }
}
