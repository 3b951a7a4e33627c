//! `alone`: one case at a time in a group of a key, in the order of asking, whatever becomes of whoever is in.
use super::check;
use super::runtime::{complete, first_task, open_timed, start};
use super::unique::done;
use engine::case::{Command, TaskNo};
use onenet::runtime::*;
use serde_json::json;

/// The case as it stands once the queue has moved.
async fn settled(runtime: &Runtime, case: u64) -> Seen {
    // Moving the clock nowhere lets everybody in whose turn it is.
    runtime.move_clock(runtime.clock().now()).await.unwrap();
    runtime.case(case).await.unwrap().unwrap()
}

async fn opened(runtime: &Runtime) -> Seen {
    runtime.submit(open_timed("in-turn")).await.unwrap().seen
}

fn waits(seen: &Seen) -> bool {
    seen.case.awaited_turns().count() == 1
}

fn task(seen: &Seen) -> Option<TaskNo> {
    seen.case.open_tasks().map(|(no, _)| no).next()
}

#[test]
fn one_at_a_time_in_the_order_of_asking() {
    check(async |store, _| {
        let runtime = start(store).await;
        let first = opened(&runtime).await;
        let (second, third) = (opened(&runtime).await, opened(&runtime).await);
        assert!(!waits(&first) && waits(&second) && waits(&third));
        assert_eq!(task(&second), None);
        runtime
            .submit(done(first.id, first_task(&first)))
            .await
            .unwrap();
        let second = settled(&runtime, second.id).await;
        assert!(!waits(&second) && waits(&settled(&runtime, third.id).await));
        // Whoever waits may go without ever having been in.
        withdraw(&runtime, third.id).await;
        let fourth = opened(&runtime).await;
        assert!(waits(&fourth));
        withdraw(&runtime, second.id).await;
        assert!(!waits(&settled(&runtime, fourth.id).await));
    });
}

async fn withdraw(runtime: &Runtime, case: u64) {
    act(runtime, case, "withdraw").await.unwrap();
}

async fn act(runtime: &Runtime, case: u64, event: &str) -> Result<Answer, Refused> {
    let mut request = complete(case, TaskNo(0));
    request.command = Command::Act {
        event: event.to_owned(),
        data: json!({}),
        reason: Some("查明情况".to_owned()),
    };
    runtime.submit(request).await
}

/// A case that is suspended lets the next one in, and stands behind it when it goes on.
#[test]
fn a_suspended_case_lets_the_next_one_in() {
    check(async |store, _| {
        let runtime = start(store).await;
        let (first, second) = (opened(&runtime).await, opened(&runtime).await);
        act(&runtime, first.id, "suspend").await.unwrap();
        let second = settled(&runtime, second.id).await;
        assert!(!waits(&second));
        let back = act(&runtime, first.id, "resume").await.unwrap().seen;
        assert!(waits(&back));
        let refused = runtime.submit(done(first.id, first_task(&first))).await;
        assert!(matches!(refused, Err(Refused::Rejected(_))), "{refused:?}");
        runtime
            .submit(done(second.id, first_task(&second)))
            .await
            .unwrap();
        assert!(!waits(&settled(&runtime, first.id).await));
        runtime
            .submit(done(first.id, first_task(&first)))
            .await
            .unwrap();
    });
}

/// Nothing of the queue lies in memory: another program over the same store lets in whoever is next.
#[test]
fn whoever_waits_is_let_in_after_a_new_start() {
    check(async |store, url| {
        let runtime = start(store).await;
        let (first, second) = (opened(&runtime).await, opened(&runtime).await);
        runtime
            .submit(done(first.id, first_task(&first)))
            .await
            .unwrap();
        runtime.shutdown().await.unwrap();
        let store = onenet::store::Store::open(url).await.unwrap();
        let runtime = start(store).await;
        let second = settled(&runtime, second.id).await;
        assert!(!waits(&second));
        runtime
            .submit(done(second.id, first_task(&second)))
            .await
            .unwrap();
        let none: Vec<_> = runtime.store().line_up().await.unwrap();
        assert_eq!(none, []);
    });
}
