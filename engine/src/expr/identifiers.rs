//! Numbers that check themselves: GB 11643 (citizen number) and GB 32100 (unified social credit code).

use super::value::{Value, date};
use jiff::civil::Date;
use std::collections::BTreeMap;

const PROVINCES: [&str; 38] = [
    "11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34", "35", "36", "37", "41",
    "42", "43", "44", "45", "46", "50", "51", "52", "53", "54", "61", "62", "63", "64", "65", "66",
    "71", "81", "82", "83", "91", "92",
];

/// A citizen number taken apart: `valid`, `reason` (`length`, `characters`, `area`, `date`, `future`, `check`),
/// `birth_date`, `sex`, `division`. A small x counts as X; unknown counties are accepted. Source: GB 11643-1999.
pub fn id_number(text: &str, today: Option<Date>) -> Value {
    let text = text.trim().to_uppercase();
    let born = text
        .get(6..14)
        .and_then(|d| date(&format!("{}-{}-{}", d.get(..4)?, d.get(4..6)?, d.get(6..)?)));
    let digits: Vec<u32> = text
        .chars()
        .take(17)
        .filter_map(|c| c.to_digit(10))
        .collect();
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let rest = digits.iter().zip(weights).map(|(d, w)| d * w).sum::<u32>() % 11;
    let check = "10X98765432".chars().nth(rest as usize);
    let last = text.chars().last();
    let foreign = text.starts_with('9');
    let reason = if text.chars().count() != 18 {
        Some("length")
    } else if digits.len() != 17 || !last.is_some_and(|c| c.is_ascii_digit() || c == 'X') {
        Some("characters")
    } else if !foreign && !text.get(..2).is_some_and(|p| PROVINCES.contains(&p)) {
        Some("area")
    } else if born.is_none() {
        Some("date")
    } else if born > today.or(born) {
        Some("future")
    } else if check != last {
        Some("check")
    } else {
        None
    };
    let sex = if digits.get(16).is_some_and(|d| d % 2 == 1) {
        "male"
    } else {
        "female"
    };
    let ok = reason.is_none();
    let text_if = |t: &str| {
        if ok {
            Value::Text(t.to_owned())
        } else {
            Value::Null
        }
    };
    record(
        reason,
        [
            (
                "birth_date",
                born.filter(|_| ok).map_or(Value::Null, Value::Date),
            ),
            ("sex", text_if(sex)),
            ("division", text_if(text.get(..6).unwrap_or_default())),
        ],
    )
}

/// A credit code: `valid`, `reason` (`length`, `characters`, `check`). Source: GB 32100-2015.
pub fn credit_code(text: &str) -> Value {
    const ALPHABET: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    let text = text.trim().to_uppercase();
    let codes: Vec<usize> = text.chars().filter_map(|c| ALPHABET.find(c)).collect();
    let weights = [
        1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28,
    ];
    let sum: usize = codes.iter().zip(weights).map(|(c, w)| c * w).sum();
    let reason = if text.chars().count() != 18 {
        Some("length")
    } else if codes.len() != 18 {
        Some("characters")
    } else if codes.last() != Some(&((31 - sum % 31) % 31)) {
        Some("check")
    } else {
        None
    };
    record(reason, [])
}

fn record<const N: usize>(reason: Option<&str>, more: [(&str, Value); N]) -> Value {
    let mut fields = BTreeMap::from(more.map(|(k, v)| (k.to_owned(), v)));
    fields.insert("valid".into(), Value::Bool(reason.is_none()));
    fields.insert(
        "reason".into(),
        reason.map_or(Value::Null, |r| Value::Text(r.into())),
    );
    Value::Record(fields)
}
