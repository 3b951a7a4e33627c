//! Scenarios: the stories an author tells to test a matter. Read from `*.test.yaml`, played against `decide`, `apply` and `effects`
//! under a virtual clock, without store or network.
//!
//! | file | holds |
//! |---|---|
//! | `read` | a text to a [`Scenario`], every problem at its place |
//! | `check` | what a scenario names, held against the matter before it is played |
//! | `lacking` | what only another network has: such a scenario is skipped |
//! | `data` | what people type, read as the form wants it |
//! | `act` | a line to a command |
//! | `certificates` | certificates of other cases that are given |
//! | `people` | who acts: persons made up from posts |
//! | `place` | one address for everything: where a case stands, in words a scenario can use |
//! | `world` | the cases, the clock, and what was sent; runs sub-cases and timers |
//! | `play` | one line after the other |
//! | `tell` | what happened, line by line |
//! | `expect` | what was expected, what was, and why |
//! | `coverage` | which lines of a matter some scenario walked |
//! | `mutate` | little changes of a matter that some scenario should notice |

mod act;
mod certificates;
mod check;
mod coverage;
mod data;
mod expect;
mod lacking;
mod mutate;
mod people;
mod place;
mod play;
mod read;
mod tell;
mod world;

pub use check::check;
pub use coverage::{Spot, Walked, What, spots};
pub use lacking::is_lacking;
pub use mutate::{Mutant, mutants};
pub use play::{Deed, Failed, Played, play};
pub use read::{read, read_input};
pub use tell::Told;

use crate::clock::Limit;
use crate::source::{Span, Spanned};
use crate::yaml::Node;
use jiff::Timestamp;
use jiff::civil::Date;
pub(crate) use read::{ACTS, BESIDE, EXPECTED, GIVEN, SCENARIO};

/// A story about one case.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// What it tells.
    pub name: Spanned<String>,
    /// How the case begins.
    pub given: Given,
    /// What happens, act by act.
    pub when: Vec<Line>,
    /// How it ends.
    pub then: Expected,
}

/// How a case begins.
#[derive(Clone, Debug)]
pub struct Given {
    /// When.
    pub now: Timestamp,
    /// The city whose window takes it, by name or code.
    pub accepting_city: Option<Spanned<String>>,
    /// How it comes; `window` where nothing is said.
    pub channel: String,
    /// The applicant's fields.
    pub applicant: Option<Node>,
    /// The fields of the matter's form.
    pub form: Option<Node>,
    /// Parameters that must have a value for it, each with the city: a network without them cannot tell this story.
    pub parameters: Vec<(Spanned<String>, Spanned<String>)>,
    /// Certificates of recognition that other cases have given.
    pub certificates: Vec<GivenCertificate>,
}

/// A certificate that some case has given.
#[derive(Clone, Debug)]
pub struct GivenCertificate {
    /// What it is about.
    pub kind: Spanned<String>,
    /// What it is called.
    pub number: Spanned<String>,
    /// The city that vouches for it, by name or code.
    pub from: Spanned<String>,
    /// Its last day.
    pub until: Date,
    /// The ID number of the person it is about; none: the applicant.
    pub of: Option<String>,
}

/// One line of `when`: one act, one move of the clock, or one expectation.
#[derive(Clone, Debug)]
pub struct Line {
    /// The whole line.
    pub span: Span,
    /// When it happens.
    pub moment: Moment,
    /// Who does it: `city/post`, `city/department/post`, either with `:2`, or `applicant`.
    pub by: Option<Spanned<String>>,
    /// The sub-case in which it happens, by the address of the step that opened it.
    pub child: Option<Spanned<String>>,
    /// What happens.
    pub act: Act,
    /// The code of the refusal that is expected.
    pub refused: Option<Spanned<String>>,
}

/// When a line happens. All timers due by then fire first.
#[derive(Clone, Debug, PartialEq)]
pub enum Moment {
    /// At the same instant as the line before.
    Same,
    /// At an instant.
    At(Timestamp),
    /// So much later: plain time, or working days on the actor's calendar.
    After(Limit),
}

