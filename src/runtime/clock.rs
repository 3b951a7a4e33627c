//! The only `now` of the program: the machine's clock, or the sandbox clock, which runs on from where it was set, or stands there.

use jiff::{SignedDuration, Timestamp};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Says what time it is; cheap to clone, and all clones are one clock.
#[derive(Clone, Debug)]
pub struct Clock(Arc<Kind>);

#[derive(Debug)]
enum Kind {
    /// So many milliseconds wrong: none, unless a test says so.
    Real(AtomicI64),
    Sandbox {
        shown: Mutex<Shown>,
        /// Runs on by itself.
        runs: bool,
    },
}

/// What the sandbox clock showed last, and since when it runs from there; none while it stands.
#[derive(Clone, Copy, Debug)]
struct Shown {
    at: Timestamp,
    since: Option<Instant>,
}

impl Shown {
    fn now(self) -> Timestamp {
        let run = self.since.map_or(SignedDuration::ZERO, |since| {
            SignedDuration::try_from(since.elapsed()).unwrap_or_default()
        });
        self.at.saturating_add(run).unwrap_or(self.at)
    }
}

impl Clock {
    /// The machine's clock.
    pub fn real() -> Self {
        Clock(Arc::new(Kind::Real(AtomicI64::new(0))))
    }

    /// Shows the machine's clock so much ahead, as if somebody had set it: for tests of what becomes of it then.
    #[doc(hidden)]
    pub fn set_wrong(&self, ahead: SignedDuration) {
        if let Kind::Real(wrong) = &*self.0 {
            let ahead = i64::try_from(ahead.as_millis()).unwrap_or(0);
            wrong.store(ahead, Ordering::Relaxed);
        }
    }

    /// A clock that shows `start` now and runs on from there.
    pub fn sandbox(start: Timestamp) -> Self {
        Self::shows(start, true)
    }

    /// A sandbox clock that shows `start` until it is moved, so that the same commands make the same history.
    pub fn standing(start: Timestamp) -> Self {
        Self::shows(start, false)
    }

    fn shows(at: Timestamp, runs: bool) -> Self {
        let since = runs.then(Instant::now);
        let shown = Mutex::new(Shown { at, since });
        Clock(Arc::new(Kind::Sandbox { shown, runs }))
    }

    /// True for the sandbox clock, which alone can be set.
    pub fn is_sandbox(&self) -> bool {
        matches!(*self.0, Kind::Sandbox { .. })
    }

    /// The time, to the millisecond, as it is recorded.
    pub fn now(&self) -> Timestamp {
        let now = match &*self.0 {
            Kind::Real(wrong) => {
                let wrong = SignedDuration::from_millis(wrong.load(Ordering::Relaxed));
                Timestamp::now()
                    .saturating_add(wrong)
                    .unwrap_or(Timestamp::MAX)
            }
            Kind::Sandbox { shown, .. } => {
                shown.lock().unwrap_or_else(PoisonError::into_inner).now()
            }
        };
        Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
    }

    /// How long until `at`; zero if it has passed.
    pub fn until(&self, at: Timestamp) -> Duration {
        at.duration_since(self.now()).try_into().unwrap_or_default()
    }

    /// Lets the sandbox clock stand at an instant; never back.
    pub(super) fn stand_at(&self, at: Timestamp) {
        self.show(at, false);
    }

    /// Lets the sandbox clock run from an instant, if it is one that runs; never back.
    pub(super) fn run_from(&self, at: Timestamp) {
        self.show(at, true);
    }

    fn show(&self, at: Timestamp, run: bool) {
        if let Kind::Sandbox { shown, runs } = &*self.0 {
            let since = (run && *runs).then(Instant::now);
            let mut shown = shown.lock().unwrap_or_else(PoisonError::into_inner);
            let at = at.max(shown.now());
            *shown = Shown { at, since };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn the_sandbox_clock_stands_where_it_is_put_and_never_goes_back() {
        let clock = Clock::sandbox(at("2026-11-23T01:00:00Z"));
        clock.stand_at(at("2026-11-24T01:00:00Z"));
        assert_eq!(clock.now(), at("2026-11-24T01:00:00Z"));
        clock.stand_at(at("2026-11-20T01:00:00Z"));
        assert_eq!(clock.now(), at("2026-11-24T01:00:00Z"));
        assert_eq!(clock.until(at("2026-11-24T01:00:03Z")).as_secs(), 3);
        clock.run_from(at("2026-11-25T01:00:00Z"));
        assert!(clock.now() >= at("2026-11-25T01:00:00Z"));
    }

    #[test]
    fn a_standing_clock_shows_the_same_until_it_is_moved() {
        let clock = Clock::standing(at("2026-11-23T01:00:00Z"));
        clock.run_from(at("2026-11-25T01:00:00Z"));
        assert!(clock.is_sandbox() && clock.now() == at("2026-11-25T01:00:00Z"));
    }

    #[test]
    fn a_real_clock_cannot_be_set() {
        let clock = Clock::real();
        clock.run_from(Timestamp::MAX);
        assert!(!clock.is_sandbox() && clock.now() < at("2100-01-01T00:00:00Z"));
    }
}
