//! A file as a tree whose branches have names, and what differs between two such trees, leaf by leaf.

use super::Part;
use super::words::{Place, Words};
use crate::yaml::{self, Node, Value};

/// The keys by which an item of a list is known from the others, the first it has.
const NAMES: [&str; 6] = ["id", "use", "slot", "name", "code", "path"];

/// The tree of a text; none where it is no YAML and no JSON.
pub(super) fn read(path: &str, text: &str) -> Option<Node> {
    let is_tree = path.ends_with(".yaml") || path.ends_with(".json");
    is_tree.then(|| yaml::parse(0, text).ok()).flatten()
}

/// What differs between two trees.
pub(super) fn compared(trees: [Option<&Node>; 2], words: &Words<'_>) -> Vec<Part> {
    let mut walk = Walk {
        words,
        place: Vec::new(),
        out: Vec::new(),
    };
    walk.pair(trees);
    walk.out
}

/// What an item of a list is known by.
pub(super) fn name(item: &Node) -> Option<&str> {
    let named = NAMES.iter().find_map(|key| item.get(key));
    named
        .or_else(|| item.entries().first().map(|first| &first.value))
        .and_then(Node::text)
}

/// The items of a list by name; none unless each has one of its own.
fn named(list: &Node) -> Option<Vec<(&str, &Node)>> {
    let all: Option<Vec<_>> = list.items().iter().map(|i| Some((name(i)?, i))).collect();
    let all = all?;
    let mut names: Vec<&str> = all.iter().map(|(name, _)| *name).collect();
    names.sort_unstable();
    names.dedup();
    (names.len() == all.len()).then_some(all)
}

/// A value as it would stand on one line; of texts of several lines, as they are.
pub(super) fn written(node: &Node) -> String {
    match &node.value {
        Value::Scalar { text, .. } => text.clone(),
        Value::Seq(items) if items.iter().all(|i| i.text().is_some()) => {
            let long = items
                .iter()
                .any(|i| i.text().is_some_and(|t| t.chars().count() > 20));
            let items: Vec<String> = items.iter().map(written).collect();
            items.join(if long { "\n" } else { ", " })
        }
        Value::Seq(items) => {
            let items: Vec<String> = items.iter().map(written).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Map(entries) => {
            let pair = |e: &yaml::Entry| format!("{}: {}", e.key, written(&e.value));
            let pairs: Vec<String> = entries.iter().map(pair).collect();
            format!("{{ {} }}", pairs.join(", "))
        }
    }
}

struct Walk<'w> {
    words: &'w Words<'w>,
    place: Vec<Place<'w>>,
    out: Vec<Part>,
}

impl<'w> Walk<'w> {
    fn pair(&mut self, pair: [Option<&'w Node>; 2]) {
        let empty = |node: &Node| node.entries().is_empty() && node.items().is_empty();
        let full = |test: fn(&Value) -> bool| {
            let mut there = pair.iter().flatten().peekable();
            there.peek().is_some() && there.all(|n| test(&n.value) && !empty(n))
        };
        if full(|v| matches!(v, Value::Map(_))) {
            let entries = |node: Option<&'w Node>| -> Vec<(&'w str, &'w Node)> {
                let entries = node.map(Node::entries).unwrap_or_default();
                entries.iter().map(|e| (&*e.key, &e.value)).collect()
            };
            self.by_name(pair.map(entries), false);
        } else if full(
            |v| matches!(v, Value::Seq(items) if items.iter().any(|i| i.text().is_none())),
        ) {
            self.list(pair);
        } else {
            let written = pair.map(|node| node.map(written));
            if written[0] != written[1] {
                self.put(pair, written);
            }
        }
    }

    fn list(&mut self, pair: [Option<&'w Node>; 2]) {
        let by_name = pair.map(|list| list.map_or(Some(Vec::new()), named));
        if let [Some(one), Some(other)] = by_name {
            return self.by_name([one, other], true);
        }
        let [one, other] = pair.map(|list| list.map(Node::items).unwrap_or_default());
        let same = |(a, b): &(&Node, &Node)| written(a) == written(b);
        let before = one.iter().zip(other).take_while(same).count();
        let (rest, others) = (&one[before..], &other[before..]);
        let after = rest
            .iter()
            .rev()
            .zip(others.iter().rev())
            .take_while(same)
            .count();
        let (rest, others) = (&rest[..rest.len() - after], &others[..others.len() - after]);
        for n in 0..rest.len().max(others.len()) {
            self.inside(Place::Number(before + n + 1), [rest.get(n), others.get(n)]);
        }
    }

    /// What is in one or the other under a name; then the order, if it matters or the same names stand in another.
    fn by_name(&mut self, both: [Vec<(&'w str, &'w Node)>; 2], in_order: bool) {
        let [one, other] = &both;
        let find = |all: &[(&'w str, &'w Node)], name: &str| {
            let found = all.iter().find(|(known, _)| *known == name);
            found.map(|(_, node)| *node)
        };
        let gone = one.iter().filter(|(name, _)| find(other, name).is_none());
        for (name, _) in other.iter().chain(gone) {
            let pair = [find(one, name), find(other, name)];
            self.inside(Place::Named(name, in_order), pair);
        }
        let common =
            |all: &[(&'w str, &'w Node)], others: &[(&'w str, &'w Node)]| -> Vec<&'w str> {
                let kept = all
                    .iter()
                    .filter(|(name, _)| in_order || find(others, name).is_some());
                kept.map(|(name, _)| *name).collect()
            };
        let orders = [common(one, other), common(other, one)];
        if orders[0] != orders[1] && !one.is_empty() && !other.is_empty() {
            let (of, what, address) = self.words.order(&self.place);
            let [was, is] = orders.map(|names| Some(self.words.listed(&self.place, &names)));
            self.out.push(Part {
                of,
                what,
                address,
                was,
                is,
            });
        }
    }

    fn inside(&mut self, place: Place<'w>, pair: [Option<&'w Node>; 2]) {
        self.place.push(place);
        self.pair(pair);
        self.place.pop();
    }

    fn put(&mut self, pair: [Option<&'w Node>; 2], written: [Option<String>; 2]) {
        let (of, what, address) = self.words.place(&self.place);
        let side = |n: usize| {
            let text = written[n].as_ref()?;
            let alone = pair[n].is_some_and(|node| matches!(node.value, Value::Scalar { .. }));
            Some(self.words.value(text, alone))
        };
        let (was, is) = (side(0), side(1));
        self.out.push(Part {
            of,
            what,
            address,
            was,
            is,
        });
    }
}
