//! A notice with example values, or a ping of an endpoint, sent by the ways of all messages to whoever asks for it: marked as a test, of no
//! case, and settled like any other.

use super::Runtime;
use super::owed::{Owed, name};
use crate::store::{Message, OutboxId, StoreError};
use engine::text::{Lang, both};
use jiff::{SignedDuration, Timestamp};
use notifications::Sms;
use notifications::Subject;
use notifications::facts::{CaseFacts, Facts, TaskFacts, in_beijing};
use notifications::message::{Body, Channel};
use notifications::wording::{Notice, Unworded};
use serde_json::json;
use std::sync::Arc;

/// What tests are about in the outbox.
const ABOUT: &str = "test";
/// A number nobody has: its place is no city, its serial zero.
const NUMBER: &str = "000000-TEST-20260101-00000-0";

/// What is to be sent as a test.
#[derive(Clone, Copy, Debug)]
pub enum Specimen<'a> {
    /// A notice, by a channel, of a matter with this title.
    Notice(&'a Notice, Channel, &'a str),
    /// A call of an endpoint that asks for nothing.
    Ping(i64, &'a str),
}

/// Why a test was not sent.
#[derive(Debug, thiserror::Error)]
pub enum Unsent {
    /// There are no words for it, or no room.
    #[error(transparent)]
    Words(#[from] Unworded),
    /// Nobody has written down where it could go.
    #[error("no address")]
    Nowhere,
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] Arc<StoreError>),
}

impl Runtime {
    /// Whether a person has an address of his own by a channel.
    pub fn reaches_person(&self, person: &str, channel: Channel) -> bool {
        self.reach().everyone || self.reach().address(person, channel).is_some()
    }

    /// Puts a test for a person into the outbox; its name, by which its fate is asked.
    ///
    /// # Errors
    /// If it has no words or no address, or the store does not answer.
    pub async fn send_specimen(
        &self,
        person: &str,
        specimen: Specimen<'_>,
        lang: Lang,
    ) -> Result<OutboxId, Unsent> {
        let now = self.clock().now();
        let (body, to, endpoint) = match specimen {
            Specimen::Notice(notice, channel, title) => {
                if !self.reaches_person(person, channel) {
                    return Err(Unsent::Nowhere);
                }
                let body = self.worded(notice, channel, title, lang, now)?;
                (body, person, None)
            }
            Specimen::Ping(endpoint, place) => {
                let json = json!({ "type": "ping", "at": in_beijing(now), "test": true });
                let kind = "ping".to_owned();
                (Body::Webhook { kind, json }, place, Some(endpoint))
            }
        };
        let owed = Owed::of_no_case(ABOUT, to, now, body, None);
        let owed = Owed { endpoint, ..owed };
        let random: u64 = rand::random();
        let id = name(&[ABOUT, person, &random.to_string()], now.as_millisecond());
        let rows: Vec<_> = owed.row(id, now).into_iter().collect();
        self.store().post(&rows).await.map_err(Arc::new)?;
        self.0.signals.outbox.ring();
        Ok(id)
    }

    /// What has become of a test.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn specimen(&self, id: OutboxId) -> Result<Option<Message>, StoreError> {
        let message = self.store().message(id).await?;
        let own = |m: &Message| {
            let owed = serde_json::from_str::<Owed>(&m.leased.row.body);
            owed.is_ok_and(|owed| owed.about == ABOUT)
        };
        Ok(message.filter(own))
    }

    /// The words, marked as a test.
    fn worded(
        &self,
        notice: &Notice,
        channel: Channel,
        title: &str,
        lang: Lang,
        now: Timestamp,
    ) -> Result<Body, Unworded> {
        let facts = self.examples(title, channel, lang, now);
        let body = notice.word(channel, &notice.complete(facts))?;
        Ok(marked(body, lang))
    }

    fn examples(&self, title: &str, channel: Channel, lang: Lang, now: Timestamp) -> Facts {
        let due = now.checked_add(SignedDuration::from_hours(48)).ok();
        let case = CaseFacts {
            id: "0",
            number: NUMBER,
            matter: ABOUT,
            matter_title: title,
            revision: "1",
            received: Some(now),
            due,
        };
        let words = |key: &str| both(key, &[]).get(lang).to_owned();
        let (step, left) = (words("specimen.step"), words("specimen.left"));
        let task = TaskFacts {
            id: "0-0",
            step: ABOUT,
            title: &step,
            due,
            left: &left,
        };
        let link = self.reach().link(channel, "work");
        let facts = Facts::new(&case, &link, lang).task(&task, lang);
        facts.office(&words("specimen.office"), "")
    }
}

/// The same, with a mark that it is a test.
fn marked(body: Body, lang: Lang) -> Body {
    let mark = both("specimen.mark", &[]).get(lang).to_owned();
    match body {
        Body::Email {
            subject,
            html,
            text,
        } => Body::Email {
            subject: Subject::new(&format!("{mark} {}", subject.as_str())),
            html: html.replacen("<body>", &format!("<body>\n<p>{mark}</p>"), 1),
            text: format!("{mark}\n\n{text}"),
        },
        Body::Sms { text } => Body::Sms {
            text: Sms::cut(&format!("{mark}{}", text.as_str())),
        },
        other => other,
    }
}
