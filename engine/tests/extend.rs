//! An extension that a second person must agree to.

use crate::shipped::{network, shipped};
use engine::case::{
    Actor, Case, Command, Context, Event, Party, Rejection, TaskNo, TaskState, Void, decide,
};
use engine::library::Library;
use engine::source::Sources;
use serde_json::{Value as Json, json};

const MATTER: &str = r#"{
    "matter": "slow", "code": "MANMAN", "title": "慢慢办", "channels": ["window"], "decides": "handler",
    "parties": {
        "handler": { "title": "经办", "city": "中山", "department": "si", "post": "handler" },
        "reviewer": { "title": "复核", "city": "中山", "department": "si", "post": "reviewer" } },
    "limits": { "statutory": { "limit": "20wd", "starts": "received", "stops": "judge",
        "extend": { "by": "handler", "four_eyes": "SECOND", "add": "5wd", "times": 2, "before": "expiry" } } },
    "steps": [
        { "id": "judge", "title": "决定", "task": "handler", "outcomes": { "同意": "next" } },
        { "id": "write", "title": "写信", "task": "handler", "outcomes": { "写好": "next" } },
        { "end": "completed" }
    ]
}"#;

const HANDLER: &str = "442000/si/handler";
const REVIEWER: &str = "442000/si/reviewer";

fn library(second: &str) -> Library {
    let text = MATTER.replace("SECOND", second);
    let more = [("slow/matter.yaml", text.as_str())];
    shipped(network, &more, &mut Sources::default())
}

struct Told<'l> {
    library: &'l Library,
    case: Case,
}

impl Told<'_> {
    fn act(
        &mut self,
        who: (&str, &[&str]),
        now: &str,
        command: &Command,
    ) -> Result<Vec<Event>, Rejection> {
        let posts = who.1.iter().map(|p| p.parse::<Party>().unwrap());
        let actor = Actor::Person {
            id: who.0.into(),
            posts: posts.collect(),
            stands_for: None,
            lent: Vec::new(),
        };
        let context = Context {
            now: now.parse().unwrap(),
            actor: &actor,
            network: &self.library.network,
            next_case: 2,
            elsewhere: &engine::case::NOWHERE,
            numbering: None,
        };
        let matter = &self.library.matters["slow"];
        decide(matter, &mut self.case, command, &context)
    }

    fn due(&self) -> String {
        let due = self.case.clocks()["statutory"].ledger().due();
        engine::clock::civil(due).date().to_string()
    }

    fn second(&self) -> TaskNo {
        let mut open = self.case.open_tasks();
        open.find(|(_, task)| task.proposal().is_some()).unwrap().0
    }
}

/// A case of which the handler has asked for more time.
fn asked(library: &Library) -> Told<'_> {
    let open = Command::Open {
        id: 1,
        number: "N".into(),
        accepting_city: "442000".into(),
        channel: "window".into(),
        applicant: json!({ "name": "李四", "id_number": "450400195903150017", "phone": "13800000001" }),
        form: json!({}),
        parent: None,
    };
    let mut told = Told {
        library,
        case: Case::default(),
    };
    let monday = "2026-03-02T10:00:00+08:00";
    told.act(("w", &["442000/si/window"]), monday, &open)
        .unwrap();
    told.act(("h", &[HANDLER]), monday, &extend()).unwrap();
    told
}

fn extend() -> Command {
    Command::Act {
        event: "extend".into(),
        data: json!({ "limit": "statutory" }),
        reason: Some("须外出调查".into()),
    }
}

fn complete(task: TaskNo, outcome: &str) -> Command {
    Command::Complete {
        task,
        outcome: outcome.into(),
        data: Json::Null,
        reason: None,
        back_to: None,
    }
}

#[test]
fn a_limit_is_longer_only_once_another_person_agrees() {
    let library = library("reviewer");
    let mut told = asked(&library);
    let tuesday = "2026-03-03T10:00:00+08:00";
    assert_eq!(told.due(), "2026-03-30");
    let agree = complete(told.second(), "agreed");
    let same = told.act(("h", &[HANDLER, REVIEWER]), tuesday, &agree);
    assert_eq!(same.unwrap_err().code(), "second-person-required");
    let twice = told.act(("h2", &[HANDLER]), tuesday, &extend());
    assert_eq!(twice.unwrap_err().code(), "state-not-allowed");
    told.act(("r", &[REVIEWER]), tuesday, &agree).unwrap();
    assert_eq!(told.due(), "2026-04-07", "清明 falls into it");
    told.act(("h2", &[HANDLER]), tuesday, &extend()).unwrap();
}

/// What was asked before the end is not granted after it.
#[test]
fn what_comes_too_late_is_not_agreed_to() {
    let library = library("reviewer");
    let mut told = asked(&library);
    let agree = complete(told.second(), "agreed");
    let late = told.act(("r", &[REVIEWER]), "2026-03-31T10:00:00+08:00", &agree);
    assert_eq!(late.unwrap_err().code(), "state-not-allowed");
    assert_eq!(told.due(), "2026-03-30");
}

/// A limit that has stopped needs no more time, and nobody is asked about it any longer.
#[test]
fn nobody_is_asked_about_a_limit_that_has_stopped() {
    let library = library("reviewer");
    let mut told = asked(&library);
    let second = told.second();
    let mut open = told.case.open_tasks();
    let judge = open.find(|(_, t)| &**t.step() == "judge").unwrap().0;
    drop(open);
    let done = complete(judge, "同意");
    told.act(("h", &[HANDLER]), "2026-03-03T10:00:00+08:00", &done)
        .unwrap();
    let state = told.case.tasks()[&second].state();
    assert!(
        matches!(
            state,
            TaskState::Void {
                why: Void::Moot,
                ..
            }
        ),
        "{state:?}"
    );
}

#[test]
fn who_must_agree_is_a_party() {
    let library = library("nobody");
    let codes: Vec<_> = library.found.iter().map(|d| d.code).collect();
    assert_eq!(codes, ["E0301"]);
}
