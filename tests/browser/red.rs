//! A red card over a week of holidays, read by the supervisor who has to answer for it.

use super::browser::{Browser, DESK};
use crate::api::server::{Server, secret};
use crate::places::{Place, run};
use onenet::runtime::Clock;
use serde_json::json;

/// `calendar.md` of 2026: 国庆 lasts from the 1st to the 7th of October, and Saturday the 10th is worked instead.
#[test]
fn a_red_card_counts_its_days_over_a_week_of_holidays() {
    run(async {
        let clock = Clock::sandbox("2026-09-29T09:00:00+08:00".parse().unwrap());
        let mut server = Server::start(Place::file(), clock).await;
        let post = ["442000/si/supervisor"];
        let (id, name) = ("zs-supervisor", "赵桂勇");
        server.add(id, name, "person", secret(), &post).await;
        server.at_handler().await;
        let late = json!({ "set": "2026-10-15T10:00:00+08:00" });
        let moved = server.post("", "/api/v1/sandbox/clock", &late).await;
        moved.with(200);
        let red = server.get(id, "/api/v1/supervision/cards?level=red").await;
        let red = red.with(200);
        let promised = |card: &&serde_json::Value| card["clock"] == "promised";
        let card = red["cards"].as_array().unwrap().iter().find(promised);
        let card = card.unwrap()["id"].as_str().unwrap();

        let browser = Browser::new(&server.address, DESK).await;
        browser.sign_in(id).await;
        browser.open("/board?level=red").await;
        browser.click(&format!("a[href=\"/cards/{card}\"]")).await;
        browser.see("h1", "牌").await;
        browser.see(".sum", "7 个工作日").await;
        browser.see(".sum", "超").await;
        let days = browser.all("details[open] tbody tr").await;
        let expected = [
            ("2026-09-29", "起算当日，不计入"),
            ("2026-09-30", "第 1 天"),
            ("2026-10-01", "放假，不计"),
            ("2026-10-02", "放假，不计"),
            ("2026-10-03", "放假，不计"),
            ("2026-10-04", "放假，不计"),
            ("2026-10-05", "放假，不计"),
            ("2026-10-06", "放假，不计"),
            ("2026-10-07", "放假，不计"),
            ("2026-10-08", "第 2 天"),
            ("2026-10-09", "第 3 天"),
            ("2026-10-10", "第 4 天（国庆调休上班）"),
            ("2026-10-11", "周末，不计"),
            ("2026-10-12", "第 5 天"),
            ("2026-10-13", "第 6 天"),
            ("2026-10-14", "第 7 天"),
            ("2026-10-15", "第 8 天"),
        ];
        assert_eq!(days.len(), expected.len(), "{days:?}");
        for (row, (date, words)) in days.iter().zip(expected) {
            assert!(row.contains(date) && row.contains(words), "{row}");
        }
        browser.axe().await;
        browser.picture("red-card").await;
        // Beside the form what went up by itself day after day is one line.
        let task = server.get("zs-handler", "/api/v1/tasks?state=open").await;
        let task = task.with(200)["tasks"][0]["id"].clone();
        browser.client.delete_all_cookies().await.unwrap();
        browser.sign_in("zs-handler").await;
        browser
            .open(&format!("/tasks/{}", task.as_str().unwrap()))
            .await;
        browser.see("aside .timeline summary", "逐级上报").await;
    });
}
