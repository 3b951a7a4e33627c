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
        let pure = path.contains("/engine/src/") || path.contains("/forms/src/");
        if pure && !path.ends_with("/tests.rs") {
            let text = fs::read_to_string(&file).unwrap();
            let code = text.split("#[cfg(test)]").next().unwrap_or_default();
            for word in forbidden {
                assert!(!code.contains(word), "{path} uses {word}");
            }
        }
    }
}

/// Every file of tests is part of its binary: one that is forgotten would never fail.
#[test]
fn no_file_of_tests_is_forgotten() {
    for folder in ["tests", "engine/tests"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        let main = fs::read_to_string(folder.join("main.rs")).unwrap();
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            let rust = path.extension().is_some_and(|e| e == "rs") || path.join("mod.rs").exists();
            let known = name == "main" || main.contains(&format!("mod {name};\n"));
            assert!(known || !rust, "{path:?} is not in main.rs");
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

fn shipped(extension: &str) -> Vec<PathBuf> {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("workflows")];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            match path.extension() {
                _ if path.is_dir() => folders.push(path),
                Some(found) if found == extension => files.push(path),
                _ => {}
            }
        }
    }
    assert!(files.len() > 10, "{files:?}");
    files
}

/// What ships is written without the traps of YAML, and every form is JSON.
#[test]
fn shipped_files_can_be_read() {
    for file in shipped("yaml") {
        let text = fs::read_to_string(&file).unwrap();
        let mut sources = engine::source::Sources::default();
        let number = sources.add(&file.to_string_lossy(), &text);
        if let Err(found) = engine::yaml::parse(number, &text) {
            let shown: String = found
                .iter()
                .map(|d| d.render(&sources, engine::text::Lang::Zh))
                .collect();
            panic!("{shown}");
        }
    }
    for file in shipped("json") {
        let text = fs::read_to_string(&file).unwrap();
        serde_json::from_str::<serde_json::Value>(&text)
            .unwrap_or_else(|e| panic!("{file:?}: {e}"));
    }
}
