//! From YAML trees to a [`Matter`]: reads everything, reports every problem at its place, stops at nothing.

mod blocks;
mod certifies;
mod events;
mod guidance;
pub(crate) mod keys;
mod kinds;
mod limits;
mod outcomes;
mod overlay;
mod parties;
mod steps;
mod values;

pub use blocks::Blocks;
pub(crate) use guidance::guidance;
pub(crate) use overlay::overlay;

use super::overlay::{Bound, Overlay};
use super::{Matter, Name, Owner, Sequence, SequenceIx};
use crate::diagnostic::Diagnostic;
use crate::english::English;
use crate::source::{Sources, Spanned};
use crate::yaml::{self, Node};
use blocks::Scope;
use std::collections::{BTreeMap, BTreeSet};

/// Reads a matter from `(path, text)`, putting shared blocks in place. Returns what could be read and every finding,
/// ordered by place; the matter is fit to run only when there are none (and `resolve` and `check` find none either).
pub fn read(
    files: &mut Sources,
    matter: (&str, &str),
    blocks: &Blocks,
) -> (Matter, Vec<Diagnostic>) {
    match parse(files, matter) {
        Ok(root) => {
            let built = build(&root, blocks, &[], &English::default());
            (built.matter, built.found)
        }
        Err(found) => (Matter::default(), found),
    }
}

/// The tree of a matter's text.
pub(crate) fn parse(files: &mut Sources, matter: (&str, &str)) -> Result<Node, Vec<Diagnostic>> {
    let file = files.add(matter.0, matter.1);
    yaml::parse(file, matter.1)
}

/// A matter as read, perhaps with overlays, and every finding, ordered by place.
#[derive(Debug, Default)]
pub(crate) struct Built {
    pub matter: Matter,
    pub found: Vec<Diagnostic>,
    /// The limits an overlay may change in one direction only.
    pub bounds: Vec<Bound>,
}

/// Makes a matter of its tree, with the changes of overlays, each over those before it, and English from the list.
pub(crate) fn build(
    root: &Node,
    blocks: &Blocks,
    overlays: &[&Overlay],
    english: &English,
) -> Built {
    let mut reader = Reader::new(blocks, overlays, english);
    reader.matter(root);
    for overlay in overlays {
        reader.apply(overlay);
    }
    let Reader {
        mut found,
        matter,
        bounds,
        ..
    } = reader;
    found.sort_by_key(|d| (d.span, d.code));
    found.dedup_by(|a, b| a.code == b.code && a.span == b.span);
    Built {
        matter,
        found,
        bounds,
    }
}

/// What is being read: the matter so far, the findings so far, and the shared blocks around the place.
struct Reader<'b> {
    found: Vec<Diagnostic>,
    matter: Matter,
    blocks: &'b Blocks,
    english: &'b English,
    /// Overlays that fill slots.
    overlays: &'b [&'b Overlay],
    slots: BTreeSet<Name>,
    bounds: Vec<Bound>,
    scopes: Vec<Scope>,
    ids: BTreeMap<Name, crate::source::Span>,
    /// Places of the keys that were reported as unknown.
    unknown: BTreeSet<crate::source::Span>,
}

impl<'b> Reader<'b> {
    fn new(blocks: &'b Blocks, overlays: &'b [&'b Overlay], english: &'b English) -> Reader<'b> {
        Reader {
            found: Vec::new(),
            matter: Matter::default(),
            blocks,
            english,
            overlays,
            slots: BTreeSet::new(),
            bounds: Vec::new(),
            scopes: Vec::new(),
            ids: BTreeMap::new(),
            unknown: BTreeSet::new(),
        }
    }
}

impl Reader<'_> {
    fn matter(&mut self, root: &Node) {
        let entries = self.map(root, keys::MATTER);
        self.require(root, root.span, &["matter", "title", "steps"]);
        self.matter.root = self.sequence(Owner::Matter);
        let mut steps = None;
        for e in entries {
            let v = &e.value;
            if v.is_empty() {
                continue;
            }
            match e.key.as_str() {
                "matter" => self.matter.id = self.file_name(v).unwrap_or_default_name(),
                "title" => self.matter.title = self.title(v),
                "code" => {
                    self.matter.code = self.text(v).map(|t| t.value).unwrap_or_default();
                    self.matter.code_at = v.span;
                }
                "basis" => self.matter.basis = self.basis(v),
                "channels" => self.matter.channels = self.texts(v),
                "form" => self.matter.form = self.text(v),
                "intake_receipt" => self.receipt(v),
                "unique" => self.matter.unique = self.value(v),
                "decides" => self.matter.decides = self.name(v),
                "final" => self.matter.final_mark = self.name(v),
                "follows" => self.matter.follows = self.texts(v),
                "parties" => self.matter.parties = self.parties(v),
                "materials" => self.matter.materials = self.materials(v),
                "certifies" => self.matter.certifies = Some(self.certifies(e)),
                "limits" => self.matter.limits = self.limits(v),
                "results" => self.matter.results = self.fields(v),
                "steps" => steps = Some(v),
                _ => {}
            }
        }
        if let Some(steps) = steps {
            self.steps(steps, self.matter.root);
        }
        if let Some(events) = root.get("events").filter(|n| !n.is_empty()) {
            self.matter.events = self.events(events);
        }
    }

    fn receipt(&mut self, node: &Node) {
        match node.text() {
            Some("none") => self.matter.no_receipt = true,
            Some("issued") => {}
            _ => self.expected(node, "issued | none"),
        }
    }

    /// A new, empty sequence of the matter.
    fn sequence(&mut self, owner: Owner) -> SequenceIx {
        let at = SequenceIx(u32::try_from(self.matter.sequences.len()).unwrap_or(u32::MAX));
        self.matter.sequences.push(Sequence {
            owner,
            ..Sequence::default()
        });
        at
    }

    fn set_gives(&mut self, at: SequenceIx, node: Option<&Node>) {
        let Some(node) = node.filter(|n| !n.is_empty()) else {
            return;
        };
        let gives = self.outcome_names(node);
        if let Some(sequence) = self.matter.sequences.get_mut(at.0 as usize) {
            sequence.gives = gives;
        }
    }
}

/// An absent id is the empty name: it has been reported already.
trait OrEmpty {
    fn unwrap_or_default_name(self) -> Spanned<Name>;
}

impl OrEmpty for Option<Spanned<String>> {
    fn unwrap_or_default_name(self) -> Spanned<Name> {
        self.map_or_else(
            || Spanned::new("".into(), crate::source::Span::default()),
            |t| Spanned::new(t.value.as_str().into(), t.span),
        )
    }
}
