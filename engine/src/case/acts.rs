//! The acts that events offer to somebody now, so that no page shows one that would be refused.

use super::decide::Course;
use super::{Case, Command, Context, Name, decide};
use crate::matter::{Reason, Revision, Trigger};
use serde_json::json;

/// An act somebody may do now.
#[derive(Clone, Debug, PartialEq)]
pub struct Offered<'m> {
    /// What to call it by: [`Command::Act`]'s `event`.
    pub address: String,
    /// The name of the event.
    pub name: Name,
    /// The form to fill, by file name without extension.
    pub form: Option<&'m str>,
    /// Whether it must be said why.
    pub reason: Reason,
    /// Whether it ends what it stands on.
    pub ends: bool,
    /// Whether a paper goes out with it.
    pub papers: bool,
}

impl Case {
    /// The acts that the actor may do as the case stands, outermost first. Extensions are asked for by [`Case::extensions`].
    pub fn acts<'m>(&mut self, matter: &'m Revision, context: &'m Context<'_>) -> Vec<Offered<'m>> {
        let course = Course::new(matter, self, context);
        let mut all: Vec<Offered<'m>> = Vec::new();
        for offer in course.innermost(course.offers()) {
            let Trigger::Act(parties) = &offer.def.trigger else {
                continue;
            };
            let seats = parties.iter().map(|p| course.seat(p, offer.frame, ""));
            let Ok(seats) = seats.collect::<Result<Vec<_>, _>>() else {
                continue;
            };
            let Ok((_, seat)) = course.entitled(&seats) else {
                continue;
            };
            let may = course.another_person(&seat, offer.frame).is_ok();
            if !may || course.may_act(&offer).is_err() {
                continue;
            }
            let def = offer.def;
            let outcome = def.outcome.as_ref();
            all.push(Offered {
                address: offer.address.clone(),
                name: def.name.value.clone(),
                form: def.form.as_ref().map(|f| f.value.as_str()),
                reason: outcome.map_or(&def.reason, |o| &o.reason).clone(),
                ends: outcome.is_some(),
                papers: !outcome.map_or(&def.papers, |o| &o.papers).is_empty(),
            });
        }
        all
    }

    /// The clocks that the actor may extend now.
    pub fn extensions(&self, matter: &Revision, context: &Context<'_>) -> Vec<String> {
        let whole = self.clocks().iter().filter(|(_, c)| !c.is_stopped());
        let granted = |clock: &&String| {
            let command = Command::Act {
                event: "extend".to_owned(),
                data: json!({ "limit": clock }),
                reason: Some(".".to_owned()),
            };
            decide(matter, &mut self.clone(), &command, context).is_ok()
        };
        let names = whole.map(|(name, _)| name);
        names.filter(granted).cloned().collect()
    }
}
