//! Notes of offices on cases.
use super::dialect::Arg;
use super::{Store, StoreError};

/// A note of an office among itself on a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteRow {
    /// Case.
    pub case_id: i64,
    /// UTC milliseconds; unique in its case.
    pub at: i64,
    /// Who wrote it.
    pub account: String,
    /// City of the office.
    pub city: String,
    /// Department of the office.
    pub department: String,
    /// What it says, sealed with the key of the case.
    pub sealed: Vec<u8>,
}

impl Store {
    /// Keeps a note; false: its moment is taken.
    pub async fn add_note(&self, row: &NoteRow) -> Result<bool, StoreError> {
        let sql = "INSERT INTO note (case_id, at, account, city, department, sealed) VALUES ($1, $2, $3, $4, $5, $6) \
                   ON CONFLICT (case_id, at) DO NOTHING RETURNING at";
        let args = [
            Arg::Number(row.case_id),
            Arg::Number(row.at),
            Arg::Text(&row.account),
            Arg::Text(&row.city),
            Arg::Text(&row.department),
            Arg::Bytes(&row.sealed),
        ];
        let rows: Vec<(i64,)> = self.write(sql, &args).await?;
        Ok(!rows.is_empty())
    }

    /// The moment of the last note on a case, whoever wrote it.
    pub async fn last_note(&self, case_id: i64) -> Result<Option<i64>, StoreError> {
        let sql = "SELECT at FROM note WHERE case_id = $1 ORDER BY at DESC LIMIT 1";
        let rows: Vec<(i64,)> = self.read(sql, &[Arg::Number(case_id)]).await?;
        Ok(rows.first().map(|row| row.0))
    }

    /// The notes of an office on a case, the newest first.
    pub async fn notes(
        &self,
        case_id: i64,
        city: &str,
        department: &str,
    ) -> Result<Vec<NoteRow>, StoreError> {
        let sql = "SELECT at, account, sealed FROM note WHERE case_id = $1 AND city = $2 AND department = $3 ORDER BY at DESC";
        let args = [Arg::Number(case_id), Arg::Text(city), Arg::Text(department)];
        let rows: Vec<(i64, String, Vec<u8>)> = self.read(sql, &args).await?;
        let note = |(at, account, sealed)| NoteRow {
            case_id,
            at,
            account,
            city: city.to_owned(),
            department: department.to_owned(),
            sealed,
        };
        Ok(rows.into_iter().map(note).collect())
    }
}
