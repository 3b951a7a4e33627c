//! Ways out of a step, in their short and long forms, and everything that happens with them.

use super::values::key_name;
use super::{Reader, keys};
use crate::diagnostic::Diagnostic;
use crate::matter::{
    EndState, Final, Letter, LimitValue, Name, Notify, Outcome, Reason, Rest, Value, Way, Whom,
};
use crate::source::{Span, Spanned};
use crate::yaml::{Node, Value as Yaml};

impl Reader<'_> {
    pub(super) fn outcomes(&mut self, node: &Node) -> Vec<Outcome> {
        let entries = self.named(node).iter().filter(|e| !e.value.is_empty());
        let mut out = Vec::new();
        for e in entries {
            let outcome = self.outcome(key_name(e), &e.value, keys::OUTCOME);
            out.push(outcome.unwrap_or_else(|| unread(key_name(e), e.value.span)));
        }
        out
    }

    /// One outcome: `next`, a step's name, or a map with exactly one way.
    pub(super) fn outcome(
        &mut self,
        name: Spanned<Name>,
        node: &Node,
        known: &[&str],
    ) -> Option<Outcome> {
        let english = self.english.of(&name).map(str::to_owned);
        if node.text().is_some() {
            let way = self.go(node)?;
            let mut out = bare(name, way, node.span);
            out.title_en = english;
            return Some(out);
        }
        self.map(node, known);
        if !matches!(node.value, Yaml::Map(_)) {
            return None;
        }
        let way = self.way(node, name.span)?;
        let mut out = bare(name, way, node.span);
        out.title_en = english;
        self.outcome_keys(node, &mut out);
        Some(out)
    }

    fn outcome_keys(&mut self, node: &Node, out: &mut Outcome) {
        for e in node.entries().iter().filter(|e| !e.value.is_empty()) {
            let v = &e.value;
            match e.key.as_str() {
                "paper" => out.papers = self.papers(v, node),
                "notify" => out.notify = self.notify(v),
                "marks" => out.marks = self.marks(v),
                "leaves" => out.leaves = self.leaves(v),
                "label" => out.label = Some(self.title(v)),
                "title" => out.title_en = Some(self.title(v).en),
                "reason" => out.reason = self.reason(v),
                "basis" => out.basis = self.basis(v),
                "four_eyes" => out.four_eyes = self.party(v),
                "if" => out.only_if = self.computed(v),
                "rest" => out.rest = self.rest(v),
                _ => {}
            }
        }
        if let Way::End(end) = &mut out.way {
            end.label = out.label.clone();
        }
    }

    /// The way of an outcome's map; reports none and two.
    fn way(&mut self, node: &Node, at: Span) -> Option<Way> {
        let mut ways = node
            .entries()
            .iter()
            .filter(|e| keys::WAYS.contains(&e.key.as_str()));
        let Some(first) = ways.next() else {
            if !keys::WAYS.iter().any(|way| self.has(node, way)) {
                self.report(Diagnostic::new("E0210", at).with("ways", "0"));
            }
            return None;
        };
        if let Some(second) = ways.next() {
            let found = Diagnostic::new("E0210", second.key_span)
                .with("ways", "2")
                .also(first.key_span);
            self.report(found);
        }
        let v = &first.value;
        match first.key.as_str() {
            _ if v.is_empty() => None,
            "go" => self.go(v),
            "back_to" if v.text() == Some("any") => Some(Way::BackTo(Vec::new())),
            "back_to" => Some(Way::BackTo(self.step_names(v))),
            "leave" => self.name(v).map(Way::Leave),
            _ => self.end_state(v).map(Way::End),
        }
    }

    fn go(&mut self, node: &Node) -> Option<Way> {
        match node.text() {
            Some("next") => Some(Way::Next),
            _ => self.step_name(node).map(Way::Go),
        }
    }

    pub(super) fn end_state(&mut self, node: &Node) -> Option<EndState> {
        let text = self.text(node)?;
        let Some(state) = Final::named(&text.value) else {
            let right = Final::ALL.iter().map(|(name, _)| *name);
            let found = Diagnostic::new("E0206", text.span)
                .with("name", text.value.as_str())
                .near(&text.value, right);
            self.report(found);
            return None;
        };
        Some(EndState {
            state: Spanned::new(state, text.span),
            label: None,
            papers: Vec::new(),
            reason: Reason::None,
        })
    }

    /// A paper, a list of papers, or `{ paper, to, delivered }`; `to` and `delivered` may stand beside it.
    pub(super) fn papers(&mut self, node: &Node, beside: &Node) -> Vec<Letter> {
        let to = beside.get("to").filter(|n| !n.is_empty());
        let to = to.and_then(|n| self.party(n));
        let delivered = beside.get("delivered").filter(|n| !n.is_empty());
        let delivered = delivered.is_some_and(|n| self.flag(n));
        let items = match &node.value {
            Yaml::Seq(items) => items.as_slice(),
            _ => std::slice::from_ref(node),
        };
        let mut out = Vec::new();
        for item in items {
            if let Yaml::Map(_) = item.value {
                out.extend(self.letter(item));
            } else if let Some(paper) = self.text(item) {
                out.push(Letter {
                    paper,
                    to: to.clone(),
                    delivered,
                });
            }
        }
        out
    }

    pub(super) fn letter(&mut self, node: &Node) -> Option<Letter> {
        self.map(node, keys::LETTER);
        self.require(node, node.span, &["paper"]);
        let paper = node.get("paper").filter(|n| !n.is_empty())?;
        self.papers(paper, node).into_iter().next()
    }

    /// A party, a list, `{ to, template }` or `{ phone, template }`.
    pub(super) fn notify(&mut self, node: &Node) -> Vec<Notify> {
        match &node.value {
            Yaml::Seq(items) => items.iter().flat_map(|n| self.notify(n)).collect(),
            Yaml::Map(_) => {
                self.map(node, keys::NOTIFY);
                if node.get("phone").is_none() {
                    self.require(node, node.span, &["to"]);
                }
                let template = node.get("template").filter(|n| !n.is_empty());
                let template = template.and_then(|n| self.text(n));
                let to = node.get("to").filter(|n| !n.is_empty());
                let to = to.map(|n| self.party_list(n)).unwrap_or_default();
                let phone = node.get("phone").filter(|n| !n.is_empty());
                let phone = phone.and_then(|n| self.text(n)).map(Whom::Phone);
                let one = |to| Notify {
                    to,
                    template: template.clone(),
                };
                let all = to.into_iter().map(Whom::Party).chain(phone);
                all.map(one).collect()
            }
            Yaml::Scalar { .. } => {
                let one = |to| Notify {
                    to: Whom::Party(to),
                    template: None,
                };
                self.party(node).map(one).into_iter().collect()
            }
        }
    }

    /// `x`, `[x, y]`, or `{ x: =instant }`.
    /// Limits with how much is left of them at least.
    fn leaves(&mut self, node: &Node) -> Vec<(Spanned<Name>, LimitValue)> {
        let entries = self.named(node).iter().filter(|e| !e.value.is_empty());
        let mut out = Vec::new();
        for e in entries {
            out.extend(self.limit_value(&e.value).map(|least| (key_name(e), least)));
        }
        out
    }

    fn marks(&mut self, node: &Node) -> Vec<(Spanned<Name>, Option<Value>)> {
        let marks: Vec<_> = match &node.value {
            Yaml::Map(_) => {
                let fields = self.fields(node).into_iter();
                fields.map(|(name, value)| (name, Some(value))).collect()
            }
            _ => self.names(node).into_iter().map(|n| (n, None)).collect(),
        };
        for (name, _) in &marks {
            if !name.chars().all(|c| c.is_alphanumeric() || c == '_') {
                self.report(Diagnostic::new("E0207", name.span).with("name", &*name.value));
            }
        }
        marks
    }

    pub(super) fn reason(&mut self, node: &Node) -> Reason {
        let code = |t: &str| {
            t.strip_prefix('R')
                .is_some_and(|n| !n.is_empty() && n.chars().all(|c| c.is_ascii_digit()))
        };
        match (&node.value, node.text()) {
            (Yaml::Seq(_), _) => Reason::Codes(self.texts(node)),
            (_, Some(t)) if t.starts_with('=') => self
                .computed(node)
                .map_or(Reason::None, |value| Reason::Computed(Box::new(value))),
            (_, Some("ask")) => Reason::Ask,
            (_, Some(t)) if code(t) => Reason::Codes(self.texts(node)),
            _ => self.text(node).map_or(Reason::None, Reason::Text),
        }
    }

    fn rest(&mut self, node: &Node) -> Rest {
        match node.text() {
            Some("stop") => Rest::Stop,
            Some("continue") => Rest::Continue,
            _ => {
                self.expected(node, "stop | continue");
                Rest::Stop
            }
        }
    }
}

/// An outcome whose way could not be read: it leads nowhere anybody knows.
pub fn unread(name: Spanned<Name>, span: Span) -> Outcome {
    bare(name, Way::Go(Spanned::new("".into(), span)), span)
}

/// An outcome with nothing but its way.
pub fn bare(name: Spanned<Name>, way: Way, span: Span) -> Outcome {
    let span = if name.span.start <= span.start && name.span.file == span.file {
        name.span.to(span)
    } else {
        span
    };
    Outcome {
        name,
        title_en: None,
        way,
        papers: Vec::new(),
        notify: Vec::new(),
        marks: Vec::new(),
        label: None,
        reason: Reason::None,
        leaves: Vec::new(),
        basis: Vec::new(),
        four_eyes: None,
        only_if: None,
        rest: Rest::Stop,
        span,
    }
}
