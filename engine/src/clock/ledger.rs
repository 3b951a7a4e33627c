//! A clock is a ledger: what may be used, what has been used, and the times it stood still. It lies in the events of a case, with
//! the instants at which each level is reached already worked out, so that reading it needs no calendar.

use super::calendar::{Calendar, civil, days_after, instant};
use super::due::{
    DayCount, Due, Pause, Why, due, in_seconds, kind, of, office, paused, total_days,
};
use super::limit::{Limit, Unit};
use jiff::civil::{Date, DateTime};
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

/// Most that a limit becomes longer at once.
const MOST_ADDED: u32 = 1_000;

/// How far a limit is used: 正常 提醒 黄牌 红牌, or 暂停.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// More than half is left.
    Normal,
    /// Half is used.
    Reminder,
    /// A fifth is left.
    Yellow,
    /// The limit has passed.
    Red,
    /// The clock stands still.
    Paused,
}

/// A time in which the clock stood still, or still does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stop {
    /// From when.
    pub from: Timestamp,
    /// Until when; none: still.
    pub to: Option<Timestamp>,
    /// Why, in the matter's words.
    pub reason: String,
    /// The paper that says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paper: Option<String>,
    /// At most so much is taken out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<Limit>,
}

/// What was used on the calendar of a city before the limit went on in another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leg {
    /// The city, six digits.
    pub city: String,
    /// Until when it counted there.
    pub until: Timestamp,
    /// Days that counted; the day of the change is used whole, like the day on which a stop begins.
    pub days: i64,
    /// Office seconds, for limits in hours and minutes.
    pub seconds: i64,
}

/// The ledger of one limit of one case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clock {
    limit: Limit,
    started: Timestamp,
    stops: Vec<Stop>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    legs: Vec<Leg>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    stopped: Option<Timestamp>,
    reminder: Timestamp,
    yellow: Timestamp,
    due: Timestamp,
    provisional: bool,
}

/// An amount of a limit: whole days and a part of one by office hours, or office seconds alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Amount {
    /// Days that count; 0 for limits in hours and minutes.
    pub days: i64,
    /// Office seconds beside the days.
    pub seconds: i64,
    /// Office seconds of the day concerned; a day more or less is this many.
    pub day_length: i64,
}

impl Amount {
    /// The rest of `limit` after this much is used; negative once it has passed.
    fn left_of(self, total: Amount) -> Amount {
        let mut left = Amount {
            days: total.days - self.days,
            seconds: total.seconds - self.seconds,
            day_length: self.day_length,
        };
        if left.seconds < 0 && left.days > 0 {
            left = Amount {
                days: left.days - 1,
                seconds: left.seconds + left.day_length,
                ..left
            };
        }
        left
    }
}

impl Clock {
    /// Starts a clock for `limit` at an instant, on the calendar of the office that owes the step.
    pub fn start(limit: Limit, at: Timestamp, calendar: &Calendar) -> Clock {
        let clock = Clock {
            limit,
            started: at,
            stops: Vec::new(),
            legs: Vec::new(),
            stopped: None,
            reminder: at,
            yellow: at,
            due: at,
            provisional: false,
        };
        clock.worked_out(calendar)
    }

    /// Lets it stand still from an instant on; a clock that stands still or has stopped stays as it is.
    #[must_use]
    pub fn pause(
        mut self,
        at: Timestamp,
        reason: &str,
        paper: Option<String>,
        max: Option<Limit>,
    ) -> Clock {
        if self.stopped.is_none() && !self.is_paused() {
            self.stops.push(Stop {
                from: at,
                to: None,
                reason: reason.to_owned(),
                paper,
                max,
            });
        }
        self
    }

    /// Lets it run on from an instant, and works its instants out anew. A stop with a maximum ends there if that was earlier.
    #[must_use]
    pub fn resume(mut self, at: Timestamp, calendar: &Calendar) -> Clock {
        if let Some(stop) = self.stops.last_mut().filter(|s| s.to.is_none()) {
            let latest = stop
                .max
                .map_or(at, |max| due(calendar, stop.from, max, &[]).at);
            stop.to = Some(at.min(latest));
        }
        self.worked_out(calendar)
    }

