//! Endpoints of webhooks: each belongs to an office and is kept by its lead or by a system administrator. A secret is shown once.

use super::body::Body;
use super::problem::{Code, Field, Problem};
use super::{App, Here};
use crate::directory::{Caller, office};
use crate::endpoint::Endpoint;
use crate::pages::session::must_be_fresh;
use crate::runtime::ADMINISTRATOR;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use engine::text::both;
use notifications::choice::Want;
use notifications::destination::Barred;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// The post of an office that keeps its endpoints.
const LEAD: &str = "lead";

/// An endpoint to be added.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Wish {
    /// City and department, such as `520300/si`.
    place: String,
    /// Where it is called; must be on the list of allowed destinations.
    url: String,
    /// What it wants to know: `new`, `returned`, `yellow`, `red`, `all`; empty: the first four.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    wants: BTreeSet<Want>,
}

/// An endpoint.
#[derive(Serialize, ToSchema)]
pub(super) struct View {
    /// Its id.
    id: String,
    /// City and department.
    place: String,
    /// Where it is called.
    url: String,
    /// What it wants to know.
    #[schema(value_type = Vec<String>)]
    wants: BTreeSet<Want>,
    /// Whether it is called.
    on: bool,
    /// What it said when it was switched off.
    #[serde(skip_serializing_if = "Option::is_none")]
    answer: Option<String>,
    /// What its calls are signed with; shown when it is made, and never again.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
}

impl View {
    fn of(endpoint: &Endpoint) -> Self {
        View {
            id: endpoint.id.to_string(),
            place: endpoint.place.clone(),
            url: endpoint.url.clone(),
            wants: endpoint.wants.clone(),
            on: endpoint.on,
            answer: endpoint.answer.clone(),
            secret: None,
        }
    }

    fn with_secret(endpoint: &Endpoint) -> Self {
        View {
            secret: Some(endpoint.secrets.text().to_owned()),
            ..View::of(endpoint)
        }
    }
}

/// Whether somebody may see and change the endpoints of an office.
pub(super) fn keeps(caller: &Caller, place: &str) -> bool {
    let leads = |post: &engine::case::Party| post.to_string() == format!("{place}/{LEAD}");
    caller.holds(ADMINISTRATOR) || caller.posts.iter().any(leads)
}

impl App {
    /// An endpoint the caller keeps; others do not exist for him.
    pub(super) async fn endpoint(&self, caller: &Caller, id: &str) -> Result<Endpoint, Problem> {
        let rows = self.directory.accounts().endpoints().await?;
        let row = rows.iter().find(|row| row.id.to_string() == id);
        let row = row.filter(|row| keeps(caller, &row.place));
        let row = row.ok_or_else(|| Problem::new(Code::NotFound))?;
        Ok(Endpoint::open(row, &self.keys)?)
    }

    /// The endpoints the caller keeps.
    ///
    /// # Errors
    /// If the store does not answer, or a row cannot be read.
    pub async fn endpoints(&self, caller: &Caller) -> Result<Vec<Endpoint>, Problem> {
        let rows = self.directory.accounts().endpoints().await?;
        let own = rows.iter().filter(|row| keeps(caller, &row.place));
        let own = own.map(|row| Ok(Endpoint::open(row, &self.keys)?));
        own.collect()
    }

    async fn keep(&self, endpoint: &Endpoint) -> Result<(), Problem> {
        let now = self.runtime.clock().now();
        let row = endpoint.row(&self.keys, now);
        let row = row.map_err(|e| Problem::internal(&e))?;
        self.directory.accounts().keep_endpoint(&row).await?;
        Ok(self.runtime.endpoints_changed().await?)
    }
}

/// The endpoints the caller keeps.
#[utoipa::path(get, path = "/api/v1/endpoints", tag = "endpoints", responses((status = 200, body = Vec<View>)))]
pub(super) async fn list(State(app): Here, caller: Caller) -> Result<Json<Vec<View>>, Problem> {
    let own = app.endpoints(&caller).await?;
    Ok(Json(own.iter().map(View::of).collect()))
}

