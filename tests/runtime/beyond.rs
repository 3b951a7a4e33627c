//! What follows from a command beyond its case: the feed, children, messages; and what stays as it was.

use super::{at, complete, first_task, library, open, open_timed, start, start_of_day, whole};
use crate::check;
use engine::case::{Command, TaskNo};
use engine::library::Library;
use engine::source::Sources;
use onenet::runtime::*;
use onenet::store::*;
use serde_json::Value as Json;
use std::sync::Arc;

#[test]
fn the_feed_gives_every_row_once_in_order_of_commit() {
    check(async |store, _| {
        let runtime = start(store).await;
        for _ in 0..3 {
            whole(&runtime).await;
        }
        let (mut after, mut seen) = (0, Vec::new());
        loop {
            let page = runtime.events_after(after, 4).await.unwrap();
            let Some(last) = page.last() else {
                // On PostgreSQL what was committed waits for older transactions, also those of other tests.
                match seen.len() {
                    21.. => break,
                    _ => continue,
                }
            };
            after = last.position;
            seen.extend(
                page.into_iter()
                    .map(|fed| (fed.entry.case, fed.entry.first)),
            );
        }
        assert_eq!(seen.len(), 21);
        let mut sorted = seen.clone();
        sorted.sort_unstable();
        assert_eq!(seen, sorted);
        let first = runtime.events_after(0, 1).await.unwrap().remove(0).entry;
        let form: &Json = &first.events[0].content["form"];
        assert_eq!(form["employer"], "梧州造船社");
    });
}

#[test]
fn a_child_opens_with_its_parent_and_its_end_moves_the_parent_in_one_transaction() {
    check(async |store, _| {
        let runtime = start(store).await;
        let parent = runtime.submit(open_timed("holder")).await.unwrap().seen;
        let (child, ..) = parent.case.children().next().unwrap();
        runtime
            .move_clock(at("2026-11-23T10:00:00+08:00"))
            .await
            .unwrap();
        let seen = runtime.case(child).await.unwrap().unwrap();
        assert_ne!(seen.number, parent.number);
        assert!(engine::case::number::is_sound(&seen.number));
        let done = runtime
            .submit(complete_plain(child, first_task(&seen)))
            .await
            .unwrap();
        assert_eq!(done.seen.case.status().word(), "completed");
        let parent = runtime.case(parent.id).await.unwrap().unwrap();
        assert_eq!(parent.case.status().word(), "completed");
        let of_parent = CaseFilter {
            parent: Some(parent.id.cast_signed()),
            ..CaseFilter::default()
        };
        assert_eq!(runtime.store().count_cases(&of_parent).await.unwrap(), 1);
    });
}

/// A task without a form.
fn complete_plain(case: u64, task: TaskNo) -> Request {
    let mut request = complete(case, task);
    if let Command::Complete { data, .. } = &mut request.command {
        *data = Json::Null;
    }
    request
}

#[test]
fn g30_a_message_goes_out_once_is_tried_again_and_keeps_its_name() {
    check(async |store, _| {
        let runtime = start(store).await;
        let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
        let first = std::sync::atomic::AtomicBool::new(true);
        runtime.deliver(Arc::new(move |message: Leased| {
            let again = first.swap(false, std::sync::atomic::Ordering::Relaxed);
            tell.send((message.row.id, message.attempts, message.row.body))
                .unwrap();
            let fate = match again {
                true => Fate::Again(start_of_day().as_millisecond()),
                false => Fate::Sent,
            };
            Box::pin(async move { fate.into() })
        }));
        let done = whole(&runtime).await;
        let (name, attempts, body) = told.recv().await.unwrap();
        assert_eq!((name.case_id, attempts), (done.id.cast_signed(), 1));
        assert!(body.contains("completed"), "{body}");
        let (again, attempts, _) = told.recv().await.unwrap();
        assert_eq!((again, attempts), (name, 2));
        loop {
            let messages = runtime.store().messages(None, None, 9).await.unwrap();
            if messages.iter().all(|message| message.state == "sent") {
                break;
            }
            tokio::task::yield_now().await;
        }
        assert!(told.try_recv().is_err());
    });
}

