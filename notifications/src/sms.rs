//! Short messages through an HTTP gateway that takes JSON: `{"id","to","text"}` with a bearer token.

use crate::message::{Body, Message};
use crate::retry::Outcome;
use crate::webhook::{PATIENCE, answer, client};
use jiff::Timestamp;
use serde_json::json;

/// The short-message channel.
#[derive(Clone)]
pub struct Gateway {
    client: reqwest::Client,
    url: String,
    token: String,
}

impl Gateway {
    /// A channel to a gateway.
    pub fn new(url: &str, token: &str) -> Result<Gateway, reqwest::Error> {
        Ok(Gateway {
            client: client(PATIENCE).build()?,
            url: url.to_owned(),
            token: token.to_owned(),
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
        let request = self
            .client
            .post(&self.url)
            .bearer_auth(&self.token)
            .json(&body);
        answer(request.send().await, now).await
    }
}
