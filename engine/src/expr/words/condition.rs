//! Conditions in the words of people: what must be so, what must not be, and how two values stand to each other.

use super::super::parse::{Kind, Node};
use super::super::value::Value;
use super::{Speaker, Thing, dotted};

impl<'a> Speaker<'a> {
    /// What stands behind a path.
    pub(super) fn thing(&self, node: &Node) -> Thing {
        match self.full(node) {
            Some(path) => self.titles.thing(&path),
            None => Thing::Value,
        }
    }

    /// A path as `Titles` are asked for it.
    fn full(&self, node: &Node) -> Option<String> {
        let path = dotted(node)?;
        let (root, rest) = path.split_once('.').unwrap_or((&path, ""));
        match self.list_of(root) {
            Some(list) => Some(format!("item:{}.{rest}", list?)),
            None => Some(path),
        }
    }

    /// That a condition holds.
    pub(super) fn test(&self, node: &'a Node) -> String {
        self.yes_or_no(node, true)
            .unwrap_or_else(|| self.phrase(node))
    }

    /// That it does not hold.
    pub(super) fn denied(&self, node: &'a Node) -> String {
        match &node.kind {
            Kind::Call(function, _, args) => match (function.as_str(), args.as_slice()) {
                ("not", [of]) => return self.test(of),
                ("has", [of]) => return self.present(of, false),
                _ => {}
            },
            Kind::Binary(op, a, b) => {
                if let Some(contrary) = contrary(op) {
                    return self.compare(contrary, a, b);
                }
                let whole = self.say("bracket", &[("a", self.phrase(node))]);
                return self.say("call.not", &[("a", whole)]);
            }
            Kind::In(value, list) => {
                return self.among("not_in", value, list);
            }
            _ => {}
        }
        self.yes_or_no(node, false)
            .unwrap_or_else(|| self.say("call.not", &[("a", self.phrase(node))]))
    }

    /// A yes or no as such; where it is missing it is no.
    fn yes_or_no(&self, node: &'a Node, yes: bool) -> Option<String> {
        if let Kind::Call(function, _, args) = &node.kind {
            let [of, default] = args.as_slice() else {
                return None;
            };
            let is_no = matches!(default.kind, Kind::Literal(Value::Bool(false)));
            return self
                .yes_or_no(of, yes)
                .filter(|_| function == "first_of" && is_no);
        }
        let key = match self.thing(node) {
            Thing::Answer => "answer",
            Thing::Ruling => "ruling",
            _ => return None,
        };
        let path = self.full(node)?;
        let key = format!("{key}.{}", if yes { "yes" } else { "no" });
        let step = path
            .split_once('.')
            .filter(|(root, _)| self.titles.thing(root) == Thing::Step);
        let own = self.titles.title(&format!("own:{path}"));
        Some(
            match (step.and_then(|(root, _)| self.titles.title(root)), own) {
                (Some(step), Some(own)) => self.two(&format!("{key}.of"), step, own),
                (_, Some(own)) => self.say(&key, &[("a", own)]),
                _ => self.say(&key, &[("a", self.phrase(node))]),
            },
        )
    }

    /// Whether it is a field somebody chooses in, whose name stands in quotes.
    fn is_chosen(&self, node: &'a Node) -> bool {
        let path = self.full(node);
        path.is_some_and(|path| self.titles.is_filled(&path)) && self.phrase(node).ends_with('”')
    }

    /// Whether it is a number, as far as its form says so.
    fn is_number(&self, node: &Node) -> bool {
        match &node.kind {
            Kind::Literal(Value::Number(_)) | Kind::Minus(_) => true,
            Kind::Call(function, _, args) => match function.as_str() {
                "sum" | "count" | "abs" | "round" => true,
                "first_of" | "min" | "max" => args.first().is_some_and(|of| self.is_number(of)),
                _ => false,
            },
            Kind::Binary("*" | "/", ..) => true,
            Kind::Binary("+" | "-", a, _) => self.is_number(a),
            _ => self.thing(node) == Thing::Number,
        }
    }

    /// That something is there, or is not.
    pub(super) fn present(&self, of: &'a Node, yes: bool) -> String {
        let path = self.full(of);
        if path.as_deref() == Some("case.parent") {
            return self.say(if yes { "has.parent" } else { "lacks.parent" }, &[]);
        }
        let is_filled = path
            .as_deref()
            .is_some_and(|path| self.titles.is_filled(path));
        let mut told = self.phrase(of);
        let key = match self.thing(of) {
            Thing::Mark => "mark",
            Thing::Step => {
                // When it was done, or how, is there when it was.
                let root = path.as_deref().and_then(|path| path.split('.').next());
                told = root
                    .and_then(|root| self.titles.title(root))
                    .unwrap_or(told);
                "step"
            }
            _ if is_filled => "filled",
            _ => "other",
        };
        let key = format!("{}.{key}", if yes { "has" } else { "lacks" });
        self.say(&key, &[("a", told)])
    }

