//! What could not be delivered: why, and to be sent again or given up. Of what they say, links, codes and numbers are covered.

use super::{guard, page, payload};
use crate::pages::case::recipient;
use crate::pages::lists::instant;
use crate::pages::session::{Form, Visitor};
use crate::pages::{bell, layout, look};
use crate::runtime::ADMINISTRATOR;
use crate::web::problem::{Code, Problem};
use crate::web::{App, SHOWN};
use axum::extract::State;
use axum::response::Redirect;
use maud::{Markup, html};
use std::sync::Arc;

/// Dead letters, and how much waits.
pub async fn deliveries(State(app): State<Arc<App>>, visitor: Visitor) -> Result<Markup, Problem> {
    guard(&app, &visitor, "deliveries")?;
    let words = visitor.words;
    let backlog = match visitor.caller.holds(ADMINISTRATOR) {
        true => Some(app.runtime.store().backlog().await?),
        false => None,
    };
    let dead = app.dead(&visitor.caller).await?;
    let since = app.runtime.clock().now() - SHOWN;
    let turned_away = match visitor.caller.holds(ADMINISTRATOR) {
        true => app.runtime.turned_away(since).await?,
        false => Vec::new(),
    };
    let body = html! {
        @if let Some(backlog) = &backlog {
        h2 { (words.t("admin.backlog")) }
        @if backlog.is_empty() { p class="notice good" { (words.t("network.healthy")) } }
        @else {
            table class="list" {
                thead { tr { th { (words.t("admin.channel")) } th { (words.t("admin.state")) } th { (words.t("admin.count")) } } }
                tbody { @for (kind, state, count) in backlog {
                    tr { td { (look::channel(&visitor, kind)) } td { (words.word("delivery", state)) } td class="number" { (count) } }
                } }
            }
        }
        }
        @if !turned_away.is_empty() {
            h2 { (words.t("admin.turned_away")) }
            table class="list" {
                thead { tr { th { (words.t("admin.deployment")) } th { (words.t("admin.answer")) } th { (words.t("admin.count")) } th { (words.t("admin.last")) } th { "SHA-256" } } }
                tbody { @for row in &turned_away {
                    tr {
                        td { (row.peer) } td { code { (row.why) } } td class="number" { (row.times) }
                        td { (instant(row.last)) } td { code { (row.sha256) } }
                    }
                } }
            }
        }
        h2 { (words.t("admin.dead")) }
        @if dead.is_empty() { p class="notice good" { (words.t("admin.none_dead")) } }
        @else {
            form method="post" action="/admin/deliveries" {
                (layout::token(&visitor))
                button name="again" value="all" { (words.t("admin.all_again")) }
            }
            div class="wide" { table class="list" {
                thead { tr {
                    th { (words.t("admin.id")) } th { (words.t("admin.channel")) } th { (words.t("admin.about")) } th { (words.t("admin.to")) }
                    th { (words.t("admin.tries")) } th { (words.t("admin.answer")) } th { (words.t("admin.what")) }
                } }
                tbody { @for message in &dead {
                    tr {
                        td class="number" { (message.id) }
                        td { (look::channel(&visitor, &message.kind)) }
                        td {
                            @let about = message.about.as_deref().unwrap_or("–");
                            span title=(about) { (bell::known(&visitor, about).unwrap_or_else(|| about.to_owned())) }
                            details id={ "payload-" (message.id) } {
                                summary { (words.t("admin.payload")) }
                                @if let Some(subject) = &message.subject { p { (payload::shown(&subject.as_str().into())) } }
                                pre class="long" { (payload::shown(&message.body)) }
                            }
                        }
                        td { (recipient(&visitor, message)) }
                        td class="number" { (message.attempts) }
                        td { (message.answer.as_deref().unwrap_or("–")) }
                        td { form method="post" action="/admin/deliveries" class="actions" {
                            (layout::token(&visitor))
                            button name="again" value=(message.id) { (words.t("admin.again")) }
                            input name="reason" aria-label=(words.t("admin.reason")) placeholder=(words.t("admin.reason")) maxlength="200";
                            button class="harm" name="give_up" value=(message.id) { (words.t("admin.give_up")) }
                        } }
                    }
                } }
            } }
        }
    };
    Ok(page(&visitor, "deliveries", &body))
}

/// Sends one or all again, or gives one up.
pub async fn settle(State(app): State<Arc<App>>, sent: Form) -> Result<Redirect, Problem> {
    let caller = &sent.visitor.caller;
    match (sent.fields.get("again"), sent.fields.get("give_up")) {
        (Some("all"), _) => _ = app.send_all_again(caller).await?,
        (Some(id), _) => app.send_again(caller, id).await?,
        (None, Some(id)) => {
            let reason = sent.fields.get("reason").unwrap_or_default();
            app.give_up(caller, id, reason).await?;
        }
        (None, None) => return Err(Problem::new(Code::Malformed)),
    }
    Ok(Redirect::to("/admin/deliveries"))
}
