//! Reads steps: one of the kinds each, and what any step may have.

use super::Reader;
use super::keys::{Keys, list, name, outer_name, parsed, text, title, value, wrong_type};
use super::outcomes::{end_state, notify, outcome, papers, reason, short, with};
use super::parts::{basis, limit_value, limits, parties};
use crate::diagnostic::Diagnostic;
use crate::matter::{
    Branch, EndState, Join, Kind, Letter, Name, Needs, Owner, Pauses, SequenceIx, Step, StepIx,
    Value, WaitOn, With,
};
use crate::source::{Span, Spanned};
use crate::text::Text;
use crate::yaml::{Entry, Node, Value as Yaml};

/// The key that makes a step what it is.
const KINDS: [&str; 14] = [
    "task", "handoff", "subcase", "wait", "call", "decide", "choice", "parallel", "for_each",
    "steps", "set", "paper", "notify", "end",
];

/// Keys of the language that a later version will read.
const LATER: [&str; 6] = [
    "countersign",
    "repeat",
    "slot",
    "alone",
    "one_at_a_time",
    "use",
];

impl Reader<'_> {
    /// Reads the steps of a sequence.
    pub(super) fn sequence(&mut self, node: Option<&Node>, owner: Owner) -> SequenceIx {
        let ix = self.new_sequence(owner);
        if let Some(node) = node {
            if !matches!(node.value, Yaml::Seq(_)) {
                self.found.push(wrong_type(node, "list"));
            }
            for item in node.items() {
                if let Some(step) = self.step(item, ix)
                    && let Some(sequence) = self.matter.sequences.get_mut(ix.0 as usize)
                {
                    sequence.steps.push(step);
                }
            }
        }
        ix
    }

    /// Reads one step into the arena; its place is taken first, so that what lies inside comes after it.
    fn step(&mut self, node: &Node, within: SequenceIx) -> Option<StepIx> {
        for entry in node.entries() {
            if LATER.contains(&entry.key.as_str()) {
                self.found
                    .push(Diagnostic::new("E0211", entry.key_span).with("key", entry.key.as_str()));
                return None;
            }
        }
        let kinds: Vec<&Entry> = node
            .entries()
            .iter()
            .filter(|e| KINDS.contains(&e.key.as_str()))
            .collect();
        // `paper` and `notify` may stand beside `end`, and `form` beside a hand-off's `steps`.
        let leading = KINDS
            .iter()
            .find_map(|k| kinds.iter().find(|e| e.key == *k && goes_alone(e, &kinds)));
        let Some(leading) = leading.copied() else {
            self.found
                .push(Diagnostic::new("E0209", node.span).with("kinds", KINDS.join(" ")));
            return None;
        };
        let ix = self.reserve(node.span);
        let mut keys = Keys::of(node, &mut self.found);
        let id = keys
            .name("id", &mut self.found)
            .unwrap_or_else(|| Spanned::new(self.nameless(leading), leading.key_span));
        let step_title = keys.title("title", &mut self.found);
        let kind = self.kind(leading, &mut keys, ix)?;
        let mut step = Step {
            id,
            title: step_title,
            within,
            kind,
            only_if: keys.value("if", &mut self.found),
            needs: keys.get("needs").map(|n| needs(n, &mut self.found)),
            limit: keys
                .get("limit")
                .and_then(|n| limit_value(n, &mut self.found)),
            pauses: keys.get("pauses").map(|n| pauses(n, &mut self.found)),
            status: keys.text("status", &mut self.found),
            parties: parties(keys.get("parties"), &mut self.found),
            limits: limits(keys.get("limits"), &mut self.found),
            events: Vec::new(),
            beside: keys.flag("beside", &mut self.found),
            undo: keys.get("undo").and_then(|n| letter(n, &mut self.found)),
            outcomes: Vec::new(),
            basis: basis(keys.get("basis"), &mut self.found),
            span: node.span,
        };
        step.events = keys
            .get("events")
            .map(|n| self.events(n))
            .unwrap_or_default();
        step.outcomes = self.outcomes(leading, &mut keys);
        keys.get("city_may");
        if let Kind::ForEach { body, .. } | Kind::Group { body, .. } = &step.kind {
            let gives = keys.names("gives", &mut self.found);
            self.give(*body, gives);
        }
        keys.end(&mut self.found);
        if let Some(place) = self.matter.steps.get_mut(ix.0 as usize) {
            *place = step;
        }
        Some(ix)
    }

    fn outcomes(&mut self, leading: &Entry, keys: &mut Keys<'_>) -> Vec<crate::matter::Outcome> {
        let found = &mut self.found;
        if leading.key == "choice" {
            return leading
                .value
                .items()
                .iter()
                .enumerate()
                .filter_map(|(n, row)| row_outcome(n, row, found))
                .collect();
        }
        let mut outcomes: Vec<_> = match keys.get("outcomes") {
            Some(node) => node
                .entries()
                .iter()
                .filter_map(|e| outcome(e, found))
                .collect(),
            None => Vec::new(),
        };
        // `then: way` is short for the outcome `done`.
        if let Some(entry) = keys.entry("then") {
            let done = Entry {
                key: "done".to_owned(),
                ..entry.clone()
            };
            outcomes.extend(outcome(&done, found));
        }
        outcomes
    }

    fn kind(&mut self, leading: &Entry, keys: &mut Keys<'_>, ix: StepIx) -> Option<Kind> {
        let node = &leading.value;
        let kind = match leading.key.as_str() {
            "task" => Kind::Task {
                parties: keys.names("task", &mut self.found),
                form: keys.text("form", &mut self.found),
                shows: keys.texts("shows", &mut self.found),
                four_eyes: keys.name("four_eyes", &mut self.found),
                bulk: keys.flag("bulk", &mut self.found),
            },
            "handoff" => Kind::Handoff {
                party: keys.name("handoff", &mut self.found)?,
                shares: keys.texts("shares", &mut self.found),
                returns: keys.texts("returns", &mut self.found),
                receive: keys
                    .get("receive")
                    .and_then(|n| limit_value(n, &mut self.found)),
                form: keys.text("form", &mut self.found),
                body: keys
                    .get("steps")
                    .map(|n| self.sequence(Some(n), Owner::Step(ix))),
            },
            "subcase" => {
                let matter = keys.text("subcase", &mut self.found)?;
                Kind::Subcase {
                    matter,
                    with: given(keys.get("with"), &mut self.found),
                }
            }
            "wait" => {
                keys.get("wait");
                Kind::Wait {
                    on: wait(node, &mut self.found)?,
                    form: keys.text("form", &mut self.found),
                }
            }
            "call" => Kind::Call {
                connector: keys.text("call", &mut self.found)?,
                send: named(keys.get("send"), &mut self.found),
                retry: keys
                    .get("retry")
                    .and_then(|n| parsed(n, "E0202", &mut self.found))
                    .map(|n| n.value),
                form: keys.text("form", &mut self.found),
            },
            "decide" => {
                let table = keys.text("decide", &mut self.found)?;
                Kind::Decide {
                    table,
                    input: named(keys.get("input"), &mut self.found),
                }
            }
            "choice" => {
                keys.get("choice");
                Kind::Choice {
                    conditions: node
                        .items()
                        .iter()
                        .map(|row| row.get("if").and_then(|n| value(n, &mut self.found)))
                        .collect(),
                }
            }
            "parallel" => {
                keys.get("parallel");
                let branches = node.entries().iter().map(|e| self.branch(e, ix)).collect();
                Kind::Parallel {
                    branches,
                    join: keys
                        .get("join")
                        .map(|n| join(n, &mut self.found))
                        .unwrap_or_default(),
                }
            }
            "for_each" => Kind::ForEach {
                list: keys.value("for_each", &mut self.found)?,
                alias: keys
                    .name("as", &mut self.found)
                    .unwrap_or_else(|| Spanned::new("item".into(), leading.key_span)),
                key: keys.value("key", &mut self.found)?,
                join: keys
                    .get("join")
                    .map(|n| join(n, &mut self.found))
                    .unwrap_or_default(),
                may_add: keys.name("may_add", &mut self.found),
                may_end: keys.name("may_end", &mut self.found),
                body: self.sequence(keys.get("steps"), Owner::Step(ix)),
            },
            "steps" => Kind::Group {
                body: self.sequence(keys.get("steps"), Owner::Step(ix)),
                block: None,
                takes: Vec::new(),
            },
            "set" => Kind::Set(named(keys.get("set"), &mut self.found)),
            "notify" => Kind::Notify(
                keys.get("notify")
                    .map(|n| notify(n, &mut self.found))
                    .unwrap_or_default(),
            ),
            "paper" => Kind::Paper(papers(keys, &mut self.found).into_iter().next()?),
            _ => Kind::End(self.end(keys)?),
        };
        Some(kind)
    }

    fn end(&mut self, keys: &mut Keys<'_>) -> Option<EndState> {
        let label = keys.get("label").map(|n| title(n, &mut self.found));
        let mut end = end_state(keys.get("end")?, label, &mut self.found)?;
        end.papers = papers(keys, &mut self.found);
        end.reason = keys
            .get("reason")
            .map(|n| reason(n, &mut self.found))
            .unwrap_or_default();
        Some(end)
    }

    fn branch(&mut self, entry: &Entry, ix: StepIx) -> Branch {
        let mut keys = Keys::of(&entry.value, &mut self.found);
        let name = Spanned::new(Name::from(entry.key.as_str()), entry.key_span);
        let branch_title = keys.title("title", &mut self.found);
        let only_if = keys.value("if", &mut self.found);
        let needs = keys.get("needs").map(|n| needs(n, &mut self.found));
        let body = self.sequence(keys.get("steps"), Owner::Branch(ix, name.value.clone()));
        let gives = keys.names("gives", &mut self.found);
        self.give(body, gives);
        let events = keys
            .get("events")
            .map(|n| self.events(n))
            .unwrap_or_default();
        keys.end(&mut self.found);
        Branch {
            name,
            title: branch_title,
            only_if,
            needs,
            body,
            events,
        }
    }

    fn give(&mut self, sequence: SequenceIx, gives: Vec<Spanned<Name>>) {
        if let Some(sequence) = self.matter.sequences.get_mut(sequence.0 as usize) {
            sequence.gives = gives;
        }
    }

    /// A place in the arena, filled once the step is read.
    fn reserve(&mut self, span: Span) -> StepIx {
        let ix = StepIx(u32::try_from(self.matter.steps.len()).unwrap_or(u32::MAX));
        self.matter.steps.push(Step {
            id: Spanned::default(),
            title: Text::default(),
            within: SequenceIx::default(),
            kind: Kind::Set(Vec::new()),
            only_if: None,
            needs: None,
            limit: None,
            pauses: None,
            status: None,
            parties: Vec::new(),
            limits: Vec::new(),
            events: Vec::new(),
            beside: false,
            undo: None,
            outcomes: Vec::new(),
            basis: Vec::new(),
            span,
        });
        ix
    }

    /// `end`, `paper` and `notify` need an id only when something points to them.
    fn nameless(&mut self, leading: &Entry) -> Name {
        if !["end", "paper", "notify"].contains(&leading.key.as_str()) {
            self.found
                .push(Diagnostic::new("E0205", leading.key_span).with("keys", "id"));
        }
        format!("{}_{}", leading.key, self.matter.steps.len()).into()
    }
}

