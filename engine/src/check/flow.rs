//! How a matter flows: which steps can be reached, and what is surely written on every path that leads to them.
//!
//! A sequence is one place that moves, and a group is a closed box with named exits; so each sequence is walked by itself and its exits
//! are handed to what is around it. What has been written stays written, so the facts known at a step are those of all ways to it.

use super::ways::{Region, Ways};
use crate::matter::{
    EventIx, Final, Join, Kind, Matter, Name, Outcome, SequenceIx, Step, StepIx, Way,
};
use std::collections::{BTreeMap, BTreeSet};

/// Something that is surely so.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fact {
    /// The step has been done.
    Done(StepIx),
    /// The step was last done with its data: not overdue, not refused, not failed.
    Filled(StepIx),
    /// The mark is set.
    Mark(Name),
}

pub(crate) type Facts = BTreeSet<Fact>;

/// Where a way out of a step leads.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum To {
    /// To a step.
    Step(StepIx),
    /// Past the last line.
    Done,
    /// To whoever lists this result.
    Leave(Name),
    /// To the end of the case.
    End(Final),
}

type Exits = BTreeMap<To, Facts>;

/// What was found by walking.
#[derive(Debug, Default)]
pub(crate) struct Flow {
    /// What is known when a step opens; none: it cannot be reached.
    pub before: Vec<Option<Facts>>,
    /// What is known when an event may happen; none: its region cannot be reached.
    pub event: Vec<Option<Facts>>,
    /// Ways that are really taken.
    pub edges: BTreeMap<StepIx, BTreeSet<To>>,
    /// How many ways lead out of a step itself, also of one that goes on beside the line.
    pub ways: BTreeMap<StepIx, usize>,
    /// What is known wherever the case ends completed; none: it never does.
    pub completed: Option<Facts>,
    /// The states in which the case may end.
    pub ends: BTreeSet<Final>,
}

impl Flow {
    /// Walks a matter from its first step.
    pub fn of(matter: &Matter, ways: &Ways) -> Flow {
        let mut walk = Walk {
            matter,
            ways,
            flow: Flow {
                before: vec![None; matter.steps.len()],
                event: vec![None; matter.event_defs.len()],
                ..Flow::default()
            },
        };
        // `received` is set when the case is opened.
        let entry = Facts::from([Fact::Mark("received".into())]);
        let mut entries = Vec::new();
        for event in &matter.events {
            for (to, facts) in walk.event(*event, &entry) {
                if let To::Step(step) = to {
                    entries.push((step, facts));
                }
            }
        }
        walk.sequence(matter.root, &entry, entries);
        walk.flow
    }

    /// Whether a step can be reached.
    pub fn reached(&self, step: StepIx) -> bool {
        self.before
            .get(step.0 as usize)
            .is_some_and(Option::is_some)
    }
}

struct Walk<'a> {
    matter: &'a Matter,
    ways: &'a Ways,
    flow: Flow,
}

fn narrow(known: &mut Option<Facts>, facts: &Facts) {
    *known = Some(match known.take() {
        Some(before) => before.intersection(facts).cloned().collect(),
        None => facts.clone(),
    });
}

fn merge(exits: &mut Exits, to: To, facts: Facts) {
    match exits.get_mut(&to) {
        Some(known) => known.retain(|f| facts.contains(f)),
        None => {
            exits.insert(to, facts);
        }
    }
}

/// Outcomes with which a step ends without its data.
const EMPTY: [&str; 5] = ["overdue", "refused", "failed", "missed", "unmet"];

