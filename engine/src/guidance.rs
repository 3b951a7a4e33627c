//! What helps whoever does a step: what to do, in a few lines, and what to read. It lies beside the matter (`guidance.yaml`) and is no part of
//! a revision: better advice also reaches the cases under way.

use crate::check::law;
use crate::diagnostic::Diagnostic;
use crate::library::Library;
use crate::matter::{Basis, Kind, Matter, StepIx};
use crate::network::Network;
use crate::source::{Span, Spanned};
use crate::text::Text;
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};

/// The folder whose advice is about the steps of shared blocks, by `BLOCK.STEP`.
pub(crate) const SHARED: &str = "shared";

/// The lines a task page has room for.
pub(crate) const LINES: usize = 3;

/// The characters a line has room for.
pub(crate) const WIDTH: usize = 60;

/// What helps at the steps of a matter, or of the shared blocks: by the address of the step.
pub(crate) type Guidance = BTreeMap<String, Advice>;

/// What helps at one step.
#[derive(Clone, Debug)]
pub struct Advice {
    /// What to do, line by line, at most three of 60 characters.
    pub lines: Vec<Text>,
    /// What to read.
    pub see: Vec<Reference>,
    /// Where its address stands.
    pub(crate) at: Span,
}

/// Something to read: a law, a decision table, a hint.
#[derive(Clone, Debug)]
pub struct Reference {
    /// What it is about.
    pub title: Text,
    /// What it rests on.
    pub basis: Vec<Basis>,
    /// A decision table, by its file name.
    pub table: Option<Spanned<String>>,
    /// What it says.
    pub note: Option<Text>,
    /// The first day on which it is valid.
    pub from: Option<Date>,
    /// The last day on which it is valid.
    pub until: Option<Date>,
}

impl Advice {
    /// What is valid on a day.
    pub fn valid(&self, day: Date) -> impl Iterator<Item = &Reference> {
        let begun = move |r: &&Reference| r.from.is_none_or(|from| from <= day);
        let open = move |r: &&Reference| r.until.is_none_or(|until| day <= until);
        self.see.iter().filter(begun).filter(open)
    }
}

impl Library {
    /// What helps at a step: what its matter says, else what its shared block does.
    pub fn advice(&self, matter: &Matter, step: StepIx) -> Option<&Advice> {
        let id = &matter.step(step)?.id.value;
        let own = self.guidance.get(&*matter.id.value)?.get(&**id);
        own.or_else(|| {
            let shared = self.guidance.get(SHARED)?;
            addresses(matter, step).find_map(|at| shared.get(&at))
        })
    }
}

/// The addresses under which advice about a step may stand: its name, and that in the shared block it came from.
fn addresses(matter: &Matter, step: StepIx) -> impl Iterator<Item = String> {
    let id = matter.step(step).map(|s| s.id.value.clone());
    let within = matter.around(step).filter_map(|group| matter.step(group));
    let blocks = within.filter_map(|group| match &group.kind {
        Kind::Group {
            block: Some(block), ..
        } => Some((&group.id.value, &block.value)),
        _ => None,
    });
    let name = id.clone();
    let inside = blocks.filter_map(move |(group, block)| {
        let rest = name.as_deref()?.strip_prefix(&**group)?.strip_prefix('.')?;
        Some(format!("{block}.{rest}"))
    });
    id.as_deref()
        .map(str::to_owned)
        .into_iter()
        .chain(inside)
        .collect::<Vec<_>>()
        .into_iter()
}

/// The addresses of the steps of matters.
pub(crate) fn known<'m>(matters: impl Iterator<Item = &'m Matter>) -> BTreeSet<String> {
    let steps = matters.flat_map(|matter| {
        let steps = (0..matter.steps.len()).filter_map(|n| u32::try_from(n).ok());
        steps.flat_map(|n| addresses(matter, StepIx(n)))
    });
    steps.collect()
}

/// What is wrong with advice: steps there are none of (E0203), documents and tables nobody listed (E0313, E0306).
pub(crate) fn check(
    guidance: &Guidance,
    known: &BTreeSet<String>,
    tables: &BTreeSet<String>,
    network: &Network,
) -> Vec<Diagnostic> {
    let near = || known.iter().map(String::as_str);
    let unknown = guidance
        .iter()
        .filter(|(address, _)| !known.contains(*address));
    let mut found: Vec<_> = unknown
        .map(|(name, advice)| {
            Diagnostic::new("E0203", advice.at)
                .with("name", &**name)
                .near(name, near())
        })
        .collect();
    for reference in guidance.values().flat_map(|advice| &advice.see) {
        found.extend(
            reference
                .basis
                .iter()
                .filter_map(|b| law::document(network, &b.doc)),
        );
        let table = reference
            .table
            .iter()
            .filter(|t| !tables.contains(&t.value));
        found.extend(table.map(|t| {
            let wrong = Diagnostic::new("E0306", t.span).with("name", &*t.value);
            wrong.near(&t.value, tables.iter().map(String::as_str))
        }));
    }
    found
}
