//! What went wrong, as a page: what it was, what to do next, and for a fault of ours the number under which the log holds it.

use super::layout;
use super::look;
use super::proof;
use super::session::{Visit, Visitor};
use super::words::Words;
use crate::web::problem::Problem;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use engine::case::Party;
use maud::{Markup, html};

/// The post that looks after accounts and rights.
const GRANTS: &str = "security-admin";

/// A problem, written for whoever reads pages.
pub fn written(problem: &Problem, visit: &Visit, number: &str, kept: &HeaderMap) -> Response {
    let status = problem.code().status();
    if status == StatusCode::UNAUTHORIZED {
        return to_sign_in(visit);
    }
    if let (Visit::Visitor(visitor), Some(held)) = (visit, problem.held()) {
        return (status, proof::page(visitor, held)).into_response();
    }
    let guest = visit.guest();
    let title = guest.words.word("fault", group(status));
    let body = body(problem, guest.words, number);
    if guest.partial {
        return in_place(problem, body);
    }
    let page = match visit {
        Visit::Visitor(visitor) if status == StatusCode::FORBIDDEN => {
            layout::page(visitor, &title, html! { (body) (who_grants(visitor)) })
        }
        Visit::Visitor(visitor) => layout::page(visitor, &title, body),
        Visit::Guest(guest) => layout::bare(guest, &title, body),
    };
    let mut response = (status, page).into_response();
    let headers = response.headers_mut();
    if let Some(seconds) = problem.retry_after() {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    if let Some(allow) = kept.get(header::ALLOW) {
        headers.insert(header::ALLOW, allow.clone());
    }
    response
}

/// Whoever is not signed in does so first, and comes back to where he was.
fn to_sign_in(visit: &Visit) -> Response {
    let guest = visit.guest();
    let query = [("next", guest.here.as_str())];
    let ended = guest.ended.then_some(("ended", "1"));
    let query: Vec<(&str, &str)> = query.into_iter().chain(ended).collect();
    let query = serde_urlencoded::to_string(query).unwrap_or_default();
    let address = format!("/sign-in?{query}");
    match guest.partial {
        false => Redirect::to(&address).into_response(),
        true => {
            let to = HeaderName::from_static("hx-redirect");
            (StatusCode::UNAUTHORIZED, [(to, address)], html! {}).into_response()
        }
    }
}

/// What went wrong with a part of a page is told in that page, where it tells such things; nothing that was typed goes.
fn in_place(problem: &Problem, body: Markup) -> Response {
    let told = html! { div id="told" { (body) } };
    let headers = [("hx-retarget", "#told"), ("hx-reswap", "outerHTML")];
    let mut response = (problem.code().status(), headers, told).into_response();
    if let Some(seconds) = problem.retry_after() {
        let headers = response.headers_mut();
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// Which heading a status has.
fn group(status: StatusCode) -> &'static str {
    match status.as_u16() {
        403 => "forbidden",
        404 | 405 => "not_found",
        409 | 412 => "conflict",
        422 => "invalid",
        429 => "rate",
        503 => "unavailable",
        500.. => "internal",
        _ => "malformed",
    }
}

/// Who could give the visitor what he lacks: those who look after rights, those of his own city first, each with the phone of his city.
fn who_grants(visitor: &Visitor) -> Markup {
    let city = visitor.acting().map(|post| post.city.as_str());
    let people = visitor.caller.people.values();
    let mut grants: Vec<(bool, String, &str)> = people
        .filter(|person| person.state == "active")
        .flat_map(|person| {
            let posts = person
                .posts
                .iter()
                .filter_map(|post| post.parse::<Party>().ok());
            let posts = posts.filter(|post| post.post == GRANTS);
            posts.map(|post| {
                let elsewhere = Some(post.city.as_str()) != city;
                let known = visitor.network.city(&post.city);
                let phone = known.map_or("", |city| city.duty_phone.as_str());
                let office = format!("{} {}", look::city(visitor, &post.city), person.name);
                (elsewhere, office, phone)
            })
        })
        .collect();
    grants.sort();
    let names = grants
        .iter()
        .take(3)
        .map(|(_, office, phone)| format!("{office} {phone}").trim().to_owned());
    let names = [("names", visitor.words.list(&names.collect::<Vec<_>>()))];
    html! { @if !grants.is_empty() { p { (visitor.words.say("fault.grants", &names)) } } }
}

fn body(problem: &Problem, words: Words, number: &str) -> Markup {
    let ours = problem.code().status().is_server_error();
    html! {
        div class="notice bad" role="alert" {
            p { (words.of(problem.message())) }
            @if !problem.errors().is_empty() {
                ul { @for error in problem.errors() { li { (words.of(&error.message)) } } }
            }
            @if ours { p { (words.say("fault.number", &[("number", number.to_owned())])) } }
        }
        p { a class="button" href="/work" { (words.t("fault.back")) } }
    }
}
