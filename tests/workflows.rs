//! The shipped matters, as the program carries them in itself.

use engine::source::Sources;
use engine::text::Lang;
use onenet::{authoring, shipped};
use std::path::Path;

/// What is built into the program is what lies in `workflows/`, and every matter of it can run.
#[test]
fn shipped_matters_have_no_finding_and_can_run() {
    let mut sources = Sources::default();
    let library = shipped::library(&mut sources);
    let shown: String = library
        .found
        .iter()
        .map(|d| d.render(&sources, Lang::Zh))
        .collect();
    assert!(library.found.is_empty(), "{shown}");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("workflows");
    let on_disk = authoring::library(&folder, &mut Sources::default()).unwrap();
    let hashes = |l: &engine::library::Library| -> Vec<String> {
        l.matters
            .iter()
            .map(|(id, r)| format!("{id} {}", r.hash()))
            .collect()
    };
    assert!(library.matters.len() >= 10, "{:?}", library.matters.keys());
    assert_eq!(hashes(&library), hashes(&on_disk));
}
