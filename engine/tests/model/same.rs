//! What a case and the model must have in common after each move.

use super::interpret::Open;
use super::path::{Letter, Path};
use engine::case::{Case, Event, Fact, FrameNo, Work};
use engine::matter::Kind;
use serde_json::Value as Json;
use std::collections::BTreeMap;

impl Path<'_> {
    pub(super) fn same_outcomes(&self, events: &[Event]) {
        let mut got: Vec<(String, String)> = Vec::new();
        for event in events {
            let Fact::StepDone {
                frame,
                step,
                outcome,
                ..
            } = &event.fact
            else {
                continue;
            };
            let kind = self.matter.named(step).map(|(_, s)| &s.kind);
            if !matches!(kind, Some(Kind::Choice { .. } | Kind::End(_))) {
                got.push((
                    self.case.address(self.matter, *frame, step),
                    outcome.to_string(),
                ));
            }
        }
        let mut expected = self.machine.log.clone();
        got.sort();
        expected.sort();
        if got != expected {
            self.fail(&format!("outcomes: expected {expected:?}, got {got:?}"));
        }
    }

    /// Takes note of letters and sub-cases, and compares those called off.
    pub(super) fn same_letters(&mut self, events: &[Event]) {
        let mut got = Vec::new();
        for event in events {
            let address =
                |frame: &FrameNo, step: &str| self.case.address(self.matter, *frame, step);
            let gone = match &event.fact {
                Fact::HandoffSent {
                    handoff,
                    frame,
                    step,
                    ..
                } => {
                    let sent = (address(frame, step), Letter::Handoff(*handoff));
                    self.letters.push(sent);
                    continue;
                }
                Fact::SubcaseAsked {
                    child, frame, step, ..
                } => {
                    let asked = (address(frame, step), Letter::Subcase(*child));
                    self.letters.push(asked);
                    continue;
                }
                Fact::HandoffCalledOff { handoff } => Letter::Handoff(*handoff),
                Fact::SubcaseCalledOff { child } => Letter::Subcase(*child),
                _ => continue,
            };
            let known = self.letters.iter().find(|(_, l)| *l == gone);
            got.extend(known.map(|(address, _)| address.clone()));
        }
        let mut expected = self.machine.called_off.clone();
        got.sort();
        expected.sort();
        if got != expected {
            self.fail(&format!("called off: expected {expected:?}, got {got:?}"));
        }
    }

    pub(super) fn note_turns(&mut self, events: &[Event]) {
        for event in events {
            if let Fact::TurnAsked { turn, frame, step } = &event.fact {
                let address = self.case.address(self.matter, *frame, step);
                self.turns.insert(*turn, address);
            }
        }
    }

    pub(super) fn same_turns(&self) {
        let line = self.case.turns();
        let mut got: Vec<(String, bool)> = line
            .map(|(no, has)| (self.turns[&no].clone(), has))
            .collect();
        got.sort();
        let expected = self.machine.turns();
        if got != expected {
            self.fail(&format!("turns: expected {expected:?}, got {got:?}"));
        }
    }

    pub(super) fn same_places(&self) {
        let all = self.machine.open().into_iter();
        let plain = |open| match open {
            Open::Second(_) => Open::Second(String::new()),
            open => open,
        };
        let expected: Vec<(String, Open)> = all.map(|(a, _, open)| (a, plain(open))).collect();
        let mut got = Vec::new();
        for place in self
            .case
            .places(self.matter)
            .into_iter()
            .filter(|p| !p.held)
        {
            let here = |t: &engine::case::Task| t.frame() == place.frame && *t.step() == place.step;
            let asks = |work: fn(Work) -> bool| {
                let mut tasks = self.case.open_tasks();
                tasks.any(|(_, t)| here(t) && work(t.work()))
            };
            let open = match &self.matter.named(&place.step).unwrap().1.kind {
                Kind::Task { .. } if asks(|w| w == Work::Second) => Open::Second(String::new()),
                Kind::Task { .. } => Open::Task,
                Kind::Wait { .. } => Open::Message,
                Kind::Subcase { .. } => Open::Child,
                Kind::Handoff { body: None, .. } if asks(|w| matches!(w, Work::Answer(_))) => {
                    Open::Answer
                }
                Kind::Handoff { .. } if asks(|w| matches!(w, Work::Receive(_))) => Open::Receive,
                _ => continue,
            };
            got.push((place.address, open));
        }
        got.sort();
        if got != expected {
            self.fail(&format!("open: expected {expected:?}, got {got:?}"));
        }
    }

    pub(super) fn same_clocks(&self) {
        let running = self.case.clocks().iter().filter(|(_, c)| !c.is_stopped());
        let got: BTreeMap<String, bool> = running
            .map(|(name, c)| (name.clone(), c.ledger().is_paused()))
            .collect();
        let expected = self.machine.clocks();
        if got != expected {
            self.fail(&format!("limits: expected {expected:?}, got {got:?}"));
        }
    }

    pub(super) fn same_end(&self) {
        let got = self
            .case
            .status()
            .is_final()
            .then(|| serde_json::to_value(self.case.status()).unwrap());
        let expected = self.machine.ended.map(Json::from);
        if got != expected || self.case.is_closed() != self.machine.is_closed() {
            self.fail(&format!(
                "end: expected {expected:?} {}, got {got:?} {}",
                self.machine.is_closed(),
                self.case.is_closed()
            ));
        }
        if self.case.failures().next().is_some() {
            self.fail("a step could not go on");
        }
    }
}

/// G7: a closed case has no open task, no timer, no open place.
pub(super) trait Closed {
    fn closed_with_work(&self) -> bool;
}

impl Closed for Case {
    fn closed_with_work(&self) -> bool {
        let open = self.frames().values().any(|f| f.at().is_some());
        self.is_closed()
            && (open || !self.timers().is_empty() || self.open_tasks().next().is_some())
    }
}
