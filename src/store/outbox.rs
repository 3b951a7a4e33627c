//! What is owed to the outside, until it is sent, dead or obsolete.
use super::dialect::Arg;
use super::{OutboxId, OutboxRow, Store, StoreError};

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

const STATED: &str = "SELECT case_id, seq, position, kind, body, next_at, attempts, lease, since, state, answer FROM outbox";

/// What does not arrive: the two halves each have their own index.
pub(super) const BACKLOG: &str = "SELECT kind, state, count(*) FROM outbox WHERE state = 'waiting' GROUP BY kind, state \
     UNION ALL SELECT kind, state, count(*) FROM outbox WHERE state = 'dead' GROUP BY kind, state ORDER BY 1, 2";

impl Store {
    /// Lends up to `limit` messages of a kind, or of any, due at `now` until `until`, in order of age; unsettled ones come back then.
    /// Only those of an age, if one is given: first to leave at or before it.
    pub async fn lease(
        &self,
        kind: Option<&str>,
        now: i64,
        until: i64,
        limit: i64,
        of_age: Option<i64>,
    ) -> Result<Vec<Leased>, StoreError> {
        let oldest = self.oldest(kind.map_or("", |_| "AND kind = $5"));
        let sql = format!(
            "UPDATE outbox SET lease = lease + 1, attempts = attempts + 1, next_at = $4 WHERE (case_id, seq, position) IN \
             ({oldest}) RETURNING case_id, seq, position, kind, body, next_at, attempts, lease, since"
        );
        let numbers = [now, of_age.unwrap_or(now), limit, until].map(Arg::Number);
        let numbers = numbers.into_iter();
        let args: Vec<Arg<'_>> = numbers.chain(kind.map(Arg::Text)).collect();
        let rows: Vec<Lease> = self.write(&sql, &args).await?;
        let mut leased: Vec<Leased> = rows.into_iter().map(leased).collect();
        leased.sort_by_key(|message| (message.since, message.row.id));
        Ok(leased)
    }

    /// The oldest of what is due. It was to leave by now: what is planned for later is not even looked at.
    fn oldest(&self, of_kind: &str) -> String {
        let skip = match self {
            Self::Sqlite(_) => "",
            Self::Postgres(_) => "FOR UPDATE SKIP LOCKED",
        };
        format!(
            "SELECT case_id, seq, position FROM outbox WHERE state = 'waiting' {of_kind} AND since <= $2 AND next_at <= $1 \
             ORDER BY since LIMIT $3 {skip}"
        )
    }

    /// How the database looks for what [`Store::lease`] lends of a kind: line by line, in its own words.
    pub async fn plan_of_lease(&self, kind: &str, now: i64) -> Result<Vec<String>, StoreError> {
        let sql = self.oldest("AND kind = $4");
        let numbers = [now, now, 64].map(Arg::Number).into_iter();
        let args: Vec<Arg<'_>> = numbers.chain([Arg::Text(kind)]).collect();
        match self {
            Self::Sqlite(_) => {
                let sql = format!("EXPLAIN QUERY PLAN {sql}");
                let rows: Vec<(i64, i64, i64, String)> = self.read(&sql, &args).await?;
                Ok(rows.into_iter().map(|row| row.3).collect())
            }
            Self::Postgres(_) => {
                let rows: Vec<(String,)> = self.read(&format!("EXPLAIN {sql}"), &args).await?;
                Ok(rows.into_iter().map(|row| row.0).collect())
            }
        }
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
        let sql = format!(
            "{STATED} WHERE ($1 = 0 OR case_id = $1) AND ($2 = '' OR state = $2) AND state NOT IN ('queued', 'entered', 'left') \
             ORDER BY case_id DESC, seq DESC, position DESC LIMIT $3"
        );
        let args = [
            Arg::Number(case_id.unwrap_or(0)),
            Arg::Text(state.unwrap_or("")),
            Arg::Number(limit),
        ];
        let rows: Vec<Stated> = self.read(&sql, &args).await?;
        Ok(rows.into_iter().map(message).collect())
    }

    /// One message, whatever became of it.
    pub async fn message(&self, id: OutboxId) -> Result<Option<Message>, StoreError> {
        let sql = format!("{STATED} WHERE case_id = $1 AND seq = $2 AND position = $3");
        let key = [id.case_id, id.seq, id.position].map(Arg::Number);
        let rows: Vec<Stated> = self.read(&sql, &key).await?;
        Ok(rows.into_iter().next().map(message))
    }

    /// Lets a message that waits for later leave at `now`; answers whether there is such a message.
    pub async fn hasten(&self, id: OutboxId, now: i64) -> Result<bool, StoreError> {
        let sql = "UPDATE outbox SET next_at = $4 WHERE case_id = $1 AND seq = $2 AND position = $3 \
                   AND state = 'waiting' RETURNING lease";
        let args = [id.case_id, id.seq, id.position, now].map(Arg::Number);
        let rows: Vec<(i64,)> = self.write(sql, &args).await?;
        Ok(!rows.is_empty())
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

    /// When the next message of a kind, or of any, wants to be sent; `now` or earlier if one does already. However many wait, the
    /// first one due ends the search, and what is planned is looked up by its time.
    pub async fn next_message(
        &self,
        kind: Option<&str>,
        now: i64,
    ) -> Result<Option<i64>, StoreError> {
        let of_kind = kind.map_or("", |_| "AND kind = $2");
        let queries = [
            "SELECT next_at FROM outbox WHERE state = 'waiting' {} AND since <= $1 AND next_at <= $1 LIMIT 1",
            "SELECT min(next_at) FROM (SELECT min(next_at) AS next_at FROM outbox WHERE state = 'waiting' {} AND since <= $1 \
             UNION ALL SELECT min(since) AS next_at FROM outbox WHERE state = 'waiting' {} AND since > $1) AS planned",
        ];
        for query in queries {
            let sql = query.replace("{}", of_kind);
            let now = std::iter::once(Arg::Number(now));
            let args: Vec<Arg<'_>> = now.chain(kind.map(Arg::Text)).collect();
            let rows: Vec<(Option<i64>,)> = self.read(&sql, &args).await?;
            if let Some((Some(at),)) = rows.first() {
                return Ok(Some(*at));
            }
        }
        Ok(None)
    }

    /// How many messages of each kind wait, and how many are dead: kind, state, count.
    pub async fn backlog(&self) -> Result<Vec<(String, String, i64)>, StoreError> {
        self.read(BACKLOG, &[]).await
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

fn message(row: Stated) -> Message {
    let (case_id, seq, position, kind, body, next_at, attempts, lease, since, state, answer) = row;
    let leased = leased((
        case_id, seq, position, kind, body, next_at, attempts, lease, since,
    ));
    Message {
        leased,
        state,
        answer,
    }
}
