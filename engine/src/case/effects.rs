//! What is owed to the outside world because of an event: notices, calls, and words to parent and child cases.

use super::{
    CardNo, Case, Command, Event, Fact, FrameNo, Level, Name, Parent, Party, Seat, Status, TurnNo,
};
use crate::matter::{Kind, Revision};
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
    /// Whoever holds this post.
    Post(Party),
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
            let seats = case
                .tasks
                .get(task)
                .map(|t| t.seats.as_slice())
                .unwrap_or_default();
            about("urged", seats.iter().map(recipient).collect())
        }
        Fact::StepDone { step, outcome, .. } => step_done(matter, step, outcome),
        Fact::ClockReached {
            clock,
            level,
            card: Some(_),
            ..
        } => card(case, clock, *level),
        Fact::CardPursued { card, .. } => pursued(case, *card),
        Fact::NoticeOwed {
            about,
            to,
            template,
        } => vec![Effect::Notice {
            about: about.clone(),
            to: vec![to.clone().map_or(Recipient::Applicant, Recipient::Post)],
            template: template.clone(),
        }],
        Fact::SubcaseAsked {
            step,
            matter,
            child,
            ..
        } => {
            vec![open(case, step, matter, *child, &event.content)]
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
    let shows = |t: &&super::Task| case.chain(t.frame).any(|(no, _)| no == running.frame);
    let tasks = case
        .open_tasks
        .iter()
        .filter_map(|t| case.tasks.get(t))
        .filter(shows);
    let mut posts: BTreeSet<Party> = BTreeSet::new();
    for post in tasks
        .flat_map(|t| &t.seats)
        .map(|s| &s.post)
        .filter(|p| !p.is_applicant())
    {
        posts.insert(post.clone());
        posts.insert(Party {
            post: "lead".to_owned(),
            ..post.clone()
        });
        if level == Level::Red {
            posts.insert(Party {
                post: "supervisor".to_owned(),
                ..post.clone()
            });
        }
    }
    let name = if level == Level::Red {
        "card.red"
    } else {
        "card.yellow"
    };
    about(name, posts.into_iter().map(Recipient::Post).collect())
}

/// Whoever has the work is told that an answer is wanted.
fn pursued(case: &Case, no: CardNo) -> Vec<Effect> {
    let work = case.cards.get(&no).map(|card| case.work_of(card));
    let seats = work.iter().flatten().flat_map(|t| &t.seats);
    let posts = seats.map(|s| &s.post).filter(|p| !p.is_applicant());
    let posts: BTreeSet<&Party> = posts.collect();
    let to = posts.into_iter().cloned().map(Recipient::Post);
    about("card.pursued", to.collect())
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
