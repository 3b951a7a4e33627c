//! A case 办件: one run of one revision of a matter. Its state is the fold of its events and nothing else; the fields are open
//! to this folder alone, and [`apply`] is the only one that writes them, by itself or (for calls) in `calls`.
//!
//! | file | holds |
//! |---|---|
//! | `command`, `event` | what may be wished, what can have happened |
//! | `apply` | facts into the case |
//! | `decide` | a command, its permissions, and the facts it leads to |
//! | `flow` | how the places move: go, leave, return, end, stop |
//! | `enter` | opening a step, by kind; `needs` what keeps it closed; `fork` branches and joins; `rounds` what comes by the calendar |
//! | `tasks`, `chosen`, `passing`, `letters`, `afar` | what people do with tasks; which outcomes they may choose; how these pass from hand to hand; letters and papers; letters between deployments |
//! | `calls` | what other systems are asked, and what they answer |
//! | `certificates` | what a case certifies for others, and what others certify for it |
//! | `files`, `afterwards` | files handed in; code and link anew, the applicant's rating |
//! | `happen`, `extend`, `clocks`, `pauses`, `cards`, `issue` | events; limits, their extension, what makes them stand still, other calendars (`recount`); cards; papers and their numbers (`numbering`), notices, also to telephones of the form (`phones`) |
//! | `suspended`, `alone` | what stands still because a case below or above does; groups entered by one case at a time |
//! | `scope` | what an expression sees; `seats` who may act, `party` how posts are written, `lent` posts lent to other cities; `place` addresses; `number` what people call a case by |
//! | `effects`, `view`, `acts` | what is owed to the outside world; what may be read from outside; what may be done now |

mod acts;
mod afar;
mod afterwards;
mod alone;
mod apply;
mod calls;
mod cards;
mod certificates;
mod chosen;
mod clocks;
mod command;
mod decide;
mod effects;
mod enter;
mod event;
mod extend;
mod files;
mod flow;
mod fork;
mod happen;
mod issue;
mod lent;
mod letters;
mod needs;
pub mod number;
mod numbering;
mod party;
mod passing;
mod pauses;
mod phones;
mod place;
mod recount;
mod rounds;
mod scope;
mod seats;
mod suspended;
mod tasks;
mod view;

pub use acts::{Awaited, Offered};
pub use afar::{Elsewhere, NOWHERE, Origin, Outgoing, Told, Word, words};
pub use apply::{apply, fold};
use calls::Asked;
pub use calls::Call;
pub use cards::{CardDeed, CardNote, Rung};
pub use certificates::{Certificate, Chosen, Issued, Recognised, Recognition, Use};
pub use command::{Actor, Command, Context, Rejection, Standing};
pub use decide::decide;
pub use effects::{Effect, Recipient, effects};
pub use event::{Beside, Cause, Event, Fact, Late, Parent, Void, Work};
pub(crate) use extend::EXTEND;
pub use files::file_fields;
pub use lent::Lent;
pub use numbering::{NoPaperNumber, Numbering, PaperNumber};
pub use party::{Party, Seat};
pub use place::Place;
pub use recount::{Lasts, MovedWait, Recount};
pub(crate) use scope::COMMON;
pub use view::{Sight, Touched, touched};

pub use crate::clock::{Clock, Level};
use crate::matter::LimitKind;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};

/// A name of the matter: a step, a mark, an outcome. In Unicode NFC.
pub type Name = std::sync::Arc<str>;

/// A person of the directory, by id.
pub type PersonId = std::sync::Arc<str>;

/// Numbers of the things inside a case. All are drawn from one counter of the case, so that a name outside is the case's number
/// and this one, the same after a crash.
macro_rules! numbers {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub u32);
    )*};
}

numbers! {
    /// A sequence that runs.
    FrameNo,
    /// A task.
    TaskNo,
    /// A timer.
    TimerNo,
    /// A hand-off.
    HandoffNo,
    /// A wait.
    WaitNo,
    /// A paper.
    PaperNo,
    /// A card.
    CardNo,
    /// A place in a queue of cases.
    TurnNo,
}

