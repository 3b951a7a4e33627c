//! A matter goes by its folder's name, and the letters in its case numbers are its own (E0316, E0317).

use super::Subject;
use crate::diagnostic::Diagnostic;
use crate::matter::Matter;
use crate::source::Span;
use std::collections::BTreeMap;

pub(super) fn check(subject: &Subject, found: &mut Vec<Diagnostic>) {
    let (id, folder) = (&subject.matter.id, &subject.draft.folder);
    if !id.value.is_empty() && *id.value != **folder {
        let wrong = Diagnostic::new("E0317", id.span).with("name", &*id.value);
        found.push(wrong.with("folder", folder.as_str()));
    }
}

/// Two matters whose cases would be numbered alike.
pub(crate) fn same_code<'m>(matters: impl Iterator<Item = &'m Matter>) -> Vec<Diagnostic> {
    let mut first: BTreeMap<&str, Span> = BTreeMap::new();
    let mut found = Vec::new();
    for matter in matters.filter(|m| !m.code.is_empty()) {
        if let Some(other) = first.get(&*matter.code) {
            let wrong = Diagnostic::new("E0316", matter.code_at).with("name", &*matter.code);
            found.push(wrong.also(*other));
        } else {
            first.insert(&matter.code, matter.code_at);
        }
    }
    found
}
