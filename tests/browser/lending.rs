//! Lending a post to somebody of another city, in the browser: asked on the page of people, agreed to by another, and worked in.

use super::browser::{Browser, DESK, PLAIN, browse};
use crate::api::server::{Server, secret, task};
use jiff::Timestamp;

const DIRECTORY: &str = "/admin/directory";

async fn sign_out(browser: &Browser) {
    browser.click(".top form[action='/sign-out'] button").await;
    browser.arrives("/sign-in").await;
}

async fn people(server: &mut Server) {
    for (id, name, post) in [
        ("admin", "邹玉桂", "442000/si/security-admin"),
        ("admin-2", "熊宁", "442000/si/security-admin"),
        ("zy-helper", "袁敏", "520300/si/window"),
    ] {
        server.add(id, name, "person", secret(), &[post]).await;
    }
}

/// With scripts and without: what was asked waits for another, who agrees; the helper then picks the post in the bar, does the task,
/// and the timeline says from where he came.
#[test]
fn a_post_is_lent_agreed_to_and_worked_in() {
    for setup in [DESK, PLAIN] {
        browse(setup, async |server, browser| {
            people(server).await;
            let case = server.at_reviewer().await;
            browser.sign_in("admin").await;
            browser.open(DIRECTORY).await;
            browser.axe().await;
            for (css, value) in [
                ("#l-person", "zy-helper"),
                ("#l-post", "442000/si/reviewer"),
                ("#l-matters", "pension-lump-sum"),
            ] {
                let option = format!("{css} option[value='{value}']");
                browser.click(&option).await;
            }
            browser.fill("#l-why", "中山复核积压").await;
            browser.click("button[name=ask]").await;
            browser.see("main", "待第二人同意").await;
            sign_out(browser).await;
            browser.sign_in("admin-2").await;
            browser.open(DIRECTORY).await;
            browser.see("main", "中山复核积压").await;
            browser.click("button[name=agree]").await;
            browser.see("main", "生效中").await;
            browser.picture("lending").await;
            browser.axe().await;
            sign_out(browser).await;
            browser.sign_in("zy-helper").await;
            browser.click(".top details.post summary").await;
            let post = ".top details.post button[value='442000/si/reviewer']";
            browser.click(post).await;
            browser
                .see(".top details.post summary", "(借调，来自 遵义")
                .await;
            browser.picture("lending-post").await;
            browser.axe().await;
            let approve = task(&case, "approve");
            browser.open(&format!("/tasks/{approve}")).await;
            browser.click("button[value='通过']").await;
            browser.wait(".tabs").await;
            let id = case["id"].as_str().unwrap();
            browser.open(&format!("/cases/{id}?tab=time")).await;
            browser.see("main", "(借调，来自 遵义").await;
            let end: Timestamp = "2026-11-24T00:00:00+08:00".parse().unwrap();
            server.app.runtime.move_clock(end).await.unwrap();
            browser.open(&format!("/cases/{id}")).await;
            browser.see("h1", "没有这一页").await;
            browser.see(".top .post", "遵义").await;
        });
    }
}
