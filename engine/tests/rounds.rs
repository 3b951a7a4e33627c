//! Rounds by the calendar (`repeat`): when they come, what ends one or all of them, and what they cost.

use crate::shipped::{network, shipped};
use engine::case::{Actor, Case, Command, Context, Event, Fact, Rejection, decide, fold};
use engine::library::Library;
use engine::matter::MOST_ROUNDS;
use engine::source::Sources;
use engine::text::Lang;
use jiff::Timestamp;
use serde_json::{Value as Json, json};

const HANDLER: &str = "442000/si/handler";
const REVIEWER: &str = "442000/si/reviewer";

/// A case that pays by the month, and everything that happened to it.
struct Run {
    library: Library,
    case: Case,
    history: Vec<(Timestamp, Event)>,
    now: Timestamp,
}

impl Run {
    /// Opens it; `repeat` stands behind the key of that name, `more` beside it in the step.
    fn new(now: &str, repeat: &str, more: &str) -> Run {
        let matter = format!(
            r#"
matter: monthly
title: 按月发放
code: AYFF
decides: handler
parties:
  handler:  {{ title: 经办, city: 中山, department: si, post: handler }}
  reviewer: {{ title: 复核, city: 中山, department: si, post: reviewer }}
steps:
  - {{ id: terms, title: 核定, task: handler, outcomes: {{ 核定: next }} }}
  - id: rounds
    title: 按月
    repeat: {{ {repeat} }}
    gives: [缓发]
    steps:
      - {{ id: pay, title: 发放, task: handler, outcomes: {{ 已发: keep, 暂缓: {{ leave: 缓发 }}, 不再发: {{ leave: 停发 }} }} }}
      - {{ id: keep, title: 记下, set: {{ number: =round.number }} }}
    outcomes: {{ done: next, 停发: next }}
    {more}
  - {{ id: sums, title: 合计, set: {{ count: =count(rounds), paid: '=count(rounds[item.result = "done"])', last: '=first_of(last(rounds.item.date), date("2000-01-01"))' }} }}
  - {{ end: completed }}
"#
        );
        let mut sources = Sources::default();
        let library = shipped(network, &[("monthly/matter.yaml", &matter)], &mut sources);
        let found = library.found.iter().map(|d| d.render(&sources, Lang::Zh));
        assert_eq!(found.collect::<String>(), "");
        let mut run = Run {
            library,
            case: Case::default(),
            history: Vec::new(),
            now: now.parse().unwrap(),
        };
        let open = Command::Open {
            id: 1,
            number: "N".into(),
            accepting_city: "442000".into(),
            channel: "window".into(),
            applicant: json!({ "name": "李四", "id_number": "450400195903150017", "phone": "13800000001" }),
            form: json!({}),
            parent: None,
        };
        run.act("442000/si/window", &open).unwrap();
        run.complete(HANDLER, "核定");
        run
    }

    fn command(&mut self, actor: &Actor, command: &Command) -> Result<usize, Rejection> {
        let context = Context {
            now: self.now,
            actor,
            network: &self.library.network,
            next_case: 2,
            elsewhere: &engine::case::NOWHERE,
            numbering: None,
        };
        let matter = &self.library.matters["monthly"];
        let events = decide(matter, &mut self.case, command, &context)?;
        let count = events.len();
        self.history
            .extend(events.into_iter().map(|event| (self.now, event)));
        let again = fold(self.history.iter().map(|(at, event)| (*at, event)));
        assert_eq!(again, self.case, "what is folded anew is the same (G6)");
        Ok(count)
    }

    fn act(&mut self, post: &str, command: &Command) -> Result<usize, Rejection> {
        let actor = Actor::Person {
            id: post.into(),
            posts: [post.parse().unwrap()].into(),
            stands_for: None,
            lent: Vec::new(),
        };
        self.command(&actor, command)
    }

    /// Finishes the last task that is open; gives how many events that took.
    fn complete(&mut self, post: &str, outcome: &str) -> usize {
        let command = Command::Complete {
            task: self.case.open_tasks().last().unwrap().0,
            outcome: outcome.into(),
            data: Json::Null,
            reason: None,
            back_to: None,
        };
        self.act(post, &command).unwrap()
    }

    /// Moves the clock and fires what is due by then, in order.
    fn at(&mut self, now: &str) -> &mut Run {
        let until: Timestamp = now.parse().unwrap();
        loop {
            let next = self.case.timers().into_iter().min();
            let Some((at, timer)) = next.filter(|(at, _)| *at <= until) else {
                break;
            };
            self.now = self.now.max(at);
            let fire = Command::Fire { timer };
            self.command(&Actor::Engine, &fire).unwrap();
        }
        self.now = until;
        self
    }

    /// Where it stands; in brackets what waits for its date.
    fn stands(&self) -> Vec<String> {
        let matter = &self.library.matters["monthly"];
        let places = self.case.places(matter).into_iter();
        let places = places.filter(|p| p.address != "rounds");
        let told = places.map(|p| match p.held {
            true => format!("({})", p.address),
            false => p.address,
        });
        told.collect()
    }

