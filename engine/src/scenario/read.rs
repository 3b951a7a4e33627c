//! From a YAML text to a scenario: reads everything, reports every problem at its place.

use super::{Act, Expected, ExpectedClock, Given, GivenCertificate, Line, Moment, Scenario, Typed};
use crate::case::Status;
use crate::clock::{Limit, instant};
use crate::diagnostic::Diagnostic;
use crate::source::{Sources, Span, Spanned};
use crate::text::both;
use crate::yaml::{self, Entry, Node};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};

pub(crate) const SCENARIO: &[&str] = &["scenario", "given", "when", "then"];
pub(crate) const GIVEN: &[&str] = &[
    "now",
    "accepting_city",
    "channel",
    "applicant",
    "form",
    "parameters",
    "certificates",
];
const CERTIFICATE: &[&str] = &["kind", "number", "from", "until", "of"];
/// The keys of which a line has one, or none.
pub(crate) const ACTS: &[&str] = &[
    "expect",
    "do",
    "act",
    "deliver",
    "receive",
    "refuse",
    "answer",
    "message",
    "ends",
    "add",
    "end",
    "claim",
    "release",
    "urge",
    "recognise",
    "decline",
    "revoke",
];
pub(crate) const BESIDE: &[&str] = &[
    "at", "after", "by", "child", "data", "reason", "key", "item", "back_to", "refused",
];
pub(crate) const EXPECTED: &[&str] = &[
    "status",
    "label",
    "reason",
    "closed",
    "open",
    "results",
    "clocks",
    "missing",
    "recognised",
    "papers",
    "notices",
    "data",
    "never",
];
const CLOCK: &[&str] = &["level", "used", "left", "due", "stopped"];
/// The levels of a clock, as scenarios write them.
pub(super) const LEVELS: &[&str] = &["normal", "reminder", "yellow", "red", "paused"];

/// Reads a scenario; with findings it is not fit to be played.
pub fn read(sources: &mut Sources, path: &str, text: &str) -> (Option<Scenario>, Vec<Diagnostic>) {
    let file = sources.add(path, text);
    let root = match yaml::parse(file, text) {
        Ok(root) => root,
        Err(found) => return (None, found),
    };
    let mut reader = Reader { found: Vec::new() };
    reader.keys(&root, SCENARIO);
    reader.require(&root, root.span, &["scenario", "given"]);
    let name = root.get("scenario").and_then(|n| reader.text(n));
    let given = root.get("given").and_then(|n| reader.given(n, None));
    let scenario = reader.story(&root, name, given);
    reader.done(scenario)
}

/// Reads the input of a single case: what `given` holds, with `when` beside it; `now` is used where it says nothing.
pub fn read_input(
    sources: &mut Sources,
    path: &str,
    text: &str,
    now: Timestamp,
) -> (Option<Scenario>, Vec<Diagnostic>) {
    let file = sources.add(path, text);
    let root = match yaml::parse(file, text) {
        Ok(root) => root,
        Err(found) => return (None, found),
    };
    let mut reader = Reader { found: Vec::new() };
    let keys: Vec<&str> = GIVEN
        .iter()
        .chain(SCENARIO)
        .copied()
        .filter(|k| *k != "given")
        .collect();
    reader.keys(&root, &keys);
    let name = Spanned::new(path.to_owned(), root.span);
    let given = reader.given(&root, Some(now));
    let scenario = reader.story(&root, Some(name), given);
    reader.done(scenario)
}

struct Reader {
    found: Vec<Diagnostic>,
}

impl Reader {
    fn done(mut self, scenario: Option<Scenario>) -> (Option<Scenario>, Vec<Diagnostic>) {
        self.found.sort_by_key(|d| (d.span, d.code));
        (scenario, self.found)
    }

    fn story(
        &mut self,
        root: &Node,
        name: Option<Spanned<String>>,
        given: Option<Given>,
    ) -> Option<Scenario> {
        let lines = root.get("when").map(Node::items).unwrap_or_default();
        let when = lines.iter().filter_map(|n| self.line(n)).collect();
        let then = root
            .get("then")
            .map(|n| self.expected(n))
            .unwrap_or_default();
        Some(Scenario {
            name: name?,
            given: given?,
            when,
            then,
        })
    }

