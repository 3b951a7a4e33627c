//! `onenet diff`: what differs between two cities, of one matter or of all; or between two folders, whole.

use super::{Failure, matter, print};
use crate::{authoring, shipped};
use clap::Args;
use engine::clock::civil;
use engine::differences::{Difference, Part, of_cities, of_matter, parameters_of};
use engine::library::Library;
use engine::matter::Revision;
use engine::network::City;
use engine::revised::{Changed, Files, Mark, of_matter as files_of, revised};
use engine::source::Sources;
use engine::text::{Lang, Text, both};
use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Value as Json, json};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Says what differs between two cities; with `--against` between two folders.
#[derive(Args)]
pub struct Diff {
    /// A city, by name or six-digit code; with `--against` a matter's folder or all of `workflows/`.
    one: String,
    /// The other city.
    #[arg(required_unless_present = "against")]
    other: Option<String>,
    /// An earlier folder of the same kind: says every file that differs from it, part by part.
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["other", "matter", "on"])]
    against: Option<PathBuf>,
    /// The matter: its folder, its matter.yaml, or the id of a shipped one; without it all shipped ones.
    #[arg(long)]
    matter: Option<String>,
    /// The day for whose cases it is asked; without it today.
    #[arg(long)]
    on: Option<Date>,
    /// Prints JSON.
    #[arg(long)]
    json: bool,
}

impl Diff {
    /// Prints what differs, matter by matter, then what the cities have by themselves.
    pub(super) fn run(self, lang: Lang) -> Result<(), Failure> {
        if let Some(against) = &self.against {
            return whole(Path::new(&self.one), against, self.json, lang);
        }
        let other = self.other.as_deref().unwrap_or_default();
        let mut sources = Sources::default();
        let (library, matters) = self.library(&mut sources)?;
        let day = self.on.unwrap_or_else(|| civil(Timestamp::now()).date());
        let cities = (
            matter::city(&library, &self.one)?,
            matter::city(&library, other)?,
        );
        let only = match (&self.matter, matters.first()) {
            (Some(_), Some(matter)) => Some(parameters_of(matter, &library, &sources)),
            _ => None,
        };
        let of_matters = matters.iter();
        let of_matters = of_matters.map(|matter| (matter, of_matter(matter, cities, day)));
        let of_matters: Vec<_> = of_matters.filter(|(_, all)| !all.is_empty()).collect();
        let besides = of_cities(&library.network, cities, day, only.as_ref());
        if self.json {
            let matters = of_matters
                .iter()
                .map(|(matter, all)| json!({ "matter": *matter.id.value, "differences": all }));
            let told = json!({
                "cities": [cities.0.code, cities.1.code],
                "day": day.to_string(),
                "matters": matters.collect::<Json>(),
                "differences": besides,
            });
            print(&told.to_string());
            return Ok(());
        }
        let args = [
            ("one", cities.0.title(lang).to_owned()),
            ("other", cities.1.title(lang).to_owned()),
            ("day", day.to_string()),
        ];
        if of_matters.is_empty() && besides.is_empty() {
            print(both("diff.none", &args).get(lang));
            return Ok(());
        }
        print(both("diff.heading", &args).get(lang));
        for (matter, all) in &of_matters {
            let title = matter.title.get(lang);
            print(&format!("\n{title} ({})", matter.id.value));
            list(all, cities, lang);
        }
        if !besides.is_empty() {
            print("");
            list(&besides, cities, lang);
        }
        Ok(())
    }

    fn library(&self, sources: &mut Sources) -> Result<(Library, Vec<Arc<Revision>>), Failure> {
        if let Some(name) = &self.matter {
            let (library, revision) = matter::open_from(name, sources)?;
            return Ok((library, vec![revision]));
        }
        let library = shipped::library(sources);
        let all = library.matters.values().cloned().collect();
        Ok((library, all))
    }
}

/// Prints what differs between an earlier folder and another, of a matter with what it rests on, or of all.
fn whole(path: &Path, against: &Path, as_json: bool, lang: Lang) -> Result<(), Failure> {
    let old = files(against)?;
    let new = files(path)?;
    let all = revised(&old, &new);
    if as_json {
        print(&json!({ "changed": all }).to_string());
        return Ok(());
    }
    if all.is_empty() {
        print(both("diff.same", &[]).get(lang));
    }
    for changed in &all {
        file(changed, lang);
    }
    Ok(())
}

/// The files of a matter and of what it rests on, or all below a folder.
fn files(path: &Path) -> Result<Files, Failure> {
    let root = authoring::root_of(path);
    let read = authoring::files(&root).map_err(|e| super::unreadable(&root, &e))?;
    let read: Files = read.into_iter().collect();
    let name = path.file_name().and_then(|name| name.to_str());
    Ok(match name.filter(|_| path.join("matter.yaml").exists()) {
        Some(matter) => files_of(&read, matter),
        None => read,
    })
}

fn file(changed: &Changed, lang: Lang) {
    let kind = changed.kind.map(|kind| kind.title().get(lang).to_owned());
    let title = changed.title.get(lang).to_owned();
    let named = [kind.unwrap_or_default(), title];
    let named: Vec<String> = named.into_iter().filter(|t| !t.is_empty()).collect();
    print(&format!("\n{} ({})", named.join(" "), changed.path));
    for part in &changed.parts {
        let side = |text: &Option<Text>| match text {
            Some(text) => text.get(lang).to_owned(),
            None => both("diff.absent", &[]).get(lang).to_owned(),
        };
        let what = [part.of.get(lang), part.what.get(lang)];
        let what: Vec<&str> = what.into_iter().filter(|t| !t.is_empty()).collect();
        let args = [
            ("what", what.join(" · ")),
            ("was", side(&part.was)),
            ("is", side(&part.is)),
        ];
        print(&format!("  {}", both("diff.part", &args).get(lang)));
    }
    for line in changed.lines.iter().filter(|_| changed.parts.is_empty()) {
        let mark = match line.mark {
            Mark::Gone => "-",
            Mark::New => "+",
            Mark::Same | Mark::Between => " ",
        };
        print(&format!("  {mark} {}", line.text));
    }
}

/// The differences, part by part.
fn list(all: &[Difference], cities: (&City, &City), lang: Lang) {
    let mut part: Option<Part> = None;
    for d in all {
        if part != Some(d.part) {
            print(&format!("  {}", both(d.part.key(), &[]).get(lang)));
            part = Some(d.part);
        }
        let value = |value: &Option<Text>| match value {
            Some(value) => value.get(lang).to_owned(),
            None => both("diff.absent", &[]).get(lang).to_owned(),
        };
        let what = [d.address.as_str(), d.title.get(lang)];
        let what: Vec<&str> = what.into_iter().filter(|t| !t.is_empty()).collect();
        let args = [
            ("what", what.join(" ")),
            ("one", cities.0.title(lang).to_owned()),
            ("other", cities.1.title(lang).to_owned()),
            ("here", value(&d.one)),
            ("there", value(&d.other)),
        ];
        let key = match what.is_empty() {
            true => "diff.line_bare",
            false => "diff.line",
        };
        print(&format!("    {}", both(key, &args).get(lang)));
    }
}
