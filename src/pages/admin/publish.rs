//! Publishing a file: what it would change is said in words first; outside the sandbox a second person confirms it.

use super::changes::changes;
use super::{guard, page};
use crate::pages::session::{Form, Visitor};
use crate::pages::{layout, lists};
use crate::web::App;
use crate::web::definitions::{Change, Plan};
use crate::web::problem::{Code, Problem};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use engine::text::Text;
use maud::{Markup, html};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Which file.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Which {
    #[serde(default)]
    path: String,
}

/// What is to be published, and what came of it so far.
#[derive(Default)]
struct Sheet {
    /// Path and text of each file, in the order they were taken up.
    files: Vec<(String, String)>,
    why: String,
    plan: Option<Plan>,
    page: usize,
    wrong: Vec<(String, Text)>,
}

/// The form, with the text of the file as it is on offer.
pub async fn publish(State(app): State<Arc<App>>, visitor: Visitor) -> Result<Markup, Problem> {
    guard(&app, &visitor, "definitions")?;
    let which: Which = lists::asked(&visitor)?;
    let text = text(&app, &which.path);
    let sheet = Sheet {
        files: vec![(which.path, text)],
        ..Sheet::default()
    };
    Ok(draw(&app, &visitor, &sheet))
}

/// The text of a file as it is on offer; empty: there is none yet.
fn text(app: &App, path: &str) -> String {
    let library = app.runtime.library();
    library.files.get(path).cloned().unwrap_or_default()
}

/// Takes up one more file, says what all of them would change, or publishes them together.
pub async fn put(State(app): State<Arc<App>>, sent: Form) -> Result<Response, Problem> {
    let visitor = &sent.visitor;
    guard(&app, visitor, "definitions")?;
    let mut sheet = read(&sent);
    let field = |name| sent.fields.get(name).unwrap_or_default().trim().to_owned();
    if field("do") == "more" {
        let next = field("next");
        if !next.is_empty() && sheet.files.iter().all(|(path, _)| *path != next) {
            let text = text(&app, &next);
            sheet.files.push((next, text));
        }
        return Ok(draw(&app, visitor, &sheet).into_response());
    }
    if sheet.files.is_empty() {
        return Err(Problem::new(Code::Malformed));
    }
    let files: BTreeMap<String, String> = sheet.files.iter().cloned().collect();
    let publish = field("do") == "publish";
    if publish {
        sent.fresh(&app).await?;
    }
    let planned = match publish {
        true => app.put(&visitor.caller, files, sheet.why.clone()).await,
        false => app.plan(&visitor.caller, files).await,
    };
    let status = match planned {
        Ok(plan) if publish => {
            let to = match plan.calendars {
                Some(_) => "/admin/calendars",
                None => "/admin/definitions",
            };
            return Ok(Redirect::to(to).into_response());
        }
        Ok(plan) => {
            sheet.plan = Some(plan);
            StatusCode::OK
        }
        Err(problem) if !problem.errors().is_empty() => {
            let wrong = problem.errors().iter();
            sheet.wrong = wrong
                .map(|e| (place(&e.pointer), e.message.clone()))
                .collect();
            StatusCode::UNPROCESSABLE_ENTITY
        }
        Err(problem) => return Err(problem),
    };
    Ok((status, draw(&app, visitor, &sheet)).into_response())
}

/// What was sent: files whose path was cleared are left out.
fn read(sent: &Form) -> Sheet {
    // Browsers send lines that end as on paper.
    let texts = sent
        .fields
        .all("text")
        .map(|text| text.replace("\r\n", "\n"));
    let files = sent.fields.all("path").map(|path| path.trim().to_owned());
    let files = files.zip(texts).filter(|(path, _)| !path.is_empty());
    let number = sent.fields.get("page").and_then(|page| page.parse().ok());
    Sheet {
        files: files.collect(),
        why: sent.fields.get("why").unwrap_or_default().trim().to_owned(),
        page: number.unwrap_or(1),
        ..Sheet::default()
    }
}

/// A pointer to a file of the request as people read it: path, line and column.
fn place(pointer: &str) -> String {
    let path = pointer.strip_prefix("/files/").unwrap_or(pointer);
    path.replace("~1", "/").replace("~0", "~").replace('#', ":")
}

