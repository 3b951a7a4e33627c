//! A running engine over a store: one writer that takes everything waiting, timers, the outbox, and the only clock.

mod alarm;
mod alert;
mod alone;
mod bell;
mod cache;
mod calls;
mod certificates;
mod clock;
mod definitions;
mod delivery;
mod digest;
mod exchange;
mod guard;
mod held;
mod history;
mod keys;
mod lines;
mod lineup;
mod links;
mod nodes;
mod notes;
mod numbers;
mod outbox;
mod owed;
mod papers;
mod publishing;
mod reach;
mod readings;
mod receipts;
mod recount;
mod request;
mod rows;
mod seen;
mod signing;
mod sought;
mod specimen;
mod spoken;
mod submit;
mod timers;
mod timetable;
mod trial;
mod turn;
mod uploads;
mod verify;
mod wording;
mod writer;

pub(crate) use alert::ADMINISTRATOR;
pub use calls::Waiting;
pub use clock::Clock;
pub(crate) use definitions::{BESIDE, CALENDARS, belongs, beside_hash, calendar_hash};
pub use delivery::Channels;
pub use digest::day;
pub use exchange::{CameWith, Line, Step, TurnedAway};
pub use guard::leapt;
pub use held::Unloaded;
pub use history::{Entry, Unreadable};
pub use keys::Keys;
pub use lineup::Misplaced;
pub use notes::Note;
pub use outbox::{Deliver, Done};
pub use papers::{Issued, heading};
pub(crate) use publishing::{AGREED_NOW, PROPOSED_NOW, TAKEN_BACK_NOW, Told};
pub use reach::{Address, Reach};
pub use request::{Answer, Expected, IdempotencyKey, Refused, Request, Target};
pub use seen::Seen;
pub use signing::SigningFiles;
pub use sought::{initials, read_aloud};
pub use specimen::{Specimen, Unsent};
pub use timetable::{BadTimetable, Timetable};
pub use turn::CALL_BACK;
pub use uploads::{Kept, NotKept, Opened, Whose, sender};
pub use verify::{Broken, Checked, Depth, Flaw, verify};

use crate::store::codec;
use crate::store::{DefinitionRow, EventRow, OutboxId, ReadingRow, Store, StoreError};
use alarm::Alarm;
use alone::Alone;
use cache::Cache;
use definitions::Definitions;
use digest::Digests;
use engine::case::PaperNo;
use engine::library::Library;
use held::{Held, Loader};
use jiff::Timestamp;
use lines::Lines;
use notifications::destination::Rules;
use numbers::Numbers;
use outbox::{Outbox, Pace, Prepare, Route, Routes};
use readings::Readings;
use recount::Recounter;
use std::sync::{Arc, Mutex, PoisonError};
use submit::Submit;
use timers::Timers;
use tokio::sync::{Notify, Semaphore, mpsc, watch};
use tokio::task::JoinHandle;
use writer::{Signals, Writer};

/// So many commands may wait; more wait outside.
const QUEUE: usize = 4096;
/// Memory for cases used of late, bytes.
const CACHE: usize = 64 << 20;

