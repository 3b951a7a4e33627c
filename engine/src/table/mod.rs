//! Decision tables: typed inputs in, the outputs of the row that matches out.

use crate::diagnostic::Diagnostic;
use crate::expr::{self, Expr, Fuel, Named, Test, Type, Value, Values};
use crate::source::Span;
use crate::yaml::Node;
use serde_json::{Map, Value as Json};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// A table that passed reading.
#[derive(Clone, Debug)]
pub struct Table {
    inputs: BTreeMap<String, Named>,
    outputs: BTreeMap<String, Named>,
    lets: Vec<(String, Expr)>,
    rows: Vec<Row>,
    first: bool,
}

/// What a table answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// The outputs.
    pub output: Json,
    /// The matching row, from 1.
    pub row: usize,
}

/// Why a table gave no answer: a catalogue key and the name or row it is about.
#[derive(Clone, Debug, PartialEq)]
pub struct TableError {
    /// Catalogue key.
    pub key: &'static str,
    /// Input, output or row.
    pub name: String,
}

struct Seen<'a>(&'a Json, &'a dyn Values);

impl Values for Seen<'_> {
    fn get(&self, root: &str) -> Option<Cow<'_, Json>> {
        self.0
            .get(root)
            .map(Cow::Borrowed)
            .or_else(|| self.1.get(root))
    }
    fn call(&self, name: &str, args: &[Value]) -> Option<Result<Value, String>> {
        self.1.call(name, args)
    }
}

fn kind(node: &Node) -> Option<Named> {
    if let Some(of) = node.get("type") {
        let optional = node.get("optional").and_then(Node::text) == Some("true");
        return kind(of).map(|n| Named {
            may_be_missing: optional,
            ..n
        });
    }
    if let Some(of) = node.get("list") {
        if of.text().is_some() {
            return Some(Named::sure(Type::List(Box::new(kind(of)?.ty))));
        }
        let fields = of
            .entries()
            .iter()
            .map(|e| Some((e.key.clone(), kind(&e.value)?)));
        let record = Type::Record(fields.collect::<Option<_>>()?);
        return Some(Named::sure(Type::List(Box::new(record))));
    }
    Some(Named::sure(match node.text() {
        None if node.items().is_empty() => return None,
        None => Type::OneOf(
            node.items()
                .iter()
                .filter_map(|n| n.text().map(str::to_owned))
                .collect(),
        ),
        Some("integer") => Type::Integer,
        Some("number" | "money" | "amount") => Type::Number,
        Some("boolean") => Type::Bool,
        Some("text") => Type::Text,
        Some("date") => Type::Date,
        Some("month") => Type::Month,
        Some(_) => return None,
    }))
}

impl Table {
    /// Reads a table; findings inside `rules` point at the block as a whole.
    pub fn read(node: &Node) -> Result<Table, Vec<Diagnostic>> {
        let bad = |n: &Node| vec![Diagnostic::new("E0432", n.span)];
        let mut inputs = BTreeMap::new();
        for e in node.get("inputs").map(Node::entries).unwrap_or_default() {
            inputs.insert(e.key.clone(), kind(&e.value).ok_or_else(|| bad(&e.value))?);
        }
        let mut scope = inputs.clone();
        let mut lets = Vec::new();
        for e in node.get("let").map(Node::entries).unwrap_or_default() {
            let text = e.value.text().unwrap_or_default();
            let x = expr::compile_optional(
                text.strip_prefix('=').unwrap_or(text),
                e.value.span,
                &scope,
                None,
            )?;
            scope.insert(
                e.key.clone(),
                Named {
                    ty: x.ty().clone(),
                    may_be_missing: x.may_be_missing(),
                },
            );
            lets.push((e.key.clone(), x));
        }
        let hit = node.get("hit").and_then(Node::text).unwrap_or("unique");
        let mut table = Table {
            inputs,
            outputs: BTreeMap::new(),
            lets,
            rows: Vec::new(),
            first: hit == "first",
        };
        if !matches!(hit, "unique" | "first") {
            return Err(bad(node));
        }
        let outputs = node.get("outputs").map(Node::entries).unwrap_or_default();
        let Some(rules) = node.get("rules") else {
            let mut row = Vec::new();
            for e in outputs {
                let text = e.value.text().unwrap_or_default();
                let source = text.strip_prefix('=').ok_or_else(|| bad(&e.value))?;
                row.push((
                    e.key.clone(),
                    expr::compile_optional(source, e.value.span, &scope, None)?,
                ));
            }
            table.rows.push((Vec::new(), row));
            table.type_outputs(outputs);
            return Ok(table);
        };
        let mut lines = rules
            .text()
            .unwrap_or_default()
            .lines()
            .filter(|l| !l.trim().is_empty());
        let head: Vec<&str> = lines
            .next()
            .unwrap_or_default()
            .split('|')
            .map(str::trim)
            .collect();
        for line in lines {
            let cells: Vec<&str> = line.split('|').map(str::trim).collect();
            if cells.len() != head.len() {
                return Err(vec![
                    Diagnostic::new("E0434", rules.span).with("row", line.trim()),
                ]);
            }
            table
                .rows
                .push(row(&head, &cells, outputs, &scope, rules.span)?);
        }
        table.type_outputs(outputs);
        Ok(table)
    }

