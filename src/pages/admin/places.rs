//! What the network knows: people and posts, calendars, parameters.

use super::{calendar, guard, page, people};
use crate::pages::look;
use crate::pages::session::Visitor;
use crate::runtime::CALENDARS;
use crate::web::App;
use crate::web::problem::Problem;
use axum::extract::{Query, State};
use engine::clock::civil;
use maud::{Markup, html};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;

/// People with their posts, and who stands for whom.
pub async fn directory(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Query(asked): Query<people::Asked>,
) -> Result<Markup, Problem> {
    guard(&app, &visitor, "directory")?;
    let words = visitor.words;
    let now = app.runtime.clock().now().as_millisecond();
    let absences = app.directory.accounts().absences(now).await?;
    let found = people::found(&visitor, &asked);
    let shown = found.iter().take(people::MOST);
    let everybody = app.directory.people().await?;
    let network = &visitor.network;
    let deputies: BTreeMap<&str, &str> = network
        .people()
        .iter()
        .filter_map(|p| Some((p.id.as_str(), p.deputy_of.as_deref()?)))
        .collect();
    let body = html! {
        p class="hint" { (words.say("admin.people", &[("people", everybody.len().to_string()), ("cities", network.cities().count().to_string()), ("departments", network.departments().len().to_string())])) }
        (people::walk(&app, &visitor, &asked, &absences).await?)
        @if asked.is_everywhere() { (super::lending::section(&app, &visitor).await?) }
        h2 { (words.t("directory.persons")) " " (found.len()) }
        @if found.len() > people::MOST { p class="hint" { (words.say("directory.many", &[("most", people::MOST.to_string())])) } }
        div class="wide" { table class="list cards" {
            thead { tr {
                th { (words.t("admin.id")) } th { (words.t("admin.person")) } th { (words.t("admin.posts")) } th { (words.t("admin.deputy")) } th { (words.t("admin.state")) }
            } }
            tbody { @for person in shown {
                tr {
                    td { code { (person.id) } }
                    td { (people::link(person)) }
                    td { @for post in &person.posts { div { @if let Ok(post) = post.parse() { (look::party(&visitor, &post)) } @else { (post) } } } }
                    td {
                        (people::away(&visitor, &absences, &person.id))
                        @if let Some(of) = deputies.get(person.id.as_str()) { (everybody.get(*of).map_or(*of, |p| p.name.as_str())) }
                    }
                    td { (words.word("account", &person.state)) }
                }
            } }
        } }
    };
    Ok(page(&visitor, "directory", &body))
}

/// Which year of the calendar is shown.
#[derive(Deserialize)]
pub struct Year {
    year: Option<i16>,
}

/// Which years are loaded, and one of them day by day: the one asked for, or this one.
pub async fn calendars(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Query(asked): Query<Year>,
) -> Result<Markup, Problem> {
    guard(&app, &visitor, "calendars")?;
    let words = visitor.words;
    let network = &visitor.network;
    let today = civil(app.runtime.clock().now()).date();
    let years = network.calendars().years();
    let files = app.runtime.library().files.clone();
    let loaded: Vec<&String> = files
        .keys()
        .filter(|path| path.starts_with("network/calendars/"))
        .collect();
    let year = asked.year.filter(|year| years.contains(year));
    let year = year.unwrap_or_else(|| today.year());
    let body = html! {
        (super::definitions::waiting(&app, &visitor).await?)
        p { (words.t("admin.years")) " " @for one in &years {
            a class="chip" href=(format!("/admin/calendars?year={one}")) aria-current=[(*one == year).then_some("page")] { (one) } " "
        } }
        @if !years.contains(&(today.year() + 1)) { p class="notice warn" { (words.say("admin.year_missing", &[("year", (today.year() + 1).to_string())])) } }
        h2 { (words.say("calendar.year", &[("year", year.to_string())])) }
        (calendar::year(&visitor, year, today))
        h2 { (words.t("admin.files")) }
        ul class="links" { @for path in loaded { li {
            @if visitor.caller.holds("policy") { a href=(format!("/admin/publish?path={path}")) { code { (path) } } }
            @else { code { (path) } }
        } } }
        @if visitor.caller.holds("policy") { p class="actions" { a class="button" href=(format!("/admin/publish?path=network/calendars/national-{}.yaml", today.year() + 1)) { (words.t("admin.new_calendar")) } } }
        (versions(&app, &visitor).await?)
    };
    Ok(page(&visitor, "calendars", &body))
}

