//! The types of what stands outside a matter's own steps: forms, the applicant, the case, parameters.

use crate::expr::{Named, Type};
use crate::network::Network;
use forms::{Field, Kind};
use std::collections::BTreeMap;

type Fields = BTreeMap<String, Named>;

fn fields<const N: usize>(list: [(&str, Named); N]) -> Fields {
    list.map(|(name, named)| (name.to_owned(), named)).into()
}

/// What every step that was done has: how, when, by whom, and where. A person who chose an outcome is known.
pub(crate) fn done(by_a_person: bool) -> Fields {
    let by = Named {
        ty: Type::Text,
        may_be_missing: !by_a_person,
    };
    fields([
        ("outcome", Named::sure(Type::Text)),
        ("at", Named::sure(Type::Instant)),
        ("by", by),
        ("city", Named::maybe(Type::Text)),
    ])
}

/// A round of `repeat`.
pub(crate) fn round() -> Type {
    Type::Record(fields([
        ("number", Named::sure(Type::Integer)),
        ("date", Named::sure(Type::Date)),
    ]))
}

/// The case itself.
pub(crate) fn case() -> Type {
    Type::Record(fields([
        ("number", Named::sure(Type::Text)),
        ("parent", Named::maybe(Type::Text)),
        ("accepting_city", Named::sure(Type::Text)),
        ("channel", Named::sure(Type::Text)),
        ("status", Named::sure(status())),
        ("label", Named::maybe(Type::Text)),
    ]))
}

/// The states of a case.
pub(crate) fn status() -> Type {
    Type::OneOf(STATES.map(str::to_owned).into())
}

/// The states of a case as YAML and API write them.
pub(crate) const STATES: [&str; 13] = [
    "received",
    "correction",
    "accepted",
    "in_progress",
    "awaiting_reply",
    "suspended",
    "completed",
    "completed_partial",
    "not_accepted",
    "refused",
    "withdrawn",
    "closed",
    "fault",
];

/// The materials of the case.
pub(crate) fn materials() -> Type {
    let listed = |own: &[(&str, Type)]| {
        let common = [("name", Type::Text), ("title", Type::Text)];
        let all = common.iter().chain(own);
        let all = all.map(|(name, ty)| ((*name).to_owned(), Named::sure(ty.clone())));
        let material = Type::Record(all.collect());
        Named::sure(Type::List(Box::new(material)))
    };
    let certificate = [
        ("number", Type::Text),
        ("city", Type::Text),
        ("until", Type::Date),
    ];
    let missing = [("promise", Type::Bool), ("faulty", Type::Bool)];
    Type::Record(fields([
        ("missing", listed(&missing)),
        ("promised", listed(&[("within", Type::Text)])),
        ("recognised", listed(&certificate)),
    ]))
}

/// `parameters.NAME`: sure where it has a value for the whole network.
pub(crate) fn parameters(network: &Network) -> Type {
    let one = |(name, p): (&String, &crate::network::Parameter)| {
        let everywhere = |v: &crate::network::ParameterValue| v.pool.is_none() && v.city.is_none();
        let ty = match p.kind.as_str() {
            "integer" => Type::Integer,
            "money" | "amount" | "number" => Type::Number,
            "boolean" => Type::Bool,
            _ => Type::Text,
        };
        let may_be_missing = !p.values.iter().any(everywhere);
        (name.clone(), Named { ty, may_be_missing })
    };
    Type::Record(network.parameters().iter().map(one).collect())
}

/// The parameters a formula names as `parameters.NAME`.
pub(super) fn parameters_named(formula: &str) -> Vec<&str> {
    let mut parts = formula.split("parameters.").peekable();
    parts.next();
    let end = |c: char| !(c.is_alphanumeric() || c == '_');
    parts.filter_map(|p| p.split(end).next()).collect()
}

/// The person who applies: the common fields of every matter.
pub(crate) fn applicant() -> Type {
    forms::person().map_or(Type::Any, |form| Type::Record(of_fields(form.fields())))
}

/// The fields of a form.
pub(crate) fn of_fields(fields: &[Field]) -> Fields {
    let one = |f: &Field| {
        let named = Named {
            ty: of_kind(&f.kind),
            may_be_missing: f.may_be_missing(),
        };
        (f.name.clone(), named)
    };
    fields.iter().map(one).collect()
}

fn of_kind(kind: &Kind) -> Type {
    let choices =
        |all: &[forms::Choice]| Type::OneOf(all.iter().map(|c| c.value.clone()).collect());
    match kind {
        Kind::Text { .. } | Kind::File => Type::Text,
        Kind::Date => Type::Date,
        Kind::Month => Type::Month,
        Kind::Integer { .. } => Type::Integer,
        Kind::Amount { .. } => Type::Number,
        Kind::Boolean => Type::Bool,
        Kind::Choice(all) => choices(all),
        Kind::Choices(all) => Type::List(Box::new(choices(all))),
        Kind::Group(fields) => Type::Record(of_fields(fields)),
        Kind::Rows { fields, .. } => Type::List(Box::new(Type::Record(of_fields(fields)))),
        Kind::Texts => Type::List(Box::new(Type::Text)),
    }
}
