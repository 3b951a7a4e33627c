//! What an applicant does on his page: sends what was asked for, withdraws, says what he thinks; and reads his papers.

use super::offer::Typed;
use super::{Reader, Told};
use crate::pages::session::{OpenForm, Visit, from_here};
use crate::runtime::{IdempotencyKey, Refused, Request, Seen, Target, sender};
use crate::web::App;
use crate::web::caller::Source;
use crate::web::multipart::Parts;
use crate::web::problem::{Code, Problem};
use crate::web::uploads::{Materials, Received, with_files};
use crate::web::views;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use engine::case::{Actor, Command, PaperNo, Rejection, TaskNo};
use engine::clock::civil;
use serde_json::Value;
use std::sync::Arc;

/// A paper, as it was issued.
pub async fn paper(
    State(app): State<Arc<App>>,
    visit: Visit,
    headers: HeaderMap,
    Source(from): Source,
    Path((link, no)): Path<(String, u32)>,
) -> Result<Response, Problem> {
    let reader = Reader::of(&app, visit.guest(), &headers, &link);
    let Some(seen) = app.runtime.by_link(&link).await? else {
        return Ok(reader.gone());
    };
    let own = seen.case.papers().get(&PaperNo(no));
    let none = || Problem::new(Code::NotFound);
    own.filter(|paper| paper.to.is_none()).ok_or_else(none)?;
    let issued = app.runtime.paper(seen.id, PaperNo(no)).await?;
    let issued = issued.ok_or_else(none)?;
    let what = format!("paper {no}");
    app.record_applicant(from, seen.id, &what).await?;
    Ok(crate::web::papers::page(issued.finished.html))
}

/// Finishes the applicant's task, with files.
pub async fn task(
    State(app): State<Arc<App>>,
    visit: Visit,
    headers: HeaderMap,
    Path((link, no)): Path<(String, u32)>,
    parts: Parts,
) -> Result<Response, Problem> {
    from_here(&headers)?;
    let reader = Reader::of(&app, visit.guest(), &headers, &link);
    let Some(seen) = app.runtime.by_link(&link).await? else {
        return Ok(reader.gone());
    };
    let Some(task) = seen.case.tasks().get(&TaskNo(no)) else {
        return Err(Problem::new(Code::NotFound));
    };
    let sent = Sent::read(&app, seen.id, parts).await?;
    let form = views::form_of(&seen, task);
    let posted = form.map(|form| forms::posted::read(form, &sent.pairs));
    let today = civil(app.runtime.clock().now()).date();
    let input = posted.as_ref().map_or(Value::Null, |p| p.input.clone());
    let data = form.map_or(Value::Null, |form| {
        forms::posted::asked(form, &input, today)
    });
    let refused = sent.files.iter().any(|(_, file)| file.error.is_some());
    let changed = posted.is_some_and(|p| p.changed.is_some());
    let materials = sent.materials();
    let mut typed = Typed {
        input,
        errors: Vec::new(),
        files: sent.files,
    };
    let words = reader.guest.words;
    if refused || changed {
        let told = refused.then(|| Told::Bad(words.t("progress.some_bad")));
        return reader.again(&seen, told, typed).await;
    }
    let command = Command::Complete {
        task: TaskNo(no),
        outcome: sent.outcome.into(),
        data,
        reason: None,
        back_to: None,
    };
    match reader.does(&seen, with_files(materials, command)).await {
        Ok(()) => Ok(reader.onward("done")),
        Err(Refused::Rejected(Rejection::Invalid(errors))) => {
            // What is wrong with all of it stands on top, the rest at its field.
            let whole = errors.iter().find(|e| e.pointer.is_empty());
            let told = whole.map(|e| Told::Bad(words.of(&e.message).to_owned()));
            typed.errors = errors;
            typed.errors.retain(|e| !e.pointer.is_empty());
            reader.again(&seen, told, typed).await
        }
        Err(refused) => reader.refused(&seen, refused, typed).await,
    }
}

/// Does an act the matter offers.
pub async fn withdraw(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Path(link): Path<String>,
    sent: OpenForm,
) -> Result<Response, Problem> {
    let command = Command::Act {
        event: sent.fields.get("event").unwrap_or_default().to_owned(),
        data: Value::Null,
        reason: None,
    };
    act(&app, &headers, &link, &sent, command, "acted").await
}

