//! Yellow and red cards as a record: explained by whoever has the work, pursued and closed by a supervisor, never taken back.

use super::decide::Course;
use super::issue::field;
use super::{Card, CardNo, Case, Context, Fact, Party, PersonId, Rejection, Seat, Sight, Task};
use crate::clock::{Clock, Level, Limit, civil, due};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeSet;

/// The post that pursues and closes cards.
pub(super) const SUPERVISOR: &str = "supervisor";
/// The post that may explain for its office.
pub(super) const LEAD: &str = "lead";

/// What is done with a card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CardDeed {
    /// 说明: whoever has the work says why.
    Explain,
    /// 督办: a supervisor asks, and wants an answer.
    Pursue,
    /// 销牌: a supervisor closes it.
    Close,
}

/// How far up a card has gone that nobody explains; each rung once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rung {
    /// 催办: whoever has the work is urged.
    Urge,
    /// 督办: he must answer, and his lead hears of it.
    Pursue,
    /// The lead city of the network hears of it.
    Network,
}

impl Rung {
    /// The parameters that say how long it takes to get there: from the card on, the others from the end of the limit if that is later.
    const LIMITS: [(Rung, &'static str); 3] = [
        (Rung::Urge, "escalation_urge"),
        (Rung::Pursue, "escalation_pursue"),
        (Rung::Network, "escalation_network"),
    ];

    /// Its name in facts and catalogues.
    pub fn word(self) -> &'static str {
        match self {
            Rung::Urge => "urge",
            Rung::Pursue => "pursue",
            Rung::Network => "network",
        }
    }
}

/// When a card that is opened now goes up, by the calendar of the city where its limit counts: whoever has the work is urged from the
/// card on; those above him hear of it once the limit has ended, and not before (matters §0.5). A network that sets no such limits has no
/// ladder.
pub(super) fn ladder(city: &str, end: Timestamp, context: &Context<'_>) -> Vec<(Rung, Timestamp)> {
    let (network, now) = (context.network, context.now);
    let calendar = network.calendar(city);
    let day = civil(now).date();
    let rung = |(rung, name): (Rung, &str)| {
        let limit = network.parameter(name, city, day)?.as_str()?;
        let limit: Limit = limit.parse().ok()?;
        let from = match rung {
            Rung::Urge => now,
            Rung::Pursue | Rung::Network => now.max(end),
        };
        Some((rung, due(&calendar, from, limit, &[]).at))
    };
    Rung::LIMITS.into_iter().filter_map(rung).collect()
}

/// What somebody said about a card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardNote {
    /// What he did by it.
    pub deed: CardDeed,
    /// Who.
    pub by: PersonId,
    /// When.
    pub at: Timestamp,
    /// His words. Private.
    pub words: String,
}

impl Card {
    /// The ledger of the limit when the card was opened: the numbers by which it was.
    pub fn ledger(&self) -> Option<&Clock> {
        self.ledger.as_ref()
    }

    /// What was said about it, in order.
    pub fn notes(&self) -> &[CardNote] {
        &self.notes
    }

    /// The rungs it has gone up, and when.
    pub fn escalations(&self) -> &[(Rung, Timestamp)] {
        &self.escalations
    }

    /// The rungs it will go up unless somebody explains it, and when.
    pub fn ladder(&self) -> &[(Rung, Timestamp)] {
        &self.ladder
    }

    /// Nothing has been explained, and it is not closed.
    pub(super) fn climbs(&self) -> bool {
        self.explained().is_none() && self.closed().is_none()
    }

    /// A supervisor has asked and nobody has answered since.
    pub fn awaits_answer(&self) -> bool {
        let last = self.notes.iter().rev();
        let mut last = last.filter(|n| n.deed != CardDeed::Close);
        last.next().is_some_and(|n| n.deed == CardDeed::Pursue)
    }

    /// When a supervisor asked, while nobody has answered.
    pub fn pursued(&self) -> Option<Timestamp> {
        self.last(CardDeed::Pursue).filter(|_| self.awaits_answer())
    }

    /// Who asked last, while nobody has answered.
    pub fn asker(&self) -> Option<&PersonId> {
        let mut asked = self.notes.iter().rev();
        let asked = asked.find(|n| n.deed == CardDeed::Pursue);
        asked.filter(|_| self.awaits_answer()).map(|n| &n.by)
    }

    /// When it was last explained.
    pub fn explained(&self) -> Option<Timestamp> {
        self.last(CardDeed::Explain)
    }

    /// When it was closed.
    pub fn closed(&self) -> Option<Timestamp> {
        self.last(CardDeed::Close)
    }

    fn last(&self, deed: CardDeed) -> Option<Timestamp> {
        let mut all = self.notes.iter().rev().filter(|n| n.deed == deed);
        all.next().map(|n| n.at)
    }
}

