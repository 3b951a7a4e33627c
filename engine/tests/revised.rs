//! What a version changes is told whole: a change of any value of a real matter, and of what it rests on, is shown.

use crate::shipped::whole;
use engine::revised::{Changed, Files, Kind, Mark, of_matter, revised};
use engine::text::Lang;
use std::collections::BTreeSet;

const MATTER: &str = "pension-lump-sum";

fn files() -> Files {
    of_matter(&whole().files, MATTER)
}

/// The same without the English, which takes its time to read.
fn chinese() -> Files {
    let mut files = files();
    files.remove("english.yaml");
    files
}

fn with(path: &str, change: impl Fn(&str) -> String) -> Vec<Changed> {
    let one = files();
    let mut other = one.clone();
    let text = change(one.get(path).unwrap_or_else(|| panic!("{path}")));
    other.insert(path.to_owned(), text);
    revised(&one, &other)
}

fn replaced(path: &str, old: &str, new: &str) -> Changed {
    let mut all = with(path, |text| {
        assert!(text.contains(old), "{path} does not say {old}");
        text.replacen(old, new, 1)
    });
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

fn said(changed: &Changed, lang: Lang) -> Vec<String> {
    let side = |text: &Option<engine::text::Text>| {
        text.as_ref()
            .map_or("–".to_owned(), |t| t.get(lang).to_owned())
    };
    let parts = changed.parts.iter();
    parts
        .map(|p| {
            format!(
                "{} | {} | {} | {}",
                p.of.get(lang),
                p.what.get(lang),
                side(&p.was),
                side(&p.is)
            )
        })
        .collect()
}

/// One change of each kind of part, each said in words of both languages.
#[test]
fn every_kind_of_part_is_told_in_words() {
    let cases = [
        (
            "pension-lump-sum/matter.yaml",
            "title: 核对全国参保记录",
            "title: 查参保记录",
        ),
        ("pension-lump-sum/matter.yaml", "limit: 1wd", "limit: 2wd"),
        (
            "pension-lump-sum/matter.yaml",
            "已满最低年限: { end: refused, four_eyes: reviewer",
            "已满最低年限: { end: refused",
        ),
        (
            "pension-lump-sum/matter.yaml",
            "promised:  { limit: =parameters.lump_sum_promised",
            "promised:  { limit: 5wd",
        ),
        (
            "pension-lump-sum/matter.yaml",
            "promise: =parameters.material_promise, city_may: drop",
            "promise: 15wd, city_may: drop",
        ),
        (
            "pension-lump-sum/matter.yaml",
            "not_same_as: reviewer",
            "not_same_as: handler",
        ),
        (
            "pension-lump-sum/matter.yaml",
            "channels: [window, video, online]",
            "channels: [window, online]",
        ),
        (
            "pension-lump-sum/forms/apply.schema.json",
            "\"title\": \"参保城市\"",
            "\"title\": \"参保地\"",
        ),
        (
            "pension-lump-sum/cities/梧州.yaml",
            "limits.promised: 5wd",
            "limits.promised: 6wd",
        ),
        (
            "network/parameters/benefits.yaml",
            "pool: 贵州, value: true",
            "pool: 贵州, value: false",
        ),
        ("tables/card-transition.yaml", "hit: first", "hit: unique"),
    ];
    let mut told = String::new();
    for (path, old, new) in cases {
        let changed = replaced(path, old, new);
        assert!(
            !changed.parts.is_empty(),
            "{path}: {old} is not told in words"
        );
        for lang in [Lang::Zh, Lang::En] {
            told += &format!(
                "{path} {} {}\n",
                changed.kind.unwrap().title().get(lang),
                changed.title.get(lang)
            );
            for line in said(&changed, lang) {
                told += &format!("  {line}\n");
            }
        }
    }
    let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/revised/told.txt");
    if std::env::var_os("GOLDEN").is_some() {
        std::fs::write(golden, &told).unwrap();
    }
    assert_eq!(told, std::fs::read_to_string(golden).unwrap());
}

/// Whatever single line of whichever file is changed or taken out, it stands among the lines; and where it says a value, in words too.
#[test]
fn no_line_of_any_file_is_left_out() {
    let one = chinese();
    let mut kinds = BTreeSet::new();
    for (path, text) in &one {
        if kinds.contains(&Kind::of(path)) && !path.starts_with(MATTER) {
            continue;
        }
        kinds.insert(Kind::of(path));
        let lines: Vec<&str> = text.lines().collect();
        for n in (0..lines.len()).step_by(1 + lines.len() / 8) {
            let mut without = lines.clone();
            let taken = without.remove(n);
            let mut other = one.clone();
            other.insert(path.clone(), without.join("\n") + "\n");
            let [changed] = &*revised(&one, &other) else {
                panic!("{path} line {n}");
            };
            let gone = changed.lines.iter().filter(|l| l.mark == Mark::Gone);
            let gone: Vec<&str> = gone.map(|l| &*l.text).collect();
            assert!(gone.contains(&taken), "{path} line {n}: {gone:?}");
        }
    }
    let all = [
        Kind::Matter,
        Kind::Overlay,
        Kind::Form,
        Kind::Paper,
        Kind::Notices,
        Kind::Guidance,
        Kind::Table,
        Kind::Scenario,
        Kind::Block,
        Kind::Calendar,
        Kind::Parameters,
        Kind::Network,
        Kind::Law,
    ];
    for kind in all {
        assert!(kinds.contains(&Some(kind)), "{kind:?} has no file");
    }
}

/// Every value of every tree: another text in its place is said in words, under its address.
#[test]
fn every_value_is_told() {
    use engine::yaml::{Node, Value, parse};
    fn leaves<'n>(node: &'n Node, out: &mut Vec<&'n Node>) {
        match &node.value {
            Value::Scalar { .. } => out.push(node),
            Value::Seq(items) => items.iter().for_each(|i| leaves(i, out)),
            Value::Map(entries) => entries.iter().for_each(|e| leaves(&e.value, out)),
        }
    }
    let one = chinese();
    for (path, text) in one
        .iter()
        .filter(|(path, _)| path.starts_with(MATTER) && !path.ends_with(".md"))
    {
        let root = parse(0, text).unwrap();
        let mut all = Vec::new();
        leaves(&root, &mut all);
        for leaf in all.iter().step_by(1 + all.len() / 30) {
            let (from, to) = (leaf.span.start as usize, leaf.span.end as usize);
            let mut other = one.clone();
            let changed = format!("{}\"改过的\"{}", &text[..from], &text[to..]);
            if parse(0, &changed).is_err() {
                continue;
            }
            other.insert(path.clone(), changed);
            let [changed] = &*revised(&one, &other) else {
                panic!("{path} at {from}");
            };
            assert!(
                !changed.parts.is_empty(),
                "{path}: {} is not told",
                &text[from..to]
            );
        }
    }
}

