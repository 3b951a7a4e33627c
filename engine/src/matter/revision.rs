//! A revision: a matter that has passed its check, complete with everything it runs with. Frozen; known by its content hash.

use super::{Matter, Step, StepIx, Value};
use crate::table::Table;
use crate::text::Text;
use forms::Form;
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Deref;
use std::sync::Arc;

/// A checked matter. Only the check of a [`crate::library::Library`] makes one, so that whoever holds it need not check again.
#[derive(Clone, Debug)]
pub struct Revision {
    pub(crate) matter: Matter,
    pub(crate) hash: String,
    pub(crate) forms: BTreeMap<String, Form>,
    pub(crate) tables: BTreeMap<String, Arc<Table>>,
    pub(crate) papers: BTreeMap<String, Arc<str>>,
    pub(crate) notices: Option<Arc<str>>,
    pub(crate) steps: BTreeMap<Arc<str>, StepIx>,
    pub(crate) moments: BTreeSet<String>,
    pub(crate) moves: bool,
    /// What it is where overlays hold: by city, with the first day, in order of days.
    pub(crate) cities: BTreeMap<String, Vec<(Date, Arc<Revision>)>>,
}

impl Deref for Revision {
    type Target = Matter;
    fn deref(&self) -> &Matter {
        &self.matter
    }
}

impl Revision {
    /// SHA-256 over every file it was made of, in hexadecimal.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// What it is in a city (six digits) for a case opened on a day; `None` where no overlay holds.
    pub fn in_city(&self, city: &str, day: Date) -> Option<&Arc<Revision>> {
        let held = self.cities.get(city)?.iter();
        let (_, revision) = held.rev().find(|(from, _)| *from <= day)?;
        Some(revision)
    }

    /// What it is where overlays hold, each once.
    pub fn overlaid(&self) -> BTreeMap<&str, &Arc<Revision>> {
        let all = self.cities.values().flatten();
        all.map(|(_, r)| (r.hash(), r)).collect()
    }

    /// What a case runs that was opened on it: itself, or what it is where overlays hold, by content hash. `None` for a hash of
    /// neither.
    pub fn running<'r>(self: &'r Arc<Self>, hash: &str) -> Option<&'r Arc<Revision>> {
        if self.hash == hash {
            return Some(self);
        }
        let mut all = self.cities.values().flatten().map(|(_, r)| r);
        all.find(|r| r.hash == hash)
    }

    /// Puts another matter in place of what runs, by content hash, where overlays hold.
    pub(crate) fn replace(&mut self, hash: &str, by: Revision) {
        let by = Arc::new(by);
        for (_, revision) in self.cities.values_mut().flatten() {
            if revision.hash == hash {
                *revision = by.clone();
            }
        }
    }

    /// A form by its file name without extension: the matter's own before the shared one.
    pub fn form(&self, name: &str) -> Option<&Form> {
        self.forms.get(name)
    }

    /// All of its forms.
    pub fn forms(&self) -> impl Iterator<Item = &Form> {
        self.forms.values()
    }

    /// A decision table by its file name without extension.
    pub fn table(&self, name: &str) -> Option<&Table> {
        self.tables.get(name).map(|t| &**t)
    }

    /// All of its decision tables.
    pub fn tables(&self) -> impl Iterator<Item = &Table> {
        self.tables.values().map(|t| &**t)
    }

    /// The text of a paper's template (Markdown with `{{…}}`).
    pub fn paper(&self, name: &str) -> Option<&str> {
        self.papers.get(name).map(|p| &**p)
    }

    /// The text of its `notices.yaml`.
    pub fn notices(&self) -> Option<&str> {
        self.notices.as_deref()
    }

    /// Whether some limit starts or stops with a moment.
    pub(crate) fn counts_from(&self, moment: &str) -> bool {
        self.moments.contains(moment)
    }

    /// Whether the city of a party may change while a case runs: some city is worked out of what a step writes.
    pub(crate) fn moves(&self) -> bool {
        self.moves
    }

    pub(crate) fn cities_from_steps(&self) -> bool {
        let of_steps = self.matter.steps.iter().flat_map(|s| &s.parties);
        let mut cities = self.matter.parties.iter().chain(of_steps).map(|p| &p.city);
        cities.any(|city| match city {
            Value::Computed(formula) => formula.expr.as_ref().is_some_and(|expr| {
                let mut names = expr.names().iter();
                names.any(|(name, _)| self.steps.contains_key(name.as_str()))
            }),
            Value::Plain(_) | Value::List(_) => false,
        })
    }

    /// What people call a kind of certificate that it gives: as its form says of which the kind is a choice, else its own title.
    pub fn certificate_title(&self, kind: &str) -> Option<Text> {
        let kinds = &self.matter.certifies.as_ref()?.kinds;
        kinds.iter().find(|(name, _)| *name.value == *kind)?;
        let form = self.matter.form.as_ref().and_then(|f| self.form(&f.value));
        let choices = form
            .into_iter()
            .flat_map(|f| f.fields())
            .filter_map(|f| match &f.kind {
                forms::Kind::Choice(all) => Some(all),
                _ => None,
            });
        let choice = choices.flatten().find(|c| c.value == kind);
        Some(choice.map_or_else(|| self.matter.title.clone(), |c| c.title.clone()))
    }

    /// A step by its name, in constant time as far as people can tell.
    pub fn named(&self, name: &str) -> Option<(StepIx, &Step)> {
        let at = *self.steps.get(name)?;
        Some((at, self.matter.step(at)?))
    }
}
