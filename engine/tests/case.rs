//! A case from outside: commands in, and what stands in it afterwards.

use crate::shipped::{network, shipped, whole};
use engine::case::{
    Actor, CardDeed, Case, Command, Context, Event, File, FrameNo, Level, Rejection, Rung, Sight,
    Standing, Status, TaskNo, TaskState, decide,
};
use engine::library::Library;
use engine::source::Sources;
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;

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
        lent: Vec::new(),
    };
    let context = Context {
        now: "2026-03-02T02:00:00Z".parse().unwrap(),
        actor: &actor,
        network: &library.network,
        next_case: 2,
        elsewhere: &engine::case::NOWHERE,
        numbering: None,
    };
    let matter = &library.matters["pension-lump-sum"];
    decide(matter, case, command, &context)
}

fn application(applicant: Json) -> Command {
    Command::Open {
        id: 1,
        number: "450400-YCXDY-20260302-00001-X".into(),
        accepting_city: "450400".into(),
        channel: "window".into(),
        applicant,
        form: json!({ "insured_city": "442000", "claim_kind": "months_short", "bank_name": "示例银行",
            "bank_account": "6222020000000000000", "delivery": "window_pickup" }),
        parent: None,
    }
}

fn opened(library: &Library) -> Case {
    let mut case = Case::default();
    let command = application(
        json!({ "name": "李四", "id_number": "450400195903150017", "phone": "13800000001" }),
    );
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

/// Name and document number of whoever applies, and of whoever comes for him, are checked before a case exists: all that is wrong is said
/// at once, by its place. A passport has no check digit.
#[test]
fn nobody_is_taken_in_unknown() {
    let library = whole();
    let open = |applicant: Json| {
        let mut case = Case::default();
        attempt(
            library,
            &mut case,
            "450400/si/window",
            &application(applicant),
        )
        .map(|_| case)
    };
    let wrong = |applicant: Json| -> Vec<(String, &'static str)> {
        let Err(Rejection::Invalid(errors)) = open(applicant) else {
            panic!("taken in");
        };
        errors.into_iter().map(|e| (e.pointer, e.code)).collect()
    };
    let found = |list: &[(&str, &'static str)]| -> Vec<(String, &'static str)> {
        list.iter()
            .map(|(at, code)| ((*at).to_owned(), *code))
            .collect()
    };
    let missing = [
        ("/applicant/id_number", "required"),
        ("/applicant/name", "required"),
    ];
    assert_eq!(wrong(json!({})), found(&missing));
    let several = json!({ "name": "李四", "id_number": "450400195903150018", "phone": "123",
        "agent": { "name": "李小妹" } });
    assert_eq!(
        wrong(several),
        found(&[
            ("/applicant/id_number", "id_number.checksum"),
            ("/applicant/phone", "phone.invalid"),
            ("/applicant/agent/id_number", "required"),
            ("/applicant/agent/relation", "required"),
        ])
    );
    let post = json!({ "name": "李四", "id_number": "450400195903150017", "delivery": "post" });
    assert_eq!(
        wrong(post),
        found(&[("/applicant/post_address", "required")])
    );
    let passport = json!({ "name": "Smith John", "id_type": "passport", "id_number": "e12345678" });
    assert_eq!(
        open(passport).unwrap().applicant()["id_number"],
        "E12345678"
    );
}

/// 已受理 until somebody of an office takes up what was accepted; giving it back does not undo that.
#[test]
fn a_case_is_accepted_until_an_office_begins() {
    let library = whole();
    let mut case = check_materials(library, "容缺受理", None);
    assert_eq!(case.status(), Status::Accepted);
    let mut tasks = case.open_tasks().map(|(no, task)| (no, &**task.step()));
    let task = tasks.find(|(_, step)| *step == "records").unwrap().0;
    drop(tasks);
    let handler = "442000/si/handler";
    act(library, &mut case, handler, &Command::Claim { task });
    assert_eq!(case.status(), Status::InProgress);
    act(library, &mut case, handler, &Command::Release { task });
    assert_eq!(case.status(), Status::InProgress);
}

/// What may come later stands in the promise by its title (容缺受理); asking for it promises nothing.
#[test]
fn a_promise_names_what_is_to_come() {
    let library = whole();
    let case = check_materials(library, "容缺受理", None);
    assert_eq!(case.promised(), ["bank_card"]);
    let promise = case.papers().values().find(|p| &*p.template == "promise");
    let listed: &Json = &promise.unwrap().values["materials"]["promised"];
    assert_eq!(
        listed,
        &json!([{ "name": "bank_card", "title": "银行卡复印件", "within": "10wd" }])
    );

    let case = check_materials(library, "一次性告知", Some("缺银行卡复印件"));
    assert_eq!(case.missing(), ["bank_card"]);
    assert!(case.promised().is_empty());
}

/// What was handed in is not missing at the second look, and whoever still calls something missing cannot call it complete: he is told so
/// at that field.
#[test]
fn a_second_look_begins_with_what_is_still_missing() {
    let library = whole();
    let mut case = check_materials(library, "一次性告知", Some("照片看不清"));
    let complete = |case: &Case, outcome: &str, data: Json| Command::Complete {
        task: case.open_tasks().next().unwrap().0,
        outcome: outcome.into(),
        data,
        reason: None,
        back_to: None,
    };
    assert_eq!(case.missing(), ["bank_card"]);
    let brought = complete(&case, "已补交", Json::Null);
    act(library, &mut case, "450400/si/window", &brought);
    let (_, look) = case.open_tasks().next().unwrap();
    assert_eq!(case.so_far(look).unwrap()["missing"], json!([]));
    let ticked = complete(&case, "齐全", json!({ "missing": ["bank_card"] }));
    let refused = attempt(library, &mut case, "450400/si/window", &ticked).unwrap_err();
    let Rejection::Invalid(errors) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(errors[0].pointer, "/missing");
    assert_eq!(errors[0].message.zh, "“齐全”只在没有缺少的材料时可选");
    let whole = complete(&case, "齐全", json!({ "missing": [] }));
    act(library, &mut case, "450400/si/window", &whole);
    assert_eq!(case.status(), Status::Accepted);
}

/// What is there and of no use has to be brought again, and the notice says so.
#[test]
fn what_is_of_no_use_is_brought_again() {
    let library = whole();
    let mut case = opened(library);
    let found = Command::Complete {
        task: case.open_tasks().next().unwrap().0,
        outcome: "一次性告知".into(),
        data: json!({ "missing": ["bank_card"], "faulty": ["identity"] }),
        reason: Some("身份证明不清楚".to_owned()),
        back_to: None,
    };
    act(library, &mut case, "450400/si/window", &found);
    assert_eq!(case.missing(), ["bank_card", "identity"]);
    assert_eq!(case.faulty(), ["identity"]);
    let (_, notice) = case.papers().iter().next_back().unwrap();
    let listed = &notice.values["materials"]["missing"];
    assert_eq!(listed[0]["faulty"], json!(false));
    assert_eq!(listed[1]["faulty"], json!(true));
    assert!(
        case.looked_through(&library.matters["pension-lump-sum"])
            .is_some()
    );
}

/// What was promised is awaited beside the line, on the deciding city's calendar; once handed in it is missing no more.
#[test]
fn a_promise_runs_where_the_case_is_decided_and_is_kept_by_handing_in() {
    let library = whole();
    let matter = &library.matters["pension-lump-sum"];
    let mut case = check_materials(library, "容缺受理", None);
    let awaited = "intake.promises.bank_card.hand_in";
    assert_eq!(case.clocks()[awaited].city(), "442000");
    let (_, step) = case.locate(matter, awaited).unwrap();
    let task = case.open_tasks().find(|(_, t)| *t.step() == step).unwrap();
    let command = Command::Complete {
        task: task.0,
        outcome: "已补交".into(),
        data: Json::Null,
        reason: None,
        back_to: None,
    };
    act(library, &mut case, "450400/si/window", &command);
    assert!(case.missing().is_empty() && case.promised().is_empty());
    assert!(case.clocks()[awaited].is_stopped());
    assert_eq!(case.open_tasks().count(), 1, "the line goes on alone");
}

/// 一次性告知 is used up by an answer: from afar it needs a file or a word, at the counter the papers are seen; giving up needs nothing.
/// Meanwhile the time is the applicant's, and no limit of his own warns anybody.
#[test]
fn whoever_was_asked_for_papers_sends_something() {
    let library = whole();
    let asked = || check_materials(library, "一次性告知", Some("缺银行卡复印件"));
    let answer = |case: &mut Case, outcome: &str, data: Json, files: Vec<File>| {
        let with = Command::Complete {
            task: case.open_tasks().next().unwrap().0,
            outcome: outcome.into(),
            data,
            reason: None,
            back_to: None,
        };
        let command = match files.is_empty() {
            true => with,
            false => Command::HandIn {
                files,
                with: Box::new(with),
            },
        };
        let context = Context {
            now: "2026-03-02T02:00:00Z".parse().unwrap(),
            actor: &Actor::Applicant,
            network: &library.network,
            next_case: 2,
            elsewhere: &engine::case::NOWHERE,
            numbering: None,
        };
        let matter = &library.matters["pension-lump-sum"];
        decide(matter, case, &command, &context).map(|_| ())
    };
    let mut case = asked();
    let last_day = case.timers().last().unwrap().0;
    assert_eq!(case.worst_level(last_day), Level::Paused);
    let empty = answer(&mut case, "已补交", json!({}), Vec::new()).unwrap_err();
    let Rejection::Invalid(errors) = empty else {
        panic!("{empty:?}");
    };
    assert_eq!(errors[0].code, "sent.nothing");
    let photo = File {
        id: "f".to_owned(),
        material: "bank_card".into(),
        name: "a.jpg".to_owned(),
        kind: "jpeg".to_owned(),
        size: 1,
        sha256: "0".repeat(64),
        origin: String::new(),
    };
    answer(&mut case, "已补交", json!({}), vec![photo]).unwrap();
    assert_ne!(case.status(), Status::Correction);
    for data in [json!({ "note": "寄出了" }), json!({ "brought": ["paper"] })] {
        let mut case = asked();
        answer(&mut case, "已补交", data, Vec::new()).unwrap();
        assert_ne!(case.status(), Status::Correction);
        let matter = &library.matters["pension-lump-sum"];
        assert_eq!(case.handed_in_since(matter), ["bank_card"]);
    }
    let mut case = asked();
    answer(&mut case, "不办了", json!({}), Vec::new()).unwrap();
    assert_eq!(case.status(), Status::Withdrawn);
}

/// A card is explained by whoever has the work, and closed by a supervisor after his question was answered.
#[test]
fn a_card_is_closed_after_its_answer() {
    let library = whole();
    let matter = &library.matters["pension-lump-sum"];
    let mut case = check_materials(library, "容缺受理", None);
    let fire = |case: &mut Case| {
        let (at, timer) = case.timers()[0];
        let context = Context {
            now: at,
            actor: &Actor::Engine,
            network: &library.network,
            next_case: 2,
            elsewhere: &engine::case::NOWHERE,
            numbering: None,
        };
        decide(matter, case, &Command::Fire { timer }, &context).unwrap();
    };
    while case.cards().is_empty() {
        fire(&mut case);
    }
    let no = *case.cards().keys().next().unwrap();
    // It is yellow: whoever has the work is urged from now on, the others hear of it once the limit has ended.
    let card = &case.cards()[&no];
    assert_eq!(card.level, Level::Yellow);
    let end = case.clocks()[&card.clock].ledger().due();
    assert!(card.at < end);
    let rungs = card.ladder().iter().map(|(rung, at)| (*rung, *at > end));
    let rungs: Vec<_> = rungs.filter(|(rung, _)| *rung != Rung::Urge).collect();
    assert_eq!(rungs, [(Rung::Pursue, true), (Rung::Network, true)]);
    let say = |case: &mut Case, post: &str, deed| {
        let words = "等候外市查询结果".to_owned();
        let card = Command::Card {
            card: no,
            deed,
            words,
        };
        attempt(library, case, post, &card).map_err(|refused| refused.code())
    };
    let supervisor = "442000/si/supervisor";
    let refused = say(&mut case, "442000/si/handler", CardDeed::Close);
    assert_eq!(refused, Err("forbidden"));
    let refused = say(&mut case, "442000/si/finance", CardDeed::Explain);
    assert_eq!(refused, Err("forbidden"), "the work is not his");
    say(&mut case, supervisor, CardDeed::Pursue).unwrap();
    let refused = say(&mut case, supervisor, CardDeed::Close);
    assert_eq!(refused, Err("state-not-allowed"), "nobody has answered");
    say(&mut case, "442000/si/handler", CardDeed::Explain).unwrap();
    say(&mut case, supervisor, CardDeed::Close).unwrap();
    let refused = say(&mut case, supervisor, CardDeed::Close);
    assert_eq!(refused, Err("state-not-allowed"), "it is closed");
}

/// The case goes from 中山 to 梧州 by what a step writes: its limit goes on there and what is used stays used.
#[test]
fn a_limit_follows_the_party_that_decides() {
    let text = r#"{
        "matter": "moving", "title": "改派", "code": "GP", "decides": "handler",
        "parties": {
            "first":   { "title": "首办", "city": "中山", "department": "si", "post": "handler" },
            "handler": { "title": "经办", "city": "=first_of(place.to, \"中山\")", "department": "si", "post": "handler" }
        },
        "limits": { "promised": { "limit": "5wd", "starts": "received", "stops": "work" } },
        "steps": [
            { "id": "both", "title": "并联", "limits": { "together": "5wd" }, "parallel": {
                "a": { "title": "甲", "steps": [
                    { "id": "sort", "title": "分派", "task": "first", "outcomes": { "改派": "place", "自办": "work" } },
                    { "id": "place", "title": "改派", "set": { "to": "梧州" } },
                    { "id": "work", "title": "办理", "task": "handler", "outcomes": { "办好": "next" } } ] },
                "b": { "title": "乙", "steps": [ { "id": "aside", "title": "另办", "task": "first", "outcomes": { "办好": "next" } } ] } } },
            { "end": "completed" }
        ]
    }"#;
    let mut sources = Sources::default();
    let library = shipped(network, &[("moving/matter.yaml", text)], &mut sources);
    let found: String = library
        .found
        .iter()
        .map(|d| d.render(&sources, engine::text::Lang::Zh))
        .collect();
    let matter = library
        .matters
        .get("moving")
        .unwrap_or_else(|| panic!("{found}"));
    let mut case = Case::default();
    let mut at = |now: &str, post: &str, command: &Command| {
        let actor = Actor::Person {
            id: post.into(),
            posts: [post.parse().unwrap()].into(),
            stands_for: None,
            lent: Vec::new(),
        };
        let context = Context {
            now: now.parse().unwrap(),
            actor: &actor,
            network: &library.network,
            next_case: 2,
            elsewhere: &engine::case::NOWHERE,
            numbering: None,
        };
        decide(matter, &mut case, command, &context).unwrap();
        let clock = &case.clocks()["promised"];
        let of_group = &case.clocks()["both.together"];
        assert_eq!(clock.city(), of_group.city());
        assert_eq!(clock.ledger().due(), of_group.ledger().due());
        let due = engine::clock::civil(clock.ledger().due())
            .date()
            .to_string();
        let task = case.open_tasks().next().map(|(no, _)| no);
        (clock.city().to_owned(), due, task)
    };
    let open = Command::Open {
        id: 1,
        number: "N".into(),
        accepting_city: "442000".into(),
        channel: "window".into(),
        applicant: json!({ "name": "李四", "id_number": "450400195903150017", "phone": "13800000001" }),
        form: json!({}),
        parent: None,
    };
    let (city, due, task) = at("2025-03-26T02:00:00Z", "442000/si/window", &open);
    assert_eq!((city.as_str(), due.as_str()), ("442000", "2025-04-02"));
    let sort = Command::Complete {
        task: task.unwrap(),
        outcome: "改派".into(),
        data: Json::Null,
        reason: None,
        back_to: None,
    };
    let (city, due, task) = at("2025-03-28T02:00:00Z", "442000/si/handler", &sort);
    // 03-31 and 04-01 are 三月三 in 梧州, 04-04 to 04-06 清明.
    assert_eq!((city.as_str(), due.as_str()), ("450400", "2025-04-07"));
    let urge = Command::Urge {
        task: task.unwrap(),
        words: "请办".into(),
    };
    let (city, due, _) = at("2025-03-31T02:00:00Z", "450400/si/handler", &urge);
    assert_eq!((city.as_str(), due.as_str()), ("450400", "2025-04-07"));
}

/// G51: what a post does not need it may not do, whichever door the command comes by.
#[test]
fn g051_a_stranger_reports_nothing_urges_nobody_and_retries_nothing() {
    let library = whole();
    let mut case = opened(library);
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
        let refused = attempt(library, &mut case, "653100/si/handler", command).unwrap_err();
        assert_eq!(refused.code(), "forbidden", "{command:?}");
    }
    assert_eq!(case.seq(), seq);
    act(library, &mut case, "442000/si/handler", &urge);
    act(library, &mut case, "442000/si/handler", &report);
}

