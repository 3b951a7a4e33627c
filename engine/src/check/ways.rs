//! Where names of steps and results lead: which steps a place may go to, and who lists a result.

use crate::diagnostic::nearest;
use crate::matter::{EventIx, Kind, Matter, Name, Owner, SequenceIx, StepIx};
use std::collections::BTreeMap;

/// What an event belongs to, or where a way starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Region {
    /// The whole case.
    Matter,
    /// A step, with all that lies in it.
    Step(StepIx),
    /// A branch of a `parallel` step.
    Branch(StepIx, Name),
}

/// The names of a matter's steps and the regions of its events.
#[derive(Debug)]
pub(crate) struct Ways {
    steps: BTreeMap<Name, StepIx>,
    regions: Vec<Region>,
}

impl Ways {
    pub fn of(matter: &Matter) -> Ways {
        let mut steps = BTreeMap::new();
        let mut regions = vec![Region::Matter; matter.event_defs.len()];
        let mut belongs = |events: &[EventIx], region: Region| {
            for event in events {
                if let Some(slot) = regions.get_mut(event.0 as usize) {
                    *slot = region.clone();
                }
            }
        };
        for (at, step) in numbered(matter) {
            steps.entry(step.id.value.clone()).or_insert(at);
            belongs(&step.events, Region::Step(at));
            if let Kind::Parallel { branches, .. } = &step.kind {
                for branch in branches {
                    let region = Region::Branch(at, branch.name.value.clone());
                    belongs(&branch.events, region);
                }
            }
        }
        Ways { steps, regions }
    }

    /// The step with a name; a misspelt one (reported elsewhere) leads where it was probably meant to.
    pub fn step(&self, name: &str) -> Option<StepIx> {
        if name.is_empty() {
            return None;
        }
        self.steps.get(name).copied().or_else(|| {
            let near = nearest(name, self.steps.keys().map(|n| &**n))?;
            self.steps.get(&*near).copied()
        })
    }

    /// Whether there is a step with exactly this name.
    pub fn has(&self, name: &str) -> bool {
        self.steps.contains_key(name)
    }

    /// The names of all steps.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.steps.keys().map(|n| &**n)
    }

    /// What an event belongs to.
    pub fn region(&self, event: EventIx) -> Region {
        self.regions
            .get(event.0 as usize)
            .cloned()
            .unwrap_or(Region::Matter)
    }

    /// A region's own step and every step around it, innermost first.
    pub fn chain(&self, matter: &Matter, region: &Region) -> Vec<StepIx> {
        let mut chain = Vec::new();
        let mut at = region.clone();
        while let Region::Step(step) | Region::Branch(step, _) = at {
            chain.push(step);
            let owner = matter
                .step(step)
                .and_then(|s| matter.sequence(s.within))
                .map(|s| &s.owner);
            at = match owner {
                Some(Owner::Step(step) | Owner::Branch(step, _)) => Region::Step(*step),
                Some(Owner::Event(event)) => self.region(*event),
                Some(Owner::Matter) | None => Region::Matter,
            };
        }
        chain
    }

    /// The sequence around a region, and the one it lies in next, out to the matter's own.
    pub fn outer(&self, matter: &Matter, sequence: SequenceIx) -> Option<SequenceIx> {
        match &matter.sequence(sequence)?.owner {
            Owner::Matter => None,
            Owner::Step(step) | Owner::Branch(step, _) => Some(matter.step(*step)?.within),
            Owner::Event(event) => self.home(matter, &self.region(*event)),
        }
    }

    /// The sequence a region stands in.
    pub fn home(&self, matter: &Matter, region: &Region) -> Option<SequenceIx> {
        match region {
            Region::Matter => Some(matter.root),
            Region::Step(step) | Region::Branch(step, _) => Some(matter.step(*step)?.within),
        }
    }
}

/// All steps with their numbers, in reading order.
pub(crate) fn numbered(
    matter: &Matter,
) -> impl Iterator<Item = (StepIx, &crate::matter::Step)> + Clone {
    (0..).map(StepIx).zip(&matter.steps)
}

/// All events with their numbers.
pub(crate) fn events(
    matter: &Matter,
) -> impl Iterator<Item = (EventIx, &crate::matter::EventDef)> + Clone {
    (0..).map(EventIx).zip(&matter.event_defs)
}
