//! Makes random workflows that are sound by construction: the first outcome of every task goes on, every circle holds a task.

use super::flow::{Branch, Cond, Event, Flow, Join, Kind, Limit, Out, Seq, Step, Trigger, Way};

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
        earlier: Vec::new(),
    };
    let length = 2 + maker.chance.below(5);
    let mut root = maker.seq(length, 3, &around, true).0;
    root.steps.push(Step {
        kind: Kind::End("completed"),
        ..plain(maker.name("e"))
    });
    maker.flow.root = root;
    // Somebody can always end a case that waits on others.
    let name = maker.name("act");
    maker
        .flow
        .events
        .push(act(name, Trigger::Act, Way::End("withdrawn")));
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
struct Around {
    /// Inside a branch that may go on as an obligation: nothing leads out of it by name.
    obligation: bool,
    /// Inside the items of a list: a message would have to say which.
    items: bool,
    /// Results some group around lists.
    results: Vec<String>,
    /// Steps of enclosing sequences one may return to.
    earlier: Vec<String>,
}

struct Maker {
    chance: Chance,
    names: usize,
    flow: Flow,
}

fn plain(id: String) -> Step {
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

fn out(name: &str, way: Way) -> Out {
    Out {
        name: name.to_owned(),
        way,
        mark: None,
        second: false,
        rest: false,
    }
}

impl Maker {
    fn name(&mut self, letter: &str) -> String {
        self.names += 1;
        format!("{letter}{}", self.names)
    }

    fn cond(&mut self) -> Cond {
        Cond {
            field: self.chance.below(3),
            below: i64::try_from(self.chance.below(6)).unwrap(),
        }
    }

    /// A sequence that begins with a task, and the results its outcomes leave with.
    fn seq(
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

    /// An event that stops its region, by an act or a message, and mostly has a step before it goes its way.
    fn interrupt(&mut self, way: Way, items: bool) -> Event {
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
        let inside = Around {
            results: [around.results.clone(), vec![own.clone()]].concat(),
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
        step.kind = Kind::Group(body);
        step.outcomes.push(out("done", Way::Next));
        self.listed(&mut step, &own, &mut left);
        if self.chance.once_in(3) {
            step.only_if = Some(self.cond());
        }
        (step, left)
    }

    /// The step lists a result where something inside leaves with it.
    fn listed(&mut self, step: &mut Step, own: &str, left: &mut Vec<String>) {
        if left.iter().any(|l| l == own) {
            step.outcomes.push(out(own, Way::Next));
            left.retain(|l| l != own);
        }
    }

    fn parallel(&mut self, depth: usize, around: &Around, root: bool) -> (Step, Vec<String>) {
        let mut step = plain(self.name("p"));
        let count = 2 + self.chance.below(2);
        let own = self.name("出");
        let join = match self.chance.below(6) {
            0 => Join::All,
            1 if !root => Join::All,
            1 | 2 => Join::Any,
            3 => Join::Number(1 + self.chance.below(count)),
            4 => Join::MoreThanHalf,
            _ => Join::Branches(Vec::new()),
        };
        let rest = root && join != Join::All && !self.chance.once_in(6);
        let mut left = Vec::new();
        let mut branches = Vec::new();
        for n in 0..count {
            let name = self.name("b");
            let result = self.name("果");
            let results = match rest {
                true => vec![result.clone()],
                false => [around.results.clone(), vec![own.clone(), result.clone()]].concat(),
            };
            let inside = Around {
                obligation: around.obligation || rest,
                items: around.items,
                results,
                earlier: around.earlier.clone(),
            };
            let length = 1 + self.chance.below(2);
            let (body, mut results) = self.seq(length, depth - 1, &inside, false);
            let mut events = Vec::new();
            if self.chance.once_in(4) {
                let event = self.interrupt(Way::Leave(result.clone()), around.items);
                results.extend(leaves(&event));
                events.push(event);
            }
            let gives: Vec<String> = results
                .iter()
                .filter(|r| **r == result)
                .take(1)
                .cloned()
                .collect();
            left.extend(results.into_iter().filter(|r| *r != result));
            let only_if = (n > 0 && !matches!(join, Join::Branches(_)) && self.chance.once_in(4))
                .then(|| self.cond());
            branches.push(Branch {
                name,
                only_if,
                gives,
                body,
                events,
            });
        }
        let join = match join {
            Join::Branches(_) => Join::Branches(
                branches
                    .iter()
                    .take(1 + self.chance.below(count))
                    .map(|b| b.name.clone())
                    .collect(),
            ),
            other => other,
        };
        let mut done = out("done", Way::Next);
        done.rest = rest;
        step.outcomes.push(done);
        if join != Join::All {
            step.outcomes.push(out("unmet", Way::Next));
        }
        self.listed(&mut step, &own, &mut left);
        let gives: Vec<String> = branches.iter().flat_map(|b| b.gives.clone()).collect();
        let counts = self.counts(&join, &gives);
        step.kind = Kind::Parallel(branches, join, counts);
        (step, left)
    }

    /// Results that count like `done`, where that can make a difference.
    fn counts(&mut self, join: &Join, gives: &[String]) -> Vec<String> {
        let some = *join != Join::All && self.chance.once_in(2);
        let results = gives.iter().filter(|_| some);
        results.cloned().collect()
    }

    fn each(&mut self, depth: usize, around: &Around) -> (Step, Vec<String>) {
        let mut step = plain(self.name("f"));
        let keys: Vec<String> = ["东", "西", "南"]
            .iter()
            .take(self.chance.below(4))
            .map(|k| (*k).to_owned())
            .collect();
        self.flow.lists.push(keys);
        let list = self.flow.lists.len() - 1;
        let (own, result) = (self.name("出"), self.name("果"));
        let results = [around.results.clone(), vec![own.clone(), result.clone()]].concat();
        let inside = Around {
            results,
            items: true,
            ..around.clone()
        };
        let length = 1 + self.chance.below(2);
        let (body, mut left) = self.seq(length, depth - 1, &inside, false);
        if self.chance.once_in(3) {
            let event = self.interrupt(Way::Leave(result.clone()), true);
            left.extend(leaves(&event));
            step.events.push(event);
        }
        let gives: Vec<String> = left
            .iter()
            .filter(|r| **r == result)
            .take(1)
            .cloned()
            .collect();
        left.retain(|r| *r != result);
        let join = match self.chance.below(4) {
            0 => Join::Any,
            1 => Join::MoreThanHalf,
            _ => Join::All,
        };
        step.outcomes.push(out("done", Way::Next));
        if join != Join::All {
            step.outcomes.push(out("unmet", Way::Next));
        }
        self.listed(&mut step, &own, &mut left);
        let counts = self.counts(&join, &gives);
        step.kind = Kind::Each {
            list,
            gives,
            body,
            join,
            counts,
        };
        (step, left)
    }

    /// Two branches of which the second waits for a mark of the first, which may never come.
    fn needing(&mut self) -> Step {
        let mut step = plain(self.name("p"));
        let mark = self.name("m");
        let mut setter = plain(self.name("t"));
        setter.outcomes = vec![
            Out {
                mark: Some(mark.clone()),
                ..out("通过", Way::Next)
            },
            out("甲", Way::Next),
        ];
        let first = Branch {
            name: self.name("b"),
            only_if: None,
            gives: Vec::new(),
            body: Seq {
                steps: vec![setter],
            },
            events: Vec::new(),
        };
        let mut closed = plain(self.name("t"));
        closed.needs = Some(mark);
        closed.outcomes = vec![out("通过", Way::Next), out("missed", Way::Next)];
        let second = Branch {
            name: self.name("b"),
            only_if: None,
            gives: Vec::new(),
            body: Seq {
                steps: vec![closed],
            },
            events: Vec::new(),
        };
        step.outcomes.push(out("done", Way::Next));
        step.kind = Kind::Parallel(vec![first, second], Join::All, Vec::new());
        step
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
fn leaves(event: &Event) -> Vec<String> {
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
