//! What is owed to the outside world because of an event: notices, calls, and words to parent and child cases.

use super::cards::{LEAD, SUPERVISOR};
use super::{
    CardNo, Case, Command, Event, Fact, FrameNo, Level, Name, Parent, Party, PersonId, Recount,
    Rung, Running, Seat, Status, Task, TaskState, TurnNo,
};
use crate::matter::{Kind, LimitKind, Revision};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use std::collections::BTreeSet;

/// Something owed. The shell writes it with the events in one transaction: commands to other cases at once, the rest by the outbox.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "effect", rename_all = "snake_case")]
pub enum Effect {
    /// A case of another matter is to be opened by this `Command::Open`; its `number` is empty and for the shell to give.
    Open {
        /// Its matter.
        matter: Name,
        /// The command.
        command: Box<Command>,
    },
    /// A command to a case of this store: to the parent or a child.
    Tell {
        /// Which case.
        case: u64,
        /// The command.
        command: Box<Command>,
    },
    /// Somebody is to be told, if there is a template for it.
    Notice {
        /// What happened: `received`, `accepted`, `STEP.opened`, `STEP.OUTCOME`, `card.yellow`, an end state, …
        about: String,
        /// Whom; empty: whom the template names.
        to: Vec<Recipient>,
        /// A template of its own.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        template: Option<Name>,
    },
    /// The case asks for its turn with a key, or without one gives it up.
    Alone {
        /// Which.
        turn: TurnNo,
        /// Whose turn it is at a time is settled for each key.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        key: Option<String>,
    },
    /// Another system is to be asked; the answer comes back as [`Command::Reply`]. What it is sent is the content of the event.
    Call {
        /// The connector.
        connector: Name,
        /// The sequence that stands at the call.
        frame: FrameNo,
        /// The step.
        step: Name,
        /// How often it is asked at most.
        tries: u32,
    },
}

/// Somebody who can be told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Recipient {
    /// The applicant.
    Applicant,
    /// Whoever has the telephone number at this place of the form.
    Phone(String),
    /// Whoever holds this post.
    Post(Party),
    /// Somebody in particular, who has the work of this post.
    Person {
        /// Who.
        who: PersonId,
        /// The post.
        post: Party,
    },
}

/// What is owed because of an event that has just been applied.
pub fn effects(matter: &Revision, case: &Case, event: &Event) -> Vec<Effect> {
    match &event.fact {
        Fact::CaseOpened { .. } => about("received", Vec::new()),
        Fact::MarkSet { mark, .. } if &**mark == "accepted" => about("accepted", Vec::new()),
        Fact::TaskOpened { step, seats, .. } => about(
            &format!("{step}.opened"),
            seats.iter().map(recipient).collect(),
        ),
        Fact::TaskUrged { task, .. } => {
            let task = case.tasks.get(task);
            about("urged", task.map(concerned).unwrap_or_default())
        }
        Fact::TaskTransferred { task, .. } => {
            let task = case.tasks.get(task);
            about("reassigned", task.map(concerned).unwrap_or_default())
        }
        Fact::TaskDelegated { task, .. } => {
            let task = case.tasks.get(task);
            about("delegated", task.map(concerned).unwrap_or_default())
        }
        // Whoever took it back himself knows.
        Fact::TaskHandedBack { task, by, to, .. } if by != to => {
            let task = case.tasks.get(task);
            about("handed_back", task.map(concerned).unwrap_or_default())
        }
        Fact::StepDone { step, outcome, .. } => step_done(matter, step, outcome),
        Fact::ClockReached {
            clock,
            level,
            card: Some(_),
            ..
        } => card(case, clock, *level),
        Fact::Recounted { clocks, .. } => recounted(case, clocks),
        Fact::CardPursued { card, .. } => pursued(case, *card),
        Fact::CardEscalated { card, rung, to } => escalated(case, *card, *rung, to.as_ref()),
        Fact::NoticeOwed {
            about,
            to,
            phone,
            template,
        } => {
            let phone = phone.clone().map(Recipient::Phone);
            let to = phone.or_else(|| to.clone().map(Recipient::Post));
            vec![Effect::Notice {
                about: about.clone(),
                to: vec![to.unwrap_or(Recipient::Applicant)],
                template: template.clone(),
            }]
        }
        Fact::SubcaseAsked {
            step,
            matter,
            child,
            ..
        } => {
            vec![open(case, step, matter, *child, &event.content)]
        }
        Fact::CallBackAsked { matter, child } => {
            vec![open(
                case,
                &"call-back".into(),
                matter,
                *child,
                &event.content,
            )]
        }
        Fact::SubcaseCalledOff { child } => vec![Effect::Tell {
            case: *child,
            command: Box::new(Command::CallOff),
        }],
        Fact::SubcaseHeld { child, held } => vec![Effect::Tell {
            case: *child,
            command: Box::new(Command::Hold { held: *held }),
        }],
        Fact::TurnAsked { turn, .. } => {
            let key = event.content.get("key").and_then(Json::as_str);
            let key = Some(key.unwrap_or_default().to_owned());
            vec![Effect::Alone { turn: *turn, key }]
        }
        Fact::TurnLeft { turn, .. } => vec![Effect::Alone {
            turn: *turn,
            key: None,
        }],
        Fact::CertificateTaken {
            case: of, used_in, ..
        }
        | Fact::CertificateDeclined {
            case: of, used_in, ..
        } => vec![used(case, *of, used_in, &event.content)],
        Fact::CertificateEnded { revoked: true } => revoked(case),
        Fact::StatusChanged { status, .. } => status_changed(case, *status, &event.content),
        Fact::CallMade {
            frame,
            step,
            connector,
            tries,
        } => vec![Effect::Call {
            connector: connector.clone(),
            frame: *frame,
            step: step.clone(),
            tries: *tries,
        }],
        _ => Vec::new(),
    }
}

