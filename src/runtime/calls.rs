//! Calls of `call` steps: asked under one id as often as the step says, answered into the case, and seen while they wait.

use super::delivery::{Courier, GIVEN_UP, later};
use super::held::Held;
use super::outbox::Done;
use super::{Refused, Request, Runtime, Seen, Target, history};
use crate::store::{Fate, Leased, OutboxId, StoreError};
use crate::system::{System, kind};
use engine::case::{Actor, Call, Cause, Command, FrameNo, Name, Rejection};
use jiff::Timestamp;
use notifications::retry::Outcome;
use notifications::webhook::{Answer, Question, Webhooks};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use std::sync::PoisonError;

/// What is kept as the answer of a system that there is none of.
const UNREGISTERED: &str = "no system of this name is registered";

/// A call as it lies in the outbox. What is sent lies sealed in the event that made it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Asked {
    /// The address of the step.
    about: String,
    /// The system.
    to: Name,
    /// When it was made.
    at: Timestamp,
    /// The sequence that stands at it.
    frame: FrameNo,
    /// So often it is asked at most.
    tries: u32,
}

/// A call of a case that waits for its answer.
#[derive(Clone, Debug)]
pub struct Waiting {
    /// Its name, the same through all attempts.
    pub id: OutboxId,
    /// The step.
    pub step: String,
    /// The system.
    pub system: String,
    /// Since when.
    pub since: Timestamp,
    /// How often it was asked.
    pub attempts: i64,
    /// When it is asked next; none: it was taken and is to be answered later.
    pub next: Option<Timestamp>,
    /// What was last said.
    pub answer: Option<String>,
    /// Since when nobody answers there.
    pub down: Option<Timestamp>,
    /// Whether it can be asked at present.
    pub known: bool,
}

impl Asked {
    pub(super) fn new(
        held: &Held,
        connector: &Name,
        frame: FrameNo,
        step: &Name,
        tries: u32,
        at: Timestamp,
    ) -> Self {
        Asked {
            about: held.case.address(&held.published.revision, frame, step),
            to: connector.clone(),
            at,
            frame,
            tries,
        }
    }
}

/// A message as the outside knows it.
fn name(id: OutboxId) -> String {
    format!("{}-{}-{}", id.case_id, id.seq, id.position)
}

/// The call that a message in the outbox is, as long as its case waits for it.
fn waits<'s>(seen: &'s Seen, id: OutboxId) -> Option<Call<'s>> {
    let mut calls = seen.case.calls();
    calls.find(|call| call.seq == id.seq.unsigned_abs())
}

impl Courier {
    /// One attempt at a call, to the system as it is now: one that was switched off, or taken away, since its batch began is not asked,
    /// and the call waits.
    pub(super) async fn ask(&self, webhooks: &Webhooks, system: &str, message: &Leased) -> Done {
        let id = message.row.id;
        let systems = self.runtime.systems();
        let at_present = systems.iter().find(|s| s.name == system);
        let Some(system) = at_present.filter(|s| s.url().is_some()) else {
            return Fate::Wait(self.clock().now().as_millisecond()).into();
        };
        let (asked, seen) = match self.wanted(message).await {
            Ok(found) => found,
            Err(done) => return done,
        };
        if let Some(cause) = self.given_up(message, system) {
            let done = Done::with(Fate::Dead, GIVEN_UP);
            return self.fail(&asked, id, cause, done).await;
        }
        let content = match self.runtime.content(id).await {
            Ok(content) => content,
            Err(why) => return self.again(&why.to_string()),
        };
        let whole = question(&seen, &asked, &name(id), content);
        let now = self.clock().now();
        let question = Question {
            id: &name(id),
            url: system.url().unwrap_or_default(),
            json: &whole,
        };
        let secrets = system.secrets.calls.valid(now);
        let answer = webhooks.ask(question, &secrets, now).await;
        self.answered(&asked, message, answer).await
    }

    /// A call to a name by which nobody has set up a system: nothing is waited for.
    pub(super) async fn ask_nobody(&self, system: &str, message: &Leased) -> Done {
        let (asked, _) = match self.wanted(message).await {
            Ok(found) => found,
            Err(done) => return done,
        };
        match self.runtime.store().systems().await {
            Ok(rows) if rows.iter().all(|row| row.name != system) => {}
            Ok(_) => return self.again("the system has just been registered"),
            Err(why) => return self.again(&why.to_string()),
        }
        let id = message.row.id;
        let cause = Cause {
            why: "call.unregistered".to_owned(),
            args: vec![("system".to_owned(), system.to_owned())],
        };
        let done = Done::with(Fate::Dead, UNREGISTERED);
        let done = self.fail(&asked, id, cause, done).await;
        if done.fate == Fate::Dead {
            let answer = UNREGISTERED.to_owned();
            let outcome = Outcome::Refused { answer };
            self.report(&outcome, &done, &name(id), message).await;
        }
        done
    }

