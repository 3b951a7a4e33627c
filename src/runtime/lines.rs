//! The ways out of the house as they are at present: endpoints with their rules, and whether anybody answers at the end of each.

use super::Keys;
use crate::endpoint::Endpoint;
use crate::exchange::PublicKey;
use crate::peer::{self, Known};
use crate::store::{DestinationRow, Store, StoreError, SubscriptionRow};
use crate::system::System;
use engine::case::Elsewhere;
use jiff::Timestamp;
use notifications::choice::Choices;
use notifications::destination::{Entry, Rules};
use notifications::retry::Health;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// What is known of all ways out; clones know the same.
#[derive(Clone, Debug)]
pub(super) struct Lines(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// Rules without the list: what holds in this program whatever is listed.
    bare: Rules,
    rules: watch::Sender<Arc<Rules>>,
    known: Mutex<Read>,
    /// Who reads last has read the newest.
    reading: tokio::sync::Mutex<()>,
}

/// What offices want to be told, and where.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    pub endpoints: Vec<Endpoint>,
    pub choices: Choices,
}

#[derive(Debug, Default)]
struct Read {
    wanted: Arc<Wanted>,
    systems: Arc<Vec<System>>,
    /// Names that were asked and by which nobody has set up a system.
    strangers: BTreeSet<String>,
    /// Other deployments.
    peers: Arc<Vec<Known>>,
    /// The cities they serve.
    elsewhere: Arc<Elsewhere>,
    /// Channels of the house itself that carry something.
    channels: BTreeSet<String>,
    health: BTreeMap<Arc<str>, Arc<Mutex<Health>>>,
    /// Ways whose outage is on record, and since when.
    outages: BTreeMap<String, i64>,
    /// Keys of deployments that are on record.
    noted: BTreeSet<(String, String)>,
}

impl Lines {
    /// Nothing is known yet.
    pub(super) fn new(sandbox: bool, own: Option<u16>) -> Self {
        let bare = Rules {
            sandbox,
            own: own.into_iter().collect(),
            entries: BTreeSet::new(),
        };
        Lines(Arc::new(Inner {
            rules: watch::Sender::new(Arc::new(bare.clone())),
            bare,
            known: Mutex::default(),
            reading: tokio::sync::Mutex::default(),
        }))
    }

    /// Reads again what others may have changed. A way that was down when the program stopped is down when it starts.
    pub(super) async fn refresh(&self, store: &Store, keys: &Keys) -> Result<(), StoreError> {
        let _turn = self.0.reading.lock().await;
        let rows = store.endpoints().await?;
        let endpoints = rows.iter().map(|row| Endpoint::open(row, keys));
        let endpoints: Result<Vec<Endpoint>, StoreError> = endpoints.collect();
        let systems = store.systems().await?;
        let systems = systems.iter().map(|row| System::open(row, keys));
        let systems = systems.collect::<Result<Vec<System>, StoreError>>()?;
        let mut strangers = store.called().await?;
        strangers.retain(|name| systems.iter().all(|system| system.name != *name));
        // Whoever signs nothing has no others.
        let signing = keys.signing();
        let peers = match signing {
            Some(_) => peer::in_force(&store.peers().await?),
            None => Vec::new(),
        };
        let own = signing.map(|signing| signing.public()).unwrap_or_default();
        self.note_keys(store, "", &own).await?;
        for known in &peers {
            self.note_keys(store, &known.name, &known.peer.keys).await?;
        }
        let rules = self.with(&store.destinations().await?, &peers);
        let choices = SubscriptionRow::choices(store.subscriptions().await?);
        let outages = store.outages().await?;
        self.0.rules.send_if_modified(|old| {
            let changed = **old != rules;
            *old = Arc::new(rules);
            changed
        });
        let mut known = self.known();
        known.wanted = Arc::new(Wanted {
            endpoints: endpoints?,
            choices,
        });
        known.systems = Arc::new(systems);
        known.strangers = strangers;
        known.elsewhere = Arc::new(peer::elsewhere(&peers));
        known.peers = Arc::new(peers);
        known.outages = BTreeMap::new();
        for (kind, since, _) in outages {
            let health = || Arc::new(Mutex::new(Health::down(Timestamp::MIN)));
            known
                .health
                .entry(kind.as_str().into())
                .or_insert_with(health);
            known.outages.insert(kind, since);
        }
        Ok(())
    }

