//! Looks at a case without writing to it: as it would be after a command, and as it was at an earlier version.

use super::held::{Held, Unloaded};
use super::papers::{self, Issued};
use super::request::{IdempotencyKey, Refused};
use super::seen::Seen;
use super::{Runtime, turn};
use crate::store::StoreError;
use engine::case::{Actor, Command, Context, decide};
use std::sync::{Arc, PoisonError};

impl Runtime {
    /// The papers a command would issue, as they would read now. Nothing happens.
    ///
    /// # Errors
    /// As the command itself would be refused.
    pub async fn tried(
        &self,
        case: u64,
        command: &Command,
        actor: &Actor,
    ) -> Result<Vec<Issued>, Refused> {
        let mut held = self.held(case).await?;
        let library = self.library();
        let context = Context {
            now: self.clock().now().max(held.last),
            actor,
            network: &library.network,
            next_case: 0,
            elsewhere: &engine::case::NOWHERE,
            numbering: None,
        };
        let mut after = (*held.case).clone();
        let events = decide(&held.published.revision, &mut after, command, &context);
        let events = events.map_err(Refused::Rejected)?;
        held.case = Arc::new(after);
        Ok(papers::tried(&held, &events, &context, &self.0.loader))
    }

    /// A case as it was when this was its last event; what a page showed before it was sent back. None if it never was.
    ///
    /// # Errors
    /// As [`Runtime::case`].
    pub async fn case_at(&self, case: u64, version: u64) -> Result<Option<Seen>, Refused> {
        let loader = &self.0.loader;
        let Some(row) = loader.store.case(case.cast_signed()).await? else {
            return Ok(None);
        };
        let mut events = loader.store.events(row.id, 0).await?;
        events.retain(|event| event.seq.unsigned_abs() <= version);
        let held = loader.fold(row, &events).await?.map_err(turn::unloaded)?;
        let seen = held.seen();
        Ok((seen.version() == version).then_some(seen))
    }

    /// Whether a command of this key that opens a case has been carried out.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn is_answered(&self, key: &IdempotencyKey) -> Result<bool, StoreError> {
        let receipt = self.store().receipt(0, &key.caller, &key.key);
        Ok(receipt.await?.is_some())
    }

    async fn held(&self, case: u64) -> Result<Held, Refused> {
        let cached = {
            let cache = self.0.cache.lock().unwrap_or_else(PoisonError::into_inner);
            cache.get(case).cloned()
        };
        if let Some(held) = cached {
            return Ok(held);
        }
        let loaded = self.0.loader.load_one(case).await?;
        let loaded: Result<Held, Unloaded> = loaded.ok_or(Refused::NotFound)?;
        loaded.map_err(turn::unloaded)
    }
}
