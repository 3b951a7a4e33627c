//! Where every outcome leads: the lines of the diagram, and the ends a case can come to.

use super::super::Picture;
use super::plan::Place;
use super::walked::Walked;
use crate::matter::{
    EndState, EventIx, Final, Kind, Name, Outcome, Owner, SequenceIx, Step, StepIx, Way,
};
use std::collections::BTreeMap;

/// How a line is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Style {
    /// The work goes on.
    Go,
    /// It goes back.
    Back,
}

/// Where a line ends.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum To {
    /// At a box.
    Node(usize),
    /// At the end of the case; whether that is a completion.
    End(String, bool),
    /// Somewhere that depends on the case; in words.
    Words(String),
}

/// A line from a box.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Line {
    pub from: usize,
    pub to: To,
    pub style: Style,
    /// The outcomes that take it.
    pub labels: Vec<String>,
    /// The case has gone this way.
    pub walked: bool,
}

pub(super) fn lines(
    picture: &Picture<'_>,
    nodes: &BTreeMap<Place, usize>,
    walked: Option<&Walked>,
) -> Vec<Line> {
    let mut ways = Ways {
        picture,
        nodes,
        walked,
        lines: Vec::new(),
    };
    ways.all();
    ways.lines
}

/// A place a way leads to, before it is known which box that is.
enum Target {
    Place(Place),
    End(EndState),
    BackToAny,
    /// Nothing follows: the steps of an event are over.
    Over,
}

struct Ways<'p, 'a> {
    picture: &'p Picture<'a>,
    nodes: &'p BTreeMap<Place, usize>,
    walked: Option<&'p Walked>,
    lines: Vec<Line>,
}

impl Ways<'_, '_> {
    fn all(&mut self) {
        let matter = self.picture.matter;
        let first = self.first(matter.root);
        self.line(
            Place::Start,
            first,
            Style::Go,
            String::new(),
            self.walked.is_some(),
        );
        for (i, step) in matter.steps.iter().enumerate() {
            self.of_step(StepIx(u32::try_from(i).unwrap_or(u32::MAX)), step);
        }
        for i in 0..matter.event_defs.len() {
            self.of_event(EventIx(u32::try_from(i).unwrap_or(u32::MAX)));
        }
    }

    fn of_step(&mut self, ix: StepIx, step: &Step) {
        if step.only_if.is_some() {
            self.passed_over(ix, step);
        }
        let bodies = self.bodies(ix, step);
        for body in &bodies {
            let target = self.inside(*body, ix);
            let walked = self.begun(*body);
            self.line(Place::Step(ix), target, Style::Go, String::new(), walked);
        }
        let from = match (&step.kind, bodies.is_empty()) {
            (Kind::Group { body, .. }, _) if !self.picture.is_empty(*body) => return,
            (_, false) => Place::Join(ix),
            _ => Place::Step(ix),
        };
        if let Kind::End(end) = &step.kind {
            let walked = self.went(step, "done");
            self.line(
                from,
                Target::End(end.clone()),
                Style::Go,
                String::new(),
                walked,
            );
        } else if step.outcomes.is_empty() {
            let target = self.next(ix);
            self.line(
                from,
                target,
                Style::Go,
                String::new(),
                self.went(step, "done"),
            );
        }
        for (n, outcome) in step.outcomes.iter().enumerate() {
            let label = self.label(step, n, outcome);
            let walked = self.went(step, &outcome.name);
            let refused = matches!(step.kind, Kind::Handoff { .. }) && &**outcome.name == "refused";
            let from = if refused { Place::Step(ix) } else { from };
            self.way(from, ix, &outcome.way, label, walked);
        }
    }

    /// Whether the case has come to the first step of a sequence, or passed it over.
    fn begun(&self, body: SequenceIx) -> bool {
        let first = self.picture.matter.sequence(body);
        let first = first.and_then(|s| self.picture.matter.step(*s.steps.first()?));
        first.is_some_and(|step| self.walked.is_some_and(|w| w.step(&step.id).came))
    }

    /// Whether the case left the step with the outcome; `else` stands for those that have no line.
    fn went(&self, step: &Step, outcome: &str) -> bool {
        let listed = |name: &str| step.outcomes.iter().any(|o| &**o.name == name);
        self.walked.is_some_and(|walked| {
            let mut ways = walked.ways_of(&step.id);
            ways.any(|way| way == outcome || (outcome == "else" && !listed(way)))
        })
    }

    /// A step whose condition does not hold is passed over, to the next line.
    fn passed_over(&mut self, ix: StepIx, step: &Step) {
        let went = self.walked.map(|walked| walked.step(&step.id));
        let passed = went.as_ref().is_some_and(|went| went.skipped > 0);
        let label = self.picture.say("outcome.skipped", &[]);
        let next = self.next(ix);
        match &step.kind {
            Kind::Group { body, .. } if self.nodes.contains_key(&Place::Gate(ix)) => {
                let entered = went.is_some_and(|went| went.done + went.open > 0);
                let first = self.first(*body);
                self.line(Place::Gate(ix), first, Style::Go, String::new(), entered);
                self.line(Place::Gate(ix), next, Style::Go, label, passed);
            }
            _ => self.line(Place::Step(ix), next, Style::Go, label, passed),
        }
    }

