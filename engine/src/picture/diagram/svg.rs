//! The drawing as SVG.

use super::super::Picture;
use super::Progress;
use super::layout::{BOX, HEAD, Layout, Placed, Rect, Run, SMALL, SMALL_LINE, TITLE, TITLE_LINE};
use super::measure::wrap;
use super::plan::{Frame, Lane, Node, Plan, Shape};
use super::walked::State;
use super::ways::{Style, To};
use maud::{Markup, PreEscaped, html};

/// Ink, grey ink, pale ink, paper, and the ground of the lanes: readable in black and white.
const INK: &str = "#111";
const GREY: &str = "#555";
const PALE: &str = "#9a9a9a";
const PAPER: &str = "#fff";
const GROUND: &str = "#f5f6f7";

const FONT: &str = "PingFang SC, Microsoft YaHei, Noto Sans CJK SC, sans-serif";

/// The whole drawing, or one sheet of it.
pub(super) fn write(
    picture: &Picture<'_>,
    plan: &Plan,
    laid: &Layout,
    progress: Option<&Progress<'_>>,
    sheet: Option<usize>,
) -> String {
    let title = match progress {
        Some(progress) => format!("{} · {}", progress.number, picture.heading()),
        None => picture.heading(),
    };
    let sheets = laid.sheets();
    let part = sheet.and_then(|no| Some((no, *sheets.get(no)?)));
    let whole = Rect {
        w: laid.width,
        h: laid.height,
        ..Rect::default()
    };
    let title = match part {
        Some((no, _)) => format!("{title} ({}/{})", no + 1, sheets.len()),
        None => title,
    };
    let shown = part.map_or(whole, |(_, sheet)| sheet);
    let seen = |r: &Rect| {
        r.right() >= shown.x
            && r.x <= shown.right()
            && r.bottom() >= shown.y
            && r.y <= shown.bottom()
    };
    let runs = || laid.runs.iter().filter(|run| seen(&around(run)));
    let nodes = || {
        plan.nodes
            .iter()
            .zip(&laid.nodes)
            .filter(|(_, placed)| seen(&placed.rect))
    };
    let strips = || {
        let inside =
            |strip: &&(f32, f32)| strip.1 > shown.y + 1.0 && strip.0 < shown.bottom() - 1.0;
        laid.strips.iter().filter(inside)
    };
    // Several sheets may stand in one page.
    let id = |name: &str| part.map_or(name.to_owned(), |(no, _)| format!("{name}-{}", no + 1));
    let (width, height) = (shown.w.ceil(), shown.h.ceil());
    let drawing = html! {
        svg xmlns="http://www.w3.org/2000/svg" class="diagram" role="img" aria-labelledby={ (id("diagram-title")) " " (id("diagram-desc")) }
            width=(width) height=(height) viewBox={ (n(shown.x)) " " (n(shown.y)) " " (width) " " (height) }
            font-family=(FONT) font-size=(SMALL) fill=(INK) {
            title id=(id("diagram-title")) { (title) }
            desc id=(id("diagram-desc")) { (description(picture, plan)) }
            (arrows(&id))
            @if part.is_none() { (now(plan, laid)) }
            rect class="paper" x=(n(shown.x)) y=(n(shown.y)) width=(width) height=(height) fill=(PAPER) {}
            @for strip in strips() { (ground(laid, *strip)) }
            @for (frame, (rect, title)) in plan.frames.iter().zip(&laid.frames).filter(|(_, (rect, _))| seen(rect)) { (frame_of(frame, rect, title)) }
            // What was walked lies on top of what was not.
            @for walked in [false, true] {
                @for run in runs().filter(|run| is_walked(plan, run) == walked) { (line(plan, run, &id)) }
            }
            // Lines that go on to another sheet pass below the heads of its lanes.
            @for strip in strips() { (heads(plan, laid, strip.0)) }
            @for (node, placed) in nodes() { (box_of(node, placed)) }
            @for run in runs() { (label(plan, run)) (end(plan, run)) }
        }
    };
    let clean = |c: &char| !c.is_control() || *c == '\n';
    drawing
        .into_string()
        .chars()
        .filter(clean)
        .collect::<String>()
        + "\n"
}

