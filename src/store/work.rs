//! What waits for its time: timers, the outbox, and running numbers.
use super::dialect::Arg;
use super::tables::NEVER;
use super::{OutboxId, OutboxRow, PaperRow, Store, StoreError, TimerRow};

/// A message lent to one sender; only the holder of the latest lease may settle it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leased {
    /// The message; `next_at` is the end of the lease.
    pub row: OutboxRow,
    /// Attempts including this one.
    pub attempts: i64,
    /// Fencing number.
    pub lease: i64,
    /// When it was first to leave, UTC milliseconds.
    pub since: i64,
}

/// A message and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The message, with its attempts.
    pub leased: Leased,
    /// `waiting`, `sent`, `obsolete`, or `dead`.
    pub state: String,
    /// What the other side last said, if it did not take it.
    pub answer: Option<String>,
}

/// What became of a leased message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Delivered.
    Sent,
    /// To be tried again at this time, UTC milliseconds.
    Again(i64),
    /// To be tried at this time, UTC milliseconds; this attempt does not count, for nothing was tried or nobody could answer.
    Wait(i64),
    /// Dropped: its reason had gone before it left (G32).
    Obsolete,
    /// Given up.
    Dead,
}

type Lease = (i64, i64, i64, String, String, i64, i64, i64, i64);
type Stated = (
    i64,
    i64,
    i64,
    String,
    String,
    i64,
    i64,
    i64,
    i64,
    String,
    Option<String>,
);

/// What does not arrive: the two halves each have their own index.
pub(super) const BACKLOG: &str = "SELECT kind, state, count(*) FROM outbox WHERE state = 'waiting' GROUP BY kind, state \
     UNION ALL SELECT kind, state, count(*) FROM outbox WHERE state = 'dead' GROUP BY kind, state ORDER BY 1, 2";

