//! Every committed row of history in the order of commits, for other systems.
use super::dialect::Arg;
use super::load::{Event, event};
use super::{EventRow, Store, StoreError};

type Placed = (
    i64,
    i64,
    i64,
    i64,
    i64,
    String,
    String,
    Option<Vec<u8>>,
    Vec<u8>,
    Vec<u8>,
);

const COLUMNS: &str = "case_id, first_seq, seq, at, actor, facts, sealed, prev, hash FROM event";

impl Store {
    /// Rows after a position (0: from the beginning), each with its own position, in the order in which they were committed.
    /// At most `limit`, but on PostgreSQL whole transactions.
    pub async fn feed(&self, after: i64, limit: i64) -> Result<Vec<(i64, EventRow)>, StoreError> {
        let sql = match self {
            Self::Sqlite(_) => {
                format!("SELECT rowid, {COLUMNS} WHERE rowid > $1 ORDER BY rowid LIMIT $2")
            }
            // A transaction still under way may have a lower number than one that has ended: nothing at or above the lowest
            // of those under way is shown yet.
            Self::Postgres(_) => format!(
                "SELECT tx, {COLUMNS} WHERE tx > $1 AND tx < pg_snapshot_xmin(pg_current_snapshot())::text::bigint \
                 ORDER BY tx FETCH FIRST $2 ROWS WITH TIES"
            ),
        };
        let rows: Vec<Placed> = self
            .read(&sql, &[Arg::Number(after), Arg::Number(limit)])
            .await?;
        let mut rows = rows
            .into_iter()
            .map(placed)
            .collect::<Result<Vec<_>, _>>()?;
        rows.sort_by_key(|(position, row)| (*position, row.case_id, row.first_seq));
        Ok(rows)
    }
}

fn placed(row: Placed) -> Result<(i64, EventRow), StoreError> {
    let (position, case_id, first_seq, seq, at, actor, facts, sealed, prev, hash) = row;
    let row: Event = (
        case_id, first_seq, seq, at, actor, facts, sealed, prev, hash,
    );
    Ok((position, event(row)?))
}
