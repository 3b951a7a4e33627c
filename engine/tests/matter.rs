//! Matters as authors write them: what reads well, and what is said about what does not.

#![allow(missing_docs, clippy::unwrap_used)]

use engine::matter::{Kind, Matter, Owner, Trigger, Value, Way, read};
use engine::source::Sources;
use engine::text::Lang;

fn well(text: &str) -> (Sources, Matter) {
    let mut sources = Sources::default();
    let (matter, found) = read(&mut sources, "matter.yaml", text);
    let shown: String = found.iter().map(|d| d.render(&sources, Lang::Zh)).collect();
    assert!(found.is_empty(), "{shown}");
    (sources, matter)
}

/// Every finding as `code line:column`, in order of place.
fn check(text: &str, expected: &[&str]) {
    let mut sources = Sources::default();
    let (_, found) = read(&mut sources, "matter.yaml", text);
    let at = |d: &engine::diagnostic::Diagnostic| sources.position(d.span);
    let codes: Vec<String> = found
        .iter()
        .map(|d| format!("{} {}:{}", d.code, at(d).line, at(d).column))
        .collect();
    assert_eq!(codes, expected);
}

#[test]
fn the_fan_out_of_a_transfer_reads() {
    let (sources, matter) = well(include_str!("matter/transfer.yaml"));
    let names: Vec<&str> = matter.steps.iter().map(|s| &*s.id.value).collect();
    assert_eq!(
        names,
        [
            "accept",
            "legs",
            "issue",
            "exchange",
            "letter",
            "verify",
            "funds",
            "match",
            "difference",
            "book",
            "summary"
        ]
    );

    // What lies around a step is found from it: the letter is part of the exchange of one leg.
    let (verify, step) = matter.find("verify").unwrap();
    let around: Vec<&str> = matter
        .around(verify)
        .map(|s| &*matter.step(s).unwrap().id.value)
        .collect();
    assert_eq!(around, ["letter", "exchange", "legs"]);
    assert_eq!(
        step.outcomes[1].way,
        Way::Leave(engine::source::Spanned::new(
            "退函".into(),
            Default::default()
        ))
    );
    let (exchange, _) = matter.find("exchange").unwrap();
    let (letter, _) = matter.find("letter").unwrap();
    assert_eq!(
        matter
            .sequence(matter.step(letter).unwrap().within)
            .unwrap()
            .owner,
        Owner::Branch(exchange, "sheet".into())
    );

    // The line after the exchange is the choice; the first row's condition points into the file.
    let next = matter.next(exchange).unwrap();
    let Kind::Choice { conditions } = &matter.step(next).unwrap().kind else {
        panic!("not a choice")
    };
    let Some(Value::Computed(condition)) = &conditions[0] else {
        panic!("no condition")
    };
    assert_eq!(condition.value, "abs(letter.amount - funds.amount) <= 0.01");
    assert_eq!(sources.text(condition.span), condition.value);
    assert!(conditions[1].is_none());

    // The withdrawal of one leg belongs to the legs, the reminder to the matter.
    let (_, legs) = matter.find("legs").unwrap();
    assert!(matches!(
        matter.event_defs[legs.events[0].0 as usize].trigger,
        Trigger::Act(_)
    ));
    assert!(matches!(
        matter.event_defs[matter.events[0].0 as usize].trigger,
        Trigger::Limit { .. }
    ));
}

/// A matter of one step, with `STEP` where the test puts its own lines.
const ONE: &str = "matter: one\ntitle: 一\ncode: YI\nparties:\n  clerk: { title: 经办, city: =case.accepting_city, department: si, post: handler }\nsteps:\n";

#[test]
fn every_fault_is_reported_once_at_its_place() {
    // Columns are counted in characters, from 1; every line begins with `  - { id: `.
    let cases = [
        (
            "a, title: 甲, task: clerk, outcomes: { 通过: { end: completed } } }",
            None,
        ),
        ("a, titel: 甲, task: clerk }", Some("E0201 7:14")),
        (
            "a, title: 甲, task: clerk, outcomes: { 通过: { end: complete } } }",
            Some("E0206 7:60"),
        ),
        (
            "a, title: 甲, task: clerk, outcomes: { 通过: { paper: x } } }",
            Some("E0210 7:49"),
        ),
        ("a, title: 甲, task: clerk, limit: 5 }", Some("E0501 7:44")),
        (
            "a, title: 甲, outcomes: { 通过: next } }",
            Some("E0209 7:5"),
        ),
        ("a-b, title: 甲, task: clerk }", Some("E0207 7:11")),
        (
            "a, title: 甲, task: clerk }\n  - { id: a, title: 乙, task: clerk }",
            Some("E0208 8:11"),
        ),
        ("a, title: 甲, repeat: { every: 1mo } }", Some("E0211 7:24")),
        ("a, title: 甲, wait: { message: m } }", Some("E0205 7:30")),
    ];
    for (step, expected) in cases {
        check(&format!("{ONE}  - {{ id: {step}\n"), expected.as_slice());
    }
}

#[test]
fn the_nearest_right_key_is_named() {
    let mut sources = Sources::default();
    let text = format!("{ONE}  - {{ id: a, titel: 甲, task: clerk }}\n");
    let (_, found) = read(&mut sources, "matter.yaml", &text);
    assert_eq!(found[0].near.as_deref(), Some("title"));
}
