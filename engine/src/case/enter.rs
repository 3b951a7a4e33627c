//! Opening a step: whether it is closed or passed over, then what its kind does.

use super::decide::{Course, Fault, Move};
use super::flow::How;
use super::{
    Beside, Fact, FrameNo, HandoffNo, Kept, Lasts, Name, PersonId, Seat, Status, TaskNo, WaitNo,
    Work,
};
use crate::clock::{civil, due, instant};
use crate::matter::{Kind, Letter, Step, StepIx, Value, WaitOn, With};
use crate::source::Spanned;
use jiff::Timestamp;
use jiff::civil::DateTime;
use serde_json::{Map, Value as Json, json};

type Done = Result<(), Fault>;

/// So often one sequence does a step at most (G82).
const VISITS: u32 = 1_000;

impl Course<'_, '_> {
    /// A sequence comes to a step.
    pub(super) fn enter(&mut self, frame: FrameNo, at: StepIx) {
        let open = self
            .case
            .frames
            .get(&frame)
            .is_some_and(|f| f.result.is_none());
        let Some(step) = self.matter.step(at).filter(|_| open) else {
            return;
        };
        match self.holds_true(step.only_if.as_ref(), frame, &step.id) {
            Ok(true) => {}
            Ok(false) => {
                let id = step.id.value.clone();
                self.emit(Fact::StepSkipped { frame, step: id });
                return self.advance(frame, at);
            }
            Err(fault) => return self.fail(frame, at, &fault),
        }
        let beside = self
            .case
            .frames
            .get(&frame)
            .is_some_and(|f| f.beside == Some(Beside::Step));
        if step.beside && !beside {
            let no = FrameNo(self.number());
            self.emit(Fact::FrameOpened {
                frame: no,
                parent: Some(frame),
                step: Some(step.id.value.clone()),
                key: None,
                beside: Some(Beside::Step),
            });
            self.agenda.push_back(Move::Enter(no, at));
            return self.advance(frame, at);
        }
        match self.needed(frame, step.needs.as_ref(), &step.id) {
            Ok(true) => self.open_step(frame, at),
            Ok(false) => self.emit(Fact::StepHeld {
                frame,
                step: step.id.value.clone(),
            }),
            Err(fault) => self.fail(frame, at, &fault),
        }
    }

    pub(super) fn open_step(&mut self, frame: FrameNo, at: StepIx) {
        let Some(step) = self.matter.step(at) else {
            return;
        };
        let often = self.not_too_often(frame, &step.id.value);
        if let Err(fault) = often.and_then(|()| self.open_kind(frame, at, step)) {
            self.fail(frame, at, &fault);
        }
    }

    /// A step that comes round and round is done so often and no more: something that never ends must be seen.
    fn not_too_often(&self, frame: FrameNo, step: &Name) -> Done {
        let records = self.case.frames.get(&frame).map(|f| &f.records);
        let times = records.and_then(|r| r.get(step)).map_or(0, |r| r.times);
        if times < VISITS {
            return Ok(());
        }
        let args = [("step", step.to_string()), ("most", VISITS.to_string())];
        Err(Fault::new("fault.visits", &args))
    }

