//! Several things done at once, each by itself: what became of each is told line by line.

use super::layout;
use super::session::Visitor;
use crate::runtime::{IdempotencyKey, Seen, Target};
use crate::web::App;
use crate::web::problem::Problem;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use engine::case::Command;
use maud::html;

/// What became of one of several.
pub struct Became {
    number: String,
    address: String,
    /// Done, or why not.
    pub result: Result<(), Problem>,
}

/// Does one of several.
///
/// # Errors
/// If the program itself fails; that one is refused is told with the others.
pub async fn one(
    app: &App,
    visitor: &Visitor,
    seen: &Seen,
    key: IdempotencyKey,
    command: Command,
) -> Result<Became, Problem> {
    let target = Target::Case(seen.id);
    let done = app.hand_in(&visitor.caller, Some(key), None, target, command);
    match done.await {
        Err(problem) if problem.code().status().is_server_error() => Err(problem),
        done => Ok(Became::of(seen, done.map(drop))),
    }
}

impl Became {
    /// What became of one.
    pub fn of(seen: &Seen, result: Result<(), Problem>) -> Self {
        Became {
            number: seen.number.to_string(),
            address: format!("/cases/{}", seen.id),
            result,
        }
    }
}

/// What became of each, line by line.
pub fn told(visitor: &Visitor, back: &str, became: &[Became]) -> Response {
    let words = visitor.words;
    let done = became.iter().filter(|b| b.result.is_ok()).count();
    let args = [
        ("done", done.to_string()),
        ("all", became.len().to_string()),
    ];
    let body = html! {
        div class={ "notice " @if done == became.len() { "good" } @else { "warn" } } role="status" { p { (words.say("together.done", &args)) } }
        div class="scroll" {
            table class="list" {
                thead { tr { th scope="col" { (words.word("work.column", "number")) } th scope="col" { (words.t("together.result")) } } }
                tbody { @for one in became {
                    tr {
                        td class="number" { a href=(one.address) { (one.number) } }
                        td { @match &one.result {
                            Ok(()) => { "✓ " (words.t("together.ok")) },
                            Err(problem) => { "✗ " (words.of(problem.errors().first().map_or(problem.message(), |e| &e.message))) },
                        } }
                    }
                } }
            }
        }
        p class="actions" { a class="button main" href=(back) { (words.t("together.back")) } }
    };
    let page = layout::page(visitor, &words.t("together.title"), body);
    let status = match done == became.len() {
        true => StatusCode::OK,
        false => StatusCode::CONFLICT,
    };
    (status, page).into_response()
}
