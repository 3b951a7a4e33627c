//! Says why a table answered as it did: the named values on the way, the row that counted, and what kept the rows before it out.

use super::{Hit, Outcome, Table, TableError};
use crate::expr::Values;
use serde_json::Value as Json;

/// An answer and the way to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// The answer.
    pub outcome: Outcome,
    /// The named values (`let`) in the order they were worked out.
    pub values: Vec<(String, Json)>,
    /// The rows looked at, from the top; none where the table has no rules.
    pub rows: Vec<RowReason>,
}

/// Why one row holds or does not.
#[derive(Clone, Debug, PartialEq)]
pub struct RowReason {
    /// Its number, from 1.
    pub row: usize,
    /// The cells that do not hold; none where the row does.
    pub misses: Vec<Miss>,
    /// The row's place in the law, as its column `basis` has it; may be empty.
    pub basis: String,
}

/// A cell that does not hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Miss {
    /// The input or named value.
    pub name: String,
    /// What the cell asks for, as written.
    pub wanted: String,
    /// What was found.
    pub found: Json,
}

impl Table {
    /// As [`Table::evaluate`], with the reasons.
    pub fn explain(&self, input: &Json, values: &dyn Values) -> Result<Explanation, TableError> {
        let seen = self.see(input, values)?;
        let outcome = self.settle(&seen)?;
        let written = self.rows.iter().any(|row| !row.outputs.is_empty());
        let mut rows = Vec::new();
        for (n, row) in self.rows.iter().enumerate().filter(|_| written) {
            let mut misses = Vec::new();
            for cell in &row.cells {
                if !cell.holds(&seen)? {
                    misses.push(Miss {
                        name: cell.column.clone(),
                        wanted: cell.text.clone(),
                        found: seen.own.get(&cell.column).cloned().unwrap_or(Json::Null),
                    });
                }
            }
            let last = misses.is_empty() && self.hit == Hit::First;
            rows.push(RowReason {
                row: n + 1,
                misses,
                basis: row.basis.clone(),
            });
            if last {
                break;
            }
        }
        let value = |(name, _): &(String, _)| Some((name.clone(), seen.own.get(name)?.clone()));
        Ok(Explanation {
            outcome,
            values: self.lets.iter().filter_map(value).collect(),
            rows,
        })
    }
}
