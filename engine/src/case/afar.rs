//! Letters between deployments. Whoever sends one keeps the case and a task that waits for the other office; whoever gets one runs the
//! letter alone, as a case of its own. What either does about it is a word to the other.

use super::decide::Course;
use super::{
    Actor, CardNo, Case, Command, Context, Event, Fact, FrameNo, Handoff, HandoffNo, Name, PaperNo,
    Party, PersonId, Rejection, Rung, Seat, Work,
};
use crate::clock::Limit;
use crate::matter::{Kind, LimitValue, Revision};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};

/// The cities that other deployments serve, and the name of each deployment.
pub type Elsewhere = BTreeMap<String, Name>;

/// Every city is served here.
pub static NOWHERE: Elsewhere = BTreeMap::new();

/// Where a case comes from that is another deployment's letter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Origin {
    /// The deployment, as it is called here; on the way empty.
    #[serde(default, skip_serializing_if = "unnamed")]
    pub from: Name,
    /// The number of its case.
    pub number: String,
    /// The letter in that case.
    pub handoff: HandoffNo,
    /// The city that decides it.
    pub city: String,
    /// The step that sent it.
    pub step: Name,
    /// The party that gets it.
    pub party: Name,
    /// Who the parties of the matter are, as far as they are known there.
    pub parties: BTreeMap<Name, Party>,
    /// Limit for receiving.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receive: Option<Limit>,
    /// Limit for answering.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<Limit>,
}

fn unnamed(name: &Name) -> bool {
    name.is_empty()
}

/// A letter as it leaves for another deployment.
#[derive(Clone, Debug, PartialEq)]
pub struct Outgoing {
    /// Where it comes from; whoever takes it in says what he calls the sender.
    pub origin: Origin,
    /// The revision it is a part of, by content hash.
    pub revision: String,
    /// Only what the step shares, by path.
    pub shared: Json,
    /// Materials that are missing.
    pub missing: Vec<String>,
    /// Those of them that were promised for later.
    pub promised: Vec<String>,
    /// The outcomes it may be answered with.
    pub outcomes: Vec<Name>,
    /// Names of the fields of the answer.
    pub answer: Vec<String>,
}

/// What one side of a letter tells the other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Word {
    /// Here is a letter.
    Sent,
    /// Somebody asks for speed.
    Urged,
    /// It is needed no more.
    CalledOff,
    /// It was received.
    Received,
    /// It was sent back.
    Refused,
    /// It was answered, with this outcome.
    Answered(Name),
}

/// What a letter from another deployment is for its case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Foreign {
    pub origin: Origin,
    /// What was shared, as an expression looks for it.
    pub given: Json,
    /// So many words have gone back.
    pub words: u32,
}

/// The deployment that has a letter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Away {
    pub to: Name,
    /// So many words have gone there.
    pub words: u32,
}

/// What a fact tells the other side, and of which letter of this case.
pub(super) fn word(case: &Case, fact: &Fact) -> Option<(HandoffNo, Word)> {
    let away = |no: &HandoffNo| case.handoffs.get(no).is_some_and(|h| h.away.is_some());
    let ours = |step: &Name| {
        case.foreign
            .as_ref()
            .is_some_and(|f| f.origin.step == *step)
    };
    let taken = |no: &HandoffNo| case.handoffs.get(no).is_some_and(|h| ours(&h.step));
    match fact {
        Fact::HandoffSent { handoff, .. } if away(handoff) => Some((*handoff, Word::Sent)),
        Fact::HandoffCalledOff { handoff } if away(handoff) => Some((*handoff, Word::CalledOff)),
        Fact::TaskUrged { task, .. } => match case.tasks.get(task)?.work {
            Work::Receive(no) | Work::Answer(no) if away(&no) => Some((no, Word::Urged)),
            _ => None,
        },
        Fact::CardEscalated {
            card,
            rung: Rung::Urge,
            ..
        } => Some((case.letter_of_card(*card)?, Word::Urged)),
        Fact::HandoffReceived { handoff, .. } if taken(handoff) => Some((*handoff, Word::Received)),
        Fact::HandoffRefused { handoff, .. } if taken(handoff) => Some((*handoff, Word::Refused)),
        Fact::StepDone { step, outcome, .. } if &**outcome != "refused" && ours(step) => {
            let (no, _) = case.handoffs.iter().find(|(_, h)| h.step == *step)?;
            Some((*no, Word::Answered(outcome.clone())))
        }
        _ => None,
    }
}

