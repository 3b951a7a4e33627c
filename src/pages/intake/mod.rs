//! Taking an application in: choose the matter, read out who may apply and what is needed, fill the form, and hand it in; a case of the
//! same person and matter that is open is shown first.

pub mod catalogue;
mod send;
mod sheet;

pub use catalogue::found;

pub use send::{discard, draft, send};

use super::session::Visitor;
use super::{layout, lists, look, once};
use crate::web::App;
use crate::web::problem::{Code, Problem, with_preview};
use crate::web::work::INTAKES;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use engine::clock::civil;
use engine::library::Library;
use engine::matter::{Materials, Revision};
use engine::network::Closure;
use engine::picture::Picture;
use jiff::civil::Date;
use maud::{Markup, html};
use serde::Deserialize;
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
    let favourites = catalogue::favourites(&visitor, &found);
    let body = html! {
        form method="get" action="/new" class="find-matter" role="search" {
            label for="q" { (words.t("new.search")) }
            input id="q" name="q" value=(asked.q) autofocus autocomplete="off" maxlength="60"
                hx-get="/new" hx-trigger="input changed delay:200ms" hx-target="#matters" hx-select="#matters" hx-swap="outerHTML";
            button { (words.t("new.find")) }
            span class="hint" { (words.t("new.hint")) }
        }
        (begun(&app, &visitor).await?)
        form id="matters" method="post" action="/settings/favourites" aria-live="polite" {
            (layout::token(&visitor))
            @if found.is_empty() { p class="hint" { (words.t("new.nothing")) } }
            @for (topic, matters) in favourites.iter().chain(&topics) {
                section class="panel" {
                    h2 { (topic) }
                    ul class="matters" { @for matter in matters { li { (offer(&app, &visitor, &library, matter)) } } }
                }
            }
        }
    };
    Ok(layout::page(&visitor, &words.t("new.title"), body))
}

/// One matter to choose, with its star and why it is not taken in.
fn offer(app: &App, visitor: &Visitor, library: &Library, matter: &Revision) -> Markup {
    let (words, id) = (visitor.words, &*matter.id.value);
    let starred = visitor
        .caller
        .preferences
        .favourites
        .iter()
        .any(|f| f == id);
    let (name, star) = match starred {
        true => ("drop", "★"),
        false => ("put", "☆"),
    };
    let title = words.of(&matter.title).to_owned();
    let label = words.tell("new.favourite", name, &[("matter", title.clone())]);
    html! {
        button class="star" name=(name) value=(id) aria-pressed=(starred) aria-label=(label.unwrap_or_default()) { (star) }
        a href=(format!("/new/{id}")) { (title) } " " span class="hint" { (matter.code) }
        @if let Some(closure) = closed(visitor, library, id, today(app)) { " " (look::closed(visitor, closure)) }
    }
}

/// Applications that were begun and not handed in (暂存), the newest first.
async fn begun(app: &App, visitor: &Visitor) -> Result<Markup, Problem> {
    let accounts = app.directory.accounts();
    let drafts = accounts.drafts(&visitor.caller.id, INTAKES).await?;
    let words = visitor.words;
    Ok(html! {
        @if !drafts.is_empty() {
            section class="panel begun" {
                h2 { (words.t("new.begun")) }
                ul class="matters" {
                    @for (place, kept) in &drafts {
                        @let matter = place.trim_start_matches(INTAKES);
                        li {
                            a href=(format!("/new/{matter}")) { (lists::matter(visitor, app, matter)) } " "
                            span class="hint" { (look::time(*kept)) }
                        }
                    }
                }
            }
        }
    })
}

/// Why the city of the visitor's post takes no cases of a matter in, by no way at all.
fn closed<'l>(
    visitor: &Visitor,
    library: &'l Library,
    matter: &str,
    day: Date,
) -> Option<&'l Closure> {
    let city = visitor.acting().map_or("", |post| &*post.city);
    library.network.closed(matter, &[city], None, day)
}

fn today(app: &App) -> Date {
    civil(app.runtime.clock().now()).date()
}

fn matter(app: &App, name: &str) -> Result<Arc<Revision>, Problem> {
    let library = app.runtime.library();
    let found = library.matters.get(name).cloned();
    found.ok_or_else(|| Problem::new(Code::NotFound))
}

/// The form of an application as it was left, under what is read out first.
pub async fn page(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    let revision = matter(&app, &name)?;
    let mut application = Application::new(&visitor, &revision)?;
    application.recall(&app, &visitor, &name).await?;
    let page = drawn(&app, &visitor, &revision, &application, html! {});
    Ok(with_preview(page))
}

fn drawn(
    app: &App,
    visitor: &Visitor,
    revision: &Revision,
    application: &Application,
    told: Markup,
) -> Markup {
    let words = visitor.words;
    let (library, today) = (app.runtime.library(), today(app));
    let closed = closed(visitor, &library, &revision.id.value, today);
    let city = visitor.acting().map(|p| look::city(visitor, &p.city));
    let address = format!("/new/{}", revision.id.value);
    let live = format!("{address}/draft");
    let body = html! {
        h1 { (words.of(&revision.title)) }
        div id="told" { (told) }
        @if let Some(closure) = closed { div class="notice warn" { p { (look::closed(visitor, closure)) } } }
        div id="offline" class="notice bad" role="alert" hidden { (words.t("task.offline")) }
        div class="two-thirds" {
            form id="task" method="post" action=(address) enctype="multipart/form-data" class="panel intake" data-autosave hx-sync="this:queue last"
                hx-post=(live) hx-trigger="save" hx-target="#saved" hx-swap="outerHTML" {
                (layout::token(visitor)) (once::token())
                @if let Some(city) = city { p class="hint" { (words.say("new.city", &[("city", city)])) } }
                (application.draw(visitor, today, &live))
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
                @if !application.brought.is_empty() { (application.brought.draw(visitor, &live, false)) }
                div class="foot" {
                    button class="main" name="do" value="1" data-key="Ctrl+Enter" { (words.t("new.send")) " " kbd { "Ctrl+Enter" } }
                    button name="save" value="1" data-key="Ctrl+S" { (words.t("task.save")) }
                    button name="discard" value="1" formaction=(format!("{address}/discard")) { (words.t("new.discard")) }
                    a class="button" href="/new" { (words.t("task.cancel")) }
                    (application.saved(visitor, false))
                }
            }
            aside aria-label=(words.t("task.beside")) {
                (application.brought.frame(visitor))
                (read_out(app, visitor, revision))
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
                        @if !from.is_empty() { " " span class="hint" { (words.list(&from)) } }
                        @if material.needed.is_some() { " " span class="hint" { (words.t("new.if_needed")) } }
                        @if material.promise.is_some() { " " span class="hint" { (words.t("new.later")) } }
                    }
                }
            }
            details { summary { (words.t("new.guide")) } pre class="long" { (Picture::of(revision, &library, words.0).on(today(app), None).guide()) } }
        }
    }
}
