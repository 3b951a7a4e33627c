//! What a case was expected to look like, what it looks like, and why.

use super::place::{by_name, fits};
use super::world::Held;
use super::{Expected, ExpectedClock};
use crate::case::{Fact, Level, Place, Recipient, Recognition, Running, Work};
use crate::clock::{Amount, Calendar, Clock, Unit, civil};
use crate::matter::Kind;
use crate::network::Network;
use crate::source::{Span, Spanned};
use crate::text::{Text, both};
use jiff::Timestamp;
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// Something that is not as expected.
pub(super) struct Mismatch {
    pub span: Span,
    pub about: String,
    pub expected: Text,
    pub got: Text,
    pub why: Vec<Text>,
}

/// Everything about a case that is not as expected.
pub(super) fn compare(
    held: &Held,
    expected: &Expected,
    now: Timestamp,
    network: &Network,
) -> Vec<Mismatch> {
    let mut found = Vec::new();
    if let Some(status) = &expected.status {
        same(&mut found, "status", status, held.case.status().word());
    }
    if let Some(label) = &expected.label {
        same(&mut found, "label", label, held.case.label().unwrap_or("-"));
    }
    if let Some(reason) = &expected.reason {
        same(
            &mut found,
            "reason",
            reason,
            held.case.reason().unwrap_or("-"),
        );
    }
    if let Some(closed) = &expected.closed {
        same(
            &mut found,
            "closed",
            &said(closed),
            &held.case.is_closed().to_string(),
        );
    }
    if let Some(open) = &expected.open {
        found.extend(places(held, open, network));
    }
    for (address, result) in &expected.results {
        let got = at(network, &held.results, address).map_or("-", String::as_str);
        same(&mut found, &address.value, result, got);
    }
    for (name, clock) in &expected.clocks {
        clocks(&mut found, held, name, clock, now, network);
    }
    if let Some(missing) = &expected.missing {
        lists(&mut found, "missing", missing, held.case.missing());
    }
    if let Some(recognised) = &expected.recognised {
        let all = held.case.recognised().iter();
        let taken = all.filter(|r| r.state == Recognition::Taken);
        let taken: Vec<String> = taken.map(|r| r.material.clone()).collect();
        lists(&mut found, "recognised", recognised, &taken);
    }
    if let Some(papers) = &expected.papers {
        let issued = held.events.iter().filter_map(|(_, e)| match &e.fact {
            Fact::PaperIssued { template, .. } => Some(template.to_string()),
            _ => None,
        });
        lists(&mut found, "papers", papers, &issued.collect::<Vec<_>>());
    }
    for (whom, count) in &expected.notices {
        let got = notices(held, whom, network);
        same(
            &mut found,
            &format!("notices.{}", whom.value),
            &said(count),
            &got.to_string(),
        );
    }
    for (address, value) in &expected.data {
        let got = value_at(network, &held.values, address).unwrap_or_else(|| "-".to_owned());
        same(&mut found, &address.value, value, &got);
    }
    for what in &expected.never {
        if let Some(at) = happened(held, what, network) {
            let args = [("what", what.value.clone()), ("at", local(at))];
            found.push(plain(
                what.span,
                "never",
                both("scenario.never", &args),
                both("scenario.happened", &args),
            ));
        }
    }
    found
}

/// Where the case stands, as people read it.
pub(super) fn open(held: &Held, network: &Network) -> Vec<String> {
    leaves(held)
        .iter()
        .map(|p| by_name(network, &p.address))
        .collect()
}

/// The whole paths of where the case stands.
fn paths(held: &Held) -> Vec<String> {
    leaves(held)
        .iter()
        .map(|p| held.path(p.frame, &p.step))
        .collect()
}

/// The places where the case stands, without the groups around them.
fn leaves(held: &Held) -> Vec<Place> {
    let all = held.case.places(&held.matter);
    let inside = |p: &&Place| !p.held && !encloses(held, p, &all);
    all.iter().filter(inside).cloned().collect()
}

