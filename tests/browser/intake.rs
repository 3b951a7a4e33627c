//! Taking an application in at a counter.

use super::browser::{Browser, DESK, browse};
use crate::api::server::{ACCOUNT, ID_NUMBER};

async fn fill(browser: &Browser) {
    browser.fill("#sheet-applicant-name", "李四").await;
    browser.fill("#sheet-applicant-id_number", ID_NUMBER).await;
    browser.fill("#sheet-form-insured_city", "442000").await;
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
        browser.open("/new?q=ycx").await;
        browser
            .click("#matters a[href='/new/pension-lump-sum']")
            .await;
        browser.axe().await;
        browser.click("[name=do]").await;
        browser.see(".summary", "处需要修改").await;
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
        fill(browser).await;
        browser.click("[name=do]").await;
        browser.see(".notice", "已有在办的办件").await;
        browser.wait(".notice a[href^='/cases/']").await;
    });
}
