//! Reads the fields of an object, and the conditions that show them or ask for them.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::keywords::Place;
use super::{LIMITS, Reader};
use crate::field::{Choice, Condition, Field, Kind, Test, named};
use crate::json::join;
use crate::nearest::nearest;

/// The object being read.
#[derive(Default)]
struct Object<'v> {
    fields: Vec<Field>,
    /// What each field was read from, to notice the same name with another meaning.
    written: BTreeMap<&'v str, &'v Value>,
    /// Names asked for, under which condition, and where that stands.
    asked: Vec<(&'v str, Option<Condition>, String)>,
}

impl Reader {
    /// Reads `properties`, `required`, the conditions and the checks of an object.
    pub(super) fn object(&mut self, map: &Map<String, Value>, at: &str) -> Vec<Field> {
        let mut object = Object::default();
        self.part(map, None, at, &mut object);
        self.conditional(map, at, &mut object);
        for (i, entry) in self.list(map, "allOf", at).iter().enumerate() {
            let here = join(&join(at, "allOf"), &i.to_string());
            match entry.as_object() {
                Some(entry) => {
                    self.keywords(entry, Place::Conditional, &here);
                    self.conditional(entry, &here, &mut object);
                }
                None => self.refuse("schema.condition_shape", &here, vec![]),
            }
        }
        self.settle_required(&mut object);
        self.settle_references(&object, at);
        self.read_checks(map, &object.fields, at);
        beside_what_decides(object.fields)
    }

    /// `properties` and `required` of the object itself or of one branch.
    fn part<'v>(
        &mut self,
        map: &'v Map<String, Value>,
        when: Option<&Condition>,
        at: &str,
        object: &mut Object<'v>,
    ) {
        if let Some(properties) = self.map(map, "properties", at) {
            for (name, schema) in properties {
                let here = join(&join(at, "properties"), name);
                self.property(name, schema, when, &here, object);
            }
        }
        for (name, here) in self.names(map, "required", at) {
            object.asked.push((name, when.cloned(), here));
        }
    }

    fn property<'v>(
        &mut self,
        name: &'v str,
        schema: &'v Value,
        when: Option<&Condition>,
        at: &str,
        object: &mut Object<'v>,
    ) {
        if let Some(before) = object.written.get(name) {
            let known = object.fields.iter_mut().find(|field| field.name == name);
            match (known, when) {
                // The same field in several branches is shown in each of them.
                (Some(field), Some(when)) if *before == schema && !field.show_if.is_empty() => {
                    field.show_if.push(when.clone());
                }
                _ => self.refuse("schema.field_twice", at, vec![("name", name.into())]),
            }
            return;
        }
        object.written.insert(name, schema);
        self.field_name(name, at);
        self.fields += 1;
        if self.fields == LIMITS.fields + 1 {
            let limit = LIMITS.fields.to_string().into();
            self.refuse("schema.too_many_fields", at, vec![("limit", limit)]);
        }
        self.path.push(name.to_owned());
        if let Some(mut field) = self.field(name, schema, at) {
            field.show_if.extend(when.cloned());
            let place = when.map_or(object.fields.len(), |when| beneath(&object.fields, when));
            object.fields.insert(place, field);
        }
        self.path.pop();
    }

    fn field_name(&mut self, name: &str, at: &str) {
        let mut characters = name.chars();
        let first = characters
            .next()
            .is_some_and(|c| c.is_alphabetic() || c == '_');
        let rest = characters.all(|c| c.is_alphanumeric() || c == '_');
        if !first || !rest || name.chars().count() > 64 {
            let better: String = name
                .chars()
                .map(|c| if c == '-' { '_' } else { c })
                .collect();
            let args = vec![("name", name.into()), ("near", better.into())];
            self.refuse("schema.field_name", at, args);
        }
    }

    /// `if`, `then`, `else`.
    fn conditional<'v>(&mut self, map: &'v Map<String, Value>, at: &str, object: &mut Object<'v>) {
        let branches = [("then", true), ("else", false)];
        let has_branch = branches.iter().any(|(key, _)| map.contains_key(*key));
        if map.contains_key("if") != has_branch {
            self.refuse("schema.condition_shape", at, vec![]);
            return;
        }
        let Some(written) = self.map(map, "if", at) else {
            return;
        };
        let tests = self.tests(written, &join(at, "if"), &object.fields);
        for (key, holds) in branches {
            let here = join(at, key);
            if let (Some(tests), Some(branch)) = (&tests, self.map(map, key, at)) {
                self.keywords(branch, Place::Branch, &here);
                let when = Condition {
                    tests: tests.clone(),
                    holds,
                };
                self.part(branch, Some(&when), &here, object);
            }
        }
    }

    /// What an `if` looks at: fields read before it, each compared with `const` or `enum`.
    fn tests(&mut self, map: &Map<String, Value>, at: &str, fields: &[Field]) -> Option<Vec<Test>> {
        self.keywords(map, Place::Condition, at);
        let properties = self.map(map, "properties", at);
        let Some(properties) = properties.filter(|properties| !properties.is_empty()) else {
            self.refuse("schema.condition_shape", at, vec![]);
            return None;
        };
        let mut tests = Vec::new();
        for (name, schema) in properties {
            let here = join(&join(at, "properties"), name);
            let values = one_of(schema);
            let Some(field) = named(fields, name) else {
                self.unknown_name("schema.condition_field", name, fields, &here);
                continue;
            };
            let fits = |values: &Vec<Value>| values.iter().all(|value| can_be(&field.kind, value));
            match values {
                None => self.refuse("schema.condition_shape", &here, vec![]),
                Some(values) if !fits(&values) => {
                    self.refuse(
                        "schema.condition_value",
                        &here,
                        vec![("name", name.as_str().into())],
                    );
                }
                Some(values) => tests.push(Test {
                    field: name.clone(),
                    values,
                }),
            }
        }
        for (name, here) in self.names(map, "required", at) {
            if !properties.contains_key(name) {
                self.unknown_name("schema.condition_field", name, fields, &here);
            }
        }
        (tests.len() == properties.len()).then_some(tests)
    }

    fn settle_required(&mut self, object: &mut Object) {
        for (name, when, here) in std::mem::take(&mut object.asked) {
            let Some(field) = object.fields.iter_mut().find(|field| field.name == name) else {
                // A field that was refused has had its message.
                if !object.written.contains_key(name) {
                    self.unknown_name("schema.required_unknown", name, &object.fields, &here);
                }
                continue;
            };
            match when {
                _ if field.read_only => {
                    self.refuse(
                        "schema.read_only_required",
                        &here,
                        vec![("name", name.into())],
                    );
                }
                None => field.required = field.show_if.is_empty(),
                Some(when) => field.required_if.push(when),
            }
        }
    }

    /// Fields named by `x-derive` and `x-format-unless` must stand beside and be of the right kind.
    fn settle_references(&mut self, object: &Object, at: &str) {
        for field in &object.fields {
            let here = join(&join(at, "properties"), &field.name);
            let from = field.derive.as_ref().map(|derive| derive.from.as_str());
            let source = from.and_then(|from| named(&object.fields, from));
            if from.is_some() && !source.is_some_and(is_id_number) {
                let from = from.unwrap_or_default().into();
                self.refuse(
                    "schema.derive",
                    &join(&here, "x-derive"),
                    vec![("name", from)],
                );
            }
            let Some(test) = &field.format_unless else {
                continue;
            };
            let beside = named(&object.fields, &test.field);
            let fits = |other: &Field| test.values.iter().all(|value| can_be(&other.kind, value));
            if !beside.is_some_and(fits) {
                let name = test.field.as_str().into();
                let here = join(&here, "x-format-unless");
                self.refuse("schema.format_unless", &here, vec![("name", name)]);
            }
        }
    }

    /// A name nobody defined, with the nearest one that is.
    pub(super) fn unknown_name(
        &mut self,
        code: &'static str,
        name: &str,
        fields: &[Field],
        at: &str,
    ) {
        let names = fields.iter().map(|field| field.name.as_str());
        let all: Vec<&str> = names.clone().collect();
        let near = nearest(name, names).map_or_else(|| all.join(", "), str::to_owned);
        self.refuse(code, at, vec![("name", name.into()), ("near", near.into())]);
    }
}

