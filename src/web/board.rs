//! Supervision: who watches, and the numbers of the board, each the length of a list.

use super::cases::CaseQuery;
use super::problem::{Code, Problem};
use super::{App, Here, views};
use crate::directory::Caller;
use axum::Json;
use axum::extract::State;
use engine::text::{in_both, list};
use serde::Serialize;
use utoipa::ToSchema;

/// The posts that may look at the board of their office.
const WATCHERS: [&str; 2] = ["supervisor", "lead"];
/// Days over which the rate of what ended in time is told.
const DAYS: u16 = 30;
/// A correction for longer than so many days is told.
const CORRECTION: u16 = 5;

/// One number of the board: its name and the query of the list behind it.
#[derive(Clone, Debug)]
pub struct Number {
    /// Its name.
    pub name: &'static str,
    /// The list.
    pub query: CaseQuery,
    /// How long the list is.
    pub count: i64,
}

/// All cases in flight.
pub fn open() -> CaseQuery {
    CaseQuery {
        open: Some(true),
        ..CaseQuery::default()
    }
}

/// The numbers of the board, each as the query of the list behind it.
fn queries() -> [(&'static str, CaseQuery); 7] {
    let level = |level: &str| CaseQuery {
        level: Some(level.to_owned()),
        ..open()
    };
    let ended = || CaseQuery {
        open: Some(false),
        ended: Some(DAYS),
        ..CaseQuery::default()
    };
    [
        ("in_flight", open()),
        (
            "due_today",
            CaseQuery {
                due: Some("today".to_owned()),
                ..open()
            },
        ),
        ("yellow", level("yellow")),
        ("red", level("red")),
        (
            "correction_over_5_days",
            CaseQuery {
                status: Some("correction".to_owned()),
                longer: Some(CORRECTION),
                ..open()
            },
        ),
        ("ended_30_days", ended()),
        (
            "in_time_30_days",
            CaseQuery {
                in_time: Some(true),
                ..ended()
            },
        ),
    ]
}

impl App {
    /// The numbers of the board as the caller may see them, all of one moment.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn numbers(&self, caller: &Caller) -> Result<Vec<Number>, Problem> {
        let queries = queries();
        let filters = queries.iter().map(|(_, query)| query.filter(self, caller));
        let filters: Vec<_> = filters.collect::<Result<_, _>>()?;
        let counts = self.runtime.store().count_each(&filters).await?;
        let number = |((name, query), count)| Number { name, query, count };
        Ok(queries.into_iter().zip(counts).map(number).collect())
    }

    /// Refuses whoever does not watch over an office.
    ///
    /// # Errors
    /// 403, naming the posts that do.
    pub fn watches(&self, caller: &Caller) -> Result<(), Problem> {
        if WATCHERS.iter().any(|post| caller.holds(post)) {
            return Ok(());
        }
        let library = self.runtime.library();
        let titles =
            |lang| WATCHERS.map(|post| library.network.post(post).map_or(post, |t| t.get(lang)));
        let message = in_both("reject.forbidden", |lang| {
            vec![("posts", list(lang, &titles(lang)))]
        });
        let problem = Problem::with(Code::Forbidden, message);
        Err(problem.member("needed", WATCHERS.to_vec()))
    }
}

/// The numbers of the board.
#[derive(Serialize, ToSchema)]
pub(super) struct Summary {
    /// When they were true.
    at: String,
    /// Cases in flight.
    in_flight: i64,
    /// Of these, those whose promise or legal limit ends today.
    due_today: i64,
    /// Those that are yellow.
    yellow: i64,
    /// Those that are red.
    red: i64,
    /// Those that wait for a correction for more than five days.
    correction_over_5_days: i64,
    /// Cases that ended within thirty days.
    ended_30_days: i64,
    /// Of these, those that never got a red card.
    in_time_30_days: i64,
    /// Their share; null where none ended.
    on_time_rate: Option<f64>,
    /// The list behind each number.
    #[schema(value_type = Object)]
    links: std::collections::BTreeMap<&'static str, String>,
}

/// The numbers of the board of the caller's office; each is the length of the list its link gives.
#[utoipa::path(get, path = "/api/v1/supervision/summary", tag = "supervision", responses((status = 200, body = Summary)))]
pub(super) async fn summary(State(app): Here, caller: Caller) -> Result<Json<Summary>, Problem> {
    app.watches(&caller)?;
    let numbers = app.numbers(&caller).await?;
    let of = |name: &str| {
        let found = numbers.iter().find(|n| n.name == name);
        found.map_or(0, |n| n.count)
    };
    let (ended, in_time) = (of("ended_30_days"), of("in_time_30_days"));
    let link = |n: &Number| (n.name, format!("/api/v1/cases?{}", n.query.text()));
    Ok(Json(Summary {
        at: views::at(app.runtime.clock().now()),
        in_flight: of("in_flight"),
        due_today: of("due_today"),
        yellow: of("yellow"),
        red: of("red"),
        correction_over_5_days: of("correction_over_5_days"),
        ended_30_days: ended,
        in_time_30_days: in_time,
        on_time_rate: (ended > 0).then(|| share(in_time, ended)),
        links: numbers.iter().map(link).collect(),
    }))
}

/// A part of a whole, to four places.
pub fn share(part: i64, whole: i64) -> f64 {
    // In whole numbers: durations in milliseconds outgrow what a fraction holds exactly.
    let parts = i128::from(part) * 10_000 * 2 + i128::from(whole);
    let parts = parts / (i128::from(whole.max(1)) * 2);
    f64::from(u32::try_from(parts).unwrap_or_default()) / 10_000.0
}

#[cfg(test)]
mod tests {
    use super::share;

    /// A share is one of what is measured in milliseconds over months, too.
    #[test]
    fn a_share_of_months_is_no_more_than_the_whole() {
        const MONTH: i64 = 30 * 86_400_000;
        let close = |share: f64, expected: f64| (share - expected).abs() < 1e-9;
        assert!(close(share(3 * MONTH, 12 * MONTH), 0.25));
        assert!(close(share(2 * MONTH, 3 * MONTH), 0.6667));
        assert!(close(share(0, 12 * MONTH), 0.0));
    }
}
