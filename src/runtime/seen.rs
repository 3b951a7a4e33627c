//! A case as a reader sees it: at one moment, with the revision it runs.

use engine::case::Case;
use engine::matter::Revision;
use serde_json::{Value as Json, json};
use std::sync::Arc;

/// A case at one moment. Cheap to clone; later commands do not change it.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Its number in the store.
    pub id: u64,
    /// The number people know.
    pub number: Arc<str>,
    /// Its state.
    pub case: Arc<Case>,
    /// What it runs.
    pub revision: Arc<Revision>,
    /// The running number of that revision, from 1.
    pub revision_number: u64,
}

impl Seen {
    /// The version of the case: the number of its last event.
    pub fn version(&self) -> u64 {
        self.case.seq()
    }

    /// The case as the API shows it after a write.
    pub fn to_json(&self) -> Json {
        json!({
            "id": self.id.to_string(),
            "number": &*self.number,
            "matter": &*self.revision.id.value,
            "revision": self.revision_number,
            "status": self.case.status(),
            "label": self.case.label(),
            "version": self.version(),
        })
    }
}
