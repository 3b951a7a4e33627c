//! The walk through a first matter (`docs/first-matter.md`) is true to the letter: its commands are run, its edits made, and what it prints is what is printed.

use std::path::Path;
use std::process::Command;

/// What stands in fenced blocks, in order: the kind, the text.
fn blocks(guide: &str) -> Vec<(&str, &str)> {
    let fenced = guide.split("\n```").skip(1).step_by(2);
    fenced.map(|b| b.split_once('\n').unwrap()).collect()
}

/// The first line of a text that begins so, without what leads it in.
fn line<'a>(text: &'a str, begins: &str) -> &'a str {
    let found = text.lines().find(|l| l.trim_start().starts_with(begins));
    found.unwrap_or_else(|| panic!("no line begins with {begins}"))
}

/// Replaces what stands once in a file.
fn edit(file: &Path, from: &str, to: &str) {
    let text = std::fs::read_to_string(file).unwrap();
    assert_eq!(text.matches(from).count(), 1, "{from} in {text}");
    std::fs::write(file, text.replace(from, to)).unwrap();
}

/// Replaces the one line of a file that begins so.
fn rewrite(file: &Path, begins: &str, to: &str) {
    let text = std::fs::read_to_string(file).unwrap();
    let from = line(&text, begins).to_owned();
    edit(file, &from, to);
}

/// Runs a command of the guide; what it prints is what the guide shows, where a line of an ellipsis stands for any lines.
fn shows(place: &Path, command: &str, shown: &str) {
    let mut words = command.split_whitespace();
    assert_eq!(words.next(), Some("onenet"), "{command}");
    let output = Command::new(env!("CARGO_BIN_EXE_onenet"))
        .args(words)
        .current_dir(place)
        .output()
        .unwrap();
    let said = String::from_utf8([output.stderr, output.stdout].concat()).unwrap();
    let mut rest = said.trim_end();
    for (at, part) in shown.split("…\n").enumerate() {
        let part = part.trim_end().trim_end_matches('…').trim_end();
        let found = match at {
            0 => rest.starts_with(part).then_some(0),
            _ => rest.find(part),
        };
        let found = found.unwrap_or_else(|| panic!("{command} prints\n{said}\nand not\n{part}"));
        rest = rest[found + part.len()..].trim_start();
    }
    let open = shown.trim_end().ends_with('…');
    assert!(open || rest.is_empty(), "{command} also prints\n{rest}");
}

#[test]
fn the_walk_through_a_first_matter_is_true() {
    let guide = std::fs::read_to_string("docs/first-matter.md").unwrap();
    let blocks = blocks(&guide);
    let yaml = |has: &str| {
        let found = blocks.iter().find(|(k, b)| *k == "yaml" && b.contains(has));
        found.unwrap().1
    };
    let place = tempfile::tempdir().unwrap();
    let place = place.path();
    let matter = place.join("workflows/file-whereabouts/matter.yaml");
    let happy = place.join("workflows/file-whereabouts/tests/happy.test.yaml");
    let changes = yaml("title: { zh: 档案存放地查询");
    let mut checks = 0;
    let mut tests = 0;
    for (kind, block) in &blocks {
        if *kind != "console" {
            continue;
        }
        let Some((command, shown)) = block.strip_prefix("$ ").unwrap().split_once('\n') else {
            panic!("nothing is shown for {block}");
        };
        let mut words = command.split_whitespace();
        match (words.next(), words.next().unwrap_or_default()) {
            (Some("onenet"), "check") => {
                if checks == 0 {
                    let archivist = line(changes, "archivist:").split("  #").next().unwrap();
                    let (before, _) = archivist.split_once("post: archivist").unwrap();
                    rewrite(&matter, "title:", line(changes, "title:"));
                    rewrite(&matter, "code:", line(changes, "code:"));
                    let reviewer = "  reviewer: {";
                    let wrong = format!("{before}post: archivist }}\n{reviewer}");
                    edit(&matter, reviewer, &wrong);
                    let of_handle = [
                        ("title: 办理", "title: 查找档案"),
                        ("task: handler", "task: archivist"),
                        ("符合:", "找到:"),
                        ("不符合:", "没有找到:"),
                    ];
                    for (was, is) in of_handle {
                        rewrite(&matter, was, line(changes, is));
                    }
                } else {
                    edit(&matter, "post: archivist", "post: archive");
                }
                checks += 1;
            }
            (Some("onenet"), "test") => {
                if tests == 1 {
                    edit(&happy, "正常办结", "梧州的窗口收件，在中山找到");
                    rewrite(&happy, "- { after: 2h", yaml("handle.找到").trim_end());
                    let slow = happy.with_file_name("not-found.test.yaml");
                    std::fs::write(slow, yaml("scenario: 没有找到")).unwrap();
                }
                tests += 1;
            }
            (Some("onenet"), "run") => {
                std::fs::write(
                    place.join("case.yaml"),
                    yaml("now: 2026-09-29 09:30\naccepting"),
                )
                .unwrap();
            }
            (Some("onenet"), "new" | "explain") => {}
            _ => continue,
        }
        shows(place, command, shown);
    }
    assert_eq!((checks, tests), (2, 2));
}
