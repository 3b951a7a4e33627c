//! Little changes of a matter that some scenario should notice: a pause dropped, two outcomes swapped, a limit lengthened, a paper, a
//! mark or a notice forgotten, a condition turned round. A change nobody notices is a promise nobody tests.

use crate::clock::Limit;
use crate::matter::{Kind, LimitValue, Matter, Outcome, Revision, Value};
use crate::source::Span;

/// A matter with one little change.
#[derive(Clone, Debug)]
pub struct Mutant {
    /// Where it was changed.
    pub span: Span,
    /// The catalogue key of what was changed.
    pub what: &'static str,
    /// The name of what was changed.
    pub name: String,
    /// The changed matter.
    pub matter: Revision,
}

/// How a matter is changed.
type Change = Box<dyn Fn(&mut Matter)>;

/// Every little change of a matter, in reading order; where overlays hold, the same line is changed alike.
pub fn mutants(matter: &Revision) -> Vec<Mutant> {
    let mut all = of_one(matter);
    for (hash, here) in matter.overlaid() {
        for local in of_one(here) {
            let same = |m: &&mut Mutant| {
                m.span == local.span && m.what == local.what && m.name == local.name
            };
            match all.iter_mut().find(same) {
                Some(mutant) => mutant.matter.replace(hash, local.matter),
                None => {
                    let mut whole = matter.clone();
                    whole.replace(hash, local.matter);
                    all.push(Mutant {
                        matter: whole,
                        ..local
                    });
                }
            }
        }
    }
    all
}

fn of_one(matter: &Revision) -> Vec<Mutant> {
    let mut list = List {
        matter,
        changes: Vec::new(),
    };
    list.limits();
    for step in 0..matter.matter.steps.len() {
        list.step(step);
    }
    for event in 0..matter.event_defs.len() {
        list.event(event);
    }
    list.changes
}

struct List<'m> {
    matter: &'m Revision,
    changes: Vec<Mutant>,
}

