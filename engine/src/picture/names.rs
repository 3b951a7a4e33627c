//! What people call the things expressions name: fields by their form's titles, steps by theirs, what tables give by their labels,
//! parameters by the network's.

use super::Picture;
use crate::clock::Limit;
use crate::expr::{Thing, Titles, Type, is_day, list_of, words};
use crate::matter::{Kind, Matter, Step, Value, With};
use crate::network::City;
use crate::table::Table;
use crate::text::{Lang, Text};
use forms::Field;
use std::collections::BTreeSet;

impl<'a> Picture<'a> {
    /// What people call a dotted path; `path=value` asks for the title of a choice, `item:LIST.FIELD` for a field of a list's items,
    /// `limit:5wd` for a limit in words, `text:…` for a name that is its own title, `own:PATH` for a title without its step. `None` where
    /// the path says it best.
    pub(super) fn name(&self, path: &str) -> Option<String> {
        if let Some(limit) = path.strip_prefix("limit:") {
            let limit: Limit = limit.parse().ok()?;
            return Some(self.fixed(limit));
        }
        if let Some(path) = path.strip_prefix("own:") {
            let (root, rest) = path.split_once('.')?;
            return match root {
                "parameters" => self.worded(&self.network()?.parameters().get(rest)?.title),
                _ if path.starts_with("item:") => self.of_item(path.strip_prefix("item:")?, None),
                _ => self.title(root, rest, None),
            };
        }
        if let Some(text) = path.strip_prefix("text:") {
            return Some(self.own(text).to_owned());
        }
        let (path, choice) = match path.split_once('=') {
            Some((path, choice)) => (path, Some(choice)),
            None => (path, None),
        };
        if let Some(path) = path.strip_prefix("item:") {
            let title = self.of_item(path, choice);
            return match choice {
                Some(_) => title,
                None => title.map(|title| self.called(title)),
            };
        }
        let (root, rest) = path.split_once('.').unwrap_or((path, ""));
        if root == "parameters" {
            return self.parameter(rest, choice);
        }
        if path == "case.channel" {
            return choice.map(|c| self.known("channel", c));
        }
        if choice.is_some() {
            return self.title(root, rest, choice);
        }
        let title = self.title(root, rest, None);
        match (self.step(root), rest) {
            (None, "") => None,
            (Some(step), "") => Some(self.title_of(step)),
            (None, _) if root == "applicant" => {
                let known = crate::text::say(self.lang, &format!("words.name.{path}"), &[]);
                known.or_else(|| {
                    let whose = self.party("applicant");
                    let field = title?;
                    let field = self.called(field);
                    Some(self.say("of", &[("whose", &whose), ("field", &field)]))
                })
            }
            (None, _) => title.map(|title| self.called(title)),
            (Some(step), rest) => {
                let (own, known) = (title.is_some(), self.known("step_field", rest));
                let field = title.unwrap_or_else(|| self.own(&known).to_owned());
                let title = self.title_of(step);
                // What a step is there to give goes by the step alone.
                let key = if field == title { "step" } else { "field" };
                let field = if own { self.called(field) } else { field };
                Some(self.say(key, &[("step", &title), ("field", &field)]))
            }
        }
    }

    /// What people call a field of an item: one of the form its list is a field of, or a step done for each.
    fn of_item(&self, path: &str, choice: Option<&str>) -> Option<String> {
        let (root, rest) = path.split_once('.')?;
        let title = self.title(root, rest, choice);
        title.or_else(|| {
            let (step, field) = rest.split_once('.')?;
            match choice {
                Some(_) => self.title(step, field, choice),
                None => self.name(rest),
            }
        })
    }

    /// What people call a parameter, or a word that is its value.
    fn parameter(&self, name: &str, choice: Option<&str>) -> Option<String> {
        let parameter = self.network()?.parameters().get(name)?;
        let words = match choice {
            Some(choice) => parameter.labels.get(choice)?,
            None => &parameter.title,
        };
        let title = self.worded(words)?;
        let long = self.long(name).filter(|_| choice.is_none());
        Some(match long {
            Some(long) => self.say("parameter", &[("title", &title), ("limit", &long)]),
            None if choice.is_some() => title,
            None => self.called(title),
        })
    }

