//! Makes random workflows that are sound by construction: the first outcome of every task goes on, every circle holds a task.

use super::flow::{Cond, Event, Flow, Kind, Limit, Out, Seq, Step, Trigger, Way};

/// A small repeatable source of chance (SplitMix64).
pub struct Chance(pub u64);

impl Chance {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `n`.
    pub fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() % n.max(1) as u64).unwrap()
    }

    /// True once in `n` times.
    pub fn once_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        let at = self.below(of.len());
        of.get(at)
    }
}

/// How long things may take: by the clock, in working time, in days.
const LENGTHS: [&str; 6] = ["30m", "4h", "1wd", "3wd", "2d", "10d"];

/// Random workflow number `seed`.
pub fn flow(seed: u64) -> Flow {
    let mut maker = Maker {
        chance: Chance(seed),
        names: 0,
        flow: Flow::default(),
    };
    let numbers = (0..3)
        .map(|_| i64::try_from(maker.chance.below(6)).unwrap())
        .collect();
    maker.flow.numbers = numbers;
    let around = Around {
        obligation: false,
        items: false,
        results: Vec::new(),
        alone: false,
        earlier: Vec::new(),
    };
    let length = 2 + maker.chance.below(5);
    let mut root = maker.seq(length, 3, &around, true).0;
    root.steps.push(Step {
        kind: Kind::End("completed"),
        ..plain(maker.name("e"))
    });
    let event = maker.standstill(&root);
    maker.flow.root = root;
    // Somebody can always end a case that waits on others.
    let name = maker.name("act");
    maker
        .flow
        .events
        .push(act(name, Trigger::Act, Way::End("withdrawn")));
    maker.flow.events.extend(event);
    if maker.chance.once_in(3) {
        let event = maker.beside_event(&[]);
        maker.flow.events.push(event);
    }
    if maker.chance.once_in(3) {
        let event = maker.interrupt(Way::End("refused"), false);
        maker.flow.events.push(event);
    }
    if maker.chance.once_in(3) {
        let (limit, event) = maker.limited(Way::End("closed"));
        maker.flow.limit = Some(limit);
        maker.flow.events.push(event);
    }
    maker.flow
}

/// What an outcome may lead to besides the steps of its own sequence.
#[derive(Clone)]
pub(super) struct Around {
    /// Inside a branch that may go on as an obligation: nothing leads out of it by name.
    pub(super) obligation: bool,
    /// Inside the items of a list: a message would have to say which.
    pub(super) items: bool,
    /// Results some group around lists.
    pub(super) results: Vec<String>,
    /// Inside a group that one case at a time may be in: it holds no other.
    pub(super) alone: bool,
    /// Steps of enclosing sequences one may return to.
    pub(super) earlier: Vec<String>,
}

pub(super) struct Maker {
    pub(super) chance: Chance,
    names: usize,
    pub(super) flow: Flow,
}

pub(super) fn plain(id: String) -> Step {
    Step {
        id,
        kind: Kind::Task,
        outcomes: Vec::new(),
        only_if: None,
        needs: None,
        beside: false,
        events: Vec::new(),
        limit: None,
        pauses: false,
    }
}

/// An event that goes its way at once.
fn act(name: String, trigger: Trigger, way: Way) -> Event {
    Event {
        name,
        trigger,
        way: Some(way),
        body: None,
    }
}

pub(super) fn out(name: &str, way: Way) -> Out {
    Out {
        name: name.to_owned(),
        way,
        mark: None,
        second: false,
        rest: false,
    }
}

impl Maker {
    pub(super) fn name(&mut self, letter: &str) -> String {
        self.names += 1;
        format!("{letter}{}", self.names)
    }

    pub(super) fn cond(&mut self) -> Cond {
        Cond {
            field: self.chance.below(3),
            below: i64::try_from(self.chance.below(6)).unwrap(),
        }
    }