/// Files come with a command or not at all: if either is refused, nothing has happened.
#[test]
fn files_and_their_command_happen_together() {
    let library = whole();
    let mut case = opened(library);
    let task = case.open_tasks().next().unwrap().0;
    let hand_in = |material: &str, outcome: &str| Command::HandIn {
        files: vec![File {
            id: "00112233445566778899aabbccddeeff".into(),
            material: material.into(),
            kind: "jpeg".into(),
            size: 9,
            ..File::default()
        }],
        with: Box::new(Command::Complete {
            task,
            outcome: outcome.into(),
            data: json!({}),
            reason: None,
            back_to: None,
        }),
    };
    let seq = case.seq();
    for refused in [hand_in("identity", "不存在"), hand_in("no_such", "齐全")] {
        let error = attempt(library, &mut case, "450400/si/window", &refused).unwrap_err();
        assert_eq!(error.code(), "invalid");
        assert_eq!((case.seq(), case.files().len()), (seq, 0));
    }
    act(
        library,
        &mut case,
        "450400/si/window",
        &hand_in("identity", "齐全"),
    );
    assert_eq!(case.files()[0].material, "identity");
    assert!(!case.open_tasks().any(|(no, _)| no == task));
}

/// G54, A12, A13: whoever decides and whoever confirms are two persons, whichever of them stands for another: a deputy counts as himself
/// and as the one he stands for. Every pair of identities is tried; those that share a person are refused at the second signature.
#[test]
fn g054_no_way_of_standing_for_another_lets_one_person_sign_twice() {
    let more = [("two/matter.yaml", TWO_SIGNATURES)];
    let library = shipped(network, &more, &mut Sources::default());
    let identities: Vec<(&str, Option<&str>)> = ["a", "b", "c"]
        .into_iter()
        .flat_map(|me| [None, Some("a"), Some("b"), Some("c")].map(|other| (me, other)))
        .filter(|(me, other)| *other != Some(*me))
        .collect();
    let mut tried = (0, 0);
    for first in &identities {
        for second in &identities {
            let persons = |(me, other): &(&str, Option<&str>)| -> BTreeSet<String> {
                [Some(*me), *other]
                    .into_iter()
                    .flatten()
                    .map(str::to_owned)
                    .collect()
            };
            let shared = !persons(first).is_disjoint(&persons(second));
            for path in [Path::Proposal, Path::Parties] {
                let done = signed_twice(&library, path, *first, *second);
                assert_eq!(
                    done.is_ok(),
                    !shared,
                    "{path:?}: {first:?} then {second:?}: {done:?}"
                );
                let (fine, refused) = &mut tried;
                *if shared { refused } else { fine } += 1;
            }
        }
    }
    assert!(tried.0 > 0 && tried.1 > 0, "{tried:?}");
}

