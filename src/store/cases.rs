//! Lists of cases; a number and the list behind it share their condition.
use super::dialect::Arg;
use super::load::{CASE, Case, case};
use super::tables::NEVER;
use super::worklist::Where;
use super::{CaseRow, Store, StoreError};
use std::collections::BTreeMap;

/// Where somebody may look: what his office in a city takes in, decides, or has work in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sphere {
    /// City, six digits.
    pub city: String,
    /// Department that must have the work where the city neither takes in nor decides.
    pub department: String,
    /// Matters of which it sees what the city takes in or decides; none: all.
    pub matters: Option<Vec<String>>,
    /// Of no other matters than these, whatever the part of the office in them; none: of all.
    pub only: Option<Vec<String>>,
}

/// Which cases.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CaseFilter {
    /// Where the caller may look: any of these; none: everywhere.
    pub within: Option<Vec<Sphere>>,
    /// A city that takes in, decides, or works on it.
    pub city: Option<String>,
    /// City that took it in.
    pub accepting: Option<String>,
    /// City that decides it.
    pub deciding: Option<String>,
    /// Its number, whole.
    pub number: Option<String>,
    /// Its matter.
    pub matter: Option<String>,
    /// Its state.
    pub status: Option<String>,
    /// Its level; of an ended case `red` if it ended late.
    pub level: Option<String>,
    /// True: in flight; false: ended.
    pub open: Option<bool>,
    /// Its limit ends in this time, UTC milliseconds, the second one not included.
    pub due: Option<(i64, i64)>,
    /// In its state since before this time.
    pub since_before: Option<i64>,
    /// Ended at this time or later.
    pub ended_from: Option<i64>,
    /// Ended in time.
    pub in_time: bool,
    /// The case that opened it.
    pub parent: Option<i64>,
    /// A part of its number.
    pub part: Option<String>,
    /// A city that took it in or decides it.
    pub case_city: Option<String>,
    /// The beginning of its number.
    pub begins: Option<String>,
    /// The last digits of its serial.
    pub tail: Option<String>,
    /// Who applies. Found only where the caller sees the case whole (G53).
    pub applicant: Option<Applicant>,
    /// Somebody who follows it.
    pub followed_by: Option<String>,
    /// How it is handled.
    pub method: Option<Method>,
    /// The end of a limit moved with this version of the calendars.
    pub moved_by: Option<i64>,
    /// A person who has done something on it, or proposed something, and holds nothing of it now.
    pub left_by: Option<String>,
}

/// Who applies, by a keyed hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applicant {
    /// Of his ID number.
    Person(i64),
    /// Of his name.
    Name(i64),
    /// Of the beginning of his name: a range, for names that begin alike have hashes that do; and of the initials of it, if they are known.
    Begins {
        /// The first of the range.
        first: i64,
        /// The last of the range.
        last: i64,
        /// Of the initials of the whole name.
        initials: Option<i64>,
    },
    /// Of the initials of his name.
    Initials(i64),
}

/// How a case is handled (办理方式), by the way it came and by who takes part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Method {
    /// The way it came.
    pub channel: String,
    /// Of those: one city takes in and another decides, or not.
    pub across: Option<bool>,
    /// Of those: of these matters, or of none of them.
    pub matters: Option<(bool, Vec<String>)>,
}

impl Applicant {
    /// As it stands in an address, where it says nothing to anybody without the key.
    pub fn text(self) -> String {
        let hex = |hash: i64| format!("{:016x}", hash.cast_unsigned());
        match self {
            Applicant::Person(hash) => format!("p{}", hex(hash)),
            Applicant::Name(hash) => format!("n{}", hex(hash)),
            Applicant::Initials(hash) => format!("i{}", hex(hash)),
            Applicant::Begins {
                first,
                last,
                initials,
            } => {
                let initials = initials.map(hex).unwrap_or_default();
                format!("b{}{}{initials}", hex(first), hex(last))
            }
        }
    }

    /// The inverse of [`Applicant::text`].
    pub fn read(text: &str) -> Option<Self> {
        let (kind, hashes) = text.split_at_checked(1)?;
        let hashes = hashes.as_bytes().chunks(16).map(|hash| {
            let hash = std::str::from_utf8(hash).ok()?;
            Some(u64::from_str_radix(hash, 16).ok()?.cast_signed())
        });
        let hashes = hashes.collect::<Option<Vec<i64>>>()?;
        match (kind, hashes.as_slice()) {
            ("p", &[hash]) => Some(Applicant::Person(hash)),
            ("n", &[hash]) => Some(Applicant::Name(hash)),
            ("i", &[hash]) => Some(Applicant::Initials(hash)),
            ("b", &[first, last]) => Some(Applicant::Begins {
                first,
                last,
                initials: None,
            }),
            ("b", &[first, last, initials]) => Some(Applicant::Begins {
                first,
                last,
                initials: Some(initials),
            }),
            _ => None,
        }
    }

