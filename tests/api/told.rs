//! What offices and persons are told, and where: as usual, as an office has chosen, as a person has switched, and in the program itself.

use super::mail_server::{MailServer, Mood};
use super::messages::{about, by_mail, messages, monday, reach};
use super::server::{OTHERS, PASSWORD, Server, secret, task};
use crate::each;
use jiff::Timestamp;
use onenet::runtime::Channels;
use onenet::store::{BellRow, OutboxId};
use serde_json::{Value, json};

const OFFICE: &str = "442000/si";

async fn with_lead(place: crate::places::Place, addresses: &[(&str, &str)]) -> Server {
    let mut server = Server::reaching(place, monday(), reach(addresses)).await;
    let post = ["442000/si/lead"];
    server
        .add("zs-lead", "黄涛", "person", secret(), &post)
        .await;
    server
}

fn chosen(place: &str, choices: &[(&str, &str, Option<&str>)]) -> Value {
    let one = |(event, channel, send): &(&str, &str, Option<&str>)| json!({ "event": event, "channel": channel, "send": send });
    let all: Vec<Value> = choices.iter().map(one).collect();
    json!({ "place": place, "choices": all })
}

/// The page of somebody who has signed in.
async fn page(server: &Server, who: &str, path: &str) -> String {
    let who = json!({ "user": who, "password": PASSWORD });
    let signed_in = server.post("", "/api/v1/sign-in", &who).await.with(200);
    let cookie = format!("__Host-onenet={}", signed_in["token"].as_str().unwrap());
    let page = server
        .call("", "GET", path, &[("cookie", &cookie)], None)
        .await;
    assert_eq!(page.status, 200, "{}", page.text);
    page.text
}

async fn move_to(server: &Server, at: &str) {
    let at: Timestamp = at.parse().unwrap();
    server.app.runtime.move_clock(at).await.unwrap();
}

/// A lead turns mail of new tasks off and the bell on; the next task comes by the bell alone. Others may not choose, and red cards
/// cannot be silenced.
#[test]
fn an_office_chooses_what_it_is_told_and_where() {
    each(async |place| {
        let server = with_lead(place, &[("442000", "zs@example.org")]).await;
        let path = "/api/v1/subscriptions";
        let wish = chosen(
            OFFICE,
            &[
                ("new", "email", Some("never")),
                ("new", "bell", Some("always")),
            ],
        );
        server
            .post("zs-handler", path, &wish)
            .await
            .problem(403, "forbidden");
        let kept = server.post("zs-lead", path, &wish).await.with(200);
        assert_eq!(kept["choices"].as_array().unwrap().len(), 2, "{kept}");
        let case = server.at_handler().await;
        let all = messages(&server, &case, |_| true).await;
        let of = |kind: &str| {
            all.iter()
                .any(|m| m["kind"] == kind && m["about"] == "records.opened")
        };
        assert!(of("bell") && !of("email"), "{all:#?}");
        let silent = [
            ("all", "email", Some("never")),
            ("red", "bell", Some("never")),
        ];
        for (wish, code) in [
            (chosen(OFFICE, &silent), "invalid"),
            (chosen("442000/si/none", &[]), "invalid"),
            (chosen(OFFICE, &[("red", "pigeon", None)]), "invalid"),
        ] {
            server.post("zs-lead", path, &wish).await.problem(422, code);
        }
        // A post that chooses for itself, and an office that goes back to what is usual.
        let post = chosen("442000/si/reviewer", &[("new", "email", Some("always"))]);
        server.post("zs-lead", path, &post).await.with(200);
        let usual = chosen(OFFICE, &[("new", "bell", None)]);
        let kept = server.post("zs-lead", path, &usual).await.with(200);
        assert_eq!(kept["choices"].as_array().unwrap().len(), 1, "{kept}");
        let case = server.complete_to_reviewer(&case).await;
        let all = messages(&server, &case, |_| true).await;
        let mail = about(&all, "email", "approve.opened");
        assert_eq!(mail["to"], "442000/si/reviewer");
    });
}

