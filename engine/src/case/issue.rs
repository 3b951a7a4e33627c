//! What happens together with an outcome: marks, papers, notices; and what a person has to hand in with it.

use super::decide::{Course, Fault};
use super::flow::How;
use super::{Fact, FrameNo, Name, PaperNo, Party, Rejection};
use crate::law;
use crate::matter::{Basis, Letter, Notify, Outcome, Reason, Trigger, Whom};
use forms::FieldError;
use jiff::Timestamp;
use serde_json::{Value as Json, json};

impl Course<'_, '_> {
    /// Marks, papers and notices of an outcome, in this order.
    pub(super) fn consequences(
        &mut self,
        frame: FrameNo,
        step: &str,
        outcome: &Outcome,
        how: &How,
    ) {
        for (mark, back) in &outcome.marks {
            let at = back
                .as_ref()
                .and_then(|v| self.text(v, frame, step).ok()?.parse().ok());
            self.mark(frame, &mark.value, at.unwrap_or(self.context.now));
        }
        for (limit, least) in &outcome.leaves {
            // A limit that cannot be computed lengthens nothing; the check has seen to it that it can.
            _ = self.leave_of(limit, least, outcome, (frame, step));
        }
        self.issue_all(frame, step, &outcome.papers, (how, &outcome.basis));
        let about = if step.is_empty() {
            outcome.name.to_string()
        } else {
            format!("{step}.{}", *outcome.name)
        };
        self.tell(frame, step, &about, &outcome.notify);
    }

    /// Sets a mark. It belongs to the item or round around, if there is one, else to the case.
    pub(super) fn mark(&mut self, frame: FrameNo, mark: &Name, at: Timestamp) {
        let item = self.case.chain(frame).find(|(_, f)| {
            let step = f.step.as_deref().and_then(|s| self.matter.named(s));
            step.is_some_and(|(_, s)| s.kind.alias().is_some())
        });
        let item = item.map(|(no, _)| no);
        let known = match item.and_then(|i| self.case.frames.get(&i)) {
            Some(item) => item.marks.get(mark),
            None => self.case.marks.get(mark),
        };
        let known = known.copied();
        let here = self.case.frames.get(&frame);
        let here = here.is_some_and(|f| f.marks.contains_key(mark));
        // Past the final mark nothing is undone, wherever it is set again.
        let last = self.matter.final_mark.as_ref();
        let again = !here && last.is_some_and(|m| m.value == *mark);
        if known.is_some() && !again {
            // A limit that a returned letter lets run again stops with it as before.
            self.stops_with(frame, mark);
            return;
        }
        self.emit(Fact::MarkSet {
            mark: mark.clone(),
            frame: item,
            within: (item != Some(frame) && self.case.root() != Some(frame)).then_some(frame),
            at: known.unwrap_or(at),
        });
        if known.is_some() {
            return;
        }
        match item {
            Some(_) => self.moment(frame, mark, at),
            None => self.marked(mark, at),
        }
        self.set_off(|t| matches!(t, Trigger::Mark(m) if m.value == *mark));
    }

    /// Issues papers that rest on `basis`; answers their numbers.
    pub(super) fn issue_all(
        &mut self,
        frame: FrameNo,
        step: &str,
        letters: &[Letter],
        (how, basis): (&How, &[Basis]),
    ) -> Vec<PaperNo> {
        letters
            .iter()
            .filter_map(|letter| {
                let to = match &letter.to {
                    Some(party) => Some(self.seat(party, frame, step).ok()?.post),
                    None => None,
                };
                Some(self.issue(
                    frame,
                    step,
                    &letter.paper,
                    to.filter(|p| !p.is_applicant()),
                    (how, basis),
                ))
            })
            .collect()
    }

    pub(super) fn issue(
        &mut self,
        frame: FrameNo,
        step: &str,
        template: &str,
        to: Option<Party>,
        (how, basis): (&How, &[Basis]),
    ) -> PaperNo {
        let paper = PaperNo(self.number());
        let mut values = self.scope(frame, step, None).snapshot();
        if let (Some(values), Some(words)) = (values.as_object_mut(), how.content.get("reason")) {
            values.insert("reason_words".into(), words.clone());
        }
        let asked = self.matter.paper(template).is_some_and(asks_for_basis);
        if let Some(values) = values.as_object_mut().filter(|_| asked) {
            let (matter, network) = (self.matter, self.context.network);
            let at = matter.named(step).map(|(at, _)| at);
            let basis = law::rests_on(matter, network, basis, at);
            values.insert("basis".into(), law::printed(&basis, network).into());
        }
        let office = self.issuing_office();
        let number = office.as_ref().and_then(|office| self.next_number(office));
        let reason = how.reason.clone();
        let template = template.into();
        self.emit_with(
            Fact::PaperIssued {
                paper,
                office,
                number,
                template,
                frame,
                to,
                reason,
            },
            values,
        );
        paper
    }

