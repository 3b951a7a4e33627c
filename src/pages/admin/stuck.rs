//! Cases that could not go on, with the cause, to be tried again. What was typed is not shown.

use super::{guard, page};
use crate::pages::session::{Form, Visitor};
use crate::pages::{layout, lists, look};
use crate::runtime::Target;
use crate::store::CaseFilter;
use crate::web::App;
use crate::web::problem::{Code, Problem};
use axum::extract::State;
use axum::response::Redirect;
use engine::case::{Command, FrameNo};
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
    let tried: Tried = lists::asked(&visitor)?;
    let outcome = outcome(&app, &visitor, &tried).await?;
    let mut told = Vec::new();
    for row in &rows {
        let causes = causes(&app, &visitor, row.id.unsigned_abs()).await;
        told.push((row, causes));
    }
    let body = html! {
        (outcome)
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

/// The case that was just tried again.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Tried {
    #[serde(default)]
    tried: Option<u64>,
}

/// What came of trying a case again: it goes on, or it stands still for a cause.
async fn outcome(app: &App, visitor: &Visitor, asked: &Tried) -> Result<Markup, Problem> {
    let words = visitor.words;
    let Some(id) = asked.tried else {
        return Ok(html! {});
    };
    let rows = app.runtime.store().case_rows(&[id.cast_signed()]).await?;
    let Some(row) = rows.first() else {
        return Ok(html! {});
    };
    let causes = causes(app, visitor, id).await;
    let number = [("number", row.number.clone())];
    Ok(match row.status == "fault" {
        false => html! {
            p class="notice good" role="status" { (words.say("admin.goes_on", &number)) " " (look::status(visitor, &row.status)) }
        },
        true => html! {
            div class="notice bad" role="alert" {
                p { (words.say("admin.still_stuck", &number)) }
                @for (_, step, cause) in &causes { p { strong { (step) } " " (cause) } }
            }
        },
    })
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
    Ok(Redirect::to(&format!("/admin/stuck?tried={case}")))
}
