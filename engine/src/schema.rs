//! JSON Schemas of the files authors write, for editors. Their keys come from the tables the readers themselves use, so that the two
//! cannot drift apart; what a value may be is said here, and the checker says the rest.

use crate::guidance::LINES;
use crate::matter::keys;
use crate::scenario::{ACTS, BESIDE, EXPECTED, GIVEN, SCENARIO};
use crate::table;
use serde_json::{Map, Value as Json, json};

/// The kinds of files there is a schema for.
pub const KINDS: [&str; 7] = [
    "matter", "block", "overlay", "decision", "scenario", "notices", "guidance",
];

/// The JSON Schema (2020-12) of a kind of file; `None` for a kind nobody knows.
pub fn of(kind: &str) -> Option<Json> {
    let mut root = match kind {
        "matter" => object(keys::MATTER, &["matter", "title", "steps"]),
        "block" => object(keys::BLOCK, &["block"]),
        "overlay" => object(keys::OVERLAY, &["overlay", "from", "basis", "changes"]),
        "decision" => object(&table::KEYS, &["table", "title", "inputs", "outputs"]),
        "scenario" => scenario(),
        "notices" => notices(),
        "guidance" => guidance(),
        _ => return None,
    };
    root.insert(
        "$schema".into(),
        "https://json-schema.org/draft/2020-12/schema".into(),
    );
    root.insert("title".into(), kind.into());
    root.insert("$defs".into(), definitions());
    Some(root.into())
}

/// An object of known keys, each with what its value may be.
fn object(known: &[&str], required: &[&str]) -> Map<String, Json> {
    let properties: Map<String, Json> = known.iter().map(|k| ((*k).to_owned(), value(k))).collect();
    closed(properties, required)
}

fn closed(properties: Map<String, Json>, required: &[&str]) -> Map<String, Json> {
    let mut out = Map::new();
    out.insert("type".into(), "object".into());
    out.insert("properties".into(), properties.into());
    out.insert("additionalProperties".into(), false.into());
    if !required.is_empty() {
        out.insert("required".into(), json!(required));
    }
    out
}

fn defined(name: &str) -> Json {
    json!({ "$ref": format!("#/$defs/{name}") })
}

/// One of it by name: `{ NAME: … }`.
fn named(name: &str) -> Json {
    json!({ "type": "object", "additionalProperties": defined(name) })
}

fn one_or_more(name: &str) -> Json {
    json!({ "anyOf": [defined(name), { "type": "array", "items": defined(name) }] })
}

/// What may stand behind a key. A key means the same wherever it stands, or the choice is left open.
fn value(key: &str) -> Json {
    match key {
        "title" => defined("title"),
        "basis" => one_or_more("basis"),
        "parties" => named("party"),
        "materials" => json!({ "anyOf": [{ "const": "from_parts" }, named("material")] }),
        "limits" => json!({ "anyOf": [named("limit"), defined("value")] }),
        "certifies" => defined("certifies"),
        "kinds" => named("text"),
        "used" => defined("used"),
        "steps" => json!({ "type": "array", "items": defined("step") }),
        "events" => {
            json!({ "type": "object", "additionalProperties": { "anyOf": [defined("event"), defined("value"), { "type": "object" }] } })
        }
        "outcomes" => named("outcome"),
        "then" => defined("outcome"),
        "parallel" => named("branch"),
        "choice" => json!({ "type": "array", "items": defined("row") }),
        "pauses" => json!({ "anyOf": [defined("pauses"), defined("value")] }),
        "undo" => defined("letter"),
        "extend" => defined("extend"),
        "paper" => json!({ "anyOf": [one_or_more("letter"), defined("value")] }),
        "notify" => json!({ "anyOf": [one_or_more("notify"), defined("value")] }),
        "wait" => json!({ "anyOf": [defined("wait"), defined("text")] }),
        "city_may" => {
            let word = json!({ "enum": keys::CITY_MAY });
            json!({ "anyOf": [word, { "type": "array", "items": word }] })
        }
        // Address and new value: a limit, `drop`, the keys of a material, the steps of a slot.
        "changes" => {
            let value = json!({ "anyOf": [defined("text"), defined("material_set"), { "type": "array", "items": defined("step") }] });
            json!({ "type": "object", "additionalProperties": value })
        }
        "repeat" => defined("repeat"),
        "beside" | "bulk" | "once" => json!({ "type": "boolean" }),
        "holds" => json!({ "enum": [true, false, "all"] }),
        "kind" => json!({ "enum": ["statutory", "promised", "internal"] }),
        "intake_receipt" => json!({ "enum": ["issued", "none"] }),
        "rest" => json!({ "enum": ["stop", "continue"] }),
        // Of a limit `same_day`, of a join results.
        "counts" => defined("value"),
        "end" => json!({ "enum": crate::matter::Final::ALL.map(|(name, _)| name) }),
        "takes" | "results" | "inputs" | "outputs" | "let" | "send" | "set" => {
            json!({ "type": "object" })
        }
        "leaves" => json!({ "type": "object", "additionalProperties": defined("text") }),
        "input" | "with" | "marks" | "data" | "given" => json!({}),
        _ => defined("value"),
    }
}

