//! What a step or branch needs before it opens: whether that holds, and whether it still can.

use super::decide::{Course, Fault, Move};
use super::flow::How;
use super::{FrameNo, Name};
use crate::matter::{Kind, Needs, StepIx, Way};

impl Course<'_, '_> {
    /// Whether what a step or branch needs holds.
    pub(super) fn needed(
        &self,
        frame: FrameNo,
        needs: Option<&Needs>,
        step: &str,
    ) -> Result<bool, Fault> {
        match needs {
            None => Ok(true),
            Some(Needs::Marks(marks)) => {
                Ok(marks.iter().all(|m| self.case.marks.contains_key(&m.value)))
            }
            Some(Needs::Condition(value)) => self.holds_true(Some(value), frame, step),
        }
    }

    /// Opens every step whose needs hold by now, and gives up those whose needs can hold no more. True if anything moved.
    pub(super) fn open_held(&mut self) -> bool {
        let mut moved = false;
        for frame in self.case.held.clone() {
            let at = self.case.frames.get(&frame).and_then(|f| f.at.as_ref());
            let Some((at, step)) = at.and_then(|at| self.matter.named(&at.step)) else {
                continue;
            };
            let branch = self.branch_needs(frame, at);
            let own = self.needed(frame, step.needs.as_ref(), &step.id);
            let both = branch.map_or(Ok(true), |b| self.needed(frame, Some(b), &step.id));
            match (own, both) {
                (Ok(true), Ok(true)) => {
                    // What was held at the gate of its branch may still be passed over.
                    self.agenda.push_back(Move::Enter(frame, at));
                    moved = true;
                }
                (Err(fault), _) | (_, Err(fault)) => self.fail(frame, at, &fault),
                (_, Ok(false)) if branch.is_some_and(|b| !self.may_yet_hold(b, frame)) => {
                    self.stop_place(frame);
                    self.end_frame(frame, "missed");
                    moved = true;
                }
                (Ok(false), _)
                    if step
                        .needs
                        .as_ref()
                        .is_some_and(|n| !self.may_yet_hold(n, frame)) =>
                {
                    self.finish(frame, at, "missed", How::default());
                    moved = true;
                }
                _ => {}
            }
        }
        moved
    }

    /// What a branch needs before its first line.
    fn branch_needs(&self, frame: FrameNo, first: StepIx) -> Option<&Needs> {
        let f = self
            .case
            .frames
            .get(&frame)
            .filter(|f| f.records.is_empty())?;
        let (_, owner) = self.matter.named(f.step.as_deref()?)?;
        let Kind::Parallel { branches, .. } = &owner.kind else {
            return None;
        };
        let branch = branches
            .iter()
            .find(|b| Some(&**b.name) == f.key.as_deref())?;
        let body = self.matter.sequence(branch.body)?;
        branch
            .needs
            .as_ref()
            .filter(|_| body.steps.first() == Some(&first))
    }

    /// Whether something that is open can still set the marks that are missing.
    fn may_yet_hold(&self, needs: &Needs, waiting: FrameNo) -> bool {
        let Needs::Marks(marks) = needs else {
            return true;
        };
        let missing = marks
            .iter()
            .filter(|m| !self.case.marks.contains_key(&m.value));
        let held = self.waiting_with(waiting);
        missing.into_iter().all(|mark| {
            let open = self
                .case
                .frames
                .iter()
                .filter(|(no, f)| !held.contains(no) && f.result.is_none());
            let mut ahead = open.flat_map(|(_, f)| self.ahead(f));
            ahead.any(|step| self.sets(step, &mark.value)) || self.event_sets(&mark.value)
        })
    }

    /// The steps a sequence may still do: the one where it stands, and those that can follow, with everything inside them.
    fn ahead(&self, frame: &super::Frame) -> Vec<StepIx> {
        let Some((at, here)) = frame.at.as_ref().and_then(|at| self.matter.named(&at.step)) else {
            return Vec::new();
        };
        let mut seen = vec![at];
        let mut next = 0;
        // What goes on beside the line from the start is one step and no more.
        if frame.beside == Some(super::Beside::Step) {
            return seen;
        }
        while let Some(step) = seen.get(next).copied() {
            next += 1;
            for following in self.following(step, here.within) {
                if !seen.contains(&following) {
                    seen.push(following);
                }
            }
        }
        // What lies in the step where it stands is open by itself, save the rounds still to come.
        let here = usize::from(!matches!(here.kind, Kind::Repeat { .. }));
        let inside = |s: &StepIx| {
            seen.iter()
                .skip(here)
                .any(|g| self.matter.around(*s).any(|a| a == *g))
        };
        let all = (0..self.matter.matter.steps.len())
            .filter_map(|n| Some(StepIx(u32::try_from(n).ok()?)));
        let nested: Vec<StepIx> = all.filter(inside).collect();
        seen.extend(nested);
        seen
    }

    /// The steps of a sequence that can come after one of it, counting the ways out of everything inside.
    fn following(&self, step: StepIx, within: crate::matter::SequenceIx) -> Vec<StepIx> {
        let inside = |s: &StepIx| *s == step || self.matter.around(*s).any(|a| a == step);
        let all = (0..self.matter.matter.steps.len())
            .filter_map(|n| Some(StepIx(u32::try_from(n).ok()?)));
        let mut out: Vec<StepIx> = self.matter.next(step).into_iter().collect();
        for outcome in all
            .filter(inside)
            .filter_map(|s| self.matter.step(s))
            .flat_map(|s| &s.outcomes)
        {
            let names: &[crate::source::Spanned<Name>] = match &outcome.way {
                Way::Go(name) => std::slice::from_ref(name),
                Way::BackTo(names) => names,
                _ => &[],
            };
            let found = names.iter().filter_map(|n| self.matter.named(n));
            out.extend(found.filter(|(_, s)| s.within == within).map(|(at, _)| at));
        }
        out
    }

    fn sets(&self, step: StepIx, mark: &Name) -> bool {
        let outcomes = self
            .matter
            .step(step)
            .map(|s| s.outcomes.as_slice())
            .unwrap_or_default();
        outcomes
            .iter()
            .any(|o| o.marks.iter().any(|(m, _)| m.value == *mark))
    }

    fn event_sets(&self, mark: &Name) -> bool {
        let outcomes = self
            .matter
            .event_defs
            .iter()
            .filter_map(|d| d.outcome.as_ref());
        outcomes
            .flat_map(|o| &o.marks)
            .any(|(m, _)| m.value == *mark)
    }

    /// A sequence and those around it that cannot move before it has ended: all up to one that goes on beside the line.
    fn waiting_with(&self, frame: FrameNo) -> Vec<FrameNo> {
        let mut out = Vec::new();
        for (no, f) in self.case.chain(frame) {
            out.push(no);
            if f.detached || f.beside.is_some() {
                break;
            }
        }
        out
    }
}
