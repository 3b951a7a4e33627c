//! Sentences for people, taken from the catalogues in `locales/`; none stands in code.

use std::collections::BTreeMap;
use std::sync::LazyLock;

pub use forms::{Lang, Text};

static ZH: LazyLock<BTreeMap<&'static str, &'static str>> = LazyLock::new(|| {
    let mut all = parse(include_str!("../locales/zh-CN.txt"));
    all.extend(parse(include_str!("../locales/picture.zh-CN.txt")));
    all
});
static EN: LazyLock<BTreeMap<&'static str, &'static str>> = LazyLock::new(|| {
    let mut all = parse(include_str!("../locales/en.txt"));
    all.extend(parse(include_str!("../locales/picture.en.txt")));
    all
});

/// The sentence `key` in one language with `{name}` places filled, or `None` if the catalogue has no such key.
pub fn say(lang: Lang, key: &str, args: &[(&str, String)]) -> Option<String> {
    let catalogue = if lang == Lang::En { &*EN } else { &*ZH };
    catalogue.get(key).map(|pattern| fill(pattern, args))
}

/// The sentence `key` in both languages. A key nobody wrote shows as itself; a test keeps that from happening.
pub fn both(key: &str, args: &[(&str, String)]) -> Text {
    let one = |lang| say(lang, key, args).unwrap_or_else(|| key.to_owned());
    Text {
        zh: one(Lang::Zh),
        en: one(Lang::En),
    }
}

/// All keys of one language, for the test that compares the catalogues.
pub fn keys(lang: Lang) -> Vec<&'static str> {
    let catalogue = if lang == Lang::En { &*EN } else { &*ZH };
    catalogue.keys().copied().collect()
}

/// Lines `key = text`; `#` begins a comment line.
fn parse(text: &'static str) -> BTreeMap<&'static str, &'static str> {
    let lines = text.lines().filter(|l| !l.starts_with('#'));
    lines
        .filter_map(|l| l.split_once('='))
        .map(|(k, v)| (k.trim(), v.trim()))
        .collect()
}

fn fill(pattern: &str, args: &[(&str, String)]) -> String {
    let mut out = String::with_capacity(pattern.len() + 16);
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let Some((name, tail)) = after.split_once('}') else {
            out.push('{');
            rest = after;
            continue;
        };
        match args.iter().find(|(k, _)| *k == name) {
            Some((_, value)) => out.push_str(value),
            None => out.extend(["{", name, "}"]),
        }
        rest = tail;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_catalogues_have_the_same_keys() {
        assert_eq!(keys(Lang::Zh), keys(Lang::En));
    }

    #[test]
    fn places_are_filled_and_unknown_ones_stay() {
        assert_eq!(
            fill("没有叫 {name} 的{kind}", &[("name", "甲".into())]),
            "没有叫 甲 的{kind}"
        );
    }
}
