//! What somebody may wish of a case, who wishes it, and why it may be refused.

use super::{
    CardDeed, CardNo, Cause, Chosen, Elsewhere, File, FrameNo, HandoffNo, Name, Numbering, Origin,
    PaperNo, Parent, Party, PersonId, Status, TaskNo, TimerNo, TurnNo,
};
use crate::network::{Closure, Network};
use crate::text::{Lang, Text, both, in_both, list};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use std::sync::Arc;

/// Who acts. What he may do follows from his posts alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Actor {
    /// A person of the directory with the posts he holds (of a session: the one he acts in).
    Person {
        /// Who.
        id: PersonId,
        /// City, department and post, each.
        posts: Arc<[Party]>,
        /// For whom he stands as a deputy.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        stands_for: Option<Standing>,
        /// Those of the posts that are lent to him.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        lent: Vec<super::Lent>,
    },
    /// A person who looks at what a post sees without holding it: he does nothing, and reads nothing that was filled in.
    Onlooker {
        /// Who.
        id: PersonId,
        /// The posts he looks as.
        posts: Arc<[Party]>,
    },
    /// The applicant, by link or query code.
    Applicant,
    /// Another system, by the name of its key.
    System {
        /// Its name.
        name: String,
    },
    /// An office of a city that another deployment serves, by what that deployment said.
    Peer {
        /// The deployment, as it is called here.
        deployment: super::Name,
        /// The post there.
        post: Party,
        /// When it happened there, as it says.
        at: Timestamp,
    },
    /// The engine itself: timers, parents and children.
    Engine,
}

/// For whom a deputy acts, and in what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// The person who is away.
    pub person: PersonId,
    /// The matters in which he stands for him; empty: all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub matters: Vec<Name>,
}

impl Standing {
    /// Whether it holds for cases of a matter.
    pub fn covers(&self, matter: &str) -> bool {
        self.matters.is_empty() || self.matters.iter().any(|m| **m == *matter)
    }
}

/// Everything around a command that decides what it does. Nothing else is read.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The recorded time of the command.
    pub now: Timestamp,
    /// Who acts.
    pub actor: &'a Actor,
    /// The network with calendars and parameters.
    pub network: &'a Network,
    /// The first number free for a case that this command opens; the next ones are free too.
    pub next_case: u64,
    /// Cities that other deployments serve.
    pub elsewhere: &'a Elsewhere,
    /// The numbers that offices have given to papers; none where nothing is issued for good.
    pub numbering: Option<&'a Numbering>,
}

