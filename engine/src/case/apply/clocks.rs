//! Facts about clocks, into the case; and the instant at which a clock wants to be looked at again.

use super::count;
use crate::case::clocks::passed;
use crate::case::{
    Card, CardDeed, CardNote, Case, Event, Fact, MovedWait, Purpose, Recount, Recounted, Running,
    TimerNo,
};
use crate::clock::Level;
use jiff::Timestamp;

pub(super) fn clock(case: &mut Case, now: Timestamp, fact: &Fact) {
    let name = match fact {
        Fact::ClockStarted {
            clock,
            timer,
            frame,
            step,
            city,
            kind,
            ledger,
            alarms,
        } => {
            count(case, timer.0);
            let started = Running {
                timer: *timer,
                frame: *frame,
                step: step.clone(),
                city: city.clone(),
                kind: *kind,
                ledger: ledger.clone(),
                alarms: alarms.clone(),
                // What counts from an instant long past may be over by now.
                seen: now.min(ledger.started()),
                level: Level::Normal,
                paused_by: Default::default(),
                until: None,
                stopped: false,
                extended: 0,
                recounted: None,
            };
            if let Some(before) = case.clocks.insert(clock.clone(), started) {
                case.timers.remove(&before.timer);
            }
            clock
        }
        Fact::ClockPaused { clock, .. }
        | Fact::ClockResumed { clock, .. }
        | Fact::ClockChanged { clock, .. }
        | Fact::ClockReturned { clock, .. }
        | Fact::ClockReached { clock, .. }
        | Fact::ClockStopped { clock } => clock,
        _ => return,
    };
    match fact {
        Fact::ClockPaused { clock, by, .. } => {
            case.pausing.entry(*by).or_default().insert(clock.clone());
        }
        Fact::ClockResumed {
            clock,
            by: Some(by),
            ..
        } => {
            let clocks = case.pausing.entry(*by).or_default();
            clocks.remove(clock);
            if clocks.is_empty() {
                case.pausing.remove(by);
            }
        }
        _ => {}
    }
    let mut card = None;
    if let Some(running) = case.clocks.get_mut(name) {
        match fact {
            Fact::ClockPaused {
                by, ledger, until, ..
            } => {
                running.paused_by.insert(*by);
                if let Some(ledger) = ledger {
                    running.ledger = ledger.clone();
                    running.until = *until;
                }
            }
            Fact::ClockResumed {
                by, ledger, alarms, ..
            } => {
                if let Some(by) = by {
                    running.paused_by.remove(by);
                }
                if let Some(ledger) = ledger {
                    running.ledger = ledger.clone();
                    running.alarms.clone_from(alarms);
                    running.until = None;
                    running.seen = running.seen.max(now);
                }
            }
            Fact::ClockChanged {
                city,
                ledger,
                alarms,
                ..
            } => {
                // In another city the limit is the same; in the same one it was extended.
                if running.city == *city {
                    running.extended += 1;
                    running.level = ledger.level(now);
                }
                running.city.clone_from(city);
                running.ledger = ledger.clone();
                running.alarms.clone_from(alarms);
            }
            Fact::ClockReturned { ledger, alarms, .. } => {
                running.stopped = false;
                running.seen = running.seen.max(now);
                running.level = ledger.level(now);
                running.ledger = ledger.clone();
                running.alarms.clone_from(alarms);
            }
            Fact::ClockReached {
                upto,
                level,
                card: no,
                ladder,
                ..
            } => {
                running.seen = *upto;
                running.level = *level;
                card = no.map(|no| (no, *level, ladder.clone()));
            }
            Fact::ClockStopped { .. } => {
                running.stopped = true;
                running.ledger = running.ledger.clone().stop(now);
            }
            _ => {}
        }
    }
    if let Fact::ClockReached { upto, .. } = fact {
        // What had come by now has come, or was called off.
        for card in case.cards.values_mut().filter(|c| c.clock == *name) {
            card.ladder.retain(|(_, at)| at > upto);
        }
    }
    if let Some((no, level, ladder)) = card {
        count(case, no.0);
        let clock = name.clone();
        let ledger = case.clocks.get(name).map(|running| running.ledger.clone());
        case.cards.insert(
            no,
            Card {
                clock,
                level,
                at: now,
                ledger,
                notes: Vec::new(),
                ladder,
                escalations: Vec::new(),
            },
        );
    }
    time(case, name);
}

