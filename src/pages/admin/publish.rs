//! Publishing a file: what it would change is said in words first; outside the sandbox a second person confirms it.

use super::{guard, page};
use crate::pages::session::{Form, Visitor};
use crate::pages::{layout, lists};
use crate::web::App;
use crate::web::definitions::{Change, Plan};
use crate::web::problem::{Code, Problem};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use engine::differences::Difference;
use engine::text::{Text, both};
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
    path: String,
    text: String,
    plan: Option<Plan>,
    wrong: Vec<(String, Text)>,
}

/// The form, with the text of the file as it is on offer.
pub async fn publish(State(app): State<Arc<App>>, visitor: Visitor) -> Result<Markup, Problem> {
    guard(&app, &visitor, "definitions")?;
    let which: Which = lists::asked(&visitor)?;
    let text = app.runtime.library().files.get(&which.path).cloned();
    let sheet = Sheet {
        path: which.path,
        text: text.unwrap_or_default(),
        ..Sheet::default()
    };
    Ok(draw(&app, &visitor, &sheet))
}

/// Says what it would change, or publishes it.
pub async fn put(State(app): State<Arc<App>>, sent: Form) -> Result<Response, Problem> {
    let visitor = &sent.visitor;
    guard(&app, visitor, "definitions")?;
    let field = |name| sent.fields.get(name).unwrap_or_default().to_owned();
    // Browsers send lines that end as on paper.
    let (path, text) = (field("path").trim().to_owned(), field("text"));
    let text = text.replace("\r\n", "\n");
    if path.is_empty() {
        return Err(Problem::new(Code::Malformed));
    }
    let files = BTreeMap::from([(path.clone(), text.clone())]);
    let publish = sent.fields.get("do") == Some("publish");
    if publish {
        sent.fresh(&app).await?;
    }
    let planned = match publish {
        true => app.put(&visitor.caller, files).await,
        false => app.plan(&visitor.caller, files).await,
    };
    let mut sheet = Sheet {
        path,
        text,
        ..Sheet::default()
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
            let place = |pointer: &str| pointer.rsplit('#').next().unwrap_or_default().to_owned();
            let wrong = wrong.map(|e| (place(&e.pointer), e.message.clone()));
            sheet.wrong = wrong.collect();
            StatusCode::UNPROCESSABLE_ENTITY
        }
        Err(problem) => return Err(problem),
    };
    Ok((status, draw(&app, visitor, &sheet)).into_response())
}

fn draw(app: &App, visitor: &Visitor, sheet: &Sheet) -> Markup {
    let words = visitor.words;
    let ask = match app.runtime.clock().is_sandbox() {
        true => words.t("admin.publish"),
        false => words.t("admin.propose"),
    };
    let body = html! {
        (files(app, visitor, &sheet.path))
        @if !sheet.wrong.is_empty() {
            div class="notice bad" role="alert" {
                p { (words.say("admin.wrong", &[("count", sheet.wrong.len().to_string())])) }
                ul { @for (place, message) in &sheet.wrong { li { code { (place) } " " (words.of(message)) } } }
            }
        }
        @if let Some(plan) = &sheet.plan { (told(app, visitor, plan)) }
        form method="post" action="/admin/publish" class="publish" {
            (layout::token(visitor))
            label for="path" { (words.t("admin.path")) }
            input id="path" name="path" value=(sheet.path) required size="60";
            label for="text" { (words.t("admin.text")) }
            textarea id="text" name="text" rows="24" spellcheck="false" class="source" { (sheet.text) }
            p class="actions" {
                button class="main" name="do" value="try" { (words.t("admin.try")) }
                @if sheet.plan.is_some() { button name="do" value="publish" { (ask) } }
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

/// The plan in words.
fn told(app: &App, visitor: &Visitor, plan: &Plan) -> Markup {
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
            @for change in &plan.matters {
                h3 { (words.say("admin.plan_matter", &count(change))) }
                @let all = plan.differences.get(&change.matter).map(Vec::as_slice).unwrap_or_default();
                @if all.is_empty() { p class="hint" { (words.t("admin.plan_text")) } }
                ul { @for one in all { li { (difference(visitor, one)) } } }
            }
            @if !plan.findings.is_empty() {
                h3 { (words.t("admin.reminders")) }
                ul { @for found in &plan.findings {
                    li { code { (found.file) ":" (found.line) ":" (found.column) } " " (words.of(&found.message)) }
                } }
            }
        }
    }
}

/// One difference: what it is about, how it was and how it would be.
fn difference(visitor: &Visitor, one: &Difference) -> String {
    let words = visitor.words;
    let value = |value: &Option<Text>| match value {
        Some(value) => words.of(value).to_owned(),
        None => words.t("admin.absent"),
    };
    let title = words.of(&one.title);
    let args = [
        ("part", words.of(&both(one.part.key(), &[])).to_owned()),
        (
            "what",
            if title.is_empty() {
                one.address.clone()
            } else {
                title.to_owned()
            },
        ),
        ("was", value(&one.one)),
        ("is", value(&one.other)),
    ];
    words.say("admin.plan_line", &args)
}
