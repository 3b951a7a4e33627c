//! From a request to the runtime and back: what a caller may see of a case, and refusals in words.

use super::App;
use super::caller::Stated;
use super::papers::may_read;
use super::problem::{Code, Problem};
use super::views::{self, Written};
use crate::directory::Caller;
use crate::runtime::{Answer, Expected, IdempotencyKey, Refused, Request, Seen, Target};
use crate::store::{Sphere, StoreError};
use axum::Json;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use engine::case::{Actor, Command, Context, Rejection, Sight, TaskNo};
use engine::matter::Revision;
use serde_json::json;
use std::sync::Arc;

/// A case as far as a caller may see it.
pub struct Visible {
    /// The case.
    pub seen: Seen,
    /// How much of it.
    pub sight: Sight,
}

impl App {
    /// The case, if the caller may know of it at all; else there is none (404).
    pub async fn visible(&self, actor: &Actor, id: u64) -> Result<Visible, Problem> {
        let seen = self.runtime.case(id).await?;
        let seen = seen.ok_or_else(|| Problem::new(Code::NotFound))?;
        match self.sight(actor, &seen) {
            Sight::None => Err(Problem::new(Code::NotFound)),
            sight => Ok(Visible { seen, sight }),
        }
    }

    /// How much of a case a caller may see.
    pub fn sight(&self, actor: &Actor, seen: &Seen) -> Sight {
        self.with_context(actor, |context| {
            seen.case.sight(&seen.revision, actor, context)
        })
    }

    /// How many things of a case are not shown to a caller: values filled in, files, and papers he may not read.
    pub fn hidden(&self, caller: &Caller, visible: &Visible) -> usize {
        let seen = &visible.seen;
        let papers = seen.case.papers().values();
        let papers = papers
            .filter(|paper| !may_read(caller, visible, paper))
            .count();
        if visible.sight == Sight::Whole {
            return papers;
        }
        let records = seen
            .case
            .frames()
            .values()
            .flat_map(|frame| frame.records().values());
        let own = [seen.case.applicant(), seen.case.form()].into_iter();
        let values = own.chain(records.map(|record| record.values())).map(filled);
        papers + seen.case.files().len() + values.sum::<usize>()
    }

    /// Where a caller may look, for lists and numbers: what his offices see of cases, never more. Administrators see none (G50).
    pub fn spheres(&self, caller: &Caller) -> Vec<Sphere> {
        let library = self.runtime.library();
        let mut spheres: Vec<Sphere> = Vec::new();
        for post in caller.posts.iter().filter(|p| !p.administers()) {
            let takes_part = |m: &&Arc<Revision>| {
                let mut parties = m.parties.iter();
                parties.any(|p| p.department.value == post.department)
            };
            let matters = library.matters.values().filter(takes_part);
            let matters = matters.map(|m| m.id.value.to_string());
            let sphere = Sphere {
                city: post.city.clone(),
                department: post.department.clone(),
                matters: (post.department != "si").then(|| matters.collect()),
                only: caller.limits(post),
            };
            if !spheres.contains(&sphere) {
                spheres.push(sphere);
            }
        }
        spheres
    }