/// All that a line covers, with its label and its end.
fn around(run: &Run) -> Rect {
    let label = Rect {
        x: run.label_at.0,
        y: run.label_at.1 - SMALL_LINE,
        w: BOX,
        h: SMALL_LINE * run.label.len() as f32,
    };
    let end = run.end.as_ref().map(|(rect, _)| *rect);
    let points = run.points.iter().map(|(x, y)| Rect {
        x: *x,
        y: *y,
        w: 0.0,
        h: 0.0,
    });
    let all = points
        .chain(end)
        .chain((!run.label.is_empty()).then_some(label));
    all.reduce(|a, b| {
        let (x, y) = (a.x.min(b.x), a.y.min(b.y));
        let (w, h) = (a.right().max(b.right()) - x, a.bottom().max(b.bottom()) - y);
        Rect { x, y, w, h }
    })
    .unwrap_or_default()
}

fn description(picture: &Picture<'_>, plan: &Plan) -> String {
    let steps = picture.matter.steps.len().to_string();
    let lanes = picture.list(
        plan.lanes
            .iter()
            .map(|lane| match lane.department.as_str() {
                "" => lane.city.clone(),
                department => format!("{} {department}", lane.city),
            }),
    );
    let mut told = picture.say("diagram.about", &[("steps", &steps), ("lanes", &lanes)]);
    let now = plan.nodes.iter().filter(|n| n.state == State::Current);
    let now = picture.list(now.map(|n| n.title.clone()));
    if !now.is_empty() {
        picture.glue(&mut told, &picture.say("diagram.now", &[("steps", &now)]));
    }
    told
}

/// Where the case stands, as a part of the picture: whoever shows it small asks for `#now`.
fn now(plan: &Plan, laid: &Layout) -> Markup {
    const WIDTH: f32 = 640.0;
    const HEIGHT: f32 = 384.0;
    let nodes = plan.nodes.iter().zip(&laid.nodes);
    let mut current = nodes.filter(|(node, _)| node.state == State::Current);
    let around = |middle: f32, part: f32, whole: f32| {
        (middle - part / 2.0).clamp(0.0, (whole - part).max(0.0))
    };
    html! {
        @if let Some((_, Placed { rect, .. })) = current.next() {
            @let x = around(rect.x + rect.w / 2.0, WIDTH, laid.width);
            @let y = around(rect.y + rect.h / 2.0, HEIGHT, laid.height);
            view id="now" viewBox=(format!("{} {} {WIDTH} {HEIGHT}", n(x), n(y))) {}
        }
    }
}

/// One arrow head for each kind of line.
fn arrows(id: &impl Fn(&str) -> String) -> Markup {
    let arrow = |name: &str, color: &str| {
        html! {
            marker id=(id(name)) viewBox="0 0 10 10" refX="9" refY="5" markerWidth="9" markerHeight="9"
                markerUnits="userSpaceOnUse" orient="auto" { path d="M0 0.8L10 5L0 9.2z" fill=(color) {} }
        }
    };
    html! { defs { (arrow("arrow", GREY)) (arrow("arrow-walked", INK)) (arrow("arrow-pale", PALE)) } }
}

/// The ground of the lanes on a sheet.
fn ground(laid: &Layout, (top, bottom): (f32, f32)) -> Markup {
    html! {
        @for (x, w) in &laid.lanes {
            rect class="lane" x=(n(x - 6.0)) y=(n(top + 6.0)) width=(n(w + 12.0)) height=(n(bottom - top - 12.0)) rx="4" fill=(GROUND) {}
        }
    }
}

/// What the lanes are called, at the top of a sheet.
fn heads(plan: &Plan, laid: &Layout, top: f32) -> Markup {
    html! {
        @for (lane, (x, w)) in plan.lanes.iter().zip(&laid.lanes) {
            g class="head" {
                rect x=(n(x - 6.0)) y=(n(top + 6.0)) width=(n(w + 12.0)) height=(n(HEAD - 6.0)) fill=(GROUND) {}
                (head(lane, x + w / 2.0, *w, top))
            }
        }
        line x1="0" y1=(n(top + HEAD)) x2=(laid.width.ceil()) y2=(n(top + HEAD)) stroke=(PALE) {}
    }
}

/// City in bold, department below; both stand on the line under the heads.
fn head(lane: &Lane, middle: f32, w: f32, top: f32) -> Markup {
    let city = wrap(&lane.city, TITLE, w - 8.0, 2);
    let department = wrap(&lane.department, SMALL, w - 8.0, 1);
    let department = if lane.department.is_empty() {
        Vec::new()
    } else {
        department
    };
    let all = city.len() as f32 * SMALL_LINE + department.len() as f32 * SMALL_LINE;
    let top = top + (HEAD - all) / 2.0 + 15.0;
    html! {
        (centred_lines(&city, middle, top, SMALL_LINE, TITLE, Some("bold")))
        (centred_lines(&department, middle, top + city.len() as f32 * SMALL_LINE, SMALL_LINE, SMALL, None))
    }
}

