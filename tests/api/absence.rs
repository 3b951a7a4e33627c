//! Absence: a deputy does the work of somebody who is away, from the first day to the last, and both stand on record.

use super::mail_server::{MailServer, Mood};
use super::messages::{about, by_mail, messages, monday, reach};
use super::server::{Answer, Server, secret, task};
use super::visitor::Visitor;
use crate::each;
use jiff::Timestamp;
use serde_json::{Value, json};

const AWAY: &str = "zs-reviewer";
const DEPUTY: &str = "zs-finance";
const ABSENCES: &str = "/api/v1/absences";

async fn server(place: crate::places::Place) -> Server {
    let own = [
        ("zs-finance", "finance@example.org"),
        ("442000/si", "si@example.org"),
    ];
    let mut server = Server::reaching(place, monday(), reach(&own)).await;
    let post = ["442000/si/lead"];
    server
        .add("zs-lead", "黄涛", "person", secret(), &post)
        .await;
    server
}

fn absence(person: &str, deputy: &str, from: &str, to: &str) -> Value {
    json!({ "person": person, "deputy": deputy, "from": from, "to": to })
}

/// A call as the deputy of somebody.
async fn standing(server: &Server, who: &str, path: &str, body: Option<&Value>) -> Answer {
    let method = if body.is_some() { "POST" } else { "GET" };
    let body = body.map(Value::to_string);
    let headers = [("x-stands-for", AWAY)];
    server
        .call(who, method, path, &headers, body.as_deref())
        .await
}

async fn move_to(server: &Server, at: &str) {
    let at: Timestamp = at.parse().unwrap();
    server.app.runtime.move_clock(at).await.unwrap();
}

/// A13: away from Tuesday to Thursday. What the reviewer holds and what comes is the deputy's to see and to do on those days, and no
/// longer when he is back; whoever did the first step may not do the second for him (G54).
#[test]
fn a013_a_deputy_works_for_the_absent_on_the_days_of_absence_alone() {
    each(async |place| {
        let mut mail = MailServer::start(Mood::Takes).await;
        let server = server(place).await;
        server.app.runtime.send(by_mail(&mail.url));
        let wish = absence(AWAY, DEPUTY, "2026-11-24", "2026-11-26");
        server
            .post(DEPUTY, ABSENCES, &wish)
            .await
            .problem(403, "forbidden");
        server.post("zs-lead", ABSENCES, &wish).await.with(201);
        let case = server.at_reviewer().await;
        let approve = task(&case, "approve");
        let at = |verb: &str| format!("/api/v1/tasks/{approve}/{verb}");
        server.post(AWAY, &at("claim"), &json!({})).await.with(200);
        let one = format!("/api/v1/tasks/{approve}");
        standing(&server, DEPUTY, &one, None)
            .await
            .problem(403, "forbidden");
        move_to(&server, "2026-11-24T09:00:00+08:00").await;
        let list = standing(&server, DEPUTY, "/api/v1/tasks?holder=me", None)
            .await
            .with(200);
        assert_eq!(
            list["tasks"][0]["id"],
            json!(approve),
            "what the absent one holds"
        );
        let words = json!({ "words": "请尽快" });
        server.post("zs-lead", &at("urge"), &words).await.with(200);
        while !mail.mail().await.contains("To: finance@example.org") {}
        messages(&server, &case, |all| {
            about(all, "bell", "urged")["state"] == "sent"
        })
        .await;
        let store = server.app.runtime.store();
        let rung = store.bells(DEPUTY, true, None, 10).await.unwrap();
        assert_eq!(rung[0].for_whom.as_deref(), Some(AWAY));
        let handler = absence(AWAY, "zs-handler", "2026-11-24", "2026-11-26");
        server.post(AWAY, ABSENCES, &handler).await.with(201);
        let done = json!({ "outcome": "通过", "data": {} });
        let refused = standing(&server, "zs-handler", &at("complete"), Some(&done)).await;
        refused.problem(403, "second-person-required");
        standing(&server, DEPUTY, &at("complete"), Some(&done))
            .await
            .with(200);
        let path = format!("/api/v1/cases/{}/history", case["id"].as_str().unwrap());
        let history = server.get("zs-handler", &path).await.with(200);
        let last = history
            .as_array()
            .unwrap()
            .iter()
            .rev()
            .find(|e| e["type"] == "step_done");
        let actor = &last.unwrap()["actor"];
        assert_eq!(
            (&actor["user"], &actor["on_behalf_of"]),
            (&json!(DEPUTY), &json!(AWAY))
        );
        move_to(&server, "2026-11-27T00:00:00+08:00").await;
        standing(&server, DEPUTY, &one, None)
            .await
            .problem(403, "forbidden");
    });
}

