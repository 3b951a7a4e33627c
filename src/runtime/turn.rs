//! One command with all that follows from it at once — the children it opens, what these tell their parents — as one unit.

use super::cache::Cache;
use super::calls::Asked;
use super::certificates;
use super::definitions::Published;
use super::exchange::{self, Enclosure};
use super::held::{Held, Loader, Unloaded};
use super::history::{self, Deed};
use super::links;
use super::numbers::Numbers;
use super::papers;
use super::request::{Expected, Refused, Request, Target};
use super::rows;
use super::seen::Seen;
use super::uploads::Claim;
use super::wording::{Speaker, Timed};
use crate::store::{CaseWrite, OutboxId, OutboxRow, PaperRow, ReceiptRow, Unit};
use crate::system::kind;
use engine::case::{
    Actor, Command, Context, Effect, Elsewhere, Event, PaperNumber, TimerNo, Told, decide, effects,
    words,
};
use engine::network::Network;
use jiff::Timestamp;
use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

/// So many commands may follow from one.
const FOLLOW: usize = 20_000;
/// The matter by which a poor grade is followed up.
pub const CALL_BACK: &str = "call-back";

/// The cases a batch works on. They run ahead of the store until it is committed.
#[derive(Debug, Default)]
pub(super) struct Round {
    pub held: HashMap<u64, Held>,
    /// Cases that cannot be had, and why.
    pub failed: HashMap<u64, Refused>,
    /// Cases whose memory must be thrown away: a turn broke off half-way. Others who want them come again.
    pub spoilt: BTreeSet<u64>,
    /// Cases that are just being written. Others who want them come again.
    pub away: Arc<BTreeSet<u64>>,
}

/// One turn: what it may look at, and what it makes.
pub(super) struct Turn<'w> {
    pub loader: &'w Loader,
    pub cache: &'w Mutex<Cache<Held>>,
    pub network: &'w Network,
    /// Cities that other deployments serve.
    pub elsewhere: &'w Elsewhere,
    pub numbers: &'w mut Numbers,
    pub now: Timestamp,
    pub unit: Unit,
    /// Cases that have moved in memory.
    pub moved: BTreeSet<u64>,
    /// The numbers that were the last of their series before this turn gave the next.
    pub numbered: Vec<PaperNumber>,
}