/// A matter without limits and without notices of its own costs no words, though everybody could be reached.
#[test]
fn a_plain_matter_owes_only_what_it_names() {
    check(async |store, _| {
        let clock = Clock::sandbox(start_of_day());
        let everyone = Reach {
            everyone: true,
            ..Reach::default()
        };
        let runtime = Runtime::reaching(store, Keys::new([7; 32]), library(), clock, everyone);
        let runtime = runtime.await.unwrap();
        whole(&runtime).await;
        let messages = runtime.store().messages(None, None, 9).await.unwrap();
        assert_eq!(messages.len(), 1, "{messages:?}");
        let body = &messages[0].leased.row.body;
        assert!(
            body.contains("【一张网】您的申请(尾号0001)已办结"),
            "{body}"
        );
        assert!(!body.contains("欧阳植树"), "{body}");
    });
}

#[test]
fn g62_a_store_does_not_open_with_another_key() {
    check(async |store, _| {
        let runtime = start(store.clone()).await;
        runtime.submit(open()).await.unwrap();
        let clock = Clock::sandbox(start_of_day());
        let wrong = Runtime::start(store, Keys::new([8; 32]), library(), clock).await;
        assert!(matches!(wrong, Err(StoreError::WrongKey)));
    });
}

#[test]
fn g40_a_running_case_stays_on_its_revision_when_the_files_have_changed() {
    check(async |store, url| {
        let runtime = start(store).await;
        let old = runtime.submit(open()).await.unwrap().seen;
        runtime.shutdown().await.unwrap();
        let mut files = (*library().files).clone();
        let text = files.get_mut("bench-bundle/matter.yaml").unwrap();
        *text = text
            .replace("社保登记", "社保记账")
            .replace("code: BENCH", "code: BENCHB");
        let files: Vec<(&str, &str)> = files
            .iter()
            .map(|(p, t)| (p.as_str(), t.as_str()))
            .collect();
        let changed = Arc::new(Library::read(&files, &mut Sources::default()));
        let clock = Clock::sandbox(start_of_day());
        let store = Store::open(url).await.unwrap();
        let runtime = Runtime::start(store, Keys::new([7; 32]), changed, clock)
            .await
            .unwrap();
        let new = runtime.submit(open()).await.unwrap().seen;
        assert_eq!((old.revision_number, new.revision_number), (1, 2));
        assert!(new.number.contains("-BENCHB-"));
        let still = runtime.case(old.id).await.unwrap().unwrap();
        assert_eq!(still.revision.hash(), old.revision.hash());
        runtime
            .submit(complete(old.id, first_task(&old)))
            .await
            .unwrap();
    });
}

#[test]
fn g13_a_damaged_case_harms_no_other_and_stops_no_start() {
    check(async |store, url| {
        let runtime = start(store).await;
        let damaged = runtime.submit(open_timed("tick")).await.unwrap().seen;
        let sound = runtime.submit(open_timed("tick")).await.unwrap().seen;
        runtime.shutdown().await.unwrap();
        let flip = format!(
            "UPDATE event SET facts = '[]' WHERE case_id = {}",
            damaged.id
        );
        if url.starts_with("sqlite") {
            let pool = sqlx::SqlitePool::connect(url).await.unwrap();
            sqlx::query("DROP TRIGGER event_is_never_changed")
                .execute(&pool)
                .await
                .unwrap();
            sqlx::query(sqlx::AssertSqlSafe(flip))
                .execute(&pool)
                .await
                .unwrap();
            pool.close().await;
        } else {
            let pool = sqlx::PgPool::connect(url).await.unwrap();
            sqlx::query("DROP TRIGGER event_is_never_changed ON event")
                .execute(&pool)
                .await
                .unwrap();
            sqlx::query(sqlx::AssertSqlSafe(flip))
                .execute(&pool)
                .await
                .unwrap();
        }
        let runtime = start(Store::open(url).await.unwrap()).await;
        runtime
            .move_clock(at("2026-11-23T10:00:00+08:00"))
            .await
            .unwrap();
        let seen = runtime.case(sound.id).await.unwrap().unwrap();
        assert_eq!(seen.case.open_tasks().count(), 1);
        let refused = runtime.case(damaged.id).await;
        assert!(matches!(refused, Err(Refused::Damaged(_))), "{refused:?}");
        let row = runtime
            .store()
            .case(damaged.id.cast_signed())
            .await
            .unwrap()
            .unwrap();
        assert_eq!(row.status, "fault");
    });
}
