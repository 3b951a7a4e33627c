//! The door: who signed it, is it whole, is it for us, was it here before — then a signed receipt, and its effect on a case, in order.

use super::super::alert::Alert;
use super::super::definitions::Published;
use super::super::request::{IdempotencyKey, Refused, Request, Target};
use super::super::{Keys, Runtime};
use super::stops::{self, Stop};
use super::{Letter, Saying, Speaks};
use crate::exchange::{Envelope, Flaw, PublicKey, Receipt, Refusal, Signed, sha256};
use crate::peer::Known;
use crate::store::codec::Place;
use crate::store::{EnvelopeRow, Put, RefusalRow, Stage, StoreError};
use engine::case::{Actor, Command, HandoffNo, Origin, Party};
use engine::clock::civil;
use engine::text::both;
use jiff::Timestamp;
use std::sync::Arc;
use std::time::Duration;

/// What is turned away is counted by the hour.
const HOUR: i64 = 3_600_000;
/// How often what waits is looked at again.
const SWEEP: Duration = Duration::from_secs(5);
/// So many are taken from the store at once.
const BATCH: i64 = 64;

/// Why an envelope got no receipt that it was taken.
#[derive(Debug)]
pub enum TurnedAway {
    /// Nobody we know signed exactly this.
    Signature,
    /// It is not an envelope, or not for us: the code of why.
    Unreadable(&'static str),
    /// It was signed by the right hand, and there is a reason not to take it; the receipt says which.
    Refused(Signed, Refusal),
    /// It could not be kept now; the same may come again.
    Store(StoreError),
}

impl From<StoreError> for TurnedAway {
    fn from(error: StoreError) -> Self {
        TurnedAway::Store(error)
    }
}

/// What an envelope says, understood.
enum Said {
    Letter(Box<Letter>),
    Saying(Speaks, Box<Saying>),
}

impl Said {
    fn read(envelope: &Envelope) -> Option<Said> {
        let data = envelope.data.clone();
        let speaks = Speaks::of(&envelope.word)?;
        match envelope.word.as_str() {
            "sent" => Some(Said::Letter(serde_json::from_value(data).ok()?)),
            _ => Some(Said::Saying(
                speaks,
                Box::new(serde_json::from_value(data).ok()?),
            )),
        }
    }

    fn by(&self) -> &Party {
        match self {
            Said::Letter(letter) => &letter.by,
            Said::Saying(_, saying) => &saying.by,
        }
    }

    fn side(&self) -> Speaks {
        match self {
            Said::Letter(_) => Speaks::Sender,
            Said::Saying(speaks, _) => *speaks,
        }
    }
}

/// Looks again at what waits, for ever: what a crash left, and what the store could not take.
pub(in crate::runtime) async fn sweep(runtime: Runtime) {
    loop {
        if let Err(why) = runtime.settle_envelopes().await {
            tracing::warn!(%why, "envelopes wait");
        }
        tokio::time::sleep(SWEEP).await;
    }
}

impl Runtime {
    /// Takes in an envelope as it stood on the wire, and gives the receipt for it: the same for the same envelope, however often it
    /// comes (G34). Its effect follows at once, or once those before it are there.
    ///
    /// # Errors
    /// See [`TurnedAway`]; everything that is turned away is on record, and told to the administrator.
    pub async fn take_envelope(&self, signed: Signed) -> Result<Signed, TurnedAway> {
        let known = self.known_by(signed.key_id()).await?;
        let made = |known: &&Known| signed.by(&known.peer.keys).is_some();
        let Some(known) = known.as_ref().filter(made) else {
            let name = known.as_ref().map_or("", |known| &known.name);
            self.turn_away(name, "bad-signature", &signed).await?;
            return Err(TurnedAway::Signature);
        };
        let (envelope, said) = match self.read(known, &signed).await {
            Err(TurnedAway::Unreadable(why)) => {
                self.turn_away(&known.name, why, &signed).await?;
                return Err(TurnedAway::Unreadable(why));
            }
            read => read?,
        };
        stops::pass(Some(&envelope.word), Stop::Arrived).await;
        if let Some(row) = self.store().envelope(&known.name, &envelope.id).await? {
            return self.again(row, &signed).await;
        }
        let mut refused = self.judge(known, &said).await?;
        if refused.is_none() && self.is_overdue(known, &envelope, &said).await? {
            refused = Some(refusal("expired", &[]));
        }
        let receipt = self.receipt(&envelope, &signed, refused.clone())?;
        if let Some(refusal) = refused {
            self.turn_away(&known.name, &refusal.code, &signed).await?;
            return Err(TurnedAway::Refused(receipt, refusal));
        }
        let row = self.row(known, &envelope, &said, &signed, &receipt)?;
        match self.store().put_envelope(&row).await? {
            Put::New => {}
            Put::Known(row) => return self.again(row, &signed).await,
            Put::Clash => {
                self.turn_away(&known.name, "other-in-its-place", &signed)
                    .await?;
                return Err(TurnedAway::Unreadable("other-in-its-place"));
            }
        }
        stops::pass(Some(&envelope.word), Stop::Kept).await;
        if let Err(why) = self.settle_envelopes().await {
            tracing::warn!(%why, "an envelope is kept and waits");
        }
        stops::pass(Some(&envelope.word), Stop::Settled).await;
        Ok(receipt)
    }

