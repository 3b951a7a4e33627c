//! Taking an application in at a counter.

use super::browser::{Browser, DESK, PLAIN, Setup, browse};
use crate::api::samples::{jpeg, png};
use crate::api::server::{ACCOUNT, ID_NUMBER, PASSWORD, Server};
use serde_json::Value;
use std::path::PathBuf;

/// Files on the clerk's own disk.
struct Disk(tempfile::TempDir);

impl Disk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let files = [
            ("身份证.jpg", jpeg()),
            ("银行卡.png", png()),
            ("清单.docx", b"PK\x03\x04".to_vec()),
        ];
        for (name, content) in files {
            std::fs::write(folder.path().join(name), content).unwrap();
        }
        Disk(folder)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
}

/// Chooses a file in the place of a material.
async fn choose(browser: &Browser, material: &str, file: PathBuf) {
    let place = browser.wait(&format!("#file-{material}")).await;
    place.send_keys(file.to_str().unwrap()).await.unwrap();
}

/// The files of a case by material, as the API shows them.
async fn files(server: &Server, case: &str) -> Value {
    let path = format!("/api/v1/cases/{case}");
    let case = server.get("wz-window", &path).await.with(200);
    let materials = case["materials"].as_array().unwrap().iter();
    let named = materials.map(|m| {
        let files = m["files"].as_array().unwrap().iter();
        let files: Vec<Value> = files.map(|f| f["source"].clone()).collect();
        (m["name"].as_str().unwrap().to_owned(), Value::from(files))
    });
    Value::Object(named.collect())
}

async fn fill(browser: &Browser) {
    browser.fill("#sheet-applicant-name", "李四").await;
    browser.fill("#sheet-applicant-id_number", ID_NUMBER).await;
    browser.fill("#sheet-form-insured_city", "中山").await;
    let choices = [
        "[name='/form/claim_kind'][value=months_short]",
        "[name='/form/delivery'][value=window_pickup]",
    ];
    for choice in choices {
        browser.wait(choice).await.send_keys(" ").await.unwrap();
    }
    browser.fill("#sheet-form-bank_name", "示例银行").await;
    browser.fill("#sheet-form-bank_account", ACCOUNT).await;
}

/// From the initials of the matter to the receipt; a second application of the same person shows the first.
#[test]
fn an_application_is_taken_in_and_printed() {
    browse(DESK, async |_, browser| {
        browser.sign_in("wz-window").await;
        browser.open("/new").await;
        browser.picture("new").await;
        browser.axe().await;
        browser.click(".star[value=pension-lump-sum]").await;
        browser.see("#matters section", "常用").await;
        browser.click(".star[name=drop]").await;
        browser.wait("#matters:not(:has([name=drop]))").await;
        browser.fill("#q", "ycx\u{e007}").await;
        browser.arrives("/new/pension-lump-sum").await;
        browser.axe().await;
        browser.click("[name=do]").await;
        browser.see(".summary", "证件号码").await;
        browser.see(".summary", "姓名").await;
        browser.picture("intake-wrong").await;
        fill(browser).await;
        browser.picture("intake").await;
        browser.click("[name=do]").await;
        browser.see(".notice", "已收件").await;
        assert_eq!(browser.all(".slip").await.len(), 2);
        let code = browser.text(".slip .code").await;
        assert!(
            code.len() == 6 && code.bytes().all(|b| b.is_ascii_digit()),
            "{code}"
        );
        browser.wait(".slip .qr svg").await;
        browser.picture("receipt").await;
        browser.axe().await;
        browser.open("/new/pension-lump-sum").await;
        browser
            .fill("#sheet-applicant-id_number", &format!("{ID_NUMBER}\t"))
            .await;
        browser.see("#same .notice", "已有在办的办件").await;
        browser.wait("#sheet-applicant-name[value='李四']").await;
        browser.picture("intake-known").await;
        fill(browser).await;
        browser.click("[name=do]").await;
        browser.wait("#same[aria-live] [role=alert]").await;
        browser.see("#same", "同一人同时只办一件").await;
        browser.gone("#same [name=anyway]").await;
        browser.wait("#same a[href^='/cases/']").await;
    });
}

/// Only what applies is asked: fields and papers come with the answers they hang on, the letter of authority with whoever comes for
/// somebody else; a wrong number is told before all else is typed. With scripts or without.
#[test]
fn only_what_applies_is_asked() {
    for setup in [DESK, PLAIN] {
        browse(setup, async |_, browser| {
            browser.sign_in("wz-window").await;
            browser.open("/new/pension-lump-sum").await;
            browser.gone("#sheet-form-leaving_date").await;
            browser.gone("#sheet-applicant-delivery").await;
            browser.gone("#file-authorisation").await;
            browser
                .fill("#sheet-applicant-id_number", "450400195903150018")
                .await;
            match setup.scripts {
                true => browser.press("\u{e004}").await,
                false => {
                    let look_up = "button[name='sheet.refresh'][value='/applicant/id_number']";
                    browser.click(look_up).await;
                }
            }
            browser.see("main", "校验位").await;
            browser.picture("intake-number").await;
            browser.fill("#sheet-applicant-agent-name", "李小妹").await;
            let post = "[name='/form/delivery'][value=post]";
            browser.wait(post).await.send_keys(" ").await.unwrap();
            let lost = "[name='/form/claim_kind'][value=nationality_lost]";
            browser.wait(lost).await.send_keys(" ").await.unwrap();
            if !setup.scripts {
                browser.click("[name=save]").await;
            }
            browser.wait("#sheet-form-leaving_date").await;
            browser.wait("#sheet-form-post_address").await;
            browser.wait("#file-nationality").await;
            browser.wait("#file-authorisation").await;
            browser.picture("intake-applies").await;
            browser.axe().await;
        });
    }
}

