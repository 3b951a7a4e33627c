//! A case in memory with all that a write needs, and how it is made of what the store holds.

use super::Keys;
use super::definitions::{Definitions, Published};
use super::history::{self, Unreadable};
use super::lines::Lines;
use super::reach::Reach;
use super::seen::Seen;
use crate::store::codec::{self, Hash, Key};
use crate::store::{CaseRow, EventRow, Store, StoreError};
use engine::case::{Actor, Case, Context, apply};
use engine::network::Network;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A case in memory.
#[derive(Clone, Debug)]
pub(super) struct Held {
    pub id: u64,
    pub number: Arc<str>,
    pub case: Arc<Case>,
    /// What it runs.
    pub published: Arc<Published>,
    /// Its data key, and the key as the store keeps it.
    pub key: Key,
    pub wrapped: Vec<u8>,
    /// Hash of its last row.
    pub head: Hash,
    /// Recorded time of its last command; later ones are never earlier (G5).
    pub last: Timestamp,
    pub opened: Timestamp,
    /// What no other open case may have, see [`crate::store::CaseRow::once`].
    pub once: Option<Vec<u8>>,
    /// The [`CaseRow::face`] of its row.
    pub face: Option<u64>,
    /// About so much memory.
    pub bytes: usize,
}

/// What a case takes beside its events, and how much larger these are in memory than packed in the store.
const BASE: usize = 3_000;
const SWELL: usize = 4;

impl Held {
    /// A case that is about to be opened.
    pub(super) fn new(
        id: u64,
        number: String,
        published: Arc<Published>,
        keys: &Keys,
    ) -> Result<Self, Unreadable> {
        let key: Key = rand::random();
        let case_id = id.cast_signed();
        let wrapped =
            codec::wrap(&keys.master, rand::random(), case_id, &key).map_err(|_| Unreadable {
                case: case_id,
                seq: 0,
            })?;
        Ok(Held {
            id,
            number: number.into(),
            case: Arc::default(),
            published,
            key,
            wrapped,
            head: codec::ORIGIN,
            last: Timestamp::MIN,
            opened: Timestamp::MIN,
            once: None,
            face: None,
            bytes: BASE,
        })
    }

    /// The case as a reader sees it.
    pub(super) fn seen(&self) -> Seen {
        Seen {
            id: self.id,
            number: self.number.clone(),
            case: self.case.clone(),
            revision: self.published.revision.clone(),
            revision_number: self.published.number.unsigned_abs(),
        }
    }

    /// What no other open case may have, as its matter says; worked out as of the day it was opened, so that it never changes.
    pub(super) fn only_one(&self, keys: &Keys, network: &Network) -> Option<Vec<u8>> {
        let context = Context {
            now: self.opened,
            actor: &Actor::Engine,
            network,
            next_case: 0,
            elsewhere: &engine::case::NOWHERE,
            numbering: None,
        };
        if let Some(origin) = self.case.origin() {
            let subject = format!("{}/{}", origin.number, origin.handoff.0);
            return keys.letter(&origin.from, &subject);
        }
        let revision = &self.published.revision;
        let value = self.case.unique(revision, &context)?;
        keys.once(&revision.id.value, &value)
    }

    /// Says that a row has been written.
    pub(super) fn grew(&mut self, row: &EventRow) {
        self.head = row.hash;
        self.bytes += SWELL * (row.facts.len() + row.sealed.as_ref().map_or(0, Vec::len));
    }
}

/// Why a case cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum Unloaded {
    /// A row of it cannot be read.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// The revision it runs is not in the store, or cannot be read any more.
    #[error(
        "办件 {case} 所用的事项版本 {revision} 无法读取 · revision {revision} of case {case} cannot be read"
    )]
    NoRevision {
        /// The case.
        case: i64,
        /// Matter and number.
        revision: String,
    },
}

/// Makes cases of what the store holds.
#[derive(Clone, Debug)]
pub(super) struct Loader {
    pub store: Store,
    pub keys: Keys,
    pub definitions: Arc<Definitions>,
    /// Whom messages reach.
    pub reach: Arc<Reach>,
    /// The ways out to them.
    pub lines: Lines,
}

