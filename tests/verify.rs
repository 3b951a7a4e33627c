//! `onenet verify`: a sound store passes, every kind of damage is found and named, exit code 4.
use std::process::Command;

use super::check;
use super::places::run;
use super::runtime::{complete, first_task, library, open, open_timed, start, start_of_day};
use super::unique::done;
use onenet::runtime::*;
use onenet::store::*;

/// Does what no door of the program does: changes rows behind its back.
async fn behind_its_back(url: &str, statements: &[&str]) {
    if url.starts_with("sqlite") {
        let pool = sqlx::SqlitePool::connect(url).await.unwrap();
        let triggers = [
            "event_is_never_changed",
            "event_is_never_deleted",
            "paper_is_never_changed",
            "paper_is_never_deleted",
            "paper_number_is_never_changed",
            "paper_number_is_never_deleted",
        ];
        for trigger in triggers {
            let drop = format!("DROP TRIGGER IF EXISTS {trigger}");
            sqlx::query(sqlx::AssertSqlSafe(drop))
                .execute(&pool)
                .await
                .unwrap();
        }
        for statement in statements {
            sqlx::query(sqlx::AssertSqlSafe((*statement).to_owned()))
                .execute(&pool)
                .await
                .unwrap();
        }
        pool.close().await;
    } else {
        let pool = sqlx::PgPool::connect(url).await.unwrap();
        for table in ["event", "paper", "paper_number"] {
            let drop = format!("DROP TRIGGER IF EXISTS {table}_is_never_changed ON {table}");
            let drop = sqlx::query(sqlx::AssertSqlSafe(drop));
            drop.execute(&pool).await.unwrap();
        }
        for statement in statements {
            sqlx::query(sqlx::AssertSqlSafe((*statement).to_owned()))
                .execute(&pool)
                .await
                .unwrap();
        }
    }
}

/// A store with a case half done and one that waits for its time.
async fn two_cases(store: Store) {
    let runtime = start(store).await;
    let seen = runtime.submit(open()).await.unwrap().seen;
    runtime
        .submit(complete(seen.id, first_task(&seen)))
        .await
        .unwrap();
    runtime.submit(open_timed("tick")).await.unwrap();
    runtime.shutdown().await.unwrap();
}

pub async fn flaw_after(url: &str, statement: &str) -> Option<Flaw> {
    broken_after(url, statement).await.map(|broken| broken.flaw)
}

async fn broken_after(url: &str, statement: &str) -> Option<Broken> {
    behind_its_back(url, &[statement]).await;
    let store = Store::open_to_read(url).await.unwrap();
    let found = verify(&store, Depth::Fold(Keys::new([7; 32])))
        .await
        .unwrap();
    found.err()
}

#[test]
fn g72_a_sound_store_passes_also_while_a_server_runs_on_it() {
    check(async |store, url| {
        let runtime = start(store).await;
        let seen = runtime.submit(open()).await.unwrap().seen;
        runtime
            .submit(complete(seen.id, first_task(&seen)))
            .await
            .unwrap();
        let reader = Store::open_to_read(url).await.unwrap();
        let found = verify(&reader, Depth::Fold(Keys::new([7; 32])))
            .await
            .unwrap();
        assert_eq!(found, Ok(Checked { cases: 1, rows: 2 }));
    });
}

/// The statements undo each other, so that one store serves for all.
#[test]
fn g72_every_kind_of_damage_is_found_and_named() {
    check(async |store, url| {
        two_cases(store).await;
        let damages = [
            (
                "UPDATE event SET at = at + 1 WHERE case_id = (SELECT min(case_id) FROM event) AND first_seq = 1",
                "UPDATE event SET at = at - 1 WHERE case_id = (SELECT min(case_id) FROM event) AND first_seq = 1",
                Flaw::Chain(1),
            ),
            (
                "UPDATE case_row SET status = 'completed' WHERE matter = 'bench-bundle'",
                "UPDATE case_row SET status = 'received' WHERE matter = 'bench-bundle'",
                Flaw::CaseRow,
            ),
            (
                "UPDATE task SET holder = 'nobody' WHERE post = 'handler'",
                "UPDATE task SET holder = NULL",
                Flaw::Tasks,
            ),
            (
                "UPDATE timer SET due = due + 1",
                "UPDATE timer SET due = due - 1",
                Flaw::Timers,
            ),
        ];
        for (damage, undo, expected) in damages {
            assert_eq!(flaw_after(url, damage).await, Some(expected), "{damage}");
            assert_eq!(flaw_after(url, undo).await, None, "{undo}");
        }
        let cut = "DELETE FROM event WHERE first_seq > 1 AND case_id = (SELECT id FROM case_row WHERE matter = 'bench-bundle')";
        assert!(matches!(flaw_after(url, cut).await, Some(Flaw::Cut(_))));
        let no_case = "DELETE FROM case_row WHERE matter = 'bench-bundle'";
        assert_eq!(flaw_after(url, no_case).await, Some(Flaw::NoCase));
    });
}

