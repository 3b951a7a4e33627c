//! Who read what: every reading of a case is on record before it is answered (G70), and is found again by whoever watches over that.

use super::body::Asked;
use super::cases::{instant, span_of};
use super::problem::Problem;
use super::sight::{Visible, storage};
use super::views::Person;
use super::{App, Here, cursor};
use crate::directory::Caller;
use crate::store::{CaseRow, ReadingFilter, ReadingRow};
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use utoipa::{IntoParams, ToSchema};

/// The post that searches what was read.
pub const AUDITOR: &str = "audit-admin";
/// What an applicant is called, who has no account.
pub const APPLICANT: &str = "applicant";
/// The longest reason, and the longest query of a list (G82), in characters.
const LONGEST: usize = 200;

/// What is done with content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A case, or a part of it, was read.
    Read,
    /// A masked value was shown in full.
    Reveal,
    /// A list was taken away as a file.
    Export,
    /// An administrator looked as a post, which stands in place of his own.
    Onlook,
    /// A notice with example values, or a ping, was sent as a test.
    Test,
}

impl Kind {
    /// Its name in rows and catalogues.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Read => "read",
            Kind::Reveal => "reveal",
            Kind::Export => "export",
            Kind::Onlook => "onlook",
            Kind::Test => "test",
        }
    }
}

impl App {
    /// The case, if the caller may know of it; that he reads this part of it is on record before he gets it.
    ///
    /// # Errors
    /// 404 for others; if it cannot be recorded, nothing is shown.
    pub async fn read(&self, caller: &Caller, id: u64, what: &str) -> Result<Visible, Problem> {
        let visible = self.visible(&caller.actor(), id).await?;
        self.record(caller, Kind::Read, Some(id), what, "").await?;
        Ok(visible)
    }

    /// Records that a caller gets something to read; `case` none: a list.
    ///
    /// # Errors
    /// If it cannot be recorded: then it must not be shown.
    pub async fn record(
        &self,
        caller: &Caller,
        kind: Kind,
        case: Option<u64>,
        what: &str,
        reason: &str,
    ) -> Result<(), Problem> {
        let row = self.reading_of(caller, kind, case, what, reason);
        self.write_down(vec![row]).await
    }

    /// Records which cases a search by a person brings before a caller; where it finds none, that he searched. Whom he looked for is
    /// told by what he found, and stands nowhere else.
    ///
    /// # Errors
    /// If it cannot be recorded: then it must not be shown.
    pub async fn record_hits(&self, caller: &Caller, found: &[CaseRow]) -> Result<(), Problem> {
        let row = |case| self.reading_of(caller, Kind::Read, case, "search", "");
        let hits = found.iter().map(|hit| row(Some(hit.id.unsigned_abs())));
        let rows = match found.is_empty() {
            true => vec![row(None)],
            false => hits.collect(),
        };
        self.write_down(rows).await
    }

    fn reading_of(
        &self,
        caller: &Caller,
        kind: Kind,
        case: Option<u64>,
        what: &str,
        reason: &str,
    ) -> ReadingRow {
        let posts: Vec<String> = caller.posts.iter().map(ToString::to_string).collect();
        let stands_for = caller.stands_for.as_ref();
        let kind = match caller.looks_as {
            Some(_) => Kind::Onlook,
            None => kind,
        };
        ReadingRow {
            account: caller.id.to_string(),
            posts: posts.join(" "),
            stands_for: stands_for.map_or_else(String::new, |stand| stand.person.to_string()),
            ..self.reading(kind, caller.from, case, what, reason)
        }
    }

    /// Records that an applicant looks at his case, or at a paper of it.
    ///
    /// # Errors
    /// If it cannot be recorded: then it must not be shown.
    pub async fn record_applicant(
        &self,
        from: Option<IpAddr>,
        case: u64,
        what: &str,
    ) -> Result<(), Problem> {
        let row = ReadingRow {
            account: APPLICANT.to_owned(),
            ..self.reading(Kind::Read, from, Some(case), what, "")
        };
        self.write_down(vec![row]).await
    }

    fn reading(
        &self,
        kind: Kind,
        from: Option<IpAddr>,
        case: Option<u64>,
        what: &str,
        reason: &str,
    ) -> ReadingRow {
        ReadingRow {
            no: 0,
            at: self.runtime.clock().now().as_millisecond(),
            kind: kind.word().to_owned(),
            account: String::new(),
            posts: String::new(),
            stands_for: String::new(),
            source: from.map_or_else(String::new, |from| from.to_canonical().to_string()),
            case_id: case.map_or(0, u64::cast_signed),
            what: what.chars().take(LONGEST).collect(),
            reason: reason.chars().take(LONGEST).collect(),
        }
    }

