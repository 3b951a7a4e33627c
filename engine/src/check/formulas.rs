//! Every formula of a matter, compiled in the scope of its place with the type its place wants.

use super::flow::{Fact, Facts, Flow};
use super::scope::{Scope, Shape};
use crate::diagnostic::Diagnostic;
use crate::expr::{self, Type};
use crate::matter::{
    Certifies, EventDef, EventIx, Formula, Join, Kind, LimitValue, Limits, Materials, Matter,
    Needs, Outcome, Owner, Party, Pauses, Reason, Step, StepIx, Trigger, Value, WaitOn, With,
};

/// Compiles the formulas of `matter`, a copy of the one `shape` speaks of; gives what is wrong with them.
pub(crate) fn compile(matter: &mut Matter, shape: &Shape, flow: &Flow) -> Vec<Diagnostic> {
    let mut compiler = Compiler {
        shape,
        flow,
        found: Vec::new(),
    };
    compiler.matter(matter);
    for step in (0..).map(StepIx).take(matter.steps.len()) {
        if let Some(slot) = matter.steps.get_mut(step.0 as usize) {
            compiler.step(step, slot);
        }
    }
    for event in (0..).map(EventIx).take(matter.event_defs.len()) {
        if let Some(slot) = matter.event_defs.get_mut(event.0 as usize) {
            compiler.event(event, slot);
        }
    }
    compiler.found
}

/// What a formula may give.
#[derive(Clone, Copy)]
enum Want<'t> {
    /// This type.
    Type(&'t Type),
    /// Anything.
    Any,
    /// Anything, also nothing.
    Optional,
    /// This type, or nothing.
    Maybe(&'t Type),
}

struct Compiler<'a> {
    shape: &'a Shape<'a>,
    flow: &'a Flow,
    found: Vec<Diagnostic>,
}

