//! What the applicant is asked for: his open task with its form, the materials to send, and its outcomes; and the acts the matter offers.

use super::Reader;
use crate::files::LARGEST;
use crate::pages::look;
use crate::runtime::Seen;
use crate::web::uploads::Received;
use crate::web::views;
use engine::case::{Actor, Command, TaskNo, Work, decide};
use engine::clock::civil;
use engine::matter::{Materials, Trigger, Way};
use forms::FieldError;
use forms::render::Sheet;
use maud::{Markup, html};
use serde_json::Value;
use std::collections::BTreeSet;

/// An open task of the applicant.
pub struct Offer {
    /// Which.
    pub task: TaskNo,
    /// What people call it.
    title: String,
    /// Until when, UTC milliseconds.
    due: Option<i64>,
    /// What may be chosen; the first goes on.
    outcomes: Vec<Choice>,
}

struct Choice {
    name: String,
    title: String,
    ends: bool,
}

/// An act of the matter that is offered now.
pub struct OfferedAct {
    /// Its address.
    pub address: String,
    /// What people call it.
    pub title: String,
    /// The case ends with it.
    pub ends: bool,
}

/// A material to send.
struct Wanted {
    name: String,
    title: String,
}

/// What was typed and sent, to be shown again.
#[derive(Default)]
pub struct Typed {
    /// The form, good or bad.
    pub input: Value,
    /// What is wrong with it.
    pub errors: Vec<FieldError>,
    /// Files that came with it, by material.
    pub files: Vec<(String, Received)>,
}