/// Whether a place is a group with something open in it.
fn encloses(held: &Held, place: &Place, all: &[Place]) -> bool {
    let Some((at, step)) = held.matter.named(&place.step) else {
        return false;
    };
    match step.kind {
        Kind::Group { .. } | Kind::Parallel { .. } | Kind::ForEach { .. } | Kind::Repeat { .. } => {
            true
        }
        Kind::Handoff { body: Some(_), .. } => {
            let prefix = place.address.strip_suffix(&*place.step).unwrap_or_default();
            let within = |p: &&Place| {
                p.address.starts_with(prefix)
                    && held
                        .matter
                        .named(&p.step)
                        .is_some_and(|(s, _)| held.matter.around(s).any(|a| a == at))
            };
            all.iter().any(|p| within(&p))
        }
        _ => false,
    }
}

/// Each place that is open must be named, and each that is named be open.
fn places(
    held: &Held,
    expected: &Spanned<Vec<Spanned<String>>>,
    network: &Network,
) -> Option<Mismatch> {
    let (mut left, seconds) = (paths(held), seconds(held));
    let mut missing = false;
    for wanted in &expected.value {
        // That a second person looks at it may be said.
        let (step, second) = match wanted.value.strip_suffix(".second") {
            Some(step) => (step, true),
            None => (wanted.value.as_str(), false),
        };
        let is = |p: &String| fits(network, p, step) && (!second || seconds.contains(p));
        match left.iter().position(is) {
            Some(n) => _ = left.remove(n),
            None => missing = true,
        }
    }
    if !missing && left.is_empty() {
        return None;
    }
    let wanted: Vec<&str> = expected.value.iter().map(|w| w.value.as_str()).collect();
    let got = open(held, network);
    let list = |words: String| both("scenario.open_are", &[("list", words)]);
    Some(plain(
        expected.span,
        "open",
        list(wanted.join("、")),
        list(got.join("、")),
    ))
}

/// The paths of steps on which a second person is asked.
fn seconds(held: &Held) -> Vec<String> {
    let tasks = held
        .case
        .open_tasks()
        .filter(|(_, t)| t.work() == Work::Second);
    tasks.map(|(_, t)| held.path(t.frame(), t.step())).collect()
}

fn clocks(
    found: &mut Vec<Mismatch>,
    held: &Held,
    name: &Spanned<String>,
    expected: &ExpectedClock,
    now: Timestamp,
    network: &Network,
) {
    let mut named = held
        .case
        .clocks()
        .iter()
        .filter(|(clock, _)| fits(network, clock, name));
    let Some((_, running)) = named.next_back() else {
        let list: Vec<&str> = held.case.clocks().keys().map(String::as_str).collect();
        let got = both("scenario.clocks_are", &[("list", list.join("、"))]);
        return found.push(plain(
            name.span,
            &name.value,
            both("scenario.clock", &[("clock", name.value.clone())]),
            got,
        ));
    };
    let (clock, calendar) = (running.ledger(), network.calendar(running.city()));
    let before = found.len();
    let about = |part: &str| format!("{}.{part}", name.value);
    if let Some(level) = &expected.level {
        same(
            found,
            &about("level"),
            level,
            level_name(running.level(now)),
        );
    }
    if let Some(used) = &expected.used {
        amounts(
            found,
            &about("used"),
            used,
            clock,
            clock.used(now, &calendar),
        );
    }
    if let Some(left) = &expected.left {
        amounts(
            found,
            &about("left"),
            left,
            clock,
            clock.left(now, &calendar),
        );
    }
    if let Some(due) = &expected.due {
        let got = local(clock.due());
        if !got.starts_with(due.value.as_str()) {
            same(found, &about("due"), due, &got);
        }
    }
    if let Some(stopped) = &expected.stopped {
        same(
            found,
            &about("stopped"),
            &said(stopped),
            &running.is_stopped().to_string(),
        );
    }
    for mismatch in found.iter_mut().skip(before) {
        mismatch.why = reasons(running, &calendar);
    }
}

