//! Which keyword may stand where, and what to write instead of one we do not read.

use serde_json::{Map, Value};

use super::Reader;
use crate::json::join;
use crate::nearest::nearest;
use crate::text::{known, say};

/// Where a keyword stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Root,
    String,
    Integer,
    Boolean,
    Object,
    Array,
    /// Rows of an array.
    RowItem,
    /// Texts or choices of an array.
    TextItem,
    /// One `{ const, title }` of a `oneOf`.
    Choice,
    /// An `if`.
    Condition,
    /// A `then` or `else`.
    Branch,
    /// An entry of `allOf`.
    Conditional,
    /// An entry of `x-checks`.
    Check,
}

const WORDS: &[&str] = &["$comment", "title", "x-title-en"];
const FIELD: &[&str] = &[
    "type",
    "description",
    "x-description-en",
    "readOnly",
    "default",
    "examples",
    "x-private",
    "x-safe",
    "x-derive",
];
const OBJECT: &[&str] = &[
    "type",
    "properties",
    "required",
    "if",
    "then",
    "else",
    "allOf",
    "x-checks",
    "additionalProperties",
    "unevaluatedProperties",
    "description",
    "x-description-en",
];
const STRING: &[&str] = &[
    "minLength",
    "maxLength",
    "pattern",
    "format",
    "enum",
    "oneOf",
    "x-titles",
    "x-long",
    "x-format-unless",
    "minimum",
    "maximum",
];

const PLACES: [Place; 6] = [
    Place::Root,
    Place::String,
    Place::Integer,
    Place::Object,
    Place::Array,
    Place::Boolean,
];

impl Place {
    fn keywords(self) -> Vec<&'static str> {
        let parts: &[&[&'static str]] = match self {
            Place::Root => &[WORDS, OBJECT, &["$schema", "$id", "examples"]],
            Place::String => &[WORDS, FIELD, STRING],
            Place::Integer => &[WORDS, FIELD, &["minimum", "maximum"]],
            Place::Boolean => &[WORDS, FIELD],
            Place::Object => &[WORDS, OBJECT, &["readOnly"]],
            Place::Array => &[
                WORDS,
                FIELD,
                &["items", "minItems", "maxItems", "uniqueItems"],
            ],
            Place::RowItem => &[WORDS, OBJECT],
            Place::TextItem => &[
                WORDS,
                &[
                    "type",
                    "enum",
                    "oneOf",
                    "x-titles",
                    "minLength",
                    "maxLength",
                    "pattern",
                ],
            ],
            Place::Choice => &[WORDS, &["const"]],
            Place::Condition => &[&["$comment", "type", "properties", "required"]],
            Place::Branch => &[&["$comment", "type", "properties", "required"]],
            Place::Conditional => &[&["$comment", "if", "then", "else"]],
            Place::Check => &[&["$comment", "kind", "fields", "message", "value", "unless"]],
        };
        parts.concat()
    }

    /// The key of the sentence part that names the place.
    fn word(self) -> &'static str {
        match self {
            Place::Root => "place.root",
            Place::String => "place.string",
            Place::Integer => "place.integer",
            Place::Boolean => "place.boolean",
            Place::Object => "place.object",
            Place::Array => "place.array",
            Place::RowItem => "place.row_item",
            Place::TextItem => "place.text_item",
            Place::Choice => "place.choice",
            Place::Condition => "place.condition",
            Place::Branch => "place.branch",
            Place::Conditional => "place.conditional",
            Place::Check => "place.check",
        }
    }
}

impl Reader {
    /// Refuses every keyword of `map` that may not stand at this place.
    pub(super) fn keywords(&mut self, map: &Map<String, Value>, place: Place, at: &str) {
        let allowed = place.keywords();
        for key in map.keys().filter(|key| !allowed.contains(&key.as_str())) {
            self.stray(key, place, &allowed, at);
        }
        for key in ["additionalProperties", "unevaluatedProperties"] {
            // Unknown members are always refused, so `false` says nothing new and all else is wrong.
            let other = map
                .get(key)
                .is_some_and(|value| *value != Value::Bool(false));
            if other && allowed.contains(&key) {
                self.refuse("schema.additional", &join(at, key), vec![]);
            }
        }
    }

    fn stray(&mut self, key: &str, place: Place, allowed: &[&'static str], at: &str) {
        let here = join(at, key);
        let name = ("name", key.into());
        let instead = format!("instead.{key}");
        let elsewhere = PLACES.iter().find(|other| other.keywords().contains(&key));
        if known(&instead) {
            let args = vec![name, ("instead", say(&instead, &[]))];
            self.refuse("schema.keyword_unsupported", &here, args);
        } else if let Some(other) = elsewhere {
            let (place, right) = (say(place.word(), &[]), say(other.word(), &[]));
            let args = vec![name, ("place", place), ("right", right)];
            self.refuse("schema.keyword_misplaced", &here, args);
        } else if let Some(near) = nearest(key, allowed.iter().copied()) {
            self.refuse(
                "schema.keyword_near",
                &here,
                vec![name, ("near", near.into())],
            );
        } else {
            self.refuse("schema.keyword_unknown", &here, vec![name]);
        }
    }
}