    fn open_kind(&mut self, frame: FrameNo, at: StepIx, step: &Step) -> Done {
        match &step.kind {
            Kind::Task { parties, .. } => self.open_task(frame, step, parties),
            Kind::Handoff { .. } => self.open_handoff(frame, step),
            Kind::Subcase { matter, with } => self.open_subcase(frame, step, matter, with),
            Kind::Wait { on, .. } => self.open_wait(frame, at, step, on),
            Kind::Call {
                connector,
                send,
                retry,
                ..
            } => self.make_call(frame, step, connector, send, *retry),
            Kind::Decide { table, input } => self.decide_table(frame, at, step, table, input),
            Kind::Choice { conditions } => self.choose(frame, at, step, conditions),
            Kind::Parallel { branches, .. } => self.fork_branches(frame, at, step, branches),
            Kind::ForEach { .. } => self.fork_items(frame, at, step),
            Kind::Repeat { rounds, .. } => self.open_repeat(frame, at, step, rounds),
            Kind::Group { .. } => self.open_group(frame, step),
            Kind::Set(fields) => {
                let content = self.fields(fields, frame, step)?;
                self.finish(
                    frame,
                    at,
                    "done",
                    How {
                        content,
                        ..How::default()
                    },
                );
                Ok(())
            }
            Kind::Paper(letter) => self.paper_step(frame, at, step, letter),
            Kind::Notify(notify) => {
                self.tell(frame, &step.id, &step.id, notify);
                self.finish(frame, at, "done", How::default());
                Ok(())
            }
            Kind::End(end) => {
                self.end_step(frame, at, end);
                Ok(())
            }
        }
    }

    /// The place is at the step and the step is open.
    pub(super) fn entered(&mut self, frame: FrameNo, step: &Step, status: Option<Status>) {
        let said = step.status.as_ref().and_then(|s| Status::named(s));
        let pauses = step.pauses.is_some();
        let id = step.id.value.clone();
        self.emit(Fact::StepEntered {
            frame,
            step: id.clone(),
            status: said.or(status),
            pauses,
        });
        self.moment(frame, &format!("{id}.opened"), self.context.now);
    }

    /// Puts a sequence on its first line.
    pub(super) fn begin(&mut self, frame: FrameNo, sequence: crate::matter::SequenceIx) {
        self.start_region_clocks(frame);
        self.overtaken(frame, None);
        match self.matter.sequence(sequence).and_then(|s| s.steps.first()) {
            Some(first) => self.agenda.push_back(Move::Enter(frame, *first)),
            None => self.end_frame(frame, "done"),
        }
    }

    pub(super) fn open_frame(
        &mut self,
        parent: FrameNo,
        step: &Step,
        key: Option<String>,
        content: Json,
    ) -> FrameNo {
        let frame = FrameNo(self.number());
        let opened = Fact::FrameOpened {
            frame,
            parent: Some(parent),
            step: Some(step.id.value.clone()),
            key,
            beside: None,
        };
        self.emit_with(opened, content);
        frame
    }

    pub(super) fn fields(
        &self,
        fields: &[(Spanned<Name>, Value)],
        frame: FrameNo,
        step: &Step,
    ) -> Result<Json, Fault> {
        let one = |(name, value): &(Spanned<Name>, Value)| {
            Ok((name.to_string(), self.json(value, frame, &step.id)?))
        };
        let fields = fields
            .iter()
            .map(one)
            .collect::<Result<Map<_, _>, Fault>>()?;
        Ok(Json::Object(
            fields.into_iter().filter(|(_, v)| !v.is_null()).collect(),
        ))
    }

    fn open_task(&mut self, frame: FrameNo, step: &Step, parties: &[Spanned<Name>]) -> Done {
        let seats = parties.iter().map(|p| self.seat(p, frame, &step.id));
        let seats = seats.collect::<Result<Vec<_>, _>>()?;
        let first = self.doer(frame, &step.id);
        self.entered(frame, step, None);
        self.offer(frame, &step.id.value, Work::Step, seats.clone(), first);
        self.start_own_clock(frame, step, seats.first())
    }

    /// Who did the step before, if it was a person of the offices.
    fn doer(&self, frame: FrameNo, step: &str) -> Option<PersonId> {
        let before = self.case.frames.get(&frame)?.records.get(step)?;
        before
            .by
            .clone()
            .filter(|p| &**p != super::seats::APPLICANT)
    }

    pub(super) fn offer(
        &mut self,
        frame: FrameNo,
        step: &Name,
        work: Work,
        seats: Vec<Seat>,
        first: Option<PersonId>,
    ) -> TaskNo {
        let task = TaskNo(self.number());
        let step = step.clone();
        self.emit(Fact::TaskOpened {
            task,
            frame,
            step,
            work,
            seats,
            first,
        });
        task
    }

