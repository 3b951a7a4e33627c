//! The search box.

use super::browser::{DESK, PLAIN, browse};
use crate::api::server::{ID_NUMBER, OTHERS};

/// A case is found by its number however it is typed, a person's cases by his ID number; a mistyped number is told as such.
#[test]
fn the_search_box_finds_cases_by_number_and_by_person() {
    for setup in [DESK, PLAIN] {
        browse(setup, async |server, browser| {
            let case = server.at_handler().await;
            let number = case["number"].as_str().unwrap();
            browser.sign_in("zs-handler").await;
            let look_for = async |text: &str| {
                browser.fill(".search input[name=q]", text).await;
                browser.click_away(".search button").await;
            };
            let swapped = number.replace("20261123", "20261132");
            look_for(&swapped).await;
            browser
                .see(".notice", "编号校验不符，请核对是否输错或颠倒")
                .await;
            browser.axe().await;
            look_for("450400195903150018").await;
            browser.see(".notice", "身份证号校验不符").await;
            look_for("202").await;
            browser.see(".notice", "请输入办件编号、它的开头").await;
            look_for("13900000000").await;
            browser.see(".notice", "不能按电话查询").await;
            let serial = number.split('-').nth(3).unwrap();
            for text in [
                "李四",
                "ls",
                "李s",
                ID_NUMBER,
                "450400-ycxdy",
                serial,
                &serial[1..],
            ] {
                look_for(text).await;
                browser.see("tbody", number).await;
                browser.see("tbody", "李**").await;
                assert_eq!(browser.path().await, "/search");
            }
            browser.axe().await;
            for text in ["李五", "李x", "李", "9999"] {
                look_for(text).await;
                browser.see(".empty", "没有找到").await;
            }
            browser.picture("search-none").await;
            look_for(&number.replace('-', "")).await;
            browser
                .arrives(&format!("/cases/{}", case["id"].as_str().unwrap()))
                .await;
            look_for(&format!(" {} ", number.to_lowercase())).await;
            browser
                .arrives(&format!("/cases/{}", case["id"].as_str().unwrap()))
                .await;
        });
    }
}

/// While somebody types the first cases are shown under the box; nobody finds a person of whose cases he may see nothing, or only a part.
#[test]
fn g053_cases_are_found_while_a_name_is_typed() {
    browse(DESK, async |server, browser| {
        let case = server.at_handler().await;
        let number = case["number"].as_str().unwrap();
        let look = async |who: &str, text: &str| {
            browser.client.delete_all_cookies().await.unwrap();
            browser.sign_in(who).await;
            browser.fill(".search input[name=q]", text).await;
        };
        look("wz-window", "李四").await;
        browser.see("#found a", number).await;
        browser.picture("search-live").await;
        browser.axe().await;
        browser.click("#found a").await;
        browser.see("h1", number).await;
        look("wz-window", "ls").await;
        browser.see("#found a", number).await;
        look("ks-handler", "李四").await;
        browser.see("#found", "没有找到").await;
        assert!(browser.all("#found a").await.is_empty());
    });
}

/// The list of cases is narrowed down to an applicant, whose name and number stand in no address.
#[test]
fn g063_a_list_of_cases_is_of_one_applicant() {
    browse(PLAIN, async |server, browser| {
        let case = server.at_handler().await;
        server.of_at_handler(OTHERS[0]).await;
        let number = case["number"].as_str().unwrap();
        browser.sign_in("zs-handler").await;
        for (who, rows) in [
            (ID_NUMBER, 1),
            ("李四", 2),
            ("李s", 2),
            ("LS", 2),
            ("王五", 0),
        ] {
            browser.open("/cases").await;
            browser.fill("#who", who).await;
            browser.click(".filters[method=post] button").await;
            browser.see(".filters", "按申请人筛选").await;
            let path = browser.path().await;
            assert!(path.contains("applicant="), "{path}");
            assert!(!path.contains(who), "{path}");
            assert_eq!(browser.all("tbody tr").await.len(), rows, "{who}");
            assert!(
                browser
                    .all("tbody tr")
                    .await
                    .iter()
                    .all(|row| row.contains("李**")),
                "{who}"
            );
        }
        browser.open("/cases").await;
        browser.fill("#who", ID_NUMBER).await;
        browser.click(".filters[method=post] button").await;
        browser.see("tbody", number).await;
        browser.axe().await;
    });
}