/// A key is a kind of its own unless a greater one stands beside it: `steps` inside a hand-off, `paper` and `notify` with `end`.
fn goes_alone(entry: &Entry, kinds: &[&Entry]) -> bool {
    let beside = |key: &str| kinds.iter().any(|e| e.key == key);
    match entry.key.as_str() {
        "steps" => !beside("handoff") && !beside("for_each"),
        "paper" | "notify" => !beside("end"),
        _ => kinds
            .iter()
            .all(|e| e.key == entry.key || !goes_alone_always(&e.key)),
    }
}

fn goes_alone_always(key: &str) -> bool {
    !["steps", "paper", "notify"].contains(&key)
}

/// A row of a choice: `{ if: =…, OUTCOME }`, `{ else: step }` or `else: { … }`.
fn row_outcome(
    n: usize,
    row: &Node,
    found: &mut Vec<Diagnostic>,
) -> Option<crate::matter::Outcome> {
    let label = Spanned::new(Name::from((n + 1).to_string()), row.span);
    if let Some(entry) = row.entry("else") {
        let other = Entry {
            key: "else".to_owned(),
            ..entry.clone()
        };
        // `{ else: step }` and `{ else: { end: … } }` alike.
        return match entry.value.text() {
            Some(target) => Some(short(
                Spanned::new("else".into(), entry.key_span),
                Spanned::new(target.into(), entry.value.span),
            )),
            None => outcome(&other, found),
        };
    }
    let mut keys = Keys::of(row, found);
    let outcome = with(label, row.span, &mut keys, found);
    keys.end(found);
    // The condition is the row's, not a restraint on an outcome that is offered.
    outcome.map(|o| crate::matter::Outcome { only_if: None, ..o })
}

