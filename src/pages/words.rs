//! The sentences of the pages, from the catalogues in `locales/`; none stands in code.

use engine::text::{Catalogue, Lang, Text};
use std::sync::LazyLock;

static ZH: LazyLock<Catalogue> =
    LazyLock::new(|| Catalogue::read(&[include_str!("locales/zh-CN.txt")]));
static EN: LazyLock<Catalogue> =
    LazyLock::new(|| Catalogue::read(&[include_str!("locales/en.txt")]));

/// Says things in one language.
#[derive(Clone, Copy, Debug)]
pub struct Words(pub Lang);

impl Words {
    /// The words of a key.
    pub fn t(self, key: &str) -> String {
        self.say(key, &[])
    }

    /// The words of a key with its `{name}` places filled. A key nobody wrote shows as itself; a test keeps that from happening.
    pub fn say(self, key: &str, args: &[(&str, String)]) -> String {
        let said = catalogue(self.0).say(key, args);
        said.unwrap_or_else(|| key.to_owned())
    }

    /// The words for one of a family, such as a state: those of the key `family.one`.
    pub fn word(self, family: &str, one: &str) -> String {
        self.t(&format!("{family}.{one}"))
    }

    /// The words for one of a family with their places filled; none if nobody wrote any.
    pub fn tell(self, family: &str, one: &str, args: &[(&str, String)]) -> Option<String> {
        catalogue(self.0).say(&format!("{family}.{one}"), args)
    }

    /// A text in this language.
    pub fn of(self, text: &Text) -> &str {
        text.get(self.0)
    }

    /// Several things said one after the other, as this language sets them apart.
    pub fn list<S: AsRef<str>>(self, items: &[S]) -> String {
        engine::text::list(self.0, items)
    }

    /// The language as HTML names it.
    pub fn tag(self) -> &'static str {
        match self.0 {
            Lang::Zh => "zh-CN",
            Lang::En => "en",
        }
    }
}

fn catalogue(lang: Lang) -> &'static Catalogue {
    match lang {
        Lang::Zh => &ZH,
        Lang::En => &EN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use regex::Regex;
    use std::collections::BTreeSet;
    use std::path::Path;

    #[test]
    fn both_catalogues_have_the_same_keys() {
        assert_eq!(ZH.keys(), EN.keys());
    }

    /// The sources of the pages, without comments and tests.
    fn sources() -> String {
        let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src/pages")];
        let mut all = String::new();
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|e| e == "rs") {
                    let text = std::fs::read_to_string(&path).unwrap();
                    let code = text.split("#[cfg(test)]").next().unwrap().lines();
                    for line in code.filter(|line| !line.trim_start().starts_with("//")) {
                        all.push_str(line);
                        all.push('\n');
                    }
                }
            }
        }
        all
    }

    /// A key is used by `t("…")`, `say("…", …)`, `key: "…"`, or by the family of `word("…", …)` and `tell`.
    #[test]
    fn every_key_used_is_written_and_every_key_written_is_used() {
        let sources = sources();
        let found = |pattern: &str| -> BTreeSet<String> {
            let pattern = Regex::new(pattern).unwrap();
            let found = pattern.captures_iter(&sources);
            found.map(|c| c[1].to_owned()).collect()
        };
        let keys = found(r#"\b(?:t|say)\(\s*"([a-z0-9_.-]+)""#);
        let keys: BTreeSet<String> = &keys | &found(r#"\bkey: "([a-z0-9_.-]+)""#);
        let families = found(r#"\b(?:word|tell)\(\s*"([a-z0-9_.-]+)""#);
        let written: BTreeSet<String> = ZH.keys().into_iter().map(str::to_owned).collect();
        let missing: Vec<&String> = keys.difference(&written).collect();
        assert!(missing.is_empty(), "used and not written: {missing:?}");
        let of_family = |key: &str| {
            key.rsplit_once('.')
                .is_some_and(|(f, _)| families.contains(f))
        };
        let idle = written
            .iter()
            .filter(|k| !keys.contains(*k) && !of_family(k));
        let idle: Vec<&String> = idle.collect();
        assert!(idle.is_empty(), "written and not used: {idle:?}");
        for family in families {
            let one = format!("{family}.");
            assert!(written.iter().any(|k| k.starts_with(&one)), "{family}");
        }
    }
}
