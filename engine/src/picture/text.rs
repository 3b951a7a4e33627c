//! The matter as an ordered list: who takes part, by city, then every step in reading order with where its outcomes lead.

use super::Picture;
use super::outline::{Item, Outline, Place};
use crate::matter::{EventDef, Kind, LimitMoment, Step, StepIx, Trigger, Value, WaitOn};

pub(super) fn list(picture: &Picture<'_>) -> String {
    let outline = Outline::of(picture.matter);
    let mut lines = vec![picture.heading()];
    lines.push(picture.say("who", &[]));
    lines.push(format!("  {}", picture.party("applicant")));
    for (city, parties) in picture.lanes() {
        let parties = picture.list(parties.iter().map(|p| picture.party(p)));
        lines.push(format!(
            "  {}",
            picture.say("lane", &[("city", &city), ("parties", &parties)])
        ));
    }
    lines.push(picture.say("steps", &[]));
    for item in &outline.items {
        picture.lines(&outline, item, &mut lines);
    }
    lines.join("\n") + "\n"
}

impl Picture<'_> {
    pub(super) fn heading(&self) -> String {
        let title = self.matter.title.get(self.lang);
        self.say(
            "heading",
            &[("title", title), ("id", &self.matter.id.value)],
        )
    }

    /// The parties by city, both in the order declared.
    pub(super) fn lanes(&self) -> Vec<(String, Vec<String>)> {
        let mut lanes: Vec<(String, Vec<String>)> = Vec::new();
        let inner = self.matter.steps.iter().flat_map(|s| &s.parties);
        for party in self.matter.parties.iter().chain(inner) {
            let city = self.city(party);
            let name = party.name.to_string();
            match lanes.iter_mut().find(|(known, _)| *known == city) {
                Some((_, parties)) if parties.contains(&name) => {}
                Some((_, parties)) => parties.push(name),
                None => lanes.push((city, vec![name])),
            }
        }
        lanes
    }

    fn lines(&self, outline: &Outline<'_>, item: &Item<'_>, out: &mut Vec<String>) {
        let indent = "  ".repeat(item.depth + 1);
        let number = &item.number;
        match item.place {
            Place::Step(ix, step) => {
                let does = self.does(step);
                out.push(format!("{indent}{number} {}{does}", self.title_of(step)));
                self.outcome_lines(outline, ix, step, &format!("{indent}  "), out);
            }
            Place::Branch(branch) => {
                let mut line = format!("{indent}{number} ║ {}", branch.title.get(self.lang));
                let results = self.sequence_gives(branch.body);
                if !results.is_empty() {
                    self.glue(&mut line, &self.say("gives", &[("results", &results)]));
                }
                out.push(line);
            }
            Place::Event(event) => {
                let way = event
                    .outcome
                    .as_ref()
                    .map(|o| self.way(outline, StepIx(u32::MAX), &o.way));
                let way = way.map(|w| format!(" → {w}")).unwrap_or_default();
                let trigger = self.trigger(event);
                out.push(format!(
                    "{indent}{number} ◇ {}（{trigger}）{way}",
                    self.event_title(event)
                ));
            }
        }
    }

    fn outcome_lines(
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
                _ => self.outcome_title(outcome),
            };
            let mut line = format!("{indent}· {name} → {}", self.way(outline, ix, &outcome.way));
            let beside = self.list(self.with_it(outcome, step.kind.acts()));
            if !beside.is_empty() {
                self.glue(&mut line, &self.say("beside", &[("what", &beside)]));
            }
            out.push(line);
        }
    }

    /// A row of a choice: its condition, or `else`.
    pub(super) fn row(&self, condition: Option<&Value>) -> String {
        match condition {
            Some(test) => self.say("if", &[("test", &self.test(test))]),
            None => self.say("else", &[]),
        }
    }

    /// Who does it, or what it does by itself; in brackets.
    fn does(&self, step: &Step) -> String {
        let what = match &step.kind {
            Kind::Task { parties, .. } => self.parties(parties),
            Kind::Handoff { party, .. } => self.say("does.handoff", &[("who", &self.party(party))]),
            Kind::Subcase { matter, .. } => {
                self.say("does.subcase", &[("matter", &self.matter_title(matter))])
            }
            Kind::Wait {
                on: WaitOn::Message { name, .. },
                ..
            } => self.say("does.wait_message", &[("message", &self.message(name))]),
            Kind::Wait { .. } => self.say("does.wait", &[]),
            Kind::Call { connector, .. } => {
                self.say("does.call", &[("connector", self.own(connector))])
            }
            Kind::Decide { table, .. } => {
                self.say("does.decide", &[("table", &self.table_title(table))])
            }
            Kind::Choice { .. } => self.say("does.choice", &[]),
            Kind::Parallel { branches, .. } => {
                self.say("does.parallel", &[("count", &branches.len().to_string())])
            }
            Kind::ForEach { list, .. } => self.say("does.for_each", &[("list", &self.value(list))]),
            Kind::Group { body, .. } if self.is_empty(*body) => self.say("does.slot", &[]),
            Kind::Repeat { rounds, .. } => {
                self.say("does.repeat", &[("each", &self.each(rounds.every.value))])
            }
            Kind::Group { .. } => self.say("does.group", &[]),
            Kind::Set(_) => self.say("does.set", &[]),
            Kind::Paper(_) => self.say("does.paper", &[]),
            Kind::Notify(_) => self.say("does.notify", &[]),
            Kind::End(_) => return String::new(),
        };
        let limit = step.limit.as_ref().map(|l| self.within("guide.within", l));
        let what = match limit {
            Some(limit) => self.say("within", &[("what", &what), ("limit", &limit)]),
            None => what,
        };
        let what = match step.beside {
            true => self.say("obligation", &[("what", &what)]),
            false => what,
        };
        self.say("does", &[("what", &what)])
    }

    pub(super) fn sequence_gives(&self, at: crate::matter::SequenceIx) -> String {
        let gives = self.matter.sequence(at).map(|s| s.gives.as_slice());
        self.list(
            gives
                .unwrap_or_default()
                .iter()
                .map(|g| self.outcome_name(g)),
        )
    }

    /// What sets an event off.
    pub(super) fn trigger(&self, event: &EventDef) -> String {
        match &event.trigger {
            Trigger::Act(who) => self.say("trigger.act", &[("who", &self.parties(who))]),
            Trigger::Message { name, key } => {
                let message = self.message(name);
                match key.as_ref().map(|key| self.value(key)) {
                    Some(key) => {
                        let args = [("message", &*message), ("key", &*key)];
                        self.say("trigger.message_key", &args)
                    }
                    None => self.say("trigger.message", &[("message", &message)]),
                }
            }
            Trigger::Limit { limit, at } => {
                let limit = self.limit_name(limit);
                match at {
                    LimitMoment::Used(percent) => self.say(
                        "trigger.used",
                        &[("limit", &limit), ("percent", &percent.to_string())],
                    ),
                    LimitMoment::Left(left) => self.say(
                        "trigger.left",
                        &[("limit", &limit), ("left", &self.fixed(left.value))],
                    ),
                    LimitMoment::Overdue => self.say("trigger.overdue", &[("limit", &limit)]),
                }
            }
            Trigger::Mark(mark) => self.say("trigger.mark", &[("mark", &self.mark(mark))]),
            Trigger::Suspended(steps) => {
                let titles = steps.iter().filter_map(|s| self.name(&s.value));
                let quoted = titles.map(|title| self.say("step", &[("step", &title)]));
                self.say("trigger.suspended", &[("steps", &self.list(quoted))])
            }
        }
    }
}