    /// Asks the engine something with everything around it.
    pub fn with_context<T>(&self, actor: &Actor, ask: impl FnOnce(&Context<'_>) -> T) -> T {
        let library = self.runtime.library();
        ask(&Context {
            now: self.runtime.clock().now(),
            actor,
            network: &library.network,
            next_case: 0,
            elsewhere: &self.runtime.elsewhere(),
            numbering: None,
        })
    }

    /// Hands in a command and answers with the case as it then is: 200, or 201 for a new one.
    pub async fn carry_out(
        &self,
        caller: &Caller,
        stated: &Stated,
        bytes: &[u8],
        target: Target,
        command: Command,
    ) -> Result<Response, Problem> {
        let (new, task) = match &target {
            Target::New(_) | Target::Letter { .. } => (true, None),
            Target::Case(_) => (false, task_of(&command)),
        };
        let renews = matches!(command, Command::RenewAccess);
        let expect = stated.version.map(|version| match task {
            Some(task) => Expected::Task(task, version),
            None => Expected::Case(version),
        });
        let key = stated.key(&caller.id, bytes);
        let answer = self.hand_in(caller, key, expect, target, command).await?;
        let sight = self.sight(&caller.actor(), &answer.seen);
        let now = self.runtime.clock().now();
        let mut written = views::written(&answer.seen, sight, now, &caller.people);
        if new || renews {
            let times = answer.seen.case.renewed();
            written.query_code = Some(self.keys.query_code(&answer.seen.number, times));
        }
        Ok(respond(new, answer.replayed, &written))
    }

    /// Hands in a command as somebody; API and pages both write by this. A refusal comes in words.
    pub async fn hand_in(
        &self,
        caller: &Caller,
        key: Option<IdempotencyKey>,
        expect: Option<Expected>,
        target: Target,
        command: Command,
    ) -> Result<Answer, Problem> {
        let actor = caller.actor();
        let case = match &target {
            Target::New(_) | Target::Letter { .. } => None,
            Target::Case(id) => Some(*id),
        };
        let request = Request {
            target,
            command,
            actor: actor.clone(),
            key,
            expect,
        };
        match self.runtime.submit(request).await {
            Ok(answer) => Ok(answer),
            Err(refused) => Err(self.refused(&actor, case, refused).await),
        }
    }

    /// A refusal in words; of a case the caller may not know of, that there is none.
    pub async fn refused(&self, actor: &Actor, case: Option<u64>, refused: Refused) -> Problem {
        let about_case = matches!(
            refused,
            Refused::Rejected(_) | Refused::Stale { .. } | Refused::Conflict
        );
        if let (Some(case), true) = (case, about_case)
            && let Err(unseen) = self.visible(actor, case).await
        {
            return unseen;
        }
        match refused {
            Refused::Rejected(rejection) => self.rejected(rejection).await,
            Refused::NoSuchMatter(name) => self.no_matter(name),
            Refused::Duplicate { case } => self.duplicate(actor, case).await,
            other => other.into(),
        }
    }

    /// Names the open case to whoever may see it.
    async fn duplicate(&self, actor: &Actor, case: u64) -> Problem {
        let Ok(visible) = self.visible(actor, case).await else {
            return Problem::new(Code::DuplicateCase);
        };
        let number = visible.seen.number.to_string();
        let args = [("number", number.clone())];
        Problem::says(Code::DuplicateCase, "api.duplicate_case", &args)
            .member("case", case.to_string())
            .member("number", number)
    }

    pub(super) fn no_matter(&self, name: String) -> Problem {
        let library = self.runtime.library();
        let matters: Vec<&str> = library.matters.keys().map(String::as_str).collect();
        let near = engine::diagnostic::nearest(&name, matters.iter().copied());
        let near = near.unwrap_or_else(|| matters.join(" "));
        Problem::field(
            "/matter",
            "api.no_matter",
            &[("name", name), ("near", near)],
        )
    }

    pub(super) async fn rejected(&self, rejection: Rejection) -> Problem {
        let people = self.directory.people().await.unwrap_or_default();
        let name = |id: &str| people.get(id).map_or(id, |p| p.name.as_str()).to_owned();
        let library = self.runtime.library();
        let message = rejection.message(&name, &library.network);
        let code = Code::of(rejection.code());
        let problem = Problem::with(code, message);
        match rejection {
            Rejection::Forbidden { needed } => {
                let needed: Vec<String> = needed.iter().map(ToString::to_string).collect();
                problem.member("needed", needed)
            }
            Rejection::AlreadyDone { by, at, outcome } => problem
                .member("by", json!({ "id": by, "name": name(&by) }))
                .member("at", views::at(at))
                .member("outcome", outcome.to_string()),
            Rejection::Held { by, since } => problem
                .member("by", json!({ "id": by, "name": name(&by) }))
                .member("since", views::at(since)),
            Rejection::NoSuchOutcome { offered, .. } => {
                let offered: Vec<&str> = offered.iter().map(|o| &**o).collect();
                problem.member("outcomes", offered)
            }
            Rejection::Invalid(errors) => {
                Problem::fields(errors.into_iter().map(Into::into).collect())
            }
            _ => problem,
        }
    }
}

/// How many values somebody has filled in.
fn filled(values: &serde_json::Value) -> usize {
    match values {
        serde_json::Value::Null => 0,
        serde_json::Value::Object(map) => map.values().map(filled).sum(),
        serde_json::Value::Array(items) => items.iter().map(filled).sum(),
        _ => 1,
    }
}

/// The task a command is about, whose version `If-Match` then names.
fn task_of(command: &Command) -> Option<TaskNo> {
    match command.itself() {
        Command::Claim { task }
        | Command::Release { task }
        | Command::Transfer { task, .. }
        | Command::Complete { task, .. }
        | Command::Urge { task, .. } => Some(*task),
        _ => None,
    }
}

fn respond(new: bool, replayed: bool, written: &Written) -> Response {
    let status = match new {
        true => StatusCode::CREATED,
        false => StatusCode::OK,
    };
    let mut response = (status, Json(written)).into_response();
    let headers = response.headers_mut();
    if let Ok(tag) = HeaderValue::from_str(&format!("\"{}\"", written.version)) {
        headers.insert(header::ETAG, tag);
    }
    if new && let Ok(place) = HeaderValue::from_str(&format!("/api/v1/cases/{}", written.id)) {
        headers.insert(header::LOCATION, place);
    }
    if replayed {
        headers.insert(
            HeaderName::from_static("idempotency-replayed"),
            HeaderValue::from_static("true"),
        );
    }
    response
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Rejected(rejection) => Problem::new(Code::of(rejection.code())),
            Refused::NotFound | Refused::NoSuchMatter(_) => Problem::new(Code::NotFound),
            Refused::Stale { version } => {
                let args = [("version", version.to_string())];
                let stale = Problem::says(Code::Stale, "problem.stale.detail", &args);
                stale.member("version", version)
            }
            Refused::Conflict => Problem::new(Code::VersionConflict),
            Refused::Duplicate { .. } => Problem::new(Code::DuplicateCase),
            Refused::KeyReused => Problem::new(Code::KeyReused),
            Refused::OutcomeUnknown => Problem::new(Code::OutcomeUnknown),
            Refused::Damaged(what) => Problem::internal(&what),
            Refused::Store(error) => storage(&error),
            Refused::Stopping => Problem::new(Code::Stopping),
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        storage(&error)
    }
}

pub(super) fn storage(error: &StoreError) -> Problem {
    let code = match error {
        StoreError::Full => Code::StorageFull,
        StoreError::OutcomeUnknown(_) => Code::OutcomeUnknown,
        StoreError::Damaged(_) => Code::Internal,
        _ => Code::StorageUnavailable,
    };
    let problem = Problem::new(code).because(error);
    match code {
        Code::StorageFull | Code::StorageUnavailable => problem.after(5),
        _ => problem,
    }
}
