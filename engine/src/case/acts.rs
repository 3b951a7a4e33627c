//! The acts that events offer to somebody now, so that no page shows one that would be refused.

use super::decide::Course;
use super::{Case, Command, Context, FrameNo, Name, WaitNo, decide};
use crate::matter::{Kind, Reason, Revision, Step, Trigger};
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

/// A message the case waits for, which somebody may enter where no other system sends it.
#[derive(Clone, Copy, Debug)]
pub struct Awaited<'m> {
    /// Which wait.
    pub wait: WaitNo,
    /// The sequence that waits.
    pub frame: FrameNo,
    /// The step that waits.
    pub step: &'m Step,
    /// Name of the message: [`Command::Message`]'s `name`.
    pub name: &'m Name,
    /// Its key. May be private, such as an ID number.
    pub key: &'m str,
    /// The form of what it says, by file name without extension.
    pub form: Option<&'m str>,
}

impl Case {
    /// The messages that the case waits for, if the actor may enter them for a system that does not send them.
    pub fn awaited<'m>(&'m self, matter: &'m Revision, context: &Context<'_>) -> Vec<Awaited<'m>> {
        if self.sight(matter, context.actor, context) != super::Sight::Whole {
            return Vec::new();
        }
        let open = self.waits.iter().filter_map(|(no, wait)| {
            let (name, key) = wait.message.as_ref()?;
            let (_, step) = matter.named(&wait.step)?;
            let Kind::Wait { form, .. } = &step.kind else {
                return None;
            };
            Some(Awaited {
                wait: *no,
                frame: wait.frame,
                step,
                name,
                key,
                form: form.as_ref().map(|form| form.value.as_str()),
            })
        });
        open.collect()
    }

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