    /// Lengthens the limit by another of the same unit; one of another unit changes nothing.
    #[must_use]
    pub fn extend(mut self, add: Limit, calendar: &Calendar) -> Clock {
        if add.unit == self.limit.unit {
            self.limit.count = self.limit.count.saturating_add(add.count);
        }
        self.on(calendar)
    }

    /// Runs on from an instant with at least so much left: what is left of it, or the limit becomes as much longer. The time since it
    /// stopped is a stop like any other.
    #[must_use]
    pub fn left_at_least(
        mut self,
        at: Timestamp,
        least: Limit,
        reason: &str,
        calendar: &Calendar,
    ) -> Clock {
        if let Some(from) = self.stopped.take() {
            match self.stops.last_mut().filter(|s| s.to.is_none()) {
                Some(open) => open.to = Some(at),
                None => self.stops.push(Stop {
                    from,
                    to: Some(at),
                    reason: reason.to_owned(),
                    paper: None,
                    max: None,
                }),
            }
        }
        let wanted = due(calendar, at, least, &[]).at;
        let runs = |clock: &Clock| match clock.is_paused() {
            true => clock.clone().resume(at, calendar),
            false => clock.clone().worked_out(calendar),
        };
        let longest = self.limit.count.saturating_add(MOST_ADDED);
        while runs(&self).due < wanted && self.limit.count < longest {
            self.limit.count += 1;
        }
        self.worked_out(calendar)
    }

    /// The instant at which `part` of `whole` parts of the limit are used, as far as is known now.
    pub fn when_used(&self, calendar: &Calendar, part: i64, whole: i64) -> Timestamp {
        self.reached(calendar, part, whole)
    }

    /// The instant at which so much of the limit is left. Hours and minutes of a limit in days are office hours of its last days.
    pub fn when_left(&self, calendar: &Calendar, left: Limit) -> Timestamp {
        let count = i64::from(left.count);
        let own = i64::from(self.limit.count);
        let (whole, left) = match (self.limit.unit, left.unit) {
            (mine, other) if mine == other => (own, count),
            (_, Unit::Minutes | Unit::Hours) => {
                let total = self.total(calendar);
                let seconds = if left.unit == Unit::Hours { 3600 } else { 60 };
                (
                    total.days * total.day_length + total.seconds,
                    count * seconds,
                )
            }
            // Days of a limit in months or years; nothing else passes the check.
            _ => (self.total(calendar).days, count),
        };
        self.reached(calendar, (whole - left).max(0), whole.max(1))
    }

    /// Stops it for good.
    #[must_use]
    pub fn stop(mut self, at: Timestamp) -> Clock {
        self.stopped.get_or_insert(at);
        self
    }

    /// Works its instants out on a calendar that has changed; what was used under the old one is counted anew (G23). A clock that stands
    /// still has its instants worked out when it runs on.
    #[must_use]
    pub fn on(self, calendar: &Calendar) -> Clock {
        if self.stopped.is_some() || self.is_paused() {
            self
        } else {
            self.worked_out(calendar)
        }
    }

    /// Goes on in another city: what is used in `city` stays used, the rest runs on the other calendar. Instants already reached
    /// stay; a limit that has stopped, has passed or ends on this day stays as it is.
    #[must_use]
    pub fn moved(mut self, at: Timestamp, city: &str, old: &Calendar, new: &Calendar) -> Clock {
        if self.stopped.is_some() || (at > self.due && !self.is_paused()) {
            return self;
        }
        let (spent, today) = (self.spent(), civil(at).date());
        let counted = self.counted_to(old, today).count();
        let (days, seconds) = match self.limit.unit {
            Unit::Hours | Unit::Minutes => (0, self.office_seconds(at, old) - spent.1),
            _ => (i64::try_from(counted).unwrap_or(i64::MAX), 0),
        };
        self.legs.push(Leg {
            city: city.to_owned(),
            until: at,
            days,
            seconds,
        });
        if self.is_paused() {
            return self;
        }
        let reached = |before: Timestamp, after: Timestamp| {
            if before <= at { before } else { after }
        };
        let (reminder, yellow) = (self.reminder, self.yellow);
        let mut moved = self.worked_out(new);
        moved.reminder = reached(reminder, moved.reminder);
        moved.yellow = reached(yellow, moved.yellow);
        moved
    }

