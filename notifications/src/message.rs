//! A message as it lies in the outbox: its one name through all attempts, where it goes, and words that fit their place.

use crate::escape;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// What leaves the house.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// The one identity it keeps through all attempts, restarts and re-sends (G30).
    pub id: String,
    /// Mobile number, mailbox or URL.
    pub to: String,
    /// Its words.
    #[serde(flatten)]
    pub body: Body,
}

/// The words of a message, by the channel they were made for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "channel", rename_all = "snake_case")]
pub enum Body {
    /// 短信
    Sms {
        /// At most 70 characters.
        text: Sms,
    },
    /// 邮件
    Email {
        /// One line.
        subject: Subject,
        /// The plain part.
        text: String,
        /// The same as a page.
        html: String,
    },
    /// A call to another system.
    Webhook {
        /// What happened: `task.opened`, …
        #[serde(rename = "type")]
        kind: String,
        /// The JSON that is posted.
        json: Json,
    },
    /// A line in the program itself, worded when it is read, in the reader's language and as far as he may see.
    Bell {},
}

/// The ways to whoever is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// 短信
    Sms,
    /// 邮件
    Email,
    /// A call to another system.
    Webhook,
    /// The bell of the program itself.
    Bell,
}

impl Channel {
    /// All there are, with their names.
    pub const EVERY: [(&'static str, Channel); 4] = [
        ("email", Channel::Email),
        ("sms", Channel::Sms),
        ("webhook", Channel::Webhook),
        ("bell", Channel::Bell),
    ];
}

impl Body {
    /// The channel these words were made for.
    pub fn channel(&self) -> Channel {
        match self {
            Body::Sms { .. } => Channel::Sms,
            Body::Email { .. } => Channel::Email,
            Body::Webhook { .. } => Channel::Webhook,
            Body::Bell {} => Channel::Bell,
        }
    }
}

/// A text that fits into one short message: at most 70 characters, one line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Sms(String);

/// What one short message holds in UCS-2 (3GPP TS 23.038).
pub const SMS_CHARACTERS: usize = 70;

/// A text too long for one short message: so many characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} characters, a short message holds 70")]
pub struct TooLong(pub usize);

impl Sms {
    /// The text as a short message, if it fits. A rare character outside the basic plane counts twice, as it does on the network.
    pub fn new(text: &str) -> Result<Sms, TooLong> {
        let text = escape::line(text);
        match characters(&text) {
            0..=SMS_CHARACTERS => Ok(Sms(text)),
            more => Err(TooLong(more)),
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// How many characters of a short message a text takes.
pub fn characters(text: &str) -> usize {
    text.encode_utf16().count()
}

impl TryFrom<String> for Sms {
    type Error = TooLong;
    fn try_from(text: String) -> Result<Sms, TooLong> {
        Sms::new(&text)
    }
}

impl From<Sms> for String {
    fn from(sms: Sms) -> String {
        sms.0
    }
}

/// The subject of a mail: one line, so that no value can add a header.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Subject(String);

impl Subject {
    /// The text in one line of at most 200 characters.
    pub fn new(text: &str) -> Subject {
        let text = escape::line(text);
        Subject(
            text.split_whitespace()
                .collect::<Vec<_>>()
                .join(" ")
                .chars()
                .take(200)
                .collect(),
        )
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for Subject {
    fn from(text: String) -> Subject {
        Subject::new(&text)
    }
}

impl From<Subject> for String {
    fn from(subject: Subject) -> String {
        subject.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_message_holds_seventy_characters() {
        assert!(Sms::new(&"字".repeat(70)).is_ok());
        assert_eq!(Sms::new(&"字".repeat(71)), Err(TooLong(71)));
        assert_eq!(
            Sms::new(&"𠮷".repeat(36)),
            Err(TooLong(72)),
            "a rare character takes two places"
        );
    }

    #[test]
    fn a_subject_cannot_become_a_header() {
        let sly = Subject::new("[待办] 甲\r\nBcc: all@example.org\r\n\r\nbody");
        assert_eq!(sly.as_str(), "[待办] 甲 Bcc: all@example.org body");
    }

    #[test]
    fn a_message_is_the_same_after_the_outbox() {
        let message = Message {
            id: "4711-17-0".into(),
            to: "13800138000".into(),
            body: Body::Sms {
                text: Sms::new("【一张网】已受理").unwrap(),
            },
        };
        let row = serde_json::to_value(&message).unwrap();
        assert_eq!(row["channel"], "sms");
        assert_eq!(serde_json::from_value::<Message>(row).unwrap(), message);
        let long =
            serde_json::json!({ "id": "1", "to": "1", "channel": "sms", "text": "字".repeat(71) });
        assert!(
            serde_json::from_value::<Message>(long).is_err(),
            "the outbox cannot hold one that does not fit"
        );
    }
}
