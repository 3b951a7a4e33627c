//! What stands in a box under its title: who does it, within which limit, only when, and what a case did there.

use super::super::Picture;
use super::Progress;
use super::walked::{State, Went, clock};
use crate::matter::{Kind, Party, Step, Value};

impl Picture<'_> {
    pub(super) fn department(&self, party: &Party) -> String {
        let known = self.network().and_then(|n| n.department(&party.department));
        let title = known.map(|d| d.title.get(self.lang));
        title.unwrap_or(&party.department.value).to_owned()
    }

    /// Under the title: who does it or what it does, within which limit, and only when.
    pub(super) fn note(&self, step: &Step) -> String {
        let what = match &step.kind {
            Kind::Task { parties, .. } => self.parties(parties),
            Kind::Handoff { party, .. } => self.say("does.handoff", &[("who", &self.party(party))]),
            Kind::Subcase { matter, .. } => {
                self.say("does.subcase", &[("matter", &self.matter_title(matter))])
            }
            Kind::Group { .. } => self.say("does.slot", &[]),
            Kind::Parallel { branches, .. } => {
                self.say("does.parallel", &[("count", &branches.len().to_string())])
            }
            Kind::Repeat { rounds, .. } => {
                self.say("does.repeat", &[("every", &self.fixed(rounds.every.value))])
            }
            Kind::ForEach { list, .. } => self.say("does.for_each", &[("list", &self.value(list))]),
            Kind::Wait { .. } => self.say("does.wait", &[]),
            Kind::Decide { .. } | Kind::Choice { .. } => self.say("does.choice", &[]),
            _ => String::new(),
        };
        let limit = step.limit.as_ref().map(|limit| self.limit(limit));
        let when = step.only_if.as_ref().map(|test| self.condition(test));
        let parts = [Some(what), limit, when].into_iter().flatten();
        let parts: Vec<String> = parts.filter(|part| !part.is_empty()).collect();
        parts.join(" · ")
    }

    pub(super) fn condition(&self, test: &Value) -> String {
        self.say("if", &[("test", &self.test(test))])
    }

    /// What the case did here, in a line.
    pub(super) fn done(&self, went: &Went, state: State, progress: &Progress<'_>) -> String {
        let who = match (&went.last, progress.name) {
            (Some((_, Some(by))), Some(name)) if state == State::Done => name(by),
            _ => String::new(),
        };
        let at = went.last.as_ref().map(|(at, _)| clock(*at));
        let at = at.filter(|_| state == State::Done).unwrap_or_default();
        let times = match (went.branches, went.done) {
            (0 | 1, 0 | 1) => String::new(),
            (0 | 1, times) => self.say("diagram.times", &[("n", &times.to_string())]),
            (all, _) => format!("{}/{all}", went.branches_over),
        };
        let word = match state {
            State::Done => "✓".to_owned(),
            State::Current => self.say("diagram.current", &[]),
            State::Skipped => self.say("outcome.skipped", &[]),
            State::Plain | State::Ahead => String::new(),
        };
        let parts = [word, times, who, at].into_iter();
        let parts: Vec<String> = parts.filter(|part| !part.is_empty()).collect();
        parts.join(" ")
    }
}
