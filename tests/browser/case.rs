//! The page of a case as those who work on it and those who only have a part in it read it.

use super::browser::{DESK, Setup, browse};
use crate::api::server::{ID_NUMBER, task};
use serde_json::json;

const TABS: [&str; 8] = [
    "overview",
    "time",
    "materials",
    "papers",
    "notices",
    "flow",
    "data",
    "audit",
];

/// Every part can be read, and none of them shows a number in full.
#[test]
fn g060_no_part_of_a_case_shows_a_number_in_full() {
    browse(DESK, async |server, browser| {
        let case = server.at_reviewer().await;
        let at = format!("/cases/{}", case["id"].as_str().unwrap());
        browser.sign_in("zs-reviewer").await;
        for tab in TABS {
            browser.open(&format!("{at}?tab={tab}")).await;
            let page = browser.text("main").await;
            assert!(!page.contains(ID_NUMBER), "{tab}");
            browser.picture(&format!("case-{tab}")).await;
            browser.axe().await;
        }
        browser.open(&format!("{at}?tab=flow")).await;
        browser.click(".actions a[href='#now']").await;
        assert!(!browser.text("li#now").await.is_empty());
        browser.see(".drawn", "图例").await;
        browser.axe().await;
        browser.picture("flow").await;
        browser.open(&format!("{at}?tab=time&sort=business")).await;
        browser.see(".timeline", "核对全国参保记录：可以办理").await;
        browser.see(".timeline", "李勇艳 · 中山").await;
    });
}

/// A second person reads what is proposed, why, and the paper that goes out if he agrees; what is missing goes by its title.
#[test]
fn a_second_person_reads_what_is_proposed() {
    browse(DESK, async |server, browser| {
        let case = server.at_reviewer().await;
        let path = format!("/api/v1/cases/{}", case["id"].as_str().unwrap());
        let asked = json!({ "reason": "R11" });
        let suspend = format!("{path}/suspend");
        let case = server.post("zs-handler", &suspend, &asked).await.with(200);
        let second = case["tasks"].as_array().unwrap().iter();
        let mut second = second.filter(|task| task["step"] == "suspend");
        let id = second.next().unwrap()["id"].as_str().unwrap();
        browser.sign_in("zs-reviewer").await;
        browser.open(&format!("/tasks/{id}")).await;
        browser.see(".known", "拟办的内容").await;
        browser.see(".known .preview", "挂起").await;
        browser.axe().await;
        browser.picture("second").await;
    });
}

/// A message of another system goes by its title, whether a step waited for it or an event.
#[test]
fn a_message_goes_by_its_title() {
    browse(DESK, async |server, browser| {
        let case = server.at_reviewer().await;
        let at = format!("/cases/{}", case["id"].as_str().unwrap());
        let death = json!({ "name": "death-match", "key": ID_NUMBER });
        let path = format!("/api/v1{at}/messages");
        server.post("zs-handler", &path, &death).await.with(200);
        browser.sign_in("zs-handler").await;
        browser.open(&format!("{at}?tab=time")).await;
        browser.see(".timeline", "收到消息：死亡信息比对结果").await;
    });
}

/// G60: one value is shown to whoever says why, and that he saw it is on record.
#[test]
fn g060_a_value_is_shown_with_a_reason_and_recorded() {
    browse(DESK, async |server, browser| {
        let case = server.at_reviewer().await;
        let at = format!("/cases/{}", case["id"].as_str().unwrap());
        browser.sign_in("zs-reviewer").await;
        browser.open(&format!("{at}?tab=data")).await;
        browser.click(".reveal summary").await;
        browser.fill("#why-applicant", "与社保卡核对").await;
        browser.click(".reveal [value='/id_number']").await;
        assert_eq!(browser.text(".revealed").await, ID_NUMBER);
        browser.open(&format!("{at}?tab=audit")).await;
        browser.see("table", "与社保卡核对").await;
        browser.see("table", "张兰超").await;
        let path = format!("/api/v1{at}/reveal");
        let wish = json!({ "of": "applicant", "pointer": "/id_number", "reason": " " });
        server
            .post("zs-reviewer", &path, &wish)
            .await
            .problem(422, "invalid");
        let wish = json!({ "of": "applicant", "pointer": "/name", "reason": "x" });
        server
            .post("zs-reviewer", &path, &wish)
            .await
            .problem(404, "not-found");
    });
}

/// G50: for whoever has no part in a case there is none.
#[test]
fn g050_a_case_of_others_is_not_there() {
    browse(DESK, async |server, browser| {
        let secret = crate::api::server::secret();
        let posts = ["520300/si/handler"];
        server
            .add("zy-handler", "外市", "person", secret, &posts)
            .await;
        let case = server.at_reviewer().await;
        browser.sign_in("zy-handler").await;
        let id = case["id"].as_str().unwrap();
        for tab in TABS {
            browser.open(&format!("/cases/{id}?tab={tab}")).await;
            browser.see("h1", "没有这一页").await;
        }
        browser.open(&format!("/cases/{id}/receipt")).await;
        browser.see("h1", "没有这一页").await;
    });
}

