//! Cases: opened, looked up, listed.

use super::body::Body;
use super::caller::Stated;
use super::problem::Problem;
use super::views::{self, CaseView, Written};
use super::{App, Here, cursor};
use crate::directory::Caller;
use crate::runtime::Target;
use crate::store::{CaseFilter, CaseRow};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use engine::case::Command;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// An application.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Opening {
    /// The matter.
    #[schema(example = "pension-lump-sum")]
    matter: String,
    /// The city whose window takes it, six digits or short name.
    #[schema(example = "450400")]
    accepting_city: String,
    /// The way it came.
    #[serde(default = "window")]
    #[schema(example = "window")]
    channel: String,
    /// Who applies.
    #[serde(default)]
    #[schema(value_type = Object)]
    applicant: Map<String, Value>,
    /// What the matter asks besides.
    #[serde(default)]
    #[schema(value_type = Object)]
    form: Map<String, Value>,
}

fn window() -> String {
    "window".to_owned()
}

/// Opens a case.
#[utoipa::path(post, path = "/api/v1/cases", tag = "cases", request_body = Opening,
    responses((status = 201, body = Written, description = "The case, with its open tasks")))]
pub(super) async fn open(
    State(app): Here,
    caller: Caller,
    stated: Stated,
    body: Body<Opening>,
) -> Result<Response, Problem> {
    let Opening {
        matter,
        accepting_city,
        channel,
        applicant,
        form,
    } = body.value;
    let command = Command::Open {
        id: 0,
        number: String::new(),
        accepting_city,
        channel,
        applicant: applicant.into(),
        form: form.into(),
        parent: None,
    };
    let target = Target::New(matter);
    app.carry_out(&caller, &stated, &body.bytes, target, command)
        .await
}

/// One case by id or number, as far as the caller may see it.
#[utoipa::path(get, path = "/api/v1/cases/{id}", tag = "cases",
    params(("id" = String, Path, description = "Id or number of the case")),
    responses((status = 200, body = CaseView)))]
pub(super) async fn one(
    State(app): Here,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let actor = caller.actor();
    let id = app.case_id(&id).await?;
    let visible = app.visible(&actor, id).await?;
    let seen = &visible.seen;
    let deciding = app.with_context(&actor, |c| seen.case.deciding_city(&seen.revision, c));
    let people = app.directory.people().await?;
    let now = app.runtime.clock().now();
    let network = &app.runtime.library().network;
    let view = views::case(seen, visible.sight, now, deciding, network, &people);
    let tag = format!("\"{}\"", seen.version());
    Ok(([(header::ETAG, tag)], Json(view)).into_response())
}

/// Which cases.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct Filter {
    /// Number of the case.
    number: Option<String>,
    /// Matter.
    matter: Option<String>,
    /// State.
    status: Option<String>,
    /// A city that takes in, decides, or works on it.
    city: Option<String>,
    /// Where the next page begins, as the page before said.
    cursor: Option<String>,
    /// Rows a page has, at most 200.
    limit: Option<u32>,
}

/// A page of cases, newest first.
#[derive(Serialize, ToSchema)]
pub(super) struct CasePage {
    /// Rows.
    cases: Vec<CaseLine>,
    /// Rows in all.
    total: i64,
    /// Where the next page begins; null on the last.
    cursor: Option<String>,
}

/// A case in a list.
#[derive(Serialize, ToSchema)]
pub(super) struct CaseLine {
    id: String,
    number: String,
    matter: String,
    revision: i64,
    status: String,
    version: i64,
    accepting_city: String,
    deciding_city: String,
    level: String,
    due: Option<String>,
    parent: Option<String>,
    opened: String,
    closed: Option<String>,
}

