//! The whole way from what somebody filled in to a submission, or to one message per field.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jsonschema::ValidationError;
use jsonschema::error::ValidationErrorKind;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::field::{Field, Format, Kind, named};
use crate::fill::Fill;
use crate::flaw::{self, Flaw, number};
use crate::json::{self, Excess, join, measure};
use crate::luhn;
use crate::rules;
use crate::schema::Form;
use crate::text::{Text, say};

/// How deep an input may lie, how many values it may hold (G82), and how many errors are told at once.
const DEPTH: usize = 32;
const MEMBERS: usize = 10_000;
const ERRORS: usize = 200;

/// One thing wrong with one field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// JSON pointer into the input, such as `/rows/3/name`.
    pub pointer: String,
    /// Stable code, such as `required` or `id_number.checksum`.
    pub code: &'static str,
    /// How to put it right, without repeating personal values.
    pub message: Text,
}

/// What was filled in, checked and in its normal form. Only [`validate`] makes one.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Submission {
    value: Value,
    #[serde(skip)]
    warnings: Vec<FieldError>,
}

impl Submission {
    /// The values, in the order of the form.
    pub fn as_json(&self) -> &Value {
        &self.value
    }

    /// The values, in the order of the form.
    pub fn into_json(self) -> Value {
        self.value
    }

    /// What may be wrong and does not stop anybody: a bank card that fails its check digit, a fact that was sent.
    pub fn warnings(&self) -> &[FieldError] {
        &self.warnings
    }
}

impl FieldError {
    /// An error whose sentence may speak of the field by `{title}`.
    pub(crate) fn of(pointer: String, field: &Field, mut flaw: Flaw) -> Self {
        flaw.args.push(("title", field.title.clone()));
        Self::plain(pointer, flaw)
    }

    pub(crate) fn plain(pointer: String, flaw: Flaw) -> Self {
        Self {
            pointer,
            code: flaw.code,
            message: say(flaw.code, &flaw.args),
        }
    }
}

/// Checks `input` against the form on the day `today`. Dates, amounts, identifiers and texts come back in their
/// normal form; `null` stands for an empty form. All errors are told at once, in the order of the form.
pub fn validate(form: &Form, input: &Value, today: Date) -> Result<Submission, Vec<FieldError>> {
    let empty = Map::new();
    let input = match input {
        Value::Null => &empty,
        Value::Object(map) => {
            guard(input)?;
            map
        }
        _ => {
            return Err(vec![FieldError::plain(
                String::new(),
                Flaw::new("not_an_object", vec![]),
            )]);
        }
    };
    let mut fill = Fill::new(today);
    let map = fill.object(form.fields(), input, "");
    let mut leaves = Leaves {
        today,
        errors: fill.errors,
        warnings: fill.warnings,
    };
    leaves.object(form.fields(), &map, "");
    let value = Value::Object(map);
    let found = form.validator().iter_errors(&value).take(ERRORS);
    let mut errors = leaves.errors;
    errors.extend(found.filter_map(|error| in_words(form, &error)));
    if let Value::Object(map) = &value {
        errors.extend(rules::broken(form, map, today));
    }
    match errors.is_empty() {
        true => Ok(Submission {
            value,
            warnings: leaves.warnings,
        }),
        false => Err(tidy(form, errors)),
    }
}

/// Size is looked at before anything that calls itself sees the input.
fn guard(input: &Value) -> Result<(), Vec<FieldError>> {
    let (code, limit) = match measure(input, DEPTH, MEMBERS) {
        Ok(()) => return Ok(()),
        Err(Excess::Depth) => ("too_deep", DEPTH),
        Err(Excess::Members) => ("too_many_members", MEMBERS),
        Err(Excess::Text) => ("text_too_big", 64),
    };
    let flaw = Flaw::new(code, vec![("limit", number(limit))]);
    Err(vec![FieldError::plain(String::new(), flaw)])
}

/// Looks at every single value with the eyes of its kind.
struct Leaves {
    today: Date,
    errors: Vec<FieldError>,
    warnings: Vec<FieldError>,
}

impl Leaves {
    fn object(&mut self, fields: &[Field], object: &Map<String, Value>, at: &str) {
        for field in fields {
            if let Some(value) = object.get(&field.name) {
                self.value(field, value, object, &join(at, &field.name));
            }
        }
    }

