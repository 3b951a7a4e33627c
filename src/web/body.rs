//! Bodies of requests: JSON without its traps and within the limits (G82), then the type a handler wants, with every fault named at
//! its place.

use super::problem::{Code, Field, Problem};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use engine::diagnostic::nearest;
use engine::text::both;
use forms::json::LONGEST;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;
use serde_path_to_error::{Segment, deserialize};
use std::time::Duration;

/// The largest body taken, in bytes.
pub const LARGEST: usize = 1024 * 1024;
/// How long it may take to arrive (G79).
const PATIENCE: Duration = Duration::from_secs(30);
/// How deep it may lie, and how many values it may hold.
const DEPTH: usize = 32;
const MEMBERS: usize = 10_000;

/// A body of type `T`, no text of which is longer than `TEXT` bytes. An empty one is read as `{}`.
pub struct Body<T, const TEXT: usize = LONGEST> {
    /// What was sent.
    pub value: T,
    /// The bytes as sent, by which a repetition is known.
    pub bytes: axum::body::Bytes,
}

impl<T: DeserializeOwned, S: Send + Sync, const TEXT: usize> FromRequest<S> for Body<T, TEXT> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        media_type(request.headers())?;
        let bytes = bytes(request).await?;
        let value = typed(json_with(&bytes, TEXT)?)?;
        Ok(Body { value, bytes })
    }
}

/// All of a body, within its limits.
pub async fn bytes(request: Request) -> Result<axum::body::Bytes, Problem> {
    let too_large = request
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|v| v.to_str().ok()?.parse::<u64>().ok())
        .is_some_and(|length| length > LARGEST as u64);
    if too_large {
        return Err(Problem::new(Code::TooLarge));
    }
    let whole = axum::body::to_bytes(request.into_body(), LARGEST);
    tokio::time::timeout(PATIENCE, whole)
        .await
        .map_err(|_| Problem::new(Code::TooSlow))?
        .map_err(|_| Problem::new(Code::TooLarge))
}

/// The query of an address as a type: an unknown or wrong parameter is told like a wrong field, as 400.
pub struct Asked<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let query = parts.uri.query().unwrap_or_default();
        serde_urlencoded::from_str(query).map(Asked).map_err(|e| {
            let (_, code, args) = told(&e.to_string());
            Problem::says(Code::Malformed, code, &args)
        })
    }
}

/// JSON, in the clear.
fn media_type(headers: &HeaderMap) -> Result<(), Problem> {
    let text = |name| headers.get(name).and_then(|v| v.to_str().ok());
    let empty = text(header::CONTENT_LENGTH) == Some("0")
        || (text(header::CONTENT_LENGTH).is_none() && text(header::TRANSFER_ENCODING).is_none());
    let kind = text(header::CONTENT_TYPE).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    let json = kind.eq_ignore_ascii_case("application/json") || (empty && kind.is_empty());
    let clear = text(header::CONTENT_ENCODING).is_none_or(|c| c == "identity");
    match json && clear {
        true => Ok(()),
        false => Err(Problem::new(Code::MediaType)),
    }
}

/// Bytes as JSON without its traps.
pub fn json(bytes: &[u8]) -> Result<Json, Problem> {
    json_with(bytes, LONGEST)
}

/// The same with another limit for the length of a text.
fn json_with(bytes: &[u8], longest: usize) -> Result<Json, Problem> {
    let malformed = |key: &'static str| Problem::says(Code::Malformed, key, &[]);
    let text = std::str::from_utf8(bytes).map_err(|_| malformed("api.not_utf8"))?;
    if text.trim().is_empty() {
        return Ok(Json::Object(serde_json::Map::new()));
    }
    let value = forms::json::read(text, DEPTH)
        .map_err(|e| Problem::with(Code::Malformed, e.message).member("pointer", e.pointer))?;
    match forms::json::within(&value, DEPTH, MEMBERS, longest) {
        true => Ok(value),
        false => Err(malformed("api.too_much")),
    }
}

/// The value as a type, or a problem that says which field, what was expected, and the nearest right name.
pub fn typed<T: DeserializeOwned>(value: Json) -> Result<T, Problem> {
    deserialize(&value).map_err(|error| {
        let mut pointer: String = error
            .path()
            .iter()
            .map(|segment| match segment {
                Segment::Seq { index } => format!("/{index}"),
                Segment::Map { key } => format!("/{}", key.replace('~', "~0").replace('/', "~1")),
                Segment::Enum { .. } | Segment::Unknown => String::new(),
            })
            .collect();
        let (name, code, args) = told(&error.inner().to_string());
        let ending = format!("/{name}");
        if !name.is_empty() && !pointer.ends_with(&ending) {
            pointer.push_str(&ending);
        }
        Problem::fields(vec![Field {
            pointer,
            code: code.into(),
            message: both(code, &args),
        }])
    })
}

/// What serde says in prose: the field it names, a catalogue key, and what its sentence names.
fn told(text: &str) -> (String, &'static str, Vec<(&'static str, String)>) {
    let quoted: Vec<&str> = text.split('`').skip(1).step_by(2).collect();
    let name = quoted.first().copied().unwrap_or_default().to_owned();
    let others = quoted.get(1..).unwrap_or_default();
    if text.starts_with("missing field") {
        (name.clone(), "api.missing", vec![("name", name)])
    } else if text.starts_with("unknown field") {
        let near = nearest(&name, others.iter().copied());
        let near = near.unwrap_or_else(|| others.join(" "));
        (
            name.clone(),
            "api.unknown",
            vec![("name", name), ("near", near)],
        )
    } else if text.starts_with("unknown variant") {
        let args = vec![("name", name), ("near", others.join(" "))];
        (String::new(), "api.choice", args)
    } else {
        let wanted = text.rsplit("expected ").next().unwrap_or_default();
        (String::new(), "api.kind", vec![("wanted", kind(wanted))])
    }
}

/// The name of a JSON type, as both languages write it.
fn kind(wanted: &str) -> String {
    let kinds = [
        ("string", "string"),
        ("map", "object"),
        ("struct", "object"),
        ("sequence", "array"),
        ("bool", "boolean"),
        ("u", "integer"),
        ("i", "integer"),
    ];
    let found = kinds
        .iter()
        .find(|(word, _)| wanted.trim_start_matches("a ").starts_with(word));
    found.map_or(wanted, |(_, kind)| kind).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Sample {
        #[serde(rename = "matter")]
        _matter: String,
        #[serde(default, rename = "limit")]
        _limit: Option<u32>,
        #[serde(default, rename = "form")]
        _form: Option<serde_json::Map<String, Json>>,
    }

    /// What serde says in prose is told field by field; this holds us to its prose.
    #[test]
    fn a_wrong_body_is_told_by_place() {
        let check = |text: &str, pointer: &str, code: &str, words: &str| {
            let problem = typed::<Sample>(serde_json::from_str(text).unwrap()).unwrap_err();
            let shown = format!("{problem:?}");
            for part in [pointer, code, words] {
                assert!(shown.contains(part), "{text}: {part} in {shown}");
            }
        };
        check("{}", "\"/matter\"", "api.missing", "matter");
        check(r#"{"mater":"x"}"#, "\"/mater\"", "api.unknown", "matter");
        check(r#"{"matter":7}"#, "\"/matter\"", "api.kind", "string");
        check(
            r#"{"matter":"x","limit":"y"}"#,
            "\"/limit\"",
            "api.kind",
            "integer",
        );
        check(
            r#"{"matter":"x","form":[]}"#,
            "\"/form\"",
            "api.kind",
            "object",
        );
    }
}
