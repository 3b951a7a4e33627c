//! Looking up a case by its number, and the cases of a person by his ID number.

use super::session::{Form, Visitor};
use super::{layout, look};
use crate::store::CaseRow;
use crate::web::App;
use crate::web::problem::{Code, Problem};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use engine::case::number::is_sound;
use engine::clock::civil;
use forms::id_number::Reason;
use maud::{Markup, html};
use std::sync::Arc;

/// Goes to the case of a number; shows those of a person; else says what can be looked for.
pub async fn search(State(app): State<Arc<App>>, sent: Form) -> Result<Response, Problem> {
    let visitor = &sent.visitor;
    let asked = sent.fields.get("q").unwrap_or_default();
    let asked: String = asked.split_whitespace().collect();
    let asked = asked.to_uppercase();
    if asked.split('-').count() == 5 {
        return by_number(&app, visitor, &asked).await;
    }
    let today = civil(app.runtime.clock().now()).date();
    let why = match forms::id_number::check(&asked, today).reason {
        None => {
            let rows = app.cases_of(&visitor.caller, &asked).await?;
            return Ok(result(&app, visitor, &rows).into_response());
        }
        Some(Reason::Length) => visitor.words.t("search.what"),
        Some(_) => visitor.words.t("search.bad_id"),
    };
    Ok(told(visitor, StatusCode::UNPROCESSABLE_ENTITY, &why))
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

fn result(app: &App, visitor: &Visitor, rows: &[CaseRow]) -> Markup {
    let words = visitor.words;
    let library = app.runtime.library();
    let title = |row: &CaseRow| {
        let matter = library.matters.get(&row.matter);
        matter
            .map_or(row.matter.as_str(), |m| words.of(&m.title))
            .to_owned()
    };
    let body = html! {
        @if rows.is_empty() { div class="panel empty" { p { (words.t("search.nobody")) } } }
        @else {
            div class="scroll" {
                table class="list rows" {
                    thead { tr {
                        th scope="col" { (words.word("work.column", "number")) }
                        th scope="col" { (words.word("work.column", "matter")) }
                        th scope="col" { (words.word("work.column", "status")) }
                        th scope="col" { (words.word("work.column", "cities")) }
                        th scope="col" { (words.t("search.opened")) }
                    } }
                    tbody {
                        @for row in rows {
                            tr data-row=(row.id) {
                                td class="number" { a href=(format!("/cases/{}", row.id)) data-key="o" { (row.number) } }
                                td { (title(row)) }
                                td { (look::status(visitor, &row.status)) }
                                td { (look::city(visitor, &row.accepting)) "→" (look::city(visitor, &row.deciding)) }
                                td class="number" { (look::time(row.opened)) }
                            }
                        }
                    }
                }
            }
        }
    };
    layout::page(visitor, &words.t("search.title"), body)
}