    /// Tells people, as an outcome, a step or an event says.
    pub(super) fn tell(&mut self, frame: FrameNo, step: &str, about: &str, notify: &[Notify]) {
        for one in notify {
            let template = one.template.as_ref();
            let template: Option<Name> = template.map(|t| t.value.as_str().into());
            let owed = |to, phone| Fact::NoticeOwed {
                about: about.to_owned(),
                to,
                phone,
                template: template.clone(),
            };
            match &one.to {
                Whom::Party(party) => {
                    if let Ok(seat) = self.seat(party, frame, step) {
                        let to = Some(seat.post).filter(|p| !p.is_applicant());
                        self.emit(owed(to, None));
                    }
                }
                Whom::Phone(field) => {
                    for place in self.case.phones(field) {
                        self.emit(owed(None, Some(place)));
                    }
                }
            }
        }
    }

    /// What was handed in, checked against its form. Unless `whole`, fields may be left empty.
    pub(super) fn submitted(
        &self,
        form: Option<&str>,
        data: &Json,
        whole: bool,
    ) -> Result<Json, Rejection> {
        let Some(form) = form else {
            let empty = data.is_null() || data.as_object().is_some_and(|o| o.is_empty());
            return match (empty, data.as_object().and_then(|o| o.keys().next())) {
                (false, Some(name)) => Err(Rejection::Invalid(vec![field(
                    &format!("/{name}"),
                    "unknown",
                    "reject.no_form",
                )])),
                _ => Ok(Json::Null),
            };
        };
        let Some(form) = self.matter.form(form) else {
            return Err(Fault::new("fault.no_form", &[("form", form.to_owned())]).into());
        };
        let today = super::enter::day(self.context.now);
        match forms::validate(form, data, today) {
            Ok(submission) => Ok(submission.into_json()),
            Err(errors) if !whole && errors.iter().all(|e| e.code == "required") => {
                Ok(data.clone())
            }
            Err(errors) => Err(Rejection::Invalid(errors)),
        }
    }

    /// The reason an outcome asks for: in words, or one of its codes.
    pub(super) fn reason(
        &self,
        asked: &Reason,
        given: Option<&str>,
        back: bool,
    ) -> Result<Option<String>, Rejection> {
        let given = given.map(str::trim).filter(|r| !r.is_empty());
        let missing = || Rejection::Invalid(vec![field("/reason", "required", "reject.reason")]);
        match asked {
            Reason::Ask => given.map(|r| Some(r.to_owned())).ok_or_else(missing),
            Reason::Codes(codes) if codes.len() > 1 => {
                let chosen = given.filter(|r| codes.iter().any(|c| c.value == *r));
                let codes: Vec<&str> = codes.iter().map(|c| c.value.as_str()).collect();
                chosen.map(|r| Some(r.to_owned())).ok_or_else(|| {
                    let mut one = field("/reason", "required", "reject.reason_code");
                    let args = [("codes", codes.join("、"))];
                    one.message = crate::text::both("reject.reason_code", &args);
                    Rejection::Invalid(vec![one])
                })
            }
            Reason::None if back => given.map(|r| Some(r.to_owned())).ok_or_else(missing),
            Reason::None => Ok(given.map(str::to_owned)),
            Reason::Text(text) => Ok(Some(text.value.clone())),
            Reason::Codes(codes) => Ok(codes.first().map(|c| c.value.clone())),
            // Worked out when the outcome comes.
            Reason::Computed(_) => Ok(None),
        }
    }
}

/// Whether a template prints what it rests on.
fn asks_for_basis(template: &str) -> bool {
    template.contains(&format!("{{{{{}}}}}", law::TAG))
}

/// A finding about a member of the request that no form knows.
pub(super) fn field(pointer: &str, code: &'static str, key: &str) -> FieldError {
    FieldError {
        pointer: pointer.to_owned(),
        code,
        message: crate::text::both(key, &[]),
    }
}

/// Puts the words of a reason beside what a step writes.
pub(super) fn with_reason(content: Json, reason: Option<&str>) -> Json {
    match (content, reason) {
        (content, None) => content,
        (Json::Object(mut fields), Some(reason)) => {
            fields.insert("reason".into(), reason.into());
            Json::Object(fields)
        }
        (_, Some(reason)) => json!({ "reason": reason }),
    }
}
