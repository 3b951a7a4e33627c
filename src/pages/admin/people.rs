//! The directory to walk through: city, department, post, person; windows with phone and hours, who is asked when nobody answers, deputies
//! and absences. Security administrators change what persons may do.

use super::guard;
use crate::pages::session::{Form, Visitor};
use crate::pages::{layout, lists, look};
use crate::runtime::initials;
use crate::store::{AbsenceRow, AccountRow, RightsRow};
use crate::web::App;
use crate::web::absences::days;
use crate::web::problem::{Code, Problem};
use crate::web::rights::{Act, KEEPER, Wish};
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use engine::case::Party;
use engine::clock::civil;
use engine::network::City;
use maud::{Markup, html};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Persons that are listed; whoever wants others narrows the list.
pub const MOST: usize = 200;
/// Changes of rights that are shown.
const CHANGES: i64 = 30;
/// The longest text to look for, in characters.
const LONGEST: usize = 60;
/// Who is asked when nobody answers, of the same office.
const ASKED: [&str; 2] = ["lead", "supervisor"];

/// Where in the directory somebody is, and whom he looks for.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Asked {
    /// A city, six digits.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub city: String,
    /// A department of it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub department: String,
    /// A post of it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub post: String,
    /// A part of a name or id, or the initials of a name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub q: String,
    /// A person, by id.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub person: String,
}

impl Asked {
    fn address(&self) -> String {
        let query = serde_urlencoded::to_string(self).unwrap_or_default();
        format!("/admin/directory?{query}")
    }

    fn of(city: &str, department: &str, post: &str) -> Asked {
        Asked {
            city: city.to_owned(),
            department: department.to_owned(),
            post: post.to_owned(),
            ..Asked::default()
        }
    }

    /// True where nothing narrows the directory: the whole network.
    pub fn is_everywhere(&self) -> bool {
        let all = [
            &self.city,
            &self.department,
            &self.post,
            &self.q,
            &self.person,
        ];
        all.into_iter().all(String::is_empty)
    }

    /// True for a post that lies where somebody is.
    fn holds(&self, post: &Party) -> bool {
        let fits = |wanted: &str, is: &str| wanted.is_empty() || wanted == is;
        fits(&self.city, &post.city)
            && fits(&self.department, &post.department)
            && fits(&self.post, &post.post)
    }

    /// True for a person who is looked for.
    fn finds(&self, person: &AccountRow) -> bool {
        if !self.person.is_empty() {
            return person.id == self.person;
        }
        let here = posts(person).any(|post| self.holds(&post));
        let everywhere = self.city.is_empty() && self.department.is_empty() && self.post.is_empty();
        let q = self.q.trim().to_lowercase();
        let named = q.is_empty()
            || person.id.to_lowercase().contains(&q)
            || person.name.to_lowercase().contains(&q)
            || initials(&person.name).starts_with(&q);
        (here || everywhere) && named
    }
}

fn posts(person: &AccountRow) -> impl Iterator<Item = Party> {
    person.posts.iter().filter_map(|post| post.parse().ok())
}

/// Whoever is found, in the order of their ids.
pub fn found<'v>(visitor: &'v Visitor, asked: &Asked) -> Vec<&'v AccountRow> {
    let people = visitor.caller.people.values();
    people.filter(|person| asked.finds(person)).collect()
}

/// A person, as a link to what there is to say of him.
pub fn link(person: &AccountRow) -> Markup {
    let asked = Asked {
        person: person.id.clone(),
        ..Asked::default()
    };
    html! { a href=(asked.address()) { (person.name) } }
}

/// When a person is away, and who stands for him.
pub fn away(visitor: &Visitor, absences: &[AbsenceRow], person: &str) -> Markup {
    let words = visitor.words;
    html! { @for row in absences.iter().filter(|row| row.person == person) {
        @let (from, to) = days(row);
        div { (words.say("directory.away", &[("from", from.to_string()), ("to", to.to_string()), ("deputy", lists::person(visitor, &row.deputy))])) }
    } }
}

