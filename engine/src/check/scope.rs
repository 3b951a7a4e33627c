//! What an expression can see at its place, with types, and whether some path may not have written it.

use super::flow::{Fact, Facts};
use super::types;
use super::ways::{self, Region, Ways};
use crate::expr::{Named, Type};
use crate::matter::{
    EventIx, Final, Kind, Matter, Name, Outcome, Owner, ROUND, SequenceIx, Step, StepIx,
};
use crate::network::Network;
use crate::table::Table;
use forms::Form;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Names with their types.
pub(crate) type Scope = BTreeMap<String, Named>;

/// What other matters need to know of one: its form and its results.
#[derive(Clone, Debug, Default)]
pub(crate) struct Signature {
    /// Its form; none where the matter or the form has an error.
    pub form: Option<Form>,
    /// Its results; none where they cannot be told.
    pub results: Option<Scope>,
    /// The states it may end in.
    pub ends: BTreeSet<Final>,
    /// It has a group that only one case at a time is in.
    pub alone: bool,
    /// The matters of the sub-cases it opens.
    pub parts: BTreeSet<String>,
    /// The kinds of certificates it gives, each with the parameter by which a city recognises it.
    pub certifies: BTreeMap<String, String>,
}

/// A matter and everything its expressions are about.
pub(crate) struct Shape<'a> {
    pub matter: &'a Matter,
    pub ways: &'a Ways,
    pub forms: &'a BTreeMap<String, Form>,
    pub tables: &'a BTreeMap<String, Arc<Table>>,
    pub network: &'a Network,
    pub matters: &'a BTreeMap<String, Signature>,
    pub applicant: &'a Type,
    /// Values kept by `set` steps, as far as they are known.
    pub kept: BTreeMap<StepIx, Scope>,
    /// Lists whose items are being worked out, to notice two that are made of each other.
    pub begun: RefCell<BTreeSet<StepIx>>,
}

/// From where something is looked at.
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    /// What is surely so; none where the place cannot be reached, and nothing is asked for.
    pub facts: Option<&'a Facts>,
    /// `intake.` for what stands in the block `intake`.
    pub prefix: &'a str,
    /// The one name looked for; none: all of them.
    pub only: Option<&'a str>,
}

impl<'a> View<'a> {
    pub fn new(facts: Option<&'a Facts>, prefix: &'a str) -> View<'a> {
        View {
            facts,
            prefix,
            only: None,
        }
    }

    fn wants(&self, name: &str) -> bool {
        self.only.is_none_or(|only| only == name)
    }

    fn sure(&self, fact: &Fact) -> bool {
        self.facts.is_none_or(|f| f.contains(fact))
    }
}

/// `intake.` of `intake.check`.
pub(crate) fn prefix(id: &str) -> &str {
    id.rfind('.')
        .and_then(|dot| id.get(..=dot))
        .unwrap_or_default()
}

pub(super) fn put(scope: &mut Scope, name: &str, named: Named) {
    scope.entry(name.to_owned()).or_insert(named);
}

