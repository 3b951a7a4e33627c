//! What differs between SQLite and PostgreSQL when a query is asked.
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, FromRow};

use super::{Store, StoreError};

/// An argument of a query.
pub(super) enum Arg<'a> {
    Number(i64),
    Text(&'a str),
    Bytes(&'a [u8]),
    /// No bytes.
    Nothing,
    /// Several numbers, for [`Store::among`].
    Ids(&'a [i64]),
}

macro_rules! fetch {
    ($sql:expr, $args:expr, $executor:expr, $ids:expr) => {{
        let mut query = sqlx::query_as(AssertSqlSafe($sql.to_owned()));
        for arg in $args {
            query = match arg {
                Arg::Number(number) => query.bind(*number),
                Arg::Text(text) => query.bind((*text).to_owned()),
                Arg::Bytes(bytes) => query.bind(bytes.to_vec()),
                Arg::Nothing => query.bind(None::<Vec<u8>>),
                Arg::Ids(ids) => query.bind($ids(ids)),
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

/// Lets a row be read by the names of its columns, which are those of its fields.
macro_rules! by_name {
    ($row:ident { $($field:ident),* $(,)? }) => {
        by_name!(sqlx::sqlite::SqliteRow, $row { $($field),* });
        by_name!(sqlx::postgres::PgRow, $row { $($field),* });
    };
    ($database:ty, $row:ident { $($field:ident),* }) => {
        impl sqlx::FromRow<'_, $database> for $row {
            fn from_row(row: &$database) -> sqlx::Result<Self> {
                use sqlx::Row;
                Ok($row { $($field: row.try_get(stringify!($field))?),* })
            }
        }
    };
}
pub(super) use by_name;

impl Store {
    /// Asks; never writes.
    pub(super) async fn read<T: Row>(
        &self,
        sql: &str,
        args: &[Arg<'_>],
    ) -> Result<Vec<T>, StoreError> {
        match self {
            Self::Sqlite(sqlite) => fetch!(sql, args, &sqlite.readers, as_json),
            Self::Postgres(postgres) => fetch!(sql, args, &postgres.readers, <[i64]>::to_vec),
        }
    }

    /// A condition that `column` is among `ids`, which travel as argument number `at` (see [`Arg::Ids`]).
    pub(super) fn among(&self, column: &str, at: usize) -> String {
        match self {
            Self::Sqlite(_) => format!("{column} IN (SELECT value FROM json_each(${at}))"),
            Self::Postgres(_) => format!("{column} = ANY(${at})"),
        }
    }

    /// One statement that writes, committed by itself.
    pub(super) async fn write<T: Row>(
        &self,
        sql: &str,
        args: &[Arg<'_>],
    ) -> Result<Vec<T>, StoreError> {
        match self {
            Self::Sqlite(sqlite) => {
                let mut place = sqlite.writer.lock().await;
                let pens = place.as_mut().ok_or(sqlx::Error::PoolClosed)?;
                fetch!(sql, args, &mut pens.single, as_json)
            }
            Self::Postgres(postgres) => fetch!(sql, args, &postgres.readers, <[i64]>::to_vec),
        }
    }
}

fn as_json(ids: &[i64]) -> String {
    serde_json::Value::from(ids).to_string()
}
