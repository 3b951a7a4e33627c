//! What supervisors and administrators see.

use super::browser::{Browser, DESK, PLAIN, browse};
use crate::api::server::{secret, task};
use onenet::runtime::Channels;
use serde_json::{Value, json};

/// A number leads to a list of that length; a card is explained with one click and pursued by a form; nothing serious for axe.
#[test]
fn a_supervisor_goes_from_a_number_to_its_list_and_asks_about_a_card() {
    browse(DESK, async |server, browser| {
        server.app.runtime.send(Channels::default());
        let post = ["442000/si/supervisor"];
        server
            .add("zs-supervisor", "赵桂勇", "person", secret(), &post)
            .await;
        server.at_handler().await;
        let ahead = json!({ "advance": "2wd" });
        server.post("", "/api/v1/sandbox/clock", &ahead).await;
        browser.sign_in("zs-supervisor").await;
        browser.open("/board").await;
        browser.axe().await;
        browser.picture("board").await;
        let number = browser.text(".numbers .yellow strong").await;
        assert_eq!(number, "1");
        browser.see(".numbers .yellow", "1 件").await;
        browser.see(".bars .count", "1 张牌").await;
        browser.click(".numbers .yellow a").await;
        browser.wait("table.list").await;
        browser.axe().await;
        browser.picture("cases").await;
        assert_eq!(browser.all("table.list tbody tr").await.len(), 1);
        browser.open("/board").await;
        browser.click("table.list tbody td a").await;
        browser.see("h1", "牌").await;
        browser.see(".sum", "1 个工作日").await;
        browser.axe().await;
        browser.picture("card").await;
        browser.fill("#words-pursue", "为何超过环节时限？").await;
        browser.click("button[value=pursue]").await;
        browser.see(".notes", "为何超过环节时限？").await;
        let card = browser.path().await;
        let cards = async |of: &str| {
            let path = format!("/api/v1/supervision/cards{of}");
            server.get("zs-supervisor", &path).await.with(200)["total"].clone()
        };
        assert_eq!(
            (cards("").await, cards("?nowhere=true").await),
            (json!(1), json!(0))
        );
        // Whoever has the work finds the card from the level of his row, and the question from his task.
        let handler = Browser::new(&server.address, DESK).await;
        handler.sign_in("zs-handler").await;
        handler.open("/work?tab=open").await;
        handler.click("td a.to-card").await;
        handler.arrives(&card).await;
        handler.open("/work?tab=open").await;
        handler.press("jo").await;
        handler.see(".notice", "督办待答复").await;
        handler.click(".notice a").await;
        handler.arrives(&card).await;
        handler.open("/bell").await;
        handler.see(".bells", "督办，请答复").await;
        handler.click(".bells button").await;
        handler.arrives(&card).await;
        handler.fill("#words-explain", "参保记录待补").await;
        handler.click("button[value=explain]").await;
        handler.see(".notes", "参保记录待补").await;
        for (path, name) in [("/network", "network"), ("/board/trends", "trends")] {
            browser.open(path).await;
            browser.axe().await;
            browser.picture(name).await;
        }
    });
}

/// What was typed about a card that cannot be done any more stays where it was typed, with the reason.
#[test]
fn a_sentence_about_a_card_is_not_lost_when_it_comes_too_late() {
    browse(DESK, async |server, browser| {
        let post = ["442000/si/supervisor"];
        server
            .add("zs-supervisor", "赵桂勇", "person", secret(), &post)
            .await;
        server.at_handler().await;
        let ahead = json!({ "advance": "2wd" });
        server.post("", "/api/v1/sandbox/clock", &ahead).await;
        browser.sign_in("zs-supervisor").await;
        browser.open("/board").await;
        browser.click("table.list tbody td a").await;
        browser.fill("#words-close", "已在会上说明").await;
        let card = browser.path().await;
        let (_, id) = card.rsplit_once('/').unwrap();
        let asked = json!({ "words": "为何超过环节时限？" });
        let path = format!("/api/v1/supervision/cards/{id}/pursue");
        server.post("zs-supervisor", &path, &asked).await.with(200);
        browser.click("button[value=close]").await;
        browser.wait("#words-close[aria-invalid=true]").await;
        let kept = browser.wait("#words-close").await.prop("value").await;
        assert_eq!(kept.unwrap().unwrap(), "已在会上说明");
        browser.axe().await;
    });
}

