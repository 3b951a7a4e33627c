//! Decision tables: typed inputs in, the outputs of the rows that match out. What a table of the law says stands in YAML; nothing
//! here knows any one table.
//!
//! `read.rs` makes a table of YAML, `block.rs` finds rows and cells in a text block, `input.rs` looks at what is asked, `hit.rs`
//! settles which rows count, `cover.rs` proves that every case has its row, `examples.rs` plays the examples, `explain.rs` says why.

mod block;
mod cover;
mod examples;
mod explain;
mod hit;
mod input;
mod read;

use crate::expr::{Expr, Fuel, Named, Value, Values, part};
use crate::source::{Span, Spanned};
use crate::text::Text;
use hit::Hit;
use serde_json::Value as Json;
use std::borrow::Cow;
use std::collections::BTreeMap;

pub use explain::{Explanation, Miss, RowReason};
pub(crate) use read::KEYS;

/// A table that passed reading: its cells are typed, every case it can see has a row, and its examples come out as written.
#[derive(Clone, Debug)]
pub struct Table {
    name: String,
    title: Text,
    basis: Vec<Source>,
    labels: BTreeMap<String, Text>,
    inputs: BTreeMap<String, Named>,
    lets: Vec<(String, Expr)>,
    hit: Hit,
    rows: Vec<Row>,
    outputs: Vec<Output>,
}

/// A place in the law a table rests on.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    /// The document, as listed in `workflows/laws.yaml`.
    pub doc: Spanned<String>,
    /// Its article, empty for the whole document.
    pub article: String,
}

/// One line of the rules: holds when all its cells do.
#[derive(Clone, Debug)]
struct Row {
    cells: Vec<Cell>,
    /// By name of the output, with the cell's own text.
    outputs: BTreeMap<String, (String, Expr)>,
    basis: String,
    span: Span,
}

/// One test of one input or named value.
#[derive(Clone, Debug)]
struct Cell {
    column: String,
    text: String,
    test: Expr,
}

#[derive(Clone, Debug)]
struct Output {
    name: String,
    /// Its type as it comes out of the table, all rows and the hit policy considered.
    named: Named,
    /// The choices in order of weight, for the policy `priority`.
    choices: Vec<String>,
    written: Written,
    /// The same formula for all rows.
    formula: Option<Expr>,
}

/// How a number leaves the table.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Written {
    /// As the language writes values.
    Plain,
    /// Yuan, rounded half-up to the fen at the end; a text with two decimals.
    Money,
    /// A JSON number.
    Number,
}

/// What a table answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// The outputs, an object.
    pub output: Json,
    /// The rows that counted, from 1; none where nothing was collected.
    pub rows: Vec<usize>,
}

/// Why a table gave no answer; the sentence stands in the catalogue under `key`.
#[derive(Clone, Debug, PartialEq)]
pub struct TableError {
    /// Catalogue key.
    pub key: &'static str,
    /// What the sentence names.
    pub args: Vec<(&'static str, String)>,
    /// JSON pointer to the input at fault; empty where it is none.
    pub pointer: String,
}

impl TableError {
    fn new(key: &'static str, args: Vec<(&'static str, String)>) -> Self {
        TableError {
            key,
            args,
            pointer: String::new(),
        }
    }
}

/// What cells and formulas see: inputs and named values first, then what the caller offers.
struct Seen<'a> {
    own: BTreeMap<String, Json>,
    outside: &'a dyn Values,
}

impl Values for Seen<'_> {
    fn get(&self, root: &str) -> Option<Cow<'_, Json>> {
        match self.own.get(root) {
            Some(value) => Some(Cow::Borrowed(value)),
            None => self.outside.get(root),
        }
    }
    fn field(&self, root: &str, name: &str) -> Option<Cow<'_, Json>> {
        match self.own.get(root) {
            Some(value) => part(Cow::Borrowed(value), name),
            None => self.outside.field(root, name),
        }
    }
    fn call(&self, name: &str, args: &[Value]) -> Option<Result<Value, String>> {
        self.outside.call(name, args)
    }
}

