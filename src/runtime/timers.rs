//! Hands in what is due: one sleeper on the earliest timer, everything due fired in batches through the writer.

use super::alarm::Alarm;
use super::digest::Digests;
use super::guard::Guard;
use super::request::{Refused, Request, Target};
use super::rows;
use super::submit::Submit;
use super::{Answer, Clock};
use crate::store::{Store, TimerRow};
use engine::case::{Actor, Command, TimerNo};
use jiff::Timestamp;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;

/// So many are read and fired at once.
const BATCH: i64 = 256;
/// The longest sleep: other nodes' timers ring no bell here.
const SWEEP: Duration = Duration::from_secs(4);
/// Before it tries again when the store fails.
const PAUSE: Duration = Duration::from_secs(1);

/// Fires timers.
#[derive(Clone, Debug)]
pub(super) struct Timers {
    pub store: Store,
    pub clock: Clock,
    pub submit: Submit,
    pub alarm: Alarm,
    /// One at a time: the sleeper, or whoever moves the sandbox clock.
    pub turn: Arc<Mutex<()>>,
    pub guard: Arc<Mutex<Guard>>,
    pub digests: Digests,
}

impl Timers {
    /// Sleeps, fires, for ever.
    pub(super) async fn run(self) {
        loop {
            self.alarm.plan(i64::MIN);
            let next = {
                let _turn = self.turn.lock().await;
                self.fire_what_is_due().await
            };
            match next {
                Ok(next) => self.sleep_until(next).await,
                Err(error) => {
                    tracing::warn!(%error, "timers wait for the store");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }

    /// Fires as far as the clock is trusted, and says when to look again.
    async fn fire_what_is_due(&self) -> Result<Option<i64>, Refused> {
        let mut guard = self.guard.lock().await;
        let upto = guard.upto(&self.clock, &self.store).await?;
        self.fire(upto).await?;
        self.digests.send(upto).await?;
        match guard.holds() {
            true => Ok(None),
            false => self.next(upto).await,
        }
    }

    /// When the next timer or digest is due.
    async fn next(&self, now: Timestamp) -> Result<Option<i64>, Refused> {
        let timer = self.store.next_timer().await?;
        let digest = self.digests.next(now).map(Timestamp::as_millisecond);
        Ok(timer.into_iter().chain(digest).min())
    }

    async fn sleep_until(&self, next: Option<i64>) {
        let next = next.unwrap_or(i64::MAX);
        self.alarm.plan(next);
        let at = Timestamp::from_millisecond(next).unwrap_or(Timestamp::MAX);
        self.alarm.sleep(self.clock.until(at).min(SWEEP)).await;
    }

    /// Moves the sandbox clock from one due instant to the next until it shows `to`; each timer fires at its own instant.
    pub(super) async fn move_to(&self, to: Timestamp) -> Result<(), Refused> {
        if !self.clock.is_sandbox() {
            return Ok(());
        }
        let _turn = self.turn.lock().await;
        let moved = self.move_by_steps(to).await;
        self.clock.run_from(to);
        self.alarm.ring();
        moved
    }

    async fn move_by_steps(&self, to: Timestamp) -> Result<(), Refused> {
        while let Some(next) = self.next(self.clock.now()).await? {
            let next = Timestamp::from_millisecond(next).unwrap_or(Timestamp::MAX);
            if next > to {
                return Ok(());
            }
            self.clock.stand_at(next);
            self.fire(next).await?;
            self.digests.send(next).await?;
        }
        Ok(())
    }

    /// Fires everything due at an instant, in order of due time (G20).
    async fn fire(&self, now: Timestamp) -> Result<(), Refused> {
        loop {
            let due = self.store.timers_due(now.as_millisecond(), BATCH).await?;
            let more = due.len() == BATCH as usize;
            self.fire_all(due).await?;
            if !more {
                return Ok(());
            }
        }
    }

    async fn fire_all(&self, due: Vec<TimerRow>) -> Result<(), Refused> {
        let mut fired = Vec::with_capacity(due.len());
        for timer in due {
            let request = Request {
                target: Target::Case(timer.case_id.unsigned_abs()),
                command: Command::Fire {
                    timer: TimerNo(u32::try_from(timer.no).unwrap_or_default()),
                },
                actor: Actor::Engine,
                key: None,
                expect: None,
            };
            fired.push((timer, self.submit.hand_in(request).await));
        }
        for (timer, answer) in fired {
            self.settle(timer, answer.await).await?;
        }
        Ok(())
    }

    /// What becomes of a timer that was fired: one that stays due must not come again and again, nor hold up the others (G14).
    async fn settle(
        &self,
        timer: TimerRow,
        answer: Result<Answer, Refused>,
    ) -> Result<(), Refused> {
        let still = |answer: &Answer| {
            let timers = rows::all_timers(&answer.seen.case);
            timers
                .iter()
                .any(|row| row.no == timer.no && row.due <= timer.due)
        };
        match answer {
            Ok(answer) if still(&answer) => self.rest(timer, "it stays due").await,
            Ok(_) | Err(Refused::Conflict) => Ok(()),
            Err(Refused::Rejected(why)) => self.rest(timer, why.code()).await,
            Err(Refused::NotFound) => self.rest(timer, "no such case").await,
            Err(Refused::Damaged(why)) => {
                tracing::error!(
                    case = timer.case_id,
                    why,
                    "a case cannot be read; it is in fault"
                );
                Ok(self.store.contain(timer.case_id).await?)
            }
            Err(refused) => Err(refused),
        }
    }

    async fn rest(&self, timer: TimerRow, why: &str) -> Result<(), Refused> {
        tracing::error!(
            case = timer.case_id,
            timer = timer.no,
            why,
            "a timer could not fire; it rests"
        );
        Ok(self.store.rest_timer(timer).await?)
    }
}
