//! Who read what: on record before it is answered, and found again by whoever audits, and by no other.

use super::server::{ID_NUMBER, Server, secret, task};
use super::visitor::{Visitor, location};
use crate::each;
use onenet::store::ReadingFilter;
use serde_json::{Value, json};

const READINGS: &str = "/api/v1/audit/readings";

/// A server with an auditor, and a case that nobody has read.
async fn audited(place: crate::places::Place) -> (Server, Value) {
    let mut server = Server::sandbox(place).await;
    let post = "442000/si/audit-admin";
    server
        .add("zs-audit", "zs-audit", "person", secret(), &[post])
        .await;
    let case = server.at_handler().await;
    (server, case)
}

/// G70: every part of a case that is read stands on record, with who, in which post, from where and what; a write, a list and what is
/// refused do not count as reading.
#[test]
fn g070_what_is_read_of_a_case_is_on_record() {
    each(async |place| {
        let (server, case) = audited(place).await;
        let (id, number) = (
            case["id"].as_str().unwrap(),
            case["number"].as_str().unwrap(),
        );
        let work = task(&case, "records");
        let before = server.get("zs-audit", READINGS).await.with(200);
        let begun = before["total"].as_i64().unwrap();
        for path in [
            format!("/api/v1/cases/{number}"),
            format!("/api/v1/cases/{id}/history"),
            format!("/api/v1/cases/{id}/clock"),
            format!("/api/v1/cases/{id}/documents"),
            format!("/api/v1/cases/{id}/notifications"),
            format!("/api/v1/cases/{id}/notes"),
            format!("/api/v1/cases/{id}/graph.svg"),
            format!("/api/v1/tasks/{work}"),
        ] {
            let read = server.get("zs-handler", &path).await;
            assert_eq!(read.status, 200, "{path}");
        }
        server.get("zs-handler", "/api/v1/cases").await.with(200);
        let path = format!("/api/v1/cases/{id}");
        let stranger = server.get("ks-handler", &path).await;
        stranger.problem(404, "not-found");
        let all = server.get("zs-audit", READINGS).await.with(200);
        assert_eq!(all["total"], begun + 8);
        let of_case = format!("{READINGS}?case={number}&account=zs-handler&limit=8");
        let rows = server.get("zs-audit", &of_case).await.with(200);
        let rows = rows["readings"].as_array().unwrap();
        let what: Vec<&str> = rows.iter().map(|r| r["what"].as_str().unwrap()).collect();
        let no = work.rsplit('-').next().unwrap();
        let expected = [
            &format!("task {no}"),
            "flow",
            "notes",
            "notices",
            "papers",
            "clock",
            "history",
            "case",
        ];
        assert_eq!(what, expected, "the newest first");
        assert_eq!(rows[0]["by"]["id"], "zs-handler");
        assert_eq!(rows[0]["posts"], json!(["442000/si/handler"]));
        assert_eq!(
            (&rows[0]["case"], &rows[0]["from"]),
            (&json!(id), &json!("127.0.0.1"))
        );
    });
}

/// The search pages, filters by kind and day, and is for the audit administrator alone.
#[test]
fn g070_the_search_is_for_whoever_audits() {
    each(async |place| {
        let (server, case) = audited(place).await;
        let path = format!("/api/v1/cases/{}", case["id"].as_str().unwrap());
        for _ in 0..3 {
            server.get("zs-handler", &path).await.with(200);
        }
        let wish = json!({ "of": "applicant", "pointer": "/id_number", "reason": "核对" });
        let reveal = format!("{path}/reveal");
        server.post("zs-handler", &reveal, &wish).await.with(200);
        let search = async |query: &str| {
            let path = format!("{READINGS}?{query}");
            server.get("zs-audit", &path).await.with(200)
        };
        let shown = search("kind=reveal").await;
        assert_eq!(shown["total"], 1);
        assert_eq!(shown["readings"][0]["reason"], "核对");
        let first = search("kind=read&limit=2").await;
        assert_eq!(first["readings"].as_array().unwrap().len(), 2);
        let behind = first["cursor"].as_str().unwrap();
        let next = search(&format!("kind=read&limit=2&cursor={behind}")).await;
        assert_eq!(next["total"], first["total"]);
        assert_eq!(next["readings"].as_array().unwrap().len(), 1);
        assert_eq!(search("to=2020-01-01").await["total"], 0);
        for who in ["zs-handler", "wz-window"] {
            let refused = server.get(who, READINGS).await;
            assert_eq!(
                refused.problem(403, "forbidden")["needed"],
                json!(["audit-admin"])
            );
        }
    });
}

/// Readers of one moment are written together, and each of them is there.
#[test]
fn g070_readers_of_one_moment_are_all_on_record() {
    each(async |place| {
        let (server, case) = audited(place).await;
        let path = format!("/api/v1/cases/{}", case["id"].as_str().unwrap());
        let read = || server.get("zs-handler", &path);
        for _ in 0..10 {
            let (a, b, c, d) = tokio::join!(read(), read(), read(), read());
            for read in [a, b, c, d] {
                read.with(200);
            }
        }
        let filter = ReadingFilter {
            account: Some("zs-handler".to_owned()),
            ..ReadingFilter::default()
        };
        let store = server.app.runtime.store();
        assert_eq!(store.count_readings(&filter).await.unwrap(), 40);
    });
}

/// G70: a search by a person puts each case it shows on record, one that finds nobody that there was one; a search by number shows no
/// person and is none. What was looked for stands in no row.
#[test]
fn g070_what_a_search_by_person_shows_is_on_record() {
    each(async |place| {
        let (server, case) = audited(place).await;
        let (id, number) = (
            case["id"].as_str().unwrap(),
            case["number"].as_str().unwrap(),
        );
        let search = async |q: &str| {
            let wish = json!({ "q": q });
            let found = server.post("zs-handler", "/api/v1/cases/search", &wish);
            found.await.with(200)["total"].as_i64().unwrap()
        };
        assert_eq!((search("李四").await, search(ID_NUMBER).await), (1, 1));
        assert_eq!((search("赵五").await, search(&number[..20]).await), (0, 1));
        let query = format!("{READINGS}?account=zs-handler");
        let rows = server.get("zs-audit", &query).await.with(200);
        let rows = rows["readings"].as_array().unwrap();
        let read: Vec<_> = rows.iter().map(|r| (&r["what"], &r["case"])).collect();
        let (what, id, none) = (json!("search"), json!(id), json!(null));
        assert_eq!(read, [(&what, &none), (&what, &id), (&what, &id)]);
        let told = json!(rows).to_string();
        assert!(!told.contains("李四") && !told.contains(ID_NUMBER) && !told.contains("赵五"));
        let visitor = Visitor::signed_in(&server, "zs-handler", "/cases").await;
        let page = visitor.get("/cases").await.text().await.unwrap();
        let narrowed = visitor
            .press_with(&page, "/cases", &[("who", "李四")])
            .await;
        visitor.get(&location(&narrowed)).await;
        let rows = server.get("zs-audit", &query).await.with(200);
        assert_eq!(rows["total"], 4, "the list narrowed to a person too");
    });
}
