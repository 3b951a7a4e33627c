//! The work of a desk and of an applicant by keys alone: no mouse, and nothing chosen but by Tab.

use super::browser::{Browser, DESK, browse};
use crate::api::samples::png;
use crate::api::server::task;
use fantoccini::Locator;
use fantoccini::key::Key;
use serde_json::json;

const ENTER: char = '\u{e007}';
const SPACE: &str = " ";

/// Goes on by Tab until this has focus.
async fn tab_to(browser: &Browser, css: &str) {
    browser.wait(css).await;
    let here = format!("return document.activeElement.matches({css:?})");
    for _ in 0..300 {
        browser.press(&char::from(Key::Tab).to_string()).await;
        if browser.script(&here).await == true {
            return;
        }
    }
    panic!("{css} is not reached by Tab");
}

/// Goes to it by Tab and presses Enter there.
async fn enter(browser: &Browser, css: &str) {
    tab_to(browser, css).await;
    browser.press(&ENTER.to_string()).await;
}

/// A clerk fills in a task, hands in a file, finishes it, and prints what went out.
#[test]
fn a_task_is_filled_in_and_its_paper_printed_by_keys_alone() {
    browse(DESK, async |server, browser| {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("身份证.png");
        std::fs::write(&file, png()).unwrap();
        let case = server.at_handler().await;
        browser.sign_in("zs-handler").await;
        browser.open("/work?tab=open").await;
        browser.wait("tr[data-row]").await;
        browser.press("j").await;
        browser.press(&ENTER.to_string()).await;
        tab_to(browser, "#sheet-months").await;
        browser.press("96").await;
        tab_to(browser, "#sheet-balance").await;
        browser.press("28640.55").await;
        // What is typed first takes the task; now it may be given back.
        tab_to(browser, "#verbs form[action$='/release'] button").await;
        // The window in which a file is chosen is the system's; the button that opens it is reached.
        tab_to(browser, "#file-identity").await;
        let place = browser.client.active_element().await.unwrap();
        place.send_keys(file.to_str().unwrap()).await.unwrap();
        browser.see("#files .files", "身份证.png").await;
        enter(browser, "[name=outcome][value=可以办理]").await;
        browser.see(".notice", "已办理：可以办理").await;
        enter(browser, ".notice a[href*='/papers/']").await;
        browser.wait("article.paper").await;
        // What the printer would get.
        browser
            .script("window.print = () => { document.title = 'printed' }")
            .await;
        enter(browser, "[data-print]").await;
        assert_eq!(browser.client.title().await.unwrap(), "printed");
        let path = format!("/api/v1/cases/{}", case["id"].as_str().unwrap());
        let now = server.get("zs-handler", &path).await.with(200);
        assert_eq!(now["tasks"][0]["step"], "inform", "{now}");
    });
}

/// An applicant looks up his case, hands in what is missing, and later takes everything back and says what he thinks of it.
#[test]
fn an_applicant_answers_withdraws_and_grades_by_keys_alone() {
    browse(DESK, async |server, browser| {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("银行卡.png");
        std::fs::write(&file, png()).unwrap();
        let case = server.open().await;
        let path = format!("/api/v1/tasks/{}/complete", task(&case, "intake.check"));
        let body = json!({ "outcome": "一次性告知", "data": { "missing": ["bank_card"] }, "comment": "缺银行卡复印件" });
        server.post("wz-window", &path, &body).await.with(200);
        browser.open("/progress").await;
        tab_to(browser, "#number").await;
        browser.press(case["number"].as_str().unwrap()).await;
        tab_to(browser, "#code").await;
        browser.press(case["query_code"].as_str().unwrap()).await;
        browser.press(&ENTER.to_string()).await;
        browser.wait(".answers").await;
        tab_to(browser, "#file-bank_card").await;
        let place = browser.client.active_element().await.unwrap();
        place.send_keys(file.to_str().unwrap()).await.unwrap();
        enter(browser, ".todo button[value='已补交']").await;
        browser.see(".notice.good", "已提交").await;
        enter(browser, "details.act summary").await;
        enter(browser, "details.act[open] button").await;
        browser.gone("details.act").await;
        // Of several grades one is reached by Tab, the others by arrows.
        tab_to(browser, "[name=grade]").await;
        browser.press(SPACE).await;
        browser.press(&char::from(Key::Down).to_string()).await;
        browser.wait("[name=grade]:checked").await;
        enter(browser, "form[action$='/rate'] button").await;
        browser.see(".notice.good", "评价已记录").await;
        let done = Locator::Css("#rate [name=grade]:checked");
        assert!(browser.client.find_all(done).await.unwrap().is_empty());
    });
}
