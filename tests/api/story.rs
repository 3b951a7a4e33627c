//! A case told over HTTP, and what a second try finds.

use super::server::{Server, application, records, task};
use crate::each;
use serde_json::{Value, json};

/// A retired worker of Wuzhou gets his lump sum decided in Zhongshan, and every answer shows its effect.
#[test]
fn a_lump_sum_is_taken_in_wuzhou_and_paid_by_zhongshan() {
    each(async |place| {
        let server = Server::sandbox(place).await;
        let case = server.at_reviewer().await;
        assert_eq!(case["status"], "in_progress");
        let case = server
            .complete("zs-reviewer", &case, "approve", "通过", json!({}))
            .await;
        let paid = json!({ "voucher_no": "V-1", "paid_on": "2026-11-23" });
        let case = server
            .complete("zs-finance", &case, "pay", "已支付", paid)
            .await;
        assert_eq!(case["status"], "completed");
        assert_eq!(case["tasks"], json!([]));

        let path = format!("/api/v1/cases/{}", case["number"].as_str().unwrap());
        let whole = server.get("zs-handler", &path).await.with(200);
        assert_eq!(whole["accepting_city"], "450400");
        assert_eq!(whole["deciding_city"], "442000");
        assert_eq!(whole["clocks"]["promised"]["budget"], "7wd");
        assert_eq!(whole["clocks"]["promised"]["stopped"], true);
        let clocks = server
            .get("zs-handler", &format!("{path}/clock"))
            .await
            .with(200);
        let days = clocks["promised"]["days"].as_array().unwrap();
        assert_eq!(days[0]["why"]["zh"], "起算当日，不计入");
        assert_eq!(days.last().unwrap()["number"], 7);
        assert_eq!(days.last().unwrap()["city"], "442000");

        let history = server
            .get("zs-handler", &format!("{path}/history"))
            .await
            .with(200);
        let history = history.as_array().unwrap();
        let numbers: Vec<u64> = history.iter().map(|e| e["seq"].as_u64().unwrap()).collect();
        assert_eq!(numbers, (1..=history.len() as u64).collect::<Vec<_>>());
        assert_eq!(case["version"].as_u64().unwrap(), history.len() as u64);
        let approved = history
            .iter()
            .find(|e| e["type"] == "step_done" && e["actor"]["user"] == "zs-reviewer");
        let actor = &approved.unwrap()["actor"];
        assert_eq!(
            (&actor["city"], &actor["department"], &actor["post"]),
            (&json!("442000"), &json!("si"), &json!("reviewer"))
        );

        let papers = server
            .get("zs-handler", &format!("{path}/documents"))
            .await
            .with(200);
        let papers: Vec<&str> = papers
            .as_array()
            .unwrap()
            .iter()
            .map(|p| p["template"].as_str().unwrap())
            .collect();
        assert_eq!(
            papers,
            [
                "receipt",
                "acceptance",
                "lump-sum-consequences",
                "completion"
            ]
        );
    });
}

/// G45: the second clerk learns who was first, when, and how; nothing happens twice.
#[test]
fn g045_a_task_done_twice_says_who_when_and_what() {
    each(async |place| {
        let server = Server::sandbox(place).await;
        let case = server.at_handler().await;
        let path = format!("/api/v1/tasks/{}/complete", task(&case, "records"));
        let body = json!({ "outcome": "可以办理", "data": records() });
        let first = server.post("zs-handler", &path, &body).await.with(200);
        let second = server
            .post("zs-handler-2", &path, &body)
            .await
            .problem(409, "task-already-done");
        assert_eq!(
            second["by"],
            json!({ "id": "zs-handler", "name": "李勇艳" })
        );
        assert_eq!(second["outcome"], "可以办理");
        assert!(
            second["at"]
                .as_str()
                .unwrap()
                .starts_with("2026-11-23T09:00"),
            "{second}"
        );
        let detail = second["detail"].as_str().unwrap();
        assert!(
            detail.contains("李勇艳") && detail.contains("可以办理"),
            "{detail}"
        );
        let now = server
            .get(
                "zs-handler",
                &format!("/api/v1/cases/{}", first["id"].as_str().unwrap()),
            )
            .await;
        assert_eq!(now.with(200)["version"], first["version"]);
    });
}

