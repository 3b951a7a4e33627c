//! What is handed to the runtime and what comes back.

use super::seen::Seen;
use crate::store::StoreError;
use engine::case::{Actor, Command, Rejection, TaskNo};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value as Json;
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// A wish of somebody, for one case.
#[derive(Clone, Debug)]
pub struct Request {
    /// Which case, or which matter a new one is to run.
    pub target: Target,
    /// The wish. Of [`Command::Open`] the runtime fills `id` and `number`.
    pub command: Command,
    /// Who wishes it.
    pub actor: Actor,
    /// Makes a repetition harmless.
    pub key: Option<IdempotencyKey>,
    /// What the caller saw before he decided (`If-Match`); none: whatever stands there now.
    pub expect: Option<Expected>,
}

/// What a command is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A new case of this matter, of its newest revision.
    New(String),
    /// A new case of another deployment's letter: the part of a revision that a hand-off is.
    Letter {
        /// The matter.
        matter: String,
        /// The revision, by content hash.
        revision: String,
        /// The hand-off.
        step: engine::case::Name,
    },
    /// A case, by its number in the store.
    Case(u64),
}

impl Target {
    pub(super) fn is_among(&self, cases: &std::collections::BTreeSet<u64>) -> bool {
        matches!(self, Target::Case(id) if cases.contains(id))
    }
}

/// The version a caller saw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// Of the case.
    Case(u64),
    /// Of one of its tasks.
    Task(TaskNo, u64),
}

/// The key of a request: the same caller, key and body get the first answer again, for seven days (G3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyKey {
    pub(super) caller: String,
    pub(super) key: [u8; 32],
    pub(super) body: [u8; 32],
    /// It counts for all cases together, and longer: the message of another system.
    of_sender: bool,
}

/// How long a key is remembered (G3: at least seven days).
const REMEMBERED: SignedDuration = SignedDuration::from_hours(7 * 24);
/// How long the id of a message is (G34: at least thirty days).
const MESSAGE_REMEMBERED: SignedDuration = SignedDuration::from_hours(32 * 24);

impl IdempotencyKey {
    /// The key of one of several commands that one request makes.
    pub fn of_one(&self, which: &str) -> Self {
        let key = Sha256::new()
            .chain_update(self.key)
            .chain_update(which)
            .finalize();
        IdempotencyKey {
            caller: self.caller.clone(),
            key: key.into(),
            body: self.body,
            of_sender: self.of_sender,
        }
    }

    /// Of a caller (an account, the name of a key), the key he sent, and whatever makes the request what it is: path and body.
    pub fn new(caller: &str, key: &str, body: &[u8]) -> Self {
        IdempotencyKey {
            caller: caller.to_owned(),
            key: Sha256::digest(key).into(),
            body: Sha256::digest(body).into(),
            of_sender: false,
        }
    }

    /// Of a message of another system, by the id it gave it: counts once, whichever case it names.
    pub fn of_sender(system: &str, id: &str, body: &[u8]) -> Self {
        let sender = format!("system:{system}");
        IdempotencyKey {
            of_sender: true,
            ..IdempotencyKey::new(&sender, id, body)
        }
    }

    /// The case its receipt lies with; 0: with none.
    pub(super) fn place(&self, target: &Target) -> i64 {
        match target {
            Target::Case(id) if !self.of_sender => id.cast_signed(),
            Target::Case(_) | Target::New(_) | Target::Letter { .. } => 0,
        }
    }

    /// Until when it is remembered.
    pub(super) fn expires(&self, now: Timestamp) -> Timestamp {
        let long = match self.of_sender {
            true => MESSAGE_REMEMBERED,
            false => REMEMBERED,
        };
        now.saturating_add(long).unwrap_or(Timestamp::MAX)
    }
}

/// A command that is durable.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The case as the command left it.
    pub seen: Seen,
    /// True if this answers a repetition; nothing was done.
    pub replayed: bool,
}

impl Answer {
    pub(super) fn first(seen: Seen) -> Self {
        Answer {
            seen,
            replayed: false,
        }
    }

    /// The case as the API shows it after a write.
    pub fn body(&self) -> Json {
        self.seen.to_json()
    }
}

/// Why a command was not carried out. Nothing of it is in the store, but for [`Refused::OutcomeUnknown`].
#[derive(Clone, Debug, thiserror::Error)]
pub enum Refused {
    /// The engine refuses it; [`Rejection::message`] says why in words.
    #[error("refused: {}", .0.code())]
    Rejected(Rejection),
    /// There is no such case (404).
    #[error("no such case")]
    NotFound,
    /// There is no such matter, or it has errors (404).
    #[error("no such matter")]
    NoSuchMatter(String),
    /// The caller saw an older version (412 `stale`).
    #[error("stale: the version now is {version}")]
    Stale {
        /// What stands there now.
        version: u64,
    },
    /// Others were faster, several times in a row (409 `version-conflict`).
    #[error("lost the race")]
    Conflict,
    /// There is an open case, and the matter allows one (409 `duplicate-case`).
    #[error("there is an open case of this matter")]
    Duplicate {
        /// Its number in the store.
        case: u64,
    },
    /// The same key came with another body before (422 `key-reused`).
    #[error("the key was used for another request")]
    KeyReused,
    /// The reply of the commit was lost: the same key will tell (503 `outcome-unknown`).
    #[error("outcome unknown")]
    OutcomeUnknown,
    /// A row of this case is damaged; other cases are not harmed (500).
    #[error("the case is damaged: {0}")]
    Damaged(String),
    /// The store cannot be reached or is full (503 `storage-unavailable`, `storage-full`).
    #[error(transparent)]
    Store(Arc<StoreError>),
    /// The program is being stopped (503 `stopping`).
    #[error("stopping")]
    Stopping,
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::OutcomeUnknown(_) => Refused::OutcomeUnknown,
            StoreError::Damaged(what) => Refused::Damaged(what.to_owned()),
            error => Refused::Store(Arc::new(error)),
        }
    }
}
