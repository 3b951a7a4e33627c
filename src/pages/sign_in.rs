//! Signing in and out.

use super::session::{Form, Guest, OpenForm, Visit, keep_id, onward};
use super::{factor, layout};
use crate::directory::Denied;
use crate::web::App;
use crate::web::problem::Problem;
use axum::extract::{Query, State};
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use serde::Deserialize;
use std::sync::Arc;

/// Where to go on, and whether a sign-in has ended.
#[derive(Debug, Default, Deserialize)]
pub struct Coming {
    /// The address that asked for a sign-in.
    #[serde(default)]
    next: Option<String>,
    /// A sign-in has ended by time.
    #[serde(default)]
    ended: Option<String>,
    /// Until when what was typed has been kept.
    #[serde(default)]
    saved: Option<String>,
}

/// The page to sign in; whoever has done so goes on.
pub async fn page(visit: Visit, Query(coming): Query<Coming>) -> Response {
    let next = onward(coming.next.as_deref());
    match visit {
        Visit::Visitor(_) => Redirect::to(&next).into_response(),
        Visit::Guest(guest) => {
            let words = guest.words;
            let saved = coming
                .saved
                .map(|at| words.say("sign_in.saved", &[("at", at)]));
            let ended = saved.or(coming.ended.map(|_| words.t("sign_in.ended")));
            form(
                &guest,
                &next,
                "",
                ended.as_deref().map(|told| ("warn", told)),
            )
            .into_response()
        }
    }
}

/// Lets somebody in by password: under a new id, acting in the first of his posts.
pub async fn sign_in(State(app): State<Arc<App>>, sent: OpenForm) -> Result<Response, Problem> {
    let field = |name| sent.fields.get(name).unwrap_or_default();
    let (user, next) = (field("user").trim(), onward(sent.fields.get("next")));
    let now = app.wall.now();
    let guest = sent.visit.guest();
    let signed = app
        .directory
        .sign_in(user, field("password").to_owned(), now);
    let (token, caller) = match app.tried(sent.from, signed).await? {
        Ok(signed) => signed,
        Err(denied @ Denied::Store(_)) => return Err(denied.into()),
        Err(Denied::Half(half, what)) => {
            return Ok(factor::outstanding(&half, what, &next, guest.secure));
        }
        Err(denied) => return Ok(refused(guest, &next, user, &denied)),
    };
    factor::enter(&app, &sent.visit, &caller).await?;
    Ok((keep_id(token.text(), guest.secure), Redirect::to(&next)).into_response())
}

/// Wrong name and wrong password read alike.
fn refused(guest: &Guest, next: &str, user: &str, denied: &Denied) -> Response {
    let words = guest.words;
    match denied {
        Denied::Resting(seconds) => {
            let minutes = (seconds + 59) / 60;
            let told = words.say("sign_in.resting", &[("minutes", minutes.to_string())]);
            let after: [(HeaderName, String); 1] = [(header::RETRY_AFTER, seconds.to_string())];
            let page = form(guest, next, user, Some(("bad", &told)));
            (StatusCode::TOO_MANY_REQUESTS, after, page).into_response()
        }
        _ => {
            let page = form(guest, next, user, Some(("bad", &words.t("sign_in.wrong"))));
            (StatusCode::UNPROCESSABLE_ENTITY, page).into_response()
        }
    }
}

fn form(guest: &Guest, next: &str, user: &str, told: Option<(&str, &str)>) -> Markup {
    let words = guest.words;
    let body = html! {
        @if let Some((kind, told)) = told {
            div id="told" class={ "notice " (kind) } role="alert" { p { (told) } }
        }
        form method="post" action="/sign-in" class="stacked" {
            input type="hidden" name="next" value=(next);
            label for="user" { (words.t("sign_in.user")) }
            input id="user" name="user" value=(user) autocomplete="username" autocapitalize="none" spellcheck="false"
                required autofocus[user.is_empty()] aria-describedby=[told.map(|_| "told")];
            label for="password" { (words.t("sign_in.password")) }
            input id="password" name="password" type="password" autocomplete="current-password" required autofocus[!user.is_empty()];
            button class="main" { (words.t("sign_in.do")) }
        }
    };
    layout::bare(guest, &words.t("sign_in.title"), body)
}

/// Ends the sign-in at once, on the server too.
pub async fn sign_out(State(app): State<Arc<App>>, sent: Form) -> Result<Response, Problem> {
    app.directory.sign_out(&sent.visitor.caller).await?;
    let forget = keep_id("", sent.visitor.secure);
    Ok((forget, Redirect::to("/sign-in")).into_response())
}
