//! A matter as it was read: who takes part, which steps, which limits. Steps lie in one arena, so that every reference is an
//! index and everything around a step can be found from it. [`read`] makes it from files; `check` decides whether it can run.

pub(crate) mod overlay;
mod part;
mod read;
mod revision;
mod step;

pub use read::{Blocks, read};
pub(crate) use read::{
    Built, build, guidance as read_guidance, keys, overlay as read_overlay, parse,
};
pub use revision::Revision;
pub use step::*;

use crate::clock::Limit;
use crate::expr::{self, Expr, Fuel};
use crate::source::{Span, Spanned};
use crate::text::Text;
use std::sync::Arc;

/// A name inside a matter: step, party, mark, field, branch, outcome. In Unicode NFC.
pub type Name = Arc<str>;

/// An expression as written, and as compiled once the matter has been checked.
#[derive(Clone, Debug)]
pub struct Formula {
    /// The text without its `=`; the span is that of this text.
    pub source: Spanned<String>,
    /// What runs; there in every matter that passed its check.
    pub expr: Option<Expr>,
}

impl Formula {
    /// A formula nobody has compiled yet.
    pub fn new(source: Spanned<String>) -> Self {
        Formula { source, expr: None }
    }
}

impl Formula {
    /// The paths it reads, `check.amount`, as far as they stand in it in letters; what is no path is among them too.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        let inside = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
        let texts = self.source.value.split('"').step_by(2);
        texts.flat_map(move |text| text.split(move |c| !inside(c)))
    }
}

impl PartialEq for Formula {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

/// An expression, or a plain text where a value may be either.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Began with `=`: computed.
    Computed(Formula),
    /// Anything else: the text itself, or a name.
    Plain(Spanned<String>),
    /// A list of values.
    List(Vec<Value>),
}

/// Where something stands in the law.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Basis {
    /// The document, as listed in `workflows/laws.yaml`.
    pub doc: Spanned<String>,
    /// Its article, empty for the whole document.
    pub article: String,
    /// First and last day on which it is in force for this use, `YYYY-MM-DD`.
    pub from: Option<Spanned<String>>,
    /// Last day of it.
    pub to: Option<Spanned<String>>,
}

/// A matter: one service that the offices of the network offer.
#[derive(Clone, Debug, Default)]
pub struct Matter {
    /// Its id, equal to its folder's name.
    pub id: Spanned<Name>,
    /// What people call it.
    pub title: Text,
    /// The letters that stand in a case number.
    pub code: String,
    /// Where they are written.
    pub code_at: crate::source::Span,
    /// Law it rests on.
    pub basis: Vec<Basis>,
    /// Ways to apply: `window`, `video`, `online`, …
    pub channels: Vec<Spanned<String>>,
    /// The form the applicant fills, by file name without extension.
    pub form: Option<Spanned<String>>,
    /// Whoever opens a case is given no receipt 收件回执: an office opens it by itself.
    pub no_receipt: bool,
    /// Equal values of this expression may have only one open case.
    pub unique: Option<Value>,
    /// The party whose city decides; its calendar counts for the case's limits.
    pub decides: Option<Spanned<Name>>,
    /// The mark past which nothing is returned or withdrawn.
    pub final_mark: Option<Spanned<Name>>,
    /// The matters whose closed cases a case of this one may follow: a correction, an objection, a late claim.
    pub follows: Vec<Spanned<String>>,
    /// Who takes part, in the order declared.
    pub parties: Vec<Party>,
    /// What the applicant brings.
    pub materials: Materials,
    /// The certificate that a case of it gives (一网互认).
    pub certifies: Option<Certifies>,
    /// Limits of the case.
    pub limits: Vec<Limits>,
    /// What may happen at any time while the case runs.
    pub events: Vec<EventIx>,
    /// What a parent case may read once this one has ended.
    pub results: Vec<(Spanned<Name>, Value)>,
    /// The sequence the case runs through.
    pub root: SequenceIx,
    /// All steps, in reading order.
    pub steps: Vec<Step>,
    /// All sequences; a sequence is one place that moves.
    pub sequences: Vec<Sequence>,
    /// All events of the matter, its groups and branches.
    pub event_defs: Vec<EventDef>,
}

