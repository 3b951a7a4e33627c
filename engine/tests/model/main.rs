//! T1: random workflows run by random moves, compared after each move with an independent reading of language.md §6 and §7: the same
//! places open, the same limits running or standing still, the same steps ended with the same outcomes, the same letters and sub-cases
//! called off, the same end. After each move the case is folded anew from its events and
//! compared (G6), and nothing runs that cannot move (G7). `ONENET_FLOWS=2000` runs more; `ONENET_FLOW=17` runs one and prints it.

#![allow(missing_docs, clippy::unwrap_used)]

mod flow;
mod generate;
mod interpret;

use engine::case::{
    Actor, Case, Command, Context, Event, Fact, FrameNo, HandoffNo, Party, Rejection, Status,
    TaskState, Work, decide, fold,
};
use engine::library::Library;
use engine::matter::{Kind, Revision};
use engine::source::Sources;
use engine::text::Lang;
use flow::{Flow, Trigger};
use generate::Chance;
use interpret::{Machine, Move, Open};
use jiff::Timestamp;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Moves of one path at most.
const MOVES: usize = 25;
/// Paths through one workflow.
const PATHS: u64 = 5;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[test]
fn t01_random_workflows_do_what_an_independent_reading_says() {
    let library = World::read();
    let one = number("ONENET_FLOW");
    let flows = number("ONENET_FLOWS").unwrap_or(200);
    let seeds = one.map_or(0..flows, |n| n..n + 1);
    let (mut ended, mut careful) = (BTreeMap::new(), 0);
    for seed in seeds {
        let flow = generate::flow(seed);
        if one.is_some() {
            println!("{}\n{}", flow::matter(&flow, "random"), flow::filled(&flow));
        }
        let Some(matter) = library.revision(&flow, seed) else {
            careful += 1;
            continue;
        };
        for path in 0..PATHS {
            let end = Path::new(&library, &flow, &matter, seed, path).run();
            *ended.entry(end).or_insert(0) += 1;
        }
    }
    assert!(
        careful * 50 <= flows,
        "the check refuses {careful} of {flows}"
    );
    assert!(
        one.is_some() || ended.len() >= 4,
        "paths to every end: {ended:?}"
    );
}

/// What the generator makes holds every construct often enough to be worth something.
#[test]
fn the_generator_uses_the_whole_language() {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for seed in 0..200 {
        count(
            &serde_json::from_str(&flow::matter(&generate::flow(seed), "random")).unwrap(),
            &mut seen,
        );
    }
    let wanted = [
        "task",
        "wait",
        "choice",
        "parallel",
        "for_each",
        "join",
        "needs",
        "missed",
        "beside",
        "rest",
        "events",
        "gives",
        "four_eyes",
        "go",
        "back_to",
        "leave",
        "end",
        "marks",
        "if",
        "unmet",
        "counts",
        "handoff",
        "receive",
        "refused",
        "subcase",
        "limit",
        "limits",
        "overdue",
        "pauses",
        "message",
        "once",
    ];
    let rare: Vec<_> = wanted
        .iter()
        .filter(|k| seen.get(**k).is_none_or(|n| *n < 20))
        .collect();
    assert!(rare.is_empty(), "{rare:?} {seen:?}");
}

fn count(json: &Json, seen: &mut BTreeMap<String, usize>) {
    for (key, value) in json.as_object().into_iter().flatten() {
        *seen.entry(key.clone()).or_default() += 1;
        count(value, seen);
    }
    for value in json.as_array().into_iter().flatten() {
        count(value, seen);
    }
}

/// The network and the shared files random workflows run in.
struct World {
    files: Vec<(String, String)>,
    library: Library,
}

impl World {
    fn read() -> World {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../workflows");
        let mut files = Vec::new();
        for name in [
            "network/network.yaml",
            "network/people.yaml",
            "network/calendars/national-2026.yaml",
            "network/calendars/hours.yaml",
            "laws.yaml",
            "reasons.yaml",
        ] {
            files.push((
                name.to_owned(),
                std::fs::read_to_string(root.join(name)).unwrap(),
            ));
        }
        let texts: Vec<(&str, &str)> = files
            .iter()
            .map(|(p, t)| (p.as_str(), t.as_str()))
            .collect();
        let library = Library::read(&texts, &mut Sources::default());
        World { files, library }
    }

