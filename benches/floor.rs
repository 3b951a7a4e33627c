//! The floor: the row work of the bundle without an engine, in prepared statements on the same schema.
use std::sync::Arc;
use std::time::Instant;

use onenet::runtime::{Answer, Runtime};
use onenet::store::{CaseRow, CaseWrite, EventRow, OutboxRow, ReceiptRow, Store, TaskRow, Unit};
use rusqlite::{Connection, params};

use crate::bundle;

/// What each operation of one case writes, as it was seen once; the case's number is put in its place.
pub struct Work {
    operations: Vec<Operation>,
}

struct Operation {
    event: EventRow,
    row: CaseRow,
    opened: Vec<TaskRow>,
    closed: Vec<i64>,
    outbox: Vec<OutboxRow>,
}

impl Work {
    /// Lets one case run and notes what each of its operations leaves in the store.
    pub async fn seen(runtime: &Runtime) -> Work {
        let mut operations = Vec::new();
        let mut before: Vec<TaskRow> = Vec::new();
        let mut answer = bundle::open(runtime, "floor").await;
        loop {
            let operation = noted(runtime, &answer, &mut before).await;
            operations.push(operation);
            match bundle::next_task(&answer.seen) {
                Some(task) => {
                    answer = bundle::complete(runtime, answer.seen.id, task, "floor").await
                }
                None => return Work { operations },
            }
        }
    }

    pub fn operations(&self) -> usize {
        self.operations.len()
    }

    /// The unit of one operation of a case.
    pub fn unit(&self, case_id: i64, at: usize) -> Unit {
        let operation = &self.operations[at];
        let event = EventRow {
            case_id,
            ..operation.event.clone()
        };
        let row = CaseRow {
            id: case_id,
            number: format!("442000-BENCH-20261123-{case_id:05}-X"),
            ..operation.row.clone()
        };
        let task = |task: &TaskRow| TaskRow {
            case_id,
            ..task.clone()
        };
        let mut outbox = operation.outbox.clone();
        for row in &mut outbox {
            row.id.case_id = case_id;
        }
        let case = CaseWrite {
            event,
            row,
            only_grew: false,
            tasks: operation.opened.iter().map(task).collect(),
            closed: operation.closed.clone(),
            timers: Vec::new(),
            cleared: Vec::new(),
            outbox,
            papers: vec![],
            numbered: vec![],
            attached: vec![],
            link: None,
            certificate: None,
            cards: vec![],
            spent: vec![],
        };
        let mut key_hash = [0; 32];
        key_hash[..8].copy_from_slice(&case_id.to_be_bytes());
        key_hash[8] = at as u8;
        let receipt = ReceiptRow {
            case_id: if at == 0 { 0 } else { case_id },
            caller: "bench".into(),
            key_hash,
            body_hash: [1; 32],
            answer: format!("{case_id} 9"),
            expires: 0,
        };
        Unit {
            cases: vec![case],
            receipt: Some(receipt),
        }
    }
}

async fn noted(runtime: &Runtime, answer: &Answer, before: &mut Vec<TaskRow>) -> Operation {
    let (store, id) = (runtime.store(), answer.seen.id.cast_signed());
    let event = store.events(id, 0).await.unwrap().pop().unwrap();
    let after = store.tasks_of(id).await.unwrap();
    let is_new = |task: &&TaskRow| before.iter().all(|old| old.no != task.no);
    let is_gone = |task: &&TaskRow| after.iter().all(|new| new.no != task.no);
    let operation = Operation {
        row: store.case(id).await.unwrap().unwrap(),
        opened: after.iter().filter(is_new).cloned().collect(),
        closed: before.iter().filter(is_gone).map(|task| task.no).collect(),
        outbox: Vec::new(),
        event,
    };
    let messages = store.messages(Some(id), None, 99).await.unwrap();
    let from = operation.event.first_seq;
    let outbox = messages.into_iter().map(|message| message.leased.row);
    let outbox = outbox.filter(|row| row.id.seq >= from).collect();
    *before = after;
    Operation {
        outbox,
        ..operation
    }
}

