//! Matters that files of the network name.

use crate::diagnostic::{Diagnostic, nearest};
use crate::network::Network;
use std::collections::BTreeSet;

/// Matters that the network names wrongly (E0307). One that resembles none may be of a folder with more matters, whose network this is.
pub(super) fn unknown(network: &Network, matters: &BTreeSet<&str>) -> Vec<Diagnostic> {
    let lent = network.people().iter().flat_map(|p| &p.lent);
    let lent = lent
        .flat_map(|lent| &lent.matters)
        .map(|(name, at)| (name, *at));
    let closed = network.closures.iter().filter_map(|c| c.matter.as_ref());
    let named = lent.chain(closed.map(|name| (&name.value, name.span)));
    let unknown = named.filter(|(name, _)| !matters.contains(name.as_str()));
    let slips = unknown.filter(|(name, _)| nearest(name, matters.iter().copied()).is_some());
    let wrong = slips.map(|(name, at)| {
        let wrong = Diagnostic::new("E0307", at).with("name", name.as_str());
        wrong.near(name, matters.iter().copied())
    });
    wrong.collect()
}
