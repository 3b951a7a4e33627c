//! The one writer: takes everything waiting, decides it case by case, commits it in one transaction, and only then answers.
//!
//! What is decided moves the cases in memory ahead of the store. If a commit fails these are thrown away and folded anew.
//!
//! While one batch is being written the next is decided, of other cases only: whatever becomes of the first, the next stands. A
//! command of a case that is being written waits until that is done.

use super::alarm::Alarm;
use super::cache::Cache;
use super::held::{Held, Loader};
use super::numbers::Numbers;
use super::request::{Answer, Refused, Request, Target};
use super::seen::Seen;
use super::turn::{Round, Turn, unloaded};
use super::{Clock, receipts};
use crate::store::{ALONE, Conflict, Results, StoreError, Unit};
use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{Notify, mpsc, oneshot, watch};
use tokio::task::JoinHandle;

/// So many commands go into one transaction at most.
const BATCH: usize = 256;
/// So many are taken out of the queue at most, to look for those that may go first.
const WAITING: usize = 4 * BATCH;
/// One case may have a quarter of a batch while others wait (G14).
const SHARE: usize = BATCH / 4;
/// How often a command that lost a race is decided again.
const TRIES: u32 = 5;
/// How often it is where it lost one for a number, which another node had in the same moment: whoever loses it, somebody has won.
const NUMBER_TRIES: u32 = 100;

/// A command on its way.
#[derive(Debug)]
pub(super) struct Job {
    pub request: Request,
    pub tell: oneshot::Sender<Result<Answer, Refused>>,
    pub tries: u32,
}

/// What the writer works with. Cases in the cache are as the store has them.
#[derive(Debug)]
pub(super) struct Writer {
    pub queue: mpsc::Receiver<Job>,
    pub stop: Arc<Notify>,
    pub loader: Loader,
    pub clock: Clock,
    pub cache: Arc<Mutex<Cache<Held>>>,
    pub numbers: Numbers,
    pub signals: Signals,
}

/// Wakes those who wait for something that a commit brings.
#[derive(Clone, Debug)]
pub(super) struct Signals {
    /// Counts commits, those heard of from other nodes too.
    pub committed: watch::Sender<u64>,
    /// Changes with every commit of this node.
    pub wrote: watch::Sender<()>,
    /// The earliest timer set, UTC milliseconds.
    pub timers: Alarm,
    /// A message lies in the outbox.
    pub outbox: Alarm,
    /// A case asks for its turn, or gives it up.
    pub alone: Alarm,
}

/// A command decided.
struct Decided {
    job: Job,
    /// The case as it left it, or why it was refused.
    result: Result<Seen, Refused>,
    /// Which unit of the batch it wrote.
    unit: Option<usize>,
    /// What no other open case may have, where it opened one.
    once: Option<Vec<u8>>,
}

/// Commands decided and not yet written.
#[derive(Default)]
struct Batch {
    round: Round,
    decided: Vec<Decided>,
    units: Vec<Unit>,
    /// To be decided anew once this batch is written.
    again: Vec<Job>,
    /// How many commands of each case are in it.
    shares: HashMap<u64, usize>,
}

impl Batch {
    fn len(&self) -> usize {
        self.decided.len() + self.again.len()
    }
}

/// A batch that is being written.
struct Flight {
    round: Round,
    decided: Vec<Decided>,
    again: Vec<Job>,
    brought: Brought,
    /// Its cases.
    cases: Arc<BTreeSet<u64>>,
    written: JoinHandle<Result<Results, StoreError>>,
}

/// What units bring, kept while they are being written.
#[derive(Default)]
struct Brought {
    /// The cases of each unit.
    cases: Vec<Vec<u64>>,
    timer: Option<i64>,
    message: Option<i64>,
    turn: bool,
}

impl Writer {
    /// Works until nobody can hand in anything any more and everything handed in is answered.
    pub(super) async fn run(mut self) {
        let mut waiting = VecDeque::new();
        let mut next = Batch::default();
        let mut flight: Option<Flight> = None;
        let mut open = true;
        loop {
            while waiting.len() < WAITING
                && let Ok(job) = self.queue.try_recv()
            {
                waiting.push_back(job);
            }
            let away = flight.as_ref().map(|flight| flight.cases.clone());
            next.round.away = away.unwrap_or_default();
            let jobs = pick(&mut waiting, &mut next);
            if !jobs.is_empty() {
                self.decide(jobs, &mut next).await;
            }
            if flight.is_none() && next.len() > 0 {
                flight = Some(self.send(std::mem::take(&mut next)));
            }
            match &mut flight {
                Some(Flight { written, .. }) => tokio::select! {
                    results = written => {
                        let results = results.unwrap_or(Err(StoreError::Interrupted));
                        if let Some(flight) = flight.take() {
                            self.land(flight, results, &mut waiting).await;
                        }
                    }
                    job = self.queue.recv(), if open && waiting.len() < WAITING => match job {
                        Some(job) => waiting.push_back(job),
                        None => open = false,
                    },
                    () = self.stop.notified(), if open => self.queue.close(),
                },
                None => tokio::select! {
                    job = self.queue.recv() => match job {
                        Some(job) => waiting.push_back(job),
                        None => return,
                    },
                    // What was handed in before is still taken out.
                    () = self.stop.notified() => self.queue.close(),
                },
            }
        }
    }

