//! What waits for its time, and what is numbered: timers, papers, running numbers.
use super::dialect::Arg;
use super::tables::NEVER;
use engine::case::{Numbering, PaperNumber};

use super::{PaperRow, Store, StoreError, TimerRow};

/// So many case numbers a node of several takes at once.
const BLOCK: i64 = 1 << 16;

impl Store {
    /// Timers due at `now`, earliest first.
    pub async fn timers_due(&self, now: i64, limit: i64) -> Result<Vec<TimerRow>, StoreError> {
        let sql =
            "SELECT due, case_id, no FROM timer WHERE due <= $1 ORDER BY due, case_id, no LIMIT $2";
        let rows: Vec<(i64, i64, i64)> = self
            .read(sql, &[Arg::Number(now), Arg::Number(limit)])
            .await?;
        Ok(rows
            .into_iter()
            .map(|(due, case_id, no)| TimerRow { due, case_id, no })
            .collect())
    }

    /// When the earliest timer is due.
    pub async fn next_timer(&self) -> Result<Option<i64>, StoreError> {
        let rows: Vec<(i64,)> = self
            .read("SELECT due FROM timer ORDER BY due LIMIT 1", &[])
            .await?;
        Ok(rows.first().map(|row| row.0))
    }

    /// A paper of a case as it was issued, sealed.
    pub async fn paper(&self, case_id: i64, no: i64) -> Result<Option<PaperRow>, StoreError> {
        let sql = "SELECT case_id, no, sealed FROM paper WHERE case_id = $1 AND no = $2";
        let rows: Vec<(i64, i64, Vec<u8>)> = self
            .read(sql, &[Arg::Number(case_id), Arg::Number(no)])
            .await?;
        let paper = |(case_id, no, sealed)| PaperRow {
            case_id,
            no,
            sealed,
        };
        Ok(rows.into_iter().next().map(paper))
    }

    /// All papers of one case, for a check against its history.
    pub async fn papers_of(&self, case_id: i64) -> Result<Vec<PaperRow>, StoreError> {
        let sql = "SELECT case_id, no, sealed FROM paper WHERE case_id = $1 ORDER BY no";
        let rows: Vec<(i64, i64, Vec<u8>)> = self.read(sql, &[Arg::Number(case_id)]).await?;
        let paper = |(case_id, no, sealed)| PaperRow {
            case_id,
            no,
            sealed,
        };
        Ok(rows.into_iter().map(paper).collect())
    }

    /// The number last given in each series of papers.
    pub async fn numbering(&self) -> Result<Numbering, StoreError> {
        // From series to series by the index, however many numbers each has.
        let sql = "WITH RECURSIVE s (series) AS (SELECT min(series) FROM paper_number UNION ALL \
                   SELECT (SELECT min(series) FROM paper_number WHERE series > s.series) FROM s WHERE s.series IS NOT NULL) \
                   SELECT series, (SELECT max(running) FROM paper_number p WHERE p.series = s.series) FROM s WHERE series IS NOT NULL";
        let rows: Vec<(String, i64)> = self.read(sql, &[]).await?;
        let last = |(series, last)| Ok((series, u32::try_from(last)?));
        let numbering: Result<_, std::num::TryFromIntError> = rows.into_iter().map(last).collect();
        numbering.map_err(|_| StoreError::Damaged("paper_number"))
    }

    /// The paper that has this number: its case, and its number in it.
    pub async fn paper_by_number(
        &self,
        number: &PaperNumber,
    ) -> Result<Option<(i64, i64)>, StoreError> {
        let sql = "SELECT case_id, no FROM paper_number WHERE series = $1 AND running = $2";
        let args = [
            Arg::Text(&number.series),
            Arg::Number(number.running.into()),
        ];
        let rows: Vec<(i64, i64)> = self.read(sql, &args).await?;
        Ok(rows.into_iter().next())
    }

    /// Reserves `count` running numbers under `name` and answers the first, from 1; none is ever given twice.
    pub async fn reserve(&self, name: &str, count: i64) -> Result<i64, StoreError> {
        let sql = "INSERT INTO counter (name, value) VALUES ($1, $2) \
                   ON CONFLICT (name) DO UPDATE SET value = counter.value + excluded.value RETURNING value";
        let args = [Arg::Text(name), Arg::Number(count)];
        let rows: Vec<(i64,)> = self.write(sql, &args).await?;
        let last = rows.first().ok_or(StoreError::Damaged("counter"))?;
        Ok(last.0 - count + 1)
    }

    /// Numbers for new cases that nobody else gives: for one process all above the greatest, for one node of several a block.
    pub async fn reserve_cases(&self) -> Result<std::ops::Range<i64>, StoreError> {
        match self {
            Self::Sqlite(_) => {
                let rows: Vec<(i64,)> = self
                    .read("SELECT coalesce(max(id), 0) FROM case_row", &[])
                    .await?;
                Ok(rows.first().map_or(0, |row| row.0) + 1..i64::MAX)
            }
            Self::Postgres(_) => {
                let first = self.reserve("case", BLOCK).await?;
                Ok(first..first + BLOCK)
            }
        }
    }

    /// Puts a case that cannot be read into fault: its timers rest, other cases go on (G13).
    pub async fn contain(&self, case_id: i64) -> Result<(), StoreError> {
        let case = [Arg::Number(case_id)];
        let sql = "UPDATE case_row SET status = 'fault' WHERE id = $1 RETURNING id";
        let _: Vec<(i64,)> = self.write(sql, &case).await?;
        let sql = "UPDATE timer SET due = $2 WHERE case_id = $1 RETURNING no";
        let args = [Arg::Number(case_id), Arg::Number(NEVER)];
        let _: Vec<(i64,)> = self.write(sql, &args).await?;
        Ok(())
    }

    /// Lets one timer rest: its case does not know it, or cannot take it.
    pub async fn rest_timer(&self, timer: TimerRow) -> Result<(), StoreError> {
        let sql = "UPDATE timer SET due = $3 WHERE case_id = $1 AND no = $2 RETURNING no";
        let args = [timer.case_id, timer.no, NEVER].map(Arg::Number);
        let _: Vec<(i64,)> = self.write(sql, &args).await?;
        Ok(())
    }

    /// All timer rows of one case, for a check against its history.
    pub async fn timers_of(&self, case_id: i64) -> Result<Vec<TimerRow>, StoreError> {
        let sql = "SELECT due, case_id, no FROM timer WHERE case_id = $1 ORDER BY no";
        let rows: Vec<(i64, i64, i64)> = self.read(sql, &[Arg::Number(case_id)]).await?;
        let timer = |(due, case_id, no)| TimerRow { due, case_id, no };
        Ok(rows.into_iter().map(timer).collect())
    }

    /// Forgets receipts that have expired at `now` (G3: keys live at least seven days).
    pub async fn forget_receipts(&self, now: i64) -> Result<(), StoreError> {
        let sql = "DELETE FROM receipt WHERE expires < $1";
        let _: Vec<(i64,)> = self.write(sql, &[Arg::Number(now)]).await?;
        Ok(())
    }
}
