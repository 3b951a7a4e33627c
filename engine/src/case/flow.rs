//! How the places of a case move: a step is done and goes its way, a sequence ends, what is left is stopped, the case ends.

use super::decide::{Course, Fault, Move};
use super::place::block_of;
use super::{Beside, Fact, Frame, FrameNo, Name, PersonId, Seat, Status, TaskNo, TaskState, Void};
use crate::matter::{EndState, Final, Kind, Letter, Outcome, Reason, Rest, StepIx, Way};
use crate::text::Text;
use serde_json::{Map, Value as Json};

/// How a step came to its outcome.
#[derive(Default)]
pub(super) struct How {
    pub task: Option<TaskNo>,
    pub by: Option<PersonId>,
    pub seat: Option<Seat>,
    /// Reason code, or the words where the matter knows no code.
    pub reason: Option<String>,
    /// What the step writes.
    pub content: Json,
    /// The step to go back to, where the outcome leaves a choice.
    pub back_to: Option<Name>,
}

impl Course<'_, '_> {
    /// A step is done with an outcome: everything that happens with it, then its way.
    pub(super) fn finish(&mut self, frame: FrameNo, step: StepIx, name: &str, mut how: How) {
        let id = self.id(step);
        let outcome = self.outcome(step, name);
        let rest = outcome.map_or(Rest::Stop, |o| o.rest);
        how.reason = how
            .reason
            .or_else(|| outcome.and_then(|o| self.given(&o.reason, frame, &id)));
        if name == "overdue" || name == "missed" {
            self.call_off_place(frame);
        }
        self.close_place(frame, rest, how.task);
        let recorded = outcome.map_or_else(
            || name.into(),
            |o| {
                if &**o.name == "else" {
                    name.into()
                } else {
                    o.name.value.clone()
                }
            },
        );
        let handed_in = names(&how.content, "handed_in");
        self.emit_with(
            Fact::StepDone {
                frame,
                step: id.clone(),
                outcome: recorded,
                task: how.task,
                by: how.by.clone(),
                seat: how.seat.clone(),
                reason: how.reason.clone(),
            },
            std::mem::take(&mut how.content),
        );
        self.stop_own_clocks(frame, &id);
        self.moment(frame, &id, self.context.now);
        if !handed_in.is_empty() {
            self.handed_in(&handed_in);
        }
        match outcome {
            Some(outcome) => {
                self.consequences(frame, &id, outcome, &how);
                self.go(frame, step, outcome, &how);
            }
            None if name == "done" => self.advance(frame, step),
            None => {
                let args = [("outcome", name.to_owned())];
                let fault = Fault::new("fault.no_way", &args);
                self.fail(frame, step, &fault);
            }
        }
    }

    /// Materials have come: they are missing and promised no more.
    pub(super) fn handed_in(&mut self, names: &[String]) {
        let rest = |of: &[String]| of.iter().filter(|n| !names.contains(n)).cloned().collect();
        let (missing, promised) = (rest(&self.case.missing), rest(&self.case.promised));
        let faulty = rest(&self.case.faulty);
        self.emit(Fact::MaterialsChecked {
            missing,
            faulty,
            promised,
        });
    }

    /// Where an outcome leads.
    pub(super) fn go(&mut self, frame: FrameNo, step: StepIx, outcome: &Outcome, how: &How) {
        match &outcome.way {
            Way::Next => self.advance(frame, step),
            Way::Go(target) => self.jump(frame, step, target),
            Way::BackTo(targets) => {
                let target = how
                    .back_to
                    .clone()
                    .or_else(|| Some(targets.first()?.value.clone()));
                if let Some(target) = target {
                    self.jump(frame, step, &target);
                }
            }
            Way::Leave(result) => {
                if !self.leave(frame, None, result) {
                    self.fail(frame, step, &nobody_takes(result));
                }
            }
            Way::End(end) => {
                let label = outcome.label.as_ref().or(end.label.as_ref());
                self.end_case(frame, end.state.value, label, how.reason.as_deref());
            }
        }
    }

