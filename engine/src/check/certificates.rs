//! Certificates of recognition (一网互认): what a matter recognises is given by some matter and recognised somewhere; what it gives names a
//! step, kinds with a parameter each, and the message by which a use is told (E0203, E0312, E0331–E0336).

use super::{Subject, types};
use crate::diagnostic::Diagnostic;
use crate::expr::Type;
use crate::matter::{Certifies, EventDef, Formula, Materials, Matter, Trigger, Value};
use crate::network::Parameter;
use crate::source::Spanned;
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn check(subject: &Subject, found: &mut Vec<Diagnostic>) {
    if let Materials::Own(materials) = &subject.matter.materials {
        let kinds = materials.iter().filter_map(|m| m.recognises.as_ref());
        kinds.for_each(|kind| recognised(subject, kind, found));
    }
    if let Some(certifies) = &subject.matter.certifies {
        given(subject, certifies, found);
    }
}

/// The kinds a matter gives, each with its parameter.
pub(super) fn kinds(matter: &Matter) -> BTreeMap<String, String> {
    let kinds = matter.certifies.iter().flat_map(|c| &c.kinds);
    kinds
        .map(|(kind, parameter)| (kind.value.to_string(), parameter.value.clone()))
        .collect()
}

/// What stands for a material: some matter gives it, and some city recognises it.
fn recognised(subject: &Subject, kind: &Spanned<String>, found: &mut Vec<Diagnostic>) {
    let all = subject.world.matters.values().flat_map(|s| &s.certifies);
    let all: Vec<(&String, &String)> = all.collect();
    let given: Vec<&String> = all
        .iter()
        .filter(|(name, _)| **name == kind.value)
        .map(|(_, parameter)| *parameter)
        .collect();
    if given.is_empty() {
        let wrong = Diagnostic::new("E0331", kind.span).with("name", kind.value.as_str());
        return found.push(wrong.near(&kind.value, all.iter().map(|(name, _)| name.as_str())));
    }
    let parameters = subject.world.network.parameters();
    let somewhere = |p: &&String| parameters.get(*p).is_none_or(holds_somewhere);
    if !given.iter().any(somewhere) {
        let wrong = Diagnostic::new("E0332", kind.span).with("name", kind.value.as_str());
        let list: Vec<&str> = given.iter().map(|p| p.as_str()).collect();
        found.push(wrong.with("parameter", list.join("、")));
    }
}

fn holds_somewhere(parameter: &Parameter) -> bool {
    let mut values = parameter.values.iter();
    parameter.kind != "boolean" || values.any(|v| v.value == Json::Bool(true))
}

/// What a matter gives.
fn given(subject: &Subject, certifies: &Certifies, found: &mut Vec<Diagnostic>) {
    let in_force = &certifies.in_force;
    if !in_force.value.is_empty() && subject.matter.find(&in_force.value).is_none() {
        let steps = subject.matter.steps.iter().map(|s| &*s.id.value);
        let wrong = Diagnostic::new("E0203", in_force.span).with("name", &*in_force.value);
        found.push(wrong.near(&in_force.value, steps));
    }
    listed(subject, certifies, found);
    for (_, parameter) in &certifies.kinds {
        decided_by(subject, parameter, found);
    }
    told(subject, certifies, found);
}

/// Every kind that may be given is listed, and no other.
fn listed(subject: &Subject, certifies: &Certifies, found: &mut Vec<Diagnostic>) {
    let (possible, at) = match &certifies.kind {
        Value::Plain(kind) if kind.value.is_empty() => return,
        Value::Plain(kind) => (BTreeSet::from([kind.value.clone()]), kind.span),
        Value::Computed(formula) => match of_field(subject, formula) {
            Some(choices) => (choices, formula.source.span),
            None => return,
        },
        Value::List(_) => return,
    };
    let known: BTreeSet<&str> = certifies.kinds.iter().map(|(k, _)| &*k.value).collect();
    let unlisted: Vec<&str> = possible
        .iter()
        .map(String::as_str)
        .filter(|k| !known.contains(k))
        .collect();
    if !unlisted.is_empty() {
        found.push(Diagnostic::new("E0333", at).with("name", unlisted.join("、")));
        return;
    }
    for (kind, _) in &certifies.kinds {
        if !possible.contains(&*kind.value) {
            let wrong = Diagnostic::new("E0333", kind.span).with("name", &*kind.value);
            found.push(wrong.near(&kind.value, possible.iter().map(String::as_str)));
        }
    }
}

/// What a field of the application may be, where an expression is nothing else.
fn of_field(subject: &Subject, formula: &Formula) -> Option<BTreeSet<String>> {
    let name = formula.source.value.trim().strip_prefix("form.")?;
    let form = subject
        .draft
        .forms
        .get(&subject.matter.form.as_ref()?.value)?;
    match types::of_fields(form.fields()).get(name)?.ty.clone() {
        Type::OneOf(choices) => Some(choices.into_iter().collect()),
        _ => None,
    }
}

/// The parameter by which a kind is recognised: there, and a yes or no.
fn decided_by(subject: &Subject, name: &Spanned<String>, found: &mut Vec<Diagnostic>) {
    let parameters = subject.world.network.parameters();
    match parameters.get(&name.value) {
        None => {
            let wrong = Diagnostic::new("E0312", name.span).with("name", name.value.as_str());
            found.push(wrong.near(&name.value, parameters.keys().map(String::as_str)));
        }
        Some(parameter) if parameter.kind != "boolean" => {
            found.push(Diagnostic::new("E0336", name.span).with("name", name.value.as_str()));
        }
        Some(_) => {}
    }
}

/// An event waits for the message by the number of the certificate, and its form has the fields.
fn told(subject: &Subject, certifies: &Certifies, found: &mut Vec<Diagnostic>) {
    let used = &certifies.used;
    if used.message.value.is_empty() {
        return;
    }
    let message = |e: &EventDef| match &e.trigger {
        Trigger::Message { name, .. } => Some(name.value.to_string()),
        _ => None,
    };
    let all: Vec<(&EventDef, String)> = subject
        .matter
        .event_defs
        .iter()
        .filter_map(|e| Some((e, message(e)?)))
        .collect();
    let by_number = |e: &EventDef| match &e.trigger {
        Trigger::Message { key: Some(key), .. } => same(key, &certifies.number),
        _ => false,
    };
    let named = all.iter().filter(|(_, name)| *name == used.message.value);
    let Some((event, _)) = named.clone().find(|(e, _)| by_number(e)) else {
        let wrong = Diagnostic::new("E0334", used.message.span);
        let wrong = wrong.with("name", used.message.value.as_str());
        return found.push(wrong.near(&used.message.value, all.iter().map(|(_, n)| n.as_str())));
    };
    let form = event.form.as_ref();
    let Some(form) = form.and_then(|f| subject.draft.forms.get(&f.value)) else {
        return;
    };
    for field in [&used.city, &used.case, &used.accepted, &used.reason] {
        if !field.value.is_empty() && form.field(&field.value).is_none() {
            let wrong = Diagnostic::new("E0335", field.span).with("name", field.value.as_str());
            let wrong = wrong.with("message", used.message.value.as_str());
            let names = form.fields().iter().map(|f| f.name.as_str());
            found.push(wrong.near(&field.value, names));
        }
    }
}

/// Whether two expressions are written alike; one that is missing was reported where it is.
fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (_, Value::Plain(_)) => true,
        (Value::Computed(one), Value::Computed(other)) => {
            one.source.value.trim() == other.source.value.trim()
        }
        _ => false,
    }
}
