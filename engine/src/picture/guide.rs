//! The matter in sentences, as a 办事指南 says it: what it rests on, who takes part, what is brought, how long it may take, the steps
//! with their outcomes, and what may happen at any time. A line of YAML that cannot be said in a sentence is wrong.

use super::Picture;
use super::kinds::only_way;
use super::outline::{Outline, Place};
use crate::expr::{Shape, shape};
use crate::matter::{
    Branch, EventDef, Kind, LimitKind, LimitValue, Material, Materials, Party, Step, StepIx,
    Trigger, Value,
};

pub(super) fn sentences(picture: &Picture<'_>) -> String {
    let outline = Outline::of(picture.matter);
    let mut out = vec![
        picture.say(
            "guide.title",
            &[("title", picture.matter.title.get(picture.lang))],
        ),
        String::new(),
    ];
    out.push(picture.summary(&outline));
    picture.rests(&mut out);
    picture.people(&mut out);
    picture.brought(&mut out);
    picture.times(&mut out);
    picture.course(&outline, &mut out);
    out.join("\n") + "\n"
}

impl Picture<'_> {
    pub(super) fn section(&self, out: &mut Vec<String>, key: &str) {
        out.push(String::new());
        out.push(self.say(&format!("guide.{key}"), &[]));
    }

    /// Who takes it in, who decides, how many steps, what is promised.
    fn summary(&self, outline: &Outline<'_>) -> String {
        let first = outline.items.iter().find_map(|i| match i.place {
            Place::Step(
                _,
                Step {
                    kind: Kind::Task { parties, .. },
                    ..
                },
            ) => Some(self.parties(parties)),
            _ => None,
        });
        let taken = first.unwrap_or_else(|| self.party("applicant"));
        let decides = self.matter.decides.as_ref().map(|d| self.party(d));
        let steps = outline
            .items
            .iter()
            .filter(|i| matches!(i.place, Place::Step(_, s) if !matches!(s.kind, Kind::End(_))));
        let count = match steps.count() {
            1 => self.say("guide.one_step", &[]),
            count => self.say("guide.steps_in_all", &[("count", &count.to_string())]),
        };
        let promised = self
            .matter
            .limits
            .iter()
            .find(|l| l.kind == LimitKind::Promised);
        let decides = decides.unwrap_or_else(|| taken.clone());
        let mut out = self.say(
            "guide.summary",
            &[("taken", &taken), ("decides", &decides), ("count", &count)],
        );
        if let Some(limit) = promised {
            let key = match &limit.limit {
                LimitValue::Fixed(_) => "guide.promise",
                LimitValue::Computed(by) if shape(&by.source.value) == Shape::Name => {
                    "guide.promise_named"
                }
                LimitValue::Computed(_) => "guide.promise_depends",
            };
            let told = self.within(key, &limit.limit);
            self.glue(&mut out, &told);
        }
        out
    }

    fn rests(&self, out: &mut Vec<String>) {
        if !self.matter.basis.is_empty() {
            self.section(out, "basis");
            out.push(point(
                self.say("guide.line", &[("what", &self.basis(&self.matter.basis))]),
            ));
        }
        if !self.matter.channels.is_empty() {
            self.section(out, "channels");
            let channels = self
                .matter
                .channels
                .iter()
                .map(|c| self.known("channel", c));
            out.push(point(
                self.say("guide.line", &[("what", &self.list(channels))]),
            ));
        }
        if let Some(value) = &self.matter.unique {
            out.push(point(
                self.say("guide.unique", &[("what", &self.value(value))]),
            ));
        }
        if let Some(mark) = &self.matter.final_mark {
            out.push(point(
                self.say("guide.final", &[("mark", &self.mark(mark))]),
            ));
        }
    }

    fn people(&self, out: &mut Vec<String>) {
        self.section(out, "people");
        out.push(point(
            self.say("guide.item", &[("what", &self.party("applicant"))]),
        ));
        let inner = self.matter.steps.iter().flat_map(|s| &s.parties);
        let all: Vec<&Party> = self.matter.parties.iter().chain(inner).collect();
        let together = all.chunk_by(|a, b| depends(a) && self.city(a) == self.city(b));
        for parties in together {
            match parties {
                [party] if depends(party) => {
                    out.push(point(self.one_party("guide.party_depends", party)));
                }
                [party] => out.push(point(self.one_party("guide.party", party))),
                [first, ..] => {
                    let args = [
                        ("count", &*parties.len().to_string()),
                        ("city", &*self.city(first)),
                    ];
                    out.push(point(self.say("guide.parties", &args)));
                    let inner = parties
                        .iter()
                        .map(|p| self.one_party("guide.party_there", p));
                    out.extend(inner.map(point));
                }
                [] => {}
            }
        }
    }

    fn one_party(&self, key: &str, party: &Party) -> String {
        let args = [
            ("title", party.title.get(self.lang)),
            ("city", &self.city(party)),
            ("office", &self.office(party)),
        ];
        let mut line = self.say(key, &args);
        if !party.not_same_as.is_empty() {
            let names = party.not_same_as.iter();
            let names = names.map(|n| self.say("step", &[("step", &self.party(n))]));
            let who = names.reduce(|a, b| self.say("either", &[("a", &a), ("b", &b)]));
            let who = who.unwrap_or_default();
            self.glue(&mut line, &self.say("guide.not_same", &[("who", &who)]));
        }
        line
    }

    fn brought(&self, out: &mut Vec<String>) {
        match &self.matter.materials {
            Materials::Own(list) if list.is_empty() => {}
            Materials::Own(list) => {
                self.section(out, "materials");
                out.extend((1..).zip(list).map(|(n, m)| point(self.material(n, m))));
            }
            Materials::FromParts(_) => {
                self.section(out, "materials");
                out.push(point(self.say("guide.from_parts", &[])));
            }
        }
    }

    fn material(&self, number: u32, material: &Material) -> String {
        let mut out = self.say(
            "guide.material",
            &[
                ("number", &number.to_string()),
                ("title", material.title.get(self.lang)),
            ],
        );
        if !material.from.is_empty() {
            let from = material.from.iter().map(|f| self.known("from", f));
            let from = from.reduce(|a, b| self.say("otherwise", &[("a", &a), ("b", &b)]));
            self.glue(
                &mut out,
                &self.say("guide.from", &[("from", &from.unwrap_or_default())]),
            );
        }
        if let Some(kind) = &material.recognises {
            let kind = self.library.and_then(|l| l.certificate(&kind.value));
            let kind = kind.map(|kind| kind.get(self.lang).to_owned());
            let args = [("kind", &*kind.unwrap_or_default())];
            self.glue(&mut out, &self.say("guide.recognised", &args));
        }
        if let Some(test) = &material.needed {
            self.glue(
                &mut out,
                &self.say("guide.needed", &[("test", &self.test(test))]),
            );
        }
        if let Some(promise) = &material.promise {
            self.glue(
                &mut out,
                &self.say("guide.may_come_later", &[("limit", &self.limit(promise))]),
            );
        }
        self.glue(&mut out, &self.rests_on(&material.basis));
        out
    }

    pub(super) fn rests_on(&self, basis: &[crate::matter::Basis]) -> String {
        match self.basis(basis) {
            basis if basis.is_empty() => basis,
            basis => self.say("guide.rests_on", &[("basis", &basis)]),
        }
    }

    fn course(&self, outline: &Outline<'_>, out: &mut Vec<String>) {
        self.section(out, "steps");
        let mut any_time = false;
        for item in &outline.items {
            let indent = "   ".repeat(item.depth);
            match item.place {
                Place::Step(ix, step) => {
                    let line = self.step_sentence(step);
                    out.push(format!("{indent}{}. {line}", item.number));
                    self.outcome_sentences(outline, ix, step, &indent, out);
                }
                Place::Branch(branch) => out.push(format!(
                    "{indent}{}. {}",
                    item.number,
                    self.branch_sentence(branch)
                )),
                Place::Event(event) => {
                    if item.depth == 0 && !any_time {
                        any_time = true;
                        self.section(out, "events");
                    }
                    out.push(format!(
                        "{indent}{}. {}",
                        item.number,
                        self.event_sentence(outline, event)
                    ));
                }
            }
        }
    }

    /// What a step does, who does it, until when, and what holds meanwhile.
    fn step_sentence(&self, step: &Step) -> String {
        let mut parts = vec![self.what(step)];
        if let Some(limit) = &step.limit {
            parts.push(self.within("guide.within", limit));
        }
        if let Kind::Task {
            four_eyes: Some(party),
            ..
        } = &step.kind
        {
            parts.push(self.four_eyes(party, step.kind.acts()));
        }
        if let Some(pauses) = &step.pauses {
            parts.push(self.pauses(pauses));
        }
        if let Some(needs) = &step.needs {
            parts.push(self.say("guide.needs", &[("needs", &self.needs(needs))]));
        }
        if step.beside {
            parts.push(self.say("guide.beside", &[]));
        }
        if let Some(undo) = &step.undo {
            let who = undo
                .to
                .as_ref()
                .map_or_else(|| self.party("applicant"), |to| self.party(to));
            parts.push(self.say(
                "guide.undo",
                &[("paper", &self.paper(&undo.paper)), ("who", &who)],
            ));
        }
        let what = self.joined(parts);
        let title = self.title_of(step);
        let mut line = self.say("guide.step", &[("title", &title), ("what", &what)]);
        if let Some(test) = &step.only_if {
            self.glue(
                &mut line,
                &self.say("guide.only_if", &[("test", &self.test(test))]),
            );
        }
        self.glue(&mut line, &self.rests_on(&step.basis));
        line
    }

    /// Clauses of one sentence.
    pub(super) fn joined(&self, parts: Vec<String>) -> String {
        let parts = parts.into_iter().filter(|p| !p.is_empty());
        parts
            .reduce(|a, b| self.say("clauses", &[("a", &a), ("b", &b)]))
            .unwrap_or_default()
    }

    fn branch_sentence(&self, branch: &Branch) -> String {
        let mut out = self.say("guide.branch", &[("title", branch.title.get(self.lang))]);
        if let Some(test) = &branch.only_if {
            self.glue(
                &mut out,
                &self.say("guide.only_if", &[("test", &self.test(test))]),
            );
        }
        if let Some(needs) = &branch.needs {
            self.glue(
                &mut out,
                &self.say("guide.branch_needs", &[("needs", &self.needs(needs))]),
            );
        }
        out
    }

    fn outcome_sentences(
        &self,
        outline: &Outline<'_>,
        ix: StepIx,
        step: &Step,
        indent: &str,
        out: &mut Vec<String>,
    ) {
        for (n, outcome) in step.outcomes.iter().enumerate() {
            if self.goes_without_saying(outcome) {
                continue;
            }
            let name = match &step.kind {
                Kind::Choice { conditions } => self.row(conditions.get(n).and_then(Option::as_ref)),
                _ => self.outcome_of(step, outcome),
            };
            let mut clauses = vec![self.way(outline, ix, &outcome.way)];
            clauses.extend(self.with_it(outcome, step.kind.acts()));
            let what = self.joined(clauses);
            let mut line = match &step.kind {
                Kind::Choice { conditions } if only_way(conditions) => {
                    self.say("guide.only_way", &[("what", &what)])
                }
                _ => self.say("guide.outcome", &[("name", &name), ("what", &what)]),
            };
            if let Some(test) = &outcome.only_if {
                self.glue(
                    &mut line,
                    &self.say("guide.offered_if", &[("test", &self.test(test))]),
                );
            }
            self.glue(&mut line, &self.rests_on(&outcome.basis));
            out.push(format!("{indent}   {line}"));
        }
    }

    fn event_sentence(&self, outline: &Outline<'_>, event: &EventDef) -> String {
        let name = self.event_title(event);
        let acts = match &event.trigger {
            Trigger::Act(who) => who.as_slice(),
            _ => &[],
        };
        let mut clauses = vec![match &event.trigger {
            Trigger::Act(who) => {
                self.say("guide.act", &[("who", &self.parties(who)), ("name", &name)])
            }
            _ => self.say("guide.when", &[("when", &self.trigger(event))]),
        }];
        if let Some(pauses) = &event.pauses {
            clauses.push(self.pauses(pauses));
        }
        if event.holds {
            clauses.push(self.say("guide.holds", &[]));
        }
        if event.holds_parts {
            clauses.push(self.say("guide.holds_parts", &[]));
        }
        if event.undo {
            clauses.push(self.say("guide.undoes", &[]));
        }
        match &event.outcome {
            Some(outcome) => {
                clauses.push(self.way(outline, StepIx(u32::MAX), &outcome.way));
                clauses.extend(self.with_it(outcome, acts));
            }
            None => {
                clauses.extend(self.reason(&event.reason));
                clauses.extend(self.letters(&event.papers));
                if !event.notify.is_empty() {
                    clauses.push(self.notified(&event.notify));
                }
            }
        }
        if event.body.is_some() {
            clauses.push(self.say("guide.then_steps", &[]));
        }
        let mut line = self.say(
            "guide.step",
            &[("title", &name), ("what", &self.joined(clauses))],
        );
        if let Some(test) = &event.only_if {
            self.glue(
                &mut line,
                &self.say("guide.only_if", &[("test", &self.test(test))]),
            );
        }
        if let Some(until) = &event.until {
            let key = match acts {
                [] => "guide.holds_until",
                _ => "guide.offered_until",
            };
            self.glue(&mut line, &self.say(key, &[("mark", &self.mark(until))]));
        }
        if event.once {
            self.glue(&mut line, &self.say("guide.once", &[]));
        }
        let basis = event.outcome.as_ref().map_or(&event.basis, |o| &o.basis);
        self.glue(&mut line, &self.rests_on(basis));
        line
    }

    /// What people call a dotted path, or the path.
    pub(super) fn path(&self, path: &str) -> String {
        let known = || crate::text::say(self.lang, &format!("words.name.{path}"), &[]);
        self.name(path)
            .or_else(known)
            .unwrap_or_else(|| self.own(path).to_owned())
    }

    pub(super) fn known(&self, what: &str, name: &str) -> String {
        crate::text::say(self.lang, &format!("picture.{what}.{name}"), &[])
            .unwrap_or_else(|| name.to_owned())
    }
}

/// Whether the city of a party depends on something.
fn depends(party: &Party) -> bool {
    match &party.city {
        Value::Computed(formula) => shape(&formula.source.value) != Shape::Name,
        _ => false,
    }
}

/// A point of a section, set in from the edge.
pub(super) fn point(text: String) -> String {
    format!("  {text}")
}
