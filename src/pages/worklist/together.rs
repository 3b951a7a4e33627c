//! Several tasks of one step finished together, where the matter says so, and several cases urged at once: each by itself, and what became
//! of each is told.

use super::asked::Tab;
use super::chosen;
use super::claim::list_again;
use crate::pages::session::{Form, Visitor, onward};
use crate::pages::several::{Became, one, told};
use crate::pages::{facts, layout, look, once};
use crate::runtime::Seen;
use crate::web::App;
use crate::web::ids::{Within, within};
use crate::web::problem::{Code, Problem};
use crate::web::tasks::outcomes;
use crate::web::views;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use engine::case::{Command, Task, TaskNo, TaskState};
use engine::clock::civil;
use engine::matter::{Kind, Reason};
use forms::render::Sheet;
use forms::{FieldError, Form as Fields, posted};
use maud::{Markup, html};
use serde_json::Value;
use std::sync::Arc;

/// A task that was chosen, with its case.
struct Picked {
    id: Within,
    seen: Seen,
}

impl Picked {
    fn task(&self) -> Option<&Task> {
        self.seen.case.tasks().get(&TaskNo(self.id.no))
    }

    fn name(&self) -> String {
        within(self.id.case, self.id.no)
    }
}

/// A way out that all the tasks chosen have.
struct Exit {
    outcome: String,
    title: String,
    asks_reason: bool,
}

/// The tasks as one: what they are filled in with, and the ways out they share.
struct Together {
    picked: Vec<Picked>,
    form: Option<Fields>,
    exits: Vec<Exit>,
    input: Value,
    reason: String,
    errors: Vec<FieldError>,
    back: String,
}

/// Shows the tasks chosen with the one form they are finished by; sent with an outcome, finishes each.
pub async fn complete(State(app): State<Arc<App>>, sent: Form) -> Result<Response, Problem> {
    let visitor = &sent.visitor;
    if let Some(told) = nothing(&app, &sent, "task").await? {
        return Ok(told);
    }
    let mut all = match Together::of(&app, &sent).await {
        Err(problem) if problem.code() == Code::StateNotAllowed => {
            let why = visitor.words.of(problem.message());
            return list_again(&app, visitor, &onward(sent.fields.get("back")), why).await;
        }
        all => all?,
    };
    let Some(outcome) = sent.fields.get("outcome") else {
        if let Some(form) = &all.form {
            all.input = facts::read(&visitor.network, form, &sent.fields.0).input;
        }
        return Ok(all.page(&app, visitor).into_response());
    };
    let today = civil(app.runtime.clock().now()).date();
    let data = match &all.form {
        Some(form) => {
            all.input = facts::read(&visitor.network, form, &sent.fields.0).input;
            posted::asked(form, &all.input, today)
        }
        None => Value::Null,
    };
    all.reason = sent
        .fields
        .get("reason")
        .unwrap_or_default()
        .trim()
        .to_owned();
    let key = once::key(&visitor.caller, "/work/complete", &sent.fields)?;
    let mut became = Vec::new();
    for picked in &all.picked {
        let command = Command::Complete {
            task: TaskNo(picked.id.no),
            outcome: outcome.into(),
            data: data.clone(),
            reason: Some(all.reason.clone()).filter(|reason| !reason.is_empty()),
            back_to: None,
        };
        let key = key.of_one(&picked.name());
        became.push(one(&app, visitor, &picked.seen, key, command).await?);
    }
    // What is wrong with the form is wrong for all: it is put right once.
    let wrong = |b: &Became| match &b.result {
        Err(problem) if !problem.errors().is_empty() => Some(once::errors(problem)),
        _ => None,
    };
    let wrong: Vec<Vec<FieldError>> = became.iter().filter_map(wrong).collect();
    if wrong.len() == became.len()
        && let Some(errors) = wrong.into_iter().next()
    {
        all.errors = errors;
        let page = all.page(&app, visitor);
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    }
    Ok(told(visitor, &all.back, &became))
}

/// Reminds whoever has the work of the cases chosen.
pub async fn urge(State(app): State<Arc<App>>, sent: Form) -> Result<Response, Problem> {
    let visitor = &sent.visitor;
    if let Some(told) = nothing(&app, &sent, "case").await? {
        return Ok(told);
    }
    let words = sent
        .fields
        .get("words")
        .unwrap_or_default()
        .trim()
        .to_owned();
    if words.is_empty() {
        return Err(Problem::field("/words", "reject.reason", &[]));
    }
    let key = once::key(&visitor.caller, "/work/urge", &sent.fields)?;
    let mut became = Vec::new();
    for id in cases(&sent)? {
        let seen = app.visible(&visitor.caller.actor(), id).await?.seen;
        let own = |task: &Task| matches!(task.state(), TaskState::Held { by, .. } if **by == *visitor.caller.id);
        let open = seen.case.open_tasks().filter(|(_, task)| !own(task));
        let open: Vec<TaskNo> = open.map(|(no, _)| no).collect();
        if open.is_empty() {
            let nobody = Problem::says(Code::StateNotAllowed, "api.nobody_to_urge", &[]);
            became.push(Became::of(&seen, Err(nobody)));
        }
        for task in open {
            let command = Command::Urge {
                task,
                words: words.clone(),
            };
            let key = key.of_one(&within(id, task.0));
            became.push(one(&app, visitor, &seen, key, command).await?);
        }
    }
    Ok(told(visitor, &onward(sent.fields.get("back")), &became))
}

