//! Every page there is, taken from the table of routes, so that a new one cannot be forgotten: narrow, in both languages, light, and sound.

use super::browser::{Browser, DESK, Setup, browse};
use crate::api::server::{Server, application, secret, task};
use regex::Regex;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;

/// A window as narrow as a desk at 400 %.
const NARROW: Setup = Setup {
    width: 320,
    height: 640,
    ..DESK
};

/// A name as long as names become.
const NAME: &str = "阿卜杜热依木·艾合买提江·买买提明·吐尔逊江·努尔";

/// What a page and all it loads may weigh, how much more where authors work, and how much less an applicant's page (product §10).
const MOST: u64 = 100 * 1024;
const AUTHORS: u64 = 250 * 1024;
const PUBLIC: u64 = 60 * 1024;
/// Addresses of the table that answer no page: files, a way on, a bit of a page, or a step of a sign-in under way.
const NO_PAGES: [&str; 11] = [
    "/",
    "/assets/{name}",
    "/session",
    "/cases.csv",
    "/cases.xlsx",
    "/board/cards.csv",
    "/board/cards.xlsx",
    "/p/{link}/papers/{no}",
    "/handoffs/{id}/papers/{hash}",
    "/sign-in/code",
    "/sign-in/device",
];

/// The people who look, with the posts they hold.
const READERS: [(&str, &str, &[&str]); 5] = [
    ("zs-supervisor", "赵桂勇", &["442000/si/supervisor"]),
    ("zs-lead", "黄涛", &["442000/si/lead"]),
    ("admin-security", "邹玉桂", &["442000/si/security-admin"]),
    ("admin-audit", "熊宁", &["442000/si/audit-admin"]),
    (
        "admin-system",
        "廖兰超",
        &["442000/si/system-admin", "442000/si/audit-admin"],
    ),
];

#[test]
fn every_page_is_sound_in_chinese() {
    every_page(NARROW);
}

#[test]
fn every_page_is_english_in_english() {
    every_page(Setup {
        language: "en",
        ..NARROW
    });
}

/// The same at a desk, where tables are tables.
#[test]
fn every_page_is_sound_at_a_desk() {
    every_page(DESK);
}

fn every_page(setup: Setup) {
    browse(setup, async |server, browser| {
        let addresses = addresses(&story(server).await);
        let mut by_reader: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (who, address) in &addresses {
            by_reader.entry(who).or_default().push(address);
        }
        let known = known_chinese();
        let mut wrong = Vec::new();
        for (who, addresses) in by_reader {
            browser.open("/progress").await;
            browser.client.delete_all_cookies().await.unwrap();
            if !who.is_empty() {
                browser.sign_in(who).await;
            }
            for address in addresses {
                browser.open(address).await;
                let found = look(browser, address, setup, &known).await;
                let name = address.trim_start_matches('/');
                let name = name.replace(['/', '?', '=', '&', '.'], "-");
                let width = setup.width;
                browser
                    .picture(&format!("{name}-{}-{width}", setup.language))
                    .await;
                let barriers = browser.barriers().await;
                let barriers = barriers
                    .iter()
                    .map(|b| format!("{}: {}", b["id"], b["nodes"]));
                let found = found.into_iter().chain(barriers);
                wrong.extend(found.map(|f| format!("{address}: {f}")));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    });
}

/// What is wrong with the page before us.
async fn look(browser: &Browser, address: &str, setup: Setup, known: &str) -> Vec<String> {
    let page = browser.script(include_str!("every_page.js")).await;
    let number = |name: &str| page[name].as_u64().unwrap();
    let mut wrong = Vec::new();
    let mut must = |right: bool, what: String| {
        if !right {
            wrong.push(what);
        }
    };
    must(
        number("status") == 200,
        format!("is no page: {}", page["status"]),
    );
    must(
        page["lang"] == setup.language,
        format!("says it is {}", page["lang"]),
    );
    must(number("h1") == 1, format!("has {} h1", page["h1"]));
    must(
        page["wide"] == 0,
        format!("scrolls sideways by {}: {}", page["wide"], page["widest"]),
    );
    let most = match page["public"].as_bool().unwrap() {
        true => PUBLIC,
        false if address.starts_with("/admin/definitions") => AUTHORS,
        false => MOST,
    };
    let weighs = number("weight");
    must(weighs <= most, format!("weighs {weighs} bytes"));
    must(
        page["bare_keys"] == json!([]),
        format!("shows {}", page["bare_keys"]),
    );
    if setup.language == "en" {
        let chinese = page["chinese"].as_array().unwrap().iter();
        let texts = chinese.filter_map(Value::as_str);
        let alien: Vec<&str> = texts.filter(|text| !known.contains(text)).collect();
        must(alien.is_empty(), format!("speaks Chinese: {alien:?}"));
    }
    wrong
}

/// Chinese that an English page may show: what the files under `workflows/` say, which are data, and names of people.
fn known_chinese() -> String {
    let mut texts: Vec<String> = READERS.iter().map(|r| r.1.to_owned()).collect();
    texts.extend(
        [
            NAME,
            "示例银行",
            "国家平台",
            "郭明李勇艳孙平张兰超陈宁红阿里木周文吴静",
            "中文",
        ]
        .map(str::to_owned),
    );
    // What a message says around a date; official terms beside the English ones, in the description of the API.
    texts.push("预计11月25日前办结 特别程序 销牌 委派 拿回 补正 督办 催办 文号".to_owned());
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    // What was sent was sent in the language of whoever gets it.
    let mut folders = ["workflows", "notifications/templates"]
        .map(|f| root.join(f))
        .to_vec();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => folders.push(path),
                false => texts.push(std::fs::read_to_string(path).unwrap()),
            }
        }
    }
    texts.concat()
}

