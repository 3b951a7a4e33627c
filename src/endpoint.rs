//! Another system that is told by webhook: of which office it is, what it wants to know, and the secrets its calls are signed with.

use crate::runtime::Keys;
use crate::store::codec::{Place, Unopened};
use crate::store::{EndpointRow, StoreError};
use jiff::{SignedDuration, Timestamp};
use notifications::choice::Want;
use notifications::webhook::Secret;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// How long a former secret stays valid, so that the other side can change over.
pub const OVERLAP: SignedDuration = SignedDuration::from_hours(24);
/// Ids are short enough not to be taken for the number of a person or an account.
const IDS: std::ops::Range<i64> = 1..1_000_000_000_000;

/// An endpoint with its secrets in clear.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// Its number.
    pub id: i64,
    /// Its office, `city/department`.
    pub place: String,
    /// Where it is called.
    pub url: String,
    /// What it wants to know.
    pub wants: BTreeSet<Want>,
    /// What its calls are signed with.
    pub secrets: Secrets,
    /// Whether it is called at all.
    pub on: bool,
    /// What it said when it was switched off.
    pub answer: Option<String>,
}

/// The secret, and for a while the one before it.
#[derive(Clone, Serialize, Deserialize)]
pub struct Secrets {
    current: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    former: Option<Former>,
}

#[derive(Clone, Serialize, Deserialize)]
struct Former {
    secret: String,
    until: Timestamp,
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Secrets")
    }
}

impl Secrets {
    /// A fresh secret of 32 random bytes.
    pub fn fresh() -> Self {
        Secrets {
            current: Secret::text(&rand::random()),
            former: None,
        }
    }

    /// A fresh secret beside this one, which stays valid for [`OVERLAP`].
    pub fn rotated(&self, now: Timestamp) -> Self {
        let former = Former {
            secret: self.current.clone(),
            until: now.saturating_add(OVERLAP).unwrap_or(Timestamp::MAX),
        };
        Secrets {
            former: Some(former),
            ..Secrets::fresh()
        }
    }

    /// The newest, as it is shown once to whoever asked for it.
    pub fn text(&self) -> &str {
        &self.current
    }

    /// Those that are valid now, the newest first.
    pub fn valid(&self, now: Timestamp) -> Vec<Secret> {
        let former = self.former.iter().filter(|f| now < f.until);
        let all = std::iter::once(&self.current).chain(former.map(|f| &f.secret));
        all.filter_map(|text| Secret::read(text)).collect()
    }
}

impl Endpoint {
    /// A new endpoint of an office.
    pub fn new(place: String, url: String, wants: BTreeSet<Want>) -> Self {
        Endpoint {
            id: rand::random_range(IDS),
            place,
            url,
            wants: match wants.is_empty() {
                true => Want::USUAL.into(),
                false => wants,
            },
            secrets: Secrets::fresh(),
            on: true,
            answer: None,
        }
    }

    /// As it is kept.
    ///
    /// # Errors
    /// If it cannot be sealed.
    pub fn row(&self, keys: &Keys, now: Timestamp) -> Result<EndpointRow, Unopened> {
        let secrets = serde_json::to_vec(&self.secrets).map_err(|_| Unopened)?;
        Ok(EndpointRow {
            id: self.id,
            place: self.place.clone(),
            url: self.url.clone(),
            wants: serde_json::to_string(&self.wants).map_err(|_| Unopened)?,
            sealed: keys.seal(place(self.id), &secrets)?,
            on: self.on,
            answer: self.answer.clone(),
            changed: now.as_millisecond(),
        })
    }

    /// From how it is kept.
    ///
    /// # Errors
    /// If it is damaged, or of another key.
    pub fn open(row: &EndpointRow, keys: &Keys) -> Result<Self, StoreError> {
        let damaged = || StoreError::Damaged("endpoint");
        let secrets = keys.unseal(place(row.id), &row.sealed);
        let secrets = secrets.map_err(|_| damaged())?;
        Ok(Endpoint {
            id: row.id,
            place: row.place.clone(),
            url: row.url.clone(),
            wants: serde_json::from_str(&row.wants).map_err(|_| damaged())?,
            secrets: serde_json::from_slice(&secrets).map_err(|_| damaged())?,
            on: row.on,
            answer: row.answer.clone(),
        })
    }

    /// The kind of its messages in the outbox: each endpoint is a way out of its own.
    pub fn kind(&self) -> String {
        format!("{WEBHOOK}:{}", self.id)
    }

    /// Whether it is told what happens at a post, `city/department/post`.
    pub fn hears(&self, post: &str, usual: &str) -> bool {
        let of = post.rsplit_once('/').map(|(place, _)| place);
        self.on && of == Some(&*self.place) && self.wants.iter().any(|want| want.covers(usual))
    }
}

/// The word before the number of an endpoint among the kinds of messages.
pub const WEBHOOK: &str = "webhook";

fn place(id: i64) -> Place<'static> {
    Place {
        table: "endpoint",
        column: "sealed",
        case_id: id,
        seq: 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn g036_a_changed_secret_and_the_one_before_are_valid_for_a_day() {
        let now: Timestamp = "2026-11-23T09:00:00+08:00".parse().unwrap();
        let first = Secrets::fresh();
        let second = first.rotated(now);
        assert_ne!(first.text(), second.text());
        assert_eq!(second.valid(now).len(), 2);
        assert_eq!(second.valid(now + OVERLAP).len(), 1);
        assert_eq!(second.rotated(now).valid(now).len(), 2, "never three");
    }

    #[test]
    fn secrets_lie_sealed_and_open_for_their_endpoint_alone() {
        let keys = Keys::random();
        let url = "https://hooks.example.org/".to_owned();
        let endpoint = Endpoint::new("520300/si".to_owned(), url, BTreeSet::new());
        let row = endpoint.row(&keys, Timestamp::UNIX_EPOCH).unwrap();
        let lies = |bytes: &[u8]| row.sealed.windows(bytes.len()).any(|part| part == bytes);
        assert!(!lies(endpoint.secrets.text().as_bytes()));
        let opened = Endpoint::open(&row, &keys).unwrap();
        assert_eq!(opened.secrets.text(), endpoint.secrets.text());
        let moved = EndpointRow {
            id: row.id + 1,
            ..row
        };
        assert!(Endpoint::open(&moved, &keys).is_err());
    }
}
