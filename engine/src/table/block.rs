//! Rows and cells of a text block, each with its place in the file.

use crate::diagnostic::Diagnostic;
use crate::source::{Sources, Span};
use crate::yaml::{Node, Value};
use unicode_normalization::UnicodeNormalization;

/// One line that says something.
pub(super) struct Line {
    pub cells: Vec<Piece>,
    pub span: Span,
}

/// The text of one cell without blanks around, and its place.
pub(super) struct Piece {
    pub text: String,
    pub span: Span,
}

/// The lines of a block written after `|`; a text written any other way has lost its lines and is refused.
pub(super) fn lines(node: &Node, sources: &Sources) -> Result<Vec<Line>, Diagnostic> {
    let raw = sources.text(node.span);
    let block = matches!(&node.value, Value::Scalar { plain: false, .. });
    if !block || raw.starts_with(['"', '\'']) || raw.trim().is_empty() {
        return Err(Diagnostic::new("E0430", node.span));
    }
    let mut at = 0;
    let mut lines = Vec::new();
    for line in raw.split_inclusive('\n') {
        if !line.trim().is_empty() {
            let cells = cells(line, at, node.span);
            lines.push(Line {
                span: span_of(&cells, node.span),
                cells,
            });
        }
        at += line.len();
    }
    Ok(lines)
}

fn span_of(cells: &[Piece], whole: Span) -> Span {
    let ends = cells.first().zip(cells.last());
    ends.map_or(whole, |(first, last)| first.span.to(last.span))
}

/// Splits at `|` outside of quotes.
fn cells(line: &str, at: usize, whole: Span) -> Vec<Piece> {
    let mut quoted = false;
    let parts = line.split(|c| {
        quoted ^= c == '"';
        c == '|' && !quoted
    });
    let mut start = at;
    let mut cells = Vec::new();
    for part in parts {
        let text = part.trim();
        let blank = part.find(text).filter(|_| !text.is_empty()).unwrap_or(0);
        let from = start + blank;
        cells.push(Piece {
            text: text.nfc().collect(),
            span: whole.part(from, from + text.len()),
        });
        start += part.len() + 1;
    }
    cells
}