    /// What was used in other cities before, in order.
    pub fn legs(&self) -> &[Leg] {
        &self.legs
    }

    /// Every day from the start to the end and what became of it, with the city on whose calendar it was looked at: to the instant of
    /// now where the end has passed, and no further than it where the clock stands, for nobody knows the days to come. `city` is where
    /// it counts now; `calendar` gives the calendar of a city.
    pub fn days(
        &self,
        city: &str,
        now: Timestamp,
        calendar: impl Fn(&str) -> Calendar,
    ) -> Vec<(String, DayCount)> {
        let start = civil(self.started).date();
        let (ends, today) = (civil(self.due).date(), civil(now).date());
        let last = match self.stopped {
            Some(at) => ends.max(civil(at).date()),
            None if self.is_paused() => today,
            None => ends.max(today),
        };
        let pauses = self.pauses();
        let by_hour = matches!(self.limit.unit, Unit::Hours | Unit::Minutes);
        let mut number = 0;
        let day = |date: Date| {
            let leg = self.legs.iter().find(|l| date <= civil(l.until).date());
            let city = leg.map_or(city, |l| &l.city);
            let calendar = calendar(city);
            let total = self.total(&calendar).days;
            let rests = self.limit.unit == Unit::WorkingDays && !calendar.day(date).working;
            let why = match self.limit.unit {
                _ if by_hour => super::due::hours(&calendar, date),
                _ if date == start => Why::Start,
                _ if paused(&pauses, date) && !rests => Why::Paused,
                Unit::WorkingDays => kind(&calendar, date),
                _ if i64::from(number) < total || last > ends => Why::Counted,
                _ => Why::Shifted,
            };
            let counted = matches!(why, Why::Counted | Why::MakeUp);
            number += u32::from(counted);
            let mut count = of(&calendar, date, counted.then_some(number), why);
            let known = why == Why::Hours && date <= today;
            count.minutes = known.then(|| self.seconds_on(date, now, &calendar) / 60);
            (city.to_owned(), count)
        };
        let days = std::iter::once(start).chain(days_after(start));
        days.take_while(|d| *d <= last).map(day).collect()
    }

    /// Office seconds of a day that count until an instant.
    fn seconds_on(&self, date: Date, now: Timestamp, calendar: &Calendar) -> i64 {
        let until = self.stopped.map_or(now, |s| s.min(now));
        let sessions = office(calendar, date).into_iter();
        let within = sessions.map(|(open, close)| (open.max(self.started), close.min(until)));
        let running = within.flat_map(|s| super::due::without(&self.pauses(), s.0, s.1));
        running.map(|(a, b)| b.duration_since(a).as_secs()).sum()
    }

    /// When it started.
    pub fn started(&self) -> Timestamp {
        self.started
    }

    /// What may be used.
    pub fn limit(&self) -> Limit {
        self.limit
    }

    /// When it ends if nothing stops it; while it stands still, the end as it was before.
    pub fn due(&self) -> Timestamp {
        self.due
    }

    /// A year without a published calendar took part.
    pub fn is_provisional(&self) -> bool {
        self.provisional
    }

    /// It stands still.
    pub fn is_paused(&self) -> bool {
        self.stopped.is_none() && self.stops.last().is_some_and(|s| s.to.is_none())
    }

    /// The times it stood still, in order.
    pub fn stops(&self) -> &[Stop] {
        &self.stops
    }

    /// The level at an instant.
    pub fn level(&self, now: Timestamp) -> Level {
        let now = self.stopped.map_or(now, |s| s.min(now));
        match () {
            () if self.is_paused() => Level::Paused,
            () if now > self.due => Level::Red,
            () if now >= self.yellow => Level::Yellow,
            () if now >= self.reminder => Level::Reminder,
            () => Level::Normal,
        }
    }

    /// The next instant after `now` at which the level changes by itself; none while it stands still or after it has passed.
    pub fn next_change(&self, now: Timestamp) -> Option<Timestamp> {
        if self.stopped.is_some() || self.is_paused() {
            return None;
        }
        // Red begins when the limit has passed, one millisecond after its last instant.
        let passed = self.due.checked_add(1.milliseconds()).unwrap_or(self.due);
        [self.reminder, self.yellow, passed]
            .into_iter()
            .find(|at| *at > now)
    }

