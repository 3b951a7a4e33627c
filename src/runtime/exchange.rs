//! Letters to and from other deployments: envelopes go out by the outbox, come in at the door, and are folded into cases in their order.

mod courier;
mod enclosures;
mod incoming;
mod outgoing;
pub(super) mod stops;
mod trail;

pub(super) use crate::peer::CHANNEL;
pub use enclosures::CameWith;
pub(super) use enclosures::Enclosure;
pub use incoming::TurnedAway;
pub(super) use incoming::sweep;
pub(super) use outgoing::{Enclosed, enclose};
pub use trail::{Line, Step};

use engine::case::{Actor, Context, HandoffNo, Name, Origin, Party, Seat, Told};
use engine::matter::Revision;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// Who speaks in an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Speaks {
    /// Whoever sent the letter.
    Sender,
    /// Whoever got it.
    Receiver,
}

impl Speaks {
    fn word(self) -> &'static str {
        match self {
            Speaks::Sender => "sender",
            Speaks::Receiver => "receiver",
        }
    }

    /// The side that says such a word.
    fn of(word: &str) -> Option<Speaks> {
        match word {
            "sent" | "urged" | "called_off" => Some(Speaks::Sender),
            "received" | "refused" | "answered" => Some(Speaks::Receiver),
            _ => None,
        }
    }
}

/// The letter itself, as it stands in the first envelope of an exchange.
#[derive(Debug, Serialize, Deserialize)]
struct Letter {
    /// The post that sent it.
    by: Party,
    /// The post it goes to, and as which party.
    to: Seat,
    /// The matter.
    matter: Name,
    /// What the sender's case runs, by content hash.
    revision: String,
    /// Case, letter, step, parties and limits.
    letter: Origin,
    /// Only what the step shares.
    shared: Json,
    /// Materials that are missing.
    missing: Vec<String>,
    /// Those of them that were promised for later.
    promised: Vec<String>,
    /// The outcomes it may be answered with.
    outcomes: Vec<Name>,
    /// The fields of the answer.
    answer: Vec<String>,
    /// The codes a refusal may give as its reason; words are as good.
    reasons: Vec<String>,
    /// Papers issued to the office it goes to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    papers: Vec<Enclosure>,
}

/// Every later word.
#[derive(Debug, Serialize, Deserialize)]
struct Saying {
    /// The post that says it.
    by: Party,
    /// The outcome of an answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    outcome: Option<Name>,
    /// Words that urge, or the reason of a refusal.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    words: String,
    /// The fields of an answer.
    #[serde(default, skip_serializing_if = "Json::is_null")]
    fields: Json,
    /// Papers issued with it to the office that hears it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    papers: Vec<Enclosure>,
}

/// The name of an exchange: the number of the case that sent the letter, and of the letter.
fn subject(case: &engine::case::Case, no: HandoffNo) -> String {
    match case.origin() {
        Some(origin) => format!("{}/{}", origin.number, origin.handoff.0),
        None => format!("{}/{}", case.number(), no.0),
    }
}

/// The post that acts: of a person the one he holds where the case is, else the one that has the work there.
fn spokesman(
    case: &engine::case::Case,
    matter: &Revision,
    context: &Context<'_>,
    actor: &Actor,
) -> Party {
    let home = case.deciding_city(matter, context);
    let held = match actor {
        Actor::Peer { post, .. } => return post.clone(),
        Actor::Person { posts, .. } => {
            let here = posts.iter().find(|p| p.city == home);
            here.or(posts.first()).cloned()
        }
        _ => None,
    };
    let decides = || {
        let party = matter.decides.as_ref()?;
        case.post_of(matter, context, party, None)
    };
    held.or_else(decides).unwrap_or(Party {
        city: home,
        department: "si".to_owned(),
        post: "handler".to_owned(),
    })
}

/// Words of an event's content.
fn words_of(content: &Json, told: &Told) -> String {
    let name = match told.word {
        engine::case::Word::Urged => "words",
        _ => "reason",
    };
    let words = content.get(name).and_then(Json::as_str);
    words.unwrap_or_default().to_owned()
}
