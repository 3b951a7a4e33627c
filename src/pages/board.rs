//! The board of a supervisor: numbers that are lists, and the cards by holder, city and step.

mod together;

pub use together::{about, said, together};

use super::lists::{self, Sheet};
use super::session::Visitor;
use super::{colleagues, layout, look};
use crate::store::{CardGroup, ListedCard};
use crate::web::App;
use crate::web::board::{Number, share};
use crate::web::cards::{CardQuery, CardRows, CardStage};
use crate::web::cases::CaseQuery;
use crate::web::problem::Problem;
use crate::web::readings::Kind;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Rows a page has.
const ROWS: u32 = 30;
/// The board asks for itself again after so many seconds.
const REFRESH: u32 = 15;
/// Groups that are shown of each kind.
const GROUPS: usize = 8;
/// Cards a file holds at most.
const MOST: usize = 20_000;

/// The board.
pub async fn page(State(app): State<Arc<App>>, visitor: Visitor) -> Result<Response, Problem> {
    app.watches(&visitor.caller)?;
    let mut query: CardQuery = lists::asked(&visitor)?;
    query.limit = Some(ROWS);
    // None of them waits for another.
    let (counted, recounted, grouped, listed) = tokio::try_join!(
        app.numbers(&visitor.caller),
        moved(&visitor, &app),
        app.card_groups(&visitor.caller, &query),
        app.card_rows(&visitor.caller, &query),
    )?;
    let body = html! {
        (numbers(&visitor, &counted))
        (recounted)
        (groups(&visitor, &app, &query, &grouped))
        (cards(&visitor, &app, &query, &listed, grouped.iter().map(|group| group.cards).sum()))
    };
    if lists::unchanged(&visitor, &body) {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let words = visitor.words;
    let page = html! {
        (lists::live(&visitor, "board", REFRESH, &body))
        p class="actions" {
            a class="button" href=(format!("/board/together?{}", query.text())) { (words.t("board.together")) }
            a class="button" href="/board/trends" { (words.t("board.trends")) }
            a href=(format!("/board/cards.csv?{}", query.text())) { (words.t("list.csv")) }
            a href=(format!("/board/cards.xlsx?{}", query.text())) { (words.t("list.excel")) }
        }
    };
    Ok(layout::page(&visitor, &words.t("board.title"), page).into_response())
}

/// The cases whose limits the newest calendars have moved, as a list.
async fn moved(visitor: &Visitor, app: &App) -> Result<Markup, Problem> {
    let query = CaseQuery {
        open: Some(true),
        moved: Some(app.runtime.calendars()),
        ..CaseQuery::default()
    };
    let filter = query.filter(app, &visitor.caller)?;
    let count = app.runtime.store().count_cases(&filter).await?;
    let args = [
        ("calendar", app.runtime.calendars().to_string()),
        ("count", count.to_string()),
    ];
    Ok(html! {
        @if count > 0 {
            p class="notice warn" { a href=(format!("/cases?{}", query.text())) { (visitor.words.say("board.moved", &args)) } }
        }
    })
}

fn numbers(visitor: &Visitor, numbers: &[Number]) -> Markup {
    let words = visitor.words;
    let of = |name: &str| {
        numbers
            .iter()
            .find(|n| n.name == name)
            .map_or(0, |n| n.count)
    };
    let (ended, in_time) = (of("ended_30_days"), of("in_time_30_days"));
    html! {
        ul class="numbers" aria-label=(words.t("board.numbers")) {
            @for number in numbers {
                li class=(number.name) {
                    a href=(format!("/cases?{}", number.query.text())) {
                        span { strong { (number.count) } " " (words.t("board.unit")) }
                        span { (words.word("board.number", number.name)) }
                    }
                }
            }
            li class="rate" {
                div {
                    @if ended > 0 { strong { (format!("{:.1}%", share(in_time, ended) * 100.0)) } }
                    @else { strong { "–" } }
                    span { (words.t("board.rate")) }
                }
            }
        }
    }
}

fn groups(visitor: &Visitor, app: &App, query: &CardQuery, all: &[CardGroup]) -> Markup {
    let words = visitor.words;
    let narrowed = |narrow: &dyn Fn(&mut CardQuery)| {
        let mut query = CardQuery {
            limit: None,
            cursor: None,
            ..query.clone()
        };
        narrow(&mut query);
        format!("/board?{}", query.text())
    };
    let holder = |g: &CardGroup| match &g.holder {
        None => (words.t("board.nobody"), narrowed(&|q| q.free = Some(true))),
        Some(id) => (
            lists::person(visitor, id),
            narrowed(&|q| q.holder = Some(id.clone())),
        ),
    };
    // What waits for the applicant, or for nobody, is in no city.
    let city = |g: &CardGroup| match g.city.as_str() {
        "" => (
            words.t("board.no_city"),
            narrowed(&|q| q.nowhere = Some(true)),
        ),
        code => (
            look::city(visitor, code),
            narrowed(&|q| q.city = Some(g.city.clone())),
        ),
    };
    let step = |g: &CardGroup| {
        let address = narrowed(&|q| {
            match g.step.is_empty() {
                true => q.whole = Some(true),
                false => q.step = Some(g.step.clone()),
            }
            q.matter = Some(g.matter.clone());
        });
        let title = lists::step(visitor, app, &g.matter, &g.step);
        let matter = lists::matter(visitor, app, &g.matter);
        (format!("{title} · {matter}"), address)
    };
    let holders = bars(all, |g| (g.holder.clone(), None), holder);
    let cities = bars(all, |g| (Some(g.city.clone()), None), city);
    let steps = bars(
        all,
        |g| (Some(g.step.clone()), Some(g.matter.clone())),
        step,
    );
    html! {
        div class="groups" {
            (group(visitor, &words.t("board.by_holder"), &holders))
            (group(visitor, &words.t("board.by_city"), &cities))
            (group(visitor, &words.t("board.by_step"), &steps))
        }
    }
}

/// Cards with something in common: what it is called, the list of them, how many, and how many are red.
struct Bar {
    name: String,
    address: String,
    cards: i64,
    red: i64,
}

/// The groups joined by what counts here, most cards first.
fn bars(
    all: &[CardGroup],
    common: impl Fn(&CardGroup) -> (Option<String>, Option<String>),
    named: impl Fn(&CardGroup) -> (String, String),
) -> Vec<Bar> {
    let mut joined = BTreeMap::new();
    for group in all {
        let (cards, red, _) = joined.entry(common(group)).or_insert((0_i64, 0_i64, group));
        *cards += group.cards;
        *red += group.red;
    }
    let mut bars: Vec<Bar> = joined
        .into_values()
        .map(|(cards, red, one)| {
            let (name, address) = named(one);
            Bar {
                name,
                address,
                cards,
                red,
            }
        })
        .collect();
    bars.sort_by_key(|bar| std::cmp::Reverse(bar.cards));
    bars
}

fn group(visitor: &Visitor, title: &str, bars: &[Bar]) -> Markup {
    let words = visitor.words;
    let most = bars.first().map_or(1, |bar| bar.cards.max(1));
    html! {
        section class="panel" {
            h2 { (title) }
            @if bars.is_empty() { p class="hint" { (words.t("board.no_cards")) } }
            ul class="bars" {
                @for one in bars.iter().take(GROUPS) {
                    li {
                        a href=(one.address) { (one.name) }
                        span class="count" { (words.say("board.count", &[("count", one.cards.to_string())])) }
                        (bar(one, most))
                    }
                }
            }
            @if bars.len() > GROUPS {
                p class="hint" { (words.say("board.more", &[("count", (bars.len() - GROUPS).to_string())])) }
            }
        }
    }
}

/// How many cards, red ones first, as a bar.
fn bar(group: &Bar, most: i64) -> Markup {
    let part = |count: i64| count * 100 / most;
    let red = part(group.red);
    html! {
        svg class="bar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true" {
            rect class="red" x="0" y="0" width=(red) height="6" {}
            rect class="yellow" x=(red) y="0" width=(part(group.cards) - red) height="6" {}
        }
    }
}

/// A page of the cards, of so many.
fn cards(visitor: &Visitor, app: &App, query: &CardQuery, listed: &CardRows, total: i64) -> Markup {
    let words = visitor.words;
    let next = listed.cursor.clone().map(|cursor| query.after(cursor));
    let next = next.map(|query| format!("/board?{}", query.text()));
    html! {
        h2 id="cards" { (words.t("board.cards")) }
        (filters(visitor, app, query))
        @if listed.rows.is_empty() { p class="notice good" { (words.t("board.no_cards")) } }
        @else {
            div class="wide" { table class="list cards" data-list {
                thead { tr { (head(visitor)) } }
                tbody { @for row in &listed.rows { tr data-row=(format!("{}-{}", row.card.case_id, row.card.no)) { (line(visitor, app, row)) } } }
            } }
        }
        (lists::pager(visitor, total, listed.rows.len(), next))
    }
}

/// The headings of a list of cards.
fn head(visitor: &Visitor) -> Markup {
    let words = visitor.words;
    html! {
        th { (words.t("cases.level")) }
        th { (words.t("cases.number")) }
        th { (words.t("cases.matter")) }
        th { (words.t("board.step")) }
        th { (words.t("board.office")) }
        th { (words.t("board.holder")) }
        th { (words.t("board.opened")) }
        th { (words.t("board.state")) }
    }
}

fn line(visitor: &Visitor, app: &App, row: &ListedCard) -> Markup {
    let (card, case) = (&row.card, &row.case);
    let address = format!("/cards/{}-{}", card.case_id, card.no);
    html! {
        td { a href=(address) data-key="o" {
            (look::level(visitor, &card.level, None))
            span class="unseen" { " " (visitor.words.say("board.why", &[("number", case.number.clone())])) }
        } }
        td class="number" { a href=(format!("/cases/{}", case.number)) { (case.number) } }
        td { (lists::matter(visitor, app, &case.matter)) }
        td { (lists::step(visitor, app, &case.matter, &card.step)) }
        td class="whole" { @if !card.city.is_empty() { (look::city(visitor, &card.city)) " · " (look::post(visitor, &card.post)) } }
        td { @if let Some(holder) = &card.holder { (lists::person(visitor, holder)) } @else { (visitor.words.t("board.nobody")) } }
        td class="number" { (look::time(card.opened)) }
        td {
            (stage(visitor, row))
            @if card.closed.is_none() { " " (colleagues::link(visitor, ("card", &format!("{}-{}", card.case_id, card.no)), &case.number, "/board")) }
        }
    }
}

fn stage_of(row: &ListedCard) -> &'static str {
    match (row.card.closed, row.card.pursued, row.card.explained) {
        (Some(_), ..) => "closed",
        (_, Some(_), _) => "pursued",
        (.., Some(_)) => "explained",
        _ => "unexplained",
    }
}

