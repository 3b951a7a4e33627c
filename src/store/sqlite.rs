//! A SQLite file: two connections write, never at once (batches by the scribe, all else by sqlx), others read, one carries the log over.
use std::fs::{File, TryLockError};
use std::io::{Read, Seek, Write};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions,
    SqliteSynchronous,
};
use sqlx::{ConnectOptions, Connection};
use tokio::sync::Mutex;

use super::checkpoint::Log;
use super::scribe::Scribe;
use super::{StoreError, migrations};

/// How long a writer waits for another before it gives up: a disk may stand still for seconds, and a write refused is worse than a slow one.
pub(super) const BUSY: Duration = Duration::from_secs(20);

/// The connections that write, one at a time; none once the store is closed.
pub(super) type Writer = Arc<Mutex<Option<Pens>>>;

/// Two connections: the commands of cases come in batches, all else statement by statement.
#[derive(Debug)]
pub(super) struct Pens {
    pub(super) scribe: Scribe,
    pub(super) single: SqliteConnection,
}

/// An open file. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Sqlite {
    pub(super) writer: Writer,
    pub(super) readers: SqlitePool,
    pub(super) log: Log,
    /// Held as long as the store is open to write (G15).
    lock: Option<Arc<File>>,
}

impl Sqlite {
    pub(super) async fn open(path: &str) -> Result<Self, StoreError> {
        let lock = lock(path)?;
        let options = SqliteConnectOptions::from_str(path)?
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .pragma("wal_autocheckpoint", "0")
            .foreign_keys(true)
            .busy_timeout(BUSY);
        let mut writer = options.connect().await?;
        migrations::migrator(migrations::Flavour::Sqlite)
            .await?
            .run_direct(None, &mut writer, false)
            .await?;
        let log = Log::new(Some(options.connect().await?));
        let readers = SqlitePoolOptions::new()
            .max_connections(4)
            .connect_with(options.read_only(true))
            .await?;
        let scribe = Scribe::start(path).map_err(|error| StoreError::Unwritten(error.into()))?;
        let pens = Pens {
            scribe,
            single: writer,
        };
        Ok(Sqlite {
            writer: Arc::new(Mutex::new(Some(pens))),
            readers,
            log,
            lock: Some(Arc::new(lock)),
        })
    }

    /// Opens a file to read alone, beside whoever writes.
    pub(super) async fn open_to_read(path: &str) -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::from_str(path)?
            .filename(path)
            .read_only(true)
            .busy_timeout(BUSY);
        Ok(Sqlite {
            writer: Arc::default(),
            readers: SqlitePoolOptions::new()
                .max_connections(1)
                .connect_with(options)
                .await?,
            log: Log::new(None),
            lock: None,
        })
    }

    /// Between two batches: see [`Log::start_over`].
    pub(super) async fn start_log_over(&self) {
        self.log.start_over(&self.writer).await;
    }

    /// Waits for the writer, closes every connection, and lets others open the file.
    pub(super) async fn close(&self) -> Result<(), StoreError> {
        self.readers.close().await;
        self.log.close().await?;
        if let Some(Pens { scribe, single }) = self.writer.lock().await.take() {
            scribe.close().await;
            single.close().await?;
        }
        if let Some(lock) = &self.lock {
            lock.unlock()?;
        }
        Ok(())
    }
}

fn lock(path: &str) -> Result<File, StoreError> {
    let name = format!("{path}.lock");
    let mut file = File::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(name)?;
    match file.try_lock() {
        Ok(()) => {
            file.set_len(0)?;
            file.rewind()?;
            write!(file, "process {}", std::process::id())?;
            Ok(file)
        }
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            file.read_to_string(&mut holder)?;
            Err(StoreError::Held(holder))
        }
        Err(TryLockError::Error(error)) => Err(error.into()),
    }
}
