//! Proves that every case has its row: gaps, overlaps and rows never reached, found before anything runs.
//!
//! A test of a cell can change its answer only at the values written in its column. So one value on, before and after each of
//! them stands for all others, and the very tests that will run are asked about these. A cell `=condition` looks at more than its
//! column; it is taken to hold where that hides a finding, so nothing is reported that may not be so.

use super::{Cell, Hit, Row, Table};
use crate::diagnostic::Diagnostic;
use crate::expr::{Named, Type, Value, parse_month};
use jiff::ToSpan;
use jiff::civil::date;
use rust_decimal::Decimal;
use std::collections::{BTreeMap, BTreeSet};

/// Combinations looked at in one search; a table beyond that is left to its examples.
const WORK: usize = 100_000;

/// Gaps, overlaps and unreachable rows.
pub(super) fn findings(table: &Table) -> Vec<Diagnostic> {
    let map = Map::of(table);
    let mut found = unreachable(table, &map);
    if map.inputs_only {
        found.extend(overlaps(table, &map));
        found.extend(gap(table, &map));
    }
    found
}

/// What each row says about the values that stand for all others.
struct Map {
    columns: Vec<Column>,
    /// No column is a named value: those follow from the inputs, and not every combination of them can be.
    inputs_only: bool,
}

struct Column {
    name: String,
    /// A value, and for each row whether it holds there.
    samples: Vec<(String, Vec<Answer>)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Holds,
    Fails,
    /// Depends on more than this column.
    Open,
}

impl Map {
    fn of(table: &Table) -> Map {
        let names: BTreeSet<&str> = table
            .rows
            .iter()
            .flat_map(|row| row.cells.iter().map(|cell| cell.column.as_str()))
            .collect();
        Map {
            inputs_only: names.iter().all(|name| table.inputs.contains_key(*name)),
            columns: names.iter().map(|name| Column::of(name, table)).collect(),
        }
    }
}

impl Column {
    fn of(name: &str, table: &Table) -> Column {
        let cells: Vec<Option<&Cell>> = table.rows.iter().map(|row| row.cell(name)).collect();
        let named = match table.inputs.get(name) {
            Some(named) => named.clone(),
            None => {
                let formula = table.lets.iter().find(|(known, _)| known == name);
                formula.map_or_else(
                    || Named::sure(Type::Any),
                    |(_, x)| Named {
                        ty: x.ty().clone(),
                        may_be_missing: x.may_be_missing(),
                    },
                )
            }
        };
        let mut samples: Vec<(String, Vec<Answer>)> = Vec::new();
        for value in values(&named, cells.iter().flatten()) {
            let answers = cells.iter().map(|cell| ask(*cell, name, &value)).collect();
            if samples.iter().all(|(_, before)| *before != answers) {
                samples.push((shown(&value), answers));
            }
        }
        Column {
            name: name.to_owned(),
            samples,
        }
    }
}

impl Row {
    fn cell(&self, column: &str) -> Option<&Cell> {
        self.cells.iter().find(|cell| cell.column == column)
    }
}

fn ask(cell: Option<&Cell>, column: &str, value: &Value) -> Answer {
    let Some(cell) = cell else {
        return Answer::Holds;
    };
    let own = cell.test.names().iter().all(|(name, _)| name == column);
    if !own || cell.text.starts_with('=') {
        return Answer::Open;
    }
    let mut seen = serde_json::Map::new();
    seen.insert(column.to_owned(), value.to_json());
    match cell.holds(&serde_json::Value::Object(seen)) {
        Ok(true) => Answer::Holds,
        Ok(false) => Answer::Fails,
        Err(_) => Answer::Open,
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        _ => value.to_json().to_string().replace('"', ""),
    }
}

