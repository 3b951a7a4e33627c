//! Amounts of time in words: what is used, what is left, how long something took.

use super::session::Guest;
use crate::runtime::Seen;
use crate::web::views::{self, ClockView, Portion};
use engine::case::Task;
use engine::clock::{Clock, Limit, Unit};
use jiff::{SignedDuration, Timestamp};

/// `3 天 2 小时 10 分`, without its sign.
pub fn portion(guest: &Guest, amount: Portion) -> String {
    parts(guest, amount.days.abs(), amount.minutes.abs())
}

/// Whether nothing is left, and more than that is used.
pub fn is_over(left: Portion) -> bool {
    left.days < 0 || left.minutes < 0
}

/// How long something took by the wall, in words.
pub fn duration(guest: &Guest, took: SignedDuration) -> String {
    let minutes = took.as_mins().max(0);
    parts(guest, minutes / (24 * 60), minutes % (24 * 60))
}

/// How long something took by the hours of an office, in days of so many hours as it is open.
pub fn worked(guest: &Guest, city: &str, (from, to): (Timestamp, Timestamp)) -> String {
    let calendar = guest.network.calendar(city);
    let hour = Limit {
        count: 1,
        unit: Unit::Hours,
    };
    let used = Clock::start(hour, from, &calendar).used(to, &calendar);
    let (minutes, day) = (used.seconds / 60, (used.day_length / 60).max(1));
    let worked = parts(guest, minutes / day, minutes % day);
    guest.words.say("span.worked", &[("span", worked)])
}

fn parts(guest: &Guest, days: i64, minutes: i64) -> String {
    let words = guest.words;
    let (hours, minutes) = (minutes / 60, minutes % 60);
    let one = |unit: &str, number: i64| {
        let args = [("n", number.to_string())];
        (number != 0)
            .then(|| words.tell("span", unit, &args))
            .flatten()
    };
    let said = [one("day", days), one("hour", hours), one("minute", minutes)];
    let said: Vec<String> = said.into_iter().flatten().collect();
    match said.is_empty() {
        true => words.say("span.minute", &[("n", "0".to_owned())]),
        false => said.join(" "),
    }
}

/// What a row says of the time a task has: `剩 1 天 4 小时`, `超 1 天`.
pub fn left(guest: &Guest, seen: &Seen, task: &Task, now: Timestamp) -> Option<String> {
    let clock = seen.case.pressing_clock(task, now)?;
    let view = views::clock(clock, now, &guest.network);
    Some(left_of(guest, &view))
}

/// The same of a case: by the first of its limits to end; where all stand still, by the one of which the least is left.
pub fn left_of_case(guest: &Guest, seen: &Seen, now: Timestamp) -> Option<String> {
    let open = seen.case.clocks().values().filter(|c| !c.is_stopped());
    let (still, running): (Vec<_>, Vec<_>) = open.partition(|c| c.ledger().is_paused());
    let first = running.into_iter().min_by_key(|c| c.ledger().due());
    let view = |clock| views::clock(clock, now, &guest.network);
    if let Some(first) = first {
        return Some(left_of(guest, &view(first)));
    }
    let still = still.into_iter().map(view);
    let least = still.min_by_key(|v| (v.left.days, v.left.minutes))?;
    Some(left_of(guest, &least))
}

/// The same of one clock.
pub fn left_of(guest: &Guest, clock: &ClockView) -> String {
    let left = clock.left;
    // Beside whole days the minutes say nothing; the clock of the case has them.
    let minutes = if left.days == 0 {
        left.minutes
    } else {
        left.minutes / 60 * 60
    };
    let args = [("span", portion(guest, Portion { minutes, ..left }))];
    let said = match is_over(clock.left) {
        true => guest.words.say("span.over", &args),
        false => guest.words.say("span.left", &args),
    };
    match clock.paused.iter().any(|p| p.to.is_none()) {
        false => said,
        true => guest.words.say("span.still", &[("left", said)]),
    }
}
