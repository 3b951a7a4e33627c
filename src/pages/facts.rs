//! Values of a case as facts to read: by their forms, numbers masked.

use super::session::Guest;
use crate::runtime::{Seen, initials};
use crate::web::mask::shared;
use crate::web::tasks::{SHARED, Shown};
use engine::matter::{Kind, Materials};
use engine::network::{City, Network};
use engine::text::{Lang, Text};
use forms::posted::{self, Posted};
use forms::render::{Region, Sheet};
use forms::{Choice, Field, Form, Kind as Holds};
use jiff::civil::Date;
use maud::{Markup, html};
use serde_json::Value;

/// The cities of the network to choose from.
pub fn regions(network: &Network) -> Vec<Region> {
    let region = |city: &City| Region {
        code: city.code.clone(),
        title: engine::text::Text {
            zh: city.name.clone(),
            en: city.title(Lang::En).to_owned(),
        },
        letters: initials(&city.name),
    };
    network.cities().map(region).collect()
}

/// What a page posts, with the code of each city that was typed by its name or the initials of its pinyin.
pub fn read(network: &Network, form: &Form, fields: &[(String, String)]) -> Posted {
    let mut read = posted::read(form, fields);
    posted::place(form, &mut read.input, &|text| code(network, text));
    read
}

/// The code of the one city that goes by a name, with or without its 市, or by initials.
fn code(network: &Network, text: &str) -> Option<String> {
    let name = text.strip_suffix('市').unwrap_or(text);
    let named = |city: &&City| {
        city.name == name || city.code == name || city.title(Lang::En).eq_ignore_ascii_case(name)
    };
    if let Some(city) = network.cities().find(named) {
        return Some(city.code.clone());
    }
    let mut read = network
        .cities()
        .filter(|city| initials(&city.name).eq_ignore_ascii_case(name));
    let city = read.next()?;
    read.next().is_none().then(|| city.code.clone())
}

/// What is shown under its heading.
pub fn panel(guest: &Guest, seen: &Seen, shown: &Shown<'_>, today: Date) -> Markup {
    html! {
        section class="shown" {
            h3 { (heading(guest, seen, &shown.name)) }
            (values(guest, seen, shown, today))
        }
    }
}

/// What is shown under its heading, for somebody who may know what is asked but not what was answered.
pub fn covered(guest: &Guest, seen: &Seen, shown: &Shown<'_>) -> Markup {
    let titles: Vec<String> = match (shown.form, shown.values) {
        (Some(form), _) => form
            .fields()
            .iter()
            .map(|field| guest.words.of(&field.title).to_owned())
            .collect(),
        (None, Value::Object(map)) if shown.plain => {
            map.keys().map(|name| named(guest, seen, name)).collect()
        }
        (None, _) => Vec::new(),
    };
    html! {
        section class="shown" {
            h3 { (heading(guest, seen, &shown.name)) }
            dl class="facts" {
                @for title in titles { div class="fact" { dt { (title) } dd { "***" } } }
            }
        }
    }
}

/// The values alone.
pub fn values(guest: &Guest, seen: &Seen, shown: &Shown<'_>, today: Date) -> Markup {
    match shown.form {
        Some(form) => told(guest, &with_materials(form, seen), shown.values, today),
        None if shown.plain => plain(guest, seen, &shared(&seen.revision, shown.values)),
        None => html! { p class="hint" { (guest.words.t("facts.none")) } },
    }
}

fn told(guest: &Guest, form: &Form, values: &Value, today: Date) -> Markup {
    let regions = regions(&guest.network);
    let sheet = Sheet {
        regions: &regions,
        lang: guest.words.0,
        ..Sheet::new(form, values, today)
    };
    sheet.told()
}

/// A form whose lists of papers missing or of no use name those of the matter.
fn with_materials(form: &Form, seen: &Seen) -> Form {
    let own = match &seen.revision.materials {
        Materials::Own(list) => list.as_slice(),
        Materials::FromParts(_) => &[],
    };
    let choices = own.iter().map(|m| Choice {
        value: m.name.to_string(),
        title: m.title.clone(),
    });
    let choices: Vec<Choice> = choices.collect();
    form.offering("missing", choices.clone())
        .offering("faulty", choices)
}

/// What was worked out or shared.
fn plain(guest: &Guest, seen: &Seen, values: &Value) -> Markup {
    let Value::Object(map) = values else {
        return html! { (spoken(guest, seen, values)) };
    };
    html! {
        dl class="facts" {
            @for (name, value) in map {
                div class="fact" {
                    dt { (named(guest, seen, name)) }
                    dd { @if value.is_object() { (plain(guest, seen, value)) } @else { (spoken(guest, seen, value)) } }
                }
            }
        }
    }
}

