//! What other systems send by themselves: signed, counted once, kept when early, on record when late.

use super::calls::{count, history, open, record, server, system, until};
use super::messages::{later, monday};
use super::server::{Answer, ID_NUMBER, Server};
use super::webhooks::Sink;
use crate::each;
use jiff::{SignedDuration, Timestamp};
use notifications::webhook::{Secret, sign};
use onenet::runtime::Clock;
use serde_json::{Value, json};

const FUND: &str = "fund-arrived";

/// A system as it signs what it sends.
struct Sender<'s> {
    server: &'s Server,
    name: &'s str,
    secret: String,
}

impl Sender<'_> {
    async fn send(&self, id: &str, body: &Value) -> Answer {
        self.send_at(id, body, Timestamp::now()).await
    }

    async fn send_at(&self, id: &str, body: &Value, at: Timestamp) -> Answer {
        let body = body.to_string();
        let secret = Secret::read(&self.secret).unwrap();
        let signature = sign(&[secret], id, at.as_second(), body.as_bytes());
        self.post(id, &body, at, &signature).await
    }

    async fn post(&self, id: &str, body: &str, at: Timestamp, signature: &str) -> Answer {
        let path = format!("/api/v1/systems/{}/messages", self.name);
        let at = at.as_second().to_string();
        let headers = [
            ("webhook-id", id),
            ("webhook-timestamp", at.as_str()),
            ("webhook-signature", signature),
        ];
        self.server
            .call("", "POST", &path, &headers, Some(body))
            .await
    }
}

/// A bank that says when money has come, and an archive that answers when it can.
async fn bank<'s>(server: &'s Server, sink: &Sink) -> Sender<'s> {
    system(server, "archive", &sink.url, &[]).await;
    let wish = json!({ "name": "bank", "sends": [FUND] });
    let made = server
        .post("security", "/api/v1/systems", &wish)
        .await
        .with(201);
    Sender {
        server,
        name: "bank",
        secret: made["secret_of_messages"].as_str().unwrap().to_owned(),
    }
}

/// The archive, with a secret made anew.
async fn archive(server: &Server) -> Sender<'_> {
    let path = "/api/v1/systems/archive/rotate";
    let rotated = server.post("security", path, &json!({})).await.with(200);
    Sender {
        server,
        name: "archive",
        secret: rotated["secret_of_messages"].as_str().unwrap().to_owned(),
    }
}

fn arrived(case: &Value) -> Value {
    json!({ "case": case["number"], "name": FUND, "key": ID_NUMBER, "data": { "voucher_no": "V-1" } })
}

/// G36: another secret, another body, another time, another name: nothing gets in, and nothing is told of cases.
#[test]
fn g036_only_what_is_signed_now_gets_in() {
    each(async |place| {
        let sink = Sink::start(202).await;
        let server = server(place, monday()).await;
        let bank = bank(&server, &sink).await;
        let case = open(&server, ID_NUMBER).await;
        let (body, now) = (arrived(&case), Timestamp::now());
        let right = Secret::read(&bank.secret).unwrap();
        let text = body.to_string();
        let signature = sign(&[right], "m-1", now.as_second(), text.as_bytes());
        let bad = "bad-signature";
        let other = Secret::text(&[7; 32]);
        let forged = sign(
            &[Secret::read(&other).unwrap()],
            "m-1",
            now.as_second(),
            text.as_bytes(),
        );
        bank.post("m-1", &text, now, &forged)
            .await
            .problem(401, bad);
        bank.post("m-2", &text, now, &signature)
            .await
            .problem(401, bad);
        bank.post("m-1", &text.replace("V-1", "V-2"), now, &signature)
            .await
            .problem(401, bad);
        for minutes in [-6, 6] {
            let off = now + SignedDuration::from_mins(minutes);
            bank.send_at("m-1", &body, off).await.problem(401, bad);
        }
        let stranger = Sender {
            name: "nobody",
            secret: bank.secret.clone(),
            ..bank
        };
        stranger.send("m-1", &body).await.problem(401, bad);
        let bank = Sender {
            name: "bank",
            ..stranger
        };
        let path = "/api/v1/systems/bank/messages";
        server.post("security", path, &body).await.problem(401, bad);
        let unknown = json!({ "case": "1", "name": "other", "data": {} });
        bank.send("m-3", &unknown).await.problem(403, "forbidden");
        let none = json!({ "case": "450400-XX-20261123-00001-A", "name": FUND, "data": {} });
        bank.send("m-4", &none).await.problem(404, "not-found");
        bank.send("m-5", &json!({ "data": {} }))
            .await
            .problem(400, "malformed");
        let taken = bank.post("m-1", &text, now, &signature).await.with(200);
        assert_eq!(taken, json!({ "id": "m-1", "repeated": false }));
        let off = server
            .post("security", "/api/v1/systems/bank/off", &json!({}))
            .await;
        assert_eq!(off.status, 204);
        bank.send("m-6", &body).await.problem(401, bad);
    });
}