    /// What was turned away of late, the latest first.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn turned_away(&self, since: Timestamp) -> Result<Vec<RefusalRow>, StoreError> {
        self.store().turned_away(since.as_millisecond()).await
    }

    /// Who is known by a key. If nobody is, two persons may have just agreed on it, and the directory is read again.
    pub(super) async fn known_by(&self, key_id: &str) -> Result<Option<Known>, StoreError> {
        let find = || {
            let peers = self.lines().peers();
            let has = |known: &&Known| known.peer.keys.iter().any(|key| key.id() == key_id);
            peers.iter().find(has).cloned()
        };
        if let Some(known) = find() {
            return Ok(Some(known));
        }
        self.endpoints_changed().await?;
        Ok(find())
    }

    /// The envelope, if it is whole, from whom its signature says, and for us.
    async fn read(&self, known: &Known, signed: &Signed) -> Result<(Envelope, Said), TurnedAway> {
        let envelope = Envelope::read(&signed.text).map_err(|flaw| match flaw {
            Flaw::Malformed => TurnedAway::Unreadable("malformed"),
            Flaw::Content => TurnedAway::Unreadable("content-changed"),
        })?;
        if !self.is_for_us(&envelope.receiver).await? {
            return Err(TurnedAway::Unreadable("not-for-us"));
        }
        let said = Said::read(&envelope).ok_or(TurnedAway::Unreadable("malformed"))?;
        let sound = match &said {
            Said::Letter(letter) => letter.is_sound(),
            Said::Saying(_, saying) => saying.is_sound(),
        };
        if !sound {
            return Err(TurnedAway::Unreadable("content-changed"));
        }
        let own = known.peer.cities.contains(&said.by().city);
        match own && envelope.sender == signed.key_id() {
            true => Ok((envelope, said)),
            false => Err(TurnedAway::Unreadable("not-its-city")),
        }
    }

    /// Whether an envelope is addressed to this deployment. Whoever wrote it may not have heard of the last change of keys: it counts by
    /// whatever key this deployment was ever known.
    async fn is_for_us(&self, key_id: &str) -> Result<bool, StoreError> {
        let Some(signing) = self.0.loader.keys.signing() else {
            return Ok(false);
        };
        if signing.is_me(key_id) {
            return Ok(true);
        }
        let known = self.store().known_keys("").await?.into_iter();
        let mut known = known.filter_map(|key| key.parse::<PublicKey>().ok());
        Ok(known.any(|key| key.id() == key_id))
    }

    /// The receipt of an envelope that was here before, if this is the same.
    async fn again(&self, row: EnvelopeRow, signed: &Signed) -> Result<Signed, TurnedAway> {
        let receipt: Option<Signed> = serde_json::from_str(&row.receipt).ok();
        let told = receipt.as_ref();
        let told = told.and_then(|r| serde_json::from_str::<Receipt>(&r.text).ok());
        let same = told.is_some_and(|told| told.sha256 == sha256(signed.text.as_bytes()));
        match receipt.filter(|_| same) {
            Some(_) if row.state == Stage::Expired => {
                let (envelope, refusal) = (Envelope::read(&signed.text), refusal("expired", &[]));
                let envelope = envelope.map_err(|_| TurnedAway::Unreadable("malformed"))?;
                let receipt = self.receipt(&envelope, signed, Some(refusal.clone()))?;
                Err(TurnedAway::Refused(receipt, refusal))
            }
            Some(receipt) => Ok(receipt),
            None => {
                self.turn_away(&row.peer, "other-in-its-place", signed)
                    .await?;
                Err(TurnedAway::Unreadable("other-in-its-place"))
            }
        }
    }

    /// Why a letter cannot be taken, if it cannot: nobody here would know what to do with it.
    async fn judge(&self, known: &Known, said: &Said) -> Result<Option<Refusal>, StoreError> {
        let Said::Letter(letter) = said else {
            return Ok(None);
        };
        let city = &letter.to.post.city;
        let library = self.library();
        let here = library.network.city(city).is_some_and(|c| c.code == *city);
        if !here || self.lines().elsewhere().contains_key(city) || known.peer.cities.contains(city)
        {
            return Ok(Some(refusal("not-served-here", &[("city", city.clone())])));
        }
        if self.letter(letter).await?.is_none() {
            let what = format!("{} {:.12}", letter.matter, letter.revision);
            return Ok(Some(refusal("unknown-matter", &[("what", what)])));
        }
        Ok(None)
    }

