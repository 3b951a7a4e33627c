//! What is not taken in any more, or not now: new cases are refused in words, those under way go on.

use super::server::{MONDAY, OTHERS, Server, application, records};
use super::visitor::Visitor;
use crate::each;
use engine::library::Library;
use onenet::runtime::{Clock, Reach};
use serde_json::{Value, json};
use std::sync::Arc;

const CLOSURES: &str = "closures:
  - { matter: pension-lump-sum, city: 中山, from: 2026-11-25, until: 2026-11-27, reason: 系统切换 }
  - { city: 中山, from: 2026-11-30, reason: 已退出合作网络，请到国家社会保险公共服务平台办理 }
";

fn of(id_number: &str) -> Value {
    let mut application = application();
    application["applicant"]["id_number"] = json!(id_number);
    application
}

/// G40: a city that leaves, or a matter that pauses where it is decided, takes nothing new in; what runs is finished.
#[test]
fn g040_what_is_closed_takes_nothing_new_in_and_finishes_what_runs() {
    each(async |place| {
        let mut files = onenet::shipped::all();
        files.push(("network/closures.yaml", CLOSURES));
        let library = Library::read(&files, &mut Default::default());
        assert_eq!(library.found, []);
        let clock = Clock::sandbox(MONDAY.parse().unwrap());
        let server = Server::offering(place, clock, Reach::default(), Arc::new(library)).await;
        let case = server.at_handler().await;
        let open = async |who: &str| server.post("wz-window", "/api/v1/cases", &of(who)).await;
        let to = async |day: &str| {
            let set = json!({ "set": format!("{day}T09:00:00+08:00") });
            server
                .post("", "/api/v1/sandbox/clock", &set)
                .await
                .with(200);
        };

        to("2026-11-25").await;
        let paused = open(OTHERS[0]).await;
        let paused = paused.problem(409, "state-not-allowed")["detail"].clone();
        assert_eq!(paused, "2026-11-25 至 2026-11-27 不收新件：系统切换");
        let case = server
            .complete("zs-handler", &case, "records", "可以办理", records())
            .await;

        to("2026-11-28").await;
        open(OTHERS[0]).await.with(201);

        to("2026-11-30").await;
        let left = open(OTHERS[1]).await;
        let left = left.problem(410, "retired")["detail"].clone();
        let reason = "2026-11-30 起不收新件：已退出合作网络，请到国家社会保险公共服务平台办理";
        assert_eq!(left, reason);
        server
            .complete("wz-window", &case, "inform", "delivered", json!({}))
            .await;
        let clerk = Visitor::signed_in(&server, "zs-handler", "/network").await;
        let page = clerk.get("/network").await.text().await.unwrap();
        assert!(page.contains(reason), "{page}");
        let page = clerk.get("/new").await.text().await.unwrap();
        assert!(page.contains(reason), "{page}");
    });
}

/// A matter, a city and a way of applying that there are none of are found at their place.
#[test]
fn what_a_closure_names_must_exist() {
    let wrong = "closures:
  - { matter: pension-lump-sums, from: 2026-11-25, reason: 停 }
  - { city: 钟山, channel: telex, from: 2026-11-25, untill: 2026-11-27, reason: 停 }
  - { matter: joint-check, reason: 停 }
";
    let mut files = onenet::shipped::all();
    files.push(("network/closures.yaml", wrong));
    let mut sources = Default::default();
    let library = Library::read(&files, &mut sources);
    let found = library.found.iter().map(|d| {
        let told = d.render(&sources, engine::text::Lang::Zh);
        told.lines().next().unwrap().to_owned()
    });
    let found: Vec<_> = found.collect();
    let expected = [
        "network/closures.yaml:2:15: 错误 E0307: ",
        "network/closures.yaml:3:13: 错误 E0308: ",
        "network/closures.yaml:3:26: 错误 E0202: ",
        "network/closures.yaml:3:51: 错误 E0201: ",
        "network/closures.yaml:4:5: 错误 E0205: 缺少 \"from\"",
    ];
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for (found, expected) in found.iter().zip(expected) {
        assert!(found.starts_with(expected), "{found}\n{expected}");
    }
}
