//! Extending a limit that allows it: who may, how often, by how much, and the paper that says so.

use super::decide::Course;
use super::flow::How;
use super::{Fact, Rejection};
use crate::matter::{Limits, Reason};
use serde_json::{Value as Json, json};

impl<'a> Course<'a, '_> {
    /// Extends a limit that allows it. `data` names it under `limit`, by its name or address; one that runs comes first.
    pub(super) fn extend(&mut self, data: &Json, reason: Option<&str>) -> Result<(), Rejection> {
        let name = data.get("limit").and_then(Json::as_str).unwrap_or_default();
        let frames = self.case.frames.iter().filter(|(_, f)| f.result.is_none());
        let regions = frames.filter_map(|(no, _)| self.case.region(self.matter, *no));
        let limits = regions.flat_map(|r| {
            let (prefix, frame) = (r.prefix, r.frame);
            let of = move |l: &'a Limits| {
                let clock = format!("{prefix}{}", *l.name);
                Some((clock, frame, (l.extend.as_ref()?, &*l.basis)))
            };
            r.limits.iter().filter_map(of)
        });
        let named = |clock: &str| {
            let short = clock.rsplit('.').next() == Some(name);
            name.is_empty() || clock == name || short
        };
        let mut limits: Vec<_> = limits.filter(|(clock, ..)| named(clock)).collect();
        limits.sort_by_key(|(clock, ..)| self.running(clock).is_none());
        let Some((clock, region, (extend, basis))) = limits.into_iter().next() else {
            return Err(self.not_now("reject.no_extension", &[("limit", name.to_owned())]));
        };
        let seat = self.seat(&extend.by, region, "")?;
        let (by, seat) = self.entitled(&[seat])?;
        let reason = self.reason(&Reason::Ask, reason, true)?;
        let add = self.limit(&extend.add, region, "")?;
        let Some(running) = self.running(&clock) else {
            return Err(self.not_now("reject.no_extension", &[("limit", clock)]));
        };
        let late = extend.before_expiry && self.context.now > running.ledger.due();
        if late || running.extended >= extend.times {
            return Err(self.not_now("reject.no_extension", &[("limit", clock)]));
        }
        let (city, ledger) = (running.city.clone(), running.ledger.clone());
        let ledger = ledger.extend(add, &self.context.network.calendar(&city));
        self.emit_with(
            Fact::Happened {
                event: "extend".into(),
                frame: region,
                by: Some(by),
                seat: Some(seat),
                reason: None,
            },
            json!({ "limit": clock, "reason": reason }),
        );
        self.change_clock(&clock, city, ledger);
        let paper = extend.paper.iter().map(|p| crate::matter::Letter {
            paper: p.clone(),
            to: None,
            delivered: false,
        });
        let papers: Vec<_> = paper.collect();
        let how = How {
            reason,
            ..How::default()
        };
        self.issue_all(region, "", &papers, (&how, basis));
        Ok(())
    }
}
