//! Calls to other systems, signed as Standard Webhooks: `webhook-id`, `webhook-timestamp`, `webhook-signature`.

use crate::message::{Body, Message};
use crate::retry::Outcome;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use sha2::Sha256;
use std::time::Duration;

/// The largest call in bytes (G36).
pub const MAX_BODY: usize = 64 * 1024;
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

/// The webhook channel.
#[derive(Clone)]
pub struct Webhooks {
    client: reqwest::Client,
}

impl Webhooks {
    /// A channel that follows no redirect, asks no proxy of the environment, and waits ten seconds in all.
    pub fn new() -> Result<Webhooks, reqwest::Error> {
        Ok(Webhooks { client: client()? })
    }

    /// Posts a message. Which addresses are allowed at all (G37) is decided before.
    pub async fn send(&self, message: &Message, secrets: &[Secret], now: Timestamp) -> Outcome {
        let Body::Webhook { json, .. } = &message.body else {
            return Outcome::Refused {
                answer: format!("{:?}", message.body.channel()),
            };
        };
        let body = json.to_string();
        if body.len() > MAX_BODY {
            return Outcome::Refused {
                answer: format!("{} > {MAX_BODY}", body.len()),
            };
        }
        let timestamp = now.as_second();
        let request = self
            .client
            .post(&message.to)
            .header("content-type", "application/json")
            .header("webhook-id", &message.id)
            .header("webhook-timestamp", timestamp)
            .header(
                "webhook-signature",
                sign(secrets, &message.id, timestamp, body.as_bytes()),
            )
            .body(body);
        answer(request.send().await)
    }
}

/// A client for calls out: no redirects, no proxy from the environment, ten seconds in all, TLS by ring.
pub(crate) fn client() -> Result<reqwest::Client, reqwest::Error> {
    _ = rustls::crypto::ring::default_provider().install_default(); // installed already is as good
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .timeout(Duration::from_secs(10))
        .build()
}

/// What the answer of a call means. Its body is not read.
pub(crate) fn answer(response: Result<reqwest::Response, reqwest::Error>) -> Outcome {
    match response {
        Ok(response) => match response.status().as_u16() {
            200..=299 => Outcome::Sent,
            410 => Outcome::Gone {
                answer: "410".into(),
            },
            status => Outcome::Failed {
                answer: status.to_string(),
            },
        },
        Err(error) if error.is_builder() => Outcome::Refused {
            answer: plain(error),
        },
        Err(error) => Outcome::Unreachable {
            answer: plain(error),
        },
    }
}

/// The words of an error, without the address: it may hold a token.
fn plain(error: reqwest::Error) -> String {
    error.without_url().to_string()
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
