//! Reads a JSON Schema of our subset into a [`Form`], or says everything that is wrong with it.
//!
//! `object.rs` reads fields and conditions, `kind.rs` one field, `checks.rs` the rules across fields,
//! `keywords.rs` knows which keyword may stand where, `publish.rs` writes the schema given to API clients.

use std::sync::Arc;

use jsonschema::Validator;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::field::{Check, Choice, Field, Kind, named};
use crate::fragments::{Fragments, inline};
use crate::json::{self, Excess, Malformed, join, measure};
use crate::text::{Args, Text, say};

mod checks;
mod keywords;
mod kind;
mod object;
mod publish;

/// A form: what a person, a program or a file may fill in. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Form {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    name: String,
    title: Text,
    fields: Vec<Field>,
    checks: Vec<Check>,
    schema: Value,
    validator: Validator,
}

/// One thing wrong with a schema.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SchemaProblem {
    /// JSON pointer into the schema, with references replaced by what they name.
    pub pointer: String,
    /// Stable code, such as `schema.title_missing`.
    pub code: &'static str,
    /// What is wrong and what to write instead.
    pub message: Text,
}

/// How large a schema may be (G82).
pub(crate) struct Limits {
    pub bytes: usize,
    pub depth: usize,
    pub nodes: usize,
    pub fields: usize,
    pub choices: usize,
    pub pattern: usize,
    pub pattern_compiled: usize,
}

pub(crate) const LIMITS: Limits = Limits {
    bytes: 256 * 1024,
    depth: 16,
    nodes: 50_000,
    fields: 500,
    choices: 5_000,
    pattern: 512,
    pattern_compiled: 1 << 20,
};

impl Form {
    /// Reads the schema `text` of the form `name`. All problems are told at once, in the order they stand.
    pub fn read(name: &str, text: &str, fragments: &Fragments) -> Result<Form, Vec<SchemaProblem>> {
        if text.len() > LIMITS.bytes {
            return Err(vec![problem("schema.too_big", "", &[])]);
        }
        let written = json::read(text, LIMITS.depth).map_err(|error| vec![error.into()])?;
        let schema = inline(written, fragments)?;
        match measure(&schema, LIMITS.depth, LIMITS.nodes) {
            Ok(()) => build(name, schema),
            Err(Excess::Depth) => Err(vec![problem("json.too_deep", "", &[])]),
            Err(Excess::Members | Excess::Text) => Err(vec![problem("schema.too_big", "", &[])]),
        }
    }

    /// The name it was read under.
    pub fn name(&self) -> &str {
        &self.inner.name
    }

    /// The heading; empty where the schema has none.
    pub fn title(&self) -> &Text {
        &self.inner.title
    }

    /// The fields in the order they are shown.
    pub fn fields(&self) -> &[Field] {
        &self.inner.fields
    }

    /// The JSON Schema (2020-12) given to API clients: references replaced, unknown members refused.
    pub fn schema(&self) -> &Value {
        &self.inner.schema
    }

    /// A field by dotted name (`agent.name`, `rows.city`) or by JSON pointer into data (`/rows/3/city`).
    pub fn field(&self, path: &str) -> Option<&Field> {
        let steps: Vec<String> = match path.starts_with('/') {
            true => json::tokens(path).collect(),
            false => path.split('.').map(str::to_owned).collect(),
        };
        // In a pointer, the number of a row says nothing about the field; no field name begins with a digit.
        let is_row = |step: &String| step.bytes().all(|b| b.is_ascii_digit());
        let mut found = None;
        let mut fields = self.fields();
        for step in steps.iter().filter(|step| !is_row(step)) {
            let field = named(fields, step)?;
            fields = field.kind.inner();
            found = Some(field);
        }
        found
    }

