//! Reads one field: its words, its kind, and the limits of that kind.

use std::collections::BTreeSet;

use rust_decimal::Decimal;
use serde_json::{Map, Value};

use super::keywords::Place;
use super::{LIMITS, Reader};
use crate::field::{Choice, Derive, Field, Format, Kind, Part, Private, Test};
use crate::flaw;
use crate::json::join;
use crate::nearest::nearest;
use crate::normalise;
use crate::text::Text;

type Schema = Map<String, Value>;

impl Reader {
    /// One property, or nothing when it cannot be read; the reasons are noted.
    pub(super) fn field(&mut self, name: &str, schema: &Value, at: &str) -> Option<Field> {
        let Some(map) = schema.as_object() else {
            self.refuse("schema.not_an_object", at, vec![]);
            return None;
        };
        let title = self.words(map, "title", "x-title-en", at);
        if title
            .as_ref()
            .is_none_or(|title| title.zh.trim().is_empty())
        {
            self.refuse("schema.title_missing", at, vec![("name", name.into())]);
        }
        let kind = self.kind(map, at)?;
        let field = Field {
            name: name.to_owned(),
            title: title.unwrap_or_default(),
            hint: self.words(map, "description", "x-description-en", at),
            required: false,
            read_only: self.flag(map, "readOnly", at),
            private: self.private(map, &kind, at),
            safe: self.flag(map, "x-safe", at),
            show_if: Vec::new(),
            required_if: Vec::new(),
            default: map.get("default").cloned(),
            derive: self.derive(map, &kind, at),
            format_unless: self.format_unless(map, &kind, at),
            kind,
        };
        let secret = field.private.is_some() || matches!(field.kind, Kind::Amount { .. });
        if field.safe && secret {
            self.refuse("schema.private_safe", &join(at, "x-safe"), vec![]);
        }
        Some(self.with_default(field, at))
    }

