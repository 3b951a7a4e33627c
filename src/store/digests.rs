//! When each office had its last digest, and which offices have work.
use super::dialect::Arg;
use super::{Store, StoreError};
use std::collections::BTreeSet;

impl Store {
    /// The last digest of each office: `city/department`, and when it was due.
    pub async fn digests(&self) -> Result<Vec<(String, i64)>, StoreError> {
        self.read("SELECT place, at FROM digest", &[]).await
    }

    /// Notes that the digest of an office has been seen to.
    pub async fn note_digest(&self, place: &str, at: i64) -> Result<(), StoreError> {
        let sql = "INSERT INTO digest (place, at) VALUES ($1, $2) \
                   ON CONFLICT (place) DO UPDATE SET at = excluded.at WHERE digest.at < excluded.at RETURNING at";
        let _: Vec<(i64,)> = self
            .write(sql, &[Arg::Text(place), Arg::Number(at)])
            .await?;
        Ok(())
    }

    /// The offices with open tasks, as `city/department`.
    pub async fn offices_at_work(&self) -> Result<BTreeSet<String>, StoreError> {
        let sql = "SELECT DISTINCT city, department FROM task ORDER BY city, department";
        let rows: Vec<(String, String)> = self.read(sql, &[]).await?;
        let place = |(city, department)| format!("{city}/{department}");
        Ok(rows.into_iter().map(place).collect())
    }
}
