//! The functions an expression may call: how many arguments, which types, what they give.

use super::check::word;
use super::value::{Value, date, parse_month};
use super::{Named, Type};
use crate::clock::civil;
use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};
use std::collections::BTreeMap;

const ALL: [(&str, usize, usize); 28] = [
    ("not", 1, 1),
    ("has", 1, 1),
    ("first_of", 1, 9),
    ("list", 0, 32),
    ("abs", 1, 1),
    ("floor", 1, 1),
    ("ceiling", 1, 1),
    ("round", 1, 2),
    ("modulo", 2, 2),
    ("min", 1, 9),
    ("max", 1, 9),
    ("sum", 1, 9),
    ("count", 1, 1),
    ("last", 1, 1),
    ("length", 1, 1),
    ("contains", 2, 2),
    ("starts", 2, 2),
    ("date", 1, 1),
    ("month", 1, 1),
    ("year", 1, 1),
    ("days", 1, 1),
    ("months", 1, 1),
    ("first_day", 1, 1),
    ("last_day", 1, 1),
    ("workdays", 2, 3),
    ("parameter", 1, 3),
    ("id_number", 1, 1),
    ("credit_code", 1, 1),
];

pub(super) fn names() -> impl Iterator<Item = &'static str> {
    ALL.iter().map(|f| f.0)
}

pub(super) fn arity(name: &str) -> Option<(usize, usize)> {
    ALL.iter().find(|f| f.0 == name).map(|f| (f.1, f.2))
}

/// The result's type and whether it may be missing, or which argument is wrong and what was wanted.
pub(super) fn result(name: &str, args: &[Type]) -> Result<(Type, bool), (usize, &'static str)> {
    use Type::{Any, Bool, Date, Duration, Instant, Integer, List, Month, Number, OneOf, Text};
    let all = |ok: fn(&Type) -> bool, want: &'static str| match args
        .iter()
        .position(|t| *t != Any && !ok(t))
    {
        Some(i) => Err((i, want)),
        None => Ok(()),
    };
    let numeric: fn(&Type) -> bool = |t| matches!(t, Number | Integer);
    let text: fn(&Type) -> bool = |t| matches!(t, Text | OneOf(_));
    let first = args.first().cloned().unwrap_or(Any);
    Ok((
        match name {
            "not" => {
                all(|t| *t == Bool, "boolean")?;
                Bool
            }
            "abs" => {
                all(numeric, "number")?;
                first
            }
            "floor" | "ceiling" => {
                all(numeric, "number")?;
                Integer
            }
            "round" => {
                all(numeric, "number")?;
                if args.len() == 1 { Integer } else { Number }
            }
            "modulo" => {
                all(numeric, "number")?;
                if args.contains(&Number) {
                    Number
                } else {
                    Integer
                }
            }
            "min" | "max" | "sum" => {
                let items: Vec<Type> = match args {
                    [List(t)] => vec![(**t).clone()],
                    _ => args.to_vec(),
                };
                let orders = |t: &Type| {
                    numeric(t) || (name != "sum" && matches!(t, Date | Month)) || *t == Any
                };
                if let Some(i) = items.iter().position(|t| {
                    !orders(t) || (items.first().is_some_and(|f| word(t) != word(f)) && !numeric(t))
                }) {
                    return Err((i, "number"));
                }
                let ty = if items.contains(&Number) {
                    Number
                } else {
                    items.first().cloned().unwrap_or(Integer)
                };
                return Ok((
                    if ty == Any { Number } else { ty },
                    name != "sum" && matches!(args, [List(_)]),
                ));
            }
            "count" => {
                all(|t| matches!(t, List(_) | Text), "list")?;
                Integer
            }
            "last" => match first {
                List(t) => return Ok((*t, true)),
                _ => return Err((0, "list")),
            },
            "list" => List(Box::new(first)),
            "length" => {
                all(text, "text")?;
                Integer
            }
            "contains" | "starts" => {
                all(text, "text")?;
                Bool
            }
            "date" => {
                all(|t| matches!(t, Text | OneOf(_) | Instant), "text, instant")?;
                Date
            }
            "month" => {
                all(
                    |t| matches!(t, Text | Date | Instant),
                    "text, date, instant",
                )?;
                Month
            }
            "first_day" | "last_day" => {
                all(|t| matches!(t, Month | Date), "date, month")?;
                Date
            }
            "year" => {
                all(|t| matches!(t, Month | Date), "date, month")?;
                Integer
            }
            "days" | "months" => {
                all(|t| *t == Integer, "integer")?;
                Duration
            }
            "workdays" => {
                let fits = |i: usize, t: &Type| match i {
                    0 => *t == Integer,
                    1 => text(t),
                    _ => *t == Date,
                };
                let wrong = |(i, t): &(usize, &Type)| **t != Any && !fits(*i, t);
                if let Some((i, _)) = args.iter().enumerate().find(wrong) {
                    let wanted = ["integer", "text", "date"];
                    return Err((i, wanted.get(i).copied().unwrap_or("date")));
                }
                Duration
            }
            "parameter" => Number,
            _ => {
                all(text, "text")?;
                let mut fields = BTreeMap::from([
                    ("valid".to_owned(), Named::sure(Bool)),
                    ("reason".to_owned(), Named::maybe(Text)),
                ]);
                if name == "id_number" {
                    for (n, t) in [("birth_date", Date), ("sex", Text), ("division", Text)] {
                        fields.insert(n.to_owned(), Named::maybe(t));
                    }
                }
                Type::Record(fields)
            }
        },
        false,
    ))
}

