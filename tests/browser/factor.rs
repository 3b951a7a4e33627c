//! The second factor in the browser, and proving again who one is in the midst of what is being done.

use super::browser::{Browser, DESK, PLAIN, Setup, browse};
use crate::api::factor::{code, device};
use crate::api::server::{PASSWORD, Server};
use crate::places::{Place, run};
use jiff::{SignedDuration, Timestamp};
use onenet::directory::Demand;

fn demanding(setup: Setup, test: impl AsyncFn(&mut Server, &Browser)) {
    run(async {
        let mut server = Server::demanding(Place::file(), Demand::Posts).await;
        let browser = Browser::new(&server.address, setup).await;
        test(&mut server, &browser).await;
    });
}

/// G57: a publisher sets up his device at the first sign-in, reads his recovery codes once, and comes in by one of them; with scripts
/// and without.
#[test]
fn g057_a_publisher_sets_up_a_device_and_comes_in_by_it() {
    for setup in [DESK, PLAIN] {
        demanding(setup, async |server, browser| {
            browser.open("/admin/definitions").await;
            browser.sign_in_here("author", PASSWORD).await;
            browser.wait(".take-over svg").await;
            browser.picture("factor-device").await;
            browser.axe().await;
            browser.fill("#code", "000000").await;
            browser.click("main button.main").await;
            browser.see("#told", "验证码不对").await;
            browser.axe().await;
            let half = browser.cookie("onenet-half").await.unwrap();
            let offer = server
                .app
                .directory
                .outstanding(half.value(), Timestamp::now());
            let (_, offer) = offer.await.unwrap();
            assert_eq!(browser.text(".spoken").await, offer.spoken());
            browser.fill("#code", &code(&offer, Timestamp::now())).await;
            browser.click("main button.main").await;
            browser.see("h1", "恢复码").await;
            let codes = browser.all(".codes code").await;
            assert_eq!(codes.len(), 8);
            browser.picture("factor-codes").await;
            browser.axe().await;
            browser.click("main a.main").await;
            browser.arrives("/admin/definitions").await;
            browser.click(".top form[action='/sign-out'] button").await;
            browser.arrives("/sign-in").await;
            browser.sign_in_here("author", PASSWORD).await;
            browser.see("label", "动态验证码").await;
            browser.picture("factor-code").await;
            browser.axe().await;
            browser.fill("#code", &codes[0]).await;
            browser.click("main button.main").await;
            browser.arrives("/work").await;
            browser.open("/settings/factor").await;
            browser.see("main", "还有 7 个恢复码").await;
            browser.axe().await;
        });
    }
}

/// A device whose clock is wrong is told so in words.
#[test]
fn g057_a_clock_that_is_wrong_is_told_in_words() {
    demanding(DESK, async |server, browser| {
        let now = Timestamp::now();
        let (offer, _) = device(&server.app, "author", now).await;
        browser.open("/sign-in").await;
        browser.sign_in_here("author", PASSWORD).await;
        let ahead = now + SignedDuration::from_mins(5);
        browser.fill("#code", &code(&offer, ahead)).await;
        browser.click("main button.main").await;
        browser.see("#told", "您手机的时钟快了约").await;
        browser.picture("factor-clock").await;
    });
}

/// Lets six minutes pass since everybody's last proof.
async fn six_minutes_pass(server: &Server) {
    let pool = sqlx::SqlitePool::connect(&server.place.url).await.unwrap();
    let sql = "UPDATE token SET created = created - 360000";
    sqlx::query(sql).execute(&pool).await.unwrap();
    server.app.directory.accounts().changed().unwrap();
}

/// G75: whoever publishes proves again who he is, and what he typed is published as he typed it, after a wrong password too. His forms
/// in other windows stay good.
#[test]
fn g075_a_proof_goes_on_with_what_was_being_done() {
    for setup in [DESK, PLAIN] {
        browse(setup, async |server, browser| {
            browser.sign_in("author").await;
            let old = browser.cookie("onenet").await.unwrap();
            six_minutes_pass(server).await;
            let file = "/admin/publish?path=pension-lump-sum/matter.yaml";
            browser.open(file).await;
            browser.click("button[value=try]").await;
            browser.click("button[value=publish]").await;
            browser.see("h1", "请再确认一次身份").await;
            browser.picture("proof").await;
            browser.axe().await;
            browser.fill("#proof", "不是这个密码也够十个字").await;
            browser.click("main button.main").await;
            browser.see("#told", "密码不对").await;
            browser.axe().await;
            browser.fill("#proof", PASSWORD).await;
            browser.click("main button.main").await;
            browser.arrives("/admin/definitions").await;
            let id = browser.cookie("onenet").await.unwrap();
            assert_ne!(id.value(), old.value());
            // The token of the forms is that of the first id: another window goes on.
            let token = browser.attribute("[name=form_token]", "value").await;
            assert_eq!(token.unwrap(), crate::api::server::form_token(old.value()));
            browser.open(file).await;
            browser.click("button[value=try]").await;
            browser.click("button[value=publish]").await;
            browser.arrives("/admin/definitions").await;
        });
    }
}

/// G54, G57: a lost device is reset by two security administrators; its person is out, and sets up a new one.
#[test]
fn g054_a_lost_device_is_reset_by_two_administrators() {
    browse(DESK, async |server, browser| {
        let secret = crate::api::server::secret();
        for (id, name) in [("first", "郑一"), ("second", "王二")] {
            let posts = ["442000/hrss/security-admin"];
            server.add(id, name, "person", secret, &posts).await;
        }
        let now = Timestamp::now();
        let directory = &server.app.directory;
        let (token, caller) = directory
            .sign_in("zs-handler", PASSWORD.to_owned(), now)
            .await
            .unwrap();
        let offer = directory.for_device(&caller);
        directory
            .own_device(&caller, &code(&offer, now), now)
            .await
            .unwrap();
        browser.sign_in("first").await;
        browser.open("/admin/factors").await;
        browser
            .fill("[name=reason]", "手机丢失，已核对身份证")
            .await;
        browser.click("button[name=ask]").await;
        browser.see(".notice.warn", "等另一位安全管理员确认").await;
        browser.picture("factors").await;
        browser.axe().await;
        let second = Browser::new(&server.address, DESK).await;
        second.sign_in("second").await;
        second.open("/admin/factors").await;
        second.click("button[name=confirm]").await;
        second.see("main", "王二 已确认").await;
        second.picture("factors-done").await;
        second.axe().await;
        let out = directory.caller(token.text(), Timestamp::now()).await;
        assert!(out.is_err(), "{out:?}");
        second.open("/sign-in").await;
        let clerk = directory.sign_in("zs-handler", PASSWORD.to_owned(), Timestamp::now());
        clerk.await.unwrap();
    });
}
