//! Leaps of the machine's clock, and who confirmed them.
use super::dialect::Arg;
use super::{Store, StoreError};

/// A leap of the clock that nobody has confirmed yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeapRow {
    /// What the clock showed, UTC milliseconds.
    pub seen: i64,
    /// What it should have shown.
    pub expected: i64,
}

/// The latest leap that nobody has confirmed.
pub(super) const OPEN: &str =
    "SELECT seen, expected FROM leap WHERE confirmed IS NULL ORDER BY seen DESC LIMIT 1";
/// All that are open are confirmed at once.
pub(super) const CONFIRM: &str =
    "UPDATE leap SET confirmed = $1, by_whom = $2 WHERE confirmed IS NULL RETURNING seen, expected";

impl From<(i64, i64)> for LeapRow {
    fn from((seen, expected): (i64, i64)) -> Self {
        LeapRow { seen, expected }
    }
}

impl Store {
    /// The latest leap that nobody has confirmed.
    pub async fn open_leap(&self) -> Result<Option<LeapRow>, StoreError> {
        let rows: Vec<(i64, i64)> = self.read(OPEN, &[]).await?;
        Ok(rows.into_iter().next().map(LeapRow::from))
    }

    /// Puts a leap on record.
    pub async fn note_leap(&self, leap: LeapRow) -> Result<(), StoreError> {
        let sql = "INSERT INTO leap (seen, expected, confirmed, by_whom) VALUES ($1, $2, NULL, NULL) ON CONFLICT (seen) DO NOTHING RETURNING seen";
        let args = [leap.seen, leap.expected].map(Arg::Number);
        let _: Vec<(i64,)> = self.write(sql, &args).await?;
        Ok(())
    }
}
