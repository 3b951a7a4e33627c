//! The applicant's own page: looked up by number and query code, or opened by his link; public, for phones first, without scripts.
//!
//! The first screen answers where it is, who has it, by when it will be done, and what he must do. Everything he may do he does here, as
//! the applicant: the engine knows what that is. Whoever has the link may act, so that no other token is needed beside it.

mod act;
mod decision;
mod offer;
mod steps;

pub use act::{paper, rate, task, withdraw};

use super::layout;
use super::session::{Guest, OpenForm, Visit};
use crate::runtime::{Seen, heading};
use crate::web::App;
use crate::web::caller::Source;
use crate::web::problem::{Code, Problem};
use crate::web::progress::{Progress, shown, stands_still};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use engine::case::{Recognition, Status};
use engine::clock::civil;
use jiff::Timestamp;
use maud::{Markup, html};
use offer::Typed;
use serde::Deserialize;
use std::sync::Arc;

/// The cookie of the large print.
const LARGE: &str = "onenet-large";
/// The grades, best first.
const GRADES: [u8; 5] = [5, 4, 3, 2, 1];

/// What an address may say besides.
#[derive(Debug, Default, Deserialize)]
pub struct Coming {
    /// What was just done: a key of `progress.told`.
    #[serde(default)]
    told: Option<String>,
}

/// The form to look a case up.
pub async fn page(visit: Visit, headers: HeaderMap) -> Markup {
    look_up_form(visit.guest(), &headers, "", None)
}

/// Looks a case up, and goes on to the applicant's link.
pub async fn look_up(
    State(app): State<Arc<App>>,
    Source(from): Source,
    headers: HeaderMap,
    sent: OpenForm,
) -> Result<Response, Problem> {
    let field = |name| sent.fields.get(name).unwrap_or_default();
    let guest = sent.visit.guest();
    match app.look_up(field("number"), field("code"), from).await {
        Ok(seen) => {
            let link = app.runtime.kept_link(&seen).await?;
            Ok(Redirect::to(&format!("/p/{link}")).into_response())
        }
        Err(problem) if problem.code() == Code::NotFound => {
            let told = guest.words.t("progress.unknown");
            let page = look_up_form(guest, &headers, field("number").trim(), Some(&told));
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(problem) => Err(problem),
    }
}

fn look_up_form(guest: &Guest, headers: &HeaderMap, number: &str, told: Option<&str>) -> Markup {
    let words = guest.words;
    let body = html! {
        h1 { (words.t("progress.title")) }
        @if let Some(told) = told {
            div id="told" class="notice bad" role="alert" { p { (told) } }
        }
        form method="post" action="/progress" class="panel stacked" {
            label for="number" { (words.t("progress.number")) }
            input id="number" name="number" value=(number) autocomplete="off" autocapitalize="characters" spellcheck="false"
                required maxlength="64" aria-describedby=[told.map(|_| "told")];
            label for="code" { (words.t("progress.code")) }
            input id="code" name="code" inputmode="numeric" autocomplete="one-time-code" required maxlength="12" aria-describedby="where";
            p id="where" class="hint" { (words.t("progress.where")) }
            button class="main" { (words.t("progress.do")) }
        }
    };
    layout::for_applicants(guest, &words.t("progress.title"), is_large(headers), body)
}

/// Switches the large print.
pub async fn large(headers: HeaderMap, sent: OpenForm) -> Response {
    let next = super::session::onward(sent.fields.get("next"));
    let (now, age) = match is_large(&headers) {
        true => ("", 0),
        false => ("1", 31_536_000),
    };
    let cookie = format!("{LARGE}={now}; HttpOnly; SameSite=Lax; Path=/; Max-Age={age}");
    ([(header::SET_COOKIE, cookie)], Redirect::to(&next)).into_response()
}

fn is_large(headers: &HeaderMap) -> bool {
    super::session::cookie(headers, LARGE) == Some("1")
}

/// A case, by its link.
pub async fn case(
    State(app): State<Arc<App>>,
    visit: Visit,
    Source(from): Source,
    headers: HeaderMap,
    Path(link): Path<String>,
    Query(coming): Query<Coming>,
) -> Result<Response, Problem> {
    let reader = Reader::of(&app, visit.guest(), &headers, &link);
    match app.runtime.by_link(&link).await? {
        Some(seen) => {
            app.record_applicant(from, seen.id, "progress").await?;
            let told = match &coming.told {
                Some(what) => reader.told(&seen, what).await?,
                None => None,
            };
            Ok(reader
                .page(&seen, told, Typed::default())
                .await?
                .into_response())
        }
        None => Ok(reader.gone()),
    }
}

/// `2026-11-25`
fn day(at: Timestamp) -> String {
    civil(at).strftime("%Y-%m-%d").to_string()
}

/// Who reads, and by which link.
struct Reader<'a> {
    app: &'a App,
    guest: &'a Guest,
    large: bool,
    link: &'a str,
}

