//! What events tell another deployment, as it lies in the outbox: signed once, sealed, and opened when it leaves.

use super::{Enclosure, Letter, Saying, spokesman, subject, words_of};
use crate::exchange::{Envelope, Signed};
use crate::peer::{self, CHANNEL, Known};
use crate::runtime::Keys;
use crate::runtime::held::Held;
use crate::store::OutboxId;
use crate::store::codec::{self, Key, Place};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use engine::case::{Context, Event, Told, Word};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// An envelope in the outbox.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::runtime) struct Enclosed {
    /// `exchange.sent`, …
    pub about: String,
    /// The deployment it is for.
    pub to: String,
    /// Its id.
    pub envelope: String,
    /// Its exchange.
    pub subject: String,
    /// Sealed with the key of the case, in base64: it holds what the step shares.
    sealed: String,
}

impl Enclosed {
    /// Opens it with the key of its case.
    pub(in crate::runtime) fn open(&self, id: OutboxId, key: &Key) -> Option<Signed> {
        let sealed = STANDARD.decode(&self.sealed).ok()?;
        let packed = codec::unseal(key, place(id), &sealed).ok()?;
        serde_json::from_slice(&codec::unpack(&packed).ok()?).ok()
    }
}

fn place(id: OutboxId) -> Place<'static> {
    Place {
        table: "outbox",
        column: "body",
        case_id: id.case_id,
        seq: id.seq,
    }
}

/// What one event tells another deployment: the kind of the message and its body. `None` if this deployment signs nothing.
pub(in crate::runtime) fn enclose(
    held: &Held,
    (event, id): (&Event, OutboxId),
    told: &Told,
    context: &Context<'_>,
    keys: &Keys,
    peers: &[Known],
    papers: Vec<Enclosure>,
) -> Option<(String, String)> {
    let (to, _) = held.case.correspondent(told.handoff)?;
    let signer = &keys.signing()?.current;
    let known = peers.iter().find(|known| known.name == **to);
    let receiver = known.and_then(|known| known.peer.keys.first());
    let now = context.now.as_millisecond();
    let envelope = Envelope {
        id: format!("{}.{}", held.number, id.seq),
        sender: signer.public().id(),
        receiver: receiver.map(|key| key.id()).unwrap_or_default(),
        word: told.word.name().to_owned(),
        subject: subject(&held.case, told.handoff),
        time: Timestamp::from_millisecond(now).unwrap_or(context.now),
        sequence: told.sequence,
        data: data(held, event, told, context, papers)?,
    };
    let signed = signer.sign(envelope.text());
    let plain = serde_json::to_vec(&signed).ok()?;
    let sealed = codec::seal(&held.key, rand::random(), place(id), &codec::pack(&plain)).ok()?;
    let body = Enclosed {
        about: format!("{CHANNEL}.{}", envelope.word),
        to: to.to_string(),
        envelope: envelope.id,
        subject: envelope.subject,
        sealed: STANDARD.encode(sealed),
    };
    Some((peer::kind(to), serde_json::to_string(&body).ok()?))
}

fn data(
    held: &Held,
    event: &Event,
    told: &Told,
    context: &Context<'_>,
    papers: Vec<Enclosure>,
) -> Option<Json> {
    let (case, revision) = (&held.case, &held.published.revision);
    let by = spokesman(case, revision, context, context.actor);
    if told.word == Word::Sent {
        let out = case.outgoing(revision, context, told.handoff)?;
        let (_, to) = case.letter_to(told.handoff)?;
        let letter = Letter {
            by,
            to: to.clone(),
            matter: revision.id.value.clone(),
            revision: out.revision,
            letter: out.origin,
            shared: out.shared,
            missing: out.missing,
            promised: out.promised,
            outcomes: out.outcomes,
            answer: out.answer,
            reasons: context.network.reasons().keys().cloned().collect(),
            papers,
        };
        return serde_json::to_value(letter).ok();
    }
    let outcome = match &told.word {
        Word::Answered(outcome) => Some(outcome.clone()),
        _ => None,
    };
    let saying = Saying {
        by,
        fields: match outcome {
            Some(_) => event.content.clone(),
            None => Json::Null,
        },
        outcome,
        words: words_of(&event.content, told),
        papers,
    };
    serde_json::to_value(saying).ok()
}
