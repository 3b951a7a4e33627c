//! Takes a message out of the outbox to whoever is to read it: still wanted? by day? to which address? — and says what became of it.

use super::alert::{Alert, NO_CASE};
use super::bell::{deputy, ring};
use super::exchange::Enclosed;
use super::exchange::stops::{self, Stop};
use super::lines::Lines;
use super::outbox::{Done, Pace, Route, Routes};
use super::owed::{BELL, Owed};
use super::wording::{APPLICANT, phone};
use super::{Clock, Runtime, Seen};
use crate::directory::Preferences;
use crate::endpoint::Endpoint;
use crate::peer::Known;
use crate::store::{Fate, Leased, StoreError};
use crate::system;
use jiff::{SignedDuration, Timestamp};
use notifications::email::Email;
use notifications::message::{Channel, Message};
use notifications::retry::{Health, Next, Outcome, TRIES, by_day, next_of};
use notifications::sms::{Account, Gateway};
use notifications::webhook::Webhooks;
use std::sync::{Arc, Mutex, PoisonError};

/// What carries messages out. A channel that is not there lets its messages wait. Webhooks need no setting but their endpoints,
/// calls none but their systems.
#[derive(Clone, Default)]
pub struct Channels {
    /// Mail.
    pub email: Option<Email>,
    /// Short messages.
    pub sms: Option<Account>,
    /// So many messages a second leave by each channel at most; none: a hundred.
    pub per_second: Option<u32>,
}

/// No more than a hundred a second (G31).
const PER_SECOND: u32 = 100;
/// What is said of a message that has waited too long for its way.
pub(super) const GIVEN_UP: &str = "nobody answered for 72 h";
/// Before it looks again at a case that cannot be read.
const AGAIN: SignedDuration = SignedDuration::from_mins(1);

/// The one mail nobody can switch off.
const RED: &str = "card.red";
/// What is kept of a short message to a citizen who gave no number: he was told at the window.
const NO_PHONE: &str = "no phone was given";
/// What is kept as the reason.
const UNWANTED: &str = "switched off by the person";

/// How an attempt at a message ends: by a real channel, or in the sandbox's mailbox.
#[derive(Clone)]
pub(super) enum Carrier {
    Email(Email),
    Sms(Gateway),
    Webhook(Webhooks, Endpoint),
    Bell,
    /// Calls to a system of this name.
    Call(Webhooks, String),
    /// Calls to a name by which nobody has set up a system.
    Stranger(String),
    Exchange(Webhooks, Known),
    Mailbox,
}

impl Channels {
    /// Whether nothing can be sent by a channel.
    pub fn lacks(&self, kind: &str) -> bool {
        match kind {
            "email" => self.email.is_none(),
            "sms" => self.sms.is_none(),
            _ => true,
        }
    }

    /// The ways out as they are at present. In the sandbox what has no channel goes to the mailbox that is the outbox itself.
    pub(super) fn routes(self, runtime: &Runtime) -> Routes {
        let sandbox = runtime.clock().is_sandbox();
        let mailbox = || sandbox.then_some(Carrier::Mailbox);
        let gateway = |account| Gateway::new(account, runtime.lines().rules());
        let sms = self.sms.map(gateway).transpose();
        let sms = sms.unwrap_or_else(|error| {
            tracing::error!(%error, "short messages wait: there is no TLS");
            None
        });
        let carriers = [
            ("email", self.email.map(Carrier::Email).or_else(mailbox)),
            ("sms", sms.map(Carrier::Sms).or_else(mailbox)),
            (BELL, Some(Carrier::Bell)),
        ];
        let kept = carriers.into_iter();
        let pace = Pace::per_second(self.per_second.unwrap_or(PER_SECOND));
        let kept = kept.filter_map(|(kind, carrier)| Some(route(kind, carrier?, pace, runtime)));
        let kept: Vec<Route> = kept.collect();
        let open = kept
            .iter()
            .filter_map(|route| Some(route.kind.as_deref()?.to_owned()));
        runtime.lines().open(open);
        let webhooks = Webhooks::new(runtime.lines().rules());
        if let Err(error) = &webhooks {
            tracing::error!(%error, "webhooks wait: there is no TLS");
        }
        let (webhooks, runtime) = (webhooks.ok(), runtime.clone());
        Box::new(move || {
            let wanted = runtime.lines().wanted();
            let called = wanted.endpoints.iter().filter(|endpoint| endpoint.on);
            let calls = called.filter_map(|endpoint| {
                let carrier = Carrier::Webhook(webhooks.clone()?, endpoint.clone());
                Some(route(&endpoint.kind(), carrier, pace, &runtime))
            });
            let systems = runtime.lines().systems();
            let asked = systems.iter().filter(|system| system.url().is_some());
            let asked = asked.filter_map(|system| {
                let carrier = Carrier::Call(webhooks.clone()?, system.name.clone());
                Some(route(&system.kind(), carrier, pace, &runtime))
            });
            let strangers = runtime.lines().strangers().into_iter();
            let strangers = strangers.map(|name| {
                let kind = system::kind(&name);
                route(&kind, Carrier::Stranger(name), pace, &runtime)
            });
            let peers = runtime.lines().peers();
            let letters = peers.iter().filter_map(|known| {
                let carrier = Carrier::Exchange(webhooks.clone()?, known.clone());
                Some(route(&known.kind(), carrier, pace, &runtime))
            });
            kept.iter()
                .cloned()
                .chain(calls)
                .chain(asked)
                .chain(strangers)
                .chain(letters)
                .collect()
        })
    }
}

