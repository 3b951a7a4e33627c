//! Prints how fast the product is, as ratios to the floor measured in the same run: `cargo bench`.
//!
//! Every ratio is the median of interleaved rounds. `cargo bench -- 9 2` makes nine rounds of two seconds each; `cargo bench -- speed`
//! leaves out the large stores, `cargo bench -- load` measures them alone, `cargo bench -- process` the engine in process alone.
//! `cargo bench -- pages` prints instead what the pages weigh and cost with 100,000 open tasks beside a million closed cases,
//! `cargo bench -- drain` what they cost while 50,000 messages leave that an outage has kept waiting.

#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing)]

#[path = "../tests/backlog.rs"]
mod backlog;
mod bundle;
mod drain;
mod floor;
mod http;
mod load;
#[expect(dead_code, reason = "the tests ask more of it")]
#[path = "../tests/api/mail_server.rs"]
mod mail_server;
mod pages;
#[path = "../tests/places.rs"]
mod places;

use floor::Work;
use http::Server;
use onenet::store::Store;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What one round found: name of the row, the goal, and the ratio or value.
type Found = (String, &'static str, f64);

fn main() {
    // Cargo hands in `--bench`; a test run of all targets does not, and is not meant.
    let words: Vec<String> = std::env::args().skip(1).collect();
    if !words.iter().any(|word| word == "--bench") {
        return;
    }
    let mut numbers = words.iter().filter_map(|word| word.parse::<f64>().ok());
    let rounds = numbers.next().unwrap_or(5.0) as usize;
    let seconds = numbers.next().unwrap_or(1.0);
    let only = |part: &str| words.iter().any(|word| word == part);
    if only("pages") {
        return places::run(pages::print());
    }
    if only("drain") {
        return places::run(drain::print());
    }
    let all = !["speed", "load", "process"].into_iter().any(only);
    let (mut speed, mut load) = (Vec::new(), Vec::new());
    places::run(async {
        for round in 1..=rounds {
            eprintln!("round {round} of {rounds}");
            let mut found = Vec::new();
            if all || only("speed") || only("process") {
                found.extend(in_process(seconds).await);
            }
            if all || only("speed") {
                found.extend(sqlite(seconds).await);
                found.extend(postgres(seconds).await);
            }
            speed.push(found);
        }
        if all || only("load") {
            load = load::rows(rounds, seconds).await;
        }
    });
    println!("| what | goal | reached |\n|---|---|---|");
    for at in 0..speed[0].len() {
        let (name, goal, _) = &speed[0][at];
        let values = speed.iter().map(|round: &Vec<Found>| round[at].2).collect();
        println!("| {name} | {goal} | {:.2} |", median(values));
    }
    for (name, goal, value) in &load {
        println!("| {name} | {goal} | {value:.2} |");
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// An empty folder, and the address of a store in it.
fn folder() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("onenet.db").display());
    (folder, url)
}

async fn work() -> Arc<Work> {
    let (_folder, url) = folder();
    let runtime = bundle::start(&url, bundle::library()).await;
    let work = Work::seen(&runtime).await;
    runtime.shutdown().await.unwrap();
    Arc::new(work)
}

async fn sqlite_floor(work: &Work, at_once: usize, seconds: f64) -> f64 {
    let (folder, url) = folder();
    Store::open(&url).await.unwrap().close().await.unwrap();
    floor::sqlite(
        folder.path().join("onenet.db").to_str().unwrap(),
        work,
        at_once,
        seconds,
    )
}

async fn in_process(seconds: f64) -> Vec<Found> {
    let work = work().await;
    let library = bundle::library();
    let sixteen = sqlite_floor(&work, 16, seconds).await;
    let sixty_four = sqlite_floor(&work, 64, seconds).await;
    let mut found = vec![(
        "floor, SQLite, 16 a commit (operations/s)".to_owned(),
        "",
        sixteen,
    )];
    for (name, goal, clients, floor) in [
        ("P3 SQLite in process, 16 clients", "≥ 0.75", 16, sixteen),
        ("SQLite in process, 64 clients", "", 64, sixty_four),
    ] {
        let (_folder, url) = folder();
        let runtime = bundle::start(&url, library.clone()).await;
        let rate = bundle::rate(&runtime, clients, seconds).await;
        runtime.shutdown().await.unwrap();
        found.push((name.to_owned(), goal, rate / floor));
    }
    found
}

async fn sqlite(seconds: f64) -> Vec<Found> {
    let work = work().await;
    let [one, sixteen, sixty_four] = [
        sqlite_floor(&work, 1, seconds).await,
        sqlite_floor(&work, 16, seconds).await,
        sqlite_floor(&work, 64, seconds).await,
    ];
    let mut found = Vec::new();
    for (at_once, floor) in [(1, one), (16, sixteen), (64, sixty_four)] {
        let name = format!("floor, SQLite, {at_once} a commit (operations/s)");
        found.push((name, "", floor));
    }
    let (folder, _) = folder();
    let server = Server::start(folder.path(), None);
    let (rate, _) = server.rate(16, seconds).await;
    found.push((
        "P1 SQLite over HTTP, 16 clients".to_owned(),
        "≥ 0.45",
        rate / sixteen,
    ));
    let (rate, _) = server.rate(64, seconds).await;
    found.push((
        "P2 SQLite over HTTP, 64 clients".to_owned(),
        "≥ 0.42",
        rate / sixty_four,
    ));
    let (_, times) = server.rate(1, seconds).await;
    let p50 = times[times.len() / 2].as_secs_f64();
    found.push((
        "P4 SQLite, one client over HTTP, p50".to_owned(),
        "≤ 2.4",
        p50 * one,
    ));
    found.push((
        "P9 first call after kill −9 (s)".to_owned(),
        "≤ 1",
        restart(server, folder.path()).await,
    ));
    found
}

/// Kills a server and measures until a new one has answered its first command.
async fn restart(server: Server, folder: &std::path::Path) -> f64 {
    drop(server);
    let started = Instant::now();
    let server = Server::again(folder, None);
    server.rate(1, 0.0).await;
    started.elapsed().min(Duration::from_secs(60)).as_secs_f64()
}

async fn postgres(seconds: f64) -> Vec<Found> {
    let work = work().await;
    let mut found = Vec::new();
    for (floor_name, name, goal, clients) in [
        (
            "floor, PostgreSQL, 16 connections (operations/s)",
            "P5 PostgreSQL over HTTP, 16 clients",
            "≥ 1.2",
            16,
        ),
        (
            "floor, PostgreSQL, 64 connections (operations/s)",
            "P5 PostgreSQL over HTTP, 64 clients",
            "≥ 2.5",
            64,
        ),
    ] {
        let [_, place] = places::places().await;
        let floor = floor::postgres(&place.url, work.clone(), clients, seconds).await;
        let [_, place] = places::places().await;
        let (folder, _) = folder();
        let server = Server::start(folder.path(), Some(&place.url));
        let (rate, _) = server.rate(clients, seconds).await;
        found.push((floor_name.to_owned(), "", floor));
        found.push((name.to_owned(), goal, rate / floor));
    }
    found
}
