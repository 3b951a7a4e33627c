//! Who did what to a case, and who read what: without what was typed.

use super::{guard, page};
use crate::pages::session::Visitor;
use crate::pages::{lists, look, readings};
use crate::web::App;
use crate::web::problem::{Code, Problem};
use crate::web::readings::{Kind, ReadingQuery};
use axum::extract::State;
use engine::case::{Actor, Event};
use maud::{Markup, html};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Rows a page has.
const ROWS: u32 = 50;

/// What was read by the filters of the address; of one case also what was done to it.
pub async fn audit(State(app): State<Arc<App>>, visitor: Visitor) -> Result<Markup, Problem> {
    guard(&app, &visitor, "audit")?;
    let words = visitor.words;
    let query: ReadingQuery = lists::asked(&visitor)?;
    let body = match case(&app, &query).await {
        Ok(case) => html! {
            (filters(&visitor, &query))
            (read(&app, &visitor, &query).await?)
            @if let Some(id) = case { (done(&app, &visitor, id).await?) }
        },
        Err(problem) if problem.code() == Code::NotFound => html! {
            (filters(&visitor, &query))
            p class="notice" { (words.t("admin.no_case")) }
        },
        Err(problem) => return Err(problem),
    };
    Ok(page(&visitor, "audit", &body))
}

/// The case that is asked for, if there is one.
async fn case(app: &App, query: &ReadingQuery) -> Result<Option<u64>, Problem> {
    match &query.case {
        Some(number) => app.case_id(number).await.map(Some),
        None => Ok(None),
    }
}

fn filters(visitor: &Visitor, query: &ReadingQuery) -> Markup {
    let words = visitor.words;
    let kinds = [
        Kind::Read,
        Kind::Reveal,
        Kind::Export,
        Kind::Onlook,
        Kind::Test,
    ]
    .map(Kind::word);
    let kinds = kinds.map(|kind| (kind.to_owned(), words.word("read.did", kind)));
    let field = |name: &str, label: String, kind: &str, value: &Option<String>| {
        html! {
            span class="field" {
                label for=(name) { (label) }
                input id=(name) name=(name) type=(kind) value=(value.as_deref().unwrap_or_default()) maxlength="64";
            }
        }
    };
    html! {
        form method="get" action="/admin/audit" class="filters" role="search" {
            (field("case", words.t("cases.number"), "text", &query.case))
            (field("account", words.t("read.account"), "text", &query.account))
            (lists::choice(visitor, "kind", &words.t("read.kind"), query.kind.map(Kind::word), &kinds))
            (field("from", words.t("read.from"), "date", &query.from))
            (field("to", words.t("read.to"), "date", &query.to))
            button class="main" { (words.t("admin.search")) }
            a class="button" href="/admin/audit" { (words.t("list.clear")) }
        }
    }
}

async fn read(app: &App, visitor: &Visitor, query: &ReadingQuery) -> Result<Markup, Problem> {
    let words = visitor.words;
    let asked = ReadingQuery {
        limit: Some(ROWS),
        ..query.clone()
    };
    let listed = app.readings(&asked).await?;
    let cases: Vec<i64> = listed.rows.iter().map(|row| row.case_id).collect();
    let cases = app.runtime.store().case_rows(&cases).await?;
    let numbers: BTreeMap<i64, String> = cases.into_iter().map(|c| (c.id, c.number)).collect();
    let next = listed.cursor.map(|cursor| {
        let query = ReadingQuery {
            cursor: Some(cursor),
            ..query.clone()
        };
        format!("/admin/audit?{}", query.text())
    });
    Ok(html! {
        h2 { (words.t("read.title")) }
        @if listed.rows.is_empty() { p class="notice" { (words.t("read.none")) } }
        @else { (readings::table(visitor, &listed.rows, Some(&numbers))) }
        (lists::pager(visitor, listed.total, listed.rows.len(), next))
    })
}

async fn done(app: &App, visitor: &Visitor, id: u64) -> Result<Markup, Problem> {
    let words = visitor.words;
    let entries = app.runtime.history(id).await?;
    Ok(html! {
        h2 { (words.t("audit.events")) }
        @if entries.is_empty() { p class="notice" { (words.t("admin.no_case")) } }
        @else {
            div class="wide" tabindex="0" { table class="list cards" {
                thead { tr { th { (words.t("admin.when")) } th { (words.t("admin.who")) } th { (words.t("admin.did")) } th { (words.t("admin.hash")) } } }
                tbody { @for entry in &entries {
                    tr {
                        td class="number" { (look::time(entry.at.as_millisecond())) }
                        td { (actor(visitor, &entry.actor, &entry.events)) }
                        td { @for kind in kinds(entry) { code { (kind) } " " } }
                        td { code { (entry.hash.iter().take(6).map(|b| format!("{b:02x}")).collect::<String>()) } }
                    }
                } }
            } }
        }
    })
}

fn kinds(entry: &crate::runtime::Entry) -> Vec<String> {
    let kind = |event: &Event| {
        let fact = serde_json::to_value(&event.fact).ok()?;
        Some(fact.get("type")?.as_str()?.to_owned())
    };
    let mut kinds: Vec<String> = entry.events.iter().filter_map(kind).collect();
    kinds.dedup();
    kinds
}

fn actor(visitor: &Visitor, actor: &Actor, events: &[Event]) -> Markup {
    let words = visitor.words;
    html! {
        @match actor {
            Actor::Person { id, .. } | Actor::Onlooker { id, .. } => {
                (lists::person(visitor, id))
                @if let Some(post) = actor.acted_as(events) {
                    " · " (look::party(visitor, post))
                    @if let Some(home) = actor.home(post) { " " (look::lent(visitor, home)) }
                }
            }
            Actor::Applicant => { (words.t("admin.applicant")) }
            Actor::Peer { deployment, post, .. } => { (post) " · " (deployment) }
            Actor::System { name } => { (name) }
            Actor::Engine => { (words.t("admin.program")) }
        }
    }
}
