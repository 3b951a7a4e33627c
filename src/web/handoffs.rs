//! The other city's side of a hand-off.

use super::Here;
use super::body::Body;
use super::caller::Stated;
use super::problem::Problem;
use super::tasks::task_id;
use super::views::Written;
use super::work::Nothing;
use crate::directory::Caller;
use crate::runtime::Target;
use axum::extract::{Path, State};
use axum::response::Response;
use engine::case::{Command, HandoffNo};
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// Takes a hand-off; its clock runs from here.
#[utoipa::path(post, path = "/api/v1/handoffs/{id}/receive", tag = "handoffs",
    params(("id" = String, Path, description = "Id of the hand-off")), responses((status = 200, body = Written)))]
pub(super) async fn receive(
    State(app): Here,
    caller: Caller,
    stated: Stated,
    Path(id): Path<String>,
    body: Body<Nothing>,
) -> Result<Response, Problem> {
    let (target, handoff) = at(&id)?;
    app.carry_out(
        &caller,
        &stated,
        &body.bytes,
        target,
        Command::Receive { handoff },
    )
    .await
}

/// Why a hand-off is sent back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Refusal {
    /// Words, or a code of the matter's reasons.
    reason: String,
}

/// Sends a hand-off back.
#[utoipa::path(post, path = "/api/v1/handoffs/{id}/refuse", tag = "handoffs", request_body = Refusal,
    params(("id" = String, Path, description = "Id of the hand-off")), responses((status = 200, body = Written)))]
pub(super) async fn refuse(
    State(app): Here,
    caller: Caller,
    stated: Stated,
    Path(id): Path<String>,
    body: Body<Refusal>,
) -> Result<Response, Problem> {
    let (target, handoff) = at(&id)?;
    let command = Command::Refuse {
        handoff,
        reason: body.value.reason,
    };
    app.carry_out(&caller, &stated, &body.bytes, target, command)
        .await
}

/// Answers a hand-off that has a form and no steps of its own; the body holds the fields of the form.
#[utoipa::path(post, path = "/api/v1/handoffs/{id}/answer", tag = "handoffs", request_body(content = Object),
    params(("id" = String, Path, description = "Id of the hand-off")), responses((status = 200, body = Written)))]
pub(super) async fn answer(
    State(app): Here,
    caller: Caller,
    stated: Stated,
    Path(id): Path<String>,
    body: Body<Map<String, Value>>,
) -> Result<Response, Problem> {
    let (target, handoff) = at(&id)?;
    let command = Command::Answer {
        handoff,
        data: body.value.into(),
        outcome: None,
    };
    app.carry_out(&caller, &stated, &body.bytes, target, command)
        .await
}

fn at(id: &str) -> Result<(Target, HandoffNo), Problem> {
    let id = task_id(id)?;
    Ok((Target::Case(id.case), HandoffNo(id.no)))
}