    /// Several forms as the groups of one, to be drawn and read together: each under its name and heading. What was filled in is checked
    /// by each form itself, so none of its rules stand here.
    pub fn joined(parts: &[(&str, Text, &Form)]) -> Option<Form> {
        let group = |(name, title, form): &(&str, Text, &Form)| Field {
            name: (*name).to_owned(),
            title: title.clone(),
            hint: None,
            kind: Kind::Group(form.fields().to_vec()),
            required: true,
            read_only: false,
            private: None,
            safe: false,
            show_if: Vec::new(),
            required_if: Vec::new(),
            default: None,
            derive: None,
            format_unless: None,
        };
        let schema = serde_json::json!({ "type": "object" });
        let validator = publish::validator(&schema).ok()?;
        Some(Form {
            inner: Arc::new(Inner {
                name: String::new(),
                title: Text::default(),
                fields: parts.iter().map(group).collect(),
                checks: Vec::new(),
                schema,
                validator,
            }),
        })
    }

    /// The same form, with these values to tick where a field of the top takes several short texts; what is sent and checked
    /// stays as it is. A form without such a field is itself.
    pub fn offering(&self, name: &str, choices: Vec<Choice>) -> Form {
        let texts = |field: &&Field| field.name == name && field.kind == Kind::Texts;
        if choices.is_empty() || !self.fields().iter().any(|field| texts(&field)) {
            return self.clone();
        }
        let inner = &self.inner;
        let ticked = |field: &Field| match texts(&field) {
            true => Field {
                kind: Kind::Choices(choices.clone()),
                ..field.clone()
            },
            false => field.clone(),
        };
        Form {
            inner: Arc::new(Inner {
                name: inner.name.clone(),
                title: inner.title.clone(),
                fields: inner.fields.iter().map(ticked).collect(),
                checks: inner.checks.clone(),
                schema: inner.schema.clone(),
                validator: inner.validator.clone(),
            }),
        }
    }

    /// The same form to be drawn and read without some fields of the top; what is checked stays as it is.
    pub fn without(&self, left_out: &impl Fn(&Field) -> bool) -> Form {
        let inner = &self.inner;
        let fields = inner.fields.iter().filter(|field| !left_out(field));
        Form {
            inner: Arc::new(Inner {
                name: inner.name.clone(),
                title: inner.title.clone(),
                fields: fields.cloned().collect(),
                checks: inner.checks.clone(),
                schema: inner.schema.clone(),
                validator: inner.validator.clone(),
            }),
        }
    }

    /// The same form with other words: `change` is given every text people read in it; what may be entered stays as it is.
    pub fn worded(&self, change: &impl Fn(&mut Text)) -> Form {
        let inner = &self.inner;
        let mut title = inner.title.clone();
        change(&mut title);
        let mut fields = inner.fields.clone();
        fields.iter_mut().for_each(|field| field.words(change));
        let mut checks = inner.checks.clone();
        let messages = checks.iter_mut().filter_map(|check| check.message.as_mut());
        messages.for_each(change);
        Form {
            inner: Arc::new(Inner {
                name: inner.name.clone(),
                title,
                fields,
                checks,
                schema: inner.schema.clone(),
                validator: inner.validator.clone(),
            }),
        }
    }

    pub(crate) fn checks(&self) -> &[Check] {
        &self.inner.checks
    }

    pub(crate) fn validator(&self) -> &Validator {
        &self.inner.validator
    }
}

