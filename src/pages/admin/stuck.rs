//! Cases that could not go on, to be tried again; and who did what to a case. Neither shows what was typed.

use super::{guard, page};
use crate::pages::session::{Form, Visitor};
use crate::pages::{layout, lists, look};
use crate::runtime::Target;
use crate::store::CaseFilter;
use crate::web::App;
use crate::web::problem::{Code, Problem};
use axum::extract::State;
use axum::response::Redirect;
use engine::case::{Actor, Command, FrameNo};
use engine::text::both;
use maud::{Markup, html};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Rows that are shown.
const ROWS: i64 = 100;

/// Stuck cases, each with its cause.
pub async fn stuck(State(app): State<Arc<App>>, visitor: Visitor) -> Result<Markup, Problem> {
    guard(&app, &visitor, "stuck")?;
    let words = visitor.words;
    let which = CaseFilter {
        status: Some("fault".to_owned()),
        open: Some(true),
        ..CaseFilter::default()
    };
    let store = app.runtime.store();
    let (rows, total) = (
        store.cases(&which, None, ROWS).await?,
        store.count_cases(&which).await?,
    );
    let mut told = Vec::new();
    for row in &rows {
        let causes = causes(&app, &visitor, row.id.unsigned_abs()).await;
        told.push((row, causes));
    }
    let body = html! {
        p class="hint" { (words.say("list.count", &[("total", total.to_string()), ("shown", rows.len().to_string())])) }
        @if rows.is_empty() { p class="notice good" { (words.t("admin.none_stuck")) } }
        @for (row, causes) in told {
            section class="panel" {
                h2 class="number" { (row.number) }
                p { (lists::matter(&visitor, &app, &row.matter)) @if let Some(since) = row.since { " · " (words.t("admin.since")) " " (look::time(since)) } }
                @if causes.is_empty() { p { (words.t("admin.unreadable")) } }
                @for (frame, step, cause) in causes {
                    p { strong { (step) } " " (cause) }
                    form method="post" action="/admin/stuck" {
                        (layout::token(&visitor))
                        input type="hidden" name="case" value=(row.id);
                        button class="main" name="frame" value=(frame.0) { (words.t("admin.retry")) }
                    }
                }
            }
        }
    };
    Ok(page(&visitor, "stuck", &body))
}

/// Where a case stands still, and why; nothing where it cannot even be read.
async fn causes(app: &App, visitor: &Visitor, id: u64) -> Vec<(FrameNo, String, String)> {
    let Ok(Some(seen)) = app.runtime.case(id).await else {
        return Vec::new();
    };
    let cause =
        |(frame, step, why, args): (FrameNo, &engine::case::Name, &str, &[(String, String)])| {
            let args: Vec<(&str, String)> =
                args.iter().map(|(k, v)| (k.as_str(), v.clone())).collect();
            let words = both(why, &args);
            let step = lists::step(visitor, app, &seen.revision.id.value, step);
            (frame, step, visitor.words.of(&words).to_owned())
        };
    seen.case.failures().map(cause).collect()
}

/// Tries a step again; the page then shows what came of it.
pub async fn retry(State(app): State<Arc<App>>, sent: Form) -> Result<Redirect, Problem> {
    sent.fresh(&app).await?;
    let number = |name: &str| {
        sent.fields
            .get(name)
            .and_then(|text| text.parse::<u64>().ok())
    };
    let place = number("case").zip(number("frame").and_then(|f| u32::try_from(f).ok()));
    let (case, frame) = place.ok_or_else(|| Problem::new(Code::Malformed))?;
    let command = Command::Retry {
        frame: FrameNo(frame),
    };
    let caller = &sent.visitor.caller;
    app.hand_in(caller, None, None, Target::Case(case), command)
        .await?;
    Ok(Redirect::to("/admin/stuck"))
}

/// Which case.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Wanted {
    #[serde(default)]
    number: Option<String>,
}

/// Who did what to a case, without what was typed.
pub async fn audit(State(app): State<Arc<App>>, visitor: Visitor) -> Result<Markup, Problem> {
    guard(&app, &visitor, "audit")?;
    let words = visitor.words;
    let wanted: Wanted = lists::asked(&visitor)?;
    let row = match &wanted.number {
        Some(number) => app.runtime.store().case_by_number(number).await?,
        None => None,
    };
    let entries = match &row {
        Some(row) => app.runtime.history(row.id.unsigned_abs()).await?,
        None => Vec::new(),
    };
    let body = html! {
        form method="get" action="/admin/audit" class="filters" role="search" {
            span class="field" {
                label for="number" { (words.t("cases.number")) }
                input id="number" name="number" value=(wanted.number.as_deref().unwrap_or_default()) required;
            }
            button class="main" { (words.t("admin.search")) }
        }
        @if wanted.number.is_some() && row.is_none() { p class="notice" { (words.t("admin.no_case")) } }
        @if !entries.is_empty() {
            div class="wide" { table class="list" {
                thead { tr { th { (words.t("admin.when")) } th { (words.t("admin.who")) } th { (words.t("admin.did")) } th { (words.t("admin.hash")) } } }
                tbody { @for entry in &entries {
                    tr {
                        td class="number" { (look::time(entry.at.as_millisecond())) }
                        td { (actor(&visitor, &entry.actor)) }
                        td { @for kind in kinds(entry) { code { (kind) } " " } }
                        td { code { (entry.hash.iter().take(6).map(|b| format!("{b:02x}")).collect::<String>()) } }
                    }
                } }
            } }
        }
    };
    Ok(page(&visitor, "audit", &body))
}

fn kinds(entry: &crate::runtime::Entry) -> Vec<String> {
    let kind = |event: &engine::case::Event| {
        let fact = serde_json::to_value(&event.fact).ok()?;
        Some(fact.get("type")?.as_str()?.to_owned())
    };
    let mut kinds: Vec<String> = entry.events.iter().filter_map(kind).collect();
    kinds.dedup();
    kinds
}

fn actor(visitor: &Visitor, actor: &Actor) -> Markup {
    let words = visitor.words;
    html! {
        @match actor {
            Actor::Person { id, posts, .. } => {
                (lists::person(visitor, id))
                @if let Some(post) = posts.first() { " · " (look::party(visitor, post)) }
            }
            Actor::Applicant => { (words.t("admin.applicant")) }
            Actor::Peer { deployment, post, .. } => { (post) " · " (deployment) }
            Actor::System { name } => { (name) }
            Actor::Engine => { (words.t("admin.program")) }
        }
    }
}
