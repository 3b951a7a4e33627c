//! The network: who takes in for whom as a table, and the cities beside it.

use super::lists;
use super::session::Visitor;
use super::{layout, look};
use crate::store::Cell;
use crate::web::App;
use crate::web::board::{behind, worst};
use crate::web::problem::Problem;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The page asks for itself again after so many seconds.
const REFRESH: u32 = 15;

/// The network.
pub async fn page(State(app): State<Arc<App>>, visitor: Visitor) -> Result<Response, Problem> {
    let cells = app.matrix(&visitor.caller).await?;
    let body = html! {
        (matrix(&visitor, &cells))
        (cities(&visitor, &cells))
        (health(&visitor, &app).await?)
    };
    if lists::unchanged(&visitor, &body) {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let page = lists::live(&visitor, "network", REFRESH, &body);
    let title = visitor.words.t("network.title");
    Ok(layout::page(&visitor, &title, page).into_response())
}

fn matrix(visitor: &Visitor, cells: &[Cell]) -> Markup {
    let words = visitor.words;
    let cities: Vec<&str> = visitor.network.cities().map(|c| c.code.as_str()).collect();
    let by: BTreeMap<(&str, &str), &Cell> = cells
        .iter()
        .map(|c| ((c.accepting.as_str(), c.deciding.as_str()), c))
        .collect();
    let own = |city: &str| visitor.caller.posts.iter().any(|p| p.city == city);
    let total: i64 = cells.iter().map(|c| c.cases).sum();
    html! {
        p class="hint" { (words.say("network.explained", &[("total", total.to_string())])) }
        div class="wide" { table class="matrix" {
            caption class="unseen" { (words.t("network.caption")) }
            thead { tr {
                th scope="col" { (words.t("network.corner")) }
                @for city in &cities { th scope="col" { span { (look::city(visitor, city)) } } }
                th scope="col" { (words.t("network.sum")) }
            } }
            tbody {
                @for accepting in &cities {
                    @let row: i64 = cells.iter().filter(|c| c.accepting == *accepting).map(|c| c.cases).sum();
                    tr {
                        th scope="row" { (look::city(visitor, accepting)) }
                        @for deciding in &cities { (cell(visitor, by.get(&(*accepting, *deciding)).copied(), own(accepting) || own(deciding))) }
                        td class="sum" { (row) }
                    }
                }
            }
        } }
        p class="legend" {
            @for level in ["normal", "yellow", "red"] { (look::level(visitor, level, None)) " " }
            span class="hint" { (words.t("network.unseen")) }
        }
    }
}

fn cell(visitor: &Visitor, cell: Option<&Cell>, seen: bool) -> Markup {
    let words = visitor.words;
    let Some(cell) = cell else {
        return html! { td class="none" { @if seen { "0" } @else { "·" } } };
    };
    let level = worst(cell);
    let args = [
        ("accepting", look::city(visitor, &cell.accepting)),
        ("deciding", look::city(visitor, &cell.deciding)),
        ("cases", cell.cases.to_string()),
        ("yellow", cell.yellow.to_string()),
        ("red", cell.red.to_string()),
    ];
    let told = words.say("network.cell", &args);
    html! {
        td class=(level) {
            a href=(format!("/cases?{}", behind(cell).text())) title=(told) aria-label=(told) {
                (cell.cases)
                @if level == "red" { span aria-hidden="true" { "■" } }
                @if level == "yellow" { span aria-hidden="true" { "▲" } }
            }
        }
    }
}

fn cities(visitor: &Visitor, cells: &[Cell]) -> Markup {
    let words = visitor.words;
    let clerks = |city: &str| {
        let window = |post: &String| post.starts_with(city) && post.ends_with("/window");
        let people = visitor.caller.people.values();
        people
            .filter(|p| p.state == "active" && p.posts.iter().any(window))
            .count()
    };
    let sum = |of: fn(&Cell) -> &String, city: &str| -> i64 {
        cells
            .iter()
            .filter(|c| of(c) == city)
            .map(|c| c.cases)
            .sum()
    };
    html! {
        h2 { (words.t("network.cities")) }
        div class="wide" tabindex="0" role="region" aria-label=(words.t("network.cities")) { table class="list figures" {
            thead { tr {
                th { (words.t("network.city")) }
                th { (words.t("network.code")) }
                th { (words.t("network.office")) }
                th { (words.t("network.clerks")) }
                th { (words.t("network.takes_in")) }
                th { (words.t("network.decides")) }
            } }
            tbody {
                @for city in visitor.network.cities() {
                    tr {
                        td { (look::city(visitor, &city.code)) }
                        td class="number" { (city.code) }
                        td { (look::office(visitor, &city.code, "si")) }
                        td class="number" { (clerks(&city.code)) }
                        td class="number" { (sum(|c| &c.accepting, &city.code)) }
                        td class="number" { (sum(|c| &c.deciding, &city.code)) }
                    }
                }
            }
        } }
    }
}

/// Whether messages get through.
async fn health(visitor: &Visitor, app: &App) -> Result<Markup, Problem> {
    let words = visitor.words;
    let backlog = app.runtime.store().backlog().await?;
    Ok(html! {
        h2 { (words.t("network.health")) }
        @if backlog.is_empty() { p class="notice good" { (words.t("network.healthy")) } }
        @else {
            table class="list" {
                thead { tr { th { (words.t("admin.channel")) } th { (words.t("admin.state")) } th { (words.t("admin.count")) } } }
                tbody {
                    @for (kind, state, count) in &backlog {
                        tr { td { (words.word("channel", kind)) } td { (words.word("delivery", state)) } td class="number" { (count) } }
                    }
                }
            }
        }
    })
}
