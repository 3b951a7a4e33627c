//! An independent reading of language.md §6 and §7: a tree of sequences, each one place that moves. It knows no facts, instants or
//! people; it says which places are open and for whom, which limits run and which stand still, which steps ended how, which letters
//! and sub-cases were called off, and how the whole ended.

use super::flow::{Branch, Cond, Event, Flow, Join, Kind, Limit, Out, Seq, Step, Trigger, Way};
use std::collections::{BTreeMap, BTreeSet};

/// A running workflow.
pub struct Machine<'f> {
    flow: &'f Flow,
    root: Option<Run<'f>>,
    /// Branches and steps that go on beside the line.
    obligations: Vec<Run<'f>>,
    marks: BTreeSet<String>,
    received: BTreeSet<String>,
    /// Every step that ended with an outcome since the last move.
    pub log: Vec<(String, String)>,
    /// Addresses of the letters and sub-cases that nobody has waited for any more since the last move.
    pub called_off: Vec<String>,
    /// The state the case ended in.
    pub ended: Option<&'static str>,
    /// Letters and sub-cases so far, and those of them that came to their end by themselves.
    letters: usize,
    answered: BTreeSet<usize>,
}

/// A sequence that runs.
struct Run<'f> {
    seq: &'f Seq,
    /// Keys of the items around, such as `f3.东.`
    prefix: String,
    at: usize,
    inner: Inner<'f>,
    /// Only the step it stands at: an obligation from the start.
    single: bool,
    /// The number of the letter or sub-case that is open at its place.
    letter: Option<usize>,
    /// The way its region goes when it is done: the steps of an event that interrupts.
    then: Option<&'f Way>,
    /// The region whose inside it is: address, events, and what these have started.
    region: String,
    events: &'f [Event],
    /// Those of them that have happened and do so once only.
    happened: BTreeSet<String>,
    started: Vec<Run<'f>>,
}

/// What is open at the place.
enum Inner<'f> {
    /// A task, a wait, a letter or a sub-case.
    Leaf(Open),
    /// Closed until a mark is set.
    Closed,
    Body(Box<Run<'f>>),
    Parts(Vec<Part<'f>>),
    /// Stopped by an event whose steps run.
    Stopped,
}

/// What an open place waits for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Open {
    /// A person who does the step.
    Task,
    /// A second person, who agrees to this outcome or does not.
    Second(String),
    /// A message.
    Message,
    /// That the letter is received or refused.
    Receive,
    /// That the letter is answered.
    Answer,
    /// The end of a sub-case.
    Child,
}

/// A branch or an item.
struct Part<'f> {
    name: String,
    gives: &'f [String],
    run: Option<Run<'f>>,
    /// None while it runs; a skipped one has `skipped`.
    result: Option<String>,
}