impl Reader<'_> {
    /// The applicant's first open task.
    pub fn offer(&self, seen: &Seen) -> Option<Offer> {
        let words = self.guest.words;
        let mut open = seen.case.open_tasks();
        let (no, task) = open.find(|(_, task)| {
            task.work() == Work::Step && task.seats().iter().any(|s| s.post.is_applicant())
        })?;
        let names = self.app.with_context(&Actor::Applicant, |context| {
            let mut case = (*seen.case).clone();
            case.outcomes(&seen.revision, no, context)
        });
        let step = seen.revision.named(task.step()).map(|(_, step)| step)?;
        let outcomes = names.into_iter().map(|name| {
            let outcome = step.outcomes.iter().find(|o| o.name.value == name);
            let english = outcome.and_then(|o| o.title_en.clone());
            let english = english.filter(|_| words.tag() == "en");
            Choice {
                title: english.unwrap_or_else(|| name.to_string()),
                ends: outcome.is_some_and(|o| matches!(o.way, Way::Leave(_) | Way::End(_))),
                name: name.to_string(),
            }
        });
        Some(Offer {
            task: no,
            title: words.of(&step.title).to_owned(),
            due: seen.case.task_due(task).map(|at| at.as_millisecond()),
            outcomes: outcomes.collect(),
        })
    }

    /// The materials of the matter; those that are missing or promised, and then the others, of which a file was refused among them.
    fn wanted(&self, seen: &Seen, typed: &Typed) -> (Vec<Wanted>, Vec<Wanted>) {
        let Materials::Own(list) = &seen.revision.materials else {
            return (Vec::new(), Vec::new());
        };
        let (missing, promised) = (seen.case.missing(), seen.case.promised());
        let all = list.iter().map(|m| Wanted {
            name: m.name.value.to_string(),
            title: self.guest.words.of(&m.title).to_owned(),
        });
        all.partition(|wanted| {
            let sent = typed.files.iter().map(|(name, _)| name);
            let mut names = missing.iter().chain(promised).chain(sent);
            names.any(|name| *name == wanted.name)
        })
    }

    fn slots(&self, wanted: &[Wanted], typed: &Typed) -> Markup {
        html! {
            @for Wanted { name, title } in wanted {
                div class="field" {
                    label for={ "file-" (name) } { (title) }
                    (self.sent(name, typed))
                    input id={ "file-" (name) } type="file" name={ "file:" (name) } multiple
                        accept=".jpg,.jpeg,.png,.pdf" aria-describedby="kinds";
                }
            }
        }
    }

    /// The task to be done.
    pub fn sheet(&self, seen: &Seen, offer: &Offer, typed: &Typed) -> Markup {
        let words = self.guest.words;
        let library = self.app.runtime.library();
        let today = civil(self.app.runtime.clock().now()).date();
        let task = seen.case.tasks().get(&offer.task);
        let form = task.and_then(|task| views::form_of(seen, task));
        let limit = [("most", (LARGEST >> 20).to_string())];
        let kinds = html! { p class="hint" id="kinds" { (words.say("progress.kinds", &limit)) } };
        let (asked, others) = self.wanted(seen, typed);
        html! {
            section class="panel todo" aria-labelledby="todo" {
                h2 id="todo" { (offer.title) }
                @if let Some(advice) = task.and_then(|task| views::advice(&library, seen, task)) {
                    (look::advice(self.guest, &library, advice, today))
                }
                @if let Some(due) = offer.due { p { (words.t("progress.until")) " " strong { (look::time(due)) } } }
                form method="post" action={ "/p/" (self.link) "/task/" (offer.task.0) } enctype="multipart/form-data" {
                    @if !asked.is_empty() {
                        (kinds)
                        (self.slots(&asked, typed))
                    }
                    @if let Some(form) = form { (self.fields(form, typed)) }
                    @if !others.is_empty() {
                        details {
                            summary { (words.t("progress.more_files")) }
                            @if asked.is_empty() { (kinds) }
                            (self.slots(&others, typed))
                        }
                    }
                    div class="actions" {
                        @for (at, choice) in offer.outcomes.iter().enumerate() { (self.choice(choice, at == 0)) }
                    }
                }
            }
        }
    }

    /// A way to finish the task. What gives the matter up is asked for once more, with what it means.
    fn choice(&self, choice: &Choice, first: bool) -> Markup {
        let words = self.guest.words;
        let button = |class: &str, title: &str| {
            html! { button name="outcome" value=(choice.name) class=(class) formnovalidate[choice.ends] { (title) } }
        };
        let sure = [("what", choice.title.clone())];
        html! {
            @match (first, choice.ends) {
                (true, _) => (button("main", &choice.title)),
                (false, false) => (button("", &choice.title)),
                (false, true) => details class="act" {
                    summary { (choice.title) }
                    p { (words.t("progress.end_help")) }
                    (button("harm", &words.say("progress.act_do", &sure)))
                },
            }
        }
    }

    /// Files sent before, when something else was wrong.
    fn sent(&self, material: &str, typed: &Typed) -> Markup {
        let words = self.guest.words;
        let files = typed.files.iter().filter(|(name, _)| name == material);
        html! {
            @for (_, file) in files {
                @match (&file.id, &file.error) {
                    (Some(id), _) => {
                        p class="kept" { "✓ " (file.name) " " (words.t("progress.file_kept")) }
                        input type="hidden" name={ "kept:" (material) } value={ (id) " " (file.name) };
                    }
                    (None, Some(error)) => p class="error" { "✗ " (file.name) ": " (words.of(&error.message)) },
                    (None, None) => {}
                }
            }
        }
    }

    fn fields(&self, form: &forms::Form, typed: &Typed) -> Markup {
        let today = civil(self.app.runtime.clock().now()).date();
        let sheet = Sheet {
            errors: &typed.errors,
            lang: self.guest.words.0,
            own: true,
            ..Sheet::new(form, &typed.input, today)
        };
        sheet.draw()
    }

    /// The acts that an applicant is offered now.
    pub fn offered_acts(&self, seen: &Seen) -> Vec<OfferedAct> {
        let words = self.guest.words;
        let by_applicant = |trigger: &Trigger| match trigger {
            Trigger::Act(parties) => parties.iter().any(|p| &*p.value == "applicant"),
            _ => false,
        };
        let defined = seen.revision.event_defs.iter();
        // One that asks for a form is done at a counter.
        let own = defined.filter(|e| by_applicant(&e.trigger) && e.form.is_none());
        let frames: Vec<_> = seen.case.frames().keys().copied().collect();
        let mut addresses = BTreeSet::new();
        let mut acts = Vec::new();
        for event in own {
            let name = &event.name.value;
            for frame in &frames {
                let address = seen.case.address(&seen.revision, *frame, name);
                if addresses.insert(address.clone()) && self.may(seen, &address) {
                    // Of several legs it is said which.
                    let keys = seen.case.item_keys(&seen.revision, *frame);
                    let cities = keys.iter().map(|key| match self.guest.network.city(key) {
                        Some(city) => city.title(words.0),
                        None => self.guest.own(key),
                    });
                    let title = self.act_title(words.tag(), event, name);
                    let parts: Vec<&str> = std::iter::once(title.as_str()).chain(cities).collect();
                    let outcome = event.outcome.as_ref();
                    acts.push(OfferedAct {
                        title: parts.join(" · "),
                        address,
                        ends: outcome.is_none_or(|o| matches!(o.way, Way::End(_))),
                    });
                }
            }
        }
        acts
    }

    /// `withdraw` and the like have names of their own; the matter's are in its words.
    fn act_title(&self, tag: &str, event: &engine::matter::EventDef, name: &str) -> String {
        let outcome = event.outcome.as_ref();
        let english = outcome.and_then(|o| o.title_en.clone());
        match english.filter(|_| tag == "en") {
            Some(english) => english,
            None if name == "withdraw" => self.guest.words.t("progress.withdraw"),
            None => self.guest.own(name).to_owned(),
        }
    }

    /// Whether the engine would let the applicant do it.
    fn may(&self, seen: &Seen, address: &str) -> bool {
        let command = Command::Act {
            event: address.to_owned(),
            data: Value::Null,
            reason: None,
        };
        self.app.with_context(&Actor::Applicant, |context| {
            let mut case = (*seen.case).clone();
            decide(&seen.revision, &mut case, &command, context).is_ok()
        })
    }
}
