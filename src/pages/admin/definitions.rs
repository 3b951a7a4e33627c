//! Matters and their revisions: which there are, how many cases run on each, what differs, and what waits for a second person.

use super::changes::changes;
use super::proposed::{address, called};
use super::{guard, page};
use crate::pages::session::{Form, Visitor};
use crate::pages::{layout, lists, look};
use crate::runtime::{BESIDE, CALENDARS};
use crate::web::App;
use crate::web::problem::{Code, Problem};
use crate::web::proposals::Proposal;
use axum::extract::{Path, State};
use axum::response::Redirect;
use engine::clock::civil;
use engine::matter::Revision;
use engine::picture::Picture;
use forms::render::Sheet;
use jiff::civil::Date;
use maud::{Markup, html};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// All matters.
pub async fn definitions(State(app): State<Arc<App>>, visitor: Visitor) -> Result<Markup, Problem> {
    guard(&app, &visitor, "definitions")?;
    let words = visitor.words;
    let newest = app.runtime.store().newest_definitions().await?;
    let library = app.runtime.library();
    let open: BTreeMap<String, i64> = app
        .runtime
        .store()
        .open_by_matter()
        .await?
        .into_iter()
        .collect();
    let today = civil(app.runtime.clock().now()).date();
    let closed = |id: &str| library.network.closed(id, &[], None, today);
    let rows = newest
        .iter()
        .filter_map(|row| Some((row, library.matters.get(&row.id)?)));
    let body = html! {
        (waiting(&app, &visitor).await?)
        @if visitor.caller.holds("policy") { p class="actions" { a class="button" href="/admin/publish" { (words.t("admin.publish_file")) } a class="button" href="/admin/proposed" { (words.word("admin.place", "proposed")) } a class="button" href="/admin/published" { (words.word("admin.place", "published")) } } }
        table class="list cards" {
            thead { tr {
                th { (words.t("cases.matter")) } th { (words.t("admin.name")) } th { (words.t("admin.code")) }
                th { (words.t("admin.revision")) } th { (words.t("admin.published")) }
                th { (words.t("admin.open_cases")) } th { (words.t("admin.taken_in")) }
            } }
            tbody {
                @for (row, matter) in rows {
                    tr {
                        td { a href=(format!("/admin/definitions/{}", row.id)) { (words.of(&matter.title)) } }
                        td { code { (row.id) } }
                        td { (matter.code) }
                        td class="number" data-h=(words.t("admin.revision")) { (row.revision) }
                        td class="number" { (look::time(row.published)) }
                        td class="number" data-h=(words.t("admin.open_cases")) { (open.get(&row.id).copied().unwrap_or(0)) }
                        td data-h=(words.t("admin.taken_in")) { @match closed(&row.id) {
                            Some(closure) => (look::closed(&visitor, closure)),
                            None => (words.t("admin.takes_in")),
                        } }
                    }
                }
            }
        }
    };
    Ok(page(&visitor, "definitions", &body))
}

/// What somebody proposed and nobody has confirmed, each with the way to it.
pub(super) async fn waiting(app: &App, visitor: &Visitor) -> Result<Markup, Problem> {
    let words = visitor.words;
    let proposals = app.proposals().await?;
    let args = |proposal: &Proposal| {
        [
            ("what", called(app, visitor, proposal)),
            ("by", lists::person(visitor, &proposal.by)),
        ]
    };
    Ok(html! {
        @for proposal in &proposals {
            div class="notice warn" {
                p { a href=(address(proposal, 1)) { (words.say("admin.proposed", &args(proposal))) } }
            }
        }
    })
}

/// What people call a definition.
pub(super) fn title(visitor: &Visitor, app: &App, id: &str) -> String {
    match id {
        CALENDARS | BESIDE => visitor.words.word("admin.place", id),
        id => lists::matter(visitor, app, id),
    }
}

