//! Others that are spoken with: deployments, which two persons put in force, and systems that are called; each with how the way to it does.

use super::{guard, page};
use crate::pages::session::{Form, Visitor};
use crate::pages::{layout, lists, look};
use crate::system::System;
use crate::web::App;
use crate::web::connections::{Neighbour, Way};
use crate::web::peers::{POST, Wish};
use crate::web::problem::{Code, Problem};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use std::sync::Arc;

/// What was typed, and why it was refused.
#[derive(Default)]
struct Typed {
    name: String,
    address: String,
    cities: String,
    keys: String,
    wrong: Option<String>,
}

/// Deployments and systems.
pub async fn connections(State(app): State<Arc<App>>, visitor: Visitor) -> Result<Markup, Problem> {
    guard(&app, &visitor, "connections")?;
    drawn(&app, &visitor, &Typed::default()).await
}

async fn drawn(app: &App, visitor: &Visitor, typed: &Typed) -> Result<Markup, Problem> {
    let words = visitor.words;
    let ways = app.ways().await?;
    let neighbours = app.neighbours(&ways).await?;
    let systems = app.called_systems(&ways).await?;
    let keeps = visitor.caller.holds(POST);
    let body = html! {
        h2 { (words.t("ways.deployments")) }
        @if neighbours.is_empty() { p class="notice" { (words.t("ways.no_deployment")) } }
        @else { (deployments(visitor, &neighbours, keeps)) }
        @if keeps { (proposal(visitor, typed)) }
        h2 { (words.t("ways.systems")) }
        @if systems.is_empty() { p class="notice" { (words.t("ways.no_system")) } }
        @else { (called(visitor, &systems)) }
    };
    Ok(page(visitor, "connections", &body))
}

fn deployments(visitor: &Visitor, all: &[Neighbour], keeps: bool) -> Markup {
    let words = visitor.words;
    html! {
        div class="wide" tabindex="0" { table class="list" {
            thead { tr {
                th { (words.t("ways.name")) } th { (words.t("ways.address")) } th { (words.t("ways.cities")) } th { (words.t("ways.key")) }
                th { (words.t("admin.state")) } th { (words.t("network.heard")) } th { (words.t("ways.way")) }
                @if keeps { th { (words.t("admin.what")) } }
            } }
            tbody { @for one in all {
                tr {
                    td { (one.row.name) }
                    td { code { (one.peer.address) } }
                    td { @for city in &one.peer.cities { (look::city(visitor, city)) " " } }
                    td { @for key in &one.peer.keys { code title=(key) { (key.to_string().chars().take(20).collect::<String>()) "…" } " " } }
                    td { (agreed(visitor, one)) }
                    td class="number" { @if let Some(heard) = one.heard { (look::time(heard)) } @else { "–" } }
                    td { (look::way(visitor, &one.way)) @if let Some((_, said)) = &one.way.down { br; span class="hint" { (said) } } }
                    @if keeps { td { (deeds(visitor, one)) } }
                }
            } }
        } }
    }
}

/// Who proposed and who agreed.
fn agreed(visitor: &Visitor, one: &Neighbour) -> Markup {
    let words = visitor.words;
    let by = [("by", lists::person(visitor, &one.row.proposed_by))];
    html! {
        @match &one.row.approved_by {
            Some(second) => {
                span class="chip done" { (words.t("ways.in_force")) } br;
                span class="hint" { (words.say("ways.proposed_by", &by)) " " (words.say("ways.approved_by", &[("by", lists::person(visitor, second))])) }
            }
            None => {
                span class="chip waiting" { (words.t("ways.proposed")) } br;
                span class="hint" { (words.say("ways.proposed_by", &by)) }
            }
        }
    }
}

/// What a keeper of the directory may do: agree to what another proposed, or take away.
fn deeds(visitor: &Visitor, one: &Neighbour) -> Markup {
    let words = visitor.words;
    let waits = one.row.approved_by.is_none();
    html! {
        form method="post" action="/admin/connections" class="actions" {
            (layout::token(visitor))
            input type="hidden" name="name" value=(one.row.name);
            @if waits {
                input type="hidden" name="hash" value=(one.row.hash);
                @if *one.row.proposed_by != *visitor.caller.id { button class="main" name="do" value="approve" { (words.t("admin.approve")) } }
                @else { span class="hint" { (words.t("ways.second")) } }
            } @else { button class="harm" name="do" value="remove" { (words.t("ways.remove")) } }
        }
    }
}