/// What happens in a line.
#[derive(Clone, Debug)]
pub enum Act {
    /// Nothing but the passing of time.
    Pass,
    /// What the case must look like now.
    Expect(Box<Expected>),
    /// A person chooses an outcome: `step.outcome`.
    Do(Typed),
    /// A person causes an event.
    Cause(Typed),
    /// A paper is delivered: the step that waits for it, or its template.
    Deliver(Spanned<String>),
    /// A hand-off is taken.
    Receive(Spanned<String>),
    /// A hand-off is sent back.
    Refuse(Typed),
    /// A hand-off without steps of its own is answered.
    Answer(Typed),
    /// Another system sends a message; the address is its name.
    Message {
        /// Its name and data.
        message: Typed,
        /// Its key.
        key: Spanned<String>,
    },
    /// The sub-case of the line comes to its end without having been played.
    Ends {
        /// Its final state.
        state: Spanned<String>,
        /// Its results.
        data: Option<Node>,
    },
    /// An item is added to a `for_each`; the data are the item.
    Add(Typed),
    /// An item is ended.
    End(Typed),
    /// A task is taken.
    Claim(Spanned<String>),
    /// A task is given back.
    Release(Spanned<String>),
    /// Whoever holds a task is reminded.
    Urge(Typed),
    /// A certificate is taken for a material.
    Recognise(Spanned<String>),
    /// A certificate for a material is declined, with a reason.
    Decline(Typed),
    /// The city that gave a certificate takes it back: its number.
    Revoke(Spanned<String>),
}

/// An address with what was typed there.
#[derive(Clone, Debug)]
pub struct Typed {
    /// What it is about.
    pub address: Spanned<String>,
    /// The fields.
    pub data: Option<Node>,
    /// Why, in words or as a code.
    pub reason: Option<String>,
    /// The step to go back to, where the outcome leaves a choice.
    pub back_to: Option<String>,
}

/// What a case must look like. What is not stated is not checked.
#[derive(Clone, Debug, Default)]
pub struct Expected {
    /// Where it was said.
    pub span: Span,
    /// The case's state.
    pub status: Option<Spanned<String>>,
    /// The matter's own name for it.
    pub label: Option<Spanned<String>>,
    /// Why the case ended: a code, or the words.
    pub reason: Option<Spanned<String>>,
    /// Whether anything can still happen.
    pub closed: Option<Spanned<bool>>,
    /// The steps that are open, no others.
    pub open: Option<Spanned<Vec<Spanned<String>>>>,
    /// Results of branches, items and steps, by address.
    pub results: Vec<(Spanned<String>, Spanned<String>)>,
    /// Clocks, by name.
    pub clocks: Vec<(Spanned<String>, ExpectedClock)>,
    /// The materials that are missing.
    pub missing: Option<Spanned<Vec<Spanned<String>>>>,
    /// The materials for which certificates stand.
    pub recognised: Option<Spanned<Vec<Spanned<String>>>>,
    /// The papers issued so far, in order.
    pub papers: Option<Spanned<Vec<Spanned<String>>>>,
    /// How many notices went to whom.
    pub notices: Vec<(Spanned<String>, Spanned<u32>)>,
    /// Values steps have written: `step.field` and the value.
    pub data: Vec<(Spanned<String>, Spanned<String>)>,
    /// What must not have happened: `card.yellow`, `paper.NAME`, `STEP`, `STEP.OUTCOME`.
    pub never: Vec<Spanned<String>>,
}

/// What a clock must show.
#[derive(Clone, Debug, Default)]
pub struct ExpectedClock {
    /// `normal`, `reminder`, `yellow`, `red`, `paused`.
    pub level: Option<Spanned<String>>,
    /// What has been used, e.g. `1wd 2h 40m`.
    pub used: Option<Spanned<String>>,
    /// What is left.
    pub left: Option<Spanned<String>>,
    /// Its last instant: a day, or a day and a time.
    pub due: Option<Spanned<String>>,
    /// Whether it has stopped for good.
    pub stopped: Option<Spanned<bool>>,
}

impl Expected {
    /// True where nothing was stated.
    pub fn is_empty(&self) -> bool {
        self.span == Span::default()
    }
}

/// The applicant, wherever a scenario names who acts or is told.
const APPLICANT: &str = "applicant";