    fn open_handoff(&mut self, frame: FrameNo, step: &Step) -> Done {
        let Kind::Handoff {
            party,
            shares,
            receive,
            ..
        } = &step.kind
        else {
            return Ok(());
        };
        let to = self.seat(party, frame, &step.id)?;
        let shared = {
            let scope = self.scope(frame, &step.id, None);
            let path =
                |path: &Spanned<String>| Some((path.value.clone(), scope.along(&path.value)?));
            Json::Object(shares.iter().filter_map(path).collect())
        };
        // Whoever has the letter does not wait for himself.
        let ours = self.case.origin().is_some_and(|o| o.step == step.id.value);
        self.entered(frame, step, (!ours).then_some(Status::AwaitingReply));
        let (handoff, id) = (HandoffNo(self.number()), step.id.value.clone());
        let sent = Fact::HandoffSent {
            handoff,
            frame,
            step: id.clone(),
            to: to.clone(),
            away: self.context.elsewhere.get(&to.post.city).cloned(),
        };
        self.emit_with(sent, shared);
        self.offer(frame, &id, Work::Receive(handoff), vec![to.clone()], None);
        self.moment(frame, &format!("{id}.sent"), self.context.now);
        match receive {
            Some(limit) => self.start_clock_of(frame, step, "receive", limit, &to),
            None => Ok(()),
        }
    }

    fn open_subcase(&mut self, frame: FrameNo, step: &Step, matter: &str, with: &With) -> Done {
        let mut applicant = self.case.applicant.clone();
        let form = match with {
            With::Nothing => json!({}),
            With::Form => self.case.form.clone(),
            With::Fields(fields) => {
                let mut fields = self.fields(fields, frame, step)?;
                if let Some(other) = fields.as_object_mut().and_then(|f| f.remove("applicant")) {
                    applicant = other;
                }
                fields
            }
        };
        self.entered(frame, step, Some(Status::AwaitingReply));
        let child = self.next_case;
        self.next_case += 1;
        let asked = Fact::SubcaseAsked {
            frame,
            step: step.id.value.clone(),
            matter: matter.into(),
            child,
        };
        self.emit_with(asked, json!({ "applicant": applicant, "form": form }));
        self.start_own_clock(frame, step, None)
    }

    fn open_wait(&mut self, frame: FrameNo, at: StepIx, step: &Step, on: &WaitOn) -> Done {
        let mut lasts = None;
        let (message, until) = match on {
            WaitOn::Message { name, key } => {
                let key = self.text(key, frame, &step.id)?;
                if let Some(kept) = self.kept(frame, step, &name.value, &key) {
                    let content = kept.data.clone();
                    self.finish(
                        frame,
                        at,
                        "done",
                        How {
                            content,
                            ..How::default()
                        },
                    );
                    return Ok(());
                }
                (Some((name.value.clone(), key)), None)
            }
            WaitOn::Until(value) => {
                let text = self.text(value, frame, &step.id)?;
                (
                    None,
                    Some(
                        moment_of(&text)
                            .ok_or_else(|| Fault::new("fault.no_instant", &[("value", text)]))?,
                    ),
                )
            }
            WaitOn::For(limit) => {
                let limit = self.limit(limit, frame, &step.id)?;
                let city = self.case.deciding_city(self.matter, self.context);
                let calendar = self.context.network.calendar(&city);
                let end = due(&calendar, self.context.now, limit, &[]);
                lasts = Some(Lasts { limit, city });
                (None, Some(end.at))
            }
        };
        if until.is_some_and(|at| at <= self.context.now) {
            self.finish(frame, at, "done", How::default());
            return Ok(());
        }
        self.entered(frame, step, None);
        let (wait, id) = (WaitNo(self.number()), step.id.value.clone());
        let (message, key) = message.unzip();
        let begun = Fact::WaitBegun {
            wait,
            frame,
            step: id,
            message,
            until,
            lasts,
        };
        self.emit_with(begun, key.map_or(Json::Null, |key| json!({ "key": key })));
        self.start_own_clock(frame, step, None)
    }

