//! Taking an application in by the forms of its page, without scripts.

use super::server::Server;
use super::visitor::Visitor;
use crate::each;

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