/// Runs a function whose arguments have values; the error is a catalogue key.
pub(super) fn run(
    name: &str,
    args: &[Value],
    today: Option<jiff::civil::Date>,
) -> Result<Value, &'static str> {
    use Value::{Bool, Date, Instant, List, Month, Null, Number, Text};
    let number = |n: usize| Number(Decimal::from(n));
    Ok(match (name, args) {
        ("list", _) => List(args.to_vec()),
        ("last", [List(items)]) => items
            .iter()
            .rev()
            .find(|v| **v != Null)
            .cloned()
            .unwrap_or(Null),
        ("count", [List(items)]) => number(items.len()),
        ("min" | "max" | "sum", [List(items)]) => return fold(name, items),
        ("min" | "max" | "sum", _) => return fold(name, args),
        (_, _) if args.contains(&Null) => return Err("E0420"),
        ("not", [Bool(b)]) => Bool(!b),
        ("abs", [Number(n)]) => Number(n.abs()),
        ("floor", [Number(n)]) => Number(n.floor()),
        ("ceiling", [Number(n)]) => Number(n.ceil()),
        ("round", [Number(n), more @ ..]) => {
            let digits = match more {
                [Number(d)] => d.to_u32().filter(|d| *d <= 28).ok_or("E0424")?,
                _ => 0,
            };
            let mut out = n.round_dp_with_strategy(digits, RoundingStrategy::MidpointAwayFromZero);
            out.rescale(digits);
            Number(out)
        }
        ("modulo", [Number(_), Number(b)]) if b.is_zero() => return Err("E0421"),
        ("modulo", [Number(a), Number(b)]) => {
            let r = a.checked_rem(*b).ok_or("E0424")?;
            Number(
                if !r.is_zero() && r.is_sign_negative() != b.is_sign_negative() {
                    r + b
                } else {
                    r
                },
            )
        }
        ("length", [Text(t)]) => number(t.chars().count()),
        ("contains", [Text(a), Text(b)]) => Bool(a.contains(b.as_str())),
        ("starts", [Text(a), Text(b)]) => Bool(a.starts_with(b.as_str())),
        ("date", [Text(t)]) => Date(date(t).ok_or("E0425")?),
        ("date", [Instant(at)]) => Date(civil(*at).date()),
        ("month", [Instant(at)]) => run("month", &[Date(civil(*at).date())], today)?,
        ("month", [Text(t)]) => Month(parse_month(t).ok_or("E0425")?),
        ("month", [Date(d)]) => Month(i32::from(d.year()) * 12 + i32::from(d.month()) - 1),
        ("first_day", [Date(d)]) => Date(d.first_of_month()),
        ("last_day", [Date(d)]) => Date(d.last_of_month()),
        ("first_day" | "last_day", [Month(m)]) => {
            let year = i16::try_from(m.div_euclid(12)).map_err(|_| "E0424")?;
            let month = i8::try_from(m.rem_euclid(12) + 1).map_err(|_| "E0424")?;
            let day = jiff::civil::Date::new(year, month, 1).map_err(|_| "E0424")?;
            run(name, &[Date(day)], today)?
        }
        ("year", [Date(d)]) => Number(d.year().into()),
        ("year", [Month(m)]) => Number(m.div_euclid(12).into()),
        ("days", [Number(n)]) => Value::Duration {
            months: 0,
            days: n.to_i64().ok_or("E0424")?,
        },
        ("months", [Number(n)]) => Value::Duration {
            months: n.to_i64().ok_or("E0424")?,
            days: 0,
        },
        ("id_number", [Text(t)]) => id_number(t, today),
        ("credit_code", [Text(t)]) => credit_code(t),
        _ => return Err("E0426"),
    })
}

/// A citizen number taken apart; without a day at hand, no birthday lies in the future.
fn id_number(text: &str, today: Option<jiff::civil::Date>) -> Value {
    let found = forms::id_number::check(text, today.unwrap_or(jiff::civil::Date::MAX));
    record([
        ("valid", Value::Bool(found.valid)),
        ("reason", words(found.reason.map(|r| r.as_str()))),
        (
            "birth_date",
            found.birth_date.map_or(Value::Null, Value::Date),
        ),
        ("sex", words(found.sex.map(|s| s.as_str()))),
        ("division", words(found.division.as_deref())),
    ])
}

fn credit_code(text: &str) -> Value {
    let found = forms::credit_code::check(text);
    record([
        ("valid", Value::Bool(found.valid)),
        ("reason", words(found.reason.map(|r| r.as_str()))),
    ])
}

fn words(text: Option<&str>) -> Value {
    text.map_or(Value::Null, |t| Value::Text(t.to_owned()))
}

fn record<const N: usize>(fields: [(&str, Value); N]) -> Value {
    Value::Record(fields.into_iter().map(|(k, v)| (k.to_owned(), v)).collect())
}

fn fold(name: &str, items: &[Value]) -> Result<Value, &'static str> {
    let mut out = if name == "sum" {
        Value::Number(Decimal::ZERO)
    } else {
        Value::Null
    };
    for item in items {
        out = match (&out, item) {
            (_, Value::Null) => return Err("E0420"),
            (Value::Number(a), Value::Number(b)) if name == "sum" => {
                Value::Number(a.checked_add(*b).ok_or("E0424")?)
            }
            (Value::Null, _) => item.clone(),
            _ => {
                let less = super::eval::order(item, &out)?.is_lt();
                if less == (name == "min") {
                    item.clone()
                } else {
                    out
                }
            }
        };
    }
    Ok(out)
}
