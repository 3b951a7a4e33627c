//! Taking an application in: choose the matter, read out who may apply and what is needed, fill the form, and hand it in; a case of the
//! same person and matter that is open is shown first.

mod catalogue;
mod sheet;

use super::layout;
use super::look;
use super::once;
use super::session::{Form, Visitor};
use crate::runtime::Target;
use crate::store::CaseRow;
use crate::web::App;
use crate::web::problem::{Code, Problem};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use engine::case::Command;
use engine::clock::civil;
use engine::matter::{Materials, Revision};
use engine::picture::Picture;
use forms::posted;
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::Value;
use sheet::Application;
use std::sync::Arc;

/// What is looked for.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    #[serde(default)]
    q: String,
}

/// The matters on offer, found by title or by the initials of its pinyin.
pub async fn choose(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> Result<Markup, Problem> {
    let words = visitor.words;
    let library = app.runtime.library();
    let found = catalogue::found(&library, &asked.q);
    let topics = catalogue::topics(&visitor, &found);
    let body = html! {
        form method="get" action="/new" class="find-matter" role="search" {
            label for="q" { (words.t("new.search")) }
            input id="q" name="q" value=(asked.q) autofocus autocomplete="off" maxlength="60"
                hx-get="/new" hx-trigger="input changed delay:200ms" hx-target="#matters" hx-select="#matters" hx-swap="outerHTML";
            button { (words.t("new.find")) }
            span class="hint" { (words.t("new.hint")) }
        }
        div id="matters" aria-live="polite" {
            @if found.is_empty() { p class="hint" { (words.t("new.nothing")) } }
            @for (topic, matters) in &topics {
                section class="panel" {
                    h2 { (topic) }
                    ul class="matters" {
                        @for matter in matters {
                            li { a href=(format!("/new/{}", matter.id.value)) { (words.of(&matter.title)) } " " span class="hint" { (matter.code) } }
                        }
                    }
                }
            }
        }
    };
    Ok(layout::page(&visitor, &words.t("new.title"), body))
}

fn matter(app: &App, name: &str) -> Result<Arc<Revision>, Problem> {
    let library = app.runtime.library();
    let found = library.matters.get(name).cloned();
    found.ok_or_else(|| Problem::new(Code::NotFound))
}

/// The form of an application, under what is read out first.
pub async fn page(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path(name): Path<String>,
) -> Result<Markup, Problem> {
    let revision = matter(&app, &name)?;
    let application = Application::new(&visitor, &revision)?;
    Ok(drawn(&app, &visitor, &revision, &application, html! {}))
}

fn drawn(
    app: &App,
    visitor: &Visitor,
    revision: &Revision,
    application: &Application,
    told: Markup,
) -> Markup {
    let words = visitor.words;
    let today = civil(app.runtime.clock().now()).date();
    let city = visitor.acting().map(|p| look::city(visitor, &p.city));
    let body = html! {
        h1 { (words.of(&revision.title)) }
        (told)
        (read_out(app, visitor, revision))
        form id="task" method="post" action=(format!("/new/{}", revision.id.value)) class="panel intake" {
            (layout::token(visitor)) (once::token())
            @if let Some(city) = city { p class="hint" { (words.say("new.city", &[("city", city)])) } }
            (application.draw(visitor, today, &format!("/new/{}/sheet", revision.id.value)))
            div class="field" {
                label for="channel" { (words.t("case.channel")) }
                select id="channel" name="channel" {
                    @for channel in &revision.channels {
                        option value=(channel.value) selected[application.channel == channel.value] {
                            (words.tell("channel", &channel.value, &[]).unwrap_or_else(|| channel.value.clone()))
                        }
                    }
                }
            }
            div class="foot" {
                button class="main" name="do" value="1" data-key="Ctrl+Enter" { (words.t("new.send")) " " kbd { "Ctrl+Enter" } }
                a class="button" href="/new" { (words.t("task.cancel")) }
            }
        }
    };
    layout::framed(visitor, words.of(&revision.title), body)
}

/// Who may apply, how long it takes and what is needed, to be read out at the counter.
fn read_out(app: &App, visitor: &Visitor, revision: &Revision) -> Markup {
    let words = visitor.words;
    let library = app.runtime.library();
    let materials = match &revision.materials {
        Materials::Own(list) => list.as_slice(),
        Materials::FromParts(_) => &[],
    };
    html! {
        section class="panel" {
            h2 { (words.t("new.materials")) }
            @if materials.is_empty() { p class="hint" { (words.t("materials.none")) } }
            ul class="materials" {
                @for material in materials {
                    li {
                        (words.of(&material.title))
                        @let from: Vec<String> = material.from.iter().filter_map(|f| words.tell("from", &f.value, &[])).collect();
                        @if !from.is_empty() { " " span class="hint" { (from.join("、")) } }
                        @if material.needed.is_some() { " " span class="hint" { (words.t("new.if_needed")) } }
                        @if material.promise.is_some() { " " span class="hint" { (words.t("new.later")) } }
                    }
                }
            }
            details { summary { (words.t("new.guide")) } pre class="long" { (Picture::of(revision, &library, words.0).guide()) } }
        }
    }
}

/// The form again, with the fields that what was typed so far asks for.
pub async fn again(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
    sent: Form,
) -> Result<Markup, Problem> {
    let revision = matter(&app, &name)?;
    let mut application = Application::new(&sent.visitor, &revision)?;
    application.read(&sent.fields.0);
    let today = civil(app.runtime.clock().now()).date();
    let live = format!("/new/{name}/sheet");
    Ok(application.draw(&sent.visitor, today, &live))
}

/// Opens the case, unless something is to be put right or the person has one already.
pub async fn send(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
    sent: Form,
) -> Result<Response, Problem> {
    let visitor = &sent.visitor;
    let revision = matter(&app, &name)?;
    let mut application = Application::new(visitor, &revision)?;
    let key = once::key(&visitor.caller, &format!("/new/{name}"), &sent.fields)?;
    let changed = application.read(&sent.fields.0);
    application.channel = sent.fields.get("channel").unwrap_or("window").to_owned();
    if changed {
        return Ok(drawn(&app, visitor, &revision, &application, html! {}).into_response());
    }
    let today = civil(app.runtime.clock().now()).date();
    let asked = posted::asked(&application.form, &application.input, today);
    let part = |name: &str| {
        asked
            .get(name)
            .cloned()
            .unwrap_or_else(|| Value::Object(Default::default()))
    };
    let command = Command::Open {
        id: 0,
        number: String::new(),
        accepting_city: visitor.acting().map(|p| p.city.clone()).unwrap_or_default(),
        channel: application.channel.clone(),
        applicant: part("applicant"),
        form: part("form"),
        parent: None,
    };
    let target = Target::New(name.clone());
    // A form that was sent before has its answer; the person's open case is then this very one.
    let before = match sent.fields.get("anyway") {
        Some(_) => Vec::new(),
        None => open_ones(&app, visitor, &name, &part("applicant")).await?,
    };
    if !before.is_empty() && !app.runtime.is_answered(&key).await? {
        let told = same(visitor, &before);
        let page = drawn(&app, visitor, &revision, &application, told);
        return Ok((StatusCode::CONFLICT, page).into_response());
    }
    match app
        .hand_in(&visitor.caller, Some(key), None, target, command)
        .await
    {
        Ok(answer) => {
            let case = format!("/cases/{}", answer.seen.id);
            let next = match answer.seen.revision.no_receipt {
                true => case,
                false => format!("{case}/receipt?fresh=1"),
            };
            Ok(Redirect::to(&next).into_response())
        }
        Err(problem) if problem.code() == Code::Invalid && !problem.errors().is_empty() => {
            application.errors = once::errors(&problem);
            let page = drawn(
                &app,
                visitor,
                &revision,
                &application,
                others(visitor, &application),
            );
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(problem) if problem.code() == Code::DuplicateCase => {
            let told = html! {
                div class="notice warn" role="alert" {
                    p { (visitor.words.of(problem.message())) }
                    @if let Some(case) = problem.named("case").and_then(Value::as_str) {
                        p { a class="button" href=(format!("/cases/{case}")) { (visitor.words.t("conflict.case")) } }
                    }
                }
            };
            let page = drawn(&app, visitor, &revision, &application, told);
            Ok((StatusCode::CONFLICT, page).into_response())
        }
        Err(problem) => Err(problem),
    }
}

/// What is wrong outside the fields of the form, such as the channel.
fn others(visitor: &Visitor, application: &Application) -> Markup {
    let inside = |e: &&forms::FieldError| {
        e.pointer.starts_with("/applicant") || e.pointer.starts_with("/form")
    };
    let outside: Vec<_> = application.errors.iter().filter(|e| !inside(e)).collect();
    html! {
        @if !outside.is_empty() {
            div class="notice bad" role="alert" { @for error in outside { p { (visitor.words.of(&error.message)) } } }
        }
    }
}

/// Open cases of the person that are of the same matter.
async fn open_ones(
    app: &App,
    visitor: &Visitor,
    matter: &str,
    applicant: &Value,
) -> Result<Vec<CaseRow>, Problem> {
    let Some(number) = applicant.get("id_number").and_then(Value::as_str) else {
        return Ok(Vec::new());
    };
    let mut all = app.cases_of(&visitor.caller, number).await?;
    all.retain(|row| row.matter == matter && row.closed.is_none());
    all.retain(|row| !engine::case::Status::named(&row.status).is_some_and(|s| s.is_final()));
    Ok(all)
}

fn same(visitor: &Visitor, rows: &[CaseRow]) -> Markup {
    let words = visitor.words;
    html! {
        div class="notice warn" role="alert" {
            p { strong { (words.t("new.same")) } }
            ul { @for row in rows {
                li { a href=(format!("/cases/{}", row.id)) { (row.number) } " " (look::status(visitor, &row.status)) " " (look::time(row.opened)) }
            } }
            p { button form="task" name="anyway" value="1" { (words.t("new.anyway")) } }
        }
    }
}
