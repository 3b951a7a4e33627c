//! Papers that another deployment sent with a letter or an answer: they are on record over there, and are read here.

use crate::pages::session::Visitor;
use crate::pages::{layout, look};
use crate::web::App;
use crate::web::problem::Problem;
use crate::web::sight::Visible;
use axum::extract::{Path, State};
use engine::case::Sight;
use maud::{Markup, PreEscaped, html};
use std::sync::Arc;

/// What came with the letters of a case, for whoever sees it whole; nothing where nothing came.
pub async fn list(app: &App, visitor: &Visitor, visible: &Visible) -> Result<Markup, Problem> {
    let (seen, words) = (&visible.seen, visitor.words);
    let mut all = Vec::new();
    if visible.sight == Sight::Whole {
        for no in seen.case.exchanges() {
            let (peer, _) = seen.case.correspondent(no).unzip();
            let peer = peer.map(|name| name.to_string()).unwrap_or_default();
            let came = app.runtime.came_with(seen, no).await?.into_iter();
            all.extend(came.map(|came| (no, peer.clone(), came)));
        }
    }
    Ok(html! {
        @if !all.is_empty() {
            h2 { (words.t("papers.came")) }
            table class="list" {
                thead { tr {
                    th { (words.t("papers.title")) } th { (words.t("papers.number")) } th { (words.t("papers.from")) } th { (words.t("papers.arrived")) }
                } }
                tbody { @for (no, peer, came) in &all {
                    tr {
                        td { a href=(format!("/handoffs/{}-{}/papers/{}", seen.id, no.0, came.paper.sha256)) { (came.paper.finished.title) } }
                        td { (came.paper.number) }
                        td { (words.say("time.deployment", &[("name", peer.clone())])) }
                        td { (look::time(came.received.as_millisecond())) }
                    }
                } }
            }
        }
    })
}

/// One of them on A4, with its hash.
pub async fn page(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path((id, hash)): Path<(String, String)>,
) -> Result<Markup, Problem> {
    let words = visitor.words;
    let (seen, no) = app.letter(&visitor.caller, &id).await?;
    let came = app.came_paper(&seen, no, &hash).await?;
    let paper = came.paper;
    let body = html! {
        div class="paper-bar actions" {
            a class="button" href=(format!("/cases/{}?tab=papers", seen.id)) { "← " (seen.number) }
            button type="button" class="main" data-print data-key="p" { (words.t("paper.print")) }
            span class="hint" { (paper.number) " · " (look::time(came.received.as_millisecond())) }
        }
        article class="paper sheet-a4" lang="zh-CN" { (PreEscaped(super::paper::inner(&paper.finished.html))) }
        p class="hash hint" { "SHA-256 " code { (paper.sha256) } }
    };
    Ok(layout::framed(&visitor, &paper.finished.title, body))
}
