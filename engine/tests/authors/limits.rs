//! Limits: from when they count, what they set off and where, what makes them stand still or longer.

use super::{found, plays};

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

/// A limit that passes in one item sets off the event of its name there, not in the items whose limit of the same name still runs.
#[test]
fn a_limit_of_one_item_sets_off_the_event_of_that_item_alone() {
    let matter = "steps:
  - id: legs
    title: 各地
    for_each: =list(\"中山\", \"遵义\")
    as: place
    key: =place
    gives: [逾期]
    limits: { leg: { limit: 5wd, starts: look.opened, stops: look } }
    events: { 到期: { limit: leg, at: overdue, leave: 逾期 } }
    steps:
      - { id: send, title: 发出, task: handler, outcomes: { 好: next } }
      - { id: look, title: 查, task: handler, outcomes: { 好: next } }
    outcomes: { done: next, unmet: next }
  - { id: file, title: 归档, task: handler, outcomes: { 好: { end: completed } } }
";
    plays(
        matter,
        &[],
        "  - { by: 中山/handler, do: legs.中山.send.好 }
  - { after: 3wd, by: 中山/handler, do: legs.遵义.send.好 }
  - { at: 2026-03-10 09:00 }
  - expect: { open: [legs.遵义.look], clocks: { legs.遵义.leg: { level: normal } } }
  - { by: 中山/handler, do: legs.遵义.look.好 }
  - { by: 中山/handler, do: file.好 }
then: { status: completed }
",
    );
}

/// The paper of a pause is issued when clocks come to stand still, whether a step or an event makes them.
#[test]
fn a_pause_issues_its_paper() {
    let matter = "limits: { promised: { limit: 5wd, starts: received, stops: work } }
steps:
  - { id: ask, title: 问询, task: handler, pauses: { limits: [promised], paper: suspension }, outcomes: { 答复: next } }
  - { id: work, title: 办理, task: handler, outcomes: { 办好: next } }
  - { end: completed }
events:
  suspend: { by: handler, pauses: { limits: all, paper: suspension }, reason: ask }
  resume: { by: handler, reason: ask }
";
    plays(
        matter,
        &[],
        "  - expect: { papers: [receipt, suspension] }
  - { by: 中山/handler, do: ask.答复 }
  - { by: 中山/handler, act: suspend, reason: 待查 }
then: { papers: [receipt, suspension, suspension] }
",
    );
}

/// The own limit of a letter may stand still while a step inside waits; a name that would do nothing is found.
#[test]
fn a_step_inside_a_letter_pauses_the_limit_of_the_letter() {
    let matter = "steps:
  - id: letter
    title: 外地办理
    handoff: other
    limit: 2wd
    steps:
      - { id: reply, title: 等单位, wait: { message: police-match, key: =case.number }, pauses: [letter], limit: 30d, outcomes: { done: next, overdue: next } }
      - { id: sign, title: 出具, task: other, outcomes: { 出具: next } }
    outcomes: { done: next, refused: next }
  - { id: work, title: 办理, task: handler, limit: 1wd, outcomes: { 办好: next } }
  - { end: completed }
events: { withdraw: { by: applicant, end: withdrawn } }
";
    plays(
        matter,
        &[],
        "  - { by: 遵义/handler, receive: letter }
  - expect: { clocks: { letter: paused } }
  - { after: 31d }
then: { open: [sign], clocks: { letter: normal } }
",
    );
    let nothing = matter.replace("pauses: [letter]", "pauses: [work]");
    assert_eq!(found(&nothing, &[]), [("E0303".into(), "work".into())]);
}

/// §7: an event makes every limit in its region stand still: those of the steps, of branches and of each item, not only those around.
#[test]
fn an_event_pauses_the_limits_of_items_and_branches_in_its_region() {
    let matter = "limits: { whole: { limit: 20wd, starts: received, stops: file } }
steps:
  - id: parts
    title: 各部分
    parallel:
      one:
        title: 甲
        steps:
          - id: each
            title: 各城市
            for_each: =list(\"中山\", \"遵义\")
            as: place
            key: =place
            limits: { leg: { limit: 10wd, starts: look.opened, stops: look } }
            steps:
              - { id: look, title: 看, task: handler, outcomes: { 好: next } }
      two:
        title: 乙
        steps:
          - id: group
            title: 一组
            limits: { both: { limit: 10wd, starts: group.opened, stops: see } }
            steps:
              - { id: see, title: 查, task: finance, limit: 5wd, outcomes: { 好: next } }
    events:
      协查:
        by: handler
        pauses: all
        steps:
          - { id: ask, title: 问, task: handler, outcomes: { 答: next } }
  - { id: file, title: 归档, task: handler, outcomes: { 好: { end: completed } } }
";
    let all = |level: &str| {
        let names = [
            "whole",
            "each.中山.leg",
            "each.遵义.leg",
            "group.both",
            "see",
        ];
        let one = |name: &&str| format!("\"{name}\": {level}");
        names.iter().map(one).collect::<Vec<_>>().join(", ")
    };
    let lines = format!(
        "  - {{ by: 中山/handler, act: parts.协查 }}
  - {{ expect: {{ clocks: {{ {} }} }} }}
  - {{ after: 3wd, by: 中山/handler, do: ask.答 }}
  - {{ expect: {{ clocks: {{ {} }} }} }}
",
        all("paused"),
        all("normal"),
    );
    plays(matter, &[], &lines);
}

/// A limit of a group is extended by so much as a parameter says; nothing but the limit itself declares the act.
#[test]
fn a_limit_is_extended_by_a_parameter() {
    let matter = "steps:
  - id: group
    title: 一段
    limits: { 办理: { limit: 5wd, starts: group.opened, stops: work, extend: { by: handler, add: =parameters.joint_check_answer, before: expiry } } }
    steps: [ { id: work, title: 办理, task: handler, outcomes: { 办好: next } } ]
  - { end: completed }
";
    // Five working days after 03-02 and five more, as `joint_check_answer` says.
    plays(
        matter,
        &[],
        "  - { by: 中山/handler, act: extend, data: { limit: 办理 }, reason: 待查 }
  - { by: 中山/handler, act: extend, data: { limit: group.办理 }, reason: 待查, refused: state-not-allowed }
then: { clocks: { group.办理: { due: 2026-03-16 17:00 } } }
",
    );
}

/// What may come later has the time a parameter gives it.
#[test]
fn a_promise_lasts_as_a_parameter_says() {
    let matter = "materials:
  proof: { title: 证明, from: [upload], promise: =parameters.supplement }
steps:
  - { id: check, title: 核对, task: handler, form: completeness, outcomes: { 受理: { go: next, marks: accepted } } }
  - { id: wait_for, title: 等补齐, set: { within: \"=for m in materials.promised return m.within\" } }
  - { id: work, title: 办理, task: handler, outcomes: { 办好: next } }
  - { end: completed }
";
    plays(
        matter,
        &[],
        "  - { by: 中山/handler, do: check.受理, data: { missing: [proof] } }
then: { data: { wait_for.within: '[\"15wd\"]' } }
",
    );
}
