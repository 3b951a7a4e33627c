//! The list of English: what authors write in Chinese is read with the English of one list, and what the list lacks is found.

use crate::shipped::{shipped, whole};
use engine::english::to_english;
use engine::library::Library;
use engine::picture::Picture;
use engine::source::Sources;
use engine::text::Lang;
use std::collections::BTreeMap;

const MATTER: &str = r#"matter: small
title: { zh: 小事, en: A small matter }
code: XS
channels: [window]
decides: clerk
parties:
  clerk: { title: 办事员, city: 中山, department: si, post: handler }
form: ask
steps:
  - id: look
    title: 看一看
    task: clerk
    form: ask
    outcomes:
      可以: { end: completed, label: 办好了 }
      不行: { title: { en: No good }, end: refused, reason: 没有带来 }
"#;

const FORM: &str = r#"{ "type": "object", "title": "问", "x-title-en": "Ask", "properties": {
  "colour": { "type": "string", "title": "颜色", "oneOf": [{ "const": "red", "title": "红", "x-title-en": "Red" }] } } }"#;

const LIST: &str = "terms:\n  小事: Trifle\n  办事员: Clerk\n  看一看: Have a look\n  可以: Fine\n  不行: Bad\n  \
    办好了: Settled\n  颜色: Colour\n  没有带来: It was not brought\n";

fn library(list: &str) -> Library {
    let more = [
        ("small/matter.yaml", MATTER),
        ("small/forms/ask.schema.json", FORM),
        ("english.yaml", list),
    ];
    let mut sources = Sources::default();
    let library = shipped(|path| path.starts_with("network/"), &more, &mut sources);
    let shown: String = library
        .found
        .iter()
        .map(|d| d.render(&sources, Lang::En))
        .collect();
    assert!(library.found.is_empty(), "{shown}");
    library
}

/// Titles, names that are their own titles and forms: all by one list, but what has its English in place keeps it.
#[test]
fn english_comes_from_the_list_unless_it_stands_in_place() {
    let library = library(LIST);
    let matter = &library.matters["small"];
    assert_eq!(matter.title.get(Lang::En), "A small matter");
    let form = matter.form("ask").unwrap();
    assert_eq!(form.field("colour").unwrap().title.get(Lang::En), "Colour");
    let guide = Picture::of(matter, &library, Lang::En).guide();
    for said in [
        "Have a look: done by Clerk.",
        "“Fine”: the case ends: Settled (completed).",
        "“No good”: the case ends: refused; reason: It was not brought.",
    ] {
        assert!(guide.contains(said), "{said}\n{guide}");
    }
    let chinese = Picture::of(matter, &library, Lang::Zh).guide();
    assert!(chinese.contains("看一看：由办事员办理"), "{chinese}");
}

/// What runs is Chinese: a better translation makes no new revision, so nothing is published and no case stays behind.
#[test]
fn the_list_is_no_part_of_a_revision() {
    let hash = |list| library(list).matters["small"].hash().to_owned();
    assert_eq!(hash(LIST), hash("terms: {}\n"));
}

/// What has no English is told with its first place and how often it stands there, and what nothing uses.
#[test]
fn what_the_list_lacks_is_found_and_what_nothing_uses() {
    let listed = |list: &str| -> Vec<(String, String, usize)> {
        let files: BTreeMap<String, String> = [
            ("small/matter.yaml", MATTER),
            ("small/forms/ask.schema.json", FORM),
            (
                "network/network.yaml",
                "cities: [{ code: \"442000\", name: 中山, en: Zhongshan }]\n",
            ),
            ("small/papers/answer.md", "# 答复\n\n正文\n"),
            ("small/notices.yaml", "notices: { look: { sms: 请来 } }\n"),
            ("small/tests/a.test.yaml", "scenario: 一切都好\n"),
            ("english.yaml", list),
        ]
        .map(|(path, text)| (path.to_owned(), text.to_owned()))
        .into();
        let mut sources = Sources::default();
        let open = to_english(&files, &mut sources);
        let one = |open: &engine::english::ToEnglish| {
            let path = &sources.file(open.span).unwrap().path;
            let line = sources.position(open.span).line;
            (open.zh.clone(), format!("{path}:{line}"), open.places)
        };
        open.iter().map(one).collect()
    };
    let one = |zh: &str, place: &str, places| (zh.to_owned(), place.to_owned(), places);
    let expected = [
        one("颜色", "small/forms/ask.schema.json:2", 1),
        one("办事员", "small/matter.yaml:7", 1),
        one("可以", "small/matter.yaml:15", 1),
        one("答复", "small/papers/answer.md:1", 1),
        one("用不着", "english.yaml:4", 0),
    ];
    let list = "terms:\n  看一看: Have a look\n  办好了: Settled\n  用不着: Unwanted\n  没有带来: Not brought\n  不行: Bad\n";
    assert_eq!(listed(list), expected);
}

/// Whoever reads English reads English everywhere: no text of an author is without, and the list holds nothing that is used nowhere.
#[test]
fn what_authors_wrote_has_english_once() {
    let open = to_english(&whole().files, &mut Sources::default());
    let open: Vec<String> = open
        .iter()
        .map(|open| format!("{} ({})", open.zh, open.places))
        .collect();
    assert!(open.is_empty(), "{}", open.join("\n"));
}

/// Cities and provinces go by the English the network file has for them, by code and where an author names them.
#[test]
fn places_are_called_by_their_english_names() {
    let network = &whole().network;
    for (code, zh, en) in [
        ("442000", "中山", "Zhongshan"),
        ("520000", "贵州", "Guizhou"),
    ] {
        assert_eq!(network.place(Lang::Zh, code), zh);
        assert_eq!(network.place(Lang::En, code), en);
        assert_eq!(network.own(Lang::En, zh), en);
    }
    assert_eq!(network.place(Lang::En, "elsewhere"), "elsewhere");
}
