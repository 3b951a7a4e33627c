//! Where time is spent: how long cases and their steps take, and how many end in time.

use super::layout;
use super::lists;
use super::session::Visitor;
use crate::store::CaseFilter;
use crate::web::App;
use crate::web::board::share;
use crate::web::problem::Problem;
use axum::extract::State;
use jiff::SignedDuration;
use maud::{Markup, html};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Days looked back over.
const DAYS: i64 = 90;
/// Cases or tasks looked at, the newest ones.
const MOST: i64 = 20_000;
const DAY: i64 = 24 * 60 * 60 * 1000;

/// What is asked.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Asked {
    #[serde(default)]
    matter: Option<String>,
}

/// How long something took, over several.
struct Times {
    name: String,
    link: Option<String>,
    count: usize,
    median: i64,
    ninth: i64,
    sum: i64,
    in_time: Option<f64>,
}

/// The page.
pub async fn page(State(app): State<Arc<App>>, visitor: Visitor) -> Result<Markup, Problem> {
    app.watches(&visitor.caller)?;
    let asked: Asked = lists::asked(&visitor)?;
    let now = app.runtime.clock().now();
    let from = now.saturating_sub(SignedDuration::from_hours(24 * DAYS));
    let from = from.map_or(i64::MIN, |t| t.as_millisecond());
    let words = visitor.words;
    let matters = cases(&app, &visitor, from).await?;
    let body = html! {
        p class="hint" { (words.say("trends.explained", &[("days", DAYS.to_string()), ("most", MOST.to_string())])) }
        h2 { (words.t("trends.matters")) }
        (table(&visitor, &matters, true))
        @if let Some(matter) = &asked.matter {
            h2 { (words.say("trends.steps", &[("matter", lists::matter(&visitor, &app, matter))])) }
            (table(&visitor, &steps(&app, &visitor, matter, from).await?, false))
        }
    };
    Ok(layout::page(&visitor, &words.t("board.trends"), body))
}

async fn cases(app: &App, visitor: &Visitor, from: i64) -> Result<Vec<Times>, Problem> {
    let filter = CaseFilter {
        within: Some(app.spheres(&visitor.caller)),
        ended_from: Some(from),
        ..CaseFilter::default()
    };
    let mut by: BTreeMap<String, (Vec<i64>, i64)> = BTreeMap::new();
    for (matter, opened, closed, level) in app.runtime.store().ended(&filter, MOST).await? {
        let (times, in_time) = by.entry(matter).or_default();
        times.push(closed - opened);
        *in_time += i64::from(level != "red");
    }
    let times = by.into_iter().map(|(matter, (times, in_time))| {
        let whole = i64::try_from(times.len()).unwrap_or(i64::MAX);
        let link = serde_urlencoded::to_string([("matter", &matter)]).unwrap_or_default();
        Times {
            link: Some(format!("/board/trends?{link}")),
            in_time: Some(share(in_time, whole)),
            ..Times::of(lists::matter(visitor, app, &matter), times)
        }
    });
    Ok(sorted(times.collect()))
}

async fn steps(
    app: &App,
    visitor: &Visitor,
    matter: &str,
    from: i64,
) -> Result<Vec<Times>, Problem> {
    let within = app.spheres(&visitor.caller);
    let store = app.runtime.store();
    let mut by: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    for (step, opened, done) in store.spent(matter, Some(&within), from, MOST).await? {
        by.entry(step).or_default().push(done - opened);
    }
    let named = |(step, times): (String, Vec<i64>)| {
        Times::of(lists::step(visitor, app, matter, &step), times)
    };
    Ok(sorted(by.into_iter().map(named).collect()))
}

fn sorted(mut times: Vec<Times>) -> Vec<Times> {
    times.sort_by_key(|t| std::cmp::Reverse(t.sum));
    times
}

impl Times {
    fn of(name: String, mut times: Vec<i64>) -> Times {
        times.sort_unstable();
        Times {
            name,
            link: None,
            count: times.len(),
            median: part(&times, 50),
            ninth: part(&times, 90),
            sum: times.iter().sum(),
            in_time: None,
        }
    }
}

/// The smallest of sorted times that so many per cent of them do not pass.
fn part(sorted: &[i64], percent: usize) -> i64 {
    let place = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(place - 1).copied().unwrap_or_default()
}

fn table(visitor: &Visitor, times: &[Times], rated: bool) -> Markup {
    let words = visitor.words;
    if times.is_empty() {
        return html! { p class="notice" { (words.t("trends.none")) } };
    }
    let whole: i64 = times.iter().map(|t| t.sum).sum::<i64>().max(1);
    let longest = times.iter().map(|t| t.ninth).max().unwrap_or(1).max(1);
    html! {
        div class="wide" { table class="list trends" {
            thead { tr {
                th { (words.t("trends.what")) }
                th { (words.t("trends.count")) }
                th { (words.t("trends.median")) }
                th { (words.t("trends.ninth")) }
                th class="chart" { (words.say("trends.chart", &[("longest", took(visitor, longest))])) }
                th { (words.t("trends.part")) }
                @if rated { th { (words.t("trends.in_time")) } }
            } }
            tbody {
                @for t in times {
                    tr {
                        td { @if let Some(link) = &t.link { a href=(link) { (t.name) } } @else { (t.name) } }
                        td class="number" { (t.count) }
                        td class="number" { (took(visitor, t.median)) }
                        td class="number" { (took(visitor, t.ninth)) }
                        td class="chart" { (chart(t, longest)) }
                        td class="number" { (format!("{:.1}%", share(t.sum, whole) * 100.0)) }
                        @if rated { td class="number" { @if let Some(rate) = t.in_time { (format!("{:.1}%", rate * 100.0)) } } }
                    }
                }
            }
        } }
    }
}

/// Median and 90th percentile on one line; the numbers stand beside it.
fn chart(times: &Times, longest: i64) -> Markup {
    let x = |time: i64| time * 200 / longest;
    html! {
        svg class="times" viewBox="0 0 200 14" preserveAspectRatio="none" aria-hidden="true" {
            rect class="ninth" x="0" y="4" width=(x(times.ninth)) height="6" {}
            rect class="median" x="0" y="2" width=(x(times.median)) height="10" {}
        }
    }
}

/// A time in days and hours, or hours and minutes where it is short.
fn took(visitor: &Visitor, milliseconds: i64) -> String {
    let words = visitor.words;
    let minutes = milliseconds / 60_000;
    let (days, hours, minutes) = (milliseconds / DAY, minutes / 60 % 24, minutes % 60);
    let one = |count: i64, unit: &str| format!("{count} {}", words.word("card.unit", unit));
    match (days, hours) {
        (0, 0) => one(minutes, "m"),
        (0, _) if minutes > 0 => format!("{} {}", one(hours, "h"), one(minutes, "m")),
        (0, _) => one(hours, "h"),
        (_, 0) => one(days, "day"),
        _ => format!("{} {}", one(days, "day"), one(hours, "h")),
    }
}

#[cfg(test)]
mod tests {
    use super::part;

    #[test]
    fn parts_are_times_that_were_taken() {
        let times: Vec<i64> = (1..=10).collect();
        assert_eq!(part(&times, 50), 5);
        assert_eq!(part(&times, 90), 9);
        assert_eq!(part(&[7], 90), 7);
        assert_eq!(part(&[], 50), 0);
    }
}
