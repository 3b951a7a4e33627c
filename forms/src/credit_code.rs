//! The unified social credit code of an organisation, GB 32100-2015.

/// The characters in the order of their values; I, O, S, V and Z are left out.
const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";

/// Whether a code is one, and why not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreditCode {
    /// Whether the code is one.
    pub valid: bool,
    /// Why it is none.
    pub reason: Option<Reason>,
}

/// What is wrong with a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// Not 18 characters.
    Length,
    /// A character outside the alphabet of the standard.
    Character,
    /// The check character does not fit.
    Checksum,
}

impl Reason {
    /// The word used in tables: `length`, `character`, `checksum`.
    pub fn as_str(self) -> &'static str {
        self.code().trim_start_matches("credit_code.")
    }

    /// The code of the field error, such as `credit_code.checksum`.
    pub fn code(self) -> &'static str {
        match self {
            Reason::Length => "credit_code.length",
            Reason::Character => "credit_code.character",
            Reason::Checksum => "credit_code.checksum",
        }
    }
}

/// Reads a code; small letters and spaces around are allowed.
pub fn check(text: &str) -> CreditCode {
    let reason = fault(text.trim());
    CreditCode {
        valid: reason.is_none(),
        reason,
    }
}

fn fault(text: &str) -> Option<Reason> {
    if text.chars().count() != 18 {
        return Some(Reason::Length);
    }
    let values: Option<Vec<usize>> = text.chars().map(value).collect();
    let Some(values) = values else {
        return Some(Reason::Character);
    };
    let (Some(check), Some(body)) = (values.last(), values.get(..17)) else {
        return Some(Reason::Length);
    };
    (check_value(body) != *check).then_some(Reason::Checksum)
}

fn value(character: char) -> Option<usize> {
    let upper = character.to_ascii_uppercase();
    ALPHABET
        .iter()
        .position(|known| char::from(*known) == upper)
}

/// `(31 − Σ CᵢWᵢ mod 31) mod 31` with `Wᵢ = 3^(i−1) mod 31`.
fn check_value(body: &[usize]) -> usize {
    let mut weight = 1;
    let mut sum = 0;
    for value in body {
        sum += value * weight;
        weight = weight * 3 % 31;
    }
    (31 - sum % 31) % 31
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_code(text: &str, reason: Option<Reason>) {
        assert_eq!(check(text).reason, reason, "{text}");
        assert_eq!(check(text).valid, reason.is_none());
    }

    #[test]
    fn worked_example_of_the_rules_and_its_neighbours() {
        check_code("91442000MA4TE8T01K", None);
        check_code("91442000ma4te8t01k", None);
        check_code("91442000MA4TE8T01L", Some(Reason::Checksum));
        check_code("91442000MA4TE8T10K", Some(Reason::Checksum));
        check_code("91442000MA4TE8T01", Some(Reason::Length));
        check_code("91442000MA4TE8TO1K", Some(Reason::Character));
    }
}
