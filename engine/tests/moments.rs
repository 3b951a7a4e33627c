//! Moments of a limit that set something off: hours left of working days, and the limit of a step in a shared block after a pause.

use crate::shipped::{network, shipped};
use engine::case::{Actor, Case, Command, Context, decide};
use engine::library::Library;
use engine::scenario;
use engine::source::Sources;
use engine::text::Lang;
use serde_json::json;

/// Five working days for a look, in a shared block; `at` is when the matter is to be told of it.
fn timed(at: &str, sources: &mut Sources) -> Library {
    let block = "block: glance\ntitle: 看一看\ntakes: { who: party }\ngives: [看过]\nsteps:\n  - { id: check, title: 核对, task: who, limit: 5wd, outcomes: { 看过: { leave: 看过 } } }\n";
    let matter = format!(
        r#"
matter: timed
title: 有期限
code: YQX
decides: handler
parties:
  handler: {{ title: 经办, city: 中山, department: si, post: handler }}
  leader:  {{ title: 负责人, city: 中山, department: si, post: lead }}
steps:
  - {{ id: first, use: glance, with: {{ who: handler }}, outcomes: {{ 看过: next }} }}
  - {{ end: completed }}
events:
  nudge: {{ limit: first.check, at: {at}, steps: [ {{ id: nudged, title: 催一催, task: leader, outcomes: {{ 好: next }} }} ] }}
  rest:  {{ by: handler, pauses: [first.check], steps: [ {{ id: resting, title: 等材料, task: leader, outcomes: {{ 好: next }} }} ] }}
"#
    );
    let more = [
        ("timed/matter.yaml", &*matter),
        ("shared/glance.yaml", block),
    ];
    let library = shipped(network, &more, sources);
    let found = library.found.iter().map(|d| d.render(sources, Lang::Zh));
    assert_eq!(found.collect::<String>(), "");
    library
}

fn plays(at: &str, lines: &str) {
    let mut sources = Sources::default();
    let library = timed(at, &mut sources);
    let text = format!(
        "scenario: 时刻\ngiven: {{ now: 2026-03-02 09:10, accepting_city: 中山, applicant: {{ name: 李四, id_number: \"450400195903150017\" }} }}\nwhen:\n{lines}"
    );
    let (read, found) = scenario::read(&mut sources, "moment.test.yaml", &text);
    let matter = &library.matters["timed"];
    let read = read.unwrap();
    let found = found
        .into_iter()
        .chain(scenario::check(&read, matter, &library));
    let found: String = found.map(|d| d.render(&sources, Lang::Zh)).collect();
    assert_eq!(found, "");
    let failed = scenario::play(&library, matter, &read).failed;
    let failed: Vec<_> = failed
        .iter()
        .map(|f| (sources.position(f.span).line, &f.expected.zh, &f.got.zh))
        .collect();
    assert!(failed.is_empty(), "{failed:?}");
}

/// Five working days from Monday 2 March end on Monday 9 March at 17:00; of its six hours (09:00–12:00, 14:00–17:00) four are left at 11:00.
#[test]
fn four_hours_left_of_working_days_are_the_last_four_office_hours() {
    plays(
        "4h left",
        "  - { at: 2026-03-09 10:59, expect: { open: [first.check] } }\n  - { at: 2026-03-09 11:01, expect: { open: [first.check, nudged] } }\n",
    );
    plays(
        "90m left",
        "  - { at: 2026-03-09 15:29, expect: { open: [first.check] } }\n  - { at: 2026-03-09 15:31, expect: { open: [first.check, nudged] } }\n",
    );
}

/// The limit of a step in a shared block goes by its whole name also once it has stood still.
#[test]
fn the_limit_of_a_block_sets_off_its_event_after_a_pause() {
    plays(
        "80%",
        "  - { at: 2026-03-03 10:00, by: 中山/si/handler, act: rest }\n  - { at: 2026-03-04 10:00, by: 中山/si/lead, do: resting.好 }\n  - { at: 2026-03-20 10:00, expect: { open: [first.check, nudged] } }\n",
    );
}

