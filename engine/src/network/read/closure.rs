//! `closures` of the network's files.

use super::{Reader, words};
use crate::diagnostic::Diagnostic;
use crate::network::Closure;
use crate::source::Spanned;
use crate::yaml::Node;
use jiff::civil::Date;

/// The keys of a closure.
const KEYS: [&str; 6] = ["matter", "city", "channel", "from", "until", "reason"];

impl Reader {
    pub(super) fn closure(&mut self, node: &Node) {
        self.require(node, &["from", "reason"]);
        for e in node.entries().iter().filter(|e| !KEYS.contains(&&*e.key)) {
            let wrong = Diagnostic::new("E0201", e.key_span).with("name", &*e.key);
            self.found.push(wrong.near(&e.key, KEYS));
        }
        let spanned = |key| {
            node.get(key)
                .and_then(|n| Some(Spanned::new(n.text()?.to_owned(), n.span)))
        };
        let city = node.get("city");
        let city = city.map(|city| self.city_code(city, &words(node, "city")));
        let (from, until) = (
            self.closing_day(node, "from"),
            self.closing_day(node, "until"),
        );
        let Some(from) = from else { return };
        self.network.closures.push(Closure {
            matter: spanned("matter"),
            city,
            channel: spanned("channel"),
            from,
            until,
            reason: node
                .get("reason")
                .map(|n| self.title(n, "zh"))
                .unwrap_or_default(),
        });
    }

    fn closing_day(&mut self, node: &Node, key: &str) -> Option<Date> {
        let day = node.get(key)?;
        let read = day.text().and_then(|t| t.parse().ok());
        if read.is_none() {
            self.expected(day, "2026-01-01");
        }
        read
    }
}
