//! A task as a clerk does it: by keyboard, against a colleague, without scripts, and when a paper goes out with it.

use super::browser::{Browser, DESK, PLAIN, browse};
use crate::api::server::{ID_NUMBER, OTHERS, PASSWORD, Server, form_token, task};
use serde_json::{Value, json};

const ENTER: char = '\u{e007}';
const TAB: &str = "\u{e004}";

/// Fills in what the handler finds in the records.
async fn fill(browser: &Browser, months: &str) {
    browser.fill("#sheet-months", months).await;
    browser.fill("#sheet-balance", "28640.55").await;
}

async fn case(server: &Server, case: &Value) -> Value {
    let path = format!("/api/v1/cases/{}", case["id"].as_str().unwrap());
    server.get("zs-handler", &path).await.with(200)
}

fn address(case: &Value, step: &str) -> String {
    format!("/tasks/{}", task(case, step))
}

/// Product 13.2: the most urgent task is done with three keys besides its fields, the next ones with one each.
#[test]
fn three_tasks_in_a_row_are_done_by_keyboard() {
    browse(DESK, async |server, browser| {
        let mut cases = vec![server.at_handler().await];
        for id_number in OTHERS {
            cases.push(server.of_at_handler(id_number).await);
        }
        browser.sign_in("zs-handler").await;
        browser.open("/work?tab=open").await;
        browser.wait("tr[data-row]").await;
        browser.press("j").await;
        browser.press(&ENTER.to_string()).await;
        for _ in 0..2 {
            fill(browser, "96").await;
            browser.press_with_ctrl(ENTER).await;
            browser.see("#told", "已办理：可以办理").await;
        }
        browser.picture("task-next").await;
        browser.axe().await;
        fill(browser, "96").await;
        browser.press_with_ctrl(ENTER).await;
        browser.wait(".tabs").await;
        for one in &cases {
            let now = case(server, one).await;
            assert_eq!(now["tasks"][0]["step"], "inform", "{now}");
        }
    });
}

/// G45, product 13.4: who types second is told at once who began; what he typed is not lost when it is too late, and one effect stays.
#[test]
fn g045_two_browsers_on_one_task_have_one_effect_and_lose_no_text() {
    browse(DESK, async |server, first| {
        let opened = server.at_handler().await;
        let at = address(&opened, "records");
        let second = Browser::new(&server.address, DESK).await;
        first.sign_in("zs-handler").await;
        second.sign_in("zs-handler-2").await;
        first.open(&at).await;
        second.open(&at).await;
        first.fill("#sheet-months", "96").await;
        first
            .wait("#sheet-months")
            .await
            .send_keys(TAB)
            .await
            .unwrap();
        first.see("#saved", "已自动保存").await;
        second.fill("#sheet-months", "97").await;
        second
            .wait("#sheet-months")
            .await
            .send_keys(TAB)
            .await
            .unwrap();
        second.see("#told", "李勇艳").await;
        second.picture("task-held").await;
        fill(first, "96").await;
        first.click("[name=outcome][value=可以办理]").await;
        first.see(".notice", "已办理：可以办理").await;
        fill(&second, "97").await;
        second.click("[name=outcome][value=可以办理]").await;
        second.see(".notice", "李勇艳").await;
        second.see(".notice", "您填写的内容已保留").await;
        let kept = second.wait("#kept").await.prop("value").await.unwrap();
        assert!(kept.unwrap().contains("97"));
        second.picture("task-conflict").await;
        second.axe().await;
        let history = format!("/api/v1/cases/{}/history", opened["id"].as_str().unwrap());
        let history = server.get("zs-handler", &history).await.with(200);
        let done = history.as_array().unwrap().iter();
        let done = done.filter(|e| e["type"] == "step_done" && e["step"] == "records");
        assert_eq!(done.count(), 1);
    });
}

/// The core of the work needs no script: open, fill in, keep, complete, print.
#[test]
fn a_task_is_done_with_scripts_off() {
    browse(PLAIN, async |server, browser| {
        let opened = server.at_handler().await;
        browser.sign_in("zs-handler").await;
        browser.open(&address(&opened, "records")).await;
        browser.fill("#sheet-months", "很多").await;
        browser.click("[name=save]").await;
        browser.see("#told", "草稿已保存").await;
        let kept = browser.wait("#sheet-months").await.prop("value").await;
        assert_eq!(kept.unwrap().unwrap(), "很多");
        fill(browser, "很多").await;
        browser.click("[name=outcome][value=可以办理]").await;
        browser.see(".summary", "缴费").await;
        browser.picture("task-wrong").await;
        fill(browser, "96").await;
        browser.click("[name=outcome][value=可以办理]").await;
        browser.see(".notice", "已办理：可以办理").await;
        browser.click("a[href$='tab=papers']").await;
        browser.click("td a[href*='/papers/']").await;
        browser.wait("article.paper h1").await;
        assert_eq!(browser.all(".hash code").await[0].len(), 64);
        browser.picture("paper").await;
    });
}

