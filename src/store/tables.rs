//! The tables a batch writes: their columns in order, and how a row fills them.
use super::batch::Cells;
use super::{
    AttachmentRow, CardRow, CaseRow, CertificateRow, EventRow, LinkRow, OutboxRow, PaperNumberRow,
    PaperRow, ReceiptRow, SpentRow, TaskRow, TimerRow,
};

/// What a task, timer or limit without end is stored as.
pub(super) const NEVER: i64 = i64::MAX;

/// A table as a batch writes it.
pub(super) struct Table {
    pub name: &'static str,
    pub deed: Deed,
    pub columns: &'static [(&'static str, Kind)],
}

impl Table {
    /// Its first column.
    pub(super) fn key(&self) -> &'static str {
        self.columns.first().map_or("", |(name, _)| name)
    }

    /// What an update sets all other columns to.
    pub(super) fn set(&self, mut value: impl FnMut(&str) -> String) -> String {
        let others = self.columns.iter().skip(1);
        let sets: Vec<_> = others
            .map(|(name, _)| format!("{name} = {}", value(name)))
            .collect();
        sets.join(", ")
    }
}

/// What happens with the rows.
pub(super) enum Deed {
    /// They are inserted; the text says what happens on a clash, empty for an error.
    Insert(&'static str),
    /// The row whose key is the first column gets the values of the others.
    Update,
    /// The rows with these keys are deleted.
    Delete,
}

/// What a column holds.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    Number,
    Text,
    Bytes,
}

impl Kind {
    pub(super) fn postgres(self) -> &'static str {
        match self {
            Kind::Number => "bigint",
            Kind::Text => "text",
            Kind::Bytes => "bytea",
        }
    }
}

use Kind::{Bytes, Number, Text};

/// All of them, in the order in which SQLite writes them.
pub(super) static TABLES: [Table; 16] = [
    EVENT,
    CASE_ROW,
    CASE_GREW,
    TASK_GONE,
    TASK,
    TIMER_GONE,
    TIMER,
    OUTBOX,
    PAPER,
    PAPER_NUMBER,
    UNCLAIMED_GONE,
    ATTACHMENT,
    LINK,
    CARD,
    SPENT,
    RECEIPT,
];

/// Tables that are written seldom: a batch without a row of theirs is written as if there were none.
pub(super) static RARE: [Table; 1] = [CERTIFICATE];

const CERTIFICATE: Table = Table {
    name: "certificate",
    deed: Deed::Insert(
        "ON CONFLICT (case_id) DO UPDATE SET sought = excluded.sought, until = excluded.until",
    ),
    columns: &[("case_id", Number), ("sought", Number), ("until", Number)],
};

pub(super) fn certificate<'a>(row: &'a CertificateRow, cells: &mut impl Cells<'a>) {
    for number in [row.case_id, row.sought, row.until] {
        cells.number(Some(number));
    }
    cells.end_of_row();
}

const EVENT: Table = Table {
    name: "event",
    deed: Deed::Insert(""),
    columns: &[
        ("case_id", Number),
        ("first_seq", Number),
        ("seq", Number),
        ("at", Number),
        ("actor", Text),
        ("facts", Text),
        ("sealed", Bytes),
        ("prev", Bytes),
        ("hash", Bytes),
    ],
};

pub(super) fn event<'a>(row: &'a EventRow, cells: &mut impl Cells<'a>) {
    for number in [row.case_id, row.first_seq, row.seq, row.at] {
        cells.number(Some(number));
    }
    cells.text(Some(&row.actor));
    cells.text(Some(&row.facts));
    cells.bytes(row.sealed.as_deref());
    cells.bytes(Some(&row.prev));
    cells.bytes(Some(&row.hash));
    cells.end_of_row();
}

const CASE_ROW: Table = Table {
    name: "case_row",
    deed: Deed::Insert(
        "ON CONFLICT (id) DO UPDATE SET matter = excluded.matter, revision = excluded.revision, status = excluded.status, \
         version = excluded.version, deciding = excluded.deciding, level = excluded.level, due = excluded.due, \
         closed = excluded.closed, once = excluded.once, since = excluded.since",
    ),
    columns: &[
        ("id", Number),
        ("number", Text),
        ("matter", Text),
        ("revision", Number),
        ("status", Text),
        ("version", Number),
        ("accepting", Text),
        ("deciding", Text),
        ("level", Text),
        ("due", Number),
        ("parent", Number),
        ("key", Bytes),
        ("opened", Number),
        ("closed", Number),
        ("once", Bytes),
        ("since", Number),
    ],
};