fn route(kind: &str, carrier: Carrier, pace: Pace, runtime: &Runtime) -> Route {
    let health = runtime.lines().health(kind);
    let pace = match carrier {
        Carrier::Mailbox | Carrier::Bell | Carrier::Stranger(_) => Pace::default(),
        Carrier::Email(_)
        | Carrier::Sms(_)
        | Carrier::Webhook(..)
        | Carrier::Call(..)
        | Carrier::Exchange(..) => pace,
    };
    let kind: Arc<str> = kind.into();
    // Where there is nobody, nobody can be down.
    let tried = match carrier {
        Carrier::Stranger(_) => Arc::default(),
        _ => health.clone(),
    };
    let courier = Courier {
        runtime: runtime.clone(),
        kind: kind.clone(),
        carrier,
        health,
    };
    Route {
        kind: Some(kind),
        health: tried,
        pace,
        deliver: Arc::new(move |message| {
            let courier = courier.clone();
            Box::pin(async move { courier.take(message).await })
        }),
    }
}

/// Takes the messages of one way out.
#[derive(Clone)]
pub(super) struct Courier {
    pub runtime: Runtime,
    pub kind: Arc<str>,
    carrier: Carrier,
    pub health: Arc<Mutex<Health>>,
}

impl Courier {
    /// One attempt at a message.
    async fn take(&self, message: Leased) -> Done {
        if let Carrier::Call(webhooks, system) = &self.carrier {
            return self.ask(webhooks, system, &message).await;
        }
        if let Carrier::Stranger(system) = &self.carrier {
            return self.ask_nobody(system, &message).await;
        }
        if let Carrier::Exchange(calls, known) = &self.carrier {
            return self.hand_over(calls, known, message).await;
        }
        let now = self.clock().now();
        let unreadable = || Done::with(Fate::Dead, "the message cannot be read");
        let Ok(mut owed) = serde_json::from_str::<Owed>(&message.row.body) else {
            return unreadable();
        };
        let id = message.row.id;
        let id = format!("{}-{}-{}", id.case_id, id.seq, id.position);
        if self.is_given_up(&message, now) {
            let outcome = Outcome::Unreachable {
                answer: GIVEN_UP.to_owned(),
            };
            let done = Done::with(Fate::Dead, outcome.answer());
            self.report(&outcome, &done, &id, &message).await;
            return done;
        }
        let (to, seen) = match self.address(&message, &owed, now).await {
            Ok(found) => found,
            Err(done) => return done,
        };
        if let Some(seen) = seen.filter(|_| owed.to == APPLICANT) {
            let whole = self.runtime.with_link(&message.row.body, &seen);
            match serde_json::from_str::<Owed>(&whole) {
                Ok(whole) => owed = whole,
                Err(_) => return unreadable(),
            }
        }
        let letter = Message {
            id,
            to,
            body: owed.body,
        };
        let outcome = match &self.carrier {
            Carrier::Email(email) => email.send(&letter).await,
            Carrier::Sms(gateway) => gateway.send(&letter, now).await,
            Carrier::Webhook(webhooks, endpoint) => {
                let secrets = endpoint.secrets.valid(now);
                webhooks.send(&letter, &secrets, now).await
            }
            Carrier::Mailbox
            | Carrier::Bell
            | Carrier::Call(..)
            | Carrier::Stranger(_)
            | Carrier::Exchange(..) => Outcome::Sent,
        };
        self.done(&outcome, &letter.id, &message).await
    }

