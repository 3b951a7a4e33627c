//! What the store costs: the same rows written by a program without an engine (the floor) and through the store, side by side.
//! The floor here sends literal SQL that is parsed anew each time, so it is slower than the prepared floor of the budget:
//! its ratios must not be held against the goals P1 to P5. SQLite only so far in the floor; for PostgreSQL set `ONENET_BENCH_POSTGRES` to the address of an empty database.
use std::fmt::Write;
use std::time::{Duration, Instant};

use onenet::store::{CaseRow, CaseWrite, EventRow, OutboxId, OutboxRow, Store, TaskRow, Unit};
use sqlx::ConnectOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};

/// Interleaved rounds; each measures everything once.
const ROUNDS: usize = 5;
/// Length of one measurement.
const SLICE: Duration = Duration::from_millis(500);
/// Operations in one commit.
const SIZES: [usize; 3] = [1, 16, 64];
/// One start and six completions.
const STEPS: i64 = 7;

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(run()).expect("a folder to write to");
}

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

async fn run() -> Outcome<()> {
    let folder = tempfile::tempdir_in(".")?;
    let file = |name: &str| folder.path().join(name).display().to_string();
    let mut floor = floor(&file("floor.db")).await?;
    let mut stores = vec![(
        "SQLite",
        Store::open(&format!("sqlite:{}", file("store.db"))).await?,
    )];
    match std::env::var("ONENET_BENCH_POSTGRES") {
        Ok(url) => stores.push(("PostgreSQL", Store::open(&url).await?)),
        Err(_) => println!(
            "PostgreSQL is absent: set ONENET_BENCH_POSTGRES to the address of an empty database"
        ),
    }
    let mut floors = vec![Vec::new(); SIZES.len()];
    let mut rates = vec![vec![Vec::new(); SIZES.len()]; stores.len()];
    let (mut floor_work, mut works) = (Work::default(), vec![Work::default(); stores.len()]);
    for _ in 0..ROUNDS {
        for (at, size) in SIZES.into_iter().enumerate() {
            let (begun, mut done) = (Instant::now(), 0);
            while begun.elapsed() < SLICE {
                write_floor(&mut floor, &floor_work.take(size)).await?;
                done += size;
            }
            floors[at].push(done as f64 / begun.elapsed().as_secs_f64());
            for (store, ((_, opened), work)) in stores.iter().zip(&mut works).enumerate() {
                let (begun, mut done) = (Instant::now(), 0);
                while begun.elapsed() < SLICE {
                    let batch = work.take(size);
                    let results = opened.commit(&batch).await?;
                    assert!(results.iter().all(Result::is_ok), "nobody else writes here");
                    done += size;
                }
                rates[store][at].push(done as f64 / begun.elapsed().as_secs_f64());
            }
        }
    }
    println!(
        "| operations a commit | SQLite floor, 1/s | store | 1/s | of the SQLite floor |\n|---|---|---|---|---|"
    );
    for (at, size) in SIZES.into_iter().enumerate() {
        let base = median(&mut floors[at]);
        for (store, (name, _)) in stores.iter().enumerate() {
            let rate = median(&mut rates[store][at]);
            println!(
                "| {size} | {base:.0} | {name} | {rate:.0} | {:.0} % |",
                100.0 * rate / base
            );
        }
    }
    Ok(())
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

async fn floor(path: &str) -> Outcome<SqliteConnection> {
    Store::open(&format!("sqlite:{path}"))
        .await?
        .close()
        .await?;
    let options = SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal);
    Ok(options
        .synchronous(SqliteSynchronous::Full)
        .connect()
        .await?)
}

