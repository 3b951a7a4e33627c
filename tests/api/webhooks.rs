//! Webhooks from the task that opens to the system that hears of it: kept by an office, signed, to listed places alone.

use super::messages::{about, messages, monday, reach};
use super::server::{ACCOUNT, ID_NUMBER, PHONE, Server, task};
use crate::each;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use jiff::SignedDuration;
use notifications::webhook::{Secret, verify};
use onenet::runtime::{Channels, Clock};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};
use tokio::sync::mpsc;

/// Another system on this machine.
pub struct Sink {
    pub url: String,
    status: Arc<AtomicU16>,
    says: Arc<Mutex<String>>,
    heard: mpsc::UnboundedReceiver<(HeaderMap, Bytes)>,
}

impl Sink {
    /// One that answers with this status.
    pub async fn start(status: u16) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (tell, heard) = mpsc::unbounded_channel();
        let status = Arc::new(AtomicU16::new(status));
        let says = Arc::new(Mutex::new(String::new()));
        let (now, words) = (status.clone(), says.clone());
        let answer = move |headers: HeaderMap, body: Bytes| async move {
            tell.send((headers, body)).unwrap();
            let wish = [("retry-after", "3600")];
            (
                StatusCode::from_u16(now.load(Ordering::SeqCst)).unwrap(),
                wish,
                words.lock().unwrap().clone(),
            )
        };
        let router = axum::Router::new().fallback(answer);
        tokio::spawn(async move { axum::serve(listener, router).await });
        Sink {
            url,
            status,
            says,
            heard,
        }
    }

    /// An address at which nobody listens.
    pub async fn nobody() -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    }

    pub fn answers(&self, status: u16) {
        self.status.store(status, Ordering::SeqCst);
    }

    /// What it says from now on.
    pub fn says(&self, words: &str) {
        *self.says.lock().unwrap() = words.to_owned();
    }

    /// A call that has come, if one has.
    pub fn heard(&mut self) -> Option<(HeaderMap, Bytes)> {
        self.heard.try_recv().ok()
    }

    /// The next call: its headers and body.
    pub async fn call(&mut self) -> (HeaderMap, Bytes) {
        self.heard.recv().await.unwrap()
    }
}

const LEAD: &str = "442000/si/lead";

/// A server in the sandbox with those who keep endpoints and their list.
pub async fn server(place: crate::places::Place, clock: Clock) -> Server {
    let reach = reach(&[("442000/si/system-admin", "admin@example.org")]);
    let mut server = Server::reaching(place, clock, reach).await;
    for (id, post) in [
        ("lead", LEAD),
        ("wz-lead", "450400/si/lead"),
        ("security", "442000/hrss/security-admin"),
        ("security-2", "442000/hrss/security-admin"),
    ] {
        server.add(id, "黄涛", "person", "", &[post]).await;
    }
    server.app.runtime.send(Channels::default());
    server
}

/// Lists a destination.
pub async fn allow(server: &Server, url: &str) {
    let line = json!({ "entry": url });
    let listed = server.post("security", "/api/v1/destinations", &line).await;
    listed.with(201);
}

/// Lists a destination and adds an endpoint of 中山's office there.
pub async fn endpoint(server: &Server, url: &str) -> Value {
    allow(server, url).await;
    let wish = json!({ "place": "中山/si", "url": format!("{url}/hook") });
    server
        .post("lead", "/api/v1/endpoints", &wish)
        .await
        .with(201)
}

fn header<'h>(headers: &'h HeaderMap, name: &str) -> &'h str {
    headers[name].to_str().unwrap()
}

/// G36: who is told of a task can prove whence the call comes, while a secret is changed too, and finds his task behind the link.
#[test]
fn g036_an_office_is_told_by_a_signed_call() {
    each(async |place| {
        let mut sink = Sink::start(204).await;
        let server = server(place, monday()).await;
        let made = endpoint(&server, &sink.url).await;
        let id = made["id"].as_str().unwrap();
        let path = format!("/api/v1/endpoints/{id}/rotate");
        let rotated = server.post("lead", &path, &json!({})).await.with(200);
        let case = server.at_handler().await;
        let (headers, body) = sink.call().await;
        let now = server.app.runtime.clock().now();
        for secret in [&made["secret"], &rotated["secret"]] {
            let secret = Secret::read(secret.as_str().unwrap()).unwrap();
            let id = header(&headers, "webhook-id");
            let at = header(&headers, "webhook-timestamp").parse().unwrap();
            let signature = header(&headers, "webhook-signature");
            assert!(verify(&[secret], id, at, &body, signature, now));
        }
        let told: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(told["id"], header(&headers, "webhook-id"));
        assert_eq!(told["type"], "task.opened");
        assert_eq!(told["case"]["number"], case["number"]);
        assert_eq!(told["task"]["step"], "records");
        assert_eq!(told["task"]["due"], case["tasks"][0]["due"]);
        let link = format!("https://s.example/tasks/{}", task(&case, "records"));
        assert_eq!(told["links"]["task"], link);
        let text = String::from_utf8(body.to_vec()).unwrap();
        for private in [PHONE, ID_NUMBER, ACCOUNT, "李四"] {
            assert!(!text.contains(private), "{private}: {text}");
        }
        let list = server.get("lead", "/api/v1/endpoints").await.with(200);
        assert!(list[0].get("secret").is_none(), "shown once: {list}");
        let kind = format!("webhook:{id}");
        messages(&server, &case, |all| {
            about(all, &kind, "records.opened")["state"] == "sent"
        })
        .await;
    });
}

