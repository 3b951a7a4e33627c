//! The cases of a scenario, its clock, and what was sent: `decide` and `apply` without store or network. Sub-cases are really played
//! where their matter is at hand; timers fire in the order of their instants.

use super::coverage::{Steps, Walked};
use crate::case::{
    Actor, Beside, Case, Command, Context, Effect, Event, Fact, FrameNo, Party, Recipient,
    Rejection, TimerNo, TurnNo, decide, effects,
};
use crate::library::Library;
use crate::matter::Revision;
use crate::yaml::{self, Node};
use jiff::Timestamp;
use serde_json::Value as Json;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// The most timers one line may fire, so that a matter that never rests is found out.
const MOST_TIMERS: usize = 20_000;

/// Everything a scenario runs in.
pub(super) struct World<'a> {
    pub library: &'a Library,
    pub now: Timestamp,
    pub cases: BTreeMap<u64, Held>,
    pub walked: Walked,
    next: u64,
    /// Who is in the groups entered alone, and who waits, by key, in the order of asking.
    lines: BTreeMap<String, Vec<(u64, TurnNo)>>,
}

/// A case of the scenario with what it has left behind.
pub(super) struct Held {
    pub matter: Arc<Revision>,
    pub case: Case,
    pub events: Vec<(Timestamp, Event)>,
    /// Sub-cases in the order asked for, and the address of the step of each.
    pub children: Vec<(u64, String)>,
    /// Who was told of what.
    pub notices: Vec<(String, Recipient)>,
    /// Results of branches and items, outcomes and values of steps, by address.
    pub results: BTreeMap<String, String>,
    pub values: BTreeMap<String, Json>,
    /// Whom the matter's notices name, and where its parties sit.
    templates: BTreeMap<String, Vec<String>>,
    seats: BTreeMap<String, Party>,
    /// The whole path of every sequence.
    paths: BTreeMap<FrameNo, String>,
    steps: Steps,
}

/// What kept a command from being done.
#[derive(Debug)]
pub(super) enum Trouble {
    /// It was refused.
    Refused(Rejection),
    /// A sub-case could not be opened.
    Child(String, Rejection),
    /// Timers without end.
    Restless,
}