    /// The dates of the rounds so far, month and day.
    fn dates(&self) -> Vec<String> {
        let opened = self.history.iter().filter_map(|(_, e)| match &e.fact {
            Fact::FrameOpened { key: Some(_), .. } => e.content.get("date")?.as_str()?.get(5..),
            _ => None,
        });
        opened.map(str::to_owned).collect()
    }

    /// What `sums` kept.
    fn sums(&self) -> Json {
        let done = self
            .history
            .iter()
            .rev()
            .find(|(_, e)| matches!(&e.fact, Fact::StepDone { step, .. } if &**step == "sums"));
        let mut kept = done.unwrap().1.content.clone();
        kept.as_object_mut().unwrap().sort_keys();
        kept
    }
}

/// Counted from the first date and cut to the month's end; what is late moves no later round, and what was missed is made up.
#[test]
fn rounds_are_counted_from_the_first_date_one_after_the_other() {
    let mut run = Run::new("2026-01-31T02:00:00Z", "every: 1mo, times: 4", "");
    assert_eq!(run.stands(), ["rounds.1.pay"], "the first date is today");
    run.complete(HANDLER, "已发");
    assert_eq!(run.stands(), ["(rounds.2.pay)"]);
    // A date begins at midnight in Beijing.
    assert_eq!(run.at("2026-02-27T15:59:59Z").stands(), ["(rounds.2.pay)"]);
    assert_eq!(run.at("2026-02-27T16:00:00Z").stands(), ["rounds.2.pay"]);
    assert_eq!(run.case.open_tasks().count(), 1);
    // Nobody pays for two months: no other round begins.
    assert_eq!(run.at("2026-05-05T02:00:00Z").stands(), ["rounds.2.pay"]);
    run.complete(HANDLER, "已发");
    assert_eq!(
        run.stands(),
        ["rounds.3.pay"],
        "that of 31 March is made up"
    );
    run.complete(HANDLER, "已发");
    assert_eq!(run.stands(), ["rounds.4.pay"], "that of 30 April too");
    run.complete(HANDLER, "已发");
    assert!(run.case.is_closed());
    assert!(run.case.timers().is_empty());
    assert_eq!(run.dates(), ["01-31", "02-28", "03-31", "04-30"]);
    assert_eq!(
        run.sums(),
        json!({ "count": 4, "last": "2026-04-30", "paid": 4 })
    );
}

/// A day of the month, and not before a date.
#[test]
fn the_first_round_is_the_first_such_day() {
    let repeat = "every: 1mo, from: =today + months(1), day: 10, times: 2";
    let mut run = Run::new("2026-01-20T02:00:00Z", repeat, "");
    assert_eq!(run.stands(), ["(rounds.1.pay)"]);
    assert_eq!(run.at("2026-03-09T02:00:00Z").stands(), ["(rounds.1.pay)"]);
    run.at("2026-03-10T02:00:00Z").complete(HANDLER, "已发");
    assert_eq!(run.dates(), ["03-10", "04-10"]);
}

/// A result under `gives` ends its round, one of the step itself ends them all; the list tells them apart.
#[test]
fn a_round_is_ended_alone_or_with_all() {
    let mut run = Run::new("2026-01-10T02:00:00Z", "every: 1mo, times: 12", "");
    run.complete(HANDLER, "已发");
    run.at("2026-02-10T02:00:00Z").complete(HANDLER, "暂缓");
    run.at("2026-03-10T02:00:00Z").complete(HANDLER, "不再发");
    assert!(run.case.is_closed() && run.case.timers().is_empty());
    assert_eq!(
        run.sums(),
        json!({ "count": 3, "last": "2026-03-10", "paid": 1 })
    );
}

/// The condition is asked when a round is planned, and again when its date has come.
#[test]
fn no_round_begins_once_the_condition_fails() {
    let repeat = "every: 1mo, while: =round.date <= date(\"2026-02-28\")";
    let mut run = Run::new("2026-01-10T02:00:00Z", repeat, "");
    run.complete(HANDLER, "已发");
    run.at("2026-02-10T02:00:00Z").complete(HANDLER, "已发");
    assert!(run.case.is_closed(), "none is planned for March");
    assert_eq!(
        run.sums(),
        json!({ "count": 2, "last": "2026-02-10", "paid": 2 })
    );

    let mark = "events: { 出国: { by: handler, once: true, steps: [ { id: gone, title: 登记, task: handler, outcomes: { 已登记: { go: next, marks: 已出国 } } } ] } }";
    let mut run = Run::new(
        "2026-01-10T02:00:00Z",
        "every: 1mo, while: =not(has(已出国))",
        mark,
    );
    run.complete(HANDLER, "已发");
    let away = Command::Act {
        event: "rounds.2.出国".into(),
        data: Json::Null,
        reason: None,
    };
    run.act(HANDLER, &away).unwrap();
    run.complete(HANDLER, "已登记");
    assert_eq!(run.stands(), ["(rounds.2.pay)"], "planned before");
    run.at("2026-02-10T02:00:00Z");
    assert!(run.case.is_closed());
    assert_eq!(
        run.sums(),
        json!({ "count": 2, "last": "2026-02-10", "paid": 1 })
    );
}