    /// A sequence that begins with a task, and the results its outcomes leave with.
    pub(super) fn seq(
        &mut self,
        length: usize,
        depth: usize,
        around: &Around,
        root: bool,
    ) -> (Seq, Vec<String>) {
        let mut seq = Seq::default();
        let mut left = Vec::new();
        let mut back = Vec::new();
        for n in 0..length.max(1) {
            let inside = Around {
                earlier: [around.earlier.clone(), back.clone()].concat(),
                ..around.clone()
            };
            let kind = if n == 0 { 0 } else { self.chance.below(13) };
            let (step, results) = match kind {
                0..=2 => self.task(&inside, &back),
                3 if !around.items => self.wait(&inside),
                10 => self.handoff(depth, &inside),
                11 => self.subcase(&inside),
                4 => (self.choice(), Vec::new()),
                5 | 6 if depth > 0 => self.group(depth, &inside),
                7 if depth > 0 => self.each(depth, &inside),
                8 if depth > 0 && root => (self.needing(), Vec::new()),
                9 if root && self.chance.once_in(2) => (self.obligation(), Vec::new()),
                12 if depth > 0 && root && self.chance.once_in(2) => (self.queueing(), Vec::new()),
                _ if depth > 0 => self.parallel(depth, &inside, root),
                _ => self.task(&inside, &back),
            };
            left.extend(results);
            // One does not return past a branch that goes on beside the line.
            if step.beside || step.outcomes.iter().any(|o| o.rest) {
                back.clear();
            } else {
                back.push(step.id.clone());
            }
            seq.steps.push(step);
        }
        self.forward(&mut seq);
        (seq, left)
    }

    /// Some choices and tasks jump ahead; all that is jumped over can still be reached by its neighbour.
    fn forward(&mut self, seq: &mut Seq) {
        let ids: Vec<(String, bool)> = seq.steps.iter().map(|s| (s.id.clone(), s.beside)).collect();
        for (at, step) in seq.steps.iter_mut().enumerate() {
            let ahead: Vec<&String> = ids.iter().skip(at + 1).map(|(id, _)| id).collect();
            for o in &mut step.outcomes {
                if o.way == Way::Go(String::new()) {
                    o.way = self
                        .chance
                        .pick(&ahead)
                        .map_or(Way::Next, |id| Way::Go((*id).clone()));
                }
            }
        }
    }

    fn task(&mut self, around: &Around, back: &[String]) -> (Step, Vec<String>) {
        let mut step = plain(self.name("t"));
        let mut left = Vec::new();
        step.outcomes.push(out("通过", Way::Next));
        for name in ["甲", "乙"].into_iter().take(self.chance.below(3)) {
            let way = match self.chance.below(6) {
                0 => Way::Go(String::new()),
                1 => {
                    let own = [back.to_vec(), vec![step.id.clone()]].concat();
                    let all = if around.obligation {
                        own
                    } else {
                        [around.earlier.clone(), own].concat()
                    };
                    Way::BackTo(self.chance.pick(&all).unwrap().clone())
                }
                2 | 3 if !around.results.is_empty() => {
                    let name = self.chance.pick(&around.results).unwrap().clone();
                    left.push(name.clone());
                    Way::Leave(name)
                }
                4 if self.chance.once_in(3) => {
                    Way::End(["completed", "refused", "closed"][self.chance.below(3)])
                }
                _ => Way::Next,
            };
            step.outcomes.push(out(name, way));
        }
        if self.chance.once_in(4) {
            let at = self.chance.below(step.outcomes.len());
            step.outcomes[at].second = true;
        }
        self.timed(&mut step, around, &mut left);
        (step, left)
    }

    fn wait(&mut self, around: &Around) -> (Step, Vec<String>) {
        let (mut step, mut left) = (plain(self.name("w")), Vec::new());
        step.kind = Kind::Wait;
        self.timed(&mut step, around, &mut left);
        if !step.outcomes.is_empty() {
            step.outcomes.push(out("done", Way::Next));
        }
        (step, left)
    }