    pub(super) fn binary(&self, op: &str, a: &'a Node, b: &'a Node) -> String {
        match op {
            "and" | "or" => self.both(op, a, b),
            "+" | "-" | "*" | "/" => self.reckoned(op, a, b),
            _ => self.compare(op, a, b),
        }
    }

    fn both(&self, op: &str, a: &'a Node, b: &'a Node) -> String {
        // What is compared is there.
        if op == "and" && asked(a).is_some_and(|path| compared(b).as_ref() == Some(&path)) {
            return self.test(b);
        }
        // An `or` inside an `and` keeps its brackets.
        let side = |n: &'a Node| match &n.kind {
            Kind::Binary("or", ..) if op == "and" => self.say("bracket", &[("a", self.phrase(n))]),
            _ => self.test(n),
        };
        self.two(op, side(a), side(b))
    }

    fn reckoned(&self, op: &str, a: &'a Node, b: &'a Node) -> String {
        let span = |n: &Node| match &n.kind {
            Kind::Call(function, _, args) => {
                let given = matches!(
                    args.as_slice(),
                    [Node {
                        kind: Kind::Literal(_),
                        ..
                    }]
                );
                given && (function == "months" || function == "days")
            }
            _ => false,
        };
        let key = match op {
            "+" if span(b) => "later",
            "-" if span(b) => "earlier",
            "+" => "plus",
            "-" => "minus",
            "*" => "times",
            _ => "divided",
        };
        self.two(key, self.part(a), self.part(b))
    }

    fn compare(&self, op: &str, a: &'a Node, b: &'a Node) -> String {
        if let (Kind::Literal(Value::Bool(yes)), "=" | "!=") = (&b.kind, op) {
            return match *yes == (op == "=") {
                true => self.test(a),
                false => self.denied(a),
            };
        }
        if let Some(told) = self.counted(op, a, b) {
            return told;
        }
        let key = match op {
            "=" => "eq",
            "!=" => "ne",
            "<" => "lt",
            "<=" => "le",
            ">" => "gt",
            _ => "ge",
        };
        let kind = match &b.kind {
            Kind::Literal(Value::Number(_)) => ".number",
            Kind::Literal(Value::Text(_)) if op == "=" && self.is_chosen(a) => ".chosen",
            _ if matches!(op, "=" | "!=") && (self.is_number(a) || self.is_number(b)) => ".amount",
            _ if self.is_day(a) || self.is_day(b) => ".day",
            _ => "",
        };
        let left = match settled(op, a, b) {
            true => self.plainly(a),
            false => self.phrase(a),
        };
        let right = match &b.kind {
            Kind::Literal(_) => self.compared(a, b),
            _ => self.phrase(b),
        };
        self.two(&format!("{key}{kind}"), left, right)
    }

    /// How often or how many: never or at all, none or some.
    fn counted(&self, op: &str, a: &'a Node, b: &'a Node) -> Option<String> {
        let (Kind::Call(function, _, args), Kind::Literal(Value::Number(number))) =
            (&a.kind, &b.kind)
        else {
            return None;
        };
        let [of] = args.as_slice() else { return None };
        if function != "count" {
            return None;
        }
        let several = match op {
            ">" => *number == 1.into(),
            ">=" => *number == 2.into(),
            _ => false,
        };
        if several {
            let key = match self.thing(of) {
                Thing::Step => "has.several.step",
                _ => "has.several",
            };
            return Some(self.say(key, &[("a", self.phrase(of))]));
        }
        let some = match op {
            "=" | "<=" if number.is_zero() => false,
            ">" | "!=" if number.is_zero() => true,
            _ => return None,
        };
        let key = if some { "has.some" } else { "lacks.some" };
        Some(match self.thing(of) {
            Thing::Step => self.present(of, some),
            _ => self.say(key, &[("a", self.phrase(of))]),
        })
    }

    pub(super) fn is_day(&self, node: &Node) -> bool {
        match &node.kind {
            Kind::Literal(value) => {
                matches!(value, Value::Date(_) | Value::Month(_) | Value::Instant(_))
            }
            Kind::Name(name) if name == "today" || name == "now" => true,
            Kind::Call(function, _, args) => match function.as_str() {
                "date" | "month" | "first_day" | "last_day" => true,
                "first_of" | "min" | "max" => args.first().is_some_and(|of| self.is_day(of)),
                _ => false,
            },
            Kind::If(_, yes, _) => self.is_day(yes),
            // A day less a day is a number; a day and some days are a day.
            Kind::Binary("+" | "-", a, b) => match &b.kind {
                Kind::Call(function, _, _) => {
                    matches!(function.as_str(), "days" | "months") && self.is_day(a)
                }
                _ => false,
            },
            _ => self.thing(node) == Thing::Day,
        }
    }

    /// That a value is one of several, or is not.
    pub(super) fn among(&self, key: &str, value: &'a Node, list: &'a Node) -> String {
        let all: &[Node] = match &list.kind {
            Kind::List(items) => items,
            _ => &[],
        };
        let settled = all.iter().all(|one| settled("=", value, one));
        let told = match settled && !all.is_empty() {
            true => self.plainly(value),
            false => self.phrase(value),
        };
        let key = match (key, all) {
            ("in", []) => "in.list",
            ("in", _) if self.is_chosen(value) => "in.chosen",
            _ => key,
        };
        let between = if key == "not_in" { "list" } else { "either" };
        self.two(key, told, self.choices(value, list, between))
    }

    /// A value without what stands in for it where it is missing.
    fn plainly(&self, node: &'a Node) -> String {
        match &node.kind {
            Kind::Call(function, _, args) if function == "first_of" => match args.as_slice() {
                [of, default] if matches!(default.kind, Kind::Literal(_)) => self.phrase(of),
                _ => self.phrase(node),
            },
            _ => self.phrase(node),
        }
    }

    /// The values one of which is wanted.
    fn choices(&self, value: &'a Node, list: &'a Node, between: &str) -> String {
        let told = match &list.kind {
            Kind::List(items) => {
                let items = items.iter().map(|n| self.compared(value, n));
                self.enumerated(items.collect(), between)
            }
            _ => None,
        };
        told.unwrap_or_else(|| self.phrase(list))
    }

    /// Several things one after the other, the last behind the word between them.
    fn enumerated(&self, mut items: Vec<String>, between: &str) -> Option<String> {
        let last = items.pop()?;
        let before = items.into_iter().reduce(|a, b| self.two("list", a, b));
        Some(match before {
            Some(before) => self.two(between, before, last),
            None => last,
        })
    }

    /// What holds of every one or of some of a list.
    pub(super) fn each(
        &self,
        word: &str,
        list: &'a Node,
        inside: &Speaker<'a>,
        body: &'a Node,
    ) -> String {
        let of_item = |node: &Node| inside.item_field(node);
        let told = match &body.kind {
            Kind::Binary("=", value, with) if of_item(value) => {
                Some(("eq", inside.phrase(value), inside.compared(value, with)))
            }
            Kind::In(value, all) if of_item(value) => Some((
                "in",
                inside.phrase(value),
                inside.choices(value, all, "either"),
            )),
            _ => None,
        };
        let list = self.whole(list);
        match told {
            Some((key, value, with)) if word != "for" => {
                let args = [("a", list), ("b", value), ("c", with)];
                self.say(&format!("{word}.{key}"), &args)
            }
            _ if word == "for" => self.two(word, list, inside.phrase(body)),
            _ => self.two(word, list, inside.test(body)),
        }
    }

    /// A list as a whole: a step whose parts it is stands in quotes.
    pub(super) fn whole(&self, list: &'a Node) -> String {
        let told = self.phrase(list);
        match self.thing(list) {
            Thing::Step if !told.starts_with('“') => self.say("text", &[("a", told)]),
            _ => told,
        }
    }

    /// Whether it is a field of the item that is spoken of.
    fn item_field(&self, node: &Node) -> bool {
        let path = dotted(node);
        let root = path.as_deref().and_then(|path| path.split_once('.'));
        root.is_some_and(|(root, _)| self.list_of(root).is_some())
    }
}

