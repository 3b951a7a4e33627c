//! Who takes part: every party named is declared, its city, department and post exist, and somebody holds the post wherever the
//! matter may lead (E0301, E0308–E0311, W0101).

use super::Subject;
use super::ways::Region;
use crate::diagnostic::Diagnostic;
use crate::matter::{Party, Value};
use std::collections::BTreeSet;

/// Parties nobody has to declare.
const BUILT_IN: [&str; 2] = ["applicant", "supervisor"];

pub(super) fn check(subject: &Subject, found: &mut Vec<Diagnostic>) {
    for (region, name) in &subject.mentions.parties {
        let names = names(subject, region);
        if !names.iter().any(|n| **n == *name.value) {
            let wrong = Diagnostic::new("E0301", name.span).with("name", &*name.value);
            found.push(wrong.near(&name.value, names.iter().map(String::as_str)));
        }
    }
    for party in &subject.mentions.declared {
        place(subject, party, found);
    }
}

/// Every party that may be named in a region.
pub(super) fn names(subject: &Subject, region: &Region) -> Vec<String> {
    let known = visible(subject, region);
    let leads = known.iter().map(|k| format!("{k}.lead"));
    let plain = BUILT_IN.iter().chain(&known).map(|k| (*k).to_owned());
    plain.chain(leads).collect()
}

/// The parties declared in and around a region.
fn visible<'s>(subject: &'s Subject, region: &Region) -> BTreeSet<&'s str> {
    let matter = subject.matter;
    let chain = subject.ways.chain(matter, region);
    let inner = chain.iter().filter_map(|s| matter.step(*s));
    let inner = inner.flat_map(|s| &s.parties);
    inner
        .chain(&matter.parties)
        .map(|p| &*p.name.value)
        .collect()
}

/// The cities a party may sit in whose city is nothing but a parameter: the values of that.
fn of_parameters(subject: &Subject, party: &Party) -> Option<BTreeSet<String>> {
    let Value::Computed(formula) = &party.city else {
        return None;
    };
    let network = subject.world.network;
    let source = formula.source.value.trim();
    let name = source.strip_prefix("parameters.")?;
    let values = network.parameters().get(name)?.values.iter();
    let cities = values.filter_map(|v| network.city(v.value.as_str()?));
    Some(cities.map(|c| c.code.clone()).collect())
}

fn place(subject: &Subject, party: &Party, found: &mut Vec<Diagnostic>) {
    let network = subject.world.network;
    let city = match &party.city {
        Value::Plain(city) if !city.value.is_empty() => {
            let known = network.city(&city.value);
            if known.is_none() {
                let names = network.cities().map(|c| c.name.as_str());
                let wrong = Diagnostic::new("E0308", city.span).with("name", city.value.as_str());
                found.push(wrong.near(&city.value, names));
            }
            known
        }
        _ => None,
    };
    let (department, post) = (&party.department, &party.post);
    if department.value.is_empty() || post.value.is_empty() {
        return;
    }
    let Some(office) = network.department(&department.value) else {
        let names = network.departments().keys().map(String::as_str);
        let wrong =
            Diagnostic::new("E0310", department.span).with("name", department.value.as_str());
        return found.push(wrong.near(&department.value, names));
    };
    if !office.posts.contains(&post.value) {
        let known = network.post(&post.value).is_some();
        let code = if known { "E0311" } else { "E0309" };
        let wrong = Diagnostic::new(code, post.span)
            .with("name", post.value.as_str())
            .told("department", "department.en", &office.title)
            .with("posts", office.posts.join("、"));
        return found.push(wrong.near(&post.value, office.posts.iter().map(String::as_str)));
    }
    let chosen = of_parameters(subject, party);
    let cities = network.cities().filter(|c| match (city, &chosen) {
        (Some(one), _) => one.code == c.code,
        (None, Some(chosen)) => chosen.contains(&c.code),
        (None, None) => office.in_every_city,
    });
    let held = |code: &str| {
        let wanted = format!("{code}/{}/{}", department.value, post.value);
        network.people().iter().any(|p| p.posts.contains(&wanted))
    };
    let missing: Vec<&str> = cities
        .filter(|c| !held(&c.code))
        .map(|c| c.name.as_str())
        .collect();
    if !missing.is_empty() && !network.people().is_empty() {
        let wrong = Diagnostic::new("W0101", post.span).with("name", &*party.name.value);
        found.push(wrong.with("cities", missing.join("、")));
    }
}
