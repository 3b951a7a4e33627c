//! A join that can fail says what happens then; one that can never be met is none; what it counts some branch gives (E0224,
//! E0324, E0233, E0235).

use super::Subject;
use super::ways::numbered;
use crate::diagnostic::Diagnostic;
use crate::matter::{Branch, Join, Kind, Name, SequenceIx, Step};
use crate::source::Spanned;

pub(super) fn check(subject: &Subject, found: &mut Vec<Diagnostic>) {
    for (_, step) in numbered(subject.matter) {
        let (join, counts, branches, bodies) = match &step.kind {
            Kind::Parallel {
                join,
                counts,
                branches,
            } => {
                let bodies = branches.iter().map(|b| b.body).collect();
                (join, counts, Some(branches), bodies)
            }
            Kind::ForEach {
                join, counts, body, ..
            } => (join, counts, None, vec![*body]),
            _ => continue,
        };
        let given = || {
            let bodies = bodies.iter().filter_map(|b| subject.matter.sequence(*b));
            bodies.flat_map(|s| &s.gives).map(|g| &*g.value)
        };
        for result in counts.iter().filter(|r| !given().any(|g| g == &*r.value)) {
            let wrong = Diagnostic::new("E0235", result.span).with("name", &*result.value);
            found.push(wrong.near(&result.value, given()));
        }
        let listed = |name: &str| step.outcomes.iter().any(|o| &*o.name.value == name);
        let can_fail = can_fail(subject, step, join, counts);
        if can_fail && !listed("unmet") && !listed("else") {
            found.push(Diagnostic::new("E0224", step.id.span).with("name", &*step.id.value));
        }
        match (join, branches) {
            (Join::Number(wanted), Some(branches)) if *wanted as usize > branches.len() => {
                let wrong = Diagnostic::new("E0233", step.id.span)
                    .with("wanted", wanted.to_string())
                    .with("count", branches.len().to_string());
                found.push(wrong);
            }
            (Join::Branches(names), Some(branches)) => {
                let known = || branches.iter().map(|b| &*b.name.value);
                for name in names.iter().filter(|n| !known().any(|k| k == &*n.value)) {
                    let wrong = Diagnostic::new("E0324", name.span).with("name", &*name.value);
                    found.push(wrong.near(&name.value, known()));
                }
            }
            _ => {}
        }
    }
}

/// Whether so few branches may count that the join is never met.
fn can_fail(subject: &Subject, step: &Step, join: &Join, counts: &[Spanned<Name>]) -> bool {
    let counted = |body: SequenceIx| {
        let gives = subject.matter.sequence(body).map(|s| &*s.gives);
        let mut gives = gives.unwrap_or_default().iter();
        gives.all(|g| counts.iter().any(|c| c.value == g.value))
    };
    // A branch that was skipped is none.
    let sure = |b: &Branch| b.needs.is_none() && counted(b.body);
    match (join, &step.kind) {
        (Join::All, _) => false,
        (Join::Any | Join::MoreThanHalf, Kind::ForEach { body, may_end, .. }) => {
            may_end.is_some() || !counted(*body)
        }
        (Join::Any | Join::MoreThanHalf, Kind::Parallel { branches, .. }) => {
            !branches.iter().all(sure)
        }
        (Join::Number(n), Kind::Parallel { branches, .. }) => {
            let always = branches.iter().filter(|b| b.only_if.is_none() && sure(b));
            always.count() < *n as usize
        }
        (Join::Branches(names), Kind::Parallel { branches, .. }) => {
            let named = |b: &&Branch| names.iter().any(|n| n.value == b.name.value);
            !branches.iter().filter(named).all(sure)
        }
        _ => true,
    }
}
