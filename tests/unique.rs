//! `unique`: one open case of a matter per key, whoever comes at the same time, until the case is closed.
use super::check;
use super::runtime::{complete, first_task, open_timed, start};
use super::verify::flaw_after;
use engine::case::Command;
use onenet::runtime::*;
use serde_json::json;

/// The application of another person.
fn of(id_number: &str) -> Request {
    let mut request = open_timed("alone");
    if let Command::Open { applicant, .. } = &mut request.command {
        *applicant = json!({ "name": "覃小满", "id_number": id_number });
    }
    request
}

/// Completes a task that has no form.
pub fn done(case: u64, task: engine::case::TaskNo) -> Request {
    let mut request = complete(case, task);
    if let Command::Complete { data, .. } = &mut request.command {
        *data = json!({});
    }
    request
}

async fn refused(runtime: &Runtime, open: u64) {
    let second = runtime.submit(open_timed("alone")).await;
    assert!(
        matches!(second, Err(Refused::Duplicate { case }) if case == open),
        "{second:?}"
    );
}

#[test]
fn of_many_at_once_one_gets_in_and_the_others_learn_which() {
    check(async |store, _| {
        let runtime = start(store).await;
        let mut starting = tokio::task::JoinSet::new();
        for _ in 0..8 {
            let runtime = runtime.clone();
            starting.spawn(async move { runtime.submit(open_timed("alone")).await });
        }
        let (mut opened, mut others) = (Vec::new(), Vec::new());
        for answer in starting.join_all().await {
            match answer {
                Ok(answer) => opened.push(answer.seen.id),
                Err(Refused::Duplicate { case }) => others.push(case),
                Err(other) => panic!("{other}"),
            }
        }
        assert_eq!(opened.len(), 1);
        assert_eq!(others, [opened[0]; 7]);
        runtime.submit(of("450400195903150017")).await.unwrap();
    });
}

/// A server started anew knows it too; an end with something still beside it is not the close.
#[test]
fn the_key_is_free_once_the_case_is_closed() {
    check(async |store, url| {
        let runtime = start(store).await;
        let first = runtime.submit(open_timed("alone")).await.unwrap().seen;
        runtime.shutdown().await.unwrap();
        let store = onenet::store::Store::open(url).await.unwrap();
        let runtime = start(store).await;
        refused(&runtime, first.id).await;
        let tasks: Vec<_> = first.case.open_tasks().map(|(no, _)| no).collect();
        let line = runtime.submit(done(first.id, tasks[1])).await.unwrap();
        assert_eq!(line.seen.case.status().word(), "completed");
        refused(&runtime, first.id).await;
        let rest = runtime.submit(done(first.id, tasks[0])).await.unwrap();
        assert!(rest.seen.case.is_closed());
        runtime.submit(open_timed("alone")).await.unwrap();
    });
}

/// Its parent is held to its own key.
#[test]
fn a_case_that_another_opens_is_not_held_to_it() {
    check(async |store, _| {
        let runtime = start(store).await;
        let pair = runtime.submit(open_timed("pair")).await.unwrap().seen;
        assert_eq!(pair.case.children().count(), 2);
        runtime.submit(open_timed("alone")).await.unwrap();
    });
}

/// The key is a projection like any other, and says nothing of the person.
#[test]
fn g72_the_key_is_compared_with_the_history() {
    check(async |store, url| {
        let runtime = start(store.clone()).await;
        let seen = runtime.submit(open_timed("alone")).await.unwrap().seen;
        runtime
            .submit(done(seen.id, first_task(&seen)))
            .await
            .unwrap();
        let row = store.case(seen.id.cast_signed()).await.unwrap().unwrap();
        assert_eq!(row.once.unwrap().len(), 32);
        runtime.shutdown().await.unwrap();
        assert_eq!(flaw_after(url, "UPDATE timer SET due = due").await, None);
        let freed = "UPDATE case_row SET once = NULL";
        assert_eq!(flaw_after(url, freed).await, Some(Flaw::CaseRow));
    });
}
