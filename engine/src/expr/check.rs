//! Types: every node gets one before anything runs.

use super::builtin;
use super::parse::{Kind, Node};
use super::{Named, Names, Type, Value};
use crate::diagnostic::Diagnostic;
use crate::source::Span;

/// Root names in the order written, with their places.
type Used = Vec<(String, Span)>;

/// Types the tree; gives the root names used and whether the result may be missing.
pub(super) fn check(
    root: &mut Node,
    scope: &dyn Names,
    expected: Option<&Type>,
    optional: bool,
) -> Result<(Used, bool), Vec<Diagnostic>> {
    let mut c = Checker {
        scope,
        locals: Vec::new(),
        known: Vec::new(),
        names: Vec::new(),
        found: Vec::new(),
    };
    let maybe = if optional {
        c.infer(root)
    } else {
        c.need(root);
        false
    };
    if let Some(want) = expected {
        c.fits(root, want, "E0414");
    }
    if c.found.is_empty() {
        Ok((c.names, maybe))
    } else {
        Err(c.found)
    }
}

struct Checker<'a> {
    scope: &'a dyn Names,
    locals: Vec<(String, Type)>,
    known: Vec<String>,
    names: Vec<(String, Span)>,
    found: Vec<Diagnostic>,
}

/// The word for a type, as authors write it.
pub(super) fn word(ty: &Type) -> &'static str {
    match ty {
        Type::Bool => "boolean",
        Type::Number => "number",
        Type::Integer => "integer",
        Type::Text | Type::OneOf(_) => "text",
        Type::Date => "date",
        Type::Month => "month",
        Type::Instant => "instant",
        Type::Duration => "duration",
        Type::List(_) => "list",
        Type::Record(_) => "record",
        Type::Any => "null",
    }
}

fn same(a: &Type, b: &Type) -> bool {
    match (a, b) {
        (Type::List(a), Type::List(b)) => same(a, b),
        _ => word(a) == word(b) || *a == Type::Any || *b == Type::Any || (number(a) && number(b)),
    }
}

fn number(t: &Type) -> bool {
    matches!(t, Type::Number | Type::Integer)
}

fn path(n: &Node) -> Option<String> {
    match &n.kind {
        Kind::Name(name) => Some(name.clone()),
        Kind::Field(of, name, _) => Some(format!("{}.{name}", path(of)?)),
        _ => None,
    }
}

/// Paths that have a value where the condition holds.
fn facts(n: &Node, out: &mut Vec<String>) {
    match &n.kind {
        Kind::Binary("and", a, b) => {
            facts(a, out);
            facts(b, out);
        }
        Kind::Call(name, _, args) if name == "has" => out.extend(args.first().and_then(path)),
        _ => {}
    }
}

