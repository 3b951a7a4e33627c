//! What persons may do and how that changed: asked for, agreed to, or taken away at once. Rows are added and settled, never taken away.
use super::StoreError;
use super::accounts::{Accounts, Pool, fetch, list};

/// A change of what a person may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RightsRow {
    /// Its number.
    pub id: i64,
    /// `add`, `give`, `take`, `disable`, `enable`.
    pub act: String,
    /// Whose.
    pub account: String,
    /// The name of somebody who is added; else empty.
    pub name: String,
    /// `city/department/post`; empty where it is about the account.
    pub post: String,
    /// Why.
    pub reason: String,
    /// UTC milliseconds.
    pub asked: i64,
    /// Who asked, or did it.
    pub asked_by: String,
    /// `asked`, `done`, `dropped`.
    pub state: String,
    /// When it was settled, UTC milliseconds.
    pub settled: Option<i64>,
    /// Who settled it.
    pub settled_by: Option<String>,
}

type Change = (
    i64,
    String,
    String,
    String,
    String,
    String,
    i64,
    String,
    String,
    Option<i64>,
    Option<String>,
);

const CHANGE: &str = "SELECT id, act, account, name, post, reason, asked, asked_by, state, settled, settled_by FROM rights_change";

impl Accounts {
    /// Puts a change on record.
    pub async fn add_rights(&self, row: &RightsRow) -> Result<(), StoreError> {
        let sql = "INSERT INTO rights_change (id, act, account, name, post, reason, asked, asked_by, state, settled, settled_by) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) RETURNING id";
        let _: Vec<(i64,)> = fetch!(
            self,
            sql,
            row.id,
            &row.act,
            &row.account,
            &row.name,
            &row.post,
            &row.reason,
            row.asked,
            &row.asked_by,
            &row.state,
            row.settled,
            &row.settled_by
        )?;
        Ok(())
    }

    /// A change by its number.
    pub async fn rights_change(&self, id: i64) -> Result<Option<RightsRow>, StoreError> {
        let sql = format!("{CHANGE} WHERE id = $1");
        let rows: Vec<Change> = fetch!(self, sqlx::AssertSqlSafe(sql.clone()), id)?;
        Ok(rows.into_iter().next().map(change))
    }

    /// All that waits for a second person, and the latest that were settled; the newest first.
    pub async fn rights_changes(&self, limit: i64) -> Result<Vec<RightsRow>, StoreError> {
        let sql = format!(
            "{CHANGE} ORDER BY CASE WHEN state = 'asked' THEN 0 ELSE 1 END, asked DESC, id LIMIT $1"
        );
        let rows: Vec<Change> = fetch!(self, sqlx::AssertSqlSafe(sql.clone()), limit)?;
        Ok(rows.into_iter().map(change).collect())
    }

    /// Settles what waits: `done` by neither the one who asked nor the one it is about (G54) unless it takes away, `dropped` by anybody. False: there is
    /// nothing such that he could settle.
    pub async fn settle_rights(
        &self,
        id: i64,
        to: &str,
        by: &str,
        now: i64,
    ) -> Result<bool, StoreError> {
        let sql = "UPDATE rights_change SET state = $2, settled = $4, settled_by = $3 WHERE id = $1 AND state = 'asked' \
                   AND ($2 = 'dropped' OR act IN ('take', 'disable') OR (asked_by <> $3 AND account <> $3)) RETURNING id";
        let rows: Vec<(i64,)> = fetch!(self, sql, id, to, by, now)?;
        Ok(!rows.is_empty())
    }

    /// Gives an account other posts, if it still has those it was seen with; false: it has not.
    pub async fn change_posts(
        &self,
        id: &str,
        from: &[String],
        to: &[String],
        now: i64,
    ) -> Result<bool, StoreError> {
        let sql = "UPDATE account SET posts = $3, changed = $4 WHERE id = $1 AND posts = $2 RETURNING changed";
        let rows: Vec<(i64,)> = fetch!(self, sql, id, list(from), list(to), now)?;
        self.changed()?;
        Ok(!rows.is_empty())
    }
}

fn change(row: Change) -> RightsRow {
    let (id, act, account, name, post, reason, asked, asked_by, state, settled, settled_by) = row;
    RightsRow {
        id,
        act,
        account,
        name,
        post,
        reason,
        asked,
        asked_by,
        state,
        settled,
        settled_by,
    }
}