/// Files are chosen at the counter and looked at beside the form; one that cannot be taken is told and harms no other; the next case of the
/// same person is offered them again. With scripts or without.
#[test]
fn files_are_brought_at_the_counter_and_used_again() {
    for setup in [DESK, PLAIN] {
        browse(setup, async |server, browser| {
            let disk = Disk::new();
            browser.sign_in("wz-window").await;
            browser.open("/new/pension-lump-sum").await;
            fill(browser).await;
            choose(browser, "identity", disk.path("身份证.jpg")).await;
            keep(browser, setup).await;
            browser.see("#files", "身份证.jpg").await;
            choose(browser, "bank_card", disk.path("清单.docx")).await;
            keep(browser, setup).await;
            browser.see("#files .error", "清单.docx").await;
            browser.see("#files", "身份证.jpg").await;
            choose(browser, "bank_card", disk.path("银行卡.png")).await;
            keep(browser, setup).await;
            browser.see("#files", "银行卡.png").await;
            browser.click("#files a.file").await;
            browser.axe().await;
            browser.picture("intake-files").await;
            browser.click("[name=do]").await;
            browser.see(".notice", "已收件").await;
            let case = case_of(browser).await;
            let window = serde_json::json!(["window"]);
            assert_eq!(files(server, &case).await["identity"], window);
            assert_eq!(files(server, &case).await["bank_card"], window);

            browser.open("/new/pension-calculation").await;
            browser.fill("#sheet-applicant-name", "李四").await;
            browser.fill("#sheet-applicant-id_number", ID_NUMBER).await;
            browser.fill("#sheet-form-insured_city", "442000").await;
            browser.fill("#sheet-form-bank_name", "示例银行").await;
            browser.fill("#sheet-form-bank_account", ACCOUNT).await;
            keep(browser, setup).await;
            browser.see(".offer", "梧州 2026-11-23").await;
            browser.picture("intake-offer").await;
            browser.click("#files button[name=reuse]").await;
            browser.see("#files .files", "身份证.jpg").await;
            browser.click("[name=do]").await;
            browser.see(".notice", "已收件").await;
            let case = case_of(browser).await;
            let shared = serde_json::json!(["shared"]);
            assert_eq!(files(server, &case).await["identity"], shared);
        });
    }
}

/// Lets the page keep what was typed: it does so by itself as soon as a file is chosen or a field is left; without scripts by the button.
async fn keep(browser: &Browser, setup: Setup) {
    match setup.scripts {
        true => browser.press("\u{e004}").await,
        false => browser.click("[name=save]").await,
    }
}

/// Nothing typed at the counter is lost when the sign-in ends meanwhile: it is kept, and comes back after signing in.
#[test]
fn an_application_comes_back_after_a_sign_in_that_ended() {
    for setup in [DESK, PLAIN] {
        browse(setup, async |server, browser| {
            browser.sign_in("wz-window").await;
            browser.open("/new/pension-lump-sum").await;
            browser.fill("#sheet-applicant-name", "李四").await;
            browser.fill("#sheet-form-bank_name", "示例银行").await;
            end_sign_ins(server).await;
            keep(browser, setup).await;
            browser.see("#told", "草稿已保存到").await;
            browser.picture("intake-ended").await;
            browser.axe().await;
            browser.sign_in_here("wz-window", PASSWORD).await;
            browser.arrives("/new/pension-lump-sum").await;
            for (field, typed) in [
                ("#sheet-applicant-name", "李四"),
                ("#sheet-form-bank_name", "示例银行"),
            ] {
                let field = browser.wait(field).await.prop("value").await;
                assert_eq!(field.unwrap().as_deref(), Some(typed));
            }
        });
    }
}

/// All sign-ins end by time.
async fn end_sign_ins(server: &Server) {
    let pool = sqlx::SqlitePool::connect(&server.place.url).await.unwrap();
    let sql = "UPDATE token SET expires = created WHERE kind = 'session'";
    sqlx::query(sql).execute(&pool).await.unwrap();
    server.app.directory.accounts().changed().unwrap();
}

/// The case whose receipt is shown.
async fn case_of(browser: &Browser) -> String {
    let path = browser.path().await;
    path.split('/').nth(2).unwrap().to_owned()
}

/// Nothing typed at the counter is lost: it is kept by itself, stands among what was begun, and comes back as it was left.
#[test]
fn an_application_that_was_begun_comes_back() {
    for setup in [DESK, PLAIN] {
        browse(setup, async |_, browser| {
            let disk = Disk::new();
            browser.sign_in("wz-window").await;
            browser.open("/new/pension-lump-sum").await;
            browser.fill("#sheet-applicant-name", "李四").await;
            browser.fill("#sheet-form-bank_name", "示例银行").await;
            choose(browser, "identity", disk.path("身份证.jpg")).await;
            keep(browser, setup).await;
            browser.see("#files", "身份证.jpg").await;
            browser.see("#saved", "已自动保存").await;
            browser.open("/new").await;
            browser.see(".begun", "一次性待遇").await;
            browser.picture("intake-begun").await;
            browser.click(".begun a").await;
            let name = browser.wait("#sheet-applicant-name").await;
            assert_eq!(name.prop("value").await.unwrap().unwrap(), "李四");
            browser.see("#files", "身份证.jpg").await;
            browser.click("#files button[name=drop]").await;
            browser.see("#files .slot", "待核").await;
            browser.click("[name=discard]").await;
            browser.arrives("/new").await;
            assert!(browser.all(".begun").await.is_empty());
        });
    }
}