impl Checker<'_> {
    fn need(&mut self, n: &mut Node) {
        if self.infer(n) {
            let name = path(n).unwrap_or_else(|| "…".into());
            self.found
                .push(Diagnostic::new("E0410", n.span).with("name", name));
        }
    }

    fn fits(&mut self, n: &Node, want: &Type, code: &'static str) {
        let fractional = *want == Type::Integer && n.ty == Type::Number;
        if !same(&n.ty, want) || fractional {
            let d = Diagnostic::new(code, n.span)
                .with("expected", word(want))
                .with("found", word(&n.ty));
            return self.found.push(d);
        }
        if let (Type::OneOf(choices), Kind::Literal(Value::Text(t))) = (want, &n.kind)
            && !choices.contains(t)
        {
            let d = Diagnostic::new("E0409", n.span)
                .with("name", t.as_str())
                .with("choices", choices.join(", "));
            self.found
                .push(d.near(t, choices.iter().map(String::as_str)));
        }
    }

    fn wants(&mut self, n: &mut Node, want: &Type) {
        self.need(n);
        self.fits(n, want, "E0411");
    }

    fn within<T>(&mut self, facts_of: &Node, then: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.known.len();
        facts(facts_of, &mut self.known);
        let out = then(self);
        self.known.truncate(before);
        out
    }

    fn item(&mut self, list: &mut Node) -> Type {
        self.need(list);
        match &list.ty {
            Type::List(t) => (**t).clone(),
            _ => {
                self.fits(list, &Type::List(Box::new(Type::Any)), "E0411");
                Type::Any
            }
        }
    }

    fn local<T>(&mut self, name: &str, ty: Type, then: impl FnOnce(&mut Self) -> T) -> T {
        self.locals.push((name.to_owned(), ty));
        let out = then(self);
        self.locals.pop();
        out
    }

    /// Types a node; true if its value may be missing.
    fn infer(&mut self, n: &mut Node) -> bool {
        let own = path(n);
        let span = n.span;
        let (ty, maybe) = match &mut n.kind {
            Kind::Literal(v) => (
                match v {
                    Value::Bool(_) => Type::Bool,
                    Value::Number(d) if d.is_integer() => Type::Integer,
                    Value::Number(_) => Type::Number,
                    Value::Text(_) => Type::Text,
                    Value::Date(_) => Type::Date,
                    Value::Month(_) => Type::Month,
                    _ => Type::Any,
                },
                *v == Value::Null,
            ),
            Kind::Name(name) => self.name(name, span),
            Kind::Field(of, name, place) => {
                let missing = self.infer(of);
                let code = match &of.kind {
                    Kind::Name(root) if root == "parameters" => "E0312",
                    _ => "E0408",
                };
                let (ty, maybe) = self.field(&of.ty.clone(), name, *place, code);
                (ty, missing || maybe)
            }
            Kind::Filter(list, test) => {
                let item = self.item(list);
                self.local("item", item.clone(), |c| c.wants(test, &Type::Bool));
                (Type::List(Box::new(item)), false)
            }
            Kind::List(items) => {
                let mut ty = Type::Any;
                for i in items {
                    if ty == Type::Any {
                        self.need(i)
                    } else {
                        self.wants(i, &ty.clone())
                    }
                    if ty == Type::Any || i.ty == Type::Number {
                        ty = i.ty.clone()
                    }
                }
                (Type::List(Box::new(ty)), false)
            }
            Kind::Minus(of) => {
                self.wants(of, &Type::Number);
                (of.ty.clone(), false)
            }
            Kind::Binary(op, a, b) => (self.binary(op, a, b, span), false),
            Kind::In(x, list) => {
                self.need(x);
                let item = self.item(list);
                if let Kind::List(items) = &list.kind {
                    for i in items {
                        self.fits(i, &x.ty, "E0411")
                    }
                } else if !same(&x.ty, &item) {
                    self.fits(x, &item, "E0411");
                }
                (Type::Bool, false)
            }
            Kind::Within(x, low, high, _, _) => {
                self.need(x);
                for side in [low, high] {
                    self.need(side);
                    self.ordered(x, side);
                }
                (Type::Bool, false)
            }
            Kind::If(test, yes, no) => {
                self.wants(test, &Type::Bool);
                let a = self.within(test, |c| c.infer(yes));
                let b = self.infer(no);
                if !same(&yes.ty, &no.ty) {
                    self.fits(no, &yes.ty, "E0411")
                }
                let wide = yes.ty == Type::Any
                    || no.ty == Type::Number
                    || matches!(yes.ty, Type::OneOf(_));
                (
                    if wide && no.ty != Type::Any {
                        no.ty.clone()
                    } else {
                        yes.ty.clone()
                    },
                    a || b,
                )
            }
            Kind::Each(word, name, list, body) => {
                let item = self.item(list);
                let collects = *word == "for";
                self.local(name, item, |c| {
                    if collects {
                        c.need(body)
                    } else {
                        c.wants(body, &Type::Bool)
                    }
                });
                (
                    if collects {
                        Type::List(Box::new(body.ty.clone()))
                    } else {
                        Type::Bool
                    },
                    false,
                )
            }
            Kind::Call(name, place, args) => self.call(name, *place, args, span),
        };
        n.ty = ty;
        maybe && !own.is_some_and(|p| self.known.contains(&p))
    }

    fn name(&mut self, name: &str, span: Span) -> (Type, bool) {
        if let Some((_, ty)) = self.locals.iter().rev().find(|l| l.0 == name) {
            return (ty.clone(), false);
        }
        self.names.push((name.to_owned(), span));
        match self.scope.type_of(name) {
            Some(named) => (named.ty, named.may_be_missing),
            None => {
                let all = self.scope.names();
                let d = Diagnostic::new("E0407", span).with("name", name);
                self.found
                    .push(d.near(name, all.iter().map(String::as_str)));
                (Type::Any, false)
            }
        }
    }

    fn field(&mut self, of: &Type, name: &str, span: Span, unknown: &'static str) -> (Type, bool) {
        let fields = match of {
            Type::Record(fields) => fields,
            Type::List(item) => {
                // Of a list, the values that are there: nothing is missing.
                let (ty, _) = self.field(item, name, span, unknown);
                return (Type::List(Box::new(ty)), false);
            }
            Type::Any => return (Type::Any, false),
            _ => {
                self.found.push(
                    Diagnostic::new("E0411", span)
                        .with("expected", "record")
                        .with("found", word(of)),
                );
                return (Type::Any, false);
            }
        };
        if let Some(Named { ty, may_be_missing }) = fields.get(name) {
            return (ty.clone(), *may_be_missing);
        }
        let d = Diagnostic::new(unknown, span).with("name", name);
        self.found
            .push(d.near(name, fields.keys().map(String::as_str)));
        (Type::Any, false)
    }

    fn ordered(&mut self, a: &Node, b: &Node) {
        if matches!(a.ty, Type::Bool | Type::List(_) | Type::Record(_)) {
            return self.fits(a, &Type::Number, "E0411");
        }
        if !same(&a.ty, &b.ty) {
            self.fits(b, &a.ty, "E0411")
        }
    }

    fn binary(&mut self, op: &str, a: &mut Node, b: &mut Node, span: Span) -> Type {
        if op == "and" || op == "or" {
            self.wants(a, &Type::Bool);
            if op == "and" {
                self.within(a, |c| c.wants(b, &Type::Bool))
            } else {
                self.wants(b, &Type::Bool)
            }
            return Type::Bool;
        }
        let null = |n: &Node| matches!(n.kind, Kind::Literal(Value::Null));
        let equality = op == "=" || op == "!=";
        if equality && (null(a) || null(b)) {
            self.infer(a);
            self.infer(b);
        } else {
            self.need(a);
            self.need(b);
        }
        if equality {
            if matches!(b.ty, Type::OneOf(_)) {
                self.fits(a, &b.ty, "E0411")
            } else if !(same(&a.ty, &b.ty) && number(&a.ty)) {
                self.fits(b, &a.ty, "E0411")
            }
            return Type::Bool;
        }
        if matches!(op, "<" | "<=" | ">" | ">=") {
            self.ordered(a, b);
            return Type::Bool;
        }
        use Type::{Any, Date, Duration, Instant, Integer, Month, Number, Text};
        match (op, &a.ty, &b.ty) {
            (_, Any, _) | (_, _, Any) => Any,
            ("+", Text | Type::OneOf(_), Text | Type::OneOf(_)) => Text,
            ("+" | "-" | "*", Integer, Integer) => Integer,
            (_, x, y) if number(x) && number(y) => Number,
            ("+" | "-", Date | Month | Instant | Duration, Duration) => a.ty.clone(),
            ("+", Duration, Date | Month) => b.ty.clone(),
            ("-", Date, Date) => Duration,
            ("-", Month, Month) => Integer,
            _ => {
                let found = format!("{} {op} {}", word(&a.ty), word(&b.ty));
                self.found.push(
                    Diagnostic::new("E0411", span)
                        .with("expected", "number")
                        .with("found", found),
                );
                Any
            }
        }
    }

    /// A step that is counted, a parameter that is asked for: the places that have steps and parameters know their names.
    fn outside(&mut self, function: &str, name: &str, span: Span) {
        let known = match (function, self.scope.type_of("parameters")) {
            (
                "parameter",
                Some(Named {
                    ty: Type::Record(fields),
                    ..
                }),
            ) => fields.into_keys().collect(),
            ("parameter", _) => return,
            _ => self.scope.names(),
        };
        if !known.iter().any(|k| k == name) {
            let code = if function == "parameter" {
                "E0312"
            } else {
                "E0203"
            };
            let d = Diagnostic::new(code, span).with("name", name);
            self.found
                .push(d.near(name, known.iter().map(String::as_str)));
        }
    }

    fn call(&mut self, name: &str, place: Span, args: &mut [Node], span: Span) -> (Type, bool) {
        let Some((least, most)) = builtin::arity(name) else {
            let d = Diagnostic::new("E0412", place).with("name", name);
            self.found.push(d.near(name, builtin::names()));
            return (Type::Any, false);
        };
        if !(least..=most).contains(&args.len()) {
            let d = Diagnostic::new("E0413", span).with("name", name);
            self.found.push(
                d.with("expected", least.to_string())
                    .with("found", args.len().to_string()),
            );
            return (Type::Any, false);
        }
        if name == "has" || name == "first_of" {
            let mut all = true;
            for a in args.iter_mut() {
                all &= self.infer(a)
            }
            let ty = args
                .iter()
                .map(|a| a.ty.clone())
                .find(|t| *t != Type::Any)
                .unwrap_or(Type::Any);
            for a in args.iter() {
                if !same(&a.ty, &ty) {
                    self.fits(a, &ty, "E0411")
                }
            }
            return if name == "has" {
                (Type::Bool, false)
            } else {
                (ty, all)
            };
        }
        // `count(STEP)` and `parameter(name, …)` name something outside the expression's values.
        let outside = name == "parameter"
            || (name == "count"
                && matches!(&args[..], [Node { kind: Kind::Name(n), .. }]
            if !self.locals.iter().any(|l| l.0 == *n) && !matches!(self.scope.type_of(n), Some(Named { ty: Type::List(_), .. }))));
        for (i, a) in args.iter_mut().enumerate() {
            match (&a.kind, outside && i == 0) {
                (Kind::Name(n), true) => {
                    let n = n.clone();
                    self.outside(name, &n, a.span);
                    a.kind = Kind::Literal(Value::Text(n));
                    a.ty = Type::Text
                }
                _ => self.need(a),
            }
        }
        let given: Vec<Type> = args.iter().map(|a| a.ty.clone()).collect();
        match builtin::result(name, &given) {
            Ok(out) => out,
            Err((i, want)) => {
                if let Some(a) = args.get(i) {
                    let d = Diagnostic::new("E0411", a.span).with("expected", want);
                    self.found.push(d.with("found", word(&a.ty)));
                }
                (Type::Any, false)
            }
        }
    }
}