/// What the instants of a clock are, and why.
fn reasons(running: &Running, calendar: &Calendar) -> Vec<Text> {
    let clock = running.ledger();
    let mut instants = Vec::new();
    let mut at = clock.started();
    while let Some(next) = clock.next_change(at) {
        instants.push(local(next));
        at = next;
    }
    let total = clock.total(calendar);
    let mut out = vec![both(
        "scenario.clock_why",
        &[
            ("limit", clock.limit().to_string()),
            ("started", local(clock.started())),
            ("due", local(clock.due())),
            ("total", words(total, clock.limit().unit)),
        ],
    )];
    if let [reminder, yellow, ..] = instants.as_slice() {
        out.push(both(
            "scenario.clock_levels",
            &[("reminder", reminder.clone()), ("yellow", yellow.clone())],
        ));
    }
    for stop in clock.stops() {
        let to = stop.to.map_or_else(|| "…".to_owned(), local);
        out.push(both(
            "scenario.clock_pause",
            &[
                ("from", local(stop.from)),
                ("to", to),
                ("reason", stop.reason.clone()),
            ],
        ));
    }
    out
}

fn amounts(
    found: &mut Vec<Mismatch>,
    about: &str,
    expected: &Spanned<String>,
    clock: &Clock,
    got: Amount,
) {
    let got = words(got, clock.limit().unit);
    if parts(&expected.value) != parts(&got) {
        same(found, about, expected, &got);
    }
}

/// An amount as scenarios write it: `1wd 2h 40m`.
fn words(amount: Amount, unit: Unit) -> String {
    let day = match unit {
        Unit::WorkingDays => "wd",
        Unit::Minutes | Unit::Hours | Unit::Days | Unit::Months | Unit::Years => "d",
    };
    let minutes = amount.seconds / 60;
    let parts = [(amount.days, day), (minutes / 60, "h"), (minutes % 60, "m")];
    let said: Vec<String> = parts
        .iter()
        .filter(|(n, _)| *n != 0)
        .map(|(n, unit)| format!("{n}{unit}"))
        .collect();
    if said.is_empty() {
        "0m".to_owned()
    } else {
        said.join(" ")
    }
}

/// The parts of a written amount, without those that are nothing.
fn parts(text: &str) -> Vec<String> {
    let parts = text.split_whitespace().map(str::to_owned);
    parts
        .filter(|p| {
            !p.trim_start_matches('0')
                .starts_with(|c: char| c.is_alphabetic())
        })
        .collect()
}

fn lists(
    found: &mut Vec<Mismatch>,
    about: &str,
    expected: &Spanned<Vec<Spanned<String>>>,
    got: &[String],
) {
    let wanted: Vec<&str> = expected.value.iter().map(|w| w.value.as_str()).collect();
    if wanted != got {
        let wanted = Spanned::new(format!("[{}]", wanted.join(", ")), expected.span);
        same(found, about, &wanted, &format!("[{}]", got.join(", ")));
    }
}

fn same(found: &mut Vec<Mismatch>, about: &str, expected: &Spanned<String>, got: &str) {
    if expected.value != got {
        let is = |value: &str| {
            let words = format!("{about}={value}");
            Text {
                zh: words.clone(),
                en: words,
            }
        };
        let got = Text {
            zh: got.to_owned(),
            en: got.to_owned(),
        };
        found.push(plain(expected.span, about, is(&expected.value), got));
    }
}

fn plain(span: Span, about: &str, expected: Text, got: Text) -> Mismatch {
    Mismatch {
        span,
        about: about.to_owned(),
        expected,
        got,
        why: Vec::new(),
    }
}