fn draw(app: &App, visitor: &Visitor, sheet: &Sheet) -> Markup {
    let words = visitor.words;
    let ask = match app.runtime.clock().is_sandbox() {
        true => words.t("admin.publish"),
        false => words.t("admin.propose"),
    };
    let first = sheet.files.first().map_or("", |(path, _)| path);
    let body = html! {
        (files(app, visitor, first))
        @if !sheet.wrong.is_empty() {
            div class="notice bad" role="alert" {
                p { (words.say("admin.wrong", &[("count", sheet.wrong.len().to_string())])) }
                ul { @for (place, message) in &sheet.wrong { li { code { (place) } " " (words.of(message)) } } }
            }
        }
        @if let Some(plan) = &sheet.plan { (self::plan(app, visitor, plan)) }
        form method="post" action="/admin/publish" class="publish" {
            (layout::token(visitor))
            @for (n, (path, text)) in sheet.files.iter().enumerate() {
                @let (path_id, text_id) = if n == 0 { ("path".to_owned(), "text".to_owned()) } else { (format!("path-{n}"), format!("text-{n}")) };
                label for=(path_id) { (words.t("admin.path")) }
                input id=(path_id) name="path" value=(path) required[n == 0] size="60";
                label for=(text_id) { (words.t("admin.text")) }
                textarea id=(text_id) name="text" rows="24" spellcheck="false" class="source" { (text) }
            }
            label for="why" { (words.t("admin.why")) }
            input id="why" name="why" value=(sheet.why) size="60" maxlength="400";
            p class="actions" {
                button class="main" name="do" value="try" { (words.t("admin.try")) }
                @if sheet.plan.is_some() { button name="do" value="publish" { (ask) } }
            }
            label for="next" { (words.t("admin.next_file")) }
            input id="next" name="next" size="60";
            p class="actions" { button name="do" value="more" { (words.t("admin.one_more")) } }
        }
        @if let Some(plan) = &sheet.plan {
            section aria-labelledby="changes" {
                h2 id="changes" { (words.t("admin.change_all")) }
                (changes(visitor, &plan.changed, sheet.page, |_| "#changes".to_owned()))
            }
        }
    };
    page(visitor, "definitions", &body)
}

/// The folder in which a path lies, or that it names, each entry a link.
fn files(app: &App, visitor: &Visitor, path: &str) -> Markup {
    let (words, library) = (visitor.words, app.runtime.library());
    let folder = match library.files.contains_key(path) {
        true => path.rsplit_once('/').map_or("", |(folder, _)| folder),
        false => path.trim_end_matches('/'),
    };
    let within = |path: &'_ str| match folder {
        "" => Some(path.to_owned()),
        folder => Some(path.strip_prefix(folder)?.strip_prefix('/')?.to_owned()),
    };
    let entries = library.files.keys().filter_map(|path| within(path));
    let entries: BTreeSet<String> = entries
        .map(|entry| match entry.split_once('/') {
            Some((folder, _)) => format!("{folder}/"),
            None => entry,
        })
        .collect();
    let above = folder.rsplit_once('/').map_or("", |(above, _)| above);
    let link = |path: &str, text: &str| {
        let query = serde_urlencoded::to_string([("path", path)]).unwrap_or_default();
        html! { a href=(format!("/admin/publish?{query}")) { code { (text) } } }
    };
    html! {
        @if !entries.is_empty() {
            details class="panel" open[path.is_empty() || folder == path] {
                summary { (words.t("admin.files_here")) " " code { "workflows/" (folder) } }
                ul class="files-here" {
                    @if !folder.is_empty() { li { (link(above, "../")) } }
                    @for entry in &entries {
                        @let whole = if folder.is_empty() { entry.clone() } else { format!("{folder}/{entry}") };
                        li {
                            (link(whole.trim_end_matches('/'), entry))
                            @if let Some(matter) = library.matters.get(whole.trim_end_matches('/')) { " " (words.of(&matter.title)) }
                        }
                    }
                }
            }
        }
    }
}

/// The plan in words: what gets which number, and what stays as it is.
pub(super) fn plan(app: &App, visitor: &Visitor, plan: &Plan) -> Markup {
    let words = visitor.words;
    let count = |change: &Change| {
        [
            ("matter", lists::matter(visitor, app, &change.matter)),
            ("revision", change.revision.to_string()),
            ("count", change.staying.to_string()),
        ]
    };
    html! {
        section class="panel plan" {
            h2 { (words.t("admin.plan")) }
            @if plan.changes().next().is_none() { p { (words.t("admin.same")) } }
            @if let Some(change) = &plan.calendars { p { (words.say("admin.plan_calendars", &count(change))) } }
            @if let Some(change) = &plan.beside { p { (words.say("admin.plan_beside", &count(change))) } }
            @for change in &plan.matters { p { (words.say("admin.plan_matter", &count(change))) } }
            @if !plan.findings.is_empty() {
                h3 { (words.t("admin.reminders")) }
                ul { @for found in &plan.findings {
                    li { code { (found.file) ":" (found.line) ":" (found.column) } " " (words.of(&found.message)) }
                } }
            }
        }
    }
}
