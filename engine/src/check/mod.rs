//! Whether a matter can run: what its formulas mean, which steps can be reached, what is missing. One file per rule.
//!
//! `mentions` gathers what a matter names, `ways` and `flow` walk it, `scope` and `types` say what an expression sees; the rules below
//! them each look at one thing and report under their own codes.

mod flow;
mod mentions;
mod records;
pub(crate) mod scope;
mod tags;
mod types;
mod ways;

mod alone;
mod basis;
mod certificates;
mod files;
mod formulas;
mod ids;
mod joins;
pub(crate) mod law;
mod limits;
mod marks;
mod needs;
mod outcomes;
mod parties;
mod reach;
mod steps;
mod templates;

use crate::clock::Calendar;
use crate::diagnostic::Diagnostic;
use crate::expr::Type;
use crate::matter::{Basis, Matter};
use crate::network::Network;
use crate::source::Spanned;
use crate::table::Table;
use crate::yaml::Node;
use flow::Flow;
use forms::Form;
use mentions::Mentions;
use scope::{Shape, Signature};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use ways::Ways;

pub(crate) use ids::same_code;
pub(crate) use limits::bounds;

/// Every rule, in no order: findings are sorted by place.
const RULES: [fn(&Subject, &mut Vec<Diagnostic>); 15] = [
    alone::check,
    basis::check,
    certificates::check,
    files::check,
    ids::check,
    joins::check,
    law::check,
    limits::check,
    marks::check,
    needs::check,
    outcomes::check,
    parties::check,
    reach::check,
    steps::check,
    templates::check,
];

/// A matter as it was read, with the files it may name: its own before the shared ones.
pub(crate) struct Draft {
    /// The folder it lies in.
    pub folder: String,
    pub matter: Matter,
    pub forms: BTreeMap<String, Form>,
    pub tables: BTreeMap<String, Arc<Table>>,
    pub papers: BTreeMap<String, Spanned<Arc<str>>>,
    pub notices: Option<Node>,
    /// Forms and tables that are there but have errors of their own.
    pub broken: BTreeSet<String>,
}

/// What every matter is checked against.
pub(crate) struct World<'a> {
    pub network: &'a Network,
    pub matters: &'a BTreeMap<String, Signature>,
    pub applicant: &'a Type,
    /// One calendar per pool, with the name of a city that uses it.
    pub calendars: &'a [(String, Calendar)],
}

/// A matter under check.
pub(crate) struct Subject<'a> {
    matter: &'a Matter,
    draft: &'a Draft,
    world: &'a World<'a>,
    ways: &'a Ways,
    flow: &'a Flow,
    mentions: Mentions<'a>,
    shape: &'a Shape<'a>,
}

/// Everything a matter rests on, as it names it.
pub(crate) fn basis(matter: &Matter) -> Vec<&Basis> {
    Mentions::of(matter, &Ways::of(matter)).basis
}

/// The fields of the person who applies.
pub(crate) fn applicant() -> Type {
    types::applicant()
}

/// One calendar per pool, with the name of a city that uses it.
pub(crate) fn calendars(network: &Network) -> Vec<(String, Calendar)> {
    let mut pools = BTreeSet::new();
    network
        .cities()
        .filter(|c| pools.insert(&c.pool))
        .map(|c| (c.name.clone(), network.calendar(&c.code)))
        .collect()
}

/// What other matters need to know of this one.
pub(crate) fn signature(draft: &Draft, world: &World) -> Signature {
    let ways = Ways::of(&draft.matter);
    let flow = Flow::of(&draft.matter, &ways);
    let form = draft.matter.form.as_ref();
    let results = with_shape(draft, world, &ways, |shape| formulas::results(shape, &flow));
    Signature {
        form: form.and_then(|f| draft.forms.get(&f.value).cloned()),
        results: Some(results),
        ends: flow.ends,
        alone: draft.matter.steps.iter().any(alone::is_alone),
        parts: alone::parts(&draft.matter),
        certifies: certificates::kinds(&draft.matter),
    }
}

/// Compiles every formula of a matter and checks whether it can run.
pub(crate) fn check(draft: &mut Draft, world: &World) -> Vec<Diagnostic> {
    let ways = Ways::of(&draft.matter);
    let flow = Flow::of(&draft.matter, &ways);
    let mut compiled = draft.matter.clone();
    let found = with_shape(draft, world, &ways, |shape| {
        let mut found = formulas::compile(&mut compiled, shape, &flow);
        let subject = Subject {
            matter: &draft.matter,
            draft,
            world,
            ways: &ways,
            flow: &flow,
            mentions: Mentions::of(&draft.matter, &ways),
            shape,
        };
        for rule in RULES {
            rule(&subject, &mut found);
        }
        found
    });
    draft.matter = compiled;
    found
}

fn with_shape<T>(draft: &Draft, world: &World, ways: &Ways, then: impl FnOnce(&Shape) -> T) -> T {
    let mut shape = Shape {
        matter: &draft.matter,
        ways,
        forms: &draft.forms,
        tables: &draft.tables,
        network: world.network,
        matters: world.matters,
        applicant: world.applicant,
        kept: BTreeMap::new(),
        begun: Default::default(),
    };
    formulas::kept(&mut shape);
    then(&shape)
}
