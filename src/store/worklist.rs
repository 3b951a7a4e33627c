//! Lists of open tasks; a number and the list behind it share their condition.
use super::dialect::Arg;
use super::tables::NEVER;
use super::{Method, Store, StoreError, TaskRow};
use std::collections::BTreeMap;

/// An office, or a part of the network: what is not said is not asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Office {
    /// City, six digits.
    pub city: Option<String>,
    /// Department.
    pub department: Option<String>,
    /// Post.
    pub post: Option<String>,
    /// Of these matters alone; none: of all.
    pub matters: Option<Vec<String>>,
}

/// Which open tasks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TaskFilter {
    /// Where the caller may look: any of these; none: everywhere.
    pub within: Option<Vec<Office>>,
    /// What he asks for there.
    pub office: Office,
    /// The person who holds them.
    pub holder: Option<String>,
    /// `open`, `held`, `waiting`.
    pub state: Option<String>,
    /// Level of warning.
    pub level: Option<String>,
    /// Matter of the case.
    pub matter: Option<String>,
    /// Beginning of the case's number.
    pub number: Option<String>,
    /// Step of the matter.
    pub step: Option<String>,
    /// A part of the case's number.
    pub part: Option<String>,
    /// A city that took in the case or decides it.
    pub case_city: Option<String>,
    /// How its case is handled.
    pub method: Option<Method>,
    /// Opened at this instant or later, UTC milliseconds.
    pub opened_from: Option<i64>,
    /// Whose limit ends from the first instant on and before the second.
    pub due_within: Option<(i64, i64)>,
    /// In which order.
    pub order: Order,
}

/// The order of open tasks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Order {
    /// Whose limit ends first.
    #[default]
    Due,
    /// Red before yellow before all others, then whose limit ends first.
    Urgency,
}

/// An open task with what a list shows of its case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The task.
    pub task: TaskRow,
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

/// The last task of the page before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct After {
    /// Its place among the levels, see [`rank`]; matters only where the order goes by them.
    pub rank: i64,
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
type Behind = (i64, String, String, String, String, String);

const TASK: &str = "SELECT task.case_id, task.no, task.place, task.step, task.city, task.department, task.post, task.holder, \
                    task.state, task.level, task.due, task.opened, task.version FROM task";

/// The place of a level in [`Order::Urgency`], as the database works it out, word for word as the index of posts has it; [`rank`] says
/// the same.
const RANK: &str = "CASE task.level WHEN 'red' THEN 0 WHEN 'yellow' THEN 1 ELSE 2 END";

/// The place of a level in [`Order::Urgency`].
pub fn rank(level: &str) -> i64 {
    match level {
        "red" => 0,
        "yellow" => 1,
        _ => 2,
    }
}

/// A condition in the making, with its arguments.
#[derive(Default)]
pub(super) struct Where<'a> {
    pub parts: Vec<String>,
    pub args: Vec<Arg<'a>>,
}

impl<'a> Where<'a> {
    pub(super) fn arg(&mut self, arg: Arg<'a>) -> String {
        self.args.push(arg);
        format!("${}", self.args.len())
    }

    pub(super) fn equal(&mut self, column: &str, value: Option<&'a str>) {
        if let Some(value) = value {
            let value = self.arg(Arg::Text(value));
            self.parts.push(format!("{column} = {value}"));
        }
    }

    /// `by_holder`: the few tasks of one person are looked at, never those of the office; `|| ''` keeps its index out of it.
    fn office(&mut self, office: &'a Office, by_holder: bool) {
        let whole = ["task.city", "task.department", "task.post"];
        let looked_at = [
            "task.city || ''",
            "task.department || ''",
            "task.post || ''",
        ];
        let columns = if by_holder { looked_at } else { whole };
        let values = [&office.city, &office.department, &office.post];
        for (column, value) in columns.into_iter().zip(values) {
            self.equal(column, value.as_deref());
        }
        if let Some(matters) = &office.matters {
            let of = self.one_of("matter", matters);
            let cases = format!("task.case_id IN (SELECT id FROM case_row WHERE {of})");
            self.parts.push(cases);
        }
    }

