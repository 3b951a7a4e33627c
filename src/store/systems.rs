//! Other systems that are asked and heard: written like accounts, and read by the server.
use super::accounts::{Accounts, Pool, fetch};
use super::{Store, StoreError};
use crate::system::called;
use std::collections::BTreeSet;

/// A system as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SystemRow {
    /// The name matters ask it by.
    pub name: String,
    /// JSON of what holds.
    pub in_force: Option<String>,
    /// JSON of what is to hold once a second person agrees.
    pub wished: Option<String>,
    /// Who wishes it.
    pub wished_by: Option<String>,
    /// Its secrets, sealed.
    pub sealed: Vec<u8>,
    /// Whether it is asked and heard.
    pub on: bool,
    /// UTC milliseconds.
    pub changed: i64,
}

type Row = (
    String,
    Option<String>,
    Option<String>,
    Option<String>,
    Vec<u8>,
    String,
    i64,
);

const SYSTEMS: &str =
    "SELECT name, in_force, wished, wished_by, sealed, state, changed FROM system ORDER BY name";

impl Accounts {
    /// All systems, by name.
    pub async fn systems(&self) -> Result<Vec<SystemRow>, StoreError> {
        let rows: Vec<Row> = fetch!(self, SYSTEMS)?;
        Ok(rows.into_iter().map(system).collect())
    }

    /// Keeps a new system; false: there is one of this name.
    pub async fn add_system(&self, row: &SystemRow) -> Result<bool, StoreError> {
        let sql = "INSERT INTO system (name, in_force, wished, wished_by, sealed, state, changed) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (name) DO NOTHING RETURNING changed";
        let rows: Vec<(i64,)> = fetch!(
            self,
            sql,
            &row.name,
            &row.in_force,
            &row.wished,
            &row.wished_by,
            &row.sealed,
            state(row.on),
            row.changed
        )?;
        Ok(!rows.is_empty())
    }

    /// Notes what is to hold of a system, in place of an earlier wish; false: there is none of this name.
    pub async fn wish_system(
        &self,
        name: &str,
        wished: &str,
        by: &str,
        now: i64,
    ) -> Result<bool, StoreError> {
        let sql = "UPDATE system SET wished = $2, wished_by = $3, changed = $4 WHERE name = $1 RETURNING changed";
        let rows: Vec<(i64,)> = fetch!(self, sql, name, wished, by, now)?;
        Ok(!rows.is_empty())
    }

    /// Puts terms in force at once, as only the sandbox does; false: there is none of this name.
    pub async fn force_system(
        &self,
        name: &str,
        terms: &str,
        now: i64,
    ) -> Result<bool, StoreError> {
        let sql = "UPDATE system SET in_force = $2, changed = $3 WHERE name = $1 RETURNING changed";
        let rows: Vec<(i64,)> = fetch!(self, sql, name, terms, now)?;
        Ok(!rows.is_empty())
    }

    /// Puts in force what somebody else has wished, if it is still exactly this (G54); false: it is not.
    pub async fn approve_system(
        &self,
        name: &str,
        wished: &str,
        by: &str,
        now: i64,
    ) -> Result<bool, StoreError> {
        let sql = "UPDATE system SET in_force = wished, wished = NULL, wished_by = NULL, changed = $4 \
                   WHERE name = $1 AND wished = $2 AND wished_by <> $3 RETURNING changed";
        let rows: Vec<(i64,)> = fetch!(self, sql, name, wished, by, now)?;
        Ok(!rows.is_empty())
    }

    /// Keeps the secrets of a system.
    pub async fn seal_system(&self, row: &SystemRow) -> Result<(), StoreError> {
        let sql = "UPDATE system SET sealed = $2, changed = $3 WHERE name = $1 RETURNING changed";
        let _: Vec<(i64,)> = fetch!(self, sql, &row.name, &row.sealed, row.changed)?;
        Ok(())
    }

    /// Lets a system be asked and heard, or not; false: there is none of this name.
    pub async fn switch_system(&self, name: &str, on: bool, now: i64) -> Result<bool, StoreError> {
        let sql = "UPDATE system SET state = $2, changed = $3 WHERE name = $1 RETURNING changed";
        let rows: Vec<(i64,)> = fetch!(self, sql, name, state(on), now)?;
        Ok(!rows.is_empty())
    }

    /// Forgets a system; false: there is none of this name.
    pub async fn drop_system(&self, name: &str) -> Result<bool, StoreError> {
        let sql = "DELETE FROM system WHERE name = $1 RETURNING changed";
        let rows: Vec<(i64,)> = fetch!(self, sql, name)?;
        Ok(!rows.is_empty())
    }
}

impl Store {
    /// All systems, by name.
    pub async fn systems(&self) -> Result<Vec<SystemRow>, StoreError> {
        let rows: Vec<Row> = self.read(SYSTEMS, &[]).await?;
        Ok(rows.into_iter().map(system).collect())
    }

    /// The names calls that wait in the outbox are for.
    pub async fn called(&self) -> Result<BTreeSet<String>, StoreError> {
        let sql = "SELECT DISTINCT kind FROM outbox WHERE state = 'waiting' AND kind LIKE 'call:%'";
        let kinds: Vec<(String,)> = self.read(sql, &[]).await?;
        let names = kinds.iter().filter_map(|(kind,)| called(kind));
        Ok(names.map(str::to_owned).collect())
    }
}

fn state(on: bool) -> &'static str {
    if on { "on" } else { "off" }
}

fn system(row: Row) -> SystemRow {
    let (name, in_force, wished, wished_by, sealed, state, changed) = row;
    SystemRow {
        name,
        in_force,
        wished,
        wished_by,
        sealed,
        on: state == "on",
        changed,
    }
}
