//! Papers over the API: what was issued, as it was issued, for those who may read it.

use super::server::{MONDAY, Server, application, secret};
use super::visitor::Visitor;
use crate::each;
use onenet::runtime::{Clock, Reach};
use serde_json::json;
use sha2::{Digest, Sha256};

/// A paper has number, addressee, facts, law and remedies; it is the same in each of its forms, and the same a week later.
#[test]
fn a_paper_reads_as_it_was_issued() {
    each(async |place| {
        let server = Server::sandbox(place).await;
        let case = server.at_reviewer().await;
        let number = case["number"].as_str().unwrap();
        let list = format!("/api/v1/cases/{number}/documents");
        let papers = server.get("zs-handler", &list).await.with(200);
        let told = papers.as_array().unwrap();
        let one = told
            .iter()
            .find(|p| p["template"] == "lump-sum-consequences")
            .unwrap();
        assert_eq!(one["title"], "书面告知书（权利和后果）");
        // 梧州 took the application in and gave out two papers; this is the first of 中山.
        assert_eq!(one["number"], "中山社保〔2026〕1号");
        let path = format!("{list}/{}", one["id"].as_str().unwrap());
        let whole = server.get("zs-handler", &path).await.with(200);
        let text = whole["text"].as_str().unwrap();
        for fact in [
            &format!("文号：中山社保〔2026〕1号　办件编号：{number}"),
            "李四：",
            "您一共缴了96个月养老保险费，按月领养老金最少要缴180个月",
            "**依据**：社会保险法第十六条",
            "中山市社会保险基金管理局（盖章处）",
            "2026年11月23日",
        ] {
            assert!(text.contains(fact), "{fact}: {text}");
        }
        let hash: String = Sha256::digest(text.as_bytes())
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        assert_eq!(whole["sha256"], hash);
        let markdown = [("accept", "text/markdown")];
        let plain = server
            .call("zs-handler", "GET", &path, &markdown, None)
            .await;
        assert_eq!(plain.text, text);
        let page = [("accept", "text/html")];
        let page = server.call("zs-handler", "GET", &path, &page, None).await;
        assert!(page.text.contains("<h1>书面告知书（权利和后果）</h1>"));
        let policy = page.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'"), "{policy}");
        let week = json!({ "advance": "5wd" });
        server
            .post("", "/api/v1/sandbox/clock", &week)
            .await
            .with(200);
        let by_number = format!("{list}/中山社保〔2026〕1号");
        let again = server.get("zs-handler", &by_number).await.with(200);
        let search = json!({ "q": "中山社保[2026] 1" });
        let found = server
            .post("zs-handler", "/api/v1/cases/search", &search)
            .await
            .with(200);
        assert_eq!(found["cases"][0]["number"], number);
        assert_eq!(
            (&again["text"], &again["sha256"]),
            (&whole["text"], &whole["sha256"])
        );
    });
}

/// A letter of refusal states its reason in words and what can be done against it.
#[test]
fn a_refusal_states_its_reason_and_remedies() {
    each(async |place| {
        let server = Server::sandbox(place).await;
        let case = server.open().await;
        let body = json!({ "outcome": "不属本机关", "data": {}, "comment": "应向参保地申请" });
        let path = format!(
            "/api/v1/tasks/{}/complete",
            super::server::task(&case, "intake.check")
        );
        let case = server.post("wz-window", &path, &body).await.with(200);
        let list = format!("/api/v1/cases/{}/documents", case["id"].as_str().unwrap());
        let papers = server.get("wz-window", &list).await.with(200);
        let refusal = papers.as_array().unwrap().last().unwrap().clone();
        assert_eq!(refusal["title"], "不予受理通知书");
        let path = format!("{list}/{}", refusal["id"].as_str().unwrap());
        let text = server.get("wz-window", &path).await.with(200)["text"].clone();
        let text = text.as_str().unwrap();
        assert!(text.contains("**事实和理由**：应向参保地申请"), "{text}");
        assert!(text.contains("**救济途径**：如不服本决定"), "{text}");
    });
}

/// A paper holds personal data: an office that has only a part in the case finds none that is not addressed to it.
#[test]
fn g050_papers_are_for_those_who_see_the_whole_case() {
    each(async |place| {
        let server = Server::sandbox(place).await;
        let mut elsewhere = application();
        elsewhere["form"]["insured_city"] = json!("653100");
        let case = server.post("wz-window", "/api/v1/cases", &elsewhere).await;
        let case = case.with(201);
        let list = format!("/api/v1/cases/{}/documents", case["id"].as_str().unwrap());
        let papers = server.get("wz-window", &list).await.with(200);
        let path = format!("{list}/{}", papers[0]["id"].as_str().unwrap());
        server.get("ks-handler", &path).await.with(200);
        server
            .get("zs-handler", &path)
            .await
            .problem(404, "not-found");
        server.get("gj-platform", &list).await.with(200);
        let hidden = server.get("gj-platform", &list).await.with(200);
        assert_eq!(hidden, json!([]), "a system sees a part");
        server
            .get("gj-platform", &path)
            .await
            .problem(404, "not-found");
        server.get("", &path).await.problem(401, "sign-in-required");
    });
}

