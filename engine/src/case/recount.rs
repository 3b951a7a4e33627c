//! Open limits and waits worked out anew on calendars that have changed: a year was published, or holidays were moved (G23, G24).

use super::clocks::passed;
use super::decide::Course;
use super::{
    Alarm, Case, Clock, Fact, FrameNo, Name, Recounted, Rejection, Running, TimerNo, Wait, WaitNo,
};
use crate::clock::{Limit, due};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A clock as it is on new calendars.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recount {
    /// Which.
    pub clock: String,
    /// When it ended before.
    pub was: Timestamp,
    /// The ledger now.
    pub ledger: Clock,
    /// When a clock that stands still runs on by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// Its alarms that are still to come.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alarms: Vec<Alarm>,
}

impl Recount {
    /// Its end is another than before.
    pub fn moved(&self) -> bool {
        self.was != self.ledger.due()
    }
}

/// The time a wait lasts, and on whose calendar it is counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lasts {
    /// So long.
    pub limit: Limit,
    /// The city, six digits.
    pub city: String,
}

/// A wait that ends at another instant on new calendars.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MovedWait {
    /// Which.
    pub wait: WaitNo,
    /// The sequence it lies in.
    pub frame: FrameNo,
    /// Its step.
    pub step: Name,
    /// When it ended before.
    pub was: Timestamp,
    /// When it ends now.
    pub until: Timestamp,
    /// It goes by published calendars alone.
    pub firm: bool,
}

impl Case {
    /// The waits that were last moved by a version of the calendars, and still last.
    pub fn moved_waits(&self, calendar: u64) -> impl Iterator<Item = MovedWait> {
        self.waits.iter().filter_map(move |(no, wait)| {
            let (Recounted { was, .. }, firm) = wait
                .counted
                .as_ref()?
                .moved
                .filter(|(moved, _)| moved.calendar == calendar)?;
            Some(MovedWait {
                wait: *no,
                frame: wait.frame,
                step: wait.step.clone(),
                was,
                until: self.timer(TimerNo(no.0))?,
                firm,
            })
        })
    }
}

impl Course<'_, '_> {
    /// Works out every open limit and every wait on the calendars as they are now. Limits that have stopped, waits that are over and cards
    /// that were opened stay as they are.
    pub(super) fn recount(&mut self, calendar: u64) -> Result<(), Rejection> {
        self.engine_only()?;
        let open = self.case.clocks.iter().filter(|(_, c)| !c.stopped);
        let anew = open.filter_map(|(name, running)| self.counted_anew(name, running));
        let clocks: Vec<Recount> = anew.collect();
        let waits = self.case.waits.iter();
        let waits = waits.filter_map(|(no, wait)| self.waited_anew(*no, wait));
        let waits: Vec<MovedWait> = waits.collect();
        if !clocks.is_empty() || !waits.is_empty() {
            self.emit(Fact::Recounted {
                calendar,
                clocks,
                waits,
            });
        }
        Ok(())
    }

    /// A wait of a time on the calendar it was counted on; none if it ends as before, is over, or waits for something else.
    fn waited_anew(&self, no: WaitNo, wait: &Wait) -> Option<MovedWait> {
        let counted = wait.counted.as_ref()?;
        let was = self.case.timer(TimerNo(no.0))?;
        let calendar = self.context.network.calendar(&counted.lasts.city);
        let end = due(&calendar, counted.since, counted.lasts.limit, &[]);
        (was > self.context.now && end.at != was).then(|| MovedWait {
            wait: no,
            frame: wait.frame,
            step: wait.step.clone(),
            was,
            until: end.at,
            firm: !end.provisional,
        })
    }

    /// A clock on its city's calendar; none if nothing of it is different there. One that stands still has no end; it gets one when it
    /// runs on.
    fn counted_anew(&self, name: &str, running: &Running) -> Option<Recount> {
        let calendar = self.context.network.calendar(&running.city);
        let paused = running.ledger.is_paused();
        let ledger = match paused {
            true => running.ledger.clone(),
            false => running.ledger.clone().on(&calendar),
        };
        let stop = running.ledger.stops().last().filter(|_| paused);
        let until = stop.and_then(|stop| Some(due(&calendar, stop.from, stop.max?, &[]).at));
        if ledger == running.ledger && until == running.until {
            return None;
        }
        Some(Recount {
            clock: name.to_owned(),
            was: running.ledger.due(),
            alarms: self.alarms_to_come(name, running, &ledger),
            ledger,
            until,
        })
    }

    /// What has been set off stays so; what should have been by now is next.
    fn alarms_to_come(&self, name: &str, running: &Running, ledger: &Clock) -> Vec<Alarm> {
        let now = self.context.now;
        let mut alarms = self.alarms_of(name, running, ledger, &running.city);
        let waits = |event: &str| {
            let mut own = running.alarms.iter().filter(|a| *a.event == *event);
            own.any(|a| a.at > running.seen)
        };
        alarms.retain(|alarm| waits(&alarm.event));
        for alarm in alarms.iter_mut().filter(|a| a.at <= now) {
            alarm.at = passed(now);
        }
        alarms
    }
}
