//! Works out the open limits and waits of all cases anew when calendars have changed: one case after the other, each by a command of its own, so
//! that nobody waits; begun again where it stopped.

use super::request::{Refused, Request, Target};
use super::submit::Submit;
use super::{Answer, Clock, Seen};
use crate::store::{MovedRow, RecountRow, Store};
use engine::case::{Actor, Command};
use std::time::Duration;

/// So many cases are looked at together.
const TOGETHER: i64 = 64;
/// Before it tries again when the store fails.
const PAUSE: Duration = Duration::from_secs(1);

/// Works limits out anew.
#[derive(Clone, Debug)]
pub(super) struct Recounter {
    pub store: Store,
    pub clock: Clock,
    pub submit: Submit,
}

impl Recounter {
    /// Goes through all cases in flight for a version of the calendars, unless that has been done.
    pub(super) async fn run(self, calendar: i64) {
        while let Err(error) = self.go_on(calendar).await {
            if matches!(error, Refused::Stopping) {
                return;
            }
            tracing::warn!(%calendar, %error, "working limits out anew waits for the store");
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn go_on(&self, calendar: i64) -> Result<(), Refused> {
        let mut known = self.store.recounts().await?.into_iter();
        let known = known.find(|row| row.calendar == calendar);
        let mut row = known.unwrap_or(RecountRow {
            calendar,
            began: self.clock.now().as_millisecond(),
            ended: None,
            upto: 0,
            cases: 0,
        });
        while row.ended.is_none() {
            let cases = self.store.cases_after(row.upto, TOGETHER).await?;
            let open = cases.iter().filter(|case| case.closed.is_none());
            let open: Vec<i64> = open.map(|case| case.id).collect();
            self.recount(calendar, &open).await?;
            row.cases += i64::try_from(open.len()).unwrap_or(i64::MAX);
            match cases.last() {
                Some(last) => row.upto = last.id,
                None => row.ended = Some(self.clock.now().as_millisecond()),
            }
            self.store.note_recount(row).await?;
        }
        Ok(())
    }

    async fn recount(&self, calendar: i64, cases: &[i64]) -> Result<(), Refused> {
        let mut asked = Vec::with_capacity(cases.len());
        for case in cases {
            asked.push((*case, self.submit.hand_in(request(*case, calendar)).await));
        }
        for (case, answer) in asked {
            let mut answer = answer.await;
            // Another node was faster.
            while matches!(answer, Err(Refused::Conflict)) {
                answer = self.submit.hand_in(request(case, calendar)).await.await;
            }
            match answer {
                Ok(Answer { seen, .. }) => self.store.note_moved(&moved(calendar, &seen)).await?,
                // It has ended meanwhile, or is no more.
                Err(Refused::Rejected(_) | Refused::NotFound) => {}
                Err(Refused::Damaged(why)) => {
                    tracing::error!(case, why, "the limits of a case that cannot be read stay");
                }
                Err(refused) => return Err(refused),
            }
        }
        Ok(())
    }
}

fn request(case: i64, calendar: i64) -> Request {
    Request {
        target: Target::Case(case.unsigned_abs()),
        command: Command::Recount {
            calendar: calendar.unsigned_abs(),
        },
        actor: Actor::Engine,
        key: None,
        expect: None,
    }
}

/// What is different in a case by a version of the calendars. A wait stands among its limits behind the address of its step.
fn moved(calendar: i64, seen: &Seen) -> Vec<MovedRow> {
    let (case, case_id) = (&seen.case, seen.id.cast_signed());
    let waits = case.moved_waits(calendar.unsigned_abs());
    let waits = waits.map(|moved| {
        let address = case.address(&seen.revision, moved.frame, &moved.step);
        MovedRow {
            calendar,
            case_id,
            clock: format!("{address}.wait"),
            was: moved.was.as_millisecond(),
            due: moved.until.as_millisecond(),
            firm: moved.firm,
        }
    });
    let clocks = case.clocks().iter();
    let of_version = clocks.filter_map(|(name, running)| {
        let recounted = running.recounted()?;
        (recounted.calendar == calendar.unsigned_abs()).then(|| MovedRow {
            calendar,
            case_id,
            clock: name.clone(),
            was: recounted.was.as_millisecond(),
            due: running.ledger().due().as_millisecond(),
            firm: !running.ledger().is_provisional(),
        })
    });
    of_version.chain(waits).collect()
}
