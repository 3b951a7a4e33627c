//! With much in the store: 100,000 open cases (P7, P9, P10), 10,000 timers due at one instant (P8).
use std::time::Instant;

use serde_json::json;
use sqlx::Connection;

use crate::http::Server;
use crate::{Found, bundle, median, places};

const OPEN: usize = 100_000;
const TIMERS: usize = 10_000;
const CLIENTS: usize = 64;
/// Commands of a long case.
const LONG: usize = 10_000;

/// The rows of both databases.
pub async fn rows(rounds: usize, seconds: f64) -> Vec<Found> {
    let mut found = Vec::new();
    for kind in [Kind::Sqlite, Kind::Postgres] {
        found.push(size(kind).await);
        found.extend(many(kind, rounds, seconds).await);
        found.extend(timers(kind).await);
    }
    found.extend(long().await);
    found
}

/// A case with a long history, in process on SQLite: what a step costs late against early, and what reading it anew costs.
async fn long() -> Vec<Found> {
    let (folder, library) = (tempfile::tempdir().unwrap(), bundle::library());
    let url = format!("sqlite:{}", folder.path().join("onenet.db").display());
    let runtime = bundle::start(&url, library.clone()).await;
    let seen = bundle::open(&runtime, "long").await.seen;
    let task = bundle::next_task(&seen).unwrap();
    let (early, late) = bundle::to_and_fro(&runtime, seen.id, task, LONG / 2).await;
    runtime.shutdown().await.unwrap();
    let runtime = bundle::start(&url, library).await;
    let started = Instant::now();
    let events = runtime.case(seen.id).await.unwrap().unwrap().version();
    let read = started.elapsed();
    runtime.shutdown().await.unwrap();
    vec![
        (
            format!("P11 a step of a case with {events} events, to one of its first"),
            "≈ 1",
            late.as_secs_f64() / early.as_secs_f64(),
        ),
        (
            format!("P11 reading a case of {events} events from the store (ms)"),
            "",
            read.as_secs_f64() * 1e3,
        ),
    ]
}

/// A kind of database.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    Sqlite,
    Postgres,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Kind::Sqlite => "SQLite",
            Kind::Postgres => "PostgreSQL",
        }
    }

    fn goal(self, sqlite: &'static str, postgres: &'static str) -> &'static str {
        match self {
            Kind::Sqlite => sqlite,
            Kind::Postgres => postgres,
        }
    }
}

/// Bytes of a case that has run, without its receipts, which expire.
async fn size(kind: Kind) -> Found {
    let place = Fresh::new(kind).await;
    let server = place.server();
    server.rate(16, 2.0).await;
    drop(server);
    let goal = kind.goal("≤ 8192", "≤ 15360");
    (
        format!("P10 {}: bytes a case with its history", kind.name()),
        goal,
        place.bytes_a_case().await,
    )
}

/// The rate with many open cases against that of an empty store, interleaved; the worklist; a restart; memory.
async fn many(kind: Kind, rounds: usize, seconds: f64) -> Vec<Found> {
    let (empty, full) = (Fresh::new(kind).await, Fresh::new(kind).await);
    drop(empty.server());
    let mut server = full.server();
    let body = json!({ "matter": "bench-bundle", "accepting_city": "442000", "channel": "window",
        "applicant": bundle::applicant(), "form": bundle::form() });
    eprintln!("{}: opening {OPEN} cases", kind.name());
    server.open(CLIENTS, OPEN, &body).await;
    let mut ratios = Vec::new();
    for _ in 0..rounds {
        let other = empty.again();
        let (alone, _) = other.rate(16, seconds).await;
        drop(other);
        let (among, _) = server.rate(16, seconds).await;
        ratios.push(among / alone);
    }
    let pages = server
        .pages("/api/v1/tasks?city=442000&department=si&limit=50", 200)
        .await;
    let memory = server.memory();
    drop(server);
    let started = Instant::now();
    server = full.again();
    server.rate(1, 0.0).await;
    let restarted = started.elapsed().as_secs_f64();
    drop(server);
    let (name, page) = (kind.name(), kind.goal("≤ 1", "≤ 2"));
    vec![
        (
            format!("P7 {name}: 16 clients among {OPEN} open cases, to an empty store"),
            "≥ 0.85",
            median(ratios),
        ),
        (
            format!("P7 {name}: 50 rows of the worklist over HTTP, p50 (ms)"),
            page,
            pages[pages.len() / 2].as_secs_f64() * 1e3,
        ),
        (
            format!("P9 {name}: first call after kill −9 among them (s)"),
            "≤ 1",
            restarted,
        ),
        (
            format!("P10 {name}: resident with them (MB)"),
            "≤ 200",
            memory,
        ),
    ]
}

