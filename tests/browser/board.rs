//! What supervisors and administrators see.

use super::browser::{DESK, browse};
use crate::api::server::secret;
use serde_json::json;

/// A number leads to a list of that length; a card is explained with one click and pursued by a form; nothing serious for axe.
#[test]
fn a_supervisor_goes_from_a_number_to_its_list_and_asks_about_a_card() {
    browse(DESK, async |server, browser| {
        let post = ["442000/si/supervisor"];
        server
            .add("zs-supervisor", "赵桂勇", "person", secret(), &post)
            .await;
        server.at_handler().await;
        let ahead = json!({ "advance": "2wd" });
        server.post("", "/api/v1/sandbox/clock", &ahead).await;
        browser.sign_in("zs-supervisor").await;
        browser.open("/board").await;
        browser.axe().await;
        browser.picture("board").await;
        let number = browser.text(".numbers .yellow strong").await;
        assert_eq!(number, "1");
        browser.click(".numbers .yellow a").await;
        browser.wait("table.list").await;
        browser.axe().await;
        browser.picture("cases").await;
        assert_eq!(browser.all("table.list tbody tr").await.len(), 1);
        browser.open("/board").await;
        browser.click("table.list tbody td a").await;
        browser.see("h1", "牌").await;
        browser.see(".sum", "1 个工作日").await;
        browser.axe().await;
        browser.picture("card").await;
        browser.fill("#words-pursue", "为何超过环节时限？").await;
        browser.click("button[value=pursue]").await;
        browser.see(".notes", "为何超过环节时限？").await;
        for (path, name) in [("/network", "network"), ("/board/trends", "trends")] {
            browser.open(path).await;
            browser.axe().await;
            browser.picture(name).await;
        }
    });
}

/// What was typed about a card that cannot be done any more stays where it was typed, with the reason.
#[test]
fn a_sentence_about_a_card_is_not_lost_when_it_comes_too_late() {
    browse(DESK, async |server, browser| {
        let post = ["442000/si/supervisor"];
        server
            .add("zs-supervisor", "赵桂勇", "person", secret(), &post)
            .await;
        server.at_handler().await;
        let ahead = json!({ "advance": "2wd" });
        server.post("", "/api/v1/sandbox/clock", &ahead).await;
        browser.sign_in("zs-supervisor").await;
        browser.open("/board").await;
        browser.click("table.list tbody td a").await;
        browser.fill("#words-close", "已在会上说明").await;
        let card = browser.path().await;
        let (_, id) = card.rsplit_once('/').unwrap();
        let asked = json!({ "words": "为何超过环节时限？" });
        let path = format!("/api/v1/supervision/cards/{id}/pursue");
        server.post("zs-supervisor", &path, &asked).await.with(200);
        browser.click("button[value=close]").await;
        browser.wait("#words-close[aria-invalid=true]").await;
        let kept = browser.wait("#words-close").await.prop("value").await;
        assert_eq!(kept.unwrap().unwrap(), "已在会上说明");
        browser.axe().await;
    });
}

/// Every place of the administration opens to its post, shows nothing serious to axe, and no case to anybody.
#[test]
fn administrators_find_their_places() {
    browse(DESK, async |server, browser| {
        let posts = [
            "442000/si/policy",
            "442000/si/system-admin",
            "442000/si/security-admin",
            "442000/si/audit-admin",
        ];
        for post in posts {
            let id = post.rsplit('/').next().unwrap();
            server.add(id, id, "person", secret(), &[post]).await;
        }
        for (who, places) in [
            (
                "policy",
                &[
                    "definitions",
                    "definitions/pension-lump-sum",
                    "calendars",
                    "parameters",
                ][..],
            ),
            ("system-admin", &["deliveries", "stuck"]),
            ("security-admin", &["directory"]),
            ("audit-admin", &["audit"]),
        ] {
            browser.sign_in(who).await;
            for place in places {
                browser.open(&format!("/admin/{place}")).await;
                browser.wait(".tabs a[aria-current]").await;
                browser.axe().await;
                browser
                    .picture(&format!("admin-{}", place.replace('/', "-")))
                    .await;
            }
            browser.click(".top form[action='/sign-out'] button").await;
        }
        browser.sign_in("audit-admin").await;
        browser.open("/admin/deliveries").await;
        browser.see("h1", "没有权限").await;
    });
}