    /// What has been used at an instant. Every counted day weighs one; of the current day the office hours gone.
    pub fn used(&self, now: Timestamp, calendar: &Calendar) -> Amount {
        let now = self.stopped.map_or(now, |s| s.min(now));
        match self.limit.unit {
            Unit::Hours | Unit::Minutes => Amount {
                days: 0,
                seconds: self.office_seconds(now, calendar),
                day_length: day_length(calendar),
            },
            Unit::Days | Unit::WorkingDays | Unit::Months | Unit::Years => {
                self.used_days(now, calendar)
            }
        }
    }

    /// What is left at an instant, so that used + left is the limit exactly (G26); negative parts once it has passed.
    pub fn left(&self, now: Timestamp, calendar: &Calendar) -> Amount {
        self.used(now, calendar).left_of(self.total(calendar))
    }

    /// The whole limit as an amount.
    pub fn total(&self, calendar: &Calendar) -> Amount {
        let day_length = day_length(calendar);
        let count = i64::from(self.limit.count);
        match self.limit.unit {
            Unit::Minutes => Amount {
                days: 0,
                seconds: count * 60,
                day_length,
            },
            Unit::Hours => Amount {
                days: 0,
                seconds: count * 3600,
                day_length,
            },
            _ => Amount {
                days: i64::from(total_days(civil(self.started).date(), self.limit)),
                seconds: 0,
                day_length,
            },
        }
    }

    fn worked_out(mut self, calendar: &Calendar) -> Clock {
        let Some(end) = self.end(calendar) else {
            return self;
        };
        (self.due, self.provisional) = (end.at, end.provisional);
        (self.reminder, self.yellow) = (self.reached(calendar, 1, 2), self.reached(calendar, 4, 5));
        self
    }

    /// The end on the calendar where it counts now; none where all was used in other cities by the day it left the last.
    fn end(&self, calendar: &Calendar) -> Option<Due> {
        if self.legs.is_empty() {
            return Some(due(calendar, self.started, self.limit, &self.pauses()));
        }
        let (total, (days, seconds)) = (self.total(calendar), self.spent());
        let rest = u32::try_from(total.days - days).unwrap_or(0);
        let unit = match self.limit.unit {
            Unit::Hours | Unit::Minutes => {
                let left = total.seconds - seconds;
                let end = || in_seconds(calendar, self.since(), left, &self.pauses());
                return (left > 0).then(end);
            }
            Unit::WorkingDays => Unit::WorkingDays,
            Unit::Days | Unit::Months | Unit::Years => Unit::Days,
        };
        let limit = Limit { count: rest, unit };
        (rest > 0).then(|| due(calendar, self.since(), limit, &self.pauses()))
    }

    /// From when it counts on the calendar of now.
    fn since(&self) -> Timestamp {
        self.legs.last().map_or(self.started, |l| l.until)
    }

    /// Days and office seconds used before that.
    fn spent(&self) -> (i64, i64) {
        let legs = self.legs.iter();
        legs.fold((0, 0), |(d, s), l| (d + l.days, s + l.seconds))
    }

    /// The stops as closed intervals; one that is still open lasts for ever.
    fn pauses(&self) -> Vec<Pause> {
        self.stops
            .iter()
            .map(|s| (s.from, s.to.unwrap_or(Timestamp::MAX)))
            .collect()
    }

