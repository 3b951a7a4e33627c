//! A year of the calendar as twelve small months, the days on which cities differ, and office hours.

use crate::pages::look;
use crate::pages::session::Visitor;
use engine::clock::{Calendar, Hours};
use jiff::civil::Date;
use maud::{Markup, html};
use std::collections::BTreeMap;

/// Days of a week.
const WEEK: usize = 7;

/// The year, month by month, as the country has it; days that cities have otherwise are marked and told below.
pub fn year(visitor: &Visitor, year: i16, today: Date) -> Markup {
    let (words, network) = (visitor.words, &visitor.network);
    let national = network.calendars().national();
    let cities: Vec<(String, Calendar)> = network
        .cities()
        .map(|city| {
            (
                look::city(visitor, &city.code),
                network.calendar(&city.code),
            )
        })
        .collect();
    let of_year = Date::new(year, 1, 1).map(|first| first.series(jiff::ToSpan::day(1)));
    let days: Vec<Date> = of_year
        .into_iter()
        .flatten()
        .take_while(|day| day.year() == year)
        .collect();
    let mut differ: BTreeMap<Date, Vec<String>> = BTreeMap::new();
    for day in &days {
        let usual = national.day(*day);
        for (name, calendar) in &cities {
            let own = calendar.day(*day);
            if (own.working, &own.exception) != (usual.working, &usual.exception) {
                let is = match own.working {
                    true => words.t("calendar.works"),
                    false => words.t("calendar.rests"),
                };
                let holiday = own.exception.map(|e| e.holiday).unwrap_or_default();
                let holiday = visitor.own(&holiday);
                let told = format!("{name} {is} {holiday}").trim_end().to_owned();
                differ.entry(*day).or_default().push(told);
            }
        }
    }
    html! {
        p class="hint" { (words.t("calendar.legend")) }
        div class="year" {
            @for month in days.chunk_by(|a, b| a.month() == b.month()) {
                (month_of(visitor, month, &national, &differ, today))
            }
        }
        @if !differ.is_empty() {
            h2 { (words.t("calendar.differ")) }
            ul { @for (day, told) in &differ { li { time datetime=(day) { (day) } " " (words.list(told)) } } }
        }
        (hours(visitor, &cities))
    }
}

fn month_of(
    visitor: &Visitor,
    month: &[Date],
    national: &Calendar,
    differ: &BTreeMap<Date, Vec<String>>,
    today: Date,
) -> Markup {
    let words = visitor.words;
    let name = month.first().map_or(0, |day| day.month()).to_string();
    let first = month
        .first()
        .map_or(0, |day| day.weekday().to_monday_zero_offset());
    let blanks = (0..first).map(|_| None);
    let cells: Vec<Option<Date>> = blanks.chain(month.iter().copied().map(Some)).collect();
    let weekdays = words.t("calendar.weekdays");
    html! {
        table class="month" {
            caption { (words.say("calendar.month", &[("month", name)])) }
            thead { tr { @for day in weekdays.split(' ') { th scope="col" { (day) } } } }
            tbody { @for week in cells.chunks(WEEK) { tr { @for cell in week {
                @match cell {
                    None => td {},
                    Some(date) => {
                        @let day = national.day(*date);
                        @let holiday = day.exception.as_ref().map(|e| visitor.own(&e.holiday));
                        td class=(if day.working { "works" } else { "rests" }) title=[holiday] aria-current=[(*date == today).then_some("date")] {
                            (date.day())
                            @if holiday.is_some() { span { (if day.working { words.t("calendar.works") } else { words.t("calendar.rests") }) } }
                            @if differ.contains_key(date) { b { "*" } }
                        }
                    }
                }
            } } } }
        }
    }
}

/// Office hours, one line for all cities that have the same.
fn hours(visitor: &Visitor, cities: &[(String, Calendar)]) -> Markup {
    let words = visitor.words;
    let told = |hours: &Hours| {
        let sessions = hours.sessions().iter();
        let sessions = sessions
            .map(|(from, to)| format!("{}–{}", from.strftime("%H:%M"), to.strftime("%H:%M")));
        words.list(&sessions.collect::<Vec<_>>())
    };
    let mut same: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, calendar) in cities {
        same.entry(told(calendar.hours()))
            .or_default()
            .push(name.clone());
    }
    html! {
        h2 { (words.t("calendar.hours")) }
        dl class="facts" { @for (hours, names) in &same {
            div class="fact" { dt { (hours) } dd { (words.list(names)) } }
        } }
    }
}
