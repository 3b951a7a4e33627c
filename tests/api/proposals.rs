//! What is proposed and what was published, as pages and API show it: whole, with what stands in its way and how its scenarios went.

use super::server::Server;
use super::visitor::Visitor;
use crate::each;
use engine::library::Library;
use engine::source::Sources;
use onenet::runtime::{Address, Clock, Reach};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

const PATH: &str = "/api/v1/definitions";
const MATTER: &str = "pension-lump-sum/matter.yaml";
const NOTICES: &str = "pension-lump-sum/notices.yaml";
const FORM: &str = "pension-lump-sum/forms/apply.schema.json";
const PAPER: &str = "pension-lump-sum/papers/lump-sum-consequences.md";
const GUIDANCE: &str = "pension-lump-sum/guidance.yaml";
const CLOSURES: &str = "network/closures.yaml";
const PARAMETERS: &str = "network/parameters/benefits.yaml";
const HAPPY: &str = "pension-lump-sum/tests/happy.test.yaml";

fn text(server: &Server, path: &str) -> String {
    server.app.runtime.library().files[path].clone()
}

fn changed(server: &Server, path: &str, old: &str, new: &str) -> String {
    let text = text(server, path);
    assert!(text.contains(old), "{path} does not say {old}");
    text.replacen(old, new, 1)
}

fn retitled(server: &Server, title: &str) -> String {
    changed(
        server,
        MATTER,
        "title: 复核, task",
        &format!("title: {title}, task"),
    )
}

/// Everything that goes with a matter, in one proposal.
fn together(server: &Server) -> Value {
    json!({ "why": "复核改称复审", "files": {
        MATTER: retitled(server, "复核人复审"),
        NOTICES: format!("{}# 另注\n", text(server, NOTICES)),
        FORM: changed(server, FORM, "一次性待遇申领表", "一次性待遇申请表"),
        PAPER: format!("{}\n另有一行。\n", text(server, PAPER)),
        GUIDANCE: changed(server, GUIDANCE, "guidance: pension-lump-sum\n", "# 指引\nguidance: pension-lump-sum\n"),
        CLOSURES: "closures: [{ matter: call-back, from: 2035-01-01, reason: 已并入别的事项 }]\n",
        "english.yaml": format!("{}  复核人复审: Second look by the reviewer\n", text(server, "english.yaml")),
    } })
}

fn mailboxes() -> Reach {
    let address = |email: &str| Address {
        email: Some(email.to_owned()),
        ..Address::default()
    };
    Reach {
        addresses: BTreeMap::from([
            ("author".to_owned(), address("author@example.org")),
            ("editor".to_owned(), address("editor@example.org")),
        ]),
        ..Reach::default()
    }
}

async fn page(visitor: &Visitor<'_>, path: &str) -> String {
    let page = visitor.get(path).await.text().await.unwrap();
    assert!(page.len() < 250_000, "{path} weighs {}", page.len());
    page
}

async fn subjects(server: &Server, what: &str) -> Vec<String> {
    let mut told = server.app.messages(None, None).await.unwrap();
    told.retain(|message| message.about.as_deref() == Some(what));
    told.into_iter()
        .map(|message| message.subject.unwrap())
        .collect()
}

