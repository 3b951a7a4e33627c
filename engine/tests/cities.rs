//! What cities do otherwise: overlays put into a matter, the form of it that a case runs, and that it stays on it.

use crate::shipped::{network, shipped};
use engine::case::{Actor, Case, Command, Context, Effect, decide, effects};
use engine::library::Library;
use engine::matter::Revision;
use engine::scenario;
use engine::source::Sources;
use engine::text::Lang;
use serde_json::json;
use std::sync::Arc;

const MATTER: &str = r#"
matter: local
title: 本地差异
code: CSCY
decides: handler
parties:
  first:   { title: 首办, city: =case.accepting_city, department: si, post: handler }
  handler: { title: 经办, city: '=first_of(place.to, "中山")', department: si, post: handler }
limits: { promised: { limit: 5wd, starts: received, stops: work, city_may: [shorten, drop] } }
steps:
  - { id: place, title: 定地, task: first, form: place, outcomes: { 好: next } }
  - { slot: more, title: 各地另有的 }
  - { id: work, title: 办理, task: handler, limit: 2wd, city_may: set, outcomes: { 好: { end: completed } } }
"#;
const PLACE: &str = r#"{ "type": "object", "title": "地方", "properties": { "to": { "type": "string", "title": "城市", "format": "region" } }, "required": ["to"], "additionalProperties": false }"#;

fn overlay(place: &str, from: &str, changes: &str) -> String {
    format!(
        "overlay: local\n{place}\nfrom: {from}\nbasis: {{ doc: 跨省通备忘录 }}\nchanges:\n{changes}"
    )
}

/// The shipped network and these files.
fn read(files: &[(&str, &str)], sources: &mut Sources) -> Library {
    shipped(network, files, sources)
}

/// A library with the matter `local` and its overlays, which must be without an error.
fn library(overlays: &[(&str, String)]) -> Library {
    let mut files = vec![
        ("local/matter.yaml", MATTER),
        ("local/forms/place.schema.json", PLACE),
    ];
    files.extend(overlays.iter().map(|(path, text)| (*path, text.as_str())));
    let mut sources = Sources::default();
    let library = read(&files, &mut sources);
    let own = |d: &&engine::diagnostic::Diagnostic| {
        let file = sources.file(d.span);
        file.is_some_and(|f| f.path.starts_with("local/"))
    };
    let found = library.found.iter().filter(own);
    let shown: String = found.map(|d| d.render(&sources, Lang::Zh)).collect();
    assert_eq!(shown, "");
    library
}

fn promised(matter: &Revision) -> Option<String> {
    let mut limits = matter.limits.iter();
    Some(limits.find(|l| &**l.name == "promised")?.limit.written())
}

fn at<'r>(matter: &'r Arc<Revision>, city: &str, day: &str) -> &'r Arc<Revision> {
    matter.in_city(city, day.parse().unwrap()).unwrap_or(matter)
}

/// The nation, then the pool, then the city, each from its day on; a later overlay of a place stands for the earlier one.
#[test]
fn the_city_goes_before_the_pool_and_the_pool_before_the_nation() {
    let library = library(&[
        (
            "local/cities/a.yaml",
            overlay(
                "pool: 广东",
                "2026-01-01",
                "  limits.promised: 4wd\n  work.limit: 1wd\n",
            ),
        ),
        (
            "local/cities/b.yaml",
            overlay("city: 中山", "2026-04-01", "  limits.promised: 3wd\n"),
        ),
        (
            "local/cities/c.yaml",
            overlay("city: 中山", "2026-07-01", "  limits.promised: drop\n"),
        ),
        (
            "local/cities/d.yaml",
            overlay("city: 梧州", "2026-04-01", "  limits.promised: 2wd\n"),
        ),
    ]);
    let matter = &library.matters["local"];
    let limit = |city, day| promised(at(matter, city, day));
    assert_eq!(limit("442000", "2025-12-31").as_deref(), Some("5wd"));
    assert_eq!(limit("442000", "2026-01-01").as_deref(), Some("4wd"));
    assert_eq!(limit("442000", "2026-04-01").as_deref(), Some("3wd"));
    assert_eq!(limit("442000", "2026-07-01"), None);
    assert_eq!(limit("450400", "2026-05-01").as_deref(), Some("2wd"));
    assert_eq!(limit("520300", "2026-05-01").as_deref(), Some("5wd"));
    let work = |city| {
        let (_, step) = at(matter, city, "2026-07-01").named("work").unwrap();
        step.limit.as_ref().unwrap().written()
    };
    assert_eq!(
        work("442000"),
        "1wd",
        "what the city leaves alone stays the pool's"
    );
    assert_eq!(work("450400"), "2wd");
}

