//! The channels against real servers on loopback: what arrives there, and what their answers mean.

#![allow(missing_docs, clippy::unwrap_used)]

use base64::Engine as _;
use jiff::{SignedDuration, Timestamp};
use notifications::destination::Rules;
use notifications::email::{Email, Secrecy, Server};
use notifications::retry::Outcome;
use notifications::webhook::{Answer, Question, Secret, Watched, Webhooks, verify};
use notifications::{Body, Message, Sms, Subject, sms};
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// A mail server for one message; `answer` is what it says to the recipient. Gives back what it was sent.
async fn mail_server(answer: &'static str) -> (u16, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = async move {
        let mut stream = BufReader::new(listener.accept().await.unwrap().0);
        say(&mut stream, "220 loopback").await;
        let mut heard = String::new();
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).await.unwrap() == 0 {
                return heard;
            }
            heard.push_str(&line);
            match line.split([' ', ':', '\r']).next().unwrap() {
                "EHLO" => say(&mut stream, "250-loopback\r\n250 8BITMIME").await,
                "RCPT" => say(&mut stream, answer).await,
                "DATA" => {
                    say(&mut stream, "354 go on").await;
                    while !heard.ends_with("\r\n.\r\n") {
                        stream.read_line(&mut heard).await.unwrap();
                    }
                    say(&mut stream, "250 kept").await;
                    return heard;
                }
                _ => say(&mut stream, "250 fine").await,
            }
        }
    };
    (port, tokio::spawn(server))
}

async fn say(stream: &mut BufReader<TcpStream>, words: &str) {
    stream
        .get_mut()
        .write_all(format!("{words}\r\n").as_bytes())
        .await
        .unwrap();
}

fn mail(port: u16) -> Email {
    let server = Server {
        host: "127.0.0.1".into(),
        port,
        secrecy: Secrecy::Plain,
        sign_in: None,
        from: "一张网 <noreply@onenet.example>".into(),
        patience: Duration::from_secs(10),
    };
    Email::new(&server).unwrap()
}

fn letter(to: &str) -> Message {
    Message {
        id: "4711-17-0".into(),
        to: to.into(),
        body: Body::Email {
            subject: Subject::new("[待办·剩1天] 养老关系转移\r\nBcc: all@evil.example"),
            text: "请办理“复核”环节。".into(),
            html: "<p>请办理“复核”环节。</p>".into(),
        },
    }
}

/// The text of an encoded word or part, wherever in the mail it stands.
fn decoded(mail: &str) -> String {
    let words = mail.split(['?', '\r', '\n']).filter(|w| w.len() > 3);
    let decoded = words.filter_map(|w| base64::engine::general_purpose::STANDARD.decode(w).ok());
    decoded
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        .collect()
}

#[tokio::test]
async fn a_mail_arrives_in_both_forms_under_its_own_name() {
    let (port, server) = mail_server("250 fine").await;
    assert_eq!(
        mail(port).send(&letter("handler@zunyi.example")).await,
        Outcome::Sent
    );
    let heard = server.await.unwrap();
    assert!(heard.contains("RCPT TO:<handler@zunyi.example>"), "{heard}");
    assert_eq!(
        heard.matches("RCPT").count(),
        1,
        "the subject added no recipient: {heard}"
    );
    assert!(
        heard.contains("Message-ID: <4711-17-0@onenet.example>"),
        "{heard}"
    );
    assert!(heard.contains("Auto-Submitted: auto-generated"), "{heard}");
    assert!(!heard.lines().any(|l| l.starts_with("Bcc:")), "{heard}");
    assert!(
        heard.contains("text/plain") && heard.contains("text/html"),
        "{heard}"
    );
    assert!(decoded(&heard).contains("待办·剩1天"), "{heard}");
    assert!(decoded(&heard).contains("请办理“复核”环节。"), "{heard}");
}

#[tokio::test]
async fn what_a_mail_server_says_decides_what_follows() {
    let (port, _) = mail_server("550 no such user").await;
    let refused = mail(port).send(&letter("nobody@zunyi.example")).await;
    assert!(
        matches!(&refused, Outcome::Refused { answer } if answer.contains("550")),
        "{refused:?}"
    );
    let (port, _) = mail_server("451 later").await;
    let failed = mail(port).send(&letter("handler@zunyi.example")).await;
    assert!(
        matches!(&failed, Outcome::Failed { answer, .. } if answer.contains("451")),
        "{failed:?}"
    );
    let silent = mail(nobodys_port().await)
        .send(&letter("handler@zunyi.example"))
        .await;
    assert!(matches!(silent, Outcome::Unreachable { .. }), "{silent:?}");
    let nowhere = mail(1).send(&letter("not a mailbox")).await;
    assert!(matches!(nowhere, Outcome::Refused { .. }), "{nowhere:?}");
}