/// A wish.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Command {
    /// Opens the case.
    Open {
        /// Its number in the store; names outside derive from it.
        id: u64,
        /// The number people know, see [`super::number`].
        number: String,
        /// The city whose window took the application, six digits.
        accepting_city: String,
        /// `window`, `video`, `online`, …
        channel: String,
        /// The applicant's fields (`forms/shared/person`).
        applicant: Json,
        /// What the matter asks besides.
        form: Json,
        /// The case and step that opened it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        parent: Option<Parent>,
    },
    /// Opens the case of a letter that another deployment has sent.
    TakeLetter {
        /// Its number in the store.
        id: u64,
        /// The number people know.
        number: String,
        /// Where it comes from.
        origin: Box<Origin>,
        /// What is shared with it, by path.
        shared: Json,
        /// Materials that are missing.
        missing: Vec<String>,
        /// Those of them that were promised for later.
        promised: Vec<String>,
    },
    /// Takes a task.
    Claim {
        /// Which.
        task: TaskNo,
    },
    /// Gives a task back.
    Release {
        /// Which.
        task: TaskNo,
    },
    /// Gives a task to another person of the same post: whoever holds it or might, and whoever watches over the office that has it.
    Transfer {
        /// Which.
        task: TaskNo,
        /// To whom.
        to: PersonId,
        /// Why.
        reason: String,
    },
    /// Asks another person of the same post to do the work of a task 委派; what he hands back is for the one who asked to decide.
    Delegate {
        /// Which.
        task: TaskNo,
        /// Whom.
        to: PersonId,
        /// Why.
        reason: String,
    },
    /// Takes back what one has done oneself 拿回, while nobody has touched what came of it and nothing has left the house.
    TakeBack {
        /// The task that was done.
        task: TaskNo,
    },
    /// Finishes a task; nobody needs to have claimed it.
    Complete {
        /// Which.
        task: TaskNo,
        /// By which outcome; on a second person's task `agreed` or `returned`.
        outcome: Name,
        /// The fields of the step's form.
        #[serde(default)]
        data: Json,
        /// Reason in words or as a code, where the outcome asks for one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
        /// The step to go back to, where the outcome leaves a choice.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        back_to: Option<Name>,
    },
    /// Reminds whoever holds a task.
    Urge {
        /// Which.
        task: TaskNo,
        /// A sentence.
        words: String,
    },
    /// Says something about a card.
    Card {
        /// Which.
        card: CardNo,
        /// What is done by it.
        deed: CardDeed,
        /// A sentence.
        words: String,
    },
    /// Takes a hand-off.
    Receive {
        /// Which.
        handoff: HandoffNo,
    },
    /// Sends a hand-off back.
    Refuse {
        /// Which.
        handoff: HandoffNo,
        /// Reason code or words.
        reason: String,
    },
    /// Answers a hand-off that has a form and no steps of its own.
    Answer {
        /// Which.
        handoff: HandoffNo,
        /// The fields of its form.
        #[serde(default)]
        data: Json,
        /// The outcome it has come to where it was done; only the deployment that has it says so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        outcome: Option<Name>,
    },
    /// Records that a paper was delivered.
    Deliver {
        /// Which.
        paper: PaperNo,
    },
    /// Does what an event offers (`withdraw`, `suspend`, `resume`, `extend`, or the matter's own).
    Act {
        /// Its address: the event's name, behind the path of its region (`legs.遵义.不转这一地`).
        event: String,
        /// The fields of its form.
        #[serde(default)]
        data: Json,
        /// Reason in words or as a code.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// A message from another system.
    Message {
        /// Its name.
        name: Name,
        /// Its key.
        key: String,
        /// Its data.
        #[serde(default)]
        data: Json,
    },
    /// Adds an item to a `for_each` that allows it.
    AddItem {
        /// Address of the step.
        step: String,
        /// The item.
        item: Json,
    },
    /// Ends an item of a `for_each` that allows it.
    EndItem {
        /// Address of the item (`legs.遵义`).
        item: String,
        /// Why.
        reason: String,
    },
    /// Another system answers a call, or has failed to.
    Reply {
        /// The sequence that stands at the call.
        frame: FrameNo,
        /// The number of the event that made the call.
        call: u64,
        /// `done`, or `failed`.
        outcome: Name,
        /// The fields of its form.
        #[serde(default)]
        data: Json,
        /// Why it failed, where that is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cause: Option<Cause>,
    },
    /// A timer is due.
    Fire {
        /// Which.
        timer: TimerNo,
    },
    /// A sub-case changed its state, or has ended.
    Child {
        /// Its number in the store.
        child: u64,
        /// Its state now.
        status: Status,
        /// Its results, once it has ended.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        results: Option<Json>,
    },
    /// The parent case needs this one no more.
    CallOff,
    /// It is this case's turn to enter a group that is entered alone.
    Turn {
        /// Which.
        turn: TurnNo,
    },
    /// The parent case stands still, and so shall this one; or both go on.
    Hold {
        /// It stands still.
        held: bool,
    },
    /// Hands in files together with another command: both, or neither.
    HandIn {
        /// The files, each for a material.
        files: Vec<File>,
        /// What they come with.
        with: Box<Command>,
    },
    /// Takes certificates of recognition for materials, or declines them, together with another command: both, or neither.
    Recognise {
        /// Each for a material.
        certificates: Vec<Chosen>,
        /// What they come with: an application, or the claim of the task in which it is decided.
        with: Box<Command>,
    },
    /// Another case has taken the certificate of this one, or declined it.
    CertificateUsed {
        /// That case, by its number in the store.
        case: u64,
        /// The number people know it by.
        number: String,
        /// The city that did it.
        city: String,
        /// Why it was declined; none: it was taken.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// The certificate that a case gave is revoked, which this one has used.
    CertificateRevoked {
        /// The case that gave it.
        case: u64,
    },
    /// Makes query code and link anew, so that the old ones open nothing.
    RenewAccess,
    /// Says what the applicant thinks of how it was done, after the end.
    Rate {
        /// From 5 非常满意 to 1 非常不满意.
        grade: u8,
        /// A few words.
        #[serde(default)]
        words: String,
        /// The matter by which a poor grade is followed up; the runtime knows whether there is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        call_back: Option<Name>,
    },
    /// Calendars have changed: open limits are worked out anew.
    Recount {
        /// Version of the calendars.
        calendar: u64,
    },
    /// Tries a step again that could not go on.
    Retry {
        /// The sequence that stands at it.
        frame: FrameNo,
    },
}

/// Why a command was refused. Nothing has happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Rejection {
    /// No such task, paper, hand-off, timer or event in this case (404).
    NotFound {
        /// What was looked for.
        what: String,
    },
    /// The caller's posts do not allow it (403).
    Forbidden {
        /// The posts that would.
        needed: Vec<Party>,
    },
    /// The same person acted before where two must act (403 `second-person-required`).
    SecondPerson {
        /// The step or party he acted for.
        of: String,
    },
    /// Somebody lent to another city has worked on the case in this one (403 `second-person-required`).
    BothSides {
        /// Where.
        city: String,
    },
    /// Somebody was faster (409 `task-already-done`).
    AlreadyDone {
        /// Who.
        by: PersonId,
        /// When.
        at: Timestamp,
        /// By which outcome.
        outcome: Name,
    },
    /// Somebody else holds the task (409 `in-progress`).
    Held {
        /// Who.
        by: PersonId,
        /// Since when.
        since: Timestamp,
    },
    /// Not possible as the case stands (409 `state-not-allowed`); a catalogue key and what it names.
    NotNow {
        /// `reject.…`
        why: &'static str,
        /// What the sentence names.
        args: Vec<(&'static str, String)>,
    },
    /// Not taken in: for good (410 `retired`), or until a day (409 `state-not-allowed`).
    Closed(Box<Closure>),
    /// The outcome is not offered (422 `invalid`).
    NoSuchOutcome {
        /// What was asked.
        outcome: String,
        /// What is offered.
        offered: Vec<Name>,
    },
    /// Fields that must be put right (422 `invalid`).
    Invalid(Vec<forms::FieldError>),
    /// More than a case holds (413 `too-large`).
    TooMuch {
        /// A catalogue key.
        why: &'static str,
        /// What the sentence names.
        args: Vec<(&'static str, String)>,
    },
    /// The matter or its network cannot carry this case: an expression without a value, a city nobody knows (422 `invalid`).
    Unfit {
        /// A catalogue key.
        why: &'static str,
        /// What the sentence names.
        args: Vec<(&'static str, String)>,
    },
}

impl Command {
    /// The command itself, without the files and certificates that come with it.
    pub fn itself(&self) -> &Command {
        match self {
            Command::HandIn { with, .. } | Command::Recognise { with, .. } => with.itself(),
            other => other,
        }
    }

    /// As [`Command::itself`], to be changed.
    pub fn itself_mut(&mut self) -> &mut Command {
        match self {
            Command::HandIn { with, .. } | Command::Recognise { with, .. } => with.itself_mut(),
            other => other,
        }
    }
}

impl Rejection {
    /// The stable code, as API and scenarios know it (G86).
    pub fn code(&self) -> &'static str {
        match self {
            Rejection::NotFound { .. } => "not-found",
            Rejection::Forbidden { .. } => "forbidden",
            Rejection::SecondPerson { .. } | Rejection::BothSides { .. } => {
                "second-person-required"
            }
            Rejection::AlreadyDone { .. } => "task-already-done",
            Rejection::Held { .. } => "in-progress",
            Rejection::NotNow { .. } => "state-not-allowed",
            Rejection::Closed(closure) if closure.until.is_none() => "retired",
            Rejection::Closed(_) => "state-not-allowed",
            Rejection::TooMuch { .. } => "too-large",
            Rejection::NoSuchOutcome { .. } | Rejection::Invalid(_) | Rejection::Unfit { .. } => {
                "invalid"
            }
        }
    }

    /// What a person reads, in both languages; names of people and posts are for the caller to look up in `names`.
    pub fn message(&self, names: &dyn Fn(&str) -> String, network: &Network) -> Text {
        let local = |at: &Timestamp| crate::clock::civil(*at).strftime("%m-%d %H:%M").to_string();
        match self {
            Rejection::NotFound { what } => both("reject.not_found", &[("what", what.clone())]),
            Rejection::Forbidden { needed } => {
                let named = |lang| needed.iter().map(move |p| post(lang, p, network));
                in_both("reject.forbidden", |lang| {
                    let posts: Vec<String> = named(lang).collect();
                    vec![("posts", list(lang, &posts))]
                })
            }
            Rejection::SecondPerson { of } => both("reject.second_person", &[("of", of.clone())]),
            Rejection::BothSides { city } => in_both("reject.both_sides", |lang| {
                let known = network.city(city);
                let name = known.map_or(city.as_str(), |c| c.title(lang));
                vec![("city", name.to_owned())]
            }),
            Rejection::AlreadyDone { by, at, outcome } => both(
                "reject.already_done",
                &[
                    ("by", names(by)),
                    ("at", local(at)),
                    ("outcome", outcome.to_string()),
                ],
            ),
            Rejection::Held { by, since } => {
                both("reject.held", &[("by", names(by)), ("at", local(since))])
            }
            Rejection::NotNow { why, args }
            | Rejection::TooMuch { why, args }
            | Rejection::Unfit { why, args } => both(why, args),
            Rejection::Closed(closure) => closure.told(),
            Rejection::NoSuchOutcome { outcome, offered } => {
                let offered: Vec<&str> = offered.iter().map(|o| &**o).collect();
                both(
                    "reject.no_such_outcome",
                    &[
                        ("outcome", outcome.clone()),
                        ("offered", offered.join("、")),
                    ],
                )
            }
            Rejection::Invalid(errors) => {
                both("reject.invalid", &[("count", errors.len().to_string())])
            }
        }
    }
}

/// A post as people know it: city, office and post.
fn post(lang: Lang, party: &Party, network: &Network) -> String {
    let title = network.post(&party.post);
    let title = title.map_or(party.post.as_str(), |t| t.get(lang));
    if party.city.is_empty() {
        return title.to_owned();
    }
    let office = network.office_in(lang, &party.city, &party.department);
    format!("{office} {title}")
}
