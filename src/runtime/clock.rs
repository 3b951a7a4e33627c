//! The only `now` of the program: the machine's clock, or the sandbox clock, which runs on from where it was set.

use jiff::{SignedDuration, Timestamp};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;
use tokio::sync::watch;

/// Says what time it is; cheap to clone, and all clones are one clock.
#[derive(Clone, Debug)]
pub struct Clock(Arc<Kind>);

#[derive(Debug)]
enum Kind {
    Real,
    Sandbox {
        set: Mutex<(Timestamp, Instant)>,
        moved: watch::Sender<()>,
    },
}

impl Clock {
    /// The machine's clock.
    pub fn real() -> Self {
        Clock(Arc::new(Kind::Real))
    }

    /// A clock that shows `start` now and runs on from there.
    pub fn sandbox(start: Timestamp) -> Self {
        Clock(Arc::new(Kind::Sandbox {
            set: Mutex::new((start, Instant::now())),
            moved: watch::Sender::new(()),
        }))
    }

    /// True for the sandbox clock, which alone can be set.
    pub fn is_sandbox(&self) -> bool {
        matches!(*self.0, Kind::Sandbox { .. })
    }

    /// The time, to the millisecond, as it is recorded.
    pub fn now(&self) -> Timestamp {
        let now = match &*self.0 {
            Kind::Real => Timestamp::now(),
            Kind::Sandbox { set, .. } => {
                let (shown, since) = *set.lock().unwrap_or_else(PoisonError::into_inner);
                let run = SignedDuration::try_from(since.elapsed()).unwrap_or_default();
                shown.saturating_add(run).unwrap_or(shown)
            }
        };
        Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
    }

    /// Sets the sandbox clock; a clock that is real, or already later, stays as it is.
    pub(super) fn move_to(&self, to: Timestamp) {
        if let Kind::Sandbox { set, moved } = &*self.0 {
            if to > self.now() {
                *set.lock().unwrap_or_else(PoisonError::into_inner) = (to, Instant::now());
            }
            moved.send_replace(());
        }
    }

    /// How long until `at`; zero if it has passed.
    pub fn until(&self, at: Timestamp) -> std::time::Duration {
        at.duration_since(self.now()).try_into().unwrap_or_default()
    }
}
