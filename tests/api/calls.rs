//! `call` steps against real systems: asked under one id until they answer, or until a person takes over.

use super::messages::{later, monday, reach};
use super::server::{ID_NUMBER, PHONE, Server};
use super::visitor::{Visitor, location};
use super::webhooks::{Sink, allow};
use crate::each;
use axum::http::HeaderMap;
use jiff::SignedDuration;
use notifications::webhook::{Secret, verify};
use onenet::runtime::{Channels, Clock};
use onenet::store::Message;
use serde_json::{Value, json};

/// A server with the matter `asked` and those who keep other systems.
pub(super) async fn server(place: crate::places::Place, clock: Clock) -> Server {
    let admin = reach(&[("442000/si/system-admin", "admin@example.org")]);
    let matters = crate::runtime::library();
    let mut server = Server::offering(place, clock, admin, matters).await;
    for id in ["security", "security-2"] {
        let post = "442000/hrss/security-admin";
        server.add(id, "廖兰", "person", "", &[post]).await;
    }
    server.app.runtime.send(Channels::default());
    server
}

/// Sets a system up that is called at an address, and gives its secrets.
pub(super) async fn system(server: &Server, name: &str, url: &str, sends: &[&str]) -> Value {
    allow(server, url).await;
    let wish = json!({ "name": name, "url": format!("{url}/ask"), "sends": sends });
    let made = server.post("security", "/api/v1/systems", &wish).await;
    made.with(201)
}

/// Opens a case that asks the archive at once.
pub(super) async fn open(server: &Server, id_number: &str) -> Value {
    open_of("asked", server, id_number).await
}

/// The same of a matter.
async fn open_of(matter: &str, server: &Server, id_number: &str) -> Value {
    let application = json!({
        "matter": matter, "accepting_city": "442000", "channel": "window",
        "applicant": { "name": "李四", "id_number": id_number, "phone": PHONE },
        "form": { "months": 1 },
    });
    let opened = server.post("zs-handler", "/api/v1/cases", &application);
    opened.await.with(201)
}

fn path(case: &Value, rest: &str) -> String {
    format!("/api/v1/cases/{}{rest}", case["id"].as_str().unwrap())
}

/// The case, once it is as expected.
pub(super) async fn until(server: &Server, case: &Value, so: impl Fn(&Value) -> bool) -> Value {
    loop {
        let case = server.get("zs-handler", &path(case, "")).await.with(200);
        if so(&case) {
            return case;
        }
        tokio::task::yield_now().await;
    }
}

/// The one call of a case, once it is as expected.
async fn call(server: &Server, case: &Value, so: impl Fn(&Value) -> bool) -> Value {
    loop {
        let calls = server.get("zs-handler", &path(case, "/calls")).await;
        let calls = calls.with(200);
        if let Some(call) = calls.as_array().unwrap().first()
            && so(call)
        {
            return call.clone();
        }
        tokio::task::yield_now().await;
    }
}

/// What a step of a case has left behind, once it has.
pub(super) async fn record(server: &Server, case: &Value, step: &str) -> Value {
    let id = case["id"].as_str().unwrap().parse().unwrap();
    loop {
        let seen = server.app.runtime.case(id).await.unwrap().unwrap();
        let frames = seen.case.frames().values();
        if let Some(record) = frames.filter_map(|f| f.record(step)).next() {
            return record.values().clone();
        }
        tokio::task::yield_now().await;
    }
}

/// The calls in the outbox that are in a state, once there are so many.
async fn messages(server: &Server, state: &str, count: usize) -> Vec<Message> {
    loop {
        let all = server.app.runtime.store().messages(None, Some(state), 99);
        let mut all = all.await.unwrap();
        all.retain(|message| message.leased.row.kind == "call:archive");
        if all.len() == count {
            return all;
        }
        tokio::task::yield_now().await;
    }
}

fn stands_at(step: &'static str) -> impl Fn(&Value) -> bool {
    move |case| {
        case["tasks"]
            .as_array()
            .unwrap()
            .iter()
            .any(|t| t["step"] == step)
    }
}

