//! Limits, their extensions, and what pauses them.

use super::values::key_name;
use super::{Reader, keys};
use crate::clock::Limit;
use crate::diagnostic::Diagnostic;
use crate::matter::{Extend, LimitKind, LimitValue, Limits, Pauses, Value};
use crate::source::Spanned;
use crate::text::Text;
use crate::yaml::{Node, Value as Yaml};

impl Reader<'_> {
    /// `5wd`, `30d`, …
    pub(super) fn limit(&mut self, node: &Node) -> Option<Spanned<Limit>> {
        let text = self.text(node)?;
        match text.value.parse::<Limit>() {
            Ok(limit) => Some(Spanned::new(limit, text.span)),
            Err(_) => {
                self.report(Diagnostic::new("E0501", text.span).with("name", text.value));
                None
            }
        }
    }

    /// `5wd` or `=…`; in a block, a value it takes is put in its place, and one not given means no limit.
    pub(super) fn limit_value(&mut self, node: &Node) -> Option<LimitValue> {
        if let Some(given) = self.taken(node) {
            return given.and_then(|n| self.limit_value(&n));
        }
        match node.text() {
            Some(t) if t.starts_with('=') => match self.value(node)? {
                Value::Computed(text) => Some(LimitValue::Computed(text)),
                _ => None,
            },
            _ => self.limit(node).map(LimitValue::Fixed),
        }
    }

    pub(super) fn limits(&mut self, node: &Node) -> Vec<Limits> {
        let entries = self.named(node).iter().filter(|e| !e.value.is_empty());
        let mut out = Vec::new();
        for e in entries {
            self.declare(&e.key, e.key_span);
            if let Some(limit) = self.one_limit(e) {
                out.push(limit);
            }
        }
        out
    }

    fn one_limit(&mut self, e: &crate::yaml::Entry) -> Option<Limits> {
        let node = &e.value;
        if node.text().is_some() {
            let limit = self.limit_value(node)?;
            return Some(new_limit(e, limit));
        }
        let entries = self.map(node, keys::LIMIT);
        self.require(node, e.key_span, &["limit"]);
        let limit = node.get("limit").filter(|n| !n.is_empty());
        let mut out = new_limit(e, limit.and_then(|n| self.limit_value(n))?);
        for f in entries.iter().filter(|f| !f.value.is_empty()) {
            let v = &f.value;
            match f.key.as_str() {
                "title" => out.title = self.title(v),
                "kind" => out.kind = self.limit_kind(v),
                "starts" => out.starts = self.moment(v),
                "stops" => out.stops = self.moment(v),
                "calendar" => out.calendar = self.party(v),
                "counts" if v.text() == Some("same_day") => out.same_day = true,
                "counts" => self.expected(v, "same_day"),
                "extend" => out.extend = self.extend(v, f.key_span),
                "basis" => out.basis = self.basis(v),
                "city_may" => out.city_may = self.city_may(v),
                _ => {}
            }
        }
        Some(out)
    }

    fn limit_kind(&mut self, node: &Node) -> LimitKind {
        match node.text() {
            Some("statutory") => LimitKind::Statutory,
            Some("promised") => LimitKind::Promised,
            Some("internal") => LimitKind::Internal,
            _ => {
                self.expected(node, "statutory | promised | internal");
                LimitKind::Internal
            }
        }
    }

    /// A mark or `STEP`, `STEP.opened`, …; a step of the block around is renamed.
    fn moment(&mut self, node: &Node) -> Option<Spanned<String>> {
        let text = self.text(node)?;
        Some(Spanned::new(self.renamed(&text.value), text.span))
    }

    fn extend(&mut self, node: &Node, at: crate::source::Span) -> Option<Extend> {
        self.map(node, keys::EXTEND);
        self.require(node, at, &["by", "add"]);
        let get = |key| node.get(key).filter(|n: &&Node| !n.is_empty());
        let by = get("by").and_then(|n| self.party(n));
        let add = get("add").and_then(|n| self.limit_value(n));
        let times = get("times").and_then(|n| self.number(n)).unwrap_or(1);
        let before_expiry = match get("before") {
            Some(n) if n.text() != Some("expiry") => {
                self.expected(n, "expiry");
                true
            }
            other => other.is_some(),
        };
        let paper = get("paper").and_then(|n| self.text(n));
        let four_eyes = get("four_eyes").and_then(|n| self.party(n));
        Some(Extend {
            by: by?,
            times,
            add: add?,
            before_expiry,
            paper,
            four_eyes,
        })
    }

    /// `all`, a list of limits, or `{ limits, if, max, paper }`.
    pub(super) fn pauses(&mut self, node: &Node) -> Pauses {
        let mut out = Pauses {
            limits: None,
            only_if: None,
            max: None,
            paper: None,
        };
        if !matches!(node.value, Yaml::Map(_)) {
            out.limits = self.paused(node);
            return out;
        }
        for e in self.map(node, keys::PAUSES) {
            let v = &e.value;
            match e.key.as_str() {
                _ if v.is_empty() => {}
                "limits" => out.limits = self.paused(v),
                "if" => out.only_if = self.computed(v),
                "max" => out.max = self.limit_value(v),
                "paper" => out.paper = self.text(v),
                _ => {}
            }
        }
        out
    }

    fn paused(&mut self, node: &Node) -> Option<Vec<Spanned<crate::matter::Name>>> {
        (node.text() != Some("all")).then(|| self.names(node))
    }
}

fn new_limit(e: &crate::yaml::Entry, limit: LimitValue) -> Limits {
    Limits {
        name: key_name(e),
        title: Text::default(),
        limit,
        kind: match e.key.as_str() {
            "statutory" => LimitKind::Statutory,
            "promised" => LimitKind::Promised,
            _ => LimitKind::Internal,
        },
        starts: None,
        stops: None,
        calendar: None,
        same_day: false,
        extend: None,
        basis: Vec::new(),
        city_may: Vec::new(),
    }
}
