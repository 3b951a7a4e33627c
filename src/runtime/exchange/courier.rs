//! Hands an envelope to the other deployment and looks at what it gives for it.

use crate::exchange::{MEDIA_TYPE, Receipt, SIGNATURE, Signed, sha256};
use crate::peer::Known;
use crate::runtime::Runtime;
use notifications::retry::Outcome;
use notifications::webhook::{Answered, Webhooks};

/// Where envelopes are taken in.
const DOOR: &str = "/api/v1/exchange";

impl Runtime {
    /// One attempt: how it ended, and the receipt that was given, with its signature, as JSON.
    pub(in crate::runtime) async fn hand_over(
        &self,
        calls: &Webhooks,
        known: &Known,
        envelope: &Signed,
    ) -> (Outcome, Option<String>) {
        let to = format!("{}{DOOR}", known.peer.address.trim_end_matches('/'));
        let headers = [
            ("content-type", MEDIA_TYPE),
            (SIGNATURE, &envelope.signature),
        ];
        let (text, now) = (envelope.text.clone(), self.clock().now());
        let answered = match calls.hand_over(&to, &headers, text, SIGNATURE, now).await {
            Ok(answered) if matches!(answered.status, 200 | 422) => answered,
            Ok(answered) => return failed(&answered, answered.status.to_string()),
            Err(outcome) => return (outcome, None),
        };
        let signed = Signed {
            text: String::from_utf8_lossy(&answered.body).into_owned(),
            signature: answered.header.clone().unwrap_or_default(),
        };
        match self.known_by(signed.key_id()).await {
            Ok(Some(signer)) if signer.name == known.name => {
                judge(&answered, &signed, &signer, envelope)
            }
            Ok(_) => failed(&answered, format!("{}: no receipt", answered.status)),
            Err(error) => failed(&answered, error.to_string()),
        }
    }
}

/// What failed is tried again.
fn failed(answered: &Answered, answer: String) -> (Outcome, Option<String>) {
    let after = answered.after;
    (Outcome::Failed { answer, after }, None)
}

/// A receipt counts only if the other side signed it for exactly this envelope; anything else is tried again.
fn judge(
    answered: &Answered,
    signed: &Signed,
    known: &Known,
    envelope: &Signed,
) -> (Outcome, Option<String>) {
    let status = answered.status;
    let receipt = signed.by(&known.peer.keys);
    let receipt = receipt.and_then(|_| serde_json::from_str::<Receipt>(&signed.text).ok());
    let same = |r: &Receipt| r.sha256 == sha256(envelope.text.as_bytes());
    match receipt.filter(same) {
        None => failed(answered, format!("{status}: no receipt")),
        Some(Receipt {
            refused: Some(why), ..
        }) => {
            let answer = format!("{} · {}", why.zh, why.en);
            (Outcome::Refused { answer }, None)
        }
        Some(_) if status != 200 => failed(answered, status.to_string()),
        Some(_) => (Outcome::Sent, serde_json::to_string(signed).ok()),
    }
}
