//! What may be read of a case from outside: accessors, what changed in a command, and who may see what.

use super::tasks::form_of;
use super::{
    Actor, Card, CardNo, Case, Clock, Context, Event, Fact, Frame, FrameNo, HandoffNo, Level, Name,
    Paper, PaperNo, Parent, Party, PersonId, Record, Recounted, Running, Seat, Status, Task,
    TaskNo, TaskState, TimerNo, Work,
};
use crate::matter::{LimitKind, Revision};
use jiff::Timestamp;
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};

/// The rows of a case that a command may have changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Touched {
    /// Tasks whose row must be written anew or taken away.
    pub tasks: BTreeSet<TaskNo>,
    /// Timers whose row must be written anew or taken away.
    pub timers: BTreeSet<TimerNo>,
    /// Cards opened or spoken of.
    pub cards: BTreeSet<CardNo>,
}

/// What of `case` the events of one command touched; `case` is the case after them. A wait that ended leaves no event of its own:
/// compare with [`Case::waits`] before the command.
pub fn touched(case: &Case, events: &[Event]) -> Touched {
    let mut out = Touched::default();
    for event in events {
        match &event.fact {
            Fact::TaskOpened { task, .. }
            | Fact::TaskClaimed { task, .. }
            | Fact::TaskReleased { task }
            | Fact::TaskTransferred { task, .. }
            | Fact::TaskDelegated { task, .. }
            | Fact::TaskHandedBack { task, .. }
            | Fact::TaskUrged { task, .. }
            | Fact::TaskDone { task, .. }
            | Fact::TaskVoided { task, .. }
            | Fact::StepDone {
                task: Some(task), ..
            } => _ = out.tasks.insert(*task),
            Fact::Proposed { task, second, .. } => out.tasks.extend(task.iter().chain([second])),
            Fact::WaitBegun { wait, .. } | Fact::RoundAwaited { wait, .. } => {
                _ = out.timers.insert(TimerNo(wait.0))
            }
            Fact::CardExplained { card, .. }
            | Fact::CardPursued { card, .. }
            | Fact::CardEscalated { card, .. }
            | Fact::CardClosed { card, .. } => {
                out.cards.insert(*card);
                let clock = case.cards.get(card).map(|card| &card.clock);
                let clock = clock.and_then(|name| case.clocks.get(name));
                out.timers.extend(clock.map(|running| running.timer));
            }
            Fact::ClockStarted { clock, .. }
            | Fact::ClockPaused { clock, .. }
            | Fact::ClockResumed { clock, .. }
            | Fact::ClockChanged { clock, .. }
            | Fact::ClockReturned { clock, .. }
            | Fact::ClockReached { clock, .. }
            | Fact::ClockStopped { clock } => case.clock_touched(clock, &mut out),
            Fact::Recounted { clocks, waits, .. } => {
                for anew in clocks {
                    case.clock_touched(&anew.clock, &mut out);
                }
                out.timers.extend(waits.iter().map(|w| TimerNo(w.wait.0)));
            }
            _ => {}
        }
        if let Fact::ClockReached {
            card: Some(card), ..
        } = &event.fact
        {
            out.cards.insert(*card);
        }
    }
    out
}

/// How much of a case a caller may see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sight {
    /// Nothing: for him it does not exist.
    None,
    /// State and steps of his own department, without what others filled in.
    Part,
    /// All of its course, and nothing that was filled in: he looks as somebody who would see it whole.
    Outline,
    /// All of it: he sits where it is decided or was taken in, supervises, or is the applicant.
    Whole,
}

impl Case {
    fn clock_touched(&self, clock: &str, out: &mut Touched) {
        let Some(running) = self.clocks.get(clock) else {
            return;
        };
        out.timers.insert(running.timer);
        match &running.step {
            // A step's own clock shows on the step's tasks, a limit on every task below its region.
            Some(_) => {
                let at = self.frames.get(&running.frame).and_then(|f| f.at.as_ref());
                out.tasks.extend(at.into_iter().flat_map(|at| &at.tasks));
            }
            None => {
                let below = |t: &&TaskNo| {
                    let frame = self.tasks.get(t).map(|t| t.frame);
                    frame.is_some_and(|f| self.chain(f).any(|(no, _)| no == running.frame))
                };
                out.tasks.extend(self.open_tasks.iter().filter(below));
            }
        }
    }

    /// Number of the last event, from 1; 0 before the first. Guards every write.
    pub fn seq(&self) -> u64 {
        self.seq
    }