/// G82: a step that comes round and round is done a thousand times and no more; then an administrator must look.
#[test]
fn a_step_is_done_a_thousand_times_and_no_more() {
    let again = |times: usize| "  - { by: 中山/si/handler, do: look.再看 }\n".repeat(times);
    let text = r#"
matter: round
title: 反复
code: FF
decides: handler
parties:
  handler: { title: 经办, city: 中山, department: si, post: handler }
steps:
  - { id: look, title: 看, task: handler, outcomes: { 再看: look, 好: next } }
  - { end: completed }
"#;
    let mut sources = Sources::default();
    let library = shipped(network, &[("round/matter.yaml", text)], &mut sources);
    assert!(library.matters.contains_key("round"));
    let plays = |lines: &str| {
        let text = format!(
            "scenario: 反复\ngiven: {{ now: 2026-03-02 09:10, accepting_city: 中山, applicant: {{ name: 李四, id_number: \"450400195903150017\" }} }}\nwhen:\n{lines}"
        );
        let (read, _) = scenario::read(&mut Sources::default(), "round.test.yaml", &text);
        scenario::play(&library, &library.matters["round"], &read.unwrap())
            .failed
            .len()
    };
    let last = again(999)
        + "  - { by: 中山/si/handler, do: look.好 }\n  - { expect: { status: completed } }\n";
    assert_eq!(plays(&last), 0);
    let more = again(1_000) + "  - { expect: { status: fault } }\n";
    assert_eq!(plays(&more), 0);
}

/// A limit of a group is not taken for that of a group whose name ends alike: each counts where its own party sits.
#[test]
fn groups_with_names_that_end_alike_count_in_their_own_cities() {
    let text = r#"{
        "matter": "alike", "title": "相似", "code": "XS", "decides": "here",
        "parties": {
            "here": { "title": "中山", "city": "=first_of(place.to, \"中山\")", "department": "si", "post": "handler" },
            "away": { "title": "喀什", "city": "喀什", "department": "si", "post": "handler" }
        },
        "steps": [
            { "id": "place", "title": "分派", "set": { "to": "中山" } },
            { "id": "both", "title": "并联", "parallel": {
                "a": { "title": "甲", "steps": [ { "id": "legs", "title": "本地", "limits": { "办理": { "limit": "5wd", "calendar": "here" } },
                    "parallel": { "c": { "title": "丙", "steps": [ { "id": "one", "title": "一", "task": "here", "outcomes": { "好": "next" } } ] } } } ] },
                "b": { "title": "乙", "steps": [ { "id": "out_legs", "title": "外地", "limits": { "办理": { "limit": "5wd", "calendar": "away" } },
                    "parallel": { "d": { "title": "丁", "steps": [ { "id": "two", "title": "二", "task": "away", "outcomes": { "好": "next" } } ] } } } ] } } },
            { "end": "completed" }
        ]
    }"#;
    let mut sources = Sources::default();
    let library = shipped(network, &[("alike/matter.yaml", text)], &mut sources);
    let found = library.found.iter().map(|d| d.render(&sources, Lang::Zh));
    assert_eq!(found.collect::<String>(), "");
    let actor = Actor::Person {
        id: "w".into(),
        posts: ["442000/si/window".parse().unwrap()].into(),
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
    let open = Command::Open {
        id: 1,
        number: "N".into(),
        accepting_city: "442000".into(),
        channel: "window".into(),
        applicant: json!({ "name": "李四", "id_number": "450400195903150017", "phone": "13800000001" }),
        form: json!({}),
        parent: None,
    };
    let mut case = Case::default();
    decide(&library.matters["alike"], &mut case, &open, &context).unwrap();
    assert_eq!(case.clocks()["legs.办理"].city(), "442000");
    assert_eq!(case.clocks()["out_legs.办理"].city(), "653100");
}
