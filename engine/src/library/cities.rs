//! The overlays of a matter: which hold together in which city from which day, and what they make of the matter.

use crate::check::{self, Draft, World, law};
use crate::diagnostic::Diagnostic;
use crate::matter::Built;
use crate::matter::overlay::{Overlay, Place};
use crate::network::Network;
use crate::source::Span;
use jiff::civil::Date;
use pinyin::ToPinyin;
use std::collections::{BTreeMap, BTreeSet};

/// A matter as it runs where some overlays hold.
pub(super) struct Local {
    /// The overlays, that of the pool before that of the city.
    pub overlays: Vec<Overlay>,
    /// City code, and the first day on which exactly these hold there.
    pub places: Vec<(String, Date)>,
    pub draft: Draft,
    built: Built,
}

/// Overlays that hold together, by index, and where.
type Sets = BTreeMap<Vec<usize>, Vec<(String, Date)>>;

/// Every set of overlays that holds in some city on some day.
fn sets(overlays: &[Overlay], network: &Network) -> Sets {
    let mut sets = Sets::new();
    for city in network.cities() {
        let here = |o: &Overlay| match &o.place {
            Place::Pool(pool) => network.pool(pool) == Some(&*city.pool),
            Place::City(name) => network.city(name).is_some_and(|c| c.code == city.code),
        };
        let own: Vec<(usize, &Overlay)> =
            overlays.iter().enumerate().filter(|o| here(o.1)).collect();
        let days: BTreeSet<Date> = own.iter().map(|o| o.1.from).collect();
        for day in days {
            let newest = |of_pool: bool| {
                let held = own
                    .iter()
                    .filter(|(_, o)| o.from <= day && matches!(o.place, Place::Pool(_)) == of_pool);
                held.max_by_key(|(_, o)| o.from).map(|(at, _)| *at)
            };
            let set = [newest(true), newest(false)].into_iter().flatten();
            let places = sets.entry(set.collect()).or_default();
            places.push((city.code.clone(), day));
        }
    }
    sets
}

/// What a matter becomes in its cities. `draft` makes a draft of a matter.
pub(super) fn locals(
    overlays: &[Overlay],
    network: &Network,
    build: impl Fn(&[&Overlay]) -> Built,
    draft: impl Fn(crate::matter::Matter) -> Draft,
) -> Vec<Local> {
    let mut locals = Vec::new();
    for (set, places) in sets(overlays, network) {
        let held: Vec<&Overlay> = set.iter().filter_map(|at| overlays.get(*at)).collect();
        let mut built = build(&held);
        locals.push(Local {
            overlays: held.into_iter().cloned().collect(),
            places,
            draft: draft(std::mem::take(&mut built.matter)),
            built,
        });
    }
    locals
}

/// What a look at overlays by themselves finds.
#[derive(Default)]
pub(super) struct Looked {
    /// The wrong folder, a place that is misspelt, a document nobody listed, two for one place.
    pub found: Vec<Diagnostic>,
    /// Where overlays name a place of another network: they hold nowhere here.
    pub elsewhere: Vec<Span>,
}

/// Looks at overlays by themselves.
pub(super) fn check(overlays: &[Overlay], folder: &str, network: &Network) -> Looked {
    let Looked {
        mut found,
        mut elsewhere,
    } = Looked::default();
    let mut seen: BTreeMap<(bool, String, Date), Span> = BTreeMap::new();
    for overlay in overlays {
        if overlay.matter.value != folder {
            let wrong = Diagnostic::new("E0317", overlay.matter.span);
            let wrong = wrong.with("name", &*overlay.matter.value);
            found.push(wrong.with("folder", folder));
        }
        let docs = overlay.basis.iter().map(|b| &b.doc);
        found.extend(docs.filter_map(|doc| law::document(network, doc)));
        let name = overlay.place.name();
        let (of_pool, code) = match &overlay.place {
            Place::Pool(_) => (true, network.pool(name).map(str::to_owned)),
            Place::City(_) => (false, network.city(name).map(|c| c.code.clone())),
        };
        let Some(code) = code else {
            let pools = network.pools().map(|(_, name)| name);
            let cities = network.cities().map(|c| c.name.as_str());
            let names: Vec<&str> = match of_pool {
                true => pools.collect(),
                false => cities.collect(),
            };
            match misspelt(name, &names) {
                Some(near) => {
                    let mut wrong = Diagnostic::new("E0308", name.span).with("name", &*name.value);
                    wrong.near = Some(near.to_owned());
                    found.push(wrong);
                }
                None => elsewhere.push(name.span),
            }
            continue;
        };
        if let Some(first) = seen.insert((of_pool, code, overlay.from), name.span) {
            let wrong = Diagnostic::new("E0243", name.span)
                .with("name", &*name.value)
                .with("day", overlay.from.to_string());
            found.push(wrong.also(first));
        }
    }
    Looked { found, elsewhere }
}

/// The name of the network that is meant where one sounds the same, or a long one differs in one letter. Short names differ in
/// one without being meant: 广州 and 梧州.
fn misspelt<'n>(name: &str, names: &[&'n str]) -> Option<&'n str> {
    let sound = |name: &str| -> Vec<&str> {
        let letters = name.chars().map(|c| c.to_pinyin());
        letters.map(|l| l.map_or("", |l| l.plain())).collect()
    };
    let length = name.chars().count();
    let same_but_one = |other: &str| {
        let pairs = name.chars().zip(other.chars());
        length > 3 && other.chars().count() == length && pairs.filter(|(a, b)| a != b).count() == 1
    };
    let heard = sound(name);
    if heard.iter().any(|letter| letter.is_empty()) {
        return None;
    }
    let mut meant = names.iter().copied();
    meant.find(|other| sound(other) == heard || same_but_one(other))
}

impl Local {
    /// Checks the matter as it is here, whole. What the matter itself is reproached with is left out; what only the overlays bring
    /// about stands at their place.
    pub(super) fn check(&mut self, base: &[Diagnostic], world: &World) -> Vec<Diagnostic> {
        let mut found = std::mem::take(&mut self.built.found);
        found.extend(check::check(&mut self.draft, world));
        found.extend(check::bounds(&self.built.bounds, world));
        found.retain(|d| !base.iter().any(|b| b.code == d.code && b.span == d.span));
        let Some(last) = self.overlays.last() else {
            return found;
        };
        let place = match last.changes.as_slice() {
            [only] => only.key_span,
            _ => last.span,
        };
        let theirs = |file| self.overlays.iter().any(|o| o.span.file == file);
        for d in found.iter_mut().filter(|d| !theirs(d.span.file)) {
            d.also = Some(d.span);
            d.span = place;
        }
        found
    }
}
