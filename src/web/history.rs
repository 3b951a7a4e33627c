//! What happened to a case, and what came of it: history, clocks, notices.

use super::Here;
use super::problem::Problem;
use super::views::{self, ClockView};
use crate::directory::Caller;
use crate::runtime::{Entry, Seen};
use axum::Json;
use axum::extract::{Path, State};
use engine::case::{Actor, Event, Sight};
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// One event.
#[derive(Serialize, ToSchema)]
pub struct Happening {
    /// Its number in the case, from 1 without gap.
    pub seq: u64,
    /// When.
    pub at: String,
    /// Who: user, city, department, post; of a deputy also on whose behalf.
    #[schema(value_type = Object)]
    pub actor: Value,
    /// What kind of event.
    pub r#type: String,
    /// The address of the step it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// What happened, without what was typed.
    #[schema(value_type = Object)]
    pub data: Value,
    /// SHA-256 over the command it came with and everything before, in hexadecimal; the events of one command share it.
    pub hash: String,
}

/// Everything that happened to a case, in order.
#[utoipa::path(get, path = "/api/v1/cases/{id}/history", tag = "cases",
    params(("id" = String, Path, description = "Id or number of the case")), responses((status = 200, body = Vec<Happening>)))]
pub(super) async fn history(
    State(app): Here,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Vec<Happening>>, Problem> {
    let id = app.case_id(&id).await?;
    let visible = app.read(&caller, id, "history").await?;
    let entries = app.runtime.history(id).await?;
    let all = entries
        .iter()
        .flat_map(|entry| told(entry, Some((&visible.seen, visible.sight))));
    Ok(Json(all.collect()))
}

/// The events of an entry as they are shown.
pub fn told<'e>(
    entry: &'e Entry,
    of: Option<(&'e Seen, Sight)>,
) -> impl Iterator<Item = Happening> + 'e {
    let hash: String = entry
        .hash
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let actor = actor(&entry.actor, &entry.events);
    (entry.first..).zip(&entry.events).map(move |(seq, event)| {
        let (kind, step, data) = fact(event, of);
        Happening {
            seq,
            at: views::at(entry.at),
            actor: actor.clone(),
            r#type: kind,
            step,
            data,
            hash: hash.clone(),
        }
    })
}

/// The fact of an event: its kind, the address of its step, and the rest. What was typed stays out: it is shown where it is needed.
fn fact(event: &Event, of: Option<(&Seen, Sight)>) -> (String, Option<String>, Value) {
    let fact = serde_json::to_value(&event.fact).unwrap_or_default();
    let Value::Object(mut map) = fact else {
        return (String::new(), None, Value::Null);
    };
    let take = |map: &mut Map<String, Value>, name: &str| {
        map.shift_remove(name)
            .and_then(|v| v.as_str().map(str::to_owned))
    };
    let kind = take(&mut map, "type").unwrap_or_default();
    let step = take(&mut map, "step");
    let frame = map.get("frame").and_then(Value::as_u64);
    let frame = frame.and_then(|f| u32::try_from(f).ok());
    let address = match (of, &step, frame) {
        (Some((seen, _)), Some(step), Some(frame)) => {
            let frame = engine::case::FrameNo(frame);
            Some(seen.case.address(&seen.revision, frame, step))
        }
        _ => step,
    };
    (kind, address, Value::Object(map))
}

fn actor(actor: &Actor, events: &[Event]) -> Value {
    match actor {
        Actor::Person { id, stands_for, .. } => {
            let post = actor.acted_as(events);
            let mut told = json!({
                "user": id,
                "city": post.map(|p| &p.city),
                "department": post.map(|p| &p.department),
                "post": post.map(|p| &p.post),
            });
            if let Some(home) = post.and_then(|post| actor.home(post)) {
                told["lent_from"] = json!(home);
            }
            if let Some(standing) = stands_for {
                told["on_behalf_of"] = json!(standing.person);
            }
            told
        }
        Actor::Onlooker { id, .. } => json!({ "user": id }),
        Actor::Applicant => json!({ "user": "applicant" }),
        Actor::Peer {
            deployment,
            post,
            at,
        } => json!({
            "user": post,
            "city": post.city,
            "department": post.department,
            "post": post.post,
            "deployment": deployment,
            "stated_at": views::at(*at),
        }),
        Actor::System { name } => json!({ "user": name, "system": true }),
        Actor::Engine => json!({ "user": "engine", "system": true }),
    }
}

/// The clocks of a case by name: budget, used, left, paused, due, level, and every day of each.
#[utoipa::path(get, path = "/api/v1/cases/{id}/clock", tag = "cases",
    params(("id" = String, Path, description = "Id or number of the case")),
    responses((status = 200, body = BTreeMap<String, ClockView>)))]
pub(super) async fn clock(
    State(app): Here,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<BTreeMap<String, ClockView>>, Problem> {
    let id = app.case_id(&id).await?;
    let visible = app.read(&caller, id, "clock").await?;
    let now = app.runtime.clock().now();
    let network = &app.runtime.library().network;
    Ok(Json(views::clocks_by_day(&visible.seen, now, network)))
}

/// A message the case owed somebody.
#[derive(Serialize, ToSchema)]
pub struct Notification {
    /// Its id, the same through all attempts.
    pub id: String,
    /// Its channel, `email` or `sms`; `call` for a call to another system.
    pub kind: String,
    /// What happened: `accepted`, `pay.已支付`, `card.yellow`, …
    pub about: Option<String>,
    /// To whom: `applicant`, or a post as city/department/post.
    pub to: Option<String>,
    /// `waiting`, `sent`, `obsolete` (its reason had gone) or `dead`.
    pub state: String,
    /// When it was to leave.
    pub at: Option<String>,
    /// How often it was tried.
    pub attempts: i64,
    /// When it is tried next.
    pub next: Option<String>,
    /// What the other side last said, if it did not take it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
    /// Of a mail, its subject.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// What it says; of a call, what is sent.
    #[schema(value_type = Object)]
    pub body: Value,
}

/// The messages a case owed, with what became of them.
#[utoipa::path(get, path = "/api/v1/cases/{id}/notifications", tag = "cases",
    params(("id" = String, Path, description = "Id or number of the case")), responses((status = 200, body = Vec<Notification>)))]
pub(super) async fn notifications(
    State(app): Here,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Vec<Notification>>, Problem> {
    let id = app.case_id(&id).await?;
    let visible = app.read(&caller, id, "notices").await?;
    if visible.sight != Sight::Whole {
        return Ok(Json(Vec::new()));
    }
    app.messages(Some(id), None).await.map(Json)
}
