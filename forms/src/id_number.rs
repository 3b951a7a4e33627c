//! The citizen's number of GB 11643-1999, which is also the social-security number (社会保险法 art. 58).
//!
//! The 18-digit residence permits of people from Hong Kong, Macao and Taiwan (prefixes 81, 82, 83) and of
//! foreigners (prefix 9) have the same form.

use jiff::civil::Date;

/// The first two digits of province-level units in GB/T 2260 [likely], and 81–83 of the residence permits [sure]. Whole
/// six-digit codes are not looked up: historic county codes stay on cards for life.
const PROVINCES: [u8; 35] = [
    11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 41, 42, 43, 44, 45, 46, 50, 51, 52,
    53, 54, 61, 62, 63, 64, 65, 71, 81, 82, 83,
];

const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECK: [char; 11] = ['1', '0', 'X', '9', '8', '7', '6', '5', '4', '3', '2'];

/// What a number says, or why it is none. The facts are there only when `valid`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdNumber {
    /// Whether the number is one.
    pub valid: bool,
    /// Why it is none.
    pub reason: Option<Reason>,
    /// Date of birth.
    pub birth_date: Option<Date>,
    /// Sex, from the last digit of the sequence.
    pub sex: Option<Sex>,
    /// The six-digit division that first issued the number.
    pub division: Option<String>,
}

/// Sex as the number tells it: an odd sequence is male.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sex {
    /// 男
    Male,
    /// 女
    Female,
}

/// What is wrong with a number: the first thing found, read from left to right, the check digit last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// Not 18 characters.
    Length,
    /// A character that is no digit, or an X that does not stand last.
    Character,
    /// The first two digits are no province.
    Division,
    /// A day the calendar does not have.
    BirthDate,
    /// Born after today.
    Future,
    /// The check digit does not fit.
    Checksum,
}

impl Sex {
    /// The word used in forms and tables: `male`, `female`.
    pub fn as_str(self) -> &'static str {
        match self {
            Sex::Male => "male",
            Sex::Female => "female",
        }
    }
}

impl Reason {
    /// The word used in tables: `length`, `character`, `division`, `birth_date`, `future`, `checksum`.
    pub fn as_str(self) -> &'static str {
        self.code().trim_start_matches("id_number.")
    }

    /// The code of the field error, such as `id_number.checksum`.
    pub fn code(self) -> &'static str {
        match self {
            Reason::Length => "id_number.length",
            Reason::Character => "id_number.character",
            Reason::Division => "id_number.division",
            Reason::BirthDate => "id_number.birth_date",
            Reason::Future => "id_number.future",
            Reason::Checksum => "id_number.checksum",
        }
    }
}

/// Reads a number as it stands, with `x` for `X` and spaces around allowed; `today` is the last possible birthday.
pub fn check(text: &str, today: Date) -> IdNumber {
    match read(text.trim(), today) {
        Ok((birth_date, sex, division)) => IdNumber {
            valid: true,
            reason: None,
            birth_date: Some(birth_date),
            sex: Some(sex),
            division: Some(division),
        },
        Err(reason) => IdNumber {
            valid: false,
            reason: Some(reason),
            birth_date: None,
            sex: None,
            division: None,
        },
    }
}

/// Whether six digits begin with a province of GB/T 2260 (historic codes are accepted).
pub(crate) fn is_division(code: &str) -> bool {
    let six = code.len() == 6 && code.bytes().all(|b| b.is_ascii_digit());
    six && known_province(code) && !code.starts_with('9')
}

fn read(text: &str, today: Date) -> Result<(Date, Sex, String), Reason> {
    if text.chars().count() != 18 {
        return Err(Reason::Length);
    }
    let (body, check) = split(text).ok_or(Reason::Character)?;
    if !known_province(text) {
        return Err(Reason::Division);
    }
    let birth_date = birth_date(&body).ok_or(Reason::BirthDate)?;
    if birth_date > today {
        return Err(Reason::Future);
    }
    if check_digit(&body) != check {
        return Err(Reason::Checksum);
    }
    let sex = match body.last() {
        Some(digit) if digit % 2 == 1 => Sex::Male,
        _ => Sex::Female,
    };
    Ok((birth_date, sex, text.chars().take(6).collect()))
}

