//! What can have happened to a case. A released fact never changes shape or meaning; a new shape is a new variant.
//!
//! An event is a **fact** and its **content**. The fact says what happened and stays readable: which step, which outcome, whose
//! city. The content is what people typed: it is sealed in the store as a whole, so that no field can be forgotten. Facts carry
//! what [`super::apply`] needs, e.g. the computed due instant, never the rule: replaying asks no matter, calendar or clock.

use super::{
    CardNo, Clock, FrameNo, HandoffNo, Level, Name, PaperNo, Party, PersonId, Status, TaskNo,
    TimerNo, WaitNo,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// One thing that happened to a case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// What happened.
    #[serde(flatten)]
    pub fact: Fact,
    /// What was typed with it; `null` where nothing was.
    #[serde(default, skip_serializing_if = "Json::is_null")]
    pub content: Json,
}

impl From<Fact> for Event {
    fn from(fact: Fact) -> Self {
        Event {
            fact,
            content: Json::Null,
        }
    }
}

/// Everything that can be a fact about a case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Fact {
    /// The case exists. Content: `applicant` and `form`.
    CaseOpened {
        /// Its matter.
        matter: Name,
        /// The revision of it, by content hash; the case stays on it.
        revision: String,
        /// The city whose window took the application, six digits.
        accepting_city: String,
        /// The way it came: `window`, `video`, `online`, …
        channel: String,
        /// The case that opened it, and the step there.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        parent: Option<Parent>,
    },
    /// A sequence began: the case itself, a branch, an item, the inside of a group.
    FrameOpened {
        /// Its number in the case.
        frame: FrameNo,
        /// The one around it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        parent: Option<FrameNo>,
        /// The step there that opened it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        step: Option<Name>,
        /// Name of the branch or key of the item.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        key: Option<String>,
    },
    /// A sequence ended, with `done` or a result its steps gave.
    FrameEnded {
        /// Which.
        frame: FrameNo,
        /// How.
        result: Name,
    },
    /// The place moved to a step.
    StepEntered {
        /// In this sequence.
        frame: FrameNo,
        /// The step.
        step: Name,
    },
    /// A step was passed over because its condition was false.
    StepSkipped {
        /// In this sequence.
        frame: FrameNo,
        /// The step.
        step: Name,
    },
    /// A step ended with an outcome. Content: its values.
    StepDone {
        /// In this sequence.
        frame: FrameNo,
        /// The step.
        step: Name,
        /// Its outcome.
        outcome: Name,
        /// Who did it, if a person did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<PersonId>,
        /// In which city.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        city: Option<String>,
    },
    /// A step was left without an outcome because what was around it was stopped.
    StepStopped {
        /// In this sequence.
        frame: FrameNo,
        /// The step.
        step: Name,
    },
    /// Work was offered.
    TaskOpened {
        /// Its number in the case.
        task: TaskNo,
        /// In this sequence.
        frame: FrameNo,
        /// For this step.
        step: Name,
        /// To whichever of these takes it.
        parties: Vec<Party>,
        /// To this person first, who had it before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        first: Option<PersonId>,
    },
    /// A person took a task.
    TaskClaimed {
        /// Which.
        task: TaskNo,
        /// Who.
        by: PersonId,
    },
    /// A person gave a task back.
    TaskReleased {
        /// Which.
        task: TaskNo,
    },
    /// A task was done.
    TaskDone {
        /// Which.
        task: TaskNo,
        /// Who.
        by: PersonId,
        /// With which outcome.
        outcome: Name,
    },
    /// A task was made moot.
    TaskVoided {
        /// Which.
        task: TaskNo,
        /// Why.
        why: Void,
    },
    /// A mark was set; several cities can ask when.
    MarkSet {
        /// Its name.
        mark: Name,
        /// The item or round it belongs to; none: the case.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        frame: Option<FrameNo>,
        /// The instant it stands for, mostly that of the command.
        at: Timestamp,
    },
    /// The clock of a limit started.
    ClockStarted {
        /// Its name, unique in the case: the limit's name behind the path of its region.
        clock: String,
        /// The ledger at its start.
        ledger: Clock,
    },
    /// A clock stood still or ran on; the ledger as it is now.
    ClockChanged {
        /// Which.
        clock: String,
        /// The ledger.
        ledger: Clock,
    },
    /// A clock stopped for good.
    ClockStopped {
        /// Which.
        clock: String,
    },
    /// A limit was used so far that somebody must know; yellow and red are cards on record.
    LevelReached {
        /// The clock.
        clock: String,
        /// The level.
        level: Level,
        /// The number of the card, for yellow and red.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        card: Option<CardNo>,
    },
    /// The engine wants to be asked again at an instant.
    TimerSet {
        /// Its number in the case.
        timer: TimerNo,
        /// When.
        at: Timestamp,
        /// What about.
        purpose: Purpose,
    },
    /// A timer is no longer wanted, or has fired.
    TimerCleared {
        /// Which.
        timer: TimerNo,
    },
    /// A letter went to another city or department. Content: the values shared.
    HandoffSent {
        /// Its number in the case.
        handoff: HandoffNo,
        /// In this sequence.
        frame: FrameNo,
        /// For this step.
        step: Name,
        /// To whom.
        to: Party,
    },
    /// The other side has taken the letter; its clock runs from here.
    HandoffReceived {
        /// Which.
        handoff: HandoffNo,
        /// Who took it.
        by: PersonId,
    },
    /// The other side sent the letter back. Content: the words of the reason.
    HandoffRefused {
        /// Which.
        handoff: HandoffNo,
        /// Who refused.
        by: PersonId,
        /// Reason code.
        reason: String,
    },
    /// A case of its own was asked for. Content: `applicant` and `form` it is given.
    SubcaseAsked {
        /// In this sequence.
        frame: FrameNo,
        /// For this step.
        step: Name,
        /// Its matter.
        matter: Name,
    },
    /// A wait began.
    WaitBegun {
        /// Its number in the case.
        wait: WaitNo,
        /// In this sequence.
        frame: FrameNo,
        /// For this step.
        step: Name,
        /// The message it waits for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<(Name, String)>,
    },
    /// A message came. Content: its data.
    MessageTaken {
        /// Its name.
        name: Name,
        /// Its key.
        key: String,
        /// The wait it satisfied; none: it came early and is kept.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        wait: Option<WaitNo>,
    },
    /// A paper was issued. Content: the values it prints.
    PaperIssued {
        /// Its number in the case.
        paper: PaperNo,
        /// Its template.
        template: Name,
        /// Whom it goes to.
        to: String,
    },
    /// There is proof that a paper was delivered.
    PaperDelivered {
        /// Which.
        paper: PaperNo,
    },
    /// Somebody is to be told.
    NoticeOwed {
        /// Whom: a party's address, or `applicant`.
        to: String,
        /// By which template.
        template: Name,
    },
    /// The state people see changed.
    StatusChanged {
        /// The state.
        status: Status,
        /// The matter's own name for it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        label: Option<String>,
    },
    /// The last obligation has ended; nothing can happen any more.
    CaseClosed,
}

/// The case that opened another, and the step there that waits for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parent {
    /// The case.
    pub case: u64,
    /// The sequence in it.
    pub frame: FrameNo,
    /// The step in it.
    pub step: Name,
}

/// Why a task is void.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Void {
    /// 已转交: it was given to somebody else.
    Transferred,
    /// 已退回: it was returned.
    Returned,
    /// 已失效: another branch or an event made it moot.
    Moot,
}

/// What a timer is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// The next level of a clock.
    Level(String),
    /// The end of a wait.
    Wait(WaitNo),
    /// An event that is set off by a limit.
    Event(String),
}