/// An act that ends the case is confirmed; then it is done once.
#[test]
fn a_case_is_withdrawn_at_the_window() {
    browse(DESK, async |server, browser| {
        let case = server.at_handler().await;
        let at = format!("/cases/{}", case["id"].as_str().unwrap());
        browser.sign_in("wz-window").await;
        browser.open(&at).await;
        browser.click("a[href*='act=withdraw']").await;
        browser.click("form.act button.main").await;
        browser.picture("act").await;
        browser.axe().await;
        browser.click("form.act button.harm").await;
        browser.see(".notice", "已办理：撤回").await;
        let now = server.get("wz-window", &format!("/api/v1{at}")).await;
        assert_eq!(now.with(200)["status"], "withdrawn");
    });
}

/// A note of an office is read by its own people alone: not by another city that works on the case, nor by the applicant; it makes no page
/// stale and lies sealed.
#[test]
fn g053_a_note_stays_in_its_office() {
    browse(DESK, async |server, browser| {
        let case = server.at_handler().await;
        let at = format!("/cases/{}", case["id"].as_str().unwrap());
        let said = "老人听力不好，请打女儿电话";
        browser.sign_in("wz-window").await;
        browser.open(&at).await;
        browser.click(".notes summary").await;
        browser.fill("#note", said).await;
        browser.click(".notes form button").await;
        browser.see(".notes li", said).await;
        browser.see(".notes li", "郭明").await;
        browser.picture("notes").await;
        browser.axe().await;
        for who in ["zs-handler", "zs-reviewer"] {
            let theirs = server.get(who, &format!("/api/v1{at}/notes")).await;
            assert_eq!(theirs.with(200), json!([]));
            let page = server.get(who, &format!("/api/v1{at}/history")).await;
            assert!(!page.text.contains(said));
        }
        let stranger = server
            .get("ks-handler", &format!("/api/v1{at}/notes"))
            .await;
        stranger.problem(404, "not-found");
        let now = server
            .get("wz-window", &format!("/api/v1{at}"))
            .await
            .with(200);
        assert_eq!(now["version"], case["version"]);
        let store = server.place.url.strip_prefix("sqlite:").unwrap();
        for file in [store.to_owned(), format!("{store}-wal")] {
            let bytes = std::fs::read(&file).unwrap();
            let open = bytes
                .windows(said.len())
                .any(|part| part == said.as_bytes());
            assert!(!open, "a note lies open in {file}");
        }
    });
}

/// Who lacks a right reads which post has it, and who could give it to him.
#[test]
fn whoever_lacks_a_right_reads_who_grants_it() {
    browse(DESK, async |server, browser| {
        let post = "442000/si/security-admin";
        server
            .add("admin-security", "邹玉桂", "person", "", &[post])
            .await;
        let case = server.at_handler().await;
        let task = task(&case, "records");
        browser.sign_in("zs-finance").await;
        browser.open("/admin/audit").await;
        browser.see("main", "中山 邹玉桂 0760-0000000").await;
        browser.axe().await;
        browser.open(&format!("/tasks/{task}")).await;
        browser.see("main", "需要以下岗位办理：").await;
    });
}

/// Beside a task stand phone and hours of the window on the other side; the number of what is not shown is a true one.
#[test]
fn the_other_city_can_be_reached_and_what_is_hidden_is_counted() {
    browse(DESK, async |server, browser| {
        let case = server.at_handler().await;
        browser.sign_in("zs-handler").await;
        browser
            .open(&format!("/tasks/{}", task(&case, "records")))
            .await;
        browser
            .see(".counterpart", "09:00–12:00、14:00–17:00")
            .await;
        browser.see(".counterpart", "郭明").await;
        let page = browser.text("main").await;
        assert!(!page.contains("因权限未显示"));
    });
}

/// On paper a long flow is as many sheets as it needs to be read, each drawn whole.
#[test]
fn a_flow_is_printed_sheet_by_sheet() {
    browse(DESK, async |server, browser| {
        let case = server.at_handler().await;
        browser.sign_in("zs-handler").await;
        let path = format!("/cases/{}?tab=flow", case["id"].as_str().unwrap());
        browser.open(&path).await;
        browser.click("a[href$='/flow']").await;
        browser.wait(".drawing img").await;
        let drawn = "return Promise.all([...document.querySelectorAll('.drawing img')].map(i => i.decode().then(() => i.naturalWidth)))";
        let widths = browser.script(drawn).await;
        let widths: Vec<u64> = serde_json::from_value(widths).unwrap();
        assert!(widths.len() > 1);
        assert!(
            widths.iter().all(|width| (1..=1030).contains(width)),
            "{widths:?}"
        );
        browser
            .see(".actions", &format!("共 {} 张", widths.len()))
            .await;
        browser.picture("flow-sheets").await;
    });
}

/// On a phone the list of the steps comes first, and the drawing is behind its button.
#[test]
fn on_a_phone_the_flow_is_a_list() {
    let phone = Setup {
        width: 360,
        height: 740,
        ..DESK
    };
    browse(phone, async |server, browser| {
        let case = server.at_handler().await;
        browser.sign_in("zs-handler").await;
        let path = format!("/cases/{}?tab=flow", case["id"].as_str().unwrap());
        browser.open(&path).await;
        browser.see(".outline", "核对").await;
        assert_eq!(browser.text(".drawn").await, "", "it is not shown");
        browser.see(".actions", "看大图").await;
        browser.picture("flow-phone").await;
    });
}
