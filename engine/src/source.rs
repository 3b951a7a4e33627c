//! Source texts and places in them: what a diagnostic points at.

use std::sync::Arc;

/// A range of bytes in one of the files of a [`Sources`]; small enough to lie beside every value read from a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// Which file, as numbered by [`Sources::add`].
    pub file: u16,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// The place from the start of `self` to the end of `other`, both in one file.
    pub fn to(self, other: Span) -> Span {
        Span {
            end: other.end.max(self.end),
            ..self
        }
    }

    /// A part of this place: `start` and `end` are bytes from its beginning. Used to point into an expression.
    pub fn part(self, start: usize, end: usize) -> Span {
        let at = |n: usize| self.start + u32::try_from(n).unwrap_or(u32::MAX - self.start);
        Span {
            file: self.file,
            start: at(start).min(self.end),
            end: at(end).min(self.end).max(at(start).min(self.end)),
        }
    }
}

/// A value together with the place it was read from. Compares by value alone.
#[derive(Clone, Debug, Default)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Where it stands.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// Puts a value and its place together.
    pub fn new(value: T, span: Span) -> Self {
        Spanned { value, span }
    }
}

impl<T: PartialEq> PartialEq for Spanned<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<T> std::ops::Deref for Spanned<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.value
    }
}

/// One file as it was read.
#[derive(Clone, Debug)]
pub struct Source {
    /// Its path as people know it, with `/`.
    pub path: Arc<str>,
    /// Its text.
    pub text: Arc<str>,
}

/// Line and column as editors show them: both from 1, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

/// All files that took part in reading, so that a [`Span`] can be shown.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    files: Vec<Source>,
}

impl Sources {
    /// Takes in a file and returns its number for [`Span::file`].
    pub fn add(&mut self, path: &str, text: &str) -> u16 {
        self.files.push(Source {
            path: path.into(),
            text: text.into(),
        });
        u16::try_from(self.files.len() - 1).unwrap_or(u16::MAX)
    }

    /// The file a place lies in; `None` for a place that was not read from any file.
    pub fn file(&self, span: Span) -> Option<&Source> {
        self.files.get(usize::from(span.file))
    }

    /// The text at a place, empty if there is none.
    pub fn text(&self, span: Span) -> &str {
        self.file(span)
            .and_then(|f| f.text.get(span.start as usize..span.end as usize))
            .unwrap_or_default()
    }

    /// Line and column of the first byte of a place.
    pub fn position(&self, span: Span) -> Position {
        let text = self.file(span).map(|f| &*f.text).unwrap_or_default();
        let before = text.get(..span.start as usize).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |n| n + 1);
        Position {
            line: before.bytes().filter(|b| *b == b'\n').count() + 1,
            column: before.get(line_start..).unwrap_or_default().chars().count() + 1,
        }
    }

    /// The whole line a place begins on, without its line break, and the byte at which that line begins.
    pub fn line(&self, span: Span) -> (&str, usize) {
        let text = self.file(span).map(|f| &*f.text).unwrap_or_default();
        let at = (span.start as usize).min(text.len());
        let start = text
            .get(..at)
            .and_then(|t| t.rfind('\n'))
            .map_or(0, |n| n + 1);
        let end = text
            .get(start..)
            .and_then(|t| t.find('\n'))
            .map_or(text.len(), |n| start + n);
        (
            text.get(start..end)
                .unwrap_or_default()
                .trim_end_matches('\r'),
            start,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters() {
        let mut sources = Sources::default();
        let file = sources.add("a.yaml", "标题: 甲\n  通过: reveiw\n");
        let start = "标题: 甲\n  通过: ".len() as u32;
        let span = Span {
            file,
            start,
            end: start + 6,
        };
        assert_eq!(sources.position(span), Position { line: 2, column: 7 });
        assert_eq!(sources.text(span), "reveiw");
        assert_eq!(sources.line(span).0, "  通过: reveiw");
    }
}