    /// A message that came before its wait: kept for a while (G34), and for good once a wait has had it.
    fn kept(&self, frame: FrameNo, step: &Step, name: &Name, key: &str) -> Option<&Kept> {
        let city = self.case.deciding_city(self.matter, self.context);
        let network = self.context.network;
        let kept_for = network.kept_early(&city, day(self.context.now));
        let since = self
            .context
            .now
            .checked_sub(kept_for)
            .unwrap_or(Timestamp::MIN);
        let frame = self.case.frames.get(&frame);
        let again = frame.is_some_and(|f| f.record(&step.id).is_some());
        let mut kept = self.case.kept.iter().rev();
        kept.find(|k| k.name == *name && k.key == key && (again || k.taken || k.at >= since))
    }

    fn decide_table(
        &mut self,
        frame: FrameNo,
        at: StepIx,
        step: &Step,
        name: &str,
        input: &[(Spanned<Name>, Value)],
    ) -> Done {
        let input = self.fields(input, frame, step)?;
        let table = self.matter.table(name);
        let table = table.ok_or_else(|| Fault::new("fault.no_table", &[("table", name.into())]))?;
        let answer = table.evaluate(&input, &self.scope(frame, &step.id, None));
        let content = answer
            .map_err(|e| Fault {
                why: e.key,
                args: e.args,
            })?
            .output;
        let outcome = content
            .get("outcome")
            .and_then(Json::as_str)
            .unwrap_or("done")
            .to_owned();
        self.finish(
            frame,
            at,
            &outcome,
            How {
                content,
                ..How::default()
            },
        );
        Ok(())
    }

    /// The first row that holds; row n goes by outcome n.
    fn choose(
        &mut self,
        frame: FrameNo,
        at: StepIx,
        step: &Step,
        conditions: &[Option<Value>],
    ) -> Done {
        for (condition, outcome) in conditions.iter().zip(&step.outcomes) {
            if self.holds_true(condition.as_ref(), frame, &step.id)? {
                self.finish(frame, at, &outcome.name, How::default());
                return Ok(());
            }
        }
        Err(Fault::new("fault.no_row", &[]))
    }

    fn paper_step(&mut self, frame: FrameNo, at: StepIx, step: &Step, letter: &Letter) -> Done {
        if !letter.delivered {
            self.issue_all(
                frame,
                &step.id,
                std::slice::from_ref(letter),
                (&How::default(), &step.basis),
            );
            self.finish(frame, at, "done", How::default());
            return Ok(());
        }
        let by = match &letter.to {
            Some(party) if &***party != super::seats::APPLICANT => party.value.clone(),
            // The first party of a matter is the one that meets the applicant.
            _ => self
                .matter
                .parties
                .first()
                .map_or_else(|| "".into(), |p| p.name.value.clone()),
        };
        let seat = self.seat(&by, frame, &step.id)?;
        self.entered(frame, step, None);
        let issued = self.issue_all(
            frame,
            &step.id,
            std::slice::from_ref(letter),
            (&How::default(), &step.basis),
        );
        if let Some(paper) = issued.first() {
            self.offer(
                frame,
                &step.id.value,
                Work::Deliver(*paper),
                vec![seat.clone()],
                None,
            );
        }
        self.start_own_clock(frame, step, Some(&seat))
    }
}

/// An instant from an expression's text: RFC 3339, or the beginning of a day.
pub(super) fn moment_of(text: &str) -> Option<Timestamp> {
    let at = text.parse::<Timestamp>().ok();
    at.or_else(|| {
        let day: jiff::civil::Date = text.parse().ok()?;
        Some(instant(DateTime::from_parts(
            day,
            jiff::civil::Time::midnight(),
        )))
    })
}

/// The day of an instant in Beijing.
pub(super) fn day(at: Timestamp) -> jiff::civil::Date {
    civil(at).date()
}