    /// The `type`, if it is a single word.
    pub(super) fn kind_name<'v>(&mut self, map: &'v Schema, at: &str) -> Option<&'v str> {
        match map.get("type") {
            None => {
                self.refuse("schema.type_missing", at, vec![]);
                None
            }
            Some(Value::String(name)) => Some(name),
            Some(_) => {
                self.refuse("schema.type_list", &join(at, "type"), vec![]);
                None
            }
        }
    }

    fn kind(&mut self, map: &Schema, at: &str) -> Option<Kind> {
        match self.kind_name(map, at)? {
            "string" => {
                self.keywords(map, Place::String, at);
                self.string(map, at)
            }
            "integer" => {
                self.keywords(map, Place::Integer, at);
                let (min, max) = (
                    self.integer(map, "minimum", at),
                    self.integer(map, "maximum", at),
                );
                self.ordered(&min, &max, "minimum", at);
                Some(Kind::Integer { min, max })
            }
            "boolean" => {
                self.keywords(map, Place::Boolean, at);
                Some(Kind::Boolean)
            }
            "object" => {
                self.keywords(map, Place::Object, at);
                let fields = self.object(map, at);
                if fields.is_empty() && self.problems.is_empty() {
                    self.refuse("schema.group_empty", at, vec![]);
                }
                Some(Kind::Group(fields))
            }
            "array" => {
                self.keywords(map, Place::Array, at);
                self.array(map, at)
            }
            "number" => {
                self.refuse("schema.type_number", &join(at, "type"), vec![]);
                None
            }
            other => {
                self.refuse(
                    "schema.type_unknown",
                    &join(at, "type"),
                    vec![("name", other.into())],
                );
                None
            }
        }
    }

    fn string(&mut self, map: &Schema, at: &str) -> Option<Kind> {
        let (min, max) = (
            self.count(map, "minLength", at),
            self.count(map, "maxLength", at),
        );
        self.ordered(&min, &max, "minLength", at);
        self.pattern(map, at);
        let format = self.text(map, "format", at);
        if format != Some("money") {
            for key in ["minimum", "maximum"]
                .into_iter()
                .filter(|key| map.contains_key(*key))
            {
                self.refuse(
                    "schema.bounds_of_text",
                    &join(at, key),
                    vec![("name", key.into())],
                );
            }
        }
        if map.contains_key("enum") || map.contains_key("oneOf") {
            return self.choice(map, at).map(Kind::Choice);
        }
        if map.contains_key("x-titles") {
            self.refuse("schema.titles_alone", &join(at, "x-titles"), vec![]);
        }
        let text = |format| Kind::Text {
            format,
            long: false,
            max,
        };
        Some(match format {
            None => Kind::Text {
                format: Format::Plain,
                long: self.flag(map, "x-long", at),
                max,
            },
            Some("date") => Kind::Date,
            Some("month") => Kind::Month,
            Some("money") => self.amount(map, at),
            Some("id-number") => text(Format::IdNumber),
            Some("credit-code") => text(Format::CreditCode),
            Some("phone") => text(Format::Phone),
            Some("bank-card") => text(Format::BankCard),
            Some("region") => text(Format::Region),
            Some("file") => Kind::File,
            Some(other) => {
                let near = nearest(other, flaw::FORMATS)
                    .map_or_else(|| flaw::FORMATS.join(", "), str::to_owned);
                let args = vec![("name", other.into()), ("near", near.into())];
                self.refuse("schema.format_unknown", &join(at, "format"), args);
                return None;
            }
        })
    }

    fn amount(&mut self, map: &Schema, at: &str) -> Kind {
        let mut bound = |key: &str| {
            let value = map.get(key)?;
            // The number's own text, never its binary value.
            let text = value.as_number().map(ToString::to_string);
            let exact = text.and_then(|text| text.parse::<Decimal>().ok());
            if exact.is_none() {
                self.mistyped(key, "want.number", at);
            }
            exact
        };
        let (min, max) = (bound("minimum"), bound("maximum"));
        self.ordered(&min, &max, "minimum", at);
        Kind::Amount { min, max }
    }

    fn array(&mut self, map: &Schema, at: &str) -> Option<Kind> {
        let (min, max) = (
            self.count(map, "minItems", at),
            self.count(map, "maxItems", at),
        );
        self.ordered(&min, &max, "minItems", at);
        self.flag(map, "uniqueItems", at);
        let Some(items) = self.map(map, "items", at) else {
            self.refuse("schema.items_missing", at, vec![]);
            return None;
        };
        let here = join(at, "items");
        match self.kind_name(items, &here)? {
            "object" => {
                self.keywords(items, Place::RowItem, &here);
                Some(Kind::Rows {
                    fields: self.object(items, &here),
                    min: min.unwrap_or(0),
                    max,
                })
            }
            "string" => {
                self.keywords(items, Place::TextItem, &here);
                self.pattern(items, &here);
                if items.contains_key("enum") || items.contains_key("oneOf") {
                    return self.choice(items, &here).map(Kind::Choices);
                }
                Some(Kind::Texts)
            }
            _ => {
                self.refuse("schema.items_kind", &join(&here, "type"), vec![]);
                None
            }
        }
    }

    fn choice(&mut self, map: &Schema, at: &str) -> Option<Vec<Choice>> {
        let key = match map.contains_key("oneOf") {
            true => "oneOf",
            false => "enum",
        };
        let choices = match key {
            "oneOf" => self.titled(map, at),
            _ => self.listed(map, at),
        };
        let place = join(at, key);
        let none = map
            .get(key)
            .and_then(Value::as_array)
            .is_some_and(Vec::is_empty);
        if none {
            self.refuse("schema.choice_empty", &place, vec![]);
        }
        let mut seen = BTreeSet::new();
        for choice in &choices {
            let name = choice.value.as_str();
            if name.trim() != name || name.is_empty() || !seen.insert(name) {
                self.refuse("schema.choice_value", &place, vec![("name", name.into())]);
            }
        }
        let before = self.choices;
        self.choices += choices.len();
        if before <= LIMITS.choices && self.choices > LIMITS.choices {
            let limit = LIMITS.choices.to_string().into();
            self.refuse("schema.too_many_choices", &place, vec![("limit", limit)]);
        }
        Some(choices)
    }

    /// `oneOf: [{ const, title }]`.
    fn titled(&mut self, map: &Schema, at: &str) -> Vec<Choice> {
        let mut choices = Vec::new();
        for (i, entry) in self.list(map, "oneOf", at).iter().enumerate() {
            let here = join(&join(at, "oneOf"), &i.to_string());
            let Some(entry) = entry
                .as_object()
                .filter(|entry| entry.contains_key("const"))
            else {
                self.refuse("schema.choice_shape", &here, vec![]);
                continue;
            };
            self.keywords(entry, Place::Choice, &here);
            let title = self.words(entry, "title", "x-title-en", &here);
            if let Some(value) = self.text(entry, "const", &here) {
                choices.push(Choice {
                    value: value.to_owned(),
                    title: title.unwrap_or_else(|| value.into()),
                });
            }
        }
        choices
    }

    /// `enum` with `x-titles`; a value without a title is its own.
    fn listed(&mut self, map: &Schema, at: &str) -> Vec<Choice> {
        let values = self.names(map, "enum", at);
        let titles = self.map(map, "x-titles", at);
        for (name, title) in titles.into_iter().flatten() {
            let here = join(&join(at, "x-titles"), name);
            if !values.iter().any(|(value, _)| value == name) {
                self.refuse(
                    "schema.titles_unknown",
                    &here,
                    vec![("name", name.as_str().into())],
                );
            } else if text_of(title).is_none() {
                self.mistyped(name, "want.words", &join(at, "x-titles"));
            }
        }
        let title = |value: &str| titles.and_then(|titles| text_of(titles.get(value)?));
        let choice = |(value, _): (&str, String)| Choice {
            value: value.to_owned(),
            title: title(value).unwrap_or_else(|| value.into()),
        };
        values.into_iter().map(choice).collect()
    }

    /// A pattern must be short and need time only in proportion to the text.
    fn pattern(&mut self, map: &Schema, at: &str) {
        let Some(pattern) = self.text(map, "pattern", at) else {
            return;
        };
        let here = join(at, "pattern");
        if pattern.chars().count() > LIMITS.pattern {
            let limit = LIMITS.pattern.to_string().into();
            self.refuse("schema.pattern_long", &here, vec![("limit", limit)]);
            return;
        }
        let mut builder = regex::RegexBuilder::new(pattern);
        if builder.size_limit(LIMITS.pattern_compiled).build().is_err() {
            self.refuse("schema.pattern", &here, vec![]);
        }
    }

    fn private(&mut self, map: &Schema, kind: &Kind, at: &str) -> Option<Private> {
        let of_format = match kind {
            Kind::Text { format, .. } => match format {
                Format::IdNumber => Some(Private::Id),
                Format::Phone => Some(Private::Phone),
                Format::BankCard => Some(Private::Account),
                _ => None,
            },
            _ => None,
        };
        match self.text(map, "x-private", at) {
            None => of_format,
            Some("id") => Some(Private::Id),
            Some("account") => Some(Private::Account),
            Some("phone") => Some(Private::Phone),
            Some("health") => Some(Private::Health),
            Some(other) => {
                let args = vec![("name", other.into())];
                self.refuse("schema.private", &join(at, "x-private"), args);
                of_format
            }
        }
    }

    /// `x-derive: "id_number.birth_date"`.
    fn derive(&mut self, map: &Schema, kind: &Kind, at: &str) -> Option<Derive> {
        let written = self.text(map, "x-derive", at)?;
        let sexes = |choices: &[Choice]| {
            let has = |sex: &str| choices.iter().any(|choice| choice.value == sex);
            has("male") && has("female")
        };
        let part = match (written.split_once('.'), kind) {
            (Some((from, "birth_date")), Kind::Date) => Some((from, Part::BirthDate)),
            (Some((from, "sex")), Kind::Choice(choices)) if sexes(choices) => {
                Some((from, Part::Sex))
            }
            _ => None,
        };
        if part.is_none() {
            self.refuse(
                "schema.derive",
                &join(at, "x-derive"),
                vec![("name", written.into())],
            );
        }
        part.map(|(from, part)| Derive {
            from: from.to_owned(),
            part,
        })
    }

    /// `x-format-unless: { "id_type": ["passport"] }`.
    fn format_unless(&mut self, map: &Schema, kind: &Kind, at: &str) -> Option<Test> {
        let written = self.map(map, "x-format-unless", at)?;
        let of_id = matches!(
            kind,
            Kind::Text {
                format: Format::IdNumber,
                ..
            }
        );
        let mut entries = written.iter();
        match (entries.next(), entries.next()) {
            (Some((field, Value::Array(values))), None) if of_id => Some(Test {
                field: field.clone(),
                values: values.clone(),
            }),
            _ => {
                let here = join(at, "x-format-unless");
                self.refuse(
                    "schema.format_unless",
                    &here,
                    vec![("name", "id_type".into())],
                );
                None
            }
        }
    }

    /// A default must itself be a valid value; it is kept in its normal form.
    fn with_default(&mut self, mut field: Field, at: &str) -> Field {
        let Some(written) = field.default.take() else {
            return field;
        };
        let value = normalise::leaf(&field.kind, &written);
        let good = value
            .as_ref()
            .is_some_and(|value| flaw::of(&field, value).is_none());
        let several = matches!(field.kind, Kind::Choices(_) | Kind::Texts);
        if !good || several || !field.kind.inner().is_empty() || field.read_only {
            self.refuse("schema.default", &join(at, "default"), vec![]);
        } else {
            field.default = value;
        }
        field
    }

    fn integer(&mut self, map: &Schema, key: &str, at: &str) -> Option<i64> {
        let value = map.get(key)?;
        if value.as_i64().is_none() {
            self.mistyped(key, "want.integer", at);
        }
        value.as_i64()
    }

    fn ordered<T: PartialOrd>(&mut self, min: &Option<T>, max: &Option<T>, key: &str, at: &str) {
        if let (Some(min), Some(max)) = (min, max)
            && min > max
        {
            self.refuse("schema.range", &join(at, key), vec![]);
        }
    }
}

fn text_of(value: &Value) -> Option<Text> {
    serde_json::from_value(value.clone()).ok()
}
