//! What holds for the picture of any matter: nothing overlaps, nothing sticks out, no line crosses a box.

use super::layout::{ACROSS, Layout, Rect, Run, SHEET, SMALL, TITLE};
use super::measure::width;
use super::plan::{Place, Plan};
use super::ways::To;
use super::{Progress, Walked};
use crate::case::{Event, Fact, FrameNo};
use crate::matter::{Kind, StepIx};
use crate::picture::Picture;
use crate::text::Lang;
use shipped::whole;
use std::collections::BTreeSet;
use std::path::Path;

// The tests from outside need more of it.
#[expect(dead_code)]
#[path = "../../../tests/shipped/mod.rs"]
mod shipped;

/// Looks at every shipped matter in both languages.
fn each(look: impl Fn(&str, &Picture<'_>, &Plan, &Layout)) {
    assert!(whole().matters.len() >= 30);
    for (id, matter) in &whole().matters {
        for lang in [Lang::Zh, Lang::En] {
            let picture = Picture::of(matter, whole(), lang).for_boxes();
            let plan = Plan::of(&picture, None);
            look(id, &picture, &plan, &Layout::of(&plan));
        }
    }
}

/// Whether two overlap, by more than the rounding of their numbers.
fn meet(a: &Rect, b: &Rect) -> bool {
    let before = |end: f32, start: f32| end - start < 0.01;
    let apart = before(a.right(), b.x) || before(b.right(), a.x);
    !apart && !before(a.bottom(), b.y) && !before(b.bottom(), a.y)
}

/// The boxes and the ends of the case.
fn solid(laid: &Layout) -> Vec<Rect> {
    let ends = laid.runs.iter().filter_map(|run| run.end.as_ref());
    let boxes = laid.nodes.iter().map(|node| node.rect);
    boxes.chain(ends.map(|end| end.0)).collect()
}

#[test]
fn no_two_boxes_overlap_and_all_are_on_the_paper() {
    each(|id, _, _, laid| {
        let solid = solid(laid);
        for (i, a) in solid.iter().enumerate() {
            let inside =
                a.x >= 0.0 && a.y >= 0.0 && a.right() <= laid.width && a.bottom() <= laid.height;
            assert!(
                inside,
                "{id}: {a:?} sticks out of {} × {}",
                laid.width, laid.height
            );
            for b in &solid[i + 1..] {
                assert!(!meet(a, b), "{id}: {a:?} and {b:?}");
            }
        }
    });
}

#[test]
fn every_text_is_inside_its_box() {
    each(|id, _, plan, laid| {
        for (node, placed) in plan.nodes.iter().zip(&laid.nodes) {
            let titles = placed.title.iter().map(|line| width(line, TITLE));
            let small = placed
                .note
                .iter()
                .chain(&placed.done)
                .map(|line| width(line, SMALL));
            for wide in titles.chain(small) {
                assert!(wide <= placed.rect.w - 16.0, "{id}: {}", node.title);
            }
            let lines = placed.title.len() * 18 + (placed.note.len() + placed.done.len()) * 15;
            assert!(lines as f32 <= placed.rect.h, "{id}: {}", node.title);
            assert!(
                !placed.title.concat().ends_with('…'),
                "{id}: {} is cut",
                node.title
            );
        }
        for (rect, text) in laid.runs.iter().filter_map(|run| run.end.as_ref()) {
            let fits = |line: &String| width(line, SMALL) <= rect.w - 8.0;
            assert!(text.iter().all(fits), "{id}: {text:?}");
        }
    });
}

#[test]
fn no_line_crosses_a_box() {
    each(|id, _, plan, laid| {
        let solid = solid(laid);
        for run in &laid.runs {
            for pair in run.points.windows(2) {
                let (a, b) = (pair[0], pair[1]);
                let line = Rect {
                    x: a.0.min(b.0),
                    y: a.1.min(b.1),
                    w: (a.0 - b.0).abs(),
                    h: (a.1 - b.1).abs(),
                };
                assert!(line.w == 0.0 || line.h == 0.0, "{id}: a line askew");
                let crossed = solid.iter().find(|solid| meet(&line, solid));
                let of = &plan.nodes[plan.lines[run.line].from].title;
                assert!(
                    crossed.is_none(),
                    "{id}: a line from {of} crosses {crossed:?}"
                );
            }
        }
    });
}

/// A long flow is broken into sheets that A4 holds; they are the whole drawing, and no box, end or label is cut.
#[test]
fn every_sheet_is_whole_and_fits_paper() {
    each(|id, _, _, laid| {
        for (parts, end) in [(&laid.strips, laid.height), (&laid.columns, laid.width)] {
            assert_eq!(parts.first().map(|part| part.0), Some(0.0), "{id}");
            assert_eq!(parts.last().map(|part| part.1), Some(end), "{id}");
            assert!(parts.windows(2).all(|two| two[0].1 == two[1].0), "{id}");
        }
        let sheets = laid.sheets();
        for sheet in &sheets {
            assert!(
                sheet.w <= ACROSS && sheet.h <= SHEET + 20.0,
                "{id}: {sheet:?}"
            );
        }
        let whole = |r: &Rect| {
            let within = |s: &&Rect| {
                s.x <= r.x && s.y <= r.y && r.right() <= s.right() && r.bottom() <= s.bottom()
            };
            sheets.iter().filter(within).count() == 1
        };
        for rect in solid(laid) {
            assert!(whole(&rect), "{id}: {rect:?} is cut");
        }
        for run in laid.runs.iter().filter(|run| !run.label.is_empty()) {
            assert!(whole(&label(run)), "{id}: {:?} is cut", run.label);
        }
    });
}

/// Where the label of a line stands.
fn label(run: &Run) -> Rect {
    let wide = run.label.iter().map(|line| width(line, SMALL));
    Rect {
        x: run.label_at.0,
        y: run.label_at.1 - 9.0,
        w: wide.fold(0.0, f32::max),
        h: run.label.len() as f32 * 13.0 - 3.0,
    }
}

/// A label has the row of its box to itself: it covers no box, no end and no other label.
#[test]
fn labels_cover_nothing() {
    each(|id, _, _, laid| {
        let labelled = laid.runs.iter().filter(|run| !run.label.is_empty());
        let labels: Vec<(Rect, &Vec<String>)> =
            labelled.map(|run| (label(run), &run.label)).collect();
        for (i, (label, text)) in labels.iter().enumerate() {
            assert!(
                label.x >= 0.0 && label.right() <= laid.width,
                "{id}: {text:?}"
            );
            let covered = solid(laid).into_iter().find(|solid| meet(label, solid));
            assert!(
                covered.is_none(),
                "{id}: {text:?} {label:?} covers {covered:?}"
            );
            let other = labels[i + 1..].iter().find(|(other, _)| meet(label, other));
            assert!(other.is_none(), "{id}: {text:?} and {other:?}");
        }
    });
}

/// A straight piece of a line: which line, from where, to where.
type Piece = (usize, (f32, f32), (f32, f32));

/// Two lines that lead to different boxes never lie on top of each other.
#[test]
fn lines_to_different_boxes_keep_apart() {
    each(|id, _, plan, laid| {
        let mut pieces: Vec<Piece> = Vec::new();
        for run in &laid.runs {
            pieces.extend(
                run.points
                    .windows(2)
                    .map(|pair| (run.line, pair[0], pair[1])),
            );
        }
        let along =
            |a: f32, b: f32, c: f32, d: f32| a.max(b).min(c.max(d)) - a.min(b).max(c.min(d));
        for (i, (line, a, b)) in pieces.iter().enumerate() {
            for (other, c, d) in &pieces[i + 1..] {
                let upright = a.0 == b.0
                    && c.0 == d.0
                    && (a.0 - c.0).abs() < 2.0
                    && along(a.1, b.1, c.1, d.1) > 1.0;
                let flat = a.1 == b.1
                    && c.1 == d.1
                    && (a.1 - c.1).abs() < 2.0
                    && along(a.0, b.0, c.0, d.0) > 1.0;
                if upright || flat {
                    let (one, two) = (&plan.lines[*line], &plan.lines[*other]);
                    assert!(
                        one.to == two.to && one.style == two.style || one.from == two.from,
                        "{id}: {one:?} on {two:?}"
                    );
                }
            }
        }
    });
}

#[test]
fn every_step_is_drawn_once() {
    each(|id, picture, plan, _| {
        let drawn: Vec<StepIx> = plan
            .nodes
            .iter()
            .filter_map(|node| match node.place {
                Place::Step(ix) => Some(ix),
                _ => None,
            })
            .collect();
        let once: BTreeSet<StepIx> = drawn.iter().copied().collect();
        assert_eq!(drawn.len(), once.len(), "{id}");
        for (i, step) in picture.matter.steps.iter().enumerate() {
            let ix = StepIx(u32::try_from(i).unwrap());
            // A group with steps inside is a frame with its title.
            let framed = matches!(step.kind, Kind::Group { body, .. } if !picture.is_empty(body));
            let title = picture.title_of(step);
            let frames = plan
                .frames
                .iter()
                .filter(|f| f.title.ends_with(&title))
                .count();
            assert!(once.contains(&ix) != framed, "{id}: {title}");
            assert!(!framed || frames >= 1, "{id}: {title}");
        }
    });
}

/// Whatever can be done leads somewhere: to a box, to an end, or back.
#[test]
fn every_outcome_leads_on() {
    each(|id, picture, plan, _| {
        for node in &plan.nodes {
            let Place::Step(ix) = node.place else {
                continue;
            };
            let Some(step) = picture.matter.step(ix) else {
                continue;
            };
            let from = plan
                .nodes
                .iter()
                .position(|n| n.place == Place::Join(ix) || n.place == node.place);
            let last =
                picture.matter.next(ix).is_none() && picture.matter.around(ix).next().is_none();
            let lines = plan.lines.iter().filter(|l| Some(l.from) == from).count();
            assert!(
                lines > 0 || last || step.beside,
                "{id}: nothing follows {}",
                node.title
            );
        }
        let to = |i: usize| plan.lines.iter().any(|l| l.to == To::Node(i));
        for (i, node) in plan.nodes.iter().enumerate() {
            let begins = matches!(node.place, Place::Start | Place::Event(_));
            assert!(begins || to(i), "{id}: nothing leads to {}", node.title);
        }
    });
}

fn event(fact: Fact) -> (jiff::Timestamp, Event) {
    ("2026-11-23T14:03:00+08:00".parse().unwrap(), fact.into())
}

fn entered(step: &str) -> Fact {
    Fact::StepEntered {
        frame: FrameNo(1),
        step: step.into(),
        status: None,
        pauses: false,
    }
}

fn done(step: &str, outcome: &str, by: Option<&str>) -> Fact {
    Fact::StepDone {
        frame: FrameNo(1),
        step: step.into(),
        outcome: outcome.into(),
        task: None,
        by: by.map(Into::into),
        seat: None,
        reason: None,
    }
}

fn item(frame: u32) -> Fact {
    Fact::FrameOpened {
        frame: FrameNo(frame),
        parent: Some(FrameNo(1)),
        step: Some("gather".into()),
        key: Some(frame.to_string()),
        beside: None,
    }
}

/// A lump sum that gathers relations from three places, one of which has answered.
fn gathering() -> Vec<(jiff::Timestamp, Event)> {
    let over = Fact::FrameEnded {
        frame: FrameNo(8),
        result: "done".into(),
    };
    let facts = [
        entered("records"),
        done("records", "还有外省关系", Some("zs-handler")),
        entered("gather"),
        item(7),
        item(8),
        item(9),
        entered("transfer"),
        entered("transfer"),
        entered("transfer"),
        done("transfer", "refused", None),
        over,
    ];
    facts.map(event).to_vec()
}

/// Of a case: who and when at what is done, how many of the same are over, and in bold the ways it went and no other.
#[test]
fn a_case_is_drawn_as_far_as_it_has_come() {
    let events = gathering();
    let walked = Walked::of(events.iter().map(|(at, event)| (*at, event)));
    let name = |id: &str| format!("{id}!");
    let progress = |name| Progress {
        walked: &walked,
        number: "450400-YCXDY-20261123-00017-L",
        name,
    };
    let picture = Picture::of(&whole().matters["pension-lump-sum"], whole(), Lang::Zh);
    let told = picture.told(Some(&progress(Some(&name))));
    // Titles belong to the matter; its steps go by their names.
    let line = |id: &str| {
        let title = &picture.matter.find(id).unwrap().1.title.zh;
        let stands = |line: &&super::Told| line.title.ends_with(title.as_str());
        told.iter().find(stands).unwrap()
    };
    assert_eq!(line("records").done, "✓ zs-handler! 11-23 14:03");
    assert_eq!(
        (line("gather").done.as_str(), line("gather").current),
        ("当前 1/3", true)
    );
    assert!(line("transfer").current);
    let ways = |id: &str| -> Vec<&str> {
        let walked = line(id).ways.iter().filter(|way| way.walked);
        walked.map(|way| way.label.as_str()).collect()
    };
    assert_eq!(ways("records"), ["还有外省关系"]);
    assert_eq!(ways("approve"), [""; 0]);
    // An end nobody listed goes the way of the others, and is called by what it was.
    assert_eq!(ways("transfer"), ["其他情况"]);
    let unnamed = picture.told(Some(&progress(None)));
    assert!(unnamed.iter().any(|line| line.done == "✓ 11-23 14:03"));
    assert!(!picture.svg(Some(&progress(None))).contains("zs-handler"));
}

/// A branch that was opened and ended at once was not walked; a step that was done says so, also where passing it over leads there too.
#[test]
fn a_way_is_drawn_only_where_it_was_gone() {
    let matter = &whole().matters["retirement-bundle"];
    let plain: &crate::matter::Matter = matter;
    let first_of = |branch: &crate::matter::Branch| {
        let steps = &plain.sequence(branch.body).unwrap().steps;
        plain.step(steps[0]).unwrap().id.value.clone()
    };
    let fork = plain.steps.iter().find_map(|step| match &step.kind {
        crate::matter::Kind::Parallel { branches, .. } => Some((step.id.value.clone(), branches)),
        _ => None,
    });
    let (fork, branches) = fork.unwrap();
    let gone = first_of(&branches[0]);
    let opened = |frame: u32, branch: &crate::matter::Branch| Fact::FrameOpened {
        frame: FrameNo(frame),
        parent: Some(FrameNo(1)),
        step: Some(fork.clone()),
        beside: None,
        key: Some(branch.name.value.to_string()),
    };
    let optional = plain
        .steps
        .iter()
        .find(|step| step.only_if.is_some() && matches!(step.kind, crate::matter::Kind::Paper(_)));
    let optional = optional.unwrap().id.value.clone();
    let facts = [
        entered(&fork),
        opened(7, &branches[0]),
        opened(8, &branches[1]),
        entered(&gone),
        done(&optional, "done", None),
    ];
    let events = facts.map(event).to_vec();
    let walked = Walked::of(events.iter().map(|(at, event)| (*at, event)));
    let progress = Progress {
        walked: &walked,
        number: "1",
        name: None,
    };
    let picture = Picture::of(matter, whole(), Lang::Zh);
    let told = picture.told(Some(&progress));
    let title = |id: &str| plain.find(id).unwrap().1.title.zh.clone();
    let ways = |id: &str| -> Vec<(String, String)> {
        let line = told
            .iter()
            .find(|line| line.title.ends_with(&title(id)))
            .unwrap();
        let walked = line.ways.iter().filter(|way| way.walked);
        walked
            .map(|way| (way.label.clone(), way.to.clone()))
            .collect()
    };
    let from_fork = ways(&fork);
    assert_eq!(from_fork.len(), 1, "{from_fork:?}");
    assert!(from_fork[0].1.ends_with(&title(&gone)), "{from_fork:?}");
    let from_optional = ways(&optional);
    assert_eq!(from_optional.len(), 1, "{from_optional:?}");
    assert_eq!(from_optional[0].0, "");
}

#[test]
fn what_was_passed_over_is_dashed() {
    let matter = &whole().matters["pension-transfer-enterprise"];
    let plain: &crate::matter::Matter = matter;
    let step = plain
        .steps
        .iter()
        .find(|step| step.only_if.is_some())
        .unwrap();
    let events = [event(Fact::StepSkipped {
        frame: FrameNo(1),
        step: step.id.value.clone(),
    })];
    let walked = Walked::of(events.iter().map(|(at, event)| (*at, event)));
    let progress = Progress {
        walked: &walked,
        number: "1",
        name: None,
    };
    let drawn = Picture::of(matter, whole(), Lang::Zh).svg(Some(&progress));
    let skipped = drawn.split("<g class=\"box skipped\"").nth(1).unwrap();
    let outline = skipped.split("<text").next().unwrap();
    assert!(outline.contains(step.title.get(Lang::Zh)), "{outline}");
    assert!(outline.contains("stroke-dasharray"), "{outline}");
}

/// The drawing of a small matter as a whole. `UPDATE_GOLDEN=1` writes it anew; look at it before you keep it.
#[test]
fn a_small_matter_as_it_is_drawn() {
    let drawn = Picture::of(&whole().matters["joint-check"], whole(), Lang::Zh).svg(None);
    let drawn = drawn.replace("><", ">\n<");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/picture/joint-check.svg");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &drawn).unwrap();
    }
    assert_eq!(std::fs::read_to_string(path).unwrap_or_default(), drawn);
}
