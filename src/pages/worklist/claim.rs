//! Taking tasks out of the list, one or several, and giving one back.

use super::asked::Asked;
use super::{Visitor, find};
use crate::pages::session::{Fields, Form, onward};
use crate::pages::several::{Became, told};
use crate::runtime::Target;
use crate::web::App;
use crate::web::ids::Within;
use crate::web::problem::{Code, Problem};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use engine::case::{Command, TaskNo};
use maud::{Markup, html};
use std::sync::Arc;

/// What one person does at once; more needs a second one (G54).
const MOST: usize = 20;

/// Takes the tasks chosen, each by itself: one that somebody else has taken meanwhile keeps no other from being taken.
pub async fn claim(State(app): State<Arc<App>>, sent: Form) -> Result<Response, Problem> {
    carry_out(&app, &sent, |task| Command::Claim { task }).await
}

/// Gives a task back.
pub async fn release(State(app): State<Arc<App>>, sent: Form) -> Result<Response, Problem> {
    carry_out(&app, &sent, |task| Command::Release { task }).await
}

async fn carry_out(
    app: &Arc<App>,
    sent: &Form,
    command: impl Fn(TaskNo) -> Command,
) -> Result<Response, Problem> {
    let (chosen, caller) = (chosen(&sent.fields)?, &sent.visitor.caller);
    let several = chosen.len() > 1;
    let mut refused = Vec::new();
    let mut became = Vec::new();
    for id in chosen {
        let (target, command) = (Target::Case(id.case), command(TaskNo(id.no)));
        let done = app.hand_in(caller, None, None, target, command).await;
        match &done {
            Err(problem) if problem.code().status().is_server_error() => {
                return Err(problem.clone());
            }
            Err(problem) => refused.push((id, problem.clone())),
            Ok(_) => {}
        }
        // Of a case he may not know of, no more is told than that it is not there.
        if several && let Ok(visible) = app.visible(&caller.actor(), id.case).await {
            became.push(Became::of(&visible.seen, done.map(drop)));
        }
    }
    let back = onward(sent.fields.get("back"));
    match (refused.is_empty(), became.is_empty()) {
        (true, _) => Ok(Redirect::to(&back).into_response()),
        (false, true) => not_all(app, &sent.visitor, &back, &refused).await,
        (false, false) => Ok(told(&sent.visitor, &back, &became)),
    }
}

/// The tasks of the button pressed, or all that were ticked.
pub fn chosen(fields: &Fields) -> Result<Vec<Within>, Problem> {
    let names: Vec<&str> = match fields.get("one") {
        Some(one) => vec![one],
        None => fields.all("task").collect(),
    };
    let ids = few(names)?.into_iter().map(Within::read);
    let ids: Option<Vec<Within>> = ids.collect();
    ids.ok_or_else(|| Problem::new(Code::NotFound))
}

/// Refuses more at once than one person may do.
pub fn few<T>(chosen: Vec<T>) -> Result<Vec<T>, Problem> {
    match chosen.len() > MOST {
        true => {
            let most = [("most", MOST.to_string())];
            Err(Problem::says(
                Code::SecondPersonRequired,
                "api.many_at_once",
                &most,
            ))
        }
        false => Ok(chosen),
    }
}

/// The list again, with what was not done and why.
async fn not_all(
    app: &Arc<App>,
    visitor: &Visitor,
    back: &str,
    refused: &[(Within, Problem)],
) -> Result<Response, Problem> {
    let words = visitor.words;
    let mut reasons = Vec::new();
    for (id, problem) in refused {
        let seen = app.runtime.case(id.case).await.ok().flatten();
        let number = seen.map_or_else(String::new, |seen| seen.number.to_string());
        reasons.push((number, words.of(problem.message()).to_owned()));
    }
    let told = html! {
        div class="notice bad" role="alert" {
            p { (words.say("work.not_done", &[("n", refused.len().to_string())])) }
            ul { @for (number, why) in &reasons { li { (number) " " (why) } } }
        }
    };
    again(app, visitor, back, told, StatusCode::CONFLICT).await
}

/// The very list from which something was asked, with why it cannot be.
pub(super) async fn list_again(
    app: &Arc<App>,
    visitor: &Visitor,
    back: &str,
    why: &str,
) -> Result<Response, Problem> {
    let told = html! { div class="notice bad" role="alert" { p { (why) } } };
    again(app, visitor, back, told, StatusCode::UNPROCESSABLE_ENTITY).await
}

async fn again(
    app: &Arc<App>,
    visitor: &Visitor,
    back: &str,
    told: Markup,
    status: StatusCode,
) -> Result<Response, Problem> {
    let query = back.split_once('?').map_or("", |(_, query)| query);
    let asked: Asked = serde_urlencoded::from_str(query).unwrap_or_default();
    let found = find(app, visitor, asked).await?;
    let page = found.page(app, visitor, Some(told)).await;
    Ok((status, page).into_response())
}
