//! The number people know a case by: accepting city, letters of the matter, day, serial, and a check character.

use jiff::civil::Date;
use unicode_normalization::UnicodeNormalization;

const ALPHABET: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
/// M of ISO 7064 MOD M+1,M.
const MODULUS: u32 = 36;

/// The number of the `serial`-th case of a matter that a city took in on a day, e.g. `450400-YCXDY-20261123-00017-L`.
///
/// `city` has six digits, `code` is the matter's own.
pub fn number(city: &str, code: &str, day: Date, serial: u64) -> String {
    let body = format!("{city}-{code}-{}-{serial:05}", day.strftime("%Y%m%d"));
    let check = check_character(&body);
    format!("{body}-{check}")
}

/// True if the check character fits: no single character is wrong, and hardly any neighbours are swapped. Letters of either case.
pub fn is_sound(number: &str) -> bool {
    let upper = number.trim().to_ascii_uppercase();
    let Some((body, check)) = upper.rsplit_once('-') else {
        return false;
    };
    body.split('-').count() == 4
        && body.bytes().all(|b| b == b'-' || value(b).is_some())
        && check.chars().eq([check_character(body)])
}

/// A number as it is written, from what a person typed or read aloud: in either case, at full width, with blanks or without hyphens.
/// None: it is no whole number, or its check character does not fit.
pub fn read(text: &str) -> Option<String> {
    let typed = plain(text);
    let (city, rest) = typed.split_at_checked(6)?;
    let (matter, rest) = rest.split_at_checked(rest.find(|c: char| c.is_ascii_digit())?)?;
    let (day, rest) = rest.split_at_checked(8)?;
    let (serial, check) = rest.split_at_checked(rest.len().checked_sub(1)?)?;
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    let number = format!("{city}-{matter}-{day}-{serial}-{check}");
    let sound = [city, day, serial].into_iter().all(digits) && serial.len() >= 5;
    (sound && !matter.is_empty() && is_sound(&number)).then_some(number)
}

/// Letters and digits of what a person typed, in capitals and at normal width, without what stands between them.
pub fn plain(text: &str) -> String {
    let normal = text.nfkc().filter(|c| c.is_alphanumeric());
    normal.flat_map(char::to_uppercase).collect()
}

/// ISO 7064 MOD 37,36 over letters and digits; hyphens do not count.
fn check_character(body: &str) -> char {
    let product = body.bytes().filter_map(value).fold(MODULUS, |product, v| {
        let sum = match (product + v) % MODULUS {
            0 => MODULUS,
            sum => sum,
        };
        sum * 2 % (MODULUS + 1)
    });
    let check = (MODULUS + 1 - product) % MODULUS;
    ALPHABET.get(check as usize).map_or('0', |b| char::from(*b))
}

fn value(byte: u8) -> Option<u32> {
    char::from(byte)
        .to_digit(MODULUS)
        .filter(|_| !byte.is_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn check(city: &str, code: &str, serial: u64, expected: &str) {
        assert_eq!(number(city, code, date(2026, 11, 23), serial), expected);
        assert!(is_sound(expected), "{expected}");
    }

    /// The examples of the product's own words.
    #[test]
    fn numbers_end_in_their_check_character() {
        check("450400", "YCXDY", 17, "450400-YCXDY-20261123-00017-L");
        check("442000", "YLZY", 42, "442000-YLZY-20261123-00042-S");
    }

    #[test]
    fn a_serial_grows_past_five_digits() {
        let long = number("450400", "YCXDY", date(2026, 11, 23), 123_456);
        assert!(long.starts_with("450400-YCXDY-20261123-123456-"), "{long}");
        assert!(is_sound(&long));
    }

    #[test]
    fn any_one_wrong_character_is_noticed() {
        let right = "450400-YCXDY-20261123-00017-L";
        assert!(is_sound(&right.to_ascii_lowercase()));
        for (at, old) in right.char_indices().filter(|(_, c)| *c != '-') {
            for new in ALPHABET
                .iter()
                .map(|b| char::from(*b))
                .filter(|c| *c != old)
            {
                let mut wrong = right.to_owned();
                wrong.replace_range(at..=at, &new.to_string());
                assert!(!is_sound(&wrong), "{wrong}");
            }
        }
    }

    #[test]
    fn a_number_is_read_as_people_type_it() {
        let right = "450400-YCXDY-20261123-00017-L";
        for typed in [
            right,
            "450400ycxdy2026112300017l",
            " 450400 YCXDY 20261123 00017 L ",
            "４５０４００－ＹＣＸＤＹ－２０２６１１２３－０００１７－Ｌ",
            "450400—YCXDY—20261123—00017—L",
        ] {
            assert_eq!(read(typed).as_deref(), Some(right), "{typed}");
        }
        for typed in [
            "",
            "450400",
            "450400ycxdy2026112300017k",
            "张三",
            "450400195903150017",
        ] {
            assert_eq!(read(typed), None, "{typed}");
        }
    }

    #[test]
    fn what_is_no_number_is_not_sound() {
        for text in [
            "",
            "L",
            "-",
            "450400-YCXDY-20261123-00017",
            "450400-YCXDY-20261123-00017-办",
        ] {
            assert!(!is_sound(text), "{text}");
        }
    }
}
