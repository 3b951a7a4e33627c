//! The matters on offer: found by title, by code, or by the initials of the title's pinyin; sorted under topics.

use crate::pages::session::Visitor;
use crate::runtime::{CALL_BACK, initials, read_aloud};
use engine::library::Library;
use engine::matter::Revision;
use std::sync::Arc;

/// The matters whose title, code or initials hold what is looked for: first those whose code begins so, then those whose title or initials
/// do, then those that hold it as it was typed; each as a dictionary
/// sorts.
pub fn found(library: &Library, sought: &str) -> Vec<Arc<Revision>> {
    let sought = sought.trim().to_lowercase();
    let fits = |matter: &&Arc<Revision>| {
        let title = matter.title.zh.to_lowercase();
        let english = matter.title.en.to_lowercase();
        let code = matter.code.to_lowercase();
        sought.is_empty()
            || title.contains(&sought)
            || english.contains(&sought)
            || code.contains(&sought)
            || within(&initials(&title), &sought)
    };
    // A call-back is opened by a poor grade alone.
    let offered = library.matters.values();
    let offered = offered.filter(|matter| *matter.id.value != *CALL_BACK);
    let mut all: Vec<Arc<Revision>> = offered.filter(fits).cloned().collect();
    all.sort_by_cached_key(|matter| {
        let initials = initials(&matter.title.zh);
        (
            rank(matter, &initials, &sought),
            read_aloud(&matter.title.zh),
        )
    });
    all
}

/// How well a matter fits what is looked for; less is better.
fn rank(matter: &Revision, initials: &str, sought: &str) -> u8 {
    match () {
        () if matter.code.to_lowercase().starts_with(sought) => 0,
        () if matter.title.zh.starts_with(sought) || initials.starts_with(sought) => 1,
        () if matter.title.zh.contains(sought) || initials.contains(sought) => 2,
        () => 3,
    }
}

/// Whether letters stand in a word in this order; those between may be left out.
fn within(word: &str, letters: &str) -> bool {
    let mut rest = word.chars();
    letters.chars().all(|letter| rest.any(|c| c == letter))
}

/// The matters the visitor takes in most often, under a heading of their own, in the order he chose them; none: no heading.
pub fn favourites(
    visitor: &Visitor,
    found: &[Arc<Revision>],
) -> Option<(String, Vec<Arc<Revision>>)> {
    let own = visitor.caller.preferences.favourites.iter();
    let own = own.filter_map(|id| found.iter().find(|m| *m.id.value == **id).cloned());
    let own: Vec<_> = own.collect();
    (!own.is_empty()).then(|| (visitor.words.t("new.favourites"), own))
}

/// The matters under the department that offers them, most first.
pub fn topics(visitor: &Visitor, found: &[Arc<Revision>]) -> Vec<(String, Vec<Arc<Revision>>)> {
    let mut topics: Vec<(String, Vec<Arc<Revision>>)> = Vec::new();
    for matter in found {
        let decides = matter.decides.as_ref().map(|d| &d.value);
        let party = matter
            .parties
            .iter()
            .find(|p| Some(&p.name.value) == decides);
        let party = party.or(matter.parties.first());
        let department = party.map_or("si", |p| p.department.value.as_str());
        let title = crate::pages::look::department(visitor, department);
        match topics.iter_mut().find(|(name, _)| *name == title) {
            Some((_, matters)) => matters.push(matter.clone()),
            None => topics.push((title, vec![matter.clone()])),
        }
    }
    topics.sort_by_key(|(_, matters)| std::cmp::Reverse(matters.len()));
    topics
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_matter_is_found_by_the_initials_of_its_title() {
        assert!(within("qyzgjbylbxgrzhycxdysl", "ycx"));
        assert!(!within("ycx", "xcy"));
    }
}
