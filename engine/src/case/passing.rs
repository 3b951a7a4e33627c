//! How a task passes from person to person: given back, transferred, lent to a helper and handed back by him, taken back after it was done.

use super::cards::{LEAD, SUPERVISOR};
use super::decide::{Course, Move};
use super::flow::names;
use super::tasks::form_of;
use super::{Case, Fact, Party, PersonId, Record, Rejection, Seat, Task, TaskNo, TaskState, Work};
use crate::matter::{Kind, Reason, Revision};
use serde_json::{Value as Json, json};
use std::borrow::Cow;

impl Course<'_, '_> {
    pub(super) fn release(&mut self, no: TaskNo) -> Result<(), Rejection> {
        let asked = self.case.tasks.get(&no).and_then(|t| t.asked_by()).cloned();
        if let Some(of) = asked {
            let by = self.person();
            if by != of {
                self.at_task(no)?;
            }
            self.emit(Fact::TaskHandedBack {
                task: no,
                by,
                to: of,
                seat: None,
            });
            return Ok(());
        }
        let (task, ..) = self.at_task(no)?;
        if matches!(task.state, TaskState::Open) {
            return Err(self.not_now("reject.not_held", &[]));
        }
        self.emit(Fact::TaskReleased { task: no });
        Ok(())
    }

    pub(super) fn transfer(
        &mut self,
        no: TaskNo,
        to: &PersonId,
        reason: &str,
    ) -> Result<(), Rejection> {
        let (by, reason) = match self.looks_after(no) {
            true => (
                self.person(),
                self.reason(&Reason::Ask, Some(reason), true)?,
            ),
            false => self.may_pass_on(no, reason)?,
        };
        let given = Fact::TaskTransferred {
            task: no,
            by,
            to: to.clone(),
        };
        self.emit_with(given, json!({ "reason": reason }));
        Ok(())
    }

    pub(super) fn delegate(
        &mut self,
        no: TaskNo,
        to: &PersonId,
        reason: &str,
    ) -> Result<(), Rejection> {
        let (by, reason) = self.may_pass_on(no, reason)?;
        let step = self.case.tasks.get(&no).map(|t| t.work == Work::Step);
        if by == *to || step != Some(true) {
            return Err(self.not_now("reject.no_helper", &[]));
        }
        let asked = Fact::TaskDelegated {
            task: no,
            by,
            to: to.clone(),
        };
        self.emit_with(asked, json!({ "reason": reason }));
        Ok(())
    }

    /// Whether the actor watches over the office that has a task, and may give it to somebody else there, whoever holds it. A helper's
    /// work is for the one who asked him.
    fn looks_after(&self, no: TaskNo) -> bool {
        let Some(task) = self.case.tasks.get(&no) else {
            return false;
        };
        let posts = self
            .context
            .actor
            .posts_in(&self.matter.id, self.context.now);
        let live = matches!(task.state, TaskState::Open | TaskState::Held { .. });
        let watches = |p: &Party| [SUPERVISOR, LEAD].contains(&p.post.as_str());
        let mut watching = posts.filter(|p| watches(p));
        let office = |watch: &Party, seat: &Seat| {
            watch.city == seat.post.city && watch.department == seat.post.department
        };
        let over = |watch| task.seats.iter().any(|seat| office(watch, seat));
        live && task.asked_by().is_none() && watching.any(over)
    }

    /// Who passes a task on, and why; not who was himself asked to help.
    fn may_pass_on(&self, no: TaskNo, why: &str) -> Result<(PersonId, Option<String>), Rejection> {
        let (task, by, _) = self.at_task(no)?;
        if let Some(of) = task.asked_by() {
            return Err(self.not_now("reject.helps", &[("by", of.to_string())]));
        }
        let why = self.reason(&Reason::Ask, Some(why), true)?;
        Ok((by, why))
    }

    /// What a helper has filled goes back to whoever asked him.
    pub(super) fn hand_back(
        &mut self,
        no: TaskNo,
        task: &Task,
        seat: Seat,
        to: PersonId,
        data: &Json,
    ) -> Result<(), Rejection> {
        let step = self.matter.named(&task.step).map(|(_, step)| step);
        let filled = match step.and_then(form_of) {
            Some(form) => self.submitted(Some(form), data, false)?,
            None => Json::Null,
        };
        let back = Fact::TaskHandedBack {
            task: no,
            by: self.person(),
            to,
            seat: Some(seat),
        };
        self.emit_with(back, filled);
        Ok(())
    }

