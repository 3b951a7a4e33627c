//! The worklist: what waits for the visitor and his post, the most urgent first.

mod asked;
mod claim;
mod line;
mod pass_on;
mod table;
mod together;

pub use claim::{claim, few, release};
pub use pass_on::{to_transfer, transfer};
pub use together::{complete, urge};

use claim::chosen;

use super::layout;
use super::session::Visitor;
use crate::runtime::initials;
use crate::store::{Store, StoreError};
use crate::web::problem::Problem;
use crate::web::{App, cursor};
use asked::{Asked, METHODS, Tab, Which};
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use engine::matter::{Kind, Step};
use line::Line;
use maud::{Markup, html};
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// Rows a page has.
const ROWS: usize = 30;
/// Rows are counted up to here, as in the API.
const COUNTED: i64 = 1_000;

/// A page of the worklist, as it was found.
struct Found {
    asked: Asked,
    /// The part that is shown.
    tab: Tab,
    /// How many rows each part has.
    counts: [(Tab, i64); Tab::ALL.len()],
    lines: Vec<Line>,
    /// Where the next page begins.
    next: Option<String>,
}

/// The worklist. A page that asks by itself whether anything has changed is answered without a body if not.
pub async fn page(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let found = find(&app, &visitor, asked).await?;
    let tag = found.tag(&visitor);
    if headers.get(header::IF_NONE_MATCH) == Some(&tag) {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response());
    }
    let page = found.page(&app, &visitor, None).await;
    Ok(([(header::ETAG, tag)], page).into_response())
}

/// Asks for a page: rows and numbers by the same conditions.
async fn find(app: &App, visitor: &Visitor, asked: Asked) -> Result<Found, Problem> {
    let mut counts = Tab::ALL.map(|tab| (tab, 0));
    for (tab, count) in &mut counts {
        *count = how_many(app.runtime.store(), &asked.which(app, visitor, *tab)).await?;
    }
    let holds = counts.iter().any(|(tab, n)| *tab == Tab::Mine && *n > 0);
    let usual = if holds { Tab::Mine } else { Tab::Open };
    let tab = asked.tab.unwrap_or(usual);
    let which = asked.which(app, visitor, tab);
    let after = Some(asked.after.as_str()).filter(|after| !after.is_empty());
    let mut lines = rows(app.runtime.store(), &which, after).await?;
    let more = lines.len() > ROWS;
    lines.truncate(ROWS);
    let next = lines.last().filter(|_| more).map(Line::cursor);
    Ok(Found {
        asked,
        tab,
        counts,
        lines,
        next,
    })
}

async fn how_many(store: &Store, which: &Which) -> Result<i64, StoreError> {
    match which {
        Which::Tasks(filter) => store.count_tasks(filter, COUNTED + 1).await,
        Which::Cases(filter) => store.count_cases(filter).await,
        Which::Done(filter) => store.count_done(filter, COUNTED + 1).await,
    }
}

/// One row more than a page has, so that one knows whether there is another.
async fn rows(store: &Store, which: &Which, after: Option<&str>) -> Result<Vec<Line>, Problem> {
    let limit = i64::try_from(ROWS + 1).unwrap_or(i64::MAX);
    Ok(match which {
        Which::Tasks(filter) => {
            let after = after.map(cursor::task).transpose()?;
            let rows = store.tasks(filter, after, limit).await?;
            rows.into_iter().map(Line::task).collect()
        }
        Which::Cases(filter) => {
            let after = after.map(cursor::urgent).transpose()?;
            let rows = store.urgent_cases(filter, after, limit).await?;
            rows.into_iter().map(Line::case).collect()
        }
        Which::Done(filter) => {
            let before = after.map(|c| cursor::read('d', c)).transpose()?;
            let rows = store.done(filter, before, limit).await?;
            rows.into_iter().map(Line::done).collect()
        }
    })
}

impl Found {
    /// What changes when rows or numbers do, and not by the mere passing of time.
    fn tag(&self, visitor: &Visitor) -> HeaderValue {
        let mut hash = Sha256::new().chain_update(&visitor.form_token);
        hash.update(visitor.words.tag());
        for (_, count) in self.counts {
            hash.update(count.to_be_bytes());
        }
        for line in &self.lines {
            hash.update(line.mark());
        }
        let tag = format!("\"{}\"", BASE64_URL_SAFE_NO_PAD.encode(hash.finalize()));
        HeaderValue::from_str(&tag).unwrap_or(HeaderValue::from_static("\"\""))
    }

    /// The page, with something to tell above the list.
    async fn page(mut self, app: &App, visitor: &Visitor, told: Option<Markup>) -> Markup {
        let words = visitor.words;
        for line in &mut self.lines {
            line.look(app, visitor).await;
        }
        let body = html! {
            (self.tabs(visitor))
            @if let Some(told) = told { (told) }
            (self.filters(app, visitor))
            @for said in self.asked.told(visitor) { p class="hint" { (said) } }
            p id="changes" class="notice warn" hidden data-words=(words.t("work.changes")) {
                button data-key="r" {}
            }
            @if self.lines.is_empty() { (self.nothing(visitor)) }
            @else { (table::table(app, visitor, &self)) }
        };
        let title = words.t("work.title");
        layout::page(visitor, &title, html! { div data-refresh="30" { (body) } })
    }

