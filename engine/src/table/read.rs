//! Makes a table of YAML. Every problem is told in one run, at the row and cell where it stands.

use super::block::{self, Line, Piece};
use super::hit::{self, Fold, Hit};
use super::{Cell, Output, Row, Source, Table, Written, cover, examples};
use crate::diagnostic::Diagnostic;
use crate::expr::{self, Expr, Named, Test, Type};
use crate::source::{Sources, Span, Spanned};
use crate::text::Text;
use crate::yaml::{Entry, Node};
use std::collections::{BTreeMap, BTreeSet};

/// The keys of a table's file.
pub(crate) const KEYS: [&str; 10] = [
    "table", "title", "basis", "hit", "inputs", "let", "outputs", "labels", "rules", "examples",
];
const TYPES: [&str; 7] = [
    "integer", "number", "money", "boolean", "text", "date", "month",
];

/// The column that says which place in the law a row rests on.
const BASIS: &str = "basis";

impl Table {
    /// Reads a table out of one of `sources`.
    pub fn read(node: &Node, sources: &Sources) -> Result<Table, Vec<Diagnostic>> {
        let mut reader = Reader {
            sources,
            found: Vec::new(),
        };
        let table = reader.table(node);
        if !reader.found.is_empty() {
            return Err(reader.found);
        }
        let mut found = cover::findings(&table);
        if let Some(block) = node.get("examples") {
            found.extend(examples::findings(&table, block, sources));
        }
        match found.is_empty() {
            true => Ok(table),
            false => Err(found),
        }
    }
}

struct Reader<'s> {
    sources: &'s Sources,
    found: Vec<Diagnostic>,
}

/// What is known while rows are read.
struct Columns<'a> {
    scope: &'a BTreeMap<String, Named>,
    outputs: &'a [Output],
}