#[derive(Clone, Copy, Debug)]
enum Path {
    /// One outcome is proposed and confirmed.
    Proposal,
    /// Two steps of two parties that must be two persons.
    Parties,
}

const TWO_SIGNATURES: &str = r#"{
    "matter": "two", "code": "LRQZ", "title": "两人签字", "channels": ["window"], "decides": "handler",
    "parties": {
        "handler": { "title": "经办", "city": "中山", "department": "si", "post": "handler" },
        "reviewer": { "title": "复核", "city": "中山", "department": "si", "post": "reviewer", "not_same_as": "handler" } },
    "steps": [
        { "id": "grant", "title": "决定", "task": "handler", "four_eyes": "handler", "outcomes": { "同意": "next" } },
        { "id": "second_look", "title": "复核", "task": "reviewer", "outcomes": { "同意": "next" } },
        { "end": "completed" }
    ]
}"#;

/// Lets two identities sign one after the other, everybody else being somebody else again.
fn signed_twice(
    library: &Library,
    path: Path,
    first: (&str, Option<&str>),
    second: (&str, Option<&str>),
) -> Result<Vec<Event>, Rejection> {
    let mut case = Case::default();
    let mut sign = |who: (&str, Option<&str>), post: &str, command: &Command| {
        let (id, other) = who;
        let actor = Actor::Person {
            id: id.into(),
            posts: [post.parse().unwrap()].into(),
            stands_for: other.map(|person| Standing {
                person: person.into(),
                matters: Vec::new(),
            }),
            lent: Vec::new(),
        };
        let context = Context {
            now: "2026-03-02T02:00:00Z".parse().unwrap(),
            actor: &actor,
            network: &library.network,
            next_case: 2,
            elsewhere: &engine::case::NOWHERE,
            numbering: None,
        };
        let done = decide(&library.matters["two"], &mut case, command, &context);
        let next = case.open_tasks().map(|(no, _)| no).max();
        done.map(|events| (events, next))
    };
    let complete = |task: Option<TaskNo>, outcome: &str| Command::Complete {
        task: task.unwrap(),
        outcome: outcome.into(),
        data: Json::Null,
        reason: None,
        back_to: None,
    };
    let open = Command::Open {
        id: 1,
        number: "N".into(),
        accepting_city: "442000".into(),
        channel: "window".into(),
        applicant: json!({ "name": "李四", "id_number": "450400195903150017", "phone": "13800000001" }),
        form: json!({}),
        parent: None,
    };
    let (handler, reviewer) = ("442000/si/handler", "442000/si/reviewer");
    let (_, task) = sign(("w", None), "442000/si/window", &open)?;
    let (_, task) = sign(first, handler, &complete(task, "同意"))?;
    match path {
        Path::Proposal => Ok(sign(second, handler, &complete(task, "agreed"))?.0),
        Path::Parties => {
            let (_, task) = sign(("x", None), handler, &complete(task, "agreed"))?;
            Ok(sign(second, reviewer, &complete(task, "同意"))?.0)
        }
    }
}

