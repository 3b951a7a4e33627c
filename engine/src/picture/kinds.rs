//! What a step does, kind by kind, as a clause of the guide.

use super::Picture;
use super::phrases::is_either;
use crate::matter::{Join, Kind, Name, Outcome, Step, Value, WaitOn};
use crate::source::Spanned;

impl Picture<'_> {
    /// What a step of its kind does.
    pub(super) fn what(&self, step: &Step) -> String {
        match &step.kind {
            Kind::Task { parties, bulk, .. } => {
                let key = if *bulk {
                    "guide.task_bulk"
                } else {
                    "guide.task"
                };
                self.say(key, &[("who", &self.parties(parties))])
            }
            Kind::Handoff {
                party,
                shares,
                returns,
                receive,
                ..
            } => {
                let mut parts = vec![self.say("guide.handoff", &[("who", &self.party(party))])];
                let named =
                    |names: &[Spanned<String>]| self.list(names.iter().map(|n| self.shared(n)));
                if !shares.is_empty() {
                    parts.push(self.say("guide.shares", &[("what", &named(shares))]));
                }
                if !returns.is_empty() {
                    parts.push(self.say("guide.returns", &[("what", &named(returns))]));
                }
                if let Some(limit) = receive {
                    parts.push(self.say("guide.receive", &[("limit", &self.limit(limit))]));
                }
                self.joined(parts)
            }
            Kind::Subcase { matter, with } => {
                let opened = self.say("guide.subcase", &[("matter", &self.matter_title(matter))]);
                let given = self.given(matter, with);
                self.joined(vec![opened, given])
            }
            Kind::Wait { on, .. } => match on {
                WaitOn::Message { name, key } => {
                    let args = [
                        ("message", &*self.message(name)),
                        ("key", &*self.value(key)),
                    ];
                    self.say("guide.wait_message", &args)
                }
                WaitOn::Until(at) => self.say("guide.wait_until", &[("at", &self.value(at))]),
                WaitOn::For(limit) => self.say("guide.wait_for", &[("limit", &self.limit(limit))]),
            },
            Kind::Call { connector, .. } => {
                self.say("guide.call", &[("connector", self.own(connector))])
            }
            Kind::Decide { table, input } => {
                let known = self.revision.and_then(|r| r.table(table));
                let given = input.iter().map(|(_, v)| self.asked(known, v));
                let given = self.list(given);
                let table = self.table_title(table);
                self.say("guide.decide", &[("table", &table), ("input", &given)])
            }
            Kind::Choice { conditions } if only_way(conditions) => {
                self.say("guide.choice_only", &[])
            }
            Kind::Choice { .. } => self.say("guide.choice", &[]),
            Kind::Parallel {
                branches,
                join,
                counts,
            } => {
                let count = branches.len().to_string();
                let args = [("count", &*count), ("then", &*self.join(join))];
                let all = self.say("guide.parallel", &args);
                self.joined(vec![all, self.counts(counts)])
            }
            Kind::ForEach {
                list,
                key,
                join,
                counts,
                may_add,
                may_end,
                ..
            } => {
                let each = self.say(
                    "guide.for_each",
                    &[
                        ("list", &self.value(list)),
                        ("key", &self.value(key)),
                        ("then", &self.join(join)),
                    ],
                );
                let add = may_add
                    .as_ref()
                    .map(|p| self.say("guide.may_add", &[("who", &self.party(p))]));
                let end = may_end
                    .as_ref()
                    .map(|p| self.say("guide.may_end", &[("who", &self.party(p))]));
                self.joined(vec![
                    each,
                    self.counts(counts),
                    add.unwrap_or_default(),
                    end.unwrap_or_default(),
                ])
            }
            Kind::Group { body, .. } if self.is_empty(*body) => self.say("guide.slot", &[]),
            Kind::Repeat { rounds, .. } => {
                let each = self.each(rounds.every.value);
                let mut parts = vec![self.say("guide.repeat", &[("each", &each)])];
                let more = [
                    ("from", "guide.repeat_from", &rounds.from),
                    ("day", "guide.repeat_day", &rounds.day),
                    ("times", "guide.repeat_times", &rounds.times),
                    ("test", "guide.repeat_while", &rounds.only_while),
                ];
                for (name, key, value) in more {
                    let said = value.as_ref().map(|v| {
                        let told = if name == "test" {
                            self.test(v)
                        } else {
                            self.value(v)
                        };
                        self.say(key, &[(name, &told)])
                    });
                    parts.extend(said);
                }
                self.joined(parts)
            }
            Kind::Group {
                alone: Some(key), ..
            } => self.say("guide.alone", &[("key", &self.value(key))]),
            Kind::Group { .. } => self.say("guide.group", &[]),
            Kind::Set(fields) => {
                let (come, kept): (Vec<_>, Vec<_>) =
                    fields.iter().partition(|(n, _)| &***n == "handed_in");
                let told = kept.iter().map(|(n, v)| self.is(&self.path(n), v));
                let told = match kept.iter().any(|(_, v)| is_either(v)) {
                    true => self.joined(told.collect()),
                    false => self.list(told),
                };
                let mut parts: Vec<_> = come.iter().map(|(_, v)| self.handed_in(v)).collect();
                if !kept.is_empty() {
                    parts.push(self.say("guide.set", &[("what", &told)]));
                }
                self.joined(parts)
            }
            Kind::Paper(letter) => {
                let who = letter
                    .to
                    .as_ref()
                    .map_or_else(|| self.party("applicant"), |to| self.party(to));
                let key = if letter.delivered {
                    "guide.paper_delivered"
                } else {
                    "guide.paper"
                };
                self.say(key, &[("paper", &self.paper(&letter.paper)), ("who", &who)])
            }
            Kind::Notify(to) => self.notified(to),
            Kind::End(end) => {
                let parts = [self.letters(&end.papers), self.reason(&end.reason)];
                let beside = parts.into_iter().flatten().collect();
                let stops = self.say("guide.end", &[]);
                self.joined([vec![stops], beside].concat())
            }
        }
    }

    fn join(&self, join: &Join) -> String {
        match join {
            Join::All => self.say("guide.join_all", &[]),
            Join::Any => self.say("guide.join_any", &[]),
            Join::Number(n) => self.say("guide.join_number", &[("n", &n.to_string())]),
            Join::MoreThanHalf => self.say("guide.join_half", &[]),
            Join::Branches(names) => self.say(
                "guide.join_branches",
                &[("names", &self.list(names.iter().map(|n| self.path(n))))],
            ),
            Join::Condition(test) => self.say("guide.join_if", &[("test", &self.test(test))]),
        }
    }

    /// That papers have come that were missing: the one a step is about, or all.
    fn handed_in(&self, which: &Value) -> String {
        let one = matches!(which, Value::Computed(by) if by.source.value.contains("material."));
        let key = if one { "one" } else { "all" };
        self.say(&format!("guide.handed_in.{key}"), &[])
    }

    /// What a letter tells: a value, or all that was filled in at a step.
    fn shared(&self, path: &str) -> String {
        match self.matter.find(path) {
            Some((_, step)) if matches!(step.kind, Kind::Task { .. }) => {
                self.say("guide.all_of", &[("step", &self.title_of(step))])
            }
            _ => self.path(path),
        }
    }

    /// How an outcome of a step comes about: somebody chooses it, or it comes by itself.
    pub(super) fn outcome_of(&self, step: &Step, outcome: &Outcome) -> String {
        let name = &**outcome.name;
        match (&step.kind, &step.needs) {
            (_, Some(needs)) if name == "missed" => {
                self.say("guide.missed", &[("needs", &self.needs(needs))])
            }
            (Kind::Parallel { join, .. } | Kind::ForEach { join, .. }, _) if name == "unmet" => {
                match join {
                    Join::Any => self.say("guide.unmet_any", &[]),
                    Join::Number(n) => self.say("guide.unmet_number", &[("n", &n.to_string())]),
                    Join::MoreThanHalf => self.say("guide.unmet_half", &[]),
                    _ => self.outcome_title(outcome),
                }
            }
            (Kind::Task { .. }, _) if name != "overdue" => {
                self.say("guide.chosen", &[("name", &self.outcome_title(outcome))])
            }
            _ => self.outcome_title(outcome),
        }
    }

    fn counts(&self, results: &[Spanned<Name>]) -> String {
        if results.is_empty() {
            return String::new();
        }
        let results = self.list(results.iter().map(|r| self.outcome_name(r)));
        self.say("guide.join_counts", &[("results", &results)])
    }
}

/// Whether a choice has one way alone, whatever holds.
pub(super) fn only_way(conditions: &[Option<Value>]) -> bool {
    matches!(conditions, [None])
}
