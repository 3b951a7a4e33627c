//! Where ways lead: to a step of the same lines or of lines around them, to a result somebody lists; and the addresses of what is
//! shown, shared or returned (E0203, E0225, E0232, E0325).

use super::Subject;
use super::scope::prefix;
use super::ways::{Region, events, numbered};
use crate::diagnostic::Diagnostic;
use crate::matter::{Kind, Name, Outcome, SequenceIx, Step, StepIx, Trigger, Way};
use crate::source::Spanned;
use std::collections::BTreeSet;

pub(super) fn check(subject: &Subject, found: &mut Vec<Diagnostic>) {
    for (at, step) in numbered(subject.matter) {
        for outcome in &step.outcomes {
            way(subject, &Region::Step(at), outcome, false, found);
        }
        addresses(subject, at, step, found);
    }
    for (at, event) in events(subject.matter) {
        if let Some(outcome) = &event.outcome {
            way(subject, &subject.ways.region(at), outcome, true, found);
        }
        if let Trigger::Suspended(steps) = &event.trigger {
            for step in steps {
                part(subject, step, found);
            }
        }
    }
}

/// The step of a sub-case that an event waits for.
fn part(subject: &Subject, named: &Spanned<Name>, found: &mut Vec<Diagnostic>) {
    let parts = numbered(subject.matter).filter(|(_, s)| matches!(s.kind, Kind::Subcase { .. }));
    let names: Vec<&str> = parts.map(|(_, s)| &**s.id).collect();
    if !names.contains(&&*named.value) {
        let wrong = Diagnostic::new("E0203", named.span).with("name", &*named.value);
        found.push(wrong.near(&named.value, names));
    }
}

fn way(
    subject: &Subject,
    from: &Region,
    outcome: &Outcome,
    event: bool,
    found: &mut Vec<Diagnostic>,
) {
    match &outcome.way {
        Way::Go(name) => target(subject, from, name, found),
        Way::BackTo(names) => {
            for name in names {
                target(subject, from, name, found);
            }
        }
        Way::Leave(name) => {
            let listed = listed(subject, from, event);
            if !listed.contains(&*name.value) {
                let wrong = Diagnostic::new("E0225", name.span).with("name", &*name.value);
                found.push(wrong.near(&name.value, listed.iter().copied()));
            }
        }
        Way::Next | Way::End(_) => {}
    }
}

/// The name after the last dot: steps of a block are known to it by that.
fn short(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

fn target(subject: &Subject, from: &Region, name: &Spanned<Name>, found: &mut Vec<Diagnostic>) {
    if name.value.is_empty() {
        return;
    }
    let lines = lines(subject, from);
    let matter = subject.matter;
    if !subject.ways.has(&name.value) {
        let steps = lines
            .iter()
            .filter_map(|l| matter.sequence(*l))
            .flat_map(|s| &s.steps);
        let names: Vec<&str> = steps
            .filter_map(|s| matter.step(*s))
            .map(|s| short(&s.id.value))
            .collect();
        let wrong = Diagnostic::new("E0203", name.span).with("name", short(&name.value));
        found.push(wrong.near(short(&name.value), names));
    } else if let Some((_, step)) = matter.find(&name.value)
        && !lines.contains(&step.within)
    {
        let wrong = Diagnostic::new("E0232", name.span).with("name", short(&name.value));
        found.push(wrong.also(step.id.span));
    }
}

/// The lines a place may go to: its own, then those around it.
fn lines(subject: &Subject, from: &Region) -> Vec<SequenceIx> {
    let outer = |s: &SequenceIx| subject.ways.outer(subject.matter, *s);
    let first = subject.ways.home(subject.matter, from);
    std::iter::successors(first, outer).collect()
}

/// Every result that a `leave` at this place may name. A step's own outcomes are lists for what lies in it, and for its events.
fn listed<'s>(subject: &'s Subject, from: &Region, event: bool) -> BTreeSet<&'s str> {
    let matter = subject.matter;
    let mut names = BTreeSet::new();
    let mut gives = |sequence: SequenceIx| {
        let gives = matter.sequence(sequence).map(|s| &*s.gives);
        names.extend(gives.unwrap_or_default().iter().map(|g| &*g.value));
    };
    if event {
        own_bodies(subject, from).into_iter().for_each(&mut gives);
    }
    lines(subject, from).into_iter().for_each(&mut gives);
    let around = subject.ways.chain(matter, from).into_iter();
    // An outcome of a step does not leave that step: it is over.
    for step in around.skip(usize::from(!event)) {
        let outcomes = matter.step(step).map(|s| &*s.outcomes);
        names.extend(outcomes.unwrap_or_default().iter().map(|o| &*o.name.value));
    }
    names
}

/// The sequences inside the region of an event.
fn own_bodies(subject: &Subject, region: &Region) -> Vec<SequenceIx> {
    let (Region::Step(at) | Region::Branch(at, _)) = region else {
        return Vec::new();
    };
    match (subject.matter.step(*at).map(|s| &s.kind), region) {
        (
            Some(
                Kind::Group { body, .. }
                | Kind::ForEach { body, .. }
                | Kind::Repeat { body, .. }
                | Kind::Handoff {
                    body: Some(body), ..
                },
            ),
            _,
        ) => vec![*body],
        (Some(Kind::Parallel { branches, .. }), Region::Branch(_, name)) => branches
            .iter()
            .filter(|b| b.name.value == *name)
            .map(|b| b.body)
            .collect(),
        _ => Vec::new(),
    }
}

/// `shows`, `shares`, `returns`: a step, or a value of one, or of what is always seen.
fn addresses(subject: &Subject, at: StepIx, step: &Step, found: &mut Vec<Diagnostic>) {
    let (seen, returned) = match &step.kind {
        Kind::Task { shows, .. } => (shows, None),
        Kind::Handoff {
            shares,
            returns,
            body,
            ..
        } => (shares, body.map(|b| (b, returns))),
        _ => return,
    };
    let scope = subject.shape.at_step(at, None);
    for address in seen {
        let local = address
            .value
            .strip_prefix(prefix(&step.id))
            .unwrap_or(&address.value);
        resolve(address, local, &scope, found);
    }
    if let Some((body, returns)) = returned {
        let first = subject.matter.sequence(body).and_then(|s| s.steps.first());
        let inside = first.map(|s| subject.shape.at_step(*s, None));
        for address in returns {
            resolve(
                address,
                &address.value,
                inside.as_ref().unwrap_or(&scope),
                found,
            );
        }
    }
}

fn resolve(
    address: &Spanned<String>,
    local: &str,
    scope: &super::scope::Scope,
    found: &mut Vec<Diagnostic>,
) {
    use crate::expr::Type;
    let mut parts = local.split('.');
    let root = parts.next().unwrap_or_default();
    let mut ty = scope.get(root).map(|n| &n.ty);
    let mut names: Vec<&str> = scope.keys().map(String::as_str).collect();
    let mut wrong = root;
    for part in parts {
        let Some(known) = ty else {
            break;
        };
        let fields = match known {
            Type::List(item) => &**item,
            known => known,
        };
        match fields {
            Type::Record(fields) => {
                names = fields.keys().map(String::as_str).collect();
                ty = fields.get(part).map(|n| &n.ty);
                wrong = part;
            }
            _ => return,
        }
    }
    if ty.is_none() {
        let found_at = Diagnostic::new("E0325", address.span).with("name", wrong);
        found.push(found_at.near(wrong, names));
    }
}
