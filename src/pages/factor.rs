//! The second factor (G57): its code at the sign-in, the device that is to take it over, recovery codes, and what a person sets of it
//! for himself.

use super::proof::{code_field, code_hint, why};
use super::session::{Form, Guest, OpenForm, Visit, Visitor, half, keep_half, keep_id, onward};
use super::{layout, look};
use crate::directory::{Caller, Denied, Offer, Outstanding, Token};
use crate::web::App;
use crate::web::problem::{Code, Problem};
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use maud::{Markup, html};
use serde::Deserialize;
use std::sync::Arc;

/// Where to go on.
#[derive(Debug, Default, Deserialize)]
pub struct Coming {
    #[serde(default)]
    next: Option<String>,
}

/// Sends somebody whose password was right on to his code, or to a device he has to set up.
pub fn outstanding(half: &Token, what: Outstanding, next: &str, secure: bool) -> Response {
    let query = serde_urlencoded::to_string([("next", next)]).unwrap_or_default();
    let to = match what {
        Outstanding::Code => format!("/sign-in/code?{query}"),
        Outstanding::Device => format!("/sign-in/device?{query}"),
    };
    (keep_half(half.text(), secure), Redirect::to(&to)).into_response()
}

/// What is outstanding by the cookie; none: the password must be given again.
async fn begun(
    app: &App,
    guest: &Guest,
    headers: &HeaderMap,
) -> Result<Option<(String, Outstanding, Offer)>, Problem> {
    let Some(half) = half(headers, guest.secure) else {
        return Ok(None);
    };
    match app.directory.outstanding(half, app.wall.now()).await {
        Ok((what, offer)) => Ok(Some((half.to_owned(), what, offer))),
        Err(denied @ Denied::Store(_)) => Err(denied.into()),
        Err(_) => Ok(None),
    }
}

/// Back to the password, which was given too long ago.
fn again(next: &str) -> Response {
    let query = serde_urlencoded::to_string([("next", next), ("ended", "1")]);
    Redirect::to(&format!("/sign-in?{}", query.unwrap_or_default())).into_response()
}

/// Asks for the code, or shows the device what it is to take over.
pub async fn page(
    State(app): State<Arc<App>>,
    visit: Visit,
    Query(coming): Query<Coming>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let next = onward(coming.next.as_deref());
    let guest = visit.guest();
    Ok(match begun(&app, guest, &headers).await? {
        Some((_, Outstanding::Code, _)) => code(guest, &next, None).into_response(),
        Some((_, Outstanding::Device, offer)) => device(guest, &next, &offer, None).into_response(),
        None => again(&next),
    })
}

fn code(guest: &Guest, next: &str, told: Option<&str>) -> Markup {
    let words = guest.words;
    let body = html! {
        (notice(told))
        form method="post" action="/sign-in/code" class="stacked" {
            input type="hidden" name="next" value=(next);
            (code_field(guest, "code", told.is_some()))
            (code_hint(guest))
            button class="main" { (words.t("sign_in.do")) }
        }
        p class="hint" { (words.t("factor.lost")) }
        p { a href="/sign-in" { (words.t("factor.other")) } }
    };
    layout::bare(guest, &words.t("factor.title"), body)
}

fn device(guest: &Guest, next: &str, offer: &Offer, told: Option<&str>) -> Markup {
    let words = guest.words;
    let body = html! {
        (notice(told))
        p { (words.t("factor.needed")) }
        form method="post" action="/sign-in/device" class="stacked" {
            input type="hidden" name="next" value=(next);
            (take_over(guest, offer, told.is_some()))
            button class="main" { (words.t("factor.take")) }
        }
        p { a href="/sign-in" { (words.t("factor.other")) } }
    };
    layout::bare(guest, &words.t("factor.set_up"), body)
}

/// What a device reads, what is typed where there is no camera, and the field for its first code.
fn take_over(guest: &Guest, offer: &Offer, told: bool) -> Markup {
    let words = guest.words;
    html! {
        div id="code-hint" class="take-over" {
            (look::qr(&offer.address()))
            ol {
                li { (words.t("factor.app")) }
                li { (words.t("factor.scan")) }
                li { (words.t("factor.type")) }
            }
            p { (words.t("factor.secret")) " " code class="spoken" { (offer.spoken()) } }
        }
        (code_field(guest, "code", told))
    }
}

fn notice(told: Option<&str>) -> Markup {
    html! { @if let Some(told) = told { div id="told" class="notice bad" role="alert" { p { (told) } } } }
}

/// Recovery codes, which are shown this once.
fn recovery(guest: &Guest, codes: &[String], next: &str) -> Markup {
    let words = guest.words;
    html! {
        div class="notice good" role="status" { p { (words.t("factor.on")) } }
        p { (words.t("factor.keep")) }
        ol class="codes" { @for code in codes { li { code { (code) } } } }
        p class="actions" {
            button type="button" data-print { (words.t("factor.print")) }
            a class="button main" href=(next) { (words.t("factor.kept")) }
        }
    }
}

/// Lets somebody in by his code.
pub async fn by_code(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    sent: OpenForm,
) -> Result<Response, Problem> {
    let guest = sent.visit.guest();
    let next = onward(sent.fields.get("next"));
    let Some((half, ..)) = begun(&app, guest, &headers).await? else {
        return Ok(again(&next));
    };
    let given = sent.fields.get("code").unwrap_or_default();
    let signed = app.directory.second(&half, given, app.wall.now());
    match app.tried(sent.from, signed).await? {
        Ok((token, caller)) => {
            enter(&app, &sent.visit, &caller).await?;
            let keep = cookies(guest, &token);
            Ok((keep, Redirect::to(&next)).into_response())
        }
        Err(denied) => refused(guest, denied, &next, |told| code(guest, &next, Some(told))),
    }
}