    /// Decides commands into a batch.
    async fn decide(&mut self, jobs: Vec<Job>, batch: &mut Batch) {
        self.fetch(&jobs, &mut batch.round).await;
        let library = self.loader.definitions.library();
        let elsewhere = self.loader.lines.elsewhere();
        for job in jobs {
            let turn = Turn {
                loader: &self.loader,
                cache: &self.cache,
                network: &library.network,
                elsewhere: &elsewhere,
                numbers: &mut self.numbers,
                now: self.clock.now(),
                unit: Unit::default(),
                moved: BTreeSet::new(),
                numbered: Vec::new(),
            };
            let (result, unit, once) = match turn.take(&job.request, &mut batch.round).await {
                Ok((seen, unit)) => {
                    let once = unit.cases.first().and_then(|case| case.row.once.clone());
                    batch.units.push(unit);
                    (Ok(seen), Some(batch.units.len() - 1), once)
                }
                Err(Refused::Conflict) => {
                    batch.again.extend(once_more(job));
                    continue;
                }
                Err(refused) => (Err(refused), None, None),
            };
            batch.decided.push(Decided {
                job,
                result,
                unit,
                once,
            });
        }
    }

    /// Hands a batch to the store.
    fn send(&self, batch: Batch) -> Flight {
        let store = self.loader.store.clone();
        Flight {
            brought: Brought::of(&batch.units),
            cases: Arc::new(batch.round.held.keys().copied().collect()),
            round: batch.round,
            decided: batch.decided,
            again: batch.again,
            written: tokio::spawn(async move { store.commit(batch.units).await }),
        }
    }

    /// A batch is written, or is not: answers it; what must be decided anew goes to the front of what waits.
    async fn land(
        &mut self,
        flight: Flight,
        results: Result<Results, StoreError>,
        waiting: &mut VecDeque<Job>,
    ) {
        let results = results.map_err(Refused::from);
        let lost = flight.brought.lost(results.as_deref());
        if !lost.is_empty() {
            self.numbers.forget_papers();
        }
        self.keep(flight.round, &lost);
        if results.is_ok() {
            self.signals.tell(&flight.brought);
        }
        let mut again = flight.again;
        for decided in flight.decided {
            again.extend(self.answer(decided, results.as_deref(), &lost).await);
        }
        again
            .into_iter()
            .rev()
            .for_each(|job| waiting.push_front(job));
    }

    /// Takes the cases of a batch out of the cache; what is not there is read from the store in one go.
    async fn fetch(&mut self, batch: &[Job], round: &mut Round) {
        let mut missing = BTreeSet::new();
        {
            let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
            for job in batch {
                let Target::Case(id) = job.request.target else {
                    continue;
                };
                match cache.take(id) {
                    Some(held) => _ = round.held.insert(id, held),
                    None if round.held.contains_key(&id) => {}
                    None => _ = missing.insert(id),
                }
            }
        }
        if missing.is_empty() {
            return;
        }
        let missing: Vec<u64> = missing.into_iter().collect();
        match self.loader.load(&missing).await {
            Ok(loaded) => {
                for (id, held) in loaded {
                    match held {
                        Ok(held) => _ = round.held.insert(id, held),
                        Err(why) => _ = round.failed.insert(id, unloaded(why)),
                    }
                }
            }
            Err(error) => {
                let refused = Refused::from(error);
                let failed = missing.into_iter().map(|id| (id, refused.clone()));
                round.failed.extend(failed);
            }
        }
    }

    /// Puts the cases back that are as the store has them.
    fn keep(&mut self, round: Round, lost: &BTreeSet<u64>) {
        let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        for (id, held) in round.held {
            // What is closed is seldom asked for; its memory serves the next.
            match lost.contains(&id) || held.case.is_closed() {
                true => _ = cache.take(id),
                false => cache.put(id, held.bytes, held),
            }
        }
    }

