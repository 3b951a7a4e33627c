//! A post to be lent: what is asked for, and whether it can be.

use super::{Directory, may_be_lent, post};
use crate::store::{AccountRow, LendingRow};
use engine::clock::{civil, instant};
use engine::library::Library;
use jiff::Timestamp;
use jiff::civil::{Date, Time};
use std::collections::BTreeMap;

/// A post is lent for at most so long, days.
const LONGEST: i32 = 366;
/// The longest reason (G82), in characters.
const REASON: usize = 200;

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Wish {
    /// To whom.
    pub person: String,
    /// The post, `city/department/post`; the city by code or name.
    pub post: String,
    /// In which matters.
    pub matters: Vec<String>,
    /// The first day.
    pub from: Date,
    /// The last day.
    pub until: Date,
    /// Why.
    pub reason: String,
}

/// Why a post cannot be lent so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unlendable {
    /// The field that is wrong.
    pub field: &'static str,
    /// A catalogue key, `lending.…`.
    pub why: &'static str,
    /// What the sentence names.
    pub what: String,
}

impl Wish {
    /// The row that says so, asked for by somebody; nobody has agreed to it yet.
    ///
    /// # Errors
    /// If there is no such person in service, the post is none that may be lent or belongs to a city he works in anyway, a matter is
    /// not known, or the days cannot be.
    pub fn row(
        &self,
        people: &BTreeMap<String, AccountRow>,
        library: &Library,
        asked_by: &str,
        now: Timestamp,
    ) -> Result<LendingRow, Unlendable> {
        let wrong = |field, why, what: &str| {
            let what = what.to_owned();
            Err(Unlendable { field, why, what })
        };
        let known = people.get(&self.person);
        let known = known.filter(|p| p.state == "active" && p.kind == "person");
        let Some(person) = known.filter(|p| !p.posts.is_empty()) else {
            return wrong("person", "lending.person", &self.person);
        };
        let to = match post(&self.post, &library.network) {
            Ok(post) if may_be_lent(&post) => post,
            _ => return wrong("post", "lending.post", &self.post),
        };
        let at_home = format!("{}/", to.city);
        if person.posts.iter().any(|own| own.starts_with(&at_home)) {
            return wrong("post", "lending.at_home", &person.name);
        }
        let unknown = |m: &&String| !library.matters.contains_key(*m);
        if let Some(unknown) = self.matters.iter().find(unknown) {
            return wrong("matters", "lending.matter", unknown);
        }
        if self.matters.is_empty() {
            return wrong("matters", "lending.matters", "");
        }
        let long = self.from.until(self.until);
        let long = long.map_or(i32::MAX, |span| span.get_days());
        let over = self.until < civil(now).date();
        let after = self.until.tomorrow().ok();
        let Some(after) = after.filter(|_| self.until >= self.from && !over && long < LONGEST)
        else {
            return wrong("until", "lending.days", &self.until.to_string());
        };
        let reason = self.reason.trim();
        if reason.is_empty() || reason.chars().count() > REASON {
            return wrong("reason", "reject.reason", reason);
        }
        let midnight = |day: Date| instant(day.to_datetime(Time::midnight())).as_millisecond();
        Ok(LendingRow {
            id: rand::random_range(1..1_000_000_000_000),
            person: person.id.clone(),
            post: to.to_string(),
            matters: self.matters.clone(),
            begins: midnight(self.from),
            ends: midnight(after),
            reason: reason.to_owned(),
            asked_by: asked_by.to_owned(),
            asked: now.as_millisecond(),
            approved_by: None,
            approved: None,
            ended_by: None,
        })
    }
}

impl LendingRow {
    /// The first and the last day.
    pub fn days(&self) -> (Date, Date) {
        let day = |at: i64| civil(Timestamp::from_millisecond(at).unwrap_or_default()).date();
        (day(self.begins), day(self.ends - 1))
    }
}

impl Directory {
    /// By the clock that cases live by, which also says when lent posts begin and end.
    pub fn business_now(&self) -> Timestamp {
        self.business.now()
    }
}