/// A word as it goes into its exchange.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// Which of the events told it.
    pub event: usize,
    /// The letter, of this case.
    pub handoff: HandoffNo,
    /// What.
    pub word: Word,
    /// Its number among all that this side has told of the letter, from 1.
    pub sequence: u32,
}

/// What the events of one command tell other deployments; `case` is the case after them.
pub fn words(case: &Case, events: &[Event]) -> Vec<Told> {
    if case.foreign.is_none() && case.handoffs.values().all(|h| h.away.is_none()) {
        return Vec::new();
    }
    let all = events.iter().enumerate();
    let all = all.filter_map(|(at, event)| Some((at, word(case, &event.fact)?)));
    let mut told: Vec<Told> = all
        .map(|(event, (handoff, word))| Told {
            event,
            handoff,
            word,
            sequence: 0,
        })
        .collect();
    let mut left: BTreeMap<HandoffNo, u32> = BTreeMap::new();
    for told in told.iter_mut().rev() {
        let last = case
            .correspondent(told.handoff)
            .map_or(0, |(_, words)| words);
        let next = left.entry(told.handoff).or_insert(last);
        told.sequence = *next;
        *next = next.saturating_sub(1);
    }
    told
}

/// Counts what has been told.
pub(super) fn told(case: &mut Case, fact: &Fact) {
    let Some((no, _)) = word(case, fact) else {
        return;
    };
    match (&mut case.foreign, case.handoffs.get_mut(&no)) {
        (
            _,
            Some(Handoff {
                away: Some(away), ..
            }),
        ) => away.words += 1,
        (Some(foreign), _) => foreign.words += 1,
        (None, _) => {}
    }
}

/// Takes in what a letter from another deployment holds.
pub(super) fn taken(case: &mut Case, origin: &Origin, shared: &Json) {
    let mut given = Json::Object(Map::new());
    for (path, value) in shared.as_object().into_iter().flatten() {
        let mut at = &mut given;
        for part in path.split('.') {
            if !at.is_object() {
                *at = Json::Object(Map::new());
            }
            at = &mut at[part];
        }
        *at = value.clone();
    }
    let part = |name: &str| given.get(name).cloned().unwrap_or(Json::Null);
    (case.applicant, case.form) = (part("applicant"), part("form"));
    case.foreign = Some(Box::new(Foreign {
        origin: origin.clone(),
        given,
        words: 0,
    }));
}

impl Case {
    /// Where it comes from, if it is another deployment's letter.
    pub fn origin(&self) -> Option<&Origin> {
        self.foreign.as_ref().map(|f| &f.origin)
    }

    /// Whoever is at the other end of a letter: the deployment, and how many words have gone there.
    pub fn correspondent(&self, no: HandoffNo) -> Option<(&Name, u32)> {
        match (&self.handoffs.get(&no)?.away, &self.foreign) {
            (Some(away), _) => Some((&away.to, away.words)),
            (None, Some(foreign)) => Some((&foreign.origin.from, foreign.words)),
            (None, None) => None,
        }
    }

    /// Letters that went to, or came from, another deployment.
    pub fn exchanges(&self) -> impl Iterator<Item = HandoffNo> {
        let of = |no: &HandoffNo| match &self.foreign {
            Some(foreign) => self
                .handoffs
                .get(no)
                .is_some_and(|h| h.step == foreign.origin.step),
            None => false,
        };
        let all = self.handoffs.iter();
        all.filter(move |(no, h)| h.away.is_some() || of(no))
            .map(|(no, _)| *no)
    }

    /// The letter of another deployment that a card is about.
    pub fn letter_of_card(&self, card: CardNo) -> Option<HandoffNo> {
        let card = self.cards.get(&card)?;
        let running = self.clocks.get(&card.clock)?;
        let step = running.step.as_ref();
        let of = |h: &Handoff| h.frame == running.frame && Some(&h.step) == step;
        // Of several that the step has sent, the last before the card.
        let mut letters = self.handoffs.iter().rev();
        let found = letters.find(|(_, h)| h.away.is_some() && h.sent <= card.at && of(h));
        found.map(|(no, _)| *no)
    }