    /// A title of the author amid a sentence: in quotes in English, whose names begin with a capital, and in Chinese where it would read
    /// as part of the sentence.
    fn called(&self, title: String) -> String {
        let runs_on = |title: &str| {
            let asks = ["怎么", "什么", "哪", "谁", "几", "多少", "是否", "、", "，"];
            asks.iter().any(|word| title.contains(word))
        };
        match self.lang {
            Lang::Zh if !runs_on(&title) => title,
            _ if title.starts_with(['“', '"']) => title,
            _ => self.quoted(title),
        }
    }

    /// How long a parameter is that is a limit; where cities differ, that they do.
    fn long(&self, name: &str) -> Option<String> {
        let (network, day) = (self.network()?, self.day?);
        let parameter = network.parameters().get(name)?;
        let asked = self.city.and_then(|city| network.city(city));
        let here = |city: &&City| asked.is_none_or(|asked| asked.code == city.code);
        let value = |city: &City| network.parameter(name, &city.code, day)?.as_str();
        let values: BTreeSet<_> = network.cities().filter(here).map(value).collect();
        let one = values.first().filter(|_| parameter.kind == "limit")?;
        match (values.len(), one) {
            (1, one) => Some(self.fixed(one.as_deref()?.parse().ok()?)),
            _ => Some(self.say("differs", &[])),
        }
    }

