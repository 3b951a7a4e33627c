//! Certificates of recognition over the API: what one city has verified, another takes instead of a paper, and both know of it.

use super::server::{ID_NUMBER, OTHERS, PHONE, Server, task};
use crate::each;
use serde_json::{Value, json};

const CERTIFICATES: &str = "/api/v1/certificates";

impl Server {
    /// A server with the people of Zunyi, where identities are verified, and of Zhongshan's counter and lead office.
    pub async fn verifying(&mut self) {
        for (id, post) in [
            ("zy-handler", "520300/si/handler"),
            ("zy-reviewer", "520300/si/reviewer"),
            ("zs-window", "442000/si/window"),
            ("zs-supervisor", "442000/si/supervisor"),
        ] {
            self.add(id, id, "person", super::server::secret(), &[post])
                .await;
        }
    }

    /// A certificate of somebody's identity, given by Zunyi, asked for in Wuzhou: its case.
    pub async fn certified(&self, id_number: &str) -> Value {
        let asked = json!({
            "matter": "mutual-recognition", "accepting_city": "450400",
            "applicant": { "name": "李四", "id_number": id_number, "phone": PHONE },
            "form": { "origin_city": "520300", "kind": "identity_check", "reference": "SF-3" },
        });
        let case = self
            .post("wz-window", "/api/v1/cases", &asked)
            .await
            .with(201);
        let issue = json!({ "certificate_no": "HR-1", "verified_on": "2026-11-20", "valid_until": "2027-06-30", "extent": "当面核验" });
        let case = self
            .complete("zy-handler", &case, "issue", "出具", issue)
            .await;
        self.agree("zy-reviewer", &case).await
    }

    /// What stands for the materials of a matter.
    async fn offers(&self, who: &str, id_number: &str) -> Vec<Value> {
        let body = json!({ "matter": "retirement-approval", "id_number": id_number });
        let found = self.post(who, CERTIFICATES, &body).await.with(200);
        found["certificates"].as_array().unwrap().clone()
    }

    async fn case(&self, who: &str, case: &Value) -> Value {
        let path = format!("/api/v1/cases/{}", case["id"].as_str().unwrap());
        self.get(who, &path).await.with(200)
    }

    /// The kinds of facts of a case, in order.
    async fn facts(&self, who: &str, case: &Value) -> Vec<String> {
        let path = format!("/api/v1/cases/{}/history", case["id"].as_str().unwrap());
        let history = self.get(who, &path).await.with(200);
        let all = history.as_array().unwrap().iter();
        all.map(|e| e["type"].as_str().unwrap().to_owned())
            .collect()
    }
}

/// An application in Zhongshan.
fn applied() -> Value {
    json!({
        "matter": "retirement-approval", "accepting_city": "442000",
        "applicant": { "name": "李四", "id_number": ID_NUMBER, "phone": PHONE },
        "form": { "insured_city": "442000", "retirement_kind": "normal", "chosen_month": "2026-12" },
    })
}

fn identity(case: &Value) -> &Value {
    let mut all = case["materials"].as_array().unwrap().iter();
    all.find(|m| m["name"] == "identity").unwrap()
}