fn definitions() -> Json {
    let mut step: Vec<&str> = keys::STEP.to_vec();
    let kinds = keys::KINDS.iter().chain(&["steps", "paper", "notify"]);
    for key in kinds.flat_map(|kind| keys::own(kind)) {
        if !step.contains(key) {
            step.push(key);
        }
    }
    let row = [keys::OUTCOME, &["else"]].concat();
    json!({
        "text": { "type": ["string", "number", "boolean"] },
        "value": { "anyOf": [defined("text"), { "type": "array", "items": defined("value") }] },
        "title": { "anyOf": [defined("text"), object(&["zh", "en"], &[])] },
        "basis": object(keys::BASIS, &["doc"]),
        "party": object(keys::PARTY, &["title", "city", "department", "post"]),
        "material": object(keys::MATERIAL, &["title"]),
        "material_set": object(keys::MATERIAL_SET, &[]),
        "certifies": certifies(),
        "used": object(keys::USED, keys::USED),
        "limit": { "anyOf": [defined("text"), object(keys::LIMIT, &["limit"])] },
        "extend": object(keys::EXTEND, &["by", "add"]),
        "pauses": object(keys::PAUSES, &[]),
        "letter": { "anyOf": [defined("text"), object(keys::LETTER, &["paper"])] },
        "notify": { "anyOf": [defined("text"), object(keys::NOTIFY, &[])] },
        "wait": object(keys::WAIT, &[]),
        "repeat": object(keys::REPEAT, &["every"]),
        "outcome": { "anyOf": [defined("text"), object(keys::OUTCOME, &[])] },
        "row": { "anyOf": [object(&row, &[])] },
        "branch": object(keys::BRANCH, &["title", "steps"]),
        "event": object(keys::EVENT, &[]),
        "step": object(&step, &[]),
    })
}

/// A certificate; its `kind` is a word or an expression, not the kind of a limit.
fn certifies() -> Json {
    let needed: Vec<&str> = keys::CERTIFIES
        .iter()
        .filter(|k| **k != "extent")
        .copied()
        .collect();
    let mut out = object(keys::CERTIFIES, &needed);
    if let Some(properties) = out.get_mut("properties").and_then(Json::as_object_mut) {
        properties.insert("kind".into(), defined("text"));
    }
    out.into()
}

fn scenario() -> Map<String, Json> {
    let mut root = object(SCENARIO, &["scenario", "given"]);
    let lines = object(&[ACTS, BESIDE].concat(), &[]);
    let mut put = |key: &str, value: Json| {
        if let Some(properties) = root.get_mut("properties").and_then(Json::as_object_mut) {
            properties.insert(key.to_owned(), value);
        }
    };
    put("given", loose(GIVEN, &["now"]));
    put("when", json!({ "type": "array", "items": free(lines) }));
    put("then", loose(EXPECTED, &[]));
    root
}

/// Known keys with any values.
fn loose(known: &[&str], required: &[&str]) -> Json {
    closed(
        known.iter().map(|k| ((*k).to_owned(), json!({}))).collect(),
        required,
    )
    .into()
}

/// The same keys, their values left open: in a scenario they are data.
fn free(mut object: Map<String, Json>) -> Json {
    if let Some(properties) = object.get_mut("properties").and_then(Json::as_object_mut) {
        properties.values_mut().for_each(|value| *value = json!({}));
    }
    object.into()
}

fn notices() -> Map<String, Json> {
    let mail = loose(&["subject", "body"], &["subject", "body"]);
    let mut notice = closed(Map::new(), &[]);
    let properties = json!({ "to": defined("value"), "before": defined("text"), "sms": { "type": "string" }, "email": mail });
    notice.insert("properties".into(), properties);
    let mut properties = Map::new();
    properties.insert(
        "notices".into(),
        json!({ "type": "object", "additionalProperties": notice }),
    );
    closed(properties, &["notices"])
}

fn guidance() -> Map<String, Json> {
    let reference = object(keys::REFERENCE, &["title"]);
    let lines = json!({ "type": "array", "items": defined("title"), "maxItems": LINES });
    let mut advice = object(keys::ADVICE, &["do"]);
    let properties = json!({
        "do": { "anyOf": [defined("title"), lines] },
        "see": { "type": "array", "items": reference },
    });
    advice.insert("properties".into(), properties);
    let mut properties = Map::new();
    properties.insert("guidance".into(), defined("text"));
    properties.insert(
        "steps".into(),
        json!({ "type": "object", "additionalProperties": advice }),
    );
    closed(properties, keys::GUIDANCE)
}
