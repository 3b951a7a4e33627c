//! Whoever asks too much is told to wait, by the pages and over the API; a key of a program is not counted.

use super::server::{Answer, PASSWORD, Server, secret};
use super::visitor::Visitor;
use crate::each;
use jiff::SignedDuration;
use reqwest::header::HeaderMap;
use serde_json::json;

/// More than anybody may ask in a minute, wherever in it he begins.
const MANY: usize = 700;

fn seconds(headers: &HeaderMap) -> i64 {
    headers["retry-after"].to_str().unwrap().parse().unwrap()
}

/// G83: 429 with `Retry-After`, as a page for people and as a problem for programs; others go on meanwhile.
#[test]
fn g083_whoever_asks_too_much_waits() {
    each(async |place| {
        let server = Server::sandbox(place).await;
        let clerk = Visitor::signed_in(&server, "zs-handler", "/work").await;
        let colleague = Visitor::signed_in(&server, "zs-reviewer", "/work").await;
        let mut pages = 0;
        let page = loop {
            let page = clerk.get("/session").await;
            match page.status().as_u16() {
                200 => pages += 1,
                _ => break page,
            }
            assert!(pages < MANY);
        };
        assert_eq!(page.status(), 429);
        assert!((1..=60).contains(&seconds(page.headers())));
        assert!(page.text().await.unwrap().contains("太频繁"));
        assert_eq!(colleague.get("/session").await.status(), 200);

        let who = json!({ "user": "wz-window", "password": PASSWORD });
        let signed = server.post("", "/api/v1/sign-in", &who).await.with(200);
        let bearer = format!("Bearer {}", signed["token"].as_str().unwrap());
        let headers = [("authorization", bearer.as_str())];
        let mut calls = 0;
        let call = loop {
            let call = server.call("", "GET", "/api/v1/me", &headers, None).await;
            match call.status.as_u16() {
                200 => calls += 1,
                _ => break call,
            }
            assert!(calls < MANY);
        };
        assert!((1..=60).contains(&seconds(&call.headers)));
        call.problem(429, "rate");
        for _ in 0..=calls {
            server.get("wz-window", "/api/v1/me").await.with(200);
        }
    });
}

/// G83: ten lists an hour a person, of whatever kind and in whatever form; the eleventh is refused in words, and taken an hour later.
#[test]
fn g083_the_eleventh_list_of_an_hour_waits() {
    each(async |place| {
        let mut server = Server::by_one_clock(place).await;
        let post = ["442000/si/supervisor"];
        server
            .add("zs-supervisor", "赵桂勇", "person", secret(), &post)
            .await;
        let files = [
            "/cases.csv",
            "/cases.xlsx",
            "/board/cards.csv",
            "/board/cards.xlsx",
        ];
        let visitor = Visitor::signed_in(&server, "zs-supervisor", "/board").await;
        for file in files.iter().cycle().take(10) {
            assert_eq!(visitor.get(file).await.status(), 200);
        }
        for file in files {
            let refused = visitor.get(file).await;
            assert_eq!(refused.status(), 429);
            assert!((3_590..=3_601).contains(&seconds(refused.headers())));
            assert!(refused.text().await.unwrap().contains("最多导出 10 次"));
        }
        let colleague = Visitor::signed_in(&server, "zs-handler", "/work").await;
        assert_eq!(colleague.get("/cases.csv").await.status(), 200);
        move_on(&server, 59 * 60).await;
        let visitor = Visitor::signed_in(&server, "zs-supervisor", "/board").await;
        assert_eq!(visitor.get("/cases.csv").await.status(), 429);
        move_on(&server, 60).await;
        assert_eq!(visitor.get("/cases.csv").await.status(), 200);
    });
}

/// G83: twenty failed sign-ins of one source within a minute, whatever names they give, by page and API together; then even the right
/// password waits, and a minute later it is taken.
#[test]
fn g083_a_source_of_many_failed_sign_ins_waits() {
    each(async |place| {
        let server = Server::by_one_clock(place).await;
        let nobody = Visitor::nobody(&server);
        let page = nobody.get("/sign-in").await.text().await.unwrap();
        let by_page = async |name: &str, password: &str| {
            let typed = [("user", name), ("password", password)];
            nobody.press_with(&page, "/sign-in", &typed).await
        };
        for at in 0..20 {
            let name = format!("nobody-{at}");
            if at % 2 == 0 {
                let who = json!({ "user": name, "password": "不是这个密码也够十个字" });
                let tried = server.post("", "/api/v1/sign-in", &who).await;
                tried.problem(401, "sign-in-required");
            } else {
                assert_eq!(by_page(&name, "不是这个密码也够十个字").await.status(), 422);
            }
        }
        let who = json!({ "user": "zs-handler", "password": PASSWORD });
        let refused = server.post("", "/api/v1/sign-in", &who).await;
        assert!((1..=61).contains(&seconds(&refused.headers)));
        refused.problem(429, "rate");
        let refused = by_page("zs-handler", PASSWORD).await;
        assert_eq!(refused.status(), 429);
        assert!(refused.headers().contains_key("retry-after"));
        assert!(refused.text().await.unwrap().contains("登录失败次数太多"));
        move_on(&server, 60).await;
        assert_eq!(by_page("zs-handler", PASSWORD).await.status(), 303);
    });
}

/// A sign-in that fails, of somebody else each time.
async fn fails(server: &Server, at: usize, from: &str) -> Answer {
    let who = json!({ "user": format!("nobody-{at}"), "password": "不是这个密码也够十个字" });
    let told = [("x-forwarded-for", from)];
    let (path, who) = ("/api/v1/sign-in", who.to_string());
    server.call("", "POST", path, &told, Some(&who)).await
}

/// G80, G83: behind a proxy that is known each source fails for itself, whatever it writes into the header; what is kept for this machine
/// stays closed to whoever comes through the proxy.
#[test]
fn g083_sources_behind_a_proxy_wait_for_themselves() {
    each(async |place| {
        let server = Server::behind(&["127.0.0.1"], place).await;
        for at in 0..20 {
            let made_up = format!("198.51.100.{at}, 192.0.2.7");
            let tried = fails(&server, at, &made_up).await;
            tried.problem(401, "sign-in-required");
        }
        let refused = fails(&server, 20, "192.0.2.7").await;
        refused.problem(429, "rate");
        let neighbour = fails(&server, 21, "192.0.2.8").await;
        neighbour.problem(401, "sign-in-required");
        let outbox = async |headers: &[(&str, &str)]| {
            let path = "/api/v1/sandbox/outbox";
            server.call("", "GET", path, headers, None).await.status
        };
        assert_eq!(outbox(&[]).await, 200);
        assert_eq!(outbox(&[("x-forwarded-for", "192.0.2.7")]).await, 404);
    });
}

/// G80: behind a proxy nobody has named all are one source, whatever is written.
#[test]
fn g080_a_header_of_a_stranger_counts_for_nothing() {
    each(async |place| {
        let server = Server::by_one_clock(place).await;
        for at in 0..=20 {
            let tried = fails(&server, at, &format!("192.0.2.{at}")).await;
            assert_eq!(tried.status, if at < 20 { 401 } else { 429 });
        }
    });
}

async fn move_on(server: &Server, seconds: i64) {
    let runtime = &server.app.runtime;
    let to = runtime.clock().now() + SignedDuration::from_secs(seconds);
    runtime.move_clock(to).await.unwrap();
}
