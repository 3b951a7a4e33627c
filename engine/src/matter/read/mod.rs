//! Makes a [`Matter`] of a file, reporting every problem at its place and stopping at nothing. What the names mean is not asked
//! here: a matter that reads well may still not run.

mod events;
mod keys;
mod outcomes;
mod parts;
mod steps;

use super::{Matter, Owner, RunningCases, Sequence, SequenceIx};
use crate::diagnostic::Diagnostic;
use crate::source::Sources;
use crate::yaml;
use keys::{Keys, wrong_type};

/// Reads the text of a `matter.yaml`. Returns what could be understood and everything that could not, in order of place.
pub fn read(sources: &mut Sources, path: &str, text: &str) -> (Matter, Vec<Diagnostic>) {
    let file = sources.add(path, text);
    let root = match yaml::parse(file, text) {
        Ok(root) => root,
        Err(found) => return (Matter::default(), found),
    };
    let mut reader = Reader {
        matter: Matter::default(),
        found: Vec::new(),
        source: sources,
    };
    reader.matter(&root);
    reader.ids();
    let mut found = reader.found;
    found.sort_by_key(|d| (d.span.file, d.span.start));
    (reader.matter, found)
}

struct Reader<'s> {
    matter: Matter,
    found: Vec<Diagnostic>,
    source: &'s Sources,
}

impl Reader<'_> {
    fn matter(&mut self, root: &yaml::Node) {
        let mut keys = Keys::of(root, &mut self.found);
        // A matter's id is its folder's name, which may have hyphens.
        self.matter.id = keys
            .text("matter", &mut self.found)
            .map(|t| crate::source::Spanned::new(t.value.as_str().into(), t.span))
            .unwrap_or_default();
        self.matter.title = keys.title("title", &mut self.found);
        self.matter.code = keys
            .text("code", &mut self.found)
            .map(|t| t.value)
            .unwrap_or_default();
        self.matter.basis = parts::basis(keys.get("basis"), &mut self.found);
        self.matter.channels = keys.texts("channels", &mut self.found);
        self.matter.form = keys.text("form", &mut self.found);
        self.matter.unique = keys.value("unique", &mut self.found);
        self.matter.decides = keys.name("decides", &mut self.found);
        self.matter.final_mark = keys.name("final", &mut self.found);
        self.matter.effective = keys.text("effective", &mut self.found);
        self.matter.running_cases = self.running_cases(&mut keys);
        self.matter.parties = parts::parties(keys.get("parties"), &mut self.found);
        self.matter.materials = parts::materials(keys.get("materials"), &mut self.found);
        self.matter.limits = parts::limits(keys.get("limits"), &mut self.found);
        let results = keys.get("results").map(|n| n.entries()).unwrap_or_default();
        let name = |e: &yaml::Entry| crate::source::Spanned::new(e.key.as_str().into(), e.key_span);
        self.matter.results = results
            .iter()
            .filter_map(|e| Some((name(e), keys::value(&e.value, &mut self.found)?)))
            .collect();
        if keys.get("steps").is_none() {
            self.found
                .push(Diagnostic::new("E0205", root.span.part(0, 1)).with("keys", "steps"));
        }
        self.matter.root = self.sequence(keys.get("steps"), Owner::Matter);
        self.matter.events = keys
            .get("events")
            .map(|n| self.events(n))
            .unwrap_or_default();
        keys.end(&mut self.found);
    }

    fn running_cases(&mut self, keys: &mut Keys<'_>) -> RunningCases {
        let Some(node) = keys.get("running_cases") else {
            return RunningCases::Stay;
        };
        match node.text() {
            Some("stay") => RunningCases::Stay,
            Some("move_if_better") => RunningCases::MoveIfBetter,
            Some("move") => RunningCases::Move,
            _ => {
                self.found
                    .push(wrong_type(node, "stay / move_if_better / move"));
                RunningCases::Stay
            }
        }
    }

    fn new_sequence(&mut self, owner: Owner) -> SequenceIx {
        self.matter.sequences.push(Sequence {
            owner,
            ..Sequence::default()
        });
        SequenceIx(u32::try_from(self.matter.sequences.len() - 1).unwrap_or(u32::MAX))
    }

    /// Step names are unique in the whole matter.
    fn ids(&mut self) {
        for (n, step) in self.matter.steps.iter().enumerate() {
            let first = self
                .matter
                .steps
                .iter()
                .take(n)
                .find(|s| s.id.value == step.id.value && !s.id.value.is_empty());
            if let Some(first) = first {
                let line = self.source.position(first.id.span).line.to_string();
                let twice = Diagnostic::new("E0208", step.id.span)
                    .with("name", &*step.id.value)
                    .with("line", line);
                self.found.push(twice.also(first.id.span));
            }
        }
    }
}
