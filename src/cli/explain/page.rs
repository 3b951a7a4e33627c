//! The example on the page of a code: one small change to a shipped file that really produces it, and what is then said.

use crate::shipped;
use engine::diagnostic::Diagnostic;
use engine::library::Library;
use engine::scenario;
use engine::source::Sources;
use engine::table::{Table, TableError};
use engine::text::{Lang, both, say};
use engine::yaml;
use serde_json::{Value as Json, json};

static EXAMPLES: &str = include_str!("examples.txt");

/// A change to a shipped file or one more beside them, and perhaps an input for a decision table, that produce a code.
pub struct Example {
    /// The code.
    pub code: &'static str,
    file: &'static str,
    old: String,
    new: String,
    input: Option<String>,
}

/// The example of every code.
pub fn examples() -> impl Iterator<Item = Example> {
    let blocks = EXAMPLES.split("\n\n").map(without_remarks);
    blocks.filter_map(|lines| read(&lines))
}

fn without_remarks(block: &'static str) -> Vec<&'static str> {
    block.lines().filter(|l| !l.starts_with('#')).collect()
}

fn read(lines: &[&'static str]) -> Option<Example> {
    let (code, file) = lines.first()?.split_once(' ')?;
    // A line of which nothing is left is a bare mark.
    let text = |line: &'static str, mark: &str| match line.strip_prefix(mark)? {
        "" => Some(""),
        text => text.strip_prefix(' '),
    };
    let marked = |mark| -> Vec<&str> { lines.iter().filter_map(|line| text(line, mark)).collect() };
    let input = lines.iter().find_map(|l| l.strip_prefix("decide "));
    Some(Example {
        code,
        file,
        old: marked("-").join("\n"),
        new: repeated(&marked("+").join("\n")),
        input: input.map(repeated),
    })
}

/// `{3*ab}` is `ababab`: what is too long is written short.
fn repeated(text: &str) -> String {
    let split = || {
        let (before, rest) = text.split_once("{{")?;
        let (count, rest) = rest.split_once('*')?;
        let (what, after) = rest.split_once("}}")?;
        Some(format!(
            "{before}{}{after}",
            what.repeat(count.parse().ok()?)
        ))
    };
    split().unwrap_or_else(|| text.to_owned())
}

impl Example {
    /// What is said after the change; `None` if it is not said after all, which a test keeps from happening.
    pub fn said(&self, lang: Lang) -> Option<String> {
        let mut files = shipped::all();
        if !files.iter().any(|(path, _)| *path == self.file) {
            files.push((self.file, ""));
        }
        let slot = files.iter_mut().find(|(path, _)| *path == self.file)?;
        let changed = match self.old.as_str() {
            "" if slot.1.is_empty() => self.new.clone(),
            "" => slot.1.to_owned(),
            old if slot.1.contains(old) => slot.1.replacen(old, &self.new, 1),
            _ => return None,
        };
        slot.1 = &changed;
        match &self.input {
            Some(input) => self.decided(&changed, input, lang),
            None => self.found(&files, lang),
        }
    }

    fn found(&self, files: &[(&str, &str)], lang: Lang) -> Option<String> {
        let around = self.around(files);
        let mut sources = Sources::default();
        let library = Library::read(&around, &mut sources);
        let told = self.scenario(files, &library, &mut sources);
        let mut all = library.found.iter().chain(&told);
        let found = all.find(|d| d.code == self.code)?;
        Some(
            found
                .render(&sources, lang)
                .lines()
                .map(shortened)
                .collect(),
        )
    }

    /// What is said of a changed scenario: it is read when it is played, not with the matters.
    fn scenario(
        &self,
        files: &[(&str, &str)],
        library: &Library,
        sources: &mut Sources,
    ) -> Vec<Diagnostic> {
        let matter = self.file.split_once("/tests/").map(|(matter, _)| matter);
        let matter = matter.and_then(|id| library.matters.get(id));
        let text = files.iter().find(|(path, _)| *path == self.file);
        let (Some(matter), Some((path, text))) = (matter, text) else {
            return Vec::new();
        };
        let (scenario, mut found) = scenario::read(sources, path, text);
        found.extend(
            scenario
                .iter()
                .flat_map(|s| scenario::check(s, matter, library)),
        );
        found
    }

    /// The files that matter: what is shared, the changed matter, and those it opens.
    fn around<'f>(&self, files: &[(&'f str, &'f str)]) -> Vec<(&'f str, &'f str)> {
        let folder = |path: &'f str| path.split_once('/').map_or("", |(folder, _)| folder);
        let definition = |id: &str| {
            files
                .iter()
                .find(|(path, _)| *path == format!("{id}/matter.yaml"))
                .map(|f| f.1)
        };
        let ids: Vec<&str> = files
            .iter()
            .filter(|f| f.0.ends_with("/matter.yaml"))
            .map(|f| folder(f.0))
            .collect();
        let mut kept: Vec<&str> = ids
            .iter()
            // A parameter concerns whatever matter names it.
            .filter(|id| {
                self.file.starts_with(**id) || self.file.starts_with("network/parameters/")
            })
            .copied()
            .collect();
        let mut at = 0;
        while let Some(id) = kept.get(at) {
            let text = definition(id).unwrap_or_default();
            let opens = |other: &&&str| {
                let gives = || definition(other).is_some_and(|text| text.contains("certifies:"));
                let follows = |line: &str| line.starts_with("follows:") && line.contains(**other);
                text.contains(&format!("subcase: {other}"))
                    || text.lines().any(follows)
                    || (text.contains("recognises:") && gives())
                    || (text.contains("usual-events") && **other == "joint-check")
            };
            let more: Vec<&str> = ids
                .iter()
                .filter(opens)
                .filter(|id| !kept.contains(id))
                .copied()
                .collect();
            kept.extend(more);
            at += 1;
        }
        let is_kept = |path: &'f str| !ids.contains(&folder(path)) || kept.contains(&folder(path));
        files
            .iter()
            .filter(|(path, _)| is_kept(path))
            .copied()
            .collect()
    }

    /// The answer of a decision table to an input, where it is a refusal.
    fn decided(&self, text: &str, input: &str, lang: Lang) -> Option<String> {
        let mut sources = Sources::default();
        let file = sources.add(self.file, text);
        let table = Table::read(&yaml::parse(file, text).ok()?, &sources).ok()?;
        let input: Json = serde_json::from_str(input).ok()?;
        let refused: TableError = table
            .evaluate(&input, &json!({ "today": "2026-01-01" }))
            .err()?;
        if refused.key != self.code {
            return None;
        }
        let asked = format!("$ onenet decide {} --input '{input}'", table.name());
        let what = both(refused.key, &refused.args).get(lang).to_owned();
        let what = both("decide.refused", &[("what", what)])
            .get(lang)
            .to_owned();
        Some(format!("{}{what}\n", shortened(&asked)))
    }
}

