//! Branches at the same time: opened together, joined once; items that come and go.

use super::decide::{Course, Fault, Move};
use super::flow::How;
use super::{At, Fact, FrameNo, Name, Rejection};
use crate::expr::{self, Fuel, Values, part};
use crate::matter::{Branch, Formula, Join, Kind, Step, StepIx, Value};
use crate::source::Spanned;
use serde_json::Value as Json;
use std::borrow::Cow;
use std::collections::BTreeSet;

type Done = Result<(), Fault>;

impl Course<'_, '_> {
    pub(super) fn fork_branches(
        &mut self,
        frame: FrameNo,
        at: StepIx,
        step: &Step,
        branches: &[Branch],
    ) -> Done {
        let mut wanted = Vec::new();
        for branch in branches {
            wanted.push(self.holds_true(branch.only_if.as_ref(), frame, &step.id)?);
        }
        self.entered(frame, step, None);
        self.start_own_clock(frame, step, None)?;
        self.start_group_clocks(frame, step);
        for (branch, wanted) in branches.iter().zip(wanted) {
            let key = Some(branch.name.to_string());
            let inside = self.open_frame(frame, step, key, Json::Null);
            if !wanted {
                self.emit(Fact::FrameEnded {
                    frame: inside,
                    result: "skipped".into(),
                });
                continue;
            }
            let first = self
                .matter
                .sequence(branch.body)
                .and_then(|s| s.steps.first());
            let closed = !self.needed(inside, branch.needs.as_ref(), &step.id)?;
            match first.filter(|_| closed) {
                Some(first) => {
                    let step = self.id(*first);
                    self.start_region_clocks(inside);
                    self.emit(Fact::StepHeld {
                        frame: inside,
                        step,
                    });
                }
                None => self.begin(inside, branch.body),
            }
        }
        self.join(frame, at);
        self.overtaken(frame, Some(&step.id.value));
        Ok(())
    }

    pub(super) fn fork_items(&mut self, frame: FrameNo, at: StepIx, step: &Step) -> Done {
        let Kind::ForEach { list, body, .. } = &step.kind else {
            return Ok(());
        };
        let items = match self.json(list, frame, &step.id)? {
            Json::Array(items) => items,
            _ => Vec::new(),
        };
        let mut keys = BTreeSet::new();
        let mut keyed = Vec::new();
        for item in items {
            let key = self.item_key(frame, step, &item)?;
            if !keys.insert(key.clone()) {
                return Err(Fault::new("fault.same_key", &[("key", key)]));
            }
            keyed.push((key, item));
        }
        self.entered(frame, step, None);
        self.start_own_clock(frame, step, None)?;
        for (key, item) in keyed {
            let inside = self.open_frame(frame, step, Some(key), item);
            self.begin(inside, *body);
        }
        self.join(frame, at);
        Ok(())
    }

    fn item_key(&self, frame: FrameNo, step: &Step, item: &Json) -> Result<String, Fault> {
        let Kind::ForEach { alias, key, .. } = &step.kind else {
            return Ok(String::new());
        };
        let Value::Computed(formula) = key else {
            return self.text(key, frame, &step.id);
        };
        let value = self
            .with_item(formula, frame, &step.id, (&alias.value, item))?
            .to_json();
        let text = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        // A city is known by its short name in addresses, whichever way the data write it.
        Ok(self
            .context
            .network
            .city(&text)
            .map_or(text, |c| c.name.clone()))
    }

    /// A value worked out where one of many already goes by its name, though its sequence has not begun.
    pub(super) fn with_item(
        &self,
        formula: &Formula,
        frame: FrameNo,
        step: &str,
        (alias, item): (&str, &Json),
    ) -> Result<expr::Value, Fault> {
        let scope = self.scope(frame, step, None);
        let seen = WithItem {
            scope: &scope,
            alias,
            item,
        };
        let Some(expr) = &formula.expr else {
            return Err(Fault::new("fault.not_compiled", &[]));
        };
        let value = expr.eval(&seen, &mut Fuel::default());
        value.map_err(|e| Fault {
            why: e.key,
            args: e.args,
        })
    }

    /// Joins the branches of a group once its rule is met, or can be met no more.
    pub(super) fn join(&mut self, frame: FrameNo, step: StepIx) {
        let id = self.id(step);
        let at = self.case.frames.get(&frame).and_then(|f| f.at.clone());
        let Some(at) = at.filter(|at| at.step == id) else {
            return;
        };
        let Some(kind) = self.matter.step(step).map(|s| &s.kind) else {
            return;
        };
        let (join, counts) = match kind {
            Kind::Parallel { join, counts, .. } | Kind::ForEach { join, counts, .. } => {
                (join, counts)
            }
            _ => return,
        };
        match self.verdict(frame, &at, join, counts) {
            Ok(Some(true)) => self.finish(frame, step, "done", How::default()),
            Ok(Some(false)) => self.finish(frame, step, "unmet", How::default()),
            Ok(None) => {}
            Err(fault) => self.fail(frame, step, &fault),
        }
    }

