//! A released event never changes: the samples in `tests/events/` must read for ever, write back to the same text, and fold to the
//! same case.

#![allow(missing_docs, clippy::unwrap_used)]

use engine::case::{Event, Status, TaskNo, TaskState, fold};
use jiff::Timestamp;
use serde_json::Value as Json;

fn samples() -> Vec<(Timestamp, Event, Json)> {
    let text = include_str!("events/lump-sum.jsonl");
    text.lines()
        .map(|line| {
            let (at, line): (Timestamp, Json) =
                serde_json::from_str(line).unwrap_or_else(|e| panic!("{line}: {e}"));
            let event =
                serde_json::from_value(line.clone()).unwrap_or_else(|e| panic!("{line}: {e}"));
            (at, event, line)
        })
        .collect()
}

#[test]
fn samples_read_and_write_back_the_same() {
    for (_, event, line) in samples() {
        assert_eq!(serde_json::to_value(&event).unwrap(), line);
    }
}

#[test]
fn samples_fold_to_the_case_they_tell() {
    let events = samples();
    let case = fold(events.iter().map(|(at, event, _)| (*at, event)));
    assert_eq!(case.seq(), events.len() as u64);
    assert_eq!(case.status(), Status::Completed);
    assert!(case.is_closed());
    assert!(case.timers().is_empty());
    assert_eq!(case.open_tasks().count(), 0);
    assert!(
        matches!(case.tasks()[&TaskNo(14)].state(), TaskState::Done { by, .. } if &**by == "442000/si/reviewer")
    );
    assert_eq!(
        case.mark("accepted"),
        Some("2026-03-02T01:50:00Z".parse().unwrap())
    );
    let papers: Vec<&str> = case.papers().values().map(|p| &*p.template).collect();
    assert_eq!(
        papers,
        [
            "receipt",
            "acceptance",
            "lump-sum-consequences",
            "completion"
        ]
    );
    // Ten minutes of waiting for the applicant on the day of acceptance, which does not count anyway.
    assert_eq!(case.clock("promised").unwrap().ledger().stops().len(), 1);
}

/// G6: a state written down and read again is the same state.
#[test]
fn g006_state_survives_being_written_down() {
    let events = samples();
    let case = fold(events.iter().map(|(at, event, _)| (*at, event)));
    let text = serde_json::to_string(&case).unwrap();
    assert_eq!(
        serde_json::from_str::<engine::case::Case>(&text).unwrap(),
        case
    );
}
