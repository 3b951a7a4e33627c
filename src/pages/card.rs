//! One card: the rule and the numbers by which it was opened, the sum of its limit day by day, and what was said about it.

use super::lists::{self, Refused};
use super::once;
use super::session::{Form, Visitor};
use super::{layout, look};
use crate::runtime::Target;
use crate::web::App;
use crate::web::ids::Within;
use crate::web::problem::{Code, Problem};
use crate::web::sight::Visible;
use crate::web::views::{ClockView, Portion};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use engine::case::{Card, CardDeed, CardNo, Command, TaskNo, TaskState};
use maud::{Markup, html};
use std::sync::Arc;

/// A limit of so many days shows them without being asked; a longer one folds them.
const UNFOLDED: usize = 31;

/// The card.
pub async fn page(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Markup, Problem> {
    drawn(&app, &visitor, &id, None).await
}

async fn drawn(
    app: &App,
    visitor: &Visitor,
    id: &str,
    refused: Option<&Refused>,
) -> Result<Markup, Problem> {
    let (visible, no) = app.one_card(&visitor.caller, id).await?;
    let seen = &visible.seen;
    let card = seen.case.cards().get(&no);
    let card = card.ok_or_else(|| Problem::new(Code::NotFound))?;
    let words = visitor.words;
    let title = words.say("card.title", &[("number", seen.number.to_string())]);
    let (then, now) = app.card_numbers(&visible, card);
    let body = html! {
        p {
            (look::level(visitor, level(card), None)) " "
            a href=(format!("/cases/{}", seen.number)) { (lists::matter(visitor, app, &seen.revision.id.value)) }
            " · " (words.t("board.opened")) " " (look::time(card.at.as_millisecond()))
        }
        @if let Some(then) = &then { (sum(visitor, &words.t("card.then"), then)) }
        @if let Some(now) = &now { (sum(visitor, &words.t("card.now"), now)) }
        (days(visitor, app, &visible, card))
        (ladder(visitor, card))
        (said(visitor, card))
        @if card.closed().is_none() { (deeds(visitor, id, card, refused)) }
        (work(visitor, app, &visible, id, refused))
    };
    Ok(layout::page(visitor, &title, body))
}

fn level(card: &Card) -> &'static str {
    match card.level {
        engine::case::Level::Red => "red",
        _ => "yellow",
    }
}

/// The sum of a limit: what it is, what is used and what is left.
fn sum(visitor: &Visitor, title: &str, clock: &ClockView) -> Markup {
    let words = visitor.words;
    let over = clock.left.days < 0 || clock.left.minutes < 0;
    let left = match over {
        true => Portion {
            days: -clock.left.days,
            minutes: -clock.left.minutes,
            day_minutes: clock.left.day_minutes,
        },
        false => Portion { ..clock.left },
    };
    let args = [
        ("budget", budget(visitor, &clock.budget)),
        ("used", portion(visitor, &clock.used)),
        ("left", portion(visitor, &left)),
    ];
    html! {
        section class="panel" {
            h2 { (title) }
            p { (words.word("card.kind", clock.kind)) " · " (look::city(visitor, &clock.city)) " · " (words.t("card.due")) " " (plain(&clock.due)) }
            p class="sum" {
                @if over { (words.say("card.sum_over", &args)) } @else { (words.say("card.sum", &args)) }
            }
            @if clock.provisional { p class="notice warn" { (words.t("card.provisional")) } }
            @if !clock.paused.is_empty() {
                ul {
                    @for pause in &clock.paused {
                        li {
                            (words.t("card.paused")) " " (plain(&pause.from)) " – "
                            @if let Some(to) = &pause.to { (plain(to)) } @else { (words.t("card.still")) }
                            " · " (pause.reason)
                        }
                    }
                }
            }
        }
    }
}

/// An instant of the API as people read it.
fn plain(text: &str) -> String {
    text.get(..16).unwrap_or(text).replace('T', " ")
}

