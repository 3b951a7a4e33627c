//! Signing in and out by the pages, and what a sign-in allows.

use super::browser::{DESK, PLAIN, browse};
use crate::api::server::{PASSWORD, Server};
use onenet::store::Accounts;
use reqwest::StatusCode;

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

/// G57: nothing on the page tells a wrong password from a name nobody has.
#[test]
fn g057_a_wrong_password_reads_like_an_unknown_name() {
    browse(DESK, async |_, browser| {
        let mut told = Vec::new();
        for (user, password) in [
            ("zs-reviewer", "不是这个密码也够十个字"),
            ("nobody", PASSWORD),
        ] {
            browser.open("/sign-in").await;
            browser.axe().await;
            browser.sign_in_here(user, password).await;
            told.push(browser.text(".notice").await);
            browser.picture("sign-in-wrong").await;
            browser.axe().await;
        }
        assert_eq!(told[0], told[1]);
        assert!(told[0].contains("用户名或密码不对"), "{told:?}");
    });
}

/// G75: whoever is disabled is out at his next step, and is not told that a page is missing but that he must sign in.
#[test]
fn g075_a_disabled_account_is_out_at_its_next_page() {
    browse(DESK, async |server, browser| {
        browser.sign_in("zs-reviewer").await;
        let beside = Accounts::open(&server.place.url).await.unwrap();
        assert!(
            beside
                .set_state("zs-reviewer", "disabled", 1)
                .await
                .unwrap()
        );
        browser.open("/work").await;
        assert_eq!(browser.text("h1").await, "登录");
        browser.see(".notice", "登录已结束").await;
    });
}

/// The post in which somebody acts is chosen by him among those he holds; rights follow it (G51).
#[test]
fn g051_somebody_with_two_posts_acts_in_one_of_them() {
    browse(DESK, async |server, browser| {
        let posts = ["442000/si/handler", "442000/si/reviewer"];
        let secret = crate::api::server::secret();
        server.add("two", "双", "person", secret, &posts).await;
        server.at_handler().await;
        browser.sign_in("two").await;
        assert_eq!(browser.all("tr[data-row]").await.len(), 1);
        browser.axe().await;
        browser.click(".post summary").await;
        browser.picture("posts").await;
        browser.click(".post button:not([aria-current])").await;
        browser.see(".post summary", "复核岗").await;
        assert_eq!(browser.all("tr[data-row]").await.len(), 0);
    });
}

/// English is complete, and stays chosen.
#[test]
fn somebody_reads_english() {
    browse(DESK, async |_, browser| {
        browser.sign_in("zs-reviewer").await;
        browser.click(".top form[action='/language'] button").await;
        browser.see("h1", "Worklist").await;
        browser.picture("english").await;
        browser.open("/nothing").await;
        browser.see("h1", "No such page").await;
        browser.axe().await;
    });
}

async fn out(server: &Server, headers: &[(&str, &str)], body: &str) -> StatusCode {
    let form = ("content-type", "application/x-www-form-urlencoded");
    let headers = [headers, &[form]].concat();
    let answer = server
        .call("", "POST", "/sign-out", &headers, Some(body))
        .await;
    answer.status
}

/// G76: a write needs the form token and comes from a page of this server; the cookie alone does nothing.
#[test]
fn g076_a_form_without_its_token_is_refused() {
    browse(DESK, async |server, browser| {
        browser.sign_in("zs-reviewer").await;
        let cookie = browser.cookie("onenet").await.unwrap();
        let cookie = format!("onenet={}", cookie.value());
        let token = browser
            .attribute("[name=form_token]", "value")
            .await
            .unwrap();
        let form = format!("form_token={token}");
        let cookie = ("cookie", cookie.as_str());
        let here = ("origin", server.address.as_str());
        assert_eq!(out(server, &[cookie, here], "").await, 403);
        assert_eq!(out(server, &[cookie, here], "form_token=x").await, 403);
        assert_eq!(
            out(server, &[cookie, ("origin", "http://evil.example")], &form).await,
            403
        );
        assert_eq!(
            out(
                server,
                &[cookie, ("sec-fetch-site", "cross-site"), here],
                &form
            )
            .await,
            403
        );
        assert_eq!(out(server, &[cookie], &form).await, 403);
        // The API takes the cookie too; to write, it wants the token in a header.
        let me = server.call("", "GET", "/api/v1/me", &[cookie], None).await;
        assert_eq!(me.with(200)["id"], "zs-reviewer");
        let leave = async |headers: &[(&str, &str)]| {
            let answer = server
                .call("", "POST", "/api/v1/sign-out", headers, None)
                .await;
            answer.status
        };
        assert_eq!(leave(&[cookie, here]).await, 403);
        assert_eq!(leave(&[cookie, here, ("x-form-token", &token)]).await, 204);
    });
}
