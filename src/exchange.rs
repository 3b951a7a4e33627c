//! What deployments send each other about letters, as it stands on the wire: signed envelopes, signed receipts, and the file that proves
//! both. Pure.

pub mod bundle;
mod envelope;
mod signing;

pub use bundle::Bundle;
pub use envelope::{Envelope, Flaw, Receipt, Refusal};
pub use signing::{PublicKey, Signed, Signer, Signing};

use sha2::{Digest, Sha256};
use std::fmt::Write;

/// The header that carries the signature over the bytes of a body.
pub const SIGNATURE: &str = "onenet-signature";
/// The media type of an envelope.
pub const MEDIA_TYPE: &str = "application/cloudevents+json";
/// The longest envelope in bytes.
pub const MAX_ENVELOPE: usize = 1024 * 1024;

/// SHA-256 in hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(64);
    for byte in Sha256::digest(bytes) {
        _ = write!(out, "{byte:02x}"); // writing to a String cannot fail
    }
    out
}