    /// Whether a word that comes after all is one for which those after it have waited until they were kept no more: without them it
    /// would say what is no longer so.
    async fn is_overdue(
        &self,
        known: &Known,
        envelope: &Envelope,
        said: &Said,
    ) -> Result<bool, StoreError> {
        let rows = self
            .store()
            .exchange(&known.name, &envelope.subject)
            .await?;
        let later = |row: &EnvelopeRow| {
            row.side == said.side().word() && row.sequence > i64::from(envelope.sequence)
        };
        Ok(rows
            .iter()
            .any(|row| later(row) && row.state == Stage::Expired))
    }

    /// Lets go of what came early and has waited too long (G34).
    async fn forget_early(&self) -> Result<(), StoreError> {
        let now = self.0.clock.now();
        let kept = self.library().network.kept_early("", civil(now).date());
        let before = now.checked_sub(kept).unwrap_or(Timestamp::MIN);
        match self
            .store()
            .expire_envelopes(before.as_millisecond())
            .await?
        {
            0 => {}
            count => tracing::warn!(count, "envelopes that came early are kept no more"),
        }
        Ok(())
    }

    /// What the case of a letter runs.
    async fn letter(&self, letter: &Letter) -> Result<Option<Arc<Published>>, StoreError> {
        let definitions = &self.0.loader.definitions;
        let (matter, step) = (&letter.matter, &letter.letter.step);
        definitions
            .letter(self.store(), matter, &letter.revision, step)
            .await
    }

    fn receipt(
        &self,
        envelope: &Envelope,
        signed: &Signed,
        refused: Option<Refusal>,
    ) -> Result<Signed, TurnedAway> {
        let signing = self.0.loader.keys.signing();
        let signer = &signing.ok_or(TurnedAway::Unreadable("not-for-us"))?.current;
        let receipt = Receipt {
            id: envelope.id.clone(),
            subject: envelope.subject.clone(),
            sequence: envelope.sequence,
            sha256: sha256(signed.text.as_bytes()),
            received: self.0.clock.now(),
            receiver: signer.public().id(),
            refused,
        };
        Ok(signer.sign(serde_json::to_string(&receipt).unwrap_or_default()))
    }

    fn row(
        &self,
        known: &Known,
        envelope: &Envelope,
        said: &Said,
        signed: &Signed,
        receipt: &Signed,
    ) -> Result<EnvelopeRow, TurnedAway> {
        let plain = serde_json::to_vec(signed).unwrap_or_default();
        let received = self.0.clock.now().as_millisecond();
        let sealed = self.0.loader.keys.seal(place(received), &plain);
        Ok(EnvelopeRow {
            peer: known.name.clone(),
            id: envelope.id.clone(),
            subject: envelope.subject.clone(),
            side: said.side().word().to_owned(),
            sequence: envelope.sequence.into(),
            state: Stage::Waiting,
            received,
            sealed: sealed.map_err(|_| TurnedAway::Unreadable("malformed"))?,
            receipt: serde_json::to_string(receipt).unwrap_or_default(),
        })
    }

    async fn turn_away(&self, peer: &str, why: &str, signed: &Signed) -> Result<(), StoreError> {
        let now = self.0.clock.now();
        let last = now.as_millisecond();
        let row = RefusalRow {
            peer: peer.to_owned(),
            why: why.to_owned(),
            hour: last - last.rem_euclid(HOUR),
            times: 1,
            last,
            sha256: sha256(signed.text.as_bytes()),
        };
        tracing::warn!(
            peer,
            why,
            sha256 = row.sha256,
            "an envelope was turned away"
        );
        if self.store().turn_away(&row).await? {
            let (store, reach) = (self.store(), self.reach());
            Alert { store, reach, now }.turned_away(&row).await?;
            self.0.signals.outbox.ring();
        }
        Ok(())
    }

    /// Lets every envelope have its effect whose turn has come.
    async fn settle_envelopes(&self) -> Result<(), Refused> {
        let _turn = self.0.settling.lock().await;
        loop {
            let due = self.store().envelopes_due(BATCH).await?;
            if due.is_empty() {
                return Ok(self.forget_early().await?);
            }
            for row in due {
                let (stage, note) = self.effect(&row).await?;
                self.store().settle_envelope(&row, stage, &note).await?;
            }
        }
    }

