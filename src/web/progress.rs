//! What an applicant may know with number and query code: where it is, who has it, by when, and what he must do (product §4.8).

use super::Here;
use super::body::Asked;
use super::caller::Source;
use super::holders::{Holder, Part, each_once, names};
use super::problem::Problem;
use super::views;
use crate::runtime::Seen;
use axum::Json;
use axum::extract::State;
use engine::case::Status;
use engine::text::{Text, both, in_both, list};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use utoipa::{IntoParams, ToSchema};

/// A look-up.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct Asking {
    /// Number of the case.
    number: String,
    /// Its query code, six digits.
    code: String,
}

/// The four answers.
#[derive(Serialize, ToSchema)]
pub(crate) struct Progress {
    /// Number of the case.
    pub number: String,
    /// What it is about.
    pub title: String,
    /// Whose, as 李**.
    pub name: String,
    /// Its state, for programs.
    #[schema(value_type = String)]
    pub status: Status,
    /// Where it is now.
    #[schema(value_type = super::problem::Both)]
    pub r#where: Text,
    /// Who has it.
    pub who: Vec<String>,
    /// The same for the page, in both languages.
    #[serde(skip)]
    pub holders: Text,
    /// By when it will be done; null while nobody can say.
    pub due: Option<String>,
    /// That day has passed.
    pub late: bool,
    /// What the applicant must do.
    #[schema(value_type = super::problem::Both)]
    pub todo: Text,
}

/// Where a case stands, without signing in. A wrong number and a wrong code look alike.
#[utoipa::path(get, path = "/api/v1/progress", tag = "progress", params(Asking), responses((status = 200, body = Progress)))]
pub(super) async fn progress(
    State(app): Here,
    Source(from): Source,
    Asked(asking): Asked<Asking>,
) -> Result<Json<Progress>, Problem> {
    let seen = app.look_up(&asking.number, &asking.code, from).await?;
    app.record_applicant(from, seen.id, "progress").await?;
    Ok(Json(shown(&app, &seen).await?))
}

/// What may be shown of a case.
pub(crate) async fn shown(app: &super::App, seen: &Seen) -> Result<Progress, Problem> {
    let case = &seen.case;
    let own = case
        .open_tasks()
        .filter(|(_, t)| t.seats().iter().any(|s| s.post.is_applicant()));
    let own: Vec<_> = own.collect();
    let status = case.status();
    let holding = match status.is_final() {
        true => Vec::new(),
        false => app.holders(seen).await?,
    };
    let holders = names(&holding);
    let decided = matches!(
        status,
        Status::Refused | Status::NotAccepted | Status::CompletedPartial | Status::Closed
    );
    let todo = match own.is_empty() {
        true if decided => both("progress.read", &[]),
        true => both("progress.nothing", &[]),
        false => in_both("progress.todo", |lang| {
            let asked = own
                .iter()
                .map(|(_, task)| views::title_in(lang, seen, task));
            vec![("what", list(lang, &Vec::from_iter(asked)))]
        }),
    };
    let key = place(status, !own.is_empty(), &holding);
    let name = case.applicant().get("name").and_then(|n| n.as_str());
    let due = case.due().filter(|_| !status.is_final());
    let late = due.is_some_and(|due| due < app.runtime.clock().now() && !stands_still(seen));
    Ok(Progress {
        number: seen.number.to_string(),
        title: seen.revision.title.zh.clone(),
        name: surname(name.unwrap_or_default()),
        status,
        r#where: in_both(&key, |lang| {
            let steps = holding.iter().map(|h| h.step.get(lang));
            let what = Vec::from_iter(BTreeSet::from_iter(steps));
            vec![
                ("who", holders.get(lang).to_owned()),
                ("what", list(lang, &what)),
            ]
        }),
        who: each_once(&holding),
        holders,
        due: due.map(views::at),
        late,
        todo,
    })
}

/// The sentence that says where a case is. What its own sub-cases do is work, not a wait; what is to come is awaited.
fn place(status: Status, yours: bool, holding: &[Holder]) -> String {
    let has = |part: Part| holding.iter().any(|h| h.part == part);
    let waits = matches!(status, Status::InProgress | Status::AwaitingReply);
    match () {
        () if !waits => format!("progress.{}", status.word()),
        () if holding.is_empty() && yours => "progress.yours".to_owned(),
        () if holding.is_empty() => "progress.fault".to_owned(),
        () if holding.iter().all(|h| h.part == Part::Awaited) => "progress.awaited".to_owned(),
        () if holding.iter().all(|h| h.part == Part::Waits) => "progress.waits".to_owned(),
        () if has(Part::Elsewhere) => "progress.in_progress".to_owned(),
        () => format!("progress.{}", status.word()),
    }
}

/// Whether a limit of the case stands still.
pub(crate) fn stands_still(seen: &Seen) -> bool {
    let running = seen.case.clocks().values();
    running
        .filter(|c| !c.is_stopped())
        .any(|c| c.ledger().is_paused())
}

/// 李**
pub fn surname(name: &str) -> String {
    let first: String = name.chars().take(1).collect();
    format!("{first}**")
}
