//! The list of allowed destinations (G37): a security administrator proposes, another one puts it in force; either may take away.

use super::Here;
use super::body::Body;
use super::definitions::must_hold;
use super::endpoints::field;
use super::problem::{Code, Problem};
use crate::directory::Caller;
use crate::pages::session::must_be_fresh;
use crate::store::DestinationRow;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use notifications::destination::Entry;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The post that keeps the list.
const POST: &str = "security-admin";

/// A line of the list.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Line {
    /// `https://host[:port]`, `http://host[:port]` inside a listed range, or a range of private addresses such as `10.12.0.0/16`.
    entry: String,
}

/// A line of the list, and who put it there.
#[derive(Serialize, ToSchema)]
pub(super) struct Destination {
    /// In its one spelling.
    entry: String,
    /// Who proposed it.
    proposed_by: String,
    /// The second person; null: it is not in force yet.
    approved_by: Option<String>,
}

/// The list, with what waits for a second person.
#[utoipa::path(get, path = "/api/v1/destinations", tag = "destinations", responses((status = 200, body = Vec<Destination>)))]
pub(super) async fn list(
    State(app): Here,
    caller: Caller,
) -> Result<Json<Vec<Destination>>, Problem> {
    must_hold(&app, &caller, POST)?;
    let rows = app.directory.accounts().destinations().await?;
    let view = |row: DestinationRow| Destination {
        entry: row.entry,
        proposed_by: row.proposed_by,
        approved_by: row.approved_by,
    };
    Ok(Json(rows.into_iter().map(view).collect()))
}

/// Proposes a line; it holds once another person has approved it, in the sandbox at once.
#[utoipa::path(post, path = "/api/v1/destinations", tag = "destinations", request_body = Line,
    responses((status = 201, body = Destination), (status = 202, body = Destination, description = "A second person has to approve")))]
pub(super) async fn propose(
    State(app): Here,
    caller: Caller,
    body: Body<Line>,
) -> Result<(StatusCode, Json<Destination>), Problem> {
    must_hold(&app, &caller, POST)?;
    must_be_fresh(&app, &caller)?;
    let entry = spelt(&body.value.entry)?;
    let sandbox = app.runtime.clock().is_sandbox();
    let row = DestinationRow {
        entry: entry.clone(),
        proposed_by: caller.id.to_string(),
        approved_by: sandbox.then(|| caller.id.to_string()),
        changed: app.runtime.clock().now().as_millisecond(),
    };
    if !app.directory.accounts().propose_destination(&row).await? {
        return Err(Problem::says(
            Code::StateNotAllowed,
            "destination.known",
            &[],
        ));
    }
    app.runtime.endpoints_changed().await?;
    let view = Destination {
        entry,
        proposed_by: row.proposed_by,
        approved_by: row.approved_by,
    };
    let status = match sandbox {
        true => StatusCode::CREATED,
        false => StatusCode::ACCEPTED,
    };
    Ok((status, Json(view)))
}

/// Puts a proposed line in force, as a second person.
#[utoipa::path(post, path = "/api/v1/destinations/approve", tag = "destinations", request_body = Line, responses((status = 204)))]
pub(super) async fn approve(
    State(app): Here,
    caller: Caller,
    body: Body<Line>,
) -> Result<StatusCode, Problem> {
    must_hold(&app, &caller, POST)?;
    must_be_fresh(&app, &caller)?;
    let entry = spelt(&body.value.entry)?;
    let accounts = app.directory.accounts();
    let now = app.runtime.clock().now().as_millisecond();
    if accounts
        .approve_destination(&entry, &caller.id, now)
        .await?
    {
        app.runtime.endpoints_changed().await?;
        return Ok(StatusCode::NO_CONTENT);
    }
    let rows = accounts.destinations().await?;
    let waits = |row: &&DestinationRow| row.entry == entry && row.approved_by.is_none();
    match rows.iter().find(waits) {
        Some(_) => Err(Problem::new(Code::SecondPersonRequired)),
        None => Err(Problem::new(Code::NotFound)),
    }
}

/// Takes a line off the list; nothing is called there any more.
#[utoipa::path(post, path = "/api/v1/destinations/remove", tag = "destinations", request_body = Line, responses((status = 204)))]
pub(super) async fn remove(
    State(app): Here,
    caller: Caller,
    body: Body<Line>,
) -> Result<StatusCode, Problem> {
    must_hold(&app, &caller, POST)?;
    must_be_fresh(&app, &caller)?;
    let entry = spelt(&body.value.entry)?;
    match app.directory.accounts().drop_destination(&entry).await? {
        true => {
            app.runtime.endpoints_changed().await?;
            Ok(StatusCode::NO_CONTENT)
        }
        false => Err(Problem::new(Code::NotFound)),
    }
}

/// An entry in its one spelling.
fn spelt(text: &str) -> Result<String, Problem> {
    let entry = text.parse::<Entry>();
    let told = |(key, what): (_, String)| field("/entry", key, &what);
    entry.map(|e| e.to_string()).map_err(|why| told(why.told()))
}
