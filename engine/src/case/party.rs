//! Posts as the network writes them: `city/department/post`; and seats: a post together with the name a matter gives it.

use super::Name;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// A department in a city and a post there: who may act. Written `450400/si/window`; the applicant is `//applicant`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Party {
    /// Six-digit code of the city; empty for the applicant.
    pub city: String,
    /// Department, a type id of the network.
    pub department: String,
    /// Post there.
    pub post: String,
}

impl Party {
    /// The applicant, who sits in no city.
    pub fn applicant() -> Party {
        Party {
            city: String::new(),
            department: String::new(),
            post: "applicant".to_owned(),
        }
    }

    /// Whether it is the applicant.
    pub fn is_applicant(&self) -> bool {
        self.city.is_empty() && self.post == "applicant"
    }

    /// Whether it looks after the program, its rights or its records: such a post sees no case (G50).
    pub fn administers(&self) -> bool {
        ["system-admin", "security-admin", "audit-admin"].contains(&self.post.as_str())
    }
}

impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.city, self.department, self.post)
    }
}

/// Not a post; the text as it was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a post: write city/department/post, e.g. 450400/si/window")]
pub struct NotAParty(pub String);

impl FromStr for Party {
    type Err = NotAParty;
    fn from_str(text: &str) -> Result<Self, NotAParty> {
        let mut parts = text.split('/').map(str::to_owned);
        match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some(city), Some(department), Some(post), None) if !post.is_empty() => Ok(Party {
                city,
                department,
                post,
            }),
            _ => Err(NotAParty(text.to_owned())),
        }
    }
}

impl Serialize for Party {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Party {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

/// A post and what the matter calls whoever holds it. Written `handler@442000/si/handler`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seat {
    /// The party of the matter.
    pub party: Name,
    /// The post.
    pub post: Party,
}

impl fmt::Display for Seat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.party, self.post)
    }
}

impl Serialize for Seat {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Seat {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        let seat = text.split_once('@').and_then(|(party, post)| {
            Some(Seat {
                party: party.into(),
                post: post.parse().ok()?,
            })
        });
        seat.ok_or_else(|| serde::de::Error::custom(NotAParty(text)))
    }
}
