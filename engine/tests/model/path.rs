//! One path through a random workflow: what the model does next is done to the case, and both are compared.

use super::World;
use super::flow::{self, Flow, Trigger};
use super::generate::Chance;
use super::interpret::{Machine, Move, Open};
use super::same::Closed;
use engine::case::{
    Actor, Case, Command, Context, Event, Fact, HandoffNo, Party, Rejection, Status, TaskNo,
    TaskState, TurnNo, Work, decide, fold,
};
use engine::matter::{Kind, Revision};
use jiff::Timestamp;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Moves of one path at most.
const MOVES: usize = 25;

/// One path through a workflow: the case beside the model.
pub(super) struct Path<'f> {
    world: &'f World,
    pub(super) matter: &'f Arc<Revision>,
    name: String,
    pub(super) machine: Machine<'f>,
    chance: Chance,
    pub(super) case: Case,
    events: Vec<(Timestamp, Event)>,
    /// Letters and sub-cases so far, with their addresses.
    pub(super) letters: Vec<(String, Letter)>,
    /// Groups entered alone so far, with their addresses.
    pub(super) turns: BTreeMap<TurnNo, String>,
    now: Timestamp,
    trace: Vec<String>,
    flow: &'f Flow,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Letter {
    Handoff(HandoffNo),
    Subcase(u64),
}

/// Zhongshan, which decides.
const HERE: &str = "442000";
/// Zunyi, which gets the letters.
const THERE: &str = "520300";

fn person(city: &str, post: &str) -> Actor {
    let party = Party {
        city: city.into(),
        department: "si".into(),
        post: post.into(),
    };
    Actor::Person {
        id: format!("the {post} of {city}").as_str().into(),
        posts: [party].into(),
        stands_for: None,
        lent: Vec::new(),
    }
}

fn completes(task: TaskNo, outcome: &str) -> Command {
    Command::Complete {
        task,
        outcome: outcome.into(),
        data: Json::Null,
        reason: Some("甲".into()),
        back_to: None,
    }
}

