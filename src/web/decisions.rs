//! Decision tables over HTTP, as `onenet decide`.

use super::body::Body;
use super::problem::{Code, Problem};
use super::{App, Here};
use crate::directory::Caller;
use crate::shipped;
use axum::Json;
use axum::extract::{Path, State};
use engine::diagnostic::nearest;
use engine::table::Table;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// The tables that come with the program.
static SHIPPED: LazyLock<BTreeMap<String, Table>> = LazyLock::new(shipped::tables);

/// Evaluates a decision table; the body holds its inputs, the answer its outputs.
#[utoipa::path(post, path = "/api/v1/decisions/{table}/evaluate", tag = "decisions", request_body(content = Object),
    params(("table" = String, Path, description = "Such as `retirement-age`")), responses((status = 200, body = Object)))]
pub(super) async fn evaluate(
    State(app): Here,
    _: Caller,
    Path(name): Path<String>,
    body: Body<Map<String, Value>>,
) -> Result<Json<Value>, Problem> {
    let input = Value::from(body.value);
    let library = app.runtime.library();
    let own = library.matters.values().find_map(|m| m.table(&name));
    let Some(table) = own.or_else(|| SHIPPED.get(&name)) else {
        return Err(unknown(&app, &name));
    };
    match table.evaluate(&input, &input) {
        Ok(outcome) => Ok(Json(outcome.output)),
        Err(e) => Err(Problem::field(&e.pointer, e.key, &e.args)),
    }
}

fn unknown(_: &App, name: &str) -> Problem {
    let names = SHIPPED.keys().map(String::as_str);
    let near = nearest(name, names.clone());
    let near = near.unwrap_or_else(|| names.collect::<Vec<_>>().join(" "));
    let args = [("name", name.to_owned()), ("near", near)];
    Problem::says(Code::NotFound, "decide.unknown", &args)
}
