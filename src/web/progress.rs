//! What an applicant may know with number and query code: where it is, who has it, by when, and what he must do (product §4.8).

use super::Here;
use super::body::Asked;
use super::caller::Source;
use super::problem::Problem;
use super::views;
use crate::runtime::Seen;
use axum::Json;
use axum::extract::State;
use engine::case::Status;
use engine::text::{Lang, Text, both, in_both, list};
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
    Ok(Json(shown(&app, &seen)))
}

/// What may be shown of a case.
pub(crate) fn shown(app: &super::App, seen: &Seen) -> Progress {
    let case = &seen.case;
    let library = app.runtime.library();
    let network = &library.network;
    let mine = |seats: &[engine::case::Seat]| seats.iter().any(|s| s.post.is_applicant());
    let (own, others): (Vec<_>, Vec<_>) = case.open_tasks().partition(|(_, t)| mine(t.seats()));
    let offices = |lang| {
        let seats = others.iter().flat_map(|(_, task)| task.seats());
        let offices = seats.map(|s| network.office_in(lang, &s.post.city, &s.post.department));
        let offices: BTreeSet<String> = offices.collect();
        Vec::from_iter(offices)
    };
    let who = offices(Lang::Zh);
    let holders = Text {
        zh: list(Lang::Zh, &who),
        en: list(Lang::En, &offices(Lang::En)),
    };
    let status = case.status();
    let due = case.due().map(views::at);
    let key = match status {
        // Where it is with nobody else.
        Status::InProgress | Status::AwaitingReply if who.is_empty() && !own.is_empty() => {
            "progress.yours".to_owned()
        }
        Status::InProgress if who.is_empty() => "progress.fault".to_owned(),
        _ => format!("progress.{}", status.word()),
    };
    let todo = match own.is_empty() {
        true => both("progress.nothing", &[]),
        false => in_both("progress.todo", |lang| {
            let asked = own
                .iter()
                .map(|(_, task)| views::title_in(lang, seen, task));
            vec![("what", list(lang, &Vec::from_iter(asked)))]
        }),
    };
    let name = case.applicant().get("name").and_then(|n| n.as_str());
    Progress {
        number: seen.number.to_string(),
        title: seen.revision.title.zh.clone(),
        name: surname(name.unwrap_or_default()),
        status,
        r#where: in_both(&key, |lang| vec![("who", holders.get(lang).to_owned())]),
        holders,
        who,
        due: due.filter(|_| !status.is_final()),
        todo,
    }
}

/// 李**
pub fn surname(name: &str) -> String {
    let first: String = name.chars().take(1).collect();
    format!("{first}**")
}
