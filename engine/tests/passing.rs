//! A task between people: lent to a helper, handed back, taken back after it was done.

use crate::shipped::{network, shipped};
use engine::case::{Actor, Case, Command, Context, Rejection, TaskNo, TaskState, decide};
use engine::library::Library;
use engine::source::Sources;
use serde_json::{Value as Json, json};

const MATTER: &str = "
matter: errand
title: { zh: 测试, en: Test }
code: CS
form: apply
decides: handler
parties:
  handler:  { title: 经办, city: =case.accepting_city, department: si, post: handler }
  reviewer: { title: 复核, city: =case.accepting_city, department: si, post: reviewer, not_same_as: handler }
steps:
  - { id: check,  title: 核对, task: handler,  form: work, outcomes: { 相符: next, 告知: { go: next, paper: told } } }
  - { id: sorted, title: 分流, choice: [ { if: =check.months > 0, go: review }, { else: review } ] }
  - { id: review, title: 复核, task: reviewer, outcomes: { 通过: { end: completed } } }
";
const FORM: &str = r#"{ "type": "object", "properties": { "months": { "type": "integer", "title": "月数" } }, "required": ["months"] }"#;
const PAPER: &str = "# 告知书\n\n{{applicant.name}}：\n";

struct Desk {
    library: Library,
    case: Case,
}

impl Desk {
    fn opened() -> Desk {
        let more = [
            ("errand/matter.yaml", MATTER),
            ("errand/forms/apply.schema.json", FORM),
            ("errand/forms/work.schema.json", FORM),
            ("errand/papers/told.md", PAPER),
        ];
        let library = shipped(network, &more, &mut Sources::default());
        let mut desk = Desk {
            library,
            case: Case::default(),
        };
        let open = Command::Open {
            id: 1,
            number: "450400-CS-20260302-00001-X".into(),
            accepting_city: "450400".into(),
            channel: "window".into(),
            applicant: json!({ "name": "李四", "id_number": "450400195903150017" }),
            form: json!({ "months": 12 }),
            parent: None,
        };
        desk.does("王五", "window", &open).unwrap();
        desk
    }

    /// A person of a post in 梧州 does something.
    fn does(&mut self, id: &str, post: &str, command: &Command) -> Result<(), Rejection> {
        let actor = Actor::Person {
            id: id.into(),
            posts: [format!("450400/si/{post}").parse().unwrap()].into(),
            stands_for: None,
            lent: Vec::new(),
        };
        let context = Context {
            now: "2026-03-02T02:00:00Z".parse().unwrap(),
            actor: &actor,
            network: &self.library.network,
            next_case: 2,
            elsewhere: &engine::case::NOWHERE,
            numbering: None,
        };
        let matter = &self.library.matters["errand"];
        decide(matter, &mut self.case, command, &context).map(drop)
    }

    fn open_task(&self) -> TaskNo {
        self.case.open_tasks().next().unwrap().0
    }

    fn holder(&self) -> Option<String> {
        match self.case.tasks()[&self.open_task()].state() {
            TaskState::Held { by, .. } => Some(by.to_string()),
            _ => None,
        }
    }
}

fn complete(task: TaskNo, outcome: &str, data: Json) -> Command {
    Command::Complete {
        task,
        outcome: outcome.into(),
        data,
        reason: None,
        back_to: None,
    }
}

fn delegate(task: TaskNo, to: &str) -> Command {
    Command::Delegate {
        task,
        to: to.into(),
        reason: "外出核查".into(),
    }
}

