//! The small language of conditions: a typed subset of FEEL with exact numbers, Chinese names and a bound on work.

mod builtin;
mod check;
mod eval;
mod lexer;
mod parse;
mod unary;
mod value;
mod words;

use crate::diagnostic::Diagnostic;
use crate::source::Span;
pub use eval::{EvalError, Fuel};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;
pub use unary::Test;
pub use value::{Value, month_text, parse_month, read};
pub(crate) use words::{Shape, is_day, list_of, shape};
pub use words::{Thing, Titles, condition, words};

/// Longest expression, in bytes (G82).
pub const MAX_SOURCE: usize = 4096;
/// Deepest nesting (G82).
pub const MAX_DEPTH: usize = 32;
/// Largest result, in bytes (G82).
pub const MAX_RESULT: usize = 256 * 1024;

/// What a value is, known before anything runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    /// true or false
    Bool,
    /// an exact decimal
    Number,
    /// a whole number
    Integer,
    /// a text
    Text,
    /// one of a few texts
    OneOf(Vec<String>),
    /// a calendar day
    Date,
    /// a month of a year
    Month,
    /// a moment
    Instant,
    /// calendar days or months
    Duration,
    /// a list of one type
    List(Box<Type>),
    /// named values
    Record(BTreeMap<String, Named>),
    /// only of `null` and of the empty list's items
    Any,
}

/// The type of a name, and whether some path may not have written it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// Its type.
    pub ty: Type,
    /// True where `has(x)` or `first_of(x, y)` is wanted around it.
    pub may_be_missing: bool,
}

impl Named {
    /// A name that always has a value.
    pub fn sure(ty: Type) -> Self {
        Named {
            ty,
            may_be_missing: false,
        }
    }

    /// A name some path may leave unwritten.
    pub fn maybe(ty: Type) -> Self {
        Named {
            ty,
            may_be_missing: true,
        }
    }
}

/// What an expression can see, when it is compiled.
pub trait Names {
    /// The type of a root name.
    fn type_of(&self, root: &str) -> Option<Named>;
    /// All root names, for "did you mean".
    fn names(&self) -> Vec<String>;
}

impl Names for BTreeMap<String, Named> {
    fn type_of(&self, root: &str) -> Option<Named> {
        self.get(root).cloned()
    }
    fn names(&self) -> Vec<String> {
        self.keys().cloned().collect()
    }
}

/// What an expression can see, when it runs.
pub trait Values {
    /// The JSON value of a root name; `None` if nothing was written.
    fn get(&self, root: &str) -> Option<Cow<'_, serde_json::Value>>;
    /// One field of a root name; for those whose whole is made anew each time.
    fn field(&self, root: &str, name: &str) -> Option<Cow<'_, serde_json::Value>> {
        part(self.get(root)?, name)
    }
    /// Answers `count(STEP)`, `workdays(n, city)` and `parameter(name, city, date)`; `None` where unknown. The error is a
    /// plain sentence. `count(STEP)` and first arguments that are names come as texts.
    fn call(&self, _name: &str, _args: &[Value]) -> Option<Result<Value, String>> {
        None
    }
}

/// A field of a value, without copying the rest.
pub(crate) fn part<'a>(
    whole: Cow<'a, serde_json::Value>,
    name: &str,
) -> Option<Cow<'a, serde_json::Value>> {
    Some(match whole {
        Cow::Borrowed(whole) => Cow::Borrowed(whole.as_object()?.get(name)?),
        Cow::Owned(mut whole) => Cow::Owned(whole.as_object_mut()?.remove(name)?),
    })
}

impl Values for serde_json::Value {
    fn get(&self, root: &str) -> Option<Cow<'_, serde_json::Value>> {
        self.as_object()
            .and_then(|o| o.get(root))
            .map(Cow::Borrowed)
    }
}

/// A compiled expression; cheap to clone, shared by all cases.
#[derive(Clone, Debug)]
pub struct Expr(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    root: parse::Node,
    names: Vec<(String, Span)>,
    maybe: bool,
}

impl Expr {
    /// The type of its value.
    pub fn ty(&self) -> &Type {
        &self.0.root.ty
    }

    /// Root names used and where they stand, in the order written.
    pub fn names(&self) -> &[(String, Span)] {
        &self.0.names
    }

    /// Every literal in it; where a comparison can change its answer.
    pub(crate) fn literals(&self) -> Vec<&Value> {
        let mut found = Vec::new();
        self.0.root.literals(&mut found);
        found
    }

    /// True if the value may be null; only with [`compile_optional`].
    pub fn may_be_missing(&self) -> bool {
        self.0.maybe
    }

    /// The condition that holds where this one does not.
    pub(crate) fn turned(&self) -> Expr {
        let root = parse::Node {
            kind: parse::Kind::Call(
                "not".to_owned(),
                self.0.root.span,
                vec![self.0.root.clone()],
            ),
            ..self.0.root.clone()
        };
        Expr(Arc::new(Inner {
            root,
            names: self.0.names.clone(),
            maybe: self.0.maybe,
        }))
    }

    /// The value, or where and why there is none. The result never exceeds 256 KiB.
    pub fn eval(&self, values: &dyn Values, fuel: &mut Fuel) -> Result<Value, EvalError> {
        eval::run(&self.0.root, values, fuel)
    }
}

/// Reads, checks and compiles an expression (without its `=`). `span` is the place of `source` in its file; `expected` is
/// the type the result must have. On trouble, all findings.
pub fn compile(
    source: &str,
    span: Span,
    scope: &dyn Names,
    expected: Option<&Type>,
) -> Result<Expr, Vec<Diagnostic>> {
    finish(parse::expression(source, span), scope, expected, false)
}

/// As [`compile`], but the result may be missing (see [`Expr::may_be_missing`]).
pub fn compile_optional(
    source: &str,
    span: Span,
    scope: &dyn Names,
    expected: Option<&Type>,
) -> Result<Expr, Vec<Diagnostic>> {
    finish(parse::expression(source, span), scope, expected, true)
}

/// Compiles a unary test of a decision table (`-`, `< 15`, `[5..10)`, `a, b`, `not(a)`, `=condition`) on the input
/// `test.name`.
pub fn compile_test(
    source: &str,
    span: Span,
    scope: &dyn Names,
    test: &Test<'_>,
) -> Result<Expr, Vec<Diagnostic>> {
    finish(
        unary::unary_tests(source, span, test),
        scope,
        Some(&Type::Bool),
        false,
    )
}

fn finish(
    parsed: Result<parse::Node, Diagnostic>,
    scope: &dyn Names,
    expected: Option<&Type>,
    optional: bool,
) -> Result<Expr, Vec<Diagnostic>> {
    let mut root = parsed.map_err(|d| vec![d])?;
    let (names, maybe) = check::check(&mut root, scope, expected, optional)?;
    Ok(Expr(Arc::new(Inner { root, names, maybe })))
}

#[cfg(test)]
mod tests;
