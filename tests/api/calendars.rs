//! A year's calendar is published: open limits are worked out anew, and nothing else is touched.

use super::server::{MONDAY, OTHERS, Server};
use super::visitor::Visitor;
use crate::runtime::{library, start};
use crate::{check, each};
use engine::library::Library;
use onenet::runtime::{Clock, Reach};
use onenet::store::Store;
use serde_json::{Value, json};
use std::sync::Arc;

const PLACE: &str = "network/calendars/national-2027.yaml";
/// A made-up year: New Year's Day is a Friday, and the Monday after it is off too.
const YEAR: &str = "calendar: national\nyear: 2027\nnotice: 测试\nissued: 2026-12-29\nversion: \"1\"\ndays: |\n  \
                    2027-01-01 | 周五 | 休 | 元旦 | 法定\n  2027-01-04 | 周一 | 休 | 元旦 | 调休\n";

/// Moves the clock.
async fn at(server: &Server, time: &str) {
    let set = json!({ "set": time });
    server
        .post("", "/api/v1/sandbox/clock", &set)
        .await
        .with(200);
}

/// Publishes calendars, and waits until all cases have been looked at.
async fn publish(server: &Server, path: &str, text: &str) -> Value {
    let files = json!({ "files": { path: text } });
    let plan = server.post("author", "/api/v1/definitions", &files);
    let plan = plan.await.with(200);
    let version = server.app.runtime.calendars();
    assert_eq!(plan["calendars"]["revision"], version);
    loop {
        let all = server.app.runtime.store().recounts().await.unwrap();
        let done = |row: &&onenet::store::RecountRow| row.ended.is_some();
        if all.iter().filter(done).any(|row| row.calendar == version) {
            return plan;
        }
        tokio::task::yield_now().await;
    }
}

/// The promise of a case.
async fn promise(server: &Server, case: &Value) -> Value {
    let path = format!("/api/v1/cases/{}/clock", case["id"].as_str().unwrap());
    let clocks = server.get("zs-handler", &path).await.with(200);
    clocks["promised"].clone()
}

async fn history(server: &Server, case: &Value) -> Vec<Value> {
    let path = format!("/api/v1/cases/{}/history", case["id"].as_str().unwrap());
    let history = server.get("zs-handler", &path).await.with(200);
    history.as_array().unwrap().clone()
}

/// G23, G24: provisional ends become firm, the old and the new end and the version stand in the history, whoever works on it and the
/// applicant are told, what has ended stays as it was; a number is the length of its list.
#[test]
fn g023_a_new_calendar_moves_open_limits_and_says_so() {
    each(async |place| {
        let clock = Clock::sandbox(MONDAY.parse().unwrap());
        let reach = Reach {
            everyone: true,
            ..Reach::default()
        };
        let server = Server::reaching(place, clock, reach).await;
        let early = server.at_handler().await;
        at(&server, "2026-12-29T09:30:00+08:00").await;
        let late = server.of_at_handler(OTHERS[0]).await;
        let before = promise(&server, &late).await;
        // Seven working days: 12-30, 12-31, 01-01 (nobody has published it yet), 01-04 … 01-07.
        assert_eq!(before["due"], "2027-01-07T17:00:00+08:00", "{before}");
        assert_eq!(before["provisional"], true);
        let red = promise(&server, &early).await;
        assert_eq!(red["level"], "red");

        let plan = publish(&server, PLACE, YEAR).await;
        assert_eq!(plan["calendars"]["staying"], 2);
        let after = promise(&server, &late).await;
        assert_eq!(after["due"], "2027-01-11T17:00:00+08:00", "{after}");
        assert_eq!(after["provisional"], false);
        let events = history(&server, &late).await;
        let told = events.iter().find(|e| e["type"] == "recounted").unwrap();
        assert_eq!(told["data"]["calendar"], 2);
        let clocks = told["data"]["clocks"].as_array().unwrap().iter();
        let promised = clocks.clone().find(|c| c["clock"] == "promised").unwrap();
        assert_eq!(promised["was"], "2027-01-07T09:00:00Z");
        assert_eq!(promised["ledger"]["due"], "2027-01-11T09:00:00Z");

        assert_eq!(promise(&server, &early).await, red, "no day of it differs");
        assert!(
            !history(&server, &early)
                .await
                .iter()
                .any(|e| e["type"] == "recounted")
        );
        let list = "/api/v1/cases?moved=2";
        let list = server.get("zs-handler", list).await.with(200);
        assert_eq!(
            (&list["total"], &list["cases"][0]["id"]),
            (&json!(1), &late["id"])
        );
        let sum = server.app.runtime.store().moved_sum(2).await.unwrap();
        assert_eq!(sum.later, clocks.count() as i64);
        assert_eq!((sum.earlier, sum.firm), (0, 0));
        let outbox = server.get("", "/api/v1/sandbox/outbox").await.with(200);
        let to = |to: &str| {
            let all = outbox.as_array().unwrap().iter();
            all.filter(|m| m["about"] == "recounted" && m["to"] == to)
                .count()
        };
        assert_eq!(
            (to("applicant"), to("442000/si/handler")),
            (1, 1),
            "{outbox:#}"
        );

        // The same again is no other version, and nothing happens.
        let files = json!({ "files": { PLACE: YEAR } });
        let plan = server
            .post("author", "/api/v1/definitions", &files)
            .await
            .with(200);
        assert_eq!(plan["calendars"], Value::Null);
    });
}

