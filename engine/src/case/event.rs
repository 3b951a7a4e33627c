//! What can have happened to a case. A released fact never changes shape or meaning; a new shape is a new variant.
//!
//! An event is a **fact** and its **content**. The fact says what happened and stays readable: which step, which outcome, whose
//! city. The content is what people typed: it is sealed in the store as a whole, so that no field can be forgotten. Facts carry
//! what [`super::apply`] needs, e.g. the computed instants of a clock, never the rule: replaying asks no matter, calendar or clock.

use super::{
    Alarm, CardNo, Clock, FrameNo, HandoffNo, Lasts, Level, MovedWait, Name, Origin, PaperNo,
    PaperNumber, Party, PersonId, Recount, Rung, Seat, Source, Status, TaskNo, TimerNo, TurnNo,
    WaitNo,
};
use crate::matter::LimitKind;
use jiff::Timestamp;
use jiff::civil::Date;
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

fn no(flag: &bool) -> bool {
    !*flag
}

/// Everything that can be a fact about a case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Fact {
    /// The case exists. Content: `applicant` and `form`.
    CaseOpened {
        /// Its number in the store.
        id: u64,
        /// The number people know.
        number: String,
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
    /// The case is a letter of another deployment. Content: the values shared, by path.
    LetterTaken {
        /// Where it comes from.
        origin: Box<Origin>,
    },
    /// A sequence began: the case itself, a branch, an item, the inside of a group, the steps of an event.
    /// Content: the item of `for_each`, number and date of a round, or the fields of the event.
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
        /// What it is for, where that is not the inside of its step.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        beside: Option<Beside>,
    },
    /// A sequence ended, with `done` or a result its steps gave.
    FrameEnded {
        /// Which.
        frame: FrameNo,
        /// How.
        result: Name,
    },
    /// A sequence goes on as an obligation: nobody waits for it any more.
    FrameDetached {
        /// Which.
        frame: FrameNo,
    },
    /// The place moved to a step and the step opened.
    StepEntered {
        /// In this sequence.
        frame: FrameNo,
        /// The step.
        step: Name,
        /// What the applicant reads meanwhile.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        status: Option<Status>,
        /// Clocks may stand still while it is open.
        #[serde(default, skip_serializing_if = "no")]
        pauses: bool,
    },
    /// The place moved to a step that is still closed: something it needs does not hold yet.
    StepHeld {
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
    /// A step ended with an outcome. Content: its values, and the words of the reason under `reason`.
    StepDone {
        /// In this sequence.
        frame: FrameNo,
        /// The step.
        step: Name,
        /// Its outcome.
        outcome: Name,
        /// The task by which a person did it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        task: Option<TaskNo>,
        /// Who did it, if a person did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<PersonId>,
        /// As whom: the party and its post.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seat: Option<Seat>,
        /// Reason code.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// A step was left without an outcome because what was around it was stopped.
    StepStopped {
        /// In this sequence.
        frame: FrameNo,
        /// The step.
        step: Name,
    },
    /// A step could not go on: an administrator must look.
    StepFailed {
        /// In this sequence.
        frame: FrameNo,
        /// The step.
        step: Name,
        /// Key of the sentence.
        why: String,
        /// What the sentence names.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        args: Vec<(String, String)>,
    },
    /// Work was offered.
    TaskOpened {
        /// Its number in the case.
        task: TaskNo,
        /// In this sequence.
        frame: FrameNo,
        /// For this step.
        step: Name,
        /// What is to be done.
        #[serde(default, skip_serializing_if = "Work::is_step")]
        work: Work,
        /// To whichever of these takes it.
        seats: Vec<Seat>,
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
    /// A task went to another person. Content: the reason.
    TaskTransferred {
        /// Which.
        task: TaskNo,
        /// Who gave it.
        by: PersonId,
        /// Who has it now.
        to: PersonId,
    },
    /// A person was asked to do the work of a task for the one who holds it. Content: the reason.
    TaskDelegated {
        /// Which.
        task: TaskNo,
        /// Who asked.
        by: PersonId,
        /// Who was asked.
        to: PersonId,
    },
    /// The one who was asked gave the task back to whoever had asked, or that one took it back. Content: the fields of the form as
    /// they were filled, if they were.
    TaskHandedBack {
        /// Which.
        task: TaskNo,
        /// Who gave or took it back.
        by: PersonId,
        /// Who has it again.
        to: PersonId,
        /// As whom.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seat: Option<Seat>,
    },
    /// A person took back what he had done; the step is done again.
    StepTakenBack {
        /// Where.
        frame: FrameNo,
        /// Which.
        step: Name,
        /// Who.
        by: PersonId,
    },
    /// Somebody asked for speed. Content: his words.
    TaskUrged {
        /// Which.
        task: TaskNo,
        /// Who asked.
        by: PersonId,
    },
    /// A task that is no step's end was done: a second look, a delivery, a receipt.
    TaskDone {
        /// Which.
        task: TaskNo,
        /// Who.
        by: PersonId,
        /// With which outcome.
        outcome: Name,
        /// As whom.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seat: Option<Seat>,
    },
    /// What a deputy has just done he did for another, who counts as having done it too.
    StoodFor {
        /// Who did it.
        by: PersonId,
        /// For whom.
        r#for: PersonId,
        /// As whom.
        seat: Seat,
        /// The task of the second person, if it was a proposal.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        second: Option<TaskNo>,
    },
    /// Who took in the case was lent to another city then, and does not work on it there. Otherwise nobody asks who it was.
    TakenIn {
        /// Who.
        by: PersonId,
        /// Where he did.
        city: String,
    },
    /// A task was made moot.
    TaskVoided {
        /// Which.
        task: TaskNo,
        /// Why.
        why: Void,
    },
    /// An outcome or an act waits for a second person. Content: `data` and the words of the reason under `reason`.
    Proposed {
        /// The task it was proposed on; none for an act.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        task: Option<TaskNo>,
        /// The task of the second person.
        second: TaskNo,
        /// The outcome, or the event's address.
        what: Name,
        /// Who proposed.
        by: PersonId,
        /// As whom.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seat: Option<Seat>,
        /// Reason code.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// A mark was set; several cities can ask when.
    MarkSet {
        /// Its name.
        mark: Name,
        /// The item or round it belongs to; none: the case.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        frame: Option<FrameNo>,
        /// The sequence in which it was set, where that is another; none: `frame`, or that of the case.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        within: Option<FrameNo>,
        /// The instant it stands for, mostly that of the command.
        at: Timestamp,
    },
    /// Which materials are missing and which may come later.
    MaterialsChecked {
        /// Names of those that are missing, or are there and cannot be used.
        missing: Vec<String>,
        /// Names of those of them that are there and cannot be used 有误.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        faulty: Vec<String>,
        /// Names of those promised and not handed in yet.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        promised: Vec<String>,
    },
    /// A file was handed in for a material. Content: its `name`.
    FileAdded {
        /// Its id in the store, random.
        file: String,
        /// The material.
        material: String,
        /// `jpeg`, `png` or `pdf`.
        kind: String,
        /// Bytes.
        size: u64,
        /// SHA-256 of its bytes, in hexadecimal.
        sha256: String,
        /// Where it came from.
        source: Source,
    },
    /// The certificate of this case came into force. Content: its `number`, the ID number `of` the person, its `extent`.
    CertificateIssued {
        /// What it is about.
        kind: String,
        /// The city that vouches for it, six digits.
        city: String,
        /// Its last day.
        until: Date,
    },
    /// Another case has taken the certificate of this one, or declined it. Content: the `number` of that case.
    CertificateUsed {
        /// That case, by its number in the store.
        case: u64,
        /// The city that did it.
        city: String,
        /// It was taken.
        accepted: bool,
    },
    /// The certificate of this case is in force no more.
    CertificateEnded {
        /// Before its time.
        revoked: bool,
    },
    /// A certificate stands for a material. Content: its `number`, and the `case_number` of the case that gave it.
    CertificateTaken {
        /// The material.
        material: String,
        /// What the certificate is about.
        kind: String,
        /// The city that vouches for it, six digits.
        city: String,
        /// Its last day.
        until: Date,
        /// The case that gave it, by its number in the store.
        case: u64,
        /// The city that uses it.
        used_in: String,
        /// Who took it.
        by: PersonId,
    },
    /// A certificate was declined. Content: as of one that is taken, and the `reason`.
    CertificateDeclined {
        /// The material.
        material: String,
        /// What the certificate is about.
        kind: String,
        /// The city that vouches for it, six digits.
        city: String,
        /// Its last day.
        until: Date,
        /// The case that gave it, by its number in the store.
        case: u64,
        /// The city that declines it.
        used_in: String,
        /// Who declined it.
        by: PersonId,
    },
    /// A certificate that this case has used was revoked.
    CertificateRevoked {
        /// The case that gave it, by its number in the store.
        case: u64,
    },
    /// Query code and link were made anew.
    AccessRenewed {
        /// How often so far.
        times: u32,
    },
    /// The applicant said what he thinks of how it was done. Content: his `words`.
    Rated {
        /// From 5 非常满意 to 1 非常不满意.
        grade: u8,
    },
    /// A poor grade is followed up by a case of its own. Content: its `applicant` and `form`.
    CallBackAsked {
        /// Its matter.
        matter: Name,
        /// Its number in the store.
        child: u64,
    },
    /// The clock of a limit started.
    ClockStarted {
        /// Its name, unique in the case: the limit's name behind the path of its region, or the address of the step.
        clock: String,
        /// The number of its timer.
        timer: TimerNo,
        /// The region it belongs to.
        frame: FrameNo,
        /// The step whose own limit it is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        step: Option<Name>,
        /// The city on whose calendar it counts.
        city: String,
        /// What passing it means.
        kind: LimitKind,
        /// The ledger at its start.
        ledger: Clock,
        /// Instants at which something is set off by it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        alarms: Vec<Alarm>,
    },
    /// A clock stands still for something that is open.
    ClockPaused {
        /// Which.
        clock: String,
        /// The sequence that makes it stand.
        by: FrameNo,
        /// The ledger, if it did not stand before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ledger: Option<Clock>,
        /// When it runs on by itself, the maximum being reached.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Timestamp>,
    },
    /// Something does not make a clock stand any more.
    ClockResumed {
        /// Which.
        clock: String,
        /// The sequence that made it stand; none: the maximum was reached.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<FrameNo>,
        /// The ledger, if it runs on.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ledger: Option<Clock>,
        /// Its alarms anew.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        alarms: Vec<Alarm>,
    },
    /// The ledger changed: extended, or on another calendar.
    ClockChanged {
        /// Which.
        clock: String,
        /// The city on whose calendar it counts now.
        city: String,
        /// The ledger.
        ledger: Clock,
        /// Its alarms anew.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        alarms: Vec<Alarm>,
    },
    /// A limit runs on, or runs again, with at least so much left: a letter came back.
    ClockReturned {
        /// Which.
        clock: String,
        /// The ledger.
        ledger: Clock,
        /// Its alarms anew.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        alarms: Vec<Alarm>,
    },
    /// Open limits and waits were worked out anew because calendars have changed.
    Recounted {
        /// Version of the calendars.
        calendar: u64,
        /// The clocks of which something is different.
        clocks: Vec<Recount>,
        /// The waits that end at another instant.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        waits: Vec<MovedWait>,
    },
    /// An instant of a clock has come; yellow and red are cards on record.
    ClockReached {
        /// The clock.
        clock: String,
        /// Everything up to this instant has been seen to.
        upto: Timestamp,
        /// The level now.
        level: Level,
        /// The number of the card, where one is opened.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        card: Option<CardNo>,
        /// When whoever is above is to hear of that card, while nobody explains it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        ladder: Vec<(Rung, Timestamp)>,
    },
    /// A clock stopped for good.
    ClockStopped {
        /// Which.
        clock: String,
    },
    /// A card that nobody has explained went a rung up.
    CardEscalated {
        /// Which.
        card: CardNo,
        /// To which rung.
        rung: Rung,
        /// Who hears of it in the lead city of the network.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<Party>,
    },
    /// Whoever has the work said why a card was opened. Content: his words.
    CardExplained {
        /// Which.
        card: CardNo,
        /// Who.
        by: PersonId,
    },
    /// A supervisor asks about a card and wants an answer. Content: his words.
    CardPursued {
        /// Which.
        card: CardNo,
        /// Who.
        by: PersonId,
    },
    /// A supervisor closed a card. Content: his words.
    CardClosed {
        /// Which.
        card: CardNo,
        /// Who.
        by: PersonId,
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
        to: Seat,
        /// The deployment it went to, where another one serves that city.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        away: Option<Name>,
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
    },
    /// A letter is needed no more.
    HandoffCalledOff {
        /// Which.
        handoff: HandoffNo,
    },
    /// A case of its own was asked for. Content: `applicant` and `form` it is given.
    SubcaseAsked {
        /// In this sequence.
        frame: FrameNo,
        /// For this step.
        step: Name,
        /// Its matter.
        matter: Name,
        /// Its number in the store.
        child: u64,
    },
    /// A sub-case changed its state. Content, where it ended for a reason: `reason`.
    SubcaseMoved {
        /// Which.
        child: u64,
        /// Its state.
        status: Status,
    },
    /// A sub-case is needed no more.
    SubcaseCalledOff {
        /// Which.
        child: u64,
    },
    /// A sub-case is to stand still because this case does, or is to go on.
    SubcaseHeld {
        /// Which.
        child: u64,
        /// It stands still.
        held: bool,
    },
    /// The case stands still because the case that opened it does, or goes on.
    CaseHeld {
        /// It stands still.
        held: bool,
    },
    /// The case has come to a group that it enters alone, and waits for its turn. Content: the `key`.
    TurnAsked {
        /// Its number in the case.
        turn: TurnNo,
        /// In this sequence.
        frame: FrameNo,
        /// The group.
        step: Name,
    },
    /// Its turn has come.
    TurnTaken {
        /// Which.
        turn: TurnNo,
    },
    /// It has left the group, or waits no more: the next may enter.
    TurnLeft {
        /// Which.
        turn: TurnNo,
        /// It is only suspended and will ask again.
        #[serde(default, skip_serializing_if = "no")]
        rests: bool,
    },
    /// A wait began. Content: the `key` of the message it waits for, which may be the number of a person.
    WaitBegun {
        /// Its number in the case, and of its timer.
        wait: WaitNo,
        /// In this sequence.
        frame: FrameNo,
        /// For this step.
        step: Name,
        /// The message it waits for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<Name>,
        /// The instant it waits for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Timestamp>,
        /// The time that was counted to that instant, if one was.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        lasts: Option<Lasts>,
    },
    /// A round by the calendar is planned: its steps stay closed until its date.
    RoundAwaited {
        /// Its number in the case, and of its timer.
        wait: WaitNo,
        /// The sequence of the round.
        frame: FrameNo,
        /// Its first step.
        step: Name,
        /// The beginning of its date.
        until: Timestamp,
    },
    /// A message came; it stays for every wait of its name and key. Content: its `key` and its `data`.
    MessageTaken {
        /// Its name.
        name: Name,
    },
    /// Something came that nobody waits for any more; it is on record and has no effect. Content: what it said.
    CameLate {
        /// What.
        what: Late,
    },
    /// Another system is to be asked. Content: what it is sent.
    CallMade {
        /// In this sequence.
        frame: FrameNo,
        /// For this step.
        step: Name,
        /// The connector.
        connector: Name,
        /// How often it is asked at most before the step goes on by `failed`.
        tries: u32,
    },
    /// A call came to nothing; the step goes on by `failed`.
    CallFailed {
        /// In this sequence.
        frame: FrameNo,
        /// For this step.
        step: Name,
        /// The connector.
        connector: Name,
        /// Why.
        #[serde(flatten)]
        cause: Cause,
    },
    /// An event happened that has no steps of its own to tell of it. Content: its fields and the words of the reason.
    Happened {
        /// Its name.
        event: Name,
        /// The region in which it happened.
        frame: FrameNo,
        /// Who caused it, if a person did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<PersonId>,
        /// As whom.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seat: Option<Seat>,
        /// Reason code.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// A paper was issued. Content: the values it prints.
    PaperIssued {
        /// Its number in the case.
        paper: PaperNo,
        /// A post of the office that issues it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        office: Option<Party>,
        /// The number people know it by; none where no office counted it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        number: Option<PaperNumber>,
        /// Its template.
        template: Name,
        /// The sequence whose values it prints.
        frame: FrameNo,
        /// Whom it goes to: a post; none: the applicant.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<Party>,
        /// Reason code it states.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// There is proof that a paper was delivered.
    PaperDelivered {
        /// Which.
        paper: PaperNo,
        /// Who recorded it.
        by: PersonId,
    },
    /// Somebody is to be told.
    NoticeOwed {
        /// What about: `STEP.OUTCOME` or the event's name.
        about: String,
        /// A post; none: the applicant.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<Party>,
        /// Not a post and not the applicant, but the number at this place of the form: `form.survivors.0.phone`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        phone: Option<String>,
        /// By a template of its own.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        template: Option<Name>,
    },
    /// The state people see changed. Content, in a final state: the results a parent may read, and the `reason` it ended for.
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

/// A sequence that is not simply the inside of its step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Beside {
    /// The step itself, going on beside the line from the start.
    Step,
    /// An event of the sequence around it; true while clocks may stand still for it.
    Event {
        /// Its name.
        name: Name,
        /// Clocks may stand still while it runs.
        #[serde(default, skip_serializing_if = "no")]
        pauses: bool,
        /// Tasks of the region cannot be finished meanwhile.
        #[serde(default, skip_serializing_if = "no")]
        holds: bool,
        /// The step of a `parallel` group on which the event stands.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on: Option<Name>,
    },
}

/// What came when nobody waited for it any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Late {
    /// The answer to a letter that was called off.
    Answer {
        /// The letter.
        handoff: HandoffNo,
        /// Who answered.
        by: PersonId,
    },
    /// A message to a case that is closed. Content: its `key` and its `data`.
    Message {
        /// Its name.
        name: Name,
    },
    /// What another system answered to a call that is over.
    Reply {
        /// The sequence that stood at the call.
        frame: FrameNo,
        /// `done`, or `failed`.
        outcome: Name,
    },
}

/// Why a call came to nothing, in a sentence of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    /// Key of the sentence.
    pub why: String,
    /// What the sentence names; never what was sent or answered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub args: Vec<(String, String)>,
}

/// The case that opened another, and the step there that waits for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parent {
    /// The case.
    pub case: u64,
    /// The number people know.
    pub number: String,
    /// The step in it.
    pub step: Name,
}

/// What a task asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Work {
    /// To do the step.
    #[default]
    Step,
    /// To confirm what another person proposed.
    Second,
    /// To deliver a paper and record the proof.
    Deliver(PaperNo),
    /// To receive or refuse a letter.
    Receive(HandoffNo),
    /// To answer a letter.
    Answer(HandoffNo),
}

impl Work {
    fn is_step(&self) -> bool {
        *self == Work::Step
    }
}

/// Why a task is void.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Void {
    /// 已退回: it was returned.
    Returned,
    /// 已失效: another branch, a limit or an event made it moot.
    Moot,
}
