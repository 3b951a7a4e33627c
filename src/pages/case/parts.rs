//! The parts of a case that are done beside each other by several offices: a bar for each, and how long all of it has taken.

use crate::pages::session::Visitor;
use crate::pages::{lists, look, span};
use crate::runtime::Seen;
use crate::web::App;
use engine::case::Frame;
use engine::matter::{Branch, Kind, Revision};
use maud::{Markup, html};

/// How often the bars look again, in seconds.
const AGAIN: u32 = 60;

/// A part and how far it is.
struct Part<'m> {
    branch: &'m Branch,
    /// Steps done, and steps there are.
    done: usize,
    all: usize,
    /// What it does now, or how it ended.
    now: String,
}

/// The bars of a case whose parts are cases of their own, and the clock beside them; nothing of any other.
pub fn bars(app: &App, visitor: &Visitor, seen: &Seen) -> Markup {
    let parts = parts(visitor, seen);
    if parts.is_empty() {
        return html! {};
    }
    let words = visitor.words;
    let case = &seen.case;
    let until = case.ended().unwrap_or_else(|| app.runtime.clock().now());
    let since = case.mark("accepted").or(case.opened()).unwrap_or(until);
    let worked = span::worked(visitor, case.accepting_city(), (since, until));
    let ready = parts.iter().filter(|p| p.done == p.all).count();
    let sum = [
        ("done", ready.to_string()),
        ("all", parts.len().to_string()),
    ];
    let body = html! {
        h2 { (words.t("parts.title")) }
        p class="clock-of-parts" {
            strong { (words.say("parts.sum", &sum)) } " · "
            (words.say("parts.since", &[("span", worked)])) " "
            span class="hint" { (look::time(since.as_millisecond())) }
        }
        ul class="shares" {
            @for (at, part) in parts.iter().enumerate() {
                li {
                    label for={ "part-" (at) } { (words.of(&part.branch.title)) }
                    progress id={ "part-" (at) } max=(part.all) value=(part.done) {}
                    span class="hint" { (part.now) }
                }
            }
        }
    };
    match case.status().is_final() {
        true => body,
        false => lists::live(visitor, "parts", AGAIN, &body),
    }
}

fn parts<'m>(visitor: &Visitor, seen: &'m Seen) -> Vec<Part<'m>> {
    let matter = &seen.revision;
    let begun = |step: &str| {
        let mut frames = seen.case.frames().values();
        frames.any(|f| f.step().is_some_and(|own| **own == *step))
    };
    let mut found = Vec::new();
    for step in &matter.steps {
        let Kind::Parallel { branches, .. } = &step.kind else {
            continue;
        };
        if begun(&step.id) && branches.iter().any(|b| is_case(matter, b)) {
            let own = branches.iter();
            found.extend(own.filter_map(|b| part(visitor, seen, &step.id, b)));
        }
    }
    found
}

/// Whether a branch is done by cases of their own.
fn is_case(matter: &Revision, branch: &Branch) -> bool {
    let steps = matter.sequence(branch.body).map(|s| &s.steps);
    let mut steps = steps.into_iter().flatten().filter_map(|s| matter.step(*s));
    steps.any(|step| matches!(step.kind, Kind::Subcase { .. }))
}

/// How far a branch is; none of one that was not asked for.
fn part<'m>(visitor: &Visitor, seen: &'m Seen, step: &str, branch: &'m Branch) -> Option<Part<'m>> {
    let mut frames = seen.case.frames().iter().rev();
    let (no, frame): (_, &Frame) = frames.find(|(_, f)| {
        f.step().is_some_and(|own| **own == *step) && f.key() == Some(&*branch.name.value)
    })?;
    let all = seen.revision.sequence(branch.body)?.steps.len();
    let (done, now) = match (frame.result(), frame.at()) {
        (Some(result), _) => (all, crate::pages::happened::said(visitor, result)),
        (None, Some(at)) => (
            frame.records().len().min(all.saturating_sub(1)),
            look::step_at(visitor, seen, *no, at),
        ),
        (None, None) => (0, visitor.words.t("parts.waits")),
    };
    Some(Part {
        branch,
        done,
        all,
        now,
    })
}
