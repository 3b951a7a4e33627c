//! One task: what is to be done, its form, what is known of the case, and the ways out of it that the visitor has.

mod conflict;
mod foot;
mod next;
mod scene;
mod send;

pub use next::most_urgent;
pub use send::{draft, send, to_sign_in};

use super::once;
use super::session::{Form, Visitor};
use crate::runtime::Target;
use crate::web::App;
use crate::web::problem::Problem;
use crate::web::problem::with_preview;
use crate::web::tasks::task_id;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use engine::case::{Command, PersonId, TaskNo};
use scene::Scene;
use serde::Deserialize;
use std::sync::Arc;

/// What was just done elsewhere.
#[derive(Debug, Default, Deserialize)]
pub struct Coming {
    /// The task that was finished before this one.
    #[serde(default)]
    after: Option<String>,
    /// The draft was saved just now.
    #[serde(default)]
    saved: Option<String>,
}

/// The page of a task. Opening it is just looking.
pub async fn page(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path(id): Path<String>,
    Query(coming): Query<Coming>,
) -> Result<Response, Problem> {
    app.read_task(&visitor.caller, task_id(&id)?).await?;
    let mut scene = Scene::load(&app, &visitor, &id).await?;
    if let Some(after) = coming.after {
        scene.finished = next::finished(&app, &visitor, &after).await?;
    }
    scene.just_saved = coming.saved.is_some();
    let page = scene.draw(&app, &visitor).await?;
    Ok(with_preview(page))
}

/// Takes the task.
pub async fn claim(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    sent: Form,
) -> Result<Response, Problem> {
    let command = |task| Command::Claim { task };
    simply(&app, &id, &sent, "claim", command).await
}

/// Gives the task back.
pub async fn release(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    sent: Form,
) -> Result<Response, Problem> {
    let command = |task| Command::Release { task };
    simply(&app, &id, &sent, "release", command).await
}

/// Gives the task to another person of the same post.
pub async fn transfer(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    sent: Form,
) -> Result<Response, Problem> {
    let (to, reason) = passed_on(&app, &id, &sent).await?;
    let command = |task| Command::Transfer { task, to, reason };
    simply(&app, &id, &sent, "transfer", command).await
}

/// Asks another person of the same post to do the work.
pub async fn delegate(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    sent: Form,
) -> Result<Response, Problem> {
    let (to, reason) = passed_on(&app, &id, &sent).await?;
    let command = |task| Command::Delegate { task, to, reason };
    simply(&app, &id, &sent, "delegate", command).await
}

/// To whom the task is passed on, and why.
async fn passed_on(app: &App, id: &str, sent: &Form) -> Result<(PersonId, String), Problem> {
    let to = sent.fields.get("to").unwrap_or_default();
    let to = app
        .colleague(&sent.visitor.caller, task_id(id)?, to)
        .await?;
    Ok((to, said(sent, "reason")?))
}

/// Takes back what the visitor has done himself.
pub async fn take_back(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    sent: Form,
) -> Result<Response, Problem> {
    let command = |task| Command::TakeBack { task };
    simply(&app, &id, &sent, "take-back", command).await
}

/// Reminds whoever holds the task.
pub async fn urge(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    sent: Form,
) -> Result<Response, Problem> {
    let words = said(&sent, "words")?;
    let command = |task| Command::Urge { task, words };
    simply(&app, &id, &sent, "urge", command).await
}

fn said(sent: &Form, name: &str) -> Result<String, Problem> {
    let said = sent.fields.get(name).unwrap_or_default().trim();
    match said.is_empty() {
        true => Err(Problem::field(&format!("/{name}"), "reject.reason", &[])),
        false => Ok(said.to_owned()),
    }
}

async fn simply(
    app: &Arc<App>,
    id: &str,
    sent: &Form,
    verb: &str,
    command: impl FnOnce(TaskNo) -> Command,
) -> Result<Response, Problem> {
    let at = task_id(id)?;
    let caller = &sent.visitor.caller;
    let key = once::key(caller, &format!("/tasks/{id}/{verb}"), &sent.fields)?;
    let command = command(TaskNo(at.no));
    let done = app.hand_in(caller, Some(key), None, Target::Case(at.case), command);
    match done.await {
        Ok(_) => Ok(Redirect::to(&format!("/tasks/{id}")).into_response()),
        Err(problem) if conflict::is_one(problem.code()) => {
            let scene = Scene::load(app, &sent.visitor, id).await?;
            conflict::page(app, &sent.visitor, &scene, &problem).await
        }
        Err(problem) => Err(problem),
    }
}
