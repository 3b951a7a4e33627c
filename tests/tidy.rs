//! Rules of the house that a reviewer would otherwise have to remember.

use std::fs;
use std::path::{Path, PathBuf};

fn rust_files() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders: Vec<PathBuf> = [
        "src",
        "tests",
        "benches",
        "engine/src",
        "engine/tests",
        "forms/src",
        "notifications/src",
    ]
    .map(|f| root.join(f))
    .into();
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            match path.extension() {
                _ if path.is_dir() => folders.push(path),
                Some(extension) if extension == "rs" => files.push(path),
                _ => {}
            }
        }
    }
    assert!(files.len() > 15, "{files:?}");
    files
}

/// Every module begins by saying what it is for.
#[test]
fn every_module_opens_with_a_sentence() {
    let silent: Vec<_> = rust_files()
        .into_iter()
        .filter(|f| !fs::read_to_string(f).unwrap().starts_with("//! "))
        .collect();
    assert!(silent.is_empty(), "{silent:?}");
}

/// The engine and the forms ask nothing of the world: not the time, not the disk, not chance.
#[test]
fn the_pure_packages_do_no_io() {
    let forbidden = [
        "std::fs",
        "std::env",
        "std::net",
        "std::process",
        "SystemTime",
        "Timestamp::now",
        "Zoned::now",
        "tokio::",
        "rand::",
    ];
    for file in rust_files() {
        let path = file.to_string_lossy().replace('\\', "/");
        if path.contains("/engine/src/") || path.contains("/forms/src/") {
            let text = fs::read_to_string(&file).unwrap();
            let code = text.split("#[cfg(test)]").next().unwrap_or_default();
            for word in forbidden {
                assert!(!code.contains(word), "{path} uses {word}");
            }
        }
    }
}

/// No folder or file whose name says nothing.
#[test]
fn files_are_named_after_what_they_are() {
    for file in rust_files() {
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        assert!(
            ![
                "utils", "util", "common", "helpers", "manager", "service", "models", "misc"
            ]
            .contains(&name.as_str()),
            "{file:?}"
        );
    }
}
