//! The certificate that a case of a matter gives, as its author writes it.

use super::values::key_name;
use super::{Reader, keys};
use crate::matter::{Certifies, Name, Used, Value};
use crate::source::Spanned;
use crate::yaml::{Entry, Node};

impl Reader<'_> {
    /// `certifies: { while, kind, kinds, number, of, from, until, extent, used }`; what is missing is reported and left empty.
    pub(super) fn certifies(&mut self, e: &Entry) -> Certifies {
        let node = &e.value;
        self.map(node, keys::CERTIFIES);
        let needed = keys::CERTIFIES.iter().filter(|k| **k != "extent");
        let needed: Vec<&str> = needed.copied().collect();
        self.require(node, e.key_span, &needed);
        let get = |key| node.get(key).filter(|n: &&Node| !n.is_empty());
        let empty = || Value::Plain(Spanned::new(String::new(), e.key_span));
        let in_force = get("while").and_then(|n| self.name(n));
        let kinds = get("kinds").map(|n| self.kinds(n)).unwrap_or_default();
        let used = node.entry("used").filter(|e| !e.value.is_empty());
        let used = used.map(|e| self.used(e)).unwrap_or_default();
        let kind = get("kind").and_then(|n| self.value(n));
        let mut computed = |key| get(key).and_then(|n| self.computed(n));
        Certifies {
            in_force: in_force.unwrap_or_else(|| Spanned::new("".into(), e.key_span)),
            kind: kind.unwrap_or_else(empty),
            kinds,
            number: computed("number").unwrap_or_else(empty),
            of: computed("of").unwrap_or_else(empty),
            from: computed("from").unwrap_or_else(empty),
            until: computed("until").unwrap_or_else(empty),
            extent: computed("extent"),
            used,
        }
    }

    /// `kinds: { KIND: PARAMETER }`
    fn kinds(&mut self, node: &Node) -> Vec<(Spanned<Name>, Spanned<String>)> {
        let entries = self.named(node).iter().filter(|e| !e.value.is_empty());
        let mut out = Vec::new();
        for e in entries {
            if let Some(parameter) = self.text(&e.value) {
                out.push((key_name(e), parameter));
            }
        }
        out
    }

    fn used(&mut self, e: &Entry) -> Used {
        let node = &e.value;
        self.map(node, keys::USED);
        self.require(node, e.key_span, keys::USED);
        let mut one = |key| {
            let value = node.get(key).filter(|n: &&Node| !n.is_empty());
            value.and_then(|n| self.text(n)).unwrap_or_default()
        };
        Used {
            message: one("message"),
            city: one("city"),
            case: one("case"),
            accepted: one("accepted"),
            reason: one("reason"),
        }
    }
}
