//! What may happen at any time while a region runs.

use super::values::key_name;
use super::{Reader, keys};
use crate::diagnostic::Diagnostic;
use crate::matter::{EventDef, EventIx, LimitMoment, Owner, Reason, Trigger};
use crate::source::Spanned;
use crate::text::Text;
use crate::yaml::{Entry, Node};

/// What can set an event off.
const TRIGGERS: [&str; 5] = ["by", "message", "limit", "mark", "suspended"];

impl Reader<'_> {
    /// The events of a region; `use: block` among them brings those of a shared block.
    pub(super) fn events(&mut self, node: &Node) -> Vec<EventIx> {
        let mut out = Vec::new();
        for e in self.named(node).iter().filter(|e| !e.value.is_empty()) {
            match e.key.as_str() {
                "use" => out.extend(self.used_events(node, &e.value)),
                "with" => {}
                _ => out.extend(self.event(e)),
            }
        }
        self.named_twice(&out, node);
        out
    }

    /// Two events of one name on a region, of which only one could ever be meant: its own and one of a block it uses.
    fn named_twice(&mut self, events: &[EventIx], node: &Node) {
        let defs = events
            .iter()
            .filter_map(|e| self.matter.event_defs.get(e.0 as usize));
        let names: Vec<_> = defs.map(|d| d.name.clone()).collect();
        for (n, later) in names.iter().enumerate() {
            let before = names.iter().take(n);
            if let Some(first) = before.clone().find(|b| b.value == later.value) {
                let own = first.span.file == node.span.file;
                let (here, other) = if own { (first, later) } else { (later, first) };
                let found = Diagnostic::new("E0208", here.span).with("name", &*here.value);
                self.report(found.also(other.span));
            }
        }
    }

    fn event(&mut self, e: &Entry) -> Option<EventIx> {
        let node = &e.value;
        self.map(node, keys::EVENT);
        let at = EventIx(u32::try_from(self.matter.event_defs.len()).ok()?);
        let trigger = self.trigger(e)?;
        self.matter.event_defs.push(EventDef {
            name: key_name(e),
            title: Text::default(),
            trigger,
            only_if: None,
            until: None,
            once: false,
            form: None,
            pauses: None,
            holds: false,
            holds_parts: false,
            undo: false,
            body: None,
            outcome: None,
            notify: Vec::new(),
            papers: Vec::new(),
            reason: Reason::None,
            basis: Vec::new(),
            four_eyes: None,
            span: e.key_span.to(node.span),
        });
        let body = node.get("steps").filter(|n| !n.is_empty()).map(|steps| {
            let body = self.sequence(Owner::Event(at));
            self.steps(steps, body);
            body
        });
        let mut def = self.matter.event_defs.get(at.0 as usize)?.clone();
        def.body = body;
        self.event_keys(e, &mut def);
        if let Some(slot) = self.matter.event_defs.get_mut(at.0 as usize) {
            *slot = def;
        }
        Some(at)
    }

    fn event_keys(&mut self, e: &Entry, def: &mut EventDef) {
        let node = &e.value;
        if node
            .entries()
            .iter()
            .any(|f| keys::WAYS.contains(&f.key.as_str()))
        {
            def.outcome = self.outcome(key_name(e), node, keys::EVENT);
        }
        for f in node.entries().iter().filter(|f| !f.value.is_empty()) {
            let v = &f.value;
            match f.key.as_str() {
                "title" => def.title = self.title(v),
                "if" => def.only_if = self.computed(v),
                "until" => def.until = self.name(v),
                "once" => def.once = self.flag(v),
                "form" => def.form = self.text(v),
                "pauses" => def.pauses = Some(self.pauses(v)),
                "holds" => {
                    def.holds_parts = v.text() == Some("all");
                    def.holds = def.holds_parts || self.flag(v);
                }
                "undo" => def.undo = self.flag(v),
                "notify" if def.outcome.is_none() => def.notify = self.notify(v),
                "paper" if def.outcome.is_none() => def.papers = self.papers(v, node),
                "reason" if def.outcome.is_none() => def.reason = self.reason(v),
                "basis" if def.outcome.is_none() => def.basis = self.basis(v),
                "four_eyes" if def.outcome.is_none() => def.four_eyes = self.party(v),
                _ => {}
            }
        }
    }

    fn trigger(&mut self, e: &Entry) -> Option<Trigger> {
        let node = &e.value;
        let get = |key| node.get(key).filter(|n: &&Node| !n.is_empty());
        if let Some(by) = get("by") {
            return Some(Trigger::Act(self.party_list(by)));
        }
        if let Some(message) = get("message") {
            let name = self.name(message)?;
            let key = get("key").and_then(|k| self.value(k));
            return Some(Trigger::Message { name, key });
        }
        if let Some(limit) = get("limit") {
            let limit = self.name(limit)?;
            let Some(at) = get("at") else {
                self.require(node, e.key_span, &["at"]);
                return None;
            };
            let at = self.limit_moment(at)?;
            return Some(Trigger::Limit { limit, at });
        }
        if let Some(mark) = get("mark") {
            return Some(Trigger::Mark(self.name(mark)?));
        }
        if let Some(steps) = get("suspended") {
            return Some(Trigger::Suspended(self.party_list(steps)));
        }
        if !TRIGGERS.iter().any(|key| self.has(node, key)) {
            let found = Diagnostic::new("E0205", e.key_span).with("name", TRIGGERS.join(" | "));
            self.report(found);
        }
        None
    }

    fn limit_moment(&mut self, node: &Node) -> Option<LimitMoment> {
        let text = node.text().unwrap_or_default();
        if text == "overdue" {
            return Some(LimitMoment::Overdue);
        }
        if let Some(used) = text.strip_suffix('%').and_then(|n| n.trim().parse().ok())
            && (1..=100).contains(&used)
        {
            return Some(LimitMoment::Used(used));
        }
        if let Some(left) = text.strip_suffix("left")
            && let Ok(limit) = left.trim().parse()
        {
            return Some(LimitMoment::Left(Spanned::new(limit, node.span)));
        }
        self.expected(node, "80% | 2wd left | overdue");
        None
    }
}
