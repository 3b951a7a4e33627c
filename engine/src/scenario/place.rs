//! Addresses as scenarios write them: as much of the path as tells a place apart, cities by name or code.

use crate::network::Network;

/// Whether a written address means a place: its parts stand in the place's address in the same order, the last as the last. The names
/// of fixed branches may stand between (`parts.b4.years`), the name of a shared block may be left out.
pub(super) fn fits(network: &Network, place: &str, written: &str) -> bool {
    let same =
        |part: &str, wanted: &str| part == wanted || coded(network, part) == coded(network, wanted);
    let (mut wanted, mut parts) = (written.rsplit('.').peekable(), place.rsplit('.'));
    if !parts
        .next()
        .zip(wanted.next())
        .is_some_and(|(p, w)| same(p, w))
    {
        return false;
    }
    for part in parts {
        wanted.next_if(|w| same(part, w));
    }
    wanted.next().is_none()
}

/// Whether an address may mean a step: it ends with the step's own name, the one behind that of its shared block.
pub(super) fn ends_with(written: &str, step: &str) -> bool {
    written.rsplit('.').next() == step.rsplit('.').next()
}

/// An address with its cities by code.
pub(super) fn by_code(network: &Network, written: &str) -> String {
    written
        .split('.')
        .map(|part| coded(network, part))
        .collect::<Vec<_>>()
        .join(".")
}

/// An address with its cities by name, as people read it.
pub(super) fn by_name(network: &Network, address: &str) -> String {
    let named = |part| network.city(part).map_or(part, |c| c.name.as_str());
    address.split('.').map(named).collect::<Vec<_>>().join(".")
}

fn coded<'a>(network: &'a Network, part: &'a str) -> &'a str {
    network.city(part).map_or(part, |c| c.code.as_str())
}
