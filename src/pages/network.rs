//! The network: who takes in for whom as a table, and the cities beside it.

use super::intake::found;
use super::lists;
use super::session::Visitor;
use super::{layout, look};
use crate::store::Cell;
use crate::web::App;
use crate::web::board::open;
use crate::web::cases::CaseQuery;
use crate::web::connections::{Neighbour, Ways};
use crate::web::network::{behind, worst};
use crate::web::problem::Problem;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use engine::clock::civil;
use engine::matter::Revision;
use maud::{Markup, html};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The page asks for itself again after so many seconds.
const REFRESH: u32 = 15;

/// The network.
pub async fn page(State(app): State<Arc<App>>, visitor: Visitor) -> Result<Response, Problem> {
    let cells = app.matrix(&visitor.caller).await?;
    let ways = app.ways().await?;
    let neighbours = app.neighbours(&ways).await?;
    let body = html! {
        (matrix(&visitor, &cells))
        (cities(&visitor, &app, &cells, &neighbours))
        (health(&visitor, &ways))
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

fn cities(visitor: &Visitor, app: &App, cells: &[Cell], neighbours: &[Neighbour]) -> Markup {
    let words = visitor.words;
    let library = app.runtime.library();
    let today = civil(app.runtime.clock().now()).date();
    let all = found(&library, "");
    let offered = |city: &str| {
        let open = |m: &&Arc<Revision>| {
            library
                .network
                .closed(&m.id.value, &[city], None, today)
                .is_none()
        };
        all.iter().filter(open).count()
    };
    html! {
        h2 { (words.t("network.cities")) }
        div class="wide" tabindex="0" role="region" aria-label=(words.t("network.cities")) { table class="list figures" {
            thead { tr {
                th { (words.t("network.city")) }
                th { (words.t("network.office")) }
                th { (words.t("network.windows")) }
                th { (words.t("network.reached")) }
                th { (words.t("network.offered")) }
                th { (words.t("network.takes_in")) }
                th { (words.t("network.decides")) }
                th { (words.t("network.served")) }
            } }
            tbody {
                @for city in visitor.network.cities() {
                    tr {
                        td { (look::city(visitor, &city.code)) br; span class="hint" { (city.code) }
                            @if let Some(closure) = library.network.city_closed(&city.code, today) { br; (look::closed(visitor, closure)) }
                        }
                        td { (look::office(visitor, &city.code, "si")) }
                        td { (windows(visitor, &city.code)) }
                        td { (look::reached(visitor, app, &city.code)) }
                        td class="number" { @if visitor.caller.holds("window") { a href="/new" { (offered(&city.code)) } } @else { (offered(&city.code)) } }
                        td class="number" { (under_way(cells, &city.code, |c| &c.accepting, |q, city| q.accepting = Some(city))) }
                        td class="number" { (under_way(cells, &city.code, |c| &c.deciding, |q, city| q.deciding = Some(city))) }
                        td { (served(visitor, &city.code, neighbours)) }
                    }
                }
            }
        } }
    }
}

/// How many windows a city has, which, and how many people sit there.
fn windows(visitor: &Visitor, city: &str) -> Markup {
    let words = visitor.words;
    let post = format!("{city}/si/window");
    let people = visitor.caller.people.values();
    let clerks = people.filter(|p| p.state == "active" && p.posts.contains(&post));
    let all: Vec<_> = visitor.network.windows(city).collect();
    let args = [
        ("windows", all.len().to_string()),
        ("clerks", clerks.count().to_string()),
    ];
    html! {
        details id={ "windows-" (city) } {
            summary { (words.say("network.window_count", &args)) }
            ul { @for window in all { li { (words.of(&window.title)) } } }
        }
    }
}

/// Cases under way on one side of a city, as a link to their list.
fn under_way(
    cells: &[Cell],
    city: &str,
    side: fn(&Cell) -> &String,
    narrow: fn(&mut CaseQuery, String),
) -> Markup {
    let own = cells.iter().filter(|c| side(c) == city);
    let count: i64 = own.map(|c| c.cases).sum();
    let mut query = open();
    narrow(&mut query, city.to_owned());
    html! { a href=(format!("/cases?{}", query.text())) { (count) } }
}

/// Which deployment serves a city, and how the way to it does.
fn served(visitor: &Visitor, city: &str, neighbours: &[Neighbour]) -> Markup {
    let words = visitor.words;
    let mut all = neighbours.iter();
    let there = all.find(|n| n.row.approved_by.is_some() && n.peer.cities.contains(city));
    html! {
        @match there {
            None => (words.t("network.here")),
            Some(there) => {
                (there.row.name) br;
                (look::way(visitor, &there.way))
                @if let Some(heard) = there.heard { " " span class="hint" { (words.t("network.heard")) " " (look::time(heard)) } }
            }
        }
    }
}

/// Whether messages get through.
fn health(visitor: &Visitor, ways: &Ways) -> Markup {
    let words = visitor.words;
    html! {
        h2 { (words.t("network.health")) }
        @if ways.backlog().is_empty() && ways.outages().is_empty() { p class="notice good" { (words.t("network.healthy")) } }
        @for (kind, since, _) in ways.outages() {
            p class="notice bad" { (look::channel(visitor, kind)) " · " (words.t("network.down")) " " (look::time(*since)) }
        }
        @if !ways.backlog().is_empty() {
            table class="list narrow" {
                thead { tr { th { (words.t("admin.channel")) } th { (words.t("admin.state")) } th { (words.t("admin.count")) } } }
                tbody {
                    @for (kind, state, count) in ways.backlog() {
                        tr { td { (look::channel(visitor, kind)) } td { (words.word("delivery", state)) } td class="number" { (count) } }
                    }
                }
            }
        }
    }
}