impl Shape<'_> {
    /// What a step's own expressions see.
    pub fn at_step(&self, step: StepIx, facts: Option<&Facts>) -> Scope {
        let Some(it) = self.matter.step(step) else {
            return Scope::new();
        };
        let view = View::new(facts, prefix(&it.id));
        let mut scope = Scope::new();
        self.sequence(it.within, None, view, &mut scope);
        self.always(view, &mut scope);
        scope
    }

    /// What the condition of an outcome sees of its own task: what is being handed in, whole where the outcome wants it whole.
    pub fn typed(&self, step: &Step, outcome: &Outcome) -> Option<(String, Named)> {
        let Kind::Task {
            form: Some(form), ..
        } = &step.kind
        else {
            return None;
        };
        let mut fields = types::of_fields(self.forms.get(&form.value)?.fields());
        for field in fields.values_mut() {
            field.may_be_missing |= !outcome.wants_whole_form();
        }
        Some((step.short().to_owned(), Named::sure(Type::Record(fields))))
    }

    /// What a step's pauses see while it is open: of itself, how the letter or case it waits for stands.
    pub fn while_open(&self, at: StepIx, before: Option<&Facts>) -> Scope {
        let mut scope = self.at_step(at, before);
        let Some(step) = self.matter.step(at) else {
            return scope;
        };
        let name = step.id.strip_prefix(prefix(&step.id)).unwrap_or(&step.id);
        if let Some(own) = scope.get_mut(name) {
            let waits = matches!(step.kind, Kind::Subcase { .. } | Kind::Handoff { .. });
            own.may_be_missing &= !waits;
            if let Type::Record(fields) = &mut own.ty
                && let Some(status) = fields.get_mut("status")
            {
                status.may_be_missing = false;
            }
        }
        scope
    }

    /// What the inside of a step sees: its parties, limits and events.
    pub fn inside(&self, step: StepIx, facts: Option<&Facts>) -> Scope {
        let Some(it) = self.matter.step(step) else {
            return Scope::new();
        };
        let view = View::new(facts, prefix(&it.id));
        let mut scope = Scope::new();
        self.region(&Region::Step(step), view, &mut scope);
        self.always(view, &mut scope);
        scope
    }

    /// What the expressions of an event see; its own fields only once it has fired.
    pub fn at_event(&self, event: EventIx, facts: Option<&Facts>, fired: bool) -> Scope {
        let body = self
            .matter
            .event_defs
            .get(event.0 as usize)
            .and_then(|e| e.body);
        let first = body.and_then(|b| self.matter.sequence(b)?.steps.first().copied());
        let first = first.and_then(|s| self.matter.step(s));
        let view = View::new(facts, first.map(|s| prefix(&s.id)).unwrap_or_default());
        let mut scope = Scope::new();
        if fired {
            self.event_fields(event, &mut scope);
        }
        self.region(&self.ways.region(event), view, &mut scope);
        self.always(view, &mut scope);
        scope
    }

    /// What the whole case sees: the steps of its own lines.
    pub fn at_case(&self, facts: Option<&Facts>) -> Scope {
        let view = View::new(facts, "");
        let mut scope = Scope::new();
        self.sequence(self.matter.root, None, view, &mut scope);
        self.always(view, &mut scope);
        scope
    }

    /// Before anything has been done.
    pub fn at_start(&self) -> Scope {
        let mut scope = Scope::new();
        let facts = Facts::new();
        let view = View::new(Some(&facts), "");
        self.always(view, &mut scope);
        scope
    }

    fn event_fields(&self, event: EventIx, scope: &mut Scope) {
        if let Some(event) = self.matter.event_defs.get(event.0 as usize) {
            let mut fields = types::done(false);
            let ty = match self.form_fields(
                event.form.as_ref().map(|f| f.value.as_str()),
                true,
                &mut fields,
            ) {
                true => Type::Record(fields),
                false => Type::Any,
            };
            put(scope, &event.name.value, Named::sure(ty));
        }
    }

    fn region(&self, region: &Region, view: View, scope: &mut Scope) {
        match region {
            Region::Matter => self.sequence(self.matter.root, None, view, scope),
            Region::Step(at) => {
                let Some(step) = self.matter.step(*at) else {
                    return;
                };
                match &step.kind {
                    Kind::Group { body, .. }
                    | Kind::ForEach { body, .. }
                    | Kind::Repeat { body, .. } => {
                        self.sequence(*body, None, view, scope);
                    }
                    _ => self.sequence(step.within, Some(*at), view, scope),
                }
            }
            Region::Branch(at, name) => {
                let Some(step) = self.matter.step(*at) else {
                    return;
                };
                if let Kind::Parallel { branches, .. } = &step.kind
                    && let Some(branch) = branches.iter().find(|b| b.name.value == *name)
                {
                    self.sequence(branch.body, None, view, scope);
                }
            }
        }
    }

    /// The steps of a sequence, but for the one we are inside of, then what is around it.
    pub(super) fn sequence(
        &self,
        at: SequenceIx,
        via: Option<StepIx>,
        view: View,
        scope: &mut Scope,
    ) {
        let Some(sequence) = self.matter.sequence(at) else {
            return;
        };
        for step in sequence.steps.iter().filter(|s| Some(**s) != via) {
            self.name_step(*step, view, scope);
        }
        match &sequence.owner {
            Owner::Matter => {}
            Owner::Event(event) => {
                self.event_fields(*event, scope);
                self.region(&self.ways.region(*event), view, scope);
            }
            Owner::Branch(step, _) => self.around(*step, view, scope),
            Owner::Step(step) => match self.matter.step(*step).map(|s| &s.kind) {
                Some(Kind::ForEach { alias, list, .. }) => {
                    if view.wants(&alias.value) {
                        let item = self.item(*step, list);
                        put(scope, &alias.value, Named::sure(item));
                    }
                    self.around(*step, view, scope);
                }
                Some(Kind::Repeat { .. }) => {
                    put(scope, ROUND, Named::sure(types::round()));
                    self.around(*step, view, scope);
                }
                Some(Kind::Handoff { shares, .. }) => self.shared(*step, shares, view, scope),
                // A block sees only its own steps and what is always there.
                Some(Kind::Group { block: Some(_), .. }) => {}
                _ => self.around(*step, view, scope),
            },
        }
    }

    fn around(&self, step: StepIx, view: View, scope: &mut Scope) {
        if let Some(within) = self.matter.step(step).map(|s| s.within) {
            self.sequence(within, Some(step), view, scope);
        }
    }

    /// Inside a hand-off only `shares` are seen of what is outside.
    fn shared(
        &self,
        step: StepIx,
        shares: &[crate::source::Spanned<String>],
        view: View,
        scope: &mut Scope,
    ) {
        let mut outside = Scope::new();
        // What is shared is named by its first part.
        self.around(step, view, &mut outside);
        self.personal(view, &mut outside);
        let mut seen = Scope::new();
        for share in shares {
            let (root, field) = share.value.split_once('.').unwrap_or((&share.value, ""));
            let Some(named) = outside.get(root) else {
                continue;
            };
            match (&named.ty, field) {
                (Type::Record(all), field) if !field.is_empty() => {
                    let field = field.split('.').next().unwrap_or(field);
                    let Some(one) = all.get(field) else {
                        continue;
                    };
                    let entry = seen.entry(root.to_owned()).or_insert_with(|| Named {
                        ty: Type::Record(Scope::new()),
                        may_be_missing: named.may_be_missing,
                    });
                    if let Type::Record(fields) = &mut entry.ty {
                        fields.insert(field.to_owned(), one.clone());
                    }
                }
                _ => {
                    seen.insert(root.to_owned(), named.clone());
                }
            }
        }
        for (name, named) in seen {
            put(scope, &name, named);
        }
        for name in ["applicant", "form", "materials"] {
            let nothing = Type::Record(Scope::new());
            put(scope, name, Named::sure(nothing));
        }
    }

    /// What every place sees.
    pub(super) fn always(&self, view: View, scope: &mut Scope) {
        self.personal(view, scope);
        put(scope, "case", Named::sure(types::case()));
        put(scope, "today", Named::sure(Type::Date));
        put(scope, "now", Named::sure(Type::Instant));
        let parameters = types::parameters(self.network);
        put(scope, "parameters", Named::sure(parameters));
        for mark in marks(self.matter) {
            let may_be_missing = !view.sure(&Fact::Mark(mark.clone()));
            let named = Named {
                ty: Type::Instant,
                may_be_missing,
            };
            put(scope, &mark, named);
        }
    }

    fn personal(&self, _view: View, scope: &mut Scope) {
        put(scope, "applicant", Named::sure(self.applicant.clone()));
        let mut fields = Scope::new();
        let ty = match self.form_fields(
            self.matter.form.as_ref().map(|f| f.value.as_str()),
            true,
            &mut fields,
        ) {
            true => Type::Record(fields),
            false => Type::Any,
        };
        put(scope, "form", Named::sure(ty));
        put(scope, "materials", Named::sure(types::materials()));
    }

    /// A step under its name, and what lies in it as far as it is seen from outside by name.
    pub(super) fn name_step(&self, at: StepIx, view: View, scope: &mut Scope) {
        let Some(step) = self.matter.step(at) else {
            return;
        };
        let name = step.id.strip_prefix(view.prefix).unwrap_or(&step.id.value);
        if !name.contains('.') && view.wants(name) {
            let ty = self.record(at, step, view.sure(&Fact::Filled(at)));
            let may_be_missing = !view.sure(&Fact::Done(at));
            put(scope, name, Named { ty, may_be_missing });
        }
        for body in open_bodies(step) {
            for inner in self
                .matter
                .sequence(body)
                .map(|s| &*s.steps)
                .unwrap_or_default()
            {
                self.name_step(*inner, view, scope);
            }
        }
    }
}

/// The insides of a step that are seen by their names once it is done: fixed branches and plain groups.
fn open_bodies(step: &Step) -> Vec<SequenceIx> {
    match &step.kind {
        Kind::Group {
            body, block: None, ..
        } => vec![*body],
        Kind::Parallel { branches, .. } => branches.iter().map(|b| b.body).collect(),
        _ => Vec::new(),
    }
}

/// Every mark a matter may set, and the two that are always there.
pub(crate) fn marks(matter: &Matter) -> BTreeSet<Name> {
    let steps = matter.steps.iter().flat_map(|s| &s.outcomes);
    let events = matter.event_defs.iter().filter_map(|e| e.outcome.as_ref());
    let set = steps
        .chain(events)
        .flat_map(|o| &o.marks)
        .map(|(mark, _)| mark.value.clone());
    let given = ["received", "accepted"].map(Name::from);
    set.chain(given).collect()
}

/// The steps of a matter that keep values, in reading order.
pub(crate) fn keepers(matter: &Matter) -> impl Iterator<Item = (StepIx, &Step)> {
    ways::numbered(matter).filter(|(_, s)| matches!(s.kind, Kind::Set(_)))
}
