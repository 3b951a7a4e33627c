//! T1: random workflows run by random moves, compared after each move with an independent reading of language.md §6 and §7: the same
//! places open, the same limits running or standing still, the same steps ended with the same outcomes, the same letters and sub-cases
//! called off, the same end. After each move the case is folded anew from its events and
//! compared (G6), and nothing runs that cannot move (G7). `ONENET_FLOWS=2000` runs more; `ONENET_FLOW=17` runs one and prints it.

#![allow(missing_docs, clippy::unwrap_used)]

mod flow;
mod forks;
mod generate;
mod interpret;
mod path;
mod run;
mod same;
mod seen;

use engine::library::Library;
use engine::matter::Revision;
use engine::source::Sources;
use engine::text::Lang;
use flow::Flow;
use path::Path;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Paths through one workflow.
const PATHS: u64 = 5;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[test]
fn t01_random_workflows_do_what_an_independent_reading_says() {
    let library = World::read();
    let one = number("ONENET_FLOW");
    let flows = number("ONENET_FLOWS").unwrap_or(200);
    let seeds = one.map_or(0..flows, |n| n..n + 1);
    let (mut ended, mut careful) = (BTreeMap::new(), 0);
    for seed in seeds {
        let flow = generate::flow(seed);
        if one.is_some() {
            println!("{}\n{}", flow::matter(&flow, "random"), flow::filled(&flow));
        }
        let Some(matter) = library.revision(&flow, seed) else {
            careful += 1;
            continue;
        };
        for path in 0..PATHS {
            let end = Path::new(&library, &flow, &matter, seed, path).run();
            *ended.entry(end).or_insert(0) += 1;
        }
    }
    assert!(
        careful * 50 <= flows,
        "the check refuses {careful} of {flows}"
    );
    assert!(
        one.is_some() || ended.len() >= 4,
        "paths to every end: {ended:?}"
    );
}

/// What the generator makes holds every construct often enough to be worth something.
#[test]
fn the_generator_uses_the_whole_language() {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for seed in 0..200 {
        count(
            &serde_json::from_str(&flow::matter(&generate::flow(seed), "random")).unwrap(),
            &mut seen,
        );
    }
    let wanted = [
        "task",
        "wait",
        "choice",
        "parallel",
        "for_each",
        "join",
        "needs",
        "missed",
        "beside",
        "rest",
        "events",
        "gives",
        "four_eyes",
        "go",
        "back_to",
        "leave",
        "end",
        "marks",
        "if",
        "unmet",
        "counts",
        "handoff",
        "receive",
        "refused",
        "subcase",
        "limit",
        "limits",
        "overdue",
        "pauses",
        "message",
        "once",
        "suspended",
        "alone",
    ];
    let rare: Vec<_> = wanted
        .iter()
        .filter(|k| seen.get(**k).is_none_or(|n| *n < 20))
        .collect();
    assert!(rare.is_empty(), "{rare:?} {seen:?}");
}

fn count(json: &Json, seen: &mut BTreeMap<String, usize>) {
    for (key, value) in json.as_object().into_iter().flatten() {
        *seen.entry(key.clone()).or_default() += 1;
        count(value, seen);
    }
    for value in json.as_array().into_iter().flatten() {
        count(value, seen);
    }
}

/// The network and the shared files random workflows run in.
struct World {
    files: Vec<(String, String)>,
    library: Library,
}

impl World {
    fn read() -> World {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../workflows");
        let mut files = Vec::new();
        for name in [
            "network/network.yaml",
            "network/people.yaml",
            "network/calendars/national-2026.yaml",
            "network/calendars/hours.yaml",
            "laws.yaml",
            "reasons.yaml",
        ] {
            files.push((
                name.to_owned(),
                std::fs::read_to_string(root.join(name)).unwrap(),
            ));
        }
        let texts: Vec<(&str, &str)> = files
            .iter()
            .map(|(p, t)| (p.as_str(), t.as_str()))
            .collect();
        let library = Library::read(&texts, &mut Sources::default());
        World { files, library }
    }

    /// The workflow checked; none where the check is more careful than it need be and fears a circle that in truth waits (E0223).
    fn revision(&self, flow: &Flow, seed: u64) -> Option<Arc<Revision>> {
        let (matter, form) = (flow::matter(flow, "random"), flow::form(flow));
        let own = [
            ("random/matter.yaml", matter.as_str()),
            ("random/forms/apply.schema.json", form.as_str()),
            ("part/matter.yaml", flow::PART),
            ("part/forms/part.schema.json", flow::PART_FORM),
        ];
        let shared = self.files.iter().map(|(p, t)| (p.as_str(), t.as_str()));
        let files: Vec<(&str, &str)> = shared.chain(own).collect();
        let mut sources = Sources::default();
        let library = Library::read(&files, &mut sources);
        let mut errors = library
            .found
            .iter()
            .filter(|d| d.code.starts_with('E'))
            .peekable();
        if errors.peek().is_some() && errors.all(|d| d.code == "E0223") {
            return None;
        }
        let found = library.matters.get("random").cloned();
        Some(found.unwrap_or_else(|| {
            let shown: String = library
                .found
                .iter()
                .map(|d| d.render(&sources, Lang::En))
                .collect();
            panic!("flow {seed}: {shown}")
        }))
    }
}
