//! Reads what may happen at any time while a region runs.

use super::Reader;
use super::keys::{Keys, list, name, outer_name, parsed, wrong_type};
use super::outcomes::{notify, papers, reason, with};
use super::steps::pauses;
use crate::diagnostic::Diagnostic;
use crate::matter::{EventDef, EventIx, LimitMoment, Name, Owner, Trigger};
use crate::source::Spanned;
use crate::yaml::{Entry, Node};

impl Reader<'_> {
    /// Reads the events of a matter, a group or a branch.
    pub(super) fn events(&mut self, node: &Node) -> Vec<EventIx> {
        node.entries()
            .iter()
            .filter_map(|e| self.event(e))
            .collect()
    }

    fn event(&mut self, entry: &Entry) -> Option<EventIx> {
        let ix = EventIx(u32::try_from(self.matter.event_defs.len()).ok()?);
        let mut keys = Keys::of(&entry.value, &mut self.found);
        let event_name = Spanned::new(Name::from(entry.key.as_str()), entry.key_span);
        let trigger = self.trigger(entry, &mut keys)?;
        // Its place is taken before its steps are read, so that they know what they belong to.
        self.matter.event_defs.push(EventDef {
            name: event_name.clone(),
            trigger,
            only_if: keys.value("if", &mut self.found),
            until: keys.name("until", &mut self.found),
            once: keys.flag("once", &mut self.found),
            form: keys.text("form", &mut self.found),
            pauses: keys.get("pauses").map(|n| pauses(n, &mut self.found)),
            holds: keys.flag("holds", &mut self.found),
            undo: keys.flag("undo", &mut self.found),
            body: None,
            outcome: None,
            notify: Vec::new(),
            papers: Vec::new(),
            reason: crate::matter::Reason::None,
            span: entry.value.span,
        });
        let body = keys
            .get("steps")
            .map(|n| self.sequence(Some(n), Owner::Event(ix)));
        let interrupts = ["go", "back_to", "leave", "end"]
            .iter()
            .any(|way| entry.value.get(way).is_some());
        let outcome = interrupts
            .then(|| with(event_name, entry.value.span, &mut keys, &mut self.found))
            .flatten();
        let rest = match interrupts {
            true => Default::default(),
            false => (
                keys.get("notify")
                    .map(|n| notify(n, &mut self.found))
                    .unwrap_or_default(),
                papers(&mut keys, &mut self.found),
                keys.get("reason")
                    .map(|n| reason(n, &mut self.found))
                    .unwrap_or_default(),
            ),
        };
        keys.end(&mut self.found);
        let event = self.matter.event_defs.get_mut(ix.0 as usize)?;
        (event.body, event.outcome) = (body, outcome);
        (event.notify, event.papers, event.reason) = rest;
        Some(ix)
    }

    fn trigger(&mut self, entry: &Entry, keys: &mut Keys<'_>) -> Option<Trigger> {
        let found = &mut self.found;
        let by: Vec<_> = keys
            .get("by")
            .map(|n| list(n).filter_map(|n| name(n, found)).collect())
            .unwrap_or_default();
        let message = keys.get("message").and_then(|n| outer_name(n, found));
        let key = keys.value("key", found);
        let limit = keys.name("limit", found);
        let at = keys.get("at").and_then(|n| moment(n, found));
        let mark = keys.name("mark", found);
        match (by.is_empty(), message, limit, mark) {
            (false, None, None, None) => Some(Trigger::Act(by)),
            (true, Some(name), None, None) => Some(Trigger::Message { name, key }),
            (true, None, Some(limit), None) => Some(Trigger::Limit {
                limit,
                at: at.unwrap_or(LimitMoment::Overdue),
            }),
            (true, None, None, Some(mark)) => Some(Trigger::Mark(mark)),
            _ => {
                self.found.push(
                    Diagnostic::new("E0205", entry.key_span)
                        .with("keys", "by / message / limit / mark"),
                );
                None
            }
        }
    }
}

/// `80%`, `2wd left` or `overdue`.
fn moment(node: &Node, found: &mut Vec<Diagnostic>) -> Option<LimitMoment> {
    let text = node.text()?;
    let read = if text == "overdue" {
        Some(LimitMoment::Overdue)
    } else if let Some(percent) = text.strip_suffix('%') {
        percent
            .parse()
            .ok()
            .filter(|p| (1..=100).contains(p))
            .map(LimitMoment::Used)
    } else {
        let left = text.strip_suffix(" left").map(|limit| Node {
            value: crate::yaml::Value::Scalar {
                text: limit.to_owned(),
                plain: true,
            },
            ..node.clone()
        });
        left.and_then(|n| parsed(&n, "E0501", found))
            .map(LimitMoment::Left)
    };
    if read.is_none() {
        found.push(wrong_type(node, "80% / 2wd left / overdue"));
    }
    read
}