/// The office a paper is addressed to reads that paper, and it alone, though the case is another's; it is told by mail.
#[test]
fn an_office_reads_the_paper_addressed_to_it() {
    each(async |place| {
        let everyone = Reach {
            everyone: true,
            ..Reach::default()
        };
        let clock = Clock::sandbox(MONDAY.parse().unwrap());
        let mut server = Server::reaching(place, clock, everyone).await;
        for (id, name, post) in [
            ("zs-window", "王敏", "442000/si/window"),
            ("zy-handler", "袁敏强", "520300/si/handler"),
            ("zy-reviewer", "邓勇艳", "520300/si/reviewer"),
        ] {
            server.add(id, name, "person", secret(), &[post]).await;
        }
        let transfer = json!({
            "matter": "pension-transfer-enterprise", "accepting_city": "442000", "channel": "window",
            "applicant": { "name": "王五", "id_number": "110101198001010010" },
            "form": { "to_city": "442000", "gathering": false, "out_relations": [
                { "city": "520300", "from_month": "2015-01", "to_month": "2020-12", "months": 72 }] },
        });
        let case = server.post("zs-window", "/api/v1/cases", &transfer).await;
        let mut case = case.with(201);
        let eligible = json!({ "sex": "male", "age_at_start": 35, "returns_to_hukou": false, "official_transfer": false });
        let deeds = [
            ("zs-window", "intake.check", "齐全", json!({})),
            ("zs-handler", "precheck", "符合", eligible),
            (
                "zs-handler",
                "legs.遵义.issue",
                "开具",
                json!({ "letter_no": "L-遵义" }),
            ),
            ("zs-reviewer", "legs.遵义.issue", "agreed", json!({})),
            ("zy-handler", "legs.遵义.letter", "received", json!({})),
            (
                "zy-handler",
                "legs.遵义.verify",
                "出具",
                json!({ "months": 72, "amount": "43969.11" }),
            ),
            ("zy-reviewer", "legs.遵义.verify", "agreed", json!({})),
        ];
        for (who, step, outcome, data) in deeds {
            // What waits for a second person stands before his task, under the same step.
            let mut tasks = case["tasks"].as_array().unwrap().iter();
            let id = tasks.rfind(|t| t["step"] == step).unwrap()["id"].clone();
            let path = format!("/api/v1/tasks/{}", id.as_str().unwrap());
            if who.starts_with("zy-") {
                // Whoever got the letter sees what it shares and no more of the application (G53).
                let task = server.get(who, &path).await.with(200);
                let shows = task["shows"].as_object().unwrap();
                assert_eq!(shows["shared"]["applicant.name"], "王五");
                // G60: its number as everywhere, and whole to whoever works on the letter and says why.
                let number = shows["shared"]["applicant.id_number"].as_str().unwrap();
                assert!(number.contains("****"), "{number}");
                let link = format!("/tasks/{}", id.as_str().unwrap());
                let visitor = Visitor::signed_in(&server, who, &link).await;
                let page = visitor.get(&link).await.text().await.unwrap();
                assert!(page.contains(number) && !page.contains("110101198001010010"));
                assert!(page.contains("value=\"/applicant.id_number\""), "{page}");
                let of =
                    json!({ "of": "shared", "pointer": "/applicant.id_number", "reason": "核对" });
                let ask = format!("/api/v1/cases/{}/reveal", case["id"].as_str().unwrap());
                let told = server.post(who, &ask, &of).await.with(200);
                assert!(told["value"].as_str().unwrap().starts_with(&number[..6]));
                for (of, pointer) in [("shared", "/applicant.phone"), ("applicant", "/id_number")] {
                    let more = json!({ "of": of, "pointer": pointer, "reason": "核对" });
                    let refused = server.post(who, &ask, &more).await;
                    refused.problem(403, "forbidden");
                }
                assert!(!shows.contains_key("form") && !shows.contains_key("applicant"));
            }
            let path = format!("{path}/complete");
            let body = json!({ "outcome": outcome, "data": data });
            case = server.post(who, &path, &body).await.with(200);
        }
        let path = format!("/api/v1/cases/{}", case["id"].as_str().unwrap());
        let revoke = format!("{path}/acts/legs.遵义.不转这一地");
        server
            .post("zs-window", &revoke, &json!({}))
            .await
            .with(200);
        let list = format!("{path}/documents");
        let mine = server.get("zy-handler", &list).await.with(200);
        let mine = mine.as_array().unwrap();
        let titles: Vec<_> = mine.iter().map(|p| p["title"].as_str().unwrap()).collect();
        assert_eq!(titles, ["基本养老保险关系转移接续联系函", "撤销联系函"]);
        let one = format!("{list}/{}", mine[1]["id"].as_str().unwrap());
        let text = server.get("zy-handler", &one).await.with(200)["text"].clone();
        let text = text.as_str().unwrap();
        assert!(
            text.contains("遵义社会保险经办机构：")
                && text.contains("联系函L-遵义因申请人撤回而撤销"),
            "{text}"
        );
        server
            .get("zy-reviewer", &one)
            .await
            .problem(404, "not-found");
        let all = server
            .get("zs-handler", &format!("{path}/notifications"))
            .await;
        let all = all.with(200);
        let mut told = all.as_array().unwrap().iter();
        let told = told.find(|m| m["about"] == "paper.issued").unwrap();
        assert_eq!(told["to"], "520300/si/handler");
        assert!(told["body"].as_str().unwrap().contains("“撤销联系函”"));
    });
}
