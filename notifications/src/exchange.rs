//! Hands something to another deployment over the same guarded way as calls to webhooks, and brings back what it says.

use crate::line::{MAX_BODY, retry_after, unanswered};
use crate::retry::Outcome;
use crate::webhook::Webhooks;
use jiff::{SignedDuration, Timestamp};

/// What the other side said.
#[derive(Clone, Debug)]
pub struct Answered {
    /// HTTP status.
    pub status: u16,
    /// The header that was asked for.
    pub header: Option<String>,
    /// What it said, no more than a webhook may say.
    pub body: Vec<u8>,
    /// It asked to be left alone for so long.
    pub after: Option<SignedDuration>,
}

impl Webhooks {
    /// Posts a body with its headers to an address the rules allow; brings back the answer with one header of it.
    ///
    /// # Errors
    /// How the attempt ended, if there was no answer.
    pub async fn hand_over(
        &self,
        to: &str,
        headers: &[(&str, &str)],
        body: String,
        wanted: &str,
        now: Timestamp,
    ) -> Result<Answered, Outcome> {
        let mut request = self.0.post(to)?.body(body);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut response = request.send().await.map_err(unanswered)?;
        let header = response.headers().get(wanted);
        let mut answered = Answered {
            status: response.status().as_u16(),
            header: header
                .and_then(|value| value.to_str().ok())
                .map(str::to_owned),
            after: retry_after(&response, now),
            body: Vec::new(),
        };
        while let Some(part) = response.chunk().await.map_err(unanswered)? {
            answered.body.extend_from_slice(&part);
            if answered.body.len() > MAX_BODY {
                let answer = format!("> {MAX_BODY}");
                return Err(Outcome::Failed {
                    answer,
                    after: None,
                });
            }
        }
        Ok(answered)
    }
}
