//! Scenarios from outside: the shipped ones all pass and walk everything; wrong ones are found where they are wrong; and after every
//! command a case folded anew from its events is the case it was (G6).

use crate::shipped::{sources, whole};
use engine::library::Library;
use engine::scenario::{self, Played, Walked};
use engine::source::Sources;
use engine::text::Lang;
use std::collections::BTreeSet;

/// Reads, checks and plays one scenario of a matter.
fn play(library: &Library, sources: &mut Sources, matter: &str, path: &str, text: &str) -> Played {
    let (read, mut found) = scenario::read(sources, path, text);
    let matter = &library.matters[matter];
    if let Some(read) = &read {
        found.extend(scenario::check(read, matter, library));
    }
    let shown: String = found.iter().map(|d| d.render(sources, Lang::Zh)).collect();
    assert!(found.is_empty(), "{shown}");
    scenario::play(library, matter, &read.unwrap())
}

fn failures(played: &Played, sources: &Sources) -> String {
    let mut out = String::new();
    for f in &played.failed {
        let at = sources.position(f.span);
        let path = &sources.file(f.span).unwrap().path;
        out += &format!(
            "{path}:{}:{} {}: 期望 {}，实际 {} {:?}\n",
            at.line, at.column, f.about, f.expected.zh, f.got.zh, f.why
        );
    }
    if !out.is_empty() {
        for told in &played.story {
            out += &format!("    {} {}\n", told.at, told.words.zh);
        }
    }
    out
}

