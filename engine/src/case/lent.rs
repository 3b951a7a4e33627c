//! Posts lent to somebody of another city (队伍共享): for some matters, from one day to another, and never on both sides of a case.

use super::decide::Course;
use super::{Actor, Event, Fact, Name, Party, PersonId, Rejection, Seat};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A post in another city, held for some matters and days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lent {
    /// The post.
    pub post: Party,
    /// The person's own post, from which he was lent.
    pub home: Party,
    /// The matters in whose cases he holds it.
    pub matters: Vec<Name>,
    /// The first instant.
    pub from: Timestamp,
    /// The first instant after it.
    pub until: Timestamp,
}

impl Lent {
    /// Whether the post is held for a matter at an instant.
    pub fn covers(&self, matter: &str, now: Timestamp) -> bool {
        self.from <= now && now < self.until && self.matters.iter().any(|m| **m == *matter)
    }
}

impl Actor {
    /// The posts in which a person may work on cases of a matter at an instant; of who looks as a post, that one.
    pub fn posts_in<'a>(
        &'a self,
        matter: &'a str,
        now: Timestamp,
    ) -> impl Iterator<Item = &'a Party> + Clone {
        let (posts, lent) = match self {
            Actor::Person {
                stands_for: Some(standing),
                ..
            } if !standing.covers(matter) => (&[][..], &[][..]),
            Actor::Person { posts, lent, .. } => (&**posts, &**lent),
            Actor::Onlooker { posts, .. } => (&**posts, &[][..]),
            _ => (&[][..], &[][..]),
        };
        posts.iter().filter(move |post| {
            let mut of = lent.iter().filter(|lent| lent.post == **post);
            of.clone().next().is_none() || of.any(|lent| lent.covers(matter, now))
        })
    }

    /// The post in which a person did what happened: the one on record, else the first he held.
    pub fn acted_as<'a>(&'a self, events: &[Event]) -> Option<&'a Party> {
        let (Actor::Person { posts, .. } | Actor::Onlooker { posts, .. }) = self else {
            return None;
        };
        let seats = events.iter().filter_map(|event| match &event.fact {
            Fact::StepDone { seat, .. }
            | Fact::TaskDone { seat, .. }
            | Fact::Proposed { seat, .. }
            | Fact::Happened { seat, .. }
            | Fact::TaskHandedBack { seat, .. } => seat.as_ref(),
            _ => None,
        });
        let mut sat = seats.filter_map(|seat| posts.iter().find(|post| **post == seat.post));
        sat.next().or(posts.first())
    }

    /// The own post of somebody to whom this one is lent.
    pub fn home(&self, post: &Party) -> Option<&Party> {
        let Actor::Person { lent, .. } = self else {
            return None;
        };
        let lent = lent.iter().find(|lent| lent.post == *post);
        lent.map(|lent| &lent.home)
    }
}

impl Course<'_, '_> {
    /// Refuses somebody who is lent to another city and has worked on this case in another one: nobody sits on both sides of it.
    pub(super) fn on_one_side(
        &self,
        seat: &Seat,
        me: &BTreeSet<PersonId>,
    ) -> Result<(), Rejection> {
        let Actor::Person { lent, .. } = self.context.actor else {
            return Ok(());
        };
        if lent.is_empty() || seat.post.is_applicant() {
            return Ok(());
        }
        let here = seat.post.city.as_str();
        let is_lent = |city: &str| lent.iter().any(|lent| lent.post.city == city);
        let across = |there: &str| there != here && (is_lent(here) || is_lent(there));
        let elsewhere = self.case.acted.iter().find_map(|(whom, who)| {
            let (_, city) = whom.rsplit_once('@')?;
            let worked = across(city) && !who.is_disjoint(me);
            worked.then_some(city)
        });
        match elsewhere {
            None => Ok(()),
            Some(city) => Err(Rejection::BothSides {
                city: city.to_owned(),
            }),
        }
    }

    /// What is to be put on record when a case is taken in by somebody who is lent to another city at the time.
    pub(super) fn taken_in_while_lent(&self, city: &str) -> Option<Fact> {
        match self.context.actor {
            Actor::Person { lent, .. } if !lent.is_empty() => Some(Fact::TakenIn {
                by: self.person(),
                city: city.to_owned(),
            }),
            _ => None,
        }
    }
}
