//! What differs between SQLite and PostgreSQL: how a batch of rows travels, and how a query is asked.
use std::fmt::Write;

use serde_json::Value as Json;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, FromRow};

use super::{Store, StoreError};

/// The rows of one table, column by column.
pub(super) enum Column<'a> {
    Number(Vec<Option<i64>>),
    Text(Vec<Option<&'a str>>),
    Bytes(Vec<Option<&'a [u8]>>),
}

/// One part of a batch: rows for one statement.
pub(super) struct Part<'a> {
    /// `INSERT INTO …` or `DELETE FROM …`, without its rows.
    pub table: &'static str,
    /// What happens to the row.
    pub deed: Deed,
    pub columns: Vec<(&'static str, Column<'a>)>,
}

/// What a part does with its rows.
pub(super) enum Deed {
    /// Inserts; the text says what happens on a clash, empty for an error.
    Insert(&'static str),
    /// Deletes the rows with these keys.
    Delete,
}

/// The whole batch as one text for SQLite, with rows as JSON parameters and one blob parameter, the first.
pub(super) fn sqlite_batch(parts: &[Part<'_>]) -> (String, Vec<String>, Vec<u8>) {
    let (mut sql, mut lists, mut blob) =
        (String::from("BEGIN IMMEDIATE;\n"), Vec::new(), Vec::new());
    for part in parts {
        let mut cells = Vec::new();
        let mut at = 0;
        for (_, column) in &part.columns {
            cells.push(match column {
                Column::Bytes(_) => {
                    at += 2;
                    format!("substr($1, value->>{}, value->>{})", at - 2, at - 1)
                }
                Column::Number(_) | Column::Text(_) => {
                    at += 1;
                    format!("value->>{}", at - 1)
                }
            });
        }
        let param = lists.len() + 2;
        let names = names(part);
        let (table, cells) = (part.table, cells.join(", "));
        // Writing to a String cannot fail.
        let _ = match part.deed {
            Deed::Insert(clash) => writeln!(
                sql,
                "INSERT INTO {table} ({names}) SELECT {cells} FROM json_each(${param}) WHERE true {clash};"
            ),
            Deed::Delete => writeln!(
                sql,
                "DELETE FROM {table} WHERE ({names}) IN (SELECT {cells} FROM json_each(${param}));"
            ),
        };
        lists.push(rows_as_json(part, &mut blob));
    }
    sql.push_str("COMMIT");
    (sql, lists, blob)
}

fn rows_as_json(part: &Part<'_>, blob: &mut Vec<u8>) -> String {
    let count = part.columns.first().map_or(0, |(_, column)| column.len());
    let mut rows = vec![Vec::new(); count];
    for (_, column) in &part.columns {
        match column {
            Column::Number(values) => rows
                .iter_mut()
                .zip(values)
                .for_each(|(row, value)| row.push(Json::from(*value))),
            Column::Text(values) => rows
                .iter_mut()
                .zip(values)
                .for_each(|(row, value)| row.push(Json::from(*value))),
            Column::Bytes(values) => {
                rows.iter_mut()
                    .zip(values)
                    .for_each(|(row, value)| match value {
                        // Positions in SQL count from 1.
                        Some(bytes) => {
                            row.extend([Json::from(blob.len() + 1), Json::from(bytes.len())]);
                            blob.extend_from_slice(bytes);
                        }
                        None => row.extend([Json::Null, Json::Null]),
                    })
            }
        }
    }
    Json::from(rows.into_iter().map(Json::from).collect::<Vec<_>>()).to_string()
}

/// The whole batch as one statement for PostgreSQL, with columns as array parameters.
pub(super) fn postgres_batch(parts: &[Part<'_>]) -> String {
    let (mut sql, mut param) = (String::from("WITH "), 0);
    for (at, part) in parts.iter().enumerate() {
        let arrays = part.columns.iter().map(|(_, column)| {
            param += 1;
            format!("${param}::{}[]", column.kind())
        });
        let arrays = arrays.collect::<Vec<_>>().join(", ");
        let names = names(part);
        let table = part.table;
        // Writing to a String cannot fail.
        let _ = match part.deed {
            Deed::Insert(clash) => write!(
                sql,
                "p{at} AS (INSERT INTO {table} ({names}) SELECT * FROM unnest({arrays}) {clash}), "
            ),
            Deed::Delete => write!(
                sql,
                "p{at} AS (DELETE FROM {table} WHERE ({names}) IN (SELECT * FROM unnest({arrays}))), "
            ),
        };
    }
    sql.push_str("done AS (SELECT 1) SELECT * FROM done");
    sql
}

fn names(part: &Part<'_>) -> String {
    part.columns
        .iter()
        .map(|(name, _)| *name)
        .collect::<Vec<_>>()
        .join(", ")
}

impl Column<'_> {
    fn len(&self) -> usize {
        match self {
            Self::Number(values) => values.len(),
            Self::Text(values) => values.len(),
            Self::Bytes(values) => values.len(),
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Number(_) => "bigint",
            Self::Text(_) => "text",
            Self::Bytes(_) => "bytea",
        }
    }
}

/// An argument of a query.
pub(super) enum Arg<'a> {
    Number(i64),
    Text(&'a str),
    Bytes(&'a [u8]),
}

macro_rules! fetch {
    ($sql:expr, $args:expr, $executor:expr) => {{
        let mut query = sqlx::query_as(AssertSqlSafe($sql.to_owned()));
        for arg in $args {
            query = match arg {
                Arg::Number(number) => query.bind(*number),
                Arg::Text(text) => query.bind((*text).to_owned()),
                Arg::Bytes(bytes) => query.bind(bytes.to_vec()),
            };
        }
        Ok(query.fetch_all($executor).await?)
    }};
}

/// A row both databases can give.
pub(super) trait Row:
    for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin
{
}
impl<T> Row for T where T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin
{}

impl Store {
    /// Asks; never writes.
    pub(super) async fn read<T: Row>(
        &self,
        sql: &str,
        args: &[Arg<'_>],
    ) -> Result<Vec<T>, StoreError> {
        match self {
            Self::Sqlite(sqlite) => fetch!(sql, args, &sqlite.readers),
            Self::Postgres(pool) => fetch!(sql, args, pool),
        }
    }

    /// One statement that writes, committed by itself.
    pub(super) async fn write<T: Row>(
        &self,
        sql: &str,
        args: &[Arg<'_>],
    ) -> Result<Vec<T>, StoreError> {
        match self {
            Self::Sqlite(sqlite) => fetch!(sql, args, &mut *sqlite.writer.lock().await),
            Self::Postgres(pool) => fetch!(sql, args, pool),
        }
    }
}