/// Each form of a matter has a hash of its own, which another city's overlay does not touch; that of the matter covers them all.
#[test]
fn the_hash_of_a_form_covers_the_overlays_that_hold() {
    let own = |limit: &str| {
        let text = overlay(
            "city: 中山",
            "2026-01-01",
            &format!("  limits.promised: {limit}\n"),
        );
        ("local/cities/中山.yaml", text)
    };
    let other = overlay("city: 梧州", "2026-01-01", "  limits.promised: 2wd\n");
    let hash = |overlays: &[(&str, String)]| {
        let library = library(overlays);
        let matter = &library.matters["local"];
        let here = at(matter, "442000", "2026-02-01");
        (matter.hash().to_owned(), here.hash().to_owned())
    };
    let (whole, here) = hash(&[own("3wd")]);
    assert_ne!(whole, here);
    let (with_other, the_same) = hash(&[own("3wd"), ("local/cities/梧州.yaml", other)]);
    assert_ne!(whole, with_other);
    assert_eq!(here, the_same);
    let (changed, changed_here) = hash(&[own("4wd")]);
    assert!(changed != whole && changed_here != here);
    let (bare, bare_here) = hash(&[]);
    assert!(bare == bare_here && bare != whole);
}

/// Every kind of place that a city may change.
#[test]
fn limits_of_groups_and_steps_materials_and_steps_are_changed_where_the_matter_lets_them() {
    let text = r#"
matter: local
title: 本地差异
code: CSCY
form: place
parties: { si: { title: 经办, city: =case.accepting_city, department: si, post: handler } }
materials:
  card: { title: 卡, from: [upload], city_may: set }
  photo: { title: 照片, from: [upload], city_may: drop }
  letter: { title: 纸, from: [upload] }
steps:
  - id: team
    title: 一组
    limits: { 核对: { limit: 2wd, starts: look.opened, stops: look, city_may: lengthen } }
    steps:
      - { id: look, title: 核对, task: si, limit: 4h, city_may: [shorten, lengthen], outcomes: { 好: next } }
      - { id: again, title: 再核对, task: si, city_may: drop, outcomes: { 好: next } }
  - { end: completed }
"#;
    let changes = "  team.limits.核对: 3wd\n  look.limit: 1wd\n  again: drop\n  materials.card: { promise: 10wd }\n  materials.photo: drop\n";
    let overlay = overlay("city: 450400", "2026-01-01", changes);
    let files = [
        ("local/matter.yaml", text),
        ("local/forms/place.schema.json", PLACE),
        ("local/cities/梧州.yaml", overlay.as_str()),
    ];
    let mut sources = Sources::default();
    let library = read(&files, &mut sources);
    let found = library.found.iter();
    let shown: String = found.map(|d| d.render(&sources, Lang::Zh)).collect();
    assert_eq!(shown, "");
    let here = at(&library.matters["local"], "450400", "2026-03-02");
    let step = |name: &str| here.named(name).unwrap().1;
    assert_eq!(step("team").limits[0].limit.written(), "3wd");
    assert_eq!(step("look").limit.as_ref().unwrap().written(), "1wd");
    assert_eq!(here.promise("card").unwrap().written(), "10wd");
    assert_eq!(here.material("card").unwrap().from[0].value, "upload");
    assert!(here.material("photo").is_none() && here.material("letter").is_some());
    let open = opening(json!({ "to": "450400" }));
    let mut case = Case::default();
    run(here, &library, &mut case, &open);
    let command = Command::Complete {
        task: case.open_tasks().next().unwrap().0,
        outcome: "好".into(),
        data: json!({}),
        reason: None,
        back_to: None,
    };
    run(here, &library, &mut case, &command);
    assert!(case.is_closed(), "the second look is skipped in 梧州");
}

fn opening(form: serde_json::Value) -> Command {
    Command::Open {
        id: 1,
        number: "N".into(),
        accepting_city: "450400".into(),
        channel: "window".into(),
        applicant: json!({ "name": "李四", "id_number": "450400195903150017", "phone": "13800000001" }),
        form,
        parent: None,
    }
}

