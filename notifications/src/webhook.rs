//! Calls to other systems, signed as Standard Webhooks: `webhook-id`, `webhook-timestamp`, `webhook-signature`.

use crate::destination::{Barred, Rules};
use crate::message::{Body, Message};
use crate::retry::Outcome;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::{SignedDuration, Timestamp};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Client, ClientBuilder, Response};
use serde_json::{Map, Value as Json};
use sha2::Sha256;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

pub use crate::exchange::Answered;

/// The largest call in bytes (G36).
pub const MAX_BODY: usize = 64 * 1024;
/// How long a call may take in all (G36).
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);
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
pub struct Webhooks {
    pub(crate) rules: Watched,
    /// Over TLS, and plain.
    pub(crate) secure: Client,
    pub(crate) plain: Client,
}

/// The rules as they are at present; they may change while the program runs.
pub type Watched = watch::Receiver<Arc<Rules>>;

impl Webhooks {
    /// A channel to what the rules allow.
    pub fn new(rules: Watched) -> Result<Webhooks, reqwest::Error> {
        Webhooks::patient(rules, PATIENCE)
    }

    /// As [`Webhooks::new`], with another limit for a call.
    pub fn patient(rules: Watched, patience: Duration) -> Result<Webhooks, reqwest::Error> {
        let guarded = |secure| {
            let names = Names {
                rules: rules.clone(),
                secure,
            };
            client(patience).dns_resolver(Arc::new(names)).build()
        };
        Ok(Webhooks {
            secure: guarded(true)?,
            plain: guarded(false)?,
            rules,
        })
    }

    /// Posts a message, signed with every secret that is valid at present.
    pub async fn send(&self, message: &Message, secrets: &[Secret], now: Timestamp) -> Outcome {
        let refused = |answer: String| Outcome::Refused { answer };
        let Body::Webhook { json, .. } = &message.body else {
            return refused(format!("{:?}", message.body.channel()));
        };
        let mut whole = Map::from_iter([("id".to_owned(), message.id.as_str().into())]);
        whole.extend(json.as_object().cloned().unwrap_or_default());
        let body = Json::Object(whole).to_string();
        if body.len() > MAX_BODY {
            return refused(format!("{} > {MAX_BODY}", body.len()));
        }
        let allowed = self.rules.borrow().allow(&message.to);
        let url = match allowed {
            Ok(url) => url,
            Err(barred) => return refused(barred.to_string()),
        };
        let client = match url.scheme() {
            "https" => &self.secure,
            _ => &self.plain,
        };
        let timestamp = now.as_second();
        let request = client
            .post(url)
            .header("content-type", "application/json")
            .header("webhook-id", &message.id)
            .header("webhook-timestamp", timestamp)
            .header(
                "webhook-signature",
                sign(secrets, &message.id, timestamp, body.as_bytes()),
            )
            .body(body);
        answer(request.send().await, now).await
    }
}

/// Looks names up and gives only addresses that may be called, so that the connection goes to what was checked.
struct Names {
    rules: Watched,
    secure: bool,
}

impl Resolve for Names {
    fn resolve(&self, name: Name) -> Resolving {
        let (rules, secure) = (self.rules.borrow().clone(), self.secure);
        Box::pin(async move {
            let found = rules.resolve(name.as_str(), secure).await?;
            let addresses: Addrs = Box::new(found.into_iter());
            Ok(addresses)
        })
    }
}

/// A client for calls out: no redirects, no proxy from the environment, TLS by ring.
pub(crate) fn client(patience: Duration) -> ClientBuilder {
    _ = rustls::crypto::ring::default_provider().install_default(); // installed already is as good
    Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .timeout(patience)
}

/// What the answer of a call means. Of its body so much is read that a connection can be used again, and nothing is kept.
pub(crate) async fn answer(response: Result<Response, reqwest::Error>, now: Timestamp) -> Outcome {
    let response = match response {
        Ok(response) => response,
        Err(error) => return unanswered(error),
    };
    let answer = response.status().as_u16().to_string();
    let outcome = match response.status().as_u16() {
        200..=299 => Outcome::Sent,
        410 => Outcome::Gone { answer },
        429 | 503 => Outcome::Failed {
            answer,
            after: retry_after(&response, now),
        },
        _ => Outcome::Failed {
            answer,
            after: None,
        },
    };
    drain(response).await;
    outcome
}

/// Reads an answer to its end, but no more than [`MAX_BODY`] of it.
async fn drain(mut response: Response) {
    let mut read = 0;
    while read < MAX_BODY
        && let Ok(Some(part)) = response.chunk().await
    {
        read += part.len();
    }
}

/// How long the other side wants to be left alone: seconds, or until an instant.
pub(crate) fn retry_after(response: &Response, now: Timestamp) -> Option<SignedDuration> {
    let value = response.headers().get("retry-after")?.to_str().ok()?.trim();
    if let Ok(seconds) = value.parse::<u32>() {
        return Some(SignedDuration::from_secs(seconds.into()));
    }
    let until = jiff::fmt::rfc2822::parse(value).ok()?.timestamp();
    Some(until.duration_since(now).max(SignedDuration::ZERO))
}

/// What went wrong before there was an answer. What is barred is never called; anything else is the network.
pub(crate) fn unanswered(error: reqwest::Error) -> Outcome {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(&error);
    while let Some(error) = cause {
        match error.downcast_ref::<Barred>() {
            Some(Barred::Nowhere(_)) | None => cause = error.source(),
            Some(barred) => {
                let answer = barred.to_string();
                return Outcome::Refused { answer };
            }
        }
    }
    let hopeless = error.is_builder();
    let answer = error.without_url().to_string(); // the address may hold a token
    match hopeless {
        true => Outcome::Refused { answer },
        false => Outcome::Unreachable { answer },
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
