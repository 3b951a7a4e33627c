//! An independent reading of language.md §6 and §7: a tree of sequences, each one place that moves. It knows no facts, instants or
//! people; it says which places are open and for whom, which limits run and which stand still, which steps ended how, which letters
//! and sub-cases were called off, and how the whole ended.

use super::flow::{Branch, Cond, Event, Flow, Kind, Seq, Step, Way};
use super::run::{Inner, Part, Run, Turn, rule};
use std::collections::{BTreeMap, BTreeSet};

/// A running workflow.
pub struct Machine<'f> {
    pub(super) flow: &'f Flow,
    pub(super) root: Option<Run<'f>>,
    /// Branches and steps that go on beside the line.
    pub(super) obligations: Vec<Run<'f>>,
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
    /// That it is the turn of this case.
    Turn,
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
    /// That sub-case is suspended, or goes on.
    Suspend(bool),
    /// The turn of the group at an address has come.
    Turn,
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
        machine.settle_turns();
        machine
    }

    pub(super) fn running(&self) -> Vec<&Run<'f>> {
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
        self.settle_turns();
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
            Inner::Leaf(_) | Inner::Queued | Inner::Stopped => None,
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
        if here && *what == Move::Turn {
            return Some(self.turn(run, step));
        }
        match &mut run.inner {
            Inner::Closed | Inner::Queued | Inner::Stopped => None,
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
                    (Open::Child, Move::Suspend(suspended)) => run.suspended = *suspended,
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
            run.leave();
            run.inner = Inner::Stopped;
        }
        let mut beside = Run::new(body, &run.prefix, "-", &[]);
        beside.then = event.way.as_ref();
        let exit = self.enter(&mut beside, 0);
        run.started.push(beside);
        exit
    }

    /// The place of a sequence moves to a step and on from there, until something waits.
    fn enter(&mut self, run: &mut Run<'f>, at: usize) -> Option<Exit> {
        run.leave();
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
            Kind::Group(_, true) => (run.inner, run.turn) = (Inner::Queued, Some(Turn::Asked)),
            Kind::Group(body, false) => return self.go_in(run, body, &region, &step.events),
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

    /// Its turn has come: the group opens, or goes on.
    fn turn(&mut self, run: &mut Run<'f>, step: &'f Step) -> Option<Exit> {
        run.turn = Some(Turn::Has);
        match (&run.inner, &step.kind) {
            (Inner::Queued, Kind::Group(body, _)) => {
                let region = run.address(step);
                self.go_in(run, body, &region, &step.events)
            }
            _ => None,
        }
    }

    /// Who stands still lets others in, and asks again when it goes on.
    fn settle_turns(&mut self) {
        let whole = self.root.as_ref().is_some_and(Run::stands_still);
        for run in self.root.iter_mut().chain(&mut self.obligations) {
            run.settle_turns(whole);
        }
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
