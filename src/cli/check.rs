//! `onenet check`: reads matters with their shared blocks and reports every problem at its place. It does not yet ask whether a
//! matter that reads well can also run.

use super::{Failure, print};
use clap::Args;
use engine::matter::{Blocks, read};
use engine::source::Sources;
use engine::text::{Lang, both};
use std::fs;
use std::path::{Path, PathBuf};

/// Reads matters and reports every problem with file, line and column.
#[derive(Args)]
pub struct Check {
    /// Folders or matter.yaml files; without them `workflows`.
    paths: Vec<PathBuf>,
}

impl Check {
    /// Prints how many matters were read; findings go to stderr.
    pub(super) fn run(self, lang: Lang) -> Result<(), Failure> {
        let paths = if self.paths.is_empty() {
            vec![PathBuf::from("workflows")]
        } else {
            self.paths
        };
        let mut matters = Vec::new();
        for path in &paths {
            find(path, "matter.yaml", &mut matters)?;
        }
        if matters.is_empty() {
            return Err(Failure::Usage(
                "check.nothing",
                vec![(
                    "path",
                    paths.iter().map(|p| p.display().to_string()).collect(),
                )],
            ));
        }
        let mut sources = Sources::default();
        let shared = shared(&matters)?;
        let shared: Vec<(&str, &str)> = shared
            .iter()
            .map(|(p, t)| (p.as_str(), t.as_str()))
            .collect();
        let (blocks, mut found) = Blocks::read(&mut sources, &shared);
        for matter in &matters {
            let text = text(matter)?;
            found.extend(
                read(
                    &mut sources,
                    (&matter.display().to_string(), &text),
                    &blocks,
                )
                .1,
            );
        }
        // A fault of a shared block is one fault, however many matters use it.
        found.sort_by_key(|d| {
            (
                sources.file(d.span).map(|f| f.path.clone()),
                d.span.start,
                d.code,
            )
        });
        found.dedup_by_key(|d| {
            (
                sources.file(d.span).map(|f| f.path.clone()),
                d.span.start,
                d.code,
            )
        });
        if found.is_empty() {
            print(both("check.fine", &[("matters", matters.len().to_string())]).get(lang));
            return Ok(());
        }
        Err(Failure::Found(found, sources))
    }
}

/// The shared blocks: of the `shared` folder beside the matters' folders.
fn shared(matters: &[PathBuf]) -> Result<Vec<(String, String)>, Failure> {
    let folder = matters
        .first()
        .and_then(|m| m.parent()?.parent())
        .map(|f| f.join("shared"));
    let mut files = Vec::new();
    for entry in folder
        .and_then(|f| fs::read_dir(f).ok())
        .into_iter()
        .flatten()
        .flatten()
    {
        if entry.path().extension().is_some_and(|e| e == "yaml") {
            files.push((entry.path().display().to_string(), text(&entry.path())?));
        }
    }
    files.sort();
    Ok(files)
}

fn find(path: &Path, name: &str, into: &mut Vec<PathBuf>) -> Result<(), Failure> {
    if path.is_file() {
        into.push(path.to_owned());
        return Ok(());
    }
    let entries = fs::read_dir(path).map_err(|e| unreadable(path, &e))?;
    let mut inside: Vec<PathBuf> = entries.flatten().map(|e| e.path()).collect();
    inside.sort();
    for path in inside {
        if path.is_dir() {
            find(&path, name, into)?;
        } else if path.file_name().is_some_and(|n| n == name) {
            into.push(path);
        }
    }
    Ok(())
}

fn text(path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path).map_err(|e| unreadable(path, &e))
}

fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::Usage(
        "decide.no_file",
        vec![
            ("path", path.display().to_string()),
            ("what", error.to_string()),
        ],
    )
}
