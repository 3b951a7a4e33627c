//! Compares the rows that stand in line for `alone` with the histories of their cases.

use super::Keys;
use super::held::Held;
use super::history::{self, Unreadable};
use crate::store::{EventRow, QueueRow, QueueState};
use engine::case::{Fact, TurnNo};
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// What can be wrong with the place of a case in the line of those who want to be alone with a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misplaced {
    /// The case asks or is in, but no row says so.
    Missing,
    /// A row asks, is in or leaves for which the case has no event.
    TooMany,
    /// A row stands in the line of another key.
    OtherKey,
    /// The case is in, its row still waits.
    NotIn,
}

/// How a history has dealt with a turn.
#[derive(Default)]
struct Line {
    /// The event that asked last, and the line it asked in.
    asked: BTreeMap<TurnNo, (i64, String)>,
    /// The events that have left.
    left: Vec<(i64, TurnNo)>,
}

/// What is wrong with the rows of a case, if anything.
pub(super) fn misplaced(
    held: &Held,
    keys: &Keys,
    history: &[EventRow],
    rows: &[QueueRow],
) -> Result<Option<Misplaced>, Unreadable> {
    let wanted: BTreeMap<TurnNo, bool> = held.case.turns().collect();
    if rows.is_empty() && wanted.is_empty() {
        return Ok(None);
    }
    let line = Line::read(held, keys, history)?;
    let leaves = |row: &QueueRow| row.state == QueueState::Left;
    let too_many = |row: &&QueueRow| leaves(row) && !line.has_left(row);
    if rows.iter().any(|row| too_many(&row)) {
        return Ok(Some(Misplaced::TooMany));
    }
    // Who has left is taken away by the next sweep, together with the row that says so.
    let gone = |row: &&QueueRow| {
        let mut after = rows.iter().filter(|l| leaves(l) && l.seq >= row.seq);
        leaves(row) || after.any(|left| left.turn == row.turn)
    };
    let mut standing: Vec<&QueueRow> = rows.iter().filter(|row| !gone(row)).collect();
    for (turn, is_in) in wanted {
        let asked = line.asked.get(&turn);
        let own = |row: &&QueueRow| {
            row.turn == turn.0.to_string() && asked.is_some_and(|a| a.0 == row.seq)
        };
        let Some(at) = standing.iter().position(own) else {
            return Ok(Some(Misplaced::Missing));
        };
        let row = standing.swap_remove(at);
        if asked.is_some_and(|(_, kind)| *kind != row.kind) {
            return Ok(Some(Misplaced::OtherKey));
        }
        if is_in && row.state != QueueState::Entered {
            return Ok(Some(Misplaced::NotIn));
        }
    }
    Ok((!standing.is_empty()).then_some(Misplaced::TooMany))
}

impl Line {
    fn read(held: &Held, keys: &Keys, history: &[EventRow]) -> Result<Line, Unreadable> {
        let mut line = Line::default();
        for row in history {
            let events = history::read(row, &held.key)?.events;
            for (event, seq) in events.iter().zip(row.first_seq..) {
                match &event.fact {
                    Fact::TurnAsked { turn, .. } => {
                        let key = event.content.get("key").and_then(Json::as_str);
                        let kind = keys.alone(Some(key.unwrap_or_default()));
                        line.asked.insert(*turn, (seq, kind));
                    }
                    Fact::TurnLeft { turn, .. } => line.left.push((seq, *turn)),
                    _ => {}
                }
            }
        }
        Ok(line)
    }

    fn has_left(&self, row: &QueueRow) -> bool {
        let mut left = self.left.iter();
        left.any(|(seq, turn)| *seq == row.seq && turn.0.to_string() == row.turn)
    }
}