fn proposal(visitor: &Visitor, typed: &Typed) -> Markup {
    let words = visitor.words;
    let field = |name: &str, label: String, value: &str| {
        html! {
            div class="field" {
                label for=(name) { (label) }
                input id=(name) name=(name) value=(value) required maxlength="500";
            }
        }
    };
    html! {
        details class="panel" open[typed.wrong.is_some()] {
            summary { (words.t("ways.propose")) }
            @if let Some(wrong) = &typed.wrong { p class="error" role="alert" { (wrong) } }
            form method="post" action="/admin/connections" {
                (layout::token(visitor))
                (field("name", words.t("ways.name"), &typed.name))
                (field("address", words.t("ways.address"), &typed.address))
                (field("cities", words.t("ways.cities_how"), &typed.cities))
                (field("keys", words.t("ways.keys_how"), &typed.keys))
                div class="actions" { button class="main" name="do" value="propose" { (words.t("ways.propose")) } }
            }
        }
    }
}

fn called(visitor: &Visitor, systems: &[(System, Way)]) -> Markup {
    let words = visitor.words;
    html! {
        div class="wide" tabindex="0" { table class="list" {
            thead { tr {
                th { (words.t("ways.name")) } th { (words.t("ways.address")) } th { (words.t("ways.sends")) } th { (words.t("admin.state")) }
                th { (words.t("ways.way")) } th { (words.t("admin.answer")) }
            } }
            tbody { @for (system, way) in systems {
                @let terms = system.terms.as_ref();
                tr {
                    td { code { (system.name) } }
                    td { @if let Some(url) = terms.and_then(|t| t.url.as_ref()) { code { (url) } } @else { "–" } }
                    td { @if let Some(terms) = terms { @for name in &terms.sends { code { (name) } " " } } }
                    td {
                        @if terms.is_none() { span class="chip waiting" { (words.t("ways.proposed")) } }
                        @else if system.on { span class="chip done" { (words.t("ways.on")) } }
                        @else { span class="chip dead" { (words.t("ways.off")) } }
                        @if let Some((_, by)) = &system.wished { br; span class="hint" { (words.say("ways.proposed_by", &[("by", lists::person(visitor, by))])) } }
                    }
                    td { @if terms.is_some_and(|t| t.url.is_none()) { "–" } @else { (look::way(visitor, way)) } }
                    td { @if let Some((_, said)) = &way.down { (said) } @else { "–" } }
                }
            } }
        } }
    }
}

/// Proposes, agrees, or takes away; the same person never does both of the first.
pub async fn agree(State(app): State<Arc<App>>, sent: Form) -> Result<Response, Problem> {
    let visitor = &sent.visitor;
    guard(&app, visitor, "connections")?;
    let field = |name| sent.fields.get(name).unwrap_or_default().trim().to_owned();
    let name = field("name");
    let done = match sent.fields.get("do") {
        Some("approve") => {
            app.approve_peer(&visitor.caller, &name, &field("hash"))
                .await
        }
        Some("remove") => app.drop_peer(&visitor.caller, &name).await,
        Some("propose") => {
            let parts = |text: String| -> Vec<String> {
                let parts = text.split([' ', ',', '，', '、']).filter(|p| !p.is_empty());
                parts.map(str::to_owned).collect()
            };
            let wish = Wish {
                name,
                address: field("address"),
                cities: parts(field("cities")),
                keys: parts(field("keys")),
            };
            app.propose_peer(&visitor.caller, &wish).await.map(drop)
        }
        _ => Err(Problem::new(Code::Malformed)),
    };
    match done {
        Ok(()) => Ok(Redirect::to("/admin/connections").into_response()),
        Err(problem) if !problem.errors().is_empty() => {
            let first = problem.errors().first().map(|e| &e.message);
            let wrong = first.unwrap_or(problem.message());
            let typed = Typed {
                name: field("name"),
                address: field("address"),
                cities: field("cities"),
                keys: field("keys"),
                wrong: Some(visitor.words.of(wrong).to_owned()),
            };
            let page = drawn(&app, visitor, &typed).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(problem) => Err(problem),
    }
}
