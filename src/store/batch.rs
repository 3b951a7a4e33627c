//! The rows of a batch, table by table, and how they travel to PostgreSQL in one call: as an array for every column, to a statement
//! made once from [`super::tables::TABLES`] that stays prepared. SQLite takes them row by row, see [`super::scribe`].
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::LazyLock;

use sqlx::postgres::PgArguments;
use sqlx::{Arguments, error::BoxDynError};

use super::codec::Hash;
use super::tables::{self, Deed, Kind, RARE, TABLES, Table};
use super::{
    AttachmentRow, CardRow, CaseRow, CertificateRow, EventRow, LinkRow, OutboxRow, PaperNumberRow,
    PaperRow, ReceiptRow, SpentRow, TaskRow, TimerRow, Unit,
};

/// Takes the rows of each table of [`TABLES`] in turn, cell by cell in the order of its columns.
pub(super) trait Cells<'a> {
    fn begin_table(&mut self, table: &'static Table);
    fn number(&mut self, value: Option<i64>);
    fn text(&mut self, value: Option<&'a str>);
    fn bytes(&mut self, value: Option<&'a [u8]>);
    fn end_of_row(&mut self);
}

/// For PostgreSQL: one statement, committed by itself. Its parts do not see each other.
static POSTGRES: LazyLock<String> = LazyLock::new(|| postgres(TABLES.iter()));
/// The same with the tables that are written seldom.
static POSTGRES_RARE: LazyLock<String> = LazyLock::new(|| postgres(TABLES.iter().chain(&RARE)));

fn postgres(tables: impl Iterator<Item = &'static Table>) -> String {
    let (mut sql, mut param) = (String::from("WITH "), 0);
    for (at, table) in tables.enumerate() {
        let arrays = table.columns.iter().map(|(_, kind)| {
            param += 1;
            format!("${param}::{}[]", kind.postgres())
        });
        let rows = format!(
            "SELECT * FROM unnest({})",
            arrays.collect::<Vec<_>>().join(", ")
        );
        let (name, names) = (table.name, names(table));
        // Writing to a String cannot fail.
        let _ = match table.deed {
            Deed::Insert(clash) => write!(
                sql,
                "p{at} AS (INSERT INTO {name} ({names}) {rows} {clash}), "
            ),
            Deed::Update => write!(
                sql,
                "p{at} AS (UPDATE {name} SET {} FROM ({rows}) AS new ({names}) WHERE {name}.{key} = new.{key}), ",
                table.set(|column| format!("new.{column}")),
                key = table.key(),
            ),
            Deed::Delete => write!(
                sql,
                "p{at} AS (DELETE FROM {name} WHERE ({names}) IN ({rows})), "
            ),
        };
    }
    sql.push_str("done AS (SELECT 1) SELECT * FROM done");
    sql
}

fn names(table: &Table) -> String {
    let names: Vec<&str> = table.columns.iter().map(|(name, _)| *name).collect();
    names.join(", ")
}

/// The parameters of [`POSTGRES`]: an array a column.
#[derive(Default)]
pub(super) struct Arrays<'a> {
    columns: Vec<Array<'a>>,
    first: usize,
    at: usize,
}

enum Array<'a> {
    Number(Vec<Option<i64>>),
    Text(Vec<Option<&'a str>>),
    Bytes(Vec<Option<&'a [u8]>>),
}

impl<'a> Arrays<'a> {
    pub(super) fn arguments(self) -> Result<PgArguments, BoxDynError> {
        let mut arguments = PgArguments::default();
        for column in self.columns {
            match column {
                Array::Number(values) => arguments.add(values)?,
                Array::Text(values) => arguments.add(values)?,
                Array::Bytes(values) => arguments.add(values)?,
            }
        }
        Ok(arguments)
    }

    fn next(&mut self) -> Option<&mut Array<'a>> {
        self.at += 1;
        self.columns.get_mut(self.at - 1)
    }
}

impl<'a> Cells<'a> for Arrays<'a> {
    fn begin_table(&mut self, table: &'static Table) {
        self.first = self.columns.len();
        self.at = self.first;
        let empty = table.columns.iter().map(|(_, kind)| match kind {
            Kind::Number => Array::Number(Vec::new()),
            Kind::Text => Array::Text(Vec::new()),
            Kind::Bytes => Array::Bytes(Vec::new()),
        });
        self.columns.extend(empty);
    }

    fn number(&mut self, value: Option<i64>) {
        if let Some(Array::Number(values)) = self.next() {
            values.push(value);
        }
    }

    fn text(&mut self, value: Option<&'a str>) {
        if let Some(Array::Text(values)) = self.next() {
            values.push(value);
        }
    }

    fn bytes(&mut self, value: Option<&'a [u8]>) {
        if let Some(Array::Bytes(values)) = self.next() {
            values.push(value);
        }
    }

    fn end_of_row(&mut self) {
        self.at = self.first;
    }
}

