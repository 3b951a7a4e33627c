//! What authors of matters may rely on: small matters, each with a scenario that plays it or the finding it gives.

#![allow(missing_docs, clippy::unwrap_used)]

mod shipped;

use engine::library::Library;
use engine::picture;
use engine::scenario;
use engine::source::Sources;
use engine::text::Lang;
use shipped::shipped_with;

const HEAD: &str = "matter: small
title: { zh: 小事项, en: A small matter }
code: XSX
decides: handler
parties:
  handler: { title: 经办, city: 中山, department: si, post: handler }
  finance: { title: 财务, city: 中山, department: si, post: finance }
  other: { title: 对方经办, city: 遵义, department: si, post: handler }
";

const GIVEN: &str = "scenario: 小
given:
  now: 2026-03-02 09:10
  accepting_city: 中山
  applicant: { name: 王五, id_number: \"110101198001010010\", phone: \"13800000002\" }
when:
";

/// A matter of these lines with files of its own, behind parties and title.
fn library(matter: &str, files: &[(&str, &str)], sources: &mut Sources) -> Library {
    let text = format!("{HEAD}{matter}");
    let named: Vec<(String, &str)> = files
        .iter()
        .map(|(path, text)| (format!("small/{path}"), *text))
        .collect();
    let mut all = vec![("small/matter.yaml", text.as_str())];
    all.extend(named.iter().map(|(path, text)| (path.as_str(), *text)));
    shipped_with(&all, sources)
}

/// The codes of what is found about a matter and the text each stands at.
fn found(matter: &str, files: &[(&str, &str)]) -> Vec<(String, String)> {
    let mut sources = Sources::default();
    let library = library(matter, files, &mut sources);
    let own = library.found.iter().filter(|d| {
        sources
            .file(d.span)
            .is_some_and(|f| f.path.starts_with("small/"))
    });
    let place = |d: &engine::diagnostic::Diagnostic| {
        let text = &sources.file(d.span).unwrap().text;
        text[d.span.start as usize..d.span.end as usize].to_owned()
    };
    own.map(|d| (d.code.to_owned(), place(d))).collect()
}

/// Checks a matter and plays lines of a scenario and what they lead to; both must be without a fault.
fn plays(matter: &str, files: &[(&str, &str)], lines: &str) {
    let mut sources = Sources::default();
    let library = library(matter, files, &mut sources);
    let shown: String = library
        .found
        .iter()
        .map(|d| d.render(&sources, Lang::Zh))
        .collect();
    assert!(library.matters.contains_key("small"), "{shown}");
    let small = &library.matters["small"];
    let text = format!("{GIVEN}{lines}");
    let (read, mut wrong) = scenario::read(&mut sources, "small.test.yaml", &text);
    if let Some(read) = &read {
        wrong.extend(scenario::check(read, small, &library));
    }
    let shown: String = wrong.iter().map(|d| d.render(&sources, Lang::Zh)).collect();
    assert!(wrong.is_empty(), "{shown}");
    let played = scenario::play(&library, small, &read.unwrap());
    for f in &played.failed {
        for told in &played.story {
            println!("    {} {}", told.at, told.words.zh);
        }
        panic!(
            "{}: 期望 {}，实际 {} {:?}",
            f.about, f.expected.zh, f.got.zh, f.why
        );
    }
}

/// §6.7: an act is not offered once a final mark lies in its region; a mark elsewhere stops nothing.
#[test]
fn a_final_mark_holds_only_where_it_lies() {
    let matter = "final: paid
steps:
  - { id: pay, title: 支付, task: finance, outcomes: { 已支付: { go: next, marks: paid } } }
  - id: care
    title: 后续
    beside: true
    gives: [停止]
    outcomes: { done: next, 停止: next }
    events:
      stop: { by: handler, leave: 停止 }
    steps:
      - { id: visit, title: 回访, task: handler, outcomes: { 已访: next } }
      - { id: close, title: 归档, task: handler, outcomes: { 归档: next, 再访: { back_to: visit } } }
  - { id: sign, title: 签收, task: handler, outcomes: { 签收: next, 退回: { back_to: pay } } }
  - { end: completed }
events:
  withdraw: { by: applicant, end: withdrawn }
";
    plays(
        matter,
        &[],
        "  - { by: 中山/finance, do: pay.已支付 }
  - { by: applicant, act: withdraw, refused: state-not-allowed }
  - { by: 中山/handler, do: visit.已访 }
  - { by: 中山/handler, do: close.再访, reason: 漏访 }
  - { by: 中山/handler, do: sign.退回, reason: 有误, refused: state-not-allowed }
  - { by: 中山/handler, do: sign.签收 }
  - expect: { open: [visit], status: completed }
  - { by: 中山/handler, act: stop }
then: { open: [], closed: true }
",
    );
}

/// A final mark set in one branch keeps that branch and what is around it, not its sister.
#[test]
fn a_branch_past_the_final_mark_runs_on_and_its_sister_may_stop() {
    let matter = "final: paid
steps:
  - id: both
    title: 并联
    gives: [不办]
    parallel:
      money:
        title: 资金
        gives: [撤销]
        events: { 撤资金: { by: applicant, leave: 撤销 } }
        steps:
          - { id: pay, title: 支付, task: finance, outcomes: { 已支付: { go: next, marks: paid } } }
          - { id: book, title: 记账, task: finance, outcomes: { 已记账: next } }
      papers:
        title: 材料
        gives: [撤销]
        events: { 撤材料: { by: applicant, leave: 撤销 } }
        steps: [ { id: file, title: 归档, task: handler, outcomes: { 归档: next } } ]
    join: any
    counts: [撤销]
    outcomes: { done: next, unmet: next }
  - { end: completed }
";
    let matter = &matter.replace("    gives: [不办]\n", "");
    plays(
        matter,
        &[],
        "  - { by: 中山/finance, do: pay.已支付 }
  - { by: applicant, act: 撤资金, refused: state-not-allowed }
  - { by: applicant, act: 撤材料 }
  - expect: { open: [book], status: completed }
  - { by: 中山/finance, do: book.已记账 }
then: { open: [], closed: true }
",
    );
}

/// §6.7: of two events of one name the innermost handles it; an address says which.
#[test]
fn the_innermost_event_of_a_name_handles_it() {
    let matter = "steps:
  - id: group
    title: 一段
    gives: [撤回本段]
    events:
      withdraw: { by: applicant, leave: 撤回本段 }
      死亡: { message: death-match, key: =applicant.id_number, leave: 撤回本段 }
    steps:
      - { id: work, title: 办理, task: handler, outcomes: { 办好: next } }
    outcomes: { done: next, 撤回本段: next }
  - { id: after, title: 善后, task: handler, outcomes: { 办好: next, 重来: group } }
  - { end: completed }
events:
  withdraw: { by: applicant, end: withdrawn }
  死亡: { message: death-match, key: =applicant.id_number, end: closed }
";
    plays(
        matter,
        &[],
        "  - { by: applicant, act: withdraw }
  - expect: { open: [after] }
  - { by: 中山/handler, do: after.重来 }
  - { by: applicant, act: group.withdraw }
  - expect: { open: [after] }
  - { by: 中山/handler, do: after.重来 }
  - { message: death-match, key: \"110101198001010010\" }
  - expect: { open: [after] }
  - { by: applicant, act: group.withdraw, refused: not-found }
  - { by: applicant, act: withdraw }
then: { status: withdrawn }
",
    );
}

/// A limit of a group counts from the moment it names, also when that is the opening of the group or has come before.
#[test]
fn a_limit_counts_from_a_moment_that_came_with_or_before_its_region() {
    let matter = "steps:
  - { id: first, title: 收件, task: handler, outcomes: { 受理: { go: next, marks: accepted } } }
  - { id: second, title: 初审, task: handler, outcomes: { 通过: next } }
  - id: group
    title: 一段
    limits:
      自开始: { limit: 5wd, starts: group.opened, stops: work }
      自受理: { limit: 5wd, starts: accepted, stops: work }
      自收件: { limit: 5wd, starts: first, stops: work }
    steps:
      - { id: work, title: 办理, task: handler, outcomes: { 办好: next } }
  - id: both
    title: 并联
    limits: { 并联: { limit: 5wd, starts: both.opened } }
    parallel:
      a: { title: 甲, steps: [ { id: a1, title: 甲办, task: handler, outcomes: { 办好: next } } ] }
      b: { title: 乙, steps: [ { id: b1, title: 乙办, task: handler, outcomes: { 办好: next } } ] }
  - { end: completed }
";
    // 03-02 is a Monday: five working days on is 03-09, from 03-04 it is 03-11.
    plays(
        matter,
        &[],
        "  - { by: 中山/handler, do: first.受理 }
  - { at: 2026-03-04 10:00, by: 中山/handler, do: second.通过 }
  - expect: { clocks: { group.自开始: { due: 2026-03-11 17:00 }, group.自受理: { due: 2026-03-09 17:00 }, group.自收件: { due: 2026-03-09 17:00 } } }
  - { by: 中山/handler, do: work.办好 }
  - expect: { clocks: { both.并联: { due: 2026-03-11 17:00 } } }
then: { open: [a1, b1] }
",
    );
}

/// A limit that was over before its region opened sets off at once what it should have.
#[test]
fn a_limit_that_is_over_when_its_region_opens_tells_so() {
    let matter = "steps:
  - { id: first, title: 收件, task: handler, outcomes: { 受理: { go: next, marks: accepted } } }
  - { id: second, title: 初审, task: handler, outcomes: { 通过: next } }
  - id: group
    title: 一段
    limits: { 自受理: { limit: 1wd, kind: statutory, starts: accepted, stops: work } }
    events: { 超期: { limit: 自受理, at: overdue, steps: [ { id: look, title: 查看, task: finance, outcomes: { 已看: next } } ] } }
    steps: [ { id: work, title: 办理, task: handler, outcomes: { 办好: next } } ]
  - { end: completed }
";
    plays(
        matter,
        &[],
        "  - { by: 中山/handler, do: first.受理 }
  - { at: 2026-03-04 10:00, by: 中山/handler, do: second.通过 }
  - { after: 1m }
  - expect: { open: [work, look], clocks: { group.自受理: { due: 2026-03-03 17:00, level: red } } }
then: { open: [work, look] }
",
    );
}