/// What stands on top of the page.
enum Told {
    Good(String),
    Bad(String),
}

impl<'a> Reader<'a> {
    fn of(app: &'a App, guest: &'a Guest, headers: &HeaderMap, link: &'a str) -> Self {
        Reader {
            app,
            guest,
            large: is_large(headers),
            link,
        }
    }

    /// The link opens nothing: it never did, or was made anew since.
    fn gone(&self) -> Response {
        let words = self.guest.words;
        let title = words.t("progress.gone");
        let body = html! {
            h1 { (title) }
            p { (words.t("progress.gone_help")) }
            p { a class="button" href="/progress" { (words.t("progress.title")) } }
        };
        let page = layout::for_applicants(self.guest, &title, self.large, body);
        (StatusCode::NOT_FOUND, page).into_response()
    }

    async fn page(&self, seen: &Seen, told: Option<Told>, typed: Typed) -> Result<Markup, Problem> {
        let words = self.guest.words;
        let offer = self.offer(seen);
        let now = shown(self.app, seen).await?;
        let decision = self.decision(seen).await?;
        let steps = steps::told(self.app, self.guest, seen).await?;
        let body = html! {
            @match &told {
                Some(Told::Good(text)) => div class="notice good" role="status" { p { (text) } },
                Some(Told::Bad(text)) => div class="notice bad" role="alert" { p { (text) } },
                None => {}
            }
            (self.answers(seen, &now, offer.is_some()))
            (self.revoked(seen))
            @if let Some(decision) = decision { (decision) }
            @if let Some(offer) = &offer { (self.sheet(seen, offer, &typed)) }
            (self.papers(seen))
            section class="panel" aria-labelledby="steps" {
                h2 id="steps" { (words.t("progress.steps")) }
                ol class="steps" {
                    @for step in &steps {
                        li { (super::look::time(step.at.as_millisecond())) " " span { (step.what) } }
                    }
                }
            }
            (self.acts(seen))
            (self.contact(seen))
            @if seen.case.may_be_rated() { (self.rating(seen)) }
        };
        let title = seen.revision.title.get(words.0);
        Ok(layout::for_applicants(self.guest, title, self.large, body))
    }

    /// What became of what was just done, as the case is now.
    async fn told(&self, seen: &Seen, what: &str) -> Result<Option<Told>, Problem> {
        let (words, case) = (self.guest.words, &seen.case);
        let text = match what {
            "rated" => match case.call_back() {
                Some(back) if case.may_be_rated() => {
                    let back = self.app.runtime.case(back).await?;
                    let due = back.and_then(|back| back.case.due());
                    let due = due.map(|at| [("day", day(at))]);
                    due.map_or_else(
                        || words.t("progress.told.call_back"),
                        |day| words.say("progress.told.call_back_by", &day),
                    )
                }
                _ => words.t("progress.told.rated"),
            },
            "done" | "acted" => {
                let now = shown(self.app, seen).await?;
                let status = case.status();
                let ended = status.is_final();
                let who = [("who", words.of(&now.holders).to_owned())];
                match () {
                    () if status == Status::Withdrawn => words.t("progress.told.withdrawn"),
                    () if ended => words.t("progress.told.ended"),
                    () if self.offer(seen).is_some() => words.t("progress.told.more"),
                    () if now.who.is_empty() => words.t("progress.told.done"),
                    () => words.say("progress.told.done_by", &who),
                }
            }
            _ => return Ok(None),
        };
        Ok(Some(Told::Good(text)))
    }

