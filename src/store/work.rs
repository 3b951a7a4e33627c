//! What waits for its time: timers, the outbox, and running numbers.
use super::dialect::Arg;
use super::{OutboxId, OutboxRow, Store, StoreError, TimerRow};

/// A message lent to one sender; only the holder of the latest lease may settle it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leased {
    /// The message; `next_at` is the end of the lease.
    pub row: OutboxRow,
    /// Attempts including this one.
    pub attempts: i64,
    /// Fencing number.
    pub lease: i64,
}

/// What became of a leased message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Delivered.
    Sent,
    /// To be tried again at this time, UTC milliseconds.
    Again(i64),
    /// Given up.
    Dead,
}

type Lease = (i64, i64, i64, String, String, i64, i64, i64);

impl Store {
    /// Timers due at `now`, earliest first.
    pub async fn timers_due(&self, now: i64, limit: i64) -> Result<Vec<TimerRow>, StoreError> {
        let sql =
            "SELECT due, case_id, no FROM timer WHERE due <= $1 ORDER BY due, case_id, no LIMIT $2";
        let rows: Vec<(i64, i64, i64)> = self
            .read(sql, &[Arg::Number(now), Arg::Number(limit)])
            .await?;
        Ok(rows
            .into_iter()
            .map(|(due, case_id, no)| TimerRow { due, case_id, no })
            .collect())
    }

    /// When the earliest timer is due.
    pub async fn next_timer(&self) -> Result<Option<i64>, StoreError> {
        let rows: Vec<(i64,)> = self
            .read("SELECT due FROM timer ORDER BY due LIMIT 1", &[])
            .await?;
        Ok(rows.first().map(|row| row.0))
    }

    /// Lends up to `limit` messages due at `now` until `until`; unsettled ones come back then.
    pub async fn lease(&self, now: i64, until: i64, limit: i64) -> Result<Vec<Leased>, StoreError> {
        let skip = match self {
            Self::Sqlite(_) => "",
            Self::Postgres(_) => "FOR UPDATE SKIP LOCKED",
        };
        let sql = format!(
            "UPDATE outbox SET lease = lease + 1, attempts = attempts + 1, next_at = $2 WHERE (case_id, seq, position) IN \
             (SELECT case_id, seq, position FROM outbox WHERE state = 'waiting' AND next_at <= $1 ORDER BY next_at LIMIT $3 {skip}) \
             RETURNING case_id, seq, position, kind, body, next_at, attempts, lease"
        );
        let rows: Vec<Lease> = self
            .write(
                &sql,
                &[Arg::Number(now), Arg::Number(until), Arg::Number(limit)],
            )
            .await?;
        Ok(rows.into_iter().map(leased).collect())
    }

    /// Says what became of a message; answers whether the lease still held (G9). If not, nothing has changed.
    pub async fn settle(&self, id: OutboxId, lease: i64, fate: Fate) -> Result<bool, StoreError> {
        let (state, next_at) = match fate {
            Fate::Sent => ("sent", 0),
            Fate::Again(at) => ("waiting", at),
            Fate::Dead => ("dead", 0),
        };
        let sql = "UPDATE outbox SET state = $5, next_at = $6 WHERE case_id = $1 AND seq = $2 AND position = $3 AND lease = $4 \
                   AND state = 'waiting' RETURNING lease";
        let key = [id.case_id, id.seq, id.position, lease].map(Arg::Number);
        let args: Vec<Arg<'_>> = key
            .into_iter()
            .chain([Arg::Text(state), Arg::Number(next_at)])
            .collect();
        let rows: Vec<(i64,)> = self.write(sql, &args).await?;
        Ok(!rows.is_empty())
    }

    /// The next running number under `name`, from 1; never given twice.
    pub async fn next_number(&self, name: &str) -> Result<i64, StoreError> {
        let sql = "INSERT INTO counter (name, value) VALUES ($1, 1) ON CONFLICT (name) DO UPDATE SET value = counter.value + 1 RETURNING value";
        let rows: Vec<(i64,)> = self.write(sql, &[Arg::Text(name)]).await?;
        rows.first()
            .map(|row| row.0)
            .ok_or(StoreError::Damaged("counter"))
    }
}

fn leased(row: Lease) -> Leased {
    let (case_id, seq, position, kind, body, next_at, attempts, lease) = row;
    Leased {
        row: OutboxRow {
            id: OutboxId {
                case_id,
                seq,
                position,
            },
            kind,
            body,
            next_at,
        },
        attempts,
        lease,
    }
}
