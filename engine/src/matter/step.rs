//! The parts a matter is made of: steps, sequences, outcomes, events.

use super::{Basis, LimitValue, Limits, Name, Party, Value};
use crate::source::{Span, Spanned};
use crate::text::Text;

/// A step of [`super::Matter::steps`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StepIx(pub u32);

/// A sequence of [`super::Matter::sequences`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SequenceIx(pub u32);

/// An event of [`super::Matter::event_defs`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventIx(pub u32);

/// Steps one after the other: one place that moves.
#[derive(Clone, Debug, Default)]
pub struct Sequence {
    /// The steps in the order of lines.
    pub steps: Vec<StepIx>,
    /// What the sequence belongs to.
    pub owner: Owner,
    /// Results a `leave` may end this sequence with (`gives`).
    pub gives: Vec<Spanned<Name>>,
}

/// What a sequence belongs to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Owner {
    /// The matter itself.
    #[default]
    Matter,
    /// The inside of a group, block, hand-off, `for_each` item or round.
    Step(StepIx),
    /// A named branch of a `parallel` step.
    Branch(StepIx, Name),
    /// The steps of an event.
    Event(EventIx),
}

/// A step 环节.
#[derive(Clone, Debug)]
pub struct Step {
    /// Unique in the matter; a shared block's steps stand behind its name (`intake.check`).
    pub id: Spanned<Name>,
    /// What people call it.
    pub title: Text,
    /// The sequence it lies in.
    pub within: SequenceIx,
    /// What it does.
    pub kind: Kind,
    /// Skipped when false.
    pub only_if: Option<Value>,
    /// Closed until this holds.
    pub needs: Option<Needs>,
    /// Its own limit, named after it.
    pub limit: Option<LimitValue>,
    /// Clocks that stand still while it is open.
    pub pauses: Option<Pauses>,
    /// What the applicant reads meanwhile, a case state.
    pub status: Option<Spanned<String>>,
    /// Parties known inside only.
    pub parties: Vec<Party>,
    /// Limits of this group or item.
    pub limits: Vec<Limits>,
    /// What may happen while it runs.
    pub events: Vec<EventIx>,
    /// Goes on beside the line: an obligation from the start.
    pub beside: bool,
    /// How its effect is undone.
    pub undo: Option<Letter>,
    /// Its ways out; `done`, `overdue`, `refused`, … among them.
    pub outcomes: Vec<Outcome>,
    /// Law it rests on.
    pub basis: Vec<Basis>,
    /// What a city may do to the step or its limit: `shorten`, `lengthen`, `set`, `drop`.
    pub city_may: Vec<Spanned<String>>,
    /// The whole step.
    pub span: Span,
}