/// What goes against the applicant asks why, and is read before it goes out; nothing goes out before it is confirmed.
#[test]
fn a_refusal_is_read_before_it_is_issued() {
    browse(DESK, async |server, browser| {
        let opened = server.open().await;
        browser.sign_in("wz-window").await;
        browser.open(&address(&opened, "intake.check")).await;
        browser.picture("task-intake").await;
        browser.axe().await;
        browser.click("[name=outcome][value=不属本机关]").await;
        browser.wait("#reason").await;
        assert!(browser.all("#reason-error").await.is_empty());
        browser.click("#asking button").await;
        browser.see("#reason-error", "请填写理由").await;
        browser.axe().await;
        browser.fill("#reason", "应向参保地申请").await;
        browser.click("#asking button").await;
        browser.see(".preview", "不予受理通知书").await;
        browser.see(".preview", "应向参保地申请").await;
        browser.picture("task-preview").await;
        browser.axe().await;
        let before = case(server, &opened).await;
        assert_eq!(before["status"], "received");
        browser.click("#asking button").await;
        browser.see(".notice", "已办理：不属本机关").await;
        let after = case(server, &opened).await;
        assert_eq!(after["status"], "not_accepted");
    });
}

/// Papers are judged where they stand: what is missing or of no use is ticked there; the notice says so, begins with what was noted, and
/// is printed from the page that comes next. Whoever still ticks something cannot call it complete.
#[test]
fn papers_are_judged_one_by_one() {
    for setup in [DESK, PLAIN] {
        browse(setup, async |server, browser| {
            let opened = server.open().await;
            let at = format!("/cases/{}", opened["id"].as_str().unwrap());
            browser.sign_in("wz-window").await;
            browser.open(&format!("{at}?tab=materials")).await;
            browser.see("table", "待核").await;
            assert!(!browser.text("table").await.contains("齐全"));
            browser.open(&address(&opened, "intake.check")).await;
            browser.click(".reveal summary").await;
            browser.click(".reveal [value='/id_number']").await;
            assert_eq!(browser.text(".revealed").await, ID_NUMBER);
            browser.click(".panel a.button").await;
            browser.arrives(&address(&opened, "intake.check")).await;
            browser.click("[name='/missing'][value=bank_card]").await;
            browser.click("[name='/faulty'][value=identity]").await;
            browser.fill("#sheet-note", "身份证照片看不清").await;
            browser.picture("task-judged").await;
            browser.click("[name=outcome][value=齐全]").await;
            browser.see(".summary", "只在没有缺少的材料时可选").await;
            let kept = browser.wait("[name='/faulty'][value=identity]").await;
            assert!(kept.is_selected().await.unwrap());
            browser.axe().await;
            browser.click("[name=outcome][value=一次性告知]").await;
            let reason = browser.wait("#reason").await.prop("value").await;
            assert_eq!(reason.unwrap().as_deref(), Some("身份证照片看不清"));
            browser.click("#asking button").await;
            browser.see(".preview", "已交的有误").await;
            browser.click("#asking button").await;
            browser.see(".notice", "打印《").await;
            browser.picture("task-told").await;
            browser.open(&format!("{at}?tab=materials")).await;
            browser.see("table", "有误").await;
            browser.see("table", "缺").await;
        });
    }
}

/// G3: the same form sent again, by a double click or a reload, is answered as the first time and does nothing.
#[test]
fn g003_a_form_sent_twice_acts_once() {
    browse(DESK, async |server, browser| {
        let opened = server.at_handler().await;
        let at = address(&opened, "records");
        browser.sign_in("zs-handler").await;
        browser.open(&at).await;
        fill(browser, "96").await;
        let script = "const f = new FormData(document.getElementById('task')); f.set('outcome', '可以办理'); \
                      return new URLSearchParams(f).toString();";
        let body = browser.script(script).await;
        let cookie = browser.cookie("onenet").await.unwrap();
        let cookie = format!("onenet={}", cookie.value());
        let headers = [
            ("cookie", cookie.as_str()),
            ("content-type", "application/x-www-form-urlencoded"),
            ("origin", server.address.as_str()),
        ];
        let mut versions = Vec::new();
        for _ in 0..2 {
            let answer = server.call("", "POST", &at, &headers, body.as_str()).await;
            assert_eq!(answer.status, 200, "{}", answer.text);
            versions.push(case(server, &opened).await["version"].clone());
        }
        assert_eq!(versions[0], versions[1]);
        let unsaid = body.as_str().unwrap().replace("version=", "nothing=");
        let answer = server.call("", "POST", &at, &headers, Some(&unsaid)).await;
        assert_eq!(answer.status, 428, "{}", answer.text);
    });
}

