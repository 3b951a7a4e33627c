//! What one version of files changes of another, whole: file by file, in each part by part and in words, and line by line. What cannot be
//! said in words, such as a comment, stands among the lines: nothing that differs is left out.

mod kind;
mod parts;
mod words;

pub use kind::Kind;

use crate::english::English;
use crate::text::Text;
use serde::Serialize;
use similar::{ChangeTag, TextDiff};
use std::collections::{BTreeMap, BTreeSet};
use words::Words;

/// Path and text of files, as they lie in `workflows/`.
pub type Files = BTreeMap<String, String>;

/// Lines around a change that are shown.
const AROUND: usize = 2;

/// A file that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Changed {
    /// Where it lies.
    pub path: String,
    /// What it is; none of a file nothing is read from.
    pub kind: Option<Kind>,
    /// What people call it; empty where it has only its path.
    pub title: Text,
    /// What differs in it, in the order of the file; empty of papers, and where only comments or the layout differ.
    pub parts: Vec<Part>,
    /// Its text where it differs, with two lines around each place.
    pub lines: Vec<Line>,
}

/// Something in a file that is not as it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Part {
    /// What it belongs to: a step, a field, a parameter, by its title.
    pub of: Text,
    /// What of it differs; empty: the whole.
    pub what: Text,
    /// Where it stands: the keys that lead to it, with dots between.
    pub address: String,
    /// How it was; none: not there.
    pub was: Option<Text>,
    /// How it is; none: not there any more.
    pub is: Option<Text>,
}

/// A line of a text that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    /// Whether it is there before and after.
    pub mark: Mark,
    /// The line.
    pub text: String,
}

/// Whether a line is there before and after.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// In both.
    Same,
    /// Only before.
    Gone,
    /// Only after.
    New,
    /// Lines that are the same in both are left out here.
    Between,
}

/// What differs between two versions of files, those of a matter before those it shares with others, in the order of their kinds.
pub fn revised(one: &Files, other: &Files) -> Vec<Changed> {
    let paths: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
    let differing = paths.into_iter().filter(|p| one.get(*p) != other.get(*p));
    let differing: Vec<&String> = differing.collect();
    if differing.is_empty() {
        return Vec::new();
    }
    let english = [one, other].map(English::of_files);
    let mut out: Vec<Changed> = differing
        .into_iter()
        .map(|path| changed(path, one.get(path), other.get(path), &english))
        .collect();
    out.sort_by(|a, b| {
        (a.kind.is_none(), a.kind, &a.path).cmp(&(b.kind.is_none(), b.kind, &b.path))
    });
    out
}

/// The files of a matter, and those that belong to no matter: what another version of it may differ in.
pub fn of_matter(files: &Files, matter: &str) -> Files {
    let folder = |path: &str| path.split_once('/').map(|(folder, _)| folder.to_owned());
    let others: BTreeSet<String> = files
        .keys()
        .filter_map(|path| path.strip_suffix("/matter.yaml"))
        .filter(|id| *id != matter)
        .map(str::to_owned)
        .collect();
    let own = files
        .iter()
        .filter(|(path, _)| folder(path).is_none_or(|folder| !others.contains(&folder)));
    own.map(|(path, text)| (path.clone(), text.clone()))
        .collect()
}

fn changed(
    path: &str,
    one: Option<&String>,
    other: Option<&String>,
    english: &[English; 2],
) -> Changed {
    let kind = Kind::of(path);
    let texts = [one, other].map(|text| text.map_or("", String::as_str));
    let trees = [one, other].map(|text| text.map(|text| parts::read(path, text)));
    let (title, parts) = match &trees {
        [one @ (Some(Some(_)) | None), other @ (Some(Some(_)) | None)] => {
            let trees = [one, other].map(|tree| tree.as_ref().and_then(Option::as_ref));
            let words = Words::of(trees, english);
            (words.file(trees), parts::compared(trees, &words))
        }
        _ => (words::heading(texts), Vec::new()),
    };
    Changed {
        path: path.to_owned(),
        kind,
        title,
        parts,
        lines: lines(texts),
    }
}

fn lines([one, other]: [&str; 2]) -> Vec<Line> {
    let diff = TextDiff::from_lines(one, other);
    let mut out = Vec::new();
    for group in diff.grouped_ops(AROUND) {
        if !out.is_empty() {
            out.push(Line {
                mark: Mark::Between,
                text: String::new(),
            });
        }
        let changes = group.iter().flat_map(|op| diff.iter_changes(op));
        out.extend(changes.map(|change| Line {
            mark: match change.tag() {
                ChangeTag::Equal => Mark::Same,
                ChangeTag::Delete => Mark::Gone,
                ChangeTag::Insert => Mark::New,
            },
            text: change.value().trim_end_matches('\n').to_owned(),
        }));
    }
    out
}
