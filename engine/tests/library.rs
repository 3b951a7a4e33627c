//! The shipped `workflows/`, read whole: what a city gets must be without a finding.

#![allow(missing_docs, clippy::unwrap_used)]

mod shipped;

use engine::source::Sources;
use engine::text::Lang;
use shipped::shipped;

#[test]
fn what_ships_has_no_finding_and_every_matter_can_run() {
    let mut sources = Sources::default();
    let library = shipped(|_| true, &[], &mut sources);
    let shown: String = library
        .found
        .iter()
        .map(|d| d.render(&sources, Lang::Zh))
        .collect();
    assert!(library.found.is_empty(), "{shown}");
    assert!(library.matters.len() >= 10, "{:?}", library.matters.keys());
}
