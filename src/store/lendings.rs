//! Posts lent to somebody of another city, in some matters and for some days. A row says by which right somebody acted, and is never
//! taken away.
use super::accounts::{Accounts, Pool, fetch};
use super::dialect::Arg;
use super::{Store, StoreError};

/// A post lent to somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LendingRow {
    /// Its number.
    pub id: i64,
    /// To whom.
    pub person: String,
    /// The post, `city/department/post`.
    pub post: String,
    /// In these matters.
    pub matters: Vec<String>,
    /// From this instant on, UTC milliseconds.
    pub begins: i64,
    /// Until this one, which is not included.
    pub ends: i64,
    /// Why.
    pub reason: String,
    /// Who asked for it.
    pub asked_by: String,
    /// When, UTC milliseconds.
    pub asked: i64,
    /// The second person, who agreed; until then it holds for nobody.
    pub approved_by: Option<String>,
    /// When, UTC milliseconds.
    pub approved: Option<i64>,
    /// Who took the post back before its time.
    pub ended_by: Option<String>,
}

type Lending = (
    i64,
    String,
    String,
    String,
    i64,
    i64,
    String,
    String,
    i64,
    Option<String>,
    Option<i64>,
    Option<String>,
);

const LENDING: &str = "SELECT id, person, post, matters, begins, ends, reason, asked_by, asked, approved_by, approved, ended_by FROM lending";

impl LendingRow {
    /// Whether it is in effect at an instant.
    pub fn is_at(&self, at: i64) -> bool {
        self.approved.is_some() && self.begins <= at && at < self.ends
    }

    /// Whether it holds for a matter.
    pub fn covers(&self, matter: &str) -> bool {
        self.matters.iter().any(|m| m == matter)
    }
}

impl Accounts {
    /// Lendings that end after an instant, by their beginning.
    pub async fn lendings(&self, after: i64) -> Result<Vec<LendingRow>, StoreError> {
        let sql = format!("{LENDING} WHERE ends > $1 ORDER BY begins, id");
        let rows: Vec<Lending> = fetch!(self, sqlx::AssertSqlSafe(sql.clone()), after)?;
        Ok(rows.into_iter().map(lending).collect())
    }

    /// Keeps a lending.
    pub async fn lend(&self, row: &LendingRow) -> Result<(), StoreError> {
        let sql = "INSERT INTO lending (id, person, post, matters, begins, ends, reason, asked_by, asked, approved_by, approved, ended_by) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) RETURNING id";
        let matters = serde_json::Value::from(row.matters.clone()).to_string();
        let _: Vec<(i64,)> = fetch!(
            self,
            sql,
            row.id,
            &row.person,
            &row.post,
            &matters,
            row.begins,
            row.ends,
            &row.reason,
            &row.asked_by,
            row.asked,
            &row.approved_by,
            row.approved,
            &row.ended_by
        )?;
        self.changed()
    }

    /// A second person agrees, who neither asked nor is lent; false: there is nothing for him to agree to.
    pub async fn approve_lending(&self, id: i64, by: &str, now: i64) -> Result<bool, StoreError> {
        let sql = "UPDATE lending SET approved_by = $2, approved = $3 \
                   WHERE id = $1 AND approved IS NULL AND ends > $3 AND asked_by <> $2 AND person <> $2 RETURNING id";
        let rows: Vec<(i64,)> = fetch!(self, sql, id, by, now)?;
        self.changed()?;
        Ok(!rows.is_empty())
    }

    /// Takes a post back before its time; false: it has ended, or there is none.
    pub async fn end_lending(&self, id: i64, by: &str, now: i64) -> Result<bool, StoreError> {
        let sql = "UPDATE lending SET ends = CASE WHEN begins > $3 THEN begins ELSE $3 END, ended_by = $2 \
                   WHERE id = $1 AND ends > $3 RETURNING id";
        let rows: Vec<(i64,)> = fetch!(self, sql, id, by, now)?;
        self.changed()?;
        Ok(!rows.is_empty())
    }
}

impl Store {
    /// Lendings of a post that are in effect at an instant, to persons who are in service.
    pub(crate) async fn lent(&self, post: &str, at: i64) -> Result<Vec<LendingRow>, StoreError> {
        let sql = format!(
            "{LENDING} WHERE post = $1 AND approved IS NOT NULL AND begins <= $2 AND ends > $2 \
             AND person IN (SELECT id FROM account WHERE state = 'active') ORDER BY id"
        );
        let rows: Vec<Lending> = self.read(&sql, &[Arg::Text(post), Arg::Number(at)]).await?;
        Ok(rows.into_iter().map(lending).collect())
    }
}

fn lending(row: Lending) -> LendingRow {
    let (id, person, post, matters, begins, ends, reason, asked_by, asked, by, approved, ended_by) =
        row;
    LendingRow {
        id,
        person,
        post,
        matters: serde_json::from_str(&matters).unwrap_or_default(),
        begins,
        ends,
        reason,
        asked_by,
        asked,
        approved_by: by,
        approved,
        ended_by,
    }
}
