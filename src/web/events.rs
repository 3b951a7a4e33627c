//! Everything that was committed, in order, for other systems.

use super::Here;
use super::body::Asked;
use super::cursor;
use super::history::{Happening, told};
use super::problem::{Code, Problem};
use crate::directory::Caller;
use crate::runtime::Fed;
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use utoipa::{IntoParams, ToSchema};

/// Seconds to wait for news unless something else was asked, and at most.
const USUAL: u64 = 25;
const MOST: u64 = 60;
/// How often to look for what other nodes committed.
const SWEEP: Duration = Duration::from_secs(2);

/// From where on.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct From {
    /// The position of the last event seen; 0: from the beginning.
    #[serde(default)]
    after: u64,
    /// About so many commands, at most 200.
    limit: Option<u32>,
    /// Seconds to wait for news when there are none, at most 60.
    wait: Option<u64>,
}

/// What was committed.
#[derive(Serialize, ToSchema)]
pub(super) struct Feed {
    /// In the order in which it was committed.
    events: Vec<FedEvent>,
    /// What to ask `after` next.
    next: u64,
}

/// One event of some case.
#[derive(Serialize, ToSchema)]
struct FedEvent {
    /// Where it stands; grows, with gaps. The events of one command share it.
    position: u64,
    /// The case.
    case: String,
    #[serde(flatten)]
    happening: Happening,
}

/// Every committed event in order. Waits for news where there are none. For accounts of other systems.
#[utoipa::path(get, path = "/api/v1/events", tag = "events", params(From), responses((status = 200, body = Feed)))]
pub(super) async fn after(
    State(app): Here,
    caller: Caller,
    Asked(from): Asked<From>,
) -> Result<Json<Feed>, Problem> {
    if !caller.system {
        return Err(Problem::says(Code::Forbidden, "api.systems_only", &[]));
    }
    let limit = cursor::limit(from.limit)?;
    let patience = Duration::from_secs(from.wait.unwrap_or(USUAL).min(MOST));
    let until = tokio::time::Instant::now() + patience;
    let mut stopping = app.stopping.subscribe();
    let mut committed = app.runtime.committed();
    loop {
        committed.mark_unchanged();
        let fed = app.runtime.events_after(from.after, limit).await?;
        let over = tokio::time::Instant::now() >= until || *stopping.borrow();
        if !fed.is_empty() || over {
            return Ok(Json(feed(from.after, &fed)));
        }
        tokio::select! {
            _ = committed.changed() => {}
            _ = stopping.changed() => {}
            () = tokio::time::sleep(SWEEP) => {}
            () = tokio::time::sleep_until(until) => {}
        }
    }
}

fn feed(after: u64, fed: &[Fed]) -> Feed {
    let one = |fed: &Fed| {
        let (position, case) = (fed.position, fed.entry.case.to_string());
        let event = move |happening| FedEvent {
            position,
            case: case.clone(),
            happening,
        };
        told(&fed.entry, None).map(event).collect::<Vec<_>>()
    };
    Feed {
        next: fed.last().map_or(after, |last| last.position),
        events: fed.iter().flat_map(one).collect(),
    }
}
