//! Definitions and decision tables over HTTP.

use super::server::{Server, application};
use super::visitor::Visitor;
use crate::each;
use jiff::Timestamp;
use onenet::runtime::Clock;
use serde_json::{Value, json};

const MATTER: &str = "pension-lump-sum/matter.yaml";

async fn text(server: &Server) -> String {
    let row = server
        .get("author", "/api/v1/definitions/pension-lump-sum/1")
        .await
        .with(200);
    row["files"][MATTER].as_str().unwrap().to_owned()
}

fn files(text: String) -> Value {
    json!({ "files": { MATTER: text } })
}

/// G40, G41: what check refuses is refused; what is published is a new revision, and running cases stay on theirs.
#[test]
fn g040_a_new_revision_leaves_running_cases_alone() {
    each(async |place| {
        let server = Server::sandbox(place).await;
        let case = server.open().await;
        let before = text(&server).await;

        let wrong = files(before.replace("task: reviewer", "task: reviewr"));
        let told = server
            .post("author", "/api/v1/definitions", &wrong)
            .await
            .problem(422, "invalid");
        let error = &told["errors"][0];
        assert!(
            error["pointer"]
                .as_str()
                .unwrap()
                .contains("pension-lump-sum~1matter.yaml"),
            "{told}"
        );
        assert!(error["code"].as_str().unwrap().starts_with('E'), "{told}");
        assert!(
            error["message"]["zh"]
                .as_str()
                .unwrap()
                .contains("reviewer"),
            "{told}"
        );

        let better = files(before.replace("title: 复核, task", "title: 复核人复核, task"));
        let path = "/api/v1/definitions";
        server
            .post("zs-handler", path, &better)
            .await
            .problem(403, "forbidden");
        let plan = server
            .post("author", &format!("{path}?dry_run=true"), &better)
            .await
            .with(200);
        assert_eq!(plan["published"], false);
        assert_eq!(plan["matters"][0]["revision"], 2);
        assert_eq!(plan["matters"][0]["staying"], 1);
        let shown = server
            .get("author", "/api/v1/definitions/pension-lump-sum")
            .await
            .with(200);
        assert_eq!(shown["revision"], 1);

        let plan = server.post("author", path, &better).await.with(200);
        assert_eq!(plan["published"], true);
        let shown = server
            .get("author", "/api/v1/definitions/pension-lump-sum")
            .await
            .with(200);
        assert_eq!(
            (&shown["revision"], &shown["hash"]),
            (&json!(2), &plan["matters"][0]["hash"])
        );
        let old = server
            .get(
                "wz-window",
                &format!("/api/v1/cases/{}", case["id"].as_str().unwrap()),
            )
            .await
            .with(200);
        assert_eq!(old["revision"], 1);
    });
}

/// G54: outside the sandbox a second person confirms, and not the one who proposed.
#[test]
fn g054_publishing_takes_two_persons() {
    each(async |place| {
        let server = Server::start(place, Clock::real()).await;
        let before = text(&server).await;
        let better = files(before.replace("title: 复核, task", "title: 复核人复核, task"));
        let plan = server
            .post("author", "/api/v1/definitions", &better)
            .await
            .with(202);
        assert_eq!(plan["published"], false);
        let approve = "/api/v1/definitions/pension-lump-sum/2/approve";
        server
            .post("author", approve, &json!({}))
            .await
            .problem(403, "second-person-required");
        let shown = server
            .get("author", "/api/v1/definitions/pension-lump-sum")
            .await
            .with(200);
        assert_eq!(shown["revision"], 1);
        let done = server.post("editor", approve, &json!({})).await.with(200);
        assert_eq!(done["published"], true);
        let shown = server
            .get("author", "/api/v1/definitions/pension-lump-sum")
            .await
            .with(200);
        assert_eq!(shown["revision"], 2);
        server
            .get(
                "author",
                "/api/v1/definitions/proposed%2Fpension-lump-sum/2",
            )
            .await
            .problem(404, "not-found");
        server
            .get("", "/api/v1/sandbox/outbox")
            .await
            .problem(404, "not-found");
    });
}

