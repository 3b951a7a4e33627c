//! What concerns a person in particular: the bell, and acting for somebody who is away.

use super::browser::{DESK, PLAIN, browse};
use crate::api::server::{secret, task};
use onenet::runtime::Channels;
use serde_json::json;

/// A task handed over rings; the number in the top bar goes when the line is opened, which leads to the task. Works without script too.
#[test]
fn the_bell_rings_and_leads_to_the_task() {
    for setup in [DESK, PLAIN] {
        browse(setup, async |server, browser| {
            server.app.runtime.send(Channels::default());
            let case = server.at_handler().await;
            let id = task(&case, "records");
            let over = json!({ "to": "zs-handler-2", "reason": "出差" });
            let path = format!("/api/v1/tasks/{id}/transfer");
            server.post("zs-handler", &path, &over).await.with(200);
            let store = server.app.runtime.store();
            while store.unread("zs-handler-2", 10).await.unwrap() == 0 {
                tokio::task::yield_now().await;
            }
            browser.sign_in("zs-handler-2").await;
            assert_eq!(browser.text("a.bell .count").await, "1");
            browser.click("a.bell").await;
            browser.see(".bells li.unread", "转交给您").await;
            browser.axe().await;
            browser.picture("bell").await;
            browser.click(".bells button").await;
            browser.arrives(&format!("/tasks/{id}")).await;
            assert!(browser.all("a.bell .count").await.is_empty(), "it is read");
            browser.open("/bell").await;
            browser.see(".empty", "没有未读").await;
            browser.open("/bell?tab=all").await;
            browser.see(".bells", "转交给您").await;
        });
    }
}

/// Of one case the newest line stands in the list, what is older behind it.
#[test]
fn the_bell_tells_a_case_once() {
    browse(DESK, async |server, browser| {
        server.app.runtime.send(Channels::default());
        let case = server.at_handler().await;
        let path = format!("/api/v1/tasks/{}/transfer", task(&case, "records"));
        let ways = [
            ("zs-handler", "zs-handler-2"),
            ("zs-handler-2", "zs-handler"),
            ("zs-handler", "zs-handler-2"),
        ];
        for (from, to) in ways {
            let over = json!({ "to": to, "reason": "出差" });
            server.post(from, &path, &over).await.with(200);
        }
        let store = server.app.runtime.store();
        while store.unread("zs-handler-2", 10).await.unwrap() < 2 {
            tokio::task::yield_now().await;
        }
        browser.sign_in("zs-handler-2").await;
        browser.open("/bell").await;
        browser.see(".bells li.older", "还有 1 条较早的").await;
        assert_eq!(browser.text(".bells").await.matches("转交给您").count(), 1);
        browser.click(".older summary").await;
        assert_eq!(browser.text(".bells").await.matches("转交给您").count(), 2);
        browser.axe().await;
    });
}

/// A lead enters an absence by the page; the deputy chooses to act for the absent one, sees what he holds, and does it.
#[test]
fn a_deputy_acts_for_the_absent_one() {
    browse(DESK, async |server, browser| {
        let post = ["442000/si/lead"];
        server
            .add("zs-lead", "黄涛", "person", secret(), &post)
            .await;
        let case = server.at_reviewer().await;
        let id = task(&case, "approve");
        let path = format!("/api/v1/tasks/{id}/claim");
        server
            .post("zs-reviewer", &path, &json!({}))
            .await
            .with(200);
        browser.sign_in("zs-lead").await;
        browser.open("/settings/absence").await;
        browser.script("document.getElementById('a-person').value = 'zs-reviewer'; document.getElementById('a-deputy').value = 'zs-finance';").await;
        browser.axe().await;
        browser.click("form.absence button.main").await;
        browser.see("table.list", "陈宁红").await;
        browser.axe().await;
        browser.picture("absence").await;
        browser.open("/settings/notices").await;
        browser.wait("table.list select").await;
        browser.axe().await;
        browser.picture("subscriptions").await;
        browser.click(".top form[action='/sign-out'] button").await;
        browser.sign_in("zs-finance").await;
        browser.click(".top details.post summary").await;
        browser
            .click(".top details.post button[value$='zs-reviewer']")
            .await;
        browser.see(".top details.post summary", "代张兰超").await;
        browser.open("/work?tab=mine").await;
        browser
            .see("table.list", case["number"].as_str().unwrap())
            .await;
        browser.picture("standing").await;
        let done = json!({ "outcome": "通过", "data": {} }).to_string();
        let path = format!("/api/v1/tasks/{id}/complete");
        let headers = [("x-stands-for", "zs-reviewer")];
        let done = server
            .call("zs-finance", "POST", &path, &headers, Some(&done))
            .await;
        done.with(200);
        browser
            .open(&format!(
                "/cases/{}?tab=time",
                case["number"].as_str().unwrap()
            ))
            .await;
        browser.see(".timeline", "陈宁红 代张兰超").await;
    });
}