/// A limit in words: `7wd` is seven working days.
fn budget(visitor: &Visitor, text: &str) -> String {
    let digits = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (count, unit) = text.split_at(digits);
    match ["wd", "d", "h", "m"].contains(&unit) {
        true => format!("{count} {}", visitor.words.word("card.unit", unit)),
        false => text.to_owned(),
    }
}

/// Days and office hours.
fn portion(visitor: &Visitor, portion: &Portion) -> String {
    let words = visitor.words;
    let mut parts = Vec::new();
    let (hours, minutes) = (portion.minutes / 60, portion.minutes % 60);
    for (count, unit) in [(portion.days, "day"), (hours, "h"), (minutes, "m")] {
        if count != 0 {
            parts.push(format!("{count} {}", words.word("card.unit", unit)));
        }
    }
    match parts.is_empty() {
        true => format!("0 {}", words.word("card.unit", "m")),
        false => parts.join(" "),
    }
}

/// Every day of the limit and what became of it, by the calendars of the cities it counted in.
fn days(visitor: &Visitor, app: &App, visible: &Visible, card: &Card) -> Markup {
    let words = visitor.words;
    let Some(running) = visible.seen.case.clock(&card.clock) else {
        return html! {};
    };
    let network = app.runtime.library().network.clone();
    let days = running
        .ledger()
        .days(running.city(), |c| network.calendar(c));
    html! {
        details class="panel" open[days.len() <= UNFOLDED] {
            summary { (words.say("card.days", &[("count", days.len().to_string())])) }
            table class="list" {
                thead { tr { th { (words.t("card.date")) } th { (words.t("board.city")) } th { (words.t("card.counts")) } } }
                tbody {
                    @for (city, day) in &days {
                        tr { td class="number" { (day.date) } td { (look::city(visitor, city)) } td { (words.of(&day.words())) } }
                    }
                }
            }
        }
    }
}

/// How far up it has gone, and how far it will if nobody explains it.
fn ladder(visitor: &Visitor, card: &Card) -> Markup {
    let words = visitor.words;
    let explained = card.explained().is_some() || card.closed().is_some();
    let ahead = card.ladder().iter().filter(|_| !explained);
    let rungs = card.escalations().iter().map(|rung| (rung, true));
    let rungs: Vec<_> = rungs.chain(ahead.map(|rung| (rung, false))).collect();
    html! {
        @if !rungs.is_empty() {
            section class="panel" {
                h2 { (words.t("card.ladder")) }
                ol class="notes" {
                    @for ((rung, at), done) in rungs {
                        li class=[(!done).then_some("hint")] { (words.word("card.rung", rung.word())) " " (look::time(at.as_millisecond())) }
                    }
                }
                @if !explained { p class="hint" { (words.t("card.ladder_hint")) } }
            }
        }
    }
}

fn said(visitor: &Visitor, card: &Card) -> Markup {
    let words = visitor.words;
    html! {
        section class="panel" {
            h2 { (words.t("card.said")) }
            @if card.notes().is_empty() { p class="hint" { (words.t("card.nothing_said")) } }
            ol class="notes" {
                @for note in card.notes() {
                    li {
                        strong { (words.word("card.deed", deed_word(note.deed))) } " "
                        (lists::person(visitor, &note.by)) " " (look::time(note.at.as_millisecond()))
                        p { (note.words) }
                    }
                }
            }
            @if card.awaits_answer() { p class="notice warn" { (words.t("card.awaits")) } }
        }
    }
}

fn deed_word(deed: CardDeed) -> &'static str {
    match deed {
        CardDeed::Explain => "explain",
        CardDeed::Pursue => "pursue",
        CardDeed::Close => "close",
    }
}