/// A matter with all that goes with it is proposed at once, read whole by the second person, agreed to at once, and on record.
#[test]
fn several_files_are_proposed_read_and_agreed_to_together() {
    each(async |place| {
        let server = Server::reaching(place, Clock::real(), mailboxes()).await;
        let publication = together(&server);
        let plan = server.post("author", PATH, &publication).await.with(202);
        let files = publication["files"].as_object().unwrap();
        let told = plan["changed"].as_array().unwrap();
        let paths: Vec<&str> = told.iter().map(|c| c["path"].as_str().unwrap()).collect();
        assert_eq!(paths.len(), files.len(), "{paths:?}");
        assert!(
            files.keys().all(|path| paths.contains(&&**path)),
            "{paths:?}"
        );

        server
            .get("zs-handler", "/api/v1/proposals")
            .await
            .problem(403, "forbidden");
        let all = server.get("editor", "/api/v1/proposals").await.with(200);
        assert_eq!(all.as_array().unwrap().len(), 1, "{all}");
        assert_eq!(
            (&all[0]["proposed_by"], &all[0]["why"]),
            (&json!("author"), &json!("复核改称复审"))
        );
        let path = format!("{PATH}/pension-lump-sum/2/proposal");
        let whole = server.get("editor", &path).await.with(200);
        assert_eq!(
            (&whole["overtaken"], &whole["since"]),
            (&json!(false), &json!([]))
        );
        assert_eq!(
            whole["stories"]["failed"],
            json!([]),
            "{}",
            whole["stories"]
        );
        assert!(
            whole["stories"]["fine"].as_u64().unwrap() > 30,
            "{}",
            whole["stories"]
        );
        let step = whole["plan"]["changed"][0]["parts"].as_array().unwrap();
        assert!(
            step.iter()
                .any(|p| p["was"]["zh"] == "复核" && p["is"]["zh"] == "复核人复审"),
            "{step:?}"
        );
        let lines = whole["plan"]["changed"].as_array().unwrap();
        let paper = lines.iter().find(|c| c["path"] == PAPER).unwrap();
        let new = json!({ "mark": "new", "text": "另有一行。" });
        assert!(paper["lines"].as_array().unwrap().contains(&new), "{paper}");

        let editor = Visitor::signed_in(&server, "editor", "/admin/proposed").await;
        let list = page(&editor, "/admin/proposed").await;
        assert!(
            list.contains("周文") && list.contains("复核改称复审"),
            "{list}"
        );
        let whole = page(&editor, "/admin/proposed?of=pension-lump-sum/2").await;
        for said in [
            "复核改称复审",
            "复核人复审",
            "另有一行。",
            "一次性待遇申请表",
            "留在原版本",
            "复核并发布",
            "没有通过",
        ] {
            assert!(whole.contains(said), "{said}: {whole}");
        }
        let bell = page(&editor, "/bell").await;
        assert!(bell.contains("有待复核的发布"), "{bell}");
        let mails = subjects(&server, "definition.proposed").await;
        assert_eq!(mails.len(), 1, "the second person alone is told: {mails:?}");
        assert!(
            mails[0].contains("企业职工基本养老保险个人账户一次性待遇申领 2"),
            "{mails:?}"
        );

        let approve = format!("{PATH}/beside/2/approve");
        let own = server.post("author", &approve, &json!({})).await;
        own.problem(403, "second-person-required");
        server.post("editor", &approve, &json!({})).await.with(200);
        assert_eq!(
            server.get("editor", "/api/v1/proposals").await.with(200),
            json!([])
        );
        let row = server
            .get("author", &format!("{PATH}/pension-lump-sum/2"))
            .await
            .with(200);
        assert_eq!(
            (&row["published_by"], &row["approved_by"], &row["why"]),
            (&json!("author"), &json!("editor"), &json!("复核改称复审"))
        );
        let author = Visitor::signed_in(&server, "author", "/admin/published").await;
        let published = page(&author, "/admin/published").await;
        for said in [
            "周文",
            "吴静",
            "复核改称复审",
            "/admin/definitions/beside/difference?from=1&amp;to=2",
        ] {
            assert!(published.contains(said), "{said}: {published}");
        }
        let difference = page(
            &author,
            "/admin/definitions/pension-lump-sum/difference?from=1&to=2",
        )
        .await;
        assert!(
            difference.contains("复核人复审") && difference.contains("另有一行。"),
            "{difference}"
        );
        let difference = server
            .get("author", &format!("{PATH}/beside/2/difference"))
            .await
            .with(200);
        let paths: Vec<&Value> = difference
            .as_array()
            .unwrap()
            .iter()
            .map(|c| &c["path"])
            .collect();
        assert_eq!(paths, [GUIDANCE, CLOSURES, "english.yaml"], "{difference}");
        assert!(page(&author, "/bell").await.contains("您提出的已发布"));
        assert_eq!(subjects(&server, "definition.published").await.len(), 1);
    });
}