    /// The type of each output: as declared, else as its expression says; it may be missing where some row gives none.
    fn type_outputs(&mut self, declared: &[crate::yaml::Entry]) {
        for e in declared {
            let cells = || {
                let of = |row: &Row| row.1.iter().find(|o| o.0 == e.key).map(|o| o.1.clone());
                self.rows.iter().map(of)
            };
            let written = cells().flatten().next().map(|x| x.ty().clone());
            let Some(ty) = kind(&e.value).map(|n| n.ty).or(written) else {
                continue;
            };
            let may_be_missing = cells().any(|c| c.is_none_or(|x| x.may_be_missing()));
            let named = Named { ty, may_be_missing };
            self.outputs.insert(e.key.clone(), named);
        }
    }

    /// The inputs by name.
    pub fn inputs(&self) -> &BTreeMap<String, Named> {
        &self.inputs
    }

    /// The outputs by name.
    pub fn outputs(&self) -> &BTreeMap<String, Named> {
        &self.outputs
    }

    /// Answers for `input`, an object of the inputs.
    pub fn evaluate(&self, input: &Json, values: &dyn Values) -> Result<Outcome, TableError> {
        let fail = |key, name: &str| TableError {
            key,
            name: name.to_owned(),
        };
        let given = input.as_object().ok_or_else(|| fail("E0440", "{}"))?;
        if let Some(extra) = given.keys().find(|k| !self.inputs.contains_key(*k)) {
            return Err(fail("E0441", extra));
        }
        for (name, named) in &self.inputs {
            let json = given.get(name).unwrap_or(&Json::Null);
            if json.is_null() && !named.may_be_missing {
                return Err(fail("E0440", name));
            }
            expr::read(json, &named.ty).ok_or_else(|| fail("E0442", name))?;
        }
        let (mut seen, mut fuel) = (input.clone(), Fuel::default());
        for (name, x) in &self.lets {
            let value = x
                .eval(&Seen(&seen, values), &mut fuel)
                .map_err(|e| fail(e.key, name))?
                .to_json();
            if let Some(o) = seen.as_object_mut() {
                o.insert(name.clone(), value);
            }
        }
        let seen = Seen(&seen, values);
        let mut hit = None;
        for (n, (tests, outputs)) in self.rows.iter().enumerate() {
            let mut holds = true;
            for t in tests {
                let value = t
                    .eval(&seen, &mut fuel)
                    .map_err(|e| fail(e.key, &(n + 1).to_string()))?;
                holds &= value == Value::Bool(true);
            }
            if holds && hit.is_some() {
                return Err(fail("E0444", &(n + 1).to_string()));
            }
            if holds {
                hit = Some((n + 1, outputs));
                if self.first {
                    break;
                }
            }
        }
        let (row, outputs) = hit.ok_or_else(|| fail("E0443", "-"))?;
        let mut output = Map::new();
        for (name, x) in outputs {
            let value = x.eval(&seen, &mut fuel).map_err(|e| fail(e.key, name))?;
            output.insert(name.clone(), value.to_json());
        }
        Ok(Outcome {
            output: output.into(),
            row,
        })
    }
}

/// Tests of the inputs, then outputs by name.
type Row = (Vec<Expr>, Vec<(String, Expr)>);

