//! What authors of matters may rely on: small matters, each with a scenario that plays it or the finding it gives.

mod acts;
mod limits;
mod values;
mod ways;

use crate::shipped::{around, shipped};
use engine::library::Library;
use engine::scenario;
use engine::source::Sources;
use engine::text::Lang;

const HEAD: &str = "matter: small
title: { zh: 小事项, en: A small matter }
code: XSX
decides: handler
parties:
  handler: { title: 经办, city: 中山, department: si, post: handler }
  finance: { title: 财务, city: 中山, department: si, post: finance }
  other: { title: 对方经办, city: 遵义, department: si, post: handler }
";

const GIVEN: &str = "scenario: 小
given:
  now: 2026-03-02 09:10
  accepting_city: 中山
  applicant: { name: 王五, id_number: \"110101198001010010\", phone: \"13800000002\" }
when:
";

/// A matter of these lines with files of its own, behind parties and title.
fn library(matter: &str, files: &[(&str, &str)], sources: &mut Sources) -> Library {
    let text = format!("{HEAD}{matter}");
    let named: Vec<(String, &str)> = files
        .iter()
        .map(|(path, text)| (format!("small/{path}"), *text))
        .collect();
    let mut all = vec![("small/matter.yaml", text.as_str())];
    all.extend(named.iter().map(|(path, text)| (path.as_str(), *text)));
    shipped(around, &all, sources)
}

/// The codes of what is found about a matter and the text each stands at.
fn found(matter: &str, files: &[(&str, &str)]) -> Vec<(String, String)> {
    let mut sources = Sources::default();
    let library = library(matter, files, &mut sources);
    let own = library.found.iter().filter(|d| {
        sources
            .file(d.span)
            .is_some_and(|f| f.path.starts_with("small/"))
    });
    let place = |d: &engine::diagnostic::Diagnostic| {
        let text = &sources.file(d.span).unwrap().text;
        text[d.span.start as usize..d.span.end as usize].to_owned()
    };
    own.map(|d| (d.code.to_owned(), place(d))).collect()
}

/// Checks a matter and plays lines of a scenario and what they lead to; both must be without a fault. Answers what is told of it.
fn plays(matter: &str, files: &[(&str, &str)], lines: &str) -> Vec<String> {
    let mut sources = Sources::default();
    let library = library(matter, files, &mut sources);
    let shown: String = library
        .found
        .iter()
        .map(|d| d.render(&sources, Lang::Zh))
        .collect();
    assert!(library.matters.contains_key("small"), "{shown}");
    let small = &library.matters["small"];
    let text = format!("{GIVEN}{lines}");
    let (read, mut wrong) = scenario::read(&mut sources, "small.test.yaml", &text);
    if let Some(read) = &read {
        wrong.extend(scenario::check(read, small, &library));
    }
    let shown: String = wrong.iter().map(|d| d.render(&sources, Lang::Zh)).collect();
    assert!(wrong.is_empty(), "{shown}");
    let played = scenario::play(&library, small, &read.unwrap());
    if let Some(f) = played.failed.first() {
        for told in &played.story {
            println!("    {} {}", told.at, told.words.zh);
        }
        panic!(
            "{}: 期望 {}，实际 {} {:?}",
            f.about, f.expected.zh, f.got.zh, f.why
        );
    }
    let told = played.story.into_iter();
    told.map(|told| told.words.zh).collect()
}
