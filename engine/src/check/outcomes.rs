//! Every way a step can end has its line, every line can happen, nobody waits on others for ever, and rounds have a last one (E0226,
//! E0227, E0231, E0234, E0236).

use super::Subject;
use super::scope::prefix;
use super::ways::{Region, events, numbered};
use crate::diagnostic::{Diagnostic, nearest};
use crate::expr::Type;
use crate::matter::{Final, Kind, SequenceIx, Step, StepIx, Trigger, WaitOn, Way};
use std::collections::BTreeSet;

pub(super) fn check(subject: &Subject, found: &mut Vec<Diagnostic>) {
    for (at, step) in numbered(subject.matter) {
        missing(subject, at, step, found);
        impossible(subject, at, step, found);
        waiting(subject, at, step, found);
        rounds(subject, at, step, found);
        if step.outcomes.iter().any(|o| &*o.name.value == "overdue")
            && step.limit.is_none()
            && !matches!(step.kind, Kind::Group { .. })
            && prefix(&step.id).is_empty()
        {
            let line = step.outcomes.iter().find(|o| &*o.name.value == "overdue");
            let place = line.map_or(step.id.span, |o| o.name.span);
            found.push(Diagnostic::new("E0234", place).with("name", &*step.id.value));
        }
    }
}

fn has(step: &Step, name: &str) -> bool {
    step.outcomes.iter().any(|o| &*o.name.value == name)
}

/// The outcomes of the engine a step may end with, which must have a line of their own or an `else`.
fn missing(subject: &Subject, at: StepIx, step: &Step, found: &mut Vec<Diagnostic>) {
    let mut needed: Vec<String> = Vec::new();
    match &step.kind {
        Kind::Handoff { .. } => needed.push("refused".into()),
        Kind::Call { .. } => needed.push("failed".into()),
        Kind::Subcase { matter, .. } => {
            let ends = subject.world.matters.get(&matter.value).map(|s| &s.ends);
            let named = |state: &Final| Final::ALL.iter().find(|(_, f)| f == state);
            let ends = ends.into_iter().flatten();
            needed.extend(ends.filter_map(named).map(|(name, _)| (*name).to_owned()));
        }
        Kind::Decide { table, .. } => {
            let output = subject.draft.tables.get(&table.value);
            let output = output.and_then(|t| t.outputs().get("outcome").cloned());
            if let Some(Type::OneOf(values)) = output.map(|n| n.ty) {
                needed.extend(values);
            }
        }
        Kind::Group { body, .. } => needed.extend(gives(subject, *body)),
        Kind::Task { .. }
        | Kind::Wait { .. }
        | Kind::Choice { .. }
        | Kind::Parallel { .. }
        | Kind::ForEach { .. }
        | Kind::Repeat { .. }
        | Kind::Set(_)
        | Kind::Paper(_)
        | Kind::Notify(_)
        | Kind::End(_) => {}
    }
    if step.needs.is_some() {
        needed.push("missed".into());
    }
    let otherwise = has(step, "else") && !matches!(step.kind, Kind::Group { .. });
    if otherwise {
        return;
    }
    for name in needed.iter().filter(|n| !has(step, n)) {
        // A line that is nearly the right one is reported as what it is.
        let spelt = step.outcomes.iter().map(|o| &*o.name.value);
        if nearest(name, spelt).is_some_and(|near| !possible(subject, at, step).contains(&near)) {
            continue;
        }
        let wrong = Diagnostic::new("E0226", step.id.span)
            .with("step", &*step.id.value)
            .with("name", name.as_str());
        found.push(wrong);
    }
}

fn gives(subject: &Subject, body: SequenceIx) -> Vec<String> {
    let sequence = subject.matter.sequence(body);
    sequence
        .map(|s| s.gives.iter().map(|g| g.value.to_string()).collect())
        .unwrap_or_default()
}

/// What a step may end with: the engine's own outcomes of its kind, and the results left from inside.
fn possible(subject: &Subject, at: StepIx, step: &Step) -> BTreeSet<String> {
    let mut names: BTreeSet<String> = ["overdue", "missed", "else"].map(str::to_owned).into();
    let mut also = |more: &[&str]| names.extend(more.iter().map(|n| (*n).to_owned()));
    match &step.kind {
        Kind::Subcase { .. } => also(&Final::ALL.map(|(name, _)| name)),
        Kind::Call { .. } => also(&["done", "failed"]),
        Kind::Handoff { .. } => also(&["done", "refused"]),
        Kind::Parallel { .. } | Kind::ForEach { .. } => also(&["done", "unmet"]),
        Kind::Task { .. }
        | Kind::Wait { .. }
        | Kind::Decide { .. }
        | Kind::Choice { .. }
        | Kind::Repeat { .. }
        | Kind::Group { .. }
        | Kind::Set(_)
        | Kind::Paper(_)
        | Kind::Notify(_)
        | Kind::End(_) => also(&["done"]),
    }
    if let Kind::Decide { table, .. } = &step.kind {
        let output = subject.draft.tables.get(&table.value);
        let output = output.and_then(|t| t.outputs().get("outcome").cloned());
        if let Some(Type::OneOf(values)) = output.map(|n| n.ty) {
            names.extend(values);
        }
    }
    if let Kind::Group { body, .. } = &step.kind {
        names.extend(gives(subject, *body));
    }
    let inside = |region: &Region| subject.ways.chain(subject.matter, region).contains(&at);
    let steps = numbered(subject.matter)
        .filter(|(s, _)| *s != at && inside(&Region::Step(*s)))
        .flat_map(|(_, s)| &s.outcomes);
    let from_events = events(subject.matter)
        .filter(|(e, _)| inside(&subject.ways.region(*e)))
        .filter_map(|(_, e)| e.outcome.as_ref());
    for outcome in steps.chain(from_events) {
        if let Way::Leave(name) = &outcome.way {
            names.insert(name.value.to_string());
        }
    }
    names
}

