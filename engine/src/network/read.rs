//! The network read from its files: whatever is wrong is reported at its place, the rest is taken.

mod closure;

use super::{City, Department, Law, Network, Parameter, ParameterValue, Window};
use crate::clock::{Calendars, Limit};
use crate::diagnostic::Diagnostic;
use crate::english::English;
use crate::source::Sources;
use crate::text::Text;
use crate::yaml::{self, Entry, Node};
use jiff::civil::Date;
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// Reads `network/**`, `laws.yaml` and `reasons.yaml`, `(path, text)` each; a file of another kind is left alone.
pub(crate) fn read(
    files: &[(&str, &str)],
    sources: &mut Sources,
    english: &English,
) -> (Network, Vec<Diagnostic>) {
    let mut reader = Reader::default();
    reader.network.english = english.clone();
    let (calendars, others): (Vec<_>, Vec<_>) =
        files.iter().partition(|f| f.0.contains("/calendars/"));
    let calendars: Vec<(&str, &str)> = calendars.into_iter().copied().collect();
    match Calendars::read(&calendars, sources) {
        Ok(calendars) => reader.network.calendars = calendars,
        Err(found) => reader.found.extend(found),
    }
    let mut roots = Vec::new();
    for (path, text) in others {
        match yaml::parse(sources.add(path, text), text) {
            Ok(root) => roots.push(root),
            Err(found) => reader.found.extend(found),
        }
    }
    // Cities and departments first: everything else names them.
    for root in &roots {
        reader.places(root);
    }
    for root in &roots {
        reader.rest(root);
    }
    (reader.network, reader.found)
}

#[derive(Default)]
pub(super) struct Reader {
    pub(super) network: Network,
    pub(super) found: Vec<Diagnostic>,
}

pub(super) fn words(node: &Node, key: &str) -> String {
    node.get(key)
        .and_then(Node::text)
        .unwrap_or_default()
        .to_owned()
}

pub(super) fn list<'n>(root: &'n Node, key: &str) -> &'n [Node] {
    root.get(key).map(Node::items).unwrap_or_default()
}

fn map<'n>(root: &'n Node, key: &str) -> &'n [Entry] {
    root.get(key).map(Node::entries).unwrap_or_default()
}

impl Reader {
    /// A text of its own or `{ KEY: 中文, en }`; what has no English here has that of the list.
    fn title(&self, node: &Node, zh: &str) -> Text {
        let mut text = match node.text() {
            Some(text) => text.into(),
            None => Text {
                zh: words(node, zh),
                en: words(node, "en"),
            },
        };
        self.network.english.fill(&mut text);
        text
    }

    /// The title under a key of a map.
    fn titled(&self, node: &Node) -> Text {
        let title = node.get("title").map(|title| self.title(title, "zh"));
        title.unwrap_or_default()
    }

