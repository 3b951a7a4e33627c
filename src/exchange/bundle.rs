//! Everything two deployments told each other about a letter, in one file that proves itself without a server.

use super::{Envelope, PublicKey, Receipt, Signed, sha256};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The file.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Bundle {
    /// The exchange.
    pub subject: String,
    /// The other deployment, as it is called where the file was made.
    pub peer: String,
    /// The public keys of both sides.
    pub keys: Vec<Named>,
    /// What was told, in order of time.
    pub messages: Vec<Message>,
}

/// A public key and whose it is.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Named {
    /// Which side.
    pub of: Side,
    /// The key.
    pub key: PublicKey,
}

/// A side of an exchange, seen from where the file was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Where the file was made.
    Here,
    /// The other deployment.
    There,
}

/// An envelope with the receipt for it, if one has come.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Message {
    /// Who sent it.
    pub from: Side,
    /// When it was sent here, or arrived here.
    pub at: Timestamp,
    /// The envelope.
    pub envelope: Signed,
    /// The receipt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<Signed>,
}

/// What is sound of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proved {
    /// The envelope's id.
    pub id: String,
    /// Its word.
    pub word: String,
    /// The key that signed it.
    pub signed: String,
    /// The key that signed its receipt, if there is one.
    pub receipt: Option<String>,
}

/// What is not as it was signed: the number of the message, from 1, and the key of the sentence that says what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Broken {
    /// Which message.
    pub message: usize,
    /// `receipt.…`
    pub what: &'static str,
}

impl Bundle {
    /// Proves every envelope and receipt in it; with `trusted` keys, by those alone.
    ///
    /// # Errors
    /// The first that is not as it was signed.
    pub fn verify(&self, trusted: Option<&[PublicKey]>) -> Result<Vec<Proved>, Broken> {
        let mut seen: BTreeSet<(Side, u32)> = BTreeSet::new();
        let messages = self.messages.iter().zip(1..);
        let proved = messages.map(|(message, number)| {
            let broken = |what| Broken {
                message: number,
                what,
            };
            let (envelope, proved) = self.proved(message, trusted).map_err(broken)?;
            if !seen.insert((message.from, envelope.sequence)) {
                return Err(broken("receipt.twice"));
            }
            Ok(proved)
        });
        proved.collect()
    }

    fn proved(
        &self,
        message: &Message,
        trusted: Option<&[PublicKey]>,
    ) -> Result<(Envelope, Proved), &'static str> {
        let other = match message.from {
            Side::Here => Side::There,
            Side::There => Side::Here,
        };
        let keys = |of| {
            self.keys
                .iter()
                .filter(move |named| named.of == of)
                .map(|n| &n.key)
        };
        let trusts = |key: &PublicKey| trusted.is_none_or(|keys| keys.contains(key));
        let signed = message
            .envelope
            .by(keys(message.from))
            .ok_or("receipt.envelope")?;
        if !trusts(signed) {
            return Err("receipt.untrusted");
        }
        let envelope = Envelope::read(&message.envelope.text).map_err(|_| "receipt.content")?;
        if envelope.subject != self.subject {
            return Err("receipt.subject");
        }
        let receipt = match &message.receipt {
            None => None,
            Some(signed) => {
                let key = signed.by(keys(other)).ok_or("receipt.receipt")?;
                if !trusts(key) {
                    return Err("receipt.untrusted");
                }
                let receipt: Receipt =
                    serde_json::from_str(&signed.text).map_err(|_| "receipt.receipt")?;
                let same = receipt.id == envelope.id
                    && receipt.sha256 == sha256(message.envelope.text.as_bytes());
                if !same {
                    return Err("receipt.other");
                }
                Some(key.id())
            }
        };
        let proved = Proved {
            id: envelope.id.clone(),
            word: envelope.word.clone(),
            signed: signed.id(),
            receipt,
        };
        Ok((envelope, proved))
    }
}

#[cfg(test)]
mod tests {
    use super::super::Signer;
    use super::*;
    use serde_json::json;

    fn bundle() -> Bundle {
        let [here, there] = [1, 2].map(|byte| Signer::new(&[byte; 32]).unwrap());
        let time: Timestamp = "2026-03-02T02:00:00Z".parse().unwrap();
        let envelope = Envelope {
            id: "N.1".to_owned(),
            sender: here.public().id(),
            receiver: there.public().id(),
            word: "sent".to_owned(),
            subject: "N/1".to_owned(),
            time,
            sequence: 1,
            data: json!({ "a": 1 }),
        };
        let envelope = here.sign(envelope.text());
        let receipt = Receipt {
            id: "N.1".to_owned(),
            subject: "N/1".to_owned(),
            sequence: 1,
            sha256: sha256(envelope.text.as_bytes()),
            received: time,
            receiver: there.public().id(),
            refused: None,
        };
        let receipt = there.sign(serde_json::to_string(&receipt).unwrap());
        let key = |of, signer: &Signer| Named {
            of,
            key: signer.public(),
        };
        Bundle {
            subject: "N/1".to_owned(),
            peer: "遵义".to_owned(),
            keys: vec![key(Side::Here, &here), key(Side::There, &there)],
            messages: vec![Message {
                from: Side::Here,
                at: time,
                envelope,
                receipt: Some(receipt),
            }],
        }
    }

    fn broken(change: impl FnOnce(&mut Bundle)) -> &'static str {
        let mut bundle = bundle();
        change(&mut bundle);
        bundle.verify(None).unwrap_err().what
    }

    #[test]
    fn g035_an_exchange_proves_itself_and_any_change_is_named() {
        assert_eq!(bundle().verify(None).unwrap().len(), 1);
        let change = |text: &mut String| *text = text.replacen(":", " :", 1);
        assert_eq!(
            broken(|b| change(&mut b.messages[0].envelope.text)),
            "receipt.envelope"
        );
        let receipt = |b: &mut Bundle| change(&mut b.messages[0].receipt.as_mut().unwrap().text);
        assert_eq!(broken(receipt), "receipt.receipt");
        assert_eq!(
            broken(|b| b.messages[0].from = Side::There),
            "receipt.envelope"
        );
        assert_eq!(
            broken(|b| b.messages.extend(b.messages.clone())),
            "receipt.twice"
        );
        assert_eq!(broken(|b| b.subject.push('2')), "receipt.subject");
    }

    #[test]
    fn keys_of_ones_own_are_trusted_alone() {
        let bundle = bundle();
        let keys: Vec<PublicKey> = bundle.keys.iter().map(|n| n.key).collect();
        assert!(bundle.verify(Some(&keys)).is_ok());
        let other = [Signer::new(&[9; 32]).unwrap().public()];
        assert_eq!(
            bundle.verify(Some(&other)).unwrap_err().what,
            "receipt.untrusted"
        );
    }
}
