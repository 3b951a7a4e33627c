//! How long a matter may take, as the guide says it: each limit with what it runs from and to, and in which days it is counted.

use super::Picture;
use super::guide::point;
use crate::clock::{Limit, Unit};
use crate::matter::{LimitKind, LimitValue, Limits};
use std::collections::BTreeSet;

/// In which days a limit is counted.
enum Counting {
    /// In working days and office hours.
    Working,
    /// In days, months or years of the calendar.
    Calendar,
    /// In the one or the other, as it comes.
    Either,
}

impl Picture<'_> {
    pub(super) fn times(&self, out: &mut Vec<String>) {
        let inner = self.matter.steps.iter().flat_map(|s| &s.limits);
        let all: Vec<&Limits> = self.matter.limits.iter().chain(inner).collect();
        if all.is_empty() {
            return;
        }
        self.section(out, "limits");
        out.extend(all.into_iter().map(|l| point(self.one_limit(l))));
    }

    fn one_limit(&self, limit: &Limits) -> String {
        let kind = match limit.kind {
            LimitKind::Statutory => "statutory",
            LimitKind::Promised => "promised",
            LimitKind::Internal => "internal",
        };
        let name = self.limit_title(&limit.name);
        let kind_title = self.known("limit", kind);
        let args = [
            ("name", name.as_str()),
            ("kind", &kind_title),
            ("limit", &self.limit(&limit.limit)),
        ];
        let key = if name == kind_title {
            "guide.limit"
        } else {
            "guide.limit_kind"
        };
        let mut out = self.say(key, &args);
        if let (Some(starts), Some(stops)) = (&limit.starts, &limit.stops) {
            self.glue(
                &mut out,
                &self.say(
                    "guide.from_to",
                    &[
                        ("starts", &self.moment(starts)),
                        ("stops", &self.moment(stops)),
                    ],
                ),
            );
        }
        let whose = limit.calendar.as_ref().or(self.matter.decides.as_ref());
        let counted = match (self.counting(&limit.limit), whose) {
            (Counting::Calendar, _) => self.say("guide.calendar_days", &[]),
            (Counting::Working, Some(whose)) => {
                self.say("guide.calendar", &[("who", &self.party(whose))])
            }
            (Counting::Either, Some(whose)) => {
                self.say("guide.calendar_either", &[("who", &self.party(whose))])
            }
            (_, None) => String::new(),
        };
        self.glue(&mut out, &counted);
        if let Some(extend) = &limit.extend {
            let args = [
                ("who", &*self.party(&extend.by)),
                ("times", &extend.times.to_string()),
                ("add", &self.limit(&extend.add)),
            ];
            let key = match extend.times {
                1 => "guide.extend_once",
                _ => "guide.extend",
            };
            self.glue(&mut out, &self.say(key, &args));
            if let Some(second) = &extend.four_eyes {
                self.glue(
                    &mut out,
                    &self.say("guide.extend_second", &[("who", &self.party(second))]),
                );
            }
        }
        self.glue(&mut out, &self.rests_on(&limit.basis));
        out
    }

    fn counting(&self, limit: &LimitValue) -> Counting {
        let units = match limit {
            LimitValue::Fixed(limit) => BTreeSet::from([limit.unit]),
            LimitValue::Computed(by) => self.units(&by.source.value),
        };
        let on_calendar = |unit: &Unit| matches!(unit, Unit::Days | Unit::Months | Unit::Years);
        match (units.iter().any(on_calendar), units.iter().all(on_calendar)) {
            (true, true) => Counting::Calendar,
            (false, false) => Counting::Working,
            _ => Counting::Either,
        }
    }

    /// The units of the limits a formula chooses from: those written in it, and those its parameters have anywhere.
    fn units(&self, source: &str) -> BTreeSet<Unit> {
        let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.');
        let words = source.split(|c| !is_part(c));
        let known = self.network().map(|n| n.parameters());
        let mut units = BTreeSet::new();
        let mut put = |text: &str| {
            units.extend(text.parse().map(|limit: Limit| limit.unit));
        };
        for word in words {
            let parameter = word.strip_prefix("parameters.");
            match parameter.and_then(|name| known?.get(name)) {
                Some(parameter) => {
                    let values = parameter.values.iter();
                    values.filter_map(|v| v.value.as_str()).for_each(&mut put);
                }
                None => put(word),
            }
        }
        units
    }
}