/// The one who was asked fills the form and hands it back; the decision is for the one who asked.
#[test]
fn a_helper_fills_and_the_one_who_asked_decides() {
    let mut desk = Desk::opened();
    let task = desk.open_task();
    desk.does("赵", "handler", &delegate(task, "钱")).unwrap();
    assert_eq!(desk.holder().unwrap(), "钱");
    let done = complete(task, "相符", json!({ "months": 180 }));
    for person in ["赵", "钱"] {
        desk.does(person, "handler", &done).unwrap_err();
    }
    desk.does("钱", "handler", &delegate(task, "孙"))
        .unwrap_err();
    let back = complete(task, "handed_back", json!({ "months": 180 }));
    desk.does("钱", "handler", &back).unwrap();
    assert_eq!(desk.holder().unwrap(), "赵");
    let filled = desk.case.so_far(&desk.case.tasks()[&task]);
    assert_eq!(filled.as_deref(), Some(&json!({ "months": 180 })));
    desk.does("赵", "handler", &done).unwrap();
    // Whoever worked on it does not review it, though another decided.
    let review = complete(desk.open_task(), "通过", Json::Null);
    let same = desk.does("钱", "reviewer", &review).unwrap_err();
    assert!(matches!(same, Rejection::SecondPerson { .. }), "{same:?}");
    desk.does("李", "reviewer", &review).unwrap();
}

/// Whoever asked may have it back at any time, and the helper may give it back as it is.
#[test]
fn what_was_lent_comes_back() {
    let mut desk = Desk::opened();
    let task = desk.open_task();
    desk.does("赵", "handler", &delegate(task, "赵"))
        .unwrap_err();
    for who in ["赵", "钱"] {
        desk.does("赵", "handler", &delegate(task, "钱")).unwrap();
        let other = desk.does("孙", "handler", &Command::Release { task });
        assert!(matches!(other, Err(Rejection::Held { .. })), "{other:?}");
        desk.does(who, "handler", &Command::Release { task })
            .unwrap();
        assert_eq!(desk.holder().unwrap(), "赵");
    }
    desk.does(
        "赵",
        "handler",
        &complete(task, "相符", json!({ "months": 1 })),
    )
    .unwrap();
}

/// What one has done is taken back while nobody has touched what came of it; the form holds what was typed.
#[test]
fn a_step_is_taken_back_until_somebody_goes_on() {
    let mut desk = Desk::opened();
    let first = desk.open_task();
    let typed = json!({ "months": 180 });
    desk.does("赵", "handler", &complete(first, "相符", typed.clone()))
        .unwrap();
    let back = Command::TakeBack { task: first };
    desk.does("钱", "handler", &back).unwrap_err();
    desk.does("赵", "handler", &back).unwrap();
    let again = desk.open_task();
    assert_eq!(&**desk.case.tasks()[&again].step(), "check");
    assert_eq!(
        desk.case.so_far(&desk.case.tasks()[&again]).as_deref(),
        Some(&typed),
        "nothing typed is lost"
    );
    desk.does("赵", "handler", &complete(again, "相符", typed))
        .unwrap();
    let task = desk.open_task();
    desk.does("李", "reviewer", &Command::Claim { task })
        .unwrap();
    desk.does("赵", "handler", &Command::TakeBack { task: again })
        .unwrap_err();
}

/// A step that somebody else has done again is his: whoever did it first takes nothing back, nor twice.
#[test]
fn what_another_has_done_again_is_not_taken_back() {
    let mut desk = Desk::opened();
    let first = desk.open_task();
    let typed = json!({ "months": 180 });
    desk.does("赵", "handler", &complete(first, "相符", typed.clone()))
        .unwrap();
    let back = Command::TakeBack { task: first };
    desk.does("赵", "handler", &back).unwrap();
    desk.does("赵", "handler", &back).unwrap_err();
    let task = desk.open_task();
    desk.does("赵", "handler", &Command::Release { task })
        .unwrap();
    let again = complete(task, "相符", typed);
    desk.does("钱", "handler", &again).unwrap();
    desk.does("赵", "handler", &back).unwrap_err();
}

#[test]
fn what_issued_a_paper_is_not_taken_back() {
    let mut desk = Desk::opened();
    let task = desk.open_task();
    desk.does(
        "赵",
        "handler",
        &complete(task, "告知", json!({ "months": 180 })),
    )
    .unwrap();
    desk.does("赵", "handler", &Command::TakeBack { task })
        .unwrap_err();
}
