//! Second factors of persons, their recovery codes, and the record of those that were taken away.
use super::StoreError;
use super::accounts::{Accounts, Pool, fetch};
use super::codec::Hash;

/// The second factor of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactorRow {
    /// Whose.
    pub account: String,
    /// The secret of his device, sealed.
    pub sealed: Vec<u8>,
    /// The last step of time of which a code was taken.
    pub taken: i64,
    /// Since when he has it, UTC milliseconds.
    pub since: i64,
}

/// A factor that is to be taken away, or has been.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResetRow {
    /// Whose.
    pub account: String,
    /// When it was asked for, UTC milliseconds.
    pub asked: i64,
    /// Who asked.
    pub asked_by: String,
    /// Why.
    pub reason: String,
    /// When it was done.
    pub done: Option<i64>,
    /// The second person, who did it.
    pub done_by: Option<String>,
}

type Reset = (String, i64, String, String, Option<i64>, Option<String>);

impl Accounts {
    /// The second factor of a person.
    pub async fn factor(&self, account: &str) -> Result<Option<FactorRow>, StoreError> {
        let sql = "SELECT account, sealed, taken, since FROM factor WHERE account = $1";
        let rows: Vec<(String, Vec<u8>, i64, i64)> = fetch!(self, sql, account)?;
        let row = |(account, sealed, taken, since)| FactorRow {
            account,
            sealed,
            taken,
            since,
        };
        Ok(rows.into_iter().next().map(row))
    }

    /// Who has a second factor, and since when.
    pub async fn factors(&self) -> Result<Vec<(String, i64)>, StoreError> {
        let sql = "SELECT account, since FROM factor ORDER BY account";
        Ok(fetch!(self, sql)?)
    }

    /// Gives a person a second factor in place of the one he had, if any.
    pub async fn keep_factor(&self, row: &FactorRow) -> Result<(), StoreError> {
        let sql = "INSERT INTO factor (account, sealed, taken, since) VALUES ($1, $2, $3, $4) ON CONFLICT (account) \
                   DO UPDATE SET sealed = excluded.sealed, taken = excluded.taken, since = excluded.since RETURNING since";
        let _: Vec<(i64,)> = fetch!(self, sql, &row.account, &row.sealed, row.taken, row.since)?;
        Ok(())
    }

    /// Takes the code of a step of time; false: one of this step or of a later one was taken before.
    pub async fn take_step(&self, account: &str, step: i64) -> Result<bool, StoreError> {
        let sql = "UPDATE factor SET taken = $2 WHERE account = $1 AND taken < $2 RETURNING since";
        let rows: Vec<(i64,)> = fetch!(self, sql, account, step)?;
        Ok(!rows.is_empty())
    }

    /// Keeps recovery codes in place of those there were.
    pub async fn keep_recovery(&self, account: &str, codes: &[Hash]) -> Result<(), StoreError> {
        let sql = "DELETE FROM recovery WHERE account = $1 RETURNING account";
        let _: Vec<(String,)> = fetch!(self, sql, account)?;
        let sql = "INSERT INTO recovery (account, hash) VALUES ($1, $2) RETURNING account";
        for code in codes {
            let _: Vec<(String,)> = fetch!(self, sql, account, code.to_vec())?;
        }
        Ok(())
    }

    /// Takes a recovery code, which goes by it; false: there is none such.
    pub async fn take_recovery(&self, account: &str, code: &Hash) -> Result<bool, StoreError> {
        let sql = "DELETE FROM recovery WHERE account = $1 AND hash = $2 RETURNING account";
        let rows: Vec<(String,)> = fetch!(self, sql, account, code.to_vec())?;
        Ok(!rows.is_empty())
    }

    /// How many recovery codes a person has left.
    pub async fn recovery_left(&self, account: &str) -> Result<i64, StoreError> {
        let sql = "SELECT count(*) FROM recovery WHERE account = $1";
        let rows: Vec<(i64,)> = fetch!(self, sql, account)?;
        Ok(rows.first().map_or(0, |row| row.0))
    }

    /// Takes a person's second factor away, with his recovery codes.
    pub async fn drop_factor(&self, account: &str) -> Result<(), StoreError> {
        let sql = "DELETE FROM factor WHERE account = $1 RETURNING account";
        let _: Vec<(String,)> = fetch!(self, sql, account)?;
        self.keep_recovery(account, &[]).await
    }

    /// Asks that a factor be taken away; false: that was asked in this very moment.
    pub async fn ask_reset(&self, row: &ResetRow) -> Result<bool, StoreError> {
        let sql = "INSERT INTO factor_reset (account, asked, asked_by, reason, done, done_by) VALUES ($1, $2, $3, $4, NULL, NULL) \
                   ON CONFLICT (account, asked) DO NOTHING RETURNING asked";
        let rows: Vec<(i64,)> = fetch!(
            self,
            sql,
            &row.account,
            row.asked,
            &row.asked_by,
            &row.reason
        )?;
        Ok(!rows.is_empty())
    }

    /// Notes that a second person does what was asked: neither the one who asked nor the one it is about (G54), and only with the factor
    /// that was meant; false: there is nothing such that he could do.
    pub async fn do_reset(
        &self,
        account: &str,
        asked: i64,
        by: &str,
        now: i64,
    ) -> Result<bool, StoreError> {
        let sql = "UPDATE factor_reset SET done = $4, done_by = $3 WHERE account = $1 AND asked = $2 AND done IS NULL \
                   AND asked_by <> $3 AND account <> $3 AND EXISTS (SELECT 1 FROM factor WHERE factor.account = $1 AND since <= $2) \
                   RETURNING asked";
        let rows: Vec<(i64,)> = fetch!(self, sql, account, asked, by, now)?;
        Ok(!rows.is_empty())
    }

    /// What was asked, the newest first: all that waits, and the latest that were done.
    pub async fn resets(&self) -> Result<Vec<ResetRow>, StoreError> {
        let sql = "SELECT account, asked, asked_by, reason, done, done_by FROM factor_reset \
                   ORDER BY CASE WHEN done IS NULL THEN 0 ELSE 1 END, asked DESC, account LIMIT 100";
        let rows: Vec<Reset> = fetch!(self, sql)?;
        let row = |(account, asked, asked_by, reason, done, done_by)| ResetRow {
            account,
            asked,
            asked_by,
            reason,
            done,
            done_by,
        };
        Ok(rows.into_iter().map(row).collect())
    }
}
