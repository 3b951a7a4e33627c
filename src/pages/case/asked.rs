//! What other systems have been asked and have not answered: since when, when again, and at once if somebody wants.

use crate::pages::clock::instant;
use crate::pages::layout;
use crate::pages::session::{Form, Visitor};
use crate::web::App;
use crate::web::calls::CallView;
use crate::web::problem::Problem;
use crate::web::sight::Visible;
use axum::extract::{Path, State};
use axum::response::Redirect;
use engine::case::FrameNo;
use engine::text::both;
use maud::{Markup, html};
use std::sync::Arc;

/// The calls a case waits for.
pub async fn waiting(app: &App, visitor: &Visitor, visible: &Visible) -> Result<Markup, Problem> {
    let calls = app.calls(visible).await?;
    Ok(html! {
        @if !calls.is_empty() {
            h2 { (visitor.words.t("case.asked")) }
            ul class="asked" { @for call in &calls { (line(visitor, visible, call)) } }
        }
    })
}

fn line(visitor: &Visitor, visible: &Visible, call: &CallView) -> Markup {
    let words = visitor.words;
    let named = call.step.rsplit('.').next().unwrap_or_default();
    let step = visible.seen.revision.named(named);
    let title = step.map_or(call.step.as_str(), |(_, step)| words.of(&step.title));
    html! {
        li {
            strong { (title) } " · " (words.say("asked.of", &[("system", call.system.clone())])) " "
            span class={ "chip " (call.state) } { (words.word("asked.is", call.state)) }
            br;
            span class="hint" {
                (words.t("asked.since")) " " (instant(&call.since))
                @if call.attempts > 0 { " · " (words.say("notices.attempts", &[("n", call.attempts.to_string())])) }
                @if let Some(answer) = &call.answer { " · " (words.say("asked.said", &[("answer", answer.clone())])) }
                @if let Some(next) = &call.next { " · " (words.t("notices.next")) " " (instant(next)) }
            }
            @if call.next.is_some() {
                form method="post" action=(format!("/cases/{}/calls/{}/retry", visible.seen.id, call.id)) {
                    (layout::token(visitor))
                    button { (words.t("asked.now")) }
                }
            }
        }
    }
}

/// Asks again at once; the page of the case then shows what came of it.
pub async fn retry(
    State(app): State<Arc<App>>,
    Path((id, call)): Path<(String, String)>,
    sent: Form,
) -> Result<Redirect, Problem> {
    let id = app.case_id(&id).await?;
    let visible = app.visible(&sent.visitor.caller.actor(), id).await?;
    app.call_now(&visible, &call).await?;
    Ok(Redirect::to(&format!("/cases/{id}")))
}

/// Why a person has to do what another system should have answered.
pub fn failed(visitor: &Visitor, visible: &Visible, frame: FrameNo) -> Markup {
    let seen = &visible.seen;
    let words = visitor.words;
    html! {
        @if let Some((step, cause)) = seen.case.failed_call(frame) {
            @let title = seen.revision.named(step).map_or(&**step, |(_, step)| words.of(&step.title));
            @let args: Vec<(&str, String)> = cause.args.iter().map(|(k, v)| (k.as_str(), v.clone())).collect();
            @let why = both(&cause.why, &args);
            div class="notice warn" {
                p { (words.say("asked.failed", &[("step", title.to_owned()), ("why", words.of(&why).to_owned())])) }
            }
        }
    }
}
