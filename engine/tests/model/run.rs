//! A sequence that runs, and what can be read off it.

use super::flow::{Event, Join, Kind, Out, Seq, Step, Trigger, Way};
use super::interpret::{Move, Open};
use std::collections::BTreeSet;

/// A sequence that runs.
pub(super) struct Run<'f> {
    pub(super) seq: &'f Seq,
    /// Keys of the items around, such as `f3.东.`
    pub(super) prefix: String,
    pub(super) at: usize,
    pub(super) inner: Inner<'f>,
    /// Only the step it stands at: an obligation from the start.
    pub(super) single: bool,
    /// The number of the letter or sub-case that is open at its place.
    pub(super) letter: Option<usize>,
    /// The sub-case at its place is suspended.
    pub(super) suspended: bool,
    /// How the group at its place stands in line.
    pub(super) turn: Option<Turn>,
    /// The way its region goes when it is done: the steps of an event that interrupts.
    pub(super) then: Option<&'f Way>,
    /// The region whose inside it is: address, events, and what these have started.
    pub(super) region: String,
    pub(super) events: &'f [Event],
    /// Those of them that have happened and do so once only.
    pub(super) happened: BTreeSet<String>,
    pub(super) started: Vec<Run<'f>>,
}

/// What is open at the place.
pub(super) enum Inner<'f> {
    /// A task, a wait, a letter or a sub-case.
    Leaf(Open),
    /// A group whose turn has not come yet.
    Queued,
    /// Closed until a mark is set.
    Closed,
    Body(Box<Run<'f>>),
    Parts(Vec<Part<'f>>),
    /// Stopped by an event whose steps run.
    Stopped,
}

/// How a group that one case at a time may be in stands in line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Turn {
    /// It waits.
    Asked,
    /// It is in.
    Has,
    /// It stands still and let others in.
    Rests,
}

/// A branch or an item.
pub(super) struct Part<'f> {
    pub(super) name: String,
    pub(super) gives: &'f [String],
    pub(super) run: Option<Run<'f>>,
    /// None while it runs; a skipped one has `skipped`.
    pub(super) result: Option<String>,
}

impl Seq {
    pub(super) fn position(&self, id: &str) -> Option<usize> {
        self.steps.iter().position(|s| s.id == id)
    }
}

impl Step {
    pub(super) fn out(&self, name: &str) -> Option<&Out> {
        self.outcomes.iter().find(|o| o.name == name)
    }

    /// How a sub-case goes on that ended in a state nobody named.
    pub(super) fn otherwise(&self) -> Option<&Out> {
        self.out("else")
            .filter(|_| matches!(self.kind, Kind::Subcase))
    }
}

