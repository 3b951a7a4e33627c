//! The applicant's page from outside: looked up or opened by its link, and what is done there.

use super::accounts::bytes;
use super::samples::{form, jpeg};
use super::server::{Answer, ID_NUMBER, PHONE, Server, application, records, secret, task};
use super::visitor::Visitor;
use crate::each;
use onenet::runtime::Channels;
use onenet::store::ReadingFilter;
use serde_json::{Value, json};

/// As a browser sends the form of a page of this server.
const HERE: (&str, &str) = ("sec-fetch-site", "same-origin");

impl Server {
    /// Posts a form of the page.
    async fn post_form(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let kind = ("content-type", "application/x-www-form-urlencoded");
        let body = serde_urlencoded::to_string(fields).unwrap();
        self.call("", "POST", path, &[HERE, kind], Some(&body))
            .await
    }

    /// Posts a form with files.
    async fn post_files(&self, path: &str, parts: &[(&str, Option<&str>, &[u8])]) -> Answer {
        let (kind, body) = form(parts);
        let headers = [HERE, ("content-type", kind.as_str())];
        self.send("", "POST", path, &headers, Some(body)).await
    }

    /// Looks a case up as an applicant does.
    async fn look_up(&self, number: &str, code: &str) -> Answer {
        self.post_form("/progress", &[("number", number), ("code", code)])
            .await
    }

    /// The link the applicant got by short message.
    async fn link(&self) -> String {
        let outbox = self.get("", "/api/v1/sandbox/outbox").await.with(200);
        let all = outbox.as_array().unwrap().iter();
        let own = all.filter(|m| m["to"] == "applicant" && m["kind"] == "sms");
        let text = own.map(|m| m["body"].as_str().unwrap()).next().unwrap();
        let (_, link) = text
            .split_once("/p/")
            .unwrap_or_else(|| panic!("no link: {text}"));
        let link: String = link
            .chars()
            .take_while(char::is_ascii_alphanumeric)
            .collect();
        assert_eq!(link.len(), 22, "{text}");
        // As `onenet check` counts it, by the host of the network.
        let counted = text.replace("127.0.0.1:8080", "s.example");
        assert!(counted.chars().count() <= 70, "{text}");
        format!("/p/{link}")
    }
}

fn text<'v>(case: &'v Value, name: &str) -> &'v str {
    case[name].as_str().unwrap()
}

/// Product §4.8: by number and code, or by the link, the first screen answers the four questions and shows no more of a person than 李**.
#[test]
fn the_page_answers_the_four_questions() {
    each(async |place| {
        let server = Server::sandbox(place).await;
        let case = server.open().await;
        server
            .complete("wz-window", &case, "intake.check", "齐全", json!({}))
            .await;
        let link = server.link().await;
        let page = server.get("", &link).await;
        assert_eq!(page.status, 200, "{}", page.text);
        for part in [
            "现在到哪了",
            "谁在办",
            "中山市社会保险",
            "预计何时办结",
            "2026-12-02 前",
            "我要做什么",
            "目前不需要您做任何事",
            "李**",
            "收件回执",
        ] {
            assert!(page.text.contains(part), "{part}: {}", page.text);
        }
        for private in [ID_NUMBER, PHONE, "李四"] {
            assert!(!page.text.contains(private), "{private}");
        }
        let typed = server
            .look_up(text(&case, "number"), text(&case, "query_code"))
            .await;
        assert_eq!(typed.text, page.text);
        let styles = server.get("", "/assets/app.css").await.bytes.len();
        let own = server.get("", "/assets/public.css").await.bytes.len();
        assert!(page.bytes.len() + styles + own < 60_000);
        assert!(!page.text.contains("<script"));
    });
}

