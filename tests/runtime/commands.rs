//! One command: its rows, its one effect, and what refuses it.

use super::{clerk, complete, first_task, next_task, open, start, whole, with_key};
use crate::check;
use engine::case::{Actor, Command, Rejection, TaskNo};
use onenet::runtime::*;
use onenet::store::codec;
use onenet::store::*;
use serde_json::json;

#[test]
fn a_case_runs_to_its_end_and_leaves_its_rows_as_they_should_be() {
    check(async |store, url| {
        let runtime = start(store).await;
        let opened = runtime.submit(open()).await.unwrap().seen;
        assert!(
            engine::case::number::is_sound(&opened.number),
            "{}",
            opened.number
        );
        assert!(opened.number.starts_with("442000-BENCH-20261123-00001-"));
        let all = TaskFilter::default();
        let listed = runtime.store().tasks(&all, None, 9).await.unwrap();
        let offices: Vec<&str> = listed.iter().map(|row| &*row.task.department).collect();
        assert_eq!(offices.len(), 3);
        assert!(
            ["si", "mib", "hf"]
                .iter()
                .all(|office| offices.contains(office))
        );
        let mut seen = opened;
        while let Some(task) = next_task(&seen) {
            seen = runtime.submit(complete(seen.id, task)).await.unwrap().seen;
        }
        assert_eq!(seen.case.status().word(), "completed");
        assert_eq!(runtime.store().count_tasks(&all, 99).await.unwrap(), 0);
        let messages = runtime.store().messages(None, None, 9).await.unwrap();
        assert_eq!(messages.len(), 1, "{messages:?}");
        let row = runtime.store().case(1).await.unwrap().unwrap();
        assert_eq!(
            (row.status.as_str(), row.version),
            ("completed", seen.version().cast_signed())
        );
        assert!(row.closed.is_some());
        let found = runtime.find(&seen.number).await.unwrap().unwrap();
        assert_eq!(found.case, seen.case);
        // The same after everything in memory is gone (G6).
        runtime.shutdown().await.unwrap();
        let runtime = start(Store::open(url).await.unwrap()).await;
        assert_eq!(runtime.case(1).await.unwrap().unwrap().case, seen.case);
        let history = runtime.history(1).await.unwrap();
        let seqs: Vec<u64> = history
            .iter()
            .flat_map(|row| row.first..=row.last)
            .collect();
        assert_eq!(seqs, (1..=seen.version()).collect::<Vec<_>>());
        assert_eq!(history.len(), 7);
        runtime.shutdown().await.unwrap();
    });
}

/// A message to a closed case is one more event, and nothing else of the case changes.
#[test]
fn g034_a_late_message_is_recorded_in_a_closed_case() {
    check(async |store, url| {
        let runtime = start(store).await;
        let closed = whole(&runtime).await;
        let late = Request {
            target: Target::Case(closed.id),
            command: Command::Message {
                name: "fund-arrived".into(),
                key: "L-1".into(),
                data: json!({ "amount": "1.00" }),
            },
            actor: Actor::System {
                name: "bank".into(),
            },
            key: None,
            expect: None,
        };
        let seen = runtime.submit(late).await.unwrap().seen;
        assert_eq!(seen.version(), closed.version() + 1);
        assert!(seen.case.is_closed() && seen.case.status() == closed.case.status());
        runtime.shutdown().await.unwrap();
        let store = Store::open_to_read(url).await.unwrap();
        let sound = verify(&store, Depth::Fold(Keys::new([7; 32]))).await;
        assert!(sound.unwrap().is_ok());
    });
}

#[test]
fn g61_what_a_clerk_typed_lies_nowhere_in_the_file() {
    check(async |store, url| {
        let runtime = start(store).await;
        whole(&runtime).await;
        runtime.shutdown().await.unwrap();
        let Some(path) = url.strip_prefix("sqlite:") else {
            return;
        };
        for ending in ["", "-wal"] {
            let bytes = std::fs::read(format!("{path}{ending}")).unwrap_or_default();
            for planted in ["450400195703160827", "欧阳植树", "梧州造船社"] {
                let found = bytes
                    .windows(planted.len())
                    .any(|w| w == planted.as_bytes());
                assert!(!found, "{planted} lies in {path}{ending}");
            }
        }
    });
}