/// The states of a case (§2 of the product's words: 已收件 待补正 已受理 办理中 待回函 挂起, then the final ones).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// 已收件
    #[default]
    Received,
    /// 待补正
    Correction,
    /// 已受理
    Accepted,
    /// 办理中
    InProgress,
    /// 待回函 / 协查中
    AwaitingReply,
    /// 挂起
    Suspended,
    /// 已办结
    Completed,
    /// 部分办结
    CompletedPartial,
    /// 不予受理
    NotAccepted,
    /// 不予办理
    Refused,
    /// 已撤回
    Withdrawn,
    /// 已终止
    Closed,
    /// 系统处理中: something of ours went wrong; an administrator must look.
    Fault,
}

impl Status {
    /// The state an ending gives.
    pub fn of(end: crate::matter::Final) -> Status {
        use crate::matter::Final;
        match end {
            Final::Completed => Status::Completed,
            Final::CompletedPartial => Status::CompletedPartial,
            Final::NotAccepted => Status::NotAccepted,
            Final::Refused => Status::Refused,
            Final::Withdrawn => Status::Withdrawn,
            Final::Closed => Status::Closed,
        }
    }

    /// All states with their names in YAML and API.
    pub const ALL: [(&'static str, Status); 13] = [
        ("received", Status::Received),
        ("correction", Status::Correction),
        ("accepted", Status::Accepted),
        ("in_progress", Status::InProgress),
        ("awaiting_reply", Status::AwaitingReply),
        ("suspended", Status::Suspended),
        ("completed", Status::Completed),
        ("completed_partial", Status::CompletedPartial),
        ("not_accepted", Status::NotAccepted),
        ("refused", Status::Refused),
        ("withdrawn", Status::Withdrawn),
        ("closed", Status::Closed),
        ("fault", Status::Fault),
    ];

    /// The state with a name, if there is one.
    pub fn named(name: &str) -> Option<Status> {
        Status::ALL
            .iter()
            .find(|(n, _)| *n == name)
            .map(|(_, s)| *s)
    }

    /// Its name in YAML and API.
    pub fn word(self) -> &'static str {
        Status::ALL
            .iter()
            .find(|(_, s)| *s == self)
            .map_or("", |(n, _)| n)
    }

    /// True for the states in which a case has come to its end.
    pub fn is_final(self) -> bool {
        matches!(
            self,
            Status::Completed
                | Status::CompletedPartial
                | Status::NotAccepted
                | Status::Refused
                | Status::Withdrawn
                | Status::Closed
        )
    }
}

/// One run of one revision of a matter.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Case {
    seq: u64,
    counter: u32,
    id: u64,
    number: String,
    matter: Option<Name>,
    revision: String,
    accepting_city: String,
    channel: String,
    parent: Option<Parent>,
    /// What it is, if it came as a letter from another deployment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    foreign: Option<Box<afar::Foreign>>,
    opened: Option<Timestamp>,
    changed: Option<Timestamp>,
    applicant: Json,
    form: Json,
    status: Status,
    since: Option<Timestamp>,
    label: Option<String>,
    results: Json,
    ended: Option<Timestamp>,
    closed: bool,
    frames: BTreeMap<FrameNo, Frame>,
    tasks: BTreeMap<TaskNo, Task>,
    clocks: BTreeMap<String, Running>,
    timers: BTreeMap<TimerNo, (Timestamp, Purpose)>,
    handoffs: BTreeMap<HandoffNo, Handoff>,
    subcases: BTreeMap<u64, Subcase>,
    waits: BTreeMap<WaitNo, Wait>,
    kept: Vec<Kept>,
    papers: BTreeMap<PaperNo, Paper>,
    cards: BTreeMap<CardNo, Card>,
    marks: BTreeMap<Name, Timestamp>,
    /// An office has taken up what was accepted.
    begun: bool,
    missing: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    faulty: Vec<String>,
    promised: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    files: Vec<Filed>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    recognised: Vec<Recognised>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    certificate: Option<Box<Issued>>,
    #[serde(default, skip_serializing_if = "never")]
    renewed: u32,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    ratings: Vec<Rating>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    call_back: Option<u64>,
    acted: BTreeMap<String, BTreeSet<PersonId>>,
    // What is open, so that a step costs what it touches and not what the case holds.
    open_tasks: BTreeSet<TaskNo>,
    proposed_acts: BTreeSet<TaskNo>,
    held: BTreeSet<FrameNo>,
    pausers: BTreeSet<FrameNo>,
    pausing: BTreeMap<FrameNo, BTreeSet<String>>,
    failed: BTreeSet<FrameNo>,
    obligations: BTreeSet<FrameNo>,
    statuses: BTreeMap<Status, u32>,
    // Sub-cases that are suspended, and those told to stand still; whether the case that opened this one told it so.
    suspended_parts: BTreeSet<u64>,
    held_parts: BTreeSet<u64>,
    held_above: bool,
    turns: BTreeMap<TurnNo, Turn>,
}

