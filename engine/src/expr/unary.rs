//! The cells of a decision table: `-`, `< 15`, `[5..10)`, `a, b`, `not(a)` or `=condition`, read as a condition on their input.

use super::lexer::Token;
use super::parse::{Kind, Node, Parsed, Parser};
use super::value::{Value, date, parse_month};
use super::{MAX_DEPTH, Named, Type};
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use rust_decimal::prelude::ToPrimitive;

/// The input a unary test is about.
pub struct Test<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its type, and whether it may be left out: a test other than `-`, `null` and `not(…)` does not hold then.
    pub named: &'a Named,
}

/// The tests of one input cell, as a condition.
pub(super) fn unary_tests(source: &str, span: Span, test: &Test<'_>) -> Parsed {
    let mut parser = Parser::new(source, span)?;
    if source.trim() == "-" {
        return Ok(parser.node(Kind::Literal(Value::Bool(true)), span, &[]));
    }
    let node = if parser.take("=") {
        parser.expr()?
    } else {
        parser.tests(test)?
    };
    parser.end()?;
    Ok(node)
}

impl Parser {
    /// `test, test, …`: any of them.
    fn tests(&mut self, test: &Test<'_>) -> Parsed {
        self.nested += 1;
        if self.nested > MAX_DEPTH {
            return Err(Diagnostic::new("E0406", self.here()).with("max", MAX_DEPTH.to_string()));
        }
        let mut node = self.test(test)?;
        while self.take(",") {
            let next = self.test(test)?;
            node = self.pair("or", node, next)?;
        }
        self.nested -= 1;
        Ok(node)
    }

    fn test(&mut self, test: &Test<'_>) -> Parsed {
        let start = self.here();
        let subject = self.node(Kind::Name(test.name.to_owned()), start, &[]);
        for op in ["<=", ">=", "!=", "<", ">", "="] {
            if self.take(op) {
                let value = self.word(test)?;
                let node = self.pair(op, subject, value)?;
                return self.if_given(test, node);
            }
        }
        if self.is("not") {
            self.at += 1;
            self.want("(")?;
            let inner = self.tests(test)?;
            let end = self.here();
            self.want(")")?;
            let depths = [inner.depth];
            let call = Kind::Call("not".into(), start, vec![inner]);
            return self.build(call, start.to(end), &depths);
        }
        for open in ["[", "("] {
            if self.take(open) {
                let low = self.word(test)?;
                self.want("..")?;
                let high = self.word(test)?;
                let node = self.interval(subject, low, high, open)?;
                return self.if_given(test, node);
            }
        }
        let value = self.word(test)?;
        let asks_for_null = matches!(value.kind, Kind::Literal(Value::Null));
        let node = self.pair("=", subject, value)?;
        if asks_for_null {
            return Ok(node);
        }
        self.if_given(test, node)
    }

    /// `has(x) and …` around a test of an input that may be left out.
    fn if_given(&self, test: &Test<'_>, node: Node) -> Parsed {
        if !test.named.may_be_missing {
            return Ok(node);
        }
        let span = node.span;
        let name = self.node(Kind::Name(test.name.to_owned()), span, &[]);
        let has = self.node(Kind::Call("has".into(), span, vec![name]), span, &[]);
        self.pair("and", has, node)
    }

    /// A plain word where the input is a text or choice, a plain day or month where it is one, else an expression.
    fn word(&mut self, test: &Test<'_>) -> Parsed {
        let span = self.here();
        match (&test.named.ty, self.peek().clone()) {
            (Type::Text | Type::OneOf(_), Token::Name(word)) if word != "null" => {
                self.at += 1;
                Ok(self.node(Kind::Literal(Value::Text(word)), span, &[]))
            }
            (Type::Month, Token::Number(_)) => self.calendar(2, |text| {
                let month = parse_month(text)?;
                Some(Value::Month(month))
            }),
            (Type::Date, Token::Number(_)) => self.calendar(3, |text| date(text).map(Value::Date)),
            _ => self.binary(4),
        }
    }

    /// `2025-01` or `2025-01-01`: so many numbers, joined by hyphens.
    fn calendar(&mut self, parts: usize, read: fn(&str) -> Option<Value>) -> Parsed {
        let start = self.here();
        let mut text = String::new();
        for part in 0..parts {
            if part > 0 {
                self.want("-")?;
                text.push('-');
            }
            let Token::Number(number) = self.peek() else {
                return Err(self.wrong("YYYY-MM-DD"));
            };
            let number = number.to_u32().unwrap_or(u32::MAX);
            text += &format!("{number:0width$}", width = if part == 0 { 4 } else { 2 });
            self.at += 1;
        }
        let span = Span {
            end: self.before().end,
            ..start
        };
        let value = read(&text).ok_or_else(|| Diagnostic::new("E0425", span))?;
        Ok(self.node(Kind::Literal(value), span, &[]))
    }
}