fn stage(visitor: &Visitor, row: &ListedCard) -> Markup {
    let stage = stage_of(row);
    html! { span class={ "chip " (stage) } { (visitor.words.word("board.stage", stage)) } }
}

fn filters(visitor: &Visitor, app: &App, query: &CardQuery) -> Markup {
    let words = visitor.words;
    let levels = ["red", "yellow"].map(|l| (l.to_owned(), words.word("level", l)));
    let stages = ["open", "unexplained", "pursued", "closed", "all"];
    let stages = stages.map(|s| (s.to_owned(), words.word("board.stage", s)));
    let chosen = match query.state {
        None | Some(CardStage::Open) => "open",
        Some(CardStage::Unexplained) => "unexplained",
        Some(CardStage::Pursued) => "pursued",
        Some(CardStage::Closed) => "closed",
        Some(CardStage::All) => "all",
    };
    html! {
        form method="get" action="/board" class="filters" role="search" {
            (lists::choice(visitor, "level", &words.t("cases.level"), query.level.as_deref(), &levels))
            (lists::choice(visitor, "state", &words.t("board.state"), Some(chosen), &stages))
            (lists::choice(visitor, "city", &words.t("board.city"), query.city.as_deref(), &lists::cities(visitor)))
            (lists::choice(visitor, "matter", &words.t("cases.matter"), query.matter.as_deref(), &lists::matters(visitor, app)))
            @if let Some(holder) = &query.holder {
                input type="hidden" name="holder" value=(holder);
                span class="chip" { (lists::person(visitor, holder)) }
            }
            @if query.free == Some(true) {
                input type="hidden" name="free" value="true";
                span class="chip" { (words.t("board.nobody")) }
            }
            @if query.nowhere == Some(true) {
                input type="hidden" name="nowhere" value="true";
                span class="chip" { (words.t("board.no_city")) }
            }
            @if let Some(step) = &query.step {
                input type="hidden" name="step" value=(step);
                span class="chip" { (lists::step(visitor, app, query.matter.as_deref().unwrap_or_default(), step)) }
            }
            @if query.whole == Some(true) {
                input type="hidden" name="whole" value="true";
                span class="chip" { (words.t("board.whole")) }
            }
            button class="main" { (words.t("list.filter")) }
            a class="button" href="/board" { (words.t("list.clear")) }
        }
    }
}

