//! Keys: they do what the list of keys says, and nothing while somebody types.

use super::browser::{Browser, DESK, browse};
use crate::api::server::OTHERS;
use fantoccini::key::Key;

/// The number of the row that has focus.
async fn row(browser: &Browser) -> Option<String> {
    let found = browser.script("return document.activeElement.closest('tr[data-row]')?.querySelector('.number').textContent").await;
    found.as_str().map(str::to_owned)
}

/// Product 9: `j`, `k`, `x`, `c`, `u`, `/`, `?` and `g w`.
#[test]
fn keys_move_claim_and_give_back_and_rest_while_a_field_has_focus() {
    browse(DESK, async |server, browser| {
        server.at_handler().await;
        server.of_at_handler(OTHERS[0]).await;
        browser.sign_in("zs-handler").await;
        let rows = browser.all("td.number a").await;
        assert_eq!(rows.len(), 2);
        browser.press("j").await;
        assert_eq!(row(browser).await.as_ref(), Some(&rows[0]));
        browser.press("j").await;
        assert_eq!(row(browser).await.as_ref(), Some(&rows[1]));
        browser.press("k").await;
        assert_eq!(row(browser).await.as_ref(), Some(&rows[0]));
        browser.press("x").await;
        browser.wait("tr[data-row]:first-child input:checked").await;
        // The key of a letter does nothing in a field.
        browser.press("/").await;
        browser.press("ckj?").await;
        let typed = browser.script("return document.activeElement.value").await;
        assert_eq!(typed, "ckj?");
        assert_eq!(browser.all("td.number a").await, rows);
        browser.open("/work").await;
        browser.press("j").await;
        browser.press("c").await;
        browser.see(".tabs a:first-child", "1").await;
        browser.open("/work?tab=mine").await;
        assert_eq!(browser.all("td.number a").await, rows[..1]);
        browser.press("ju").await;
        browser
            .see(".empty", "您领取或正在办理的任务会出现在这里")
            .await;
        browser.press("?").await;
        browser.wait("dialog[open]").await;
        browser.picture("keys").await;
        browser.axe().await;
        browser.press(&char::from(Key::Escape).to_string()).await;
        browser.press("gw").await;
        browser.arrives("/work").await;
    });
}

/// Single keys are switched off by whoever wants none.
#[test]
fn single_keys_can_be_switched_off() {
    browse(DESK, async |server, browser| {
        server.at_handler().await;
        browser.sign_in("zs-handler").await;
        browser.open("/settings").await;
        browser.axe().await;
        browser.click("#keys-on").await;
        browser.click("main button.main").await;
        browser.see(".notice", "已保存").await;
        browser.open("/work").await;
        browser.press("j").await;
        assert_eq!(row(browser).await, None);
    });
}

/// A scanner types faster than anybody: the number it reads opens the case, wherever the page has focus but in a field.
#[test]
fn a_scanned_number_opens_its_case() {
    browse(DESK, async |server, browser| {
        let case = server.at_handler().await;
        browser.sign_in("zs-handler").await;
        let scanned = format!(
            "{}{}",
            case["number"].as_str().unwrap(),
            char::from(Key::Enter)
        );
        browser.press(&scanned).await;
        browser
            .arrives(&format!("/cases/{}", case["id"].as_str().unwrap()))
            .await;
    });
}

/// `N` begins a case at the counter; who takes in none has no such button, and the key does nothing.
#[test]
fn a_new_case_is_begun_by_n_at_the_counter_alone() {
    browse(DESK, async |_, browser| {
        browser.sign_in("wz-window").await;
        browser.picture("counter").await;
        browser.axe().await;
        browser.press("N").await;
        browser.arrives("/new").await;
        browser.click(".top form[action='/sign-out'] button").await;
        browser.sign_in("zs-handler").await;
        browser.press("N").await;
        browser.press("?").await;
        browser.wait("dialog[open]").await;
        assert_eq!(browser.path().await, "/work");
    });
}
