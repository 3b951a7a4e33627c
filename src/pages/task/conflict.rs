//! Somebody was faster, or the case has changed: who, when, what; what was typed stays, to be copied or sent all the same.

use super::next;
use super::scene::{Scene, done_by};
use crate::pages::layout;
use crate::pages::session::Visitor;
use crate::web::App;
use crate::web::mask::masked;
use crate::web::problem::{Code, Problem};
use crate::web::tasks::{Shown, shown};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use engine::case::TaskNo;
use forms::{Field, Form, Kind};
use maud::{Markup, html};
use serde_json::Value;
use std::collections::BTreeMap;

/// Whether a refusal says that somebody else, or the course of things, was faster.
pub fn is_one(code: Code) -> bool {
    matches!(
        code,
        Code::TaskAlreadyDone
            | Code::InProgress
            | Code::VersionConflict
            | Code::StateNotAllowed
            | Code::KeyReused
    )
}

/// The page for whoever came second: nothing he typed is lost.
pub async fn page(
    app: &App,
    visitor: &Visitor,
    scene: &Scene,
    problem: &Problem,
) -> Result<Response, Problem> {
    let words = visitor.words;
    let next = next::most_urgent(app, &visitor.caller, scene.id).await?;
    let now = app.runtime.case(scene.id.case).await?;
    let now = now.as_ref().map(|seen| seen.case.tasks());
    let task = now.and_then(|tasks| tasks.get(&TaskNo(scene.id.no)));
    let done = task.filter(|_| problem.code() == Code::TaskAlreadyDone);
    let done = done.and_then(|task| done_by(visitor, task));
    let typed = scene
        .form
        .as_ref()
        .map(|form| lines(visitor, form, &scene.input));
    let typed = typed.filter(|lines| !lines.is_empty());
    let body = html! {
        (crate::pages::case::head(app, visitor, &scene.visible))
        div class="notice warn" role="alert" {
            p { strong { (done.as_deref().unwrap_or(words.of(problem.message()))) } }
            @if typed.is_some() { p { (words.t("conflict.kept")) } }
        }
        @if let Some(typed) = &typed {
            div class="field" {
                label for="kept" { (words.t("conflict.typed")) }
                textarea id="kept" class="kept" readonly rows=(typed.lines().count().clamp(3, 16)) { (typed) }
                p { button type="button" data-copy="kept" { (words.t("conflict.copy")) } }
            }
        }
        p class="actions" {
            @if let Some(next) = next { a class="button main" href=(next) { (words.t("conflict.next")) } }
            a class="button" href=(format!("/cases/{}", scene.id.case)) { (words.t("conflict.case")) }
            a class="button" href=(scene.address()) { (words.t("conflict.task")) }
            a class="button" href="/work" { (words.t("fault.back")) }
        }
    };
    let page = layout::framed(visitor, &words.t("fault.conflict"), body);
    Ok((StatusCode::CONFLICT, page).into_response())
}

/// The same as a notice on the page that is open, so that it comes at once and not at the end.
pub fn notice(visitor: &Visitor, scene: &Scene, problem: &Problem) -> Response {
    let words = visitor.words;
    let body = html! {
        div id="told" {
            div class="notice warn" role="alert" {
                @if problem.code() == Code::Stale {
                    p { strong { (words.t("conflict.draft")) } }
                    p class="actions" {
                        button form="task" formaction=(format!("{}/draft", scene.address())) name="overwrite" value="1" { (words.t("conflict.mine")) }
                        a class="button" href=(scene.address()) { (words.t("conflict.theirs")) }
                    }
                } @else {
                    p { strong { (words.of(problem.message())) } }
                    p { (words.t("conflict.kept")) " " a href=(format!("/cases/{}", scene.id.case)) { (words.t("conflict.case")) } } }
            }
        }
    };
    let headers = [("hx-retarget", "#told"), ("hx-reswap", "outerHTML")];
    (StatusCode::CONFLICT, headers, body).into_response()
}

/// What was typed, a line for each field, to be copied.
fn lines(visitor: &Visitor, form: &Form, input: &Value) -> String {
    let mut out = Vec::new();
    for field in form.fields() {
        let title = visitor.words.of(&field.title);
        match input.get(&field.name) {
            None | Some(Value::Null) => {}
            Some(Value::Array(items)) if items.is_empty() => {}
            Some(Value::Bool(yes)) => {
                let said = if *yes { "yes" } else { "no" };
                out.push(format!(
                    "{title}：{}",
                    visitor.words.word("conflict.is", said)
                ));
            }
            Some(Value::String(text)) => out.push(format!("{title}：{text}")),
            Some(value) => out.push(format!("{title}：{}", rows(visitor, field, value))),
        }
    }
    out.join("\n")
}