impl Turn<'_> {
    /// Decides a request and everything that follows. If it is refused half-way, the cases it moved are spoilt.
    pub(super) async fn take(
        mut self,
        request: &Request,
        round: &mut Round,
    ) -> Result<(Seen, Unit), Refused> {
        let first = self.first(request, round).await;
        let done = match first {
            Ok((case, effects)) => self.follow(effects, round).await.map(|()| case),
            Err(refused) => Err(refused),
        };
        let seen = done.and_then(|case| match round.held.get(&case) {
            Some(held) => Ok(held.seen()),
            None => Err(Refused::NotFound),
        });
        match seen {
            Ok(seen) => {
                self.unit.receipt = receipt(request, &seen, self.now);
                Ok((seen, self.unit))
            }
            Err(refused) => {
                for before in self.numbered.drain(..).rev() {
                    self.numbers.last_paper(before);
                }
                round.held.retain(|id, _| !self.moved.contains(id));
                round.spoilt.append(&mut self.moved);
                Err(refused)
            }
        }
    }

    async fn first(
        &mut self,
        request: &Request,
        round: &mut Round,
    ) -> Result<(u64, Vec<Effect>), Refused> {
        let (command, actor) = (&request.command, &request.actor);
        match &request.target {
            Target::New(matter) => {
                let id = self.numbers.next_case(&self.loader.store).await?;
                let mut command = with_id(command, id);
                self.find_certificates(&mut command, round).await?;
                let opened = self.open(self.newest(matter)?, command, actor, round);
                let opened = opened.await?;
                self.only_one(id, round).await?;
                Ok(opened)
            }
            Target::Letter {
                matter,
                revision,
                step,
            } => {
                let definitions = &self.loader.definitions;
                let store = &self.loader.store;
                let letter = definitions.letter(store, matter, revision, step).await?;
                let letter = letter.ok_or_else(|| Refused::NoSuchMatter(matter.clone()))?;
                let id = self.numbers.next_case(store).await?;
                let opened = self
                    .open(letter, with_id(command, id), actor, round)
                    .await?;
                self.only_one(id, round).await?;
                Ok(opened)
            }
            Target::Case(id) => {
                let held = self.held(*id, round).await?;
                expected(held, request.expect)?;
                let followed = match command.chosen().is_empty() {
                    true => self.with_call_back(command),
                    false => {
                        let mut command = command.clone();
                        self.find_certificates(&mut command, round).await?;
                        Some(command)
                    }
                };
                let command = followed.as_ref().unwrap_or(command);
                Ok((*id, self.step(*id, command, actor, round).await?))
            }
        }
    }

    /// A grade with the matter by which a poor one is followed up, if there is one; none for any other command.
    fn with_call_back(&self, command: &Command) -> Option<Command> {
        let Command::Rate { grade, words, .. } = command else {
            return None;
        };
        let newest = self.loader.definitions.newest(CALL_BACK);
        Some(Command::Rate {
            grade: *grade,
            words: words.clone(),
            call_back: newest.map(|newest| newest.revision.id.value.clone()),
        })
    }

    /// Gives a command the certificates it names, as their cases give them now; these are guarded with it, for they hear of it.
    async fn find_certificates(
        &self,
        command: &mut Command,
        round: &mut Round,
    ) -> Result<(), Refused> {
        for chosen in command.chosen_mut() {
            let found = match self.held(chosen.case, round).await {
                Ok(held) => certificates::given(held, self.now),
                Err(Refused::NotFound) => None,
                Err(refused) => return Err(refused),
            };
            chosen.found = found.map(Box::new);
        }
        Ok(())
    }

    /// Refuses a new case where another is open and there may be only one. The commit guards it too; asked here, a second
    /// application does not make a whole batch go again.
    async fn only_one(&self, id: u64, round: &Round) -> Result<(), Refused> {
        let Some(once) = round.held.get(&id).and_then(|held| held.once.clone()) else {
            return Ok(());
        };
        let open = self.loader.store.case_by_once(&once).await?;
        match open.map(|row| row.id.unsigned_abs()) {
            // It is being written, and may be closed by that.
            Some(case) if round.away.contains(&case) => Err(Refused::Conflict),
            // One of this batch may be about to close.
            Some(case) if !round.held.contains_key(&case) => Err(Refused::Duplicate { case }),
            _ => Ok(()),
        }
    }

    /// The newest revision of a matter.
    fn newest(&self, matter: &str) -> Result<Arc<Published>, Refused> {
        let newest = self.loader.definitions.newest(matter);
        newest.ok_or_else(|| Refused::NoSuchMatter(matter.to_owned()))
    }

    /// Opens a case; the command says its number in the store.
    async fn open(
        &mut self,
        newest: Arc<Published>,
        mut command: Command,
        actor: &Actor,
        round: &mut Round,
    ) -> Result<(u64, Vec<Effect>), Refused> {
        let (id, number, accepting_city) = match command.itself_mut() {
            Command::Open {
                id,
                number,
                accepting_city,
                ..
            } => (id, number, &*accepting_city),
            Command::TakeLetter {
                id, number, origin, ..
            } => match origin.parties.get(&origin.party) {
                Some(post) => (id, number, &post.city),
                None => return Err(Refused::NotFound),
            },
            _ => return Err(Refused::NotFound),
        };
        let day = engine::clock::civil(self.now).date();
        let store = &self.loader.store;
        *number = self
            .numbers
            .number(store, accepting_city, &newest.revision.code, day)
            .await?;
        let id = *id;
        let mut held = Held::new(id, number.clone(), newest, &self.loader.keys).map_err(damaged)?;
        held.opened = self.now;
        self.numbers.used(id);
        round.held.insert(id, held);
        let opened = self.step(id, &command, actor, round).await;
        if opened.is_err() {
            round.held.remove(&id);
        }
        Ok((id, opened?))
    }

    /// Does everything owed to other cases at once, until nothing is left.
    async fn follow(&mut self, owed: Vec<Effect>, round: &mut Round) -> Result<(), Refused> {
        let mut owed = VecDeque::from(owed);
        let mut count = 0;
        while let Some(effect) = owed.pop_front() {
            count += 1;
            if count > FOLLOW {
                return Err(Refused::Damaged(format!(
                    "more than {FOLLOW} commands follow from one"
                )));
            }
            let more = match effect {
                Effect::Open { matter, command } => {
                    let newest = self.newest(&matter)?;
                    self.open(newest, *command, &Actor::Engine, round).await?.1
                }
                Effect::Tell { case, command } => self.tell(case, &command, round).await?,
                Effect::Notice { .. } | Effect::Alone { .. } | Effect::Call { .. } => Vec::new(),
            };
            owed.extend(more);
        }
        Ok(())
    }

    /// Tells another case; one that has ended, or does not care, may refuse without harm.
    async fn tell(
        &mut self,
        case: u64,
        command: &Command,
        round: &mut Round,
    ) -> Result<Vec<Effect>, Refused> {
        self.held(case, round).await?;
        match self.step(case, command, &Actor::Engine, round).await {
            Err(Refused::Rejected(rejection)) => {
                tracing::debug!(
                    case,
                    code = rejection.code(),
                    "a case did not take what another told it"
                );
                Ok(Vec::new())
            }
            done => done,
        }
    }

    /// One command of one case: its row, what of its tasks and timers changed, and what is owed to other cases.
    async fn step(
        &mut self,
        id: u64,
        command: &Command,
        actor: &Actor,
        round: &mut Round,
    ) -> Result<Vec<Effect>, Refused> {
        let next_case = self.numbers.next_case(&self.loader.store).await?;
        let numbering = self.numbers.papers(&self.loader.store).await?;
        let claim = Claim::of(self.loader, command, actor, id, self.now).await?;
        let command = claim.as_ref().map_or(command, |claim| &claim.command);
        let held = round.held.get_mut(&id).ok_or(Refused::NotFound)?;
        let context = Context {
            now: self.now.max(held.last),
            actor,
            network: self.network,
            next_case,
            elsewhere: self.elsewhere,
            numbering: Some(&numbering),
        };
        let before = Before {
            seq: held.case.seq().cast_signed(),
            waits: held.case.waits().collect(),
        };
        let case = Arc::make_mut(&mut held.case);
        let events =
            decide(&held.published.revision, case, command, &context).map_err(Refused::Rejected)?;
        if events.is_empty() {
            return Ok(Vec::new());
        }
        self.moved.insert(id);
        if before.seq == 0 {
            if let Some(running) = held.published.running(held.case.revision()) {
                held.published = running;
            }
            held.once = held.only_one(&self.loader.keys, self.network);
        }
        let mut write = write(held, &before, &events, &context)?;
        if let Some(claim) = &claim {
            write.attached = claim.rows(&events, id.cast_signed(), &held.key);
        }
        write.papers = papers::issue(held, &events, &context, self.loader);
        let numbered: Vec<_> = papers::numbered(held, &events).collect();
        write.numbered.clone_from(&numbered);
        let said = words(&held.case, &events);
        // Only what goes to another deployment has papers of before with it.
        let earlier = match said.is_empty() {
            true => Vec::new(),
            false => self.loader.store.papers_of(id.cast_signed()).await?,
        };
        let letters = Letters { said, earlier };
        let owed = self.owe((held, &before), &events, &context, write, &letters);
        drop(numbering);
        for row in numbered {
            self.numbered.push(self.numbers.last_paper(row.number));
        }
        Ok(owed)
    }

    /// Puts what is owed to the outside into the outbox, in words, and answers what is owed to other cases.
    fn owe(
        &mut self,
        (held, before): (&Held, &Before),
        events: &[Event],
        context: &Context<'_>,
        mut write: CaseWrite,
        letters: &Letters,
    ) -> Vec<Effect> {
        let mut others = Vec::new();
        let loader = self.loader;
        let reach = &loader.reach;
        let speaker = Speaker {
            held,
            events,
            context,
            reach,
            wanted: &loader.lines.wanted(),
        };
        write.link = links::of(held, events, &loader.keys);
        write.certificate = certificates::moved(held, events, &loader.keys);
        for (at, (event, seq)) in events.iter().zip(before.seq + 1..).enumerate() {
            let mut owed: Vec<(String, String, Timestamp)> = Vec::new();
            for effect in effects(&held.published.revision, &held.case, event) {
                match &effect {
                    Effect::Open { command, .. } => {
                        if let Command::Open { id, .. } = **command {
                            self.numbers.used(id);
                        }
                        others.push(effect);
                    }
                    Effect::Tell { .. } => others.push(effect),
                    Effect::Notice { .. } => {
                        owed.extend(speaker.notice(at, &effect).iter().map(row));
                    }
                    Effect::Alone { turn, key } => {
                        let kind = loader.keys.alone(key.as_deref());
                        owed.push((kind, turn.0.to_string(), context.now));
                    }
                    Effect::Call {
                        connector,
                        frame,
                        step,
                        tries,
                    } => {
                        let asked = Asked::new(held, connector, *frame, step, *tries, context.now);
                        loader.lines.asked(connector);
                        owed.push((kind(connector), json(&asked), context.now));
                    }
                }
            }
            owed.extend(speaker.besides(event).iter().map(row));
            for told in letters.said.iter().filter(|told| told.event == at) {
                let id = OutboxId {
                    case_id: write.event.case_id,
                    seq,
                    position: 0,
                };
                let all = letters.earlier.iter().chain(&write.papers);
                let papers = enclosures(held, events, told, context, all);
                owed.extend(self.enclosed(held, (event, id), told, context, papers));
            }
            let rows = owed.into_iter().zip(0..);
            write
                .outbox
                .extend(rows.map(|((kind, body, leaves), position)| OutboxRow {
                    id: OutboxId {
                        case_id: write.event.case_id,
                        seq,
                        position,
                    },
                    kind,
                    body,
                    next_at: leaves.as_millisecond(),
                }));
        }
        self.unit.cases.push(write);
        others
    }

    /// What a word to another deployment leaves in the outbox.
    fn enclosed(
        &self,
        held: &Held,
        event: (&Event, OutboxId),
        told: &Told,
        context: &Context<'_>,
        papers: Vec<Enclosure>,
    ) -> Option<(String, String, Timestamp)> {
        let (keys, peers) = (&self.loader.keys, self.loader.lines.peers());
        let (kind, body) = exchange::enclose(held, event, told, context, keys, &peers, papers)?;
        Some((kind, body, context.now))
    }

    /// A case of the round; fetched if it is not there yet, out of the memory or the store.
    async fn held<'r>(&self, id: u64, round: &'r mut Round) -> Result<&'r Held, Refused> {
        if round.spoilt.contains(&id) || round.away.contains(&id) {
            return Err(Refused::Conflict);
        }
        if let Some(refused) = round.failed.get(&id) {
            return Err(refused.clone());
        }
        match round.held.entry(id) {
            Entry::Occupied(held) => Ok(held.into_mut()),
            Entry::Vacant(place) => {
                let cached = {
                    let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
                    cache.take(id)
                };
                if let Some(held) = cached {
                    return Ok(place.insert(held));
                }
                let loaded = self.loader.load_one(id).await?;
                let held = loaded.ok_or(Refused::NotFound)?.map_err(unloaded)?;
                Ok(place.insert(held))
            }
        }
    }
}

