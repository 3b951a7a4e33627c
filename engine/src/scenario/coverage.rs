//! Which lines of a matter some scenario walked: every step, every outcome, every event, every pause, every passed limit. A line of a
//! shared block is walked once, whichever matter used it.

use crate::case::{Beside, Fact, FrameNo};
use crate::matter::{Kind, Limits, Name, Revision, Step, StepIx, Way};
use crate::source::Span;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// What can be walked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// A step that opened.
    Step,
    /// An outcome that was taken.
    Outcome,
    /// An event that happened.
    Event,
    /// A clock that stood still for it.
    Pause,
    /// A limit that was passed.
    Limit,
}

impl What {
    /// All kinds, in the order they are counted.
    pub const ALL: [What; 5] = [
        What::Step,
        What::Outcome,
        What::Event,
        What::Pause,
        What::Limit,
    ];

    /// The catalogue key of its name.
    pub fn key(self) -> &'static str {
        match self {
            What::Step => "coverage.step",
            What::Outcome => "coverage.outcome",
            What::Event => "coverage.event",
            What::Pause => "coverage.pause",
            What::Limit => "coverage.limit",
        }
    }
}

/// Something of a matter that can be walked, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spot {
    /// Where.
    pub span: Span,
    /// What.
    pub what: What,
    /// Its address.
    pub name: String,
}

/// The spots that were walked: kind, and where it stands.
#[derive(Clone, Debug, Default)]
pub struct Walked(BTreeSet<(What, Span)>);

impl Walked {
    /// Whether a spot was walked.
    pub fn has(&self, spot: &Spot) -> bool {
        self.0.contains(&(spot.what, spot.span))
    }

    /// Takes in what others walked.
    pub fn extend(&mut self, other: &Walked) {
        self.0.extend(&other.0);
    }

    fn add(&mut self, what: What, span: Span) {
        self.0.insert((what, span));
    }
}

/// Everything of a matter that can be walked, with what overlays put into it, in order of place.
pub fn spots(matter: &Revision) -> Vec<Spot> {
    let mut out: Vec<Spot> = matter.overlaid().values().flat_map(|m| spots(m)).collect();
    let mut add = |span, what, name: String| out.push(Spot { span, what, name });
    for limit in &matter.limits {
        add(limit.name.span, What::Limit, limit.name.to_string());
    }
    for step in &matter.matter.steps {
        let id = &step.id;
        add(id.span, What::Step, id.to_string());
        // An outcome that stands at the step's own name was not written: it is the step's end.
        for outcome in step.outcomes.iter().filter(|o| o.name.span != id.span) {
            add(
                outcome.name.span,
                What::Outcome,
                format!("{}.{}", id.value, outcome.name.value),
            );
        }
        if step.pauses.is_some() {
            add(id.span, What::Pause, id.to_string());
        }
        if step.limit.is_some() {
            add(id.span, What::Limit, id.to_string());
        }
        for limit in &step.limits {
            add(limit.name.span, What::Limit, limit.name.to_string());
        }
    }
    for event in &matter.event_defs {
        add(event.name.span, What::Event, event.name.to_string());
        if event.pauses.is_some() {
            add(event.name.span, What::Pause, event.name.to_string());
        }
    }
    out.sort();
    out.dedup();
    out
}

/// Follows one case event by event.
#[derive(Clone, Debug, Default)]
pub(super) struct Steps {
    /// The step of each clock that has one.
    clocks: BTreeMap<String, Name>,
    /// The end of each clock.
    ends: BTreeMap<String, Timestamp>,
    /// The event whose steps a sequence runs.
    events: BTreeMap<FrameNo, Name>,
    /// The step at which a sequence stands.
    at: BTreeMap<FrameNo, Name>,
    /// The step to which the last one led.
    ahead: Option<StepIx>,
}

