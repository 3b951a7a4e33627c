//! The shipped `workflows/`, read whole: what a city gets must be without a finding.

use crate::shipped::{LUMP_SUM, shipped, sources, whole, with};
use engine::source::Sources;
use engine::text::Lang;

#[test]
fn what_ships_has_no_finding_and_every_matter_can_run() {
    let (library, sources) = (whole(), sources());
    let shown: String = library
        .found
        .iter()
        .map(|d| d.render(&sources, Lang::Zh))
        .collect();
    assert!(library.found.is_empty(), "{shown}");
    assert!(library.matters.len() >= 10, "{:?}", library.matters.keys());
}

/// A post in another city is for matters that exist and days that are days.
#[test]
fn a_post_that_is_lent_names_matters_and_days() {
    let people = |matter: &str, until: &str| {
        format!(
            "people:\n  - {{ id: x, name: 某人, posts: [442000/si/handler, {{ post: 梧州/si/reviewer, matters: [{matter}], \
             from: 2026-11-01, until: {until}, reason: 积压, by: a, agreed_by: b }}] }}\n"
        )
    };
    let found = |text: &str| -> Vec<&'static str> {
        let mut sources = Sources::default();
        let library = shipped(
            with(&LUMP_SUM),
            &[("network/more.yaml", text)],
            &mut sources,
        );
        library.found.iter().map(|d| d.code).collect()
    };
    assert!(found(&people("pension-lump-sum", "2026-12-31")).is_empty());
    assert_eq!(found(&people("pension-lump-summ", "2026-12-31")), ["E0307"]);
    assert_eq!(found(&people("pension-lump-sum", "2026-10-31")), ["E0202"]);
    assert_eq!(found(&people("pension-lump-sum", "岁末")), ["E0202"]);
    let short = people("pension-lump-sum", "2026-12-31").replace(", agreed_by: b", "");
    assert_eq!(found(&short), ["E0205"]);
}
