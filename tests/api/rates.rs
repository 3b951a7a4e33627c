//! Whoever asks too much is told to wait, by the pages and over the API; a key of a program is not counted.

use super::server::{PASSWORD, Server};
use super::visitor::Visitor;
use crate::each;
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
