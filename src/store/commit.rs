//! The one write path: a batch of commands in one transaction, each guarded by the sequence of its case.
use std::collections::{BTreeMap, BTreeSet};

use sqlx::AssertSqlSafe;

use super::dialect::{Column, Deed, Part, postgres_batch, sqlite_batch};
use super::{CaseRow, EventRow, OutboxRow, ReceiptRow, Store, StoreError, TaskRow, TimerRow, Unit};

/// Why one command was not written; nothing of it is in the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Conflict {
    /// Someone else wrote to one of its cases first: load and decide again.
    #[error("办件已被他人更新 · someone else changed the case first")]
    Case,
    /// The caller's key has a receipt already: give its answer.
    #[error("该请求已处理 · this request was already handled")]
    Receipt,
    /// The number of a new case is taken.
    #[error("办件编号已被使用 · the case number is taken")]
    Number,
}

/// What a task, timer or limit without end is stored as.
pub(super) const NEVER: i64 = i64::MAX;
/// How often a batch is repeated after a deadlock or serialization failure (G10).
const TRIES: u32 = 5;

impl Store {
    /// Writes all units in one transaction and answers one result for each, in order. If one clashes, all go again one by
    /// one, so that it harms only itself and later units of the same cases, which were decided on it.
    pub async fn commit(&self, batch: &[Unit]) -> Result<Vec<Result<(), Conflict>>, StoreError> {
        if batch.is_empty() {
            return Ok(Vec::new());
        }
        if self.write_units(batch).await?.is_ok() {
            return Ok(vec![Ok(()); batch.len()]);
        }
        let mut lost = BTreeSet::new();
        let mut results = Vec::with_capacity(batch.len());
        for unit in batch {
            let cases = || unit.cases.iter().map(|case| case.event.case_id);
            let result = match cases().any(|id| lost.contains(&id)) {
                true => Err(Conflict::Case),
                false => self.write_units(std::slice::from_ref(unit)).await?,
            };
            if result.is_err() {
                lost.extend(cases());
            }
            results.push(result);
        }
        Ok(results)
    }

    async fn write_units(&self, units: &[Unit]) -> Result<Result<(), Conflict>, StoreError> {
        let parts = Net::of(units).parts();
        let mut tries = 1;
        loop {
            let error = match self.write_parts(&parts).await {
                Ok(()) => return Ok(Ok(())),
                Err(error) => error,
            };
            let Some(refused) = error.as_database_error() else {
                return Err(StoreError::OutcomeUnknown(error));
            };
            let again = matches!(refused.code().as_deref(), Some("40001" | "40P01"));
            if again && tries < TRIES {
                tries += 1;
                continue;
            }
            // SQLite names table and column in its message, PostgreSQL the index.
            let message = refused.message();
            return match refused.is_unique_violation() {
                true if message.contains("receipt") => Ok(Err(Conflict::Receipt)),
                true if message.contains("number") => Ok(Err(Conflict::Number)),
                true => Ok(Err(Conflict::Case)),
                false => Err(error.into()),
            };
        }
    }

    async fn write_parts(&self, parts: &[Part<'_>]) -> Result<(), sqlx::Error> {
        match self {
            Self::Sqlite(sqlite) => {
                let (sql, lists, blob) = sqlite_batch(parts);
                let mut query = sqlx::query(AssertSqlSafe(sql)).bind(blob);
                for list in lists {
                    query = query.bind(list);
                }
                let mut writer = sqlite.writer.lock().await;
                let result = query.execute(&mut *writer).await;
                if result.is_err() {
                    // Fails only if the transaction was rolled back already or never began; the first error tells more.
                    let _ = sqlx::query("ROLLBACK").execute(&mut *writer).await;
                }
                result.map(|_| ())
            }
            Self::Postgres(pool) => {
                let mut query = sqlx::query(AssertSqlSafe(postgres_batch(parts)));
                for (_, column) in parts.iter().flat_map(|part| &part.columns) {
                    query = match column {
                        Column::Number(values) => query.bind(values.clone()),
                        Column::Text(values) => query.bind(values.clone()),
                        Column::Bytes(values) => query.bind(values.clone()),
                    };
                }
                query.execute(pool).await.map(|_| ())
            }
        }
    }
}

/// A batch with what opens and closes inside it already settled: the parts of a PostgreSQL statement do not see each other.
/// Sorted by case, so that two nodes never wait crosswise.
#[derive(Default)]
struct Net<'a> {
    events: Vec<&'a EventRow>,
    cases: BTreeMap<i64, &'a CaseRow>,
    tasks: BTreeMap<(i64, i64), Option<&'a TaskRow>>,
    timers: BTreeMap<(i64, i64), Option<&'a TimerRow>>,
    outbox: Vec<&'a OutboxRow>,
    receipts: Vec<&'a ReceiptRow>,
}

