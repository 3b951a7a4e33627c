//! The one write path: a batch of commands in one transaction, each guarded by the sequence of its case.
use std::collections::{BTreeMap, BTreeSet};

use sqlx::Row;
use sqlx::postgres::PgConnection;
use tokio::sync::oneshot;

use super::batch::{Arrays, Cells, Lists, POSTGRES, SQLITE};
use super::checkpoint::Log;
use super::postgres::Postgres;
use super::tables::{self, TABLES, Table};
use super::{
    AttachmentRow, CaseRow, EventRow, LinkRow, OutboxRow, PaperRow, ReceiptRow, Store, StoreError,
    TaskRow, TimerRow, Unit, sqlite,
};

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
    /// The number of a new case is taken.
    #[error("办件编号已被使用 · the case number is taken")]
    Number,
}

/// How often a batch is repeated after a deadlock or serialization failure (G10).
const TRIES: u32 = 5;

/// One result for each unit, in order.
pub type Results = Vec<Result<(), Conflict>>;

impl Store {
    /// Writes all units in one transaction and answers one result for each, in order. If one clashes, all go again one by
    /// one, so that it harms only itself and later units of the same cases, which were decided on it.
    ///
    /// Goes on to its end in a task of its own if nobody waits for the answer any more.
    pub async fn commit(&self, batch: Vec<Unit>) -> Result<Results, StoreError> {
        if batch.is_empty() {
            return Ok(Vec::new());
        }
        let (tell, told) = oneshot::channel();
        match self {
            Self::Sqlite(sqlite) => {
                let mut writer = OnSqlite {
                    writer: sqlite.writer.clone(),
                    log: sqlite.log.clone(),
                };
                tokio::spawn(async move {
                    // Whoever asked may have gone.
                    let _ = tell.send(write_all(&mut writer, &batch).await);
                    writer.log.start_over(&writer.writer).await;
                });
            }
            Self::Postgres(postgres) => {
                let mut writer = OnPostgres(postgres.clone());
                tokio::spawn(async move {
                    let _ = tell.send(write_all(&mut writer, &batch).await);
                });
            }
        }
        told.await.unwrap_or(Err(StoreError::Interrupted))
    }
}

/// Something that writes units in one transaction.
trait Writer {
    async fn write(&mut self, units: &[Unit]) -> Result<(), sqlx::Error>;
}

async fn write_all(writer: &mut impl Writer, batch: &[Unit]) -> Result<Results, StoreError> {
    if write_units(writer, batch).await?.is_ok() {
        return Ok(vec![Ok(()); batch.len()]);
    }
    let mut lost = BTreeSet::new();
    let mut results = Vec::with_capacity(batch.len());
    for unit in batch {
        let cases = || unit.cases.iter().map(|case| case.event.case_id);
        let result = match cases().any(|id| lost.contains(&id)) {
            true => Err(Conflict::Case),
            false => write_units(writer, std::slice::from_ref(unit)).await?,
        };
        if result.is_err() {
            lost.extend(cases());
        }
        results.push(result);
    }
    Ok(results)
}

async fn write_units(
    writer: &mut impl Writer,
    units: &[Unit],
) -> Result<Result<(), Conflict>, StoreError> {
    let mut tries = 1;
    loop {
        let error = match writer.write(units).await {
            Ok(()) => return Ok(Ok(())),
            Err(error) => error,
        };
        let again = matches!(code(&error).as_deref(), Some("40001" | "40P01"));
        if again && tries < TRIES {
            tries += 1;
            continue;
        }
        return judge(error);
    }
}

fn code(error: &sqlx::Error) -> Option<String> {
    Some(error.as_database_error()?.code()?.into_owned())
}

/// What an error of a commit means: a clash, nothing written, or nobody knows.
fn judge(error: sqlx::Error) -> Result<Result<(), Conflict>, StoreError> {
    let Some(refused) = error.as_database_error() else {
        return Err(match error {
            sqlx::Error::PoolClosed | sqlx::Error::Encode(_) => error.into(),
            error => StoreError::OutcomeUnknown(error),
        });
    };
    if refused.is_unique_violation() {
        // SQLite names table and column in its message, PostgreSQL the index.
        let message = refused.message();
        return Ok(Err(match message {
            _ if message.contains("receipt") => Conflict::Receipt,
            _ if message.contains("once") => Conflict::Once,
            _ if message.contains("number") => Conflict::Number,
            _ => Conflict::Case,
        }));
    }
    match refused.code().as_deref() {
        // SQLite: the write or the flush of the log failed; whether the commit mark reached the disk is not known.
        Some(code) if code.parse().is_ok_and(is_input_output) => {
            Err(StoreError::OutcomeUnknown(error))
        }
        Some("13" | "53100") => Err(StoreError::Full),
        _ => Err(error.into()),
    }
}

/// SQLITE_IOERR and its kinds: the lowest byte is 10.
fn is_input_output(code: u32) -> bool {
    code < 10_000 && code & 0xff == 10
}

struct OnSqlite {
    writer: sqlite::Writer,
    log: Log,
}

