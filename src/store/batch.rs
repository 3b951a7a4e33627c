//! How the rows of a batch travel in one call: as JSON lists with one blob beside them for SQLite, as arrays for PostgreSQL.
//!
//! The statement of each database is made once from [`super::tables::TABLES`] and stays prepared.
use std::fmt::Write;
use std::sync::LazyLock;

use sqlx::postgres::PgArguments;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Arguments, error::BoxDynError};

use super::tables::{Deed, Kind, TABLES, Table};

/// Takes the rows of each table of [`TABLES`] in turn, cell by cell in the order of its columns.
pub(super) trait Cells<'a> {
    fn begin_table(&mut self, table: &'static Table);
    fn number(&mut self, value: Option<i64>);
    fn text(&mut self, value: Option<&'a str>);
    fn bytes(&mut self, value: Option<&'a [u8]>);
    fn end_of_row(&mut self);
}

/// For SQLite: a transaction as one text, then what the log holds now (busy, pages written, pages carried over).
pub(super) static SQLITE: LazyLock<String> = LazyLock::new(|| {
    let mut sql = String::from("BEGIN IMMEDIATE;\n");
    for (at, table) in TABLES.iter().enumerate() {
        let (name, names) = (table.name, names(table));
        let rows = format!("SELECT {} FROM json_each(${})", json_cells(table), at + 2);
        // Writing to a String cannot fail.
        let _ = match table.deed {
            Deed::Insert(clash) => writeln!(
                sql,
                "INSERT INTO {name} ({names}) {rows} WHERE true {clash};"
            ),
            Deed::Delete => writeln!(sql, "DELETE FROM {name} WHERE ({names}) IN ({rows});"),
        };
    }
    sql.push_str("COMMIT;\nPRAGMA wal_checkpoint(NOOP)");
    sql
});

/// For PostgreSQL: one statement, committed by itself. Its parts do not see each other.
pub(super) static POSTGRES: LazyLock<String> = LazyLock::new(|| {
    let (mut sql, mut param) = (String::from("WITH "), 0);
    for (at, table) in TABLES.iter().enumerate() {
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
            Deed::Delete => write!(
                sql,
                "p{at} AS (DELETE FROM {name} WHERE ({names}) IN ({rows})), "
            ),
        };
    }
    sql.push_str("done AS (SELECT 1) SELECT * FROM done");
    sql
});

fn names(table: &Table) -> String {
    let names: Vec<&str> = table.columns.iter().map(|(name, _)| *name).collect();
    names.join(", ")
}

/// How the cells of a row are taken out of its JSON list; bytes and long texts lie in the blob, `$1`.
fn json_cells(table: &Table) -> String {
    let mut at = 0;
    let mut next = || {
        at += 1;
        format!("value->>{}", at - 1)
    };
    let cells = table.columns.iter().map(|(_, kind)| match kind {
        Kind::Number | Kind::Text => next(),
        Kind::Bytes => format!("substr($1, {}, {})", next(), next()),
        Kind::Long => format!("CAST(substr($1, {}, {}) AS TEXT)", next(), next()),
    });
    cells.collect::<Vec<_>>().join(", ")
}

/// The parameters of [`SQLITE`]: the blob, and a JSON list a table.
#[derive(Default)]
pub(super) struct Lists {
    blob: Vec<u8>,
    full: Vec<String>,
    list: String,
    columns: &'static [(&'static str, Kind)],
    at: usize,
}

impl Lists {
    pub(super) fn arguments(mut self) -> Result<SqliteArguments, BoxDynError> {
        self.end_table();
        let mut arguments = SqliteArguments::default();
        arguments.add(self.blob)?;
        for list in self.full {
            arguments.add(list)?;
        }
        Ok(arguments)
    }

    fn end_table(&mut self) {
        if !self.list.is_empty() {
            self.list.push(']');
            self.full.push(std::mem::take(&mut self.list));
        }
    }

    fn begin_cell(&mut self) -> Option<Kind> {
        self.list.push_str(match (self.at, self.list.len()) {
            (0, 1) => "[",
            (0, _) => ",[",
            _ => ",",
        });
        self.at += 1;
        self.columns.get(self.at - 1).map(|(_, kind)| *kind)
    }

    fn in_blob(&mut self, bytes: Option<&[u8]>) {
        // Writing to a String cannot fail; positions in SQL count from 1.
        let _ = match bytes {
            Some(bytes) => write!(self.list, "{},{}", self.blob.len() + 1, bytes.len()),
            None => write!(self.list, "null,null"),
        };
        self.blob.extend_from_slice(bytes.unwrap_or_default());
    }
}

impl<'a> Cells<'a> for Lists {
    fn begin_table(&mut self, table: &'static Table) {
        self.end_table();
        self.list.push('[');
        self.columns = table.columns;
    }

    fn number(&mut self, value: Option<i64>) {
        self.begin_cell();
        let _ = match value {
            Some(value) => write!(self.list, "{value}"),
            None => write!(self.list, "null"),
        };
    }

    fn text(&mut self, value: Option<&'a str>) {
        match self.begin_cell() {
            Some(Kind::Long) => self.in_blob(value.map(str::as_bytes)),
            _ => write_json(&mut self.list, value),
        }
    }

    fn bytes(&mut self, value: Option<&'a [u8]>) {
        self.begin_cell();
        self.in_blob(value);
    }

    fn end_of_row(&mut self) {
        self.list.push(']');
        self.at = 0;
    }
}

fn write_json(list: &mut String, value: Option<&str>) {
    let Some(value) = value else {
        list.push_str("null");
        return;
    };
    list.push('"');
    for c in value.chars() {
        match c {
            '"' => list.push_str("\\\""),
            '\\' => list.push_str("\\\\"),
            c if c < ' ' => {
                let _ = write!(list, "\\u{:04x}", u32::from(c));
            }
            c => list.push(c),
        }
    }
    list.push('"');
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
            Kind::Text | Kind::Long => Array::Text(Vec::new()),
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
