//! What is due and what leaves the house: timers, messages, envelopes, the feed.

use super::{unit, write};
use crate::check;
use onenet::store::*;
use sqlx::{Connection, Executor};

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