/// The case that gave a certificate hears that it was taken, or declined and why.
fn used(case: &Case, of: u64, city: &str, content: &Json) -> Effect {
    let reason = content.get("reason").and_then(Json::as_str);
    Effect::Tell {
        case: of,
        command: Box::new(Command::CertificateUsed {
            case: case.id,
            number: case.number.clone(),
            city: city.to_owned(),
            reason: reason.map(str::to_owned),
        }),
    }
}

/// Whoever has taken the certificate of a case hears that it is revoked.
fn revoked(case: &Case) -> Vec<Effect> {
    let uses = case.certificate.iter().flat_map(|issued| &issued.uses);
    let taken = uses.filter(|used| used.accepted);
    let tell = |used: &super::Use| Effect::Tell {
        case: used.case,
        command: Box::new(Command::CertificateRevoked { case: case.id }),
    };
    taken.map(tell).collect()
}

fn about(what: &str, to: Vec<Recipient>) -> Vec<Effect> {
    vec![Effect::Notice {
        about: what.to_owned(),
        to,
        template: None,
    }]
}

fn recipient(seat: &Seat) -> Recipient {
    if seat.post.is_applicant() {
        Recipient::Applicant
    } else {
        Recipient::Post(seat.post.clone())
    }
}

/// Whoever has a task; while nobody does, all who may take it.
fn concerned(task: &Task) -> Vec<Recipient> {
    let holder = match &task.state {
        TaskState::Held { by, .. } => Some(by),
        _ => None,
    };
    let posts = task.seats.iter().map(|s| &s.post);
    let mut posts = posts.filter(|p| !p.is_applicant());
    match (holder, posts.next()) {
        (Some(who), Some(post)) => vec![Recipient::Person {
            who: who.clone(),
            post: post.clone(),
        }],
        _ => task.seats.iter().map(recipient).collect(),
    }
}

/// An outcome that says itself who is told has told them already.
fn step_done(matter: &Revision, step: &Name, outcome: &Name) -> Vec<Effect> {
    let said = matter
        .named(step)
        .and_then(|(_, s)| s.outcomes.iter().find(|o| o.name.value == *outcome));
    let told = said.is_some_and(|o| !o.notify.is_empty());
    let choice = matter
        .named(step)
        .is_some_and(|(_, s)| matches!(s.kind, Kind::Choice { .. }));
    if told || choice {
        return Vec::new();
    }
    about(&format!("{step}.{outcome}"), Vec::new())
}

/// A card is told to whoever has the work, and to the leader; a red one to the supervisor too.
fn card(case: &Case, clock: &str, level: Level) -> Vec<Effect> {
    let Some(running) = case.clocks.get(clock) else {
        return Vec::new();
    };
    let mut whom: Vec<Recipient> = Vec::new();
    let mut posts: BTreeSet<Party> = BTreeSet::new();
    for task in tasks_under(case, running) {
        let told = concerned(task).into_iter();
        let told = told.filter(|r| *r != Recipient::Applicant && !whom.contains(r));
        whom.extend(told.collect::<Vec<_>>());
        let own = task.seats.iter().map(|s| &s.post);
        posts.extend(own.filter(|p| !p.is_applicant()).cloned());
    }
    for post in std::mem::take(&mut posts) {
        posts.insert(Party {
            post: LEAD.to_owned(),
            ..post.clone()
        });
        if level == Level::Red {
            posts.insert(Party {
                post: SUPERVISOR.to_owned(),
                ..post.clone()
            });
        }
    }
    let name = if level == Level::Red {
        "card.red"
    } else {
        "card.yellow"
    };
    let above = posts.into_iter().map(Recipient::Post);
    let above = above.filter(|r| !whom.contains(r)).collect::<Vec<_>>();
    whom.extend(above);
    about(name, whom)
}