/// Offered to a counter of another city with number and city; the proof only to those who may read it; taken with the application, known
/// where it was given, and missing again once it is revoked.
#[test]
fn a_certificate_is_taken_with_the_application_and_lost_when_revoked() {
    each(async |place| {
        let mut server = Server::sandbox(place).await;
        server.verifying().await;
        assert_eq!(
            server.offers("zs-window", ID_NUMBER).await,
            [Value::Null; 0]
        );
        let given = server.certified(ID_NUMBER).await;
        let offers = server.offers("zs-window", ID_NUMBER).await;
        let one = &offers[0];
        let told = [
            &one["material"],
            &one["number"],
            &one["city"],
            &one["until"],
        ];
        assert_eq!(told, ["identity", "HR-1", "520300", "2027-06-30"]);
        assert_eq!(one["title"]["zh"], "身份核验");
        assert_eq!(
            (one["certificate"] == given["id"], &one["proof"]),
            (true, &Value::Null)
        );
        let near = server.offers("wz-window", ID_NUMBER).await;
        assert_eq!(near[0]["proof"], given["number"]);
        assert_eq!(
            server.offers("zs-window", OTHERS[0]).await,
            [Value::Null; 0]
        );

        let mut application = applied();
        application["certificates"] = json!({ "flexible_paper": given["id"] });
        let refused = server
            .post("zs-window", "/api/v1/cases", &application)
            .await;
        let refused = refused.problem(422, "invalid");
        assert_eq!(
            refused["errors"][0]["pointer"],
            "/certificates/flexible_paper"
        );
        application["certificates"] = json!({ "identity": given["id"] });
        let case = server
            .post("zs-window", "/api/v1/cases", &application)
            .await
            .with(201);
        let whole = server.case("zs-window", &case).await;
        let certificate = &identity(&whole)["certificate"];
        assert_eq!(
            (&certificate["state"], &certificate["number"]),
            (&json!("taken"), &json!("HR-1"))
        );
        assert_eq!(
            server.offers("zs-window", ID_NUMBER).await.len(),
            1,
            "for another case"
        );
        let heard = server.facts("zy-handler", &given).await;
        assert!(heard.contains(&"certificate_used".to_owned()), "{heard:?}");

        let missing = json!({ "outcome": "一次性告知", "data": { "missing": ["identity"] }, "comment": "缺身份证明" });
        let path = format!("/api/v1/tasks/{}/complete", task(&case, "intake.check"));
        let refused = server
            .post("zs-window", &path, &missing)
            .await
            .problem(422, "invalid");
        assert_eq!(refused["errors"][0]["code"], "certificate.stands");
        server
            .complete("zs-window", &case, "intake.check", "齐全", json!({}))
            .await;

        let path = format!(
            "/api/v1/cases/{}/acts/撤销凭据",
            given["id"].as_str().unwrap()
        );
        let revoked = server
            .post("zy-handler", &path, &json!({ "reason": "照片与本人不符" }))
            .await
            .with(200);
        server.agree("zy-reviewer", &revoked).await;
        let whole = server.case("zs-window", &case).await;
        assert_eq!(whole["missing"], json!(["identity"]));
        assert_eq!(identity(&whole)["certificate"]["state"], "revoked");
        assert_eq!(
            server.offers("zs-window", ID_NUMBER).await,
            [Value::Null; 0]
        );
        let told = server.facts("zs-window", &case).await;
        let after = told.iter().skip_while(|f| *f != "certificate_revoked");
        assert!(after.clone().any(|f| f == "notice_owed"), "{told:?}");
    });
}

/// At a task it is taken or declined; whoever declines says why, and the lead city has it on its table.
#[test]
fn a_certificate_is_declined_at_a_task_with_a_reason() {
    each(async |place| {
        let mut server = Server::sandbox(place).await;
        server.verifying().await;
        let given = server.certified(ID_NUMBER).await;
        let case = server
            .post("zs-window", "/api/v1/cases", &applied())
            .await
            .with(201);
        let path = format!("/api/v1/tasks/{}/certificates", task(&case, "intake.check"));
        let offers = server.get("zs-window", &path).await.with(200);
        assert_eq!(offers["certificates"][0]["certificate"], given["id"]);
        let mut body =
            json!({ "material": "identity", "certificate": given["id"], "declined": "" });
        let silent = server
            .post("zs-window", &path, &body)
            .await
            .problem(422, "invalid");
        assert_eq!(silent["errors"][0]["pointer"], "/reason");
        body["declined"] = json!("照片是十年前的");
        server.post("zs-window", &path, &body).await.with(200);
        let whole = server.case("zs-window", &case).await;
        let certificate = &identity(&whole)["certificate"];
        assert_eq!(
            (&certificate["state"], &certificate["reason"]),
            (&json!("declined"), &json!("照片是十年前的"))
        );
        let there = server.case("zs-supervisor", &given).await;
        assert_eq!(
            there["tasks"].as_array().unwrap().last().unwrap()["step"],
            "dispute"
        );
        // Whoever has looked again may take it all the same.
        body.as_object_mut().unwrap().remove("declined");
        server.post("zs-window", &path, &body).await.with(200);
        let whole = server.case("zs-window", &case).await;
        assert_eq!(identity(&whole)["certificate"]["state"], "taken");
        for (certificate, status) in [(json!("999"), 422), (json!("x"), 422)] {
            let body = json!({ "material": "identity", "certificate": certificate });
            server.post("zs-window", &path, &body).await.with(status);
        }
        let body = json!({ "material": "identity", "certificate": given["id"] });
        server.post("zy-handler", &path, &body).await.with(404);
    });
}
