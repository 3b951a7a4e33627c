//! The worklist as a clerk uses it.

use super::browser::{Browser, DESK, browse};
use crate::api::server::{OTHERS, Server, task};
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
        let id = task(&cases[1], "records");
        let claim = format!("/api/v1/tasks/{id}/claim");
        server
            .post("zs-handler", &claim, &json!({}))
            .await
            .with(200);
        browser.sign_in("zs-handler").await;
        let number = cases[2]["number"].as_str().unwrap();
        for filters in [
            "",
            "&level=normal",
            "&level=red",
            &format!("&q={number}"),
            "&city=450400",
            "&city=110100",
        ] {
            for (at, tab) in ["mine", "open", "waiting"].into_iter().enumerate() {
                browser.open(&format!("/work?tab={tab}{filters}")).await;
                let rows = browser.all("tr[data-row]").await.len();
                assert_eq!(counts(browser).await[at].1, rows, "{tab}{filters}");
            }
        }
        browser.open("/work?tab=open").await;
        assert_eq!(browser.all("tr[data-row]").await.len(), 2);
        browser.see("tbody", "李**").await;
        browser.see("tbody", "梧州→中山").await;
        browser.picture("worklist").await;
        browser.axe().await;
        browser
            .open("/work?tab=open&matter=企业职工养老保险一次性待遇申领")
            .await;
        browser.picture("worklist-filtered").await;
        browser.open("/work?tab=open&level=red").await;
        browser.see(".empty", "没有符合筛选条件的任务").await;
        browser.axe().await;
    });
}