    fn given(&mut self, node: &Node, now: Option<Timestamp>) -> Option<Given> {
        if now.is_none() {
            self.keys(node, GIVEN);
            self.require(node, node.span, &["now"]);
        }
        let said = node.get("now").and_then(|n| self.instant(n));
        Some(Given {
            now: said.or(now)?,
            accepting_city: node.get("accepting_city").and_then(|n| self.text(n)),
            channel: node
                .get("channel")
                .and_then(Node::text)
                .unwrap_or("window")
                .to_owned(),
            applicant: node.get("applicant").cloned(),
            form: node.get("form").cloned(),
            parameters: self.needed(node.get("parameters")),
            certificates: self.certificates(node.get("certificates")),
        })
    }

    /// `certificates: [ { kind, number, from, until, of } ]`
    fn certificates(&mut self, node: Option<&Node>) -> Vec<GivenCertificate> {
        let nodes = node.map(Node::items).unwrap_or_default();
        nodes.iter().filter_map(|n| self.certificate(n)).collect()
    }

    fn certificate(&mut self, node: &Node) -> Option<GivenCertificate> {
        self.keys(node, CERTIFICATE);
        let needed = ["kind", "number", "from", "until"];
        self.require(node, node.span, &needed);
        let [kind, number, from, until] =
            needed.map(|key| node.get(key).and_then(|n| self.text(n)));
        let until = until?;
        let day = until.value.parse::<Date>().ok();
        if day.is_none() {
            let found = Diagnostic::new("E0202", until.span);
            self.found.push(found.with("what", "2026-12-31"));
        }
        Some(GivenCertificate {
            kind: kind?,
            number: number?,
            from: from?,
            until: day?,
            of: self.said(node, "of"),
        })
    }

    /// `parameters: { NAME: CITY }`
    fn needed(&mut self, node: Option<&Node>) -> Vec<(Spanned<String>, Spanned<String>)> {
        let entries = node.map(Node::entries).unwrap_or_default().iter();
        let one = |e: &Entry| {
            let name = Spanned::new(e.key.clone(), e.key_span);
            Some((name, self.text(&e.value)?))
        };
        entries.filter_map(one).collect()
    }

    fn line(&mut self, node: &Node) -> Option<Line> {
        let keys: Vec<&str> = ACTS.iter().chain(BESIDE).copied().collect();
        self.keys(node, &keys);
        let acts: Vec<&Entry> = node
            .entries()
            .iter()
            .filter(|e| ACTS.contains(&e.key.as_str()))
            .collect();
        if let [first, second, ..] = acts.as_slice() {
            let found = Diagnostic::new("E0601", second.key_span)
                .with("name", second.key.as_str())
                .also(first.key_span);
            self.found.push(found);
        }
        let act = match acts.first() {
            Some(e) => self.act(node, e)?,
            None => Act::Pass,
        };
        let by = node.get("by").and_then(|n| self.text(n));
        let nobody = matches!(
            act,
            Act::Pass | Act::Expect(_) | Act::Message { .. } | Act::Ends { .. } | Act::Revoke(_)
        );
        if by.is_none() && !nobody {
            self.require(node, node.span, &["by"]);
        }
        if matches!(act, Act::Ends { .. }) {
            self.require(node, node.span, &["child"]);
        }
        Some(Line {
            span: node.span,
            moment: self.moment(node),
            by,
            child: node.get("child").and_then(|n| self.text(n)),
            act,
            refused: node.get("refused").and_then(|n| self.text(n)),
        })
    }

    fn moment(&mut self, node: &Node) -> Moment {
        if let Some(at) = node.get("at") {
            return self.instant(at).map_or(Moment::Same, Moment::At);
        }
        let Some(after) = node.get("after") else {
            return Moment::Same;
        };
        match after.text().map(str::parse::<Limit>) {
            Some(Ok(limit)) => Moment::After(limit),
            _ => {
                self.found.push(
                    Diagnostic::new("E0501", after.span)
                        .with("name", after.text().unwrap_or_default()),
                );
                Moment::Same
            }
        }
    }