/// How a sequence was left.
#[derive(Clone, Debug)]
enum Exit {
    Done,
    To(String),
    Leave(String),
    End(&'static str),
}

/// A move.
#[derive(Clone, Debug, PartialEq)]
pub enum Move {
    /// A person chooses an outcome of the task at an address.
    Choose(String),
    /// The second person agrees there, or returns it.
    Second(bool),
    /// The message comes for which the step at an address waits.
    Message,
    /// The letter of the step at an address is received, refused, or answered.
    Receive,
    Refuse,
    Answer,
    /// The sub-case of the step at an address has ended in this state.
    Child(&'static str),
    /// An event of the region at an address happens: its name.
    Event(String),
    /// The limit with this address passes.
    Pass,
}

/// What a move did to a sequence: nothing, as the place is not in it; or it moved, and was perhaps left.
type Moved = Option<Option<Exit>>;

impl<'f> Machine<'f> {
    pub fn start(flow: &'f Flow) -> Machine<'f> {
        let mut machine = Machine {
            flow,
            root: None,
            obligations: Vec::new(),
            marks: BTreeSet::new(),
            received: BTreeSet::new(),
            log: Vec::new(),
            called_off: Vec::new(),
            ended: None,
            letters: 0,
            answered: BTreeSet::new(),
        };
        let mut root = Run::new(&flow.root, "", "", &flow.events);
        let exit = machine.enter(&mut root, 0);
        machine.root = Some(root);
        machine.left(exit);
        machine.settle();
        machine
    }

    /// Open places: address, step, and what is waited for.
    pub fn open(&self) -> Vec<(String, &'f Step, Open)> {
        let mut out = Vec::new();
        for run in self.running() {
            if let (Inner::Leaf(open), Some(step)) = (&run.inner, run.step()) {
                out.push((run.address(step), step, open.clone()));
            }
        }
        out.sort_by(|a, b| (&a.0, &a.2).cmp(&(&b.0, &b.2)));
        out
    }

    /// Events that may happen because somebody wants it: region, event, and address.
    pub fn offers(&self) -> Vec<(String, &'f Event, String)> {
        let mut out = Vec::new();
        for run in self.running() {
            let may = |e: &&Event| {
                !matches!(e.trigger, Trigger::Limit(_)) && !run.happened.contains(&e.name)
            };
            for e in run.events.iter().filter(may) {
                out.push((run.region.clone(), e, format!("{}{}", run.prefix, e.name)));
            }
        }
        out
    }

    /// Limits that run, by address, each with whether it stands still.
    pub fn clocks(&self) -> BTreeMap<String, bool> {
        let mut out = BTreeMap::new();
        if let (Some(limit), Some(_)) = (&self.flow.limit, &self.root) {
            let pausing = self.running().iter().any(|r| r.pauses());
            out.insert(limit.name.clone(), pausing);
        }
        for run in self.running() {
            let Some(step) = run.step() else { continue };
            let address = run.address(step);
            match (&run.inner, &step.kind, &step.limit) {
                (Inner::Body(body), Kind::Group(_), Some(limit)) => {
                    let pausing = body.all().iter().any(|r| r.pauses());
                    out.insert(inside(&address, limit), pausing);
                }
                (Inner::Leaf(Open::Receive), Kind::Handoff(_, receive), _) => {
                    out.extend(receive.map(|_| (format!("{address}.receive"), false)));
                }
                (Inner::Leaf(_) | Inner::Body(_), _, Some(_)) => {
                    out.insert(address, false);
                }
                _ => {}
            }
        }
        out
    }

    fn running(&self) -> Vec<&Run<'f>> {
        let runs = self.root.iter().chain(&self.obligations);
        runs.flat_map(Run::all).collect()
    }

    /// Letters and sub-cases that are open, by number.
    fn open_letters(&self) -> BTreeMap<usize, String> {
        let all = self.running().into_iter();
        let open = all.filter_map(|r| Some((r.letter?, r.address(r.step()?))));
        open.collect()
    }

    /// True once nothing can happen any more.
    pub fn is_closed(&self) -> bool {
        self.root.is_none() && self.obligations.is_empty()
    }

    /// Makes a move at an address.
    pub fn make(&mut self, address: &str, what: &Move) {
        let before = self.open_letters();
        self.nothing();
        self.moved(address, what);
        let after = self.open_letters();
        let gone = before.into_iter().filter(|(no, _)| !after.contains_key(no));
        let gone = gone.filter(|(no, _)| !self.answered.contains(no));
        self.called_off = gone.map(|(_, address)| address).collect();
    }

    /// A move that changes nothing.
    pub fn nothing(&mut self) {
        self.log.clear();
        self.called_off.clear();
    }

    fn moved(&mut self, address: &str, what: &Move) {
        if let Some(mut root) = self.root.take() {
            let moved = self.within(&mut root, address, what);
            self.root = Some(root);
            if let Some(exit) = moved {
                self.left(exit);
                return self.settle();
            }
        }
        for n in 0..self.obligations.len() {
            let mut run = self.obligations.remove(n);
            match self.within(&mut run, address, what) {
                None => self.obligations.insert(n, run),
                Some(None) => return self.obligations.insert(n, run),
                // In an obligation leave and end end only itself.
                Some(Some(_)) => return,
            }
        }
        panic!("no place {address} for {what:?}");
    }

    /// A message nobody waits for yet is kept.
    pub fn keep(&mut self, name: &str) {
        self.nothing();
        self.received.insert(name.to_owned());
    }

    /// What becomes of the case when its line was left.
    fn left(&mut self, exit: Option<Exit>) {
        let Some(exit) = exit else { return };
        let Exit::End(state) = exit else {
            panic!("the line was left by {exit:?}")
        };
        self.root = None;
        self.ended = Some(state);
        if !state.starts_with("completed") {
            self.obligations.clear();
        }
    }

    /// Opens what a mark has opened, and lets go what can no longer open, until nothing moves.
    fn settle(&mut self) {
        while let Some(mut root) = self.root.take() {
            let hopeless: BTreeSet<&str> = root
                .closed()
                .into_iter()
                .filter(|m| !root.sets(m))
                .collect();
            let moved = self.reopen(&mut root, &hopeless);
            self.root = Some(root);
            match moved {
                Some(exit) => self.left(exit),
                None => return,
            }
        }
    }

