//! The small readers every place uses: texts, names, values, lists, yes and no, and the findings they make.

use super::{Reader, keys};
use crate::diagnostic::{Diagnostic, nearest};
use crate::matter::{Formula, Name, Value};
use crate::source::{Span, Spanned};
use crate::text::Text;
use crate::yaml::{self, Entry, Node};

impl Reader<'_> {
    pub(super) fn report(&mut self, found: Diagnostic) {
        self.found.push(found);
    }

    /// Wrong type of value: says what was expected.
    pub(super) fn expected(&mut self, node: &Node, what: &str) {
        self.report(Diagnostic::new("E0202", node.span).with("what", what));
    }

    /// The entries of a map whose keys are known; reports everything else.
    pub(super) fn map<'n>(&mut self, node: &'n Node, known: &[&str]) -> &'n [Entry] {
        let entries = self.named(node);
        for e in entries {
            if e.value.is_empty() {
                continue;
            }
            if keys::SAID_OTHERWISE.contains(&e.key.as_str()) {
                self.said_otherwise(e);
            } else if !known.contains(&e.key.as_str()) {
                let found = Diagnostic::new("E0201", e.key_span)
                    .with("name", e.key.as_str())
                    .near(&e.key, known.iter().copied());
                self.unknown.insert(e.key_span);
                self.report(found);
            }
        }
        entries
    }

    /// The entries of a map whose keys are names of the author.
    pub(super) fn named<'n>(&mut self, node: &'n Node) -> &'n [Entry] {
        if !matches!(node.value, yaml::Value::Map(_)) {
            self.expected(node, "{ … : … }");
        }
        for e in node.entries().iter().filter(|e| e.value.is_empty()) {
            let found = Diagnostic::new("E0204", e.key_span).with("name", e.key.as_str());
            self.report(found);
        }
        node.entries()
    }

    /// What has no key of its own, and what says it.
    pub(super) fn said_otherwise(&mut self, e: &Entry) {
        let how = crate::text::both(&format!("E0211.{}", e.key), &[]);
        let found = Diagnostic::new("E0211", e.key_span).with("name", e.key.as_str());
        self.report(found.told("how", "how.en", &how));
    }

    /// Reports keys that are not there; `at` is where the finding points.
    pub(super) fn require(&mut self, node: &Node, at: Span, needed: &[&str]) {
        if !matches!(node.value, yaml::Value::Map(_)) {
            return;
        }
        let absent = needed.iter().filter(|k| !self.has(node, k));
        for key in absent.copied().collect::<Vec<_>>() {
            let short = Span {
                end: at.end.min(at.start + 1),
                ..at
            };
            self.report(Diagnostic::new("E0205", short).with("name", key));
        }
    }

    /// Whether a key is there, be it misspelt: that is reported already.
    pub(super) fn has(&self, node: &Node, key: &str) -> bool {
        node.entries().iter().any(|e| {
            let meant = || nearest(&e.key, [key]).is_some();
            e.key == key || (self.unknown.contains(&e.key_span) && meant())
        })
    }

    pub(super) fn text(&mut self, node: &Node) -> Option<Spanned<String>> {
        let text = node.text().map(|t| Spanned::new(t.to_owned(), node.span));
        if text.is_none() {
            self.expected(node, "text");
        }
        text
    }

    /// One text or a list of them.
    pub(super) fn texts(&mut self, node: &Node) -> Vec<Spanned<String>> {
        match &node.value {
            yaml::Value::Seq(items) => items.iter().filter_map(|n| self.text(n)).collect(),
            _ => self.text(node).into_iter().collect(),
        }
    }

    /// The name of a file: letters, digits, `_` and `-`.
    pub(super) fn file_name(&mut self, node: &Node) -> Option<Spanned<String>> {
        self.text(node)
    }

    /// A reference to a name, as written.
    pub(super) fn name(&mut self, node: &Node) -> Option<Spanned<Name>> {
        self.text(node)
            .map(|t| Spanned::new(t.value.as_str().into(), t.span))
    }

    /// One name or a list of them, as written.
    pub(super) fn names(&mut self, node: &Node) -> Vec<Spanned<Name>> {
        let texts = self.texts(node).into_iter();
        texts
            .map(|t| Spanned::new(t.value.as_str().into(), t.span))
            .collect()
    }

    /// Results a `leave` may name.
    pub(super) fn outcome_names(&mut self, node: &Node) -> Vec<Spanned<Name>> {
        self.names(node)
    }

    /// Checks a name that is given here: letters, digits and `_`, and no word of the language.
    pub(super) fn declare(&mut self, name: &str, span: Span) {
        let letters = name.chars().all(|c| c.is_alphanumeric() || c == '_');
        let digit_first = name.starts_with(|c: char| c.is_ascii_digit());
        if name.is_empty() || !letters || digit_first || keys::reserved(name) {
            self.report(Diagnostic::new("E0207", span).with("name", name));
        }
    }

    pub(super) fn flag(&mut self, node: &Node) -> bool {
        match node.text() {
            Some("true") => true,
            Some("false") => false,
            _ => {
                self.expected(node, "true | false");
                false
            }
        }
    }

    pub(super) fn number(&mut self, node: &Node) -> Option<u32> {
        let number = node.text().and_then(|t| t.parse().ok());
        if number.is_none() {
            self.expected(node, "1, 2, 3 …");
        }
        number
    }

    /// A text, an expression, or a list of them.
    pub(super) fn value(&mut self, node: &Node) -> Option<Value> {
        match &node.value {
            yaml::Value::Seq(items) => Some(Value::List(
                items.iter().filter_map(|n| self.value(n)).collect(),
            )),
            yaml::Value::Scalar { .. } if node.text().is_some() => Some(plain_or_computed(node)),
            _ => {
                self.expected(node, "text | =…");
                None
            }
        }
    }

    /// An expression; a plain text is a finding.
    pub(super) fn computed(&mut self, node: &Node) -> Option<Value> {
        match node.text() {
            Some(t) if t.starts_with('=') => Some(plain_or_computed(node)),
            _ => {
                self.expected(node, "=…");
                None
            }
        }
    }

    /// Names with their values.
    pub(super) fn fields(&mut self, node: &Node) -> Vec<(Spanned<Name>, Value)> {
        let entries = self.named(node).iter().filter(|e| !e.value.is_empty());
        let mut out = Vec::new();
        for e in entries {
            if let Some(value) = self.value(&e.value) {
                out.push((key_name(e), value));
            }
        }
        out
    }

    /// `title: text` or `title: { zh, en }`; what has no English here has that of the list.
    pub(super) fn title(&mut self, node: &Node) -> Text {
        let mut text = match node.text() {
            Some(text) => text.into(),
            None => {
                self.map(node, &["zh", "en"]);
                let one = |key| node.get(key).and_then(Node::text).map(str::to_owned);
                let en = one("en").unwrap_or_default();
                Text {
                    zh: one("zh").unwrap_or_else(|| en.clone()),
                    en,
                }
            }
        };
        self.english.fill(&mut text);
        text
    }
}

/// The key of an entry as a name with its place.
pub fn key_name(e: &Entry) -> Spanned<Name> {
    Spanned::new(e.key.as_str().into(), e.key_span)
}

fn plain_or_computed(node: &Node) -> Value {
    let text = node.text().unwrap_or_default();
    match text.strip_prefix('=') {
        Some(expression) => {
            // The sign stands one byte after the start; in quotes, two.
            let width = (node.span.end - node.span.start) as usize;
            let quote = (width.saturating_sub(text.len()) / 2).min(1);
            let span = node.span.part(quote + 1, width - quote);
            Value::Computed(Formula::new(Spanned::new(expression.to_owned(), span)))
        }
        None => Value::Plain(Spanned::new(text.to_owned(), node.span)),
    }
}
