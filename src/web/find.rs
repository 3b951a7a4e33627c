//! Cases that are looked for: by number, its beginning or the last digits of its serial, by who applies (G61).

use super::body::Body;
use super::cases::{CasePage, ListedCases, page};
use super::problem::{Code, Problem};
use super::{App, Here, cursor};
use crate::directory::Caller;
use crate::runtime::Seen;
use crate::store::{CaseFilter, CaseRow};
use axum::Json;
use axum::extract::State;
use engine::case::{PaperNumber, Sight};
use serde::Deserialize;
use utoipa::ToSchema;

/// The longest text to look for (G82), in characters, and the shortest beginning of a number.
const LONGEST: usize = 200;
const BEGINNING: usize = 7;
/// Digits of a serial that are looked for: at least as many as a short message names.
const TAIL: std::ops::RangeInclusive<usize> = 4..=8;
/// Cases of a person that are looked into for papers to be used again.
const EARLIER: i64 = 10;

/// Who or what is looked for; not in the address, so that no log holds it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Search {
    /// The applicant's ID number.
    #[serde(default)]
    id_number: Option<String>,
    /// A number or its beginning, the last digits of the serial of a case in flight, the number of a paper, the applicant's name, its initials, or
    /// his ID number.
    #[serde(default)]
    #[schema(example = "李四")]
    q: Option<String>,
    /// Where the next page begins, as the page before said.
    #[serde(default)]
    cursor: Option<String>,
    /// Rows a page has, at most 200.
    #[serde(default)]
    limit: Option<u32>,
}

/// Cases of a person, or of a number, in which a city of the caller has a part, newest first.
#[utoipa::path(post, path = "/api/v1/cases/search", tag = "cases", request_body = Search,
    responses((status = 200, body = CasePage)))]
pub(super) async fn search(
    State(app): Here,
    caller: Caller,
    body: Body<Search>,
) -> Result<Json<CasePage>, Problem> {
    let Search {
        id_number,
        q,
        cursor,
        limit,
    } = body.value;
    let text = id_number.or(q).unwrap_or_default();
    let found = app.find(&caller, &text, cursor.as_deref(), limit).await?;
    Ok(Json(page(found)))
}

impl App {
    /// A page of the cases that a text finds: a number or its beginning, the number of a paper, a name, the initials of one, or an ID number; of cases in
    /// flight also the last digits of the serial, which is how a short message names them. Of a person
    /// those are found that the caller sees whole; newest first. Which those are is on record.
    ///
    /// # Errors
    /// If the text is too long, or nothing is looked for.
    pub async fn find(
        &self,
        caller: &Caller,
        text: &str,
        cursor: Option<&str>,
        limit: Option<u32>,
    ) -> Result<ListedCases, Problem> {
        let of_paper = self.case_of_paper(text).await?;
        let which = match of_paper {
            Some(case) => CaseFilter {
                within: Some(self.spheres(caller)),
                begins: Some(case),
                ..CaseFilter::default()
            },
            None => self.sought(caller, text)?,
        };
        let by_person = which.applicant.is_some();
        let found = self.newest(which, cursor, cursor::limit(limit)?).await?;
        if by_person {
            self.record_hits(caller, &found.rows).await?;
        }
        Ok(found)
    }

    /// The number of the case of the paper with this number, empty-handed the text itself, which no case is called; none if the text is not
    /// the number of a paper.
    async fn case_of_paper(&self, text: &str) -> Result<Option<String>, Problem> {
        let Ok(number) = text.parse::<PaperNumber>() else {
            return Ok(None);
        };
        let store = self.runtime.store();
        let row = match store.paper_by_number(&number).await? {
            Some((case, _)) => store.case(case).await?,
            None => None,
        };
        Ok(Some(
            row.map_or_else(|| number.to_string(), |row| row.number),
        ))
    }

    fn sought(&self, caller: &Caller, text: &str) -> Result<CaseFilter, Problem> {
        if text.chars().count() > LONGEST {
            let most = [("most", LONGEST.to_string())];
            return Err(Problem::says(Code::Malformed, "api.long_search", &most));
        }
        let number = text.trim().to_uppercase();
        let is_number = number.len() >= BEGINNING
            && number.contains('-')
            && number
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-');
        let is_tail = TAIL.contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit());
        let applicant = self.runtime.applicant(text).filter(|_| !is_number);
        if !is_number && !is_tail && applicant.is_none() {
            return Err(Problem::field(
                "/q",
                "api.missing",
                &[("name", "q".to_owned())],
            ));
        }
        Ok(CaseFilter {
            within: Some(self.spheres(caller)),
            open: is_tail.then_some(true),
            tail: is_tail.then(|| number.clone()),
            begins: is_number.then_some(number),
            applicant,
            ..CaseFilter::default()
        })
    }

    /// The newest cases of a person that the caller sees whole, as they stand.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn earlier_cases(
        &self,
        caller: &Caller,
        id_number: &str,
    ) -> Result<Vec<Seen>, Problem> {
        let Some(applicant) = self.runtime.applicant(id_number) else {
            return Ok(Vec::new());
        };
        let which = CaseFilter {
            within: Some(self.spheres(caller)),
            applicant: Some(applicant),
            ..CaseFilter::default()
        };
        let (actor, mut all) = (caller.actor(), Vec::new());
        for row in self.runtime.store().cases(&which, None, EARLIER).await? {
            let visible = self.visible(&actor, row.id.unsigned_abs()).await;
            let seen = visible.ok().filter(|v| v.sight == Sight::Whole);
            all.extend(seen.map(|visible| visible.seen));
        }
        Ok(all)
    }

    /// Open cases of a person and of a matter that the caller sees whole, newest first.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn open_cases_of(
        &self,
        caller: &Caller,
        id_number: &str,
        matter: &str,
    ) -> Result<Vec<CaseRow>, Problem> {
        let Some(applicant) = self.runtime.applicant(id_number) else {
            return Ok(Vec::new());
        };
        let which = CaseFilter {
            within: Some(self.spheres(caller)),
            applicant: Some(applicant),
            matter: Some(matter.to_owned()),
            open: Some(true),
            ..CaseFilter::default()
        };
        Ok(self.runtime.store().cases(&which, None, 30).await?)
    }
}