impl Compiler<'_> {
    fn matter(&mut self, matter: &mut Matter) {
        let start = self.shape.at_start();
        self.optional_value(&mut matter.unique, &start, Want::Any);
        if let Materials::Own(materials) = &mut matter.materials {
            for material in materials {
                self.optional_value(&mut material.needed, &start, Want::Type(&Type::Bool));
                self.limit(&mut material.promise, &start);
            }
        }
        if let Some(certifies) = &mut matter.certifies {
            self.certifies(certifies);
        }
        let none = Facts::new();
        let whole = self.shape.at_case(Some(&none));
        self.parties(&mut matter.parties, &whole);
        self.limits(&mut matter.limits, &start);
        let end = self.shape.at_case(self.flow.completed.as_ref());
        for (_, value) in &mut matter.results {
            self.value(value, &end, Want::Optional);
        }
    }

    /// What a certificate says is known once the step is open that it is in force with.
    fn certifies(&mut self, certifies: &mut Certifies) {
        let Some((at, _)) = self.shape.matter.find(&certifies.in_force.value) else {
            return;
        };
        let before = self.flow.before.get(at.0 as usize).and_then(Option::as_ref);
        let scope = self.shape.at_step(at, before);
        let text = Want::Type(&Type::Text);
        for value in [
            &mut certifies.kind,
            &mut certifies.number,
            &mut certifies.of,
            &mut certifies.from,
        ] {
            self.value(value, &scope, text);
        }
        self.value(&mut certifies.until, &scope, Want::Type(&Type::Date));
        self.optional_value(&mut certifies.extent, &scope, Want::Maybe(&Type::Text));
    }

    fn step(&mut self, at: StepIx, step: &mut Step) {
        if self.orphan(step) {
            return;
        }
        let before = self.flow.before.get(at.0 as usize).and_then(Option::as_ref);
        let scope = self.shape.at_step(at, before);
        self.optional_value(&mut step.only_if, &scope, Want::Type(&Type::Bool));
        self.needs(&mut step.needs, &scope);
        self.limit(&mut step.limit, &scope);
        let open = self.shape.while_open(at, before);
        self.pauses(&mut step.pauses, &open);
        // What happens with an outcome sees the step itself as done.
        let mut done = before.cloned();
        if let Some(done) = &mut done {
            done.insert(Fact::Done(at));
        }
        let running = self.shape.at_step(at, done.as_ref());
        let inside = self.shape.inside(at, before);
        self.parties(&mut step.parties, &inside);
        self.limits(&mut step.limits, &inside);
        self.kind(at, step, &scope, &running);
        let typed: Vec<_> = step
            .outcomes
            .iter()
            .map(|o| self.shape.typed(step, o))
            .collect();
        for (outcome, typed) in step.outcomes.iter_mut().zip(typed) {
            let mut seen = scope.clone();
            seen.extend(typed);
            self.outcome(outcome, &seen, &running);
        }
    }

    /// What is around the step could not be read, so nobody knows what it sees.
    fn orphan(&self, step: &Step) -> bool {
        let matter = self.shape.matter;
        let owner = matter.sequence(step.within).map(|s| &s.owner);
        match owner {
            Some(Owner::Step(around) | Owner::Branch(around, _)) => matter
                .step(*around)
                .is_none_or(|s| matches!(s.kind, Kind::Set(_))),
            _ => false,
        }
    }

    fn kind(&mut self, at: StepIx, step: &mut Step, scope: &Scope, running: &Scope) {
        match &mut step.kind {
            Kind::Handoff { receive, .. } => self.limit(receive, scope),
            Kind::Subcase { matter, with } => {
                let matter = matter.value.clone();
                self.with(&matter, with, scope);
            }
            Kind::Wait { on, .. } => match on {
                WaitOn::Message { key, .. } => self.value(key, scope, Want::Any),
                WaitOn::Until(until) => self.value(until, scope, Want::Any),
                WaitOn::For(limit) => self.limit_value(limit, scope),
            },
            Kind::Call { send, .. } => {
                for (_, value) in send {
                    self.value(value, scope, Want::Any);
                }
            }
            Kind::Decide { table, input } => {
                let table = self.shape.tables.get(&table.value);
                for (name, value) in input {
                    match table.and_then(|t| t.inputs().get(&*name.value)) {
                        Some(named) if named.may_be_missing => {
                            self.value(value, scope, Want::Maybe(&named.ty));
                        }
                        Some(named) => self.value(value, scope, Want::Type(&named.ty)),
                        None => self.value(value, scope, Want::Any),
                    }
                }
            }
            Kind::Choice { conditions } => {
                for condition in conditions {
                    self.optional_value(condition, scope, Want::Type(&Type::Bool));
                }
            }
            Kind::Parallel { branches, join, .. } => {
                for branch in branches {
                    self.optional_value(&mut branch.only_if, scope, Want::Type(&Type::Bool));
                    self.needs(&mut branch.needs, scope);
                }
                self.join(join, running);
            }
            Kind::ForEach {
                list,
                alias,
                key,
                join,
                ..
            } => {
                let item = self.shape.item(at, list);
                self.value(list, scope, Want::Type(&Type::List(Box::new(Type::Any))));
                let mut within = scope.clone();
                within.insert(alias.value.to_string(), expr::Named::sure(item));
                self.value(key, &within, Want::Type(&Type::Text));
                self.join(join, running);
            }
            Kind::Repeat { rounds, .. } => {
                self.optional_value(&mut rounds.from, scope, Want::Type(&Type::Date));
                self.optional_value(&mut rounds.day, scope, Want::Type(&Type::Integer));
                self.optional_value(&mut rounds.times, scope, Want::Type(&Type::Number));
                let mut within = running.clone();
                let round = expr::Named::sure(super::types::round());
                within.insert(crate::matter::ROUND.to_owned(), round);
                self.optional_value(&mut rounds.only_while, &within, Want::Type(&Type::Bool));
            }
            Kind::Group { takes, alone, .. } => {
                self.optional_value(alone, scope, Want::Type(&Type::Text));
                for (_, value) in takes {
                    self.value(value, scope, Want::Any);
                }
            }
            Kind::Set(fields) => {
                for (_, value) in fields {
                    self.value(value, scope, Want::Any);
                }
            }
            Kind::End(end) => self.reason(&mut end.reason, scope),
            Kind::Task { .. } | Kind::Paper(_) | Kind::Notify(_) => {}
        }
    }

    fn with(&mut self, matter: &str, with: &mut With, scope: &Scope) {
        let With::Fields(fields) = with else {
            return;
        };
        let signature = self.shape.matters.get(matter);
        let form = signature.and_then(|s| s.form.as_ref());
        let types = form.map(|f| super::types::of_fields(f.fields()));
        for (name, value) in fields {
            let ty = match (&*name.value, &types) {
                ("applicant", _) => Some(expr::Named::sure(self.shape.applicant.clone())),
                (name, Some(types)) => types.get(name).cloned(),
                _ => None,
            };
            match ty {
                Some(named) if named.may_be_missing => {
                    self.value(value, scope, Want::Maybe(&named.ty));
                }
                Some(named) => self.value(value, scope, Want::Type(&named.ty)),
                None => self.value(value, scope, Want::Any),
            }
        }
    }

    fn event(&mut self, at: EventIx, event: &mut EventDef) {
        let facts = self.flow.event.get(at.0 as usize).and_then(Option::as_ref);
        let before = self.shape.at_event(at, facts, false);
        let fired = self.shape.at_event(at, facts, true);
        self.optional_value(&mut event.only_if, &before, Want::Type(&Type::Bool));
        if let Trigger::Message { key: Some(key), .. } = &mut event.trigger {
            self.value(key, &before, Want::Any);
        }
        self.pauses(&mut event.pauses, &fired);
        self.reason(&mut event.reason, &fired);
        if let Some(outcome) = &mut event.outcome {
            self.outcome(outcome, &before, &fired);
        }
    }

    fn outcome(&mut self, outcome: &mut Outcome, before: &Scope, after: &Scope) {
        self.optional_value(&mut outcome.only_if, before, Want::Type(&Type::Bool));
        self.reason(&mut outcome.reason, after);
        for (_, value) in &mut outcome.marks {
            self.optional_value(value, after, Want::Type(&Type::Instant));
        }
        for (_, least) in &mut outcome.leaves {
            self.limit_value(least, after);
        }
    }

    fn reason(&mut self, reason: &mut Reason, scope: &Scope) {
        if let Reason::Computed(value) = reason {
            self.value(value, scope, Want::Type(&Type::Text));
        }
    }

    fn parties(&mut self, parties: &mut [Party], scope: &Scope) {
        for party in parties {
            self.value(&mut party.city, scope, Want::Type(&Type::Text));
        }
    }

    fn limits(&mut self, limits: &mut [Limits], scope: &Scope) {
        for limit in limits {
            self.limit_value(&mut limit.limit, scope);
            if let Some(extend) = &mut limit.extend {
                self.limit_value(&mut extend.add, scope);
            }
        }
    }

    fn limit(&mut self, limit: &mut Option<LimitValue>, scope: &Scope) {
        if let Some(limit) = limit {
            self.limit_value(limit, scope);
        }
    }

    /// A limit is computed as a text like `5wd`, or as a length of days.
    fn limit_value(&mut self, limit: &mut LimitValue, scope: &Scope) {
        if let LimitValue::Computed(formula) = limit {
            self.formula(formula, scope, Want::Any);
            let wrong = formula.expr.as_ref().filter(|e| {
                !matches!(
                    e.ty(),
                    Type::Text | Type::OneOf(_) | Type::Duration | Type::Any
                )
            });
            if wrong.is_some() {
                let found = Diagnostic::new("E0501", formula.source.span);
                self.found
                    .push(found.with("name", formula.source.value.as_str()));
            }
        }
    }

    fn pauses(&mut self, pauses: &mut Option<Pauses>, scope: &Scope) {
        if let Some(pauses) = pauses {
            self.optional_value(&mut pauses.only_if, scope, Want::Type(&Type::Bool));
            self.limit(&mut pauses.max, scope);
        }
    }

    fn needs(&mut self, needs: &mut Option<Needs>, scope: &Scope) {
        if let Some(Needs::Condition(value)) = needs {
            self.value(value, scope, Want::Type(&Type::Bool));
        }
    }

    fn join(&mut self, join: &mut Join, scope: &Scope) {
        if let Join::Condition(value) = join {
            self.value(value, scope, Want::Type(&Type::Bool));
        }
    }

    fn optional_value(&mut self, value: &mut Option<Value>, scope: &Scope, want: Want) {
        if let Some(value) = value {
            self.value(value, scope, want);
        }
    }

    fn value(&mut self, value: &mut Value, scope: &Scope, want: Want) {
        match value {
            Value::Computed(formula) => self.formula(formula, scope, want),
            Value::Plain(_) => {}
            Value::List(items) => {
                let item = match want {
                    Want::Type(Type::List(item)) | Want::Maybe(Type::List(item)) => Some(&**item),
                    _ => None,
                };
                for value in items {
                    self.value(value, scope, item.map_or(Want::Any, Want::Type));
                }
            }
        }
    }

    fn formula(&mut self, formula: &mut Formula, scope: &Scope, want: Want) {
        let source = &formula.source;
        let compiled = match want {
            Want::Type(ty) => expr::compile(&source.value, source.span, scope, Some(ty)),
            Want::Any => expr::compile(&source.value, source.span, scope, None),
            Want::Optional => expr::compile_optional(&source.value, source.span, scope, None),
            Want::Maybe(ty) => expr::compile_optional(&source.value, source.span, scope, Some(ty)),
        };
        match compiled {
            Ok(expr) => formula.expr = Some(expr),
            Err(found) => self.found.extend(found),
        }
    }
}

