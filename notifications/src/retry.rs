//! When to try a message again, when it is dead, when a channel is down, and when it is too late in the evening. Pure: the time is an argument.

use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// How long to wait before each attempt (G31): six in all, then the message is dead.
pub const WAITS: [SignedDuration; 6] = [
    SignedDuration::ZERO,
    SignedDuration::from_secs(30),
    SignedDuration::from_mins(5),
    SignedDuration::from_mins(30),
    SignedDuration::from_hours(2),
    SignedDuration::from_hours(8),
];
/// So many failures to connect in a row, and a channel counts as down.
pub const DOWN_AFTER: u32 = 5;
/// So many attempts at a message.
pub const TRIES: u32 = WAITS.len() as u32;
/// A channel that is down is probed so often.
pub const PROBE: SignedDuration = SignedDuration::from_mins(1);
/// A message waits for its channel at most so long.
pub const PATIENCE: SignedDuration = SignedDuration::from_hours(72);

/// How an attempt ended. `answer` is what the other side or the network said, for the dead-letter list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// The other side has it.
    Sent,
    /// The other side wants nothing more at this address (HTTP 410): the endpoint is switched off.
    Gone {
        /// What was said.
        answer: String,
    },
    /// It will never be taken: no such mailbox, not a number, too big.
    Refused {
        /// What was said.
        answer: String,
    },
    /// It was not taken this time.
    Failed {
        /// What was said.
        answer: String,
        /// The other side asked to be left alone for so long.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<SignedDuration>,
    },
    /// Nobody answered.
    Unreachable {
        /// What the network said.
        answer: String,
    },
}

/// What becomes of a message after an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// It has been sent.
    Settled,
    /// It is tried again.
    Again {
        /// When.
        at: Timestamp,
        /// Attempts used so far.
        attempts: u32,
    },
    /// It goes to the dead-letter list.
    Dead,
}

/// What becomes of a message created at `created`, after an attempt that ended at `now`; `used` attempts came before it. `health` has
/// already noted the outcome. It is dead after [`TRIES`] attempts.
pub fn next(
    outcome: &Outcome,
    used: u32,
    created: Timestamp,
    health: &Health,
    now: Timestamp,
) -> Next {
    next_of(TRIES, outcome, used, created, health, now)
}

/// As [`next`], of something that is dead after so many attempts. Beyond those of a message it is tried at the last distance.
pub fn next_of(
    tries: u32,
    outcome: &Outcome,
    used: u32,
    created: Timestamp,
    health: &Health,
    now: Timestamp,
) -> Next {
    match outcome {
        Outcome::Sent => Next::Settled,
        Outcome::Gone { .. } | Outcome::Refused { .. } => Next::Dead,
        Outcome::Unreachable { .. } if health.is_down() => match now.duration_since(created) {
            waited if waited < PATIENCE => Next::Again {
                at: health.probe_at(now),
                attempts: used,
            },
            _ => Next::Dead,
        },
        Outcome::Failed { .. } | Outcome::Unreachable { .. } => {
            let attempts = used + 1;
            let wait = WAITS.get(attempts as usize).or(WAITS.last());
            let wait = wait.filter(|_| attempts < tries);
            let asked = outcome.after().unwrap_or_default().min(PATIENCE);
            wait.map_or(Next::Dead, |wait| Next::Again {
                at: later(now, asked.max(*wait)),
                attempts,
            })
        }
    }
}

impl Outcome {
    /// What was said, if it was not taken.
    pub fn answer(&self) -> &str {
        match self {
            Outcome::Sent => "",
            Outcome::Gone { answer }
            | Outcome::Refused { answer }
            | Outcome::Failed { answer, .. }
            | Outcome::Unreachable { answer } => answer,
        }
    }

    fn after(&self) -> Option<SignedDuration> {
        match self {
            Outcome::Failed { after, .. } => *after,
            _ => None,
        }
    }
}

/// Whether a channel or endpoint answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    failures: u32,
    probe: Option<Timestamp>,
}

impl Health {
    /// Takes in how an attempt ended.
    pub fn note(&mut self, outcome: &Outcome, now: Timestamp) {
        if !matches!(outcome, Outcome::Unreachable { .. }) {
            *self = Health::default(); // it answered
            return;
        }
        self.failures = self.failures.saturating_add(1);
        if self.failures >= DOWN_AFTER {
            self.probe = Some(later(now, PROBE));
        }
    }

    /// Nobody answers, and the next probe is at this time.
    pub fn down(probe: Timestamp) -> Self {
        Health {
            failures: DOWN_AFTER,
            probe: Some(probe),
        }
    }

    /// Whether nobody answers at present.
    pub fn is_down(&self) -> bool {
        self.probe.is_some()
    }

    /// Whether a message may be tried now: the channel answers, or its next probe is due. The caller tries one message per probe.
    pub fn may_try(&self, now: Timestamp) -> bool {
        self.probe.is_none_or(|probe| now >= probe)
    }

    /// Somebody wants to know: the next probe is at once.
    pub fn hasten(&mut self, now: Timestamp) {
        self.probe = self.probe.map(|probe| probe.min(now));
    }

    /// Whether something created then has waited too long for a channel that is down.
    pub fn is_given_up(&self, created: Timestamp, now: Timestamp) -> bool {
        self.is_down() && now.duration_since(created) >= PATIENCE
    }

    /// When to try next: now, or at the next probe.
    pub fn probe_at(&self, now: Timestamp) -> Timestamp {
        self.probe.map_or(now, |probe| probe.max(now))
    }
}

