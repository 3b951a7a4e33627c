//! The digest of the day: one mail to each office on its working days, of what its lists then hold. Of several nodes that send it at
//! once the store takes one; of what fell due while the program stood still, today's.

use super::alarm::Alarm;
use super::held::Loader;
use super::owed::{Owed, name};
use crate::store::{Listed, Office, Order, StoreError, TaskFilter};
use engine::clock::{civil, instant};
use engine::library::Library;
use engine::network::Network;
use engine::text::Lang;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use notifications::facts::{CaseFacts, Facts};
use notifications::message::Channel;
use notifications::wording::{Notices, Reader, find};
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError, Weak};

/// What it is called.
pub(super) const DIGEST: &str = "digest";
/// Tasks it names, the most urgent ones.
const NAMED: i64 = 10;
/// Numbers go up to here, as on the pages.
const COUNTED: i64 = 1_000;
/// Days looked at for the one before, or the next: no run of rest days is so long.
const DAYS: usize = 60;

static NOTHING: LazyLock<Notices> = LazyLock::new(Notices::default);

/// Sends the digests.
#[derive(Clone, Debug)]
pub(super) struct Digests {
    loader: Loader,
    outbox: Alarm,
    plan: Arc<Mutex<Plan>>,
}

/// When to look again, by which library.
#[derive(Debug, Default)]
struct Plan {
    next: Option<Timestamp>,
    of: Weak<Library>,
}

/// An office and what its digest tells.
struct Told {
    place: String,
    at: Timestamp,
    /// When the one before was due.
    before: Timestamp,
}

impl Digests {
    pub(super) fn new(loader: &Loader, outbox: &Alarm) -> Self {
        Digests {
            loader: loader.clone(),
            outbox: outbox.clone(),
            plan: Arc::default(),
        }
    }

    /// When the next one is due after an instant; that instant itself, where it is not known yet, or calendars have changed.
    pub(super) fn next(&self, now: Timestamp) -> Option<Timestamp> {
        let library = self.loader.definitions.library();
        let plan = self.plan();
        match plan.of.ptr_eq(&Arc::downgrade(&library)) {
            true => plan.next,
            false => Some(now),
        }
    }

    fn plan_after(&self, now: Timestamp, library: &Arc<Library>) {
        let offices = self.offices(&library.network);
        let of_office = |(place, city): &(String, String)| self.after(place, city, library, now);
        let next = offices.iter().filter_map(of_office).min();
        let of = Arc::downgrade(library);
        *self.plan() = Plan { next, of };
    }

    /// Sends what is due at an instant, once.
    pub(super) async fn send(&self, now: Timestamp) -> Result<(), StoreError> {
        if self.next(now).is_none_or(|next| next > now) {
            return Ok(());
        }
        let library = self.loader.definitions.library();
        let store = &self.loader.store;
        let done: BTreeMap<String, i64> = store.digests().await?.into_iter().collect();
        let at_work = store.offices_at_work().await?;
        let mut sent = 0;
        for (place, city) in self.offices(&library.network) {
            let Some(told) = self.due(&place, &city, &library.network, now) else {
                continue;
            };
            let at = told.at.as_millisecond();
            if done.get(&place).is_some_and(|done| *done >= at) {
                continue;
            }
            if at_work.contains(&place) {
                sent += self.tell(&told, &library).await?;
            }
            store.note_digest(&place, at).await?;
        }
        if sent > 0 {
            self.outbox.ring();
        }
        self.plan_after(now, &library);
        Ok(())
    }

    /// The offices of the network that can be written to, with their cities.
    fn offices(&self, network: &Network) -> Vec<(String, String)> {
        let reach = &self.loader.reach;
        let places = network.cities().flat_map(|city| {
            let departments = network.departments().keys();
            departments.map(move |d| (format!("{}/{d}", city.code), city.code.clone()))
        });
        let written_to = |(place, _): &(String, String)| {
            reach.everyone || reach.address(place, Channel::Email).is_some()
        };
        places.filter(written_to).collect()
    }

    /// When an office has its next one.
    fn after(
        &self,
        place: &str,
        city: &str,
        library: &Library,
        now: Timestamp,
    ) -> Option<Timestamp> {
        let calendar = library.network.calendar(city);
        let mut all = self.loader.reach.timetable(place)?.after(now).take(DAYS);
        all.find(|at| calendar.day(civil(*at).date()).working)
    }

    /// The last one of today, if today is a working day and it is due.
    fn due(&self, place: &str, city: &str, network: &Network, now: Timestamp) -> Option<Told> {
        let calendar = network.calendar(city);
        let table = self.loader.reach.timetable(place)?;
        let last_of = |day: Date, upto: Timestamp| {
            let from = instant(day.to_datetime(jiff::civil::Time::midnight()));
            let from = from
                .checked_sub(jiff::SignedDuration::from_millis(1))
                .ok()?;
            let all = table
                .after(from)
                .take_while(|at| *at <= upto && civil(*at).date() == day);
            all.last().filter(|_| calendar.day(day).working)
        };
        let today = civil(now).date();
        let at = last_of(today, now)?;
        let days = std::iter::successors(today.yesterday().ok(), |day| day.yesterday().ok());
        let before = days.take(DAYS).find_map(|day| last_of(day, now));
        Some(Told {
            place: place.to_owned(),
            at,
            before: before.unwrap_or(at),
        })
    }

