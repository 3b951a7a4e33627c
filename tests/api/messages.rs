//! Messages from their cause to whoever reads them: worded once, sent by a real mail server's protocol, late but never twice, and
//! never stale.

use super::mail_server::{Heard, MailServer, Mood, message_id};
use super::program;
use super::server::{ACCOUNT, ID_NUMBER, MONDAY, PHONE, Server, application, records};
use crate::each;
use jiff::{SignedDuration, Timestamp};
use notifications::email::{self, Email};
use onenet::runtime::{Address, Channels, Clock, Reach};
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub(super) fn reach(addresses: &[(&str, &str)]) -> Reach {
    let address = |(post, email): &(&str, &str)| {
        let address = Address {
            email: Some((*email).to_owned()),
            ..Address::default()
        };
        ((*post).to_owned(), address)
    };
    Reach {
        base: "https://s.example".to_owned(),
        short: None,
        addresses: addresses.iter().map(address).collect::<BTreeMap<_, _>>(),
        everyone: false,
        port: None,
    }
}

pub(super) fn by_mail(url: &str) -> Channels {
    let server = email::Server::read(url, "一张网 <noreply@example.org>").unwrap();
    Channels {
        email: Some(Email::new(&server).unwrap()),
        sms: None,
        per_second: None,
    }
}

pub(super) fn monday() -> Clock {
    Clock::sandbox(MONDAY.parse().unwrap())
}

/// The messages of a case, newest first, once they are as expected.
pub(super) async fn messages(
    server: &Server,
    case: &Value,
    so: impl Fn(&[Value]) -> bool,
) -> Vec<Value> {
    let path = format!(
        "/api/v1/cases/{}/notifications",
        case["id"].as_str().unwrap()
    );
    loop {
        let all = server.get("zs-handler", &path).await.with(200);
        let all = all.as_array().unwrap().clone();
        if so(&all) {
            return all;
        }
        tokio::task::yield_now().await;
    }
}

pub(super) fn about<'m>(all: &'m [Value], kind: &str, what: &str) -> &'m Value {
    let found = all.iter().find(|m| m["kind"] == kind && m["about"] == what);
    found.unwrap_or_else(|| panic!("no {kind} about {what}: {all:#?}"))
}

pub(super) fn later(server: &Server, by: SignedDuration) -> Timestamp {
    server.app.runtime.clock().now() + by
}

/// G30, G31: a mail server turns every mail away, then takes them. Each arrives once, under the id it had from the start; what was
/// done meanwhile is not asked for any more.
#[test]
fn g030_mail_that_was_refused_arrives_once_under_its_one_id() {
    each(async |place| {
        let mut mail = MailServer::start(Mood::Later).await;
        let offices = [
            ("442000/si/handler", "handler@example.org"),
            ("450400/si", "wuzhou@example.org"),
        ];
        let server = Server::reaching(place, monday(), reach(&offices)).await;
        server.app.runtime.send(by_mail(&mail.url));
        let mut cases = Vec::new();
        // Three persons: nobody has two open cases of this matter.
        for id_number in [ID_NUMBER, "450400196605100016", "110101198001010010"] {
            let mut application = application();
            application["applicant"]["id_number"] = json!(id_number);
            let case = server.post("wz-window", "/api/v1/cases", &application);
            let case = case.await.with(201);
            let accepted = server.complete("wz-window", &case, "intake.check", "齐全", json!({}));
            cases.push(accepted.await);
        }
        let tried = |all: &[Value]| {
            let mails = all.iter().filter(|m| m["kind"] == "email");
            mails.filter(|m| m["about"] == "records.opened").all(|m| {
                m["attempts"] == 1 && m["answer"].as_str().is_some_and(|a| a.contains("451"))
            })
        };
        for case in &cases {
            messages(&server, case, tried).await;
        }
        mail.is(Mood::Takes);
        let half_a_minute = later(&server, SignedDuration::from_secs(31));
        server.app.runtime.move_clock(half_a_minute).await.unwrap();
        let mut arrived = Vec::new();
        for _ in &cases {
            arrived.push(mail.mail().await);
        }
        let settled = |all: &[Value]| {
            let mut mails = all.iter().filter(|m| m["kind"] == "email");
            mails.all(|m| m["state"] != "waiting")
        };
        for case in &cases {
            let all = messages(&server, case, settled).await;
            let opened = about(&all, "email", "records.opened");
            assert_eq!(
                (&opened["state"], &opened["attempts"]),
                (&json!("sent"), &json!(2))
            );
            let id = format!(
                "Message-ID: <{}@example.org>",
                opened["id"].as_str().unwrap()
            );
            let mine: Vec<&String> = arrived.iter().filter(|m| m.contains(&id)).collect();
            assert_eq!(mine.len(), 1, "{id}: {arrived:#?}");
            assert!(mine[0].contains("To: handler@example.org"), "{}", mine[0]);
            let window = about(&all, "email", "intake.check.opened");
            assert_eq!(window["state"], "obsolete", "the window had done its part");
        }
        server
            .app
            .runtime
            .move_clock(later(&server, SignedDuration::from_hours(12)))
            .await
            .unwrap();
        for case in &cases {
            messages(&server, case, settled).await;
        }
        // Others may have come by then, these have not come again.
        while let Some(heard) = mail.heard() {
            let again = |mail: &String| arrived.iter().any(|m| message_id(m) == message_id(mail));
            assert!(
                !matches!(&heard, Heard::Mail(mail) if again(mail)),
                "{heard:?}"
            );
        }
    });
}