/// The history of a case: kinds of events, with what they say.
pub(super) async fn history(server: &Server, case: &Value) -> Vec<Value> {
    let all = server
        .get("zs-handler", &path(case, "/history"))
        .await
        .with(200);
    all.as_array().unwrap().clone()
}

pub(super) fn count(history: &[Value], kind: &str) -> usize {
    history.iter().filter(|e| e["type"] == kind).count()
}

fn header<'h>(headers: &'h HeaderMap, name: &str) -> &'h str {
    headers[name].to_str().unwrap()
}

/// What is sent is signed and lies in no row in clear; what is answered is the step's.
#[test]
fn a_call_is_signed_and_its_answer_is_in_the_case() {
    each(async |place| {
        let mut sink = Sink::start(200).await;
        sink.says(r#"{"found":true,"file_no":"A-1"}"#);
        let server = server(place, monday()).await;
        let made = system(&server, "archive", &sink.url, &[]).await;
        let case = open(&server, ID_NUMBER).await;
        let (headers, body) = sink.call().await;
        let secret = Secret::read(made["secret_of_calls"].as_str().unwrap()).unwrap();
        let (id, at) = (
            header(&headers, "webhook-id"),
            header(&headers, "webhook-timestamp"),
        );
        let signature = header(&headers, "webhook-signature");
        let now = server.app.runtime.clock().now();
        assert!(verify(
            &[secret],
            id,
            at.parse().unwrap(),
            &body,
            signature,
            now
        ));
        let asked: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(asked["id"], id);
        assert_eq!(asked["type"], "call");
        assert_eq!(asked["case"]["number"], case["number"]);
        assert_eq!(asked["step"], "ask");
        assert_eq!(asked["data"], json!({ "id_number": ID_NUMBER }));
        let answered = record(&server, &case, "ask").await;
        assert_eq!(answered, json!({ "found": true, "file_no": "A-1" }));
        let calls = server.get("zs-handler", &path(&case, "/calls")).await;
        assert_eq!(calls.with(200), json!([]), "nobody waits any more");
        let rows = messages(&server, "sent", 1).await;
        let kept = &rows[0].leased.row;
        assert_eq!(kept.kind, "call:archive");
        assert!(!kept.body.contains(ID_NUMBER), "{}", kept.body);
    });
}

/// G31: asked again under its one id, at once if a person wants; after its attempts a person does it and reads why. The limit ran on.
#[test]
fn g031_a_call_without_answer_becomes_work_for_a_person() {
    each(async |place| {
        let mut sink = Sink::start(500).await;
        let server = server(place, monday()).await;
        system(&server, "archive", &sink.url, &[]).await;
        let case = open(&server, ID_NUMBER).await;
        let (first, _) = sink.call().await;
        let failed = |call: &Value| call["answer"] == "500";
        let planned = call(&server, &case, failed).await;
        assert_eq!(
            (&planned["state"], &planned["attempts"]),
            (&json!("planned"), &json!(1))
        );
        assert_eq!(planned["id"], header(&first, "webhook-id"));
        let clock = server
            .get("zs-handler", &path(&case, "/clock"))
            .await
            .with(200);
        assert_eq!(clock["ask"]["stopped"], false, "the limit runs on: {clock}");
        let retry = path(
            &case,
            &format!("/calls/{}/retry", planned["id"].as_str().unwrap()),
        );
        server
            .post("wz-window", &retry, &json!({}))
            .await
            .problem(404, "not-found");
        let home = format!("/cases/{}", case["id"].as_str().unwrap());
        let clerk = Visitor::signed_in(&server, "zs-handler", &home).await;
        let page = clerk.get(&home).await.text().await.unwrap();
        for words in ["等待外部系统", "查询档案", "等待重试", "上次答复：500"] {
            assert!(page.contains(words), "{words}: {page}");
        }
        let call = planned["id"].as_str().unwrap();
        let pressed = clerk
            .press(&page, &format!("{home}/calls/{call}/retry"))
            .await;
        assert_eq!(location(&pressed), home);
        let (second, _) = sink.call().await;
        assert_eq!(first["webhook-id"], second["webhook-id"]);
        let case = until(&server, &case, stands_at("by_hand")).await;
        let told = history(&server, &case).await;
        let why = told.iter().find(|e| e["type"] == "call_failed").unwrap();
        assert_eq!(why["data"]["why"], "call.silent");
        assert_eq!(why["data"]["args"][1], json!(["times", "2"]));
        server
            .post("zs-handler", &retry, &json!({}))
            .await
            .problem(409, "state-not-allowed");
    });
}

/// Who does not take the question, or gives an answer that is none, is not asked again.
#[test]
fn an_answer_that_is_none_is_not_waited_for() {
    each(async |place| {
        let mut sink = Sink::start(404).await;
        let server = server(place, monday()).await;
        system(&server, "archive", &sink.url, &[]).await;
        let answers = [
            (404, "", "call.refused"),
            (200, r#"{"file_no":"A-1"}"#, "call.invalid"),
            (200, "not found", "call.unreadable"),
            (302, "", "call.refused"),
        ];
        for (number, (status, says, why)) in answers.into_iter().enumerate() {
            sink.answers(status);
            sink.says(says);
            let case = open(&server, &super::outages::person(number)).await;
            sink.call().await;
            let case = until(&server, &case, stands_at("by_hand")).await;
            let told = history(&server, &case).await;
            let failed = told.iter().find(|e| e["type"] == "call_failed").unwrap();
            assert_eq!(failed["data"]["why"], why, "{status} {says}");
            let task = super::server::task(&case, "by_hand");
            let task = server
                .get("zs-handler", &format!("/api/v1/tasks/{task}"))
                .await;
            let cause = &task.with(200)["failed_call"];
            assert_eq!(cause["step"], "ask");
            assert!(
                cause["why"]["zh"].as_str().unwrap().contains("archive"),
                "{cause}"
            );
        }
        assert!(sink.heard().is_none(), "asked once each");
    });
}

/// G31: while nobody answers calls wait without using an attempt, and are made once somebody does; after 72 hours a person takes over.
#[test]
fn g031_a_system_that_is_down_costs_no_attempts_and_72_hours_at_most() {
    each(async |place| {
        let server = server(place, monday()).await;
        let silent = Sink::nobody().await;
        system(&server, "archive", &silent, &[]).await;
        let mut cases = Vec::new();
        for number in 0..8 {
            cases.push(open(&server, &super::outages::person(number)).await);
        }
        let last = &cases[7];
        let held = |call: &Value| call["state"] == "down" && call["attempts"] == 0;
        call(&server, last, held).await;
        let day = later(&server, SignedDuration::from_hours(24));
        server.app.runtime.move_clock(day).await.unwrap();
        call(&server, last, held).await;
        let end = later(&server, SignedDuration::from_hours(49));
        server.app.runtime.move_clock(end).await.unwrap();
        for case in &cases {
            let case = until(&server, case, stands_at("by_hand")).await;
            let told = history(&server, &case).await;
            assert_eq!(count(&told, "call_failed"), 1);
        }
        let told = history(&server, last).await;
        let failed = told.iter().find(|e| e["type"] == "call_failed").unwrap();
        assert_eq!(failed["data"]["why"], "call.down");
        messages(&server, "dead", cases.len()).await;
    });
}

/// Whom nobody has registered nobody asks: a person does it at once and reads why. Who registers later is asked about later cases.
#[test]
fn a_call_to_a_system_nobody_registered_fails_at_once() {
    each(async |place| {
        let mut sink = Sink::start(200).await;
        sink.says(r#"{"found":false}"#);
        let server = server(place, monday()).await;
        let opened = open(&server, ID_NUMBER).await;
        let case = until(&server, &opened, stands_at("by_hand")).await;
        let task = super::server::task(&case, "by_hand");
        let view = format!("/api/v1/tasks/{task}");
        let view = server.get("zs-handler", &view).await.with(200);
        let why = &view["failed_call"]["why"];
        assert_eq!(why["zh"], "系统“archive”没有登记");
        let clerk = Visitor::signed_in(&server, "zs-handler", &format!("/tasks/{task}")).await;
        let page = clerk.get(&format!("/tasks/{task}")).await;
        let page = page.text().await.unwrap();
        assert!(page.contains("系统“archive”没有登记"), "{page}");
        let dead = messages(&server, "dead", 1).await;
        let id = dead[0].leased.row.id;
        system(&server, "archive", &sink.url, &[]).await;
        let retry = format!("/calls/{}-{}-0/retry", id.case_id, id.seq);
        server
            .post("zs-handler", &path(&case, &retry), &json!({}))
            .await
            .problem(409, "state-not-allowed");
        let next = open(&server, &super::outages::person(1)).await;
        let (_, body) = sink.call().await;
        let asked: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(asked["case"]["number"], next["number"]);
        record(&server, &next, "ask").await;
        assert!(sink.heard().is_none(), "the first is not asked about");
        let told = history(&server, &case).await;
        assert_eq!(count(&told, "call_failed"), 1);
    });
}

/// Of a program that stopped before: what was asked then is not forgotten.
#[test]
fn a_call_that_was_made_before_the_start_fails_as_well() {
    each(async |place| {
        let server = Server::offering(place, monday(), reach(&[]), crate::runtime::library()).await;
        let case = open(&server, ID_NUMBER).await;
        messages(&server, "waiting", 1).await;
        server.app.runtime.endpoints_changed().await.unwrap();
        server.app.runtime.send(Channels::default());
        until(&server, &case, stands_at("by_hand")).await;
    });
}

/// Switches a system on or off, or takes it away.
async fn tell(server: &Server, name: &str, what: &str) {
    let path = format!("/api/v1/systems/{name}/{what}");
    let said = server.post("security", &path, &json!({})).await;
    assert_eq!(said.status, 204, "{what}");
}

fn unknown(call: &Value) -> bool {
    call["state"] == "unknown"
}

/// A system that is switched off is waited for, and says so; once it is taken away, no more.
#[test]
fn a_call_waits_for_a_system_that_is_off_until_it_is_on_or_gone() {
    each(async |place| {
        let mut sink = Sink::start(200).await;
        sink.says(r#"{"found":false}"#);
        let server = server(place, monday()).await;
        system(&server, "archive", &sink.url, &[]).await;
        for round in [0, 2] {
            tell(&server, "archive", "off").await;
            let case = open(&server, &super::outages::person(round)).await;
            call(&server, &case, unknown).await;
            tell(&server, "archive", "on").await;
            sink.call().await;
            let answered = record(&server, &case, "ask").await;
            assert_eq!(answered, json!({ "found": false }));
        }
        // The batch of the last call may still be under way: off is off all the same.
        tell(&server, "archive", "off").await;
        let case = open(&server, &super::outages::person(1)).await;
        call(&server, &case, unknown).await;
        tell(&server, "archive", "remove").await;
        let case = until(&server, &case, stands_at("by_hand")).await;
        let told = history(&server, &case).await;
        let failed = told.iter().find(|e| e["type"] == "call_failed").unwrap();
        assert_eq!(failed["data"]["why"], "call.unregistered");
        assert!(sink.heard().is_none(), "asked once each");
    });
}

/// Who is registered and cannot be asked, being off or without an address, is waited for as long as the step has, and no longer.
#[test]
fn a_call_to_who_cannot_be_asked_ends_with_the_limit_of_its_step() {
    each(async |place| {
        let mut sink = Sink::start(200).await;
        let server = server(place, monday()).await;
        system(&server, "archive", &sink.url, &[]).await;
        tell(&server, "archive", "off").await;
        for person in 0..2 {
            let id_number = super::outages::person(person);
            let case = open_of("timely", &server, &id_number).await;
            call(&server, &case, unknown).await;
            let end = later(&server, SignedDuration::from_hours(24 * 6));
            server.app.runtime.move_clock(end).await.unwrap();
            let case = until(&server, &case, stands_at("by_hand")).await;
            let told = history(&server, &case).await;
            let gone = told.iter().find(|e| e["type"] == "step_done").unwrap();
            assert_eq!(gone["data"]["outcome"], "overdue", "{told:#?}");
            assert_eq!(count(&told, "call_failed"), 0);
            // Next it is on, and only sends.
            let sends = json!({ "sends": ["fund-arrived"] });
            let changed = server.post("security", "/api/v1/systems/archive", &sends);
            changed.await.with(200);
            tell(&server, "archive", "on").await;
        }
        assert!(sink.heard().is_none(), "nobody was asked");
    });
}
