//! Limits of a case: when their clocks start and stop, on whose calendar, and what happens when they run out.

use super::decide::{Course, Fault};
use super::flow::How;
use super::place::Region;
use super::{Alarm, CardNo, Fact, FrameNo, Name, Purpose, Rejection, Running, Seat, TimerNo};
use crate::clock::{Clock, Level, Limit};
use crate::matter::{LimitKind, LimitMoment, LimitValue, Limits, Outcome, Revision, Step, Trigger};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// A clock that is about to start.
struct Start<'l> {
    name: String,
    frame: FrameNo,
    step: Option<Name>,
    limit: Limit,
    kind: LimitKind,
    city: String,
    at: Timestamp,
    /// The limit as declared, for the events it sets off.
    declared: Option<&'l str>,
}

impl<'a> Course<'a, '_> {
    /// A limit as it is now: written out, or computed.
    pub(super) fn limit(
        &self,
        limit: &LimitValue,
        frame: FrameNo,
        step: &str,
    ) -> Result<Limit, Fault> {
        match limit {
            LimitValue::Fixed(limit) => Ok(limit.value),
            LimitValue::Computed(formula) => {
                let value = self.eval(formula, frame, step)?.to_json();
                let text = value.as_str().unwrap_or_default();
                text.parse()
                    .map_err(|_| Fault::new("fault.no_limit", &[("value", value.to_string())]))
            }
        }
    }

    /// A moment has come: limits around that start or stop with it do so.
    pub(super) fn moment(&mut self, frame: FrameNo, what: &str, at: Timestamp) {
        if self.matter.counts_from(what) {
            let regions = self.case.regions(self.matter, frame);
            self.come(regions, what, at);
        }
    }

    /// A mark of the case has been set, which every region that runs looks to.
    pub(super) fn marked(&mut self, what: &str, at: Timestamp) {
        if self.matter.counts_from(what) {
            let running = self.case.frames.iter().filter(|(_, f)| f.result.is_none());
            let regions = running.filter_map(|(no, _)| self.case.region(self.matter, *no));
            self.come(regions.collect(), what, at);
        }
    }

    fn come(&mut self, regions: Vec<Region<'a>>, what: &str, at: Timestamp) {
        let (mut starts, mut stops) = (BTreeMap::new(), BTreeSet::new());
        for region in regions {
            for limit in region.limits {
                let name = format!("{}{}", region.prefix, *limit.name);
                let running = self.running(&name).is_some();
                if limit.stops.as_ref().is_some_and(|s| s.value == what) && running {
                    stops.insert(name);
                } else if limit.starts.as_ref().is_some_and(|s| s.value == what) && !running {
                    starts.insert(name, (region.frame, limit));
                }
            }
        }
        for clock in stops {
            self.stop_clock(clock);
        }
        for (name, (region, limit)) in starts {
            // A limit that cannot be computed stops nothing; the check has seen to it that it can.
            _ = self.start_limit(name, region, limit, at);
        }
    }

    /// A mark is set again: limits around that run stop with it; none starts.
    pub(super) fn stops_with(&mut self, frame: FrameNo, mark: &str) {
        let regions = self.case.regions(self.matter, frame).into_iter();
        let limits = regions.flat_map(|r| r.limits.iter().map(move |l| (r.prefix.clone(), l)));
        let stops = limits.filter(|(_, l)| l.stops.as_ref().is_some_and(|s| s.value == mark));
        let clocks: Vec<String> = stops.map(|(p, l)| format!("{p}{}", *l.name)).collect();
        for clock in clocks {
            self.stop_clock(clock);
        }
    }

    /// A limit around has at least so much left from now on, also if it has stopped; one that never started stays so.
    pub(super) fn leave_of(
        &mut self,
        limit: &Name,
        least: &LimitValue,
        outcome: &Outcome,
        (frame, step): (FrameNo, &str),
    ) -> Result<(), Fault> {
        let least = self.limit(least, frame, step)?;
        let regions = self.case.regions(self.matter, frame).into_iter();
        let mut around = regions.filter(|r| r.limits.iter().any(|l| l.name.value == *limit));
        let clock = around.next().map(|r| format!("{}{limit}", r.prefix));
        let known = clock.and_then(|c| Some((self.case.clocks.get(&c)?, c)));
        let Some((running, clock)) = known else {
            return Ok(());
        };
        let (now, calendar) = (
            self.context.now,
            self.context.network.calendar(&running.city),
        );
        let ledger = running.ledger.clone();
        let ledger = ledger.left_at_least(now, least, &outcome.name, &calendar);
        let alarms = self.alarms_of(&clock, running, &ledger, &running.city);
        self.emit(Fact::ClockReturned {
            clock,
            ledger,
            alarms,
        });
        Ok(())
    }

    fn start_limit(
        &mut self,
        name: String,
        frame: FrameNo,
        limit: &Limits,
        at: Timestamp,
    ) -> Result<(), Fault> {
        let city = match &limit.calendar {
            Some(party) => self.seat(party, frame, "")?.post.city,
            None => self.case.deciding_city(self.matter, self.context),
        };
        let value = self.limit(&limit.limit, frame, "")?;
        self.start_clock(Start {
            name,
            frame,
            step: None,
            limit: value,
            kind: limit.kind,
            city,
            at,
            declared: Some(&limit.name),
        });
        Ok(())
    }

    fn start_clock(&mut self, start: Start<'_>) {
        let calendar = self.context.network.calendar(&start.city);
        let ledger = Clock::start(start.limit, start.at, &calendar);
        let alarms = start
            .declared
            .map_or_else(Vec::new, |name| self.alarms(name, &ledger, &start.city));
        self.emit(Fact::ClockStarted {
            clock: start.name,
            timer: TimerNo(self.number()),
            frame: start.frame,
            step: start.step,
            city: start.city,
            kind: start.kind,
            ledger,
            alarms,
        });
    }

    /// The name by which a matter speaks of the limit of a clock: that of its step, or of the limit itself. None for the time in which
    /// a letter is to be received, which goes by no name.
    pub(super) fn declared<'c>(&self, clock: &'c str, running: &'c Running) -> Option<&'c str> {
        let Some(step) = &running.step else {
            return clock.rsplit('.').next();
        };
        let own = self.case.address(self.matter, running.frame, step) == clock;
        own.then_some(&**step)
    }

    /// The instants at which a clock sets off events, with another ledger.
    pub(super) fn alarms_of(
        &self,
        clock: &str,
        running: &Running,
        ledger: &Clock,
        city: &str,
    ) -> Vec<Alarm> {
        let declared = self.declared(clock, running);
        declared.map_or_else(Vec::new, |limit| self.alarms(limit, ledger, city))
    }

    /// The instants at which a limit sets off events of the matter.
    fn alarms(&self, limit: &str, ledger: &Clock, city: &str) -> Vec<Alarm> {
        let calendar = self.context.network.calendar(city);
        let mut out = Vec::new();
        for def in &self.matter.event_defs {
            let Trigger::Limit { limit: name, at } = &def.trigger else {
                continue;
            };
            if *name.value != *limit {
                continue;
            }
            let at = match at {
                LimitMoment::Used(percent) => ledger.when_used(&calendar, i64::from(*percent), 100),
                LimitMoment::Left(left) => ledger.when_left(&calendar, left.value),
                LimitMoment::Overdue => passed(ledger.due()),
            };
            out.push(Alarm {
                at,
                event: def.name.value.clone(),
            });
        }
        out
    }

    /// Limits of a region that start with it, or with a moment that has come before.
    pub(super) fn start_region_clocks(&mut self, frame: FrameNo) {
        for (name, region, limit) in self.own_limits(frame) {
            let at = self.starts_at(frame, limit);
            if let Some(at) = at.filter(|_| self.running(&name).is_none()) {
                _ = self.start_limit(name, region, limit, at);
            }
        }
    }

    /// The instant from which a limit counts in a region that opens now; none: its moment is still to come, or it is over.
    fn starts_at(&self, frame: FrameNo, limit: &Limits) -> Option<Timestamp> {
        let Some(starts) = &limit.starts else {
            return Some(self.context.now);
        };
        let from = self.came(frame, &starts.value)?;
        let until = limit.stops.as_ref();
        let until = until.and_then(|m| self.came(frame, &m.value));
        until.is_none_or(|at| at < from).then_some(from)
    }

    /// When a moment last came, seen from a region: a mark was set, a step done, a letter sent or received, the group around opened.
    fn came(&self, frame: FrameNo, moment: &str) -> Option<Timestamp> {
        let chain = || self.case.chain(frame);
        let mark = chain().find_map(|(_, f)| f.marks.get(moment));
        if let Some(at) = mark.or_else(|| self.case.marks.get(moment)) {
            return Some(*at);
        }
        if let Some(record) = chain().find_map(|(_, f)| f.records.get(moment)) {
            return Some(record.at);
        }
        let (step, what) = moment.rsplit_once('.')?;
        let around = |f: FrameNo| chain().any(|(no, _)| no == f);
        let letters = self.case.handoffs.values().rev();
        let mut letters = letters.filter(|h| &*h.step == step && around(h.frame));
        match what {
            "opened" => {
                let opens = chain().next().and_then(|(_, f)| f.step.as_ref());
                opens.filter(|s| ***s == *step).map(|_| self.context.now)
            }
            "sent" => letters.next().map(|h| h.sent),
            "received" => letters.find_map(|h| h.received.as_ref()).map(|(_, at)| *at),
            _ => None,
        }
    }

    /// Limits of a `parallel` group that start with it.
    pub(super) fn start_group_clocks(&mut self, frame: FrameNo, step: &Step) {
        let prefix = self.case.prefix(self.matter, frame);
        let Some((_, step)) = self.matter.named(&step.id) else {
            return;
        };
        let opened = format!("{}.opened", *step.id);
        for limit in &step.limits {
            let name = format!("{prefix}{}.{}", *step.id, *limit.name);
            let own = limit.starts.as_ref().is_some_and(|s| s.value == opened);
            let at = self.starts_at(frame, limit);
            if let Some(at) = at.or(own.then_some(self.context.now)) {
                _ = self.start_limit(name, frame, limit, at);
            }
        }
    }

    fn own_limits(&self, frame: FrameNo) -> Vec<(String, FrameNo, &'a Limits)> {
        let matter: &'a Revision = self.matter;
        let own = self.case.region(matter, frame).into_iter();
        let own = own.filter(|r| r.step.is_none());
        own.flat_map(|r| {
            let (prefix, frame) = (r.prefix, r.frame);
            r.limits
                .iter()
                .map(move |l| (format!("{prefix}{}", *l.name), frame, l))
        })
        .collect()
    }

    pub(super) fn stop_region_clocks(&mut self, frame: FrameNo) {
        for (clock, ..) in self.own_limits(frame) {
            self.stop_clock(clock);
        }
    }

    /// A step's own limit, counted where its party sits, else where the case is decided.
    pub(super) fn start_own_clock(
        &mut self,
        frame: FrameNo,
        step: &Step,
        seat: Option<&Seat>,
    ) -> Result<(), Fault> {
        let Some(limit) = &step.limit else {
            return Ok(());
        };
        let city = seat.map(|s| s.post.city.clone()).filter(|c| !c.is_empty());
        let city = city.unwrap_or_else(|| self.case.deciding_city(self.matter, self.context));
        self.own_clock(frame, step, "", limit, city)
    }

    /// The limit for receiving a letter.
    pub(super) fn start_clock_of(
        &mut self,
        frame: FrameNo,
        step: &Step,
        what: &str,
        limit: &LimitValue,
        seat: &Seat,
    ) -> Result<(), Fault> {
        self.own_clock(frame, step, what, limit, seat.post.city.clone())
    }

    fn own_clock(
        &mut self,
        frame: FrameNo,
        step: &Step,
        what: &str,
        limit: &LimitValue,
        city: String,
    ) -> Result<(), Fault> {
        let limit = match self.stated_limit(&step.id, what) {
            Some(stated) => stated,
            None => self.limit(limit, frame, &step.id)?,
        };
        let address = self.case.address(self.matter, frame, &step.id);
        let name = if what.is_empty() {
            address
        } else {
            format!("{address}.{what}")
        };
        self.start_clock(Start {
            name,
            frame,
            step: Some(step.id.value.clone()),
            limit,
            kind: LimitKind::Internal,
            city,
            at: self.context.now,
            declared: what.is_empty().then_some(&**step.id),
        });
        Ok(())
    }

    /// Stops the clocks that belong to a step.
    pub(super) fn stop_own_clocks(&mut self, frame: FrameNo, step: &str) {
        if self.case.clocks.is_empty() {
            return;
        }
        let address = self.case.address(self.matter, frame, step);
        for clock in [format!("{address}.receive"), address] {
            self.stop_clock(clock);
        }
    }

    pub(super) fn stop_clock(&mut self, clock: String) {
        if self.running(&clock).is_some() {
            self.drop_extension(&clock);
            self.emit(Fact::ClockStopped { clock });
        }
    }

    /// The ledger changed: extended.
    pub(super) fn change_clock(&mut self, clock: &str, city: String, ledger: Clock) {
        let running = self.case.clocks.get(clock);
        let alarms = running.map(|c| self.alarms_of(clock, c, &ledger, &city));
        self.emit(Fact::ClockChanged {
            clock: clock.to_owned(),
            city,
            ledger,
            alarms: alarms.unwrap_or_default(),
        });
    }

    /// Limits go on in another city once their party sits there: what is used stays used. A step's own limit stays where its
    /// party sat when it opened.
    pub(super) fn move_clocks(&mut self) {
        if !self.matter.moves() {
            return;
        }
        let open = self.case.clocks.iter();
        let open = open.filter(|(_, c)| !c.stopped && c.step.is_none());
        let elsewhere = |(name, running): (&String, &Running)| {
            let city = self.counts_in(name, running)?;
            (city != running.city).then(|| (name.clone(), city))
        };
        let moving: Vec<(String, String)> = open.filter_map(elsewhere).collect();
        for (clock, city) in moving {
            self.move_clock(&clock, city);
        }
    }

    /// The city where a limit counts as things stand.
    fn counts_in(&self, clock: &str, running: &Running) -> Option<String> {
        let regions = self.case.regions(self.matter, running.frame);
        let mut own = regions
            .iter()
            .flat_map(|r| r.limits.iter().map(move |l| (&r.prefix, l)));
        let own = own.find(|(prefix, l)| clock.strip_prefix(prefix.as_str()) == Some(&**l.name));
        // Of a `parallel` step all branches together are the region, which its own sequence does not lie in.
        let prefix = self.case.prefix(self.matter, running.frame);
        let groups = self.matter.matter.steps.iter();
        let mut groups = groups.flat_map(|s| s.limits.iter().map(move |l| (&s.id, l)));
        let mut of_group = || {
            let called = clock.strip_prefix(&prefix)?;
            groups.find(|(id, l)| *called == format!("{}.{}", ***id, *l.name))
        };
        let limit = own.map(|(_, l)| l).or_else(|| Some(of_group()?.1))?;
        match &limit.calendar {
            Some(party) => Some(self.seat(party, running.frame, "").ok()?.post.city),
            None => Some(self.case.deciding_city(self.matter, self.context)),
        }
    }

    fn move_clock(&mut self, clock: &str, city: String) {
        let Some(running) = self.running(clock) else {
            return;
        };
        let now = self.context.now;
        let (old, new) = (
            self.context.network.calendar(&running.city),
            self.context.network.calendar(&city),
        );
        let ledger = running.ledger.clone().moved(now, &running.city, &old, &new);
        if ledger == running.ledger {
            return;
        }
        // What is due already stays due.
        let due = running.alarms.iter().filter(|a| a.at <= now).cloned();
        let due: Vec<Alarm> = due.collect();
        let mut alarms = self.alarms_of(clock, running, &ledger, &city);
        alarms.retain(|a| due.iter().all(|d| d.event != a.event));
        alarms.extend(due);
        self.emit(Fact::ClockChanged {
            clock: clock.to_owned(),
            city,
            ledger,
            alarms,
        });
    }

    /// A timer is due: an instant of a clock, or the end of a wait.
    pub(super) fn fire(&mut self, timer: TimerNo) -> Result<(), Rejection> {
        self.engine_only()?;
        let Some((at, purpose)) = self.case.timers.get(&timer).cloned() else {
            return Err(Rejection::NotFound {
                what: timer.0.to_string(),
            });
        };
        if at > self.context.now {
            return Err(self.not_now("reject.too_early", &[("at", at.to_string())]));
        }
        match purpose {
            Purpose::Wait(wait) => {
                let wait = self
                    .case
                    .waits
                    .get(&wait)
                    .map(|w| (w.frame, w.step.clone()));
                let at = wait.and_then(|(f, s)| Some((f, self.matter.named(&s)?.0)));
                if let Some((frame, step)) = at {
                    self.finish(frame, step, "done", How::default());
                }
            }
            Purpose::Round(round) => self.round_comes(round),
            Purpose::Clock(clock) => self.clock_fires(&clock),
        }
        Ok(())
    }

    /// What an instant of a limit sets off, by the name of the event: in the region of the limit, inside it and around it. What the
    /// same limit of another item or round sets off waits for that one.
    fn set_off_named(&mut self, name: &Name, limit: FrameNo, fits: impl Fn(&Trigger) -> bool) {
        let within = |inner: FrameNo, outer: FrameNo| self.lies_in(inner, outer, None);
        let frames = self.case.frames.keys().copied();
        let concerned = frames.filter(|f| within(*f, limit) || within(limit, *f));
        let concerned: BTreeSet<FrameNo> = concerned.collect();
        self.happen_all(|o| {
            o.def.name.value == *name && fits(&o.def.trigger) && concerned.contains(&o.frame)
        });
    }

    fn clock_fires(&mut self, clock: &str) {
        let now = self.context.now;
        let Some(running) = self.running(clock).cloned() else {
            return;
        };
        if running.ledger.is_paused() {
            return self.run_on(clock, None);
        }
        let level = running.effective(now);
        let card = level > running.level && matches!(level, Level::Yellow | Level::Red);
        let card = card.then(|| CardNo(self.number()));
        let ladder =
            card.map(|_| super::cards::ladder(&running.city, running.ledger.due(), self.context));
        self.escalate(clock);
        self.emit(Fact::ClockReached {
            clock: clock.to_owned(),
            upto: now,
            level,
            card,
            ladder: ladder.unwrap_or_default(),
        });
        let due = running
            .alarms
            .iter()
            .filter(|a| a.at > running.seen && a.at <= now);
        let declared = self.declared(clock, &running).map(str::to_owned);
        for alarm in due {
            let name = alarm.event.clone();
            self.set_off_named(&name, running.frame, |t| {
                matches!(t, Trigger::Limit { limit, .. } if declared.as_deref() == Some(&*limit.value))
            });
        }
        if now >= running.passed() {
            self.overdue(clock, &running);
        }
    }

    /// A passed limit ends its step only where `overdue` is among its outcomes.
    fn overdue(&mut self, clock: &str, running: &Running) {
        let own = self.declared(clock, running).is_some();
        let Some(step) = running.step.as_ref().filter(|_| own) else {
            return;
        };
        let here = self
            .case
            .frames
            .get(&running.frame)
            .and_then(|f| f.at.as_ref());
        if here.is_none_or(|at| at.step != *step) {
            return;
        }
        let Some((at, step)) = self.matter.named(step) else {
            return;
        };
        if step.outcomes.iter().any(|o| &**o.name == "overdue") {
            self.finish(running.frame, at, "overdue", How::default());
        }
    }
}

impl Running {
    /// The level people see. A step over its own limit stays yellow: red is for the promise and the law.
    pub(super) fn effective(&self, now: Timestamp) -> Level {
        match self.ledger.level(now) {
            Level::Red if self.kind == LimitKind::Internal => Level::Yellow,
            level => level,
        }
    }
}

/// The first instant at which a limit has passed.
pub(super) fn passed(due: Timestamp) -> Timestamp {
    due.checked_add(jiff::ToSpan::milliseconds(1))
        .unwrap_or(due)
}
