//! Sends what is owed to the outside: leases messages as they come, hands each to whoever delivers, and records what became of it.

use super::Clock;
use super::alarm::Alarm;
use super::exchange::stops::{self, Stop};
use crate::store::{Fate, Leased, Store, StoreError};
use jiff::{SignedDuration, Timestamp};
use notifications::retry::{Health, PATIENCE};
use std::collections::BTreeSet;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
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
pub type Deliver = Arc<dyn Fn(Leased) -> Pin<Box<dyn Future<Output = Done> + Send>> + Send + Sync>;

/// What became of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Done {
    /// Whether it is over, and when else.
    pub fate: Fate,
    /// What the other side said, if it did not take it.
    pub answer: String,
}

impl Done {
    /// What became of a message, and what was said.
    pub(super) fn with(fate: Fate, answer: &str) -> Self {
        Done {
            fate,
            answer: answer.to_owned(),
        }
    }
}

impl From<Fate> for Done {
    fn from(fate: Fate) -> Self {
        Done::with(fate, "")
    }
}

/// How quickly the messages of a way leave: so many a second, evenly, so that no second sees more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Pace(Duration);

impl Pace {
    /// So many a second at most.
    pub(super) fn per_second(rate: u32) -> Self {
        Pace(Duration::from_secs(1) / rate.max(1))
    }

    /// So long after the first of a batch the one at a place may leave, and the next batch after all of one.
    fn of(self, place: u32) -> Duration {
        self.0 * place
    }
}

/// A way out of the house.
#[derive(Clone)]
pub(super) struct Route {
    /// The kind of messages that go this way; none: all.
    pub kind: Option<Arc<str>>,
    /// Whether anybody answers at its end.
    pub health: Arc<Mutex<Health>>,
    pub pace: Pace,
    pub deliver: Deliver,
}

impl Route {
    /// How many messages may be tried now: of a way that is down, one as a probe, when it is time for one (G31).
    fn room(&self, now: Timestamp) -> i64 {
        let health = self.health.lock().unwrap_or_else(PoisonError::into_inner);
        match (health.may_try(now), health.is_down()) {
            (false, _) => 0,
            (true, true) => 1,
            (true, false) => BATCH,
        }
    }

    /// Of a way that is down: what was first to leave then has waited too long.
    fn too_old(&self, now: Timestamp) -> Option<i64> {
        let health = self.health.lock().unwrap_or_else(PoisonError::into_inner);
        let age = now.checked_sub(PATIENCE).ok()?;
        health.is_down().then(|| age.as_millisecond())
    }

    /// When to look at it next, if its next message is due then.
    fn not_before(&self, due: i64, now: Timestamp) -> i64 {
        let health = self.health.lock().unwrap_or_else(PoisonError::into_inner);
        due.max(health.probe_at(now).as_millisecond())
    }
}

/// The ways out there are at present.
pub(super) type Routes = Box<dyn Fn() -> Vec<Route> + Send + Sync>;
/// What is to be looked up before the ways out are asked for.
pub(super) type Prepare = Box<dyn Fn() -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

/// Sends what lies in the outbox.
pub(super) struct Outbox {
    pub store: Store,
    pub clock: Clock,
    pub alarm: Alarm,
    pub prepare: Prepare,
    pub routes: Routes,
}

/// A way under way, and how its batch ended.
type Sent = (Option<Arc<str>>, Result<(), StoreError>);

impl Outbox {
    /// Sends, sleeps, for ever. Each way is busy with a batch of its own: one that is slow holds up no other.
    pub(super) async fn run(self) {
        let mut busy = BTreeSet::new();
        let mut ways = JoinSet::new();
        let mut looked: Option<Instant> = None;
        loop {
            // Whatever comes up from here on rings.
            self.alarm.plan(i64::MAX);
            if looked.is_none_or(|looked| looked.elapsed() >= SWEEP) {
                (self.prepare)().await;
                looked = Some(Instant::now());
            }
            let next = match self.begin(&mut busy, &mut ways).await {
                Ok(next) => next,
                Err(error) => {
                    wait_for_store(&error).await;
                    continue;
                }
            };
            tokio::select! {
                Some(done) = ways.join_next() => {
                    // The kind of one that panicked is not known: whoever is still busy comes back by himself.
                    let Ok((kind, sent)) = done else {
                        busy.clear();
                        continue;
                    };
                    busy.remove(&kind);
                    if let Err(error) = sent {
                        wait_for_store(&error).await;
                    }
                }
                () = self.sleep_until(next) => {}
            }
        }
    }