    fn act(&mut self, node: &Node, e: &Entry) -> Option<Act> {
        let v = &e.value;
        Some(match e.key.as_str() {
            "expect" => Act::Expect(Box::new(self.expected(v))),
            "do" => Act::Do(self.typed(node, v)?),
            "act" => Act::Cause(self.typed(node, v)?),
            "deliver" => Act::Deliver(self.text(v)?),
            "receive" => Act::Receive(self.text(v)?),
            "refuse" => Act::Refuse(self.typed(node, v)?),
            "answer" => Act::Answer(self.typed(node, v)?),
            "message" => {
                self.require(node, e.key_span, &["key"]);
                Act::Message {
                    message: self.typed(node, v)?,
                    key: self.text(node.get("key")?)?,
                }
            }
            "ends" => Act::Ends {
                state: self.text(v)?,
                data: node.get("data").cloned(),
            },
            "add" => {
                self.require(node, e.key_span, &["item"]);
                let typed = self.typed(node, v)?;
                Act::Add(Typed {
                    data: node.get("item").cloned(),
                    ..typed
                })
            }
            "end" => Act::End(self.typed(node, v)?),
            "claim" => Act::Claim(self.text(v)?),
            "release" => Act::Release(self.text(v)?),
            "recognise" => Act::Recognise(self.text(v)?),
            "decline" => Act::Decline(self.typed(node, v)?),
            "revoke" => Act::Revoke(self.text(v)?),
            _ => Act::Urge(self.typed(node, v)?),
        })
    }

    fn typed(&mut self, node: &Node, address: &Node) -> Option<Typed> {
        Some(Typed {
            address: self.text(address)?,
            data: node.get("data").cloned(),
            reason: self.said(node, "reason"),
            back_to: self.said(node, "back_to"),
        })
    }

    fn said(&mut self, node: &Node, key: &str) -> Option<String> {
        node.get(key).and_then(|n| self.text(n)).map(|t| t.value)
    }

    fn expected(&mut self, node: &Node) -> Expected {
        self.keys(node, EXPECTED);
        let mut out = Expected {
            span: node.span,
            ..Expected::default()
        };
        for e in node.entries().iter().filter(|e| !e.value.is_empty()) {
            let v = &e.value;
            match e.key.as_str() {
                "status" => out.status = self.status(v),
                "label" => out.label = self.text(v),
                "reason" => out.reason = self.text(v),
                "closed" => out.closed = self.flag(v),
                "open" => out.open = Some(Spanned::new(self.texts(v), v.span)),
                "results" => out.results = self.pairs(v),
                "clocks" => out.clocks = self.clocks(v),
                "missing" => out.missing = Some(Spanned::new(self.texts(v), v.span)),
                "recognised" => out.recognised = Some(Spanned::new(self.texts(v), v.span)),
                "papers" => out.papers = Some(Spanned::new(self.texts(v), v.span)),
                "notices" => out.notices = self.counts(v),
                "data" => out.data = self.pairs(v),
                "never" => out.never = self.texts(v),
                _ => {}
            }
        }
        out
    }

    fn status(&mut self, node: &Node) -> Option<Spanned<String>> {
        let text = self.text(node)?;
        if Status::named(&text.value).is_none() {
            let names = Status::ALL.iter().map(|(name, _)| *name);
            self.found.push(
                Diagnostic::new("E0206", text.span)
                    .with("name", text.value.as_str())
                    .near(&text.value, names),
            );
        }
        Some(text)
    }

    fn clocks(&mut self, node: &Node) -> Vec<(Spanned<String>, ExpectedClock)> {
        let entries = node.entries().iter().filter(|e| !e.value.is_empty());
        entries
            .map(|e| {
                (
                    Spanned::new(e.key.clone(), e.key_span),
                    self.clock(&e.value),
                )
            })
            .collect()
    }

    /// `paused`, or `{ level, used, … }`.
    fn clock(&mut self, node: &Node) -> ExpectedClock {
        if node.text().is_some() {
            return ExpectedClock {
                level: self.level(node),
                ..ExpectedClock::default()
            };
        }
        self.keys(node, CLOCK);
        ExpectedClock {
            level: node.get("level").and_then(|n| self.level(n)),
            used: node.get("used").and_then(|n| self.text(n)),
            left: node.get("left").and_then(|n| self.text(n)),
            due: node.get("due").and_then(|n| self.text(n)),
            stopped: node.get("stopped").and_then(|n| self.flag(n)),
        }
    }

