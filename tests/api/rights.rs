//! 目录: one walks from the network to a person; rights are given by two persons, taken away by one, at once, and all of it is on record.

use super::server::{Server, secret};
use super::visitor::Visitor;
use crate::each;
use serde_json::json;

const DIRECTORY: &str = "/admin/directory";

async fn kept(place: crate::places::Place) -> Server {
    let mut server = Server::sandbox(place).await;
    for id in ["safe-one", "safe-two"] {
        let post = ["442000/si/security-admin"];
        server.add(id, id, "person", secret(), &post).await;
    }
    server
}

/// Sends one change, and gives the status.
async fn change(visitor: &Visitor<'_>, fields: &[(&str, &str)]) -> u16 {
    let page = visitor.get(DIRECTORY).await.text().await.unwrap();
    let typed = [&[("back", DIRECTORY)], fields].concat();
    let sent = visitor.press_with(&page, DIRECTORY, &typed).await;
    sent.status().as_u16()
}

/// The number of the one change that waits.
async fn waits(visitor: &Visitor<'_>) -> String {
    let page = visitor.get(DIRECTORY).await.text().await.unwrap();
    let (_, rest) = page.split_once("name=\"drop\" value=\"").unwrap();
    rest.split_once('"').unwrap().0.to_owned()
}

/// G54: somebody new, a post more and an account that is opened again take two persons, the second of whom neither asked nor gains by it;
/// G51: what is taken away is gone at the next request.
#[test]
fn g054_rights_are_given_by_two_persons_and_taken_by_one() {
    each(async |place| {
        let server = kept(place).await;
        let one = Visitor::signed_in(&server, "safe-one", DIRECTORY).await;
        let two = Visitor::signed_in(&server, "safe-two", DIRECTORY).await;
        let new = [
            ("act", "add"),
            ("account", "wei"),
            ("name", "韦新"),
            ("city", "442000"),
            ("post", "si/handler"),
            ("reason", "新到岗"),
        ];
        assert_eq!(change(&one, &new).await, 303);
        let people = server.app.directory.people().await.unwrap();
        assert!(!people.contains_key("wei"), "asked for is not given");
        let id = waits(&one).await;
        assert_eq!(change(&one, &[("agree", &id)]).await, 403);
        let page = two.get(DIRECTORY).await.text().await.unwrap();
        assert!(page.contains("safe-one 申请增加人员 韦新 wei"), "{page}");
        let agreed = two.press_with(&page, DIRECTORY, &[("agree", &id)]).await;
        assert_eq!(agreed.status(), 200);
        let shown = agreed.text().await.unwrap();
        let (_, password) = shown.split_once("class=\"secret\">").unwrap();
        let who = json!({ "user": "wei", "password": password.split_once('<').unwrap().0 });
        let signed = server.post("", "/api/v1/sign-in", &who).await.with(200);
        assert_eq!(signed["me"]["posts"], json!(["442000/si/handler"]));
        assert_eq!(change(&two, &[("agree", &id)]).await, 403, "once");

        let posts = async || {
            let bearer = format!("Bearer {}", signed["token"].as_str().unwrap());
            let me = server
                .call("", "GET", "/api/v1/me", &[("authorization", &bearer)], None)
                .await;
            match me.status.as_u16() {
                200 => me.json()["posts"].clone(),
                status => json!(status),
            }
        };
        let give = [
            ("act", "give"),
            ("account", "wei"),
            ("city", "442000"),
            ("post", "si/reviewer"),
            ("reason", "兼岗"),
        ];
        assert_eq!(change(&one, &give).await, 303);
        assert_eq!(posts().await, json!(["442000/si/handler"]));
        let id = waits(&two).await;
        assert_eq!(change(&two, &[("agree", &id)]).await, 303);
        assert_eq!(
            posts().await,
            json!(["442000/si/handler", "442000/si/reviewer"])
        );
        let take = [
            ("act", "take"),
            ("account", "wei"),
            ("post", "442000/si/handler"),
            ("reason", "调岗"),
        ];
        assert_eq!(change(&one, &take).await, 303);
        assert_eq!(posts().await, json!(["442000/si/reviewer"]));
        let disable = [("act", "disable"), ("account", "wei"), ("reason", "离职")];
        assert_eq!(change(&one, &disable).await, 303);
        assert_eq!(posts().await, json!(401));
        let enable = [("act", "enable"), ("account", "wei"), ("reason", "返聘")];
        assert_eq!(change(&one, &enable).await, 303);
        let id = waits(&one).await;
        assert_eq!(change(&one, &[("drop", &id)]).await, 303);
        assert_eq!(change(&two, &[("agree", &id)]).await, 403, "it was dropped");
        let accounts = server.app.directory.accounts();
        let record = accounts.rights_changes(9).await.unwrap();
        let record: Vec<_> = record
            .iter()
            .rev()
            .map(|r| (r.act.as_str(), r.state.as_str()))
            .collect();
        for row in [
            ("add", "done"),
            ("give", "done"),
            ("take", "done"),
            ("disable", "done"),
            ("enable", "dropped"),
        ] {
            assert!(record.contains(&row), "{record:?}");
        }
    });
}