    async fn write_down(&self, rows: Vec<ReadingRow>) -> Result<(), Problem> {
        let written = self.runtime.write_down(rows).await;
        written.map_err(|error| storage(&error))
    }

    /// A page of what was read, the newest first.
    ///
    /// # Errors
    /// If the query is wrong or the store does not answer.
    pub async fn readings(&self, query: &ReadingQuery) -> Result<ListedReadings, Problem> {
        let limit = cursor::limit(query.limit)?;
        let which = query.filter(self).await?;
        let before = query.cursor.as_deref().map(|c| cursor::read::<1>('r', c));
        let before = before.transpose()?.map(|[no]| no);
        let store = self.runtime.store();
        let mut rows = store.readings(&which, before, i64::from(limit) + 1).await?;
        let cursor = cursor::next(&mut rows, limit, |row| cursor::write('r', &[row.no]));
        Ok(ListedReadings {
            cursor,
            total: store.count_readings(&which).await?,
            rows,
        })
    }
}

/// A page of what was read.
#[derive(Debug)]
pub struct ListedReadings {
    /// Rows.
    pub rows: Vec<ReadingRow>,
    /// Rows in all.
    pub total: i64,
    /// Where the next page begins; none on the last.
    pub cursor: Option<String>,
}

/// Which readings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ReadingQuery {
    /// Number or id of a case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case: Option<String>,
    /// Id of a person or system; `applicant`: by link or query code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// What was done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<Kind>,
    /// The first day, Beijing time, such as `2026-11-23`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The last day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// Where the next page begins, as the page before said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// Rows a page has, at most 200.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

impl ReadingQuery {
    async fn filter(&self, app: &App) -> Result<ReadingFilter, Problem> {
        let now = app.runtime.clock().now();
        let day = |day: &Option<String>| day.as_deref().map(|d| span_of(d, now)).transpose();
        let case = match &self.case {
            Some(case) => Some(app.case_id(case).await?.cast_signed()),
            None => None,
        };
        Ok(ReadingFilter {
            case_id: case,
            account: self.account.clone(),
            kind: self.kind.map(|kind| kind.word().to_owned()),
            from: day(&self.from)?.map(|(begin, _)| begin),
            to: day(&self.to)?.map(|(_, end)| end),
        })
    }

    /// The query as it stands in an address.
    pub fn text(&self) -> String {
        serde_urlencoded::to_string(self).unwrap_or_default()
    }
}

/// Something that was read.
#[derive(Serialize, ToSchema)]
pub(super) struct Reading {
    at: String,
    #[schema(value_type = Kind)]
    kind: String,
    by: Person,
    /// The posts in which he read, as city/department/post.
    posts: Vec<String>,
    /// Whose deputy he was.
    on_behalf_of: Option<Person>,
    /// Address of the network it came from.
    from: Option<String>,
    /// Id of the case; null: a list.
    case: Option<String>,
    /// Part of the case, whose values and JSON pointer, or the query of a list.
    what: String,
    /// Why, where he had to say it.
    reason: Option<String>,
}

/// A page of what was read, the newest first.
#[derive(Serialize, ToSchema)]
pub(super) struct ReadingPage {
    /// Rows.
    readings: Vec<Reading>,
    /// Rows in all.
    total: i64,
    /// Where the next page begins; null on the last.
    cursor: Option<String>,
}

/// Who read what of which case, had a masked value shown, or took a list away: for audit administrators.
#[utoipa::path(get, path = "/api/v1/audit/readings", tag = "operations", params(ReadingQuery), responses((status = 200, body = ReadingPage)))]
pub(super) async fn list(
    State(app): Here,
    caller: Caller,
    Asked(query): Asked<ReadingQuery>,
) -> Result<Json<ReadingPage>, Problem> {
    super::definitions::must_hold(&app, &caller, AUDITOR)?;
    let listed = app.readings(&query).await?;
    let person = |id: &str| Person::of(id, &caller.people);
    let some = |text: String| Some(text).filter(|text| !text.is_empty());
    let line = |row: ReadingRow| Reading {
        at: instant(row.at).unwrap_or_default(),
        kind: row.kind,
        by: person(&row.account),
        posts: row.posts.split_whitespace().map(str::to_owned).collect(),
        on_behalf_of: some(row.stands_for).map(|id| person(&id)),
        from: some(row.source),
        case: Some(row.case_id)
            .filter(|id| *id != 0)
            .map(|id| id.to_string()),
        what: row.what,
        reason: some(row.reason),
    };
    Ok(Json(ReadingPage {
        readings: listed.rows.into_iter().map(line).collect(),
        total: listed.total,
        cursor: listed.cursor,
    }))
}
