//! An expression in the words of people: `=form.months >= 180` is 缴费月数不少于 180.

use super::parse::{self, Kind, Node};
use super::value::Value;
use crate::source::Span;
use crate::text::{Lang, say};

/// The expression (without its `=`) as a phrase. `name` gives what people call a dotted path; where it gives nothing the path stands.
/// `None` if the source cannot be read.
pub fn words(source: &str, lang: Lang, name: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    let end = u32::try_from(source.len()).ok()?;
    let span = Span {
        file: 0,
        start: 0,
        end,
    };
    let root = parse::expression(source, span).ok()?;
    let speaker = Speaker {
        lang,
        name,
        items: Vec::new(),
    };
    Some(speaker.phrase(&root))
}

struct Speaker<'a> {
    lang: Lang,
    name: &'a dyn Fn(&str) -> Option<String>,
    /// Variables of `some` and `every` around with the path of their list: their name is left out.
    items: Vec<(&'a str, Option<String>)>,
}

impl<'a> Speaker<'a> {
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
                self.two("filter", self.phrase(list), inside.phrase(test))
            }
            Kind::List(items) => {
                let items = items.iter().map(|n| self.phrase(n));
                items
                    .reduce(|a, b| self.two("list", a, b))
                    .unwrap_or_else(|| self.say("null", &[]))
            }
            Kind::Minus(value) => format!("-{}", self.phrase(value)),
            Kind::Binary(op, a, b) => self.binary(op, a, b),
            Kind::In(value, list) => {
                let list = match &list.kind {
                    Kind::List(items) => {
                        let items = items.iter().map(|n| self.compared(value, n));
                        items.reduce(|a, b| self.two("list", a, b))
                    }
                    _ => None,
                }
                .unwrap_or_else(|| self.phrase(list));
                self.two("in", self.phrase(value), list)
            }
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
                    ("a", self.phrase(test)),
                    ("b", self.phrase(yes)),
                    ("c", self.phrase(no)),
                ];
                self.say("if", &args)
            }
            Kind::Each(word, item, list, body) => {
                let inside = self.with(item, list);
                self.two(word, self.phrase(list), inside.phrase(body))
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
            Value::Bool(true) => self.say("true", &[]),
            Value::Bool(false) => self.say("false", &[]),
            Value::Number(number) => number.to_string(),
            Value::Text(text) => (self.name)(&format!("limit:{text}"))
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
            let field = of.and_then(|list| (self.name)(&format!("item:{list}.{rest}")));
            let field = field.or_else(|| self.named(key));
            return field.unwrap_or_else(|| self.own(key));
        }
        (self.name)(&path)
            .or_else(|| self.named(&path))
            .unwrap_or_else(|| self.own(&path))
    }

    /// A text or name of the author that is its own title.
    fn own(&self, text: &str) -> String {
        (self.name)(&format!("text:{text}")).unwrap_or_else(|| text.to_owned())
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

    fn binary(&self, op: &str, a: &'a Node, b: &'a Node) -> String {
        // An `or` inside an `and` keeps its brackets.
        let side = |n: &'a Node| match &n.kind {
            Kind::Binary("or", ..) if op == "and" => self.say("bracket", &[("a", self.phrase(n))]),
            _ => self.phrase(n),
        };
        let (left, right) = match &b.kind {
            Kind::Literal(_) => (side(a), self.compared(a, b)),
            _ => (side(a), side(b)),
        };
        let key = match op {
            "=" => "eq",
            "!=" => "ne",
            "<" => "lt",
            "<=" => "le",
            ">" => "gt",
            ">=" => "ge",
            "and" | "or" => op,
            _ => return format!("{left} {op} {right}"),
        };
        self.two(key, left, right)
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
                Some(list) => (self.name)(&format!("item:{}.{rest}={text}", list?)),
                None => (self.name)(&format!("{path}={text}")),
            }
        });
        let known = |field: &str| say(self.lang, &format!("words.choice.{field}.{text}"), &[]);
        named.or_else(|| known(field?))
    }

    fn call(&self, function: &str, args: &'a [Node]) -> String {
        let mut told: Vec<String> = args.iter().map(|n| self.phrase(n)).collect();
        match function {
            "list" => {
                let told = told.into_iter().reduce(|a, b| self.two("list", a, b));
                return told.unwrap_or_else(|| self.say("null", &[]));
            }
            // What stands in for what is not there may itself be missing.
            "first_of" => {
                let mut last = told.pop().unwrap_or_default();
                if let [first, .., default] = args {
                    last = self.compared(first, default);
                }
                return told
                    .into_iter()
                    .rfold(last, |b, a| self.two("call.first_of", a, b));
            }
            "min" | "max" if told.len() > 1 => {
                let told = told.into_iter().reduce(|a, b| self.two("list", a, b));
                let args = [("a", told.unwrap_or_default())];
                return self.say(&format!("call.{function}"), &args);
            }
            _ => {}
        }
        let mut named = ["a", "b", "c"].into_iter().zip(told.iter().cloned());
        let named: Vec<(&str, String)> = named.by_ref().collect();
        let key = format!("words.call.{function}");
        say(self.lang, &key, &named).unwrap_or_else(|| format!("{function}({})", told.join(", ")))
    }

    fn two(&self, key: &str, a: String, b: String) -> String {
        self.say(key, &[("a", a), ("b", b)])
    }

    fn say(&self, key: &str, args: &[(&str, String)]) -> String {
        say(self.lang, &format!("words.{key}"), args).unwrap_or_else(|| key.to_owned())
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
    let end = u32::try_from(source.len()).ok()?;
    let span = Span {
        file: 0,
        start: 0,
        end,
    };
    base(&parse::expression(source, span).ok()?)
}