/// A line no longer than a page is wide.
fn shortened(line: &str) -> String {
    const WIDTH: usize = 120;
    match line.char_indices().nth(WIDTH) {
        Some((end, _)) => format!("{}…\n", line.get(..end).unwrap_or(line)),
        None => format!("{line}\n"),
    }
}

/// What a code means in a sentence without a case at hand: what it would name is shown as `…`.
pub fn anonymous(key: &str, lang: Lang) -> Option<String> {
    let sentence = say(lang, key, &[])?;
    let mut out = String::new();
    let mut rest = sentence.as_str();
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        out.push('…');
        rest = after.split_once('}').map_or("", |(_, tail)| tail);
    }
    Some(out + rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::text::keys;
    use std::collections::BTreeSet;

    fn codes() -> BTreeSet<&'static str> {
        let is_code = |k: &&str| {
            k.len() == 5
                && k.starts_with(['E', 'W'])
                && k.bytes().skip(1).all(|b| b.is_ascii_digit())
        };
        keys(Lang::Zh).into_iter().filter(is_code).collect()
    }

    /// Every code has a way out and an example that really produces it.
    #[test]
    fn every_code_has_its_page() {
        let mut wrong = Vec::new();
        let mut seen = BTreeSet::new();
        for example in examples() {
            seen.insert(example.code);
            if example.said(Lang::Zh).is_none_or(|said| said.is_empty()) {
                wrong.push(format!("{} is not produced by its example", example.code));
            }
        }
        wrong.extend(
            codes()
                .difference(&seen)
                .map(|c| format!("{c} has no example")),
        );
        wrong.extend(seen.difference(&codes()).map(|c| format!("{c} is no code")));
        for code in codes() {
            let has_help = |lang| anonymous(&format!("{code}.help"), lang).is_some();
            if !has_help(Lang::Zh) || !has_help(Lang::En) {
                wrong.push(format!("{code} has no way out"));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}
