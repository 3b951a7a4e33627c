//! Who may act: posts computed from the matter's parties, and the posts a caller holds.

use super::decide::{Course, Fault};
use super::scope::Scope;
use super::{Actor, Case, Context, Fact, FrameNo, Name, Party, PersonId, Rejection, Seat, Sight};
use crate::expr::Fuel;
use crate::matter::{Party as Declared, Revision, Value};
use std::collections::BTreeSet;

/// Who the applicant is on record.
pub(super) const APPLICANT: &str = "applicant";

impl Case {
    /// The city that decides the case, six digits: its calendar counts for the limits of the case and its parameters hold.
    /// The accepting city where the matter names nobody or the city cannot be computed yet.
    pub fn deciding_city(&self, matter: &Revision, context: &Context<'_>) -> String {
        let known = self.decided_in(matter, context);
        known.unwrap_or_else(|| self.accepting_city.clone())
    }

    /// The city that decides the case, as far as it is known; the accepting city where the matter names nobody.
    pub(super) fn decided_in(&self, matter: &Revision, context: &Context<'_>) -> Option<String> {
        if self.foreign.is_some() {
            return Some(self.accepting_city.clone());
        }
        let named = matter.decides.as_ref();
        let party = named.and_then(|d| matter.parties.iter().find(|p| *p.name == **d));
        let Some(party) = party else {
            return Some(self.accepting_city.clone());
        };
        let scope = Scope {
            resolving: true,
            ..Scope::at(self, matter, context, self.root()?)
        };
        city(&scope, &party.city).ok()
    }

    /// The post of a party as it is now, seen from a sequence (none: that of the case itself). None where the matter has no such
    /// party there, or its city cannot be computed yet.
    pub fn post_of(
        &self,
        matter: &Revision,
        context: &Context<'_>,
        party: &str,
        frame: Option<FrameNo>,
    ) -> Option<Party> {
        let frame = frame.or_else(|| self.root())?;
        let scope = Scope::at(self, matter, context, frame);
        Some(seat(&scope, party).ok()?.post)
    }

    /// What no other open case of its matter may have, if the matter says so. A case that another one opened is not held to it:
    /// its parent is.
    pub fn unique(&self, matter: &Revision, context: &Context<'_>) -> Option<String> {
        let Value::Computed(formula) = matter.unique.as_ref().filter(|_| self.parent.is_none())?
        else {
            return None;
        };
        let scope = Scope::at(self, matter, context, self.root()?);
        let value = super::decide::run(&scope, formula, &mut Fuel::default()).ok()?;
        let value = value.to_json();
        (!value.is_null()).then(|| value.to_string())
    }
}

/// The six-digit code of a city given by code, name or expression.
pub(super) fn city(scope: &Scope<'_>, value: &Value) -> Result<String, Fault> {
    let text = match value {
        Value::Plain(text) => text.value.clone(),
        Value::Computed(formula) => match super::decide::run(scope, formula, &mut Fuel::default())?
        {
            crate::expr::Value::Text(text) => text,
            _ => String::new(),
        },
        Value::List(_) => String::new(),
    };
    let known = scope.context.network.city(&text);
    known
        .map(|c| c.code.clone())
        .ok_or_else(|| Fault::new("fault.city", &[("city", text)]))
}

