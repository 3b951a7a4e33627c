//! What one case has done of its matter: which steps, by whom, when, with which outcomes.

use crate::case::{Beside, Event, Fact, FrameNo, Name, PersonId};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// Where a step of the picture stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// No case is drawn.
    Plain,
    /// It was not come to yet.
    Ahead,
    /// It is open now.
    Current,
    /// It is done.
    Done,
    /// It was passed over.
    Skipped,
}

/// What a case has done so far, from its events.
#[derive(Clone, Debug, Default)]
pub struct Walked {
    steps: BTreeMap<Name, Went>,
    ways: BTreeSet<(Name, Name)>,
    events: BTreeSet<Name>,
    frames: BTreeMap<FrameNo, Name>,
}

/// What became of one step, in all branches together.
#[derive(Clone, Debug, Default)]
pub struct Went {
    /// The case has come to it, or passed it over.
    pub came: bool,
    /// How often it was done.
    pub done: u32,
    /// In how many places it is open now.
    pub open: u32,
    /// How often it was passed over.
    pub skipped: u32,
    /// When and by whom it was last done.
    pub last: Option<(Timestamp, Option<PersonId>)>,
    /// How many branches, items or rounds it has opened, and how many of them are over.
    pub branches: u32,
    /// How many of them are over.
    pub branches_over: u32,
}

impl Went {
    pub(super) fn state(&self) -> State {
        match self {
            Went { open: 1.., .. } => State::Current,
            Went { done: 1.., .. } => State::Done,
            Went { skipped: 1.., .. } => State::Skipped,
            _ => State::Ahead,
        }
    }
}

impl Walked {
    /// Folds the events of a case, each with its instant.
    pub fn of<'e>(events: impl IntoIterator<Item = (Timestamp, &'e Event)>) -> Walked {
        let mut walked = Walked::default();
        for (at, event) in events {
            walked.take(at, &event.fact);
        }
        walked
    }

    fn take(&mut self, at: Timestamp, fact: &Fact) {
        match fact {
            Fact::StepEntered { step, .. } => {
                let went = self.went(step);
                went.came = true;
                if went.open == 0 {
                    (went.branches, went.branches_over) = (0, 0);
                }
                went.open += 1;
            }
            Fact::StepSkipped { step, .. } => {
                let went = self.went(step);
                (went.came, went.skipped) = (true, went.skipped + 1);
            }
            Fact::StepStopped { step, .. } => self.over(step),
            Fact::StepDone {
                step, outcome, by, ..
            } => {
                self.over(step);
                let went = self.went(step);
                went.done += 1;
                went.last = Some((at, by.clone()));
                self.ways.insert((step.clone(), outcome.clone()));
            }
            Fact::FrameOpened {
                frame,
                step: Some(step),
                beside: None,
                ..
            } => {
                self.frames.insert(*frame, step.clone());
                self.went(step).branches += 1;
            }
            Fact::FrameOpened {
                beside: Some(Beside::Event { name, .. }),
                ..
            } => _ = self.events.insert(name.clone()),
            Fact::FrameEnded { frame, .. } => {
                if let Some(step) = self.frames.get(frame).cloned() {
                    self.went(&step).branches_over += 1;
                }
            }
            _ => {}
        }
    }

    fn went(&mut self, step: &Name) -> &mut Went {
        self.steps.entry(step.clone()).or_default()
    }

    fn over(&mut self, step: &Name) {
        let went = self.went(step);
        went.open = went.open.saturating_sub(1);
    }

    /// What became of a step.
    pub fn step(&self, step: &str) -> Went {
        self.steps.get(step).cloned().unwrap_or_default()
    }

    /// The outcomes a step was left with.
    pub(super) fn ways_of(&self, step: &str) -> impl Iterator<Item = &str> {
        let of = self.ways.iter().filter(move |(s, _)| &**s == step);
        of.map(|(_, outcome)| &**outcome)
    }

    /// Whether an event began its steps.
    pub(super) fn happened(&self, event: &str) -> bool {
        self.events.iter().any(|name| &**name == event)
    }
}

/// An instant as people read it: month, day and time in Beijing.
pub(super) fn clock(at: Timestamp) -> String {
    crate::clock::civil(at).strftime("%m-%d %H:%M").to_string()
}