fn said<T: ToString>(value: &Spanned<T>) -> Spanned<String> {
    Spanned::new(value.value.to_string(), value.span)
}

fn at<'m, T>(network: &Network, map: &'m BTreeMap<String, T>, address: &str) -> Option<&'m T> {
    map.get(address).or_else(|| {
        map.iter()
            .find(|(a, _)| fits(network, a, address))
            .map(|(_, v)| v)
    })
}

/// A value of a case by its address: one that a step has written, or of `case`, `applicant` and `form`.
pub(super) fn value(held: &Held, network: &Network, address: &str) -> Option<String> {
    let case = &held.case;
    let given = serde_json::json!({
        "case": { "number": case.number() }, "applicant": case.applicant(), "form": case.form(),
    });
    let mut parts = address.split('.');
    let given = parts.try_fold(&given, |v, part| v.get(part));
    let given = given.and_then(Json::as_str).map(str::to_owned);
    given.or_else(|| value_at(network, &held.values, address))
}

/// `step.field`, with the longest step that has written something.
fn value_at(network: &Network, values: &BTreeMap<String, Json>, address: &str) -> Option<String> {
    let ends = address.char_indices().rev().filter(|(_, c)| *c == '.');
    for (dot, _) in ends {
        let (step, field) = (address.get(..dot)?, address.get(dot + 1..)?);
        let value =
            at(network, values, step).and_then(|v| field.split('.').try_fold(v, |v, f| v.get(f)));
        if let Some(value) = value {
            return Some(
                value
                    .as_str()
                    .map_or_else(|| value.to_string(), str::to_owned),
            );
        }
    }
    None
}

/// How many notices went to the applicant, to the numbers in a field of the form, or to a `city/department`, whichever post there.
fn notices(held: &Held, whom: &str, network: &Network) -> usize {
    let to = |r: &Recipient| match r {
        Recipient::Applicant => whom == super::APPLICANT,
        Recipient::Phone(at) => {
            let parts = at.split('.').filter(|part| part.parse::<usize>().is_err());
            parts.eq(whom.split('.'))
        }
        Recipient::Post(party) | Recipient::Person { post: party, .. } => {
            let mut parts = whom.split('/');
            let city = parts.next().unwrap_or_default();
            let code = network.city(city).map_or(city, |c| c.code.as_str());
            party.city == code
                && parts.next().is_none_or(|d| d == party.department)
                && parts.next().is_none_or(|p| p == party.post)
        }
    };
    held.notices.iter().filter(|(_, r)| to(r)).count()
}

/// When something first happened: a card, a paper, a step, an outcome.
fn happened(held: &Held, what: &str, network: &Network) -> Option<Timestamp> {
    let is = |fact: &Fact| match fact {
        Fact::ClockReached {
            card: Some(_),
            level,
            ..
        } => what.strip_prefix("card.") == Some(level_name(*level)),
        Fact::PaperIssued { template, .. } => what.strip_prefix("paper.") == Some(&**template),
        Fact::StepEntered { frame, step, .. } => fits(network, &held.path(*frame, step), what),
        Fact::StepDone {
            frame,
            step,
            outcome,
            ..
        } => {
            let step = held.path(*frame, step);
            fits(network, &step, what) || fits(network, &format!("{step}.{outcome}"), what)
        }
        Fact::Happened { event, .. } => **event == *what,
        _ => false,
    };
    held.events
        .iter()
        .find(|(_, e)| is(&e.fact))
        .map(|(at, _)| *at)
}

fn level_name(level: Level) -> &'static str {
    match level {
        Level::Normal => "normal",
        Level::Reminder => "reminder",
        Level::Yellow => "yellow",
        Level::Red => "red",
        Level::Paused => "paused",
    }
}

/// An instant as people write it, in Beijing.
pub(super) fn local(at: Timestamp) -> String {
    civil(at).strftime("%Y-%m-%d %H:%M").to_string()
}