/// The cards of the query as CSV.
pub async fn csv(State(app): State<Arc<App>>, visitor: Visitor) -> Result<Response, Problem> {
    Ok(sheet(&app, &visitor).await?.csv())
}

/// The same for Excel.
pub async fn excel(State(app): State<Arc<App>>, visitor: Visitor) -> Result<Response, Problem> {
    sheet(&app, &visitor).await?.excel()
}

async fn sheet(app: &App, visitor: &Visitor) -> Result<Sheet, Problem> {
    app.watches(&visitor.caller)?;
    let mut query: CardQuery = lists::asked(visitor)?;
    let what = format!("cards?{}", query.text());
    app.may_export(&visitor.caller)?;
    app.record(&visitor.caller, Kind::Export, None, &what, "")
        .await?;
    query.limit = Some(lists::WHOLE);
    let words = visitor.words;
    let mut rows = Vec::new();
    loop {
        let listed = app.card_rows(&visitor.caller, &query).await?;
        rows.extend(listed.rows.iter().map(|row| cells(visitor, app, row)));
        query.cursor = listed.cursor;
        if query.cursor.is_none() || rows.len() >= MOST {
            break;
        }
    }
    let head = [
        words.t("cases.level"),
        words.t("cases.number"),
        words.t("cases.matter"),
        words.t("board.step"),
        words.t("board.city"),
        words.t("board.holder"),
        words.t("board.opened"),
        words.t("board.state"),
    ];
    Ok(Sheet {
        name: "cards",
        head: head.into(),
        rows,
    })
}

fn cells(visitor: &Visitor, app: &App, row: &ListedCard) -> Vec<String> {
    let words = visitor.words;
    let (card, case) = (&row.card, &row.case);
    vec![
        words.word("level", &card.level),
        case.number.clone(),
        lists::matter(visitor, app, &case.matter),
        lists::step(visitor, app, &case.matter, &card.step),
        look::city(visitor, &card.city),
        card.holder
            .as_ref()
            .map(|h| lists::person(visitor, h))
            .unwrap_or_default(),
        lists::instant(card.opened),
        words.word("board.stage", stage_of(row)),
    ]
}
