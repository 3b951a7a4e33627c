//! How long something may take: a number and a unit that is always said.

use crate::text::{Text, both};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// The units a limit can be counted in. Law counts in all of them, and the unit changes the answer (民法典 200–203, 行政许可法 82).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unit {
    /// Office minutes.
    Minutes,
    /// Office hours.
    Hours,
    /// Calendar days 日.
    Days,
    /// Working days 工作日.
    WorkingDays,
    /// Months 月.
    Months,
    /// Years 年.
    Years,
}

impl Unit {
    /// As it is written in a limit.
    fn short(self) -> &'static str {
        match self {
            Unit::Minutes => "m",
            Unit::Hours => "h",
            Unit::Days => "d",
            Unit::WorkingDays => "wd",
            Unit::Months => "mo",
            Unit::Years => "y",
        }
    }
}

/// A limit such as `5wd`, `3d`, `4h`, `30m`, `1mo`, `1y`; ISO 8601 (`P3D`, `PT4H`, `P3M`) is read as well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// How many.
    pub count: u32,
    /// Of what.
    pub unit: Unit,
}

/// Not a limit; the text as it was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a limit: write 30m, 4h, 3d, 5wd, 1mo, 1y or ISO 8601")]
pub struct NotALimit(pub String);

/// Largest count taken, so that dates stay within the calendar of people.
const MOST: u32 = 100_000;

impl FromStr for Limit {
    type Err = NotALimit;

    fn from_str(text: &str) -> Result<Self, NotALimit> {
        let text = text.trim();
        let read = if let Some(time) = text.strip_prefix("PT") {
            split(time).and_then(|(n, u)| {
                Some((
                    n,
                    match u {
                        "M" => Unit::Minutes,
                        "H" => Unit::Hours,
                        _ => return None,
                    },
                ))
            })
        } else if let Some(date) = text.strip_prefix('P') {
            split(date).and_then(|(n, u)| match u {
                "D" => Some((n, Unit::Days)),
                "W" => Some((n.checked_mul(7)?, Unit::Days)),
                "M" => Some((n, Unit::Months)),
                "Y" => Some((n, Unit::Years)),
                _ => None,
            })
        } else {
            split(text).and_then(|(n, u)| {
                let unit = match u {
                    "m" => Unit::Minutes,
                    "h" => Unit::Hours,
                    "d" => Unit::Days,
                    "wd" => Unit::WorkingDays,
                    "mo" => Unit::Months,
                    "y" => Unit::Years,
                    _ => return None,
                };
                Some((n, unit))
            })
        };
        match read {
            Some((count, unit)) if count <= MOST => Ok(Limit { count, unit }),
            _ => Err(NotALimit(text.to_owned())),
        }
    }
}

fn split(text: &str) -> Option<(u32, &str)> {
    let at = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at(at);
    Some((number.parse().ok()?, unit))
}

impl Limit {
    /// How long it is, as people say it: 5 个工作日; a limit of no time at all is 当日.
    pub fn words(self) -> Text {
        let unit = self.unit.short();
        let key = match self.count {
            0 => "picture.unit.none".to_owned(),
            1 => format!("picture.unit.one.{unit}"),
            _ => format!("picture.unit.{unit}"),
        };
        both(&key, &[("n", self.count.to_string())])
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = self.unit.short();
        write!(f, "{}{unit}", self.count)
    }
}

impl Serialize for Limit {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Limit {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<(u32, Unit)>) {
        assert_eq!(
            text.parse::<Limit>().ok().map(|l| (l.count, l.unit)),
            expected,
            "{text}"
        );
    }

    #[test]
    fn units_are_always_said() {
        check("5wd", Some((5, Unit::WorkingDays)));
        check("3d", Some((3, Unit::Days)));
        check("4h", Some((4, Unit::Hours)));
        check("30m", Some((30, Unit::Minutes)));
        check("P3M", Some((3, Unit::Months)));
        check("PT3M", Some((3, Unit::Minutes)));
        check("P3D", Some((3, Unit::Days)));
        for wrong in [
            "5",
            "wd",
            "-5wd",
            "5 wd",
            "5days",
            "P",
            "99999999999wd",
            "五wd",
            "",
        ] {
            check(wrong, None);
        }
    }
}
