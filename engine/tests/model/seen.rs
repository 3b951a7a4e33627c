//! What can be seen of a machine that runs: open places, whose turn it is, what may happen, limits.

use super::flow::{Event, Kind, Limit, Step, Trigger};
use super::interpret::{Machine, Open};
use super::run::{Inner, Run, Turn};
use std::collections::BTreeMap;

impl<'f> Machine<'f> {
    /// Open places: address, step, and what is waited for.
    pub fn open(&self) -> Vec<(String, &'f Step, Open)> {
        let all = self.running();
        places(all.into_iter())
    }

    /// Those at which something can be done now; also whoever asks for his turn may be let in.
    pub fn ready(&self) -> Vec<(String, &'f Step, Open)> {
        let all = self.in_turn().into_iter().filter(|(_, blocked)| !blocked);
        let mut out = places(all.map(|(run, _)| run));
        for run in self.running() {
            if let (Some(Turn::Asked), Some(step)) = (run.turn, run.step()) {
                out.push((run.address(step), step, Open::Turn));
            }
        }
        out.sort_by(|a, b| (&a.0, &a.2).cmp(&(&b.0, &b.2)));
        out
    }

    /// Tasks that nobody can finish, because it is not the turn of the group around them.
    pub fn blocked(&self) -> Vec<(String, &'f Step, Open)> {
        let all = self.in_turn().into_iter().filter(|(_, blocked)| *blocked);
        places(all.map(|(run, _)| run))
    }

    /// All sequences, each with whether it stands at a task that waits for its turn.
    fn in_turn(&self) -> Vec<(&Run<'f>, bool)> {
        let runs = self.root.iter().chain(&self.obligations);
        let all = runs.flat_map(|r| r.under_wait(false));
        let task = |run: &Run<'f>| matches!(run.inner, Inner::Leaf(Open::Task));
        all.map(|(run, awaits)| (run, awaits && task(run)))
            .collect()
    }

    /// Groups that one case at a time may be in: those asked for and those entered, by address.
    pub fn turns(&self) -> Vec<(String, bool)> {
        let all = self.running().into_iter();
        let line = all.filter_map(|r| Some((r.address(r.step()?), r.turn?)));
        let line = line.filter(|(_, turn)| *turn != Turn::Rests);
        let mut out: Vec<(String, bool)> = line.map(|(a, turn)| (a, turn == Turn::Has)).collect();
        out.sort();
        out
    }

    /// Sub-cases that are open, by address, each with whether it is suspended.
    pub fn children(&self) -> Vec<(String, bool)> {
        let all = self.running().into_iter();
        let open = all.filter(|r| matches!(r.inner, Inner::Leaf(Open::Child)));
        let open = open.filter_map(|r| Some((r.address(r.step()?), r.suspended)));
        open.collect()
    }

    /// All sequences, each with whether it lies in a region that stands still; what goes on beside the line lies in the whole.
    fn under_still(&self) -> Vec<(&Run<'f>, bool)> {
        let whole = self.root.as_ref().is_some_and(Run::stands_still);
        let beside = self.obligations.iter();
        let beside = beside.flat_map(|r| r.under_still(whole));
        let root = self.root.iter().flat_map(|r| r.under_still(false));
        root.chain(beside).collect()
    }

    /// Events that may happen because somebody wants it: region, event, and address.
    pub fn offers(&self) -> Vec<(String, &'f Event, String)> {
        let mut out = Vec::new();
        for run in self.running() {
            let may = |e: &&Event| {
                !matches!(e.trigger, Trigger::Limit(_) | Trigger::Suspended(_))
                    && !run.happened.contains(&e.name)
            };
            for e in run.events.iter().filter(may) {
                out.push((run.region.clone(), e, format!("{}{}", run.prefix, e.name)));
            }
        }
        out
    }

    /// Limits that run, by address, each with whether it stands still.
    pub fn clocks(&self) -> BTreeMap<String, bool> {
        let mut out = BTreeMap::new();
        if let (Some(limit), Some(_)) = (&self.flow.limit, &self.root) {
            let pausing = self.running().iter().any(|r| r.pauses());
            out.insert(limit.name.clone(), pausing);
        }
        for (run, still) in self.under_still() {
            let Some(step) = run.step() else { continue };
            let address = run.address(step);
            match (&run.inner, &step.kind, &step.limit) {
                (Inner::Body(body), Kind::Group(..), Some(limit)) => {
                    let pausing = still || body.all().iter().any(|r| r.pauses());
                    out.insert(inside(&address, limit), pausing);
                }
                (Inner::Leaf(Open::Receive), Kind::Handoff(_, receive), _) => {
                    out.extend(receive.map(|_| (format!("{address}.receive"), still)));
                }
                (Inner::Leaf(_) | Inner::Body(_), _, Some(_)) => {
                    out.insert(address, still);
                }
                _ => {}
            }
        }
        out
    }
}

fn places<'a, 'f: 'a>(all: impl Iterator<Item = &'a Run<'f>>) -> Vec<(String, &'f Step, Open)> {
    let mut out = Vec::new();
    for run in all {
        if let (Inner::Leaf(open), Some(step)) = (&run.inner, run.step()) {
            out.push((run.address(step), step, open.clone()));
        }
    }
    out.sort_by(|a, b| (&a.0, &a.2).cmp(&(&b.0, &b.2)));
    out
}

/// The address of a limit of a region; the whole has none.
fn inside(region: &str, limit: &Limit) -> String {
    match region {
        "" => limit.name.clone(),
        region => format!("{region}.{}", limit.name),
    }
}