/// Every place of the administration opens to its post, shows nothing serious to axe, and no case to anybody.
#[test]
fn administrators_find_their_places() {
    browse(DESK, async |server, browser| {
        let posts = [
            "442000/si/policy",
            "442000/si/system-admin",
            "442000/si/security-admin",
            "442000/si/audit-admin",
        ];
        for post in posts {
            let id = post.rsplit('/').next().unwrap();
            server.add(id, id, "person", secret(), &[post]).await;
        }
        for (who, places) in [
            (
                "policy",
                &[
                    "definitions",
                    "definitions/pension-lump-sum",
                    "calendars",
                    "parameters",
                ][..],
            ),
            ("system-admin", &["deliveries", "stuck", "connections"]),
            ("security-admin", &["directory", "connections"]),
            ("audit-admin", &["audit"]),
        ] {
            browser.sign_in(who).await;
            for place in places {
                browser.open(&format!("/admin/{place}")).await;
                browser.wait(".tabs a[aria-current]").await;
                browser.axe().await;
                browser
                    .picture(&format!("admin-{}", place.replace('/', "-")))
                    .await;
            }
            browser.click(".top form[action='/sign-out'] button").await;
        }
        browser.sign_in("audit-admin").await;
        browser.open("/admin/deliveries").await;
        browser.see("h1", "没有权限").await;
    });
}

/// 目录: a security administrator walks to an office and adds somebody; another agrees and sees the first password; nothing serious for axe on
/// the way.
#[test]
fn somebody_new_is_added_by_two_administrators() {
    browse(DESK, async |server, browser| {
        let post = ["442000/si/security-admin"];
        for id in ["safe-one", "safe-two"] {
            server.add(id, id, "person", secret(), &post).await;
        }
        browser.sign_in("safe-one").await;
        browser.open("/admin/directory").await;
        browser.axe().await;
        browser.picture("directory").await;
        browser.click("td a[href$='city=442000']").await;
        browser.see("main", "中山社保服务跨省通专窗1号").await;
        browser.axe().await;
        browser.picture("directory-city").await;
        browser.click("td a[href$='department=si']").await;
        browser.click("details:has(#new-id) summary").await;
        browser.fill("#new-id", "wei").await;
        browser.fill("#new-name", "韦新").await;
        browser.click("#new-post option[value='si/handler']").await;
        browser.fill("#why-new", "新到岗").await;
        browser.axe().await;
        browser.picture("directory-office").await;
        browser.click("button[value=add]").await;
        browser.see(".notice.warn", "申请增加人员 韦新").await;
        browser.click(".top form[action='/sign-out'] button").await;
        browser.sign_in("safe-two").await;
        browser.open("/admin/directory?person=zs-handler").await;
        browser.axe().await;
        browser.picture("directory-person").await;
        browser.click("button[name=agree]").await;
        browser.wait(".secret").await;
        browser.axe().await;
        browser.picture("directory-first").await;
        browser.open("/admin/directory?q=wei").await;
        browser.see("table.list", "韦新").await;
    });
}

/// 以某岗位查看: the bar says as what and that nothing can be done; the worklist, a task and the end are one click each.
#[test]
fn an_administrator_looks_as_a_post() {
    browse(DESK, async |server, browser| {
        let post = ["442000/si/system-admin"];
        server
            .add("admin-system", "廖兰超", "person", secret(), &post)
            .await;
        server.at_handler().await;
        browser.sign_in("admin-system").await;
        browser.open("/admin/look-as").await;
        browser.axe().await;
        browser.picture("admin-look-as").await;
        browser.click("#look-city option[value='442000']").await;
        browser.click("#look-post option[value='si/handler']").await;
        browser.fill("#look-reason", "来电咨询").await;
        browser.click("main form button.main").await;
        browser.see(".onlooker", "只读").await;
        browser.open("/work?tab=open").await;
        browser.axe().await;
        browser.picture("look-as-work").await;
        browser.click("table.list td a").await;
        browser.see("main", "***").await;
        browser.axe().await;
        browser.picture("look-as-task").await;
        browser.click(".onlooker button").await;
        browser.arrives("/admin/look-as").await;
        assert!(browser.all(".onlooker").await.is_empty());
    });
}