/// Cases in which a city of the caller has a part.
#[utoipa::path(get, path = "/api/v1/cases", tag = "cases", params(Filter), responses((status = 200, body = CasePage)))]
pub(super) async fn list(
    State(app): Here,
    caller: Caller,
    filter: super::body::Asked<Filter>,
) -> Result<Json<CasePage>, Problem> {
    let filter = filter.0;
    let limit = cursor::limit(filter.limit)?;
    let before = filter.cursor.as_deref().map(|c| cursor::read::<1>('c', c));
    let before = before.transpose()?.map(|[id]| id);
    let which = CaseFilter {
        within: Some(cities(&caller)),
        city: filter.city.map(|c| app.city(&c)),
        number: filter.number,
        matter: filter.matter,
        status: filter.status,
        parent: None,
    };
    page(&app, &which, before, limit).await
}

/// An ID number to look for; not in the address, so that no log holds it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Search {
    /// The applicant's ID number.
    id_number: String,
}

/// Open cases of a person in which a city of the caller has a part, newest first; of the last 200.
#[utoipa::path(post, path = "/api/v1/cases/search", tag = "cases", request_body = Search,
    responses((status = 200, body = CasePage)))]
pub(super) async fn search(
    State(app): Here,
    caller: Caller,
    body: Body<Search>,
) -> Result<Json<CasePage>, Problem> {
    let found = app.cases_of(&caller, &body.value.id_number).await?;
    Ok(Json(CasePage {
        total: i64::try_from(found.len()).unwrap_or(i64::MAX),
        cases: found.into_iter().map(line).collect(),
        cursor: None,
    }))
}

async fn page(
    app: &Arc<App>,
    which: &CaseFilter,
    before: Option<i64>,
    limit: u32,
) -> Result<Json<CasePage>, Problem> {
    let store = app.runtime.store();
    let rows = store.cases(which, before, i64::from(limit) + 1).await?;
    let total = store.count_cases(which).await?;
    let more = rows.len() > limit as usize;
    let rows: Vec<CaseRow> = rows.into_iter().take(limit as usize).collect();
    let last = rows.last().filter(|_| more);
    Ok(Json(CasePage {
        cursor: last.map(|row| cursor::write('c', &[row.id])),
        cases: rows.into_iter().map(line).collect(),
        total,
    }))
}

fn cities(caller: &Caller) -> Vec<String> {
    let mut cities: Vec<String> = caller.posts.iter().map(|p| p.city.clone()).collect();
    cities.sort();
    cities.dedup();
    cities
}

fn line(row: CaseRow) -> CaseLine {
    CaseLine {
        id: row.id.to_string(),
        number: row.number,
        matter: row.matter,
        revision: row.revision,
        status: row.status,
        version: row.version,
        accepting_city: row.accepting,
        deciding_city: row.deciding,
        level: row.level,
        due: row.due.and_then(instant),
        parent: row.parent.map(|p| p.to_string()),
        opened: instant(row.opened).unwrap_or_default(),
        closed: row.closed.and_then(instant),
    }
}

/// A stored instant as the API writes it.
pub(super) fn instant(milliseconds: i64) -> Option<String> {
    Timestamp::from_millisecond(milliseconds)
        .ok()
        .map(views::at)
}

impl App {
    /// Cases of a person in which a city of the caller has a part and which he sees whole, newest first; of the last 200.
    pub async fn cases_of(
        &self,
        caller: &Caller,
        id_number: &str,
    ) -> Result<Vec<CaseRow>, Problem> {
        let which = CaseFilter {
            within: Some(cities(caller)),
            ..CaseFilter::default()
        };
        let actor = caller.actor();
        let mut found = Vec::new();
        for row in self.runtime.store().cases(&which, None, 200).await? {
            let visible = self.visible(&actor, row.id.unsigned_abs()).await;
            let same = visible.is_ok_and(|v| {
                let number = v.seen.case.applicant().get("id_number");
                v.sight == engine::case::Sight::Whole
                    && number.and_then(Value::as_str) == Some(id_number)
            });
            if same {
                found.push(row);
            }
        }
        Ok(found)
    }

    /// The code of a city given by code or short name; an unknown one stays as it is and matches nothing.
    pub fn city(&self, text: &str) -> String {
        let library = self.runtime.library();
        let city = library.network.city(text);
        city.map_or(text, |c| c.code.as_str()).to_owned()
    }
}
