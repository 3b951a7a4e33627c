//! Who sees what, and what refusals tell.

use super::server::{ACCOUNT, ID_NUMBER, PHONE, Server, task};
use crate::each;
use serde_json::json;

/// G53: a case of a city without part in it does not exist; a visible case names the post that is needed.
#[test]
fn g053_a_stranger_finds_nothing_and_a_neighbour_learns_the_post() {
    each(async |place| {
        let server = Server::sandbox(place).await;
        let case = server.at_handler().await;
        let (id, number) = (
            case["id"].as_str().unwrap(),
            case["number"].as_str().unwrap(),
        );
        let work = task(&case, "records");
        let never = server.get("ks-handler", "/api/v1/cases/999999").await;
        let never = never.problem(404, "not-found")["detail"].clone();
        for path in [
            format!("/api/v1/cases/{id}"),
            format!("/api/v1/cases/{number}"),
            format!("/api/v1/cases/{id}/history"),
            format!("/api/v1/cases/{id}/clock"),
            format!("/api/v1/cases/{id}/graph.svg"),
            format!("/api/v1/cases/{id}/documents"),
            format!("/api/v1/cases/{id}/notifications"),
            format!("/api/v1/tasks/{work}"),
        ] {
            let answer = server.get("ks-handler", &path).await;
            assert_eq!(answer.problem(404, "not-found")["detail"], never, "{path}");
        }
        let message = json!({ "name": "death-match", "key": ID_NUMBER });
        for (path, body) in [
            (format!("/api/v1/cases/{id}/withdraw"), json!({})),
            (format!("/api/v1/cases/{id}/messages"), message),
            (format!("/api/v1/tasks/{work}/claim"), json!({})),
            (
                format!("/api/v1/tasks/{work}/complete"),
                json!({ "outcome": "可以办理" }),
            ),
            (format!("/api/v1/tasks/{work}/draft"), json!({ "data": {} })),
        ] {
            server
                .post("ks-handler", &path, &body)
                .await
                .problem(404, "not-found");
        }
        let list = server.get("ks-handler", "/api/v1/cases").await.with(200);
        assert_eq!((&list["total"], &list["cases"]), (&json!(0), &json!([])));
        let list = server.get("ks-handler", "/api/v1/tasks").await.with(200);
        assert_eq!((&list["total"], &list["tasks"]), (&json!(0), &json!([])));

        let barred = server
            .post(
                "zs-reviewer",
                &format!("/api/v1/tasks/{work}/claim"),
                &json!({}),
            )
            .await;
        let barred = barred.problem(403, "forbidden");
        assert_eq!(barred["needed"], json!(["442000/si/handler"]));
        assert!(
            barred["detail"].as_str().unwrap().contains("经办"),
            "{barred}"
        );
        let seen = server
            .get("zs-reviewer", &format!("/api/v1/tasks/{work}"))
            .await
            .with(200);
        assert_eq!(seen["outcomes"], json!([]));
        let seen = server
            .get("zs-handler", &format!("/api/v1/tasks/{work}"))
            .await
            .with(200);
        let outcomes: Vec<&str> = seen["outcomes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|o| o["outcome"].as_str().unwrap())
            .collect();
        assert_eq!(
            outcomes,
            ["可以办理", "还有外省关系", "已满最低年限", "不符合条件"]
        );
    });
}

/// G60: numbers are masked in whatever is shown, and the history shows nothing that was typed.
#[test]
fn g060_no_answer_holds_a_number_in_full() {
    each(async |place| {
        let server = Server::sandbox(place).await;
        let case = server.at_reviewer().await;
        let id = case["id"].as_str().unwrap();
        let work = task(&case, "approve");
        for path in [
            format!("/api/v1/cases/{id}"),
            format!("/api/v1/cases/{id}/history"),
            format!("/api/v1/cases/{id}/documents"),
            format!("/api/v1/cases/{id}/notifications"),
            format!("/api/v1/tasks/{work}"),
            "/api/v1/cases".to_owned(),
            "/api/v1/tasks".to_owned(),
        ] {
            let answer = server.get("zs-reviewer", &path).await;
            assert_eq!(answer.status, 200, "{path}");
            for planted in [ID_NUMBER, PHONE, ACCOUNT] {
                assert!(!answer.text.contains(planted), "{path}: {}", answer.text);
            }
        }
        let feed = server.get("gj-platform", "/api/v1/events?wait=0").await;
        assert!(
            feed.status == 200 && !feed.text.contains(ID_NUMBER) && !feed.text.contains("李四")
        );
        let shown = server
            .get("zs-reviewer", &format!("/api/v1/tasks/{work}"))
            .await
            .with(200);
        assert_eq!(
            shown["shows"]["applicant"]["id_number"],
            "450400********0017"
        );
        assert_eq!(shown["shows"]["records"]["months"], 96, "{shown}");
    });
}

/// The picture of a case shows where it stands; who did a step is named to those who see the whole case, and what was typed to nobody.
#[test]
fn g053_the_picture_of_a_case_names_people_to_its_own_offices_alone() {
    each(async |place| {
        let server = Server::sandbox(place).await;
        let case = server.at_reviewer().await;
        let path = format!("/api/v1/cases/{}/graph.svg", case["id"].as_str().unwrap());
        let drawn = server.get("zs-reviewer", &path).await;
        assert_eq!(drawn.status, 200, "{}", drawn.text);
        assert_eq!(
            drawn.headers["content-type"],
            "image/svg+xml; charset=utf-8"
        );
        let me = server.get("zs-handler", "/api/v1/me").await.with(200);
        let name = me["name"].as_str().unwrap();
        let done = format!("✓ {name}");
        assert!(
            drawn.text.contains(&done) && drawn.text.contains("当前"),
            "{}",
            drawn.text
        );
        let sheet = format!("{path}?sheet=1");
        let sheet = server.get("zs-reviewer", &sheet).await.text;
        assert!(sheet.starts_with("<svg") && sheet.len() < drawn.text.len());
        for none in ["0", "99"] {
            let beyond = format!("{path}?sheet={none}");
            server.get("zs-reviewer", &beyond).await.with(404);
        }
        let typed = [ID_NUMBER, PHONE, ACCOUNT, "李四"];
        assert!(typed.iter().all(|typed| !drawn.text.contains(typed)));
        assert!(
            !drawn.text.contains("style"),
            "the content policy would refuse it"
        );
        let platform = server.get("gj-platform", &path).await;
        assert_eq!(platform.status, 200, "{}", platform.text);
        assert!(!platform.text.contains(name) && platform.text.contains("当前"));
        let english = server.get("zs-reviewer", &format!("{path}?lang=en")).await;
        assert!(english.text.contains("now"), "{}", english.text);
        server
            .get("zs-reviewer", &format!("{path}?lang=fr"))
            .await
            .problem(400, "malformed");
    });
}

/// The worklist is read page by page; its total is its length, and every row is of the caller's office.
#[test]
fn the_worklist_is_read_page_by_page() {
    each(async |place| {
        let server = Server::sandbox(place).await;
        let mut opened = Vec::new();
        for _ in 0..5 {
            let case = server.at_handler().await;
            opened.push(task(&case, "records"));
            let id = case["id"].as_str().unwrap();
            // One open case a person: the next applicant is the same, so this one is withdrawn at the end of the test's day.
            if opened.len() < 5 {
                server
                    .post(
                        "wz-window",
                        &format!("/api/v1/cases/{id}/withdraw"),
                        &json!({}),
                    )
                    .await
                    .with(200);
            }
        }
        let list = server
            .get("zs-handler", "/api/v1/tasks?limit=2")
            .await
            .with(200);
        assert_eq!(list["total"], 1);
        assert_eq!(list["tasks"][0]["id"], opened[4].as_str());
        assert_eq!(list["cursor"], json!(null));
        let mut cursor = String::new();
        let mut found = Vec::new();
        loop {
            let page = server
                .get("wz-window", &format!("/api/v1/cases?limit=2{cursor}"))
                .await
                .with(200);
            assert_eq!(page["total"], 5);
            found.extend(
                page["cases"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|c| c["id"].clone()),
            );
            match page["cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        let mut once = found.clone();
        once.dedup();
        assert_eq!((found.len(), once.len()), (5, 5));
        for (filter, total) in [
            ("state=held", 0),
            ("state=open", 1),
            ("city=中山", 1),
            ("city=梧州", 0),
            ("matter=other", 0),
        ] {
            let list = server
                .get("zs-handler", &format!("/api/v1/tasks?{filter}"))
                .await
                .with(200);
            assert_eq!(list["total"], total, "{filter}");
        }
        let number = json!({ "id_number": ID_NUMBER });
        let known = server
            .post("zs-handler", "/api/v1/cases/search", &number)
            .await
            .with(200);
        assert_eq!(known["total"], 5);
        let strange = server
            .post("ks-handler", "/api/v1/cases/search", &number)
            .await
            .with(200);
        assert_eq!(strange["total"], 0);
    });
}

/// G56: number and code tell an applicant where his case is; a wrong number and a wrong code look alike.
#[test]
fn g056_progress_needs_number_and_code() {
    each(async |place| {
        let server = Server::sandbox(place).await;
        let case = server.open().await;
        let (number, code) = (
            case["number"].as_str().unwrap(),
            case["query_code"].as_str().unwrap(),
        );
        assert_eq!(code.len(), 6);
        let ask = async |number: &str, code: &str| {
            server
                .get("", &format!("/api/v1/progress?number={number}&code={code}"))
                .await
        };
        let shown = ask(number, code).await.with(200);
        assert_eq!(shown["name"], "李**");
        assert_eq!(shown["status"], "received");
        let wrong = if code == "000000" { "000001" } else { "000000" };
        let mut one = ask(number, wrong).await.problem(404, "not-found");
        let mut other = ask("450400-YCXDY-20261123-99999-X", code)
            .await
            .problem(404, "not-found");
        one["instance"] = json!(null);
        other["instance"] = json!(null);
        assert_eq!(one, other);
        for _ in 0..9 {
            ask(number, wrong).await.problem(404, "not-found");
        }
        ask(number, code).await.problem(404, "not-found");
    });
}
