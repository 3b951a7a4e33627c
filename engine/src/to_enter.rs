//! Which parameters have no value yet, where, and which matters ask for them: what cities have to enter before they begin.

use crate::differences::parameters_of;
use crate::library::Library;
use crate::network::{City, Network, Parameter};
use crate::source::Sources;
use crate::text::Text;

/// A parameter that some city has no value for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToEnter {
    /// Its name.
    pub parameter: String,
    /// What it is.
    pub title: Text,
    /// The cities without a value, by short name.
    pub cities: Vec<String>,
    /// No city has one.
    pub everywhere: bool,
    /// The matters that name it, by id.
    pub matters: Vec<String>,
}

/// The parameters without a value in some city, by name.
pub fn to_enter(library: &Library, sources: &Sources) -> Vec<ToEnter> {
    let asked: Vec<_> = library
        .matters
        .iter()
        .map(|(id, matter)| (id, parameters_of(matter, library, sources)))
        .collect();
    let network = &library.network;
    let all = network.parameters().iter();
    let open = all.filter_map(|(name, parameter)| {
        let cities = without(parameter, network);
        (!cities.is_empty()).then(|| ToEnter {
            parameter: name.clone(),
            title: parameter.title.clone(),
            everywhere: cities.len() == network.cities().count(),
            cities,
            matters: asked
                .iter()
                .filter(|(_, names)| names.contains(name))
                .map(|(id, _)| (*id).clone())
                .collect(),
        })
    });
    open.collect()
}

/// The cities for which no day has a value.
fn without(parameter: &Parameter, network: &Network) -> Vec<String> {
    let here = |city: &City| {
        let mut values = parameter.values.iter();
        values.any(|v| match (&v.city, &v.pool) {
            (Some(code), _) => *code == city.code,
            (None, Some(pool)) => *pool == city.pool,
            (None, None) => true,
        })
    };
    let cities = network.cities().filter(|c| !here(c));
    cities.map(|c| c.name.clone()).collect()
}
