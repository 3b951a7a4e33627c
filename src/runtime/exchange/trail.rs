//! What two deployments told each other about a letter: as a trail that reads the same on both sides, and as a file that proves it.

use super::super::history::Entry;
use super::super::request::Refused;
use super::super::{Runtime, Seen};
use super::{CHANNEL, Enclosed, incoming, spokesman, subject};
use crate::exchange::bundle::{Bundle, Message, Named, Side};
use crate::exchange::{PublicKey, Signed};
use crate::store::{Leased, StoreError};
use engine::case::{Actor, Context, Fact, HandoffNo, Party, Rung};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeSet;
use std::fmt;

/// So many messages of a case are looked through.
const MOST: i64 = 10_000;

/// A line of the trail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    /// What happened.
    pub step: Step,
    /// The post that did it.
    pub by: Party,
    /// When, by the clock of the side that did it, RFC 3339.
    pub at: Timestamp,
    /// The outcome of an answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
}

/// What can happen to a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// It was sent.
    Sent,
    /// Somebody asked for speed.
    Urged,
    /// It was taken back.
    CalledOff,
    /// It was received.
    Received,
    /// It was sent back.
    Refused,
    /// It was answered.
    Answered,
}

impl fmt::Display for Line {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let outcome = self.outcome.as_deref().unwrap_or_default();
        write!(out, "{} {:?} {} {outcome}", self.at, self.step, self.by)
    }
}

impl Runtime {
    /// What happened to a letter, by what each side says of itself: the same on both sides.
    ///
    /// # Errors
    /// As [`Runtime::history`].
    pub async fn trail(&self, seen: &Seen, no: HandoffNo) -> Result<Vec<Line>, Refused> {
        let Some((step, _)) = seen.case.letter_to(no) else {
            return Ok(Vec::new());
        };
        let taken = seen.case.origin().is_some();
        let mut lines = Vec::new();
        for entry in self.history(seen.id).await? {
            for event in &entry.events {
                let (what, outcome) = match &event.fact {
                    Fact::LetterTaken { .. } => (Step::Sent, None),
                    Fact::HandoffSent { handoff, .. } if *handoff == no && !taken => {
                        (Step::Sent, None)
                    }
                    Fact::TaskUrged { task, .. } if urges(seen, *task, no, &entry) => {
                        (Step::Urged, None)
                    }
                    Fact::CardEscalated {
                        card,
                        rung: Rung::Urge,
                        ..
                    } if seen.case.letter_of_card(*card) == Some(no) => (Step::Urged, None),
                    Fact::HandoffCalledOff { handoff } if *handoff == no => (Step::CalledOff, None),
                    Fact::HandoffReceived { handoff, .. } if *handoff == no => {
                        (Step::Received, None)
                    }
                    Fact::HandoffRefused { handoff, .. } if *handoff == no => (Step::Refused, None),
                    Fact::StepDone {
                        step: done,
                        outcome,
                        ..
                    } if done == step && &**outcome != "refused" && (taken || is_peer(&entry)) => {
                        (Step::Answered, Some(outcome.to_string()))
                    }
                    _ => continue,
                };
                lines.push(self.line(seen, &entry, what, outcome));
            }
        }
        // Of words that crossed on their way each side heard its own first.
        lines.sort_by_key(|line| line.at);
        Ok(lines)
    }

    fn line(&self, seen: &Seen, entry: &Entry, step: Step, outcome: Option<String>) -> Line {
        let library = self.library();
        let elsewhere = self.lines().elsewhere();
        let context = Context {
            now: entry.at,
            actor: &entry.actor,
            network: &library.network,
            next_case: 0,
            elsewhere: &elsewhere,
            numbering: None,
        };
        let at = match &entry.actor {
            Actor::Peer { at, .. } => *at,
            _ => entry.at,
        };
        let by = spokesman(&seen.case, &seen.revision, &context, &entry.actor);
        Line {
            step,
            by,
            at,
            outcome,
        }
    }