/// Whether what stands in for a missing value fails the comparison: then it need not be said.
fn settled(op: &str, a: &Node, b: &Node) -> bool {
    let Kind::Call(function, _, args) = &a.kind else {
        return false;
    };
    let ("first_of", [_, default]) = (function.as_str(), args.as_slice()) else {
        return false;
    };
    match (&default.kind, &b.kind) {
        (Kind::Literal(Value::Number(one)), Kind::Literal(Value::Number(other))) => match op {
            "=" => one != other,
            ">" => one <= other,
            ">=" => one < other,
            _ => false,
        },
        (Kind::Literal(one), Kind::Literal(other)) => op == "=" && one != other,
        _ => false,
    }
}

/// The comparison that holds where another does not.
fn contrary(op: &str) -> Option<&'static str> {
    Some(match op {
        "=" => "!=",
        "!=" => "=",
        "<" => ">=",
        "<=" => ">",
        ">" => "<=",
        ">=" => "<",
        _ => return None,
    })
}

/// The path that a `has` asks for.
fn asked(node: &Node) -> Option<String> {
    match &node.kind {
        Kind::Call(function, _, args) if function == "has" => dotted(args.first()?),
        _ => None,
    }
}

/// The path whose value is compared with a literal.
fn compared(node: &Node) -> Option<String> {
    match &node.kind {
        Kind::Binary("=" | "<" | "<=" | ">" | ">=", path, _) | Kind::In(path, _) => dotted(path),
        _ => None,
    }
}
