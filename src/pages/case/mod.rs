//! One case: what it is, where it stands, what happened, what it holds, and what may be done to it now.

mod act;
mod asked;
mod came;
mod follow;
mod linked;
mod notes;
mod paper;
mod parts;
mod reveal;
mod sheets;
mod tabs;

pub use act::{act, offered, page as act_page, percent, reason, resend, shown};
pub use asked::{failed, retry};
pub use came::page as came;
pub use follow::{follow, unfollow};
pub use notes::{note, notes};
pub use paper::{paper, receipt};
pub use reveal::{ask, reveal};
pub use sheets::sheets;
pub use tabs::{picture, recipient};

use super::happened;
use super::layout;
use super::look;
use super::session::Visitor;
use super::task::most_urgent;
use crate::runtime::Seen;
use crate::web::App;
use crate::web::ids::Within;
use crate::web::papers::may_read;
use crate::web::problem::Problem;
use crate::web::progress::surname;
use crate::web::sight::Visible;
use crate::web::views;
use axum::extract::{Path, Query, State};
use engine::case::{Card, Sight, Task, TaskNo, TaskState};
use maud::{Markup, html};
use serde::Deserialize;
use std::sync::Arc;

/// The parts of the page.
const TABS: [&str; 8] = [
    "overview",
    "time",
    "materials",
    "papers",
    "notices",
    "flow",
    "data",
    "audit",
];

/// Which part, and what of it.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    /// The tab; none: the overview.
    #[serde(default)]
    tab: String,
    /// Of the timeline: the kind of lines.
    #[serde(default)]
    sort: String,
    /// What was just done.
    #[serde(default)]
    done: Option<String>,
    /// The task it was done with.
    #[serde(default)]
    task: Option<String>,
}

/// A case under its id or number.
pub async fn page(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Markup, Problem> {
    let id = app.case_id(&id).await?;
    let here = TABS
        .iter()
        .find(|tab| **tab == asked.tab)
        .unwrap_or(&TABS[0]);
    let visible = app.read(&visitor.caller, id, here).await?;
    let part = match *here {
        "time" => tabs::time(&app, &visitor, &visible, &asked.sort).await?,
        "materials" => tabs::materials(&app, &visitor, &visible).await,
        "papers" => html! {
            (tabs::papers(&visitor, &visible))
            (came::list(&app, &visitor, &visible).await?)
        },
        "notices" => tabs::notices(&app, &visitor, &visible, &asked.sort).await?,
        "flow" => tabs::flow(&app, &visitor, &visible).await?,
        "data" => tabs::data(&app, &visitor, &visible),
        "audit" => tabs::audit(&app, &visitor, &visible).await?,
        _ => tabs::overview(&app, &visitor, &visible).await?,
    };
    let body = html! {
        (head(&app, &visitor, &visible))
        @if let Some(done) = &asked.done {
            div class="notice good" role="status" {
                p { (visitor.words.say("case.done", &[("what", happened::said(&visitor, done))])) }
                @if let Some(task) = asked.task.as_deref().and_then(Within::read) { (onward(&app, &visitor, &visible, task).await?) }
            }
        }
        div class="parts-row" {
            nav class="parts" aria-label=(visitor.words.t("case.parts")) {
                @for tab in TABS {
                    a href=(format!("/cases/{id}?tab={tab}")) aria-current=[(tab == *here).then_some("page")] { (visitor.words.word("case.tab", tab)) }
                }
            }
            (follow::button(&app, &visitor, id).await?)
        }
        section class="panel tab" aria-label=(visitor.words.word("case.tab", here)) { (part) }
    };
    Ok(layout::framed(&visitor, &visible.seen.number, body))
}

/// What may be done after a task: print what it has issued, and go on with the next.
async fn onward(
    app: &App,
    visitor: &Visitor,
    visible: &Visible,
    done: Within,
) -> Result<Markup, Problem> {
    let (seen, words) = (&visible.seen, visitor.words);
    let task = seen.case.tasks().get(&TaskNo(done.no));
    let at = match task.map(Task::state) {
        Some(TaskState::Done { at, .. }) if done.case == seen.id => *at,
        _ => return Ok(html! {}),
    };
    let papers = seen.case.papers().iter();
    let papers = papers.filter(|(_, p)| p.issued == at && may_read(&visitor.caller, visible, p));
    let next = most_urgent(app, &visitor.caller, done).await?;
    Ok(html! {
        p class="actions" {
            @for (no, paper) in papers {
                @let title = visitor.own(&views::document(seen, *no, paper).title).to_owned();
                a class="button" href=(format!("/cases/{}/papers/{}", seen.id, no.0)) { (words.say("case.print", &[("paper", title)])) }
            }
            @if let Some(next) = next { a class="button main" href=(next) { (words.t("case.next")) } }
        }
    })
}

/// Number, matter, applicant, state and level, on one line that stays in sight.
pub fn head(app: &App, visitor: &Visitor, visible: &Visible) -> Markup {
    let seen = &visible.seen;
    let (case, words) = (&seen.case, visitor.words);
    let now = app.runtime.clock().now();
    let level = serde_json::to_value(case.level(now)).unwrap_or_default();
    let running = !case.status().is_final();
    html! {
        header class="of-case" {
            h1 { span class="number" { (seen.number) } }
            p {
                strong { (words.of(&seen.revision.title)) }
                @if let Some(name) = applicant(visible) { span { (words.t("case.applicant")) " " (name) } }
                span { (look::city(visitor, case.accepting_city())) " → " (look::city(visitor, &deciding(app, visitor, visible))) }
                @match case.label() {
                    Some(label) => span class={ "chip " (case.status().word()) } { (visitor.own(label)) },
                    None => (look::status(visitor, case.status().word())),
                }
                @if running { (look::carded(visitor, seen, level.as_str().unwrap_or_default(), None)) }
                span class="hint" { (words.say("case.revision", &[("n", seen.revision_number.to_string())])) }
                (layout::back(visitor, "/work"))
            }
        }
        (asked_about(visitor, seen))
        @let hidden = app.hidden(&visitor.caller, visible);
        @if hidden > 0 {
            div class="notice warn" { p { (words.say("case.hidden", &[("n", hidden.to_string())])) } }
        }
    }
}

/// That a supervisor waits for an answer, and where it is given.
fn asked_about(visitor: &Visitor, seen: &Seen) -> Markup {
    // Whoever asks does not answer.
    let own = |card: &Card| card.asker().is_some_and(|by| **by == *visitor.caller.id);
    let card = look::open_card(seen, |card| card.awaits_answer() && !own(card));
    let card = card.filter(|_| visitor.caller.looks_as.is_none());
    html! {
        @if let Some(no) = card {
            div class="notice warn" { p { (visitor.words.t("case.pursued")) " " a href=(look::card_address(seen, no)) { (visitor.words.t("case.answer")) } } }
        }
    }
}

/// The applicant as lists show him.
pub fn applicant(visible: &Visible) -> Option<String> {
    let name = visible.seen.case.applicant().get("name")?.as_str()?;
    (visible.sight == Sight::Whole).then(|| surname(name))
}

/// The city that decides.
pub fn deciding(app: &App, visitor: &Visitor, visible: &Visible) -> String {
    let seen = &visible.seen;
    app.with_context(&visitor.caller.actor(), |c| {
        seen.case.deciding_city(&seen.revision, c)
    })
}
