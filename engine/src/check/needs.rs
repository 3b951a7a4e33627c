//! What steps and branches need of each other must not form a circle (E0228).

use super::Subject;
use super::flow::To;
use super::ways::numbered;
use crate::diagnostic::Diagnostic;
use crate::matter::{Kind, Name, Needs, SequenceIx, StepIx};
use crate::source::Span;
use std::collections::BTreeSet;

pub(super) fn check(subject: &Subject, found: &mut Vec<Diagnostic>) {
    let known = super::scope::marks(subject.matter);
    let mut marks: BTreeSet<Name> = ["received", "accepted"].map(Name::from).into();
    let events = subject.matter.event_defs.iter();
    for outcome in events.filter_map(|e| e.outcome.as_ref()) {
        marks.extend(outcome.marks.iter().map(|m| m.0.value.clone()));
    }
    // One message for a circle: what its first place needs is then taken as given.
    while let Some((span, name, needed)) = open(subject, &mut marks).into_iter().min() {
        let missing: Vec<Name> = needed.into_iter().filter(|m| !marks.contains(m)).collect();
        // A mark nobody sets has been reported where it is named.
        if missing.iter().all(|m| known.contains(m)) {
            let wrong = Diagnostic::new("E0228", span).with("name", &*name);
            found.push(wrong.with("marks", missing.join("、")));
        }
        marks.extend(missing);
    }
}

/// Opens whatever can be opened with the marks at hand, until no more marks come; gives what stays closed.
fn open(subject: &Subject, marks: &mut BTreeSet<Name>) -> Vec<Closed> {
    loop {
        let mut open = Opening {
            subject,
            marks,
            seen: BTreeSet::new(),
            passed: BTreeSet::new(),
            blocked: Vec::new(),
        };
        open.sequence(subject.matter.root);
        for event in &subject.matter.event_defs {
            event.body.into_iter().for_each(|b| open.sequence(b));
        }
        let Opening { seen, blocked, .. } = open;
        let before = marks.len();
        for (_, step) in numbered(subject.matter).filter(|(at, _)| seen.contains(at)) {
            let set = step.outcomes.iter().flat_map(|o| &o.marks);
            marks.extend(set.map(|m| m.0.value.clone()));
        }
        if marks.len() == before {
            return blocked;
        }
    }
}

/// A place that stays closed, its name, and the marks it needs.
type Closed = (Span, Name, Vec<Name>);

struct Opening<'s> {
    subject: &'s Subject<'s>,
    marks: &'s BTreeSet<Name>,
    seen: BTreeSet<StepIx>,
    passed: BTreeSet<StepIx>,
    blocked: Vec<Closed>,
}

impl Opening<'_> {
    fn closed(&mut self, needs: &Option<Needs>, name: &Name) -> bool {
        let Some(Needs::Marks(needed)) = needs else {
            return false;
        };
        let lacking = needed.iter().find(|m| !self.marks.contains(&m.value));
        if let Some(mark) = lacking {
            let needed = needed.iter().map(|m| m.value.clone()).collect();
            self.blocked.push((mark.span, name.clone(), needed));
        }
        lacking.is_some()
    }

    fn sequence(&mut self, at: SequenceIx) {
        let first = self
            .subject
            .matter
            .sequence(at)
            .and_then(|s| s.steps.first());
        let mut todo: Vec<StepIx> = first.copied().into_iter().collect();
        while let Some(at) = todo.pop() {
            let Some(step) = self.subject.matter.step(at) else {
                continue;
            };
            if self.seen.contains(&at) || !self.passed.insert(at) {
                continue;
            }
            let closed = self.closed(&step.needs, &step.id.value);
            // The line does not wait for what goes on beside it.
            if !closed || step.beside {
                let ways = self.subject.flow.edges.get(&at).into_iter().flatten();
                todo.extend(ways.filter_map(|to| match to {
                    To::Step(next) => Some(*next),
                    _ => None,
                }));
            }
            if closed {
                continue;
            }
            self.seen.insert(at);
            match &step.kind {
                Kind::Group { body, .. }
                | Kind::ForEach { body, .. }
                | Kind::Repeat { body, .. }
                | Kind::Handoff {
                    body: Some(body), ..
                } => self.sequence(*body),
                Kind::Parallel { branches, .. } => {
                    for branch in branches {
                        if !self.closed(&branch.needs, &branch.name.value) {
                            self.sequence(branch.body);
                        }
                    }
                }
                _ => {}
            }
        }
    }
}
