//! G33: nothing private leaves. A planted case goes through every channel, and every byte that arrived is searched.

use super::mail_server::{MailServer, Mood};
use super::messages::{messages, monday, reach};
use super::server::{ACCOUNT, ID_NUMBER, Server, records, secret};
use super::visitor::{Visitor, location};
use super::webhooks::{Sink, allow};
use crate::each;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use notifications::email::{self, Email};
use notifications::sms::Account;
use onenet::runtime::{Address, Channels, Reach};
use serde_json::json;
use std::collections::BTreeMap;

/// The balance that the handler finds, and its parts as somebody might write them.
const AMOUNTS: [&str; 3] = ["28640.55", "28,640.55", "28640"];

/// A mail as its reader sees it: what is encoded is decoded, and broken lines are whole.
fn readable(mail: &str) -> String {
    let mut words = mail.replace("=\n", "");
    for part in mail.split("\n\n") {
        let lines: String = part.lines().take_while(|l| !l.starts_with("--")).collect();
        if let Ok(bytes) = BASE64_STANDARD.decode(lines) {
            words.push_str(&String::from_utf8_lossy(&bytes));
        }
    }
    for word in mail.split("=?utf-8?b?").skip(1) {
        let word = word.split('?').next().unwrap_or_default();
        let bytes = BASE64_STANDARD.decode(word).unwrap();
        words.push_str(&String::from_utf8_lossy(&bytes));
    }
    words
}

/// Everybody can be reached by every channel.
fn everybody() -> Reach {
    let address = Address {
        email: Some("office@example.org".to_owned()),
        sms: Some("13900000001".to_owned()),
        phone: Some("0760-0000000".to_owned()),
        ..Address::default()
    };
    let cities = ["450400", "442000"].map(|city| (city.to_owned(), address.clone()));
    Reach {
        base: "https://s.example".to_owned(),
        addresses: BTreeMap::from(cities),
        ..Reach::default()
    }
}

#[test]
fn g033_no_number_account_or_amount_is_in_any_byte_that_leaves() {
    each(async |place| {
        let mut mail = MailServer::start(Mood::Takes).await;
        let (mut gateway, mut hook) = (Sink::start(202).await, Sink::start(204).await);
        let mut server = Server::reaching(place, monday(), everybody()).await;
        let posts = ["442000/hrss/security-admin", "442000/hrss/system-admin"];
        server.add("security", "廖兰", "person", "", &posts).await;
        for url in [&hook.url, &gateway.url] {
            allow(&server, url).await;
        }
        for office in ["450400/si", "442000/si"] {
            let wish = json!({ "place": office, "url": hook.url, "wants": ["all"] });
            let made = server.post("security", "/api/v1/endpoints", &wish).await;
            made.with(201);
        }
        let post = email::Server::read(&mail.url, "一张网 <noreply@example.org>").unwrap();
        server.app.runtime.send(Channels {
            email: Some(Email::new(&post).unwrap()),
            sms: Some(Account {
                url: gateway.url.clone(),
                token: "a token".to_owned(),
            }),
            per_second: None,
        });
        let case = server.at_reviewer().await;
        assert!(AMOUNTS.contains(&records()["balance"].as_str().unwrap()));
        let case = server
            .complete("zs-reviewer", &case, "approve", "通过", json!({}))
            .await;
        let paid = json!({ "voucher_no": "V-1", "paid_on": "2026-11-23" });
        let case = server
            .complete("zs-finance", &case, "pay", "已支付", paid)
            .await;
        let settled = |all: &[serde_json::Value]| {
            all.iter().all(|m| {
                m["state"] != "waiting"
                    || m["attempts"] == 0 && m["next"].as_str() > Some("2026-11-23T12")
            })
        };
        let all = messages(&server, &case, settled).await;
        let sent = |kind: &str| {
            let of = |m: &&serde_json::Value| m["kind"].as_str().unwrap().starts_with(kind);
            let mut sent = all.iter().filter(of).filter(|m| m["state"] == "sent");
            sent.by_ref().count()
        };
        let (mails, texts, calls) = (sent("email"), sent("sms"), sent("webhook"));
        assert!(
            mails > 0 && texts > 0 && calls > 0,
            "{mails} {texts} {calls}"
        );
        let mut arrived = String::new();
        for _ in 0..mails {
            arrived.push_str(&readable(&mail.mail().await));
        }
        for (sink, count) in [(&mut gateway, texts), (&mut hook, calls)] {
            for _ in 0..count {
                let (headers, body) = sink.call().await;
                arrived.push_str(&format!("{headers:?}"));
                arrived.push_str(std::str::from_utf8(&body).unwrap());
            }
        }
        let number = case["number"].as_str().unwrap();
        assert!(arrived.contains(number), "the search sees what is written");
        assert!(arrived.contains("一次性待遇申领"), "{arrived}");
        for private in [ID_NUMBER, ACCOUNT].iter().chain(&AMOUNTS) {
            assert!(!arrived.contains(private), "{private}: {arrived}");
        }
    });
}

