//! Golden files of the rules: one matter with one fault each, read with the shipped network, and exactly what is said about it.
//! `UPDATE_GOLDEN=1` writes the answers anew; read every line of the difference.

use crate::shipped::{JOINT_CHECK, around, below, files, shipped, with};
use engine::diagnostic::{Diagnostic, Level};
use engine::library::Library;
use engine::source::Sources;
use engine::text::Lang;
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/check")
}

/// What the matters with a fault are read with: the network, what all may use, and one matter that others open.
fn beside() -> Vec<(String, String)> {
    let fits = with(&[JOINT_CHECK]);
    let shipped = files().filter(|(path, _)| fits(path));
    let mut beside: Vec<(String, String)> = shipped.map(|(p, t)| (p.into(), t.into())).collect();
    below(&folder().join("kit"), "golden", &mut beside);
    beside
}

/// The findings about a golden matter and the files beside it, as people read them, and how many there are.
fn findings(path: &Path, beside: &[(String, String)]) -> (String, usize) {
    let own = [
        ("yaml", "golden/matter.yaml"),
        ("form", "golden/forms/extra.schema.json"),
        ("paper", "golden/papers/extra.md"),
        ("notices", "golden/notices.yaml"),
        ("overlay", "golden/cities/extra.yaml"),
    ];
    let text = |extension: &str| std::fs::read_to_string(path.with_extension(extension)).ok();
    let own = own.map(|(extension, name)| (name, text(extension)));
    let own = own
        .iter()
        .filter_map(|(name, text)| Some((*name, text.as_deref()?)));
    let beside = beside.iter().map(|(p, t)| (p.as_str(), t.as_str()));
    let files: Vec<(&str, &str)> = beside.chain(own).collect();
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
    let beside = beside();
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder().join("rules"))
        .unwrap()
        .map(|e| e.unwrap().path())
        .filter(|p| p.extension().is_some_and(|e| e == "yaml"))
        .collect();
    paths.sort();
    let mut wrong = String::new();
    for path in paths {
        let (shown, count) = findings(&path, &beside);
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
    let mut own = Vec::new();
    below(&folder().join("ten"), "ten", &mut own);
    let own: Vec<(&str, &str)> = own.iter().map(|(p, t)| (p.as_str(), t.as_str())).collect();
    let mut sources = Sources::default();
    let library = shipped(around, &own, &mut sources);
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