impl<'a> World<'a> {
    pub fn new(library: &'a Library, now: Timestamp) -> World<'a> {
        World {
            library,
            now,
            cases: BTreeMap::new(),
            walked: Walked::default(),
            next: 1,
            lines: BTreeMap::new(),
        }
    }

    /// Opens a case of a matter; its number is the world's.
    pub fn open(
        &mut self,
        matter: &Arc<Revision>,
        command: Command,
        actor: &Actor,
    ) -> Result<u64, Trouble> {
        let id = self.next;
        self.next += 1;
        let command = match command {
            Command::Open {
                accepting_city,
                channel,
                applicant,
                form,
                parent,
                ..
            } => {
                let number = number(&matter.code, &accepting_city, self.now, id);
                Command::Open {
                    id,
                    number,
                    accepting_city,
                    channel,
                    applicant,
                    form,
                    parent,
                }
            }
            other => other,
        };
        self.cases.insert(id, Held::new(matter.clone()));
        self.command(id, &command, actor)?;
        Ok(id)
    }

    /// Does a command, and all that follows from it in other cases at once.
    pub fn command(&mut self, case: u64, command: &Command, actor: &Actor) -> Result<(), Trouble> {
        let mut owed = VecDeque::new();
        owed.extend(self.one(case, command, actor).map_err(Trouble::Refused)?);
        while let Some((from, effect)) = owed.pop_front() {
            match effect {
                Effect::Open { matter, command } => {
                    let more = self.child(&matter, *command)?;
                    owed.extend(more);
                }
                Effect::Tell { case, command } if self.cases.contains_key(&case) => {
                    // What comes too late for a case is its own affair.
                    owed.extend(self.one(case, &command, &Actor::Engine).unwrap_or_default());
                }
                Effect::Notice { about, to, .. } => self.notice(from, &about, to),
                Effect::Alone { turn, key } => {
                    if let Some((case, turn)) = self.line_up(from, turn, key) {
                        let command = Command::Turn { turn };
                        owed.extend(self.one(case, &command, &Actor::Engine).unwrap_or_default());
                    }
                }
                Effect::Tell { .. } | Effect::Call { .. } => {}
            }
        }
        Ok(())
    }

    /// Moves the clock to an instant; all timers due by then fire first, in order.
    pub fn pass(&mut self, until: Timestamp) -> Result<(), Trouble> {
        for _ in 0..MOST_TIMERS {
            let Some((at, case, timer)) = self.due(until) else {
                self.now = self.now.max(until);
                return Ok(());
            };
            self.now = self.now.max(at);
            self.command(case, &Command::Fire { timer }, &Actor::Engine)?;
        }
        Err(Trouble::Restless)
    }

    /// Ends a sub-case without playing it on, and tells its parent.
    pub fn end_child(
        &mut self,
        parent: u64,
        child: u64,
        status: crate::case::Status,
        results: Json,
    ) -> Result<(), Trouble> {
        self.cases.remove(&child);
        let command = Command::Child {
            child,
            status,
            results: Some(results),
        };
        self.command(parent, &command, &Actor::Engine)
    }

    /// Puts a case in line, or takes it out; answers whose turn it is now, if that is new.
    fn line_up(&mut self, case: u64, turn: TurnNo, key: Option<String>) -> Option<(u64, TurnNo)> {
        let me = (case, turn);
        if let Some(key) = key {
            let line = self.lines.entry(key).or_default();
            line.push(me);
            return line.first().copied().filter(|first| *first == me);
        }
        let line = self.lines.values_mut().find(|line| line.contains(&me))?;
        let was_first = line.first() == Some(&me);
        line.retain(|one| *one != me);
        line.first().copied().filter(|_| was_first)
    }

    fn due(&self, until: Timestamp) -> Option<(Timestamp, u64, TimerNo)> {
        let first = |(id, held): (&u64, &Held)| {
            held.case
                .timers()
                .first()
                .map(|(at, timer)| (*at, *id, *timer))
        };
        self.cases
            .iter()
            .filter_map(first)
            .filter(|(at, ..)| *at <= until)
            .min()
    }

    fn child(&mut self, matter: &str, command: Command) -> Result<Vec<(u64, Effect)>, Trouble> {
        let Command::Open {
            id,
            accepting_city,
            channel,
            applicant,
            form,
            parent,
            ..
        } = command
        else {
            return Ok(Vec::new());
        };
        self.next = self.next.max(id + 1);
        let Some(matter) = self.library.matters.get(matter).cloned() else {
            return Ok(Vec::new());
        };
        let number = number(&matter.code, &accepting_city, self.now, id);
        let command = Command::Open {
            id,
            number,
            accepting_city,
            channel,
            applicant,
            form,
            parent,
        };
        self.cases.insert(id, Held::new(matter.clone()));
        let opened = self.one(id, &command, &Actor::Engine);
        opened.map_err(|why| Trouble::Child(matter.id.to_string(), why))
    }

    fn one(
        &mut self,
        case: u64,
        command: &Command,
        actor: &Actor,
    ) -> Result<Vec<(u64, Effect)>, Rejection> {
        let Some(held) = self.cases.get_mut(&case) else {
            return Ok(Vec::new());
        };
        let context = Context {
            now: self.now,
            actor,
            network: &self.library.network,
            next_case: self.next,
            elsewhere: &crate::case::NOWHERE,
            numbering: None,
        };
        let events = decide(&held.matter, &mut held.case, command, &context)?;
        // What a case runs is settled when it is opened.
        if let Some(running) = held.matter.running(held.case.revision()) {
            held.matter = running.clone();
        }
        let mut owed = Vec::new();
        for event in events {
            held.steps
                .follow(&held.matter, &event.fact, &mut self.walked);
            owed.extend(
                effects(&held.matter, &held.case, &event)
                    .into_iter()
                    .map(|e| (case, e)),
            );
            if let Fact::SubcaseAsked { child, .. } = &event.fact {
                self.next = self.next.max(child + 1);
            }
            held.note(self.now, event);
        }
        Ok(owed)
    }

    fn notice(&mut self, case: u64, about: &str, to: Vec<Recipient>) {
        if let Some(held) = self.cases.get_mut(&case) {
            let to = if to.is_empty() { held.named(about) } else { to };
            held.notices
                .extend(to.into_iter().map(|r| (about.to_owned(), r)));
        }
    }
}

/// Whom the templates of a matter name, by what happened.
fn templates(matter: &Revision) -> BTreeMap<String, Vec<String>> {
    let root = matter.notices().and_then(|text| yaml::parse(0, text).ok());
    let notices = root
        .as_ref()
        .and_then(|r| r.get("notices"))
        .map(Node::entries)
        .unwrap_or_default();
    let named = |to: &Node| -> Vec<String> {
        let one = to.text().map(str::to_owned).into_iter();
        one.chain(
            to.items()
                .iter()
                .filter_map(|n| n.text().map(str::to_owned)),
        )
        .collect()
    };
    let to = |e: &yaml::Entry| Some((e.key.clone(), named(e.value.get("to")?)));
    notices.iter().filter_map(to).collect()
}

impl Held {
    fn new(matter: Arc<Revision>) -> Held {
        Held {
            templates: templates(&matter),
            seats: BTreeMap::new(),
            matter,
            case: Case::default(),
            events: Vec::new(),
            children: Vec::new(),
            notices: Vec::new(),
            results: BTreeMap::new(),
            values: BTreeMap::new(),
            paths: BTreeMap::new(),
            steps: Steps::default(),
        }
    }