    /// The four answers; of a case that has ended, who had it.
    fn answers(&self, seen: &Seen, now: &Progress, yours: bool) -> Markup {
        let words = self.guest.words;
        let status = seen.case.status().word();
        let ended = seen.case.status().is_final();
        let who = match (ended, now.who.is_empty(), yours) {
            (true, ..) => self.decider(seen),
            (_, false, _) => html! { (words.of(&now.holders)) },
            (_, true, true) => html! { (words.t("progress.you")) },
            (_, true, false) => html! { (words.t("progress.nobody")) },
        };
        let question = match ended {
            true => words.t("progress.q_had"),
            false => words.t("progress.q_who"),
        };
        html! {
            h1 { (seen.revision.title.get(words.0)) }
            p class="about" { span { (now.name) } " " span class="number" { (now.number) } }
            dl class={ "answers " (status) } {
                div { dt { (words.t("progress.q_where")) } dd class="first" { (words.of(&now.r#where)) } }
                div { dt { (question) } dd { (who) } }
                div { dt { (words.t("progress.q_due")) } dd { (self.due(seen, now.late)) } }
                div { dt { (words.t("progress.q_todo")) } dd { (words.of(&now.todo)) } }
            }
        }
    }

    /// The office that had the case, and how to ring it.
    fn decider(&self, seen: &Seen) -> Markup {
        let Some(party) = self.app.deciding(seen, None) else {
            return html! { (self.guest.words.t("progress.nobody")) };
        };
        let reach = self.app.runtime.reach();
        let phone = reach.phone(&party.to_string(), &self.guest.network);
        html! {
            (super::look::office(self.guest, &party.city, &party.department))
            @if let Some(phone) = phone { " " a href={ "tel:" (phone) } { (phone) } }
        }
    }

    /// What must be brought because the certificate was revoked that stood for it.
    fn revoked(&self, seen: &Seen) -> Markup {
        let case = &seen.case;
        let lost = |name: &&String| {
            let mut all = case.recognised().iter();
            all.any(|r| r.material == **name && r.state == Recognition::Revoked)
        };
        let lost = case.missing().iter().filter(lost);
        let lost: Vec<String> = lost
            .map(|name| steps::material_of(self.guest, seen, name))
            .collect();
        html! {
            @if !lost.is_empty() && !case.status().is_final() {
                div class="notice warn" role="status" {
                    p { (self.guest.words.say("progress.revoked", &[("what", self.guest.words.list(&lost))])) }
                }
            }
        }
    }

    fn due(&self, seen: &Seen, late: bool) -> Markup {
        let (words, case) = (self.guest.words, &seen.case);
        let on = |at| [("day", day(at))];
        match (case.ended(), case.due()) {
            (Some(at), _) => html! { (words.say("progress.ended", &on(at))) },
            (None, _) if stands_still(seen) => html! { (words.t("progress.paused")) },
            // Whoever decides is late; the window that took it in asks for the applicant.
            (None, Some(at)) if late => {
                html! { (words.say("progress.late", &on(at))) " " a href="#contact" { (words.t("progress.ask")) } }
            }
            (None, Some(at)) => html! { (words.say("progress.by", &on(at))) },
            (None, None) => html! { (words.t("progress.no_due")) },
        }
    }

    /// The papers for the applicant.
    fn papers(&self, seen: &Seen) -> Markup {
        let words = self.guest.words;
        let all = seen.case.papers().iter();
        let own: Vec<_> = all.filter(|(_, paper)| paper.to.is_none()).collect();
        html! {
            @if !own.is_empty() {
                section class="panel" aria-labelledby="papers" {
                    h2 id="papers" { (words.t("progress.papers")) }
                    ul class="papers" {
                        @for (no, paper) in own {
                            li {
                                a href={ "/p/" (self.link) "/papers/" (no.0) } { (self.guest.own(heading(&seen.revision, &paper.template))) }
                                " " (super::look::time(paper.issued.as_millisecond()))
                            }
                        }
                    }
                }
            }
        }
    }

    fn rating(&self, seen: &Seen) -> Markup {
        let words = self.guest.words;
        let again = !seen.case.ratings().is_empty();
        html! {
            section class="panel" aria-labelledby="rate" {
                h2 id="rate" { @if again { (words.t("progress.rate_again")) } @else { (words.t("progress.rate")) } }
                form method="post" action={ "/p/" (self.link) "/rate" } class="stacked" {
                    fieldset class="grades" {
                        legend class="unseen" { (words.t("progress.rate")) }
                        @for grade in GRADES {
                            label { input type="radio" name="grade" value=(grade) required; " " (words.word("progress.grade", &grade.to_string())) }
                        }
                    }
                    label for="words" { (words.t("progress.rate_words")) }
                    textarea id="words" name="words" maxlength="500" rows="3" {}
                    button class="main" { (words.t("progress.rate_do")) }
                }
            }
        }
    }

    /// What the matter lets an applicant do at any time: mostly to withdraw, all of it or a part.
    fn acts(&self, seen: &Seen) -> Markup {
        let words = self.guest.words;
        let acts = self.offered_acts(seen);
        html! {
            @for act in acts {
                details class="panel act" {
                    summary { (act.title) }
                    p { @if act.ends { (words.t("progress.act_help")) } @else { (words.t("progress.part_help")) } }
                    form method="post" action={ "/p/" (self.link) "/withdraw" } {
                        input type="hidden" name="event" value=(act.address);
                        button class="harm" { (words.say("progress.act_do", &[("what", act.title.clone())])) }
                    }
                }
            }
        }
    }

    /// The window that took the application in.
    fn contact(&self, seen: &Seen) -> Markup {
        let words = self.guest.words;
        let city = seen.case.accepting_city();
        let office = super::look::office(self.guest, city, "si");
        let post = format!("{city}/si/window");
        let phone = self.app.runtime.reach().phone(&post, &self.guest.network);
        let phone = phone.map(str::to_owned);
        html! {
            section class="panel" aria-labelledby="contact" {
                h2 id="contact" { (words.t("progress.contact")) }
                p { (office) " · " (super::look::post(self.guest, "window")) }
                @match phone {
                    Some(phone) => p { a class="button" href={ "tel:" (phone) } { (words.say("progress.call", &[("phone", phone.clone())])) } },
                    None => p class="hint" { (words.t("progress.no_phone")) },
                }
            }
        }
    }
}
