//! A join that can fail says what happens then; one that can never be met is none; what it counts some branch gives (E0224,
//! E0324, E0233, E0235).

use super::Subject;
use super::ways::numbered;
use crate::diagnostic::Diagnostic;
use crate::matter::{Join, Kind};

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
        if *join != Join::All && !listed("unmet") && !listed("else") {
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
