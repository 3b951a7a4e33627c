//! When a limit ends, day by day, and why. The rules R1–R9 are those of the civil code and the licensing law; the pause arithmetic
//! is the network's (the day a stop is issued still counts, the day the missing item arrives does not).

use super::calendar::{Calendar, civil, days_after, instant};
use super::limit::{Limit, Unit};
use crate::text::{Text, both};
use jiff::Timestamp;
use jiff::ToSpan;
use jiff::civil::{Date, DateTime};

/// A time in which a clock stood still: from, to.
pub type Pause = (Timestamp, Timestamp);

/// The end of a limit.
#[derive(Clone, Debug, PartialEq)]
pub struct Due {
    /// The instant; for limits in days, months and years closing time of the last day.
    pub at: Timestamp,
    /// A year without a published calendar took part: it may yet change.
    pub provisional: bool,
    /// Every day from the start on, and what became of it.
    pub days: Vec<DayCount>,
}

/// What became of one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayCount {
    /// The day.
    pub date: Date,
    /// Its number in the count, if it was counted.
    pub number: Option<u32>,
    /// Why.
    pub why: Why,
    /// The holiday or swapped day it is.
    pub holiday: Option<String>,
    /// Office minutes counted, where a limit counts them and it is known how many.
    pub minutes: Option<i64>,
}

/// Why a day was counted or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// R1: the day of the start is free.
    Start,
    /// An ordinary day that counts.
    Counted,
    /// R3: a make-up working day counts.
    MakeUp,
    /// A weekend.
    Weekend,
    /// A holiday, or a day swapped for one.
    Holiday,
    /// The clock stood still.
    Paused,
    /// R6: the last day is a rest day, so the period ends on the first day after.
    Shifted,
    /// Its office hours count, for limits in hours and minutes.
    Hours,
}

/// The end of `limit` that starts at `from`, on the calendar of the office that owes the step.
pub fn due(calendar: &Calendar, from: Timestamp, limit: Limit, pauses: &[Pause]) -> Due {
    match limit.unit {
        Unit::WorkingDays => in_days(calendar, from, limit, pauses),
        Unit::Days | Unit::Months | Unit::Years => in_calendar_days(calendar, from, limit, pauses),
        Unit::Hours => in_seconds(calendar, from, i64::from(limit.count) * 3600, pauses),
        Unit::Minutes => in_seconds(calendar, from, i64::from(limit.count) * 60, pauses),
    }
}

/// The longest run of days looked at: no limit of law is longer than this.
const HORIZON: usize = 366 * 300;

fn in_days(calendar: &Calendar, from: Timestamp, limit: Limit, pauses: &[Pause]) -> Due {
    let start = civil(from).date();
    let mut days = vec![of(calendar, start, None, Why::Start)];
    let mut last = start;
    let mut number = 0;
    // R9: an immediate limit ends on the day itself, or on the next working day when it starts on a rest day.
    let mut open = limit.count > 0 || !calendar.day(start).working;
    let wanted = limit.count.max(1);
    for date in days_after(start).take(HORIZON) {
        if !open {
            break;
        }
        let why = if paused(pauses, date) {
            Why::Paused
        } else {
            kind(calendar, date)
        };
        let counted = matches!(why, Why::Counted | Why::MakeUp);
        number += u32::from(counted);
        days.push(of(calendar, date, counted.then_some(number), why));
        last = date;
        open = number < wanted;
    }
    closing(calendar, last, days)
}

fn in_calendar_days(calendar: &Calendar, from: Timestamp, limit: Limit, pauses: &[Pause]) -> Due {
    let start = civil(from).date();
    let mut days = vec![of(calendar, start, None, Why::Start)];
    let wanted = total_days(start, limit);
    let (mut last, mut number) = (start, 0);
    for date in days_after(start).take(HORIZON) {
        if number >= wanted {
            break;
        }
        let stands = paused(pauses, date);
        number += u32::from(!stands);
        days.push(of(
            calendar,
            date,
            (!stands).then_some(number),
            if stands { Why::Paused } else { Why::Counted },
        ));
        last = date;
    }
    while !calendar.day(last).working && last < Date::MAX {
        let Ok(next) = last.tomorrow() else { break };
        days.push(of(calendar, next, None, Why::Shifted));
        last = next;
    }
    closing(calendar, last, days)
}

/// How many days a limit in days, months or years counts. R7: months and years end on the corresponding day, or on the last of the
/// month; days on which the clock stood still are added behind.
pub(super) fn total_days(start: Date, limit: Limit) -> u32 {
    match limit.unit {
        Unit::Months => span_days(start, start.checked_add(i64::from(limit.count).months())),
        Unit::Years => span_days(start, start.checked_add(i64::from(limit.count).years())),
        Unit::Minutes | Unit::Hours | Unit::Days | Unit::WorkingDays => limit.count,
    }
}

