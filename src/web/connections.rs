//! How the ways to others do: other deployments, other systems, and the channels of messages.

use super::App;
use super::problem::Problem;
use crate::peer::{self, Peer};
use crate::store::{PeerRow, SystemRow};
use crate::system::System;
use std::collections::BTreeSet;

/// How a way out does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Way {
    /// Somebody has set it up.
    pub set_up: bool,
    /// Messages that wait.
    pub waiting: i64,
    /// Messages that were given up.
    pub dead: i64,
    /// Since when nobody answers there, and what was said last.
    pub down: Option<(i64, String)>,
}

/// Another deployment and how the way to it does.
#[derive(Clone, Debug)]
pub struct Neighbour {
    /// As it stands in the directory, proposed or in force.
    pub row: PeerRow,
    /// What two persons agree on.
    pub peer: Peer,
    /// When it was last heard, UTC milliseconds.
    pub heard: Option<i64>,
    /// The way to it.
    pub way: Way,
}

/// All ways out at one moment.
#[derive(Debug)]
pub struct Ways {
    backlog: Vec<(String, String, i64)>,
    outages: Vec<(String, i64, String)>,
    set_up: BTreeSet<String>,
}

impl Ways {
    /// Messages that wait or were given up: kind, state, count.
    pub fn backlog(&self) -> &[(String, String, i64)] {
        &self.backlog
    }

    /// Where nobody answers: kind, since when, what was said last.
    pub fn outages(&self) -> &[(String, i64, String)] {
        &self.outages
    }

    /// The way of one kind of message.
    pub fn of(&self, kind: &str) -> Way {
        let count = |state: &str| {
            let mut all = self.backlog.iter();
            let found = all.find(|(k, s, _)| k == kind && s == state);
            found.map_or(0, |(.., count)| *count)
        };
        let mut outages = self.outages.iter();
        let down = outages.find(|(k, ..)| k == kind);
        Way {
            set_up: self.set_up.contains(kind),
            waiting: count("waiting"),
            dead: count("dead"),
            down: down.map(|(_, since, said)| (*since, said.clone())),
        }
    }
}

impl App {
    /// How all ways out do.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn ways(&self) -> Result<Ways, Problem> {
        let store = self.runtime.store();
        Ok(Ways {
            backlog: store.backlog().await?,
            outages: store.outages().await?,
            set_up: self.runtime.set_up(),
        })
    }

    /// Other deployments, proposed ones too, by name.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn neighbours(&self, ways: &Ways) -> Result<Vec<Neighbour>, Problem> {
        let store = self.runtime.store();
        let mut all = Vec::new();
        for row in store.peers().await? {
            let Some(peer) = Peer::of(&row) else { continue };
            all.push(Neighbour {
                heard: store.heard(&row.name).await?,
                way: ways.of(&peer::kind(&row.name)),
                row,
                peer,
            });
        }
        Ok(all)
    }

    /// Other systems that are called, by name, each with the way to it.
    ///
    /// # Errors
    /// If the store does not answer, or a row cannot be read.
    pub async fn called_systems(&self, ways: &Ways) -> Result<Vec<(System, Way)>, Problem> {
        let rows = self.directory.accounts().systems().await?;
        let opened = |row: &SystemRow| {
            let system = System::open(row, &self.keys)?;
            let way = ways.of(&system.kind());
            Ok((system, way))
        };
        rows.iter().map(opened).collect()
    }
}
