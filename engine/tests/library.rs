//! The shipped `workflows/`, read whole: what a city gets must be without a finding.

#![allow(missing_docs, clippy::unwrap_used)]

use engine::library::Library;
use engine::source::Sources;
use engine::text::Lang;
use std::path::Path;

fn texts(folder: &Path, root: &Path, into: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            texts(&path, root, into);
        } else {
            let name = path
                .strip_prefix(root)
                .unwrap()
                .to_string_lossy()
                .into_owned();
            into.push((name, std::fs::read_to_string(&path).unwrap()));
        }
    }
}

fn shipped(sources: &mut Sources) -> Library {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../workflows");
    let mut files = Vec::new();
    texts(&root, &root, &mut files);
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(p, t)| (p.as_str(), t.as_str()))
        .collect();
    Library::read(&files, sources)
}

#[test]
fn what_ships_has_no_finding_and_every_matter_can_run() {
    let mut sources = Sources::default();
    let library = shipped(&mut sources);
    let shown: String = library
        .found
        .iter()
        .map(|d| d.render(&sources, Lang::Zh))
        .collect();
    assert!(library.found.is_empty(), "{shown}");
    assert!(library.matters.len() >= 10, "{:?}", library.matters.keys());
}
