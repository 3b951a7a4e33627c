//! What one kind of step says about itself.

use super::outcomes::unread;
use super::values::key_name;
use super::{Reader, keys};
use crate::clock::Unit;
use crate::diagnostic::Diagnostic;
use crate::matter::{
    Branch, Join, Kind, Name, Owner, Rounds, SequenceIx, Step, StepIx, Value, WaitOn, With,
};
use crate::source::Spanned;
use crate::text::Text;
use crate::yaml::{Entry, Node, Value as Yaml};

/// The value under a key, unless it is empty (which has been reported).
fn get<'n>(node: &'n Node, key: &str) -> Option<&'n Node> {
    node.get(key).filter(|n| !n.is_empty())
}

impl Reader<'_> {
    pub(super) fn kind(
        &mut self,
        node: &Node,
        kind: &str,
        at: StepIx,
        step: &mut Step,
    ) -> Option<Kind> {
        let main = get(node, kind)?;
        Some(match kind {
            "task" => Kind::Task {
                parties: self.party_list(main),
                form: self.text_at(node, "form"),
                shows: get(node, "shows").map(|n| self.refs(n)).unwrap_or_default(),
                four_eyes: get(node, "four_eyes").and_then(|n| self.party(n)),
                bulk: get(node, "bulk").is_some_and(|n| self.flag(n)),
            },
            "handoff" => Kind::Handoff {
                party: self.party(main)?,
                shares: get(node, "shares")
                    .map(|n| self.refs(n))
                    .unwrap_or_default(),
                returns: get(node, "returns")
                    .map(|n| self.refs(n))
                    .unwrap_or_default(),
                receive: get(node, "receive").and_then(|n| self.limit_value(n)),
                form: self.text_at(node, "form"),
                body: get(node, "steps").map(|n| self.body(n, node, Owner::Step(at))),
            },
            "subcase" => Kind::Subcase {
                matter: self.text(main)?,
                with: get(node, "with").map(|n| self.with(n)).unwrap_or_default(),
            },
            "wait" => Kind::Wait {
                on: self.wait(main)?,
                form: self.text_at(node, "form"),
            },
            "call" => Kind::Call {
                connector: self.text(main)?,
                send: get(node, "send")
                    .map(|n| self.fields(n))
                    .unwrap_or_default(),
                retry: get(node, "retry").and_then(|n| self.number(n)),
                form: self.text_at(node, "form"),
            },
            "decide" => Kind::Decide {
                table: self.text(main)?,
                input: get(node, "input")
                    .map(|n| self.fields(n))
                    .unwrap_or_default(),
            },
            "choice" => self.choice(main, step),
            "parallel" => Kind::Parallel {
                branches: self.branches(main, at),
                join: self.join(node),
                counts: self.counts(node),
            },
            "for_each" => self.for_each(node, main, at)?,
            "repeat" => self.repeat(node, main, at)?,
            "use" => self.used_steps(node, main, at, step)?,
            "slot" => self.slot(&step.id.value, node, at),
            "set" => Kind::Set(self.fields(main)),
            "end" => {
                let mut end = self.end_state(main)?;
                end.label = get(node, "label").map(|n| self.title(n));
                end.papers = get(node, "paper")
                    .map(|n| self.papers(n, node))
                    .unwrap_or_default();
                end.reason = get(node, "reason")
                    .map(|n| self.reason(n))
                    .unwrap_or_default();
                Kind::End(end)
            }
            "steps" => Kind::Group {
                body: self.body(main, node, Owner::Step(at)),
                block: None,
                takes: Vec::new(),
                alone: get(node, "alone").and_then(|n| self.value(n)),
            },
            "paper" => Kind::Paper(self.papers(main, node).into_iter().next()?),
            _ => Kind::Notify(self.notify(main)),
        })
    }

    /// A group that is empty until an overlay fills it; of several that do, the last one does.
    fn slot(&mut self, name: &Name, around: &Node, at: StepIx) -> Kind {
        self.slots.insert(name.clone());
        let changes = self.overlays.iter().rev();
        let mut changes = changes.flat_map(|o| &o.changes);
        let fill = changes.find(|e| e.key == **name && !e.value.is_empty());
        let body = self.sequence(Owner::Step(at));
        self.set_gives(body, around.get("gives"));
        if let Some(fill) = fill {
            self.joins_block(&fill.value);
            self.steps(&fill.value, body);
        }
        Kind::Group {
            body,
            block: None,
            takes: Vec::new(),
            alone: None,
        }
    }

    fn text_at(&mut self, node: &Node, key: &str) -> Option<Spanned<String>> {
        let node = get(node, key)?;
        if let Some(given) = self.taken_name(node) {
            return given;
        }
        self.text(node)
    }

    /// Steps and values named by their address; those of the block around are renamed.
    fn refs(&mut self, node: &Node) -> Vec<Spanned<String>> {
        let texts = self.texts(node);
        let one = |t: Spanned<String>| Spanned::new(self.renamed(&t.value), t.span);
        texts.into_iter().map(one).collect()
    }

    fn body(&mut self, steps: &Node, around: &Node, owner: Owner) -> SequenceIx {
        let body = self.sequence(owner);
        self.set_gives(body, around.get("gives"));
        self.steps(steps, body);
        body
    }

    fn with(&mut self, node: &Node) -> With {
        match node.text() {
            Some("form") => With::Form,
            _ => With::Fields(self.fields(node)),
        }
    }

    fn wait(&mut self, node: &Node) -> Option<WaitOn> {
        if !matches!(node.value, Yaml::Map(_)) {
            return self.limit_value(node).map(WaitOn::For);
        }
        self.map(node, keys::WAIT);
        if let Some(until) = get(node, "until") {
            return self.value(until).map(WaitOn::Until);
        }
        self.require(node, node.span, &["message", "key"]);
        let name = get(node, "message").and_then(|n| self.name(n));
        let key = get(node, "key").and_then(|n| self.value(n));
        Some(WaitOn::Message {
            name: name?,
            key: key?,
        })
    }

    /// Rows of conditions; row n goes by outcome n, named by its number, the last one `else`.
    fn choice(&mut self, node: &Node, step: &mut Step) -> Kind {
        let mut conditions = Vec::new();
        if !matches!(node.value, Yaml::Seq(_)) {
            self.expected(node, "[ { if: =…, go: … }, { else: … } ]");
        }
        for (n, row) in node.items().iter().enumerate() {
            let otherwise = row.entry("else");
            let (name, target, span) = match otherwise {
                Some(e) => {
                    self.map(row, &["else"]);
                    ("else".to_owned(), &e.value, e.key_span)
                }
                None => {
                    let start = row.span.part(0, 1);
                    self.require(row, start, &["if"]);
                    ((n + 1).to_string(), row, start)
                }
            };
            if target.is_empty() {
                continue;
            }
            let name: Spanned<Name> = Spanned::new(name.as_str().into(), span);
            let outcome = self.outcome(name.clone(), target, keys::OUTCOME);
            let mut outcome = outcome.unwrap_or_else(|| unread(name, target.span));
            conditions.push(outcome.only_if.take());
            step.outcomes.push(outcome);
        }
        if node
            .items()
            .last()
            .is_some_and(|r| r.entry("else").is_none())
        {
            let at = node.items().last().map_or(node.span, |r| r.span);
            self.report(Diagnostic::new("E0205", at.part(0, 1)).with("name", "else"));
        }
        Kind::Choice { conditions }
    }

    fn branches(&mut self, node: &Node, at: StepIx) -> Vec<Branch> {
        let mut out = Vec::new();
        for e in self.named(node).iter().filter(|e| !e.value.is_empty()) {
            self.declare(&e.key, e.key_span);
            out.push(self.branch(e, at));
        }
        out
    }

    fn branch(&mut self, e: &Entry, at: StepIx) -> Branch {
        let node = &e.value;
        self.map(node, keys::BRANCH);
        self.require(node, e.key_span, &["title", "steps"]);
        let name = key_name(e);
        let owner = Owner::Branch(at, name.value.clone());
        let body = match get(node, "steps") {
            Some(steps) => self.body(steps, node, owner),
            None => self.sequence(owner),
        };
        Branch {
            title: get(node, "title").map_or_else(Text::default, |n| self.title(n)),
            only_if: get(node, "if").and_then(|n| self.computed(n)),
            needs: get(node, "needs").map(|n| self.needs(n)),
            events: get(node, "events")
                .map(|n| self.events(n))
                .unwrap_or_default(),
            name,
            body,
        }
    }

    fn join(&mut self, node: &Node) -> Join {
        let Some(join) = get(node, "join") else {
            return Join::All;
        };
        match join.text() {
            Some("all") => Join::All,
            Some("any") => Join::Any,
            Some("more_than_half") => Join::MoreThanHalf,
            Some(t) if t.starts_with('=') => self.value(join).map_or(Join::All, Join::Condition),
            Some(_) => self.number(join).map_or(Join::All, Join::Number),
            None => Join::Branches(self.names(join)),
        }
    }

    fn counts(&mut self, node: &Node) -> Vec<Spanned<crate::matter::Name>> {
        get(node, "counts").map_or_else(Vec::new, |n| self.outcome_names(n))
    }

    fn for_each(&mut self, node: &Node, list: &Node, at: StepIx) -> Option<Kind> {
        let start = node.entry("for_each").map_or(node.span, |e| e.key_span);
        self.require(node, start, &["as", "key", "steps"]);
        let body = match get(node, "steps") {
            Some(steps) => self.body(steps, node, Owner::Step(at)),
            None => self.sequence(Owner::Step(at)),
        };
        let list = self.computed(list);
        let alias = get(node, "as").and_then(|n| self.name(n));
        if let Some(alias) = &alias {
            self.declare(&alias.value, alias.span);
        }
        let key: Option<Value> = get(node, "key").and_then(|n| self.computed(n));
        Some(Kind::ForEach {
            join: self.join(node),
            counts: self.counts(node),
            may_add: get(node, "may_add").and_then(|n| self.party(n)),
            may_end: get(node, "may_end").and_then(|n| self.party(n)),
            list: list?,
            alias: alias?,
            key: key?,
            body,
        })
    }

    fn repeat(&mut self, node: &Node, main: &Node, at: StepIx) -> Option<Kind> {
        let start = node.entry("repeat").map_or(node.span, |e| e.key_span);
        self.require(node, start, &["steps"]);
        self.map(main, keys::REPEAT);
        self.require(main, start, &["every"]);
        let body = match get(node, "steps") {
            Some(steps) => self.body(steps, node, Owner::Step(at)),
            None => self.sequence(Owner::Step(at)),
        };
        let every = get(main, "every").and_then(|n| {
            let every = self.limit(n)?;
            let long = matches!(every.value.unit, Unit::Days | Unit::Months | Unit::Years);
            if !long || every.value.count == 0 {
                self.expected(n, "1mo, 1y, 7d");
                return None;
            }
            Some(every)
        });
        let rounds = Rounds {
            from: get(main, "from").and_then(|n| self.computed(n)),
            day: get(main, "day").and_then(|n| self.whole(n, 1..=31)),
            times: get(main, "times").and_then(|n| self.whole(n, 1..=crate::matter::MOST_ROUNDS)),
            only_while: get(main, "while").and_then(|n| self.computed(n)),
            every: every?,
        };
        Some(Kind::Repeat { rounds, body })
    }

    /// A whole number within bounds, or an expression.
    fn whole(&mut self, node: &Node, bounds: std::ops::RangeInclusive<u32>) -> Option<Value> {
        let value = self.value(node)?;
        let fits = match &value {
            Value::Computed(_) => true,
            Value::Plain(text) => text.value.parse().is_ok_and(|n| bounds.contains(&n)),
            Value::List(_) => false,
        };
        if !fits {
            self.expected(node, &format!("{} … {}, =…", bounds.start(), bounds.end()));
        }
        fits.then_some(value)
    }
}