/// What waits for a second person is taken back by whoever writes definitions, with all that was proposed with it; then its number is free.
#[test]
fn a_proposal_is_taken_back_and_another_made_in_its_place() {
    each(async |place| {
        let server = Server::start(place, Clock::real()).await;
        let before = text(&server).await;
        let retitled =
            |title: &str| before.replace("title: 复核, task", &format!("title: {title}, task"));
        let path = "/api/v1/definitions";
        let closures =
            "closures: [{ matter: pension-lump-sum, from: 2020-01-01, reason: 已并入别的事项 }]\n";
        let hasty = json!({ "files": { MATTER: retitled("复核人复审"), "network/closures.yaml": closures } });
        server.post("author", path, &hasty).await.with(202);
        let better = files(retitled("复核人复核"));
        let twice = server.post("editor", path, &better).await;
        let told = twice.problem(409, "state-not-allowed");
        assert!(told["detail"].as_str().unwrap().contains("撤回"), "{told}");
        let word = |verb: &str| format!("{path}/pension-lump-sum/2/{verb}");
        let stranger = server
            .post("zs-handler", &word("withdraw"), &json!({}))
            .await;
        stranger.problem(403, "forbidden");

        let author = Visitor::signed_in(&server, "author", "/admin/definitions").await;
        let whole = author.get("/admin/proposed?of=pension-lump-sum/2").await;
        let page = whole.text().await.unwrap();
        assert!(
            page.contains("撤回") && !page.contains("复核并发布"),
            "{page}"
        );
        let taken = server.post("author", &word("withdraw"), &json!({})).await;
        assert_eq!(taken.status, 204, "{}", taken.text);
        for waits in ["pension-lump-sum", "beside"] {
            let late = format!("{path}/{waits}/2/approve");
            let late = server.post("editor", &late, &json!({})).await;
            late.problem(404, "not-found");
        }
        let again = server.post("author", &word("withdraw"), &json!({})).await;
        again.problem(404, "not-found");

        server.post("editor", path, &better).await.with(202);
        let done = server.post("author", &word("approve"), &json!({})).await;
        assert_eq!(done.with(200)["published"], true);
        let row = server
            .get("author", &format!("{path}/pension-lump-sum/2"))
            .await;
        let row = row.with(200);
        assert_eq!(row["files"][MATTER], retitled("复核人复核"));
        assert_eq!(
            (&row["published_by"], &row["approved_by"]),
            (&json!("editor"), &json!("author"))
        );
    });
}

/// What is published on one node is on offer at the others without a start anew, and what they publish stands on it.
#[test]
fn what_one_node_publishes_the_others_offer() {
    each(async |place| {
        if !place.url.starts_with("postgres") {
            return;
        }
        let here = Server::sandbox(place).await;
        let there = here.beside().await;
        let path = "/api/v1/definitions/pension-lump-sum";
        let before = text(&here).await;
        let better = files(before.replace("title: 复核, task", "title: 复核人复核, task"));
        let publish = "/api/v1/definitions";
        let plan = here.post("author", publish, &better).await.with(200);
        let hash = &plan["matters"][0]["hash"];
        let follows = async {
            while there.get("author", path).await.with(200)["hash"] != *hash {
                tokio::task::yield_now().await;
            }
        };
        let limit = std::time::Duration::from_secs(300);
        tokio::time::timeout(limit, follows).await.unwrap();
        let case = there.open().await;
        let case = format!("/api/v1/cases/{}", case["id"].as_str().unwrap());
        let case = there.get("wz-window", &case).await.with(200);
        assert_eq!(case["revision"], 2);

        let closures =
            "closures: [{ matter: pension-lump-sum, from: 2020-01-01, reason: 已并入别的事项 }]\n";
        let closed = json!({ "files": { "network/closures.yaml": closures } });
        there.post("author", publish, &closed).await.with(200);
        here.app.catch_up().await.unwrap();
        let new = here
            .post("wz-window", "/api/v1/cases", &application())
            .await;
        new.problem(410, "retired");
        assert_eq!(here.get("author", path).await.with(200)["revision"], 2);
    });
}