/// One matter.
pub async fn definition(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Markup, Problem> {
    guard(&app, &visitor, "definitions")?;
    let asked: Shown = lists::asked(&visitor)?;
    let words = visitor.words;
    let store = app.runtime.store();
    let library = app.runtime.library();
    let matter = library.matters.get(&id);
    let matter = matter.ok_or_else(|| Problem::new(Code::NotFound))?;
    let revisions = store.revisions(&id).await?;
    let mut publishers = BTreeMap::new();
    for row in &revisions {
        if let Some(publisher) = app.publisher(&id, row.revision).await? {
            publishers.insert(row.revision, publisher);
        }
    }
    let today = civil(app.runtime.clock().now()).date();
    let open: BTreeMap<i64, i64> = store.open_by_revision(&id).await?.into_iter().collect();
    let body = html! {
        h2 { (words.of(&matter.title)) " " code { (id) } }
        table class="list cards" {
            thead { tr {
                th { (words.t("admin.revision")) } th { (words.t("admin.published")) } th { (words.t("admin.published_by")) } th { (words.t("admin.second")) } th { (words.t("admin.hash")) }
                th { (words.t("admin.open_cases")) } th { (words.t("admin.difference")) }
            } }
            tbody {
                @for row in &revisions {
                    tr {
                        td class="number" { (row.revision) }
                        td class="number" { (look::time(row.published)) }
                        @let publisher = publishers.get(&row.revision);
                        td { @if let Some(publisher) = publisher { (lists::person(&visitor, &publisher.by)) } @else { span class="hint" { (words.t("admin.with_program")) } } }
                        td { @if let Some(second) = publisher.and_then(|p| p.second.as_ref()) { (lists::person(&visitor, second)) } @else { "–" } }
                        td { code { (row.hash.iter().take(6).map(|b| format!("{b:02x}")).collect::<String>()) } }
                        td class="number" { (open.get(&row.revision).copied().unwrap_or(0)) }
                        td { @if row.revision > 1 { a href=(format!("/admin/definitions/{id}/difference?from={}&to={}", row.revision - 1, row.revision)) { (words.say("admin.differs_from", &[("revision", (row.revision - 1).to_string())])) } } }
                    }
                }
            }
        }
        nav class="parts" aria-label=(words.t("admin.parts")) {
            @for (path, flow) in [(String::new(), false), ("?part=flow".to_owned(), true)] {
                @let name = if flow { "admin.picture" } else { "admin.forms" };
                a href=(format!("/admin/definitions/{id}{path}")) aria-current=[(flow == asked.part.is_some()).then_some("page")] { (words.t(name)) }
            }
        }
        @match asked.part {
            None => section class="panel tab" aria-label=(words.t("admin.forms")) { (forms(matter, &visitor, today)) }
            Some(Part::Flow) => section class="panel tab" aria-label=(words.t("admin.picture")) {
                div class="drawing" tabindex="0" role="region" aria-label=(words.t("admin.picture")) {
                    (layout::drawing(&Picture::of(matter, &library, words.0).sheets(None)))
                }
                details { summary { (words.t("admin.outline")) } pre class="panel" { (Picture::of(matter, &library, words.0).on(today, None).text()) } }
            }
        }
    };
    Ok(page(&visitor, "definitions", &body))
}

/// The forms a matter asks with, each once, in the order they come.
fn forms(matter: &Revision, visitor: &Visitor, today: Date) -> Markup {
    let words = visitor.words;
    let mut known = BTreeSet::new();
    let names = matter.form_names().filter(|name| known.insert(&name.value));
    let forms = names.filter_map(|name| matter.form(&name.value));
    html! {
        @for form in forms {
            @let id = format!("form-{}", form.name());
            details { summary { (words.of(form.title())) " " code { (form.name()) } } div class="panel" { (Sheet { lang: words.0, id: &id, ..Sheet::new(form, &Json::Null, today) }.draw()) } }
        }
    }
}

/// What of a matter is shown.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Shown {
    /// None: its forms.
    #[serde(default)]
    part: Option<Part>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Part {
    Flow,
}

/// Confirms a proposed revision as the second person, or takes it back.
pub async fn answer(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    sent: Form,
) -> Result<Redirect, Problem> {
    let number = |name| sent.fields.get(name).and_then(|r| r.parse().ok());
    let caller = &sent.visitor.caller;
    match (number("approve"), number("withdraw")) {
        (Some(revision), None) => _ = app.approve(caller, &id, revision).await?,
        (None, Some(revision)) => app.take_back(caller, &id, revision).await?,
        _ => return Err(Problem::new(Code::Malformed)),
    }
    Ok(Redirect::to(match number("approve") {
        Some(_) => "/admin/published",
        None => "/admin/proposed",
    }))
}

/// Two revisions.
#[derive(Debug, Serialize, Deserialize)]
struct Two {
    from: i64,
    to: i64,
    #[serde(default)]
    page: Option<usize>,
}

/// What differs between two revisions, whole.
pub async fn difference(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Markup, Problem> {
    guard(&app, &visitor, "definitions")?;
    let two: Two = lists::asked(&visitor)?;
    let words = visitor.words;
    let all = app.differing(&id, two.from, two.to).await?;
    let args = [("from", two.from.to_string()), ("to", two.to.to_string())];
    let at = |page: usize| {
        format!(
            "/admin/definitions/{id}/difference?from={}&to={}&page={page}",
            two.from, two.to
        )
    };
    let whole = match id.as_str() {
        CALENDARS | BESIDE => "/admin/published".to_owned(),
        id => format!("/admin/definitions/{id}"),
    };
    let body = html! {
        h2 { a href=(whole) { (title(&visitor, &app, &id)) } " " (words.say("admin.two", &args)) }
        (changes(&visitor, &all, two.page.unwrap_or(1), at))
    };
    Ok(page(&visitor, "definitions", &body))
}
