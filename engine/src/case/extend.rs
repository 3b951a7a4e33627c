//! Extending a limit that allows it: who may, who must agree, how often, by how much, and the paper that says so.

use super::decide::Course;
use super::flow::How;
use super::{Fact, FrameNo, Rejection, Running, TaskNo, Void};
use crate::matter::{Basis, Extend, Limits, Reason};
use serde_json::{Value as Json, json};

/// The act by which a limit is extended, and the task of whoever must agree.
pub(crate) const EXTEND: &str = "extend";

/// A limit that may be extended.
struct Extension<'a> {
    clock: String,
    region: FrameNo,
    rule: &'a Extend,
    basis: &'a [Basis],
}

impl<'a> Course<'a, '_> {
    /// Extends a limit that allows it, or asks a second person to agree. `data` names it under `limit`, by its name or address.
    pub(super) fn extend(&mut self, data: &Json, reason: Option<&str>) -> Result<(), Rejection> {
        let found = self.extension(data)?;
        let seat = self.seat(&found.rule.by, found.region, "")?;
        let (by, seat) = self.entitled(&[seat])?;
        self.another_person(&seat, found.region)?;
        let reason = self.reason(&Reason::Ask, reason, true)?;
        self.may_extend(&found)?;
        if !self.asked_to_extend(&found.clock).is_empty() {
            return Err(self.not_now("reject.extension_waits", &[("limit", found.clock)]));
        }
        let content = json!({ "limit": found.clock, "reason": reason });
        let how = How {
            by: Some(by),
            seat: Some(seat),
            reason,
            content,
            ..How::default()
        };
        match &found.rule.four_eyes {
            Some(second) => {
                let name = EXTEND.into();
                self.propose((found.region, &name), second, None, name.clone(), how)
            }
            None => self.grant(&found, how),
        }
    }

    /// A second person has agreed to what was asked: it must be possible still.
    pub(super) fn extend_as_asked(&mut self, how: How) -> Result<(), Rejection> {
        let found = self.extension(&how.content)?;
        self.may_extend(&found)?;
        self.grant(&found, how)
    }

    /// Whether what was asked can still be granted.
    pub(super) fn is_extendable(&self, content: &Json) -> Result<(), Rejection> {
        let found = self.extension(content)?;
        self.may_extend(&found).map(|_| ())
    }

    /// The limit that is named; one that runs comes first.
    fn extension(&self, data: &Json) -> Result<Extension<'a>, Rejection> {
        let name = data.get("limit").and_then(Json::as_str).unwrap_or_default();
        let frames = self.case.frames.iter().filter(|(_, f)| f.result.is_none());
        let regions = frames.filter_map(|(no, _)| self.case.region(self.matter, *no));
        let limits = regions.flat_map(|r| {
            let (prefix, region) = (r.prefix, r.frame);
            let of = move |l: &'a Limits| {
                Some(Extension {
                    clock: format!("{prefix}{}", *l.name),
                    region,
                    rule: l.extend.as_ref()?,
                    basis: &l.basis,
                })
            };
            r.limits.iter().filter_map(of)
        });
        let named = |found: &Extension<'_>| {
            let short = found.clock.rsplit('.').next() == Some(name);
            name.is_empty() || found.clock == name || short
        };
        let mut limits: Vec<_> = limits.filter(named).collect();
        limits.sort_by_key(|found| self.running(&found.clock).is_none());
        let none = || self.not_now("reject.no_extension", &[("limit", name.to_owned())]);
        limits.into_iter().next().ok_or_else(none)
    }

    fn may_extend(&self, found: &Extension<'_>) -> Result<&Running, Rejection> {
        let may = |running: &&Running| {
            let late = found.rule.before_expiry && self.context.now > running.ledger.due();
            !late && running.extended < found.rule.times
        };
        let none = || self.not_now("reject.no_extension", &[("limit", found.clock.clone())]);
        self.running(&found.clock).filter(may).ok_or_else(none)
    }

    /// The tasks of those who are asked to agree that a clock be extended.
    fn asked_to_extend(&self, clock: &str) -> Vec<TaskNo> {
        let asks = |no: &&TaskNo| {
            let proposal = self.case.tasks.get(no).and_then(|t| t.proposal.as_ref());
            proposal.is_some_and(|p| {
                let about = p.content.get("limit").and_then(Json::as_str);
                &*p.what == EXTEND && about == Some(clock)
            })
        };
        self.case
            .proposed_acts
            .iter()
            .filter(asks)
            .copied()
            .collect()
    }

    /// A clock that has stopped is extended no more.
    pub(super) fn drop_extension(&mut self, clock: &str) {
        for task in self.asked_to_extend(clock) {
            let why = Void::Moot;
            self.emit(Fact::TaskVoided { task, why });
        }
    }

    fn grant(&mut self, found: &Extension<'a>, how: How) -> Result<(), Rejection> {
        let (region, rule) = (found.region, found.rule);
        let add = self.limit(&rule.add, region, "")?;
        let running = self.may_extend(found)?;
        let (city, ledger) = (running.city.clone(), running.ledger.clone());
        let ledger = ledger.extend(add, &self.context.network.calendar(&city));
        self.emit_with(
            Fact::Happened {
                event: EXTEND.into(),
                frame: region,
                by: how.by.clone(),
                seat: how.seat.clone(),
                reason: None,
            },
            how.content.clone(),
        );
        self.change_clock(&found.clock, city, ledger);
        let paper = rule.paper.iter().map(|p| crate::matter::Letter {
            paper: p.clone(),
            to: None,
            delivered: false,
        });
        let papers: Vec<_> = paper.collect();
        let reason = how.reason;
        let how = How {
            reason,
            ..How::default()
        };
        self.issue_all(region, "", &papers, (&how, found.basis));
        Ok(())
    }
}
