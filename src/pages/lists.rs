//! What lists have in common: their query in the address, the next page, names of matters and steps, and files to take away.

use super::layout;
use super::look;
use super::session::Visitor;
use crate::runtime::read_aloud;
use crate::store::CaseRow;
use crate::web::App;
use crate::web::problem::{Code, Problem};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use rust_xlsxwriter::{Format, Workbook, XlsxError};
use serde::de::DeserializeOwned;

/// The hash of what is shown already, by which a page that asks again by itself is told that nothing has changed.
const SEEN: &str = "seen";
/// Rows a file holds at most.
pub const WHOLE: u32 = 200;

/// The query of the address, without fields left empty in a form.
pub fn asked<T: DeserializeOwned>(visitor: &Visitor) -> Result<T, Problem> {
    let pairs = pairs(visitor)?;
    let pairs = pairs
        .into_iter()
        .filter(|(k, v)| !v.is_empty() && k != SEEN);
    let text = serde_urlencoded::to_string(pairs.collect::<Vec<_>>());
    let text = text.map_err(|_| Problem::new(Code::Malformed))?;
    serde_urlencoded::from_str(&text).map_err(|_| Problem::new(Code::Malformed))
}

/// What the page that asks again by itself shows already.
pub fn seen(visitor: &Visitor) -> Option<String> {
    let pairs = pairs(visitor).ok()?;
    let found = pairs.into_iter().find(|(k, _)| k == SEEN);
    found.map(|(_, v)| v)
}

fn pairs(visitor: &Visitor) -> Result<Vec<(String, String)>, Problem> {
    let query = visitor.here.split_once('?').map_or("", |(_, q)| q);
    serde_urlencoded::from_str(query).map_err(|_| Problem::new(Code::Malformed))
}

/// The way to the next page of a list, and how long it is.
pub fn pager(visitor: &Visitor, total: i64, shown: usize, next: Option<String>) -> Markup {
    let words = visitor.words;
    let counts = [("total", total.to_string()), ("shown", shown.to_string())];
    html! {
        nav class="pager" aria-label=(words.t("list.pages")) {
            span { (words.say("list.count", &counts)) }
            @if let Some(next) = next { a class="button" rel="next" href=(next) { (words.t("list.next")) } }
        }
    }
}

/// The applicant of each case of a list, as far as the visitor may know him.
pub async fn applicants(app: &App, visitor: &Visitor, rows: &[CaseRow]) -> Vec<String> {
    let actor = visitor.caller.actor();
    let mut names = Vec::with_capacity(rows.len());
    for row in rows {
        // A case that cannot be read just now has no name.
        let visible = app.visible(&actor, row.id.unsigned_abs()).await;
        let name = visible.map(|visible| look::applicant(&visible.seen, visible.sight));
        names.push(name.unwrap_or_default());
    }
    names
}

/// A choice in a filter; the first is all.
pub fn choice(
    visitor: &Visitor,
    name: &str,
    label: &str,
    chosen: Option<&str>,
    choices: &[(String, String)],
) -> Markup {
    html! {
        span class="field" {
            label for=(name) { (label) }
            select id=(name) name=(name) {
                option value="" { (visitor.words.t("list.all")) }
                @for (value, text) in choices {
                    option value=(value) selected[chosen == Some(value)] { (text) }
                }
            }
        }
    }
}

/// Cities as choices.
pub fn cities(visitor: &Visitor) -> Vec<(String, String)> {
    let cities = visitor.network.cities();
    let named = cities.map(|c| (c.code.clone(), look::city(visitor, &c.code)));
    named.collect()
}

/// Matters as choices, as a dictionary sorts their titles.
pub fn matters(visitor: &Visitor, app: &App) -> Vec<(String, String)> {
    let library = app.runtime.library();
    let named = library.matters.iter();
    let named = named.map(|(id, m)| (id.clone(), visitor.words.of(&m.title).to_owned()));
    let mut named: Vec<(String, String)> = named.collect();
    named.sort_by_cached_key(|(_, title)| read_aloud(title));
    named
}

/// What people call a matter.
pub fn matter(visitor: &Visitor, app: &App, id: &str) -> String {
    let library = app.runtime.library();
    let title = library.matters.get(id).map(|m| visitor.words.of(&m.title));
    title.unwrap_or(id).to_owned()
}

/// What people call a step of a matter.
pub fn step(visitor: &Visitor, app: &App, matter: &str, step: &str) -> String {
    let library = app.runtime.library();
    let found = library.matters.get(matter).and_then(|m| m.named(step));
    match found {
        None if step.is_empty() => visitor.words.t("board.whole"),
        Some((_, known)) => visitor.words.of(&known.title).to_owned(),
        // What a second person is asked about an act goes by the name of the act.
        None => super::happened::said(visitor, step),
    }
}

/// Who a person is, by the directory.
pub fn person(visitor: &Visitor, id: &str) -> String {
    let known = visitor.caller.people.get(id);
    known.map_or(id, |p| p.name.as_str()).to_owned()
}

/// A table to take away: its name, headings and rows.
pub struct Sheet {
    /// Name of the file, without extension.
    pub name: &'static str,
    /// Headings.
    pub head: Vec<String>,
    /// Rows.
    pub rows: Vec<Vec<String>>,
}