    /// A step by its name, inside a block also by its own.
    fn step(&self, name: &str) -> Option<&'a Step> {
        step_of(self.matter, name)
    }

    /// The title of what stands behind a root name and the rest of a path, or of one of its choices.
    fn title(&self, root: &str, rest: &str, choice: Option<&str>) -> Option<String> {
        if let Some(label) = self.label(root, rest, choice) {
            let worded = self.lang == Lang::Zh || !label.en.is_empty();
            return worded.then(|| self.worded(label)).flatten();
        }
        let field = self.field(root, rest)?;
        match choice {
            None => self.worded(&field.title),
            Some(choice) => self.worded(title_of_choice(field, choice)?),
        }
    }

    /// A text in the language, if there is one.
    pub(super) fn worded(&self, text: &Text) -> Option<String> {
        let words = text.get(self.lang);
        (!words.is_empty()).then(|| words.to_owned())
    }

    /// What a table calls what it gives.
    fn label(&self, root: &str, rest: &str, choice: Option<&str>) -> Option<&'a Text> {
        match &self.step(root)?.kind {
            _ if !self.labels => None,
            Kind::Decide { table, .. } => {
                let table = self.revision?.table(&table.value)?;
                table.label(choice.unwrap_or(rest))
            }
            Kind::Handoff { returns, .. } => {
                let behind = format!(".{rest}");
                let path = returns.iter().find(|r| r.ends_with(&behind))?;
                let (step, field) = path.split_once('.')?;
                self.label(step, field, choice)
            }
            _ => None,
        }
    }

    /// The form field behind a root name and the rest of a path.
    fn field(&self, root: &str, rest: &str) -> Option<&'a Field> {
        if rest.is_empty() {
            return None;
        }
        if root == "applicant" {
            return forms::person()?.field(rest);
        }
        if root == "form" {
            return self.form_field(self.matter.form.as_ref()?, rest);
        }
        if let Some(event) = self.matter.event_defs.iter().find(|e| &**e.name == root) {
            return self.form_field(event.form.as_ref()?, rest);
        }
        if let Some(list) = self.list_of(root) {
            let (root, inside) = list.split_once('.')?;
            return self.field(root, &format!("{inside}.{rest}"));
        }
        match &self.step(root)?.kind {
            Kind::Task { form, .. } | Kind::Wait { form, .. } | Kind::Call { form, .. } => {
                self.form_field(form.as_ref()?, rest)
            }
            Kind::Handoff { returns, form, .. } => {
                if let Some(form) = form {
                    return self.form_field(form, rest);
                }
                let behind = format!(".{rest}");
                let path = returns.iter().find(|r| r.ends_with(&behind))?;
                let (step, field) = path.split_once('.')?;
                self.field(step, field)
            }
            _ => None,
        }
    }

    fn form_field(&self, form: &str, path: &str) -> Option<&'a Field> {
        self.revision?.form(form)?.field(path)
    }

    /// The list an item goes through, by the name of the item.
    fn list_of(&self, item: &str) -> Option<String> {
        self.matter.steps.iter().find_map(|s| match &s.kind {
            Kind::ForEach {
                alias,
                list: Value::Computed(list),
                ..
            } if &*alias.value == item => list_of(&list.source.value),
            _ => None,
        })
    }

    /// What a table is asked with: its words go by its own labels where nothing else words them.
    pub(super) fn asked(&self, table: Option<&'a Table>, value: &Value) -> String {
        let Value::Computed(formula) = value else {
            return self.value(value);
        };
        let titles = Asked {
            picture: self,
            table,
        };
        let source = &formula.source.value;
        words(source, self.lang, &titles).unwrap_or_else(|| source.trim().to_owned())
    }

    /// What stands behind a path.
    fn kind_of(&self, path: &str) -> Thing {
        if let Some(path) = path.strip_prefix("item:") {
            let Some((root, rest)) = path.split_once('.') else {
                return Thing::Value;
            };
            return match self.field(root, rest) {
                Some(field) => thing_of(field),
                None => self.kind_of(rest),
            };
        }
        let (root, rest) = path.split_once('.').unwrap_or((path, ""));
        if root == "parameters" {
            let parameter = self.network().and_then(|n| n.parameters().get(rest));
            return match parameter.map(|p| p.kind.as_str()) {
                Some("boolean") => Thing::Answer,
                Some("date" | "month") => Thing::Day,
                Some("integer" | "amount" | "money" | "number") => Thing::Number,
                _ => Thing::Value,
            };
        }
        match self.step(root) {
            Some(_) if matches!(rest, "" | "at" | "outcome") => Thing::Step,
            Some(step) => self.kind_within(step, root, rest),
            None if rest.is_empty() && self.is_mark(root) => Thing::Mark,
            None => self.field(root, rest).map_or(Thing::Value, thing_of),
        }
    }

    /// What stands behind what a step gives.
    fn kind_within(&self, step: &Step, root: &str, rest: &str) -> Thing {
        match &step.kind {
            Kind::Decide { table, .. } => {
                let table = self.revision.and_then(|r| r.table(&table.value));
                let given = table.and_then(|t| t.outputs().remove(rest));
                match given.map(|named| named.ty) {
                    Some(Type::Bool) => Thing::Ruling,
                    Some(Type::Date | Type::Month) => Thing::Day,
                    Some(Type::Number | Type::Integer) => Thing::Number,
                    _ => Thing::Value,
                }
            }
            Kind::Handoff { returns, .. } => {
                let behind = format!(".{rest}");
                let path = returns.iter().find(|r| r.ends_with(&behind));
                let inner = path.filter(|path| !path.starts_with(&format!("{root}.")));
                match (self.field(root, rest), inner) {
                    (Some(field), _) => thing_of(field),
                    (None, Some(inner)) => self.kind_of(inner),
                    (None, None) => Thing::Value,
                }
            }
            Kind::Set(fields) => {
                let set = fields.iter().find(|(name, _)| &***name == rest);
                match set {
                    Some((_, Value::Computed(by))) if is_day(&by.source.value, &Unset(self)) => {
                        Thing::Day
                    }
                    _ => Thing::Value,
                }
            }
            _ => self.field(root, rest).map_or(Thing::Value, thing_of),
        }
    }

    fn is_mark(&self, name: &str) -> bool {
        let steps = self.matter.steps.iter().flat_map(|s| &s.outcomes);
        let events = self
            .matter
            .event_defs
            .iter()
            .filter_map(|e| e.outcome.as_ref());
        let mut all = steps.chain(events).flat_map(|o| &o.marks);
        all.any(|(mark, _)| &***mark == name)
    }

    /// What a sub-case is given, by the titles of its own form.
    pub(super) fn given(&self, matter: &str, with: &With) -> String {
        let fields = match with {
            With::Nothing => return String::new(),
            With::Form => return self.say("guide.given_form", &[]),
            With::Fields(fields) => fields,
        };
        let other = self.library.and_then(|l| l.matters.get(matter));
        let field = |name: &str| other?.form(other?.form.as_ref()?)?.field(name);
        let mut told = Vec::new();
        let mut same = 0;
        for (name, value) in fields {
            let field = field(name);
            let title = field.and_then(|f| self.worded(&f.title));
            let title = title.unwrap_or_else(|| match &***name {
                "applicant" => self.party("applicant"),
                other => other.to_owned(),
            });
            let value = self.handed(field, value);
            // What is missing here and so taken from elsewhere begins by its own name.
            if value == title {
                same += 1;
            } else if value.starts_with(&title) {
                told.push(value);
            } else {
                told.push(self.say("is", &[("a", &title), ("b", &value)]));
            }
        }
        let key = match (told.is_empty(), same) {
            (true, _) => "guide.given_same",
            (false, 0) => "guide.given",
            (false, _) => "guide.given_and_same",
        };
        self.say(key, &[("what", &self.list(told))])
    }

    /// A value as a field of another matter takes it.
    fn handed(&self, field: Option<&Field>, value: &Value) -> String {
        match value {
            Value::Plain(text) if !matches!(text.value.as_str(), "true" | "false") => {
                let choice = field.and_then(|f| title_of_choice(f, text));
                let told = choice.and_then(|c| self.worded(c));
                self.quoted(told.unwrap_or_else(|| self.value(value)))
            }
            _ => self.value(value),
        }
    }
}