/// The way one has come, what lies below, and what may be done there.
pub async fn walk(
    app: &App,
    visitor: &Visitor,
    asked: &Asked,
    absences: &[AbsenceRow],
) -> Result<Markup, Problem> {
    let words = visitor.words;
    let changes = app.directory.accounts().rights_changes(CHANGES).await?;
    let network = &visitor.network;
    let city = network.city(&asked.city);
    let person = visitor.caller.people.get(&asked.person);
    let keeps = visitor.caller.holds(KEEPER);
    Ok(html! {
        @for row in changes.iter().filter(|row| row.state == "asked") { (waiting(visitor, row, keeps)) }
        form method="get" action="/admin/directory" class="filters" role="search" {
            span class="field" {
                label for="q" { (words.t("directory.who")) }
                input id="q" name="q" value=(asked.q) maxlength=(LONGEST) size="24";
            }
            button { (words.t("admin.search")) }
        }
        (way(visitor, asked, person))
        @match (person, city) {
            (Some(person), _) => (one(visitor, person, absences, keeps)),
            (None, Some(city)) if asked.department.is_empty() => (of_city(app, visitor, city)),
            (None, Some(_)) => (of_office(app, visitor, asked, keeps)),
            (None, None) => { @if asked.q.is_empty() { (cities(app, visitor)) } },
        }
        (record(visitor, &changes))
    })
}

/// From the network down to where one is.
fn way(visitor: &Visitor, asked: &Asked, person: Option<&AccountRow>) -> Markup {
    let words = visitor.words;
    let (city, department) = (&asked.city, &asked.department);
    html! {
        nav class="way" aria-label=(words.t("directory.way")) {
            a href="/admin/directory" { (words.t("directory.network")) }
            @if !city.is_empty() { " › " a href=(Asked::of(city, "", "").address()) { (look::city(visitor, city)) } }
            @if !department.is_empty() { " › " a href=(Asked::of(city, department, "").address()) { (look::department(visitor, department)) } }
            @if !asked.post.is_empty() { " › " span aria-current="page" { (look::post(visitor, &asked.post)) } }
            @if let Some(person) = person { " › " span aria-current="page" { (person.name) } }
        }
    }
}

fn count(visitor: &Visitor, asked: &Asked) -> usize {
    let people = visitor.caller.people.values();
    people
        .filter(|person| person.state == "active" && asked.finds(person))
        .count()
}

/// All cities: how they are reached, and how many persons they have.
fn cities(app: &App, visitor: &Visitor) -> Markup {
    let words = visitor.words;
    let network = &visitor.network;
    html! {
        div class="wide" tabindex="0" { table class="list cards places" {
            thead { tr { th { (words.t("board.city")) } th { (words.t("directory.windows")) } th { (words.t("directory.reached")) } th { (words.t("directory.persons")) } } }
            tbody { @for city in network.cities() {
                tr {
                    td { a href=(Asked::of(&city.code, "", "").address()) { (city.title(words.0)) } }
                    td class="number" data-h=(words.t("directory.windows")) { (network.windows(&city.code).count()) }
                    td { (look::reached(visitor, app, &city.code)) }
                    td class="number" data-h=(words.t("directory.persons")) { (count(visitor, &Asked::of(&city.code, "", ""))) }
                }
            } }
        } }
    }
}

/// A city: its windows, and its departments.
fn of_city(app: &App, visitor: &Visitor, city: &City) -> Markup {
    let words = visitor.words;
    let network = &visitor.network;
    html! {
        p { (words.t("directory.reached")) " " (look::reached(visitor, app, &city.code)) }
        ul class="picked" { @for window in network.windows(&city.code) { li { code { (window.id) } " " (words.of(&window.title)) } } }
        div class="wide" tabindex="0" { table class="list cards places" {
            thead { tr { th { (words.t("directory.department")) } th { (words.t("directory.office")) } th { (words.t("directory.persons")) } } }
            tbody { @for (id, department) in network.departments() {
                @let here = Asked::of(&city.code, id, "");
                @let persons = count(visitor, &here);
                @if department.in_every_city || persons > 0 {
                    tr {
                        td { a href=(here.address()) { (words.of(&department.title)) } }
                        td { (look::office(visitor, &city.code, id)) }
                        td class="number" data-h=(words.t("directory.persons")) { (persons) }
                    }
                }
            } }
        } }
    }
}

