//! The worklist as a clerk uses it.

use super::browser::{Browser, DESK, PLAIN, browse};
use crate::api::server::{OTHERS, Server, records, secret, task};
use serde_json::{Value, json};

/// What the tabs say, by their words.
async fn counts(browser: &Browser) -> Vec<(String, usize)> {
    let tabs = browser.all(".tabs a").await;
    let read = |tab: String| {
        let (word, count) = tab.rsplit_once(' ').unwrap();
        (word.to_owned(), count.parse().unwrap())
    };
    tabs.into_iter().map(read).collect()
}

/// Three cases before the handler of Zhongshan.
async fn three(server: &Server) -> Vec<Value> {
    let mut cases = vec![server.at_handler().await];
    for id_number in OTHERS {
        cases.push(server.of_at_handler(id_number).await);
    }
    cases
}

/// Product 13.5: the number on a tab is the length of the list behind it, also with filters.
#[test]
fn counts_are_the_lengths_of_their_lists() {
    browse(DESK, async |server, browser| {
        let cases = three(server).await;
        claim(server, "zs-handler", &cases[1]).await;
        let done = server.complete("zs-handler", &cases[0], "records", "可以办理", records());
        done.await;
        browser.sign_in("zs-handler").await;
        let number = cases[2]["number"].as_str().unwrap();
        let filters = [
            "",
            "&level=normal",
            "&level=red",
            &format!("&q={number}"),
            "&city=450400",
            "&city=110100",
            "&matter=pension-lump-sum&step=records",
            "&matter=nothing",
            "&method=collected",
            "&method=local",
            "&method=video",
        ];
        let tabs = ["mine", "open", "waiting", "done", "followed", "office"];
        server.follow("zs-handler", &cases[2]).await;
        for filters in filters {
            for (at, tab) in tabs.into_iter().enumerate() {
                browser.open(&format!("/work?tab={tab}{filters}")).await;
                let rows = browser.all("tr[data-row]").await.len();
                assert_eq!(counts(browser).await[at].1, rows, "{tab}{filters}");
            }
        }
        // A matter is found by its code, its initials or a part of its title, and then stands there with its title.
        for part in ["ycxdy", "grzhycxdysl", "账户一次性待遇"] {
            browser.open(&format!("/work?tab=open&matter={part}")).await;
            assert_eq!(counts(browser).await[1].1, 1, "{part}");
            let shown = browser.wait("#f-matter").await.prop("value").await;
            assert!(shown.unwrap().unwrap().contains("一次性待遇"), "{part}");
        }
        browser.open("/work").await;
        let all: Vec<usize> = counts(browser).await.into_iter().map(|(_, n)| n).collect();
        assert_eq!(all, [1, 1, 1, 1, 1, 2]);
        browser.open("/work?tab=open&method=collected").await;
        assert_eq!(counts(browser).await[1].1, 1);
        browser.open("/work?tab=open&method=local").await;
        assert_eq!(counts(browser).await[1].1, 0);
    });
}

/// Nothing somebody touched disappears: it waits for others, who and since when is said, and stands among what he did.
#[test]
fn what_somebody_did_waits_for_others_and_stays_among_what_is_done() {
    browse(DESK, async |server, browser| {
        let case = server.at_handler().await;
        let done = server.complete("zs-handler", &case, "records", "可以办理", records());
        done.await;
        browser.sign_in("zs-handler").await;
        browser.open("/work?tab=waiting").await;
        browser.see("td.waits", "梧州 · 专窗收件岗").await;
        browser.see("td.waits", "自 2026-11-23 09:00").await;
        browser.picture("waiting").await;
        browser.axe().await;
        browser.open("/work?tab=done").await;
        browser.see("tbody", "可以办理").await;
        browser.see("tbody", "2026-11-23 09:00").await;
        browser.picture("done").await;
        browser.axe().await;
    });
}

/// The list as it looks: masked applicant, cities, time left; and what it says when it is empty.
#[test]
fn a_row_says_what_is_needed_and_an_empty_list_what_would_be_there() {
    browse(DESK, async |server, browser| {
        three(server).await;
        browser.sign_in("zs-handler").await;
        for said in ["李**", "梧州→中山", "核对全国参保记录", "剩 "] {
            browser.see("tbody", said).await;
        }
        browser.picture("worklist").await;
        browser.axe().await;
        browser.open("/work?tab=open&level=red").await;
        browser.see(".empty", "没有符合筛选条件的任务").await;
        browser.open("/work?tab=mine").await;
        browser
            .see(".empty", "您领取或正在办理的任务会出现在这里")
            .await;
        browser.picture("empty").await;
        browser.axe().await;
        browser.click(".empty a").await;
        browser.arrives("/work?tab=open").await;
        assert_eq!(browser.all("tr[data-row]").await.len(), 3);
    });
}

