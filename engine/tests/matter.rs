//! Matters as authors write them: what reads well, and what is said about what does not.

use engine::matter::{Blocks, Kind, Matter, Owner, Trigger, Value, Way, read};
use engine::source::Sources;
use engine::text::Lang;

fn well(text: &str) -> (Sources, Matter) {
    let mut sources = Sources::default();
    let (matter, found) = read(&mut sources, ("matter.yaml", text), &Blocks::default());
    let shown: String = found.iter().map(|d| d.render(&sources, Lang::Zh)).collect();
    assert!(found.is_empty(), "{shown}");
    (sources, matter)
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
    assert_eq!(
        condition.source.value,
        "abs(letter.amount - funds.amount) <= 0.01"
    );
    assert_eq!(sources.text(condition.source.span), condition.source.value);
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