/// What lies in the outbox of a message: its channel, itself, and when it leaves.
/// What a command tells other deployments.
struct Letters {
    said: Vec<Told>,
    /// The papers the case had before.
    earlier: Vec<PaperRow>,
}

/// The papers that go with a word.
fn enclosures<'p>(
    held: &Held,
    events: &[Event],
    told: &Told,
    context: &Context<'_>,
    all: impl Iterator<Item = &'p PaperRow>,
) -> Vec<Enclosure> {
    let wanted = held.case.enclosures(told, events, context.elsewhere);
    let found = all.filter(|row| wanted.iter().any(|no| i64::from(no.0) == row.no));
    let opened = found.filter_map(|row| papers::open(row, &held.key));
    opened.map(Enclosure::from).collect()
}

fn row((owed, leaves): &Timed) -> (String, String, Timestamp) {
    (owed.kind(), json(owed), *leaves)
}

fn json(what: &impl serde::Serialize) -> String {
    serde_json::to_string(what).unwrap_or_default()
}

/// What must be remembered of a case while a command moves it.
struct Before {
    seq: i64,
    waits: Vec<TimerNo>,
}

fn write(
    held: &mut Held,
    before: &Before,
    events: &[Event],
    context: &Context<'_>,
) -> Result<CaseWrite, Refused> {
    let deed = Deed {
        case_id: held.id.cast_signed(),
        first_seq: before.seq + 1,
        at: context.now,
        actor: context.actor,
        events,
    };
    let event = history::write(&deed, &held.key, held.head).map_err(damaged)?;
    held.grew(&event);
    held.last = context.now;
    let mut write = rows::write(held, event, events, &before.waits, context);
    let face = Some(write.row.face());
    write.only_grew = std::mem::replace(&mut held.face, face) == face;
    Ok(write)
}

