//! The reading order: every step, branch and event of a matter with the number it goes by in all pictures.

use crate::matter::{Branch, EventDef, EventIx, Kind, Matter, SequenceIx, Step, StepIx};
use std::collections::BTreeMap;

/// What stands on a line of the outline.
#[derive(Clone, Copy)]
pub enum Place<'a> {
    /// A step.
    Step(StepIx, &'a Step),
    /// A branch of a `parallel` step, before its steps.
    Branch(&'a Branch),
    /// An event of the matter, a group or a branch, before its steps.
    Event(&'a EventDef),
}

/// A line of the outline.
#[derive(Clone)]
pub struct Item<'a> {
    /// How deep it lies, from 0.
    pub depth: usize,
    /// The number it goes by: `3.2`; events go by letters.
    pub number: String,
    /// What it is.
    pub place: Place<'a>,
}

/// All lines in reading order, and the numbers of all steps.
pub struct Outline<'a> {
    /// The lines.
    pub items: Vec<Item<'a>>,
    numbers: BTreeMap<StepIx, String>,
    events: usize,
    matter: &'a Matter,
}

impl<'a> Outline<'a> {
    /// Walks a matter.
    pub fn of(matter: &'a Matter) -> Outline<'a> {
        let mut outline = Outline {
            items: Vec::new(),
            numbers: BTreeMap::new(),
            events: 0,
            matter,
        };
        outline.sequence(matter.root, "", 0);
        outline.events(&matter.events, 0);
        outline
    }

    /// The number of a step.
    pub fn number(&self, step: StepIx) -> &str {
        self.numbers.get(&step).map_or("", String::as_str)
    }

    fn sequence(&mut self, at: SequenceIx, prefix: &str, depth: usize) {
        let steps = self.matter.sequence(at).map(|s| s.steps.as_slice());
        let mut number = 0;
        for ix in steps.unwrap_or_default() {
            number += 1;
            let number = format!("{prefix}{number}");
            self.numbers.insert(*ix, number.clone());
            self.step(*ix, number, depth);
        }
    }

    fn step(&mut self, ix: StepIx, number: String, depth: usize) {
        let Some(step) = self.matter.step(ix) else {
            return;
        };
        let inside = format!("{number}.");
        self.items.push(Item {
            depth,
            number,
            place: Place::Step(ix, step),
        });
        match &step.kind {
            Kind::Group { body, .. } | Kind::ForEach { body, .. } | Kind::Repeat { body, .. } => {
                self.sequence(*body, &inside, depth + 1);
            }
            Kind::Handoff {
                body: Some(body), ..
            } => self.sequence(*body, &inside, depth + 1),
            Kind::Parallel { branches, .. } => {
                for (n, branch) in (1..).zip(branches) {
                    self.branch(branch, format!("{inside}{n}"), depth + 1);
                }
            }
            _ => {}
        }
        self.events(&step.events, depth + 1);
    }

    fn branch(&mut self, branch: &'a Branch, number: String, depth: usize) {
        let inside = format!("{number}.");
        self.items.push(Item {
            depth,
            number,
            place: Place::Branch(branch),
        });
        self.sequence(branch.body, &inside, depth + 1);
        self.events(&branch.events, depth + 1);
    }

    fn events(&mut self, events: &[EventIx], depth: usize) {
        for ix in events {
            let Some(event) = self.matter.event_defs.get(ix.0 as usize) else {
                continue;
            };
            let number = letter(self.events);
            self.events += 1;
            let inside = format!("{number}.");
            self.items.push(Item {
                depth,
                number,
                place: Place::Event(event),
            });
            if let Some(body) = event.body {
                self.sequence(body, &inside, depth + 1);
            }
        }
    }
}

/// A, B, …, Z, A1, B1, …
fn letter(n: usize) -> String {
    let letter = u8::try_from(n % 26).map_or('?', |n| char::from(b'A' + n));
    match n / 26 {
        0 => letter.to_string(),
        round => format!("{letter}{round}"),
    }
}