    /// Met, not to be met any more, or still open.
    fn verdict(
        &self,
        frame: FrameNo,
        at: &At,
        join: &Join,
        counts: &[Spanned<Name>],
    ) -> Result<Option<bool>, Fault> {
        let of = |name: &str| at.fork.results.get(name).copied().unwrap_or(0);
        let counted: u32 = counts.iter().map(|name| of(name)).sum();
        let (open, done) = (at.fork.open, of("done") + counted);
        let ended: u32 = at.fork.results.values().sum();
        let part = open + ended - of("skipped");
        if part == 0 {
            return Ok(Some(true));
        }
        let wanted = match join {
            Join::All => return Ok((open == 0).then_some(true)),
            Join::Any => 1,
            Join::Number(n) => *n,
            Join::MoreThanHalf => part / 2 + 1,
            Join::Branches(names) => return Ok(self.named_branches(frame, at, names, counts)),
            Join::Condition(value) => {
                let met = self.holds_true(Some(value), frame, &at.step)?;
                return Ok(if met {
                    Some(true)
                } else {
                    (open == 0).then_some(false)
                });
            }
        };
        Ok(match () {
            () if done >= wanted => Some(true),
            () if done + open < wanted => Some(false),
            () => None,
        })
    }

    fn named_branches(
        &self,
        frame: FrameNo,
        at: &At,
        names: &[Spanned<Name>],
        counts: &[Spanned<Name>],
    ) -> Option<bool> {
        let children = self
            .case
            .frames
            .get(&frame)
            .map(|f| f.children.as_slice())?;
        let round = children.iter().filter(|c| c.0 > at.since);
        let round: Vec<_> = round.filter_map(|c| self.case.frames.get(c)).collect();
        let mut all = true;
        for name in names {
            let branch = round.iter().find(|f| f.key.as_deref() == Some(&***name));
            match branch.and_then(|f| f.result.as_deref()) {
                Some("done" | "skipped") => {}
                Some(result) if counts.iter().any(|name| &***name == result) => {}
                Some(_) => return Some(false),
                None => all = false,
            }
        }
        all.then_some(true)
    }

    /// Adds an item to an open `for_each` that allows it.
    pub(super) fn add_item(&mut self, address: &str, item: &Json) -> Result<(), Rejection> {
        let found = self.case.locate(self.matter, address);
        let found = found.and_then(|(f, s)| Some((f, self.matter.named(&s)?)));
        let Some((frame, (_, step))) = found else {
            return Err(Rejection::NotFound {
                what: address.to_owned(),
            });
        };
        let Kind::ForEach {
            may_add: Some(party),
            body,
            ..
        } = &step.kind
        else {
            return Err(self.not_now("reject.no_items", &[("step", address.to_owned())]));
        };
        let seat = self.seat(party, frame, &step.id)?;
        self.entitled(&[seat])?;
        let key = self.item_key(frame, step, item)?;
        let at = self
            .case
            .frames
            .get(&frame)
            .and_then(|f| f.at.as_ref())
            .map_or(0, |at| at.since);
        let children = self.case.frames.get(&frame).map(|f| f.children.as_slice());
        let mut round = children.unwrap_or_default().iter().filter(|c| c.0 > at);
        let same = |c: &FrameNo| {
            self.case
                .frames
                .get(c)
                .is_some_and(|f| f.key.as_ref() == Some(&key))
        };
        if round.any(same) {
            return Err(self.not_now("reject.same_key", &[("key", key)]));
        }
        let inside = self.open_frame(frame, step, Some(key), item.clone());
        self.begin(inside, *body);
        Ok(())
    }

    /// Ends an item of an open `for_each` that allows it.
    pub(super) fn end_item(&mut self, address: &str, reason: &str) -> Result<(), Rejection> {
        let target = self.item_at(address).ok_or_else(|| Rejection::NotFound {
            what: address.to_owned(),
        })?;
        let Some((_, step)) = self.matter.named(&target.step) else {
            return Err(Rejection::NotFound {
                what: address.to_owned(),
            });
        };
        let Kind::ForEach {
            may_end: Some(party),
            ..
        } = &step.kind
        else {
            return Err(self.not_now("reject.no_items", &[("step", address.to_owned())]));
        };
        let seat = self.seat(party, target.parent, &step.id)?;
        let (by, seat) = self.entitled(&[seat])?;
        self.emit_with(
            Fact::Happened {
                event: "end_item".into(),
                frame: target.frame,
                by: Some(by),
                seat: Some(seat),
                reason: None,
            },
            serde_json::json!({ "reason": reason }),
        );
        self.stop_frame(target.frame);
        self.agenda.push_back(Move::Ended(target.frame));
        Ok(())
    }

    fn item_at(&self, address: &str) -> Option<Item> {
        let frame = self.case.frame_at(self.matter, address)?;
        let f = self.case.frames.get(&frame)?;
        Some(Item {
            frame,
            parent: f.parent?,
            step: f.step.clone()?,
        })
    }
}

/// A scope in which an item already goes by its name.
struct WithItem<'a> {
    scope: &'a super::scope::Scope<'a>,
    alias: &'a str,
    item: &'a Json,
}

impl Values for WithItem<'_> {
    fn get(&self, root: &str) -> Option<Cow<'_, Json>> {
        if root == self.alias {
            return Some(Cow::Borrowed(self.item));
        }
        self.scope.get(root)
    }

    fn field(&self, root: &str, name: &str) -> Option<Cow<'_, Json>> {
        match root == self.alias {
            true => part(Cow::Borrowed(self.item), name),
            false => self.scope.field(root, name),
        }
    }

    fn call(
        &self,
        name: &str,
        args: &[crate::expr::Value],
    ) -> Option<Result<crate::expr::Value, String>> {
        self.scope.call(name, args)
    }
}

/// An item that runs: its sequence, the one around it, and the step.
struct Item {
    frame: FrameNo,
    parent: FrameNo,
    step: Name,
}
