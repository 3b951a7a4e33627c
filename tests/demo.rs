//! `onenet demo` as somebody meets it who has just built the program: a world in every state, that stops when it is told to.

use super::api::program::{onenet, start};
use regex::Regex;
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

/// What a page says to a reader, without what is written for programs.
fn read(page: &str) -> String {
    let main = Regex::new("(?s)<main.*</main>").unwrap();
    let code = "script|style|code|kbd|svg|pre|option|textarea";
    let code: Vec<String> = code
        .split('|')
        .map(|tag| format!("<{tag}[ >].*?</{tag}>"))
        .collect();
    let code = Regex::new(&format!("(?s){}", code.join("|"))).unwrap();
    let tags = Regex::new("<[^>]*>").unwrap();
    let main = main.find(page).map_or("", |found| found.as_str());
    tags.replace_all(&code.replace_all(main, " "), "\n")
        .into_owned()
}

/// In Chinese nothing goes by the names that steps, fields, outcomes, marks and messages have in the files.
async fn speaks_of_nothing_in_words_of_files(
    address: &str,
    all: &BTreeMap<u64, Json>,
    tokens: &[String],
) {
    // Two of each matter in each state.
    let mut of_kind: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let mut paths = vec![
        "/board".to_owned(),
        "/cases".to_owned(),
        "/network".to_owned(),
    ];
    for (id, case) in all {
        let kind = (
            case["matter"].as_str().unwrap(),
            case["status"].as_str().unwrap(),
        );
        let seen = of_kind.entry(kind).or_default();
        *seen += 1;
        let tabs = ["", "time", "data", "audit", "materials", "papers"];
        let tabs = tabs.map(|tab| format!("/cases/{id}?tab={tab}"));
        paths.extend(tabs.into_iter().filter(|_| *seen <= 2));
    }
    for tab in ["open", "waiting", "done", "office"] {
        paths.push(format!("/work?tab={tab}"));
    }
    let word =
        Regex::new(r"(?:^|[^\w./@:&-])([a-z][a-z0-9]{2,}(?:[_-][a-z0-9]+)*)(?:[^\w./@:-]|$)")
            .unwrap();
    let (mut wrong, mut pages) = (BTreeSet::new(), 0);
    for token in tokens {
        for path in &paths {
            let request = Client::new().get(format!("{address}{path}"));
            let request = request.header("cookie", format!("onenet={token}"));
            let answer = request
                .header("accept-language", "zh-CN")
                .send()
                .await
                .unwrap();
            // Whose office has no part in a case sees no page of it.
            if !answer.status().is_success() {
                continue;
            }
            pages += 1;
            let text = read(&answer.text().await.unwrap());
            let lines = text.lines().filter(|line| word.is_match(line));
            wrong.extend(lines.map(|line| (line.trim().to_owned(), path.split('/').nth(1))));
        }
    }
    assert!(pages > 300, "only {pages} pages");
    assert!(wrong.is_empty(), "{wrong:#?}");
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
    speaks_of_nothing_in_words_of_files(address, &all, &tokens).await;
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
