//! A letter between two deployments: the sender's case and the case it becomes over there, told to each other word by word.

use crate::shipped::whole;
use engine::case::{
    Actor, Case, Command, Context, Elsewhere, Event, HandoffNo, Name, Rejection, Status, Word,
    Work, decide, fold, words,
};
use engine::library::Library;
use engine::matter::{Kind, Revision};
use jiff::Timestamp;
use serde_json::{Value as Json, json};
use std::sync::Arc;

const TRANSFER: &str = "pension-transfer-enterprise";

type Words = Vec<(u32, Word, Json)>;

/// One deployment with its one case.
struct Side {
    library: &'static Library,
    matter: Arc<Revision>,
    case: Case,
    now: Timestamp,
    elsewhere: Elsewhere,
    history: Vec<(Timestamp, Event)>,
}

impl Side {
    fn new(now: &str, elsewhere: &[(&str, &str)]) -> Self {
        let library = whole();
        let elsewhere = elsewhere.iter();
        Side {
            matter: library.matters[TRANSFER].clone(),
            library,
            case: Case::default(),
            now: now.parse().unwrap(),
            elsewhere: elsewhere
                .map(|(city, name)| ((*city).to_owned(), (*name).into()))
                .collect(),
            history: Vec::new(),
        }
    }

    fn command(&mut self, actor: &Actor, command: &Command) -> Result<Words, Rejection> {
        let context = Context {
            now: self.now,
            actor,
            network: &self.library.network,
            next_case: 9,
            elsewhere: &self.elsewhere,
            numbering: None,
        };
        let events = decide(&self.matter, &mut self.case, command, &context)?;
        let words = words(&self.case, &events).into_iter();
        let words = words.map(|told| {
            let content = events[told.event].content.clone();
            (told.sequence, told.word, content)
        });
        let words = words.collect();
        self.history
            .extend(events.into_iter().map(|event| (self.now, event)));
        let again = fold(self.history.iter().map(|(at, event)| (*at, event)));
        assert_eq!(again, self.case, "what is folded anew is the same (G6)");
        Ok(words)
    }

    fn act(&mut self, post: &str, command: &Command) -> Result<Words, Rejection> {
        let actor = Actor::Person {
            id: post.into(),
            posts: [post.parse().unwrap()].into(),
            stands_for: None,
            lent: Vec::new(),
        };
        self.command(&actor, command)
    }

    fn complete(&mut self, post: &str, step: &str, outcome: &str, data: Json) -> Words {
        let open = self.case.open_tasks().filter(|(_, t)| &**t.step() == step);
        let task = open.last().unwrap().0;
        let command = Command::Complete {
            task,
            outcome: outcome.into(),
            data,
            reason: None,
            back_to: None,
        };
        self.act(post, &command).unwrap()
    }

    fn open_work(&self) -> Vec<(String, Work)> {
        let open = self.case.open_tasks();
        open.map(|(_, t)| (t.step().to_string(), t.work()))
            .collect()
    }
}

fn peer(deployment: &str, post: &str) -> Actor {
    Actor::Peer {
        deployment: deployment.into(),
        post: post.parse().unwrap(),
        at: "2026-03-02T02:00:00Z".parse().unwrap(),
    }
}

/// A transfer in Zhongshan that has just sent its letter to Zunyi, which another deployment serves.
fn sender() -> (Side, HandoffNo) {
    let mut side = Side::new("2026-03-02T02:00:00Z", &[("520300", "遵义")]);
    let open = Command::Open {
        id: 1,
        number: "442000-YLZY-20260302-00001-0".into(),
        accepting_city: "442000".into(),
        channel: "window".into(),
        applicant: json!({ "name": "王五", "id_number": "110101198001010010", "phone": "13800000002" }),
        form: json!({ "to_city": "442000", "gathering": false,
            "out_relations": [{ "city": "520300", "from_month": "2015-01", "to_month": "2020-12", "months": 72 }] }),
        parent: None,
    };
    side.act("442000/si/window", &open).unwrap();
    side.complete("442000/si/window", "intake.check", "齐全", json!({}));
    let found = json!({ "sex": "male", "age_at_start": 35, "returns_to_hukou": false, "official_transfer": false });
    side.complete("442000/si/handler", "precheck", "符合", found);
    side.complete(
        "442000/si/handler",
        "issue",
        "开具",
        json!({ "letter_no": "L-1" }),
    );
    let words = side.complete("442000/si/reviewer", "issue", "agreed", json!({}));
    assert!(matches!(words[..], [(1, Word::Sent, _)]), "{words:?}");
    let letter = side.case.exchanges().next().unwrap();
    (side, letter)
}

