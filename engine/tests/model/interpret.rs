//! An independent reading of language.md §6: a tree of sequences, each one place that moves. It knows no events, clocks or people;
//! it says which places are open, which steps ended how, and how the whole ended.

use super::flow::{Branch, Cond, Event, Flow, Join, Kind, Seq, Step, Way};
use std::collections::BTreeSet;

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
    /// The state the case ended in.
    pub ended: Option<&'static str>,
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
    /// The region whose inside it is: address, events, and what these have started.
    region: String,
    events: &'f [Event],
    started: Vec<Run<'f>>,
}

/// What is open at the place.
enum Inner<'f> {
    /// A task or a wait; a task may be held until a second person agrees to this outcome.
    Leaf(Option<String>),
    /// Closed until a mark is set.
    Closed,
    Body(Box<Run<'f>>),
    Parts(Vec<Part<'f>>),
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
    /// An act on the region at an address: the name of its event.
    Act(String),
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
            ended: None,
        };
        let mut root = Run::new(&flow.root, "", "", &flow.events);
        let exit = machine.enter(&mut root, 0);
        machine.root = Some(root);
        machine.left(exit);
        machine.settle();
        machine
    }

    /// Open places: address, step, and whether a second person is waited for.
    pub fn open(&self) -> Vec<(String, &'f Step, bool)> {
        let mut out = Vec::new();
        for run in self.root.iter().chain(&self.obligations) {
            run.open(&mut out);
        }
        out.sort_by(|a, b| (&a.0, a.2).cmp(&(&b.0, b.2)));
        out
    }

    /// Acts that are offered: region, name, and address.
    pub fn acts(&self) -> Vec<(String, String, String)> {
        let mut out = Vec::new();
        for run in self.root.iter().chain(&self.obligations) {
            run.acts(&mut out);
        }
        out
    }

    /// True once nothing can happen any more.
    pub fn is_closed(&self) -> bool {
        self.root.is_none() && self.obligations.is_empty()
    }

    /// Makes a move at an address.
    pub fn make(&mut self, address: &str, what: &Move) {
        self.log.clear();
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
        self.log.clear();
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
            Inner::Leaf(_) => None,
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
        if let Move::Act(name) = what
            && run.region == address
            && let Some(event) = run.events.iter().find(|e| e.name == *name)
        {
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
                Some(Some(Exit::Done)) => return Some(None),
                // A leave or end among them takes the region with it.
                Some(Some(exit)) => return Some(Some(exit)),
            }
        }
        let step = run.seq.steps.get(run.at)?;
        match &mut run.inner {
            Inner::Closed => None,
            Inner::Leaf(second) => {
                if format!("{}{}", run.prefix, step.id) != address {
                    return None;
                }
                match (what, second.take()) {
                    (Move::Choose(name), None) if step.out(name)?.second => {
                        run.inner = Inner::Leaf(Some(name.clone()));
                        Some(None)
                    }
                    (Move::Choose(name), None) => Some(self.finish(run, name)),
                    (Move::Second(true), Some(name)) => Some(self.finish(run, &name)),
                    (Move::Second(false), Some(_)) => Some(None),
                    (Move::Message, None) => {
                        self.received.insert(step.id.clone());
                        Some(self.finish(run, "done"))
                    }
                    (_, second) => {
                        run.inner = Inner::Leaf(second);
                        None
                    }
                }
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

    /// An act: with a way it interrupts the region, without one its steps run beside.
    fn caused(&mut self, run: &mut Run<'f>, event: &'f Event) -> Option<Exit> {
        match (&event.way, &event.body) {
            (Some(Way::Leave(name)), _) => Some(Exit::Leave(name.clone())),
            (Some(Way::End(state)), _) => Some(Exit::End(state)),
            (_, Some(body)) => {
                let mut beside = Run::new(body, &run.prefix, "-", &[]);
                let exit = self.enter(&mut beside, 0);
                run.started.push(beside);
                exit
            }
            other => panic!("{other:?}"),
        }
    }

    /// The place of a sequence moves to a step and on from there, until something waits.
    fn enter(&mut self, run: &mut Run<'f>, at: usize) -> Option<Exit> {
        run.at = at;
        let Some(step) = run.seq.steps.get(at) else {
            return Some(Exit::Done);
        };
        if step.only_if.as_ref().is_some_and(|c| !self.holds(c)) {
            return self.enter(run, at + 1);
        }
        if step.beside {
            let mut beside = Run::new(run.seq, &run.prefix, "-", &[]);
            (beside.at, beside.single) = (at, true);
            self.obligations.push(beside);
            return self.enter(run, at + 1);
        }
        if step.needs.as_ref().is_some_and(|m| !self.marks.contains(m)) {
            run.inner = Inner::Closed;
            return None;
        }
        self.begin(run, step)
    }

    fn begin(&mut self, run: &mut Run<'f>, step: &'f Step) -> Option<Exit> {
        let region = format!("{}{}", run.prefix, step.id);
        match &step.kind {
            Kind::Task => run.inner = Inner::Leaf(None),
            Kind::Wait if self.received.contains(&step.id) => return self.finish(run, "done"),
            Kind::Wait => run.inner = Inner::Leaf(None),
            Kind::Choice(rows) => {
                let row = rows
                    .iter()
                    .position(|c| self.holds(c))
                    .unwrap_or(rows.len());
                let way = &step.outcomes.get(row)?.way;
                return self.go(run, way);
            }
            Kind::End(state) => return Some(Exit::End(state)),
            Kind::Group(body) => {
                let mut inside = Run::new(body, &run.prefix, &region, &step.events);
                let exit = self.enter(&mut inside, 0);
                run.inner = Inner::Body(Box::new(inside));
                return self.body_left(run, exit);
            }
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
        let step = run.seq.steps.get(run.at)?;
        self.log
            .push((format!("{}{}", run.prefix, step.id), outcome.to_owned()));
        let Some(out) = step.out(outcome) else {
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
            Way::Leave(name) => Some(Exit::Leave(name.clone())),
            Way::End(state) => Some(Exit::End(state)),
        }
    }

    fn holds(&self, cond: &Cond) -> bool {
        self.flow.numbers[cond.field] < cond.below
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
            inner: Inner::Leaf(None),
            single: false,
            region: region.to_owned(),
            events,
            started: Vec::new(),
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
            Inner::Leaf(_) | Inner::Closed => Vec::new(),
        };
        let inside = inside.into_iter().chain(&self.started).flat_map(Run::all);
        std::iter::once(self).chain(inside).collect()
    }

    fn open(&self, out: &mut Vec<(String, &'f Step, bool)>) {
        for run in self.all() {
            if let (Inner::Leaf(second), Some(step)) = (&run.inner, run.seq.steps.get(run.at)) {
                out.push((format!("{}{}", run.prefix, step.id), step, second.is_some()));
            }
        }
    }

    fn acts(&self, out: &mut Vec<(String, String, String)>) {
        for run in self.all() {
            let named = |e: &Event| {
                (
                    run.region.clone(),
                    e.name.clone(),
                    format!("{}{}", run.prefix, e.name),
                )
            };
            out.extend(run.events.iter().map(named));
        }
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
