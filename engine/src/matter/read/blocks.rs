//! Shared blocks: read once, put in place wherever a matter uses them, their steps behind the name of the use.

use super::{Reader, keys};
use crate::diagnostic::Diagnostic;
use crate::matter::{EventIx, Kind, Name, Owner, Step, StepIx};
use crate::source::{Sources, Span, Spanned};
use crate::yaml::{self, Node, Value as Yaml};
use std::collections::{BTreeMap, BTreeSet};

/// The shared blocks a matter may use, by name.
#[derive(Clone, Debug, Default)]
pub struct Blocks(BTreeMap<String, Node>);

impl Blocks {
    /// Reads block files, `(path, text)` each. What is wrong inside a block is found where a matter uses it; here only
    /// texts that are no YAML, or no block, are reported.
    pub fn read(files: &mut Sources, texts: &[(&str, &str)]) -> (Blocks, Vec<Diagnostic>) {
        let mut blocks = BTreeMap::new();
        let mut found = Vec::new();
        for (path, text) in texts {
            let file = files.add(path, text);
            match yaml::parse(file, text) {
                Err(more) => found.extend(more),
                Ok(node) => match node.get("block").and_then(Node::text) {
                    Some(name) => {
                        blocks.insert(name.to_owned(), node);
                    }
                    None => found
                        .push(Diagnostic::new("E0205", node.span.part(0, 1)).with("name", "block")),
                },
            }
        }
        (Blocks(blocks), found)
    }
}

/// A block being read in its place.
pub struct Scope {
    prefix: String,
    steps: BTreeSet<String>,
    /// What it takes; `None` for what was not given and has no default.
    takes: BTreeMap<String, Option<Node>>,
}