/// The values `set` steps keep, worked out in reading order.
pub(crate) fn kept(shape: &mut Shape) {
    let keepers: Vec<StepIx> = super::scope::keepers(shape.matter).map(|k| k.0).collect();
    for at in keepers {
        let scope = shape.at_step(at, None);
        let Some(Kind::Set(fields)) = shape.matter.step(at).map(|s| &s.kind) else {
            continue;
        };
        let one = |(name, value): &(crate::source::Spanned<crate::matter::Name>, Value)| {
            let ty = match value {
                Value::Computed(formula) => {
                    let source = &formula.source;
                    let expr =
                        expr::compile_optional(&source.value, source.span, &scope, None).ok()?;
                    expr.ty().clone()
                }
                Value::Plain(_) => Type::Text,
                Value::List(_) => Type::List(Box::new(Type::Text)),
            };
            Some((name.value.to_string(), expr::Named::sure(ty)))
        };
        let kept: Scope = fields.iter().filter_map(one).collect();
        shape.kept.insert(at, kept);
    }
}

/// The results of a matter with their types: sure where every completed end has them.
pub(crate) fn results(shape: &Shape, flow: &Flow) -> Scope {
    let end = shape.at_case(flow.completed.as_ref());
    let mut out = Scope::new();
    for (name, value) in &shape.matter.results {
        let named = match value {
            Value::Computed(formula) => {
                let source = &formula.source;
                match expr::compile_optional(&source.value, source.span, &end, None) {
                    Ok(expr) => expr::Named {
                        ty: expr.ty().clone(),
                        may_be_missing: expr.may_be_missing(),
                    },
                    Err(_) => expr::Named::maybe(Type::Any),
                }
            }
            Value::Plain(_) => expr::Named::sure(Type::Text),
            Value::List(_) => expr::Named::sure(Type::List(Box::new(Type::Text))),
        };
        out.insert(name.value.to_string(), named);
    }
    out
}