/// Every shipped scenario passes, and together they walk every step, outcome, event, pause and passed limit.
#[test]
fn the_shipped_scenarios_pass_and_walk_everything() {
    let (library, mut sources) = (whole(), sources());
    let (mut walked, mut spots, mut wrong) = (Walked::default(), BTreeSet::new(), String::new());
    for (id, matter) in &library.matters {
        spots.extend(scenario::spots(matter));
        for (path, text) in &library.scenarios[id] {
            let played = play(library, &mut sources, id, path, text);
            wrong += &failures(&played, &sources);
            walked.extend(&played.walked);
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert!(spots.len() > 200, "{}", spots.len());
    let missed = spots.iter().filter(|s| !walked.has(s));
    let missed: Vec<String> = missed
        .map(|s| {
            format!(
                "{}:{} {:?} {}",
                sources.file(s.span).unwrap().path,
                sources.position(s.span).line,
                s.what,
                s.name
            )
        })
        .collect();
    assert!(missed.is_empty(), "{missed:#?}");
}

/// A day that is written as days are and that no calendar has is said to be no day, not to be written wrongly.
#[test]
fn a_day_that_does_not_exist_is_said_to_be_none() {
    let said = |now: &str| {
        let text = format!("scenario: 错\ngiven: {{ now: {now}, accepting_city: 梧州 }}\n");
        let mut sources = Sources::default();
        let (_, found) = scenario::read(&mut sources, "day.test.yaml", &text);
        found[0].message(Lang::Zh)
    };
    assert!(said("2026-02-30 09:00").contains("没有 2026-02-30 09:00"));
    assert!(said("30.2.2026").contains("2026-02-11 16:30"));
}

/// What a scenario gets wrong is shown where it stands, with the nearest right name.
#[test]
fn wrong_names_are_found_where_they_stand() {
    let (library, mut sources) = (whole(), sources());
    let text = "scenario: 错\ngiven: { now: 2026-03-02 09:10, accepting_city: 梧洲 }\nwhen:\n  - { by: 遵义/handlr, do: answer.已核时 }\n  - { by: 遵义/handler, do: answr.已核实, claim: answer }\nthen: { status: complete, papers: [joint-check-replay] }\n";
    let (read, mut found) = scenario::read(&mut sources, "wrong.test.yaml", text);
    found.extend(scenario::check(
        &read.unwrap(),
        &library.matters["joint-check"],
        library,
    ));
    let mut shown: Vec<(usize, usize, &str, Option<&str>)> = Vec::new();
    for d in &found {
        let at = sources.position(d.span);
        shown.push((at.line, at.column, d.code, d.near.as_deref()));
    }
    shown.sort_unstable();
    let expected = [
        (2, 49, "E0606", Some("梧州")),
        (4, 11, "E0605", Some("handler")),
        (4, 26, "E0604", Some("已核实")),
        (5, 27, "E0203", Some("answer")),
        (5, 38, "E0601", None),
        (6, 17, "E0206", Some("completed")),
        (6, 36, "E0608", Some("joint-check-reply")),
    ];
    assert_eq!(shown, expected);
}

/// A line that fails says what was expected, what was, when, and which instants of the clock made it so.
#[test]
fn a_failing_line_says_why() {
    let (library, mut sources) = (whole(), sources());
    let text = "scenario: 迟\ngiven:\n  now: 2026-03-02 09:10\n  accepting_city: 中山\n  applicant: { name: 王五, id_number: \"110101198001010010\", phone: \"13800000002\" }\n  form: { to_city: 遵义, question: 金额不符 }\nwhen:\n  - { at: 2026-03-06 10:00 }\n  - expect: { clocks: { promised: { level: red } } }\n";
    let played = play(library, &mut sources, "joint-check", "late.test.yaml", text);
    let [failed] = played.failed.as_slice() else {
        panic!("{:?}", played.failed)
    };
    assert_eq!(failed.line, Some(2));
    assert_eq!(
        (failed.expected.zh.as_str(), failed.got.zh.as_str()),
        ("promised.level=red", "reminder")
    );
    let why: String = failed.why.iter().map(|w| w.zh.as_str()).collect();
    // Five working days after 03-02: due at closing time on 03-09; half is used after the first half of 03-05.
    assert!(
        why.contains("2026-03-09 17:00 到期") && why.contains("2026-03-05 12:00"),
        "{why}"
    );
}

/// The shipped files with three cities: lines of the network about any other are left out; their overlays stay.
fn three_cities(sources: &mut Sources) -> Library {
    let whole = whole();
    let stays = ["中山", "梧州", "遵义"];
    let others: Vec<String> = whole
        .network
        .cities()
        .filter(|c| !stays.contains(&c.name.as_str()))
        .flat_map(|c| {
            [
                c.name.clone(),
                format!("\"{}\"", c.code),
                format!("{}/", c.code),
            ]
        })
        .collect();
    let other = |text: &str| others.iter().any(|o| text.contains(o));
    let files = whole.files.iter();
    let files: Vec<(String, String)> = files
        .map(|(path, text)| {
            // Of a parameter only the values of other cities go.
            let mut text = text.clone();
            while let Some(at) = others
                .iter()
                .find_map(|o| text.find(&format!("city: {o}, value")))
            {
                let from = text[..at].rfind(", { from:").unwrap();
                let to = at + text[at..].find('}').unwrap() + 1;
                text.replace_range(from..to, "");
            }
            (path, text)
        })
        .map(
            |(path, text)| match path.starts_with("network/") && !path.contains("/parameters/") {
                false => (path.clone(), text.clone()),
                true => {
                    let lines = text.lines().filter(|line| !other(line));
                    (
                        path.clone(),
                        lines.map(|line| format!("{line}\n")).collect(),
                    )
                }
            },
        )
        .collect();
    let files: Vec<_> = files
        .iter()
        .map(|(p, t)| (p.as_str(), t.as_str()))
        .collect();
    Library::read(&files, sources)
}

/// The shipped files with forty cities: 24 more beside the last one, each with a window and nobody at it yet.
fn forty_cities(sources: &mut Sources) -> Library {
    let whole = whole();
    let mut files = (*whole.files).clone();
    let network = files.get_mut("network/network.yaml").unwrap();
    let last = whole.network.cities().last().unwrap();
    let at = network.find(&format!("\"{}\"", last.code)).unwrap();
    let end = at + network[at..].find('\n').unwrap() + 1;
    let more = (1..=40 - whole.network.cities().count()).map(|n| {
        format!(
            "  - {{ code: \"4399{n:02}\", name: 新城{n}, full_name: 新城{n}市, en: Newtown{n}, pool: 湖南, kind: city, windows: 1, \
             office_hours: standard, tag: demo }}\n"
        )
    });
    network.insert_str(end, &more.collect::<String>());
    let files: Vec<_> = files
        .iter()
        .map(|(p, t)| (p.as_str(), t.as_str()))
        .collect();
    Library::read(&files, sources)
}

/// Plays what a network has the cities for: how many scenarios that were, how many lack something, and what went wrong.
fn play_what_it_has(library: &Library, sources: &mut Sources) -> (usize, usize, String) {
    let (mut played, mut skipped, mut wrong) = (0, 0, String::new());
    for (id, matter) in &library.matters {
        for (path, text) in &library.scenarios[id] {
            let (read, found) = scenario::read(sources, path, text);
            assert!(found.is_empty(), "{path}");
            let read = read.unwrap();
            let lacks = scenario::check(&read, matter, library);
            if lacks.is_empty() {
                played += 1;
                let played = scenario::play(library, matter, &read);
                wrong += &failures(&played, sources);
            } else {
                let all = lacks.iter().all(scenario::is_lacking);
                assert!(all, "{path}: {lacks:?}");
                skipped += 1;
            }
        }
    }
    (played, skipped, wrong)
}

/// The same matters run in a smaller network. What tells of cities that are not in it is skipped with the place that says so; all else
/// passes as it does in the whole network.
#[test]
fn a_network_of_three_cities_plays_what_it_has_and_skips_the_rest() {
    let mut sources = Sources::default();
    let library = three_cities(&mut sources);
    let shown: String = library
        .found
        .iter()
        .map(|d| d.render(&sources, Lang::Zh))
        .collect();
    assert!(library.found.is_empty(), "{shown}");
    assert!(!library.elsewhere.is_empty());
    let (played, skipped, wrong) = play_what_it_has(&library, &mut sources);
    assert!(wrong.is_empty(), "{wrong}");
    assert!(
        played > 300 && skipped > 20,
        "{played} played, {skipped} skipped"
    );
}

/// And in a larger one: every scenario passes; all that is found is that nobody sits in the new cities yet.
#[test]
fn a_network_of_forty_cities_plays_everything() {
    let mut sources = Sources::default();
    let library = forty_cities(&mut sources);
    assert_eq!(library.network.cities().count(), 40);
    let codes: BTreeSet<&str> = library.found.iter().map(|d| d.code).collect();
    assert_eq!(codes, BTreeSet::from(["W0101"]));
    let (played, skipped, wrong) = play_what_it_has(&library, &mut sources);
    assert!(wrong.is_empty(), "{wrong}");
    let all: usize = library.scenarios.values().map(Vec::len).sum();
    assert_eq!((played, skipped), (all, 0));
}
