//! JSON read without its traps: duplicate keys, NUL and great depth are refused, each at its place.

use std::cell::RefCell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::text::{Text, say};

/// Why a text is no JSON we take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// JSON pointer to the place; empty where the text could not be read at all.
    pub pointer: String,
    /// `json.syntax`, `json.duplicate_key`, `json.nul` or `json.too_deep`.
    pub code: &'static str,
    /// What is wrong, in words.
    pub message: Text,
}

/// Reads one JSON value; arrays and objects may lie `depth` deep.
pub fn read(text: &str, depth: usize) -> Result<Value, Malformed> {
    let place = Place::default();
    let mut source = serde_json::Deserializer::from_str(text);
    let strict = Strict {
        place: &place,
        left: depth,
    };
    let value = strict.deserialize(&mut source);
    match value.and_then(|value| source.end().map(|()| value)) {
        Ok(value) => Ok(value),
        Err(error) => Err(place.refused.into_inner().unwrap_or_else(|| syntax(&error))),
    }
}

/// True if a value that has been read is within `depth` and `members`, and no text of it is longer than `longest` bytes.
pub fn within(value: &Value, depth: usize, members: usize, longest: usize) -> bool {
    let mut left = members;
    count(value, depth, &mut left, longest).is_ok()
}

/// What is beyond the limits of a value that has already been read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Excess {
    Depth,
    Members,
    Text,
}

/// The longest string taken (G82), in bytes.
pub const LONGEST: usize = 64 * 1024;

/// Counts depth and members without ever going deeper than allowed.
pub(crate) fn measure(value: &Value, depth: usize, members: usize) -> Result<(), Excess> {
    let mut left = members;
    count(value, depth, &mut left, LONGEST)
}

/// `pointer` with one more token.
pub(crate) fn join(pointer: &str, token: &str) -> String {
    format!("{pointer}/{}", token.replace('~', "~0").replace('/', "~1"))
}

/// The tokens of a pointer, unescaped.
pub(crate) fn tokens(pointer: &str) -> impl Iterator<Item = String> + '_ {
    let tokens = pointer.split('/').skip(1);
    tokens.map(|token| token.replace("~1", "/").replace("~0", "~"))
}

fn count(value: &Value, depth: usize, left: &mut usize, longest: usize) -> Result<(), Excess> {
    *left = left.checked_sub(1).ok_or(Excess::Members)?;
    match value {
        Value::Array(_) | Value::Object(_) if depth == 0 => Err(Excess::Depth),
        Value::Array(items) => items
            .iter()
            .try_for_each(|item| count(item, depth - 1, left, longest)),
        Value::Object(map) => map
            .values()
            .try_for_each(|item| count(item, depth - 1, left, longest)),
        Value::String(text) if text.len() > longest => Err(Excess::Text),
        _ => Ok(()),
    }
}

fn syntax(error: &serde_json::Error) -> Malformed {
    let line = error.line().to_string().into();
    let column = error.column().to_string().into();
    Malformed {
        pointer: String::new(),
        code: "json.syntax",
        message: say("json.syntax", &[("line", line), ("column", column)]),
    }
}

/// Where the reader is, and what it refused.
#[derive(Default)]
struct Place {
    path: RefCell<Vec<String>>,
    refused: RefCell<Option<Malformed>>,
}

impl Place {
    fn refuse<E: Error>(&self, code: &'static str, key: &str) -> E {
        let path = self.path.borrow();
        let pointer = path
            .iter()
            .fold(String::new(), |at, token| join(&at, token));
        let message = say(code, &[("name", key.into())]);
        *self.refused.borrow_mut() = Some(Malformed {
            pointer,
            code,
            message,
        });
        E::custom(code)
    }
}

#[derive(Clone, Copy)]
struct Strict<'a> {
    place: &'a Place,
    left: usize,
}

impl<'a> Strict<'a> {
    fn deeper<E: Error>(self) -> Result<Strict<'a>, E> {
        match self.left.checked_sub(1) {
            Some(left) => Ok(Strict { left, ..self }),
            None => Err(self.place.refuse("json.too_deep", "")),
        }
    }

    fn text<E: Error>(self, text: &str) -> Result<(), E> {
        if text.contains('\0') {
            return Err(self.place.refuse("json.nul", ""));
        }
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<Value, D::Error> {
        source.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, out: &mut fmt::Formatter) -> fmt::Result {
        out.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        let number = Number::from_f64(value);
        number.map(Value::Number).ok_or_else(|| E::custom("number"))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        self.text(value)?;
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut source: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut items = Vec::new();
        loop {
            self.place.path.borrow_mut().push(items.len().to_string());
            let Some(item) = source.next_element_seed(inner)? else {
                break;
            };
            items.push(item);
            self.place.path.borrow_mut().pop();
        }
        self.place.path.borrow_mut().pop();
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut source: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut map = Map::new();
        while let Some(key) = source.next_key::<String>()? {
            self.text(&key)?;
            self.place.path.borrow_mut().push(key.clone());
            if map.contains_key(&key) {
                return Err(self.place.refuse("json.duplicate_key", &key));
            }
            let value = source.next_value_seed(inner)?;
            self.place.path.borrow_mut().pop();
            map.insert(key, value);
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Result<&str, (&str, &str)>) {
        let found = read(text, 4);
        let told = found.as_ref().map(Value::to_string);
        let told = told.map_err(|e| (e.code, e.pointer.as_str()));
        assert_eq!(told, expected.map(str::to_owned), "{text}");
    }

    #[test]
    fn good_json_comes_back_as_written() {
        check(
            r#"{"b":[1,2.5,"x",null,true],"a":{}}"#,
            Ok(r#"{"b":[1,2.5,"x",null,true],"a":{}}"#),
        );
        check("-7", Ok("-7"));
    }

    #[test]
    fn traps_are_refused_at_their_place() {
        check(r#"{"a":1,"a":2}"#, Err(("json.duplicate_key", "/a")));
        check(
            r#"[0,{"x/y":{"k":1,"k":1}}]"#,
            Err(("json.duplicate_key", "/1/x~1y/k")),
        );
        check(r#"{"a":"\u0000"}"#, Err(("json.nul", "/a")));
        check("[[[[[]]]]]", Err(("json.too_deep", "/0/0/0/0")));
        check(r#"{"a":NaN}"#, Err(("json.syntax", "")));
        check("{} {}", Err(("json.syntax", "")));
        check("", Err(("json.syntax", "")));
    }

    #[test]
    fn a_hundred_thousand_brackets_do_no_harm() {
        check(&"[".repeat(100_000), Err(("json.too_deep", "/0/0/0/0")));
    }
}