    /// A letter; its own steps lead nowhere but to its end.
    fn handoff(&mut self, depth: usize, around: &Around) -> (Step, Vec<String>) {
        let (mut step, mut left) = (plain(self.name("h")), Vec::new());
        let own = self.name("出");
        let receive = self.chance.once_in(2).then_some("4h");
        let mut body = None;
        step.outcomes.push(out("done", Way::Next));
        if depth > 0 && self.chance.once_in(2) {
            let inside = Around {
                obligation: true,
                items: around.items,
                results: vec![own.clone()],
                alone: around.alone,
                earlier: Vec::new(),
            };
            let length = 1 + self.chance.below(2);
            let (steps, mut inner) = self.seq(length, depth - 1, &inside, false);
            self.listed(&mut step, &own, &mut inner);
            body = Some(steps);
        }
        step.kind = Kind::Handoff(body, receive);
        let way = self.onward(around, &mut left);
        step.outcomes.push(out("refused", way));
        self.timed(&mut step, around, &mut left);
        (step, left)
    }

    fn subcase(&mut self, around: &Around) -> (Step, Vec<String>) {
        let (mut step, mut left) = (plain(self.name("s")), Vec::new());
        step.kind = Kind::Subcase;
        step.outcomes.push(out("completed", Way::Next));
        for name in ["refused", "else"] {
            if name == "else" || self.chance.once_in(2) {
                let way = self.onward(around, &mut left);
                step.outcomes.push(out(name, way));
            }
        }
        self.timed(&mut step, around, &mut left);
        (step, left)
    }

    /// A way that does not go back.
    fn onward(&mut self, around: &Around, left: &mut Vec<String>) -> Way {
        match self.chance.below(6) {
            0 => Way::Go(String::new()),
            1 | 2 if !around.results.is_empty() => {
                let name = self.chance.pick(&around.results).unwrap().clone();
                left.push(name.clone());
                Way::Leave(name)
            }
            3 if self.chance.once_in(3) => Way::End("closed"),
            _ => Way::Next,
        }
    }

    /// Some steps have a limit with `overdue`, some let the limits around stand still.
    fn timed(&mut self, step: &mut Step, around: &Around, left: &mut Vec<String>) {
        if self.chance.once_in(3) {
            step.limit = Some(self.limit(step.id.clone()));
            let way = self.onward(around, left);
            step.outcomes.push(out("overdue", way));
        }
        step.pauses = self.chance.once_in(5);
    }

    fn limit(&mut self, name: String) -> Limit {
        let length = self.chance.pick(&LENGTHS).unwrap();
        Limit { name, length }
    }

    /// A limit of a region, and what happens once it has passed.
    fn limited(&mut self, way: Way) -> (Limit, Event) {
        let name = self.name("l");
        let limit = self.limit(name.clone());
        let event = act(self.name("act"), Trigger::Limit(name), way);
        (limit, event)
    }

    /// An event that lets a region stand still while sub-cases in it are suspended.
    fn standstill(&mut self, body: &Seq) -> Option<Event> {
        let all = subcases(body);
        let from = self.chance.below(all.len());
        let steps: Vec<String> = all.into_iter().skip(from).collect();
        (!steps.is_empty() && !self.chance.once_in(4)).then(|| Event {
            name: self.name("act"),
            trigger: Trigger::Suspended(steps),
            way: None,
            body: None,
        })
    }

    /// An event that stops its region, by an act or a message, and mostly has a step before it goes its way.
    pub(super) fn interrupt(&mut self, way: Way, items: bool) -> Event {
        let message = !items && self.chance.once_in(2);
        let trigger = if message {
            Trigger::Message
        } else {
            Trigger::Act
        };
        let mut event = act(self.name("act"), trigger, way);
        if !self.chance.once_in(3) {
            let mut step = plain(self.name("t"));
            step.outcomes.push(out("通过", Way::Next));
            event.body = Some(Seq { steps: vec![step] });
        }
        event
    }

