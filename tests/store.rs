//! The store: the same cases on SQLite and PostgreSQL.
use super::check;
use onenet::store::codec::{self, ORIGIN};
use onenet::store::*;
use sqlx::{Connection, Executor};

pub fn write(case_id: i64, prev: Option<&EventRow>) -> CaseWrite {
    let first_seq = prev.map_or(1, |row| row.seq + 1);
    let mut event = EventRow {
        case_id,
        first_seq,
        seq: first_seq + 1,
        at: 1_000 + first_seq,
        actor: "王五".into(),
        facts: r#"[{"Started":"张三 \"x\""},{}]"#.into(),
        sealed: Some(vec![0, 1, 255]).filter(|_| case_id % 2 == 0),
        prev: prev.map_or(ORIGIN, |row| row.hash),
        hash: ORIGIN,
    };
    event.hash = codec::link(&event);
    let row = CaseRow {
        id: case_id,
        number: format!("N{case_id}"),
        matter: "m".into(),
        revision: 1,
        status: "running".into(),
        version: event.seq,
        accepting: "zhongshan".into(),
        deciding: "zunyi".into(),
        level: "none".into(),
        due: None,
        parent: None,
        key: Some(vec![7; 60]),
        opened: 1_000,
        closed: None,
        once: None,
        since: Some(1_000),
    };
    CaseWrite {
        event,
        row,
        only_grew: false,
        tasks: vec![],
        closed: vec![],
        timers: vec![],
        cleared: vec![],
        outbox: vec![],
        papers: vec![],
        attached: vec![],
        link: None,
        certificate: None,
        cards: vec![],
        spent: vec![],
    }
}

pub fn unit(case: CaseWrite) -> Unit {
    Unit {
        cases: vec![case],
        receipt: None,
    }
}

pub fn task(case_id: i64, no: i64, due: Option<i64>) -> TaskRow {
    let holder = None;
    let text = String::from;
    TaskRow {
        case_id,
        no,
        place: 0,
        step: text("review"),
        city: text("zunyi"),
        department: text("social"),
        post: text(if no % 2 == 0 { "clerk" } else { "head" }),
        holder,
        state: text("open"),
        level: text("none"),
        due,
        opened: 1,
        version: 1,
    }
}

#[test]
fn what_was_committed_is_loaded_also_after_reopening() {
    check(async |store, url| {
        let first = write(2, None);
        let second = write(2, Some(&first.event));
        let other = write(3, None);
        let batch = [first.clone(), second.clone(), other.clone()].map(unit);
        assert_eq!(store.commit(batch.into()).await.unwrap(), vec![Ok(()); 3]);
        store.close().await.unwrap();
        let store = Store::open(url).await.unwrap();
        let rows = store.events(2, 0).await.unwrap();
        assert_eq!(rows, vec![first.event, second.event.clone()]);
        assert_eq!(codec::verify(&rows), Ok(second.event.hash));
        assert_eq!(store.events(2, 2).await.unwrap(), vec![second.event]);
        assert_eq!(store.case(2).await.unwrap(), Some(second.row));
        assert_eq!(store.case_by_number("N3").await.unwrap(), Some(other.row));
        assert_eq!(store.case(9).await.unwrap(), None);
    });
}

/// Of a case that only grew the version is written, and nothing that another command of the batch changed is lost.
#[test]
fn what_only_grew_keeps_its_row() {
    check(async |store, _| {
        let first = write(1, None);
        let mut moved = write(1, Some(&first.event));
        moved.row.status = "suspended".into();
        let grew = |before: &CaseWrite| {
            let after = write(1, Some(&before.event));
            let version = after.row.version;
            CaseWrite {
                row: CaseRow {
                    version,
                    ..before.row.clone()
                },
                only_grew: true,
                ..after
            }
        };
        let second = grew(&moved);
        let batch = [&first, &moved, &second].map(|case| unit(case.clone()));
        assert_eq!(store.commit(batch.into()).await.unwrap(), [Ok(()); 3]);
        assert_eq!(store.case(1).await.unwrap(), Some(second.row.clone()));
        let third = grew(&second);
        store.commit(vec![unit(third.clone())]).await.unwrap();
        assert_eq!(third.row.status, "suspended");
        assert_eq!(store.case(1).await.unwrap(), Some(third.row));
    });
}

