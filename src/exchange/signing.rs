//! Ed25519 over exact bytes: the keys of this deployment and of others.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// Before a public key as it is written.
const SCHEME: &str = "ed25519:";
/// So many digits of the hash of a key are its id.
const ID: usize = 16;

/// What others know a deployment by. Written `ed25519:` and 32 bytes in base64.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PublicKey([u8; 32]);

impl PublicKey {
    /// The name of the key among others: the beginning of its SHA-256.
    pub fn id(&self) -> String {
        let mut id = super::sha256(&self.0);
        id.truncate(ID);
        id
    }

    fn made(&self, signature: &[u8], bytes: &[u8]) -> bool {
        let key = UnparsedPublicKey::new(&ED25519, &self.0);
        key.verify(bytes, signature).is_ok()
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{SCHEME}{}", STANDARD.encode(self.0))
    }
}

/// Not a public key; the text as it was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a public key: ed25519: and 32 bytes in base64")]
pub struct NotAKey(pub String);

impl FromStr for PublicKey {
    type Err = NotAKey;
    fn from_str(text: &str) -> Result<Self, NotAKey> {
        let bytes = text.trim().strip_prefix(SCHEME);
        let bytes = bytes.and_then(|text| STANDARD.decode(text).ok());
        let key = bytes.and_then(|bytes| bytes.try_into().ok());
        key.map(PublicKey).ok_or_else(|| NotAKey(text.to_owned()))
    }
}

impl Serialize for PublicKey {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PublicKey {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// A text and who signed its bytes: `KEY-ID:` and the signature in base64.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signed {
    /// The exact text.
    pub text: String,
    /// Key id and signature.
    pub signature: String,
}

impl Signed {
    /// The id of the key it says it was signed with.
    pub fn key_id(&self) -> &str {
        self.signature.split_once(':').map_or("", |(id, _)| id)
    }

    /// The one of these keys that made the signature.
    pub fn by<'k>(&self, keys: impl IntoIterator<Item = &'k PublicKey>) -> Option<&'k PublicKey> {
        let (id, signature) = self.signature.split_once(':')?;
        let signature = STANDARD.decode(signature).ok()?;
        let mut named = keys.into_iter().filter(|key| key.id() == id);
        named.find(|key| key.made(&signature, self.text.as_bytes()))
    }
}

/// What this deployment signs with. Never printed.
#[derive(Clone)]
pub struct Signer(Arc<Ed25519KeyPair>);

impl fmt::Debug for Signer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Signer")
    }
}

impl Signer {
    /// Of 32 random bytes.
    pub fn new(seed: &[u8; 32]) -> Option<Signer> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).ok()?;
        Some(Signer(Arc::new(pair)))
    }

    /// What others are told of it.
    pub fn public(&self) -> PublicKey {
        let mut key = [0; 32];
        key.copy_from_slice(self.0.public_key().as_ref());
        PublicKey(key)
    }

    /// Signs a text.
    pub fn sign(&self, text: String) -> Signed {
        let signature = STANDARD.encode(self.0.sign(text.as_bytes()));
        let signature = format!("{}:{signature}", self.public().id());
        Signed { text, signature }
    }
}

/// The keys of this deployment: what it signs with, and what it signed with before.
#[derive(Clone, Debug)]
pub struct Signing {
    /// What it signs with.
    pub current: Signer,
    /// What it signed with before the last change.
    pub former: Option<Signer>,
}

impl Signing {
    /// What is addressed to it: to either key.
    pub fn is_me(&self, key_id: &str) -> bool {
        let all = std::iter::once(&self.current).chain(&self.former);
        all.map(|s| s.public().id()).any(|id| id == key_id)
    }

    /// Its public keys, the newest first.
    pub fn public(&self) -> Vec<PublicKey> {
        let all = std::iter::once(&self.current).chain(&self.former);
        all.map(Signer::public).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8032, section 7.1, test 2.
    #[test]
    fn a_signature_is_the_standards() {
        let bytes = |hex: &str| -> Vec<u8> {
            let pairs = (0..hex.len()).step_by(2);
            pairs
                .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
                .collect()
        };
        let seed = bytes("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
        let signer = Signer::new(&seed.try_into().unwrap()).unwrap();
        let public = bytes("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
        assert_eq!(signer.public().0.to_vec(), public);
        let signed = signer.sign("r".to_owned());
        let made = STANDARD
            .decode(signed.signature.split_once(':').unwrap().1)
            .unwrap();
        let expected = "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00";
        assert_eq!(made, bytes(expected));
    }

    #[test]
    fn a_key_reads_back_and_another_did_not_sign() {
        let [one, other] = [1, 2].map(|byte| Signer::new(&[byte; 32]).unwrap());
        let key: PublicKey = one.public().to_string().parse().unwrap();
        assert_eq!(key, one.public());
        let mut signed = one.sign("函件".to_owned());
        assert_eq!(signed.by([&other.public(), &key]), Some(&key));
        assert_eq!(signed.by([&other.public()]), None);
        signed.text.push(' ');
        assert_eq!(signed.by([&key]), None);
        assert!("ed25519:AAAA".parse::<PublicKey>().is_err());
    }
}
