//! Posts lent to somebody of another city (队伍共享): by two administrators, for some matters and days, in lists as in tasks.

use super::server::{Server, application, secret, task};
use super::visitor::{Visitor, location};
use crate::each;
use crate::places::Place;
use jiff::Timestamp;
use serde_json::{Value, json};

const HELPER: &str = "zy-helper";
const DIRECTORY: &str = "/admin/directory";
const LENDING: &str = "/admin/lending";
const MATTER: &str = "pension-lump-sum";
const OTHER: &str = "pension-transfer-enterprise";

/// Two security administrators, and somebody of 遵义 who can help 中山.
async fn server(place: Place) -> Server {
    let mut server = Server::sandbox(place).await;
    for (id, name) in [("admin", "邹玉桂"), ("admin-2", "熊宁")] {
        let post = ["442000/si/security-admin"];
        server.add(id, name, "person", secret(), &post).await;
    }
    let post = ["520300/si/window"];
    server.add(HELPER, "袁敏", "person", secret(), &post).await;
    server
}

async fn page(visitor: &Visitor<'_>) -> String {
    visitor.get(DIRECTORY).await.text().await.unwrap()
}

/// What is asked for: the post of a reviewer of 中山, for a matter, on two days.
fn wish(matter: &'static str) -> [(&'static str, &'static str); 7] {
    [
        ("person", HELPER),
        ("post", "442000/si/reviewer"),
        ("matter", matter),
        ("from", "2026-11-24"),
        ("until", "2026-11-25"),
        ("reason", "中山复核积压"),
        ("ask", "1"),
    ]
}

/// One asks, another agrees.
async fn lend(server: &Server, matter: &'static str) {
    let one = Visitor::signed_in(server, "admin", DIRECTORY).await;
    let asked = one
        .press_with(&page(&one).await, LENDING, &wish(matter))
        .await;
    assert_eq!(location(&asked), "/admin/directory#lending");
    let two = Visitor::signed_in(server, "admin-2", DIRECTORY).await;
    let id = waiting(server).await.to_string();
    let shown = page(&two).await;
    let agreed = two.press_with(&shown, LENDING, &[("agree", &id)]).await;
    assert_eq!(location(&agreed), "/admin/directory#lending");
}

/// The lending nobody has agreed to.
async fn waiting(server: &Server) -> i64 {
    let rows = server.app.directory.accounts().lendings(0).await.unwrap();
    let found = rows.iter().find(|row| row.approved.is_none());
    found.unwrap().id
}

async fn move_to(server: &Server, at: &str) {
    let at: Timestamp = at.parse().unwrap();
    server.app.runtime.move_clock(at).await.unwrap();
}

/// What the helper sees of a case and its task: in the lists of tasks and cases, in the search, and of each itself.
async fn seen(server: &Server, case: &Value, task: &str) -> Vec<bool> {
    let id = case["id"].as_str().unwrap();
    let tasks = server.get(HELPER, "/api/v1/tasks").await.with(200);
    let cases = server.get(HELPER, "/api/v1/cases").await.with(200);
    let search = json!({ "q": case["number"] });
    let found = server.post(HELPER, "/api/v1/cases/search", &search).await;
    let itself = server.get(HELPER, &format!("/api/v1/cases/{id}")).await;
    let work = server.get(HELPER, &format!("/api/v1/tasks/{task}")).await;
    let among = |rows: &Value, id: &str| rows.as_array().unwrap().iter().any(|row| row["id"] == id);
    vec![
        among(&tasks["tasks"], task),
        among(&cases["cases"], id),
        among(&found.with(200)["cases"], id),
        itself.status == 200,
        work.status == 200,
    ]
}

#[test]
fn a_post_that_is_lent_is_held_on_its_days_and_then_no_more() {
    each(async |place| {
        let server = server(place).await;
        let case = server.at_reviewer().await;
        let approve = task(&case, "approve");
        lend(&server, MATTER).await;
        assert_eq!(
            seen(&server, &case, &approve).await,
            [false; 5],
            "the day before"
        );
        let at = |verb: &str| format!("/api/v1/tasks/{approve}/{verb}");
        move_to(&server, "2026-11-24T00:00:00+08:00").await;
        assert_eq!(
            seen(&server, &case, &approve).await,
            [true; 5],
            "the first day"
        );
        let to = json!({ "to": HELPER, "reason": "请支援" });
        server
            .post("zs-reviewer", &at("transfer"), &to)
            .await
            .with(200);
        move_to(&server, "2026-11-25T23:59:59+08:00").await;
        let done = json!({ "outcome": "通过", "data": {} });
        server.post(HELPER, &at("complete"), &done).await.with(200);
        let path = format!("/api/v1/cases/{}/history", case["id"].as_str().unwrap());
        let history = server.get("zs-handler", &path).await.with(200);
        let mut all = history.as_array().unwrap().iter().rev();
        let actor = &all.find(|e| e["type"] == "step_done").unwrap()["actor"];
        assert_eq!(actor["post"], "reviewer");
        assert_eq!(actor["lent_from"], "520300/si/window");
        move_to(&server, "2026-11-26T00:00:00+08:00").await;
        assert_eq!(
            seen(&server, &case, &approve).await,
            [false; 5],
            "the day after"
        );
    });
}