/// The program itself, by its settings alone: a case is opened, the counter gets its mail, and `doctor` says what waits for a channel.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_with_settings_sends_mail() {
    let mut mail = MailServer::start(Mood::Takes).await;
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let settings = format!(
        "smtp_url: {}\nmail_from: 一张网 <noreply@example.org>\npublic_address: https://s.example\n\
         addresses:\n  450400/si/window: {{ email: counter@example.org }}\n",
        mail.url
    );
    std::fs::write(folder.join("onenet.yaml"), settings).unwrap();
    let (mut server, address) = program::serve(folder);
    let add = [
        "user",
        "add",
        "ming",
        "--name",
        "明",
        "--post",
        "梧州/si/window",
    ];
    let added = program::onenet(folder, &add, "江边的三棵老榕树底下\n");
    assert_eq!(added.status.code(), Some(0));
    let token = program::onenet(folder, &["token", "create", "--user", "ming"], "");
    let token = String::from_utf8(token.stdout).unwrap();
    let case: Value = reqwest::Client::new()
        .post(format!("{address}/api/v1/cases"))
        .bearer_auth(token.trim())
        .json(&application())
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let number = case["number"].as_str().unwrap();
    let got = mail.mail().await;
    assert!(got.contains("To: counter@example.org"), "{got}");
    assert!(got.contains("Auto-Submitted: auto-generated"), "{got}");
    let id = format!("Message-ID: <{}-", case["id"].as_str().unwrap());
    assert!(got.contains(&id), "{number}: {got}");
    let doctor = program::onenet(folder, &["doctor", "--lang", "en"], "");
    let told = String::from_utf8(doctor.stdout).unwrap();
    for line in [
        "channel email: set up",
        "channel sms: not set up, its messages stay in the outbox",
        "sms: 1 messages wait",
    ] {
        assert!(told.contains(line), "{line}: {told}");
    }
    server.kill().unwrap();
    server.wait().unwrap();
}

/// G31: where nobody answers the messages wait without end in sight and without using their attempts up; what nobody has set up
/// waits too, and an operator can see how many.
#[test]
fn g031_what_has_no_channel_waits_and_is_counted() {
    each(async |place| {
        let server =
            Server::reaching(place, monday(), reach(&[("442000", "city@example.org")])).await;
        let case = server.at_handler().await;
        let all = messages(&server, &case, |_| true).await;
        for (kind, what) in [
            ("sms", "received"),
            ("sms", "accepted"),
            ("email", "records.opened"),
        ] {
            let message = about(&all, kind, what);
            assert_eq!(
                (&message["state"], &message["attempts"]),
                (&json!("waiting"), &json!(0))
            );
        }
        let metrics = server.get("", "/metrics").await.text;
        assert!(
            metrics.contains("onenet_messages{channel=\"sms\",state=\"waiting\"} 2\n"),
            "{metrics}"
        );
        assert!(
            metrics.contains("onenet_messages{channel=\"email\",state=\"waiting\"} 1\n"),
            "{metrics}"
        );
    });
}