    /// What a message asks and the case that waits for it, as long as one does.
    async fn wanted(&self, message: &Leased) -> Result<(Asked, Seen), Done> {
        let id = message.row.id;
        let unreadable = |_| Done::with(Fate::Dead, "the call cannot be read");
        let asked = serde_json::from_str::<Asked>(&message.row.body).map_err(unreadable)?;
        match self.runtime.case(id.case_id.unsigned_abs()).await {
            Ok(Some(seen)) if waits(&seen, id).is_some() => Ok((asked, seen)),
            // Answered, withdrawn, overdue: nobody needs to know any more.
            Ok(_) => Err(Fate::Obsolete.into()),
            Err(why) => Err(self.again(&why.to_string())),
        }
    }

    /// Nothing was tried; it is, later.
    fn again(&self, why: &str) -> Done {
        Done::with(Fate::Wait(later(self.clock().now())), why)
    }

    /// Takes an answer into the case, or the want of one.
    async fn answered(&self, asked: &Asked, message: &Leased, answer: Answer) -> Done {
        let id = message.row.id;
        let outcome = match &answer {
            Answer::None(outcome) => outcome.clone(),
            Answer::Said(_) | Answer::Later | Answer::Unreadable => Outcome::Sent,
        };
        let done = self.settle(&outcome, message, asked.tries);
        self.report(&outcome, &done, &name(id), message).await;
        let system = ("system".to_owned(), asked.to.to_string());
        let because = |why: &str, more: Vec<(String, String)>| Cause {
            why: why.to_owned(),
            args: std::iter::once(system.clone()).chain(more).collect(),
        };
        let said = |answer: &str| ("answer".to_owned(), answer.to_owned());
        match answer {
            Answer::Later => done,
            Answer::Said(data) => self.take_answer(asked, id, data, done, &because).await,
            Answer::Unreadable => {
                let cause = because("call.unreadable", Vec::new());
                self.fail(asked, id, cause, done).await
            }
            Answer::None(_) if done.fate != Fate::Dead => done,
            Answer::None(Outcome::Refused { answer } | Outcome::Gone { answer }) => {
                let cause = because("call.refused", vec![said(&answer)]);
                self.fail(asked, id, cause, done).await
            }
            Answer::None(outcome) => {
                let times = ("times".to_owned(), message.attempts.to_string());
                let cause = because("call.silent", vec![times, said(outcome.answer())]);
                self.fail(asked, id, cause, done).await
            }
        }
    }

    async fn take_answer(
        &self,
        asked: &Asked,
        id: OutboxId,
        data: Json,
        done: Done,
        because: &(impl Fn(&str, Vec<(String, String)>) -> Cause + Sync),
    ) -> Done {
        let data = match data {
            Json::Null => json!({}),
            data => data,
        };
        match self.reply(asked, id, "done", data, None).await {
            Ok(()) => done,
            Err(Refused::Rejected(Rejection::Invalid(errors))) => {
                let fields = errors.iter().map(|e| e.pointer.as_str());
                let fields = fields.collect::<Vec<_>>().join("、");
                let cause = because("call.invalid", vec![("fields".to_owned(), fields.clone())]);
                let done = Done::with(done.fate, &fields);
                self.fail(asked, id, cause, done).await
            }
            Err(why) => self.again(&why.to_string()),
        }
    }

    /// Lets the step go on by `failed`; only then the message is settled.
    async fn fail(&self, asked: &Asked, id: OutboxId, cause: Cause, done: Done) -> Done {
        let failed = self.reply(asked, id, "failed", Json::Null, Some(cause));
        match failed.await {
            Ok(()) => done,
            // The case could not take it now: the call is made again, under its id.
            Err(why) => self.again(&why.to_string()),
        }
    }

    async fn reply(
        &self,
        asked: &Asked,
        id: OutboxId,
        outcome: &str,
        data: Json,
        cause: Option<Cause>,
    ) -> Result<(), Refused> {
        let request = Request {
            target: Target::Case(id.case_id.unsigned_abs()),
            command: Command::Reply {
                frame: asked.frame,
                call: id.seq.unsigned_abs(),
                outcome: outcome.into(),
                data,
                cause,
            },
            actor: Actor::System {
                name: asked.to.to_string(),
            },
            key: None,
            expect: None,
        };
        self.runtime.submit(request).await.map(drop)
    }