#[test]
fn of_other_matters_who_is_lent_sees_and_does_nothing() {
    each(async |place| {
        let server = server(place).await;
        let case = server.at_reviewer().await;
        let approve = task(&case, "approve");
        lend(&server, OTHER).await;
        move_to(&server, "2026-11-24T10:00:00+08:00").await;
        assert_eq!(seen(&server, &case, &approve).await, [false; 5]);
        let path = format!("/api/v1/tasks/{approve}/complete");
        let done = json!({ "outcome": "通过", "data": {} });
        server
            .post(HELPER, &path, &done)
            .await
            .problem(404, "not-found");
        let path = format!("/api/v1/tasks/{approve}/transfer");
        let to = json!({ "to": HELPER, "reason": "请支援" });
        server
            .post("zs-reviewer", &path, &to)
            .await
            .problem(422, "invalid");
    });
}

/// Whoever took in a case in his own city does not decide it where he is lent.
#[test]
fn who_took_in_a_case_does_not_decide_it_elsewhere() {
    each(async |place| {
        let mut server = server(place).await;
        let post = ["450400/si/window"];
        server
            .add("wz-helper", "莫宁", "person", secret(), &post)
            .await;
        let one = Visitor::signed_in(&server, "admin", DIRECTORY).await;
        let mut wish = wish(MATTER);
        wish[0] = ("person", "wz-helper");
        one.press_with(&page(&one).await, LENDING, &wish).await;
        let two = Visitor::signed_in(&server, "admin-2", DIRECTORY).await;
        let id = waiting(&server).await.to_string();
        two.press_with(&page(&two).await, LENDING, &[("agree", &id)])
            .await;
        move_to(&server, "2026-11-24T10:00:00+08:00").await;
        let application = application();
        let opened = server.post("wz-helper", "/api/v1/cases", &application);
        let case = opened.await.with(201);
        let case = server
            .complete("wz-window", &case, "intake.check", "齐全", json!({}))
            .await;
        let case = server.complete_to_reviewer(&case).await;
        let path = format!("/api/v1/tasks/{}/complete", task(&case, "approve"));
        let done = json!({ "outcome": "通过", "data": {} });
        let refused = server.post("wz-helper", &path, &done).await;
        assert!(
            refused.text.contains("您在梧州经手过这件事"),
            "{}",
            refused.text
        );
        refused.problem(403, "second-person-required");
    });
}

/// Nobody agrees to what he asked himself, nobody lends to himself by agreeing, and only administrators of rights lend.
#[test]
fn g054_a_post_is_lent_by_two_persons_and_taken_back_by_one() {
    each(async |place| {
        let server = server(place).await;
        let one = Visitor::signed_in(&server, "admin", DIRECTORY).await;
        for (field, value) in [
            ("person", "nobody"),
            ("person", "zs-handler"),
            ("post", "442000/si/lead"),
            ("matter", "no-such-matter"),
            ("until", "2026-11-22"),
            ("reason", " "),
        ] {
            let mut wrong = wish(MATTER);
            let at = wrong.iter().position(|(name, _)| *name == field).unwrap();
            wrong[at].1 = value;
            let refused = one.press_with(&page(&one).await, LENDING, &wrong).await;
            assert_eq!(refused.status(), 422, "{field}: {value}");
        }
        one.press_with(&page(&one).await, LENDING, &wish(MATTER))
            .await;
        let id = waiting(&server).await.to_string();
        let own = one
            .press_with(&page(&one).await, LENDING, &[("agree", &id)])
            .await;
        assert_eq!(own.status(), 403);
        let clerk = Visitor::signed_in(&server, "zs-reviewer", "/work").await;
        let work = clerk.get("/work").await.text().await.unwrap();
        let token = work.split("name=\"form_token\" value=\"").nth(1).unwrap();
        let token = token.split('"').next().unwrap();
        let alien = clerk
            .send(LENDING, &[("form_token", token), ("agree", &id)])
            .await;
        assert_eq!(alien.status(), 403);
        let two = Visitor::signed_in(&server, "admin-2", DIRECTORY).await;
        two.press_with(&page(&two).await, LENDING, &[("agree", &id)])
            .await;
        move_to(&server, "2026-11-24T10:00:00+08:00").await;
        let posts = async || {
            let me = server.get(HELPER, "/api/v1/me").await.with(200);
            me["posts"].as_array().unwrap().len()
        };
        assert_eq!(posts().await, 2);
        let shown = page(&one).await;
        assert!(
            shown.contains("生效中") && shown.contains("中山复核积压"),
            "{shown}"
        );
        one.press_with(&shown, LENDING, &[("end", &id)]).await;
        assert_eq!(posts().await, 1);
        let rows = server.app.directory.accounts().lendings(0).await.unwrap();
        assert_eq!(rows[0].ended_by.as_deref(), Some("admin"));
    });
}
