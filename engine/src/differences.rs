//! What differs between two cities or revisions: of a matter its limits, materials, steps and the fields of its forms, and of the network parameters, days and office hours.

use crate::library::Library;
use crate::matter::{Kind, LimitValue, Material, Materials, Matter, Revision, Step, Value};
use crate::network::{City, Network, Parameter};
use crate::source::{Source, Sources, Span};
use crate::text::{Lang, Text, both};
use forms::Field;
use jiff::ToSpan;
use jiff::civil::Date;
use serde::Serialize;
use serde_json::Value as Json;
use std::collections::BTreeSet;
use std::sync::Arc;

/// What a difference is about, in the order of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// A limit of the matter, of a group or of a step.
    Limits,
    /// Something to be brought.
    Materials,
    /// A step.
    Steps,
    /// A field of a form.
    Forms,
    /// A parameter.
    Parameters,
    /// A day on which only one of them works.
    Calendar,
    /// Office hours.
    Hours,
}

impl Part {
    /// The catalogue key of its name.
    pub fn key(self) -> &'static str {
        match self {
            Part::Limits => "diff.limits",
            Part::Materials => "diff.materials",
            Part::Steps => "diff.steps",
            Part::Forms => "diff.forms",
            Part::Parameters => "diff.parameters",
            Part::Calendar => "diff.calendar",
            Part::Hours => "diff.hours",
        }
    }
}

/// One thing that is not the same in both.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// What it is about.
    pub part: Part,
    /// Its address, as overlays write it; the name of a parameter, a date.
    pub address: String,
    /// What people call it; empty where it has only its address.
    pub title: Text,
    /// How it is in the first city; none: not there.
    pub one: Option<Text>,
    /// How it is in the other.
    pub other: Option<Text>,
}

/// What differs between two cities in a matter, for cases opened on a day.
pub fn of_matter(matter: &Arc<Revision>, cities: (&City, &City), day: Date) -> Vec<Difference> {
    let at = |city: &City| matter.in_city(&city.code, day).unwrap_or(matter);
    of_revisions(at(cities.0), at(cities.1))
}

/// What differs between two revisions of a matter, as they are where no city has differences of its own.
fn of_revisions(one: &Arc<Revision>, other: &Arc<Revision>) -> Vec<Difference> {
    let mut out = compared(Part::Limits, limits(one), limits(other));
    out.extend(compared(Part::Materials, materials(one), materials(other)));
    out.extend(compared(Part::Steps, steps(one), steps(other)));
    out.extend(compared(Part::Forms, forms(one), forms(other)));
    out
}

/// What differs between two cities on a day besides matters: parameters (of `only` these names, if given), the days of that year on
/// which one works and the other does not, office hours.
pub fn of_cities(
    network: &Network,
    cities: (&City, &City),
    day: Date,
    only: Option<&BTreeSet<String>>,
) -> Vec<Difference> {
    let (one, other) = cities;
    let wanted = |name: &&String| only.is_none_or(|only| only.contains(*name));
    let parameters = |city: &City| -> Vec<Entry> {
        let known = network.parameters().iter().filter(|p| wanted(&p.0));
        let here = known.filter_map(|(name, parameter)| {
            let value = network.parameter(name, &city.code, day)?;
            Some((
                name.clone(),
                parameter.title.clone(),
                called(parameter, value),
            ))
        });
        here.collect()
    };
    let mut out = compared(Part::Parameters, parameters(one), parameters(other));
    let calendars = (network.calendar(&one.code), network.calendar(&other.code));
    let year = day.first_of_year();
    let days = year.series(1.day()).take_while(|d| d.year() == day.year());
    for date in days {
        let (here, there) = (calendars.0.day(date), calendars.1.day(date));
        if here.working == there.working {
            continue;
        }
        let mut names = [&here.exception, &there.exception].into_iter().flatten();
        let holiday = names.next().map(|e| e.holiday.as_str());
        let word = |working| match working {
            true => both("diff.works", &[]),
            false => both("diff.rests", &[]),
        };
        out.push(Difference {
            part: Part::Calendar,
            address: date.to_string(),
            title: same(holiday.unwrap_or_default().to_owned()),
            one: Some(word(here.working)),
            other: Some(word(there.working)),
        });
    }
    let hours = |calendar: &crate::clock::Calendar| {
        let sessions = calendar.hours().sessions().iter();
        let sessions: Vec<String> = sessions
            .map(|(from, to)| format!("{}-{}", from.strftime("%H:%M"), to.strftime("%H:%M")))
            .collect();
        let all = same(sessions.join(", "));
        vec![(String::new(), Text::default(), all)]
    };
    out.extend(compared(
        Part::Hours,
        hours(&calendars.0),
        hours(&calendars.1),
    ));
    out
}

/// The parameters that a matter names, in its own files, in the shared blocks it uses and in the tables it decides by.
pub fn parameters_of(matter: &Matter, library: &Library, sources: &Sources) -> BTreeSet<String> {
    let path = |span: Span| sources.file(span).map(|f: &Source| &*f.path);
    let own = path(matter.id.span).unwrap_or_default();
    let own = own.strip_suffix("matter.yaml").unwrap_or(own);
    let steps = matter.steps.iter().map(|s| s.span);
    let events = matter.event_defs.iter().map(|e| e.span);
    let blocks: BTreeSet<&str> = steps.chain(events).filter_map(path).collect();
    let tables = matter.steps.iter().filter_map(|s| match &s.kind {
        Kind::Decide { table, .. } => Some(format!("tables/{}.yaml", table.value)),
        _ => None,
    });
    let tables: Vec<String> = tables.collect();
    let takes_part = |path: &str| {
        let own = path.starts_with(own) && path.ends_with(".yaml") && !path.contains("/tests/");
        own || blocks.contains(path) || tables.iter().any(|t| path.ends_with(&**t))
    };
    let files = library.files.iter().filter(|(path, _)| takes_part(path));
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let words: BTreeSet<&str> = files
        .flat_map(|(_, text)| text.split(|c| !is_part(c)))
        .collect();
    let known = library.network.parameters().keys();
    known
        .filter(|name| words.contains(&***name))
        .cloned()
        .collect()
}

