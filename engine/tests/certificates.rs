//! Certificates of recognition between two cases: the one that gives it and the one that uses it, with what each tells the other.

use crate::shipped::whole;
use engine::case::{
    Actor, Case, Certificate, Chosen, Command, Context, Effect, Event, Recognition, Rejection,
    Status, TaskNo, decide, effects,
};
use engine::library::Library;
use jiff::Timestamp;
use serde_json::{Value as Json, json};

const PERSON: &str = "44200019660415001X";
const GIVER: u64 = 1;
const USER: u64 = 2;

/// Both cases and their clock.
struct Desk {
    library: &'static Library,
    now: Timestamp,
    giver: Case,
    user: Case,
}

fn person(post: &str) -> Actor {
    Actor::Person {
        id: post.into(),
        posts: [post.parse().unwrap()].into(),
        stands_for: None,
        lent: Vec::new(),
    }
}

fn open(id: u64, city: &str, form: Json) -> Command {
    Command::Open {
        id,
        number: format!("N-{id}"),
        accepting_city: city.into(),
        channel: "window".into(),
        applicant: json!({ "name": "周四", "id_number": PERSON, "phone": "13800000014" }),
        form,
        parent: None,
    }
}

impl Desk {
    /// Zunyi has verified somebody's identity, as Wuzhou was asked to have certified; Zhongshan has his application.
    fn new() -> Desk {
        let mut desk = Desk {
            library: whole(),
            now: "2026-01-12T02:00:00Z".parse().unwrap(),
            giver: Case::default(),
            user: Case::default(),
        };
        let asked =
            json!({ "origin_city": "520300", "kind": "identity_check", "reference": "SF-3" });
        desk.done(GIVER, "450400/si/window", &open(GIVER, "450400", asked));
        let issue = json!({ "certificate_no": "HR-1", "verified_on": "2026-01-10", "valid_until": "2026-06-30", "extent": "当面核验" });
        desk.complete(GIVER, "520300/si/handler", "出具", issue);
        assert_eq!(desk.giver.issued(), None, "one person alone gives none");
        desk.complete(GIVER, "520300/si/reviewer", "agreed", Json::Null);
        let applied = json!({ "insured_city": "442000", "retirement_kind": "normal", "chosen_month": "2026-04" });
        desk.done(USER, "442000/si/window", &open(USER, "442000", applied));
        desk
    }

    /// Carries a command out, and what follows from it in the other case.
    fn tried(&mut self, id: u64, actor: &Actor, command: &Command) -> Result<(), Rejection> {
        let (case, matter) = match id {
            GIVER => (&mut self.giver, "mutual-recognition"),
            _ => (&mut self.user, "retirement-approval"),
        };
        let context = Context {
            now: self.now,
            actor,
            network: &self.library.network,
            next_case: 9,
            elsewhere: &engine::case::NOWHERE,
            numbering: None,
        };
        let revision = &self.library.matters[matter];
        let events: Vec<Event> = decide(revision, case, command, &context)?;
        let owed: Vec<Effect> = events
            .iter()
            .flat_map(|e| effects(revision, case, e))
            .collect();
        for effect in owed {
            if let Effect::Tell { case, command } = effect {
                // What comes too late is the other's own affair.
                let _ = self.tried(case, &Actor::Engine, &command);
            }
        }
        Ok(())
    }

    fn done(&mut self, id: u64, post: &str, command: &Command) {
        self.tried(id, &person(post), command).unwrap();
    }

    fn task(&self, id: u64) -> TaskNo {
        let case = if id == GIVER { &self.giver } else { &self.user };
        case.open_tasks().last().unwrap().0
    }

    fn complete(&mut self, id: u64, post: &str, outcome: &str, data: Json) {
        let command = Command::Complete {
            task: self.task(id),
            outcome: outcome.into(),
            data,
            reason: None,
            back_to: None,
        };
        self.done(id, post, &command);
    }

    /// As the runtime gives it with the command.
    fn found(&self) -> Option<Certificate> {
        let today = engine::clock::civil(self.now).date();
        let matter = &self.library.matters["mutual-recognition"];
        self.giver.certificate(matter, today)
    }

    fn choice(&self, declined: Option<&str>) -> Command {
        Command::Recognise {
            certificates: vec![Chosen {
                material: "identity".into(),
                case: GIVER,
                declined: declined.map(str::to_owned),
                found: self.found().map(Box::new),
            }],
            with: Box::new(Command::Claim {
                task: self.task(USER),
            }),
        }
    }

    fn revoke(&mut self) {
        let act = Command::Act {
            event: "撤销凭据".into(),
            data: Json::Null,
            reason: Some("照片与本人不符".into()),
        };
        self.done(GIVER, "520300/si/handler", &act);
        self.complete(GIVER, "520300/si/reviewer", "agreed", Json::Null);
    }
}

const WINDOW: &str = "442000/si/window";

