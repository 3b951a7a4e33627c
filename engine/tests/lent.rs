//! Posts lent to somebody of another city: for some matters, on some days, and never on both sides of a case.

use crate::shipped::whole;
use engine::case::{
    Actor, Case, Command, Context, Event, Lent, Party, Rejection, Sight, TaskNo, decide,
};
use engine::library::Library;
use serde_json::json;

const MATTER: &str = "pension-lump-sum";
const WINDOW: &str = "450400/si/window";
const HANDLER: &str = "442000/si/handler";
const ON_THE_DAYS: &str = "2026-03-02T10:00:00+08:00";

/// Somebody of 梧州 to whom a post in 中山 is lent for the first week of March.
fn lent(id: &str, home: &str, matters: &[&str]) -> Actor {
    let post = |text: &str| text.parse::<Party>().unwrap();
    Actor::Person {
        id: id.into(),
        posts: [post(home), post(HANDLER)].into(),
        stands_for: None,
        lent: vec![Lent {
            post: post(HANDLER),
            home: post(home),
            matters: matters.iter().map(|m| (*m).into()).collect(),
            from: "2026-03-01T00:00:00+08:00".parse().unwrap(),
            until: "2026-03-08T00:00:00+08:00".parse().unwrap(),
        }],
    }
}

fn own(id: &str, post: &str) -> Actor {
    Actor::Person {
        id: id.into(),
        posts: [post.parse().unwrap()].into(),
        stands_for: None,
        lent: Vec::new(),
    }
}

fn context<'a>(library: &'a Library, actor: &'a Actor, now: &str) -> Context<'a> {
    Context {
        now: now.parse().unwrap(),
        actor,
        network: &library.network,
        next_case: 2,
        elsewhere: &engine::case::NOWHERE,
        numbering: None,
    }
}

fn attempt(
    library: &Library,
    case: &mut Case,
    (actor, now): (&Actor, &str),
    command: &Command,
) -> Result<Vec<Event>, Rejection> {
    let matter = &library.matters[MATTER];
    decide(matter, case, command, &context(library, actor, now))
}

/// A case taken in by one person of 梧州 and looked through by another, waiting for 中山.
fn taken_in(library: &Library, by: &Actor, checked_by: &Actor) -> Case {
    let mut case = Case::default();
    let open = Command::Open {
        id: 1,
        number: "450400-YCXDY-20260302-00001-X".into(),
        accepting_city: "450400".into(),
        channel: "window".into(),
        applicant: json!({ "name": "李四", "id_number": "450400195903150017", "phone": "13800000001" }),
        form: json!({ "insured_city": "442000", "claim_kind": "months_short", "bank_name": "示例银行",
            "bank_account": "6222020000000000000", "delivery": "window_pickup" }),
        parent: None,
    };
    attempt(library, &mut case, (by, ON_THE_DAYS), &open).unwrap();
    let check = Command::Complete {
        task: case.open_tasks().next().unwrap().0,
        outcome: "容缺受理".into(),
        data: json!({ "missing": ["bank_card"] }),
        reason: None,
        back_to: None,
    };
    attempt(library, &mut case, (checked_by, ON_THE_DAYS), &check).unwrap();
    case
}

fn records(case: &Case) -> TaskNo {
    let mut tasks = case.open_tasks();
    let found = tasks.find(|(_, task)| &**task.step() == "records");
    found.unwrap().0
}

#[test]
fn a_post_that_is_lent_holds_for_its_matters_and_days_alone() {
    let library = whole();
    let window = own("wz-window", WINDOW);
    let fresh = || taken_in(library, &window, &window);
    let helper = lent("helper", "520300/si/handler", &[MATTER]);
    let elsewhere = lent(
        "helper",
        "520300/si/handler",
        &["pension-transfer-enterprise"],
    );
    let command = Command::Claim {
        task: records(&fresh()),
    };
    let before = "2026-02-28T23:59:59+08:00";
    let last = "2026-03-07T23:59:59+08:00";
    let after = "2026-03-08T00:00:00+08:00";
    for (actor, now, may) in [
        (&helper, ON_THE_DAYS, true),
        (&helper, last, true),
        (&helper, before, false),
        (&helper, after, false),
        (&elsewhere, ON_THE_DAYS, false),
    ] {
        let mut case = fresh();
        let sight = case.sight(
            &library.matters[MATTER],
            actor,
            &context(library, actor, now),
        );
        let done = attempt(library, &mut case, (actor, now), &command);
        match may {
            true => assert_eq!((sight, done.is_ok()), (Sight::Whole, true), "{now}"),
            false => {
                assert_eq!(sight, Sight::None, "{now}");
                assert_eq!(done.unwrap_err().code(), "forbidden", "{now}");
            }
        }
    }
}

#[test]
fn who_is_lent_does_not_work_on_a_case_that_went_through_his_hands_at_home() {
    let library = whole();
    let colleague = own("wz-window", WINDOW);
    let helper = lent("helper", WINDOW, &[MATTER]);
    let claim = |case: &mut Case| {
        let task = records(case);
        attempt(
            library,
            case,
            (&helper, ON_THE_DAYS),
            &Command::Claim { task },
        )
    };
    let mut opened = taken_in(library, &helper, &colleague);
    let mut checked = taken_in(library, &colleague, &helper);
    for case in [&mut opened, &mut checked] {
        let refused = claim(case).unwrap_err();
        assert_eq!(
            refused,
            Rejection::BothSides {
                city: "450400".into()
            }
        );
        let said = refused.message(&str::to_owned, &library.network);
        assert!(said.zh.contains("您在梧州经手过这件事"), "{}", said.zh);
    }
    let mut others = taken_in(library, &colleague, &colleague);
    claim(&mut others).unwrap();
}