/// What the sender's case sends, taken in at Zunyi.
fn receiver(sender: &Side, letter: HandoffNo) -> Side {
    let mut side = Side::new("2026-03-02T02:11:00Z", &[("442000", "中山")]);
    let context = Context {
        now: sender.now,
        actor: &Actor::Engine,
        network: &sender.library.network,
        next_case: 9,
        elsewhere: &sender.elsewhere,
        numbering: None,
    };
    let out = sender
        .case
        .outgoing(&sender.matter, &context, letter)
        .unwrap();
    assert_eq!(out.revision, side.matter.hash());
    side.matter = Arc::new(side.matter.letter(&out.origin.step).unwrap());
    let mut origin = out.origin;
    origin.from = "中山".into();
    let take = Command::TakeLetter {
        id: 1,
        number: "520300-YLZY-20260302-00001-0".into(),
        origin: Box::new(origin),
        shared: out.shared,
        missing: out.missing,
        promised: out.promised,
    };
    side.command(&peer("中山", "442000/si/handler"), &take)
        .unwrap();
    side
}

#[test]
fn g035_a_letter_is_done_over_there_and_its_answer_goes_on_here() {
    let (mut here, letter) = sender();
    assert_eq!(here.case.status(), Status::AwaitingReply);
    let mut there = receiver(&here, letter);
    assert_eq!(there.case.status(), Status::Received);
    let no = there.case.exchanges().next().unwrap();
    assert_eq!(
        there.open_work(),
        [("letter".to_owned(), Work::Receive(no))]
    );

    // Received there: its limits run on its calendar, and the word goes back.
    let words = there
        .act("520300/si/handler", &Command::Receive { handoff: no })
        .unwrap();
    assert!(matches!(&words[..], [(1, Word::Received, _)]), "{words:?}");
    let clocks: Vec<_> = there
        .case
        .clocks()
        .iter()
        .map(|(name, c)| (name.as_str(), c.city()))
        .collect();
    assert!(
        clocks.contains(&("letter", "520300")) && clocks.contains(&("转出办理", "520300")),
        "{clocks:?}"
    );
    assert_eq!(there.case.status(), Status::Accepted);
    let received = Command::Receive { handoff: letter };
    here.command(&peer("遵义", "520300/si/handler"), &received)
        .unwrap();
    let away = here.open_work();
    assert!(
        away.contains(&("letter".to_owned(), Work::Answer(letter))),
        "{away:?}"
    );

    // Done there by two persons; only what the step lets come back is told.
    let sheet = json!({ "months": 72, "amount": "43969.11" });
    there.complete("520300/si/handler", "verify", "出具", sheet);
    there.complete("520300/si/reviewer", "verify", "agreed", json!({}));
    let slip = json!({ "voucher_no": "H-1", "paid_on": "2026-03-02" });
    let words = there.complete("520300/si/finance", "remit", "已划转", slip);
    let [(2, Word::Answered(outcome), said)] = words.as_slice() else {
        panic!("{words:?}")
    };
    assert_eq!(
        (&**outcome, said),
        ("已划转", &json!({ "months": 72, "amount": "43969.11" }))
    );
    assert_eq!(there.case.status(), Status::Completed);
    assert!(there.case.is_closed());

    let answer = Command::Answer {
        handoff: letter,
        data: said.clone(),
        outcome: Some(outcome.clone()),
    };
    here.command(&peer("遵义", "520300/si/reviewer"), &answer)
        .unwrap();
    let voucher = Command::Message {
        name: "fund-arrived".into(),
        key: "L-1".into(),
        data: json!({ "amount": "43969.11", "voucher_no": "V-1" }),
    };
    here.command(
        &Actor::System {
            name: "bank".into(),
        },
        &voucher,
    )
    .unwrap();
    // What came back is what the case goes on with: the amounts agree.
    let places = here.case.places(&here.matter);
    assert!(places.iter().any(|p| &*p.step == "account"), "{places:?}");
}

#[test]
fn g035_only_what_the_step_shares_leaves() {
    let (here, letter) = sender();
    let there = receiver(&here, letter);
    let all = serde_json::to_string(&there.case).unwrap();
    assert!(all.contains("110101198001010010") && all.contains("L-1"));
    assert!(
        !all.contains("13800000002") && !all.contains("age_at_start"),
        "{all}"
    );
}

/// What is decided in a city of another deployment is not begun here, whoever asks.
#[test]
fn a_case_that_another_deployment_decides_is_not_opened_here() {
    let mut side = Side::new("2026-03-02T02:00:00Z", &[("520300", "遵义")]);
    let open = Command::Open {
        id: 1,
        number: "442000-YLZY-20260302-00001-0".into(),
        accepting_city: "442000".into(),
        channel: "window".into(),
        applicant: json!({ "name": "王五", "id_number": "110101198001010010", "phone": "13800000002" }),
        form: json!({ "to_city": "520300", "gathering": false,
            "out_relations": [{ "city": "442000", "from_month": "2015-01", "to_month": "2020-12", "months": 72 }] }),
        parent: None,
    };
    let refused = side.act("442000/si/window", &open).unwrap_err();
    let Rejection::NotNow { why, args } = &refused else {
        panic!("{refused:?}");
    };
    assert_eq!(*why, "reject.decided_elsewhere");
    assert_eq!(args, &[("city", "遵义".to_owned())]);
    assert_eq!(side.case.seq(), 0, "nothing is written");
}

