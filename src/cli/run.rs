//! `onenet run`: plays one case of a matter locally, without a server and without a store, and prints its timeline.

use super::{Failure, print};
use crate::{authoring, runtime};
use clap::Args;
use engine::clock::civil;
use engine::diagnostic::{Diagnostic, Level};
use engine::scenario;
use engine::source::Sources;
use engine::text::{Lang, both};
use std::path::{Path, PathBuf};

/// Starts one case locally and prints its timeline as it goes.
#[derive(Args)]
pub struct Run {
    /// A matter: its name, or its folder.
    matter: String,
    /// What the case begins with, as YAML or JSON: accepting_city, channel, applicant, form; now and when, as in a scenario.
    #[arg(long)]
    input: PathBuf,
}

impl Run {
    /// Prints what happens, line by line; a line of `when` that does not do what it says gives exit code 1.
    pub(super) fn run(self, lang: Lang) -> Result<(), Failure> {
        let folder = match Path::new(&self.matter) {
            folder if folder.exists() => folder.to_owned(),
            _ => Path::new("workflows").join(&self.matter),
        };
        let root = authoring::root_of(&folder);
        let mut sources = Sources::default();
        let library = authoring::library(&root, &mut sources).map_err(|e| super::unreadable(&root, &e))?;
        let id = folder.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let Some(matter) = library.matters.get(&id) else {
            let errors: Vec<Diagnostic> = library.found.iter().filter(|d| d.level() == Level::Error).cloned().collect();
            if !errors.is_empty() {
                return Err(Failure::Found(errors, sources));
            }
            let known = library.matters.keys().map(String::as_str);
            let near = engine::diagnostic::nearest(&id, known.clone()).unwrap_or_else(|| known.collect::<Vec<_>>().join("、"));
            return Err(Failure::Usage("run.unknown", vec![("name", id), ("near", near)]));
        };
        let text = std::fs::read_to_string(&self.input).map_err(|e| super::unreadable(&self.input, &e))?;
        let path = self.input.display().to_string();
        let (read, mut found) = scenario::read_input(&mut sources, &path, &text, runtime::now());
        if let Some(read) = read.as_ref().filter(|_| found.is_empty()) {
            found.extend(scenario::check(read, matter, &library));
        }
        let (Some(read), true) = (read, found.is_empty()) else { return Err(Failure::Found(found, sources)) };
        let played = scenario::play(&library, matter, &read);
        for told in &played.story {
            let at = civil(told.at).strftime("%m-%d %H:%M");
            print(&format!("{at} {} {}", told.case, told.words.get(lang)));
        }
        for failed in &played.failed {
            let position = sources.position(failed.span);
            let args = [
                ("place", format!("{path}:{}:{}", position.line, position.column)),
                ("scenario", read.name.value.clone()),
                ("line", failed.line.map(|n| n.to_string()).unwrap_or_default()),
                ("about", failed.about.clone()),
                ("expected", failed.expected.get(lang).to_owned()),
                ("got", failed.got.get(lang).to_owned()),
                ("at", civil(failed.at).strftime("%Y-%m-%d %H:%M").to_string()),
            ];
            let key = if failed.line.is_some() { "test.line" } else { "test.end" };
            eprintln!("{}", both(key, &args).get(lang));
        }
        if played.failed.is_empty() { Ok(()) } else { Err(Failure::Problems) }
    }
}
