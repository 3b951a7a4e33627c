//! Taking an application in by the forms of its page, without scripts.

use super::server::{Server, application};
use super::visitor::Visitor;
use crate::each;
use serde_json::json;

const INTAKE: &str = "/new/pension-lump-sum";
const DRAFT: &str = "/new/pension-lump-sum/draft";

/// What kept itself while an application was on its way is no other window: the form that comes back with faults goes on.
#[test]
fn an_application_with_faults_goes_on_from_what_was_handed_in() {
    each(async |place| {
        let server = Server::sandbox(place).await;
        let clerk = Visitor::signed_in(&server, "wz-window", INTAKE).await;
        let page = clerk.get(INTAKE).await.text().await.unwrap();
        let name = [("/applicant/name", "李四")];
        let kept = clerk.press_with(&page, DRAFT, &name).await;
        assert_eq!(kept.status(), 303);
        let back = clerk.press_in(&page, DRAFT, INTAKE, &name).await;
        assert_eq!(back.status(), 422);
        let back = back.text().await.unwrap();
        assert!(back.contains("李四"), "{back}");
        let more = [("/applicant/name", "李四光")];
        let again = clerk.press_with(&back, DRAFT, &more).await;
        assert_eq!(again.status(), 303);
        let page = clerk.get(INTAKE).await.text().await.unwrap();
        assert!(page.contains("李四光"), "{page}");
    });
}

/// What an ID number says of the applicant is there when the case is filed; what contradicts it is wrong at its field.
#[test]
fn the_id_number_tells_sex_and_birth_date() {
    each(async |place| {
        let server = Server::sandbox(place).await;
        let cases = "/api/v1/cases";
        let mut wrong = application();
        wrong["applicant"]["sex"] = json!("female");
        wrong["applicant"]["birth_date"] = json!("1959-03-16");
        let refused = server.post("wz-window", cases, &wrong).await;
        let refused = refused.problem(422, "invalid");
        let errors = refused["errors"].as_array().unwrap();
        let mut pointers = errors.iter().map(|e| e["pointer"].as_str().unwrap());
        for field in ["/applicant/sex", "/applicant/birth_date"] {
            assert!(pointers.by_ref().any(|p| p == field), "{refused}");
        }
        let opened = server.post("wz-window", cases, &application()).await;
        let case = opened.with(201);
        let path = format!("{cases}/{}", case["id"].as_str().unwrap());
        let case = server.get("wz-window", &path).await.with(200);
        assert_eq!(case["applicant"]["sex"], "male", "{case}");
        assert_eq!(case["applicant"]["birth_date"], "1959-03-15");
    });
}
