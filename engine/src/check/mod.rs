//! Whether a matter can run: what its formulas mean, which steps can be reached, what is missing. One file per rule.

mod flow;
mod formulas;
pub(crate) mod scope;
mod types;
mod ways;

use crate::diagnostic::Diagnostic;
use crate::expr::Type;
use crate::matter::Matter;
use crate::network::Network;
use crate::table::Table;
use flow::Flow;
use forms::Form;
use scope::{Shape, Signature};
use std::collections::BTreeMap;
use std::sync::Arc;
use ways::Ways;

/// A matter as it was read, with the files it may name: its own before the shared ones.
pub(crate) struct Draft {
    pub matter: Matter,
    pub forms: BTreeMap<String, Form>,
    pub tables: BTreeMap<String, Arc<Table>>,
}

/// What every matter is checked against.
pub(crate) struct World<'a> {
    pub network: &'a Network,
    pub matters: &'a BTreeMap<String, Signature>,
    pub applicant: &'a Type,
}

/// The fields of the person who applies.
pub(crate) fn applicant() -> Type {
    types::applicant()
}

/// What other matters need to know of this one.
pub(crate) fn signature(draft: &Draft, world: &World) -> Signature {
    let ways = Ways::of(&draft.matter);
    let flow = Flow::of(&draft.matter, &ways);
    let form = draft.matter.form.as_ref();
    let results = with_shape(draft, world, &ways, |shape| {
        formulas::results(&shape, &flow)
    });
    Signature {
        form: form.and_then(|f| draft.forms.get(&f.value).cloned()),
        formless: form.is_none(),
        results: Some(results),
    }
}

/// Compiles every formula of a matter and checks whether it can run.
pub(crate) fn check(draft: &mut Draft, world: &World) -> Vec<Diagnostic> {
    let ways = Ways::of(&draft.matter);
    let flow = Flow::of(&draft.matter, &ways);
    let mut compiled = draft.matter.clone();
    let found = with_shape(draft, world, &ways, |shape| {
        formulas::compile(&mut compiled, &shape, &flow)
    });
    draft.matter = compiled;
    found
}

fn with_shape<T>(draft: &Draft, world: &World, ways: &Ways, then: impl FnOnce(Shape) -> T) -> T {
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
    then(shape)
}
