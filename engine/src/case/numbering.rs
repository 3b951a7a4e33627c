//! Numbers of papers 文号: an office counts the papers it issues in a year from one, and leaves none out.

use super::decide::Course;
use super::{Actor, Case, Context, Fact, PaperNo, Party};
use crate::clock::civil;
use crate::matter::Revision;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// The number last given in each series.
pub type Numbering = BTreeMap<String, u32>;

/// The number of a paper: `中山社保〔2026〕17号`, its form that of 《党政机关公文格式》 (GB/T 9704): 机关代字, year, running number.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PaperNumber {
    /// What it counts within: office and year, `中山社保〔2026〕`.
    pub series: String,
    /// From 1.
    pub running: u32,
}

impl fmt::Display for PaperNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}号", self.series, self.running)
    }
}

impl From<PaperNumber> for String {
    fn from(number: PaperNumber) -> String {
        number.to_string()
    }
}

impl TryFrom<String> for PaperNumber {
    type Error = NoPaperNumber;

    fn try_from(text: String) -> Result<Self, NoPaperNumber> {
        text.parse()
    }
}

/// A text that is no number of a paper.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("文号应像“中山社保〔2026〕17号” · the number of a paper reads like 中山社保〔2026〕17号")]
pub struct NoPaperNumber;

impl FromStr for PaperNumber {
    type Err = NoPaperNumber;

    /// Reads a number as people type it: with any brackets, with blanks, with or without 号 at its end.
    fn from_str(text: &str) -> Result<Self, NoPaperNumber> {
        let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        let open = |c| "〔[（(【".contains(c);
        let close = |c| "〕]）)】".contains(c);
        // An office's own word may have brackets too.
        let (office, rest) = text.rsplit_once(open).ok_or(NoPaperNumber)?;
        let (year, running) = rest.split_once(close).ok_or(NoPaperNumber)?;
        let running = running.strip_suffix('号').unwrap_or(running);
        let running = running.strip_prefix('第').unwrap_or(running);
        let is_year = year.len() == 4 && year.bytes().all(|b| b.is_ascii_digit());
        match running.parse() {
            Ok(running) if running > 0 && is_year && !office.is_empty() => Ok(PaperNumber {
                series: format!("{office}〔{year}〕"),
                running,
            }),
            _ => Err(NoPaperNumber),
        }
    }
}

impl Case {
    /// The office that acts, as a post of it: that of whoever does it; where the engine does, the one that decides.
    pub fn acting_office(&self, matter: &Revision, context: &Context<'_>) -> Option<Party> {
        let acting = match context.actor {
            Actor::Person { posts, .. } => posts.first().cloned(),
            _ => None,
        };
        acting.or_else(|| {
            let party = matter.decides.as_ref()?;
            self.post_of(matter, context, party, None)
        })
    }

    /// The number of a paper 文号. One that no office has issued is called by its case and its place among the case's papers,
    /// `…-00017-L-W03`.
    pub fn paper_number(&self, no: PaperNo) -> String {
        let given = self.papers.get(&no).and_then(|paper| paper.number.as_ref());
        given.map_or_else(
            || {
                let place = self.papers.range(..=no).count();
                format!("{}-W{place:02}", self.number)
            },
            PaperNumber::to_string,
        )
    }
}

impl Course<'_, '_> {
    /// The office that issues what this command brings: that of the seat in which it was done, who may hold others too; else the one
    /// that acts. What an office does in another deployment is answered for here by the one that decides.
    pub(super) fn issuing_office(&self) -> Option<Party> {
        let seat = self
            .events
            .iter()
            .rev()
            .find_map(|event| match &event.fact {
                Fact::StepDone { seat, .. } | Fact::Happened { seat, .. } => seat.as_ref(),
                _ => None,
            });
        let post = seat.map(|seat| &seat.post).filter(|p| !p.is_applicant());
        let here = |p: &Party| !self.context.elsewhere.contains_key(&p.city);
        let acting = || self.case.acting_office(self.matter, self.context);
        post.filter(|p| here(p)).cloned().or_else(acting)
    }

    /// The next number of an office; none where nothing is numbered, or another deployment counts its papers.
    pub(super) fn next_number(&mut self, office: &Party) -> Option<PaperNumber> {
        let here = !self.context.elsewhere.contains_key(&office.city);
        let given = self.context.numbering.filter(|_| here)?;
        let network = self.context.network;
        let prefix = network.paper_prefix(&office.city, &office.department);
        let year = civil(self.context.now).year();
        let series = format!("{prefix}〔{year}〕");
        let before = given.get(&series).copied().unwrap_or_default();
        let running = self.numbered.entry(series.clone()).or_insert(before);
        *running += 1;
        let running = *running;
        Some(PaperNumber { series, running })
    }
}