    /// Its number in the store.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// The number people know.
    pub fn number(&self) -> &str {
        &self.number
    }

    /// The last number given to something inside the case; the next is one more.
    pub fn counter(&self) -> u32 {
        self.counter
    }

    /// The matter it runs, none before it was opened.
    pub fn matter(&self) -> Option<&Name> {
        self.matter.as_ref()
    }

    /// The revision it stays on, by content hash.
    pub fn revision(&self) -> &str {
        &self.revision
    }

    /// The city that took the application.
    pub fn accepting_city(&self) -> &str {
        &self.accepting_city
    }

    /// The way it came.
    pub fn channel(&self) -> &str {
        &self.channel
    }

    /// The case that opened it.
    pub fn parent(&self) -> Option<&Parent> {
        self.parent.as_ref()
    }

    /// When it was opened.
    pub fn opened(&self) -> Option<Timestamp> {
        self.opened
    }

    /// When it came to its end; obligations may go on.
    pub fn ended(&self) -> Option<Timestamp> {
        self.ended
    }

    /// When something last happened to it.
    pub fn changed(&self) -> Option<Timestamp> {
        self.changed
    }

    /// The applicant's fields. Private.
    pub fn applicant(&self) -> &Json {
        &self.applicant
    }

    /// The fields of the application. Private.
    pub fn form(&self) -> &Json {
        &self.form
    }

    /// What a parent may read, once it has ended.
    pub fn results(&self) -> &Json {
        &self.results
    }

    /// The state people see.
    pub fn status(&self) -> Status {
        self.status
    }

    /// Since when it is in this state.
    pub fn status_since(&self) -> Option<Timestamp> {
        self.since
    }

    /// The matter's own name for the state.
    pub fn label(&self) -> Option<&str> {
        self.label.as_deref()
    }

    /// The groups it waits to enter, because another case is there: the group, and since when.
    pub fn awaited_turns(&self) -> impl Iterator<Item = (&Name, Timestamp)> {
        let waiting = self.turns.values();
        let waiting = waiting.filter(|t| t.state == super::TurnState::Asked);
        waiting.map(|t| (&t.step, t.since))
    }

    /// Why it ended as it did: a code, or words.
    pub fn reason(&self) -> Option<&str> {
        self.results.get("reason")?.as_str()
    }

    /// True once nothing can happen any more.
    pub fn is_closed(&self) -> bool {
        self.closed
    }

    /// All tasks, done and void ones too.
    pub fn tasks(&self) -> &BTreeMap<TaskNo, Task> {
        &self.tasks
    }

    /// Tasks that are open, held or waiting.
    pub fn open_tasks(&self) -> impl Iterator<Item = (TaskNo, &Task)> {
        self.open_tasks
            .iter()
            .filter_map(|no| Some((*no, self.tasks.get(no)?)))
    }

    /// The sequences that have run or still run.
    pub fn frames(&self) -> &BTreeMap<FrameNo, Frame> {
        &self.frames
    }

    /// Sequences that go on though nobody waits for them.
    pub fn obligations(&self) -> &BTreeSet<FrameNo> {
        &self.obligations
    }

    /// When a mark of the case was set.
    pub fn mark(&self, name: &str) -> Option<Timestamp> {
        self.marks.get(name).copied()
    }

    /// All marks of the case.
    pub fn marks(&self) -> &BTreeMap<Name, Timestamp> {
        &self.marks
    }

    /// Names of the materials that are missing.
    pub fn missing(&self) -> &[String] {
        &self.missing
    }

    /// Names of those of them that are there and cannot be used.
    pub fn faulty(&self) -> &[String] {
        &self.faulty
    }

    /// When whoever takes the papers last looked through them, or they counted as complete without that.
    pub fn looked_through(&self, matter: &Revision) -> Option<Timestamp> {
        let looks = self.looks(matter);
        looks
            .map(|record| record.at)
            .chain(self.mark("accepted"))
            .max()
    }

    /// Names of the materials whoever last looked through them found wanting, and that count as handed in since: nobody has seen them yet.
    pub fn handed_in_since(&self, matter: &Revision) -> Vec<String> {
        let last = self.looks(matter).max_by_key(|record| record.at);
        let wanting = last.and_then(|record| super::flow::lacking(&record.values));
        let open = |name: &String| self.missing.contains(name) || self.promised.contains(name);
        wanting
            .into_iter()
            .flatten()
            .filter(|name| !open(name))
            .collect()
    }

