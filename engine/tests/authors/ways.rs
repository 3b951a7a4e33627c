//! Ways through a matter: joins, circles, what goes on beside the line, what several sign.

use super::{GIVEN, found, library, plays};
use engine::scenario;
use engine::source::Sources;

/// A join asks for `unmet` only where a branch may end otherwise than done.
#[test]
fn a_join_that_cannot_fail_needs_no_unmet() {
    let matter = "steps:
  - id: both
    title: 并联
    join: [a]
    parallel:
      a: { title: 甲, steps: [ { id: a1, title: 甲办, task: handler, outcomes: { 好: next } } ] }
      b: { title: 乙, gives: [不办], steps: [ { id: b1, title: 乙办, task: finance, outcomes: { 好: next, 不好: { leave: 不办 } } } ] }
  - { end: completed }
";
    assert_eq!(found(matter, &[]), []);
    let other = matter.replace("join: [a]", "join: [b]");
    assert_eq!(found(&other, &[]), [("E0224".into(), "both".into())]);
}

/// The end right after what goes on beside the line counts as walked; what goes on beside it may need what comes after it.
#[test]
fn what_goes_on_beside_the_line_hides_no_end_and_makes_no_circle() {
    let matter = "steps:
  - id: later
    title: 后续
    beside: true
    needs: [办好了]
    outcomes: { done: next, missed: next }
    steps: [ { id: file, title: 归档, task: handler, outcomes: { 归档: next } } ]
  - { id: work, title: 办理, task: handler, outcomes: { 办好: { go: next, marks: 办好了 } } }
  - { id: also, title: 另办, beside: true, task: finance, outcomes: { 办好: next } }
  - { end: completed }
";
    assert_eq!(found(matter, &[]), []);
    let mut sources = Sources::default();
    let library = library(matter, &[], &mut sources);
    let small = &library.matters["small"];
    let text = format!(
        "{GIVEN}  - {{ by: 中山/handler, do: work.办好 }}\nthen: {{ status: completed, open: [file, also] }}\n"
    );
    let (read, _) = scenario::read(&mut sources, "small.test.yaml", &text);
    let played = scenario::play(&library, small, &read.unwrap());
    assert!(played.failed.is_empty(), "{:?}", played.failed);
    let end = scenario::spots(small).into_iter().find(|s| {
        let line = &sources.file(s.span).unwrap().text[s.span.start as usize..];
        line.starts_with("end") || line.starts_with("{ end")
    });
    assert!(played.walked.has(&end.unwrap()));
}

/// A circle whose every way round takes a person is none, though a way out of it takes nobody.
#[test]
fn a_circle_that_waits_is_none() {
    let matter = "steps:
  - id: turn
    title: 一轮
    gives: [够了]
    steps:
      - { id: enough, title: 够不够, choice: [ { if: =count(work) >= 3, leave: 够了 }, { else: work } ] }
      - { id: work, title: 办理, task: handler, outcomes: { 办好: next } }
    outcomes: { done: { go: turn }, 够了: next }
  - { end: completed }
";
    assert_eq!(found(matter, &[]), []);
    let quick = matter.replace("够了: next }", "够了: { go: turn } }");
    assert!(found(&quick, &[]).iter().any(|(code, _)| code == "E0223"));
}

const OPINIONS: &str = "steps:
  - id: opinions
    title: 会签
    parallel:
      first: { title: 经办意见, steps: [ { id: first_says, title: 经办意见, task: handler, outcomes: { 同意: next, 不同意: { leave: 不同意, reason: ask } } } ] }
      second: { title: 财务意见, steps: [ { id: second_says, title: 财务意见, task: finance, outcomes: { 同意: next, 不同意: { leave: 不同意, reason: ask } } } ] }
    outcomes: { done: { end: completed }, 不同意: { end: refused, reason: R04 } }
";

/// 会签 needs no key of its own: all must agree, and one refusal decides and stops the rest.
#[test]
fn what_several_sign_is_branches_that_may_leave() {
    let agreed = "  - { by: 中山/finance, do: second_says.同意 }
  - { expect: { open: [opinions.first.first_says] } }
  - { by: 中山/handler, do: first_says.同意 }
then: { status: completed, closed: true }
";
    plays(OPINIONS, &[], agreed);
    let refused = "  - { by: 中山/finance, do: second_says.不同意, reason: 没有预算 }
then: { status: refused, closed: true, open: [] }
";
    plays(OPINIONS, &[], refused);
}

/// Checks in any order but one at a time: branches whose steps only one may be in, for this case alone.
#[test]
fn one_at_a_time_is_a_turn_of_the_case_itself() {
    let matter = "steps:
  - id: checks
    title: 各项核对
    parallel:
      first: { title: 甲, steps: [ { id: one, title: 甲项, alone: =case.number, steps: [ { id: look, title: 看甲, task: handler, outcomes: { 好: next } } ] } ] }
      second: { title: 乙, steps: [ { id: two, title: 乙项, alone: =case.number, steps: [ { id: see, title: 看乙, task: finance, outcomes: { 好: next } } ] } ] }
    then: { end: completed }
";
    let lines = "  - { expect: { open: [checks.first.one.look] } }
  - { by: 中山/handler, do: look.好 }
  - { expect: { open: [checks.second.two.see] } }
  - { by: 中山/finance, do: see.好 }
then: { status: completed, closed: true }
";
    plays(matter, &[], lines);
}
