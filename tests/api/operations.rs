//! The API describes itself truly, and other systems can follow what happens.

use super::server::Server;
use crate::each;
use serde_json::json;
use std::collections::BTreeSet;

/// Every route there is, as the public interface names it.
const ROUTES: &str = "
POST /api/v1/cases
GET /api/v1/cases
POST /api/v1/cases/search
POST /api/v1/certificates
GET /api/v1/cases/{id}
GET /api/v1/cases/{id}/history
GET /api/v1/cases/{id}/clock
GET /api/v1/cases/{id}/graph.svg
GET /api/v1/cases/{id}/documents
GET /api/v1/cases/{id}/documents/{document}
GET /api/v1/cases/{id}/notifications
GET /api/v1/cases/{id}/notes
POST /api/v1/cases/{id}/notes
POST /api/v1/cases/{id}/follow
POST /api/v1/cases/{id}/unfollow
POST /api/v1/cases/{id}/reveal
POST /api/v1/cases/{id}/withdraw
POST /api/v1/cases/{id}/suspend
POST /api/v1/cases/{id}/resume
POST /api/v1/cases/{id}/extend
POST /api/v1/cases/{id}/messages
GET /api/v1/cases/{id}/calls
POST /api/v1/cases/{id}/calls/{call}/retry
POST /api/v1/cases/{id}/supplement
POST /api/v1/cases/{id}/acts/{event}
POST /api/v1/cases/{id}/renew-access
POST /api/v1/uploads
GET /api/v1/uploads/{id}
GET /api/v1/uploads/{id}/preview
GET /api/v1/tasks
GET /api/v1/tasks/{id}
GET /api/v1/tasks/{id}/certificates
POST /api/v1/tasks/{id}/certificates
POST /api/v1/tasks/{id}/claim
POST /api/v1/tasks/{id}/release
POST /api/v1/tasks/{id}/draft
POST /api/v1/tasks/{id}/complete
POST /api/v1/tasks/{id}/return
POST /api/v1/tasks/{id}/transfer
POST /api/v1/tasks/{id}/delegate
POST /api/v1/tasks/{id}/take-back
POST /api/v1/tasks/{id}/urge
POST /api/v1/handoffs/{id}/receive
POST /api/v1/handoffs/{id}/refuse
POST /api/v1/handoffs/{id}/answer
GET /api/v1/absences
POST /api/v1/absences
POST /api/v1/absences/{id}/end
GET /api/v1/subscriptions
POST /api/v1/subscriptions
GET /api/v1/handoffs/{id}/exchange
GET /api/v1/handoffs/{id}/receipt
GET /api/v1/handoffs/{id}/papers
GET /api/v1/handoffs/{id}/papers/{sha256}
POST /api/v1/exchange
GET /api/v1/exchange/turned-away
GET /api/v1/peers
POST /api/v1/peers
POST /api/v1/peers/approve
POST /api/v1/peers/remove
GET /api/v1/supervision/summary
GET /api/v1/supervision/cards
GET /api/v1/supervision/cards/{id}
POST /api/v1/supervision/cards/{id}/explain
POST /api/v1/supervision/cards/{id}/pursue
POST /api/v1/supervision/cards/{id}/close
GET /api/v1/network/matrix
POST /api/v1/definitions
GET /api/v1/definitions
GET /api/v1/definitions/{matter}
GET /api/v1/definitions/{matter}/{revision}
GET /api/v1/definitions/{matter}/{revision}/difference
GET /api/v1/proposals
GET /api/v1/definitions/{matter}/{revision}/proposal
POST /api/v1/definitions/{matter}/{revision}/approve
POST /api/v1/definitions/{matter}/{revision}/withdraw
POST /api/v1/decisions/{table}/evaluate
GET /api/v1/events
GET /api/v1/notifications/dead
POST /api/v1/notifications/dead/redeliver
POST /api/v1/notifications/{id}/give-up
POST /api/v1/notifications/{id}/redeliver
GET /api/v1/endpoints
POST /api/v1/endpoints
POST /api/v1/endpoints/{id}/rotate
POST /api/v1/endpoints/{id}/on
POST /api/v1/endpoints/{id}/off
POST /api/v1/endpoints/{id}/remove
GET /api/v1/systems
POST /api/v1/systems
POST /api/v1/systems/{name}
POST /api/v1/systems/{name}/approve
POST /api/v1/systems/{name}/rotate
POST /api/v1/systems/{name}/on
POST /api/v1/systems/{name}/off
POST /api/v1/systems/{name}/remove
POST /api/v1/systems/{name}/messages
GET /api/v1/destinations
POST /api/v1/destinations
POST /api/v1/destinations/approve
POST /api/v1/destinations/remove
GET /api/v1/audit/readings
GET /api/v1/progress
POST /api/v1/sign-in
POST /api/v1/sign-in/code
POST /api/v1/prove
POST /api/v1/sign-out
GET /api/v1/me
POST /api/v1/sandbox/clock
GET /api/v1/sandbox/outbox
GET /api/v1/openapi.json
GET /healthz
GET /readyz
GET /metrics
";