/// A port on which nobody listens.
async fn nobodys_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    listener.local_addr().unwrap().port()
}

/// A web server for one request that answers with these bytes; gives back its head and body.
async fn web_server(answer: impl Into<Vec<u8>>) -> (String, JoinHandle<(String, String)>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let answer = answer.into();
    let server = async move {
        let (mut stream, asked) = request(&listener).await;
        stream.get_mut().write_all(&answer).await.unwrap();
        asked
    };
    (url, tokio::spawn(server))
}

/// The next request: where to answer, its head and body.
async fn request(listener: &TcpListener) -> (BufReader<TcpStream>, (String, String)) {
    let mut stream = BufReader::new(listener.accept().await.unwrap().0);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        stream.read_line(&mut head).await.unwrap();
    }
    let length = header(&head, "content-length").parse().unwrap();
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.unwrap();
    (stream, (head, String::from_utf8(body).unwrap()))
}

/// An answer without a body.
fn says(status: &str) -> String {
    format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
}

fn header(head: &str, name: &str) -> String {
    let lines = head.lines().filter_map(|l| l.split_once(": "));
    lines
        .filter(|(n, _)| n.eq_ignore_ascii_case(name))
        .map(|(_, v)| v.to_owned())
        .next()
        .unwrap_or_default()
}

fn call(to: &str) -> Message {
    let json =
        json!({ "type": "task.opened", "case": { "number": "442000-YLZY-20261123-00042-S" } });
    Message {
        id: "4711-17-1".into(),
        to: to.into(),
        body: Body::Webhook {
            kind: "task.opened".into(),
            json,
        },
    }
}

const NOW: &str = "2026-11-23T09:00:00+08:00";

fn now() -> Timestamp {
    NOW.parse().unwrap()
}

fn secret() -> Secret {
    Secret::read("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap()
}

/// A channel of the sandbox to this one address, which waits no longer than so.
fn to(url: &str, patience: Duration) -> Webhooks {
    Webhooks::patient(only(url), patience).unwrap()
}

/// The rules of the sandbox with this one address.
fn only(url: &str) -> Watched {
    let origin = url.split('/').take(3).collect::<Vec<_>>().join("/");
    let rules = Rules {
        entries: BTreeSet::from([origin.parse().unwrap()]),
        sandbox: true,
        own: BTreeSet::new(),
    };
    watch::channel(Arc::new(rules)).1
}

const PATIENCE: Duration = Duration::from_secs(10);

async fn post(url: &str) -> Outcome {
    to(url, PATIENCE).send(&call(url), &[secret()], now()).await
}

#[tokio::test]
async fn g036_a_call_arrives_signed_with_every_secret_there_is() {
    let (url, server) = web_server(says("200 OK")).await;
    let newer = Secret::read(&Secret::text(&[7; 32])).unwrap();
    let secrets = [secret(), newer];
    let sent = to(&url, PATIENCE).send(&call(&url), &secrets, now()).await;
    assert_eq!(sent, Outcome::Sent);
    let (head, body) = server.await.unwrap();
    assert_eq!(header(&head, "webhook-id"), "4711-17-1");
    let timestamp = header(&head, "webhook-timestamp").parse().unwrap();
    let signature = header(&head, "webhook-signature");
    for secret in secrets {
        let body = body.as_bytes();
        assert!(
            verify(&[secret], "4711-17-1", timestamp, body, &signature, now()),
            "{head}"
        );
    }
    let body: Json = serde_json::from_str(&body).unwrap();
    assert_eq!(
        (&body["id"], &body["type"]),
        (&json!("4711-17-1"), &json!("task.opened"))
    );
}

#[tokio::test]
async fn g036_what_another_system_answers_decides_what_follows() {
    let answered = async |answer: String| {
        let (url, server) = web_server(answer).await;
        let outcome = post(&url).await;
        server.await.unwrap();
        outcome
    };
    let failed = |answer: &str, after: Option<i64>| Outcome::Failed {
        answer: answer.into(),
        after: after.map(SignedDuration::from_secs),
    };
    assert!(matches!(
        answered(says("410 Gone")).await,
        Outcome::Gone { .. }
    ));
    assert_eq!(answered(says("500 Oh")).await, failed("500", None));
    for (wish, after) in [
        ("120", Some(120)),
        ("Mon, 23 Nov 2026 01:02:00 GMT", Some(120)),
        ("Mon, 23 Nov 2026 00:00:00 GMT", Some(0)),
        ("soon", None),
    ] {
        let busy = says(&format!("429 Too Many\r\nretry-after: {wish}"));
        assert_eq!(answered(busy).await, failed("429", after), "{wish}");
    }
}

/// A redirect leads to a listener of ours; nobody ever comes there.
#[tokio::test]
async fn g037_no_redirect_is_followed() {
    let elsewhere = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let there = elsewhere.local_addr().unwrap();
    for status in ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"] {
        let answer = says(&format!("{status}\r\nlocation: http://{there}/"));
        let (url, server) = web_server(answer).await;
        let outcome = post(&url).await;
        assert!(matches!(outcome, Outcome::Failed { .. }), "{outcome:?}");
        server.await.unwrap();
    }
    let came = tokio::time::timeout(Duration::ZERO, elsewhere.accept()).await;
    assert!(came.is_err(), "somebody came");
}