    fn level(&mut self, node: &Node) -> Option<Spanned<String>> {
        let text = self.text(node)?;
        if !LEVELS.contains(&text.value.as_str()) {
            self.wrong(node, &LEVELS.join(" | "));
        }
        Some(text)
    }

    fn pairs(&mut self, node: &Node) -> Vec<(Spanned<String>, Spanned<String>)> {
        let entries = node.entries().iter();
        entries
            .filter_map(|e| {
                Some((
                    Spanned::new(e.key.clone(), e.key_span),
                    self.text(&e.value)?,
                ))
            })
            .collect()
    }

    fn counts(&mut self, node: &Node) -> Vec<(Spanned<String>, Spanned<u32>)> {
        let mut out = Vec::new();
        for e in node.entries() {
            match e.value.text().and_then(|t| t.parse().ok()) {
                Some(n) => out.push((
                    Spanned::new(e.key.clone(), e.key_span),
                    Spanned::new(n, e.value.span),
                )),
                None => self.wrong(&e.value, "0, 1, 2 …"),
            }
        }
        out
    }

    fn keys(&mut self, node: &Node, known: &[&str]) {
        if !matches!(node.value, yaml::Value::Map(_)) {
            return self.wrong(node, "{ … : … }");
        }
        for e in node.entries() {
            if !known.contains(&e.key.as_str()) {
                let found = Diagnostic::new("E0201", e.key_span).with("name", e.key.as_str());
                self.found.push(found.near(&e.key, known.iter().copied()));
            } else if e.value.is_empty() {
                self.found
                    .push(Diagnostic::new("E0204", e.key_span).with("name", e.key.as_str()));
            }
        }
    }

    fn require(&mut self, node: &Node, at: Span, needed: &[&str]) {
        for key in needed.iter().filter(|k| node.entry(k).is_none()) {
            self.found
                .push(Diagnostic::new("E0205", at.part(0, 1)).with("name", *key));
        }
    }

    fn wrong(&mut self, node: &Node, what: &str) {
        self.found
            .push(Diagnostic::new("E0202", node.span).with("what", what));
    }

    fn text(&mut self, node: &Node) -> Option<Spanned<String>> {
        let text = node.text().map(|t| Spanned::new(t.to_owned(), node.span));
        if text.is_none() && !node.is_empty() {
            self.wrong(node, "text");
        }
        text
    }

    fn texts(&mut self, node: &Node) -> Vec<Spanned<String>> {
        match &node.value {
            yaml::Value::Seq(items) => items.iter().filter_map(|n| self.text(n)).collect(),
            _ => self.text(node).into_iter().collect(),
        }
    }

    fn flag(&mut self, node: &Node) -> Option<Spanned<bool>> {
        let value = match node.text() {
            Some("true") => true,
            Some("false") => false,
            _ => {
                self.wrong(node, "true | false");
                return None;
            }
        };
        Some(Spanned::new(value, node.span))
    }

    fn instant(&mut self, node: &Node) -> Option<Timestamp> {
        let at = node.text().and_then(moment_in_beijing);
        if at.is_none() {
            match node.text().filter(|text| is_written_as_a_day(text)) {
                Some(day) => {
                    let words = both("scenario.no_such_day", &[("day", day.to_owned())]);
                    let wrong = Diagnostic::new("E0202", node.span);
                    self.found.push(wrong.told("what", "what.en", &words));
                }
                None => self.wrong(node, "2026-02-11 16:30"),
            }
        }
        at
    }
}

/// Four, two and two figures: a day as it is written, whether or not the calendar has it.
fn is_written_as_a_day(text: &str) -> bool {
    let day = text.trim().get(..10).unwrap_or_default();
    let figures = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    let mut parts = day.split('-');
    [4, 2, 2].iter().all(|width| {
        parts
            .next()
            .is_some_and(|p| p.len() == *width && figures(p))
    })
}

/// `2026-02-11`, `2026-02-11 16:30`, `2026-02-11 16:30:05` in Beijing time, or RFC 3339.
fn moment_in_beijing(text: &str) -> Option<Timestamp> {
    let civil = text.trim().replacen(' ', "T", 1);
    let day = || civil.parse::<Date>().ok().map(|d| d.at(0, 0, 0, 0));
    let at = civil.parse::<Timestamp>().ok();
    at.or_else(|| civil.parse::<DateTime>().ok().or_else(day).map(instant))
}