fn needs(node: &Node, found: &mut Vec<Diagnostic>) -> Needs {
    match value(node, found) {
        Some(condition @ Value::Computed(_)) => Needs::Condition(condition),
        _ => Needs::Marks(list(node).filter_map(|n| name(n, found)).collect()),
    }
}

/// `all`, a list of limits, or `{ limits, if, max, paper }`.
pub(super) fn pauses(node: &Node, found: &mut Vec<Diagnostic>) -> Pauses {
    let which = |node: &Node, found: &mut Vec<Diagnostic>| match node.text() {
        Some("all") => None,
        _ => Some(list(node).filter_map(|n| name(n, found)).collect()),
    };
    if !matches!(node.value, Yaml::Map(_)) {
        return Pauses {
            limits: which(node, found),
            only_if: None,
            max: None,
            paper: None,
        };
    }
    let mut keys = Keys::of(node, found);
    let pauses = Pauses {
        limits: keys.get("limits").and_then(|n| which(n, found)),
        only_if: keys.value("if", found),
        max: keys.get("max").and_then(|n| limit_value(n, found)),
        paper: keys.text("paper", found),
    };
    keys.end(found);
    pauses
}

fn letter(node: &Node, found: &mut Vec<Diagnostic>) -> Option<Letter> {
    let mut keys = Keys::of(node, found);
    let letter = papers(&mut keys, found).into_iter().next();
    keys.end(found);
    letter
}

