//! `onenet decide`: evaluates one decision table and prints the result as JSON.

use super::{Failure, print};
use crate::shipped;
use clap::Args;
use engine::diagnostic::nearest;
use engine::source::Sources;
use engine::table::Table;
use engine::text::{Lang, both};
use engine::yaml;
use serde_json::Value as Json;

/// Evaluates a decision table.
#[derive(Args)]
pub struct Decide {
    /// Name of the table, e.g. retirement-age.
    table: String,
    /// Its inputs as JSON, or @FILE.
    #[arg(long)]
    input: String,
    /// Also says which row decided (on stderr).
    #[arg(long)]
    explain: bool,
}

impl Decide {
    /// Prints the outputs as a JSON object.
    pub(super) fn run(self, lang: Lang) -> Result<(), Failure> {
        let table = self.table()?;
        let text = match self.input.strip_prefix('@') {
            Some(path) => std::fs::read_to_string(path).map_err(|e| {
                Failure::Usage(
                    "decide.no_file",
                    vec![("path", path.to_owned()), ("what", e.to_string())],
                )
            })?,
            None => self.input.clone(),
        };
        let input: Json = serde_json::from_str(&text)
            .map_err(|e| Failure::Usage("decide.bad_json", vec![("what", e.to_string())]))?;
        let outcome = table.evaluate(&input, &input).map_err(|e| {
            let what = both(e.key, &[("name", e.name.clone())])
                .get(lang)
                .to_owned();
            Failure::Usage("decide.refused", vec![("what", what), ("name", e.name)])
        })?;
        if self.explain {
            let row = both("decide.row", &[("row", outcome.row.to_string())]);
            eprintln!("{}", row.get(lang));
        }
        print(&outcome.output.to_string());
        Ok(())
    }

    fn table(&self) -> Result<Table, Failure> {
        let files = shipped::files("tables");
        let names = files.iter().filter_map(|(path, _)| {
            path.strip_prefix("workflows/tables/")?
                .strip_suffix(".yaml")
        });
        let Some((path, text)) = files
            .iter()
            .find(|(path, _)| *path == format!("workflows/tables/{}.yaml", self.table))
        else {
            let names: Vec<&str> = names.collect();
            let near =
                nearest(&self.table, names.iter().copied()).unwrap_or_else(|| names.join(" "));
            return Err(Failure::Usage(
                "decide.unknown",
                vec![("name", self.table.clone()), ("near", near)],
            ));
        };
        let mut sources = Sources::default();
        let file = sources.add(path, text);
        let read = yaml::parse(file, text).and_then(|node| Table::read(&node));
        read.map_err(|found| Failure::Found(found, sources))
    }
}
