//! Every step can be reached, from every step an end can be reached, and every circle holds a step that waits (E0221–E0223).

use super::Subject;
use super::flow::To;
use super::ways::numbered;
use crate::diagnostic::Diagnostic;
use crate::matter::{Join, Kind, SequenceIx, Step, StepIx, Way};
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn check(subject: &Subject, found: &mut Vec<Diagnostic>) {
    for at in (0..).map(SequenceIx).take(subject.matter.sequences.len()) {
        let lines = Lines::of(subject, at);
        if lines.steps.iter().any(|s| subject.flow.reached(*s)) {
            lines.unreached(found);
            lines.endless(found);
            lines.circles(found);
        }
    }
}

/// One sequence and the ways taken in it.
struct Lines<'s> {
    subject: &'s Subject<'s>,
    steps: &'s [StepIx],
    /// From each step to steps of the same lines.
    next: BTreeMap<StepIx, BTreeSet<StepIx>>,
    /// Steps from which a way leads out, or to somewhere unknown.
    out: BTreeSet<StepIx>,
    /// Whether some way in these lines could not be read.
    torn: bool,
}

impl<'s> Lines<'s> {
    fn of(subject: &'s Subject<'s>, at: SequenceIx) -> Lines<'s> {
        let steps = subject.matter.sequence(at).map(|s| &*s.steps);
        let mut lines = Lines {
            subject,
            steps: steps.unwrap_or_default(),
            next: BTreeMap::new(),
            out: BTreeSet::new(),
            torn: false,
        };
        for step in lines.steps {
            for to in subject.flow.edges.get(step).into_iter().flatten() {
                match to {
                    To::Step(next) if lines.steps.contains(next) => {
                        lines.next.entry(*step).or_default().insert(*next);
                    }
                    // A result that nobody around lists.
                    To::Leave(_) if at == subject.matter.root => {
                        lines.torn = true;
                        lines.out.insert(*step);
                    }
                    _ => {
                        lines.out.insert(*step);
                    }
                }
            }
            if lines.lost(*step) {
                // Where nobody comes, no way is missing.
                lines.torn |= subject.flow.reached(*step);
                lines.out.insert(*step);
            }
        }
        lines
    }

    fn step(&self, at: StepIx) -> Option<&'s Step> {
        self.subject.matter.step(at)
    }

    /// A step, or something in it, has a way that was reported as leading nowhere; or it has no way at all.
    fn lost(&self, at: StepIx) -> bool {
        let inside = |s: &StepIx| {
            let chain = self
                .subject
                .ways
                .chain(self.subject.matter, &super::ways::Region::Step(*s));
            chain.contains(&at)
        };
        let unknown = |step: &Step| {
            step.outcomes.iter().any(|o| match &o.way {
                Way::Go(name) => !self.subject.ways.has(name),
                Way::BackTo(names) => names.iter().any(|n| !self.subject.ways.has(n)),
                _ => false,
            })
        };
        let none = |step: &Step| {
            let silent = self
                .subject
                .flow
                .edges
                .get(&at)
                .is_none_or(BTreeSet::is_empty);
            silent && (step.outcomes.is_empty() || holds_steps(step))
        };
        self.step(at).is_some_and(none)
            || numbered(self.subject.matter).any(|(s, step)| unknown(step) && inside(&s))
    }

    fn unreached(&self, found: &mut Vec<Diagnostic>) {
        if self.torn {
            return;
        }
        for at in self
            .steps
            .iter()
            .filter(|s| !self.subject.flow.reached(**s))
        {
            // Of steps that lead to each other only the first has no way to it.
            let led_to = self.steps.iter().any(|other| {
                let way = |o: &crate::matter::Outcome| match &o.way {
                    Way::Go(name) => self.subject.ways.step(name) == Some(*at),
                    Way::Next => self.subject.matter.next(*other) == Some(*at),
                    _ => false,
                };
                other < at
                    && !self.subject.flow.reached(*other)
                    && self
                        .step(*other)
                        .is_some_and(|s| s.outcomes.iter().any(way))
            });
            // The second of two equal names has been reported as that.
            let twice = |step: &&Step| self.subject.ways.step(&step.id.value) != Some(*at);
            if let Some(step) = self.step(*at).filter(|s| !led_to && !twice(s)) {
                let wrong = Diagnostic::new("E0221", step.id.span);
                found.push(wrong.with("name", &*step.id.value));
            }
        }
    }

    fn endless(&self, found: &mut Vec<Diagnostic>) {
        let mut good = self.out.clone();
        loop {
            let more: Vec<StepIx> = self
                .next
                .iter()
                .filter(|(s, next)| !good.contains(*s) && next.iter().any(|n| good.contains(n)))
                .map(|(s, _)| *s)
                .collect();
            if more.is_empty() {
                break;
            }
            good.extend(more);
        }
        let reached = |s: &&StepIx| self.subject.flow.reached(**s);
        let stuck: BTreeSet<StepIx> = self
            .steps
            .iter()
            .filter(reached)
            .filter(|s| !good.contains(s))
            .copied()
            .collect();
        let mut told: BTreeSet<StepIx> = BTreeSet::new();
        for at in &stuck {
            if told.contains(at) {
                continue;
            }
            self.gather(*at, &stuck, &mut told);
            if let Some(step) = self.step(*at) {
                let wrong = Diagnostic::new("E0222", step.id.span);
                found.push(wrong.with("name", &*step.id.value));
            }
        }
    }

    /// All stuck steps that hang together with one.
    fn gather(&self, from: StepIx, stuck: &BTreeSet<StepIx>, told: &mut BTreeSet<StepIx>) {
        let mut todo = vec![from];
        while let Some(at) = todo.pop() {
            if !told.insert(at) {
                continue;
            }
            let ahead = self.next.get(&at).into_iter().flatten().copied();
            let behind = self.next.iter().filter(|(_, to)| to.contains(&at));
            let both = ahead.chain(behind.map(|(s, _)| *s));
            todo.extend(both.filter(|s| stuck.contains(s)));
        }
    }

    fn circles(&self, found: &mut Vec<Diagnostic>) {
        let quick = |at: StepIx| -> Vec<StepIx> {
            let ways = self.step(at).map(|s| quick(self.subject, at, s));
            let steps = ways.into_iter().flatten().filter_map(|to| match to {
                To::Step(next) => Some(next),
                _ => None,
            });
            steps.filter(|s| self.steps.contains(s)).collect()
        };
        let next: BTreeMap<StepIx, Vec<StepIx>> =
            self.steps.iter().map(|s| (*s, quick(*s))).collect();
        let mut told: BTreeSet<StepIx> = BTreeSet::new();
        for at in self.steps {
            let circle = around(*at, &next);
            if circle.contains(at) && !told.contains(at) && self.subject.flow.reached(*at) {
                told.extend(circle);
                if let Some(step) = self.step(*at) {
                    let wrong = Diagnostic::new("E0223", step.id.span);
                    found.push(wrong.with("name", &*step.id.value));
                }
            }
        }
    }
}

