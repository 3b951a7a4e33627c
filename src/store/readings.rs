//! Who read what, had a masked value shown, or took a list away. Rows are added, and never changed.
use super::dialect::{Arg, by_name};
use super::worklist::Where;
use super::{Store, StoreError};

/// What somebody read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadingRow {
    /// Its number; rises with time. Of one that is added it says nothing.
    pub no: i64,
    /// UTC milliseconds.
    pub at: i64,
    /// `read`, `reveal`, `export`.
    pub kind: String,
    /// Person or system; `applicant`: by link or query code.
    pub account: String,
    /// The posts in which he read, with a space between.
    pub posts: String,
    /// Whose deputy he was; empty: nobody's.
    pub stands_for: String,
    /// Address of the network it came from; empty: not known.
    pub source: String,
    /// Case; 0: of no single case.
    pub case_id: i64,
    /// Part of the case, whose values and JSON pointer, or the query of a list.
    pub what: String,
    /// Why, where he had to say it.
    pub reason: String,
}

by_name!(ReadingRow {
    no,
    at,
    kind,
    account,
    posts,
    stands_for,
    source,
    case_id,
    what,
    reason,
});

/// Which readings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadingFilter {
    /// Of a case.
    pub case_id: Option<i64>,
    /// By a person or system.
    pub account: Option<String>,
    /// Of a kind.
    pub kind: Option<String>,
    /// Not before, UTC milliseconds.
    pub from: Option<i64>,
    /// Before, UTC milliseconds.
    pub to: Option<i64>,
}

const READING: &str =
    "SELECT no, at, kind, account, posts, stands_for, source, case_id, what, reason FROM reading";

impl ReadingFilter {
    fn condition(&self) -> Where<'_> {
        let mut all = Where::default();
        all.parts.push("no > 0".to_owned());
        all.equal("account", self.account.as_deref());
        all.equal("kind", self.kind.as_deref());
        let bounds = [
            ("case_id =", self.case_id),
            ("at >=", self.from),
            ("at <", self.to),
        ];
        for (compared, value) in bounds {
            if let Some(value) = value {
                let value = all.arg(Arg::Number(value));
                all.parts.push(format!("{compared} {value}"));
            }
        }
        all
    }
}

impl Store {
    /// Adds rows in one statement: all or none.
    pub async fn add_readings(&self, rows: &[ReadingRow]) -> Result<(), StoreError> {
        let mut args = Vec::new();
        let mut lines = Vec::new();
        for row in rows {
            let own = [
                Arg::Number(row.at),
                Arg::Text(&row.kind),
                Arg::Text(&row.account),
                Arg::Text(&row.posts),
                Arg::Text(&row.stands_for),
                Arg::Text(&row.source),
                Arg::Number(row.case_id),
                Arg::Text(&row.what),
                Arg::Text(&row.reason),
            ];
            let places = own.into_iter().map(|arg| {
                args.push(arg);
                format!("${}", args.len())
            });
            lines.push(format!("({})", places.collect::<Vec<_>>().join(", ")));
        }
        if lines.is_empty() {
            return Ok(());
        }
        let sql = format!(
            "INSERT INTO reading (at, kind, account, posts, stands_for, source, case_id, what, reason) VALUES {} RETURNING no",
            lines.join(", ")
        );
        let _: Vec<(i64,)> = self.write(&sql, &args).await?;
        Ok(())
    }

    /// The next `limit` readings before number `before`, the newest first.
    pub async fn readings(
        &self,
        filter: &ReadingFilter,
        before: Option<i64>,
        limit: i64,
    ) -> Result<Vec<ReadingRow>, StoreError> {
        let mut all = filter.condition();
        let before = all.arg(Arg::Number(before.unwrap_or(i64::MAX)));
        all.parts.push(format!("no < {before}"));
        let limit = all.arg(Arg::Number(limit));
        let condition = all.take_text();
        let sql = format!("{READING} WHERE {condition} ORDER BY no DESC LIMIT {limit}");
        self.read(&sql, &all.args).await
    }

    /// How many readings [`Store::readings`] would show in all.
    pub async fn count_readings(&self, filter: &ReadingFilter) -> Result<i64, StoreError> {
        let mut all = filter.condition();
        let condition = all.take_text();
        let sql = format!("SELECT count(*) FROM reading WHERE {condition}");
        let rows: Vec<(i64,)> = self.read(&sql, &all.args).await?;
        Ok(rows.first().map_or(0, |row| row.0))
    }
}