    /// Why a call is given up that has waited for a system that is down (G31).
    fn given_up(&self, message: &Leased, system: &System) -> Option<Cause> {
        let now = self.clock().now();
        let created = Timestamp::from_millisecond(message.since).ok()?;
        let given_up = self.is_given_up(message, now);
        let since = self.runtime.lines().outage(&self.kind);
        let since = since.and_then(|at| Timestamp::from_millisecond(at).ok());
        given_up.then(|| Cause {
            why: "call.down".to_owned(),
            args: vec![
                ("system".to_owned(), system.name.clone()),
                ("since".to_owned(), local(since.unwrap_or(created))),
            ],
        })
    }
}

/// What is posted: which case and step, and what the step sends.
fn question(seen: &Seen, asked: &Asked, id: &str, data: Json) -> Json {
    json!({
        "id": id,
        "type": "call",
        "at": asked.at.to_string(),
        "case": { "number": &*seen.number, "matter": &*seen.revision.id.value },
        "step": asked.about,
        "data": data,
    })
}

fn local(at: Timestamp) -> String {
    engine::clock::civil(at)
        .strftime("%Y-%m-%d %H:%M")
        .to_string()
}

impl Runtime {
    /// What was typed with an event: what a call sends.
    async fn content(&self, id: OutboxId) -> Result<Json, Refused> {
        let lost = || Refused::Damaged(format!("event {} of case {}", id.seq, id.case_id));
        let row = self.store().event(id.case_id, id.seq).await?;
        let row = row.ok_or_else(lost)?;
        let keys = self.0.loader.keys_of(&[id.case_id]).await?;
        let key = keys.get(&id.case_id).ok_or_else(lost)?;
        let entry = history::read(&row, key).map_err(|_| lost())?;
        let at = usize::try_from(id.seq - row.first_seq).map_err(|_| lost())?;
        let event = entry.events.into_iter().nth(at).ok_or_else(lost)?;
        Ok(event.content)
    }

    /// The calls of a case that wait for their answers.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn calls(&self, seen: &Seen) -> Result<Vec<Waiting>, StoreError> {
        let mut waiting = Vec::new();
        for call in seen.case.calls() {
            let id = OutboxId {
                case_id: seen.id.cast_signed(),
                seq: call.seq.cast_signed(),
                position: 0,
            };
            let Some(message) = self.store().message(id).await? else {
                continue;
            };
            let instant = |at: i64| Timestamp::from_millisecond(at).ok();
            let leaves = self.lines().health(&kind(call.connector));
            let now = self.clock().now();
            let next = instant(message.leased.row.next_at).map(|at| {
                let health = leaves.lock().unwrap_or_else(PoisonError::into_inner);
                at.max(health.probe_at(now))
            });
            let systems = self.lines().systems();
            waiting.push(Waiting {
                id,
                step: seen.case.address(&seen.revision, call.frame, call.step),
                system: call.connector.to_string(),
                since: instant(message.leased.since).unwrap_or(now),
                attempts: message.leased.attempts,
                next: next.filter(|_| message.state == "waiting"),
                answer: message.answer,
                down: self.lines().outage(&kind(call.connector)).and_then(instant),
                known: systems
                    .iter()
                    .any(|s| s.name == **call.connector && s.url().is_some()),
            });
        }
        Ok(waiting)
    }

    /// Makes a call at once that is planned for later; false: it is not planned, or its case waits for it no more.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub async fn call_now(&self, seen: &Seen, id: OutboxId) -> Result<bool, StoreError> {
        let Some(call) = waits(seen, id) else {
            return Ok(false);
        };
        let now = self.clock().now();
        let hastened = self.store().hasten(id, now.as_millisecond()).await?;
        if hastened {
            let health = self.lines().health(&kind(call.connector));
            let mut health = health.lock().unwrap_or_else(PoisonError::into_inner);
            health.hasten(now);
        }
        self.0.signals.outbox.ring();
        Ok(hastened)
    }

    /// The sequence that stood at a call to a system when it was made; none: there was no such call to it.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn called(&self, id: OutboxId, system: &str) -> Result<Option<FrameNo>, StoreError> {
        let message = self.store().message(id).await?;
        let row = message.map(|message| message.leased.row);
        let row = row.filter(|row| row.kind == kind(system));
        let asked = row.and_then(|row| serde_json::from_str::<Asked>(&row.body).ok());
        Ok(asked.map(|asked| asked.frame))
    }

    /// The other systems there are.
    pub fn systems(&self) -> std::sync::Arc<Vec<System>> {
        self.lines().systems()
    }
}
