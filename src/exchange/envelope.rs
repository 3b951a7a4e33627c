//! An envelope as a CloudEvent 1.0 in structured mode, and the receipt whoever gets it gives for it.

use super::sha256;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// Before the name of a word in the type of an event.
const TYPE: &str = "cn.onenet.handoff.";
/// Before the key id of a deployment in `source` and `receiver`.
const DEPLOYMENT: &str = "urn:onenet:";

/// What one deployment tells another about a letter.
#[derive(Clone, Debug, PartialEq)]
pub struct Envelope {
    /// Its id, the same through all attempts: the number of the case and of the event that told it.
    pub id: String,
    /// The key id of whoever sends it.
    pub sender: String,
    /// The key id of whoever it is for.
    pub receiver: String,
    /// `sent`, `urged`, `called_off`, `received`, `refused`, `answered`.
    pub word: String,
    /// The exchange it belongs to: the number of the case that sent the letter, and of the letter.
    pub subject: String,
    /// When it happened there, as it says.
    pub time: Timestamp,
    /// Its number among all that its side tells in this exchange, from 1.
    pub sequence: u32,
    /// What is told.
    pub data: Json,
}

/// Why an envelope cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// It is not a CloudEvent as we send them.
    Malformed,
    /// Its content is not what its hash says.
    Content,
}

#[derive(Serialize, Deserialize)]
struct Event {
    specversion: String,
    id: String,
    source: String,
    #[serde(rename = "type")]
    kind: String,
    subject: String,
    time: Timestamp,
    datacontenttype: String,
    receiver: String,
    sequence: String,
    contentsha256: String,
    data: Json,
}

impl Envelope {
    /// As it is sent.
    pub fn text(&self) -> String {
        let event = Event {
            specversion: "1.0".to_owned(),
            id: self.id.clone(),
            source: format!("{DEPLOYMENT}{}", self.sender),
            kind: format!("{TYPE}{}", self.word),
            subject: self.subject.clone(),
            time: self.time,
            datacontenttype: "application/json".to_owned(),
            receiver: format!("{DEPLOYMENT}{}", self.receiver),
            sequence: self.sequence.to_string(),
            contentsha256: content(&self.data),
            data: self.data.clone(),
        };
        serde_json::to_string(&event).unwrap_or_default()
    }

    /// Reads what was sent; who signed it is for the caller to find out.
    ///
    /// # Errors
    /// See [`Flaw`].
    pub fn read(text: &str) -> Result<Envelope, Flaw> {
        let event: Event = serde_json::from_str(text).map_err(|_| Flaw::Malformed)?;
        let of = |text: &str| text.strip_prefix(DEPLOYMENT).map(str::to_owned);
        if event.specversion != "1.0" {
            return Err(Flaw::Malformed);
        }
        if event.contentsha256 != content(&event.data) {
            return Err(Flaw::Content);
        }
        let word = event.kind.strip_prefix(TYPE).map(str::to_owned);
        let sequence = event.sequence.parse().ok().filter(|n| *n > 0);
        Ok(Envelope {
            sender: of(&event.source).ok_or(Flaw::Malformed)?,
            receiver: of(&event.receiver).ok_or(Flaw::Malformed)?,
            word: word.ok_or(Flaw::Malformed)?,
            sequence: sequence.ok_or(Flaw::Malformed)?,
            id: event.id,
            subject: event.subject,
            time: event.time,
            data: event.data,
        })
    }
}

fn content(data: &Json) -> String {
    sha256(data.to_string().as_bytes())
}

/// What whoever gets an envelope says of it, signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The id of the envelope.
    pub id: String,
    /// Its exchange.
    pub subject: String,
    /// Its number there.
    pub sequence: u32,
    /// SHA-256 of its exact bytes.
    pub sha256: String,
    /// When it arrived, by the clock over there.
    pub received: Timestamp,
    /// The key id of whoever gives the receipt.
    pub receiver: String,
    /// Why it was not taken; nothing: it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<Refusal>,
}

/// Why an envelope that was signed by the right hand was not taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// A stable code.
    pub code: String,
    /// What people read.
    pub zh: String,
    /// The same in English.
    pub en: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn sample() -> Envelope {
        Envelope {
            id: "442000-YLZY-20260302-00001-0.45".to_owned(),
            sender: "0123456789abcdef".to_owned(),
            receiver: "fedcba9876543210".to_owned(),
            word: "sent".to_owned(),
            subject: "442000-YLZY-20260302-00001-0/21".to_owned(),
            time: "2026-03-02T02:00:00Z".parse().unwrap(),
            sequence: 1,
            data: json!({ "shared": { "applicant.name": "王五" } }),
        }
    }

    #[test]
    fn an_envelope_is_a_cloud_event_and_reads_back() {
        let text = sample().text();
        let event: Json = serde_json::from_str(&text).unwrap();
        assert_eq!(
            (&event["specversion"], &event["type"]),
            (&json!("1.0"), &json!("cn.onenet.handoff.sent"))
        );
        assert_eq!(Envelope::read(&text), Ok(sample()));
    }

    #[test]
    fn changed_content_is_noticed_without_any_key() {
        let text = sample().text().replace("王五", "王六");
        assert_eq!(Envelope::read(&text), Err(Flaw::Content));
        assert_eq!(Envelope::read("{}"), Err(Flaw::Malformed));
        let none = sample()
            .text()
            .replace(r#""sequence":"1""#, r#""sequence":"0""#);
        assert_eq!(Envelope::read(&none), Err(Flaw::Malformed));
    }
}
