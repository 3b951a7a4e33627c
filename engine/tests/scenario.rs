//! Scenarios from outside: the shipped ones all pass and walk everything; wrong ones are found where they are wrong; and after every
//! command a case folded anew from its events is the case it was (G6).

#![allow(missing_docs, clippy::unwrap_used)]

use engine::library::Library;
use engine::scenario::{self, Played, Walked};
use engine::source::Sources;
use engine::text::Lang;
use std::collections::BTreeSet;
use std::path::Path;

fn texts(folder: &Path, root: &Path, into: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            texts(&path, root, into);
        } else {
            let name = path
                .strip_prefix(root)
                .unwrap()
                .to_string_lossy()
                .into_owned();
            into.push((name, std::fs::read_to_string(&path).unwrap()));
        }
    }
}

fn shipped(sources: &mut Sources) -> Library {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../workflows");
    let mut files = Vec::new();
    texts(&root, &root, &mut files);
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(p, t)| (p.as_str(), t.as_str()))
        .collect();
    Library::read(&files, sources)
}

/// Reads, checks and plays one scenario of a matter.
fn play(library: &Library, sources: &mut Sources, matter: &str, path: &str, text: &str) -> Played {
    let (read, mut found) = scenario::read(sources, path, text);
    let matter = &library.matters[matter];
    if let Some(read) = &read {
        found.extend(scenario::check(read, matter, library));
    }
    let shown: String = found.iter().map(|d| d.render(sources, Lang::Zh)).collect();
    assert!(found.is_empty(), "{shown}");
    scenario::play(library, matter, &read.unwrap())
}

fn failures(played: &Played, sources: &Sources) -> String {
    let mut out = String::new();
    for f in &played.failed {
        let at = sources.position(f.span);
        let path = &sources.file(f.span).unwrap().path;
        out += &format!(
            "{path}:{}:{} {}: 期望 {}，实际 {} {:?}\n",
            at.line, at.column, f.about, f.expected.zh, f.got.zh, f.why
        );
    }
    if !out.is_empty() {
        for told in &played.story {
            out += &format!("    {} {}\n", told.at, told.words.zh);
        }
    }
    out
}

/// Every shipped scenario passes, and together they walk every step, outcome, event, pause and passed limit.
#[test]
fn the_shipped_scenarios_pass_and_walk_everything() {
    let mut sources = Sources::default();
    let library = shipped(&mut sources);
    let (mut walked, mut spots, mut wrong) = (Walked::default(), BTreeSet::new(), String::new());
    for (id, matter) in &library.matters {
        spots.extend(scenario::spots(matter));
        for (path, text) in &library.scenarios[id] {
            let played = play(&library, &mut sources, id, path, text);
            wrong += &failures(&played, &sources);
            walked.extend(&played.walked);
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert!(spots.len() > 200, "{}", spots.len());
    let missed = spots.iter().filter(|s| !walked.has(s));
    let missed: Vec<String> = missed
        .map(|s| {
            format!(
                "{}:{} {:?} {}",
                sources.file(s.span).unwrap().path,
                sources.position(s.span).line,
                s.what,
                s.name
            )
        })
        .collect();
    assert!(missed.is_empty(), "{missed:#?}");
}

/// Which little changes nobody notices; a report to read, run by hand.
#[test]
#[ignore = "a report, not a check"]
fn changes_nobody_notices() {
    let mut sources = Sources::default();
    let library = shipped(&mut sources);
    let (mut made, mut unnoticed) = (0, 0);
    for (id, matter) in &library.matters {
        let mut scenarios = Vec::new();
        for (path, text) in &library.scenarios[id] {
            scenarios.extend(scenario::read(&mut sources, path, text).0);
        }
        for mutant in scenario::mutants(matter) {
            made += 1;
            let changed = std::sync::Arc::new(mutant.matter.clone());
            if scenarios
                .iter()
                .all(|s| scenario::play(&library, &changed, s).failed.is_empty())
            {
                unnoticed += 1;
                let at = sources.position(mutant.span);
                println!(
                    "{}:{} {} {}",
                    sources.file(mutant.span).unwrap().path,
                    at.line,
                    mutant.what,
                    mutant.name
                );
            }
        }
    }
    println!("{unnoticed} of {made}");
}
