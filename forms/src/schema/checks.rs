//! Reads `x-checks`: rules across the fields of one object.
//!
//! `{ "kind": "not_after", "fields": ["from_month", "to_month"], "message": { "zh": …, "en": … } }`. Fields are
//! named from the object, through groups with a dot. `sum_equals` (with `value`), `unique_by` and `no_overlap`
//! (with `unless`, a yes-or-no column) name rows first, then columns.

use rust_decimal::Decimal;
use serde_json::{Map, Value};

use super::Reader;
use super::keywords::Place;
use crate::field::{Check, Field, Format, Kind, RULES, Rule, named};
use crate::json::join;
use crate::nearest::nearest;
use crate::text::Text;

impl Reader {
    pub(super) fn read_checks(&mut self, map: &Map<String, Value>, fields: &[Field], at: &str) {
        for (i, entry) in self.list(map, "x-checks", at).iter().enumerate() {
            let here = join(&join(at, "x-checks"), &i.to_string());
            let Some(entry) = entry.as_object() else {
                self.refuse("schema.not_an_object", &here, vec![]);
                continue;
            };
            self.keywords(entry, Place::Check, &here);
            if let Some(check) = self.check(entry, fields, &here) {
                self.checks.push(check);
            }
        }
    }

    fn check(&mut self, entry: &Map<String, Value>, fields: &[Field], at: &str) -> Option<Check> {
        let rule = self.rule(entry, at)?;
        let names = self.names(entry, "fields", at);
        let found = self.resolve(&rule, &names, fields)?;
        if !fits(&rule, &found) {
            let kind = self.text(entry, "kind", at).unwrap_or_default().into();
            self.refuse(
                "schema.check_fields",
                &join(at, "fields"),
                vec![("name", kind)],
            );
            return None;
        }
        Some(Check {
            at: self.path.clone(),
            rule,
            fields: names.iter().map(|(name, _)| path(name)).collect(),
            message: self.message(entry, at),
        })
    }

    /// The fields of these names; rules about rows name the rows first, then their columns.
    fn resolve<'f>(
        &mut self,
        rule: &Rule,
        names: &[(&str, String)],
        fields: &'f [Field],
    ) -> Option<Vec<&'f Field>> {
        let mut found: Vec<&Field> = Vec::new();
        for (name, here) in names {
            let scope = match found.first() {
                Some(rows) if about_rows(rule) => rows.kind.inner(),
                _ => fields,
            };
            match find(scope, name) {
                Some(field) => found.push(field),
                None => self.unknown_name("schema.check_field", name, scope, here),
            }
        }
        (found.len() == names.len()).then_some(found)
    }

    fn rule(&mut self, entry: &Map<String, Value>, at: &str) -> Option<Rule> {
        let name = self.text(entry, "kind", at).unwrap_or_default();
        let rule = match name {
            "equal" => Rule::Equal,
            "not_equal" => Rule::NotEqual,
            "before" => Rule::Before,
            "not_after" => Rule::NotAfter,
            "not_before" => Rule::NotBefore,
            "not_in_future" => Rule::NotInFuture,
            "agrees_with_id_number" => Rule::AgreesWithIdNumber,
            "sum_equals" => Rule::SumEquals(self.sum(entry, at)?),
            "unique_by" => Rule::UniqueBy,
            "no_overlap" => Rule::NoOverlap {
                unless: self.text(entry, "unless", at).map(str::to_owned),
            },
            other => {
                let near = nearest(other, RULES).map_or_else(|| RULES.join(", "), str::to_owned);
                let args = vec![("name", other.into()), ("near", near.into())];
                self.refuse("schema.check_kind", &join(at, "kind"), args);
                return None;
            }
        };
        for (key, right) in [("value", "sum_equals"), ("unless", "no_overlap")] {
            if entry.contains_key(key) && name != right {
                let args = vec![("name", key.into()), ("near", right.into())];
                self.refuse("schema.check_extra", &join(at, key), args);
            }
        }
        Some(rule)
    }

    fn sum(&mut self, entry: &Map<String, Value>, at: &str) -> Option<Decimal> {
        let text = match entry.get("value") {
            Some(Value::Number(number)) => number.to_string(),
            Some(Value::String(text)) => text.clone(),
            _ => String::new(),
        };
        let value = text.parse().ok();
        if value.is_none() {
            self.mistyped("value", "want.number", at);
        }
        value
    }

    fn message(&mut self, entry: &Map<String, Value>, at: &str) -> Option<Text> {
        let written = entry.get("message")?;
        let message = serde_json::from_value(written.clone()).ok();
        if message.is_none() {
            self.mistyped("message", "want.words", at);
        }
        message
    }
}

fn path(name: &str) -> Vec<String> {
    name.split('.').map(str::to_owned).collect()
}

/// A field by its path through groups.
fn find<'f>(fields: &'f [Field], name: &str) -> Option<&'f Field> {
    match name.split_once('.') {
        None => named(fields, name),
        Some((group, rest)) => match &named(fields, group)?.kind {
            Kind::Group(inner) => find(inner, rest),
            _ => None,
        },
    }
}

fn about_rows(rule: &Rule) -> bool {
    matches!(
        rule,
        Rule::SumEquals(_) | Rule::UniqueBy | Rule::NoOverlap { .. }
    )
}

/// Whether the rule can look at these fields.
fn fits(rule: &Rule, found: &[&Field]) -> bool {
    let kinds: Vec<&Kind> = found.iter().map(|field| &field.kind).collect();
    match (rule, kinds.as_slice()) {
        (Rule::Equal | Rule::NotEqual, [a, b]) => same(a, b) && a.inner().is_empty(),
        (Rule::Before | Rule::NotAfter | Rule::NotBefore, [a, b]) => same(a, b) && has_order(a),
        (Rule::NotInFuture, [Kind::Date | Kind::Month]) => true,
        (Rule::AgreesWithIdNumber, [id, _, ..]) => is_id(id) && kinds.iter().skip(1).all(tells),
        (Rule::SumEquals(_), [Kind::Rows { .. }, column]) => is_sum(column),
        (Rule::UniqueBy, [Kind::Rows { .. }, _, ..]) => {
            kinds.iter().skip(1).all(|column| column.inner().is_empty())
        }
        (Rule::NoOverlap { unless }, [rows @ Kind::Rows { .. }, from, to]) => {
            let flag = unless.as_ref().map(|name| named(rows.inner(), name));
            let good = flag.is_none_or(|flag| flag.is_some_and(|flag| flag.kind == Kind::Boolean));
            good && same(from, to) && has_order(from)
        }
        _ => false,
    }
}

fn is_sum(kind: &Kind) -> bool {
    matches!(kind, Kind::Integer { .. } | Kind::Amount { .. })
}

fn same(a: &Kind, b: &Kind) -> bool {
    std::mem::discriminant(a) == std::mem::discriminant(b)
}

fn has_order(kind: &Kind) -> bool {
    matches!(
        kind,
        Kind::Date | Kind::Month | Kind::Integer { .. } | Kind::Amount { .. }
    )
}

fn is_id(kind: &Kind) -> bool {
    let id = Format::IdNumber;
    matches!(kind, Kind::Text { format, .. } if *format == id)
}

/// A date of birth or a sex.
fn tells(kind: &&Kind) -> bool {
    matches!(kind, Kind::Date | Kind::Choice(_))
}
