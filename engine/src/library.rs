//! Everything under `workflows/`, read from texts: the network, tables, shared blocks, and the matters with their forms, papers, notices
//! and scenarios. The only place where a matter becomes a [`Revision`], which it does only without an error.

use crate::diagnostic::Diagnostic;
use crate::matter::Revision;
use crate::network::Network;
use crate::source::Sources;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What was read.
#[derive(Clone, Debug, Default)]
pub struct Library {
    /// The network with its calendars and parameters.
    pub network: Arc<Network>,
    /// The matters that have no error, by id.
    pub matters: BTreeMap<String, Arc<Revision>>,
    /// The scenarios beside each matter: path and text.
    pub scenarios: BTreeMap<String, Vec<(String, String)>>,
    /// Every finding about every file, in order of place.
    pub found: Vec<Diagnostic>,
}

impl Library {
    /// Reads `(path, text)` of all files below a `workflows/` folder; paths are relative to it and use `/`.
    pub fn read(_files: &[(&str, &str)], _sources: &mut Sources) -> Library {
        Library::default()
    }
}
