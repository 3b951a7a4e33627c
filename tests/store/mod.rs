//! The store: the same cases on SQLite and PostgreSQL.

mod cases;
mod certificates;
mod leaving;
mod lists;
mod numbers;

use onenet::store::codec;
use onenet::store::codec::ORIGIN;
use onenet::store::*;

pub fn write(case_id: i64, prev: Option<&EventRow>) -> CaseWrite {
    let first_seq = prev.map_or(1, |row| row.seq + 1);
    let mut event = EventRow {
        case_id,
        first_seq,
        seq: first_seq + 1,
        at: 1_000 + first_seq,
        actor: "王五".into(),
        facts: r#"[{"Started":"张三 \"x\""},{}]"#.into(),
        sealed: Some(vec![0, 1, 255]).filter(|_| case_id % 2 == 0),
        prev: prev.map_or(ORIGIN, |row| row.hash),
        hash: ORIGIN,
    };
    event.hash = codec::link(&event);
    let row = CaseRow {
        id: case_id,
        number: format!("N{case_id}"),
        matter: "m".into(),
        revision: 1,
        status: "running".into(),
        version: event.seq,
        accepting: "zhongshan".into(),
        deciding: "zunyi".into(),
        level: "none".into(),
        due: None,
        parent: None,
        key: Some(vec![7; 60]),
        opened: 1_000,
        closed: None,
        once: None,
        since: Some(1_000),
    };
    CaseWrite {
        event,
        row,
        only_grew: false,
        tasks: vec![],
        closed: vec![],
        timers: vec![],
        cleared: vec![],
        outbox: vec![],
        papers: vec![],
        numbered: vec![],
        attached: vec![],
        link: None,
        certificate: None,
        cards: vec![],
        spent: vec![],
    }
}

pub fn unit(case: CaseWrite) -> Unit {
    Unit {
        cases: vec![case],
        receipt: None,
    }
}

pub fn task(case_id: i64, no: i64, due: Option<i64>) -> TaskRow {
    let holder = None;
    let text = String::from;
    TaskRow {
        case_id,
        no,
        place: 0,
        step: text("review"),
        city: text("zunyi"),
        department: text("social"),
        post: text(if no % 2 == 0 { "clerk" } else { "head" }),
        holder,
        state: text("open"),
        level: text("none"),
        due,
        opened: 1,
        version: 1,
    }
}
