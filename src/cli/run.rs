//! `onenet run`: plays one case of a matter locally, without a server and without a store, and prints its timeline.

use super::{Failure, matter, print};
use clap::Args;
use engine::clock::civil;
use engine::scenario::{self, Failed};
use engine::source::Sources;
use engine::text::{Lang, both};
use jiff::Timestamp;
use std::path::PathBuf;

/// Starts one case locally and prints its timeline as it goes.
#[derive(Args)]
pub struct Run {
    /// A matter: its folder, or the id of a shipped one.
    matter: String,
    /// What the case begins with, as YAML or JSON: accepting_city, channel, applicant, form; now and when, as in a scenario.
    #[arg(long)]
    input: PathBuf,
}

impl Run {
    /// Prints what happens, line by line; a line of `when` that does not do what it says gives exit code 1.
    pub(super) fn run(self, lang: Lang) -> Result<(), Failure> {
        let (library, matter) = matter::open(&self.matter)?;
        let text =
            std::fs::read_to_string(&self.input).map_err(|e| super::unreadable(&self.input, &e))?;
        let path = self.input.display().to_string();
        let mut sources = Sources::default();
        let (read, mut found) = scenario::read_input(&mut sources, &path, &text, Timestamp::now());
        if let Some(read) = read.as_ref().filter(|_| found.is_empty()) {
            found.extend(scenario::check(read, &matter, &library));
        }
        let (Some(read), true) = (read, found.is_empty()) else {
            return Err(Failure::Found(found, sources));
        };
        let played = scenario::play(&library, &matter, &read);
        for told in &played.story {
            let at = civil(told.at).strftime("%m-%d %H:%M");
            print(&format!("{at} {} {}", told.case, told.words.get(lang)));
        }
        for failed in &played.failed {
            eprintln!("{}", shown(failed, &path, &sources, lang));
        }
        if played.failed.is_empty() {
            Ok(())
        } else {
            Err(Failure::Shown)
        }
    }
}

fn shown(failed: &Failed, path: &str, sources: &Sources, lang: Lang) -> String {
    let position = sources.position(failed.span);
    let args = [
        (
            "place",
            format!("{path}:{}:{}", position.line, position.column),
        ),
        (
            "line",
            failed.line.map(|n| n.to_string()).unwrap_or_default(),
        ),
        ("about", failed.about.clone()),
        ("expected", failed.expected.get(lang).to_owned()),
        ("got", failed.got.get(lang).to_owned()),
        (
            "at",
            civil(failed.at).strftime("%Y-%m-%d %H:%M").to_string(),
        ),
    ];
    both("run.failed", &args).get(lang).to_owned()
}
