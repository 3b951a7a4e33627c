//! A test of a notice to oneself: with example values, marked, by the real outbox and a real mail server, on record, and not too often.

use super::mail_server::{Heard, MailServer, Mood};
use super::messages::{by_mail, monday, reach};
use super::server::{Server, secret};
use super::visitor::{Visitor, location};
use super::webhooks::{self, Sink};
use crate::each;
use onenet::runtime::Channels;
use serde_json::{Value, json};

const ADMIN: &str = "zs-admin";

/// A server with an administrator who has a mailbox, and sends by this mail server.
async fn administered(place: crate::places::Place, url: &str) -> Server {
    let addresses = reach(&[
        (ADMIN, "admin@example.org"),
        ("442000/si", "si@example.org"),
    ]);
    let mut server = Server::reaching(place, monday(), addresses).await;
    for (id, post) in [(ADMIN, "system-admin"), ("zs-audit", "audit-admin")] {
        let held = format!("442000/si/{post}");
        server.add(id, id, "person", secret(), &[&held]).await;
    }
    server.app.runtime.send(by_mail(url));
    server
}

/// 4.9: the mail says it is a test, goes to the administrator alone, and holds example values; the page tells what became of it; who sent
/// what is on record.
#[test]
fn an_administrator_mails_a_notice_to_himself() {
    each(async |place| {
        let mut mail = MailServer::start(Mood::Takes).await;
        let server = administered(place, &mail.url).await;
        let visitor = Visitor::signed_in(&server, ADMIN, "/admin/notices").await;
        let path = "/admin/notices?matter=pension-lump-sum";
        let page = visitor.get("/admin/notices").await.text().await.unwrap();
        assert!(page.contains("task.opened") && page.contains("{{case.matter_title}}"));
        assert_eq!(visitor.get(path).await.status(), 200);
        let typed = [("about", "task.opened"), ("channel", "email")];
        let sent = visitor.press_with(&page, "/admin/notices", &typed).await;
        let told = location(&sent);
        let letter = mail.mail().await;
        assert!(letter.contains("To: admin@example.org"), "{letter}");
        let outbox = server.get("", "/api/v1/sandbox/outbox").await.with(200);
        let all = outbox.as_array().unwrap().iter();
        let tests: Vec<_> = all.filter(|m| m["about"] == "test").collect();
        assert_eq!(tests.len(), 1);
        let (subject, body) = (tests[0]["subject"].as_str(), tests[0]["body"].as_str());
        assert!(subject.unwrap().starts_with("【测试】"), "{tests:?}");
        assert!(body.unwrap().contains("示例环节"), "{tests:?}");
        settled(&server, &told).await;
        let page = visitor.get(&told).await.text().await.unwrap();
        assert!(
            page.contains("已送出") && page.contains("对方已接收"),
            "{page}"
        );
        let path = format!("/api/v1/audit/readings?kind=test&account={ADMIN}");
        let read = server.get("zs-audit", &path).await.with(200);
        assert_eq!(read["readings"][0]["what"], "notice /task.opened");
        while let Some(heard) = mail.heard() {
            assert!(
                !matches!(&heard, Heard::Mail(m) if m.contains("To: si@")),
                "{heard:?}"
            );
        }
    });
}

/// What the mail server answers stands on the page; a short message to somebody without a number is refused in words, one too many too.
#[test]
fn what_goes_wrong_with_a_test_is_told() {
    each(async |place| {
        let mail = MailServer::start(Mood::Later).await;
        let server = administered(place, &mail.url).await;
        let visitor = Visitor::signed_in(&server, ADMIN, "/admin/notices").await;
        let page = visitor.get("/admin/notices").await.text().await.unwrap();
        let send = async |channel: &str| {
            let typed = [("about", "task.opened"), ("channel", channel)];
            visitor.press_with(&page, "/admin/notices", &typed).await
        };
        let told = location(&send("email").await);
        settled(&server, &told).await;
        let page = visitor.get(&told).await.text().await.unwrap();
        assert!(page.contains("已试"), "{page}");
        let refused = send("sms").await;
        assert_eq!(refused.status(), 422);
        assert!(refused.text().await.unwrap().contains("没有您本人的地址"));
        for _ in 2..20 {
            assert_eq!(send("email").await.status(), 303);
        }
        assert_eq!(send("email").await.status(), 429);
        let clerk = Visitor::signed_in(&server, "zs-handler", "/work").await;
        assert_eq!(clerk.get("/admin/notices").await.status(), 403);
    });
}

/// An endpoint is pinged by a signed call that asks for nothing.
#[test]
fn an_endpoint_is_pinged() {
    each(async |place| {
        let mut sink = Sink::start(204).await;
        let mut server = webhooks::server(place, monday()).await;
        let post = ["442000/si/system-admin"];
        server.add(ADMIN, ADMIN, "person", secret(), &post).await;
        webhooks::endpoint(&server, &sink.url).await;
        let visitor = Visitor::signed_in(&server, ADMIN, "/admin/notices").await;
        let page = visitor.get("/admin/notices").await.text().await.unwrap();
        let (_, id) = page.split_once("name=\"ping\" value=\"").unwrap();
        let (id, _) = id.split_once('"').unwrap();
        let wish = [("ping", id)];
        let sent = visitor.press_with(&page, "/admin/notices", &wish).await;
        assert_eq!(sent.status(), 303);
        let (headers, body) = sink.call().await;
        assert!(headers.contains_key("webhook-signature"));
        let said: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(
            (&said["type"], &said["test"]),
            (&json!("ping"), &json!(true))
        );
    });
}

/// Waits until the other side has said something to a test, or taken it.
async fn settled(server: &Server, address: &str) {
    let id = address.rsplit_once("sent=").unwrap().1;
    loop {
        let test = server.app.test(id).await.unwrap().unwrap();
        if test.state != "waiting" || test.answer.is_some() {
            return;
        }
        tokio::task::yield_now().await;
    }
}

/// A channel nobody has set up says so, and not that it is open.
#[test]
fn a_channel_that_is_not_set_up_says_so() {
    each(async |place| {
        let mut server = Server::sandbox(place).await;
        let held = ["442000/si/system-admin"];
        server.add(ADMIN, ADMIN, "person", secret(), &held).await;
        let visitor = Visitor::signed_in(&server, ADMIN, "/admin/notices").await;
        let page = visitor.get("/admin/notices").await.text().await.unwrap();
        assert!(page.contains("未配置") && !page.contains("畅通"), "{page}");
        server.app.runtime.send(Channels::default());
        let page = visitor.get("/admin/notices").await.text().await.unwrap();
        assert!(page.contains("畅通") && !page.contains("未配置"), "{page}");
    });
}
