//! What somebody may do to a case at any time: withdraw, suspend, run on, extend, supplement, pass on a message.

use super::Here;
use super::body::Body;
use super::caller::Stated;
use super::problem::{Code, Problem};
use super::uploads::{Materials, with_files};
use super::views::Written;
use super::work::Nothing;
use crate::directory::Caller;
use crate::runtime::Target;
use axum::extract::{Path, State};
use axum::response::Response;
use engine::case::{Command, Name, TaskNo};
use engine::matter::Kind;
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// What goes with an act.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Deed {
    /// Why: words, or a code of the matter's reasons.
    #[serde(default)]
    reason: Option<String>,
    /// The fields of the act's form.
    #[serde(default)]
    #[schema(value_type = Object)]
    data: Map<String, Value>,
    /// Files by the material they show: ids that `POST /uploads` gave.
    #[serde(default)]
    materials: Materials,
}

/// The four acts the API knows by name, and all others by theirs, are one thing to the engine.
macro_rules! deeds {
    ($($(#[$doc:meta])* $name:ident $path:literal),* $(,)?) => {$(
        $(#[$doc])*
        #[utoipa::path(post, path = $path, tag = "cases", request_body = Deed,
            params(("id" = String, Path, description = "Id or number of the case")), responses((status = 200, body = Written)))]
        pub(super) async fn $name(
            state: Here,
            caller: Caller,
            stated: Stated,
            Path(id): Path<String>,
            body: Body<Deed>,
        ) -> Result<Response, Problem> {
            deed(state, caller, stated, id, stringify!($name).to_owned(), body).await
        }
    )*};
}

deeds! {
    /// Withdraws the application.
    withdraw "/api/v1/cases/{id}/withdraw",
    /// Suspends the case (特别程序).
    suspend "/api/v1/cases/{id}/suspend",
    /// Lets a suspended case run on.
    resume "/api/v1/cases/{id}/resume",
    /// Extends a limit.
    extend "/api/v1/cases/{id}/extend",
}

/// Does what an event of the matter offers; its address is the event's name behind the path of its region.
#[utoipa::path(post, path = "/api/v1/cases/{id}/acts/{event}", tag = "cases", request_body = Deed,
    params(("id" = String, Path, description = "Id or number of the case"),
           ("event" = String, Path, description = "Such as `legs.遵义.不转这一地`")),
    responses((status = 200, body = Written)))]
pub(super) async fn act(
    state: Here,
    caller: Caller,
    stated: Stated,
    Path((id, event)): Path<(String, String)>,
    body: Body<Deed>,
) -> Result<Response, Problem> {
    deed(state, caller, stated, id, event, body).await
}

async fn deed(
    State(app): Here,
    caller: Caller,
    stated: Stated,
    id: String,
    event: String,
    body: Body<Deed>,
) -> Result<Response, Problem> {
    let target = Target::Case(app.case_id(&id).await?);
    let command = Command::Act {
        event,
        data: body.value.data.into(),
        reason: body.value.reason,
    };
    let command = with_files(body.value.materials, command);
    app.carry_out(&caller, &stated, &body.bytes, target, command)
        .await
}

/// A message from another system.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Message {
    /// Its name, as the matter waits for it.
    name: String,
    /// Which of several waits it is for.
    #[serde(default)]
    key: String,
    /// What it says.
    #[serde(default)]
    #[schema(value_type = Object)]
    data: Map<String, Value>,
}

/// Passes on a message; one that comes early is kept for its wait.
#[utoipa::path(post, path = "/api/v1/cases/{id}/messages", tag = "cases", request_body = Message,
    params(("id" = String, Path, description = "Id or number of the case")), responses((status = 200, body = Written)))]
pub(super) async fn message(
    State(app): Here,
    caller: Caller,
    stated: Stated,
    Path(id): Path<String>,
    body: Body<Message>,
) -> Result<Response, Problem> {
    let id = app.case_id(&id).await?;
    app.visible(&caller.actor(), id).await?;
    let target = Target::Case(id);
    let Message { name, key, data } = body.value;
    let command = Command::Message {
        name: name.into(),
        key,
        data: data.into(),
    };
    app.carry_out(&caller, &stated, &body.bytes, target, command)
        .await
}

/// Hands in what was asked for (补正): finishes the applicant's open task, by its first outcome.
#[utoipa::path(post, path = "/api/v1/cases/{id}/supplement", tag = "cases", request_body = Deed,
    params(("id" = String, Path, description = "Id or number of the case")), responses((status = 200, body = Written)))]
pub(super) async fn supplement(
    State(app): Here,
    caller: Caller,
    stated: Stated,
    Path(id): Path<String>,
    body: Body<Deed>,
) -> Result<Response, Problem> {
    let id = app.case_id(&id).await?;
    let visible = app.visible(&caller.actor(), id).await?;
    let seen = &visible.seen;
    let asked = |(no, task): (TaskNo, &engine::case::Task)| {
        let applicants = task.seats().iter().any(|s| s.post.is_applicant());
        let (_, step) = seen.revision.named(task.step()).filter(|_| applicants)?;
        let first: Name = step.outcomes.first()?.name.value.clone();
        matches!(step.kind, Kind::Task { .. }).then_some((no, first))
    };
    let Some((task, outcome)) = seen.case.open_tasks().find_map(asked) else {
        return Err(Problem::says(
            Code::StateNotAllowed,
            "api.nothing_asked",
            &[],
        ));
    };
    let command = Command::Complete {
        task,
        outcome,
        data: body.value.data.into(),
        reason: body.value.reason,
        back_to: None,
    };
    let command = with_files(body.value.materials, command);
    app.carry_out(&caller, &stated, &body.bytes, Target::Case(id), command)
        .await
}

/// Makes query code and link anew: the old ones open nothing any more. The answer has the new code.
#[utoipa::path(post, path = "/api/v1/cases/{id}/renew-access", tag = "cases", request_body = Nothing,
    params(("id" = String, Path, description = "Id or number of the case")), responses((status = 200, body = Written)))]
pub(super) async fn renew_access(
    State(app): Here,
    caller: Caller,
    stated: Stated,
    Path(id): Path<String>,
    body: Body<Nothing>,
) -> Result<Response, Problem> {
    let target = Target::Case(app.case_id(&id).await?);
    let command = Command::RenewAccess;
    app.carry_out(&caller, &stated, &body.bytes, target, command)
        .await
}
