//! Lets the next case in where one at a time is alone with a key. Nothing is remembered here: whoever breaks off, a sweep goes on.

use super::alarm::Alarm;
use super::request::{Refused, Request, Target};
use super::submit::Submit;
use crate::store::{Store, TurnRow};
use engine::case::{Actor, Command, TurnNo};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;

/// The longest sleep: other nodes ring no bell here.
const SWEEP: Duration = Duration::from_secs(4);

/// Tells cases that their turn has come.
#[derive(Clone, Debug)]
pub(super) struct Alone {
    pub store: Store,
    pub submit: Submit,
    pub alarm: Alarm,
    /// One at a time: the sweep, or whoever waits for his own turn.
    pub turn: Arc<Mutex<()>>,
}

impl Alone {
    /// Sweeps, sleeps, for ever.
    pub(super) async fn run(self) {
        loop {
            if let Err(error) = self.pass().await {
                tracing::warn!(%error, "cases wait for their turn");
            }
            self.alarm.sleep(SWEEP).await;
        }
    }

    /// Lets in whoever is next, until nobody is.
    pub(super) async fn pass(&self) -> Result<(), Refused> {
        let _turn = self.turn.lock().await;
        loop {
            let entered = self.store.line_up().await?;
            if entered.is_empty() {
                return Ok(());
            }
            for row in entered {
                self.tell(&row).await?;
            }
        }
    }

    async fn tell(&self, row: &TurnRow) -> Result<(), Refused> {
        let request = Request {
            target: Target::Case(row.id.case_id.unsigned_abs()),
            command: Command::Turn {
                turn: TurnNo(row.turn.parse().unwrap_or_default()),
            },
            actor: Actor::Engine,
            key: None,
            expect: None,
        };
        match self.submit.hand_in(request).await.await {
            Ok(_) | Err(Refused::Rejected(_)) => Ok(self.store.told(row.id).await?),
            Err(Refused::NotFound | Refused::Damaged(_)) => {
                tracing::error!(
                    case = row.id.case_id,
                    "a case cannot take its turn; the next one does"
                );
                Ok(self.store.turn_lost(row.id).await?)
            }
            Err(refused) => Err(refused),
        }
    }
}
