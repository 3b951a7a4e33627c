//! Values of a case as facts to read: by their forms, numbers masked.

use super::session::Guest;
use crate::runtime::{Seen, initials};
use crate::web::mask::shared;
use crate::web::tasks::{SHARED, Shown};
use engine::matter::Kind;
use engine::network::{City, Network};
use engine::text::Lang;
use forms::posted::{self, Posted};
use forms::render::{Region, Sheet};
use forms::{Field, Form, Kind as Holds};
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
            map.keys().map(|name| named(guest, name)).collect()
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
        Some(form) => told(guest, form, shown.values, today),
        None if shown.plain => plain(guest, &shared(&seen.revision, shown.values)),
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

/// What was worked out or shared, by its own names.
fn plain(guest: &Guest, values: &Value) -> Markup {
    let Value::Object(map) = values else {
        return html! { (text(values)) };
    };
    html! {
        dl class="facts" {
            @for (name, value) in map {
                div class="fact" {
                    dt { (named(guest, name)) }
                    dd { @if value.is_object() { (plain(guest, value)) } @else { (spoken(guest, value)) } }
                }
            }
        }
    }
}

/// The name of a value nobody wrote a label for: what a person is asked has one everywhere.
fn named(guest: &Guest, name: &str) -> String {
    let person = forms::person();
    let name = name.rsplit('.').next().unwrap_or(name);
    let field = person.and_then(|form| form.field(name));
    let title = field.map(|f| guest.words.of(&f.title).to_owned());
    title.unwrap_or_else(|| name.replace('_', " "))
}

fn spoken(guest: &Guest, value: &Value) -> String {
    let said = text(value);
    let city = guest.network.city(&said);
    city.map_or(said.clone(), |c| c.title(guest.words.0).to_owned())
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => "—".to_owned(),
        Value::Array(items) => items.iter().map(text).collect::<Vec<_>>().join("、"),
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
