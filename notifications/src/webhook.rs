//! Calls to other systems, signed as Standard Webhooks: `webhook-id`, `webhook-timestamp`, `webhook-signature`.

use crate::line::{Line, PATIENCE, answer, outcome, unanswered};
pub use crate::line::{MAX_BODY, Watched};
use crate::message::{Body, Message};
use crate::retry::Outcome;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use reqwest::{RequestBuilder, Response};
use serde_json::{Map, Value as Json};
use sha2::Sha256;
use std::time::Duration;

/// How deep an answer may lie.
const DEPTH: usize = 32;
pub use crate::exchange::Answered;
/// How far the clock of a sender may be off, in seconds (G36).
pub const TOLERANCE: i64 = 5 * 60;

/// What a call is signed with: at least 24 random bytes.
#[derive(Clone)]
pub struct Secret(Vec<u8>);

impl Secret {
    /// Reads `whsec_…` in base64; `None` if it is not that, or shorter than 24 bytes.
    pub fn read(text: &str) -> Option<Secret> {
        let bytes = STANDARD
            .decode(text.strip_prefix("whsec_").unwrap_or(text))
            .ok()?;
        (bytes.len() >= 24).then_some(Secret(bytes))
    }

    /// A secret of these bytes, as it is written.
    pub fn text(bytes: &[u8; 32]) -> String {
        format!("whsec_{}", STANDARD.encode(bytes))
    }

    fn mac(&self, id: &str, timestamp: i64, body: &[u8]) -> Option<Hmac<Sha256>> {
        let mut mac = Hmac::new_from_slice(&self.0).ok()?; // HMAC takes keys of any length
        mac.update(format!("{id}.{timestamp}.").as_bytes());
        mac.update(body);
        Some(mac)
    }
}

/// The header `webhook-signature`: one signature per secret that is valid at present (two while they are changed).
pub fn sign(secrets: &[Secret], id: &str, timestamp: i64, body: &[u8]) -> String {
    let macs = secrets.iter().filter_map(|s| s.mac(id, timestamp, body));
    let signatures: Vec<String> = macs
        .map(|m| format!("v1,{}", STANDARD.encode(m.finalize().into_bytes())))
        .collect();
    signatures.join(" ")
}

/// Whether a call that came in was signed with one of the secrets, at most five minutes from `now`. Compares in constant time.
pub fn verify(
    secrets: &[Secret],
    id: &str,
    timestamp: i64,
    body: &[u8],
    signature: &str,
    now: Timestamp,
) -> bool {
    if now.as_second().abs_diff(timestamp) > TOLERANCE.unsigned_abs() {
        return false;
    }
    let given: Vec<Vec<u8>> = signature
        .split(' ')
        .filter_map(|s| STANDARD.decode(s.strip_prefix("v1,")?).ok())
        .collect();
    secrets.iter().any(|secret| {
        given.iter().any(|g| {
            secret
                .mac(id, timestamp, body)
                .is_some_and(|mac| mac.verify_slice(g).is_ok())
        })
    })
}

/// The webhook channel. It follows no redirect, asks no proxy of the environment, calls only what the rules allow, and waits ten
/// seconds in all.
#[derive(Clone)]
pub struct Webhooks(pub(crate) Line);

/// A question to another system.
#[derive(Clone, Copy, Debug)]
pub struct Question<'q> {
    /// Its one name through all attempts.
    pub id: &'q str,
    /// Where it is asked.
    pub url: &'q str,
    /// What is asked.
    pub json: &'q Json,
}

/// What came of a question.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// This was said; nothing is `null`.
    Said(Json),
    /// It will be answered later, by a message (HTTP 202).
    Later,
    /// What was said cannot be read: no JSON, or too much of it.
    Unreadable,
    /// There was no answer; `Refused` if there never will be one.
    None(Outcome),
}

impl Webhooks {
    /// A channel to what the rules allow.
    pub fn new(rules: Watched) -> Result<Webhooks, reqwest::Error> {
        Webhooks::patient(rules, PATIENCE)
    }

    /// As [`Webhooks::new`], with another limit for a call.
    pub fn patient(rules: Watched, patience: Duration) -> Result<Webhooks, reqwest::Error> {
        Line::new(rules, patience).map(Webhooks)
    }