/// Until all timers due at one instant have fired, and how long pages took meanwhile.
async fn timers(kind: Kind) -> Vec<Found> {
    let place = Fresh::new(kind).await;
    let server = place.sandbox();
    let body = json!({ "matter": "bench-timer", "accepting_city": "442000", "channel": "window",
        "applicant": bundle::applicant(), "form": { "day": "2026-11-24" } });
    server.open(CLIENTS, TIMERS, &body).await;
    let reading = server.pages_until_told("/api/v1/tasks?city=442000&department=si&limit=50");
    let started = Instant::now();
    server
        .post(
            "/api/v1/sandbox/clock",
            &json!({ "set": "2026-11-24T00:00:00+08:00" }),
        )
        .await;
    let fired = started.elapsed().as_secs_f64();
    let pages = reading.stop().await;
    let goal = kind.goal("≤ 0.5", "≤ 1");
    let name = kind.name();
    vec![
        (
            format!("P8 {name}: {TIMERS} timers due at once (s)"),
            goal,
            fired,
        ),
        (
            format!("P8 {name}: a page meanwhile, p95 (ms)"),
            "≤ 200",
            pages[pages.len() * 95 / 100].as_secs_f64() * 1e3,
        ),
    ]
}

/// An empty store of the same kind.
pub struct Fresh {
    pub folder: tempfile::TempDir,
    pub database: Option<String>,
}

impl Fresh {
    pub async fn new(kind: Kind) -> Fresh {
        let database = match kind {
            Kind::Sqlite => None,
            Kind::Postgres => Some(places::places().await[1].url.clone()),
        };
        let folder = tempfile::tempdir().unwrap();
        Fresh { folder, database }
    }

    fn server(&self) -> Server {
        Server::start(self.folder.path(), self.database.as_deref())
    }

    fn again(&self) -> Server {
        Server::again(self.folder.path(), self.database.as_deref())
    }

    /// The address of the store.
    pub fn url(&self) -> String {
        let file = || format!("sqlite:{}", self.folder.path().join("onenet.db").display());
        self.database.clone().unwrap_or_else(file)
    }

    fn sandbox(&self) -> Server {
        Server::sandbox(
            self.folder.path(),
            self.database.as_deref(),
            "2026-11-23T09:00:00+08:00",
        )
    }

    /// What the store weighs without receipts and definitions, over the cases in it.
    async fn bytes_a_case(&self) -> f64 {
        let count = "SELECT count(*) FROM case_row";
        let (bytes, cases): (i64, i64) = match &self.database {
            None => {
                let mut store = sqlx::SqliteConnection::connect(&self.url()).await.unwrap();
                let bytes = "SELECT sum(pgsize) FROM dbstat WHERE name NOT LIKE '%receipt%' AND name NOT LIKE '%definition%'";
                let bytes = sqlx::query_scalar(bytes).fetch_one(&mut store).await;
                let cases = sqlx::query_scalar(count).fetch_one(&mut store).await;
                (bytes.unwrap(), cases.unwrap())
            }
            Some(url) => {
                let mut store = sqlx::PgConnection::connect(url).await.unwrap();
                let bytes = "SELECT sum(pg_total_relation_size(oid))::bigint FROM pg_class \
                             WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname NOT IN ('receipt', 'definition')";
                let bytes = sqlx::query_scalar(bytes).fetch_one(&mut store).await;
                let cases = sqlx::query_scalar(count).fetch_one(&mut store).await;
                (bytes.unwrap(), cases.unwrap())
            }
        };
        bytes as f64 / cases as f64
    }
}
