//! Brings single values into the one form they are stored in, without judging them: what cannot be understood
//! stays as it is, for `flaw.rs` to say what is wrong with it.

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde_json::{Number, Value};
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use crate::field::{Format, Kind};

/// A value of a field that holds no other fields; `None` for an empty one.
pub(crate) fn leaf(kind: &Kind, value: &Value) -> Option<Value> {
    let value = match (kind, value) {
        (Kind::Text { long: true, .. }, Value::String(text)) => lines(text).into(),
        (Kind::Text { format, .. }, Value::String(text)) => formatted(*format, text).into(),
        (Kind::Choice(_) | Kind::File, Value::String(text)) => line(text).into(),
        (Kind::Date, Value::String(text)) => date(text).unwrap_or_else(|| line(text)).into(),
        (Kind::Month, Value::String(text)) => month(text).unwrap_or_else(|| line(text)).into(),
        (Kind::Amount { .. }, value) => match money_of(value) {
            Ok(text) => text.into(),
            Err(_) => trimmed(value),
        },
        (Kind::Integer { .. }, value) => integer(value),
        (Kind::Boolean, Value::String(text)) => boolean(text),
        (Kind::Choices(_) | Kind::Texts, Value::Array(items)) => {
            items.iter().map(trimmed).collect()
        }
        (_, value) => value.clone(),
    };
    let empty = value.is_null() || value.as_str().is_some_and(str::is_empty);
    (!empty).then_some(value)
}

/// A day as `2026-11-23`, from that, `20261123`, `2026.11.23`, `2026/11/23` or `2026年11月23日`.
pub(crate) fn date(text: &str) -> Option<String> {
    let (year, month, day) = match parts(text, '日').as_slice() {
        [all] if all.len() == 8 => (
            all.get(..4)?.into(),
            all.get(4..6)?.into(),
            all.get(6..)?.into(),
        ),
        [year, month, day] => (year.clone(), month.clone(), day.clone()),
        _ => return None,
    };
    let date = Date::new(calendar_year(&year)?, two(&month)?, two(&day)?).ok()?;
    Some(date.to_string())
}

/// A month as `2026-11`, from that, `202611`, `2026.11`, `2026/11` or `2026年11月`.
pub(crate) fn month(text: &str) -> Option<String> {
    let (year, month) = match parts(text, '月').as_slice() {
        [all] if all.len() == 6 => (all.get(..4)?.into(), all.get(4..)?.into()),
        [year, month] => (year.clone(), month.clone()),
        _ => return None,
    };
    let first = Date::new(calendar_year(&year)?, two(&month)?, 1).ok()?;
    Some(format!("{:04}-{:02}", first.year(), first.month()))
}

/// An amount with exactly two decimals, or the code of what is wrong.
pub(crate) fn money(text: &str) -> Result<String, &'static str> {
    let text = compact(text);
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text.as_str()),
    };
    let (whole, cents) = digits.split_once('.').unwrap_or((digits, "00"));
    let whole = ungroup(whole).ok_or("amount.invalid")?;
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !is_number(&whole) || !is_number(cents) {
        return Err("amount.invalid");
    }
    if cents.len() > 2 {
        return Err("amount.decimals");
    }
    let whole = whole.trim_start_matches('0');
    if whole.len() > 15 {
        return Err("amount.too_long");
    }
    let exact = format!(
        "{sign}{}.{cents:0<2}",
        if whole.is_empty() { "0" } else { whole }
    );
    let zero = exact
        .parse::<Decimal>()
        .is_ok_and(|amount| amount.is_zero());
    Ok(if zero { "0.00".to_owned() } else { exact })
}

/// An amount from a string or from the text of a number, never through its binary value: beyond 15 digits a
/// number may already have lost some, and is refused.
pub(crate) fn money_of(value: &Value) -> Result<String, &'static str> {
    match value {
        Value::String(text) => money(text),
        Value::Number(number) => {
            let text = number.to_string();
            let digits = text.bytes().filter(u8::is_ascii_digit).count();
            match digits > 15 && number.is_f64() {
                true => Err("amount.inexact"),
                false => money(&text),
            }
        }
        _ => Err("amount.invalid"),
    }
}