fn frame_of(frame: &Frame, rect: &Rect, title: &[String]) -> Markup {
    let dash = frame.dashed.then_some("2 3");
    html! {
        g class="frame" {
            rect x=(n(rect.x)) y=(n(rect.y)) width=(n(rect.w)) height=(n(rect.h)) rx="5" fill="none" stroke=(PALE) stroke-dasharray=[dash] {}
            g fill=(GREY) { (left(title, rect.x + 6.0, rect.y + 15.0, SMALL_LINE, None)) }
        }
    }
}

fn is_walked(plan: &Plan, run: &Run) -> bool {
    plan.lines.get(run.line).is_some_and(|line| line.walked)
}

/// Whether a case is drawn: what it has not done then steps back.
fn has_case(plan: &Plan) -> bool {
    plan.nodes.iter().any(|node| node.state != State::Plain)
}

fn line(plan: &Plan, run: &Run, id: &impl Fn(&str) -> String) -> Markup {
    let Some(line) = plan.lines.get(run.line) else {
        return PreEscaped(String::new());
    };
    let (class, color, width, arrow) = match (line.walked, has_case(plan)) {
        (true, _) => ("walked", INK, "2.2", "arrow-walked"),
        (false, true) => ("ahead", PALE, "1", "arrow-pale"),
        (false, false) => ("way", GREY, "1.1", "arrow"),
    };
    let dash = (line.style == Style::Back).then_some("6 3");
    html! {
        path class={ "line " (class) @if line.style == Style::Back { " back" } } d=(path(&run.points)) fill="none"
            stroke=(color) stroke-width=(width) stroke-dasharray=[dash] stroke-linejoin="round" marker-end={ "url(#" (id(arrow)) ")" } {}
    }
}

/// Straight pieces with rounded corners.
fn path(points: &[(f32, f32)]) -> String {
    let mut d = String::new();
    for (i, (x, y)) in points.iter().enumerate() {
        let next = points.get(i + 1);
        let before = i.checked_sub(1).and_then(|i| points.get(i));
        match (before, next) {
            (None, _) => d += &format!("M{} {}", n(*x), n(*y)),
            (Some(_), None) => d += &format!("L{} {}", n(*x), n(*y)),
            (Some(before), Some(next)) => {
                let (a, b) = (towards((*x, *y), *before), towards((*x, *y), *next));
                d += &format!(
                    "L{} {}Q{} {} {} {}",
                    n(a.0),
                    n(a.1),
                    n(*x),
                    n(*y),
                    n(b.0),
                    n(b.1)
                );
            }
        }
    }
    d
}

/// A point a corner's radius away, or half the way where that is shorter.
fn towards(from: (f32, f32), to: (f32, f32)) -> (f32, f32) {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let far = dx.abs() + dy.abs();
    if far == 0.0 {
        return from;
    }
    let share = (4.0_f32).min(far / 2.0) / far;
    (from.0 + dx * share, from.1 + dy * share)
}

/// A coordinate with one decimal at most.
fn n(value: f32) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

fn box_of(node: &Node, placed: &Placed) -> Markup {
    let r = placed.rect;
    let (class, stroke, width, dash) = match (node.state, node.shape) {
        (State::Current, _) => ("current", INK, "3.5", None),
        (State::Skipped, _) => ("skipped", PALE, "1.2", Some("5 3")),
        (State::Ahead, _) => ("ahead", PALE, "1", None),
        (State::Done, _) => ("done", INK, "1.8", None),
        (State::Plain, Shape::Slot) => ("plain", GREY, "1.1", Some("5 3")),
        (State::Plain, _) => ("plain", INK, "1.1", None),
    };
    let ink = match node.state {
        State::Ahead | State::Skipped => GREY,
        _ => INK,
    };
    html! {
        g class={ "box " (class) } fill=(ink) {
            title { (node.title) @if !node.note.is_empty() { " · " (node.note) } @if !node.done.is_empty() { " · " (node.done) } }
            g fill=(PAPER) stroke=(stroke) stroke-width=(width) stroke-dasharray=[dash] { (outline(node.shape, r)) }
            (texts(node, placed))
        }
    }
}