    fn value(&mut self, field: &Field, value: &Value, beside: &Map<String, Value>, at: &str) {
        let flaw = match &field.format_unless {
            Some(test) if test.holds(|name| beside.get(name)) => value
                .as_str()
                .map_or_else(|| flaw::of(field, value), flaw::other_document),
            _ => flaw::on(field, value, self.today),
        };
        let flaw = flaw.or_else(|| rules::disagrees(field, value, beside, self.today));
        self.errors
            .extend(flaw.map(|flaw| FieldError::of(at.to_owned(), field, flaw)));
        match (&field.kind, value) {
            (Kind::Group(fields), Value::Object(inner)) => self.object(fields, inner, at),
            (Kind::Rows { fields, .. }, Value::Array(rows)) => {
                for (i, row) in rows.iter().enumerate() {
                    if let Value::Object(row) = row {
                        self.object(fields, row, &join(at, &i.to_string()));
                    }
                }
            }
            (Kind::Choices(_) | Kind::Texts, Value::Array(items)) => self.items(field, items, at),
            (Kind::Text { format, .. }, Value::String(card)) if *format == Format::BankCard => {
                let doubtful = (!luhn::passes(card)).then(|| Flaw::new("bank_card.luhn", vec![]));
                let said = doubtful.map(|flaw| FieldError::of(at.to_owned(), field, flaw));
                self.warnings.extend(said);
            }
            _ => {}
        }
    }

    fn items(&mut self, field: &Field, items: &[Value], at: &str) {
        for (i, item) in items.iter().enumerate() {
            let flaw = flaw::of_item(&field.kind, item);
            let here = join(at, &i.to_string());
            self.errors
                .extend(flaw.map(|flaw| FieldError::of(here, field, flaw)));
        }
    }
}

/// The validator's error in words for a clerk; nothing for what has been said better by kind.
fn in_words(form: &Form, error: &ValidationError) -> Option<FieldError> {
    let mut pointer = error.instance_path().as_str().to_owned();
    let count = number(size(error.instance()));
    let counted =
        |code, key, limit: &u64| Flaw::new(code, vec![(key, number(limit)), ("count", count)]);
    let flaw = match error.kind() {
        ValidationErrorKind::Required { property } => {
            pointer = join(&pointer, property.as_str()?);
            Flaw::new("required", vec![])
        }
        ValidationErrorKind::MinLength { limit } => counted("too_short", "min", limit),
        ValidationErrorKind::MaxLength { limit } => counted("too_long", "max", limit),
        ValidationErrorKind::MinItems { limit } => counted("rows.too_few", "min", limit),
        ValidationErrorKind::MaxItems { limit } => counted("rows.too_many", "max", limit),
        ValidationErrorKind::UniqueItems => Flaw::new("rows.duplicate", vec![]),
        ValidationErrorKind::Minimum { limit } => {
            Flaw::new("too_small", vec![("min", number(limit))])
        }
        ValidationErrorKind::Maximum { limit } => {
            Flaw::new("too_large", vec![("max", number(limit))])
        }
        ValidationErrorKind::Pattern { .. } => Flaw::new("pattern", vec![]),
        _ => Flaw::new("invalid", vec![]),
    };
    let field = form.field(&pointer)?;
    Some(FieldError::of(pointer, field, flaw))
}

/// Characters of a text, entries of a list.
fn size(value: &Value) -> usize {
    match value {
        Value::String(text) => text.chars().count(),
        Value::Array(items) => items.len(),
        _ => 0,
    }
}

/// One error per place, the first said; in the order of the form, unknown names last.
fn tidy(form: &Form, errors: Vec<FieldError>) -> Vec<FieldError> {
    let mut seen = BTreeSet::new();
    let mut ordered = BTreeMap::new();
    for (said, error) in errors.into_iter().enumerate() {
        if seen.insert(error.pointer.clone()) {
            ordered.insert((rank(form.fields(), &error.pointer), said), error);
        }
    }
    ordered.into_values().take(ERRORS).collect()
}

/// The place of a pointer in the form: position of each field, number of each row.
fn rank(fields: &[Field], pointer: &str) -> Vec<usize> {
    let mut fields = fields;
    let mut rank = Vec::new();
    for token in json::tokens(pointer) {
        let place = fields.iter().position(|field| field.name == token);
        match place {
            Some(place) => {
                rank.push(place);
                fields = named(fields, &token).map_or(&[], |field| field.kind.inner());
            }
            None => rank.push(token.parse().unwrap_or(usize::MAX)),
        }
    }
    rank
}