/// G34: early it is kept for its step, again it changes nothing for thirty days, and after the end it is on record.
#[test]
fn g034_a_message_counts_once_early_or_late() {
    each(async |place| {
        let sink = Sink::start(202).await;
        let server = server(place, monday()).await;
        let bank = bank(&server, &sink).await;
        let case = open(&server, ID_NUMBER).await;
        bank.send("m-1", &arrived(&case)).await.with(200);
        for days in [0, 29] {
            let then = later(&server, SignedDuration::from_hours(24 * days));
            server.app.runtime.move_clock(then).await.unwrap();
            let again = bank.send("m-1", &arrived(&case)).await.with(200);
            assert_eq!(again["repeated"], true);
        }
        let mut other = arrived(&case);
        other["data"]["voucher_no"] = json!("V-2");
        bank.send("m-1", &other).await.problem(422, "key-reused");
        assert_eq!(count(&history(&server, &case).await, "message_taken"), 1);
        let call = server
            .get(
                "zs-handler",
                &format!("/api/v1/cases/{}/calls", case["id"].as_str().unwrap()),
            )
            .await
            .with(200)[0]["id"]
            .clone();
        let archive = archive(&server).await;
        let answer = json!({ "call": call, "data": { "found": true } });
        bank.send("a-1", &answer).await.problem(404, "not-found");
        let short = json!({ "call": call, "data": {} });
        archive.send("a-0", &short).await.problem(422, "invalid");
        archive.send("a-1", &answer).await.with(200);
        let case = until(&server, &case, |case| case["status"] == "completed").await;
        let kept = record(&server, &case, "money").await;
        assert_eq!(kept["voucher_no"], "V-1", "what came early was kept");
        archive.send("a-2", &answer).await.with(200);
        bank.send("m-9", &arrived(&case)).await.with(200);
        let told = history(&server, &case).await;
        assert_eq!(count(&told, "came_late"), 2, "{told:#?}");
        assert_eq!(count(&told, "case_closed"), 1);
    });
}

/// G34: a message that came before its step is kept for thirty days and no longer.
#[test]
fn g034_what_came_early_is_kept_for_thirty_days() {
    each(async |place| {
        let sink = Sink::start(202).await;
        let server = server(place, monday()).await;
        let bank = bank(&server, &sink).await;
        let case = open(&server, ID_NUMBER).await;
        bank.send("m-1", &arrived(&case)).await.with(200);
        let then = later(&server, SignedDuration::from_hours(24 * 31));
        server.app.runtime.move_clock(then).await.unwrap();
        let path = format!("/api/v1/cases/{}/calls", case["id"].as_str().unwrap());
        let call = server.get("zs-handler", &path).await.with(200)[0]["id"].clone();
        let archive = archive(&server).await;
        let answer = json!({ "call": call, "data": { "found": true } });
        archive.send("a-1", &answer).await.with(200);
        let told = history(&server, &case).await;
        assert_eq!(count(&told, "wait_begun"), 1, "it waits anew: {told:#?}");
        // G61: the key is the number of a person, and stands in no row in clear.
        let rows = server
            .app
            .runtime
            .store()
            .events(case["id"].as_str().unwrap().parse().unwrap(), 0);
        for row in rows.await.unwrap() {
            assert!(!row.facts.contains(ID_NUMBER), "{}", row.facts);
        }
        bank.send("m-2", &arrived(&case)).await.with(200);
        until(&server, &case, |case| case["status"] == "completed").await;
    });
}

/// G54: outside the sandbox two persons say where a system is called and what it may send; until then it is neither asked nor heard.
#[test]
fn g054_two_persons_agree_on_a_system() {
    each(async |place| {
        let server = server(place, Clock::real()).await;
        let wish = json!({ "name": "bank", "sends": [FUND] });
        let path = "/api/v1/systems";
        server
            .post("zs-handler", path, &wish)
            .await
            .problem(403, "forbidden");
        let made = server.post("security", path, &wish).await.with(202);
        assert_eq!(
            (&made["in_force"], &made["wished_by"]),
            (&Value::Null, &json!("security"))
        );
        server
            .post("security", path, &wish)
            .await
            .problem(409, "state-not-allowed");
        let approve = format!("{path}/bank/approve");
        let terms = json!({ "sends": [FUND] });
        server
            .post("security", &approve, &terms)
            .await
            .problem(403, "second-person-required");
        let other = json!({ "sends": [FUND, "other"] });
        server
            .post("security-2", &approve, &other)
            .await
            .problem(409, "state-not-allowed");
        let approved = server.post("security-2", &approve, &terms).await.with(200);
        assert_eq!(approved["in_force"]["sends"], json!([FUND]));
        let change = format!("{path}/bank");
        let changed = server.post("security", &change, &other).await.with(202);
        assert_eq!(
            changed["in_force"]["sends"],
            json!([FUND]),
            "what holds, holds"
        );
        let url = json!({ "url": "https://127.0.0.1:9/", "sends": [] });
        let barred = server
            .post("security", &change, &url)
            .await
            .problem(422, "invalid");
        assert_eq!(barred["errors"][0]["code"], "barred.unlisted");
        let bad = json!({ "name": "a/b" });
        server
            .post("security", path, &bad)
            .await
            .problem(422, "invalid");
        let listed = server.get("security", path).await.with(200);
        assert!(
            listed[0].get("secret_of_calls").is_none(),
            "shown once: {listed}"
        );
        let removed = server
            .post("security", &format!("{path}/bank/remove"), &json!({}))
            .await;
        assert_eq!(removed.status, 204);
    });
}