/// Lets somebody in whose device has taken over what it was offered, and shows his recovery codes.
pub async fn by_device(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    sent: OpenForm,
) -> Result<Response, Problem> {
    let guest = sent.visit.guest();
    let next = onward(sent.fields.get("next"));
    let Some((half, _, offer)) = begun(&app, guest, &headers).await? else {
        return Ok(again(&next));
    };
    let given = sent.fields.get("code").unwrap_or_default();
    let signed = app.directory.with_device(&half, given, app.wall.now());
    match app.tried(sent.from, signed).await? {
        Ok((token, caller, codes)) => {
            enter(&app, &sent.visit, &caller).await?;
            let body = recovery(guest, &codes, &next);
            let page = layout::bare(guest, &guest.words.t("factor.codes"), body);
            Ok((cookies(guest, &token), page).into_response())
        }
        Err(denied) => refused(guest, denied, &next, |told| {
            device(guest, &next, &offer, Some(told))
        }),
    }
}

/// The former sign-in ends, and the new one acts in the first of its person's posts.
pub async fn enter(app: &App, before: &Visit, caller: &Caller) -> Result<(), Problem> {
    if let Visit::Visitor(before) = before {
        app.directory.sign_out(&before.caller).await?;
    }
    if let Some(post) = caller.held.first() {
        app.directory.act_as(caller, post, None).await?;
    }
    Ok(())
}

fn cookies(
    guest: &Guest,
    token: &Token,
) -> AppendHeaders<impl IntoIterator<Item = (header::HeaderName, String)>> {
    let (id, half) = (
        keep_id(token.text(), guest.secure),
        keep_half("", guest.secure),
    );
    AppendHeaders(id.into_iter().chain(half))
}

fn refused(
    guest: &Guest,
    denied: Denied,
    next: &str,
    page: impl FnOnce(&str) -> Markup,
) -> Result<Response, Problem> {
    match denied {
        Denied::Store(_) => Err(denied.into()),
        Denied::Expired | Denied::Unknown => Ok(again(next)),
        Denied::Resting(seconds) => {
            let after = [(header::RETRY_AFTER, seconds.to_string())];
            let page = page(&why(guest, &denied, true));
            Ok((StatusCode::TOO_MANY_REQUESTS, after, page).into_response())
        }
        denied => {
            let page = page(&why(guest, &denied, true));
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

/// What a person sets of his second factor.
pub async fn settings(State(app): State<Arc<App>>, visitor: Visitor) -> Result<Markup, Problem> {
    drawn(&app, &visitor, None).await
}

async fn drawn(app: &App, visitor: &Visitor, told: Option<&str>) -> Result<Markup, Problem> {
    let words = visitor.words;
    let accounts = app.directory.accounts();
    let factor = accounts.factor(&visitor.caller.id).await?;
    let left = accounts.recovery_left(&visitor.caller.id).await?;
    let offer = app.directory.for_device(&visitor.caller);
    let body = html! {
        (notice(told))
        form method="post" action="/settings/factor" class="panel" {
            (layout::token(visitor))
            @match &factor {
                Some(row) => {
                    p { (words.t("factor.since")) " " (look::time(row.since)) "。" (words.say("factor.left", &[("count", left.to_string())])) }
                    p class="actions" {
                        button name="do" value="codes" { (words.t("factor.new_codes")) }
                        @if !demanded(app, visitor) { button class="harm" name="do" value="off" { (words.t("factor.off")) } }
                    }
                }
                None => {
                    p { (words.t("factor.about")) }
                    (take_over(visitor, &offer, told.is_some()))
                    button class="main" name="do" value="device" { (words.t("factor.take")) }
                }
            }
        }
        p { a href="/settings" { (words.t("settings.title")) } }
    };
    Ok(layout::page(visitor, &words.t("factor.title"), body))
}

fn demanded(app: &App, visitor: &Visitor) -> bool {
    let account = visitor.caller.people.get(&*visitor.caller.id);
    account.is_some_and(|account| app.directory.demands(account))
}

/// Takes over a device, makes recovery codes anew, or gives the second factor up where none is demanded.
pub async fn set(State(app): State<Arc<App>>, sent: Form) -> Result<Response, Problem> {
    let visitor = &sent.visitor;
    sent.fresh(&app).await?;
    let accounts = app.directory.accounts();
    let factor = accounts.factor(&visitor.caller.id).await?;
    let codes = match (sent.fields.get("do"), factor) {
        (Some("device"), None) => {
            let given = sent.fields.get("code").unwrap_or_default();
            let taken = app
                .directory
                .own_device(&visitor.caller, given, app.wall.now());
            match taken.await {
                Ok(codes) => codes,
                Err(denied @ Denied::Store(_)) => return Err(denied.into()),
                Err(denied) => {
                    let page = drawn(&app, visitor, Some(&why(visitor, &denied, true))).await?;
                    return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
                }
            }
        }
        (Some("codes"), Some(_)) => app.directory.new_recovery(&visitor.caller.id).await?,
        (Some("off"), Some(_)) if !demanded(&app, visitor) => {
            accounts.drop_factor(&visitor.caller.id).await?;
            return Ok(Redirect::to("/settings/factor").into_response());
        }
        _ => return Err(Problem::new(Code::StateNotAllowed)),
    };
    let body = recovery(visitor, &codes, "/settings/factor");
    Ok(layout::page(visitor, &visitor.words.t("factor.codes"), body).into_response())
}
