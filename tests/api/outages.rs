//! Ways out at whose end nobody answers: what waits for them waits without losing an attempt, and leaves when somebody does.

use super::mail_server::{Heard, MailServer, Mood, message_id};
use super::messages::{about, later, messages, monday, reach};
use super::server::{Server, application};
use super::webhooks::Sink;
use crate::{backlog, each};
use jiff::SignedDuration;
use notifications::email::{self, Email};
use notifications::sms::Account;
use onenet::runtime::Channels;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

/// More than are under way at once, so that their order can be seen.
const CASES: usize = 70;
/// So many are under way at once, and may overtake each other.
const BATCH: usize = 64;

/// A made-up person of the right age with a right check digit.
pub(super) fn person(number: usize) -> String {
    let body = format!("45040019590315{number:03}");
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let digits = body.bytes().map(|b| usize::from(b - b'0'));
    let sum: usize = digits
        .zip(weights)
        .map(|(digit, weight)| digit * weight)
        .sum();
    let check = "10X98765432".as_bytes()[sum % 11];
    format!("{body}{}", char::from(check))
}

async fn open(server: &Server, number: usize) -> Value {
    let mut application = application();
    application["applicant"]["id_number"] = json!(person(number));
    server
        .post("wz-window", "/api/v1/cases", &application)
        .await
        .with(201)
}

/// Mail with a limit short enough for a test, and nothing else.
fn impatient(url: &str) -> Channels {
    let server = email::Server::read(url, "一张网 <noreply@example.org>").unwrap();
    let email = Email::new(&email::Server {
        patience: Duration::from_secs(3),
        ..server
    });
    Channels {
        email: Some(email.unwrap()),
        sms: None,
        per_second: None,
    }
}