    /// Lets every way that is idle and has something due begin a batch; answers when another one will have.
    async fn begin(
        &self,
        busy: &mut BTreeSet<Option<Arc<str>>>,
        ways: &mut JoinSet<Sent>,
    ) -> Result<Option<i64>, StoreError> {
        let mut earliest = None;
        for route in (self.routes)() {
            if busy.contains(&route.kind) {
                continue;
            }
            let now = self.clock.now();
            let kind = route.kind.as_deref();
            let due = self.store.next_message(kind, now.as_millisecond()).await?;
            let due = due.map(|due| route.not_before(due, now));
            if due.is_none_or(|due| due > now.as_millisecond()) {
                earliest = earliest.into_iter().chain(due).min();
                continue;
            }
            busy.insert(route.kind.clone());
            let store = self.store.clone();
            ways.spawn(async move { (route.kind.clone(), send(store, route, now).await) });
        }
        Ok(earliest)
    }

    async fn sleep_until(&self, next: Option<i64>) {
        let next = next.unwrap_or(i64::MAX);
        self.alarm.plan(next);
        let at = Timestamp::from_millisecond(next).unwrap_or(Timestamp::MAX);
        self.alarm.sleep(self.clock.until(at).min(SWEEP)).await;
    }
}

async fn wait_for_store(error: &StoreError) {
    tracing::warn!(%error, "messages wait for the store");
    tokio::time::sleep(PAUSE).await;
}

/// Sends a batch of what is due.
async fn send(store: Store, route: Route, now: Timestamp) -> Result<(), StoreError> {
    let started = Instant::now();
    let until = now.saturating_add(LEASE).unwrap_or(now);
    let (due, until) = (now.as_millisecond(), until.as_millisecond());
    let room = route.room(now);
    if room == 0 {
        return Ok(());
    }
    let kind = route.kind.as_deref();
    stops::pass(stops::word(kind, None).as_deref(), Stop::Owed).await;
    let mut leased = match route.too_old(now) {
        Some(age) => store.lease(kind, due, until, BATCH, Some(age)).await?,
        None => Vec::new(),
    };
    if leased.is_empty() {
        leased = store.lease(kind, due, until, room, None).await?;
    }
    let count = u32::try_from(leased.len()).unwrap_or(u32::MAX);
    let mut under_way = JoinSet::new();
    for (message, place) in leased.into_iter().zip(0..) {
        // One after the other, so that no second sees more than its share.
        tokio::time::sleep(route.pace.of(place).saturating_sub(started.elapsed())).await;
        let (id, lease) = (message.row.id, message.lease);
        let word = stops::word(kind, Some(&message.row.body));
        let delivered = (route.deliver)(message);
        under_way.spawn(async move { (id, lease, word, delivered.await) });
    }
    // One that panicked keeps its lease and comes again.
    while let Some(done) = under_way.join_next().await {
        let Ok((id, lease, word, Done { fate, answer })) = done else {
            continue;
        };
        if !store.settle(id, lease, fate, &answer).await? {
            tracing::warn!(?id, "a message was delivered after its lease had ended");
        }
        stops::pass(word.as_deref(), Stop::Closed).await;
    }
    tokio::time::sleep(route.pace.of(count).saturating_sub(started.elapsed())).await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// G31: the instants at which 50,000 messages of an outage leave, batch by batch: what is allowed is used, and no second sees a
    /// tenth more, wherever it begins.
    #[test]
    fn g031_no_second_sees_more_than_its_share() {
        for rate in [100, 20, 7] {
            let pace = Pace::per_second(rate);
            let batch = u32::try_from(BATCH).unwrap();
            let (mut begun, mut leave) = (Duration::ZERO, Vec::new());
            while leave.len() < 50_000 {
                leave.extend((0..batch).map(|place| begun + pace.of(place)));
                begun += pace.of(batch);
            }
            let second = Duration::from_secs(1);
            for (first, at) in leave.iter().enumerate() {
                let in_it = leave[first..]
                    .iter()
                    .take_while(|then| **then < *at + second);
                let in_it = u32::try_from(in_it.count()).unwrap();
                assert!(in_it <= rate + rate.div_ceil(10), "{in_it} in a second");
            }
            let whole = leave[49_999].as_secs_f64();
            let expected = 50_000.0 / f64::from(rate);
            assert!((whole - expected).abs() < expected / 10.0, "{whole} s");
        }
    }
}
