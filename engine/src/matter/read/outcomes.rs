//! Reads ways out of a step, and everything that happens with them.

use super::keys::{Keys, list, name, text, title, value, wrong_type};
use super::parts::basis;
use crate::diagnostic::Diagnostic;
use crate::matter::{EndState, Final, Letter, Name, Notify, Outcome, Reason, Rest, Value, Way};
use crate::source::{Span, Spanned};
use crate::text::Text;
use crate::yaml::{Entry, Node, Value as Yaml};

/// `NAME: way`, short or as a map.
pub(super) fn outcome(entry: &Entry, found: &mut Vec<Diagnostic>) -> Option<Outcome> {
    let outcome_name = Spanned::new(Name::from(entry.key.as_str()), entry.key_span);
    if matches!(entry.value.value, Yaml::Map(_)) {
        let mut keys = Keys::of(&entry.value, found);
        let outcome = with(
            outcome_name,
            entry.key_span.to(entry.value.span),
            &mut keys,
            found,
        );
        keys.end(found);
        return outcome;
    }
    let target = name(&entry.value, found)?;
    Some(short(outcome_name, target))
}

/// An outcome that only leads somewhere.
pub(super) fn short(outcome: Spanned<Name>, target: Spanned<Name>) -> Outcome {
    let span = outcome.span.to(target.span);
    plain(outcome, go(target), span)
}

/// An outcome with a way and nothing else.
pub(super) fn plain(name: Spanned<Name>, way: Way, span: Span) -> Outcome {
    Outcome {
        name,
        title_en: None,
        way,
        papers: Vec::new(),
        notify: Vec::new(),
        marks: Vec::new(),
        label: None,
        reason: Reason::None,
        basis: Vec::new(),
        four_eyes: None,
        only_if: None,
        rest: Rest::Stop,
        span,
    }
}

/// The keys of an outcome that lie in a map; other keys of the map are the caller's.
pub(super) fn with(
    name: Spanned<Name>,
    span: Span,
    keys: &mut Keys<'_>,
    found: &mut Vec<Diagnostic>,
) -> Option<Outcome> {
    let label = keys.get("label").map(|n| title(n, found));
    let ways = ways(keys, label.as_ref(), found);
    let named = ["go", "back_to", "leave", "end"]
        .into_iter()
        .any(|way| keys.get(way).is_some());
    let mut outcome = plain(name, Way::Next, span);
    outcome.title_en = keys.get("title").map(|n| title(n, found).en);
    outcome.papers = papers(keys, found);
    outcome.notify = keys
        .get("notify")
        .map(|n| notify(n, found))
        .unwrap_or_default();
    outcome.marks = keys
        .get("marks")
        .map(|n| marks(n, found))
        .unwrap_or_default();
    outcome.reason = keys
        .get("reason")
        .map(|n| reason(n, found))
        .unwrap_or_default();
    outcome.basis = basis(keys.get("basis"), found);
    outcome.four_eyes = keys.name("four_eyes", found);
    outcome.only_if = keys.value("if", found);
    outcome.label = label;
    if keys
        .text("rest", found)
        .is_some_and(|r| r.value == "continue")
    {
        outcome.rest = Rest::Continue;
    }
    let mut ways = ways.into_iter();
    match (ways.next(), ways.next()) {
        (Some(way), None) => outcome.way = way,
        // A way that could not be read has been reported where it stands.
        (None, None) if named => return None,
        _ => {
            found.push(
                Diagnostic::new("E0210", outcome.name.span).with("name", &*outcome.name.value),
            );
            return None;
        }
    }
    Some(outcome)
}

/// All ways a map names; exactly one is right.
fn ways(keys: &mut Keys<'_>, label: Option<&Text>, found: &mut Vec<Diagnostic>) -> Vec<Way> {
    let mut ways = Vec::new();
    ways.extend(keys.name("go", found).map(go));
    if let Some(node) = keys.get("back_to") {
        let any = node.text() == Some("any");
        ways.push(Way::BackTo(if any {
            Vec::new()
        } else {
            list(node).filter_map(|n| name(n, found)).collect()
        }));
    }
    ways.extend(keys.name("leave", found).map(Way::Leave));
    if let Some(node) = keys.get("end") {
        ways.extend(end_state(node, label.cloned(), found).map(Way::End));
    }
    ways
}

fn go(target: Spanned<Name>) -> Way {
    if &*target.value == "next" {
        Way::Next
    } else {
        Way::Go(target)
    }
}

/// A final state by its name.
pub(super) fn end_state(
    node: &Node,
    label: Option<Text>,
    found: &mut Vec<Diagnostic>,
) -> Option<EndState> {
    let state = text(node, found)?;
    let Some(known) = Final::named(&state.value) else {
        let unknown = Diagnostic::new("E0206", node.span).with("name", state.value.as_str());
        found.push(unknown.near(&state.value, Final::ALL.iter().map(|(n, _)| *n)));
        return None;
    };
    Some(EndState {
        state: Spanned::new(known, state.span),
        label,
        papers: Vec::new(),
        reason: Reason::None,
    })
}

/// `paper` with `to` and `delivered` beside it: one name or a list.
pub(super) fn papers(keys: &mut Keys<'_>, found: &mut Vec<Diagnostic>) -> Vec<Letter> {
    let papers = keys.texts("paper", found);
    let to = keys.name("to", found);
    let delivered = keys.flag("delivered", found);
    papers
        .into_iter()
        .map(|paper| Letter {
            paper,
            to: to.clone(),
            delivered,
        })
        .collect()
}

/// A party, a list, or `{ to, template }`.
pub(super) fn notify(node: &Node, found: &mut Vec<Diagnostic>) -> Vec<Notify> {
    let one = |node: &Node| {
        if matches!(node.value, Yaml::Map(_)) {
            let mut keys = Keys::of(node, found);
            let to = keys.name("to", found);
            let template = keys.text("template", found);
            keys.end(found);
            return to.map(|to| Notify { to, template });
        }
        name(node, found).map(|to| Notify { to, template: None })
    };
    list(node).filter_map(one).collect()
}

/// A mark, a list of marks, or `{ mark: =instant }`.
fn marks(node: &Node, found: &mut Vec<Diagnostic>) -> Vec<(Spanned<Name>, Option<Value>)> {
    if matches!(node.value, Yaml::Map(_)) {
        let one = |e: &Entry| {
            (
                Spanned::new(Name::from(e.key.as_str()), e.key_span),
                value(&e.value, found),
            )
        };
        return node.entries().iter().map(one).collect();
    }
    list(node)
        .filter_map(|n| name(n, found))
        .map(|mark| (mark, None))
        .collect()
}

/// `ask`, a code (`R13`), a list of codes, or a text.
pub(super) fn reason(node: &Node, found: &mut Vec<Diagnostic>) -> Reason {
    let is_code = |t: &str| {
        t.len() == 3 && t.starts_with('R') && t.bytes().skip(1).all(|b| b.is_ascii_digit())
    };
    match &node.value {
        Yaml::Seq(items) => Reason::Codes(items.iter().filter_map(|n| text(n, found)).collect()),
        Yaml::Map(_) => {
            found.push(wrong_type(node, "text / list"));
            Reason::None
        }
        Yaml::Scalar { .. } => match text(node, found) {
            None => Reason::None,
            Some(t) if t.value == "ask" => Reason::Ask,
            Some(t) if is_code(&t.value) => Reason::Codes(vec![t]),
            Some(t) => Reason::Text(t),
        },
    }
}