pub(super) fn case_row<'a>(row: &'a CaseRow, cells: &mut impl Cells<'a>) {
    cells.number(Some(row.id));
    cells.text(Some(&row.number));
    cells.text(Some(&row.matter));
    cells.number(Some(row.revision));
    cells.text(Some(&row.status));
    cells.number(Some(row.version));
    for text in [&row.accepting, &row.deciding, &row.level] {
        cells.text(Some(text));
    }
    cells.number(row.due);
    cells.number(row.parent);
    cells.bytes(row.key.as_deref());
    cells.number(Some(row.opened));
    cells.number(row.closed);
    cells.bytes(row.once.as_deref());
    cells.number(row.since);
    cells.end_of_row();
}

/// Most commands change nothing that a list shows of a case; its many indexes then stay as they are.
const CASE_GREW: Table = Table {
    name: "case_row",
    deed: Deed::Update,
    columns: &[("id", Number), ("version", Number)],
};

pub(super) fn case_grew<'a>(row: &CaseRow, cells: &mut impl Cells<'a>) {
    cells.number(Some(row.id));
    cells.number(Some(row.version));
    cells.end_of_row();
}

const TASK_GONE: Table = Table {
    name: "task",
    deed: Deed::Delete,
    columns: &[("case_id", Number), ("no", Number)],
};

const TIMER_GONE: Table = Table {
    name: "timer",
    ..TASK_GONE
};

pub(super) fn gone<'a>((case_id, no): (i64, i64), cells: &mut impl Cells<'a>) {
    cells.number(Some(case_id));
    cells.number(Some(no));
    cells.end_of_row();
}

const TASK: Table = Table {
    name: "task",
    deed: Deed::Insert(
        "ON CONFLICT (case_id, no, place) DO UPDATE SET step = excluded.step, city = excluded.city, \
         department = excluded.department, post = excluded.post, holder = excluded.holder, state = excluded.state, \
         level = excluded.level, due = excluded.due, version = excluded.version",
    ),
    columns: &[
        ("case_id", Number),
        ("no", Number),
        ("place", Number),
        ("step", Text),
        ("city", Text),
        ("department", Text),
        ("post", Text),
        ("holder", Text),
        ("state", Text),
        ("level", Text),
        ("due", Number),
        ("opened", Number),
        ("version", Number),
    ],
};

pub(super) fn task<'a>(row: &'a TaskRow, cells: &mut impl Cells<'a>) {
    for number in [row.case_id, row.no, row.place] {
        cells.number(Some(number));
    }
    for text in [&row.step, &row.city, &row.department, &row.post] {
        cells.text(Some(text));
    }
    cells.text(row.holder.as_deref());
    cells.text(Some(&row.state));
    cells.text(Some(&row.level));
    for number in [row.due.unwrap_or(NEVER), row.opened, row.version] {
        cells.number(Some(number));
    }
    cells.end_of_row();
}

const TIMER: Table = Table {
    name: "timer",
    deed: Deed::Insert("ON CONFLICT (case_id, no) DO UPDATE SET due = excluded.due"),
    columns: &[("case_id", Number), ("no", Number), ("due", Number)],
};

pub(super) fn timer<'a>(row: &TimerRow, cells: &mut impl Cells<'a>) {
    for number in [row.case_id, row.no, row.due] {
        cells.number(Some(number));
    }
    cells.end_of_row();
}

const OUTBOX: Table = Table {
    name: "outbox",
    deed: Deed::Insert(""),
    columns: &[
        ("case_id", Number),
        ("seq", Number),
        ("position", Number),
        ("kind", Text),
        ("body", Text),
        ("state", Text),
        ("attempts", Number),
        ("next_at", Number),
        ("lease", Number),
        ("since", Number),
    ],
};

pub(super) fn outbox<'a>(row: &'a OutboxRow, cells: &mut impl Cells<'a>) {
    for number in [row.id.case_id, row.id.seq, row.id.position] {
        cells.number(Some(number));
    }
    cells.text(Some(&row.kind));
    cells.text(Some(&row.body));
    cells.text(Some(super::alone::first_state(&row.kind)));
    for number in [0, row.next_at, 0, row.next_at] {
        cells.number(Some(number));
    }
    cells.end_of_row();
}

const PAPER: Table = Table {
    name: "paper",
    deed: Deed::Insert(""),
    columns: &[("case_id", Number), ("no", Number), ("sealed", Bytes)],
};

pub(super) fn paper<'a>(row: &'a PaperRow, cells: &mut impl Cells<'a>) {
    cells.number(Some(row.case_id));
    cells.number(Some(row.no));
    cells.bytes(Some(&row.sealed));
    cells.end_of_row();
}

const PAPER_NUMBER: Table = Table {
    name: "paper_number",
    deed: Deed::Insert(""),
    columns: &[
        ("series", Text),
        ("running", Number),
        ("previous", Number),
        ("case_id", Number),
        ("no", Number),
    ],
};

