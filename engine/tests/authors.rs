//! What authors of matters may rely on: small matters, each with a scenario that plays it or the finding it gives.

use crate::shipped::{around, shipped};
use engine::case::{Actor, Case, Command, Context, decide};
use engine::library::Library;
use engine::scenario;
use engine::source::Sources;
use engine::text::Lang;

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
    shipped(around, &all, sources)
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

/// Checks a matter and plays lines of a scenario and what they lead to; both must be without a fault. Answers what is told of it.
fn plays(matter: &str, files: &[(&str, &str)], lines: &str) -> Vec<String> {
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
    if let Some(f) = played.failed.first() {
        for told in &played.story {
            println!("    {} {}", told.at, told.words.zh);
        }
        panic!(
            "{}: 期望 {}，实际 {} {:?}",
            f.about, f.expected.zh, f.got.zh, f.why
        );
    }
    let told = played.story.into_iter();
    told.map(|told| told.words.zh).collect()
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
  - { by: applicant, act: group.withdraw, refused: state-not-allowed }
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

/// Months and days are added to an instant by the calendar of Beijing; days of a month, and working days from any day.
#[test]
fn dates_are_reckoned_from_instants_months_and_days() {
    let matter = "steps:
  - id: days
    title: 日子
    set:
      next: =received + months(1)
      before: =received - days(2)
      day: =date(received)
      first: '=first_day(month(\"2026-02\"))'
      last: =last_day(today)
      later: '=date(\"2026-02-13\") + workdays(3, \"中山\", date(\"2026-02-13\"))'
  - { id: work, title: 办理, task: handler, outcomes: { 办好: next } }
  - { end: completed }
";
    // 2026-02-15 to 02-23 is the spring festival: after Friday the 13th come Saturday the 14th, a day of work, the 24th and the 25th.
    plays(
        matter,
        &[],
        "  - { after: 1m }
then: { data: { days.next: \"2026-04-02T01:10:00Z\", days.before: \"2026-02-28T01:10:00Z\", days.day: 2026-03-02,
  days.first: 2026-02-01, days.last: 2026-03-31, days.later: 2026-02-25 } }
",
    );
}

/// An input that is left out is nothing, even where a step of that name has a value.
#[test]
fn an_input_left_out_takes_no_value_of_a_step() {
    let table = "table: t
title: 表
hit: first
inputs: { amount: { type: integer, optional: true } }
outputs: { result: [none, some] }
rules: |
  amount      | result
  =has(amount) | some
  -           | none
";
    let matter = "steps:
  - { id: amount, title: 金额, set: { value: =5 } }
  - { id: rule, title: 判定, decide: t, input: {} }
  - { id: work, title: 办理, task: handler, outcomes: { 办好: next } }
  - { end: completed }
";
    plays(
        matter,
        &[("tables/t.yaml", table)],
        "  - { after: 1m }
then: { data: { rule.result: none } }
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
      - { id: reply, title: 等单位, wait: { message: answer, key: =case.number }, pauses: [letter], limit: 30d, outcomes: { done: next, overdue: next } }
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

/// The notice of a `notify:` step goes by the step's name.
#[test]
fn a_notice_of_a_step_goes_by_its_name() {
    let matter = "steps:
  - { id: tell, title: 告知, notify: applicant }
  - { id: work, title: 办理, task: handler, outcomes: { 办好: next } }
  - { end: completed }
";
    let notices = "notices:\n  tell: { to: applicant, sms: \"【一张网】已收到。进度:{{link}}\" }\n";
    assert_eq!(found(matter, &[("notices.yaml", notices)]), []);
    let wrong = notices.replace("tell:", "work:");
    let wrong = found(matter, &[("notices.yaml", &wrong)]);
    assert_eq!(wrong, [("E0322".into(), "work".into())]);
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

/// A message finds its wait by a value of the case; another system answers a call, or fails to.
#[test]
fn messages_and_calls_are_answered_in_scenarios() {
    let matter = "steps:
  - { id: letter, title: 发函, set: { no: '=\"F-\" + case.number' } }
  - { id: money, title: 到账, wait: { message: fund, key: =letter.no } }
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
        "  - { message: fund, key: =letter.no }
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
        steps: [ { id: money, title: 到账, wait: { message: fund, key: =case.number } } ]
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
  - { message: fund, key: =case.number }
  - { by: 中山/handler, answer: letter, refused: forbidden }
  - { by: 遵义/handler, answer: letter, data: { found: true } }
  - expect: { open: [work] }
  - { by: applicant, act: withdraw }
  - { by: 遵义/handler, answer: letter, data: { found: true } }
  - { message: fund, key: =case.number }
  - { by: 中山/handler, do: work.办好, refused: state-not-allowed }
then: { status: withdrawn, closed: true }
",
    );
    let late = told.iter().filter(|words| words.starts_with("迟到的"));
    assert_eq!(late.count(), 3, "{told:?}");
}

/// A paper says what the outcome that issued it rests on; where that says nothing, the step, then the matter. A document that is listed
/// only to say that none is given is never printed.
#[test]
fn a_paper_prints_the_nearest_basis() {
    let matter = "basis: [{ doc: 社会保险经办条例, article: \"18\" }]
steps:
  - id: look
    title: 核对
    task: handler
    limit: 1wd
    basis: { doc: 经办内部分段时限 }
    outcomes:
      有依据: { go: next, paper: says, basis: [{ doc: 社会保险法, article: \"16\" }, { doc: 国办发〔2009〕66号 }] }
  - { id: tell, title: 告知, paper: says, to: applicant, basis: { doc: 社会保险法, article: \"106\" } }
  - { id: closing, title: 办结, task: handler, limit: 1wd, basis: { doc: 经办内部分段时限 }, outcomes: { 好: { end: completed, paper: says } } }
";
    let paper = "# 告知书\n\n**依据**：{{basis}}\n";
    let mut sources = Sources::default();
    let library = library(matter, &[("papers/says.md", paper)], &mut sources);
    assert!(library.found.is_empty(), "{:?}", library.found);
    let actor = Actor::Person {
        id: "anna".into(),
        posts: ["442000/si/handler".parse().unwrap()].into(),
        stands_for: None,
        lent: Vec::new(),
    };
    let context = Context {
        now: "2026-03-02T02:00:00Z".parse().unwrap(),
        actor: &actor,
        network: &library.network,
        next_case: 2,
        elsewhere: &engine::case::NOWHERE,
    };
    let mut case = Case::default();
    let open = Command::Open {
        id: 1,
        number: "442000-XSX-20260302-00001-X".into(),
        accepting_city: "442000".into(),
        channel: "window".into(),
        applicant: serde_json::json!({ "name": "李四", "id_number": "450400195903150017", "phone": "13800000001" }),
        form: serde_json::Value::Null,
        parent: None,
    };
    decide(&library.matters["small"], &mut case, &open, &context).unwrap();
    for outcome in ["有依据", "好"] {
        let command = Command::Complete {
            task: case.open_tasks().next().unwrap().0,
            outcome: outcome.into(),
            data: serde_json::Value::Null,
            reason: None,
            back_to: None,
        };
        decide(&library.matters["small"], &mut case, &command, &context).unwrap();
    }
    let says = case.papers().values().filter(|p| &*p.template == "says");
    let printed: Vec<&str> = says.map(|p| p.values["basis"].as_str().unwrap()).collect();
    assert_eq!(
        printed,
        [
            "《中华人民共和国社会保险法》第十六条；《城镇企业职工基本养老保险关系转移接续暂行办法》",
            "《中华人民共和国社会保险法》第一百〇六条",
            "《社会保险经办条例》第十八条",
        ]
    );
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

/// Money in a list is exact to the 分: summed in an expression and in a table it comes out as written by hand.
#[test]
fn money_in_lists_is_summed_to_the_fen() {
    let matter = "steps:
  - { id: check, title: 核对, task: handler, form: years, outcomes: { 好: next } }
  - { id: amounts, title: 金额, decide: transfer-amount, input: { personal_pre_1998: =sum(check.parts.amount), account_since_1998: =sum(check.parts.amount) - 0.3, monthly_bases_since_1998: =check.parts.amount } }
  - { id: exact, title: 相符吗, choice: [ { if: =sum(check.parts.amount) = 0.6, end: completed }, { else: { end: closed } } ] }
";
    let form = r#"{ "title": "各年", "type": "object", "properties": { "parts": { "title": "各年", "type": "array", "items": { "type": "object", "properties": { "amount": { "title": "金额", "type": "string", "format": "money" } }, "required": ["amount"], "additionalProperties": false } } }, "required": ["parts"], "additionalProperties": false }"#;
    let lines = "  - { by: 中山/handler, do: check.好, data: { parts: [ { amount: \"0.10\" }, { amount: \"0.20\" }, { amount: \"0.30\" } ] } }
then: { status: completed, data: { amounts.personal_account: \"0.90\", amounts.pooled_fund: \"0.07\", amounts.total: \"0.97\" } }
";
    plays(matter, &[("forms/years.schema.json", form)], lines);
}