/// The outcome of a join, once there is one.
pub(super) fn rule(join: &Join, counts: &[String], parts: &[Part<'_>]) -> Option<&'static str> {
    let taking: Vec<&Part<'_>> = parts
        .iter()
        .filter(|p| p.result.as_deref() != Some("skipped"))
        .collect();
    let good = |result: &str| result == "done" || counts.iter().any(|c| c == result);
    let done = taking
        .iter()
        .filter(|p| p.result.as_deref().is_some_and(good))
        .count();
    let open = taking.iter().filter(|p| p.result.is_none()).count();
    let needed = match join {
        _ if taking.is_empty() => 0,
        Join::All => return (open == 0).then_some("done"),
        Join::Any => 1,
        Join::Number(n) => *n,
        Join::MoreThanHalf => taking.len() / 2 + 1,
        Join::Branches(names) => {
            let named = || taking.iter().filter(|p| names.contains(&p.name));
            let missed = named().any(|p| p.result.as_deref().is_some_and(|r| !good(r)));
            let all = named().all(|p| p.result.is_some());
            return if missed {
                Some("unmet")
            } else {
                all.then_some("done")
            };
        }
    };
    match () {
        () if done >= needed => Some("done"),
        () if done + open < needed => Some("unmet"),
        () => None,
    }
}

impl<'f> Run<'f> {
    pub(super) fn new(seq: &'f Seq, prefix: &str, region: &str, events: &'f [Event]) -> Run<'f> {
        Run {
            seq,
            prefix: prefix.to_owned(),
            at: 0,
            inner: Inner::Stopped,
            single: false,
            letter: None,
            suspended: false,
            turn: None,
            then: None,
            region: region.to_owned(),
            events,
            happened: BTreeSet::new(),
            started: Vec::new(),
        }
    }

    pub(super) fn step(&self) -> Option<&'f Step> {
        self.seq.steps.get(self.at)
    }

    pub(super) fn address(&self, step: &Step) -> String {
        format!("{}{}", self.prefix, step.id)
    }

    /// What is open at its place makes the limits around stand still.
    pub(super) fn pauses(&self) -> bool {
        let open = matches!(
            self.inner,
            Inner::Leaf(_) | Inner::Queued | Inner::Body(_) | Inner::Parts(_)
        );
        open && self.step().is_some_and(|s| s.pauses) || self.stands_still()
    }

    /// Whether a move sets off an event of this region.
    pub(super) fn sets_off(&self, event: &Event, address: &str, what: &Move) -> bool {
        match (what, &event.trigger) {
            (Move::Event(name), _) => self.region == address && event.name == *name,
            (Move::Pass, Trigger::Limit(limit)) => {
                let limit = format!("{}.{limit}", self.region);
                limit.trim_start_matches('.') == address
            }
            _ => false,
        }
    }

    pub(super) fn take_body(&mut self) -> Option<Box<Run<'f>>> {
        match std::mem::replace(&mut self.inner, Inner::Closed) {
            Inner::Body(body) => Some(body),
            other => {
                self.inner = other;
                None
            }
        }
    }

    pub(super) fn take_part(&mut self, n: usize) -> Option<Run<'f>> {
        let Inner::Parts(parts) = &mut self.inner else {
            return None;
        };
        parts.get_mut(n)?.run.take()
    }

    pub(super) fn put_part(&mut self, n: usize, run: Run<'f>) {
        if let Inner::Parts(parts) = &mut self.inner {
            parts[n].run = Some(run);
        }
    }

    /// The sequences at its place.
    fn inside(&self) -> Vec<&Run<'f>> {
        match &self.inner {
            Inner::Body(body) => vec![body],
            Inner::Parts(parts) => parts.iter().filter_map(|p| p.run.as_ref()).collect(),
            Inner::Leaf(_) | Inner::Queued | Inner::Closed | Inner::Stopped => Vec::new(),
        }
    }

    /// The sequences inside, this one first.
    pub(super) fn all(&self) -> Vec<&Run<'f>> {
        let inside = self.inside().into_iter().chain(&self.started);
        let inside = inside.flat_map(Run::all);
        std::iter::once(self).chain(inside).collect()
    }

    /// Those, each with whether it lies in a region that stands still.
    pub(super) fn under_still(&self, around: bool) -> Vec<(&Run<'f>, bool)> {
        let still = around || self.stands_still();
        let inside = self.inside().into_iter().chain(&self.started);
        let inside = inside.flat_map(|r| r.under_still(still));
        std::iter::once((self, still)).chain(inside).collect()
    }

    /// Those, each with whether it lies in a group whose turn it is not; what an event started does not lie in it.
    pub(super) fn under_wait(&self, around: bool) -> Vec<(&Run<'f>, bool)> {
        let waits = around || self.turn.is_some_and(|turn| turn != Turn::Has);
        let inside = self.inside().into_iter().flat_map(|r| r.under_wait(waits));
        let beside = self.started.iter().flat_map(|r| r.under_wait(around));
        let here = std::iter::once((self, around));
        here.chain(inside).chain(beside).collect()
    }

    /// Whether sub-cases that are suspended let this region stand still.
    pub(super) fn stands_still(&self) -> bool {
        let waits = |steps: &Vec<String>| {
            let mut all = self.all().into_iter().filter(|r| r.suspended);
            all.any(|r| r.step().is_some_and(|s| steps.contains(&s.id)))
        };
        self.events.iter().any(|e| match &e.trigger {
            Trigger::Suspended(steps) => waits(steps),
            _ => false,
        })
    }

    pub(super) fn settle_turns(&mut self, around: bool) {
        let still = around || self.stands_still();
        self.turn = match (self.turn, still) {
            (Some(_), true) => Some(Turn::Rests),
            (Some(Turn::Rests), false) => Some(Turn::Asked),
            (turn, _) => turn,
        };
        match &mut self.inner {
            Inner::Body(body) => body.settle_turns(still),
            Inner::Parts(parts) => {
                let runs = parts.iter_mut().filter_map(|p| p.run.as_mut());
                runs.for_each(|run| run.settle_turns(still));
            }
            _ => {}
        }
        for run in &mut self.started {
            run.settle_turns(still);
        }
    }

    /// Nothing of its place stays.
    pub(super) fn leave(&mut self) {
        (self.letter, self.suspended, self.turn) = (None, false, None);
    }

    /// Marks that closed steps wait for.
    pub(super) fn closed(&self) -> Vec<&'f str> {
        let closed = self
            .all()
            .into_iter()
            .filter(|r| matches!(r.inner, Inner::Closed));
        closed
            .filter_map(|r| r.seq.steps.get(r.at)?.needs.as_deref())
            .collect()
    }

    /// Some sequence that still runs has a step that sets the mark.
    pub(super) fn sets(&self, mark: &str) -> bool {
        let mut steps = self.all().into_iter().flat_map(|r| &r.seq.steps);
        steps.any(|s| s.outcomes.iter().any(|o| o.mark.as_deref() == Some(mark)))
    }
}