    fn label(&self, step: &Step, n: usize, outcome: &Outcome) -> String {
        match &step.kind {
            Kind::Choice { conditions } => {
                self.picture.row(conditions.get(n).and_then(Option::as_ref))
            }
            _ if &**outcome.name == "done" => String::new(),
            _ => self.picture.outcome_title(outcome),
        }
    }

    fn of_event(&mut self, ix: EventIx) {
        let Some(event) = self.picture.matter.event_defs.get(ix.0 as usize) else {
            return;
        };
        let walked = self.walked.is_some_and(|w| w.happened(&event.name));
        let from = Place::Event(ix);
        match (event.body, &event.outcome) {
            (Some(body), _) => {
                let target = self.first(body);
                self.line(from, target, Style::Go, String::new(), walked);
            }
            (None, Some(outcome)) => {
                for (style, target) in self.of_event_way(ix, &outcome.way) {
                    self.line(from, target, style, String::new(), walked);
                }
            }
            (None, None) => {}
        }
    }

    /// The insides of a step that are boxes of their own.
    fn bodies(&self, ix: StepIx, step: &Step) -> Vec<SequenceIx> {
        if !self.nodes.contains_key(&Place::Join(ix)) {
            return Vec::new();
        }
        match &step.kind {
            Kind::Parallel { branches, .. } => branches.iter().map(|b| b.body).collect(),
            Kind::ForEach { body, .. } | Kind::Repeat { body, .. } => vec![*body],
            Kind::Handoff {
                body: Some(body), ..
            } => vec![*body],
            _ => Vec::new(),
        }
    }

    fn way(&mut self, from: Place, ix: StepIx, way: &Way, label: String, walked: bool) {
        for (style, target) in self.targets(ix, way) {
            self.line(from, target, style, label.clone(), walked);
        }
    }

    fn targets(&self, ix: StepIx, way: &Way) -> Vec<(Style, Target)> {
        let named = |name: &Name| match self.picture.matter.find(name) {
            Some((ix, _)) => self.entry(ix),
            None => Target::Over,
        };
        match way {
            Way::Next => vec![(Style::Go, self.next(ix))],
            Way::Go(name) => vec![(Style::Go, named(name))],
            Way::BackTo(names) if names.is_empty() => vec![(Style::Back, Target::BackToAny)],
            Way::BackTo(names) => names.iter().map(|n| (Style::Back, named(n))).collect(),
            Way::Leave(result) => {
                let within = self.picture.matter.step(ix).map(|s| s.within);
                within.map_or_else(Vec::new, |at| self.leave(at, result))
            }
            Way::End(end) => vec![(Style::Go, Target::End(end.clone()))],
        }
    }

    /// What comes after a step: the next line, or whatever follows the end of its sequence.
    fn next(&self, ix: StepIx) -> Target {
        let matter = self.picture.matter;
        if let Some(next) = matter.next(ix) {
            return self.entry(next);
        }
        let within = matter.step(ix).map(|s| s.within);
        within.map_or(Target::Over, |at| self.after(at))
    }

    /// What comes after the last line of a sequence.
    fn after(&self, at: SequenceIx) -> Target {
        let matter = self.picture.matter;
        match matter.sequence(at).map(|s| &s.owner) {
            Some(Owner::Step(owner) | Owner::Branch(owner, _)) => self.done(*owner),
            Some(Owner::Event(event)) => {
                let outcome = matter.event_defs.get(event.0 as usize);
                let way = outcome.and_then(|e| e.outcome.as_ref()).map(|o| &o.way);
                let targets = way.map(|way| self.of_event_way(*event, way));
                let first = targets.and_then(|t| t.into_iter().next());
                first.map_or(Target::Over, |(_, target)| target)
            }
            Some(Owner::Matter) | None => Target::Over,
        }
    }

    /// The inside of a step has come to its end.
    fn done(&self, owner: StepIx) -> Target {
        if self.nodes.contains_key(&Place::Join(owner)) {
            return Target::Place(Place::Join(owner));
        }
        self.with_result(owner, "done")
            .into_iter()
            .next()
            .map_or_else(|| self.next(owner), |(_, target)| target)
    }

    /// Where a group goes with a result; nowhere if it has no line for it.
    fn with_result(&self, owner: StepIx, result: &str) -> Vec<(Style, Target)> {
        let step = self.picture.matter.step(owner);
        let outcomes = step.map_or(&[][..], |s| s.outcomes.as_slice());
        let outcome = outcomes.iter().find(|o| &**o.name == result);
        outcome.map_or_else(Vec::new, |o| self.targets(owner, &o.way))
    }

