//! The list of cases, with its filter in the address: what stands behind every number of the board and every cell of the network.

use super::lists::{self, Sheet};
use super::session::{Form, Visitor};
use super::{colleagues, layout, look, span};
use crate::store::{Applicant, CaseRow};
use crate::web::App;
use crate::web::cases::{CaseQuery, CaseSort};
use crate::web::problem::Problem;
use crate::web::readings::Kind;
use axum::extract::State;
use axum::response::{Redirect, Response};
use engine::case::Status;
use maud::{Markup, html};
use std::sync::Arc;

/// Rows a page has.
const ROWS: u32 = 30;

/// The cases of a query.
pub async fn page(State(app): State<Arc<App>>, visitor: Visitor) -> Result<Markup, Problem> {
    let query: CaseQuery = lists::asked(&visitor)?;
    let listed = app.cases(&visitor.caller, &query, Some(ROWS)).await?;
    let names = lists::applicants(&app, &visitor, &listed.rows).await;
    let stands = stands(&app, &visitor, &listed.rows).await;
    let words = visitor.words;
    let next = listed.cursor.map(|cursor| {
        let query = CaseQuery {
            cursor: Some(cursor),
            ..query.clone()
        };
        format!("/cases?{}", query.text())
    });
    let whole = CaseQuery {
        cursor: None,
        limit: None,
        ..query.clone()
    };
    let body = html! {
        (filters(&visitor, &app, &query))
        (by_applicant(&visitor, &query))
        @if listed.rows.is_empty() { p class="notice" { (words.t("cases.none")) } }
        @else {
            div class="wide" { table class="list cards" data-list {
                thead { tr {
                    th { (words.t("cases.level")) }
                    th { (words.t("cases.number")) }
                    th { (words.t("cases.matter")) }
                    th { (words.t("cases.applicant")) }
                    th { (words.t("cases.cities")) }
                    th { (words.t("cases.status")) }
                    th { (words.t("cases.due")) }
                    th { (words.t("cases.opened")) }
                    th { (words.t("cases.ended")) }
                } }
                tbody { @for ((row, name), stands) in listed.rows.iter().zip(&names).zip(&stands) { (line(&visitor, &app, row, (name, stands))) } }
            } }
        }
        (lists::pager(&visitor, listed.total, listed.rows.len(), next))
        p class="actions" {
            a href=(format!("/cases.csv?{}", whole.text())) { (words.t("list.csv")) }
            a href=(format!("/cases.xlsx?{}", whole.text())) { (words.t("list.excel")) }
        }
    };
    Ok(layout::page(&visitor, &words.t("cases.title"), body))
}

/// What stands of the limit of each case that stands still; of the others nothing.
async fn stands(app: &App, visitor: &Visitor, rows: &[CaseRow]) -> Vec<Option<String>> {
    let now = app.runtime.clock().now();
    let mut all = Vec::with_capacity(rows.len());
    for row in rows {
        let still = row.level == "paused" && row.closed.is_none();
        let seen = match still {
            true => app.runtime.case(row.id.unsigned_abs()).await.ok().flatten(),
            false => None,
        };
        all.push(seen.and_then(|seen| span::left_of_case(visitor, &seen, now)));
    }
    all
}

fn line(
    visitor: &Visitor,
    app: &App,
    row: &CaseRow,
    (name, stands): (&str, &Option<String>),
) -> Markup {
    html! {
        tr data-row=(row.id) {
            // Of a case that has ended only that it was late is worth a sign.
            td { @if row.closed.is_none() || row.level == "red" { (look::level(visitor, &row.level, None)) } @else { "–" } }
            td class="number" { a href=(format!("/cases/{}", row.number)) data-key="o" { (row.number) } }
            td { (lists::matter(visitor, app, &row.matter)) }
            td { (name) }
            td { (look::city(visitor, &row.accepting)) " → " (look::city(visitor, &row.deciding)) }
            td {
                (look::status(visitor, &row.status))
                @if row.closed.is_none() { " " (colleagues::link(visitor, ("case", &row.id.to_string()), &row.number, "/cases")) }
            }
            td class="number" {
                @if let Some(stands) = stands { (stands) }
                @else if row.level == "paused" && row.closed.is_none() { (visitor.words.t("cases.later")) }
                @else if let Some(due) = row.due { (look::time(due)) } @else { "–" }
            }
            td class="number" { (look::time(row.opened)) }
            td class="number" { @if let Some(closed) = row.closed { (look::time(closed)) } @else { "–" } }
        }
    }
}

fn filters(visitor: &Visitor, app: &App, query: &CaseQuery) -> Markup {
    let words = visitor.words;
    let cities = lists::cities(visitor);
    let levels = ["red", "yellow", "reminder", "normal", "paused"];
    let levels = levels.map(|l| (l.to_owned(), words.word("level", l)));
    let states = Status::ALL.map(|(name, _)| (name.to_owned(), words.word("status", name)));
    let open = [("true", "open"), ("false", "ended")];
    let open = open.map(|(value, word)| (value.to_owned(), words.word("cases.open", word)));
    let sorts = [("newest", "newest"), ("urgent", "urgent")];
    let sorts = sorts.map(|(value, word)| (value.to_owned(), words.word("cases.sort", word)));
    let sort = Some(match query.order() {
        CaseSort::Newest => "newest",
        CaseSort::Urgent => "urgent",
    });
    let flag = query.open.map(|open| open.to_string());
    html! {
        form method="get" action="/cases" class="filters" role="search" {
            (lists::choice(visitor, "matter", &words.t("cases.matter"), query.matter.as_deref(), &lists::matters(visitor, app)))
            (lists::choice(visitor, "accepting", &words.t("cases.accepting"), query.accepting.as_deref(), &cities))
            (lists::choice(visitor, "deciding", &words.t("cases.deciding"), query.deciding.as_deref(), &cities))
            (lists::choice(visitor, "level", &words.t("cases.level"), query.level.as_deref(), &levels))
            (lists::choice(visitor, "status", &words.t("cases.status"), query.status.as_deref(), &states))
            (lists::choice(visitor, "open", &words.t("cases.flight"), flag.as_deref(), &open))
            (lists::choice(visitor, "sort", &words.t("cases.order"), sort, &sorts))
            (kept(visitor, query))
            button class="main" { (words.t("list.filter")) }
            a class="button" href="/cases" { (words.t("list.clear")) }
        }
    }
}

