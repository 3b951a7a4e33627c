//! Letters between offices and papers on their way: received, refused, answered, delivered.

use super::decide::Course;
use super::flow::How;
use super::issue::with_reason;
use super::{
    Actor, Fact, FrameNo, HandoffNo, Late, Name, PaperNo, PersonId, Rejection, Seat, TaskNo, Work,
};
use crate::matter::{Kind, Step, StepIx};
use serde_json::Value as Json;

impl<'a> Course<'a, '_> {
    pub(super) fn letter(&self, no: HandoffNo) -> Result<(FrameNo, StepIx, &'a Step), Rejection> {
        let unknown = || Rejection::NotFound {
            what: no.0.to_string(),
        };
        let letter = self.case.handoffs.get(&no).ok_or_else(unknown)?;
        let (at, step) = self.matter.named(&letter.step).ok_or_else(unknown)?;
        if letter.over {
            return Err(self.not_now("reject.letter_over", &[]));
        }
        Ok((letter.frame, at, step))
    }

    pub(super) fn receive(&mut self, no: HandoffNo) -> Result<(), Rejection> {
        let (frame, _, step) = self.letter(no)?;
        let (by, seat) = self.to_receive(no)?;
        if let Some(task) = self.task_for(frame, Work::Receive(no)) {
            let outcome = "received".into();
            self.emit(Fact::TaskDone {
                task,
                by: by.clone(),
                outcome,
                seat: Some(seat.clone()),
            });
        }
        self.emit(Fact::HandoffReceived { handoff: no, by });
        let address = self.case.address(self.matter, frame, &step.id);
        self.stop_clock(format!("{address}.receive"));
        self.moment(frame, &format!("{}.received", *step.id), self.context.now);
        self.start_own_clock(frame, step, Some(&seat))?;
        let Kind::Handoff { body, .. } = &step.kind else {
            return Ok(());
        };
        if self.case.origin().is_some_and(|o| o.step == step.id.value) {
            self.mark(frame, &"accepted".into(), self.context.now);
        }
        let there = matches!(self.context.actor, Actor::Peer { .. });
        match body {
            Some(body) if !there => {
                let inside = self.open_frame(frame, step, None, Json::Null);
                self.begin(inside, *body);
            }
            _ => _ = self.offer(frame, &step.id.value, Work::Answer(no), vec![seat], None),
        }
        Ok(())
    }

    /// Who may receive or refuse a letter that nobody has taken yet.
    fn to_receive(&self, no: HandoffNo) -> Result<(PersonId, Seat), Rejection> {
        let unknown = || Rejection::NotFound {
            what: no.0.to_string(),
        };
        let letter = self.case.handoffs.get(&no).ok_or_else(unknown)?;
        self.other_side(letter)?;
        let who = self.entitled(std::slice::from_ref(&letter.to))?;
        match &letter.received {
            Some((by, at)) => Err(Rejection::AlreadyDone {
                by: by.clone(),
                at: *at,
                outcome: "received".into(),
            }),
            None => Ok(who),
        }
    }

    pub(super) fn refuse(&mut self, no: HandoffNo, reason: &str) -> Result<(), Rejection> {
        let (frame, at, _) = self.letter(no)?;
        let (by, seat) = self.to_receive(no)?;
        let reason = self.reason(&crate::matter::Reason::Ask, Some(reason), true)?;
        if let Some(task) = self.task_for(frame, Work::Receive(no)) {
            let outcome = "refused".into();
            self.emit(Fact::TaskDone {
                task,
                by: by.clone(),
                outcome,
                seat: Some(seat.clone()),
            });
        }
        let content = with_reason(Json::Null, reason.as_deref());
        self.emit_with(
            Fact::HandoffRefused {
                handoff: no,
                by: by.clone(),
            },
            content.clone(),
        );
        let how = How {
            by: Some(by),
            seat: Some(seat),
            reason,
            content,
            ..How::default()
        };
        self.finish(frame, at, "refused", how);
        Ok(())
    }

    pub(super) fn answer(
        &mut self,
        no: HandoffNo,
        data: &Json,
        outcome: Option<&Name>,
    ) -> Result<(), Rejection> {
        let letter = self.case.handoffs.get(&no);
        if let Some(letter) = letter {
            self.other_side(letter)?;
        }
        let to = letter.map(|l| l.to.clone()).into_iter().collect::<Vec<_>>();
        if letter.is_some_and(|l| l.called_off) {
            let (by, _) = self.entitled(&to)?;
            self.late(Late::Answer { handoff: no, by }, data);
            return Ok(());
        }
        let (frame, at, step) = self.letter(no)?;
        let (by, seat) = self.entitled(&to)?;
        if let Actor::Peer { .. } = self.context.actor {
            let done = "done".into();
            return self.answer_from_afar(no, (by, seat), outcome.unwrap_or(&done), data);
        }
        let Some(task) = self.task_for(frame, Work::Answer(no)) else {
            return Err(self.not_now("reject.no_answer", &[]));
        };
        let Kind::Handoff { form, .. } = &step.kind else {
            return Ok(());
        };
        let content = self.submitted(form.as_ref().map(|f| f.value.as_str()), data, true)?;
        let how = How {
            task: Some(task),
            by: Some(by),
            seat: Some(seat),
            content,
            ..How::default()
        };
        self.finish(frame, at, "done", how);
        Ok(())
    }

    /// Puts on record what nobody waits for any more.
    pub(super) fn late(&mut self, what: Late, said: &Json) {
        self.emit_with(Fact::CameLate { what }, said.clone());
    }

    /// Records that a paper was delivered; a step that waits for the proof is done.
    pub(super) fn deliver(&mut self, paper: PaperNo) -> Result<(), Rejection> {
        let known = self
            .case
            .papers
            .get(&paper)
            .map(|p| (p.frame, p.delivered.clone()));
        let Some((frame, delivered)) = known else {
            return Err(Rejection::NotFound {
                what: paper.0.to_string(),
            });
        };
        if let Some((by, at)) = delivered {
            return Err(Rejection::AlreadyDone {
                by,
                at,
                outcome: "delivered".into(),
            });
        }
        let task = self.task_for(frame, Work::Deliver(paper));
        let Some(open) = task.and_then(|t| self.case.tasks.get(&t)).cloned() else {
            // Nobody waits for the proof: whoever has a post in the accepting city may still record it.
            self.may_open(&self.case.accepting_city.clone(), "", true)?;
            let by = self.person();
            self.emit(Fact::PaperDelivered { paper, by });
            return Ok(());
        };
        let (by, seat) = self.entitled(&open.seats)?;
        self.emit(Fact::PaperDelivered {
            paper,
            by: by.clone(),
        });
        if let Some((at, _)) = self.matter.named(&open.step) {
            let how = How {
                task,
                by: Some(by),
                seat: Some(seat),
                ..How::default()
            };
            self.finish(open.frame, at, "done", how);
        }
        Ok(())
    }

    /// The open task at a place that asks for some work.
    pub(super) fn task_for(&self, frame: FrameNo, work: Work) -> Option<TaskNo> {
        let at = self.case.frames.get(&frame)?.at.as_ref()?;
        let asks = |t: &&TaskNo| self.case.tasks.get(t).is_some_and(|t| t.work == work);
        let mut open = at.tasks.iter().filter(|t| self.case.open_tasks.contains(t));
        open.find(asks).copied()
    }
}
