//! The digest of the day: on working days alone, once, with numbers that are those of the lists behind its links.

use super::mail_server::{Heard, MailServer, Mood, message_id};
use super::messages::{by_mail, reach};
use super::server::{OTHERS, PASSWORD, Server};
use crate::each;
use jiff::Timestamp;
use onenet::runtime::{Clock, Keys, Reach, Runtime};
use regex::Regex;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;

const OFFICE: &str = "442000/si";

async fn move_to(runtime: &Runtime, at: &str) {
    let at: Timestamp = at.parse().unwrap();
    runtime.move_clock(at).await.unwrap();
}

/// The digests in the outbox, newest first.
async fn digests(server: &Server) -> Vec<Value> {
    let all = server.get("", "/api/v1/sandbox/outbox").await.with(200);
    let all = all.as_array().unwrap().iter();
    all.filter(|m| m["about"] == "digest").cloned().collect()
}

/// The next digest that arrives; other mail is passed over.
async fn arrives(mail: &mut MailServer) -> String {
    loop {
        let one = mail.mail().await;
        // A message of no case is named by case 0.
        if message_id(&one).contains("<0-") {
            return one;
        }
    }
}

/// G21, G32: none on the seven days of 国庆, one on the first working day after it at half past eight, one on the Saturday that is
/// worked instead, none on the Sunday; each arrives once.
#[test]
fn the_digest_keeps_the_holidays_of_its_city() {
    each(async |place| {
        let mut mail = MailServer::start(Mood::Takes).await;
        let clock = Clock::sandbox("2026-09-30T09:00:00+08:00".parse().unwrap());
        let offices = reach(&[(OFFICE, "si@example.org")]);
        let server = Server::reaching(place, clock, offices).await;
        server.app.runtime.send(by_mail(&mail.url));
        server.at_handler().await;
        let runtime = &server.app.runtime;
        let mut days = Vec::new();
        for (at, comes) in [
            ("2026-10-08T08:29:59+08:00", false),
            ("2026-10-08T08:30:00+08:00", true),
            ("2026-10-09T08:29:00+08:00", false),
            ("2026-10-09T09:00:00+08:00", true),
            ("2026-10-10T09:00:00+08:00", true),
            ("2026-10-12T08:29:00+08:00", false),
        ] {
            move_to(runtime, at).await;
            let so_far = digests(&server).await.len();
            assert_eq!(so_far, days.len() + usize::from(comes), "at {at}");
            if comes {
                let letter = arrives(&mut mail).await;
                assert!(letter.contains("To: si@example.org"), "{letter}");
                days.push(message_id(&letter).to_owned());
            }
        }
        let different: BTreeSet<&String> = days.iter().collect();
        assert_eq!(different.len(), 3);
        while let Some(heard) = mail.heard() {
            let digest = |mail: &String| message_id(mail).contains("<0-");
            assert!(!matches!(&heard, Heard::Mail(m) if digest(m)), "{heard:?}");
        }
    });
}

/// Every number of the digest is that of the list its link opens.
#[test]
fn the_numbers_of_the_digest_are_those_of_its_lists() {
    each(async |place| {
        let clock = Clock::sandbox("2026-11-23T09:00:00+08:00".parse().unwrap());
        let everyone = Reach {
            everyone: true,
            ..reach(&[])
        };
        let server = Server::reaching(place, clock, everyone).await;
        let runtime = &server.app.runtime;
        server.at_handler().await;
        move_to(runtime, "2026-11-23T16:00:00+08:00").await;
        server.of_at_handler(OTHERS[0]).await;
        move_to(runtime, "2026-11-25T08:30:00+08:00").await;
        let all = digests(&server).await;
        let told = all.iter().find(|m| m["to"] == OFFICE).unwrap();
        let body = told["body"].as_str().unwrap();
        assert!(
            told["subject"].as_str().unwrap().contains("待办 2 件"),
            "{told}"
        );
        let lines = Regex::new(r"(\S+) (\d+) 件　https://s\.example(/work\S*)").unwrap();
        let lists: Vec<(String, String, String)> = lines
            .captures_iter(body)
            .map(|c| (c[1].to_owned(), c[2].to_owned(), c[3].to_owned()))
            .collect();
        assert_eq!(lists.len(), 5, "{body}");
        let who = json!({ "user": "zs-handler", "password": PASSWORD });
        let signed_in = server.post("", "/api/v1/sign-in", &who).await.with(200);
        let cookie = format!("__Host-onenet={}", signed_in["token"].as_str().unwrap());
        let current =
            Regex::new(r#"aria-current="page">本部门 <span class="count">(\d+)<"#).unwrap();
        for (what, count, path) in &lists {
            let page = server
                .call("", "GET", path, &[("cookie", &cookie)], None)
                .await;
            let shown = &current
                .captures(&page.text)
                .unwrap_or_else(|| panic!("{}", page.text))[1];
            assert_eq!(shown, count, "{what} {path}");
        }
        let of = |what: &str| lists.iter().find(|(w, ..)| w == what).unwrap().1.as_str();
        // Both came on Monday, after half past eight; the first has a day for the records, which ended on Tuesday.
        assert_eq!((of("黄牌"), of("新到"), of("等待中")), ("2", "0", "0"));
    });
}

/// An office without anything to do gets none; several nodes send one between them; what fell due while nobody ran comes once, on a
/// working day, and yesterday's does not come at all.
#[test]
fn one_digest_whoever_sends_it_and_none_of_yesterday() {
    each(async |place| {
        let clock = Clock::sandbox("2026-11-23T09:00:00+08:00".parse().unwrap());
        let offices = [
            (OFFICE, "si@example.org"),
            ("442000/mib", "mib@example.org"),
        ];
        let offices = reach(&offices);
        let server = Server::reaching(place, clock, offices.clone()).await;
        server.at_handler().await;
        let store = server.app.runtime.store().clone();
        let another = async |at: &str| {
            let clock = Clock::sandbox(at.parse().unwrap());
            let library = Arc::new(onenet::shipped::library(&mut Default::default()));
            let keys: Keys = server.app.keys.clone();
            let node = Runtime::reaching(store.clone(), keys, library, clock, offices.clone());
            let node = node.await.unwrap();
            // It looks by itself at what fell due while nobody ran; one that is moved has done so before it answers.
            let now = node.clock().now().as_millisecond();
            while store
                .next_timer()
                .await
                .unwrap()
                .is_some_and(|at| at <= now)
            {
                tokio::task::yield_now().await;
            }
            node.move_clock(node.clock().now()).await.unwrap();
            node
        };
        let _late = another("2026-11-25T11:00:00+08:00").await;
        let _later = another("2026-11-25T11:30:00+08:00").await;
        let _on_saturday = another("2026-11-28T10:00:00+08:00").await;
        let all = digests(&server).await;
        let days: Vec<&Value> = all.iter().map(|m| &m["to"]).collect();
        assert_eq!(days, [&json!(OFFICE)], "{all:#?}");
        move_to(&server.app.runtime, "2026-11-25T12:00:00+08:00").await;
        assert_eq!(
            digests(&server).await.len(),
            1,
            "nor does one that lags behind send it"
        );
    });
}
