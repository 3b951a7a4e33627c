//! A case 办件: one run of one revision of a matter. Its state is the fold of its events and nothing else; the fields are open
//! to this folder alone, and [`apply`] is the only one that writes them.

mod apply;
mod command;
mod decide;
mod effects;
mod event;
pub mod number;

pub use apply::{apply, fold};
pub use command::{Actor, Command, Context, Rejection};
pub use decide::decide;
pub use effects::{Effect, Recipient, effects};
pub use event::{Event, Fact, Parent, Purpose, Void};

pub use crate::clock::{Clock, Level};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use std::collections::BTreeMap;

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
}

/// A department in a city and a post there, computed: who may act.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Party {
    /// Six-digit code of the city; empty for the applicant.
    pub city: String,
    /// Department, a type id of the network.
    pub department: String,
    /// Post there.
    pub post: String,
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
    matter: Option<Name>,
    revision: String,
    accepting_city: String,
    channel: String,
    parent: Option<Parent>,
    opened: Option<Timestamp>,
    applicant: Json,
    form: Json,
    status: Status,
    label: Option<String>,
    closed: bool,
    frames: BTreeMap<FrameNo, Frame>,
    tasks: BTreeMap<TaskNo, Task>,
    clocks: BTreeMap<String, Clock>,
    timers: BTreeMap<TimerNo, Timer>,
    handoffs: BTreeMap<HandoffNo, Handoff>,
    waits: BTreeMap<WaitNo, Wait>,
    kept: Vec<Kept>,
    papers: BTreeMap<PaperNo, Paper>,
    marks: BTreeMap<Name, Timestamp>,
    levels: BTreeMap<String, Level>,
}

/// A sequence that runs: one place that moves, and what its steps have written.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Frame {
    parent: Option<FrameNo>,
    step: Option<Name>,
    key: Option<String>,
    at: Option<Name>,
    result: Option<Name>,
    records: BTreeMap<Name, Record>,
    marks: BTreeMap<Name, Timestamp>,
}

/// What a step left behind when it was last done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    outcome: Name,
    by: Option<PersonId>,
    at: Timestamp,
    city: Option<String>,
    times: u32,
    values: Json,
}

/// Work offered to posts, from open to done or void.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Task {
    frame: FrameNo,
    step: Name,
    parties: Vec<Party>,
    first: Option<PersonId>,
    opened: Timestamp,
    state: TaskState,
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
    /// 已完成
    Done {
        /// Who did it.
        by: PersonId,
        /// When.
        at: Timestamp,
        /// With which outcome.
        outcome: Name,
    },
    /// 已转交, 已退回, 已失效
    Void {
        /// When.
        at: Timestamp,
        /// Why.
        why: Void,
    },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Timer {
    at: Timestamp,
    purpose: Purpose,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Handoff {
    frame: FrameNo,
    step: Name,
    to: Party,
    sent: Timestamp,
    received: Option<(PersonId, Timestamp)>,
    refused: Option<String>,
    shared: Json,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Wait {
    frame: FrameNo,
    step: Name,
    message: Option<(Name, String)>,
}

/// A message that came before anybody waited for it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Kept {
    name: Name,
    key: String,
    data: Json,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Paper {
    template: Name,
    to: String,
    issued: Timestamp,
    delivered: Option<Timestamp>,
    values: Json,
}

impl Case {
    /// Number of the last event, from 1; 0 before the first. Guards every write.
    pub fn seq(&self) -> u64 {
        self.seq
    }

    /// The last number given to something inside the case; the next is one more.
    pub fn counter(&self) -> u32 {
        self.counter
    }

    /// The matter it runs, none before it was opened.
    pub fn matter(&self) -> Option<&Name> {
        self.matter.as_ref()
    }

    /// The revision it stays on.
    pub fn revision(&self) -> &str {
        &self.revision
    }

    /// The city that took the application.
    pub fn accepting_city(&self) -> &str {
        &self.accepting_city
    }

    /// The state people see.
    pub fn status(&self) -> Status {
        self.status
    }

    /// The matter's own name for the state.
    pub fn label(&self) -> Option<&str> {
        self.label.as_deref()
    }

    /// True once nothing can happen any more.
    pub fn is_closed(&self) -> bool {
        self.closed
    }

    /// All tasks, done and void ones too.
    pub fn tasks(&self) -> &BTreeMap<TaskNo, Task> {
        &self.tasks
    }

    /// The sequences that have run or still run.
    pub fn frames(&self) -> &BTreeMap<FrameNo, Frame> {
        &self.frames
    }

    /// When a mark of the case was set.
    pub fn mark(&self, name: &str) -> Option<Timestamp> {
        self.marks.get(name).copied()
    }

    /// The ledger of a clock.
    pub fn clock(&self, name: &str) -> Option<&Clock> {
        self.clocks.get(name)
    }

    /// Instants at which the engine wants to be asked again, earliest first.
    pub fn timers(&self) -> Vec<(Timestamp, TimerNo)> {
        let mut timers: Vec<_> = self.timers.iter().map(|(no, t)| (t.at, *no)).collect();
        timers.sort();
        timers
    }
}

impl Frame {
    /// The step where the sequence stands, none once it has ended.
    pub fn at(&self) -> Option<&Name> {
        self.at.as_ref()
    }

    /// How it ended.
    pub fn result(&self) -> Option<&Name> {
        self.result.as_ref()
    }

    /// What a step of it left behind.
    pub fn record(&self, step: &str) -> Option<&Record> {
        self.records.get(step)
    }
}

impl Record {
    /// The outcome it was done with.
    pub fn outcome(&self) -> &Name {
        &self.outcome
    }

    /// How often it was done.
    pub fn times(&self) -> u32 {
        self.times
    }

    /// Its values.
    pub fn values(&self) -> &Json {
        &self.values
    }
}

impl Task {
    /// Its state.
    pub fn state(&self) -> &TaskState {
        &self.state
    }

    /// Its step.
    pub fn step(&self) -> &Name {
        &self.step
    }

    /// Who may take it.
    pub fn parties(&self) -> &[Party] {
        &self.parties
    }
}