impl Reader<'_> {
    /// `use: block` as a step.
    pub(super) fn used_steps(
        &mut self,
        node: &Node,
        main: &Node,
        at: StepIx,
        step: &mut Step,
    ) -> Option<Kind> {
        let name = self.text(main)?;
        let block = self.block(&name)?;
        let id = node.get("id").and_then(Node::text).unwrap_or(&name.value);
        let scope = self.scope(&block, id, node.get("with"), main.span);
        let takes = match node.get("with").filter(|n| !n.is_empty()) {
            Some(with) => self.fields(with),
            None => Vec::new(),
        };
        let body = self.sequence(Owner::Step(at));
        self.set_gives(body, block.get("gives"));
        let depth = self.scopes.len();
        self.scopes.push(scope);
        self.map(&block, keys::BLOCK);
        if let Some(steps) = block.get("steps").filter(|n| !n.is_empty()) {
            self.steps(steps, body);
        }
        if let Some(title) = block.get("title").filter(|_| step.title.zh.is_empty()) {
            step.title = self.title(title);
        }
        // The law a block rests on is the law of the step it became.
        if let Some(basis) = block.get("basis") {
            let basis = self.basis(basis);
            step.basis.extend(basis);
        }
        if let Some(events) = block.get("events").filter(|n| !n.is_empty()) {
            step.events.extend(self.events(events));
        }
        self.scopes.truncate(depth);
        Some(Kind::Group {
            body,
            block: Some(name),
            takes,
            alone: node
                .get("alone")
                .filter(|n| !n.is_empty())
                .and_then(|n| self.value(n)),
        })
    }

    /// `use: block` among events.
    pub(super) fn used_events(&mut self, around: &Node, main: &Node) -> Vec<EventIx> {
        let Some(name) = self.text(main) else {
            return Vec::new();
        };
        let Some(block) = self.block(&name) else {
            return Vec::new();
        };
        let prefix = name.value.replace('-', "_");
        let scope = self.scope(&block, &prefix, around.get("with"), main.span);
        self.scopes.push(scope);
        self.map(&block, keys::BLOCK);
        let events = block.get("events").filter(|n| !n.is_empty());
        let events = events.map(|n| self.events(n)).unwrap_or_default();
        self.scopes.pop();
        events
    }

    fn block(&mut self, name: &Spanned<String>) -> Option<Node> {
        let block = self.blocks.0.get(&name.value).cloned();
        if block.is_none() || self.scopes.len() > 8 {
            let found = Diagnostic::new("E0216", name.span)
                .with("name", name.value.as_str())
                .near(&name.value, self.blocks.0.keys().map(String::as_str));
            self.report(found);
            return None;
        }
        block
    }

    fn scope(&mut self, block: &Node, id: &str, with: Option<&Node>, at: Span) -> Scope {
        let with = with.filter(|n| !n.is_empty());
        let mut takes = BTreeMap::new();
        for e in block.get("takes").map(Node::entries).unwrap_or_default() {
            let given = with.and_then(|w| w.get(&e.key)).or(e.value.get("default"));
            let optional = e.value.get("optional").and_then(Node::text) == Some("true");
            if given.is_none() && !optional {
                self.report(Diagnostic::new("E0205", at).with("name", e.key.as_str()));
            }
            takes.insert(e.key.clone(), given.cloned());
        }
        for e in with.map(Node::entries).unwrap_or_default() {
            if !takes.contains_key(&e.key) && !e.value.is_empty() {
                let found = Diagnostic::new("E0201", e.key_span)
                    .with("name", e.key.as_str())
                    .near(&e.key, takes.keys().map(String::as_str));
                self.report(found);
            }
        }
        let mut steps = BTreeSet::new();
        collect_ids(block, &mut steps);
        Scope {
            prefix: format!("{}.", self.placed(id)),
            steps,
            takes,
        }
    }

    /// Steps that are put into the block around are steps of it.
    pub(super) fn joins_block(&mut self, steps: &Node) {
        if let Some(scope) = self.scopes.last_mut() {
            collect_steps(steps.items(), &mut scope.steps);
        }
    }

    /// A name given inside the block around: `check` becomes `intake.check`.
    pub(super) fn placed(&self, name: &str) -> Name {
        match self.scopes.last() {
            Some(scope) => format!("{}{name}", scope.prefix).as_str().into(),
            None => name.into(),
        }
    }

    /// A reference whose first part may be a step of the block around.
    pub(super) fn renamed(&self, text: &str) -> String {
        let head = text.split('.').next().unwrap_or(text);
        match self.scopes.last() {
            Some(scope) if scope.steps.contains(head) => format!("{}{text}", scope.prefix),
            _ => text.to_owned(),
        }
    }

    pub(super) fn step_name(&mut self, node: &Node) -> Option<Spanned<Name>> {
        let text = self.text(node)?;
        Some(Spanned::new(
            self.renamed(&text.value).as_str().into(),
            text.span,
        ))
    }

    pub(super) fn step_names(&mut self, node: &Node) -> Vec<Spanned<Name>> {
        match &node.value {
            Yaml::Seq(items) => items.iter().filter_map(|n| self.step_name(n)).collect(),
            _ => self.step_name(node).into_iter().collect(),
        }
    }

    /// The party given for a name the block takes, where it was given.
    pub(super) fn given_party(&self, name: &str) -> Option<Spanned<String>> {
        let given = self.scopes.last()?.takes.get(name)?.as_ref()?;
        Some(Spanned::new(given.text()?.to_owned(), given.span))
    }

    /// What was given for `=name`, where the block around takes that name: `Some(None)` when nothing was.
    pub(super) fn taken(&self, node: &Node) -> Option<Option<Node>> {
        let name = node.text()?.strip_prefix('=')?;
        self.scopes.last()?.takes.get(name.trim()).cloned()
    }

    /// What was given for a plain name that the block takes as a form or text.
    pub(super) fn taken_name(&self, node: &Node) -> Option<Option<Spanned<String>>> {
        let given = self.taken(node)?;
        Some(given.and_then(|n| n.text().map(|t| Spanned::new(t.to_owned(), n.span))))
    }
}

impl Blocks {
    /// The addresses of all steps of all blocks, behind the name of the block, or of its use without an `id`.
    pub(crate) fn addresses(&self) -> BTreeSet<String> {
        let mut all = BTreeSet::new();
        for (name, block) in &self.0 {
            let mut steps = BTreeSet::new();
            collect_ids(block, &mut steps);
            for prefix in [name.clone(), name.replace('-', "_")] {
                all.extend(steps.iter().map(|step| format!("{prefix}.{step}")));
            }
        }
        all
    }
}

/// The names of all steps inside a block.
fn collect_ids(node: &Node, out: &mut BTreeSet<String>) {
    collect_steps(node.get("steps").map(Node::items).unwrap_or_default(), out);
    for event in node.get("events").map(Node::entries).unwrap_or_default() {
        collect_ids(&event.value, out);
    }
}

fn collect_steps(steps: &[Node], out: &mut BTreeSet<String>) {
    for steps in steps {
        let name = steps.get("id").or(steps.get("slot"));
        out.extend(name.and_then(Node::text).map(str::to_owned));
        collect_ids(steps, out);
        for branch in steps.get("parallel").map(Node::entries).unwrap_or_default() {
            collect_ids(&branch.value, out);
        }
    }
}