    /// The papers that go with a word: those issued in the same command to an office over there; with a letter also what was issued to
    /// its office before, since the last letter there.
    pub fn enclosures(
        &self,
        told: &Told,
        events: &[Event],
        elsewhere: &Elsewhere,
    ) -> BTreeSet<PaperNo> {
        let Some((letter, (peer, _))) = self
            .handoffs
            .get(&told.handoff)
            .zip(self.correspondent(told.handoff))
        else {
            return BTreeSet::new();
        };
        let office = |post: &Party| match self.foreign {
            Some(_) => elsewhere.get(&post.city) == Some(peer),
            None => {
                let to = &letter.to.post;
                (&post.city, &post.department) == (&to.city, &to.department)
            }
        };
        let with = events.iter().filter_map(|event| match &event.fact {
            Fact::PaperIssued {
                paper,
                to: Some(post),
                ..
            } if office(post) => Some(*paper),
            _ => None,
        });
        let letters = self.handoffs.range(..told.handoff);
        let mut before = letters.filter(|(_, h)| h.away.is_some() && office(&h.to.post));
        let last = before.next_back().map_or(0, |(no, _)| no.0);
        let since = self.papers.iter().filter(|(no, paper)| {
            told.word == Word::Sent
                && (last..told.handoff.0).contains(&no.0)
                && paper.to.as_ref().is_some_and(office)
        });
        since.map(|(no, _)| *no).chain(with).collect()
    }

    /// The step of a letter, and the post it went to.
    pub fn letter_to(&self, no: HandoffNo) -> Option<(&Name, &Seat)> {
        self.handoffs.get(&no).map(|h| (&h.step, &h.to))
    }

    /// A letter as it leaves for another deployment: what the step shares, and nothing else of the case.
    pub fn outgoing(
        &self,
        matter: &Revision,
        context: &Context<'_>,
        no: HandoffNo,
    ) -> Option<Outgoing> {
        let letter = self.handoffs.get(&no)?;
        let (_, step) = matter.named(&letter.step)?;
        let Kind::Handoff {
            party,
            receive,
            returns,
            form,
            ..
        } = &step.kind
        else {
            return None;
        };
        let mut case = self.clone();
        let course = Course::new(matter, &mut case, context);
        let counted =
            |limit: Option<&LimitValue>| course.limit(limit?, letter.frame, &step.id).ok();
        let form = form.as_ref().and_then(|f| matter.form(&f.value));
        let fields = form.into_iter().flat_map(|f| f.fields());
        let names = returns
            .iter()
            .filter_map(|path| path.value.rsplit('.').next());
        let answer = names
            .map(str::to_owned)
            .chain(fields.map(|f| f.name.to_string()));
        Some(Outgoing {
            origin: Origin {
                from: "".into(),
                number: self.number.clone(),
                handoff: no,
                city: self.deciding_city(matter, context),
                step: letter.step.clone(),
                party: party.value.clone(),
                parties: course.parties(letter.frame, &letter.to),
                receive: counted(receive.as_ref()),
                limit: counted(step.limit.as_ref()),
            },
            revision: matter.hash().to_owned(),
            shared: letter.shared.clone(),
            missing: self.missing.clone(),
            promised: self.promised.clone(),
            outcomes: step.outcomes.iter().map(|o| o.name.value.clone()).collect(),
            answer: answer.collect(),
        })
    }
}