/// G30: what has no address is dead with its reason; an administrator sends it again, under the same id.
#[test]
fn g030_a_dead_message_is_found_and_sent_again_under_its_id() {
    each(async |place| {
        let mail = MailServer::start(Mood::Takes).await;
        let post = "442000/si/system-admin";
        let mut server = Server::reaching(place, monday(), reach(&[])).await;
        server.add("admin", "廖兰", "person", "", &[post]).await;
        for (id, office) in [("wz-lead", "450400/si"), ("zs-lead", "442000/si")] {
            let post = format!("{office}/lead");
            server.add(id, "黄涛", "person", "", &[&post]).await;
        }
        server.app.runtime.send(by_mail(&mail.url));
        // The matter itself says that the counter is told of the payment; the counter has no mailbox.
        let case = server.at_reviewer().await;
        let case = server
            .complete("zs-reviewer", &case, "approve", "通过", json!({}))
            .await;
        let paid = json!({ "voucher_no": "V-1", "paid_on": "2026-11-23" });
        let case = server
            .complete("zs-finance", &case, "pay", "已支付", paid)
            .await;
        let dead = |all: &[Value]| about(all, "email", "pay.已支付")["state"] == "dead";
        messages(&server, &case, dead).await;
        let path = "/api/v1/notifications/dead";
        server
            .get("zs-finance", path)
            .await
            .problem(403, "forbidden");
        let listed = server.get("admin", path).await.with(200);
        let letter = about(listed.as_array().unwrap(), "email", "pay.已支付");
        assert_eq!(letter["answer"], "no address: 450400/si/window");
        let id = letter["id"].as_str().unwrap();
        let again = format!("/api/v1/notifications/{id}/redeliver");
        let answer = server.post("admin", &again, &json!({})).await;
        assert_eq!(answer.status, 202, "{}", answer.text);
        // There is still no mailbox: it comes back, and is the same.
        messages(&server, &case, |all| {
            let letter = about(all, "email", "pay.已支付");
            letter["state"] == "dead" && letter["id"] == id && letter["attempts"] == 1
        })
        .await;
        // The lead of the office it was for looks after it too, and no other.
        let others = server.get("zs-lead", path).await.with(200);
        assert_eq!(others, json!([]));
        server
            .post("zs-lead", &again, &json!({}))
            .await
            .problem(404, "not-found");
        let every = "/api/v1/notifications/dead/redeliver";
        let sent = server.post("wz-lead", every, &json!({})).await.with(202);
        let count = sent["count"].as_u64().unwrap();
        assert!(count >= 1, "{count}");
        messages(&server, &case, |all| {
            about(all, "email", "pay.已支付")["state"] == "dead"
        })
        .await;
        let give_up = format!("/api/v1/notifications/{id}/give-up");
        server
            .post("wz-lead", &give_up, &json!({ "reason": " " }))
            .await
            .problem(422, "invalid");
        let reason = json!({ "reason": "已电话告知" });
        let given_up = server.post("wz-lead", &give_up, &reason).await;
        assert_eq!(given_up.status, 204, "{}", given_up.text);
        let all = messages(&server, &case, |_| true).await;
        let letter = about(&all, "email", "pay.已支付");
        assert_eq!(
            (&letter["state"], &letter["answer"]),
            (&json!("obsolete"), &json!("wz-lead: 已电话告知"))
        );
        for unknown in ["1-2", "x", "9-9-9"] {
            let path = format!("/api/v1/notifications/{unknown}/redeliver");
            server
                .post("admin", &path, &json!({}))
                .await
                .problem(404, "not-found");
        }
    });
}

