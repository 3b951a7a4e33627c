//! The shared fragments (`forms/shared/`) and how references to them are replaced by what they name.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde_json::{Map, Value};

use crate::json::{self, join};
use crate::nearest::nearest;
use crate::schema::{Form, LIMITS, SchemaProblem, problem};

/// Shared pieces of schema by name; `shared/person` in a form is the one named `person`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fragments {
    by_name: BTreeMap<String, Value>,
}

const SHIPPED: [(&str, &str); 8] = [
    ("agent", include_str!("../shared/agent.schema.json")),
    (
        "bank-account",
        include_str!("../shared/bank-account.schema.json"),
    ),
    ("delivery", include_str!("../shared/delivery.schema.json")),
    ("employer", include_str!("../shared/employer.schema.json")),
    ("month", include_str!("../shared/month.schema.json")),
    (
        "out-relation",
        include_str!("../shared/out-relation.schema.json"),
    ),
    ("person", include_str!("../shared/person.schema.json")),
    ("region", include_str!("../shared/region.schema.json")),
];

static PERSON: LazyLock<Option<Form>> = LazyLock::new(|| {
    let text = Fragments::source("person")?;
    Form::read("person", text, &Fragments::shipped()).ok()
});

/// The form of an applicant, the same in every matter. A test reads it.
pub fn person() -> Option<&'static Form> {
    PERSON.as_ref()
}

impl Fragments {
    /// The fragments that come with the program. A test reads each of them.
    pub fn shipped() -> Self {
        let mut fragments = Self::default();
        for (name, text) in SHIPPED {
            // Cannot fail: the files are part of the program, and a test reads every one of them.
            let _ = fragments.insert(name, text);
        }
        fragments
    }

    /// Adds a fragment, or replaces the one of that name. It is read as a part of a form only where a form uses it.
    pub fn insert(&mut self, name: &str, text: &str) -> Result<(), SchemaProblem> {
        let value = json::read(text, LIMITS.depth).map_err(SchemaProblem::from)?;
        self.by_name.insert(name.to_owned(), value);
        Ok(())
    }

    /// The names in order, without `shared/`.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.by_name.keys().map(String::as_str)
    }

    /// The text of a shipped fragment, as it lies in `forms/shared/`.
    pub fn source(name: &str) -> Option<&'static str> {
        let found = SHIPPED.iter().find(|(known, _)| *known == name);
        found.map(|(_, text)| *text)
    }
}

/// What may stand beside a `$ref`: words about the field, never what it holds.
const BESIDE_REF: [&str; 12] = [
    "$ref",
    "title",
    "x-title-en",
    "description",
    "x-description-en",
    "readOnly",
    "default",
    "required",
    "x-private",
    "x-safe",
    "x-derive",
    "$comment",
];

/// Replaces every reference in `schema`; `$defs` are gone afterwards.
pub(crate) fn inline(schema: Value, fragments: &Fragments) -> Result<Value, Vec<SchemaProblem>> {
    let mut inliner = Inliner {
        fragments,
        open: Vec::new(),
        left: LIMITS.nodes,
        problems: Vec::new(),
    };
    let mut value = inliner.value(&schema, "", &schema);
    if let Value::Object(map) = &mut value {
        map.shift_remove("$defs");
    }
    match inliner.problems.is_empty() {
        true => Ok(value),
        false => Err(inliner.problems),
    }
}

struct Inliner<'a> {
    fragments: &'a Fragments,
    /// References being replaced, to notice one that leads back to itself.
    open: Vec<String>,
    /// Values that may still be written.
    left: usize,
    problems: Vec<SchemaProblem>,
}

impl<'a> Inliner<'a> {
    /// `home` is the document `#/…` speaks of: the form itself, or a fragment.
    fn value(&mut self, value: &Value, at: &str, home: &'a Value) -> Value {
        if self.left == 0 {
            return Value::Null;
        }
        self.left -= 1;
        if self.left == 0 {
            self.problems.push(problem("schema.too_big", at, &[]));
        }
        match value {
            Value::Object(map) if map.contains_key("$ref") => self.reference(map, at, home),
            Value::Object(map) => {
                let inner = map
                    .iter()
                    .filter(|(key, _)| !(at.is_empty() && *key == "$defs"));
                let inlined =
                    inner.map(|(key, v)| (key.clone(), self.value(v, &join(at, key), home)));
                Value::Object(inlined.collect())
            }
            Value::Array(items) => {
                let numbered = items.iter().enumerate();
                let inlined = numbered.map(|(i, v)| self.value(v, &join(at, &i.to_string()), home));
                Value::Array(inlined.collect())
            }
            plain => plain.clone(),
        }
    }