/// What is taken stands for the material and is known where it was given; revoked, it is missing again, once.
#[test]
fn what_is_used_is_known_to_the_origin_and_lost_when_revoked() {
    let mut desk = Desk::new();
    let found = desk.found().unwrap();
    let facts = (
        &*found.number,
        &*found.city,
        &*found.of,
        found.until.to_string(),
    );
    assert_eq!(facts, ("HR-1", "520300", PERSON, "2026-06-30".to_owned()));
    let take = desk.choice(None);
    desk.done(USER, WINDOW, &take);
    let stands = desk.user.stands_for("identity").unwrap();
    assert_eq!((stands.case, &*stands.number), (GIVER, "HR-1"));
    let uses = &desk.giver.issued().unwrap().uses;
    let used: Vec<_> = uses
        .iter()
        .map(|u| (u.case, &*u.city, u.accepted))
        .collect();
    assert_eq!(used, [(USER, "442000", true)]);
    desk.complete(USER, WINDOW, "齐全", json!({}));
    desk.revoke();
    assert_eq!(desk.found(), None);
    assert!(desk.giver.issued().unwrap().revoked);
    assert_eq!(desk.user.missing(), ["identity"]);
    assert_eq!(desk.user.recognised()[0].state, Recognition::Revoked);
    // Nobody can take it any more.
    let again = desk.choice(None);
    let refused = desk.tried(USER, &person("442000/hrss/handler"), &again);
    assert_eq!(refused.unwrap_err().code(), "invalid");
}

/// A certificate that is declined goes with its reason to the lead city; the material is asked for as before.
#[test]
fn what_is_declined_goes_to_the_lead_city() {
    let mut desk = Desk::new();
    let silent = desk.choice(Some(" "));
    let refused = desk.tried(USER, &person(WINDOW), &silent);
    assert_eq!(refused.unwrap_err().code(), "invalid");
    let decline = desk.choice(Some("照片是十年前的"));
    desk.done(USER, WINDOW, &decline);
    assert!(desk.user.stands_for("identity").is_none());
    assert!(!desk.giver.issued().unwrap().uses[0].accepted);
    let dispute = desk.giver.open_tasks().last().unwrap().1;
    assert_eq!(&**dispute.step(), "dispute");
    assert_eq!(dispute.seats()[0].post.to_string(), "442000/si/supervisor");
    // What was declined is not lost when it is revoked.
    desk.revoke();
    assert!(desk.user.missing().is_empty());
}

/// Only what is there, in force, of this person and of the kind asked for is taken, and only where a city recognises it.
#[test]
fn what_does_not_fit_is_not_taken() {
    let desk = Desk::new();
    let good = desk.found().unwrap();
    let with = |change: &dyn Fn(&mut Certificate)| {
        let mut found = good.clone();
        change(&mut found);
        Some(Box::new(found))
    };
    let wrong = [
        (None, "certificate.unknown"),
        (
            with(&|c| c.of = "442000196604150028".into()),
            "certificate.unknown",
        ),
        (
            with(&|c| c.kind = "assessment".into()),
            "certificate.unknown",
        ),
        (
            with(&|c| c.until = "2026-01-11".parse().unwrap()),
            "certificate.unknown",
        ),
        (with(&|c| c.case = 7), "certificate.unknown"),
        (
            with(&|c| c.parameter = "lead_city".into()),
            "certificate.not_recognised",
        ),
    ];
    let mut desk = desk;
    let seq = desk.user.seq();
    for (found, code) in wrong {
        let Command::Recognise {
            mut certificates,
            with,
        } = desk.choice(None)
        else {
            panic!();
        };
        certificates[0].found = found;
        let command = Command::Recognise { certificates, with };
        match desk.tried(USER, &person(WINDOW), &command) {
            Err(Rejection::Invalid(errors)) => assert_eq!(errors[0].code, code),
            other => panic!("{other:?}"),
        }
        assert_eq!(desk.user.seq(), seq, "nothing has happened");
    }
    let take = desk.choice(None);
    for actor in [Actor::Applicant, person("520300/si/window")] {
        let refused = desk.tried(USER, &actor, &take).unwrap_err();
        assert_eq!(refused.code(), "forbidden");
    }
}

/// A certificate comes with the application itself, also in another letter case of the number.
#[test]
fn a_certificate_comes_with_the_application() {
    let mut desk = Desk::new();
    desk.user = Case::default();
    let mut applied = open(
        USER,
        "442000",
        json!({ "insured_city": "442000", "retirement_kind": "normal", "chosen_month": "2026-04" }),
    );
    if let Command::Open { applicant, .. } = &mut applied {
        applicant["id_number"] = PERSON.to_lowercase().into();
    }
    let command = Command::Recognise {
        certificates: vec![Chosen {
            material: "identity".into(),
            case: GIVER,
            declined: None,
            found: desk.found().map(Box::new),
        }],
        with: Box::new(applied),
    };
    desk.done(USER, WINDOW, &command);
    assert!(desk.user.stands_for("identity").is_some());
    assert_eq!(desk.giver.issued().unwrap().uses.len(), 1);
}

/// It is in force on its last day, and ends by itself the day after: nobody has revoked it, and what used it stands.
#[test]
fn a_certificate_ends_with_its_last_day() {
    let mut desk = Desk::new();
    let take = desk.choice(None);
    desk.done(USER, WINDOW, &take);
    let (at, timer) = desk.giver.timers()[0];
    assert_eq!(
        at.to_string(),
        "2026-06-30T16:00:00Z",
        "midnight in Beijing"
    );
    desk.now = "2026-06-30T15:59:00Z".parse().unwrap();
    assert!(desk.found().is_some());
    desk.now = at;
    assert!(desk.found().is_none(), "also before the timer has fired");
    desk.tried(GIVER, &Actor::Engine, &Command::Fire { timer })
        .unwrap();
    let issued = desk.giver.issued().unwrap();
    assert!(issued.ended.is_some() && !issued.revoked);
    assert_eq!(desk.giver.status(), Status::Completed);
    assert!(desk.user.stands_for("identity").is_some());
}