    /// One attempt at an envelope to another deployment; what is kept of it is the receipt.
    async fn hand_over(&self, calls: &Webhooks, known: &Known, message: Leased) -> Done {
        let unreadable = || Done::with(Fate::Dead, "the envelope cannot be read");
        let case = message.row.id.case_id;
        let keys = match self.runtime.0.loader.keys_of(&[case]).await {
            Ok(keys) => keys,
            Err(why) => {
                let again = later(self.clock().now());
                return Done::with(Fate::Wait(again), &why.to_string());
            }
        };
        let enclosed = serde_json::from_str::<Enclosed>(&message.row.body).ok();
        let opened = enclosed.zip(keys.get(&case));
        let opened = opened.and_then(|(e, key)| Some((e.open(message.row.id, key)?, e.envelope)));
        let Some((signed, id)) = opened else {
            return unreadable();
        };
        let word = stops::word(Some(&self.kind), Some(&message.row.body));
        stops::pass(word.as_deref(), Stop::Leased).await;
        let (outcome, receipt) = self.runtime.hand_over(calls, known, &signed).await;
        stops::pass(
            word.as_deref().filter(|_| receipt.is_some()),
            Stop::Receipted,
        )
        .await;
        let done = self.done(&outcome, &id, &message).await;
        match receipt {
            Some(receipt) if done.fate == Fate::Sent => Done::with(Fate::Sent, &receipt),
            _ => done,
        }
    }

    /// What becomes of a message after an attempt; told to whom it concerns.
    async fn done(&self, outcome: &Outcome, id: &str, message: &Leased) -> Done {
        let done = self.settle(outcome, message, TRIES);
        self.report(outcome, &done, id, message).await;
        done
    }

    /// Whether a message has waited too long for a way that is down (G31).
    pub(super) fn is_given_up(&self, message: &Leased, now: Timestamp) -> bool {
        let created = Timestamp::from_millisecond(message.since).unwrap_or(now);
        let health = self.health.lock().unwrap_or_else(PoisonError::into_inner);
        health.is_given_up(created, now)
    }

    /// Tells what an attempt says, as far as that is possible.
    pub(super) async fn report(&self, outcome: &Outcome, done: &Done, id: &str, message: &Leased) {
        if let Err(error) = self.tell(outcome, done, id, message).await {
            tracing::warn!(%error, kind = &*self.kind, "the administrator could not be told");
        }
    }

    pub(super) fn clock(&self) -> &Clock {
        self.runtime.clock()
    }

    fn lines(&self) -> &Lines {
        self.runtime.lines()
    }

    /// Where a message goes, and the case it is of, if it is still wanted and now is the time.
    async fn address(
        &self,
        message: &Leased,
        owed: &Owed,
        now: Timestamp,
    ) -> Result<(String, Option<Seen>), Done> {
        let case = message.row.id.case_id;
        let mailbox = matches!(self.carrier, Carrier::Mailbox | Carrier::Bell);
        let seen = match case {
            NO_CASE => None,
            case => match self.runtime.case(case.unsigned_abs()).await {
                Ok(Some(seen)) => Some(seen),
                Ok(None) => return Err(Done::with(Fate::Dead, "there is no such case")),
                Err(why) => return Err(Done::with(Fate::Wait(later(now)), &why.to_string())),
            },
        };
        // Time stands still in the sandbox until it is moved: what leaves at once has left when it came up.
        let left_at_once = mailbox && !owed.is_planned();
        let stale = seen.as_ref().is_some_and(|seen| owed.is_stale(&seen.case));
        if !left_at_once && stale || owed.is_over(self.lines(), now) {
            return Err(Fate::Obsolete.into());
        }
        let to_citizen = owed.is_to_citizen();
        let channel = owed.body.channel();
        let unreached = |seen: &Seen| to_citizen && phone(&seen.case, &owed.to).is_none();
        if channel == Channel::Sms && seen.as_ref().is_some_and(unreached) {
            return Err(Done::with(Fate::Obsolete, NO_PHONE));
        }
        if to_citizen && channel == Channel::Sms && by_day(now) > now {
            return Err(Fate::Wait(by_day(now).as_millisecond()).into());
        }
        if let Carrier::Bell = self.carrier {
            let matter = matter(seen.as_ref());
            let rung = ring(self.runtime.store(), message.row.id, owed, matter, now).await;
            return Err(match rung {
                Ok(()) => Fate::Sent.into(),
                Err(why) => Done::with(Fate::Wait(later(now)), &why.to_string()),
            });
        }
        let person = match &owed.person {
            Some(person) => Some(self.person(person, owed, seen.as_ref(), now).await?),
            None => None,
        };
        if self.is_unwanted(owed, person.as_deref()).await {
            return Err(Done::with(Fate::Obsolete, UNWANTED));
        }
        if mailbox {
            return Err(Fate::Sent.into());
        }
        let own = person.as_deref();
        let own = own.and_then(|person| self.runtime.reach().address(person, channel));
        let address = match (&self.carrier, &seen) {
            (Carrier::Webhook(_, endpoint), _) => Some(endpoint.url.as_str()),
            (_, Some(seen)) if to_citizen => {
                phone(&seen.case, &owed.to).filter(|_| channel == Channel::Sms)
            }
            _ => own.or_else(|| self.runtime.reach().address(&owed.to, channel)),
        };
        let nowhere = || Done::with(Fate::Dead, &format!("no address: {}", owed.to));
        let address = address.map(str::to_owned).ok_or_else(nowhere)?;
        Ok((address, seen))
    }