/// A sequence that runs: one place that moves, and what its steps have written.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Frame {
    parent: Option<FrameNo>,
    step: Option<Name>,
    key: Option<String>,
    beside: Option<Beside>,
    content: Json,
    at: Option<At>,
    result: Option<Name>,
    detached: bool,
    records: BTreeMap<Name, Record>,
    marks: BTreeMap<Name, Timestamp>,
    children: Vec<FrameNo>,
    events: Vec<FrameNo>,
    happened: BTreeMap<Name, u32>,
}

/// Where a sequence stands, and what is open there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct At {
    step: Name,
    /// Numbers given after this one belong to this round of the step.
    since: u32,
    held: bool,
    failed: Option<(String, Vec<(String, String)>)>,
    status: Option<Status>,
    pauses: bool,
    tasks: Vec<TaskNo>,
    wait: Option<WaitNo>,
    handoff: Option<HandoffNo>,
    subcase: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    call: Option<Asked>,
    fork: Fork,
}

/// The branches of a group, counted.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Fork {
    open: u32,
    results: BTreeMap<Name, u32>,
}

/// What a step left behind when it was last done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    seq: u64,
    since: u32,
    outcome: Name,
    by: Option<PersonId>,
    at: Timestamp,
    city: Option<String>,
    times: u32,
    values: Json,
    /// Of a call that came to nothing: why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cause: Option<Cause>,
}

/// Work offered to posts, from open to done or void.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Task {
    frame: FrameNo,
    step: Name,
    work: Work,
    seats: Vec<Seat>,
    first: Option<PersonId>,
    opened: Timestamp,
    changed: u64,
    proposal: Option<Proposal>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    help: Option<Box<Help>>,
    state: TaskState,
}

/// Who was asked to do the work of a task, and what came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Help {
    /// Who asked.
    of: PersonId,
    /// The fields of the form as they were handed back; null before.
    filled: Json,
    /// Still asked.
    open: bool,
}

/// What waits for a second person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Proposal {
    task: Option<TaskNo>,
    what: Name,
    by: PersonId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    stands_for: Option<PersonId>,
    seat: Option<Seat>,
    reason: Option<String>,
    content: Json,
}

/// Each state holds exactly what is true in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum TaskState {
    /// 可领取
    Open,
    /// 办理中
    Held {
        /// Who has it.
        by: PersonId,
        /// Since when.
        since: Timestamp,
    },
    /// 等待中: a second person looks at what was proposed.
    Waiting {
        /// The task of the second person.
        on: TaskNo,
        /// Who proposed.
        by: PersonId,
        /// Since when.
        since: Timestamp,
    },
    /// 已完成
    Done {
        /// Who did it.
        by: PersonId,
        /// When.
        at: Timestamp,
        /// With which outcome.
        outcome: Name,
    },
    /// 已退回, 已失效
    Void {
        /// When.
        at: Timestamp,
        /// Why.
        why: Void,
    },
}

/// A clock of the case with what belongs to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Running {
    timer: TimerNo,
    frame: FrameNo,
    step: Option<Name>,
    city: String,
    kind: LimitKind,
    ledger: Clock,
    alarms: Vec<Alarm>,
    seen: Timestamp,
    level: Level,
    paused_by: BTreeSet<FrameNo>,
    until: Option<Timestamp>,
    stopped: bool,
    extended: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    recounted: Option<Recounted>,
}

/// The calendars on which a clock was last worked out anew, and when it ended before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recounted {
    /// Version of the calendars.
    pub calendar: u64,
    /// Its end before.
    pub was: Timestamp,
}