    /// The condition that a link is his.
    fn condition(self, all: &mut Where<'_>) -> String {
        let mut equal =
            |column: &str, hash| format!("link.{column} = {}", all.arg(Arg::Number(hash)));
        match self {
            Applicant::Person(hash) => equal("person", hash),
            Applicant::Name(hash) => equal("name", hash),
            Applicant::Initials(hash) => equal("initials", hash),
            Applicant::Begins {
                first,
                last,
                initials,
            } => {
                let initials = initials.map(|hash| equal("initials", hash));
                let initials = initials
                    .map(|equal| format!("{equal} AND "))
                    .unwrap_or_default();
                let (first, last) = (all.arg(Arg::Number(first)), all.arg(Arg::Number(last)));
                format!("{initials}link.name >= {first} AND link.name <= {last}")
            }
        }
    }
}

/// The two ways to ask whether an office has work in a case.
///
/// Row by row the tasks of the case are looked at, never those of the city: `|| ''` keeps the index of cities out of it, which a planner
/// would take and walk through for every row, and `OFFSET 0` keeps PostgreSQL from reading all tasks first. Where every open case is
/// counted the cases of the office's tasks are made a set first.
#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    Row,
    Set,
    /// Only what the city takes in or decides, of which it sees the whole.
    Home,
    /// An ended case has no open task.
    Nobody,
}

/// An ended case never was late.
const IN_TIME: &str = "case_row.level <> 'red'";

