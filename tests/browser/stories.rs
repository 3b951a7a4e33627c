//! Three stories from intake to closing, as different people in different cities work them: only by clicking and typing.

use super::browser::{Browser, DESK, browse};
use crate::api::server::{ACCOUNT, ID_NUMBER, Server, secret};
use fantoccini::Locator;
use fantoccini::cookies::Cookie;
use std::collections::BTreeMap;

/// The people of the example network that the stories need besides those every server has.
const CAST: [&str; 14] = [
    "zs-window",
    "zs-hrss-handler",
    "zs-hrss-reviewer",
    "zs-mib-handler",
    "zs-mib-reviewer",
    "zs-hf-handler",
    "zs-hf-reviewer",
    "zs-hf-finance",
    "zy-handler",
    "zy-reviewer",
    "zy-finance",
    "gz-handler",
    "gz-reviewer",
    "gz-finance",
];

/// Everybody at a desk of his own: one browser, and the sign-in of whoever sits before it.
struct Desks<'b> {
    browser: &'b Browser,
    signed_in: BTreeMap<String, Cookie<'static>>,
}

impl<'b> Desks<'b> {
    async fn open(server: &mut Server, browser: &'b Browser) -> Self {
        let library = server.app.runtime.library();
        for person in library.network.people() {
            if CAST.contains(&person.id.as_str()) {
                let posts: Vec<&str> = person.posts.iter().map(String::as_str).collect();
                let (id, name) = (&person.id, &person.name);
                server.add(id, name, "person", secret(), &posts).await;
            }
        }
        Desks {
            browser,
            signed_in: BTreeMap::new(),
        }
    }

