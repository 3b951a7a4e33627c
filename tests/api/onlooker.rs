//! 以某岗位查看: an administrator sees what a post sees, reads nothing that was filled in, does nothing, and is on record.

use super::server::{ACCOUNT, ID_NUMBER, PHONE, Server, secret, task};
use super::visitor::{Visitor, location};
use crate::each;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

/// An administrator on the server, and an auditor.
async fn administered(place: crate::places::Place) -> Server {
    let mut server = Server::sandbox(place).await;
    for post in ["system-admin", "audit-admin"] {
        let held = format!("442000/si/{post}");
        server.add(post, post, "person", secret(), &[&held]).await;
    }
    server
}

/// Begins to look as a post of 中山.
async fn looks<'s>(server: &'s Server, post: &str) -> Visitor<'s> {
    let visitor = Visitor::signed_in(server, "system-admin", "/admin/look-as").await;
    let page = visitor.get("/admin/look-as").await.text().await.unwrap();
    let chosen = [("city", "442000"), ("post", post), ("reason", "来电咨询")];
    let begun = visitor.press_with(&page, "/admin/look-as", &chosen).await;
    assert_eq!(location(&begun), "/work");
    visitor
}

/// G50, G53: the course of the case is there as the post sees it, and nothing that anybody typed, in any page.
#[test]
fn g050_whoever_looks_as_a_post_reads_the_course_and_no_content() {
    each(async |place| {
        let server = administered(place).await;
        let case = server.at_reviewer().await;
        let (id, number) = (
            case["id"].as_str().unwrap(),
            case["number"].as_str().unwrap(),
        );
        let words = json!({ "words": "内部备注甲" });
        let notes = format!("/api/v1/cases/{id}/notes");
        server.post("zs-reviewer", &notes, &words).await;
        let visitor = looks(&server, "si/reviewer").await;
        let work = visitor.get("/work?tab=open").await.text().await.unwrap();
        assert!(work.contains(number) && work.contains("以 中山"), "{work}");
        let mut pages = vec![format!("/tasks/{}", task(&case, "approve"))];
        let tabs = [
            "overview",
            "time",
            "materials",
            "papers",
            "notices",
            "flow",
            "data",
            "audit",
        ];
        pages.extend(tabs.map(|tab| format!("/cases/{id}?tab={tab}")));
        pages.push(format!("/api/v1/cases/{id}/graph.svg"));
        for path in pages {
            let answer = visitor.get(&path).await;
            assert_eq!(answer.status(), 200, "{path}");
            let text = answer.text().await.unwrap();
            for typed in [
                ID_NUMBER,
                PHONE,
                ACCOUNT,
                "李四",
                "李**",
                "0017",
                "示例银行",
                "28640.55",
                "内部备注甲",
            ] {
                // The number of the case ends in digits of its own.
                assert!(!text.replace(number, "").contains(typed), "{path}: {typed}");
            }
        }
        let shown = visitor
            .get(&format!("/tasks/{}", task(&case, "approve")))
            .await;
        let shown = shown.text().await.unwrap();
        assert!(
            shown.contains("开户银行") && shown.contains("***"),
            "{shown}"
        );
        assert!(
            shown.contains("name=\"outcome\""),
            "the ways out of the post are shown"
        );
    });
}

/// Nothing that acts is let through, no file, paper or list to take away, no number shown, no search by person, and nothing by the API.
#[test]
fn g050_whoever_looks_as_a_post_does_nothing_and_takes_nothing_away() {
    each(async |place| {
        let server = administered(place).await;
        let case = server.at_reviewer().await;
        let id = case["id"].as_str().unwrap();
        let work = task(&case, "approve");
        let visitor = looks(&server, "si/reviewer").await;
        let page = visitor.get(&format!("/tasks/{work}")).await;
        let page = page.text().await.unwrap();
        for verb in ["", "/claim", "/draft"] {
            let action = format!("/tasks/{work}{verb}");
            let sent = visitor.press(&page, &action).await;
            assert_eq!(sent.status(), 403, "{action}");
            assert!(sent.text().await.unwrap().contains("只读"));
        }
        for path in [
            format!("/cases/{id}/papers/1"),
            format!("/cases/{id}/receipt"),
            format!("/cases/{id}/act?act=suspend"),
            "/cases.csv".to_owned(),
            "/cases.xlsx".to_owned(),
            "/new".to_owned(),
            "/settings".to_owned(),
            "/bell".to_owned(),
            "/admin/look-as".to_owned(),
            format!("/api/v1/cases/{id}"),
            format!("/api/v1/cases/{id}/documents"),
            "/api/v1/tasks".to_owned(),
            "/api/v1/me".to_owned(),
        ] {
            assert_eq!(visitor.get(&path).await.status(), 403, "{path}");
        }
        let seen = server
            .get("zs-reviewer", &format!("/api/v1/tasks/{work}"))
            .await
            .with(200);
        assert_eq!(seen["state"], "open", "nobody has taken it");
    });
}

