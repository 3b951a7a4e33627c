//! Which days and hours an office works: the national calendar, then the pool's, then the city's.

use crate::diagnostic::Diagnostic;
use crate::source::{Sources, Span};
use crate::yaml::{self, Node};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{Offset, TimeZone};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Beijing time, which the whole country keeps all year (R11).
pub const BEIJING: Offset = Offset::constant(8);

/// The instant of a civil time in Beijing.
pub fn instant(at: DateTime) -> Timestamp {
    BEIJING.to_timestamp(at).unwrap_or(Timestamp::MAX)
}

/// The civil time in Beijing at an instant.
pub fn civil(at: Timestamp) -> DateTime {
    TimeZone::fixed(BEIJING).to_datetime(at)
}

/// A day that is not what its weekday says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exception {
    /// Whether offices work.
    pub working: bool,
    /// The holiday it belongs to.
    pub holiday: String,
    /// 法定, 调休, 周末, 调休上班, 地方, 临时
    pub kind: String,
}

/// A day as an office sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Day {
    /// The date.
    pub date: Date,
    /// Whether the office works.
    pub working: bool,
    /// What makes it different from other days of its weekday.
    pub exception: Option<Exception>,
    /// No calendar has been published for its year: it may yet change.
    pub provisional: bool,
}

type Days = BTreeMap<Date, Exception>;

/// All calendars of the network, as loaded from `workflows/network/calendars/`.
#[derive(Clone, Debug, Default)]
pub struct Calendars {
    years: Arc<BTreeSet<i16>>,
    days: BTreeMap<String, Arc<Days>>,
    hours: BTreeMap<String, Arc<Hours>>,
}

/// Office hours of a day: sessions in order, without overlap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hours(Vec<(Time, Time)>);

impl Hours {
    /// Opening and closing times, in order.
    pub fn sessions(&self) -> &[(Time, Time)] {
        &self.0
    }

    /// When the office closes for the day.
    pub fn closing(&self) -> Time {
        self.0.last().map_or(Time::MAX, |s| s.1)
    }

    /// When the office opens.
    pub fn opening(&self) -> Time {
        self.0.first().map_or(Time::MIN, |s| s.0)
    }
}

/// The layers' name for the whole country.
const NATIONAL: &str = "national";

impl Calendars {
    /// Reads calendar files (path and text); every finding of every file in one go.
    pub fn read(
        files: &[(&str, &str)],
        sources: &mut Sources,
    ) -> Result<Calendars, Vec<Diagnostic>> {
        let mut read = Reading::default();
        for (path, text) in files {
            let file = sources.add(path, text);
            match yaml::parse(file, text) {
                Ok(node) => read.file(&node),
                Err(found) => read.found.extend(found),
            }
        }
        if !read.found.is_empty() {
            return Err(read.found);
        }
        let days = read
            .days
            .into_iter()
            .map(|(scope, days)| (scope, Arc::new(days)))
            .collect();
        Ok(Calendars {
            years: Arc::new(read.years),
            days,
            hours: read.hours,
        })
    }

    /// The years whose holidays are known.
    pub fn years(&self) -> Vec<i16> {
        self.years.iter().copied().collect()
    }

    /// The calendar of the whole country.
    pub fn national(&self) -> Calendar {
        self.of("", None)
    }

    /// The calendar of a city (six digits) in a pool (two digits): its own days over the pool's over the national ones.
    pub fn of(&self, city: &str, pool: Option<&str>) -> Calendar {
        let scopes: Vec<&str> = [Some(city), pool, Some(NATIONAL)]
            .into_iter()
            .flatten()
            .filter(|s| !s.is_empty())
            .collect();
        let layers = scopes
            .iter()
            .filter_map(|s| self.days.get(*s))
            .cloned()
            .collect();
        let hours = scopes.iter().find_map(|s| self.hours.get(*s)).cloned();
        let hours = hours.unwrap_or_else(|| Arc::new(Hours(vec![(Time::MIN, Time::MAX)])));
        Calendar {
            layers,
            hours,
            years: self.years.clone(),
        }
    }
}

/// The calendar of one office.
#[derive(Clone, Debug)]
pub struct Calendar {
    layers: Vec<Arc<Days>>,
    hours: Arc<Hours>,
    years: Arc<BTreeSet<i16>>,
}

impl Calendar {
    /// What a date is: an exception of the innermost layer that names it, else what its weekday says.
    pub fn day(&self, date: Date) -> Day {
        let exception = self
            .layers
            .iter()
            .find_map(|layer| layer.get(&date))
            .cloned();
        let weekend = date.weekday().to_monday_zero_offset() >= 5;
        let working = exception.as_ref().map_or(!weekend, |e| e.working);
        Day {
            date,
            working,
            exception,
            provisional: !self.years.contains(&date.year()),
        }
    }