    /// What one has done oneself is done again, as long as nobody has touched what came of it, and no mark, paper, letter, call or
    /// other case did.
    pub(super) fn take_back(&mut self, no: TaskNo) -> Result<(), Rejection> {
        let Some(task) = self.case.tasks.get(&no).cloned() else {
            return Err(Rejection::NotFound {
                what: no.0.to_string(),
            });
        };
        self.entitled(&task.seats)?;
        let by = self.person();
        if !self.case.may_be_taken_back(self.matter, no, &by) {
            return Err(self.not_now("reject.not_taken_back", &[]));
        }
        let Some((step, _)) = self.matter.named(&task.step) else {
            return Err(self.not_now("reject.not_taken_back", &[]));
        };
        self.stop_place(task.frame);
        self.emit(Fact::StepTakenBack {
            frame: task.frame,
            step: task.step,
            by,
        });
        self.agenda.push_back(Move::Enter(task.frame, step));
        Ok(())
    }
}

impl Case {
    /// The fields of a task's form as they stand: as a helper has handed them back, else as the step left them when it was last done,
    /// save that what has come since is missing no more.
    pub fn so_far<'c>(&'c self, task: &'c Task) -> Option<Cow<'c, Json>> {
        if let Some(filled) = task.filled() {
            return Some(Cow::Borrowed(filled));
        }
        let frame = self.frames.get(&task.frame)?;
        let before = &frame.records.get(&task.step)?.values;
        let lists = [("missing", &self.missing), ("faulty", &self.faulty)];
        let told = lists.map(|(field, now)| (field, names(before, field), now));
        if told
            .iter()
            .all(|(_, told, now)| told.iter().all(|name| now.contains(name)))
        {
            return Some(Cow::Borrowed(before));
        }
        let mut still = before.clone();
        for (field, mut told, now) in told {
            told.retain(|name| now.contains(name));
            if before.get(field).is_some() {
                still[field] = told.into();
            }
        }
        Some(Cow::Owned(still))
    }

    /// Whether a person may take back a task he has done: nobody has touched what came of it, and no mark, paper, letter, call or other
    /// case did.
    pub fn may_be_taken_back(&self, matter: &Revision, no: TaskNo, by: &PersonId) -> bool {
        let Some(task) = self.tasks.get(&no).filter(|t| t.work == Work::Step) else {
            return false;
        };
        let mine = matches!(&task.state, TaskState::Done { by: who, .. } if who == by);
        let seconded = self.tasks.values().any(|t| {
            let proposed = t.proposal.as_ref().and_then(|p| p.task);
            proposed == Some(no)
        });
        if !mine || seconded {
            return false;
        }
        let Some(frame) = self.frames.get(&task.frame).filter(|f| f.result.is_none()) else {
            return false;
        };
        let (Some(done), Some(at)) = (frame.records.get(&task.step), &frame.at) else {
            return false;
        };
        // Somebody may have done the step again since, or it is being done again already.
        if done.by.as_ref() != Some(by) || at.step == task.step {
            return false;
        }
        let open = |no| matches!(self.tasks.get(no).map(|t| &t.state), Some(TaskState::Open));
        let untouched = !at.tasks.is_empty()
            && at.tasks.iter().all(open)
            && frame.children.iter().all(|child| child.0 <= at.since);
        let left = at.handoff.is_some() || at.subcase.is_some() || at.wait.is_some();
        let mut since = frame.records.iter().filter(|(_, r)| r.seq >= done.seq);
        let harmless = since.all(|(step, record)| {
            let own = *step == task.step;
            leaves_nothing(matter, step, record, own)
        });
        untouched && !left && harmless
    }
}

/// Whether a step, as it was done, set no mark and issued no paper; of others than the one taken back only what passes by itself.
fn leaves_nothing(matter: &Revision, step: &str, record: &Record, own: bool) -> bool {
    let Some((_, step)) = matter.named(step) else {
        return false;
    };
    let passes = matches!(
        step.kind,
        Kind::Decide { .. } | Kind::Choice { .. } | Kind::Set { .. }
    );
    let outcome = step
        .outcomes
        .iter()
        .find(|o| o.name.value == record.outcome);
    let bare = outcome.is_none_or(|o| o.marks.is_empty() && o.papers.is_empty());
    (own || passes) && bare
}