/// Of several tasks taken at once, those that somebody was faster with are named, and the others are taken; without scripts too.
#[test]
fn several_are_taken_at_once_and_whoever_was_faster_is_named() {
    for setup in [DESK, PLAIN] {
        browse(setup, async |server, browser| {
            let cases = three(server).await;
            browser.sign_in("zs-handler").await;
            for at in 1..=2 {
                browser
                    .click(&format!("tbody tr:nth-child({at}) input"))
                    .await;
            }
            claim(server, "zs-handler-2", &cases[0]).await;
            browser.click("button[name=several]").await;
            browser.see(".notice", "2 件中办成 1 件").await;
            browser
                .see("tbody", cases[0]["number"].as_str().unwrap())
                .await;
            browser.see("tbody", "孙平").await;
            browser.picture("not-all").await;
            browser.open("/work?tab=mine").await;
            assert_eq!(
                browser.all("td.number a").await,
                [cases[1]["number"].as_str().unwrap()]
            );
            browser.click("tbody button").await;
            browser.arrives("/work?tab=mine").await;
            browser
                .see(".empty", "您领取或正在办理的任务会出现在这里")
                .await;
        });
    }
}

/// Rows never move by themselves: a bar says how many have changed, and `r` shows them.
#[test]
fn news_are_told_and_shown_when_asked_for() {
    browse(DESK, async |server, browser| {
        let case = server.at_handler().await;
        browser.sign_in("zs-handler").await;
        browser.open("/work?tab=open").await;
        let ask = "document.querySelector('[data-refresh]').dispatchEvent(new Event('ask'))";
        server.of_at_handler(OTHERS[0]).await;
        browser.script(ask).await;
        browser.see("#changes", "有 1 条变化 · 按 r 刷新").await;
        assert_eq!(browser.all("tr[data-row]").await.len(), 1);
        claim(server, "zs-handler-2", &case).await;
        browser.script(ask).await;
        browser.see("#changes", "有 2 条变化 · 按 r 刷新").await;
        browser.picture("news").await;
        browser.press("r").await;
        browser.see("tbody", "00002").await;
        assert_eq!(browser.all("tr[data-row]").await.len(), 1);
        assert!(browser.all("#changes").await.concat().is_empty());
    });
}

/// A list of more than thirty rows has pages, and going on neither loses nor repeats a row.
#[test]
fn pages_follow_each_other() {
    browse(DESK, async |server, browser| {
        let tests: Vec<String> = (0..31).map(id_number).collect();
        for id_number in &tests {
            server.of_at_handler(id_number).await;
        }
        browser.sign_in("zs-handler").await;
        let first = browser.all("td.number a").await;
        assert_eq!(first.len(), 30);
        browser.click("a[rel=next]").await;
        browser.see(".below", "回到第一页").await;
        let second = browser.all("td.number a").await;
        assert_eq!(second.len(), 1);
        assert!(!first.contains(&second[0]));
        let size = browser
            .script("return performance.getEntriesByType('navigation')[0].transferSize")
            .await;
        assert!(size.as_u64().unwrap() < 100 * 1024, "{size}");
    });
}

/// The `n`-th of many made-up ID numbers, all sound.
fn id_number(n: u32) -> String {
    let body = format!("45040019590315{:03}", 100 + n);
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = body
        .chars()
        .zip(weights)
        .map(|(c, w)| c.to_digit(10).unwrap() * w)
        .sum();
    let check = "10X98765432".as_bytes()[(sum % 11) as usize];
    format!("{body}{}", char::from(check))
}

/// Claims the handler's task of a case.
async fn claim(server: &Server, who: &str, case: &Value) {
    let path = format!("/api/v1/tasks/{}/claim", task(case, "records"));
    server.post(who, &path, &json!({})).await.with(200);
}

impl Server {
    /// Lets somebody follow a case.
    async fn follow(&self, who: &str, case: &Value) {
        let path = format!("/api/v1/cases/{}/follow", case["id"].as_str().unwrap());
        let answer = self.post(who, &path, &json!({})).await;
        assert_eq!(answer.status, 204, "{}", answer.text);
    }
}

/// A case that is followed stands in a part of its own, wherever it is, and can be urged from there; one that is followed no more is gone.
#[test]
fn a_case_is_followed_urged_and_followed_no_more() {
    for setup in [DESK, PLAIN] {
        browse(setup, async |server, browser| {
            let case = server.at_handler().await;
            let at = format!("/cases/{}", case["id"].as_str().unwrap());
            browser.sign_in("wz-window").await;
            browser.open(&at).await;
            browser.click(".follow button").await;
            browser.see(".follow button", "取消关注").await;
            browser.open("/work?tab=followed").await;
            browser.see("tbody", case["number"].as_str().unwrap()).await;
            browser.axe().await;
            browser.picture("followed").await;
            browser.click("tbody input[name=case]").await;
            browser.fill("#urge-words", "请尽快核对").await;
            browser.click("button[name=urge]").await;
            browser.see(".notice.good", "1 件中办成 1 件").await;
            browser.open(&format!("{at}?tab=time")).await;
            browser.see(".timeline", "请尽快核对").await;
            browser.open("/work?tab=followed").await;
            browser.click("tbody button").await;
            browser.see(".empty", "您关注的办件会出现在这里").await;
        });
    }
}