/// What the visitor may do; the engine decides again.
fn deeds(visitor: &Visitor, id: &str, card: &Card, refused: Option<&Refused>) -> Markup {
    let words = visitor.words;
    let action = format!("/cards/{id}");
    let supervises = visitor.caller.holds("supervisor");
    let form = |deed: &str, main: bool| {
        let label = words.word("card.deed", deed);
        lists::deed(visitor, &action, ("deed", deed), &label, main, refused)
    };
    html! {
        section class="panel deeds" {
            @if supervises {
                // What was typed stays in sight, also where it came too late.
                @if !card.awaits_answer() || refused.is_some_and(|r| r.pressed.1 == "close") { (form("close", true)) }
                (form("pursue", false))
            } @else { (form("explain", true)) }
        }
    }
}

/// The open tasks of the card, each to be urged; what else a case offers stands on its own page.
fn work(
    visitor: &Visitor,
    app: &App,
    visible: &Visible,
    id: &str,
    refused: Option<&Refused>,
) -> Markup {
    let words = visitor.words;
    let seen = &visible.seen;
    let open: Vec<_> = seen.case.open_tasks().collect();
    html! {
        section class="panel" {
            h2 { (words.t("card.work")) }
            @if open.is_empty() { p class="hint" { (words.t("card.no_work")) } }
            @for (no, task) in open {
                p {
                    a href=(format!("/tasks/{}-{}", seen.id, no.0)) { (lists::step(visitor, app, &seen.revision.id.value, task.step())) }
                    @for seat in task.seats() { " · " (look::party(visitor, &seat.post)) }
                    @if let TaskState::Held { by, .. } = task.state() { " · " (lists::person(visitor, by)) }
                }
                (lists::deed(visitor, &format!("/cards/{id}"), ("urge", &no.0.to_string()), &words.t("card.urge"), false, refused))
            }
            p class="hint" { (words.t("card.elsewhere")) }
        }
    }
}

/// Says something about a card, or urges a task of its case.
pub async fn said_here(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    sent: Form,
) -> Result<Response, Problem> {
    let place = Within::read(&id).ok_or_else(|| Problem::new(Code::NotFound))?;
    let words = sent
        .fields
        .get("words")
        .unwrap_or_default()
        .trim()
        .to_owned();
    let key = once::key(&sent.visitor.caller, &format!("/cards/{id}"), &sent.fields)?;
    let pressed = ["urge", "deed"].into_iter().find_map(|name| {
        let value = sent.fields.get(name)?;
        Some((name.to_owned(), value.to_owned()))
    });
    let mut refused = Refused {
        pressed: pressed.unwrap_or_default(),
        words: words.clone(),
        why: sent.visitor.words.t("act.must"),
    };
    let malformed = || Problem::new(Code::Malformed);
    let command = match sent.fields.get("urge") {
        Some(task) => Command::Urge {
            task: TaskNo(task.parse().map_err(|_| malformed())?),
            words,
        },
        None => Command::Card {
            card: CardNo(place.no),
            deed: match sent.fields.get("deed") {
                Some("explain") => CardDeed::Explain,
                Some("pursue") => CardDeed::Pursue,
                Some("close") => CardDeed::Close,
                _ => return Err(malformed()),
            },
            words,
        },
    };
    let caller = &sent.visitor.caller;
    let target = Target::Case(place.case);
    if refused.words.is_empty() {
        let page = drawn(&app, &sent.visitor, &id, Some(&refused)).await?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    }
    match app.hand_in(caller, Some(key), None, target, command).await {
        Ok(_) => Ok(Redirect::to(&format!("/cards/{id}")).into_response()),
        Err(problem) if matches!(problem.code().status().as_u16(), 409 | 412 | 422) => {
            refused.why = sent.visitor.words.of(problem.message()).to_owned();
            let page = drawn(&app, &sent.visitor, &id, Some(&refused)).await?;
            Ok((problem.code().status(), page).into_response())
        }
        Err(problem) => Err(problem),
    }
}
