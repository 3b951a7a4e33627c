//! What authors are told is true: the examples of `docs/authoring.md` run, every key stands there, and a new matter checks as it is.

mod walk;

use engine::library::Library;
use engine::schema;
use engine::source::Sources;
use engine::text::Lang;
use serde_json::Value as Json;
use std::collections::BTreeSet;
use std::process::Command;

fn guide() -> String {
    std::fs::read_to_string("docs/authoring.md").unwrap()
}

/// The texts of all fenced blocks of a kind, in order.
fn fenced(text: &str, kind: &str) -> Vec<String> {
    let opening = format!("```{kind}\n");
    let blocks = text.split(&opening).skip(1);
    blocks
        .map(|b| b.split("```").next().unwrap().to_owned())
        .collect()
}

/// The fragments of the guide, one after the other, are a matter that can run among the shipped ones.
#[test]
fn the_examples_of_the_guide_are_one_matter_that_runs() {
    let guide = guide();
    let matter = fenced(&guide, "yaml").concat();
    let block = fenced(&guide, "yaml block").concat();
    let mut files = onenet::shipped::all();
    files.push(("authoring-example/matter.yaml", &matter));
    files.push(("shared/two-looks.yaml", &block));
    let overlay = fenced(&guide, "yaml overlay").concat();
    files.push(("authoring-example/cities/梧州.yaml", &overlay));
    let guidance = fenced(&guide, "yaml guidance").concat();
    files.push(("authoring-example/guidance.yaml", &guidance));
    let closures = fenced(&guide, "yaml closures").concat();
    files.push(("network/closures.yaml", &closures));
    files.push((
        "authoring-example/forms/apply.schema.json",
        include_str!("authoring/apply.schema.json"),
    ));
    files.push((
        "authoring-example/forms/result.schema.json",
        include_str!("authoring/result.schema.json"),
    ));
    files.push((
        "authoring-example/forms/answer.schema.json",
        include_str!("authoring/answer.schema.json"),
    ));
    let mut sources = Sources::default();
    let library = Library::read(&files, &mut sources);
    let shown: String = library
        .found
        .iter()
        .map(|d| d.render(&sources, Lang::Zh))
        .collect();
    assert!(library.matters.contains_key("authoring-example"), "{shown}");
    assert!(shown.is_empty(), "{shown}");
    let forms = library.matters["authoring-example"].overlaid();
    assert_eq!(forms.len(), 1, "梧州's");
}

/// Every key a matter, a block or an overlay may have stands in the guide.
#[test]
fn every_key_stands_in_the_guide() {
    let guide = guide();
    let mut keys = BTreeSet::new();
    for kind in ["matter", "block", "overlay", "guidance"] {
        collect(&schema::of(kind).unwrap(), &mut keys);
    }
    assert!(keys.len() > 80, "{keys:?}");
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let words: BTreeSet<&str> = guide.split(|c| !is_word(c)).collect();
    let missing: Vec<_> = keys
        .iter()
        .filter(|k| !words.contains(k.as_str()))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// The names of all properties of a schema.
fn collect(schema: &Json, into: &mut BTreeSet<String>) {
    match schema {
        Json::Object(map) => {
            for (key, value) in map {
                if key == "properties" {
                    into.extend(value.as_object().unwrap().keys().cloned());
                }
                collect(value, into);
            }
        }
        Json::Array(items) => items.iter().for_each(|i| collect(i, into)),
        _ => {}
    }
}

fn onenet(args: &[&str]) -> (i32, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_onenet"))
        .args(args)
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    (
        output.status.code().unwrap(),
        String::from_utf8(said).unwrap(),
    )
}

/// In an empty place, `new` makes everything a matter needs; each template is without a finding and can be explained.
#[test]
fn a_new_matter_checks_as_it_is() {
    let place = tempfile::tempdir().unwrap();
    let workflows = place.path().join("workflows");
    let workflows = workflows.to_str().unwrap();
    for template in ["simple", "cross-city", "bundle"] {
        let id = format!("my-{template}");
        let (code, said) = onenet(&["new", &id, "--template", template, "--workflows", workflows]);
        assert_eq!(code, 0, "{said}");
        assert!(
            said.contains("matter.yaml") && said.contains("happy.test.yaml"),
            "{said}"
        );
        let folder = format!("{workflows}/{id}");
        let (code, said) = onenet(&["explain", &folder]);
        assert_eq!(code, 0, "{template}: {said}");
        assert!(said.contains("办事指南"), "{said}");
    }
    let mut sources = Sources::default();
    let library = onenet::authoring::library(workflows.as_ref(), &mut sources).unwrap();
    let shown: String = library
        .found
        .iter()
        .map(|d| d.render(&sources, Lang::Zh))
        .collect();
    assert!(shown.is_empty(), "{shown}");
    let (code, said) = onenet(&["new", "my-simple", "--workflows", workflows]);
    assert_eq!(code, 2, "nothing is written over: {said}");
    let (code, said) = onenet(&["new", "My Matter", "--workflows", workflows]);
    assert_eq!(code, 2);
    assert!(said.contains("my-matter"), "{said}");
}

/// A code, a matter and a mistyped name on the command line.
#[test]
fn explain_graph_and_schema_answer() {
    let (code, said) = onenet(&["explain", "E0203"]);
    assert_eq!(code, 0);
    assert!(
        said.contains("recrods") && said.contains("是不是 \"records\""),
        "{said}"
    );
    let (code, said) = onenet(&[
        "--lang",
        "en",
        "graph",
        "pension-lump-sum",
        "--format",
        "mermaid",
    ]);
    assert_eq!(code, 0);
    assert!(said.starts_with("flowchart TB"), "{said}");
    let (code, said) = onenet(&["graph", "pension-lumpsum"]);
    assert_eq!(code, 2);
    assert!(said.contains("pension-lump-sum"), "{said}");
    for kind in schema::KINDS {
        let (code, said) = onenet(&["schema", kind]);
        assert_eq!(code, 0);
        assert!(
            serde_json::from_str::<Json>(&said).unwrap()["properties"].is_object(),
            "{kind}"
        );
    }
    assert_eq!(onenet(&["schema", "mater"]).0, 2);
}
