//! The sandbox: its clock is moved and its mailbox read, on loopback alone and only while the clock is one.

use super::body::Body;
use super::history::Notification;
use super::problem::{Code, Problem};
use super::proxies::Came;
use super::{App, Here, views};
use crate::store::Message;
use axum::Json;
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use engine::clock::{Limit, Unit, civil, due, instant};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::Arc;
use utoipa::ToSchema;

/// Messages shown at most.
const MOST: i64 = 10_000;

/// Proof that a request comes from this machine to a sandbox; for anybody else the addresses do not exist.
pub(super) struct Sandbox;

impl FromRequestParts<Arc<App>> for Sandbox {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let came = parts.extensions.get::<Came>();
        let here = came.is_some_and(|c| c.peer.is_loopback() && c.source.is_loopback());
        match here && app.runtime.clock().is_sandbox() {
            true => Ok(Sandbox),
            false => Err(Problem::new(Code::NotFound)),
        }
    }
}

/// Where the clock goes: exactly one of the two.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Move {
    /// By how much: `30m`, `4h`, `3d`, `5wd` (the same time of day so many working days on).
    #[serde(default)]
    #[schema(example = "3wd")]
    advance: Option<String>,
    /// To this instant, RFC 3339; not back.
    #[serde(default)]
    #[schema(example = "2026-02-24T09:00:00+08:00")]
    set: Option<String>,
}

/// What the clock shows.
#[derive(Serialize, ToSchema)]
pub(super) struct Shown {
    /// The time.
    now: String,
}

/// Moves the sandbox clock; all timers due by then have fired before this answers. It runs on from there.
#[utoipa::path(post, path = "/api/v1/sandbox/clock", tag = "sandbox", request_body = Move, responses((status = 200, body = Shown)))]
pub(super) async fn clock(
    State(app): Here,
    _: Sandbox,
    body: Body<Move>,
) -> Result<Json<Shown>, Problem> {
    let now = app.runtime.clock().now();
    let to = match (body.value.advance, body.value.set) {
        (Some(by), None) => ahead(&app, now, &by)?,
        (None, Some(to)) => to
            .parse::<Timestamp>()
            .map_err(|_| Problem::field("/set", "due.bad_time", &[("text", to)]))?,
        (None, None) => now,
        (Some(_), Some(_)) => return Err(Problem::field("/set", "api.one_of_two", &[])),
    };
    if to < now {
        let args = [("now", views::at(now))];
        return Err(Problem::field("/set", "api.clock_back", &args));
    }
    let shown = app.runtime.move_clock(to).await?;
    Ok(Json(Shown {
        now: views::at(shown),
    }))
}

fn ahead(app: &App, now: Timestamp, by: &str) -> Result<Timestamp, Problem> {
    let wrong = || Problem::field("/advance", "due.bad_limit", &[("text", by.to_owned())]);
    let limit: Limit = by.parse().map_err(|_| wrong())?;
    let calendar = app.runtime.library().network.calendar("");
    let local = civil(now);
    Ok(match limit.unit {
        Unit::Minutes => now + jiff::SignedDuration::from_mins(limit.count.into()),
        Unit::Hours => now + jiff::SignedDuration::from_hours(limit.count.into()),
        _ => {
            let day = civil(due(&calendar, now, limit, &[]).at).date();
            instant(day.to_datetime(local.time()))
        }
    })
}

/// Every message that would have left, newest first.
#[utoipa::path(get, path = "/api/v1/sandbox/outbox", tag = "sandbox", responses((status = 200, body = Vec<Notification>)))]
pub(super) async fn outbox(
    State(app): Here,
    _: Sandbox,
) -> Result<Json<Vec<Notification>>, Problem> {
    let mut messages = app.messages(None, None).await?;
    for message in &mut messages {
        app.put_link(message).await?;
    }
    Ok(Json(messages))
}

impl App {
    /// Puts the applicant's link into a message to him, as it would leave.
    async fn put_link(&self, message: &mut Notification) -> Result<(), Problem> {
        let case = message.id.split('-').next().and_then(|id| id.parse().ok());
        let (Some(case), Value::String(text)) = (case, &message.body) else {
            return Ok(());
        };
        if message.to.as_deref() == Some("applicant")
            && let Some(seen) = self.runtime.case(case).await?
        {
            message.body = self.runtime.with_link(text, &seen).into();
        }
        Ok(())
    }

    /// The messages of a case, or of all cases, in one state or in any; newest first.
    pub async fn messages(
        &self,
        case: Option<u64>,
        state: Option<&str>,
    ) -> Result<Vec<Notification>, Problem> {
        let store = self.runtime.store();
        let case = case.map(u64::cast_signed);
        let rows = store.messages(case, state, MOST).await?;
        Ok(rows.into_iter().map(notification).collect())
    }
}

fn notification(message: Message) -> Notification {
    let row = message.leased.row;
    let waiting = message.state == "waiting";
    let words: Value = serde_json::from_str(&row.body).unwrap_or_default();
    // An envelope is for the other deployment; its receipt is told with the letter.
    let sealed = words.get("sealed").is_some();
    let receipt = sealed && message.state == "sent";
    let text = |name: &str| words.get(name).and_then(Value::as_str).map(str::to_owned);
    Notification {
        id: format!("{}-{}-{}", row.id.case_id, row.id.seq, row.id.position),
        about: text("about"),
        to: text("to"),
        subject: text("subject"),
        body: match text("text") {
            Some(text) => Value::String(text),
            None if sealed => Value::Null,
            None => words,
        },
        kind: row.kind,
        attempts: message.leased.attempts,
        next: Some(row.next_at)
            .filter(|_| waiting)
            .and_then(super::cases::instant),
        state: message.state,
        at: super::cases::instant(message.leased.since),
        answer: message.answer.filter(|_| !receipt),
    }
}
