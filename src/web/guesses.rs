//! Looking a case up by number and query code, and what keeps that from being guessed (G56). A number that nobody has and a wrong code
//! get the same answer after the same time.

use super::App;
use super::problem::{Code, Problem};
use crate::runtime::Seen;
use engine::case::number;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// Wrong codes after which a number rests, and for how long.
const TRIES: usize = 10;
const REST: SignedDuration = SignedDuration::from_hours(1);
/// Wrong codes in all after which a number waits until a counter makes its code anew.
const IN_ALL: i64 = 50;
/// Wrong look-ups of one source, within this time.
const OF_SOURCE: usize = 30;
const SOURCE_REST: SignedDuration = SignedDuration::from_mins(10);
/// Wrong look-ups of everybody within a minute, after which every one is slowed by so much.
const OF_ALL: usize = 300;
const MINUTE: SignedDuration = SignedDuration::from_mins(1);
const SLOWED: Duration = Duration::from_secs(2);
/// No wrong look-up is answered sooner, whatever it took to see that it is wrong.
const LEAST: Duration = Duration::from_millis(100);
/// Files an applicant may send within an hour (G83).
const UPLOADS: usize = 60;

/// Wrong look-ups, and uploads of applicants.
#[derive(Debug, Default)]
pub struct Guesses(Mutex<Counts>);

#[derive(Debug, Default)]
struct Counts {
    numbers: BTreeMap<String, Vec<Timestamp>>,
    sources: BTreeMap<IpAddr, Vec<Timestamp>>,
    all: Vec<Timestamp>,
    uploads: BTreeMap<u64, Vec<Timestamp>>,
}

impl Guesses {
    fn counts(&self, now: Timestamp) -> MutexGuard<'_, Counts> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        forget(&mut counts.numbers, REST, now);
        forget(&mut counts.sources, SOURCE_REST, now);
        forget(&mut counts.uploads, REST, now);
        counts.all.retain(|at| now.duration_since(*at) < MINUTE);
        counts
    }

    fn wrong(&self, number: &str, from: Option<IpAddr>, now: Timestamp) {
        let mut counts = self.counts(now);
        counts
            .numbers
            .entry(number.to_owned())
            .or_default()
            .push(now);
        if let Some(from) = from {
            counts.sources.entry(from).or_default().push(now);
        }
        counts.all.push(now);
        if counts.all.len() == OF_ALL {
            tracing::error!("somebody guesses query codes: look-ups are slowed");
        }
    }

    /// Whether an applicant may send so many files more.
    pub fn may_upload(&self, case: u64, now: Timestamp) -> bool {
        let mut counts = self.counts(now);
        let times = counts.uploads.entry(case).or_default();
        times.push(now);
        times.len() <= UPLOADS
    }
}

fn forget<K: Ord>(times: &mut BTreeMap<K, Vec<Timestamp>>, after: SignedDuration, now: Timestamp) {
    times.retain(|_, times| {
        times.retain(|at| now.duration_since(*at) < after);
        !times.is_empty()
    });
}

impl App {
    /// The case with this number and query code.
    pub(crate) async fn look_up(
        &self,
        number: &str,
        code: &str,
        from: Option<IpAddr>,
    ) -> Result<Seen, Problem> {
        let begun = Instant::now();
        // What was typed with blanks, at full width or without hyphens is what was meant, and no wrong guess.
        let number = number::read(number).unwrap_or_else(|| number.trim().to_ascii_uppercase());
        let now = self.wall.now();
        let (resting, tired, busy) = {
            let counts = self.guesses.counts(now);
            let of_source = from.and_then(|from| counts.sources.get(&from));
            (
                counts
                    .numbers
                    .get(&number)
                    .is_some_and(|t| t.len() >= TRIES),
                of_source.is_some_and(|times| times.len() >= OF_SOURCE),
                counts.all.len() >= OF_ALL,
            )
        };
        if tired {
            return Err(Problem::new(Code::Rate).after(SOURCE_REST.as_secs()));
        }
        let found = self.runtime.find(&number).await?;
        let times = found.as_ref().map_or(0, |seen| seen.case.renewed());
        let place = format!("{number} {times}");
        let right = same(&self.keys.query_code(&number, times), &number::plain(code));
        let open = !resting && self.runtime.store().wrong_guesses(&place).await? < IN_ALL;
        if busy {
            sleep_until(begun + SLOWED).await;
        }
        match found {
            Some(seen) if right && open => Ok(seen),
            found => {
                if !resting {
                    self.guesses.wrong(&number, from, now);
                    if found.is_some() && !right {
                        self.runtime.store().wrong_guess(&place).await?;
                    }
                }
                sleep_until(begun + LEAST).await;
                Err(Problem::says(Code::NotFound, "api.no_progress", &[]))
            }
        }
    }
}

/// Compares without telling by its time how much is right.
fn same(a: &str, b: &str) -> bool {
    let differ = a.bytes().zip(b.bytes()).fold(0, |d, (a, b)| d | (a ^ b));
    a.len() == b.len() && differ == 0
}