/// Several tasks are given to a colleague at once, with one reason; one that is done meanwhile is named with why, the others go. Whoever
/// watches over the office chooses among all it has, whoever holds them.
#[test]
fn several_are_given_to_a_colleague_and_each_says_what_became_of_it() {
    for setup in [DESK, PLAIN] {
        browse(setup, async |server, browser| {
            let post = ["442000/si/lead"];
            server
                .add("zs-lead", "黄涛", "person", secret(), &post)
                .await;
            let cases = three(server).await;
            for case in &cases[..2] {
                claim(server, "zs-handler", case).await;
            }
            browser.sign_in("zs-handler").await;
            browser.open("/work?tab=mine").await;
            for at in 1..=2 {
                let row = format!("tbody tr:nth-child({at}) input");
                browser.click(&row).await;
            }
            browser.click("button[name=transfer]").await;
            browser.see("main", "转办 2 件").await;
            browser.axe().await;
            browser.picture("transfer-several").await;
            browser.click("#to option[value=zs-handler-2]").await;
            browser.fill("#reason", "请假").await;
            let done = server.complete("zs-handler", &cases[0], "records", "可以办理", records());
            done.await;
            browser.click("main form button.main").await;
            browser.see(".notice", "2 件中办成 1 件").await;
            browser.see("tbody", "办理").await;
            browser.axe().await;
            let held = server
                .get("zs-handler-2", "/api/v1/tasks?holder=me")
                .await
                .with(200);
            assert_eq!(held["total"], 1);
            assert_eq!(held["tasks"][0]["number"], cases[1]["number"]);
            browser.click(".top form[action='/sign-out'] button").await;
            browser.sign_in("zs-lead").await;
            browser.see(".empty", "看本部门在办的").await;
            browser.open("/work?tab=office&state=held").await;
            browser.click("tbody tr:nth-child(1) input").await;
            browser.click("button[name=transfer]").await;
            browser.click("#to option[value=zs-handler]").await;
            browser.fill("#reason", "另有安排").await;
            browser.click("main form button.main").await;
            browser.see(".notice", "1 件中办成 1 件").await;
            let held = server
                .get("zs-handler", "/api/v1/tasks?holder=me")
                .await
                .with(200);
            assert_eq!(held["tasks"][0]["number"], cases[1]["number"]);
        });
    }
}

/// Tasks of a step that the matter lets be done together are finished by one form, and each says what became of it.
#[test]
fn tasks_are_finished_together_where_the_matter_allows_it() {
    browse(DESK, async |server, browser| {
        let mut cases = Vec::new();
        for id_number in OTHERS {
            cases.push(server.on_the_list(id_number).await);
        }
        browser.sign_in("zs-finance").await;
        for at in 1..=2 {
            let row = format!("tbody tr:nth-child({at}) input");
            browser.click(&row).await;
        }
        browser.click("button[name=together]").await;
        browser.see("main", "一起办理 2 件：列入发放名单").await;
        browser.axe().await;
        browser.picture("together").await;
        let before = server.complete("zs-finance", &cases[0], "pay_list", "已列入", json!({}));
        before.await;
        browser.click("[name=outcome][value=已列入]").await;
        browser.see(".notice", "2 件中办成 1 件").await;
        browser.see("tbody", "办件已经结束").await;
        browser.picture("together-done").await;
        let path = format!("/api/v1/cases/{}", cases[1]["id"].as_str().unwrap());
        let case = server.get("zs-finance", &path).await.with(200);
        assert_eq!(case["status"], "completed");
    });
}

impl Server {
    /// A calculated pension that waits to be entered in the list of payments.
    async fn on_the_list(&self, id_number: &str) -> Value {
        let application = json!({
            "matter": "pension-calculation", "accepting_city": "450400", "channel": "window",
            "applicant": { "name": "李四", "id_number": id_number },
            "form": { "insured_city": "442000", "bank_name": "示例银行", "bank_account": "6222020000000000000" },
        });
        let case = self.post("wz-window", "/api/v1/cases", &application).await;
        let case = case.with(201);
        let monthly = json!({ "monthly": "3218.40", "first_month": "2026-12" });
        let work = [
            ("wz-window", "intake.check", "齐全", json!({})),
            ("zs-handler", "work", "已核定", monthly),
            ("zs-reviewer", "approve", "通过", json!({})),
        ];
        let mut case = case;
        for (who, step, outcome, data) in work {
            case = self.complete(who, &case, step, outcome, data).await;
        }
        case
    }
}
