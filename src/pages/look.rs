//! How things look that many pages show: levels, states, times, names of cities and posts.

use super::session::{Guest, Visitor};
use crate::runtime::Seen;
use crate::web::App;
use crate::web::connections::Way;
use engine::case::{Card, CardNo, FrameNo, Party, Sight, Task};
use engine::clock::Level;
use engine::clock::civil;
use engine::guidance::{Advice, Reference};
use engine::library::Library;
use engine::network::Closure;
use jiff::Timestamp;
use jiff::civil::Date;
use maud::{Markup, PreEscaped, html};
use qrcode::QrCode;
use qrcode::render::svg;
use serde_json::Value as Json;

/// An instant of the store, UTC milliseconds, as people read it: `2026-11-23 14:03`, Beijing time.
pub fn time(milliseconds: i64) -> Markup {
    let Ok(at) = Timestamp::from_millisecond(milliseconds) else {
        return html! {};
    };
    let local = civil(at);
    html! {
        time datetime=(local.strftime("%Y-%m-%dT%H:%M:%S+08:00")) { (local.strftime("%Y-%m-%d %H:%M")) }
    }
}

/// A level of warning: colour, shape and words; `left` says how much time there is, as in `黄牌 剩 2 小时`. Where nothing is to be
/// feared the time alone is shown.
pub fn level(guest: &Guest, level: &str, left: Option<&str>) -> Markup {
    let shape = match level {
        "red" => "■",
        "yellow" => "▲",
        "reminder" => "◆",
        "paused" => "‖",
        _ => "●",
    };
    let quiet = left.is_some() && matches!(level, "normal" | "reminder");
    html! {
        span class={ "level " (level) } {
            span class="shape" aria-hidden="true" { (shape) } " "
            span class=[quiet.then_some("unseen")] { (guest.words.word("level", level)) }
            @if let Some(left) = left { " " (left) }
        }
    }
}

/// The same of a case, leading to the newest card of that level that is not closed; whoever only looks as a post finds no way there.
pub fn carded(visitor: &Visitor, seen: &Seen, level: &str, left: Option<&str>) -> Markup {
    let chip = self::level(visitor, level, left);
    let card = open_card(seen, |card| level == card_level(card));
    match card.filter(|_| visitor.caller.looks_as.is_none()) {
        Some(no) => {
            let why = [("number", seen.number.to_string())];
            html! { a class="to-card" href=(card_address(seen, no)) { (chip) span class="unseen" { " " (visitor.words.say("board.why", &why)) } } }
        }
        None => chip,
    }
}

/// The level of a card, as lists word it.
pub fn card_level(card: &Card) -> &'static str {
    match card.level {
        Level::Red => "red",
        _ => "yellow",
    }
}

/// The newest card that is not closed and of which this is true.
pub fn open_card(seen: &Seen, is: impl Fn(&Card) -> bool) -> Option<CardNo> {
    let cards = seen.case.cards().iter().rev();
    let mut open = cards.filter(|(_, card)| card.closed().is_none() && is(card));
    open.next().map(|(no, _)| *no)
}

/// Where a card of a case is.
pub fn card_address(seen: &Seen, no: CardNo) -> String {
    format!("/cards/{}-{}", seen.id, no.0)
}

/// The person whom a letter is about, if what it shares names him.
pub fn named_by(shared: &Json) -> String {
    let name = shared.get("applicant.name").or_else(|| shared.get("name"));
    masked(name)
}

/// An applicant's name as lists show it: `李**`.
fn masked_name(applicant: &Json) -> String {
    masked(applicant.get("name"))
}

fn masked(name: Option<&Json>) -> String {
    let name = name.and_then(Json::as_str);
    let first = name.and_then(|name| name.chars().next());
    first.map_or_else(String::new, |first| format!("{first}**"))
}

/// The applicant of a case as lists show him: his surname, to those who see the whole of it.
pub fn applicant(seen: &Seen, sight: Sight) -> String {
    match sight {
        Sight::Whole => masked_name(seen.case.applicant()),
        Sight::Outline => "***".to_owned(),
        Sight::Part | Sight::None => String::new(),
    }
}

/// The state of a case.
pub fn status(guest: &Guest, status: &str) -> Markup {
    html! { span class={ "chip " (status) } { (guest.words.word("status", status)) } }
}

/// The state of a task.
pub fn state(guest: &Guest, state: &str) -> Markup {
    html! { span class={ "chip " (state) } { (guest.words.word("state", state)) } }
}

/// What people call the step of a task, and which of several it is, as in `开具联系函 · 遵义`.
pub fn step(guest: &Guest, seen: &Seen, task: &Task) -> String {
    step_at(guest, seen, task.frame(), task.step())
}

/// The same of a step in a sequence of the case.
pub fn step_at(guest: &Guest, seen: &Seen, frame: FrameNo, step: &str) -> String {
    let named = seen.revision.named(step);
    let said = super::happened::said(guest, step);
    let title = named.map_or(said.as_str(), |(_, step)| guest.words.of(&step.title));
    let keys = seen.case.item_keys(&seen.revision, frame);
    let keys = keys.into_iter().map(|key| item(guest, seen, key));
    let parts: Vec<&str> = std::iter::once(title).chain(keys).collect();
    parts.join(" · ")
}