/// The look is on record from its reason to its end, under the administrator's name with the post he looked as.
#[test]
fn g070_a_look_is_on_record_page_by_page() {
    each(async |place| {
        let server = administered(place).await;
        let case = server.at_handler().await;
        let id = case["id"].as_str().unwrap();
        let visitor = looks(&server, "si/handler").await;
        visitor.get("/work?tab=open").await;
        visitor.get(&format!("/cases/{id}?tab=time")).await;
        let page = visitor
            .get(&format!("/tasks/{}", task(&case, "records")))
            .await;
        let page = page.text().await.unwrap();
        let ended = visitor.press(&page, "/look-as/end").await;
        assert_eq!(location(&ended), "/admin/look-as");
        assert_eq!(visitor.get("/work").await.status(), 200);
        assert_eq!(
            visitor.get(&format!("/cases/{id}")).await.status(),
            404,
            "as himself he sees none"
        );
        let path = "/api/v1/audit/readings?kind=onlook&account=system-admin";
        let read = server.get("audit-admin", path).await.with(200);
        let rows = read["readings"].as_array().unwrap();
        let what: Vec<&str> = rows
            .iter()
            .rev()
            .map(|r| r["what"].as_str().unwrap())
            .collect();
        let no = task(&case, "records")
            .rsplit('-')
            .next()
            .unwrap()
            .to_owned();
        assert_eq!(
            what,
            [
                "onlooker_begin 442000/si/handler",
                "work?tab=open",
                "time",
                &format!("task {no}"),
                "onlooker_end 442000/si/handler",
            ]
        );
        let begun = rows.last().unwrap();
        assert_eq!(
            (&begun["reason"], &begun["posts"]),
            (&json!("来电咨询"), &json!(["442000/si/system-admin"]))
        );
        assert!(
            rows[..4]
                .iter()
                .all(|r| r["posts"] == json!(["442000/si/handler"])),
            "{rows:?}"
        );
    });
}

/// A look is for administrators, never as another one, and ends after half an hour.
#[test]
fn a_look_is_for_administrators_and_ends_by_itself() {
    each(async |place| {
        let server = administered(place).await;
        let clerk = Visitor::signed_in(&server, "zs-handler", "/work").await;
        assert_eq!(clerk.get("/admin/look-as").await.status(), 403);
        let page = clerk.get("/settings").await.text().await.unwrap();
        let page = page.replace("action=\"/settings\"", "action=\"/admin/look-as\"");
        let wish = [("city", "450400"), ("post", "si/handler"), ("reason", "试")];
        let sent = clerk.press_with(&page, "/admin/look-as", &wish).await;
        assert_eq!(sent.status(), 403);
        let visitor = Visitor::signed_in(&server, "system-admin", "/admin/look-as").await;
        let page = visitor.get("/admin/look-as").await.text().await.unwrap();
        for (post, reason, status) in [
            ("si/audit-admin", "试", 403),
            ("si/emperor", "试", 403),
            ("si/handler", "", 422),
        ] {
            let wish = [("city", "442000"), ("post", post), ("reason", reason)];
            let sent = visitor.press_with(&page, "/admin/look-as", &wish).await;
            assert_eq!(sent.status(), status, "{post}");
        }
        let visitor = looks(&server, "si/handler").await;
        let directory = &server.app.directory;
        let after = |minutes| Timestamp::now() + SignedDuration::from_mins(minutes);
        let caller = directory
            .caller(visitor.session(), after(29))
            .await
            .unwrap();
        assert_eq!(caller.posts[0].post, "handler");
        let caller = directory
            .caller(visitor.session(), after(31))
            .await
            .unwrap();
        assert!(caller.looks_as.is_none() && caller.posts[0].post == "system-admin");
    });
}
