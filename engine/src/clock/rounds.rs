//! The dates of what comes again by the calendar: the tenth of every month, every year, every seven days.

use super::limit::{Limit, Unit};
use jiff::ToSpan;
use jiff::civil::Date;

/// The first date that is not before `from`: the day itself, or the next one that falls on `day` of a month, cut to the month's end.
/// None past the end of the calendar.
pub fn first_round(from: Date, day: Option<i8>) -> Option<Date> {
    let Some(day) = day else {
        return Some(from);
    };
    let here = on_day(from, day)?;
    if here >= from {
        return Some(here);
    }
    on_day(from.first_of_month().checked_add(1.month()).ok()?, day)
}

/// The date so many rounds after the first. Months and years are added to the first date and cut to the month's end, so that a short
/// month moves no later round; `day` stands where the first date was itself cut. None past the end of the calendar.
pub fn later_round(first: Date, every: Limit, day: Option<i8>, rounds: u32) -> Option<Date> {
    let count = i64::from(every.count) * i64::from(rounds);
    let span = match every.unit {
        Unit::Months => jiff::Span::new().try_months(count).ok()?,
        Unit::Years => jiff::Span::new().try_years(count).ok()?,
        Unit::Days | Unit::WorkingDays | Unit::Hours | Unit::Minutes => {
            let days = jiff::Span::new().try_days(count).ok()?;
            return first.checked_add(days).ok();
        }
    };
    let month = first.first_of_month().checked_add(span).ok()?;
    on_day(month, day.unwrap_or_else(|| first.day()))
}

/// A day of the month a date lies in; its last day where the month is shorter.
fn on_day(month: Date, day: i8) -> Option<Date> {
    let day = day.clamp(1, month.days_in_month());
    month.with().day(day).build().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn the_first_round_is_not_before_its_date() {
        for (from, day, first) in [
            ("2026-03-10", None, "2026-03-10"),
            ("2026-03-10", Some(10), "2026-03-10"),
            ("2026-03-11", Some(10), "2026-04-10"),
            ("2026-12-11", Some(10), "2027-01-10"),
            ("2026-02-03", Some(31), "2026-02-28"),
        ] {
            assert_eq!(first_round(date(from), day), Some(date(first)), "{from}");
        }
    }

    #[test]
    fn a_short_month_moves_no_later_round() {
        let all = |first: &str, every: &str, day| -> Vec<String> {
            let later = |n| {
                later_round(date(first), every.parse().unwrap(), day, n)
                    .unwrap()
                    .to_string()
            };
            [0, 1, 2, 12].map(later).into()
        };
        let january = all("2026-01-31", "1mo", None);
        assert_eq!(
            january,
            ["2026-01-31", "2026-02-28", "2026-03-31", "2027-01-31"]
        );
        let cut = all("2026-02-28", "1mo", Some(31));
        assert_eq!(
            cut,
            ["2026-02-28", "2026-03-31", "2026-04-30", "2027-02-28"]
        );
        let leap = all("2028-02-29", "1y", None);
        assert_eq!(
            leap,
            ["2028-02-29", "2029-02-28", "2030-02-28", "2040-02-29"]
        );
        let week = all("2026-12-28", "7d", None);
        assert_eq!(
            week,
            ["2026-12-28", "2027-01-04", "2027-01-11", "2027-03-22"]
        );
    }
}
