//! T1: random workflows run by random moves, compared after each move with an independent reading of language.md §6 and §7: the same
//! places open, the same limits running or standing still, the same steps ended with the same outcomes, the same letters and sub-cases
//! called off, the same end. After each move the case is folded anew from its events and
//! compared (G6), and nothing runs that cannot move (G7). `ONENET_FLOWS=2000` runs more; `ONENET_FLOW=17` runs one and prints it.

mod flow;
mod forks;
mod generate;
mod interpret;
mod path;
mod run;
mod same;
mod seen;

use crate::shipped::files;
use engine::diagnostic::Diagnostic;
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

/// So many workflows are read together, beside one network.
const TOGETHER: usize = 100;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[test]
fn t01_random_workflows_do_what_an_independent_reading_says() {
    let world = World::read();
    let one = number("ONENET_FLOW");
    let flows = number("ONENET_FLOWS").unwrap_or(200);
    let seeds = one.map_or(0..flows, |n| n..n + 1);
    let (mut ended, mut careful) = (BTreeMap::new(), 0);
    let all: Vec<(u64, Flow)> = seeds.map(|seed| (seed, generate::flow(seed))).collect();
    if one.is_some() {
        for (_, flow) in &all {
            println!("{}\n{}", flow::matter(flow, "random"), flow::filled(flow));
        }
    }
    for flows in all.chunks(TOGETHER) {
        for ((seed, flow), matter) in flows.iter().zip(World::revisions(flows)) {
            let Some(matter) = matter else {
                careful += 1;
                continue;
            };
            for path in 0..PATHS {
                let end = Path::new(&world, flow, &matter, *seed, path).run();
                *ended.entry(end).or_insert(0) += 1;
            }
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

/// The network random workflows run in.
struct World {
    library: Library,
}

/// The files of it.
fn network<'f>() -> impl Iterator<Item = (&'f str, &'f str)> {
    let wanted = [
        "network/network.yaml",
        "network/people.yaml",
        "network/calendars/national-2026.yaml",
        "network/calendars/hours.yaml",
        "laws.yaml",
        "reasons.yaml",
    ];
    files().filter(move |(path, _)| wanted.contains(path))
}

impl World {
    fn read() -> World {
        let files: Vec<(&str, &str)> = network().collect();
        let library = Library::read(&files, &mut Sources::default());
        World { library }
    }

    /// The workflows checked; none where the check is more careful than it need be and fears a circle that in truth waits (E0223).
    fn revisions(flows: &[(u64, Flow)]) -> Vec<Option<Arc<Revision>>> {
        let own = flows.iter().flat_map(|(seed, flow)| {
            let name = format!("random{seed}");
            let matter = (format!("{name}/matter.yaml"), flow::matter(flow, &name));
            let form = (format!("{name}/forms/apply.schema.json"), flow::form(flow));
            [matter, form]
        });
        let own: Vec<(String, String)> = own.collect();
        let messages = flow::messages(&own);
        let own = own.iter().map(|(p, t)| (p.as_str(), t.as_str()));
        let part = [
            ("part/matter.yaml", flow::PART),
            ("part/forms/part.schema.json", flow::PART_FORM),
        ];
        let part = part
            .into_iter()
            .chain([("network/messages.yaml", &*messages)]);
        let files: Vec<(&str, &str)> = network().chain(part).chain(own).collect();
        let mut sources = Sources::default();
        let library = Library::read(&files, &mut sources);
        let checked = |(seed, _): &(u64, Flow)| checked(&library, &sources, *seed);
        flows.iter().map(checked).collect()
    }
}

/// One workflow of those that were read together.
fn checked(library: &Library, sources: &Sources, seed: u64) -> Option<Arc<Revision>> {
    let name = format!("random{seed}");
    let folder = format!("{name}/");
    let lies = |d: &&Diagnostic| {
        let file = sources.file(d.span);
        file.is_none_or(|f| f.path.starts_with(&folder) || !f.path.starts_with("random"))
    };
    let own = || library.found.iter().filter(lies);
    let mut errors = own().filter(|d| d.code.starts_with('E')).peekable();
    if errors.peek().is_some() && errors.all(|d| d.code == "E0223") {
        return None;
    }
    Some(library.matters.get(&name).cloned().unwrap_or_else(|| {
        let shown: String = own().map(|d| d.render(sources, Lang::En)).collect();
        panic!("flow {seed}: {shown}")
    }))
}
