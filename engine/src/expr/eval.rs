//! Running a checked tree, step by step counted.

use super::parse::{Kind, Node};
use super::value::{Value, read};
use super::{MAX_RESULT, Type, Values, builtin};
use crate::clock::{civil, instant};
use crate::source::Span;
use jiff::ToSpan;
use serde_json::Value as Json;
use std::cmp::Ordering;

/// Work an evaluation may do, counted in steps so that it is the same everywhere.
#[derive(Clone, Debug)]
pub struct Fuel(u32);

impl Default for Fuel {
    fn default() -> Self {
        Fuel(10_000)
    }
}

/// Why an expression has no value; the sentence stands in the catalogue under `key`.
#[derive(Clone, Debug, PartialEq)]
pub struct EvalError {
    /// Where.
    pub span: Span,
    /// Catalogue key.
    pub key: &'static str,
    /// What the sentence names.
    pub args: Vec<(&'static str, String)>,
}

struct Run<'a> {
    values: &'a dyn Values,
    fuel: &'a mut Fuel,
    locals: Vec<(&'a str, Value)>,
    size: usize,
}

pub(super) fn run(root: &Node, values: &dyn Values, fuel: &mut Fuel) -> Result<Value, EvalError> {
    let value = Run {
        values,
        fuel,
        locals: Vec::new(),
        size: 0,
    }
    .eval(root)?;
    if value.size() > MAX_RESULT {
        return Err(fail(root, "E0423"));
    }
    Ok(value)
}

fn fail(n: &Node, key: &'static str) -> EvalError {
    EvalError {
        span: n.span,
        key,
        args: Vec::new(),
    }
}

/// Compares two values of one type.
pub(super) fn order(a: &Value, b: &Value) -> Result<Ordering, &'static str> {
    use Value::{Date, Duration, Instant, Month, Number, Text};
    match (a, b) {
        (Number(a), Number(b)) => Ok(a.cmp(b)),
        (Text(a), Text(b)) => Ok(a.cmp(b)),
        (Date(a), Date(b)) => Ok(a.cmp(b)),
        (Month(a), Month(b)) => Ok(a.cmp(b)),
        (Instant(a), Instant(b)) => Ok(a.cmp(b)),
        (Duration { months: m, days: d }, Duration { months, days }) if m == months => {
            Ok(d.cmp(days))
        }
        (Duration { months: m, days: d }, Duration { months, days }) if d == days => {
            Ok(m.cmp(months))
        }
        _ => Err("E0420"),
    }
}

impl<'a> Run<'a> {
    fn eval(&mut self, n: &'a Node) -> Result<Value, EvalError> {
        self.fuel.0 = self.fuel.0.checked_sub(1).ok_or_else(|| fail(n, "E0422"))?;
        match &n.kind {
            Kind::Literal(v) => Ok(v.clone()),
            Kind::Name(_) | Kind::Field(..) => self.path(n),
            Kind::Filter(list, test) => {
                let mut out = Vec::new();
                for item in self.items(list)? {
                    if self.with("item", item.clone(), |r| r.truth(test))? {
                        out.push(item)
                    }
                }
                Ok(Value::List(out))
            }
            Kind::List(items) => items
                .iter()
                .map(|i| self.eval(i))
                .collect::<Result<_, _>>()
                .map(Value::List),
            Kind::Minus(of) => match self.eval(of)? {
                Value::Number(d) => Ok(Value::Number(-d)),
                _ => Err(fail(of, "E0420")),
            },
            Kind::Binary("and", a, b) => Ok(Value::Bool(self.truth(a)? && self.truth(b)?)),
            Kind::Binary("or", a, b) => Ok(Value::Bool(self.truth(a)? || self.truth(b)?)),
            Kind::Binary(op, a, b) => {
                let (a, b) = (self.eval(a)?, self.eval(b)?);
                let value = binary(op, &a, &b).map_err(|key| fail(n, key))?;
                if let Value::Text(t) = &value {
                    self.size += t.len();
                    if self.size > MAX_RESULT {
                        return Err(fail(n, "E0423"));
                    }
                }
                Ok(value)
            }
            Kind::In(x, list) => {
                let x = self.eval(x)?;
                Ok(Value::Bool(self.items(list)?.contains(&x)))
            }
            Kind::Within(x, low, high, from, to) => {
                let (v, low, high) = (self.eval(x)?, self.eval(low)?, self.eval(high)?);
                let (a, b) = (order(&v, &low), order(&v, &high));
                let (a, b) = (a.map_err(|k| fail(n, k))?, b.map_err(|k| fail(n, k))?);
                Ok(Value::Bool(
                    (a.is_gt() || (*from && a.is_eq())) && (b.is_lt() || (*to && b.is_eq())),
                ))
            }
            Kind::If(test, yes, no) => {
                if self.truth(test)? {
                    self.eval(yes)
                } else {
                    self.eval(no)
                }
            }
            Kind::Each(word, name, list, body) => {
                let mut out = Vec::new();
                for item in self.items(list)? {
                    if *word == "for" {
                        out.push(self.with(name, item, |r| r.eval(body))?);
                    } else if self.with(name, item, |r| r.truth(body))? == (*word == "some") {
                        return Ok(Value::Bool(*word == "some"));
                    }
                }
                Ok(if *word == "for" {
                    Value::List(out)
                } else {
                    Value::Bool(*word == "every")
                })
            }
            Kind::Call(name, _, args) => self.call(n, name, args),
        }
    }

