//! Which outcomes may be chosen, as the case stands and by what is handed in; what stands against one is told at its fields.

use super::decide::{Course, Fault};
use super::tasks::form_of;
use super::{FrameNo, Name, Rejection, Task};
use crate::matter::{Outcome, Step, Value};
use crate::picture::Picture;
use serde_json::Value as Json;
use std::collections::BTreeSet;

/// Engine outcomes that no person chooses.
const NOT_CHOSEN: [&str; 6] = ["overdue", "missed", "unmet", "refused", "failed", "else"];

impl<'a> Course<'a, '_> {
    /// The outcome chosen, if it is offered.
    pub(super) fn chosen(
        &self,
        task: &Task,
        step: &'a Step,
        name: &Name,
        data: &Json,
    ) -> Result<&'a Outcome, Rejection> {
        let offered = self.offered(task.frame, step, Some(data))?;
        let found = offered.iter().find(|o| o.name.value == *name).copied();
        found.ok_or_else(|| {
            let named = step.outcomes.iter().find(|o| o.name.value == *name);
            let unmet = named.map(|outcome| self.unmet(step, outcome));
            match unmet.filter(|errors| !errors.is_empty()) {
                Some(errors) => Rejection::Invalid(errors),
                None => Rejection::NoSuchOutcome {
                    outcome: name.to_string(),
                    offered: offered.iter().map(|o| o.name.value.clone()).collect(),
                },
            }
        })
    }

    /// Whether what is handed in bears out an outcome whose condition asks for it.
    pub(super) fn bears_out(
        &self,
        task: &Task,
        step: &Step,
        outcome: &Outcome,
        content: &Json,
    ) -> Result<(), Rejection> {
        match outcome.asks_of(step)
            && !self.is_borne_out(task.frame, step, outcome, Some(content))?
        {
            true => Err(Rejection::Invalid(self.unmet(step, outcome))),
            false => Ok(()),
        }
    }

    /// What must hold for an outcome that is not to be had, at each field of the form that its condition reads: those by the name of
    /// the step, and the one where missing materials are ticked.
    fn unmet(&self, step: &Step, outcome: &Outcome) -> Vec<forms::FieldError> {
        let form = form_of(step).and_then(|form| self.matter.form(form));
        let (Some(test @ Value::Computed(formula)), Some(form)) = (&outcome.only_if, form) else {
            return Vec::new();
        };
        let own = step.short();
        let mut paths = formula.paths();
        let read = paths
            .by_ref()
            .filter_map(|path| match path.split_once('.') {
                Some(("materials", _)) => Some("missing"),
                Some((root, rest)) if root == own => rest.split('.').next(),
                _ => None,
            });
        let read: BTreeSet<&str> = read.filter(|name| form.field(name).is_some()).collect();
        let message = crate::text::in_both("reject.offered_if", |lang| {
            let picture = Picture::alone(self.matter, lang);
            vec![
                ("outcome", picture.outcome_title(outcome)),
                ("test", picture.test(test)),
            ]
        });
        let at = |name: &str| forms::FieldError {
            pointer: format!("/{name}"),
            code: "outcome.unmet",
            message: message.clone(),
        };
        read.into_iter().map(at).collect()
    }

    /// Whether the condition of an outcome holds.
    fn is_borne_out(
        &self,
        frame: FrameNo,
        step: &Step,
        outcome: &Outcome,
        data: Option<&Json>,
    ) -> Result<bool, Fault> {
        let Some(Value::Computed(formula)) = &outcome.only_if else {
            return Ok(true);
        };
        let scope = self.scope(frame, &step.id, data);
        let value = super::decide::run(&scope, formula, &mut crate::expr::Fuel::default())?;
        Ok(value == crate::expr::Value::Bool(true))
    }

    /// The outcomes a person may choose as the case stands; whether what he hands in bears one out is asked when he does.
    pub(super) fn offered(
        &self,
        frame: FrameNo,
        step: &'a Step,
        data: Option<&Json>,
    ) -> Result<Vec<&'a Outcome>, Fault> {
        let mut out = Vec::new();
        for outcome in step
            .outcomes
            .iter()
            .filter(|o| !NOT_CHOSEN.contains(&&**o.name))
        {
            if outcome.asks_of(step) || self.is_borne_out(frame, step, outcome, data)? {
                out.push(outcome);
            }
        }
        Ok(out)
    }
}