impl Steps {
    /// Notes what a fact has walked.
    pub fn follow(&mut self, matter: &Revision, fact: &Fact, walked: &mut Walked) {
        match fact {
            Fact::StepEntered { frame, step, .. } => {
                self.at.insert(*frame, step.clone());
                stepped(matter, step, walked);
            }
            Fact::StepDone { step, outcome, .. } => {
                stepped(matter, step, walked);
                if let Some((at, step)) = matter.named(step) {
                    taken(step, outcome, walked);
                    self.ahead = next(matter, at, step, outcome);
                }
            }
            Fact::StepSkipped { step, .. } => {
                self.ahead = matter.named(step).and_then(|(at, _)| matter.next(at));
            }
            // The line goes on past what runs beside it.
            Fact::FrameOpened {
                step: Some(step),
                beside: Some(Beside::Step),
                ..
            } => {
                self.ahead = matter.named(step).and_then(|(at, _)| matter.next(at));
            }
            // The step that ends a case leaves no other trace.
            Fact::StatusChanged { status, .. } if status.is_final() => {
                let end = self.ahead.and_then(|at| matter.step(at));
                if let Some(end) = end.filter(|s| matches!(s.kind, Kind::End(_))) {
                    walked.add(What::Step, end.id.span);
                }
            }
            Fact::FrameOpened {
                frame,
                beside: Some(Beside::Event { name, .. }),
                ..
            } => {
                self.events.insert(*frame, name.clone());
                happened(matter, name, What::Event, walked);
            }
            Fact::Happened { event, .. } => happened(matter, event, What::Event, walked),
            Fact::ClockStarted {
                clock,
                step,
                ledger,
                ..
            } => {
                self.ends.insert(clock.clone(), ledger.due());
                self.clocks
                    .extend(step.iter().map(|s| (clock.clone(), s.clone())));
            }
            Fact::ClockResumed {
                clock,
                ledger: Some(ledger),
                ..
            }
            | Fact::ClockChanged { clock, ledger, .. }
            | Fact::ClockReturned { clock, ledger, .. } => {
                self.ends.insert(clock.clone(), ledger.due());
            }
            Fact::Recounted { clocks, .. } => {
                let ends = clocks.iter().map(|c| (c.clock.clone(), c.ledger.due()));
                self.ends.extend(ends);
            }
            Fact::ClockPaused { by, .. } => self.paused(matter, *by, walked),
            Fact::ClockReached { clock, upto, .. }
                if self.ends.get(clock).is_some_and(|end| upto > end) =>
            {
                self.passed(matter, clock, walked)
            }
            _ => {}
        }
    }

    /// A clock has come to the end of its limit.
    fn passed(&self, matter: &Revision, clock: &str, walked: &mut Walked) {
        if let Some(step) = self.clocks.get(clock) {
            if let Some((_, step)) = matter.named(step) {
                walked.add(What::Limit, step.id.span);
            }
            return;
        }
        let name = clock.rsplit('.').next().unwrap_or(clock);
        let named = |l: &&Limits| *l.name.value == *name;
        let limits = matter
            .limits
            .iter()
            .chain(matter.matter.steps.iter().flat_map(|s| &s.limits));
        for limit in limits.filter(named) {
            walked.add(What::Limit, limit.name.span);
        }
    }

    /// A clock stands still for the step at which a sequence stands, or for the event whose steps it runs.
    fn paused(&self, matter: &Revision, by: FrameNo, walked: &mut Walked) {
        if let Some(event) = self.events.get(&by) {
            happened(matter, event, What::Pause, walked);
        }
        if let Some((_, step)) = self.at.get(&by).and_then(|s| matter.named(s)) {
            walked.add(What::Pause, step.id.span);
        }
    }
}

/// The step to which an outcome leads in the same sequence.
fn next(matter: &Revision, at: StepIx, step: &Step, outcome: &str) -> Option<StepIx> {
    let way = step
        .outcomes
        .iter()
        .find(|o| *o.name.value == *outcome || *o.name.value == *"else");
    match way.map(|o| &o.way) {
        None | Some(Way::Next) => matter.next(at),
        Some(Way::Go(name)) => matter.named(name).map(|(at, _)| at),
        Some(Way::BackTo(_) | Way::Leave(_) | Way::End(_)) => None,
    }
}

fn happened(matter: &Revision, event: &str, what: What, walked: &mut Walked) {
    for event in matter.event_defs.iter().filter(|e| *e.name.value == *event) {
        walked.add(what, event.name.span);
    }
}

fn stepped(matter: &Revision, step: &str, walked: &mut Walked) {
    if let Some((_, step)) = matter.named(step) {
        walked.add(What::Step, step.id.span);
    }
}

/// An outcome of a step; one that is not listed went by `else`.
fn taken(step: &Step, outcome: &str, walked: &mut Walked) {
    let by = |name: &str| step.outcomes.iter().find(|o| *o.name.value == *name);
    if let Some(outcome) = by(outcome).or_else(|| by("else")) {
        walked.add(What::Outcome, outcome.name.span);
    }
    if outcome == "overdue" {
        walked.add(What::Limit, step.id.span);
    }
}
