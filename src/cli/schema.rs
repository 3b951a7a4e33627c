//! `onenet schema`: JSON Schemas of the files authors write, for completion and hints in editors.

use super::{Failure, print};
use clap::Args;
use engine::diagnostic::nearest;
use engine::schema;
use engine::text::Lang;

/// Prints the JSON Schema of a kind of file, for editors.
#[derive(Args)]
pub struct Schema {
    /// matter, block, overlay, decision, scenario, notices or guidance.
    #[arg(default_value = "matter")]
    kind: String,
}

impl Schema {
    /// Prints the schema to stdout.
    pub(super) fn run(self, _: Lang) -> Result<(), Failure> {
        let Some(schema) = schema::of(&self.kind) else {
            let near =
                nearest(&self.kind, schema::KINDS).unwrap_or_else(|| schema::KINDS.join(", "));
            return Err(Failure::Usage(
                "schema.unknown",
                vec![("name", self.kind), ("near", near)],
            ));
        };
        print(&format!("{schema:#}"));
        Ok(())
    }
}