    /// Answers one command, or gives it back to be decided anew.
    async fn answer(
        &mut self,
        decided: Decided,
        results: Result<&[Result<(), Conflict>], &Refused>,
        lost: &BTreeSet<u64>,
    ) -> Option<Job> {
        let Decided {
            job,
            result,
            unit,
            once,
        } = decided;
        let written = match (unit, results) {
            (None, _) => None,
            (Some(at), Ok(results)) => results.get(at).copied(),
            (Some(_), Err(refused)) => return job.tell(Err(refused.clone())),
        };
        match written {
            Some(Ok(())) => job.tell(result.map(Answer::first)),
            Some(Err(Conflict::Receipt)) => self.repeat(job, Refused::Conflict).await,
            Some(Err(Conflict::Once)) => self.duplicate(job, once).await,
            Some(Err(Conflict::Number)) => {
                self.numbers.forget();
                again(job, NUMBER_TRIES)
            }
            Some(Err(Conflict::Case)) => once_more(job),
            // It refused what was not to be: the case has not become what it was decided on.
            None if job.request.target.is_among(lost) => once_more(job),
            None => match result {
                Ok(seen) => job.tell(Ok(Answer::first(seen))),
                Err(refused) => self.repeat(job, refused).await,
            },
        }
    }

    /// Says which open case stands in the way of a new one; has it been closed meanwhile, the new one is tried again.
    async fn duplicate(&self, job: Job, once: Option<Vec<u8>>) -> Option<Job> {
        let store = &self.loader.store;
        let open = match &once {
            Some(once) => store.case_by_once(once).await,
            None => Ok(None),
        };
        match open {
            Ok(Some(row)) => {
                let case = row.id.unsigned_abs();
                self.repeat(job, Refused::Duplicate { case }).await
            }
            Ok(None) => once_more(job),
            Err(error) => job.tell(Err(error.into())),
        }
    }

    /// Answers what was answered before if the key of a refused command is known, else the refusal.
    async fn repeat(&self, job: Job, refused: Refused) -> Option<Job> {
        let answer = match receipts::replay(&self.loader, &job.request).await {
            Ok(Some(answer)) => answer,
            Ok(None) => Err(refused),
            Err(unread) => Err(unread),
        };
        job.tell(answer)
    }
}

impl Job {
    /// Answers; whoever asked may have gone.
    fn tell(self, answer: Result<Answer, Refused>) -> Option<Job> {
        let _ = self.tell.send(answer);
        None
    }
}

fn once_more(job: Job) -> Option<Job> {
    again(job, TRIES)
}

fn again(mut job: Job, most: u32) -> Option<Job> {
    job.tries += 1;
    match job.tries < most {
        true => Some(job),
        false => job.tell(Err(Refused::Conflict)),
    }
}

/// Takes what may come into a batch off the front: nothing of a case that is being written, and of one case at most its share
/// while others wait.
fn pick(waiting: &mut VecDeque<Job>, batch: &mut Batch) -> Vec<Job> {
    let mut room = BATCH.saturating_sub(batch.len());
    let (mut picked, mut later) = (Vec::new(), VecDeque::new());
    while room > 0
        && let Some(job) = waiting.pop_front()
    {
        if let Target::Case(id) = job.request.target {
            let share = batch.shares.entry(id).or_default();
            if *share >= SHARE || batch.round.away.contains(&id) {
                later.push_back(job);
                continue;
            }
            *share += 1;
        }
        room -= 1;
        picked.push(job);
    }
    while let Some(job) = later.pop_back() {
        waiting.push_front(job);
    }
    picked
}

impl Brought {
    fn of(units: &[Unit]) -> Self {
        let mut brought = Brought::default();
        for unit in units {
            let cases = unit
                .cases
                .iter()
                .map(|case| case.event.case_id.unsigned_abs());
            brought.cases.push(cases.collect());
            for case in &unit.cases {
                let timers = case.timers.iter().map(|timer| timer.due);
                brought.timer = brought.timer.into_iter().chain(timers).min();
                let messages = case.outbox.iter().map(|row| row.next_at);
                brought.message = brought.message.into_iter().chain(messages).min();
                brought.turn |= case.outbox.iter().any(|row| row.kind.starts_with(ALONE));
            }
        }
        brought
    }

    /// The cases that the store does not have as they are in memory.
    fn lost(&self, results: Result<&[Result<(), Conflict>], &Refused>) -> BTreeSet<u64> {
        let units = self.cases.iter().enumerate();
        let failed = units.filter(|(at, _)| match results {
            Ok(results) => !matches!(results.get(*at), Some(Ok(()))),
            Err(_) => true,
        });
        failed
            .flat_map(|(_, cases)| cases.iter().copied())
            .collect()
    }
}

impl Signals {
    fn tell(&self, brought: &Brought) {
        if brought.cases.is_empty() {
            return;
        }
        self.committed.send_modify(|count| *count += 1);
        self.wrote.send_replace(());
        if let Some(at) = brought.timer {
            self.timers.due_at(at);
        }
        if let Some(at) = brought.message {
            self.outbox.due_at(at);
        }
        if brought.turn {
            self.alone.ring();
        }
    }
}
