//! Matters that files of the network name.

use crate::diagnostic::Diagnostic;
use crate::network::Network;
use crate::source::Span;
use std::collections::BTreeSet;

/// Matters that the network names and nobody has (E0307).
pub(super) fn unknown(network: &Network, matters: &BTreeSet<&str>) -> Vec<Diagnostic> {
    let lent = network.people().iter().flat_map(|p| &p.lent);
    let named = lent.flat_map(|lent| &lent.matters);
    let unknown = named.filter(|(name, _)| !matters.contains(name.as_str()));
    unknown
        .map(|(name, at)| matter(name, *at, matters))
        .collect()
}

fn matter(name: &str, at: Span, matters: &BTreeSet<&str>) -> Diagnostic {
    let wrong = Diagnostic::new("E0307", at).with("name", name);
    wrong.near(name, matters.iter().copied())
}
