//! Whoever is in a group alone never waits for such a turn again, itself or by a sub-case: two cases could wait for each other for
//! ever (E0239).

use super::Subject;
use super::ways::{Region, numbered};
use crate::diagnostic::Diagnostic;
use crate::matter::{Kind, Matter, Step};
use std::collections::BTreeSet;

pub(super) fn check(subject: &Subject, found: &mut Vec<Diagnostic>) {
    for (at, step) in numbered(subject.matter) {
        let asks = is_alone(step) || part(step).is_some_and(|matter| waits(subject, matter));
        if !asks {
            continue;
        }
        let around = subject.ways.chain(subject.matter, &Region::Step(at));
        let mut around = around.into_iter().filter(|s| *s != at);
        let outer = around.find_map(|s| subject.matter.step(s).filter(|s| is_alone(s)));
        if let Some(outer) = outer {
            let wrong = Diagnostic::new("E0239", step.id.span).with("name", &*step.id.value);
            found.push(wrong.with("group", &*outer.id.value).also(outer.id.span));
        }
    }
}

/// Whether only one case at a time is in a group.
pub(super) fn is_alone(step: &Step) -> bool {
    matches!(step.kind, Kind::Group { alone: Some(_), .. })
}

/// The matters of the sub-cases a matter opens.
pub(super) fn parts(matter: &Matter) -> BTreeSet<String> {
    let parts = matter.steps.iter().filter_map(part);
    parts.map(str::to_owned).collect()
}

fn part(step: &Step) -> Option<&str> {
    match &step.kind {
        Kind::Subcase { matter, .. } => Some(&matter.value),
        _ => None,
    }
}

/// Whether a case of a matter, or of one it opens, may wait for its turn.
fn waits(subject: &Subject, matter: &str) -> bool {
    let (mut seen, mut next) = (BTreeSet::new(), vec![matter]);
    while let Some(id) = next.pop() {
        let Some(signature) = subject.world.matters.get(id).filter(|_| seen.insert(id)) else {
            continue;
        };
        if signature.alone {
            return true;
        }
        next.extend(signature.parts.iter().map(String::as_str));
    }
    false
}