/// What the addresses with places in them name.
struct Story {
    case: String,
    task: String,
    card: String,
    link: String,
    paper: String,
}

/// A case of somebody with a long name on the handler's table, late; and people who look.
async fn story(server: &mut Server) -> Story {
    for (id, name, posts) in READERS {
        server.add(id, name, "person", secret(), posts).await;
    }
    let mut application = application();
    application["applicant"]["name"] = json!(NAME);
    let case = server
        .post("wz-window", "/api/v1/cases", &application)
        .await
        .with(201);
    let accepted = server.complete("wz-window", &case, "intake.check", "齐全", json!({}));
    let task = task(&accepted.await, "records");
    let ahead = json!({ "advance": "2wd" });
    server.post("", "/api/v1/sandbox/clock", &ahead).await;
    let id = case["id"].as_str().unwrap();
    let number: i64 = id.parse().unwrap();
    let seen = server.app.runtime.case(number.try_into().unwrap()).await;
    let link = server.app.runtime.kept_link(&seen.unwrap().unwrap()).await;
    let cards = server
        .get("zs-supervisor", "/api/v1/supervision/cards")
        .await;
    let card = cards.with(200)["cards"][0].clone();
    let papers = format!("/api/v1/cases/{id}/documents");
    let papers = server.get("zs-handler", &papers).await.with(200);
    let paper = papers[0]["id"].as_str().unwrap();
    Story {
        paper: paper.rsplit('-').next().unwrap().to_owned(),
        case: id.to_owned(),
        task,
        card: card["id"].as_str().unwrap().to_owned(),
        link: link.unwrap(),
    }
}

/// Who opens which address: every route that can be got, and those that show something else by what they are asked.
fn addresses(story: &Story) -> Vec<(&'static str, String)> {
    let table = include_str!("../../src/pages/mod.rs");
    let route = Regex::new(r#"\.route\(\s*"([^"]+)",\s*get\("#).unwrap();
    let mut all: Vec<String> = route
        .captures_iter(table)
        .map(|c| c[1].to_owned())
        .filter(|path| !NO_PAGES.contains(&path.as_str()))
        .collect();
    assert!(all.len() > 30, "the table of routes is not read: {all:?}");
    for tab in [
        "time",
        "materials",
        "papers",
        "notices",
        "flow",
        "data",
        "audit",
    ] {
        all.push(format!("/cases/{{id}}?tab={tab}"));
    }
    for tab in ["open", "waiting", "done", "followed", "office"] {
        all.push(format!("/work?tab={tab}"));
    }
    all.push("/admin/definitions/{id}?part=flow".to_owned());
    all.push("/admin/publish?path=network".to_owned());
    all.into_iter()
        .map(|path| (reader(&path), filled(&path, story)))
        .collect()
}

fn reader(path: &str) -> &'static str {
    let begins = |with: &[&str]| with.iter().any(|w| path.starts_with(w));
    match path {
        "/admin/definitions/{id}/difference" => "author",
        _ if begins(&["/admin/publish"]) => "author",
        _ if begins(&["/sign-in", "/progress", "/p/", "/api/docs"]) => "",
        _ if begins(&["/new", "/cases/{id}/receipt"]) => "wz-window",
        _ if begins(&["/board", "/cards", "/network"]) => "zs-supervisor",
        _ if begins(&["/settings"]) => "zs-lead",
        "/admin/directory" | "/admin/factors" => "admin-security",
        "/admin/audit" => "admin-audit",
        _ if begins(&["/admin"]) => "admin-system",
        _ => "zs-handler",
    }
}

fn filled(path: &str, story: &Story) -> String {
    let filled = match path.split('/').nth(1) {
        Some("tasks") => path.replace("{id}", &story.task),
        Some("cards") => path.replace("{id}", &story.card),
        Some("admin") => path.replace("{id}", "pension-lump-sum"),
        _ => path.replace("{id}", &story.case),
    };
    let filled = filled.replace("{matter}", "pension-lump-sum");
    let filled = filled
        .replace("{link}", &story.link)
        .replace("{no}", &story.paper);
    let filled = match path {
        "/cases/{id}/act" => format!("{filled}?act=suspend"),
        "/admin/definitions/{id}/difference" => format!("{filled}?from=1&to=1"),
        _ => filled,
    };
    assert!(
        !filled.contains('{'),
        "{path}: say here what stands in its place"
    );
    filled
}
