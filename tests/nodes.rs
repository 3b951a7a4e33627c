//! Several nodes on one PostgreSQL database.
use super::each;
use super::runtime::{open, start};
use onenet::store::Store;
use std::time::Duration;

/// Whoever waits for news at one node is woken by what another commits, without asking again and again.
#[test]
fn what_one_node_commits_wakes_those_who_wait_at_another() {
    each(async |place| {
        if !place.url.starts_with("postgres") {
            return;
        }
        let one = start(Store::open(&place.url).await.unwrap()).await;
        let other = start(Store::open(&place.url).await.unwrap()).await;
        let mut news = other.committed();
        // What calls out before the other listens is not heard: it goes on until it is.
        let calling = async {
            loop {
                one.submit(open()).await.unwrap();
                tokio::task::yield_now().await;
            }
        };
        let heard = tokio::time::timeout(Duration::from_secs(60), news.changed());
        tokio::select! {
            heard = heard => heard.unwrap().unwrap(),
            () = calling => {}
        }
        let seen = other.events_after(0, 1).await.unwrap();
        assert_eq!(seen.len(), 1);
        one.shutdown().await.unwrap();
        other.shutdown().await.unwrap();
    });
}