/// Who may be away, and who may stand for him.
#[test]
fn an_absence_that_cannot_be_is_refused_and_one_can_be_ended() {
    each(async |place| {
        let mut server = server(place).await;
        let post = ["442000/si/system-admin"];
        server.add("admin", "廖兰", "person", "", &post).await;
        let (from, to) = ("2026-11-23", "2026-11-25");
        let with = |name: &str, value: Value| {
            let mut wish = absence(AWAY, DEPUTY, from, to);
            wish[name] = value;
            wish
        };
        for wrong in [
            with("deputy", json!("wz-window")),
            with("deputy", json!(AWAY)),
            with("person", json!("nobody")),
            with("to", json!("2026-11-22")),
            with("posts", json!(["442000/si/handler"])),
            with("matters", json!(["no-such-matter"])),
        ] {
            let path = server.post("zs-lead", ABSENCES, &wrong).await;
            assert!(
                [403, 422].contains(&path.status.as_u16()),
                "{wrong}: {}",
                path.text
            );
        }
        let admin = absence("admin", DEPUTY, from, to);
        server
            .post("admin", ABSENCES, &admin)
            .await
            .problem(422, "invalid");
        let away = absence(DEPUTY, "zs-handler", to, to);
        server.post(DEPUTY, ABSENCES, &away).await.with(201);
        let wish = absence(AWAY, DEPUTY, from, to);
        server
            .post(AWAY, ABSENCES, &wish)
            .await
            .problem(422, "invalid");
        let wish = absence(AWAY, "zs-handler-2", from, to);
        let entered = server.post(AWAY, ABSENCES, &wish).await.with(201);
        let listed = server.get("zs-handler-2", ABSENCES).await.with(200);
        assert_eq!(listed[0]["id"], entered["id"]);
        let tasks = "/api/v1/tasks";
        standing(&server, "zs-handler-2", tasks, None)
            .await
            .with(200);
        let end = format!("{ABSENCES}/{}/end", entered["id"].as_str().unwrap());
        server
            .post("zs-handler-2", &end, &json!({}))
            .await
            .problem(403, "forbidden");
        let ended = server.post("zs-lead", &end, &json!({})).await;
        assert_eq!(ended.status, 204, "{}", ended.text);
        standing(&server, "zs-handler-2", tasks, None)
            .await
            .problem(403, "forbidden");
    });
}

/// The page keeps what was typed and says at its field what is wrong with it; nobody is offered as his own deputy.
#[test]
fn a_refused_absence_stands_as_it_was_typed() {
    each(async |place| {
        let server = server(place).await;
        let clerk = Visitor::signed_in(&server, AWAY, "/settings/absence").await;
        let page = clerk.get("/settings/absence").await.text().await.unwrap();
        let deputies = page.split("id=\"a-deputy\"").nth(1).unwrap();
        let deputies = deputies.split("</select>").next().unwrap();
        assert!(deputies.contains(DEPUTY), "{deputies}");
        assert!(!deputies.contains(AWAY), "{deputies}");
        let typed = [
            ("person", AWAY),
            ("deputy", AWAY),
            ("from", "2026-11-25"),
            ("to", "2026-11-26"),
        ];
        let answer = clerk.press_with(&page, "/settings/absence", &typed).await;
        assert_eq!(answer.status(), 422);
        let page = answer.text().await.unwrap();
        assert!(page.contains("id=\"a-deputy-wrong\""), "{page}");
        assert!(page.contains("value=\"2026-11-26\""), "{page}");
    });
}