    /// On to the next line, or to the end of the sequence.
    pub(super) fn advance(&mut self, frame: FrameNo, step: StepIx) {
        let alone = self
            .case
            .frames
            .get(&frame)
            .is_some_and(|f| f.beside == Some(Beside::Step));
        match self.matter.next(step).filter(|_| !alone) {
            Some(next) => self.agenda.push_back(Move::Enter(frame, next)),
            None => self.end_frame(frame, "done"),
        }
    }

    /// To a step by name: of this sequence, or of one around, which stops what it stood at.
    fn jump(&mut self, frame: FrameNo, from: StepIx, name: &str) {
        let inner = format!("{}{name}", block_of(&self.id(from)));
        let target = self
            .matter
            .named(&inner)
            .or_else(|| self.matter.named(name));
        let place = target.and_then(|(at, step)| {
            let mut chain = self.case.chain(frame).map(|(no, _)| no);
            let around = chain.find(|f| self.case.sequence(self.matter, *f) == Some(step.within));
            Some((around?, at))
        });
        let Some((around, target)) = place else {
            let fault = Fault::new("fault.no_step", &[("step", name.to_owned())]);
            return self.fail(frame, from, &fault);
        };
        if around != frame {
            self.stop_place(around);
        }
        self.agenda.push_back(Move::Enter(around, target));
    }

    /// Ends the innermost group around that lists a result; false where none does. `on` is the `parallel` step of an event that stands on it.
    pub(super) fn leave(&mut self, frame: FrameNo, on: Option<&Name>, result: &Name) -> bool {
        if let Some((step, _)) = on.and_then(|s| self.lists(s, result)) {
            self.finish(frame, step, result, How::default());
            return true;
        }
        let chain: Vec<FrameNo> = self.case.chain(frame).map(|(no, _)| no).collect();
        for no in chain {
            let Some(f) = self.case.frames.get(&no) else {
                return false;
            };
            let gives = self.case.sequence(self.matter, no);
            let gives = gives
                .and_then(|s| self.matter.sequence(s))
                .map(|s| &s.gives);
            let given = gives.is_some_and(|g| g.iter().any(|n| n.value == *result));
            if given || f.detached || f.beside == Some(Beside::Step) {
                self.stop_place(no);
                self.end_frame(no, result);
                return true;
            }
            let owner = f.step.clone().filter(|_| f.beside.is_none()).zip(f.parent);
            if let Some((owner, parent)) = owner
                && let Some((step, _)) = self.lists(&owner, result)
            {
                let how = How {
                    content: self.returned(no, step),
                    ..How::default()
                };
                self.finish(parent, step, result, how);
                return true;
            }
        }
        false
    }

    fn lists(&self, step: &Name, result: &Name) -> Option<(StepIx, &Outcome)> {
        let (at, step) = self.matter.named(step)?;
        let outcome = step.outcomes.iter().find(|o| o.name.value == *result)?;
        Some((at, outcome))
    }

    /// What a hand-off brings back from its inner steps; nothing for other groups.
    pub(super) fn returned(&self, frame: FrameNo, step: StepIx) -> Json {
        let Some(Kind::Handoff { returns, .. }) = self.matter.step(step).map(|s| &s.kind) else {
            return Json::Null;
        };
        let scope = self.scope(frame, "", None);
        let last = |path: &str| path.rsplit('.').next().unwrap_or(path).to_owned();
        let values = returns
            .iter()
            .filter_map(|path| Some((last(&path.value), scope.along(&path.value)?)));
        Json::Object(values.collect())
    }

    /// A sequence has come to its end with a result.
    pub(super) fn end_frame(&mut self, frame: FrameNo, result: &str) {
        let open = self
            .case
            .frames
            .get(&frame)
            .is_some_and(|f| f.result.is_none());
        if !open {
            return;
        }
        // The round after this one takes them over.
        if !self.is_round(frame) {
            self.drop_proposals(frame);
        }
        self.stop_events(frame);
        self.stop_region_clocks(frame);
        self.emit(Fact::FrameEnded {
            frame,
            result: result.into(),
        });
        self.agenda.push_back(Move::Ended(frame));
    }

