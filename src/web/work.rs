//! What is done with a task: claim, give back, draft, complete, return, transfer, delegate, take back, urge.

use super::body::Body;
use super::caller::Stated;
use super::ids::Within;
use super::problem::{Code, Problem};
use super::tasks::{name, task_id};
use super::uploads::{Materials, with_files};
use super::views::Written;
use super::{App, Here};
use crate::directory::Caller;
use crate::runtime::{Target, sender};
use crate::store::DraftRow;
use crate::store::codec::Place;
use axum::Json;
use axum::extract::{Path, State};
use axum::response::Response;
use engine::case::{Command, PersonId, TaskNo};
use engine::matter::Way;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

/// Nothing is said besides.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Nothing {}

/// Takes a task.
#[utoipa::path(post, path = "/api/v1/tasks/{id}/claim", tag = "tasks", params(("id" = String, Path, description = "Id of the task")),
    responses((status = 200, body = Written)))]
pub(super) async fn claim(
    State(app): Here,
    caller: Caller,
    stated: Stated,
    Path(id): Path<String>,
    body: Body<Nothing>,
) -> Result<Response, Problem> {
    let (target, task) = at(&id)?;
    app.carry_out(
        &caller,
        &stated,
        &body.bytes,
        target,
        Command::Claim { task },
    )
    .await
}

/// Gives a task back.
#[utoipa::path(post, path = "/api/v1/tasks/{id}/release", tag = "tasks", params(("id" = String, Path, description = "Id of the task")),
    responses((status = 200, body = Written)))]
pub(super) async fn release(
    State(app): Here,
    caller: Caller,
    stated: Stated,
    Path(id): Path<String>,
    body: Body<Nothing>,
) -> Result<Response, Problem> {
    let (target, task) = at(&id)?;
    app.carry_out(
        &caller,
        &stated,
        &body.bytes,
        target,
        Command::Release { task },
    )
    .await
}

/// How a task is finished.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Completion {
    /// The outcome, in exactly its text.
    #[schema(example = "通过")]
    outcome: String,
    /// The fields of the step's form.
    #[serde(default)]
    #[schema(value_type = Object)]
    data: Map<String, Value>,
    /// Why, where the outcome asks for a reason: words, or a code of the matter's reasons.
    #[serde(default, alias = "reason")]
    comment: Option<String>,
    /// The step to go back to, where the outcome leaves a choice.
    #[serde(default)]
    back_to: Option<String>,
    /// Files by the material they show: ids that `POST /uploads` gave.
    #[serde(default)]
    materials: Materials,
}

/// Finishes a task by an outcome; nobody needs to have claimed it.
#[utoipa::path(post, path = "/api/v1/tasks/{id}/complete", tag = "tasks", request_body = Completion,
    params(("id" = String, Path, description = "Id of the task")), responses((status = 200, body = Written)))]
pub(super) async fn complete(
    State(app): Here,
    caller: Caller,
    stated: Stated,
    Path(id): Path<String>,
    body: Body<Completion>,
) -> Result<Response, Problem> {
    let (target, task) = at(&id)?;
    let Completion {
        outcome,
        data,
        comment,
        back_to,
        materials,
    } = body.value;
    let command = Command::Complete {
        task,
        outcome: outcome.into(),
        data: data.into(),
        reason: comment,
        back_to: back_to.map(Into::into),
    };
    let command = with_files(materials, command);
    app.carry_out(&caller, &stated, &body.bytes, target, command)
        .await
}

/// A way back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Return {
    /// Why.
    reason: String,
    /// The step to go back to, where there is a choice.
    #[serde(default)]
    back_to: Option<String>,
}

/// Returns a task to an earlier step, by the outcome of the matter that leads back.
#[utoipa::path(post, path = "/api/v1/tasks/{id}/return", tag = "tasks", request_body = Return,
    params(("id" = String, Path, description = "Id of the task")), responses((status = 200, body = Written)))]
