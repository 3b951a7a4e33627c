//! Fifty thousand mails that an outage has kept waiting leave at the rate set, while clerks work: what their pages cost meanwhile, with
//! 100,000 open tasks beside a million closed cases.
use std::time::Duration;

use crate::http::Server;
use crate::load::{Fresh, Kind};
use crate::mail_server::{Heard, MailServer, Mood};
use crate::pages::{self, NOW, Visit};
use crate::{backlog, median};

const MESSAGES: usize = 50_000;
/// What is usual, and the most that can be set.
const RATES: [u32; 2] = [100, 1000];
/// Arrivals are counted for so many seconds.
const SECONDS: usize = 30;
const SECOND: Duration = Duration::from_secs(1);

/// Measures both databases and prints the table.
pub async fn print() {
    _ = rustls::crypto::ring::default_provider().install_default();
    println!(
        "| what | database | at rest | 100 a second | 1000 a second | budget |\n|---|---|---|---|---|---|"
    );
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let place = Fresh::new(kind).await;
        eprintln!("{}: building the store", kind.name());
        let built = pages::build(&place).await;
        let cases: Vec<u64> = built
            .tasks
            .iter()
            .map(|task| task.split('-').next().unwrap().parse().unwrap())
            .collect();
        let since: jiff::Timestamp = pages::FROM.parse().unwrap();
        backlog::queue(&place.url(), &cases, MESSAGES, since.as_millisecond()).await;
        let mut mail = MailServer::start(Mood::Takes).await;
        std::fs::write(
            place.folder.path().join("onenet.yaml"),
            "addresses: { 442000/si: { email: office@example.org } }\n",
        )
        .unwrap();
        let mut tasks = built.tasks.chunks(built.tasks.len() / 3);
        let database = place.database.as_deref();
        let rest = Server::sandbox_again(place.folder.path(), database, NOW);
        let mut columns = vec![paged(kind, rest.address(), tasks.next().unwrap()).await];
        drop(rest);
        let mut arrived = Vec::new();
        for rate in RATES {
            let rate = rate.to_string();
            let more = [
                "--smtp-url",
                &mail.url,
                "--mail-from",
                "a@example.org",
                "--messages-per-second",
                &rate,
            ];
            let server = Server::sandbox_with(place.folder.path(), database, NOW, &more);
            mail.mail().await;
            let (pages, seconds) = tokio::join!(
                paged(kind, server.address(), tasks.next().unwrap()),
                count(&mut mail)
            );
            columns.push(pages);
            arrived.push(seconds);
        }
        for row in 0..columns[0].len() {
            let (name, budget, _) = columns[0][row];
            let values: Vec<String> = columns.iter().map(|c| format!("{:.1}", c[row].2)).collect();
            println!(
                "| {name}, p95 (ms) | {} | {} | {budget} |",
                kind.name(),
                values.join(" | ")
            );
        }
        let row = |name: &str, of: &dyn Fn(&Vec<f64>) -> f64| {
            let values: Vec<String> = arrived
                .iter()
                .map(|seconds| format!("{:.0}", of(seconds)))
                .collect();
            println!(
                "| {name} | {} | | {} | the rate |",
                kind.name(),
                values.join(" | ")
            );
        };
        row("mails a second, median", &|seconds| median(seconds.clone()));
        row("mails a second, most", &|seconds| {
            seconds.iter().copied().fold(0.0, f64::max)
        });
    }
}

/// The pages a clerk works with: name, budget, and the time within which 95 of a hundred came.
async fn paged(kind: Kind, address: &str, tasks: &[String]) -> Vec<(&'static str, u32, f64)> {
    let visit = Visit::new(kind.name(), address).await;
    let mut found = Vec::new();
    for (name, path) in [
        ("worklist", "/work"),
        ("task", &*format!("/tasks/{}", tasks[0])),
    ] {
        found.push((
            name,
            100,
            visit
                .seen(|_| visit.get("zs-handler", path))
                .await
                .percent(95),
        ));
    }
    found.push(("action", 200, visit.act(tasks).await.percent(95)));
    found
}

/// Mails that arrive in each of so many seconds.
async fn count(mail: &mut MailServer) -> Vec<f64> {
    let mut seconds = Vec::new();
    while mail.heard().is_some() {}
    for _ in 0..SECONDS {
        tokio::time::sleep(SECOND).await;
        let heard = std::iter::from_fn(|| mail.heard());
        seconds.push(
            heard
                .filter(|heard| matches!(heard, Heard::Mail(_)))
                .count() as f64,
        );
    }
    seconds
}