    /// What was noted each time somebody looked through the papers: the steps whose form asks what is missing.
    fn looks<'c>(&'c self, matter: &'c Revision) -> impl Iterator<Item = &'c Record> {
        let looks = |name: &str| {
            let form = matter.named(name).and_then(|(_, step)| form_of(step));
            let form = form.and_then(|form| matter.form(form));
            form.is_some_and(|form| form.field("missing").is_some())
        };
        let records = self.frames.values().flat_map(|frame| &frame.records);
        let looked = records.filter(move |(name, _)| looks(name));
        looked.map(|(_, record)| record)
    }

    /// Names of those of them that were promised for later and are still to come.
    pub fn promised(&self) -> &[String] {
        &self.promised
    }

    /// All clocks by name, stopped ones too.
    pub fn clocks(&self) -> &BTreeMap<String, Running> {
        &self.clocks
    }

    /// A clock by name.
    pub fn clock(&self, name: &str) -> Option<&Running> {
        self.clocks.get(name)
    }

    /// Cards opened so far.
    pub fn cards(&self) -> &BTreeMap<CardNo, Card> {
        &self.cards
    }

    /// Papers issued so far.
    pub fn papers(&self) -> &BTreeMap<PaperNo, Paper> {
        &self.papers
    }

    /// Sub-cases: number in the store, step, matter, state.
    pub fn children(&self) -> impl Iterator<Item = (u64, &Name, &Name, Status)> {
        self.subcases
            .iter()
            .map(|(no, c)| (*no, &c.step, &c.matter, c.status))
    }

    /// Letters that nobody has answered yet: number, step, to whom, received or not.
    pub fn letters(&self) -> impl Iterator<Item = (HandoffNo, &Name, &Seat, bool)> {
        let open = self.handoffs.iter().filter(|(_, h)| !h.over);
        open.map(|(no, h)| (*no, &h.step, &h.to, h.received.is_some()))
    }

    /// What a letter shares with whoever gets it.
    pub fn shared(&self, letter: HandoffNo) -> Option<&Json> {
        self.handoffs.get(&letter).map(|h| &h.shared)
    }

    /// The letter inside of whose hand-off a task lies, if it lies inside one: whoever does it knows what that shares.
    pub fn letter_around(&self, matter: &Revision, task: &Task) -> Option<HandoffNo> {
        let sent = |frame: &Frame| {
            let (parent, step) = (frame.parent?, frame.step.as_ref()?);
            let letters = self.handoffs.iter().rev();
            let mut letters = letters.filter(|(_, h)| h.frame == parent && h.step == *step);
            let (_, step) = matter.named(step)?;
            let letter = matches!(step.kind, crate::matter::Kind::Handoff { .. });
            letters.next().filter(|_| letter).map(|(no, _)| *no)
        };
        self.chain(task.frame).find_map(|(_, frame)| sent(frame))
    }

    /// Steps that could not go on: where, which, why.
    pub fn failures(&self) -> impl Iterator<Item = (FrameNo, &Name, &str, &[(String, String)])> {
        self.failed.iter().filter_map(|no| {
            let at = self.frames.get(no)?.at.as_ref()?;
            let (why, args) = at.failed.as_ref()?;
            Some((*no, &at.step, why.as_str(), args.as_slice()))
        })
    }

    /// Instants at which the engine wants to be asked again, earliest first.
    pub fn timers(&self) -> Vec<(Timestamp, TimerNo)> {
        let mut timers: Vec<_> = self.timers.iter().map(|(no, t)| (t.0, *no)).collect();
        timers.sort();
        timers
    }

    /// Timers of what waits for an instant or a message; most messages have none.
    pub fn waits(&self) -> impl Iterator<Item = TimerNo> {
        self.waits.keys().map(|wait| TimerNo(wait.0))
    }

    /// The instant of one timer.
    pub fn timer(&self, no: TimerNo) -> Option<Timestamp> {
        self.timers.get(&no).map(|t| t.0)
    }

    /// The level of the case at an instant: the worst of its promised and statutory limits.
    pub fn level(&self, now: Timestamp) -> Level {
        self.while_corrected(worst(self.limits().map(|c| c.level(now))), now)
    }

    /// The worst level of all its limits, those of its steps too: what a row of a list shows.
    pub fn worst_level(&self, now: Timestamp) -> Level {
        let running = self.clocks.values().filter(|c| !c.stopped);
        self.while_corrected(worst(running.map(|c| c.level(now))), now)
    }