/// Narrows the list down to an applicant. He is posted, and stands in the address only as a hash that says nothing.
fn by_applicant(visitor: &Visitor, query: &CaseQuery) -> Markup {
    let words = visitor.words;
    html! {
        form method="post" action="/cases" class="filters" {
            (layout::token(visitor))
            input type="hidden" name="query" value=(query.text());
            span class="field" {
                label for="who" { (words.t("cases.applicant")) }
                input id="who" name="who" autocomplete="off" maxlength="60" size="24" placeholder=(words.t("cases.applicant_how"));
            }
            button { (words.t("list.filter")) }
        }
    }
}

/// Goes to the list of an applicant's cases.
pub async fn narrow(State(app): State<Arc<App>>, sent: Form) -> Result<Redirect, Problem> {
    let query = sent.fields.get("query").unwrap_or_default();
    let query: CaseQuery = serde_urlencoded::from_str(query).unwrap_or_default();
    let applicant = app
        .runtime
        .applicant(sent.fields.get("who").unwrap_or_default());
    let query = CaseQuery {
        applicant: applicant.map(Applicant::text),
        cursor: None,
        ..query
    };
    Ok(Redirect::to(&format!("/cases?{}", query.text())))
}

/// Parts of a query that no field shows, told in words and kept.
fn kept(visitor: &Visitor, query: &CaseQuery) -> Markup {
    let words = visitor.words;
    let days = |days: u16| [("days", days.to_string())];
    html! {
        @if let Some(due) = &query.due {
            input type="hidden" name="due" value=(due);
            span class="chip" { @if due == "today" { (words.t("cases.due_today")) } @else { (words.t("cases.due_on")) " " (due) } }
        }
        @if let Some(applicant) = &query.applicant {
            input type="hidden" name="applicant" value=(applicant);
            span class="chip" { (words.t("cases.of_applicant")) }
        }
        @if let Some(longer) = query.longer {
            input type="hidden" name="longer" value=(longer);
            span class="chip" { (words.say("cases.longer", &days(longer))) }
        }
        @if let Some(ended) = query.ended {
            input type="hidden" name="ended" value=(ended);
            span class="chip" { (words.say("cases.ended_within", &days(ended))) }
        }
        @if query.in_time == Some(true) {
            input type="hidden" name="in_time" value="true";
            span class="chip" { (words.t("cases.in_time")) }
        }
    }
}

/// The same as CSV.
pub async fn csv(State(app): State<Arc<App>>, visitor: Visitor) -> Result<Response, Problem> {
    Ok(sheet(&app, &visitor).await?.csv())
}

/// The same for Excel.
pub async fn excel(State(app): State<Arc<App>>, visitor: Visitor) -> Result<Response, Problem> {
    sheet(&app, &visitor).await?.excel()
}

async fn sheet(app: &App, visitor: &Visitor) -> Result<Sheet, Problem> {
    let mut query: CaseQuery = lists::asked(visitor)?;
    let what = format!("cases?{}", query.text());
    app.may_export(&visitor.caller)?;
    app.record(&visitor.caller, Kind::Export, None, &what, "")
        .await?;
    query.limit = Some(lists::WHOLE);
    let mut rows = Vec::new();
    loop {
        let listed = app.cases(&visitor.caller, &query, None).await?;
        let names = lists::applicants(app, visitor, &listed.rows).await;
        let named = listed.rows.iter().zip(names);
        rows.extend(named.map(|(row, name)| cells(visitor, app, row, name)));
        query.cursor = listed.cursor;
        if query.cursor.is_none() || rows.len() >= MOST {
            break;
        }
    }
    let words = visitor.words;
    let head = [
        words.t("cases.level"),
        words.t("cases.number"),
        words.t("cases.matter"),
        words.t("cases.applicant"),
        words.t("cases.accepting"),
        words.t("cases.deciding"),
        words.t("cases.status"),
        words.t("cases.due"),
        words.t("cases.opened"),
        words.t("cases.ended"),
    ];
    Ok(Sheet {
        name: "cases",
        head: head.into(),
        rows,
    })
}

/// Rows a file holds at most.
const MOST: usize = 20_000;

fn cells(visitor: &Visitor, app: &App, row: &CaseRow, applicant: String) -> Vec<String> {
    let words = visitor.words;
    vec![
        words.word("level", &row.level),
        row.number.clone(),
        lists::matter(visitor, app, &row.matter),
        applicant,
        look::city(visitor, &row.accepting),
        look::city(visitor, &row.deciding),
        words.word("status", &row.status),
        row.due.map(lists::instant).unwrap_or_default(),
        lists::instant(row.opened),
        row.closed.map(lists::instant).unwrap_or_default(),
    ]
}
