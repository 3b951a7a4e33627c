//! An outbox full of mails that an outage has kept waiting.

use sqlx::{Connection, Executor};

/// Queues so many mails to 中山's handlers, of these cases in turn, each a millisecond younger than the one before; the subject holds
/// its number, from 1.
pub async fn queue(url: &str, cases: &[u64], count: usize, since: i64) {
    let body = r#"{"about":"news","to":"442000/si/handler","at":"2026-11-23T01:00:00Z","channel":"email","subject":"n ' || n || '","text":"t","html":"h"}"#;
    let numbers = match url.starts_with("postgres") {
        true => format!("SELECT n FROM generate_series(1, {count}) AS n"),
        false => format!(
            "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {count}) SELECT n FROM numbers"
        ),
    };
    let one = |at: usize, case: &u64| {
        format!(
            "INSERT INTO outbox (case_id, seq, position, kind, body, state, attempts, next_at, lease, since) \
             SELECT {case}, 1000000 + n, 0, 'email', '{body}', 'waiting', 0, {since} + n, 0, {since} + n \
             FROM ({numbers}) AS numbered WHERE n % {} = {at}",
            cases.len()
        )
    };
    for (at, case) in cases.iter().enumerate() {
        let sql = sqlx::AssertSqlSafe(one(at, case));
        if url.starts_with("postgres") {
            let mut raw = sqlx::PgConnection::connect(url).await.unwrap();
            raw.execute(sql).await.unwrap();
        } else {
            let mut raw = sqlx::SqliteConnection::connect(url).await.unwrap();
            raw.execute(sql).await.unwrap();
            raw.close().await.unwrap();
        }
    }
}