/// A gigabyte: the call has succeeded, and the rest is not taken.
#[tokio::test]
async fn g036_no_more_of_an_answer_is_read_than_64_kib() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let server = tokio::spawn(async move {
        let (mut stream, _) = request(&listener).await;
        let stream = stream.get_mut();
        let head = "HTTP/1.1 200 OK\r\ncontent-length: 1073741824\r\n\r\n";
        stream.write_all(head.as_bytes()).await.unwrap();
        let part = vec![b'x'; 1 << 16];
        let mut written: usize = 0;
        while written < 1 << 30 && stream.write_all(&part).await.is_ok() {
            written += part.len();
        }
        written
    });
    assert_eq!(post(&url).await, Outcome::Sent);
    let taken = server.await.unwrap();
    assert!(
        taken < 1 << 26,
        "only what fits into the buffers of a network: {taken}"
    );
}

/// Somebody listens and says nothing; somebody answers and never ends.
#[tokio::test]
async fn g036_a_call_has_its_time_in_all() {
    let patience = Duration::from_millis(200);
    let (url, server) = web_server("").await;
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url_of_silence = format!("http://{}/", silent.local_addr().unwrap());
    let send = async |url: &str| {
        let channel = to(url, patience);
        channel.send(&call(url), &[secret()], now()).await
    };
    let stalled = send(&url_of_silence).await;
    assert!(
        matches!(stalled, Outcome::Unreachable { .. }),
        "{stalled:?}"
    );
    let cut = send(&url).await;
    assert!(matches!(cut, Outcome::Unreachable { .. }), "{cut:?}");
    server.await.unwrap();
    let endless = "HTTP/1.1 204 Fine\r\n\r\n";
    let (url, server) = web_server(endless).await;
    assert_eq!(send(&url).await, Outcome::Sent);
    server.await.unwrap();
}

#[tokio::test]
async fn where_nobody_answers_the_address_is_not_told() {
    let silent = format!("http://127.0.0.1:{}/", nobodys_port().await);
    let outcome = post(&silent).await;
    assert!(
        matches!(&outcome, Outcome::Unreachable { answer } if !answer.contains("127.0.0.1")),
        "{outcome:?}"
    );
}

/// The list is asked at every call, and a name is looked at when it is resolved: it stands for this machine, where nobody is called
/// outside the sandbox.
#[tokio::test]
async fn g037_what_is_barred_is_never_connected_to() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let url = format!("https://localhost:{port}/");
    let rules = |entries: &[&str]| {
        let entries = entries.iter().map(|e| e.parse().unwrap());
        Arc::new(Rules {
            entries: entries.collect(),
            ..Rules::default()
        })
    };
    let (list, watched) = watch::channel(rules(&[&url]));
    let channel = Webhooks::new(watched).unwrap();
    let send = async || channel.send(&call(&url), &[secret()], now()).await;
    let barred = send().await;
    assert!(
        matches!(&barred, Outcome::Refused { answer } if answer.contains("127.0.0.1") || answer.contains("::1")),
        "{barred:?}"
    );
    list.send_replace(rules(&[]));
    let unlisted = send().await;
    assert!(
        matches!(&unlisted, Outcome::Refused { answer } if answer.contains("not on the list")),
        "{unlisted:?}"
    );
    let came = tokio::time::timeout(Duration::ZERO, listener.accept()).await;
    assert!(came.is_err(), "somebody came");
}