/// The metrics, once they are as expected.
async fn metrics(server: &Server, so: impl Fn(&str) -> bool) -> String {
    loop {
        let metrics = server.get("", "/metrics").await.text;
        if so(&metrics) {
            return metrics;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// G30, G31: a mail server that stops for a day, refuses, stalls, and drops connections. All mail arrives once it is back, in order
/// of age, each once and under the id it had; other channels go on meanwhile.
#[test]
fn g031_mail_outlives_a_day_without_its_server() {
    each(async |place| {
        let mut mail = MailServer::start(Mood::Takes).await;
        mail.stop().await;
        let offices = [("450400/si", "wuzhou@example.org")];
        let server = Server::reaching(place, monday(), reach(&offices)).await;
        server.app.runtime.send(impatient(&mail.url));
        let mut cases = Vec::new();
        for number in 0..CASES {
            cases.push(open(&server, number).await);
        }
        let down = "onenet_channel_down{channel=\"email\"} 1\n";
        metrics(&server, |all| all.contains(down)).await;
        // Short messages go on, into the mailbox of the sandbox.
        messages(&server, &cases[CASES - 1], |all| {
            about(all, "sms", "received")["state"] == "sent"
        })
        .await;
        let mut first = None;
        for (mood, hours) in [(Mood::Stalls, 8), (Mood::Drops, 8), (Mood::Takes, 8)] {
            mail.start_again(mood).await;
            let then = later(&server, SignedDuration::from_hours(hours));
            server.app.runtime.move_clock(then).await.unwrap();
            let probed = async {
                loop {
                    // The probe before may have ended after the clock was moved: the next one is a minute later.
                    let minute = later(&server, SignedDuration::from_secs(61));
                    server.app.runtime.move_clock(minute).await.unwrap();
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            };
            tokio::select! {
                () = probed => {}
                heard = mail.hear() => first = Some(heard),
            }
            if mood != Mood::Takes {
                mail.stop().await;
                while mail.heard().is_some() {}
            }
        }
        // The digest of the day, which is of no case, may come between them.
        let of_a_case = |mail: &String| !message_id(mail).contains("<0-");
        let mut arrived: Vec<String> = match first {
            Some(Heard::Mail(mail)) => vec![mail],
            _ => Vec::new(),
        };
        arrived.retain(of_a_case);
        while arrived.len() < CASES {
            arrived.extend(Some(mail.mail().await).filter(of_a_case));
        }
        metrics(&server, |all| !all.contains("onenet_channel_down{")).await;
        let mut place_of: BTreeMap<&str, usize> = BTreeMap::new();
        for (at, mail) in arrived.iter().enumerate() {
            let id = message_id(mail).strip_prefix("Message-ID: <").unwrap();
            let case = id.split('-').next().unwrap();
            assert!(place_of.insert(case, at).is_none(), "{case} came twice");
        }
        for (age, case) in cases.iter().enumerate() {
            let at = place_of[case["id"].as_str().unwrap()];
            assert!(age.abs_diff(at) < BATCH, "{age} came as {at}");
            let all = messages(&server, case, |all| {
                about(all, "email", "intake.check.opened")["state"] == "sent"
            })
            .await;
            let opened = about(&all, "email", "intake.check.opened");
            let id = format!("<{}@", opened["id"].as_str().unwrap());
            assert!(arrived[at].contains(&id), "{id}");
            let attempts = opened["attempts"].as_i64().unwrap();
            assert!(attempts <= 2, "an outage costs no attempts: {attempts}");
        }
        let again = mail.heard();
        assert!(
            !matches!(&again, Some(Heard::Mail(m)) if of_a_case(m)),
            "{again:?}"
        );
    });
}

/// G31: an outage is on record, and the administrator is told of it once.
#[test]
fn g031_an_endpoint_that_is_down_keeps_nobody_else_waiting() {
    each(async |place| {
        let (mut sink, silent) = (Sink::start(204).await, Sink::nobody().await);
        let server = super::webhooks::server(place, monday()).await;
        let dead = super::webhooks::endpoint(&server, &silent).await;
        super::webhooks::endpoint(&server, &sink.url).await;
        for number in 0..6 {
            let case = open(&server, number).await;
            server
                .complete("wz-window", &case, "intake.check", "齐全", json!({}))
                .await;
            sink.call().await;
        }
        let kind = format!("webhook:{}", dead["id"].as_str().unwrap());
        let down = format!("onenet_channel_down{{channel=\"{kind}\"}} 1\n");
        metrics(&server, |all| all.contains(&down)).await;
        let outages = server.app.directory.accounts().outages().await.unwrap();
        assert_eq!((outages.len(), &outages[0].0), (1, &kind));
        let outbox = server.get("", "/api/v1/sandbox/outbox").await.with(200);
        let all = outbox.as_array().unwrap();
        let told: Vec<&Value> = all
            .iter()
            .filter(|m| m["about"] == "channel.down")
            .collect();
        assert_eq!(told.len(), 1, "once: {told:#?}");
        assert_eq!(told[0]["to"], "442000/si/system-admin");
        assert!(told[0]["subject"].as_str().unwrap().contains(&kind));
    });
}

/// G31: fifty thousand mails that an outage has kept waiting leave in order of age, each once, no quicker than the rate set; clerks work
/// on meanwhile.
#[test]
fn g031_fifty_thousand_mails_leave_at_the_rate_set() {
    const MAILS: usize = 50_000;
    const RATE: u32 = 200;
    const SEEN: usize = 1_000;
    each(async |place| {
        let url = place.url.clone();
        let mut mail = MailServer::start(Mood::Takes).await;
        let offices = [("442000/si", "office@example.org")];
        let server = Server::reaching(place, monday(), reach(&offices)).await;
        let case = server.at_handler().await;
        let number: u64 = case["id"].as_str().unwrap().parse().unwrap();
        let since = monday().now() - SignedDuration::from_hours(20);
        backlog::queue(&url, &[number], MAILS, since.as_millisecond()).await;
        let began = std::time::Instant::now();
        server.app.runtime.send(Channels {
            per_second: Some(RATE),
            ..impatient(&mail.url)
        });
        let clerk = super::visitor::Visitor::signed_in(&server, "zs-handler", "/work").await;
        let task = format!("/tasks/{}", super::server::task(&case, "records"));
        let mut arrived = Vec::new();
        while arrived.len() < SEEN {
            let letter = mail.mail().await;
            // Those of the case itself come last: they are the youngest.
            let subject = letter.lines().find_map(|l| l.strip_prefix("Subject: n "));
            arrived.push(subject.unwrap().parse::<usize>().unwrap());
            // However late it is heard of, it has not left before its share of time.
            let before = u32::try_from(arrived.len() - 1).unwrap();
            let share = Duration::from_secs(1) / RATE * before;
            assert!(began.elapsed() >= share, "{before} left too soon");
            if arrived.len() % (SEEN / 10) == 0 {
                for page in ["/work", &*task] {
                    assert_eq!(clerk.get(page).await.status(), 200, "{page}");
                }
            }
        }
        for (age, number) in (1..).zip(&arrived) {
            assert!(number.abs_diff(age) < BATCH, "{number} came as {age}");
        }
        let mut once = arrived.clone();
        once.sort_unstable();
        once.dedup();
        assert_eq!(once.len(), SEEN);
        let metrics = server.get("", "/metrics").await.text;
        let waiting = metrics
            .lines()
            .find_map(|l| l.strip_prefix("onenet_messages{channel=\"email\",state=\"waiting\"} "));
        assert!(waiting.unwrap().parse::<usize>().unwrap() <= MAILS + 2 - SEEN + BATCH);
    });
}

/// A short message from the counter to a real gateway: the applicant's number, seventy characters, one id.
#[test]
fn a_short_message_reaches_the_gateway() {
    each(async |place| {
        let mut sink = Sink::start(202).await;
        let mut server = Server::reaching(place, monday(), reach(&[])).await;
        let post = "442000/hrss/security-admin";
        server.add("security", "廖兰", "person", "", &[post]).await;
        server.app.runtime.send(Channels {
            email: None,
            sms: Some(Account {
                url: sink.url.clone(),
                token: "a token".to_owned(),
            }),
            per_second: None,
        });
        let case = open(&server, 1).await;
        // G37: as long as nobody has listed the gateway nobody is called, and nothing is lost.
        let waits = |all: &[Value]| {
            let answer = &about(all, "sms", "received")["answer"];
            answer
                .as_str()
                .is_some_and(|a| a.contains("not on the list"))
        };
        let all = messages(&server, &case, waits).await;
        assert_eq!(about(&all, "sms", "received")["state"], "waiting");
        assert!(sink.heard().is_none());
        super::webhooks::allow(&server, &sink.url).await;
        let minute = later(&server, SignedDuration::from_secs(61));
        server.app.runtime.move_clock(minute).await.unwrap();
        let (headers, body) = sink.call().await;
        assert_eq!(headers["authorization"], "Bearer a token");
        let sent: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(sent["to"], super::server::PHONE);
        let all = messages(&server, &case, |all| {
            about(all, "sms", "received")["state"] == "sent"
        })
        .await;
        let received = about(&all, "sms", "received");
        assert_eq!(sent["id"], received["id"]);
        // The applicant's link is in what leaves, and dots stand for it in what is kept.
        let (said, kept) = (&sent["text"], &received["body"]);
        let (words, _) = kept.as_str().unwrap().split_once('·').unwrap();
        let link = said.as_str().unwrap().strip_prefix(words).unwrap();
        assert_eq!(link.len(), kept.as_str().unwrap().matches('·').count());
        assert!(link.chars().all(|c| c.is_ascii_alphanumeric()), "{link}");
    });
}