impl Table {
    /// Its name, as `decide:` and the command line use it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its title.
    pub fn title(&self) -> &Text {
        &self.title
    }

    /// Changes the texts people read in it: its title and labels.
    pub(crate) fn words(&mut self, change: impl Fn(&mut Text)) {
        change(&mut self.title);
        self.labels.values_mut().for_each(change);
    }

    /// What people call one of its outputs, or a word its cells use.
    pub fn label(&self, name: &str) -> Option<&Text> {
        self.labels.get(name)
    }

    /// What in the law it rests on.
    pub fn basis(&self) -> &[Source] {
        &self.basis
    }

    /// Its inputs with their types; those that may be missing may be left out.
    pub fn inputs(&self) -> &BTreeMap<String, Named> {
        &self.inputs
    }

    /// Its outputs with their types.
    pub fn outputs(&self) -> BTreeMap<String, Named> {
        let outputs = self.outputs.iter();
        outputs.map(|o| (o.name.clone(), o.named.clone())).collect()
    }

    /// Answers for `input`, an object of the inputs. `values` offers what formulas may ask besides: `today`, parameters.
    pub fn evaluate(&self, input: &Json, values: &dyn Values) -> Result<Outcome, TableError> {
        let seen = self.see(input, values)?;
        self.settle(&seen)
    }

    /// The inputs, checked, and the named values worked out of them.
    fn see<'a>(&self, input: &Json, outside: &'a dyn Values) -> Result<Seen<'a>, TableError> {
        let mut own = input::check(&self.inputs, input)?;
        // What is left out is nothing, whatever else goes by its name outside.
        for name in self.inputs.keys() {
            own.entry(name.clone()).or_insert(Json::Null);
        }
        let mut seen = Seen { own, outside };
        for (name, formula) in &self.lets {
            let value = answer(formula, &seen, name)?.to_json();
            seen.own.insert(name.clone(), value);
        }
        Ok(seen)
    }

    fn settle(&self, seen: &Seen<'_>) -> Result<Outcome, TableError> {
        let mut rows = Vec::new();
        for (n, row) in self.rows.iter().enumerate() {
            if row.holds(seen)? {
                rows.push(n);
                if self.hit == Hit::First {
                    break;
                }
            }
        }
        let answers = rows.iter().filter_map(|n| self.rows.get(*n));
        let answers = answers.map(|row| self.answers(row, seen));
        let answers: Vec<_> = answers.collect::<Result<_, _>>()?;
        let (output, counted) = hit::settle(self.hit, &self.outputs, &rows, answers)?;
        Ok(Outcome {
            output,
            rows: counted.iter().map(|n| n + 1).collect(),
        })
    }

    /// The values of the outputs in one row.
    fn answers(&self, row: &Row, seen: &Seen<'_>) -> Result<Vec<Value>, TableError> {
        let one = |output: &Output| {
            let own = row.outputs.get(&output.name).map(|(_, formula)| formula);
            match own.or(output.formula.as_ref()) {
                Some(formula) => answer(formula, seen, &output.name),
                None => Ok(Value::Null),
            }
        };
        self.outputs.iter().map(one).collect()
    }
}

impl Row {
    fn holds(&self, seen: &Seen<'_>) -> Result<bool, TableError> {
        for cell in &self.cells {
            if !cell.holds(seen)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

impl Cell {
    fn holds(&self, values: &dyn Values) -> Result<bool, TableError> {
        Ok(answer(&self.test, values, &self.column)? == Value::Bool(true))
    }
}

/// The value of a formula of the table; each has its own bound on work.
fn answer(formula: &Expr, values: &dyn Values, name: &str) -> Result<Value, TableError> {
    formula.eval(values, &mut Fuel::default()).map_err(|e| {
        let mut args = e.args;
        args.push(("name", name.to_owned()));
        TableError::new(e.key, args)
    })
}