/// The kinds of steps; each step is one of them.
#[derive(Clone, Debug)]
pub enum Kind {
    /// A person fills a form and chooses an outcome.
    Task {
        /// Whichever of these parties takes it; `applicant` and `supervisor` are built in.
        parties: Vec<Spanned<Name>>,
        /// The form, by file name without extension.
        form: Option<Spanned<String>>,
        /// Steps and values shown beside it.
        shows: Vec<Spanned<String>>,
        /// Every outcome waits for a second person of this party.
        four_eyes: Option<Spanned<Name>>,
        /// Several cases may be completed together.
        bulk: bool,
    },
    /// A letter to another city or department, which receives or refuses, then answers.
    Handoff {
        /// Who gets it.
        party: Spanned<Name>,
        /// Values it may see.
        shares: Vec<Spanned<String>>,
        /// Values that come back.
        returns: Vec<Spanned<String>>,
        /// Limit for receiving.
        receive: Option<LimitValue>,
        /// Form of the answer, where there are no inner steps.
        form: Option<Spanned<String>>,
        /// Inner steps, done over there.
        body: Option<SequenceIx>,
    },
    /// A case of its own.
    Subcase {
        /// Its matter.
        matter: Spanned<String>,
        /// What it is given.
        with: With,
    },
    /// Waits for a message, an instant or a time.
    Wait {
        /// What for.
        on: WaitOn,
        /// Form of the message's data.
        form: Option<Spanned<String>>,
    },
    /// Another system over HTTP.
    Call {
        /// Name of the connector.
        connector: Spanned<String>,
        /// What it is sent.
        send: Vec<(Spanned<Name>, Value)>,
        /// Attempts after the first.
        retry: Option<u32>,
        /// Form of the answer.
        form: Option<Spanned<String>>,
    },
    /// A decision table.
    Decide {
        /// Its name.
        table: Spanned<String>,
        /// Its inputs.
        input: Vec<(Spanned<Name>, Value)>,
    },
    /// Rows of conditions, the first that holds; a row without condition is `else`. Row n goes by outcome n.
    Choice {
        /// One condition per outcome of the step.
        conditions: Vec<Option<Value>>,
    },
    /// Named branches at the same time.
    Parallel {
        /// The branches in the order written.
        branches: Vec<Branch>,
        /// When they are joined.
        join: Join,
        /// Results that a join counts like `done`.
        counts: Vec<Spanned<Name>>,
    },
    /// A branch per item of a list.
    ForEach {
        /// The list.
        list: Value,
        /// The name an item goes by inside.
        alias: Spanned<Name>,
        /// What tells items apart.
        key: Value,
        /// When they are joined.
        join: Join,
        /// Results that a join counts like `done`.
        counts: Vec<Spanned<Name>>,
        /// Party that may add items.
        may_add: Option<Spanned<Name>>,
        /// Party that may end items.
        may_end: Option<Spanned<Name>>,
        /// What each item runs through.
        body: SequenceIx,
    },
    /// Rounds by the calendar, one after the other.
    Repeat {
        /// When they come, and how many.
        rounds: Rounds,
        /// What each round runs through.
        body: SequenceIx,
    },
    /// A group, or a shared block after it has been put in place.
    Group {
        /// Its steps.
        body: SequenceIx,
        /// The block it came from.
        block: Option<Spanned<String>>,
        /// Values a block was given.
        takes: Vec<(Spanned<Name>, Value)>,
        /// Only one case at a time is in groups of this key.
        alone: Option<Value>,
    },
    /// Keeps values.
    Set(Vec<(Spanned<Name>, Value)>),
    /// Issues a paper.
    Paper(Letter),
    /// Tells somebody.
    Notify(Vec<Notify>),
    /// Ends the case.
    End(EndState),
}

impl Kind {
    /// The parties whose people do it by hand.
    pub fn acts(&self) -> &[Spanned<Name>] {
        match self {
            Kind::Task { parties, .. } => parties,
            _ => &[],
        }
    }

    /// The name by which one of many goes inside: an item, a round; none where the inside is there once.
    pub fn alias(&self) -> Option<&str> {
        match self {
            Kind::ForEach { alias, .. } => Some(&alias.value),
            Kind::Repeat { .. } => Some(ROUND),
            _ => None,
        }
    }
}

/// The name by which a round goes inside `repeat`.
pub const ROUND: &str = "round";

/// Most rounds one `repeat` may run: a step is visited at most so often (G82).
pub const MOST_ROUNDS: u32 = 1_000;

/// When the rounds of `repeat` come: the first on the first date, each next one so much later; and how many there are.
#[derive(Clone, Debug, PartialEq)]
pub struct Rounds {
    /// From one round to the next: days, months or years.
    pub every: Spanned<crate::clock::Limit>,
    /// No round before this date; none: the day on which the step opens.
    pub from: Option<Value>,
    /// The day of the month, cut to the month's end; none: that of the first date.
    pub day: Option<Value>,
    /// So many rounds.
    pub times: Option<Value>,
    /// Asked before a round, when it is planned and when its date has come.
    pub only_while: Option<Value>,
}

/// What a sub-case is given.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum With {
    /// Nothing but the applicant.
    #[default]
    Nothing,
    /// `with: form`: the fields of the same name.
    Form,
    /// Fields and their values; `applicant` names another person.
    Fields(Vec<(Spanned<Name>, Value)>),
}

/// What a wait waits for.
#[derive(Clone, Debug, PartialEq)]
pub enum WaitOn {
    /// A message with a name and a key.
    Message {
        /// Its name.
        name: Spanned<Name>,
        /// Its key.
        key: Value,
    },
    /// An instant.
    Until(Value),
    /// A time from now on.
    For(LimitValue),
}

/// A branch of a `parallel` step.
#[derive(Clone, Debug)]
pub struct Branch {
    /// Its name.
    pub name: Spanned<Name>,
    /// What people call it.
    pub title: Text,
    /// Skipped when false.
    pub only_if: Option<Value>,
    /// Closed until this holds.
    pub needs: Option<Needs>,
    /// Its steps; `gives` stands on the sequence.
    pub body: SequenceIx,
    /// What may happen while it runs.
    pub events: Vec<EventIx>,
}