/// G36: 410 switches an endpoint off for good; what opens later is not for it, until its office switches it on again.
#[test]
fn g036_who_says_gone_is_called_no_more() {
    each(async |place| {
        let mut sink = Sink::start(410).await;
        let server = server(place, monday()).await;
        let made = endpoint(&server, &sink.url).await;
        let kind = format!("webhook:{}", made["id"].as_str().unwrap());
        let case = server.at_handler().await;
        sink.call().await;
        messages(&server, &case, |all| {
            about(all, &kind, "records.opened")["state"] == "dead"
        })
        .await;
        let list = server.get("lead", "/api/v1/endpoints").await.with(200);
        assert_eq!(
            (&list[0]["on"], &list[0]["answer"]),
            (&json!(false), &json!("410"))
        );
        sink.answers(200);
        let path = format!("/api/v1/endpoints/{}/on", made["id"].as_str().unwrap());
        let on = server.post("lead", &path, &json!({})).await.with(200);
        assert_eq!(on["on"], true);
    });
}

/// G36: who asks to be left alone for an hour is; one who fails gets the message again under its one id.
#[test]
fn g036_a_busy_system_is_called_when_it_wants() {
    each(async |place| {
        let mut sink = Sink::start(429).await;
        let server = server(place, monday()).await;
        let made = endpoint(&server, &sink.url).await;
        let kind = format!("webhook:{}", made["id"].as_str().unwrap());
        let case = server.at_handler().await;
        let (first, _) = sink.call().await;
        let answered = |all: &[Value]| about(all, &kind, "records.opened")["answer"] == "429";
        let all = messages(&server, &case, answered).await;
        let next = about(&all, &kind, "records.opened")["next"]
            .as_str()
            .unwrap();
        let next: jiff::Timestamp = next.parse().unwrap();
        let now = server.app.runtime.clock().now();
        assert!(
            next.duration_since(now) > SignedDuration::from_mins(59),
            "{next} {now}"
        );
        sink.answers(200);
        server.app.runtime.move_clock(next).await.unwrap();
        let (second, _) = sink.call().await;
        assert_eq!(first["webhook-id"], second["webhook-id"]);
    });
}

/// G37, G54: outside the sandbox two persons list a destination, this machine is never called, and an office keeps only its own.
#[test]
fn g037_two_persons_say_where_calls_may_go() {
    each(async |place| {
        let server = server(place, Clock::real()).await;
        let path = "/api/v1/destinations";
        let line = json!({ "entry": "https://127.0.0.1:9" });
        server
            .post("lead", path, &line)
            .await
            .problem(403, "forbidden");
        let proposed = server.post("security", path, &line).await.with(202);
        assert_eq!(proposed["approved_by"], Value::Null);
        server
            .post("security", path, &line)
            .await
            .problem(409, "state-not-allowed");
        let approve = format!("{path}/approve");
        server
            .post("security", &approve, &line)
            .await
            .problem(403, "second-person-required");
        let wish = |url: &str| json!({ "place": "442000/si", "url": url });
        let add =
            async |who: &str, url: &str| server.post(who, "/api/v1/endpoints", &wish(url)).await;
        let code = |problem: Value| problem["errors"][0]["code"].as_str().unwrap().to_owned();
        let unlisted = add("lead", "https://127.0.0.1:9/").await;
        assert_eq!(code(unlisted.problem(422, "invalid")), "barred.unlisted");
        let approved = server.post("security-2", &approve, &line).await;
        assert_eq!(approved.status, 204);
        let never = add("lead", "https://127.0.0.1:9/").await;
        assert_eq!(code(never.problem(422, "invalid")), "barred.never");
        add("wz-lead", "https://127.0.0.1:9/")
            .await
            .problem(403, "forbidden");
        let bad = json!({ "entry": "ftp://x" });
        let bad = server.post("security", path, &bad).await;
        assert_eq!(code(bad.problem(422, "invalid")), "barred.scheme");
        let remove = format!("{path}/remove");
        assert_eq!(server.post("security", &remove, &line).await.status, 204);
        server
            .post("security", &remove, &line)
            .await
            .problem(404, "not-found");
    });
}
