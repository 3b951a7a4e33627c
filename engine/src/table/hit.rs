//! Hit policies: which of the rows that hold count, and how their outputs become one answer.

use super::{Output, TableError, Written};
use crate::expr::{Named, Type, Value};
use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::{Map, Number, Value as Json};

/// How many rows may hold, and what then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hit {
    /// Exactly one row holds.
    Unique,
    /// Several may hold if they say the same.
    Any,
    /// The first that holds, from the top.
    First,
    /// The row whose outputs stand first among their choices.
    Priority,
    /// All that hold: each output is a list.
    Collect,
    /// All that hold, each output folded.
    Fold(Fold),
}

/// How collected numbers become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fold {
    Sum,
    Min,
    Max,
    Count,
}

/// The policies as authors write them.
pub(super) const NAMES: [(&str, Hit); 9] = [
    ("unique", Hit::Unique),
    ("any", Hit::Any),
    ("first", Hit::First),
    ("priority", Hit::Priority),
    ("collect", Hit::Collect),
    ("collect sum", Hit::Fold(Fold::Sum)),
    ("collect min", Hit::Fold(Fold::Min)),
    ("collect max", Hit::Fold(Fold::Max)),
    ("collect count", Hit::Fold(Fold::Count)),
];

impl Hit {
    /// Whether a case without a row has no answer.
    pub(super) fn needs_a_row(self) -> bool {
        !matches!(self, Hit::Collect | Hit::Fold(_))
    }

    /// The type of an output whose rows have this one.
    pub(super) fn type_of(self, row: Named) -> Named {
        match self {
            Hit::Collect => Named::sure(Type::List(Box::new(row.ty))),
            Hit::Fold(Fold::Count) => Named::sure(Type::Integer),
            Hit::Fold(Fold::Min | Fold::Max) => Named::maybe(row.ty),
            _ => row,
        }
    }
}

/// The answer of the rows that hold (`rows`, with `answers` in the order of `outputs`), and the rows that counted.
pub(super) fn settle(
    hit: Hit,
    outputs: &[Output],
    rows: &[usize],
    mut answers: Vec<Vec<Value>>,
) -> Result<(Json, Vec<usize>), TableError> {
    let listed = || {
        let rows = rows.iter().map(|n| (n + 1).to_string());
        vec![("rows", rows.collect::<Vec<_>>().join(", "))]
    };
    let best = match hit {
        Hit::Collect | Hit::Fold(_) => {
            let output = outputs.iter().enumerate().map(|(i, output)| {
                let values = answers.iter().filter_map(|row| row.get(i));
                let value = collect(hit, values, &output.name)?;
                Ok((output.name.clone(), write(output.written, &value)))
            });
            let output: Map<String, Json> = output.collect::<Result<_, TableError>>()?;
            return Ok((output.into(), rows.to_vec()));
        }
        _ if rows.is_empty() => return Err(TableError::new("E0443", vec![])),
        Hit::Unique if rows.len() > 1 => return Err(TableError::new("E0444", listed())),
        Hit::Any if answers.windows(2).any(|pair| pair.first() != pair.last()) => {
            return Err(TableError::new("E0445", listed()));
        }
        Hit::Priority => {
            let ranked = answers.iter().enumerate();
            let best = ranked.min_by_key(|(_, row)| rank(outputs, row));
            best.map_or(0, |(n, _)| n)
        }
        _ => 0,
    };
    let counted = rows.get(best).copied().into_iter().collect();
    let answer = answers.swap_remove(best);
    let fields = outputs.iter().zip(answer);
    let output: Map<String, Json> = fields
        .map(|(output, value)| (output.name.clone(), write(output.written, &value)))
        .collect();
    Ok((output.into(), counted))
}

/// The place of each output among its choices; the outputs weigh in the order they are declared.
fn rank(outputs: &[Output], row: &[Value]) -> Vec<usize> {
    let place = |(output, value): (&Output, &Value)| match value {
        Value::Text(text) => output.choices.iter().position(|choice| choice == text),
        _ => None,
    };
    let places = outputs.iter().zip(row).map(place);
    places.map(|at| at.unwrap_or(usize::MAX)).collect()
}

fn collect<'v>(
    hit: Hit,
    values: impl Iterator<Item = &'v Value>,
    name: &str,
) -> Result<Value, TableError> {
    let fail = |key| TableError::new(key, vec![("name", name.to_owned())]);
    let Hit::Fold(fold) = hit else {
        return Ok(Value::List(values.cloned().collect()));
    };
    if fold == Fold::Count {
        return Ok(Value::Number(values.count().into()));
    }
    let numbers = values.map(|value| match value {
        Value::Number(n) => Ok(*n),
        _ => Err(fail("E0420")),
    });
    let numbers: Vec<Decimal> = numbers.collect::<Result<_, _>>()?;
    Ok(match fold {
        Fold::Sum => {
            let mut numbers = numbers.iter();
            let sum = numbers.try_fold(Decimal::ZERO, |sum, n| sum.checked_add(*n));
            Value::Number(sum.ok_or_else(|| fail("E0424"))?)
        }
        Fold::Min => numbers
            .iter()
            .min()
            .map_or(Value::Null, |n| Value::Number(*n)),
        Fold::Max | Fold::Count => numbers
            .iter()
            .max()
            .map_or(Value::Null, |n| Value::Number(*n)),
    })
}

fn write(written: Written, value: &Value) -> Json {
    match (written, value) {
        (Written::Money, Value::Number(yuan)) => {
            let mut fen = yuan.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero);
            fen.rescale(2);
            fen.to_string().into()
        }
        (Written::Number, Value::Number(n)) => {
            let number = n.normalize();
            let number = match number.to_i64().filter(|_| number.is_integer()) {
                Some(whole) => Some(Number::from(whole)),
                None => number.to_f64().and_then(Number::from_f64),
            };
            number.map_or(Json::Null, Json::Number)
        }
        (written, Value::List(items)) => items.iter().map(|item| write(written, item)).collect(),
        _ => value.to_json(),
    }
}
