//! Takes from the input what the form knows and shows, in the order of the form and in its normal form.
//!
//! Empty is `null`, a blank text, or an optional group with nothing in it: all of them are left out. Rows stay
//! even when there are none, for "none" is an answer there.

use jiff::civil::Date;
use serde_json::{Map, Value};

use crate::field::{Derive, Field, Kind, Part, named};
use crate::flaw::Flaw;
use crate::id_number;
use crate::json::join;
use crate::nearest::nearest;
use crate::normalise;
use crate::validate::FieldError;

/// What was taken, and what was said about it on the way.
pub(crate) struct Fill {
    today: Date,
    pub errors: Vec<FieldError>,
    pub warnings: Vec<FieldError>,
}

impl Fill {
    pub(crate) fn new(today: Date) -> Self {
        Self {
            today,
            errors: Vec::new(),
            warnings: Vec::new(),
        }
    }

    /// The fields of one object.
    pub(crate) fn object(
        &mut self,
        fields: &[Field],
        input: &Map<String, Value>,
        at: &str,
    ) -> Map<String, Value> {
        for name in input.keys().filter(|name| named(fields, name).is_none()) {
            self.unknown(fields, name, at);
        }
        let mut out = Map::new();
        for field in fields {
            let here = join(at, &field.name);
            let given = input.get(&field.name).filter(|value| !is_blank(value));
            if field.read_only {
                let said =
                    given.map(|_| FieldError::of(here, field, Flaw::new("read_only", vec![])));
                self.warnings.extend(said);
                continue;
            }
            if !is_shown(field, &out) {
                let said = given.map(|_| self.hidden(field, fields, here));
                self.errors.extend(said);
                continue;
            }
            let value = given.and_then(|given| self.value(field, given, &here));
            let value = value.or_else(|| self.derived(field, fields, input));
            if let Some(value) = value.or_else(|| field.default.clone()) {
                out.insert(field.name.clone(), value);
            }
        }
        out
    }

    fn value(&mut self, field: &Field, given: &Value, at: &str) -> Option<Value> {
        match (&field.kind, given) {
            (Kind::Group(fields), Value::Object(map)) => {
                let inner = self.object(fields, map, at);
                Some(Value::Object(inner))
            }
            (Kind::Rows { fields, .. }, Value::Array(rows)) => {
                let numbered = rows.iter().enumerate();
                let rows = numbered
                    .map(|(i, row)| self.row(field, fields, row, &join(at, &i.to_string())));
                Some(rows.collect())
            }
            _ => normalise::leaf(&field.kind, given),
        }
    }

    fn row(&mut self, rows: &Field, fields: &[Field], row: &Value, at: &str) -> Value {
        match row {
            Value::Object(map) => Value::Object(self.object(fields, map, at)),
            other => {
                let flaw = Flaw::new("type.group", vec![]);
                self.errors.push(FieldError::of(at.to_owned(), rows, flaw));
                other.clone()
            }
        }
    }

    /// What the ID number beside tells, when it is a good one.
    fn derived(
        &self,
        field: &Field,
        fields: &[Field],
        input: &Map<String, Value>,
    ) -> Option<Value> {
        let derive = field.derive.as_ref()?;
        let source = named(fields, &derive.from)?;
        let number = normalise::leaf(&source.kind, input.get(&derive.from)?)?;
        told(derive, &number, self.today)
    }

    fn unknown(&mut self, fields: &[Field], name: &str, at: &str) {
        let clear: String = normalise::line(name).chars().take(64).collect();
        let pointer = join(at, name);
        let names = fields.iter().map(|field| field.name.as_str());
        let named_so = fields
            .iter()
            .find(|field| field.title.zh == clear || field.title.en == clear);
        let near = named_so
            .map(|field| field.name.as_str())
            .or_else(|| nearest(name, names));
        let flaw = match near {
            Some(near) => Flaw::new(
                "unknown_field",
                vec![("name", clear.into()), ("near", near.into())],
            ),
            None => {
                let names: Vec<&str> = fields.iter().map(|f| f.name.as_str()).take(20).collect();
                let names = names.join(", ").into();
                Flaw::new(
                    "unknown_field",
                    vec![("name", clear.into()), ("near", names)],
                )
            }
        };
        self.errors.push(FieldError::plain(pointer, flaw));
    }

    /// The field is not asked for with what else was filled in; names the fields that decide it.
    fn hidden(&self, field: &Field, fields: &[Field], at: String) -> FieldError {
        let tests = field.show_if.iter().flat_map(|condition| &condition.tests);
        let mut deciding = crate::Text::default();
        let mut seen = Vec::new();
        for other in tests.filter_map(|test| named(fields, &test.field)) {
            if seen.contains(&&other.name) {
                continue;
            }
            let gap = if seen.is_empty() {
                ("", "")
            } else {
                ("、", ", ")
            };
            deciding.zh += &format!("{}“{}”", gap.0, other.title.zh);
            deciding.en += &format!("{}“{}”", gap.1, other.title.get(crate::Lang::En));
            seen.push(&other.name);
        }
        FieldError::of(
            at,
            field,
            Flaw::new("not_applicable", vec![("deciding", deciding)]),
        )
    }
}

/// The fact a good ID number tells.
pub(crate) fn told(derive: &Derive, number: &Value, today: Date) -> Option<Value> {
    let number = id_number::check(number.as_str()?, today);
    match derive.part {
        Part::BirthDate => number.birth_date.map(|day| day.to_string().into()),
        Part::Sex => number.sex.map(|sex| sex.as_str().into()),
    }
}

/// The fields that are asked for with what is typed, facts among them; and what the fields hold in their normal form.
pub(crate) fn asked<'f>(
    fields: &'f [Field],
    input: &Map<String, Value>,
    today: Date,
) -> (Vec<&'f Field>, Map<String, Value>) {
    let filled = Fill::new(today).object(fields, input, "");
    // A condition looks only at fields before its own, so the whole object gives the same answer as its beginning.
    let asked = fields.iter().filter(|field| is_shown(field, &filled));
    (asked.collect(), filled)
}

/// Whether the field must be filled, seen from the fields in their normal form.
pub(crate) fn is_required(field: &Field, filled: &Map<String, Value>) -> bool {
    let met = |condition: &crate::Condition| condition.is_met(|name| filled.get(name));
    field.required || field.required_if.iter().any(met)
}

/// Whether the field exists, seen from the fields before it.
fn is_shown(field: &Field, before: &Map<String, Value>) -> bool {
    let met = |condition: &crate::Condition| condition.is_met(|name| before.get(name));
    field.show_if.is_empty() || field.show_if.iter().any(met)
}

/// Nothing has been filled in.
fn is_blank(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Object(map) => map.values().all(is_blank),
        _ => false,
    }
}