    /// `leave`: the innermost sequence that gives the result ends, or the step around that has it among its outcomes.
    fn leave(&self, from: SequenceIx, result: &str) -> Vec<(Style, Target)> {
        let matter = self.picture.matter;
        let mut at = from;
        while let Some(sequence) = matter.sequence(at) {
            let gives = sequence.gives.iter().any(|g| &*g.value == result);
            let owner = match &sequence.owner {
                Owner::Step(owner) | Owner::Branch(owner, _) => *owner,
                Owner::Event(event) => {
                    match self.region(*event) {
                        Some(region) => at = region,
                        None => break,
                    }
                    continue;
                }
                Owner::Matter => break,
            };
            let listed = self.with_result(owner, result);
            if (gives || !listed.is_empty()) && self.nodes.contains_key(&Place::Join(owner)) {
                return vec![(Style::Go, Target::Place(Place::Join(owner)))];
            }
            match (gives, listed.is_empty()) {
                (_, false) => return listed,
                (true, true) => return vec![(Style::Go, self.done(owner))],
                (false, true) => {}
            }
            let Some(step) = matter.step(owner) else {
                break;
            };
            at = step.within;
        }
        Vec::new()
    }

    /// The sequence an event stands beside.
    fn region(&self, event: EventIx) -> Option<SequenceIx> {
        let matter = self.picture.matter;
        if matter.events.contains(&event) {
            return Some(matter.root);
        }
        matter.steps.iter().find_map(|step| match &step.kind {
            Kind::Parallel { branches, .. } => {
                let branch = branches.iter().find(|b| b.events.contains(&event));
                branch
                    .map(|b| b.body)
                    .or_else(|| step.events.contains(&event).then_some(step.within))
            }
            Kind::Group { body, .. } | Kind::ForEach { body, .. } | Kind::Repeat { body, .. } => {
                step.events.contains(&event).then_some(*body)
            }
            Kind::Handoff { body, .. } => step
                .events
                .contains(&event)
                .then(|| body.unwrap_or(step.within)),
            _ => step.events.contains(&event).then_some(step.within),
        })
    }

    fn of_event_way(&self, event: EventIx, way: &Way) -> Vec<(Style, Target)> {
        match way {
            Way::Leave(result) => {
                let region = self.region(event);
                region.map_or_else(Vec::new, |at| self.leave(at, result))
            }
            Way::Next => {
                let region = self.region(event);
                region.map_or_else(Vec::new, |at| vec![(Style::Go, self.after(at))])
            }
            _ => self.targets(StepIx(u32::MAX), way),
        }
    }

    /// Where a line to a step arrives: the step, or the first one inside a group.
    fn entry(&self, ix: StepIx) -> Target {
        match self.picture.matter.step(ix).map(|s| &s.kind) {
            Some(Kind::Group { body, .. }) if !self.picture.is_empty(*body) => {
                match self.nodes.contains_key(&Place::Gate(ix)) {
                    true => Target::Place(Place::Gate(ix)),
                    false => self.first(*body),
                }
            }
            _ => Target::Place(Place::Step(ix)),
        }
    }

    fn first(&self, at: SequenceIx) -> Target {
        let sequence = self.picture.matter.sequence(at);
        match sequence.and_then(|s| s.steps.first()) {
            Some(first) => self.entry(*first),
            None => Target::Over,
        }
    }

    /// The first step of a branch; a branch without steps leads straight to where all come together.
    fn inside(&self, at: SequenceIx, owner: StepIx) -> Target {
        match self.picture.is_empty(at) {
            true => Target::Place(Place::Join(owner)),
            false => self.first(at),
        }
    }

    fn line(&mut self, from: Place, target: Target, style: Style, label: String, walked: bool) {
        let Some(from) = self.nodes.get(&from).copied() else {
            return;
        };
        let to = match target {
            Target::Place(place) => match self.nodes.get(&place) {
                Some(node) => To::Node(*node),
                None => return,
            },
            Target::End(end) => {
                let good = matches!(end.state.value, Final::Completed | Final::CompletedPartial);
                To::End(self.picture.end_word(&end), good)
            }
            Target::BackToAny => To::Words(self.picture.say("back_any", &[])),
            Target::Over => return,
        };
        let same = |l: &&mut Line| l.from == from && l.to == to && l.style == style;
        let label = (!label.is_empty()).then_some(label);
        match self.lines.iter_mut().find(same) {
            // A way that was gone is called by what it was gone for, and by nothing else.
            Some(line) if walked && !line.walked => {
                (line.labels, line.walked) = (label.into_iter().collect(), true);
            }
            Some(line) if line.walked && !walked => {}
            Some(line) => line.labels.extend(label),
            None => self.lines.push(Line {
                from,
                to,
                style,
                labels: label.into_iter().collect(),
                walked,
            }),
        }
    }
}

impl Picture<'_> {
    /// The end state in a word or two.
    fn end_word(&self, end: &EndState) -> String {
        if let Some(label) = &end.label {
            return label.get(self.lang).to_owned();
        }
        let name = Final::ALL.iter().find(|(_, f)| *f == end.state.value);
        self.say(&format!("end.{}", name.map_or("", |n| n.0)), &[])
    }
}