impl Reader<'_> {
    fn table(&mut self, node: &Node) -> Table {
        self.keys(node, &KEYS);
        for key in ["table", "title", "inputs", "outputs"] {
            if node.get(key).is_none_or(Node::is_empty) {
                let place = node.get(key).map_or(node.span.part(0, 0), |n| n.span);
                self.say(Diagnostic::new("E0205", place).with("name", key));
            }
        }
        let inputs = self.inputs(node);
        let mut scope = inputs.clone();
        let lets = self.lets(node, &mut scope);
        let hit = self.hit(node);
        let mut outputs = self.outputs(node, &scope);
        let rows = match node.get("rules") {
            Some(rules) => self.rules(rules, &scope, &mut outputs),
            None => {
                self.all_formulas(node);
                vec![Row {
                    cells: Vec::new(),
                    outputs: BTreeMap::new(),
                    basis: String::new(),
                    span: node.span,
                }]
            }
        };
        self.settle(node, hit, &mut outputs);
        let text = |key: &str| node.get(key).and_then(Node::text).unwrap_or_default();
        Table {
            name: text("table").to_owned(),
            title: node.get("title").map(worded).unwrap_or_default(),
            basis: self.basis(node),
            labels: self.labels(node, &inputs, &outputs),
            inputs,
            lets,
            hit,
            rows,
            outputs,
        }
    }

    fn say(&mut self, finding: Diagnostic) {
        self.found.push(finding);
    }

    fn keys(&mut self, node: &Node, right: &[&'static str]) {
        for entry in node.entries() {
            if !right.contains(&entry.key.as_str()) {
                let name = entry.key.as_str();
                let finding = Diagnostic::new("E0201", entry.key_span).with("name", name);
                self.say(finding.near(name, right.iter().copied()));
            }
        }
    }

    fn basis(&mut self, node: &Node) -> Vec<Source> {
        let Some(basis) = node.get("basis") else {
            return Vec::new();
        };
        let several = basis.items();
        let places = match several.is_empty() {
            true => std::slice::from_ref(basis),
            false => several,
        };
        let mut sources = Vec::new();
        for place in places {
            self.keys(place, &["doc", "article"]);
            let text = |key| place.get(key).and_then(Node::text).map(str::to_owned);
            match (text("doc"), place.get("doc")) {
                (Some(doc), Some(at)) => sources.push(Source {
                    doc: Spanned::new(doc, at.span),
                    article: text("article").unwrap_or_default(),
                }),
                _ => self.say(Diagnostic::new("E0205", place.span).with("name", "doc")),
            }
        }
        sources
    }

    /// What people call outputs and the words of choices.
    fn labels(
        &mut self,
        node: &Node,
        inputs: &BTreeMap<String, Named>,
        outputs: &[Output],
    ) -> BTreeMap<String, Text> {
        let types = inputs.values().map(|n| &n.ty);
        let types = types.chain(outputs.iter().map(|o| &o.named.ty));
        let words = types.filter_map(|ty| match ty {
            Type::OneOf(words) => Some(words.iter().map(String::as_str)),
            _ => None,
        });
        let names = outputs.iter().map(|o| o.name.as_str());
        let known: BTreeSet<&str> = names.chain(words.flatten()).collect();
        let mut labels = BTreeMap::new();
        for entry in node.get("labels").map(Node::entries).unwrap_or_default() {
            let name = entry.key.as_str();
            if !known.contains(name) {
                let finding = Diagnostic::new("E0201", entry.key_span).with("name", name);
                self.say(finding.near(name, known.iter().copied()));
            }
            labels.insert(entry.key.clone(), worded(&entry.value));
        }
        labels
    }

    fn inputs(&mut self, node: &Node) -> BTreeMap<String, Named> {
        let entries = node.get("inputs").map(Node::entries).unwrap_or_default();
        let mut inputs = BTreeMap::new();
        for entry in entries {
            if let Some((named, _)) = self.declared(&entry.value) {
                inputs.insert(entry.key.clone(), named);
            }
        }
        inputs
    }

    /// A type as authors write it: a word, a list of choices, `{ list: … }`, or one of them under `type`.
    fn declared(&mut self, node: &Node) -> Option<(Named, Written)> {
        if let Some(of) = node.get("type") {
            self.keys(node, &["type", "optional", "value"]);
            let (named, written) = self.declared(of)?;
            let may_be_missing = node.get("optional").and_then(Node::text) == Some("true");
            let named = Named {
                may_be_missing,
                ..named
            };
            return Some((named, written));
        }
        if let Some(of) = node.get("list") {
            let item = match of.entries() {
                [] => self.declared(of)?.0.ty,
                fields => Type::Record(self.fields(fields)?),
            };
            return Some((Named::sure(Type::List(Box::new(item))), Written::Plain));
        }
        if !node.items().is_empty() {
            let choices = node.items().iter().filter_map(Node::text);
            let choices = Type::OneOf(choices.map(str::to_owned).collect());
            return Some((Named::sure(choices), Written::Plain));
        }
        let word = node.text().unwrap_or_default();
        let (ty, written) = match word {
            "integer" => (Type::Integer, Written::Plain),
            "number" => (Type::Number, Written::Number),
            "money" => (Type::Number, Written::Money),
            "boolean" => (Type::Bool, Written::Plain),
            "text" => (Type::Text, Written::Plain),
            "date" => (Type::Date, Written::Plain),
            "month" => (Type::Month, Written::Plain),
            _ => {
                let finding = Diagnostic::new("E0432", node.span).with("name", word);
                self.say(finding.near(word, TYPES));
                return None;
            }
        };
        Some((Named::sure(ty), written))
    }

    fn fields(&mut self, entries: &[Entry]) -> Option<BTreeMap<String, Named>> {
        let fields = entries
            .iter()
            .map(|e| Some((e.key.clone(), self.declared(&e.value)?.0)));
        fields.collect()
    }

    fn lets(&mut self, node: &Node, scope: &mut BTreeMap<String, Named>) -> Vec<(String, Expr)> {
        let mut lets = Vec::new();
        for entry in node.get("let").map(Node::entries).unwrap_or_default() {
            if scope.contains_key(&entry.key) {
                let name = entry.key.as_str();
                self.say(Diagnostic::new("E0208", entry.key_span).with("name", name));
                continue;
            }
            let formula = self.formula(&entry.value, scope, None);
            let named = formula.as_ref().map(named);
            // A value whose formula is wrong is still a name, so that it is not told twice.
            let unknown = || Named::sure(Type::Any);
            scope.insert(entry.key.clone(), named.unwrap_or_else(unknown));
            lets.extend(formula.map(|formula| (entry.key.clone(), formula)));
        }
        lets
    }

    /// `=…` under a key.
    fn formula(
        &mut self,
        node: &Node,
        scope: &BTreeMap<String, Named>,
        expected: Option<&Type>,
    ) -> Option<Expr> {
        let text = node.text().unwrap_or_default();
        let Some(source) = text.strip_prefix('=') else {
            self.say(Diagnostic::new("E0438", node.span).with("name", text));
            return None;
        };
        let raw = self.sources.text(node.span);
        let quote = usize::from(raw.starts_with(['"', '\'']));
        let place = node.span.part(quote + 1, raw.len().max(1) - quote);
        self.compiled(expr::compile_optional(source, place, scope, expected))
    }

    fn compiled(&mut self, compiled: Result<Expr, Vec<Diagnostic>>) -> Option<Expr> {
        match compiled {
            Ok(formula) => Some(formula),
            Err(found) => {
                self.found.extend(found);
                None
            }
        }
    }

    fn hit(&mut self, node: &Node) -> Hit {
        let Some(written) = node.get("hit") else {
            return Hit::Unique;
        };
        let name = written.text().unwrap_or_default();
        let known = hit::NAMES.iter().find(|(known, _)| *known == name);
        if let Some((_, hit)) = known {
            return *hit;
        }
        let names = hit::NAMES.iter().map(|(name, _)| *name);
        let finding = Diagnostic::new("E0435", written.span).with("name", name);
        self.say(finding.near(name, names));
        Hit::Unique
    }

    fn outputs(&mut self, node: &Node, scope: &BTreeMap<String, Named>) -> Vec<Output> {
        let entries = node.get("outputs").map(Node::entries).unwrap_or_default();
        let mut outputs = Vec::new();
        for Entry { key, value, .. } in entries {
            let written = match value.text().is_some_and(|text| text.starts_with('=')) {
                true => None,
                false => match self.declared(value) {
                    Some(declared) => Some(declared),
                    None => continue,
                },
            };
            let source = match written {
                None => Some(value),
                Some(_) => value.get("value"),
            };
            let expected = written.as_ref().map(|(named, _)| named.ty.clone());
            let formula = source.map(|source| self.formula(source, scope, expected.as_ref()));
            let Some((mut own, how)) = written.or_else(|| {
                let formula = formula.as_ref().and_then(Option::as_ref);
                formula.map(|formula| (named(formula), Written::Plain))
            }) else {
                continue;
            };
            let formula = formula.flatten();
            own.may_be_missing |= formula.as_ref().is_some_and(Expr::may_be_missing);
            outputs.push(Output {
                name: key.clone(),
                choices: match &own.ty {
                    Type::OneOf(choices) => choices.clone(),
                    _ => Vec::new(),
                },
                named: own,
                written: how,
                formula,
            });
        }
        outputs
    }

    /// Without rules, every output is a formula.
    fn all_formulas(&mut self, node: &Node) {
        for entry in node.get("outputs").map(Node::entries).unwrap_or_default() {
            let formula = entry.value.text().is_some_and(|text| text.starts_with('='));
            if !formula && entry.value.get("value").is_none() {
                let name = entry.key.as_str();
                self.say(Diagnostic::new("E0436", entry.key_span).with("name", name));
            }
        }
    }

    fn rules(
        &mut self,
        rules: &Node,
        scope: &BTreeMap<String, Named>,
        outputs: &mut [Output],
    ) -> Vec<Row> {
        let lines = match block::lines(rules, self.sources) {
            Ok(lines) => lines,
            Err(finding) => {
                self.say(finding);
                return Vec::new();
            }
        };
        let Some((head, lines)) = lines.split_first() else {
            return Vec::new();
        };
        if !self.head(head, scope, outputs) {
            return Vec::new();
        }
        let columns = Columns { scope, outputs };
        let rows = lines
            .iter()
            .filter_map(|line| self.row(head, line, &columns));
        let rows: Vec<Row> = rows.collect();
        for output in outputs {
            let mut cells = rows.iter().filter_map(|row| row.outputs.get(&output.name));
            output.named.may_be_missing |= cells.any(|(_, formula)| formula.may_be_missing());
        }
        rows
    }

    /// The head names inputs, named values, outputs and `basis`, each once; every output without a formula has its column.
    fn head(&mut self, head: &Line, scope: &BTreeMap<String, Named>, outputs: &[Output]) -> bool {
        let before = self.found.len();
        let mut seen = BTreeSet::new();
        for Piece { text, span } in &head.cells {
            let output = outputs.iter().find(|output| output.name == *text);
            let known = output.map_or(scope.contains_key(text), |o| o.formula.is_none());
            let finding = if !known && text != BASIS {
                let names = scope.keys().chain(outputs.iter().map(|o| &o.name));
                let names: Vec<&str> = names.map(String::as_str).chain([BASIS]).collect();
                Diagnostic::new("E0433", *span)
                    .with("names", names.join(", "))
                    .near(text, names)
            } else if !seen.insert(text.as_str()) {
                Diagnostic::new("E0437", *span)
            } else {
                continue;
            };
            self.say(finding.with("name", text.as_str()));
        }
        for output in outputs.iter().filter(|output| output.formula.is_none()) {
            if !seen.contains(output.name.as_str()) {
                self.say(Diagnostic::new("E0436", head.span).with("name", output.name.as_str()));
            }
        }
        self.found.len() == before
    }

    fn row(&mut self, head: &Line, line: &Line, columns: &Columns<'_>) -> Option<Row> {
        let (wanted, found) = (head.cells.len(), line.cells.len());
        if wanted != found {
            let finding = Diagnostic::new("E0434", line.span).with("found", found.to_string());
            self.say(finding.with("expected", wanted.to_string()));
            return None;
        }
        let mut row = Row {
            cells: Vec::new(),
            outputs: BTreeMap::new(),
            basis: String::new(),
            span: line.span,
        };
        let before = self.found.len();
        for (column, cell) in head.cells.iter().zip(&line.cells) {
            self.cell(&column.text, cell, columns, &mut row);
        }
        (self.found.len() == before).then_some(row)
    }

    fn cell(&mut self, column: &str, cell: &Piece, columns: &Columns<'_>, row: &mut Row) {
        if column == BASIS {
            row.basis = cell.text.clone();
        } else if cell.text.is_empty() {
            self.say(Diagnostic::new("E0431", cell.span).with("name", column));
        } else if let Some(output) = columns.outputs.iter().find(|o| o.name == column) {
            let (ty, scope) = (&output.named.ty, columns.scope);
            let (source, span) = output_source(cell, ty);
            let formula = self.compiled(expr::compile_optional(&source, span, scope, Some(ty)));
            let value = formula.map(|formula| (column.to_owned(), (cell.text.clone(), formula)));
            row.outputs.extend(value);
        } else if let Some(named) = columns.scope.get(column)
            && cell.text != "-"
        {
            let about = Test {
                name: column,
                named,
            };
            let test = expr::compile_test(&cell.text, cell.span, columns.scope, &about);
            row.cells.extend(self.compiled(test).map(|test| Cell {
                column: column.to_owned(),
                text: cell.text.clone(),
                test,
            }));
        }
    }

    /// What the policy makes of the outputs.
    fn settle(&mut self, node: &Node, hit: Hit, outputs: &mut [Output]) {
        let place = node.get("hit").map_or(node.span, |n| n.span);
        let numeric = |ty: &Type| matches!(ty, Type::Number | Type::Integer);
        let fits = match hit {
            Hit::Priority => outputs.iter().any(|output| !output.choices.is_empty()),
            Hit::Fold(Fold::Sum | Fold::Min | Fold::Max) => {
                outputs.iter().all(|output| numeric(&output.named.ty))
            }
            _ => true,
        };
        if !fits {
            self.say(Diagnostic::new("E0439", place));
        }
        for output in outputs {
            output.named = hit.type_of(output.named.clone());
        }
    }
}

fn named(formula: &Expr) -> Named {
    Named {
        ty: formula.ty().clone(),
        may_be_missing: formula.may_be_missing(),
    }
}

/// A cell of an output as an expression: words, days and months need no quotes.
fn output_source(cell: &Piece, ty: &Type) -> (String, Span) {
    let text = cell.text.as_str();
    if let Some(formula) = text.strip_prefix('=') {
        return (formula.to_owned(), cell.span.part(1, text.len()));
    }
    let quoted = || format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
    let source = match ty {
        _ if text == "null" || text.starts_with('"') => text.to_owned(),
        Type::Text | Type::OneOf(_) => quoted(),
        Type::Month => format!("month({})", quoted()),
        Type::Date => format!("date({})", quoted()),
        _ => text.to_owned(),
    };
    (source, cell.span)
}

/// A text, or `{ zh, en }`.
fn worded(node: &Node) -> Text {
    let text = |key| node.get(key).and_then(Node::text).unwrap_or_default();
    match node.text() {
        Some(text) => text.into(),
        None => Text {
            zh: text("zh").to_owned(),
            en: text("en").to_owned(),
        },
    }
}