    /// What an envelope does to its case. A refusal of the engine is final: what it told of is over.
    async fn effect(&self, row: &EnvelopeRow) -> Result<(Stage, String), Refused> {
        let late = |why: &str| Ok((Stage::Late, why.to_owned()));
        let Some((signed, envelope)) = open(row, &self.0.loader.keys) else {
            return late("unreadable");
        };
        let Some(said) = Said::read(&envelope) else {
            return late("malformed");
        };
        let actor = Actor::Peer {
            deployment: row.peer.as_str().into(),
            post: said.by().clone(),
            at: envelope.time,
        };
        let Some((target, command)) = self.command(row, &envelope, said).await? else {
            return late("not-found");
        };
        let caller = format!("exchange:{}", row.peer);
        let request = Request {
            target,
            command,
            actor,
            key: Some(IdempotencyKey::new(
                &caller,
                &row.id,
                signed.text.as_bytes(),
            )),
            expect: None,
        };
        let done = self.submit(request).await;
        stops::pass(Some(&envelope.word), Stop::Folded).await;
        match done {
            Ok(_) | Err(Refused::Duplicate { .. }) => Ok((Stage::Done, String::new())),
            Err(Refused::Rejected(rejection)) => late(rejection.code()),
            Err(Refused::NotFound | Refused::NoSuchMatter(_)) => late("not-found"),
            Err(other) => Err(other),
        }
    }

    /// The command that stands for what was said.
    async fn command(
        &self,
        row: &EnvelopeRow,
        envelope: &Envelope,
        said: Said,
    ) -> Result<Option<(Target, Command)>, Refused> {
        match said {
            Said::Letter(letter) => {
                let letter = *letter;
                let target = Target::Letter {
                    matter: letter.matter.to_string(),
                    revision: letter.revision,
                    step: letter.letter.step.clone(),
                };
                let origin = Origin {
                    from: row.peer.as_str().into(),
                    ..letter.letter
                };
                let command = Command::TakeLetter {
                    id: 0,
                    number: String::new(),
                    origin: Box::new(origin),
                    shared: letter.shared,
                    missing: letter.missing,
                    promised: letter.promised,
                };
                Ok(Some((target, command)))
            }
            Said::Saying(Speaks::Sender, saying) => {
                let Some(id) = self.letter_case(&row.peer, &envelope.subject).await? else {
                    return Ok(None);
                };
                let command = match envelope.word.as_str() {
                    "called_off" => Some(Command::CallOff),
                    _ => self.urged(id, saying.words).await?,
                };
                Ok(command.map(|command| (Target::Case(id), command)))
            }
            Said::Saying(Speaks::Receiver, saying) => {
                let Some((number, no)) = envelope.subject.rsplit_once('/') else {
                    return Ok(None);
                };
                let found = self.store().case_by_number(number).await?;
                let handoff = no.parse().map(HandoffNo).ok();
                let Some((row, handoff)) = found.zip(handoff) else {
                    return Ok(None);
                };
                let command = match envelope.word.as_str() {
                    "received" => Command::Receive { handoff },
                    "refused" => Command::Refuse {
                        handoff,
                        reason: saying.words,
                    },
                    _ => Command::Answer {
                        handoff,
                        data: saying.fields,
                        outcome: saying.outcome,
                    },
                };
                Ok(Some((Target::Case(row.id.unsigned_abs()), command)))
            }
        }
    }

    /// The case a letter has become here.
    async fn letter_case(&self, peer: &str, subject: &str) -> Result<Option<u64>, Refused> {
        let Some(once) = self.0.loader.keys.letter(peer, subject) else {
            return Ok(None);
        };
        let row = self.store().case_by_once(&once).await?;
        Ok(row.map(|row| row.id.unsigned_abs()))
    }

    /// Urging is for whoever has the work now.
    async fn urged(&self, case: u64, words: String) -> Result<Option<Command>, Refused> {
        let seen = self.case(case).await?;
        let task = seen.and_then(|seen| seen.case.open_tasks().next().map(|(no, _)| no));
        Ok(task.map(|task| Command::Urge { task, words }))
    }
}

/// Why an envelope is not taken, in both languages.
fn refusal(code: &str, args: &[(&'static str, String)]) -> Refusal {
    let words = both(&format!("exchange.{code}"), args);
    Refusal {
        code: code.to_owned(),
        zh: words.zh,
        en: words.en,
    }
}

/// An envelope that came, as it was signed and as it reads.
pub(super) fn open(row: &EnvelopeRow, keys: &Keys) -> Option<(Signed, Envelope)> {
    let plain = keys.unseal(place(row.received), &row.sealed).ok()?;
    let signed: Signed = serde_json::from_slice(&plain).ok()?;
    let envelope = Envelope::read(&signed.text).ok()?;
    (envelope.id == row.id).then_some((signed, envelope))
}

fn place(received: i64) -> Place<'static> {
    Place {
        table: "envelope",
        column: "sealed",
        case_id: 0,
        seq: received,
    }
}
