//! The tags of a template, found before the template engine sees it: only the small language we allow passes, and never too deep.
//!
//! Allowed: `{{path}}`, `{{#each path}}`, `{{#if path}}`, `{{#unless path}}`, `{{else}}`, `{{/…}}`, `{{! comment }}`. Includes,
//! helpers of other names, arguments, raw output and sub-expressions do not exist.

use std::ops::Range;

/// A value a template reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldUse {
    /// Its path from the root; a list's items are written `[]`: `legs[].key`.
    pub path: String,
    /// Where the path stands in the source, in bytes.
    pub range: Range<usize>,
}

/// What is wrong with a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What.
    pub kind: ProblemKind,
    /// Where, in bytes of the source.
    pub range: Range<usize>,
}

/// The kinds of problems.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProblemKind {
    /// Longer than 64 KiB.
    TooLong,
    /// Blocks nested deeper than 16.
    TooDeep,
    /// A `{{` without `}}`.
    Torn,
    /// Not one of the tags that exist.
    UnknownTag,
    /// Not a path of names and dots.
    BadPath,
    /// A block without its end, or an end without its block.
    Unbalanced,
    /// More loops within loops, by their tags, than can be filled within the bound on work.
    TooMuchWork,
}

/// A template's longest source in bytes (G82).
pub const MAX_SOURCE: usize = 64 * 1024;
/// Deepest nesting of blocks (G82).
pub const MAX_DEPTH: usize = 16;

/// What was found in a source.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub fields: Vec<FieldUse>,
    pub problems: Vec<Problem>,
    /// How many tags stand inside loops: each may run once per list item of the data.
    pub tags_in_loops: usize,
    /// All tags.
    pub tags: usize,
}

/// Reads all tags of a source.
pub(crate) fn find(source: &str) -> Found {
    let mut reader = Reader::default();
    if source.len() > MAX_SOURCE {
        reader.problem(ProblemKind::TooLong, 0..source.len());
        return reader.found;
    }
    let mut from = 0;
    while let Some(open) = source.get(from..).and_then(|rest| rest.find("{{")) {
        let start = from + open;
        let Some(length) = source.get(start..).and_then(|rest| rest.find("}}")) else {
            reader.problem(ProblemKind::Torn, start..start + 2);
            break;
        };
        let inside = source.get(start + 2..start + length).unwrap_or_default();
        reader.tag(inside, start + 2);
        from = start + length + 2;
    }
    if let Some(block) = reader.open.pop() {
        reader.problem(ProblemKind::Unbalanced, block.range);
    }
    reader.found
}

#[derive(Default)]
struct Reader {
    found: Found,
    open: Vec<Block>,
}

struct Block {
    word: &'static str,
    /// For `each`: the path of an item.
    item: Option<String>,
    range: Range<usize>,
}

impl Reader {
    fn problem(&mut self, kind: ProblemKind, range: Range<usize>) {
        self.found.problems.push(Problem { kind, range });
    }

    fn tag(&mut self, inside: &str, start: usize) {
        let text = inside.trim();
        let at = start + (inside.len() - inside.trim_start().len());
        let range = at..at + text.len();
        self.found.tags += 1;
        self.found.tags_in_loops += usize::from(self.open.iter().any(|b| b.item.is_some()));
        match text.split_at_checked(1) {
            Some(("!", _)) => {}
            Some(("#", block)) => self.block(block, range),
            Some(("/", word)) => self.end(word, range),
            _ if text == "else" && !self.open.is_empty() => {}
            _ if text.contains(char::is_whitespace) => self.problem(ProblemKind::UnknownTag, range),
            _ => self.field(text, range),
        }
    }

    fn block(&mut self, block: &str, range: Range<usize>) {
        let mut words = block.split_whitespace();
        let known = ["each", "if", "unless"]
            .into_iter()
            .find(|k| words.clone().next() == Some(k));
        let path = words.nth(1);
        let (Some(word), Some(path), None) = (known, path, words.next()) else {
            return self.problem(ProblemKind::UnknownTag, range);
        };
        let path_range = range.end - path.len()..range.end;
        let item = (word == "each").then(|| match self.absolute(path) {
            Some(full) => format!("{full}[]"),
            None => String::new(),
        });
        // A loop over a list outside the item would multiply the work.
        if word == "each" && (path.starts_with("..") || path.starts_with('@')) {
            self.problem(ProblemKind::TooMuchWork, path_range.clone());
        }
        self.field(path, path_range);
        if self.open.len() == MAX_DEPTH {
            self.problem(ProblemKind::TooDeep, range.clone());
        }
        self.open.push(Block { word, item, range });
    }

