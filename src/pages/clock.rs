//! The clock panel: how far each limit of a case is used, as a sum that adds up to the minute, with its pauses and every day (G26).

use super::happened;
use super::look;
use super::session::Guest;
use super::span;
use crate::runtime::{Seen, heading};
use crate::web::views::{ClockView, Day, Pause, at};
use engine::case::Level;
use engine::clock::civil;
use maud::{Markup, html};
use std::collections::BTreeMap;

/// All clocks that run, then those that have stopped.
pub fn panel(guest: &Guest, seen: &Seen, clocks: &BTreeMap<String, ClockView>) -> Markup {
    let (stopped, running): (Vec<_>, Vec<_>) = clocks.iter().partition(|(_, c)| c.stopped);
    html! {
        @if clocks.is_empty() { p class="hint" { (guest.words.t("clock.none")) } }
        @for (name, clock) in running.into_iter().chain(stopped) { (one(guest, seen, name, clock)) }
    }
}

fn one(guest: &Guest, seen: &Seen, name: &str, clock: &ClockView) -> Markup {
    let words = guest.words;
    let level = match clock.stopped {
        true => None,
        false => Some(serde_json::to_value(clock.level).unwrap_or_default()),
    };
    html! {
        section class="clock" {
            h3 {
                (happened::clock(guest, seen, name)) " "
                span class="hint" { (words.word("limit", clock.kind)) " · " (look::city(guest, &clock.city)) }
            }
            p class="sum" { (sum(guest, clock)) }
            p {
                @if let Some(level) = level.as_ref().and_then(|l| l.as_str()) {
                    (look::level(guest, level, Some(&span::left_of(guest, clock)))) " · "
                } @else { (words.t("clock.stopped")) " · " }
                (ends(guest, clock))
                @if clock.provisional { " · " (words.t("clock.provisional")) }
            }
            @for pause in &clock.paused { p class="pause" { (stood(guest, seen, pause)) } }
            @let stood = clock.days.iter().filter(|day| day.stands).count();
            @if stood > 0 { p class="pause" { (words.say("clock.stood", &[("n", stood.to_string())])) } }
            @if !clock.days.is_empty() { (days(guest, &clock.days)) }
        }
    }
}

/// `承诺 7 天 = 已用 2 天 1 小时 10 分 + 剩余 4 天 4 小时 50 分`
pub fn sum(guest: &Guest, clock: &ClockView) -> String {
    let hours = span::portion(
        guest,
        crate::web::views::Portion {
            days: 0,
            minutes: clock.used.day_minutes,
            day_minutes: clock.used.day_minutes,
        },
    );
    let args = [
        ("kind", guest.words.word("limit", clock.kind)),
        ("total", span::portion(guest, clock.total)),
        ("used", span::portion(guest, clock.used)),
        ("left", span::portion(guest, clock.left)),
        ("day", hours),
    ];
    match span::is_over(clock.left) {
        true => guest.words.say("clock.over", &args),
        false => guest.words.say("clock.sum", &args),
    }
}

/// When a limit ends; while it stands still nobody knows.
pub fn ends(guest: &Guest, clock: &ClockView) -> Markup {
    let words = guest.words;
    html! {
        @if clock.level == Level::Paused && !clock.stopped { (words.t("clock.due_later")) }
        @else { (words.t("clock.due")) " " (instant(&clock.due)) }
    }
}

/// Why and when a clock stood still, and the paper that was issued at that moment.
pub fn stood(guest: &Guest, seen: &Seen, pause: &Pause) -> Markup {
    let words = guest.words;
    let issued = seen.case.papers().iter();
    let mut issued = issued.filter(|(_, p)| p.to.is_none() && at(p.issued) == pause.from);
    let issued = issued.next_back();
    let why = issued.and_then(|(_, paper)| paper.reason.as_deref());
    let why = why.map(|code| {
        guest
            .network
            .reason(code)
            .map_or(code, |text| words.of(text))
    });
    let what = [happened::act(guest, &pause.reason)];
    let said: Vec<&str> = what.iter().map(String::as_str).chain(why).collect();
    html! {
        (words.say("clock.paused", &[("reason", words.list(&said))])) " "
        (instant(&pause.from)) " – "
        @if let Some(to) = &pause.to { (instant(to)) } @else { (words.t("clock.still")) }
        @if let Some((no, paper)) = issued {
            " · " a href=(format!("/cases/{}/papers/{}", seen.id, no.0)) { (guest.own(heading(&seen.revision, &paper.template))) }
        }
    }
}

fn days(guest: &Guest, days: &[Day]) -> Markup {
    let words = guest.words;
    html! {
        details {
            summary { (words.t("clock.days")) }
            table class="list days" {
                thead { tr { th { (words.t("clock.day")) } th { (words.t("clock.counted")) } th { (words.t("clock.why")) } } }
                tbody {
                    @for day in days {
                        tr {
                            td { (day.date) }
                            td { @if let Some(number) = day.number { (number) } @else { "—" } }
                            td { (words.of(&day.why)) " · " (look::city(guest, &day.city)) }
                        }
                    }
                }
            }
        }
    }
}

/// What a clock is called.
pub fn name(guest: &Guest, seen: &Seen, clock: &str) -> String {
    happened::clock(guest, seen, clock)
}

/// An instant of the API as people read it.
pub fn instant(text: &str) -> Markup {
    match text.parse::<jiff::Timestamp>() {
        Ok(at) => look::time(at.as_millisecond()),
        Err(_) => html! { (text) },
    }
}

/// The time of day, `14:32`, Beijing.
pub fn time_of_day(milliseconds: i64) -> String {
    let at = jiff::Timestamp::from_millisecond(milliseconds).unwrap_or_default();
    civil(at).strftime("%H:%M").to_string()
}
