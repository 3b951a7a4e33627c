//! What could not be delivered: read, sent again under its old name (G30), or given up with a reason. System administrators look after
//! all of it, the lead of an office after what was for that office.

use super::body::Body;
use super::history::Notification;
use super::problem::{Code, Problem};
use super::work::Nothing;
use super::{App, Here};
use crate::directory::Caller;
use crate::runtime::ADMINISTRATOR;
use crate::store::OutboxId;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The post of an office that looks after what was for it.
const LEAD: &str = "lead";

/// Why a message is given up.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Reason {
    /// In words.
    reason: String,
}

/// What is sent again.
#[derive(Serialize, ToSchema)]
pub(super) struct Again {
    /// So many messages.
    count: usize,
}

/// Whether somebody looks after messages to a recipient.
fn looks_after(caller: &Caller, to: Option<&str>) -> bool {
    let leads = |post: &engine::case::Party| {
        let office = format!("{}/{}/", post.city, post.department);
        post.post == LEAD && to.is_some_and(|to| to.starts_with(&office))
    };
    caller.holds(ADMINISTRATOR) || caller.posts.iter().any(leads)
}

impl App {
    /// The messages that could not be delivered and the caller looks after, newest first.
    pub async fn dead(&self, caller: &Caller) -> Result<Vec<Notification>, Problem> {
        if !caller.holds(ADMINISTRATOR) && !caller.holds(LEAD) {
            return Err(Problem::new(Code::Forbidden).member("needed", vec![ADMINISTRATOR, LEAD]));
        }
        let mut dead = self.messages(None, Some("dead")).await?;
        dead.retain(|message| looks_after(caller, message.to.as_deref()));
        Ok(dead)
    }

    /// A message the caller looks after; others do not exist for him.
    async fn looked_after(&self, caller: &Caller, id: &str) -> Result<OutboxId, Problem> {
        let unknown = || Problem::new(Code::NotFound);
        let id = read(id).ok_or_else(unknown)?;
        let message = self.runtime.store().message(id).await?;
        let row = message.ok_or_else(unknown)?.leased.row;
        let body: serde_json::Value = serde_json::from_str(&row.body).unwrap_or_default();
        let to = body.get("to").and_then(serde_json::Value::as_str);
        match looks_after(caller, to) {
            true => Ok(id),
            false => Err(unknown()),
        }
    }

    /// Sends a message again that the caller looks after.
    pub async fn send_again(&self, caller: &Caller, id: &str) -> Result<(), Problem> {
        let id = self.looked_after(caller, id).await?;
        match self.runtime.redeliver(id).await? {
            true => Ok(()),
            false => Err(Problem::new(Code::NotFound)),
        }
    }

    /// Sends everything again that could not be delivered and the caller looks after; answers how much.
    pub async fn send_all_again(&self, caller: &Caller) -> Result<usize, Problem> {
        let mut count = 0;
        loop {
            let dead = self.dead(caller).await?;
            let ids: Vec<OutboxId> = dead.iter().filter_map(|m| read(&m.id)).collect();
            let before = count;
            for id in ids {
                count += usize::from(self.runtime.redeliver(id).await?);
            }
            // A list has an end; there may be more behind it.
            if count == before {
                return Ok(count);
            }
        }
    }

    /// Gives a message up that the caller looks after, and keeps who did and why.
    pub async fn give_up(&self, caller: &Caller, id: &str, reason: &str) -> Result<(), Problem> {
        let reason = reason.trim();
        if reason.is_empty() {
            return Err(Problem::field("/reason", "reject.reason", &[]));
        }
        let id = self.looked_after(caller, id).await?;
        let why = format!("{}: {reason}", caller.id);
        match self.runtime.store().give_up(id, &why).await? {
            true => Ok(()),
            false => Err(Problem::new(Code::NotFound)),
        }
    }
}

/// The messages that could not be delivered, newest first, each with the last answer. For system administrators; for a lead those of
/// his office.
#[utoipa::path(get, path = "/api/v1/notifications/dead", tag = "notifications", responses((status = 200, body = Vec<Notification>)))]
pub(super) async fn dead(
    State(app): Here,
    caller: Caller,
) -> Result<Json<Vec<Notification>>, Problem> {
    app.dead(&caller).await.map(Json)
}

/// Sends everything again that could not be delivered, each message under the id it has always had.
#[utoipa::path(post, path = "/api/v1/notifications/dead/redeliver", tag = "notifications", request_body = Nothing,
    responses((status = 202, body = Again)))]
pub(super) async fn redeliver_all(
    State(app): Here,
    caller: Caller,
    _: Body<Nothing>,
) -> Result<(StatusCode, Json<Again>), Problem> {
    let count = app.send_all_again(&caller).await?;
    Ok((StatusCode::ACCEPTED, Json(Again { count })))
}

/// Sends a message again, under the id it has always had. One that waits anyway is left alone (404).
#[utoipa::path(post, path = "/api/v1/notifications/{id}/redeliver", tag = "notifications",
    params(("id" = String, Path, description = "Id of the message")), responses((status = 202)))]
pub(super) async fn redeliver(
    State(app): Here,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    app.send_again(&caller, &id).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Gives a message up that could not be delivered; who did and why is kept with it.
#[utoipa::path(post, path = "/api/v1/notifications/{id}/give-up", tag = "notifications", request_body = Reason,
    params(("id" = String, Path, description = "Id of the message")), responses((status = 204)))]
pub(super) async fn give_up(
    State(app): Here,
    caller: Caller,
    Path(id): Path<String>,
    body: Body<Reason>,
) -> Result<StatusCode, Problem> {
    app.give_up(&caller, &id, &body.value.reason).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The name of a message: case, event and position.
pub fn write(id: OutboxId) -> String {
    format!("{}-{}-{}", id.case_id, id.seq, id.position)
}

/// The name of a message as people write it.
pub fn read(id: &str) -> Option<OutboxId> {
    let mut parts = id.split('-').map(|part| part.parse().ok());
    let mut next = || parts.next().flatten();
    let read = OutboxId {
        case_id: next()?,
        seq: next()?,
        position: next()?,
    };
    parts.next().is_none().then_some(read)
}