    fn reopen(&mut self, run: &mut Run<'f>, hopeless: &BTreeSet<&str>) -> Moved {
        let step = run.seq.steps.get(run.at)?;
        match &mut run.inner {
            Inner::Leaf(_) | Inner::Stopped => None,
            Inner::Closed => {
                let mark = step.needs.as_deref()?;
                match (self.marks.contains(mark), hopeless.contains(mark)) {
                    (true, _) => Some(self.begin(run, step)),
                    (false, true) => Some(self.finish(run, "missed")),
                    (false, false) => None,
                }
            }
            Inner::Body(_) => {
                let mut body = run.take_body()?;
                let moved = self.reopen(&mut body, hopeless);
                run.inner = Inner::Body(body);
                moved.map(|exit| self.body_left(run, exit))
            }
            Inner::Parts(parts) => {
                for n in 0..parts.len() {
                    let Some(mut inside) = run.take_part(n) else {
                        continue;
                    };
                    let moved = self.reopen(&mut inside, hopeless);
                    run.put_part(n, inside);
                    if let Some(exit) = moved {
                        return Some(self.part_left(run, n, exit));
                    }
                }
                None
            }
        }
    }

    fn within(&mut self, run: &mut Run<'f>, address: &str, what: &Move) -> Moved {
        if let Some(event) = run.events.iter().find(|e| run.sets_off(e, address, what)) {
            return Some(self.caused(run, event));
        }
        for n in 0..run.started.len() {
            let mut beside = run.started.remove(n);
            match self.within(&mut beside, address, what) {
                None => run.started.insert(n, beside),
                Some(None) => {
                    run.started.insert(n, beside);
                    return Some(None);
                }
                Some(Some(Exit::Done)) => return Some(beside.then.map(Exit::by)),
                // A leave or end among them takes the region with it.
                Some(Some(exit)) => return Some(Some(exit)),
            }
        }
        let step = run.seq.steps.get(run.at)?;
        let here = run.address(step) == address;
        if here && *what == Move::Pass && matches!(run.inner, Inner::Leaf(_) | Inner::Body(_)) {
            return Some(self.finish(run, "overdue"));
        }
        match &mut run.inner {
            Inner::Closed | Inner::Stopped => None,
            Inner::Leaf(_) if !here => None,
            Inner::Leaf(open) => {
                let (open, next) = (open.clone(), &mut run.inner);
                match (open, what) {
                    (Open::Task, Move::Choose(name)) if step.out(name)?.second => {
                        *next = Inner::Leaf(Open::Second(name.clone()));
                    }
                    (Open::Task, Move::Choose(name)) => return Some(self.finish(run, name)),
                    (Open::Second(name), Move::Second(true)) => {
                        return Some(self.finish(run, &name));
                    }
                    (Open::Second(_), Move::Second(false)) => *next = Inner::Leaf(Open::Task),
                    (Open::Message, Move::Message) => {
                        self.received.insert(step.id.clone());
                        return Some(self.finish(run, "done"));
                    }
                    (Open::Receive, Move::Refuse) => return Some(self.finish(run, "refused")),
                    (Open::Receive, Move::Receive) => match &step.kind {
                        Kind::Handoff(Some(body), _) => {
                            let region = run.address(step);
                            return Some(self.go_in(run, body, &region, &step.events));
                        }
                        _ => *next = Inner::Leaf(Open::Answer),
                    },
                    (Open::Answer, Move::Answer) => return Some(self.finish(run, "done")),
                    (Open::Child, Move::Child(state)) => return Some(self.finish(run, state)),
                    _ => return None,
                }
                Some(None)
            }
            Inner::Body(_) => {
                let mut body = run.take_body()?;
                let moved = self.within(&mut body, address, what);
                run.inner = Inner::Body(body);
                moved.map(|exit| self.body_left(run, exit))
            }
            Inner::Parts(parts) => {
                for n in 0..parts.len() {
                    let Some(mut inside) = run.take_part(n) else {
                        continue;
                    };
                    let moved = self.within(&mut inside, address, what);
                    run.put_part(n, inside);
                    if let Some(exit) = moved {
                        return Some(self.part_left(run, n, exit));
                    }
                }
                None
            }
        }
    }

