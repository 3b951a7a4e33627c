//! The report of `onenet test`: for people, as JSON, as annotations.

use super::{Matter, Skipped, Tested};
use crate::cli::print;
use engine::clock::civil;
use engine::scenario::{Failed, Mutant, Scenario, Spot, What};
use engine::source::Span;
use engine::text::{Lang, both};
use serde_json::{Value as Json, json};
use unicode_width::UnicodeWidthStr;

/// How wide a line of passed scenarios may become, in columns.
const WIDE: usize = 100;
/// Space between the names of scenarios.
const GAP: usize = 4;

/// The report for people.
pub(super) fn text(all: &[Tested], coverage: bool, lang: Lang) {
    for tested in all {
        for found in &tested.found {
            print(found.render(&tested.sources, lang).trim_end());
        }
        for matter in &tested.matters {
            scenarios(tested, matter, lang);
        }
        skipped(tested, lang);
        covered(tested, coverage, lang);
        changes(tested, lang);
    }
    let played = || all.iter().flat_map(|t| &t.matters).flat_map(|m| &m.played);
    let failed = played().filter(|(_, p)| !p.failed.is_empty()).count();
    let args = [
        ("all", played().count().to_string()),
        ("failed", failed.to_string()),
    ];
    print(
        both(
            if failed == 0 {
                "test.fine"
            } else {
                "test.failed"
            },
            &args,
        )
        .get(lang),
    );
    let skipped: usize = all.iter().map(|t| t.skipped.len()).sum();
    if skipped > 0 {
        let sum = both("test.skipped", &[("count", skipped.to_string())]);
        print(sum.get(lang));
    }
}

/// The scenarios that tell of another network, each with what the one at hand lacks.
fn skipped(tested: &Tested, lang: Lang) {
    for skipped in &tested.skipped {
        let name = skipped.scenario.name.value.clone();
        print(both("test.skipped.one", &[("name", name)]).get(lang));
        for lacks in &skipped.lacking {
            let place = place(tested, lacks.span);
            print(&format!("  {place}: {}", lacks.message(lang)));
        }
    }
}

/// The names of a matter's scenarios, then what is wrong with those that failed.
fn scenarios(tested: &Tested, matter: &Matter, lang: Lang) {
    print(&matter.id);
    let mut line = String::new();
    for (scenario, played) in &matter.played {
        let mark = if played.failed.is_empty() {
            '✓'
        } else {
            '✗'
        };
        let name = format!("{mark} {}", scenario.name.value);
        if !line.is_empty() && line.width() + name.width() + GAP > WIDE {
            print(&format!("  {}", line.trim_end()));
            line.clear();
        }
        line.push_str(&name);
        // Names stand under each other where they are short enough.
        let column = (line.width() / 28 + 1) * 28;
        line.push_str(&" ".repeat((column - line.width()).max(GAP)));
    }
    if !line.is_empty() {
        print(&format!("  {}", line.trim_end()));
    }
    for (scenario, played) in matter.played.iter().filter(|(_, p)| !p.failed.is_empty()) {
        for failed in &played.failed {
            print(&format!("  {}", shown(tested, scenario, failed, lang)));
            for why in &failed.why {
                print(&format!(
                    "      {}",
                    both("test.why", &[("why", why.get(lang).to_owned())]).get(lang)
                ));
            }
        }
        for told in played
            .story
            .iter()
            .rev()
            .take(8)
            .collect::<Vec<_>>()
            .into_iter()
            .rev()
        {
            print(&format!(
                "      {} {}",
                moment(told.at),
                told.words.get(lang)
            ));
        }
    }
}

/// `file:line:col: scenario, step 4 "records": expected …, got … (virtual time …)`
fn shown(tested: &Tested, scenario: &Scenario, failed: &Failed, lang: Lang) -> String {
    let args = [
        ("place", place(tested, failed.span)),
        ("scenario", scenario.name.value.clone()),
        (
            "line",
            failed.line.map(|n| n.to_string()).unwrap_or_default(),
        ),
        ("about", failed.about.clone()),
        ("expected", failed.expected.get(lang).to_owned()),
        ("got", failed.got.get(lang).to_owned()),
        ("at", moment(failed.at)),
    ];
    both(
        if failed.line.is_some() {
            "test.line"
        } else {
            "test.end"
        },
        &args,
    )
    .get(lang)
    .to_owned()
}

/// How much was walked, and what was not.
fn covered(tested: &Tested, coverage: bool, lang: Lang) {
    if tested.spots.is_empty() {
        return;
    }
    let missed = tested.missed();
    let parts = What::ALL.iter().filter_map(|what| {
        let all = tested.spots.iter().filter(|s| s.what == *what).count();
        let open = missed.iter().filter(|s| s.what == *what).count();
        (all > 0).then(|| format!("{} {}/{all}", both(what.key(), &[]).get(lang), all - open))
    });
    let separator = if lang == Lang::En { ", " } else { "，" };
    let parts = parts.collect::<Vec<_>>().join(separator);
    let args = [("parts", parts), ("missed", missed.len().to_string())];
    print(
        both(
            if missed.is_empty() {
                "test.covered"
            } else {
                "test.uncovered"
            },
            &args,
        )
        .get(lang),
    );
    if coverage {
        for spot in missed {
            print(&format!(
                "  {}: {} {}",
                place(tested, spot.span),
                both(spot.what.key(), &[]).get(lang),
                spot.name
            ));
        }
    }
}