impl<'a> Course<'a, '_> {
    /// Who the parties known at a place are, as far as their cities are.
    fn parties(&self, frame: FrameNo, to: &Seat) -> BTreeMap<Name, Party> {
        let around = self
            .case
            .chain(frame)
            .filter_map(|(_, f)| f.step.as_deref());
        let groups = around.filter_map(|s| Some(&self.matter.named(s)?.1.parties));
        let all = groups
            .chain(std::iter::once(&self.matter.parties))
            .flatten();
        let named = all.map(|p| p.name.value.clone());
        let posts = named.filter_map(|n| Some((n.clone(), self.seat(&n, frame, "").ok()?.post)));
        let mut posts: BTreeMap<Name, Party> = posts.collect();
        posts.insert(to.party.clone(), to.post.clone());
        posts
    }

    /// Opens the case of a letter from another deployment.
    pub(super) fn take_letter(&mut self, command: &'a Command) -> Result<(), Rejection> {
        let Command::TakeLetter {
            id,
            number,
            origin,
            shared,
            missing,
            promised,
        } = command
        else {
            return Ok(());
        };
        match self.context.actor {
            Actor::Peer { deployment, .. } if *deployment == origin.from => {}
            _ => return Err(Rejection::Forbidden { needed: Vec::new() }),
        }
        if self.case.seq > 0 {
            return Err(self.not_now("reject.case_open", &[]));
        }
        let post = origin.parties.get(&origin.party);
        let city = post.and_then(|p| self.context.network.city(&p.city));
        let Some(city) = city.filter(|c| !self.context.elsewhere.contains_key(&c.code)) else {
            let city = post.map_or_else(String::new, |p| p.city.clone());
            return Err(self.not_now("reject.not_served_here", &[("city", city)]));
        };
        self.emit(Fact::CaseOpened {
            id: *id,
            number: number.clone(),
            matter: self.matter.id.value.clone(),
            revision: self.matter.hash().to_owned(),
            accepting_city: city.code.clone(),
            channel: "letter".to_owned(),
            parent: None,
        });
        self.emit_with(
            Fact::LetterTaken {
                origin: origin.clone(),
            },
            shared.clone(),
        );
        let root = FrameNo(self.number());
        self.emit(Fact::FrameOpened {
            frame: root,
            parent: None,
            step: None,
            key: None,
            beside: None,
        });
        self.mark(root, &"received".into(), self.context.now);
        if !missing.is_empty() {
            let (missing, promised) = (missing.clone(), promised.clone());
            self.emit(Fact::MaterialsChecked {
                missing,
                faulty: Vec::new(),
                promised,
            });
        }
        self.begin(root, self.matter.root);
        Ok(())
    }

    /// A letter is received, refused or answered where it is: by persons here, or by the deployment that has it.
    pub(super) fn other_side(&self, letter: &Handoff) -> Result<(), Rejection> {
        match (&letter.away, self.context.actor) {
            (Some(away), Actor::Peer { deployment, .. }) if away.to == *deployment => Ok(()),
            (Some(away), _) => {
                Err(self.not_now("reject.letter_away", &[("where", away.to.to_string())]))
            }
            (None, Actor::Peer { .. }) => Err(Rejection::Forbidden { needed: Vec::new() }),
            (None, _) => Ok(()),
        }
    }

    /// What the deployment that has a letter answers: one of its outcomes, with what the step lets come back.
    pub(super) fn answer_from_afar(
        &mut self,
        no: HandoffNo,
        by: (PersonId, Seat),
        outcome: &Name,
        data: &Json,
    ) -> Result<(), Rejection> {
        let (frame, at, step) = self.letter(no)?;
        let Some(task) = self.task_for(frame, Work::Answer(no)) else {
            return Err(self.not_now("reject.no_answer", &[]));
        };
        let Kind::Handoff { form, returns, .. } = &step.kind else {
            return Ok(());
        };
        let known = |o: &&crate::matter::Outcome| !matches!(&*o.name.value, "refused" | "overdue");
        let mut offered = step
            .outcomes
            .iter()
            .filter(known)
            .map(|o| o.name.value.clone());
        if !offered.any(|name| name == *outcome) && &**outcome != "done" {
            let outcome = outcome.to_string();
            return Err(Rejection::NoSuchOutcome {
                outcome,
                offered: Vec::new(),
            });
        }
        let content = match form {
            Some(form) => self.submitted(Some(&form.value), data, true)?,
            None => {
                let names = returns
                    .iter()
                    .filter_map(|path| path.value.rsplit('.').next());
                let fields = names.filter_map(|n| Some((n.to_owned(), data.get(n)?.clone())));
                Json::Object(fields.collect())
            }
        };
        let how = super::flow::How {
            task: Some(task),
            by: Some(by.0),
            seat: Some(by.1),
            content,
            ..Default::default()
        };
        self.finish(frame, at, outcome, how);
        Ok(())
    }

    /// The limit a letter came with, for the step it is.
    pub(super) fn stated_limit(&self, step: &str, what: &str) -> Option<Limit> {
        let origin = self.case.origin().filter(|o| &*o.step == step)?;
        match what {
            "receive" => origin.receive,
            _ => origin.limit,
        }
    }
}

/// The values of a letter, seen from its case.
impl Foreign {
    pub(super) fn given(&self, root: &str) -> Option<&Json> {
        self.given.get(root)
    }

    pub(super) fn case_field(&self, name: &str) -> Option<Json> {
        self.given.get("case")?.get(name).cloned()
    }

    /// What papers print of it besides applicant and form.
    pub(super) fn values(&self) -> impl Iterator<Item = (&String, &Json)> {
        let common = |(name, _): &(&String, &Json)| !super::COMMON.contains(&name.as_str());
        self.given.as_object().into_iter().flatten().filter(common)
    }
}

/// A word of a letter without its data, for whoever writes it down.
impl Word {
    /// Its name in an exchange.
    pub fn name(&self) -> &'static str {
        match self {
            Word::Sent => "sent",
            Word::Urged => "urged",
            Word::CalledOff => "called_off",
            Word::Received => "received",
            Word::Refused => "refused",
            Word::Answered(_) => "answered",
        }
    }

    /// The outcome it tells of; `null` where there is none.
    pub fn outcome(&self) -> Json {
        match self {
            Word::Answered(outcome) => json!(outcome),
            _ => Json::Null,
        }
    }
}
