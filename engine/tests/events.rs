//! A released event never changes: the samples in `tests/events/` must read for ever, write back to the same text, and fold to the
//! same case.

#![allow(missing_docs, clippy::unwrap_used)]

use engine::case::{Event, Status, TaskNo, TaskState, fold};
use jiff::Timestamp;
use serde_json::Value as Json;

fn samples() -> Vec<(Timestamp, Event, Json)> {
    let text = include_str!("events/transfer.jsonl");
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
    assert_eq!(case.counter(), 9);
    assert_eq!(case.status(), Status::CompletedPartial);
    assert_eq!(case.label(), Some("部分转移"));
    assert!(case.is_closed());
    assert!(matches!(
        case.tasks()[&TaskNo(2)].state(),
        TaskState::Done { .. }
    ));
    assert!(matches!(
        case.tasks()[&TaskNo(9)].state(),
        TaskState::Void { .. }
    ));
    assert!(case.timers().is_empty());
    assert_eq!(
        case.mark("accepted"),
        Some("2026-11-23T01:00:00Z".parse().unwrap())
    );
    let branch = &case.frames()[&engine::case::FrameNo(4)];
    assert_eq!(branch.result().map(|r| &**r), Some("不予转移"));
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
