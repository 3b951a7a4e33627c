//! What other systems have been asked for a case and have not answered: seen, and asked again at once.

use super::Here;
use super::deliveries::read;
use super::problem::{Code, Problem};
use super::sight::Visible;
use super::views::at;
use super::work::Nothing;
use super::{App, body::Body};
use crate::directory::Caller;
use crate::runtime::Waiting;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use engine::case::Sight;
use serde::Serialize;
use utoipa::ToSchema;

/// A call that waits for its answer.
#[derive(Serialize, ToSchema)]
pub struct CallView {
    /// Its id, the same through all attempts; also what is sent as `webhook-id`.
    pub id: String,
    /// The address of the step.
    pub step: String,
    /// The system.
    pub system: String,
    /// `planned` for another attempt, `taken` by the system and to be answered later, `down` while nobody answers there,
    /// `unknown` where it cannot be asked at present: it has no address, nobody has approved it yet, or it is switched off.
    pub state: &'static str,
    /// Since when.
    pub since: String,
    /// How often it was asked.
    pub attempts: i64,
    /// When it is asked next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// What was last said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
}

impl CallView {
    fn of(call: Waiting) -> Self {
        let state = match (&call.next, call.down, call.known) {
            (None, ..) => "taken",
            (_, _, false) => "unknown",
            (_, Some(_), _) => "down",
            _ => "planned",
        };
        CallView {
            id: format!("{}-{}-{}", call.id.case_id, call.id.seq, call.id.position),
            step: call.step,
            system: call.system,
            state,
            since: at(call.since),
            attempts: call.attempts,
            next: call.next.filter(|_| call.known).map(at),
            answer: call.answer,
        }
    }
}

impl App {
    /// The calls of a case that wait for their answers, for those who see the whole of it.
    pub async fn calls(&self, visible: &Visible) -> Result<Vec<CallView>, Problem> {
        if visible.sight != Sight::Whole {
            return Ok(Vec::new());
        }
        let calls = self.runtime.calls(&visible.seen).await?;
        Ok(calls.into_iter().map(CallView::of).collect())
    }

    /// Makes a call at once that is planned for later, for those who see the whole of its case.
    pub async fn call_now(&self, visible: &Visible, call: &str) -> Result<(), Problem> {
        let unknown = || Problem::new(Code::NotFound);
        let id = read(call).ok_or_else(unknown)?;
        let own = id.case_id.unsigned_abs() == visible.seen.id;
        if !own || visible.sight != Sight::Whole {
            return Err(unknown());
        }
        match self.runtime.call_now(&visible.seen, id).await? {
            true => Ok(()),
            false => Err(Problem::says(Code::StateNotAllowed, "api.not_planned", &[])),
        }
    }
}

/// The calls of a case to other systems that have not been answered.
#[utoipa::path(get, path = "/api/v1/cases/{id}/calls", tag = "cases",
    params(("id" = String, Path, description = "Id or number of the case")), responses((status = 200, body = Vec<CallView>)))]
pub(super) async fn calls(
    State(app): Here,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Vec<CallView>>, Problem> {
    let id = app.case_id(&id).await?;
    let visible = app.read(&caller, id, "calls").await?;
    app.calls(&visible).await.map(Json)
}

/// Makes a call at once that is planned for later, under the id it has always had.
#[utoipa::path(post, path = "/api/v1/cases/{id}/calls/{call}/retry", tag = "cases", request_body = Nothing,
    params(("id" = String, Path, description = "Id or number of the case"), ("call" = String, Path, description = "Id of the call")),
    responses((status = 202)))]
pub(super) async fn call_again(
    State(app): Here,
    caller: Caller,
    Path((id, call)): Path<(String, String)>,
    _: Body<Nothing>,
) -> Result<StatusCode, Problem> {
    let id = app.case_id(&id).await?;
    let visible = app.visible(&caller.actor(), id).await?;
    app.call_now(&visible, &call).await?;
    Ok(StatusCode::ACCEPTED)
}