/// G56: what opens a case lies hashed in the store and in no message of it; a new one voids it.
#[test]
fn g056_a_link_is_kept_nowhere_and_can_be_revoked() {
    each(async |place| {
        let server = Server::sandbox(place).await;
        let case = server.open().await;
        let link = server.link().await;
        let (_, end) = link.rsplit_once('/').unwrap();
        let stored = bytes(&server.place.url).await;
        assert!(!stored.windows(end.len()).any(|w| w == end.as_bytes()));
        let path = format!("/api/v1/cases/{}", text(&case, "id"));
        let notices = server
            .get("wz-window", &format!("{path}/notifications"))
            .await;
        assert!(notices.text.contains("/p/") && !notices.text.contains(end));

        let renew = format!("{path}/renew-access");
        server
            .post("ks-handler", &renew, &json!({}))
            .await
            .problem(404, "not-found");
        let new = server.post("wz-window", &renew, &json!({})).await.with(200);
        assert_ne!(new["query_code"], case["query_code"]);
        let old = server.get("", &link).await;
        assert_eq!(old.status, 404);
        assert!(old.text.contains("链接已失效"));
        let number = text(&case, "number");
        let typed = server.look_up(number, text(&case, "query_code")).await;
        assert_eq!(typed.status, 422);
        let typed = server.look_up(number, text(&new, "query_code")).await;
        assert_eq!(typed.status, 200);
        // As people type them: without hyphens, with blanks, at full width.
        let code = text(&new, "query_code");
        let spaced = format!("{} {}", &code[..3], &code[3..]);
        let bare = number.replace('-', " ").to_lowercase();
        let typed = server.look_up(&bare, &spaced).await;
        assert_eq!(typed.status, 200, "{}", typed.text);
        // After a wrong one the large print leads back to the form.
        let from = format!("{}/progress", server.address);
        let kind = ("content-type", "application/x-www-form-urlencoded");
        let headers = [HERE, kind, ("referer", from.as_str())];
        let wrong = server.call("", "POST", "/progress", &headers, Some("number=1&code=2"));
        let wrong = wrong.await;
        assert_eq!(wrong.status, 422);
        assert!(
            wrong.text.contains(r#"name="next" value="/progress""#),
            "{}",
            wrong.text
        );
        let guessed = server.get("", "/p/0000000000000000000000").await;
        assert_eq!(guessed.status, 404);
    });
}

/// G56: a wrong number and a wrong code read alike; after ten a number rests, and its link keeps working; after fifty in all only a new
/// code opens it.
#[test]
fn g056_guessing_leads_nowhere() {
    each(async |place| {
        let server = Server::sandbox(place).await;
        let (case, other) = (
            server.open().await,
            server
                .post("wz-window", "/api/v1/cases", &elsewhere())
                .await
                .with(201),
        );
        let (number, code) = (text(&case, "number"), text(&case, "query_code"));
        let wrong = if code == "000000" { "000001" } else { "000000" };
        let nobody = "450400-YCXDY-20261123-99999-X";
        let (a, b) = (
            server.look_up(number, wrong).await,
            server.look_up(nobody, wrong).await,
        );
        assert_eq!((a.status, b.status), (a.status, a.status));
        assert_eq!(a.text.replace(number, ""), b.text.replace(nobody, ""));
        for _ in 0..9 {
            server.look_up(number, wrong).await;
        }
        let right = server.look_up(number, code).await;
        assert_eq!(right.text, a.text, "it rests, and does not say so");
        assert_eq!(server.get("", &server.link().await).await.status, 200);

        let place = format!("{} 0", text(&other, "number"));
        for _ in 0..50 {
            server
                .app
                .runtime
                .store()
                .wrong_guess(&place)
                .await
                .unwrap();
        }
        let tired = server
            .look_up(text(&other, "number"), text(&other, "query_code"))
            .await;
        assert_eq!(tired.status, 422);
        let renew = format!("/api/v1/cases/{}/renew-access", text(&other, "id"));
        let new = server.post("wz-window", &renew, &json!({})).await.with(200);
        let fresh = server
            .look_up(text(&other, "number"), text(&new, "query_code"))
            .await;
        assert_eq!(fresh.status, 200, "{}", fresh.text);
    });
}

/// Another application of somebody else.
fn elsewhere() -> Value {
    let mut body = application();
    body["applicant"] = json!({ "name": "王五", "id_number": "110101198001010010" });
    body
}

/// The daughter's evening: two photos, one of them broken, a remark, and the case goes on; the clerk sees where they came from.
#[test]
fn missing_papers_are_sent_from_the_page() {
    each(async |place| {
        let server = Server::sandbox(place).await;
        let case = server.open().await;
        let check = format!("/api/v1/tasks/{}/complete", task(&case, "intake.check"));
        let lacks = json!({ "outcome": "一次性告知", "data": { "missing": ["bank_card"] }, "comment": "缺银行卡复印件" });
        let case = server.post("wz-window", &check, &lacks).await.with(200);
        let link = server.link().await;
        let page = server.get("", &link).await;
        for part in ["银行卡复印件", "20 MB", "已补交", "等您办理", "/papers/"] {
            assert!(page.text.contains(part), "{part}: {}", page.text);
        }
        let (asked, more) = page.text.split_once("补充上传材料").unwrap();
        let slot = |text: &str, name: &str| text.contains(&format!("name=\"file:{name}\""));
        assert!(slot(asked, "bank_card") && !slot(asked, "identity") && slot(more, "identity"));
        let id = task(&case, "intake.correction");
        let post = format!("{link}/task/{}", id.split_once('-').unwrap().1);
        let photo = jpeg();
        let parts: [(&str, Option<&str>, &[u8]); 4] = [
            ("file:bank_card", Some("正面.jpg"), &photo),
            ("file:bank_card", Some("背面.jpg"), b"broken"),
            ("/note", None, "晚上拍的".as_bytes()),
            ("outcome", None, "已补交".as_bytes()),
        ];
        let again = server.post_files(&post, &parts).await;
        assert_eq!(again.status, 422);
        for part in [
            "背面.jpg",
            "内容不是 JPG、PNG 或 PDF",
            "正面.jpg",
            "晚上拍的",
        ] {
            assert!(again.text.contains(part), "{part}: {}", again.text);
        }
        let (_, kept) = again
            .text
            .split_once("name=\"kept:bank_card\" value=\"")
            .unwrap();
        let (kept, _) = kept.split_once('"').unwrap();
        let parts: [(&str, Option<&str>, &[u8]); 4] = [
            ("kept:bank_card", None, kept.as_bytes()),
            ("file:bank_card", Some(""), b""),
            ("/note", None, "晚上拍的".as_bytes()),
            ("outcome", None, "已补交".as_bytes()),
        ];
        let done = server.post_files(&post, &parts).await;
        assert_eq!(done.status, 200, "{}", done.text);
        assert!(done.text.contains("继续办理") && done.text.contains("收到您上传的材料"));
        let path = format!("/api/v1/cases/{}", text(&case, "id"));
        let whole = server.get("wz-window", &path).await.with(200);
        let mut all = whole["materials"].as_array().unwrap().iter();
        let card = all.find(|m| m["name"] == "bank_card").unwrap();
        assert_eq!(card["files"].as_array().unwrap().len(), 1);
        assert_eq!(
            (&card["files"][0]["source"], &card["files"][0]["name"]),
            (&json!("applicant"), &json!("正面.jpg"))
        );
        let file = format!("/api/v1/uploads/{}", text(&card["files"][0], "id"));
        assert_eq!(server.get("zs-handler", &file).await.bytes, photo);
    });
}

/// The receipt has number, code and a code for phones; what is not the applicant's cannot be had.
#[test]
fn papers_are_read_from_the_page() {
    each(async |place| {
        let server = Server::sandbox(place).await;
        let case = server.open().await;
        let link = server.link().await;
        let page = server.get("", &link).await.text;
        let (_, paper) = page.split_once(&format!("href=\"{link}/papers/")).unwrap();
        let (no, _) = paper.split_once('"').unwrap();
        let paper = server.get("", &format!("{link}/papers/{no}")).await;
        assert_eq!(paper.status, 200);
        for part in [
            "收件回执",
            text(&case, "number"),
            text(&case, "query_code"),
            "<figure><svg",
            &link,
        ] {
            assert!(paper.text.contains(part), "{part}: {}", paper.text);
        }
        let policy = paper.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("style-src 'sha256-"), "{policy}");
        assert_eq!(
            server.get("", &format!("{link}/papers/9999")).await.status,
            404
        );
        let filter = ReadingFilter {
            account: Some("applicant".to_owned()),
            ..ReadingFilter::default()
        };
        let store = server.app.runtime.store();
        let read = store.readings(&filter, None, 9).await.unwrap();
        let what: Vec<&str> = read.iter().map(|row| row.what.as_str()).collect();
        assert_eq!(what, [&format!("paper {no}"), "progress"], "G70");
    });
}