    /// A column that has one of these values.
    pub(super) fn one_of(&mut self, column: &str, values: &'a [String]) -> String {
        let values = values.iter().map(|value| self.arg(Arg::Text(value)));
        let values: Vec<String> = values.chain(["''".to_owned()]).collect();
        format!("{column} IN ({})", values.join(", "))
    }

    /// Any of several conditions.
    pub(super) fn any<T>(&mut self, choices: &'a [T], each: impl Fn(&mut Self, &'a T)) {
        let before = std::mem::take(&mut self.parts);
        let choices: Vec<String> = choices
            .iter()
            .map(|choice| {
                each(self, choice);
                self.take_text()
            })
            .collect();
        self.parts = before;
        match choices.is_empty() {
            true => self.parts.push("1 = 0".to_owned()),
            false => self.parts.push(format!("({})", choices.join(" OR "))),
        }
    }

    pub(super) fn take_text(&mut self) -> String {
        let parts = std::mem::take(&mut self.parts);
        match parts.is_empty() {
            true => "1 = 1".to_owned(),
            false => format!("({})", parts.join(" AND ")),
        }
    }
}

impl TaskFilter {
    fn condition(&self) -> Where<'_> {
        let mut all = Where::default();
        let by_holder = self.holder.is_some();
        if let Some(within) = &self.within {
            all.any(within, |all, office| all.office(office, by_holder));
        }
        all.office(&self.office, by_holder);
        all.equal("task.holder", self.holder.as_deref());
        all.equal("task.state", self.state.as_deref());
        all.equal("task.level", self.level.as_deref());
        all.equal("task.step", self.step.as_deref());
        all.handled(self.method.as_ref(), "task.case_id");
        if let Some(from) = self.opened_from {
            let from = all.arg(Arg::Number(from));
            all.parts.push(format!("task.opened >= {from}"));
        }
        if let Some((from, before)) = self.due_within {
            let (from, before) = (all.arg(Arg::Number(from)), all.arg(Arg::Number(before)));
            all.parts
                .push(format!("task.due >= {from} AND task.due < {before}"));
        }
        let of_case = [&self.matter, &self.number, &self.part, &self.case_city];
        if of_case.iter().any(|asked| asked.is_some()) {
            let mut of = std::mem::take(&mut all.parts);
            all.equal("matter", self.matter.as_deref());
            if let Some(number) = &self.number {
                let (from, to) = (all.arg(Arg::Text(number)), all.arg(Arg::Text(number)));
                all.parts.push(format!(
                    "number >= {from} AND substr(number, 1, length({to})) = {to}"
                ));
            }
            all.part_of_number(self.part.as_deref());
            all.of_cities(self.case_city.as_deref());
            let inner = all.take_text();
            of.push(format!(
                "task.case_id IN (SELECT id FROM case_row WHERE {inner})"
            ));
            all.parts = of;
        }
        all
    }
}

impl Store {
    /// The next `limit` open tasks after `after`, most urgent first. A task offered to several posts that match comes once.
    pub async fn tasks(
        &self,
        filter: &TaskFilter,
        after: Option<After>,
        limit: i64,
    ) -> Result<Vec<Listed>, StoreError> {
        let mut all = filter.condition();
        let (due, case_id, no) = after.map_or((i64::MIN, 0, 0), |last| {
            (last.due.unwrap_or(NEVER), last.case_id, last.no)
        });
        let [due, case_id, no, limit] =
            [due, case_id, no, limit].map(|number| all.arg(Arg::Number(number)));
        let mut order = "task.due, task.case_id, task.no".to_owned();
        let mut last = format!("{due}, {case_id}, {no}");
        if filter.order == Order::Urgency {
            let rank = all.arg(Arg::Number(after.map_or(0, |last| last.rank)));
            order = format!("{RANK}, {order}");
            last = format!("{rank}, {last}");
        }
        all.parts.push(format!("({order}) > ({last})"));
        let first = filter.first_of_its_task(&mut all);
        let condition = all.take_text();
        let sql = format!("{TASK} WHERE {condition}{first} ORDER BY {order} LIMIT {limit}");
        let rows: Vec<Task> = self.read(&sql, &all.args).await?;
        self.with_cases(rows.into_iter().map(task).collect()).await
    }

