//! Signing in and out by the pages.

use super::browser::{DESK, PLAIN, browse};
use crate::api::server::PASSWORD;

/// G57, G75: in by the page with and without scripts, to the page that was asked for, and out again for good.
#[test]
fn g075_somebody_signs_in_comes_to_the_page_asked_for_and_signs_out() {
    for setup in [DESK, PLAIN] {
        browse(setup, async |server, browser| {
            browser.open("/work?tab=open").await;
            assert_eq!(browser.text("h1").await, "登录");
            browser.sign_in_here("zs-reviewer", PASSWORD).await;
            browser.arrives("/work?tab=open").await;
            browser.see(".top", "张兰超").await;
            browser
                .see(".top", "中山 · 社会保险经办机构 · 复核岗")
                .await;
            let cookie = browser.cookie("onenet").await.unwrap();
            assert_eq!(cookie.http_only(), Some(true));
            browser.click(".top form[action='/sign-out'] button").await;
            browser.arrives("/sign-in").await;
            let stolen = [("cookie", &*format!("onenet={}", cookie.value()))];
            let me = server.call("", "GET", "/api/v1/me", &stolen, None).await;
            me.problem(401, "sign-in-required");
        });
    }
}