/// `a.b.c` of names and fields alone.
fn dotted(node: &Node) -> Option<String> {
    match &node.kind {
        Kind::Name(name) => Some(name.clone()),
        Kind::Field(of, field, _) => Some(format!("{}.{field}", dotted(of)?)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(source: &str, zh: &str, en: &str) {
        let name = |path: &str| match path {
            "form.months" => Some("缴费月数".to_owned()),
            "form.kind=short" => Some("年限不足".to_owned()),
            _ => None,
        };
        assert_eq!(words(source, Lang::Zh, &name).unwrap(), zh, "{source}");
        assert_eq!(words(source, Lang::En, &|_| None).unwrap(), en, "{source}");
    }

    #[test]
    fn conditions_read_as_phrases() {
        check(
            "form.months >= 180",
            "缴费月数不少于 180",
            "form.months is at least 180",
        );
        check(
            "form.kind = 'short'",
            "form.kind是“年限不足”",
            "form.kind is “short”",
        );
        check(
            "not(has(case.parent))",
            "并非有上级办件",
            "not (there is the parent case)",
        );
        check(
            "every m in materials.missing satisfies m.promise",
            "缺少的材料中每一项都可以容缺",
            "for every one of the missing materials: may come later",
        );
        check("a and (b or c)", "a，且（b，或者c）", "a and (b or c)");
        check("list()", "空", "nothing");
        check(
            "first_of(id_number(applicant.id_number).sex, \"male\") = \"female\"",
            "申请人证件号码所示的性别（没有时为“男”）是“女”",
            "the sex of the applicant’s document number (“male” if absent) is “female”",
        );
        check(
            "form.kind in (\"short\", \"long\") and first_of(a, b, c)",
            "form.kind是“年限不足”、“long”之一，且a（没有时为b（没有时为c））",
            "form.kind is one of “short”, “long” and a (b (c if absent) if absent)",
        );
        check(
            "first_of(age, 0) <= 5",
            "age（没有时为0）不超过 5",
            "age (0 if absent) is at most 5",
        );
    }

    #[test]
    fn what_cannot_be_read_has_no_words() {
        assert_eq!(words("a >=", Lang::Zh, &|_| None), None);
    }
}
