//! `onenet due`: when a limit ends, and every day counted or skipped.

use super::{Failure, print};
use crate::shipped;
use clap::Args;
use engine::clock::{self, BEIJING, Limit, civil, instant};
use engine::source::Sources;
use engine::text::Lang;
use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;

/// Works out when a limit ends.
#[derive(Args)]
pub struct Due {
    /// The start: a date (taken at opening time) or an RFC 3339 instant.
    #[arg(long)]
    from: String,
    /// The limit: 30m, 4h, 3d (calendar days), 5wd (working days), 1mo, 1y, or ISO 8601.
    #[arg(long)]
    limit: String,
    /// Six-digit code of the city whose calendar counts; without it the national one.
    #[arg(long)]
    city: Option<String>,
    /// A time in which the clock stood still, FROM/TO; may be given several times.
    #[arg(long)]
    pause: Vec<String>,
    /// Also lists every day counted or skipped, and why (on stderr).
    #[arg(long)]
    explain: bool,
}

impl Due {
    /// Prints `{"due":"RFC3339","provisional":bool}`.
    pub(super) fn run(self, lang: Lang) -> Result<(), Failure> {
        let limit: Limit = self
            .limit
            .parse()
            .map_err(|_| Failure::Usage("due.bad_limit", vec![("text", self.limit.clone())]))?;
        let city = self.city.as_deref().map(city_code).transpose()?;
        let mut sources = Sources::default();
        let calendars = match shipped::calendars(&mut sources) {
            Ok(calendars) => calendars,
            Err(found) => return Err(Failure::Found(found, sources)),
        };
        let calendar = calendars.of(city.unwrap_or_default(), city.and_then(pool));
        let opening = calendar.hours().opening();
        let from = moment(&self.from, opening)?;
        let pauses = self
            .pause
            .iter()
            .map(|text| pause(text, opening))
            .collect::<Result<Vec<_>, _>>()?;
        let due = clock::due(&calendar, from, limit, &pauses);
        if self.explain {
            for day in &due.days {
                eprintln!(
                    "{} {}",
                    day.date.strftime("%Y-%m-%d"),
                    day.words().get(lang)
                );
            }
        }
        let at = due
            .at
            .to_zoned(TimeZone::fixed(BEIJING))
            .strftime("%Y-%m-%dT%H:%M:%S%:z")
            .to_string();
        print(&serde_json::json!({ "due": at, "provisional": due.provisional }).to_string());
        Ok(())
    }
}

fn city_code(text: &str) -> Result<&str, Failure> {
    let is_code = text.len() == 6 && text.bytes().all(|b| b.is_ascii_digit());
    is_code
        .then_some(text)
        .ok_or_else(|| Failure::Usage("due.bad_city", vec![("text", text.to_owned())]))
}

/// The pension pool of a city: its province, but the Corps' cities (6590xx) have their own, `66`.
fn pool(city: &str) -> Option<&str> {
    if city.starts_with("6590") {
        Some("66")
    } else {
        city.get(..2)
    }
}

fn moment(text: &str, opening: Time) -> Result<Timestamp, Failure> {
    let date = text.parse::<Date>().ok().filter(|_| text.len() == 10);
    let at = date
        .map(|d| instant(d.to_datetime(opening)))
        .or_else(|| text.parse().ok());
    at.filter(|at| (1900..=2200).contains(&civil(*at).year()))
        .ok_or_else(|| Failure::Usage("due.bad_time", vec![("text", text.to_owned())]))
}

fn pause(text: &str, opening: Time) -> Result<clock::Pause, Failure> {
    let wrong = || Failure::Usage("due.bad_pause", vec![("text", text.to_owned())]);
    let (from, to) = text.split_once('/').ok_or_else(wrong)?;
    let (from, to) = (moment(from, opening)?, moment(to, opening)?);
    if from <= to {
        Ok((from, to))
    } else {
        Err(wrong())
    }
}