fn with_id(command: &Command, new: u64) -> Command {
    let mut command = command.clone();
    if let Command::Open { id, .. } | Command::TakeLetter { id, .. } = command.itself_mut() {
        *id = new;
    }
    command
}

fn expected(held: &Held, expect: Option<Expected>) -> Result<(), Refused> {
    let (saw, version) = match expect {
        None => return Ok(()),
        Some(Expected::Case(saw)) => (saw, held.case.seq()),
        Some(Expected::Task(task, saw)) => match held.case.tasks().get(&task) {
            Some(task) => (saw, task.version()),
            None => return Ok(()),
        },
    };
    match saw == version {
        true => Ok(()),
        false => Err(Refused::Stale { version }),
    }
}

fn receipt(request: &Request, seen: &Seen, now: Timestamp) -> Option<ReceiptRow> {
    let key = request.key.as_ref()?;
    Some(ReceiptRow {
        case_id: key.place(&request.target),
        caller: key.caller.clone(),
        key_hash: key.key,
        body_hash: key.body,
        answer: format!("{} {}", seen.id, seen.version()),
        expires: key.expires(now).as_millisecond(),
    })
}

pub(super) fn unloaded(error: Unloaded) -> Refused {
    Refused::Damaged(error.to_string())
}

fn damaged(error: impl std::fmt::Display) -> Refused {
    Refused::Damaged(error.to_string())
}
