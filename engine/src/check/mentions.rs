//! Everything a matter names, and where: the rules about names look here instead of walking the matter each by itself.

use super::ways::{self, Region, Ways};
use crate::matter::{
    Basis, EventDef, Kind, Letter, Limits, Materials, Matter, Name, Notify, Outcome, Party, Pauses,
    Reason, Step, Trigger, WaitOn, Whom,
};
use crate::source::Spanned;
use std::collections::BTreeSet;

/// A name and the region it is named in.
pub(crate) type Mention<T> = (Region, T);

/// What a matter names.
#[derive(Default)]
pub(crate) struct Mentions<'m> {
    pub parties: Vec<Mention<&'m Spanned<Name>>>,
    pub forms: Vec<&'m Spanned<String>>,
    /// Papers; those of an outcome are filled when its step is done.
    pub papers: Vec<Mention<&'m Spanned<String>>>,
    /// Limits whose passing sets something off.
    pub limits: Vec<Mention<&'m Spanned<Name>>>,
    /// Limits that a step makes stand still.
    pub paused: Vec<Mention<&'m Spanned<Name>>>,
    /// Limits of which an outcome leaves something.
    pub left: Vec<Mention<&'m Spanned<Name>>>,
    /// Limits that an event makes stand still.
    pub held: Vec<Mention<&'m Spanned<Name>>>,
    pub marks: Vec<&'m Spanned<Name>>,
    pub moments: Vec<Mention<&'m Spanned<String>>>,
    pub reasons: Vec<&'m Spanned<String>>,
    pub messages: Vec<&'m Spanned<Name>>,
    /// What notices are about whom the matter tells, and their templates.
    pub told: BTreeSet<String>,
    /// Fields of the form to whose numbers notices go, each with the name of its words in `notices.yaml`.
    pub phones: Vec<(&'m Spanned<String>, String)>,
    pub basis: Vec<&'m Basis>,
    pub declared: Vec<&'m Party>,
}

