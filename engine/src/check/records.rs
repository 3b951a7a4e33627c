//! What a step leaves behind for those after it: the fields of its form, its answers, the list of its branches.

use super::flow::Facts;
use super::scope::{Scope, Shape, View, prefix, put};
use super::types;
use crate::expr::{self, Named, Type};
use crate::matter::{Kind, SequenceIx, Step, StepIx, Value};
use std::collections::BTreeSet;

impl Shape<'_> {
    /// What a step leaves behind.
    pub fn record(&self, at: StepIx, step: &Step, filled: bool) -> Type {
        let mut fields = types::done(matches!(step.kind, Kind::Task { .. }) && filled);
        let known = match &step.kind {
            Kind::Task { form, .. } | Kind::Wait { form, .. } | Kind::Call { form, .. } => {
                self.form_fields(form.as_ref().map(|f| f.value.as_str()), filled, &mut fields)
            }
            Kind::Handoff { form, returns, .. } => {
                put(&mut fields, "status", Named::maybe(Type::Text));
                for address in returns {
                    let (step, field) = address
                        .value
                        .rsplit_once('.')
                        .unwrap_or((&address.value, ""));
                    let mut named = self.field_of(step, field);
                    named.may_be_missing |= !filled;
                    fields.insert(field.to_owned(), named);
                }
                self.form_fields(form.as_ref().map(|f| f.value.as_str()), filled, &mut fields)
            }
            Kind::Subcase { matter, .. } => {
                put(&mut fields, "status", Named::maybe(types::status()));
                put(&mut fields, "reason", Named::maybe(Type::Text));
                match self.matters.get(&matter.value).map(|m| &m.results) {
                    Some(Some(results)) => {
                        fields.extend(later(results, filled));
                        true
                    }
                    _ => false,
                }
            }
            Kind::Decide { table, .. } => match self.tables.get(&table.value) {
                Some(table) => {
                    fields.extend(later(&table.outputs(), filled));
                    true
                }
                None => false,
            },
            Kind::Set(_) => {
                fields.extend(self.kept.get(&at).cloned().unwrap_or_default());
                true
            }
            Kind::Group { body, .. } => {
                self.group(*body, &format!("{}.", step.id.value), &mut fields);
                true
            }
            Kind::ForEach { body, list, .. } => {
                return self.entries(Some(self.item(at, list)), &[*body]);
            }
            Kind::Repeat { body, .. } => {
                return self.entries(Some(types::round()), &[*body]);
            }
            Kind::Parallel { branches, .. } => {
                let bodies: Vec<_> = branches.iter().map(|b| b.body).collect();
                return self.entries(None, &bodies);
            }
            Kind::Choice { .. } | Kind::Paper(_) | Kind::Notify(_) | Kind::End(_) => true,
        };
        if known {
            Type::Record(fields)
        } else {
            Type::Any
        }
    }

    /// The steps inside a group by their own names; none of them is sure from outside.
    fn group(&self, body: SequenceIx, prefix: &str, fields: &mut Scope) {
        let nothing = Facts::new();
        let view = View::new(Some(&nothing), prefix);
        for step in self
            .matter
            .sequence(body)
            .map(|s| &*s.steps)
            .unwrap_or_default()
        {
            self.name_step(*step, view, fields);
        }
    }

    /// The list a `for_each`, `repeat` or `parallel` step leaves behind.
    fn entries(&self, item: Option<Type>, bodies: &[SequenceIx]) -> Type {
        let mut fields = Scope::from([("key".to_owned(), Named::sure(Type::Text))]);
        let results: BTreeSet<String> = bodies
            .iter()
            .filter_map(|b| self.matter.sequence(*b))
            .flat_map(|s| s.gives.iter().map(|g| g.value.to_string()))
            .collect();
        let own = ["done", "skipped", "stopped", "missed", "open"];
        let results = own.map(str::to_owned).into_iter().chain(results).collect();
        put(&mut fields, "result", Named::sure(Type::OneOf(results)));
        if let Some(item) = item {
            put(&mut fields, "item", Named::sure(item));
        }
        // Nothing inside is sure: an item may have ended early.
        let nothing = Facts::new();
        let view = View::new(Some(&nothing), "");
        for body in bodies {
            let steps = self.matter.sequence(*body).map(|s| &*s.steps);
            for step in steps.unwrap_or_default() {
                self.name_step(*step, view, &mut fields);
            }
        }
        Type::List(Box::new(Type::Record(fields)))
    }

    /// The type of a list's items, as seen from its step.
    pub fn item(&self, at: StepIx, list: &Value) -> Type {
        let Value::Computed(formula) = list else {
            return Type::Any;
        };
        if !self.begun.borrow_mut().insert(at) {
            return Type::Any;
        }
        let source = &formula.source;
        let around = Around { shape: self, at };
        let compiled = expr::compile_optional(&source.value, source.span, &around, None);
        self.begun.borrow_mut().remove(&at);
        match compiled {
            Ok(expr) => match expr.ty() {
                Type::List(item) => (**item).clone(),
                _ => Type::Any,
            },
            Err(_) => Type::Any,
        }
    }

    fn field_of(&self, step: &str, field: &str) -> Named {
        let record = self
            .matter
            .find(step)
            .map(|(at, s)| self.record(at, s, true));
        match record {
            Some(Type::Record(fields)) => fields.get(field).cloned(),
            _ => None,
        }
        .unwrap_or(Named::sure(Type::Any))
    }

    /// Adds a form's fields; false where the form cannot be read.
    pub(super) fn form_fields(&self, form: Option<&str>, filled: bool, fields: &mut Scope) -> bool {
        let Some(name) = form else {
            return true;
        };
        let Some(form) = self.forms.get(name) else {
            return false;
        };
        fields.extend(later(&types::of_fields(form.fields()), filled));
        true
    }
}

/// Values that are there only once the step was done with its data.
fn later(fields: &Scope, filled: bool) -> Scope {
    let one = |(name, named): (&String, &Named)| {
        let may_be_missing = named.may_be_missing || !filled;
        let ty = named.ty.clone();
        (name.clone(), Named { ty, may_be_missing })
    };
    fields.iter().map(one).collect()
}

/// What is seen around a step, worked out name by name: its list may be made of another step's.
struct Around<'s, 'a> {
    shape: &'s Shape<'a>,
    at: StepIx,
}

impl expr::Names for Around<'_, '_> {
    fn type_of(&self, root: &str) -> Option<Named> {
        let step = self.shape.matter.step(self.at)?;
        let view = View {
            only: Some(root),
            ..View::new(None, prefix(&step.id))
        };
        let mut scope = Scope::new();
        self.shape
            .sequence(step.within, Some(self.at), view, &mut scope);
        self.shape.always(view, &mut scope);
        scope.remove(root)
    }

    fn names(&self) -> Vec<String> {
        Vec::new()
    }
}
