//! Takes a message out of the outbox to whoever is to read it: still wanted? by day? to which address? — and says what became of it.

use super::outbox::{Done, Route};
use super::wording::{APPLICANT, Owed, phone};
use super::{Clock, Runtime};
use crate::store::{Fate, Leased};
use jiff::{SignedDuration, Timestamp};
use notifications::email::Email;
use notifications::message::{Channel, Message};
use notifications::retry::{Health, Next, Outcome, by_day, next};
use notifications::sms::Gateway;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// What carries messages out. A channel that is not there lets its messages wait.
#[derive(Clone, Default)]
pub struct Channels {
    /// Mail.
    pub email: Option<Email>,
    /// Short messages.
    pub sms: Option<Gateway>,
}

/// No more than a hundred mails a second (G31).
const PACE: Duration = Duration::from_millis(10);
/// Before it looks again at a case that cannot be read.
const AGAIN: SignedDuration = SignedDuration::from_mins(1);

/// The name of a channel in the outbox.
pub(super) fn kind(channel: Channel) -> &'static str {
    match channel {
        Channel::Sms => "sms",
        Channel::Email => "email",
        Channel::Webhook => "webhook",
    }
}

/// How an attempt at a message ends: by a real channel, or in the sandbox's mailbox.
#[derive(Clone)]
enum Carrier {
    Email(Email),
    Sms(Gateway),
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

    /// The ways out. In the sandbox what has no channel goes to the mailbox that is the outbox itself.
    pub(super) fn routes(self, runtime: &Runtime) -> Vec<Route> {
        let sandbox = runtime.clock().is_sandbox();
        let mailbox = || sandbox.then_some(Carrier::Mailbox);
        let carriers = [
            (
                Channel::Email,
                self.email.map(Carrier::Email).or_else(mailbox),
            ),
            (Channel::Sms, self.sms.map(Carrier::Sms).or_else(mailbox)),
        ];
        let routes = carriers
            .into_iter()
            .filter_map(|(channel, carrier)| Some(route(channel, carrier?, runtime.clone())));
        routes.collect()
    }
}

fn route(channel: Channel, carrier: Carrier, runtime: Runtime) -> Route {
    let health = Arc::<Mutex<Health>>::default();
    let pace = match carrier {
        Carrier::Mailbox => Duration::ZERO,
        Carrier::Email(_) | Carrier::Sms(_) => PACE,
    };
    let courier = Courier {
        runtime,
        carrier,
        health: health.clone(),
    };
    Route {
        kind: Some(kind(channel)),
        health,
        pace,
        deliver: Arc::new(move |message| {
            let courier = courier.clone();
            Box::pin(async move { courier.take(message).await })
        }),
    }
}

#[derive(Clone)]
struct Courier {
    runtime: Runtime,
    carrier: Carrier,
    health: Arc<Mutex<Health>>,
}

impl Courier {
    /// One attempt at a message.
    async fn take(&self, message: Leased) -> Done {
        let clock: &Clock = self.runtime.clock();
        let now = clock.now();
        let Ok(mut owed) = serde_json::from_str::<Owed>(&message.row.body) else {
            return Done::with(Fate::Dead, "the message cannot be read");
        };
        let id = message.row.id;
        let seen = match self.runtime.case(id.case_id.unsigned_abs()).await {
            Ok(Some(seen)) => seen,
            Ok(None) => return Done::with(Fate::Dead, "there is no such case"),
            Err(why) => return Done::with(Fate::Wait(later(now)), &why.to_string()),
        };
        // Time stands still in the sandbox until it is moved: what leaves at once has left when it came up.
        let left_at_once = matches!(self.carrier, Carrier::Mailbox) && !owed.is_planned();
        if !left_at_once && owed.is_stale(&seen.case) {
            return Fate::Obsolete.into();
        }
        let to_applicant = owed.to == APPLICANT;
        let channel = owed.body.channel();
        if to_applicant && channel == Channel::Sms && by_day(now) > now {
            return Fate::Wait(by_day(now).as_millisecond()).into();
        }
        let address = match to_applicant {
            true => phone(&seen.case).filter(|_| channel == Channel::Sms),
            false => self.runtime.reach().address(&owed.to, channel),
        };
        if matches!(self.carrier, Carrier::Mailbox) {
            return Fate::Sent.into();
        }
        if to_applicant {
            let whole = self.runtime.with_link(&message.row.body, &seen);
            match serde_json::from_str::<Owed>(&whole) {
                Ok(whole) => owed = whole,
                Err(_) => return Done::with(Fate::Dead, "the message cannot be read"),
            }
        }
        let Some(address) = address else {
            return Done::with(Fate::Dead, &format!("no address: {}", owed.to));
        };
        let letter = Message {
            id: format!("{}-{}-{}", id.case_id, id.seq, id.position),
            to: address.to_owned(),
            body: owed.body,
        };
        let outcome = match &self.carrier {
            Carrier::Email(email) => email.send(&letter).await,
            Carrier::Sms(gateway) => gateway.send(&letter).await,
            Carrier::Mailbox => Outcome::Sent,
        };
        self.settle(&outcome, message.attempts, owed.at, clock.now())
    }

    fn settle(&self, outcome: &Outcome, attempts: i64, created: Timestamp, now: Timestamp) -> Done {
        let mut health = self.health.lock().unwrap_or_else(PoisonError::into_inner);
        health.note(outcome, now);
        let used = u32::try_from(attempts - 1).unwrap_or_default();
        let fate = match next(outcome, used, created, &health, now) {
            Next::Settled => Fate::Sent,
            Next::Again { at, attempts } if attempts == used => Fate::Wait(at.as_millisecond()),
            Next::Again { at, .. } => Fate::Again(at.as_millisecond()),
            Next::Dead => Fate::Dead,
        };
        Done::with(fate, answer(outcome))
    }
}

/// What the other side or the network said.
fn answer(outcome: &Outcome) -> &str {
    match outcome {
        Outcome::Sent => "",
        Outcome::Gone { answer }
        | Outcome::Refused { answer }
        | Outcome::Failed { answer }
        | Outcome::Unreachable { answer } => answer,
    }
}

fn later(now: Timestamp) -> i64 {
    now.saturating_add(AGAIN).unwrap_or(now).as_millisecond()
}
