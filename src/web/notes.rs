//! What an office notes among itself on a case (内部备注), and who follows a case (关注): neither is part of its history.

use super::body::Body;
use super::problem::{Code, Problem};
use super::views::Person;
use super::work::Nothing;
use super::{App, Here};
use crate::directory::Caller;
use crate::runtime::Note;
use axum::Json;
use axum::extract::{Path, State};
use engine::case::Party;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The longest note, in characters.
pub const LONGEST: usize = 1_000;

/// What is to be noted.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Words {
    /// What it says; seen by the caller's own office alone.
    words: String,
}

/// A note of the caller's office.
#[derive(Serialize, ToSchema)]
pub(super) struct NoteView {
    /// Who wrote it.
    by: Person,
    /// When.
    at: Option<String>,
    /// What it says.
    words: String,
}

/// The notes of the caller's office on a case, the newest first.
#[utoipa::path(get, path = "/api/v1/cases/{id}/notes", tag = "cases",
    params(("id" = String, Path, description = "Id or number of the case")), responses((status = 200, body = [NoteView])))]
pub(super) async fn notes(
    State(app): Here,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Vec<NoteView>>, Problem> {
    let id = app.case_id(&id).await?;
    app.read(&caller, id, "notes").await?;
    let notes = app.notes(&caller, id).await?;
    let view = |note: Note| NoteView {
        by: Person::of(&note.by, &caller.people),
        at: super::cases::instant(note.at),
        words: note.words,
    };
    Ok(Json(notes.into_iter().map(view).collect()))
}

/// Notes something on a case for the caller's own office.
#[utoipa::path(post, path = "/api/v1/cases/{id}/notes", tag = "cases", request_body = Words,
    params(("id" = String, Path, description = "Id or number of the case")), responses((status = 204)))]
pub(super) async fn note(
    State(app): Here,
    caller: Caller,
    Path(id): Path<String>,
    body: Body<Words>,
) -> Result<axum::http::StatusCode, Problem> {
    let id = app.case_id(&id).await?;
    app.note(&caller, id, &body.value.words).await?;
    Ok(axum::http::StatusCode::NO_CONTENT)
}

/// Follows a case.
#[utoipa::path(post, path = "/api/v1/cases/{id}/follow", tag = "cases", request_body = Nothing,
    params(("id" = String, Path, description = "Id or number of the case")), responses((status = 204)))]
pub(super) async fn follow(
    State(app): Here,
    caller: Caller,
    Path(id): Path<String>,
    _: Body<Nothing>,
) -> Result<axum::http::StatusCode, Problem> {
    let id = app.case_id(&id).await?;
    app.follow(&caller, id, true).await?;
    Ok(axum::http::StatusCode::NO_CONTENT)
}

/// Follows a case no more.
#[utoipa::path(post, path = "/api/v1/cases/{id}/unfollow", tag = "cases", request_body = Nothing,
    params(("id" = String, Path, description = "Id or number of the case")), responses((status = 204)))]
pub(super) async fn unfollow(
    State(app): Here,
    caller: Caller,
    Path(id): Path<String>,
    _: Body<Nothing>,
) -> Result<axum::http::StatusCode, Problem> {
    let id = app.case_id(&id).await?;
    app.follow(&caller, id, false).await?;
    Ok(axum::http::StatusCode::NO_CONTENT)
}

impl App {
    /// The notes of the caller's office on a case, the newest first; none for whoever merely looks as one of its posts.
    ///
    /// # Errors
    /// If the caller may not know of the case.
    pub async fn notes(&self, caller: &Caller, case: u64) -> Result<Vec<Note>, Problem> {
        self.visible(&caller.actor(), case).await?;
        match office(caller).filter(|_| caller.looks_as.is_none()) {
            Some(office) => Ok(self.runtime.notes(case, office).await?),
            None => Ok(Vec::new()),
        }
    }

    /// Notes something on a case for the caller's own office.
    ///
    /// # Errors
    /// If the caller may not know of the case, sits in no office, or says nothing.
    pub async fn note(&self, caller: &Caller, case: u64, words: &str) -> Result<(), Problem> {
        self.visible(&caller.actor(), case).await?;
        let office = office(caller).ok_or_else(|| Problem::new(Code::Forbidden))?;
        let words = words.trim();
        if words.is_empty() {
            return Err(Problem::field("/words", "api.empty_note", &[]));
        }
        if words.chars().count() > LONGEST {
            let most = [("most", LONGEST.to_string())];
            return Err(Problem::field("/words", "api.long_note", &most));
        }
        Ok(self
            .runtime
            .add_note(case, &caller.id, office, words)
            .await?)
    }

    /// Lets the caller follow a case he may know of, or follow it no more.
    ///
    /// # Errors
    /// If he may not know of it.
    pub async fn follow(&self, caller: &Caller, case: u64, follows: bool) -> Result<(), Problem> {
        if follows {
            self.visible(&caller.actor(), case).await?;
        }
        let since = follows.then(|| self.wall.now().as_millisecond());
        let accounts = self.directory.accounts();
        let kept = accounts.follow(&caller.id, case.cast_signed(), since);
        Ok(kept.await?)
    }
}

/// The office in which the caller acts.
fn office(caller: &Caller) -> Option<&Party> {
    caller.posts.iter().find(|post| !post.administers())
}
