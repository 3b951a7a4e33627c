//! Reads what stands beside the steps: parties, materials, limits, law.

use super::keys::{Keys, list, parsed, text, value, wrong_type};
use crate::clock::Limit;
use crate::diagnostic::Diagnostic;
use crate::matter::{
    Basis, Extend, LimitKind, LimitValue, Limits, Material, Materials, Party, Value,
};
use crate::source::Spanned;
use crate::yaml::{Entry, Node, Value as Yaml};

pub(super) fn parties(node: Option<&Node>, found: &mut Vec<Diagnostic>) -> Vec<Party> {
    node.map(|n| n.entries().iter().filter_map(|e| party(e, found)).collect())
        .unwrap_or_default()
}

fn party(entry: &Entry, found: &mut Vec<Diagnostic>) -> Option<Party> {
    let mut keys = Keys::of(&entry.value, found);
    let title = keys.title("title", found);
    let city = keys.value("city", found);
    let department = keys.text("department", found);
    let post = keys.text("post", found);
    let not_same_as = keys.names("not_same_as", found);
    keys.end(found);
    let (Some(city), Some(department), Some(post)) = (city, department, post) else {
        found.push(Diagnostic::new("E0205", entry.key_span).with("keys", "city, department, post"));
        return None;
    };
    let name = Spanned::new(entry.key.as_str().into(), entry.key_span);
    Some(Party {
        name,
        title,
        city,
        department,
        post,
        not_same_as,
    })
}

pub(super) fn materials(node: Option<&Node>, found: &mut Vec<Diagnostic>) -> Materials {
    let Some(node) = node else {
        return Materials::default();
    };
    match node.text() {
        Some("from_parts") => Materials::FromParts(node.span),
        Some(_) => {
            found.push(wrong_type(node, "map / from_parts"));
            Materials::default()
        }
        None => Materials::Own(node.entries().iter().map(|e| material(e, found)).collect()),
    }
}

fn material(entry: &Entry, found: &mut Vec<Diagnostic>) -> Material {
    let mut keys = Keys::of(&entry.value, found);
    let material = Material {
        name: Spanned::new(entry.key.as_str().into(), entry.key_span),
        title: keys.title("title", found),
        from: keys.texts("from", found),
        needed: keys.value("if", found),
        basis: basis(keys.get("basis"), found),
        promise: keys.get("promise").and_then(|n| parsed(n, "E0501", found)),
        city_may: keys.texts("city_may", found),
    };
    keys.end(found);
    material
}

pub(super) fn limits(node: Option<&Node>, found: &mut Vec<Diagnostic>) -> Vec<Limits> {
    node.map(|n| n.entries().iter().filter_map(|e| limit(e, found)).collect())
        .unwrap_or_default()
}

fn limit(entry: &Entry, found: &mut Vec<Diagnostic>) -> Option<Limits> {
    let mut keys = Keys::of(&entry.value, found);
    let value = keys.get("limit").map(|n| limit_value(n, found));
    let kind = match keys
        .text("kind", found)
        .as_ref()
        .map_or(entry.key.as_str(), |k| &k.value)
    {
        "statutory" => LimitKind::Statutory,
        "promised" => LimitKind::Promised,
        _ => LimitKind::Internal,
    };
    let read = |value| Limits {
        name: Spanned::new(entry.key.as_str().into(), entry.key_span),
        limit: value,
        kind,
        starts: keys.text("starts", found),
        stops: keys.text("stops", found),
        calendar: keys.name("calendar", found),
        same_day: keys
            .text("counts", found)
            .is_some_and(|c| c.value == "same_day"),
        extend: keys.get("extend").and_then(|n| extend(n, found)),
        basis: basis(keys.get("basis"), found),
        city_may: keys.texts("city_may", found),
    };
    let Some(value) = value else {
        found.push(Diagnostic::new("E0205", entry.key_span).with("keys", "limit"));
        return None;
    };
    let limits = value.map(read);
    if limits.is_some() {
        keys.end(found);
    }
    limits
}

fn extend(node: &Node, found: &mut Vec<Diagnostic>) -> Option<Extend> {
    let mut keys = Keys::of(node, found);
    let by = keys.name("by", found);
    let times = keys.get("times").and_then(|n| parsed(n, "E0202", found));
    let add = keys.get("add").and_then(|n| parsed(n, "E0501", found));
    let before_expiry = keys
        .text("before", found)
        .is_some_and(|t| t.value == "expiry");
    let paper = keys.text("paper", found);
    keys.end(found);
    let (Some(by), Some(add)) = (by, add) else {
        found.push(Diagnostic::new("E0205", node.span).with("keys", "by, add"));
        return None;
    };
    Some(Extend {
        by,
        times: times.map_or(1, |t| t.value),
        add,
        before_expiry,
        paper,
    })
}

/// A limit written out, or computed.
pub(super) fn limit_value(node: &Node, found: &mut Vec<Diagnostic>) -> Option<LimitValue> {
    match value(node, found)? {
        Value::Computed(expression) => Some(LimitValue::Computed(expression)),
        _ => parsed::<Limit>(node, "E0501", found).map(LimitValue::Fixed),
    }
}

/// One basis or a list of them.
pub(super) fn basis(node: Option<&Node>, found: &mut Vec<Diagnostic>) -> Vec<Basis> {
    let Some(node) = node else { return Vec::new() };
    list(node).filter_map(|n| one_basis(n, found)).collect()
}

fn one_basis(node: &Node, found: &mut Vec<Diagnostic>) -> Option<Basis> {
    if let Yaml::Scalar { .. } = node.value {
        return Some(Basis {
            doc: text(node, found)?,
            ..Basis::default()
        });
    }
    let mut keys = Keys::of(node, found);
    let doc = keys.text("doc", found);
    let article = keys
        .text("article", found)
        .map(|t| t.value)
        .unwrap_or_default();
    let (from, to) = (keys.text("from", found), keys.text("to", found));
    keys.end(found);
    if doc.is_none() {
        found.push(Diagnostic::new("E0205", node.span).with("keys", "doc"));
    }
    Some(Basis {
        doc: doc?,
        article,
        from,
        to,
    })
}
