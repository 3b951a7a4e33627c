//! What an office or post wants to be told, and by which channel: chosen by the lead of the office or a system administrator.

use super::body::{Asked, Body};
use super::endpoints::{field, keeps};
use super::problem::{Code, Problem};
use super::{App, Here};
use crate::directory::{Caller, office, post};
use crate::runtime::ADMINISTRATOR;
use crate::store::{SubscriptionRow, named};
use axum::Json;
use axum::extract::State;
use engine::network::Network;
use notifications::choice::{Choices, Send, Want};
use notifications::message::Channel;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Of which place.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct Where {
    /// City and department, or also the post: `442000/si`, `442000/si/reviewer`.
    place: String,
}

/// A choice.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// What happened: `new`, `returned`, `yellow`, `red`, or `all` for whatever is not chosen by name.
    pub event: String,
    /// `email`, `sms`, `webhook` or `bell`.
    pub channel: String,
    /// `never`, `urgent` (at most one working day is left), `always`, or null: as usual.
    pub send: Option<String>,
}

/// What a place has chosen.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Chosen {
    /// City and department, or also the post.
    place: String,
    /// What differs from what is usual.
    choices: Vec<Choice>,
}

/// What an office or post has chosen to be told.
#[utoipa::path(get, path = "/api/v1/subscriptions", tag = "subscriptions", params(Where), responses((status = 200, body = Chosen)))]
pub(super) async fn chosen(
    State(app): Here,
    caller: Caller,
    Asked(asked): Asked<Where>,
) -> Result<Json<Chosen>, Problem> {
    let place = app.place(&caller, &asked.place)?;
    let rows = app.directory.accounts().subscriptions().await?.into_iter();
    let own = rows.filter(|row| row.place == place).map(|row| Choice {
        event: row.event,
        channel: row.channel,
        send: Some(row.send),
    });
    let choices = own.collect();
    Ok(Json(Chosen { place, choices }))
}

/// Chooses; what is not named stays as it is. It holds from the next message on.
#[utoipa::path(post, path = "/api/v1/subscriptions", tag = "subscriptions", request_body = Chosen, responses((status = 200, body = Chosen)))]
pub(super) async fn choose(
    State(app): Here,
    caller: Caller,
    body: Body<Chosen>,
) -> Result<Json<Chosen>, Problem> {
    let place = app
        .choose(&caller, &body.value.place, &body.value.choices)
        .await?;
    let asked = Asked(Where { place });
    chosen(State(app), caller, asked).await
}

impl App {
    /// An office or post whose choices the caller keeps.
    pub fn place(&self, caller: &Caller, text: &str) -> Result<String, Problem> {
        let network = &self.runtime.library().network;
        let found = match text.matches('/').count() {
            1 => office(text, network),
            _ => post(text, network).ok().map(|post| post.to_string()),
        };
        let found = found.ok_or_else(|| field("/place", "subscription.place", text))?;
        if !keeps(caller, office_of(&found)) {
            let needed = vec!["lead", ADMINISTRATOR];
            return Err(Problem::new(Code::Forbidden).member("needed", needed));
        }
        Ok(found)
    }

    /// Keeps the choices of an office or post; the place as it is written.
    pub async fn choose(
        &self,
        caller: &Caller,
        place: &str,
        choices: &[Choice],
    ) -> Result<String, Problem> {
        let place = self.place(caller, place)?;
        let accounts = self.directory.accounts();
        let mut all = accounts.subscriptions().await?;
        let now = self.runtime.clock().now().as_millisecond();
        let mut rows = Vec::new();
        for (at, choice) in choices.iter().enumerate() {
            known(at, choice)?;
            let row = SubscriptionRow {
                place: place.clone(),
                event: choice.event.clone(),
                channel: choice.channel.clone(),
                send: choice.send.clone().unwrap_or_default(),
                by: caller.id.to_string(),
                changed: now,
            };
            let same = |r: &SubscriptionRow| {
                (&r.place, &r.event, &r.channel) == (&row.place, &row.event, &row.channel)
            };
            all.retain(|r| !same(r));
            all.push(row.clone());
            rows.push(row);
        }
        all.retain(|row| !row.send.is_empty());
        red_cards_are_told(&all, &place, &self.runtime.library().network)?;
        for row in &rows {
            accounts.choose(row).await?;
        }
        self.runtime.endpoints_changed().await?;
        Ok(place)
    }

    /// What all have chosen, and what a place has chosen itself.
    pub async fn choices(&self) -> Result<Choices, Problem> {
        let rows = self.directory.accounts().subscriptions().await?;
        Ok(SubscriptionRow::choices(rows))
    }
}

/// The office of an office or post.
pub fn office_of(place: &str) -> &str {
    let mut ends = place.match_indices('/').map(|(at, _)| at);
    let end = ends.nth(1).unwrap_or(place.len());
    place.get(..end).unwrap_or(place)
}

fn known(at: usize, choice: &Choice) -> Result<(), Problem> {
    let event = named(&Want::EVERY, &choice.event).is_some();
    let channel = named(&Channel::EVERY, &choice.channel).is_some();
    let send = choice.send.as_deref();
    let send = send.is_none_or(|send| named(&Send::EVERY, send).is_some());
    let wrong = [
        ("event", event, &choice.event),
        ("channel", channel, &choice.channel),
        ("send", send, choice.send.as_ref().unwrap_or(&choice.event)),
    ];
    match wrong.into_iter().find(|(_, right, _)| !right) {
        Some((name, _, given)) => {
            let pointer = format!("/choices/{at}/{name}");
            Err(field(&pointer, "subscription.word", given))
        }
        None => Ok(()),
    }
}

/// Of red cards every post is told by mail or by the bell, whatever it has chosen.
fn red_cards_are_told(
    all: &[SubscriptionRow],
    place: &str,
    network: &Network,
) -> Result<(), Problem> {
    let choices = SubscriptionRow::choices(all.to_vec());
    let office = office_of(place);
    let department = office
        .split_once('/')
        .and_then(|(_, d)| network.department(d));
    let posts = department.map(|d| d.posts.as_slice()).unwrap_or_default();
    let silent = |post: &&String| {
        let post = format!("{office}/{post}");
        [Channel::Email, Channel::Bell]
            .iter()
            .all(|channel| choices.send(&post, "card.red", *channel) == Send::Never)
    };
    match posts.iter().find(silent) {
        Some(post) => Err(field("/choices", "subscription.red", post)),
        None => Ok(()),
    }
}