/// The steps reached from one without waiting.
fn around(from: StepIx, next: &BTreeMap<StepIx, Vec<StepIx>>) -> BTreeSet<StepIx> {
    let mut seen = BTreeSet::new();
    let mut todo = vec![from];
    while let Some(at) = todo.pop() {
        let ahead = next.get(&at).into_iter().flatten();
        todo.extend(ahead.filter(|n| seen.insert(**n)));
    }
    seen
}

fn holds_steps(step: &Step) -> bool {
    matches!(
        step.kind,
        Kind::Group { .. }
            | Kind::Parallel { .. }
            | Kind::ForEach { .. }
            | Kind::Repeat { .. }
            | Kind::Handoff { .. }
    )
}

/// The ways a step can go without a person, a message or time.
fn quick(subject: &Subject, at: StepIx, step: &Step) -> BTreeSet<To> {
    let matter = subject.matter;
    let all = || subject.flow.edges.get(&at).cloned().unwrap_or_default();
    let after = || matter.next(at).map_or(To::Done, To::Step);
    if step.beside {
        return [after()].into();
    }
    let mut ways = match &step.kind {
        Kind::Task { .. }
        | Kind::Handoff { .. }
        | Kind::Subcase { .. }
        | Kind::Wait { .. }
        | Kind::Call { .. } => BTreeSet::new(),
        Kind::Paper(letter) if letter.delivered => BTreeSet::new(),
        Kind::Group { body, .. } => ended(subject, at, step, through(subject, *body)),
        Kind::ForEach { body, .. } | Kind::Repeat { body, .. } => {
            // A list may be empty; there may be no round, or only missed ones.
            let mut ends = through(subject, *body);
            ends.insert(To::Done);
            ended(subject, at, step, ends)
        }
        Kind::Parallel { branches, join, .. } => {
            let mut ends = BTreeSet::new();
            let mut waits = false;
            for branch in branches {
                let mut own = through(subject, branch.body);
                let gives = matter.sequence(branch.body).map(|s| &*s.gives);
                let given = |to: &To| match to {
                    To::Done => true,
                    To::Leave(name) => {
                        let mut gives = gives.unwrap_or_default().iter();
                        gives.any(|g| g.value == *name)
                    }
                    _ => false,
                };
                let over = own.iter().any(given);
                waits |= !over && branch.only_if.is_none();
                own.retain(|to| !given(to));
                ends.extend(own);
            }
            if !waits || *join != Join::All {
                ends.insert(To::Done);
            }
            ended(subject, at, step, ends)
        }
        Kind::Decide { .. }
        | Kind::Choice { .. }
        | Kind::Set(_)
        | Kind::Paper(_)
        | Kind::Notify(_)
        | Kind::End(_) => all(),
    };
    if step.only_if.is_some() {
        ways.insert(after());
    }
    ways
}

