//! A case from outside: commands in, and what stands in it afterwards.

#![allow(missing_docs, clippy::unwrap_used)]

mod shipped;

use engine::case::{Actor, Case, Command, Context, Event, FrameNo, Rejection, decide};
use engine::library::Library;
use engine::source::Sources;
use serde_json::{Value as Json, json};
use shipped::shipped;

/// Carries out a command of whoever holds a post.
fn act(library: &Library, case: &mut Case, post: &str, command: &Command) {
    attempt(library, case, post, command).unwrap();
}

fn attempt(
    library: &Library,
    case: &mut Case,
    post: &str,
    command: &Command,
) -> Result<Vec<Event>, Rejection> {
    let actor = Actor::Person {
        id: post.into(),
        posts: [post.parse().unwrap()].into(),
        stands_for: None,
    };
    let context = Context {
        now: "2026-03-02T02:00:00Z".parse().unwrap(),
        actor: &actor,
        network: &library.network,
        next_case: 2,
    };
    let matter = &library.matters["pension-lump-sum"];
    decide(matter, case, command, &context)
}

fn opened(library: &Library) -> Case {
    let mut case = Case::default();
    let command = Command::Open {
        id: 1,
        number: "450400-YCXDY-20260302-00001-X".into(),
        accepting_city: "450400".into(),
        channel: "window".into(),
        applicant: json!({ "name": "李四", "id_number": "450400195903150017", "phone": "13800000001" }),
        form: json!({ "insured_city": "442000", "claim_kind": "months_short", "bank_name": "示例银行",
            "bank_account": "6222020000000000000", "delivery": "window_pickup" }),
        parent: None,
    };
    act(library, &mut case, "450400/si/window", &command);
    case
}

fn check_materials(library: &Library, outcome: &str, reason: Option<&str>) -> Case {
    let mut case = opened(library);
    let command = Command::Complete {
        task: case.open_tasks().next().unwrap().0,
        outcome: outcome.into(),
        data: json!({ "missing": ["bank_card"] }),
        reason: reason.map(str::to_owned),
        back_to: None,
    };
    act(library, &mut case, "450400/si/window", &command);
    case
}

/// What may come later stands in the promise by its title (容缺受理); asking for it promises nothing.
#[test]
fn a_promise_names_what_is_to_come() {
    let library = shipped(&mut Sources::default());
    let case = check_materials(&library, "容缺受理", None);
    assert_eq!(case.promised(), ["bank_card"]);
    let promise = case.papers().values().find(|p| &*p.template == "promise");
    let listed: &Json = &promise.unwrap().values["materials"]["promised"];
    assert_eq!(
        listed,
        &json!([{ "name": "bank_card", "title": "银行卡复印件" }])
    );

    let case = check_materials(&library, "一次性告知", Some("缺银行卡复印件"));
    assert_eq!(case.missing(), ["bank_card"]);
    assert!(case.promised().is_empty());
}

/// G51: what a post does not need it may not do, whichever door the command comes by.
#[test]
fn g051_a_stranger_reports_nothing_urges_nobody_and_retries_nothing() {
    let library = shipped(&mut Sources::default());
    let mut case = opened(&library);
    let seq = case.seq();
    let task = case.open_tasks().next().unwrap().0;
    let report = Command::Message {
        name: "death-match".into(),
        key: "450400195903150017".into(),
        data: Json::Null,
    };
    let urge = Command::Urge {
        task,
        words: "请尽快".into(),
    };
    let retry = Command::Retry { frame: FrameNo(1) };
    for command in [&report, &urge, &retry] {
        let refused = attempt(&library, &mut case, "653100/si/handler", command).unwrap_err();
        assert_eq!(refused.code(), "forbidden", "{command:?}");
    }
    assert_eq!(case.seq(), seq);
    act(&library, &mut case, "442000/si/handler", &urge);
    act(&library, &mut case, "442000/si/handler", &report);
}
