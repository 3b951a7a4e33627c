//! What is wrong with a request is told by a code, in both languages, and changes nothing.

use super::server::{Server, application};
use crate::each;
use serde_json::json;

/// G82, G84–G86: a table of requests nobody should send.
#[test]
fn g084_bad_requests_get_their_code_in_both_languages() {
    each(async |place| {
        let server = Server::sandbox(place).await;
        let case = server.open().await;
        let id = case["id"].as_str().unwrap();
        let good = application().to_string();
        let (deep, long) = ("[".repeat(100_000), "x".repeat(65 * 1024));
        let deep = format!("{{\"form\":{deep}");
        let long = format!("{{\"matter\":\"{long}\"}}");
        let many = format!("{{\"form\":{{\"a\":[{}0]}}}}", "0,".repeat(10_001));
        let large = format!("{{\"matter\":\"{}\"}}", "x".repeat(1024 * 1024));
        let cases = "/api/v1/cases";
        let act = format!("/api/v1/cases/{id}/withdraw");
        let typo = good.replace("accepting_city", "acepting_city");
        let plain = ("content-type", "text/plain");
        let zipped = ("content-encoding", "gzip");
        type Row<'r> = (
            &'r str,
            &'r str,
            &'r str,
            Vec<(&'r str, &'r str)>,
            Option<&'r str>,
            u16,
            &'r str,
        );
        let table: Vec<Row<'_>> = vec![
            (
                "wz-window",
                "GET",
                "/work",
                vec![],
                None,
                401,
                "sign-in-required",
            ),
            (
                "wz-window",
                "POST",
                cases,
                vec![],
                Some("{"),
                400,
                "malformed",
            ),
            (
                "wz-window",
                "POST",
                cases,
                vec![],
                Some("{} {}"),
                400,
                "malformed",
            ),
            (
                "wz-window",
                "POST",
                cases,
                vec![],
                Some(r#"{"matter":"a","matter":"b"}"#),
                400,
                "malformed",
            ),
            (
                "wz-window",
                "POST",
                cases,
                vec![],
                Some(r#"{"matter":NaN}"#),
                400,
                "malformed",
            ),
            (
                "wz-window",
                "POST",
                cases,
                vec![],
                Some(r#"{"matter":"\u0000"}"#),
                400,
                "malformed",
            ),
            (
                "wz-window",
                "POST",
                cases,
                vec![],
                Some(&deep),
                400,
                "malformed",
            ),
            (
                "wz-window",
                "POST",
                cases,
                vec![],
                Some(&many),
                400,
                "malformed",
            ),
            (
                "wz-window",
                "POST",
                cases,
                vec![],
                Some(&long),
                400,
                "malformed",
            ),
            (
                "wz-window",
                "POST",
                cases,
                vec![],
                Some(&large),
                413,
                "too-large",
            ),
            (
                "wz-window",
                "POST",
                cases,
                vec![plain],
                Some(&good),
                415,
                "media-type",
            ),
            (
                "wz-window",
                "POST",
                cases,
                vec![zipped],
                Some(&good),
                415,
                "media-type",
            ),
            (
                "wz-window",
                "POST",
                cases,
                vec![],
                Some("[]"),
                422,
                "invalid",
            ),
            (
                "wz-window",
                "POST",
                cases,
                vec![],
                Some("{}"),
                422,
                "invalid",
            ),
            (
                "wz-window",
                "POST",
                cases,
                vec![],
                Some(&typo),
                422,
                "invalid",
            ),
            (
                "wz-window",
                "POST",
                cases,
                vec![],
                Some(r#"{"matter":"pension-lumpsum","accepting_city":"450400"}"#),
                422,
                "invalid",
            ),
            (
                "wz-window",
                "POST",
                cases,
                vec![("idempotency-key", "a b")],
                Some(&good),
                400,
                "malformed",
            ),
            (
                "wz-window",
                "POST",
                &act,
                vec![("if-match", "\"x\"")],
                Some("{}"),
                400,
                "malformed",
            ),
            (
                "zs-finance",
                "POST",
                cases,
                vec![],
                Some(&good),
                403,
                "forbidden",
            ),
            (
                "",
                "POST",
                cases,
                vec![],
                Some(&good),
                401,
                "sign-in-required",
            ),
            (
                "",
                "GET",
                cases,
                vec![("authorization", "Bearer onenet_x")],
                None,
                401,
                "sign-in-required",
            ),
            (
                "",
                "GET",
                cases,
                vec![("authorization", "Basic eDp5")],
                None,
                401,
                "sign-in-required",
            ),
            (
                "wz-window",
                "GET",
                "/api/v1/nothing",
                vec![],
                None,
                404,
                "not-found",
            ),
            (
                "wz-window",
                "GET",
                "/api/v1/tasks/no-task",
                vec![],
                None,
                404,
                "not-found",
            ),
            (
                "wz-window",
                "GET",
                "/api/v1/tasks/1-99999999999",
                vec![],
                None,
                404,
                "not-found",
            ),
            (
                "wz-window",
                "GET",
                "/api/v1/cases/%FF",
                vec![],
                None,
                400,
                "malformed",
            ),
            (
                "wz-window",
                "DELETE",
                cases,
                vec![],
                None,
                405,
                "method-not-allowed",
            ),
            (
                "wz-window",
                "GET",
                "/api/v1/cases?limit=201",
                vec![],
                None,
                400,
                "malformed",
            ),
            (
                "wz-window",
                "GET",
                "/api/v1/cases?limit=x",
                vec![],
                None,
                400,
                "malformed",
            ),
            (
                "wz-window",
                "GET",
                "/api/v1/cases?statuss=x",
                vec![],
                None,
                400,
                "malformed",
            ),
            (
                "wz-window",
                "GET",
                "/api/v1/tasks?cursor=eA",
                vec![],
                None,
                400,
                "malformed",
            ),
            (
                "wz-window",
                "GET",
                "/api/v1/tasks?sort=name",
                vec![],
                None,
                400,
                "malformed",
            ),
        ];
        for (who, method, path, headers, body, status, code) in table {
            let what = format!(
                "{who} {method} {path} {:?}",
                body.map(|b| &b[..b.len().min(80)])
            );
            let mut said = Vec::new();
            for lang in ["zh-CN", "en"] {
                let mut headers = headers.clone();
                headers.push(("accept-language", lang));
                let answer = server.call(who, method, path, &headers, body).await;
                assert_eq!(answer.status, status, "{what}: {}", answer.text);
                assert_eq!(answer.headers["content-language"], lang);
                let body = answer.problem(status, code);
                let key = if lang == "en" { "en" } else { "zh" };
                assert_eq!(body["detail"], body["message"][key], "{what}");
                assert_eq!(body["type"], format!("/problems/{code}"));
                assert!(body["instance"].as_str().is_some_and(|n| !n.is_empty()));
                said.push(body["detail"].as_str().unwrap().to_owned());
            }
            assert_ne!(said[0], said[1], "{what}");
            let chinese = |c: char| ('\u{4e00}'..='\u{9fff}').contains(&c);
            let foreign = said[1].replace("梧州市", "").chars().any(chinese);
            assert!(status == 403 || !foreign, "{what}: {}", said[1]);
        }
        let after = server.get("wz-window", cases).await.with(200);
        assert_eq!(after["total"], 1, "nothing was opened on the way");
    });
}

/// A wrong name is told with its place and the nearest right one.
#[test]
fn a_wrong_name_is_told_with_the_nearest_right_one() {
    each(async |place| {
        let server = Server::sandbox(place).await;
        let mut body = application();
        body["matter"] = json!("pension-lumpsum");
        let told = server
            .post("wz-window", "/api/v1/cases", &body)
            .await
            .problem(422, "invalid");
        assert_eq!(told["errors"][0]["pointer"], "/matter");
        assert!(
            told["errors"][0]["message"]["zh"]
                .as_str()
                .unwrap()
                .contains("pension-lump-sum")
        );
        let body = json!({ "matter": "x", "acepting_city": "450400" });
        let told = server
            .post("wz-window", "/api/v1/cases", &body)
            .await
            .problem(422, "invalid");
        assert_eq!(told["errors"][0]["pointer"], "/acepting_city");
        assert!(
            told["errors"][0]["message"]["en"]
                .as_str()
                .unwrap()
                .contains("accepting_city")
        );
    });
}

/// G77: every answer carries the headers that keep a browser from doing more than it should.
#[test]
fn g077_every_answer_has_its_headers() {
    each(async |place| {
        let server = Server::sandbox(place).await;
        for path in ["/healthz", "/api/v1/me", "/nothing", "/sign-in"] {
            let answer = server.get("zs-handler", path).await;
            assert_eq!(
                answer.headers["x-content-type-options"], "nosniff",
                "{path}"
            );
            assert_eq!(answer.headers["cache-control"], "no-store", "{path}");
            assert!(
                answer.headers["content-security-policy"]
                    .to_str()
                    .unwrap()
                    .contains("default-src 'none'")
            );
        }
    });
}
