//! What a version changes: in words first, then line by line. What is long goes on over several pages, so that none weighs too much.

use crate::pages::session::Visitor;
use engine::revised::{Changed, Line, Mark, Part};
use engine::text::Text;
use maud::{Markup, html};

/// What a page holds at most, in bytes of what it shows, by estimate.
const MOST: usize = 90_000;
/// What a part, a line and a file weigh besides their words.
const PART: usize = 240;
const LINE: usize = 20;
const FILE: usize = 600;

/// What of a file stands on a page.
struct Sheet<'c> {
    changed: &'c Changed,
    parts: &'c [Part],
    lines: &'c [Line],
}

/// All that differs, from page `no` of it, counted from 1; `at` gives the address of another page.
pub fn changes(
    visitor: &Visitor,
    all: &[Changed],
    no: usize,
    at: impl Fn(usize) -> String,
) -> Markup {
    let words = visitor.words;
    let pages = pages(all);
    let no = no.clamp(1, pages.len().max(1));
    let count = [("count", all.len().to_string())];
    html! {
        @if all.is_empty() { p class="notice" { (words.t("admin.same")) } }
        @else { p class="hint" { (words.say("admin.changed_files", &count)) } }
        @if pages.len() > 1 {
            nav class="parts" aria-label=(words.t("admin.change_pages")) {
                @for n in 1..=pages.len() {
                    a href=(at(n)) aria-current=[(n == no).then_some("page")] { (words.say("admin.change_page", &[("n", n.to_string())])) }
                }
            }
        }
        @for sheet in pages.get(no - 1).into_iter().flatten() { (file(visitor, sheet)) }
    }
}

fn file(visitor: &Visitor, sheet: &Sheet<'_>) -> Markup {
    let words = visitor.words;
    let Changed {
        path, kind, title, ..
    } = sheet.changed;
    let kind = kind.map(|kind| words.of(&kind.title()).to_owned());
    let side = |text: &Option<Text>| match text {
        Some(text) => html! { (words.of(text)) },
        None => html! { span class="hint" { (words.t("admin.absent")) } },
    };
    html! {
        section class="panel changed" {
            h3 { @if let Some(kind) = kind { (kind) " " } (words.of(title)) }
            p class="hint" { code { (path) } }
            @if !sheet.parts.is_empty() {
                table class="list cards changes" {
                    thead { tr { th { (words.t("admin.change_where")) } th { (words.t("admin.change_was")) } th { (words.t("admin.change_is")) } } }
                    tbody { @for part in sheet.parts {
                        tr {
                            td { strong { (words.of(&part.of)) } @if !part.what.zh.is_empty() { " · " (words.of(&part.what)) } }
                            td data-h=(words.t("admin.change_was")) { (side(&part.was)) }
                            td data-h=(words.t("admin.change_is")) { (side(&part.is)) }
                        }
                    } }
                }
            } @else if sheet.changed.parts.is_empty() && path.ends_with(".yaml") {
                p { (words.t("admin.change_layout")) }
            }
            @if !sheet.lines.is_empty() {
                details open[sheet.changed.parts.is_empty()] {
                    summary { (words.t("admin.change_lines")) }
                    pre class="diff" tabindex="0" { @for line in sheet.lines { (one(line)) } }
                }
            }
        }
    }
}

fn one(line: &Line) -> Markup {
    html! {
        @match line.mark {
            Mark::Gone => del { "- " (line.text) "\n" },
            Mark::New => ins { "+ " (line.text) "\n" },
            Mark::Same => span { "  " (line.text) "\n" },
            Mark::Between => span { "⋯\n" },
        }
    }
}

/// Cuts what differs into pages, between parts and lines.
fn pages(all: &[Changed]) -> Vec<Vec<Sheet<'_>>> {
    let mut pages = Vec::new();
    let mut page: Vec<Sheet<'_>> = Vec::new();
    let mut room = MOST;
    for changed in all {
        let (mut parts, mut lines) = (&*changed.parts, &*changed.lines);
        loop {
            room = room.saturating_sub(FILE);
            let fit = fitting(parts, &mut room, weight);
            let fits = fit == parts.len();
            let rows = if fits {
                fitting(lines, &mut room, |line| LINE + line.text.len())
            } else {
                0
            };
            let (here, later) = parts.split_at(fit);
            let (shown, rest) = lines.split_at(rows);
            page.push(Sheet {
                changed,
                parts: here,
                lines: shown,
            });
            (parts, lines) = (later, rest);
            if parts.is_empty() && lines.is_empty() {
                break;
            }
            pages.push(std::mem::take(&mut page));
            room = MOST;
        }
    }
    if !page.is_empty() {
        pages.push(page);
    }
    pages
}

/// How many fit in the room that is left; on an empty page at least one does.
fn fitting<T>(all: &[T], room: &mut usize, weight: impl Fn(&T) -> usize) -> usize {
    let empty = *room + FILE >= MOST;
    let mut fit = 0;
    for one in all {
        let weight = weight(one);
        if weight > *room && !(empty && fit == 0) {
            break;
        }
        *room = room.saturating_sub(weight);
        fit += 1;
    }
    fit
}

fn weight(part: &Part) -> usize {
    let texts = [&part.of, &part.what].into_iter();
    let texts = texts.chain(&part.was).chain(&part.is);
    PART + texts.map(|t| t.zh.len().max(t.en.len())).sum::<usize>()
}
