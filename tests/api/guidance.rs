//! What a task says about its step.

use super::server::{Server, task};
use super::visitor::Visitor;
use crate::each;

/// The matter's own lines and what may be read stand above the form, in the API as on the page.
#[test]
fn a_task_says_what_to_do_at_just_this_step() {
    each(async |place| {
        let server = Server::sandbox(place).await;
        let case = server.at_handler().await;
        let work = task(&case, "records");
        let path = format!("/api/v1/tasks/{work}");
        let seen = server.get("zs-handler", &path).await.with(200);
        let written = include_str!("../../workflows/pension-lump-sum/guidance.yaml");
        let (_, step) = written.split_once("  records:\n    do:\n").unwrap();
        let (lines, see) = step.split_once("    see:\n").unwrap();
        let lines: Vec<_> = lines
            .lines()
            .map(|l| l.trim_start_matches([' ', '-']))
            .collect();
        let said = seen["guidance"]["do"].as_array().unwrap();
        let said: Vec<_> = said
            .iter()
            .map(|line| line["zh"].as_str().unwrap())
            .collect();
        assert_eq!(said, lines);
        let title = seen["guidance"]["see"][0]["title"]["zh"].as_str().unwrap();
        assert!(see.contains(title), "{title}");
        let law = &seen["guidance"]["see"][0]["basis"][0];
        assert_eq!(law, "《实施〈中华人民共和国社会保险法〉若干规定》第 3 条");
        let clerk = Visitor::signed_in(&server, "zs-handler", "/work").await;
        let page = clerk.get(&format!("/tasks/{work}")).await;
        let page = page.text().await.unwrap();
        for line in lines.into_iter().chain([title]) {
            assert!(page.contains(line), "{line}");
        }
    });
}
