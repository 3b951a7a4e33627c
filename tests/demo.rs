//! `onenet demo` as somebody meets it who has just built the program: a world in every state, that stops when it is told to.

use super::api::program::{onenet, start};
use reqwest::{Client, Method};
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader};
use std::process::Command;

/// The states in which some case of the demo stands.
const STATES: [&str; 12] = [
    "received",
    "correction",
    "accepted",
    "in_progress",
    "awaiting_reply",
    "completed",
    "completed_partial",
    "not_accepted",
    "refused",
    "suspended",
    "withdrawn",
    "closed",
];
const LEVELS: [&str; 5] = ["normal", "paused", "reminder", "yellow", "red"];
/// Matter of each story, and when it begins.
const STORIES: [(&str, &str); 3] = [
    ("pension-lump-sum", "2026-11-11T09:30"),
    ("pension-transfer-enterprise", "2026-11-18T09:10"),
    ("retirement-bundle", "2026-11-20T09:10"),
];

/// Calls the demo as somebody (empty: as nobody).
async fn call(method: Method, url: &str, token: &str, body: Option<Json>) -> Json {
    let mut request = Client::new().request(method, url);
    if !token.is_empty() {
        request = request.bearer_auth(token);
    }
    if let Some(body) = body {
        request = request.json(&body);
    }
    let answer = request.send().await.unwrap();
    assert!(answer.status().is_success(), "{url}: {}", answer.status());
    answer.json().await.unwrap()
}

/// Every case that one of these people may list, by id.
async fn cases(address: &str, tokens: &[String]) -> BTreeMap<u64, Json> {
    let mut all = BTreeMap::new();
    for token in tokens {
        let mut cursor = String::new();
        loop {
            let url = format!("{address}/api/v1/cases?limit=200{cursor}");
            let page = call(Method::GET, &url, token, None).await;
            for case in page["cases"].as_array().unwrap() {
                all.insert(case["id"].as_str().unwrap().parse().unwrap(), case.clone());
            }
            match page["cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
    }
    all
}

/// What the column of all cases says.
fn words<'c>(all: &'c BTreeMap<u64, Json>, column: &str) -> BTreeSet<&'c str> {
    all.values()
        .map(|case| case[column].as_str().unwrap())
        .collect()
}

/// Somebody of each city signs in with the password that was printed.
async fn one_of_each_city(address: &str, password: &str) -> Vec<String> {
    let network = onenet::shipped::network();
    let mut cities = BTreeMap::new();
    for person in network.people() {
        let city = person.posts.first().and_then(|p| p.split('/').next());
        cities.entry(city).or_insert(&person.id);
    }
    let url = format!("{address}/api/v1/sign-in");
    let mut tokens = Vec::new();
    for user in cities.values() {
        let sign_in = json!({ "user": user, "password": password });
        let signed = call(Method::POST, &url, "", Some(sign_in)).await;
        tokens.push(signed["token"].as_str().unwrap().to_owned());
    }
    tokens
}

async fn looks_as_promised(address: &str, password: &str, token: &str) {
    let me = format!("{address}/api/v1/me");
    call(Method::GET, &me, token, None).await;
    let tokens = one_of_each_city(address, password).await;
    let all = cases(address, &tokens).await;
    let opened_at_a_counter = all.values().filter(|case| case["parent"].is_null()).count();
    assert!(opened_at_a_counter >= 300, "{opened_at_a_counter} cases");
    let (states, levels) = (words(&all, "status"), words(&all, "level"));
    assert!(STATES.iter().all(|s| states.contains(s)), "{states:?}");
    assert!(LEVELS.iter().all(|l| levels.contains(l)), "{levels:?}");
    for (matter, begins) in STORIES {
        let of_story = |case: &&Json| {
            case["matter"] == matter && case["opened"].as_str().unwrap().starts_with(begins)
        };
        let story = all.values().find(of_story);
        let story = story.unwrap_or_else(|| panic!("no {matter} of {begins}"));
        assert_eq!(story["status"], "completed", "{story}");
    }
    let outbox = format!("{address}/api/v1/sandbox/outbox");
    let mailbox = call(Method::GET, &outbox, "", None).await;
    let kinds: BTreeSet<&str> = mailbox
        .as_array()
        .unwrap()
        .iter()
        .map(|m| m["kind"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, BTreeSet::from(["bell", "email", "sms"]));
}

#[test]
fn the_demo_stands_as_promised_and_stops_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let data = folder.join("data").display().to_string();
    let mut demo = start(
        folder,
        &[
            "--lang",
            "en",
            "demo",
            "--listen",
            "127.0.0.1:0",
            "--data",
            &data,
        ],
    );
    let mut lines = BufReader::new(demo.stdout.take().unwrap()).lines();
    let (mut said, mut address) = (Vec::new(), None);
    while address.is_none() {
        let line = lines.next().and_then(Result::ok);
        let line = line.unwrap_or_else(|| panic!("the demo ended by itself: {said:#?}"));
        match line.starts_with("http://") {
            true => address = Some(line),
            false => said.push(line),
        }
    }
    let mut words = said.iter().filter_map(|line| line.rsplit(' ').next());
    let token = words.find(|word| word.starts_with("onenet_")).unwrap();
    let password = said.iter().find_map(|line| {
        let rest = line.strip_prefix("Password of all example people: ")?;
        rest.split(';').next()
    });
    _ = rustls::crypto::ring::default_provider().install_default();
    super::places::run(looks_as_promised(
        &address.unwrap(),
        password.unwrap(),
        token,
    ));

    let stopped = Command::new("kill").arg(demo.id().to_string()).status();
    assert!(stopped.unwrap().success());
    assert_eq!(demo.wait().unwrap().code(), Some(0));
    let verified = onenet(folder, &["verify", "--deep", "--data", &data], "");
    let told = String::from_utf8([verified.stdout, verified.stderr].concat()).unwrap();
    assert_eq!(verified.status.code(), Some(0), "{told}");
}