    /// The workflow checked; none where the check is more careful than it need be and fears a circle that in truth waits (E0223).
    fn revision(&self, flow: &Flow, seed: u64) -> Option<Arc<Revision>> {
        let (matter, form) = (flow::matter(flow, "random"), flow::form(flow));
        let own = [
            ("random/matter.yaml", matter.as_str()),
            ("random/forms/apply.schema.json", form.as_str()),
            ("part/matter.yaml", flow::PART),
            ("part/forms/part.schema.json", flow::PART_FORM),
        ];
        let shared = self.files.iter().map(|(p, t)| (p.as_str(), t.as_str()));
        let files: Vec<(&str, &str)> = shared.chain(own).collect();
        let mut sources = Sources::default();
        let library = Library::read(&files, &mut sources);
        let mut errors = library
            .found
            .iter()
            .filter(|d| d.code.starts_with('E'))
            .peekable();
        if errors.peek().is_some() && errors.all(|d| d.code == "E0223") {
            return None;
        }
        let found = library.matters.get("random").cloned();
        Some(found.unwrap_or_else(|| {
            let shown: String = library
                .found
                .iter()
                .map(|d| d.render(&sources, Lang::En))
                .collect();
            panic!("flow {seed}: {shown}")
        }))
    }
}

/// One path through a workflow: the case beside the model.
struct Path<'f> {
    world: &'f World,
    matter: &'f Arc<Revision>,
    name: String,
    machine: Machine<'f>,
    chance: Chance,
    case: Case,
    events: Vec<(Timestamp, Event)>,
    /// Letters and sub-cases so far, with their addresses.
    letters: Vec<(String, Letter)>,
    now: Timestamp,
    trace: Vec<String>,
    flow: &'f Flow,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Letter {
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