/// G45: a task that somebody holds is not finished by another.
#[test]
fn g045_a_held_task_names_its_holder() {
    each(async |place| {
        let server = Server::sandbox(place).await;
        let case = server.at_handler().await;
        let id = task(&case, "records");
        let held = server
            .post(
                "zs-handler",
                &format!("/api/v1/tasks/{id}/claim"),
                &json!({}),
            )
            .await
            .with(200);
        assert_eq!(held["tasks"][0]["state"], "held");
        assert_eq!(held["tasks"][0]["holder"]["name"], "李勇艳");
        let other = server
            .post(
                "zs-handler-2",
                &format!("/api/v1/tasks/{id}/claim"),
                &json!({}),
            )
            .await;
        assert_eq!(other.problem(409, "in-progress")["by"]["name"], "李勇艳");
        let free = server
            .post(
                "zs-handler",
                &format!("/api/v1/tasks/{id}/release"),
                &json!({}),
            )
            .await
            .with(200);
        assert_eq!(free["tasks"][0]["state"], "open");
    });
}

/// G3: the same key and body get the first answer again, another body is refused.
#[test]
fn g003_a_repeated_key_gets_the_first_answer() {
    each(async |place| {
        let server = Server::sandbox(place).await;
        let key = [("idempotency-key", "counter-7")];
        let body = application().to_string();
        let open = async || {
            server
                .call("wz-window", "POST", "/api/v1/cases", &key, Some(&body))
                .await
        };
        let (first, again) = (open().await, open().await);
        assert!(!first.headers.contains_key("idempotency-replayed"));
        assert_eq!(again.headers["idempotency-replayed"], "true");
        assert_eq!((again.status, &again.text), (first.status, &first.text));
        let mut other = application();
        other["applicant"]["name"] = json!("李五");
        let other = other.to_string();
        let other = server
            .call("wz-window", "POST", "/api/v1/cases", &key, Some(&other))
            .await;
        other.problem(422, "key-reused");
        let cases = server.get("wz-window", "/api/v1/cases").await.with(200);
        assert_eq!(cases["total"], 1);
    });
}

/// G46: who names the version he saw is told when it is no longer that.
#[test]
fn g046_a_stale_version_is_refused() {
    each(async |place| {
        let server = Server::sandbox(place).await;
        let case = server.at_handler().await;
        let id = task(&case, "records");
        let seen = server
            .get("zs-handler", &format!("/api/v1/tasks/{id}"))
            .await;
        let tag = seen.headers["etag"].to_str().unwrap().to_owned();
        let path = format!("/api/v1/tasks/{id}/claim");
        let stale = server
            .call(
                "zs-handler",
                "POST",
                &path,
                &[("if-match", "\"1\"")],
                Some("{}"),
            )
            .await;
        let version = stale.problem(412, "stale")["version"].clone();
        assert_eq!(format!("\"{version}\""), tag);
        let fresh = server
            .call(
                "zs-handler",
                "POST",
                &path,
                &[("if-match", &tag)],
                Some("{}"),
            )
            .await;
        fresh.with(200);
    });
}

/// G46: a draft is the clerk's own, never overwrites a newer one, and comes back with the task.
#[test]
fn g046_a_draft_is_kept_for_its_writer() {
    each(async |place| {
        let server = Server::sandbox(place).await;
        let case = server.at_handler().await;
        let id = task(&case, "records");
        let path = format!("/api/v1/tasks/{id}/draft");
        let draft = json!({ "data": { "months": "九十" } });
        let first = server.post("zs-handler", &path, &draft).await.with(200)["version"].clone();
        let seen = server
            .get("zs-handler", &format!("/api/v1/tasks/{id}"))
            .await
            .with(200);
        assert_eq!((&seen["data"], &seen["draft"]), (&draft["data"], &first));
        let other = server
            .get("zs-handler-2", &format!("/api/v1/tasks/{id}"))
            .await
            .with(200);
        assert_eq!(other["data"], Value::Null);
        let save = async |tag: &str| {
            let body = json!({ "data": { "months": 96 } }).to_string();
            server
                .call(
                    "zs-handler",
                    "POST",
                    &path,
                    &[("if-match", tag)],
                    Some(&body),
                )
                .await
        };
        let tag = format!("\"{first}\"");
        save(&tag).await.with(200);
        save(&tag).await.problem(412, "stale");
    });
}

