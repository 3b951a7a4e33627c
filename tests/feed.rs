//! The feed of events while many write at once, on one node and on several (G5).
use super::each;
use super::runtime::{complete, next_task, open, start};
use onenet::runtime::{Fed, Runtime};
use onenet::store::Store;
use std::collections::BTreeMap;

/// So often everybody writes at once.
const ROUNDS: usize = 30;
/// Clients of each node.
const CLIENTS: usize = 6;
/// A page of the feed holds about so many commands.
const PAGE: u32 = 5;

/// Opens a case and completes its first task: two commands, as they were acknowledged.
async fn work(node: Runtime) -> [(u64, u64); 2] {
    let opened = node.submit(open()).await.unwrap().seen;
    let task = next_task(&opened).unwrap();
    let done = node.submit(complete(opened.id, task)).await.unwrap().seen;
    [(opened.id, opened.version()), (done.id, done.version())]
}

/// Whoever follows: from the last position he was given, never back.
struct Follower {
    node: Runtime,
    after: u64,
    seen: Vec<Fed>,
}

impl Follower {
    /// Reads what there is; a page may be empty while a transaction is under way.
    async fn read(&mut self) {
        let page = self.node.events_after(self.after, PAGE).await.unwrap();
        for fed in page {
            assert!(fed.position >= self.after, "a position goes back");
            self.after = fed.position;
            self.seen.push(fed);
        }
        tokio::task::yield_now().await;
    }

    /// Each command that was acknowledged came once, those of a case in their order.
    fn is_complete(&self, acknowledged: &[(u64, u64)]) {
        let mut versions: BTreeMap<u64, u64> = BTreeMap::new();
        let mut come = Vec::new();
        for fed in &self.seen {
            let last = versions.entry(fed.entry.case).or_default();
            assert_eq!(fed.entry.first, *last + 1, "of case {}", fed.entry.case);
            *last = fed.entry.first + fed.entry.events.len() as u64 - 1;
            come.push((fed.entry.case, *last));
        }
        come.sort_unstable();
        let mut acknowledged = acknowledged.to_vec();
        acknowledged.sort_unstable();
        assert_eq!(come, acknowledged);
    }
}

/// G5: whoever follows the feed while all write sees every commit once and in order, and the same as one who reads it later.
#[test]
fn g5_a_follower_misses_nothing_while_many_write() {
    each(async |place| {
        let nodes = match place.url.starts_with("postgres") {
            true => 3,
            false => 1, // SQLite is of one node.
        };
        let mut all = Vec::new();
        for _ in 0..nodes {
            all.push(start(Store::open(&place.url).await.unwrap()).await);
        }
        let mut follower = Follower {
            node: all[0].clone(),
            after: 0,
            seen: Vec::new(),
        };
        let mut acknowledged = Vec::new();
        for _ in 0..ROUNDS {
            let clients = all
                .iter()
                .flat_map(|node| (0..CLIENTS).map(|_| node.clone()));
            let mut writing: tokio::task::JoinSet<_> = clients.map(work).collect();
            while !writing.is_empty() {
                tokio::select! {
                    Some(done) = writing.join_next() => acknowledged.extend(done.unwrap()),
                    () = follower.read() => {}
                }
            }
            while follower.seen.len() < acknowledged.len() {
                follower.read().await;
            }
            follower.is_complete(&acknowledged);
        }
        let mut later = Follower {
            node: all[nodes - 1].clone(),
            after: 0,
            seen: Vec::new(),
        };
        while later.seen.len() < acknowledged.len() {
            later.read().await;
        }
        let told = |follower: &Follower| -> Vec<_> {
            let all = follower.seen.iter();
            all.map(|f| (f.position, f.entry.case, f.entry.first))
                .collect()
        };
        assert_eq!(told(&later), told(&follower));
        for node in all {
            node.shutdown().await.unwrap();
        }
    });
}
