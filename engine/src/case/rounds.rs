//! Rounds by the calendar: planned one at a time, opened when their date has come, made up when it has passed.

use super::decide::{Course, Fault};
use super::enter::{day, moment_of};
use super::flow::How;
use super::{Fact, FrameNo, Name, WaitNo};
use crate::clock::{first_round, later_round};
use crate::expr::{self, Type};
use crate::matter::{Kind, MOST_ROUNDS, ROUND, Rounds, SequenceIx, Step, StepIx, Value};
use jiff::civil::Date;
use rust_decimal::prelude::ToPrimitive;
use serde_json::{Value as Json, json};

type Done = Result<(), Fault>;

impl<'a> Course<'a, '_> {
    /// A sequence comes to a `repeat`: its first round is planned.
    pub(super) fn open_repeat(
        &mut self,
        frame: FrameNo,
        at: StepIx,
        step: &Step,
        rounds: &Rounds,
    ) -> Done {
        let from = match &rounds.from {
            Some(from) => {
                let from = self.text(from, frame, &step.id)?;
                date_of(&from).ok_or_else(|| Fault::new("fault.no_instant", &[("value", from)]))?
            }
            None => day(self.context.now),
        };
        let first = first_round(from, self.day_of_month(rounds, frame, step)?);
        self.entered(frame, step, None);
        self.start_own_clock(frame, step, None)?;
        self.plan(frame, at, 1, first)
    }

    /// The round before has ended: the next one is planned.
    pub(super) fn next_round(&mut self, frame: FrameNo, at: StepIx) {
        if let Err(fault) = self.plan_next(frame, at) {
            self.fail(frame, at, &fault);
        }
    }

    fn plan_next(&mut self, frame: FrameNo, at: StepIx) -> Done {
        let Some((step, rounds, _)) = self.repeat(at) else {
            return Ok(());
        };
        let before = self.rounds_at(frame);
        let first = before.first().and_then(|no| self.case.frames.get(no));
        let first = first.and_then(|f| date_of(f.content.get("date")?.as_str()?));
        let count = u32::try_from(before.len()).unwrap_or(u32::MAX);
        let day = self.day_of_month(rounds, frame, step)?;
        let date = first.and_then(|first| later_round(first, rounds.every.value, day, count));
        self.plan(frame, at, count.saturating_add(1), date)
    }

    /// Plans a round, unless it was the last: it opens at once if its date has come, else its first step stays closed until then.
    fn plan(&mut self, frame: FrameNo, at: StepIx, number: u32, date: Option<Date>) -> Done {
        let Some((step, rounds, body)) = self.repeat(at) else {
            return Ok(());
        };
        let date = date.ok_or_else(|| Fault::new("fault.no_date", &[]))?;
        let round = json!({ "number": number, "date": date.to_string() });
        if !self.another_round(frame, step, rounds, &round)? {
            self.finish(frame, at, "done", How::default());
            return Ok(());
        }
        if number > MOST_ROUNDS {
            let most = MOST_ROUNDS.to_string();
            return Err(Fault::new("fault.rounds", &[("most", most)]));
        }
        let inside = self.open_frame(frame, step, Some(number.to_string()), round);
        let first = self.matter.sequence(body).and_then(|s| s.steps.first());
        let until = moment_of(&date.to_string()).filter(|at| *at > self.context.now);
        match until.zip(first) {
            Some((until, first)) => {
                let (wait, step) = (WaitNo(self.number()), self.id(*first));
                self.emit(Fact::RoundAwaited {
                    wait,
                    frame: inside,
                    step,
                    until,
                });
            }
            None => self.begin(inside, body),
        }
        Ok(())
    }

    /// The date of a round has come, or an administrator tries it again: it opens, unless by now there is to be no other.
    pub(super) fn round_comes(&mut self, round: FrameNo) {
        let Some((parent, at)) = self.round_of(round) else {
            return;
        };
        let Some((step, rounds, body)) = self.repeat(at) else {
            return;
        };
        let content = self.case.frames.get(&round).map(|f| f.content.clone());
        match self.another_round(parent, step, rounds, &content.unwrap_or_default()) {
            Ok(true) => self.begin(round, body),
            Ok(false) => {
                self.stop_events(round);
                self.stop_region_clocks(round);
                self.emit(Fact::FrameEnded {
                    frame: round,
                    result: "skipped".into(),
                });
                self.finish(parent, at, "done", How::default());
            }
            Err(fault) => {
                let first = self.matter.sequence(body).and_then(|s| s.steps.first());
                self.fail(round, first.copied().unwrap_or(at), &fault);
            }
        }
    }

    /// Tries again what failed in planning or opening a round; false: that is not what failed.
    pub(super) fn retry_round(&mut self, frame: FrameNo, failed: &Name) -> bool {
        let repeat = self
            .matter
            .named(failed)
            .filter(|(at, _)| self.repeat(*at).is_some() && !self.rounds_at(frame).is_empty());
        if let Some((at, step)) = repeat {
            self.emit(Fact::StepEntered {
                frame,
                step: failed.clone(),
                status: None,
                pauses: step.pauses.is_some(),
            });
            self.next_round(frame, at);
            return true;
        }
        let first = self
            .round_of(frame)
            .and_then(|(_, at)| self.matter.sequence(self.repeat(at)?.2)?.steps.first());
        let first = first.is_some_and(|s| self.id(*s) == *failed);
        let f = self.case.frames.get(&frame);
        let unopened = first && f.is_some_and(|f| f.records.is_empty());
        if unopened {
            self.stop_place(frame);
            self.round_comes(frame);
        }
        unopened
    }

    /// Whether there is to be a round: not past the number of them, and the condition holds.
    fn another_round(
        &self,
        frame: FrameNo,
        step: &Step,
        rounds: &Rounds,
        round: &Json,
    ) -> Result<bool, Fault> {
        if let Some(times) = &rounds.times {
            let times = self.count_of(times, frame, step)?;
            if round.get("number").and_then(Json::as_i64) > Some(times) {
                return Ok(false);
            }
        }
        match &rounds.only_while {
            Some(Value::Computed(formula)) => {
                let holds = self.with_item(formula, frame, &step.id, (ROUND, round))?;
                Ok(holds == expr::Value::Bool(true))
            }
            _ => Ok(true),
        }
    }

    fn day_of_month(
        &self,
        rounds: &Rounds,
        frame: FrameNo,
        step: &Step,
    ) -> Result<Option<i8>, Fault> {
        let Some(day) = &rounds.day else {
            return Ok(None);
        };
        let day = self.count_of(day, frame, step)?;
        let known = i8::try_from(day).ok().filter(|d| (1..=31).contains(d));
        known
            .map(Some)
            .ok_or_else(|| Fault::new("fault.no_day", &[("day", day.to_string())]))
    }

    /// A whole number, written out or computed.
    fn count_of(&self, value: &Value, frame: FrameNo, step: &Step) -> Result<i64, Fault> {
        let text = self.text(value, frame, &step.id)?;
        let number = expr::read(&text.as_str().into(), &Type::Number);
        match number {
            Some(expr::Value::Number(n)) => n.floor().to_i64(),
            _ => None,
        }
        .ok_or_else(|| Fault::new("fault.no_number", &[("value", text)]))
    }

    fn repeat(&self, at: StepIx) -> Option<(&'a Step, &'a Rounds, SequenceIx)> {
        let step = self.matter.step(at)?;
        match &step.kind {
            Kind::Repeat { rounds, body } => Some((step, rounds, *body)),
            _ => None,
        }
    }

    /// The round that runs where one is over; any other sequence itself.
    pub(super) fn round_now(&self, round: FrameNo) -> FrameNo {
        let over = self
            .case
            .frames
            .get(&round)
            .is_some_and(|f| f.result.is_some());
        let parent = self
            .round_of(round)
            .filter(|_| over)
            .map(|(parent, _)| parent);
        let rounds = parent.map(|parent| self.rounds_at(parent));
        rounds
            .and_then(|rounds| rounds.last().copied())
            .unwrap_or(round)
    }

    /// The `repeat` a sequence is a round of, and the sequence it stands in.
    fn round_of(&self, round: FrameNo) -> Option<(FrameNo, StepIx)> {
        let f = self
            .case
            .frames
            .get(&round)
            .filter(|f| f.beside.is_none())?;
        let (at, _) = self.matter.named(f.step.as_deref()?)?;
        self.repeat(at)?;
        Some((f.parent?, at))
    }

    /// Whether a sequence is a round.
    pub(super) fn is_round(&self, frame: FrameNo) -> bool {
        self.round_of(frame).is_some()
    }

    /// The rounds of the `repeat` at which a sequence stands, the first one first.
    fn rounds_at(&self, frame: FrameNo) -> Vec<FrameNo> {
        let Some(f) = self.case.frames.get(&frame) else {
            return Vec::new();
        };
        let since = f.at.as_ref().map_or(u32::MAX, |at| at.since);
        let step = f.at.as_ref().map(|at| &at.step);
        let here = |no: &&FrameNo| {
            let child = self.case.frames.get(no);
            no.0 > since && child.is_some_and(|c| c.step.as_ref() == step)
        };
        f.children.iter().filter(here).copied().collect()
    }
}

fn date_of(text: &str) -> Option<Date> {
    text.parse().ok()
}