#[test]
fn g45_two_clerks_and_one_task_have_one_effect() {
    check(async |store, _| {
        let runtime = start(store).await;
        let seen = runtime.submit(open()).await.unwrap().seen;
        let mut requests = [
            complete(seen.id, first_task(&seen)),
            complete(seen.id, first_task(&seen)),
        ];
        requests[1].actor = clerk("u2");
        let [one, two] = requests.map(|request| runtime.submit(request));
        let answers = [tokio::join!(one, two)].map(|(a, b)| [a, b]).concat();
        let (done, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
        assert_eq!(done.len(), 1);
        match refused.into_iter().next().unwrap().unwrap_err() {
            Refused::Rejected(Rejection::AlreadyDone { by, outcome, .. }) => {
                assert_eq!((&*by, &*outcome), ("u1", "done"));
            }
            other => panic!("{other:?}"),
        }
    });
}

#[test]
fn g3_a_repeated_key_gets_the_first_answer_and_another_body_is_refused() {
    check(async |store, url| {
        let runtime = start(store).await;
        let first = runtime.submit(with_key(open(), "k1", b"a")).await.unwrap();
        let again = runtime.submit(with_key(open(), "k1", b"a")).await.unwrap();
        assert!(!first.replayed && again.replayed);
        assert_eq!(first.body(), again.body());
        let other = runtime.submit(with_key(open(), "k1", b"b")).await;
        assert!(matches!(other, Err(Refused::KeyReused)), "{other:?}");
        // The first answer also after the case has moved on, and after a restart.
        let task = first_task(&first.seen);
        let done = complete(first.seen.id, task);
        let done = runtime.submit(with_key(done, "k2", b"c")).await.unwrap();
        let id = first.seen.id;
        runtime
            .submit(complete(id, first_task(&done.seen)))
            .await
            .unwrap();
        runtime.shutdown().await.unwrap();
        let runtime = start(Store::open(url).await.unwrap()).await;
        let replayed = runtime
            .submit(with_key(complete(id, task), "k2", b"c"))
            .await
            .unwrap();
        assert!(replayed.replayed);
        assert_eq!(replayed.seen.case, done.seen.case);
        assert_eq!(runtime.history(id).await.unwrap().len(), 3);
        assert_eq!(
            runtime
                .store()
                .count_cases(&CaseFilter::default())
                .await
                .unwrap(),
            1
        );
    });
}

#[test]
fn the_same_key_twice_at_once_has_one_effect() {
    check(async |store, _| {
        let runtime = start(store).await;
        let twice = [0; 2].map(|_| runtime.submit(with_key(open(), "k", b"a")));
        let [one, two] = twice;
        let (one, two) = tokio::join!(one, two);
        let (one, two) = (one.unwrap(), two.unwrap());
        assert_ne!(one.replayed, two.replayed);
        assert_eq!(one.seen.id, two.seen.id);
        assert_eq!(
            runtime
                .store()
                .count_cases(&CaseFilter::default())
                .await
                .unwrap(),
            1
        );
    });
}

#[test]
fn g46_a_stale_version_changes_nothing() {
    check(async |store, _| {
        let runtime = start(store).await;
        let seen = runtime.submit(open()).await.unwrap().seen;
        let (no, task) = seen.case.open_tasks().next().unwrap();
        let (version, task_version) = (seen.version(), task.version());
        for expect in [
            Expected::Case(version - 1),
            Expected::Task(no, task_version + 1),
        ] {
            let mut stale = complete(seen.id, no);
            stale.expect = Some(expect);
            let refused = runtime.submit(stale).await;
            assert!(matches!(refused, Err(Refused::Stale { .. })), "{refused:?}");
        }
        let mut fresh = complete(seen.id, no);
        fresh.expect = Some(Expected::Task(no, task_version));
        runtime.submit(fresh).await.unwrap();
    });
}

#[test]
fn what_cannot_be_is_refused_and_leaves_no_trace() {
    check(async |store, _| {
        let runtime = start(store).await;
        let mut no_matter = open();
        no_matter.target = Target::New("no-such-matter".into());
        assert!(matches!(
            runtime.submit(no_matter).await,
            Err(Refused::NoSuchMatter(_))
        ));
        assert!(matches!(
            runtime.submit(complete(99, TaskNo(1))).await,
            Err(Refused::NotFound)
        ));
        let mut bad = open();
        if let Command::Open { form, .. } = &mut bad.command {
            *form = json!({ "months": "many" });
        }
        match runtime.submit(bad).await {
            Err(Refused::Rejected(Rejection::Invalid(errors))) => assert!(!errors.is_empty()),
            other => panic!("{other:?}"),
        }
        assert_eq!(
            runtime
                .store()
                .count_cases(&CaseFilter::default())
                .await
                .unwrap(),
            0
        );
        assert!(runtime.case(1).await.unwrap().is_none());
    });
}

#[test]
fn g2_sixty_four_clients_at_once_lose_nothing_and_number_without_doubles() {
    check(async |store, _| {
        let runtime = start(store).await;
        let mut clients = tokio::task::JoinSet::new();
        for _ in 0..64 {
            let runtime = runtime.clone();
            clients.spawn(async move { whole(&runtime).await });
        }
        let done = clients.join_all().await;
        let numbers: std::collections::BTreeSet<&str> =
            done.iter().map(|seen| &*seen.number).collect();
        assert_eq!(numbers.len(), 64);
        for seen in &done {
            let rows = runtime
                .store()
                .events(seen.id.cast_signed(), 0)
                .await
                .unwrap();
            codec::verify(&rows).unwrap();
            assert_eq!(rows.len(), 7);
        }
        assert_eq!(
            runtime
                .store()
                .count_tasks(&TaskFilter::default(), 9_999)
                .await
                .unwrap(),
            0
        );
    });
}