impl Walk<'_> {
    /// Walks a sequence until nothing changes; gives its exits.
    fn sequence(&mut self, at: SequenceIx, entry: &Facts, more: Vec<(StepIx, Facts)>) -> Exits {
        let Some(sequence) = self.matter.sequence(at) else {
            return Exits::new();
        };
        let mut opening: BTreeMap<StepIx, Facts> = BTreeMap::new();
        let mut todo: Vec<StepIx> = Vec::new();
        let Some(first) = sequence.steps.first() else {
            return Exits::from([(To::Done, entry.clone())]);
        };
        let mut arrive = vec![(*first, entry.clone())];
        arrive.extend(more);
        let mut outs: BTreeMap<StepIx, Exits> = BTreeMap::new();
        loop {
            for (step, facts) in arrive.drain(..) {
                let known = opening.get(&step);
                let now = match known {
                    Some(known) => known.intersection(&facts).cloned().collect(),
                    None => facts,
                };
                if known != Some(&now) {
                    opening.insert(step, now);
                    todo.push(step);
                }
            }
            let Some(step) = todo.pop() else {
                break;
            };
            let facts = opening.get(&step).cloned().unwrap_or_default();
            let out = self.step(step, &facts);
            for (to, facts) in &out {
                if let To::Step(next) = to
                    && self.within(*next) == Some(at)
                {
                    arrive.push((*next, facts.clone()));
                }
            }
            outs.insert(step, out);
        }
        let mut exits = Exits::new();
        for (to, facts) in outs.into_values().flatten() {
            let inside = matches!(&to, To::Step(next) if self.within(*next) == Some(at));
            if !inside {
                merge(&mut exits, to, facts);
            }
        }
        exits
    }

    fn within(&self, step: StepIx) -> Option<SequenceIx> {
        self.matter.step(step).map(|s| s.within)
    }

    /// Opens a step; gives the ways out of it with what is then known.
    fn step(&mut self, at: StepIx, facts: &Facts) -> Exits {
        let Some(step) = self.matter.step(at) else {
            return Exits::new();
        };
        if let Some(known) = self.flow.before.get_mut(at.0 as usize) {
            narrow(known, facts);
        }
        let mut out = Exits::new();
        if step.only_if.is_some() {
            merge(&mut out, self.after(at), facts.clone());
        }
        if let Kind::End(end) = &step.kind {
            self.end(end.state.value, facts);
            merge(&mut out, To::End(end.state.value), facts.clone());
        }
        let inner = self.inside(step, facts, &mut out);
        for outcome in &step.outcomes {
            let Some(mut known) = self.known(at, step, outcome, facts, &inner) else {
                continue;
            };
            for (mark, _) in &outcome.marks {
                known.insert(Fact::Mark(mark.value.clone()));
            }
            for to in self.targets(Region::Step(at), &outcome.way) {
                if let (To::End(state), false) = (&to, step.beside) {
                    self.end(*state, &known);
                }
                merge(&mut out, to, known.clone());
            }
        }
        let ways = self.flow.ways.entry(at).or_default();
        *ways = out.len().max(*ways);
        if step.beside {
            // The line goes on and knows nothing of what runs beside it; in that, `leave` and `end` end only itself.
            out = Exits::from([(self.after(at), facts.clone())]);
        }
        self.flow
            .edges
            .entry(at)
            .or_default()
            .extend(out.keys().cloned());
        out
    }

    fn end(&mut self, state: Final, facts: &Facts) {
        self.flow.ends.insert(state);
        if matches!(state, Final::Completed | Final::CompletedPartial) {
            narrow(&mut self.flow.completed, facts);
        }
    }

    fn after(&self, at: StepIx) -> To {
        self.matter.next(at).map_or(To::Done, To::Step)
    }

    fn targets(&self, from: Region, way: &Way) -> Vec<To> {
        match (way, from) {
            (Way::Next, Region::Step(step) | Region::Branch(step, _)) => vec![self.after(step)],
            (Way::Next, Region::Matter) => vec![To::Done],
            (Way::Go(name), _) => self.ways.step(name).map(To::Step).into_iter().collect(),
            (Way::BackTo(names), _) => names
                .iter()
                .filter_map(|n| self.ways.step(n).map(To::Step))
                .collect(),
            (Way::Leave(name), _) => vec![To::Leave(name.value.clone())],
            (Way::End(end), _) => vec![To::End(end.state.value)],
        }
    }

    /// Walks what lies in a compound step. Exits that end the step itself come back by the outcome they end it with; those that lead
    /// further go to `out`.
    fn inside(&mut self, step: &Step, facts: &Facts, out: &mut Exits) -> Ended {
        let mut ended = Ended::default();
        match &step.kind {
            Kind::Group { body, .. } => {
                let exits = self.region(*body, &step.events, facts);
                self.sort(exits, step, *body, None, &mut ended, out);
            }
            Kind::Handoff {
                body: Some(body), ..
            } => {
                let exits = self.region(*body, &step.events, facts);
                self.sort(exits, step, *body, None, &mut ended, out);
            }
            Kind::ForEach { body, .. } => {
                let exits = self.region(*body, &step.events, facts);
                let mut own = Vec::new();
                self.sort(exits, step, *body, Some(&mut own), &mut ended, out);
                // An empty list is done.
                ended.join(facts.clone());
            }
            Kind::Repeat { body, rounds } => {
                let exits = self.region(*body, &step.events, facts);
                let mut own = Vec::new();
                self.sort(exits, step, *body, Some(&mut own), &mut ended, out);
                // There may be no round at all; without a number or a condition there is always one more.
                if rounds.times.is_some() || rounds.only_while.is_some() {
                    ended.join(facts.clone());
                }
            }
            Kind::Parallel { branches, join, .. } => {
                let mut sum = facts.clone();
                for branch in branches {
                    let exits = self.region(branch.body, &branch.events, facts);
                    let mut own = Vec::new();
                    self.sort(exits, step, branch.body, Some(&mut own), &mut ended, out);
                    let may_be_skipped = branch.only_if.is_some() || branch.needs.is_some();
                    let mut all = None;
                    own.iter().for_each(|f| narrow(&mut all, f));
                    if *join == Join::All && !may_be_skipped {
                        sum.extend(all.unwrap_or_default());
                    }
                }
                for event in &step.events {
                    let exits = self.event(*event, facts);
                    self.sort_event(exits, step, &mut ended, out);
                }
                ended.join(sum);
            }
            Kind::Task { .. }
            | Kind::Handoff { .. }
            | Kind::Subcase { .. }
            | Kind::Wait { .. }
            | Kind::Call { .. }
            | Kind::Decide { .. }
            | Kind::Choice { .. }
            | Kind::Set(_)
            | Kind::Paper(_)
            | Kind::Notify(_)
            | Kind::End(_) => {
                for event in &step.events {
                    let exits = self.event(*event, facts);
                    self.sort_event(exits, step, &mut ended, out);
                }
            }
        }
        ended
    }

    /// A body and the events that hold while it runs.
    fn region(&mut self, body: SequenceIx, events: &[EventIx], facts: &Facts) -> Exits {
        let mut exits = self.sequence(body, facts, Vec::new());
        for event in events {
            for (to, facts) in self.event(*event, facts) {
                merge(&mut exits, to, facts);
            }
        }
        exits
    }

    /// Sorts the exits of a body: `branch` collects those with which one branch or item ends (none: the body is the whole step).
    fn sort(
        &mut self,
        exits: Exits,
        step: &Step,
        body: SequenceIx,
        mut branch: Option<&mut Vec<Facts>>,
        ended: &mut Ended,
        out: &mut Exits,
    ) {
        let gives = |name: &Name| {
            self.matter
                .sequence(body)
                .is_some_and(|s| s.gives.iter().any(|g| g.value == *name))
        };
        for (to, facts) in exits {
            match (&to, &mut branch) {
                (To::Done, Some(own)) => own.push(facts),
                (To::Done, None) => ended.with("done".into(), facts),
                (To::Leave(name), Some(own)) if gives(name) => own.push(facts),
                (To::Leave(name), _) if gives(name) || lists(step, name) => {
                    ended.with(name.clone(), facts);
                }
                _ => merge(out, to, facts),
            }
        }
    }

    fn sort_event(&mut self, exits: Exits, step: &Step, ended: &mut Ended, out: &mut Exits) {
        for (to, facts) in exits {
            match &to {
                To::Leave(name) if lists(step, name) => ended.with(name.clone(), facts),
                _ => merge(out, to, facts),
            }
        }
    }

    /// The ways an event takes its region.
    fn event(&mut self, at: EventIx, facts: &Facts) -> Exits {
        let mut exits = Exits::new();
        let Some(event) = self.matter.event_defs.get(at.0 as usize) else {
            return exits;
        };
        if let Some(known) = self.flow.event.get_mut(at.0 as usize) {
            narrow(known, facts);
        }
        let mut after = Some(facts.clone());
        if let Some(body) = event.body {
            after = None;
            for (to, facts) in self.sequence(body, facts, Vec::new()) {
                match to {
                    To::Done => narrow(&mut after, &facts),
                    to => merge(&mut exits, to, facts),
                }
            }
        }
        if let (Some(outcome), Some(mut known)) = (&event.outcome, after) {
            for (mark, _) in &outcome.marks {
                known.insert(Fact::Mark(mark.value.clone()));
            }
            let region = self.ways.region(at);
            for to in self.targets(region, &outcome.way) {
                if let To::End(state) = to {
                    self.end(state, &known);
                }
                merge(&mut exits, to, known.clone());
            }
        }
        exits
    }

    /// What is known once a step has ended with an outcome; none: it never does.
    fn known(
        &self,
        at: StepIx,
        step: &Step,
        outcome: &Outcome,
        before: &Facts,
        inner: &Ended,
    ) -> Option<Facts> {
        let name = &*outcome.name.value;
        let mut facts = match (&step.kind, inner.0.get(name)) {
            (_, Some(facts)) => facts.clone(),
            // Nothing inside leads to the end of its lines.
            (
                Kind::Group { .. } | Kind::Repeat { .. } | Kind::Handoff { body: Some(_), .. },
                None,
            ) if name == "done" => return None,
            _ => before.clone(),
        };
        let filled = match &step.kind {
            Kind::Subcase { .. } => ["completed", "completed_partial"].contains(&name),
            Kind::Handoff {
                returns,
                body: Some(_),
                ..
            } => returns.iter().all(|r| self.returned(r, &facts)),
            Kind::Task { .. } if !outcome.wants_whole_form() => false,
            _ => !EMPTY.contains(&name) && name != "else",
        };
        facts.insert(Fact::Done(at));
        if filled {
            facts.insert(Fact::Filled(at));
        } else {
            facts.remove(&Fact::Filled(at));
        }
        Some(facts)
    }

    fn returned(&self, address: &str, facts: &Facts) -> bool {
        let step = address.rsplit_once('.').map_or(address, |(step, _)| step);
        self.matter
            .find(step)
            .is_some_and(|(at, _)| facts.contains(&Fact::Filled(at)))
    }
}

fn lists(step: &Step, name: &Name) -> bool {
    step.outcomes.iter().any(|o| o.name.value == *name)
}

/// What is known for each outcome a compound step ends with from inside.
#[derive(Default)]
struct Ended(BTreeMap<Name, Facts>);

impl Ended {
    fn with(&mut self, outcome: Name, facts: Facts) {
        match self.0.get_mut(&outcome) {
            Some(known) => known.retain(|f| facts.contains(f)),
            None => {
                self.0.insert(outcome, facts);
            }
        }
    }

    /// All branches have ended.
    fn join(&mut self, facts: Facts) {
        self.with("done".into(), facts);
    }
}