/// Whoever is asked to help hears of it, and whoever asked hears that it is back.
#[test]
fn a_delegated_task_rings_for_who_gets_it() {
    each(async |place| {
        let server = with_lead(place, &[]).await;
        server.app.runtime.send(Channels::default());
        let case = server.at_handler().await;
        let at = |verb: &str| format!("/api/v1/tasks/{}/{verb}", task(&case, "records"));
        let ask = json!({ "to": "zs-handler-2", "reason": "请帮忙核对" });
        server
            .post("zs-handler", &at("delegate"), &ask)
            .await
            .with(200);
        let rung = |what: &'static str| {
            move |all: &[Value]| {
                let mut bells = all.iter().filter(|m| m["kind"] == "bell");
                bells.any(|m| m["about"] == what && m["state"] == "sent")
            }
        };
        messages(&server, &case, rung("delegated")).await;
        let store = server.app.runtime.store();
        assert_eq!(store.unread("zs-handler-2", 10).await.unwrap(), 1);
        assert_eq!(store.unread("zs-handler", 10).await.unwrap(), 0);
        let back = json!({ "outcome": "handed_back", "data": super::server::records() });
        server
            .post("zs-handler-2", &at("complete"), &back)
            .await
            .with(200);
        messages(&server, &case, rung("handed_back")).await;
        assert_eq!(store.unread("zs-handler", 10).await.unwrap(), 1);
    });
}

