//! How far open limits have been worked out anew on changed calendars, and which are different by it.
use super::dialect::{Arg, by_name};
use super::{Store, StoreError};

/// Working out anew on one version of the calendars.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecountRow {
    /// Version of the calendars.
    pub calendar: i64,
    /// UTC milliseconds.
    pub began: i64,
    /// UTC milliseconds; none: it goes on.
    pub ended: Option<i64>,
    /// The last case looked at.
    pub upto: i64,
    /// So many cases in flight were looked at.
    pub cases: i64,
}

by_name!(RecountRow {
    calendar,
    began,
    ended,
    upto,
    cases,
});

/// A limit that is different.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MovedRow {
    /// Version of the calendars.
    pub calendar: i64,
    /// Case.
    pub case_id: i64,
    /// The limit.
    pub clock: String,
    /// Its end before, UTC milliseconds.
    pub was: i64,
    /// Its end now, UTC milliseconds.
    pub due: i64,
    /// It goes by published calendars alone.
    pub firm: bool,
}

/// How many limits of a version are different.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MovedSum {
    /// They end later.
    pub later: i64,
    /// They end earlier.
    pub earlier: i64,
    /// They end as before, and do so for certain now.
    pub firm: i64,
}

impl Store {
    /// All versions on which limits were worked out anew, newest first.
    pub async fn recounts(&self) -> Result<Vec<RecountRow>, StoreError> {
        let sql = "SELECT calendar, began, ended, upto, cases FROM recount ORDER BY calendar DESC";
        self.read(sql, &[]).await
    }

    /// Puts on record how far it has come.
    pub async fn note_recount(&self, row: RecountRow) -> Result<(), StoreError> {
        let sql = "INSERT INTO recount (calendar, began, ended, upto, cases) VALUES ($1, $2, NULLIF($3, 0), $4, $5) \
                   ON CONFLICT (calendar) DO UPDATE SET ended = excluded.ended, upto = excluded.upto, cases = excluded.cases \
                   RETURNING calendar";
        let ended = row.ended.unwrap_or_default();
        let args = [row.calendar, row.began, ended, row.upto, row.cases].map(Arg::Number);
        let _: Vec<(i64,)> = self.write(sql, &args).await?;
        Ok(())
    }

    /// Puts limits on record that are different; those that are known stay.
    pub async fn note_moved(&self, rows: &[MovedRow]) -> Result<(), StoreError> {
        for row in rows {
            let sql = "INSERT INTO moved (calendar, case_id, clock, was, due, firm) VALUES ($1, $2, $3, $4, $5, $6) \
                       ON CONFLICT DO NOTHING RETURNING case_id";
            let args = [
                Arg::Number(row.calendar),
                Arg::Number(row.case_id),
                Arg::Text(&row.clock),
                Arg::Number(row.was),
                Arg::Number(row.due),
                Arg::Number(row.firm.into()),
            ];
            let _: Vec<(i64,)> = self.write(sql, &args).await?;
        }
        Ok(())
    }

    /// How many limits of a version are different, and how.
    pub async fn moved_sum(&self, calendar: i64) -> Result<MovedSum, StoreError> {
        let count = |what: &str| format!("coalesce(sum(CASE WHEN {what} THEN 1 ELSE 0 END), 0)");
        let sql = format!(
            "SELECT {}, {}, {} FROM moved WHERE calendar = $1",
            count("due > was"),
            count("due < was"),
            count("due = was AND firm = 1")
        );
        let rows: Vec<(i64, i64, i64)> = self.read(&sql, &[Arg::Number(calendar)]).await?;
        let sum = |(later, earlier, firm)| MovedSum {
            later,
            earlier,
            firm,
        };
        Ok(rows.into_iter().next().map(sum).unwrap_or_default())
    }
}
