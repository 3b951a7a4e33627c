//! What stands in files, in words: keys by the catalogue, what authors name by its title.

use super::parts::name;
use crate::clock::Limit;
use crate::english::English;
use crate::text::{Lang, Text, both, say};
use crate::yaml::Node;
use std::collections::BTreeMap;

/// Keys that say nothing where what they hold has a title.
const SILENT: [&str; 5] = ["steps", "properties", "terms", "parameters", "guidance"];

/// A step of the way from the root of a file to something in it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place<'a> {
    /// Under a key, or in a list by its name (true).
    Named(&'a str, bool),
    /// In a list by its number, from 1.
    Number(usize),
}

/// What the names of two versions of a file mean.
pub(super) struct Words<'a> {
    english: &'a [English; 2],
    /// What authors call things, by the name they go by in the file; the newer title counts.
    titles: BTreeMap<String, Text>,
}

impl<'a> Words<'a> {
    pub(super) fn of(trees: [Option<&Node>; 2], english: &'a [English; 2]) -> Words<'a> {
        let mut words = Words {
            english,
            titles: BTreeMap::new(),
        };
        for tree in trees.into_iter().flatten() {
            words.gather(None, tree);
        }
        words
    }

    fn gather(&mut self, under: Option<&str>, node: &Node) {
        let known = under.or_else(|| name(node));
        let title = node.get("title").and_then(|title| self.title(node, title));
        if let (Some(known), Some(title)) = (known, title) {
            self.titles.insert(known.to_owned(), title);
        }
        for entry in node.entries() {
            self.gather(Some(&entry.key), &entry.value);
        }
        for item in node.items() {
            self.gather(None, item);
        }
    }

    fn title(&self, node: &Node, title: &Node) -> Option<Text> {
        let part = |lang| title.get(lang).and_then(Node::text);
        match (title.text(), part("zh")) {
            (Some(zh), _) => {
                let own = node.get("x-title-en").and_then(Node::text);
                Some(own.map_or_else(|| self.text(zh), |en| both_ways(zh, en)))
            }
            (_, Some(zh)) => Some(both_ways(zh, part("en").unwrap_or(zh))),
            _ => None,
        }
    }

    /// What an author wrote, with its English if there is one.
    fn text(&self, zh: &str) -> Text {
        let [old, new] = self.english;
        let en = new.of(zh).or_else(|| old.of(zh));
        both_ways(zh, en.unwrap_or(zh))
    }

    /// What people call a file: its own title.
    pub(super) fn file(&self, trees: [Option<&Node>; 2]) -> Text {
        let [old, new] = trees;
        let root = new.or(old);
        let title = root.and_then(|root| self.title(root, root.get("title")?));
        let scenario = || Some(self.text(root?.get("scenario")?.text()?));
        title.or_else(scenario).unwrap_or_default()
    }

    /// What something belongs to, what of it is meant, and its address.
    pub(super) fn place(&self, place: &[Place<'_>]) -> (Text, Text, String) {
        let titled = |at: &Place<'_>| match at {
            Place::Named(name, item) => {
                *item || self.titles.contains_key(*name) && key(name).is_none()
            }
            Place::Number(_) => false,
        };
        let split = place.iter().rposition(titled).map_or(1, |at| at + 1);
        let (of, what) = place.split_at(split.min(place.len()));
        let address = place.iter().map(|at| match at {
            Place::Named(name, _) => (*name).to_owned(),
            Place::Number(n) => n.to_string(),
        });
        let address: Vec<String> = address.collect();
        (self.way(of), self.way(what), address.join("."))
    }

    /// The same of the order in which things stand.
    pub(super) fn order(&self, place: &[Place<'_>]) -> (Text, Text, String) {
        let (of, what, address) = self.place(place);
        let order = both("revised.order", &[]);
        let what = match what.zh.is_empty() {
            true => order,
            false => joined(&[what, order]),
        };
        (of, what, address)
    }

    /// Names one after the other.
    pub(super) fn listed(&self, place: &[Place<'_>], names: &[&str]) -> Text {
        let items = matches!(place.last(), Some(Place::Named("steps", _)));
        let all = names.iter().map(|name| self.called(name, items));
        let all: Vec<Text> = all.collect();
        let list = |lang| {
            let all: Vec<&str> = all.iter().map(|t| t.get(lang)).collect();
            crate::text::list(lang, &all)
        };
        both_ways(&list(Lang::Zh), &list(Lang::En))
    }

    fn way(&self, place: &[Place<'_>]) -> Text {
        let last = place.len().saturating_sub(1);
        let parts = place.iter().enumerate().filter_map(|(n, at)| match at {
            Place::Named(name, false) if n < last && SILENT.contains(name) => None,
            Place::Named(name, item) => Some(self.called(name, *item)),
            Place::Number(n) => Some(both("revised.number", &[("n", n.to_string())])),
        });
        joined(&parts.collect::<Vec<_>>())
    }

    fn called(&self, name: &str, item: bool) -> Text {
        let title = || self.titles.get(name).cloned();
        let word = || key(name);
        let known = match item {
            true => title().or_else(word),
            false => word().or_else(title),
        };
        known.unwrap_or_else(|| self.text(name))
    }

    /// A value: limits and yes and no in words, names with their titles, everything else as it is written.
    pub(super) fn value(&self, text: &str, alone: bool) -> Text {
        if !alone {
            return self.text(text);
        }
        if text.is_empty() {
            return both("revised.empty", &[]);
        }
        if let Some(limit) = text.parse::<Limit>().ok().filter(|l| l.count > 0) {
            return limit.words();
        }
        match text {
            "true" => return both("words.true", &[]),
            "false" => return both("words.false", &[]),
            _ => {}
        }
        match self.titles.get(text).filter(|title| title.zh != text) {
            Some(title) => {
                let called = |lang| {
                    vec![
                        ("name", text.to_owned()),
                        ("title", title.get(lang).to_owned()),
                    ]
                };
                crate::text::in_both("revised.called", called)
            }
            None => self.text(text),
        }
    }
}

/// The first line of a text that is a heading.
pub(super) fn heading([old, new]: [&str; 2]) -> Text {
    let text = if new.is_empty() { old } else { new };
    let heading = text.lines().find_map(|line| line.strip_prefix("# "));
    let heading = heading.unwrap_or_default().trim();
    both_ways(heading, heading)
}

/// What a key of the language means.
fn key(name: &str) -> Option<Text> {
    let key = format!("key.{name}");
    say(Lang::Zh, &key, &[])?;
    Some(both(&key, &[]))
}

fn both_ways(zh: &str, en: &str) -> Text {
    Text {
        zh: zh.to_owned(),
        en: en.to_owned(),
    }
}

fn joined(parts: &[Text]) -> Text {
    let one = |lang| {
        let parts: Vec<&str> = parts.iter().map(|p| p.get(lang)).collect();
        parts.join(" · ")
    };
    both_ways(&one(Lang::Zh), &one(Lang::En))
}