/// A task handed over is news for whoever has it now: in his own mailbox and by the bell. He may switch that mail off, but not that of
/// a red card of his own work.
#[test]
fn a_person_may_switch_off_mail_but_not_red_cards() {
    each(async |place| {
        let mut mail = MailServer::start(Mood::Takes).await;
        let own = [
            ("zs-handler-2", "second@example.org"),
            (OFFICE, "si@example.org"),
        ];
        let server = with_lead(place, &own).await;
        server.app.runtime.send(by_mail(&mail.url));
        let case = server.at_handler().await;
        let at = |verb: &str| format!("/api/v1/tasks/{}/{verb}", task(&case, "records"));
        let over = json!({ "to": "zs-handler-2", "reason": "出差" });
        server
            .post("zs-handler", &at("transfer"), &over)
            .await
            .with(200);
        loop {
            let one = mail.mail().await;
            if one.contains("To: second@example.org") {
                break;
            }
        }
        let sent = |what: &'static str, state: &'static str| {
            move |all: &[Value]| {
                all.iter()
                    .any(|m| m["kind"] == "email" && m["about"] == what && m["state"] == state)
            }
        };
        messages(&server, &case, sent("reassigned", "sent")).await;
        let store = server.app.runtime.store();
        messages(&server, &case, |all| {
            about(all, "bell", "reassigned")["state"] == "sent"
        })
        .await;
        assert_eq!(store.unread("zs-handler-2", 10).await.unwrap(), 1);
        assert_eq!(store.unread("zs-handler", 10).await.unwrap(), 0);
        let accounts = server.app.directory.accounts();
        accounts
            .prefer("zs-handler-2", r#"{"no_mail":true}"#)
            .await
            .unwrap();
        let words = json!({ "words": "请快一点" });
        server.post("zs-lead", &at("urge"), &words).await.with(200);
        messages(&server, &case, sent("urged", "obsolete")).await;
        messages(&server, &case, |all| {
            about(all, "bell", "urged")["state"] == "sent"
        })
        .await;
        assert_eq!(store.unread("zs-handler-2", 10).await.unwrap(), 2);
        move_to(&server, "2026-12-03T09:00:00+08:00").await;
        let red = |all: &[Value]| {
            let red = all
                .iter()
                .filter(|m| m["kind"] == "email" && m["about"] == "card.red");
            red.filter(|m| m["to"] == "442000/si/handler")
                .any(|m| m["state"] == "sent")
        };
        messages(&server, &case, red).await;
        let page = page(&server, "zs-handler-2", "/bell").await;
        for words in ["转交给您", "催办", "红牌", case["number"].as_str().unwrap()] {
            assert!(page.contains(words), "{words}: {page}");
        }
    });
}

/// G53: a line of a case that its reader may not see tells nothing of it; messages are kept ninety days.
#[test]
fn g053_a_message_of_a_case_out_of_sight_tells_nothing() {
    each(async |place| {
        let server = with_lead(place, &[]).await;
        server.app.runtime.send(Channels::default());
        let case = server.at_handler().await;
        let id: i64 = case["id"].as_str().unwrap().parse().unwrap();
        let store = server.app.runtime.store();
        let now = server.app.runtime.clock().now().as_millisecond();
        let row = |person: &str, at: i64| BellRow {
            person: person.to_owned(),
            id: OutboxId {
                case_id: id,
                seq: 1,
                position: at,
            },
            at,
            about: "urged".to_owned(),
            post: "442000/si/handler".to_owned(),
            task: None,
            for_whom: None,
            seen: None,
        };
        let rows = [row("ks-handler", now), row("zs-handler", now)];
        store.ring(&rows).await.unwrap();
        store.ring(&rows).await.unwrap();
        assert_eq!(
            store.unread("ks-handler", 10).await.unwrap(),
            1,
            "told once"
        );
        let number = case["number"].as_str().unwrap();
        let hidden = page(&server, "ks-handler", "/bell").await;
        assert!(hidden.contains("已无权查看"), "{hidden}");
        for private in [number, "一次性待遇", "催办</strong>"] {
            assert!(!hidden.contains(private), "{private}: {hidden}");
        }
        assert!(page(&server, "zs-handler", "/bell").await.contains(number));
        let all = store.bells("zs-handler", false, None, 10).await.unwrap();
        store
            .read_bells("zs-handler", Some(all[0].id), now)
            .await
            .unwrap();
        assert_eq!(store.unread("zs-handler", 10).await.unwrap(), 0);
        assert_eq!(store.bells("zs-handler", true, None, 10).await.unwrap(), []);
        store.forget_bells(now).await.unwrap();
        assert_eq!(
            store
                .bells("zs-handler", false, None, 10)
                .await
                .unwrap()
                .len(),
            1
        );
        store.forget_bells(now + 1).await.unwrap();
        assert_eq!(
            store.bells("zs-handler", false, None, 10).await.unwrap(),
            []
        );
    });
}

/// A card that nobody explains goes up by the limits of the network, each rung once and on record; one that is explained goes no further.
#[test]
fn a_card_that_nobody_explains_goes_up_rung_by_rung() {
    each(async |place| {
        let server = with_lead(place, &[("442000", "zs@example.org")]).await;
        server.app.runtime.send(Channels::default());
        let silent = server.at_handler().await;
        let explained = server.of_at_handler(OTHERS[0]).await;
        // The handler's limit is a working day; its card opens when a fifth of it is left.
        move_to(&server, "2026-11-24T16:00:00+08:00").await;
        let card = async |case: &Value| {
            let number = case["number"].as_str().unwrap();
            let cards = server
                .get("zs-lead", "/api/v1/supervision/cards?city=442000")
                .await
                .with(200);
            let mut cards = cards["cards"].as_array().unwrap().iter();
            let card = cards.find(|c| c["number"] == number).unwrap();
            card["id"].as_str().unwrap().to_owned()
        };
        let words = json!({ "words": "等候外市查询结果" });
        let path = format!(
            "/api/v1/supervision/cards/{}/explain",
            card(&explained).await
        );
        server.post("zs-handler", &path, &words).await.with(200);
        move_to(&server, "2026-11-28T16:00:00+08:00").await;
        let rungs = async |case: &Value| {
            let path = format!("/api/v1/supervision/cards/{}", card(case).await);
            let card = server.get("zs-handler", &path).await.with(200);
            let all = card["escalations"].as_array().unwrap().iter();
            all.map(|e| e["rung"].as_str().unwrap().to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(rungs(&silent).await, ["urge", "pursue", "network"]);
        assert_eq!(rungs(&explained).await, [""; 0]);
        let path = format!("/api/v1/cases/{}/history", silent["id"].as_str().unwrap());
        let history = server.get("zs-handler", &path).await.with(200);
        let climbed = history
            .as_array()
            .unwrap()
            .iter()
            .filter(|e| e["type"] == "card_escalated");
        assert_eq!(climbed.count(), 3);
        let all = messages(&server, &silent, |_| true).await;
        let to = about(&all, "bell", "card.network")["to"].clone();
        assert_eq!(to, "442000/si/supervisor", "中山 leads the network");
        assert_eq!(about(&all, "email", "urged")["to"], "442000/si/handler");
    });
}
