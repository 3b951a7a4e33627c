//! The only place that speaks SQL: commits batches of rows, loads cases, answers lists; knows nothing of matters.
mod absences;
mod accounts;
mod alone;
mod batch;
mod bell;
mod cards;
mod cases;
mod certificates;
mod checkpoint;
pub mod codec;
mod commit;
mod definitions;
mod dialect;
mod digests;
mod done;
mod endpoints;
mod exchange;
mod factors;
mod feed;
mod leaps;
mod lendings;
mod links;
mod load;
mod migrations;
mod nodes;
mod notes;
mod outbox;
mod postgres;
mod readings;
mod recounts;
mod rights;
mod rows;
mod scribe;
mod sqlite;
mod subscriptions;
mod systems;
mod tables;
mod uploads;
mod work;
mod worklist;

pub use absences::AbsenceRow;
pub use accounts::*;
pub use alone::{ALONE, QueueRow, QueueState, TurnRow};
pub use bell::{BellKey, BellRow};
pub use cards::{AfterCard, CardFilter, CardGroup, CardState, ListedCard};
pub use cases::{Applicant, CaseFilter, Cell, Method, Sphere};
pub use certificates::CertificateRow;
pub use commit::{Conflict, Results};
pub use definitions::DefinitionRow;
pub use done::{DoneFilter, DoneTask};
pub use endpoints::*;
pub use exchange::{EnvelopeRow, PeerRow, Put, RefusalRow, Stage};
pub use factors::{FactorRow, ResetRow};
pub use leaps::LeapRow;
pub use lendings::LendingRow;
pub use links::{LinkRow, Sought};
pub use nodes::Listener;
pub use notes::NoteRow;
pub use outbox::{Fate, Leased, Message};
pub use postgres::Postgres;
pub use readings::{ReadingFilter, ReadingRow};
pub use recounts::{MovedRow, MovedSum, RecountRow};
pub use rights::RightsRow;
pub use rows::*;
pub use sqlite::Sqlite;
pub use subscriptions::{SubscriptionRow, named};
pub use systems::SystemRow;
pub use uploads::{AttachmentRow, Bytes, UnclaimedRow, UploadFacts, UploadRow};
pub use worklist::{After, Listed, Office, Order, TaskFilter, rank};

/// Where everything is kept. Cheap to clone.
#[derive(Debug, Clone)]
pub enum Store {
    /// One file, one process.
    Sqlite(Sqlite),
    /// A server, one or several nodes.
    Postgres(Postgres),
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
    OutcomeUnknown(Box<dyn std::error::Error + Send + Sync>),
    /// The database refused to write; nothing was written.
    #[error("数据库未写入 · not written: {0}")]
    Unwritten(Box<dyn std::error::Error + Send + Sync>),
    /// The database refused or could not be reached.
    #[error("数据库错误 · database: {0}")]
    Database(#[from] sqlx::Error),
    /// The tables could not be brought up to date.
    #[error("数据库升级失败 · migration: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// The lock file could not be written.
    #[error("锁文件错误 · lock file: {0}")]
    Lock(#[from] std::io::Error),
    /// No space is left; nothing was written (G11).
    #[error("存储空间已满，未写入 · the disk is full, nothing was written")]
    Full,
    /// The program was stopped while it wrote.
    #[error("写入被中断 · writing was interrupted")]
    Interrupted,
    /// The cases were sealed with another master key (G62).
    #[error(
        "主密钥与数据不符，请换回原来的密钥文件 · the master key does not fit this store: put back the key file it was made with"
    )]
    WrongKey,
    /// A stored row is not of the expected form.
    #[error("存储内容损坏:{0} · damaged row: {0}")]
    Damaged(&'static str),
}

impl Store {
    /// Opens the store at `sqlite:FILE` or `postgres://…`, creates or upgrades its tables, and refuses what is not durable.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        Ok(match Address::of(url)? {
            Address::Postgres => Self::Postgres(Postgres::open(url).await?),
            Address::Sqlite(path) => Self::Sqlite(Sqlite::open(path).await?),
        })
    }

    /// Opens the store to read alone, also beside a running server; there must be one. Whatever would write fails.
    pub async fn open_to_read(url: &str) -> Result<Self, StoreError> {
        Ok(match Address::of(url)? {
            Address::Postgres => Self::Postgres(Postgres::open_to_read(url).await?),
            Address::Sqlite(path) => Self::Sqlite(Sqlite::open_to_read(path).await?),
        })
    }

    /// Closes all connections, also those of clones; dropping them all does the same, only later.
    pub async fn close(&self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(sqlite) => sqlite.close().await,
            Self::Postgres(postgres) => postgres.close().await,
        }
    }
}

enum Address<'a> {
    Sqlite(&'a str),
    Postgres,
}

impl<'a> Address<'a> {
    fn of(url: &'a str) -> Result<Self, StoreError> {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(Self::Postgres);
        }
        let path = url.strip_prefix("sqlite:");
        let path = path.ok_or_else(|| StoreError::Address(url.to_owned()))?;
        Ok(Self::Sqlite(path.trim_start_matches("//")))
    }
}