/// A batch with what opens and closes inside it already settled: the parts of a PostgreSQL statement do not see each other.
/// Sorted by case, so that two nodes never wait crosswise.
#[derive(Default)]
pub(super) struct Net<'a> {
    events: Vec<&'a EventRow>,
    /// With whether a list shows something new of it.
    cases: BTreeMap<i64, (&'a CaseRow, bool)>,
    tasks: BTreeMap<(i64, i64), Vec<&'a TaskRow>>,
    timers: BTreeMap<(i64, i64), Option<&'a TimerRow>>,
    outbox: Vec<&'a OutboxRow>,
    papers: Vec<&'a PaperRow>,
    /// In order: each refers to the one before it.
    numbered: BTreeMap<(&'a str, u32), &'a PaperNumberRow>,
    attached: Vec<&'a AttachmentRow>,
    /// By hash: PostgreSQL takes no row twice in one statement.
    links: BTreeMap<&'a Hash, &'a LinkRow>,
    cards: BTreeMap<(i64, i64), &'a CardRow>,
    spent: BTreeMap<(i64, i64), &'a SpentRow>,
    receipts: Vec<&'a ReceiptRow>,
    /// Written only where there are some, see [`RARE`].
    certificates: BTreeMap<i64, &'a CertificateRow>,
}

impl<'a> Net<'a> {
    /// The statement of PostgreSQL that its arrays are for.
    pub(super) fn statement(&self) -> &'static str {
        match self.certificates.is_empty() {
            true => &POSTGRES,
            false => &POSTGRES_RARE,
        }
    }

    pub(super) fn of(units: &'a [Unit]) -> Self {
        let mut net = Self::default();
        for unit in units {
            net.receipts.extend(&unit.receipt);
            for case in &unit.cases {
                net.take(case);
            }
        }
        net.events
            .sort_by_key(|event| (event.case_id, event.first_seq));
        net
    }

    fn take(&mut self, case: &'a super::CaseWrite) {
        let id = case.event.case_id;
        self.events.push(&case.event);
        let before = self.cases.get(&id).is_some_and(|(_, shown)| *shown);
        self.cases
            .insert(id, (&case.row, before || !case.only_grew));
        for no in &case.closed {
            self.tasks.insert((id, *no), Vec::new());
        }
        for task in &case.tasks {
            let offered = self.tasks.entry((id, task.no)).or_default();
            if task.place == 0 {
                offered.clear();
            }
            offered.push(task);
        }
        for no in &case.cleared {
            self.timers.insert((id, *no), None);
        }
        for timer in &case.timers {
            self.timers.insert((id, timer.no), Some(timer));
        }
        self.outbox.extend(&case.outbox);
        self.papers.extend(&case.papers);
        let numbered = case.numbered.iter();
        let key = |row: &'a PaperNumberRow| (row.number.series.as_str(), row.number.running);
        self.numbered.extend(numbered.map(|row| (key(row), row)));
        self.attached.extend(&case.attached);
        let link = case.link.iter().map(|link| (&link.hash, link));
        self.links.extend(link);
        let certificate = case.certificate.iter().map(|row| (id, row));
        self.certificates.extend(certificate);
        self.cards
            .extend(case.cards.iter().map(|row| ((id, row.no), row)));
        self.spent
            .extend(case.spent.iter().map(|row| ((id, row.no), row)));
    }

    /// Writes the rows of each table, in the order of [`TABLES`], then those of [`RARE`].
    pub(super) fn fill(&self, cells: &mut impl Cells<'a>) {
        let tasks_gone = self.tasks.iter().filter(|(_, rows)| rows.is_empty());
        let timers_gone = self.timers.iter().filter(|(_, row)| row.is_none());
        let (tasks, timers) = (self.tasks.values(), self.timers.values());
        let [
            event,
            case_row,
            case_grew,
            task_gone,
            task,
            timer_gone,
            timer,
            outbox,
            paper,
            paper_number,
            unclaimed_gone,
            attachment,
            link,
            card,
            spent,
            receipt,
        ] = &TABLES;
        each(cells, event, self.events.iter().copied(), tables::event);
        let shown = self.cases.values().filter(|(_, shown)| *shown);
        let grew = self.cases.values().filter(|(_, shown)| !*shown);
        each(
            cells,
            case_row,
            shown.map(|(row, _)| *row),
            tables::case_row,
        );
        each(
            cells,
            case_grew,
            grew.map(|(row, _)| *row),
            tables::case_grew,
        );
        each(
            cells,
            task_gone,
            tasks_gone.map(|(key, _)| *key),
            tables::gone,
        );
        each(cells, task, tasks.flatten().copied(), tables::task);
        each(
            cells,
            timer_gone,
            timers_gone.map(|(key, _)| *key),
            tables::gone,
        );
        each(cells, timer, timers.flatten().copied(), tables::timer);
        each(cells, outbox, self.outbox.iter().copied(), tables::outbox);
        each(cells, paper, self.papers.iter().copied(), tables::paper);
        each(
            cells,
            paper_number,
            self.numbered.values().copied(),
            tables::paper_number,
        );
        let attached = || self.attached.iter().copied();
        each(cells, unclaimed_gone, attached(), tables::claimed);
        each(cells, attachment, attached(), tables::attachment);
        each(cells, link, self.links.values().copied(), tables::link);
        each(cells, card, self.cards.values().copied(), tables::card);
        each(cells, spent, self.spent.values().copied(), tables::spent);
        each(
            cells,
            receipt,
            self.receipts.iter().copied(),
            tables::receipt,
        );
        if !self.certificates.is_empty() {
            let [certificate] = &RARE;
            let rows = self.certificates.values().copied();
            each(cells, certificate, rows, tables::certificate);
        }
    }
}

fn each<'a, T, C: Cells<'a>>(
    cells: &mut C,
    table: &'static Table,
    rows: impl Iterator<Item = T>,
    write: impl Fn(T, &mut C),
) {
    cells.begin_table(table);
    rows.for_each(|row| write(row, cells));
}