/// G60: whoever has had more than fifty masked values shown in a day is named to the supervisor of his office, once.
#[test]
fn g060_many_values_shown_to_one_person_are_told() {
    each(async |place| {
        let office = reach(&[("442000/si/supervisor", "supervisor@example.org")]);
        let server = Server::reaching(place, monday(), office).await;
        let case = server.at_handler().await;
        let path = format!("/api/v1/cases/{}/reveal", case["id"].as_str().unwrap());
        let wish = json!({ "of": "applicant", "pointer": "/id_number", "reason": "核对" });
        let told = async |times: usize| {
            for _ in 0..times {
                server.post("zs-handler", &path, &wish).await.with(200);
            }
            let mut told = server.app.messages(None, None).await.unwrap();
            told.retain(|message| message.about.as_deref() == Some("look.many"));
            told
        };
        assert!(told(50).await.is_empty());
        let told = told(3).await;
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].to.as_deref(), Some("442000/si/supervisor"));
        let subject = told[0].subject.as_deref().unwrap();
        assert!(subject.contains("李勇艳"), "{subject}");
    });
}
/// The parts of a text that are links of this program, without what stands before their path.
fn links(text: &str) -> Vec<String> {
    let ends = |c: char| !(c.is_ascii_alphanumeric() || matches!(c, '/' | '-'));
    let found = text.split("s.example/").skip(1);
    let found = found.map(|rest| format!("/{}", rest.split(ends).next().unwrap_or_default()));
    found.filter(|link| link.starts_with("/tasks/")).collect()
}

/// A step that enters 遵义 sends mail, short message and webhook at once, and each link opens exactly that task after signing in.
#[test]
fn a_step_that_enters_a_city_tells_it_by_every_channel() {
    each(async |place| {
        let mut mail = MailServer::start(Mood::Takes).await;
        let (mut gateway, mut hook) = (Sink::start(202).await, Sink::start(204).await);
        let archive = Sink::start(404).await;
        let reach = Reach {
            addresses: BTreeMap::from([(
                "520300/si/handler".to_owned(),
                Address {
                    email: Some("zunyi@example.org".to_owned()),
                    sms: Some("13900000002".to_owned()),
                    ..Address::default()
                },
            )]),
            ..everybody()
        };
        let matters = crate::runtime::library();
        let mut server = Server::offering(place, monday(), reach, matters).await;
        let posts = ["442000/hrss/security-admin", "442000/hrss/system-admin"];
        server.add("security", "廖兰", "person", "", &posts).await;
        let zunyi = ["520300/si/handler"];
        server
            .add("zy-handler", "石磊", "person", secret(), &zunyi)
            .await;
        for url in [&hook.url, &gateway.url] {
            allow(&server, url).await;
        }
        let wish = json!({ "place": "520300/si", "url": hook.url, "wants": ["all"] });
        let made = server.post("security", "/api/v1/endpoints", &wish).await;
        made.with(201);
        super::calls::system(&server, "archive", &archive.url, &[]).await;
        let post = email::Server::read(&mail.url, "一张网 <noreply@example.org>").unwrap();
        server.app.runtime.send(Channels {
            email: Some(Email::new(&post).unwrap()),
            sms: Some(Account {
                url: gateway.url.clone(),
                token: "a token".to_owned(),
            }),
            per_second: None,
        });
        let application = json!({
            "matter": "asked", "accepting_city": "520300", "channel": "window",
            "applicant": { "name": "李四", "id_number": ID_NUMBER }, "form": { "months": 1 },
        });
        let opened = server.post("zy-handler", "/api/v1/cases", &application);
        let opened = opened.await.with(201);
        // Nobody moves the clock: what arrives has left at once.
        let mut arrived = vec![readable(&mail.mail().await)];
        for sink in [&mut gateway, &mut hook] {
            arrived.push(String::from_utf8(sink.call().await.1.to_vec()).unwrap());
        }
        let case = server
            .get(
                "zy-handler",
                &format!("/api/v1/cases/{}", opened["id"].as_str().unwrap()),
            )
            .await
            .with(200);
        let task = format!("/tasks/{}", super::server::task(&case, "by_hand"));
        for text in &arrived {
            let links = links(text);
            assert!(!links.is_empty(), "{text}");
            for link in links {
                assert_eq!(link, task, "{text}");
            }
            for private in [ID_NUMBER, ACCOUNT, "李四"] {
                assert!(!text.contains(private), "{private}: {text}");
            }
        }
        opens_after_sign_in(&server, &task).await;
    });
}

