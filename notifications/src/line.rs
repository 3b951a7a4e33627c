//! Calls out over HTTP: no redirect, no proxy of the environment, only to what the rules allow, and what an answer means.

use crate::destination::{Barred, Rules};
use crate::retry::Outcome;
use jiff::{SignedDuration, Timestamp};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Client, ClientBuilder, RequestBuilder, Response};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// The largest call, and so much of an answer is read, in bytes (G36).
pub const MAX_BODY: usize = 64 * 1024;
/// How long a call may take in all (G36).
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// The rules as they are at present; they may change while the program runs.
pub type Watched = watch::Receiver<Arc<Rules>>;

/// A way out to what the rules allow.
#[derive(Clone)]
pub(crate) struct Line {
    rules: Watched,
    /// Over TLS, and plain.
    secure: Client,
    plain: Client,
}

impl Line {
    /// One whose calls take so long at most.
    pub(crate) fn new(rules: Watched, patience: Duration) -> Result<Line, reqwest::Error> {
        let guarded = |secure| {
            let names = Names {
                rules: rules.clone(),
                secure,
            };
            client(patience).dns_resolver(Arc::new(names)).build()
        };
        Ok(Line {
            secure: guarded(true)?,
            plain: guarded(false)?,
            rules,
        })
    }

    /// A request to an address, if that may be called; an error is what becomes of it instead.
    pub(crate) fn post(&self, to: &str) -> Result<RequestBuilder, Outcome> {
        let allowed = self.rules.borrow().allow(to);
        let url = allowed.map_err(|barred| Outcome::Refused {
            answer: barred.to_string(),
        })?;
        let client = match url.scheme() {
            "https" => &self.secure,
            _ => &self.plain,
        };
        Ok(client.post(url))
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
fn client(patience: Duration) -> ClientBuilder {
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
    let outcome = outcome(&response, now);
    drain(response).await;
    outcome
}

/// What the status of an answer means.
pub(crate) fn outcome(response: &Response, now: Timestamp) -> Outcome {
    let answer = response.status().as_u16().to_string();
    match response.status().as_u16() {
        200..=299 => Outcome::Sent,
        410 => Outcome::Gone { answer },
        429 | 503 => Outcome::Failed {
            answer,
            after: retry_after(response, now),
        },
        _ => Outcome::Failed {
            answer,
            after: None,
        },
    }
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

/// What went wrong before there was an answer, or before its end. What is barred is never called; anything else is the network.
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