/// Values that stand for all others of the type.
fn values<'c>(named: &Named, cells: impl Iterator<Item = &'c &'c Cell>) -> Vec<Value> {
    let written: Vec<&Value> = cells.flat_map(|cell| cell.test.literals()).collect();
    let mut values = match &named.ty {
        Type::Bool => vec![Value::Bool(true), Value::Bool(false)],
        Type::OneOf(choices) => choices.iter().cloned().map(Value::Text).collect(),
        Type::Integer => around(numbers(&written).flat_map(|n| [n.floor(), n.ceil()])),
        Type::Number => between(numbers(&written).collect()),
        Type::Month => {
            let months = written.iter().filter_map(|value| match value {
                Value::Month(month) => Some(*month),
                Value::Text(text) => parse_month(text),
                _ => None,
            });
            let near = months.flat_map(|month| [month - 1, month, month + 1]);
            near.map(Value::Month).collect()
        }
        Type::Date => {
            let days = written.iter().filter_map(|value| match value {
                Value::Date(day) => Some(*day),
                _ => None,
            });
            let near =
                days.flat_map(|day| [day.checked_sub(1.day()), Ok(day), day.checked_add(1.day())]);
            near.flatten().map(Value::Date).collect()
        }
        Type::Text => {
            let mut texts: Vec<Value> = written
                .iter()
                .filter(|value| matches!(value, Value::Text(_)))
                .map(|value| (*value).clone())
                .collect();
            texts.push(Value::Text("…".into()));
            texts
        }
        _ => Vec::new(),
    };
    if values.is_empty() {
        values.push(any(&named.ty));
    }
    if named.may_be_missing && !values.contains(&Value::Null) {
        values.push(Value::Null);
    }
    values
}

/// Some value of a type no cell says anything particular about.
fn any(ty: &Type) -> Value {
    match ty {
        Type::Integer | Type::Number => Value::Number(Decimal::ZERO),
        Type::Month => Value::Month(2000 * 12),
        Type::Date => Value::Date(date(2000, 1, 1)),
        _ => Value::Null,
    }
}