/// What somebody saw and what stands there now lie side by side; what he typed stays.
#[test]
fn g046_what_changed_meanwhile_is_shown_before_anything_is_done() {
    browse(DESK, async |server, browser| {
        let opened = server.at_reviewer().await;
        browser.sign_in("zs-reviewer").await;
        browser.open(&address(&opened, "approve")).await;
        // The page as it was when the case had just been opened.
        let history = format!("/api/v1/cases/{}/history", opened["id"].as_str().unwrap());
        let history = server.get("zs-reviewer", &history).await.with(200);
        let first = &history[0]["hash"];
        let mut events = history.as_array().unwrap().iter();
        let then = events.rfind(|e| e["hash"] == *first).unwrap()["seq"].clone();
        let script =
            format!("document.querySelector('[name=version]').value = '{then}'; return 1;");
        assert_eq!(browser.script(&script).await, json!(1));
        browser.click("[name=outcome][value=通过]").await;
        browser.see("#told", "内容有变化").await;
        browser.see("#told table", "96").await;
        browser.picture("task-changed").await;
        browser.click("[name=outcome][value=通过]").await;
        browser.see(".notice", "已办理：通过").await;
    });
}

/// Product §8: whoever's sign-in has ended keeps what he typed, reads until when, and has done nothing.
#[test]
fn an_ended_sign_in_leaves_a_draft_and_does_nothing_else() {
    crate::each(async |place| {
        let server = Server::sandbox(place).await;
        let opened = server.at_handler().await;
        let before = jiff::Timestamp::now() - jiff::SignedDuration::from_mins(40);
        let directory = &server.app.directory;
        let signed = directory.sign_in("zs-handler", PASSWORD.to_owned(), before);
        let (token, _) = signed.await.unwrap();
        let fields = [
            ("form_token", form_token(token.text())),
            ("once", "einmal".to_owned()),
            ("version", opened["version"].to_string()),
            ("draft", String::new()),
            ("/months", "96".to_owned()),
            ("outcome", "可以办理".to_owned()),
        ];
        let body = serde_urlencoded::to_string(fields).unwrap();
        let cookie = format!("onenet={}", token.text());
        let headers = [
            ("cookie", cookie.as_str()),
            ("content-type", "application/x-www-form-urlencoded"),
            ("origin", server.address.as_str()),
        ];
        let at = address(&opened, "records");
        let answer = server.call("", "POST", &at, &headers, Some(&body)).await;
        assert!(answer.text.contains("草稿已保存到"), "{}", answer.text);
        assert_eq!(case(&server, &opened).await["version"], opened["version"]);
        let kept = server.get("zs-handler", &format!("/api/v1{at}")).await;
        assert_eq!(kept.with(200)["data"]["months"], 96);
    });
}

/// A colleague is asked to fill the form; he hands it back as he filled it, and whoever asked decides.
#[test]
fn a_colleague_fills_the_form_and_hands_it_back() {
    browse(PLAIN, async |server, first| {
        let opened = server.at_handler().await;
        let at = address(&opened, "records");
        let second = Browser::new(&server.address, PLAIN).await;
        first.sign_in("zs-handler").await;
        second.sign_in("zs-handler-2").await;
        first.open(&at).await;
        first.click("form[action$=claim] button").await;
        first
            .click("details:has(form[action$=delegate]) summary")
            .await;
        first.fill("#delegate-reason", "外出核查").await;
        first.picture("task-delegate").await;
        first.click("form[action$=delegate] button").await;
        first.see("form[action$=release] button", "收回委派").await;
        second.open(&at).await;
        second.see(".hint", "李勇艳 委派给您").await;
        assert_eq!(
            second.all("[name=outcome]").await,
            ["交回委派人"],
            "he decides nothing"
        );
        fill(&second, "97").await;
        second.picture("task-delegated").await;
        second.axe().await;
        second.click("[name=outcome][value=handed_back]").await;
        second.see(".notice", "已办理：交回委派人").await;
        first.open(&at).await;
        let filled = first.wait("#sheet-months").await.prop("value").await;
        assert_eq!(filled.unwrap().as_deref(), Some("97"));
        first.click("[name=outcome][value=可以办理]").await;
        first.see(".notice", "已办理：可以办理").await;
    });
}
