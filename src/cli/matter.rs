//! One matter, named on the command line by its folder, its file, or the id of a shipped one, with everything around it.

use super::Failure;
use crate::{authoring, shipped};
use engine::clock::civil;
use engine::diagnostic::nearest;
use engine::library::Library;
use engine::matter::Revision;
use engine::network::City;
use engine::source::Sources;
use jiff::Timestamp;
use jiff::civil::Date;
use std::path::Path;
use std::sync::Arc;

/// Reads the matter and all it lies among. A matter with errors is not shown; its findings are.
pub(super) fn open(name: &str) -> Result<(Library, Arc<Revision>), Failure> {
    open_from(name, &mut Sources::default())
}

/// The matter as it is today for a city that decides; without a city the matter itself.
pub(super) fn open_in(name: &str, city: Option<&str>) -> Result<(Library, Arc<Revision>), Failure> {
    let (library, revision) = open(name)?;
    let here = match city {
        Some(name) => revision.in_city(&self::city(&library, name)?.code, today()),
        None => None,
    };
    let here = here.unwrap_or(&revision).clone();
    Ok((library, here))
}

/// A city of the network, by name or six-digit code.
pub(super) fn city<'l>(library: &'l Library, name: &str) -> Result<&'l City, Failure> {
    let unknown = || {
        let known = library.network.cities().map(|c| c.name.as_str());
        let args = vec![
            ("name", name.to_owned()),
            ("known", known.collect::<Vec<_>>().join(", ")),
        ];
        Failure::Usage("matter.no_city", args)
    };
    library.network.city(name).ok_or_else(unknown)
}

/// The same as [`open`]; the texts it was read from are left in `sources`.
pub(super) fn open_from(
    name: &str,
    sources: &mut Sources,
) -> Result<(Library, Arc<Revision>), Failure> {
    let path = Path::new(name);
    let (library, id) = match path.exists() {
        true => read(path, sources)?,
        false => (shipped::library(sources), name.to_owned()),
    };
    if let Some(revision) = library.matters.get(&id) {
        let revision = Arc::clone(revision);
        return Ok((library, revision));
    }
    let inside = format!("{id}/");
    let is_of = |file: &engine::source::Source| file.path.starts_with(&inside);
    let found: Vec<_> = library
        .found
        .iter()
        .filter(|d| sources.file(d.span).is_some_and(is_of))
        .cloned()
        .collect();
    if found.is_empty() {
        let near = nearest(&id, library.matters.keys().map(String::as_str));
        let near = near.or_else(|| library.matters.keys().next().cloned());
        let args = vec![
            ("name", name.to_owned()),
            ("near", near.unwrap_or_default()),
        ];
        return Err(Failure::Usage("matter.unknown", args));
    }
    Err(Failure::Found(found, sources.clone()))
}

fn read(path: &Path, sources: &mut Sources) -> Result<(Library, String), Failure> {
    let unreadable = |error: std::io::Error| {
        let args = vec![
            ("path", path.display().to_string()),
            ("what", error.to_string()),
        ];
        Failure::Usage("decide.no_file", args)
    };
    let path = path.canonicalize().map_err(unreadable)?;
    let folder = if path.is_file() {
        path.parent().unwrap_or(&path)
    } else {
        &path
    };
    let mut root = authoring::root_of(folder);
    if root == folder {
        root = folder.parent().unwrap_or(folder).to_owned(); // a matter that lies alone: nothing shared around it
    }
    let id = folder.strip_prefix(&root).ok().and_then(Path::to_str);
    let id = id.unwrap_or_default().replace('\\', "/");
    let library = authoring::library(&root, sources).map_err(unreadable)?;
    Ok((library, id))
}

/// The day on which somebody asks.
pub(super) fn today() -> Date {
    civil(Timestamp::now()).date()
}