/// The seat of a party as it is now, seen from a step.
fn seat(scope: &Scope<'_>, party: &str) -> Result<Seat, Fault> {
    if party == APPLICANT {
        return Ok(Seat {
            party: party.into(),
            post: Party::applicant(),
        });
    }
    let same_office = |of: &str, post: &str| {
        let seat = seat(scope, of)?;
        let post = Party {
            post: post.to_owned(),
            ..seat.post
        };
        Ok(Seat {
            party: party.into(),
            post,
        })
    };
    if party == "supervisor" {
        let decides = scope.matter.decides.as_ref().map_or("", |d| &***d);
        return same_office(decides, party);
    }
    if let Some(led) = party.strip_suffix(".lead") {
        return same_office(led, "lead");
    }
    let stated = scope.case.origin().and_then(|o| o.parties.get(party));
    if let Some(post) = stated {
        let (party, post) = (party.into(), post.clone());
        return Ok(Seat { party, post });
    }
    let Some(declared) = declared(scope.case, scope.matter, party, scope.frame) else {
        return Err(Fault::new("fault.party", &[("party", party.to_owned())]));
    };
    let city = city(scope, &declared.city)?;
    Ok(Seat {
        party: declared.name.value.clone(),
        post: Party {
            city,
            department: declared.department.value.clone(),
            post: declared.post.value.clone(),
        },
    })
}

/// A party of a group around a sequence, or of the matter.
fn declared<'m>(
    case: &Case,
    matter: &'m Revision,
    name: &str,
    frame: FrameNo,
) -> Option<&'m Declared> {
    let around = case.chain(frame).filter_map(|(_, f)| f.step.as_deref());
    let steps = around.filter_map(|s| Some(&matter.named(s)?.1.parties));
    let mut parties = steps.chain(std::iter::once(&matter.parties)).flatten();
    parties.find(|p| &**p.name == name)
}

impl Course<'_, '_> {
    /// The seat of a party as it is now, seen from a step.
    pub(super) fn seat(&self, party: &str, frame: FrameNo, step: &str) -> Result<Seat, Fault> {
        seat(&self.scope(frame, step, None), party)
    }

    /// A party of a group around, or of the matter.
    pub(super) fn party(&self, name: &str, frame: FrameNo) -> Option<&Declared> {
        declared(self.case, self.matter, name, frame)
    }

    /// The seat in which the actor may act, and who he is on record.
    pub(super) fn entitled(&self, seats: &[Seat]) -> Result<(PersonId, Seat), Rejection> {
        let found = seats.iter().find(|s| self.holds(&s.post));
        let Some(seat) = found else {
            let needed = seats.iter().map(|s| s.post.clone()).collect();
            return Err(Rejection::Forbidden { needed });
        };
        Ok((self.person(), seat.clone()))
    }

    /// Who acts, as it stands on record.
    pub(super) fn person(&self) -> PersonId {
        match self.context.actor {
            Actor::Person { id, .. } | Actor::Onlooker { id, .. } => id.clone(),
            Actor::Applicant => APPLICANT.into(),
            Actor::System { name } => name.as_str().into(),
            Actor::Peer { post, .. } => post.to_string().into(),
            Actor::Engine => "engine".into(),
        }
    }

    /// Whose work the actor does: his own, or that of the one he stands for.
    pub(super) fn principal(&self) -> PersonId {
        match self.context.actor {
            Actor::Person {
                stands_for: Some(standing),
                ..
            } => standing.person.clone(),
            _ => self.person(),
        }
    }

    /// What is to be put on record beside a fact because a deputy did it.
    pub(super) fn stood(&self, fact: &Fact) -> Option<Fact> {
        let Actor::Person {
            id,
            stands_for: Some(standing),
            ..
        } = self.context.actor
        else {
            return None;
        };
        let (by, seat, second) = match fact {
            Fact::Proposed {
                by, seat, second, ..
            } => (by, seat, Some(*second)),
            Fact::StepDone {
                by: Some(by), seat, ..
            }
            | Fact::Happened {
                by: Some(by), seat, ..
            }
            | Fact::TaskDone { by, seat, .. } => (by, seat, None),
            _ => return None,
        };
        let seat = seat.clone().filter(|_| by == id)?;
        Some(Fact::StoodFor {
            by: id.clone(),
            r#for: standing.person.clone(),
            seat,
            second,
        })
    }