/// What is part of no revision is published by two persons as well, is on record, and holds at once.
#[test]
fn what_lies_beside_the_matters_is_published_and_holds_at_once() {
    each(async |place| {
        let server = Server::start(place, Clock::real()).await;
        let text =
            "closures: [{ matter: pension-lump-sum, from: 2020-01-01, reason: 已并入别的事项 }]\n";
        let closed = json!({ "files": { "network/closures.yaml": text } });
        let plan = server.post("author", "/api/v1/definitions", &closed);
        let plan = plan.await.with(202);
        assert_eq!(
            (&plan["matters"], &plan["beside"]["revision"]),
            (&json!([]), &json!(2))
        );
        server.open().await;
        let clerk = Visitor::signed_in(&server, "editor", "/admin/definitions").await;
        let page = clerk.get("/admin/definitions").await.text().await.unwrap();
        assert!(page.contains("各事项之外的文件"), "{page}");
        let approve = "/api/v1/definitions/beside/2/approve";
        let own = server.post("author", approve, &json!({})).await;
        own.problem(403, "second-person-required");
        let done = server.post("editor", approve, &json!({})).await.with(200);
        assert_eq!(done["published"], true);
        let new = application();
        let new = server.post("wz-window", "/api/v1/cases", &new).await;
        new.problem(410, "retired");
        let row = server.get("author", "/api/v1/definitions/beside/2").await;
        let row = row.with(200);
        assert_eq!(
            (&row["published_by"], &row["approved_by"]),
            (&json!("author"), &json!("editor"))
        );
        assert_eq!(row["files"]["network/closures.yaml"], text);
        let again = server.post("author", "/api/v1/definitions", &closed).await;
        again.problem(409, "state-not-allowed");
    });
}

/// A city that is published has posts at once.
#[test]
fn whoever_sits_in_a_new_city_may_come_in_at_once() {
    each(async |place| {
        let mut server = Server::sandbox(place).await;
        let post = ["439901/si/handler"];
        server.add("new", "新人", "person", "", &post).await;
        let holds = async |server: &Server| {
            let caller = server
                .app
                .directory
                .caller(server.token("new"), Timestamp::now());
            caller.await.unwrap().posts.len()
        };
        assert_eq!(holds(&server).await, 0);
        let library = server.app.runtime.library();
        let city = "  - { code: \"439901\", name: 新城, full_name: 新城市, en: Newtown, pool: 湖南, kind: city, windows: 1, \
                    office_hours: standard, tag: demo }";
        let text = &library.files["network/network.yaml"];
        let (before, cities) = text.split_once("\ncities:").unwrap();
        let (rest, cities) = cities.split_once('\n').unwrap();
        let network = format!("{before}\ncities:{rest}\n{city}\n{cities}");
        let files = json!({ "files": { "network/network.yaml": network } });
        let plan = server.post("author", "/api/v1/definitions", &files);
        assert_eq!(plan.await.with(200)["published"], true);
        assert_eq!(holds(&server).await, 1);
    });
}

/// As `onenet decide`; the example is row 1 of the table of retirement ages (annex 1).
#[test]
fn a_decision_table_answers_over_http() {
    each(async |place| {
        let server = Server::sandbox(place).await;
        let input = json!({ "category": "man60", "birth_month": "1965-01" });
        let path = "/api/v1/decisions/retirement-age/evaluate";
        let answer = server.post("wz-window", path, &input).await.with(200);
        assert_eq!(
            (&answer["delay_months"], &answer["retirement_month"]),
            (&json!(1), &json!("2025-02"))
        );
        let wrong = json!({ "category": "man66", "birth_month": "1965-01" });
        server
            .post("wz-window", path, &wrong)
            .await
            .problem(422, "invalid");
        let near = server
            .post(
                "wz-window",
                "/api/v1/decisions/retirment-age/evaluate",
                &input,
            )
            .await;
        assert!(
            near.problem(404, "not-found")["detail"]
                .as_str()
                .unwrap()
                .contains("retirement-age")
        );
    });
}