/// What cannot be is refused: one's own rights, posts there are not, two kinds of administrator in one person; and it is for whoever keeps
/// rights alone, who has proved a moment ago who he is.
#[test]
fn rights_are_changed_by_whoever_keeps_them_alone() {
    each(async |place| {
        let mut server = kept(place).await;
        let post = ["442000/si/audit-admin"];
        server
            .add("auditor", "auditor", "person", secret(), &post)
            .await;
        let one = Visitor::signed_in(&server, "safe-one", DIRECTORY).await;
        let give = |account, post| {
            [
                ("act", "give"),
                ("account", account),
                ("city", "442000"),
                ("post", post),
                ("reason", "试"),
            ]
        };
        for (account, post) in [
            ("safe-one", "si/handler"),
            ("zs-handler", "si/emperor"),
            ("zs-handler", "si/handler"),
            ("auditor", "si/system-admin"),
            ("nobody", "si/handler"),
            ("gj-platform", "si/handler"),
        ] {
            assert_eq!(
                change(&one, &give(account, post)).await,
                422,
                "{account} {post}"
            );
        }
        let unsaid = [
            ("act", "disable"),
            ("account", "zs-handler"),
            ("reason", " "),
        ];
        assert_eq!(change(&one, &unsaid).await, 422);
        let auditor = Visitor::signed_in(&server, "auditor", DIRECTORY).await;
        let page = auditor.get(DIRECTORY).await.text().await.unwrap();
        let sent = auditor
            .press_with(&page, DIRECTORY, &give("zs-handler", "si/reviewer"))
            .await;
        assert_eq!(sent.status(), 403);
        let clerk = Visitor::signed_in(&server, "zs-handler", "/work").await;
        assert_eq!(clerk.get(DIRECTORY).await.status(), 403);
    });
}

/// From the network to a city, an office, a post and a person; the windows with phone and hours, who is asked when nobody answers, and who
/// is away; found by name, account and initials.
#[test]
fn the_directory_is_walked_and_searched() {
    each(async |place| {
        let mut server = kept(place).await;
        let post = ["442000/si/lead"];
        server
            .add("zs-lead", "黄涛", "person", secret(), &post)
            .await;
        let away = json!({ "person": "zs-handler", "deputy": "zs-handler-2", "from": "2026-11-23", "to": "2026-11-25" });
        server
            .post("zs-lead", "/api/v1/absences", &away)
            .await
            .with(201);
        let visitor = Visitor::signed_in(&server, "safe-one", DIRECTORY).await;
        let page = async |query: &str| {
            let path = format!("{DIRECTORY}?{query}");
            visitor.get(&path).await.text().await.unwrap()
        };
        for (query, there, not) in [
            ("", &["遵义", "09:00–12:00"][..], "zs-nobody"),
            (
                "city=442000",
                &["中山社保服务跨省通专窗1号", "社会保险经办机构"],
                "阿里木",
            ),
            (
                "city=442000&department=si",
                &["负责人", "黄涛", "牵头城市", "增加人员"],
                "周文",
            ),
            (
                "city=442000&department=si&post=handler",
                &["李勇艳", "孙平", "由孙平代理"],
                "张兰超",
            ),
            (
                "person=zs-handler",
                &["2026-11-23 至 2026-11-25", "收回", "给予岗位", "停用账号"],
                "张兰超",
            ),
            ("q=zlc", &["张兰超"], "李勇艳"),
            ("q=zs-fin", &["陈宁红"], "李勇艳"),
            ("q=孙平", &["zs-handler-2"], "李勇艳"),
        ] {
            let page = page(query).await;
            for one in there {
                assert!(page.contains(one), "{query}: {one}: {page}");
            }
            assert!(!page.contains(not), "{query}: {not}");
        }
    });
}
