//! `onenet test`: plays the scenarios beside the matters and says which lines of the matters they walk.

mod report;

use super::Failure;
use crate::authoring;
use clap::{Args, ValueEnum};
use engine::diagnostic::{Diagnostic, Level};
use engine::library::Library;
use engine::matter::Revision;
use engine::scenario::{self, Mutant, Played, Scenario, Spot, Walked};
use engine::source::{Sources, Span};
use engine::text::Lang;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Plays scenarios and reports what is not as expected.
#[derive(Args)]
pub struct Test {
    /// Folders, matters or *.test.yaml files; without them `workflows`.
    paths: Vec<PathBuf>,
    /// Also fails for every step, outcome, event, pause and passed limit that no scenario walks.
    #[arg(long)]
    coverage: bool,
    /// Also changes the matters a little, one change at a time, and fails for every change no scenario notices.
    #[arg(long)]
    mutate: bool,
    /// How the answer is written.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

/// How an answer is written.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// One JSON document.
    Json,
    /// Annotations of a pull request.
    Github,
}

/// What became of one folder of matters.
struct Tested {
    /// The folder the paths in `sources` are relative to.
    root: PathBuf,
    sources: Sources,
    matters: Vec<Matter>,
    walked: Walked,
    spots: BTreeSet<Spot>,
    /// Findings about scenarios that were not played.
    found: Vec<Diagnostic>,
    /// Scenarios of another network: what the one at hand lacks for them. They count neither as passed nor as failed.
    skipped: Vec<Skipped>,
    /// Little changes, each with the mutant as long as nobody has noticed it; none where it was not asked.
    changes: Option<Changes>,
}

/// Little changes by place and kind.
type Changes = BTreeMap<(Span, &'static str, String), Option<Mutant>>;

/// A scenario that was not played, and every reason.
struct Skipped {
    scenario: Scenario,
    lacking: Vec<Diagnostic>,
}

/// The scenarios of one matter.
struct Matter {
    id: String,
    played: Vec<(Scenario, Played)>,
}

impl Test {
    /// Prints the report on stdout; a scenario that fails gives exit code 1.
    pub(super) fn run(self, lang: Lang) -> Result<(), Failure> {
        let paths = if self.paths.is_empty() {
            vec![PathBuf::from("workflows")]
        } else {
            self.paths.clone()
        };
        let mut roots: BTreeMap<PathBuf, Vec<PathBuf>> = BTreeMap::new();
        for path in paths.into_iter().map(named) {
            roots
                .entry(authoring::root_of(&path))
                .or_default()
                .push(path);
        }
        let mut all = Vec::new();
        for (root, paths) in roots {
            all.push(self.folder(root, &paths)?);
        }
        if all
            .iter()
            .all(|t| t.matters.is_empty() && t.found.is_empty() && t.skipped.is_empty())
        {
            return Err(Failure::Usage("test.nothing", Vec::new()));
        }
        let fine = all.iter().all(|t| t.is_fine(self.coverage));
        match self.format {
            Format::Text => report::text(&all, self.coverage, lang),
            Format::Json => report::json(&all, lang),
            Format::Github => report::github(&all, self.coverage, lang),
        }
        if fine { Ok(()) } else { Err(Failure::Shown) }
    }

    fn folder(&self, root: PathBuf, paths: &[PathBuf]) -> Result<Tested, Failure> {
        let mut sources = Sources::default();
        let library =
            authoring::library(&root, &mut sources).map_err(|e| super::unreadable(&root, &e))?;
        let errors: Vec<Diagnostic> = library
            .found
            .iter()
            .filter(|d| d.level() == Level::Error)
            .cloned()
            .collect();
        if !errors.is_empty() {
            return Err(Failure::Found(errors, sources));
        }
        let mut tested = Tested {
            root,
            sources,
            matters: Vec::new(),
            walked: Walked::default(),
            spots: BTreeSet::new(),
            found: Vec::new(),
            skipped: Vec::new(),
            changes: self.mutate.then(Changes::new),
        };
        for (id, matter) in &library.matters {
            tested.matter(&library, id, matter, paths);
        }
        Ok(tested)
    }
}

impl Tested {
    fn matter(&mut self, library: &Library, id: &str, matter: &Arc<Revision>, paths: &[PathBuf]) {
        let files = library
            .scenarios
            .get(id)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let whole = paths.iter().any(|p| {
            p.ends_with(id) || *p == self.root || p.ends_with(format!("{id}/matter.yaml"))
        });
        let wanted = |path: &str| whole || paths.iter().any(|p| Path::new(path).starts_with(p));
        let files: Vec<&(String, String)> = files.iter().filter(|(path, _)| wanted(path)).collect();
        if files.is_empty() && !whole {
            return;
        }
        self.spots.extend(scenario::spots(matter));
        let mut played = Vec::new();
        for (path, text) in files {
            let (read, found) = scenario::read(&mut self.sources, path, text);
            self.found.extend(found);
            let Some(read) = read else { continue };
            let wrong = scenario::check(&read, matter, library);
            if !wrong.is_empty() && wrong.iter().all(scenario::is_lacking) {
                self.skipped.push(Skipped {
                    scenario: read,
                    lacking: wrong,
                });
                continue;
            }
            if wrong.is_empty() {
                let play = scenario::play(library, matter, &read);
                self.walked.extend(&play.walked);
                played.push((read, play));
            }
            self.found.extend(wrong);
        }
        if let Some(changes) = &mut self.changes {
            mutate(library, matter, &played, changes);
        }
        self.matters.push(Matter {
            id: id.to_owned(),
            played,
        });
    }

    /// The little changes nobody noticed.
    fn unnoticed(&self) -> impl Iterator<Item = &Mutant> {
        self.changes.iter().flat_map(|c| c.values().flatten())
    }

    /// The spots no scenario walked.
    fn missed(&self) -> Vec<&Spot> {
        self.spots.iter().filter(|s| !self.walked.has(s)).collect()
    }

    fn is_fine(&self, coverage: bool) -> bool {
        let failed = self
            .matters
            .iter()
            .flat_map(|m| &m.played)
            .any(|(_, p)| !p.failed.is_empty());
        let missed = coverage && !self.missed().is_empty();
        let unnoticed = self.unnoticed().next().is_some();
        !failed && !missed && !unnoticed && self.found.is_empty()
    }
}

/// A matter's folder by a path that says its name, where it was given as `.`.
fn named(path: PathBuf) -> PathBuf {
    let nameless = path.file_name().is_none() && path.join("matter.yaml").exists();
    let whole = nameless.then(|| path.canonicalize().ok()).flatten();
    whole.unwrap_or(path)
}

/// Plays the scenarios that pass against every little change; a change that all of them still pass was not noticed. A line of a
/// shared block is tested once somebody notices its change, whichever matter used it.
fn mutate(
    library: &Library,
    matter: &Arc<Revision>,
    played: &[(Scenario, Played)],
    changes: &mut Changes,
) {
    let passing: Vec<&Scenario> = played
        .iter()
        .filter(|(_, p)| p.failed.is_empty())
        .map(|(s, _)| s)
        .collect();
    for mutant in scenario::mutants(matter) {
        let key = (mutant.span, mutant.what, mutant.name.clone());
        if changes.get(&key).is_some_and(Option::is_none) {
            continue;
        }
        let changed = Arc::new(mutant.matter.clone());
        let noticed = passing
            .iter()
            .any(|s| !scenario::play(library, &changed, s).failed.is_empty());
        changes.insert(key, (!noticed).then_some(mutant));
    }
}