    /// Whom a message concerns now: while somebody is away, his deputy.
    async fn person(
        &self,
        person: &str,
        owed: &Owed,
        seen: Option<&Seen>,
        now: Timestamp,
    ) -> Result<String, Done> {
        let found = deputy(self.runtime.store(), person, &owed.to, matter(seen), now).await;
        match found {
            Ok(deputy) => Ok(deputy.unwrap_or_else(|| person.to_owned())),
            Err(why) => Err(Done::with(Fate::Wait(later(now)), &why.to_string())),
        }
    }

    /// Whether whoever it is for wants no mail; of the red cards of his own work he is told all the same.
    async fn is_unwanted(&self, owed: &Owed, person: Option<&str>) -> bool {
        let Some(person) = person.filter(|_| owed.about != RED) else {
            return false;
        };
        let said = self.runtime.store().preference(person).await;
        let said = said.ok().flatten();
        let said = said.and_then(|text| serde_json::from_str::<Preferences>(&text).ok());
        owed.body.channel() == Channel::Email && said.is_some_and(|said| said.no_mail)
    }

    /// What becomes of a message that is dead after so many attempts.
    pub(super) fn settle(&self, outcome: &Outcome, message: &Leased, tries: u32) -> Done {
        let now = self.clock().now();
        let mut health = self.health.lock().unwrap_or_else(PoisonError::into_inner);
        health.note(outcome, now);
        let used = u32::try_from(message.attempts - 1).unwrap_or_default();
        let since = Timestamp::from_millisecond(message.since).unwrap_or(now);
        let fate = match next_of(tries, outcome, used, since, &health, now) {
            Next::Settled => Fate::Sent,
            Next::Again { at, attempts } if attempts == used => Fate::Wait(at.as_millisecond()),
            Next::Again { at, .. } => Fate::Again(at.as_millisecond()),
            Next::Dead => Fate::Dead,
        };
        Done::with(fate, outcome.answer())
    }

    /// Puts on record what the attempt says of the way itself, and tells the administrator what he should know.
    async fn tell(
        &self,
        outcome: &Outcome,
        done: &Done,
        id: &str,
        message: &Leased,
    ) -> Result<(), StoreError> {
        let (store, now) = (self.runtime.store(), self.clock().now());
        let alert = Alert {
            store,
            reach: self.runtime.reach(),
            now,
        };
        let (kind, said) = (&*self.kind, outcome.answer());
        if let (Carrier::Webhook(_, endpoint), Outcome::Gone { .. }) = (&self.carrier, outcome) {
            store
                .switch_off(endpoint.id, said, now.as_millisecond())
                .await?;
            self.runtime.endpoints_changed().await?;
        }
        let is_down = {
            let health = self.health.lock().unwrap_or_else(PoisonError::into_inner);
            health.is_down()
        };
        match (is_down, self.lines().outage(kind)) {
            (true, None) => {
                let since = now.as_millisecond();
                self.lines().note(kind, Some(since));
                if store.begin_outage(kind, since, said).await? {
                    tracing::warn!(kind, said, "nobody answers; messages wait");
                    alert.down(kind, since, said).await?;
                }
            }
            (false, Some(_)) => {
                self.lines().note(kind, None);
                store.end_outage(kind).await?;
                tracing::info!(kind, "somebody answers again");
            }
            _ => {}
        }
        // What tells of a failure and fails itself is not told of.
        if done.fate == Fate::Dead && message.row.id.case_id != NO_CASE {
            alert.dead(kind, id, message.attempts, said).await?;
        }
        Ok(())
    }
}

/// The matter of a case.
fn matter(seen: Option<&Seen>) -> &str {
    seen.map_or("", |seen| &seen.revision.id.value)
}

pub(super) fn later(now: Timestamp) -> i64 {
    now.saturating_add(AGAIN).unwrap_or(now).as_millisecond()
}
