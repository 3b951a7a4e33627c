//! The only place that speaks SQL: commits batches of rows, loads cases, answers lists; knows nothing of matters.
mod accounts;
pub mod codec;
mod commit;
mod dialect;
mod load;
mod migrations;
mod rows;
mod work;
mod worklist;

pub use accounts::*;
pub use commit::Conflict;
pub use rows::*;
pub use work::{Fate, Leased};
pub use worklist::{After, Worklist};

use std::fs::{File, TryLockError};
use std::io::{Read, Seek, Write};
use std::str::FromStr;
use std::time::Duration;

use sqlx::postgres::{PgPool, PgPoolOptions};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions,
    SqliteSynchronous,
};
use sqlx::{ConnectOptions, Connection};
use tokio::sync::Mutex;

/// Where everything is kept.
#[derive(Debug)]
pub enum Store {
    /// One file, one process.
    Sqlite(Sqlite),
    /// A server, one or several nodes.
    Postgres(PgPool),
}

/// An open SQLite file: one connection writes, others read.
#[derive(Debug)]
pub struct Sqlite {
    writer: Mutex<SqliteConnection>,
    readers: SqlitePool,
    /// Held as long as the store is open (G15).
    _lock: File,
}

/// What went wrong between the program and its store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The address is neither `sqlite:FILE` nor `postgres://…`.
    #[error(
        "存储地址无法识别:{0};应为 sqlite:文件 或 postgres://… · unknown store address {0}: expected sqlite:FILE or postgres://…"
    )]
    Address(String),
    /// Another process has the file open for writing.
    #[error(
        "数据库文件正由 {0} 使用;请先停止它 · the database file is in use by {0}: stop it first"
    )]
    Held(String),
    /// The server would lose acknowledged work.
    #[error(
        "PostgreSQL 设置 {0}={1} 会丢失已确认的工作,应为 on · PostgreSQL setting {0}={1} can lose acknowledged work: expected on"
    )]
    Unsafe(&'static str, String),
    /// The connection broke while committing: done or not, the receipt will tell (G4).
    #[error("提交结果未知,请用同一幂等键重试 · outcome unknown, repeat with the same key: {0}")]
    OutcomeUnknown(sqlx::Error),
    /// The database refused or could not be reached.
    #[error("数据库错误 · database: {0}")]
    Database(#[from] sqlx::Error),
    /// The tables could not be brought up to date.
    #[error("数据库升级失败 · migration: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// The lock file could not be written.
    #[error("锁文件错误 · lock file: {0}")]
    Lock(#[from] std::io::Error),
    /// A stored row is not of the expected form.
    #[error("存储内容损坏:{0} · damaged row: {0}")]
    Damaged(&'static str),
}

impl Store {
    /// Opens the store at `sqlite:FILE` or `postgres://…`, creates or upgrades its tables, and refuses what is not durable.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return open_postgres(url).await;
        }
        match url.strip_prefix("sqlite:") {
            Some(path) => open_sqlite(path.trim_start_matches("//")).await,
            None => Err(StoreError::Address(url.to_owned())),
        }
    }

    /// Closes all connections; dropping the store does the same, only later.
    pub async fn close(self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(sqlite) => {
                sqlite.readers.close().await;
                sqlite.writer.into_inner().close().await?;
            }
            Self::Postgres(pool) => pool.close().await,
        }
        Ok(())
    }
}

async fn open_sqlite(path: &str) -> Result<Store, StoreError> {
    let lock = lock(path)?;
    let options = SqliteConnectOptions::from_str(path)?
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(5));
    let mut writer = options.connect().await?;
    migrations::migrator(migrations::Flavour::Sqlite)
        .await?
        .run_direct(None, &mut writer, false)
        .await?;
    let readers = SqlitePoolOptions::new()
        .max_connections(4)
        .connect_with(options.read_only(true))
        .await?;
    Ok(Store::Sqlite(Sqlite {
        writer: Mutex::new(writer),
        readers,
        _lock: lock,
    }))
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

async fn open_postgres(url: &str) -> Result<Store, StoreError> {
    let pool = PgPoolOptions::new().max_connections(4).connect(url).await?;
    for (setting, query) in [
        ("fsync", "SHOW fsync"),
        ("synchronous_commit", "SHOW synchronous_commit"),
        ("full_page_writes", "SHOW full_page_writes"),
    ] {
        let (value,): (String,) = sqlx::query_as(query).fetch_one(&pool).await?;
        if value != "on" {
            return Err(StoreError::Unsafe(setting, value));
        }
    }
    migrations::migrator(migrations::Flavour::Postgres)
        .await?
        .run(&pool)
        .await?;
    Ok(Store::Postgres(pool))
}