    /// Sits down at somebody's desk; the first time he signs in.
    async fn of(&mut self, who: &str) -> &'b Browser {
        let browser = self.browser;
        browser.client.delete_all_cookies().await.unwrap();
        match self.signed_in.get(who) {
            Some(cookie) => browser.client.add_cookie(cookie.clone()).await.unwrap(),
            None => {
                browser.sign_in(who).await;
                let cookie = browser.cookie("onenet").await.unwrap();
                self.signed_in.insert(who.to_owned(), cookie);
            }
        }
        browser
    }

    /// Takes an application in at a counter; the number of the case.
    async fn intake(
        &mut self,
        who: &str,
        (initials, matter): (&str, &str),
        fields: &[Entry<'_>],
    ) -> String {
        let browser = self.of(who).await;
        browser.open("/new").await;
        browser.fill("#q", initials).await;
        browser
            .gone("#matters a[href='/new/personal-info-change']")
            .await;
        browser
            .click(&format!("#matters a[href='/new/{matter}']"))
            .await;
        enter(browser, fields).await;
        browser.click("[name=do]").await;
        browser.see(".notice", "已收件").await;
        browser.text(".slip dd.number").await
    }

    /// Finds a task in the worklist by number and step, fills its form and finishes it.
    async fn does(
        &mut self,
        who: &str,
        number: &str,
        step: &str,
        outcome: &str,
        fields: &[Entry<'_>],
    ) {
        let browser = self.of(who).await;
        browser.open("/work?tab=open").await;
        let row =
            format!("//tr[@data-row][contains(., '{number}')][td[normalize-space(.)='{step}']]//a");
        let link = browser.client.find(Locator::XPath(&row)).await;
        let Ok(link) = link else {
            panic!(
                "{who} has no {step} of {number}, but {:?}",
                browser.all("tr[data-row]").await
            );
        };
        browser.press_on(link).await;
        self.finish(outcome, fields).await;
    }

    /// Fills in the task before us, and finishes it.
    async fn finish(&self, outcome: &str, fields: &[Entry<'_>]) {
        let browser = self.browser;
        browser.wait("#task").await;
        enter(browser, fields).await;
        let outcome = format!("[name=outcome][value='{outcome}']");
        browser.click(&outcome).await;
        browser.see(".notice.good", "已办理").await;
    }

    /// Follows a link by its words.
    async fn follow(&self, words: &str) {
        let link = self.browser.client.find(Locator::LinkText(words)).await;
        self.browser.press_on(link.unwrap()).await;
    }

    /// Does one task after the other.
    async fn work(&mut self, number: &str, work: &[Work<'_>]) {
        for (who, step, outcome, fields) in work {
            self.does(who, number, step, outcome, fields).await;
        }
    }

    /// Enters what another system should have sent.
    async fn enters(&mut self, who: &str, number: &str, what: &str, fields: &[Entry<'_>]) {
        let browser = self.of(who).await;
        find(browser, number).await;
        self.follow(what).await;
        enter(browser, fields).await;
        browser.click("[name=do]").await;
        browser.see(".notice.good", "登记消息").await;
    }

    /// The number of a part of a case, as the page of the case names it.
    async fn part(&mut self, number: &str, title: &str) -> String {
        let browser = self.of("zs-window").await;
        find(browser, number).await;
        let link = format!("//main//li/a[starts-with(normalize-space(.), '{title} ')]");
        let link = browser.client.find(Locator::XPath(&link)).await.unwrap();
        let text = link.text().await.unwrap();
        text.rsplit(' ').next().unwrap().to_owned()
    }

    /// What a case says on top of its page.
    async fn stands(&mut self, who: &str, number: &str, state: &str) {
        let browser = self.of(who).await;
        find(browser, number).await;
        browser.see(".of-case", state).await;
    }
}

/// Who, at which step, by which outcome, with what filled in.
type Work<'t> = (&'t str, &'t str, &'t str, &'t [Entry<'t>]);

/// A field of a form, by its pointer.
enum Entry<'t> {
    /// Typed into.
    Text(&'t str, &'t str),
    /// Chosen from several that are all in sight.
    Choice(&'t str, &'t str),
    /// A row more.
    Row(&'t str),
}

use Entry::{Choice, Row, Text};

async fn enter(browser: &Browser, fields: &[Entry<'_>]) {
    for field in fields {
        match field {
            Text(pointer, text) => browser.fill(&format!("[name='{pointer}']"), text).await,
            Choice(pointer, value) => {
                let css = format!(
                    "[name='{pointer}'][value='{value}'], [name='{pointer}'] [value='{value}']"
                );
                browser.click(&css).await;
            }
            Row(pointer) => {
                let add = format!("[name='sheet.add'][value='{pointer}']");
                browser.click(&add).await;
            }
        }
    }
}

/// Goes to a case by the search box.
async fn find(browser: &Browser, number: &str) {
    browser.open("/work").await;
    browser.fill(".search input[name=q]", number).await;
    browser.click(".search button").await;
    browser.see("h1", number).await;
}

/// Wuzhou takes in, Zhongshan decides, and the applicant never travels.
#[test]
fn a_lump_sum_goes_from_wuzhou_to_zhongshan() {
    browse(DESK, async |server, browser| {
        let mut desks = Desks::open(server, browser).await;
        let application = [
            Text("/applicant/name", "李四"),
            Text("/applicant/id_number", ID_NUMBER),
            Text("/form/insured_city", "442000"),
            Choice("/form/claim_kind", "months_short"),
            Text("/form/bank_name", "示例银行"),
            Text("/form/bank_account", ACCOUNT),
            Choice("/form/delivery", "window_pickup"),
        ];
        let case = &desks
            .intake("wz-window", ("ycxdy", "pension-lump-sum"), &application)
            .await;
        let records = [Text("/months", "96"), Text("/balance", "28640.55")];
        let understood = [Choice("/method", "paper"), Choice("/understood", "true")];
        let payment = [Text("/voucher_no", "V-1"), Text("/paid_on", "2026-11-23")];
        let work: [Work<'_>; 3] = [
            ("wz-window", "核对身份和材料", "齐全", &[]),
            ("zs-handler", "核对全国参保记录", "可以办理", &records),
            ("wz-window", "书面告知权利和后果", "delivered", &[]),
        ];
        desks.work(case, &work).await;
        // He is back at the counter, where the clerk enters for him what he says.
        let step = "看过告知书，确认要不要一次性领取";
        let browser = desks.of("wz-window").await;
        find(browser, case).await;
        desks.follow(step).await;
        desks.finish("确认", &understood).await;
        let work: [Work<'_>; 2] = [
            ("zs-reviewer", "复核", "通过", &[]),
            ("zs-finance", "支付", "已支付", &payment),
        ];
        desks.work(case, &work).await;
        desks.stands("wz-window", case, "已办结").await;
    });
}

/// Two cities are written to; the money of one comes before its form.
#[test]
fn a_pension_moves_from_zunyi_and_ganzhou_to_zhongshan() {
    browse(DESK, async |server, browser| {
        let mut desks = Desks::open(server, browser).await;
        let rows = "/form/out_relations";
        let application = [
            Text("/applicant/name", "王五"),
            Text("/applicant/id_number", "110101198001010010"),
            Text("/form/to_city", "442000"),
            Text("/form/out_relations/0/city", "520300"),
            Text("/form/out_relations/0/from_month", "2015-01"),
            Text("/form/out_relations/0/to_month", "2020-12"),
            Row(rows),
            Text("/form/out_relations/1/city", "360700"),
            Text("/form/out_relations/1/from_month", "2021-01"),
            Text("/form/out_relations/1/to_month", "2023-12"),
            Choice("/form/gathering", "false"),
        ];
        let case = &desks
            .intake(
                "zs-window",
                ("企业职工基本养老保险关系", "pension-transfer-enterprise"),
                &application,
            )
            .await;
        desks
            .does("zs-window", case, "核对身份和材料", "齐全", &[])
            .await;
        let precheck = [
            Choice("/sex", "male"),
            Text("/age_at_start", "35"),
            Choice("/returns_to_hukou", "false"),
            Choice("/official_transfer", "false"),
        ];
        desks
            .does("zs-handler", case, "转入资格核对", "符合", &precheck)
            .await;
        for city in ["遵义", "赣州"] {
            let (step, letter) = (format!("开具联系函 · {city}"), format!("L-{city}"));
            let form = [Text("/letter_no", &letter)];
            desks.does("zs-handler", case, &step, "开具", &form).await;
            desks.does("zs-reviewer", case, &step, "agreed", &[]).await;
        }
        let arrived = async |desks: &mut Desks<'_>, city: &str, amount: &str| {
            let what = format!("登记：资金到账 · {city} L-{city}");
            let voucher = [Text("/amount", amount), Text("/voucher_no", city)];
            desks.enters("zs-finance", case, &what, &voucher).await;
        };
        arrived(&mut desks, "赣州", "8000.00").await;
        for (city, office, amount) in [("遵义", "zy", "43969.11"), ("赣州", "gz", "8000.00")] {
            let (handler, reviewer) = (format!("{office}-handler"), format!("{office}-reviewer"));
            // The list of the other city says where a letter came from and whom it is about.
            let list = desks.of(&handler).await;
            list.open("/work?tab=open").await;
            list.see("tbody", &format!("中山→{city}")).await;
            list.see("tbody", "王**").await;
            let letter = format!("转出地办理 · {city}");
            desks.does(&handler, case, &letter, "received", &[]).await;
            let step = format!("核对并出具信息表 · {city}");
            let sheet = [Text("/months", "72"), Text("/amount", amount)];
            desks.does(&handler, case, &step, "出具", &sheet).await;
            desks.does(&reviewer, case, &step, "agreed", &[]).await;
            let step = format!("划转资金并终止本地关系 · {city}");
            let slip = [Text("/voucher_no", city), Text("/paid_on", "2026-11-23")];
            desks
                .does(&format!("{office}-finance"), case, &step, "已划转", &slip)
                .await;
        }
        arrived(&mut desks, "遵义", "43969.11").await;
        // The account is booked by one at a time, in the order in which they came to it.
        for city in ["赣州", "遵义"] {
            let step = format!("记账 · {city}");
            desks.does("zs-finance", case, &step, "已记账", &[]).await;
        }
        desks.stands("zs-window", case, "已办结").await;
    });
}

/// Pension, health insurance and housing fund work at once, each on its own case; one paper tells all results.
#[test]
fn a_retirement_is_done_by_three_departments_at_once() {
    browse(DESK, async |server, browser| {
        let mut desks = Desks::open(server, browser).await;
        let application = [
            Text("/applicant/name", "赵六"),
            Text("/applicant/id_number", "450400196605100016"),
            Text("/form/insured_city", "442000"),
            Choice("/form/retirement_kind", "normal"),
            Text("/form/chosen_month", "2026-10"),
            Text("/form/bank_name", "示例银行"),
            Text("/form/bank_account", ACCOUNT),
            Text("/form/medical_city", "442000"),
            Choice("/form/continue_choice", "none_now"),
            Row("/form/funds"),
            Text("/form/funds/0/city", "442000"),
            Choice("/form/funds/0/close_account", "true"),
            Choice("/form/selected/medical", "true"),
            Choice("/form/selected/fund", "true"),
        ];
        let case = &desks
            .intake("zs-window", ("一件事", "retirement-bundle"), &application)
            .await;
        desks
            .does("zs-window", case, "核对身份和材料", "齐全", &[])
            .await;
        let gate = [
            Choice("/drawing", "false"),
            Text("/paying_city", "442000"),
            Choice("/other_relations", "false"),
        ];
        let step = "是否在领、由哪里发放、有无外地关系";
        desks
            .does("zs-handler", case, step, "未在领取", &gate)
            .await;
        let age = [
            Choice("/category", "man60"),
            Text("/birth_month", "1966-05"),
            Text("/months", "372"),
        ];
        let counted = [Text("/counted", "372"), Text("/short", "0")];
        let monthly = [Text("/monthly", "3218.40"), Text("/first_month", "2026-12")];
        let effective = [Text("/effective", "2026-12"), Choice("/status", "retired")];
        let sealed = [Text("/balance", "86000.00")];
        let account = [Choice("/sealed", "true"), Text("/balance", "86000.00")];
        let parts: [(&str, &[Work<'_>]); 6] = [
            (
                "企业职工退休审批",
                &[
                    ("zs-hrss-handler", "法定退休年月", "年龄年限核对完成", &age),
                    ("zs-hrss-handler", "提出意见", "拟同意", &[]),
                    ("zs-hrss-reviewer", "复核", "通过", &[]),
                ],
            ),
            (
                "职工医保退休年限核定",
                &[
                    ("zs-mib-handler", "核定年限", "已核定", &counted),
                    ("zs-mib-reviewer", "复核", "通过", &[]),
                ],
            ),
            (
                "养老待遇核定",
                &[
                    ("zs-handler", "核定待遇", "已核定", &monthly),
                    ("zs-reviewer", "复核", "通过", &[]),
                    ("zs-finance", "列入发放名单", "已列入", &[]),
                ],
            ),
            (
                "医保退休人员登记",
                &[("zs-mib-handler", "变更登记", "已登记", &effective)],
            ),
            (
                "公积金账户封存",
                &[("zs-hf-handler", "核对账户", "已封存", &sealed)],
            ),
            (
                "住房公积金离退休提取",
                &[
                    (
                        "zs-hf-handler",
                        "核对封存、贷款和冻结",
                        "可以提取",
                        &account,
                    ),
                    ("zs-hf-reviewer", "复核", "通过", &[]),
                    ("zs-hf-finance", "支付", "已支付", &[]),
                ],
            ),
        ];
        for (part, work) in parts {
            let number = &desks.part(case, part).await;
            desks.work(number, work).await;
        }
        desks.stands("zs-window", case, "已办结").await;
    });
}
