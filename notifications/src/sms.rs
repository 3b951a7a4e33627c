//! Short messages through an HTTP gateway that takes JSON: `{"id","to","text"}` with a bearer token.

use crate::line::{Line, PATIENCE, Watched, answer};
use crate::message::{Body, Message};
use crate::retry::Outcome;
use jiff::Timestamp;
use serde_json::json;

/// Where the gateway is, and the token it wants.
#[derive(Clone)]
pub struct Account {
    /// Its address; must be on the list of allowed destinations.
    pub url: String,
    /// Its token.
    pub token: String,
}

/// The short-message channel.
#[derive(Clone)]
pub struct Gateway {
    line: Line,
    account: Account,
}

impl Gateway {
    /// A channel to a gateway, as long as the rules allow it.
    pub fn new(account: Account, rules: Watched) -> Result<Gateway, reqwest::Error> {
        Ok(Gateway {
            line: Line::new(rules, PATIENCE)?,
            account,
        })
    }

    /// Hands a short message to the gateway. The id lets it drop a repeat.
    pub async fn send(&self, message: &Message, now: Timestamp) -> Outcome {
        let Body::Sms { text } = &message.body else {
            return Outcome::Refused {
                answer: format!("{:?}", message.body.channel()),
            };
        };
        let body = json!({ "id": message.id, "to": message.to, "text": text.as_str() });
        let outcome = match self.line.post(&self.account.url) {
            Ok(request) => {
                let request = request.bearer_auth(&self.account.token).json(&body);
                answer(request.send().await, now).await
            }
            Err(barred) => barred,
        };
        match outcome {
            // Its address is not allowed, and may be any time: nobody is called, and the message waits.
            Outcome::Refused { answer } => Outcome::Unreachable { answer },
            other => other,
        }
    }
}