    /// What follows when a sequence has ended.
    pub(super) fn ended(&mut self, frame: FrameNo) {
        let Some(f) = self.case.frames.get(&frame) else {
            return;
        };
        let (Some(parent), Some(result)) = (f.parent, f.result.clone()) else {
            if f.parent.is_none() && !self.case.status.is_final() {
                self.end_case(frame, Final::Completed, None, None);
            }
            return;
        };
        match (f.beside.clone(), f.detached, f.step.clone()) {
            (Some(Beside::Event { name, on, .. }), ..) => {
                self.event_over(parent, on.as_ref(), &name, &result);
            }
            (Some(Beside::Step), ..) | (None, true, _) | (None, _, None) => {}
            (None, false, Some(name)) => {
                let Some((step, kind)) = self.matter.named(&name).map(|(at, s)| (at, &s.kind))
                else {
                    return;
                };
                let here = self.case.frames.get(&parent).and_then(|p| p.at.as_ref());
                if here.is_none_or(|at| at.step != name) {
                    return;
                }
                match kind {
                    Kind::Parallel { .. } | Kind::ForEach { .. } => self.join(parent, step),
                    Kind::Repeat { .. } => self.next_round(parent, step),
                    _ => {
                        let how = How {
                            content: self.returned(frame, step),
                            ..How::default()
                        };
                        self.finish(parent, step, &result, how);
                    }
                }
            }
        }
    }

    /// Stops where a sequence stands and everything below it.
    pub(super) fn stop_place(&mut self, frame: FrameNo) {
        let at = self.case.frames.get(&frame).and_then(|f| f.at.as_ref());
        let Some(step) = at.map(|at| at.step.clone()) else {
            return;
        };
        self.call_off_place(frame);
        self.close_place(frame, Rest::Stop, None);
        self.emit(Fact::StepStopped {
            frame,
            step: step.clone(),
        });
        self.stop_own_clocks(frame, &step);
    }

    /// Tells a hand-off or sub-case that is still open that nobody waits for it any more.
    fn call_off_place(&mut self, frame: FrameNo) {
        let Some(at) = self.case.frames.get(&frame).and_then(|f| f.at.as_ref()) else {
            return;
        };
        let handoff = at
            .handoff
            .filter(|h| self.case.handoffs.get(h).is_some_and(|h| !h.over));
        let child = at
            .subcase
            .filter(|c| self.case.subcases.get(c).is_some_and(|c| !c.over));
        if let Some(handoff) = handoff {
            self.emit(Fact::HandoffCalledOff { handoff });
        }
        if let Some(child) = child {
            self.emit(Fact::SubcaseCalledOff { child });
        }
    }

    /// Closes what is open at a place but the task that is being done: tasks are moot, branches stop or go on as obligations.
    fn close_place(&mut self, frame: FrameNo, rest: Rest, keep: Option<TaskNo>) {
        let Some(f) = self.case.frames.get(&frame) else {
            return;
        };
        let Some(at) = f.at.clone() else { return };
        let children: Vec<FrameNo> = f
            .children
            .iter()
            .copied()
            .filter(|c| c.0 > at.since)
            .collect();
        let moot = |t: &&TaskNo| Some(**t) != keep && !self.outlasts(**t, &at.step);
        for task in at.tasks.iter().filter(moot).collect::<Vec<_>>() {
            let open = self.case.tasks.get(task).map(|t| &t.state);
            if !matches!(
                open,
                None | Some(TaskState::Done { .. } | TaskState::Void { .. })
            ) {
                self.emit(Fact::TaskVoided {
                    task: *task,
                    why: Void::Moot,
                });
            }
        }
        for event in self.events_on(frame, &at.step) {
            self.stop_frame(event);
        }
        if !self.case.turns.is_empty() {
            self.leave_turn(frame, &at.step);
        }
        for child in children {
            self.drop_proposals(child);
            let open = self.case.frames.get(&child);
            if !open.is_some_and(|c| c.result.is_none() && !c.detached) {
                continue;
            }
            match rest {
                Rest::Stop => self.stop_frame(child),
                Rest::Continue => self.emit(Fact::FrameDetached { frame: child }),
            }
        }
    }

