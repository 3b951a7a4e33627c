//! The one write path: a batch of commands in one transaction, each guarded by the sequence of its case.
use std::collections::BTreeSet;
use std::error::Error;
use std::ops::Range;
use std::sync::Arc;

use sqlx::postgres::PgConnection;
use tokio::sync::oneshot;

use super::batch::{Arrays, Net};
use super::postgres::Postgres;
use super::sqlite::Sqlite;
use super::{Store, StoreError, Unit};

/// Why one command was not written; nothing of it is in the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Conflict {
    /// Someone else wrote to one of its cases first: load and decide again.
    #[error("办件已被他人更新 · someone else changed the case first")]
    Case,
    /// The caller's key has a receipt already: give its answer.
    #[error("该请求已处理 · this request was already handled")]
    Receipt,
    /// There is an open case where there may be only one.
    #[error("已有在办的同一事项 · there is an open case of this matter")]
    Once,
    /// The number of a new case or of a paper is taken, or is not the next.
    #[error("编号已被使用 · the number is taken")]
    Number,
}

/// How often a batch is repeated after a deadlock or serialization failure (G10).
const TRIES: u32 = 5;

/// One result for each unit, in order.
pub type Results = Vec<Result<(), Conflict>>;

impl Conflict {
    /// The clash that a database speaks of: SQLite names table and column, PostgreSQL the index.
    pub(super) fn named(message: &str) -> Self {
        match message {
            _ if message.contains("receipt") => Conflict::Receipt,
            _ if message.contains("once") => Conflict::Once,
            _ if message.contains("number") => Conflict::Number,
            _ => Conflict::Case,
        }
    }
}

impl Store {
    /// Writes all units in one transaction and answers one result for each, in order. If one clashes, all go again one by
    /// one, so that it harms only itself and later units of the same cases and of the same papers' numbers, which were decided on it.
    ///
    /// Goes on to its end in a task of its own if nobody waits for the answer any more.
    pub async fn commit(&self, batch: Vec<Unit>) -> Result<Results, StoreError> {
        if batch.is_empty() {
            return Ok(Vec::new());
        }
        let (tell, told) = oneshot::channel();
        let batch = Arc::new(batch);
        // Whoever asked may have gone.
        match self.clone() {
            Self::Sqlite(mut sqlite) => tokio::spawn(async move {
                let _ = tell.send(write_all(&mut sqlite, &batch).await);
                sqlite.start_log_over().await;
            }),
            Self::Postgres(mut postgres) => tokio::spawn(async move {
                let _ = tell.send(write_all(&mut postgres, &batch).await);
            }),
        };
        told.await.unwrap_or(Err(StoreError::Interrupted))
    }
}

/// Something that writes units of a batch in one transaction.
trait Writer {
    async fn write(&mut self, batch: &Arc<Vec<Unit>>, which: Range<usize>) -> Result<(), Failed>;
}

/// Why units were not written.
pub(super) enum Failed {
    /// One of them clashes with what is there.
    Clash(Conflict),
    /// The database asks to try again: a deadlock, or a transaction that cannot be put in order (G10).
    Again(Cause),
    /// No space is left.
    Full,
    /// Nothing was written.
    Refused(Cause),
    /// They may have been written or not (G4).
    Unknown(Cause),
}

/// What a database said.
pub(super) type Cause = Box<dyn Error + Send + Sync>;

impl Failed {
    /// Whoever writes is gone.
    pub(super) fn interrupted() -> Self {
        Failed::Unknown(StoreError::Interrupted.into())
    }
}

async fn write_all(
    writer: &mut impl Writer,
    batch: &Arc<Vec<Unit>>,
) -> Result<Results, StoreError> {
    if write_units(writer, batch, 0..batch.len()).await?.is_ok() {
        return Ok(vec![Ok(()); batch.len()]);
    }
    let (mut lost, mut series) = (BTreeSet::new(), BTreeSet::new());
    let mut results = Vec::with_capacity(batch.len());
    for (at, unit) in batch.iter().enumerate() {
        let cases = || unit.cases.iter().map(|case| case.event.case_id);
        let numbered = || unit.cases.iter().flat_map(|case| &case.numbered);
        let result = match () {
            () if cases().any(|id| lost.contains(&id)) => Err(Conflict::Case),
            () if numbered().any(|row| series.contains(&row.number.series)) => {
                Err(Conflict::Number)
            }
            () => write_units(writer, batch, at..at + 1).await?,
        };
        if result.is_err() {
            lost.extend(cases());
            series.extend(numbered().map(|row| &row.number.series));
        }
        results.push(result);
    }
    Ok(results)
}

async fn write_units(
    writer: &mut impl Writer,
    batch: &Arc<Vec<Unit>>,
    which: Range<usize>,
) -> Result<Result<(), Conflict>, StoreError> {
    let mut tries = 1;
    loop {
        return match writer.write(batch, which.clone()).await {
            Ok(()) => Ok(Ok(())),
            Err(Failed::Clash(conflict)) => Ok(Err(conflict)),
            Err(Failed::Again(_)) if tries < TRIES => {
                tries += 1;
                continue;
            }
            Err(Failed::Full) => Err(StoreError::Full),
            Err(Failed::Unknown(cause)) => Err(StoreError::OutcomeUnknown(cause)),
            Err(Failed::Again(cause) | Failed::Refused(cause)) => Err(StoreError::Unwritten(cause)),
        };
    }
}

impl Writer for Sqlite {
    async fn write(&mut self, batch: &Arc<Vec<Unit>>, which: Range<usize>) -> Result<(), Failed> {
        let place = self.writer.lock().await;
        let writer = place.as_ref().ok_or_else(Failed::interrupted)?;
        let pages = writer.scribe.write(batch, which).await?;
        self.log.grew_to(pages);
        Ok(())
    }
}

impl Writer for Postgres {
    async fn write(&mut self, batch: &Arc<Vec<Unit>>, which: Range<usize>) -> Result<(), Failed> {
        let mut arrays = Arrays::default();
        let net = Net::of(batch.get(which).unwrap_or_default());
        net.fill(&mut arrays);
        let arguments = arrays.arguments().map_err(Failed::Refused)?;
        let sql = net.statement();
        let written = self
            .on_writer(async |writer: &mut PgConnection| {
                sqlx::query_with(sql, arguments).execute(writer).await
            })
            .await;
        written.map(drop).map_err(judge)
    }
}

/// What an error of PostgreSQL means: a clash, nothing written, or nobody knows.
fn judge(error: sqlx::Error) -> Failed {
    let Some(refused) = error.as_database_error() else {
        return match error {
            sqlx::Error::PoolClosed | sqlx::Error::Encode(_) => Failed::Refused(error.into()),
            error => Failed::Unknown(error.into()),
        };
    };
    if refused.is_foreign_key_violation() {
        // The number before that of a paper has not been given.
        return Failed::Clash(Conflict::Number);
    }
    if refused.is_unique_violation() {
        return Failed::Clash(Conflict::named(refused.message()));
    }
    match refused.code().as_deref() {
        Some("40001" | "40P01") => Failed::Again(error.into()),
        Some("53100") => Failed::Full,
        _ => Failed::Refused(error.into()),
    }
}