/// Whoever has work under a limit whose end has moved is told, and the applicant where it is what he was promised.
fn recounted(case: &Case, clocks: &[Recount]) -> Vec<Effect> {
    let moved = clocks.iter().filter(|c| c.moved());
    let moved = moved.filter_map(|c| case.clocks.get(&c.clock));
    let moved: Vec<&Running> = moved.collect();
    if moved.is_empty() {
        return Vec::new();
    }
    let posts = moved.iter().flat_map(|running| posts_under(case, running));
    let posts: BTreeSet<Party> = posts.cloned().collect();
    let promised = moved.iter().any(|c| c.kind == LimitKind::Promised);
    let applicant = promised.then_some(Recipient::Applicant);
    let to = posts.into_iter().map(Recipient::Post).chain(applicant);
    about("recounted", to.collect())
}

/// The open work under a limit.
fn tasks_under<'c>(case: &'c Case, running: &'c Running) -> impl Iterator<Item = &'c Task> {
    let shows = |t: &&Task| case.chain(t.frame).any(|(no, _)| no == running.frame);
    let open = case.open_tasks.iter().filter_map(|t| case.tasks.get(t));
    open.filter(shows)
}

/// The offices with open work under a limit.
fn posts_under<'c>(case: &'c Case, running: &'c Running) -> impl Iterator<Item = &'c Party> {
    let posts = tasks_under(case, running).flat_map(|t| &t.seats);
    posts.map(|s| &s.post).filter(|p| !p.is_applicant())
}

/// Whoever has the work is told that an answer is wanted.
fn pursued(case: &Case, no: CardNo) -> Vec<Effect> {
    about("card.pursued", workers(case, no))
}

/// Whoever has the work of a card.
fn workers(case: &Case, no: CardNo) -> Vec<Recipient> {
    let work = case.cards.get(&no).map(|card| case.work_of(card));
    let mut whom: Vec<Recipient> = Vec::new();
    for told in work.iter().flatten().flat_map(|t| concerned(t)) {
        if told != Recipient::Applicant && !whom.contains(&told) {
            whom.push(told);
        }
    }
    whom
}

/// Who is told of a card that goes a rung up: whoever has the work, then his lead and supervisor too, then the lead city of the network.
fn escalated(case: &Case, no: CardNo, rung: Rung, to: Option<&Party>) -> Vec<Effect> {
    let workers = workers(case, no);
    let offices = workers.iter().filter_map(|told| match told {
        Recipient::Post(post) | Recipient::Person { post, .. } => Some(post.clone()),
        Recipient::Applicant | Recipient::Phone(_) => None,
    });
    let offices: BTreeSet<Party> = offices.collect();
    let post = |post: &str, of: &Party| {
        Recipient::Post(Party {
            post: post.to_owned(),
            ..of.clone()
        })
    };
    match rung {
        Rung::Urge => about("urged", workers),
        Rung::Pursue => {
            let mut whom = workers;
            for told in offices
                .iter()
                .flat_map(|o| [post(LEAD, o), post(SUPERVISOR, o)])
            {
                if !whom.contains(&told) {
                    whom.push(told);
                }
            }
            about("card.pursued", whom)
        }
        Rung::Network => {
            let to = to.into_iter().cloned().map(Recipient::Post);
            about("card.network", to.collect())
        }
    }
}

fn open(case: &Case, step: &Name, matter: &Name, child: u64, content: &Json) -> Effect {
    let part = |name: &str| content.get(name).cloned().unwrap_or(Json::Null);
    Effect::Open {
        matter: matter.clone(),
        command: Box::new(Command::Open {
            id: child,
            number: String::new(),
            accepting_city: case.accepting_city.clone(),
            channel: case.channel.clone(),
            applicant: part("applicant"),
            form: part("form"),
            parent: Some(Parent {
                case: case.id,
                number: case.number.clone(),
                step: step.clone(),
            }),
        }),
    }
}

/// A parent hears every state of its child, the applicant the last.
fn status_changed(case: &Case, status: Status, results: &Json) -> Vec<Effect> {
    let parent = case.parent.as_ref().map(|parent| Effect::Tell {
        case: parent.case,
        command: Box::new(Command::Child {
            child: case.id,
            status,
            results: status.is_final().then(|| results.clone()),
        }),
    });
    let last = status.is_final().then(|| Effect::Notice {
        about: status.word().to_owned(),
        to: Vec::new(),
        template: None,
    });
    parent.into_iter().chain(last).collect()
}
