//! Folders of matters on disk: read whole, so that command line and server see the same findings.

use engine::library::Library;
use engine::source::Sources;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The folder of the shared files a path belongs to: the nearest one around it that holds `network/`, `shared/` or `laws.yaml`; else
/// the path's own folder.
pub fn root_of(path: &Path) -> PathBuf {
    let folder = if path.is_file() {
        path.parent().unwrap_or(path)
    } else {
        path
    };
    let holds = |folder: &&Path| {
        ["network", "shared", "laws.yaml"]
            .iter()
            .any(|name| folder.join(name).exists())
    };
    folder
        .ancestors()
        .find(holds)
        .unwrap_or(folder)
        .to_path_buf()
}

/// Every file below a folder, `(path, text)`, paths relative to it and with `/`, in order of path. Files that are no text are left out.
pub fn files(root: &Path) -> io::Result<Vec<(String, String)>> {
    let mut folders = vec![root.to_path_buf()];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(text) = fs::read_to_string(&path)
                && let Ok(name) = path.strip_prefix(root)
            {
                let name = name.to_string_lossy().replace('\\', "/");
                files.push((name, text));
            }
        }
    }
    files.sort();
    Ok(files)
}

/// Reads everything below a folder, as it lies in `workflows/`.
pub fn library(root: &Path, sources: &mut Sources) -> io::Result<Library> {
    let files = files(root)?;
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()))
        .collect();
    Ok(Library::read(&files, sources))
}
