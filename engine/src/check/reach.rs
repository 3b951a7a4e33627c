//! Every step can be reached, from every step an end can be reached, and every circle holds a step that waits (E0221–E0223).

use super::Subject;
use super::flow::To;
use super::ways::numbered;
use crate::diagnostic::Diagnostic;
use crate::matter::{Kind, SequenceIx, Step, StepIx, Way};
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
                    _ => {
                        lines.out.insert(*step);
                    }
                }
            }
            if lines.lost(*step) {
                lines.torn = true;
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
                Way::Go(name) => self.subject.ways.step(name).is_none(),
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
        let waits: BTreeSet<StepIx> = self
            .steps
            .iter()
            .filter(|s| self.step(**s).is_some_and(|step| waits(self.subject, step)))
            .copied()
            .collect();
        let mut told: BTreeSet<StepIx> = BTreeSet::new();
        for at in self.steps.iter().filter(|s| !waits.contains(s)) {
            let circle = self.around(*at, &waits);
            if circle.contains(at) && !told.contains(at) && self.subject.flow.reached(*at) {
                told.extend(circle);
                if let Some(step) = self.step(*at) {
                    let wrong = Diagnostic::new("E0223", step.id.span);
                    found.push(wrong.with("name", &*step.id.value));
                }
            }
        }
    }

    /// The steps reached from one without waiting.
    fn around(&self, from: StepIx, waits: &BTreeSet<StepIx>) -> BTreeSet<StepIx> {
        let mut seen = BTreeSet::new();
        let mut todo = vec![from];
        while let Some(at) = todo.pop() {
            for next in self.next.get(&at).into_iter().flatten() {
                if !waits.contains(next) && seen.insert(*next) {
                    todo.push(*next);
                }
            }
        }
        seen
    }
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

/// Whether passing through a step always takes a person, a message or time.
fn waits(subject: &Subject, step: &Step) -> bool {
    if step.only_if.is_some() {
        return false;
    }
    match &step.kind {
        Kind::Task { .. }
        | Kind::Handoff { .. }
        | Kind::Subcase { .. }
        | Kind::Wait { .. }
        | Kind::Call { .. } => true,
        Kind::Paper(letter) => letter.delivered,
        Kind::Group { body, .. } => !passes(subject, *body),
        Kind::Parallel { branches, .. } => branches
            .iter()
            .any(|b| b.only_if.is_none() && !passes(subject, b.body)),
        // A list may be empty; there may be no round, or only missed ones.
        _ => false,
    }
}

/// Whether a sequence can be passed through without waiting.
fn passes(subject: &Subject, body: SequenceIx) -> bool {
    let Some(sequence) = subject.matter.sequence(body) else {
        return true;
    };
    let mut todo: Vec<StepIx> = sequence.steps.first().copied().into_iter().collect();
    let mut seen = BTreeSet::new();
    while let Some(at) = todo.pop() {
        let Some(step) = subject.matter.step(at) else {
            continue;
        };
        if !seen.insert(at) || waits(subject, step) {
            continue;
        }
        for to in subject.flow.edges.get(&at).into_iter().flatten() {
            match to {
                To::Step(next) if sequence.steps.contains(next) => todo.push(*next),
                _ => return true,
            }
        }
    }
    sequence.steps.is_empty()
}
