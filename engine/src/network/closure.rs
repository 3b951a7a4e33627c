//! What is not taken in (停办): a matter, a city, a way of applying, from a day to a day. One rule for a matter that is retired or pauses, and
//! for a city that joins or leaves; cases under way go on.

use super::Network;
use crate::diagnostic::Diagnostic;
use crate::source::Spanned;
use crate::text::{Text, in_both};
use jiff::civil::Date;
use std::collections::BTreeSet;

/// New cases it says are not taken in. Whatever it does not name, it holds for all of.
#[derive(Clone, Debug, PartialEq)]
pub struct Closure {
    /// A matter, by id.
    pub matter: Option<Spanned<String>>,
    /// A city that takes in or decides, by code.
    pub city: Option<String>,
    /// A way of applying (`window`, `video`, `online`, …).
    pub channel: Option<Spanned<String>>,
    /// The first day.
    pub from: Date,
    /// The last day; none: for good.
    pub until: Option<Date>,
    /// Why, and where to go instead.
    pub reason: Text,
}

impl Closure {
    /// Since when and why, and until when.
    pub fn told(&self) -> Text {
        let key = match self.until {
            Some(_) => "closed.until",
            None => "closed",
        };
        let until = self.until.map(|day| day.to_string()).unwrap_or_default();
        in_both(key, |lang| {
            vec![
                ("from", self.from.to_string()),
                ("until", until.clone()),
                ("reason", self.reason.get(lang).to_owned()),
            ]
        })
    }

    /// Whether it holds on a day for a matter, one of some cities, and a way of applying; `None`: whichever way.
    fn holds(&self, matter: &str, cities: &[&str], channel: Option<&str>, day: Date) -> bool {
        let named =
            |own: &Option<Spanned<String>>, is: &str| own.as_ref().is_none_or(|o| o.value == is);
        let way = match channel {
            Some(channel) => named(&self.channel, channel),
            None => self.channel.is_none(),
        };
        let city = |own: &String| cities.contains(&own.as_str());
        let days = self.from <= day && self.until.is_none_or(|until| day <= until);
        days && way && named(&self.matter, matter) && self.city.as_ref().is_none_or(city)
    }
}

impl Network {
    /// Why a case of a matter is not taken in on a day, where these cities (codes) would take in and decide it; `channel` `None`: by no way
    /// at all.
    pub fn closed(
        &self,
        matter: &str,
        cities: &[&str],
        channel: Option<&str>,
        day: Date,
    ) -> Option<&Closure> {
        let mut all = self.closures.iter();
        all.find(|closure| closure.holds(matter, cities, channel, day))
    }

    /// Why a city (code) takes nothing in on a day, whatever the matter.
    pub fn city_closed(&self, city: &str, day: Date) -> Option<&Closure> {
        let mut all = self
            .closures
            .iter()
            .filter(|closure| closure.city.is_some());
        all.find(|closure| closure.holds("", &[city], None, day))
    }

    /// Whether something is not taken in because of the city that would decide it.
    pub(crate) fn closes_cities(&self) -> bool {
        self.closures.iter().any(|closure| closure.city.is_some())
    }

    /// Ways of applying that there are none of (E0202).
    pub(crate) fn unknown_ways(&self, channels: &BTreeSet<&str>) -> Vec<Diagnostic> {
        let named = self.closures.iter().filter_map(|c| c.channel.as_ref());
        let unknown = named.filter(|name| !channels.contains(&*name.value));
        let known: Vec<_> = channels.iter().copied().collect();
        let wrong =
            unknown.map(|name| Diagnostic::new("E0202", name.span).with("what", known.join(" | ")));
        wrong.collect()
    }
}