/// Adds an endpoint. Its address is looked up and checked now, and again at every connection. The answer has the secret.
#[utoipa::path(post, path = "/api/v1/endpoints", tag = "endpoints", request_body = Wish, responses((status = 201, body = View)))]
pub(super) async fn add(
    State(app): Here,
    caller: Caller,
    body: Body<Wish>,
) -> Result<(StatusCode, Json<View>), Problem> {
    let Wish { place, url, wants } = body.value;
    let known = office(&place, &app.runtime.library().network);
    let place = known.ok_or_else(|| field("/place", "endpoint.place", &place))?;
    if !keeps(&caller, &place) {
        return Err(Problem::new(Code::Forbidden).member("needed", vec![LEAD, ADMINISTRATOR]));
    }
    let rules = app.runtime.destinations();
    let url = rules.reachable(&url).await.map_err(barred)?;
    let endpoint = Endpoint::new(place, url.into(), wants);
    app.keep(&endpoint).await?;
    Ok((StatusCode::CREATED, Json(View::with_secret(&endpoint))))
}

/// Gives an endpoint a new secret; the old one stays valid for a day, and calls are signed with both.
#[utoipa::path(post, path = "/api/v1/endpoints/{id}/rotate", tag = "endpoints",
    params(("id" = String, Path, description = "Id of the endpoint")), responses((status = 200, body = View)))]
pub(super) async fn rotate(
    State(app): Here,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<View>, Problem> {
    let mut endpoint = app.endpoint(&caller, &id).await?;
    must_be_fresh(&app, &caller)?;
    endpoint.secrets = endpoint.secrets.rotated(app.runtime.clock().now());
    app.keep(&endpoint).await?;
    Ok(Json(View::with_secret(&endpoint)))
}

/// Calls an endpoint again, also one that switched itself off; what waits for it leaves.
#[utoipa::path(post, path = "/api/v1/endpoints/{id}/on", tag = "endpoints",
    params(("id" = String, Path, description = "Id of the endpoint")), responses((status = 200, body = View)))]
pub(super) async fn on(
    State(app): Here,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<View>, Problem> {
    let mut endpoint = app.endpoint(&caller, &id).await?;
    let rules = app.runtime.destinations();
    rules.reachable(&endpoint.url).await.map_err(barred)?;
    (endpoint.on, endpoint.answer) = (true, None);
    app.keep(&endpoint).await?;
    Ok(Json(View::of(&endpoint)))
}

/// Calls an endpoint no more; what waits for it waits.
#[utoipa::path(post, path = "/api/v1/endpoints/{id}/off", tag = "endpoints",
    params(("id" = String, Path, description = "Id of the endpoint")), responses((status = 200, body = View)))]
pub(super) async fn off(
    State(app): Here,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<View>, Problem> {
    let mut endpoint = app.endpoint(&caller, &id).await?;
    endpoint.on = false;
    app.keep(&endpoint).await?;
    Ok(Json(View::of(&endpoint)))
}

/// Takes an endpoint away.
#[utoipa::path(post, path = "/api/v1/endpoints/{id}/remove", tag = "endpoints",
    params(("id" = String, Path, description = "Id of the endpoint")), responses((status = 204)))]
pub(super) async fn remove(
    State(app): Here,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let endpoint = app.endpoint(&caller, &id).await?;
    app.directory.accounts().drop_endpoint(endpoint.id).await?;
    app.runtime.endpoints_changed().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Why an address is not called, as a fault of the field `url`.
pub(super) fn barred(why: Barred) -> Problem {
    let (key, what) = why.told();
    field("/url", key, &what)
}

/// One field that must be put right.
pub(super) fn field(pointer: &str, key: &'static str, what: &str) -> Problem {
    Problem::fields(vec![Field {
        pointer: pointer.to_owned(),
        code: key.into(),
        message: both(key, &[("what", what.to_owned())]),
    }])
}
