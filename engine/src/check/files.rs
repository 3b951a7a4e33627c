//! The files a matter names are there and fit what it does with them: forms, papers, tables with their inputs, other matters with
//! the fields they are given (E0304–E0307, E0318, E0319, E0326, E0327).

use super::Subject;
use super::ways::numbered;
use crate::diagnostic::Diagnostic;
use crate::matter::{Kind, Name, Value, With};
use crate::source::{Span, Spanned};
use std::collections::BTreeSet;

pub(super) fn check(subject: &Subject, found: &mut Vec<Diagnostic>) {
    let draft = subject.draft;
    let forms: BTreeSet<&str> = draft.forms.keys().map(String::as_str).collect();
    for form in &subject.mentions.forms {
        known(form, "E0304", &forms, subject, found);
    }
    let papers: BTreeSet<&str> = draft.papers.keys().map(String::as_str).collect();
    for (_, paper) in &subject.mentions.papers {
        known(paper, "E0305", &papers, subject, found);
    }
    let matters: BTreeSet<&str> = subject.world.matters.keys().map(String::as_str).collect();
    for matter in &subject.matter.follows {
        known(matter, "E0307", &matters, subject, found);
    }
    let tables: BTreeSet<&str> = draft.tables.keys().map(String::as_str).collect();
    for (_, step) in numbered(subject.matter) {
        match &step.kind {
            Kind::Decide { table, input } => {
                known(table, "E0306", &tables, subject, found);
                inputs(subject, table, input, found);
            }
            Kind::Subcase { matter, with } => {
                known(matter, "E0307", &matters, subject, found);
                given(subject, matter, with, found);
            }
            _ => {}
        }
    }
}

fn known(
    name: &Spanned<String>,
    code: &'static str,
    names: &BTreeSet<&str>,
    subject: &Subject,
    found: &mut Vec<Diagnostic>,
) {
    // One that is there but cannot be read has been reported where it is wrong.
    let broken = subject.draft.broken.contains(&name.value);
    if !names.contains(name.value.as_str()) && !broken {
        let wrong = Diagnostic::new(code, name.span).with("name", name.value.as_str());
        found.push(wrong.near(&name.value, names.iter().copied()));
    }
}

type Fields = [(Spanned<Name>, Value)];

fn inputs(subject: &Subject, table: &Spanned<String>, input: &Fields, found: &mut Vec<Diagnostic>) {
    let Some(inputs) = subject.draft.tables.get(&table.value).map(|t| t.inputs()) else {
        return;
    };
    let names: BTreeSet<&str> = inputs.keys().map(String::as_str).collect();
    let wanted = inputs.iter().filter(|(_, n)| !n.may_be_missing);
    let wanted = wanted.map(|(name, _)| name.as_str()).collect();
    compare(input, &names, &wanted, ("E0326", "E0327"), table, found);
}

fn given(subject: &Subject, matter: &Spanned<String>, with: &With, found: &mut Vec<Diagnostic>) {
    let Some(form) = subject
        .world
        .matters
        .get(&matter.value)
        .and_then(|s| s.form.as_ref())
    else {
        return;
    };
    let fields = super::types::of_fields(form.fields());
    let names: BTreeSet<&str> = fields.keys().map(String::as_str).collect();
    let wanted: BTreeSet<&str> = fields
        .iter()
        .filter(|(_, n)| !n.may_be_missing)
        .map(|(name, _)| name.as_str())
        .collect();
    match with {
        With::Fields(given) => {
            let names = names.into_iter().chain(["applicant"]).collect();
            compare(given, &names, &wanted, ("E0318", "E0319"), matter, found);
        }
        With::Form => {
            let own = subject.matter.form.as_ref();
            let own = own.and_then(|f| subject.draft.forms.get(&f.value));
            let missing = |name: &str| own.is_some_and(|f| f.field(name).is_none());
            for name in wanted.into_iter().filter(|n| missing(n)) {
                found.push(lacking("E0319", matter.span, name, matter));
            }
        }
        With::Nothing => {
            for name in wanted {
                found.push(lacking("E0319", matter.span, name, matter));
            }
        }
    }
}

fn lacking(code: &'static str, at: Span, name: &str, of: &Spanned<String>) -> Diagnostic {
    Diagnostic::new(code, at)
        .with("name", name)
        .with("of", of.value.as_str())
}

/// What is given against what may and must be given.
fn compare(
    given: &Fields,
    names: &BTreeSet<&str>,
    wanted: &BTreeSet<&str>,
    (unknown, missing): (&'static str, &'static str),
    of: &Spanned<String>,
    found: &mut Vec<Diagnostic>,
) {
    let mut meant: BTreeSet<String> = BTreeSet::new();
    for (name, _) in given {
        if names.contains(&*name.value) {
            meant.insert(name.value.to_string());
            continue;
        }
        let wrong =
            lacking(unknown, name.span, &name.value, of).near(&name.value, names.iter().copied());
        meant.extend(wrong.near.clone());
        found.push(wrong);
    }
    for name in wanted.iter().filter(|n| !meant.contains(**n)) {
        found.push(lacking(missing, of.span, name, of));
    }
}