/// The list again, which says so where nothing was ticked.
async fn nothing(app: &Arc<App>, sent: &Form, ticked: &str) -> Result<Option<Response>, Problem> {
    if sent.fields.get("one").is_some() || sent.fields.get(ticked).is_some() {
        return Ok(None);
    }
    let why = sent.visitor.words.t("together.none");
    let back = onward(sent.fields.get("back"));
    list_again(app, &sent.visitor, &back, &why).await.map(Some)
}

fn cases(sent: &Form) -> Result<Vec<u64>, Problem> {
    let chosen: Option<Vec<u64>> = sent.fields.all("case").map(|id| id.parse().ok()).collect();
    let chosen = chosen.ok_or_else(|| Problem::new(Code::NotFound))?;
    super::few(chosen)
}

impl Together {
    /// Of the tasks that were ticked: of one step of one matter, which says that they may be done together.
    async fn of(app: &App, sent: &Form) -> Result<Together, Problem> {
        let caller = &sent.visitor.caller;
        let mut picked = Vec::new();
        for id in chosen(&sent.fields)? {
            let seen = app.task(caller, id).await?.seen;
            picked.push(Picked { id, seen });
        }
        let unlike = || Problem::says(Code::StateNotAllowed, "api.not_together", &[]);
        let step = |picked: &Picked| {
            let task = picked.task()?;
            let (_, step) = picked.seen.revision.named(task.step())?;
            let together = matches!(step.kind, Kind::Task { bulk: true, .. });
            together.then(|| (picked.seen.revision.hash().to_owned(), task.step().clone()))
        };
        let first = picked.first().ok_or_else(unlike)?;
        let like = step(first).ok_or_else(unlike)?;
        if picked.iter().any(|p| step(p).as_ref() != Some(&like)) {
            return Err(unlike());
        }
        let form = first
            .task()
            .and_then(|task| views::form_of(&first.seen, task));
        Ok(Together {
            form: form.cloned(),
            exits: exits(app, &sent.visitor, first),
            input: Value::Null,
            reason: String::new(),
            errors: Vec::new(),
            back: onward(sent.fields.get("back")),
            picked,
        })
    }

    fn page(&self, app: &App, visitor: &Visitor) -> Markup {
        let words = visitor.words;
        let regions = facts::regions(&visitor.network);
        let today = civil(app.runtime.clock().now()).date();
        let asks = self.exits.iter().any(|exit| exit.asks_reason);
        let wrong = self.errors.iter().find(|e| e.pointer == "/reason");
        let wrong = wrong.map(|e| words.of(&e.message).to_owned());
        let step = self
            .picked
            .first()
            .and_then(|p| Some(look::step(visitor, &p.seen, p.task()?)));
        let body = html! {
            p { (words.say("together.about", &[("n", self.picked.len().to_string()), ("step", step.unwrap_or_default())])) }
            ul class="picked" { @for one in &self.picked { li { a href=(format!("/tasks/{}", one.name())) { (one.seen.number) } } } }
            form method="post" action="/work/complete" class="panel" {
                (layout::token(visitor)) (once::token())
                input type="hidden" name="back" value=(self.back);
                @for one in &self.picked { input type="hidden" name="task" value=(one.name()); }
                @if let Some(form) = &self.form {
                    p class="hint" { (words.t("together.same")) }
                    ({ Sheet { errors: &self.errors, regions: &regions, lang: words.0, ..Sheet::new(form, &self.input, today) }.draw() })
                }
                @if asks { (crate::pages::case::reason(visitor, &Reason::Ask, &self.reason, wrong)) }
                div class="foot" {
                    @for exit in &self.exits { button name="outcome" value=(exit.outcome) { (exit.title) } }
                    a class="button" href=(self.back) { (words.t("task.cancel")) }
                }
            }
        };
        layout::page(visitor, &words.t("together.title"), body)
    }
}

/// The ways out of the first; whether another has them too is decided when it is finished.
fn exits(app: &App, visitor: &Visitor, first: &Picked) -> Vec<Exit> {
    let Some(task) = first.task() else {
        return Vec::new();
    };
    let actor = visitor.caller.actor();
    let offered = outcomes(app, &actor, &first.seen, TaskNo(first.id.no), task);
    let exit = |choice: crate::web::tasks::Choice| Exit {
        title: match (visitor.words.tag(), choice.title_en) {
            ("en", Some(english)) => english,
            _ => choice.outcome.clone(),
        },
        asks_reason: choice.asks_reason,
        outcome: choice.outcome,
    };
    let going_on = offered.into_iter().filter(|choice| !choice.returns);
    going_on.map(exit).collect()
}

/// Whether rows of a part are chosen as tasks, or as cases. Whoever watches over an office chooses among all that it has.
pub fn picks(app: &App, visitor: &Visitor, tab: Tab) -> Option<&'static str> {
    match tab {
        Tab::Mine | Tab::Open => Some("task"),
        Tab::Waiting | Tab::Followed => Some("case"),
        Tab::Office => app.watches(&visitor.caller).is_ok().then_some("task"),
        Tab::Done => None,
    }
}