/// 转派 and 成批督办: the work of a card goes to somebody else of the office; ticked cards are asked about together; both without scripts.
#[test]
fn a_supervisor_gives_work_away_and_asks_about_several_cards() {
    for setup in [DESK, PLAIN] {
        browse(setup, async |server, browser| {
            let post = ["442000/si/supervisor"];
            server
                .add("zs-supervisor", "赵桂勇", "person", secret(), &post)
                .await;
            server.at_handler().await;
            let ahead = json!({ "advance": "2wd" });
            server.post("", "/api/v1/sandbox/clock", &ahead).await;
            browser.sign_in("zs-supervisor").await;
            browser.open("/board/together").await;
            browser.axe().await;
            browser.picture("board-together").await;
            browser.click("input[name=card]").await;
            browser.fill("#words", "请今日内办结").await;
            browser.click("button[value=pursue]").await;
            browser.see(".notice.good", "1 件中办成 1 件").await;
            browser.open("/board").await;
            browser.see("table.list", "督办待答复").await;
            browser.click("table.list tbody td a").await;
            browser.fill("textarea[id^=why-]", "经办人请假").await;
            browser.click("button[name=transfer]").await;
            browser.see("main", "李勇艳").await;
            browser.axe().await;
        });
    }
}

/// 转派 is offered wherever a supervisor sees a task, and says how much each has to do and who is away until when.
#[test]
fn a_supervisor_reassigns_from_every_list() {
    browse(DESK, async |server, browser| {
        for (id, name, post) in [
            ("zs-supervisor", "赵桂勇", "442000/si/supervisor"),
            ("zs-away", "周不在", "442000/si/handler"),
            ("zs-lead", "钱组长", "442000/si/lead"),
        ] {
            server.add(id, name, "person", secret(), &[post]).await;
        }
        let away = json!({ "person": "zs-away", "deputy": "zs-handler", "from": "2026-11-23", "to": "2026-12-04" });
        let entered = server.post("zs-lead", "/api/v1/absences", &away).await;
        assert!(entered.status.is_success(), "{}", entered.text);
        let case = server.at_handler().await;
        let work = task(&case, "records");
        let claim = format!("/api/v1/tasks/{work}/claim");
        server
            .post("zs-handler", &claim, &json!({}))
            .await
            .with(200);
        let ahead = json!({ "advance": "2wd" });
        server.post("", "/api/v1/sandbox/clock", &ahead).await;
        browser.sign_in("zs-supervisor").await;
        let case = case["id"].as_str().unwrap();
        for path in [
            "/board".to_owned(),
            "/cases?level=yellow".to_owned(),
            format!("/cases/{case}"),
            format!("/tasks/{work}"),
        ] {
            browser.open(&path).await;
            browser.click("a.give").await;
            let choices = browser.text("#to").await;
            assert!(choices.contains("在办 1 件"), "{path}: {choices}");
            assert!(
                choices.contains("周不在（在办 0 件，不在岗至 2026-12-04）"),
                "{path}: {choices}"
            );
            browser.axe().await;
        }
        browser.picture("reassign").await;
        browser.fill("#reason", "经办人请假").await;
        browser.click("main button.main").await;
        browser.see(".notice.good", "1 件中办成 1 件").await;
    });
}