impl CaseFilter {
    /// Adds its condition to a statement.
    fn condition<'a>(&'a self, all: &mut Where<'a>, by: By) {
        if let Some(within) = &self.within {
            let by = if self.applicant.is_some() {
                By::Home
            } else {
                by
            };
            all.sphere(within, by);
        }
        if by == By::Set {
            // True of every case; SQLite is to walk an index that holds what is counted by.
            all.parts.push("case_row.accepting >= ''".to_owned());
        }
        if let Some(city) = &self.city {
            let city = all.arg(Arg::Text(city));
            all.parts.push(format!(
                "(case_row.accepting = {city} OR case_row.deciding = {city} OR EXISTS \
                 (SELECT 1 FROM task WHERE task.case_id = case_row.id AND task.city || '' = {city} LIMIT 1 OFFSET 0))"
            ));
        }
        all.equal("case_row.accepting", self.accepting.as_deref());
        all.equal("case_row.deciding", self.deciding.as_deref());
        all.equal("case_row.number", self.number.as_deref());
        all.equal("case_row.matter", self.matter.as_deref());
        self.state(all);
        all.part_of_number(self.part.as_deref());
        all.of_cities(self.case_city.as_deref());
        all.handled(self.method.as_ref(), "case_row.id");
        if let Some(begins) = &self.begins {
            let begins = all.arg(Arg::Text(begins));
            // Whatever the database's order of letters is: `z` stands behind all that numbers are made of.
            all.parts.push(format!(
                "case_row.number >= {begins} AND case_row.number < {begins} || 'zzzzzzzz' \
                 AND substr(case_row.number, 1, length({begins})) = {begins}"
            ));
        }
        if let Some(tail) = &self.tail {
            let tail = all.arg(Arg::Text(tail));
            all.parts
                .push(format!("case_row.number LIKE '%' || {tail} || '-_'"));
        }
        if let Some(applicant) = self.applicant {
            let his = applicant.condition(all);
            all.parts.push(format!(
                "case_row.id IN (SELECT case_id FROM link WHERE {his})"
            ));
        }
        if let Some(person) = &self.followed_by {
            let person = all.arg(Arg::Text(person));
            all.parts.push(format!(
                "case_row.id IN (SELECT case_id FROM follow WHERE follow.account = {person})"
            ));
        }
        if let Some(person) = &self.left_by {
            let person = all.arg(Arg::Text(person));
            let mine = format!("SELECT case_id FROM task WHERE task.holder = {person}");
            // One set, so that a planner begins with it and does not walk through all cases.
            all.parts.push(format!(
                "case_row.id IN (SELECT case_id FROM spent WHERE spent.person = {person} \
                 UNION {mine} AND task.state = 'waiting' EXCEPT {mine} AND task.state = 'held')"
            ));
        }
        if let Some(calendar) = self.moved_by {
            let calendar = all.arg(Arg::Number(calendar));
            all.parts.push(format!(
                "case_row.id IN (SELECT case_id FROM moved WHERE moved.calendar = {calendar} AND moved.due <> moved.was)"
            ));
        }
        if let Some(parent) = self.parent {
            let parent = all.arg(Arg::Number(parent));
            all.parts.push(format!("case_row.parent = {parent}"));
        }
    }

    /// Levels and states are written out where they name a partial index, which a parameter would hide from the planner.
    fn state<'a>(&'a self, all: &mut Where<'a>) {
        match self.open {
            Some(true) => all.parts.push("case_row.closed IS NULL".to_owned()),
            Some(false) => all.parts.push("case_row.closed IS NOT NULL".to_owned()),
            None => {}
        }
        let levels = ("level", &self.level, &["yellow", "red"][..]);
        let states = ["correction", "suspended", "fault"];
        for (column, value, indexed) in [levels, ("status", &self.status, &states[..])] {
            match value.as_deref() {
                // SQLite takes a partial index only where its own condition stands in the statement, word for word.
                Some(known) if indexed.contains(&known) => {
                    let list = indexed.join("', '");
                    all.parts.push(format!(
                        "case_row.{column} = '{known}' AND case_row.{column} IN ('{list}')"
                    ));
                }
                value => all.equal(&format!("case_row.{column}"), value),
            }
        }
        if let Some((from, to)) = self.due {
            let (from, to) = (all.arg(Arg::Number(from)), all.arg(Arg::Number(to)));
            all.parts
                .push(format!("case_row.due >= {from} AND case_row.due < {to}"));
        }
        if let Some(before) = self.since_before {
            let before = all.arg(Arg::Number(before));
            all.parts.push(format!("case_row.since < {before}"));
        }
        if let Some(from) = self.ended_from {
            let from = all.arg(Arg::Number(from));
            all.parts.push(format!("case_row.closed >= {from}"));
        }
        if self.in_time {
            all.parts.push(IN_TIME.to_owned());
        }
    }

    /// This list is what of the other one ended in time.
    fn in_time_of(&self, other: &CaseFilter) -> bool {
        let whole = CaseFilter {
            in_time: false,
            ..self.clone()
        };
        self.in_time && whole == *other
    }

    /// How work is looked for where the cases are counted.
    fn by(&self) -> By {
        let narrow = self.level.is_some()
            || self.status.is_some()
            || self.due.is_some()
            || self.parent.is_some()
            || self.number.is_some()
            || self.begins.is_some()
            || self.tail.is_some()
            || self.applicant.is_some()
            || self.followed_by.is_some()
            || self.left_by.is_some()
            || self.moved_by.is_some();
        match self.open {
            Some(true) if !narrow => By::Set,
            Some(false) => By::Nobody,
            _ => By::Row,
        }
    }

    /// How work is looked for where a page of the cases is read.
    fn by_row(&self) -> By {
        match self.by() {
            By::Nobody => By::Nobody,
            By::Row | By::Set | By::Home => By::Row,
        }
    }
}

impl<'a> Where<'a> {
    /// Cases in whose number a text occurs.
    pub(super) fn part_of_number(&mut self, part: Option<&'a str>) {
        if let Some(part) = part {
            let part = self.arg(Arg::Text(part));
            self.parts.push(format!(
                "case_row.number <> replace(case_row.number, {part}, '')"
            ));
        }
    }

    /// Cases that are handled in a way; `case` is the column that names the case.
    pub(super) fn handled(&mut self, method: Option<&'a Method>, case: &str) {
        let Some(method) = method else { return };
        let channel = self.arg(Arg::Text(&method.channel));
        let mut of_case = Vec::new();
        of_case.extend(method.across.map(|across| match across {
            true => "came.accepting <> came.deciding".to_owned(),
            false => "came.accepting = came.deciding".to_owned(),
        }));
        if let Some((among, matters)) = &method.matters {
            let names = matters.iter().map(|m| self.arg(Arg::Text(m)));
            let names: Vec<String> = names.chain(["''".to_owned()]).collect();
            let not = if *among { "" } else { "NOT " };
            of_case.push(format!("came.matter {not}IN ({})", names.join(", ")));
        }
        let mut condition = format!(
            "EXISTS (SELECT 1 FROM link WHERE link.case_id = {case} AND link.channel = {channel})"
        );
        if !of_case.is_empty() {
            condition.push_str(&format!(
                " AND EXISTS (SELECT 1 FROM case_row AS came WHERE came.id = {case} AND {})",
                of_case.join(" AND ")
            ));
        }
        self.parts.push(condition);
    }

