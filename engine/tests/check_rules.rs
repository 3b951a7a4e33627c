//! Golden files of the rules: one matter with one fault each, read with the shipped network, and exactly what is said about it.
//! `UPDATE_GOLDEN=1` writes the answers anew; read every line of the difference.

#![allow(missing_docs, clippy::unwrap_used)]

use engine::diagnostic::{Diagnostic, Level};
use engine::library::Library;
use engine::source::Sources;
use engine::text::Lang;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file below a folder, path behind `name`.
fn below(folder: &Path, name: &str, into: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let file = path.file_name().unwrap().to_string_lossy().into_owned();
        let name = if name.is_empty() {
            file
        } else {
            format!("{name}/{file}")
        };
        if path.is_dir() {
            below(&path, &name, into);
        } else {
            into.push((name, std::fs::read_to_string(&path).unwrap()));
        }
    }
}

/// The findings about a golden matter and the files beside it, as people read them, and how many there are.
fn findings(path: &Path, shipped: &[(String, String)]) -> (String, usize) {
    let mut files = shipped.to_vec();
    below(&root().join("tests/check/kit"), "golden", &mut files);
    for (extension, name) in [
        ("yaml", "matter.yaml"),
        ("form", "forms/extra.schema.json"),
        ("paper", "papers/extra.md"),
        ("notices", "notices.yaml"),
        ("overlay", "cities/extra.yaml"),
    ] {
        if let Ok(text) = std::fs::read_to_string(path.with_extension(extension)) {
            files.push((format!("golden/{name}"), text));
        }
    }
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(p, t)| (p.as_str(), t.as_str()))
        .collect();
    let mut sources = Sources::default();
    let library = Library::read(&files, &mut sources);
    let shown = library
        .found
        .iter()
        .map(|d| d.render(&sources, Lang::Zh))
        .collect();
    let own = |d: &&Diagnostic| {
        sources
            .file(d.span)
            .is_some_and(|f| f.path.starts_with("golden/"))
    };
    let errors = library
        .found
        .iter()
        .filter(own)
        .any(|d| d.level() == Level::Error);
    assert_eq!(
        library.matters.contains_key("golden"),
        !errors,
        "{}",
        path.display()
    );
    (shown, library.found.len())
}

#[test]
fn each_fault_is_found_once_at_its_place() {
    let mut shipped = Vec::new();
    below(&root().join("../workflows"), "", &mut shipped);
    // Of the matters one is enough, which others open.
    let matter = |path: &str| path.split_once('/').map(|(folder, _)| folder.to_owned());
    let matters: BTreeSet<String> = shipped
        .iter()
        .filter(|f| f.0.ends_with("/matter.yaml") && !f.0.starts_with("joint-check/"))
        .filter_map(|f| matter(&f.0))
        .collect();
    shipped.retain(|(path, _)| matter(path).is_none_or(|m| !matters.contains(&m)));
    let mut paths: Vec<PathBuf> = std::fs::read_dir(root().join("tests/check/rules"))
        .unwrap()
        .map(|e| e.unwrap().path())
        .filter(|p| p.extension().is_some_and(|e| e == "yaml"))
        .collect();
    paths.sort();
    let mut wrong = String::new();
    for path in paths {
        let (shown, count) = findings(&path, &shipped);
        let good = path
            .file_stem()
            .is_some_and(|n| n.to_string_lossy().starts_with("good"));
        if count != usize::from(!good) {
            wrong.push_str(&format!("{}: {count}\n{shown}", path.display()));
        }
        let golden = path.with_extension("out");
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            std::fs::write(&golden, &shown).unwrap();
        }
        let expected = std::fs::read_to_string(&golden).unwrap_or_default();
        assert_eq!(shown, expected, "{}", path.display());
    }
    assert!(wrong.is_empty(), "not exactly one finding:\n{wrong}");
}

/// One file with ten faults of different kinds and an eleventh in its paper: all of them in one run, each once, at its line and column,
/// each with a way out.
#[test]
fn ten_faults_are_found_in_one_run() {
    let mut files = Vec::new();
    below(&root().join("../workflows"), "", &mut files);
    below(&root().join("tests/check/ten"), "ten", &mut files);
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(p, t)| (p.as_str(), t.as_str()))
        .collect();
    let mut sources = Sources::default();
    let library = Library::read(&files, &mut sources);
    let told: Vec<(String, usize, usize, &str)> = library
        .found
        .iter()
        .map(|d| {
            let at = sources.position(d.span);
            let path = sources.file(d.span).unwrap().path.to_string();
            (path, at.line, at.column, d.code)
        })
        .collect();
    let matter = |line, column, code| ("ten/matter.yaml".to_owned(), line, column, code);
    let expected = [
        matter(5, 1, "E0201"),                                // a key nobody knows
        matter(11, 74, "E0309"),                              // a post nobody has
        matter(12, 32, "E0308"),                              // a city outside the network
        matter(15, 23, "E0229"), // a promise longer than the law allows
        matter(20, 11, "E0304"), // a form that is not there
        matter(21, 11, "E0202"), // a word where yes or no is wanted
        matter(23, 31, "E0402"), // an expression that is none
        matter(27, 11, "E0221"), // a step no way leads to
        matter(28, 11, "E0222"), // steps from which no way leads out
        matter(30, 11, "E0208"), // a name given twice
        ("ten/papers/refusal.md".to_owned(), 3, 24, "E0321"), // a field no form has
    ];
    assert_eq!(told, expected);
    for found in &library.found {
        for lang in [Lang::Zh, Lang::En] {
            assert!(found.remedy(lang).is_some(), "{}", found.code);
            assert_ne!(found.message(lang), found.code);
        }
    }
}