/// A file that takes no publication is refused by name and with what to do instead, and nothing of the rest is proposed.
#[test]
fn a_file_that_takes_no_publication_is_refused_in_words() {
    each(async |place| {
        let server = Server::start(place, Clock::real()).await;
        let people = format!("{}# 另注\n", text(&server, "network/people.yaml"));
        let strange = json!({ "files": { MATTER: retitled(&server, "复核人复审"), "pension-lump-sum/readme.txt": "说明", "network/people.yaml": people } });
        let told = server
            .post("author", PATH, &strange)
            .await
            .problem(422, "invalid");
        let said = |n: usize| {
            told["errors"][n]["message"]["zh"]
                .as_str()
                .unwrap()
                .to_owned()
        };
        assert_eq!(told["errors"].as_array().unwrap().len(), 2, "{told}");
        assert!(
            said(0).contains("network/people.yaml") && said(0).contains("目录"),
            "{told}"
        );
        assert!(
            said(1).contains("pension-lump-sum/readme.txt") && said(1).contains("matter.yaml"),
            "{told}"
        );
        assert_eq!(
            server.get("editor", "/api/v1/proposals").await.with(200),
            json!([])
        );
    });
}

/// A shared file that would break another matter is refused with what is wrong there.
#[test]
fn what_would_break_another_matter_is_refused() {
    each(async |place| {
        let server = Server::start(place, Clock::real()).await;
        let block = changed(&server, "shared/intake.yaml", "不予受理", "不受理");
        let told = server
            .post(
                "author",
                PATH,
                &json!({ "files": { "shared/intake.yaml": block } }),
            )
            .await;
        let told = told.problem(422, "invalid");
        let errors = told["errors"].as_array().unwrap().iter();
        let places: Vec<&str> = errors.map(|e| e["pointer"].as_str().unwrap()).collect();
        assert!(
            places
                .iter()
                .any(|p| p.contains("pension-lump-sum~1matter.yaml")),
            "{places:?}"
        );
    });
}

/// Nobody agrees to what its own scenarios tell otherwise; the page names the scenario and what went wrong.
#[test]
fn scenarios_that_fail_keep_a_proposal_from_being_agreed_to() {
    each(async |place| {
        let server = Server::start(place, Clock::real()).await;
        let other = changed(&server, HAPPY, "status: completed", "status: refused");
        server
            .post("author", PATH, &json!({ "files": { HAPPY: other } }))
            .await
            .with(202);
        let told = server
            .post("editor", &format!("{PATH}/beside/2/approve"), &json!({}))
            .await;
        let told = told.problem(409, "state-not-allowed");
        assert!(
            told["detail"]
                .as_str()
                .unwrap()
                .contains("1 个情景没有通过"),
            "{told}"
        );
        let editor = Visitor::signed_in(&server, "editor", "/admin/proposed").await;
        let whole = page(&editor, "/admin/proposed?of=beside/2").await;
        assert!(
            whole.contains(HAPPY) && whole.contains("应为") && whole.contains("撤回"),
            "{whole}"
        );
        assert!(!whole.contains("复核并发布"), "{whole}");
        let taken = editor
            .press_with(&whole, "/admin/definitions/beside", &[("withdraw", "2")])
            .await;
        assert_eq!(taken.status(), 303);
        let author = Visitor::signed_in(&server, "author", "/bell").await;
        assert!(page(&author, "/bell").await.contains("待复核的发布已撤回"));
    });
}