    fn choice(&mut self) -> Step {
        let mut step = plain(self.name("c"));
        let rows: Vec<Cond> = (0..1 + self.chance.below(2)).map(|_| self.cond()).collect();
        for n in 0..rows.len() {
            step.outcomes
                .push(out(&n.to_string(), Way::Go(String::new())));
        }
        step.outcomes.push(out("else", Way::Next));
        step.kind = Kind::Choice(rows);
        step
    }

    fn group(&mut self, depth: usize, around: &Around) -> (Step, Vec<String>) {
        let mut step = plain(self.name("g"));
        let own = self.name("出");
        let alone = !around.alone && self.chance.once_in(3);
        let inside = Around {
            results: [around.results.clone(), vec![own.clone()]].concat(),
            alone: around.alone || alone,
            ..around.clone()
        };
        let length = 1 + self.chance.below(3);
        let (body, mut left) = self.seq(length, depth - 1, &inside, false);
        match self.chance.below(4) {
            0 => {
                let event = self.interrupt(Way::Leave(own.clone()), around.items);
                step.events.push(event);
            }
            1 => {
                let event = self.beside_event(std::slice::from_ref(&own));
                step.events.push(event);
            }
            _ => {}
        }
        if self.chance.once_in(3) {
            let (limit, event) = self.limited(Way::Leave(own.clone()));
            step.limit = Some(limit);
            step.events.push(event);
        }
        left.extend(step.events.iter().flat_map(leaves));
        step.events.extend(self.standstill(&body));
        step.kind = Kind::Group(body, alone);
        step.outcomes.push(out("done", Way::Next));
        self.listed(&mut step, &own, &mut left);
        if self.chance.once_in(3) {
            step.only_if = Some(self.cond());
        }
        (step, left)
    }

    /// The step lists a result where something inside leaves with it.
    pub(super) fn listed(&mut self, step: &mut Step, own: &str, left: &mut Vec<String>) {
        if left.iter().any(|l| l == own) {
            step.outcomes.push(out(own, Way::Next));
            left.retain(|l| l != own);
        }
    }

    /// A task that goes on beside the line from the start.
    fn obligation(&mut self) -> Step {
        let mut step = plain(self.name("o"));
        step.outcomes.push(out("通过", Way::Next));
        step.beside = true;
        step
    }

    /// An event whose steps run beside; one of their outcomes may take the region with it.
    fn beside_event(&mut self, results: &[String]) -> Event {
        let name = self.name("act");
        let mut step = plain(self.name("t"));
        step.outcomes.push(out("通过", Way::Next));
        let way = match results.first() {
            Some(result) => Way::Leave(result.clone()),
            None => Way::End("closed"),
        };
        step.outcomes.push(out("甲", way));
        Event {
            name,
            trigger: Trigger::Act,
            way: None,
            body: Some(Seq { steps: vec![step] }),
        }
    }
}

/// The results an event leaves with.
pub(super) fn leaves(event: &Event) -> Vec<String> {
    let own = event.way.iter();
    let inside = event
        .body
        .iter()
        .flat_map(|b| &b.steps)
        .flat_map(|s| &s.outcomes)
        .map(|o| &o.way);
    own.chain(inside)
        .filter_map(|w| {
            if let Way::Leave(name) = w {
                Some(name.clone())
            } else {
                None
            }
        })
        .collect()
}

/// The sub-cases in a sequence that end with it.
fn subcases(seq: &Seq) -> Vec<String> {
    let mut out = Vec::new();
    for step in &seq.steps {
        match &step.kind {
            Kind::Subcase => out.push(step.id.clone()),
            Kind::Group(body, _) | Kind::Each { body, .. } => out.extend(subcases(body)),
            Kind::Parallel(branches, ..) if step.outcomes.iter().all(|o| !o.rest) => {
                out.extend(branches.iter().flat_map(|b| subcases(&b.body)));
            }
            _ => {}
        }
    }
    out
}