/// When branches are joined.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Join {
    /// When all have ended, whatever their result.
    #[default]
    All,
    /// With the first that is done.
    Any,
    /// With so many done.
    Number(u32),
    /// With more than half done.
    MoreThanHalf,
    /// With these branches done.
    Branches(Vec<Spanned<Name>>),
    /// When a condition on the list holds.
    Condition(Value),
}

/// What keeps a step or branch closed.
#[derive(Clone, Debug, PartialEq)]
pub enum Needs {
    /// All these marks.
    Marks(Vec<Spanned<Name>>),
    /// A condition on marks.
    Condition(Value),
}

/// Which clocks stand still, and when.
#[derive(Clone, Debug, PartialEq)]
pub struct Pauses {
    /// None: all limits of the regions around.
    pub limits: Option<Vec<Spanned<Name>>>,
    /// Asked anew at each event.
    pub only_if: Option<Value>,
    /// Excluded at most.
    pub max: Option<LimitValue>,
    /// The paper that says so.
    pub paper: Option<Spanned<String>>,
}

/// A way out of a step, and everything that happens with it.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Its identity and its label.
    pub name: Spanned<Name>,
    /// Its English label.
    pub title_en: Option<String>,
    /// Where it leads.
    pub way: Way,
    /// Papers issued with it.
    pub papers: Vec<Letter>,
    /// Who is told.
    pub notify: Vec<Notify>,
    /// Marks set with it; with a value, set back to that instant.
    pub marks: Vec<(Spanned<Name>, Option<Value>)>,
    /// The end state's own name.
    pub label: Option<Text>,
    /// Why.
    pub reason: Reason,
    /// Limits of which at least so much is left from then on, also where they have stopped.
    pub leaves: Vec<(Spanned<Name>, LimitValue)>,
    /// Law it rests on.
    pub basis: Vec<Basis>,
    /// Held until a second person of this party has confirmed exactly this.
    pub four_eyes: Option<Spanned<Name>>,
    /// Offered only then.
    pub only_if: Option<Value>,
    /// What becomes of branches still open.
    pub rest: Rest,
    /// Name and map of the outcome.
    pub span: Span,
}

impl Step {
    /// Its name without that of the block it lies in.
    pub fn short(&self) -> &str {
        self.id.rsplit('.').next().unwrap_or_default()
    }
}

impl Outcome {
    /// Whether its condition asks for what is filled in at the step itself.
    pub fn asks_of(&self, step: &Step) -> bool {
        let Some(Value::Computed(formula)) = &self.only_if else {
            return false;
        };
        let own = step.short();
        formula
            .paths()
            .any(|path| path.split('.').next() == Some(own))
    }

    /// Whether the form of the step must be complete. It need not where the work does not go on: back to an earlier step, to an end
    /// that is no completion, or with a reason; what is filled in is checked all the same.
    pub fn wants_whole_form(&self) -> bool {
        let goes_on = match &self.way {
            Way::BackTo(_) => false,
            Way::End(end) => matches!(end.state.value, Final::Completed | Final::CompletedPartial),
            Way::Next | Way::Go(_) | Way::Leave(_) => true,
        };
        goes_on && self.reason == Reason::None
    }
}

/// Where an outcome leads.
#[derive(Clone, Debug, PartialEq)]
pub enum Way {
    /// The next line.
    Next,
    /// A step of the same sequence or one around it.
    Go(Spanned<Name>),
    /// Back to one of these steps; empty: any step done before.
    BackTo(Vec<Spanned<Name>>),
    /// Ends the innermost group that lists this result.
    Leave(Spanned<Name>),
    /// Ends the case.
    End(EndState),
}

/// A final state of a case, with the name a matter gives it.
#[derive(Clone, Debug, PartialEq)]
pub struct EndState {
    /// The state.
    pub state: Spanned<Final>,
    /// The matter's own name for it.
    pub label: Option<Text>,
    /// Papers issued with it, where `end` is a step of its own.
    pub papers: Vec<Letter>,
    /// Why, where `end` is a step of its own.
    pub reason: Reason,
}

/// The final states of a case (`product.md` §2 in the field's words: 已办结 部分办结 不予受理 不予办理 已撤回 已终止).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Final {
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
}

