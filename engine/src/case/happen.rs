//! What may happen at any time: acts, messages, limits nearly used, marks. It interrupts its region, or runs beside it.

use super::decide::{Course, Fault, Move};
use super::extend::EXTEND;
use super::flow::{How, nobody_takes};
use super::{Beside, Fact, Frame, FrameNo, Late, Name, Rejection, Running, Status, TaskNo, Void};
use crate::matter::{EventDef, EventIx, Kind, Trigger, Way};
use serde_json::{Value as Json, json};

/// An event that can happen now, where it stands, and its address.
#[derive(Clone)]
pub(super) struct Offer<'m> {
    pub frame: FrameNo,
    /// The `parallel` step it stands on.
    pub on: Option<Name>,
    pub def: &'m EventDef,
    pub address: String,
}

impl<'a> Course<'a, '_> {
    /// All events of the regions that run, outermost first.
    pub(super) fn offers(&self) -> Vec<Offer<'a>> {
        let running = self.case.frames.iter().filter(|(_, f)| f.result.is_none());
        running.flat_map(|(no, f)| self.offers_at(*no, f)).collect()
    }

    /// The events that stand on a sequence, and on the `parallel` step where it stands.
    fn offers_at(&self, no: FrameNo, f: &Frame) -> Vec<Offer<'a>> {
        let mut out = Vec::new();
        let mut add = |on: Option<&Name>, events: &[EventIx]| {
            let defs = events
                .iter()
                .filter_map(|e| self.matter.event_defs.get(e.0 as usize));
            out.extend(defs.map(|def| Offer {
                frame: no,
                on: on.cloned(),
                def,
                address: format!("{}{}", self.case.prefix(self.matter, no), *def.name),
            }));
        };
        if f.beside.is_none() {
            add(
                None,
                self.case
                    .own_events(self.matter, no)
                    .map_or(&[], Vec::as_slice),
            );
        }
        let here = f.at.as_ref().filter(|at| !at.held);
        if let Some((step, at)) = here.and_then(|at| Some((self.matter.named(&at.step)?.1, at)))
            && matches!(step.kind, Kind::Parallel { .. })
        {
            add(Some(&at.step), &step.events);
        }
        out
    }

    /// Whether the matter has an event with such a trigger at all.
    fn has_event(&self, fits: impl Fn(&Trigger) -> bool) -> bool {
        self.matter.event_defs.iter().any(|d| fits(&d.trigger))
    }

    /// Whether an event may happen as the case stands.
    pub(super) fn may_happen(&self, offer: &Offer<'_>) -> Result<bool, Fault> {
        let Some(f) = self.case.frames.get(&offer.frame) else {
            return Ok(false);
        };
        let set = |m: &Name| f.marks.contains_key(m) || self.case.marks.contains_key(m);
        if offer.def.until.as_ref().is_some_and(|m| set(&m.value)) {
            return Ok(false);
        }
        if offer.def.once && f.happened.contains_key(&offer.def.name.value) {
            return Ok(false);
        }
        // What would stop a region is not offered once a final mark lies in it.
        if offer.def.outcome.is_some() && self.final_in(offer.frame, offer.on.as_ref()) {
            return Ok(false);
        }
        self.holds_true(offer.def.only_if.as_ref(), offer.frame, "")
    }

    /// Whether the mark past which nothing is undone lies in a region: was set in its sequence, or in one below. `on` is the
    /// `parallel` step whose branches alone are the region.
    pub(super) fn final_in(&self, frame: FrameNo, on: Option<&Name>) -> bool {
        let Some(last) = self.matter.final_mark.as_ref().map(|m| &m.value) else {
            return false;
        };
        if !self.case.marks.contains_key(last) {
            return false;
        }
        // Wherever it lies, it lies in the case.
        if on.is_none() && self.case.root() == Some(frame) {
            return true;
        }
        let marked = self.case.frames.iter();
        let mut marked = marked.filter(|(_, f)| f.marks.contains_key(last));
        marked.any(|(no, _)| self.lies_in(*no, frame, on))
    }

    /// Whether a sequence is a region or lies in it.
    pub(super) fn lies_in(&self, no: FrameNo, region: FrameNo, on: Option<&Name>) -> bool {
        let mut chain = self.case.chain(no);
        match on {
            None => chain.any(|(around, _)| around == region),
            Some(step) => chain.any(|(_, f)| {
                f.parent == Some(region) && f.step.as_ref() == Some(step) && f.beside.is_none()
            }),
        }
    }

    /// Of events of one name the innermost handles it: those that have another of the name further in are left out.
    pub(super) fn innermost(&self, offers: Vec<Offer<'a>>) -> Vec<Offer<'a>> {
        let further_in = |inner: &Offer<'a>, outer: &Offer<'a>| {
            let same = inner.frame == outer.frame && inner.on == outer.on;
            let around = inner.frame == outer.frame && outer.on.is_none();
            let lies = || self.lies_in(inner.frame, outer.frame, outer.on.as_ref());
            inner.def.name.value == outer.def.name.value && !same && (around || lies())
        };
        let handles = |o: &&Offer<'a>| !offers.iter().any(|inner| further_in(inner, o));
        offers.iter().filter(handles).cloned().collect()
    }

    /// The acts an address means, those that may happen now before all others, the innermost first.
    fn called(&self, address: &str) -> Option<Offer<'a>> {
        let act = |o: &Offer<'a>| matches!(o.def.trigger, Trigger::Act(_));
        let named = |o: &Offer<'a>| o.address == address || self.is_long(o, address);
        let offers: Vec<_> = self
            .offers()
            .into_iter()
            .filter(act)
            .filter(named)
            .collect();
        let open = offers.iter().filter(|o| self.may_happen(o) != Ok(false));
        let open: Vec<_> = open.cloned().collect();
        let offers = if open.is_empty() { offers } else { open };
        self.innermost(offers).into_iter().next()
    }

    /// Somebody does what an event offers.
    pub(super) fn act(
        &mut self,
        address: &str,
        data: &Json,
        reason: Option<&str>,
    ) -> Result<(), Rejection> {
        if address == EXTEND {
            return self.extend(data, reason);
        }
        let found = self.called(address);
        let Some((offer, Trigger::Act(parties))) = found.map(|o| (o.clone(), &o.def.trigger))
        else {
            return Err(self.never_or_over(address));
        };
        let seats = parties.iter().map(|p| self.seat(p, offer.frame, ""));
        let seats = seats.collect::<Result<Vec<_>, _>>()?;
        let (by, seat) = self.entitled(&seats)?;
        self.another_person(&seat, offer.frame)?;
        self.may_act(&offer)?;
        let content = self.submitted(
            offer.def.form.as_ref().map(|f| f.value.as_str()),
            data,
            true,
        )?;
        let asked = offer
            .def
            .outcome
            .as_ref()
            .map_or(&offer.def.reason, |o| &o.reason);
        let reason = self.reason(asked, reason, false)?;
        let four_eyes = offer.def.four_eyes.clone();
        let four_eyes = four_eyes.or(offer.def.outcome.as_ref().and_then(|o| o.four_eyes.clone()));
        let how = How {
            by: Some(by),
            seat: Some(seat),
            reason,
            content,
            ..How::default()
        };
        if let Some(second) = four_eyes {
            let name = &offer.def.name.value;
            // As it was called: which of several of its name was meant.
            let what = address.into();
            return self.propose((offer.frame, name), &second, None, what, how);
        }
        self.happen(&offer, how);
        Ok(())
    }

    /// Why an act is not at hand: its region has ended, or has not begun, or there is none of the name.
    fn never_or_over(&self, address: &str) -> Rejection {
        let (before, name) = address.rsplit_once('.').unwrap_or(("", address));
        let acts = |def: &&EventDef| matches!(def.trigger, Trigger::Act(_)) && **def.name == *name;
        let named = ("event", name.to_owned());
        let over = self.case.frames.iter().rev().find_map(|(no, f)| {
            let result = f.result.as_deref().filter(|_| f.beside.is_none())?;
            let events = self.case.own_events(self.matter, *no)?.iter();
            let mut defs = events.filter_map(|e| self.matter.event_defs.get(e.0 as usize));
            let called = match before {
                "" => self.case.prefix(self.matter, *no).is_empty(),
                _ => self.case.is_called(self.matter, *no, f, before),
            };
            (called && defs.any(|d| acts(&d))).then_some((f, result))
        });
        match over {
            Some((f, _)) if f.parent.is_none() => self.not_now("reject.case_closed", &[]),
            Some((f, result)) => {
                let step = f.step.as_ref().and_then(|s| self.matter.named(s));
                let title = step.map(|(_, s)| s.title.zh.clone());
                let region = f.key.clone().or(title).unwrap_or_default();
                let why = match result {
                    "done" => "reject.region_done",
                    "stopped" => "reject.region_stopped",
                    "missed" => "reject.region_missed",
                    _ => "reject.region_over",
                };
                let args = [named, ("region", region), ("result", result.to_owned())];
                self.not_now(why, &args)
            }
            None if before.is_empty() && self.matter.event_defs.iter().any(|d| acts(&d)) => {
                self.not_now("reject.not_offered", &[named])
            }
            None => Rejection::NotFound {
                what: address.to_owned(),
            },
        }
    }

    /// Whether an address names the region of an event before the event: `legs.遵义.撤销`, `group.withdraw`.
    fn is_long(&self, offer: &Offer<'_>, address: &str) -> bool {
        let before = address.strip_suffix(&*offer.def.name.value);
        let Some(before) = before.and_then(|b| b.strip_suffix('.')) else {
            return false;
        };
        match &offer.on {
            Some(step) => before == self.case.address(self.matter, offer.frame, step),
            None => self.case.frame_at(self.matter, before) == Some(offer.frame),
        }
    }

    pub(super) fn may_act(&self, offer: &Offer<'_>) -> Result<(), Rejection> {
        let name = || [("event", offer.def.name.to_string())];
        if !self.may_happen(offer)? {
            return Err(self.not_now("reject.not_offered", &name()));
        }
        let suspended = self.suspension(offer.frame).is_some();
        match &*offer.def.name.value {
            "resume" if !suspended => Err(self.not_now("reject.not_suspended", &[])),
            "suspend" if suspended => Err(self.not_now("reject.suspended", &[])),
            _ => Ok(()),
        }
    }

    /// The open suspension of a region.
    pub(super) fn suspension(&self, frame: FrameNo) -> Option<FrameNo> {
        let events = &self.case.frames.get(&frame)?.events;
        events.iter().find(|e| self.is_called_suspend(**e)).copied()
    }

    /// The act a second person agrees to, if it may still happen. What was proposed in a round that is over counts for the one that
    /// runs.
    pub(super) fn proposed_act(
        &self,
        frame: FrameNo,
        event: &Name,
    ) -> Result<Offer<'a>, Rejection> {
        let frame = self.round_now(frame);
        let offers = self.offers().into_iter();
        let mut same = offers.filter(|o| o.frame == frame && o.def.name.value == *event);
        let Some(offer) = same.next() else {
            return Err(self.not_now("reject.not_offered", &[("event", event.to_string())]));
        };
        self.may_act(&offer)?;
        Ok(offer)
    }

    /// What was proposed in a region that is over needs no second person any more.
    pub(super) fn drop_proposals(&mut self, region: FrameNo) {
        let of_region = |t: &&TaskNo| self.case.tasks.get(t).is_some_and(|t| t.frame == region);
        let moot = self.case.proposed_acts.iter().filter(of_region).copied();
        for task in moot.collect::<Vec<_>>() {
            self.emit(Fact::TaskVoided {
                task,
                why: Void::Moot,
            });
        }
    }

    /// An event happens.
    pub(super) fn happen(&mut self, offer: &Offer<'a>, mut how: How) {
        let (frame, def, name) = (offer.frame, offer.def, offer.def.name.value.clone());
        how.reason = how.reason.or_else(|| {
            self.given(
                def.outcome.as_ref().map_or(&def.reason, |o| &o.reason),
                frame,
                "",
            )
        });
        self.emit_with(
            Fact::Happened {
                event: name.clone(),
                frame,
                by: how.by.clone(),
                seat: how.seat.clone(),
                reason: how.reason.clone(),
            },
            how.content.clone(),
        );
        if &*name == "resume"
            && let Some(suspended) = self.suspension(frame)
        {
            self.end_frame(suspended, "done");
        }
        if def.outcome.is_none() {
            self.issue_all(frame, &name, &def.papers, (&how, &def.basis));
            self.tell(frame, "", &name, &def.notify);
        }
        if def.outcome.is_some() {
            if def.undo {
                self.undo(frame);
            }
            if def.body.is_none() {
                return self.event_way(frame, offer.on.as_ref(), def, &how);
            }
            self.stop_place(frame);
        }
        let lasts = &*name == "suspend" || matches!(def.trigger, Trigger::Suspended(_));
        if def.body.is_some() || (lasts && def.outcome.is_none()) {
            self.open_event(offer, how.content);
        }
    }

    fn open_event(&mut self, offer: &Offer<'a>, content: Json) {
        let (def, inside) = (offer.def, FrameNo(self.number()));
        let beside = Beside::Event {
            name: def.name.value.clone(),
            pauses: def.pauses.is_some() || matches!(def.trigger, Trigger::Suspended(_)),
            holds: def.holds,
            on: offer.on.clone(),
        };
        self.emit_with(
            Fact::FrameOpened {
                frame: inside,
                parent: Some(offer.frame),
                step: None,
                key: None,
                beside: Some(beside),
            },
            content,
        );
        let first = def
            .body
            .and_then(|b| self.matter.sequence(b))
            .and_then(|s| s.steps.first());
        if let Some(first) = first {
            self.agenda.push_back(Move::Enter(inside, *first));
        }
    }

    /// The steps of an event have come to their end.
    pub(super) fn event_over(
        &mut self,
        region: FrameNo,
        on: Option<&Name>,
        name: &str,
        result: &str,
    ) {
        let def = self.case.event_of(self.matter, region, on, name);
        if let Some(def) = def.filter(|d| d.outcome.is_some() && result == "done") {
            self.event_way(region, on, def, &How::default());
        }
    }

    /// The way of an event that interrupts.
    fn event_way(&mut self, frame: FrameNo, on: Option<&Name>, def: &'a EventDef, how: &How) {
        let Some(outcome) = &def.outcome else { return };
        self.consequences(frame, "", outcome, how);
        match &outcome.way {
            Way::Leave(result) => {
                let stands = self.case.frames.get(&frame).and_then(|f| f.at.as_ref());
                let stands = stands.and_then(|at| Some(self.matter.named(&at.step)?.0));
                if let (false, Some(at)) = (self.leave(frame, on, result), stands) {
                    self.fail(frame, at, &nobody_takes(result));
                }
            }
            Way::End(end) => {
                let label = outcome.label.as_ref().or(end.label.as_ref());
                self.end_case(frame, end.state.value, label, how.reason.as_deref());
            }
            Way::Next => match on.and_then(|s| self.matter.named(s)) {
                Some((step, _)) => self.finish(frame, step, "done", How::default()),
                None => self.end_frame(frame, "done"),
            },
            Way::Go(target) => self.restart(frame, &target.value),
            Way::BackTo(targets) => {
                if let Some(target) = targets.first() {
                    self.restart(frame, &target.value);
                }
            }
        }
    }

    /// Puts a region, or one around it, on a step.
    fn restart(&mut self, frame: FrameNo, name: &Name) {
        let Some((target, step)) = self.matter.named(name) else {
            return;
        };
        let chain: Vec<FrameNo> = self.case.chain(frame).map(|(no, _)| no).collect();
        let fits = |f: &FrameNo| self.case.sequence(self.matter, *f) == Some(step.within);
        if let Some(around) = chain.into_iter().find(fits) {
            self.stop_place(around);
            self.agenda.push_back(Move::Enter(around, target));
        }
    }

    /// A message from another system: kept for every wait of its name and key, and perhaps an event.
    pub(super) fn message(&mut self, name: &Name, key: &str, data: &Json) -> Result<(), Rejection> {
        self.may_report()?;
        if self.case.closed {
            let said = json!({ "key": key, "data": data });
            self.late(Late::Message { name: name.clone() }, &said);
            return Ok(());
        }
        let wanted = |w: &super::Wait| {
            w.message
                .as_ref()
                .is_some_and(|(n, k)| n == name && k == key)
        };
        let waits = self.case.waits.values().filter(|w| wanted(w));
        let waits: Vec<(FrameNo, Name)> = waits.map(|w| (w.frame, w.step.clone())).collect();
        let form = waits
            .first()
            .and_then(|(_, s)| match &self.matter.named(s)?.1.kind {
                Kind::Wait { form, .. } => form.as_ref().map(|f| f.value.as_str()),
                _ => None,
            });
        let offers = self.offers_of(name, key)?;
        let form = form.or_else(|| offers.first()?.def.form.as_ref().map(|f| f.value.as_str()));
        let content = match form {
            Some(form) => self.submitted(Some(form), data, true)?,
            None => data.clone(),
        };
        let taken = Fact::MessageTaken { name: name.clone() };
        self.emit_with(taken, json!({ "key": key, "data": content }));
        for (frame, step) in waits {
            if let Some((at, _)) = self.matter.named(&step) {
                self.finish(
                    frame,
                    at,
                    "done",
                    How {
                        content: content.clone(),
                        ..How::default()
                    },
                );
            }
        }
        for offer in offers {
            self.happen(
                &offer,
                How {
                    content: content.clone(),
                    ..How::default()
                },
            );
        }
        Ok(())
    }

    fn offers_of(&self, name: &Name, key: &str) -> Result<Vec<Offer<'a>>, Fault> {
        let mut out = Vec::new();
        if !self.has_event(|t| matches!(t, Trigger::Message { name: n, .. } if n.value == *name)) {
            return Ok(out);
        }
        for offer in self.offers() {
            let Trigger::Message {
                name: wanted,
                key: on,
            } = &offer.def.trigger
            else {
                continue;
            };
            let on = on
                .as_ref()
                .map(|k| self.text(k, offer.frame, ""))
                .transpose()?;
            if wanted.value == *name && on.is_none_or(|k| k == key) && self.may_happen(&offer)? {
                out.push(offer);
            }
        }
        Ok(self.innermost(out))
    }

    /// What a mark or a limit sets off.
    pub(super) fn set_off(&mut self, fits: impl Fn(&Trigger) -> bool) {
        if !self.has_event(&fits) {
            return;
        }
        self.happen_all(|o| fits(&o.def.trigger));
    }

    /// What else sets off events, by where they stand.
    pub(super) fn set_off_where(&mut self, fits: impl Fn(&Offer<'a>) -> bool) {
        if self.has_event(|t| matches!(t, Trigger::Suspended(_))) {
            self.happen_all(fits);
        }
    }

    /// Lets everything happen that fits and may happen.
    pub(super) fn happen_all(&mut self, fits: impl Fn(&Offer<'a>) -> bool) {
        let offers = self.offers().into_iter().filter(fits);
        let offers = offers.filter(|o| self.may_happen(o) == Ok(true)).collect();
        for offer in self.innermost(offers) {
            let open = self
                .case
                .frames
                .get(&offer.frame)
                .is_some_and(|f| f.result.is_none());
            if open && self.may_happen(&offer) == Ok(true) {
                self.happen(&offer, How::default());
            }
        }
    }

    /// What a limit should have set off before its region was opened happens at once.
    pub(super) fn overtaken(&mut self, frame: FrameNo, on: Option<&Name>) {
        let passed = |event: &Name| {
            let around = |c: &&Running| self.case.chain(frame).any(|(no, _)| no == c.frame);
            let clocks = self.case.clocks.values().filter(|c| !c.stopped);
            let clocks = clocks.filter(around);
            let mut alarms = clocks.flat_map(|c| c.alarms.iter().map(|a| (a, c.seen)));
            alarms.any(|(a, seen)| a.event == *event && a.at <= seen)
        };
        let Some(f) = self.case.frames.get(&frame) else {
            return;
        };
        let here = self.offers_at(frame, f).into_iter();
        let here = here.filter(|o| o.on.as_ref() == on);
        let limits = here.filter(|o| matches!(o.def.trigger, Trigger::Limit { .. }));
        let late: Vec<_> = limits.filter(|o| passed(&o.def.name.value)).collect();
        for offer in late {
            if self.may_happen(&offer) == Ok(true) {
                self.happen(&offer, How::default());
            }
        }
    }

    /// A sub-case changed its state, or has ended.
    pub(super) fn child(
        &mut self,
        child: u64,
        status: Status,
        results: Option<&Json>,
    ) -> Result<(), Rejection> {
        self.engine_only()?;
        let known = self.case.subcases.get(&child);
        let Some((frame, step)) = known.filter(|c| !c.over).map(|c| (c.frame, c.step.clone()))
        else {
            // A late answer changes nothing.
            return Ok(());
        };
        let reason = results.and_then(|r| r.get("reason")).cloned();
        let content = reason.map_or(Json::Null, |reason| json!({ "reason": reason }));
        self.emit_with(Fact::SubcaseMoved { child, status }, content);
        if status == Status::Suspended {
            self.part_suspended(frame, &step);
        }
        if !status.is_final() {
            return Ok(());
        }
        let mut content = results
            .and_then(Json::as_object)
            .cloned()
            .unwrap_or_default();
        content.insert("status".into(), json!(status));
        if let Some((at, _)) = self.matter.named(&step) {
            let how = How {
                content: Json::Object(content),
                ..How::default()
            };
            self.finish(frame, at, status.word(), how);
        }
        Ok(())
    }
}