    fn count(&self, tab: Tab) -> i64 {
        let found = self.counts.iter().find(|(t, _)| *t == tab);
        found.map_or(0, |(_, count)| *count)
    }

    fn tabs(&self, visitor: &Visitor) -> Markup {
        let words = visitor.words;
        html! {
            nav class="tabs" aria-label=(words.t("work.parts")) {
                ul {
                    @for (tab, count) in self.counts {
                        li {
                            a href=(self.asked.in_tab(tab).address()) aria-current=[(tab == self.tab).then_some("page")] {
                                (words.word("work.tab", tab.word())) " "
                                span class="count" { (counted(count)) }
                            }
                        }
                    }
                }
            }
        }
    }

    fn filters(&self, app: &App, visitor: &Visitor) -> Markup {
        let words = visitor.words;
        let asked = &self.asked;
        let library = app.runtime.library();
        let matter = asked
            .matter_name(&library)
            .and_then(|name| library.matters.get(name));
        let levels = ["red", "yellow", "reminder", "normal", "paused"];
        html! {
            search {
                form method="get" action="/work" class="filters" {
                    input type="hidden" name="tab" value=(self.tab.word());
                    @for (name, value) in asked.of_office() {
                        @if !value.is_empty() { input type="hidden" name=(name) value=(value); }
                    }
                    (labelled("f-matter", &words.word("work.column", "matter"), html! {
                        input id="f-matter" name="matter" list="matters" value=(matter.map_or(asked.matter.as_str(), |m| words.of(&m.title))) size="28";
                        datalist id="matters" {
                            @for matter in library.matters.values() { option value=(words.of(&matter.title)) { (matter.code) " " (initials(&matter.title.zh)) } }
                        }
                    }))
                    @if let Some(matter) = matter {
                        (labelled("f-step", &words.word("work.column", "step"), html! {
                            select id="f-step" name="step" {
                                option value="" { (words.t("work.any")) }
                                @for step in matter.steps.iter().filter(|s| makes_tasks(s)) {
                                    option value=(step.id.value) selected[*step.id.value == *asked.step] { (words.of(&step.title)) }
                                }
                            }
                        }))
                    }
                    (labelled("f-city", &words.t("work.city"), html! {
                        select id="f-city" name="city" {
                            option value="" { (words.t("work.any")) }
                            @for city in visitor.network.cities() {
                                option value=(city.code) selected[city.code == asked.city] { (city.title(words.0)) }
                            }
                        }
                    }))
                    (labelled("f-level", &words.t("work.level"), html! {
                        select id="f-level" name="level" {
                            option value="" { (words.t("work.any")) }
                            @for level in levels {
                                option value=(level) selected[level == asked.level] { (words.word("level", level)) }
                            }
                        }
                    }))
                    (labelled("f-method", &words.t("work.method"), html! {
                        select id="f-method" name="method" {
                            option value="" { (words.t("work.any")) }
                            @for method in METHODS {
                                option value=(method) selected[method == asked.method] { (words.word("method", method)) }
                            }
                        }
                    }))
                    (labelled("f-q", &words.t("work.part"), html! { input id="f-q" name="q" value=(asked.q) size="12"; }))
                    button { (words.t("work.filter")) }
                    @if asked.narrows() { a href=(Asked::plain(self.tab).address()) { (words.t("work.clear")) } }
                }
            }
        }
    }

    /// An empty list says what would stand here, and offers what may be taken.
    fn nothing(&self, visitor: &Visitor) -> Markup {
        let words = visitor.words;
        let open = self.count(Tab::Open);
        let narrowed = self.asked.narrows();
        html! {
            div class="panel empty" {
                @if narrowed { p { (words.t("work.no_match")) } }
                @else { p { (words.word("work.empty", self.tab.word())) } }
                @if self.tab != Tab::Open && open > 0 {
                    p {
                        a class="button main" href=(Asked::plain(Tab::Open).address()) {
                            (words.say("work.offer", &[("n", counted(open))]))
                        }
                    }
                }
                @if matches!(self.tab, Tab::Mine | Tab::Open) && open == 0 && self.count(Tab::Office) > 0 {
                    p {
                        a class="button" href=(Asked::plain(Tab::Office).address()) {
                            (words.say("work.of_office", &[("n", counted(self.count(Tab::Office)))]))
                        }
                    }
                }
            }
        }
    }
}

/// True for steps that somebody does.
fn makes_tasks(step: &Step) -> bool {
    matches!(step.kind, Kind::Task { .. } | Kind::Handoff { .. })
}

fn labelled(id: &str, label: &str, field: Markup) -> Markup {
    html! { div { label for=(id) { (label) } (field) } }
}

/// A number of rows; of more than can be counted, that there are more.
fn counted(count: i64) -> String {
    match count > COUNTED {
        true => format!("{COUNTED}+"),
        false => count.to_string(),
    }
}
