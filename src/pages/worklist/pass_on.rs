//! Several tasks given to one colleague at once, with one reason: each by itself, and what became of each is told.

use super::{chosen, few};
use crate::pages::colleagues::{Colleague, colleagues, options};
use crate::pages::session::{Form, Visitor, onward};
use crate::pages::several::{Became, one, told};
use crate::pages::{layout, look, once};
use crate::runtime::Seen;
use crate::web::App;
use crate::web::ids::{Within, within};
use crate::web::problem::{Code, Problem};
use crate::web::work::may_be_given;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use engine::case::{Command, TaskNo};
use maud::{Markup, html};
use serde::Deserialize;
use std::sync::Arc;

/// The longest reason, in characters.
const LONGEST: usize = 200;

/// The tasks that were ticked, to whom they are to go, and why.
#[derive(Default)]
struct Given {
    picked: Vec<(Within, Seen)>,
    to: String,
    reason: String,
    back: String,
}

/// What an address names: tasks, or cards or cases whose open tasks are meant.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Named {
    task: Option<String>,
    card: Option<String>,
    case: Option<String>,
    back: Option<String>,
}

/// Asks to whom what an address names is to go, and why.
pub async fn to_transfer(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Query(named): Query<Named>,
) -> Result<Markup, Problem> {
    let ids = match (&named.task, named.card.as_ref(), &named.case) {
        (Some(task), ..) => vec![Within::read(task).ok_or_else(|| Problem::new(Code::NotFound))?],
        (None, Some(card), _) => {
            let (visible, _) = app.one_card(&visitor.caller, card).await?;
            open(&visible.seen)
        }
        (None, None, Some(case)) => {
            let id = app.case_id(case).await?;
            open(&app.visible(&visitor.caller.actor(), id).await?.seen)
        }
        (None, None, None) => Vec::new(),
    };
    let mut given = Given::of(&app, &visitor, ids).await?;
    given.back = onward(named.back.as_deref());
    given.page(&app, &visitor, false).await
}

/// The open tasks of a case.
fn open(seen: &Seen) -> Vec<Within> {
    let open = seen.case.open_tasks();
    open.map(|(no, _)| Within {
        case: seen.id,
        no: no.0,
    })
    .collect()
}

/// Asks to whom the tasks chosen are to go, and why; sent with both, gives them. Of cards chosen the open tasks are meant.
pub async fn transfer(State(app): State<Arc<App>>, sent: Form) -> Result<Response, Problem> {
    let visitor = &sent.visitor;
    let text = |name: &str| sent.fields.get(name).unwrap_or_default().trim().to_owned();
    let mut ids = chosen(&sent.fields)?;
    for card in sent.fields.all("card") {
        ids.extend(open(&app.one_card(&visitor.caller, card).await?.0.seen));
    }
    let mut given = Given::of(&app, visitor, few(ids)?).await?;
    given.to = text("to");
    given.reason = text("reason");
    given.back = onward(sent.fields.get("back"));
    let asked = sent.fields.get("to").is_some();
    let sound = !given.reason.is_empty() && given.reason.chars().count() <= LONGEST;
    if !asked || given.picked.is_empty() || !sound {
        let page = given.page(&app, visitor, asked && !sound).await?;
        let status = match asked {
            true => StatusCode::UNPROCESSABLE_ENTITY,
            false => StatusCode::OK,
        };
        return Ok((status, page).into_response());
    }
    let key = once::key(&visitor.caller, "/work/transfer", &sent.fields)?;
    let mut became = Vec::new();
    for (id, seen) in &given.picked {
        let done = match app.colleague(&visitor.caller, *id, &given.to).await {
            Ok(to) => {
                let task = TaskNo(id.no);
                let reason = given.reason.clone();
                let command = Command::Transfer { task, to, reason };
                let key = key.of_one(&within(id.case, id.no));
                one(&app, visitor, seen, key, command).await?
            }
            Err(problem) => Became::of(seen, Err(problem)),
        };
        became.push(done);
    }
    Ok(told(visitor, &given.back, &became))
}

impl Given {
    /// The tasks of these names that the visitor may see, each once.
    async fn of(app: &App, visitor: &Visitor, mut ids: Vec<Within>) -> Result<Given, Problem> {
        ids.sort_by_key(|id| (id.case, id.no));
        ids.dedup_by_key(|id| (id.case, id.no));
        let mut given = Given::default();
        for id in ids {
            let seen = app.task(&visitor.caller, id).await?.seen;
            given.picked.push((id, seen));
        }
        Ok(given)
    }

    /// Whoever may do all of the tasks; where there is nobody, whoever may do some.
    async fn colleagues(&self, app: &App, visitor: &Visitor) -> Result<Vec<Colleague>, Problem> {
        let may = |(id, seen): &(Within, Seen), who: &str| {
            let task = seen.case.tasks().get(&TaskNo(id.no));
            let matter = &seen.revision.id.value;
            task.is_some_and(|task| may_be_given(&visitor.caller, task, who, matter))
        };
        let other = |who: &str| *who != *visitor.caller.id;
        let all = |who: &str| other(who) && self.picked.iter().all(|one| may(one, who));
        let some = |who: &str| other(who) && self.picked.iter().any(|one| may(one, who));
        let found = colleagues(app, visitor, all).await?;
        match found.is_empty() {
            true => colleagues(app, visitor, some).await,
            false => Ok(found),
        }
    }

    async fn page(&self, app: &App, visitor: &Visitor, wrong: bool) -> Result<Markup, Problem> {
        let words = visitor.words;
        let colleagues = self.colleagues(app, visitor).await?;
        let count = [("n", self.picked.len().to_string())];
        let step = |id: &Within, seen: &Seen| {
            let task = seen.case.tasks().get(&TaskNo(id.no))?;
            Some(look::step(visitor, seen, task))
        };
        let body = html! {
            p { (words.say("together.transfer", &count)) }
            ul class="picked" { @for (id, seen) in &self.picked {
                li { a href=(format!("/tasks/{}", within(id.case, id.no))) { (seen.number) } " " (step(id, seen).unwrap_or_default()) }
            } }
            @if self.picked.is_empty() || colleagues.is_empty() {
                p class="notice warn" { @if self.picked.is_empty() { (words.t("together.none")) } @else { (words.t("together.nobody")) } }
                p class="actions" { a class="button" href=(self.back) { (words.t("together.back")) } }
            } @else {
                form method="post" action="/work/transfer" class="panel" {
                    (layout::token(visitor)) (once::token())
                    input type="hidden" name="back" value=(self.back);
                    @for (id, _) in &self.picked { input type="hidden" name="task" value=(within(id.case, id.no)); }
                    div class="field" {
                        label for="to" { (words.t("task.to")) }
                        select id="to" name="to" { (options(&colleagues, &self.to)) }
                    }
                    div class={ "field" @if wrong { " wrong" } } {
                        label for="reason" { (words.t("act.reason")) }
                        @if wrong { p class="error" id="reason-wrong" role="alert" { (words.t("act.must")) } }
                        input id="reason" name="reason" type="text" required maxlength=(LONGEST) value=(self.reason) aria-invalid=[wrong.then_some("true")] aria-describedby=[wrong.then_some("reason-wrong")];
                    }
                    div class="actions" {
                        button class="main" { (words.t("work.transfer_several")) }
                        a class="button" href=(self.back) { (words.t("task.cancel")) }
                    }
                }
            }
        };
        Ok(layout::page(
            visitor,
            &words.t("work.transfer_several"),
            body,
        ))
    }
}