/// The little changes nobody noticed.
fn changes(tested: &Tested, lang: Lang) {
    let Some(changes) = &tested.changes else {
        return;
    };
    let made = changes.len();
    let args = [
        ("made", made.to_string()),
        ("noticed", (made - tested.unnoticed().count()).to_string()),
    ];
    print(both("test.mutants", &args).get(lang));
    for mutant in tested.unnoticed() {
        print(&format!(
            "  {}: {}",
            place(tested, mutant.span),
            changed(mutant, lang)
        ));
    }
}

fn changed(mutant: &Mutant, lang: Lang) -> String {
    both(mutant.what, &[("name", mutant.name.clone())])
        .get(lang)
        .to_owned()
}

/// The report as one JSON document.
pub(super) fn json(all: &[Tested], lang: Lang) {
    let document = json!({
        "matters": all.iter().flat_map(|t| t.matters.iter().map(|m| matter(t, m, lang))).collect::<Vec<_>>(),
        "found": all.iter().flat_map(|t| t.found.iter().map(|d| at(t, d.span, json!({ "code": d.code, "message": d.message(lang) })))).collect::<Vec<_>>(),
        "skipped": all.iter().flat_map(|t| t.skipped.iter().map(|s| left_out(t, s, lang))).collect::<Vec<_>>(),
        "missed": all.iter().flat_map(|t| t.missed().into_iter().map(|s| missed(t, s))).collect::<Vec<_>>(),
        "spots": all.iter().map(|t| t.spots.len()).sum::<usize>(),
        "unnoticed": all.iter().flat_map(|t| t.unnoticed().map(|m| at(t, m.span, json!({ "change": changed(m, lang) })))).collect::<Vec<_>>(),
    });
    print(&document.to_string());
}

fn matter(tested: &Tested, matter: &Matter, lang: Lang) -> Json {
    let failure = |f: &Failed| {
        let why: Vec<&str> = f.why.iter().map(|w| w.get(lang)).collect();
        let value = json!({ "step": f.line, "about": f.about, "expected": f.expected.get(lang), "got": f.got.get(lang), "at": f.at.to_string(), "why": why });
        at(tested, f.span, value)
    };
    let scenarios = matter.played.iter().map(|(s, p)| {
        let failures: Vec<Json> = p.failed.iter().map(failure).collect();
        at(tested, s.name.span, json!({ "scenario": s.name.value, "passed": p.failed.is_empty(), "failures": failures }))
    });
    json!({ "matter": matter.id, "scenarios": scenarios.collect::<Vec<_>>() })
}

fn left_out(tested: &Tested, skipped: &Skipped, lang: Lang) -> Json {
    let lacking = skipped.lacking.iter().map(|d| {
        let value = json!({ "code": d.code, "message": d.message(lang) });
        at(tested, d.span, value)
    });
    let lacking: Vec<Json> = lacking.collect();
    let name = &skipped.scenario.name;
    let value = json!({ "scenario": name.value, "lacking": lacking });
    at(tested, name.span, value)
}

fn missed(tested: &Tested, spot: &Spot) -> Json {
    let what = spot.what.key().rsplit('.').next().unwrap_or_default();
    at(
        tested,
        spot.span,
        json!({ "what": what, "name": spot.name }),
    )
}

/// A value with the place it is about.
fn at(tested: &Tested, span: Span, mut value: Json) -> Json {
    let position = tested.sources.position(span);
    if let Some(fields) = value.as_object_mut() {
        fields.insert("file".into(), file(tested, span).into());
        fields.insert("line".into(), position.line.into());
        fields.insert("column".into(), position.column.into());
    }
    value
}

/// Annotations of a pull request, one a line.
pub(super) fn github(all: &[Tested], coverage: bool, lang: Lang) {
    let note = |tested: &Tested, level: &str, span: Span, message: &str| {
        let position = tested.sources.position(span);
        let message = message.replace('%', "%25").replace('\n', "%0A");
        print(&format!(
            "::{level} file={},line={},col={}::{message}",
            file(tested, span),
            position.line,
            position.column
        ));
    };
    for tested in all {
        for found in &tested.found {
            note(tested, "error", found.span, &found.message(lang));
        }
        for lacks in tested.skipped.iter().flat_map(|s| &s.lacking) {
            note(tested, "notice", lacks.span, &lacks.message(lang));
        }
        for (scenario, played) in tested.matters.iter().flat_map(|m| &m.played) {
            for failed in &played.failed {
                note(
                    tested,
                    "error",
                    failed.span,
                    &shown(tested, scenario, failed, lang),
                );
            }
        }
        for spot in tested.missed().into_iter().filter(|_| coverage) {
            let what = both(spot.what.key(), &[]);
            let args = [
                ("what", what.get(lang).to_owned()),
                ("name", spot.name.clone()),
            ];
            note(
                tested,
                "error",
                spot.span,
                both("test.not_walked", &args).get(lang),
            );
        }
        for mutant in tested.unnoticed() {
            note(tested, "error", mutant.span, &changed(mutant, lang));
        }
    }
}

fn file(tested: &Tested, span: Span) -> String {
    tested
        .sources
        .file(span)
        .map(|f| f.path.to_string())
        .unwrap_or_default()
}

fn place(tested: &Tested, span: Span) -> String {
    let position = tested.sources.position(span);
    format!(
        "{}:{}:{}",
        file(tested, span),
        position.line,
        position.column
    )
}

fn moment(at: jiff::Timestamp) -> String {
    civil(at).strftime("%Y-%m-%d %H:%M").to_string()
}