#[test]
fn g5_a_conflict_harms_only_itself_and_what_was_decided_on_it() {
    check(async |store, _| {
        let theirs = write(1, None);
        store.commit(vec![unit(theirs)]).await.unwrap();
        // Same past, fewer events: the last numbers differ, and yet only one may stand.
        let mut ours = write(1, None);
        ours.event.seq = 1;
        let on_ours = write(1, Some(&ours.event));
        let batch = [
            unit(write(2, None)),
            unit(ours),
            unit(on_ours),
            unit(write(3, None)),
        ];
        let lost = Err(Conflict::Case);
        assert_eq!(
            store.commit(batch.into()).await.unwrap(),
            vec![Ok(()), lost, lost, Ok(())]
        );
        assert_eq!(store.events(1, 0).await.unwrap().len(), 1);
        assert_eq!(store.events(3, 0).await.unwrap().len(), 1);
    });
}

/// Two starts at once, as two nodes make them: one stands. A close in the same batch makes room.
#[test]
fn one_open_case_holds_a_key_and_its_close_gives_it_back() {
    check(async |store, _| {
        let held = |case_id: i64| {
            let mut case = write(case_id, None);
            case.row.once = Some(vec![4; 32]);
            case
        };
        let (first, second) = tokio::join!(
            store.commit(vec![unit(held(1))]),
            store.commit(vec![unit(write(9, None)), unit(held(2))]),
        );
        let (first, second) = (first.unwrap(), second.unwrap());
        assert_eq!(second[0], Ok(()));
        let mut both = [first[0], second[1]];
        both.sort_by_key(Result::is_ok);
        assert_eq!(both, [Err(Conflict::Once), Ok(())]);
        let open = store.case_by_once(&[4; 32]).await.unwrap().unwrap();
        let close = write(open.id, Some(&write(open.id, None).event));
        let batch = vec![unit(close), unit(held(5))];
        assert_eq!(store.commit(batch).await.unwrap(), [Ok(()); 2]);
        let open = store.case_by_once(&[4; 32]).await.unwrap().unwrap();
        assert_eq!(open.id, 5);
    });
}

#[test]
fn g3_a_repeated_key_finds_its_receipt_and_writes_nothing() {
    check(async |store, _| {
        let receipt = ReceiptRow {
            case_id: 0,
            caller: "city".into(),
            key_hash: [1; 32],
            body_hash: [2; 32],
            answer: "{}".into(),
            expires: 9,
        };
        let once = Unit {
            cases: vec![write(1, None)],
            receipt: Some(receipt.clone()),
        };
        let again = Unit {
            cases: vec![write(2, None)],
            receipt: Some(receipt.clone()),
        };
        assert_eq!(
            store.commit(vec![once, again]).await.unwrap(),
            vec![Ok(()), Err(Conflict::Receipt)]
        );
        assert_eq!(
            store.receipt(0, "city", &[1; 32]).await.unwrap(),
            Some(receipt)
        );
        assert_eq!(store.receipt(0, "other", &[1; 32]).await.unwrap(), None);
        assert!(store.events(2, 0).await.unwrap().is_empty());
    });
}

#[test]
fn a_worklist_shows_what_it_counts_and_only_open_tasks() {
    check(async |store, _| {
        let mut opens = write(1, None);
        opens.tasks = vec![
            task(1, 1, None),
            task(1, 2, Some(5)),
            task(1, 3, Some(3)),
            task(1, 4, None),
        ];
        let mut closes = write(1, Some(&opens.event));
        closes.closed = vec![4];
        store
            .commit(vec![unit(opens.clone()), unit(closes)])
            .await
            .unwrap();
        let office = |department: Option<&str>, post: Option<&str>| Office {
            city: Some("zunyi".into()),
            department: department.map(Into::into),
            post: post.map(Into::into),
            matters: None,
        };
        let asked = |office| TaskFilter {
            office,
            ..TaskFilter::default()
        };
        let head = asked(office(Some("social"), Some("head")));
        let within = |offices: Vec<Office>| TaskFilter {
            within: Some(offices),
            ..TaskFilter::default()
        };
        for (filter, expected) in [
            (asked(office(None, None)), vec![3, 2, 1]),
            (asked(office(Some("social"), None)), vec![3, 2, 1]),
            (head.clone(), vec![3, 1]),
            (within(vec![head.office.clone()]), vec![3, 1]),
            (
                within(vec![head.office.clone(), office(None, None)]),
                vec![3, 2, 1],
            ),
            (within(vec![]), vec![]),
            (
                TaskFilter {
                    holder: Some("x".into()),
                    ..head.clone()
                },
                vec![],
            ),
            (
                TaskFilter {
                    matter: Some("m".into()),
                    ..head.clone()
                },
                vec![3, 1],
            ),
            (
                TaskFilter {
                    number: Some("N1".into()),
                    ..head.clone()
                },
                vec![3, 1],
            ),
            (
                TaskFilter {
                    number: Some("N2".into()),
                    ..head.clone()
                },
                vec![],
            ),
        ] {
            let mut seen = Vec::new();
            let mut after = None;
            while let Some(Listed { task, .. }) =
                store.tasks(&filter, after, 1).await.unwrap().pop()
            {
                after = Some(After {
                    rank: 0,
                    due: task.due,
                    case_id: task.case_id,
                    no: task.no,
                });
                seen.push(task.no);
            }
            assert_eq!(seen, expected, "{filter:?}");
            assert_eq!(
                store.count_tasks(&filter, 99).await.unwrap(),
                expected.len() as i64
            );
        }
        let last = store.tasks(&head, None, 9).await.unwrap().pop().unwrap();
        assert_eq!((last.task, &*last.number), (task(1, 1, None), "N1"));
    });
}

