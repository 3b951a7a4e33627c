//! When something is to happen again and again: a `cron` expression of six fields, in Beijing time.

use chrono::{DateTime, FixedOffset};
use cron::Schedule;
use jiff::Timestamp;
use serde::Deserialize;
use std::str::FromStr;

/// Beijing, which has no summer time.
const EAST: i32 = 8 * 3600;
/// Two instants of one table lie at least so far apart, seconds.
const APART: i64 = 3600;
/// So many are looked at to find that out.
const LOOKED: usize = 100;

/// Instants that come again and again.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub struct Timetable(Schedule);

/// An expression that is none, or asks for more than one an hour.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "时刻表写法不对（应为“秒 分 时 日 月 星期”，至少相隔一小时） · not a timetable (second minute hour day month weekday, at least an hour apart): {0}"
)]
pub struct BadTimetable(String);

impl TryFrom<String> for Timetable {
    type Error = BadTimetable;

    fn try_from(text: String) -> Result<Self, BadTimetable> {
        let bad = || BadTimetable(text.clone());
        let table = Timetable(Schedule::from_str(&text).map_err(|_| bad())?);
        let mut before: Option<Timestamp> = None;
        for at in table.after(Timestamp::UNIX_EPOCH).take(LOOKED) {
            let close = before.is_some_and(|b| at.as_second() - b.as_second() < APART);
            if close {
                return Err(bad());
            }
            before = Some(at);
        }
        before.map(|_| table).ok_or_else(bad)
    }
}

impl Timetable {
    /// Its instants after one, earliest first.
    pub fn after(&self, at: Timestamp) -> impl Iterator<Item = Timestamp> + '_ {
        let zone = FixedOffset::east_opt(EAST);
        let at = DateTime::from_timestamp_millis(at.as_millisecond());
        let from = at.zip(zone).map(|(at, zone)| at.with_timezone(&zone));
        let all = from.into_iter().flat_map(|from| self.0.after(&from));
        all.filter_map(|at| Timestamp::from_millisecond(at.timestamp_millis()).ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &str) -> Result<Timetable, BadTimetable> {
        text.to_owned().try_into()
    }

    #[test]
    fn instants_are_those_of_beijing() {
        let at: Timestamp = "2026-10-07T08:30:00+08:00".parse().unwrap();
        let daily = table("0 30 8 * * *").unwrap();
        let next: Vec<String> = daily.after(at).take(2).map(|at| at.to_string()).collect();
        assert_eq!(next, ["2026-10-08T00:30:00Z", "2026-10-09T00:30:00Z"]);
        let weekly = table("0 0 9 * * Mon").unwrap();
        let next = weekly.after(at).next().unwrap();
        assert_eq!(next.to_string(), "2026-10-12T01:00:00Z");
    }

    #[test]
    fn what_is_no_timetable_or_comes_too_often_is_refused() {
        for text in [
            "",
            "half past eight",
            "30 8 * * *",
            "0 * * * * *",
            "0 0,30 8 * * *",
        ] {
            assert!(table(text).is_err(), "{text}");
        }
    }
}
