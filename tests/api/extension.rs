//! An extension that a second person must agree to: he reads which limit it is and why, and the limit is longer once he agrees.

use super::messages::{messages, monday, reach};
use super::server::{Server, application, secret, task};
use super::visitor::Visitor;
use crate::each;
use onenet::runtime::{Channels, Reach};
use serde_json::{Value, json};

#[test]
fn an_extension_waits_for_whoever_must_agree_and_tells_him_why() {
    each(async |place| {
        let everyone = Reach {
            everyone: true,
            ..reach(&[])
        };
        let mut server = Server::reaching(place, monday(), everyone).await;
        server.app.runtime.send(Channels::default());
        for (id, name, post) in [
            ("wz-lcc", "顾敏", "450400/lcc/handler"),
            ("wz-lcc-2", "莫兰", "450400/lcc/reviewer"),
        ] {
            server.add(id, name, "person", secret(), &[post]).await;
        }
        let mut application = application();
        application["matter"] = json!("disability-allowance");
        application["applicant"]["id_number"] = json!("450403196708150031");
        application["form"] = json!({ "insured_city": "442000", "assessment_city": "450400", "diagnosis": "尿毒症",
            "bank_name": "示例银行", "bank_account": "6222020000000000000" });
        let opened = server.post("wz-window", "/api/v1/cases", &application);
        let case = opened.await.with(201);
        let case = server
            .complete("wz-window", &case, "intake.check", "齐全", json!({}))
            .await;
        let records = json!({ "category": "man60", "birth_month": "1967-08", "months": 200, "hukou_province": "45",
            "current_province": "44", "current_temporary": false, "other_relations": [],
            "periods": [{ "province": "44", "months": 200, "temporary": false }] });
        let case = server
            .complete("zs-handler", &case, "records", "已核对", records)
            .await;
        let paid = json!({ "paying_city": "442000" });
        let case = server
            .complete("zs-handler", &case, "route", "已确定", paid)
            .await;
        let id = case["id"].as_str().unwrap();
        let path = format!("/api/v1/cases/{id}/extend");
        let wish = json!({ "data": { "limit": "鉴定" }, "reason": "复查结果待专家会诊" });
        let case = server.post("wz-lcc", &path, &wish).await.with(200);
        let second = task(&case, "extend");
        let asked = |all: &[Value]| {
            all.iter().any(|m| {
                let to_second = m["kind"] == "email" && m["to"] == "450400/lcc/reviewer";
                to_second && m["state"] == "sent"
            })
        };
        messages(&server, &case, asked).await;
        let outbox = server.get("", "/api/v1/sandbox/outbox").await.with(200);
        let mut mails = outbox.as_array().unwrap().iter();
        let mail = mails.find(|m| m["to"] == "450400/lcc/reviewer");
        let body = mail.unwrap()["body"].as_str().unwrap();
        // An event has no step whose title could be told.
        assert!(body.contains("到了“延期”环节"), "{body}");
        let visitor = Visitor::signed_in(&server, "wz-lcc-2", "/work").await;
        let work = visitor.get("/work?tab=open").await.text().await.unwrap();
        assert!(work.contains("延长时限"), "{work}");
        let page = visitor.get(&format!("/tasks/{second}")).await;
        let page = page.text().await.unwrap();
        assert!(page.contains("顾敏 拟办：延长时限"), "{page}");
        assert!(
            page.contains("要延长的时限：鉴定；理由：复查结果待专家会诊"),
            "{page}"
        );
        let complete = format!("/api/v1/tasks/{second}/complete");
        let agreed = json!({ "outcome": "agreed", "data": {} });
        server
            .post("wz-lcc", &complete, &agreed)
            .await
            .problem(403, "forbidden");
        server.post("wz-lcc-2", &complete, &agreed).await.with(200);
        let papers = server
            .get("wz-lcc-2", &format!("/api/v1/cases/{id}"))
            .await
            .with(200);
        assert!(papers.to_string().contains("extension"), "{papers}");
    });
}
