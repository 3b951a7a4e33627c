//! The description of the API to read: made of the same OpenAPI value that `/api/v1/openapi.json` gives.

use super::layout;
use super::session::Visit;
use super::words::Words;
use crate::web::openapi;
use crate::web::packed::packed;
use axum::http::HeaderMap;
use axum::response::Response;
use maud::{Markup, html};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::sync::LazyLock;

static API: LazyLock<Value> = LazyLock::new(|| serde_json::to_value(openapi()).unwrap_or_default());

/// The page, for anybody.
pub async fn page(visit: Visit, asked: HeaderMap) -> Response {
    let guest = visit.guest();
    let words = guest.words;
    let body = html! {
        p { (words.t("api.about")) " " a href="/api/v1/openapi.json" { "openapi.json" } }
        @let parts = parts();
        nav aria-label=(words.t("api.parts")) {
            ul class="parts" { @for part in parts.keys() { li { a href={ "#part-" (part) } { (part) } } } }
        }
        @for (part, operations) in &parts {
            section aria-labelledby={ "part-" (part) } {
                h2 id={ "part-" (part) } { (part) }
                @for operation in operations { (operation.drawn(words)) }
            }
        }
        section aria-labelledby="shapes" {
            h2 id="shapes" { (words.t("api.shapes")) }
            @for (name, schema) in object(&API["components"]["schemas"]) {
                h3 id={ "shape-" (name) } { (name) }
                (described(schema))
                (members(schema, words))
            }
        }
    };
    let page = layout::open(
        guest,
        &words.t("api.title"),
        html! { div class="api" { (body) } },
    );
    packed(&asked, "text/html; charset=utf-8", page.into_string())
}

/// One route.
struct Operation {
    method: &'static str,
    path: &'static str,
    value: &'static Value,
}

/// The routes by part of the API.
fn parts() -> BTreeMap<&'static str, Vec<Operation>> {
    let mut parts: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (path, item) in object(&API["paths"]) {
        for (method, value) in object(item) {
            let part = value["tags"][0].as_str().unwrap_or_default();
            parts.entry(part).or_default().push(Operation {
                method,
                path,
                value,
            });
        }
    }
    parts
}

impl Operation {
    fn drawn(&self, words: Words) -> Markup {
        let (method, path, value) = (self.method, self.path, self.value);
        let parameters = value["parameters"].as_array();
        html! {
            details class="panel" {
                summary { b { (method.to_uppercase()) } " " code { (path) } " " span class="hint" { (text(&value["summary"])) } }
                (described(value))
                @if value["security"].is_null() { p class="hint" { (words.t("api.open")) } }
                @if let Some(parameters) = parameters.filter(|all| !all.is_empty()) {
                    table class="list" {
                        caption class="unseen" { (words.t("api.parameters")) }
                        thead { tr { th scope="col" { (words.t("api.name")) } th scope="col" { (words.t("api.place")) } th scope="col" { (words.t("api.meaning")) } } }
                        tbody {
                            @for parameter in parameters {
                                tr {
                                    td { code { (text(&parameter["name"])) } }
                                    td { (text(&parameter["in"])) @if parameter["required"] == true { " · " (words.t("api.required")) } }
                                    td { (text(&parameter["description"])) }
                                }
                            }
                        }
                    }
                }
                @for (kind, content) in object(&value["requestBody"]["content"]) {
                    p { (words.t("api.body")) " " code { (kind) } ": " (shape(&content["schema"])) }
                    (members(&content["schema"], words))
                }
                @for (status, answer) in object(&value["responses"]) { (answered(status, answer)) }
            }
        }
    }
}

fn answered(status: &str, answer: &'static Value) -> Markup {
    html! {
        p {
            b { (status) } " " (text(&answer["description"]))
            @for (kind, content) in object(&answer["content"]) { " · " code { (kind) } " " (shape(&content["schema"])) }
        }
    }
}

/// The longer text, where it says more than the short one.
fn described(value: &Value) -> Markup {
    let said = text(&value["description"]);
    html! { @if !said.is_empty() { p { (said) } } }
}

/// The members of an object; nothing where the schema only names another.
fn members(schema: &'static Value, words: Words) -> Markup {
    let parts = schema["allOf"].as_array().into_iter().flatten();
    let all: Vec<&'static Value> = std::iter::once(schema).chain(parts).collect();
    let required = |name: &str| {
        let lists = all.iter().filter_map(|part| part["required"].as_array());
        lists.flatten().any(|known| known == name)
    };
    let members: Vec<_> = all
        .iter()
        .flat_map(|part| object(&part["properties"]))
        .collect();
    html! {
        @if !members.is_empty() {
            table class="list" {
                thead { tr { th scope="col" { (words.t("api.name")) } th scope="col" { (words.t("api.shape")) } th scope="col" { (words.t("api.meaning")) } } }
                tbody {
                    @for (name, member) in members {
                        tr {
                            td { code { (name) } @if required(name) { " · " (words.t("api.required")) } }
                            td { (shape(member)) }
                            td { (text(&member["description"])) }
                        }
                    }
                }
            }
        }
    }
}

/// What a schema is, in a word or a link to where it is described.
fn shape(schema: &'static Value) -> Markup {
    if let Some(name) = schema["$ref"]
        .as_str()
        .and_then(|path| path.rsplit('/').next())
    {
        return html! { a href={ "#shape-" (name) } { (name) } };
    }
    let several = ["oneOf", "anyOf", "allOf"]
        .iter()
        .find_map(|key| schema[*key].as_array());
    if let Some(several) = several {
        return html! { @for (i, one) in several.iter().enumerate() { @if i > 0 { " | " } (shape(one)) } };
    }
    if let Some(values) = schema["enum"].as_array() {
        return html! { @for (i, one) in values.iter().enumerate() { @if i > 0 { " | " } code { (one) } } };
    }
    let kinds = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().map(text).collect::<Vec<_>>().join(" | "),
        kind => text(kind).to_owned(),
    };
    html! { (kinds) @if !schema["items"].is_null() { " [" (shape(&schema["items"])) "]" } }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn object(value: &'static Value) -> impl Iterator<Item = (&'static str, &'static Value)> {
    static EMPTY: LazyLock<Map<String, Value>> = LazyLock::new(Map::new);
    let map = value.as_object().unwrap_or(&EMPTY);
    map.iter().map(|(name, value)| (name.as_str(), value))
}