    /// Cases that a city took in or decides.
    pub(super) fn of_cities(&mut self, city: Option<&'a str>) {
        if let Some(city) = city {
            let city = self.arg(Arg::Text(city));
            self.parts.push(format!(
                "(case_row.accepting = {city} OR case_row.deciding = {city})"
            ));
        }
    }

    /// What somebody may see, row by row.
    pub(super) fn within(&mut self, spheres: &'a [Sphere]) {
        self.sphere(spheres, By::Row);
    }

    fn sphere(&mut self, spheres: &'a [Sphere], by: By) {
        self.any(spheres, |all, sphere| {
            let city = all.arg(Arg::Text(&sphere.city));
            let department = all.arg(Arg::Text(&sphere.department));
            let matters = sphere.matters.as_ref().map_or(String::new(), |matters| {
                format!(" AND {}", all.one_of("case_row.matter", matters))
            });
            let only = sphere.only.as_ref().map_or(String::new(), |matters| {
                format!(" AND {}", all.one_of("case_row.matter", matters))
            });
            let work = match by {
                By::Row => format!(
                    " OR EXISTS (SELECT 1 FROM task WHERE task.case_id = case_row.id AND task.city || '' = {city} \
                     AND task.department || '' = {department} LIMIT 1 OFFSET 0)"
                ),
                By::Set => format!(
                    " OR case_row.id IN (SELECT case_id FROM task WHERE task.city = {city} AND task.department = {department})"
                ),
                By::Nobody | By::Home => String::new(),
            };
            all.parts.push(format!(
                "(((case_row.accepting = {city} OR case_row.deciding = {city}){matters}){work}){only}"
            ));
        });
    }
}

impl Store {
    /// The next `limit` cases before case `before`, newest first.
    pub async fn cases(
        &self,
        filter: &CaseFilter,
        before: Option<i64>,
        limit: i64,
    ) -> Result<Vec<CaseRow>, StoreError> {
        let mut all = Where::default();
        filter.condition(&mut all, filter.by_row());
        let before = all.arg(Arg::Number(before.unwrap_or(i64::MAX)));
        all.parts.push(format!("case_row.id < {before}"));
        self.listed(all, "case_row.id DESC", limit).await
    }

    /// The next `limit` cases after one (its limit and id), the one whose limit ends first coming first.
    pub async fn urgent_cases(
        &self,
        filter: &CaseFilter,
        after: Option<(Option<i64>, i64)>,
        limit: i64,
    ) -> Result<Vec<CaseRow>, StoreError> {
        let mut all = Where::default();
        filter.condition(&mut all, filter.by_row());
        let due = format!("coalesce(case_row.due, {NEVER})");
        let (last, id) = after.map_or((i64::MIN, 0), |(due, id)| (due.unwrap_or(NEVER), id));
        let (last, id) = (all.arg(Arg::Number(last)), all.arg(Arg::Number(id)));
        all.parts
            .push(format!("({due}, case_row.id) > ({last}, {id})"));
        self.listed(all, &format!("{due}, case_row.id"), limit)
            .await
    }

    async fn listed(
        &self,
        mut all: Where<'_>,
        order: &str,
        limit: i64,
    ) -> Result<Vec<CaseRow>, StoreError> {
        let limit = all.arg(Arg::Number(limit));
        let condition = all.take_text();
        let sql = format!("{CASE} WHERE {condition} ORDER BY {order} LIMIT {limit}");
        let rows: Vec<Case> = self.read(&sql, &all.args).await?;
        Ok(rows.into_iter().map(case).collect())
    }

    /// How many cases [`Store::cases`] would show in all.
    pub async fn count_cases(&self, filter: &CaseFilter) -> Result<i64, StoreError> {
        let counts = self.count_each(std::slice::from_ref(filter)).await?;
        Ok(counts.first().copied().unwrap_or_default())
    }

