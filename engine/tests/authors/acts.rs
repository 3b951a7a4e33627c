//! What may happen at any time: acts and events, messages and answers, what is undone and what comes late.

use super::plays;

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
  - { by: applicant, act: group.withdraw, refused: state-not-allowed }
  - { by: applicant, act: withdraw }
then: { status: withdrawn }
",
    );
}

/// A message finds its wait by a value of the case; another system answers a call, or fails to.
#[test]
fn messages_and_calls_are_answered_in_scenarios() {
    let matter = "steps:
  - { id: letter, title: 发函, set: { no: '=\"F-\" + case.number' } }
  - { id: money, title: 到账, wait: { message: fund-arrived, key: =letter.no } }
  - { id: ask, title: 查档, call: archive, send: { number: =case.number }, form: archive-answer, outcomes: { done: next, failed: ask_again } }
  - { id: work, title: 办理, task: handler, outcomes: { 办好: next } }
  - { end: completed }
  - { id: ask_again, title: 再查, task: handler, outcomes: { 再查: ask } }
events: { withdraw: { by: applicant, end: withdrawn } }
";
    let form = r#"{ "type": "object", "additionalProperties": false, "required": ["found"], "properties": { "found": { "type": "boolean", "title": "查到" } } }"#;
    plays(
        matter,
        &[("forms/archive-answer.schema.json", form)],
        "  - { message: fund-arrived, key: =letter.no }
  - { by: archive, do: ask.failed }
  - { by: 中山/handler, do: ask_again.再查 }
  - { by: archive, do: ask.done, data: {}, refused: invalid }
  - { by: archive, do: ask.done, data: { found: true } }
then: { open: [work], data: { ask.found: true } }
",
    );
}

/// Letters are undone in the reverse order in which they were sent, whether answered or still under way.
#[test]
fn letters_are_undone_the_last_sent_first() {
    let matter = "steps:
  - id: both
    title: 并联
    parallel:
      a:
        title: 甲
        steps:
          - { id: first, title: 先备, task: handler, outcomes: { 备好: next } }
          - { id: letter_a, title: 发甲, handoff: other, undo: { paper: extension }, outcomes: { done: next, refused: next } }
      b:
        title: 乙
        steps: [ { id: letter_b, title: 发乙, handoff: other, undo: { paper: heirs, to: other }, outcomes: { done: next, refused: next } } ]
      c:
        title: 丙
        steps:
          - { id: second, title: 后备, task: handler, outcomes: { 备好: next } }
          - { id: letter_c, title: 发丙, handoff: other, undo: { paper: suspension }, outcomes: { done: next, refused: next } }
  - { end: completed }
events: { withdraw: { by: applicant, undo: true, end: withdrawn } }
";
    plays(
        matter,
        &[],
        "  - { by: 中山/handler, do: second.备好 }
  - { by: 中山/handler, do: first.备好 }
  - { by: 遵义/handler, receive: letter_b }
  - { by: 遵义/handler, answer: letter_b }
  - { by: applicant, act: withdraw }
then: { status: withdrawn, papers: [receipt, extension, suspension, heirs] }
",
    );
}

/// An act of an item that has ended is refused with what became of it, one of an item that never was is not known.
#[test]
fn an_act_of_what_has_ended_is_not_possible_any_more() {
    let matter = "steps:
  - id: legs
    title: 各地
    for_each: =list(\"a\", \"b\")
    as: leg
    key: =leg
    gives: [已撤]
    events: { 撤本段: { by: applicant, leave: 已撤 } }
    steps: [ { id: work, title: 办理, task: handler, outcomes: { 办好: next } } ]
  - { id: after, title: 善后, task: handler, outcomes: { 办好: next } }
  - { end: completed }
events: { 撤回: { by: applicant, end: withdrawn } }
";
    plays(
        matter,
        &[],
        "  - { by: applicant, act: legs.a.撤本段 }
  - { by: applicant, act: legs.a.撤本段, refused: state-not-allowed }
  - { by: applicant, act: legs.c.撤本段, refused: not-found }
  - { by: 中山/handler, do: legs.b.work.办好 }
  - { by: applicant, act: legs.b.撤本段, refused: state-not-allowed }
  - { by: 中山/handler, do: after.办好 }
  - { by: applicant, act: 撤回, refused: state-not-allowed }
then: { status: completed }
",
    );
}

/// §6.3, G34: what comes when nobody waits for it any more is on record and changes nothing, also once the case is closed.
#[test]
fn g034_what_comes_late_is_recorded_without_effect() {
    let matter = "steps:
  - id: both
    title: 并联
    parallel:
      a:
        title: 甲
        steps: [ { id: letter, title: 发函, handoff: other, form: answer, outcomes: { done: next, refused: next } } ]
      b:
        title: 乙
        steps: [ { id: money, title: 到账, wait: { message: fund-arrived, key: =case.number } } ]
    join: any
  - { id: work, title: 办理, task: handler, outcomes: { 办好: next } }
  - { end: completed }
events: { withdraw: { by: applicant, end: withdrawn } }
";
    let form = r#"{ "type": "object", "additionalProperties": false, "required": ["found"], "properties": { "found": { "type": "boolean", "title": "查到" } } }"#;
    let told = plays(
        matter,
        &[("forms/answer.schema.json", form)],
        "  - { by: 遵义/handler, receive: letter }
  - { message: fund-arrived, key: =case.number }
  - { by: 中山/handler, answer: letter, refused: forbidden }
  - { by: 遵义/handler, answer: letter, data: { found: true } }
  - expect: { open: [work] }
  - { by: applicant, act: withdraw }
  - { by: 遵义/handler, answer: letter, data: { found: true } }
  - { message: fund-arrived, key: =case.number }
  - { by: 中山/handler, do: work.办好, refused: state-not-allowed }
then: { status: withdrawn, closed: true }
",
    );
    let late = told.iter().filter(|words| words.starts_with("迟到的"));
    assert_eq!(late.count(), 3, "{told:?}");
}
