//! What a matter under the law demands rests on something: every limit, every refusal and every paper says on what (W0103–W0105). Where no text is
//! given, the matter names a document of `laws.yaml` that says so; a limit that is a parameter rests on the parameter's source.
//! A matter that names no law at all has not been put under one yet, and is not asked.

use super::Subject;
use super::tags::{self, Tag};
use super::ways::{Region, numbered};
use crate::diagnostic::Diagnostic;
use crate::law;
use crate::matter::{Basis, Final, Kind, LimitValue, Outcome, StepIx, Way};
use crate::network::Network;
use crate::source::{Span, Spanned};
use std::collections::BTreeSet;
use std::sync::Arc;

pub(super) fn check(subject: &Subject, found: &mut Vec<Diagnostic>) {
    // What an overlay rests on says nothing of the matter.
    let own = subject.matter.id.span.file;
    if subject.matter.basis.iter().all(|b| b.doc.span.file != own) {
        return;
    }
    limits(subject, found);
    refusals(subject, found);
    papers(subject, found);
}

fn limits(subject: &Subject, found: &mut Vec<Diagnostic>) {
    let matter = subject.matter;
    let groups = matter.steps.iter().flat_map(|s| &s.limits);
    for limit in matter.limits.iter().chain(groups) {
        if limit.basis.is_empty() {
            unfounded_limit(subject, &limit.limit, &limit.name.value, found);
        }
    }
    for (at, step) in numbered(matter) {
        let receive = match &step.kind {
            Kind::Handoff { receive, .. } => receive.as_ref(),
            _ => None,
        };
        let mut all = step.limit.iter().chain(receive);
        // One basis holds for both.
        let value = all.find(|v| !rests_on_parameters(subject, v));
        if let Some(value) = value.filter(|_| stated_around(subject, at).next().is_none()) {
            unfounded_limit(subject, value, &step.id.value, found);
        }
    }
}

fn unfounded_limit(subject: &Subject, value: &LimitValue, name: &str, found: &mut Vec<Diagnostic>) {
    if !rests_on_parameters(subject, value) {
        let span = match value {
            LimitValue::Fixed(limit) => limit.span,
            LimitValue::Computed(formula) => formula.source.span,
        };
        // What an overlay changes rests on what the overlay rests on.
        let stated = subject.matter.basis.iter();
        let mut overlaid = stated.filter(|b| b.doc.span.file != subject.matter.id.span.file);
        if !overlaid.any(|b| b.doc.span.file == span.file) {
            found.push(Diagnostic::new("W0103", span).with("name", name));
        }
    }
}

/// Whether a limit is made of parameters that each say where they come from.
fn rests_on_parameters(subject: &Subject, value: &LimitValue) -> bool {
    let LimitValue::Computed(formula) = value else {
        return false;
    };
    let parameters = subject.world.network.parameters();
    let named = super::types::parameters_named(&formula.source.value);
    let mut known = named.iter().map(|n| parameters.get(*n)).peekable();
    // What a block is given, or a step has worked out, is stated where it is written.
    known.peek().is_none() || known.all(|p| p.is_none_or(|p| !p.source.is_empty()))
}

/// What a step and the groups around it say they rest on.
fn stated_around<'m>(subject: &'m Subject, at: StepIx) -> impl Iterator<Item = &'m Basis> {
    let around = subject.matter.around(at);
    let steps = std::iter::once(at).chain(around);
    let steps = steps.filter_map(|s| subject.matter.step(s));
    steps.flat_map(|step| &step.basis)
}

/// Whether a decision at a step rests on nothing around it: that no text is given for the time a step may take founds no decision.
fn undecided_around(subject: &Subject, at: StepIx) -> bool {
    let network = subject.world.network;
    !stated_around(subject, at).any(|basis| law::is_given(basis, network))
}

fn refusals(subject: &Subject, found: &mut Vec<Diagnostic>) {
    let matter = subject.matter;
    for (at, step) in numbered(matter) {
        for outcome in step.outcomes.iter().filter(|o| decides_against(o)) {
            if outcome.basis.is_empty() && undecided_around(subject, at) {
                unfounded_refusal(&outcome.name, found);
            }
        }
        if let Kind::End(end) = &step.kind
            && refuses(end.state.value)
            && undecided_around(subject, at)
        {
            unfounded_refusal(&step.id, found);
        }
    }
    for event in &matter.event_defs {
        let outcome = event.outcome.iter().filter(|o| decides_against(o));
        for outcome in outcome.filter(|o| o.basis.is_empty()) {
            unfounded_refusal(&outcome.name, found);
        }
    }
}

fn unfounded_refusal(name: &Spanned<Arc<str>>, found: &mut Vec<Diagnostic>) {
    found.push(Diagnostic::new("W0104", name.span).with("name", &*name.value));
}

fn refuses(state: Final) -> bool {
    matches!(state, Final::Refused | Final::NotAccepted)
}

/// A refusal, or an end against the applicant's wish that is put into a paper.
fn decides_against(outcome: &Outcome) -> bool {
    match &outcome.way {
        Way::End(end) => {
            refuses(end.state.value)
                || end.state.value == Final::Closed && !outcome.papers.is_empty()
        }
        _ => false,
    }
}

/// A paper that prints no basis: neither asks for it nor names a document, or asks where there is none.
fn papers(subject: &Subject, found: &mut Vec<Diagnostic>) {
    let network = subject.world.network;
    let mut seen = BTreeSet::new();
    for (region, paper) in &subject.mentions.papers {
        let Some(text) = subject.draft.papers.get(&paper.value) else {
            continue;
        };
        let step = match region {
            Region::Step(step) => Some(*step),
            _ => None,
        };
        let none: &[Basis] = &[];
        let inherited = || law::rests_on(subject.matter, network, none, step);
        let fine = match asks(&text.value) {
            Some(_) => !inherited().is_empty(),
            None => names_a_law(&text.value, network),
        };
        if !fine && seen.insert(&paper.value) {
            let heading = text.value.lines().next().unwrap_or_default().len();
            let at = asks(&text.value).map_or(text.span.part(0, heading), |r| {
                text.span.part(r.start, r.end)
            });
            found.push(shows_none(at, &paper.value));
        }
    }
}

fn shows_none(at: Span, paper: &str) -> Diagnostic {
    Diagnostic::new("W0105", at).with("name", paper)
}

/// Where a template asks for what it rests on.
fn asks(text: &str) -> Option<std::ops::Range<usize>> {
    let mut all = tags::find(text).into_iter();
    let asked = all.find(|(_, tag)| matches!(tag, Tag::Value(path) if path == law::TAG));
    asked.map(|(range, _)| range)
}

/// Whether a text names a document of `laws.yaml` by any of its names.
fn names_a_law(text: &str, network: &Network) -> bool {
    network.laws().iter().any(|(name, law)| {
        let names = [name, &law.title.zh, &law.number];
        names.iter().any(|n| !n.is_empty() && text.contains(&***n))
    })
}