    /// The instant at which `part` of `whole` parts are used.
    fn reached(&self, calendar: &Calendar, part: i64, whole: i64) -> Timestamp {
        let total = self.total(calendar);
        if matches!(self.limit.unit, Unit::Hours | Unit::Minutes) {
            let seconds = total.seconds / 60 * part / whole * 60 - self.spent().1;
            if seconds <= 0 && !self.legs.is_empty() {
                return self.since();
            }
            return in_seconds(calendar, self.since(), seconds, &self.pauses()).at;
        }
        let (days, rest) = (total.days * part / whole, total.days * part % whole);
        if total.days == 0 {
            return self.due;
        }
        let nth = if rest == 0 { days - 1 } else { days } - self.spent().0;
        if nth < 0 && !self.legs.is_empty() {
            return self.since();
        }
        let nth = usize::try_from(nth).unwrap_or(0);
        let Some(date) = self.counted(calendar).nth(nth) else {
            return self.due;
        };
        let seconds = if rest == 0 {
            day_length(calendar)
        } else {
            (day_length(calendar) * rest + whole - 1) / whole
        };
        let at = after_office_seconds(calendar, date, seconds);
        // The day a stop begins is used whole at that moment.
        let stop = self
            .stops
            .iter()
            .map(|s| s.from)
            .find(|from| civil(*from).date() == date);
        stop.map_or(at, |stop| stop.min(at))
    }

    fn used_days(&self, now: Timestamp, calendar: &Calendar) -> Amount {
        let (start, today) = (civil(self.since()).date(), civil(now).date());
        let whole = self
            .counted_to(calendar, today)
            .filter(|d| *d < today)
            .count();
        let mut used = Amount {
            days: i64::try_from(whole).unwrap_or(i64::MAX) + self.spent().0,
            seconds: 0,
            day_length: day_length(calendar),
        };
        if today > start && self.counts(calendar, today) {
            let stopped = self
                .stops
                .iter()
                .any(|s| s.from <= now && civil(s.from).date() == today);
            used.seconds = if stopped {
                used.day_length
            } else {
                office_seconds_gone(calendar, today, now)
            };
        }
        if used.seconds == used.day_length {
            (used.days, used.seconds) = (used.days + 1, 0);
        }
        used
    }

    /// The days that count where it counts now, up to a day: of a limit that stands still none may come any more.
    fn counted_to<'a>(
        &'a self,
        calendar: &'a Calendar,
        last: Date,
    ) -> impl Iterator<Item = Date> + 'a {
        days_after(civil(self.since()).date())
            .take_while(move |d| *d <= last)
            .filter(move |d| self.counts(calendar, *d))
    }

    /// The days that count where it counts now, in order, without end but for the calendar's.
    fn counted<'a>(&'a self, calendar: &'a Calendar) -> impl Iterator<Item = Date> + 'a {
        days_after(civil(self.since()).date())
            .filter(move |d| self.counts(calendar, *d))
            .take_while(|d| *d < Date::MAX)
    }

    fn counts(&self, calendar: &Calendar, date: Date) -> bool {
        !paused(&self.pauses(), date)
            && (self.limit.unit != Unit::WorkingDays || calendar.day(date).working)
    }

    fn office_seconds(&self, now: Timestamp, calendar: &Calendar) -> i64 {
        let since = self.since();
        let (start, today) = (civil(since).date(), civil(now).date());
        let days = std::iter::once(start)
            .chain(days_after(start))
            .take_while(|d| *d <= today);
        let sessions = days
            .filter(|d| calendar.day(*d).working)
            .flat_map(|d| office(calendar, d));
        let within = sessions.map(|(open, close)| (open.max(since), close.min(now)));
        within
            .flat_map(|s| super::due::without(&self.pauses(), s.0, s.1))
            .map(|(a, b)| b.duration_since(a).as_secs())
            .sum::<i64>()
            + self.spent().1
    }
}

fn day_length(calendar: &Calendar) -> i64 {
    let sessions = calendar.hours().sessions().iter();
    sessions
        .map(|(open, close)| close.duration_since(*open).as_secs())
        .sum()
}

fn office_seconds_gone(calendar: &Calendar, date: Date, now: Timestamp) -> i64 {
    let gone = |(open, close): (Timestamp, Timestamp)| {
        close.min(now).duration_since(open).as_secs().max(0)
    };
    office(calendar, date).into_iter().map(gone).sum()
}

fn after_office_seconds(calendar: &Calendar, date: Date, mut seconds: i64) -> Timestamp {
    for (open, close) in office(calendar, date) {
        let length = close.duration_since(open).as_secs();
        if seconds <= length {
            return open.checked_add(seconds.seconds()).unwrap_or(close);
        }
        seconds -= length;
    }
    instant(DateTime::from_parts(date, calendar.hours().closing()))
}
