//! Sends what is owed to the outside: leases messages as they come, hands each to whoever delivers, and records what became of it.

use super::Clock;
use super::alarm::Alarm;
use crate::store::{Fate, Leased, Store, StoreError};
use jiff::{SignedDuration, Timestamp};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;

/// So many messages are under way at once.
const BATCH: i64 = 64;
/// A message not settled by then may be sent by somebody else; its sender's word no longer counts.
const LEASE: SignedDuration = SignedDuration::from_secs(60);
/// The longest sleep: other nodes ring no bell here.
const SWEEP: Duration = Duration::from_secs(5);
/// Before it tries again when the store fails.
const PAUSE: Duration = Duration::from_secs(1);

/// Delivers one message and says what became of it; `attempts` counts this one.
pub type Deliver = Arc<dyn Fn(Leased) -> Pin<Box<dyn Future<Output = Fate> + Send>> + Send + Sync>;

/// Sends what lies in the outbox.
pub(super) struct Outbox {
    pub store: Store,
    pub clock: Clock,
    pub alarm: Alarm,
    pub deliver: Deliver,
}

impl Outbox {
    /// Sends, sleeps, for ever.
    pub(super) async fn run(self) {
        loop {
            self.alarm.plan(i64::MIN);
            let next = match self.send().await {
                Ok(()) => self.store.next_message().await,
                Err(error) => Err(error),
            };
            match next {
                Ok(next) => self.sleep_until(next).await,
                Err(error) => {
                    tracing::warn!(%error, "messages wait for the store");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }

    async fn sleep_until(&self, next: Option<i64>) {
        let next = next.unwrap_or(i64::MAX);
        self.alarm.plan(next);
        let at = Timestamp::from_millisecond(next).unwrap_or(Timestamp::MAX);
        self.alarm.sleep(self.clock.until(at).min(SWEEP)).await;
    }

    /// Sends everything due.
    async fn send(&self) -> Result<(), StoreError> {
        loop {
            let now = self.clock.now();
            let until = now.saturating_add(LEASE).unwrap_or(now);
            let leased = self
                .store
                .lease(now.as_millisecond(), until.as_millisecond(), BATCH)
                .await?;
            if leased.is_empty() {
                return Ok(());
            }
            let mut under_way = JoinSet::new();
            for message in leased {
                let (id, lease) = (message.row.id, message.lease);
                let delivered = (self.deliver)(message);
                under_way.spawn(async move { (id, lease, delivered.await) });
            }
            // One that panicked keeps its lease and comes again.
            while let Some(done) = under_way.join_next().await {
                if let Ok((id, lease, fate)) = done
                    && !self.store.settle(id, lease, fate).await?
                {
                    tracing::warn!(?id, "a message was delivered after its lease had ended");
                }
            }
        }
    }
}