    /// While papers are asked of the applicant the time is his, whatever limit runs for him; only a limit of the case that has passed
    /// is worse.
    fn while_corrected(&self, level: Level, now: Timestamp) -> Level {
        let passed = || self.limits().any(|c| c.level(now) == Level::Red);
        match self.status {
            Status::Correction if !passed() => Level::Paused,
            _ => level,
        }
    }

    /// When the earliest of its promised and statutory limits ends.
    pub fn due(&self) -> Option<Timestamp> {
        self.limits().map(|c| c.ledger.due()).min()
    }

    fn limits(&self) -> impl Iterator<Item = &Running> {
        let running = self
            .clocks
            .values()
            .filter(|c| !c.stopped && c.step.is_none());
        running.filter(|c| c.kind != LimitKind::Internal)
    }

    /// The clocks that show on a task: those of its step and of every region around it.
    fn clocks_of(&self, task: &Task) -> impl Iterator<Item = &Running> {
        let around: BTreeSet<FrameNo> = self.chain(task.frame).map(|(no, _)| no).collect();
        let (frame, step) = (task.frame, task.step.clone());
        let running = self.clocks.values().filter(|c| !c.stopped);
        running.filter(move |c| match &c.step {
            Some(own) => c.frame == frame && *own == step,
            None => around.contains(&c.frame),
        })
    }

    /// The level a row of the worklist shows: the worse of step and case.
    pub fn task_level(&self, task: &Task, now: Timestamp) -> Level {
        let level = worst(self.clocks_of(task).map(|c| c.level(now)));
        let his = task.seats.iter().all(|seat| seat.post.is_applicant());
        if his {
            self.while_corrected(level, now)
        } else {
            level
        }
    }

    /// When a task must be done: the earliest end of the clocks that show on it.
    pub fn task_due(&self, task: &Task) -> Option<Timestamp> {
        self.task_clock(task).map(|c| c.ledger.due())
    }

    /// The clock by which a task must be done: of those that show on it and run, the one that ends first.
    pub fn task_clock(&self, task: &Task) -> Option<&Running> {
        let running = self.clocks_of(task).filter(|c| !c.ledger.is_paused());
        running.min_by_key(|c| c.ledger.due())
    }

    /// Of the clocks that show on a task and run, the one to which it owes its level.
    pub fn pressing_clock(&self, task: &Task, now: Timestamp) -> Option<&Running> {
        let running = self.clocks_of(task).filter(|c| !c.ledger.is_paused());
        running.min_by_key(|c| (std::cmp::Reverse(c.level(now)), c.ledger.due()))
    }

    /// The outcomes a person may choose on a task as the case stands.
    pub fn outcomes(
        &mut self,
        matter: &Revision,
        task: TaskNo,
        context: &Context<'_>,
    ) -> Vec<Name> {
        super::decide::offered(matter, self, task, context)
    }

    /// What a caller may see, from his posts alone.
    pub fn sight(&self, matter: &Revision, actor: &Actor, context: &Context<'_>) -> Sight {
        let posts = match actor {
            Actor::Engine | Actor::Applicant => return Sight::Whole,
            Actor::System { .. } | Actor::Peer { .. } => return Sight::Part,
            Actor::Person { .. } | Actor::Onlooker { .. } => {
                actor.posts_in(&matter.id, context.now)
            }
        };
        let posts = posts.filter(|p| !p.administers());
        let decides = self.deciding_city(matter, context);
        let home = |p: &Party| p.city == decides || p.city == self.accepting_city;
        let own = matter.parties.iter().map(|p| p.department.value.as_str());
        let own: BTreeSet<&str> = own.chain(["si"]).collect();
        if posts
            .clone()
            .any(|p| home(p) && own.contains(p.department.as_str()))
        {
            return match actor {
                Actor::Onlooker { .. } => Sight::Outline,
                _ => Sight::Whole,
            };
        }
        let seats = self.tasks.values().flat_map(|t| &t.seats);
        let letters = self.handoffs.values().map(|h| &h.to);
        let mut sits = seats.chain(letters).map(|s| &s.post);
        let part = sits.any(|s| {
            posts
                .clone()
                .any(|p| p.city == s.city && p.department == s.department)
        });
        if part { Sight::Part } else { Sight::None }
    }
}

fn worst(levels: impl Iterator<Item = Level>) -> Level {
    let mut out = None;
    for level in levels {
        out = match (out, level) {
            (None, level) => Some(level),
            // A clock that stands still says least.
            (Some(Level::Paused), level) | (Some(level), Level::Paused) => Some(level),
            (Some(a), b) => Some(a.max(b)),
        };
    }
    out.unwrap_or(Level::Normal)
}