impl Loader {
    /// The cases with these numbers; what does not exist is left out.
    pub(super) async fn load(
        &self,
        ids: &[u64],
    ) -> Result<BTreeMap<u64, Result<Held, Unloaded>>, StoreError> {
        let ids: Vec<i64> = ids.iter().map(|id| id.cast_signed()).collect();
        let rows = self.store.case_rows(&ids).await?;
        let history = self.store.histories(&ids).await?;
        let mut of_case: BTreeMap<i64, Vec<EventRow>> = BTreeMap::new();
        for row in history {
            of_case.entry(row.case_id).or_default().push(row);
        }
        let mut loaded = BTreeMap::new();
        for row in rows {
            let events = of_case.remove(&row.id).unwrap_or_default();
            loaded.insert(row.id.unsigned_abs(), self.fold(row, &events).await?);
        }
        Ok(loaded)
    }

    /// The data keys of cases; those that do not open are left out.
    pub(super) async fn keys_of(&self, ids: &[i64]) -> Result<BTreeMap<i64, Key>, StoreError> {
        let rows = self.store.case_rows(ids).await?.into_iter();
        let keys = rows.filter_map(|row| {
            let key = codec::unwrap(&self.keys.master, row.id, &row.key?).ok()?;
            Some((row.id, key))
        });
        Ok(keys.collect())
    }

    /// One case.
    pub(super) async fn load_one(
        &self,
        id: u64,
    ) -> Result<Option<Result<Held, Unloaded>>, StoreError> {
        Ok(self.load(&[id]).await?.remove(&id))
    }

    /// The case that a row and its events make.
    pub(super) async fn fold(
        &self,
        row: CaseRow,
        events: &[EventRow],
    ) -> Result<Result<Held, Unloaded>, StoreError> {
        let missing = Unloaded::NoRevision {
            case: row.id,
            revision: format!("{} {}", row.matter, row.revision),
        };
        let published = self
            .definitions
            .numbered(&self.store, &row.matter, row.revision)
            .await?;
        let Some(published) = published else {
            return Ok(Err(missing));
        };
        let held = self.fold_on(row, events, published);
        Ok(held
            .map_err(Unloaded::from)
            .and_then(|held| held.ok_or(missing)))
    }

    /// `None` where the case was not opened on this revision.
    fn fold_on(
        &self,
        row: CaseRow,
        events: &[EventRow],
        published: Arc<Published>,
    ) -> Result<Option<Held>, Unreadable> {
        let face = Some(row.face());
        let wrapped = row.key.unwrap_or_default();
        let key = codec::unwrap(&self.keys.master, row.id, &wrapped).map_err(|_| Unreadable {
            case: row.id,
            seq: 0,
        })?;
        let opened = Timestamp::from_millisecond(row.opened).map_err(|_| Unreadable {
            case: row.id,
            seq: 0,
        })?;
        let mut held = Held {
            id: row.id.unsigned_abs(),
            number: row.number.into(),
            case: Arc::default(),
            published,
            key,
            wrapped,
            head: codec::ORIGIN,
            last: opened,
            opened,
            once: None,
            face,
            bytes: BASE,
        };
        let mut case = Case::default();
        for row in events {
            let entry = history::read(row, &key)?;
            let sound = row.prev == held.head && row.hash == codec::link(row);
            if !sound || entry.first != case.seq() + 1 {
                return Err(Unreadable {
                    case: row.case_id,
                    seq: row.first_seq,
                });
            }
            for event in &entry.events {
                apply(&mut case, entry.at, event);
            }
            held.last = entry.at;
            held.grew(row);
        }
        match held.published.running(case.revision()) {
            Some(running) => held.published = running,
            None if case.seq() > 0 => return Ok(None),
            None => {}
        }
        held.case = Arc::new(case);
        held.once = held.only_one(&self.keys, &self.definitions.library().network);
        Ok(Some(held))
    }
}