/// The applicant withdraws on his page, and says afterwards what he thinks of it: once, and once more after a poor grade.
#[test]
fn an_applicant_withdraws_and_rates() {
    each(async |place| {
        let server = Server::sandbox(place).await;
        let case = server.open().await;
        let link = server.link().await;
        let early = server
            .post_form(&format!("{link}/rate"), &[("grade", "5")])
            .await;
        assert_eq!(early.status, 409);
        let page = server.get("", &link).await.text;
        let (_, event) = page.split_once("name=\"event\" value=\"").unwrap();
        let (event, _) = event.split_once('"').unwrap();
        let act = format!("{link}/withdraw");
        // Another site cannot do it, even if it knew the link.
        let kind = ("content-type", "application/x-www-form-urlencoded");
        let site = ("sec-fetch-site", "cross-site");
        let body = format!("event={event}");
        let alien = server
            .call("", "POST", &act, &[site, kind], Some(&body))
            .await;
        assert_eq!(alien.status, 403);
        let done = server.post_form(&act, &[("event", event)]).await;
        assert!(
            done.text.contains("您已撤回") && done.text.contains("非常满意"),
            "{}",
            done.text
        );
        let rate = format!("{link}/rate");
        let poor = server
            .post_form(&rate, &[("grade", "1"), ("words", "等太久")])
            .await;
        assert!(
            poor.text.contains("窗口会在 2026-11-24 前打电话给您")
                && poor.text.contains("您可以再评一次"),
            "{}",
            poor.text
        );
        let better = server
            .post_form(&rate, &[("grade", "4"), ("words", "")])
            .await;
        assert!(!better.text.contains("name=\"grade\""), "{}", better.text);
        let more = server
            .post_form(&rate, &[("grade", "5"), ("words", "")])
            .await;
        assert_eq!(more.status, 409);
        let path = format!("/api/v1/cases/{}/history", text(&case, "id"));
        let history = server.get("wz-window", &path).await.text;
        assert_eq!(history.matches("\"rated\"").count(), 2);
        assert!(!history.contains("等太久"));
    });
}

