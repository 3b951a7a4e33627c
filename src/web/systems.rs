//! Other systems, by the name matters ask them: where each is called and what it may send is proposed by a security administrator and
//! put in force by another one (G54). Secrets are shown once.

use super::body::Body;
use super::definitions::must_hold;
use super::endpoints::{barred, field};
use super::problem::{Code, Problem};
use super::{App, Here};
use crate::directory::Caller;
use crate::pages::session::must_be_fresh;
use crate::store::SystemRow;
use crate::system::{Pair, System, Terms, is_name};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// The post that keeps them.
const POST: &str = "security-admin";

/// A system to be added.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Wish {
    /// The name after `call:` in matters, such as `archive`: letters, digits, `-`, `_`.
    name: String,
    /// Where it is called; must be on the list of allowed destinations. None: it only sends.
    #[serde(default)]
    url: Option<String>,
    /// The names of the messages it may send, such as `fund-arrived`.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    sends: BTreeSet<String>,
}

/// What is to hold of a system.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TermsView {
    /// Where it is called.
    #[serde(default)]
    url: Option<String>,
    /// The names of the messages it may send.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    sends: BTreeSet<String>,
}

impl From<TermsView> for Terms {
    fn from(TermsView { url, sends }: TermsView) -> Terms {
        Terms { url, sends }
    }
}

impl From<Terms> for TermsView {
    fn from(Terms { url, sends }: Terms) -> TermsView {
        TermsView { url, sends }
    }
}

/// A system.
#[derive(Serialize, ToSchema)]
pub(super) struct View {
    /// Its name.
    name: String,
    /// What holds; null: nobody has agreed yet.
    in_force: Option<TermsView>,
    /// What is to hold once a second person agrees.
    #[serde(skip_serializing_if = "Option::is_none")]
    wished: Option<TermsView>,
    /// Who wishes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    wished_by: Option<String>,
    /// Whether it is asked and heard.
    on: bool,
    /// Since when nobody answers there.
    #[serde(skip_serializing_if = "Option::is_none")]
    down: Option<String>,
    /// What calls to it are signed with; shown when it is made, and never again.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret_of_calls: Option<String>,
    /// What it signs its messages with; shown when it is made, and never again.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret_of_messages: Option<String>,
}

impl View {
    fn of(system: System, down: Option<String>) -> Self {
        let (wished, wished_by) = system.wished.unzip();
        View {
            name: system.name,
            in_force: system.terms.map(TermsView::from),
            wished: wished.map(TermsView::from),
            wished_by,
            on: system.on,
            down,
            secret_of_calls: None,
            secret_of_messages: None,
        }
    }

    fn with_secrets(system: System) -> Self {
        let secrets = system.secrets.clone();
        View {
            secret_of_calls: Some(secrets.calls.text().to_owned()),
            secret_of_messages: Some(secrets.sends.text().to_owned()),
            ..View::of(system, None)
        }
    }
}

impl App {
    async fn system(&self, name: &str) -> Result<(SystemRow, System), Problem> {
        let rows = self.directory.accounts().systems().await?;
        let row = rows.into_iter().find(|row| row.name == name);
        let row = row.ok_or_else(|| Problem::new(Code::NotFound))?;
        let system = System::open(&row, &self.keys)?;
        Ok((row, system))
    }

    fn instant(&self) -> i64 {
        self.runtime.clock().now().as_millisecond()
    }

    /// Terms in their one spelling, if what they name may be called.
    async fn terms(&self, terms: Terms) -> Result<String, Problem> {
        let url = match &terms.url {
            Some(url) => {
                let rules = self.runtime.destinations();
                let found = rules.reachable(url).await.map_err(barred)?;
                Some(String::from(found))
            }
            None => None,
        };
        let terms = Terms { url, ..terms };
        serde_json::to_string(&terms).map_err(|e| Problem::internal(&e))
    }
}

