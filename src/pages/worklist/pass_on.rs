//! Several tasks given to one colleague at once, with one reason: each by itself, and what became of each is told.

use super::chosen;
use crate::pages::session::{Form, Visitor, onward};
use crate::pages::several::{Became, one, told};
use crate::pages::{layout, look, once};
use crate::runtime::Seen;
use crate::web::App;
use crate::web::ids::{Within, within};
use crate::web::problem::Problem;
use crate::web::work::may_be_given;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use engine::case::{Command, TaskNo};
use maud::{Markup, html};
use std::sync::Arc;

/// The longest reason, in characters.
const LONGEST: usize = 200;

/// The tasks that were ticked, to whom they are to go, and why.
struct Given {
    picked: Vec<(Within, Seen)>,
    to: String,
    reason: String,
    back: String,
}

/// Asks to whom the tasks chosen are to go, and why; sent with both, gives them.
pub async fn transfer(State(app): State<Arc<App>>, sent: Form) -> Result<Response, Problem> {
    let visitor = &sent.visitor;
    let text = |name: &str| sent.fields.get(name).unwrap_or_default().trim().to_owned();
    let mut given = Given {
        picked: Vec::new(),
        to: text("to"),
        reason: text("reason"),
        back: onward(sent.fields.get("back")),
    };
    for id in chosen(&sent.fields)? {
        let seen = app.task(&visitor.caller, id).await?.seen;
        given.picked.push((id, seen));
    }
    let asked = sent.fields.get("to").is_some();
    let sound = !given.reason.is_empty() && given.reason.chars().count() <= LONGEST;
    if !asked || given.picked.is_empty() || !sound {
        let page = given.page(visitor, asked && !sound);
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
    /// Whoever may do all of the tasks; where there is nobody, whoever may do some.
    fn colleagues<'v>(&self, visitor: &'v Visitor) -> Vec<(&'v str, &'v str)> {
        let people = &visitor.caller.people;
        let may = |(id, seen): &(Within, Seen), who: &str| {
            let task = seen.case.tasks().get(&TaskNo(id.no));
            task.is_some_and(|task| may_be_given(task, who, people))
        };
        let others = people.values().filter(|p| *p.id != *visitor.caller.id);
        let others: Vec<_> = others.map(|p| (p.id.as_str(), p.name.as_str())).collect();
        let all = |who: &str| self.picked.iter().all(|one| may(one, who));
        let some = |who: &str| self.picked.iter().any(|one| may(one, who));
        match others.iter().any(|(id, _)| all(id)) {
            true => others.into_iter().filter(|(id, _)| all(id)).collect(),
            false => others.into_iter().filter(|(id, _)| some(id)).collect(),
        }
    }

    fn page(&self, visitor: &Visitor, wrong: bool) -> Markup {
        let words = visitor.words;
        let colleagues = self.colleagues(visitor);
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
                        select id="to" name="to" { @for (id, name) in &colleagues { option value=(id) selected[*id == self.to] { (name) } } }
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
        layout::page(visitor, &words.t("work.transfer_several"), body)
    }
}
