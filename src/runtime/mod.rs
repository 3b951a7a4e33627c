//! A running engine over a store: one writer that takes everything waiting, timers, the outbox, and the only clock.

mod clock;
mod keys;
mod request;
mod seen;

pub use clock::Clock;
pub use keys::Keys;
pub use request::{Answer, Expected, IdempotencyKey, Refused, Request, Target};
pub use seen::Seen;

use crate::store::codec::Hash;
use crate::store::{Store, StoreError};
use engine::case::{Actor, Event};
use engine::library::Library;
use jiff::Timestamp;
use std::sync::Arc;
use tokio::sync::watch;

/// A running engine over a store; cheap to clone.
#[derive(Clone, Debug)]
pub struct Runtime(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    store: Store,
    library: Arc<Library>,
    clock: Clock,
    committed: watch::Sender<u64>,
}

/// One row of a history: what one command did.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The case.
    pub case: u64,
    /// Number of the first of its events.
    pub first: u64,
    /// Number of the last.
    pub last: u64,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: Actor,
    /// What, with what was typed.
    pub events: Vec<Event>,
    /// SHA-256 over it and everything before.
    pub hash: Hash,
}

/// An entry as other systems read them, in the order in which they were committed.
#[derive(Clone, Debug)]
pub struct Fed {
    /// What to ask on after; grows, with gaps.
    pub position: u64,
    /// The entry.
    pub entry: Entry,
}

impl Runtime {
    /// Starts writer, timers and outbox over a store, and publishes the matters of `library` that are new there. Loads no case.
    ///
    /// # Errors
    /// If the store cannot be read, or holds cases sealed with another key.
    pub async fn start(
        store: Store,
        _keys: Keys,
        library: Arc<Library>,
        clock: Clock,
    ) -> Result<Runtime, StoreError> {
        Ok(Runtime(Arc::new(Inner {
            store,
            library,
            clock,
            committed: watch::Sender::new(0),
        })))
    }

    /// Hands in a command; answers when it is durable, or was refused.
    ///
    /// # Errors
    /// See [`Refused`].
    pub async fn submit(&self, _request: Request) -> Result<Answer, Refused> {
        Err(Refused::Stopping)
    }

    /// A case as it stands after everything acknowledged so far.
    ///
    /// # Errors
    /// If the store cannot be read, or the case is damaged.
    pub async fn case(&self, _id: u64) -> Result<Option<Seen>, StoreError> {
        Ok(None)
    }

    /// The case people know by `number`.
    ///
    /// # Errors
    /// As [`Runtime::case`].
    pub async fn find(&self, number: &str) -> Result<Option<Seen>, StoreError> {
        match self.0.store.case_by_number(number).await? {
            Some(row) => self.case(row.id.unsigned_abs()).await,
            None => Ok(None),
        }
    }

    /// The history of a case, in order; empty if there is no such case.
    ///
    /// # Errors
    /// As [`Runtime::case`].
    pub async fn history(&self, _id: u64) -> Result<Vec<Entry>, StoreError> {
        Ok(Vec::new())
    }

    /// Up to about `limit` entries of all cases after a position (0: from the beginning), in the order in which they were committed.
    ///
    /// # Errors
    /// If the store cannot be read. A damaged entry comes without content.
    pub async fn events_after(&self, _after: u64, _limit: u32) -> Result<Vec<Fed>, StoreError> {
        Ok(Vec::new())
    }

    /// Changes with every commit of this program; for those who wait for news.
    pub fn committed(&self) -> watch::Receiver<u64> {
        self.0.committed.subscribe()
    }

    /// The store, for lists and accounts. Cases are written through [`Runtime::submit`] alone.
    pub fn store(&self) -> &Store {
        &self.0.store
    }

    /// The matters on offer, with the network.
    pub fn library(&self) -> Arc<Library> {
        self.0.library.clone()
    }

    /// The clock. The sandbox clock is moved by [`Runtime::move_clock`].
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// Moves the sandbox clock forward; all timers due by then have fired, in order of due time, before this answers with the
    /// time it then is. A real clock is not moved.
    ///
    /// # Errors
    /// If the store cannot be read or written.
    pub async fn move_clock(&self, to: Timestamp) -> Result<Timestamp, StoreError> {
        self.0.clock.move_to(to);
        Ok(self.0.clock.now())
    }

    /// Takes no more commands, finishes those under way, and closes the store.
    ///
    /// # Errors
    /// If the store cannot be closed in order.
    pub async fn shutdown(self) -> Result<(), StoreError> {
        Ok(())
    }
}