#[tokio::test]
async fn a_call_that_is_too_big_never_leaves() {
    let mut message = call("http://127.0.0.1:1/");
    message.body = Body::Webhook {
        kind: "x".into(),
        json: json!({ "x": "x".repeat(70_000) }),
    };
    let outcome = to("http://127.0.0.1:1/", PATIENCE)
        .send(&message, &[], now())
        .await;
    assert!(
        matches!(&outcome, Outcome::Refused { answer } if answer.contains("65536")),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn a_short_message_goes_to_the_gateway_with_its_name() {
    let (url, server) = web_server(says("202 Accepted")).await;
    let text = Sms::new("【一张网】您的申请(尾号0017)已受理。").unwrap();
    let message = Message {
        id: "4711-17-2".into(),
        to: "13800138000".into(),
        body: Body::Sms { text },
    };
    let account = sms::Account {
        url: url.clone(),
        token: "secret".to_owned(),
    };
    let gateway = sms::Gateway::new(account.clone(), only("https://other.example.org/")).unwrap();
    let barred = gateway.send(&message, now()).await;
    assert!(
        matches!(&barred, Outcome::Unreachable { answer } if answer.contains("not on the list")),
        "G37: it waits until its address is listed: {barred:?}"
    );
    let gateway = sms::Gateway::new(account, only(&url)).unwrap();
    assert_eq!(gateway.send(&message, now()).await, Outcome::Sent);
    let (head, body) = server.await.unwrap();
    assert_eq!(header(&head, "authorization"), "Bearer secret");
    let sent: Json = serde_json::from_str(&body).unwrap();
    assert_eq!(
        sent,
        json!({ "id": "4711-17-2", "to": "13800138000", "text": "【一张网】您的申请(尾号0017)已受理。" })
    );
}

/// What another system answers to a question, by every way it can.
#[tokio::test]
async fn g036_an_answer_is_read_and_bounded() {
    let ask = async |answer: &str| {
        let (url, server) = web_server(answer).await;
        let question = Question {
            id: "4711-3-0",
            url: &url,
            json: &json!({ "data": { "number": "N" } }),
        };
        let said = to(&url, PATIENCE).ask(question, &[secret()], now()).await;
        let (head, body) = server.await.unwrap();
        assert_eq!(header(&head, "webhook-id"), "4711-3-0");
        assert_eq!(body, r#"{"data":{"number":"N"}}"#);
        said
    };
    let ok = |body: &str| {
        let length = body.len();
        format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{body}")
    };
    let refused = |answer: &str| {
        Answer::None(Outcome::Refused {
            answer: answer.into(),
        })
    };
    let said = ask(&ok(r#"{"found":true}"#)).await;
    assert_eq!(said, Answer::Said(json!({ "found": true })));
    assert_eq!(
        ask("HTTP/1.1 204 Fine\r\n\r\n").await,
        Answer::Said(Json::Null)
    );
    assert_eq!(ask(&says("202 Accepted")).await, Answer::Later);
    assert_eq!(ask(&ok("<html>")).await, Answer::Unreadable);
    assert_eq!(ask(&ok(r#"{"a":1,"a":2}"#)).await, Answer::Unreadable);
    let deep = format!("{}{}", "[".repeat(40), "]".repeat(40));
    assert_eq!(ask(&ok(&deep)).await, Answer::Unreadable);
    let long = format!("\"{}\"", "x".repeat(70_000));
    assert_eq!(ask(&ok(&long)).await, Answer::Unreadable);
    let moved = "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n";
    assert_eq!(ask(moved).await, refused("302"), "no redirect");
    assert_eq!(ask(&says("404 Not Found")).await, refused("404"));
    let busy = "HTTP/1.1 429 Busy\r\nretry-after: 90\r\ncontent-length: 0\r\n\r\n";
    let after = Some(SignedDuration::from_secs(90));
    let failed = |answer: &str, after| {
        Answer::None(Outcome::Failed {
            answer: answer.into(),
            after,
        })
    };
    assert_eq!(ask(busy).await, failed("429", after));
    assert_eq!(ask(&says("500 Oh")).await, failed("500", None));
}
