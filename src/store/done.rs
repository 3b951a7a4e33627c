//! What somebody has done; a number and the list behind it share their condition.
use super::dialect::Arg;
use super::worklist::Where;
use super::{Method, Store, StoreError};

/// Which tasks that were done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DoneFilter {
    /// Who did them.
    pub person: String,
    /// Done at this time or later, UTC milliseconds.
    pub from: i64,
    /// Matter of the case.
    pub matter: Option<String>,
    /// Step.
    pub step: Option<String>,
    /// A part of the case's number.
    pub part: Option<String>,
    /// A city that took in the case or decides it.
    pub case_city: Option<String>,
    /// How its case is handled.
    pub method: Option<Method>,
}

/// A task that was done, with what a list shows of its case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DoneTask {
    /// Case.
    pub case_id: i64,
    /// Number unique in its case.
    pub no: i64,
    /// Step.
    pub step: String,
    /// When, UTC milliseconds.
    pub done: i64,
    /// Number of the case.
    pub number: String,
    /// Its matter.
    pub matter: String,
    /// Its state.
    pub status: String,
    /// City that took it in.
    pub accepting: String,
    /// City that decides it.
    pub deciding: String,
}

type Row = (
    i64,
    i64,
    String,
    i64,
    String,
    String,
    String,
    String,
    String,
);

const FROM: &str = "FROM spent JOIN case_row ON case_row.id = spent.case_id";

impl DoneFilter {
    fn condition(&self) -> Where<'_> {
        let mut all = Where::default();
        all.equal("spent.person", Some(&self.person));
        let from = all.arg(Arg::Number(self.from));
        all.parts.push(format!("spent.done >= {from}"));
        all.equal("spent.matter", self.matter.as_deref());
        all.equal("spent.step", self.step.as_deref());
        all.part_of_number(self.part.as_deref());
        all.of_cities(self.case_city.as_deref());
        all.handled(self.method.as_ref(), "spent.case_id");
        all
    }
}

impl Store {
    /// The next `limit` tasks done before one (time, case and number), the last one done coming first.
    pub async fn done(
        &self,
        filter: &DoneFilter,
        before: Option<[i64; 3]>,
        limit: i64,
    ) -> Result<Vec<DoneTask>, StoreError> {
        let mut all = filter.condition();
        let last = before.unwrap_or([i64::MAX; 3]);
        let [done, case_id, no] = last.map(|number| all.arg(Arg::Number(number)));
        all.parts.push(format!(
            "(spent.done, spent.case_id, spent.no) < ({done}, {case_id}, {no})"
        ));
        let limit = all.arg(Arg::Number(limit));
        let condition = all.take_text();
        let sql = format!(
            "SELECT spent.case_id, spent.no, spent.step, spent.done, case_row.number, case_row.matter, case_row.status, \
             case_row.accepting, case_row.deciding {FROM} WHERE {condition} \
             ORDER BY spent.done DESC, spent.case_id DESC, spent.no DESC LIMIT {limit}"
        );
        let rows: Vec<Row> = self.read(&sql, &all.args).await?;
        Ok(rows.into_iter().map(task).collect())
    }

    /// How many tasks [`Store::done`] would show in all; counts no further than `most`.
    pub async fn count_done(&self, filter: &DoneFilter, most: i64) -> Result<i64, StoreError> {
        let mut all = filter.condition();
        let most = all.arg(Arg::Number(most));
        let condition = all.take_text();
        let sql = format!(
            "SELECT count(*) FROM (SELECT 1 {FROM} WHERE {condition} LIMIT {most}) AS counted"
        );
        let rows: Vec<(i64,)> = self.read(&sql, &all.args).await?;
        Ok(rows.first().map_or(0, |row| row.0))
    }
}

fn task(row: Row) -> DoneTask {
    let (case_id, no, step, done, number, matter, status, accepting, deciding) = row;
    DoneTask {
        case_id,
        no,
        step,
        done,
        number,
        matter,
        status,
        accepting,
        deciding,
    }
}