/// The name of a value with no form beside it: as a table labels what it gives, else as it is asked of a person or in a form of the matter.
fn named(guest: &Guest, seen: &Seen, name: &str) -> String {
    let name = name.rsplit('.').next().unwrap_or(name);
    let of_table = seen.revision.tables().find_map(|t| t.label(name));
    let forms = forms::person().into_iter();
    let mut forms = forms.chain(seen.revision.forms());
    let title = of_table.or_else(|| forms.find_map(|f| asked(f.fields(), name)));
    let known = title.map(|t| guest.words.of(t).to_owned());
    let known = known.or_else(|| guest.words.tell("facts", name, &[]));
    known.unwrap_or_else(|| name.replace('_', " "))
}

/// What a field is called, also in a group or a list of the form.
fn asked<'f>(fields: &'f [Field], name: &str) -> Option<&'f Text> {
    let own = fields.iter().find(|field| field.name == name);
    own.map(|field| &field.title).or_else(|| {
        let inner = fields.iter().filter_map(|field| match &field.kind {
            Holds::Group(fields) | Holds::Rows { fields, .. } => Some(fields),
            _ => None,
        });
        inner.into_iter().find_map(|fields| asked(fields, name))
    })
}

/// Such a value: a city by its name, a word of a table by its label, and yes or no.
fn spoken(guest: &Guest, seen: &Seen, value: &Value) -> String {
    match value {
        Value::Bool(yes) => {
            let said = if *yes { "yes" } else { "no" };
            guest.words.word("conflict.is", said)
        }
        Value::Array(items) => {
            let all: Vec<String> = items.iter().map(|i| spoken(guest, seen, i)).collect();
            guest.words.list(&all)
        }
        Value::String(said) => {
            let city = guest.network.city(said).map(|c| c.title(guest.words.0));
            let label = || seen.revision.tables().find_map(|t| t.label(said));
            let label = || label().map(|t| guest.words.of(t));
            city.or_else(label).unwrap_or(said).to_owned()
        }
        other => text(other),
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => "—".to_owned(),
        other => other.to_string(),
    }
}

/// What the values under a name are called.
pub fn heading(guest: &Guest, seen: &Seen, name: &str) -> String {
    match name {
        "applicant" => guest.words.t("facts.applicant"),
        "form" => guest.words.t("facts.form"),
        SHARED => guest.words.t("facts.shared"),
        step => {
            let step = seen.revision.named(step).map(|(_, step)| step);
            step.map_or(name, |s| guest.words.of(&s.title)).to_owned()
        }
    }
}

/// The fields of some values that are masked: pointer and label. Each can be seen by itself, on record.
pub fn masked<'f>(form: &'f Form, values: &Value) -> Vec<(String, &'f Field)> {
    let mut found = Vec::new();
    inside(form.fields(), values, "", &mut found);
    found
}

fn inside<'f>(fields: &'f [Field], values: &Value, at: &str, found: &mut Vec<(String, &'f Field)>) {
    for field in fields {
        let here = format!("{at}/{}", field.name);
        match (&field.kind, values.get(&field.name)) {
            (Holds::Group(fields), Some(value)) => inside(fields, value, &here, found),
            (Holds::Rows { fields, .. }, Some(Value::Array(rows))) => {
                for (i, row) in rows.iter().enumerate() {
                    inside(fields, row, &format!("{here}/{i}"), found);
                }
            }
            (_, Some(Value::String(_))) if field.private.is_some() => found.push((here, field)),
            _ => {}
        }
    }
}

/// Everything a case holds that somebody filled in or a step worked out, in the order of the matter.
pub fn all(seen: &Seen) -> Vec<Shown<'_>> {
    let form = seen.revision.form.as_ref();
    let mut all = vec![
        Shown {
            name: "applicant".to_owned(),
            form: forms::person(),
            values: seen.case.applicant(),
            plain: false,
        },
        Shown {
            name: "form".to_owned(),
            form: form.and_then(|name| seen.revision.form(&name.value)),
            values: seen.case.form(),
            plain: false,
        },
    ];
    let steps = seen.revision.steps.iter();
    let told = steps.filter(|s| {
        matches!(
            s.kind,
            Kind::Task { .. } | Kind::Handoff { .. } | Kind::Decide { .. }
        )
    });
    let written = told.filter_map(|s| crate::web::tasks::written_by(seen, &s.id.value));
    let filled = |s: &Shown| s.values.as_object().is_none_or(|values| !values.is_empty());
    all.extend(written.filter(|s| (s.form.is_some() || s.plain) && filled(s)));
    all
}