    /// The same of several lists, all at one moment. What of a list ended in time is counted in the same walk as the list.
    pub async fn count_each(&self, filters: &[CaseFilter]) -> Result<Vec<i64>, StoreError> {
        let (mut all, mut counts) = (Where::default(), Vec::new());
        let whole = |part: &CaseFilter| filters.iter().position(|other| part.in_time_of(other));
        for (at, filter) in filters.iter().enumerate() {
            if whole(filter).is_some() {
                continue;
            }
            filter.condition(&mut all, filter.by());
            let condition = all.take_text();
            let in_time = match filters.iter().any(|part| part.in_time_of(filter)) {
                true => format!("count(CASE WHEN {IN_TIME} THEN 1 END)"),
                false => "CAST(0 AS BIGINT)".to_owned(),
            };
            counts.push(format!(
                "SELECT CAST({at} AS BIGINT), count(*), {in_time} FROM case_row WHERE {condition}"
            ));
        }
        if counts.is_empty() {
            return Ok(Vec::new());
        }
        let rows: Vec<(i64, i64, i64)> = self.read(&counts.join(" UNION ALL "), &all.args).await?;
        let count = |at: usize| rows.iter().find(|row| usize::try_from(row.0) == Ok(at));
        let length = |(at, filter): (usize, &CaseFilter)| match whole(filter) {
            Some(whole) => count(whole).map(|row| row.2),
            None => count(at).map(|row| row.1),
        };
        let lengths = filters.iter().enumerate().map(length);
        Ok(lengths.map(Option::unwrap_or_default).collect())
    }

    /// How many cases in flight of a filter each pair of cities has, and how many of them are yellow and red; all at one moment. Cards
    /// are counted by an index of their own, since the others do not hold the level.
    pub async fn matrix(&self, filter: &CaseFilter) -> Result<Vec<Cell>, StoreError> {
        let of = |level: &str| CaseFilter {
            level: Some(level.to_owned()),
            ..filter.clone()
        };
        let filters = [filter.clone(), of("yellow"), of("red")];
        let (mut all, mut parts) = (Where::default(), Vec::new());
        for (at, filter) in filters.iter().enumerate() {
            filter.condition(&mut all, filter.by());
            let condition = all.take_text();
            parts.push(format!(
                "SELECT CAST({at} AS BIGINT), accepting, deciding, count(*) FROM case_row WHERE {condition} GROUP BY accepting, deciding"
            ));
        }
        let sql = parts.join(" UNION ALL ");
        let rows: Vec<(i64, String, String, i64)> = self.read(&sql, &all.args).await?;
        let mut cells: BTreeMap<(String, String), Cell> = BTreeMap::new();
        for (at, accepting, deciding, count) in rows {
            let pair = (accepting.clone(), deciding.clone());
            let cell = cells.entry(pair).or_insert(Cell {
                accepting,
                deciding,
                cases: 0,
                yellow: 0,
                red: 0,
            });
            match at {
                0 => cell.cases = count,
                1 => cell.yellow = count,
                _ => cell.red = count,
            }
        }
        Ok(cells.into_values().collect())
    }

    /// Cases in flight of a matter by its revisions.
    pub async fn open_by_revision(&self, matter: &str) -> Result<Vec<(i64, i64)>, StoreError> {
        let sql = "SELECT revision, count(*) FROM case_row WHERE closed IS NULL AND matter = $1 \
                   GROUP BY revision ORDER BY revision";
        self.read(sql, &[Arg::Text(matter)]).await
    }

    /// How many cases of each matter are open.
    pub async fn open_by_matter(&self) -> Result<Vec<(String, i64)>, StoreError> {
        let sql = "SELECT matter, count(*) FROM case_row WHERE closed IS NULL GROUP BY matter";
        self.read(sql, &[]).await
    }

    /// Of the newest cases of a filter that have ended, at most `most`: matter, beginning, end and level.
    pub async fn ended(
        &self,
        filter: &CaseFilter,
        most: i64,
    ) -> Result<Vec<(String, i64, i64, String)>, StoreError> {
        let mut all = Where::default();
        filter.condition(&mut all, filter.by_row());
        all.parts.push("case_row.closed IS NOT NULL".to_owned());
        let most = all.arg(Arg::Number(most));
        let condition = all.take_text();
        let sql = format!(
            "SELECT matter, opened, closed, level FROM case_row WHERE {condition} ORDER BY closed DESC LIMIT {most}"
        );
        self.read(&sql, &all.args).await
    }
}

/// Cases that one city took in and another decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// City that took them in.
    pub accepting: String,
    /// City that decides them.
    pub deciding: String,
    /// All of them.
    pub cases: i64,
    /// Those that are yellow.
    pub yellow: i64,
    /// Those that are red.
    pub red: i64,
}
