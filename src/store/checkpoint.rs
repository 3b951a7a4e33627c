//! Carries the write-ahead log of SQLite over into the file, off the path of any answer.
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use sqlx::Connection;
use sqlx::sqlite::SqliteConnection;
use tokio::sync::Mutex;

use super::sqlite::Writer;

/// From here on the log is carried over: 4 MB in pages of 4 KiB. A log that only grows makes every commit dearer, for
/// extending a file costs more than overwriting it.
const LONG: i64 = 1024;

const CHECKPOINT: &str = "PRAGMA wal_checkpoint(PASSIVE)";

/// The log of one file, and the connection that carries it over.
#[derive(Clone, Debug)]
pub(super) struct Log(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    carrier: Mutex<Option<SqliteConnection>>,
    /// A checkpoint is under way.
    busy: AtomicBool,
    /// One has just ended: what came in meanwhile is little, and once it is carried over too the log starts over.
    nearly: AtomicBool,
}

impl Log {
    /// `carrier` is none where nobody writes.
    pub(super) fn new(carrier: Option<SqliteConnection>) -> Self {
        Log(Arc::new(Inner {
            carrier: Mutex::new(carrier),
            busy: AtomicBool::new(false),
            nearly: AtomicBool::new(false),
        }))
    }

    /// Says how many pages the log holds; a long one is carried over beside the writer.
    pub(super) fn grew_to(&self, pages: i64) {
        if pages < LONG || self.0.busy.swap(true, Ordering::Relaxed) {
            return;
        }
        let log = self.0.clone();
        tokio::spawn(async move {
            // A failure is met again, and reported, by the next commit.
            if let Some(carrier) = &mut *log.carrier.lock().await
                && carry_over(carrier).await.is_ok()
            {
                log.nearly.store(true, Ordering::Relaxed);
            }
            log.busy.store(false, Ordering::Relaxed);
        });
    }

    /// Between two batches: carries over the little that came in during a checkpoint, so that the next commit starts the log over.
    pub(super) async fn start_over(&self, writer: &Writer) {
        if self.0.nearly.swap(false, Ordering::Relaxed)
            && let Some(pens) = &mut *writer.lock().await
        {
            let _ = carry_over(&mut pens.single).await;
        }
    }

    pub(super) async fn close(&self) -> Result<(), sqlx::Error> {
        match self.0.carrier.lock().await.take() {
            Some(carrier) => carrier.close().await,
            None => Ok(()),
        }
    }
}

async fn carry_over(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    sqlx::query(CHECKPOINT).execute(connection).await?;
    Ok(())
}
