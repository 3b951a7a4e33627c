//! Certificates of recognition at a counter: what another city has verified is taken by a click, or declined with a reason.

use super::browser::{Browser, DESK, Setup, browse};
use super::progress::look_up;
use crate::api::server::{ID_NUMBER, PHONE, task};
use serde_json::json;

/// A phone.
const PHONE_SIZE: Setup = Setup {
    width: 360,
    height: 740,
    ..DESK
};

async fn fill(browser: &Browser) {
    browser.fill("#sheet-applicant-name", "李四").await;
    browser.fill("#sheet-applicant-id_number", ID_NUMBER).await;
    browser.fill("#sheet-applicant-phone", PHONE).await;
    browser.fill("#sheet-form-insured_city", "442000").await;
}

/// The field for the reason why a certificate is declined.
const WHY: &str = "#files [name^='why:identity']";

async fn decline_without_a_word(browser: &Browser) {
    browser.click("#files .decline summary").await;
    browser.click("#files [name=decline]").await;
    browser.see("#files .decline .error", "请填写理由").await;
}

/// Intake in Zhongshan with a certificate of Zunyi: offered once the number is typed, taken by a click, on record with the case; at the task
/// it is declined with a reason, and taken again.
#[test]
fn a_certificate_of_another_city_is_taken_at_the_counter() {
    browse(DESK, async |server, browser| {
        server.verifying().await;
        let given = server.certified(ID_NUMBER).await;
        browser.sign_in("zs-window").await;
        browser.open("/new/retirement-approval").await;
        fill(browser).await;
        browser.fill("#sheet-form-chosen_month", "2026-12").await;
        let normal = "[name='/form/retirement_kind'][value=normal]";
        browser.wait(normal).await.send_keys(" ").await.unwrap();
        browser.see("#files .certificate", "遵义核验 · HR-1").await;
        assert!(
            browser
                .all(&format!(
                    "#files a[href='/cases/{}']",
                    given["id"].as_str().unwrap()
                ))
                .await
                .is_empty()
        );
        browser.to("#files").await;
        browser.picture("intake-certificate").await;
        decline_without_a_word(browser).await;
        browser.fill(WHY, "照片是十年前的").await;
        browser.click("#files [name=decline]").await;
        browser
            .see("#files .certificate", "将不予互认：照片是十年前的")
            .await;
        browser.click("#files [name=uncertify]").await;
        browser.click("#files [name=certify]").await;
        browser.see("#files .certificate", "将采用这张凭据").await;
        browser.see("#files .material.certified", "互认凭据").await;
        browser.axe().await;
        browser.click("[name=do]").await;
        browser.see(".slip", "凭互认凭据").await;
        let slip = browser.text(".slip").await;
        assert!(!slip.contains("原件当面核对"), "{slip}");
        let path = "/api/v1/cases?limit=5&matter=retirement-approval";
        let cases = server.get("zs-window", path).await.with(200);
        let id = cases["cases"][0]["id"].as_str().unwrap().to_owned();
        browser.open(&format!("/cases/{id}?tab=materials")).await;
        browser.see(".certificate.taken", "HR-1").await;
        browser.picture("case-certificate").await;
        let proof = format!("a[href='/cases/{}']", given["id"].as_str().unwrap());
        assert!(browser.all(&proof).await.is_empty(), "he may not read it");
        let case = server
            .get("zs-window", &format!("/api/v1/cases/{id}"))
            .await
            .with(200);
        let at = format!("/tasks/{}", task(&case, "intake.check"));
        browser.open(&at).await;
        browser.see("#files .certificate.taken", "不用再交").await;
        browser
            .gone("#files [name='/missing'][value=identity]")
            .await;
        decline_without_a_word(browser).await;
        browser.fill(WHY, "照片是十年前的").await;
        browser.click("#files [name=decline]").await;
        browser
            .see("#files .certificate.declined", "照片是十年前的")
            .await;
        browser.to("#files").await;
        browser.picture("task-certificate-declined").await;
        browser.axe().await;
        assert!(
            browser.all("#files [name=decline]").await.is_empty(),
            "once"
        );
        browser.click("#files [name=certify]").await;
        browser.see("#files .certificate.taken", "HR-1").await;
        browser.to("#files").await;
        browser.picture("task-certificate").await;
        // The lead city, which settles what was declined, reads the proof.
        browser.client.delete_all_cookies().await.unwrap();
        browser.sign_in("zs-supervisor").await;
        browser.open(&format!("/cases/{id}?tab=materials")).await;
        browser.see(&proof, "看凭据的办件").await;
        browser.picture("case-certificate-proof").await;
        browser.click_away(&proof).await;
        browser.see("h1", "YWHR").await;
    });
}

/// On a phone nothing lies beside the page.
#[test]
fn a_certificate_is_seen_on_a_phone() {
    browse(PHONE_SIZE, async |server, browser| {
        server.verifying().await;
        server.certified(ID_NUMBER).await;
        let body = json!({
            "matter": "retirement-approval", "accepting_city": "442000",
            "applicant": { "name": "李四", "id_number": ID_NUMBER, "phone": PHONE },
            "form": { "insured_city": "442000", "retirement_kind": "normal", "chosen_month": "2026-12" },
        });
        let case = server
            .post("zs-window", "/api/v1/cases", &body)
            .await
            .with(201);
        browser.sign_in("zs-window").await;
        browser
            .open(&format!("/tasks/{}", task(&case, "intake.check")))
            .await;
        browser.see("#files .certificate", "HR-1").await;
        browser.to("#files").await;
        browser.picture("task-certificate-360").await;
        let wide =
            "return document.documentElement.scrollWidth - document.documentElement.clientWidth";
        assert_eq!(browser.script(wide).await, json!(0));
        browser.axe().await;
        browser.click("#files [name=certify]").await;
        browser.see("#files .certificate.taken", "HR-1").await;
        browser
            .open(&format!(
                "/cases/{}?tab=materials",
                case["id"].as_str().unwrap()
            ))
            .await;
        browser.see(".certificate.taken", "HR-1").await;
        browser.picture("case-certificate-360").await;
        assert_eq!(browser.script(wide).await, json!(0));
        look_up(browser, &case).await;
        browser.see(".steps", "身份证明凭遵义的互认凭据办理").await;
        browser.to(".steps").await;
        browser.picture("progress-certificate-360").await;
        assert_eq!(browser.script(wide).await, json!(0));
        browser.axe().await;
    });
}