    /// Posts a message, signed with every secret that is valid at present.
    pub async fn send(&self, message: &Message, secrets: &[Secret], now: Timestamp) -> Outcome {
        let Body::Webhook { json, .. } = &message.body else {
            return Outcome::Refused {
                answer: format!("{:?}", message.body.channel()),
            };
        };
        let mut whole = Map::from_iter([("id".to_owned(), message.id.as_str().into())]);
        whole.extend(json.as_object().cloned().unwrap_or_default());
        let body = Json::Object(whole).to_string();
        match self.signed(&message.to, &message.id, body, secrets, now) {
            Ok(request) => answer(request.send().await, now).await,
            Err(outcome) => outcome,
        }
    }

    /// Asks another system, signed as a message is, and gives what it answers.
    pub async fn ask(&self, question: Question<'_>, secrets: &[Secret], now: Timestamp) -> Answer {
        let Question { id, url, json } = question;
        match self.signed(url, id, json.to_string(), secrets, now) {
            Ok(request) => match request.send().await {
                Ok(response) => said(response, now).await,
                Err(error) => Answer::None(unanswered(error)),
            },
            Err(outcome) => Answer::None(outcome),
        }
    }

    /// A signed request; an error is what becomes of it instead.
    fn signed(
        &self,
        to: &str,
        id: &str,
        body: String,
        secrets: &[Secret],
        now: Timestamp,
    ) -> Result<RequestBuilder, Outcome> {
        if body.len() > MAX_BODY {
            return Err(Outcome::Refused {
                answer: format!("{} > {MAX_BODY}", body.len()),
            });
        }
        let timestamp = now.as_second();
        let signature = sign(secrets, id, timestamp, body.as_bytes());
        let request = self.0.post(to)?;
        let request = request
            .header("content-type", "application/json")
            .header("webhook-id", id)
            .header("webhook-timestamp", timestamp)
            .header("webhook-signature", signature);
        Ok(request.body(body))
    }
}

/// What an answer says. A status that blames the question is for good: asked again it would be answered the same.
async fn said(mut response: Response, now: Timestamp) -> Answer {
    match response.status().as_u16() {
        202 => return Answer::Later,
        200..=299 => {}
        408 | 425 | 429 | 500.. => return Answer::None(outcome(&response, now)),
        status => {
            return Answer::None(Outcome::Refused {
                answer: status.to_string(),
            });
        }
    }
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(part)) => body.extend_from_slice(&part),
            Ok(None) => break,
            Err(error) => return Answer::None(unanswered(error)),
        }
        if body.len() > MAX_BODY {
            return Answer::Unreadable;
        }
    }
    let Ok(text) = std::str::from_utf8(&body) else {
        return Answer::Unreadable;
    };
    match text.trim() {
        "" => Answer::Said(Json::Null),
        text => forms::json::read(text, DEPTH).map_or(Answer::Unreadable, Answer::Said),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example printed in the Standard Webhooks specification's libraries.
    #[test]
    fn g036_the_signature_is_the_standards() {
        let secret = Secret::read("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signed = sign(
            &[secret],
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            br#"{"test": 2432232314}"#,
        );
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn while_secrets_change_both_are_valid_and_a_third_is_not() {
        let secret = |byte: u8| Secret(vec![byte; 24]);
        let signed = sign(&[secret(1), secret(2)], "m", 1000, b"{}");
        let now = |second| Timestamp::from_second(second).unwrap();
        let good =
            |s: Secret, id: &str, body: &[u8], at| verify(&[s], id, 1000, body, &signed, now(at));
        assert!(good(secret(1), "m", b"{}", 1000) && good(secret(2), "m", b"{}", 1300));
        assert!(!good(secret(3), "m", b"{}", 1000), "another secret");
        assert!(!good(secret(1), "n", b"{}", 1000), "another message");
        assert!(!good(secret(1), "m", b"{ }", 1000), "another body");
        assert!(
            !good(secret(1), "m", b"{}", 1301) && !good(secret(1), "m", b"{}", 699),
            "too old, too early"
        );
    }

    #[test]
    fn a_short_secret_is_none() {
        assert!(Secret::read("whsec_c2hvcnQ=").is_none());
        assert!(Secret::read("not base64").is_none());
    }
}
