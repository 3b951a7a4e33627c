//! The files beside a matter, or shared by all: forms, papers, tables, notices, scenarios, overlays.

use super::json_place;
use crate::diagnostic::Diagnostic;
use crate::english::English;
use crate::guidance::Guidance;
use crate::matter::{self, overlay::Overlay};
use crate::network::Network;
use crate::source::{Sources, Span, Spanned};
use crate::table::Table;
use crate::yaml::{self, Node};
use forms::{Form, Fragments};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The file that says what helps at each step.
pub(super) const GUIDANCE: &str = "guidance.yaml";

/// What lies in one folder.
#[derive(Debug, Default)]
pub(super) struct Kit {
    pub forms: BTreeMap<String, Form>,
    pub tables: BTreeMap<String, Arc<Table>>,
    pub papers: BTreeMap<String, Spanned<Arc<str>>>,
    pub notices: Option<Arc<str>>,
    pub notices_node: Option<Node>,
    /// Forms and tables that are there but have errors.
    pub broken: BTreeSet<String>,
    pub scenarios: Vec<(String, String)>,
    pub overlays: Vec<Overlay>,
    /// What helps at its steps.
    pub guidance: Guidance,
    /// The texts of the tables.
    pub texts: BTreeMap<String, Arc<str>>,
    pub found: Vec<Diagnostic>,
}

impl Kit {
    pub fn read(files: &[(&str, &str)], sources: &mut Sources, english: &English) -> Kit {
        let mut kit = Kit::default();
        for (path, text) in files {
            kit.take(path, text, sources, english);
        }
        kit
    }

    /// The documents its tables rest on that `laws.yaml` does not list.
    pub fn unlisted<'k>(&'k self, network: &'k Network) -> impl Iterator<Item = Diagnostic> + 'k {
        let basis = self.tables.values().flat_map(|t| t.basis());
        basis.filter_map(|b| crate::check::law::document(network, &b.doc))
    }

    fn take(&mut self, path: &str, text: &str, sources: &mut Sources, english: &English) {
        let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
        let folder = folder.rsplit('/').next().unwrap_or_default();
        if let Some(name) = file.strip_suffix(".schema.json") {
            let number = sources.add(path, text);
            self.form(name, number, text, english);
        } else if let Some(name) = file.strip_suffix(".md") {
            let whole = Span {
                file: sources.add(path, text),
                start: 0,
                end: u32::try_from(text.len()).unwrap_or(u32::MAX),
            };
            self.papers
                .insert(name.to_owned(), Spanned::new(text.into(), whole));
        } else if file == "notices.yaml" {
            let number = sources.add(path, text);
            match yaml::parse(number, text) {
                Ok(node) => self.notices_node = Some(node),
                Err(found) => self.found.extend(found),
            }
            self.notices = Some(text.into());
        } else if file == GUIDANCE {
            let (guidance, found) =
                matter::read_guidance(sources.add(path, text), folder, text, english);
            self.guidance = guidance;
            self.found.extend(found);
        } else if folder == "cities" && file.ends_with(".yaml") {
            let (overlay, found) = matter::read_overlay(sources.add(path, text), text);
            self.overlays.extend(overlay);
            self.found.extend(found);
        } else if folder == "tests" {
            self.scenarios.push((path.to_owned(), text.to_owned()));
        } else if let (Some(name), "tables") = (file.strip_suffix(".yaml"), folder) {
            let number = sources.add(path, text);
            self.table(name, (number, text), sources, english);
        }
    }

    fn form(&mut self, name: &str, file: u16, text: &str, english: &English) {
        match Form::read(name, text, &Fragments::shipped()) {
            Ok(form) => {
                let worded = form.worded(&|text| english.fill(text));
                self.forms.insert(name.to_owned(), worded);
            }
            Err(problems) => {
                self.broken.insert(name.to_owned());
                for problem in problems {
                    let (start, end) = json_place::find(text, &problem.pointer);
                    let found = Diagnostic::new("E0320", Span { file, start, end });
                    self.found
                        .push(found.told("what", "what.en", &problem.message));
                }
            }
        }
    }

    fn table(
        &mut self,
        name: &str,
        (file, text): (u16, &str),
        sources: &Sources,
        english: &English,
    ) {
        match yaml::parse(file, text).and_then(|node| Table::read(&node, sources)) {
            Ok(mut table) => {
                table.words(|text| english.fill(text));
                self.tables.insert(name.to_owned(), Arc::new(table));
                self.texts.insert(name.to_owned(), text.into());
            }
            Err(found) => {
                self.broken.insert(name.to_owned());
                self.found.extend(found);
            }
        }
    }
}
