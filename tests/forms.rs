//! The shipped forms with the data their scenarios fill in.

use engine::library::Library;
use engine::matter::{Kind, Revision, Step, WaitOn};
use engine::network::Network;
use engine::source::Sources;
use engine::yaml::{self, Node, Value as Yaml};
use forms::{Form, Format, Fragments, validate};
use jiff::civil::{Date, date};
use onenet::shipped;
use serde_json::{Map, Value as Json};

/// Later than every day the scenarios speak of.
const TODAY: Date = date(2099, 1, 1);

/// Every form beside a matter, shared form and shared fragment reads without a problem.
#[test]
fn every_shipped_form_reads() {
    let fragments = Fragments::shipped();
    let forms = shipped::all()
        .into_iter()
        .filter(|(path, _)| path.ends_with(".schema.json"));
    let mut count = 0;
    for (path, text) in forms {
        let form = Form::read(path, text, &fragments);
        assert!(form.is_ok(), "{path}: {:#?}", form.err());
        count += 1;
    }
    assert!(count >= 25, "{count}");
}

/// What scenarios fill in — the form of the case, the fields of a step, the data of a message — is accepted.
#[test]
fn forms_accept_what_their_scenarios_fill_in() {
    let mut sources = Sources::default();
    let library = shipped::library(&mut sources);
    let mut checked = 0;
    let mut wrong = Vec::new();
    for (name, scenarios) in &library.scenarios {
        let Some(matter) = library.matters.get(name) else {
            continue;
        };
        for (path, text) in scenarios {
            for (what, form, data) in filled(&library, matter, text) {
                let data = with_codes(form, &data, &library.network);
                if let Err(errors) = validate(form, &data, TODAY) {
                    wrong.push(format!("{path} {what}: {errors:#?}"));
                }
                checked += 1;
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(checked >= 60, "{checked}");
}

/// Every form a scenario fills in, with its data.
fn filled<'l>(
    library: &'l Library,
    matter: &'l Revision,
    text: &str,
) -> Vec<(String, &'l Form, Json)> {
    let mut filled = Vec::new();
    let scenarios = yaml::parse(0, text).unwrap();
    let own = matter.form.as_ref().and_then(|form| matter.form(form));
    let given = scenarios.get("given").and_then(|given| given.get("form"));
    if let (Some(form), Some(given)) = (own, given) {
        filled.push(("form".to_owned(), form, json(given)));
    }
    for line in scenarios.get("when").map(Node::items).unwrap_or_default() {
        let Some(data) = line.get("data").filter(|data| !data.entries().is_empty()) else {
            continue;
        };
        let text = |key| line.get(key).and_then(Node::text);
        let form = match (text("do"), text("message"), text("child")) {
            (Some(address), ..) => step(matter, address).and_then(form_of),
            (_, Some(message), _) => matter
                .steps
                .iter()
                .find(|s| waits_for(s, message))
                .and_then(form_of),
            // What a sub-case answers is the other matter's to say.
            _ => continue,
        };
        let what = text("do").or(text("message")).unwrap_or_default();
        let form = form.and_then(|name| matter.form(name));
        match form {
            Some(form) => filled.push((what.to_owned(), form, json(data))),
            None => panic!("{what} has no form, in {:?}", library.scenarios.keys()),
        }
    }
    filled
}

/// The step of `legs.遵义.issue.开具`: what stands before the outcome, keys of items left out; a step of a shared block of events
/// stands behind the block's name.
fn step<'m>(matter: &'m Revision, address: &str) -> Option<&'m Step> {
    let (path, _) = address.rsplit_once('.')?;
    let mut parts: Vec<&str> = path.split('.').collect();
    while !parts.is_empty() {
        let (name, behind) = (parts.join("."), format!(".{}", parts.join(".")));
        let found = |step: &&Step| **step.id == *name || step.id.ends_with(&behind);
        if let Some(step) = matter.steps.iter().find(found) {
            return Some(step);
        }
        parts.remove(0);
    }
    None
}

fn form_of(step: &Step) -> Option<&str> {
    match &step.kind {
        Kind::Task { form, .. } | Kind::Wait { form, .. } | Kind::Handoff { form, .. } => {
            form.as_ref().map(|form| form.as_str())
        }
        _ => None,
    }
}

fn waits_for(step: &Step, message: &str) -> bool {
    matches!(&step.kind, Kind::Wait { on: WaitOn::Message { name, .. }, .. } if &*name.value == message)
}

/// YAML as JSON: every scalar is the text it is, the form knows what it means.
fn json(node: &Node) -> Json {
    match &node.value {
        Yaml::Scalar { text, .. } => text.as_str().into(),
        Yaml::Seq(items) => items.iter().map(json).collect(),
        Yaml::Map(entries) => {
            let fields = entries.iter().map(|e| (e.key.clone(), json(&e.value)));
            Json::Object(fields.collect::<Map<String, Json>>())
        }
    }
}

/// Scenarios may write the name of a city where the form wants its code.
fn with_codes(form: &Form, data: &Json, network: &Network) -> Json {
    fn walk(fields: &[forms::Field], data: &Json, network: &Network) -> Json {
        let Json::Object(map) = data else {
            return data.clone();
        };
        let one = |(name, value): (&String, &Json)| {
            let field = fields.iter().find(|field| field.name == *name);
            let region = field.is_some_and(
                |f| matches!(f.kind, forms::Kind::Text { format, .. } if format == Format::Region),
            );
            let inner = field.map_or(&[][..], |field| field.kind.inner());
            let value = match value {
                Json::String(city) if region => network
                    .city(city)
                    .map_or(city.clone(), |city| city.code.to_string())
                    .into(),
                Json::Array(rows) => rows.iter().map(|row| walk(inner, row, network)).collect(),
                other => walk(inner, other, network),
            };
            (name.clone(), value)
        };
        Json::Object(map.iter().map(one).collect())
    }
    walk(form.fields(), data, network)
}