impl<'a> Net<'a> {
    fn of(units: &'a [Unit]) -> Self {
        let mut net = Self::default();
        for unit in units {
            net.receipts.extend(&unit.receipt);
            for case in &unit.cases {
                let id = case.event.case_id;
                net.events.push(&case.event);
                net.cases.insert(id, &case.row);
                net.tasks
                    .extend(case.closed.iter().map(|no| ((id, *no), None)));
                net.tasks
                    .extend(case.tasks.iter().map(|task| ((id, task.no), Some(task))));
                net.timers
                    .extend(case.cleared.iter().map(|no| ((id, *no), None)));
                net.timers.extend(
                    case.timers
                        .iter()
                        .map(|timer| ((id, timer.no), Some(timer))),
                );
                net.outbox.extend(&case.outbox);
            }
        }
        net.events
            .sort_by_key(|event| (event.case_id, event.first_seq));
        net
    }

    fn parts(&self) -> Vec<Part<'a>> {
        let cases: Vec<&CaseRow> = self.cases.values().copied().collect();
        let tasks: Vec<&TaskRow> = self.tasks.values().copied().flatten().collect();
        let timers: Vec<&TimerRow> = self.timers.values().copied().flatten().collect();
        vec![
            events(&self.events),
            case_rows(&cases),
            gone("task", &self.tasks),
            task_rows(&tasks),
            gone("timer", &self.timers),
            timer_rows(&timers),
            outbox_rows(&self.outbox),
            receipts(&self.receipts),
        ]
    }
}

fn number<T>(rows: &[&T], get: impl Fn(&T) -> i64) -> Column<'static> {
    Column::Number(rows.iter().map(|row| Some(get(row))).collect())
}

fn maybe<T>(rows: &[&T], get: impl Fn(&T) -> Option<i64>) -> Column<'static> {
    Column::Number(rows.iter().map(|row| get(row)).collect())
}

fn text<'a, T>(rows: &[&'a T], get: impl Fn(&'a T) -> &'a str) -> Column<'a> {
    Column::Text(rows.iter().map(|row| Some(get(row))).collect())
}

fn bytes<'a, T>(rows: &[&'a T], get: impl Fn(&'a T) -> Option<&'a [u8]>) -> Column<'a> {
    Column::Bytes(rows.iter().map(|row| get(row)).collect())
}

fn gone<T>(table: &'static str, rows: &BTreeMap<(i64, i64), Option<T>>) -> Part<'static> {
    let keys: Vec<(i64, i64)> = rows
        .iter()
        .filter(|(_, row)| row.is_none())
        .map(|(key, _)| *key)
        .collect();
    let column = |get: fn(&(i64, i64)) -> i64| {
        Column::Number(keys.iter().map(|key| Some(get(key))).collect())
    };
    Part {
        table,
        deed: Deed::Delete,
        columns: vec![
            ("case_id", column(|key| key.0)),
            ("no", column(|key| key.1)),
        ],
    }
}

fn events<'a>(rows: &[&'a EventRow]) -> Part<'a> {
    Part {
        table: "event",
        deed: Deed::Insert(""),
        columns: vec![
            ("case_id", number(rows, |row| row.case_id)),
            ("first_seq", number(rows, |row| row.first_seq)),
            ("seq", number(rows, |row| row.seq)),
            ("at", number(rows, |row| row.at)),
            ("actor", text(rows, |row| &row.actor)),
            ("facts", text(rows, |row| &row.facts)),
            ("sealed", bytes(rows, |row| row.sealed.as_deref())),
            ("prev", bytes(rows, |row| Some(&row.prev))),
            ("hash", bytes(rows, |row| Some(&row.hash))),
        ],
    }
}

