//! The rows the store takes and gives; plain data without behaviour.
use super::codec;
use super::{AttachmentRow, CertificateRow, LinkRow};
use engine::case::PaperNumber;
use std::hash::{DefaultHasher, Hash, Hasher};

/// What one command wrote into the history of one case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRow {
    /// Case.
    pub case_id: i64,
    /// Number of its first event in the case, from 1.
    pub first_seq: i64,
    /// Number of its last event.
    pub seq: i64,
    /// UTC milliseconds.
    pub at: i64,
    /// Who did it.
    pub actor: String,
    /// The events as a JSON list.
    pub facts: String,
    /// What of them is encrypted.
    pub sealed: Option<Vec<u8>>,
    /// Hash of the row before; [`codec::ORIGIN`] at the start.
    pub prev: codec::Hash,
    /// [`codec::link`] of this row.
    pub hash: codec::Hash,
}

/// A case as it stands, for lists and look-ups. Number, accepting city, parent, key and opening never change after the
/// first write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseRow {
    /// Key inside the store; positive.
    pub id: i64,
    /// Number people see.
    pub number: String,
    /// Matter.
    pub matter: String,
    /// Revision of the matter.
    pub revision: i64,
    /// State of the case.
    pub status: String,
    /// Number of its last event.
    pub version: i64,
    /// City that took it in.
    pub accepting: String,
    /// City that decides it.
    pub deciding: String,
    /// Level of warning: the worst of all its limits; of an ended case `red` if it ended late.
    pub level: String,
    /// End of its limit, UTC milliseconds.
    pub due: Option<i64>,
    /// Case it was opened by.
    pub parent: Option<i64>,
    /// Wrapped data key.
    pub key: Option<Vec<u8>>,
    /// UTC milliseconds.
    pub opened: i64,
    /// UTC milliseconds.
    pub closed: Option<i64>,
    /// What no other open case may have; none where the matter allows several, or once the case is closed.
    pub once: Option<Vec<u8>>,
    /// Since when it is in its state, UTC milliseconds.
    pub since: Option<i64>,
}

impl CaseRow {
    /// A fingerprint of all in it that may change, but for the version; the same in one process only.
    pub fn face(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        let texts = [&self.matter, &self.status, &self.deciding, &self.level];
        let numbers = [Some(self.revision), self.due, self.closed, self.since];
        (texts, numbers, &self.once).hash(&mut hasher);
        hasher.finish()
    }
}

/// A card of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardRow {
    /// Case.
    pub case_id: i64,
    /// Number unique in its case.
    pub no: i64,
    /// `yellow` or `red`.
    pub level: String,
    /// The limit.
    pub clock: String,
    /// Step at which the work is, or was last; empty where there is none.
    pub step: String,
    /// City that has the work.
    pub city: String,
    /// Department.
    pub department: String,
    /// Post.
    pub post: String,
    /// Person who holds it.
    pub holder: Option<String>,
    /// UTC milliseconds.
    pub opened: i64,
    /// When it was last explained.
    pub explained: Option<i64>,
    /// When a supervisor asked, while nobody has answered.
    pub pursued: Option<i64>,
    /// When it was closed.
    pub closed: Option<i64>,
}

/// A task that was done, for how long each step takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpentRow {
    /// Case.
    pub case_id: i64,
    /// Number unique in its case.
    pub no: i64,
    /// Matter of the case.
    pub matter: String,
    /// Step.
    pub step: String,
    /// City in which it was offered.
    pub city: String,
    /// UTC milliseconds.
    pub opened: i64,
    /// UTC milliseconds.
    pub done: i64,
    /// Who did it, if a person did.
    pub person: Option<String>,
}

/// An open task, as it is offered to one post; a task offered to several has a row for each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskRow {
    /// Case.
    pub case_id: i64,
    /// Number unique in its case.
    pub no: i64,
    /// Which of the posts it is offered to, from 0.
    pub place: i64,
    /// Step of the matter.
    pub step: String,
    /// City it is offered in.
    pub city: String,
    /// Department.
    pub department: String,
    /// Post.
    pub post: String,
    /// Person who holds it.
    pub holder: Option<String>,
    /// `open`, `held`, or `waiting`.
    pub state: String,
    /// Level of warning.
    pub level: String,
    /// End of its limit, UTC milliseconds.
    pub due: Option<i64>,
    /// UTC milliseconds.
    pub opened: i64,
    /// Counter of its changes.
    pub version: i64,
}

/// An instant at which a case wants to be asked again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TimerRow {
    /// UTC milliseconds.
    pub due: i64,
    /// Case.
    pub case_id: i64,
    /// Number unique in its case.
    pub no: i64,
}

/// The name of something owed to the outside world: the event it comes from, and its position there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct OutboxId {
    /// Case.
    pub case_id: i64,
    /// Number of the event.
    pub seq: i64,
    /// Position among what the event owes.
    pub position: i64,
}

/// Something owed to the outside world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxRow {
    /// Its name.
    pub id: OutboxId,
    /// What kind of message it is.
    pub kind: String,
    /// The message as JSON.
    pub body: String,
    /// When to send it, UTC milliseconds.
    pub next_at: i64,
}

/// A paper as it was issued, sealed with the key of its case; never changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaperRow {
    /// Case.
    pub case_id: i64,
    /// Number unique in its case.
    pub no: i64,
    /// Its text, page and hash.
    pub sealed: Vec<u8>,
}

/// The number of a paper, guarded by the one before it in its series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaperNumberRow {
    /// The number.
    pub number: PaperNumber,
    /// Case.
    pub case_id: i64,
    /// Of the paper in its case.
    pub no: i64,
}

/// Proof that a command was handled, and what was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiptRow {
    /// Case the command was for; 0 if it opened one.
    pub case_id: i64,
    /// Who called.
    pub caller: String,
    /// SHA-256 of the key sent along.
    pub key_hash: codec::Hash,
    /// SHA-256 of the body.
    pub body_hash: codec::Hash,
    /// The answer, to be given again.
    pub answer: String,
    /// UTC milliseconds.
    pub expires: i64,
}

/// What one command changes: one transaction, all or nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unit {
    /// The case, and others opened or moved with it.
    pub cases: Vec<CaseWrite>,
    /// Proof for the caller.
    pub receipt: Option<ReceiptRow>,
}

/// What one command changes in one case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseWrite {
    /// Its new history; `first_seq` must follow what was loaded.
    pub event: EventRow,
    /// The case afterwards.
    pub row: CaseRow,
    /// Nothing in its row is new but the version; see [`CaseRow::face`].
    pub only_grew: bool,
    /// Tasks opened or changed.
    pub tasks: Vec<TaskRow>,
    /// Numbers of tasks done or void.
    pub closed: Vec<i64>,
    /// Timers set.
    pub timers: Vec<TimerRow>,
    /// Numbers of timers cleared.
    pub cleared: Vec<i64>,
    /// What is owed.
    pub outbox: Vec<OutboxRow>,
    /// Papers issued.
    pub papers: Vec<PaperRow>,
    /// Their numbers.
    pub numbered: Vec<PaperNumberRow>,
    /// Files that now belong to the case.
    pub attached: Vec<AttachmentRow>,
    /// The applicant's link, where something that was made names it.
    pub link: Option<LinkRow>,
    /// The certificate it gives, where that came into force or ended.
    pub certificate: Option<CertificateRow>,
    /// Cards opened or changed.
    pub cards: Vec<CardRow>,
    /// Tasks done.
    pub spent: Vec<SpentRow>,
}
