//! The channels against real servers on loopback: what arrives there, and what their answers mean.

#![allow(missing_docs, clippy::unwrap_used)]

use base64::Engine as _;
use jiff::Timestamp;
use notifications::email::{Email, Secrecy, Server};
use notifications::retry::Outcome;
use notifications::webhook::{Secret, Webhooks, verify};
use notifications::{Body, Message, Sms, Subject, sms};
use serde_json::{Value as Json, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
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
        matches!(&failed, Outcome::Failed { answer } if answer.contains("451")),
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

/// A web server for one request; gives back its head and body.
async fn web_server(status: &'static str) -> (String, JoinHandle<(String, String)>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let server = async move {
        let mut stream = BufReader::new(listener.accept().await.unwrap().0);
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            stream.read_line(&mut head).await.unwrap();
        }
        let length = header(&head, "content-length").parse().unwrap();
        let mut body = vec![0; length];
        stream.read_exact(&mut body).await.unwrap();
        let answer = format!(
            "HTTP/1.1 {status}\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        );
        stream.get_mut().write_all(answer.as_bytes()).await.unwrap();
        (head, String::from_utf8(body).unwrap())
    };
    (url, tokio::spawn(server))
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
    let json = json!({ "id": "4711-17-1", "type": "task.opened", "case": { "number": "442000-YLZY-20261123-00042-S" } });
    Message {
        id: "4711-17-1".into(),
        to: to.into(),
        body: Body::Webhook {
            kind: "task.opened".into(),
            json,
        },
    }
}

#[tokio::test]
async fn a_call_arrives_signed() {
    let secret = Secret::read("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
    let now: Timestamp = "2026-11-23T09:00:00+08:00".parse().unwrap();
    let (url, server) = web_server("200 OK").await;
    let sent = Webhooks::new()
        .unwrap()
        .send(&call(&url), std::slice::from_ref(&secret), now)
        .await;
    assert_eq!(sent, Outcome::Sent);
    let (head, body) = server.await.unwrap();
    assert_eq!(header(&head, "webhook-id"), "4711-17-1");
    let timestamp = header(&head, "webhook-timestamp").parse().unwrap();
    let signature = header(&head, "webhook-signature");
    assert!(
        verify(
            &[secret],
            "4711-17-1",
            timestamp,
            body.as_bytes(),
            &signature,
            now
        ),
        "{head}"
    );
    assert_eq!(
        serde_json::from_str::<Json>(&body).unwrap()["type"],
        "task.opened"
    );
}

#[tokio::test]
async fn what_another_system_answers_decides_what_follows() {
    let post = async |status| {
        let (url, server) = web_server(status).await;
        let outcome = Webhooks::new()
            .unwrap()
            .send(&call(&url), &[], Timestamp::UNIX_EPOCH)
            .await;
        server.await.unwrap();
        outcome
    };
    assert!(matches!(post("410 Gone").await, Outcome::Gone { .. }));
    assert!(matches!(post("503 Busy").await, Outcome::Failed { .. }));
    assert!(
        matches!(post("302 Found").await, Outcome::Failed { .. }),
        "no redirect is followed"
    );
    let silent = format!("http://127.0.0.1:{}/", nobodys_port().await);
    let outcome = Webhooks::new()
        .unwrap()
        .send(&call(&silent), &[], Timestamp::UNIX_EPOCH)
        .await;
    assert!(
        matches!(&outcome, Outcome::Unreachable { answer } if !answer.contains("127.0.0.1")),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn a_call_that_is_too_big_never_leaves() {
    let mut message = call("http://127.0.0.1:1/");
    message.body = Body::Webhook {
        kind: "x".into(),
        json: "x".repeat(70_000).into(),
    };
    let outcome = Webhooks::new()
        .unwrap()
        .send(&message, &[], Timestamp::UNIX_EPOCH)
        .await;
    assert!(matches!(outcome, Outcome::Refused { .. }), "{outcome:?}");
}

#[tokio::test]
async fn a_short_message_goes_to_the_gateway_with_its_name() {
    let (url, server) = web_server("202 Accepted").await;
    let text = Sms::new("【一张网】您的申请(尾号0017)已受理。").unwrap();
    let message = Message {
        id: "4711-17-2".into(),
        to: "13800138000".into(),
        body: Body::Sms { text },
    };
    assert_eq!(
        sms::Gateway::new(&url, "secret")
            .unwrap()
            .send(&message)
            .await,
        Outcome::Sent
    );
    let (head, body) = server.await.unwrap();
    assert_eq!(header(&head, "authorization"), "Bearer secret");
    let sent: Json = serde_json::from_str(&body).unwrap();
    assert_eq!(
        sent,
        json!({ "id": "4711-17-2", "to": "13800138000", "text": "【一张网】您的申请(尾号0017)已受理。" })
    );
}
