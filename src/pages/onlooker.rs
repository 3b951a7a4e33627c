//! An administrator who looks as a post: which pages he may open, what goes on record, and the bar that tells him so.

use super::happened::party_text;
use super::layout;
use super::lists;
use super::session::{Form, Visit, Visitor};
use crate::directory::Look;
use crate::web::App;
use crate::web::problem::{Code, Problem};
use crate::web::readings::Kind;
use axum::extract::State;
use axum::http::{Method, Uri};
use axum::response::Redirect;
use maud::{Markup, html};
use std::sync::Arc;

/// Lists that are open to him, and how they are called on record.
const LISTS: [(&str, &str); 5] = [
    ("/work", "work"),
    ("/cases", "cases"),
    ("/board", "board"),
    ("/board/trends", "trends"),
    ("/network", "network"),
];
/// Pages of one case, each of which goes on record by itself.
const ONE: [&str; 3] = ["/tasks/", "/cases/", "/cards/"];
/// What he may send: none of it does anything to a case.
const SENT: [&str; 3] = ["/look-as/end", "/sign-out", "/language"];

/// Lets a visitor on who looks as himself. Whoever looks as a post comes no further than that is meant for, and it is on record before.
pub async fn enter(app: &App, visit: &Visit, method: &Method, uri: &Uri) -> Result<(), Problem> {
    let Visit::Visitor(visitor) = visit else {
        return Ok(());
    };
    if visitor.caller.looks_as.is_none() {
        return Ok(());
    }
    let path = uri.path();
    if method != Method::GET {
        return match SENT.contains(&path) {
            true => Ok(()),
            false => Err(barred()),
        };
    }
    if let Some((_, name)) = LISTS.iter().find(|(list, _)| *list == path) {
        let query = uri.query().map(|query| format!("?{query}"));
        let what = format!("{name}{}", query.unwrap_or_default());
        return app
            .record(&visitor.caller, Kind::Read, None, &what, "")
            .await;
    }
    match path == "/" || path == "/session" || one(path) {
        true => Ok(()),
        false => Err(barred()),
    }
}

/// A page of one case itself, nothing below it.
fn one(path: &str) -> bool {
    let mut rest = ONE.iter().filter_map(|start| path.strip_prefix(start));
    rest.any(|rest| !rest.is_empty() && !rest.contains('/'))
}

/// True for a place of the menu that the visitor may open now.
pub fn open_to(visitor: &Visitor, path: &str) -> bool {
    visitor.caller.looks_as.is_none() || LISTS.iter().any(|(list, _)| *list == path)
}

/// The refusal of whatever is more than looking.
pub fn barred() -> Problem {
    Problem::says(Code::Forbidden, "api.onlooker", &[])
}

/// As what the visitor looks, until when, and the way back.
pub fn bar(visitor: &Visitor, look: &Look) -> Markup {
    let words = visitor.words;
    let args = [
        ("post", party_text(visitor, &look.post)),
        ("until", lists::instant(look.until.as_millisecond())),
    ];
    html! {
        aside class="onlooker" aria-label=(words.t("onlooker.title")) {
            form method="post" action="/look-as/end" {
                (layout::token(visitor))
                p { strong { (words.say("onlooker.as", &args)) } }
                button { (words.t("onlooker.end")) }
            }
        }
    }
}

/// Ends the look.
pub async fn end(State(app): State<Arc<App>>, sent: Form) -> Result<Redirect, Problem> {
    let caller = &sent.visitor.caller;
    if let Some(look) = &caller.looks_as {
        let what = format!("onlooker_end {}", look.post);
        app.record(caller, Kind::Read, None, &what, "").await?;
        app.directory.look_no_more(caller).await?;
    }
    Ok(Redirect::to("/admin/look-as"))
}
