//! A released event never changes: the samples in `tests/events/` must read for ever, write back to the same text, and fold to the
//! same case.

use engine::case::{
    CardDeed, CardNo, Event, FrameNo, HandoffNo, Recognition, Source, Status, TaskNo, TaskState,
    TimerNo, fold,
};
use jiff::Timestamp;
use serde_json::Value as Json;

const LUMP_SUM: &str = include_str!("events/lump-sum.jsonl");
const ROUNDS: &str = include_str!("events/rounds.jsonl");
const FILES: &str = include_str!("events/files.jsonl");
const CARDS: &str = include_str!("events/cards.jsonl");
const DEPUTIES: &str = include_str!("events/deputies.jsonl");
const HELD: &str = include_str!("events/held.jsonl");
const PASSING: &str = include_str!("events/passing.jsonl");
const RECOUNTED: &str = include_str!("events/recounted.jsonl");
const WAITS: &str = include_str!("events/waits.jsonl");
const LATE: &str = include_str!("events/late.jsonl");
const CERTIFICATES: &str = include_str!("events/certificates.jsonl");
const CALLS: &str = include_str!("events/calls.jsonl");
const LETTERS: &str = include_str!("events/letters.jsonl");

fn samples(text: &str) -> Vec<(Timestamp, Event, Json)> {
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
    let all = [
        LUMP_SUM,
        ROUNDS,
        LATE,
        PASSING,
        FILES,
        CARDS,
        CALLS,
        HELD,
        LETTERS,
        RECOUNTED,
        DEPUTIES,
        CERTIFICATES,
        WAITS,
    ];
    let all = all.into_iter().flat_map(samples);
    for (_, event, line) in all {
        assert_eq!(serde_json::to_value(&event).unwrap(), line);
    }
}