/// 4.7: beside the table stand windows, duty phone, hours and who serves a city; another deployment is proposed by one person and
/// approved by another.
#[test]
fn the_network_tells_how_each_city_is_reached() {
    browse(DESK, async |server, browser| {
        let posts = ["442000/si/security-admin"];
        for id in ["safe-one", "safe-two"] {
            server.add(id, id, "person", secret(), &posts).await;
        }
        let key = "ed25519:11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
        browser.sign_in("safe-one").await;
        browser.open("/admin/connections").await;
        browser.click("details summary").await;
        browser.fill("#name", "zunyi").await;
        browser.fill("#address", "https://net.zunyi.example").await;
        browser.fill("#cities", "遵乙").await;
        browser.fill("#keys", key).await;
        browser.click("button[value=propose]").await;
        browser.see(".error", "遵乙").await;
        browser.fill("#cities", "遵义").await;
        browser.click("button[value=propose]").await;
        browser.see("table.list", "须由另一人确认").await;
        browser.axe().await;
        browser.picture("admin-connections").await;
        let known = server.get("safe-one", "/api/v1/peers").await.with(200);
        assert_eq!(known[0]["cities"], json!(["520300"]));
        assert_eq!(known[0]["approved_by"], Value::Null);
        browser.click(".top form[action='/sign-out'] button").await;
        browser.sign_in("safe-two").await;
        browser.open("/admin/connections").await;
        browser.click("button[value=approve]").await;
        browser.see("table.list", "生效").await;
        browser.click(".top form[action='/sign-out'] button").await;
        browser.sign_in("zs-handler").await;
        browser.open("/network").await;
        browser.see("main", "10 个专窗").await;
        browser.see("main", "0998-0000000").await;
        browser.see("main", "10:00–14:00、16:00–19:30").await;
        browser.see("main", "zunyi").await;
        browser.axe().await;
        browser.picture("network-cities").await;
    });
}

/// G70: what was read is searched by the audit administrator, and stands on the case for whoever sees it whole.
#[test]
fn g070_what_was_read_is_found_by_whoever_audits() {
    browse(DESK, async |server, browser| {
        let post = ["442000/si/audit-admin"];
        server
            .add("audit-admin", "审计员", "person", secret(), &post)
            .await;
        let case = server.at_handler().await;
        let (id, number) = (
            case["id"].as_str().unwrap(),
            case["number"].as_str().unwrap(),
        );
        browser.sign_in("zs-handler").await;
        browser.open(&format!("/cases/{id}?tab=data")).await;
        browser.open(&format!("/cases/{id}?tab=audit")).await;
        browser.see("main", "查阅记录").await;
        browser.see("table.list", "数据").await;
        browser.axe().await;
        browser.picture("case-audit").await;
        browser.click(".top form[action='/sign-out'] button").await;
        browser.sign_in("audit-admin").await;
        browser.open("/admin/audit").await;
        browser.fill("#case", number).await;
        browser.fill("#account", "zs-handler").await;
        browser.click("form[role=search] button.main").await;
        browser.see("table.list", "李勇艳").await;
        browser.see("table.list", "127.0.0.1").await;
        browser.axe().await;
        browser.picture("admin-audit-case").await;
        browser.fill("#case", "450400-YCXDY-20261123-99999-X").await;
        browser.click("form[role=search] button.main").await;
        browser.see(".notice", "没有这个编号的办件").await;
    });
}

/// A year's calendar is loaded by a form: what it would change is told first, and then what became of it.
#[test]
fn a_policy_officer_loads_a_year() {
    browse(DESK, async |server, browser| {
        server.at_handler().await;
        browser.sign_in("author").await;
        browser.open("/admin/calendars").await;
        browser.see(".month caption", "10 月").await;
        browser.see(".month .rests[title='国庆']", "休").await;
        browser.see(".facts", "10:00–14:00").await;
        browser
            .click("a.chip[href='/admin/calendars?year=2025']")
            .await;
        browser.see("h2", "2025 年").await;
        browser.see("li", "2025-03-31").await;
        browser.axe().await;
        browser.open("/admin/calendars").await;
        browser.click(".actions a.button").await;
        browser
            .fill("#text", "calendar: national\nyear: 2027\nnope: 1\n")
            .await;
        browser.click("button[value=try]").await;
        browser.see(".notice.bad", "3:1").await;
        let year = "calendar: national\nyear: 2027\nversion: '1'\ndays: '2027-01-01 | 周五 | 休 | 元旦 | 法定'\n";
        browser.fill("#text", year).await;
        browser.click("button[value=try]").await;
        browser
            .see(".plan", "日历成为第 2 版；将重新计算 1 件")
            .await;
        browser.axe().await;
        browser.picture("admin-publish").await;
        browser.click("button[value=publish]").await;
        browser.arrives("/admin/calendars").await;
        browser.see(".chip", "2027").await;
        browser.axe().await;
        browser.picture("admin-calendars-2").await;
    });
}
