//! What a scenario takes for granted and the network at hand has not: cities it names, also in what people type, and parameters it
//! says it needs. Such a scenario tells of another network; it is not played, and says why.

use super::place::ends_with;
use super::{Act, Scenario, Typed};
use crate::diagnostic::Diagnostic;
use crate::library::Library;
use crate::matter::{EventDef, Kind, Revision, Trigger, WaitOn};
use crate::network::Network;
use crate::source::{Span, Spanned};
use crate::yaml::{Node, Value};
use forms::{Field, Form, Format};

/// The codes of what only another network has.
const CODES: [&str; 2] = ["E0606", "E0609"];

/// Whether a finding says that the network lacks something: its scenario is skipped, not wrong.
pub fn is_lacking(found: &Diagnostic) -> bool {
    CODES.contains(&found.code)
}

/// A city the network does not have, by name or code.
pub(super) fn city(at: Span, name: &str, network: &Network) -> Option<Diagnostic> {
    let names = network.cities().map(|c| c.name.as_str());
    let found = || {
        Diagnostic::new("E0606", at)
            .with("name", name)
            .near(name, names)
    };
    network.city(name).is_none().then(found)
}

/// Everything a scenario names outside its own lines' actors that the network lacks.
pub(super) fn check(scenario: &Scenario, matter: &Revision, library: &Library) -> Vec<Diagnostic> {
    let network = &library.network;
    let given = &scenario.given;
    let mut found = Vec::new();
    for (name, place) in &given.parameters {
        found.extend(parameter(name, place, scenario, network));
    }
    let mut look = |node: &Option<Node>, form: Option<&Form>| {
        if let (Some(node), Some(form)) = (node, form) {
            regions(node, form.fields(), network, &mut found);
        }
    };
    look(&given.applicant, forms::person());
    let own = matter.form.as_ref();
    look(&given.form, own.and_then(|f| matter.form(&f.value)));
    for line in scenario.when.iter().filter(|l| l.child.is_none()) {
        match &line.act {
            Act::Do(typed) | Act::Answer(typed) => look(&typed.data, form_at(typed, matter)),
            Act::Cause(typed) => look(&typed.data, form_of_act(typed, matter)),
            Act::Message { message, .. } => look(&message.data, form_of_message(message, matter)),
            _ => {}
        }
    }
    found
}

/// A parameter that is needed in a city and has no value there when the scenario begins.
fn parameter(
    name: &Spanned<String>,
    place: &Spanned<String>,
    scenario: &Scenario,
    network: &Network,
) -> Option<Diagnostic> {
    if let Some(lacks) = city(place.span, place, network) {
        return Some(lacks);
    }
    let code = network.city(place).map_or("", |c| c.code.as_str());
    let day = crate::clock::civil(scenario.given.now).date();
    let names = network.parameters().keys().map(String::as_str);
    let found = Diagnostic::new("E0609", name.span)
        .with("name", name.value.as_str())
        .with("city", place.value.as_str());
    let lacks = network.parameter(name, code, day).is_none();
    lacks.then(|| found.near(name, names))
}

fn form_at<'m>(typed: &Typed, matter: &'m Revision) -> Option<&'m Form> {
    let address = &typed.address.value;
    let outer = address.rsplit_once('.').map_or("", |(outer, _)| outer);
    let named = |a: &str| matter.matter.steps.iter().find(|s| ends_with(a, &s.id));
    let step = named(outer).or_else(|| named(address))?;
    match &step.kind {
        Kind::Task { form, .. } | Kind::Handoff { form, .. } => matter.form(form.as_ref()?),
        _ => None,
    }
}

fn form_of_act<'m>(typed: &Typed, matter: &'m Revision) -> Option<&'m Form> {
    let name = typed.address.value.rsplit('.').next().unwrap_or_default();
    let event = |e: &&EventDef| *e.name.value == *name;
    let event = matter.event_defs.iter().find(event)?;
    matter.form(event.form.as_ref()?)
}

fn form_of_message<'m>(typed: &Typed, matter: &'m Revision) -> Option<&'m Form> {
    let wanted = typed.address.value.as_str();
    let waits = matter.matter.steps.iter().filter_map(|s| match &s.kind {
        Kind::Wait {
            on: WaitOn::Message { name, .. },
            form,
        } if *name.value == *wanted => form.as_ref(),
        _ => None,
    });
    let told = |e: &&EventDef| matches!(&e.trigger, Trigger::Message { name, .. } if *name.value == *wanted);
    let events = matter.event_defs.iter().filter(told);
    let mut all = waits.chain(events.filter_map(|e| e.form.as_ref()));
    matter.form(all.next()?)
}

/// The cities typed by name that the network lacks. A code may be any place of the country.
fn regions(node: &Node, fields: &[Field], network: &Network, found: &mut Vec<Diagnostic>) {
    let Value::Map(entries) = &node.value else {
        return;
    };
    for e in entries {
        let Some(field) = fields.iter().find(|f| f.name == e.key) else {
            continue;
        };
        match &field.kind {
            forms::Kind::Group(fields) => regions(&e.value, fields, network, found),
            forms::Kind::Rows { fields, .. } => {
                for row in e.value.items() {
                    regions(row, fields, network, found);
                }
            }
            forms::Kind::Text {
                format: Format::Region,
                ..
            } => {
                let name = e.value.text().unwrap_or_default();
                if !name.bytes().all(|b| b.is_ascii_digit()) {
                    found.extend(city(e.value.span, name, network));
                }
            }
            _ => {}
        }
    }
}