/// A running engine over a store; cheap to clone.
#[derive(Clone, Debug)]
pub struct Runtime(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    loader: Loader,
    clock: Clock,
    cache: Arc<Mutex<Cache<Held>>>,
    submit: Submit,
    signals: Signals,
    /// Envelopes have their effect one after the other.
    settling: tokio::sync::Mutex<()>,
    /// Files are judged one at a time.
    judging: Arc<Semaphore>,
    readings: Arc<Readings>,
    timers: Timers,
    alone: Alone,
    /// Lets the writer finish what was handed in, and stop.
    stop: Arc<Notify>,
    writer: Mutex<Option<JoinHandle<()>>>,
    /// Timers and outbox, which may be cut off anywhere.
    helpers: Mutex<Vec<JoinHandle<()>>>,
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
    /// Starts the writer and the timers over a store, and publishes the matters of `library` that are new there. Loads no case.
    ///
    /// # Errors
    /// If the store cannot be read, or holds cases sealed with another key.
    pub async fn start(
        store: Store,
        keys: Keys,
        library: Arc<Library>,
        clock: Clock,
    ) -> Result<Runtime, StoreError> {
        Runtime::reaching(store, keys, library, clock, Reach::default()).await
    }

    /// As [`Runtime::start`], with addresses of those to whom messages go.
    ///
    /// # Errors
    /// As [`Runtime::start`].
    pub async fn reaching(
        store: Store,
        keys: Keys,
        library: Arc<Library>,
        clock: Clock,
        reach: Reach,
    ) -> Result<Runtime, StoreError> {
        fits(&store, &keys).await?;
        receipts::forget_expired(&store, &clock).await?;
        let definitions = Definitions::publish(&store, library, clock.now()).await?;
        let lines = Lines::new(clock.is_sandbox(), reach.port);
        lines.refresh(&store, &keys).await?;
        let loader = Loader {
            store,
            keys,
            definitions: Arc::new(definitions),
            reach: Arc::new(reach),
            lines,
        };
        let (sender, queue) = mpsc::channel(QUEUE);
        let submit = Submit(sender);
        let signals = Signals {
            committed: watch::Sender::new(0),
            wrote: watch::Sender::new(()),
            timers: Alarm::new(),
            outbox: Alarm::new(),
            alone: Alarm::new(),
        };
        let cache = Arc::new(Mutex::new(Cache::new(CACHE)));
        let stop = Arc::new(Notify::new());
        let writer = Writer {
            queue,
            stop: stop.clone(),
            loader: loader.clone(),
            clock: clock.clone(),
            cache: cache.clone(),
            numbers: Numbers::default(),
            signals: signals.clone(),
        };
        let timers = Timers {
            store: loader.store.clone(),
            clock: clock.clone(),
            submit: submit.clone(),
            alarm: signals.timers.clone(),
            turn: Arc::default(),
            guard: Arc::default(),
            digests: Digests::new(&loader, &signals.outbox),
        };
        let alone = Alone {
            store: loader.store.clone(),
            submit: submit.clone(),
            alarm: signals.alone.clone(),
            turn: Arc::default(),
        };
        let writer = tokio::spawn(writer.run());
        let forget = receipts::forget(loader.clone(), clock.clone());
        let mut helpers = vec![
            tokio::spawn(timers.clone().run()),
            tokio::spawn(alone.clone().run()),
            tokio::spawn(forget),
        ];
        if let Store::Postgres(_) = loader.store {
            let store = &loader.store;
            helpers.push(tokio::spawn(nodes::call(store.clone(), signals.clone())));
            helpers.push(tokio::spawn(nodes::listen(store.clone(), signals.clone())));
        }
        let runtime = Runtime(Arc::new(Inner {
            loader,
            clock,
            cache,
            submit,
            signals,
            settling: tokio::sync::Mutex::default(),
            judging: Arc::new(Semaphore::new(1)),
            readings: Arc::default(),
            timers,
            alone,
            stop,
            writer: Mutex::new(Some(writer)),
            helpers: Mutex::new(helpers),
        }));
        runtime.recount();
        Ok(runtime)
    }

    /// Works open limits out anew, beside all else, if the calendars on offer are new (G23).
    fn recount(&self) {
        let recounter = Recounter {
            store: self.store().clone(),
            clock: self.0.clock.clone(),
            submit: self.0.submit.clone(),
        };
        let calendar = self.0.loader.definitions.calendars();
        self.helpers().push(tokio::spawn(recounter.run(calendar)));
    }

    /// Begins to deliver what lies in the outbox. Until this is called messages wait there.
    pub fn deliver(&self, deliver: Deliver) {
        let route = Route {
            kind: None,
            health: Arc::default(),
            pace: Pace::default(),
            deliver,
        };
        self.send_by(Box::new(move || vec![route.clone()]));
    }

    /// The ways out that are set up, as the outbox calls them.
    pub fn set_up(&self) -> std::collections::BTreeSet<String> {
        self.lines().set_up()
    }

    /// Begins to send by these channels. What has no channel waits in the outbox; in the sandbox it goes to the mailbox that the
    /// outbox then is.
    pub fn send(&self, channels: Channels) {
        exchange::stops::arm(self.clock().is_sandbox());
        let settles = tokio::spawn(exchange::sweep(self.clone()));
        self.helpers().push(settles);
        self.send_by(channels.routes(self));
    }

    fn send_by(&self, routes: Routes) {
        let loader = self.0.loader.clone();
        let prepare: Prepare = Box::new(move || {
            let loader = loader.clone();
            Box::pin(async move {
                if let Err(error) = loader.lines.refresh(&loader.store, &loader.keys).await {
                    tracing::warn!(%error, "endpoints could not be read");
                }
            })
        });
        let outbox = Outbox {
            store: self.store().clone(),
            clock: self.0.clock.clone(),
            alarm: self.0.signals.outbox.clone(),
            prepare,
            routes,
        };
        let helper = tokio::spawn(outbox.run());
        self.helpers().push(helper);
    }

    /// Hands in a command; answers when it is durable, or was refused. Where it leads into a group that one case at a time is in, it is
    /// in there if nobody else is.
    ///
    /// # Errors
    /// See [`Refused`].
    pub async fn submit(&self, request: Request) -> Result<Answer, Refused> {
        let mut answer = self.0.submit.hand_in(request).await.await?;
        if answer.seen.case.awaited_turns().next().is_some() {
            self.0.alone.pass().await?;
            if let Some(seen) = self.case(answer.seen.id).await? {
                answer.seen = seen;
            }
        }
        Ok(answer)
    }

    /// A case as it stands after everything acknowledged so far.
    ///
    /// # Errors
    /// If the store cannot be read, or the case is damaged.
    pub async fn case(&self, id: u64) -> Result<Option<Seen>, Refused> {
        if let Some(seen) = self.cached(id).await? {
            return Ok(Some(seen));
        }
        match self.0.loader.load_one(id).await? {
            Some(held) => Ok(Some(held.map_err(turn::unloaded)?.seen())),
            None => Ok(None),
        }
    }

    /// A case from memory, unless another node has written to it since.
    async fn cached(&self, id: u64) -> Result<Option<Seen>, Refused> {
        let seen = {
            let cache = self.0.cache.lock().unwrap_or_else(PoisonError::into_inner);
            cache.get(id).map(Held::seen)
        };
        let (Some(seen), Store::Postgres(_)) = (&seen, self.store()) else {
            return Ok(seen);
        };
        let row = self.store().case(id.cast_signed()).await?;
        let current = row.is_some_and(|row| row.version.unsigned_abs() == seen.version());
        Ok(current.then(|| seen.clone()))
    }

    /// The case people know by `number`.
    ///
    /// # Errors
    /// As [`Runtime::case`].
    pub async fn find(&self, number: &str) -> Result<Option<Seen>, Refused> {
        match self.store().case_by_number(number).await? {
            Some(row) => self.case(row.id.unsigned_abs()).await,
            None => Ok(None),
        }
    }

    /// The history of a case, in order; empty if there is no such case.
    ///
    /// # Errors
    /// As [`Runtime::case`].
    pub async fn history(&self, id: u64) -> Result<Vec<Entry>, Refused> {
        let rows = self.store().events(id.cast_signed(), 0).await?;
        self.entries(&rows).await
    }

    /// Up to about `limit` entries of all cases after a position (0: from the beginning), in the order in which they were committed.
    ///
    /// # Errors
    /// If the store cannot be read, or one of them is damaged.
    pub async fn events_after(&self, after: u64, limit: u32) -> Result<Vec<Fed>, Refused> {
        let rows = self.store().feed(after.cast_signed(), limit.into()).await?;
        let (positions, rows): (Vec<i64>, Vec<EventRow>) = rows.into_iter().unzip();
        let entries = self.entries(&rows).await?.into_iter();
        let fed = positions
            .into_iter()
            .zip(entries)
            .map(|(position, entry)| Fed {
                position: position.unsigned_abs(),
                entry,
            });
        Ok(fed.collect())
    }

    /// Opens sealed rows, each with the key of its case.
    async fn entries(&self, rows: &[EventRow]) -> Result<Vec<Entry>, Refused> {
        let mut ids: Vec<i64> = rows.iter().map(|row| row.case_id).collect();
        ids.sort_unstable();
        ids.dedup();
        let keys = self.0.loader.keys_of(&ids).await?;
        let entry = |row: &EventRow| {
            let lost = Unreadable {
                case: row.case_id,
                seq: row.first_seq,
            };
            let key = keys.get(&row.case_id).ok_or(lost)?;
            history::read(row, key)
        };
        let entries: Result<Vec<Entry>, Unreadable> = rows.iter().map(entry).collect();
        entries.map_err(|why| Refused::Damaged(why.to_string()))
    }

    /// A paper of a case as it was issued. None if there is no such paper.
    ///
    /// # Errors
    /// If the store cannot be read, or the paper is damaged.
    pub async fn paper(&self, case: u64, no: PaperNo) -> Result<Option<Issued>, Refused> {
        let case_id = case.cast_signed();
        let Some(row) = self.store().paper(case_id, no.0.into()).await? else {
            return Ok(None);
        };
        let keys = self.0.loader.keys_of(&[case_id]).await?;
        let issued = keys.get(&case_id).and_then(|key| papers::open(&row, key));
        let lost = || Refused::Damaged(format!("paper {} of case {case} cannot be read", no.0));
        issued.map(Some).ok_or_else(lost)
    }

    /// Sends a message once more, under its old name; false if it waits anyway, or there is none.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub async fn redeliver(&self, id: OutboxId) -> Result<bool, StoreError> {
        let now = self.0.clock.now().as_millisecond();
        let again = self.store().redeliver(id, now).await?;
        self.0.signals.outbox.ring();
        Ok(again)
    }

    /// Takes in what was changed about endpoints and destinations; others are noticed within seconds.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn endpoints_changed(&self) -> Result<(), StoreError> {
        let loader = &self.0.loader;
        loader.lines.refresh(&loader.store, &loader.keys).await?;
        self.0.signals.outbox.ring();
        Ok(())
    }

    /// Where calls may go at present.
    pub fn destinations(&self) -> Arc<Rules> {
        self.0.loader.lines.rules().borrow().clone()
    }

    /// The cities that other deployments serve.
    pub fn elsewhere(&self) -> Arc<engine::case::Elsewhere> {
        self.0.loader.lines.elsewhere()
    }

    /// Whom messages reach.
    pub fn reach(&self) -> &Reach {
        &self.0.loader.reach
    }

    /// Changes with every commit, of other nodes on the same database too; for those who wait for news.
    pub fn committed(&self) -> watch::Receiver<u64> {
        self.0.signals.committed.subscribe()
    }

    /// The store, for lists and accounts. Cases are written through [`Runtime::submit`] alone.
    pub fn store(&self) -> &Store {
        &self.0.loader.store
    }

    /// Writes down what somebody is about to read; returns when it is there.
    ///
    /// # Errors
    /// If it cannot be written: then nothing may be shown.
    pub async fn write_down(&self, rows: Vec<ReadingRow>) -> Result<(), Arc<StoreError>> {
        self.0.readings.add(self.store(), rows).await
    }

    /// The matters on offer, with the network.
    pub fn library(&self) -> Arc<Library> {
        self.0.loader.definitions.library()
    }

    /// Puts another library on offer and publishes what is new in it; what runs stays on its revision (G40).
    ///
    /// # Errors
    /// If the store cannot be written.
    pub async fn publish(&self, library: Arc<Library>) -> Result<(), StoreError> {
        let now = self.0.clock.now();
        let definitions = &self.0.loader.definitions;
        definitions.replace(self.store(), library, now).await?;
        self.0.signals.wrote.send_replace(());
        self.recount();
        Ok(())
    }

    /// Puts on offer what another node on the same database has published; answers whether there was anything.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn follow(&self) -> Result<bool, StoreError> {
        let definitions = &self.0.loader.definitions;
        definitions.follow(self.store()).await
    }

    /// The version of the calendars on offer.
    pub fn calendars(&self) -> i64 {
        self.0.loader.definitions.calendars()
    }

    /// The files a published revision was made of, path and text, with those it shares with others.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn files_of(
        &self,
        row: &DefinitionRow,
    ) -> Result<std::collections::BTreeMap<String, String>, StoreError> {
        Definitions::files(self.store(), row).await
    }

    /// The clock. The sandbox clock is moved by [`Runtime::move_clock`].
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// Moves the sandbox clock forward; all timers due by then have fired, each at its instant and in order of due time, before
    /// this answers with the time it then is. A real clock is not moved.
    ///
    /// # Errors
    /// If the store cannot be read or written.
    pub async fn move_clock(&self, to: Timestamp) -> Result<Timestamp, Refused> {
        self.0.timers.move_to(to).await?;
        self.0.alone.pass().await?;
        self.0.signals.outbox.ring();
        Ok(self.0.clock.now())
    }

    /// Takes no more commands, finishes those handed in, and closes the store.
    ///
    /// # Errors
    /// If the store cannot be closed in order.
    pub async fn shutdown(self) -> Result<(), StoreError> {
        for helper in self.helpers().drain(..) {
            helper.abort();
        }
        self.0.stop.notify_one();
        let writer = {
            let mut place = self.0.writer.lock().unwrap_or_else(PoisonError::into_inner);
            place.take()
        };
        if let Some(writer) = writer {
            // A writer that panicked has nothing left to finish.
            let _ = writer.await;
        }
        self.store().close().await
    }

    fn lines(&self) -> &Lines {
        &self.0.loader.lines
    }

    fn helpers(&self) -> std::sync::MutexGuard<'_, Vec<JoinHandle<()>>> {
        self.0
            .helpers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// Tries the key on the first case (G62).
async fn fits(store: &Store, keys: &Keys) -> Result<(), StoreError> {
    let first = store.cases_after(0, 1).await?.into_iter().next();
    let wrapped = first.and_then(|row| Some((row.id, row.key?)));
    match wrapped {
        Some((id, key)) if codec::unwrap(&keys.master, id, &key).is_err() => {
            Err(StoreError::WrongKey)
        }
        _ => Ok(()),
    }
}
