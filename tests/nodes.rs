//! Several nodes on one PostgreSQL database.
use super::each;
use super::runtime::{first_task, open, open_timed, start};
use super::unique::done;
use engine::case::Paper;
use onenet::store::Store;
use std::time::Duration;

/// Papers of one office issued at two nodes at once: each is issued, and their numbers are those from one to as many as there are.
#[test]
fn two_nodes_number_the_papers_of_an_office_without_gap() {
    each(async |place| {
        if !place.url.starts_with("postgres") {
            return;
        }
        let mut nodes = Vec::new();
        for _ in 0..2 {
            nodes.push(start(Store::open(&place.url).await.unwrap()).await);
        }
        let mut working = tokio::task::JoinSet::new();
        for n in 0..120 {
            let node = nodes[n % 2].clone();
            working.spawn(async move {
                let seen = node.submit(open_timed("letters")).await.unwrap().seen;
                let done = done(seen.id, first_task(&seen));
                let case = node.submit(done).await.unwrap().seen.case;
                let papers = case.papers().values();
                let number = |paper: &Paper| paper.number.as_ref().unwrap().running;
                papers.map(number).collect::<Vec<u32>>()
            });
        }
        // Each case issues two.
        let mut running = working.join_all().await.concat();
        running.sort_unstable();
        assert_eq!(running, Vec::from_iter(1..=240));
        for node in nodes {
            node.shutdown().await.unwrap();
        }
    });
}

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
