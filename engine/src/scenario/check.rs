//! What a scenario names, held against its matter before it is played: steps, outcomes, events, people, papers. What a case may or may
//! not do is for the engine to say; what nobody has ever heard of is said here, with the nearest right name.

use super::lacking;
use super::people::{self, Nobody};
use super::place::ends_with;
use super::{Act, Expected, Line, Scenario, Typed, certificates};
use crate::case::EXTEND;
use crate::diagnostic::Diagnostic;
use crate::library::Library;
use crate::matter::{Extend, Kind, Materials, Revision, Step, Trigger, WaitOn};
use crate::source::Spanned;

/// The codes a refusal may have (G86).
const REFUSALS: [&str; 7] = [
    "not-found",
    "forbidden",
    "second-person-required",
    "task-already-done",
    "in-progress",
    "state-not-allowed",
    "invalid",
];

/// Everything a scenario names that its matter, as it is in any city, or the network does not know, in order of place. Lines played
/// in sub-cases name things of other matters and are left to the play.
pub fn check(scenario: &Scenario, matter: &Revision, library: &Library) -> Vec<Diagnostic> {
    let found = against(scenario, matter, library);
    let cities = matter.overlaid();
    let mut cities = cities.values();
    match !found.is_empty() && cities.any(|here| against(scenario, here, library).is_empty()) {
        true => Vec::new(),
        false => found,
    }
}

fn against(scenario: &Scenario, matter: &Revision, library: &Library) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    if let Some(city) = &scenario.given.accepting_city {
        found.extend(lacking::city(city.span, city, &library.network));
    }
    for given in &scenario.given.certificates {
        found.extend(lacking::city(
            given.from.span,
            &given.from,
            &library.network,
        ));
        let kinds = certificates::kinds(library).into_iter();
        found.extend(unknown("E0331", &given.kind, &given.kind, kinds));
    }
    for line in scenario.when.iter().filter(|l| l.child.is_none()) {
        found.extend(act(line, matter));
        if let Act::Revoke(number) = &line.act {
            let given = scenario.given.certificates.iter();
            let numbers = given.map(|c| c.number.value.as_str());
            found.extend(unknown("E0611", number, number, numbers));
        }
        found.extend(actor(line, matter, library));
        found.extend(line.refused.iter().filter_map(refusal));
        if let Act::Expect(expected) = &line.act {
            found.extend(expectation(expected, matter));
        }
    }
    found.extend(expectation(&scenario.then, matter));
    found.extend(lacking::check(scenario, matter, library));
    found.sort_by_key(|d| (d.span, d.code));
    found
}

fn act(line: &Line, matter: &Revision) -> Option<Diagnostic> {
    match &line.act {
        Act::Do(typed) => outcome(typed, matter),
        Act::Cause(typed) => {
            let name = typed.address.value.rsplit('.').next().unwrap_or_default();
            let acts = matter
                .event_defs
                .iter()
                .filter(|e| matches!(e.trigger, Trigger::Act(_)));
            let extends = extensions(matter).next().map(|_| EXTEND);
            let acts = acts.map(|e| &*e.name.value).chain(extends);
            unknown("E0602", &typed.address, name, acts)
        }
        Act::Message { message, .. } => unknown(
            "E0603",
            &message.address,
            &message.address,
            messages(matter),
        ),
        Act::Receive(a) | Act::Claim(a) | Act::Release(a) => step_known(a, matter),
        Act::Refuse(t) | Act::Answer(t) | Act::Urge(t) | Act::Add(t) => {
            step_known(&t.address, matter)
        }
        Act::Recognise(material) => material_known(material, matter),
        Act::Decline(typed) => material_known(&typed.address, matter),
        Act::Deliver(what) if matter.paper(what).is_none() => step_known(what, matter),
        Act::Deliver(_)
        | Act::End(_)
        | Act::Pass
        | Act::Expect(_)
        | Act::Ends { .. }
        | Act::Revoke(_) => None,
    }
}

/// A material of the matter.
fn material_known(name: &Spanned<String>, matter: &Revision) -> Option<Diagnostic> {
    let materials = match &matter.materials {
        Materials::Own(list) => list.as_slice(),
        Materials::FromParts(_) => &[],
    };
    unknown(
        "E0610",
        name,
        name,
        materials.iter().map(|m| &*m.name.value),
    )
}

/// How the limits of a matter may be extended.
fn extensions(matter: &Revision) -> impl Iterator<Item = &Extend> {
    let steps = matter.matter.steps.iter().flat_map(|s| &s.limits);
    let limits = matter.limits.iter().chain(steps);
    limits.filter_map(|limit| limit.extend.as_ref())
}