    fn reference(&mut self, map: &Map<String, Value>, at: &str, home: &'a Value) -> Value {
        let here = join(at, "$ref");
        let Some(Value::String(target)) = map.get("$ref") else {
            self.problems.push(problem("schema.ref_shape", &here, &[]));
            return Value::Null;
        };
        for key in map.keys().filter(|key| !BESIDE_REF.contains(&key.as_str())) {
            let args = [("name", key.as_str().into())];
            self.problems
                .push(problem("schema.ref_beside", &join(at, key), &args));
        }
        let Some((found, next_home)) = self.find(target, &here, home) else {
            return Value::Null;
        };
        let mark = format!("{target} of {:p}", home);
        if self.open.contains(&mark) || self.open.len() >= LIMITS.depth {
            let args = [("name", target.as_str().into())];
            self.problems
                .push(problem("schema.ref_recursive", &here, &args));
            return Value::Null;
        }
        self.open.push(mark);
        let mut value = self.value(found, at, next_home);
        self.open.pop();
        if let Value::Object(into) = &mut value {
            into.shift_remove("$schema");
            into.shift_remove("$id");
            into.shift_remove("$defs");
            overlay(into, map);
        }
        value
    }

    /// The value a reference names, and the document it stands in.
    fn find(
        &mut self,
        target: &str,
        here: &str,
        home: &'a Value,
    ) -> Option<(&'a Value, &'a Value)> {
        let name = [("name", target.into())];
        let (document, pointer) = target.split_once('#').unwrap_or((target, ""));
        let home = match document.strip_prefix("shared/") {
            Some(fragment) => match self.fragments.by_name.get(fragment) {
                Some(value) => value,
                None => {
                    self.problems.push(self.unknown_fragment(fragment, here));
                    return None;
                }
            },
            None if document.is_empty() && pointer.starts_with("/$defs/") => home,
            None => {
                self.problems
                    .push(problem("schema.ref_elsewhere", here, &name));
                return None;
            }
        };
        let found = home.pointer(pointer);
        if found.is_none() {
            self.problems
                .push(problem("schema.ref_unknown", here, &name));
        }
        found.map(|value| (value, home))
    }

    fn unknown_fragment(&self, name: &str, here: &str) -> SchemaProblem {
        let known: Vec<&str> = self.fragments.names().collect();
        let args = [("name", name.into()), ("known", known.join(", ").into())];
        match nearest(name, known.iter().copied()) {
            Some(near) => {
                let near = [
                    ("name", name.into()),
                    ("near", format!("shared/{near}").into()),
                ];
                problem("schema.fragment_near", here, &near)
            }
            None => problem("schema.fragment_unknown", here, &args),
        }
    }
}

/// Words beside a `$ref` win over those of the fragment; `required` is added to its own.
fn overlay(into: &mut Map<String, Value>, beside: &Map<String, Value>) {
    for (key, value) in beside.iter().filter(|(key, _)| *key != "$ref") {
        match (key.as_str(), into.get_mut(key), value) {
            ("required", Some(Value::Array(own)), Value::Array(more)) => {
                let new = more.iter().filter(|name| !own.contains(name)).cloned();
                let new: Vec<Value> = new.collect();
                own.extend(new);
            }
            _ => {
                into.insert(key.clone(), value.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Form;

    #[test]
    fn every_shipped_fragment_is_part_of_a_readable_form() {
        let fragments = Fragments::shipped();
        assert_eq!(fragments.names().count(), SHIPPED.len());
        for (name, _) in SHIPPED {
            let form = format!(
                r#"{{"type":"object","properties":{{"x":{{"$ref":"shared/{name}","title":"x"}}}}}}"#
            );
            let form = Form::read(name, &form, &fragments);
            assert!(form.is_ok(), "{name}: {form:#?}");
        }
    }

    #[test]
    fn words_beside_a_reference_win_and_required_adds_up() {
        let form = r#"{"type":"object","properties":{"heir":{"$ref":"shared/person","title":"继承人","required":["phone"]},
            "home":{"$ref":"shared/person#/properties/hukou_division","title":"户籍"}}}"#;
        let form = Form::read("t", form, &Fragments::shipped()).unwrap();
        assert_eq!(form.field("heir").unwrap().title.zh, "继承人");
        assert!(form.field("heir.phone").unwrap().required);
        assert!(form.field("heir.name").unwrap().required);
        assert_eq!(form.field("home").unwrap().title.zh, "户籍");
        assert!(!form.schema().to_string().contains("$ref"));
    }
}
