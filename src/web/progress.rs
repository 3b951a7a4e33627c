//! What an applicant may know with number and query code: where it is, who has it, by when, and what he must do (product §4.8).

use super::Here;
use super::body::Asked;
use super::problem::{Code, Problem};
use super::views;
use crate::runtime::Seen;
use axum::Json;
use axum::extract::State;
use engine::case::Status;
use engine::text::{Text, both};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use utoipa::{IntoParams, ToSchema};

/// Wrong codes after which a number rests, and for how long (G56).
const TRIES: usize = 10;
const REST: SignedDuration = SignedDuration::from_hours(1);

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
pub(super) struct Progress {
    /// Number of the case.
    number: String,
    /// What it is about.
    title: String,
    /// Whose, as 李**.
    name: String,
    /// Its state, for programs.
    #[schema(value_type = String)]
    status: Status,
    /// Where it is now.
    #[schema(value_type = super::problem::Both)]
    r#where: Text,
    /// Who has it.
    who: Vec<String>,
    /// By when it will be done; null while nobody can say.
    due: Option<String>,
    /// What the applicant must do.
    #[schema(value_type = super::problem::Both)]
    todo: Text,
}

/// Where a case stands, without signing in. A wrong number and a wrong code look alike.
#[utoipa::path(get, path = "/api/v1/progress", tag = "progress", params(Asking), responses((status = 200, body = Progress)))]
pub(super) async fn progress(
    State(app): Here,
    Asked(asking): Asked<Asking>,
) -> Result<Json<Progress>, Problem> {
    let unknown = || Problem::says(Code::NotFound, "api.no_progress", &[]);
    let number = asking.number.trim().to_ascii_uppercase();
    let now = app.wall.now();
    if app.guesses.resting(&number, now) {
        return Err(unknown());
    }
    let right = same(&app.keys.query_code(&number), asking.code.trim());
    let seen = app.runtime.find(&number).await?;
    match seen.filter(|_| right) {
        Some(seen) => Ok(Json(shown(&app, &seen))),
        None => {
            app.guesses.wrong(number, now);
            Err(unknown())
        }
    }
}

/// Compares without telling by its time how much is right.
fn same(a: &str, b: &str) -> bool {
    let differ = a.bytes().zip(b.bytes()).fold(0, |d, (a, b)| d | (a ^ b));
    a.len() == b.len() && differ == 0
}

fn shown(app: &super::App, seen: &Seen) -> Progress {
    let case = &seen.case;
    let library = app.runtime.library();
    let network = &library.network;
    let mine = |seats: &[engine::case::Seat]| seats.iter().any(|s| s.post.is_applicant());
    let (own, others): (Vec<_>, Vec<_>) = case.open_tasks().partition(|(_, t)| mine(t.seats()));
    let offices = others.iter().flat_map(|(_, task)| task.seats());
    let mut who: Vec<String> = offices
        .map(|s| network.office(&s.post.city, &s.post.department))
        .collect();
    who.sort();
    who.dedup();
    let status = case.status();
    let due = case.due().map(views::at);
    let key = format!("progress.{}", status.word());
    let asked: Vec<String> = own
        .iter()
        .map(|(_, task)| views::title(seen, task))
        .collect();
    let todo = match asked.is_empty() {
        true => both("progress.nothing", &[]),
        false => both("progress.todo", &[("what", asked.join("、"))]),
    };
    let name = case.applicant().get("name").and_then(|n| n.as_str());
    Progress {
        number: seen.number.to_string(),
        title: seen.revision.title.zh.clone(),
        name: surname(name.unwrap_or_default()),
        status,
        r#where: both(&key, &[("who", who.join("、"))]),
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

/// Wrong codes by number.
#[derive(Debug, Default)]
pub struct Guesses(Mutex<BTreeMap<String, Vec<Timestamp>>>);

impl Guesses {
    fn resting(&self, number: &str, now: Timestamp) -> bool {
        let mut wrong = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        wrong.retain(|_, times| {
            times.retain(|at| now.duration_since(*at) < REST);
            !times.is_empty()
        });
        wrong.get(number).is_some_and(|times| times.len() >= TRIES)
    }

    fn wrong(&self, number: String, now: Timestamp) {
        let mut wrong = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        wrong.entry(number).or_default().push(now);
    }
}