    /// An event: with a way it interrupts the region, without one its steps run beside.
    fn caused(&mut self, run: &mut Run<'f>, event: &'f Event) -> Option<Exit> {
        let Some(body) = &event.body else {
            return event.way.as_ref().map(Exit::by);
        };
        if event.way.is_some() {
            run.happened.insert(event.name.clone());
            (run.inner, run.letter) = (Inner::Stopped, None);
        }
        let mut beside = Run::new(body, &run.prefix, "-", &[]);
        beside.then = event.way.as_ref();
        let exit = self.enter(&mut beside, 0);
        run.started.push(beside);
        exit
    }

    /// The place of a sequence moves to a step and on from there, until something waits.
    fn enter(&mut self, run: &mut Run<'f>, at: usize) -> Option<Exit> {
        (run.at, run.letter) = (at, None);
        let Some(step) = run.seq.steps.get(at) else {
            return Some(Exit::Done);
        };
        if step.only_if.as_ref().is_some_and(|c| !self.holds(c)) {
            return self.enter(run, at + 1);
        }
        if step.beside {
            let mut beside = Run::new(run.seq, &run.prefix, "-", &[]);
            (beside.at, beside.single) = (at, true);
            if self.begin(&mut beside, step).is_none() {
                self.obligations.push(beside);
            }
            return self.enter(run, at + 1);
        }
        if step.needs.as_ref().is_some_and(|m| !self.marks.contains(m)) {
            run.inner = Inner::Closed;
            return None;
        }
        self.begin(run, step)
    }

    fn begin(&mut self, run: &mut Run<'f>, step: &'f Step) -> Option<Exit> {
        let region = run.address(step);
        match &step.kind {
            Kind::Task => run.inner = Inner::Leaf(Open::Task),
            Kind::Wait if self.received.contains(&step.id) => return self.finish(run, "done"),
            Kind::Wait => run.inner = Inner::Leaf(Open::Message),
            Kind::Handoff(..) => {
                (run.inner, run.letter) = (Inner::Leaf(Open::Receive), self.sent())
            }
            Kind::Subcase => (run.inner, run.letter) = (Inner::Leaf(Open::Child), self.sent()),
            Kind::Choice(rows) => {
                let row = rows
                    .iter()
                    .position(|c| self.holds(c))
                    .unwrap_or(rows.len());
                let way = &step.outcomes.get(row)?.way;
                return self.go(run, way);
            }
            Kind::End(state) => return Some(Exit::End(state)),
            Kind::Group(body) => return self.go_in(run, body, &region, &step.events),
            Kind::Parallel(branches, ..) => {
                let parts = branches
                    .iter()
                    .map(|b| self.branch(b, &run.prefix, &region))
                    .collect();
                run.inner = Inner::Parts(parts);
                return self.joined(run);
            }
            Kind::Each {
                list, gives, body, ..
            } => {
                let keys = self.flow.lists.get(*list)?;
                let item = |key: &String| {
                    let region = format!("{region}.{key}");
                    let run = Run::new(body, &format!("{region}."), &region, &step.events);
                    Part {
                        name: key.clone(),
                        gives,
                        run: Some(run),
                        result: None,
                    }
                };
                let mut parts: Vec<Part<'f>> = keys.iter().map(item).collect();
                for part in &mut parts {
                    let exit = part.run.as_mut().and_then(|r| self.enter(r, 0));
                    assert!(exit.is_none(), "items begin with a task");
                }
                run.inner = Inner::Parts(parts);
                return self.joined(run);
            }
        }
        None
    }

    fn sent(&mut self) -> Option<usize> {
        self.letters += 1;
        Some(self.letters)
    }

    fn go_in(
        &mut self,
        run: &mut Run<'f>,
        body: &'f Seq,
        region: &str,
        events: &'f [Event],
    ) -> Option<Exit> {
        let mut inside = Run::new(body, &run.prefix, region, events);
        let exit = self.enter(&mut inside, 0);
        run.inner = Inner::Body(Box::new(inside));
        self.body_left(run, exit)
    }