pub(super) async fn give_back(
    State(app): Here,
    caller: Caller,
    stated: Stated,
    Path(id): Path<String>,
    body: Body<Return>,
) -> Result<Response, Problem> {
    let (target, task) = at(&id)?;
    let visible = app.task(&caller, task_id(&id)?).await?;
    let seen = &visible.seen;
    let step = seen.case.tasks().get(&task);
    let step = step.and_then(|t| seen.revision.named(t.step()));
    let back = step.and_then(|(_, s)| s.outcomes.iter().find(|o| matches!(o.way, Way::BackTo(_))));
    let Some(back) = back else {
        return Err(Problem::says(Code::StateNotAllowed, "api.no_way_back", &[]));
    };
    let command = Command::Complete {
        task,
        outcome: back.name.value.clone(),
        data: Value::Null,
        reason: Some(body.value.reason),
        back_to: body.value.back_to.map(Into::into),
    };
    app.carry_out(&caller, &stated, &body.bytes, target, command)
        .await
}

/// To whom a task goes.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Transfer {
    /// Id of another person of the same post.
    to: String,
    /// Why.
    reason: String,
}

/// Gives a task to another person of the same post.
#[utoipa::path(post, path = "/api/v1/tasks/{id}/transfer", tag = "tasks", request_body = Transfer,
    params(("id" = String, Path, description = "Id of the task")), responses((status = 200, body = Written)))]
pub(super) async fn transfer(
    State(app): Here,
    caller: Caller,
    stated: Stated,
    Path(id): Path<String>,
    body: Body<Transfer>,
) -> Result<Response, Problem> {
    let (target, task) = at(&id)?;
    let (to, reason) = passed_on(&app, body.value).await?;
    let command = Command::Transfer { task, to, reason };
    app.carry_out(&caller, &stated, &body.bytes, target, command)
        .await
}

/// Asks another person of the same post to do the work of a task (委派). He hands it back by the outcome `handed_back`, with the form as
/// he filled it; whoever asked decides, and may have it back by `release` at any time.
#[utoipa::path(post, path = "/api/v1/tasks/{id}/delegate", tag = "tasks", request_body = Transfer,
    params(("id" = String, Path, description = "Id of the task")), responses((status = 200, body = Written)))]
pub(super) async fn delegate(
    State(app): Here,
    caller: Caller,
    stated: Stated,
    Path(id): Path<String>,
    body: Body<Transfer>,
) -> Result<Response, Problem> {
    let (target, task) = at(&id)?;
    let (to, reason) = passed_on(&app, body.value).await?;
    let command = Command::Delegate { task, to, reason };
    app.carry_out(&caller, &stated, &body.bytes, target, command)
        .await
}

/// To whom a task is passed on, and why: somebody who is there.
async fn passed_on(app: &App, asked: Transfer) -> Result<(PersonId, String), Problem> {
    let people = app.directory.people().await?;
    let Transfer { to, reason } = asked;
    match people.get(&to).is_some_and(|p| p.state == "active") {
        true => Ok((to.into(), reason)),
        false => Err(Problem::field("/to", "api.no_person", &[("name", to)])),
    }
}

/// Takes back what the caller has done himself (拿回), while nobody has touched what came of it and no paper, letter or call has left.
#[utoipa::path(post, path = "/api/v1/tasks/{id}/take-back", tag = "tasks",
    params(("id" = String, Path, description = "Id of the task that was done")), responses((status = 200, body = Written)))]
pub(super) async fn take_back(
    State(app): Here,
    caller: Caller,
    stated: Stated,
    Path(id): Path<String>,
    body: Body<Nothing>,
) -> Result<Response, Problem> {
    let (target, task) = at(&id)?;
    let command = Command::TakeBack { task };
    app.carry_out(&caller, &stated, &body.bytes, target, command)
        .await
}

/// A reminder.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Urge {
    /// A sentence for whoever holds the task.
    words: String,
}

/// Reminds whoever holds a task (催办).
#[utoipa::path(post, path = "/api/v1/tasks/{id}/urge", tag = "tasks", request_body = Urge,
    params(("id" = String, Path, description = "Id of the task")), responses((status = 200, body = Written)))]
pub(super) async fn urge(
    State(app): Here,
    caller: Caller,
    stated: Stated,
    Path(id): Path<String>,
    body: Body<Urge>,
) -> Result<Response, Problem> {
    let (target, task) = at(&id)?;
    let words = body.value.words;
    app.carry_out(
        &caller,
        &stated,
        &body.bytes,
        target,
        Command::Urge { task, words },
    )
    .await
}

