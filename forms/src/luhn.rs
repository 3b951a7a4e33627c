//! The check digit of bank cards (Luhn). A card that fails is a warning, not an error: a few banks do without.

/// Whether the digits pass; anything but digits fails.
pub(crate) fn passes(card: &str) -> bool {
    let digits: Option<Vec<u32>> = card.chars().map(|c| c.to_digit(10)).collect();
    let Some(digits) = digits.filter(|digits| !digits.is_empty()) else {
        return false;
    };
    let from_right = digits.iter().rev().enumerate();
    let sum: u32 = from_right.map(|(place, digit)| weigh(place, *digit)).sum();
    sum.is_multiple_of(10)
}

/// Every second digit from the right counts double, its two digits added up.
fn weigh(place: usize, digit: u32) -> u32 {
    match place % 2 {
        0 => digit,
        _ => digit * 2 / 10 + digit * 2 % 10,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(card: &str, expected: bool) {
        assert_eq!(passes(card), expected, "{card}");
    }

    #[test]
    fn right_wrong_and_no_digits() {
        check("79927398713", true); // the textbook example
        check("79927398710", false);
        check("6228480000000000000", true);
        check("6228480000000000001", false);
        check("", false);
        check("6228 4800", false);
    }
}