fn rows(visitor: &Visitor, field: &Field, value: &Value) -> String {
    let inner = field.kind.inner();
    match (value, &field.kind) {
        (Value::Array(items), Kind::Rows { .. }) => {
            let row = |item: &Value| {
                let cells = inner.iter().filter_map(|f| {
                    let value = item.get(&f.name)?;
                    Some(format!("{} {}", visitor.words.of(&f.title), plain(value)))
                });
                cells.collect::<Vec<_>>().join("，")
            };
            items.iter().map(row).collect::<Vec<_>>().join("；")
        }
        _ => plain(value),
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join("、"),
        other => other.to_string(),
    }
}

/// What the visitor saw and what stands there now, side by side; nothing if all he saw still stands.
pub async fn changed(
    app: &App,
    visitor: &Visitor,
    scene: &Scene,
    version: u64,
) -> Result<Option<Markup>, Problem> {
    let now = &scene.visible.seen;
    if version == now.version() {
        return Ok(None);
    }
    let words = visitor.words;
    let Some(before) = app.runtime.case_at(now.id, version).await? else {
        return Ok(None);
    };
    let task = scene.task()?;
    let mut rows = Vec::new();
    let old = shown(&before, task);
    for new in shown(now, task) {
        let was = old.iter().find(|s| s.name == new.name);
        rows.extend(differences(visitor, was, &new));
    }
    if before.revision.hash() != now.revision.hash() {
        let number = |n: u64| words.say("case.revision", &[("n", n.to_string())]);
        rows.push((
            words.t("case.matter"),
            number(before.revision_number),
            number(now.revision_number),
        ));
    }
    if rows.is_empty() {
        return Ok(None);
    }
    Ok(Some(html! {
        div class="notice warn" role="alert" {
            p { strong { (words.t("conflict.changed")) } }
            table class="list" {
                thead { tr { th { (words.t("conflict.field")) } th { (words.t("conflict.before")) } th { (words.t("conflict.now")) } } }
                tbody { @for (title, was, is) in &rows { tr { td { (title) } td { del { (was) } } td { ins { (is) } } } } }
            }
            p { (words.t("conflict.again")) " " a href=(scene.address()) { (words.t("conflict.reload")) } }
        }
    }))
}

/// Label, what it was and what it is, of every value that differs.
fn differences(
    visitor: &Visitor,
    was: Option<&Shown<'_>>,
    is: &Shown<'_>,
) -> Vec<(String, String, String)> {
    let flat = |shown: &Shown<'_>| {
        let mut out = BTreeMap::new();
        let values = match shown.plain {
            true => shown.values.clone(),
            false => masked(shown.form, shown.values),
        };
        flatten(&values, "", &mut out);
        out
    };
    let new = flat(is);
    let old = was.map(flat).unwrap_or_default();
    let title = |pointer: &str| {
        let field = is.form.and_then(|form| form.field(pointer));
        field
            .map_or(pointer, |f| visitor.words.of(&f.title))
            .to_owned()
    };
    let mut names: Vec<&String> = new.keys().chain(old.keys()).collect();
    names.sort();
    names.dedup();
    let value = |of: &BTreeMap<String, String>, name: &str| {
        of.get(name).cloned().unwrap_or_else(|| "—".to_owned())
    };
    names
        .into_iter()
        .filter(|name| new.get(*name) != old.get(*name))
        .map(|name| (title(name), value(&old, name), value(&new, name)))
        .collect()
}

fn flatten(value: &Value, at: &str, out: &mut BTreeMap<String, String>) {
    match value {
        Value::Object(map) => {
            for (name, value) in map {
                flatten(value, &format!("{at}/{name}"), out);
            }
        }
        Value::Array(items) if items.iter().any(Value::is_object) => {
            for (i, value) in items.iter().enumerate() {
                flatten(value, &format!("{at}/{i}"), out);
            }
        }
        Value::Null => {}
        other => _ = out.insert(at.to_owned(), plain(other)),
    }
}