/// The description lists every route and no other, and each that needs a sign-in says so and asks for one.
#[test]
fn the_description_lists_every_route_and_no_other() {
    each(async |place| {
        let server = Server::sandbox(place).await;
        let api = server.get("", "/api/v1/openapi.json").await.with(200);
        assert!(api["openapi"].as_str().unwrap().starts_with("3.1"));
        // Another deployment has a key and no account here.
        let envelopes = &api["paths"]["/api/v1/exchange"]["post"]["security"];
        assert_eq!(*envelopes, json!([{ "envelope": [] }]));
        let mut described = BTreeSet::new();
        let mut names = BTreeSet::new();
        for (path, item) in api["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                described.insert(format!("{} {path}", method.to_uppercase()));
                let name = operation["operationId"].as_str().unwrap();
                assert!(names.insert(name.to_owned()), "{name} twice");
                assert!(
                    operation["summary"].as_str().is_some_and(|s| !s.is_empty()),
                    "{path}"
                );
                let open = operation.get("security").is_none();
                let asked = path.replace("{revision}", "1").replace(['{', '}'], "");
                let answer = server
                    .call("", &method.to_uppercase(), &asked, &[], None)
                    .await;
                assert_eq!(
                    answer.status == 401,
                    !open,
                    "{method} {path}: {}",
                    answer.text
                );
            }
        }
        let expected: BTreeSet<String> = ROUTES.trim().lines().map(str::to_owned).collect();
        assert_eq!(described, expected);
    });
}

/// The same to read: a page for anybody with every route, its words from the description, and links that lead somewhere.
#[test]
fn the_description_is_a_page_too() {
    each(async |place| {
        let server = Server::sandbox(place).await;
        let page = server.get("", "/api/docs").await;
        assert_eq!(page.status, 200, "{}", page.text);
        for route in ROUTES.trim().lines() {
            let (method, path) = route.split_once(' ').unwrap();
            let shown = format!("<b>{method}</b> <code>{path}</code>");
            assert!(page.text.contains(&shown), "{route}");
        }
        let links = page.text.split("href=\"#").skip(1);
        for link in links.map(|rest| rest.split('"').next().unwrap()) {
            assert!(page.text.contains(&format!("id=\"{link}\"")), "{link}");
        }
    });
}

/// A system reads everything in order, and news reach it as they are committed.
#[test]
fn a_system_follows_the_feed() {
    each(async |place| {
        let server = Server::sandbox(place).await;
        server.open().await;
        server
            .get("zs-handler", "/api/v1/events?wait=0")
            .await
            .problem(403, "forbidden");
        let first = server
            // What was committed is shown once no older transaction is under way on the whole database server.
            .get("gj-platform", "/api/v1/events?after=0&wait=60")
            .await
            .with(200);
        let events = first["events"].as_array().unwrap();
        assert_eq!(events[0]["type"], "case_opened");
        let numbers: Vec<u64> = events.iter().map(|e| e["seq"].as_u64().unwrap()).collect();
        assert_eq!(numbers, (1..=events.len() as u64).collect::<Vec<_>>());
        let path = format!("/api/v1/events?after={}&wait=60", first["next"]);
        let waiting = server.get("gj-platform", &path);
        let news = async {
            let case = server.get("wz-window", "/api/v1/cases").await.with(200);
            let path = format!(
                "/api/v1/cases/{}/withdraw",
                case["cases"][0]["id"].as_str().unwrap()
            );
            server.post("wz-window", &path, &json!({})).await.with(200);
        };
        let (fed, ()) = tokio::join!(waiting, news);
        let fed = fed.with(200);
        assert!(fed["next"].as_u64() > first["next"].as_u64());
        assert!(
            fed["events"]
                .as_array()
                .unwrap()
                .iter()
                .any(|e| e["type"] == "status_changed" && e["data"]["status"] == "withdrawn")
        );
    });
}

/// Health, readiness, and counts.
#[test]
fn operators_see_that_it_lives() {
    each(async |place| {
        let server = Server::sandbox(place).await;
        server.open().await;
        assert_eq!(server.get("", "/healthz").await.text, "ok\n");
        assert_eq!(server.get("", "/readyz").await.text, "ok\n");
        let metrics = server.get("", "/metrics").await.text;
        assert!(metrics.contains("onenet_cases 1\n"), "{metrics}");
        assert!(
            metrics.contains(
                "onenet_requests_total{method=\"POST\",route=\"/api/v1/cases\",status=\"201\"}"
            ),
            "{metrics}"
        );
    });
}