/// One line of text: control and bidirectional characters gone (G78), NFC, no blanks around.
pub(crate) fn line(text: &str) -> String {
    let plain = |c: char| is_usual(c) || c != '\n' && c != '\t' && !is_hidden(c);
    let as_it_is = || is_nfc_quick(text.chars().filter(|c| !is_usual(*c))) == IsNormalized::Yes;
    if text.chars().all(plain) && as_it_is() {
        return text.trim().to_owned();
    }
    let spaced = text
        .chars()
        .map(|c| if c == '\n' || c == '\t' { ' ' } else { c });
    let clean: String = spaced.filter(|c| !is_hidden(*c)).nfc().collect();
    clean.trim().to_owned()
}

/// Several lines of text; line ends become `\n`.
fn lines(text: &str) -> String {
    let unix = text.replace("\r\n", "\n").replace('\r', "\n");
    let seen = |c: &char| matches!(c, '\n' | '\t') || !is_hidden(*c);
    let clean: String = unix.chars().filter(seen).nfc().collect();
    clean.trim().to_owned()
}

/// Printable ASCII, Chinese characters and their usual punctuation: nothing of it is hidden, combines, or has another form in NFC. Most
/// of what is typed is this, and looking it up in the tables of Unicode costs more than all else.
fn is_usual(c: char) -> bool {
    matches!(c, ' '..='~' | '\u{4E00}'..='\u{9FFF}' | '\u{3001}'..='\u{3020}' | '\u{FF01}'..='\u{FF5E}')
}

/// Characters that cannot be seen and only mislead: controls, direction marks, zero-width space and no-break.
fn is_hidden(c: char) -> bool {
    let direction = matches!(
        c,
        '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}'
    );
    direction || c.is_control() || matches!(c, '\u{2066}'..='\u{2069}' | '\u{200B}' | '\u{FEFF}')
}

fn formatted(format: Format, text: &str) -> String {
    match format {
        Format::Plain => line(text),
        Format::IdNumber | Format::CreditCode => unspaced(text).to_uppercase(),
        Format::BankCard | Format::Region => unspaced(text),
        Format::Phone => {
            let number = unspaced(text);
            let country = number.strip_prefix("+86").map(str::to_owned);
            country.unwrap_or(number)
        }
    }
}

/// Half-width, without blanks and hyphens that only group digits.
fn unspaced(text: &str) -> String {
    let half = compact(text);
    half.chars().filter(|c| *c != '-').collect()
}

/// Half-width, without blanks.
fn compact(text: &str) -> String {
    let half = line(text);
    half.chars()
        .map(half_width)
        .filter(|c| !c.is_whitespace())
        .collect()
}

fn half_width(c: char) -> char {
    match c {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(c as u32 - 0xFEE0).unwrap_or(c),
        '\u{3000}' => ' ',
        _ => c,
    }
}

/// `28,640` as `28640`; commas only between groups of three.
fn ungroup(whole: &str) -> Option<String> {
    let mut groups = whole.split(',');
    let first = groups.next()?;
    let rest: Vec<&str> = groups.collect();
    let right = rest.iter().all(|group| group.len() == 3);
    let grouped = rest.is_empty() || (1..=3).contains(&first.len());
    (right && grouped).then(|| whole.replace(',', ""))
}

/// The numbers of a date, split at `-`, `.`, `/` or the Chinese words; `last` may close it.
fn parts(text: &str, last: char) -> Vec<String> {
    let text = compact(text);
    let open = text.strip_suffix(last).unwrap_or(&text);
    let parts = open.split(['-', '.', '/', '年', '月']);
    parts.map(str::to_owned).collect()
}