/// What was published since is named; then the proposal can only be taken back and made anew.
#[test]
fn what_was_published_since_stands_in_the_way_and_is_shown() {
    each(async |place| {
        let server = Server::start(place, Clock::real()).await;
        let better = json!({ "files": { MATTER: retitled(&server, "复核人复审") } });
        server.post("author", PATH, &better).await.with(202);
        let mut files = (*server.app.runtime.library().files).clone();
        files.insert(MATTER.to_owned(), retitled(&server, "复核岗复核"));
        let read: Vec<(&str, &str)> = files.iter().map(|(p, t)| (&**p, &**t)).collect();
        let library = Arc::new(Library::read(&read, &mut Sources::default()));
        server.app.runtime.publish(library).await.unwrap();

        let told = server
            .post(
                "editor",
                &format!("{PATH}/pension-lump-sum/2/approve"),
                &json!({}),
            )
            .await;
        let told = told.problem(409, "state-not-allowed");
        assert!(
            told["detail"]
                .as_str()
                .unwrap()
                .contains("企业职工基本养老保险个人账户一次性待遇申领 2"),
            "{told}"
        );
        let editor = Visitor::signed_in(&server, "editor", "/admin/proposed").await;
        let whole = page(&editor, "/admin/proposed?of=pension-lump-sum/2").await;
        assert!(
            whole.contains("请撤回，在现行定义上重新提交") && whole.contains("版本 2 已发布"),
            "{whole}"
        );
        assert!(!whole.contains("复核并发布"), "{whole}");
        let withdraw = format!("{PATH}/pension-lump-sum/2/withdraw");
        assert_eq!(
            server.post("author", &withdraw, &json!({})).await.status,
            204
        );
        server.post("author", PATH, &better).await.with(202);
        server
            .post(
                "editor",
                &format!("{PATH}/pension-lump-sum/3/approve"),
                &json!({}),
            )
            .await
            .with(200);
    });
}

/// The page takes several files, one after the other, and hands them on together with the reason.
#[test]
fn the_page_takes_several_files() {
    each(async |place| {
        let server = Server::start(place, Clock::real()).await;
        let author = Visitor::signed_in(&server, "author", "/admin/publish").await;
        let first = page(&author, &format!("/admin/publish?path={MATTER}")).await;
        let more = author
            .press_in(
                &first,
                "class=\"publish\"",
                "/admin/publish",
                &[("next", PARAMETERS), ("do", "more")],
            )
            .await;
        let both = more.text().await.unwrap();
        assert!(
            both.contains(PARAMETERS) && both.contains("certification_cycle"),
            "{both}"
        );
        let retitled = retitled(&server, "复核人复审");
        let parameters = changed(
            &server,
            PARAMETERS,
            "pool: 贵州, value: true",
            "pool: 贵州, value: false",
        );
        let token = [
            ("path", MATTER),
            ("text", &retitled),
            ("path", PARAMETERS),
            ("text", &parameters),
            ("why", "两处一起改"),
        ];
        let fields = |act: &'static str| [&token[..], &[("do", act)]].concat();
        let tried = author
            .press_in(&both, "class=\"publish\"", "/admin/publish", &fields("try"))
            .await
            .text()
            .await
            .unwrap();
        for said in [
            "复核人复审",
            "特殊工种、高海拔提前退休须省级批准",
            "两处一起改",
        ] {
            assert!(tried.contains(said), "{said}: {tried}");
        }
        author
            .press_in(
                &both,
                "class=\"publish\"",
                "/admin/publish",
                &fields("publish"),
            )
            .await;
        let all = server.get("editor", "/api/v1/proposals").await.with(200);
        assert_eq!(
            (&all[0]["why"], &all[0]["files"]),
            (&json!("两处一起改"), &json!([PARAMETERS, MATTER])),
            "{all}"
        );
    });
}

/// What differs a great deal goes on over several pages, none of them heavy, and nothing is lost between them.
#[test]
fn what_differs_a_great_deal_goes_over_several_pages() {
    each(async |place| {
        let server = Server::start(place, Clock::real()).await;
        let terms = text(&server, "english.yaml");
        let more: String = (0..1500).map(|n| format!("  另一句话之{n}: Another sentence, the {n}th of them, long enough to weigh something\n")).collect();
        let publication = json!({ "files": { "english.yaml": more.lines().fold(terms.lines().take(2).map(|l| format!("{l}\n")).collect::<String>(), |all, line| all + line + "\n") } });
        server.post("author", PATH, &publication).await.with(202);
        let editor = Visitor::signed_in(&server, "editor", "/admin/proposed").await;
        let mut seen = String::new();
        for n in 1.. {
            let one = page(&editor, &format!("/admin/proposed?of=beside/2&page={n}")).await;
            let more = one.contains(&format!("page={}\"", n + 1));
            seen += &one;
            if !more {
                break;
            }
        }
        for n in [0, 700, 1499] {
            assert!(
                seen.contains(&format!("另一句话之{n}<"))
                    || seen.contains(&format!("另一句话之{n}:")),
                "{n}"
            );
        }
    });
}
