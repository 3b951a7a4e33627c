//! How much one person asks of the pages in a minute (G83): counted by each node in memory.

use axum::http::Method;
use jiff::Timestamp;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// What a person may do in a minute. A clerk working fast never meets it.
const READS: f64 = 300.0;
const WRITES: f64 = 120.0;
/// A minute, in milliseconds.
const MINUTE: i64 = 60_000;

/// Reads and writes of everybody in this minute and the one before.
#[derive(Debug, Default)]
pub struct Rates(Mutex<Minutes>);

#[derive(Debug, Default)]
struct Minutes {
    minute: i64,
    now: HashMap<String, Count>,
    before: HashMap<String, Count>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Count {
    reads: u32,
    writes: u32,
}

/// What somebody is about to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// To look at a page.
    Read,
    /// To send a form.
    Write,
}

impl Use {
    /// What a request of this method does.
    pub fn of(method: &Method) -> Self {
        match method.is_safe() {
            true => Use::Read,
            false => Use::Write,
        }
    }
}

impl Count {
    fn of(&mut self, what: Use) -> &mut u32 {
        match what {
            Use::Read => &mut self.reads,
            Use::Write => &mut self.writes,
        }
    }
}

impl Rates {
    /// Counts one more; if it is too much, how many seconds to wait. What was asked in the last sixty seconds is reckoned from the counts
    /// of this minute and of the part of the one before that lies in them.
    pub fn count(&self, person: &str, what: Use, at: Timestamp) -> Option<i64> {
        let at = at.as_millisecond();
        let mut minutes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        minutes.turn(at.div_euclid(MINUTE));
        let past = at.rem_euclid(MINUTE);
        let left = (MINUTE - past) as f64 / MINUTE as f64;
        let before = minutes.before.get(person).copied().unwrap_or_default();
        let before = f64::from(*{ before }.of(what));
        let now = minutes.now.entry(person.to_owned()).or_default().of(what);
        let most = match what {
            Use::Read => READS,
            Use::Write => WRITES,
        };
        if f64::from(*now) + before * left >= most {
            return Some((MINUTE - past) / 1000 + 1);
        }
        *now += 1;
        None
    }
}

impl Minutes {
    fn turn(&mut self, minute: i64) {
        if minute == self.minute {
            return;
        }
        let now = std::mem::take(&mut self.now);
        self.before = match minute == self.minute + 1 {
            true => now,
            false => HashMap::new(),
        };
        self.minute = minute;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn g083_somebody_who_asks_too_much_waits_and_nobody_else_does() {
        let rates = Rates::default();
        let at = |ms: i64| Timestamp::from_millisecond(6_000_000 + ms).unwrap();
        for _ in 0..120 {
            assert_eq!(rates.count("a", Use::Write, at(0)), None);
        }
        assert_eq!(rates.count("a", Use::Write, at(1_000)), Some(60));
        assert_eq!(rates.count("a", Use::Read, at(1_000)), None);
        assert_eq!(rates.count("b", Use::Write, at(1_000)), None);
        // Half a minute into the next one half of them still count.
        let half = (0..200).filter(|_| rates.count("a", Use::Write, at(90_000)).is_none());
        assert_eq!(half.count(), 60);
        assert_eq!(rates.count("a", Use::Write, at(600_000)), None);
    }
}