/// Each number of a form is told once, by a short message that opens nothing; in the outbox stands where the number is, not the number.
#[test]
fn the_numbers_of_a_form_are_told() {
    each(async |place| {
        let mut gateway = Sink::start(202).await;
        let matters = crate::runtime::library();
        let mut server = Server::offering(place, monday(), everybody(), matters).await;
        let posts = ["442000/hrss/security-admin", "442000/hrss/system-admin"];
        server.add("security", "廖兰", "person", "", &posts).await;
        allow(&server, &gateway.url).await;
        server.app.runtime.send(Channels {
            sms: Some(Account {
                url: gateway.url.clone(),
                token: "a token".to_owned(),
            }),
            ..Channels::default()
        });
        let [first, second] = ["13800000044", "13800000045"];
        let relatives = json!([
            { "name": "甲", "phone": first },
            { "name": "乙" },
            { "name": "丙", "phone": second },
            { "name": "丁", "phone": first },
        ]);
        let application = json!({
            "matter": "relatives", "accepting_city": "442000", "channel": "window",
            "applicant": { "name": "李四", "id_number": ID_NUMBER }, "form": { "relatives": relatives },
        });
        let opened = server.post("zs-handler", "/api/v1/cases", &application);
        let opened = opened.await.with(201);
        let mut told = Vec::new();
        for _ in 0..2 {
            let text: serde_json::Value = serde_json::from_slice(&gateway.call().await.1).unwrap();
            let words = text["text"].as_str().unwrap();
            assert_eq!(words, "【一张网】亲属已提出申请(尾号0001)。");
            told.push(text["to"].as_str().unwrap().to_owned());
        }
        told.sort();
        assert_eq!(told, [first, second]);
        let case = server
            .get(
                "zs-handler",
                &format!("/api/v1/cases/{}", opened["id"].as_str().unwrap()),
            )
            .await
            .with(200);
        let all = messages(&server, &case, |all| {
            let of_form = all.iter().filter(|m| m["about"] == "told");
            of_form.filter(|m| m["state"] == "sent").count() == 2
        })
        .await;
        let places = all.iter().filter(|m| m["about"] == "told");
        let mut places: Vec<&str> = places.map(|m| m["to"].as_str().unwrap()).collect();
        places.sort_unstable();
        assert_eq!(places, ["form.relatives.0.phone", "form.relatives.2.phone"]);
        assert!(!serde_json::to_string(&all).unwrap().contains(first));
        let visitor = Visitor::signed_in(&server, "zs-handler", "/").await;
        let page = format!("/cases/{}?tab=notices", opened["id"].as_str().unwrap());
        let page = visitor.get(&page).await.text().await.unwrap();
        assert!(page.contains("表上的号码 138****0044"), "{page}");
        none_is_wrong_at_its_field(&server, &case).await;
    });
}

/// An outcome whose condition reads what is typed is chosen freely, and refused at the field that does not bear it out.
async fn none_is_wrong_at_its_field(server: &Server, case: &serde_json::Value) {
    let task = super::server::task(case, "work");
    let path = format!("/api/v1/tasks/{task}/complete");
    let none = json!({ "outcome": "办好", "data": { "copies": 0, "note": "无" } });
    let refused = server.post("zs-handler", &path, &none).await;
    let refused = refused.problem(422, "invalid");
    let errors = refused["errors"].as_array().unwrap();
    assert_eq!(errors.len(), 1, "{refused}");
    assert!(errors[0]["pointer"].as_str().unwrap().ends_with("/copies"));
    assert_eq!(errors[0]["code"], "outcome.unmet");
    let one = json!({ "outcome": "办好", "data": { "copies": 1 } });
    server.post("zs-handler", &path, &one).await.with(200);
}

/// Follows a link as somebody who is not signed in: by the sign-in to the very page.
async fn opens_after_sign_in(server: &Server, link: &str) {
    let sent = Visitor::nobody(server).get(link).await;
    let sign_in = location(&sent);
    let page = Visitor::nobody(server).get(&sign_in).await;
    let page = page.text().await.unwrap();
    let next = format!("name=\"next\" value=\"{link}\"");
    assert!(page.contains(&next), "{sign_in}: {page}");
    let visitor = Visitor::signed_in(server, "zy-handler", link).await;
    let page = visitor.get(link).await;
    assert_eq!(page.status(), 200);
    let page = page.text().await.unwrap();
    assert!(page.contains("人工查档"), "{page}");
    let why = "没有得到可用的答复";
    assert!(page.contains(why), "why a person has to do it: {page}");
}
