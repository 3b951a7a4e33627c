//! Supervision: numbers that are lists, cards as records, and who may look.

use super::server::{Server, secret, task};
use crate::each;
use serde_json::{Value, json};

/// A server with a supervisor in 中山 and administrators, and a case there that got its first card.
async fn with_card(place: crate::places::Place) -> (Server, Value) {
    let mut server = Server::sandbox(place).await;
    for (id, post) in [
        ("zs-supervisor", "442000/si/supervisor"),
        ("zs-lead", "442000/si/lead"),
        ("ks-supervisor", "653100/si/supervisor"),
        ("admin-system", "442000/si/system-admin"),
    ] {
        server.add(id, id, "person", secret(), &[post]).await;
    }
    server.at_handler().await;
    let ahead = json!({ "advance": "2wd" });
    let moved = server.post("", "/api/v1/sandbox/clock", &ahead).await;
    assert_eq!(moved.status, 200, "{}", moved.text);
    let cards = server.get("zs-supervisor", CARDS).await.with(200);
    (server, cards["cards"][0].clone())
}

const CARDS: &str = "/api/v1/supervision/cards";
const SUMMARY: &str = "/api/v1/supervision/summary";

/// Product §13.5: every number of the summary is the total of the list its link names, and a stranger's are nothing.
#[test]
fn every_number_of_the_summary_is_its_list() {
    each(async |place| {
        let (server, card) = with_card(place).await;
        for who in ["zs-supervisor", "zs-lead", "ks-supervisor"] {
            let summary = server.get(who, SUMMARY).await.with(200);
            for (name, link) in summary["links"].as_object().unwrap() {
                let list = server.get(who, link.as_str().unwrap()).await.with(200);
                assert_eq!(list["total"], summary[name], "{who} {name} {link}");
                let rows = list["cases"].as_array().unwrap().len();
                assert_eq!(json!(rows), summary[name], "{who} {name}");
            }
            let home = json!(i64::from(who != "ks-supervisor"));
            assert_eq!(summary["in_flight"], home, "{who}");
            let matrix = server.get(who, "/api/v1/network/matrix").await.with(200);
            assert_eq!(matrix["total"], home, "{who}");
            for cell in matrix["cells"].as_array().unwrap() {
                let list = server.get(who, cell["link"].as_str().unwrap()).await;
                assert_eq!(list.with(200)["total"], cell["cases"]);
            }
        }
        assert_eq!(card["level"], "yellow", "a step over its own limit");
        let summary = server.get("zs-supervisor", SUMMARY).await.with(200);
        assert_eq!(
            summary["yellow"], 1,
            "the row shows the worse of step and case"
        );
    });
}