/// What one of several is called by whose name it goes: a material by its title, all else by the name itself.
pub fn item<'t>(guest: &'t Guest, seen: &'t Seen, key: &'t str) -> &'t str {
    let material = seen.revision.material(key);
    material.map_or_else(|| guest.own(key), |m| guest.words.of(&m.title))
}

/// The short name of a city, or of a province.
pub fn city(guest: &Guest, code: &str) -> String {
    guest.network.place(guest.words.0, code).to_owned()
}

/// The name of a department.
pub fn department(guest: &Guest, id: &str) -> String {
    let found = guest.network.department(id);
    found.map_or(id, |d| guest.words.of(&d.title)).to_owned()
}

/// What an office is called.
pub fn office(guest: &Guest, city: &str, department: &str) -> String {
    guest.network.office_in(guest.words.0, city, department)
}

/// The name of a post.
pub fn post(guest: &Guest, id: &str) -> String {
    let found = guest.network.post(id);
    found.map_or(id, |title| guest.words.of(title)).to_owned()
}

/// City, department and post.
pub fn party(guest: &Guest, party: &Party) -> Markup {
    let all = [
        city(guest, &party.city),
        department(guest, &party.department),
        post(guest, &party.post),
    ];
    // An employer belongs to no office.
    let named: Vec<String> = all.into_iter().filter(|name| !name.is_empty()).collect();
    html! { (named.join(" · ")) }
}

/// That a post is lent to somebody, and from where he comes.
pub fn lent(guest: &Guest, home: &Party) -> Markup {
    html! {
        "(" (guest.words.t("post.lent")) " " (city(guest, &home.city)) " · " (department(guest, &home.department)) ")"
    }
}

/// A QR code as SVG, without the head an XML file has.
pub fn qr(text: &str) -> Markup {
    let Ok(code) = QrCode::new(text) else {
        return html! {};
    };
    let drawn = code
        .render::<svg::Color<'_>>()
        .min_dimensions(120, 120)
        .build();
    let at = drawn.find("<svg").unwrap_or(0);
    PreEscaped(drawn.get(at..).unwrap_or_default().to_owned())
}

/// A way out of the house: its word, and which of several.
pub fn channel(guest: &Guest, kind: &str) -> String {
    let (family, which) = kind.split_once(':').unwrap_or((kind, ""));
    let word = guest.words.word("channel", family);
    match which {
        "" => word,
        which => format!("{word} {which}"),
    }
}

/// By which phone and at what hours a city's windows are reached: what this server was told, else what the network has on record.
pub fn reached(guest: &Guest, app: &App, city: &str) -> Markup {
    let words = guest.words;
    let calendar = guest.network.calendar(city);
    let hours = calendar.hours().sessions().iter();
    let hours =
        hours.map(|(from, to)| format!("{}–{}", from.strftime("%H:%M"), to.strftime("%H:%M")));
    let hours = [("hours", words.list(&hours.collect::<Vec<_>>()))];
    let phone = app
        .runtime
        .reach()
        .phone(&format!("{city}/si/window"), &guest.network);
    html! {
        @match phone {
            Some(phone) => a href={ "tel:" (phone) } { (phone) },
            None => span class="hint" { (words.t("task.no_phone")) },
        }
        " " span class="hint" { (words.say("task.hours", &hours)) }
    }
}

/// That something is not taken in, in words.
pub fn closed(guest: &Guest, closure: &Closure) -> Markup {
    html! { span class="closed" { span class="chip dead" { (guest.words.t("closed")) } " " (guest.words.of(&closure.told())) } }
}

/// What helps at a step: what to do, line by line, and what may be read about it on a day.
pub fn advice(guest: &Guest, library: &Library, advice: &Advice, day: Date) -> Markup {
    let words = guest.words;
    let see: Vec<_> = advice.valid(day).collect();
    let from = |r: &Reference| {
        let laws = r.basis.iter().map(|b| b.cited(&library.network, words.0));
        let table = r.table.as_ref().and_then(|t| library.table(&t.value));
        let table =
            table.map(|t| words.say("advice.table", &[("title", words.of(t.title()).to_owned())]));
        let note = r.note.as_ref().map(|n| words.of(n).to_owned());
        let until = r
            .until
            .map(|day| words.say("advice.until", &[("day", day.to_string())]));
        let all: Vec<_> = laws.chain(table).chain(note).chain(until).collect();
        words.list(&all)
    };
    html! {
        @for line in &advice.lines { p class="advice" { (words.of(line)) } }
        @if !see.is_empty() {
            details class="see" {
                summary { (words.t("advice.see")) }
                ul { @for r in see { li { (words.of(&r.title)) " " span class="hint" { (from(r)) } } } }
            }
        }
    }
}

/// How a way out does: not set up, open, or since when nobody answers, and how much waits.
pub fn way(guest: &Guest, way: &Way) -> Markup {
    let words = guest.words;
    let counts = [
        ("waiting", way.waiting.to_string()),
        ("dead", way.dead.to_string()),
    ];
    html! {
        @match &way.down {
            Some((since, _)) => span class="chip dead" { (words.t("network.down")) " " (time(*since)) },
            None if way.set_up => span class="chip done" { (words.t("network.up")) },
            None => span class="chip waiting" { (words.t("network.not_set_up")) },
        }
        @if way.waiting + way.dead > 0 { " " (words.say("network.queue", &counts)) }
    }
}