fn given(node: Option<&Node>, found: &mut Vec<Diagnostic>) -> With {
    match node {
        None => With::Nothing,
        Some(node) if node.text() == Some("form") => With::Form,
        Some(node) => With::Fields(named(Some(node), found)),
    }
}

fn named(node: Option<&Node>, found: &mut Vec<Diagnostic>) -> Vec<(Spanned<Name>, Value)> {
    let entries = node.map(Node::entries).unwrap_or_default().iter();
    entries
        .filter_map(|e| {
            Some((
                Spanned::new(e.key.as_str().into(), e.key_span),
                value(&e.value, found)?,
            ))
        })
        .collect()
}

fn wait(node: &Node, found: &mut Vec<Diagnostic>) -> Option<WaitOn> {
    if !matches!(node.value, Yaml::Map(_)) {
        return limit_value(node, found).map(WaitOn::For);
    }
    let mut keys = Keys::of(node, found);
    let message = keys.get("message").and_then(|n| outer_name(n, found));
    let key = keys.value("key", found);
    let until = keys.value("until", found);
    keys.end(found);
    match (message, key, until) {
        (Some(name), Some(key), None) => Some(WaitOn::Message { name, key }),
        (None, None, Some(until)) => Some(WaitOn::Until(until)),
        _ => {
            found.push(Diagnostic::new("E0205", node.span).with("keys", "message, key / until"));
            None
        }
    }
}

fn join(node: &Node, found: &mut Vec<Diagnostic>) -> Join {
    if matches!(node.value, Yaml::Seq(_)) {
        return Join::Branches(list(node).filter_map(|n| name(n, found)).collect());
    }
    match (node.text(), text(node, found)) {
        (Some("all"), _) => Join::All,
        (Some("any"), _) => Join::Any,
        (Some("more_than_half"), _) => Join::MoreThanHalf,
        (Some(condition), _) if condition.starts_with('=') => {
            value(node, found).map(Join::Condition).unwrap_or_default()
        }
        (Some(number), _) => number.parse().map(Join::Number).unwrap_or_else(|_| {
            found.push(wrong_type(
                node,
                "all / any / more_than_half / 2 / [a, b] / =…",
            ));
            Join::All
        }),
        _ => Join::All,
    }
}
