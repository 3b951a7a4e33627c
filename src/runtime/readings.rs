//! What is read is written down first (G70): readings of one moment go to the store in one statement, so that many readers do not
//! hold up whoever writes.

use crate::store::{ReadingRow, Store, StoreError};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::oneshot;

/// Rows of one statement.
const TOGETHER: usize = 500;

/// What one reader read, and who tells him that it is written.
type Waiting = (
    Vec<ReadingRow>,
    oneshot::Sender<Result<(), Arc<StoreError>>>,
);

/// Readings that wait to be written.
#[derive(Debug, Default)]
pub(super) struct Readings {
    waiting: Mutex<Vec<Waiting>>,
    turn: Arc<tokio::sync::Mutex<()>>,
}

impl Readings {
    /// Writes down what somebody read, together with what waits beside it; returns when it is there.
    pub(super) async fn add(
        self: &Arc<Self>,
        store: &Store,
        rows: Vec<ReadingRow>,
    ) -> Result<(), Arc<StoreError>> {
        let (told, answer) = oneshot::channel();
        self.waiting().push((rows, told));
        let turn = self.turn.clone().lock_owned().await;
        let (readings, store) = (self.clone(), store.clone());
        // Whoever asked may go away; those beside him may not lose their answer by it.
        tokio::spawn(async move {
            readings.write(&store).await;
            drop(turn);
        });
        answer
            .await
            .unwrap_or_else(|_| Err(Arc::new(StoreError::Interrupted)))
    }

    async fn write(&self, store: &Store) {
        loop {
            let batch: Vec<Waiting> = {
                let mut waiting = self.waiting();
                let mut rows = 0;
                let few = waiting.iter().take_while(|(own, _)| {
                    let first = rows == 0;
                    rows += own.len();
                    first || rows <= TOGETHER
                });
                let count = few.count();
                waiting.drain(..count).collect()
            };
            if batch.is_empty() {
                return;
            }
            let (rows, told): (Vec<_>, Vec<_>) = batch.into_iter().unzip();
            let written = store.add_readings(&rows.concat()).await.map_err(Arc::new);
            for told in told {
                let _ = told.send(written.clone());
            }
        }
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, Vec<Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