    /// Whether a task asks a second person about an act of the region, not of the `parallel` step where that stands.
    fn outlasts(&self, task: TaskNo, step: &Name) -> bool {
        if !self.case.proposed_acts.contains(&task) {
            return false;
        }
        let event = self.case.tasks.get(&task).map(|t| &t.step);
        let (_, step) = match self.matter.named(step) {
            Some(found) if matches!(found.1.kind, Kind::Parallel { .. }) => found,
            _ => return true,
        };
        let mut own = step.events.iter();
        let defs = &self.matter.event_defs;
        let named = |ix: &crate::matter::EventIx| defs.get(ix.0 as usize).map(|d| &d.name.value);
        !own.any(|ix| named(ix) == event)
    }

    /// Events of a `parallel` step whose steps still run.
    fn events_on(&self, frame: FrameNo, step: &Name) -> Vec<FrameNo> {
        let events = self.case.frames.get(&frame).map(|f| f.events.as_slice());
        let on = |e: &&FrameNo| {
            let beside = self.case.frames.get(e).and_then(|f| f.beside.as_ref());
            matches!(beside, Some(Beside::Event { on: Some(on), .. }) if on == step)
        };
        events
            .unwrap_or_default()
            .iter()
            .filter(on)
            .copied()
            .collect()
    }

    /// Stops a sequence. One past the final mark goes on as an obligation.
    pub(super) fn stop_frame(&mut self, frame: FrameNo) {
        let Some(f) = self.case.frames.get(&frame).filter(|f| f.result.is_none()) else {
            return;
        };
        if self.past_final(frame) {
            if !f.detached {
                self.emit(Fact::FrameDetached { frame });
            }
            return;
        }
        self.stop_place(frame);
        self.drop_proposals(frame);
        self.stop_events(frame);
        self.stop_region_clocks(frame);
        self.emit(Fact::FrameEnded {
            frame,
            result: "stopped".into(),
        });
    }

    /// Whether a branch, an item or what goes on beside the line has passed the final mark, in its own line or a group of it.
    fn past_final(&self, frame: FrameNo) -> bool {
        let Some(last) = self.matter.final_mark.as_ref().map(|m| &m.value) else {
            return false;
        };
        let branch = |f: &Frame| f.key.is_some() || f.beside == Some(Beside::Step);
        if !self.case.frames.get(&frame).is_some_and(branch) {
            return false;
        }
        let marked = self.case.frames.iter();
        let mut marked = marked.filter(|(_, f)| f.marks.contains_key(last));
        marked.any(|(no, _)| {
            let mut around = self.case.chain(*no);
            around
                .find(|(_, f)| branch(f))
                .is_some_and(|(b, _)| b == frame)
        })
    }

    pub(super) fn stop_events(&mut self, frame: FrameNo) {
        let events = self.case.frames.get(&frame).map(|f| f.events.clone());
        for event in events.unwrap_or_default() {
            self.stop_frame(event);
        }
    }

    /// Ends the case; inside an obligation only the obligation.
    pub(super) fn end_case(
        &mut self,
        frame: FrameNo,
        state: Final,
        label: Option<&Text>,
        reason: Option<&str>,
    ) {
        let chain = self.case.chain(frame);
        let obligation = chain.filter(|(_, f)| f.detached).map(|(no, _)| no).next();
        if let Some(obligation) = obligation {
            self.stop_place(obligation);
            return self.end_frame(obligation, "done");
        }
        let results = self.results(reason);
        let Some(root) = self.case.root() else { return };
        self.stop_place(root);
        self.drop_proposals(root);
        self.stop_events(root);
        if !matches!(state, Final::Completed | Final::CompletedPartial) {
            for obligation in self.case.obligations.clone() {
                self.stop_frame(obligation);
            }
        }
        self.stop_region_clocks(root);
        let label = label.map(|t| t.zh.clone());
        self.emit_with(
            Fact::StatusChanged {
                status: Status::of(state),
                label,
            },
            results,
        );
        self.emit(Fact::FrameEnded {
            frame: root,
            result: "done".into(),
        });
    }

    /// The case is closed once it has ended and its last obligation too.
    pub(super) fn close_case(&mut self) -> bool {
        let over = self.case.status.is_final() && self.case.obligations.is_empty();
        if over && !self.case.closed {
            self.emit(Fact::CaseClosed);
        }
        false
    }