/// Address, title and value.
type Entry = (String, Text, Text);

/// A value of a parameter as people call it, or as it is written.
fn called(parameter: &Parameter, value: &Json) -> Text {
    let written = value.as_str().map_or_else(|| value.to_string(), Into::into);
    match (parameter.labels.get(&written), value) {
        (Some(label), _) => Text {
            zh: label.zh.clone(),
            en: label.get(Lang::En).to_owned(),
        },
        (None, Json::Bool(yes)) => {
            let key = if *yes { "words.true" } else { "words.false" };
            both(key, &[])
        }
        (None, _) => same(written),
    }
}

/// What reads alike in both languages.
fn same(text: String) -> Text {
    Text {
        en: text.clone(),
        zh: text,
    }
}

/// What is in one list only, or with another value; in the order of the first, then of the second.
fn compared(part: Part, one: Vec<Entry>, other: Vec<Entry>) -> Vec<Difference> {
    let value = |all: &[Entry], address: &str| {
        let found = all.iter().find(|e| e.0 == address);
        found.map(|e| e.2.clone())
    };
    let mut seen = BTreeSet::new();
    let all = one.iter().chain(&other).filter(|e| seen.insert(&e.0));
    let all = all.map(|(address, title, _)| Difference {
        part,
        address: address.clone(),
        title: Text {
            zh: title.zh.clone(),
            en: title.get(Lang::En).to_owned(),
        },
        one: value(&one, address),
        other: value(&other, address),
    });
    all.filter(|d| d.one != d.other).collect()
}

fn limits(matter: &Matter) -> Vec<Entry> {
    let mut out = Vec::new();
    let mut put = |address: String, title: Text, limit: &LimitValue| {
        out.push((address, title, same(limit.written())));
    };
    for limit in &matter.limits {
        put(
            format!("limits.{}", limit.name.value),
            Text::default(),
            &limit.limit,
        );
    }
    for step in &matter.steps {
        for limit in &step.limits {
            let address = format!("{}.limits.{}", step.id.value, limit.name.value);
            put(address, Text::default(), &limit.limit);
        }
        if let Some(limit) = &step.limit {
            put(
                format!("{}.limit", step.id.value),
                step.title.clone(),
                limit,
            );
        }
    }
    out
}

fn materials(matter: &Matter) -> Vec<Entry> {
    let all = match &matter.materials {
        Materials::Own(all) => all.as_slice(),
        Materials::FromParts(_) => &[],
    };
    let one = |m: &Material| {
        let address = format!("materials.{}", m.name.value);
        (address, m.title.clone(), needed(m))
    };
    all.iter().map(one).collect()
}

/// Whether it is needed, from where, and how much later it may come.
fn needed(material: &Material) -> Text {
    let mut words = vec![both("diff.needed", &[])];
    if let Some(Value::Computed(formula)) = &material.needed {
        words.push(same(format!("={}", formula.source.value)));
    }
    let from: Vec<&str> = material.from.iter().map(|f| f.value.as_str()).collect();
    if !from.is_empty() {
        words.push(same(from.join("/")));
    }
    if let Some(kind) = &material.recognises {
        words.push(both("diff.recognised", &[("kind", kind.value.clone())]));
    }
    if let Some(promise) = &material.promise {
        let args = [("limit", promise.written())];
        words.push(both("diff.promise", &args));
    }
    let joined = |of: fn(&Text) -> &str| words.iter().map(of).collect::<Vec<_>>().join(", ");
    Text {
        zh: joined(|t| &t.zh),
        en: joined(|t| t.get(Lang::En)),
    }
}

fn steps(matter: &Matter) -> Vec<Entry> {
    // A slot that is empty is no step of anybody.
    let filled = |step: &&Step| match &step.kind {
        Kind::Group { body, .. } => matter
            .sequence(*body)
            .is_some_and(|body| !body.steps.is_empty()),
        _ => true,
    };
    let one = |step: &Step| {
        let does = match &step.only_if {
            Some(Value::Computed(only)) => same(format!("={}", only.source.value)),
            _ => both("diff.done", &[]),
        };
        (step.id.to_string(), step.title.clone(), does)
    };
    matter.steps.iter().filter(filled).map(one).collect()
}

/// The fields of all forms, those within others too: each with its label, and whether it must be filled.
fn forms(revision: &Revision) -> Vec<Entry> {
    let mut out = Vec::new();
    for (name, form) in &revision.forms {
        fields(&format!("forms.{name}"), form.fields(), &mut out);
    }
    out
}

fn fields(within: &str, all: &[Field], out: &mut Vec<Entry>) {
    for field in all {
        let address = format!("{within}.{}", field.name);
        out.push((address.clone(), field.title.clone(), asked(field)));
        fields(&address, field.kind.inner(), out);
    }
}

/// Whether a field must be filled, under the label people read.
fn asked(field: &Field) -> Text {
    let key = match (field.read_only, field.required) {
        (true, _) => "diff.field_shown",
        (_, true) => "diff.field_required",
        (_, false) if !field.required_if.is_empty() => "diff.field_sometimes",
        _ => "diff.field_optional",
    };
    let labelled = |label: &str| both(key, &[("label", label.to_owned())]);
    Text {
        zh: labelled(&field.title.zh).zh,
        en: labelled(field.title.get(Lang::En)).en,
    }
}
