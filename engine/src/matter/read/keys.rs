//! Reads the keys of a map one by one. What has been asked for is what is known; a key nobody asked for is a finding with the
//! nearest of the known ones, so no list of keys is kept anywhere.

use crate::diagnostic::Diagnostic;
use crate::matter::{Name, Value};
use crate::source::Spanned;
use crate::text::Text;
use crate::yaml::{Entry, Node, Value as Yaml};
use std::str::FromStr;

/// A map that is being read.
pub(super) struct Keys<'n> {
    node: &'n Node,
    asked: Vec<&'static str>,
}

impl<'n> Keys<'n> {
    /// Begins to read a node; anything but a map is a finding and reads as an empty one.
    pub(super) fn of(node: &'n Node, found: &mut Vec<Diagnostic>) -> Keys<'n> {
        if !matches!(node.value, Yaml::Map(_)) {
            found.push(wrong_type(node, "map"));
        }
        Keys {
            node,
            asked: Vec::new(),
        }
    }

    /// The entry under a key, which is known from now on.
    pub(super) fn entry(&mut self, key: &'static str) -> Option<&'n Entry> {
        self.asked.push(key);
        self.node.entry(key)
    }

    /// The value under a key.
    pub(super) fn get(&mut self, key: &'static str) -> Option<&'n Node> {
        self.entry(key).map(|e| &e.value)
    }

    /// The text under a key.
    pub(super) fn text(
        &mut self,
        key: &'static str,
        found: &mut Vec<Diagnostic>,
    ) -> Option<Spanned<String>> {
        self.get(key).and_then(|node| text(node, found))
    }

    /// The name under a key.
    pub(super) fn name(
        &mut self,
        key: &'static str,
        found: &mut Vec<Diagnostic>,
    ) -> Option<Spanned<Name>> {
        self.get(key).and_then(|node| name(node, found))
    }

    /// One name or a list of names under a key.
    pub(super) fn names(
        &mut self,
        key: &'static str,
        found: &mut Vec<Diagnostic>,
    ) -> Vec<Spanned<Name>> {
        self.get(key)
            .map(|node| list(node).filter_map(|n| name(n, found)).collect())
            .unwrap_or_default()
    }

    /// One text or a list of texts under a key.
    pub(super) fn texts(
        &mut self,
        key: &'static str,
        found: &mut Vec<Diagnostic>,
    ) -> Vec<Spanned<String>> {
        self.get(key)
            .map(|node| list(node).filter_map(|n| text(n, found)).collect())
            .unwrap_or_default()
    }

    /// A computed or plain value under a key.
    pub(super) fn value(
        &mut self,
        key: &'static str,
        found: &mut Vec<Diagnostic>,
    ) -> Option<Value> {
        self.get(key).and_then(|node| value(node, found))
    }

    /// A title under a key: a text, or `{ zh, en }`.
    pub(super) fn title(&mut self, key: &'static str, found: &mut Vec<Diagnostic>) -> Text {
        self.get(key)
            .map(|node| title(node, found))
            .unwrap_or_default()
    }

    /// `true` or `false` under a key; false if the key is absent.
    pub(super) fn flag(&mut self, key: &'static str, found: &mut Vec<Diagnostic>) -> bool {
        let Some(node) = self.get(key) else {
            return false;
        };
        match node.text() {
            Some("true") => true,
            Some("false") => false,
            _ => {
                found.push(wrong_type(node, "true / false"));
                false
            }
        }
    }

    /// Ends: every key nobody asked for is a finding.
    pub(super) fn end(self, found: &mut Vec<Diagnostic>) {
        for entry in self.node.entries() {
            if !self.asked.contains(&entry.key.as_str()) {
                let unknown =
                    Diagnostic::new("E0201", entry.key_span).with("key", entry.key.as_str());
                found.push(unknown.near(&entry.key, self.asked.iter().copied()));
            }
        }
    }
}

/// A single value, or the items of a list.
pub(super) fn list(node: &Node) -> Box<dyn Iterator<Item = &Node> + '_> {
    match &node.value {
        Yaml::Seq(items) => Box::new(items.iter()),
        _ => Box::new(std::iter::once(node)),
    }
}

/// A text with something in it. A key without value is mostly an expression torn by a half-width comma.
pub(super) fn text(node: &Node, found: &mut Vec<Diagnostic>) -> Option<Spanned<String>> {
    match node.text() {
        Some(text) => Some(Spanned::new(text.to_owned(), node.span)),
        None if node.is_empty() => {
            found.push(Diagnostic::new("E0204", node.span));
            None
        }
        None => {
            found.push(wrong_type(node, "text"));
            None
        }
    }
}

/// A name: letters, digits, `_`, and the dot that stands behind a shared block's name.
pub(super) fn name(node: &Node, found: &mut Vec<Diagnostic>) -> Option<Spanned<Name>> {
    let text = text(node, found)?;
    if !text
        .value
        .chars()
        .all(|c| c.is_alphanumeric() || matches!(c, '_' | '.'))
    {
        found.push(Diagnostic::new("E0207", node.span).with("name", text.value.as_str()));
    }
    Some(Spanned::new(text.value.as_str().into(), node.span))
}

/// The name of something outside the matter (a message, a file): hyphens are allowed.
pub(super) fn outer_name(node: &Node, found: &mut Vec<Diagnostic>) -> Option<Spanned<Name>> {
    text(node, found).map(|t| Spanned::new(t.value.as_str().into(), t.span))
}

/// A value that is computed when it begins with `=`.
pub(super) fn value(node: &Node, found: &mut Vec<Diagnostic>) -> Option<Value> {
    if let Yaml::Seq(items) = &node.value {
        return Some(Value::List(
            items.iter().filter_map(|n| value(n, found)).collect(),
        ));
    }
    let text = text(node, found)?;
    Some(match text.value.strip_prefix('=') {
        Some(expression) => {
            // A quoted text begins one character later; an escape in it moves places by as much.
            let quoted = usize::from(matches!(node.value, Yaml::Scalar { plain: false, .. }));
            let length = (node.span.end - node.span.start) as usize;
            Value::Computed(Spanned::new(
                expression.to_owned(),
                node.span.part(1 + quoted, length - quoted),
            ))
        }
        None => Value::Plain(text),
    })
}

/// A title: a text, or `{ zh, en }`.
pub(super) fn title(node: &Node, found: &mut Vec<Diagnostic>) -> Text {
    if matches!(node.value, Yaml::Map(_)) {
        let mut keys = Keys::of(node, found);
        let zh = keys.text("zh", found).map(|t| t.value).unwrap_or_default();
        let en = keys.text("en", found).map(|t| t.value).unwrap_or_default();
        keys.end(found);
        return Text { zh, en };
    }
    Text {
        zh: text(node, found).map(|t| t.value).unwrap_or_default(),
        en: String::new(),
    }
}

/// A text that means something of its own, e.g. a limit; a finding with `code` where it does not.
pub(super) fn parsed<T: FromStr>(
    node: &Node,
    code: &'static str,
    found: &mut Vec<Diagnostic>,
) -> Option<Spanned<T>> {
    let text = text(node, found)?;
    match text.value.parse() {
        Ok(value) => Some(Spanned::new(value, node.span)),
        Err(_) => {
            found.push(Diagnostic::new(code, node.span).with("text", text.value));
            None
        }
    }
}

/// A value of the wrong shape.
pub(super) fn wrong_type(node: &Node, wanted: &str) -> Diagnostic {
    let is = match node.value {
        Yaml::Scalar { .. } => "text",
        Yaml::Seq(_) => "list",
        Yaml::Map(_) => "map",
    };
    Diagnostic::new("E0202", node.span)
        .with("wanted", wanted)
        .with("is", is)
}
