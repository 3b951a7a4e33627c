//! The shipped `workflows/`, read from the folder, for tests.

use engine::library::Library;
use engine::source::Sources;
use std::path::Path;
use std::sync::LazyLock;

/// Every file below a folder with its text; its path stands behind `name`.
pub fn below(folder: &Path, name: &str, into: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let file = path.file_name().unwrap().to_string_lossy().into_owned();
        let name = match name {
            "" => file,
            _ => format!("{name}/{file}"),
        };
        if path.is_dir() {
            below(&path, &name, into);
        } else {
            into.push((name, std::fs::read_to_string(&path).unwrap()));
        }
    }
}

/// Every shipped file: path and text.
pub fn files<'f>() -> impl Iterator<Item = (&'f str, &'f str)> {
    static FILES: LazyLock<Vec<(String, String)>> = LazyLock::new(|| {
        let mut files = Vec::new();
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../workflows");
        below(&root, "", &mut files);
        files
    });
    FILES.iter().map(|(p, t)| (p.as_str(), t.as_str()))
}

static WHOLE: LazyLock<(Library, Sources)> = LazyLock::new(|| {
    let mut sources = Sources::default();
    let library = shipped(|_| true, &[], &mut sources);
    (library, sources)
});

/// All that ships, read once.
pub fn whole() -> &'static Library {
    &WHOLE.0
}

/// The texts it was read from, to which more may be added.
pub fn sources() -> Sources {
    WHOLE.1.clone()
}

/// What a matter stands in: the network, and what all matters may use; no matter, and no English.
pub fn around(path: &str) -> bool {
    let shared = ["network/", "shared/", "tables/"];
    let root = !path.contains('/') && path != "english.yaml";
    (root || shared.iter().any(|f| path.starts_with(f))) && !path.ends_with("guidance.yaml")
}

/// The network and what lies beside it, for a matter that uses nothing shared.
pub fn network(path: &str) -> bool {
    around(path) && !path.starts_with("shared/") && !path.starts_with("tables/")
}

/// These matters with what they stand in; those that one opens as a sub-case must be among them.
pub fn with<'m>(matters: &'m [&str]) -> impl Fn(&str) -> bool + 'm {
    let own = |path: &str| {
        path.split_once('/')
            .is_some_and(|(folder, _)| matters.contains(&folder))
    };
    move |path| around(path) || own(path)
}

/// The matter that shared events open.
pub const JOINT_CHECK: &str = "joint-check";
/// The one that tests know best, with those it opens.
pub const LUMP_SUM: [&str; 3] = [
    "pension-lump-sum",
    "pension-transfer-enterprise",
    JOINT_CHECK,
];

/// The files whose path fits, and more files, path and text. What was found lies in it.
pub fn shipped(
    fits: impl Fn(&str) -> bool,
    more: &[(&str, &str)],
    sources: &mut Sources,
) -> Library {
    let files = files().filter(|(p, _)| fits(p));
    let files: Vec<(&str, &str)> = files.chain(more.iter().copied()).collect();
    Library::read(&files, sources)
}
