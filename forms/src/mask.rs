//! Hides what a reader need not see of a personal value.

use crate::field::Private;

/// The value with its middle starred: ID numbers keep the first six and last four characters, phones three and
/// four, accounts the last four; of health data nothing is shown. Too short a value is starred whole.
pub fn mask(private: Private, value: &str) -> String {
    let (head, tail) = match private {
        Private::Id => (6, 4),
        Private::Phone => (3, 4),
        Private::Account => (0, 4),
        Private::Health => return "****".to_owned(), // even the length would tell something
    };
    let length = value.chars().count();
    let shown = |place: usize| length > head + tail && (place < head || place >= length - tail);
    let characters = value.chars().enumerate();
    characters
        .map(|(place, character)| if shown(place) { character } else { '*' })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(private: Private, value: &str, expected: &str) {
        assert_eq!(mask(private, value), expected);
    }

    #[test]
    fn each_kind_shows_its_ends() {
        check(Private::Id, "110101198001010010", "110101********0010");
        check(Private::Phone, "13800138000", "138****8000");
        check(
            Private::Account,
            "6228480000000000000",
            "***************0000",
        );
        check(Private::Health, "尘肺", "****");
    }

    #[test]
    fn short_values_show_nothing() {
        check(Private::Id, "E12345678", "*********");
        check(Private::Account, "1234", "****");
        check(Private::Phone, "", "");
    }
}
