//! Folders of matters on disk: read whole, so that command line and server see the same findings.

use crate::shipped;
use engine::library::Library;
use engine::source::Sources;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The folder of the shared files a path belongs to: the nearest one around it that holds `network/`, `laws.yaml` or shared blocks; else
/// the folder in which the matter's own folder lies, or the path itself.
pub fn root_of(path: &Path) -> PathBuf {
    let folder = match path.parent() {
        Some(parent) if path.is_file() => parent,
        _ => path,
    };
    let holds = |folder: &&Path| {
        let blocks = fs::read_dir(folder.join("shared"));
        let mut blocks = blocks.into_iter().flatten().flatten();
        folder.join("network").exists()
            || folder.join("laws.yaml").exists()
            || blocks.any(|e| e.path().extension().is_some_and(|e| e == "yaml"))
    };
    let matter = || folder.join("matter.yaml").exists();
    let around = || folder.parent().filter(|_| matter()).unwrap_or(folder);
    let found = folder.ancestors().find(holds).unwrap_or_else(around);
    match found.as_os_str().is_empty() {
        true => PathBuf::from("."),
        false => found.to_path_buf(),
    }
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

/// Reads files of a folder as they lie in `workflows/`. What is shared and not there — network, laws, reasons, blocks, tables — is that
/// which ships, so that a matter can be written in a folder of its own.
pub fn read(root: &Path, files: &[(String, String)], sources: &mut Sources) -> Library {
    let mut all: Vec<(&str, &str)> = files
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()))
        .collect();
    for part in [
        "network/",
        "laws.yaml",
        "reasons.yaml",
        "english.yaml",
        "shared/",
        "tables/",
    ] {
        if !files.iter().any(|(path, _)| path.starts_with(part)) {
            let ours = shipped::all().into_iter();
            all.extend(ours.filter(|(path, _)| path.starts_with(part)));
        }
    }
    Library::read_in(&prefix(root), &all, sources)
}

/// Reads everything below a folder, as it lies in `workflows/`.
pub fn library(root: &Path, sources: &mut Sources) -> io::Result<Library> {
    Ok(read(root, &files(root)?, sources))
}

/// How the paths of a folder's files begin where people see them: nothing for the current one.
pub fn prefix(root: &Path) -> String {
    match root.to_string_lossy() {
        here if here == "." => String::new(),
        root => format!("{}/", root.trim_end_matches('/')),
    }
}