#[test]
fn a_task_offered_to_two_posts_of_a_city_is_listed_once_and_gone_at_once() {
    check(async |store, _| {
        let mut opens = write(1, None);
        let second = TaskRow {
            place: 1,
            post: "clerk".into(),
            ..task(1, 1, None)
        };
        opens.tasks = vec![task(1, 1, None), second];
        let mut closes = write(1, Some(&opens.event));
        closes.closed = vec![1];
        store.commit(vec![unit(opens)]).await.unwrap();
        let of = |post: Option<&str>| TaskFilter {
            office: Office {
                city: Some("zunyi".into()),
                department: None,
                post: post.map(Into::into),
                matters: None,
            },
            ..TaskFilter::default()
        };
        for post in [None, Some("head"), Some("clerk")] {
            assert_eq!(
                store.tasks(&of(post), None, 9).await.unwrap().len(),
                1,
                "{post:?}"
            );
            assert_eq!(
                store.count_tasks(&of(post), 99).await.unwrap(),
                1,
                "{post:?}"
            );
        }
        store.commit(vec![unit(closes)]).await.unwrap();
        assert_eq!(store.count_tasks(&of(None), 99).await.unwrap(), 0);
    });
}

#[test]
fn cases_are_listed_for_the_cities_that_take_part() {
    check(async |store, _| {
        let mut third = write(3, None);
        third.tasks = vec![TaskRow {
            city: "ganzhou".into(),
            ..task(3, 1, None)
        }];
        let batch = [write(1, None), write(2, None), third].map(unit);
        store.commit(batch.into()).await.unwrap();
        let sphere = |city: &str| Sphere {
            city: city.to_owned(),
            department: "social".to_owned(),
            matters: None,
            only: None,
        };
        let within = |cities: &[&str]| CaseFilter {
            within: Some(cities.iter().map(|city| sphere(city)).collect()),
            ..CaseFilter::default()
        };
        for (filter, expected) in [
            (CaseFilter::default(), vec![3, 2, 1]),
            (within(&["zhongshan"]), vec![3, 2, 1]),
            (within(&["ganzhou"]), vec![3]),
            (within(&["wuzhou"]), vec![]),
            (
                CaseFilter {
                    number: Some("N2".into()),
                    ..within(&["zunyi"])
                },
                vec![2],
            ),
        ] {
            let listed = store.cases(&filter, None, 9).await.unwrap();
            let ids: Vec<i64> = listed.iter().map(|row| row.id).collect();
            assert_eq!(ids, expected, "{filter:?}");
            assert_eq!(
                store.count_cases(&filter).await.unwrap(),
                expected.len() as i64
            );
        }
        let page = store
            .cases(&CaseFilter::default(), Some(3), 1)
            .await
            .unwrap();
        assert_eq!(page.first().map(|row| row.id), Some(2));
    });
}

#[test]
fn timers_come_when_due_and_go_when_cleared() {
    check(async |store, _| {
        let timer = |no, due| TimerRow {
            case_id: 1,
            no,
            due,
        };
        let mut sets = write(1, None);
        sets.timers = vec![timer(1, 30), timer(2, 10), timer(3, 20)];
        store.commit(vec![unit(sets.clone())]).await.unwrap();
        assert_eq!(
            store.timers_due(20, 9).await.unwrap(),
            vec![timer(2, 10), timer(3, 20)]
        );
        let mut clears = write(1, Some(&sets.event));
        clears.cleared = vec![2, 3];
        store.commit(vec![unit(clears)]).await.unwrap();
        assert_eq!(store.next_timer().await.unwrap(), Some(30));
    });
}