impl Matter {
    /// Whether an applicant may have one open case of it only, whatever he applies for.
    pub fn one_per_applicant(&self) -> bool {
        let alone = |formula: &Formula| formula.source.value.trim() == "applicant.id_number";
        matches!(&self.unique, Some(Value::Computed(formula)) if alone(formula))
    }

    /// The step at an index of this matter.
    pub fn step(&self, step: StepIx) -> Option<&Step> {
        self.steps.get(step.0 as usize)
    }

    /// The step with a name, e.g. `intake.check`.
    pub fn find(&self, name: &str) -> Option<(StepIx, &Step)> {
        let at = self.steps.iter().position(|s| &**s.id == name)?;
        Some((StepIx(u32::try_from(at).ok()?), self.steps.get(at)?))
    }

    /// The sequence at an index of this matter.
    pub fn sequence(&self, sequence: SequenceIx) -> Option<&Sequence> {
        self.sequences.get(sequence.0 as usize)
    }

    /// What it says about a material.
    pub fn material(&self, name: &str) -> Option<&Material> {
        match &self.materials {
            Materials::Own(list) => list.iter().find(|m| **m.name == *name),
            Materials::FromParts(_) => None,
        }
    }

    /// How much later a material may come, against a promise (容缺受理); none: not at all.
    pub fn promise(&self, name: &str) -> Option<&LimitValue> {
        self.material(name)?.promise.as_ref()
    }

    /// The step that comes after one in its sequence.
    pub fn next(&self, step: StepIx) -> Option<StepIx> {
        let sequence = self.sequence(self.step(step)?.within)?;
        let at = sequence.steps.iter().position(|s| *s == step)?;
        sequence.steps.get(at + 1).copied()
    }

    /// The forms it names: its own, then those of its steps and events.
    pub fn form_names(&self) -> impl Iterator<Item = &Spanned<String>> {
        let steps = self.steps.iter().filter_map(|s| match &s.kind {
            Kind::Task { form, .. }
            | Kind::Wait { form, .. }
            | Kind::Call { form, .. }
            | Kind::Handoff { form, .. } => form.as_ref(),
            _ => None,
        });
        let events = self.event_defs.iter().filter_map(|e| e.form.as_ref());
        self.form.iter().chain(steps).chain(events)
    }

    /// The steps around a step, innermost first: the groups it lies in.
    pub fn around(&self, step: StepIx) -> impl Iterator<Item = StepIx> {
        let outer = |s: &StepIx| match self.sequence(self.step(*s)?.within)?.owner {
            Owner::Step(owner) | Owner::Branch(owner, _) => Some(owner),
            Owner::Matter | Owner::Event(_) => None,
        };
        std::iter::successors(outer(&step), outer)
    }
}

/// A department in a city, and a post there, as computed when a task opens.
#[derive(Clone, Debug, PartialEq)]
pub struct Party {
    /// Its name in this matter.
    pub name: Spanned<Name>,
    /// What people call it.
    pub title: Text,
    /// Code or name of the city, mostly computed.
    pub city: Value,
    /// Department, a type id of the network (`si`, `mib`, …).
    pub department: Spanned<String>,
    /// Post in the department.
    pub post: Spanned<String>,
    /// Another person than the one who acted for that party in this case.
    pub not_same_as: Vec<Spanned<Name>>,
}

/// The list of materials.
#[derive(Clone, Debug, PartialEq)]
pub enum Materials {
    /// Listed here.
    Own(Vec<Material>),
    /// The lists of the parts in one, the same name asked once (一件事).
    FromParts(Span),
}

impl Default for Materials {
    fn default() -> Self {
        Materials::Own(Vec::new())
    }
}

/// One thing to be brought or fetched.
#[derive(Clone, Debug, PartialEq)]
pub struct Material {
    /// Its name.
    pub name: Spanned<Name>,
    /// What people call it.
    pub title: Text,
    /// Where to get it, in order: `shared`, `shown`, `upload`, …
    pub from: Vec<Spanned<String>>,
    /// Whether it is needed.
    pub needed: Option<Value>,
    /// Law that allows asking for it.
    pub basis: Vec<Basis>,
    /// 容缺受理: it may come this much later.
    pub promise: Option<LimitValue>,
    /// 一网互认: the kind of certificate that stands for it.
    pub recognises: Option<Spanned<String>>,
    /// What a city may change about it.
    pub city_may: Vec<Spanned<String>>,
}

