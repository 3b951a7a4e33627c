//! Groups that only one case may be in at a time for a key (`alone`): asking for the turn, having it, giving it up.
//!
//! Who comes next is settled outside, across cases, in the order of asking; a case asks, waits for its turn, and says when it has left.

use super::decide::{Course, Fault};
use super::{Case, Fact, FrameNo, Rejection, Turn, TurnNo, TurnState};
use crate::matter::{Kind, Step};
use serde_json::{Value as Json, json};

impl Case {
    /// The turns it asks for or has, and whether each has come.
    pub fn turns(&self) -> impl Iterator<Item = (TurnNo, bool)> {
        let all = self.turns.iter();
        let all = all.filter(|(_, turn)| turn.state != TurnState::Rests);
        all.map(|(no, turn)| (*no, turn.state == TurnState::Has))
    }
}

impl Course<'_, '_> {
    /// Opens a group, or waits for its turn.
    pub(super) fn open_group(&mut self, frame: FrameNo, step: &Step) -> Result<(), Fault> {
        let Kind::Group { body, alone, .. } = &step.kind else {
            return Ok(());
        };
        let key = alone.as_ref().map(|key| self.text(key, frame, &step.id));
        let key = key.transpose()?;
        self.entered(frame, step, None);
        self.start_own_clock(frame, step, None)?;
        match key {
            Some(key) => {
                let turn = TurnNo(self.number());
                self.ask_for_turn(turn, frame, step, &key);
            }
            None => {
                let inside = self.open_frame(frame, step, None, Json::Null);
                self.begin(inside, *body);
            }
        }
        Ok(())
    }

    fn ask_for_turn(&mut self, turn: TurnNo, frame: FrameNo, step: &Step, key: &str) {
        let step = step.id.value.clone();
        let asked = Fact::TurnAsked { turn, frame, step };
        self.emit_with(asked, json!({ "key": key }));
    }

    /// Its turn has come: the group opens, or its tasks may be finished again.
    pub(super) fn turn(&mut self, no: TurnNo) -> Result<(), Rejection> {
        self.engine_only()?;
        let turn = self.case.turns.get(&no);
        let asked = turn.filter(|t| t.state == TurnState::Asked);
        let Some((frame, step)) = asked.map(|t| (t.frame, t.step.clone())) else {
            return Ok(());
        };
        self.emit(Fact::TurnTaken { turn: no });
        let Some((_, step)) = self.matter.named(&step) else {
            return Ok(());
        };
        let opened = |(_, f): (&FrameNo, &super::Frame)| {
            f.parent == Some(frame) && f.step.as_ref() == Some(&step.id.value) && f.result.is_none()
        };
        let runs = self.case.frames.iter().any(opened);
        if let (Kind::Group { body, .. }, false) = (&step.kind, runs) {
            let inside = self.open_frame(frame, step, None, Json::Null);
            self.begin(inside, *body);
        }
        Ok(())
    }

    /// The group that a sequence stands at is left: whoever is next may enter.
    pub(super) fn leave_turn(&mut self, frame: FrameNo, step: &str) {
        let here = self.case.turns.iter();
        let mut here = here.filter(|(_, t)| t.frame == frame && &*t.step == step);
        if let Some(turn) = here.next().map(|(no, _)| *no) {
            self.emit(Fact::TurnLeft { turn, rests: false });
        }
    }

    /// A case that is suspended lets the next one in, and asks again when it goes on.
    pub(super) fn settle_turns(&mut self) {
        let turns: Vec<(TurnNo, Turn)> = self
            .case
            .turns
            .iter()
            .map(|(n, t)| (*n, t.clone()))
            .collect();
        for (no, turn) in turns {
            match (self.stands_still(turn.frame), turn.state) {
                (true, TurnState::Asked | TurnState::Has) => {
                    self.emit(Fact::TurnLeft {
                        turn: no,
                        rests: true,
                    });
                }
                (false, TurnState::Rests) => self.ask_again(no, &turn),
                _ => {}
            }
        }
    }

    fn ask_again(&mut self, no: TurnNo, turn: &Turn) {
        let Some((at, step)) = self.matter.named(&turn.step) else {
            return;
        };
        let Kind::Group {
            alone: Some(key), ..
        } = &step.kind
        else {
            return;
        };
        match self.text(key, turn.frame, &step.id) {
            Ok(key) => self.ask_for_turn(no, turn.frame, step, &key),
            Err(fault) => self.fail(turn.frame, at, &fault),
        }
    }

    /// Whether the case, or a region around a sequence, is suspended.
    fn stands_still(&self, frame: FrameNo) -> bool {
        let around: Vec<FrameNo> = self.case.chain(frame).map(|(no, _)| no).collect();
        let mut events = self.case.pausers.iter();
        let region = |event: &FrameNo| self.case.frames.get(event).and_then(|f| f.parent);
        self.case.held_above
            || events.any(|e| {
                self.suspends(*e) && region(e).is_some_and(|region| around.contains(&region))
            })
    }

    /// Whether a sequence lies in a group whose turn it is not.
    pub(super) fn awaits_turn(&self, frame: FrameNo) -> bool {
        let mut waiting = self
            .case
            .turns
            .values()
            .filter(|t| t.state != TurnState::Has);
        waiting.any(|t| {
            let mut around = self.case.chain(frame);
            around.any(|(_, f)| f.parent == Some(t.frame) && f.step.as_ref() == Some(&t.step))
        })
    }
}
