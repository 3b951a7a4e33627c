//! Makes what runs side by side: branches, items of a list, and a branch that waits for a mark of another.

use super::flow::{Branch, Join, Kind, Out, Seq, Step, Way};
use super::generate::{Around, Maker, leaves, out, plain};

impl Maker {
    pub(super) fn parallel(
        &mut self,
        depth: usize,
        around: &Around,
        root: bool,
    ) -> (Step, Vec<String>) {
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
                alone: around.alone,
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

    pub(super) fn each(&mut self, depth: usize, around: &Around) -> (Step, Vec<String>) {
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
    pub(super) fn needing(&mut self) -> Step {
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

    /// A sub-case beside a group that one case at a time may be in: while it is suspended others may be.
    pub(super) fn queueing(&mut self) -> Step {
        let mut part = plain(self.name("s"));
        part.kind = Kind::Subcase;
        part.outcomes = vec![out("completed", Way::Next), out("else", Way::Next)];
        let mut group = plain(self.name("g"));
        let inside = Seq {
            steps: vec![self.simple_task(), self.simple_task()],
        };
        group.kind = Kind::Group(inside, true);
        group.outcomes.push(out("done", Way::Next));
        let mut branch = |last| Branch {
            name: self.name("b"),
            only_if: None,
            gives: Vec::new(),
            body: Seq {
                steps: vec![self.simple_task(), last],
            },
            events: Vec::new(),
        };
        let branches = vec![branch(part), branch(group)];
        let mut step = plain(self.name("p"));
        step.kind = Kind::Parallel(branches, Join::All, Vec::new());
        step.outcomes.push(out("done", Way::Next));
        step
    }

    fn simple_task(&mut self) -> Step {
        let mut task = plain(self.name("t"));
        task.outcomes.push(out("通过", Way::Next));
        task
    }
}
