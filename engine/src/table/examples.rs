//! Plays the examples of a table: each row gives inputs and what must come out.

use super::block::{self, Line, Piece};
use super::{Table, TableError};
use crate::diagnostic::Diagnostic;
use crate::expr::{self, Named, Type};
use crate::source::Sources;
use crate::yaml::Node;
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;

/// Everything that does not come out as written.
pub(super) fn findings(table: &Table, node: &Node, sources: &Sources) -> Vec<Diagnostic> {
    let lines = match block::lines(node, sources) {
        Ok(lines) => lines,
        Err(finding) => return vec![finding],
    };
    let Some((head, lines)) = lines.split_first() else {
        return Vec::new();
    };
    let outputs = table.outputs();
    let unknown: Vec<Diagnostic> = head
        .cells
        .iter()
        .filter(|c| !table.inputs.contains_key(&c.text) && !outputs.contains_key(&c.text))
        .map(|cell| {
            let names: Vec<&str> = table
                .inputs
                .keys()
                .chain(outputs.keys())
                .map(String::as_str)
                .collect();
            Diagnostic::new("E0433", cell.span)
                .with("name", cell.text.as_str())
                .with("names", names.join(", "))
                .near(&cell.text, names)
        })
        .collect();
    if !unknown.is_empty() {
        return unknown;
    }
    let play = |line| play(table, &outputs, head, line);
    lines.iter().flat_map(play).collect()
}

fn play(
    table: &Table,
    outputs: &BTreeMap<String, Named>,
    head: &Line,
    line: &Line,
) -> Vec<Diagnostic> {
    let (wanted, found) = (head.cells.len(), line.cells.len());
    if wanted != found {
        let finding = Diagnostic::new("E0434", line.span).with("found", found.to_string());
        return vec![finding.with("expected", wanted.to_string())];
    }
    let cells = || head.cells.iter().map(|c| c.text.as_str()).zip(&line.cells);
    let mut input = Map::new();
    for (name, cell) in cells() {
        if let Some(named) = table.inputs.get(name)
            && cell.text != "-"
        {
            input.insert(name.to_owned(), value(cell, &named.ty));
        }
    }
    let outcome = match table.evaluate(&Json::Object(input), &Json::Null) {
        Ok(outcome) => outcome,
        Err(TableError { key, args, .. }) => {
            let mut finding = Diagnostic::new(key, line.span);
            finding.args = args;
            return vec![finding];
        }
    };
    let wrong = cells().filter_map(|(name, cell)| {
        let named = outputs.get(name)?;
        let found = outcome.output.get(name).unwrap_or(&Json::Null);
        let right = value(cell, &named.ty);
        let same = expr::read(&right, &named.ty)
            .is_some_and(|right| expr::read(found, &named.ty) == Some(right));
        let finding = || {
            Diagnostic::new("E0449", cell.span)
                .with("name", name)
                .with("found", found.to_string().replace('"', ""))
        };
        (!same).then(finding)
    });
    wrong.collect()
}

/// A cell as JSON of its type: texts need no quotes; lists and records are written in JSON.
fn value(cell: &Piece, ty: &Type) -> Json {
    let text = cell.text.as_str();
    let plain = || Json::String(text.trim_matches('"').to_owned());
    match ty {
        _ if text == "null" => Json::Null,
        Type::Bool | Type::List(_) | Type::Record(_) => {
            serde_json::from_str(text).unwrap_or_else(|_| plain())
        }
        _ => plain(),
    }
}
