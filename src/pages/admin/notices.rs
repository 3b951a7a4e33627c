//! Notices and their channels: what each says, and a test of it to whoever looks; a ping of an endpoint.

use super::{guard, page};
use crate::pages::session::{Form, Visitor};
use crate::pages::{happened, layout, lists, look};
use crate::web::App;
use crate::web::connections::Ways;
use crate::web::problem::{Code, Problem};
use crate::web::specimens::Wanted;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use engine::matter::Revision;
use maud::{Markup, html};
use notifications::message::Channel;
use notifications::wording::{Notice, Part};
use serde::Deserialize;
use std::sync::Arc;

/// A test that is under way is asked about after so many seconds.
const REFRESH: u32 = 2;
/// The channels by which somebody may be written to, as forms name them.
const CHANNELS: [(&str, Channel); 2] = [("email", Channel::Email), ("sms", Channel::Sms)];

/// Whose notices, and which test was sent.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// A matter; empty: the usual ones.
    matter: String,
    /// A test that was sent.
    sent: Option<String>,
}

/// Channels, endpoints and texts.
pub async fn notices(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    guard(&app, &visitor, "notices")?;
    let told = match &asked.sent {
        Some(id) => fate(&app, &visitor, id).await?,
        None => html! {},
    };
    if lists::unchanged(&visitor, &told) {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let body = html! {
        (lists::live(&visitor, "fate", REFRESH, &told))
        p class="hint" { (visitor.words.t("specimen.hint")) }
        (channels(&app, &visitor, &asked.matter).await?)
        (texts(&app, &visitor, &asked.matter)?)
    };
    Ok(page(&visitor, "notices", &body).into_response())
}

/// What has become of a test, with what the other side said.
async fn fate(app: &App, visitor: &Visitor, id: &str) -> Result<Markup, Problem> {
    let words = visitor.words;
    let Some(message) = app.test(id).await? else {
        return Ok(html! { div class="notice bad" { p { (words.t("specimen.unknown")) } } });
    };
    let class = match message.state.as_str() {
        "sent" => "good",
        "dead" => "bad",
        _ => "warn",
    };
    let attempts = message.leased.attempts;
    Ok(html! {
        div class={ "notice " (class) } role="status" {
            p {
                strong { (words.t("specimen.fate")) " " (look::channel(visitor, &message.leased.row.kind)) } " "
                span class={ "chip " (message.state) } { (words.word("notices.is", &message.state)) }
                @if attempts > 0 { " " (words.say("notices.attempts", &[("n", attempts.to_string())])) }
            }
            @match message.answer.as_deref().filter(|answer| !answer.is_empty()) {
                Some(answer) => p { (words.t("admin.answer")) " " code { (answer) } },
                None if class == "good" => p { (words.t("specimen.taken")) },
                None => {}
            }
        }
    })
}

/// The ways out, with the visitor's own address by each; endpoints are pinged.
async fn channels(app: &App, visitor: &Visitor, matter: &str) -> Result<Markup, Problem> {
    let words = visitor.words;
    let ways: Ways = app.ways().await?;
    let endpoints = app.endpoints(&visitor.caller).await?;
    Ok(html! {
        h2 { (words.t("specimen.channels")) }
        div class="wide" tabindex="0" { table class="list" {
            thead { tr { th { (words.t("admin.channel")) } th { (words.t("ways.way")) } th { (words.t("specimen.own")) } } }
            tbody {
                @for (kind, channel) in CHANNELS {
                    tr {
                        td { (look::channel(visitor, kind)) }
                        td { (look::way(visitor, &ways.of(kind))) }
                        td { @if app.runtime.reaches_person(&visitor.caller.id, channel) { (words.t("specimen.has")) } @else { (words.t("specimen.has_not")) } }
                    }
                }
                @for endpoint in &endpoints {
                    tr {
                        td { (look::channel(visitor, &endpoint.kind())) " " code { (endpoint.url) } br; span class="hint" { (place(visitor, &endpoint.place)) } }
                        td { (look::way(visitor, &ways.of(&endpoint.kind()))) }
                        td {
                            @if endpoint.on {
                                form method="post" action="/admin/notices" {
                                    (layout::token(visitor))
                                    input type="hidden" name="matter" value=(matter);
                                    button name="ping" value=(endpoint.id) { "ping" }
                                }
                            } @else { (words.t("specimen.off")) }
                        }
                    }
                }
            }
        } }
    })
}

fn place(visitor: &Visitor, office: &str) -> String {
    let (city, department) = office.split_once('/').unwrap_or((office, ""));
    look::office(visitor, city, department)
}

/// The texts, each with buttons that send it.
fn texts(app: &App, visitor: &Visitor, matter: &str) -> Result<Markup, Problem> {
    let words = visitor.words;
    let (_, notices) = app.notices(matter, words.0)?;
    let library = app.runtime.library();
    let own = library.matters.get(matter);
    let wording = library
        .matters
        .iter()
        .filter(|(_, m)| m.notices().is_some());
    let wording: Vec<(String, String)> = wording
        .map(|(id, m)| (id.clone(), words.of(&m.title).to_owned()))
        .collect();
    Ok(html! {
        h2 { (words.t("specimen.texts")) }
        form method="get" action="/admin/notices" class="filters" {
            span class="field" {
                label for="matter" { (words.t("cases.matter")) }
                select id="matter" name="matter" {
                    option value="" { (words.t("specimen.usual")) }
                    @for (id, title) in &wording { option value=(id) selected[id == matter] { (title) } }
                }
            }
            button { (words.t("list.filter")) }
        }
        @for (about, notice) in notices.iter() {
            section class="panel notice-text" {
                h3 { (heading(visitor, own, about)) " " code class="hint" { (about) } }
                dl class="facts" {
                    @for (part, text) in notice.texts() {
                        div class="fact" {
                            dt { (words.word("specimen.part", part_word(part))) }
                            dd { pre class="long" { (text.source()) } }
                        }
                    }
                }
                (buttons(visitor, matter, about, notice))
            }
        }
    })
}

/// What a notice is about: what all matters know, a step, or what became of one.
fn heading(visitor: &Visitor, matter: Option<&Arc<Revision>>, about: &str) -> String {
    let words = visitor.words;
    if let Some(usual) = words.tell("notice", &about.replace('.', "_"), &[]) {
        return usual;
    }
    let title = |step: &str| Some(words.of(&matter?.named(step)?.1.title).to_owned());
    let of_step = || {
        let (step, what) = about.rsplit_once('.')?;
        let what = words
            .tell("notice", what, &[])
            .unwrap_or_else(|| happened::said(visitor, what));
        Some(format!("{} · {what}", title(step)?))
    };
    let named = title(about).or_else(of_step);
    named.unwrap_or_else(|| happened::said(visitor, about))
}

fn part_word(part: Part) -> &'static str {
    match part {
        Part::Sms => "sms",
        Part::Subject => "subject",
        Part::Body => "body",
    }
}