    /// Office hours of a working day.
    pub fn hours(&self) -> &Hours {
        &self.hours
    }

    /// The first working day after a date.
    pub fn next_working(&self, date: Date) -> Date {
        days_after(date)
            .find(|d| self.day(*d).working)
            .unwrap_or(Date::MAX)
    }

    /// How many working days lie in `(after, until]`.
    pub fn working_days_between(&self, after: Date, until: Date) -> u32 {
        let days = days_after(after)
            .take_while(|d| *d <= until)
            .filter(|d| self.day(*d).working);
        u32::try_from(days.count()).unwrap_or(u32::MAX)
    }
}

/// The days strictly after a date, in order.
pub fn days_after(date: Date) -> impl Iterator<Item = Date> {
    std::iter::successors(date.tomorrow().ok(), |d| d.tomorrow().ok())
}

#[derive(Default)]
struct Reading {
    years: BTreeSet<i16>,
    days: BTreeMap<String, Days>,
    hours: BTreeMap<String, Arc<Hours>>,
    found: Vec<Diagnostic>,
}

impl Reading {
    fn file(&mut self, node: &Node) {
        for entry in node.entries() {
            match entry.key.as_str() {
                "hours" => self.hours(&entry.value),
                "calendar" | "notice" | "issued" | "version" | "year" | "days" => {}
                key => {
                    let known = [
                        "calendar", "year", "notice", "issued", "version", "days", "hours",
                    ];
                    self.found.push(
                        Diagnostic::new("E0701", entry.key_span)
                            .with("key", key)
                            .near(key, known),
                    );
                }
            }
        }
        if let Some(scope) = node.get("calendar").and_then(Node::text) {
            let year = node
                .get("year")
                .map(|n| (n.text().and_then(|t| t.parse::<i16>().ok()), n.span));
            match year {
                Some((Some(year), _)) => _ = self.years.insert(year),
                Some((None, span)) => self.found.push(Diagnostic::new("E0702", span)),
                None => {}
            }
            if let Some(days) = node.get("days") {
                self.days(scope, year.and_then(|y| y.0), days);
            }
        }
    }

    /// The text block of days: `date | weekday | 休 or 班 | holiday | kind`; the weekday is checked against the date.
    fn days(&mut self, scope: &str, year: Option<i16>, node: &Node) {
        for line in node
            .text()
            .unwrap_or_default()
            .lines()
            .filter(|l| !l.trim().is_empty())
        {
            match day(line, year) {
                Some((date, exception)) => {
                    if self
                        .days
                        .entry(scope.to_owned())
                        .or_default()
                        .insert(date, exception)
                        .is_some()
                    {
                        self.found
                            .push(Diagnostic::new("E0704", node.span).with("line", line.trim()));
                    }
                }
                None => self
                    .found
                    .push(Diagnostic::new("E0703", node.span).with("line", line.trim())),
            }
        }
    }

    fn hours(&mut self, node: &Node) {
        for entry in node.entries() {
            let texts = entry
                .value
                .items()
                .iter()
                .map(|n| n.text().and_then(session).ok_or(n.span));
            match texts.collect::<Result<Vec<_>, Span>>() {
                Ok(sessions) if !sessions.is_empty() && in_order(&sessions) => {
                    self.hours
                        .insert(entry.key.clone(), Arc::new(Hours(sessions)));
                }
                Ok(_) => self.found.push(Diagnostic::new("E0705", entry.key_span)),
                Err(span) => self.found.push(Diagnostic::new("E0705", span)),
            }
        }
    }
}

fn day(line: &str, year: Option<i16>) -> Option<(Date, Exception)> {
    let mut cells = line.split('|').map(str::trim);
    let date: Date = cells.next()?.parse().ok()?;
    let weekday = usize::try_from(date.weekday().to_monday_zero_offset()).ok()?;
    let right = ["周一", "周二", "周三", "周四", "周五", "周六", "周日"].get(weekday)?;
    if cells.next()? != *right || year.is_some_and(|y| y != date.year()) {
        return None;
    }
    let working = match cells.next()? {
        "休" => false,
        "班" => true,
        _ => return None,
    };
    let (holiday, kind) = (cells.next()?.to_owned(), cells.next()?.to_owned());
    cells.next().is_none().then_some((
        date,
        Exception {
            working,
            holiday,
            kind,
        },
    ))
}

fn session(text: &str) -> Option<(Time, Time)> {
    let (from, to) = text.split_once('-')?;
    let (from, to) = (from.trim().parse().ok()?, to.trim().parse().ok()?);
    (from < to).then_some((from, to))
}

fn in_order(sessions: &[(Time, Time)]) -> bool {
    sessions
        .iter()
        .zip(sessions.iter().skip(1))
        .all(|(a, b)| a.1 <= b.0)
}
