//! The shipped `workflows/`, read from the folder, for tests.

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

/// The files whose path fits, and more files, path and text. What was found lies in it.
pub fn shipped(
    fits: impl Fn(&str) -> bool,
    more: &[(&str, &str)],
    sources: &mut Sources,
) -> Library {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../workflows");
    let mut files = Vec::new();
    texts(&root, &root, &mut files);
    let files = files.iter().map(|(p, t)| (p.as_str(), t.as_str()));
    let files = files.filter(|(p, _)| fits(p));
    let files: Vec<(&str, &str)> = files.chain(more.iter().copied()).collect();
    Library::read(&files, sources)
}