fn numbers<'v>(written: &'v [&'v Value]) -> impl Iterator<Item = Decimal> + 'v {
    written.iter().filter_map(|value| match value {
        Value::Number(number) => Some(*number),
        _ => None,
    })
}

fn around(numbers: impl Iterator<Item = Decimal>) -> Vec<Value> {
    let near = numbers.flat_map(|n| [n - Decimal::ONE, n, n + Decimal::ONE]);
    let near: BTreeSet<Decimal> = near.collect();
    near.into_iter().map(Value::Number).collect()
}

fn between(numbers: BTreeSet<Decimal>) -> Vec<Value> {
    let all: Vec<Decimal> = numbers.into_iter().collect();
    let middle = all.windows(2).filter_map(|pair| match pair {
        [low, high] => Some((low + high) / Decimal::TWO),
        _ => None,
    });
    let ends = [
        all.first().map(|low| low - Decimal::ONE),
        all.last().map(|high| high + Decimal::ONE),
    ];
    let all: BTreeSet<Decimal> = middle
        .chain(all.iter().copied())
        .chain(ends.into_iter().flatten())
        .collect();
    all.into_iter().map(Value::Number).collect()
}

/// A row that no case can reach: a cell nothing fits, or, where the first row counts, rows before it that take everything.
fn unreachable(table: &Table, map: &Map) -> Vec<Diagnostic> {
    let dead = |n: usize| {
        let impossible = map.columns.iter().any(|column| {
            let mut answers = column.samples.iter().filter_map(|(_, all)| all.get(n));
            answers.all(|answer| *answer == Answer::Fails)
        });
        let taken = || {
            let before: Vec<usize> = (0..n).filter(|row| !open_rows(map).contains(row)).collect();
            let search = Search {
                columns: &map.columns,
                within: Some(n),
            };
            search.first_gap(&before) == Gap::None
        };
        impossible || (table.hit == Hit::First && taken())
    };
    let rows = table.rows.iter().enumerate();
    rows.filter(|(n, _)| dead(*n))
        .map(|(_, row)| Diagnostic::new("E0448", row.span))
        .collect()
}

/// Rows that look at more than their columns somewhere.
fn open_rows(map: &Map) -> BTreeSet<usize> {
    let samples = map.columns.iter().flat_map(|column| &column.samples);
    samples
        .flat_map(|(_, answers)| answers.iter().enumerate())
        .filter(|(_, answer)| **answer == Answer::Open)
        .map(|(n, _)| n)
        .collect()
}

/// Two rows that hold for the same case, where only one may or both must agree.
fn overlaps(table: &Table, map: &Map) -> Vec<Diagnostic> {
    if !matches!(table.hit, Hit::Unique | Hit::Any) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (n, row) in table.rows.iter().enumerate() {
        for (m, before) in table.rows.iter().enumerate().take(n) {
            if table.hit == Hit::Any && !contradict(before, row) {
                continue;
            }
            if let Some(case) = shared(map, m, n) {
                let finding = Diagnostic::new("E0447", row.span).with("case", case);
                found.push(finding.also(before.span));
            }
        }
    }
    found
}

/// Whether two rows plainly say different things.
fn contradict(a: &Row, b: &Row) -> bool {
    let text = |row: &Row| -> BTreeMap<String, String> {
        let outputs = row.outputs.iter();
        outputs
            .map(|(k, (text, _))| (k.clone(), text.clone()))
            .collect()
    };
    let formula = |row: &Row| row.outputs.values().any(|(text, _)| text.starts_with('='));
    !formula(a) && !formula(b) && text(a) != text(b)
}

/// A case both rows hold for.
fn shared(map: &Map, a: usize, b: usize) -> Option<String> {
    let both = |answers: &Vec<Answer>| {
        let holds = |n| answers.get(n) == Some(&Answer::Holds);
        holds(a) && holds(b)
    };
    let mut case = Vec::new();
    for column in &map.columns {
        let (value, _) = column.samples.iter().find(|(_, answers)| both(answers))?;
        case.push((column.name.as_str(), value.as_str()));
    }
    Some(told(&case))
}

/// The first case no row holds for.
fn gap(table: &Table, map: &Map) -> Option<Diagnostic> {
    if !table.hit.needs_a_row() {
        return None;
    }
    let rows: Vec<usize> = (0..table.rows.len()).collect();
    let search = Search {
        columns: &map.columns,
        within: None,
    };
    let Gap::Case(case) = search.first_gap(&rows) else {
        return None;
    };
    let place = table.rows.last()?.span;
    Some(Diagnostic::new("E0446", place).with("case", case))
}

fn told(case: &[(&str, &str)]) -> String {
    let told = case.iter().map(|(name, value)| format!("{name} = {value}"));
    told.collect::<Vec<_>>().join(", ")
}

/// Looks for a case that some rows leave out.
struct Search<'m> {
    columns: &'m [Column],
    /// Only where this row may hold.
    within: Option<usize>,
}

#[derive(Clone, Debug, PartialEq)]
enum Gap {
    None,
    Case(String),
    /// Too many combinations to say.
    Unknown,
}

impl<'m> Search<'m> {
    fn first_gap(&self, rows: &[usize]) -> Gap {
        let mut work = WORK;
        self.look(self.columns, rows, &mut Vec::new(), &mut work)
    }

    fn look(
        &self,
        columns: &'m [Column],
        rows: &[usize],
        case: &mut Vec<(&'m str, &'m str)>,
        work: &mut usize,
    ) -> Gap {
        let Some(left) = work.checked_sub(1) else {
            return Gap::Unknown;
        };
        *work = left;
        if rows.is_empty() {
            return Gap::Case(told(case));
        }
        let Some((column, rest)) = columns.split_first() else {
            return Gap::None;
        };
        for (value, answers) in &column.samples {
            let fails = |row: &usize| answers.get(*row) == Some(&Answer::Fails);
            if self.within.as_ref().is_some_and(fails) {
                continue;
            }
            let held: Vec<usize> = rows.iter().copied().filter(|row| !fails(row)).collect();
            let before = case.len();
            if column.samples.len() > 1 {
                case.push((&column.name, value));
            }
            let gap = self.look(rest, &held, case, work);
            case.truncate(before);
            if gap != Gap::None {
                return gap;
            }
        }
        Gap::None
    }
}