    /// What a parent may read of this case. What some path has not written is left out.
    fn results(&self, reason: Option<&str>) -> Json {
        let Some(root) = self.case.root() else {
            return Json::Null;
        };
        let values = self.matter.results.iter().filter_map(|(name, value)| {
            let value = self.json(value, root, "").ok().filter(|v| !v.is_null())?;
            Some((name.to_string(), value))
        });
        let reason = reason.map(|r| ("reason".to_owned(), Json::from(r)));
        let values: Map<String, Json> = reason.into_iter().chain(values).collect();
        if values.is_empty() {
            Json::Null
        } else {
            Json::Object(values)
        }
    }

    /// `end` as a step of its own.
    pub(super) fn end_step(&mut self, frame: FrameNo, step: StepIx, end: &EndState) {
        let id = self.id(step);
        let how = How {
            reason: self.given(&end.reason, frame, &id),
            ..How::default()
        };
        self.issue_all(frame, &id, &end.papers, (&how, &[]));
        let (label, reason) = (end.label.as_ref(), how.reason.as_deref());
        self.end_case(frame, end.state.value, label, reason);
    }

    /// A reason the matter itself gives: its one code, its text, or what it works out.
    pub(super) fn given(&self, reason: &Reason, frame: FrameNo, step: &str) -> Option<String> {
        match reason {
            Reason::Codes(codes) if codes.len() == 1 => codes.first().map(|c| c.value.clone()),
            Reason::Text(text) => Some(text.value.clone()),
            Reason::Computed(value) => self.text(value, frame, step).ok(),
            Reason::None | Reason::Ask | Reason::Codes(_) => None,
        }
    }

    /// Runs the `undo` letters of what was done in a region, the last first.
    pub(super) fn undo(&mut self, region: FrameNo) {
        let mut done: Vec<(u64, FrameNo, Name)> = Vec::new();
        let mut frames = vec![region];
        while let Some(no) = frames.pop() {
            let Some(f) = self.case.frames.get(&no) else {
                continue;
            };
            frames.extend(&f.children);
            // A letter counts from when it was sent, answered or still under way.
            let sent = |step: &Name| {
                let letters = self.case.handoffs.values().rev();
                let mut letters = letters.filter(|h| h.frame == no && h.step == *step);
                letters.next().map(|h| h.seq)
            };
            let records = f.records.iter();
            done.extend(records.map(|(step, r)| (sent(step).unwrap_or(r.seq), no, step.clone())));
            let at = f.at.iter().filter(|at| !f.records.contains_key(&at.step));
            done.extend(at.filter_map(|at| Some((sent(&at.step)?, no, at.step.clone()))));
        }
        done.sort();
        for (_, frame, step) in done.into_iter().rev() {
            let letter: Option<Letter> = self.matter.named(&step).and_then(|(_, s)| s.undo.clone());
            if let Some(letter) = letter {
                self.issue_all(frame, &step, &[letter], (&How::default(), &[]));
            }
        }
    }
}

/// The materials that whoever looked through them finds missing or unfit; nothing if he was not asked.
pub(super) fn lacking(content: &Json) -> Option<Vec<String>> {
    let told = |field: &str| content.get(field).is_some_and(Json::is_array);
    if !told("missing") && !told("faulty") {
        return None;
    }
    let mut missing = names(content, "missing");
    let faulty = names(content, "faulty");
    missing.extend(
        faulty
            .into_iter()
            .filter(|name| !missing.contains(name))
            .collect::<Vec<_>>(),
    );
    Some(missing)
}

/// A result that no group around lists.
pub(super) fn nobody_takes(result: &Name) -> Fault {
    Fault::new("fault.no_way", &[("outcome", result.to_string())])
}

/// The materials a step names in one of its values: `missing`, `handed_in`.
pub(super) fn names(content: &Json, field: &str) -> Vec<String> {
    let listed = content.get(field).and_then(Json::as_array);
    let texts = listed.into_iter().flatten().filter_map(Json::as_str);
    texts.map(str::to_owned).collect()
}