/// What a second person agrees to: an outcome of a step, an act, an extension.
fn proposed_at(at: &Spanned<String>, address: &str, matter: &Revision) -> Option<Diagnostic> {
    let mut events = matter.event_defs.iter();
    let event = events.any(|e| ends_with(address, &e.name));
    let extends = ends_with(address, EXTEND) && extensions(matter).any(|e| e.four_eyes.is_some());
    match event || extends {
        true => None,
        false => step_named(at, address, matter),
    }
}

/// `step.outcome`: both must exist; a second person agrees or returns.
fn outcome(typed: &Typed, matter: &Revision) -> Option<Diagnostic> {
    let (address, outcome) = typed
        .address
        .value
        .rsplit_once('.')
        .unwrap_or((&typed.address, ""));
    if let Some(proposed) = address.strip_suffix(".second") {
        let step = proposed_at(&typed.address, proposed, matter);
        return step.or_else(|| {
            unknown(
                "E0604",
                &typed.address,
                outcome,
                ["agreed", "returned"].into_iter(),
            )
        });
    }
    if let Some(found) = step_named(&typed.address, address, matter) {
        return Some(found);
    }
    let steps: Vec<&Step> = matter
        .matter
        .steps
        .iter()
        .filter(|s| ends_with(address, &s.id))
        .collect();
    let outcomes = steps
        .iter()
        .flat_map(|s| &s.outcomes)
        .map(|o| &*o.name.value);
    unknown("E0604", &typed.address, outcome, outcomes)
}

fn step_known(address: &Spanned<String>, matter: &Revision) -> Option<Diagnostic> {
    step_named(address, address, matter)
}

fn step_named(at: &Spanned<String>, address: &str, matter: &Revision) -> Option<Diagnostic> {
    let steps = || matter.matter.steps.iter().map(|s| &*s.id.value);
    if steps().any(|s| ends_with(address, s)) {
        return None;
    }
    let name = address.rsplit('.').next().unwrap_or(address);
    Some(
        Diagnostic::new("E0203", at.span)
            .with("name", name)
            .near(name, steps()),
    )
}

fn unknown<'a>(
    code: &'static str,
    at: &Spanned<String>,
    name: &str,
    known: impl Iterator<Item = &'a str> + Clone,
) -> Option<Diagnostic> {
    let found = || {
        Diagnostic::new(code, at.span)
            .with("name", name)
            .near(name, known.clone())
    };
    (!known.clone().any(|k| k == name)).then(found)
}

/// The messages some step or event waits for.
fn messages(matter: &Revision) -> impl Iterator<Item = &str> + Clone {
    let waits = matter.matter.steps.iter().filter_map(|s| match &s.kind {
        Kind::Wait {
            on: WaitOn::Message { name, .. },
            ..
        } => Some(&*name.value),
        _ => None,
    });
    let events = matter.event_defs.iter().filter_map(|e| match &e.trigger {
        Trigger::Message { name, .. } => Some(&*name.value),
        _ => None,
    });
    waits.chain(events)
}

fn actor(line: &Line, matter: &Revision, library: &Library) -> Option<Diagnostic> {
    let by = line.by.as_ref()?;
    let why = people::actor(by, matter, &library.network).err()?;
    let expected = |what: String| Some(Diagnostic::new("E0202", by.span).with("what", what));
    match why {
        Nobody::City(city) => lacking::city(by.span, &city, &library.network),
        Nobody::Post(post) => {
            let posts: Vec<&str> = library
                .network
                .departments()
                .values()
                .flat_map(|d| &d.posts)
                .map(String::as_str)
                .collect();
            let name = post.rsplit('/').next().unwrap_or(&post);
            Some(
                Diagnostic::new("E0605", by.span)
                    .with("name", post.as_str())
                    .near(name, posts),
            )
        }
        Nobody::Departments(list) => expected(
            list.iter()
                .map(|d| format!("…/{d}/…"))
                .collect::<Vec<_>>()
                .join(" | "),
        ),
        Nobody::Shape => expected("applicant | 城市/岗位 | 城市/部门/岗位".to_owned()),
    }
}

fn refusal(code: &Spanned<String>) -> Option<Diagnostic> {
    unknown("E0607", code, code, REFUSALS.iter().copied())
}

fn expectation(expected: &Expected, matter: &Revision) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for open in expected.open.iter().flat_map(|o| &o.value) {
        found.extend(match open.value.strip_suffix(".second") {
            Some(address) => proposed_at(open, address, matter),
            None => step_named(open, &open.value, matter),
        });
    }
    let missing = expected.missing.iter().chain(&expected.recognised);
    for material in missing.flat_map(|m| &m.value) {
        found.extend(material_known(material, matter));
    }
    for paper in expected.papers.iter().flat_map(|p| &p.value) {
        if matter.paper(paper).is_none() {
            let known = matter.papers.keys().map(String::as_str);
            found.push(
                Diagnostic::new("E0608", paper.span)
                    .with("name", paper.value.as_str())
                    .near(paper, known),
            );
        }
    }
    found
}
