//! Absences: who is away, who stands for him, and a form to enter one, which stands as it was typed until it is right.

use super::lists;
use super::session::{Fields, Form, Visitor};
use super::{layout, look};
use crate::directory::may_be_handed_over;
use crate::store::{AbsenceRow, AccountRow};
use crate::web::App;
use crate::web::absences::{Wish, days, may_enter, same_office};
use crate::web::problem::Problem;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
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

/// The form as it was typed, and what is wrong with it.
struct Typed<'t> {
    fields: &'t Fields,
    problem: Option<&'t Problem>,
}

impl Typed<'_> {
    fn is(&self, name: &str, value: &str) -> bool {
        self.fields.get(name) == Some(value)
    }

    /// What is wrong with a field; one left empty must be filled in.
    fn wrong(&self, visitor: &Visitor, name: &str) -> Option<String> {
        let mut errors = self.problem?.errors().iter();
        let at = |pointer: &str| pointer.trim_start_matches('/').trim_end_matches('s') == name;
        let error = errors.find(|error| at(&error.pointer))?;
        Some(match self.fields.get(name).unwrap_or_default() {
            "" => visitor.words.t("act.must"),
            _ => visitor.words.of(&error.message).to_owned(),
        })
    }

    /// A field with its label, and what is wrong with it.
    fn field(&self, visitor: &Visitor, name: &str, label: &str, input: &Markup) -> Markup {
        let wrong = self.wrong(visitor, name);
        html! {
            div class={ "field" @if wrong.is_some() { " wrong" } } {
                label for={ "a-" (name) } { (label) }
                @if let Some(wrong) = wrong { p id={ "a-" (name) "-wrong" } class="error" role="alert" { (wrong) } }
                (input)
            }
        }
    }
}

/// The absences the visitor may know of, and the form.
pub async fn page(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Query(coming): Query<Coming>,
) -> Result<Markup, Problem> {
    let typed = Typed {
        fields: &Fields::default(),
        problem: None,
    };
    written(&app, &visitor, coming.saved.is_some(), &typed).await
}

