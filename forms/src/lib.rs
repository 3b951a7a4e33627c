//! One form language for screen, API, command line and paper; pure: no I/O, no clock.
//!
//! A form is a JSON Schema (2020-12) of a small subset with a few words of our own (`x-…`). [`Form::read`] takes
//! it, or says everything that is wrong with it. [`validate`] takes what somebody filled in and gives a
//! [`Submission`] — everything in its one normal form — or one message per field that says how to put it right.
//!
//! | module | holds |
//! |---|---|
//! | `field` | what a form consists of; the type checker of conditions reads this |
//! | `schema/` | JSON Schema → [`Form`], and the schema given to clients |
//! | `fragments` | the shared pieces in `forms/shared/` and `$ref` |
//! | `fill`, `normalise` | input → values in their normal form, unknown and hidden fields refused |
//! | `flaw`, `rules` | what is wrong with one value; what must hold between fields |
//! | `validate` | the whole way from input to submission, and the words of the validator's errors |
//! | [`id_number`], [`credit_code`], `luhn` | the identifiers of the trade |
//! | [`mask`] | what a reader need not see |
//! | [`render`] | a form with what is typed and what is wrong → accessible HTML; answers as facts to read |
//! | [`posted`] | what a page posts → the input that was typed |
//!
//! Deliberately absent: drafts, which are kept without being validated.

mod field;
mod fill;
mod flaw;
mod fragments;
mod luhn;
mod mask;
mod nearest;
mod normalise;
mod rules;
mod schema;
mod text;
mod validate;

pub mod credit_code;
pub mod id_number;
pub mod json;
pub mod posted;
pub mod render;

pub use field::{Choice, Condition, Derive, Field, Format, Kind, Part, Private, Test};
pub use fragments::{Fragments, person};
pub use mask::mask;
pub use nearest::nearest;
pub use schema::{Form, SchemaProblem};
pub use text::{Lang, Text};
pub use validate::{FieldError, Submission, validate};
