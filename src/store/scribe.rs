//! Writes batches to a SQLite file: one thread with one connection, whose prepared statements take row after row.
//!
//! The batches do not go through sqlx as all else does: it has no way to run one prepared statement over many rows in one call, and
//! handing rows over as one JSON text costs more than writing them (`docs/decisions.md`).
use std::fmt::Write;
use std::ops::Range;
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;

use rusqlite::{Connection, Error, ErrorCode, Statement, ToSql};
use tokio::sync::oneshot;

use super::batch::{Cells, Net};
use super::commit::Failed;
use super::tables::{Deed, RARE, TABLES, Table};
use super::{Conflict, Unit};

/// The thread. Dropped, it ends once it has written what it was handed.
#[derive(Debug)]
pub(super) struct Scribe {
    jobs: mpsc::Sender<Job>,
    thread: JoinHandle<()>,
}

/// Units to be written in one transaction.
struct Job {
    batch: Arc<Vec<Unit>>,
    which: Range<usize>,
    tell: oneshot::Sender<Result<i64, Error>>,
}

impl Scribe {
    /// Opens a connection to a file whose tables are up to date.
    pub(super) fn start(path: &str) -> Result<Scribe, Error> {
        let connection = Connection::open(path)?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "wal_autocheckpoint", 0)?;
        connection.pragma_update(None, "foreign_keys", true)?;
        connection.busy_timeout(super::sqlite::BUSY)?;
        let (jobs, waiting) = mpsc::channel();
        let work = move || {
            if let Err(error) = work(&connection, &waiting) {
                tracing::error!(%error, "the statements of the store cannot be prepared");
            }
        };
        let thread = std::thread::Builder::new().name("scribe".to_owned());
        let thread = thread
            .spawn(work)
            .map_err(|error| Error::ToSqlConversionFailure(Box::new(error)))?;
        Ok(Scribe { jobs, thread })
    }

    /// Writes units of a batch in one transaction; answers how many pages the log then holds.
    pub(super) async fn write(
        &self,
        batch: &Arc<Vec<Unit>>,
        which: Range<usize>,
    ) -> Result<i64, Failed> {
        let (tell, told) = oneshot::channel();
        let batch = batch.clone();
        let job = Job { batch, which, tell };
        self.jobs.send(job).map_err(|_| Failed::interrupted())?;
        match told.await {
            Ok(written) => written.map_err(judge),
            Err(_) => Err(Failed::interrupted()),
        }
    }

    /// Ends the thread and closes its connection.
    pub(super) async fn close(self) {
        drop(self.jobs);
        let thread = self.thread;
        // A panic of the thread was reported where it happened.
        let _ = tokio::task::spawn_blocking(move || thread.join()).await;
    }
}

fn work(connection: &Connection, waiting: &mpsc::Receiver<Job>) -> Result<(), Error> {
    let mut desk = Desk {
        begin: connection.prepare("BEGIN IMMEDIATE")?,
        commit: connection.prepare("COMMIT")?,
        pages: connection.prepare("PRAGMA wal_checkpoint(NOOP)")?,
        tables: Rows {
            statements: TABLES
                .iter()
                .chain(&RARE)
                .map(|table| connection.prepare(&statement(table)))
                .collect::<Result<_, _>>()?,
            ..Rows::default()
        },
    };
    while let Ok(job) = waiting.recv() {
        let units = job.batch.get(job.which).unwrap_or_default();
        let written = desk.write(units);
        if written.is_err() {
            // Fails only if the transaction was rolled back already or never began; the first error tells more.
            let _ = connection.execute_batch("ROLLBACK");
        }
        // Whoever asked may have gone.
        let _ = job.tell.send(written);
    }
    Ok(())
}

/// What stays prepared.
struct Desk<'c> {
    begin: Statement<'c>,
    commit: Statement<'c>,
    pages: Statement<'c>,
    tables: Rows<'c>,
}

