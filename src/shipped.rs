//! What the program carries in itself: calendars and decision tables of `workflows/`, so that nothing is fetched at run time.

use engine::clock::Calendars;
use engine::diagnostic::Diagnostic;
use engine::library::Library;
use engine::network::Network;
use engine::source::Sources;
use engine::table::Table;
use include_dir::{Dir, include_dir};
use std::collections::BTreeMap;
use std::sync::Arc;

static WORKFLOWS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/workflows");

/// The YAML files below a folder of `workflows/`, path and text, in order of path.
pub fn files(folder: &str) -> Vec<(String, &'static str)> {
    let Some(dir) = WORKFLOWS.get_dir(folder) else {
        return Vec::new();
    };
    let files = dir
        .files()
        .filter(|f| f.path().extension().is_some_and(|e| e == "yaml"));
    let mut files: Vec<_> = files
        .filter_map(|f| {
            Some((
                format!("workflows/{}", f.path().display()),
                f.contents_utf8()?,
            ))
        })
        .collect();
    files.sort();
    files
}

/// Every shipped file, path relative to `workflows/` and text, in order of path.
pub fn all() -> Vec<(&'static str, &'static str)> {
    let mut folders = vec![&WORKFLOWS];
    let mut all = Vec::new();
    while let Some(dir) = folders.pop() {
        folders.extend(dir.dirs());
        all.extend(
            dir.files()
                .filter_map(|f| Some((f.path().to_str()?, f.contents_utf8()?))),
        );
    }
    all.sort_unstable();
    all
}

/// The shipped matters and their network.
pub fn library(sources: &mut Sources) -> Library {
    Library::read(&all(), sources)
}

/// The shipped network.
pub fn network() -> Arc<Network> {
    library(&mut Sources::default()).network
}

/// The shipped decision tables by name.
pub fn tables() -> BTreeMap<String, Table> {
    let files = files("tables");
    let mut sources = Sources::default();
    let read = |(path, text): &(String, &str)| {
        let name = path
            .strip_prefix("workflows/tables/")?
            .strip_suffix(".yaml")?;
        let node = engine::yaml::parse(sources.add(path, text), text).ok()?;
        Some((name.to_owned(), Table::read(&node, &sources).ok()?))
    };
    files.iter().filter_map(read).collect()
}

/// The calendars of the network.
pub fn calendars(sources: &mut Sources) -> Result<Calendars, Vec<Diagnostic>> {
    let files = files("network/calendars");
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(path, text)| (path.as_str(), *text))
        .collect();
    Calendars::read(&files, sources)
}
