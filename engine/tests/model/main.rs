//! T1: random workflows run by random moves, compared after each move with an independent reading of language.md §6: the same places
//! open, the same steps ended with the same outcomes, the same end. After each move the case is folded anew from its events and
//! compared (G6), and nothing runs that cannot move (G7). `ONENET_FLOWS=2000` runs more; `ONENET_FLOW=17` runs one and prints it.

#![allow(missing_docs, clippy::unwrap_used)]

mod flow;
mod generate;
mod interpret;

use engine::case::{
    Actor, Case, Command, Context, Event, Fact, Party, Rejection, TaskState, Work, decide, fold,
};
use engine::library::Library;
use engine::matter::{Kind, Revision};
use engine::source::Sources;
use engine::text::Lang;
use flow::Flow;
use generate::Chance;
use interpret::{Machine, Move};
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
            println!("{}\n{}", flow::matter(&flow), flow::filled(&flow));
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
            &serde_json::from_str(&flow::matter(&generate::flow(seed))).unwrap(),
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
        let (matter, form) = (flow::matter(flow), flow::form(flow));
        let own = [
            ("random/matter.yaml", matter.as_str()),
            ("random/forms/apply.schema.json", form.as_str()),
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
    now: Timestamp,
    trace: Vec<String>,
    flow: &'f Flow,
}

fn person(post: &str) -> Actor {
    let party = Party {
        city: "442000".into(),
        department: "si".into(),
        post: post.into(),
    };
    Actor::Person {
        id: format!("the {post}").as_str().into(),
        posts: [party].into(),
        stands_for: None,
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
        if self.chance.once_in(6) {
            self.nonsense();
        }
        if self.chance.once_in(10) && self.early() {
            return;
        }
        let acts = self.machine.acts();
        if !acts.is_empty() && self.chance.once_in(8) {
            let (region, name, address) = self.chance.pick(&acts).unwrap().clone();
            self.machine.make(&region, &Move::Act(name.clone()));
            let what = format!("act {address}");
            return self.does(
                &what,
                &Command::Act {
                    event: address,
                    data: Json::Null,
                    reason: Some("R14".into()),
                },
                &person("handler"),
            );
        }
        let open = self.machine.open();
        let (address, step, second) = self.chance.pick(&open).unwrap().clone();
        if second {
            let agreed = !self.chance.once_in(3);
            self.machine.make(&address, &Move::Second(agreed));
            let outcome = if agreed { "agreed" } else { "returned" };
            return self.complete(&address, outcome, |w| w == Work::Second, "reviewer");
        }
        if matches!(step.kind, flow::Kind::Wait) {
            self.machine.make(&address, &Move::Message);
            let message = Command::Message {
                name: step.id.as_str().into(),
                key: "K".into(),
                data: Json::Null,
            };
            return self.does(
                &format!("message {address}"),
                &message,
                &Actor::System {
                    name: "other".into(),
                },
            );
        }
        let choices: Vec<&str> = step
            .outcomes
            .iter()
            .map(|o| o.name.as_str())
            .filter(|n| *n != "missed")
            .collect();
        let outcome = *self.chance.pick(&choices).unwrap();
        self.machine
            .make(&address, &Move::Choose(outcome.to_owned()));
        self.complete(&address, outcome, |w| w == Work::Step, "handler");
    }

    /// A message that comes before anybody waits for it is kept for its wait.
    fn early(&mut self) -> bool {
        let matter: &engine::matter::Matter = self.matter;
        let waits = matter
            .steps
            .iter()
            .filter(|s| matches!(s.kind, Kind::Wait { .. }));
        let open = self.machine.open();
        let names: Vec<String> = waits
            .map(|s| s.id.to_string())
            .filter(|id| open.iter().all(|(_, s, _)| s.id != *id))
            .collect();
        let Some(name) = self.chance.pick(&names).cloned() else {
            return false;
        };
        self.machine.keep(&name);
        let command = Command::Message {
            name: name.as_str().into(),
            key: "K".into(),
            data: Json::Null,
        };
        self.does(
            &format!("early message {name}"),
            &command,
            &Actor::System {
                name: "other".into(),
            },
        );
        true
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
        self.does(&format!("{address}.{outcome}"), &command, &person(post));
    }

    /// A wish that cannot be granted changes nothing.
    fn nonsense(&mut self) {
        let before = self.case.clone();
        let done =
            self.case.tasks().iter().find(|(_, t)| {
                matches!(t.state(), TaskState::Done { .. } | TaskState::Void { .. })
            });
        let command = match done {
            Some((task, _)) => Command::Complete {
                task: *task,
                outcome: "通过".into(),
                data: Json::Null,
                reason: None,
                back_to: None,
            },
            None => Command::Act {
                event: "nothing".into(),
                data: Json::Null,
                reason: None,
            },
        };
        let refused = self.decide(&command, &person("handler"));
        if refused.is_ok() || self.case != before {
            self.fail(&format!("{command:?} was not simply refused"));
        }
    }

    fn decide(&mut self, command: &Command, actor: &Actor) -> Result<Vec<Event>, Rejection> {
        let context = Context {
            now: self.now,
            actor,
            network: &self.world.library.network,
            next_case: 2,
        };
        decide(self.matter, &mut self.case, command, &context)
    }

    /// Does what the model has done, and compares.
    fn does(&mut self, what: &str, command: &Command, actor: &Actor) {
        self.trace.push(what.to_owned());
        self.now = self.now.checked_add(jiff::Span::new().seconds(1)).unwrap();
        let events = match self.decide(command, actor) {
            Ok(events) => events,
            Err(why) => self.fail(&format!("refused: {why:?}")),
        };
        self.same_outcomes(&events);
        self.events
            .extend(events.into_iter().map(|e| (self.now, e)));
        self.same_places();
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

    fn same_places(&self) {
        let expected: Vec<(String, bool)> = self
            .machine
            .open()
            .into_iter()
            .map(|(a, _, s)| (a, s))
            .collect();
        let mut got = Vec::new();
        for place in self
            .case
            .places(self.matter)
            .into_iter()
            .filter(|p| !p.held)
        {
            let kind = &self.matter.named(&place.step).unwrap().1.kind;
            if matches!(kind, Kind::Task { .. } | Kind::Wait { .. }) {
                let mut seconds = self
                    .case
                    .open_tasks()
                    .filter(|(_, t)| t.work() == Work::Second);
                let second =
                    seconds.any(|(_, t)| t.frame() == place.frame && *t.step() == place.step);
                got.push((place.address, second));
            }
        }
        got.sort();
        if got != expected {
            self.fail(&format!("open: expected {expected:?}, got {got:?}"));
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
            flow::matter(self.flow)
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