    fn branch(&mut self, branch: &'f Branch, prefix: &str, region: &str) -> Part<'f> {
        let part = |run, result| Part {
            name: branch.name.clone(),
            gives: &branch.gives,
            run,
            result,
        };
        if branch.only_if.as_ref().is_some_and(|c| !self.holds(c)) {
            return part(None, Some("skipped".to_owned()));
        }
        let mut run = Run::new(
            &branch.body,
            prefix,
            &format!("{region}.{}", branch.name),
            &branch.events,
        );
        let exit = self.enter(&mut run, 0);
        assert!(exit.is_none(), "branches begin with a task");
        part(Some(run), None)
    }

    fn body_left(&mut self, run: &mut Run<'f>, exit: Option<Exit>) -> Option<Exit> {
        let step = run.seq.steps.get(run.at)?;
        match exit? {
            Exit::Done => self.finish(run, "done"),
            Exit::Leave(name) if step.out(&name).is_some() => self.finish(run, &name),
            exit => self.outward(run, exit),
        }
    }

    fn part_left(&mut self, run: &mut Run<'f>, n: usize, exit: Option<Exit>) -> Option<Exit> {
        let step = run.seq.steps.get(run.at)?;
        let exit = exit?;
        let Inner::Parts(parts) = &mut run.inner else {
            return None;
        };
        let part = parts.get_mut(n)?;
        let result = match exit {
            Exit::Done => "done".to_owned(),
            Exit::Leave(name) if part.gives.contains(&name) => name,
            Exit::Leave(name) if step.out(&name).is_some() => return self.finish(run, &name),
            exit => return self.outward(run, exit),
        };
        (part.run, part.result) = (None, Some(result));
        self.joined(run)
    }

    /// What leads out of a group leads to a step of this sequence, or further out.
    fn outward(&mut self, run: &mut Run<'f>, exit: Exit) -> Option<Exit> {
        match &exit {
            Exit::To(id) => match run.seq.position(id) {
                Some(at) => self.enter(run, at),
                None => Some(exit),
            },
            _ => Some(exit),
        }
    }

    /// Joins the branches once their rule is met, or cannot be any more.
    fn joined(&mut self, run: &mut Run<'f>) -> Option<Exit> {
        let step = run.seq.steps.get(run.at)?;
        let (Kind::Parallel(_, join, counts) | Kind::Each { join, counts, .. }) = &step.kind else {
            return None;
        };
        let Inner::Parts(parts) = &run.inner else {
            return None;
        };
        match rule(join, counts, parts) {
            None => None,
            Some(outcome) => {
                if step.out(outcome).is_some_and(|o| o.rest)
                    && let Inner::Parts(parts) = &mut run.inner
                {
                    self.obligations
                        .extend(parts.drain(..).filter_map(|p| p.run));
                }
                self.finish(run, outcome)
            }
        }
    }

    fn finish(&mut self, run: &mut Run<'f>, outcome: &str) -> Option<Exit> {
        let step = run.step()?;
        self.log.push((run.address(step), outcome.to_owned()));
        // Who is late is told that nobody waits any more.
        if outcome != "overdue" {
            self.answered.extend(run.letter);
        }
        let Some(out) = step.out(outcome).or_else(|| step.otherwise()) else {
            return self.go(run, &Way::Next);
        };
        self.marks.extend(out.mark.clone());
        self.go(run, &out.way)
    }

    fn go(&mut self, run: &mut Run<'f>, way: &Way) -> Option<Exit> {
        match way {
            _ if run.single => Some(Exit::Done),
            Way::Next => self.enter(run, run.at + 1),
            Way::Go(id) | Way::BackTo(id) => self.outward(run, Exit::To(id.clone())),
            Way::Leave(_) | Way::End(_) => Some(Exit::by(way)),
        }
    }

    fn holds(&self, cond: &Cond) -> bool {
        self.flow.numbers[cond.field] < cond.below
    }
}

impl Seq {
    fn position(&self, id: &str) -> Option<usize> {
        self.steps.iter().position(|s| s.id == id)
    }
}

impl Step {
    fn out(&self, name: &str) -> Option<&Out> {
        self.outcomes.iter().find(|o| o.name == name)
    }