impl Running {
    /// The ledger.
    pub fn ledger(&self) -> &Clock {
        &self.ledger
    }

    /// What passing it means.
    pub fn kind(&self) -> LimitKind {
        self.kind
    }

    /// The city on whose calendar it counts.
    pub fn city(&self) -> &str {
        &self.city
    }

    /// It has stopped for good.
    pub fn is_stopped(&self) -> bool {
        self.stopped
    }

    /// The calendars on which it was last worked out anew, and its end before.
    pub fn recounted(&self) -> Option<Recounted> {
        self.recounted
    }

    /// The level at an instant. A step over its own limit stays yellow.
    pub fn level(&self, now: Timestamp) -> Level {
        self.effective(now)
    }
}

impl Frame {
    /// The step where the sequence stands, none once it has ended.
    pub fn at(&self) -> Option<&Name> {
        self.at.as_ref().map(|at| &at.step)
    }

    /// How it ended.
    pub fn result(&self) -> Option<&Name> {
        self.result.as_ref()
    }

    /// Name of the branch or key of the item.
    pub fn key(&self) -> Option<&str> {
        self.key.as_deref()
    }

    /// The sequence around it.
    pub fn parent(&self) -> Option<FrameNo> {
        self.parent
    }

    /// The step that opened it; none for the sequence of the case itself.
    pub fn step(&self) -> Option<&Name> {
        self.step.as_ref()
    }

    /// The item it is for, or what the event that began it brought. Private.
    pub fn content(&self) -> &Json {
        &self.content
    }

    /// What a step of it left behind.
    pub fn record(&self, step: &str) -> Option<&Record> {
        self.records.get(step)
    }

    /// What all its steps left behind.
    pub fn records(&self) -> &BTreeMap<Name, Record> {
        &self.records
    }
}

impl Record {
    /// The outcome it was done with.
    pub fn outcome(&self) -> &Name {
        &self.outcome
    }

    /// Who did it, if a person did.
    pub fn by(&self) -> Option<&PersonId> {
        self.by.as_ref()
    }

    /// When.
    pub fn at(&self) -> Timestamp {
        self.at
    }

    /// How often it was done.
    pub fn times(&self) -> u32 {
        self.times
    }

    /// Its values. Private.
    pub fn values(&self) -> &Json {
        &self.values
    }
}

impl Task {
    /// Its state.
    pub fn state(&self) -> &TaskState {
        &self.state
    }

    /// Its step.
    pub fn step(&self) -> &Name {
        &self.step
    }

    /// The sequence it lies in.
    pub fn frame(&self) -> FrameNo {
        self.frame
    }

    /// What is to be done.
    pub fn work(&self) -> Work {
        self.work
    }

    /// Who may take it.
    pub fn seats(&self) -> &[Seat] {
        &self.seats
    }

    /// Who asked the one who has it to help, while he is asked.
    pub fn asked_by(&self) -> Option<&PersonId> {
        self.help.as_ref().filter(|h| h.open).map(|h| &h.of)
    }

    /// The fields of its form as a helper has filled them.
    pub fn filled(&self) -> Option<&Json> {
        let help = self.help.as_ref();
        help.map(|h| &h.filled).filter(|filled| !filled.is_null())
    }

    /// Who had it before and gets it first.
    pub fn first(&self) -> Option<&PersonId> {
        self.first.as_ref()
    }

    /// When it was opened.
    pub fn opened(&self) -> Timestamp {
        self.opened
    }

    /// Since when it stands as it does: held by somebody, waiting for a second person, else open.
    pub fn since(&self) -> Timestamp {
        match self.state() {
            TaskState::Held { since, .. } | TaskState::Waiting { since, .. } => *since,
            _ => self.opened,
        }
    }

    /// Its version: the number of the event that last changed it.
    pub fn version(&self) -> u64 {
        self.changed
    }

    /// What was proposed to a second person: the outcome or act, by whom, its data.
    pub fn proposal(&self) -> Option<(&Name, &PersonId, &Json)> {
        self.proposal.as_ref().map(|p| (&p.what, &p.by, &p.content))
    }

    /// Why it was proposed, in the words of whoever did.
    pub fn proposed_because(&self) -> Option<&str> {
        self.proposal.as_ref()?.reason.as_deref()
    }
}
