//! Who takes part, what is brought, and what a matter rests on.

use super::values::key_name;
use super::{Reader, keys};
use crate::matter::{Basis, Material, Materials, Name, Party, Value};
use crate::source::{Span, Spanned};
use crate::text::Text;
use crate::yaml::{Entry, Node, Value as Yaml};

/// The party that decides, whatever a matter calls it.
const DECIDER: &str = "decider";

impl Reader<'_> {
    pub(super) fn parties(&mut self, node: &Node) -> Vec<Party> {
        let entries = self.named(node).iter().filter(|e| !e.value.is_empty());
        let mut out = Vec::new();
        for e in entries {
            self.declare(&e.key, e.key_span);
            out.push(self.one_party(e));
        }
        out
    }

    fn one_party(&mut self, e: &Entry) -> Party {
        let mut party = Party {
            name: key_name(e),
            title: Text::default(),
            city: Value::Plain(Spanned::new(String::new(), e.key_span)),
            department: Spanned::default(),
            post: Spanned::default(),
            not_same_as: Vec::new(),
        };
        let entries = self.map(&e.value, keys::PARTY);
        self.require(
            &e.value,
            e.key_span,
            &["title", "city", "department", "post"],
        );
        for f in entries.iter().filter(|f| !f.value.is_empty()) {
            let v = &f.value;
            match f.key.as_str() {
                "title" => party.title = self.title(v),
                "city" => party.city = self.value(v).unwrap_or(party.city),
                "department" => party.department = self.text(v).unwrap_or_default(),
                "post" => party.post = self.text(v).unwrap_or_default(),
                "not_same_as" => party.not_same_as = self.party_list(v),
                _ => {}
            }
        }
        party
    }

    /// A reference to a party; in a block, the one it was given; `decider` is the one that decides.
    pub(super) fn party(&mut self, node: &Node) -> Option<Spanned<Name>> {
        let name = self.name(node)?;
        let (head, tail) = name.value.split_once('.').unwrap_or((&name.value, ""));
        let own = || self.matter.parties.iter().any(|p| &**p.name == DECIDER);
        let decides = self.matter.decides.as_ref();
        let decides = decides.filter(|_| head == DECIDER && !own());
        let decider = || Some(Spanned::new(decides?.value.to_string(), name.span));
        let Some(given) = self.given_party(head).or_else(decider) else {
            return Some(name);
        };
        let value = match tail {
            "" => given.value,
            tail => format!("{}.{tail}", given.value),
        };
        Some(Spanned::new(value.as_str().into(), given.span))
    }

    pub(super) fn party_list(&mut self, node: &Node) -> Vec<Spanned<Name>> {
        match &node.value {
            Yaml::Seq(items) => items.iter().filter_map(|n| self.party(n)).collect(),
            _ => self.party(node).into_iter().collect(),
        }
    }

    pub(super) fn materials(&mut self, node: &Node) -> Materials {
        if node.text() == Some("from_parts") {
            return Materials::FromParts(node.span);
        }
        let entries = self.named(node).iter().filter(|e| !e.value.is_empty());
        let mut out = Vec::new();
        for e in entries {
            self.declare(&e.key, e.key_span);
            out.push(self.material(e));
        }
        Materials::Own(out)
    }

    fn material(&mut self, e: &Entry) -> Material {
        let mut out = Material {
            name: key_name(e),
            title: Text::default(),
            from: Vec::new(),
            needed: None,
            basis: Vec::new(),
            promise: None,
            recognises: None,
            city_may: Vec::new(),
        };
        self.map(&e.value, keys::MATERIAL);
        self.require(&e.value, e.key_span, &["title"]);
        self.material_keys(&mut out, &e.value);
        out
    }

    pub(super) fn material_keys(&mut self, out: &mut Material, node: &Node) {
        for f in node.entries().iter().filter(|f| !f.value.is_empty()) {
            let v = &f.value;
            match f.key.as_str() {
                "title" => out.title = self.title(v),
                "from" => out.from = self.texts(v),
                "if" => out.needed = self.computed(v),
                "basis" => out.basis = self.basis(v),
                "promise" => out.promise = self.limit_value(v),
                "recognises" => out.recognises = self.text(v),
                "city_may" => out.city_may = self.city_may(v),
                _ => {}
            }
        }
    }

    /// One place in the law or a list of them.
    pub(super) fn basis(&mut self, node: &Node) -> Vec<Basis> {
        match &node.value {
            Yaml::Seq(items) => items.iter().filter_map(|n| self.one_basis(n)).collect(),
            _ => self.one_basis(node).into_iter().collect(),
        }
    }

    fn one_basis(&mut self, node: &Node) -> Option<Basis> {
        self.map(node, keys::BASIS);
        self.require(node, at_start(node.span), &["doc"]);
        let get = |key| node.get(key).filter(|n: &&Node| !n.is_empty());
        let doc = get("doc").and_then(|n| self.text(n));
        let article = get("article").and_then(|n| self.text(n));
        let from = get("from").and_then(|n| self.text(n));
        let to = get("to").and_then(|n| self.text(n));
        Some(Basis {
            doc: doc?,
            article: article.map(|a| a.value).unwrap_or_default(),
            from,
            to,
        })
    }
}

fn at_start(span: Span) -> Span {
    Span {
        end: span.start + 1,
        ..span
    }
}