    /// How a sub-case goes on that ended in a state nobody named.
    fn otherwise(&self) -> Option<&Out> {
        self.out("else")
            .filter(|_| matches!(self.kind, Kind::Subcase))
    }
}

impl Exit {
    /// By a way that leads out.
    fn by(way: &Way) -> Exit {
        match way {
            Way::Leave(name) => Exit::Leave(name.clone()),
            Way::End(state) => Exit::End(state),
            Way::Next | Way::Go(_) | Way::BackTo(_) => panic!("{way:?} leads nowhere out"),
        }
    }
}

/// The address of a limit of a region; the whole has none.
fn inside(region: &str, limit: &Limit) -> String {
    match region {
        "" => limit.name.clone(),
        region => format!("{region}.{}", limit.name),
    }
}

/// The outcome of a join, once there is one.
fn rule(join: &Join, counts: &[String], parts: &[Part<'_>]) -> Option<&'static str> {
    let taking: Vec<&Part<'_>> = parts
        .iter()
        .filter(|p| p.result.as_deref() != Some("skipped"))
        .collect();
    let good = |result: &str| result == "done" || counts.iter().any(|c| c == result);
    let done = taking
        .iter()
        .filter(|p| p.result.as_deref().is_some_and(good))
        .count();
    let open = taking.iter().filter(|p| p.result.is_none()).count();
    let needed = match join {
        _ if taking.is_empty() => 0,
        Join::All => return (open == 0).then_some("done"),
        Join::Any => 1,
        Join::Number(n) => *n,
        Join::MoreThanHalf => taking.len() / 2 + 1,
        Join::Branches(names) => {
            let named = || taking.iter().filter(|p| names.contains(&p.name));
            let missed = named().any(|p| p.result.as_deref().is_some_and(|r| !good(r)));
            let all = named().all(|p| p.result.is_some());
            return if missed {
                Some("unmet")
            } else {
                all.then_some("done")
            };
        }
    };
    match () {
        () if done >= needed => Some("done"),
        () if done + open < needed => Some("unmet"),
        () => None,
    }
}

impl<'f> Run<'f> {
    fn new(seq: &'f Seq, prefix: &str, region: &str, events: &'f [Event]) -> Run<'f> {
        Run {
            seq,
            prefix: prefix.to_owned(),
            at: 0,
            inner: Inner::Stopped,
            single: false,
            letter: None,
            then: None,
            region: region.to_owned(),
            events,
            happened: BTreeSet::new(),
            started: Vec::new(),
        }
    }

    fn step(&self) -> Option<&'f Step> {
        self.seq.steps.get(self.at)
    }

    fn address(&self, step: &Step) -> String {
        format!("{}{}", self.prefix, step.id)
    }

    /// What is open at its place makes the limits around stand still.
    fn pauses(&self) -> bool {
        let open = matches!(
            self.inner,
            Inner::Leaf(_) | Inner::Body(_) | Inner::Parts(_)
        );
        open && self.step().is_some_and(|s| s.pauses)
    }

    /// Whether a move sets off an event of this region.
    fn sets_off(&self, event: &Event, address: &str, what: &Move) -> bool {
        match (what, &event.trigger) {
            (Move::Event(name), _) => self.region == address && event.name == *name,
            (Move::Pass, Trigger::Limit(limit)) => {
                let limit = format!("{}.{limit}", self.region);
                limit.trim_start_matches('.') == address
            }
            _ => false,
        }
    }

    fn take_body(&mut self) -> Option<Box<Run<'f>>> {
        match std::mem::replace(&mut self.inner, Inner::Closed) {
            Inner::Body(body) => Some(body),
            other => {
                self.inner = other;
                None
            }
        }
    }

    fn take_part(&mut self, n: usize) -> Option<Run<'f>> {
        let Inner::Parts(parts) = &mut self.inner else {
            return None;
        };
        parts.get_mut(n)?.run.take()
    }

    fn put_part(&mut self, n: usize, run: Run<'f>) {
        if let Inner::Parts(parts) = &mut self.inner {
            parts[n].run = Some(run);
        }
    }

    /// The sequences inside, this one first.
    fn all(&self) -> Vec<&Run<'f>> {
        let inside: Vec<&Run<'f>> = match &self.inner {
            Inner::Body(body) => vec![body],
            Inner::Parts(parts) => parts.iter().filter_map(|p| p.run.as_ref()).collect(),
            Inner::Leaf(_) | Inner::Closed | Inner::Stopped => Vec::new(),
        };
        let inside = inside.into_iter().chain(&self.started).flat_map(Run::all);
        std::iter::once(self).chain(inside).collect()
    }

    /// Marks that closed steps wait for.
    fn closed(&self) -> Vec<&'f str> {
        let closed = self
            .all()
            .into_iter()
            .filter(|r| matches!(r.inner, Inner::Closed));
        closed
            .filter_map(|r| r.seq.steps.get(r.at)?.needs.as_deref())
            .collect()
    }

    /// Some sequence that still runs has a step that sets the mark.
    fn sets(&self, mark: &str) -> bool {
        let mut steps = self.all().into_iter().flat_map(|r| &r.seq.steps);
        steps.any(|s| s.outcomes.iter().any(|o| o.mark.as_deref() == Some(mark)))
    }
}
