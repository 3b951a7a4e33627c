//! `onenet check`: reads matters with everything they stand on and reports every problem at its place, in one run.

use super::{Failure, print};
use crate::authoring;
use clap::{Args, ValueEnum};
use engine::diagnostic::{Diagnostic, Level};
use engine::english::{ToEnglish, to_english};
use engine::source::Sources;
use engine::text::{Lang, both};
use engine::to_enter::{ToEnter, to_enter};
use serde_json::json;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Reads matters and reports every problem with file, line and column.
#[derive(Args)]
pub struct Check {
    /// Folders or matter.yaml files; without them `workflows`.
    paths: Vec<PathBuf>,
    /// How findings are written.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// Lists the parameters that have no value yet, in which cities, and the matters that ask for them.
    #[arg(long)]
    to_enter: bool,
    /// Lists the texts that have no English, each with its first place, and the entries of english.yaml that nothing uses.
    #[arg(long, conflicts_with = "to_enter")]
    to_english: bool,
}

/// How findings are written.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people, with the line and a caret.
    Text,
    /// One JSON array.
    Json,
    /// As annotations of GitHub Actions.
    Github,
}

/// What one folder of shared files has: its text files, and what was found in those asked about.
struct Checked {
    files: usize,
    matters: usize,
    found: Vec<Diagnostic>,
    to_enter: Vec<ToEnter>,
    to_english: Vec<ToEnglish>,
    /// How many differences of cities tell of another network.
    elsewhere: usize,
    sources: Sources,
}

impl Check {
    /// Findings go to stderr, the sum to stdout; JSON and annotations go to stdout alone. Exit 1 with an error, not with warnings.
    pub(super) fn run(self, lang: Lang) -> Result<(), Failure> {
        let paths = if self.paths.is_empty() {
            vec![PathBuf::from("workflows")]
        } else {
            self.paths
        };
        let mut roots: BTreeMap<PathBuf, Vec<PathBuf>> = BTreeMap::new();
        for path in paths {
            if !path.exists() {
                return Err(nothing(&path));
            }
            roots
                .entry(authoring::root_of(&path))
                .or_default()
                .push(path);
        }
        let mut all = Vec::new();
        for (root, paths) in &roots {
            all.push(checked(root, paths, self.to_english)?);
        }
        match (self.to_enter, self.to_english) {
            (true, _) => open(&all, self.format, lang),
            (_, true) => without_english(&all, self.format, lang),
            _ => show(&all, self.format, lang),
        }
        let errors = all.iter().flat_map(|c| &c.found);
        match errors.filter(|d| d.level() == Level::Error).count() {
            0 => Ok(()),
            _ => Err(Failure::Shown),
        }
    }
}

/// Reads a whole folder; keeps what was found in the paths asked about and in what they share.
fn checked(root: &Path, paths: &[PathBuf], english: bool) -> Result<Checked, Failure> {
    let files = authoring::files(root).map_err(|e| unreadable(root, &e))?;
    let asked = |file: &str| paths.iter().any(|p| root.join(file).starts_with(folder(p)));
    let matter_of = |file: &str| {
        let folder = file.split('/').next().unwrap_or_default();
        let matter = format!("{folder}/matter.yaml");
        files.iter().any(|(path, _)| *path == matter)
    };
    let matters = files
        .iter()
        .filter(|(path, _)| path.ends_with("/matter.yaml") && asked(path))
        .count();
    if matters == 0 {
        return Err(nothing(paths.first().map_or(root, PathBuf::as_path)));
    }
    let mut sources = Sources::default();
    let library = authoring::read(root, &files, &mut sources);
    let to_enter = to_enter(&library, &sources);
    let to_enter = to_enter.into_iter().filter(|open| {
        let mut matters = open.matters.iter();
        open.matters.is_empty() || matters.any(|m| asked(&format!("{m}/matter.yaml")))
    });
    let to_enter = to_enter.collect();
    let prefix = authoring::prefix(root);
    let to_english = match english {
        true => to_english(&library.files, &mut sources),
        false => Vec::new(),
    };
    let path = |span| {
        let path = sources.file(span).map(|f| &*f.path).unwrap_or_default();
        path.strip_prefix(&prefix).unwrap_or(path)
    };
    let elsewhere = library.elsewhere.iter();
    let elsewhere = elsewhere.filter(|span| asked(path(**span))).count();
    let found = library.found.into_iter().filter(|d| {
        let path = path(d.span);
        asked(path) || !matter_of(path)
    });
    let found = found.collect();
    // A list that ships is not this folder's to clear.
    let own = |path: &str| files.iter().any(|(file, _)| file == path);
    let to_english = to_english.into_iter().filter(|open| {
        let path = path(open.span);
        own(path) && (asked(path) || !matter_of(path))
    });
    let to_english = to_english.collect();
    Ok(Checked {
        files: files.iter().filter(|(path, _)| asked(path)).count(),
        matters,
        found,
        to_enter,
        to_english,
        elsewhere,
        sources,
    })
}

/// The folder a path asks about: a matter with all that lies beside it.
fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if path.is_file() => parent,
        _ => path,
    }
}

