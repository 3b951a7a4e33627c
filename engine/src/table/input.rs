//! Looks at what a table is asked: every input there, known, and of its type.

use super::TableError;
use crate::diagnostic::nearest;
use crate::expr::{self, Named, Type, Value};
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;

/// The inputs by name; one left out or `null` is not among them.
pub(super) fn check(
    inputs: &BTreeMap<String, Named>,
    given: &Json,
) -> Result<BTreeMap<String, Json>, TableError> {
    let names = inputs.keys().map(String::as_str).collect::<Vec<_>>();
    let Some(given) = given.as_object() else {
        let args = vec![("names", names.join(", "))];
        return Err(TableError::new("decide.not_an_object", args));
    };
    fields(inputs, given, "")?;
    let known = given.iter().filter(|(_, value)| !value.is_null());
    Ok(known.map(|(k, v)| (k.clone(), v.clone())).collect())
}

fn fields(
    wanted: &BTreeMap<String, Named>,
    given: &Map<String, Json>,
    at: &str,
) -> Result<(), TableError> {
    let names = || wanted.keys().map(String::as_str);
    if let Some(extra) = given.keys().find(|name| !wanted.contains_key(*name)) {
        let near = nearest(extra, names());
        let near = near.unwrap_or_else(|| names().collect::<Vec<_>>().join(", "));
        let args = vec![("name", extra.clone()), ("near", near)];
        return Err(fault("E0441", &join(at, extra), args));
    }
    for (name, named) in wanted {
        let here = join(at, name);
        match given.get(name).filter(|value| !value.is_null()) {
            None if named.may_be_missing => {}
            None => {
                let args = vec![("name", dotted(&here)), ("expected", shape(&named.ty))];
                return Err(fault("E0440", &here, args));
            }
            Some(value) => fits(value, &named.ty, &here)?,
        }
    }
    Ok(())
}

fn fits(value: &Json, ty: &Type, at: &str) -> Result<(), TableError> {
    match (ty, value) {
        (Type::List(of), Json::Array(items)) => items
            .iter()
            .enumerate()
            .try_for_each(|(i, item)| fits(item, of, &join(at, &i.to_string()))),
        (Type::Record(wanted), Json::Object(given)) => fields(wanted, given, at),
        _ if !value.is_null() && expr::read(value, ty).is_some_and(|v| v != Value::Null) => Ok(()),
        _ => {
            let mut args = vec![("name", dotted(at)), ("expected", shape(ty))];
            if let (Type::OneOf(choices), Some(text)) = (ty, value.as_str()) {
                let near = nearest(text, choices.iter().map(String::as_str));
                if let Some(near) = near {
                    args.push(("near", near));
                    return Err(fault("decide.choice_near", at, args));
                }
            }
            Err(fault("E0442", at, args))
        }
    }
}

fn fault(key: &'static str, pointer: &str, args: Vec<(&'static str, String)>) -> TableError {
    TableError {
        key,
        args,
        pointer: pointer.to_owned(),
    }
}

fn join(at: &str, token: &str) -> String {
    format!("{at}/{}", token.replace('~', "~0").replace('/', "~1"))
}

/// A pointer as people write it: `/periods/2/months` is `periods.2.months`.
fn dotted(pointer: &str) -> String {
    pointer.trim_start_matches('/').replace('/', ".")
}

/// What a value of the type looks like in JSON, the same in every language.
fn shape(ty: &Type) -> String {
    match ty {
        Type::Bool => "true / false".into(),
        Type::Integer => "12".into(),
        Type::Number => "\"28640.55\"".into(),
        Type::Text | Type::Any => "\"…\"".into(),
        Type::OneOf(choices) => choices.join(" / "),
        Type::Date => "\"2026-11-24\"".into(),
        Type::Month => "\"2026-11\"".into(),
        Type::Instant => "\"2026-11-24T09:00:00Z\"".into(),
        Type::Duration => "\"P6M\"".into(),
        Type::List(of) => format!("[{}, …]", shape(of)),
        Type::Record(fields) => {
            let fields = fields
                .iter()
                .map(|(name, named)| format!("\"{name}\": {}", shape(&named.ty)));
            format!("{{{}}}", fields.collect::<Vec<_>>().join(", "))
        }
    }
}