/// Who is alone with a key and who waits are rows too: each kind of damage is told with the number of its case.
#[test]
fn g72_a_line_that_is_not_what_histories_say_is_found() {
    check(async |store, url| {
        let runtime = start(store).await;
        let left = runtime.submit(open_timed("in-turn")).await.unwrap().seen;
        let first = runtime.submit(open_timed("in-turn")).await.unwrap().seen;
        let second = runtime.submit(open_timed("in-turn")).await.unwrap().seen;
        runtime
            .submit(done(left.id, first_task(&left)))
            .await
            .unwrap();
        runtime.move_clock(runtime.clock().now()).await.unwrap();
        runtime.shutdown().await.unwrap();
        let copy = "INSERT INTO outbox (case_id, seq, position, kind, body, next_at, since, state, attempts, lease) \
                    SELECT case_id, seq, 7, kind, body, next_at, since, state, attempts, lease FROM outbox WHERE state = 'queued'";
        let leaves = "INSERT INTO outbox (case_id, seq, position, kind, body, next_at, since, state, attempts, lease) \
                      SELECT case_id, seq, 7, 'alone', body, next_at, since, 'left', attempts, lease FROM outbox WHERE state = 'queued'";
        let damages = [
            (
                "UPDATE outbox SET state = 'gone' WHERE state = 'queued'",
                "UPDATE outbox SET state = 'queued' WHERE state = 'gone'",
                (&second, Misplaced::Missing),
            ),
            (
                copy,
                "DELETE FROM outbox WHERE position = 7",
                (&second, Misplaced::TooMany),
            ),
            (
                leaves,
                "DELETE FROM outbox WHERE position = 7",
                (&second, Misplaced::TooMany),
            ),
            (
                "UPDATE outbox SET kind = 'alone:00' WHERE state = 'queued'",
                "UPDATE outbox SET kind = (SELECT kind FROM outbox WHERE state = 'entered') WHERE state = 'queued'",
                (&second, Misplaced::OtherKey),
            ),
            (
                "UPDATE outbox SET state = 'queued' WHERE state = 'entered'",
                "UPDATE outbox SET state = 'entered' WHERE state = 'queued' AND case_id = (SELECT min(case_id) FROM outbox WHERE state = 'queued')",
                (&first, Misplaced::NotIn),
            ),
        ];
        let sound = "UPDATE outbox SET body = body";
        assert_eq!(flaw_after(url, sound).await, None);
        for (damage, undo, (case, misplaced)) in damages {
            let broken = broken_after(url, damage).await.unwrap();
            assert_eq!(broken.flaw, Flaw::Turns(misplaced), "{damage}");
            assert_eq!(broken.number, *case.number, "{damage}");
            assert_eq!(flaw_after(url, undo).await, None, "{undo}");
        }
    });
}

/// A paper that was exchanged or taken away is found, and named.
#[test]
fn g72_papers_are_compared_with_the_history() {
    check(async |store, url| {
        let runtime = start(store).await;
        let seen = runtime.submit(open_timed("alone")).await.unwrap().seen;
        for (task, _) in seen.case.open_tasks() {
            runtime.submit(done(seen.id, task)).await.unwrap();
        }
        runtime.shutdown().await.unwrap();
        assert_eq!(flaw_after(url, "UPDATE paper SET no = no").await, None);
        let elsewhere = "UPDATE paper_number SET case_id = case_id + 1";
        let found = flaw_after(url, elsewhere).await;
        assert!(matches!(found, Some(Flaw::Paper(_))), "{found:?}");
        let back = "UPDATE paper_number SET case_id = case_id - 1";
        assert_eq!(flaw_after(url, back).await, None);
        let exchanged = "UPDATE paper SET sealed = (SELECT sealed FROM paper ORDER BY no DESC LIMIT 1) \
                         WHERE no = (SELECT min(no) FROM paper)";
        let found = flaw_after(url, exchanged).await;
        assert!(matches!(found, Some(Flaw::Paper(_))), "{found:?}");
        let gone = "DELETE FROM paper WHERE no = (SELECT min(no) FROM paper)";
        assert_eq!(flaw_after(url, gone).await, found);
    });
}

#[test]
fn g88_the_command_answers_with_its_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("onenet.db").display());
    let verify = |lang: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_onenet"));
        command
            .args(["verify", "--deep", "--lang", lang, "--data"])
            .arg(folder.path());
        let output = command.output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        (
            output.status.code().unwrap(),
            String::from_utf8(said).unwrap(),
        )
    };
    run(async {
        let keys = Keys::create(&folder.path().join("master.key")).unwrap();
        let clock = Clock::sandbox(start_of_day());
        let store = Store::open(&url).await.unwrap();
        let runtime = Runtime::start(store, keys, library(), clock).await.unwrap();
        runtime.submit(open()).await.unwrap();
        runtime.shutdown().await.unwrap();
        let (code, said) = verify("en");
        assert_eq!(code, 0, "{said}");
        assert!(said.contains("1 cases"), "{said}");
        behind_its_back(&url, &["UPDATE event SET actor = 'x'"]).await;
        let (code, said) = verify("zh");
        assert_eq!(code, 4, "{said}");
        assert!(said.contains("第 1 条"), "{said}");
    });
}
