//! One card: the rule and the numbers by which it was opened, the sum of its limit day by day, and what was said about it.

use super::board::about;
use super::case::offered;
use super::lists::{self, Refused};
use super::once;
use super::session::{Form, Visitor};
use super::{colleagues, layout, look};
use crate::runtime::{Seen, Target};
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
            (look::level(visitor, look::card_level(card), None)) " "
            a href=(format!("/cases/{}", seen.number)) { (lists::matter(visitor, app, &seen.revision.id.value)) }
            " · " (words.t("board.opened")) " " (look::time(card.at.as_millisecond()))
            " " (layout::back(visitor, "/board"))
        }
        @if let Some(then) = &then { (sum(visitor, seen, &words.t("card.then"), then)) }
        @if let Some(now) = &now { (sum(visitor, seen, &words.t("card.now"), now)) }
        (days(visitor, app, &visible, card))
        (ladder(visitor, card))
        (said(visitor, card))
        @if card.closed().is_none() { (deeds(visitor, id, card, refused)) }
        (work(visitor, app, &visible, id, refused).await?)
    };
    Ok(layout::page(visitor, &title, body))
}

/// The sum of a limit: what it is, what is used and what is left.
fn sum(visitor: &Visitor, seen: &Seen, title: &str, clock: &ClockView) -> Markup {
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
            p { (words.word("card.kind", clock.kind)) " · " (look::city(visitor, &clock.city)) " · " (super::clock::ends(visitor, clock)) }
            p class="sum" {
                @if over { (words.say("card.sum_over", &args)) } @else { (words.say("card.sum", &args)) }
            }
            @if clock.provisional { p class="notice warn" { (words.t("card.provisional")) } }
            @for pause in &clock.paused { p class="pause" { (super::clock::stood(visitor, seen, pause)) } }
        }
    }
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
        .days(running.city(), app.runtime.clock().now(), |c| {
            network.calendar(c)
        });
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
                        p { @if visitor.caller.looks_as.is_some() { "***" } @else { (note.words) } }
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
                @let closes = !card.awaits_answer() || refused.is_some_and(|r| r.pressed.1 == "close");
                @let explained = card.explained().is_some();
                @if !explained { (form("pursue", true)) }
                @if closes { (form("close", explained)) }
                @if explained { (form("pursue", false)) }
            } @else { (form("explain", true)) }
        }
    }
}

/// The open tasks of the card, each to be urged; what else a case offers stands on its own page.
async fn work(
    visitor: &Visitor,
    app: &App,
    visible: &Visible,
    id: &str,
    refused: Option<&Refused>,
) -> Result<Markup, Problem> {
    let words = visitor.words;
    let seen = &visible.seen;
    let open: Vec<_> = seen.case.open_tasks().collect();
    Ok(html! {
        section class="panel" {
            h2 { (words.t("card.work")) }
            @if open.is_empty() { p class="hint" { (words.t("card.no_work")) } }
            @for (no, task) in open {
                p {
                    a href=(format!("/tasks/{}-{}", seen.id, no.0)) { (lists::step(visitor, app, &seen.revision.id.value, task.step())) }
                    @for seat in task.seats() { " · " (look::party(visitor, &seat.post)) }
                    @match task.state() {
                        TaskState::Held { by, since } => { " · " (lists::person(visitor, by)) " " (words.t("card.since")) " " (look::time(since.as_millisecond())) },
                        _ => { " · " (words.t("card.nobody_since")) " " (look::time(task.opened().as_millisecond())) }
                    }
                }
                (lists::deed(visitor, &format!("/cards/{id}"), ("urge", &no.0.to_string()), &words.t("card.urge"), false, refused))
                (transfer(visitor, app, seen, id, no, refused).await?)
            }
            (offered(app, visitor, visible))
        }
    })
}

/// Gives a task to somebody else of the office that has it, where the engine lets the visitor do so.
async fn transfer(
    visitor: &Visitor,
    app: &App,
    seen: &Seen,
    id: &str,
    no: TaskNo,
    refused: Option<&Refused>,
) -> Result<Markup, Problem> {
    let words = visitor.words;
    let others = colleagues::of_task(app, visitor, seen, no).await?;
    let wrong = refused.filter(|r| r.pressed == ("transfer".to_owned(), no.0.to_string()));
    let (to, why) = (format!("to-{}", no.0), format!("why-{}", no.0));
    Ok(html! {
        @if !others.is_empty() {
            form method="post" action=(format!("/cards/{id}")) class="deed" {
                (layout::token(visitor)) (once::token())
                @if let Some(wrong) = wrong { p class="error" role="alert" { (wrong.why) } }
                label for=(to) { (words.t("card.transfer_to")) }
                select id=(to) name="to" required { (colleagues::options(&others, "")) }
                label for=(why) { (words.t("act.reason")) }
                textarea id=(why) name="words" rows="2" required maxlength="500" { (wrong.map_or("", |w| w.words.as_str())) }
                button name="transfer" value=(no.0) { (words.t("card.transfer")) }
            }
        }
    })
}

/// Says something about a card, gives its work to somebody else, or urges a task of its case.
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
    let pressed = ["urge", "transfer", "deed"].into_iter().find_map(|name| {
        let value = sent.fields.get(name)?;
        Some((name.to_owned(), value.to_owned()))
    });
    let mut refused = Refused {
        pressed: pressed.unwrap_or_default(),
        words: words.clone(),
        why: sent.visitor.words.t("act.must"),
    };
    let command = command(&app, &sent, place, words).await;
    let caller = &sent.visitor.caller;
    let target = Target::Case(place.case);
    if refused.words.is_empty() {
        let page = drawn(&app, &sent.visitor, &id, Some(&refused)).await?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    }
    let done = match command {
        Ok(command) => app.hand_in(caller, Some(key), None, target, command).await,
        Err(problem) => Err(problem),
    };
    match done {
        Ok(_) => Ok(Redirect::to(&format!("/cards/{id}")).into_response()),
        Err(problem) if matches!(problem.code().status().as_u16(), 409 | 412 | 422) => {
            let first = problem.errors().first().map(|e| &e.message);
            let why = first.unwrap_or(problem.message());
            refused.why = sent.visitor.words.of(why).to_owned();
            let page = drawn(&app, &sent.visitor, &id, Some(&refused)).await?;
            Ok((problem.code().status(), page).into_response())
        }
        Err(problem) => Err(problem),
    }
}

/// What the button pressed asks for.
async fn command(app: &App, sent: &Form, card: Within, words: String) -> Result<Command, Problem> {
    let field = |name| sent.fields.get(name);
    let task = |text: &str| match text.parse() {
        Ok(no) => Ok(TaskNo(no)),
        Err(_) => Err(Problem::new(Code::Malformed)),
    };
    if let Some(no) = field("urge") {
        return Ok(Command::Urge {
            task: task(no)?,
            words,
        });
    }
    if let Some(no) = field("transfer") {
        let task = task(no)?;
        let at = Within { no: task.0, ..card };
        let to = field("to").unwrap_or_default();
        return Ok(Command::Transfer {
            task,
            to: app.colleague(&sent.visitor.caller, at, to).await?,
            reason: words,
        });
    }
    Ok(Command::Card {
        card: CardNo(card.no),
        deed: about(field("deed").unwrap_or_default())?,
        words,
    })
}