impl<'f> Path<'f> {
    fn new(
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
            now: "2026-03-02T01:00:00Z".parse().unwrap(),
            trace: Vec::new(),
            flow,
        }
    }

    /// How the case ended, if it did.
    fn run(mut self) -> String {
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
        let open = self.machine.open();
        let (address, step, waits_for) = self.chance.pick(&open).unwrap().clone();
        self.forward(&address, step, &waits_for);
    }

    /// Does what an open place waits for.
    fn forward(&mut self, address: &str, step: &flow::Step, waits_for: &Open) {
        let letter = |path: &Self| {
            path.letters
                .iter()
                .rev()
                .find(|(a, _)| a == address)
                .map(|l| l.1)
        };
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
                let Some(Letter::Handoff(handoff)) = letter(self) else {
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
                let Some(Letter::Subcase(child)) = letter(self) else {
                    self.fail(&format!("no sub-case at {address}"))
                };
                let ends = ["completed", "completed", "refused", "withdrawn", "closed"];
                let state = self.chance.pick(&ends).unwrap();
                self.machine.make(address, &Move::Child(state));
                self.child_is(child, state);
            }
        }
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

    fn complete(&mut self, address: &str, outcome: &str, work: impl Fn(Work) -> bool, post: &str) {
        let waiting = |s: &TaskState| matches!(s, TaskState::Waiting { .. });
        let here = |frame, step: &str| self.case.address(self.matter, frame, step) == address;
        let open = self
            .case
            .open_tasks()
            .filter(|(_, t)| work(t.work()) && !waiting(t.state()));
        let task = open
            .filter(|(_, t)| here(t.frame(), t.step()))
            .map(|(no, _)| no)
            .min();
        let Some(task) = task else {
            self.fail(&format!("no task at {address}"))
        };
        let command = Command::Complete {
            task,
            outcome: outcome.into(),
            data: Json::Null,
            reason: Some("甲".into()),
            back_to: None,
        };
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
        self.events
            .extend(events.into_iter().map(|e| (self.now, e)));
        self.same_places();
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

    fn same_outcomes(&self, events: &[Event]) {
        let mut got: Vec<(String, String)> = Vec::new();
        for event in events {
            let Fact::StepDone {
                frame,
                step,
                outcome,
                ..
            } = &event.fact
            else {
                continue;
            };
            let kind = self.matter.named(step).map(|(_, s)| &s.kind);
            if !matches!(kind, Some(Kind::Choice { .. } | Kind::End(_))) {
                got.push((
                    self.case.address(self.matter, *frame, step),
                    outcome.to_string(),
                ));
            }
        }
        let mut expected = self.machine.log.clone();
        got.sort();
        expected.sort();
        if got != expected {
            self.fail(&format!("outcomes: expected {expected:?}, got {got:?}"));
        }
    }

    /// Takes note of letters and sub-cases, and compares those called off.
    fn same_letters(&mut self, events: &[Event]) {
        let mut got = Vec::new();
        for event in events {
            let address =
                |frame: &FrameNo, step: &str| self.case.address(self.matter, *frame, step);
            let gone = match &event.fact {
                Fact::HandoffSent {
                    handoff,
                    frame,
                    step,
                    ..
                } => {
                    let sent = (address(frame, step), Letter::Handoff(*handoff));
                    self.letters.push(sent);
                    continue;
                }
                Fact::SubcaseAsked {
                    child, frame, step, ..
                } => {
                    let asked = (address(frame, step), Letter::Subcase(*child));
                    self.letters.push(asked);
                    continue;
                }
                Fact::HandoffCalledOff { handoff } => Letter::Handoff(*handoff),
                Fact::SubcaseCalledOff { child } => Letter::Subcase(*child),
                _ => continue,
            };
            let known = self.letters.iter().find(|(_, l)| *l == gone);
            got.extend(known.map(|(address, _)| address.clone()));
        }
        let mut expected = self.machine.called_off.clone();
        got.sort();
        expected.sort();
        if got != expected {
            self.fail(&format!("called off: expected {expected:?}, got {got:?}"));
        }
    }

    fn same_places(&self) {
        let all = self.machine.open().into_iter();
        let plain = |open| match open {
            Open::Second(_) => Open::Second(String::new()),
            open => open,
        };
        let expected: Vec<(String, Open)> = all.map(|(a, _, open)| (a, plain(open))).collect();
        let mut got = Vec::new();
        for place in self
            .case
            .places(self.matter)
            .into_iter()
            .filter(|p| !p.held)
        {
            let here = |t: &engine::case::Task| t.frame() == place.frame && *t.step() == place.step;
            let asks = |work: fn(Work) -> bool| {
                let mut tasks = self.case.open_tasks();
                tasks.any(|(_, t)| here(t) && work(t.work()))
            };
            let open = match &self.matter.named(&place.step).unwrap().1.kind {
                Kind::Task { .. } if asks(|w| w == Work::Second) => Open::Second(String::new()),
                Kind::Task { .. } => Open::Task,
                Kind::Wait { .. } => Open::Message,
                Kind::Subcase { .. } => Open::Child,
                Kind::Handoff { body: None, .. } if asks(|w| matches!(w, Work::Answer(_))) => {
                    Open::Answer
                }
                Kind::Handoff { .. } if asks(|w| matches!(w, Work::Receive(_))) => Open::Receive,
                _ => continue,
            };
            got.push((place.address, open));
        }
        got.sort();
        if got != expected {
            self.fail(&format!("open: expected {expected:?}, got {got:?}"));
        }
    }

    fn same_clocks(&self) {
        let running = self.case.clocks().iter().filter(|(_, c)| !c.is_stopped());
        let got: BTreeMap<String, bool> = running
            .map(|(name, c)| (name.clone(), c.ledger().is_paused()))
            .collect();
        let expected = self.machine.clocks();
        if got != expected {
            self.fail(&format!("limits: expected {expected:?}, got {got:?}"));
        }
    }

    fn same_end(&self) {
        let got = self
            .case
            .status()
            .is_final()
            .then(|| serde_json::to_value(self.case.status()).unwrap());
        let expected = self.machine.ended.map(Json::from);
        if got != expected || self.case.is_closed() != self.machine.is_closed() {
            self.fail(&format!(
                "end: expected {expected:?} {}, got {got:?} {}",
                self.machine.is_closed(),
                self.case.is_closed()
            ));
        }
        if self.case.failures().next().is_some() {
            self.fail("a step could not go on");
        }
    }

    fn fail(&self, why: &str) -> ! {
        panic!(
            "{}: {why}\nafter {:#?}\n{}",
            self.name,
            self.trace,
            flow::matter(self.flow, "random")
        )
    }
}

/// G7: a closed case has no open task, no timer, no open place.
trait Closed {
    fn closed_with_work(&self) -> bool;
}

impl Closed for Case {
    fn closed_with_work(&self) -> bool {
        let open = self.frames().values().any(|f| f.at().is_some());
        self.is_closed()
            && (open || !self.timers().is_empty() || self.open_tasks().next().is_some())
    }
}