/// A13: a deputy takes and finishes what the absent one holds, in the matters he stands for him in; it is the absent one's again
/// when he is back, and the record names both.
#[test]
fn a013_a_deputy_does_the_work_of_the_absent_and_both_stand_on_record() {
    let library = whole();
    let mut case = check_materials(library, "容缺受理", None);
    let mut tasks = case.open_tasks().map(|(no, task)| (no, &**task.step()));
    let task = tasks.find(|(_, step)| *step == "records").unwrap().0;
    drop(tasks);
    let post = "442000/si/handler";
    let claim = Command::Claim { task };
    act(library, &mut case, post, &claim);
    let mut as_deputy = |matters: &[&str], command: &Command| {
        let actor = Actor::Person {
            id: "deputy".into(),
            posts: [post.parse().unwrap()].into(),
            stands_for: Some(Standing {
                person: post.into(),
                matters: matters.iter().map(|m| (*m).into()).collect(),
            }),
            lent: Vec::new(),
        };
        let context = Context {
            now: "2026-03-02T02:00:00Z".parse().unwrap(),
            actor: &actor,
            network: &library.network,
            next_case: 2,
            elsewhere: &engine::case::NOWHERE,
            numbering: None,
        };
        decide(
            &library.matters["pension-lump-sum"],
            &mut case,
            command,
            &context,
        )
    };
    let elsewhere = as_deputy(&["pension-transfer-enterprise"], &claim).unwrap_err();
    assert_eq!(elsewhere.code(), "forbidden");
    as_deputy(&["pension-lump-sum"], &Command::Release { task }).unwrap();
    let events = as_deputy(&[], &claim).unwrap();
    assert_eq!(events.len(), 1);
    let holder = |case: &Case| match case.tasks()[&task].state() {
        TaskState::Held { by, .. } => by.to_string(),
        other => panic!("{other:?}"),
    };
    assert_eq!(
        holder(&case),
        post,
        "what a deputy takes is the absent one's"
    );
    act(library, &mut case, post, &Command::Release { task });
}

/// Whoever looks as a post that sees a case whole sees its course; no command of his is taken, not even one that asks for speed.
#[test]
fn an_onlooker_sees_the_outline_and_does_nothing() {
    let library = whole();
    let mut case = opened(library);
    let actor = Actor::Onlooker {
        id: "admin".into(),
        posts: ["450400/si/window".parse().unwrap()].into(),
    };
    let context = Context {
        now: "2026-03-02T02:00:00Z".parse().unwrap(),
        actor: &actor,
        network: &library.network,
        next_case: 2,
        elsewhere: &engine::case::NOWHERE,
        numbering: None,
    };
    let matter = &library.matters["pension-lump-sum"];
    assert_eq!(case.sight(matter, &actor, &context), Sight::Outline);
    let (task, _) = case.open_tasks().next().unwrap();
    let before = case.seq();
    for command in [
        Command::Claim { task },
        Command::Urge {
            task,
            words: "请尽快".into(),
        },
        Command::RenewAccess,
    ] {
        let refused = decide(matter, &mut case, &command, &context);
        assert!(matches!(refused, Err(Rejection::Forbidden { .. })));
    }
    assert_eq!(case.seq(), before);
}