#[test]
fn samples_fold_to_the_case_they_tell() {
    let events = samples(LUMP_SUM);
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

/// A case knows what it has used, and what has become of it; and who has used what it gave.
#[test]
fn certificates_are_known_on_both_sides() {
    let events = samples(CERTIFICATES);
    let case = fold(events.iter().map(|(at, event, _)| (*at, event)));
    let used = case.recognised().iter();
    let used: Vec<_> = used.map(|r| (&*r.material, r.state, &*r.number)).collect();
    let expected = [
        ("identity", Recognition::Revoked, "HR-1"),
        ("medical", Recognition::Declined, "HR-2"),
    ];
    assert_eq!(used, expected);
    let given = case.issued().unwrap();
    assert_eq!((&*given.number, given.revoked), ("HR-9", true));
    assert_eq!((given.uses[0].case, given.uses[0].accepted), (9, true));
    assert_eq!(given.ended, Some("2026-03-06T01:42:00Z".parse().unwrap()));
}

/// A call that came to nothing leaves its cause behind; one that waits is known by the event that made it.
#[test]
fn a_call_is_known_by_its_event_and_leaves_its_cause() {
    let events = samples(CALLS);
    let upto = |count: usize| {
        let first = events.iter().take(count);
        fold(first.map(|(at, event, _)| (*at, event)))
    };
    let failed = upto(7);
    let (step, cause) = failed.failed_call(FrameNo(1)).unwrap();
    assert_eq!((&**step, &*cause.why), ("ask", "call.refused"));
    assert_eq!(failed.calls().count(), 0);
    let waits = upto(events.len());
    let waiting: Vec<_> = waits.calls().map(|call| (&**call.step, call.seq)).collect();
    assert_eq!(waiting, [("again", 12)]);
    assert_eq!(waits.failed_call(FrameNo(1)), None, "a step was done since");
}

/// A case that came as a letter knows where from, counts what it has told, and sends letters on.
#[test]
fn a_letter_from_another_deployment_is_a_case() {
    let events = samples(LETTERS);
    let case = fold(events.iter().map(|(at, event, _)| (*at, event)));
    let origin = case.origin().unwrap();
    assert_eq!((&*origin.from, origin.handoff), ("中山", HandoffNo(21)));
    assert_eq!(case.applicant()["name"], "王五");
    let told = |no| {
        case.correspondent(HandoffNo(no))
            .map(|(to, words)| (to.to_string(), words))
    };
    assert_eq!(told(2), Some(("中山".to_owned(), 1)), "received");
    assert_eq!(told(4), Some(("中山".to_owned(), 1)), "sent");
}

/// A round that waits has a timer of its own; the one before has left none.
#[test]
fn a_round_that_waits_has_one_timer() {
    let events = samples(ROUNDS);
    let case = fold(events.iter().map(|(at, event, _)| (*at, event)));
    let until: Timestamp = "2026-04-09T16:00:00Z".parse().unwrap();
    assert_eq!(case.timers(), [(until, TimerNo(5))]);
    assert_eq!(case.waits().collect::<Vec<_>>(), [TimerNo(5)]);
    assert_eq!(case.frames()[&FrameNo(4)].key(), Some("2"));
}

/// What came after the steps: files, a new link, two grades and the call-back between them.
#[test]
fn files_links_and_grades_are_the_cases() {
    let events = samples(FILES);
    let case = fold(events.iter().map(|(at, event, _)| (*at, event)));
    let files: Vec<_> = case
        .files()
        .iter()
        .map(|f| (&*f.material, &*f.name, f.source))
        .collect();
    assert_eq!(
        files,
        [
            ("identity", "正面.jpg", Source::Window),
            ("bank_card", "卡.pdf", Source::Applicant),
            ("identity", "背面.jpg", Source::Shared),
        ]
    );
    assert_eq!(case.files()[2].origin, "450400-YCXDY-20261123-00017-L");
    assert_eq!(case.renewed(), 1);
    assert_eq!(case.call_back(), Some(2));
    let grades: Vec<_> = case
        .ratings()
        .iter()
        .map(|r| (r.grade, &*r.words))
        .collect();
    assert_eq!(grades, [(2, "等太久"), (4, "")]);
}

/// A card keeps the numbers by which it was opened, and what was said about it.
#[test]
fn a_card_is_a_record() {
    let events = samples(CARDS);
    let told = |count: usize| fold(events.iter().take(count).map(|(at, event, _)| (*at, event)));
    let opened = told(5).cards()[&CardNo(21)].clone();
    assert_eq!(opened.ledger().unwrap().limit().to_string(), "7wd");
    assert!(!opened.awaits_answer());
    let pursued = told(8).cards()[&CardNo(21)].clone();
    assert!(pursued.awaits_answer());
    let case = told(events.len());
    let card = &case.cards()[&CardNo(21)];
    assert!(!card.awaits_answer());
    assert_eq!(card.closed(), Some("2026-03-10T08:00:00Z".parse().unwrap()));
    let deeds: Vec<CardDeed> = card.notes().iter().map(|n| n.deed).collect();
    assert_eq!(
        deeds,
        [CardDeed::Pursue, CardDeed::Explain, CardDeed::Close]
    );
    assert_eq!(card.notes()[1].words, "等候外市查询结果");
    assert!(!case.was_late());
}

/// A limit that was worked out anew goes by its new instants, and keeps its old end.
#[test]
fn a_limit_goes_by_other_calendars() {
    let events = samples(RECOUNTED);
    let case = fold(events.iter().map(|(at, event, _)| (*at, event)));
    let promised = case.clock("promised").unwrap();
    let was = promised.recounted().unwrap();
    let instant = |text: &str| text.parse::<Timestamp>().unwrap();
    assert_eq!(
        (was.calendar, was.was),
        (2, instant("2026-03-11T09:00:00Z"))
    );
    assert_eq!(promised.ledger().due(), instant("2026-03-12T09:00:00Z"));
    assert_eq!(
        case.timers(),
        [(instant("2026-03-09T04:00:00Z"), TimerNo(6))]
    );
}

/// A wait that was counted anew ends at its new instant.
#[test]
fn a_wait_goes_by_other_calendars() {
    let events = samples(WAITS);
    let case = fold(events.iter().map(|(at, event, _)| (*at, event)));
    let instant = |text: &str| text.parse::<Timestamp>().unwrap();
    assert_eq!(
        case.timers(),
        [(instant("2027-01-06T09:00:00Z"), TimerNo(2))]
    );
    let moved: Vec<_> = case.moved_waits(2).map(|w| (w.was, w.until)).collect();
    let ends = ["2027-01-04T09:00:00Z", "2027-01-06T09:00:00Z"].map(instant);
    assert_eq!(moved, [(ends[0], ends[1])]);
}

/// What comes late counts as an event and as nothing else.
#[test]
fn what_comes_late_changes_nothing() {
    let events = samples(LATE);
    let folded = |events: &[(Timestamp, Event, Json)]| {
        serde_json::to_value(fold(events.iter().map(|(at, event, _)| (*at, event)))).unwrap()
    };
    let (mut closed, mut after) = (folded(&events[..9]), folded(&events));
    assert_eq!((&closed["seq"], &after["seq"]), (&9.into(), &12.into()));
    for case in [&mut closed, &mut after] {
        case["seq"].take();
        case["changed"].take();
    }
    assert_eq!(closed, after);
}

/// What a sub-case ended for is what the case says it ended for.
#[test]
fn a_case_says_why_it_ended() {
    let events = samples(HELD);
    let case = fold(events.iter().map(|(at, event, _)| (*at, event)));
    assert_eq!(
        (case.status(), case.reason()),
        (Status::Refused, Some("R04"))
    );
    let waits: Vec<_> = case.awaited_turns().map(|(step, _)| &**step).collect();
    assert_eq!(waits, ["account"], "asked anew after it had left");
}

/// G6: a state written down and read again is the same state.
#[test]
fn g006_state_survives_being_written_down() {
    let events = samples(LUMP_SUM);
    let case = fold(events.iter().map(|(at, event, _)| (*at, event)));
    let text = serde_json::to_string(&case).unwrap();
    assert_eq!(
        serde_json::from_str::<engine::case::Case>(&text).unwrap(),
        case
    );
}
