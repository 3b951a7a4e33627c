//! Lists of open tasks; a number and the list behind it share their condition.
use super::commit::NEVER;
use super::dialect::Arg;
use super::{Store, StoreError, TaskRow};

/// Which open tasks: of a city, or of a department there, or of a post in that department.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Worklist<'a> {
    /// All of a city.
    City(&'a str),
    /// City and department.
    Department(&'a str, &'a str),
    /// City, department and post.
    Post(&'a str, &'a str, &'a str),
    /// What a person holds.
    Holder(&'a str),
}

/// The last task of the page before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct After {
    /// Its limit.
    pub due: Option<i64>,
    /// Its case.
    pub case_id: i64,
    /// Its number.
    pub no: i64,
}

type Task = (
    i64,
    i64,
    String,
    String,
    String,
    String,
    Option<String>,
    String,
    String,
    i64,
    i64,
    i64,
);

impl Store {
    /// The next `limit` open tasks after `after`, most urgent first.
    pub async fn tasks(
        &self,
        list: Worklist<'_>,
        after: Option<After>,
        limit: i64,
    ) -> Result<Vec<TaskRow>, StoreError> {
        let (condition, mut args) = list.condition();
        let next = args.len() + 1;
        let (due, case_id, no) = after.map_or((i64::MIN, 0, 0), |last| {
            (last.due.unwrap_or(NEVER), last.case_id, last.no)
        });
        args.extend([
            Arg::Number(due),
            Arg::Number(case_id),
            Arg::Number(no),
            Arg::Number(limit),
        ]);
        let sql = format!(
            "SELECT case_id, no, step, city, department, post, holder, state, level, due, opened, version FROM task \
             WHERE {condition} AND (due, case_id, no) > (${next}, ${}, ${}) ORDER BY due, case_id, no LIMIT ${}",
            next + 1,
            next + 2,
            next + 3
        );
        let rows: Vec<Task> = self.read(&sql, &args).await?;
        Ok(rows.into_iter().map(task).collect())
    }

    /// How many open tasks [`Store::tasks`] would show in all.
    pub async fn count_tasks(&self, list: Worklist<'_>) -> Result<i64, StoreError> {
        let (condition, args) = list.condition();
        let rows: Vec<(i64,)> = self
            .read(
                &format!("SELECT count(*) FROM task WHERE {condition}"),
                &args,
            )
            .await?;
        Ok(rows.first().map_or(0, |row| row.0))
    }
}

impl<'a> Worklist<'a> {
    fn condition(self) -> (&'static str, Vec<Arg<'a>>) {
        match self {
            Self::City(city) => ("city = $1", vec![Arg::Text(city)]),
            Self::Department(city, department) => (
                "city = $1 AND department = $2",
                vec![Arg::Text(city), Arg::Text(department)],
            ),
            Self::Post(city, department, post) => (
                "city = $1 AND department = $2 AND post = $3",
                vec![Arg::Text(city), Arg::Text(department), Arg::Text(post)],
            ),
            Self::Holder(person) => ("holder = $1", vec![Arg::Text(person)]),
        }
    }
}

fn task(row: Task) -> TaskRow {
    let (case_id, no, step, city, department, post, holder, state, level, due, opened, version) =
        row;
    let due = Some(due).filter(|due| *due != NEVER);
    TaskRow {
        case_id,
        no,
        step,
        city,
        department,
        post,
        holder,
        state,
        level,
        due,
        opened,
        version,
    }
}