/// An event holds in every round, also while it waits; what was proposed in one counts for the one that runs when a second agrees.
#[test]
fn an_act_proposed_in_one_round_ends_the_next() {
    let stop = "events: { 停止: { by: handler, four_eyes: reviewer, leave: 停发 } }";
    let mut run = Run::new("2026-01-10T02:00:00Z", "every: 1mo, times: 12", stop);
    let stop = |round: u32| Command::Act {
        event: format!("rounds.{round}.停止"),
        data: Json::Null,
        reason: None,
    };
    run.act(HANDLER, &stop(1)).unwrap();
    let pay = run.case.open_tasks().next().unwrap().0;
    let command = Command::Complete {
        task: pay,
        outcome: "已发".into(),
        data: Json::Null,
        reason: None,
        back_to: None,
    };
    run.act(HANDLER, &command).unwrap();
    assert_eq!(run.stands(), ["(rounds.2.pay)"]);
    assert_eq!(
        run.act(HANDLER, &stop(1)).unwrap_err().code(),
        "state-not-allowed"
    );
    run.complete(REVIEWER, "agreed");
    assert!(run.case.is_closed() && run.case.timers().is_empty());
}

/// A round has limits of its own, as an item has; they start when it opens, not while it waits.
#[test]
fn a_round_has_its_own_limits() {
    let own = "limits: { 当月: 3d }";
    let mut run = Run::new("2026-01-10T02:00:00Z", "every: 1mo, times: 12", own);
    assert!(!run.case.clocks()["rounds.1.当月"].is_stopped());
    run.complete(HANDLER, "已发");
    assert!(run.case.clocks()["rounds.1.当月"].is_stopped());
    assert!(!run.case.clocks().contains_key("rounds.2.当月"));
    run.at("2026-02-10T02:00:00Z");
    let due = run.case.clocks()["rounds.2.当月"].ledger().due();
    assert_eq!(engine::clock::civil(due).date().to_string(), "2026-02-13");
}

/// Ten years of months: the last round takes as many events as the second, and one timer waits at a time.
#[test]
fn ten_years_of_months_stay_cheap() {
    let mut run = Run::new("2026-01-10T02:00:00Z", "every: 1mo, times: 120", "");
    let first = run.complete(HANDLER, "已发");
    let mut month: jiff::civil::Date = "2026-01-10".parse().unwrap();
    for _ in 2..120 {
        month = month.checked_add(jiff::ToSpan::months(1)).unwrap();
        assert_eq!(run.case.timers().len(), 1);
        run.at(&format!("{month}T02:00:00Z"));
        assert_eq!(run.complete(HANDLER, "已发"), first);
    }
    run.at("2035-12-10T02:00:00Z").complete(HANDLER, "已发");
    assert!(run.case.is_closed());
    assert_eq!(
        run.sums(),
        json!({ "count": 120, "last": "2035-12-10", "paid": 120 })
    );
}

/// G82: a step is visited at most 1,000 times; past that an administrator must look, and trying again begins nothing anew.
#[test]
fn g082_there_are_at_most_a_thousand_rounds() {
    let daily = "every: 1d, while: =round.number > 0";
    let mut run = Run::new("2020-01-01T02:00:00Z", daily, "");
    // Three years on, every task finished at once: all are made up one by one.
    run.now = "2023-01-01T02:00:00Z".parse().unwrap();
    let matter = &run.library.matters["monthly"];
    let actor = Actor::Person {
        id: HANDLER.into(),
        posts: [HANDLER.parse().unwrap()].into(),
        stands_for: None,
        lent: Vec::new(),
    };
    let command = |case: &mut Case, command: Command| {
        let context = Context {
            now: run.now,
            actor: if matches!(command, Command::Retry { .. }) {
                &Actor::Engine
            } else {
                &actor
            },
            network: &run.library.network,
            next_case: 2,
            elsewhere: &engine::case::NOWHERE,
            numbering: None,
        };
        decide(matter, case, &command, &context).unwrap()
    };
    for _ in 0..MOST_ROUNDS {
        let task = run.case.open_tasks().next().unwrap().0;
        let pay = Command::Complete {
            task,
            outcome: "已发".into(),
            data: Json::Null,
            reason: None,
            back_to: None,
        };
        command(&mut run.case, pay);
    }
    assert_eq!(run.case.open_tasks().count(), 0);
    assert_eq!(run.case.status().word(), "fault");
    let frames = run.case.frames().len();
    let again = Command::Retry {
        frame: engine::case::FrameNo(1),
    };
    command(&mut run.case, again);
    assert_eq!(run.case.status().word(), "fault");
    assert_eq!(run.case.frames().len(), frames);
}