fn show(all: &[Checked], format: Format, lang: Lang) {
    let found = || {
        all.iter()
            .flat_map(|c| c.found.iter().map(|d| (d, &c.sources)))
    };
    match format {
        Format::Text => {
            for (diagnostic, sources) in found() {
                eprint!("{}", diagnostic.render(sources, lang));
            }
            print(sum(all).get(lang));
            let asked = all.iter().flat_map(|c| &c.to_enter);
            let asked = asked.filter(|open| !open.matters.is_empty()).count();
            if asked > 0 {
                let hint = both("check.to_enter", &[("count", asked.to_string())]);
                print(hint.get(lang));
            }
            let elsewhere: usize = all.iter().map(|c| c.elsewhere).sum();
            if elsewhere > 0 {
                let told = both("check.elsewhere", &[("count", elsewhere.to_string())]);
                print(told.get(lang));
            }
        }
        Format::Json => {
            let found: Vec<_> = found().map(|(d, s)| as_json(d, s, lang)).collect();
            print(&serde_json::Value::from(found).to_string());
        }
        Format::Github => {
            for (diagnostic, sources) in found() {
                print(&annotation(diagnostic, sources, lang));
            }
        }
    }
}

/// What cities have to enter, one parameter a line.
fn open(all: &[Checked], format: Format, lang: Lang) {
    let lines = all.iter().flat_map(|c| &c.to_enter);
    match format {
        Format::Text => lines.for_each(|open| print(&in_words(open, lang))),
        Format::Json => {
            let lines: Vec<_> = lines
                .map(|open| {
                    json!({
                        "parameter": open.parameter,
                        "title": open.title.get(lang),
                        "everywhere": open.everywhere,
                        "cities": open.cities,
                        "matters": open.matters,
                    })
                })
                .collect();
            print(&serde_json::Value::from(lines).to_string());
        }
        Format::Github => lines.for_each(|open| {
            print(&format!(
                "::notice title={}::{}",
                open.parameter,
                in_words(open, lang)
            ));
        }),
    }
}

/// What has no English, one text a line.
fn without_english(all: &[Checked], format: Format, lang: Lang) {
    let lines = all
        .iter()
        .flat_map(|c| c.to_english.iter().map(move |open| (open, &c.sources)));
    let placed = lines.map(|(open, sources)| {
        let file = sources.file(open.span).map_or("-", |f| &*f.path);
        (open, file, sources.position(open.span))
    });
    match format {
        Format::Text => placed.for_each(|(open, file, at)| {
            print(&format!(
                "{file}:{}:{} {}",
                at.line,
                at.column,
                lacking(open, lang)
            ));
        }),
        Format::Json => {
            let lines = placed.map(|(open, file, at)| {
                json!({
                    "zh": open.zh,
                    "file": file,
                    "line": at.line,
                    "column": at.column,
                    "places": open.places,
                })
            });
            print(&lines.collect::<serde_json::Value>().to_string());
        }
        Format::Github => placed.for_each(|(open, file, at)| {
            let (line, column) = (at.line, at.column);
            print(&format!(
                "::notice file={file},line={line},col={column}::{}",
                lacking(open, lang)
            ));
        }),
    }
}

fn lacking(open: &ToEnglish, lang: Lang) -> String {
    let key = match open.places {
        0 => "check.to_english.unused",
        _ => "check.to_english.open",
    };
    let args = [
        ("text", open.zh.clone()),
        ("count", open.places.to_string()),
    ];
    both(key, &args).get(lang).to_owned()
}

/// `minimum_wage 最低工资（月）：各城市都没有值；用到的事项：…`
fn in_words(open: &ToEnter, lang: Lang) -> String {
    let separator = if lang == Lang::En { ", " } else { "、" };
    let args = [
        ("name", open.parameter.clone()),
        ("title", open.title.get(lang).to_owned()),
        ("cities", open.cities.join(separator)),
        ("matters", open.matters.join(separator)),
    ];
    let place = if open.everywhere {
        "everywhere"
    } else {
        "some"
    };
    let place = both(&format!("check.to_enter.{place}"), &args);
    let asked = match open.matters.is_empty() {
        true => "check.to_enter.unasked",
        false => "check.to_enter.asked",
    };
    format!("{}{}", place.get(lang), both(asked, &args).get(lang))
}

/// `1 个错误,1 个提醒(检查 3 个文件)`
fn sum(all: &[Checked]) -> engine::text::Text {
    let count = |level| {
        let found = all.iter().flat_map(|c| &c.found);
        found.filter(|d| d.level() == level).count().to_string()
    };
    let files: usize = all.iter().map(|c| c.files).sum();
    let matters: usize = all.iter().map(|c| c.matters).sum();
    let args = [
        ("errors", count(Level::Error)),
        ("warnings", count(Level::Warning)),
        ("files", files.to_string()),
        ("matters", matters.to_string()),
    ];
    both("check.sum", &args)
}

fn as_json(found: &Diagnostic, sources: &Sources, lang: Lang) -> serde_json::Value {
    let position = sources.position(found.span);
    json!({
        "file": sources.file(found.span).map(|f| f.path.to_string()),
        "line": position.line,
        "column": position.column,
        "level": level(found),
        "code": found.code,
        "message": found.message(lang),
        "remedy": found.remedy(lang),
    })
}

fn annotation(found: &Diagnostic, sources: &Sources, lang: Lang) -> String {
    let position = sources.position(found.span);
    let file = sources.file(found.span).map_or("-", |f| &*f.path);
    let remedy = found.remedy(lang).unwrap_or_default();
    let (line, column) = (position.line, position.column);
    let words = format!("{} {remedy}", found.message(lang)).replace('%', "%25");
    format!(
        "::{} file={file},line={line},col={column},title={}::{words}",
        level(found),
        found.code
    )
}

fn level(found: &Diagnostic) -> &'static str {
    match found.level() {
        Level::Error => "error",
        Level::Warning => "warning",
    }
}

fn nothing(path: &Path) -> Failure {
    Failure::Usage("check.nothing", vec![("path", path.display().to_string())])
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
