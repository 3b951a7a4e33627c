//! Telephone numbers of a form to which notices go. A number stands in no fact and no message, only its place: it is looked up when the
//! message leaves.

use super::Case;
use serde_json::Value as Json;

impl Case {
    /// The places that hold a number, by the field: `form.survivors.phone` is `form.survivors.0.phone` and so on. A number that stands
    /// in two rows is one.
    pub(super) fn phones(&self, field: &str) -> Vec<String> {
        let mut found = vec![("form".to_owned(), &self.form)];
        for part in field.split('.').skip(1) {
            let rows = found.into_iter().flat_map(|(at, value)| rows(at, value));
            found = rows
                .filter_map(|(at, value)| Some((format!("{at}.{part}"), value.get(part)?)))
                .collect();
        }
        let mut numbers = Vec::new();
        found.retain(|(_, value)| {
            let new = value.as_str().is_some_and(|n| !n.is_empty()) && !numbers.contains(value);
            numbers.push(*value);
            new
        });
        found.into_iter().map(|(at, _)| at).collect()
    }

    /// The number at a place of the form, as the form is now.
    pub fn phone_at(&self, place: &str) -> Option<&str> {
        let parts = place.strip_prefix("form.")?.split('.');
        let mut value = &self.form;
        for part in parts {
            value = match value {
                Json::Array(rows) => rows.get(part.parse::<usize>().ok()?)?,
                _ => value.get(part)?,
            };
        }
        value.as_str().filter(|number| !number.is_empty())
    }
}

/// The rows of a list with their places; what is no list is one.
fn rows(at: String, value: &Json) -> Vec<(String, &Json)> {
    match value {
        Json::Array(rows) => {
            let numbered = rows.iter().enumerate();
            numbered
                .map(|(n, row)| (format!("{at}.{n}"), row))
                .collect()
        }
        _ => vec![(at, value)],
    }
}