fn at(id: &str) -> Result<(Target, TaskNo), Problem> {
    let id = task_id(id)?;
    Ok((Target::Case(id.case), TaskNo(id.no)))
}

/// A form begun and not yet handed in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Begun {
    /// What is filled in so far; it is not checked.
    #[schema(value_type = Object)]
    data: Map<String, Value>,
    /// Files by the material they show: ids that `POST /uploads` gave; they wait as long as the draft.
    #[serde(default)]
    materials: Materials,
}

/// A draft that was kept.
#[derive(Serialize, ToSchema)]
pub(super) struct Kept {
    /// Its version, for `If-Match` on the next one.
    version: i64,
}

/// Keeps a form that is not finished, for the caller alone; with `If-Match` only in place of the draft he saw.
#[utoipa::path(post, path = "/api/v1/tasks/{id}/draft", tag = "tasks", request_body = Begun,
    params(("id" = String, Path, description = "Id of the task")), responses((status = 200, body = Kept)))]
pub(super) async fn draft(
    State(app): Here,
    caller: Caller,
    stated: Stated,
    Path(id): Path<String>,
    body: Body<Begun>,
) -> Result<Json<Kept>, Problem> {
    let id = task_id(&id)?;
    app.task(&caller, id).await?;
    let seen = stated.version.map(|v| i64::try_from(v).unwrap_or(i64::MAX));
    let Begun { data, materials } = body.value;
    let version = app
        .keep_draft(&caller, id, &Value::from(data), &materials, seen)
        .await?;
    Ok(Json(Kept { version }))
}

impl App {
    /// Keeps a caller's draft for a task, with the files it names by material, in place of the one he saw (`None`: of whatever is
    /// there); its version.
    pub async fn keep_draft(
        &self,
        caller: &Caller,
        id: Within,
        data: &Value,
        materials: &Materials,
        seen: Option<i64>,
    ) -> Result<i64, Problem> {
        let files: Vec<String> = materials.values().flatten().cloned().collect();
        let sender = sender(&caller.actor(), 0);
        if !self.runtime.keep_in_draft(&sender, &files).await? {
            return Err(Problem::field("/materials", "api.no_upload", &[]));
        }
        let plain = json!({ "data": data, "materials": materials }).to_string();
        let sealed = self.keys.seal(draft_place(id), plain.as_bytes());
        let sealed = sealed.map_err(|e| Problem::internal(&e))?;
        let now = self.wall.now().as_millisecond();
        let row = DraftRow {
            sealed,
            changed: now.max(seen.unwrap_or(0) + 1),
        };
        let accounts = self.directory.accounts();
        match accounts
            .keep_draft(&caller.id, &name(id), &row, seen)
            .await?
        {
            true => Ok(row.changed),
            false => Err(Problem::new(Code::Stale)),
        }
    }
}

/// A draft as it lies in the store.
pub struct Draft {
    /// What is filled in.
    pub data: Value,
    /// Files by the material they show.
    pub materials: Materials,
    /// Its version.
    pub version: i64,
}

impl Draft {
    /// The caller's own draft for a task.
    pub async fn of(app: &App, caller: &Caller, id: Within) -> Result<Option<Self>, Problem> {
        let row = app
            .directory
            .accounts()
            .draft(&caller.id, &name(id))
            .await?;
        let Some(row) = row else {
            return Ok(None);
        };
        let plain = app.keys.unseal(draft_place(id), &row.sealed);
        let plain = plain.map_err(|e| Problem::internal(&e))?;
        let begun: Begun = serde_json::from_slice(&plain).map_err(|e| Problem::internal(&e))?;
        Ok(Some(Draft {
            data: begun.data.into(),
            materials: begun.materials,
            version: row.changed,
        }))
    }
}

fn draft_place(id: Within) -> Place<'static> {
    Place {
        table: "draft",
        column: "sealed",
        case_id: i64::try_from(id.case).unwrap_or(i64::MAX),
        seq: i64::from(id.no),
    }
}
