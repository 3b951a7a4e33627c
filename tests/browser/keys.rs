//! Keys: they do what the list of keys says, and nothing while somebody types.

use super::browser::{Browser, DESK, browse};
use crate::api::server::{OTHERS, task};
use fantoccini::key::Key;
use serde_json::json;

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

/// Product 9: Esc leads back to the list that something was opened from, as it was narrowed, and to the same row.
#[test]
fn esc_leads_back_to_the_same_row_of_the_list() {
    browse(DESK, async |server, browser| {
        server.at_handler().await;
        server.of_at_handler(OTHERS[0]).await;
        browser.sign_in("zs-handler").await;
        let (enter, esc) = (char::from(Key::Enter), char::from(Key::Escape));
        for (list, keys) in [
            ("/work?tab=open", format!("jj{enter}")),
            ("/work?tab=open&level=normal", "jjo".to_owned()),
            ("/cases?open=true", "jjo".to_owned()),
        ] {
            browser.open(list).await;
            let rows = browser.all("td.number a[data-key=o]").await;
            browser.press(&keys).await;
            browser.wait(".of-case").await;
            assert_eq!(browser.text("h1").await, rows[1], "{list}");
            // What is looked at from there changes nothing.
            if list.starts_with("/work") {
                browser.click(".task-bar a").await;
                browser.wait(".parts").await;
            }
            browser.press(&esc.to_string()).await;
            browser.arrives(list).await;
            browser.wait("tr[data-row]").await;
            assert_eq!(row(browser).await.as_ref(), Some(&rows[1]), "{list}");
        }
    });
}

/// What has focus: how wide its frame is, and whether it lies in sight. Null at the end of the page.
const STOP: &str = "const at = document.activeElement;
    if (!at || at === document.body) return null;
    (window.reached ??= new Set()).add(at);
    const style = getComputedStyle(at), box = at.getBoundingClientRect();
    // Of what is larger than the window the part is looked at that lies in it.
    const left = Math.max(box.left, 0), right = Math.min(box.right, innerWidth);
    const top = Math.max(box.top, 0), bottom = Math.min(box.bottom, innerHeight);
    const points = [Math.min((bottom - top) / 2, 12), (bottom - top) / 2];
    const hits = points.map((down) => document.elementFromPoint(left + Math.min((right - left) / 2, 12), top + down));
    const mine = hits.some((hit) => hit && [at, ...(at.labels ?? [])].some((own) => own.contains(hit) || hit.contains(own)));
    const frame = style.outlineStyle === 'none' ? 0 : parseFloat(style.outlineWidth);
    return { what: at.outerHTML.slice(0, 160), frame, seen: !!mine };";

/// What could be used and was never reached; of several to choose one from, one is enough.
const MISSED: &str = "const all = document.querySelectorAll('a[href], button, input, select, textarea, summary');
    const group = (el) => el.type === 'radio' ? document.getElementsByName(el.name) : [el];
    return [...all].filter((el) => !el.disabled && el.checkVisibility() && ![...group(el)].some((one) => window.reached.has(one)))
        .map((el) => el.outerHTML.slice(0, 160));";

/// Walks through a page by Tab alone.
async fn walk(browser: &Browser, path: &str) {
    browser.open(path).await;
    browser.wait("main").await;
    // From the very top, whatever has had focus from the start.
    let top = "const top = document.createElement('span'); top.tabIndex = -1; document.body.prepend(top); top.focus();";
    browser.script(top).await;
    for _ in 0..300 {
        browser.press(&char::from(Key::Tab).to_string()).await;
        let stop = browser.script(STOP).await;
        if stop.is_null() {
            assert_eq!(browser.script(MISSED).await, json!([]), "{path}");
            return;
        }
        assert!(stop["frame"].as_f64() >= Some(3.0), "{path}: {stop}");
        assert_eq!(stop["seen"], true, "{path}: {stop}");
    }
    panic!("{path} has no end");
}

/// Product 9: whoever has no mouse reaches everything there is, sees where he is, and gets out of everywhere.
#[test]
fn everything_is_reached_by_tab_and_seen() {
    browse(DESK, async |server, browser| {
        let case = server.at_handler().await;
        let number = case["number"].as_str().unwrap();
        walk(browser, "/sign-in").await;
        walk(browser, "/progress").await;
        let seen = server.app.runtime.find(number).await.unwrap().unwrap();
        let link = server.app.runtime.kept_link(&seen).await.unwrap();
        walk(browser, &format!("/p/{link}")).await;
        browser.sign_in("wz-window").await;
        for path in ["/new", "/new/pension-lump-sum", "/settings"] {
            walk(browser, path).await;
        }
        browser.click(".top form[action='/sign-out'] button").await;
        browser.sign_in("zs-handler").await;
        let records = format!("/tasks/{}", task(&case, "records"));
        let at = format!("/cases/{}", case["id"].as_str().unwrap());
        let tabs = ["time", "materials", "papers", "notices", "flow", "data"];
        let tabs = tabs.map(|tab| format!("{at}?tab={tab}"));
        let more = ["/work?tab=open", "/cases", "/network", &at, &records];
        for path in more.into_iter().chain(tabs.iter().map(String::as_str)) {
            walk(browser, path).await;
        }
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
