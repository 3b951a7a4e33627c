//! What stands still or ends because a case below or above does: events set off by a suspended sub-case, the sub-cases that an event
//! holds, and the case a parent needs no more.

use super::decide::Course;
use super::{Actor, Beside, Fact, FrameNo, Name, Rejection};
use crate::matter::{EventDef, Trigger};
use std::collections::BTreeSet;

impl<'a> Course<'a, '_> {
    /// The parent needs this case no more.
    pub(super) fn call_off(&mut self) -> Result<(), Rejection> {
        let sender = self.case.origin().map(|o| &o.from);
        match self.context.actor {
            Actor::Peer { deployment, .. } if sender == Some(deployment) => {}
            _ => self.engine_only()?,
        }
        if let Some(root) = self.case.root().filter(|r| !self.final_in(*r, None))
            && !self.case.status.is_final()
        {
            self.undo(root);
            self.end_case(root, crate::matter::Final::Withdrawn, None, None);
        }
        Ok(())
    }

    /// Whether an open event suspends the region it stands on.
    pub(super) fn suspends(&self, event: FrameNo) -> bool {
        let set_off = |(_, def): (FrameNo, &EventDef)| matches!(def.trigger, Trigger::Suspended(_));
        self.is_called_suspend(event) || self.open_event_def(event).is_some_and(set_off)
    }

    pub(super) fn is_called_suspend(&self, event: FrameNo) -> bool {
        let beside = self.case.frames.get(&event).and_then(|f| f.beside.as_ref());
        matches!(beside, Some(Beside::Event { name, .. }) if &**name == "suspend")
    }

    /// An event that runs: its region and what the matter says of it.
    fn open_event_def(&self, event: FrameNo) -> Option<(FrameNo, &'a EventDef)> {
        let f = self
            .case
            .frames
            .get(&event)
            .filter(|f| f.result.is_none())?;
        let (region, Some(Beside::Event { name, on, .. })) = (f.parent?, &f.beside) else {
            return None;
        };
        let def = self.case.event_of(self.matter, region, on.as_ref(), name)?;
        Some((region, def))
    }

    /// The events that run and may make something stand still.
    fn open_events(&self) -> impl Iterator<Item = (FrameNo, FrameNo, &'a EventDef)> {
        let events = self.case.pausers.iter();
        events.filter_map(|e| {
            self.open_event_def(*e)
                .map(|(region, def)| (*e, region, def))
        })
    }

    /// A sub-case has been suspended: what waits for that happens once, until it goes on.
    pub(super) fn part_suspended(&mut self, frame: FrameNo, step: &Name) {
        let waits = |t: &Trigger| names(t).contains(&step);
        let runs: BTreeSet<(FrameNo, Name)> = self
            .open_events()
            .map(|(_, region, def)| (region, def.name.value.clone()))
            .collect();
        let around: BTreeSet<FrameNo> = self.case.chain(frame).map(|(no, _)| no).collect();
        self.set_off_where(|offer| {
            let (region, name) = (offer.frame, offer.def.name.value.clone());
            waits(&offer.def.trigger) && around.contains(&region) && !runs.contains(&(region, name))
        });
    }

    /// Ends the events whose sub-case is suspended no more. True if any did.
    pub(super) fn lift_suspensions(&mut self) -> bool {
        let over = self
            .open_events()
            .filter(|(_, region, def)| match &def.trigger {
                Trigger::Suspended(_) => !self.any_suspended(*region, &names(&def.trigger)),
                _ => false,
            });
        let over: Vec<FrameNo> = over.map(|(event, ..)| event).collect();
        for event in &over {
            self.end_frame(*event, "done");
        }
        !over.is_empty()
    }

    fn any_suspended(&self, region: FrameNo, steps: &[&Name]) -> bool {
        let parts = self.case.suspended_parts.iter();
        let mut parts = parts.filter_map(|c| self.case.subcases.get(c));
        parts.any(|c| steps.contains(&&c.step) && self.lies_in(c.frame, region, None))
    }

    /// Tells the sub-cases of a region that stands still to do the same, and those of one that goes on.
    pub(super) fn hold_parts(&mut self) {
        let wanted = self.parts_to_hold();
        let moved = self.case.held_parts.symmetric_difference(&wanted);
        for child in moved.copied().collect::<Vec<_>>() {
            let held = wanted.contains(&child);
            self.emit(Fact::SubcaseHeld { child, held });
        }
    }

    /// The open sub-cases of regions that hold theirs, but those that the standstill is about.
    fn parts_to_hold(&self) -> BTreeSet<u64> {
        let mut out = BTreeSet::new();
        for (event, region, def) in self.open_events().filter(|(.., def)| def.holds_parts) {
            let open = self.case.subcases.iter().filter(|(_, c)| !c.over);
            let held = open.filter(|(_, c)| {
                let own = self.lies_in(c.frame, event, None);
                let about = names(&def.trigger).contains(&&c.step);
                !own && !about && self.lies_in(c.frame, region, None)
            });
            out.extend(held.map(|(child, _)| *child));
        }
        out
    }

    /// The case that opened this one stands still or goes on, and so does this one.
    pub(super) fn hold(&mut self, held: bool) -> Result<(), Rejection> {
        self.engine_only()?;
        if self.case.held_above != held && !self.case.status.is_final() {
            self.emit(Fact::CaseHeld { held });
        }
        Ok(())
    }
}

/// The steps whose suspended sub-case sets an event off.
fn names(trigger: &Trigger) -> Vec<&Name> {
    match trigger {
        Trigger::Suspended(steps) => steps.iter().map(|s| &s.value).collect(),
        _ => Vec::new(),
    }
}
