//! Brings back what was written: the history of a case, its row, and receipts.
use super::codec::Hash;
use super::dialect::Arg;
use super::{CaseRow, EventRow, ReceiptRow, Store, StoreError};

pub(super) type Event = (
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
pub(super) type Case = (
    i64,
    String,
    String,
    i64,
    String,
    i64,
    String,
    String,
    String,
    Option<i64>,
    Option<i64>,
    Option<Vec<u8>>,
    i64,
    Option<i64>,
    Option<Vec<u8>>,
    Option<i64>,
);

const EVENT: &str =
    "SELECT case_id, first_seq, seq, at, actor, facts, sealed, prev, hash FROM event";
pub(super) const CASE: &str = "SELECT id, number, matter, revision, status, version, accepting, deciding, level, due, parent, key, opened, closed, once, since FROM case_row";

impl Store {
    /// The history of a case after event `after` (0 for all), in order; empty if there is none.
    pub async fn events(&self, case_id: i64, after: i64) -> Result<Vec<EventRow>, StoreError> {
        let sql = format!("{EVENT} WHERE case_id = $1 AND first_seq > $2 ORDER BY first_seq");
        let rows: Vec<Event> = self
            .read(&sql, &[Arg::Number(case_id), Arg::Number(after)])
            .await?;
        rows.into_iter().map(event).collect()
    }

    /// The row of a history that holds event `seq`.
    pub async fn event(&self, case_id: i64, seq: i64) -> Result<Option<EventRow>, StoreError> {
        let sql = format!(
            "{EVENT} WHERE case_id = $1 AND first_seq <= $2 AND seq >= $2 ORDER BY first_seq DESC LIMIT 1"
        );
        let args = [Arg::Number(case_id), Arg::Number(seq)];
        let rows: Vec<Event> = self.read(&sql, &args).await?;
        rows.into_iter().next().map(event).transpose()
    }

    /// The histories of several cases, each in order.
    pub async fn histories(&self, cases: &[i64]) -> Result<Vec<EventRow>, StoreError> {
        let among = self.among("case_id", 1);
        let sql = format!("{EVENT} WHERE {among} ORDER BY case_id, first_seq");
        let rows: Vec<Event> = self.read(&sql, &[Arg::Ids(cases)]).await?;
        rows.into_iter().map(event).collect()
    }

    /// The rows of several cases.
    pub async fn case_rows(&self, cases: &[i64]) -> Result<Vec<CaseRow>, StoreError> {
        let sql = format!("{CASE} WHERE {}", self.among("id", 1));
        let rows: Vec<Case> = self.read(&sql, &[Arg::Ids(cases)]).await?;
        Ok(rows.into_iter().map(case).collect())
    }

    /// The next `limit` cases after case `after`, oldest first.
    pub async fn cases_after(&self, after: i64, limit: i64) -> Result<Vec<CaseRow>, StoreError> {
        let sql = format!("{CASE} WHERE id > $1 ORDER BY id LIMIT $2");
        let args = [Arg::Number(after), Arg::Number(limit)];
        let rows: Vec<Case> = self.read(&sql, &args).await?;
        Ok(rows.into_iter().map(case).collect())
    }

    /// A case that has a history and no row, if there is one.
    pub async fn history_without_case(&self) -> Result<Option<i64>, StoreError> {
        let sql = "SELECT case_id FROM event WHERE NOT EXISTS (SELECT 1 FROM case_row WHERE id = event.case_id) LIMIT 1";
        let rows: Vec<(i64,)> = self.read(sql, &[]).await?;
        Ok(rows.first().map(|row| row.0))
    }

    /// The row of a case.
    pub async fn case(&self, id: i64) -> Result<Option<CaseRow>, StoreError> {
        self.one_case("id", Arg::Number(id)).await
    }

    /// The row of the case people know by `number`.
    pub async fn case_by_number(&self, number: &str) -> Result<Option<CaseRow>, StoreError> {
        self.one_case("number", Arg::Text(number)).await
    }

    /// The row of the open case that has this in [`CaseRow::once`].
    pub async fn case_by_once(&self, once: &[u8]) -> Result<Option<CaseRow>, StoreError> {
        self.one_case("once", Arg::Bytes(once)).await
    }

    /// What was answered to `caller` for this key on this case (0 for a command that opens one).
    pub async fn receipt(
        &self,
        case_id: i64,
        caller: &str,
        key_hash: &Hash,
    ) -> Result<Option<ReceiptRow>, StoreError> {
        let sql = "SELECT body_hash, answer, expires FROM receipt WHERE case_id = $1 AND caller = $2 AND key_hash = $3";
        let args = [
            Arg::Number(case_id),
            Arg::Text(caller),
            Arg::Bytes(key_hash),
        ];
        let rows: Vec<(Vec<u8>, String, i64)> = self.read(sql, &args).await?;
        let Some((body_hash, answer, expires)) = rows.into_iter().next() else {
            return Ok(None);
        };
        let (caller, key_hash, body_hash) = (caller.to_owned(), *key_hash, hash(body_hash)?);
        Ok(Some(ReceiptRow {
            case_id,
            caller,
            key_hash,
            body_hash,
            answer,
            expires,
        }))
    }

    async fn one_case(&self, column: &str, arg: Arg<'_>) -> Result<Option<CaseRow>, StoreError> {
        let rows: Vec<Case> = self
            .read(&format!("{CASE} WHERE {column} = $1"), &[arg])
            .await?;
        Ok(rows.into_iter().next().map(case))
    }
}

pub(super) fn event(row: Event) -> Result<EventRow, StoreError> {
    let (case_id, first_seq, seq, at, actor, facts, sealed, prev, own) = row;
    Ok(EventRow {
        case_id,
        first_seq,
        seq,
        at,
        actor,
        facts,
        sealed,
        prev: hash(prev)?,
        hash: hash(own)?,
    })
}

pub(super) fn case(row: Case) -> CaseRow {
    let (
        id,
        number,
        matter,
        revision,
        status,
        version,
        accepting,
        deciding,
        level,
        due,
        parent,
        key,
        opened,
        closed,
        once,
        since,
    ) = row;
    CaseRow {
        id,
        number,
        matter,
        revision,
        status,
        version,
        accepting,
        deciding,
        level,
        due,
        parent,
        key,
        opened,
        closed,
        once,
        since,
    }
}

fn hash(bytes: Vec<u8>) -> Result<Hash, StoreError> {
    bytes.try_into().map_err(|_| StoreError::Damaged("hash"))
}
