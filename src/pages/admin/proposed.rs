//! What is proposed for publication: by whom, when and why, what it would change, and how its scenarios went, before a second person agrees.

use super::changes::changes;
use super::definitions::title;
use super::publish::plan;
use super::{guard, page};
use crate::pages::session::Visitor;
use crate::pages::{layout, lists, look};
use crate::web::App;
use crate::web::problem::Problem;
use crate::web::proposals::{Proposal, Weighed};
use crate::web::stories::Stories;
use axum::extract::State;
use maud::{Markup, html};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Which proposal, and which page of it.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Asked {
    /// One of its definitions and the number that would have: `MATTER/NUMBER`.
    of: Option<String>,
    page: Option<usize>,
}

/// All that waits for a second person, or one of it, whole.
pub async fn proposed(State(app): State<Arc<App>>, visitor: Visitor) -> Result<Markup, Problem> {
    guard(&app, &visitor, "proposed")?;
    let asked: Asked = lists::asked(&visitor)?;
    let named = asked.of.as_deref().and_then(|of| of.rsplit_once('/'));
    let body = match named {
        Some((matter, number)) => {
            let revision = number.parse().unwrap_or_default();
            let proposal = app.proposal(matter, revision).await?;
            let weighed = app.looked_at(&proposal).await?;
            whole(&app, &visitor, &proposal, &weighed, asked.page.unwrap_or(1))
        }
        None => list(&app, &visitor, &app.proposals().await?),
    };
    Ok(page(&visitor, "proposed", &body))
}

fn list(app: &App, visitor: &Visitor, all: &[Proposal]) -> Markup {
    let words = visitor.words;
    html! {
        @if all.is_empty() { div class="panel empty" { p { (words.t("admin.proposed_none")) } } }
        @for proposal in all {
            section class="panel" {
                h2 { a href=(address(proposal, 1)) { (called(app, visitor, proposal)) } }
                (said(visitor, proposal))
                p class="actions" { a class="button" href=(address(proposal, 1)) { (words.t("admin.proposed_look")) } }
            }
        }
    }
}

fn whole(
    app: &App,
    visitor: &Visitor,
    proposal: &Proposal,
    weighed: &Weighed,
    no: usize,
) -> Markup {
    let words = visitor.words;
    let changed = weighed.plan.as_ref().map(|plan| &*plan.changed);
    html! {
        h2 { (called(app, visitor, proposal)) }
        (said(visitor, proposal))
        @if weighed.overtaken { (overtaken(app, visitor, weighed)) }
        @else if let Some(told) = &weighed.plan {
            (plan(app, visitor, told))
            (stories(visitor, &weighed.stories))
        }
        (answers(visitor, proposal, weighed))
        section aria-labelledby="changes" {
            h2 id="changes" { (words.t("admin.change_all")) }
            (changes(visitor, changed.unwrap_or_default(), no, |n| address(proposal, n)))
        }
    }
}

/// By whom, when and why.
fn said(visitor: &Visitor, proposal: &Proposal) -> Markup {
    let words = visitor.words;
    let why = match proposal.why() {
        "" => words.t("admin.why_not"),
        why => why.to_owned(),
    };
    html! {
        dl class="facts" {
            dt { (words.t("admin.proposed_by")) } dd { (lists::person(visitor, &proposal.by)) }
            dt { (words.t("admin.proposed_at")) } dd class="number" { (look::time(proposal.at)) }
            dt { (words.t("admin.why")) } dd { (why) }
            dt { (words.t("admin.proposed_files")) } dd { @for (n, file) in proposal.files().enumerate() { @if n > 0 { ", " } code { (file) } } }
        }
    }
}

/// What has been published since, or what is wrong by now.
fn overtaken(app: &App, visitor: &Visitor, weighed: &Weighed) -> Markup {
    let words = visitor.words;
    html! {
        div class="notice bad" role="alert" {
            p { (words.t("admin.overtaken")) }
            ul {
                @for one in &weighed.since {
                    @let args = [("matter", title(visitor, app, &one.matter)), ("revision", one.revision.to_string())];
                    li { a href=(format!("/admin/definitions/{}/difference?from={}&to={}", one.matter, one.revision - 1, one.revision)) { (words.say("admin.overtaken_by", &args)) } }
                }
                @for wrong in &weighed.wrong { li { (words.of(&wrong.message)) } }
            }
        }
    }
}

fn stories(visitor: &Visitor, stories: &Stories) -> Markup {
    let words = visitor.words;
    let count = [
        ("fine", stories.fine.to_string()),
        ("failed", stories.failed.len().to_string()),
        ("skipped", stories.skipped.to_string()),
    ];
    html! {
        section class="panel" aria-labelledby="stories" {
            h2 id="stories" { (words.t("admin.stories")) }
            p class=[(!stories.failed.is_empty()).then_some("notice bad")] { (words.say("admin.stories_went", &count)) }
            @for story in &stories.failed {
                h3 { (story.name) " " code { (story.path) } }
                ul { @for wrong in &story.wrong { li { (words.of(wrong)) } } }
            }
        }
    }
}

fn answers(visitor: &Visitor, proposal: &Proposal, weighed: &Weighed) -> Markup {
    let words = visitor.words;
    let Some((matter, revision)) = proposal.changes.first() else {
        return html! {};
    };
    let own = *proposal.by == *visitor.caller.id;
    let fit = !weighed.overtaken && weighed.stories.failed.is_empty();
    html! {
        @if visitor.caller.holds("policy") {
            @if own { p class="hint" { (words.t("admin.second_needed")) } }
            form method="post" action=(format!("/admin/definitions/{matter}")) class="actions" {
                (layout::token(visitor))
                @if !own && fit { button class="main" name="approve" value=(revision) { (words.t("admin.approve")) } }
                button name="withdraw" value=(revision) { (words.t("admin.take_back")) }
            }
        }
    }
}

/// What it is about: each definition with the number it would have.
pub(super) fn called(app: &App, visitor: &Visitor, proposal: &Proposal) -> String {
    let changes = proposal.changes.iter().map(|(matter, revision)| {
        let args = [
            ("matter", title(visitor, app, matter)),
            ("revision", revision.to_string()),
        ];
        visitor.words.say("admin.numbered", &args)
    });
    engine::text::list(visitor.words.0, &changes.collect::<Vec<_>>())
}

/// Where it is shown whole.
pub(super) fn address(proposal: &Proposal, no: usize) -> String {
    let of = proposal.changes.first();
    let of = of.map_or_else(String::new, |(matter, revision)| {
        format!("{matter}/{revision}")
    });
    let query = serde_urlencoded::to_string([("of", of), ("page", no.to_string())]);
    format!("/admin/proposed?{}", query.unwrap_or_default())
}