/// A problem with the sentence of its code.
pub(crate) fn problem(
    code: &'static str,
    pointer: &str,
    args: &[(&'static str, Text)],
) -> SchemaProblem {
    SchemaProblem {
        pointer: pointer.to_owned(),
        code,
        message: say(code, args),
    }
}

impl From<Malformed> for SchemaProblem {
    fn from(error: Malformed) -> Self {
        SchemaProblem {
            pointer: error.pointer,
            code: error.code,
            message: error.message,
        }
    }
}

fn build(name: &str, schema: Value) -> Result<Form, Vec<SchemaProblem>> {
    let mut reader = Reader::default();
    let Value::Object(root) = &schema else {
        return Err(vec![problem("schema.not_an_object", "", &[])]);
    };
    let fields = reader.root(root);
    if !reader.problems.is_empty() {
        return Err(reader.problems);
    }
    let validator = publish::validator(&schema).map_err(|problem| vec![problem])?;
    let inner = Inner {
        name: name.to_owned(),
        title: reader
            .words(root, "title", "x-title-en", "")
            .unwrap_or_default(),
        fields,
        checks: reader.checks,
        schema: publish::published(&schema),
        validator,
    };
    Ok(Form {
        inner: Arc::new(inner),
    })
}

/// What has been read so far, and what was wrong with it.
#[derive(Default)]
pub(super) struct Reader {
    problems: Vec<SchemaProblem>,
    checks: Vec<Check>,
    /// Field names from the root to the object being read.
    path: Vec<String>,
    fields: usize,
    choices: usize,
}

impl Reader {
    fn root(&mut self, root: &Map<String, Value>) -> Vec<Field> {
        if self.kind_name(root, "") != Some("object") {
            self.refuse("schema.root_type", "", vec![]);
            return Vec::new();
        }
        let dialect = "https://json-schema.org/draft/2020-12/schema";
        if root.get("$schema").is_some_and(|value| value != dialect) {
            self.refuse(
                "schema.dialect",
                "/$schema",
                vec![("known", dialect.into())],
            );
        }
        self.keywords(root, keywords::Place::Root, "");
        self.words(root, "title", "x-title-en", "");
        self.object(root, "")
    }

    fn refuse(&mut self, code: &'static str, at: &str, args: Args) {
        self.problems.push(problem(code, at, &args));
    }

    /// Notes a value of the wrong type; `wanted` is the key of the sentence part that names the right one.
    fn mistyped(&mut self, key: &str, wanted: &str, at: &str) {
        let args = vec![("name", key.into()), ("expected", say(wanted, &[]))];
        self.refuse("schema.value_type", &join(at, key), args);
    }

    fn text<'v>(&mut self, map: &'v Map<String, Value>, key: &str, at: &str) -> Option<&'v str> {
        let value = map.get(key)?;
        if value.as_str().is_none() {
            self.mistyped(key, "want.text", at);
        }
        value.as_str()
    }

    fn flag(&mut self, map: &Map<String, Value>, key: &str, at: &str) -> bool {
        let Some(value) = map.get(key) else {
            return false;
        };
        if value.as_bool().is_none() {
            self.mistyped(key, "want.boolean", at);
        }
        value.as_bool().unwrap_or(false)
    }

    fn count(&mut self, map: &Map<String, Value>, key: &str, at: &str) -> Option<usize> {
        let value = map.get(key)?;
        let count = value.as_u64().and_then(|count| usize::try_from(count).ok());
        if count.is_none() {
            self.mistyped(key, "want.count", at);
        }
        count
    }

    fn map<'v>(
        &mut self,
        map: &'v Map<String, Value>,
        key: &str,
        at: &str,
    ) -> Option<&'v Map<String, Value>> {
        let value = map.get(key)?;
        if value.as_object().is_none() {
            self.mistyped(key, "want.object", at);
        }
        value.as_object()
    }

    fn list<'v>(&mut self, map: &'v Map<String, Value>, key: &str, at: &str) -> &'v [Value] {
        match map.get(key) {
            None => &[],
            Some(Value::Array(items)) => items,
            Some(_) => {
                self.mistyped(key, "want.list", at);
                &[]
            }
        }
    }

    /// The strings of a list, each with its pointer.
    fn names<'v>(
        &mut self,
        map: &'v Map<String, Value>,
        key: &str,
        at: &str,
    ) -> Vec<(&'v str, String)> {
        let mut names = Vec::new();
        for (i, item) in self.list(map, key, at).iter().enumerate() {
            match item.as_str() {
                Some(name) => names.push((name, join(&join(at, key), &i.to_string()))),
                None => self.mistyped(&i.to_string(), "want.text", &join(at, key)),
            }
        }
        names
    }

    /// Chinese text under `zh` and its English under `en`.
    fn words(&mut self, map: &Map<String, Value>, zh: &str, en: &str, at: &str) -> Option<Text> {
        let english = self.text(map, en, at).unwrap_or_default().to_owned();
        let chinese = self.text(map, zh, at)?;
        Some(Text {
            zh: chinese.to_owned(),
            en: english,
        })
    }
}