fn span_days(start: Date, end: Result<Date, jiff::Error>) -> u32 {
    let days = end
        .ok()
        .and_then(|end| start.until(end).ok())
        .map_or(0, |s| s.get_days());
    u32::try_from(days).unwrap_or(0)
}

/// The end of so many office seconds.
pub(super) fn in_seconds(
    calendar: &Calendar,
    from: Timestamp,
    seconds: i64,
    pauses: &[Pause],
) -> Due {
    let start = civil(from).date();
    let mut days = Vec::new();
    let mut left = seconds;
    let mut at = from;
    let all = std::iter::once(start).chain(days_after(start));
    for date in all.take(HORIZON) {
        days.push(of(calendar, date, None, hours(calendar, date)));
        if !calendar.day(date).working {
            continue;
        }
        for (open, close) in office(calendar, date) {
            for (open, close) in without(pauses, open.max(from), close) {
                let length = close.duration_since(open).as_secs();
                if length >= left {
                    at = open.checked_add(left.seconds()).unwrap_or(close);
                    let provisional = days.iter().any(|d| calendar.day(d.date).provisional);
                    return Due {
                        at,
                        provisional,
                        days,
                    };
                }
                left -= length;
                at = close;
            }
        }
    }
    Due {
        at,
        provisional: true,
        days,
    }
}

/// Office sessions of a day as instants.
pub(super) fn office(calendar: &Calendar, date: Date) -> Vec<(Timestamp, Timestamp)> {
    let at = |time| instant(DateTime::from_parts(date, time));
    calendar
        .hours()
        .sessions()
        .iter()
        .map(|(open, close)| (at(*open), at(*close)))
        .collect()
}

/// What is left of a session once the pauses are taken out.
pub(super) fn without(
    pauses: &[Pause],
    open: Timestamp,
    close: Timestamp,
) -> Vec<(Timestamp, Timestamp)> {
    let mut parts = vec![(open, close)];
    for (from, to) in pauses {
        parts = parts
            .into_iter()
            .flat_map(|(a, b)| [(a, b.min(*from)), (a.max(*to), b)])
            .collect();
    }
    parts.retain(|(a, b)| a < b);
    parts.sort();
    parts.dedup();
    parts
}

/// A day lies in a pause when it is after the day the pause began and not after the day it ended.
pub(super) fn paused(pauses: &[Pause], date: Date) -> bool {
    pauses
        .iter()
        .any(|(from, to)| civil(*from).date() < date && date <= civil(*to).date())
}

pub(super) fn kind(calendar: &Calendar, date: Date) -> Why {
    let day = calendar.day(date);
    match (day.working, &day.exception) {
        (true, None) => Why::Counted,
        (true, Some(_)) => Why::MakeUp,
        (false, Some(_)) => Why::Holiday,
        (false, None) => Why::Weekend,
    }
}

/// What a day is to a limit in hours and minutes: also the first counts, as far as the office is open.
pub(super) fn hours(calendar: &Calendar, date: Date) -> Why {
    match kind(calendar, date) {
        Why::Counted | Why::MakeUp => Why::Hours,
        rest => rest,
    }
}

pub(super) fn of(calendar: &Calendar, date: Date, number: Option<u32>, why: Why) -> DayCount {
    DayCount {
        date,
        number,
        why,
        holiday: calendar.day(date).exception.map(|e| e.holiday),
        minutes: None,
    }
}

fn closing(calendar: &Calendar, last: Date, days: Vec<DayCount>) -> Due {
    let provisional = days.iter().any(|d| calendar.day(d.date).provisional);
    Due {
        at: instant(DateTime::from_parts(last, calendar.hours().closing())),
        provisional,
        days,
    }
}

impl DayCount {
    /// The day in a sentence: date, weekday, counted or not, why.
    pub fn words(&self) -> Text {
        let key = match self.why {
            Why::Start => "due.start",
            Why::Counted => "due.counted",
            Why::MakeUp => "due.make_up",
            Why::Weekend => "due.weekend",
            Why::Holiday => "due.holiday",
            Why::Paused => "due.paused",
            Why::Shifted => "due.shifted",
            Why::Hours if self.minutes.is_some() => "due.minutes",
            Why::Hours => "due.hours",
        };
        let minutes = self.minutes.unwrap_or_default();
        let number = self.number.map(|n| n.to_string()).unwrap_or_default();
        both(
            key,
            &[
                ("number", number),
                ("holiday", self.holiday.clone().unwrap_or_default()),
                ("hours", (minutes / 60).to_string()),
                ("minutes", (minutes % 60).to_string()),
            ],
        )
    }
}
