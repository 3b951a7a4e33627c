//! Certificates of recognition, found by the person they are about.
use super::dialect::{Arg, by_name};
use super::{Store, StoreError};

/// A certificate that a case has given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CertificateRow {
    /// The case.
    pub case_id: i64,
    /// Keyed hash of its kind and of the ID number of the person it is about.
    pub sought: i64,
    /// The first moment in which it is in force no more.
    pub until: i64,
}

by_name!(CertificateRow {
    case_id,
    sought,
    until
});

/// So many are found at most; whoever has more has the latest.
const MOST: i64 = 20;

impl Store {
    /// The certificates in force at an instant that are known by one of these hashes, the latest first.
    pub async fn certificates(
        &self,
        sought: &[i64],
        now: i64,
    ) -> Result<Vec<CertificateRow>, StoreError> {
        let among = self.among("sought", 1);
        let sql = format!(
            "SELECT case_id, sought, until FROM certificate WHERE {among} AND until > $2 ORDER BY case_id DESC LIMIT $3"
        );
        let args = [Arg::Ids(sought), Arg::Number(now), Arg::Number(MOST)];
        self.read(&sql, &args).await
    }

    /// The certificate of a case, also one that has ended.
    pub async fn certificate_of(&self, case_id: i64) -> Result<Option<CertificateRow>, StoreError> {
        let sql = "SELECT case_id, sought, until FROM certificate WHERE case_id = $1";
        let rows = self.read(sql, &[Arg::Number(case_id)]).await?;
        Ok(rows.into_iter().next())
    }
}
