//! Cases: opened, looked up, listed.

use super::body::{Asked, Body};
use super::caller::Stated;
use super::certificates::{Certificates, with_certificates};
use super::holders::each_once;
use super::problem::{Code, Problem};
use super::uploads::{Materials, with_files};
use super::views::{self, CaseView, Written};
use super::{App, Here, cursor};
use crate::directory::Caller;
use crate::runtime::Target;
use crate::store::{Applicant, CaseFilter, CaseRow};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use engine::case::Command;
use engine::clock::{civil, instant as instant_of};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
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
    /// Files by the material they show: ids that `POST /uploads` gave.
    #[serde(default)]
    materials: Materials,
    /// Certificates of recognition by the material they stand for: ids that `POST /certificates` gave.
    #[serde(default)]
    certificates: Certificates,
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
        materials,
        certificates,
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
    let command = with_files(materials, with_certificates(certificates, command)?);
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
    let visible = app.read(&caller, id, "case").await?;
    let seen = &visible.seen;
    let deciding = app.with_context(&actor, |c| seen.case.deciding_city(&seen.revision, c));
    let people = app.directory.people().await?;
    let now = app.runtime.clock().now();
    let network = &app.runtime.library().network;
    let view = CaseView {
        who: each_once(&app.holders(seen).await?),
        ..views::case(seen, visible.sight, now, deciding, network, &people)
    };
    let tag = format!("\"{}\"", seen.version());
    Ok(([(header::ETAG, tag)], Json(view)).into_response())
}

/// Which cases. A number on the board is such a query, and so is the list behind it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct CaseQuery {
    /// Number of the case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// Matter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matter: Option<String>,
    /// State.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// A city that takes in, decides, or works on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// The city that took it in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepting: Option<String>,
    /// The city that decides it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deciding: Option<String>,
    /// Level: the worst of all its limits; of an ended case `red` if it ended late.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<String>,
    /// True: in flight; false: ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open: Option<bool>,
    /// Its limit ends on this day, Beijing time, such as `2026-11-23`, or `today`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<String>,
    /// In its state for more than so many days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub longer: Option<u16>,
    /// Ended within the last so many days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<u16>,
    /// Ended in time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_time: Option<bool>,
    /// Who applies: a keyed hash, as the list of cases gives it; a name or number never stands in an address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub applicant: Option<String>,
    /// The end of a limit moved with this version of the calendars.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved: Option<i64>,
    /// `urgent`: the one whose limit ends first comes first, as of its own accord in lists of a level `red` or `yellow`; else `newest`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sort: Option<CaseSort>,
    /// Where the next page begins, as the page before said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// Rows a page has, at most 200.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

/// Orders of a list of cases.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CaseSort {
    /// The newest first.
    Newest,
    /// The one whose limit ends first.
    Urgent,
}

impl CaseQuery {
    /// What the store is asked for it, within what the caller may see.
    ///
    /// # Errors
    /// If its day is none.
    pub fn filter(&self, app: &App, caller: &Caller) -> Result<CaseFilter, Problem> {
        let now = app.runtime.clock().now();
        let before = |days: u16| {
            let then = now.saturating_sub(SignedDuration::from_hours(24 * i64::from(days)));
            then.map(Timestamp::as_millisecond).unwrap_or(i64::MIN)
        };
        let code = |city: &Option<String>| city.as_ref().map(|c| app.city(c));
        let due = self.due.as_deref().map(|day| span_of(day, now));
        let applicant = self
            .applicant
            .as_deref()
            .map(|text| Applicant::read(text).ok_or_else(|| Problem::new(Code::Malformed)));
        Ok(CaseFilter {
            within: Some(app.spheres(caller)),
            city: code(&self.city),
            accepting: code(&self.accepting),
            deciding: code(&self.deciding),
            number: self.number.clone(),
            matter: self.matter.clone(),
            status: self.status.clone(),
            level: self.level.clone(),
            open: self.open,
            due: due.transpose()?,
            applicant: applicant.transpose()?,
            since_before: self.longer.map(before),
            ended_from: self.ended.map(before),
            in_time: self.in_time == Some(true),
            parent: None,
            moved_by: self.moved,
            ..CaseFilter::default()
        })
    }