    fn with<T>(&mut self, name: &'a str, value: Value, then: impl FnOnce(&mut Self) -> T) -> T {
        self.locals.push((name, value));
        let out = then(self);
        self.locals.pop();
        out
    }

    fn truth(&mut self, n: &'a Node) -> Result<bool, EvalError> {
        match self.eval(n)? {
            Value::Bool(b) => Ok(b),
            _ => Err(fail(n, "E0420")),
        }
    }

    fn items(&mut self, n: &'a Node) -> Result<Vec<Value>, EvalError> {
        match self.eval(n)? {
            Value::List(items) => Ok(items),
            _ => Err(fail(n, "E0420")),
        }
    }

    /// A dotted path: only its end is read from JSON.
    fn path(&mut self, n: &'a Node) -> Result<Value, EvalError> {
        let (mut at, mut fields) = (n, Vec::new());
        while let Kind::Field(of, name, _) = &at.kind {
            fields.push(name.as_str());
            at = of;
        }
        fields.reverse();
        if let Kind::Name(name) = &at.kind
            && !self.locals.iter().any(|l| l.0 == name)
        {
            let through_list = matches!(&at.ty, Type::List(_)) || matches!(&n.ty, Type::List(_));
            if !through_list {
                let (root, inner) = match fields.split_first() {
                    Some((first, rest)) => (self.values.field(name, first), rest),
                    None => (self.values.get(name), &[][..]),
                };
                let json = root.as_deref().and_then(|root| {
                    let mut inner = inner.iter();
                    inner.try_fold(root, |j, f| j.as_object()?.get(*f))
                });
                return read(json.unwrap_or(&Json::Null), &n.ty).ok_or_else(|| fail(n, "E0425"));
            }
            let Some(root) = self.values.get(name) else {
                return Ok(Value::Null);
            };
            let value = read(&root, &at.ty).ok_or_else(|| fail(at, "E0425"))?;
            return Ok(fields.iter().fold(value, |v, f| field(v, f)));
        }
        let value = match &at.kind {
            Kind::Name(name) => self
                .locals
                .iter()
                .rev()
                .find(|l| l.0 == name)
                .map_or(Value::Null, |l| l.1.clone()),
            _ => self.eval(at)?,
        };
        Ok(fields.iter().fold(value, |v, f| field(v, f)))
    }

