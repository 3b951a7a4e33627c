//! Signing in, tokens, and rights that change at once.

use super::server::{PASSWORD, Server, secret};
use crate::each;
use crate::places::Place;
use jiff::{Timestamp, ToSpan};
use onenet::directory::{Denied, Directory, TOKEN_LIFE};
use onenet::store::Accounts;
use serde_json::json;

async fn with_password(place: Place) -> Server {
    let mut server = Server::sandbox(place).await;
    server
        .add("lan", "兰", "person", secret(), &["442000/si/handler"])
        .await;
    server
}

/// G57: a name nobody has and a wrong password look alike; after five failures the name rests.
#[test]
fn g057_sign_in_tells_nothing_and_rests_after_five_failures() {
    each(async |place| {
        let server = with_password(place).await;
        let sign_in = async |user: &str, password: &str| {
            let body = json!({ "user": user, "password": password });
            server.post("", "/api/v1/sign-in", &body).await
        };
        let signed = sign_in("lan", PASSWORD).await.with(200);
        assert_eq!(signed["me"]["posts"], json!(["442000/si/handler"]));
        let token = format!("Bearer {}", signed["token"].as_str().unwrap());
        let bearer = [("authorization", token.as_str())];
        let me = server
            .call("", "GET", "/api/v1/me", &bearer, None)
            .await
            .with(200);
        assert_eq!(me["name"], "兰");
        let out = server
            .call("", "POST", "/api/v1/sign-out", &bearer, None)
            .await;
        assert_eq!(out.status, 204);
        server
            .call("", "GET", "/api/v1/me", &bearer, None)
            .await
            .problem(401, "sign-in-required");

        let mut wrong = sign_in("lan", "不是这个密码也够十个字")
            .await
            .problem(401, "sign-in-required");
        let mut nobody = sign_in("lun", PASSWORD)
            .await
            .problem(401, "sign-in-required");
        wrong["instance"] = json!(null);
        nobody["instance"] = json!(null);
        assert_eq!(wrong, nobody);
        for _ in 0..4 {
            sign_in("lan", "不是这个密码也够十个字")
                .await
                .problem(401, "sign-in-required");
        }
        let resting = sign_in("lan", PASSWORD).await;
        assert!(
            resting.headers["retry-after"]
                .to_str()
                .unwrap()
                .parse::<u32>()
                .unwrap()
                > 0
        );
        resting.problem(429, "rate");
    });
}

/// G75: a sign-in ends after half an hour without use, on whichever node it was used last, and after twelve hours anyhow. A page
/// that asks by itself is no use.
#[test]
fn g075_a_sign_in_ends_unused_on_every_node_and_after_twelve_hours() {
    each(async |place| {
        let server = with_password(place).await;
        let here = &server.app.directory;
        let accounts = Accounts::open(&server.place.url).await.unwrap();
        let network = server.app.runtime.library().network.clone();
        let there = Directory::new(accounts, network);
        let start = Timestamp::now();
        let after = |minutes: i64| start + minutes.minutes();
        let sign_in = async || {
            here.sign_in("lan", PASSWORD.to_owned(), start)
                .await
                .unwrap()
                .0
        };
        let token = sign_in().await;
        there.caller(token.text(), after(20)).await.unwrap();
        here.caller(token.text(), after(45)).await.unwrap();
        there.known_caller(token.text(), after(70)).await.unwrap();
        for node in [here, &there] {
            let ended = node.known_caller(token.text(), after(76)).await;
            assert!(matches!(ended, Err(Denied::Expired)), "{ended:?}");
        }
        let token = sign_in().await;
        for minutes in (0..720).step_by(20) {
            here.caller(token.text(), after(minutes)).await.unwrap();
        }
        let ended = here.caller(token.text(), after(720)).await;
        assert!(matches!(ended, Err(Denied::Expired)), "{ended:?}");
    });
}

/// G51: whoever is disabled, by another process too, is out at the next request.
#[test]
fn g051_a_disabled_account_is_out_at_the_next_request() {
    each(async |place| {
        let server = Server::sandbox(place).await;
        let me = async || server.get("zs-handler", "/api/v1/me").await;
        me().await.with(200);
        let beside = Accounts::open(&server.place.url).await.unwrap();
        assert!(beside.set_state("zs-handler", "disabled", 1).await.unwrap());
        me().await.problem(401, "sign-in-required");
        server.get("zs-reviewer", "/api/v1/me").await.with(200);
        assert!(beside.set_state("zs-handler", "active", 2).await.unwrap());
        me().await.with(200);
    });
}

/// G51: what one node takes away, the other does not grant at its next request, however warm its memory is.
#[test]
fn g051_two_nodes_over_one_store_know_the_same_rights() {
    each(async |place| {
        let server = Server::sandbox(place).await;
        let here = &server.app.directory;
        let accounts = Accounts::open(&server.place.url).await.unwrap();
        let there = Directory::new(accounts, server.app.runtime.library().network.clone());
        let now = Timestamp::now();
        let row = here.accounts().account("zs-handler").await.unwrap();
        let row = row.unwrap();
        for _ in 0..20 {
            let token = here.issue_token(&row, vec![], now, TOKEN_LIFE).await;
            let token = token.unwrap().text().to_owned();
            let caller = here.caller(&token, now).await.unwrap();
            there.caller(&token, now).await.unwrap();
            there.sign_out(&caller).await.unwrap();
            let out = here.caller(&token, now).await;
            assert!(matches!(out, Err(Denied::Unknown)), "{out:?}");
        }
    });
}

/// A token is never kept in clear.
#[test]
fn g055_the_store_holds_no_token() {
    each(async |place| {
        let server = Server::sandbox(place).await;
        let token = server.token("zs-handler").to_owned();
        server.get("zs-handler", "/api/v1/me").await.with(200);
        let stored = bytes(&server.place.url).await;
        assert!(!stored.is_empty());
        let found = stored.windows(token.len()).any(|w| w == token.as_bytes());
        assert!(!found);
    });
}

/// Everything a store keeps: its files, or the rows of all tables, bytes among them as they are.
async fn bytes(url: &str) -> Vec<u8> {
    if let Some(file) = url.strip_prefix("sqlite:") {
        let read = |name: String| std::fs::read(name).unwrap_or_default();
        return [read(file.to_owned()), read(format!("{file}-wal"))].concat();
    }
    let options: sqlx::postgres::PgConnectOptions = url.parse().unwrap();
    let options = options.options([("bytea_output", "escape")]);
    let pool = sqlx::PgPool::connect_with(options).await.unwrap();
    let names = "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'";
    let names: Vec<String> = sqlx::query_scalar(names).fetch_all(&pool).await.unwrap();
    let mut out = Vec::new();
    for name in names {
        let rows = sqlx::AssertSqlSafe(format!("SELECT t::text FROM \"{name}\" t"));
        let rows: Vec<String> = sqlx::query_scalar(rows).fetch_all(&pool).await.unwrap();
        out.extend(rows.concat().into_bytes());
    }
    out
}
