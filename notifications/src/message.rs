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
        /// One message, or two parts of one.
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

/// A text that fits into one short message, or into the two parts of a long one: at most 134 characters, one line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Sms(String);

/// What one short message holds in UCS-2 (3GPP TS 23.038).
pub const SMS_CHARACTERS: usize = 70;

/// What the two parts of a long one hold, each of which gives three places to say where it belongs.
pub const LONG_SMS_CHARACTERS: usize = 2 * (SMS_CHARACTERS - 3);

/// A text too long even for two parts: so many characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} characters, a long short message holds 134")]
pub struct TooLong(pub usize);

impl Sms {
    /// The text as a short message, if two parts hold it. A rare character outside the basic plane counts twice, as it does on the network.
    pub fn new(text: &str) -> Result<Sms, TooLong> {
        let text = escape::line(text);
        match characters(&text) {
            0..=LONG_SMS_CHARACTERS => Ok(Sms(text)),
            more => Err(TooLong(more)),
        }
    }

    /// The text as far as two parts hold it; what is cut off is marked by `…`.
    pub fn cut(text: &str) -> Sms {
        let text = escape::line(text);
        if characters(&text) <= LONG_SMS_CHARACTERS {
            return Sms(text);
        }
        let mut room = LONG_SMS_CHARACTERS - 1;
        let fits = |c: &char| {
            let left = room.checked_sub(c.len_utf16());
            room = left.unwrap_or_default();
            left.is_some()
        };
        let kept: String = text.chars().take_while(fits).collect();
        Sms(kept + "…")
    }

    /// In how many parts it goes out; each is paid for.
    pub fn parts(&self) -> usize {
        match characters(&self.0) {
            0..=SMS_CHARACTERS => 1,
            _ => 2,
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
    fn a_short_message_holds_seventy_characters_and_two_parts_sixty_seven_each() {
        let parts = |text: String| Sms::new(&text).map(|sms| sms.parts());
        assert_eq!(parts("字".repeat(70)), Ok(1));
        assert_eq!(parts("字".repeat(71)), Ok(2));
        assert_eq!(
            parts("𠮷".repeat(36)),
            Ok(2),
            "a rare character takes two places"
        );
        assert_eq!(parts("字".repeat(134)), Ok(2));
        assert_eq!(parts("字".repeat(135)), Err(TooLong(135)));
    }

    #[test]
    fn what_is_cut_fits_and_says_so() {
        let whole = "字".repeat(134);
        assert_eq!(Sms::cut(&whole).as_str(), whole);
        for long in ["字".repeat(135), "𠮷".repeat(68)] {
            let cut = Sms::cut(&long);
            assert!(cut.as_str().ends_with("字…") || cut.as_str().ends_with("𠮷…"));
            assert_eq!(Sms::new(cut.as_str()), Ok(cut.clone()));
        }
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
            serde_json::json!({ "id": "1", "to": "1", "channel": "sms", "text": "字".repeat(135) });
        assert!(
            serde_json::from_value::<Message>(long).is_err(),
            "the outbox cannot hold one that does not fit"
        );
    }
}
