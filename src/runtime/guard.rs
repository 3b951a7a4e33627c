//! Watches the machine's clock against one that nobody can set (G22). After a leap forward timers go by the latter until somebody
//! has confirmed the leap: nothing decides a case because a clock was set wrong.

use super::Clock;
use crate::store::{LeapRow, Store, StoreError};
use jiff::{SignedDuration, Timestamp};
use std::time::Instant;

/// A clock that gains more than this between two looks has leapt.
const LEAP: SignedDuration = SignedDuration::from_hours(1);

/// How far timers may go.
#[derive(Debug, Default)]
pub(super) struct Guard {
    /// What the clock showed when it was last trusted, and when that was.
    trusted: Option<(Timestamp, Instant)>,
    held: bool,
}

impl Guard {
    /// The instant up to which timers may fire now. A leap is on record in the store before any timer has seen it; one that is on
    /// record still holds after a new start. The sandbox clock is moved on purpose.
    pub async fn upto(&mut self, clock: &Clock, store: &Store) -> Result<Timestamp, StoreError> {
        let now = clock.now();
        if clock.is_sandbox() {
            return Ok(now);
        }
        let first = self.trusted.is_none();
        let expected = self.expected(now);
        let leapt = !self.held && now.duration_since(expected) > LEAP;
        if leapt {
            let (seen, expected) = (now.as_millisecond(), expected.as_millisecond());
            store.note_leap(LeapRow { seen, expected }).await?;
            tracing::error!(%now, expected, "the clock has leapt; what decides cases waits");
            self.held = true;
        }
        if first || self.held {
            return self.ask(now, expected, store).await;
        }
        self.trust(now);
        Ok(now)
    }

    /// True while a leap is not confirmed.
    pub fn holds(&self) -> bool {
        self.held
    }

    /// What the clock should show if it has run on since it was last trusted.
    fn expected(&self, now: Timestamp) -> Timestamp {
        let run = |since: Instant| SignedDuration::try_from(since.elapsed()).unwrap_or_default();
        let on = |(at, since): (Timestamp, Instant)| at.saturating_add(run(since)).unwrap_or(at);
        self.trusted.map_or(now, on)
    }

    fn trust(&mut self, at: Timestamp) {
        self.trusted = Some((at, Instant::now()));
    }

    /// Asks the store whether a leap is open.
    async fn ask(
        &mut self,
        now: Timestamp,
        expected: Timestamp,
        store: &Store,
    ) -> Result<Timestamp, StoreError> {
        let open = store.open_leap().await?;
        self.held = open.is_some();
        let Some(leap) = open else {
            self.trust(now);
            return Ok(now);
        };
        if self.trusted.is_none() {
            // Time that passed while the program stood still is not counted: nobody knows how much it was.
            self.trust(
                Timestamp::from_millisecond(leap.expected)
                    .unwrap_or(now)
                    .min(now),
            );
        }
        Ok(self.expected(expected).min(now))
    }
}

/// What a sentence about a leap names: what the clock showed, and what it should have shown.
pub fn leapt(leap: LeapRow) -> [(&'static str, String); 2] {
    let local = |at: i64| {
        let at = Timestamp::from_millisecond(at).unwrap_or_default();
        let at = engine::clock::civil(at);
        at.strftime("%Y-%m-%d %H:%M:%S").to_string()
    };
    [
        ("seen", local(leap.seen)),
        ("expected", local(leap.expected)),
    ]
}
