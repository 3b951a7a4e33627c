//! What was read, as a table: on the page of a case, and in the search of whoever audits.

use super::session::Visitor;
use super::{lists, look};
use crate::store::ReadingRow;
use crate::web::readings::APPLICANT;
use engine::case::Party;
use maud::{Markup, html};
use std::collections::BTreeMap;

/// Readings, newest first; `numbers` names the cases by their ids where the table is of several.
pub fn table(
    visitor: &Visitor,
    rows: &[ReadingRow],
    numbers: Option<&BTreeMap<i64, String>>,
) -> Markup {
    let words = visitor.words;
    html! {
        div class="wide" tabindex="0" { table class="list cards" {
            thead { tr {
                th { (words.t("audit.when")) } th { (words.t("audit.who")) } th { (words.t("read.source")) }
                @if numbers.is_some() { th { (words.t("cases.number")) } }
                th { (words.t("read.kind")) } th { (words.t("audit.what")) } th { (words.t("audit.why")) }
            } }
            tbody { @for row in rows { tr {
                td class="number" { (look::time(row.at)) }
                td { (reader(visitor, row)) }
                td class="number" { @if row.source.is_empty() { "–" } @else { (row.source) } }
                @if let Some(numbers) = numbers { td class="number" { (numbers.get(&row.case_id).map_or("–", String::as_str)) } }
                td { (words.word("read.did", &row.kind)) }
                td { (part(visitor, &row.what)) }
                td { @if row.reason.is_empty() { "–" } @else { (row.reason) } }
            } } }
        } }
    }
}

/// Who, in which post, and whose deputy he was.
fn reader(visitor: &Visitor, row: &ReadingRow) -> Markup {
    let words = visitor.words;
    let post = row.posts.split(' ').next().and_then(|p| p.parse().ok());
    let post: Option<Party> = post;
    let name = match row.account.as_str() {
        APPLICANT => words.t("admin.applicant"),
        id => lists::person(visitor, id),
    };
    html! {
        (name)
        @if !row.stands_for.is_empty() {
            " " (words.say("time.stands_for", &[("name", lists::person(visitor, &row.stands_for))]))
        }
        @if let Some(post) = &post { br; span class="hint" { (look::party(visitor, post)) } }
    }
}

/// A part of a case in words, with its number if it has one; a list with its query.
fn part(visitor: &Visitor, what: &str) -> Markup {
    let end = what.find([' ', '?']).unwrap_or(what.len());
    let (name, rest) = what.split_at(end);
    html! {
        @match visitor.words.tell("read.part", name, &[]) {
            Some(told) => { (told) @if rest.len() > 1 { " " code { (&rest[1..]) } } }
            None => code { (what) },
        }
    }
}