impl Desk<'_> {
    fn write(&mut self, units: &[Unit]) -> Result<i64, Error> {
        self.begin.execute([])?;
        self.tables.start();
        Net::of(units).fill(&mut self.tables);
        self.tables.done()?;
        self.commit.execute([])?;
        self.pages.query_row([], |row| row.get(1))
    }
}

/// The statement of a table: writes one row, or deletes the row of one key.
fn statement(table: &Table) -> String {
    let names: Vec<&str> = table.columns.iter().map(|(name, _)| *name).collect();
    let mut places = String::from("?");
    for _ in 1..names.len() {
        places.push_str(", ?");
    }
    let (name, names) = (table.name, names.join(", "));
    let mut sql = String::new();
    // Writing to a String cannot fail.
    let _ = match table.deed {
        Deed::Insert(clash) => write!(
            sql,
            "INSERT INTO {name} ({names}) VALUES ({places}) {clash}"
        ),
        Deed::Update => {
            let mut at = 1;
            let sets = table.set(|_| {
                at += 1;
                format!("?{at}")
            });
            write!(sql, "UPDATE {name} SET {sets} WHERE {} = ?1", table.key())
        }
        Deed::Delete => write!(sql, "DELETE FROM {name} WHERE ({names}) = ({places})"),
    };
    sql
}

/// A statement for each of [`TABLES`] and [`RARE`]; every cell is bound as it comes, every row written at its end. After an error nothing more is.
#[derive(Default)]
struct Rows<'c> {
    statements: Vec<Statement<'c>>,
    /// Which table's turn it is, counted from 1.
    table: usize,
    /// The cell last bound, counted from 1.
    cell: usize,
    failed: Option<Error>,
}

impl Rows<'_> {
    fn start(&mut self) {
        (self.table, self.cell, self.failed) = (0, 0, None);
    }

    fn done(&mut self) -> Result<(), Error> {
        self.failed.take().map_or(Ok(()), Err)
    }

    fn now(&mut self, deed: impl FnOnce(&mut Statement<'_>, usize) -> Result<(), Error>) {
        let statement = self.statements.get_mut(self.table.wrapping_sub(1));
        if let (Some(statement), None) = (statement, &self.failed) {
            self.failed = deed(statement, self.cell).err();
        }
    }

    fn bind(&mut self, value: impl ToSql) {
        self.cell += 1;
        self.now(|statement, cell| statement.raw_bind_parameter(cell, value));
    }
}

impl<'a> Cells<'a> for Rows<'_> {
    fn begin_table(&mut self, _: &'static Table) {
        self.table += 1;
    }

    fn number(&mut self, value: Option<i64>) {
        self.bind(value);
    }

    fn text(&mut self, value: Option<&'a str>) {
        self.bind(value);
    }

    fn bytes(&mut self, value: Option<&'a [u8]>) {
        self.bind(value);
    }

    fn end_of_row(&mut self) {
        self.cell = 0;
        self.now(|statement, _| statement.raw_execute().map(drop));
    }
}

/// What an error of a batch means: a clash, nothing written, or nobody knows.
fn judge(error: Error) -> Failed {
    let Error::SqliteFailure(cause, message) = &error else {
        return Failed::Refused(error.into());
    };
    match cause.code {
        // SQLite names table and column in its message.
        ErrorCode::ConstraintViolation if is_unique(cause.extended_code) => {
            Failed::Clash(Conflict::named(message.as_deref().unwrap_or_default()))
        }
        ErrorCode::ConstraintViolation if cause.extended_code == FOREIGN_KEY => {
            Failed::Clash(Conflict::Number)
        }
        // The write or the flush of the log failed; whether the commit mark reached the disk is not known.
        ErrorCode::SystemIoFailure => Failed::Unknown(error.into()),
        ErrorCode::DiskFull => Failed::Full,
        _ => Failed::Refused(error.into()),
    }
}

/// SQLITE_CONSTRAINT_FOREIGNKEY: the number before that of a paper has not been given.
const FOREIGN_KEY: i32 = 787;

/// SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_UNIQUE.
fn is_unique(extended: i32) -> bool {
    matches!(extended, 1555 | 2067)
}
