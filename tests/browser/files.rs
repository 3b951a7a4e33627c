//! Files on the page of a task: by button, pasted and dropped, each judged by itself.

use super::browser::{Browser, DESK, PLAIN, browse};
use crate::api::samples::png;
use crate::api::server::task;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

/// Lets files come by the clipboard or by the mouse, as the browser tells a page of them.
async fn bring(browser: &Browser, how: &str, material: &str, names: &[String]) {
    let script = "const [how, place, bytes, names] = arguments, data = new DataTransfer(); \
        for (const name of names) data.items.add(new File([Uint8Array.from(atob(bytes), c => c.charCodeAt(0))], name)); \
        const slot = document.getElementById(place).closest('[data-slot]'), about = { bubbles: true, cancelable: true }; \
        slot.dispatchEvent(how === 'paste' ? new ClipboardEvent(how, { ...about, clipboardData: data }) \
                                           : new DragEvent(how, { ...about, dataTransfer: data }));";
    let place = format!("file-{material}");
    let bytes = BASE64_STANDARD.encode(png());
    let arguments = vec![json!(how), json!(place), json!(bytes), json!(names)];
    // What has just been drawn is not yet listened to.
    browser.gone(".htmx-added").await;
    browser.client.execute(script, arguments).await.unwrap();
}

fn named(name: &str) -> Vec<String> {
    vec![name.to_owned()]
}

/// Opens the task of the counter.
async fn open(browser: &Browser, case: &Value) {
    let at = format!("/tasks/{}", task(case, "intake.check"));
    browser.open(&at).await;
}

/// Product §4.2: limits are said before; files come by button, paste and drop; one bad file among good ones, or one too many, is told and
/// harms no other; what came is still there when the page is opened again.
#[test]
fn files_come_to_a_task_by_button_paste_and_drop() {
    browse(DESK, async |server, browser| {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("身份证.png");
        std::fs::write(&file, png()).unwrap();
        let case = server.open().await;
        browser.sign_in("wz-window").await;
        open(browser, &case).await;
        for limit in ["20 MB", "JPG、PNG、PDF", "一次最多 20 个"] {
            browser.see("#kinds", limit).await;
        }
        let place = browser.wait("#file-identity").await;
        place.send_keys(file.to_str().unwrap()).await.unwrap();
        browser.see("#files .files", "身份证.png").await;
        bring(browser, "paste", "identity", &named("粘贴.png")).await;
        browser.see("#files .files", "粘贴.png").await;
        let several = ["正面.png", "清单.docx", "反面.png"].map(str::to_owned);
        bring(browser, "drop", "bank_card", &several).await;
        browser.see("#files .files", "反面.png").await;
        browser.see("#files .files", "正面.png").await;
        browser.see("#files .error", "清单.docx").await;
        browser.picture("task-files").await;
        browser.axe().await;
        let many: Vec<String> = (1..=22).map(|no| format!("第{no}页.png")).collect();
        bring(browser, "drop", "bank_card", &many).await;
        browser.see("#files .files", "第20页.png").await;
        browser.see("#files .error", "一次最多收 20 个文件").await;
        assert_eq!(browser.all("#files .error").await.len(), 2);
        browser.picture("task-files-many").await;
        // Whatever gets the focus comes out from under head and foot, forwards and backwards; what else lies there comes out by scrolling.
        let covered = "const foot = document.querySelector('.foot'), head = document.querySelector('.sticky'); \
            const all = [...document.querySelectorAll('#files button[name=drop]')]; \
            const hidden = e => { e.focus(); const at = e.getBoundingClientRect(); \
                return at.bottom > foot.getBoundingClientRect().top + 1 || at.top < head.getBoundingClientRect().bottom - 1; }; \
            const found = [...all, ...all.reverse()].filter(hidden).length; \
            for (const bar of [foot, head]) bar.style.position = 'static'; return [all.length, found];";
        assert_eq!(browser.script(covered).await, json!([24, 0]));
        browser.axe().await;
        open(browser, &case).await;
        for name in ["身份证.png", "粘贴.png", "正面.png", "第20页.png"] {
            browser.see("#files .files", name).await;
        }
        assert!(browser.all("#files .error").await.is_empty());
    });
}

/// Without scripts a file comes by the button, with what else is kept.
#[test]
fn a_file_comes_to_a_task_without_scripts() {
    browse(PLAIN, async |server, browser| {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("身份证.png");
        std::fs::write(&file, png()).unwrap();
        let case = server.open().await;
        browser.sign_in("wz-window").await;
        open(browser, &case).await;
        let place = browser.wait("#file-identity").await;
        place.send_keys(file.to_str().unwrap()).await.unwrap();
        browser.click("[name=save]").await;
        browser.see("#files .files", "身份证.png").await;
    });
}