fn row(
    head: &[&str],
    cells: &[&str],
    outputs: &[crate::yaml::Entry],
    scope: &BTreeMap<String, Named>,
    span: Span,
) -> Result<Row, Vec<Diagnostic>> {
    let (mut tests, mut out) = (Vec::new(), Vec::new());
    for (name, cell) in head.iter().zip(cells) {
        if let Some(named) = scope.get(*name) {
            if *cell != "-" {
                tests.push(expr::compile_test(
                    cell,
                    span,
                    scope,
                    &Test {
                        name,
                        ty: &named.ty,
                    },
                )?);
            }
        } else if let Some(e) = outputs.iter().find(|e| e.key == *name) {
            let ty = kind(&e.value)
                .ok_or_else(|| vec![Diagnostic::new("E0432", e.value.span)])?
                .ty;
            let plain = matches!(ty, Type::Text | Type::OneOf(_)) && !cell.starts_with('=');
            let source = if plain {
                format!("\"{cell}\"")
            } else {
                cell.trim_start_matches('=').to_owned()
            };
            out.push((
                (*name).to_owned(),
                expr::compile_optional(&source, span, scope, Some(&ty))?,
            ));
        } else if *name != "basis" {
            return Err(vec![Diagnostic::new("E0433", span).with("name", *name)]);
        }
    }
    Ok((tests, out))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn temporary_accounts_follow_article_five() {
        let text = include_str!("../../../workflows/tables/temporary-account.yaml");
        let table = Table::read(&crate::yaml::parse(0, text).expect("yaml")).expect("table");
        for (sex, age, returns, official, action) in [
            ("male", 49, false, false, "transfer"),
            ("male", 50, false, false, "temporary_account"),
            ("female", 40, false, false, "temporary_account"),
            ("female", 39, false, false, "transfer"),
            ("male", 55, true, false, "transfer"),
            ("female", 45, false, true, "transfer"),
        ] {
            let input = serde_json::json!({ "sex": sex, "age_at_start": age, "returns_to_hukou": returns, "official_transfer": official });
            assert_eq!(
                table.evaluate(&input, &Json::Null).expect("answer").output["action"],
                action
            );
        }
    }

    fn check(text: &str, input: Json, expected: Json) {
        let table = Table::read(&crate::yaml::parse(0, text).expect("yaml")).expect("table");
        let output = table.evaluate(&input, &Json::Null).expect("answer").output;
        for (name, value) in expected.as_object().expect("object") {
            assert_eq!(&output[name], value, "{name} of {input}");
        }
    }

    #[test]
    fn shipped_tables_give_the_printed_examples() {
        use serde_json::json;
        let age = include_str!("../../../workflows/tables/retirement-age.yaml");
        for (category, born, delay, months, retires, minimum) in [
            ("man60", "1964-11", 0, 720, "2024-11", 180),
            ("man60", "1965-03", 1, 721, "2025-04", 180),
            ("man60", "1971-07", 20, 740, "2033-03", 204),
            ("man60", "1983-02", 36, 756, "2046-02", 240),
            ("woman55", "1975-11", 18, 678, "2032-05", 198),
            ("woman50", "1979-08", 28, 628, "2031-12", 192),
            ("woman50", "1990-05", 60, 660, "2045-05", 240),
            ("woman50", "1982-01", 43, 643, "2035-08", 216),
        ] {
            check(
                age,
                json!({ "category": category, "birth_month": born }),
                json!({ "delay_months": delay, "age_months": months, "retirement_month": retires, "minimum_months": minimum }),
            );
        }
        let months = include_str!("../../../workflows/tables/unemployment-months.yaml");
        for (paid, due) in [
            (11, 0),
            (13, 1),
            (35, 2),
            (47, 3),
            (53, 4),
            (54, 5),
            (66, 7),
            (96, 12),
            (130, 17),
            (168, 24),
            (300, 24),
        ] {
            check(
                months,
                json!({ "province": "44", "contribution_months": paid }),
                json!({ "months": due }),
            );
        }
        let bases: Vec<u32> = [vec![3803; 12], vec![4190; 12], vec![4546; 7]].concat();
        check(
            include_str!("../../../workflows/tables/transfer-amount.yaml"),
            json!({ "personal_pre_1998": "0.00", "account_since_1998": "28640.55", "monthly_bases_since_1998": bases }),
            json!({ "pooled_fund": "15328.56", "total": "43969.11" }),
        );
        check(
            include_str!("../../../workflows/tables/id-number.yaml"),
            json!({ "id_number": "110101198001010010" }),
            json!({ "valid": true, "birth_date": "1980-01-01" }),
        );
        check(
            include_str!("../../../workflows/tables/credit-code.yaml"),
            json!({ "code": "91442000MA4TE8T01K" }),
            json!({ "valid": true, "reason": null }),
        );
    }
}