/// All systems. For security administrators.
#[utoipa::path(get, path = "/api/v1/systems", tag = "systems", responses((status = 200, body = Vec<View>)))]
pub(super) async fn list(State(app): Here, caller: Caller) -> Result<Json<Vec<View>>, Problem> {
    must_hold(&app, &caller, POST)?;
    let rows = app.directory.accounts().systems().await?;
    let outages = app.directory.accounts().outages().await?;
    let view = |row: &SystemRow| {
        let system = System::open(row, &app.keys)?;
        let outage = outages.iter().find(|(kind, ..)| *kind == system.kind());
        let down = outage.and_then(|(_, since, _)| super::cases::instant(*since));
        Ok(View::of(system, down))
    };
    rows.iter().map(view).collect::<Result<_, _>>().map(Json)
}

/// Adds a system; what it may holds once another person has approved it, in the sandbox at once. The answer has its secrets.
#[utoipa::path(post, path = "/api/v1/systems", tag = "systems", request_body = Wish,
    responses((status = 201, body = View), (status = 202, body = View, description = "A second person has to approve")))]
pub(super) async fn add(
    State(app): Here,
    caller: Caller,
    body: Body<Wish>,
) -> Result<(StatusCode, Json<View>), Problem> {
    must_hold(&app, &caller, POST)?;
    must_be_fresh(&app, &caller)?;
    let Wish { name, url, sends } = body.value;
    if !is_name(&name) {
        return Err(field("/name", "system.name", &name));
    }
    let terms = app.terms(Terms { url, sends }).await?;
    let sandbox = app.runtime.clock().is_sandbox();
    let sealed = Pair::fresh().seal(&name, &app.keys);
    let row = SystemRow {
        in_force: sandbox.then(|| terms.clone()),
        wished: (!sandbox).then_some(terms),
        wished_by: (!sandbox).then(|| caller.id.to_string()),
        sealed: sealed.map_err(|e| Problem::internal(&e))?,
        name,
        on: true,
        changed: app.instant(),
    };
    if !app.directory.accounts().add_system(&row).await? {
        return Err(Problem::says(Code::StateNotAllowed, "system.known", &[]));
    }
    app.runtime.endpoints_changed().await?;
    let view = View::with_secrets(System::open(&row, &app.keys)?);
    Ok((proposed(sandbox, StatusCode::CREATED), Json(view)))
}

fn proposed(sandbox: bool, at_once: StatusCode) -> StatusCode {
    match sandbox {
        true => at_once,
        false => StatusCode::ACCEPTED,
    }
}

/// Proposes other terms; those in force hold until another person has approved.
#[utoipa::path(post, path = "/api/v1/systems/{name}", tag = "systems", request_body = TermsView,
    params(("name" = String, Path, description = "Name of the system")),
    responses((status = 200, body = View), (status = 202, body = View, description = "A second person has to approve")))]
pub(super) async fn change(
    State(app): Here,
    caller: Caller,
    Path(name): Path<String>,
    body: Body<TermsView>,
) -> Result<(StatusCode, Json<View>), Problem> {
    must_hold(&app, &caller, POST)?;
    must_be_fresh(&app, &caller)?;
    app.system(&name).await?;
    let terms = app.terms(body.value.into()).await?;
    let (accounts, now) = (app.directory.accounts(), app.instant());
    let sandbox = app.runtime.clock().is_sandbox();
    match sandbox {
        true => accounts.force_system(&name, &terms, now).await?,
        false => accounts.wish_system(&name, &terms, &caller.id, now).await?,
    };
    app.runtime.endpoints_changed().await?;
    let (_, system) = app.system(&name).await?;
    let view = View::of(system, None);
    Ok((proposed(sandbox, StatusCode::OK), Json(view)))
}

/// Puts proposed terms in force, as a second person; exactly those that are sent here.
#[utoipa::path(post, path = "/api/v1/systems/{name}/approve", tag = "systems", request_body = TermsView,
    params(("name" = String, Path, description = "Name of the system")), responses((status = 200, body = View)))]