fn outline(shape: Shape, r: Rect) -> Markup {
    let rect = |r: Rect, rx: f32| {
        html! { rect x=(n(r.x)) y=(n(r.y)) width=(n(r.w)) height=(n(r.h)) rx=(n(rx)) {} }
    };
    match shape {
        Shape::Choice => {
            let (l, t, b, e) = (n(r.x), n(r.y), n(r.bottom()), n(r.right()));
            let (il, ie) = (n(r.x + 9.0), n(r.right() - 9.0));
            let m = n(r.y + r.h / 2.0);
            html! { path d={ "M" (il) " " (t) "H" (ie) "L" (e) " " (m) "L" (ie) " " (b) "H" (il) "L" (l) " " (m) "z" } {} }
        }
        Shape::Many => html! {
            (rect(Rect { x: r.x + 4.0, y: r.y + 4.0, w: r.w - 4.0, h: r.h - 4.0 }, 3.0))
            (rect(Rect { w: r.w - 4.0, h: r.h - 4.0, ..r }, 3.0))
        },
        Shape::Round | Shape::Event => rect(r, (r.h / 2.0).min(14.0)),
        Shape::Auto => html! {
            (rect(r, 3.0))
            path d={ "M" (n(r.x + 4.0)) " " (n(r.y)) "V" (n(r.bottom())) } stroke-width="1" {}
        },
        Shape::Task | Shape::Slot => rect(r, 3.0),
    }
}

fn texts(node: &Node, placed: &Placed) -> Markup {
    let r = placed.rect;
    let small = (placed.note.len() + placed.done.len()) as f32;
    let all = placed.title.len() as f32 * TITLE_LINE + small * SMALL_LINE;
    let top = r.y + (r.h - all) / 2.0;
    let title = top + 14.0;
    let note = top + placed.title.len() as f32 * TITLE_LINE + 11.0;
    let done = note + placed.note.len() as f32 * SMALL_LINE;
    let weight = (node.state == State::Current).then_some("bold");
    let (mid, size) = (
        r.middle(),
        if node.shape == Shape::Round {
            12.0
        } else {
            TITLE
        },
    );
    html! {
        (centred_lines(&placed.title, mid, title, TITLE_LINE, size, weight))
        g fill=(GREY) { (centred_lines(&placed.note, mid, note, SMALL_LINE, SMALL, None)) }
        (centred_lines(&placed.done, mid, done, SMALL_LINE, SMALL, Some("bold")))
    }
}

/// The ink of what stands at a line: of ways a case has not gone it is grey.
fn ink(plan: &Plan, run: &Run) -> &'static str {
    match is_walked(plan, run) || !has_case(plan) {
        true => INK,
        false => GREY,
    }
}

fn label(plan: &Plan, run: &Run) -> Markup {
    html! {
        @if !run.label.is_empty() {
            g class="label" fill=(ink(plan, run)) stroke=(PAPER) stroke-width="3" stroke-linejoin="round" paint-order="stroke" {
                (left(&run.label, run.label_at.0, run.label_at.1, 13.0, None))
            }
        }
    }
}

fn end(plan: &Plan, run: &Run) -> Markup {
    let Some((r, text)) = &run.end else {
        return PreEscaped(String::new());
    };
    let line = plan.lines.get(run.line);
    let walked = line.is_some_and(|l| l.walked);
    let good = line.is_some_and(|l| matches!(l.to, To::End(_, true)));
    let (stroke, width) = match (walked, has_case(plan), good) {
        (true, ..) => (INK, "3"),
        (false, true, _) => (PALE, "1"),
        (false, false, true) => (INK, "2"),
        (false, false, false) => (GREY, "1.1"),
    };
    html! {
        g class={ "end" @if walked { " walked" } } fill=(ink(plan, run)) {
            rect x=(n(r.x)) y=(n(r.y)) width=(n(r.w)) height=(n(r.h)) rx=(n(r.h / 2.0)) fill=(PAPER) stroke=(stroke) stroke-width=(width) {}
            (centred_lines(text, r.middle(), r.y + 4.0 + 11.0, SMALL_LINE, SMALL, good.then_some("bold")))
        }
    }
}

fn centred_lines(
    lines: &[String],
    x: f32,
    y: f32,
    step: f32,
    size: f32,
    weight: Option<&str>,
) -> Markup {
    html! {
        @for (i, text) in lines.iter().enumerate() {
            text x=(n(x)) y=(n(y + i as f32 * step)) text-anchor="middle" font-size=(size) font-weight=[weight] { (text) }
        }
    }
}

fn left(lines: &[String], x: f32, y: f32, step: f32, weight: Option<&str>) -> Markup {
    html! {
        @for (i, text) in lines.iter().enumerate() {
            text x=(n(x)) y=(n(y + i as f32 * step)) font-weight=[weight] { (text) }
        }
    }
}
