//! What a file of the library is, by the place it lies at.

use crate::text::{Text, both};
use serde::Serialize;

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// `MATTER/matter.yaml`.
    Matter,
    /// `MATTER/cities/CITY.yaml`: the difference of a city.
    Overlay,
    /// A form.
    Form,
    /// A paper.
    Paper,
    /// `MATTER/notices.yaml`: messages.
    Notices,
    /// What to do at each step.
    Guidance,
    /// A decision table.
    Table,
    /// A scenario.
    Scenario,
    /// A shared block.
    Block,
    /// A calendar.
    Calendar,
    /// Parameters.
    Parameters,
    /// What is not taken in.
    Closures,
    /// Another file of the network.
    Network,
    /// Law, and the reasons of refusals.
    Law,
    /// The English of it all.
    English,
}

impl Kind {
    /// What lies at a path relative to `workflows/`; none: nothing is read from there.
    pub fn of(path: &str) -> Option<Kind> {
        let parts: Vec<&str> = path.split('/').collect();
        if parts.iter().any(|p| p.is_empty() || p.starts_with('.')) {
            return None;
        }
        let yaml = path.ends_with(".yaml");
        match parts.as_slice() {
            ["english.yaml"] => Some(Kind::English),
            ["laws.yaml" | "reasons.yaml"] => Some(Kind::Law),
            ["network", "closures.yaml"] => Some(Kind::Closures),
            ["network", "calendars", _] if yaml => Some(Kind::Calendar),
            ["network", "parameters", _] if yaml => Some(Kind::Parameters),
            ["network", ..] if yaml => Some(Kind::Network),
            ["tables", _] if yaml => Some(Kind::Table),
            ["network" | "tables", ..] => None,
            [_, "guidance.yaml"] => Some(Kind::Guidance),
            [_, "forms", file] if file.ends_with(".schema.json") => Some(Kind::Form),
            [_, "papers", file] if file.ends_with(".md") => Some(Kind::Paper),
            ["shared", _] if yaml => Some(Kind::Block),
            ["shared", ..] => None,
            [_, "matter.yaml"] => Some(Kind::Matter),
            [_, "notices.yaml"] => Some(Kind::Notices),
            [_, "cities", _] if yaml => Some(Kind::Overlay),
            [_, "tables", _] if yaml => Some(Kind::Table),
            [_, "tests", file] if file.ends_with(".test.yaml") => Some(Kind::Scenario),
            _ => None,
        }
    }

    /// What people call it.
    pub fn title(self) -> Text {
        let key = match self {
            Kind::Matter => "revised.matter",
            Kind::Overlay => "revised.overlay",
            Kind::Form => "revised.form",
            Kind::Paper => "revised.paper",
            Kind::Notices => "revised.notices",
            Kind::Guidance => "revised.guidance",
            Kind::Table => "revised.table",
            Kind::Scenario => "revised.scenario",
            Kind::Block => "revised.block",
            Kind::Calendar => "revised.calendar",
            Kind::Parameters => "revised.parameters",
            Kind::Closures => "revised.closures",
            Kind::Network => "revised.network",
            Kind::Law => "revised.law",
            Kind::English => "revised.english",
        };
        both(key, &[])
    }
}
