//! Golden files: a definition and exactly what the reader says about it. `UPDATE_GOLDEN=1` writes the answers anew;
//! read every line of the difference.

use engine::matter::{Blocks, Kind, Way, read};
use engine::source::Sources;
use engine::text::Lang;
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/check")
}

/// The findings about a file of the folder, as people read them, and how many there are.
fn findings(path: &Path) -> (String, usize) {
    let block = std::fs::read_to_string(folder().join("intake.block")).unwrap();
    let text = std::fs::read_to_string(path).unwrap();
    let name = path.file_name().unwrap().to_string_lossy();
    let mut files = Sources::default();
    let (blocks, mut found) = Blocks::read(&mut files, &[("intake.block", &block)]);
    found.extend(read(&mut files, (&name, &text), &blocks).1);
    let shown = found.iter().map(|d| d.render(&files, Lang::Zh)).collect();
    (shown, found.len())
}

#[test]
fn the_findings_are_as_written_beside_each_file() {
    let update = std::env::var_os("UPDATE_GOLDEN").is_some();
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder())
        .unwrap()
        .map(|e| e.unwrap().path())
        .filter(|p| p.extension().is_some_and(|e| e == "yaml"))
        .collect();
    paths.sort();
    let mut wrong = String::new();
    for path in paths {
        let (shown, count) = findings(&path);
        let good = path
            .file_name()
            .unwrap()
            .to_string_lossy()
            .starts_with("language-");
        if count != usize::from(!good) {
            wrong.push_str(&format!("{}: {count}\n{shown}", path.display()));
        }
        let golden = path.with_extension("out");
        if update {
            std::fs::write(&golden, &shown).unwrap();
        }
        assert_eq!(
            shown,
            std::fs::read_to_string(&golden).unwrap(),
            "{}",
            path.display()
        );
    }
    assert!(wrong.is_empty(), "not exactly one finding:\n{wrong}");
}

#[test]
fn a_shared_block_stands_behind_the_name_of_its_use() {
    let text = |name: &str| std::fs::read_to_string(folder().join(name)).unwrap();
    let (block, lump) = (text("intake.block"), text("language-1.yaml"));
    let mut files = Sources::default();
    let (blocks, _) = Blocks::read(&mut files, &[("intake.block", &block)]);
    let (matter, _) = read(&mut files, ("language-1.yaml", &lump), &blocks);
    let (_, check) = matter.find("intake.check").unwrap();
    let Kind::Task { parties, .. } = &check.kind else {
        panic!("{check:?}")
    };
    assert_eq!(&*parties[0].value, "window");
    assert_eq!(check.limit, None, "deemed_accepted_after was not given");
    let asked = check
        .outcomes
        .iter()
        .find(|o| &*o.name.value == "一次性告知");
    let Way::Go(to) = &asked.unwrap().way else {
        panic!("{asked:?}")
    };
    assert_eq!(&*to.value, "intake.correction");
}