/// Versions of the calendars, and what each has done to open limits. Whoever administers sees numbers, and no case.
async fn versions(app: &App, visitor: &Visitor) -> Result<Markup, Problem> {
    let words = visitor.words;
    let store = app.runtime.store();
    let published = store.revisions(CALENDARS).await?;
    let recounts = store.recounts().await?;
    let mut lines = Vec::new();
    for row in published {
        let recount = recounts
            .iter()
            .find(|r| r.calendar == row.revision)
            .copied();
        lines.push((
            row,
            recount,
            store.moved_sum(recount.map_or(0, |r| r.calendar)).await?,
        ));
    }
    Ok(html! {
        h2 { (words.t("admin.versions")) }
        div class="wide" { table class="list cards" {
            thead { tr {
                th { (words.t("admin.revision")) } th { (words.t("admin.published")) } th { (words.t("admin.recounted")) }
                th { (words.t("admin.looked_at")) } th { (words.t("admin.later")) } th { (words.t("admin.earlier")) } th { (words.t("admin.firm")) }
            } }
            tbody { @for (row, recount, sum) in lines { tr {
                td class="number" { (row.revision) }
                td class="number" { (look::time(row.published)) }
                td class="number" {
                    @match recount.map(|r| r.ended) {
                        Some(Some(ended)) => (look::time(ended)),
                        Some(None) => (words.t("admin.under_way")),
                        None => "—",
                    }
                }
                td class="number" { (recount.map_or(0, |r| r.cases)) }
                td class="number" { (sum.later) }
                td class="number" { (sum.earlier) }
                td class="number" { (sum.firm) }
            } } }
        } }
    })
}

/// Values that differ by place and date, with where they come from.
pub async fn parameters(State(app): State<Arc<App>>, visitor: Visitor) -> Result<Markup, Problem> {
    guard(&app, &visitor, "parameters")?;
    let words = visitor.words;
    let network = &visitor.network;
    let open: Vec<_> = network
        .parameters()
        .iter()
        .filter(|(_, p)| p.values.is_empty())
        .collect();
    let body = html! {
        @if !open.is_empty() {
            h2 { (words.t("parameters.open")) }
            p class="hint" { (words.t("parameters.open_hint")) }
            ul { @for (name, parameter) in &open { li { (parameter.title.get(words.0)) " " code class="hint" { (name) } } } }
        }
        div class="wide" { table class="list cards" {
            thead { tr {
                th { (words.t("admin.title_of")) } th { (words.t("admin.value")) } th { (words.t("admin.place_of")) }
                th { (words.t("admin.from")) } th { (words.t("admin.tag")) }
            } }
            tbody { @for (name, parameter) in network.parameters() { @for (at, value) in parameter.values.iter().enumerate() {
                tr {
                    td { @if at == 0 { (parameter.title.get(words.0)) " " code class="hint" { (name) } } }
                    td { (parameter.said(&value.value).get(words.0)) }
                    td {
                        @if let Some(place) = value.city.as_ref().or(value.pool.as_ref()) { (look::city(&visitor, place)) }
                        @else { (words.t("admin.everywhere")) }
                    }
                    td class="number" { (value.from) }
                    td { @if at == 0 {
                        (words.word("tag", &parameter.tag))
                        @if !parameter.source.is_empty() { br; span class="hint" { (parameter.source) } }
                    } }
                }
            } } }
        } }
    };
    Ok(page(&visitor, "parameters", &body))
}