/// So many case numbers a node of several takes at once.
const BLOCK: i64 = 1 << 16;

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

    /// Lends up to `limit` messages of a kind, or of any, due at `now` until `until`, in order of age; unsettled ones come back then.
    pub async fn lease(
        &self,
        kind: Option<&str>,
        now: i64,
        until: i64,
        limit: i64,
    ) -> Result<Vec<Leased>, StoreError> {
        let skip = match self {
            Self::Sqlite(_) => "",
            Self::Postgres(_) => "FOR UPDATE SKIP LOCKED",
        };
        let of_kind = kind.map_or("", |_| "AND kind = $4");
        let sql = format!(
            "UPDATE outbox SET lease = lease + 1, attempts = attempts + 1, next_at = $2 WHERE (case_id, seq, position) IN \
             (SELECT case_id, seq, position FROM outbox WHERE state = 'waiting' AND next_at <= $1 {of_kind} \
             ORDER BY since LIMIT $3 {skip}) \
             RETURNING case_id, seq, position, kind, body, next_at, attempts, lease, since"
        );
        let numbers = [now, until, limit].map(Arg::Number).into_iter();
        let args: Vec<Arg<'_>> = numbers.chain(kind.map(Arg::Text)).collect();
        let rows: Vec<Lease> = self.write(&sql, &args).await?;
        Ok(rows.into_iter().map(leased).collect())
    }

    /// Says what became of a message, and what was answered (empty: nothing worth keeping); answers whether the lease still
    /// held (G9). If not, nothing has changed.
    pub async fn settle(
        &self,
        id: OutboxId,
        lease: i64,
        fate: Fate,
        answer: &str,
    ) -> Result<bool, StoreError> {
        let (state, next_at, counts) = match fate {
            Fate::Sent => ("sent", 0, 1),
            Fate::Again(at) => ("waiting", at, 1),
            Fate::Wait(at) => ("waiting", at, 0),
            Fate::Obsolete => ("obsolete", 0, 0),
            Fate::Dead => ("dead", 0, 1),
        };
        let sql = "UPDATE outbox SET state = $5, next_at = $6, attempts = attempts - 1 + $7, answer = nullif($8, '') \
                   WHERE case_id = $1 AND seq = $2 AND position = $3 AND lease = $4 AND state = 'waiting' RETURNING lease";
        let key = [id.case_id, id.seq, id.position, lease].map(Arg::Number);
        let told = [
            Arg::Text(state),
            Arg::Number(next_at),
            Arg::Number(counts),
            Arg::Text(answer),
        ];
        let args: Vec<Arg<'_>> = key.into_iter().chain(told).collect();
        let rows: Vec<(i64,)> = self.write(sql, &args).await?;
        Ok(!rows.is_empty())
    }

    /// The messages of a case or of all cases, newest first, whatever became of them.
    pub async fn messages(
        &self,
        case_id: Option<i64>,
        state: Option<&str>,
        limit: i64,
    ) -> Result<Vec<Message>, StoreError> {
        let sql = "SELECT case_id, seq, position, kind, body, next_at, attempts, lease, since, state, answer FROM outbox \
                   WHERE ($1 = 0 OR case_id = $1) AND ($2 = '' OR state = $2) AND state NOT IN ('queued', 'entered', 'left') \
                   ORDER BY case_id DESC, seq DESC, position DESC LIMIT $3";
        let args = [
            Arg::Number(case_id.unwrap_or(0)),
            Arg::Text(state.unwrap_or("")),
            Arg::Number(limit),
        ];
        let rows: Vec<Stated> = self.read(sql, &args).await?;
        let message = |row: Stated| {
            let (
                case_id,
                seq,
                position,
                kind,
                body,
                next_at,
                attempts,
                lease,
                since,
                state,
                answer,
            ) = row;
            let leased = leased((
                case_id, seq, position, kind, body, next_at, attempts, lease, since,
            ));
            Message {
                leased,
                state,
                answer,
            }
        };
        Ok(rows.into_iter().map(message).collect())
    }

    /// Gives a message another try at `now`, under its old name; answers whether there is such a message that waits for none.
    pub async fn redeliver(&self, id: OutboxId, now: i64) -> Result<bool, StoreError> {
        let sql = "UPDATE outbox SET state = 'waiting', attempts = 0, next_at = $4, since = $4 WHERE case_id = $1 AND seq = $2 \
                   AND position = $3 AND state <> 'waiting' RETURNING lease";
        let args = [id.case_id, id.seq, id.position, now].map(Arg::Number);
        let rows: Vec<(i64,)> = self.write(sql, &args).await?;
        Ok(!rows.is_empty())
    }

    /// Puts messages of no case into the outbox; one whose name is there already is left as it is. Answers how many are new.
    pub async fn post(&self, rows: &[OutboxRow]) -> Result<usize, StoreError> {
        let sql = "INSERT INTO outbox (case_id, seq, position, kind, body, state, attempts, next_at, lease, since) \
                   VALUES ($1, $2, $3, $4, $5, 'waiting', 0, $6, 0, $6) ON CONFLICT (case_id, seq, position) DO NOTHING RETURNING lease";
        let mut new = 0;
        for row in rows {
            let name = [row.id.case_id, row.id.seq, row.id.position].map(Arg::Number);
            let said = [
                Arg::Text(&row.kind),
                Arg::Text(&row.body),
                Arg::Number(row.next_at),
            ];
            let args: Vec<Arg<'_>> = name.into_iter().chain(said).collect();
            let rows: Vec<(i64,)> = self.write(sql, &args).await?;
            new += rows.len();
        }
        Ok(new)
    }

    /// Gives up a message that nobody could deliver, and keeps why; answers whether there is such a message.
    pub async fn give_up(&self, id: OutboxId, why: &str) -> Result<bool, StoreError> {
        let sql = "UPDATE outbox SET state = 'obsolete', answer = $4 WHERE case_id = $1 AND seq = $2 \
                   AND position = $3 AND state = 'dead' RETURNING lease";
        let key = [id.case_id, id.seq, id.position].map(Arg::Number);
        let args: Vec<Arg<'_>> = key.into_iter().chain([Arg::Text(why)]).collect();
        let rows: Vec<(i64,)> = self.write(sql, &args).await?;
        Ok(!rows.is_empty())
    }

    /// When the next message of a kind, or of any, wants to be sent.
    pub async fn next_message(&self, kind: Option<&str>) -> Result<Option<i64>, StoreError> {
        let of_kind = kind.map_or("", |_| "AND kind = $1");
        let sql = format!(
            "SELECT next_at FROM outbox WHERE state = 'waiting' {of_kind} ORDER BY next_at LIMIT 1"
        );
        let args: Vec<Arg<'_>> = kind.map(Arg::Text).into_iter().collect();
        let rows: Vec<(i64,)> = self.read(&sql, &args).await?;
        Ok(rows.first().map(|row| row.0))
    }

    /// How many messages of each kind wait, and how many are dead: kind, state, count.
    pub async fn backlog(&self) -> Result<Vec<(String, String, i64)>, StoreError> {
        self.read(BACKLOG, &[]).await
    }

    /// A paper of a case as it was issued, sealed.
    pub async fn paper(&self, case_id: i64, no: i64) -> Result<Option<PaperRow>, StoreError> {
        let sql = "SELECT case_id, no, sealed FROM paper WHERE case_id = $1 AND no = $2";
        let rows: Vec<(i64, i64, Vec<u8>)> = self
            .read(sql, &[Arg::Number(case_id), Arg::Number(no)])
            .await?;
        let paper = |(case_id, no, sealed)| PaperRow {
            case_id,
            no,
            sealed,
        };
        Ok(rows.into_iter().next().map(paper))
    }

    /// All papers of one case, for a check against its history.
    pub async fn papers_of(&self, case_id: i64) -> Result<Vec<PaperRow>, StoreError> {
        let sql = "SELECT case_id, no, sealed FROM paper WHERE case_id = $1 ORDER BY no";
        let rows: Vec<(i64, i64, Vec<u8>)> = self.read(sql, &[Arg::Number(case_id)]).await?;
        let paper = |(case_id, no, sealed)| PaperRow {
            case_id,
            no,
            sealed,
        };
        Ok(rows.into_iter().map(paper).collect())
    }

    /// Reserves `count` running numbers under `name` and answers the first, from 1; none is ever given twice.
    pub async fn reserve(&self, name: &str, count: i64) -> Result<i64, StoreError> {
        let sql = "INSERT INTO counter (name, value) VALUES ($1, $2) \
                   ON CONFLICT (name) DO UPDATE SET value = counter.value + excluded.value RETURNING value";
        let args = [Arg::Text(name), Arg::Number(count)];
        let rows: Vec<(i64,)> = self.write(sql, &args).await?;
        let last = rows.first().ok_or(StoreError::Damaged("counter"))?;
        Ok(last.0 - count + 1)
    }

    /// Numbers for new cases that nobody else gives: for one process all above the greatest, for one node of several a block.
    pub async fn reserve_cases(&self) -> Result<std::ops::Range<i64>, StoreError> {
        match self {
            Self::Sqlite(_) => {
                let rows: Vec<(i64,)> = self
                    .read("SELECT coalesce(max(id), 0) FROM case_row", &[])
                    .await?;
                Ok(rows.first().map_or(0, |row| row.0) + 1..i64::MAX)
            }
            Self::Postgres(_) => {
                let first = self.reserve("case", BLOCK).await?;
                Ok(first..first + BLOCK)
            }
        }
    }

    /// Puts a case that cannot be read into fault: its timers rest, other cases go on (G13).
    pub async fn contain(&self, case_id: i64) -> Result<(), StoreError> {
        let case = [Arg::Number(case_id)];
        let sql = "UPDATE case_row SET status = 'fault' WHERE id = $1 RETURNING id";
        let _: Vec<(i64,)> = self.write(sql, &case).await?;
        let sql = "UPDATE timer SET due = $2 WHERE case_id = $1 RETURNING no";
        let args = [Arg::Number(case_id), Arg::Number(NEVER)];
        let _: Vec<(i64,)> = self.write(sql, &args).await?;
        Ok(())
    }

    /// Lets one timer rest: its case does not know it, or cannot take it.
    pub async fn rest_timer(&self, timer: TimerRow) -> Result<(), StoreError> {
        let sql = "UPDATE timer SET due = $3 WHERE case_id = $1 AND no = $2 RETURNING no";
        let args = [timer.case_id, timer.no, NEVER].map(Arg::Number);
        let _: Vec<(i64,)> = self.write(sql, &args).await?;
        Ok(())
    }

    /// All timer rows of one case, for a check against its history.
    pub async fn timers_of(&self, case_id: i64) -> Result<Vec<TimerRow>, StoreError> {
        let sql = "SELECT due, case_id, no FROM timer WHERE case_id = $1 ORDER BY no";
        let rows: Vec<(i64, i64, i64)> = self.read(sql, &[Arg::Number(case_id)]).await?;
        let timer = |(due, case_id, no)| TimerRow { due, case_id, no };
        Ok(rows.into_iter().map(timer).collect())
    }

    /// Forgets receipts that have expired at `now` (G3: keys live at least seven days).
    pub async fn forget_receipts(&self, now: i64) -> Result<(), StoreError> {
        let sql = "DELETE FROM receipt WHERE expires < $1";
        let _: Vec<(i64,)> = self.write(sql, &[Arg::Number(now)]).await?;
        Ok(())
    }
}

fn leased(row: Lease) -> Leased {
    let (case_id, seq, position, kind, body, next_at, attempts, lease, since) = row;
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
        since,
    }
}