    /// Puts the digest of an office into the outbox; how many are new there.
    async fn tell(&self, told: &Told, library: &Library) -> Result<usize, StoreError> {
        let Some(facts) = self.facts(told, library).await? else {
            return Ok(0);
        };
        let lang = self.loader.reach.language(&told.place);
        let notice = find(&NOTHING, DIGEST, None, Reader::Staff, Channel::Email, lang);
        let body = notice.and_then(|n| n.word(Channel::Email, &n.complete(facts)).ok());
        let Some(body) = body else {
            tracing::error!(place = told.place, "there are no words for the digest");
            return Ok(0);
        };
        let owed = Owed::of_no_case(DIGEST, &told.place, told.at, body, None);
        let id = name(&[DIGEST, &told.place], told.at.as_millisecond());
        let rows: Vec<_> = owed.row(id, told.at).into_iter().collect();
        self.loader.store.post(&rows).await
    }

    /// What there is to say, if anything.
    async fn facts(&self, told: &Told, library: &Library) -> Result<Option<Facts>, StoreError> {
        let lists = lists(told);
        let mut numbers = serde_json::Map::new();
        for (word, query, filter) in &lists {
            let count = self.loader.store.count_tasks(filter, COUNTED + 1).await?;
            let count = match count > COUNTED {
                true => json!(format!("{COUNTED}+")),
                false => json!(count),
            };
            if *word == "all" && count == 0 {
                return Ok(None);
            }
            numbers.insert((*word).to_owned(), count);
            numbers.insert(format!("{word}_link"), self.link(query).into());
        }
        let all = lists
            .first()
            .map(|(_, _, filter)| filter.clone())
            .unwrap_or_default();
        let urgent = TaskFilter {
            order: Order::Urgency,
            ..all
        };
        let lang = self.loader.reach.language(&told.place);
        let first = self.loader.store.tasks(&urgent, None, NAMED).await?;
        let named: Vec<_> = first.iter().map(|row| line(row, library, lang)).collect();
        numbers.insert("tasks".to_owned(), named.into());
        let day = civil(told.at).date().to_string();
        numbers.insert("day".to_owned(), day.into());
        let (city, department) = told.place.split_once('/').unwrap_or_default();
        let office = library.network.office(city, department);
        let phone = self.loader.reach.phone(&told.place, &library.network);
        let phone = phone.unwrap_or_default();
        let facts = Facts::new(&CaseFacts::default(), &self.link(""), lang);
        let facts = facts.office(&office, phone);
        Ok(Some(facts.words(DIGEST, numbers.into())))
    }

    /// The list of the office that a query of its page shows.
    fn link(&self, query: &str) -> String {
        let path = format!("work?tab=office{query}");
        self.loader.reach.link(Channel::Email, &path)
    }

    fn plan(&self) -> MutexGuard<'_, Plan> {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The lists of an office: the word of each, what its page is asked, and what the store is.
fn lists(told: &Told) -> [(&'static str, String, TaskFilter); 6] {
    let (city, department) = told.place.split_once('/').unwrap_or_default();
    let office = Office {
        city: Some(city.to_owned()),
        department: Some(department.to_owned()),
        post: None,
    };
    let all = TaskFilter {
        within: Some(vec![office]),
        ..TaskFilter::default()
    };
    let of_level = |level: &str| TaskFilter {
        level: Some(level.to_owned()),
        ..all.clone()
    };
    let today = civil(told.at).date();
    let since = civil(told.before);
    let new = TaskFilter {
        opened_from: Some(told.before.as_millisecond()),
        ..all.clone()
    };
    let due = TaskFilter {
        due_within: Some(day(today)),
        ..all.clone()
    };
    let waiting = TaskFilter {
        state: Some("waiting".to_owned()),
        ..all.clone()
    };
    [
        ("all", String::new(), all.clone()),
        ("new", format!("&since={}", minute(since)), new),
        ("today", format!("&due={today}"), due),
        ("yellow", "&level=yellow".to_owned(), of_level("yellow")),
        ("red", "&level=red".to_owned(), of_level("red")),
        ("waiting", "&state=waiting".to_owned(), waiting),
    ]
}

/// An instant to the minute, as an address writes it.
fn minute(at: DateTime) -> String {
    at.strftime("%Y-%m-%dT%H:%M").to_string()
}

/// The first instant of a day in Beijing and the first after it, UTC milliseconds.
pub fn day(day: Date) -> (i64, i64) {
    let begins = |day: Date| instant(day.to_datetime(jiff::civil::Time::midnight()));
    let next = day.tomorrow().unwrap_or(day);
    (begins(day).as_millisecond(), begins(next).as_millisecond())
}

/// A task as it is named.
fn line(row: &Listed, library: &Library, lang: Lang) -> serde_json::Value {
    let matter = library.matters.get(&row.matter);
    let title = matter.map_or(row.matter.as_str(), |m| m.title.get(lang));
    let step = matter.and_then(|m| m.named(&row.task.step));
    let step = step.map_or(row.task.step.as_str(), |(_, s)| s.title.get(lang));
    let due = row
        .task
        .due
        .and_then(|due| Timestamp::from_millisecond(due).ok());
    let due = due.map(|due| civil(due).strftime("%m-%d %H:%M").to_string());
    json!({
        "number": row.number, "title": title, "step": step, "level": row.task.level,
        "due": due.unwrap_or_default(),
    })
}