/// The first rung of a card's ladder travels: the office over there is urged though nobody here has thought of it.
#[test]
fn a_silent_city_is_urged_by_the_ladder() {
    let (mut here, letter) = sender();
    let mut told = Vec::new();
    while told.is_empty() {
        let (at, timer) = here.case.timers()[0];
        here.now = at;
        told = here
            .command(&Actor::Engine, &Command::Fire { timer })
            .unwrap();
    }
    assert!(matches!(told[..], [(2, Word::Urged, _)]), "{told:?}");
    let cards = here.case.cards();
    let of_letter = |no| here.case.letter_of_card(no) == Some(letter);
    assert!(cards.keys().any(|no| of_letter(*no)), "{cards:?}");
}

#[test]
fn a_letter_that_is_away_is_received_and_answered_by_its_deployment_alone() {
    let (mut here, letter) = sender();
    let receive = Command::Receive { handoff: letter };
    let refused = here.act("520300/si/handler", &receive).unwrap_err();
    assert!(
        matches!(
            refused,
            Rejection::NotNow {
                why: "reject.letter_away",
                ..
            }
        ),
        "{refused:?}"
    );
    let stranger = here
        .command(&peer("赣州", "520300/si/handler"), &receive)
        .unwrap_err();
    assert_eq!(stranger.code(), "state-not-allowed");
    let other = here
        .command(&peer("遵义", "442000/si/handler"), &receive)
        .unwrap_err();
    assert_eq!(other.code(), "forbidden");
}

#[test]
fn urging_travels_and_a_withdrawn_case_takes_its_letter_back() {
    let (mut here, letter) = sender();
    let mut there = receiver(&here, letter);
    let mut tasks = here.case.open_tasks();
    let task = tasks
        .find(|(_, t)| t.work() == Work::Receive(letter))
        .unwrap()
        .0;
    drop(tasks);
    let urge = Command::Urge {
        task,
        words: "请尽快".into(),
    };
    let words = here.act("442000/si/handler", &urge).unwrap();
    assert!(matches!(&words[..], [(2, Word::Urged, _)]), "{words:?}");
    let task = there.case.open_tasks().next().unwrap().0;
    let urge = Command::Urge {
        task,
        words: "请尽快".into(),
    };
    there
        .command(&peer("中山", "442000/si/handler"), &urge)
        .unwrap();

    let withdraw = Command::Act {
        event: "withdraw".into(),
        data: Json::Null,
        reason: None,
    };
    let words = here.command(&Actor::Applicant, &withdraw).unwrap();
    assert!(matches!(&words[..], [(3, Word::CalledOff, _)]), "{words:?}");
    assert_eq!(
        here.case.correspondent(letter),
        Some((&Name::from("遵义"), 3))
    );
    let stranger = there
        .command(&peer("赣州", "360700/si/handler"), &Command::CallOff)
        .unwrap_err();
    assert_eq!(stranger.code(), "forbidden");
    there
        .command(&peer("中山", "442000/si/handler"), &Command::CallOff)
        .unwrap();
    assert_eq!(there.case.status(), Status::Withdrawn);
    assert_eq!(there.case.open_tasks().count(), 0);
}

#[test]
fn a_refusal_goes_back_with_its_reason() {
    let (mut here, letter) = sender();
    let mut there = receiver(&here, letter);
    let no = there.case.exchanges().next().unwrap();
    let refuse = Command::Refuse {
        handoff: no,
        reason: "R06".into(),
    };
    let words = there.act("520300/si/handler", &refuse).unwrap();
    let [(1, Word::Refused, said)] = words.as_slice() else {
        panic!("{words:?}")
    };
    assert_eq!(said["reason"], "R06");
    assert_eq!(there.case.status(), Status::Refused);
    let refuse = Command::Refuse {
        handoff: letter,
        reason: "R06".into(),
    };
    here.command(&peer("遵义", "520300/si/handler"), &refuse)
        .unwrap();
    assert!(
        here.open_work().contains(&("issue".to_owned(), Work::Step)),
        "{:?}",
        here.open_work()
    );
}

/// Every hand-off that ships can be done over there: it has a part, and each of its outcomes ends it.
#[test]
fn every_shipped_letter_is_a_matter_of_its_own() {
    let library = whole();
    let mut count = 0;
    for revision in library.matters.values() {
        for step in revision
            .steps
            .iter()
            .filter(|s| matches!(s.kind, Kind::Handoff { .. }))
        {
            let part = revision.letter(&step.id.value).unwrap();
            assert_eq!(
                revision.letter_hashed(part.hash()).unwrap().hash(),
                part.hash()
            );
            assert_ne!(part.hash(), revision.hash());
            let (_, letter) = part.named(&step.id.value).unwrap();
            assert!(
                letter
                    .outcomes
                    .iter()
                    .all(|o| matches!(o.way, engine::matter::Way::End(_)))
            );
            count += 1;
        }
    }
    assert!(count > 15, "{count}");
}
