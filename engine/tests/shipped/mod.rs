//! The shipped `workflows/`, read from the folder, for tests.

#![allow(dead_code)]

use engine::library::Library;
use engine::source::Sources;
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

fn all() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../workflows");
    let mut files = Vec::new();
    texts(&root, &root, &mut files);
    files
}

fn read(files: &[(String, String)], more: &[(&str, &str)], sources: &mut Sources) -> Library {
    let files = files.iter().map(|(p, t)| (p.as_str(), t.as_str()));
    let files: Vec<(&str, &str)> = files.chain(more.iter().copied()).collect();
    Library::read(&files, sources)
}

/// All of it; what was found lies in it.
pub fn shipped(sources: &mut Sources) -> Library {
    shipped_with(&[], sources)
}

/// All of it and more files, path and text.
pub fn shipped_with(more: &[(&str, &str)], sources: &mut Sources) -> Library {
    read(&all(), more, sources)
}

/// What all matters share, without them, and more files, path and text.
pub fn without_matters(more: &[(&str, &str)], sources: &mut Sources) -> Library {
    let mut files = all();
    let folder = |path: &str| path.split('/').next().unwrap_or_default().to_owned();
    let matters = files.iter().filter(|f| f.0.ends_with("/matter.yaml"));
    let matters: Vec<String> = matters.map(|f| folder(&f.0)).collect();
    files.retain(|(path, _)| !matters.contains(&folder(path)));
    read(&files, more, sources)
}
