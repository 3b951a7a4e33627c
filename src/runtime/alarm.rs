//! Wakes a sleeper when something earlier than what it sleeps for has come up.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use tokio::sync::Notify;

/// One sleeper, many who may wake it.
#[derive(Clone, Debug)]
pub(super) struct Alarm(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// What it sleeps for, UTC milliseconds; the least number while it is awake and will look by itself.
    until: AtomicI64,
    bell: Notify,
}

impl Alarm {
    pub(super) fn new() -> Self {
        Alarm(Arc::new(Inner {
            until: AtomicI64::new(i64::MIN),
            bell: Notify::new(),
        }))
    }

    /// Says that something is due at an instant, UTC milliseconds.
    pub(super) fn due_at(&self, at: i64) {
        if at < self.0.until.load(Ordering::Relaxed) {
            self.ring();
        }
    }

    /// Wakes the sleeper whatever it sleeps for.
    pub(super) fn ring(&self) {
        self.0.bell.notify_one();
    }

    /// Says what the sleeper is about to sleep for; it must look once more before it does.
    pub(super) fn plan(&self, until: i64) {
        self.0.until.store(until, Ordering::Relaxed);
    }

    /// Sleeps for so long at most.
    pub(super) async fn sleep(&self, long: Duration) {
        tokio::select! {
            () = tokio::time::sleep(long) => {}
            () = self.0.bell.notified() => {}
        }
    }
}
