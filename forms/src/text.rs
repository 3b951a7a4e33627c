//! Sentences for people in Chinese and English, and the catalogues in `locales/` they are taken from.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

/// A text in Chinese and English. Read from `{ zh, en }` or from a plain string, which is the Chinese one.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "Written")]
pub struct Text {
    /// Chinese.
    pub zh: String,
    /// English; where it is empty the Chinese one is shown.
    pub en: String,
}

/// The languages of the program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Lang {
    /// Chinese, the default.
    #[default]
    #[serde(alias = "zh")]
    Zh,
    /// English.
    #[serde(alias = "en")]
    En,
}

impl Text {
    /// The text in a language; a missing English one shows the Chinese.
    pub fn get(&self, lang: Lang) -> &str {
        match lang {
            Lang::En if !self.en.is_empty() => &self.en,
            _ => &self.zh,
        }
    }
}

impl From<&str> for Text {
    fn from(zh: &str) -> Self {
        zh.to_owned().into()
    }
}

impl From<String> for Text {
    fn from(zh: String) -> Self {
        Self {
            zh,
            en: String::new(),
        }
    }
}

/// The two ways an author may write a text.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Plain(String),
    Both(Both),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Both {
    zh: String,
    #[serde(default)]
    en: String,
}

impl From<Written> for Text {
    fn from(written: Written) -> Self {
        match written {
            Written::Plain(zh) => zh.into(),
            Written::Both(Both { zh, en }) => Self { zh, en },
        }
    }
}

/// What fills the places of a sentence.
pub(crate) type Args = Vec<(&'static str, Text)>;

type Catalogue = BTreeMap<&'static str, &'static str>;

static ZH: LazyLock<Catalogue> = LazyLock::new(|| parse(include_str!("../locales/zh-CN.txt")));
static EN: LazyLock<Catalogue> = LazyLock::new(|| parse(include_str!("../locales/en.txt")));

/// The sentence `key` in both languages with its `{name}` places filled. A key nobody wrote shows as itself;
/// a test keeps that from happening.
pub(crate) fn say(key: &str, args: &[(&'static str, Text)]) -> Text {
    let one = |catalogue: &Catalogue, lang| match catalogue.get(key) {
        Some(pattern) => fill(pattern, args, lang),
        None => key.to_owned(),
    };
    Text {
        zh: one(&ZH, Lang::Zh),
        en: one(&EN, Lang::En),
    }
}

/// Whether the catalogues have a sentence of this key.
pub(crate) fn known(key: &str) -> bool {
    ZH.contains_key(key)
}

/// Lines `key = text`; `#` begins a comment line.
fn parse(text: &'static str) -> Catalogue {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let pairs = lines.filter_map(|line| line.split_once(" = "));
    pairs.map(|(key, text)| (key.trim(), text.trim())).collect()
}

/// Fills `{name}` where `args` has the name; any other brace stays as it is, for sentences that show JSON.
fn fill(pattern: &str, args: &[(&'static str, Text)], lang: Lang) -> String {
    let mut out = String::with_capacity(pattern.len() + 16);
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let place = after.split_once('}').and_then(|(name, tail)| {
            let (_, value) = args.iter().find(|(place, _)| *place == name)?;
            Some((value, tail))
        });
        match place {
            Some((value, tail)) => {
                out.push_str(value.get(lang));
                rest = tail;
            }
            None => {
                out.push('{');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn places(pattern: &str) -> BTreeSet<&str> {
        let parts = pattern.split('{').skip(1);
        parts.filter_map(|part| part.split('}').next()).collect()
    }

    #[test]
    fn both_catalogues_have_the_same_keys_and_places() {
        assert_eq!(ZH.keys().collect::<Vec<_>>(), EN.keys().collect::<Vec<_>>());
        for (key, pattern) in ZH.iter() {
            assert_eq!(places(pattern), places(EN[key]), "{key}");
        }
    }

    /// Every sentence is used by some module, and every code some module uses has a sentence.
    #[test]
    fn catalogues_and_sources_agree_on_the_codes() {
        let mut source = String::new();
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        read_all(&root, &mut source);
        for key in ZH.keys() {
            let used = source.contains(&format!("\"{key}\"")) || key.starts_with("instead.");
            assert!(used, "nobody says {key}");
        }
        let codes =
            regex::Regex::new(r#"\b(?:problem|refuse|say|Flaw::new|fault)\(\s*"([a-z_.]+)""#);
        for found in codes.unwrap().captures_iter(&source) {
            assert!(known(&found[1]), "no sentence for {}", &found[1]);
        }
    }

    fn read_all(folder: &std::path::Path, into: &mut String) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                read_all(&path, into);
            } else {
                into.push_str(&std::fs::read_to_string(path).unwrap());
            }
        }
    }

    #[test]
    fn a_text_is_read_from_a_plain_string_or_from_both_languages() {
        let plain: Text = serde_json::from_str("\"姓名\"").unwrap();
        assert_eq!((plain.get(Lang::Zh), plain.get(Lang::En)), ("姓名", "姓名"));
        let both: Text = serde_json::from_str(r#"{"zh":"姓名","en":"Name"}"#).unwrap();
        assert_eq!(both.get(Lang::En), "Name");
        assert!(serde_json::from_str::<Text>(r#"{"zh":"姓名","english":"Name"}"#).is_err());
    }
}