/// G23: a day off that comes late moves the end of a limit that has a card; the card stays until a supervisor closes it.
#[test]
fn g023_no_card_is_taken_back() {
    each(async |place| {
        let mut server = Server::sandbox(place).await;
        let post = ["442000/si/supervisor"];
        server
            .add("zs-supervisor", "赵桂勇", "person", "", &post)
            .await;
        let case = server.at_handler().await;
        at(&server, "2026-12-03T09:30:00+08:00").await;
        let before = promise(&server, &case).await;
        assert_eq!(before["due"], "2026-12-02T17:00:00+08:00", "{before}");
        assert_eq!(before["level"], "red");
        let path = "/api/v1/supervision/cards";
        let cards = server.get("zs-supervisor", path).await.with(200);
        let red = |cards: &Value| {
            let all = cards["cards"].as_array().unwrap().iter();
            all.filter(|c| c["level"] == "red" && c["clock"] == "promised")
                .count()
        };
        assert_eq!(red(&cards), 1, "{cards}");

        let storm = "calendar: \"442000\"\nversion: \"1\"\ndays: |\n  2026-12-02 | 周三 | 休 | 台风 | 临时\n";
        publish(&server, "network/calendars/442000.yaml", storm).await;
        let after = promise(&server, &case).await;
        assert_eq!(after["due"], "2026-12-03T17:00:00+08:00", "{after}");
        assert_eq!(after["level"], "yellow");
        let still = server.get("zs-supervisor", path).await.with(200);
        assert_eq!(still["cards"], cards["cards"]);

        // The new end passes too: that is another card.
        at(&server, "2026-12-04T09:30:00+08:00").await;
        let cards = server.get("zs-supervisor", path).await.with(200);
        assert_eq!(red(&cards), 2, "{cards}");
    });
}

/// Shows something for three working days.
const NOTICE: &str = "matter: public-notice\ntitle: 公示\ncode: GONGSHI\nchannels: [window]\ndecides: handler\nparties:\n  \
                      handler: { title: 经办, city: 中山, department: si, post: handler }\nsteps:\n  \
                      - { id: shown, title: 公示三日, wait: 3wd }\n  \
                      - { id: work, title: 办理, task: handler, outcomes: { 办好: { end: completed } } }\n";

/// A2: a wait of working days moves like a limit, and is among what has moved; its old end sets nothing off.
#[test]
fn a_new_calendar_moves_a_wait() {
    each(async |place| {
        let server = Server::sandbox(place).await;
        let files = json!({ "files": { "public-notice/matter.yaml": NOTICE } });
        let plan = server.post("author", "/api/v1/definitions", &files);
        plan.await.with(200);
        at(&server, "2026-12-30T09:30:00+08:00").await;
        let mut application = super::server::application();
        application["matter"] = json!("public-notice");
        application["form"] = json!({});
        let case = server.post("wz-window", "/api/v1/cases", &application);
        let case = case.await.with(201);

        publish(&server, PLACE, YEAR).await;
        let events = history(&server, &case).await;
        let told = events.iter().find(|e| e["type"] == "recounted").unwrap();
        let wait = &told["data"]["waits"][0];
        // Without the year 12-31, 01-01, 01-04; with it 12-31, 01-05, 01-06.
        assert_eq!(wait["was"], "2027-01-04T09:00:00Z", "{told}");
        assert_eq!(wait["until"], "2027-01-06T09:00:00Z");
        let sum = server.app.runtime.store().moved_sum(2).await.unwrap();
        assert_eq!((sum.later, sum.earlier, sum.firm), (1, 0, 0));
        let list = server.get("zs-handler", "/api/v1/cases?moved=2").await;
        assert_eq!(list.with(200)["total"], 1);
        let home = format!("/cases/{}", case["id"].as_str().unwrap());
        let clerk = Visitor::signed_in(&server, "zs-handler", &home).await;
        let page = clerk.get(&format!("{home}?tab=time")).await;
        let page = page.text().await.unwrap();
        assert!(
            page.contains("公示三日由 2027-01-04 17:00 改为 2027-01-06 17:00"),
            "{page}"
        );

        let open = async |time: &str| {
            at(&server, time).await;
            let path = format!("/api/v1/cases/{}", case["id"].as_str().unwrap());
            let case = server.get("zs-handler", &path).await.with(200);
            case["tasks"].as_array().unwrap().len()
        };
        assert_eq!(open("2027-01-06T16:59:00+08:00").await, 0);
        assert_eq!(open("2027-01-06T17:00:00+08:00").await, 1);
    });
}

/// What was published while the program ran is there after a new start with the same files, and is no new version.
#[test]
fn g040_what_was_published_outlives_a_restart() {
    check(async |store, url| {
        let runtime = start(store).await;
        let mut files: Vec<(&str, &str)> = Vec::new();
        let before = library().files.clone();
        files.extend(before.iter().map(|(path, text)| (&**path, &**text)));
        files.push((PLACE, YEAR));
        let with_year = Library::read(&files, &mut Default::default());
        runtime.publish(Arc::new(with_year)).await.unwrap();
        assert_eq!(runtime.calendars(), 2);
        runtime.shutdown().await.unwrap();

        let runtime = start(Store::open(url).await.unwrap()).await;
        assert_eq!(runtime.calendars(), 2);
        let years = runtime.library().network.calendars().years();
        assert!(years.contains(&2027), "{years:?}");
        runtime.shutdown().await.unwrap();
    });
}