fn case_rows<'a>(rows: &[&'a CaseRow]) -> Part<'a> {
    Part {
        table: "case_row",
        deed: Deed::Insert(
            "ON CONFLICT (id) DO UPDATE SET matter = excluded.matter, revision = excluded.revision, status = excluded.status, \
             version = excluded.version, deciding = excluded.deciding, level = excluded.level, due = excluded.due, \
             closed = excluded.closed",
        ),
        columns: vec![
            ("id", number(rows, |row| row.id)),
            ("number", text(rows, |row| &row.number)),
            ("matter", text(rows, |row| &row.matter)),
            ("revision", number(rows, |row| row.revision)),
            ("status", text(rows, |row| &row.status)),
            ("version", number(rows, |row| row.version)),
            ("accepting", text(rows, |row| &row.accepting)),
            ("deciding", text(rows, |row| &row.deciding)),
            ("level", text(rows, |row| &row.level)),
            ("due", maybe(rows, |row| row.due)),
            ("parent", maybe(rows, |row| row.parent)),
            ("key", bytes(rows, |row| row.key.as_deref())),
            ("opened", number(rows, |row| row.opened)),
            ("closed", maybe(rows, |row| row.closed)),
        ],
    }
}

fn task_rows<'a>(rows: &[&'a TaskRow]) -> Part<'a> {
    Part {
        table: "task",
        deed: Deed::Insert(
            "ON CONFLICT (case_id, no) DO UPDATE SET step = excluded.step, city = excluded.city, \
             department = excluded.department, post = excluded.post, holder = excluded.holder, state = excluded.state, \
             level = excluded.level, due = excluded.due, version = excluded.version",
        ),
        columns: vec![
            ("case_id", number(rows, |row| row.case_id)),
            ("no", number(rows, |row| row.no)),
            ("step", text(rows, |row| &row.step)),
            ("city", text(rows, |row| &row.city)),
            ("department", text(rows, |row| &row.department)),
            ("post", text(rows, |row| &row.post)),
            (
                "holder",
                Column::Text(rows.iter().map(|row| row.holder.as_deref()).collect()),
            ),
            ("state", text(rows, |row| &row.state)),
            ("level", text(rows, |row| &row.level)),
            ("due", number(rows, |row| row.due.unwrap_or(NEVER))),
            ("opened", number(rows, |row| row.opened)),
            ("version", number(rows, |row| row.version)),
        ],
    }
}

fn timer_rows<'a>(rows: &[&'a TimerRow]) -> Part<'a> {
    Part {
        table: "timer",
        deed: Deed::Insert("ON CONFLICT (case_id, no) DO UPDATE SET due = excluded.due"),
        columns: vec![
            ("case_id", number(rows, |row| row.case_id)),
            ("no", number(rows, |row| row.no)),
            ("due", number(rows, |row| row.due)),
        ],
    }
}

fn outbox_rows<'a>(rows: &[&'a OutboxRow]) -> Part<'a> {
    Part {
        table: "outbox",
        deed: Deed::Insert(""),
        columns: vec![
            ("case_id", number(rows, |row| row.id.case_id)),
            ("seq", number(rows, |row| row.id.seq)),
            ("position", number(rows, |row| row.id.position)),
            ("kind", text(rows, |row| &row.kind)),
            ("body", text(rows, |row| &row.body)),
            ("state", text(rows, |_| "waiting")),
            ("attempts", number(rows, |_| 0)),
            ("next_at", number(rows, |row| row.next_at)),
            ("lease", number(rows, |_| 0)),
        ],
    }
}

fn receipts<'a>(rows: &[&'a ReceiptRow]) -> Part<'a> {
    Part {
        table: "receipt",
        deed: Deed::Insert(""),
        columns: vec![
            ("case_id", number(rows, |row| row.case_id)),
            ("caller", text(rows, |row| &row.caller)),
            ("key_hash", bytes(rows, |row| Some(&row.key_hash))),
            ("body_hash", bytes(rows, |row| Some(&row.body_hash))),
            ("answer", text(rows, |row| &row.answer)),
            ("expires", number(rows, |row| row.expires)),
        ],
    }
}