fn run(
    matter: &Arc<Revision>,
    library: &Library,
    case: &mut Case,
    command: &Command,
) -> Vec<Effect> {
    let context = Context {
        now: "2026-03-02T02:00:00Z".parse().unwrap(),
        actor: &Actor::Person {
            id: "p".into(),
            posts: [
                "450400/si/handler",
                "442000/si/handler",
                "520300/si/handler",
            ]
            .map(|p| p.parse().unwrap())
            .into(),
            stands_for: None,
            lent: Vec::new(),
        },
        network: &library.network,
        next_case: 2,
        elsewhere: &engine::case::NOWHERE,
        numbering: None,
    };
    let events = decide(matter, case, command, &context).unwrap();
    let running = matter.running(case.revision()).unwrap();
    events
        .iter()
        .flat_map(|e| effects(running, case, e))
        .collect()
}

/// A case stays on what it was opened on: the deciding city as known then; where it goes later changes nothing (G40).
#[test]
fn a_case_stays_on_the_form_of_the_city_that_decided_when_it_was_opened() {
    let slot =
        "  more:\n    - { id: seal, title: 盖章, task: handler, outcomes: { 已盖: next } }\n";
    let library = library(&[
        (
            "local/cities/中山.yaml",
            overlay("city: 中山", "2026-01-01", slot),
        ),
        (
            "local/cities/梧州.yaml",
            overlay("city: 梧州", "2026-01-01", "  limits.promised: drop\n"),
        ),
    ]);
    let matter = &library.matters["local"];
    let mut case = Case::default();
    let open = opening(json!({}));
    run(matter, &library, &mut case, &open);
    assert_eq!(case.revision(), at(matter, "442000", "2026-03-02").hash());
    let running = matter.running(case.revision()).unwrap().clone();
    let complete = |case: &Case, outcome: &str, data| Command::Complete {
        task: case.open_tasks().next().unwrap().0,
        outcome: outcome.into(),
        data,
        reason: None,
        back_to: None,
    };
    let command = complete(&case, "好", json!({ "to": "450400" }));
    run(&running, &library, &mut case, &command);
    let open: Vec<&str> = case.open_tasks().map(|(_, t)| &**t.step()).collect();
    assert_eq!(
        open,
        ["seal"],
        "中山's step, done in 梧州 where the case now is"
    );
    assert!(case.clocks().contains_key("promised"));
    let command = complete(&case, "已盖", json!({}));
    run(&running, &library, &mut case, &command);
    let command = complete(&case, "好", json!({}));
    run(&running, &library, &mut case, &command);
    assert!(case.is_closed());
}

/// Where the city that decides is worked out of a step alone, the case runs the matter itself.
#[test]
fn a_case_whose_deciding_city_is_not_known_yet_runs_the_matter_itself() {
    let text = MATTER.replace("=first_of(place.to, \"中山\")", "=first_of(place.to, \"\")");
    let overlay = overlay("city: 中山", "2026-01-01", "  limits.promised: 3wd\n");
    let files = [
        ("local/matter.yaml", text.as_str()),
        ("local/forms/place.schema.json", PLACE),
        ("local/cities/中山.yaml", overlay.as_str()),
    ];
    let library = read(&files, &mut Sources::default());
    let matter = &library.matters["local"];
    let mut case = Case::default();
    let Command::Open {
        id,
        number,
        channel,
        applicant,
        form,
        parent,
        ..
    } = opening(json!({}))
    else {
        unreachable!()
    };
    let open = Command::Open {
        id,
        number,
        accepting_city: "442000".into(),
        channel,
        applicant,
        form,
        parent,
    };
    run(matter, &library, &mut case, &open);
    assert_eq!(case.revision(), matter.hash());
}

/// An overlay with an error keeps the whole matter from running: nobody would want 梧州's cases on the matter without it.
#[test]
fn a_matter_with_a_wrong_overlay_does_not_run() {
    let overlay = overlay("city: 梧州", "2026-01-01", "  limits.promised: 6wd\n");
    let files = [
        ("local/matter.yaml", MATTER),
        ("local/forms/place.schema.json", PLACE),
        ("local/cities/梧州.yaml", overlay.as_str()),
    ];
    let mut sources = Sources::default();
    let library = read(&files, &mut sources);
    assert!(!library.matters.contains_key("local"));
    let [found] = library.found.as_slice() else {
        panic!("{:?}", library.found);
    };
    assert_eq!(found.code, "E0242");
    let file = sources.file(found.span).unwrap();
    assert_eq!(&*file.path, "local/cities/梧州.yaml");

    // Two for one place and day, in two files.
    let same = overlay.replace("6wd", "3wd");
    let files = [
        ("local/matter.yaml", MATTER),
        ("local/forms/place.schema.json", PLACE),
        ("local/cities/a.yaml", same.as_str()),
        ("local/cities/b.yaml", same.as_str()),
    ];
    let library = read(&files, &mut sources);
    let codes: Vec<_> = library.found.iter().map(|d| d.code).collect();
    assert_eq!(codes, ["E0243"]);
}

