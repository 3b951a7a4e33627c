//! What people do: open a case, take and finish tasks, look a second time.

use super::decide::{Course, Fault, HANDED_BACK};
use super::extend::EXTEND;
use super::flow::How;
use super::issue::with_reason;
use super::{
    Actor, Beside, Case, Command, Event, Fact, FrameNo, Name, PersonId, Rejection, Seat, Sight,
    Status, Task, TaskNo, TaskState, Work, apply,
};
use crate::matter::{Kind, Outcome, Revision, Step, StepIx, Way};
use crate::text::both;
use serde_json::{Map, Value as Json, json};

impl<'a> Course<'a, '_> {
    /// Opens the case.
    pub(super) fn open(&mut self, command: &Command) -> Result<(), Rejection> {
        let Command::Open {
            id,
            number,
            accepting_city,
            channel,
            applicant,
            form,
            parent,
        } = command
        else {
            return Ok(());
        };
        if self.case.seq > 0 {
            return Err(self.not_now("reject.case_open", &[]));
        }
        let Some(city) = self.context.network.city(accepting_city) else {
            let args = [("city", accepting_city.clone())];
            return Err(Fault::new("fault.city", &args).into());
        };
        let city = city.code.clone();
        self.may_open(&city, channel, parent.is_some())?;
        if parent.is_none() {
            self.taken_in(&city, channel)?;
        }
        let (applicant, form) = self.application(applicant, form, parent.is_some())?;
        let root = FrameNo(self.number());
        let begun = Fact::FrameOpened {
            frame: root,
            parent: None,
            step: None,
            key: None,
            beside: None,
        };
        let opened = |matter: &Revision| Fact::CaseOpened {
            id: *id,
            number: number.clone(),
            matter: matter.id.value.clone(),
            revision: matter.hash().to_owned(),
            accepting_city: city.clone(),
            channel: channel.clone(),
            parent: parent.clone(),
        };
        let content = json!({ "applicant": applicant, "form": form });
        let closes = parent.is_none() && self.context.network.closes_cities();
        if closes || !self.matter.cities.is_empty() || !self.context.elsewhere.is_empty() {
            let trial = self.trial([
                (opened(self.matter), &content),
                (begun.clone(), &Json::Null),
            ]);
            let city = trial.decided_in(self.matter, self.context);
            self.decided_here(city.as_deref())?;
            if let Some(city) = city.as_ref().filter(|_| closes) {
                self.taken_in(city, channel)?;
            }
            if let Some(here) = city.and_then(|city| self.in_its_city(&city)) {
                self.matter = here;
            }
        }
        self.emit_with(opened(self.matter), content);
        if let Some(taken_in) = self.taken_in_while_lent(&city) {
            self.emit(taken_in);
        }
        self.emit(begun);
        self.mark(root, &"received".into(), self.context.now);
        let receipt = !self.matter.no_receipt && self.matter.paper("receipt").is_some();
        if parent.is_none() && receipt {
            self.issue(root, "", "receipt", None, (&How::default(), &[]));
        }
        self.begin(root, self.matter.root);
        Ok(())
    }

    /// The case as it would begin.
    fn trial(&self, begins: [(Fact, &Json); 2]) -> Case {
        let mut trial = Case::default();
        for (fact, content) in begins {
            let content = content.clone();
            apply(&mut trial, self.context.now, &Event { fact, content });
        }
        trial
    }

    /// What is closed to new cases is not opened by a person; what runs already goes on, with all it opens (G40).
    fn taken_in(&self, city: &str, channel: &str) -> Result<(), Rejection> {
        let day = crate::clock::civil(self.context.now).date();
        let matter = &self.matter.id.value;
        let closed = self
            .context
            .network
            .closed(matter, &[city], Some(channel), day);
        closed.map_or(Ok(()), |closed| {
            Err(Rejection::Closed(Box::new(closed.clone())))
        })
    }

    /// What another deployment decides is not opened here, by a person or by another case: only hand-offs travel, and nobody would ever
    /// do its work.
    fn decided_here(&self, city: Option<&str>) -> Result<(), Rejection> {
        let there = city.and_then(|city| Some((city, self.context.elsewhere.get(city)?)));
        match there {
            None => Ok(()),
            Some((city, _)) => {
                let named = self.context.network.city(city);
                let city = named.map_or(city, |city| city.name.as_str()).to_owned();
                Err(self.not_now("reject.decided_elsewhere", &[("city", city)]))
            }
        }
    }

    /// What the matter is in the city that will decide the case, where overlays hold there today. The case stays on it, wherever
    /// it goes later. A city that only a step will tell is not known yet: then the matter itself runs.
    fn in_its_city(&self, city: &str) -> Option<&'a Revision> {
        let today = crate::clock::civil(self.context.now).date();
        self.matter.in_city(city, today).map(|here| &**here)
    }

    /// A case is opened at a window of the accepting city, online by the applicant, or by another case.
    pub(super) fn may_open(&self, city: &str, channel: &str, child: bool) -> Result<(), Rejection> {
        let known = self.matter.channels.iter().any(|c| c.value == channel);
        if !known && !self.matter.channels.is_empty() && !child {
            let offered: Vec<&str> = self
                .matter
                .channels
                .iter()
                .map(|c| c.value.as_str())
                .collect();
            let args = [
                ("channel", channel.to_owned()),
                ("offered", offered.join("、")),
            ];
            return Err(Fault::new("fault.channel", &args).into());
        }
        match self.context.actor {
            actor @ Actor::Person { .. }
                if !actor
                    .posts_in(&self.matter.id, self.context.now)
                    .any(|p| p.city == city) =>
            {
                let post = super::Party {
                    city: city.to_owned(),
                    department: "si".to_owned(),
                    post: "window".to_owned(),
                };
                Err(Rejection::Forbidden { needed: vec![post] })
            }
            _ => Ok(()),
        }
    }

    /// The applicant and the form, checked. A child takes over the person as he is in its parent, and of the form the fields it knows.
    fn application(
        &self,
        applicant: &Json,
        form: &Json,
        child: bool,
    ) -> Result<(Json, Json), Rejection> {
        let mut found = Vec::new();
        let today = super::enter::day(self.context.now);
        let mut check = |form: Option<&forms::Form>, data: &Json, at: &str| {
            let Some(form) = form else {
                return data.clone();
            };
            let known = data.as_object().filter(|_| child).map(|fields| {
                let known = fields
                    .iter()
                    .filter(|(k, _)| form.fields().iter().any(|f| f.name == **k));
                Json::Object(
                    known
                        .map(|(k, v)| (k.clone(), v.clone()))
                        .collect::<Map<_, _>>(),
                )
            });
            let known = known.map(|known| forms::posted::asked(form, &known, today));
            match forms::validate(form, known.as_ref().unwrap_or(data), today) {
                Ok(submission) => submission.into_json(),
                Err(errors) => {
                    found.extend(errors.into_iter().map(|e| forms::FieldError {
                        pointer: format!("{at}{}", e.pointer),
                        ..e
                    }));
                    Json::Null
                }
            }
        };
        let person = forms::person().filter(|_| !child);
        let applicant = check(person, applicant, "/applicant");
        let own = self.matter.matter.form.as_ref();
        let own = own.and_then(|own| self.matter.form(&own.value));
        let form = check(own, form, "/form");
        if found.is_empty() {
            Ok((applicant, form))
        } else {
            Err(Rejection::Invalid(found))
        }
    }

    /// An open task, the actor's seat at it, and who he is.
    pub(super) fn at_task(&self, no: TaskNo) -> Result<(Task, PersonId, Seat), Rejection> {
        let Some(task) = self.case.tasks.get(&no) else {
            return Err(Rejection::NotFound {
                what: no.0.to_string(),
            });
        };
        let (by, seat) = self.entitled(&task.seats)?;
        match &task.state {
            TaskState::Done { by, at, outcome } => Err(Rejection::AlreadyDone {
                by: by.clone(),
                at: *at,
                outcome: outcome.clone(),
            }),
            TaskState::Void { .. } => Err(self.not_now("reject.task_void", &[])),
            TaskState::Held { by: other, since } if *other != self.principal() => {
                Err(Rejection::Held {
                    by: other.clone(),
                    since: *since,
                })
            }
            TaskState::Waiting { by: other, .. } => {
                Err(self.not_now("reject.task_waits", &[("by", other.to_string())]))
            }
            TaskState::Open | TaskState::Held { .. } => Ok((task.clone(), by, seat)),
        }
    }

    pub(super) fn claim(&mut self, no: TaskNo) -> Result<(), Rejection> {
        let (task, _, seat) = self.at_task(no)?;
        self.another(&task, &seat)?;
        if matches!(task.state, TaskState::Open) {
            // What a deputy takes is the other's, who has it when he is back.
            let by = self.principal();
            self.emit(Fact::TaskClaimed { task: no, by });
        }
        Ok(())
    }

    /// Whether the actor may be the one: not who acted for the other party, nor who proposed.
    fn another(&self, task: &Task, seat: &Seat) -> Result<(), Rejection> {
        let proposal = task.proposal.iter();
        let mut proposers = proposal.flat_map(|p| p.stands_for.iter().chain([&p.by]));
        let me = self.persons();
        if proposers.any(|p| me.contains(p)) {
            return Err(Rejection::SecondPerson {
                of: task.step.to_string(),
            });
        }
        self.another_person(seat, task.frame)
    }

    /// Whoever may know of the case may ask for speed.
    pub(super) fn urge(&mut self, no: TaskNo, words: &str) -> Result<(), Rejection> {
        self.sees(Sight::Part)?;
        if !self.case.open_tasks.contains(&no) {
            return Err(Rejection::NotFound {
                what: no.0.to_string(),
            });
        }
        let by = self.person();
        self.emit_with(Fact::TaskUrged { task: no, by }, json!({ "words": words }));
        Ok(())
    }

    pub(super) fn complete(
        &mut self,
        no: TaskNo,
        outcome: &Name,
        data: &Json,
        reason: Option<&str>,
        back_to: Option<&Name>,
    ) -> Result<(), Rejection> {
        let (task, by, seat) = self.at_task(no)?;
        self.another(&task, &seat)?;
        match (task.asked_by(), &**outcome) {
            (Some(of), HANDED_BACK) => {
                let of = of.clone();
                return self.hand_back(no, &task, seat, of, data);
            }
            (Some(of), _) => return Err(self.not_now("reject.helps", &[("by", of.to_string())])),
            (None, _) => {}
        }
        match task.work {
            Work::Step => {}
            Work::Second => return self.second(no, &task, by, seat, outcome, reason),
            Work::Deliver(paper) => return self.deliver(paper),
            Work::Receive(letter) if &**outcome == "refused" => {
                return self.refuse(letter, reason.unwrap_or_default());
            }
            Work::Receive(letter) => return self.receive(letter),
            Work::Answer(letter) => return self.answer(letter, data, None),
        }
        if self.awaits_turn(task.frame) {
            return Err(self.not_now("reject.awaits_turn", &[]));
        }
        if self.on_hold(task.frame) {
            return Err(self.not_now("reject.on_hold", &[]));
        }
        let Some((at, step)) = self.matter.named(&task.step) else {
            return Err(Rejection::NotFound {
                what: task.step.to_string(),
            });
        };
        let chosen = self.chosen(&task, step, outcome, data)?;
        let back = matches!(chosen.way, Way::BackTo(_));
        let back_to = self.way_back(task.frame, chosen, back_to)?;
        let reason = self.reason(&chosen.reason, reason, back)?;
        let content = self.submitted(form_of(step), data, chosen.wants_whole_form())?;
        self.bears_out(&task, step, chosen, &content)?;
        self.brings_something(&task, step, chosen, &content)?;
        self.not_recognised(&content)?;
        let second = chosen.four_eyes.as_ref().or(step_four_eyes(step));
        let how = How {
            task: Some(no),
            by: Some(by),
            seat: Some(seat),
            reason,
            content,
            back_to,
        };
        if let Some(second) = second {
            let at = (task.frame, &task.step);
            return self.propose(at, second, Some(no), outcome.clone(), how);
        }
        let content = with_reason(how.content, how.reason.as_deref());
        self.done_by_hand(task.frame, at, outcome, How { content, ..how });
        Ok(())
    }

    /// Holds an outcome, an act or an extension until a second person has agreed to exactly this.
    pub(super) fn propose(
        &mut self,
        (frame, name): (FrameNo, &Name),
        second: &str,
        task: Option<TaskNo>,
        what: Name,
        how: How,
    ) -> Result<(), Rejection> {
        let Some(by) = how.by else {
            return Ok(());
        };
        let step = task.map_or("", |_| &**name);
        let second = self.seat(second, frame, step)?;
        let second = self.offer(frame, name, Work::Second, vec![second], None);
        let proposed = Fact::Proposed {
            task,
            second,
            what,
            by,
            seat: how.seat,
            reason: how.reason,
        };
        self.emit_with(proposed, how.content);
        Ok(())
    }

    fn done_by_hand(&mut self, frame: FrameNo, at: StepIx, outcome: &Name, how: How) {
        if let Some(missing) = super::flow::lacking(&how.content) {
            // Accepted though something is missing: what may come later has been promised.
            let marks = self.outcome(at, outcome).map(|o| o.marks.as_slice());
            let accepts = marks
                .unwrap_or_default()
                .iter()
                .any(|(m, _)| &*m.value == "accepted");
            let promised = missing
                .iter()
                .filter(|m| accepts && self.matter.promise(m).is_some());
            let promised = promised.cloned().collect();
            self.emit(Fact::MaterialsChecked {
                missing,
                faulty: super::flow::names(&how.content, "faulty"),
                promised,
            });
        }
        self.finish(frame, at, outcome, how);
    }

    /// Whoever was asked for papers and is at no counter sends a file, or says something: an empty answer would use up what he is asked
    /// once (一次性告知). At a counter the papers are seen.
    fn brings_something(
        &self,
        task: &Task,
        step: &Step,
        chosen: &Outcome,
        content: &Json,
    ) -> Result<(), Rejection> {
        let promised = || {
            let keys = self.case.item_keys(self.matter, task.frame);
            keys.iter()
                .any(|key| self.case.promised.iter().any(|p| p == key))
        };
        let status = step.status.as_ref().map(|s| s.value.as_str());
        let asked = status == Some(Status::Correction.word()) || promised();
        let afar = matches!(self.context.actor, Actor::Applicant);
        let gives_up = matches!(chosen.way, Way::Leave(_) | Way::End(_));
        let says = content.as_object().is_some_and(|fields| !fields.is_empty());
        if !(asked && afar) || gives_up || says || self.brings {
            return Ok(());
        }
        Err(Rejection::Invalid(vec![forms::FieldError {
            pointer: String::new(),
            code: "sent.nothing",
            message: both("sent.nothing", &[]),
        }]))
    }

    /// The step an outcome goes back to; never past the final mark.
    fn way_back(
        &self,
        frame: FrameNo,
        outcome: &Outcome,
        asked: Option<&Name>,
    ) -> Result<Option<Name>, Rejection> {
        let Way::BackTo(targets) = &outcome.way else {
            return Ok(None);
        };
        let unknown = |asked: &Name| Rejection::NotFound {
            what: asked.to_string(),
        };
        let target = match (targets.as_slice(), asked) {
            ([], Some(asked)) => {
                let mut around = self.case.chain(frame);
                let done = around.any(|(_, f)| f.records.contains_key(asked));
                done.then(|| asked.clone()).ok_or_else(|| unknown(asked))?
            }
            (targets, Some(asked)) => {
                let listed = targets.iter().any(|t| t.value == *asked);
                listed
                    .then(|| asked.clone())
                    .ok_or_else(|| unknown(asked))?
            }
            ([one], None) => one.value.clone(),
            _ => return Err(self.not_now("reject.back_to_where", &[])),
        };
        // What is gone back over is what lies in the lines of the step it goes to.
        let lines = self.matter.named(&target).map(|(_, s)| s.within);
        let mut around = self.case.chain(frame).map(|(no, _)| no);
        let lines = around.find(|no| self.case.sequence(self.matter, *no) == lines);
        if self.final_in(lines.unwrap_or(frame), None) {
            return Err(self.not_now("reject.past_final", &[]));
        }
        Ok(Some(target))
    }

    /// Whether an event or a suspension keeps the tasks of a region from being finished.
    fn on_hold(&self, frame: FrameNo) -> bool {
        if self.case.held_above {
            return true;
        }
        let chain: Vec<FrameNo> = self.case.chain(frame).map(|(no, _)| no).collect();
        let holds = |e: &FrameNo| {
            let beside = self.case.frames.get(e).and_then(|f| f.beside.as_ref());
            matches!(beside, Some(Beside::Event { holds: true, .. })) && !chain.contains(e)
        };
        let frames = chain.iter().filter_map(|no| self.case.frames.get(no));
        frames.flat_map(|f| &f.events).any(holds)
    }

    /// A second person agrees to what was proposed, or returns it.
    fn second(
        &mut self,
        no: TaskNo,
        task: &Task,
        by: PersonId,
        seat: Seat,
        outcome: &Name,
        reason: Option<&str>,
    ) -> Result<(), Rejection> {
        let Some(proposal) = task.proposal.clone() else {
            return Err(Rejection::NotFound {
                what: no.0.to_string(),
            });
        };
        let agreed = match &**outcome {
            "agreed" => true,
            "returned" => false,
            _ => {
                return Err(Rejection::NoSuchOutcome {
                    outcome: outcome.to_string(),
                    offered: vec!["agreed".into(), "returned".into()],
                });
            }
        };
        let extends = proposal.task.is_none() && &*proposal.what == EXTEND;
        if extends && agreed {
            self.is_extendable(&proposal.content)?;
        }
        let act = match proposal.task {
            None if agreed && !extends => Some(self.proposed_act(task.frame, &task.step)?),
            _ => None,
        };
        let words = self.reason(&crate::matter::Reason::None, reason, !agreed)?;
        let done = Fact::TaskDone {
            task: no,
            by,
            outcome: outcome.clone(),
            seat: Some(seat),
        };
        self.emit_with(done, with_reason(Json::Null, words.as_deref()));
        match (agreed, proposal.task) {
            (true, Some(first)) => {
                let content = with_reason(proposal.content, proposal.reason.as_deref());
                let how = How {
                    task: Some(first),
                    by: Some(proposal.by),
                    seat: proposal.seat,
                    reason: proposal.reason,
                    content,
                    back_to: None,
                };
                if let Some((at, _)) = self.matter.named(&task.step) {
                    self.done_by_hand(task.frame, at, &proposal.what, how);
                }
            }
            (true, None) => {
                let how = How {
                    by: Some(proposal.by),
                    seat: proposal.seat,
                    reason: proposal.reason,
                    content: proposal.content,
                    ..How::default()
                };
                match act {
                    Some(act) => self.happen(&act, how),
                    None => self.extend_as_asked(how)?,
                }
            }
            (false, Some(first)) => self.emit(Fact::TaskClaimed {
                task: first,
                by: proposal.stands_for.unwrap_or(proposal.by),
            }),
            (false, None) => {}
        }
        Ok(())
    }
}

pub(super) fn form_of(step: &Step) -> Option<&str> {
    match &step.kind {
        Kind::Task { form, .. } => form.as_ref().map(|f| f.value.as_str()),
        _ => None,
    }
}

fn step_four_eyes(step: &Step) -> Option<&crate::source::Spanned<Name>> {
    match &step.kind {
        Kind::Task { four_eyes, .. } => four_eyes.as_ref(),
        _ => None,
    }
}