/// When a short message to an applicant may leave: at once, but between 21:00 and 08:00 Beijing time only at 08:00 (G32).
pub fn by_day(now: Timestamp) -> Timestamp {
    let zone = TimeZone::fixed(Offset::constant(8)); // Beijing time, without summer time since 1992
    let local = zone.to_datetime(now);
    let morning = |date: jiff::civil::Date| zone.to_timestamp(date.at(8, 0, 0, 0)).unwrap_or(now);
    match local.hour() {
        0..=7 => morning(local.date()),
        21.. => local.date().tomorrow().map_or(now, morning),
        _ => now,
    }
}

fn later(now: Timestamp, wait: SignedDuration) -> Timestamp {
    now.checked_add(wait).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        format!("{text}+08:00").parse().unwrap()
    }

    fn failed() -> Outcome {
        busy(None)
    }

    fn busy(after: Option<SignedDuration>) -> Outcome {
        Outcome::Failed {
            answer: "503".into(),
            after,
        }
    }

    fn silent() -> Outcome {
        Outcome::Unreachable {
            answer: "connection refused".into(),
        }
    }

    /// The instants of all attempts of a message nobody ever takes.
    #[test]
    fn g031_a_message_is_tried_six_times_and_then_dead() {
        let mut now = at("2026-11-23T09:00:00");
        let mut used = 0;
        let mut times = vec![now];
        while let Next::Again { at, attempts } =
            next(&failed(), used, times[0], &Health::default(), now)
        {
            (now, used) = (at, attempts);
            times.push(now);
        }
        let told: Vec<String> = times.iter().map(|t| t.to_string()).collect();
        let expected = [
            "01:00:00", "01:00:30", "01:05:30", "01:35:30", "03:35:30", "11:35:30",
        ];
        assert_eq!(told, expected.map(|t| format!("2026-11-23T{t}Z")));
    }

    /// A mail server that is away for a day: no message uses up its attempts, all leave once it answers.
    #[test]
    fn g031_a_channel_that_is_down_costs_no_attempts() {
        let created = at("2026-11-23T09:00:00");
        let (mut health, mut now, mut used) = (Health::default(), created, 0);
        while now < at("2026-11-24T09:00:00") {
            health.note(&silent(), now);
            let Next::Again { at, attempts } = next(&silent(), used, created, &health, now) else {
                panic!("dead at {now}")
            };
            (now, used) = (at, attempts);
        }
        assert!(health.is_down());
        assert_eq!(
            used,
            DOWN_AFTER - 1,
            "only what came before it counted as down"
        );
        health.note(&Outcome::Sent, now);
        assert!(!health.is_down() && health.may_try(now));
    }

    #[test]
    fn who_asks_to_be_left_alone_is_but_not_for_ever() {
        let now = at("2026-11-23T09:00:00");
        let again = |after| next(&busy(Some(after)), 0, now, &Health::default(), now);
        let expect = |wait| Next::Again {
            at: later(now, wait),
            attempts: 1,
        };
        let hour = SignedDuration::from_hours(1);
        assert_eq!(again(hour), expect(hour));
        let short = SignedDuration::from_secs(1);
        assert_eq!(again(short), expect(WAITS[1]), "never sooner than usual");
        assert_eq!(again(hour * 1000), expect(PATIENCE));
    }

    /// A question is asked as often as its step says, at the same distances.
    #[test]
    fn g031_who_has_fewer_tries_is_dead_sooner() {
        let now = at("2026-11-23T09:00:00");
        let after = |tries, used| next_of(tries, &failed(), used, now, &Health::default(), now);
        assert_eq!(after(1, 0), Next::Dead);
        let again = |attempts: u32, wait| Next::Again {
            at: later(now, wait),
            attempts,
        };
        assert_eq!(after(2, 0), again(1, WAITS[1]));
        assert_eq!(after(2, 1), Next::Dead);
        assert_eq!(
            after(9, 7),
            again(8, WAITS[5]),
            "never more often than a message"
        );
    }

    #[test]
    fn a_channel_that_is_down_is_probed_once_a_minute() {
        let now = at("2026-11-23T09:00:00");
        let mut health = Health::default();
        for _ in 0..DOWN_AFTER {
            assert!(health.may_try(now));
            health.note(&silent(), now);
        }
        assert!(!health.may_try(now));
        assert!(health.may_try(later(now, PROBE)));
        assert_eq!(
            next(&silent(), 0, now, &health, later(now, PATIENCE)),
            Next::Dead,
            "after 72 hours it is dead"
        );
    }

    #[test]
    fn what_can_never_arrive_is_dead_at_once() {
        let now = at("2026-11-23T09:00:00");
        let gone = Outcome::Gone {
            answer: "410".into(),
        };
        let refused = Outcome::Refused {
            answer: "550 no such user".into(),
        };
        for outcome in [gone, refused] {
            assert_eq!(next(&outcome, 0, now, &Health::default(), now), Next::Dead);
        }
        assert_eq!(
            next(&Outcome::Sent, 3, now, &Health::default(), now),
            Next::Settled
        );
    }

    fn check_by_day(now: &str, expected: &str) {
        assert_eq!(by_day(at(now)), at(expected), "{now}");
    }

    #[test]
    fn g032_no_short_message_at_night() {
        check_by_day("2026-11-23T20:59:59", "2026-11-23T20:59:59");
        check_by_day("2026-11-23T21:00:00", "2026-11-24T08:00:00");
        check_by_day("2026-11-30T23:59:59", "2026-12-01T08:00:00");
        check_by_day("2026-11-24T07:59:59", "2026-11-24T08:00:00");
        check_by_day("2026-11-24T08:00:00", "2026-11-24T08:00:00");
    }
}
