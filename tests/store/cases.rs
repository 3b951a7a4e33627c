//! Cases and their events: what is committed is there, conflicts harm themselves alone, and damage is found.

use super::{unit, write};
use crate::check;
use onenet::store::codec;
use onenet::store::*;

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