/// A scenario played in a city notices a change of a line that the city shares with all, and of a step that it alone has.
#[test]
fn little_changes_of_a_matter_are_noticed_in_its_cities_too() {
    let slot = "  more:\n    - { id: seal, title: 盖章, task: handler, limit: 2wd, outcomes: { 已盖: next } }\n";
    let library = library(&[(
        "local/cities/中山.yaml",
        overlay("city: 中山", "2026-01-01", slot),
    )]);
    let matter = &library.matters["local"];
    let text = r#"
scenario: 中山办结
given: { now: 2026-03-02 09:00, accepting_city: 梧州, applicant: { name: 李四, id_number: "450400195903150017", phone: "13800000001" } }
when:
  - { by: 梧州/handler, do: place.好, data: { to: 中山 } }
  - expect: { clocks: { seal: { due: 2026-03-04 } } }
  - { by: 中山/handler, do: seal.已盖 }
  - expect: { clocks: { work: { due: 2026-03-04 } } }
  - { by: 中山/handler, do: work.好 }
then: { status: completed }
"#;
    let (scenario, found) = scenario::read(&mut Sources::default(), "t.test.yaml", text);
    let scenario = scenario.unwrap();
    assert!(found.is_empty(), "{found:?}");
    assert!(scenario::check(&scenario, matter, &library).is_empty());
    let failed = |matter: &Arc<Revision>| {
        let played = scenario::play(&library, matter, &scenario);
        played.failed.first().map(|f| f.about.clone())
    };
    assert_eq!(failed(matter), None);
    for step in ["work", "seal"] {
        let mutants = scenario::mutants(matter);
        let mut longer = mutants
            .into_iter()
            .filter(|m| m.what == "mutate.limit" && m.name == step);
        let mutant = longer.next().unwrap();
        assert!(failed(&Arc::new(mutant.matter)).is_some(), "{step}");
        assert!(longer.next().is_none(), "{step} is changed once");
    }
}

/// A slot of a shared block is filled where a matter uses the block; the steps put there are steps of the block.
#[test]
fn a_slot_of_a_block_is_filled_behind_the_name_of_its_use() {
    let block = "block: two\ntakes: { who: party }\nsteps:\n  - { slot: more, title: 另有的 }\n  - { id: last, title: 末道, task: who, outcomes: { 好: next } }\n";
    let text = MATTER.replace(
        "  - { slot: more, title: 各地另有的 }\n",
        "  - { use: two, with: { who: handler } }\n",
    );
    let overlay = overlay(
        "city: 中山",
        "2026-01-01",
        "  two.more:\n    - { id: seal, title: 盖章, task: who, outcomes: { 已盖: stamp, 不盖: next } }\n    - { id: skip, title: 略, task: who, outcomes: { 好: next } }\n    - { id: stamp, title: 再盖, task: who, outcomes: { 已盖: next } }\n",
    );
    let files = [
        ("local/matter.yaml", text.as_str()),
        ("local/forms/place.schema.json", PLACE),
        ("local/cities/中山.yaml", overlay.as_str()),
        ("shared/two.yaml", block),
    ];
    let mut sources = Sources::default();
    let library = read(&files, &mut sources);
    let found = library.found.iter();
    let shown: String = found.map(|d| d.render(&sources, Lang::Zh)).collect();
    assert_eq!(shown, "");
    let here = at(&library.matters["local"], "442000", "2026-03-02");
    let matter: &engine::matter::Matter = here;
    let steps: Vec<&str> = matter.steps.iter().map(|s| &**s.id).collect();
    assert_eq!(
        steps,
        [
            "place",
            "two",
            "two.more",
            "two.seal",
            "two.skip",
            "two.stamp",
            "two.last",
            "work"
        ]
    );
}
