//! Messages in the program itself, a row for each person who is told.
use super::dialect::Arg;
use super::{OutboxId, Store, StoreError};

/// Which message of somebody.
pub type BellKey = OutboxId;

/// A message in the program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BellRow {
    /// Who is told.
    pub person: String,
    /// The message in the outbox it comes from.
    pub id: BellKey,
    /// When it happened, UTC milliseconds.
    pub at: i64,
    /// What happened.
    pub about: String,
    /// As which post he is told.
    pub post: String,
    /// The task it is about.
    pub task: Option<i64>,
    /// For whom he is told as a deputy.
    pub for_whom: Option<String>,
    /// When he read it, UTC milliseconds.
    pub seen: Option<i64>,
}

type Bell = (
    String,
    i64,
    i64,
    i64,
    i64,
    String,
    String,
    Option<i64>,
    Option<String>,
    Option<i64>,
);

const BELL: &str =
    "SELECT person, case_id, seq, position, at, about, post, task, for_whom, seen FROM bell";

impl Store {
    /// Tells persons; who has been told of it already is not told again.
    pub async fn ring(&self, rows: &[BellRow]) -> Result<(), StoreError> {
        let sql = "INSERT INTO bell (person, case_id, seq, position, at, about, post, task, for_whom, seen) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, nullif($8, 0), nullif($9, ''), NULL) \
                   ON CONFLICT (person, case_id, seq, position) DO NOTHING RETURNING at";
        for row in rows {
            let args = [
                Arg::Text(&row.person),
                Arg::Number(row.id.case_id),
                Arg::Number(row.id.seq),
                Arg::Number(row.id.position),
                Arg::Number(row.at),
                Arg::Text(&row.about),
                Arg::Text(&row.post),
                Arg::Number(row.task.unwrap_or(0)),
                Arg::Text(row.for_whom.as_deref().unwrap_or("")),
            ];
            let _: Vec<(i64,)> = self.write(sql, &args).await?;
        }
        Ok(())
    }

    /// How many messages somebody has not read; counts no further than `most`.
    pub async fn unread(&self, person: &str, most: i64) -> Result<i64, StoreError> {
        let sql = "SELECT count(*) FROM (SELECT 1 FROM bell WHERE person = $1 AND seen IS NULL LIMIT $2) AS counted";
        let rows: Vec<(i64,)> = self
            .read(sql, &[Arg::Text(person), Arg::Number(most)])
            .await?;
        Ok(rows.first().map_or(0, |row| row.0))
    }

    /// Up to `limit` messages of somebody before one, the newest first; of those he has not read alone, if that is asked.
    pub async fn bells(
        &self,
        person: &str,
        unread: bool,
        before: Option<(i64, BellKey)>,
        limit: i64,
    ) -> Result<Vec<BellRow>, StoreError> {
        let unread = if unread { "AND seen IS NULL" } else { "" };
        let sql = format!(
            "{BELL} WHERE person = $1 {unread} AND (at, case_id, seq, position) < ($2, $3, $4, $5) \
             ORDER BY at DESC, case_id DESC, seq DESC, position DESC LIMIT $6"
        );
        let (at, id) = before.map_or((i64::MAX, [i64::MAX; 3]), |(at, id)| {
            (at, [id.case_id, id.seq, id.position])
        });
        let [case_id, seq, position] = id;
        let numbers = [at, case_id, seq, position, limit].map(Arg::Number);
        let args: Vec<Arg<'_>> = std::iter::once(Arg::Text(person)).chain(numbers).collect();
        let rows: Vec<Bell> = self.read(&sql, &args).await?;
        Ok(rows.into_iter().map(bell).collect())
    }

    /// A message of somebody.
    pub async fn bell(&self, person: &str, id: BellKey) -> Result<Option<BellRow>, StoreError> {
        let sql =
            format!("{BELL} WHERE person = $1 AND case_id = $2 AND seq = $3 AND position = $4");
        let numbers = [id.case_id, id.seq, id.position].map(Arg::Number);
        let args: Vec<Arg<'_>> = std::iter::once(Arg::Text(person)).chain(numbers).collect();
        let rows: Vec<Bell> = self.read(&sql, &args).await?;
        Ok(rows.into_iter().next().map(bell))
    }

    /// Notes that somebody has read a message, or all of them.
    pub async fn read_bells(
        &self,
        person: &str,
        id: Option<BellKey>,
        now: i64,
    ) -> Result<(), StoreError> {
        let one = match id {
            Some(_) => "AND case_id = $3 AND seq = $4 AND position = $5",
            None => "",
        };
        let sql = format!(
            "UPDATE bell SET seen = $2 WHERE person = $1 AND seen IS NULL {one} RETURNING at"
        );
        let numbers = id.map(|id| [id.case_id, id.seq, id.position].map(Arg::Number));
        let args = [Arg::Text(person), Arg::Number(now)].into_iter();
        let args: Vec<Arg<'_>> = args.chain(numbers.into_iter().flatten()).collect();
        let _: Vec<(i64,)> = self.write(&sql, &args).await?;
        Ok(())
    }

    /// Forgets messages older than an instant.
    pub async fn forget_bells(&self, before: i64) -> Result<(), StoreError> {
        let sql = "DELETE FROM bell WHERE at < $1 RETURNING at";
        let _: Vec<(i64,)> = self.write(sql, &[Arg::Number(before)]).await?;
        Ok(())
    }

    /// The accounts of persons in service with the posts they hold, as JSON lists.
    pub(crate) async fn people_in_service(&self) -> Result<Vec<(String, String)>, StoreError> {
        let sql =
            "SELECT id, posts FROM account WHERE state = 'active' AND kind = 'person' ORDER BY id";
        self.read(sql, &[]).await
    }
}

fn bell(row: Bell) -> BellRow {
    let (person, case_id, seq, position, at, about, post, task, for_whom, seen) = row;
    BellRow {
        person,
        id: OutboxId {
            case_id,
            seq,
            position,
        },
        at,
        about,
        post,
        task,
        for_whom,
        seen,
    }
}