    /// Everything told about a letter with signatures and receipts. `None` if it went to, or came from, no other deployment.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn bundle(&self, seen: &Seen, no: HandoffNo) -> Result<Option<Bundle>, Refused> {
        if !seen.case.exchanges().any(|letter| letter == no) {
            return Ok(None);
        }
        let Some((peer, _)) = seen.case.correspondent(no) else {
            return Ok(None);
        };
        let subject = subject(&seen.case, no);
        let mut messages = self.sent(seen, &subject).await?;
        for row in self.store().exchange(peer, &subject).await? {
            let Some((envelope, _)) = incoming::open(&row, &self.0.loader.keys) else {
                continue;
            };
            messages.push(Message {
                from: Side::There,
                at: Timestamp::from_millisecond(row.received).unwrap_or_default(),
                envelope,
                receipt: serde_json::from_str(&row.receipt).ok(),
            });
        }
        messages.sort_by_key(|message| message.at);
        let mut keys = self.signed(Side::Here, "", &messages).await?;
        keys.extend(self.signed(Side::There, peer, &messages).await?);
        Ok(Some(Bundle {
            subject,
            peer: peer.to_string(),
            keys,
            messages,
        }))
    }

    /// The keys by which a side has signed any of these, also such as are no longer in use.
    async fn signed(
        &self,
        of: Side,
        peer: &str,
        messages: &[Message],
    ) -> Result<Vec<Named>, Refused> {
        let signed = messages.iter().flat_map(|message| {
            let receipt = message.receipt.as_ref().filter(|_| message.from != of);
            let envelope = Some(&message.envelope).filter(|_| message.from == of);
            envelope.into_iter().chain(receipt).map(Signed::key_id)
        });
        let used: BTreeSet<&str> = signed.collect();
        let mut keys = self.keys_of(peer, &used).await?;
        if keys.len() < used.len() {
            // One of them is so new that nobody has noted it.
            self.endpoints_changed().await?;
            keys = self.keys_of(peer, &used).await?;
        }
        Ok(keys.into_iter().map(|key| Named { of, key }).collect())
    }

    /// Which of the keys a deployment was ever known by have these ids.
    async fn keys_of(
        &self,
        peer: &str,
        ids: &BTreeSet<&str>,
    ) -> Result<Vec<PublicKey>, StoreError> {
        let known = self.store().known_keys(peer).await?.into_iter();
        let known = known.filter_map(|key| key.parse::<PublicKey>().ok());
        Ok(known.filter(|key| ids.contains(&*key.id())).collect())
    }

    /// What this side told, out of the outbox.
    async fn sent(&self, seen: &Seen, subject: &str) -> Result<Vec<Message>, Refused> {
        let case = seen.id.cast_signed();
        let keys = self.0.loader.keys_of(&[case]).await?;
        let Some(key) = keys.get(&case) else {
            return Ok(Vec::new());
        };
        let rows = self.store().messages(Some(case), None, MOST).await?;
        let sent = rows.into_iter().filter_map(|message| {
            let Leased { row, since, .. } = message.leased;
            row.kind.strip_prefix(CHANNEL)?;
            let enclosed: Enclosed = serde_json::from_str(&row.body).ok()?;
            if enclosed.subject != subject {
                return None;
            }
            let receipt = message.answer.filter(|_| message.state == "sent");
            Some(Message {
                from: Side::Here,
                at: Timestamp::from_millisecond(since).ok()?,
                envelope: enclosed.open(row.id, key)?,
                receipt: receipt.and_then(|text| serde_json::from_str::<Signed>(&text).ok()),
            })
        });
        Ok(sent.collect())
    }
}

fn is_peer(entry: &Entry) -> bool {
    matches!(entry.actor, Actor::Peer { .. })
}

/// Whether urging was for the other side of a letter: here of the task that waits for it, there by whoever sent it.
fn urges(seen: &Seen, task: engine::case::TaskNo, no: HandoffNo, entry: &Entry) -> bool {
    use engine::case::Work;
    if seen.case.origin().is_some() {
        return is_peer(entry);
    }
    let work = seen.case.tasks().get(&task).map(|t| t.work());
    matches!(work, Some(Work::Receive(of) | Work::Answer(of)) if of == no)
}
