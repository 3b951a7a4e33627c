//! The search box.

use super::browser::{DESK, PLAIN, browse};
use crate::api::server::ID_NUMBER;

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
                browser.click(".search button").await;
            };
            let swapped = number.replace("20261123", "20261132");
            look_for(&swapped).await;
            browser
                .see(".notice", "编号校验不符，请核对是否输错或颠倒")
                .await;
            browser.axe().await;
            look_for("450400195903150018").await;
            browser.see(".notice", "身份证号校验不符").await;
            look_for("李四").await;
            browser.see(".notice", "请输入完整的办件编号").await;
            look_for(ID_NUMBER).await;
            browser.see("tbody", number).await;
            browser.axe().await;
            assert_eq!(browser.path().await, "/search");
            look_for(&format!(" {} ", number.to_lowercase())).await;
            browser
                .arrives(&format!("/cases/{}", case["id"].as_str().unwrap()))
                .await;
        });
    }
}
