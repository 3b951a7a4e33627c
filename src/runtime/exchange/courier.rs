//! Hands an envelope to the other deployment and looks at what it gives for it.

use crate::exchange::{MEDIA_TYPE, Receipt, SIGNATURE, Signed, sha256};
use crate::peer::Known;
use jiff::Timestamp;
use notifications::retry::Outcome;
use notifications::webhook::{Answered, Webhooks};

/// Where envelopes are taken in.
const DOOR: &str = "/api/v1/exchange";

/// One attempt: how it ended, and the receipt that was given, with its signature, as JSON.
pub(in crate::runtime) async fn deliver(
    calls: &Webhooks,
    known: &Known,
    envelope: &Signed,
    now: Timestamp,
) -> (Outcome, Option<String>) {
    let to = format!("{}{DOOR}", known.peer.address.trim_end_matches('/'));
    let headers = [
        ("content-type", MEDIA_TYPE),
        (SIGNATURE, &envelope.signature),
    ];
    let answered = calls.hand_over(&to, &headers, envelope.text.clone(), SIGNATURE, now);
    match answered.await {
        Ok(answered) => judge(&answered, known, envelope),
        Err(outcome) => (outcome, None),
    }
}

/// A receipt counts only if the other side signed it for exactly this envelope; anything else is tried again.
fn judge(answered: &Answered, known: &Known, envelope: &Signed) -> (Outcome, Option<String>) {
    let failed = |answer: String| {
        let after = answered.after;
        (Outcome::Failed { answer, after }, None)
    };
    let signed = Signed {
        text: String::from_utf8_lossy(&answered.body).into_owned(),
        signature: answered.header.clone().unwrap_or_default(),
    };
    let status = answered.status;
    if !matches!(status, 200 | 422) {
        return failed(status.to_string());
    }
    let receipt = signed.by(&known.peer.keys);
    let receipt = receipt.and_then(|_| serde_json::from_str::<Receipt>(&signed.text).ok());
    let same = |r: &Receipt| r.sha256 == sha256(envelope.text.as_bytes());
    match receipt.filter(same) {
        None => failed(format!("{status}: no receipt")),
        Some(Receipt {
            refused: Some(why), ..
        }) => {
            let answer = format!("{} · {}", why.zh, why.en);
            (Outcome::Refused { answer }, None)
        }
        Some(_) if status != 200 => failed(status.to_string()),
        Some(_) => (Outcome::Sent, serde_json::to_string(&signed).ok()),
    }
}
