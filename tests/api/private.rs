//! G33: nothing private leaves. A planted case goes through every channel, and every byte that arrived is searched.

use super::mail_server::{MailServer, Mood};
use super::messages::{messages, monday};
use super::server::{ACCOUNT, ID_NUMBER, Server, records};
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