impl<'f> Path<'f> {
    pub(super) fn new(
        world: &'f World,
        flow: &'f Flow,
        matter: &'f Arc<Revision>,
        seed: u64,
        path: u64,
    ) -> Path<'f> {
        Path {
            world,
            matter,
            name: format!("flow {seed} path {path}"),
            machine: Machine::start(flow),
            chance: Chance(seed * 1000 + path),
            case: Case::default(),
            events: Vec::new(),
            letters: Vec::new(),
            turns: BTreeMap::new(),
            now: "2026-03-02T01:00:00Z".parse().unwrap(),
            trace: Vec::new(),
            flow,
        }
    }

    /// How the case ended, if it did.
    pub(super) fn run(mut self) -> String {
        let applicant =
            json!({ "name": "李四", "id_number": "450400195903150017", "phone": "13800000001" });
        let open = Command::Open {
            id: 1,
            number: "N-1".into(),
            accepting_city: "442000".into(),
            channel: "window".into(),
            applicant,
            form: flow::filled(self.flow),
            parent: None,
        };
        self.does("open", &open, &Actor::Engine);
        for _ in 0..MOVES {
            if self.machine.is_closed() {
                break;
            }
            self.step();
        }
        match self.machine.ended {
            Some(state) => format!(
                "{state}{}",
                if self.machine.is_closed() {
                    ""
                } else {
                    " with obligations"
                }
            ),
            None => "running".to_owned(),
        }
    }

    fn step(&mut self) {
        // A timer due goes before a command of the same instant.
        while self.case.timers().first().is_some_and(|t| t.0 <= self.now) {
            self.fire();
        }
        if self.machine.is_closed() {
            return;
        }
        if self.chance.once_in(6) {
            self.nonsense();
        }
        if self.chance.once_in(6) {
            self.stray_message();
        }
        if self.chance.once_in(4) && !self.case.timers().is_empty() {
            return self.let_time_pass();
        }
        let offers = self.machine.offers();
        if !offers.is_empty() && self.chance.once_in(8) {
            let (region, event, address) = self.chance.pick(&offers).unwrap().clone();
            self.machine.make(&region, &Move::Event(event.name.clone()));
            return match event.trigger {
                Trigger::Message => self.message(&event.name, "K"),
                _ => self.act(&address),
            };
        }
        self.out_of_turn();
        let children = self.machine.children();
        if !children.is_empty() && self.chance.once_in(3) {
            let (address, suspended) = self.chance.pick(&children).unwrap().clone();
            return self.suspend(&address, !suspended);
        }
        let open = self.machine.ready();
        let (address, step, waits_for) = self.chance.pick(&open).unwrap().clone();
        self.forward(&address, step, &waits_for);
    }

    /// Does what an open place waits for.
    fn forward(&mut self, address: &str, step: &flow::Step, waits_for: &Open) {
        match waits_for {
            Open::Task => {
                let all = step.outcomes.iter().map(|o| o.name.as_str());
                let choices: Vec<&str> =
                    all.filter(|n| !["missed", "overdue"].contains(n)).collect();
                let outcome = *self.chance.pick(&choices).unwrap();
                self.machine
                    .make(address, &Move::Choose(outcome.to_owned()));
                self.complete(address, outcome, |w| w == Work::Step, "handler");
            }
            Open::Second(_) => {
                let agreed = !self.chance.once_in(3);
                self.machine.make(address, &Move::Second(agreed));
                let outcome = if agreed { "agreed" } else { "returned" };
                self.complete(address, outcome, |w| w == Work::Second, "reviewer");
            }
            Open::Message => {
                self.machine.make(address, &Move::Message);
                self.message(&step.id, "K");
            }
            Open::Receive | Open::Answer => {
                let Some(Letter::Handoff(handoff)) = self.letter(address) else {
                    self.fail(&format!("no letter at {address}"))
                };
                let (what, command) = match waits_for {
                    Open::Answer => (
                        Move::Answer,
                        Command::Answer {
                            handoff,
                            data: Json::Null,
                            outcome: None,
                        },
                    ),
                    _ if self.chance.once_in(4) => {
                        let reason = "R14".to_owned();
                        (Move::Refuse, Command::Refuse { handoff, reason })
                    }
                    _ => (Move::Receive, Command::Receive { handoff }),
                };
                self.machine.make(address, &what);
                self.does(
                    &format!("{address} {what:?}"),
                    &command,
                    &person(THERE, "handler"),
                );
            }
            Open::Child => {
                let Some(Letter::Subcase(child)) = self.letter(address) else {
                    self.fail(&format!("no sub-case at {address}"))
                };
                let ends = ["completed", "completed", "refused", "withdrawn", "closed"];
                let state = self.chance.pick(&ends).unwrap();
                self.machine.make(address, &Move::Child(state));
                self.child_is(child, state);
            }
            Open::Turn => {
                let turn = self.asked(address);
                self.machine.make(address, &Move::Turn);
                let turn = Command::Turn { turn };
                self.does(&format!("{address} has its turn"), &turn, &Actor::Engine);
            }
        }
    }

    /// Whoever has let others in, or waits behind them, finishes no task of the group.
    fn out_of_turn(&mut self) {
        for (address, step, _) in self.machine.blocked() {
            let outcome = step.outcomes[0].name.clone();
            let (task, before) = (self.task(&address, |w| w == Work::Step), self.case.clone());
            let command = completes(task, &outcome);
            let refused = self.decide(&command, &person(HERE, "handler"));
            if refused.is_ok() || self.case != before {
                self.fail(&format!("{address} was finished out of turn"));
            }
        }
    }

    /// The newest letter or sub-case of an address.
    fn letter(&self, address: &str) -> Option<Letter> {
        let mut newest = self.letters.iter().rev();
        newest.find(|(a, _)| a == address).map(|l| l.1)
    }

    /// The turn a group asks for.
    fn asked(&self, address: &str) -> TurnNo {
        let mut asked = self.case.turns().filter(|(_, has)| !has);
        let here = asked.find(|(no, _)| self.turns.get(no).is_some_and(|a| a == address));
        let Some((turn, _)) = here else {
            self.fail(&format!("{address} does not ask for its turn"))
        };
        turn
    }

    /// A sub-case is suspended, or goes on.
    fn suspend(&mut self, address: &str, suspended: bool) {
        let Some(Letter::Subcase(child)) = self.letter(address) else {
            self.fail(&format!("no sub-case at {address}"))
        };
        self.machine.make(address, &Move::Suspend(suspended));
        self.child_is(
            child,
            if suspended {
                "suspended"
            } else {
                "in_progress"
            },
        );
    }

    fn act(&mut self, address: &str) {
        let act = Command::Act {
            event: address.to_owned(),
            data: Json::Null,
            reason: Some("R14".into()),
        };
        self.does(&format!("act {address}"), &act, &person(HERE, "handler"));
    }

    fn message(&mut self, name: &str, key: &str) {
        let message = Command::Message {
            name: name.into(),
            key: key.to_owned(),
            data: Json::Null,
        };
        let other = Actor::System {
            name: "other".into(),
        };
        self.does(&format!("message {name} {key}"), &message, &other);
    }

    fn child_is(&mut self, child: u64, state: &str) {
        let moved = Command::Child {
            child,
            status: Status::named(state).unwrap(),
            results: None,
        };
        self.does(&format!("sub-case {child} {state}"), &moved, &Actor::Engine);
    }

    /// Until some limit has passed, or all that run have.
    fn let_time_pass(&mut self) {
        while !self.case.timers().is_empty() && !self.fire() {}
    }

    /// The next timer fires; true at the last instant of its limit, where alone the model has something to say.
    fn fire(&mut self) -> bool {
        let (at, timer) = self.case.timers()[0];
        self.now = self.now.max(at);
        let fire = Command::Fire { timer };
        let clock = self.clock_of(&fire);
        let due = self.case.clock(&clock).unwrap().ledger().due();
        let passed = self.now > due;
        match passed && !clock.ends_with(".receive") {
            true => self.machine.make(&clock, &Move::Pass),
            false => self.machine.nothing(),
        }
        self.decided(
            &format!("{clock} at {at}, due {due}"),
            &fire,
            &Actor::Engine,
        );
        passed
    }

    /// The clock a timer belongs to.
    fn clock_of(&self, fire: &Command) -> String {
        let mut beside = self.case.clone();
        let context = self.context(&Actor::Engine);
        let events = decide(self.matter, &mut beside, fire, &context).unwrap_or_default();
        let reached = events.iter().find_map(|e| match &e.fact {
            Fact::ClockReached { clock, .. } => Some(clock.clone()),
            _ => None,
        });
        reached.unwrap_or_else(|| self.fail(&format!("{fire:?} reaches no limit: {events:?}")))
    }

    /// A message that comes before anybody waits for it, or after, is kept for its wait; one with another key is for nobody.
    fn stray_message(&mut self) {
        let matter: &engine::matter::Matter = self.matter;
        let waits = matter
            .steps
            .iter()
            .filter(|s| matches!(s.kind, Kind::Wait { .. }));
        let names: Vec<String> = waits.map(|s| s.id.to_string()).collect();
        let Some(name) = self.chance.pick(&names).cloned() else {
            return;
        };
        let open = self.machine.open();
        let waited_for = open.iter().any(|(_, s, _)| s.id == name);
        match waited_for || self.chance.once_in(3) {
            true => {
                self.machine.nothing();
                self.message(&name, "another key");
            }
            false => {
                self.machine.keep(&name);
                self.message(&name, "K");
            }
        }
    }

    /// The task at an address that a person can finish.
    fn task(&self, address: &str, work: impl Fn(Work) -> bool) -> TaskNo {
        let waiting = |s: &TaskState| matches!(s, TaskState::Waiting { .. });
        let here = |frame, step: &str| self.case.address(self.matter, frame, step) == address;
        let open = self.case.open_tasks();
        let open = open.filter(|(_, t)| work(t.work()) && !waiting(t.state()));
        let open = open.filter(|(_, t)| here(t.frame(), t.step()));
        let Some(task) = open.map(|(no, _)| no).min() else {
            self.fail(&format!("no task at {address}"))
        };
        task
    }

    fn complete(&mut self, address: &str, outcome: &str, work: impl Fn(Work) -> bool, post: &str) {
        let command = completes(self.task(address, work), outcome);
        self.does(
            &format!("{address}.{outcome}"),
            &command,
            &person(HERE, post),
        );
    }

    /// A wish that cannot be granted changes nothing: a task that is done, a letter or a sub-case nobody waits for any more.
    fn nonsense(&mut self) {
        let open = self.case.letters().map(|(no, ..)| no);
        let open: Vec<HandoffNo> = open.collect();
        let over = self.letters.iter().filter_map(|(_, l)| match l {
            Letter::Handoff(no) if !open.contains(no) => Some(*no),
            _ => None,
        });
        let over: Vec<HandoffNo> = over.collect();
        let (gone, waited_for): (Vec<u64>, Vec<String>) = (
            self.letters
                .iter()
                .filter_map(|(_, l)| match l {
                    Letter::Subcase(no) => Some(*no),
                    Letter::Handoff(_) => None,
                })
                .collect(),
            self.machine
                .open()
                .into_iter()
                .filter(|o| o.2 == Open::Child)
                .map(|o| o.0)
                .collect(),
        );
        if let Some(child) = self.chance.pick(&gone).copied() {
            let late = self
                .letters
                .iter()
                .rposition(|(_, l)| *l == Letter::Subcase(child))
                .unwrap();
            let address = &self.letters[late].0;
            let again = self
                .letters
                .iter()
                .skip(late + 1)
                .any(|(a, _)| a == address);
            if again || !waited_for.contains(address) {
                self.machine.nothing();
                self.child_is(child, "completed");
            }
        }
        let done =
            self.case.tasks().iter().find(|(_, t)| {
                matches!(t.state(), TaskState::Done { .. } | TaskState::Void { .. })
            });
        let (command, city) = match (self.chance.pick(&over), done) {
            (Some(handoff), _) => (Command::Receive { handoff: *handoff }, THERE),
            (None, Some((task, _))) => (
                Command::Complete {
                    task: *task,
                    outcome: "通过".into(),
                    data: Json::Null,
                    reason: None,
                    back_to: None,
                },
                HERE,
            ),
            (None, None) => (
                Command::Act {
                    event: "nothing".into(),
                    data: Json::Null,
                    reason: None,
                },
                HERE,
            ),
        };
        let before = self.case.clone();
        let refused = self.decide(&command, &person(city, "handler"));
        if refused.is_ok() || self.case != before {
            self.fail(&format!("{command:?} was not simply refused"));
        }
    }

    fn context<'c>(&'c self, actor: &'c Actor) -> Context<'c> {
        let children = self
            .letters
            .iter()
            .filter(|(_, l)| matches!(l, Letter::Subcase(_)));
        Context {
            now: self.now,
            actor,
            network: &self.world.library.network,
            next_case: 2 + children.count() as u64,
            elsewhere: &engine::case::NOWHERE,
            numbering: None,
        }
    }

    fn decide(&mut self, command: &Command, actor: &Actor) -> Result<Vec<Event>, Rejection> {
        let mut case = std::mem::take(&mut self.case);
        let decided = decide(self.matter, &mut case, command, &self.context(actor));
        self.case = case;
        decided
    }

    /// Does what the model has done, and compares.
    fn does(&mut self, what: &str, command: &Command, actor: &Actor) {
        self.now = self.now.checked_add(jiff::Span::new().seconds(1)).unwrap();
        self.decided(what, command, actor);
    }

    fn decided(&mut self, what: &str, command: &Command, actor: &Actor) {
        self.trace.push(what.to_owned());
        let events = match self.decide(command, actor) {
            Ok(events) => events,
            Err(why) => self.fail(&format!("refused: {why:?}")),
        };
        self.same_outcomes(&events);
        self.same_letters(&events);
        self.note_turns(&events);
        self.events
            .extend(events.into_iter().map(|e| (self.now, e)));
        self.same_places();
        self.same_turns();
        self.same_clocks();
        self.same_end();
        let folded = fold(self.events.iter().map(|(at, e)| (*at, e)));
        if serde_json::to_string(&folded).unwrap() != serde_json::to_string(&self.case).unwrap() {
            self.fail("folding the events gives another case");
        }
        if self.case.closed_with_work() {
            self.fail("a closed case has work");
        }
    }

    pub(super) fn fail(&self, why: &str) -> ! {
        panic!(
            "{}: {why}\nafter {:#?}\n{}",
            self.name,
            self.trace,
            flow::matter(self.flow, "random")
        )
    }
}