/// The ways out of a sequence that can be gone without waiting.
fn through(subject: &Subject, body: SequenceIx) -> BTreeSet<To> {
    let Some(sequence) = subject.matter.sequence(body) else {
        return [To::Done].into();
    };
    let mut out = BTreeSet::new();
    if sequence.steps.is_empty() {
        out.insert(To::Done);
    }
    let mut todo: Vec<StepIx> = sequence.steps.first().copied().into_iter().collect();
    let mut seen = BTreeSet::new();
    while let Some(at) = todo.pop() {
        let Some(step) = subject.matter.step(at).filter(|_| seen.insert(at)) else {
            continue;
        };
        for to in quick(subject, at, step) {
            match to {
                To::Step(next) if sequence.steps.contains(&next) => todo.push(next),
                to => _ = out.insert(to),
            }
        }
    }
    out
}

/// Where a step goes that ends from inside: its end and its results lead where its outcomes say, all else further out.
fn ended(subject: &Subject, at: StepIx, step: &Step, ends: BTreeSet<To>) -> BTreeSet<To> {
    let named = |name: &str| step.outcomes.iter().find(|o| *o.name.value == *name);
    let after = || subject.matter.next(at).map_or(To::Done, To::Step);
    let mut out = BTreeSet::new();
    for to in ends {
        let outcomes: Vec<_> = match &to {
            // A join is met, or can be met no more.
            To::Done => ["done", "unmet"].into_iter().filter_map(named).collect(),
            To::Leave(name) => named(name).into_iter().collect(),
            To::Step(_) | To::End(_) => Vec::new(),
        };
        match (&to, outcomes.as_slice()) {
            (To::Done, []) => _ = out.insert(after()),
            (_, []) => _ = out.insert(to),
            (_, outcomes) => out.extend(
                outcomes
                    .iter()
                    .flat_map(|o| targets(subject, &o.way, &after)),
            ),
        }
    }
    out
}

fn targets(subject: &Subject, way: &Way, after: &dyn Fn() -> To) -> Vec<To> {
    let step =
        |name: &crate::source::Spanned<crate::matter::Name>| subject.ways.step(name).map(To::Step);
    match way {
        Way::Next => vec![after()],
        Way::Go(name) => step(name).into_iter().collect(),
        Way::BackTo(names) => names.iter().filter_map(step).collect(),
        Way::Leave(name) => vec![To::Leave(name.value.clone())],
        Way::End(end) => vec![To::End(end.state.value)],
    }
}