/// An office: its posts, who is asked when nobody answers, and somebody new.
fn of_office(app: &App, visitor: &Visitor, asked: &Asked, keeps: bool) -> Markup {
    let words = visitor.words;
    let network = &visitor.network;
    let posts = network
        .department(&asked.department)
        .map_or(&[][..], |d| d.posts.as_slice());
    let day = civil(app.runtime.clock().now()).date();
    let lead_city = network.parameter("lead_city", "", day);
    let lead_city = lead_city.and_then(|city| network.city(city.as_str()?));
    let holders = |asked: &Asked| {
        let all = found(visitor, asked).into_iter();
        let all: Vec<&str> = all
            .filter(|p| p.state == "active")
            .map(|p| p.name.as_str())
            .collect();
        match all.is_empty() {
            true => words.t("directory.nobody"),
            false => words.list(&all),
        }
    };
    html! {
        p class="kinds" { @for post in posts {
            @let here = Asked::of(&asked.city, &asked.department, post);
            a href=(here.address()) aria-current=[(*post == asked.post).then_some("true")] { (look::post(visitor, post)) " " (count(visitor, &here)) }
        } }
        dl class="facts" {
            @for post in ASKED {
                @let here = Asked::of(&asked.city, &asked.department, post);
                div class="fact" { dt { (words.word("directory.asks", post)) } dd { (holders(&here)) } }
            }
            @if let Some(city) = lead_city {
                @let there = Asked::of(&city.code, "si", "supervisor");
                div class="fact" { dt { (words.t("directory.lead_city")) " " (city.title(words.0)) } dd { (holders(&there)) } }
            }
        }
        @if keeps {
            details { summary class="button" { (words.t("directory.add")) }
                form method="post" action="/admin/directory" class="panel" {
                    (layout::token(visitor)) (back(visitor))
                    input type="hidden" name="city" value=(asked.city);
                    div class="filters" {
                        div { label for="new-id" { (words.t("admin.id")) } input id="new-id" name="account" required maxlength="64" autocapitalize="none" spellcheck="false"; }
                        div { label for="new-name" { (words.t("admin.person")) } input id="new-name" name="name" required maxlength="60"; }
                        div { label for="new-post" { (words.t("admin.posts")) } select id="new-post" name="post" {
                            @for post in posts { option value=(format!("{}/{post}", asked.department)) selected[*post == asked.post] { (look::post(visitor, post)) } }
                        } }
                        (why(visitor, "new"))
                        button class="main" name="act" value="add" { (words.t("directory.add")) }
                    }
                    p class="hint" { (words.t("directory.second")) }
                }
            }
        }
    }
}

/// A person: his posts one by one, and what may be changed.
fn one(visitor: &Visitor, person: &AccountRow, absences: &[AbsenceRow], keeps: bool) -> Markup {
    let words = visitor.words;
    let keeps = keeps && person.kind == "person" && *person.id != *visitor.caller.id;
    let active = person.state == "active";
    html! {
        section class="panel" {
            h2 { (person.name) " " code { (person.id) } " " span class="chip" { (words.word("account", &person.state)) } }
            (away(visitor, absences, &person.id))
            ul { @for post in posts(person) {
                li {
                    a href=(Asked::of(&post.city, &post.department, &post.post).address()) { (look::party(visitor, &post)) }
                    @if keeps && active {
                        (change(visitor, person, "take", html! { input type="hidden" name="post" value=(post); }))
                    }
                }
            } }
            @if keeps && active {
                (change(visitor, person, "give", html! {
                    div { label for="give-city" { (words.t("board.city")) } select id="give-city" name="city" {
                        @for city in visitor.network.cities() { option value=(city.code) { (city.title(words.0)) } }
                    } }
                    div { label for="give-post" { (words.t("admin.posts")) } select id="give-post" name="post" {
                        @for (id, department) in visitor.network.departments() { @for post in &department.posts {
                            option value=(format!("{id}/{post}")) { (look::department(visitor, id)) " · " (look::post(visitor, post)) }
                        } }
                    } }
                }))
                (change(visitor, person, "disable", html! {}))
            }
            @if keeps && !active { (change(visitor, person, "enable", html! {})) }
            @if keeps { p class="hint" { (words.t("directory.second")) } }
        }
    }
}

/// A small form that changes one thing, with a reason.
fn change(visitor: &Visitor, person: &AccountRow, act: &str, fields: Markup) -> Markup {
    let words = visitor.words;
    let label = words.word("directory.act", act);
    html! {
        details class="change" { summary class="button" { (label) }
            form method="post" action="/admin/directory" {
                (layout::token(visitor)) (back(visitor))
                input type="hidden" name="account" value=(person.id);
                div class="filters" { (fields) (why(visitor, act)) button name="act" value=(act) { (label) } }
            }
        }
    }
}