    pub(super) fn require(&mut self, node: &Node, keys: &[&'static str]) {
        for key in keys.iter().filter(|k| node.get(k).is_none()) {
            let at = node.span.part(0, 1);
            self.found
                .push(Diagnostic::new("E0205", at).with("name", *key));
        }
    }

    pub(super) fn expected(&mut self, node: &Node, what: &str) {
        self.found
            .push(Diagnostic::new("E0202", node.span).with("what", what));
    }

    fn places(&mut self, root: &Node) {
        if let Some(host) = root.get("link_host").and_then(Node::text) {
            self.network.link_host = Some(host.to_owned());
        }
        for pool in list(root, "pools") {
            self.require(pool, &["code", "name"]);
            let (code, name) = (words(pool, "code"), self.title(pool, "name"));
            self.network.pools.insert(code, name);
        }
        for city in list(root, "cities") {
            self.city(city);
        }
        for e in map(root, "departments") {
            let posts = e.value.get("posts").map(Node::items).unwrap_or_default();
            let department = Department {
                title: self.title(&e.value, "name"),
                short: words(&e.value, "short"),
                posts: posts
                    .iter()
                    .filter_map(Node::text)
                    .map(str::to_owned)
                    .collect(),
                in_every_city: words(&e.value, "level") == "city",
            };
            self.network.departments.insert(e.key.clone(), department);
        }
    }

    fn city(&mut self, node: &Node) {
        self.require(node, &["code", "name", "pool"]);
        let pool = match node.get("pool") {
            Some(pool) => self.pool(pool),
            None => String::new(),
        };
        let city = City {
            code: words(node, "code"),
            name: words(node, "name"),
            full_name: words(node, "full_name"),
            en: words(node, "en"),
            pool,
            duty_phone: words(node, "duty_phone"),
            tag: words(node, "tag"),
        };
        if let Some(code) = node.get("code")
            && self.network.cities.contains_key(&city.code)
        {
            self.found
                .push(Diagnostic::new("E0208", code.span).with("name", city.code.as_str()));
        }
        self.network.cities.insert(city.code.clone(), city);
    }

    /// The code of a pool written by name or code.
    fn pool(&mut self, node: &Node) -> String {
        let name = node.text().unwrap_or_default();
        if let Some(code) = self.network.pool(name) {
            return code.to_owned();
        }
        let found = Diagnostic::new("E0308", node.span).with("name", name);
        let names = self.network.pools().map(|(_, name)| name);
        self.found.push(found.near(name, names));
        name.to_owned()
    }

    /// The code of a city written by name or code.
    pub(super) fn city_code(&mut self, node: &Node, name: &str) -> String {
        if let Some(city) = self.network.city(name) {
            return city.code.clone();
        }
        let found = Diagnostic::new("E0308", node.span).with("name", name);
        let names = self.network.cities.values().map(|c| c.name.as_str());
        self.found.push(found.near(name, names));
        name.to_owned()
    }

    fn rest(&mut self, root: &Node) {
        for e in map(root, "names") {
            let (city, department) = e.key.split_once('/').unwrap_or((&e.key, ""));
            let at = Node {
                span: e.key_span,
                ..e.value.clone()
            };
            let city = self.city_code(&at, city);
            self.known_department(&at, department);
            let name = self.title(&e.value, "name").zh;
            let place = (city, department.to_owned());
            if let Some(prefix) = e.value.get("paper_prefix").and_then(Node::text) {
                let prefix = prefix.to_owned();
                self.network.paper_prefixes.insert(place.clone(), prefix);
            }
            self.network.offices.insert(place, name);
        }
        for e in map(root, "posts") {
            let post = self.title(&e.value, "zh");
            self.network.posts.insert(e.key.clone(), post);
        }
        for person in list(root, "people") {
            self.person(person);
        }
        for e in map(root, "parameters") {
            let parameter = self.parameter(&e.value);
            self.network.parameters.insert(e.key.clone(), parameter);
        }
        for e in map(root, "reasons") {
            let reason = self.title(&e.value, "zh");
            self.network.reasons.insert(e.key.clone(), reason);
        }
        // Without a title a message is as good as not listed.
        for e in map(root, "messages").iter().filter(|e| !e.value.is_empty()) {
            let message = self.title(&e.value, "zh");
            self.network.messages.insert(e.key.clone(), message);
        }
        for e in map(root, "laws") {
            self.require(&e.value, &["title"]);
            let law = Law {
                title: self.titled(&e.value),
                number: words(&e.value, "number"),
                tag: words(&e.value, "tag"),
            };
            self.network.laws.insert(e.key.clone(), law);
        }
        for closure in list(root, "closures") {
            self.closure(closure);
        }
        for window in list(root, "windows") {
            self.window(window);
        }
    }

    fn window(&mut self, node: &Node) {
        self.require(node, &["id", "city", "name"]);
        let Some(city) = node.get("city") else { return };
        let name = city.text().unwrap_or_default();
        let window = Window {
            id: words(node, "id"),
            city: self.city_code(city, name),
            title: Text {
                zh: words(node, "name"),
                en: words(node, "en"),
            },
        };
        self.network.windows.push(window);
    }

    pub(super) fn known_department(&mut self, node: &Node, name: &str) {
        if !self.network.departments.contains_key(name) {
            let found = Diagnostic::new("E0310", node.span).with("name", name);
            let names = self.network.departments.keys().map(String::as_str);
            self.found.push(found.near(name, names));
        }
    }

    fn parameter(&mut self, node: &Node) -> Parameter {
        self.require(node, &["title", "type"]);
        let kind = words(node, "type");
        let values = list(node, "values");
        let values = values.iter().filter_map(|v| self.value(v, &kind)).collect();
        Parameter {
            title: self.titled(node),
            tag: words(node, "tag"),
            labels: self.labels(node),
            source: words(node, "source"),
            unit: words(node, "unit"),
            kind,
            values,
        }
    }

    /// What people call the words that are values.
    fn labels(&self, node: &Node) -> BTreeMap<String, Text> {
        let entries = node.get("labels").map(Node::entries).unwrap_or_default();
        let one = |e: &Entry| (e.key.clone(), self.title(&e.value, "zh"));
        entries.iter().map(one).collect()
    }

    fn value(&mut self, node: &Node, kind: &str) -> Option<ParameterValue> {
        self.require(node, &["from", "value"]);
        let from = node.get("from")?;
        let Some(day) = from.text().and_then(|t| t.parse::<Date>().ok()) else {
            self.expected(from, "2026-01-01");
            return None;
        };
        let value = node.get("value")?;
        let json = typed(value.text().unwrap_or_default(), kind);
        if json.is_none() {
            self.expected(value, kind);
        }
        let pool = node.get("pool").map(|p| self.pool(p));
        let city = node
            .get("city")
            .map(|c| self.city_code(c, c.text().unwrap_or_default()));
        Some(ParameterValue {
            from: day,
            pool,
            city,
            value: json?,
        })
    }
}

/// A value as its type wants it: numbers for integers, texts for limits, money and the rest.
fn typed(text: &str, kind: &str) -> Option<Json> {
    match kind {
        "integer" => text.parse::<i64>().ok().map(Json::from),
        "money" | "amount" | "number" => {
            rust_decimal::Decimal::from_str_exact(text).ok()?;
            Some(text.into())
        }
        "limit" => {
            text.parse::<Limit>().ok()?;
            Some(text.into())
        }
        "boolean" => text.parse::<bool>().ok().map(Json::from),
        _ => Some(text.into()),
    }
}