pub(super) fn paper_number<'a>(row: &'a PaperNumberRow, cells: &mut impl Cells<'a>) {
    let running = i64::from(row.number.running);
    cells.text(Some(&row.number.series));
    cells.number(Some(running));
    cells.number(Some(running - 1).filter(|before| *before > 0));
    cells.number(Some(row.case_id));
    cells.number(Some(row.no));
    cells.end_of_row();
}

const UNCLAIMED_GONE: Table = Table {
    name: "unclaimed",
    deed: Deed::Delete,
    columns: &[("id", Text)],
};

pub(super) fn claimed<'a>(row: &'a AttachmentRow, cells: &mut impl Cells<'a>) {
    cells.text(Some(&row.id));
    cells.end_of_row();
}

const ATTACHMENT: Table = Table {
    name: "attachment",
    deed: Deed::Insert(""),
    columns: &[("id", Text), ("case_id", Number), ("key", Bytes)],
};

pub(super) fn attachment<'a>(row: &'a AttachmentRow, cells: &mut impl Cells<'a>) {
    cells.text(Some(&row.id));
    cells.number(Some(row.case_id));
    cells.bytes(Some(&row.key));
    cells.end_of_row();
}

const LINK: Table = Table {
    name: "link",
    deed: Deed::Insert("ON CONFLICT (hash) DO NOTHING"),
    columns: &[
        ("hash", Bytes),
        ("case_id", Number),
        ("times", Number),
        ("person", Number),
        ("name", Number),
        ("initials", Number),
        ("channel", Text),
    ],
};

pub(super) fn link<'a>(row: &'a LinkRow, cells: &mut impl Cells<'a>) {
    cells.bytes(Some(&row.hash));
    cells.number(Some(row.case_id));
    cells.number(Some(row.times));
    for hash in [row.sought.person, row.sought.name, row.sought.initials] {
        cells.number(hash);
    }
    cells.text(row.sought.channel.as_deref());
    cells.end_of_row();
}

const CARD: Table = Table {
    name: "card",
    deed: Deed::Insert(
        "ON CONFLICT (case_id, no) DO UPDATE SET step = excluded.step, city = excluded.city, department = excluded.department, \
         post = excluded.post, holder = excluded.holder, explained = excluded.explained, pursued = excluded.pursued, \
         closed = excluded.closed",
    ),
    columns: &[
        ("case_id", Number),
        ("no", Number),
        ("level", Text),
        ("clock", Text),
        ("step", Text),
        ("city", Text),
        ("department", Text),
        ("post", Text),
        ("holder", Text),
        ("opened", Number),
        ("explained", Number),
        ("pursued", Number),
        ("closed", Number),
    ],
};

pub(super) fn card<'a>(row: &'a CardRow, cells: &mut impl Cells<'a>) {
    cells.number(Some(row.case_id));
    cells.number(Some(row.no));
    for text in [
        &row.level,
        &row.clock,
        &row.step,
        &row.city,
        &row.department,
        &row.post,
    ] {
        cells.text(Some(text));
    }
    cells.text(row.holder.as_deref());
    cells.number(Some(row.opened));
    for at in [row.explained, row.pursued, row.closed] {
        cells.number(at);
    }
    cells.end_of_row();
}

const SPENT: Table = Table {
    name: "spent",
    deed: Deed::Insert("ON CONFLICT (case_id, no) DO NOTHING"),
    columns: &[
        ("case_id", Number),
        ("no", Number),
        ("matter", Text),
        ("step", Text),
        ("city", Text),
        ("opened", Number),
        ("done", Number),
        ("person", Text),
    ],
};

pub(super) fn spent<'a>(row: &'a SpentRow, cells: &mut impl Cells<'a>) {
    cells.number(Some(row.case_id));
    cells.number(Some(row.no));
    for text in [&row.matter, &row.step, &row.city] {
        cells.text(Some(text));
    }
    cells.number(Some(row.opened));
    cells.number(Some(row.done));
    cells.text(row.person.as_deref());
    cells.end_of_row();
}

const RECEIPT: Table = Table {
    name: "receipt",
    deed: Deed::Insert(""),
    columns: &[
        ("case_id", Number),
        ("caller", Text),
        ("key_hash", Bytes),
        ("body_hash", Bytes),
        ("answer", Text),
        ("expires", Number),
    ],
};

pub(super) fn receipt<'a>(row: &'a ReceiptRow, cells: &mut impl Cells<'a>) {
    cells.number(Some(row.case_id));
    cells.text(Some(&row.caller));
    cells.bytes(Some(&row.key_hash));
    cells.bytes(Some(&row.body_hash));
    cells.text(Some(&row.answer));
    cells.number(Some(row.expires));
    cells.end_of_row();
}
