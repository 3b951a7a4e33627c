//! How much one person asks of the pages in a minute, how many lists he takes away in an hour, and how often one source fails to sign in
//! (G83): counted by each node in memory.

use super::App;
use super::problem::{Code, Problem};
use crate::directory::{Caller, Denied};
use axum::http::Method;
use jiff::{SignedDuration, Timestamp};
use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What a person may do in a minute. A clerk working fast never meets it.
const READS: f64 = 300.0;
const WRITES: f64 = 120.0;
/// A minute, in milliseconds.
const MINUTE: i64 = 60_000;

/// Lists one person may take away as a file within an hour, and tests he may send.
const EXPORTS: usize = 10;
const TESTS: usize = 20;
const HOUR: SignedDuration = SignedDuration::from_hours(1);
/// Sign-ins of one source that may fail within a minute.
const FAILURES: usize = 20;
const OF_FAILURES: SignedDuration = SignedDuration::from_mins(1);

/// What everybody has asked of late.
#[derive(Debug, Default)]
pub struct Rates {
    /// Reads and writes in this minute and the one before.
    pages: Mutex<Minutes>,
    /// When somebody took lists away, or sent tests.
    hours: Mutex<HashMap<(Hourly, String), Vec<Timestamp>>>,
    /// When sign-ins of a source failed. Those of one source wait for each other, so that none is tried before the last one counts.
    sources: Mutex<HashMap<IpAddr, Arc<tokio::sync::Mutex<Vec<Timestamp>>>>>,
}

/// What is counted by the hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Hourly {
    Export,
    Test,
}

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
        let mut minutes = held(&self.pages);
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

    /// Counts what somebody does by the hour; if it is once too often, how many seconds to wait.
    fn hourly(&self, what: Hourly, most: usize, person: &str, at: Timestamp) -> Option<i64> {
        let mut hours = held(&self.hours);
        hours.retain(|_, times| still(times, HOUR, at) > 0);
        let times = hours.entry((what, person.to_owned())).or_default();
        let wait = wait(times, most, HOUR, at);
        if wait.is_none() {
            times.push(at);
        }
        wait
    }

    /// The failures of a source; of sources nobody waits for and that have none, no more is known.
    fn source(&self, from: IpAddr, at: Timestamp) -> Arc<tokio::sync::Mutex<Vec<Timestamp>>> {
        let mut sources = held(&self.sources);
        sources.retain(|_, times| match times.try_lock() {
            Ok(mut times) => still(&mut times, OF_FAILURES, at) > 0,
            Err(_) => true,
        });
        sources.entry(neighbourhood(from)).or_default().clone()
    }
}

/// How many of these times lie within a span before an instant; the others are forgotten.
fn still(times: &mut Vec<Timestamp>, span: SignedDuration, at: Timestamp) -> usize {
    times.retain(|time| at.duration_since(*time) < span);
    times.len()
}

/// The seconds until one more is not too much.
fn wait(
    times: &mut Vec<Timestamp>,
    most: usize,
    span: SignedDuration,
    at: Timestamp,
) -> Option<i64> {
    let full = still(times, span, at) >= most;
    let first = times.first().filter(|_| full)?;
    Some((span - at.duration_since(*first)).as_secs() + 1)
}

/// An address as one source: of the new kind, whoever has one has all that begin like it.
fn neighbourhood(from: IpAddr) -> IpAddr {
    match from.to_canonical() {
        IpAddr::V6(address) => {
            let half = u128::from(address) >> 64 << 64;
            IpAddr::V6(Ipv6Addr::from(half))
        }
        short => short,
    }
}

fn held<T>(what: &Mutex<T>) -> MutexGuard<'_, T> {
    what.lock().unwrap_or_else(PoisonError::into_inner)
}

impl App {
    /// Refuses whoever takes away too many lists within an hour.
    ///
    /// # Errors
    /// 429, with how long to wait.
    pub fn may_export(&self, caller: &Caller) -> Result<(), Problem> {
        let now = self.wall.now();
        let wait = self.rates.hourly(Hourly::Export, EXPORTS, &caller.id, now);
        match wait {
            Some(seconds) => {
                let most = [("most", EXPORTS.to_string())];
                Err(Problem::says(Code::Rate, "api.many_exports", &most).after(seconds))
            }
            None => Ok(()),
        }
    }

    /// Refuses whoever sends too many tests within an hour.
    ///
    /// # Errors
    /// 429, with how long to wait.
    pub fn may_test(&self, caller: &Caller) -> Result<(), Problem> {
        let now = self.wall.now();
        let wait = self.rates.hourly(Hourly::Test, TESTS, &caller.id, now);
        match wait {
            Some(seconds) => Err(Problem::new(Code::Rate).after(seconds)),
            None => Ok(()),
        }
    }

    /// Tries to sign somebody in from a source, whose failures count together whatever names they give.
    ///
    /// # Errors
    /// 429 where too many failed within a minute; then nothing is tried.
    pub async fn tried<T>(
        &self,
        from: Option<IpAddr>,
        attempt: impl Future<Output = Result<T, Denied>>,
    ) -> Result<Result<T, Denied>, Problem> {
        let Some(from) = from else {
            return Ok(attempt.await);
        };
        let source = self.rates.source(from, self.wall.now());
        let mut failures = source.lock().await;
        let now = self.wall.now();
        if let Some(seconds) = wait(&mut failures, FAILURES, OF_FAILURES, now) {
            return Err(Problem::says(Code::Rate, "api.many_failures", &[]).after(seconds));
        }
        let tried = attempt.await;
        if let Err(Denied::Unknown | Denied::Resting(_) | Denied::Code(_)) = &tried {
            failures.push(now);
        }
        Ok(tried)
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

    #[test]
    fn g083_addresses_that_begin_alike_are_one_source() {
        let one = |text: &str| neighbourhood(text.parse().unwrap());
        assert_eq!(one("2001:db8:1:2::7"), one("2001:db8:1:2:ffff::9"));
        assert_ne!(one("2001:db8:1:2::7"), one("2001:db8:1:3::7"));
        assert_eq!(one("::ffff:192.0.2.7"), one("192.0.2.7"));
        assert_ne!(one("192.0.2.7"), one("192.0.2.8"));
    }
}