impl List<'_> {
    fn add(&mut self, span: Span, what: &'static str, name: &str, change: Change) {
        let mut matter = self.matter.clone();
        change(&mut matter.matter);
        self.changes.push(Mutant {
            span,
            what,
            name: name.to_owned(),
            matter,
        });
    }

    fn limits(&mut self) {
        for (n, limit) in self.matter.limits.iter().enumerate() {
            let change = move |m: &mut Matter| {
                if let Some(limit) = m.limits.get_mut(n) {
                    lengthen(&mut limit.limit);
                }
            };
            self.add(
                limit.name.span,
                "mutate.limit",
                &limit.name,
                Box::new(change),
            );
        }
    }

    fn step(&mut self, at: usize) {
        let Some(step) = self.matter.matter.steps.get(at) else {
            return;
        };
        let (span, id) = (step.id.span, step.id.value.clone());
        let on = move |change: fn(&mut crate::matter::Step)| -> Change {
            Box::new(move |m| {
                if let Some(step) = m.steps.get_mut(at) {
                    change(step);
                }
            })
        };
        if step.pauses.is_some() {
            self.add(span, "mutate.pause", &id, on(|s| s.pauses = None));
        }
        if step.limit.is_some() {
            self.add(
                span,
                "mutate.limit",
                &id,
                on(|s| s.limit.iter_mut().for_each(lengthen)),
            );
        }
        if step.needs.is_some() {
            self.add(span, "mutate.needs", &id, on(|s| s.needs = None));
        }
        if step.only_if.is_some() {
            self.add(
                span,
                "mutate.condition",
                &id,
                on(|s| s.only_if.iter_mut().for_each(turn)),
            );
        }
        if step.status.is_some() {
            self.add(span, "mutate.status", &id, on(|s| s.status = None));
        }
        for limit in 0..step.limits.len() {
            let change: Change = Box::new(move |m| {
                if let Some(limit) = m.steps.get_mut(at).and_then(|s| s.limits.get_mut(limit)) {
                    lengthen(&mut limit.limit);
                }
            });
            let name = step
                .limits
                .get(limit)
                .map_or_else(|| id.to_string(), |l| l.name.to_string());
            self.add(span, "mutate.limit", &name, change);
        }
        if let Kind::Choice { conditions } = &step.kind {
            for row in
                (0..conditions.len()).filter(|n| conditions.get(*n).is_some_and(Option::is_some))
            {
                let change: Change = Box::new(move |m| {
                    if let Some(Kind::Choice { conditions }) =
                        m.steps.get_mut(at).map(|s| &mut s.kind)
                    {
                        conditions.get_mut(row).into_iter().flatten().for_each(turn);
                    }
                });
                let span = step.outcomes.get(row).map_or(span, |o| o.name.span);
                self.add(span, "mutate.condition", &id, change);
            }
        }
        self.rounds(at);
        self.ways(at);
        for n in 0..step.outcomes.len() {
            self.outcome(at, n);
        }
    }

    /// Rounds half as often, only one of them, and their condition turned round.
    fn rounds(&mut self, at: usize) {
        let Some(step) = self.matter.matter.steps.get(at) else {
            return;
        };
        let Kind::Repeat { rounds, .. } = &step.kind else {
            return;
        };
        let (span, id) = (step.id.span, step.id.value.clone());
        let on = move |change: fn(&mut crate::matter::Rounds)| -> Change {
            Box::new(move |m| {
                if let Some(Kind::Repeat { rounds, .. }) = m.steps.get_mut(at).map(|s| &mut s.kind)
                {
                    change(rounds);
                }
            })
        };
        let (timed, only_while) = (rounds.times.is_some(), rounds.only_while.is_some());
        let later = on(|r| r.every.value.count = r.every.value.count.saturating_mul(2));
        self.add(span, "mutate.every", &id, later);
        if timed {
            let once = |r: &mut crate::matter::Rounds| {
                let span = r.every.span;
                r.times = Some(Value::Plain(crate::source::Spanned::new("1".into(), span)));
            };
            self.add(span, "mutate.times", &id, on(once));
        }
        if only_while {
            let turned = on(|r| r.only_while.iter_mut().for_each(turn));
            self.add(span, "mutate.condition", &id, turned);
        }
    }

    /// Swaps the way of each outcome with that of its neighbour, where they differ.
    fn ways(&mut self, at: usize) {
        let Some(step) = self.matter.matter.steps.get(at) else {
            return;
        };
        for (n, pair) in step.outcomes.windows(2).enumerate() {
            let [one, other] = pair else { continue };
            if one.way == other.way {
                continue;
            }
            let change: Change = Box::new(move |m| {
                if let Some([one, other]) = m
                    .steps
                    .get_mut(at)
                    .and_then(|s| s.outcomes.get_mut(n..n + 2))
                {
                    std::mem::swap(&mut one.way, &mut other.way);
                }
            });
            let name = format!(
                "{}: {} ↔ {}",
                step.id.value, one.name.value, other.name.value
            );
            self.add(one.name.span, "mutate.ways", &name, change);
        }
    }

    fn outcome(&mut self, at: usize, n: usize) {
        let Some((step, outcome)) = self
            .matter
            .matter
            .steps
            .get(at)
            .and_then(|s| Some((s, s.outcomes.get(n)?)))
        else {
            return;
        };
        let name = format!("{}.{}", step.id.value, outcome.name.value);
        let on = move |change: fn(&mut Outcome)| -> Change {
            Box::new(move |m| {
                if let Some(outcome) = m.steps.get_mut(at).and_then(|s| s.outcomes.get_mut(n)) {
                    change(outcome);
                }
            })
        };
        let span = outcome.name.span;
        let mut changes: Vec<(&'static str, Change)> = Vec::new();
        if !outcome.papers.is_empty() {
            changes.push(("mutate.paper", on(|o| o.papers.clear())));
        }
        if !outcome.marks.is_empty() {
            changes.push(("mutate.mark", on(|o| o.marks.clear())));
        }
        if !outcome.notify.is_empty() {
            changes.push(("mutate.notice", on(|o| o.notify.clear())));
        }
        if outcome.four_eyes.is_some() {
            changes.push(("mutate.four_eyes", on(|o| o.four_eyes = None)));
        }
        if outcome.only_if.is_some() {
            changes.push((
                "mutate.condition",
                on(|o| o.only_if.iter_mut().for_each(turn)),
            ));
        }
        for (what, change) in changes {
            self.add(span, what, &name, change);
        }
    }

    fn event(&mut self, at: usize) {
        let Some(event) = self.matter.event_defs.get(at) else {
            return;
        };
        let (span, name) = (event.name.span, event.name.value.clone());
        let on = move |change: fn(&mut crate::matter::EventDef)| -> Change {
            Box::new(move |m| {
                if let Some(event) = m.event_defs.get_mut(at) {
                    change(event);
                }
            })
        };
        if event.pauses.is_some() {
            self.add(span, "mutate.pause", &name, on(|e| e.pauses = None));
        }
        if event.holds {
            self.add(span, "mutate.holds", &name, on(|e| e.holds = false));
        }
        if event.holds_parts {
            let change = on(|e| e.holds_parts = false);
            self.add(span, "mutate.holds_parts", &name, change);
        }
        if event.undo {
            self.add(span, "mutate.undo", &name, on(|e| e.undo = false));
        }
        if event.until.is_some() {
            self.add(span, "mutate.until", &name, on(|e| e.until = None));
        }
        if !event.papers.is_empty() || event.outcome.as_ref().is_some_and(|o| !o.papers.is_empty())
        {
            self.add(
                span,
                "mutate.paper",
                &name,
                on(|e| {
                    e.papers.clear();
                    e.outcome.iter_mut().for_each(|o| o.papers.clear());
                }),
            );
        }
        if !event.notify.is_empty() {
            self.add(span, "mutate.notice", &name, on(|e| e.notify.clear()));
        }
    }
}

/// Three times the limit, or ten working days where it is computed.
fn lengthen(limit: &mut LimitValue) {
    match limit {
        LimitValue::Fixed(fixed) => fixed.value.count = fixed.value.count.saturating_mul(3).max(1),
        LimitValue::Computed(formula) => {
            let longer = Limit {
                count: 900,
                unit: crate::clock::Unit::Days,
            };
            *limit = LimitValue::Fixed(crate::source::Spanned::new(longer, formula.source.span));
        }
    }
}

/// A condition that holds where it did not.
fn turn(condition: &mut Value) {
    if let Value::Computed(formula) = condition {
        formula.expr = formula.expr.as_ref().map(crate::expr::Expr::turned);
    }
}