/// SQLite: so many operations a commit, each of another case, one thread, one connection. Operations a second.
pub fn sqlite(path: &str, work: &Work, at_once: usize, seconds: f64) -> f64 {
    let connection = Connection::open(path).unwrap();
    connection
        .pragma_update(None, "journal_mode", "WAL")
        .unwrap();
    connection
        .pragma_update(None, "synchronous", "FULL")
        .unwrap();
    connection.set_prepared_statement_cache_capacity(32);
    let mut clients: Vec<(i64, usize)> = (1..=at_once as i64).map(|id| (id, 0)).collect();
    let (mut next, mut count) = (at_once as i64 + 1, 0_u64);
    let started = Instant::now();
    while started.elapsed().as_secs_f64() < seconds {
        connection
            .prepare_cached("BEGIN IMMEDIATE")
            .unwrap()
            .execute([])
            .unwrap();
        for (case, at) in &mut clients {
            write(&connection, &work.unit(*case, *at));
            *at += 1;
            if *at == work.operations() {
                (*case, *at) = (next, 0);
                next += 1;
            }
            count += 1;
        }
        connection
            .prepare_cached("COMMIT")
            .unwrap()
            .execute([])
            .unwrap();
    }
    count as f64 / started.elapsed().as_secs_f64()
}

fn write(connection: &Connection, unit: &Unit) {
    let case = &unit.cases[0];
    let (event, row) = (&case.event, &case.row);
    let run = |sql: &str, params: &[&dyn rusqlite::ToSql]| {
        connection
            .prepare_cached(sql)
            .unwrap()
            .execute(params)
            .unwrap();
    };
    run(
        "INSERT INTO event (case_id, first_seq, seq, at, actor, facts, sealed, prev, hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        params![
            event.case_id,
            event.first_seq,
            event.seq,
            event.at,
            event.actor,
            event.facts,
            event.sealed,
            event.prev,
            event.hash
        ],
    );
    if event.first_seq == 1 {
        run(
            "INSERT INTO case_row (id, number, matter, revision, status, version, accepting, deciding, level, due, parent, key, opened, closed) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
            params![
                row.id,
                row.number,
                row.matter,
                row.revision,
                row.status,
                row.version,
                row.accepting,
                row.deciding,
                row.level,
                row.due,
                row.parent,
                row.key,
                row.opened,
                row.closed
            ],
        );
    } else {
        run(
            "UPDATE case_row SET status = ?2, version = ?3, deciding = ?4, level = ?5, due = ?6, closed = ?7 WHERE id = ?1",
            params![
                row.id,
                row.status,
                row.version,
                row.deciding,
                row.level,
                row.due,
                row.closed
            ],
        );
    }
    for no in &case.closed {
        run(
            "DELETE FROM task WHERE case_id = ?1 AND no = ?2",
            params![event.case_id, no],
        );
    }
    for task in &case.tasks {
        run(
            "INSERT INTO task (case_id, no, place, step, city, department, post, holder, state, level, due, opened, version) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
            params![
                task.case_id,
                task.no,
                task.place,
                task.step,
                task.city,
                task.department,
                task.post,
                task.holder,
                task.state,
                task.level,
                task.due.unwrap_or(i64::MAX),
                task.opened,
                task.version
            ],
        );
    }
    for message in &case.outbox {
        run(
            "INSERT INTO outbox (case_id, seq, position, kind, body, state, attempts, next_at, lease, since) VALUES (?1, ?2, ?3, ?4, ?5, 'waiting', 0, ?6, 0, ?6)",
            params![
                message.id.case_id,
                message.id.seq,
                message.id.position,
                message.kind,
                message.body,
                message.next_at
            ],
        );
    }
    let receipt = unit.receipt.as_ref().unwrap();
    run(
        "INSERT INTO receipt (case_id, caller, key_hash, body_hash, answer, expires) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![
            receipt.case_id,
            receipt.caller,
            receipt.key_hash,
            receipt.body_hash,
            receipt.answer,
            receipt.expires
        ],
    );
}

/// PostgreSQL: so many connections, each commits one operation at a time. Operations a second.
pub async fn postgres(url: &str, work: Arc<Work>, connections: usize, seconds: f64) -> f64 {
    let mut clients = tokio::task::JoinSet::new();
    let mut stores = Vec::new();
    for _ in 0..connections {
        stores.push(Store::open(url).await.unwrap());
    }
    let started = Instant::now();
    for (store, client) in stores.into_iter().zip(1..) {
        let work = work.clone();
        clients.spawn(async move {
            let mut count = 0_u64;
            for round in 0.. {
                let case = client + round * 1000;
                for at in 0..work.operations() {
                    store.commit(vec![work.unit(case, at)]).await.unwrap();
                    count += 1;
                }
                if started.elapsed().as_secs_f64() >= seconds {
                    break;
                }
            }
            store.close().await.unwrap();
            count
        });
    }
    let counts = clients.join_all().await;
    counts.iter().sum::<u64>() as f64 / started.elapsed().as_secs_f64()
}