impl Writer for OnSqlite {
    async fn write(&mut self, units: &[Unit]) -> Result<(), sqlx::Error> {
        let mut lists = Lists::default();
        Net::of(units).fill(&mut lists);
        let arguments = lists.arguments().map_err(sqlx::Error::Encode)?;
        let sql: &'static str = &SQLITE;
        let mut place = self.writer.lock().await;
        let writer = place.as_mut().ok_or(sqlx::Error::PoolClosed)?;
        match sqlx::query_with(sql, arguments)
            .fetch_one(&mut *writer)
            .await
        {
            Ok(row) => {
                self.log.grew_to(row.try_get(1).unwrap_or_default());
                Ok(())
            }
            Err(error) => {
                // Fails only if the transaction was rolled back already or never began; the first error tells more.
                let _ = sqlx::query("ROLLBACK").execute(writer).await;
                Err(error)
            }
        }
    }
}

struct OnPostgres(Postgres);

impl Writer for OnPostgres {
    async fn write(&mut self, units: &[Unit]) -> Result<(), sqlx::Error> {
        let mut arrays = Arrays::default();
        Net::of(units).fill(&mut arrays);
        let arguments = arrays.arguments().map_err(sqlx::Error::Encode)?;
        let sql: &'static str = &POSTGRES;
        self.0
            .on_writer(async |writer: &mut PgConnection| {
                sqlx::query_with(sql, arguments).execute(writer).await
            })
            .await
            .map(|_| ())
    }
}

/// A batch with what opens and closes inside it already settled: the parts of a PostgreSQL statement do not see each other.
/// Sorted by case, so that two nodes never wait crosswise.
#[derive(Default)]
struct Net<'a> {
    events: Vec<&'a EventRow>,
    cases: BTreeMap<i64, &'a CaseRow>,
    tasks: BTreeMap<(i64, i64), Vec<&'a TaskRow>>,
    timers: BTreeMap<(i64, i64), Option<&'a TimerRow>>,
    outbox: Vec<&'a OutboxRow>,
    papers: Vec<&'a PaperRow>,
    attached: Vec<&'a AttachmentRow>,
    /// By hash: PostgreSQL takes no row twice in one statement.
    links: BTreeMap<&'a super::codec::Hash, &'a LinkRow>,
    receipts: Vec<&'a ReceiptRow>,
}

impl<'a> Net<'a> {
    fn of(units: &'a [Unit]) -> Self {
        let mut net = Self::default();
        for unit in units {
            net.receipts.extend(&unit.receipt);
            for case in &unit.cases {
                net.take(case);
            }
        }
        net.events
            .sort_by_key(|event| (event.case_id, event.first_seq));
        net
    }

    fn take(&mut self, case: &'a super::CaseWrite) {
        let id = case.event.case_id;
        self.events.push(&case.event);
        self.cases.insert(id, &case.row);
        for no in &case.closed {
            self.tasks.insert((id, *no), Vec::new());
        }
        for task in &case.tasks {
            let offered = self.tasks.entry((id, task.no)).or_default();
            if task.place == 0 {
                offered.clear();
            }
            offered.push(task);
        }
        for no in &case.cleared {
            self.timers.insert((id, *no), None);
        }
        for timer in &case.timers {
            self.timers.insert((id, timer.no), Some(timer));
        }
        self.outbox.extend(&case.outbox);
        self.papers.extend(&case.papers);
        self.attached.extend(&case.attached);
        let link = case.link.iter().map(|link| (&link.hash, link));
        self.links.extend(link);
    }

    /// Writes the rows of each table, in the order of [`TABLES`].
    fn fill(&self, cells: &mut impl Cells<'a>) {
        let tasks_gone = self.tasks.iter().filter(|(_, rows)| rows.is_empty());
        let timers_gone = self.timers.iter().filter(|(_, row)| row.is_none());
        let (tasks, timers) = (self.tasks.values(), self.timers.values());
        let [
            event,
            case_row,
            task_gone,
            task,
            timer_gone,
            timer,
            outbox,
            paper,
            unclaimed_gone,
            attachment,
            link,
            receipt,
        ] = &TABLES;
        each(cells, event, self.events.iter().copied(), tables::event);
        each(
            cells,
            case_row,
            self.cases.values().copied(),
            tables::case_row,
        );
        each(
            cells,
            task_gone,
            tasks_gone.map(|(key, _)| *key),
            tables::gone,
        );
        each(cells, task, tasks.flatten().copied(), tables::task);
        each(
            cells,
            timer_gone,
            timers_gone.map(|(key, _)| *key),
            tables::gone,
        );
        each(cells, timer, timers.flatten().copied(), tables::timer);
        each(cells, outbox, self.outbox.iter().copied(), tables::outbox);
        each(cells, paper, self.papers.iter().copied(), tables::paper);
        let attached = || self.attached.iter().copied();
        each(cells, unclaimed_gone, attached(), tables::claimed);
        each(cells, attachment, attached(), tables::attachment);
        each(cells, link, self.links.values().copied(), tables::link);
        each(
            cells,
            receipt,
            self.receipts.iter().copied(),
            tables::receipt,
        );
    }
}

fn each<'a, T, C: Cells<'a>>(
    cells: &mut C,
    table: &'static Table,
    rows: impl Iterator<Item = T>,
    write: impl Fn(T, &mut C),
) {
    cells.begin_table(table);
    rows.for_each(|row| write(row, cells));
}
