//! An expression in the words of people: `=form.months >= 180` is 缴费月数不少于 180.

mod condition;
#[cfg(test)]
mod tests;

use super::parse::{self, Kind, Node};
use super::value::Value;
use crate::source::Span;
use crate::text::{Lang, joined, say};
use jiff::civil::Date;

/// What stands behind a name, as far as people speak of it differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Thing {
    /// A step, or when and how it was done.
    Step,
    /// A mark of the case.
    Mark,
    /// A yes or no that somebody gives or an office has set.
    Answer,
    /// A yes or no that a table gives.
    Ruling,
    /// A day, a month or a moment.
    Day,
    /// A number or an amount of money.
    Number,
    /// All else.
    Value,
}

/// What people call the things an expression names.
pub trait Titles {
    /// What people call a dotted path, or a question about one as `Picture::name` lists them; nothing where the path stands for itself.
    fn title(&self, path: &str) -> Option<String>;
    /// What stands behind a path.
    fn thing(&self, path: &str) -> Thing;
    /// Whether somebody fills it in.
    fn is_filled(&self, path: &str) -> bool;
}

/// The expression (without its `=`) as a phrase for a value. `None` if the source cannot be read.
pub fn words(source: &str, lang: Lang, titles: &dyn Titles) -> Option<String> {
    let root = root(source)?;
    Some(Speaker::new(lang, titles).phrase(&root))
}

/// The same as a phrase for a condition: of a yes or no, that it is yes.
pub fn condition(source: &str, lang: Lang, titles: &dyn Titles) -> Option<String> {
    let root = root(source)?;
    Some(Speaker::new(lang, titles).test(&root))
}

/// How an expression is built, as far as a sentence around it depends on that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// A name alone.
    Name,
    /// One value or another, by a condition.
    Either,
    /// All else.
    Other,
}

/// The shape of an expression.
pub(crate) fn shape(source: &str) -> Shape {
    match root(source) {
        Some(node) if dotted(&node).is_some() => Shape::Name,
        Some(Node {
            kind: Kind::If(..), ..
        }) => Shape::Either,
        _ => Shape::Other,
    }
}

/// Whether an expression gives a day.
pub(crate) fn is_day(source: &str, titles: &dyn Titles) -> bool {
    root(source).is_some_and(|root| Speaker::new(Lang::Zh, titles).is_day(&root))
}

fn root(source: &str) -> Option<Node> {
    let end = u32::try_from(source.len()).ok()?;
    let span = Span {
        file: 0,
        start: 0,
        end,
    };
    parse::expression(source, span).ok()
}

struct Speaker<'a> {
    lang: Lang,
    titles: &'a dyn Titles,
    /// Variables of `some` and `every` around with the path of their list: their name is left out.
    items: Vec<(&'a str, Option<String>)>,
}

impl<'a> Speaker<'a> {
    fn new(lang: Lang, titles: &'a dyn Titles) -> Self {
        Speaker {
            lang,
            titles,
            items: Vec::new(),
        }
    }

    fn phrase(&self, node: &'a Node) -> String {
        match &node.kind {
            Kind::Literal(value) => self.literal(value),
            Kind::Field(of, field, _) if dotted(node).is_none() => {
                let field = self.named(field).unwrap_or_else(|| self.own(field));
                self.two("field", self.phrase(of), field)
            }
            Kind::Name(_) | Kind::Field(..) => self.path(node),
            Kind::Filter(list, test) => {
                let inside = self.with("item", list);
                self.two("filter", self.phrase(list), inside.test(test))
            }
            Kind::List(items) => {
                let items = items.iter().map(|n| self.phrase(n));
                items
                    .reduce(|a, b| self.two("list", a, b))
                    .unwrap_or_else(|| self.say("null", &[]))
            }
            Kind::Minus(value) => format!("-{}", self.phrase(value)),
            Kind::Binary(op, a, b) => self.binary(op, a, b),
            Kind::In(value, list) => self.among("in", value, list),
            Kind::Within(value, low, high, ..) => {
                let args = [
                    ("a", self.phrase(value)),
                    ("b", self.phrase(low)),
                    ("c", self.phrase(high)),
                ];
                self.say("between", &args)
            }
            Kind::If(test, yes, no) => {
                let args = [
                    ("a", self.test(test)),
                    ("b", self.phrase(yes)),
                    ("c", self.phrase(no)),
                ];
                self.say("if", &args)
            }
            Kind::Each(word, item, list, body) => {
                self.each(word, list, &self.with(item, list), body)
            }
            Kind::Call(function, _, args) => self.call(function, args),
        }
    }

