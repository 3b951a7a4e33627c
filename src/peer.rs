//! Another deployment: which cities it serves, where it is, and by which keys it is known. Kept by two persons.

use crate::exchange::{PublicKey, sha256};
use crate::store::PeerRow;
use engine::case::Elsewhere;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A deployment is known by as many keys while it changes from one to the next.
pub const KEYS: usize = 2;

/// What two persons agree on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Peer {
    /// Where it is called: `https://host[:port]`.
    pub address: String,
    /// The cities it serves, six digits each.
    pub cities: BTreeSet<String>,
    /// The keys it signs with, at most two.
    pub keys: Vec<PublicKey>,
}

/// What letters to other deployments go by in the outbox.
pub const CHANNEL: &str = "exchange";

/// The kind of letters to a deployment in the outbox.
pub fn kind(name: &str) -> String {
    format!("{CHANNEL}:{name}")
}

/// A deployment in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// What it is called here.
    pub name: String,
    /// What two persons agreed on.
    pub peer: Peer,
}

impl Known {
    /// The kind of letters to it in the outbox.
    pub fn kind(&self) -> String {
        kind(&self.name)
    }
}

impl Peer {
    /// As one person proposes it.
    pub fn proposed(&self, name: &str, by: &str, now: Timestamp) -> PeerRow {
        let content = serde_json::to_string(self).unwrap_or_default();
        PeerRow {
            name: name.to_owned(),
            hash: sha256(content.as_bytes()),
            content,
            proposed_by: by.to_owned(),
            approved_by: None,
            changed: now.as_millisecond(),
        }
    }

    /// From how it is kept. `None` if it cannot be read, or is not what its hash says.
    pub fn of(row: &PeerRow) -> Option<Peer> {
        let sound = sha256(row.content.as_bytes()) == row.hash;
        serde_json::from_str(&row.content).ok().filter(|_| sound)
    }
}

/// Those in force.
pub fn in_force(rows: &[PeerRow]) -> Vec<Known> {
    let approved = rows.iter().filter(|row| row.approved_by.is_some());
    let known = approved.filter_map(|row| {
        Some(Known {
            name: row.name.clone(),
            peer: Peer::of(row)?,
        })
    });
    known.collect()
}

/// The cities that other deployments serve.
pub fn elsewhere(known: &[Known]) -> Elsewhere {
    let cities = known.iter().flat_map(|known| {
        let name: engine::case::Name = known.name.as_str().into();
        known
            .peer
            .cities
            .iter()
            .map(move |city| (city.clone(), name.clone()))
    });
    cities.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::Signer;

    #[test]
    fn what_was_changed_behind_the_two_persons_is_not_in_force() {
        let key = Signer::new(&[1; 32]).unwrap().public();
        let peer = Peer {
            address: "https://net.example.org".to_owned(),
            cities: ["520300".to_owned()].into(),
            keys: vec![key],
        };
        let mut row = peer.proposed("遵义", "an", Timestamp::UNIX_EPOCH);
        assert!(
            in_force(std::slice::from_ref(&row)).is_empty(),
            "one person alone"
        );
        row.approved_by = Some("bo".to_owned());
        let known = in_force(std::slice::from_ref(&row));
        assert_eq!(known[0].peer, peer);
        assert_eq!(elsewhere(&known).get("520300").map(|n| &**n), Some("遵义"));
        row.content = row.content.replace("520300", "442000");
        assert!(in_force(&[row]).is_empty());
    }
}