    /// Whom the matter's own template of a notice names.
    fn named(&self, about: &str) -> Vec<Recipient> {
        let names = self
            .templates
            .get(about)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let one = |name: &String| match name.as_str() {
            super::APPLICANT => Some(Recipient::Applicant),
            party => self.seats.get(party).cloned().map(Recipient::Post),
        };
        names.iter().filter_map(one).collect()
    }

    /// The whole path of a step: every group, branch, item and event around it, then its name.
    pub fn path(&self, frame: FrameNo, step: &str) -> String {
        match self.paths.get(&frame) {
            Some(around) => format!("{around}.{step}"),
            None => step.to_owned(),
        }
    }

    /// Keeps what later lines may ask about.
    fn note(&mut self, at: Timestamp, event: Event) {
        match &event.fact {
            Fact::FrameOpened {
                frame,
                parent: Some(parent),
                step,
                key,
                beside,
            } => {
                let event = match beside {
                    Some(Beside::Event { name, .. }) => Some(&**name),
                    _ => None,
                };
                let around = self.paths.get(parent).map(String::as_str);
                let names = [around, event, step.as_deref(), key.as_deref()];
                let path: Vec<&str> = names.into_iter().flatten().collect();
                self.paths.insert(*frame, path.join("."));
            }
            Fact::TaskOpened { seats, .. } => {
                let seats = seats.iter();
                self.seats
                    .extend(seats.map(|s| (s.party.to_string(), s.post.clone())));
            }
            Fact::SubcaseAsked {
                frame, step, child, ..
            } => {
                self.children.push((*child, self.path(*frame, step)));
            }
            Fact::StepDone {
                frame,
                step,
                outcome,
                ..
            } => {
                let path = self.path(*frame, step);
                self.results.insert(path.clone(), outcome.to_string());
                self.values.insert(path, event.content.clone());
            }
            Fact::FrameEnded { frame, result } => {
                if let Some(path) = self.paths.get(frame) {
                    self.results.insert(path.clone(), result.to_string());
                }
            }
            _ => {}
        }
        self.events.push((at, event));
    }
}

/// The number a case of a scenario is known by; it ends with its number in the world.
fn number(code: &str, city: &str, now: Timestamp, id: u64) -> String {
    let day = crate::clock::civil(now).strftime("%Y%m%d");
    format!("{city}-{code}-{day}-{id:05}")
}