async fn written(
    app: &App,
    visitor: &Visitor,
    saved: bool,
    typed: &Typed<'_>,
) -> Result<Markup, Problem> {
    let words = visitor.words;
    let rows = app.absences(&visitor.caller).await?;
    let today = engine::clock::civil(app.runtime.clock().now())
        .date()
        .to_string();
    let body = html! {
        @if saved { div class="notice good" role="status" { p { (words.t("settings.saved")) } } }
        @if let Some(problem) = typed.problem { div class="notice bad" role="alert" { p { (words.of(problem.message())) } } }
        p class="hint" { (words.t("absence.hint")) }
        @if rows.is_empty() { div class="panel empty" { p { (words.t("absence.none")) } } }
        @else { div class="wide" { table class="list" {
            thead { tr { @for head in ["person", "deputy", "from", "to", "scope", "entered_by"] { th scope="col" { (words.word("absence.head", head)) } } th scope="col" { span class="unseen" { (words.t("absence.end")) } } } }
            tbody { @for row in &rows { (line(app, visitor, row)) } }
        } } }
        @if visitor.caller.stands_for.is_none() { (form(app, visitor, &today, typed)) }
    };
    Ok(layout::page(visitor, &words.t("absence.title"), body))
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

/// Whether somebody holds a post in which another may stand for him.
fn stands(person: &AccountRow) -> bool {
    let mut posts = person.posts.iter().filter_map(|p| p.parse().ok());
    posts.any(|post: Party| may_be_handed_over(&post))
}

fn form(app: &App, visitor: &Visitor, today: &str, typed: &Typed) -> Markup {
    let words = visitor.words;
    let caller = &visitor.caller;
    let all = caller
        .people
        .values()
        .filter(|p| p.state == "active" && p.kind == "person" && stands(p));
    let all: Vec<&AccountRow> = all.collect();
    let mut mine: Vec<&AccountRow> = all.clone();
    mine.retain(|p| may_enter(caller, p));
    mine.sort_by_key(|p| *p.id != *caller.id);
    // Nobody stands for himself.
    let beside = |p: &AccountRow| mine.iter().any(|m| m.id != p.id && same_office(m, p));
    let mut deputies = all;
    deputies.retain(|p| beside(p));
    let posts: BTreeSet<&String> = mine.iter().flat_map(|p| &p.posts).collect();
    let people = |name: &str, list: &[&AccountRow]| html! { @for p in list { option value=(p.id) selected[typed.is(name, &p.id)] { (p.name) } } };
    let bad = |name: &str| typed.wrong(visitor, name).map(|_| "true");
    let told = |name: &str| bad(name).map(|_| format!("a-{name}-wrong"));
    let field = |name: &str, label: &str, input: Markup| typed.field(visitor, name, label, &input);
    let day = |name: &str| {
        let value = typed.fields.get(name).unwrap_or(today);
        html! { input id={ "a-" (name) } type="date" name=(name) value=(value) required aria-invalid=[bad(name)] aria-describedby=[told(name)]; }
    };
    let select = |name: &str, must: bool, options: Markup| html! { select id={ "a-" (name) } name=(name) required[must] aria-invalid=[bad(name)] aria-describedby=[told(name)] { (options) } };
    html! {
        form method="post" action="/settings/absence" class="panel absence" {
            (layout::token(visitor))
            h2 { (words.t("absence.new")) }
            div class="filters" {
                (field("person", &words.word("absence.head", "person"), select("person", false, people("person", &mine))))
                (field("deputy", &words.word("absence.head", "deputy"), select("deputy", true, html! { option value="" {} (people("deputy", &deputies)) })))
                (field("from", &words.word("absence.head", "from"), day("from")))
                (field("to", &words.word("absence.head", "to"), day("to")))
                (field("post", &words.t("absence.post"), select("post", false, html! {
                    option value="" { (words.t("absence.all_posts")) }
                    @for post in posts { @if let Ok(party) = post.parse::<Party>() { option value=(post) selected[typed.is("post", post)] { (look::party(visitor, &party)) } } }
                })))
                (field("matter", &words.t("absence.matter"), select("matter", false, html! {
                    option value="" { (words.t("absence.all_matters")) }
                    @for (id, title) in lists::matters(visitor, app) { option value=(id) selected[typed.is("matter", &id)] { (title) } }
                })))
                button class="main" { (words.t("absence.enter")) }
            }
        }
    }
}

fn wish(fields: &Fields) -> Result<Wish, Problem> {
    let text = |name: &str| fields.get(name).unwrap_or_default();
    let given = |name: &str| Some(text(name).to_owned()).filter(|t| !t.is_empty());
    let day = |name: &str| {
        let what = [("what", text(name).to_owned())];
        let wrong = |_| Problem::field(&format!("/{name}"), "absence.days", &what);
        text(name).parse().map_err(wrong)
    };
    Ok(Wish {
        person: given("person"),
        deputy: text("deputy").to_owned(),
        from: day("from")?,
        to: day("to")?,
        posts: given("post").into_iter().collect(),
        matters: given("matter").into_iter().collect(),
    })
}

/// Enters one; refused for what was typed, the form stands as it was, with what is wrong at its field.
pub async fn enter(State(app): State<Arc<App>>, sent: Form) -> Result<Response, Problem> {
    let visitor = &sent.visitor;
    let done = match wish(&sent.fields) {
        Ok(wish) => app.enter_absence(&visitor.caller, &wish).await.map(drop),
        Err(problem) => Err(problem),
    };
    match done {
        Ok(()) => Ok(Redirect::to("/settings/absence?saved=1").into_response()),
        Err(problem) if !problem.errors().is_empty() => {
            let typed = Typed {
                fields: &sent.fields,
                problem: Some(&problem),
            };
            let page = written(&app, visitor, false, &typed).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(problem) => Err(problem),
    }
}

/// Ends one before its time.
pub async fn end(State(app): State<Arc<App>>, sent: Form) -> Result<Redirect, Problem> {
    let id = sent.fields.get("id").unwrap_or_default();
    app.end_absence(&sent.visitor.caller, id).await?;
    Ok(Redirect::to("/settings/absence?saved=1"))
}