    fn call(&mut self, n: &'a Node, name: &str, args: &'a [Node]) -> Result<Value, EvalError> {
        if name == "has" || name == "first_of" {
            for a in args {
                let value = self.eval(a)?;
                if name == "has" {
                    return Ok(Value::Bool(value != Value::Null));
                }
                if value != Value::Null {
                    return Ok(value);
                }
            }
            return Ok(Value::Null);
        }
        let args = args
            .iter()
            .map(|a| self.eval(a))
            .collect::<Result<Vec<_>, _>>()?;
        if matches!(name, "workdays" | "parameter")
            || matches!((name, &args[..]), ("count", [Value::Text(_)]))
        {
            return match self.values.call(name, &args) {
                Some(Ok(value)) => Ok(value),
                Some(Err(why)) => Err(EvalError {
                    args: vec![("why", why)],
                    ..fail(n, "E0426")
                }),
                None => Err(EvalError {
                    args: vec![("why", name.to_owned())],
                    ..fail(n, "E0426")
                }),
            };
        }
        let today = self
            .values
            .get("today")
            .and_then(|t| super::value::date(t.as_str()?));
        builtin::run(name, &args, today).map_err(|key| fail(n, key))
    }
}

fn field(value: Value, name: &str) -> Value {
    match value {
        Value::Record(mut fields) => fields.remove(name).unwrap_or(Value::Null),
        // Of a list, the values that are there.
        Value::List(items) => {
            let each = items.into_iter().map(|v| field(v, name));
            Value::List(each.filter(|v| *v != Value::Null).collect())
        }
        _ => Value::Null,
    }
}

fn binary(op: &str, a: &Value, b: &Value) -> Result<Value, &'static str> {
    use Value::{Date, Duration, Instant, Month, Null, Number, Text};
    let big = "E0424";
    Ok(match (op, a, b) {
        ("=", ..) => Value::Bool(a == b),
        ("!=", ..) => Value::Bool(a != b),
        (_, Null, _) | (_, _, Null) => return Err("E0420"),
        ("<", ..) => Value::Bool(order(a, b)?.is_lt()),
        ("<=", ..) => Value::Bool(order(a, b)?.is_le()),
        (">", ..) => Value::Bool(order(a, b)?.is_gt()),
        (">=", ..) => Value::Bool(order(a, b)?.is_ge()),
        ("+", Number(a), Number(b)) => Number(a.checked_add(*b).ok_or(big)?),
        ("-", Number(a), Number(b)) => Number(a.checked_sub(*b).ok_or(big)?),
        ("*", Number(a), Number(b)) => Number(a.checked_mul(*b).ok_or(big)?),
        ("/", Number(_), Number(b)) if b.is_zero() => return Err("E0421"),
        ("/", Number(a), Number(b)) => Number(a.checked_div(*b).ok_or(big)?),
        ("+", Text(a), Text(b)) => Text(format!("{a}{b}")),
        ("-", Month(a), Month(b)) => Number((a - b).into()),
        ("-", Date(a), Date(b)) => Duration {
            months: 0,
            days: (*a - *b).get_days().into(),
        },
        ("+", Duration { .. }, Date(_) | Month(_)) => binary("+", b, a)?,
        (_, _, Duration { months, days }) => {
            let sign = if op == "-" { -1 } else { 1 };
            let (m, d) = (
                months.checked_mul(sign).ok_or(big)?,
                days.checked_mul(sign).ok_or(big)?,
            );
            if m.abs() > 119_988 || d.abs() > 3_652_059 {
                return Err(big);
            }
            match a {
                Month(at) if d == 0 => {
                    let at = i64::from(*at) + m;
                    Month(
                        i32::try_from(at)
                            .ok()
                            .filter(|m| (12..120_000).contains(m))
                            .ok_or(big)?,
                    )
                }
                Date(at) => Date(at.checked_add(m.months().days(d)).map_err(|_| big)?),
                // By the calendar of Beijing: the same time of that day.
                Instant(at) => {
                    let at = civil(*at).checked_add(m.months().days(d));
                    Instant(instant(at.map_err(|_| big)?))
                }
                Duration { months, days } => Duration {
                    months: months.checked_add(m).ok_or(big)?,
                    days: days.checked_add(d).ok_or(big)?,
                },
                _ => return Err(big),
            }
        }
        _ => return Err("E0420"),
    })
}