impl Case {
    /// The work a card is about: the open tasks its limit shows on; where none is open any more, all there were.
    pub fn work_of(&self, card: &Card) -> Vec<&Task> {
        let Some(running) = self.clocks.get(&card.clock) else {
            return Vec::new();
        };
        let shows = |task: &&Task| match &running.step {
            Some(step) => task.frame == running.frame && task.step == *step,
            None => self.chain(task.frame).any(|(no, _)| no == running.frame),
        };
        let open = self.open_tasks().map(|(_, task)| task).filter(shows);
        let open: Vec<&Task> = open.collect();
        match open.is_empty() {
            true => self.tasks.values().filter(shows).collect(),
            false => open,
        }
    }

    /// True if the case was not brought to its end in time: a red card says so.
    pub fn was_late(&self) -> bool {
        self.cards.values().any(|card| card.level == Level::Red)
    }

    /// Who may explain a card: whoever may do the work, and who leads his office.
    fn explainers(&self, card: &Card) -> Vec<Seat> {
        let work = self.work_of(card);
        let seats = work.iter().flat_map(|t| &t.seats);
        let seats: Vec<&Seat> = seats.filter(|s| !s.post.is_applicant()).collect();
        let offices: BTreeSet<Party> = seats
            .iter()
            .map(|s| Party {
                post: LEAD.to_owned(),
                ..s.post.clone()
            })
            .collect();
        let leads = offices.into_iter().map(|post| Seat {
            party: LEAD.into(),
            post,
        });
        seats.into_iter().cloned().chain(leads).collect()
    }
}

impl Course<'_, '_> {
    /// The rungs whose time has come are climbed. One that a supervisor has climbed himself is not climbed again.
    pub(super) fn escalate(&mut self, clock: &str) {
        let now = self.context.now;
        let of_clock = self.case.cards.iter().filter(|(_, c)| c.clock == clock);
        let climbing = of_clock.filter(|(_, card)| card.climbs());
        let mut due: Vec<(CardNo, Rung)> = Vec::new();
        for (no, card) in climbing {
            let asked = card.last(CardDeed::Pursue).is_some();
            let rungs = card.ladder.iter().filter(|(_, at)| *at <= now);
            let rungs = rungs.filter(|(rung, _)| !(asked && *rung == Rung::Pursue));
            due.extend(rungs.map(|(rung, _)| (*no, *rung)));
        }
        for (card, rung) in due {
            let to = match rung {
                Rung::Network => self.lead_of_network(),
                Rung::Urge | Rung::Pursue => None,
            };
            if rung != Rung::Network || to.is_some() {
                self.emit(Fact::CardEscalated { card, rung, to });
            }
        }
    }

    /// A card goes on its way; also where the case has ended, for a record outlives it.
    pub(super) fn card(
        &mut self,
        no: CardNo,
        deed: CardDeed,
        words: &str,
    ) -> Result<(), Rejection> {
        self.sees(Sight::Part)?;
        let Some(card) = self.case.cards.get(&no) else {
            return Err(Rejection::NotFound {
                what: no.0.to_string(),
            });
        };
        if card.closed().is_some() {
            return Err(self.not_now("reject.card_closed", &[]));
        }
        let unanswered = card.awaits_answer();
        let by = match deed {
            CardDeed::Explain => self.entitled(&self.case.explainers(card))?.0,
            CardDeed::Pursue | CardDeed::Close => self.supervises(card)?,
        };
        if words.trim().is_empty() {
            let error = field("/words", "required", "reject.reason");
            return Err(Rejection::Invalid(vec![error]));
        }
        if deed == CardDeed::Close && unanswered {
            return Err(self.not_now("reject.card_unanswered", &[]));
        }
        let fact = match deed {
            CardDeed::Explain => Fact::CardExplained { card: no, by },
            CardDeed::Pursue => Fact::CardPursued { card: no, by },
            CardDeed::Close => Fact::CardClosed { card: no, by },
        };
        self.emit_with(fact, json!({ "words": words.trim() }));
        Ok(())
    }

    /// Who hears of what nobody answers for, in the lead city of the network, if it has one.
    fn lead_of_network(&self) -> Option<Party> {
        let network = self.context.network;
        let day = civil(self.context.now).date();
        let city = network.parameter("lead_city", "", day)?.as_str()?;
        let city = network.city(city)?;
        Some(Party {
            city: city.code.clone(),
            department: "si".to_owned(),
            post: SUPERVISOR.to_owned(),
        })
    }

    /// The actor, if he is a supervisor; whoever is told of a red card may be one.
    fn supervises(&self, card: &Card) -> Result<PersonId, Rejection> {
        let post = |p: &Party| p.post == SUPERVISOR;
        match self.context.actor {
            actor if actor.posts_in(&self.matter.id, self.context.now).any(post) => {
                Ok(self.person())
            }
            _ => {
                let seats = self.case.explainers(card).into_iter();
                let needed: BTreeSet<Party> = seats
                    .map(|s| Party {
                        post: SUPERVISOR.to_owned(),
                        ..s.post
                    })
                    .collect();
                Err(Rejection::Forbidden {
                    needed: needed.into_iter().collect(),
                })
            }
        }
    }
}