/// Takes the applicant's grade.
pub async fn rate(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Path(link): Path<String>,
    sent: OpenForm,
) -> Result<Response, Problem> {
    let field = |name| sent.fields.get(name).unwrap_or_default();
    let command = Command::Rate {
        grade: field("grade").parse().unwrap_or_default(),
        words: field("words").chars().take(500).collect(),
        call_back: None,
    };
    act(&app, &headers, &link, &sent, command, "rated").await
}

async fn act(
    app: &App,
    headers: &HeaderMap,
    link: &str,
    sent: &OpenForm,
    command: Command,
    told: &str,
) -> Result<Response, Problem> {
    let reader = Reader::of(app, sent.visit.guest(), headers, link);
    let Some(seen) = app.runtime.by_link(link).await? else {
        return Ok(reader.gone());
    };
    match reader.does(&seen, command).await {
        Ok(()) => Ok(reader.onward(told)),
        Err(refused) => reader.refused(&seen, refused, Typed::default()).await,
    }
}

/// A form with files as it was sent.
struct Sent {
    outcome: String,
    pairs: Vec<(String, String)>,
    files: Vec<(String, Received)>,
}

impl Sent {
    async fn read(app: &App, case: u64, mut parts: Parts) -> Result<Sent, Problem> {
        let mut sent = Sent {
            outcome: String::new(),
            pairs: Vec::new(),
            files: Vec::new(),
        };
        while let Some(part) = parts.next().await? {
            let field = part.field.clone();
            if let Some(material) = field.strip_prefix("file:") {
                // A place where no file was chosen comes without name and content.
                let chosen = part.file.as_ref().is_some_and(|name| !name.is_empty());
                if chosen {
                    if !app.guesses.may_upload(case, app.wall.now()) {
                        return Err(Problem::new(Code::Rate).after(60 * 60));
                    }
                    let sender = sender(&Actor::Applicant, case);
                    let received = app.receive(&sender, part).await?;
                    sent.files.push((material.to_owned(), received));
                }
                continue;
            }
            let text = part.text()?;
            match field.strip_prefix("kept:") {
                Some(material) => sent
                    .files
                    .push((material.to_owned(), Received::kept(&text))),
                None if field == "outcome" => sent.outcome = text,
                None => sent.pairs.push((field, text)),
            }
        }
        Ok(sent)
    }

    fn materials(&self) -> Materials {
        let mut all = Materials::new();
        for (material, file) in &self.files {
            if let Some(id) = &file.id {
                all.entry(material.clone()).or_default().push(id.clone());
            }
        }
        all
    }
}

impl Reader<'_> {
    /// Hands a command in for the applicant. The same one twice is done once.
    async fn does(&self, seen: &Seen, command: Command) -> Result<(), Refused> {
        let actor = Actor::Applicant;
        let key = serde_json::to_string(&command).unwrap_or_default();
        let key = IdempotencyKey::new(&sender(&actor, seen.id), &key, key.as_bytes());
        let request = Request {
            target: Target::Case(seen.id),
            command,
            actor,
            key: Some(key),
            expect: None,
        };
        self.app.runtime.submit(request).await.map(drop)
    }

    /// Back to the page, where a reload repeats nothing.
    fn onward(&self, told: &str) -> Response {
        Redirect::to(&format!("/p/{}?told={told}", self.link)).into_response()
    }

    /// The page again, with everything that was typed.
    async fn again(
        &self,
        seen: &Seen,
        told: Option<Told>,
        typed: Typed,
    ) -> Result<Response, Problem> {
        let page = self.page(seen, told, typed).await?;
        Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
    }

    /// Why it was not done, on the page as the case is now.
    async fn refused(
        &self,
        seen: &Seen,
        refused: Refused,
        typed: Typed,
    ) -> Result<Response, Problem> {
        let problem = self
            .app
            .refused(&Actor::Applicant, Some(seen.id), refused)
            .await;
        if problem.code().status().is_server_error() {
            return Err(problem);
        }
        let now = self.app.runtime.case(seen.id).await?;
        let told = Told::Bad(self.guest.words.of(problem.message()).to_owned());
        let page = self
            .page(now.as_ref().unwrap_or(seen), Some(told), typed)
            .await?;
        Ok((problem.code().status(), page).into_response())
    }
}
