//! `guidance.yaml`: what helps whoever does a step.

use super::{Blocks, Reader, keys};
use crate::diagnostic::Diagnostic;
use crate::english::English;
use crate::guidance::{Advice, Guidance, LINES, Reference, WIDTH};
use crate::source::Span;
use crate::text::Text;
use crate::yaml::{self, Entry, Node, Value as Yaml};

/// Reads the advice of a folder from the text of a file, numbered `file`.
pub(crate) fn guidance(
    file: u16,
    folder: &str,
    text: &str,
    english: &English,
) -> (Guidance, Vec<Diagnostic>) {
    let root = match yaml::parse(file, text) {
        Ok(root) => root,
        Err(found) => return (Guidance::new(), found),
    };
    let blocks = Blocks::default();
    let mut reader = Reader::new(&blocks, &[], english);
    let guidance = reader.guidance(&root, folder);
    (guidance, reader.found)
}

impl Reader<'_> {
    fn guidance(&mut self, root: &Node, folder: &str) -> Guidance {
        self.map(root, keys::GUIDANCE);
        self.require(root, root.span.part(0, 1), &["guidance", "steps"]);
        let of = root.get("guidance").filter(|n| !n.is_empty());
        if let Some(of) = of.filter(|of| of.text() != Some(folder)) {
            self.expected(of, folder);
        }
        let Some(steps) = root.get("steps").filter(|n| !n.is_empty()) else {
            return Guidance::new();
        };
        let steps = self.named(steps).iter().filter(|e| !e.value.is_empty());
        steps.map(|e| (e.key.clone(), self.advice(e))).collect()
    }

    fn advice(&mut self, e: &Entry) -> Advice {
        self.map(&e.value, keys::ADVICE);
        self.require(&e.value, e.key_span, &["do"]);
        let get = |key| e.value.get(key).filter(|n: &&Node| !n.is_empty());
        let see = get("see").map(Node::items).unwrap_or_default();
        Advice {
            lines: get("do").map(|n| self.lines(n)).unwrap_or_default(),
            see: see.iter().filter_map(|n| self.reference(n)).collect(),
            at: e.key_span,
        }
    }

    /// A few lines, short enough for the page of a task.
    fn lines(&mut self, node: &Node) -> Vec<Text> {
        let lines = match &node.value {
            Yaml::Seq(lines) => lines.iter().collect(),
            _ => vec![node],
        };
        let wide = |n: &&&Node| n.text().is_some_and(|t| t.chars().count() > WIDTH);
        let room = [("lines", LINES.to_string()), ("width", WIDTH.to_string())];
        let wrong: Vec<Span> = match lines.get(LINES) {
            Some(more) => vec![more.span],
            None => lines.iter().filter(wide).map(|n| n.span).collect(),
        };
        for span in wrong {
            let room = crate::text::both("guidance.room", &room);
            self.report(Diagnostic::new("E0202", span).told("what", "what.en", &room));
        }
        lines.into_iter().map(|n| self.title(n)).collect()
    }

    fn reference(&mut self, node: &Node) -> Option<Reference> {
        self.map(node, keys::REFERENCE);
        self.require(node, node.span, &["title"]);
        let get = |key| node.get(key).filter(|n: &&Node| !n.is_empty());
        Some(Reference {
            title: self.title(get("title")?),
            basis: get("basis").map(|n| self.basis(n)).unwrap_or_default(),
            table: get("table").and_then(|n| self.file_name(n)),
            note: get("note").map(|n| self.title(n)),
            from: get("from").and_then(|n| self.day(n)),
            until: get("until").and_then(|n| self.day(n)),
        })
    }
}