#[test]
fn g9_a_message_is_settled_only_by_the_latest_lease() {
    check(async |store, _| {
        let id = OutboxId {
            case_id: 1,
            seq: 2,
            position: 0,
        };
        let mut owes = write(1, None);
        owes.outbox = vec![OutboxRow {
            id,
            kind: "notice".into(),
            body: "{}".into(),
            next_at: 5,
        }];
        store.commit(vec![unit(owes)]).await.unwrap();
        assert!(store.lease(None, 4, 10, 9, None).await.unwrap().is_empty());
        let slept = store.lease(None, 5, 10, 9, None).await.unwrap().remove(0);
        assert!(store.lease(None, 9, 20, 9, None).await.unwrap().is_empty());
        let holds = store.lease(None, 10, 20, 9, None).await.unwrap().remove(0);
        assert_eq!(holds.attempts, 2);
        assert!(!store.settle(id, slept.lease, Fate::Sent, "").await.unwrap());
        assert!(
            store
                .settle(id, holds.lease, Fate::Again(30), "busy")
                .await
                .unwrap()
        );
        let last = store.lease(None, 30, 40, 9, None).await.unwrap().remove(0);
        assert!(store.settle(id, last.lease, Fate::Sent, "").await.unwrap());
        assert!(
            store
                .lease(None, 99, 100, 9, None)
                .await
                .unwrap()
                .is_empty()
        );
    });
}

#[test]
fn g31_channels_wait_apart_and_what_does_not_arrive_is_counted() {
    check(async |store, _| {
        let row = |position, kind: &str, next_at| OutboxRow {
            id: OutboxId {
                case_id: 1,
                seq: 2,
                position,
            },
            kind: kind.into(),
            body: "{}".into(),
            next_at,
        };
        let mut owes = write(1, None);
        owes.outbox = vec![
            row(0, "email", 5),
            row(1, "sms", 3),
            row(2, "email", 7),
            row(3, "email", 8),
        ];
        owes.papers = vec![PaperRow {
            case_id: 1,
            no: 4,
            sealed: vec![1, 2, 3],
        }];
        let paper = owes.papers[0].clone();
        store.commit(vec![unit(owes)]).await.unwrap();
        assert_eq!(store.next_message(None, 0).await.unwrap(), Some(3));
        assert_eq!(store.next_message(Some("email"), 0).await.unwrap(), Some(5));
        assert_eq!(store.next_message(Some("call"), 0).await.unwrap(), None);
        let mails = store.lease(Some("email"), 9, 20, 9, None).await.unwrap();
        assert_eq!(mails.len(), 3, "the short message is not lent");
        for (mail, fate) in mails
            .iter()
            .zip([Fate::Dead, Fate::Wait(30), Fate::Obsolete])
        {
            let id = mail.row.id;
            assert!(store.settle(id, mail.lease, fate, "550 no").await.unwrap());
        }
        let all = store.messages(Some(1), None, 9).await.unwrap();
        let waits = all.iter().find(|m| m.leased.row.next_at == 30).unwrap();
        assert_eq!(waits.leased.attempts, 0, "to wait costs no attempt");
        assert_eq!(waits.answer.as_deref(), Some("550 no"));
        let counted = |kind: &str, state: &str| (kind.to_owned(), state.to_owned(), 1);
        let expected = [
            counted("email", "dead"),
            counted("email", "waiting"),
            counted("sms", "waiting"),
        ];
        assert_eq!(store.backlog().await.unwrap(), expected);
        assert_eq!(store.paper(1, 4).await.unwrap(), Some(paper));
        assert_eq!(store.paper(1, 5).await.unwrap(), None);
    });
}