impl Sheet {
    /// As CSV that spreadsheets read rightly: UTF-8 with its mark, and no cell is a formula (G78).
    pub fn csv(&self) -> Response {
        let mut text = String::from('\u{feff}');
        for row in std::iter::once(&self.head).chain(&self.rows) {
            let cells: Vec<String> = row.iter().map(|c| cell(c)).collect();
            text.push_str(&cells.join(","));
            text.push_str("\r\n");
        }
        self.file("csv", "text/csv; charset=utf-8", text.into_bytes())
    }

    /// As a workbook of Excel. Texts are texts there, so that none is a formula.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn excel(&self) -> Result<Response, Problem> {
        let bytes = self.workbook().map_err(|e| Problem::internal(&e))?;
        let kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
        Ok(self.file("xlsx", kind, bytes))
    }

    fn workbook(&self) -> Result<Vec<u8>, XlsxError> {
        let mut book = Workbook::new();
        let sheet = book.add_worksheet();
        let bold = Format::new().set_bold();
        for (column, title) in (0..).zip(&self.head) {
            sheet.write_string_with_format(0, column, title, &bold)?;
        }
        for (line, row) in (1..).zip(&self.rows) {
            for (column, text) in (0..).zip(row) {
                sheet.write_string(line, column, text)?;
            }
        }
        sheet.autofit();
        book.save_to_buffer()
    }

    fn file(&self, extension: &str, kind: &str, bytes: Vec<u8>) -> Response {
        let place = format!("attachment; filename=\"{}.{extension}\"", self.name);
        let headers = [
            (header::CONTENT_TYPE, kind.to_owned()),
            (header::CONTENT_DISPOSITION, place),
        ];
        (headers, bytes).into_response()
    }
}

/// A cell of CSV: quoted, and what begins like a formula behind an apostrophe (G78).
fn cell(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let mark = if formula { "'" } else { "" };
    format!("\"{mark}{}\"", text.replace('"', "\"\""))
}

/// An instant as a file shows it.
pub fn instant(milliseconds: i64) -> String {
    let at = jiff::Timestamp::from_millisecond(milliseconds).map(engine::clock::civil);
    at.map(|at| at.strftime("%Y-%m-%d %H:%M").to_string())
        .unwrap_or_default()
}

/// A part of a page that asks for itself again, and is answered only if something has changed.
pub fn live(visitor: &Visitor, id: &str, seconds: u32, body: &Markup) -> Markup {
    let hash = hash(body);
    let query = visitor.here.split_once('?').map_or("", |(_, q)| q);
    let path = visitor.here.split('?').next().unwrap_or_default();
    let own: Vec<&str> = query
        .split('&')
        .filter(|p| !p.is_empty() && !p.starts_with("seen="))
        .collect();
    let address = format!(
        "{path}?{}",
        [own.as_slice(), &[&format!("{SEEN}={hash}")]]
            .concat()
            .join("&")
    );
    html! {
        div id=(id) hx-get=(address) hx-trigger=(format!("every {seconds}s")) hx-select=(format!("#{id}"))
            hx-swap="morph:outerHTML" hx-ext="morph" hx-headers=r#"{"x-by-itself":"1"}"# { (body) }
    }
}

/// True if whoever asks shows this very body already.
pub fn unchanged(visitor: &Visitor, body: &Markup) -> bool {
    visitor.partial && seen(visitor).is_some_and(|seen| seen == hash(body))
}

fn hash(body: &Markup) -> String {
    use sha2::{Digest, Sha256};
    let hash = Sha256::digest(body.0.as_bytes());
    hash.iter().take(8).map(|b| format!("{b:02x}")).collect()
}

/// What was typed into one of several such forms, and what is wrong with it.
#[derive(Debug, Default)]
pub struct Refused {
    /// Name and value of the button that was pressed.
    pub pressed: (String, String),
    /// The sentence.
    pub words: String,
    /// Why it was not done.
    pub why: String,
}

/// A form that does one thing by one button, with a sentence; sent twice it does it once, and what was typed stays where it was refused.
pub fn deed(
    visitor: &Visitor,
    action: &str,
    (name, value): (&str, &str),
    label: &str,
    main: bool,
    refused: Option<&Refused>,
) -> Markup {
    let id = format!("words-{value}");
    let wrong = refused.filter(|r| r.pressed.0 == name && r.pressed.1 == value);
    let told = wrong.map(|_| format!("{id}-error"));
    html! {
        form method="post" action=(action) class="deed" {
            (layout::token(visitor)) (super::once::token())
            label for=(id) { (label) }
            @if let Some(wrong) = wrong { p id=[told.as_deref()] class="error" { (wrong.why) } }
            textarea id=(id) name="words" rows="2" required maxlength="500" aria-describedby=[told.as_deref()]
                aria-invalid=[wrong.map(|_| "true")] autofocus[wrong.is_some()] { (wrong.map_or("", |w| w.words.as_str())) }
            button name=(name) value=(value) class=[main.then_some("main")] { (label) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn g078_no_cell_is_a_formula() {
        assert_eq!(cell("=1+1"), "\"'=1+1\"");
        assert_eq!(cell("+86"), "\"'+86\"");
        assert_eq!(cell("a\"b,c"), "\"a\"\"b,c\"");
    }
}