/// A case that waits for the applicant's bank card, and the applicant's page of it.
async fn incomplete(server: &Server) -> (Value, String) {
    let case = server.open().await;
    let check = format!("/api/v1/tasks/{}/complete", task(&case, "intake.check"));
    let lacks = json!({ "outcome": "一次性告知", "data": { "missing": ["bank_card"] }, "comment": "缺银行卡复印件" });
    let case = server.post("wz-window", &check, &lacks).await.with(200);
    (case, server.link().await)
}

/// An empty answer would use up what is asked but once; giving up says what it means, is asked for once more, and is told as what it is.
#[test]
fn an_empty_answer_is_none_and_giving_up_is_asked_for() {
    each(async |place| {
        let server = Server::sandbox(place).await;
        let (case, link) = incomplete(&server).await;
        let page = server.get("", &link).await.text;
        let (before, sure) = page.split_once("<summary>不办了</summary>").unwrap();
        assert!(!before.contains("value=\"不办了\""), "{before}");
        assert!(sure.contains("这次申请就此结束") && sure.contains("确认不办了"));
        let id = task(&case, "intake.correction");
        let post = format!("{link}/task/{}", id.split_once('-').unwrap().1);
        let empty: [(&str, Option<&str>, &[u8]); 2] = [
            ("file:bank_card", Some(""), b""),
            ("outcome", None, "已补交".as_bytes()),
        ];
        let again = server.post_files(&post, &empty).await;
        assert_eq!(again.status, 422);
        assert!(again.text.contains("请至少上传一个文件"), "{}", again.text);
        let up: [(&str, Option<&str>, &[u8]); 1] = [("outcome", None, "不办了".as_bytes())];
        let given_up = server.post_files(&post, &up).await;
        for part in ["申请已按您的意思结束", "您已撤回"] {
            assert!(given_up.text.contains(part), "{part}: {}", given_up.text);
        }
        assert!(!given_up.text.contains("继续办理"));
    });
}

/// What is late is said to be late, and whom to ask; the page of the window's phone is one touch away.
#[test]
fn a_late_case_says_so() {
    each(async |place| {
        let server = Server::sandbox(place).await;
        server.at_handler().await;
        let link = server.link().await;
        let late = json!({ "set": "2026-12-10T10:00:00+08:00" });
        server
            .post("", "/api/v1/sandbox/clock", &late)
            .await
            .with(200);
        let page = server.get("", &link).await.text;
        for part in ["原定 2026-12-02 前办结，已超期", "href=\"#contact\""] {
            assert!(page.contains(part), "{part}: {page}");
        }
        assert!(!page.contains("<dd>2026-12-02 前</dd>"));
    });
}

/// Product §2: a refusal tells its reason, its basis and the remedies first, then the papers; what he thinks of it is asked last.
#[test]
fn a_refusal_tells_why_before_anything_is_asked() {
    each(async |place| {
        let server = Server::sandbox(place).await;
        let case = server.at_handler().await;
        let case = server
            .complete("zs-handler", &case, "records", "已满最低年限", records())
            .await;
        server.agree("zs-reviewer", &case).await;
        let page = server.get("", &server.link().await).await.text;
        let at = |part: &str| page.find(part).unwrap_or_else(|| panic!("{part}: {page}"));
        let order = [
            at("请看下面的原因"),
            at("id=\"decision\""),
            at("应申领基本养老金"),
            at("行政复议"),
            at("id=\"papers\""),
            at("id=\"contact\""),
            at("id=\"rate\""),
        ];
        assert!(order.is_sorted(), "{order:?}: {page}");
        assert!(!page.contains("李四"), "the head of the paper is left out");
    });
}

