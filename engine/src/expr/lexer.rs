//! From text to words of the expression language, each with its place.

use super::MAX_SOURCE;
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use rust_decimal::Decimal;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    Number(Decimal),
    Text(String),
    Name(String),
    Op(&'static str),
    End,
}

const OPS: [&str; 20] = [
    "..", "!=", "<=", ">=", "=", "<", ">", "+", "-", "*", "/", "(", ")", "[", "]", ",", ".", "{",
    "}", ":",
];

/// Splits `source`; every token carries the place it stands at.
pub(super) fn split(source: &str, span: Span) -> Result<Vec<(Token, Span)>, Diagnostic> {
    if source.len() > MAX_SOURCE {
        return Err(Diagnostic::new("E0405", span).with("max", MAX_SOURCE.to_string()));
    }
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(rest) = source.get(at..) {
        let Some(c) = rest.chars().next() else { break };
        if c.is_whitespace() {
            at += c.len_utf8();
            continue;
        }
        let (token, length) = one(rest, c).map_err(|(code, from, len)| {
            let mark = rest.get(from..from + len).unwrap_or_default();
            Diagnostic::new(code, span.part(at + from, at + from + len)).with("mark", mark)
        })?;
        out.push((token, span.part(at, at + length)));
        at += length;
    }
    out.push((Token::End, span.part(source.len(), source.len())));
    Ok(out)
}

fn one(rest: &str, c: char) -> Result<(Token, usize), (&'static str, usize, usize)> {
    if matches!(c, '"' | '\'') {
        return text(rest, c);
    }
    if c.is_ascii_digit() {
        return number(rest);
    }
    if c.is_alphabetic() || c == '_' {
        let end = rest
            .find(|c: char| !(c.is_alphanumeric() || c == '_'))
            .unwrap_or(rest.len());
        let name = rest.get(..end).unwrap_or(rest);
        return Ok((Token::Name(name.to_owned()), end));
    }
    OPS.iter()
        .find(|op| rest.starts_with(**op))
        .map(|op| (Token::Op(op), op.len()))
        .ok_or(("E0401", 0, c.len_utf8()))
}

/// A text in quotes of either kind: whichever YAML has not taken already.
fn text(rest: &str, quote: char) -> Result<(Token, usize), (&'static str, usize, usize)> {
    let mut out = String::new();
    let mut escaped = false;
    for (i, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => {
                out.push(if c == 'n' { '\n' } else { c });
                escaped = false;
            }
            '\\' => escaped = true,
            c if c == quote => return Ok((Token::Text(out), i + 1)),
            _ => out.push(c),
        }
    }
    Err(("E0403", 0, rest.len()))
}

fn number(rest: &str) -> Result<(Token, usize), (&'static str, usize, usize)> {
    let digits = |s: &str| s.find(|c: char| !c.is_ascii_digit()).unwrap_or(s.len());
    let mut end = digits(rest);
    if let Some(more) = rest.get(end..).and_then(|r| r.strip_prefix('.')) {
        let n = digits(more);
        if n > 0 {
            end += 1 + n;
        }
    }
    let glued = rest
        .get(end..)
        .and_then(|r| r.chars().next())
        .is_some_and(char::is_alphabetic);
    match rest
        .get(..end)
        .and_then(|t| Decimal::from_str_exact(t).ok())
    {
        Some(n) if !glued => Ok((Token::Number(n), end)),
        _ => Err(("E0404", 0, end)),
    }
}