/// In the sandbox everything is in its mailbox, in words, and nothing private is.
#[test]
fn the_sandbox_has_a_mailbox_for_everybody() {
    each(async |place| {
        let everyone = Reach {
            everyone: true,
            ..reach(&[])
        };
        let server = Server::reaching(place, monday(), everyone).await;
        server.app.runtime.send(Channels::default());
        let case = server.at_handler().await;
        messages(&server, &case, |all| {
            all.iter().all(|m| m["state"] == "sent")
        })
        .await;
        let outbox = server.get("", "/api/v1/sandbox/outbox").await.with(200);
        let all = outbox.as_array().unwrap();
        let number = case["number"].as_str().unwrap();
        let opened = about(all, "email", "records.opened");
        assert_eq!(opened["to"], "442000/si/handler");
        let subject = opened["subject"].as_str().unwrap();
        assert!(
            subject.starts_with("[待办·剩1天]") && subject.ends_with(number),
            "{subject}"
        );
        let body = opened["body"].as_str().unwrap();
        let task = case["tasks"][0]["id"].as_str().unwrap();
        assert!(
            body.contains("“核对全国参保记录”环节")
                && body.contains(&format!("https://s.example/tasks/{task}")),
            "{body}"
        );
        // Seven working days from Monday the 23rd; the first counts from the day after.
        let told = about(all, "sms", "accepted")["body"].as_str().unwrap();
        let (told, link) = told.split_once("s.example/p/").unwrap();
        assert_eq!(
            told,
            "【一张网】您的一次性待遇申领(尾号0001)已受理,12月2日前办结。"
        );
        assert_eq!(link.len(), 22, "{link}");
        let whole = outbox.to_string();
        for private in [PHONE, ID_NUMBER, ACCOUNT, "李四"] {
            assert!(!whole.contains(private), "{private}: {whole}");
        }
    });
}

/// G32: no short message to a citizen at night; it leaves at eight. An applicant who asked for English gets it.
#[test]
fn g032_a_citizen_sleeps_until_eight_and_reads_his_language() {
    each(async |place| {
        let night = Clock::sandbox("2026-11-23T22:30:00+08:00".parse().unwrap());
        let server = Server::reaching(place, night, reach(&[])).await;
        server.app.runtime.send(Channels::default());
        let mut english = application();
        english["applicant"]["language"] = json!("en");
        let case = server.post("wz-window", "/api/v1/cases", &english).await;
        let case = case.with(201);
        let all = messages(&server, &case, |_| true).await;
        let received = about(&all, "sms", "received");
        assert_eq!(
            (&received["state"], &received["next"]),
            (&json!("waiting"), &json!("2026-11-24T08:00:00+08:00"))
        );
        let body = received["body"].as_str().unwrap();
        assert!(
            body.contains(": received. s.example/p/") && body.chars().count() <= 70,
            "{body}"
        );
        let morning = "2026-11-24T08:00:01+08:00".parse().unwrap();
        server.app.runtime.move_clock(morning).await.unwrap();
        messages(&server, &case, |all| {
            about(all, "sms", "received")["state"] == "sent"
        })
        .await;
    });
}

/// G32: a reminder of something done is dropped, with a record.
#[test]
fn g032_a_reminder_of_what_is_done_never_leaves() {
    each(async |place| {
        let server = Server::reaching(place, monday(), reach(&[])).await;
        server.app.runtime.send(Channels::default());
        let case = server.at_handler().await;
        let case = server
            .complete("zs-handler", &case, "records", "可以办理", records())
            .await;
        let case = server
            .complete("wz-window", &case, "inform", "delivered", json!({}))
            .await;
        let all = messages(&server, &case, |_| true).await;
        let planned = about(&all, "sms", "confirm.reminder");
        assert_eq!(planned["state"], "waiting");
        let at: Timestamp = planned["next"].as_str().unwrap().parse().unwrap();
        let data = json!({ "method": "paper", "understood": true });
        let case = server
            .complete("wz-window", &case, "confirm", "确认", data)
            .await;
        server.app.runtime.move_clock(at).await.unwrap();
        messages(&server, &case, |all| {
            about(all, "sms", "confirm.reminder")["state"] == "obsolete"
        })
        .await;
    });
}
