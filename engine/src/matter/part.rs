//! A hand-off of a matter as a small matter of its own: what runs in the deployment of the city that gets the letter.

use super::{EndState, Final, Kind, Limits, Outcome, Owner, Revision, Sequence, SequenceIx, Step};
use super::{StepIx, Way};
use crate::source::Spanned;
use crate::text::Text;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write;

/// Outcomes that whoever sent the letter comes to by his own clock.
const THERE: [&str; 2] = ["overdue", "missed"];

impl Revision {
    /// What the other side of a hand-off runs: the letter alone, with its inner steps. Every outcome ends it; what follows is the
    /// sender's. `None` where there is no hand-off of that name.
    pub fn letter(&self, step: &str) -> Option<Revision> {
        let (at, found) = self.named(step)?;
        let Kind::Handoff { party, .. } = &found.kind else {
            return None;
        };
        let mut part = self.clone();
        part.hash = letter_hash(&self.hash, step);
        part.cities = BTreeMap::new();
        let matter = &mut part.matter;
        matter.title = Text {
            zh: format!("{} · {}", self.title.zh, found.title.zh),
            en: format!("{} · {}", self.title.en, found.title.en),
        };
        matter.channels.clear();
        (matter.unique, matter.final_mark) = (None, None);
        matter.decides = Some(party.clone());
        matter.limits = self.limits_of(at, found);
        let around = self.around(at).filter_map(|s| self.step(s));
        let inner = around.flat_map(|s| s.parties.iter().cloned());
        matter.parties.splice(0..0, inner.collect::<Vec<_>>());
        (matter.events, matter.results) = (Vec::new(), Vec::new());
        matter.root = SequenceIx(u32::try_from(matter.sequences.len()).ok()?);
        matter.sequences.push(Sequence {
            steps: vec![at],
            owner: Owner::Matter,
            gives: Vec::new(),
        });
        let letter = matter.steps.get_mut(at.0 as usize)?;
        letter.within = matter.root;
        (letter.only_if, letter.needs, letter.undo) = (None, None, None);
        (letter.pauses, letter.status, letter.beside) = (None, None, false);
        letter.events.clear();
        let kept = letter.outcomes.iter();
        let kept = kept.filter(|o| !THERE.contains(&&*o.name.value));
        letter.outcomes = kept.map(ended).collect();
        Some(part)
    }

    /// By content hash, the letter of this revision that a case runs, if it is one of its hand-offs.
    pub fn letter_hashed(&self, hash: &str) -> Option<Revision> {
        let letters = self.matter.steps.iter();
        let letters = letters.filter(|s| matches!(s.kind, Kind::Handoff { .. }));
        let mut names = letters.map(|s| &s.id.value);
        let name = names.find(|name| letter_hash(&self.hash, name) == hash)?;
        self.letter(name)
    }

    /// Limits around a letter that run on the calendar of whoever gets it, from a moment of the letter itself.
    fn limits_of(&self, at: StepIx, step: &Step) -> Vec<Limits> {
        let Kind::Handoff { party, .. } = &step.kind else {
            return Vec::new();
        };
        let around = self.around(at).filter_map(|s| self.step(s));
        let limits = around.flat_map(|s| &s.limits).chain(&self.limits);
        let own = |moment: &Spanned<String>| {
            let of = moment.value.strip_suffix(".received");
            of.or_else(|| moment.value.strip_suffix(".sent")) == Some(&*step.id.value)
        };
        let here = limits.filter(|l| l.calendar.as_ref().is_some_and(|c| c.value == party.value));
        let here = here.filter(|l| l.starts.as_ref().is_some_and(own));
        here.cloned().collect()
    }
}

/// An outcome of a letter where it is done: the end of it.
fn ended(outcome: &Outcome) -> Outcome {
    let name = &outcome.name;
    let state = match &*name.value {
        "refused" => Final::Refused,
        _ => Final::Completed,
    };
    let en = outcome.title_en.clone();
    let label = Text {
        zh: name.to_string(),
        en: en.unwrap_or_else(|| name.to_string()),
    };
    let own = !matches!(&*name.value, "done" | "refused");
    let end = EndState {
        state: Spanned::new(state, name.span),
        label: own.then_some(label),
        papers: Vec::new(),
        reason: super::Reason::None,
    };
    Outcome {
        way: Way::End(end),
        papers: Vec::new(),
        notify: Vec::new(),
        marks: Vec::new(),
        label: None,
        four_eyes: None,
        only_if: None,
        ..outcome.clone()
    }
}

fn letter_hash(of: &str, step: &str) -> String {
    let digest = Sha256::digest(format!("letter\0{of}\0{step}"));
    let mut out = String::new();
    for byte in digest {
        _ = write!(out, "{byte:02x}"); // writing to a String cannot fail
    }
    out
}
