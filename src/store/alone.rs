//! Who is alone with a key, and who waits: rows of the outbox, which are written with the event that asks or leaves.
use super::dialect::Arg;
use super::{OutboxId, Store, StoreError};

/// The kind of rows that ask, before the keyed hash; those that leave are of this kind alone.
pub const ALONE: &str = "alone";

/// The state in which a row of the outbox begins.
pub(super) fn first_state(kind: &str) -> &'static str {
    match kind.strip_prefix(ALONE) {
        None => "waiting",
        Some("") => "left",
        Some(_) => "queued",
    }
}

/// A row that asks or leaves; `turn` is its number in its case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TurnRow {
    /// The row.
    pub id: OutboxId,
    /// The number in the case.
    pub turn: String,
}

/// How a row stands in line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueueState {
    /// It waits.
    Queued,
    /// It is in.
    Entered,
    /// It says that somebody has left, and waits to be taken away.
    Left,
}

/// A row in line, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueRow {
    /// The event it was written with.
    pub seq: i64,
    /// The line: [`ALONE`] with the keyed hash, or alone for those who leave.
    pub kind: String,
    /// The number of the turn in the case.
    pub turn: String,
    /// How it stands.
    pub state: QueueState,
}

type Row = (i64, i64, i64, String);

impl Store {
    /// Takes away whoever has left, lets the first of each key in that nobody is alone with, and answers who is in and has not been
    /// told. Each step stands by itself, so that it may break off anywhere and be done again.
    pub async fn line_up(&self) -> Result<Vec<TurnRow>, StoreError> {
        let left = "SELECT case_id, seq, position, body FROM outbox WHERE state = 'left' ORDER BY case_id, seq";
        let rows: Vec<Row> = self.read(left, &[]).await?;
        // What was asked for after it stays.
        let gone = "DELETE FROM outbox WHERE case_id = $1 AND seq <= $2 AND body = $3 AND state IN ('queued', 'entered', 'left') \
                    RETURNING case_id";
        for (case_id, seq, _, turn) in rows {
            let args = [Arg::Number(case_id), Arg::Number(seq), Arg::Text(&turn)];
            let _: Vec<(i64,)> = self.write(gone, &args).await?;
        }
        let enter = "UPDATE outbox SET state = 'entered', attempts = 0 WHERE state = 'queued' \
                     AND NOT EXISTS (SELECT 1 FROM outbox AS other WHERE other.state = 'entered' AND other.kind = outbox.kind) \
                     AND NOT EXISTS (SELECT 1 FROM outbox AS other WHERE other.state = 'queued' AND other.kind = outbox.kind \
                     AND (other.since, other.case_id, other.seq) < (outbox.since, outbox.case_id, outbox.seq)) RETURNING case_id";
        let _: Vec<(i64,)> = self.write(enter, &[]).await?;
        let entered = "SELECT case_id, seq, position, body FROM outbox WHERE state = 'entered' AND attempts = 0 \
                       ORDER BY since, case_id, seq";
        let rows: Vec<Row> = self.read(entered, &[]).await?;
        let row = |(case_id, seq, position, turn)| TurnRow {
            id: OutboxId {
                case_id,
                seq,
                position,
            },
            turn,
        };
        Ok(rows.into_iter().map(row).collect())
    }

    /// All rows of a case in lines, in the order in which they were written.
    pub async fn queue_of(&self, case_id: i64) -> Result<Vec<QueueRow>, StoreError> {
        let sql = "SELECT seq, kind, body, state FROM outbox WHERE case_id = $1 AND state IN ('queued', 'entered', 'left') \
                   ORDER BY seq, position";
        let rows: Vec<(i64, String, String, String)> =
            self.read(sql, &[Arg::Number(case_id)]).await?;
        let row = |(seq, kind, turn, state): (i64, String, String, String)| QueueRow {
            seq,
            kind,
            turn,
            state: match state.as_str() {
                "queued" => QueueState::Queued,
                "entered" => QueueState::Entered,
                _ => QueueState::Left,
            },
        };
        Ok(rows.into_iter().map(row).collect())
    }

    /// Whoever is in has been told.
    pub async fn told(&self, id: OutboxId) -> Result<(), StoreError> {
        let sql = "UPDATE outbox SET attempts = 1 WHERE case_id = $1 AND seq = $2 AND position = $3 AND state = 'entered' \
                   RETURNING case_id";
        let args = [id.case_id, id.seq, id.position].map(Arg::Number);
        let _: Vec<(i64,)> = self.write(sql, &args).await?;
        Ok(())
    }

    /// Takes away a row whose case can do nothing with it.
    pub async fn turn_lost(&self, id: OutboxId) -> Result<(), StoreError> {
        let sql = "DELETE FROM outbox WHERE case_id = $1 AND seq = $2 AND position = $3 AND state = 'entered' RETURNING case_id";
        let args = [id.case_id, id.seq, id.position].map(Arg::Number);
        let _: Vec<(i64,)> = self.write(sql, &args).await?;
        Ok(())
    }
}