/// Steps in another order, a step more, a paper line by line, a comment alone, a file more and one less.
#[test]
fn order_papers_comments_and_files_are_told() {
    let paper = files()
        .into_keys()
        .find(|p| Kind::of(p) == Some(Kind::Paper) && p.starts_with(MATTER))
        .unwrap();
    let changed = with(&paper, |text| format!("{text}另有一行。\n"));
    assert!(
        changed[0]
            .lines
            .iter()
            .any(|l| l.mark == Mark::New && l.text == "另有一行。"),
        "{changed:?}"
    );
    assert!(!changed[0].title.zh.is_empty(), "{changed:?}");
    let comment = with("pension-lump-sum/matter.yaml", |text| {
        format!("# 注\n{text}")
    });
    assert!(
        comment[0].parts.is_empty() && comment[0].lines[0].text == "# 注",
        "{comment:?}"
    );
    let step = "  - { id: kind, title: 按哪个年龄算,";
    let more = replaced(
        "pension-lump-sum/matter.yaml",
        step,
        &format!(
            "  - {{ id: once_more, title: 再看一次, task: handler, outcomes: {{ done: next }} }}\n{step}"
        ),
    );
    let said = said(&more, Lang::Zh);
    assert!(said.iter().any(|l| l.contains("再看一次")), "{said:?}");
    assert!(said.iter().any(|l| l.contains("顺序")), "{said:?}");
    let one = files();
    let mut other = one.clone();
    other.remove(&paper);
    other.insert("pension-lump-sum/papers/other.md".into(), "# 别的\n".into());
    let all = revised(&one, &other);
    assert_eq!(
        all.iter().map(|c| &*c.path).collect::<BTreeSet<_>>(),
        BTreeSet::from([&*paper, "pension-lump-sum/papers/other.md"])
    );
}