/// The seventeen digits and the check character.
fn split(text: &str) -> Option<(Vec<u32>, char)> {
    let mut digits: Vec<char> = text.chars().collect();
    let check = digits.pop()?.to_ascii_uppercase();
    let body: Option<Vec<u32>> = digits.iter().map(|c| c.to_digit(10)).collect();
    (check == 'X' || check.is_ascii_digit()).then_some((body?, check))
}

fn known_province(text: &str) -> bool {
    let first_two = text.get(..2).and_then(|two| two.parse::<u8>().ok());
    // A 9 in front marks a foreigner's permit; what follows it is not a division.
    text.starts_with('9') || first_two.is_some_and(|two| PROVINCES.contains(&two))
}

fn birth_date(body: &[u32]) -> Option<Date> {
    let number = |from: usize, to: usize| {
        let digits = body.get(from..to)?;
        Some(digits.iter().fold(0, |sum, digit| sum * 10 + digit))
    };
    let (year, month, day) = (number(6, 10)?, number(10, 12)?, number(12, 14)?);
    Date::new(
        i16::try_from(year).ok()?,
        i8::try_from(month).ok()?,
        i8::try_from(day).ok()?,
    )
    .ok()
}

fn check_digit(body: &[u32]) -> char {
    let sum: u32 = body.iter().zip(WEIGHTS).map(|(digit, w)| digit * w).sum();
    // A remainder by 11 is below 11, so a character is always found.
    CHECK.get((sum % 11) as usize).copied().unwrap_or('?')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_number(text: &str, expected: Result<(&str, Sex, &str), Reason>) {
        let found = check(text, jiff::civil::date(2026, 11, 24));
        let told = match (found.reason, found.birth_date, found.sex, &found.division) {
            (None, Some(day), Some(sex), Some(place)) => Ok((day.to_string(), sex, place.clone())),
            (reason, ..) => Err(reason.unwrap()),
        };
        let expected = expected.map(|(day, sex, place)| (day.into(), sex, place.into()));
        assert_eq!(told, expected, "{text}");
        assert_eq!(found.valid, found.reason.is_none());
    }

    #[test]
    fn worked_examples_of_the_rules() {
        check_number(
            "110101198001010010",
            Ok(("1980-01-01", Sex::Male, "110101")),
        );
        check_number(
            "450400196511300033",
            Ok(("1965-11-30", Sex::Male, "450400")),
        );
        check_number("442000197002290028", Err(Reason::BirthDate)); // 1970 had no 29 February
    }

    #[test]
    fn x_in_either_case_and_residence_permits() {
        check_number(
            "45040019900101003X",
            Ok(("1990-01-01", Sex::Male, "450400")),
        );
        check_number(
            "45040019900101003x",
            Ok(("1990-01-01", Sex::Male, "450400")),
        );
        check_number(
            "810000198506070012",
            Ok(("1985-06-07", Sex::Male, "810000")),
        );
        check_number(
            "911156198808080031",
            Ok(("1988-08-08", Sex::Male, "911156")),
        );
    }

    #[test]
    fn each_fault_has_its_reason() {
        check_number("11010119800101001", Err(Reason::Length));
        check_number("", Err(Reason::Length));
        check_number("1101011980010100X0", Err(Reason::Character));
        check_number("11010119800101001Y", Err(Reason::Character));
        check_number(
            "一一〇一〇一一九八〇〇一〇一〇〇一〇",
            Err(Reason::Character),
        );
        check_number(
            "990000198001010012",
            Ok(("1980-01-01", Sex::Male, "990000")),
        );
        check_number("200000198001010012", Err(Reason::Division));
        check_number("110101198013010010", Err(Reason::BirthDate));
        check_number("110101209901010017", Err(Reason::Future));
        check_number("110101198001010011", Err(Reason::Checksum));
        check_number("110101198001010001", Err(Reason::Checksum)); // neighbours swapped
    }
}