/// Lines under `outcomes` that nothing can lead to. What people choose is theirs to name.
fn impossible(subject: &Subject, at: StepIx, step: &Step, found: &mut Vec<Diagnostic>) {
    let chosen = match &step.kind {
        Kind::Task { .. } | Kind::Choice { .. } | Kind::End(_) => true,
        // Without steps of its own, the answer is what people there choose.
        Kind::Handoff { body, .. } => body.is_none(),
        // The table or the matter is unknown: nothing can be said.
        Kind::Decide { table, .. } => !subject.draft.tables.contains_key(&table.value),
        Kind::Set(fields) => fields.is_empty(),
        Kind::Subcase { .. }
        | Kind::Wait { .. }
        | Kind::Call { .. }
        | Kind::Parallel { .. }
        | Kind::ForEach { .. }
        | Kind::Repeat { .. }
        | Kind::Group { .. }
        | Kind::Paper(_)
        | Kind::Notify(_) => false,
    };
    if chosen {
        return;
    }
    let possible = possible(subject, at, step);
    for outcome in &step.outcomes {
        let name = &*outcome.name.value;
        let near = nearest(name, possible.iter().map(String::as_str));
        // A misspelt `leave` has been reported where it stands.
        let misspelt_inside = near
            .as_ref()
            .is_some_and(|n| possible.contains(n) && !has(step, n) && holds_leave(subject, at, n));
        if !possible.contains(name) && !misspelt_inside {
            let wrong = Diagnostic::new("E0231", outcome.name.span)
                .with("step", &*step.id.value)
                .with("name", name);
            found.push(wrong.near(name, possible.iter().map(String::as_str)));
        }
    }
}

/// Whether a result is left from inside a step that nobody around lists.
fn holds_leave(subject: &Subject, at: StepIx, name: &str) -> bool {
    numbered(subject.matter)
        .filter(|(s, _)| {
            let chain = subject.ways.chain(subject.matter, &Region::Step(*s));
            *s != at && chain.contains(&at)
        })
        .flat_map(|(_, s)| &s.outcomes)
        .any(|o| matches!(&o.way, Way::Leave(left) if &*left.value == name))
}

/// Whoever waits on others needs an end: `overdue`, or somebody who may end it.
fn waiting(subject: &Subject, at: StepIx, step: &Step, found: &mut Vec<Diagnostic>) {
    let on_others = match &step.kind {
        Kind::Wait { on, .. } => matches!(on, WaitOn::Message { .. }),
        Kind::Handoff { .. } | Kind::Subcase { .. } => true,
        Kind::Task { parties, .. } => parties.iter().all(|p| &*p.value == "applicant"),
        Kind::Paper(letter) => letter.delivered,
        Kind::Call { .. }
        | Kind::Decide { .. }
        | Kind::Choice { .. }
        | Kind::Parallel { .. }
        | Kind::ForEach { .. }
        | Kind::Repeat { .. }
        | Kind::Group { .. }
        | Kind::Set(_)
        | Kind::Notify(_)
        | Kind::End(_) => false,
    };
    if !on_others || !subject.flow.reached(at) || (has(step, "overdue") && step.limit.is_some()) {
        return;
    }
    if !ended_by_somebody(subject, at, true) {
        found.push(Diagnostic::new("E0227", step.id.span).with("name", &*step.id.value));
    }
}

/// Rounds need a last one: a number, a condition, a way out of them, or somebody who may end them.
fn rounds(subject: &Subject, at: StepIx, step: &Step, found: &mut Vec<Diagnostic>) {
    let Kind::Repeat { rounds, .. } = &step.kind else {
        return;
    };
    // That the step may be passed over is no way out of it.
    let ways = subject.flow.ways.get(&at).copied().unwrap_or(0);
    let out = ways > usize::from(step.only_if.is_some());
    let bounded = rounds.times.is_some() || rounds.only_while.is_some();
    if !bounded && !out && subject.flow.reached(at) && !ended_by_somebody(subject, at, false) {
        found.push(Diagnostic::new("E0236", step.id.span).with("name", &*step.id.value));
    }
}

/// Whether an event around a step lets somebody, or a limit, end it; with `case`, an event of the whole case too.
fn ended_by_somebody(subject: &Subject, at: StepIx, case: bool) -> bool {
    let chain = subject.ways.chain(subject.matter, &Region::Step(at));
    events(subject.matter).any(|(e, event)| {
        let around = match subject.ways.region(e) {
            Region::Matter => case,
            Region::Step(s) => chain.contains(&s),
            Region::Branch(s, _) => chain.contains(&s),
        };
        let acts = matches!(event.trigger, Trigger::Act(_) | Trigger::Limit { .. });
        around && acts && (event.outcome.is_some() || ends_inside(subject, event.body))
    })
}

/// Whether the steps of an event may leave or end what is around them.
fn ends_inside(subject: &Subject, body: Option<SequenceIx>) -> bool {
    let steps = body.and_then(|b| subject.matter.sequence(b));
    steps.into_iter().flat_map(|s| &s.steps).any(|s| {
        let outcomes = subject.matter.step(*s).map(|s| &*s.outcomes);
        outcomes
            .unwrap_or_default()
            .iter()
            .any(|o| matches!(o.way, Way::Leave(_) | Way::End(_)))
    })
}