/// The same rows into the same tables, as literals in one text: no parameters, no guard, no netting.
async fn write_floor(connection: &mut SqliteConnection, batch: &[Unit]) -> Outcome<()> {
    let mut sql = String::from("BEGIN IMMEDIATE;");
    for case in batch.iter().flat_map(|unit| &unit.cases) {
        let (event, row) = (&case.event, &case.row);
        let id = event.case_id;
        write!(
            sql,
            "INSERT INTO event VALUES ({id},{},{},{},'{}','{}',NULL,zeroblob(32),zeroblob(32));\
             INSERT INTO case_row VALUES ({id},'{}','bench',1,'{}',{},'a','a','none',NULL,NULL,zeroblob(60),0,NULL) \
             ON CONFLICT (id) DO UPDATE SET version = excluded.version, status = excluded.status;",
            event.first_seq,
            event.seq,
            event.at,
            event.actor,
            event.facts,
            row.number,
            row.status,
            row.version
        )?;
        for task in &case.tasks {
            write!(
                sql,
                "INSERT INTO task VALUES ({id},{},'{}','{}','{}','{}',NULL,'open','none',{},0,1);",
                task.no,
                task.step,
                task.city,
                task.department,
                task.post,
                i64::MAX
            )?;
        }
        for no in &case.closed {
            write!(sql, "DELETE FROM task WHERE case_id={id} AND no={no};")?;
        }
        for owed in &case.outbox {
            write!(
                sql,
                "INSERT INTO outbox VALUES ({id},{},0,'notice','{}','waiting',0,0,0);",
                owed.id.seq, owed.body
            )?;
        }
    }
    sql.push_str("COMMIT");
    sqlx::query(sqlx::AssertSqlSafe(sql))
        .persistent(false)
        .execute(connection)
        .await?;
    Ok(())
}

/// The bundle, step by step: 64 cases side by side, so that a commit holds steps of many cases.
#[derive(Clone, Default)]
struct Work {
    next: i64,
}

impl Work {
    fn take(&mut self, size: usize) -> Vec<Unit> {
        let from = self.next;
        self.next += size as i64;
        (from..self.next).map(step).collect()
    }
}

fn step(at: i64) -> Unit {
    let (group, inside) = (at / (64 * STEPS), at % (64 * STEPS));
    let (case_id, step) = (1 + group * 64 + inside % 64, inside / 64);
    let text = String::from;
    let task = |no| TaskRow {
        case_id,
        no,
        step: text("review"),
        city: text("city"),
        department: text("social"),
        post: text("clerk"),
        holder: None,
        state: text("open"),
        level: text("none"),
        due: None,
        opened: 0,
        version: 1,
    };
    let body = if step == 0 { 1024 } else { 300 };
    let event = EventRow {
        case_id,
        first_seq: step * 4 + 1,
        seq: step * 4 + 4,
        at,
        actor: text("clerk"),
        facts: format!("[\"{}\"]", "x".repeat(body)),
        sealed: None,
        prev: [0; 32],
        hash: [0; 32],
    };
    let row = CaseRow {
        id: case_id,
        number: format!("N{case_id}"),
        matter: text("bench"),
        revision: 1,
        status: text(if step + 1 == STEPS {
            "closed"
        } else {
            "running"
        }),
        version: event.seq,
        accepting: text("a"),
        deciding: text("a"),
        level: text("none"),
        due: None,
        parent: None,
        key: Some(vec![0; 60]),
        opened: 0,
        closed: None,
    };
    let owed = OutboxRow {
        id: OutboxId {
            case_id,
            seq: event.seq,
            position: 0,
        },
        kind: text("notice"),
        body: text("{}"),
        next_at: 0,
    };
    let case = CaseWrite {
        event,
        row,
        // The start opens one task in each branch; the first completion of a branch opens its second.
        tasks: match step {
            0 => vec![task(1), task(2), task(3)],
            1..=3 => vec![task(step + 3)],
            _ => Vec::new(),
        },
        closed: if step == 0 { Vec::new() } else { vec![step] },
        timers: Vec::new(),
        cleared: Vec::new(),
        outbox: if step + 1 == STEPS {
            vec![owed]
        } else {
            Vec::new()
        },
    };
    Unit {
        cases: vec![case],
        receipt: None,
    }
}