/// An instant at which a clock sets something off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alarm {
    /// When.
    pub at: Timestamp,
    /// The event.
    pub event: Name,
}

/// What a timer is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Purpose {
    Clock(String),
    Wait(WaitNo),
    /// The date of a round.
    Round(FrameNo),
}

/// A yellow or red card: a record, never taken back by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    /// The clock.
    pub clock: String,
    /// Yellow or red.
    pub level: Level,
    /// When it was opened.
    pub at: Timestamp,
    ledger: Option<Clock>,
    notes: Vec<CardNote>,
    /// What is still to come while nobody explains it, and what has come.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    ladder: Vec<(Rung, Timestamp)>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    escalations: Vec<(Rung, Timestamp)>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Handoff {
    frame: FrameNo,
    step: Name,
    to: Seat,
    sent: Timestamp,
    seq: u64,
    received: Option<(PersonId, Timestamp)>,
    over: bool,
    /// Whoever sent it needs it no more.
    called_off: bool,
    shared: Json,
    /// The deployment that has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    away: Option<afar::Away>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Subcase {
    frame: FrameNo,
    step: Name,
    matter: Name,
    status: Status,
    over: bool,
    /// Why it ended as it did: a code, or words.
    reason: Option<String>,
}

/// A group that is entered alone: asked for, entered, or given up while the case is suspended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Turn {
    frame: FrameNo,
    step: Name,
    since: Timestamp,
    state: TurnState,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum TurnState {
    Asked,
    Has,
    Rests,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Wait {
    frame: FrameNo,
    step: Name,
    message: Option<(Name, String)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    counted: Option<Counted>,
}

/// How the end of a wait was counted, so that it can be counted anew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Counted {
    since: Timestamp,
    lasts: Lasts,
    /// The calendars on which it was last counted anew, its end before, and whether it goes by published ones alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    moved: Option<(Recounted, bool)>,
}

/// A message that came, for every wait of its name and key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Kept {
    name: Name,
    key: String,
    at: Timestamp,
    data: Json,
    /// A wait was there for it; then it is kept as long as the case.
    taken: bool,
}

fn never(times: &u32) -> bool {
    *times == 0
}

/// A file as it is handed in for a material. Of a request the id and the material are known; the runtime fills the rest.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// Its id in the store, random.
    pub id: String,
    /// The material it shows.
    pub material: String,
    /// `jpeg`, `png` or `pdf`.
    pub kind: String,
    /// Bytes.
    pub size: u64,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
    /// What it was called where it came from. Private.
    pub name: String,
    /// The number of the case it was taken over from; empty if it was sent for this one. Private.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub origin: String,
}

/// Where a file came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// 窗口扫描
    Window,
    /// 群众上传
    Applicant,
    /// 互认复用：taken over from another case of the same person
    Shared,
}

/// A file of the case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filed {
    /// Its id in the store, random.
    pub id: String,
    /// The material it shows.
    pub material: String,
    /// `jpeg`, `png` or `pdf`.
    pub kind: String,
    /// Bytes.
    pub size: u64,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
    /// Where it came from.
    pub source: Source,
    /// When.
    pub at: Timestamp,
    /// What it was called where it came from. Private.
    pub name: String,
    /// The number of the case it was taken over from; empty if it was sent for this one. Private.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub origin: String,
}

/// What the applicant thought of how it was done (好差评).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rating {
    /// 5 非常满意, 4 满意, 3 基本满意, 2 不满意, 1 非常不满意.
    pub grade: u8,
    /// When.
    pub at: Timestamp,
    /// His words. Private.
    pub words: String,
}

/// A paper 文书 as it was issued.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Paper {
    /// A post of the office that issued it; none where no office did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub office: Option<Party>,
    /// Its number; none where no office counted it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<PaperNumber>,
    /// Its template.
    pub template: Name,
    /// The sequence whose values it prints.
    pub frame: FrameNo,
    /// A post; none: the applicant.
    pub to: Option<Party>,
    /// When.
    pub issued: Timestamp,
    /// When and by whom its delivery was recorded.
    pub delivered: Option<(PersonId, Timestamp)>,
    /// Reason code it states.
    pub reason: Option<String>,
    /// The values it prints.
    pub values: Json,
}