    fn end(&mut self, word: &str, range: Range<usize>) {
        if self.open.pop().is_none_or(|block| block.word != word) {
            self.problem(ProblemKind::Unbalanced, range);
        }
    }

    fn field(&mut self, path: &str, range: Range<usize>) {
        match self.absolute(path) {
            Some(path) if path.is_empty() => {}
            Some(path) => self.found.fields.push(FieldUse { path, range }),
            None => self.problem(ProblemKind::BadPath, range),
        }
    }

    /// The path from the root; empty for what a loop itself knows (`@index`).
    fn absolute(&self, path: &str) -> Option<String> {
        let items: Vec<&str> = self.open.iter().filter_map(|b| b.item.as_deref()).collect();
        if ["@index", "@first", "@last", "@key"].contains(&path) {
            return (!items.is_empty()).then(String::new);
        }
        let up = path.matches("../").count();
        let name = path.trim_start_matches("../");
        let around = match items.len().checked_sub(up)? {
            0 => "",
            depth => items.get(depth - 1)?,
        };
        let name = match name.strip_prefix("this") {
            Some("") => "",
            Some(rest) if rest.starts_with('.') => rest.get(1..)?,
            _ => name,
        };
        if !name.is_empty() && !name.split('.').all(is_name) {
            return None;
        }
        let dot = if around.is_empty() || name.is_empty() {
            ""
        } else {
            "."
        };
        Some(format!("{around}{dot}{name}")).filter(|p| !p.is_empty())
    }
}

fn is_name(part: &str) -> bool {
    !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(source: &str) -> Vec<String> {
        let found = find(source);
        assert_eq!(found.problems, [], "{source}");
        found.fields.into_iter().map(|f| f.path).collect()
    }

    #[test]
    fn fields_are_named_from_the_root() {
        let source = "{{case.number}}{{#each legs}}{{key}}{{../case.number}}{{#if 说明}}{{@index}}{{/if}}{{/each}}";
        assert_eq!(
            paths(source),
            [
                "case.number",
                "legs",
                "legs[].key",
                "case.number",
                "legs[].说明"
            ]
        );
        assert_eq!(
            paths("{{#each a}}{{this}}{{this.b}}{{/each}}"),
            ["a", "a[]", "a[].b"]
        );
    }

    #[test]
    fn a_field_is_found_at_its_bytes() {
        let source = "您的{{ case.nubmer }}";
        let field = &find(source).fields[0];
        assert_eq!(&source[field.range.clone()], "case.nubmer");
        let source = "{{#each  materials.missing }}{{/each}}";
        assert_eq!(
            &source[find(source).fields[0].range.clone()],
            "materials.missing"
        );
    }

    /// A source and the one problem it has.
    fn check(source: &str, expected: ProblemKind) {
        let kinds: Vec<_> = find(source).problems.into_iter().map(|p| p.kind).collect();
        assert_eq!(kinds, [expected], "{source}");
    }

    #[test]
    fn everything_outside_the_small_language_is_refused() {
        check("{{> other}}", ProblemKind::UnknownTag);
        check("{{lookup a b}}", ProblemKind::UnknownTag);
        check(
            "{{#with a}}{{/with}}".split_at(11).0,
            ProblemKind::UnknownTag,
        );
        check("{{#if a includeZero=true}}", ProblemKind::UnknownTag);
        check("{{{raw}}}", ProblemKind::BadPath);
        check("{{&raw}}", ProblemKind::BadPath);
        check("{{(a)}}", ProblemKind::BadPath);
        check("{{}}", ProblemKind::BadPath);
        check("{{@root.x}}", ProblemKind::BadPath);
        check("{{a.}}", ProblemKind::BadPath);
        check("{{../a}}", ProblemKind::BadPath);
        check("{{case.number", ProblemKind::Torn);
        check("{{#if a}}", ProblemKind::Unbalanced);
        check("{{/if}}", ProblemKind::Unbalanced);
        check("{{#if a}}{{/each}}", ProblemKind::Unbalanced);
        check(
            "{{#each a}}{{#each ../b}}{{/each}}{{/each}}",
            ProblemKind::TooMuchWork,
        );
        check(&"x".repeat(MAX_SOURCE + 1), ProblemKind::TooLong);
        check(
            &("{{#if a}}".repeat(17) + &"{{/if}}".repeat(17)),
            ProblemKind::TooDeep,
        );
    }
}