/// A bad form is told field by field, keeps nothing half done, and is put right by a second try.
#[test]
fn a_bad_form_is_told_field_by_field() {
    each(async |place| {
        let server = Server::sandbox(place).await;
        let case = server.at_handler().await;
        let path = format!("/api/v1/tasks/{}/complete", task(&case, "records"));
        let body =
            json!({ "outcome": "可以办理", "data": { "months": "九十六", "balance": "12.345" } });
        let told = server
            .post("zs-handler", &path, &body)
            .await
            .problem(422, "invalid");
        let errors = told["errors"].as_array().unwrap();
        for pointer in ["/months", "/balance", "/other_relations"] {
            let error = errors.iter().find(|e| e["pointer"] == pointer);
            let error = error.unwrap_or_else(|| panic!("{pointer}: {told}"));
            assert!(
                error["message"]["zh"]
                    .as_str()
                    .is_some_and(|m| !m.is_empty())
            );
            assert!(
                error["message"]["en"]
                    .as_str()
                    .is_some_and(|m| m.is_ascii()),
                "{error}"
            );
        }
        let outcome = json!({ "outcome": "通过", "data": {} });
        let told = server
            .post("zs-handler", &path, &outcome)
            .await
            .problem(422, "invalid");
        assert!(
            told["detail"].as_str().unwrap().contains("可以办理"),
            "{told}"
        );
        let unchanged = server
            .get(
                "zs-handler",
                &format!("/api/v1/cases/{}", case["id"].as_str().unwrap()),
            )
            .await;
        assert_eq!(unchanged.with(200)["version"], case["version"]);
    });
}

/// Nobody is taken in without a name and a number that can be right: every fault is told at once, by its place, with what to do.
#[test]
fn an_application_names_whoever_applies() {
    each(async |place| {
        let server = Server::sandbox(place).await;
        let mut body = application();
        let pointers = |told: Value| -> Vec<String> {
            let all = told["errors"].as_array().unwrap().iter();
            all.map(|e| e["pointer"].as_str().unwrap().to_owned())
                .collect()
        };
        body["applicant"] = json!({});
        let told = server.post("wz-window", "/api/v1/cases", &body).await;
        assert_eq!(
            pointers(told.problem(422, "invalid")),
            ["/applicant/id_number", "/applicant/name"]
        );
        body["applicant"] =
            json!({ "name": "李四", "id_number": "450400195903150018", "phone": "abc" });
        let told = server.post("wz-window", "/api/v1/cases", &body).await;
        let told = told.problem(422, "invalid");
        assert!(told.to_string().contains("校验位"), "{told}");
        assert_eq!(pointers(told), ["/applicant/id_number", "/applicant/phone"]);
        body["applicant"] = json!({ "name": "李四", "id_number": "450400195903150017" });
        let opened = server.post("wz-window", "/api/v1/cases", &body).await;
        opened.with(201);
    });
}

/// 补正 comes in by one call, and the case goes back to whoever asked.
#[test]
fn what_is_missing_is_handed_in_by_one_call() {
    each(async |place| {
        let server = Server::sandbox(place).await;
        let case = server.open().await;
        let id = case["id"].as_str().unwrap();
        let path = format!("/api/v1/cases/{id}/supplement");
        server
            .post("wz-window", &path, &json!({}))
            .await
            .problem(409, "state-not-allowed");
        let body = json!({ "outcome": "一次性告知", "data": { "missing": ["bank_card"] }, "comment": "缺银行卡" });
        let asked = format!("/api/v1/tasks/{}/complete", task(&case, "intake.check"));
        let case = server.post("wz-window", &asked, &body).await.with(200);
        assert_eq!(case["status"], "correction");
        let case = server.post("wz-window", &path, &json!({})).await.with(200);
        // Whoever asked has it again.
        let check = format!("/api/v1/tasks/{}", task(&case, "intake.check"));
        let check = server.get("wz-window", &check).await.with(200);
        assert_eq!(check["holder"]["id"], "wz-window");
        // That it came is somebody's word: it is to be looked at.
        let mut papers = check["materials"].as_array().unwrap().iter();
        let card = papers.find(|paper| paper["name"] == "bank_card").unwrap();
        assert_eq!(card["state"], "brought");
    });
}