impl Titles for Picture<'_> {
    fn title(&self, path: &str) -> Option<String> {
        self.name(path)
    }

    fn thing(&self, path: &str) -> Thing {
        self.kind_of(path)
    }

    fn is_filled(&self, path: &str) -> bool {
        let Some((root, rest)) = path.split_once('.') else {
            return false;
        };
        // Whose agent there is, is no matter of filling in.
        let by_hand = root != "applicant"
            && self
                .step(root)
                .is_none_or(|step| matches!(step.kind, Kind::Task { .. }));
        by_hand && self.field(root, rest).is_some()
    }
}

/// The names of a matter as a table is asked with them.
struct Asked<'p, 'a> {
    picture: &'p Picture<'a>,
    table: Option<&'a Table>,
}

impl Titles for Asked<'_, '_> {
    fn title(&self, path: &str) -> Option<String> {
        let label = || {
            let (_, choice) = path.split_once('=')?;
            self.picture.worded(self.table?.label(choice)?)
        };
        self.picture.name(path).or_else(label)
    }

    fn thing(&self, path: &str) -> Thing {
        self.picture.thing(path)
    }

    fn is_filled(&self, path: &str) -> bool {
        self.picture.is_filled(path)
    }
}

/// The names of a matter without what its steps set, so that no value is asked for itself.
struct Unset<'p, 'a>(&'p Picture<'a>);

impl Titles for Unset<'_, '_> {
    fn title(&self, path: &str) -> Option<String> {
        self.0.name(path)
    }

    fn thing(&self, path: &str) -> Thing {
        let root = path.split('.').next().unwrap_or_default();
        match self.0.step(root).map(|step| &step.kind) {
            Some(Kind::Set(_)) => Thing::Value,
            _ => self.0.thing(path),
        }
    }

    fn is_filled(&self, path: &str) -> bool {
        self.0.is_filled(path)
    }
}

fn thing_of(field: &Field) -> Thing {
    match field.kind {
        forms::Kind::Boolean => Thing::Answer,
        forms::Kind::Date | forms::Kind::Month => Thing::Day,
        forms::Kind::Integer { .. } | forms::Kind::Amount { .. } => Thing::Number,
        _ => Thing::Value,
    }
}

fn step_of<'m>(matter: &'m Matter, name: &str) -> Option<&'m Step> {
    let behind = format!(".{name}");
    let steps = || matter.steps.iter();
    steps()
        .find(|s| &**s.id == name)
        .or_else(|| steps().find(|s| s.id.ends_with(&behind)))
}

fn title_of_choice<'f>(field: &'f Field, choice: &str) -> Option<&'f Text> {
    let (forms::Kind::Choice(all) | forms::Kind::Choices(all)) = &field.kind else {
        return None;
    };
    let found = all.iter().find(|c| c.value == choice)?;
    Some(&found.title)
}
