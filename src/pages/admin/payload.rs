//! What a message says, as whoever looks after messages may read it: links that open something, codes and long numbers are covered.

use engine::case::number::is_sound;
use serde_json::Value;

/// The mark that stands for what is covered.
const COVERED: &str = "****";
/// A run of so many digits is the number of something: a query code has six.
const DIGITS: usize = 5;
/// With hyphens between, as in a phone number or an account.
const PARTED: usize = 9;
/// A word of so many letters and digits is a key or a link.
const SECRET: usize = 16;

/// The parts of a payload that say where it belongs; what stands in others is content, and covered as a whole.
const OPEN: [&str; 12] = [
    "id", "type", "at", "case", "number", "matter", "revision", "task", "step", "due", "links",
    "about",
];

/// The text of a payload; one that is no text as JSON.
pub fn shown(body: &Value) -> String {
    match body {
        Value::String(text) => covered(text),
        Value::Null => String::new(),
        other => {
            let text = serde_json::to_string_pretty(&without_content(other));
            covered(&text.unwrap_or_default())
        }
    }
}

/// The same payload with its content covered.
fn without_content(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let kept = map
                .iter()
                .map(|(key, value)| match OPEN.contains(&key.as_str()) {
                    true => (key.clone(), without_content(value)),
                    false => (key.clone(), COVERED.into()),
                });
            Value::Object(kept.collect())
        }
        Value::Array(items) => items.iter().map(without_content).collect(),
        other => other.clone(),
    }
}

/// A text with what must not be read covered; numbers of cases stay.
fn covered(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(|c| !belongs(c)).unwrap_or(rest.len());
        let (word, behind) = rest.split_at(end);
        out.push_str(match open(word) {
            true => word,
            false => COVERED,
        });
        let other = behind.find(belongs).unwrap_or(behind.len());
        let (between, next) = behind.split_at(other);
        out.push_str(between);
        rest = next;
    }
    out
}

fn belongs(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_')
}

/// Whether a word may be read.
fn open(word: &str) -> bool {
    if is_sound(word) {
        return true;
    }
    let digits = word.chars().filter(char::is_ascii_digit).count();
    let others = word.chars().filter(char::is_ascii_alphabetic).count();
    let number = others <= 1 && digits >= DIGITS;
    match word.contains('-') {
        true => !(others <= 1 && digits >= PARTED) && word.len() < SECRET,
        false => !number && (word.len() < SECRET || digits == 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn g060_what_is_private_in_a_payload_is_covered_and_a_case_is_not() {
        let number = "450400-YCXDY-20261123-00017-L";
        let sound = is_sound(number);
        let text = format!("{number} 查询码 493021，电话 13900000002、0760-8888123");
        let told = covered(&text);
        assert_eq!(told.contains(number), sound);
        for private in ["493021", "13900000002", "0760-8888123"] {
            assert!(!told.contains(private), "{told}");
        }
        let link = "https://s.example/p/Zk3pQ9vT0yXb2LmN4cRa7w";
        assert_eq!(covered(link), "https://s.example/p/****");
        assert_eq!(covered("450400195903150017"), COVERED);
        assert_eq!(covered("45040019590315001X"), COVERED);
        let day = "2026-11-23 14:03 前，任务 4711-17";
        assert_eq!(covered(day), day);
        let call = json!({ "case": { "id": 4711 }, "data": { "name": "李四" }, "at": "450400195903150017" });
        let call = shown(&call);
        assert!(call.contains("4711"), "{call}");
        assert!(!call.contains("195903") && !call.contains("李四"), "{call}");
    }
}
