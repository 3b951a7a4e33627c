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
use engine::case::{Command, PersonId, Task, TaskNo};
use engine::matter::Way;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
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

/// Gives a task to another person of the same post: for whoever has it, and for the lead or supervisor of the office.
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
    let Transfer { to, reason } = body.value;
    let to = app.colleague(&caller, task_id(&id)?, &to).await?;
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
    let Transfer { to, reason } = body.value;
    let to = app.colleague(&caller, task_id(&id)?, &to).await?;
    let command = Command::Delegate { task, to, reason };
    app.carry_out(&caller, &stated, &body.bytes, target, command)
        .await
}

impl App {
    /// To whom a task is passed on: somebody who is there and may do it.
    ///
    /// # Errors
    /// 422 for anybody else.
    pub async fn colleague(
        &self,
        caller: &Caller,
        at: Within,
        to: &str,
    ) -> Result<PersonId, Problem> {
        let visible = self.visible(&caller.actor(), at.case).await?;
        let task = visible.seen.case.tasks().get(&TaskNo(at.no));
        let matter = &visible.seen.revision.id.value;
        let given = |task| may_be_given(caller, task, to, matter);
        match task.is_some_and(given) {
            true => Ok(to.into()),
            false => {
                let args = [("name", to.to_owned())];
                Err(Problem::field("/to", "api.no_colleague", &args))
            }
        }
    }
}

/// Whether somebody is there who may do a task of a matter now.
pub fn may_be_given(caller: &Caller, task: &Task, to: &str, matter: &str) -> bool {
    let known = caller.people.get(to);
    let known = known.filter(|person| person.state == "active");
    known.is_some_and(|person| caller.finds(person, task, matter))
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
        .keep_draft(
            &caller,
            &Desk::Task(id),
            &Value::from(data),
            &materials,
            seen,
        )
        .await?;
    Ok(Json(Kept { version }))
}

impl App {
    /// Keeps a caller's draft at a place, with the files it names by material, in place of the one he saw (`None`: of whatever is
    /// there); its version.
    pub async fn keep_draft(
        &self,
        caller: &Caller,
        at: &Desk,
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
        let sealed = self.keys.seal(at.sealed(), plain.as_bytes());
        let sealed = sealed.map_err(|e| Problem::internal(&e))?;
        let now = self.runtime.clock().now().as_millisecond();
        let row = DraftRow {
            sealed,
            changed: now.max(seen.unwrap_or(0) + 1),
        };
        let accounts = self.directory.accounts();
        match accounts
            .keep_draft(&caller.id, &at.name(), &row, seen)
            .await?
        {
            true => Ok(row.changed),
            false => Err(Problem::says(Code::Stale, "problem.stale.draft", &[])),
        }
    }
}

/// Where somebody has begun to fill something in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Desk {
    /// A task.
    Task(Within),
    /// An application for a matter, before there is a case (暂存).
    Intake(String),
}

/// How the drafts of applications are called in the store.
pub const INTAKES: &str = "new/";

impl Desk {
    /// As the store knows it.
    pub fn name(&self) -> String {
        match self {
            Desk::Task(id) => name(*id),
            Desk::Intake(matter) => format!("{INTAKES}{matter}"),
        }
    }

    /// For what its draft is sealed, so that one cannot be moved to another place.
    fn sealed(&self) -> Place<'static> {
        let (case_id, seq) = match self {
            Desk::Task(id) => (i64::try_from(id.case).unwrap_or(i64::MAX), i64::from(id.no)),
            Desk::Intake(matter) => {
                let hash = Sha256::digest(matter.as_bytes());
                let bytes = hash.first_chunk().copied().unwrap_or_default();
                (0, i64::from_be_bytes(bytes))
            }
        };
        Place {
            table: "draft",
            column: "sealed",
            case_id,
            seq,
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
    /// The caller's own draft at a place.
    pub async fn of(app: &App, caller: &Caller, at: &Desk) -> Result<Option<Self>, Problem> {
        let accounts = app.directory.accounts();
        let Some(row) = accounts.draft(&caller.id, &at.name()).await? else {
            return Ok(None);
        };
        let plain = app.keys.unseal(at.sealed(), &row.sealed);
        let plain = plain.map_err(|e| Problem::internal(&e))?;
        let begun: Begun = serde_json::from_slice(&plain).map_err(|e| Problem::internal(&e))?;
        Ok(Some(Draft {
            data: begun.data.into(),
            materials: begun.materials,
            version: row.changed,
        }))
    }
}
