//! A wait of working days ends by the calendar as it is: another one moves it, as it moves limits.

use crate::shipped::{network, shipped};
use engine::case::{Actor, Case, Command, Context, Event, Fact, MovedWait, decide, fold, touched};
use engine::library::Library;
use engine::source::Sources;
use jiff::Timestamp;
use serde_json::json;

const MATTER: &str = "
matter: notice
title: 公示
code: GS
decides: handler
parties:
  handler: { title: 经办, city: 中山, department: si, post: handler }
steps:
  - { id: shown, title: 公示三日, wait: 3wd }
  - { id: work, title: 办理, task: handler, outcomes: { 办好: { end: completed } } }
";
const CITY: &str = "network/calendars/442000.yaml";
/// 2027-01-04 is a Monday.
const STORM: &str =
    "calendar: \"442000\"\nversion: \"1\"\ndays: |\n  2026-12-31 | 周四 | 休 | 台风 | 临时\n";
const YEAR: &str = "network/calendars/national-2027.yaml";
/// A made-up year: New Year's Day is a Friday, and the Monday after it is off too.
const NEW_YEAR: &str = "calendar: national\nyear: 2027\nnotice: 测试\nissued: 2026-12-29\nversion: \"1\"\ndays: |\n  \
                        2027-01-01 | 周五 | 休 | 元旦 | 法定\n  2027-01-04 | 周一 | 休 | 元旦 | 调休\n";

/// The network with these calendars besides.
fn with(calendars: &[(&str, &str)]) -> Library {
    let mut more = vec![("notice/matter.yaml", MATTER)];
    more.extend(calendars);
    let library = shipped(network, &more, &mut Sources::default());
    assert!(
        library.matters.contains_key("notice"),
        "{:?}",
        library.found
    );
    library
}

/// A case with all that happened to it.
#[derive(Default)]
struct Waiting {
    case: Case,
    history: Vec<(Timestamp, Event)>,
    calendar: u64,
}

impl Waiting {
    /// Opened in the morning of 2026-12-30, a Wednesday.
    fn opened(library: &Library) -> Waiting {
        let mut waiting = Waiting::default();
        let open = Command::Open {
            id: 1,
            number: "N".into(),
            accepting_city: "442000".into(),
            channel: "window".into(),
            applicant: json!({ "name": "李四", "id_number": "450400195903150017", "phone": "13800000001" }),
            form: json!({}),
            parent: None,
        };
        let window = Actor::Person {
            id: "w".into(),
            posts: ["442000/si/window".parse().unwrap()].into(),
            stands_for: None,
            lent: Vec::new(),
        };
        waiting.act(library, "2026-12-30T09:30", &window, &open);
        waiting
    }

    fn act(
        &mut self,
        library: &Library,
        now: &str,
        actor: &Actor,
        command: &Command,
    ) -> Vec<Event> {
        let now: Timestamp = format!("{now}:00+08:00").parse().unwrap();
        let context = Context {
            now,
            actor,
            network: &library.network,
            next_case: 2,
            elsewhere: &engine::case::NOWHERE,
            numbering: None,
        };
        let matter = &library.matters["notice"];
        let events = decide(matter, &mut self.case, command, &context).unwrap();
        self.history.extend(events.iter().map(|e| (now, e.clone())));
        let folded = fold(self.history.iter().map(|(at, event)| (*at, event)));
        assert_eq!(folded, self.case);
        events
    }

    /// Other calendars come; answers what they moved.
    fn recount(&mut self, library: &Library, now: &str) -> Vec<MovedWait> {
        self.calendar += 1;
        let calendar = self.calendar;
        let command = Command::Recount { calendar };
        let events = self.act(library, now, &Actor::Engine, &command);
        let timers = touched(&self.case, &events).timers;
        let moved = events.into_iter().flat_map(|event| match event.fact {
            Fact::Recounted { waits, .. } => waits,
            other => panic!("{other:?}"),
        });
        let moved: Vec<MovedWait> = moved.collect();
        assert_eq!(timers.len(), moved.len(), "the row of each is written anew");
        assert_eq!(self.case.moved_waits(calendar).collect::<Vec<_>>(), moved);
        moved
    }

    /// Fires what is due; answers whether the wait is over.
    fn fire(&mut self, library: &Library, now: &str) -> bool {
        let now_at: Timestamp = format!("{now}:00+08:00").parse().unwrap();
        for (at, timer) in self.case.timers() {
            if at <= now_at {
                self.act(library, now, &Actor::Engine, &Command::Fire { timer });
            }
        }
        self.case.open_tasks().next().is_some()
    }

    fn ends(&self) -> String {
        let [(at, _)] = self.case.timers()[..] else {
            panic!("{:?}", self.case.timers())
        };
        engine::clock::civil(at).to_string()
    }
}

#[test]
fn a_new_year_moves_a_wait_later() {
    let (before, after) = (with(&[]), with(&[(YEAR, NEW_YEAR)]));
    let mut waiting = Waiting::opened(&before);
    // 12-31, 01-01 (nobody has published it yet), 01-04.
    assert_eq!(waiting.ends(), "2027-01-04T17:00:00");
    let moved = waiting.recount(&after, "2026-12-30T10:00");
    // 12-31, 01-05, 01-06.
    assert_eq!(waiting.ends(), "2027-01-06T17:00:00");
    let [moved] = moved.as_slice() else {
        panic!("{moved:?}")
    };
    assert_eq!((&*moved.step, moved.firm), ("shown", true));
    assert!(
        !waiting.fire(&after, "2027-01-04T18:00"),
        "its old end is none any more"
    );
    assert!(waiting.fire(&after, "2027-01-06T17:00"));
}

#[test]
fn a_day_off_that_is_taken_back_moves_a_wait_earlier() {
    let (before, after) = (
        with(&[(CITY, STORM), (YEAR, NEW_YEAR)]),
        with(&[(YEAR, NEW_YEAR)]),
    );
    let mut waiting = Waiting::opened(&before);
    assert_eq!(waiting.ends(), "2027-01-07T17:00:00");
    assert_eq!(waiting.recount(&after, "2026-12-30T10:00").len(), 1);
    assert_eq!(waiting.ends(), "2027-01-06T17:00:00");
    assert_eq!(
        waiting.recount(&after, "2026-12-30T11:00"),
        [],
        "nothing differs"
    );
}

/// A wait that would have ended by now ends now.
#[test]
fn a_wait_that_is_over_on_the_new_calendar_ends_at_once() {
    let (before, after) = (
        with(&[(CITY, STORM), (YEAR, NEW_YEAR)]),
        with(&[(YEAR, NEW_YEAR)]),
    );
    let mut waiting = Waiting::opened(&before);
    assert_eq!(waiting.recount(&after, "2027-01-07T09:00").len(), 1);
    assert!(waiting.fire(&after, "2027-01-07T09:00"));
}

#[test]
fn what_is_over_stays_over() {
    let (before, after) = (with(&[]), with(&[(YEAR, NEW_YEAR)]));
    let mut due = Waiting::opened(&before);
    let mut fired = Waiting::opened(&before);
    assert!(fired.fire(&before, "2027-01-04T17:00"));
    for waiting in [&mut due, &mut fired] {
        assert_eq!(waiting.recount(&after, "2027-01-04T17:00"), []);
        assert!(
            waiting
                .history
                .iter()
                .all(|(_, e)| !matches!(e.fact, Fact::Recounted { .. }))
        );
    }
    assert!(
        due.fire(&after, "2027-01-04T17:00"),
        "it was due before the calendar came"
    );
}
