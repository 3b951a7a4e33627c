//! From words to a tree; nesting is bounded before it can hurt.

use super::lexer::{Token, split};
use super::value::Value;
use super::{MAX_DEPTH, Type};
use crate::diagnostic::Diagnostic;
use crate::source::Span;

#[derive(Clone, Debug)]
pub(super) struct Node {
    pub kind: Kind,
    pub span: Span,
    /// Filled by the checker.
    pub ty: Type,
    pub depth: usize,
}

#[derive(Clone, Debug)]
pub(super) enum Kind {
    Literal(Value),
    Name(String),
    Field(Box<Node>, String, Span),
    Filter(Box<Node>, Box<Node>),
    List(Vec<Node>),
    Minus(Box<Node>),
    Binary(&'static str, Box<Node>, Box<Node>),
    In(Box<Node>, Box<Node>),
    /// low, high, low included, high included
    Within(Box<Node>, Box<Node>, Box<Node>, bool, bool),
    If(Box<Node>, Box<Node>, Box<Node>),
    /// `some`, `every` or `for`; variable, list, body
    Each(&'static str, String, Box<Node>, Box<Node>),
    Call(String, Span, Vec<Node>),
}

pub(super) type Parsed = Result<Node, Diagnostic>;

/// One whole expression.
pub(super) fn expression(source: &str, span: Span) -> Parsed {
    let mut parser = Parser::new(source, span)?;
    let node = parser.expr()?;
    parser.end()?;
    Ok(node)
}

pub(super) struct Parser {
    tokens: Vec<(Token, Span)>,
    pub at: usize,
    pub nested: usize,
}

fn level(op: &str) -> usize {
    match op {
        "or" => 1,
        "and" => 2,
        "+" | "-" => 4,
        "*" | "/" => 5,
        _ => 3,
    }
}

const WORDS: [&str; 14] = [
    "and",
    "or",
    "if",
    "then",
    "else",
    "some",
    "every",
    "for",
    "in",
    "satisfies",
    "return",
    "between",
    "true",
    "false",
];

impl Parser {
    pub fn new(source: &str, span: Span) -> Result<Self, Diagnostic> {
        let tokens = split(source, span)?;
        if tokens.len() == 1 {
            return Err(Diagnostic::new("E0416", span));
        }
        Ok(Parser {
            tokens,
            at: 0,
            nested: 0,
        })
    }

    pub fn node(&self, kind: Kind, span: Span, parts: &[usize]) -> Node {
        Node {
            kind,
            span,
            ty: Type::Any,
            depth: 1 + parts.iter().copied().max().unwrap_or(0),
        }
    }

    pub fn build(&self, kind: Kind, span: Span, parts: &[usize]) -> Parsed {
        let node = self.node(kind, span, parts);
        if node.depth > MAX_DEPTH {
            return Err(Diagnostic::new("E0406", span).with("max", MAX_DEPTH.to_string()));
        }
        Ok(node)
    }

    pub fn peek(&self) -> &Token {
        self.tokens.get(self.at).map_or(&Token::End, |t| &t.0)
    }

    pub fn here(&self) -> Span {
        let last = self.tokens.len().saturating_sub(1);
        self.tokens
            .get(self.at.min(last))
            .map_or(Span::default(), |t| t.1)
    }

    pub fn is(&self, word: &str) -> bool {
        matches!(self.peek(), Token::Op(o) if *o == word)
            || matches!(self.peek(), Token::Name(n) if n == word)
    }

    pub fn take(&mut self, word: &str) -> bool {
        let found = self.is(word);
        if found {
            self.at += 1;
        }
        found
    }

    pub fn wrong(&self, expected: &str) -> Diagnostic {
        let found = match self.peek() {
            Token::Number(n) => n.to_string(),
            Token::Text(t) => format!("\"{t}\""),
            Token::Name(n) => n.clone(),
            Token::Op(o) => (*o).to_owned(),
            Token::End => "…".to_owned(),
        };
        Diagnostic::new("E0402", self.here())
            .with("expected", expected)
            .with("found", found)
    }

    pub fn want(&mut self, word: &str) -> Result<(), Diagnostic> {
        if self.take(word) {
            Ok(())
        } else {
            Err(self.wrong(word))
        }
    }

    pub fn end(&self) -> Result<(), Diagnostic> {
        match self.peek() {
            Token::End => Ok(()),
            _ => Err(self.wrong("+ - * / = and or")),
        }
    }

    pub fn expr(&mut self) -> Parsed {
        self.nested += 1;
        if self.nested > MAX_DEPTH {
            let deep = Diagnostic::new("E0406", self.here());
            return Err(deep.with("max", MAX_DEPTH.to_string()));
        }
        let node = self.any_expr();
        self.nested -= 1;
        node
    }

    fn any_expr(&mut self) -> Parsed {
        let start = self.here();
        if self.take("if") {
            let test = self.expr()?;
            self.want("then")?;
            let yes = self.expr()?;
            self.want("else")?;
            let no = self.expr()?;
            let (span, depths) = (start.to(no.span), [test.depth, yes.depth, no.depth]);
            let kind = Kind::If(Box::new(test), Box::new(yes), Box::new(no));
            return self.build(kind, span, &depths);
        }
        for word in ["some", "every", "for"] {
            if self.take(word) {
                let name = self.name()?;
                self.want("in")?;
                let list = self.expr()?;
                self.want(if word == "for" { "return" } else { "satisfies" })?;
                let body = self.expr()?;
                let (span, depths) = (start.to(body.span), [list.depth, body.depth]);
                let kind = Kind::Each(word, name, Box::new(list), Box::new(body));
                return self.build(kind, span, &depths);
            }
        }
        self.binary(1)
    }

    fn name(&mut self) -> Result<String, Diagnostic> {
        match self.peek().clone() {
            Token::Name(name) if !WORDS.contains(&name.as_str()) => {
                self.at += 1;
                Ok(name)
            }
            _ => Err(self.wrong("名称 name")),
        }
    }

    fn operator(&self) -> Option<&'static str> {
        const NAMED: [&str; 4] = ["and", "or", "between", "in"];
        const SIGNS: [&str; 10] = ["=", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/"];
        match self.peek() {
            Token::Op(o) => SIGNS.into_iter().find(|s| s == o),
            Token::Name(n) => NAMED.into_iter().find(|s| s == n),
            _ => None,
        }
    }

    pub fn binary(&mut self, lowest: usize) -> Parsed {
        let mut left = self.unary()?;
        while let Some(op) = self.operator() {
            let level = level(op);
            if level < lowest {
                break;
            }
            self.at += 1;
            left = match op {
                "between" => {
                    let low = self.binary(4)?;
                    self.want("and")?;
                    let high = self.binary(4)?;
                    self.within(left, low, high, true, true)?
                }
                "in" => self.membership(left)?,
                _ => {
                    let right = self.binary(level + 1)?;
                    self.pair(op, left, right)?
                }
            };
            if level == 3 && self.operator().is_some_and(|o| self::level(o) == 3) {
                return Err(self.wrong("and or"));
            }
        }
        Ok(left)
    }

    pub fn pair(&self, op: &'static str, left: Node, right: Node) -> Parsed {
        let (span, depths) = (left.span.to(right.span), [left.depth, right.depth]);
        self.build(
            Kind::Binary(op, Box::new(left), Box::new(right)),
            span,
            &depths,
        )
    }

    fn within(&self, x: Node, low: Node, high: Node, from: bool, to: bool) -> Parsed {
        let (span, depths) = (x.span.to(high.span), [x.depth, low.depth, high.depth]);
        let kind = Kind::Within(Box::new(x), Box::new(low), Box::new(high), from, to);
        self.build(kind, span, &depths)
    }

    /// After `x in`: an interval, a list in brackets or parentheses, or an expression that gives a list.
    fn membership(&mut self, x: Node) -> Parsed {
        let start = self.here();
        let open = if self.take("[") {
            "["
        } else if self.take("(") {
            "("
        } else {
            let list = self.binary(4)?;
            let (span, depths) = (x.span.to(list.span), [x.depth, list.depth]);
            return self.build(Kind::In(Box::new(x), Box::new(list)), span, &depths);
        };
        let first = self.expr()?;
        if self.take("..") {
            let high = self.expr()?;
            return self.interval(x, first, high, open);
        }
        let mut items = vec![first];
        while self.take(",") {
            items.push(self.expr()?);
        }
        let end = self.here();
        self.want(if open == "[" { "]" } else { ")" })?;
        let depths: Vec<usize> = items.iter().map(|i| i.depth).collect();
        let list = if open == "(" && items.len() == 1 {
            match items.pop() {
                Some(item) if matches!(item.kind, Kind::Literal(_)) => {
                    self.build(Kind::List(vec![item]), start.to(end), &depths)?
                }
                Some(item) => item,
                None => return Err(self.wrong(")")),
            }
        } else {
            self.build(Kind::List(items), start.to(end), &depths)?
        };
        let (span, depths) = (x.span.to(end), [x.depth, list.depth]);
        self.build(Kind::In(Box::new(x), Box::new(list)), span, &depths)
    }

    pub fn interval(&mut self, x: Node, low: Node, high: Node, open: &str) -> Parsed {
        let closed = self.take("]");
        if !closed {
            self.want(")")?;
        }
        self.within(x, low, high, open == "[", closed)
    }

    fn unary(&mut self) -> Parsed {
        let start = self.here();
        if self.take("-") {
            self.nested += 1;
            if self.nested > MAX_DEPTH {
                return Err(Diagnostic::new("E0406", start).with("max", MAX_DEPTH.to_string()));
            }
            let of = self.unary()?;
            self.nested -= 1;
            let (span, depths) = (start.to(of.span), [of.depth]);
            return self.build(Kind::Minus(Box::new(of)), span, &depths);
        }
        let mut node = self.primary()?;
        loop {
            if self.take(".") {
                let place = self.here();
                let name = self.name()?;
                let (span, depths) = (node.span.to(place), [node.depth.saturating_sub(1)]);
                node = self.build(Kind::Field(Box::new(node), name, place), span, &depths)?;
            } else if self.take("[") {
                let test = self.expr()?;
                let span = node.span.to(self.here());
                self.want("]")?;
                let depths = [node.depth, test.depth];
                node = self.build(Kind::Filter(Box::new(node), Box::new(test)), span, &depths)?;
            } else {
                return Ok(node);
            }
        }
    }

    fn primary(&mut self) -> Parsed {
        let span = self.here();
        let literal = match self.peek().clone() {
            Token::Number(n) => Value::Number(n),
            Token::Text(t) => Value::Text(t),
            Token::Name(n) if n == "true" || n == "false" => Value::Bool(n == "true"),
            Token::Name(n) if n == "null" => Value::Null,
            Token::Name(_) => return self.name_or_call(span),
            Token::Op("(") => {
                self.at += 1;
                let node = self.expr()?;
                self.want(")")?;
                return Ok(node);
            }
            Token::Op("[") => {
                self.at += 1;
                let (items, end) = self.list_until("]")?;
                let depths: Vec<usize> = items.iter().map(|i| i.depth).collect();
                return self.build(Kind::List(items), span.to(end), &depths);
            }
            _ => return Err(self.wrong("值 value")),
        };
        self.at += 1;
        Ok(self.node(Kind::Literal(literal), span, &[]))
    }

    fn name_or_call(&mut self, span: Span) -> Parsed {
        let name = self.name()?;
        if !self.take("(") {
            return Ok(self.node(Kind::Name(name), span, &[]));
        }
        let (args, end) = self.list_until(")")?;
        let depths: Vec<usize> = args.iter().map(|i| i.depth).collect();
        self.build(Kind::Call(name, span, args), span.to(end), &depths)
    }

    fn list_until(&mut self, close: &str) -> Result<(Vec<Node>, Span), Diagnostic> {
        let mut items = Vec::new();
        while !self.is(close) {
            items.push(self.expr()?);
            if !self.is(close) {
                self.want(",")?;
            }
        }
        let end = self.here();
        self.at += 1;
        Ok((items, end))
    }

    /// The place of the word just taken.
    pub fn before(&self) -> Span {
        let last = self.at.saturating_sub(1);
        self.tokens.get(last).map_or(Span::default(), |t| t.1)
    }
}

impl Node {
    /// Every literal value in the tree.
    pub fn literals<'n>(&'n self, into: &mut Vec<&'n Value>) {
        match &self.kind {
            Kind::Literal(value) => into.push(value),
            Kind::Name(_) => {}
            Kind::Field(a, ..) | Kind::Minus(a) => a.literals(into),
            Kind::Filter(a, b) | Kind::Binary(_, a, b) | Kind::In(a, b) => {
                a.literals(into);
                b.literals(into);
            }
            Kind::Each(_, _, a, b) => {
                a.literals(into);
                b.literals(into);
            }
            Kind::Within(a, b, c, ..) | Kind::If(a, b, c) => {
                for part in [a, b, c] {
                    part.literals(into);
                }
            }
            Kind::List(items) | Kind::Call(_, _, items) => {
                for item in items {
                    item.literals(into);
                }
            }
        }
    }
}