fn why(visitor: &Visitor, of: &str) -> Markup {
    let id = format!("why-{of}");
    html! { div { label for=(id) { (visitor.words.t("act.reason")) } input id=(id) name="reason" required maxlength="200"; } }
}

fn back(visitor: &Visitor) -> Markup {
    html! { input type="hidden" name="back" value=(visitor.here); }
}

/// What was asked for, with the way to agree for everybody else who may.
fn waiting(visitor: &Visitor, row: &RightsRow, keeps: bool) -> Markup {
    let words = visitor.words;
    let me = &*visitor.caller.id;
    let agrees = keeps && row.asked_by != me && row.account != me;
    html! {
        div class="notice warn" {
            p { (told(visitor, row)) }
            @if keeps {
                form method="post" action="/admin/directory" class="actions" {
                    (layout::token(visitor)) (back(visitor))
                    @if agrees { button class="main" name="agree" value=(row.id) { (words.t("directory.agree")) } }
                    @else { span class="hint" { (words.t("factors.other")) } }
                    button name="drop" value=(row.id) { (words.t("directory.drop")) }
                }
            }
        }
    }
}

/// Who asked what for whom, when and why; and who settled it.
fn told(visitor: &Visitor, row: &RightsRow) -> Markup {
    let words = visitor.words;
    let post = match row.post.parse() {
        Ok(post) => crate::pages::happened::party_text(visitor, &post),
        Err(_) => String::new(),
    };
    let who = match row.name.as_str() {
        "" => lists::person(visitor, &row.account),
        name => format!("{name} {}", row.account),
    };
    let args = [
        ("by", lists::person(visitor, &row.asked_by)),
        ("who", who),
        ("post", post),
        ("reason", row.reason.clone()),
    ];
    html! {
        (look::time(row.asked)) " " (words.tell("directory.told", &row.act, &args).unwrap_or_default())
        @if let (Some(at), Some(by)) = (row.settled, &row.settled_by) {
            " · " (look::time(at)) " " (lists::person(visitor, by)) " " (words.word("directory.is", &row.state))
        }
    }
}

fn record(visitor: &Visitor, changes: &[RightsRow]) -> Markup {
    let settled: Vec<&RightsRow> = changes.iter().filter(|row| row.state != "asked").collect();
    html! {
        @if !settled.is_empty() {
            details { summary { (visitor.words.t("directory.record")) }
                ul { @for row in settled { li { (told(visitor, row)) } } }
            }
        }
    }
}

/// Changes what somebody may do, agrees to what another asked, or drops it.
pub async fn change_rights(State(app): State<Arc<App>>, sent: Form) -> Result<Response, Problem> {
    let visitor = &sent.visitor;
    guard(&app, visitor, "directory")?;
    sent.fresh(&app).await?;
    let field = |name: &str| sent.fields.get(name).unwrap_or_default().trim().to_owned();
    let number = |text: &str| text.parse().map_err(|_| Problem::new(Code::Malformed));
    let caller = &visitor.caller;
    match (sent.fields.get("agree"), sent.fields.get("drop")) {
        (Some(id), _) => {
            if let Some(password) = app.agree_to_rights(caller, number(id)?).await? {
                return Ok(first_password(visitor, &password).into_response());
            }
        }
        (None, Some(id)) => app.drop_rights(caller, number(id)?).await?,
        (None, None) => {
            let act = Act::named(&field("act")).ok_or_else(|| Problem::new(Code::Malformed))?;
            let (city, post) = (field("city"), field("post"));
            let wish = Wish {
                act,
                account: field("account"),
                name: field("name"),
                post: match city.is_empty() {
                    true => post,
                    false => format!("{city}/{post}"),
                },
                reason: field("reason"),
            };
            app.change_rights(caller, &wish).await?;
        }
    }
    let back = crate::pages::session::onward(sent.fields.get("back"));
    Ok(Redirect::to(&back).into_response())
}

/// The first password of somebody new, which is kept nowhere.
fn first_password(visitor: &Visitor, password: &str) -> Markup {
    let words = visitor.words;
    let body = html! {
        div class="notice good" role="status" {
            p { (words.t("directory.first")) }
            p { code class="secret" { (password) } }
        }
        p class="actions" { a class="button main" href="/admin/directory" { (words.t("together.back")) } }
    };
    super::page(visitor, "directory", &body)
}
