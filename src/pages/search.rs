//! Looking up cases: by number, its beginning or its last digits, by the applicant's name, its initials, or his ID number; also while it is typed.

use super::session::{Form, Visitor};
use super::{layout, lists, look};
use crate::web::App;
use crate::web::cases::ListedCases;
use crate::web::problem::{Code, Problem};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use engine::case::number::{self, is_sound};
use engine::clock::civil;
use maud::{Markup, html};
use std::sync::Arc;

/// Rows a page has, and rows shown while somebody is still typing.
const ROWS: u32 = 30;
const FEW: u32 = 8;

/// Goes to the case of a whole number; else shows what a beginning of one, a name, its initials or an ID number finds. While somebody is
/// typing the first few are shown under the box.
pub async fn search(State(app): State<Arc<App>>, sent: Form) -> Result<Response, Problem> {
    let visitor = &sent.visitor;
    let words = visitor.words;
    let text = sent.fields.get("q").unwrap_or_default().trim();
    let asked: String = text.split_whitespace().collect();
    let asked = asked.to_uppercase();
    let asked = number::read(&asked).unwrap_or(asked);
    if visitor.partial {
        return under_the_box(&app, visitor, text).await;
    }
    if asked.split('-').count() == 5 {
        return by_number(&app, visitor, &asked).await;
    }
    let today = civil(app.runtime.clock().now()).date();
    if asked.len() == 18 && asked.bytes().take(17).all(|b| b.is_ascii_digit()) {
        let wrong = forms::id_number::check(&asked, today).reason;
        if wrong.is_some() {
            let wrong = words.t("search.bad_id");
            return Ok(told(visitor, StatusCode::UNPROCESSABLE_ENTITY, &wrong));
        }
    }
    let after = sent.fields.get("after");
    match app.find(&visitor.caller, text, after, Some(ROWS)).await {
        Ok(found) => {
            let names = lists::applicants(&app, visitor, &found.rows).await;
            Ok(result(&app, visitor, text, &found, &names).into_response())
        }
        Err(problem) if problem.code() == Code::Invalid => {
            let what = match is_phone(&asked) {
                true => words.t("search.phone"),
                false => words.t("search.what"),
            };
            Ok(told(visitor, StatusCode::UNPROCESSABLE_ENTITY, &what))
        }
        Err(problem) => Err(problem),
    }
}

/// A mobile number. Cases are not found by it: it is an answer of the form, may be that of an agent, and no index holds it.
fn is_phone(text: &str) -> bool {
    text.len() == 11 && text.starts_with('1') && text.bytes().all(|b| b.is_ascii_digit())
}

async fn under_the_box(app: &App, visitor: &Visitor, text: &str) -> Result<Response, Problem> {
    let words = visitor.words;
    let found = app.find(&visitor.caller, text, None, Some(FEW)).await;
    let found = match found {
        Ok(found) => found,
        Err(problem) if problem.code() == Code::Invalid => {
            return Ok(html! { div id="found" {} }.into_response());
        }
        Err(problem) => return Err(problem),
    };
    let names = lists::applicants(app, visitor, &found.rows).await;
    let count = [("n", found.total.to_string())];
    let list = html! {
        div id="found" class="panel" {
            p class="hint" role="status" {
                @if found.rows.is_empty() { (words.t("search.none_yet")) }
                @else { (words.say("search.found", &count)) }
            }
            ul {
                @for (row, name) in found.rows.iter().zip(&names) {
                    li {
                        a href=(format!("/cases/{}", row.id)) {
                            span class="number" { (row.number) } " " (lists::matter(visitor, app, &row.matter)) " " (name)
                        }
                        " " (look::status(visitor, &row.status))
                    }
                }
            }
            @if found.cursor.is_some() { p { button class="quiet" { (words.t("search.all")) } } }
        }
    };
    Ok(list.into_response())
}

async fn by_number(app: &App, visitor: &Visitor, number: &str) -> Result<Response, Problem> {
    let words = visitor.words;
    if !is_sound(number) {
        let unsound = words.t("search.unsound");
        return Ok(told(visitor, StatusCode::UNPROCESSABLE_ENTITY, &unsound));
    }
    let found = match app.case_id(number).await {
        Ok(id) => app.visible(&visitor.caller.actor(), id).await,
        Err(problem) => Err(problem),
    };
    match found {
        Ok(visible) => Ok(Redirect::to(&format!("/cases/{}", visible.seen.id)).into_response()),
        Err(problem) if problem.code() == Code::NotFound => {
            let unknown = words.t("search.unknown");
            Ok(told(visitor, StatusCode::NOT_FOUND, &unknown))
        }
        Err(problem) => Err(problem),
    }
}

fn told(visitor: &Visitor, status: StatusCode, text: &str) -> Response {
    let body = html! { div class="notice bad" role="alert" { p { (text) } } };
    let page = layout::page(visitor, &visitor.words.t("search.title"), body);
    (status, page).into_response()
}

fn result(
    app: &App,
    visitor: &Visitor,
    text: &str,
    found: &ListedCases,
    names: &[String],
) -> Markup {
    let words = visitor.words;
    let body = html! {
        @if found.rows.is_empty() { div class="panel empty" { p { (words.t("search.nobody")) } p class="hint" { (words.t("search.what")) } } }
        @else {
            p class="hint" role="status" { (words.say("search.found", &[("n", found.total.to_string())])) }
            div class="scroll" {
                table class="list rows" {
                    thead { tr {
                        th scope="col" { (words.word("work.column", "number")) }
                        th scope="col" { (words.word("work.column", "matter")) }
                        th scope="col" { (words.word("work.column", "applicant")) }
                        th scope="col" { (words.word("work.column", "status")) }
                        th scope="col" { (words.word("work.column", "cities")) }
                        th scope="col" { (words.t("search.opened")) }
                    } }
                    tbody {
                        @for (row, name) in found.rows.iter().zip(names) {
                            tr data-row=(row.id) {
                                td class="number" { a href=(format!("/cases/{}", row.id)) data-key="o" { (row.number) } }
                                td { (lists::matter(visitor, app, &row.matter)) }
                                td { (name) }
                                td { (look::status(visitor, &row.status)) }
                                td { (look::city(visitor, &row.accepting)) "→" (look::city(visitor, &row.deciding)) }
                                td class="number" { (look::time(row.opened)) }
                            }
                        }
                    }
                }
            }
            @if let Some(next) = &found.cursor {
                form method="post" action="/search" class="actions below" {
                    (layout::token(visitor))
                    input type="hidden" name="q" value=(text);
                    button name="after" value=(next) { (words.t("work.next")) }
                }
            }
        }
    };
    layout::page(visitor, &words.t("search.title"), body)
}