impl Material {
    /// Whether it is asked for with these answers, `applicant` and `form` as far as they are given. What depends on anything else is.
    pub fn is_asked(&self, given: &serde_json::Value) -> bool {
        let Some(Value::Computed(formula)) = &self.needed else {
            return true;
        };
        let found = formula
            .expr
            .as_ref()
            .map(|e| e.eval(given, &mut Fuel::default()));
        !matches!(found, Some(Ok(expr::Value::Bool(false))))
    }
}

/// What a certificate says that a case gives, where that is written, and how those who gave it hear of its use.
#[derive(Clone, Debug, PartialEq)]
pub struct Certifies {
    /// The step: while it is open, the certificate is in force.
    pub in_force: Spanned<Name>,
    /// What it is about, by the word that materials recognise.
    pub kind: Value,
    /// The kinds there are, each with the parameter by which a city recognises it.
    pub kinds: Vec<(Spanned<Name>, Spanned<String>)>,
    /// What it is called.
    pub number: Value,
    /// The ID number of the person it is about.
    pub of: Value,
    /// The city that vouches for it.
    pub from: Value,
    /// Its last day.
    pub until: Value,
    /// What it says, in words.
    pub extent: Option<Value>,
    /// How its use is told.
    pub used: Used,
}

/// The message that tells of a use of a certificate, and the fields of its form.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Used {
    /// The message.
    pub message: Spanned<String>,
    /// The field of the city that used it.
    pub city: Spanned<String>,
    /// The field of the number of the case that used it.
    pub case: Spanned<String>,
    /// The field that says whether it was recognised.
    pub accepted: Spanned<String>,
    /// The field that says why not.
    pub reason: Spanned<String>,
}

/// A limit with its clock: what may be used between two moments.
#[derive(Clone, Debug, PartialEq)]
pub struct Limits {
    /// Its name.
    pub name: Spanned<Name>,
    /// What people call it; empty: its name says it.
    pub title: Text,
    /// How much may be used: a limit or an expression giving one.
    pub limit: LimitValue,
    /// What passing it means.
    pub kind: LimitKind,
    /// Moment at which the clock starts: a mark, `STEP`, `STEP.opened`, `STEP.sent`, `STEP.received`.
    pub starts: Option<Spanned<String>>,
    /// Moment at which it stops.
    pub stops: Option<Spanned<String>>,
    /// The party on whose calendar it counts; none: where `decides` sits.
    pub calendar: Option<Spanned<Name>>,
    /// The day of the start counts too (a rule that says otherwise than R1 of the calendar).
    pub same_day: bool,
    /// May be extended so.
    pub extend: Option<Extend>,
    /// Law it rests on.
    pub basis: Vec<Basis>,
    /// What a city may do to it: `shorten`, `lengthen`, `set`, `drop`.
    pub city_may: Vec<Spanned<String>>,
}

/// A limit written out or computed.
#[derive(Clone, Debug, PartialEq)]
pub enum LimitValue {
    /// `5wd`, `30d`, `P3M`, …
    Fixed(Spanned<Limit>),
    /// `=parameters.supplement`
    Computed(Formula),
}

/// What passing a limit means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitKind {
    /// 法定时限: passing it is a breach of law, on record for ever.
    Statutory,
    /// 承诺时限: passing it gives cards.
    Promised,
    /// 内部时限: passing it gives a card on the step.
    Internal,
}

/// Who may extend a limit, how often and by how much.
#[derive(Clone, Debug, PartialEq)]
pub struct Extend {
    /// The party that may.
    pub by: Spanned<Name>,
    /// How often.
    pub times: u32,
    /// By how much.
    pub add: LimitValue,
    /// Only before the limit has passed.
    pub before_expiry: bool,
    /// The paper that tells the applicant.
    pub paper: Option<Spanned<String>>,
    /// The second person who must agree.
    pub four_eyes: Option<Spanned<Name>>,
}
