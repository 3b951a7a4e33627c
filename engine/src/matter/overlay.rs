//! What a city or a pool does otherwise than a matter says, from a day on.

use super::{Basis, LimitValue};
use crate::source::{Span, Spanned};
use crate::yaml::Entry;
use jiff::civil::Date;
use std::sync::Arc;

/// An overlay: changes of a matter for one place, read from `cities/*.yaml` beside it.
#[derive(Clone, Debug)]
pub(crate) struct Overlay {
    /// The matter it changes.
    pub matter: Spanned<String>,
    /// The city, or the whole pool, by code or name as written.
    pub place: Place,
    /// First day of the cases it holds for.
    pub from: Date,
    /// What it rests on.
    pub basis: Vec<Basis>,
    /// Address and new value, each.
    pub changes: Vec<Entry>,
    /// Where its changes begin.
    pub span: Span,
    /// The whole file.
    pub text: Arc<str>,
}

/// Where an overlay holds.
#[derive(Clone, Debug)]
pub(crate) enum Place {
    /// In every city of a pool.
    Pool(Spanned<String>),
    /// In one city.
    City(Spanned<String>),
}

impl Place {
    /// The name or code as written.
    pub fn name(&self) -> &Spanned<String> {
        match self {
            Place::Pool(name) | Place::City(name) => name,
        }
    }
}

/// A limit that an overlay may only shorten, or only lengthen: before and after. Whether it does depends on calendars.
#[derive(Clone, Debug)]
pub(crate) struct Bound {
    pub before: LimitValue,
    pub after: LimitValue,
    /// True where it may only be shortened.
    pub shorten: bool,
    /// Where the matter says so.
    pub declared: Span,
}

impl LimitValue {
    /// Where it stands.
    pub(crate) fn span(&self) -> Span {
        match self {
            LimitValue::Fixed(limit) => limit.span,
            LimitValue::Computed(formula) => formula.source.span,
        }
    }

    /// As it was written.
    pub fn written(&self) -> String {
        match self {
            LimitValue::Fixed(limit) => limit.value.to_string(),
            LimitValue::Computed(formula) => format!("={}", formula.source.value),
        }
    }
}