    /// Whoever speaks of each item of a list.
    fn with(&self, item: &'a str, list: &'a Node) -> Speaker<'a> {
        let mut items = self.items.clone();
        items.push((item, base(list)));
        Speaker { items, ..*self }
    }

    fn literal(&self, value: &Value) -> String {
        match value {
            Value::Null => self.say("null", &[]),
            Value::Bool(yes) => {
                let word = self.say(if *yes { "true" } else { "false" }, &[]);
                self.say("text", &[("a", word)])
            }
            Value::Number(number) => number.to_string(),
            Value::Text(text) if text.is_empty() => self.say("null", &[]),
            Value::Text(text) => self
                .titles
                .title(&format!("limit:{text}"))
                .unwrap_or_else(|| self.say("text", &[("a", self.own(text))])),
            Value::Date(date) => date.to_string(),
            Value::Month(month) => super::month_text(*month),
            Value::Instant(at) => at.to_string(),
            Value::Duration { months, days } => format!("{months}mo {days}d"),
            Value::List(_) | Value::Record(_) => "…".to_owned(),
        }
    }

    fn path(&self, node: &Node) -> String {
        let Some(path) = dotted(node) else {
            return "…".to_owned();
        };
        let (root, rest) = path.split_once('.').unwrap_or((&path, ""));
        if let Some(of) = self.list_of(root) {
            let key = if rest.is_empty() { "item" } else { rest };
            let field = of.and_then(|list| self.titles.title(&format!("item:{list}.{rest}")));
            let field = field.or_else(|| self.named(key));
            return field.unwrap_or_else(|| self.own(key));
        }
        self.titles
            .title(&path)
            .or_else(|| self.named(&path))
            .unwrap_or_else(|| self.own(&path))
    }

    /// A text or name of the author that is its own title.
    fn own(&self, text: &str) -> String {
        self.titles
            .title(&format!("text:{text}"))
            .unwrap_or_else(|| text.to_owned())
    }

    /// The path of the list an item comes of, if this is the name of one.
    fn list_of(&self, name: &str) -> Option<Option<&str>> {
        let mut items = self.items.iter().rev();
        let (_, list) = items.find(|(item, _)| *item == name)?;
        Some(list.as_deref())
    }

    /// A name every matter knows, or a word of items.
    fn named(&self, path: &str) -> Option<String> {
        say(self.lang, &format!("words.name.{path}"), &[])
    }

    /// What a value is compared with; of a choice, by its title.
    fn compared(&self, value: &'a Node, with: &'a Node) -> String {
        let title = match &with.kind {
            Kind::Literal(Value::Text(text)) => self.choice(value, text),
            _ => None,
        };
        match title {
            Some(title) => self.say("text", &[("a", title)]),
            None => self.phrase(with),
        }
    }

    /// What people call a choice of what a value is taken from.
    fn choice(&self, value: &Node, text: &str) -> Option<String> {
        let (path, field) = match &value.kind {
            Kind::Call(function, _, args) if function == "first_of" => {
                return self.choice(args.first()?, text);
            }
            Kind::Field(_, field, _) => (dotted(value), Some(field.as_str())),
            _ => (dotted(value), None),
        };
        let named = path.and_then(|path| {
            let (root, rest) = path.split_once('.').unwrap_or((&path, ""));
            match self.list_of(root) {
                Some(list) => self.titles.title(&format!("item:{}.{rest}={text}", list?)),
                None => self.titles.title(&format!("{path}={text}")),
            }
        });
        let known = |field: &str| say(self.lang, &format!("words.choice.{field}.{text}"), &[]);
        named.or_else(|| known(field?))
    }

    fn call(&self, function: &str, args: &'a [Node]) -> String {
        let told: Vec<String> = args.iter().map(|n| self.phrase(n)).collect();
        match (function, args) {
            ("list", _) => {
                let told = told.into_iter().reduce(|a, b| self.two("list", a, b));
                return told.unwrap_or_else(|| self.say("null", &[]));
            }
            ("first_of", [_, .., _]) => return self.first_of(args),
            ("min" | "max", [first, _, ..]) => {
                let told = args.iter().map(|n| self.part(n));
                let told = told.reduce(|a, b| self.two("list", a, b));
                let day = if self.is_day(first) { ".day" } else { "" };
                let args = [("a", told.unwrap_or_default())];
                return self.say(&format!("call.{function}{day}"), &args);
            }
            ("not", [of]) => return self.denied(of),
            ("has", [of]) => return self.present(of, true),
            ("count", [of]) if self.thing(of) == Thing::Step => {
                return self.say("call.count.step", &[("a", self.phrase(of))]);
            }
            (
                "abs",
                [
                    Node {
                        kind: Kind::Binary("-", one, other),
                        ..
                    },
                ],
            ) => {
                return self.difference(one, other);
            }
            ("last", [of]) => {
                if let Some(list) = done_last(of) {
                    return self.say("call.last.done", &[("a", self.whole(list))]);
                }
            }
            ("months" | "days", [of]) => {
                // A number goes with its unit; what is called months already says so.
                let unit = if function == "months" { "mo" } else { "d" };
                let told = self.phrase(of);
                let long = self.titles.title(&format!("limit:{told}{unit}"));
                return long.unwrap_or(told);
            }
            (
                "month" | "date",
                [
                    Node {
                        kind: Kind::Literal(Value::Text(text)),
                        ..
                    },
                ],
            ) => {
                if let Some(written) = self.written(function, text) {
                    return written;
                }
            }
            (
                "month",
                [
                    Node {
                        kind: Kind::Name(name),
                        ..
                    },
                ],
            ) => {
                let known = say(self.lang, &format!("words.month.{name}"), &[]);
                if let Some(known) = known {
                    return known;
                }
            }
            _ => {}
        }
        let mut named = ["a", "b", "c"].into_iter().zip(told.iter().cloned());
        let named: Vec<(&str, String)> = named.by_ref().collect();
        let key = format!("words.call.{function}");
        joined(self.lang, &key, &named)
            .unwrap_or_else(|| format!("{function}({})", told.join(", ")))
    }

    /// A month or a day that stands in the expression itself.
    fn written(&self, function: &str, text: &str) -> Option<String> {
        let first = match function {
            "month" => format!("{text}-01"),
            _ => text.to_owned(),
        };
        let day: Date = first.parse().ok()?;
        let args = [
            ("text", text.to_owned()),
            ("y", day.year().to_string()),
            ("m", day.month().to_string()),
            ("d", day.day().to_string()),
        ];
        Some(self.say(&format!("written.{function}"), &args))
    }

    /// By how much one value differs from another, or from all that are taken off it.
    fn difference(&self, one: &'a Node, other: &'a Node) -> String {
        let mut from = one;
        let mut off = vec![self.phrase(other)];
        while let Kind::Binary("-", one, other) = &from.kind {
            off.insert(0, self.phrase(other));
            from = one;
        }
        let several = off.len() > 1;
        let off = off.into_iter().reduce(|a, b| self.two("both", a, b));
        let key = if several {
            "difference.several"
        } else {
            "difference"
        };
        self.two(key, self.phrase(from), off.unwrap_or_default())
    }

    /// The first there is of several. What is nothing instead of nothing goes without saying.
    fn first_of(&self, args: &'a [Node]) -> String {
        let mut all = Vec::new();
        firsts(args, &mut all);
        let [first, rest @ ..] = all.as_slice() else {
            return String::new();
        };
        let rest = rest.iter().filter(|node| !is_nothing(node));
        let rest: Vec<String> = rest.map(|node| self.compared(first, node)).collect();
        let key = match rest.len() {
            0 => return self.phrase(first),
            1 => "call.first_of",
            _ => "call.first_of.several",
        };
        let rest = rest.into_iter().reduce(|a, b| self.two("list", a, b));
        self.two(key, self.phrase(first), rest.unwrap_or_default())
    }

    /// A value as part of a list or a sum: in brackets where it depends.
    fn part(&self, node: &'a Node) -> String {
        match &node.kind {
            Kind::If(..) => self.say("bracket", &[("a", self.phrase(node))]),
            _ => self.phrase(node),
        }
    }

    fn two(&self, key: &str, a: String, b: String) -> String {
        self.say(key, &[("a", a), ("b", b)])
    }

    fn say(&self, key: &str, args: &[(&str, String)]) -> String {
        joined(self.lang, &format!("words.{key}"), args).unwrap_or_else(|| key.to_owned())
    }
}