#[test]
fn g71_a_flipped_byte_is_found_and_events_cannot_be_changed() {
    check(async |store, url| {
        let first = write(2, None);
        let second = write(2, Some(&first.event));
        store.commit(vec![unit(first), unit(second)]).await.unwrap();
        store.close().await.unwrap();
        let flip = "UPDATE event SET actor = 'x' WHERE first_seq = 3";
        if url.starts_with("sqlite") {
            let pool = sqlx::SqlitePool::connect(url).await.unwrap();
            assert!(sqlx::query(flip).execute(&pool).await.is_err());
            sqlx::query("DROP TRIGGER event_is_never_changed")
                .execute(&pool)
                .await
                .unwrap();
            sqlx::query(flip).execute(&pool).await.unwrap();
            pool.close().await;
        } else {
            let pool = sqlx::PgPool::connect(url).await.unwrap();
            assert!(sqlx::query(flip).execute(&pool).await.is_err());
            sqlx::query("DROP TRIGGER event_is_never_changed ON event")
                .execute(&pool)
                .await
                .unwrap();
            sqlx::query(flip).execute(&pool).await.unwrap();
        }
        let rows = Store::open(url).await.unwrap().events(2, 0).await.unwrap();
        assert_eq!(
            codec::verify(&rows),
            Err(codec::Broken { case_id: 2, seq: 3 })
        );
    });
}

#[test]
fn g15_a_second_writer_on_the_file_is_told_who_holds_it() {
    check(async |_store, url| {
        if url.starts_with("sqlite") {
            let told = Store::open(url).await.unwrap_err().to_string();
            assert!(
                told.contains(&format!("process {}", std::process::id())),
                "{told}"
            );
        }
    });
}

#[test]
fn g17_running_numbers_are_never_given_twice() {
    check(async |store, _| {
        assert_eq!(store.reserve("a", 1).await.unwrap(), 1);
        assert_eq!(store.reserve("a", 5).await.unwrap(), 2);
        assert_eq!(store.reserve("a", 1).await.unwrap(), 7);
        assert_eq!(store.reserve("b", 1).await.unwrap(), 1);
    });
}

