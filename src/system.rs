//! Another system by the name matters ask it: where it is called, which messages it may send, and the secrets of both ways.

use crate::endpoint::Secrets;
use crate::runtime::Keys;
use crate::store::codec::{Place, Unopened};
use crate::store::{StoreError, SystemRow};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

/// What the kinds of its messages in the outbox begin with: each system is a way out of its own.
pub const CALL: &str = "call";
/// The longest name.
const LONGEST: usize = 40;

/// What two persons agree on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// Where it is called; none: it only sends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The names of the messages it may send.
    #[serde(default)]
    pub sends: BTreeSet<String>,
}

/// The secrets of both ways; one is never taken for the other.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Pair {
    /// What calls to it are signed with.
    pub calls: Secrets,
    /// What it signs its messages with.
    pub sends: Secrets,
}

impl Pair {
    /// Fresh ones.
    pub fn fresh() -> Self {
        Pair {
            calls: Secrets::fresh(),
            sends: Secrets::fresh(),
        }
    }

    /// Fresh ones beside these, which stay valid for a while.
    pub fn rotated(&self, now: Timestamp) -> Self {
        Pair {
            calls: self.calls.rotated(now),
            sends: self.sends.rotated(now),
        }
    }

    /// As they are kept.
    ///
    /// # Errors
    /// If they cannot be sealed.
    pub fn seal(&self, name: &str, keys: &Keys) -> Result<Vec<u8>, Unopened> {
        let plain = serde_json::to_vec(self).map_err(|_| Unopened)?;
        keys.seal(place(name), &plain)
    }
}

/// A system with its secrets in clear.
#[derive(Clone, Debug)]
pub struct System {
    /// Its name.
    pub name: String,
    /// What holds; none: nobody has agreed yet.
    pub terms: Option<Terms>,
    /// What is to hold, and who wishes it.
    pub wished: Option<(Terms, String)>,
    /// Its secrets.
    pub secrets: Pair,
    /// Whether it is asked and heard.
    pub on: bool,
}

impl System {
    /// From how it is kept.
    ///
    /// # Errors
    /// If it is damaged, or of another key.
    pub fn open(row: &SystemRow, keys: &Keys) -> Result<Self, StoreError> {
        let damaged = || StoreError::Damaged("system");
        let terms = |text: &String| serde_json::from_str::<Terms>(text).map_err(|_| damaged());
        let secrets = keys.unseal(place(&row.name), &row.sealed);
        let secrets = secrets.map_err(|_| damaged())?;
        Ok(System {
            name: row.name.clone(),
            terms: row.in_force.as_ref().map(terms).transpose()?,
            wished: row
                .wished
                .as_ref()
                .map(terms)
                .transpose()?
                .zip(row.wished_by.clone()),
            secrets: serde_json::from_slice(&secrets).map_err(|_| damaged())?,
            on: row.on,
        })
    }

    /// Where it is called at present.
    pub fn url(&self) -> Option<&str> {
        self.terms
            .as_ref()
            .filter(|_| self.on)
            .and_then(|t| t.url.as_deref())
    }

    /// Whether it may send a message of this name.
    pub fn may_send(&self, message: &str) -> bool {
        let terms = self.terms.as_ref().filter(|_| self.on);
        terms.is_some_and(|t| t.sends.contains(message))
    }

    /// The kind of the calls to it in the outbox.
    pub fn kind(&self) -> String {
        kind(&self.name)
    }
}

/// The kind of calls to a system in the outbox.
pub fn kind(name: &str) -> String {
    format!("{CALL}:{name}")
}

/// The system of a kind of messages in the outbox, if they are calls.
pub fn called(kind: &str) -> Option<&str> {
    kind.strip_prefix(CALL)?.strip_prefix(':')
}

/// Whether a system may go by a name: it stands in addresses and in matters.
pub fn is_name(name: &str) -> bool {
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
    !name.is_empty() && name.chars().count() <= LONGEST && name.chars().all(fits)
}

/// A value sealed for one system opens for no other.
fn place(name: &str) -> Place<'static> {
    let hash = Sha256::digest(name.as_bytes());
    let number = hash
        .iter()
        .take(8)
        .fold(0_i64, |n, byte| n << 8 | i64::from(*byte));
    Place {
        table: "system",
        column: "sealed",
        case_id: number,
        seq: 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str, keys: &Keys, terms: &Terms) -> SystemRow {
        SystemRow {
            name: name.to_owned(),
            in_force: Some(serde_json::to_string(terms).unwrap()),
            wished: None,
            wished_by: None,
            sealed: Pair::fresh().seal(name, keys).unwrap(),
            on: true,
            changed: 0,
        }
    }

    #[test]
    fn secrets_open_for_their_system_alone_and_differ_by_way() {
        let keys = Keys::random();
        let bank = row("bank", &keys, &Terms::default());
        let opened = System::open(&bank, &keys).unwrap();
        assert_ne!(opened.secrets.calls.text(), opened.secrets.sends.text());
        let moved = SystemRow {
            name: "archive".to_owned(),
            ..bank
        };
        assert!(System::open(&moved, &keys).is_err());
    }

    #[test]
    fn a_system_that_is_off_is_neither_asked_nor_heard() {
        let keys = Keys::random();
        let terms = Terms {
            url: Some("https://bank.example.org/".to_owned()),
            sends: ["fund-arrived".to_owned()].into(),
        };
        let mut bank = System::open(&row("bank", &keys, &terms), &keys).unwrap();
        assert!(bank.may_send("fund-arrived") && !bank.may_send("other"));
        assert!(bank.url().is_some());
        bank.on = false;
        assert!(!bank.may_send("fund-arrived") && bank.url().is_none());
    }

    #[test]
    fn a_name_fits_into_an_address() {
        assert!(is_name("data-sharing") && is_name("银行"));
        for wrong in ["", "a/b", "a b", "a:b", "a.b"] {
            assert!(!is_name(wrong), "{wrong}");
        }
        assert_eq!(called(&kind("bank")), Some("bank"));
        assert_eq!(called("webhook:7"), None);
    }
}
