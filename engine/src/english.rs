//! The English of what authors write, from one list for the whole library (`english.yaml`): the files stay Chinese and short, a translator
//! works on one list, and what is said twice is translated once. `{ zh, en }` in place comes before the list.

use crate::diagnostic::Diagnostic;
use crate::source::{Sources, Span};
use crate::text::Text;
use crate::yaml::{self, Node, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The file it is read from, beside `laws.yaml`.
pub(crate) const FILE: &str = "english.yaml";

/// Chinese texts as they stand in the files, with their English. Cheap to share.
#[derive(Clone, Debug, Default)]
pub struct English(Arc<BTreeMap<String, String>>);

impl English {
    /// Reads the list: `terms: { 中文: English }`.
    pub(crate) fn read(
        path: &str,
        text: &str,
        sources: &mut Sources,
    ) -> (English, Vec<Diagnostic>) {
        let root = match yaml::parse(sources.add(path, text), text) {
            Ok(root) => root,
            Err(found) => return (English::default(), found),
        };
        let mut found = Vec::new();
        for e in root.entries().iter().filter(|e| e.key != "terms") {
            let unknown = Diagnostic::new("E0201", e.key_span).with("name", e.key.as_str());
            found.push(unknown.near(&e.key, ["terms"]));
        }
        let mut terms = BTreeMap::new();
        for e in root.get("terms").map(Node::entries).unwrap_or_default() {
            match e.value.text() {
                Some(english) => {
                    terms.insert(e.key.clone(), english.to_owned());
                }
                None => {
                    let wrong = Diagnostic::new("E0202", e.value.span);
                    found.push(wrong.with("what", "English"));
                }
            }
        }
        (English(Arc::new(terms)), found)
    }

    /// The list among files of a library; empty where there is none or it cannot be read.
    pub(crate) fn of_files(files: &BTreeMap<String, String>) -> English {
        let text = files.get(FILE).map_or("", String::as_str);
        English::read(FILE, text, &mut Sources::default()).0
    }

    /// The English of a Chinese text.
    pub fn of(&self, zh: &str) -> Option<&str> {
        self.0.get(zh).map(String::as_str)
    }

    /// Gives a text its English, unless it has one of its own.
    pub fn fill(&self, text: &mut Text) {
        if text.en.is_empty()
            && let Some(english) = self.of(&text.zh)
        {
            text.en = english.to_owned();
        }
    }
}

/// A text people read that has no English, or an entry of the list that nothing uses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToEnglish {
    /// The Chinese text.
    pub zh: String,
    /// Where it stands first.
    pub span: Span,
    /// In how many places it stands; 0 for an entry nothing uses.
    pub places: usize,
}

/// What has no English, in order of place, and behind it the entries of the list that nothing uses. `files` are those of a library.
pub fn to_english(files: &BTreeMap<String, String>, sources: &mut Sources) -> Vec<ToEnglish> {
    let mut texts = Texts::default();
    let mut terms = BTreeMap::new();
    for (path, text) in files {
        let file = path.rsplit('/').next().unwrap_or(path);
        let is_paper = path.contains("/papers/");
        if !is_paper && !is_read(path, file) {
            continue;
        }
        let at = sources.add(path, text);
        match yaml::parse(at, text) {
            _ if is_paper => texts.heading(at, text),
            Ok(root) if file == FILE => {
                let entries = root.get("terms").map(Node::entries).unwrap_or_default();
                let entries = entries.iter().map(|e| (e.key.clone(), e.key_span));
                terms.extend(entries);
            }
            Ok(root) => texts.walk(&root, ""),
            Err(_) => {}
        }
    }
    let open = |zh: &String, span: Span, places: usize| ToEnglish {
        zh: zh.clone(),
        span,
        places,
    };
    let wanted = texts.found.iter();
    let wanted = wanted.filter(|(zh, _)| !terms.contains_key(*zh) && !texts.places.contains(*zh));
    let mut wanted: Vec<_> = wanted.map(|(zh, at)| open(zh, at.0, at.1)).collect();
    wanted.sort_by_key(|open| open.span);
    let used = |zh: &String| texts.found.contains_key(zh) || texts.met.contains(zh);
    let unused = terms.iter().filter(|(zh, _)| !used(zh));
    let mut unused: Vec<_> = unused.map(|(zh, span)| open(zh, *span, 0)).collect();
    unused.sort_by_key(|open| open.span);
    wanted.extend(unused);
    wanted
}

