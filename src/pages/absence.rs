//! Absences: who is away, who stands for him, and a form to enter one.

use super::lists;
use super::session::{Form, Visitor};
use super::{layout, look};
use crate::store::{AbsenceRow, AccountRow};
use crate::web::App;
use crate::web::absences::{Wish, days, may_enter, same_office};
use crate::web::problem::{Code, Problem};
use axum::extract::{Query, State};
use axum::response::Redirect;
use engine::case::Party;
use maud::{Markup, html};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Whether something has just been kept.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Coming {
    saved: Option<String>,
}

/// The absences the visitor may know of, and the form.
pub async fn page(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Query(coming): Query<Coming>,
) -> Result<Markup, Problem> {
    let words = visitor.words;
    let rows = app.absences(&visitor.caller).await?;
    let today = engine::clock::civil(app.runtime.clock().now())
        .date()
        .to_string();
    let body = html! {
        @if coming.saved.is_some() { div class="notice good" role="status" { p { (words.t("settings.saved")) } } }
        p class="hint" { (words.t("absence.hint")) }
        @if rows.is_empty() { div class="panel empty" { p { (words.t("absence.none")) } } }
        @else { div class="wide" { table class="list" {
            thead { tr { @for head in ["person", "deputy", "from", "to", "scope", "entered_by"] { th scope="col" { (words.word("absence.head", head)) } } th scope="col" { span class="unseen" { (words.t("absence.end")) } } } }
            tbody { @for row in &rows { (line(&app, &visitor, row)) } }
        } } }
        @if visitor.caller.stands_for.is_none() { (form(&app, &visitor, &today)) }
    };
    Ok(layout::page(&visitor, &words.t("absence.title"), body))
}

fn line(app: &App, visitor: &Visitor, row: &AbsenceRow) -> Markup {
    let words = visitor.words;
    let (from, to) = days(row);
    let person = visitor.caller.people.get(&row.person);
    let ends = person.is_some_and(|person| may_enter(&visitor.caller, person));
    html! {
        tr {
            td { (lists::person(visitor, &row.person)) }
            td { (lists::person(visitor, &row.deputy)) }
            td class="number" { (from) }
            td class="number" { (to) }
            td {
                @if row.posts.is_empty() && row.matters.is_empty() { (words.t("absence.all")) }
                @for post in &row.posts { @if let Ok(post) = post.parse::<Party>() { div { (look::party(visitor, &post)) } } }
                @for matter in &row.matters { div { (lists::matter(visitor, app, matter)) } }
            }
            td { (lists::person(visitor, &row.entered_by)) }
            td { @if ends {
                form method="post" action="/settings/absence/end" { (layout::token(visitor)) button class="quiet" name="id" value=(row.id) { (words.t("absence.end")) } }
            } }
        }
    }
}

fn form(app: &App, visitor: &Visitor, today: &str) -> Markup {
    let words = visitor.words;
    let caller = &visitor.caller;
    let all = caller
        .people
        .values()
        .filter(|p| p.state == "active" && p.kind == "person");
    let all: Vec<&AccountRow> = all.collect();
    let mut mine: Vec<&&AccountRow> = all.iter().filter(|p| may_enter(caller, p)).collect();
    mine.sort_by_key(|p| *p.id != *caller.id);
    let beside = |p: &&&AccountRow| mine.iter().any(|m| same_office(m, p));
    let deputies: Vec<&&AccountRow> = all.iter().filter(beside).collect();
    let posts: BTreeSet<&String> = mine.iter().flat_map(|p| &p.posts).collect();
    let people =
        |list: &[&&AccountRow]| html! { @for p in list { option value=(p.id) { (p.name) } } };
    html! {
        form method="post" action="/settings/absence" class="panel absence" {
            (layout::token(visitor))
            h2 { (words.t("absence.new")) }
            div class="filters" {
                div { label for="a-person" { (words.word("absence.head", "person")) } select id="a-person" name="person" { (people(&mine)) } }
                div { label for="a-deputy" { (words.word("absence.head", "deputy")) } select id="a-deputy" name="deputy" required { option value="" {} (people(&deputies)) } }
                div { label for="a-from" { (words.word("absence.head", "from")) } input id="a-from" type="date" name="from" value=(today) required; }
                div { label for="a-to" { (words.word("absence.head", "to")) } input id="a-to" type="date" name="to" value=(today) required; }
                div { label for="a-post" { (words.t("absence.post")) } select id="a-post" name="post" {
                    option value="" { (words.t("absence.all_posts")) }
                    @for post in posts { @if let Ok(party) = post.parse::<Party>() { option value=(post) { (look::party(visitor, &party)) } } }
                } }
                div { label for="a-matter" { (words.t("absence.matter")) } select id="a-matter" name="matter" {
                    option value="" { (words.t("absence.all_matters")) }
                    @for (id, title) in lists::matters(visitor, app) { option value=(id) { (title) } }
                } }
                button class="main" { (words.t("absence.enter")) }
            }
        }
    }
}

/// Enters one.
pub async fn enter(State(app): State<Arc<App>>, sent: Form) -> Result<Redirect, Problem> {
    let text = |name: &str| sent.fields.get(name).unwrap_or_default();
    let given = |name: &str| Some(text(name).to_owned()).filter(|t| !t.is_empty());
    let day = |name: &str| {
        text(name)
            .parse()
            .map_err(|_| Problem::new(Code::Malformed))
    };
    let wish = Wish {
        person: given("person"),
        deputy: text("deputy").to_owned(),
        from: day("from")?,
        to: day("to")?,
        posts: given("post").into_iter().collect(),
        matters: given("matter").into_iter().collect(),
    };
    app.enter_absence(&sent.visitor.caller, &wish).await?;
    Ok(Redirect::to("/settings/absence?saved=1"))
}

/// Ends one before its time.
pub async fn end(State(app): State<Arc<App>>, sent: Form) -> Result<Redirect, Problem> {
    let id = sent.fields.get("id").unwrap_or_default();
    app.end_absence(&sent.visitor.caller, id).await?;
    Ok(Redirect::to("/settings/absence?saved=1"))
}
