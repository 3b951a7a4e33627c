//! The applicant's page on a phone.

use super::browser::{Browser, DESK, Setup, browse};
use crate::api::server::{Server, task};
use serde_json::{Value, json};

/// An applicant's phone.
const PHONE: Setup = Setup {
    width: 360,
    height: 740,
    ..DESK
};

/// A case that waits for the applicant's bank card.
async fn incomplete(server: &Server) -> Value {
    let case = server.open().await;
    let path = format!("/api/v1/tasks/{}/complete", task(&case, "intake.check"));
    let body = json!({ "outcome": "一次性告知", "data": { "missing": ["bank_card"] }, "comment": "缺银行卡复印件" });
    server.post("wz-window", &path, &body).await.with(200);
    case
}

async fn look_up(browser: &Browser, case: &Value) {
    browser.open("/progress").await;
    browser
        .fill("#number", case["number"].as_str().unwrap())
        .await;
    browser
        .fill("#code", case["query_code"].as_str().unwrap())
        .await;
    browser.click("main button.main").await;
    browser.wait(".answers").await;
}

/// The four questions are answered on a screen of 360 pixels, readable for everybody, and in large print too.
#[test]
fn the_page_is_read_on_a_phone() {
    browse(PHONE, async |server, browser| {
        let case = incomplete(server).await;
        browser.open("/progress").await;
        browser.axe().await;
        browser
            .fill("#number", case["number"].as_str().unwrap())
            .await;
        browser.fill("#code", "12345").await;
        browser.click("main button.main").await;
        browser.see("[role=alert]", "没有查到").await;
        browser.axe().await;
        look_up(browser, &case).await;
        for print in ["normal", "large"] {
            browser.see(".answers", "请补交材料").await;
            let wide = "return document.documentElement.scrollWidth - document.documentElement.clientWidth";
            assert_eq!(
                browser.script(wide).await,
                0,
                "{print} print scrolls sideways"
            );
            browser.axe().await;
            browser.picture(&format!("progress-{print}")).await;
            browser.click("form[action='/progress/large'] button").await;
            browser.wait(".answers").await;
        }
    });
}
