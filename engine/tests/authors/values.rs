//! Values, and the words and papers they stand in.

use super::{found, library, plays};
use engine::case::{Actor, Case, Command, Context, decide};
use engine::source::Sources;

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
        numbering: None,
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