    /// The order of its list: the one asked for. Of what is late or soon will be, the latest first; else the newest first.
    pub fn order(&self) -> CaseSort {
        let warned = matches!(self.level.as_deref(), Some("red" | "yellow"));
        self.sort.unwrap_or(match warned {
            true => CaseSort::Urgent,
            false => CaseSort::Newest,
        })
    }

    /// The query as it stands in an address; empty for all.
    pub fn text(&self) -> String {
        serde_urlencoded::to_string(self).unwrap_or_default()
    }
}

/// Beginning and end of a day in Beijing, UTC milliseconds.
pub(super) fn span_of(text: &str, now: Timestamp) -> Result<(i64, i64), Problem> {
    let wrong = || Problem::says(Code::Malformed, "api.bad_day", &[("name", text.to_owned())]);
    let day: Date = match text {
        "today" => civil(now).date(),
        text => text.parse().map_err(|_| wrong())?,
    };
    let next = day.tomorrow().map_err(|_| wrong())?;
    let begin = |day: Date| instant_of(day.at(0, 0, 0, 0)).as_millisecond();
    Ok((begin(day), begin(next)))
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
#[utoipa::path(get, path = "/api/v1/cases", tag = "cases", params(CaseQuery), responses((status = 200, body = CasePage)))]
pub(super) async fn list(
    State(app): Here,
    caller: Caller,
    Asked(query): Asked<CaseQuery>,
) -> Result<Json<CasePage>, Problem> {
    let listed = app.cases(&caller, &query, None).await?;
    Ok(Json(page(listed)))
}

/// A page of cases as the API shows it.
pub(super) fn page(listed: ListedCases) -> CasePage {
    CasePage {
        cases: listed.rows.into_iter().map(line).collect(),
        total: listed.total,
        cursor: listed.cursor,
    }
}

/// A page of a list of cases, with how many there are in all.
#[derive(Debug)]
pub struct ListedCases {
    /// Rows.
    pub rows: Vec<CaseRow>,
    /// Rows in all.
    pub total: i64,
    /// Where the next page begins; none on the last.
    pub cursor: Option<String>,
}

impl App {
    /// A page of the cases of a query, as the caller may see them; `rows` a page unless the query says how many. Which cases of one person
    /// he is shown is on record.
    ///
    /// # Errors
    /// If the query is wrong or the store does not answer.
    pub async fn cases(
        &self,
        caller: &Caller,
        query: &CaseQuery,
        rows: Option<u32>,
    ) -> Result<ListedCases, Problem> {
        let limit = cursor::limit(query.limit.or(rows))?;
        let which = query.filter(self, caller)?;
        let by_person = which.applicant.is_some();
        let cursor = query.cursor.as_deref();
        let found = match query.order() {
            CaseSort::Urgent => self.most_urgent(which, cursor, limit).await?,
            CaseSort::Newest => self.newest(which, cursor, limit).await?,
        };
        if by_person {
            self.record_hits(caller, &found.rows).await?;
        }
        Ok(found)
    }

    async fn most_urgent(
        &self,
        which: CaseFilter,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<ListedCases, Problem> {
        let (store, more) = (self.runtime.store(), i64::from(limit) + 1);
        let after = cursor.map(cursor::urgent).transpose()?;
        let mut rows = store.urgent_cases(&which, after, more).await?;
        let cursor = cursor::next(&mut rows, limit, |row| {
            cursor::after_urgent(row.due, row.id)
        });
        Ok(ListedCases {
            cursor,
            total: store.count_cases(&which).await?,
            rows,
        })
    }
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
    /// A page of cases, the newest first.
    pub(super) async fn newest(
        &self,
        which: CaseFilter,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<ListedCases, Problem> {
        let store = self.runtime.store();
        let before = cursor.map(|c| cursor::read::<1>('c', c)).transpose()?;
        let more = i64::from(limit) + 1;
        let mut rows = store.cases(&which, before.map(|[id]| id), more).await?;
        let cursor = cursor::next(&mut rows, limit, |row| cursor::write('c', &[row.id]));
        Ok(ListedCases {
            cursor,
            total: store.count_cases(&which).await?,
            rows,
        })
    }

    /// The code of a city given by code or short name; an unknown one stays as it is and matches nothing.
    pub fn city(&self, text: &str) -> String {
        let library = self.runtime.library();
        let city = library.network.city(text);
        city.map_or(text, |c| c.code.as_str()).to_owned()
    }
}