/// The path of the list that is filtered, or stands first of several.
fn base(list: &Node) -> Option<String> {
    match &list.kind {
        Kind::Filter(list, _) => base(list),
        Kind::Call(function, _, args) if function == "first_of" => base(args.first()?),
        _ => dotted(list),
    }
}

/// The same for a list as it is written.
pub(crate) fn list_of(source: &str) -> Option<String> {
    base(&root(source)?)
}

/// `a.b.c` of names and fields alone.
fn dotted(node: &Node) -> Option<String> {
    match &node.kind {
        Kind::Name(name) => Some(name.clone()),
        Kind::Field(of, field, _) => Some(format!("{}.{field}", dotted(of)?)),
        _ => None,
    }
}

/// Whether a value stands for nothing at all: null, an empty list, a text without a letter.
fn is_nothing(node: &Node) -> bool {
    match &node.kind {
        Kind::Literal(Value::Null) => true,
        Kind::Literal(Value::Text(text)) => !text.chars().any(char::is_alphanumeric),
        Kind::List(items) => items.is_empty(),
        Kind::Call(function, _, args) => function == "list" && args.is_empty(),
        _ => false,
    }
}

/// The list whose last item that is done a value names.
fn done_last(of: &Node) -> Option<&Node> {
    let Kind::Field(list, key, _) = &of.kind else {
        return None;
    };
    let Kind::Filter(list, test) = &list.kind else {
        return None;
    };
    let Kind::Binary("=", result, done) = &test.kind else {
        return None;
    };
    let is_done = matches!(&done.kind, Kind::Literal(Value::Text(text)) if text == "done");
    (key == "key" && is_done && dotted(result)? == "item.result").then_some(list)
}

/// All that stand in for one another, those within others too.
fn firsts<'n>(args: &'n [Node], all: &mut Vec<&'n Node>) {
    for node in args {
        match &node.kind {
            Kind::Call(function, _, inner) if function == "first_of" => firsts(inner, all),
            _ => all.push(node),
        }
    }
}
