//! kill −9 in the middle of load, on both databases. The clients' own log of acknowledgements is the judge (G1, G3, G12).
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use super::places::{Place, places, run};
use super::runtime::{complete, library, next_task, open, start_of_day, with_key};
use onenet::runtime::*;
use onenet::store::*;

/// So many clients work at once.
const CLIENTS: usize = 16;
/// So often each database is killed.
const KILLS: usize = 30;

async fn start(url: &str) -> Runtime {
    let store = Store::open(url).await.unwrap();
    let clock = Clock::sandbox(start_of_day());
    let keys = Keys::new([7; 32]);
    Runtime::start(store, keys, library(), clock).await.unwrap()
}

/// Not a test by itself: the process that is killed. It says what it tries, and what was acknowledged.
#[test]
fn child_works_until_killed() {
    let Ok(url) = std::env::var("ONENET_KILL_STORE") else {
        return;
    };
    let round = std::env::var("ONENET_KILL_ROUND").unwrap();
    run(async {
        let runtime = start(&url).await;
        let clients = (0..CLIENTS).map(|client| client_of(&runtime, format!("{round}-{client}")));
        let clients: Vec<_> = clients.map(tokio::spawn).collect();
        for client in clients {
            client.await.unwrap();
        }
    });
}

/// Opens cases and completes their tasks, without end.
fn client_of(runtime: &Runtime, name: String) -> impl Future<Output = ()> + use<> {
    let runtime = runtime.clone();
    async move {
        for count in 0.. {
            let key = format!("{name}-{count}");
            say(&format!("try {key}"));
            let request = with_key(open(), &key, key.as_bytes());
            let mut seen = runtime.submit(request).await.unwrap().seen;
            say(&format!("ack {key} {} {}", seen.id, seen.version()));
            while let Some(task) = next_task(&seen) {
                let key = format!("{key}-{}", task.0);
                let request = with_key(complete(seen.id, task), &key, key.as_bytes());
                seen = runtime.submit(request).await.unwrap().seen;
                say(&format!("ack {key} {} {}", seen.id, seen.version()));
            }
        }
    }
}

fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "\n{line}").unwrap();
    out.flush().unwrap();
}

/// What the clients of all rounds know.
#[derive(Default)]
struct Log {
    /// Keys with which a case was asked for, and the case, if that was acknowledged.
    tried: BTreeMap<String, Option<u64>>,
    /// The highest version of each case that was acknowledged.
    versions: BTreeMap<u64, u64>,
    acknowledged: usize,
}

impl Log {
    fn take(&mut self, line: &str) {
        let words: Vec<&str> = line.split(' ').collect();
        match words.as_slice() {
            ["try", key] => _ = self.tried.insert((*key).to_owned(), None),
            ["ack", key, case, version] => {
                let (case, version): (u64, u64) = (case.parse().unwrap(), version.parse().unwrap());
                if let Some(opened) = self.tried.get_mut(*key) {
                    *opened = Some(case);
                }
                let highest = self.versions.entry(case).or_default();
                *highest = version.max(*highest);
                self.acknowledged += 1;
            }
            _ => {}
        }
    }

    /// Lets a child work on a store and kills it after so many acknowledgements.
    fn kill_after(&mut self, url: &str, round: usize, count: usize) {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "kill::child_works_until_killed", "--nocapture"])
            .envs([
                ("ONENET_KILL_STORE", url),
                ("ONENET_KILL_ROUND", &round.to_string()),
            ])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let until = self.acknowledged + count;
        let mut killed = false;
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            self.take(&line.unwrap());
            if self.acknowledged >= until && !killed {
                child.kill().unwrap();
                killed = true;
            }
        }
        child.wait().unwrap();
        assert!(killed, "round {round}: the child stopped by itself");
    }

    /// Nothing acknowledged is lost, and nothing there twice: every key opens one case, also when it is tried again.
    async fn judge(&mut self, url: &str, round: usize) {
        let runtime = start(url).await;
        let mut cases = BTreeSet::new();
        for (key, opened) in &mut self.tried {
            let again = runtime
                .submit(with_key(open(), key, key.as_bytes()))
                .await
                .unwrap();
            assert!(opened.is_none_or(|case| case == again.seen.id), "{key}");
            assert!(
                again.replayed || opened.is_none(),
                "{key} was acknowledged and is lost"
            );
            *opened = Some(again.seen.id);
            assert!(cases.insert(again.seen.id), "{key} shares a case");
        }
        let stored = runtime
            .store()
            .count_cases(&CaseFilter::default())
            .await
            .unwrap();
        assert_eq!(stored, cases.len() as i64, "round {round}");
        for (case, version) in &self.versions {
            let seen = runtime.case(*case).await.unwrap().unwrap();
            assert!(
                seen.version() >= *version,
                "case {case} has lost what was acknowledged"
            );
        }
        runtime.shutdown().await.unwrap();
        let store = Store::open_to_read(url).await.unwrap();
        let found = verify(&store, Depth::Fold(Keys::new([7; 32])))
            .await
            .unwrap();
        let checked = found.unwrap_or_else(|broken| panic!("round {round}: {broken:?}"));
        assert_eq!(checked.cases, cases.len() as u64);
    }
}

fn kill_often(of: impl Fn([Place; 2]) -> Place) {
    run(async {
        let place = of(places().await);
        let mut log = Log::default();
        for round in 1..=KILLS {
            // From the very first commits to the middle of the load.
            log.kill_after(&place.url, round, 1 + round * 37 % 101);
            log.judge(&place.url, round).await;
        }
    });
}

#[test]
fn g12_thirty_kills_on_sqlite_lose_nothing_and_double_nothing() {
    kill_often(|[sqlite, _]| sqlite);
}

#[test]
fn g12_thirty_kills_on_postgresql_lose_nothing_and_double_nothing() {
    kill_often(|[_, postgres]| postgres);
}
