//! `onenet decide`: evaluates one decision table and prints the result as JSON.

use super::{Failure, print};
use crate::shipped;
use clap::Args;
use engine::clock::civil;
use engine::diagnostic::nearest;
use engine::source::Sources;
use engine::table::{Explanation, RowReason, Source, Table, TableError};
use engine::text::{Lang, both, say};
use engine::yaml;
use jiff::Timestamp;
use serde_json::{Value as Json, json};

/// Evaluates a decision table.
#[derive(Args)]
pub struct Decide {
    /// Name of the table, e.g. retirement-age.
    table: String,
    /// Its inputs as JSON, or @FILE.
    #[arg(long)]
    input: String,
    /// Also says which row decided, why those before it did not, and what it rests on (on stderr).
    #[arg(long)]
    explain: bool,
}

impl Decide {
    /// Prints the outputs as a JSON object.
    pub(super) fn run(self, lang: Lang) -> Result<(), Failure> {
        let table = self.table()?;
        let input = self.input(lang)?;
        let values = json!({ "today": civil(Timestamp::now()).date().to_string() });
        if self.explain {
            let explanation = table
                .explain(&input, &values)
                .map_err(|e| refused(e, lang))?;
            for line in reasons(&table, &explanation, lang) {
                eprintln!("{line}");
            }
            print(&explanation.outcome.output.to_string());
            return Ok(());
        }
        let outcome = table
            .evaluate(&input, &values)
            .map_err(|e| refused(e, lang))?;
        print(&outcome.output.to_string());
        Ok(())
    }

    fn input(&self, lang: Lang) -> Result<Json, Failure> {
        let text = match self.input.strip_prefix('@') {
            Some(path) => std::fs::read_to_string(path).map_err(|e| {
                let what = e.to_string();
                Failure::Usage(
                    "decide.no_file",
                    vec![("path", path.to_owned()), ("what", what)],
                )
            })?,
            None => self.input.clone(),
        };
        forms::json::read(&text, 32).map_err(|e| {
            let what = format!("{} {}", e.pointer, e.message.get(lang));
            Failure::Usage(
                "decide.bad_json",
                vec![("what", what.trim_start().to_owned())],
            )
        })
    }

    fn table(&self) -> Result<Table, Failure> {
        let files = shipped::files("tables");
        let own = format!("workflows/tables/{}.yaml", self.table);
        let Some((path, text)) = files.iter().find(|(path, _)| *path == own) else {
            let names = files.iter().filter_map(|(path, _)| {
                path.strip_prefix("workflows/tables/")?
                    .strip_suffix(".yaml")
            });
            let names: Vec<&str> = names.collect();
            let near = nearest(&self.table, names.iter().copied());
            let near = near.unwrap_or_else(|| names.join(", "));
            let args = vec![("name", self.table.clone()), ("near", near)];
            return Err(Failure::Usage("decide.unknown", args));
        };
        let mut sources = Sources::default();
        let file = sources.add(path, text);
        let read = yaml::parse(file, text).and_then(|node| Table::read(&node, &sources));
        read.map_err(|found| Failure::Found(found, sources))
    }
}

fn refused(error: TableError, lang: Lang) -> Failure {
    let mut what = both(error.key, &error.args).get(lang).to_owned();
    if let Some(help) = say(lang, &format!("{}.help", error.key), &error.args) {
        let args = [("what", what), ("help", help)];
        what = both("decide.help", &args).get(lang).to_owned();
    }
    Failure::Usage("decide.refused", vec![("what", what)])
}

/// The way to an answer, line by line.
fn reasons(table: &Table, explanation: &Explanation, lang: Lang) -> Vec<String> {
    let say = |key: &str, args: &[(&str, String)]| both(key, args).get(lang).to_owned();
    let values = explanation.values.iter().map(|(name, value)| {
        let args = [("name", name.clone()), ("value", value.to_string())];
        say("decide.value", &args)
    });
    let rows = explanation.rows.iter().map(|row| reason(row, lang));
    let basis: Vec<String> = table.basis().iter().map(|b| law(b, lang)).collect();
    let rests = (!basis.is_empty()).then(|| say("decide.basis", &[("basis", basis.join("; "))]));
    values.chain(rows).chain(rests).collect()
}

fn reason(row: &RowReason, lang: Lang) -> String {
    let say = |key: &str, args: &[(&str, String)]| both(key, args).get(lang).to_owned();
    let number = ("row", row.row.to_string());
    if row.misses.is_empty() {
        let line = say("decide.row", &[number, ("basis", row.basis.clone())]);
        return line.trim_end().to_owned();
    }
    let misses = row.misses.iter().map(|miss| {
        let args = [
            ("name", miss.name.clone()),
            ("found", miss.found.to_string()),
            ("wanted", miss.wanted.clone()),
        ];
        say("decide.miss", &args)
    });
    let why: Vec<String> = misses.collect();
    say("decide.not_row", &[number, ("why", why.join("; "))])
}

fn law(source: &Source, lang: Lang) -> String {
    if source.article.is_empty() {
        return source.doc.value.clone();
    }
    let args = [
        ("doc", source.doc.value.clone()),
        ("article", source.article.clone()),
    ];
    both("decide.article", &args).get(lang).to_owned()
}