    /// How many open tasks [`Store::tasks`] would show in all; counts no further than `most`.
    pub async fn count_tasks(&self, filter: &TaskFilter, most: i64) -> Result<i64, StoreError> {
        let mut all = filter.condition();
        let first = filter.first_of_its_task(&mut all);
        let most = all.arg(Arg::Number(most));
        let condition = all.take_text();
        let sql = format!(
            "SELECT count(*) FROM (SELECT 1 FROM task WHERE {condition}{first} LIMIT {most}) AS counted"
        );
        let rows: Vec<(i64,)> = self.read(&sql, &all.args).await?;
        Ok(rows.first().map_or(0, |row| row.0))
    }

    /// How many tasks everybody has in hand who has any.
    pub async fn held(&self) -> Result<BTreeMap<String, i64>, StoreError> {
        let sql = "SELECT holder, count(*) FROM task WHERE holder IS NOT NULL AND state = 'held' GROUP BY holder";
        let rows: Vec<(String, i64)> = self.read(sql, &[]).await?;
        Ok(rows.into_iter().collect())
    }

    /// All task rows of one case, for a check against its history.
    pub async fn tasks_of(&self, case_id: i64) -> Result<Vec<TaskRow>, StoreError> {
        let sql = format!("{TASK} WHERE task.case_id = $1 ORDER BY task.no, task.place");
        let rows: Vec<Task> = self.read(&sql, &[Arg::Number(case_id)]).await?;
        Ok(rows.into_iter().map(task).collect())
    }

    async fn with_cases(&self, tasks: Vec<TaskRow>) -> Result<Vec<Listed>, StoreError> {
        if tasks.is_empty() {
            return Ok(Vec::new());
        }
        let ids: Vec<i64> = tasks.iter().map(|task| task.case_id).collect();
        let among = self.among("id", 1);
        let sql = format!(
            "SELECT id, number, matter, status, accepting, deciding FROM case_row WHERE {among}"
        );
        let rows: Vec<Behind> = self.read(&sql, &[Arg::Ids(&ids)]).await?;
        let behind: std::collections::BTreeMap<i64, Behind> =
            rows.into_iter().map(|row| (row.0, row)).collect();
        let listed = tasks.into_iter().filter_map(|task| {
            let (_, number, matter, status, accepting, deciding) =
                behind.get(&task.case_id)?.clone();
            Some(Listed {
                task,
                number,
                matter,
                status,
                accepting,
                deciding,
            })
        });
        Ok(listed.collect())
    }
}

impl TaskFilter {
    /// Of several rows of one task that match, the first alone.
    fn first_of_its_task<'a>(&'a self, all: &mut Where<'a>) -> String {
        let mut inner = Where {
            parts: Vec::new(),
            args: std::mem::take(&mut all.args),
        };
        if let Some(within) = &self.within {
            inner.any(within, |all, office| all.office(office, false));
        }
        inner.office(&self.office, false);
        let condition = inner.take_text().replace("task.", "other.");
        all.args = inner.args;
        format!(
            " AND (task.place = 0 OR NOT EXISTS (SELECT 1 FROM task AS other WHERE other.case_id = task.case_id \
             AND other.no = task.no AND other.place < task.place AND {condition}))"
        )
    }
}

fn task(row: Task) -> TaskRow {
    let (
        case_id,
        no,
        place,
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
    ) = row;
    let due = Some(due).filter(|due| *due != NEVER);
    TaskRow {
        case_id,
        no,
        place,
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
