//! Marks, limits and moments by their names, and the states an applicant reads (E0302, E0303, E0315, E0328).

use super::Subject;
use super::scope::{marks, prefix};
use super::types::STATES;
use super::ways::{Region, numbered};
use crate::diagnostic::Diagnostic;
use crate::matter::StepIx;
use crate::source::Spanned;
use std::collections::BTreeSet;

/// Moments of a step besides its end.
const MOMENTS: [&str; 3] = ["opened", "sent", "received"];

pub(super) fn check(subject: &Subject, found: &mut Vec<Diagnostic>) {
    let set = marks(subject.matter);
    for mark in &subject.mentions.marks {
        if !set.contains(&mark.value) {
            let wrong = Diagnostic::new("E0302", mark.span).with("name", &*mark.value);
            found.push(wrong.near(&mark.value, set.iter().map(|m| &**m)));
        }
    }
    let (any, paused, held) = (
        subject.mentions.limits.iter().map(|m| (m, Sight::Any)),
        subject.mentions.paused.iter().map(|m| (m, Sight::Around)),
        subject.mentions.held.iter().map(|m| (m, Sight::Within)),
    );
    let left = subject.mentions.left.iter();
    let left = left.map(|m| (m, Sight::Declared));
    for ((region, limit), sight) in any.chain(paused).chain(held).chain(left) {
        let known = limits(subject, region, sight);
        if !known.contains(&*limit.value) {
            let wrong = Diagnostic::new("E0303", limit.span).with("name", &*limit.value);
            found.push(wrong.near(&limit.value, known.iter().copied()));
        }
    }
    for (_, moment) in &subject.mentions.moments {
        instant(subject, moment, found);
    }
    for (_, step) in numbered(subject.matter) {
        if let Some(status) = &step.status
            && !STATES.contains(&status.value.as_str())
        {
            let wrong = Diagnostic::new("E0328", status.span).with("name", status.value.as_str());
            found.push(wrong.near(&status.value, STATES));
        }
    }
}

/// Which steps' own limits a place knows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sight {
    /// Those of all steps.
    Any,
    /// Those of the steps around.
    Around,
    /// None: only limits that are declared around.
    Declared,
    /// Those of the steps around and within.
    Within,
}

/// The limits of a region and of those around it; a step's own limit goes by the step's name.
fn limits<'s>(subject: &'s Subject, region: &Region, sight: Sight) -> BTreeSet<&'s str> {
    let matter = subject.matter;
    let chain = subject.ways.chain(matter, region);
    // What stands on the step itself is not around it.
    let around = chain.iter().skip(usize::from(matches!(
        sight,
        Sight::Around | Sight::Declared
    )));
    let around: Vec<StepIx> = around.copied().collect();
    let within = |at: StepIx| match region {
        Region::Matter => true,
        Region::Step(of) | Region::Branch(of, _) => {
            subject.ways.chain(matter, &Region::Step(at)).contains(of)
        }
    };
    let steps = numbered(matter).filter(|(_, s)| s.limit.is_some());
    let own = steps.filter(|(at, _)| match sight {
        Sight::Any => true,
        Sight::Declared => false,
        Sight::Around => around.contains(at),
        Sight::Within => around.contains(at) || within(*at),
    });
    let regions = around.iter().filter_map(|s| matter.step(*s));
    let regions = regions.flat_map(|s| &s.limits).chain(&matter.limits);
    regions
        .map(|l| &*l.name.value)
        .chain(own.map(|(_, s)| &*s.id.value))
        .collect()
}

fn instant(subject: &Subject, moment: &Spanned<String>, found: &mut Vec<Diagnostic>) {
    let set = marks(subject.matter);
    let step = match moment.value.rsplit_once('.') {
        Some((step, last)) if MOMENTS.contains(&last) => step,
        _ => &moment.value,
    };
    if set.contains(step) || subject.ways.has(step) {
        return;
    }
    let wrong = Diagnostic::new("E0315", moment.span).with("name", moment.value.as_str());
    let steps = subject
        .ways
        .names()
        .filter(|n| prefix(n).is_empty() || step.contains('.'));
    let names = set.iter().map(|m| &**m).chain(steps);
    found.push(wrong.near(step, names));
}
