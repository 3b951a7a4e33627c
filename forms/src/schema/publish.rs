//! The two schemas made of what an author wrote: the one API clients get, and the one the validator compiles.

use jsonschema::{PatternOptions, Validator};
use serde_json::{Map, Value, json};

use super::{LIMITS, SchemaProblem, problem};
use crate::flaw;

/// The schema for clients: a strict reader of JSON Schema 2020-12 comes to the same answer as we do.
pub(super) fn published(schema: &Value) -> Value {
    walk(schema, Use::Clients)
}

/// The compiled validator. Patterns run on the linear-time engine, our own formats count as rules.
pub(super) fn validator(schema: &Value) -> Result<Validator, SchemaProblem> {
    let patterns = PatternOptions::regex().size_limit(LIMITS.pattern_compiled);
    let mut options = jsonschema::draft202012::options()
        .with_pattern_options(patterns)
        .should_validate_formats(true);
    for name in flaw::FORMATS {
        options = options.with_format(name, move |text: &str| flaw::format_holds(name, text));
    }
    options
        .build(&walk(schema, Use::Validator))
        .map_err(|error| problem("schema.pattern", error.instance_path().as_str(), &[]))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Use {
    Clients,
    Validator,
}

fn walk(schema: &Value, purpose: Use) -> Value {
    let Value::Object(map) = schema else {
        return schema.clone();
    };
    let mut out = part(map, purpose);
    let kind = map.get("type").and_then(Value::as_str);
    match (kind, purpose) {
        (Some("object"), Use::Clients) => {
            // `additionalProperties` does not see what `then` adds; `unevaluatedProperties` does.
            out.shift_remove("additionalProperties");
            out.insert("unevaluatedProperties".into(), false.into());
        }
        (Some("object"), Use::Validator) => {
            // Unknown members have been refused by name before the validator runs.
            out.shift_remove("additionalProperties");
            out.shift_remove("unevaluatedProperties");
        }
        (Some("array"), _) => several(&mut out),
        (Some("string"), Use::Validator) => plain_text(&mut out),
        _ => {}
    }
    Value::Object(out)
}

/// Walks into the parts of an object schema, a branch or an array.
fn part(map: &Map<String, Value>, purpose: Use) -> Map<String, Value> {
    let mut out = map.clone();
    for (key, value) in &mut out {
        match (key.as_str(), &mut *value) {
            ("properties", Value::Object(properties)) => {
                for (_, schema) in properties.iter_mut() {
                    *schema = walk(schema, purpose);
                }
            }
            ("items", items) => *items = walk(items, purpose),
            ("then" | "else", Value::Object(branch)) => *branch = part(branch, purpose),
            ("allOf", Value::Array(entries)) => {
                for entry in entries.iter_mut() {
                    if let Value::Object(entry) = entry {
                        *entry = part(entry, purpose);
                    }
                }
            }
            ("if", Value::Object(condition)) => must_be_there(condition),
            _ => {}
        }
    }
    out
}

/// An `if` on a field means the field is there: plain JSON Schema would take an empty field for a match.
fn must_be_there(condition: &mut Map<String, Value>) {
    let names = match condition.get("properties") {
        Some(Value::Object(properties)) => properties.keys().cloned().map(Value::String).collect(),
        _ => Vec::new(),
    };
    condition.insert("required".into(), Value::Array(names));
}

/// Each of several choices counts once; each of several texts says something.
fn several(array: &mut Map<String, Value>) {
    let Some(Value::Object(items)) = array.get_mut("items") else {
        return;
    };
    if items.contains_key("enum") || items.contains_key("oneOf") {
        array.insert("uniqueItems".into(), true.into());
    } else if items.get("type") == Some(&json!("string")) && !items.contains_key("minLength") {
        items.insert("minLength".into(), 1.into());
    }
}

/// `oneOf` as `enum`, which fails with one error instead of one per choice; a conditional format is checked by us.
fn plain_text(map: &mut Map<String, Value>) {
    if let Some(Value::Array(entries)) = map.shift_remove("oneOf") {
        let values = entries
            .iter()
            .filter_map(|entry| entry.get("const").cloned());
        map.insert("enum".into(), values.collect());
    }
    if map.contains_key("x-format-unless") {
        map.shift_remove("format");
    }
    // Bounds of money are ours; JSON Schema has none for strings.
    map.shift_remove("minimum");
    map.shift_remove("maximum");
}