impl<'m> Mentions<'m> {
    pub fn of(matter: &'m Matter, ways: &Ways) -> Mentions<'m> {
        let mut all = Mentions::default();
        all.matter(matter);
        for (at, step) in ways::numbered(matter) {
            all.step(step, &Region::Step(at));
        }
        for (at, event) in ways::events(matter) {
            all.event(event, &ways.region(at));
        }
        all
    }

    fn matter(&mut self, matter: &'m Matter) {
        let here = Region::Matter;
        self.forms.extend(&matter.form);
        self.marks.extend(&matter.final_mark);
        self.basis.extend(&matter.basis);
        self.named(&matter.decides, &here);
        self.declare(&matter.parties, &here);
        self.limits(&matter.limits, &here);
        if let Materials::Own(materials) = &matter.materials {
            self.basis.extend(materials.iter().flat_map(|m| &m.basis));
        }
    }

    fn step(&mut self, step: &'m Step, here: &Region) {
        self.declare(&step.parties, here);
        self.limits(&step.limits, here);
        self.basis.extend(&step.basis);
        let paused = self.pauses(&step.pauses, here);
        self.paused.extend(paused);
        if let Some(undo) = &step.undo {
            self.letter(undo, here);
        }
        self.needs(&step.needs);
        self.kind(step, here);
        for outcome in &step.outcomes {
            let about = format!("{}.{}", *step.id, *outcome.name);
            self.outcome(outcome, here, &about);
        }
    }

    fn kind(&mut self, step: &'m Step, here: &Region) {
        match &step.kind {
            Kind::Task {
                parties,
                form,
                four_eyes,
                ..
            } => {
                self.parties
                    .extend(parties.iter().map(|p| (here.clone(), p)));
                self.named(four_eyes, here);
                self.forms.extend(form);
            }
            Kind::Handoff { party, form, .. } => {
                self.parties.push((here.clone(), party));
                self.forms.extend(form);
            }
            Kind::Wait { on, form } => {
                self.forms.extend(form);
                if let WaitOn::Message { name, .. } = on {
                    self.messages.push(name);
                }
            }
            Kind::Call { form, .. } => self.forms.extend(form),
            Kind::ForEach {
                may_add, may_end, ..
            } => {
                self.named(may_add, here);
                self.named(may_end, here);
            }
            Kind::Parallel { branches, .. } => {
                for branch in branches {
                    self.needs(&branch.needs);
                }
            }
            Kind::Paper(letter) => self.letter(letter, here),
            Kind::Notify(all) => self.notify(all, here, &step.id.value),
            Kind::End(end) => {
                self.letters(&end.papers, here);
                self.reason(&end.reason);
            }
            Kind::Subcase { .. }
            | Kind::Decide { .. }
            | Kind::Choice { .. }
            | Kind::Repeat { .. }
            | Kind::Group { .. }
            | Kind::Set(_) => {}
        }
    }

    fn event(&mut self, event: &'m EventDef, here: &Region) {
        self.marks.extend(&event.until);
        self.basis.extend(&event.basis);
        self.forms.extend(&event.form);
        let held = self.pauses(&event.pauses, here);
        self.held.extend(held);
        self.notify(&event.notify, here, &event.name.value);
        self.letters(&event.papers, here);
        self.reason(&event.reason);
        match &event.trigger {
            Trigger::Act(by) => self.parties.extend(by.iter().map(|p| (here.clone(), p))),
            Trigger::Limit { limit, .. } => self.limits.push((here.clone(), limit)),
            Trigger::Mark(mark) => self.marks.push(mark),
            Trigger::Message { name, .. } => self.messages.push(name),
            Trigger::Suspended(_) => {}
        }
        if let Some(outcome) = &event.outcome {
            self.outcome(outcome, here, &outcome.name);
        }
    }

    fn outcome(&mut self, outcome: &'m Outcome, here: &Region, about: &str) {
        self.letters(&outcome.papers, here);
        self.notify(&outcome.notify, here, about);
        self.named(&outcome.four_eyes, here);
        self.reason(&outcome.reason);
        self.basis.extend(&outcome.basis);
        let left = outcome.leaves.iter().map(|(l, _)| (here.clone(), l));
        self.left.extend(left);
    }

    fn declare(&mut self, parties: &'m [Party], here: &Region) {
        for party in parties {
            let others = party.not_same_as.iter();
            self.parties.extend(others.map(|p| (here.clone(), p)));
            self.declared.push(party);
        }
    }

    fn limits(&mut self, limits: &'m [Limits], here: &Region) {
        for limit in limits {
            self.basis.extend(&limit.basis);
            self.named(&limit.calendar, here);
            let moments = limit.starts.iter().chain(&limit.stops);
            self.moments.extend(moments.map(|m| (here.clone(), m)));
            if let Some(extend) = &limit.extend {
                self.parties.push((here.clone(), &extend.by));
                self.named(&extend.four_eyes, here);
                self.papers
                    .extend(extend.paper.iter().map(|p| (here.clone(), p)));
            }
        }
    }

    /// Takes the paper of a pause; gives the limits it names.
    fn pauses(
        &mut self,
        pauses: &'m Option<Pauses>,
        here: &Region,
    ) -> Vec<Mention<&'m Spanned<Name>>> {
        let papers = pauses.iter().filter_map(|p| p.paper.as_ref());
        self.papers.extend(papers.map(|p| (here.clone(), p)));
        let limits = pauses.iter().filter_map(|p| p.limits.as_ref()).flatten();
        limits.map(|l| (here.clone(), l)).collect()
    }

    fn needs(&mut self, needs: &'m Option<crate::matter::Needs>) {
        if let Some(crate::matter::Needs::Marks(marks)) = needs {
            self.marks.extend(marks);
        }
    }

    fn named(&mut self, name: &'m Option<Spanned<Name>>, here: &Region) {
        self.parties.extend(name.iter().map(|p| (here.clone(), p)));
    }

    fn letters(&mut self, letters: &'m [Letter], here: &Region) {
        for letter in letters {
            self.letter(letter, here);
        }
    }

    fn letter(&mut self, letter: &'m Letter, here: &Region) {
        self.papers.push((here.clone(), &letter.paper));
        self.named(&letter.to, here);
    }

    fn notify(&mut self, all: &'m [Notify], here: &Region, about: &str) {
        for one in all {
            let template = one.template.as_ref();
            self.told
                .insert(template.map_or(about, |t| t.value.as_str()).to_owned());
            match &one.to {
                Whom::Party(party) => self.parties.push((here.clone(), party)),
                Whom::Phone(field) => {
                    let template = one.template.as_ref();
                    let words = template.map_or(about, |t| t.value.as_str());
                    self.phones.push((field, words.to_owned()));
                }
            }
        }
    }

    fn reason(&mut self, reason: &'m Reason) {
        if let Reason::Codes(codes) = reason {
            self.reasons.extend(codes);
        }
    }
}
