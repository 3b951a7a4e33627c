//! Sentences for people, taken from the catalogues in `locales/`; none stands in code.

use std::collections::BTreeMap;
use std::sync::LazyLock;

pub use forms::{Lang, Text};

static ZH: LazyLock<Catalogue> = LazyLock::new(|| {
    Catalogue::read(&[
        include_str!("../locales/zh-CN.txt"),
        include_str!("../locales/picture.zh-CN.txt"),
        include_str!("../locales/revised.zh-CN.txt"),
    ])
});
static EN: LazyLock<Catalogue> = LazyLock::new(|| {
    Catalogue::read(&[
        include_str!("../locales/en.txt"),
        include_str!("../locales/picture.en.txt"),
        include_str!("../locales/revised.en.txt"),
    ])
});

/// The sentences of one language.
#[derive(Debug)]
pub struct Catalogue(BTreeMap<&'static str, &'static str>);

impl Catalogue {
    /// Reads lines `key = text`; `#` begins a comment line.
    pub fn read(texts: &[&'static str]) -> Self {
        let lines = texts.iter().flat_map(|text| text.lines());
        let lines = lines.filter(|l| !l.starts_with('#'));
        let pairs = lines.filter_map(|l| l.split_once('='));
        Self(pairs.map(|(k, v)| (k.trim(), v.trim())).collect())
    }

    /// The sentence `key` with `{name}` places filled, or `None` if there is no such key.
    pub fn say(&self, key: &str, args: &[(&str, String)]) -> Option<String> {
        self.0.get(key).map(|pattern| fill(pattern, args))
    }

    /// All its keys, for the tests that compare catalogues.
    pub fn keys(&self) -> Vec<&'static str> {
        self.0.keys().copied().collect()
    }
}

fn catalogue(lang: Lang) -> &'static Catalogue {
    match lang {
        Lang::Zh => &ZH,
        Lang::En => &EN,
    }
}

/// The sentence `key` in one language with `{name}` places filled, or `None` if the catalogue has no such key.
pub fn say(lang: Lang, key: &str, args: &[(&str, String)]) -> Option<String> {
    catalogue(lang).say(key, args)
}

/// The same as part of a longer sentence: between Chinese and a figure stands a space where the two are joined.
pub fn joined(lang: Lang, key: &str, args: &[(&str, String)]) -> Option<String> {
    let pattern = catalogue(lang).0.get(key)?;
    Some(fill_by(pattern, args, |out, more| {
        let meets = out.chars().next_back().zip(more.chars().next());
        if meets.is_some_and(|(a, b)| is_figure(a) && is_han(b) || is_han(a) && is_figure(b)) {
            out.push(' ');
        }
        out.push_str(more);
    }))
}

fn is_figure(c: char) -> bool {
    c.is_ascii_digit() || matches!(c, '-' | '%')
}

fn is_han(c: char) -> bool {
    matches!(c, '\u{4e00}'..='\u{9fff}')
}

/// The sentence `key` in both languages. A key nobody wrote shows as itself; a test keeps that from happening.
pub fn both(key: &str, args: &[(&str, String)]) -> Text {
    let one = |lang| say(lang, key, args).unwrap_or_else(|| key.to_owned());
    Text {
        zh: one(Lang::Zh),
        en: one(Lang::En),
    }
}

/// The sentence of a key in both languages, each with words of its own in its places.
pub fn in_both(key: &str, args: impl Fn(Lang) -> Vec<(&'static str, String)>) -> Text {
    Text {
        zh: both(key, &args(Lang::Zh)).zh,
        en: both(key, &args(Lang::En)).en,
    }
}

/// Several things said one after the other, as a language sets them apart.
pub fn list<S: AsRef<str>>(lang: Lang, items: &[S]) -> String {
    let items: Vec<&str> = items.iter().map(AsRef::as_ref).collect();
    items.join(match lang {
        Lang::Zh => "、",
        Lang::En => ", ",
    })
}

/// All keys of one language, for the test that compares the catalogues.
pub fn keys(lang: Lang) -> Vec<&'static str> {
    catalogue(lang).keys()
}

fn fill(pattern: &str, args: &[(&str, String)]) -> String {
    fill_by(pattern, args, String::push_str)
}

/// Fills the places of a pattern, each part put behind the others by `put`.
fn fill_by(pattern: &str, args: &[(&str, String)], put: impl Fn(&mut String, &str)) -> String {
    let mut out = String::with_capacity(pattern.len() + 16);
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once('{') {
        put(&mut out, before);
        let Some((name, tail)) = after.split_once('}') else {
            out.push('{');
            rest = after;
            continue;
        };
        match args.iter().find(|(k, _)| *k == name) {
            Some((_, value)) => put(&mut out, value),
            None => out.extend(["{", name, "}"]),
        }
        rest = tail;
    }
    put(&mut out, rest);
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
    fn a_figure_stands_apart_from_chinese() {
        let said = |limit: &str| {
            let args = [("limit", limit.to_owned())];
            joined(Lang::Zh, "picture.guide.receive", &args).unwrap()
        };
        assert_eq!(said("4 小时"), "对方应在 4 小时内接收");
        assert_eq!(said("同一期限"), "对方应在同一期限内接收");
        assert_eq!(said("80%"), "对方应在 80% 内接收");
    }

    #[test]
    fn places_are_filled_and_unknown_ones_stay() {
        assert_eq!(
            fill("没有叫 {name} 的{kind}", &[("name", "甲".into())]),
            "没有叫 甲 的{kind}"
        );
    }
}