impl Final {
    /// All of them with their names in YAML and API.
    pub const ALL: [(&'static str, Final); 6] = [
        ("completed", Final::Completed),
        ("completed_partial", Final::CompletedPartial),
        ("not_accepted", Final::NotAccepted),
        ("refused", Final::Refused),
        ("withdrawn", Final::Withdrawn),
        ("closed", Final::Closed),
    ];

    /// The state with a name, if there is one.
    pub fn named(name: &str) -> Option<Final> {
        Final::ALL.iter().find(|(n, _)| *n == name).map(|(_, f)| *f)
    }
}

/// Why something was decided.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Reason {
    /// No reason needed.
    #[default]
    None,
    /// The person must say why.
    Ask,
    /// This text.
    Text(Spanned<String>),
    /// One of these codes; with one code, that one.
    Codes(Vec<Spanned<String>>),
    /// A code or text worked out: mostly the reason of a sub-case.
    Computed(Box<Value>),
}

/// What becomes of branches that are still open when others are joined.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rest {
    /// They are stopped.
    #[default]
    Stop,
    /// They run on as obligations.
    Continue,
}

/// A paper 文书 and whom it goes to.
#[derive(Clone, Debug, PartialEq)]
pub struct Letter {
    /// Its template, by file name without extension.
    pub paper: Spanned<String>,
    /// A party; none: the applicant.
    pub to: Option<Spanned<Name>>,
    /// The step waits for proof of delivery.
    pub delivered: bool,
}

/// Somebody to be told.
#[derive(Clone, Debug, PartialEq)]
pub struct Notify {
    /// Whom.
    pub to: Whom,
    /// A template of its own.
    pub template: Option<Spanned<String>>,
}

/// Whom a notice tells.
#[derive(Clone, Debug, PartialEq)]
pub enum Whom {
    /// A party, `PARTY.lead`, `applicant` or `supervisor`.
    Party(Spanned<Name>),
    /// Whoever has the telephone numbers in this field of the application form, `form.survivors.phone`; of a list, of each row.
    Phone(Spanned<String>),
}

/// Something that may happen at any time while a region runs.
#[derive(Clone, Debug)]
pub struct EventDef {
    /// Its name, also the name of the act it offers.
    pub name: Spanned<Name>,
    /// What people call it; empty: its name says it.
    pub title: Text,
    /// What sets it off.
    pub trigger: Trigger,
    /// Restraints.
    pub only_if: Option<Value>,
    /// Not past this mark.
    pub until: Option<Spanned<Name>>,
    /// At most once.
    pub once: bool,
    /// Form of the act or message.
    pub form: Option<Spanned<String>>,
    /// Clocks that stand still while its steps run.
    pub pauses: Option<Pauses>,
    /// Tasks of the region cannot be finished meanwhile.
    pub holds: bool,
    /// Sub-cases of the region stand still meanwhile, too (`holds: all`).
    pub holds_parts: bool,
    /// Done steps are undone in reverse order.
    pub undo: bool,
    /// Its steps.
    pub body: Option<SequenceIx>,
    /// Its way, if it interrupts, and what happens with it.
    pub outcome: Option<Outcome>,
    /// What happens with it where it does not interrupt: papers, notices, reason.
    pub notify: Vec<Notify>,
    /// Papers issued with it.
    pub papers: Vec<Letter>,
    /// Why.
    pub reason: Reason,
    /// Law it rests on, where it does not interrupt.
    pub basis: Vec<Basis>,
    /// An act without a way waits for a second person of this party.
    pub four_eyes: Option<Spanned<Name>>,
    /// The whole event.
    pub span: Span,
}

/// What sets an event off.
#[derive(Clone, Debug, PartialEq)]
pub enum Trigger {
    /// An act offered to these parties.
    Act(Vec<Spanned<Name>>),
    /// A message with a name and a key.
    Message {
        /// Its name.
        name: Spanned<Name>,
        /// Its key.
        key: Option<Value>,
    },
    /// A limit used so far.
    Limit {
        /// The limit's name.
        limit: Spanned<Name>,
        /// How far.
        at: LimitMoment,
    },
    /// A mark set.
    Mark(Spanned<Name>),
    /// The sub-case of one of these steps is suspended; it holds until none of them is.
    Suspended(Vec<Spanned<Name>>),
}

/// A moment in the life of a limit.
#[derive(Clone, Debug, PartialEq)]
pub enum LimitMoment {
    /// So many per cent used, 1–100.
    Used(u32),
    /// So much left.
    Left(Spanned<crate::clock::Limit>),
    /// Passed.
    Overdue,
}
