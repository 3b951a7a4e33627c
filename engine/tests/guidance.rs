//! What helps at a step: found by its address, also in a shared block; what is wrong with it is said at its place.

use crate::shipped::{self, LUMP_SUM, whole};
use engine::library::Library;
use engine::matter::{Kind, StepIx};
use engine::source::Sources;
use engine::text::Lang;
use jiff::civil::date;
use std::collections::BTreeSet;

const OWN: &str = "pension-lump-sum/guidance.yaml";
const SHARED: &str = "shared/guidance.yaml";

/// The shipped library with these advices in place of its own, and what was found, as `line:column code`.
fn with(own: &str, shared: &str) -> (Library, Vec<String>) {
    let mut sources = Sources::default();
    let more = [(OWN, own), (SHARED, shared)];
    let fits = |path: &str| path != OWN && shipped::with(&LUMP_SUM)(path);
    let library = shipped::shipped(fits, &more, &mut sources);
    let found = library.found.iter().map(|d| {
        let told = d.render(&sources, Lang::Zh);
        let (place, _) = told.split_once('\n').unwrap();
        place.to_owned()
    });
    let found = found.collect();
    (library, found)
}

const GOOD: &str = "guidance: pension-lump-sum
steps:
  records:
    do: [ 查全国参保记录。, 还有外省关系的先归集。 ]
    see:
      - { title: 领取条件, basis: { doc: 人社部令第13号, article: \"6\" } }
      - { title: 年底结账, note: 十二月的话, from: 2026-12-01, until: 2026-12-31 }
";

#[test]
fn a_step_has_the_advice_of_its_matter_or_of_the_block_it_came_from() {
    let shared = "guidance: shared
steps:
  intake.check: { do: 核对身份和材料。 }
";
    let (library, found) = with(GOOD, shared);
    assert_eq!(found, Vec::<String>::new());
    let matter = library.matters["pension-lump-sum"].clone();
    let at = |name: &str| matter.named(name).unwrap().0;
    let lines = |name: &str| {
        let advice = library.advice(&matter, at(name));
        advice.map(|a| a.lines.iter().map(|l| l.zh.clone()).collect::<Vec<_>>())
    };
    let records = vec![
        "查全国参保记录。".to_owned(),
        "还有外省关系的先归集。".to_owned(),
    ];
    assert_eq!(lines("records"), Some(records));
    assert_eq!(
        lines("intake.check"),
        Some(vec!["核对身份和材料。".to_owned()])
    );
    assert_eq!(lines("confirm"), None);
}

#[test]
fn what_helps_is_shown_from_its_first_day_to_its_last() {
    let (library, _) = with(
        GOOD,
        "guidance: shared\nsteps: { intake.check: { do: 核对。 } }\n",
    );
    let matter = &library.matters["pension-lump-sum"];
    let (at, _) = matter.named("records").unwrap();
    let advice = library.advice(matter, at).unwrap();
    let on = |day| {
        advice
            .valid(day)
            .map(|r| r.title.zh.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(on(date(2026, 11, 30)), ["领取条件"]);
    assert_eq!(on(date(2026, 12, 1)), ["领取条件", "年底结账"]);
    assert_eq!(on(date(2026, 12, 31)), ["领取条件", "年底结账"]);
    assert_eq!(on(date(2027, 1, 1)), ["领取条件"]);
}

#[test]
fn what_is_wrong_is_found_at_its_line_with_the_nearest_right_name() {
    let own = "guidance: pension-lump-sums
steps:
  recods:
    do: [ 一, 二, 三, 四 ]
    see:
      - { title: 条件, basis: { doc: 人社部令第14号 }, table: retirement-ages }
      - { note: 没有名称 }
";
    let (_, found) = with(
        own,
        "guidance: shared\nsteps: { intake.chek: { do: 核对。 } }\n",
    );
    let expected = [
        "pension-lump-sum/guidance.yaml:1:11: 错误 E0202: 值的写法不对，这里应是：pension-lump-sum",
        "pension-lump-sum/guidance.yaml:3:3: 错误 E0203: 没有叫 \"recods\" 的环节",
        "pension-lump-sum/guidance.yaml:4:20: 错误 E0202: 值的写法不对，这里应是：1–3 行，每行不超过 60 字",
        "pension-lump-sum/guidance.yaml:6:36: 错误 E0313: ",
        "pension-lump-sum/guidance.yaml:6:55: 错误 E0306: 没有叫 \"retirement-ages\" 的判定表",
        "pension-lump-sum/guidance.yaml:7:9: 错误 E0205: 缺少 \"title\"",
        "shared/guidance.yaml:2:10: 错误 E0203: 没有叫 \"intake.chek\" 的环节",
    ];
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for (found, expected) in found.iter().zip(expected) {
        assert!(found.starts_with(expected), "{found}\n{expected}");
    }
}

/// Whoever opens a task reads what to do: of every step that ends on somebody's table, also as it is where a city does otherwise.
#[test]
fn every_task_that_ships_has_advice() {
    let library = whole();
    let mut seen = 0;
    let mut silent = BTreeSet::new();
    for matter in library.matters.values() {
        let cities = matter.overlaid().into_values();
        for revision in std::iter::once(matter).chain(cities) {
            for (at, step) in (0..).map(StepIx).zip(&revision.steps) {
                let work = match &step.kind {
                    Kind::Task { .. } | Kind::Handoff { .. } => true,
                    Kind::Paper(letter) => letter.delivered,
                    _ => false,
                };
                seen += usize::from(work);
                if work && library.advice(revision, at).is_none() {
                    silent.insert(format!("{}: {}", matter.id.value, step.id.value));
                }
            }
        }
    }
    assert!(seen > 300, "{seen}");
    assert!(silent.is_empty(), "{silent:#?}");
}