/// Three departments work at once: the applicant is told all of them, and of no place abroad.
#[test]
fn the_departments_of_a_bundle_are_named() {
    each(async |place| {
        let mut server = Server::sandbox(place).await;
        let opened = server.retirement().await;
        let page = server
            .look_up(text(&opened, "number"), text(&opened, "query_code"))
            .await;
        let network = &server.app.runtime.library().network;
        for department in ["hrss", "mib", "hf"] {
            let office = network.office("442000", department);
            assert!(page.text.contains(&office), "{office}: {}", page.text);
        }
        for wrong in ["目前没有部门在办", "外地核实", "等待核实"] {
            assert!(!page.text.contains(wrong), "{wrong}: {}", page.text);
        }
        let path = format!("/api/v1/cases/{}", text(&opened, "id"));
        let children = server.get("zs-window", &path).await.with(200);
        assert!(children["children"].as_array().unwrap().len() >= 3);
    });
}

/// A short message to nobody is not said to be sent.
#[test]
fn an_applicant_without_a_phone_is_not_said_to_be_told() {
    each(async |place| {
        let server = Server::sandbox(place).await;
        server.app.runtime.send(Channels::default());
        let mut body = application();
        body["applicant"].as_object_mut().unwrap().remove("phone");
        let case = server.post("wz-window", "/api/v1/cases", &body).await;
        case.with(201);
        let states = async || {
            let outbox = server.get("", "/api/v1/sandbox/outbox").await.with(200);
            let all = outbox.as_array().unwrap().iter();
            let own = all.filter(|m| m["to"] == "applicant" && m["kind"] == "sms");
            own.map(|m| m["state"].clone()).collect::<Vec<_>>()
        };
        let mut told = states().await;
        while told.contains(&json!("waiting")) {
            tokio::task::yield_now().await;
            told = states().await;
        }
        assert!(
            !told.is_empty() && told.iter().all(|state| state == "obsolete"),
            "{told:?}"
        );
    });
}

/// While nobody of an office has anything to do, it is said what the case waits for, and with whom it lies meanwhile.
#[test]
fn a_case_that_waits_says_for_what_and_with_whom() {
    each(async |place| {
        let mut server = Server::sandbox(place).await;
        for (id, name, post) in [
            ("zs-window", "周敏", "442000/si/window"),
            ("zs-hf-handler", "徐艳萍", "442000/hf/handler"),
        ] {
            server.add(id, name, "person", secret(), &[post]).await;
        }
        let body = json!({
            "matter": "fund-sealing", "accepting_city": "442000", "channel": "window",
            "applicant": { "name": "赵六", "id_number": "450400196605100016", "phone": "13800000003" },
            "form": { "fund_city": "442000" },
        });
        let case = server
            .post("zs-window", "/api/v1/cases", &body)
            .await
            .with(201);
        let code = case["query_code"].as_str().unwrap().to_owned();
        let number = case["number"].as_str().unwrap().to_owned();
        let case = server
            .complete("zs-window", &case, "intake.check", "齐全", json!({}))
            .await;
        let found = json!({ "balance": "86000.00" });
        let case = server
            .complete("zs-hf-handler", &case, "look", "未封存", found)
            .await;
        assert_eq!(case["tasks"], json!([]));
        let asked = format!("/api/v1/progress?number={number}&code={code}");
        let said = server.get("", &asked).await.with(200);
        assert_eq!(said["who"], json!(["中山市住房公积金管理中心"]));
        let words = said["where"]["zh"].as_str().unwrap();
        assert_eq!(words, "在中山市住房公积金管理中心，正在等：等单位办理封存");
        let visitor = Visitor::signed_in(&server, "zs-hf-handler", "/work").await;
        let page = visitor
            .get(&format!("/cases/{number}"))
            .await
            .text()
            .await
            .unwrap();
        assert!(page.contains("在等消息、答复或到期"), "{page}");
        assert!(!page.contains("没有待办"), "{page}");
    });
}

/// The answers are sentences: in English they begin with a capital.
#[test]
fn english_answers_begin_with_a_capital() {
    let catalogue = include_str!("../../engine/locales/en.txt");
    let answers = catalogue
        .lines()
        .filter_map(|line| line.strip_prefix("progress."));
    let small: Vec<&str> = answers
        .filter(|line| {
            let said = line.split_once(" = ").map(|(_, said)| said);
            said.is_none_or(|said| !said.starts_with(char::is_uppercase))
        })
        .collect();
    assert_eq!(small, Vec::<&str>::new());
}
