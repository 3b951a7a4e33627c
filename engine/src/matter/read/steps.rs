//! Steps, one after the other: what every kind of step has in common.

use super::outcomes::{bare, unread};
use super::{Reader, keys};
use crate::diagnostic::Diagnostic;
use crate::matter::{Kind, Name, Needs, SequenceIx, Step, StepIx, Value, Way};
use crate::source::{Span, Spanned};
use crate::text::Text;
use crate::yaml::{Node, Value as Yaml};

impl Reader<'_> {
    pub(super) fn steps(&mut self, node: &Node, within: SequenceIx) {
        if !matches!(node.value, Yaml::Seq(_)) {
            self.expected(node, "- …");
        }
        for item in node.items() {
            self.step(item, within);
        }
    }

    fn step(&mut self, node: &Node, within: SequenceIx) -> Option<()> {
        if !matches!(node.value, Yaml::Map(_)) {
            self.expected(node, "{ id: …, title: …, … }");
            return None;
        }
        let kind = self.kind_of(node);
        let known = [keys::STEP, keys::KINDS, keys::own(kind.unwrap_or("task"))].concat();
        let known = if kind.is_some() { known } else { all_keys() };
        self.map(node, &known);
        let id = self.step_id(node, kind.unwrap_or("end"));
        let at = StepIx(u32::try_from(self.matter.steps.len()).ok()?);
        self.matter.steps.push(new_step(id, within, node.span));
        if let Some(sequence) = self.matter.sequences.get_mut(within.0 as usize) {
            sequence.steps.push(at);
        }
        // The inside is read with the step in place, so that what lies in it comes after it in reading order.
        let mut step = self.matter.steps.get(at.0 as usize)?.clone();
        if kind.is_none() {
            // Reported already; it keeps its name and its place.
            let name = Spanned::new("done".into(), node.span);
            step.outcomes.push(unread(name, node.span));
        }
        self.step_keys(node, &mut step);
        if let Some(kind) = kind.and_then(|kind| self.kind(node, kind, at, &mut step)) {
            step.kind = kind;
        }
        let way = match node.get("then").filter(|n| !n.is_empty()) {
            Some(then) => self.outcome(Spanned::new("done".into(), then.span), then, keys::OUTCOME),
            None => None,
        };
        step.outcomes.extend(way);
        self.pass_on(node, &mut step);
        *self.matter.steps.get_mut(at.0 as usize)? = step;
        Some(())
    }

    /// The one key that tells what the step does; reports none and two.
    fn kind_of<'n>(&mut self, node: &'n Node) -> Option<&'n str> {
        let entries = || node.entries().iter();
        let mut kinds = entries().filter(|e| keys::KINDS.contains(&e.key.as_str()));
        let first = kinds.next();
        let second = kinds.next();
        if let (Some(first), Some(second)) = (first, second) {
            let found = Diagnostic::new("E0209", second.key_span).also(first.key_span);
            self.report(found.with("name", second.key.as_str()));
            return Some(&first.key);
        }
        if let Some(first) = first {
            return Some(&first.key);
        }
        // Beside a kind it is reported with the step's other keys.
        if let Some(e) = entries().find(|e| keys::SAID_OTHERWISE.contains(&e.key.as_str())) {
            self.said_otherwise(e);
            return None;
        }
        let short = entries().find(|e| ["steps", "paper", "notify"].contains(&e.key.as_str()));
        if short.is_none() {
            let at = node.entry("id").map_or(node.span, |e| e.value.span);
            let guess = entries()
                .map(|e| e.key.as_str())
                .filter(|k| !all_keys().contains(k))
                .find_map(|k| crate::diagnostic::nearest(k, keys::KINDS.iter().copied()));
            // A misspelt kind is reported as the unknown key it is.
            if guess.is_none() {
                self.report(Diagnostic::new("E0209", at).with("name", ""));
            }
        }
        short.map(|e| e.key.as_str())
    }

    fn step_id(&mut self, node: &Node, kind: &str) -> Spanned<Name> {
        let start = Span {
            end: node.span.start + 1,
            ..node.span
        };
        let free = ["end", "paper", "notify"].contains(&kind);
        // A block and a slot go by their own name.
        let named_by_kind = ["use", "slot"].contains(&kind);
        let given = node.get("id").filter(|n| !n.is_empty());
        let written = match given {
            Some(id) => self.text(id),
            None if named_by_kind => node.get(kind).and_then(|n| self.text(n)),
            None => None,
        };
        if !free && !named_by_kind {
            self.require(node, start, &["id", "title"]);
        }
        if kind == "slot" {
            self.require(node, start, &["title"]);
        }
        let Some(written) = written else {
            let made = format!("{kind}_{}", self.matter.steps.len() + 1);
            return Spanned::new(self.placed(&made), start);
        };
        if given.is_some() || kind == "slot" {
            self.declare(&written.value, written.span);
        }
        let name = self.placed(&written.value);
        if let Some(first) = self.ids.get(&name) {
            let found = Diagnostic::new("E0208", written.span)
                .with("name", &*name)
                .also(*first);
            self.report(found);
        } else {
            self.ids.insert(name.clone(), written.span);
        }
        Spanned::new(name, written.span)
    }

    fn step_keys(&mut self, node: &Node, step: &mut Step) {
        for e in node.entries().iter().filter(|e| !e.value.is_empty()) {
            let v = &e.value;
            match e.key.as_str() {
                "title" => step.title = self.title(v),
                "if" => step.only_if = self.computed(v),
                "needs" => step.needs = Some(self.needs(v)),
                "limit" => step.limit = self.limit_value(v),
                "pauses" => step.pauses = Some(self.pauses(v)),
                "status" => step.status = self.text(v),
                "parties" => step.parties = self.parties(v),
                "limits" => step.limits = self.limits(v),
                "events" => step.events = self.events(v),
                "beside" => step.beside = self.flag(v),
                "undo" => step.undo = self.letter(v),
                "basis" => step.basis = self.basis(v),
                "city_may" => step.city_may = self.city_may(v),
                "outcomes" => step.outcomes = self.outcomes(v),
                _ => {}
            }
        }
    }

    /// `mark`, `[mark, …]` or `=condition`.
    pub(super) fn needs(&mut self, node: &Node) -> Needs {
        match node.text() {
            Some(t) if t.starts_with('=') => match self.value(node) {
                Some(value @ Value::Computed(_)) => Needs::Condition(value),
                _ => Needs::Marks(Vec::new()),
            },
            _ => Needs::Marks(self.names(node)),
        }
    }

    /// A step that nobody chooses a way for goes on to the next line when it is done.
    fn pass_on(&mut self, node: &Node, step: &mut Step) {
        let chosen = match &step.kind {
            Kind::Task { .. } | Kind::Subcase { .. } => {
                if step.outcomes.is_empty() && !self.has(node, "outcomes") {
                    let found = Diagnostic::new("E0205", step.id.span).with("name", "outcomes");
                    self.report(found);
                }
                true
            }
            Kind::Choice { .. } | Kind::End(_) => true,
            _ => false,
        };
        let done = step.outcomes.iter().any(|o| &**o.name == "done");
        if !chosen && !done {
            let name = Spanned::new("done".into(), step.id.span);
            step.outcomes.push(bare(name, Way::Next, step.id.span));
        }
    }
}

fn all_keys() -> Vec<&'static str> {
    let own = keys::KINDS.iter().flat_map(|k| keys::own(k)).copied();
    own.chain(keys::STEP.iter().copied())
        .chain(["paper", "notify", "steps", "to", "delivered"])
        .collect()
}

fn new_step(id: Spanned<Name>, within: SequenceIx, span: Span) -> Step {
    Step {
        id,
        title: Text::default(),
        within,
        kind: Kind::Set(Vec::new()),
        only_if: None,
        needs: None,
        limit: None,
        pauses: None,
        status: None,
        parties: Vec::new(),
        limits: Vec::new(),
        events: Vec::new(),
        beside: false,
        undo: None,
        outcomes: Vec::new(),
        basis: Vec::new(),
        city_may: Vec::new(),
        span,
    }
}