    /// Whether the actor holds a post. A window of the accepting city acts for the applicant who stands at its counter.
    fn holds(&self, post: &Party) -> bool {
        match self.context.actor {
            Actor::Person {
                stands_for: Some(standing),
                ..
            } if !standing.covers(&self.matter.id) => false,
            Actor::Person { posts, .. } if post.is_applicant() => {
                let window = |p: &Party| p.post == "window" && p.city == self.case.accepting_city;
                posts.iter().any(window)
            }
            Actor::Person { posts, .. } => posts.contains(post),
            Actor::Applicant => post.is_applicant(),
            // A deployment speaks for its offices.
            Actor::Peer { post: own, .. } => own.city == post.city,
            Actor::Onlooker { .. } | Actor::System { .. } | Actor::Engine => false,
        }
    }

    /// Another system reports; where there is none, somebody of an office that sees the whole case does so for it.
    pub(super) fn may_report(&self) -> Result<(), Rejection> {
        match self.context.actor {
            Actor::System { .. } | Actor::Engine => Ok(()),
            Actor::Applicant | Actor::Onlooker { .. } | Actor::Peer { .. } => Err(self.forbidden()),
            Actor::Person { .. } => self.sees(Sight::Whole),
        }
    }

    /// Refuses whoever may not see so much of the case.
    pub(super) fn sees(&self, least: Sight) -> Result<(), Rejection> {
        let sight = self
            .case
            .sight(self.matter, self.context.actor, self.context);
        if sight >= least {
            Ok(())
        } else {
            Err(self.forbidden())
        }
    }

    /// A refusal that names the post which decides the case.
    fn forbidden(&self) -> Rejection {
        let decides = self.matter.decides.as_ref().zip(self.case.root());
        let seat = decides.and_then(|(party, root)| self.seat(party, root, "").ok());
        Rejection::Forbidden {
            needed: seat.into_iter().map(|s| s.post).collect(),
        }
    }

    /// Stuck cases are for the engine itself and for system administrators, who see none of their content.
    pub(super) fn administers(&self) -> Result<(), Rejection> {
        let post = |p: &Party| p.post == "system-admin";
        match self.context.actor {
            Actor::Engine => Ok(()),
            Actor::Person { posts, .. } if posts.iter().any(post) => Ok(()),
            _ => Err(Rejection::Forbidden { needed: Vec::new() }),
        }
    }

    /// Refuses a person who acted for a party that must be somebody else.
    pub(super) fn another_person(&self, seat: &Seat, frame: FrameNo) -> Result<(), Rejection> {
        let me = self.persons();
        for other in self.others(seat, frame) {
            let whom = format!("{other}@");
            let acted = self.case.acted.range(whom.clone()..);
            let mut acted = acted.take_while(|(k, _)| k.starts_with(&whom));
            if acted.any(|(_, who)| !who.is_disjoint(&me)) {
                return Err(Rejection::SecondPerson {
                    of: other.to_string(),
                });
            }
        }
        Ok(())
    }

    /// The actor, and the one he stands for.
    pub(super) fn persons(&self) -> BTreeSet<PersonId> {
        let stands = match self.context.actor {
            Actor::Person { stands_for, .. } => stands_for.as_ref().map(|s| s.person.clone()),
            _ => None,
        };
        stands.into_iter().chain([self.person()]).collect()
    }

    /// Parties that must be somebody else than this one, whichever of the two says so.
    fn others(&self, seat: &Seat, frame: FrameNo) -> Vec<Name> {
        let mut out: Vec<Name> = Vec::new();
        let own = self.party(&seat.party, frame);
        out.extend(
            own.into_iter()
                .flat_map(|p| p.not_same_as.iter().map(|n| n.value.clone())),
        );
        let around = self
            .case
            .chain(frame)
            .filter_map(|(_, f)| f.step.as_deref());
        let groups = around.filter_map(|s| Some(&self.matter.named(s)?.1.parties));
        let all = groups
            .chain(std::iter::once(&self.matter.parties))
            .flatten();
        let naming = all.filter(|p| p.not_same_as.iter().any(|n| n.value == seat.party));
        out.extend(naming.map(|p| p.name.value.clone()));
        out
    }
}