/// Sets the timer of a clock to the next instant at which the engine must look at it, or at its cards.
fn time(case: &mut Case, name: &str) {
    let Some(running) = case.clocks.get(name) else {
        return;
    };
    let stands = running.stopped || running.ledger.is_paused();
    let cards = case.cards.values().filter(|c| !stands && c.clock == name);
    let rungs = cards.filter(|c| c.climbs()).flat_map(|c| &c.ladder);
    let rung = rungs.map(|(_, at)| *at).min();
    let (timer, next) = (running.timer, running.next().into_iter().chain(rung).min());
    case.timers.remove(&timer);
    if let Some(at) = next {
        let purpose = Purpose::Clock(name.to_owned());
        case.timers.insert(timer, (at, purpose));
    }
}

/// Clocks go by other calendars from now on.
pub(super) fn recounted(case: &mut Case, now: Timestamp, calendar: u64, clocks: &[Recount]) {
    for anew in clocks {
        if let Some(running) = case.clocks.get_mut(&anew.clock) {
            running.recounted = Some(Recounted {
                calendar,
                was: anew.was,
            });
            running.ledger = anew.ledger.clone();
            running.alarms.clone_from(&anew.alarms);
            running.until = anew.until;
            match running.effective(now) {
                Level::Paused => {}
                // A worse level is reached by its timer, which opens the card; a better one waits for its instants anew.
                level if level > running.level => {
                    running.seen = running.seen.min(running.ledger.started());
                }
                level => running.level = level,
            }
        }
        time(case, &anew.clock);
    }
}

/// Waits end at another instant from now on.
pub(super) fn moved(case: &mut Case, calendar: u64, waits: &[MovedWait]) {
    for moved in waits {
        let wait = case.waits.get_mut(&moved.wait);
        if let Some(counted) = wait.and_then(|w| w.counted.as_mut()) {
            let was = moved.was;
            counted.moved = Some((Recounted { calendar, was }, moved.firm));
        }
        if let Some(timer) = case.timers.get_mut(&TimerNo(moved.wait.0)) {
            timer.0 = moved.until;
        }
    }
}

impl Running {
    /// The next instant at which the engine must look at this clock.
    pub(in crate::case) fn next(&self) -> Option<Timestamp> {
        if self.stopped {
            return None;
        }
        if self.ledger.is_paused() {
            return self.until;
        }
        let alarms = self.alarms.iter().map(|a| a.at);
        let level = self.ledger.next_change(self.seen);
        alarms.filter(|at| *at > self.seen).chain(level).min()
    }

    /// The instant at which the limit has passed.
    pub(in crate::case) fn passed(&self) -> Timestamp {
        passed(self.ledger.due())
    }
}

/// Something was said about a card, or it went a rung up.
pub(super) fn card(case: &mut Case, at: Timestamp, event: &Event) {
    let (no, deed, by) = match &event.fact {
        Fact::CardEscalated { card, rung, .. } => {
            if let Some(card) = case.cards.get_mut(card) {
                card.escalations.push((*rung, at));
            }
            return;
        }
        Fact::CardExplained { card, by } => (card, CardDeed::Explain, by),
        Fact::CardPursued { card, by } => (card, CardDeed::Pursue, by),
        Fact::CardClosed { card, by } => (card, CardDeed::Close, by),
        _ => return,
    };
    if let Some(card) = case.cards.get_mut(no) {
        let words = event.content.get("words").and_then(|w| w.as_str());
        card.notes.push(CardNote {
            deed,
            by: by.clone(),
            at,
            words: words.unwrap_or_default().to_owned(),
        });
        let clock = card.clock.clone();
        time(case, &clock);
    }
}