/// A field that is only sometimes shown stands behind those that decide it, wherever its condition was written: there
/// people look for it, and there everything it depends on is known.
fn beside_what_decides(fields: Vec<Field>) -> Vec<Field> {
    let (always, mut left): (Vec<_>, Vec<_>) =
        fields.into_iter().partition(|f| f.show_if.is_empty());
    let mut placed = always;
    while let Some(next) = left.iter().position(|f| decided_at(f, &placed).is_some()) {
        let field = left.remove(next);
        let behind = decided_at(&field, &placed).unwrap_or(placed.len());
        let sisters = placed.iter().skip(behind);
        let sisters = sisters.take_while(|f| !f.show_if.is_empty()).count();
        placed.insert(behind + sisters, field);
    }
    placed.extend(left);
    placed
}

/// The place behind everything the field depends on, if all of it is there.
fn decided_at(field: &Field, placed: &[Field]) -> Option<usize> {
    let tests = field.show_if.iter().flat_map(|condition| &condition.tests);
    let mut at = 0;
    for test in tests {
        at = at.max(placed.iter().position(|f| f.name == test.field)? + 1);
    }
    Some(at)
}

fn is_id_number(field: &Field) -> bool {
    let Kind::Text { format, .. } = field.kind else {
        return false;
    };
    format == crate::Format::IdNumber
}

/// The values of `{ const }` or `{ enum }`.
fn one_of(schema: &Value) -> Option<Vec<Value>> {
    let map = schema.as_object()?;
    match (map.get("const"), map.get("enum"), map.len()) {
        (Some(value), None, 1) => Some(vec![value.clone()]),
        (None, Some(Value::Array(values)), 1) if !values.is_empty() => Some(values.clone()),
        _ => None,
    }
}

/// Whether a condition may compare a field of this kind with the value.
fn can_be(kind: &Kind, value: &Value) -> bool {
    match kind {
        Kind::Boolean => value.is_boolean(),
        Kind::Integer { .. } => value.is_i64(),
        Kind::Choice(choices) => value.as_str().is_some_and(|value| has(choices, value)),
        Kind::Text { .. } => value.is_string(),
        _ => false,
    }
}

fn has(choices: &[Choice], value: &str) -> bool {
    choices.iter().any(|choice| choice.value == value)
}

/// The place of a conditional field: beneath the fields it depends on, and those that came there before it.
fn beneath(fields: &[Field], when: &Condition) -> usize {
    let asked = |test: &Test| fields.iter().position(|field| field.name == test.field);
    let last = when.tests.iter().filter_map(asked).max();
    let from = last.map_or(fields.len(), |at| at + 1);
    let after = fields.iter().skip(from);
    from + after.take_while(|field| !field.show_if.is_empty()).count()
}