/// G5: a position of the feed is given only when all before it is committed: who began earlier and ends later is not passed over.
#[test]
fn the_feed_waits_for_whoever_began_earlier() {
    check(async |store, url| {
        if !url.starts_with("postgres") {
            return; // SQLite has one writer: who begins earlier ends earlier.
        }
        let mut late = sqlx::PgConnection::connect(url).await.unwrap();
        let row = write(2, None).event;
        late.execute("BEGIN").await.unwrap();
        sqlx::query(
            "INSERT INTO event (case_id, first_seq, seq, at, actor, facts, sealed, prev, hash) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        )
        .bind(row.case_id)
        .bind(row.first_seq)
        .bind(row.seq)
        .bind(row.at)
        .bind(&row.actor)
        .bind(&row.facts)
        .bind(&row.sealed)
        .bind(row.prev.as_slice())
        .bind(row.hash.as_slice())
        .execute(&mut late)
        .await
        .unwrap();
        store.commit(vec![unit(write(1, None))]).await.unwrap();
        let early = store.feed(0, 9).await.unwrap();
        assert!(early.is_empty(), "an older one is under way: {early:?}");
        late.execute("COMMIT").await.unwrap();
        // Other tests on this database server have transactions too.
        let all = loop {
            let all = store.feed(0, 9).await.unwrap();
            if all.len() == 2 {
                break all;
            }
        };
        let cases: Vec<i64> = all.iter().map(|(_, row)| row.case_id).collect();
        assert_eq!(cases, [2, 1], "in the order in which they began");
        let rest = store.feed(all[0].0, 9).await.unwrap();
        assert_eq!(
            rest,
            all[1..],
            "and whoever read the first goes on with the second"
        );
    });
}

/// G34: an envelope that came before another of its exchange waits for it, and once it has waited too long is kept as one that is over.
#[test]
fn g034_an_early_envelope_is_kept_for_a_while() {
    check(async |store, _| {
        let envelope = |sequence: i64, received: i64| EnvelopeRow {
            peer: "遵义".into(),
            id: format!("N.{sequence}"),
            subject: "N/1".into(),
            side: "sender".into(),
            sequence,
            state: Stage::Waiting,
            received,
            sealed: vec![1],
            receipt: "{}".into(),
        };
        let early = envelope(2, 5_000);
        assert_eq!(store.put_envelope(&early).await.unwrap(), Put::New);
        assert_eq!(store.envelopes_due(9).await.unwrap(), []);
        assert_eq!(store.expire_envelopes(5_000).await.unwrap(), 0);
        assert_eq!(store.expire_envelopes(5_001).await.unwrap(), 1);
        assert_eq!(store.expire_envelopes(9_000).await.unwrap(), 0);
        let kept = store.envelope("遵义", "N.2").await.unwrap().unwrap();
        assert_eq!(kept.state, Stage::Expired);
        // What is next in turn is not touched by age.
        store.put_envelope(&envelope(1, 5_000)).await.unwrap();
        assert_eq!(store.envelopes_due(9).await.unwrap().len(), 1);
    });
}

/// L5: however many wait after an outage, and however many are planned, the oldest are found by the index alone and in order of age.
#[test]
fn fifty_thousand_messages_leave_in_order_of_age() {
    check(async |store, url| {
        let insert = "INSERT INTO outbox (case_id, seq, position, kind, body, state, attempts, next_at, lease, since) \
                      SELECT n, 1, 0, CASE WHEN n % 2 = 0 THEN 'email' ELSE 'sms' END, '{}', 'waiting', 0, \
                      CASE WHEN n <= 100000 THEN 1 ELSE 9000000 END + n % 1000 * 1000, 0, \
                      CASE WHEN n <= 100000 THEN 1 ELSE 9000000 END + n % 1000 * 1000 FROM ";
        if url.starts_with("postgres") {
            let mut raw = sqlx::PgConnection::connect(url).await.unwrap();
            let all = format!("{insert} generate_series(1, 150000) AS n");
            raw.execute(sqlx::AssertSqlSafe(all)).await.unwrap();
            raw.execute("ANALYZE outbox").await.unwrap();
        } else {
            let mut raw = sqlx::SqliteConnection::connect(url).await.unwrap();
            let all = format!(
                "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 150000) {insert} numbers"
            );
            raw.execute(sqlx::AssertSqlSafe(all)).await.unwrap();
            raw.close().await.unwrap();
        }
        let plan = store
            .plan_of_lease("email", 1_000_000)
            .await
            .unwrap()
            .join("\n");
        assert!(plan.contains("outbox_waiting"), "{plan}");
        for slow in ["SCAN outbox", "Seq Scan", "TEMP B-TREE", "Sort"] {
            assert!(!plan.contains(slow), "{slow}: {plan}");
        }
        let mut last = 0;
        for _ in 0..3 {
            let leased = store
                .lease(Some("email"), 1_000_000, 2_000_000, 64, None)
                .await
                .unwrap();
            assert_eq!(leased.len(), 64);
            for message in leased {
                assert!(message.since >= last, "the older ones first");
                last = message.since;
            }
        }
        let oldest = store
            .lease(Some("sms"), 1_000_000, 2_000_000, 64, Some(2))
            .await
            .unwrap();
        assert_eq!(oldest.len(), 0, "none of sms is as old as that");
        let due = store.next_message(Some("email"), 1_000_000).await.unwrap();
        assert!(due.unwrap() <= 1_000_000);
        let planned = store.next_message(Some("call"), 1_000_000).await.unwrap();
        assert_eq!(planned, None);
    });
}

/// A certificate is found by what it is known by while it is in force, by the index alone; the row goes with the event.
#[test]
fn certificates_are_found_while_they_are_in_force() {
    check(async |store, _| {
        let row = |case_id, sought, until| CertificateRow {
            case_id,
            sought,
            until,
        };
        let given = |case_id, sought, until, prev: Option<&EventRow>| CaseWrite {
            certificate: Some(row(case_id, sought, until)),
            ..write(case_id, prev)
        };
        let first = given(2, -7, 5_000, None);
        let other = given(3, 8, 5_000, None);
        let plain = write(4, None);
        let batch = [first.clone(), other, plain].map(unit);
        assert_eq!(store.commit(batch.into()).await.unwrap(), vec![Ok(()); 3]);
        let found = async |sought: &[i64], now| store.certificates(sought, now).await.unwrap();
        assert_eq!(found(&[-7], 4_999).await, [row(2, -7, 5_000)]);
        assert_eq!(found(&[-7], 5_000).await, []);
        assert_eq!(
            found(&[-7, 8], 0).await,
            [row(3, 8, 5_000), row(2, -7, 5_000)]
        );
        assert_eq!(store.certificate_of(4).await.unwrap(), None);
        let ended = given(2, -7, 3_000, Some(&first.event));
        // Who comes second changes nothing.
        let rival = given(2, -7, 9_000, Some(&first.event));
        let written = store.commit(vec![unit(ended)]).await.unwrap();
        assert_eq!(written, [Ok(())]);
        assert_ne!(store.commit(vec![unit(rival)]).await.unwrap(), [Ok(())]);
        assert_eq!(
            store.certificate_of(2).await.unwrap(),
            Some(row(2, -7, 3_000))
        );
    });
}
