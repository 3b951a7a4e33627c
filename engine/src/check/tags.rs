//! The tags of a template, as far as they name values: `{{path}}`, `{{#each path}}`, `{{#if path}}`, `{{#unless path}}`, `{{else}}`,
//! `{{/…}}`, `{{! comment }}`.

use std::ops::Range;

/// One tag.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Tag {
    /// A value is printed.
    Value(String),
    /// What follows is for each item of a list.
    Each(String),
    /// What follows depends on a value.
    If(String),
    /// The end of either.
    End,
    /// Nothing that exists.
    Wrong(String),
}

/// All tags with the place between their braces.
pub(super) fn find(text: &str) -> Vec<(Range<usize>, Tag)> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(open) = text.get(from..).and_then(|t| t.find("{{")) {
        let start = from + open + 2;
        let Some(width) = text.get(start..).and_then(|t| t.find("}}")) else {
            let rest = text.get(start..).unwrap_or_default();
            let line = rest.lines().next().unwrap_or_default();
            found.push((start..start + line.len(), Tag::Wrong(line.to_owned())));
            break;
        };
        let body = text.get(start..start + width).unwrap_or_default();
        let lead = body.len() - body.trim_start().len();
        let trimmed = body.trim();
        let place = start + lead..start + lead + trimmed.len();
        if let Some(tag) = tag(trimmed) {
            found.push((place, tag));
        }
        from = start + width + 2;
    }
    found.extend(foreign(text));
    found
}

/// Marks of other template languages, and braces in full width: they would be printed as they stand.
fn foreign(text: &str) -> impl Iterator<Item = (Range<usize>, Tag)> {
    let marks = ["{%", "｛｛", "｛{", "{｛"].into_iter();
    marks.flat_map(move |mark| {
        text.match_indices(mark).map(move |(at, _)| {
            let line = text.get(at..).and_then(|t| t.lines().next());
            let line = line.unwrap_or_default();
            let end = ["%}", "｝｝"]
                .iter()
                .find_map(|end| Some(line.find(end)? + end.len()));
            let tag = line.get(..end.unwrap_or(line.len())).unwrap_or(mark);
            (at..at + tag.len(), Tag::Wrong(tag.to_owned()))
        })
    })
}

fn tag(text: &str) -> Option<Tag> {
    let path = |t: &str| t.trim().to_owned();
    Some(match text.chars().next() {
        Some('!') => return None,
        _ if text == "else" => return None,
        Some('/') => Tag::End,
        Some('#') => match text.split_once(' ') {
            Some(("#each", list)) => Tag::Each(path(list)),
            Some(("#if" | "#unless", value)) => Tag::If(path(value)),
            _ => Tag::Wrong(text.to_owned()),
        },
        _ if plain(text) => Tag::Value(text.to_owned()),
        _ => Tag::Wrong(text.to_owned()),
    })
}

fn plain(path: &str) -> bool {
    let part = |p: &str| !p.is_empty() && p.chars().all(|c| c.is_alphanumeric() || c == '_');
    path.split('.').all(part)
}
