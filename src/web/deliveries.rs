//! What could not be delivered, for whoever looks after the system: read, and sent again under its old name (G30).

use super::Here;
use super::definitions::must_hold;
use super::history::Notification;
use super::problem::{Code, Problem};
use crate::directory::Caller;
use crate::runtime::ADMINISTRATOR;
use crate::store::OutboxId;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;

/// The post that looks after deliveries.
const POST: &str = ADMINISTRATOR;

/// The messages that could not be delivered, newest first, each with the last answer. For system administrators.
#[utoipa::path(get, path = "/api/v1/notifications/dead", tag = "notifications", responses((status = 200, body = Vec<Notification>)))]
pub(super) async fn dead(
    State(app): Here,
    caller: Caller,
) -> Result<Json<Vec<Notification>>, Problem> {
    must_hold(&app, &caller, POST)?;
    app.messages(None, Some("dead")).await.map(Json)
}

/// Sends a message again, under the id it has always had. One that waits anyway is left alone (404). For system administrators.
#[utoipa::path(post, path = "/api/v1/notifications/{id}/redeliver", tag = "notifications",
    params(("id" = String, Path, description = "Id of the message")), responses((status = 202)))]
pub(super) async fn redeliver(
    State(app): Here,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    must_hold(&app, &caller, POST)?;
    let unknown = || Problem::new(Code::NotFound);
    let id = read(&id).ok_or_else(unknown)?;
    match app.runtime.redeliver(id).await? {
        true => Ok(StatusCode::ACCEPTED),
        false => Err(unknown()),
    }
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