/// An applicant withdraws at the counter; then nothing is open.
#[test]
fn a_case_is_withdrawn() {
    each(async |place| {
        let server = Server::sandbox(place).await;
        let case = server.at_handler().await;
        let path = format!("/api/v1/cases/{}/withdraw", case["id"].as_str().unwrap());
        server
            .post("zs-reviewer", &path, &json!({}))
            .await
            .problem(403, "forbidden");
        let case = server.post("wz-window", &path, &json!({})).await.with(200);
        assert_eq!(
            (&case["status"], &case["tasks"]),
            (&json!("withdrawn"), &json!([]))
        );
    });
}

/// The clock moves on, and a limit nearly used shows on the task; it does not go back.
#[test]
fn the_sandbox_clock_moves_limits() {
    each(async |place| {
        let server = Server::sandbox(place).await;
        let case = server.at_handler().await;
        let id = task(&case, "records");
        let ahead = json!({ "advance": "2wd" });
        let shown = server
            .call(
                "",
                "POST",
                "/api/v1/sandbox/clock",
                &[],
                Some(&ahead.to_string()),
            )
            .await;
        assert!(
            shown.with(200)["now"]
                .as_str()
                .unwrap()
                .starts_with("2026-11-25T09:00")
        );
        let seen = server
            .get("zs-handler", &format!("/api/v1/tasks/{id}"))
            .await
            .with(200);
        assert_eq!(
            seen["level"], "yellow",
            "over its own limit of a day, the case still in time"
        );
        let back = json!({ "set": "2026-11-24T09:00:00+08:00" });
        server
            .post("", "/api/v1/sandbox/clock", &back)
            .await
            .problem(422, "invalid");
        let outbox = server.get("", "/api/v1/sandbox/outbox").await.with(200);
        assert!(
            outbox.as_array().is_some_and(|all| !all.is_empty()),
            "{outbox}"
        );
    });
}

/// G86: one open case per person; its number is for those who may see it.
#[test]
fn a_second_application_names_the_open_case_to_those_who_see_it() {
    each(async |place| {
        let server = Server::sandbox(place).await;
        let first = server.open().await;
        let again = server
            .post("wz-window", "/api/v1/cases", &application())
            .await
            .problem(409, "duplicate-case");
        assert_eq!(again["number"], first["number"]);
        let number = first["number"].as_str().unwrap();
        assert!(again["detail"].as_str().unwrap().contains(number));

        let mut elsewhere = application();
        elsewhere["accepting_city"] = json!("653100");
        let stranger = server
            .post("ks-handler", "/api/v1/cases", &elsewhere)
            .await
            .problem(409, "duplicate-case");
        assert_eq!(stranger.get("number"), None);
        assert!(!stranger.to_string().contains(number), "{stranger}");

        let withdraw = format!("/api/v1/cases/{}/withdraw", first["id"].as_str().unwrap());
        server
            .post("wz-window", &withdraw, &json!({}))
            .await
            .with(200);
        server.open().await;
    });
}

/// The first answer comes again for its key; it is no second application.
#[test]
fn g003_a_repeated_application_is_no_duplicate() {
    each(async |place| {
        let server = Server::sandbox(place).await;
        let body = application().to_string();
        let headers = [("idempotency-key", "once")];
        let send = || server.call("wz-window", "POST", "/api/v1/cases", &headers, Some(&body));
        let first = send().await.with(201);
        let second = send().await;
        assert_eq!(second.headers["idempotency-replayed"], "true");
        assert_eq!(second.json()["number"], first["number"]);
    });
}