    /// Keeps what a deployment is known by for as long as anything is to be proved.
    async fn note_keys(
        &self,
        store: &Store,
        peer: &str,
        keys: &[PublicKey],
    ) -> Result<(), StoreError> {
        for key in keys {
            let named = (peer.to_owned(), key.to_string());
            if !self.known().noted.contains(&named) {
                store.note_key(&named.0, &named.1).await?;
                self.known().noted.insert(named);
            }
        }
        Ok(())
    }

    /// What two persons listed, and the deployments two persons put on record.
    fn with(&self, list: &[DestinationRow], peers: &[Known]) -> Rules {
        let in_force = list.iter().filter(|row| row.approved_by.is_some());
        let listed = in_force.map(|row| row.entry.as_str());
        let all = listed.chain(peers.iter().map(|known| known.peer.address.as_str()));
        let entries = all.filter_map(|entry| entry.parse::<Entry>().ok());
        Rules {
            entries: entries.collect(),
            ..self.0.bare.clone()
        }
    }

    /// Where calls may go, now and later.
    pub(super) fn rules(&self) -> watch::Receiver<Arc<Rules>> {
        self.0.rules.subscribe()
    }

    /// What offices want to be told.
    pub(super) fn wanted(&self) -> Arc<Wanted> {
        self.known().wanted.clone()
    }

    /// All other systems.
    pub(super) fn systems(&self) -> Arc<Vec<System>> {
        self.known().systems.clone()
    }

    /// A case asks a system, which perhaps nobody has set up.
    pub(super) fn asked(&self, name: &str) {
        let mut known = self.known();
        if known.systems.iter().all(|system| system.name != *name) {
            known.strangers.insert(name.to_owned());
        }
    }

    /// The names that were asked and by which nobody has set up a system.
    pub(super) fn strangers(&self) -> BTreeSet<String> {
        self.known().strangers.clone()
    }

    /// Other deployments.
    pub(super) fn peers(&self) -> Arc<Vec<Known>> {
        self.known().peers.clone()
    }

    /// The cities other deployments serve.
    pub(super) fn elsewhere(&self) -> Arc<Elsewhere> {
        self.known().elsewhere.clone()
    }

    /// These channels of the house itself carry something from now on.
    pub(super) fn open(&self, channels: impl IntoIterator<Item = String>) {
        self.known().channels = channels.into_iter().collect();
    }

    /// The ways that are set up: channels of the house, endpoints, systems that are called, other deployments.
    pub(super) fn set_up(&self) -> BTreeSet<String> {
        let known = self.known();
        let endpoints = known.wanted.endpoints.iter().filter(|one| one.on);
        let systems = known.systems.iter().filter(|one| one.url().is_some());
        let peers = known.peers.iter().map(Known::kind);
        let channels = known.channels.iter().cloned();
        channels
            .chain(endpoints.map(Endpoint::kind))
            .chain(systems.map(System::kind))
            .chain(peers)
            .collect()
    }

    /// Whether anybody answers at the end of a way; known as long as the program runs.
    pub(super) fn health(&self, kind: &str) -> Arc<Mutex<Health>> {
        self.known().health.entry(kind.into()).or_default().clone()
    }

    /// Since when the outage of a way is on record.
    pub(super) fn outage(&self, kind: &str) -> Option<i64> {
        self.known().outages.get(kind).copied()
    }

    /// Notes what is on record of a way.
    pub(super) fn note(&self, kind: &str, since: Option<i64>) {
        let mut known = self.known();
        match since {
            Some(since) => known.outages.insert(kind.to_owned(), since),
            None => known.outages.remove(kind),
        };
    }

    fn known(&self) -> MutexGuard<'_, Read> {
        self.0.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