fn buttons(visitor: &Visitor, matter: &str, about: &str, notice: &Notice) -> Markup {
    let words = visitor.words;
    html! {
        form method="post" action="/admin/notices" class="actions" {
            (layout::token(visitor))
            input type="hidden" name="matter" value=(matter);
            input type="hidden" name="about" value=(about);
            @for (kind, channel) in CHANNELS {
                @if notice.has(channel) {
                    button name="channel" value=(kind) { (words.word("specimen.send", kind)) code class="unseen" { " " (about) } }
                }
            }
        }
    }
}

/// Sends a test to whoever asks, and shows what becomes of it.
pub async fn try_out(State(app): State<Arc<App>>, sent: Form) -> Result<Redirect, Problem> {
    let visitor = &sent.visitor;
    let field = |name: &str| sent.fields.get(name).unwrap_or_default();
    let matter = field("matter");
    let wanted = match sent.fields.get("ping") {
        Some(id) => Wanted::Ping(id),
        None => {
            let channel = CHANNELS.iter().find(|(kind, _)| *kind == field("channel"));
            Wanted::Notice {
                matter,
                about: field("about"),
                channel: channel.ok_or_else(|| Problem::new(Code::Malformed))?.1,
            }
        }
    };
    let id = app
        .send_test(&visitor.caller, wanted, visitor.words.0)
        .await?;
    let query = serde_urlencoded::to_string([("matter", matter), ("sent", &id)]);
    Ok(Redirect::to(&format!(
        "/admin/notices?{}",
        query.unwrap_or_default()
    )))
}
