//! What an office or post wants to be told, and where: a row for what happens, a column for each channel.

use super::layout;
use super::look;
use super::session::{Form, Visitor};
use crate::web::App;
use crate::web::problem::Problem;
use crate::web::subscriptions::{Choice, office_of};
use axum::extract::{Query, State};
use axum::response::Redirect;
use engine::case::Party;
use maud::{Markup, html};
use notifications::choice::{Choices, Send, Want, usual_of};
use notifications::message::Channel;
use serde::Deserialize;
use std::sync::Arc;

/// What is asked.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// The office or post; none: the visitor's own office.
    place: String,
    saved: Option<String>,
}

/// The choices of an office or one of its posts.
pub async fn page(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> Result<Markup, Problem> {
    let words = visitor.words;
    let asked_place = match asked.place.is_empty() {
        true => own(&visitor),
        false => asked.place.clone(),
    };
    let place = app.place(&visitor.caller, &asked_place)?;
    let choices = app.choices().await?;
    let body = html! {
        @if asked.saved.is_some() { div class="notice good" role="status" { p { (words.t("settings.saved")) } } }
        p class="hint" { (words.t("told.hint")) }
        (places(&visitor, &place))
        form method="post" action="/settings/notices" class="panel" {
            (layout::token(&visitor))
            input type="hidden" name="place" value=(place);
            div class="wide" { table class="list" {
                thead { tr { th scope="col" { (words.t("told.event")) } @for (channel, _) in Channel::EVERY { th scope="col" { (words.word("told.channel", channel)) } } } }
                tbody { @for (event, want) in Want::EVERY { tr {
                    th scope="row" { (words.word("told.want", event)) }
                    @for (channel, by) in Channel::EVERY { td { (choice(&visitor, &choices, &place, (event, want), (channel, by))) } }
                } } }
            } }
            p class="hint" { (words.t("told.red")) }
            button class="main" { (words.t("settings.save")) }
        }
    };
    Ok(layout::page(&visitor, &words.t("told.title"), body))
}

/// The office in which the visitor acts.
fn own(visitor: &Visitor) -> String {
    let post = visitor.acting();
    post.map_or(String::new(), |p| format!("{}/{}", p.city, p.department))
}

/// Links to the office itself and to each of its posts.
fn places(visitor: &Visitor, place: &str) -> Markup {
    let words = visitor.words;
    let office = office_of(place);
    let (city, department) = office.split_once('/').unwrap_or_default();
    let known = visitor.network.department(department);
    let posts = known.map(|d| d.posts.as_slice()).unwrap_or_default();
    let here = |p: &str| (p == place).then_some("page");
    let address = |p: &str| format!("/settings/notices?place={p}");
    html! {
        nav class="tabs" aria-label=(words.t("told.places")) { ul {
            li { a href=(address(office)) aria-current=[here(office)] { (look::office(visitor, city, department)) } }
            @for post in posts {
                @let party = Party { city: city.to_owned(), department: department.to_owned(), post: post.clone() };
                @let name = party.to_string();
                li { a href=(address(&name)) aria-current=[here(&name)] { (look::post(visitor, post)) } }
            }
        } }
    }
}

fn choice(
    visitor: &Visitor,
    choices: &Choices,
    place: &str,
    (event, want): (&str, Want),
    (channel, by): (&str, Channel),
) -> Markup {
    let words = visitor.words;
    let name = format!("{event}.{channel}");
    let now = choices.of(place, want, by);
    let label = format!(
        "{} · {}",
        words.word("told.want", event),
        words.word("told.channel", channel)
    );
    html! {
        select name=(name) aria-label=(label) {
            option value="" selected[now.is_none()] { (words.say("told.usual", &[("what", usual(visitor, choices, place, want, by))])) }
            @for (word, send) in Send::EVERY { option value=(word) selected[now == Some(send)] { (words.word("told.send", word)) } }
        }
    }
}

/// What holds where a place chooses nothing: what its office has chosen, or what is usual.
fn usual(visitor: &Visitor, choices: &Choices, place: &str, want: Want, by: Channel) -> String {
    let office = office_of(place);
    let of = |place: &str| {
        let all = choices
            .of(place, Want::All, by)
            .filter(|_| want != Want::All);
        choices.of(place, want, by).or(all)
    };
    let own = choices
        .of(place, Want::All, by)
        .filter(|_| want != Want::All);
    let above = || of(office).filter(|_| office != place);
    let send = own.or_else(above).unwrap_or_else(|| usual_of(want, by));
    let word = Send::EVERY
        .iter()
        .find(|(_, s)| *s == send)
        .map_or("", |(word, _)| word);
    visitor.words.word("told.send", word)
}

/// Keeps them.
pub async fn keep(State(app): State<Arc<App>>, sent: Form) -> Result<Redirect, Problem> {
    let mut choices = Vec::new();
    for (event, _) in Want::EVERY {
        for (channel, _) in Channel::EVERY {
            let send = sent.fields.get(&format!("{event}.{channel}"));
            choices.extend(send.map(|send| Choice {
                event: event.to_owned(),
                channel: channel.to_owned(),
                send: Some(send.to_owned()).filter(|send| !send.is_empty()),
            }));
        }
    }
    let place = sent.fields.get("place").unwrap_or_default();
    let place = app.choose(&sent.visitor.caller, place, &choices).await?;
    Ok(Redirect::to(&format!(
        "/settings/notices?saved=1&place={place}"
    )))
}
