//! The applicant's page on a phone.

use super::browser::{Browser, DESK, Setup, browse};
use crate::api::server::{Server, records, task};
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

/// What was found missing goes by its title, for the clerk too.
#[test]
fn what_is_missing_goes_by_its_title() {
    browse(DESK, async |server, browser| {
        let case = incomplete(server).await;
        browser.sign_in("wz-window").await;
        let path = format!("/cases/{}?tab=data", case["id"].as_str().unwrap());
        browser.open(&path).await;
        browser.see(".tab", "银行卡复印件").await;
        let data = browser.text(".tab").await;
        assert!(!data.contains("bank_card"), "{data}");
    });
}

pub(super) async fn look_up(browser: &Browser, case: &Value) {
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
            fits(browser, print).await;
            browser.axe().await;
            browser.picture(&format!("progress-{print}")).await;
            browser.click("form[action='/progress/large'] button").await;
            browser.wait(".answers").await;
        }
    });
}

/// A page as it is at 400 % on a screen of 1280 pixels: 320 of them are left.
const ZOOMED: Setup = Setup {
    width: 320,
    height: 256,
    ..DESK
};

/// Product §9: nothing scrolls sideways at 400 %, whatever the page, in both languages and in large print.
#[test]
fn the_pages_fit_at_four_hundred_per_cent() {
    browse(ZOOMED, async |server, browser| {
        let case = incomplete(server).await;
        for language in ["zh-CN", "en"] {
            browser.open("/progress").await;
            browser.wait(&format!("html[lang={language}]")).await;
            fits(browser, "look-up").await;
            look_up(browser, &case).await;
            for (print, other) in [
                ("html:not(.large)", ".large"),
                (".large", "html:not(.large)"),
            ] {
                browser.wait(&format!("{print} .answers")).await;
                fits(browser, print).await;
                browser.axe().await;
                let name = if print == ".large" { "large" } else { "normal" };
                browser.picture(&format!("zoomed-{language}-{name}")).await;
                browser.click("form[action='/progress/large'] button").await;
                browser.wait(&format!("{other} .answers")).await;
            }
            browser.click("form[action='/language'] button").await;
            browser.gone(&format!("html[lang={language}]")).await;
        }
    });
}

async fn fits(browser: &Browser, page: &str) {
    let wide = "return document.documentElement.scrollWidth - document.documentElement.clientWidth";
    assert_eq!(browser.script(wide).await, 0, "{page} scrolls sideways");
}

/// A poor grade is followed up at the window that took the case in, within a working day, and the applicant may grade once more.
#[test]
fn a_poor_grade_is_followed_up_at_the_window() {
    browse(PHONE, async |server, browser| {
        let case = refused(server).await;
        look_up(browser, &case).await;
        browser.click("[name=grade][value='1']").await;
        browser.fill("#words", "等了太久").await;
        browser.picture("rating").await;
        browser.click("form[action$='/rate'] button").await;
        browser.see(".notice.good", "评价已记录").await;
        browser.see("#rate", "再").await;
        let tasks = server.get("wz-window", "/api/v1/tasks?state=open").await;
        let tasks = tasks.with(200);
        let back = &tasks["tasks"][0];
        assert_eq!(back["matter"], "call-back", "{tasks}");
        assert_eq!(back["due"], "2026-11-24T17:00:00+08:00");
        let path = format!("/api/v1/tasks/{}", back["id"].as_str().unwrap());
        let done =
            json!({ "outcome": "已回访", "data": { "cause": "等待", "remedy": "加派人手" } });
        let path = format!("{path}/complete");
        let done = server.post("wz-window", &path, &done).await.with(200);
        assert_eq!(done["status"], "completed");
        browser.click("[name=grade][value='4']").await;
        browser.click("form[action$='/rate'] button").await;
        browser.see(".notice.good", "评价已记录").await;
        assert!(browser.all("#rate").await.is_empty());
        let tasks = server.get("wz-window", "/api/v1/tasks?state=open").await;
        assert_eq!(tasks.with(200)["tasks"], json!([]));
    });
}

/// A case that has ended: the handler found that the applicant must claim something else.
async fn refused(server: &Server) -> Value {
    let case = server.open().await;
    let code = case["query_code"].clone();
    let case = server
        .complete("wz-window", &case, "intake.check", "齐全", json!({}))
        .await;
    let case = server
        .complete("zs-handler", &case, "records", "已满最低年限", records())
        .await;
    let mut case = server.agree("zs-reviewer", &case).await;
    case["query_code"] = code;
    case
}

/// Giving up takes a second touch, and an empty answer is told on the page; both fit a phone and are told to whoever cannot see it.
#[test]
fn an_answer_on_a_phone_is_asked_for_before_it_is_given_up() {
    browse(PHONE, async |server, browser| {
        let case = incomplete(server).await;
        look_up(browser, &case).await;
        browser.click(".todo button[value='已补交']").await;
        browser.see("[role=alert]", "请至少上传一个文件").await;
        fits(browser, "refused").await;
        browser.click(".todo details.act summary").await;
        browser.see(".todo details.act", "这次申请就此结束").await;
        browser.axe().await;
        browser.picture("giving-up").await;
        browser.click(".todo button[value='不办了']").await;
        browser.see(".notice.good", "申请已按您的意思结束").await;
    });
}

/// A refusal is read from the top: where it is, why, what may be done; only at the end what the applicant thinks of it.
#[test]
fn a_refusal_is_read_on_a_phone() {
    browse(PHONE, async |server, browser| {
        let case = refused(server).await;
        look_up(browser, &case).await;
        browser.see(".decision", "救济途径").await;
        browser.see(".answers", "办结单位").await;
        browser.see(".answers", "中山市社会保险").await;
        browser.wait(".answers a[href^='tel:']").await;
        let headings = browser.all("main h2").await;
        assert_eq!(headings.first().unwrap(), "结果、原因和下一步");
        assert_eq!(headings.last().unwrap(), "您对这次办理满意吗");
        fits(browser, "refusal").await;
        browser.axe().await;
        browser.picture("refusal").await;
    });
}

/// What is late says so on a phone.
#[test]
fn a_late_case_is_read_on_a_phone() {
    browse(PHONE, async |server, browser| {
        let case = server.open().await;
        server
            .complete("wz-window", &case, "intake.check", "齐全", json!({}))
            .await;
        let late = json!({ "set": "2026-12-10T10:00:00+08:00" });
        let moved = server.post("", "/api/v1/sandbox/clock", &late).await;
        moved.with(200);
        look_up(browser, &case).await;
        browser.see(".answers", "已超期").await;
        fits(browser, "late").await;
        browser.picture("late").await;
    });
}

/// Three departments at once: the applicant reads all of them, the counter sees a bar for each and who has it.
#[test]
fn a_retirement_is_followed_by_applicant_and_counter() {
    browse(DESK, async |server, browser| {
        let case = server.retirement().await;
        look_up(browser, &case).await;
        browser.see(".answers", "医疗保障").await;
        browser.picture("retirement-applicant").await;
        browser.sign_in("zs-window").await;
        browser
            .open(&format!("/cases/{}", case["id"].as_str().unwrap()))
            .await;
        assert!(browser.all(".shares progress").await.len() >= 3);
        browser.see(".clock-of-parts", "受理至今").await;
        browser.see(".tasks", "由关联办件办理").await;
        browser.axe().await;
        browser.picture("retirement-counter").await;
    });
}
