//! The shipped matters, read as the program reads them.

use engine::matter::{Blocks, read};
use engine::source::Sources;
use engine::text::Lang;
use std::fs;
use std::path::Path;

/// Every shipped matter reads without a finding, shared blocks put in place.
#[test]
fn shipped_matters_read_without_findings() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("workflows");
    let texts = |folder: &Path| -> Vec<(String, String)> {
        let files = fs::read_dir(folder)
            .unwrap()
            .map(|e| e.unwrap().path())
            .filter(|p| p.extension().is_some_and(|e| e == "yaml"));
        files
            .map(|p| (p.display().to_string(), fs::read_to_string(&p).unwrap()))
            .collect()
    };
    let blocks = texts(&root.join("shared"));
    let blocks: Vec<(&str, &str)> = blocks
        .iter()
        .map(|(p, t)| (p.as_str(), t.as_str()))
        .collect();
    let mut sources = Sources::default();
    let (blocks, mut found) = Blocks::read(&mut sources, &blocks);
    let mut matters = 0;
    for folder in fs::read_dir(&root).unwrap().map(|e| e.unwrap().path()) {
        let file = folder.join("matter.yaml");
        if let Ok(text) = fs::read_to_string(&file) {
            found.extend(read(&mut sources, (&file.display().to_string(), &text), &blocks).1);
            matters += 1;
        }
    }
    let shown: String = found.iter().map(|d| d.render(&sources, Lang::Zh)).collect();
    assert!(found.is_empty(), "{shown}");
    assert!(matters >= 10, "{matters}");
}
