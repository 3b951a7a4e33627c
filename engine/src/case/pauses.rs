//! What makes clocks stand still: steps and events that are open, and the paper that says so.

use super::decide::Course;
use super::flow::How;
use super::{Beside, Fact, FrameNo, Name};
use crate::clock::{Limit, due};
use crate::matter::{Letter, Pauses};
use crate::text::{Lang, say};
use std::collections::{BTreeMap, BTreeSet};

impl Course<'_, '_> {
    /// Makes clocks stand still or run on as what is open now wants it.
    pub(super) fn settle_clocks(&mut self) {
        // A case that is held from above stands still as a whole.
        let whole = self.case.root().filter(|_| self.case.held_above);
        let pausers = self.case.pausers.iter();
        let frames: BTreeSet<FrameNo> = pausers
            .chain(self.case.pausing.keys())
            .chain(&whole)
            .copied()
            .collect();
        for frame in frames {
            let mut wanted = self.paused_by(frame);
            if whole == Some(frame) {
                let running = self.case.clocks.iter().filter(|(_, c)| !c.stopped);
                wanted.extend(running.map(|(name, _)| (name.clone(), None)));
            }
            let now: BTreeSet<String> = self.case.pausing.get(&frame).cloned().unwrap_or_default();
            if now.is_empty() && !wanted.is_empty() && whole != Some(frame) {
                self.tell_pause(frame);
            }
            for clock in now.iter().filter(|c| !wanted.contains_key(*c)) {
                self.run_on(clock, Some(frame));
            }
            for (clock, max) in wanted.into_iter().filter(|(c, _)| !now.contains(c)) {
                self.stand_still(&clock, frame, max);
            }
        }
    }

    /// The clocks that what is open in a sequence makes stand still, each with the most that is taken out.
    fn paused_by(&self, frame: FrameNo) -> BTreeMap<String, Option<Limit>> {
        let Some((pauses, step)) = self.pauses(frame) else {
            return BTreeMap::new();
        };
        if !self
            .holds_true(pauses.only_if.as_ref(), frame, &step)
            .unwrap_or(false)
        {
            return BTreeMap::new();
        }
        let max = pauses
            .max
            .as_ref()
            .and_then(|m| self.limit(m, frame, &step).ok());
        let regions = self.case.regions(self.matter, frame);
        let mut out = BTreeMap::new();
        for region in &regions {
            for limit in region.limits {
                let named = pauses
                    .limits
                    .as_ref()
                    .is_none_or(|l| l.iter().any(|n| n.value == limit.name.value));
                let name = format!("{}{}", region.prefix, *limit.name);
                if named && self.running(&name).is_some() {
                    out.insert(name, max);
                }
            }
        }
        // The own limits of the steps around, where they are named.
        for (_, f) in self.case.chain(frame).filter(|(_, f)| f.beside.is_none()) {
            let Some((step, around)) = f.step.as_ref().zip(f.parent) else {
                continue;
            };
            let name = self.case.address(self.matter, around, step);
            let own = self.running(&name).is_some_and(|c| c.step.is_some());
            let limits = pauses.limits.as_ref();
            if own && limits.is_some_and(|l| l.iter().any(|n| n.value == *step)) {
                out.insert(name, max);
            }
        }
        // Of an event, also those of the steps, groups, branches and items in its region.
        let event = self
            .case
            .frames
            .get(&frame)
            .filter(|f| matches!(f.beside, Some(Beside::Event { .. })));
        if let Some(region) = event.and_then(|f| f.parent) {
            let inside = |no: FrameNo| no != frame && self.case.chain(no).any(|(f, _)| f == region);
            let running = self.case.clocks.iter().filter(|(_, c)| !c.stopped);
            for (name, clock) in running {
                let last = || name.rsplit('.').next().unwrap_or(name);
                let own = clock.step.as_deref().unwrap_or_else(last);
                let limits = pauses.limits.as_ref();
                let named = limits.is_none_or(|l| l.iter().any(|n| *n.value == *own));
                let below = self.case.chain(clock.frame).any(|(f, _)| f == frame);
                if named && !below && inside(clock.frame) {
                    out.insert(name.clone(), max);
                }
            }
        }
        out
    }

    /// Issues the paper that says that clocks stand still from now on.
    fn tell_pause(&mut self, frame: FrameNo) {
        let told = self.pauses(frame);
        let Some((paper, step)) = told.and_then(|(p, step)| Some((p.paper.clone()?, step))) else {
            return;
        };
        let letter = Letter {
            paper,
            to: None,
            delivered: false,
        };
        self.issue_all(frame, &step, &[letter], (&How::default(), &[]));
    }

    /// What an open step or event says about clocks, and the step from which its condition looks.
    fn pauses(&self, frame: FrameNo) -> Option<(&Pauses, Name)> {
        let f = self
            .case
            .frames
            .get(&frame)
            .filter(|f| f.result.is_none())?;
        if let Some(at) = f.at.as_ref().filter(|at| at.pauses && !at.held) {
            let step = self.matter.named(&at.step)?.1;
            return Some((step.pauses.as_ref()?, at.step.clone()));
        }
        let Some(Beside::Event { name, on, .. }) = &f.beside else {
            return None;
        };
        let def = self
            .case
            .event_of(self.matter, f.parent?, on.as_ref(), name)?;
        Some((def.pauses.as_ref()?, "".into()))
    }

    fn stand_still(&mut self, clock: &str, by: FrameNo, max: Option<Limit>) {
        let Some(running) = self.running(clock) else {
            return;
        };
        let (mut ledger, mut until) = (None, None);
        if running.paused_by.is_empty() {
            let calendar = self.context.network.calendar(&running.city);
            let reason = self.pause_reason(by);
            let stopped = running
                .ledger
                .clone()
                .pause(self.context.now, &reason, None, max);
            until = max.map(|max| due(&calendar, self.context.now, max, &[]).at);
            ledger = Some(stopped);
        }
        self.emit(Fact::ClockPaused {
            clock: clock.to_owned(),
            by,
            ledger,
            until,
        });
    }

    /// The words for why a clock stands: the title of the step, or the name of the event.
    fn pause_reason(&self, by: FrameNo) -> String {
        let Some(f) = self.case.frames.get(&by) else {
            return String::new();
        };
        if self.case.held_above && self.case.root() == Some(by) {
            return say(Lang::Zh, "pause.held_above", &[]).unwrap_or_default();
        }
        if let Some(Beside::Event { name, .. }) = &f.beside {
            return name.to_string();
        }
        let step = f.at.as_ref().and_then(|at| self.matter.named(&at.step));
        step.map_or_else(String::new, |(_, s)| s.title.zh.clone())
    }

    pub(super) fn run_on(&mut self, clock: &str, by: Option<FrameNo>) {
        let Some(running) = self.case.clocks.get(clock) else {
            return;
        };
        let last = by.is_none_or(|by| running.paused_by.iter().all(|p| *p == by));
        let (mut ledger, mut alarms) = (None, Vec::new());
        if !running.stopped && last && running.ledger.is_paused() {
            let calendar = self.context.network.calendar(&running.city);
            let resumed = running.ledger.clone().resume(self.context.now, &calendar);
            alarms = self.alarms_of(clock, running, &resumed, &running.city);
            ledger = Some(resumed);
        }
        self.emit(Fact::ClockResumed {
            clock: clock.to_owned(),
            by,
            ledger,
            alarms,
        });
    }
}
