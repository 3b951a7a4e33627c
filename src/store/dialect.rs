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
            Self::Postgres(postgres) => fetch!(sql, args, &postgres.readers),
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
            Self::Postgres(postgres) => fetch!(sql, args, &postgres.readers),
        }
    }
}