/// A card is pursued by a supervisor, explained by whoever has the work, then closed, and stays on record.
#[test]
fn a_card_goes_from_its_opening_to_its_end() {
    each(async |place| {
        let (server, card) = with_card(place).await;
        let path = |deed: &str| format!("{CARDS}/{}/{deed}", card["id"].as_str().unwrap());
        let words = json!({ "words": "为何超过环节时限？" });
        let say = async |who: &str, deed: &str| server.post(who, &path(deed), &words).await;
        say("wz-window", "close").await.problem(403, "forbidden");
        say("zs-supervisor", "pursue").await.with(200);
        say("zs-supervisor", "close")
            .await
            .problem(409, "state-not-allowed");
        say("zs-finance", "explain").await.problem(403, "forbidden");
        say("ks-supervisor", "close")
            .await
            .problem(404, "not-found");
        let empty = json!({ "words": " " });
        let empty = server.post("zs-handler", &path("explain"), &empty).await;
        empty.problem(422, "invalid");
        say("zs-handler", "explain").await.with(200);
        say("zs-supervisor", "close").await.with(200);
        let one = format!("{CARDS}/{}", card["id"].as_str().unwrap());
        let one = server.get("zs-supervisor", &one).await.with(200);
        let deeds: Vec<&Value> = one["notes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|n| &n["deed"])
            .collect();
        assert_eq!(deeds, ["pursue", "explain", "close"]);
        assert_eq!(one["numbers"]["budget"], "1wd");
        let open = server.get("zs-supervisor", CARDS).await.with(200);
        let all = server
            .get("zs-supervisor", &format!("{CARDS}?state=all"))
            .await
            .with(200);
        assert_eq!(
            all["total"].as_i64().unwrap(),
            open["total"].as_i64().unwrap() + 1
        );
    });
}

/// 转派: whoever watches over the office gives held work to somebody else there who may do it, and to nobody else; the other is told.
#[test]
fn a_supervisor_gives_the_work_of_a_card_to_somebody_else() {
    each(async |place| {
        let (mut server, card) = with_card(place).await;
        let post = ["442000/si/handler"];
        server
            .add("zs-deputy", "zs-deputy", "person", secret(), &post)
            .await;
        let case = format!("/api/v1/cases/{}", card["case"].as_str().unwrap());
        let seen = server.get("zs-handler", &case).await.with(200);
        let work = format!("/api/v1/tasks/{}", task(&seen, "records"));
        let claim = format!("{work}/claim");
        let claimed = server.post("zs-handler", &claim, &json!({})).await;
        claimed.with(200);
        let give = async |who: &str, to: &str, reason: &str| {
            let wish = json!({ "to": to, "reason": reason });
            server.post(who, &format!("{work}/transfer"), &wish).await
        };
        let away = "经办人请假";
        let stranger = give("ks-supervisor", "zs-deputy", away).await;
        stranger.problem(404, "not-found");
        let other = give("zs-finance", "zs-deputy", away).await;
        other.problem(403, "forbidden");
        let finance = give("zs-supervisor", "zs-finance", away).await;
        finance.problem(422, "invalid");
        let silent = give("zs-supervisor", "zs-deputy", " ").await;
        silent.problem(422, "invalid");
        give("zs-supervisor", "zs-deputy", away).await.with(200);
        let held = server.get("zs-deputy", &work).await.with(200);
        assert_eq!(held["holder"]["id"], "zs-deputy");
        let all = server.app.messages(None, None).await.unwrap();
        let told = all.iter().any(|m| m.about.as_deref() == Some("reassigned"));
        assert!(told, "whoever has it now is told");
        give("zs-lead", "zs-handler", away).await.with(200);
        let held = server.get("zs-handler", &work).await.with(200);
        assert_eq!(held["holder"]["id"], "zs-handler");
    });
}

/// G50: who looks after the program sees no case, not even in a number; the board is for who watches over an office.
#[test]
fn g050_administrators_see_no_case_and_clerks_no_board() {
    each(async |place| {
        let (server, card) = with_card(place).await;
        let list = server.get("admin-system", "/api/v1/cases").await.with(200);
        assert_eq!((&list["total"], &list["cases"]), (&json!(0), &json!([])));
        let case = format!("/api/v1/cases/{}", card["case"].as_str().unwrap());
        server
            .get("admin-system", &case)
            .await
            .problem(404, "not-found");
        let matrix = server.get("admin-system", "/api/v1/network/matrix").await;
        assert_eq!(matrix.with(200)["total"], 0);
        for who in ["admin-system", "zs-handler"] {
            let barred = server.get(who, SUMMARY).await.problem(403, "forbidden");
            assert_eq!(barred["needed"], json!(["supervisor", "lead"]));
            server.get(who, CARDS).await.problem(403, "forbidden");
        }
    });
}

/// A list of what is late begins with what is latest, without being asked; all else with the newest.
#[test]
fn what_is_latest_stands_first_among_the_late() {
    each(async |place| {
        let server = Server::sandbox(place).await;
        let first = server.at_handler().await["id"].clone();
        let ahead = json!({ "advance": "3wd" });
        server.post("", "/api/v1/sandbox/clock", &ahead).await;
        let second = server.of_at_handler("450400196605100032").await["id"].clone();
        let late = json!({ "advance": "15wd" });
        server.post("", "/api/v1/sandbox/clock", &late).await;
        let ids = async |query: &str| {
            let path = format!("/api/v1/cases?{query}");
            let list = server.get("zs-handler", &path).await.with(200);
            let cases = list["cases"].as_array().unwrap().iter();
            cases.map(|case| case["id"].clone()).collect::<Vec<_>>()
        };
        let (late, new) = (vec![first.clone(), second.clone()], vec![second, first]);
        assert_eq!(ids("level=red").await, late);
        assert_eq!(ids("level=red&sort=newest").await, new);
        assert_eq!(ids("open=true").await, new);
    });
}