pub(super) async fn approve(
    State(app): Here,
    caller: Caller,
    Path(name): Path<String>,
    body: Body<TermsView>,
) -> Result<Json<View>, Problem> {
    must_hold(&app, &caller, POST)?;
    must_be_fresh(&app, &caller)?;
    let (_, system) = app.system(&name).await?;
    let Some((wished, by)) = system.wished else {
        return Err(Problem::new(Code::NotFound));
    };
    if by == *caller.id {
        return Err(Problem::new(Code::SecondPersonRequired));
    }
    let terms = app.terms(body.value.into()).await?;
    let same = app.terms(wished).await? == terms;
    let accounts = app.directory.accounts();
    let approved = same
        && accounts
            .approve_system(&name, &terms, &caller.id, app.instant())
            .await?;
    if !approved {
        return Err(Problem::says(Code::StateNotAllowed, "system.changed", &[]));
    }
    app.runtime.endpoints_changed().await?;
    let (_, system) = app.system(&name).await?;
    Ok(Json(View::of(system, None)))
}

/// Makes both secrets anew; the former ones stay valid for a day. The answer has the new ones.
#[utoipa::path(post, path = "/api/v1/systems/{name}/rotate", tag = "systems",
    params(("name" = String, Path, description = "Name of the system")), responses((status = 200, body = View)))]
pub(super) async fn rotate(
    State(app): Here,
    caller: Caller,
    Path(name): Path<String>,
) -> Result<Json<View>, Problem> {
    must_hold(&app, &caller, POST)?;
    must_be_fresh(&app, &caller)?;
    let (mut row, mut system) = app.system(&name).await?;
    system.secrets = system.secrets.rotated(app.runtime.clock().now());
    let sealed = system.secrets.seal(&name, &app.keys);
    row.sealed = sealed.map_err(|e| Problem::internal(&e))?;
    row.changed = app.instant();
    app.directory.accounts().seal_system(&row).await?;
    app.runtime.endpoints_changed().await?;
    Ok(Json(View::with_secrets(system)))
}

/// Asks and hears a system again; what waits for it leaves.
#[utoipa::path(post, path = "/api/v1/systems/{name}/on", tag = "systems",
    params(("name" = String, Path, description = "Name of the system")), responses((status = 204)))]
pub(super) async fn on(
    state: Here,
    caller: Caller,
    Path(name): Path<String>,
) -> Result<StatusCode, Problem> {
    switch(state, caller, &name, true).await
}

/// Neither asks nor hears a system any more; calls to it wait.
#[utoipa::path(post, path = "/api/v1/systems/{name}/off", tag = "systems",
    params(("name" = String, Path, description = "Name of the system")), responses((status = 204)))]
pub(super) async fn off(
    state: Here,
    caller: Caller,
    Path(name): Path<String>,
) -> Result<StatusCode, Problem> {
    switch(state, caller, &name, false).await
}

async fn switch(
    State(app): Here,
    caller: Caller,
    name: &str,
    on: bool,
) -> Result<StatusCode, Problem> {
    must_hold(&app, &caller, POST)?;
    let now = app.instant();
    match app
        .directory
        .accounts()
        .switch_system(name, on, now)
        .await?
    {
        true => app.runtime.endpoints_changed().await?,
        false => return Err(Problem::new(Code::NotFound)),
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Forgets a system with its secrets; calls that wait for it go by `failed`.
#[utoipa::path(post, path = "/api/v1/systems/{name}/remove", tag = "systems",
    params(("name" = String, Path, description = "Name of the system")), responses((status = 204)))]
pub(super) async fn remove(
    State(app): Here,
    caller: Caller,
    Path(name): Path<String>,
) -> Result<StatusCode, Problem> {
    must_hold(&app, &caller, POST)?;
    must_be_fresh(&app, &caller)?;
    match app.directory.accounts().drop_system(&name).await? {
        true => app.runtime.endpoints_changed().await?,
        false => return Err(Problem::new(Code::NotFound)),
    }
    Ok(StatusCode::NO_CONTENT)
}