fn calendar_year(text: &str) -> Option<i16> {
    let plain = text.len() == 4 && text.bytes().all(|b| b.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}

fn two(text: &str) -> Option<i8> {
    let plain = (1..=2).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}

/// A whole number, also one typed as text or written as `5.0`.
fn integer(value: &Value) -> Value {
    let read = match value {
        Value::String(text) => compact(text).parse::<i64>().ok(),
        Value::Number(number) => number.as_i64().or_else(|| whole(number)),
        _ => None,
    };
    read.map_or_else(|| trimmed(value), Value::from)
}

fn whole(number: &Number) -> Option<i64> {
    let text = number.to_string();
    text.strip_suffix(".0")?.parse().ok()
}

fn boolean(text: &str) -> Value {
    match line(text).as_str() {
        "true" => true.into(),
        "false" => false.into(),
        other => other.into(),
    }
}

fn trimmed(value: &Value) -> Value {
    match value {
        Value::String(text) => line(text).into(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(kind: &Kind, value: Value, expected: Value) {
        let once = leaf(kind, &value).unwrap_or(Value::Null);
        assert_eq!(once, expected, "{kind:?} {value}");
        assert_eq!(leaf(kind, &once).unwrap_or(Value::Null), expected, "twice");
    }

    fn text(format: Format) -> Kind {
        Kind::Text {
            format,
            long: false,
            max: None,
        }
    }

    #[test]
    fn dates_and_months_have_one_form() {
        for written in [
            "2026-11-23",
            "20261123",
            "2026.11.23",
            "2026/11/23",
            " ２０２６-11-23 ",
            "2026年11月23日",
        ] {
            check(&Kind::Date, json!(written), json!("2026-11-23"));
        }
        check(&Kind::Date, json!("2026-1-3"), json!("2026-01-03"));
        check(&Kind::Date, json!("2026-02-30"), json!("2026-02-30"));
        check(&Kind::Date, json!("23.11.2026"), json!("23.11.2026"));
        for written in ["2026-11", "202611", "2026.11", "2026/11", "2026年11月"] {
            check(&Kind::Month, json!(written), json!("2026-11"));
        }
        check(&Kind::Month, json!("2026-13"), json!("2026-13"));
    }

    #[test]
    fn money_is_exact() {
        let kind = Kind::Amount {
            min: None,
            max: None,
        };
        check(&kind, json!("28640.55"), json!("28640.55"));
        check(
            &kind,
            serde_json::from_str("28640.55").unwrap(),
            json!("28640.55"),
        );
        check(&kind, json!(28640), json!("28640.00"));
        check(&kind, json!("28,640.5"), json!("28640.50"));
        check(&kind, json!("２８６４０．５５"), json!("28640.55"));
        check(&kind, json!("-0.00"), json!("0.00"));
        check(&kind, json!("007"), json!("7.00"));
        check(&kind, json!(0.29), json!("0.29"));
        check(
            &kind,
            json!("999999999999999.99"),
            json!("999999999999999.99"),
        );
        check(&kind, json!("1.005"), json!("1.005")); // stays, for the message
        check(&kind, json!("2,86,40"), json!("2,86,40"));
    }

    #[test]
    fn identifiers_are_upper_case_half_width_and_without_blanks() {
        check(
            &text(Format::IdNumber),
            json!(" 45040019900101003x "),
            json!("45040019900101003X"),
        );
        check(
            &text(Format::IdNumber),
            json!("４５０４００１９６５１１３０００３３"),
            json!("450400196511300033"),
        );
        check(
            &text(Format::BankCard),
            json!("6228 4800-0000 0000 000"),
            json!("6228480000000000000"),
        );
        check(
            &text(Format::Phone),
            json!("+86 138 0013 8000"),
            json!("13800138000"),
        );
        check(
            &text(Format::CreditCode),
            json!("91442000ma4te8t01k"),
            json!("91442000MA4TE8T01K"),
        );
    }

    #[test]
    fn names_lose_what_cannot_be_seen_and_keep_rare_characters() {
        check(
            &text(Format::Plain),
            json!("\u{202E}李\u{0007}四\u{200B}　"),
            json!("李四"),
        );
        check(
            &text(Format::Plain),
            json!("买买提·吐尔逊"),
            json!("买买提·吐尔逊"),
        );
        check(&text(Format::Plain), json!("𠮷田 王"), json!("𠮷田 王"));
        check(
            &text(Format::Plain),
            json!("Ame\u{0301}lie"),
            json!("Am\u{00E9}lie"),
        );
        check(&text(Format::Plain), json!(" \t "), Value::Null);
    }

    #[test]
    fn long_text_keeps_its_lines() {
        let kind = Kind::Text {
            format: Format::Plain,
            long: true,
            max: None,
        };
        check(&kind, json!("一\r\n二\u{202E}\r三\n"), json!("一\n二\n三"));
    }

    #[test]
    fn numbers_and_yes_or_no_may_be_typed_as_text() {
        let kind = Kind::Integer {
            min: None,
            max: None,
        };
        check(&kind, json!(" １２ "), json!(12));
        check(&kind, json!(5.0), json!(5));
        check(&kind, json!(5.5), json!(5.5));
        check(&kind, json!("abc"), json!("abc"));
        check(&Kind::Boolean, json!("true"), json!(true));
        check(&Kind::Boolean, json!("yes"), json!("yes"));
    }
}