/// Whether people read names and titles of a file in the program: scenarios, notices and calendars speak Chinese alone.
fn is_read(path: &str, file: &str) -> bool {
    let kind = file.ends_with(".yaml") || file.ends_with(".schema.json");
    let apart = ["/tests/", "/calendars/"]
        .iter()
        .any(|part| path.contains(part));
    kind && !apart && file != "notices.yaml"
}

/// What stands under these is no text of the program: cells, sources, addresses of other texts, people and the own names of offices.
const APART: [&str; 15] = [
    "rules",
    "examples",
    "source",
    "number",
    "template",
    "shares",
    "returns",
    "shows",
    "names",
    "people",
    "abbreviation",
    "short",
    "$comment",
    "pattern",
    "enum",
];

/// The Chinese texts of files, each where it stands first and in how many places.
#[derive(Default)]
struct Texts {
    found: BTreeMap<String, (Span, usize)>,
    /// Names that have their English beside them.
    met: BTreeSet<String>,
    /// The names of cities and pools, which the network words in English.
    places: BTreeSet<String>,
}

impl Texts {
    /// Whatever is Chinese, be it a title or a name that is its own title. `key` is the one it stands under.
    fn walk(&mut self, node: &Node, key: &str) {
        match &node.value {
            _ if APART.contains(&key) => {}
            Value::Scalar { text, .. } => match text.strip_prefix('=') {
                // Of an expression, the texts in it.
                Some(expression) => expression
                    .split('"')
                    .skip(1)
                    .step_by(2)
                    .for_each(|text| self.take(text, node.span)),
                None => self.take(text, node.span),
            },
            Value::Seq(items) => items.iter().for_each(|item| self.walk(item, key)),
            Value::Map(entries) => {
                for e in entries {
                    let title = e.value.get("title").and_then(|title| title.get("en"));
                    match title.is_some() {
                        true => drop(self.met.insert(e.key.clone())),
                        false => self.take(&e.key, e.key_span),
                    }
                    let text = e.value.text().map(str::to_owned);
                    match e.key.as_str() {
                        key if !worded(node, key) => self.walk(&e.value, key),
                        "name" | "full_name" => self.places.extend(text),
                        _ => self.met.extend(text),
                    }
                }
            }
        }
    }

    /// The heading of a paper is what people call it.
    fn heading(&mut self, file: u16, text: &str) {
        let Some(line) = text.lines().find(|line| line.starts_with("# ")) else {
            return;
        };
        let offset = |part: &str| u32::try_from(part.as_ptr() as usize - text.as_ptr() as usize);
        let title = line.trim_start_matches("# ").trim();
        let start = offset(title).unwrap_or_default();
        let end = start + u32::try_from(title.len()).unwrap_or_default();
        self.take(title, Span { file, start, end });
    }

    fn take(&mut self, text: &str, span: Span) {
        let chinese = text.chars().any(|c| matches!(c, '\u{4e00}'..='\u{9fff}'));
        if chinese {
            self.found.entry(text.to_owned()).or_insert((span, 0)).1 += 1;
        }
    }
}

/// Whether the text under a key has its English beside it.
fn worded(node: &Node, key: &str) -> bool {
    let beside = match key {
        "zh" | "name" | "full_name" => "en",
        "title" => "x-title-en",
        "description" => "x-description-en",
        _ => return false,
    };
    node.get(beside).is_some()
}
